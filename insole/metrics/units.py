"""The same numbers in body weights: forces and impulses whose newtons stand in the table.

science.md, sections 3.4 and 4.2: force metrics in body weights; push-off in N·s, BW·s and % of the
impulse. Body weight is without doubt here, so that of a quotient is that of the newtons over it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from insole.model.arrays import Floats
from insole.model.gait import Steps

IN_BW = {
    "mean_force_N": "mean_force_BW",
    "p1_N": "p1_BW",
    "valley_N": "valley_BW",
    "p2_N": "p2_BW",
    "unloading_rate_N_per_s": "unloading_rate_BW_per_s",
    "po_pk_N_s": "po_pk_BW_s",
    "po_net_N_s": "po_net_BW_s",
    "po_ff_N_s": "po_ff_BW_s",
    "po_hal_N_s": "po_hal_BW_s",
    "po_res_N_s": "po_res_BW_s",
}


def in_body_weights(steps: Steps) -> Steps:
    """The table with a column of body weights for each of `IN_BW`; as it is without body mass."""
    if "impulse_BW_s" not in steps.value:
        return steps
    with np.errstate(divide="ignore", invalid="ignore"):
        bw: Floats = steps.value["impulse_N_s"] / steps.value["impulse_BW_s"]

    def added(columns: dict[str, Floats]) -> dict[str, Floats]:
        return columns | {
            name: columns[newtons] / bw for newtons, name in IN_BW.items() if newtons in columns
        }

    return replace(
        steps, value=added(steps.value), u=added(steps.u), u_shared=added(steps.u_shared)
    )
