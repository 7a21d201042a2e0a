"""A fault that is looked at: when it withheld a packet, and how often."""

from __future__ import annotations

from collections.abc import Iterable

from insole_drivers.virtual import faults
from insole_drivers.virtual.faults import Fault


class Tap(Fault):
    """Another fault, with a record of what it did.

    Args:
        fault: what is done to packets.
        after_s: packets in the first so many seconds pass untouched, so that a device can say
            what it is.
        most: packets spoilt at most, None: any number.

    Attributes:
        passed: packets that came through it.
        withheld_s: world times of packets that did not arrive.
        spoilt: packets that arrived otherwise than they left.
    """

    key = "tap"
    meaning = "records what another fault does"
    usual = 0.0

    def __init__(self, fault: Fault, *, after_s: float = 0.3) -> None:
        super().__init__(0.0, settings={}, seed=0)
        self._fault = fault
        self._after_s = after_s
        self._began_s: float | None = None
        self.passed = 0
        self.withheld_s: list[float] = []
        self.spoilt = 0

    def carry(self, value: bytes, now_s: float) -> Iterable[tuple[float, bytes]]:
        """Change one packet as the other fault does."""
        self._began_s = now_s if self._began_s is None else self._began_s
        if now_s < self._began_s + self._after_s:
            return ((0.0, value),)
        self.passed += 1
        self._fault.stream = self.stream
        arriving = tuple(self._fault.carry(value, now_s))
        if not arriving:
            self.withheld_s.append(now_s)
        elif arriving != ((0.0, value),):
            self.spoilt += 1
        return arriving


def tap(key: str, value: float) -> Tap:
    """A fault of the virtual pair by its key, tapped."""
    return Tap(faults.FAULTS[key](value, settings={key: value}, seed=3))
