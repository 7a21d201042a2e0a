"""Gait that the insole computes itself: STEP_ANALYSIS packets and the rows made of them.

Overview, stride and pronation of a step come twice each; a row is made once all three are in.
Not a number, and negative where only positive makes sense, mean that the insole does not know.
"""

from __future__ import annotations

import math
import struct
from collections import deque
from dataclasses import dataclass, field
from typing import Final

HEADER: Final = 51
LEAST_BYTES: Final = 20
OVERVIEW, STRIDE, PRONATION, MOTION = 0, 1, 2, 4

FIELDS: Final = {
    OVERVIEW: (
        "gait_bits",  # the byte that holds the next two: makers' own programs read it differently
        "gait_type",
        "direction",
        "calories",
        "distance_m",
        "stance_s",
        "swing_s",
    ),
    STRIDE: ("foot_angle_deg", "stride_x_m", "stride_y_m", "stride_z_m"),
    PRONATION: ("landing_force", "strike_angle_deg", "pronation_deg", "rotation_deg"),
}
DERIVED: Final = (
    "duration_s",
    "cadence_hz",
    "stride_m",
    "speed_m_s",
    "foot_strike",
)
ROW: Final = ("step", *FIELDS[OVERVIEW], *FIELDS[STRIDE], *FIELDS[PRONATION], *DERIVED)
"""Channels of a row; gait type, direction and foot strike number their words.

The maker's classes of pronation are left out: an angle is a measurement, a class is a judgement.
"""

MOTION_ROW: Final = (
    "step",
    "phase",
    "period",
    "event",
    "quat_w",
    "quat_x",
    "quat_y",
    "quat_z",
    "delta_x",
    "delta_y",
    "delta_z",
)
GAIT_TYPES: Final = ("none", "walk", "run", "stance")
DIRECTIONS: Final = ("none", "forward", "backward", "inside", "outside")
FOOT_STRIKES: Final = ("heel", "midfoot", "forefoot")

FOREFOOT_DEG, MIDFOOT_DEG = 2.0, -3.0  # strike angles above these

MOST_PENDING: Final = 8  # steps after which a row that lacks a part is given up
FARTHEST: Final = 64  # steps; a number further off means that the insole counts anew
STEPS: Final = 1 << 16

_OVERVIEW = struct.Struct(">efff")
_FLOATS = struct.Struct(">ffff")
_MOTION = struct.Struct(">eeeeeee")


@dataclass(frozen=True, slots=True)
class Part:
    """One packet.

    Attributes:
        kind: OVERVIEW, STRIDE, PRONATION or MOTION.
        step: number, 16 bit.
        values: of the kind's fields; NaN where the insole does not know.
    """

    kind: int
    step: int
    values: tuple[float, ...]


def part(data: bytes) -> Part | None:
    """What a packet says; None when it is none."""
    if len(data) < LEAST_BYTES or data[0] != HEADER:
        return None
    kind, step, bits = data[1], int.from_bytes(data[2:4], "big"), data[4]
    if kind == OVERVIEW:
        told = (_positive(value) for value in _OVERVIEW.unpack_from(data, 6))
        values = (float(bits), float(bits >> 6), float(bits >> 3 & 7), *told)
    elif kind == STRIDE:
        values = tuple(map(_known, _FLOATS.unpack_from(data, 4)))
    elif kind == PRONATION:
        force, *angles = _FLOATS.unpack_from(data, 4)
        values = (_positive(force), *map(_known, angles))
    elif kind == MOTION:
        told = map(_known, _MOTION.unpack_from(data, 6))
        values = (float(bits >> 6), float(bits >> 3 & 7), float(bits & 7), *told)
    else:
        return None
    return Part(kind, step, values)


@dataclass(slots=True)
class Book:
    """Rows under way, and what became of the others. Holds at most `MOST_PENDING` steps.

    Attributes:
        complete, incomplete, skipped, jumps: rows made, rows given up, numbers never seen, and
            how often the insole began to count anew.
        missing: kind to rows given up that lacked it.
        newest: step number, 16 bit; None before the first.
    """

    complete: int = 0
    incomplete: int = 0
    skipped: int = 0
    jumps: int = 0
    missing: dict[int, int] = field(default_factory=lambda: dict.fromkeys(FIELDS, 0))
    newest: int | None = None
    _pending: dict[int, dict[int, Part]] = field(default_factory=dict[int, dict[int, Part]])
    _done: deque[int] = field(default_factory=lambda: deque[int](maxlen=2 * MOST_PENDING))

    @property
    def pending(self) -> int:
        """Steps of which parts are in."""
        return len(self._pending)

    def take(self, one: Part) -> tuple[float, ...] | None:
        """Enter an overview, stride or pronation; a row of `ROW` once its step is complete."""
        self._move_to(one.step)
        if one.step in self._done:
            return None  # the second copy
        parts = self._pending.setdefault(one.step, {})
        parts.setdefault(one.kind, one)
        if len(parts) < len(FIELDS):
            return None
        del self._pending[one.step]
        self._done.append(one.step)
        self.complete += 1
        return _row(one.step, parts)

    def _move_to(self, step: int) -> None:
        newest = self.newest
        if newest is None:
            self.newest = step
            return
        ahead = _apart(step, newest)
        if abs(ahead) > FARTHEST:
            self.jumps += 1
            self._pending.clear()
            self._done.clear()
            self.newest = step
        elif ahead > 0:
            self.skipped += ahead - 1
            self.newest = step
            for old in [each for each in self._pending if _apart(step, each) > MOST_PENDING]:
                self._give_up(old)
        if step not in self._pending and len(self._pending) > MOST_PENDING:
            self._give_up(next(iter(self._pending)))

    def _give_up(self, step: int) -> None:
        parts = self._pending.pop(step)
        self.incomplete += 1
        for kind in FIELDS:
            self.missing[kind] += kind not in parts


def _row(step: int, parts: dict[int, Part]) -> tuple[float, ...]:
    stance_s, swing_s = parts[OVERVIEW].values[-2:]
    stride_m = math.hypot(*parts[STRIDE].values[1:])
    strike_deg = parts[PRONATION].values[1]
    duration_s = stance_s + swing_s
    if not duration_s > 0:
        duration_s = math.nan
    derived = (
        duration_s,
        1.0 / duration_s,
        stride_m,
        stride_m / duration_s,
        _foot_strike(strike_deg),
    )
    told = (value for kind in FIELDS for value in parts[kind].values)
    return (float(step), *told, *derived)


def _foot_strike(angle_deg: float) -> float:
    """Index into FOOT_STRIKES."""
    if math.isnan(angle_deg):
        return math.nan
    return float((angle_deg > MIDFOOT_DEG) + (angle_deg > FOREFOOT_DEG))


def _apart(step: int, other: int) -> int:
    return (step - other + STEPS // 2) % STEPS - STEPS // 2


def _known(value: float) -> float:
    return value if math.isfinite(value) else math.nan


def _positive(value: float) -> float:
    return value if math.isfinite(value) and value >= 0 else math.nan
