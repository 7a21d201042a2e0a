"""What the tiles show: one number per foot or for both, from final steps only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite

import numpy as np

from insole.live.board import BoardView, FootView
from insole.model.foot import Side
from insole_gui.state.drawn import drawn
from insole_gui.state.numbers import Number, mean_of_newest, plain, spoken
from insole_gui.state.own_range import Band, OwnRange


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile.

    Attributes:
        metric: id in the registry of definitions.
        name, unit: words.
        most: most digits after the point.
        sides: one number per foot, or empty when `both` is used.
        both: one number for the pair.
        note: right-hand words: symmetry, or what is missing.
        scale: of the metric to the unit on screen.
        own: range of each foot that is usual for this person, or None.
        short: for a tile that is too narrow for the name; "": there is nothing shorter.
    """

    metric: str
    name: str
    unit: str
    most: int
    sides: tuple[Number, Number] | None = None
    both: Number | None = None
    note: str = ""
    scale: float = 1.0
    own: tuple[Band, Band] = (None, None)
    short: str = ""

    def numbers(self) -> tuple[Number, ...]:
        """All numbers on the tile, left first."""
        return self.sides if self.sides is not None else (self.both or Number(),)

    def spoken(self) -> str:
        """Name, values and doubts, for a screen reader."""
        name = self.name.lower()
        if self.sides is None:
            return f"{self.name}, {spoken(self.both or Number(), most=self.most, unit=self.unit)}"
        left, right = (spoken(n, most=self.most, unit=self.unit) for n in self.sides)
        return f"Left, {name}, {left}. Right, {name}, {right}. {self.note}".rstrip()


def foot_number(foot: FootView, key: str, *, scale: float = 1.0) -> Number:
    """Mean of one foot's newest steps; the reason when the column is not there."""
    if foot.steps is None or not len(foot.steps):
        return Number(reason="no step yet")
    column = foot.steps.value.get(key)
    if column is None or not np.isfinite(column).any():
        return Number(reason="not measured here" if foot.is_force else "counts, not newtons")
    return mean_of_newest(column, foot.steps.valid, scale=scale)


def symmetry_index(left: float, right: float) -> float:
    """SI in percent, positive when right is larger (science.md, section 3.5); NaN if undefined."""
    if not (isfinite(left) and isfinite(right)) or left <= 0 or right <= 0:
        return float("nan")
    return 100.0 * (right - left) / (0.5 * (right + left))


def _symmetry_words(left: Number, right: Number) -> str:
    index = symmetry_index(left.value, right.value)
    return f"symmetry {plain(index, 1)} %" if isfinite(index) else ""


def paired(view: BoardView, key: str, *, scale: float = 1.0) -> tuple[Number, Number]:
    """Means of both feet's newest steps."""
    return (
        foot_number(view.feet[Side.LEFT], key, scale=scale),
        foot_number(view.feet[Side.RIGHT], key, scale=scale),
    )


def _pooled(view: BoardView, key: str, *, scale: float = 1.0) -> Number:
    """Mean over both feet's newest steps, in order of time."""
    values, times, valid = [], [], []
    for foot in view.feet.values():
        if foot.steps is not None and key in foot.steps.value:
            values.append(foot.steps.value[key])
            times.append(foot.steps.value["foot_strike_s"])
            valid.append(foot.steps.valid)
    if not values:
        return Number(reason="no step yet")
    order = np.argsort(np.concatenate(times), kind="stable")
    column = np.concatenate(values)[order]
    if not np.isfinite(column).any():
        return Number(reason="not defined here")
    return mean_of_newest(column, np.concatenate(valid)[order], scale=scale)


PUSH_OFF_KINDS = {
    "po50": "Late-stance push-off",
    "po_eff": "Effective push-off",
}


def push_off_key(view: BoardView, kind: str) -> tuple[str, str, int]:
    """Column, unit and digits of a push-off kind: in body weights when the mass is known.

    Counts have no impulse; the late-stance part of theirs is known.
    """
    if not view.is_force:
        return "po50_share_percent", "% of the impulse", 0
    if view.mass_kg is not None:
        return f"{kind}_BW_s", "BW·s", 3
    return f"{kind}_N_s", "N·s", 0


def push_off(view: BoardView, kind: str) -> Tile:
    """Push-off impulse of both feet."""
    key, unit, most = push_off_key(view, kind)
    sides = paired(view, key)
    note = _symmetry_words(*sides)
    if not view.is_force:
        return Tile(key, PUSH_OFF_KINDS["po50"], unit, most, sides=sides, note=note)
    if view.mass_kg is None:
        note = "no body mass: BW·s n/a"
    return Tile(key, PUSH_OFF_KINDS[kind], unit, most, sides=sides, note=note)


