"""Definitions of sway, and the two scores made of it, science.md section 5."""

from __future__ import annotations

import math
from collections.abc import Sequence

from insole.metrics.spec import BOTH, COP, FORCE, MASS, MetricSpec
from insole.signal.sway import Estimate

FALL_BACK_SPEED = (80.0, 25.0)  # bad and good without a personal baseline, mm/s
FALL_BACK_AREA = (2000.0, 400.0)  # mm²: 20 and 4 cm²
BASE_SPEED = (1.6, 0.8)  # times the baseline
BASE_AREA = (2.0, 0.6)
TOUCH_POINTS = 5.0
SHARE_OFF = (0.15, 0.02)
QUIET_SPEED = (25.0, 8.0)  # mm/s

_SOURCE = "science.md 5.3"
_PATH = (
    "CoP of one foot at 25 Hz, zero-phase low-pass 10 Hz, steady window: values of another filter, "
    "rate or window are not comparable. "
)
_ML = "Across the foot an insole is poor: compare within the same person, insole and shoe only."
_NOISE = "Noise of the sensors adds to it: see the noise floor of the same window. "
_NEEDS = (FORCE, MASS, BOTH, COP)


def _spec(
    name: str,
    symbol: str,
    words: str,
    unit: str,
    formula: str,
    definition: str,
    *,
    limits: str = "",
    source: str = _SOURCE,
) -> MetricSpec:
    return MetricSpec(
        name, symbol, words, unit, formula, definition, source, needs=_NEEDS,
        limits=(_PATH + limits).strip(), direction="compare with own baseline", ready="summary",
        table="standing",
    )  # fmt: skip


def _axis(axis: str, words: str) -> tuple[MetricSpec, ...]:
    low, letter = axis.lower(), "y" if axis == "AP" else "x"
    limits = _ML if axis == "ML" else ""
    long = " Needs a window of 10 s. "
    return (
        _spec(f"sway_rms_{low}_mm", f"RMS_{axis}", f"Sway {words}", "mm",
              f"√(mean {letter}²)", f"Root mean square of the CoP {words}.", limits=limits),
        _spec(f"sway_mvelo_{low}_mm_s", f"MVELO_{axis}", f"Mean speed {words}", "mm/s",
              f"Σ|Δ{letter}| / T", f"Mean speed of the CoP {words}.", limits=_NOISE + limits),
        _spec(f"sway_mfreq_{low}_hz", f"MFREQ_{axis}", f"Mean frequency {words}", "Hz",
              f"MVELO_{axis} / (4√2·mean|{letter}|)",
              f"Speed over size {words}; a sine of 1 Hz reads 1.11 Hz.", limits=_NOISE + limits),
        _spec(f"sway_f50_{low}_hz", f"f50_{axis}", f"Median frequency {words}", "Hz",
              "half of the power of 0.15 to 5 Hz lies below; Welch, 10 s windows",
              f"Frequency that halves the power of sway {words}.", limits=limits + long),
        _spec(f"sway_f95_{low}_hz", f"f95_{axis}", f"95 % frequency {words}", "Hz",
              "95 % of the power of 0.15 to 5 Hz lies below; Welch, 10 s windows",
              f"Frequency that bounds the power of sway {words}.", limits=limits + long),
        _spec(f"sway_centroid_{low}_hz", f"f_c,{axis}", f"Centroid frequency {words}", "Hz",
              "∫ f·P df / ∫ P df on 0.15 to 5 Hz; Welch, 10 s windows",
              f"Mean frequency of the power of sway {words}.", limits=limits + long),
    )  # fmt: skip


def _boundary(axis: str, words: str) -> tuple[MetricSpec, ...]:
    low = axis.lower()
    border = "The border is the rectangle of the insole. Single-leg standing only. "
    return tuple(
        _spec(f"ttb_{low}_{kind}_s", f"TTB_{axis},{kind}", f"Time to boundary {words}, {name}", "s",
              formula, f"{name.capitalize()} of the time in which the CoP would reach the border "
              f"{words} at its speed.", limits=border, source="science.md 5.4")
        for kind, name, formula in (
            ("min", "minimum", "min d/|v|, v by Savitzky-Golay (5, 3)"),
            ("mean", "mean of minima", "mean of the local minima of d/|v|"),
            ("sd", "spread of minima", "SD of the local minima of d/|v|"),
        )
    )  # fmt: skip


