"""The loss-free mode of ORPHE INSOLE: what its ring holds is asked for until it has come.

The insole keeps the newest 1500 packets (25 s) and sends what is asked for, 60 packets a second
at most. Every poll it tells its newest serial number; what lies between and is not there is asked
for, the oldest first. Everything is decided by packets and their arrival, so that whoever decodes
them again, without asking, comes to the same end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from insole.model.stream import Write
from insole_drivers.protocols import orphe_wire as wire
from insole_drivers.protocols.orphe_track import nearest

RING: Final = 1500  # packets that the insole keeps
MOST_ASKED: Final = 60  # packets under way: a second's worth, so that none is asked for twice
AGAIN_NS: Final = 1_500_000_000  # a packet that did not come is asked for again after so long
NOT_YET: Final = 10  # newest packets that the ring may not give out yet
POLL_NS: Final = 150_000_000  # between two polls, at least
PACKET_NS: Final = 19_230_769


@dataclass(slots=True)
class _Wanted:
    """A packet that the insole has and we do not.

    Attributes:
        asked: how often it was asked for.
        asked_ns: when, last.
        is_late: it was taken while nobody was connected.
    """

    asked: int = 0
    asked_ns: int = 0
    is_late: bool = False


class Fifo:
    """What is wanted from the ring of one insole; at most `RING` numbers.

    Attributes:
        is_on: the insole said that its monitor runs.
    """

    def __init__(self) -> None:
        self.is_on = False
        self._wanted: dict[int, _Wanted] = {}  # by unwrapped serial number, ascending
        self._newest: int | None = None  # that the insole told
        self._newest_ns = 0
        self._received: int | None = None  # highest that came
        self._is_back = False  # the link was down since the last poll
        self._is_erased = False
        self._polled_ns = 0
        self._is_ending = False
        self._has_end = False  # the newest number that is wanted was told

    def finish(self) -> None:
        """What is taken from now on is not wanted any more."""
        self._is_ending = True

    @property
    def is_complete(self) -> bool:
        """Everything that is wanted has come, or is gone."""
        return not self.is_on or (self._has_end and not self._wanted)

    def new_link(self) -> None:
        """The insole must be told again; what it took meanwhile is wanted."""
        self.is_on = False
        self._is_back = self._newest is not None
        for wanted in self._wanted.values():
            wanted.asked, wanted.is_late = 0, True

    def poll(self, now_ns: int) -> list[Write]:
        """What to write as time passes."""
        if not self.is_on or now_ns - self._polled_ns < POLL_NS:
            return []
        self._polled_ns = now_ns
        return [wire.command(wire.FIFO_COMMAND, wire.ASK_SERIAL)]

    def acknowledged(self, command: int) -> list[Write]:
        """The insole did it; the ring of an insole that we meet first is emptied, once."""
        if command != wire.MONITOR:
            return []
        self.is_on = True
        if self._is_erased or self._newest is not None:
            return []
        self._is_erased = True
        return [
            wire.command(wire.FIFO_COMMAND, wire.ERASE),
            wire.command(wire.FIFO_COMMAND, wire.MONITOR),
        ]

    def told(self, serial: int, now_ns: int) -> list[Write]:
        """The insole told its newest serial number: ask for what is not there."""
        self.is_on = True
        newest = self._unwrapped(serial, now_ns)
        known = self._newest
        if known is not None and not known <= newest <= known + wire.SERIALS // 2:
            self._wanted.clear()  # it counts anew
            self._received = known = None
        if known is not None and not self._has_end:
            for number in range(max(known + 1, newest - RING + 1), newest + 1):
                self._wanted[number] = _Wanted(is_late=self._is_back)
        self._is_back, self._has_end = False, self._is_ending
        self._newest, self._newest_ns = newest, now_ns
        for number in [each for each in self._wanted if each <= newest - RING]:
            del self._wanted[number]
        return self._ask(now_ns)

    def came(self, serial: int) -> bool:
        """A packet is here. Was it asked for again, or taken while nobody was connected?"""
        if self._newest is None:
            return False
        number = nearest(serial, guess=self._newest, turn=wire.SERIALS)
        if self._received is None:  # whoever listens from here on knows nothing older
            for older in [each for each in self._wanted if each < number]:
                del self._wanted[older]
        if self._received is None or number > self._received:
            self._received = number
        wanted = self._wanted.pop(number, None)
        return wanted is not None and (wanted.asked > 1 or wanted.is_late)

    def gone(self, start: int, count: int) -> None:
        """The ring holds these no more; those that it does not hold yet are asked for again."""
        if self._newest is None:
            return
        first = nearest(start, guess=self._newest, turn=wire.SERIALS)
        for number in range(first, first + min(count, RING)):
            wanted = self._wanted.get(number)
            if wanted is None:
                continue
            is_passed = self._received is not None and number < self._received
            if is_passed or number <= self._newest - NOT_YET:
                del self._wanted[number]
            else:
                wanted.asked = 0

    def outstanding(self, near: int) -> int | None:
        """Lowest number that may still come although a higher one is here.

        Args:
            near: a number in the numbering that the answer shall be in.
        """
        lowest = next(iter(self._wanted), None)
        if lowest is None or self._received is None or lowest > self._received:
            return None
        return nearest(lowest % wire.SERIALS, guess=near, turn=wire.SERIALS)

    def _ask(self, now_ns: int) -> list[Write]:
        room = MOST_ASKED - sum(_is_under_way(each, now_ns) for each in self._wanted.values())
        runs: list[tuple[int, int]] = []
        for number, wanted in self._wanted.items():
            if room <= 0 or _is_under_way(wanted, now_ns):
                continue
            serial = number % wire.SERIALS
            if runs and sum(runs[-1]) == serial:
                runs[-1] = (runs[-1][0], runs[-1][1] + 1)
            elif len(runs) < wire.RANGE_SLOTS:
                runs.append((serial, 1))
            else:
                break
            wanted.asked, wanted.asked_ns = wanted.asked + 1, now_ns
            room -= 1
        return [wire.ask_ranges(runs)] if runs else []

    def _unwrapped(self, serial: int, now_ns: int) -> int:
        if self._newest is None:
            return serial
        passed = (now_ns - self._newest_ns) // PACKET_NS
        return nearest(serial, guess=self._newest + passed, turn=wire.SERIALS)


def _is_under_way(wanted: _Wanted, now_ns: int) -> bool:
    return wanted.asked > 0 and now_ns - wanted.asked_ns < AGAIN_NS
