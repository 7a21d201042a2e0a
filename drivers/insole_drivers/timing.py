"""How long a radio waits for what, and by which clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a link waits for what, s.

    Attributes:
        connect_s: one attempt to connect.
        request_s: one read, write or subscription.
        again_s: pauses between attempts to connect.
        alone_s: an attempt to connect where an insole was goes on alone; then it is looked for too.
        resubscribe_s: no data after the start: subscribe the other way (BlueZ has two).
        stall_s, stall_periods: no data for the longer of both: the link has stalled.
        give_up_s: no data for this long: hang up and connect anew.
        search_s: one scan for an insole that went away.
        first_search_s: the first scan; nobody within it is an error.
        company_s: after the first insole was heard, the scan goes on this long for the second;
            after the first is connected, the second is waited for so long.
        fetch_s: before the goodbye, for samples that the device keeps until they are asked for.
        goodbye_s, hang_up_s: limits of the last write and of the disconnection.
        now_ns: host clock that everything is stamped with; that of the event loop where it plays
            a stream faster than life.
    """

    connect_s: float = 10.0
    request_s: float = 5.0
    again_s: tuple[float, ...] = (0.25, 0.5, 1.0)
    alone_s: float = 1.0
    resubscribe_s: float = 2.0
    stall_s: float = 0.5
    stall_periods: float = 10.0
    give_up_s: float = 3.0
    search_s: float = 5.0
    first_search_s: float = 10.0
    company_s: float = 3.0
    fetch_s: float = 2.0
    goodbye_s: float = 1.0
    hang_up_s: float = 5.0
    now_ns: Callable[[], int] = time.monotonic_ns
