"""The tripod of both feet as a picture: three shares where the corners of the foot are."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import numpy as np

from insole.analysis import FootResult
from insole.model.foot import Side
from insole.parameters import Parameters
from insole.report.words import short
from insole.signal.regions import region_map
from insole.step_rows import TRIPOD

CORNERS = (("heel", "heel"), ("first", "first ray"), ("fifth", "fifth ray"))
GAP_MM, MARGIN_MM, BELOW_MM = 60.0, 34.0, 26.0
LARGEST_MM = 40.0  # radius of a circle that carries everything; areas are shares


def tripods(
    feet: Mapping[Side, FootResult],
    summary: Mapping[str, Mapping[str, Mapping[str, float | None]] | None],
    *,
    parameters: Parameters,
) -> str:
    """Feet from above, toes up, left on the left; "" where no foot has a tripod."""
    drawn = [
        (side, feet[side], shares)
        for side in Side
        if side in feet and (shares := _shares(summary.get(side.value))) is not None
    ]
    if not drawn:
        return ""
    left, parts, highest = MARGIN_MM, [""][:0], 0.0
    said = [f"{side}: {_in_words(shares)}" for side, _, shares in drawn]
    for side, foot, shares in drawn:
        layout = foot.capability.layout
        parts.append(_foot(foot, side, shares, left=left, parameters=parameters))
        left += layout.width_mm + GAP_MM
        highest = max(highest, layout.length_mm)
    wide = left - GAP_MM + MARGIN_MM
    title = escape(f"Share of each corner of the tripod. {'; '.join(said)}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{title}" '
        f'viewBox="0 0 {wide:.0f} {highest + MARGIN_MM + BELOW_MM:.0f}"><title>{title}</title>'
        f"{''.join(parts)}</svg>"
    )


def _shares(
    foot: Mapping[str, Mapping[str, float | None]] | None,
) -> list[tuple[float, float | None]] | None:
    """Share and standard uncertainty of heel, first and fifth ray."""
    found = [(foot or {}).get(name, {}) for name in TRIPOD]
    means = [one.get("mean") for one in found]
    if any(mean is None for mean in means):
        return None
    return [
        (mean, one.get("u")) for mean, one in zip(means, found, strict=True) if mean is not None
    ]


def _in_words(shares: list[tuple[float, float | None]]) -> str:
    return ", ".join(
        f"{words} {100 * share:.0f} %"
        for (_, words), (share, _) in zip(CORNERS, shares, strict=True)
    )


def _foot(
    foot: FootResult,
    side: Side,
    shares: list[tuple[float, float | None]],
    *,
    left: float,
    parameters: Parameters,
) -> str:
    layout = foot.capability.layout
    size = np.array([layout.width_mm, layout.length_mm])

    def placed(spot: np.ndarray[tuple[int], np.dtype[np.float64]]) -> tuple[float, float]:
        across = spot[0] if side is Side.RIGHT else layout.width_mm - spot[0]
        return left + across, MARGIN_MM / 2 + layout.length_mm - spot[1]

    border = " ".join("{:.1f},{:.1f}".format(*placed(spot)) for spot in layout.outline * size)
    parts = [f'<polygon class="shape" points="{border}"/>']
    anchors = region_map(layout, parameters).anchors_mm
    for (colour, _), (share, u), spot in zip(CORNERS, shares, anchors, strict=True):
        x, y = placed(spot)
        radius = LARGEST_MM * np.sqrt(min(max(share, 0.0), 1.0))
        doubt = f"± {short(196 * u)}" if u else ""
        parts.append(
            f'<circle class="{colour} faint" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"/>'
            f'<circle class="{colour} stroke" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"/>'
            f'<text class="strong" x="{x:.1f}" y="{y + 1:.1f}" text-anchor="middle">'
            f"{100 * share:.0f} %</text>"
            f'<text x="{x:.1f}" y="{y + 11:.1f}" text-anchor="middle" font-size="8">{doubt}</text>'
        )
    middle, low = left + layout.width_mm / 2, MARGIN_MM / 2 + layout.length_mm + 18
    parts.append(
        f'<text class="strong" x="{middle:.1f}" y="{low:.1f}" text-anchor="middle">{side}</text>'
    )
    return "".join(parts)
