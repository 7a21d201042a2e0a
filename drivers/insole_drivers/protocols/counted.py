"""Time and number of samples whose device tells neither for long: a short clock and no counter.

A time of few bits is unwrapped by the signed modular difference to the last one, so late and
repeated packets keep their place; after a gap of half a turn or more the arrival says how many
turns went by. Samples are counted by their time against the configured period, so that a hole in
time is a hole in the numbers, which is how the ledger sees a loss.
"""

from __future__ import annotations

from collections import deque
from typing import Final

LEAP_US: Final = 1_000_000
"""No packet is so late, and none comes so much sooner than the quickest: that is another clock."""
JUMP_US: Final = 10_000_000  # no air or network holds packets up for so long
REMEMBERED: Final = 64  # newest samples whose time and number are kept, for repeated packets
PULL: Final = 4  # a sample's time moves the expected phase by this part of its difference
NEAR: Final = 8  # periods; a longer gap sets the phase anew
WITNESSES: Final = 9  # samples whose steps tell a period that the device does not tell
CHANGED: Final = 16  # steps in a row, hardly one of which is the period's: it is another now


class CountedTime:
    """Places the samples of one device.

    Args:
        modulus_us: where the device's time wraps, microseconds.

    Attributes:
        segment: counts up when the device's clock began anew.
    """

    def __init__(self, modulus_us: int) -> None:
        self.segment = 0
        self._modulus_us = modulus_us
        self._tick_us: int | None = None  # newest accepted time
        self._arrival_ns = 0  # and when it came
        self._lead_us = 0  # most that a time was ahead of its arrival: that of the quickest packet
        self._suspect_us: int | None = None  # a time out of step that waits for a witness
        self._is_new_link = False
        self._is_rebased = False
        self._number = -1
        self._phase_us: int | None = None  # expected time of that number
        self._newest_us: int | None = None  # newest numbered sample
        self._numbers: dict[int, int] = {}  # of the newest samples by their time, oldest first

    def new_link(self) -> None:
        """Packets of before cannot come any more: a time that went back is another clock."""
        self._is_new_link = True

    def rebase(self) -> None:
        """The device's clock was set, or it restarted: the next time stands for itself."""
        self._is_rebased = self._tick_us is not None

    def at(self, told_us: int, arrival_ns: int) -> int | None:
        """Unwrapped device time of what was told; None when it fits neither clock nor arrival.

        The first one is put on the turn nearest to its arrival.
        """
        if self._tick_us is None:
            return self._accepted(self._nearest(told_us, arrival_ns // 1000), arrival_ns)
        elapsed_us = max(0, arrival_ns - self._arrival_ns) // 1000
        is_long = 2 * elapsed_us > self._modulus_us
        guess_us = self._tick_us + (elapsed_us if is_long else 0)
        tick_us = self._nearest(told_us, guess_us)
        leads = tick_us - arrival_ns // 1000 - self._lead_us > LEAP_US
        is_behind = tick_us < self._tick_us - LEAP_US
        is_jump = leads or is_behind or self._tick_us + elapsed_us - tick_us > JUMP_US
        went_back = self._is_new_link and tick_us <= self._tick_us
        if self._is_rebased or (self._is_new_link and is_jump) or went_back:
            return self._anew(self._nearest(told_us, self._tick_us + elapsed_us), arrival_ns)
        if not is_jump:
            return self._accepted(tick_us, arrival_ns)
        suspect_us, self._suspect_us = self._suspect_us, tick_us
        if suspect_us is None or abs(tick_us - suspect_us) > JUMP_US:
            return None
        return self._anew(tick_us, arrival_ns)

    def number(self, tick_us: int, period_us: int) -> int:
        """Number of the sample taken at this time.

        Args:
            tick_us: as `at` gave it.
            period_us: of the sampling; 0 when it is not known: then nothing counts as lost.
        """
        known = self._numbers.get(tick_us)
        if known is not None:
            return known
        is_newest = self._newest_us is None or tick_us > self._newest_us
        if self._phase_us is None:
            number = self._number + 1
            self._number, self._phase_us = number, tick_us
        else:
            away_us = tick_us - self._phase_us
            steps = (2 * away_us + period_us) // (2 * period_us) if period_us else 1
            number = self._number + (max(steps, 1) if is_newest else min(steps, 0))
            if is_newest:
                off_us = away_us - (number - self._number) * period_us
                is_near = bool(period_us) and steps <= NEAR
                self._phase_us = tick_us - (off_us - off_us // PULL if is_near else 0)
                self._number = number
        if is_newest:
            self._newest_us = tick_us
        self._numbers[tick_us] = number
        if len(self._numbers) > REMEMBERED:
            del self._numbers[next(iter(self._numbers))]
        return number

    def _nearest(self, told_us: int, guess_us: int) -> int:
        half = self._modulus_us // 2
        return guess_us + (told_us - guess_us + half) % self._modulus_us - half

    def _accepted(self, tick_us: int, arrival_ns: int) -> int:
        lead_us = tick_us - arrival_ns // 1000
        is_first = self._is_new_link or self._tick_us is None
        self._lead_us = lead_us if is_first else max(self._lead_us, lead_us)
        if self._tick_us is None or tick_us >= self._tick_us:
            self._tick_us, self._arrival_ns = tick_us, arrival_ns
        self._suspect_us = None
        self._is_new_link = self._is_rebased = False
        return tick_us

    def _anew(self, tick_us: int, arrival_ns: int) -> int:
        self.segment += 1
        self._tick_us = None
        self._phase_us = self._newest_us = None
        self._numbers.clear()
        return self._accepted(tick_us, arrival_ns)


class FoundPeriod:
    """The period of a device that does not tell it, read off the steps between its samples.

    The median of the first eight steps is the period, and single losses do not move it. From then
    on it changes only when hardly one of sixteen steps is the period's.

    Args:
        grid_us: a period is a whole number of these.

    Attributes:
        us: the period; 0 while it is not known.
    """

    def __init__(self, grid_us: int) -> None:
        self.us = 0
        self._grid_us = grid_us
        self._newest_us: int | None = None
        self._steps_us: deque[int] = deque(maxlen=CHANGED)

    def forget(self) -> None:
        """It is to be found anew."""
        self.us = 0
        self._newest_us = None
        self._steps_us.clear()

    def see(self, tick_us: int) -> None:
        """Take the time of the next sample."""
        before_us, self._newest_us = self._newest_us, tick_us
        if before_us is None or tick_us <= before_us:
            return
        self._steps_us.append(tick_us - before_us)
        if len(self._steps_us) < (CHANGED if self.us else WITNESSES - 1):
            return
        usual_us = sorted(self._steps_us)[(len(self._steps_us) - 1) // 2]
        grid_us = self._grid_us
        found_us = max(grid_us, grid_us * ((2 * usual_us + grid_us) // (2 * grid_us)))
        fitting = sum(2 * abs(step - self.us) <= grid_us for step in self._steps_us)
        if not self.us or (found_us != self.us and 4 * fitting < len(self._steps_us)):
            self.us = found_us
