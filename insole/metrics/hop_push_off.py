"""Push-off of hops from the lowest point of the body: PO_rev of both feet (science.md, 4.2, 4.3).

Over one cycle of a hop all force is that of one contact of both feet. Their courses are added in
time; the body turns where the velocity that follows from their sum rises through 0 (`reversal`).
"""

from __future__ import annotations

import numpy as np

from insole.metrics.reversal import SCALE_BAND, Reversal, reversal
from insole.model.arrays import Floats, Ints, Shares
from insole.model.gait import Steps
from insole.signal.course import CELLS, FULL

NAMES = ("hop_po_rev_N_s", "hop_po_rev_BW_s", "hop_po_rev_share_percent", "hop_reversal_percent")
COURSE = 3e-4  # of the impulse and of contact, what lines between the kept points err by


def hop_push_off(
    left: Steps, right: Steps, i: Ints, j: Ints, *, flight_s: Floats, bw_n: float, clock_s: float
) -> dict[str, tuple[Floats, Floats, Floats]]:
    """Columns of `NAMES`: values, random and shared doubt.

    The scale leaves the turn where it is and enters N·s; a doubt u of the cycle T moves the share
    i at the turn by (rise + 1)·(i - ½)/rise·u/T, with the rise of v there.

    Args:
        left: contacts of the left foot.
        right: of the right one.
        i: rows of the left foot's contacts.
        j: rows of the right foot's contacts with them.
        flight_s: (k,) after the contact; NaN where no hop follows.
        bw_n: body weight.
        clock_s: doubt of one foot's time.
    """
    if left.course is None or right.course is None:
        return {}
    pair = ((left, i), (right, j))
    fs, off, impulse = (
        np.stack([steps.value[name][rows] for steps, rows in pair])
        for name in ("foot_strike_s", "toe_off_s", "impulse_N_s")
    )
    contact, total = off.max(axis=0) - fs.min(axis=0), impulse.sum(axis=0)
    cycle = contact + flight_s
    with np.errstate(invalid="ignore"):
        usable = np.abs(cycle * bw_n / total - 1.0) <= SCALE_BAND
    turn = reversal(
        _together((left.course[i], right.course[j]), fs, off, impulse),
        contact_s=contact, step_s=cycle, usable=usable,
    )  # fmt: skip
    ends = [
        np.stack([_random(steps, name)[rows] for steps, rows in pair]).max(axis=0)
        for name in ("foot_strike_s", "toe_off_s")
    ]
    own = _moved(turn, cycle, np.hypot(*ends))
    common = np.hypot(_moved(turn, cycle, np.sqrt(2.0) * clock_s), COURSE)
    share, late = 1.0 - turn.share, total * (1.0 - turn.share)
    scale = np.hypot(*np.stack([steps.u_shared["impulse_N_s"][rows] for steps, rows in pair]))
    random, shared = total * own, np.hypot(total * common, share * scale)
    place = 100.0 * turn.time_s / contact
    at = 100.0 * np.hypot(np.hypot(*ends), own * cycle) / contact
    return {
        "hop_po_rev_N_s": (late, random, shared),
        "hop_po_rev_BW_s": (late / bw_n, random / bw_n, shared / bw_n),
        "hop_po_rev_share_percent": (100.0 * share, 100.0 * own, 100.0 * common),
        "hop_reversal_percent": (place, at, 100.0 * np.hypot(clock_s / contact, COURSE)),
    }


def _together(courses: tuple[Shares, Shares], fs: Floats, off: Floats, impulse: Floats) -> Shares:
    """(k, 26) course of both feet from the first foot strike to the last toe-off."""
    begin, contact = fs.min(axis=0), off.max(axis=0) - fs.min(axis=0)
    time = begin[:, None] + contact[:, None] * np.arange(CELLS + 1) / CELLS
    grown = np.zeros(time.shape)
    row = np.arange(len(time))[:, None]
    for course, strike, end, whole in zip(courses, fs, off, impulse, strict=True):
        place = np.clip((time - strike[:, None]) / (end - strike)[:, None], 0.0, 1.0) * CELLS
        cell = np.minimum(place.astype(np.intp), CELLS - 1)
        low, high = (course[row, cell + step].astype(np.float64) for step in (0, 1))
        grown += whole[:, None] * (low + (high - low) * (place - cell))
    total = impulse.sum(axis=0)[:, None]
    answer: Shares = np.clip(np.rint(grown / total), 0.0, FULL).astype(np.uint16)
    return answer


def _moved(turn: Reversal, cycle: Floats, u_s: Floats | float) -> Floats:
    """(k,) how far a doubt of the cycle moves the share of the impulse at the turn."""
    answer: Floats = np.abs((turn.rise + 1.0) * (turn.share - 0.5) / turn.rise) * u_s / cycle
    return answer


def _random(steps: Steps, name: str) -> Floats:
    return np.sqrt(np.maximum(steps.u[name] ** 2 - steps.u_shared[name] ** 2, 0.0))
