"""Which contacts are steps: long and strong enough for what the person does (science.md §3.1).

A contact lasts at least 80 ms, while the foot walks 200 ms: a shorter one in the swing of walking
is a scuff. Its force reaches half of body weight in gait; where a drill is recorded
(`events.drill`), a fifth.
"""

from __future__ import annotations

import numpy as np

from insole.model.arrays import Bools
from insole.parameters import Parameters
from insole.signal.activity import WALK_DUTY
from insole.signal.stances import Stances

GOES_ON = 1.5  # strides after the last contact of walking within which the foot is taken to walk


class ContactGate:
    """Judges final contacts of one foot, each once and in order; any grouping gives the same.

    The foot walks while its last two contacts of at least 200 ms follow each other as in walking;
    a walker who begins to sprint may lose two contacts of less than that.

    Args:
        bw_n: body weight, N; None: a contact reaches twice its trigger level.
        parameters: section `events`.
    """

    def __init__(self, *, bw_n: float | None, parameters: Parameters) -> None:
        p = parameters
        drill = p["events.drill"] > 0
        share = p["events.peak_gate_drill_BW" if drill else "events.peak_gate_BW"]
        self._gate_n = None if bw_n is None else share * bw_n
        self._least_s = p["events.min_stance_s"]
        self._walk_s = p["events.min_stance_walk_s"]
        self._strike_s = np.full(2, -np.inf)  # of the last two contacts that may be of walking
        self._contact_s = np.zeros(2)

    def accept(self, s: Stances) -> Bools:
        """(k,) is it a step; one that was cut need not be long."""
        gate = 2.0 * (s.contacts.on_n - s.contacts.base_n) if self._gate_n is None else self._gate_n
        strong = (s.peak_n >= gate) & (s.contact_s > 0)
        long = strong & (s.contact_s >= self._walk_s)
        strike = np.concatenate((self._strike_s, s.strike.time_s[long]))
        contact = np.concatenate((self._contact_s, s.contact_s[long]))
        self._strike_s, self._contact_s = strike[-2:], contact[-2:]
        last = 1 + np.cumsum(long) - long  # place of the long contact before each
        with np.errstate(invalid="ignore"):
            stride = strike[last] - strike[last - 1]
            duty = contact[last - 1] / stride
            walks = (duty >= WALK_DUTY[0]) & (duty <= WALK_DUTY[1])
            walks &= s.strike.time_s - strike[last] <= GOES_ON * stride
        least = np.where(walks, max(self._walk_s, self._least_s), self._least_s)
        answer: Bools = strong & (s.cut | (s.contact_s >= least))
        return answer
