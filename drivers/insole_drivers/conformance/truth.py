"""What the kit's insole feels: rows of codes that occur once, so that none can be mistaken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from insole.model.arrays import Floats, Ints, Raw
from insole.model.stream import Capability

LEAST: Final = 2  # a code of 0 may mean an open circuit
SHARE: Final = 0.9  # of full scale: above it a device may say that it clips
UNTOLD_TOP: Final = 1000


@dataclass(frozen=True, slots=True)
class Rows:
    """Codes as a function of the instant, in steps of one sample.

    Attributes:
        sensors: S.
        codes: how many different codes a sensor shows.
        per_s: samples a second of the world's clock.
        boot_s: world time of step 0.
    """

    sensors: int
    codes: int
    per_s: float
    boot_s: float

    def steps(self, time_s: Floats) -> Ints:
        """(n,) step at each instant."""
        return np.rint((time_s - self.boot_s) * self.per_s).astype(np.int64)

    def raw(self, time_s: Floats) -> Raw:
        """(n, S) codes at these instants."""
        return self.at(self.steps(time_s))

    def at(self, steps: Ints) -> Raw:
        """(n, S) codes of these steps: the first two sensors count, the others are mixed."""
        column = np.arange(self.sensors, dtype=np.int64)
        low, high = steps % self.codes, steps // self.codes % self.codes
        mixed = (steps[:, None] * 7919 + column * 104_729 + steps[:, None] // 97) % self.codes
        mixed[:, 0] = low
        if self.sensors > 1:
            mixed[:, 1] = (high + low) % self.codes
        return (mixed + LEAST).astype(np.uint16)

    def table(self, first: int, last: int) -> dict[bytes, int]:
        """Row, as bytes of int64, to its step."""
        steps = np.arange(first, last + 1, dtype=np.int64)
        return {key(row): step for row, step in zip(self.at(steps), steps.tolist(), strict=True)}


def key(row: Raw) -> bytes:
    """One row of codes, whatever their type."""
    return np.asarray(row).astype(np.int64).tobytes()


def rows_for(told: Capability, *, per_s: float, boot_s: float) -> Rows:
    """Rows that this device can send."""
    top = UNTOLD_TOP if told.saturated is None else min(told.saturated, 65535)
    codes = max(int(SHARE * top) - LEAST, 2)
    return Rows(told.layout.sensors, codes, per_s, boot_s)
