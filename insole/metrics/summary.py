"""Means of a foot's valid steps, and the difference between feet (science.md §3.5)."""

from __future__ import annotations

from typing import Any

import numpy as np

from insole.metrics import registry
from insole.metrics.stride_pairs import indices, known_pairs, stride_pairs
from insole.model.arrays import Floats, Ints
from insole.model.gait import Steps

NEUTRAL_PERCENT = {  # |SI| inside: no difference worth a word; until a personal baseline exists
    "contact_s": 4.0,
    "flight_s": 8.0,
    "impulse_N_s": 6.0,
    "impulse_BW_s": 6.0,
    "peak_force_N": 10.0,
    "peak_force_BW": 10.0,
}
OTHER_NEUTRAL_PERCENT = 10.0
BETWEEN_FEET = frozenset({"step_s", "flight_s", "double_support_s", "effective_flight_s"})
"""Times from one foot to the other: an error of the clocks makes them differ by twice itself."""

SIGNED_OR_SHARE = (
    "barycentric_",
    "cop_",
    "po_res_",
    "share_",
    "tripod_",
    "fti_",
    "quadripod_",
    "coverage3",
    "strike_",
    "last_",
    "valid_",
    "left_",
    "peak_pressure_sensor",
    "peak_pressure_region",
    "rearfoot_",
    "activity_",
)  # no index of symmetry


CODES = frozenset(
    {
        "activity_class",
        "strike_class",
        "strike_class_force",
        "last_to_leave",
        "peak_pressure_sensor",
        "peak_pressure_region",
    }
)
"""Columns of classes: a mean of them says nothing."""


MEAN_FOLLOWS = {"single_support_percent": ("duty_factor", 100.0)}
"""Swings and contacts of a foot add up to its strides: what neighbouring steps take from each other
cancels in the mean of single support, which varies as that of contacts in shares of a stride."""


def summarise(steps: Steps) -> dict[str, dict[str, float | int | None]]:
    """Mean, SD, number and uncertainty of the mean of every metric, over valid steps.

    `u` adds in squares the random part, sd/√n_eff with n_eff = n·(1 − r)/(1 + r) for steps that
    follow each other with correlation r > 0, and the shared part (`u_shared`), which more steps
    do not make smaller.
    """
    known = [name for name in registry.SUMMARISED if name in steps.value and name not in CODES]
    added = [name for name in steps.value if not registry.knows(name) and name != "segment"]
    return _summaries(steps, known + added)


def symmetry(left: Steps, right: Steps, *, synchronised: bool = True) -> dict[str, dict[str, Any]]:
    """Symmetry index of each metric, percent: SI = 100·(R − L) / (½·(R + L)); + means right larger.

    Beside it SR = L/R, GA = 100·ln(R/L) and SA = 100·(45° − atan(L/R))/90°. Each is the mean over
    pairs of strides in which both feet are valid (`stride_pairs`).

    With `u`, how the pairs vary over the root of their effective number (gain and tare of each foot
    come on top, as `u_shared`: two insoles have two gains), and the neutral band that applies.
    Times between the feet are left out unless the feet share time well enough (science.md, section
    8.3); so is what is not positive throughout.
    """
    rows = stride_pairs(left, right)
    found: dict[str, dict[str, Any]] = {}
    for name in registry.SUMMARISED:
        if name not in left.value or name not in right.value or name.startswith(SIGNED_OR_SHARE):
            continue
        if name in BETWEEN_FEET and not synchronised:
            continue
        known = known_pairs(left, right, name, rows=rows)
        i, j = rows[0][known], rows[1][known]
        x, y = left.value[name][i], right.value[name][j]
        if not len(x) or x.min() <= 0 or y.min() <= 0:
            continue
        each = indices(x, y)
        index = each["si_percent"]
        mean_x, mean_y = float(x.mean()), float(y.mean())
        weight = 400.0 / (mean_x + mean_y) ** 2  # derivative of SI by one mean, over the other mean
        sd = float(index.std(ddof=1)) if len(index) > 1 else None
        if sd is not None:
            random = sd / np.sqrt(effective_number(index))
        else:
            random = weight * np.hypot(
                mean_y * _random(left, name, i), mean_x * _random(right, name, j)
            )
        common = weight * np.hypot(
            mean_y * _mean(_shared(left, name, i)), mean_x * _mean(_shared(right, name, j))
        )
        band = NEUTRAL_PERCENT.get(name, OTHER_NEUTRAL_PERCENT)
        mean = float(index.mean())
        found[name] = {
            **{key: float(one.mean()) for key, one in each.items()},
            "pairs": len(index),
            "sd_percent": sd,
            "u": float(random),
            "u_shared": float(common),
            "neutral_percent": band,
            "neutral": bool(abs(mean) <= band),
            "neutral_sa_percent": float(band / np.pi),  # small differences: SA = SI/π
        }
    return found


