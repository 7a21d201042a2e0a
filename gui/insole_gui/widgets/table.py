"""The steps as a Qt table that sorts by numbers, not by their words."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from insole_gui.state.steps import COLUMNS, UNITS, StepRows, flag_sentence

FLAGS = len(COLUMNS) - 1
Index: TypeAlias = QModelIndex | QPersistentModelIndex


class StepTable(QAbstractTableModel):
    """Rows of `StepRows`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows = StepRows()
        self._order: NDArray[np.intp] = np.empty(0, np.intp)
        self._sorted_by = (1, Qt.SortOrder.AscendingOrder)

    def show_rows(self, rows: StepRows) -> None:
        """Another table."""
        self.beginResetModel()
        self._rows = rows
        self._arrange()
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Other order of rows; one search in numpy, so that hours of steps do not wait."""
        self._sorted_by = (column, order)
        self.layoutAboutToBeChanged.emit()
        self._arrange()
        self.layoutChanged.emit()

    def _arrange(self) -> None:
        column, order = self._sorted_by
        rows = self._rows
        if not 0 <= column < len(COLUMNS):
            column = 1
        key = rows.flags if column == FLAGS else rows.values[:, column]
        self._order = np.argsort(key, kind="stable")
        if order == Qt.SortOrder.DescendingOrder:
            self._order = self._order[::-1]

    def strike_s(self, row: int) -> float:
        """Foot strike of a row as shown."""
        return float(self._rows.values[self._order[row], 1])

    def rowCount(self, parent: Index | None = None) -> int:
        """Steps; the rows of a table have no rows of their own."""
        del parent
        return len(self._rows)

    def columnCount(self, parent: Index | None = None) -> int:
        """Columns."""
        del parent
        return len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> str | None:
        """Names, with units beneath them."""
        if role != Qt.ItemDataRole.DisplayRole or orientation != Qt.Orientation.Horizontal:
            return None
        units = UNITS | {4: self._rows.push_off_unit, 5: self._rows.peak_unit}
        return f"{COLUMNS[section]}\n{units.get(section, '')}".rstrip()

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Words, or the number to sort by."""
        row, column = int(self._order[index.row()]), index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._rows.cell(row, column)
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleDescriptionRole):
            return flag_sentence(int(self._rows.flags[row])) or None
        if role == Qt.ItemDataRole.TextAlignmentRole and 0 < column < 6:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None