SPECS = (
    _spec("sway_mdist_mm", "MDIST", "Mean distance", "mm", "mean √(x² + y²)",
          "Mean distance of the CoP from its middle."),
    _spec("sway_rdist_mm", "RDIST", "RMS distance", "mm", "√(mean (x² + y²))",
          "Root mean square distance of the CoP from its middle."),
    _spec("sway_path_mm", "TOTEX", "Length of the path", "mm", "Σ √(Δx² + Δy²)",
          "Length of the path of the CoP; grows with the window.", limits=_NOISE),
    _spec("sway_mvelo_mm_s", "MVELO", "Mean speed of sway", "mm/s", "TOTEX / T",
          "Mean speed of the CoP.", limits=_NOISE),
    _spec("sway_noise_mm_s", "v_noise", "Noise floor of the mean speed", "mm/s",
          "σ·s·√(π/2)·fs; σ from the band above the low-pass, s² = mean |H|²·4 sin²(ω/2)",
          "Mean speed that the noise of the CoP alone would show."),
    _spec("sway_range_mm", "RANGE", "Range", "mm", "largest distance of two points of the path",
          "How far apart the CoP ever was.",
          limits="Grows with the window. Its uncertainty is that of noise only."),
    _spec("sway_area_pe_mm2", "AREA-PE", "95 % prediction ellipse", "mm²",
          "π·5.9915·√det C", "Ellipse that holds 95 % of the CoP, when it is normal."),
    _spec("sway_area_ce_mm2", "AREA-CE", "95 % confidence ellipse (Prieto)", "mm²",
          "2π·F.05[2, N-2]·√(σx²σy² - σxy²)",
          "Ellipse after Prieto; not the prediction ellipse."),
    _spec("sway_area_sw_mm2_s", "AREA-SW", "Swept area a second", "mm²/s",
          "(1/2T)·Σ |x(k+1)·y(k) - x(k)·y(k+1)|",
          "Area that the line from the middle to the CoP sweeps in a second.", limits=_NOISE),
    _spec("sway_axis_major_mm", "a", "Long half-axis", "mm", "√(5.9915·λ1)",
          "Long half-axis of the 95 % prediction ellipse."),
    _spec("sway_axis_minor_mm", "b", "Short half-axis", "mm", "√(5.9915·λ2)",
          "Short half-axis of the 95 % prediction ellipse."),
    _spec("sway_tilt_deg", "θ", "Tilt of the long axis", "°", "½·atan2(2σxy, σy² - σx²)",
          "Angle of the long axis from the length of the foot, positive to the side of the little "
          "toe; says nothing for a round path."),
    _spec("sway_mfreq_hz", "MFREQ", "Mean frequency", "Hz", "MVELO / (2π·MDIST)",
          "Frequency of a circle with this speed and size.", limits=_NOISE),
    *_axis("AP", "along the foot"),
    *_axis("ML", "across the foot"),
    *_boundary("ML", "across the foot"),
    *_boundary("AP", "along the foot"),
    MetricSpec(
        "balance_score", "BS", "Balance score, one leg", "1",
        "100·[0.50·ramp(hold; 0, goal) + 0.25·ramp(MVELO; bad, good) + 0.25·ramp(AREA-PE; bad, "
        "good)] - 5·touches, not below 0",
        "Hold time, speed and area of single-leg standing on a scale of 100.", "science.md 5.6",
        needs=_NEEDS, limits="Weights and limits are defaults of this program, not norms; without "
        "a personal baseline 25 to 80 mm/s and 4 to 20 cm². " + _PATH.strip(),
        direction="compare with own baseline", ready="summary", table="standing",
    ),
    MetricSpec(
        "static_balance_index", "SBI", "Static balance index, both legs", "1",
        "100·[0.4·ramp(|LR - 0.5|; 0.15, 0.02) + 0.3·ramp(mean MVELO of the feet; 25, 8 mm/s) + "
        "0.3·mean TMI / 100]",
        "Evenness, quiet and tripod match of standing on a scale of 100.", "science.md 5.6",
        needs=(*_NEEDS, "HEEL", "M1", "M45"),
        limits="Weights and limits are defaults of this program, not norms. " + _PATH.strip(),
        direction="compare with own baseline", ready="summary", table="standing",
    ),
    MetricSpec(
        "left_share", "LR", "Load share of the left foot", "1", "F_left / (F_left + F_right)",
        "Mean share of the left foot in the load while standing on both.", "science.md 1.5",
        needs=(FORCE, BOTH), limits="Two insoles have two gains: an uneven share may be theirs.",
        direction="compare with own baseline", ready="summary", table="standing",
    ),
    MetricSpec(
        "tripod_match", "TMI", "Tripod match index", "1", "100·(1 - TV / TVmax), mean of the span",
        "How near the load of the three points is to its target.", "science.md 1.5",
        needs=("HEEL", "M1", "M45"), limits="The target is a coaching cue, not a norm.",
        direction="compare with own baseline", ready="summary", table="standing",
    ),
)  # fmt: skip


