"""What no step of a foot has because sensors of it were left out (science.md, 1.6 and 2.6)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from insole.metrics import registry
from insole.model.foot import REGIONS
from insole.model.gait import Steps
from insole.signal.health import MASKING, Finding


def left_out(steps: Steps, findings: Sequence[Finding]) -> dict[str, str]:
    """Metric id to the reason, for metrics of regions that no valid step of this foot has.

    Args:
        steps: of one foot.
        findings: about its sensors.
    """
    gone = [found for found in findings if found.state in MASKING]
    if not gone or not steps.valid.any():
        return {}
    each = dict.fromkeys(f"sensor {found.number} ({found.state})" for found in gone)
    why = f"left out of the {steps.side} foot: {', '.join(each)}"
    return {
        name: why
        for name, column in steps.value.items()
        if registry.knows(name)
        and any(need in REGIONS for need in registry.get(name).needs)
        and np.isnan(column[steps.valid]).all()
    }
