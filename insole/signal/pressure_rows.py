"""Rows of single sensors, kept until the contacts they lie in are final.

They are kept as they came, in the wire's own numbers, and only those inside a contact are turned
into values above the zero. The zero and the masked sensors are those of a contact's last row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from insole.model.arrays import Floats, Ints, Raw

KEEP_S = 4.0  # as the gait line: a valid contact lasts 2.5 s at most, and is final soon after
LONGEST_S = 3.0  # a contact that lasts longer is standing: nothing of it is kept
TOGETHER_ROWS = 1024  # from here on sensor by sensor is faster
BLOCK_VALUES = 1 << 20  # rows times sensors worked on at once: those in contact stay in the cache

Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class State:
    """What holds for rows from here on.

    Attributes:
        zero: (S,) in the unit of the values.
        masked: numbers of the sensors that are left out.
    """

    zero: Floats
    masked: tuple[int, ...]

    def same(self, zero: Floats, masked: tuple[int, ...]) -> bool:
        """Would these hold alike?"""
        return self.masked == masked and (self.zero is zero or np.array_equal(self.zero, zero))


@dataclass(frozen=True, slots=True)
class ContactRows:
    """Rows of k contacts side by side.

    Attributes:
        which: (k,) their place among the contacts asked for.
        state: what holds for all of them.
        value: (S, m) above the zero, in units of the values, sensors in the order asked for.
        width_s: (m,) what each row weighs in an integral from foot strike to toe-off, exact for
            straight lines between rows.
        start: (k,) first of the m rows of each contact, the one before foot strike.
        low, high: (k,) rows [low, high) lie inside.
    """

    which: Ints
    state: State
    value: Values
    width_s: Floats
    start: Ints
    low: Ints
    high: Ints


class PressureRows:
    """Rows of one foot in; contacts out. Memory is some seconds.

    Args:
        order: (S,) sensors as `ContactRows.value` lists them.
    """

    def __init__(self, order: Ints) -> None:
        self._order = order
        self._block_rows = max(BLOCK_VALUES // max(len(order), 1), 256)
        self._pending: list[tuple[Floats, Raw, State]] = []
        self._states: list[State] = []
        self._time: Floats = np.empty(0)
        self._of: NDArray[np.int64] = np.empty(0, np.int64)  # number of each row's state
        self._rows: Raw = np.empty((len(order), 0), np.uint8)
        self._held = 0

    def take(self, time_s: Floats, values: Raw, *, zero: Floats, masked: tuple[int, ...]) -> None:
        """Further rows, not copied before `blocks`: n times, (n, S) values and what holds."""
        if len(time_s):
            self._pending.append((time_s, values, State(zero, masked)))

    def blocks(self) -> Iterator[float]:
        """Take waiting rows in, block by block: the newest instant of each, s.

        Contacts before it can be asked for; old rows are given back before the next block.
        """
        pending, self._pending = self._pending, []
        for time_s, values, state in pending:
            if not self._states or not self._states[-1].same(state.zero, state.masked):
                self._states.append(state)
            for begin in range(0, len(time_s), self._block_rows):
                end = min(begin + self._block_rows, len(time_s))
                self._append(time_s[begin:end], values[begin:end])
                yield float(time_s[end - 1])
                self._forget()

    def contacts(self, strike_s: Floats, off_s: Floats) -> Iterator[ContactRows]:
        """Rows of contacts, those of one state together; contacts without rows are left out.

        Args:
            strike_s: (k,) s, increasing.
            off_s: (k,) s.
        """
        time = self._time[: self._held]
        if not len(strike_s) or not len(time):
            return
        low = np.searchsorted(time, strike_s, side="right")
        high = np.searchsorted(time, off_s, side="right")
        there = (high > low) & (off_s - strike_s <= LONGEST_S) & (strike_s >= time[0])
        which = np.flatnonzero(there)
        number: Ints = self._of[np.maximum(high[which] - 1, 0)]
        for one, state in enumerate(self._states):
            of_state = which[number == one]
            if not len(of_state):
                continue
            yield self._gathered(
                of_state,
                state,
                inside=(low[of_state], high[of_state]),
                ends=(strike_s[of_state], off_s[of_state]),
            )

    def _gathered(
        self, which: Ints, state: State, *, inside: tuple[Ints, Ints], ends: tuple[Floats, Floats]
    ) -> ContactRows:
        low, high = inside
        begin, end = np.maximum(low - 1, 0), np.minimum(high + 1, self._held)
        count = end - begin
        start = np.cumsum(count) - count
        row = np.arange(int(count.sum())) + np.repeat(begin - start, count)
        raw = np.take(self._rows, row, axis=1)
        value: Values
        zero = state.zero[self._order]
        if zero.any() or raw.dtype.kind != "u":
            value = np.subtract(raw, zero[:, None], dtype=np.float32, casting="same_kind")
            np.maximum(value, np.float32(0.0), out=value)
        else:
            value = raw.astype(np.float32)
        return ContactRows(
            which=which,
            state=state,
            value=value,
            width_s=_widths(self._time[row], start, count, ends=ends),
            start=start,
            low=start + (low - begin),
            high=start + (high - begin),
        )

    def _append(self, time_s: Floats, values: Raw) -> None:
        n, held = len(time_s), self._held
        kind = np.result_type(self._rows.dtype, values.dtype) if held else values.dtype
        if held + n > self._rows.shape[1] or kind != self._rows.dtype:
            room = max(2 * (held + n), 256)
            rows = np.empty((len(self._order), room), kind)
            rows[:, :held] = self._rows[:, :held]
            self._rows = rows
            self._time = _wider(self._time, held, room)
            self._of = _wider(self._of, held, room)
        new = slice(held, held + n)
        if n < TOGETHER_ROWS:
            self._rows[:, new] = values.T[self._order]
        else:  # copied once, not gathered and copied
            for place, sensor in enumerate(self._order.tolist()):
                self._rows[place, new] = values[:, sensor]
        self._time[new] = time_s
        self._of[new] = len(self._states) - 1
        self._held += n

    def _forget(self) -> None:
        """Give back old rows, when they are half of what is held."""
        time = self._time[: self._held]
        old = int(np.searchsorted(time, float(time[-1]) - KEEP_S))
        if 2 * old < self._held:
            return
        kept = slice(old, self._held)
        self._held -= old
        for table in (self._time, self._of):
            table[: self._held] = table[kept].copy()
        self._rows[:, : self._held] = self._rows[:, kept].copy()
        first = int(self._of[0]) if self._held else len(self._states) - 1
        self._of[: self._held] -= first
        del self._states[:first]


def _wider(table: Raw, held: int, room: int) -> Raw:
    wider = np.empty(room, table.dtype)
    wider[:held] = table[:held]
    return wider


def _widths(time_s: Floats, start: Ints, count: Ints, *, ends: tuple[Floats, Floats]) -> Floats:
    """(m,) weights of rows in the integral of the lines through them, from strike to toe-off."""
    strike, off = (np.repeat(end, count) for end in ends)
    width = np.zeros(len(time_s))
    step = np.diff(time_s)
    last = start[1:] - 1  # the cell that begins at a contact's last row joins two contacts
    step[last] = 1.0
    begin = np.maximum(time_s[:-1], strike[:-1])
    end = np.minimum(time_s[1:], off[:-1])
    length = np.maximum(end - begin, 0.0)
    length[last] = 0.0
    into = (0.5 * (begin + end) - time_s[:-1]) / step
    width[:-1] = length * (1.0 - into)
    width[1:] += length * into
    return width