def contact(view: BoardView) -> Tile:
    """Contact time of both feet."""
    sides = paired(view, "contact_s", scale=1000.0)
    note = _symmetry_words(*sides)
    return Tile("contact_s", "Contact", "ms", 0, sides=sides, note=note, scale=1000.0)


def cadence(view: BoardView) -> Tile:
    """Steps per minute of both feet together."""
    both = _pooled(view, "cadence_spm")
    note = step_time_symmetry(view)
    return Tile("cadence_spm", "Cadence", "steps/min", 0, both=both, note=note)


def step_time_symmetry(view: BoardView) -> str:
    """Symmetry of step times; hidden until the feet share time well enough (science.md, 8.3)."""
    left, right = paired(view, "step_s")
    if not (left.known and right.known):
        return ""
    return _symmetry_words(left, right) if view.time.good else "symmetry hidden"


def flight(view: BoardView) -> Tile:
    """Flight when running, both feet down when walking."""
    if view.activity == "walk":
        both = _pooled(view, "double_support_s", scale=1000.0)
        return Tile("double_support_s", "Both feet down", "ms", 0, both=both)
    return Tile("flight_s", "Flight", "ms", 0, both=_pooled(view, "flight_s", scale=1000.0))


def peak(view: BoardView) -> Tile:
    """Peak force of both feet."""
    if view.mass_kg is not None and view.is_force:
        sides = paired(view, "peak_force_BW")
        return Tile("peak_force_BW", "Peak force", "× body weight", 2, sides=sides)
    return Tile("peak_force_N", "Peak force", "N", 0, sides=paired(view, "peak_force_N"))


def sway_number(foot: FootView, key: str, *, scale: float = 1.0) -> Number:
    """A measure of standing so far; it carries no ±, for what comes next is not independent."""
    value = foot.sway.get(key)
    if value is None:
        return Number(reason="standing for 7 s first" if foot.in_contact else "does not stand")
    return Number(value * scale, reason=f"over {foot.sway_s:.0f} s")


def _sway(
    view: BoardView, metric: str, *, name: str, unit: str, most: int, scale: float = 1.0
) -> Tile:
    left, right = (sway_number(view.feet[side], metric, scale=scale) for side in Side)
    return Tile(metric, name, unit, most, sides=(left, right), note="causal")


def standing_for(view: BoardView) -> Tile:
    """How long somebody has stood."""
    now = view.standing
    if now is None:
        return Tile("standing_s", "Standing", "s", 0, both=Number(reason="not seen yet"))
    held = Number(max(0.0, view.now_s - now.since_s))
    note = "" if now.side is None else f"touches: {now.touches}"
    return Tile("standing_s", "Standing", "s", 0, both=held, note=note)


def left_share(view: BoardView) -> Tile:
    """Left part of the load of this moment."""
    left, right = (drawn(view.feet[side]).total_n for side in (Side.LEFT, Side.RIGHT))
    share = Number(reason="needs both feet" if view.is_force else "counts, not newtons")
    if view.is_force and isfinite(left) and isfinite(right) and left + right > 0:
        share = Number(100.0 * left / (left + right))
    return Tile("left_share", "Left share", "%", 0, both=share)


def standing_tiles(view: BoardView) -> tuple[Tile, ...]:
    """The tiles while somebody stands: sway by the causal way, and how long."""
    return (
        _sway(view, "sway_mvelo_mm_s", name="Sway speed", unit="mm/s", most=1),
        _sway(view, "sway_area_pe_mm2", name="Sway area", unit="cm²", most=2, scale=0.01),
        standing_for(view),
        left_share(view),
        _sway(view, "sway_rdist_mm", name="Sway distance", unit="mm", most=1),
    )


def shape_changed(view: BoardView, side: Side, own: OwnRange) -> bool:
    """Do both kinds of push-off differ from what is usual, one up and one down?"""
    apart: list[float] = []
    outside = False
    for kind in PUSH_OFF_KINDS:
        key = push_off_key(view, kind)[0]
        number = foot_number(view.feet[side], key)
        by, out = own.change(side, key, number.value)
        apart.append(by)
        outside |= out
    return outside and apart[0] * apart[1] < 0.0


def ranged(tile: Tile, own: OwnRange) -> Tile:
    """The tile with what is usual for this person."""
    left, right = (
        own.band(side, tile.metric, scale=tile.scale) for side in (Side.LEFT, Side.RIGHT)
    )
    return replace(tile, own=(left, right)) if tile.sides is not None else tile
