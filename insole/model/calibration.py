"""Calibration of an insole: curves, zero, gains, creep; a history that only grows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from insole.model.foot import Quantity

CurveKind: TypeAlias = Literal["table", "power", "conductance"]
Method: TypeAlias = Literal["curve", "tare", "static", "momentum", "creep", "foot", "anew", "other"]


@dataclass(frozen=True, slots=True)
class Curve:
    """From the device's value to pressure or force, for one sensor (science.md, section 2.2).

    Attributes:
        kind: `table` (straight between points, the outer slopes go on), `power` (p = a (r - r0)^b
            for r >= r0, else 0) or `conductance` (p = a (r / (full - r) - g0): a resistor that
            falls with force, read in a divider of full scale `full`).
        numbers: x0, y0, x1, y1, ... of a table; a, b, r0 of a power law; a, full, g0 of a
            conductance.
    """

    kind: CurveKind
    numbers: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Curves:
    """The curves of one insole.

    Attributes:
        quantity: what they give.
        curves: one for every sensor, or one for all of them.
        when: date of the measurement, ISO 8601.
    """

    quantity: Quantity
    curves: tuple[Curve, ...]
    when: str = ""


@dataclass(frozen=True, slots=True)
class Calibration:
    """One entry of the history; what it leaves out stays as it was.

    Attributes:
        device: key of the insole.
        method: how it was found; `anew`: what was before holds no more, only what the device says.
        when: ISO 8601 with offset.
        serial: of the insole; the same insole in another recording is known by it.
        curves: sensor curves; they take the place of the zero and gains before them.
        zero: (S,) values of the unloaded sensors, in the unit of the curves, or of the device.
        sensor_gain: (S,) factors.
        gain: factor on the force of this foot.
        gain_u_rel: relative standard uncertainty of that factor.
        standing: (s on the recording's axis, factor on force): creep, linear in between. Holds for
            the recording in which it was measured.
        source: names of the files it was computed from.
        notes: sentences for people.
        foot: where the foot begins on the insole, and its length, in insole lengths: of one user,
            insole and shoe.
    """

    device: str
    method: Method
    when: str = ""
    serial: str = ""
    curves: Curves | None = None
    zero: tuple[float, ...] | None = None
    sensor_gain: tuple[float, ...] | None = None
    gain: float | None = None
    gain_u_rel: float | None = None
    standing: tuple[tuple[float, float], ...] = ()
    source: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    foot: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class InForce:
    """What holds for one insole after its history.

    Attributes:
        curves, zero, sensor_gain, gain, standing, foot: as in `Calibration`.
        static: the part of `gain` that was measured on a person who stood; None: nothing was.
    """

    curves: Curves | None = None
    zero: tuple[float, ...] | None = None
    sensor_gain: tuple[float, ...] | None = None
    gain: float = 1.0
    standing: tuple[tuple[float, float], ...] = ()
    foot: tuple[float, float] | None = None
    static: float | None = None


def in_force(
    history: Iterable[Calibration],
    *,
    device: str,
    serial: str = "",
    zero: tuple[float, ...] | None = None,
    gain: float = 1.0,
) -> InForce:
    """Fold a history, oldest first, over the zero and gain that a trial started with.

    >>> tare = Calibration("L", "tare", zero=(1.0, 2.0))
    >>> scale = Calibration("L", "static", gain=1.1)
    >>> in_force([tare, scale], device="L").gain
    1.1
    """
    now = InForce(zero=zero, gain=gain)
    for entry in history:
        if entry.device != device and not (serial and entry.serial == serial):
            continue
        if entry.method == "anew":
            now = InForce()
            continue
        fresh = entry.curves is not None
        now = InForce(
            curves=entry.curves or now.curves,
            zero=entry.zero if entry.zero is not None or fresh else now.zero,
            sensor_gain=entry.sensor_gain
            if entry.sensor_gain is not None or fresh
            else now.sensor_gain,
            gain=entry.gain if entry.gain is not None else 1.0 if fresh else now.gain,
            standing=entry.standing or now.standing,
            foot=entry.foot or now.foot,
            static=_static(entry, now, fresh=fresh),
        )
    return now


def _static(entry: Calibration, now: InForce, *, fresh: bool) -> float | None:
    """A factor found while moving goes over the one found in standing, and leaves it known."""
    if entry.gain is not None and entry.method != "momentum":
        return entry.gain
    return None if fresh else now.static
