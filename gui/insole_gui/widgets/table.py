"""The steps as a Qt table that sorts by numbers, not by their words."""

from __future__ import annotations

from typing import TypeAlias

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
)

from insole_gui.state.steps import COLUMNS, StepRows

Index: TypeAlias = QModelIndex | QPersistentModelIndex


class StepTable(QAbstractTableModel):
    """Rows of `StepRows`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows = StepRows()
        self.sorted = QSortFilterProxyModel(self)
        self.sorted.setSourceModel(self)
        self.sorted.setSortRole(Qt.ItemDataRole.UserRole)

    def show_rows(self, rows: StepRows) -> None:
        """Another table."""
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

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
        """Names with units."""
        if role != Qt.ItemDataRole.DisplayRole or orientation != Qt.Orientation.Horizontal:
            return None
        unit = {4: f" {self._rows.push_off_unit}", 5: f" {self._rows.peak_unit}"}
        return COLUMNS[section] + unit.get(section, "")

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Words, or the number to sort by."""
        row, column = index.row(), index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._rows.cell(row, column)
        if role == Qt.ItemDataRole.UserRole:
            return (
                int(self._rows.flags[row]) if column == 6 else float(self._rows.values[row, column])
            )
        if role == Qt.ItemDataRole.TextAlignmentRole and 0 < column < 6:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None
