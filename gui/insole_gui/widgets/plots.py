"""Steps over time: push-off and contact, with one cursor. A click goes there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from insole_gui.state.numbers import Writing
from insole_gui.state.steps import StepRows
from insole_gui.widgets.look import Look

NEAR = 0.15  # of the time shown: marks this near to one with words have none
PLOTS = ((4, "Push-off"), (2, "Contact"))


class Axis(pg.AxisItem):
    """Ticks with the decimal sign of the user's system."""

    def tickStrings(  # noqa: N802 - pyqtgraph calls it by this name
        self, values: Any, scale: float, spacing: float
    ) -> list[str]:
        """One text for each tick."""
        plain: list[str] = super().tickStrings(values, scale, spacing)
        return [words.replace(".", Writing.point) for words in plain]


class StepPlots(QWidget):
    """Two plots on one axis of time."""

    moved = Signal(float)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look = look
        self._canvas: Any = pg.GraphicsLayoutWidget()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._canvas)
        self._plots: list[Any] = []
        self._points: list[tuple[Any, Any]] = []
        self._cursors: list[Any] = []
        self._rows = StepRows()
        self._now = float("nan")
        self._marks: tuple[tuple[float, str], ...] = ()
        self._lines: list[tuple[Any, Any]] = []
        for row, (_, _name) in enumerate(PLOTS):
            axes = {place: Axis(place) for place in ("left", "bottom")}
            plot = self._canvas.addPlot(row=row, col=0, axisItems=axes)
            plot.setMenuEnabled(False)
            plot.hideButtons()
            plot.setMouseEnabled(x=False, y=False)
            plot.getAxis("left").enableAutoSIPrefix(False)
            plot.showGrid(x=False, y=True, alpha=0.2)
            pair = (pg.ScatterPlotItem(symbol="o", size=9), pg.ScatterPlotItem(symbol="s", size=9))
            for item in pair:
                plot.addItem(item)
            cursor = pg.InfiniteLine(angle=90)
            plot.addItem(cursor)
            self._plots.append(plot)
            self._points.append(pair)
            self._cursors.append(cursor)
        self._canvas.scene().sigMouseClicked.connect(self._clicked)
        self.setAccessibleName("Push-off and contact of every step over time")

    def show_rows(self, rows: StepRows) -> None:
        """All steps."""
        self._rows = rows
        if not len(rows):
            return
        end = float(rows.values[:, 1].max())
        units = (rows.push_off_unit, "ms")
        for (column, name), plot, pair, unit in zip(
            PLOTS, self._plots, self._points, units, strict=True
        ):
            plot.setLabel("left", f"{name}, {unit}")
            good = rows.valid & np.isfinite(rows.values[:, column])
            for number, item in enumerate(pair):
                own = good & (rows.values[:, 0] == number)
                item.setData(rows.values[own, 1], rows.values[own, column])
            plot.setXRange(0, max(end, 1.0), padding=0.02)
            seen = rows.values[good, column]
            if len(seen):
                middle, half = np.median(seen), 0.1 * abs(np.median(seen))
                low, high = min(seen.min(), middle - half), max(seen.max(), middle + half)
                plot.setYRange(float(low), float(high), padding=0.08)
        self._plots[-1].setLabel("bottom", "time, s")

    def show_now(self, now_s: float) -> None:
        """Move the cursor."""
        if now_s != self._now:
            self._now = now_s
            for cursor in self._cursors:
                cursor.setValue(now_s)

    def show_marks(self, marks: Sequence[tuple[float, str]]) -> None:
        """Marks as dashed lines, their words on the upper plot."""
        if tuple(marks) == self._marks:
            return
        self._marks = tuple(marks)
        for plot, line in self._lines:
            plot.removeItem(line)
        self._lines = []
        end_s = float(self._rows.values[:, 1].max()) if len(self._rows) else 0.0
        named_s = float("-inf")
        for time_s, text in self._marks:
            named = time_s - named_s > NEAR * end_s
            named_s = time_s if named else named_s
            for plot in self._plots:
                words = text if named and plot is self._plots[0] else ""
                self._lines.append((plot, self._mark(plot, time_s, words)))

    def _mark(self, plot: Any, time_s: float, text: str) -> Any:
        look = self.look
        pen = pg.mkPen(look.colour("text3"), width=1, style=Qt.PenStyle.DashLine)
        options = {"position": 0.94, "color": look.colour("text2"), "anchors": [(0, 0.5), (0, 0.5)]}
        label = text.replace("{", "{{").replace("}", "}}")  # a mark's words are no template
        line = pg.InfiniteLine(
            time_s, angle=90, pen=pen, label=label or None, labelOpts=options if label else None
        )
        if label:
            line.label.setFont(look.font(12)[0])
        plot.addItem(line)
        return line

    def restyle(self) -> None:
        """Colours and type."""
        marks, self._marks = self._marks, ()
        self.show_marks(marks)
        look, theme = self.look, self.look.theme
        font, _ = look.font(12)
        self._canvas.setBackground(theme.surface)
        for plot, pair, cursor in zip(self._plots, self._points, self._cursors, strict=True):
            for side, item in zip(("left", "right"), pair, strict=True):
                item.setBrush(look.colour(side))
                item.setPen(None)
            for place in ("left", "bottom"):
                axis = plot.getAxis(place)
                axis.setPen(look.colour("line"))
                axis.setTextPen(look.colour("text2"))
                axis.setTickFont(font)
                axis.label.setFont(font)
                if place == "left":
                    axis.setWidth(look.px(64))
            cursor.setPen(pg.mkPen(look.colour("attention"), width=2))

    def _clicked(self, event: Any) -> None:
        for plot in self._plots:
            if plot.sceneBoundingRect().contains(event.scenePos()):
                self.moved.emit(float(plot.vb.mapSceneToView(event.scenePos()).x()))