def _shared(steps: Steps, name: str, rows: Ints) -> Floats:
    return steps.u_shared[name][rows] if name in steps.u_shared else np.zeros(len(rows))


def _random(steps: Steps, name: str, rows: Ints) -> float:
    """Random part of the doubt of the first of some rows."""
    if name not in steps.u:
        return 0.0
    whole, common = float(steps.u[name][rows[0]]), float(steps.u_shared[name][rows[0]])
    return float(np.sqrt(max(whole**2 - common**2, 0.0)))


def _summaries(steps: Steps, names: list[str]) -> dict[str, dict[str, float | int | None]]:
    return {
        name: _summary(
            steps.value[name][usable],
            _at(steps.u, name, usable),
            _at(steps.u_shared, name, usable),
            follows=_followed(steps, name, usable),
        )
        for name, usable in ((name, steps.usable(name)) for name in names)
    }


def _followed(steps: Steps, name: str, valid: Any) -> Floats | None:
    """(n,) what the mean of a column varies as, where that is not the column itself."""
    other, factor = MEAN_FOLLOWS.get(name, ("", 0.0))
    return factor * steps.value[other][valid] if other in steps.value else None


def _at(columns: dict[str, Floats], name: str, valid: Any) -> Floats:
    return columns[name][valid] if name in columns else np.zeros(int(np.count_nonzero(valid)))


def _summary(
    value: Floats, u: Floats, shared: Floats, *, follows: Floats | None = None
) -> dict[str, float | int | None]:
    known = np.isfinite(value)
    n = int(np.count_nonzero(known))
    if n == 0:
        return dict.fromkeys(("mean", "sd", "u", "u_random", "u_shared")) | {"n": 0}
    x = value[known]
    mean = float(x.mean())
    common = _mean(shared[known])
    if n == 1:
        whole = float(u[known][0]) if np.isfinite(u[known][0]) else None
        random = None if whole is None else float(np.sqrt(max(whole**2 - common**2, 0.0)))
        return {
            "mean": mean,
            "sd": None,
            "n": 1,
            "u": whole,
            "u_random": random,
            "u_shared": common,
        }
    sd = float(x.std(ddof=1))
    if follows is not None and np.count_nonzero(also := known & np.isfinite(follows)) > 1:
        x = follows[also]
    random = float(x.std(ddof=1)) / np.sqrt(effective_number(x))
    return {
        "mean": mean,
        "sd": sd,
        "n": n,
        "u": float(np.hypot(random, common)),
        "u_random": float(random),
        "u_shared": common,
    }


def effective_number(x: Floats) -> float:
    """Independent values that say as much as x, from its lag-1 correlation; 1 to len(x).

    >>> effective_number(np.array([1.0, -1.0] * 10))
    20.0
    """
    n = len(x)
    d = x - x.mean()
    power = float(np.dot(d, d))
    if n < 3 or power <= 0:
        return float(n)
    r = float(np.dot(d[1:], d[:-1])) / power
    return float(np.clip(n * (1.0 - r) / (1.0 + r), 1.0, n)) if r > 0 else float(n)


def _mean(x: Floats) -> float:
    """Of what is known: an error that all share moves their mean by the mean of what it does."""
    good = x[np.isfinite(x)]
    return float(np.mean(good)) if len(good) else 0.0
