"""The force strip without a painter: ranges, gaps, and what of the signal is new."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import numpy as np

from insole.live.board import BoardView, FootView
from insole.model.arrays import Floats
from insole.model.foot import Side
from insole.parameters import Parameters
from insole_gui.state.numbers import fixed
from insole_gui.state.seated import TOP_N, seated

GAP_PERIODS = 2.5  # a hole of more nominal periods than this is drawn as a gap


@dataclass(frozen=True, slots=True)
class Axis:
    """Locked axes of the strip.

    Attributes:
        unit: `BW`, `N`, or `counts` of insoles without a scale.  per_n: screen unit per newton.
        top: end of the axis.  ticks: where numbers stand.
        window_s: seconds from left edge to now.
    """

    unit: str
    per_n: float
    top: float
    ticks: tuple[float, ...]
    window_s: float
    digits: int


def axis(view: BoardView) -> Axis:
    """Range by activity, never by the data: a picture of one minute can be read beside another.

    Counts have no range of their own: theirs is the round number above the largest of the minute.
    """
    window_s = 3.0 if view.activity in ("run", "hop", "") else 6.0
    if seated(view):
        return Axis("N", 1.0, TOP_N, (0.0, 100.0, 200.0, 300.0), 6.0, 0)
    walking = view.activity in ("walk", "stand")
    if not view.is_force:
        top = _round_above(view)
        return Axis("counts", 1.0, top, tuple(top * part / 4 for part in range(5)), window_s, 0)
    if view.mass_kg is not None and view.mass_kg > 0:
        per_n = 1.0 / (view.mass_kg * Parameters()["physics.g"])
        if walking:
            return Axis("BW", per_n, 1.5, (0.0, 0.5, 1.0, 1.5), window_s, 1)
        return Axis("BW", per_n, 3.5, (0.0, 1.0, 2.0, 3.0), window_s, 0)
    if walking:
        return Axis("N", 1.0, 1200.0, (0.0, 300.0, 600.0, 900.0, 1200.0), window_s, 0)
    return Axis("N", 1.0, 2600.0, (0.0, 500.0, 1000.0, 1500.0, 2000.0, 2500.0), window_s, 0)


def _round_above(view: BoardView) -> float:
    """1, 2 or 4 times a power of ten that holds the newest minute of both feet."""
    signals = [foot.force_n for foot in view.feet.values() if foot.force_n is not None]
    most = max((float(np.nanmax(each, initial=0.0)) for each in signals), default=0.0)
    power = 10.0 ** np.floor(np.log10(max(most, 4.0)))
    return float(next(part * power for part in (1.0, 2.0, 4.0, 10.0) if part * power >= most))


@dataclass(frozen=True, slots=True)
class Signal:
    """One foot's force since some moment.

    Attributes:
        time_s, force_n: (n,).
        breaks: indices i where a gap lies between i - 1 and i.
    """

    time_s: Floats
    force_n: Floats
    breaks: tuple[int, ...]


def signal(foot: FootView, *, after_s: float) -> Signal:
    """The newest samples, with one sample before `after_s` so that a line can be continued."""
    if foot.time_s is None or foot.force_n is None or not len(foot.time_s):
        empty = np.empty(0)
        return Signal(empty, empty, ())
    first = max(0, int(np.searchsorted(foot.time_s, after_s, "right")) - 1)
    time_s, force_n = foot.time_s[first:], foot.force_n[first:]
    period = 1.0 / foot.nominal_hz if foot.nominal_hz > 0 else 0.01
    holes = np.flatnonzero(np.diff(time_s) > max(GAP_PERIODS * period, 0.02)) + 1
    return Signal(time_s, force_n, tuple(int(i) for i in holes))


@dataclass(frozen=True, slots=True)
class Late:
    """The late-stance half of a finished contact."""

    side: Side
    number: int
    strike_s: float
    middle_s: float
    off_s: float
    label: str


def late_stances(view: BoardView, *, after_s: float, key: str, digits: int) -> list[Late]:
    """Late-stance halves of the steps that ended after a moment, with their push-off."""
    found: list[Late] = []
    for side, foot in view.feet.items():
        if foot.steps is None:
            continue
        strike, off = foot.steps.value["foot_strike_s"], foot.steps.value["toe_off_s"]
        value = foot.steps.value.get(key)
        valid = foot.steps.valid
        for i in np.flatnonzero(off > after_s):
            if not (isfinite(strike[i]) and isfinite(off[i])):
                continue
            known = value is not None and bool(valid[i]) and isfinite(value[i])
            label = fixed(value[i], digits) if known and value is not None else ""
            middle = 0.5 * (strike[i] + off[i])
            found.append(Late(side, int(i), float(strike[i]), float(middle), float(off[i]), label))
    return found


def nice_range(values: Floats) -> tuple[float, float, float]:
    """Lower end, upper end and tick step around values: 3 to 6 round ticks."""
    low, high = float(values.min()), float(values.max())
    spread = max(high - low, 0.08 * max(abs(high), 1e-9))
    rough = 1.3 * spread / 4
    power = 10.0 ** np.floor(np.log10(rough))
    step = float(next(m * power for m in (1.0, 2.0, 2.5, 5.0, 10.0) if m * power >= rough))
    middle = 0.5 * (low + high)
    bottom = float(np.floor((middle - 0.65 * spread) / step) * step)
    top = float(np.ceil((middle + 0.65 * spread) / step) * step)
    return max(bottom, 0.0), top, step
