"""Definition of the excursion index, and the section `gait_line` (science.md, section 5.1)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from insole.metrics.spec import COP, MetricSpec
from insole.model.foot import Side
from insole.signal.gait_line import GaitLine

SPECS = (
    MetricSpec(
        "cpei_percent", "CPEI", "Centre of pressure excursion index", "%",
        "100·(x_CoP - x_line) / width at two thirds of the length; line from first to last CoP",
        "How far to the side of the little toe the gait line bends, over the insole's width.",
        "science.md 5.1", needs=(COP,),
        limits="Only of contacts that begin in the rear third. Across the foot an insole is poor: "
        "compare within the same person, insole and shoe only. The width is that of the insole.",
        direction="compare with own baseline", ready="summary", table="gait_line",
    ),
)  # fmt: skip


def section(lines: Mapping[Side, GaitLine]) -> dict[str, Any]:
    """The section of the document: mean line of each foot, or None where it has no contacts."""
    said: dict[str, Any] = {side.value: None for side in Side}
    for side, line in lines.items():
        if line.n:
            said[side.value] = _foot(line)
    said["why"] = "" if any(line.n for line in lines.values()) else "no valid contacts with a CoP"
    return said


def _foot(line: GaitLine) -> dict[str, Any]:
    n = line.excursion_n
    return {
        "n": line.n,
        "x_mm": line.mean_mm[:, 0].tolist(),
        "y_mm": line.mean_mm[:, 1].tolist(),
        "sd_x_mm": line.sd_mm[:, 0].tolist() if line.n > 1 else None,
        "sd_y_mm": line.sd_mm[:, 1].tolist() if line.n > 1 else None,
        "cpei_percent": {
            "mean": line.excursion if n else None,
            "sd": line.excursion_sd if n > 1 else None,
            "n": n,
            "u": line.excursion_sd / math.sqrt(n) if n > 1 else None,
            "why": "" if n else "no contact begins in the rear third and reaches the front third",
        },
    }
