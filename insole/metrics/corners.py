"""Corners of the tripod on the ground while somebody stands (science.md, sections 1.5 and 6.1).

A corner touches from one load on until it falls below a lower one; it is lost when it is off for
longer than a moment. On both feet each carries half, and so do the loads.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from insole.model.arrays import Bools, Floats
from insole.parameters import Parameters
from insole.signal.sharing import CORNERS
from insole.signal.slow_record import RATE_HZ
from insole.signal.tripod import least_load_n, shares_of, variation


def touching(force_n: Floats, *, on_n: float, off_n: float) -> Bools:
    """(n,) contact flag with hysteresis; before the first clear row, as the load is there.

    >>> touching(np.array([0.0, 10.0, 13.0, 9.0, 7.0, 9.0]), on_n=12.0, off_n=8.0).tolist()
    [False, False, True, True, False, False]
    """
    clear = np.where(force_n >= on_n, 1, np.where(force_n < off_n, 0, -1))
    last = np.maximum.accumulate(np.where(clear >= 0, np.arange(len(clear)), -1))
    held: Bools = np.where(last >= 0, clear[np.maximum(last, 0)] == 1, force_n >= on_n)
    return held


def contact_loads(bw_n: float, *, single: bool, parameters: Parameters) -> tuple[float, float]:
    """Loads from which a corner touches, and below which it does so no more, N.

    The big toe has `tripod.hallux_factor` of both.

    Args:
        bw_n: body weight.
        single: standing on this foot alone; on both, each carries half.
        parameters: section `tripod`.
    """
    weight = 1.0 if single else 0.5
    on_n, on_bw = parameters.several("tripod.contact_on")
    off_n, off_bw = parameters.several("tripod.contact_off")
    return max(on_n, on_bw * bw_n * weight), max(off_n, off_bw * bw_n * weight)


def times_off(contact: Bools, *, rate_hz: float, least_s: float) -> list[float]:
    """How long a corner was off, s, each time that lasted longer than `least_s`."""
    edges = np.flatnonzero(np.diff(np.concatenate(([True], contact, [True])).astype(np.int8)))
    lengths = (edges[1::2] - edges[::2]) / rate_hz
    return [float(one) for one in lengths if one > least_s]


def corners(
    points_n: Floats, *, single: bool, bw_n: float, target: Floats, parameters: Parameters
) -> dict[str, Any] | None:
    """Corners kept and zone kept of a foot over a time of standing; None: one is not observable.

    A row whose three points carry too little for a tripod is in no zone.

    Args:
        points_n: (n, 3) N on heel, first ray and fifth ray, RATE_HZ.
        single: standing on this foot alone.
        bw_n: body weight.
        target: (3,) shares of the posture.
        parameters: section `tripod`, `targets.single_least`.
    """
    if not len(points_n) or np.isnan(points_n).any():
        return None
    on, off = contact_loads(bw_n, single=single, parameters=parameters)
    said: dict[str, Any] = {}
    for index, name in enumerate(CORNERS):
        flag = touching(points_n[:, index], on_n=on, off_n=off)
        lost = times_off(flag, rate_hz=RATE_HZ, least_s=parameters["tripod.corner_dwell_s"])
        said[name] = {
            "contact_percent": 100.0 * float(flag.mean()),
            "lost": len(lost),
            "lost_s": sum(lost),
        }
    share = shares_of(points_n, minimum_n=least_load_n(bw_n, parameters))
    inside = variation(share, target) <= parameters["tripod.tv_zone"]
    if single:
        inside &= (share >= parameters["targets.single_least"]).all(axis=1)
    said["zone_percent"] = 100.0 * float(inside.mean())
    return said
