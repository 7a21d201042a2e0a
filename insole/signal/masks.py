"""Region masks by name, drawn in (u, y): u across the local width, y along the foot.

R8 is the mask of this program; every metric uses it. The others divide the foot as published
studies did, so that their tables can be compared with (science.md, sections 1.1 and 1.2):

* PRC: percentages of the length as novel's software takes them (0.27, 0.55), the toe line at
  0.81, five rays. That software draws its rays between the tangents of a footprint; here they are
  the same fractions of the local width.
* PEDAR9: nine groups of pedar sensors (van der Zwaard et al. 2014), as lines between its cells.
* LEE4: halves and toes (Lee et al. 2014).

R8ML is R8 with heel and midfoot cut into a medial and a lateral half.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from insole.errors import CalibrationError, RequestError, SettingsError
from insole.model.arrays import Floats
from insole.parameters import Parameters
from insole.signal.geometry import HalfPlane

R8 = "R8"
R8ML = "R8ML"
NAMES = (R8, R8ML, "PRC", "PEDAR9", "LEE4")

Planes: TypeAlias = tuple[HalfPlane, ...]
Pieces: TypeAlias = tuple[Planes, ...]
"""A region as convex pieces that do not overlap, each an intersection of half-planes."""

STARTS = (0.0, 0.2)  # of the foot, in insole lengths
SCALES = (0.75, 1.1)  # foot length in insole lengths: an insole is 10 to 20 mm longer
TIPTOE_AHEAD = 0.05  # of the standing CoP, in insole lengths: less is no rise on the toes  [ED]


def pieces(name: str, parameters: Parameters) -> dict[str, Pieces]:
    """Regions of a mask on the insole, in order, corrected from foot to insole length.

    Raises:
        RequestError: there is no such mask.
        SettingsError: borders cross, or the correction cannot be one.
    """
    if name not in NAMES:
        raise RequestError(
            f"no mask '{name}'",
            where="--mask",
            why=f"the masks are {', '.join(NAMES)}",
            fix="Name one of these",
        )
    start, scale = _correction(parameters)
    own = {R8: _r8, R8ML: _r8_halved}
    drawn = own[name](parameters) if name in own else _PUBLISHED[name]
    return {
        region: tuple(
            tuple((a, b / scale, c + b * start / scale) for a, b, c in piece) for piece in convex
        )
        for region, convex in drawn.items()
    }


def half_planes(parameters: Parameters) -> dict[str, Planes]:
    """The regions of R8, each one piece, in the order of REGIONS.

    Raises:
        SettingsError: the borders cross inside the foot.
    """
    return {region: convex[0] for region, convex in pieces(R8, parameters).items()}


def correction(standing_y: Floats, tiptoe_y: Floats, *, parameters: Parameters) -> dict[str, float]:
    """Parameters that lay the mask on this foot in this insole and shoe (science.md, 1.2).

    The heel lies against the rear edge; the length is set so that on tiptoe the median CoP falls
    on the middle of the metatarsal band, half-way across.

    Args:
        standing_y: (n,) CoP along the insole in quiet standing, 0 to 1; NaN is left out.
        tiptoe_y: (m,) the same on tiptoe.
        parameters: section `mask` is used.

    Returns:
        Values of `mask.foot_start` and `mask.foot_scale`.

    Raises:
        CalibrationError: the two are not standing and tiptoe.
    """
    standing, tiptoe = (_median(values) for values in (standing_y, tiptoe_y))
    start = parameters["mask.foot_start"]
    band = 0.5 * (parameters["mask.y_mf0"] + parameters["mask.y_toe0"])
    band += 0.25 * (parameters["mask.y_mf_slope"] + parameters["mask.y_toe_slope"])
    scale = (tiptoe - start) / band
    if not (tiptoe - standing >= TIPTOE_AHEAD and SCALES[0] <= scale <= SCALES[1]):
        raise CalibrationError(
            "the foot cannot be found in the insole",
            where="standing and tiptoe trial",
            why=f"the CoP lies at {100 * standing:.0f} % of the insole standing and at "
            f"{100 * tiptoe:.0f} % on tiptoe",
            fix="Record standing still for 5 s, then on the toes of both feet for 5 s",
        )
    return {"mask.foot_start": start, "mask.foot_scale": scale}


def _median(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else float("nan")


def _correction(parameters: Parameters) -> tuple[float, float]:
    start, scale = parameters["mask.foot_start"], parameters["mask.foot_scale"]
    if STARTS[0] <= start <= STARTS[1] and SCALES[0] <= scale <= SCALES[1]:
        return start, scale
    raise SettingsError(
        "the correction of the mask is no foot in an insole",
        where="mask.foot_start, mask.foot_scale",
        why=f"the foot would begin at {start:g} of the insole and be {scale:g} insoles long",
        fix=f"Use {STARTS[0]:g} to {STARTS[1]:g}, and {SCALES[0]:g} to {SCALES[1]:g}",
    )


def _r8(parameters: Parameters) -> dict[str, Pieces]:
    names = ("y_hm", "y_mf0", "y_mf_slope", "y_toe0", "y_toe_slope", "u_12", "u_34", "u_hal")
    mask = {name: parameters[f"mask.{name}"] for name in names}
    for u in (0.0, 1.0):
        middle = mask["y_mf0"] + mask["y_mf_slope"] * u
        toes = mask["y_toe0"] + mask["y_toe_slope"] * u
        if not (0.0 < mask["y_hm"] < middle < toes < 1.0 and mask["u_12"] < mask["u_34"] < 1.0):
            raise SettingsError(
                "the borders of the region mask cross",
                where="mask.*",
                why=f"at u = {u:g} they are y {mask['y_hm']:g}, {middle:g}, {toes:g}",
                fix="Keep 0 < y_hm < y_mf < y_toe < 1 and u_12 < u_34 < 1",
            )
    below_mf = (-mask["y_mf_slope"], 1.0, mask["y_mf0"])
    above_mf = (mask["y_mf_slope"], -1.0, -mask["y_mf0"])
    below_toe = (-mask["y_toe_slope"], 1.0, mask["y_toe0"])
    above_toe = (mask["y_toe_slope"], -1.0, -mask["y_toe0"])
    first, third = mask["u_12"], mask["u_34"]
    return {
        "HEEL": ((_before(mask["y_hm"]),),),
        "MID": ((_beyond(mask["y_hm"]), below_mf),),
        "M1": ((above_mf, below_toe, _medial(first)),),
        "M23": ((above_mf, below_toe, _lateral(first), _medial(third)),),
        "M45": ((above_mf, below_toe, _lateral(third)),),
        "HAL": ((above_toe, _medial(mask["u_hal"])),),
        "TOES": ((above_toe, _lateral(mask["u_hal"])),),
    }


def _r8_halved(parameters: Parameters) -> dict[str, Pieces]:
    half = parameters["mask.u_hm"]
    found: dict[str, Pieces] = {}
    for region, (planes,) in _r8(parameters).items():
        if region in ("HEEL", "MID"):
            found[f"{region}_M"] = ((*planes, _medial(half)),)
            found[f"{region}_L"] = ((*planes, _lateral(half)),)
        else:
            found[region] = (planes,)
    return found


def _before(y: float) -> HalfPlane:
    return (0.0, 1.0, y)


def _beyond(y: float) -> HalfPlane:
    return (0.0, -1.0, -y)


def _medial(u: float) -> HalfPlane:
    return (1.0, 0.0, u)


def _lateral(u: float) -> HalfPlane:
    return (-1.0, 0.0, -u)


def _prc() -> dict[str, Pieces]:
    ball = (_beyond(0.55), _before(0.81))
    toes = _beyond(0.81)
    rays = (0.30, 0.47, 0.64, 0.81)
    return {
        "HEEL": ((_before(0.27),),),
        "MID": ((_beyond(0.27), _before(0.55)),),
        "MT1": ((*ball, _medial(rays[0])),),
        "MT2": ((*ball, _lateral(rays[0]), _medial(rays[1])),),
        "MT3": ((*ball, _lateral(rays[1]), _medial(rays[2])),),
        "MT4": ((*ball, _lateral(rays[2]), _medial(rays[3])),),
        "MT5": ((*ball, _lateral(rays[3])),),
        "HAL": ((toes, _medial(0.33)),),
        "TOES": ((toes, _lateral(0.33)),),
    }


def _pedar9() -> dict[str, Pieces]:
    heel, half = _before(0.308), 3.0 / 7.0  # three of seven columns are medial
    first, third = 2.0 / 7.0, 5.0 / 7.0
    # The fourth and fifth ray begin, and end, one row of cells nearer to the heel.
    middle, middle_lateral = (_beyond(0.308), _before(0.639)), (_beyond(0.308), _before(0.582))
    ball, ball_lateral = (_beyond(0.639), _before(0.811)), (_beyond(0.582), _before(0.755))
    toes, toes_lateral = _beyond(0.811), _beyond(0.755)
    return {
        "HEEL_M": ((heel, _medial(half)),),
        "HEEL_L": ((heel, _lateral(half)),),
        "MID_M": ((*middle, _medial(half)),),
        "MID_L": (
            (*middle, _lateral(half), _medial(third)),
            (*middle_lateral, _lateral(third)),
        ),
        "MTH1": ((*ball, _medial(first)),),
        "MTH23": ((*ball, _lateral(first), _medial(third)),),
        "MTH45": ((*ball_lateral, _lateral(third)),),
        "HAL": ((toes, _medial(0.29)),),
        "TOES": ((toes, _lateral(0.29), _medial(third)), (toes_lateral, _lateral(third))),
    }


def _lee4() -> dict[str, Pieces]:
    toes = _beyond(0.85)
    return {
        "HIND": ((_before(0.50),),),
        "FORE": ((_beyond(0.50), _before(0.85)),),
        "HAL": ((toes, _medial(0.35)),),
        "TOES": ((toes, _lateral(0.35)),),
    }


_PUBLISHED = {"PRC": _prc(), "PEDAR9": _pedar9(), "LEE4": _lee4()}
