"""Which numbers stand on the Live page: five, chosen by the user. No Qt here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from insole.live.board import BoardView
from insole.metrics.registry import all_metrics
from insole.metrics.spec import MetricSpec
from insole.model.foot import Side
from insole_gui.state.own_range import OwnRange
from insole_gui.state.tiles import (
    Tile,
    cadence,
    contact,
    flight,
    paired,
    peak,
    push_off,
    ranged,
    shape_changed,
    standing_tiles,
)

USUAL = ("push_off", "contact", "cadence", "flight", "peak")
_MADE: dict[str, Callable[[BoardView], Tile]] = {
    "contact": contact,
    "cadence": cadence,
    "flight": flight,
    "peak": peak,
}
_SAID = {
    "push_off": ("Late-stance push-off", "in the unit that is known; P: the other definition"),
    "contact": ("Contact", "ms"),
    "cadence": ("Cadence", "steps/min"),
    "flight": ("Flight, both feet down", "ms"),
    "peak": ("Peak force", "× body weight, or N"),
}
_NO_MEAN = ("class", "code")  # units of what is no quantity
_NO_TILE = ("foot_strike_s", "toe_off_s", "peak_pressure_sensor")
_DIGITS = {"BW": 2, "BW·s": 3, "W/kg": 1}


@dataclass(frozen=True, slots=True)
class Offer:
    """A number that can be chosen."""

    name: str
    title: str
    unit: str


@cache
def offers() -> tuple[Offer, ...]:
    """All that can be chosen: the usual five, then every number of a step."""
    usual = [Offer(name, *_SAID[name]) for name in USUAL]
    return (*usual, *(Offer(one.id, one.name, _unit(one)[0]) for one in _specs().values()))


def matching(words: str) -> tuple[Offer, ...]:
    """Those whose title, name or unit has all these words."""
    asked = words.casefold().split()
    return tuple(
        offer
        for offer in offers()
        if all(word in f"{offer.title} {offer.name} {offer.unit}".casefold() for word in asked)
    )


def read(text: str) -> tuple[str, ...]:
    """Five names out of the stored text; what is not known is one of the usual.

    >>> read("impulse_N_s,,no_such_number")
    ('impulse_N_s', 'contact', 'cadence', 'flight', 'peak')
    """
    told = [word.strip() for word in text.split(",")]
    told += [""] * len(USUAL)
    return tuple(
        name if name in _SAID or name in _specs() else usual
        for name, usual in zip(told, USUAL, strict=False)
    )


def written(names: Sequence[str]) -> str:
    """The text to be stored; "" for the usual five."""
    return "" if tuple(names) == USUAL else ",".join(names)


def pinned(view: BoardView, names: Sequence[str], *, kind: str) -> tuple[Tile, ...]:
    """The tiles of these names.

    Args:
        view: the board.
        names: as `read` gives them.
        kind: of push-off.
    """
    return tuple(_tile(view, name, kind=kind) for name in names)


def all_tiles(
    view: BoardView,
    kind: str,
    *,
    own: OwnRange | None = None,
    names: Sequence[str] = USUAL,
) -> tuple[Tile, ...]:
    """The Live page's tiles in their order; standing has its own.

    Args:
        view: the board.
        kind: of push-off.
        own: what is usual for this person.
        names: what was chosen.
    """
    if view.activity == "stand":
        return standing_tiles(view)
    tiles = pinned(view, names, kind=kind)
    if own is None:
        return tiles
    changed = any(shape_changed(view, side, own) for side in Side)
    return tuple(
        replace(each, note="shape changed") if changed and name == "push_off" else each
        for name, each in zip(names, (ranged(tile, own) for tile in tiles), strict=True)
    )


def title(name: str) -> str:
    """A chosen number's name for people."""
    return _SAID[name][0] if name in _SAID else _specs()[name].name


def _tile(view: BoardView, name: str, *, kind: str) -> Tile:
    if name == "push_off":
        return push_off(view, kind)
    if name in _MADE:
        return _MADE[name](view)
    spec = _specs()[name]
    unit, scale, digits = _unit(spec)
    sides = paired(view, name, scale=scale)
    return Tile(name, spec.name, unit, digits, sides=sides, scale=scale, short=spec.symbol)


def _unit(spec: MetricSpec) -> tuple[str, float, int]:
    """Unit on screen, scale to it, digits after the point."""
    if spec.unit == "s":
        return "ms", 1000.0, 0
    if spec.unit == "1":
        return "%", 100.0, 0
    return spec.unit, 1.0, _DIGITS.get(spec.unit, 0)


@cache
def _specs() -> dict[str, MetricSpec]:
    """Ours, and those of other packages."""
    from insole.analysis import added_metrics  # late: looks through what is installed

    added, _ = added_metrics()
    return {
        spec.id: spec
        for spec in (*all_metrics(), *(one.spec for one in added.values()))
        if spec.table == "steps" and spec.unit not in _NO_MEAN and spec.id not in _NO_TILE
    }
