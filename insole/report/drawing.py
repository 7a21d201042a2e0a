"""Curves as SVG inside a page: axes, lines, bands, points. Colours are names of the page's style.

A `Chart` knows how data lie in the picture; its methods return SVG text, `svg` puts axes around it:

    chart = Chart(x=(0, 100), y=(0, 900), x_label="% of contact", y_label="N")
    chart.svg(chart.band(x, low, high, colour="left"), chart.line(x, mean, colour="left"))

What is not finite breaks a line and is no point. Texts are escaped here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from insole.model.arrays import Floats
from insole.report.page import LIGHT

ASIDE, BELOW, ABOVE, BEYOND = 52.0, 36.0, 10.0, 12.0  # around the frame, in units of the picture
MOST_TICKS = 6


@dataclass(frozen=True, slots=True)
class Chart:
    """A frame of axes.

    Attributes:
        x, y: (lowest, highest) in units of the data; widened where both are equal.
        x_label, y_label: what and in which unit.
        width, height: of the picture; it is scaled to the room it has.
        x_names: (place, name) instead of numbers along x.
    """

    x: tuple[float, float]
    y: tuple[float, float]
    x_label: str = ""
    y_label: str = ""
    width: float = 640.0
    height: float = 220.0
    x_names: tuple[tuple[float, str], ...] = ()

    def svg(self, *marks: str, title: str) -> str:
        """The picture: axes, then the marks.

        Args:
            marks: what the other methods return.
            title: the picture in words, for who cannot see it.
        """
        inside = "".join(marks)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(title)}" '
            f'viewBox="0 0 {self.width:g} {self.height:g}"><title>{escape(title)}</title>'
            f"{self.axes()}{inside}</svg>"
        )

    def axes(self) -> str:
        """Frame, lines at round numbers, their words."""
        left, right = ASIDE, self.width - BEYOND
        top, bottom = ABOVE, self.height - BELOW
        parts: list[str] = []
        for value in ticks(*self.y):
            (place,) = self._down(np.array([value]))
            parts.append(f'<path class="grid" d="M{left:g} {place:.1f}H{right:g}"/>')
            parts.append(_words(left - 6, place + 4, f"{value:g}", anchor="end"))
        named = self.x_names or tuple((value, f"{value:g}") for value in ticks(*self.x))
        for value, name in named:
            (place,) = self._along(np.array([value]))
            parts.append(f'<path class="grid" d="M{place:.1f} {bottom:g}v4"/>')
            parts.append(_words(place, bottom + 16, name))
        parts.append(f'<path class="grid" d="M{left:g} {top:g}V{bottom:g}H{right:g}"/>')
        parts.append(_words((left + right) / 2, self.height - 5, self.x_label))
        middle = (top + bottom) / 2
        turned = f' transform="rotate(-90 12 {middle:.1f})"'
        parts.append(_words(12, middle, self.y_label, more=turned))
        return "".join(part for part in parts if part)

    def line(
        self, x: Floats, y: Floats, *, colour: str, dashed: bool = False, title: str = ""
    ) -> str:
        """A line through (n,) points, broken where one is not finite."""
        across, down = self._along(x), self._down(y)
        drawn = "".join(
            f"M{_pairs(across[piece], down[piece])}" for piece in _whole(across, down) if piece.size
        )
        if not drawn:
            return ""
        kind = "stroke dashed" if dashed else "stroke"
        return f'<path class="{_colour(colour)} {kind}" d="{drawn}">{_title(title)}</path>'

    def band(self, x: Floats, lower: Floats, upper: Floats, *, colour: str) -> str:
        """The area between two (n,) lines."""
        across, low, high = self._along(x), self._down(lower), self._down(upper)
        drawn = "".join(
            f"M{_pairs(across[there], high[there])}L{_pairs(across[back], low[back])}Z"
            for there in _whole(across, low, high)
            if (back := there[::-1]).size
        )
        return f'<path class="{_colour(colour)} faint" d="{drawn}"/>' if drawn else ""

    def points(
        self,
        x: Floats,
        y: Floats,
        *,
        colour: str,
        radius: float = 3.0,
        hollow: bool = False,
        titles: Sequence[str] = (),
    ) -> str:
        """A dot, or a ring, for each of (n,) points; `titles` are told under the pointer."""
        kind = "stroke" if hollow else "fill"
        across, down = self._along(x), self._down(y)
        seen = np.flatnonzero(np.isfinite(across) & np.isfinite(down))
        return "".join(
            f'<circle class="{_colour(colour)} {kind}" cx="{across[i]:.1f}" cy="{down[i]:.1f}" '
            f'r="{radius:g}">{_title(titles[i]) if titles else ""}</circle>'
            for i in seen.tolist()
        )

    def errors(self, x: Floats, lower: Floats, upper: Floats, *, colour: str) -> str:
        """An upright line from lower to upper at each of (n,) places."""
        across, low, high = self._along(x), self._down(lower), self._down(upper)
        seen = np.flatnonzero(np.isfinite(across) & np.isfinite(low) & np.isfinite(high))
        drawn = "".join(f"M{across[i]:.1f} {low[i]:.1f}V{high[i]:.1f}" for i in seen.tolist())
        return f'<path class="{_colour(colour)} stroke" d="{drawn}"/>' if drawn else ""

    def level(self, y: float, *, colour: str = "text3", text: str = "") -> str:
        """A dashed line across the frame, and words at its right end."""
        (down,) = self._down(np.array([y]))
        if not np.isfinite(down):
            return ""
        right = self.width - BEYOND
        drawn = (
            f'<path class="{_colour(colour)} stroke dashed" d="M{ASIDE:g} {down:.1f}H{right:g}"/>'
        )
        return drawn + _words(right, down - 4, text, anchor="end")

    def upright(self, x: float, *, colour: str = "text3", text: str = "") -> str:
        """A dashed line from bottom to top, and words beside its upper end."""
        (across,) = self._along(np.array([x]))
        if not np.isfinite(across):
            return ""
        bottom = self.height - BELOW
        way = f"M{across:.1f} {ABOVE:g}V{bottom:g}"
        drawn = f'<path class="{_colour(colour)} stroke dashed" d="{way}"/>'
        return drawn + _words(across + 4, ABOVE + 10, text, anchor="start")

    def _along(self, x: Floats) -> Floats:
        low, high = _apart(*self.x)
        return ASIDE + (np.asarray(x, np.float64) - low) / (high - low) * (
            self.width - ASIDE - BEYOND
        )

    def _down(self, y: Floats) -> Floats:
        low, high = _apart(*self.y)
        bottom = self.height - BELOW
        return bottom - (np.asarray(y, np.float64) - low) / (high - low) * (bottom - ABOVE)


def legend(entries: Sequence[tuple[str, str]], *, sign: str = "●") -> str:
    """(colour, words) as a line of words with coloured signs, HTML."""
    said = [
        f'<span class="{_colour(colour)}">{escape(sign)}</span> {escape(words)}'
        for colour, words in entries
    ]
    return f"<p>{' &nbsp; '.join(said)}</p>" if said else ""


def ticks(low: float, high: float) -> list[float]:
    """Round numbers from low to high, at most `MOST_TICKS` + 1."""
    low, high = _apart(low, high)
    rough = (high - low) / MOST_TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(step * power for step in (1.0, 2.0, 5.0, 10.0) if step * power >= rough * 0.999999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{index * step:.12g}") for index in range(first, last + 1)]


def room_for(*series: Floats, from_zero: bool = False) -> tuple[float, float]:
    """Lowest and highest of what shall be drawn, with a little room; (0, 1) where nothing is."""
    finite = [one[np.isfinite(one)] for one in (np.asarray(each, np.float64) for each in series)]
    values = np.concatenate(finite) if finite else np.empty(0)
    if not values.size:
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    if from_zero:
        low, high = min(low, 0.0), max(high, 0.0)
    margin = 0.06 * (high - low)
    return (low if from_zero and low == 0 else low - margin), high + margin


def _apart(low: float, high: float) -> tuple[float, float]:
    if not (math.isfinite(low) and math.isfinite(high)):
        return 0.0, 1.0
    if high - low > 1e-9 * max(abs(low), abs(high), 1e-290):
        return low, high
    half = max(abs(low) * 0.05, 0.5)
    return low - half, high + half


def _whole(*columns: Floats) -> list[np.ndarray[tuple[int], np.dtype[np.intp]]]:
    """Places of points that lie between breaks, a piece each."""
    good = np.flatnonzero(np.logical_and.reduce([np.isfinite(column) for column in columns]))
    return np.split(good, np.flatnonzero(np.diff(good) > 1) + 1)


def _pairs(across: Floats, down: Floats) -> str:
    return "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(across.tolist(), down.tolist(), strict=True))


def _words(x: float, y: float, text: str, *, anchor: str = "middle", more: str = "") -> str:
    if not text:
        return ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{escape(text)}</text>'


def _title(text: str) -> str:
    return f"<title>{escape(text)}</title>" if text else ""


def _colour(name: str) -> str:
    """The name of a colour; a mistake is found while writing code, not by who reads a page."""
    if name not in LIGHT:
        raise ValueError(f"{name} is no colour of the page: {', '.join(LIGHT)}")
    return name
