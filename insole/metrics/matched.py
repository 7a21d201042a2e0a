"""When push-off may be compared with what is usual, and what a change of it is called.

science.md, section 4.2: a longer step raises push-off by itself, so it is read at the same cadence
only, within 3 steps a minute. PO50 and PO_eff are looked at together: where one rises and the other
falls, the shape of the force has changed, and nothing became stronger or weaker.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from insole.metrics.baseline import Baseline

MATCHED_SPM = 3.0
PAIRS = (("po50_BW_s", "po_eff_BW_s"), ("po50_N_s", "po_eff_N_s"))


def push_off_words(today: Mapping[str, Mapping[str, Any]], usual: Mapping[str, Baseline]) -> str:
    """What is to be said of one foot's push-off against its baseline; "" when there is nothing.

    Args:
        today: means of this recording.
        usual: of the person.
    """

    def away(name: str) -> float | None:
        mean = today[name]["mean"] if name in today else None
        return None if mean is None or name not in usual else float(mean) - usual[name].median

    cadence = away("cadence_spm")
    if cadence is not None and abs(cadence) > MATCHED_SPM:
        side = "above" if cadence > 0 else "below"
        return (
            f"cadence is {abs(cadence):.0f} steps a minute {side} the usual one: push-off changes "
            "with it by itself and is not compared"
        )
    for late, extension in PAIRS:
        one, two = away(late), away(extension)
        if one is None or two is None:
            continue
        outside = any(_outside(today, usual, name) for name in (late, extension))
        return "shape changed" if outside and one * two < 0.0 else ""
    return ""


def _outside(
    today: Mapping[str, Mapping[str, Any]], usual: Mapping[str, Baseline], name: str
) -> bool:
    low, high = usual[name].band
    return not low <= float(today[name]["mean"]) <= high
