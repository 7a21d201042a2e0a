"""How well two feet share one time, and stomps that bring them together (science.md, 8.2, 8.3).

An error e of one foot's offset against the other's shifts every step time by e one way and the
other, so a symmetry of step times means nothing before e is known to be small.
"""

from __future__ import annotations

import numpy as np

from insole.errors import CalibrationError
from insole.model.arrays import Floats
from insole.model.gait import StepFlag, Steps
from insole.model.trial import Alignment, ClockFit
from insole.parameters import Parameters

STOMPS = 3
MEDIAN_OF_THREE = 0.670  # SD of the median of three normal values, over their own SD


def sync_sd_s(left: ClockFit | None, right: ClockFit | None) -> float | None:
    """Standard uncertainty of the time of one foot against the other's, s.

    0 where both tell the host's own time, as the columns of one file do; None without a clock.
    """
    if left is None or right is None:
        return None
    if all(fit.offset_us == 0.0 and fit.skew_ppm == 0.0 for fit in (left, right)):
        return 0.0
    return float(np.hypot(left.u_s, right.u_s))


def stomp_alignment(left: Steps, right: Steps, *, device: str, parameters: Parameters) -> Alignment:
    """Static offset between the feet from the first three strikes of both at once.

    What is not simultaneous in the feet themselves counts as an error of the clocks: some
    milliseconds. It lies inside the uncertainty as far as the three differ.

    Args:
        left: final steps of a trial that begins with three stomps or hops on both feet.
        right: the same of the other foot.
        device: key of the right foot's device, whose times are moved.
        parameters: `clock.stomp_window_s` and `clock.stomp_spread_s`.

    Raises:
        CalibrationError: there are no three such strikes, or they disagree.
    """
    one, two = (_whole(steps) for steps in (left, right))
    first, second, u = _pairs(one, two, window_s=parameters["clock.stomp_window_s"])
    if len(first) < STOMPS:
        raise CalibrationError(
            "the feet cannot be brought together",
            where="--align",
            why=f"{len(first)} strikes of both feet at once were found, {STOMPS} are needed",
            fix="Begin the trial with three stomps or hops on both feet",
        )
    apart = (second - first)[:STOMPS]
    spread = float(np.ptp(apart))
    if spread > parameters["clock.stomp_spread_s"]:
        raise CalibrationError(
            "the feet cannot be brought together",
            where="--align",
            why=f"the first {STOMPS} strikes of both feet differ by {1e3 * spread:.0f} ms "
            "among each other",
            fix="Stomp with both feet at once, three times, before anything else",
        )
    doubt = max(float(np.std(apart, ddof=1)), float(np.sqrt(np.mean(u[:STOMPS] ** 2))))
    return Alignment(
        device=device,
        shift_s=float(np.median(apart)),
        u_s=MEDIAN_OF_THREE * doubt,
        strikes_s=tuple(first[:STOMPS].tolist()),
    )


def strikes_together(left: Steps, right: Steps, *, parameters: Parameters) -> int:
    """How many strikes of both feet at once there are."""
    window_s = parameters["clock.stomp_window_s"]
    return len(_pairs(_whole(left), _whole(right), window_s=window_s)[0])


def _whole(steps: Steps) -> tuple[Floats, Floats]:
    """Foot strikes of contacts that were seen from their beginning, and their doubt, s."""
    rows = np.flatnonzero((steps.flags & (StepFlag.INCOMPLETE | StepFlag.T_COARSE)) == 0)
    doubt = steps.u.get("foot_strike_s", np.zeros(len(steps)))
    return steps.value["foot_strike_s"][rows], np.nan_to_num(doubt[rows])


def _pairs(
    one: tuple[Floats, Floats], two: tuple[Floats, Floats], *, window_s: float
) -> tuple[Floats, Floats, Floats]:
    """Strikes of both feet within the window, and the doubt of each difference."""
    (a, u_a), (b, u_b) = one, two
    if not len(a) or not len(b):
        return np.zeros(0), np.zeros(0), np.zeros(0)
    after = np.clip(np.searchsorted(b, a), 1, max(len(b) - 1, 1))
    before = np.minimum(after - 1, len(b) - 1)
    after = np.minimum(after, len(b) - 1)
    nearest = np.where(np.abs(b[before] - a) <= np.abs(b[after] - a), before, after)
    kept = np.flatnonzero(np.abs(b[nearest] - a) <= window_s)
    return a[kept], b[nearest[kept]], np.hypot(u_a[kept], u_b[nearest[kept]])