def ramp(x: float, bad: float, good: float) -> float:
    """0 at bad, 1 at good, linear between them.

    >>> ramp(52.5, 80.0, 25.0)
    0.5
    """
    return min(max((x - bad) / (good - bad), 0.0), 1.0)


def balance_score(
    *,
    hold_s: float,
    speed: Estimate | None,
    area: Estimate | None,
    touches: int,
    goal_s: float,
    base_speed: float = 0.0,
    base_area: float = 0.0,
) -> Estimate:
    """Balance score of single-leg standing; NaN without sway.

    Args:
        hold_s: how long it was held.
        speed: MVELO, mm/s.
        area: AREA-PE, mm².
        touches: of the other foot.
        goal_s: hold time aimed at, above 0.
        base_speed: personal baseline of the speed; 0: the fall-back.
        base_area: personal baseline of the area; 0: the fall-back.
    """
    if speed is None or area is None:
        return Estimate(math.nan)
    speed_limits = _limits(FALL_BACK_SPEED, BASE_SPEED, base_speed)
    area_limits = _limits(FALL_BACK_AREA, BASE_AREA, base_area)
    score = 100.0 * (
        0.50 * ramp(hold_s, 0.0, max(goal_s, 1e-9))
        + 0.25 * ramp(speed.value, *speed_limits)
        + 0.25 * ramp(area.value, *area_limits)
    )
    parts = ((25.0, speed, speed_limits), (25.0, area, area_limits))
    return Estimate(
        max(score - TOUCH_POINTS * touches, 0.0),
        _through_ramps([(w, e.value, e.random, limits) for w, e, limits in parts]),
        _through_ramps([(w, e.value, e.shared, limits) for w, e, limits in parts]),
    )


def static_index(
    *, left_share: Estimate, speeds: Sequence[Estimate], matches: Sequence[Estimate]
) -> Estimate:
    """Static balance index of standing on both legs; NaN where a part is missing.

    Args:
        left_share: mean LR.
        speeds: MVELO of both feet.
        matches: mean TMI of both feet.
    """
    if len(speeds) < 2 or any(math.isnan(match.value) for match in matches):
        return Estimate(math.nan)
    off = abs(left_share.value - 0.5)
    speed = sum(one.value for one in speeds) / len(speeds)
    match = sum(one.value for one in matches) / len(matches)
    score = 40.0 * ramp(off, *SHARE_OFF) + 30.0 * ramp(speed, *QUIET_SPEED) + 0.30 * match

    def spread(part: str) -> float:
        each = math.hypot(*(getattr(one, part) for one in speeds)) / len(speeds)
        fit = math.hypot(*(getattr(one, part) for one in matches)) / len(matches)
        ramps = [
            (40.0, off, getattr(left_share, part), SHARE_OFF),
            (30.0, speed, each, QUIET_SPEED),
        ]
        return math.hypot(_through_ramps(ramps), 0.30 * fit)

    return Estimate(score, spread("random"), spread("shared"))


def _limits(
    fall_back: tuple[float, float], factors: tuple[float, float], base: float
) -> tuple[float, float]:
    return (factors[0] * base, factors[1] * base) if base > 0.0 else fall_back


def _through_ramps(parts: Sequence[tuple[float, float, float, tuple[float, float]]]) -> float:
    """Uncertainty of a sum of weighted ramps: half of each ramp's change over value ± u.

    Unlike the slope, that holds across the corners of a ramp too.
    """
    return math.hypot(
        *(
            0.5 * weight * abs(ramp(value + u, *limits) - ramp(value - u, *limits))
            for weight, value, u, limits in parts
        )
    )
