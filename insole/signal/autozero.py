"""A zero that follows the swings of gait (science.md, section 2.3).

A swing counts when contacts of gait stand on both sides of it, so it is taken when the contact
after it has ended. That stands for the rule "other foot loaded, or flight": with the stage of one
foot blind to the other, only gait itself can vouch for a swing. Standing, sitting and balancing
have no such swings and never move the zero. Thresholds stand on what the last swing carried, as
those of contacts do: a zero that lags behind a drift would else never see the ground left again.
"""

from __future__ import annotations

import numpy as np

from insole.model.arrays import Bools, Floats, Raw
from insole.parameters import Parameters
from insole.signal.detection import hysteresis

NEVER = float("-inf")


class AutoZero:
    """Zero of each sensor, in values; moves at ends of contacts.

    Args:
        zero: (S,) where it begins.
        kpa_per_value: (S,).
        bw_n: body weight, N, or None.
        parameters: sections `autozero` and `events`.
    """

    def __init__(
        self, zero: Floats, *, kpa_per_value: Floats, bw_n: float | None, parameters: Parameters
    ) -> None:
        p = parameters
        weight = bw_n or 0.0
        self.zero = zero.copy()
        self.moved = 0  # how often
        self._kpa = kpa_per_value
        self._on_n = max(p["events.on_BW"] * weight, p["events.on_N"])
        self._off_n = max(p["events.off_BW"] * weight, p["events.off_N"])
        self._gate_n = p["events.peak_gate_BW"] * weight if bw_n else 2.0 * self._on_n
        self._p = p
        self._base_n = 0.0  # that the last swing carried
        self._loaded = False
        self._since_s = NEVER  # of this contact or swing; NEVER: its begin was not seen
        self._peak_n = 0.0
        self._bounded = False  # the swing began with the end of a contact of gait
        self._shown: Floats | None = None  # (S,) value of the last whole swing
        self._carried_n = 0.0  # in that swing
        self._air: list[tuple[Floats, Floats, Raw]] = []
        self._last_s = NEVER

    @property
    def moved_s(self) -> float:
        """When a swing was taken last, s; `NEVER` before."""
        return self._last_s

    def scan(self, time_s: Floats, total_n: Floats, values: Raw, *, breaks: Bools) -> int | None:
        """Consume rows whose total was made with the present zero.

        Args:
            time_s: (n,) s.
            total_n: (n,) N.
            values: (n, S).
            breaks: (n,) rows after a loss.

        Returns:
            The row from which on the zero, or what a swing carries, is another one; it and those
            after it were not consumed. None: all were.
        """
        above_n = total_n - self._base_n
        up, down = hysteresis(
            above_n >= self._on_n, above_n < self._off_n, breaks=breaks, stance=self._loaded
        )
        events = sorted([(int(k), True) for k in up] + [(int(k), False) for k in down])
        events += [(int(k), False) for k in np.flatnonzero(breaks) if (int(k), False) not in events]
        done = 0
        for row, rises in sorted(events):
            self._pass(time_s[done:row], total_n[done:row], values[done:row])
            done = row
            now = float(time_s[row])
            if breaks[row] and not rises:
                self._forget()
            elif rises:
                self._strike(now)
            elif self._lift(now):
                return row
        self._pass(time_s[done:], total_n[done:], values[done:])
        return None

    def _pass(self, time_s: Floats, total_n: Floats, values: Raw) -> None:
        """Rows without an event."""
        if not len(time_s):
            return
        if self._loaded:
            self._peak_n = max(self._peak_n, float(total_n.max()))
        elif self._bounded:
            self._air.append((time_s.copy(), total_n.copy(), np.array(values)))
            if time_s[-1] - self._since_s > self._p.several("autozero.swing_s")[1]:
                self._bounded = False
                self._air = []

    def _strike(self, now: float) -> None:
        """A swing ended: what did it show?"""
        long_s = now - self._since_s
        shortest, longest = self._p.several("autozero.swing_s")
        if self._bounded and shortest <= long_s <= longest and self._air:
            begin, end = self._p.several("events.baseline_window")
            time_s, total_n, values = (
                np.concatenate([part[index] for part in self._air]) for index in range(3)
            )
            inside = slice(
                *np.searchsorted(
                    time_s, (self._since_s + begin * long_s, self._since_s + end * long_s)
                )
            )
            if len(values[inside]):
                self._shown = np.median(values[inside], axis=0) - self.zero
                self._carried_n = float(np.median(total_n[inside]))
        self._air, self._bounded = [], False
        self._loaded, self._peak_n = True, 0.0
        self._since_s = now if self._since_s > NEVER else NEVER

    def _lift(self, now: float) -> bool:
        """A contact ended; did the zero or the thresholds move?"""
        shortest, longest = self._p.several("autozero.contact_s")
        gait = shortest <= now - self._since_s <= longest and self._peak_n >= self._gate_n
        moved = False
        if gait and self._shown is not None:
            moved = self._move(self._shown, now) or self._base_n != self._carried_n
            self._base_n = self._carried_n
        self._loaded, self._since_s, self._bounded = False, now, gait
        self._shown, self._air = None, []
        return moved

    def _move(self, shown: Floats, now: float) -> bool:
        p = self._p
        step = p["autozero.share"] * np.clip(
            shown * self._kpa, -p["autozero.clip_kpa"], p["autozero.clip_kpa"]
        )
        if self._last_s > NEVER:
            most = p["autozero.rate_kpa_per_s"] * (now - self._last_s)
            step = np.clip(step, -most, most)
        self._last_s = now
        step = np.where(np.isfinite(step), step, 0.0)
        if not step.any():
            return False
        self.zero = self.zero + step / self._kpa
        self.moved += 1
        return True

    def _forget(self) -> None:
        """After a loss nothing is known of what is under way."""
        self._loaded, self._since_s, self._bounded = False, NEVER, False
        self._shown, self._air = None, []
