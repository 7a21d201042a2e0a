"""Where packets of an ORPHE device stand: serial number and time of day, unwrapped.

Both are short (22 minutes, one day), neither is protected by a checksum, and the clock is set while
data flow. They are counted by the same sensor, though, 208 samples a second: a packet whose
serial and time moved together is believed. One that contradicts waits for a witness: when the
next packet continues it, the jump is real; else it is refused.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Final, Generic, TypeVar

from insole_drivers.protocols import orphe_wire as wire

PACKET_US: Final = 4e6 / wire.TRUE_HZ  # in every mode
LOOSE_US: Final = 60_000  # serial and time may disagree so much: firmware takes its time
LOOSE: Final = 0.05  # and so much of what passed: nominal and true rate differ by 4 %
STEP_US: Final = 8_000  # between neighbours, more than this is a clock that was set
SILENCE_US: Final = 300_000_000  # from here the host's clock tells how many turns passed
WITNESS: Final = 50  # packets: further ahead, one packet is no witness for another
PLAUSIBLE: Final = 0.2  # a real gap is as long for the host, within this share and one second

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Placed(Generic[T]):
    """A packet in its place.

    Attributes:
        what: the packet.
        kind: packets of different kinds are not numbered together.
        number: serial number, unwrapped.
        told_us: time of day as told, unwrapped.
        tick_us: device time: `told_us`, except that setting the clock does not move it.
        arrival_ns: of the packet.
        segment: counts up when the device counts anew.
    """

    what: T
    kind: Hashable
    number: int
    told_us: int
    tick_us: int
    arrival_ns: int
    segment: int


class Track(Generic[T]):
    """Places packets of one device; holds at most one that waits for a witness.

    Attributes:
        newest: the packet with the highest number.
        refused: packets that contradicted all others.
    """

    def __init__(self) -> None:
        self.newest: Placed[T] | None = None
        self.refused = 0
        self._doubtful: Placed[T] | None = None

    def place(
        self, what: T, *, kind: Hashable, serial: int, day_ms: int, arrival_ns: int
    ) -> list[Placed[T]]:
        """Packets whose place is now certain: none, this one, or also the one before."""
        told_us = day_ms % wire.DAY_MS * 1000
        alone = Placed(what, kind, serial, told_us, told_us, arrival_ns, 0)
        newest, doubtful = self.newest, self._doubtful
        if newest is None:
            self.newest = alone
            return [alone]
        placed = _after(newest, alone)
        if placed is not None:
            self._forget()
            return [self._accepted(placed)]
        if doubtful is None or not _is_witness(alone, doubtful):
            self._forget()
            self._doubtful = alone
            return []
        self._doubtful = None
        before = self._accepted(_jumped(newest, doubtful))
        after = _after(before, alone)
        return [before] if after is None else [before, self._accepted(after)]

    def new_link(self) -> None:
        """What waits for a witness cannot get one."""
        self._forget()

    def _forget(self) -> None:
        self.refused += self._doubtful is not None
        self._doubtful = None

    def _accepted(self, placed: Placed[T]) -> Placed[T]:
        newest = self.newest
        if newest is None or (placed.segment, placed.number) > (newest.segment, newest.number):
            self.newest = placed
        return placed


def nearest(told: int, *, guess: int, turn: int) -> int:
    """The number nearest to `guess` that equals `told` modulo `turn`.

    >>> nearest(3, guess=65534, turn=65536)
    65539
    """
    return guess + (told - guess + turn // 2) % turn - turn // 2


def _after(known: Placed[T], new: Placed[T]) -> Placed[T] | None:
    """The new packet in the numbering of a known one; None when serial and time disagree."""
    if new.kind != known.kind:
        return None
    silence_us = (new.arrival_ns - known.arrival_ns) // 1000
    silence_us = silence_us if silence_us > SILENCE_US else 0
    day_us = wire.DAY_MS * 1000
    number = nearest(
        new.number, guess=known.number + round(silence_us / PACKET_US), turn=wire.SERIALS
    )
    told_us = nearest(new.told_us, guess=known.told_us + silence_us, turn=day_us)
    expected_us = (number - known.number) * PACKET_US
    off_us = told_us - known.told_us - expected_us
    if abs(off_us) > LOOSE_US + LOOSE * abs(expected_us):
        return None
    is_set = number == known.number + 1 and abs(off_us) > STEP_US
    tick_us = known.tick_us + (round(expected_us) if is_set else told_us - known.told_us)
    return replace(new, number=number, told_us=told_us, tick_us=tick_us, segment=known.segment)


def _is_witness(new: Placed[T], doubtful: Placed[T]) -> bool:
    """Does it go on where the other stands? The same packet once more proves nothing."""
    after = _after(doubtful, new)
    return after is not None and 0 < after.number - doubtful.number <= WITNESS


def _jumped(known: Placed[T], new: Placed[T]) -> Placed[T]:
    """A jump that was witnessed: a clock that was set, or a device that counts anew."""
    passed_us = (new.arrival_ns - known.arrival_ns) / 1000
    number = nearest(
        new.number, guess=known.number + round(passed_us / PACKET_US), turn=wire.SERIALS
    )
    expected_us = (number - known.number) * PACKET_US
    is_gap = abs(expected_us - passed_us) <= 1e6 + PLAUSIBLE * passed_us
    if new.kind == known.kind and number > known.number and is_gap:
        tick_us = known.tick_us + round(expected_us)
        return replace(new, number=number, tick_us=tick_us, segment=known.segment)
    return replace(new, segment=known.segment + 1)
