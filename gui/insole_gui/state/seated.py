"""Whether somebody sits: feet that rest and carry far less than a body. No Qt here."""

from __future__ import annotations

import numpy as np

from insole.live.board import BoardView
from insole.parameters import Parameters

TOP_N = 300.0  # end of the force axis while seated
LOOK_S = 2.0  # standing up is seen at once, sitting down after this long
LEAST_N = 5.0  # less than this on both is an insole that nobody stands or sits over
PART_BW = 0.6  # of body weight, at most: thighs and chair carry the rest
RESTING = ("stand", "other", "")


def seated(view: BoardView) -> bool:
    """Both feet together carried something, and little, for the last seconds."""
    if view.activity not in RESTING or not view.is_force:
        return False
    most = TOP_N
    if view.mass_kg is not None:
        most = min(most, PART_BW * view.mass_kg * Parameters()["physics.g"])
    highest, lowest = 0.0, 0.0
    for foot in view.feet.values():
        if foot.time_s is None or foot.force_n is None or not len(foot.time_s):
            continue
        recent = foot.force_n[int(np.searchsorted(foot.time_s, view.now_s - LOOK_S)) :]
        if len(recent):
            highest += float(np.nanmax(recent, initial=0.0))
            lowest += float(np.nanmedian(recent))
    return lowest > LEAST_N and highest < most
