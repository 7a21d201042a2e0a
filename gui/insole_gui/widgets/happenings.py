"""What happened in a file, as a Qt table: a click on a row goes there."""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, Qt

from insole.reviewing import Happening
from insole_gui.state.review import cell
from insole_gui.widgets.table import Index

HEADINGS = ("time", "what", "in words")


class HappeningTable(QAbstractTableModel):
    """Rows of `FileReview.happenings`, in order of time."""

    _rows: tuple[Happening, ...] = ()

    def show_rows(self, rows: tuple[Happening, ...]) -> None:
        """Another file."""
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def at_s(self, row: int) -> float:
        """When the one of a row began."""
        return self._rows[row].at_s

    def rowCount(self, parent: Index | None = None) -> int:
        """Happenings; the rows of a table have no rows of their own."""
        del parent
        return len(self._rows)

    def columnCount(self, parent: Index | None = None) -> int:
        """When, what, in words."""
        del parent
        return len(HEADINGS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> str | None:
        """Names."""
        if role != Qt.ItemDataRole.DisplayRole or orientation != Qt.Orientation.Horizontal:
            return None
        return HEADINGS[section]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Words; whole in the tool tip."""
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return cell(self._rows[index.row()], index.column())
        return None
