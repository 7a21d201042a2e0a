"""A Bland-Altman plot as SVG, of which every browser and page of documentation makes a picture."""

from __future__ import annotations

import numpy as np

from insole.model.arrays import Floats

MOST_DOTS = 800


def bland_altman(title: str, unit: str, *, ours: Floats, theirs: Floats) -> str:
    """Mean against difference, with bias and 95 % limits of agreement, as SVG.

    Args:
        title: what is compared.
        unit: of both; s is shown as ms.
        ours: (n,) with n of 2 or more.
        theirs: (n,).
    """
    wide, high, left, top, right, bottom = 560.0, 320.0, 66.0, 34.0, 112.0, 44.0
    middle, apart = 0.5 * (ours + theirs), ours - theirs
    bias, spread = float(apart.mean()), float(apart.std(ddof=1))
    if len(middle) > MOST_DOTS:
        step = -(-len(middle) // MOST_DOTS)
        middle, apart = middle[::step], apart[::step]
    low, high_limit = bias - 1.96 * spread, bias + 1.96 * spread
    y0, y1 = _padded(min(low, float(apart.min()), 0.0), max(high_limit, float(apart.max()), 0.0))
    x0, x1 = _padded(float(middle.min()), float(middle.max()))

    def px(x: float) -> float:
        return left + (x - x0) / (x1 - x0) * (wide - left - right)

    def py(y: float) -> float:
        return high - bottom - (y - y0) / (y1 - y0) * (high - top - bottom)

    scale, unit = (1e3, "ms") if unit == "s" else (1.0, unit)
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:g} {high:g}" '
            'font-family="sans-serif" font-size="11">'
        ),
        f"<title>{title}: difference against mean</title>",
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="{left}" y="18" font-size="12">{title}</text>',
    ]
    parts += [
        f'<text x="{px(tick):.1f}" y="{high - bottom + 16:.1f}" text-anchor="middle" fill="#444">'
        f"{tick * scale:g}</text>"
        for tick in _ticks(x0, x1)
    ]
    for tick in _ticks(y0, y1):
        parts.append(f'<line x1="{left}" x2="{wide - right}" y1="{py(tick):.1f}" '
                     f'y2="{py(tick):.1f}" stroke="#eee"/>')  # fmt: skip
        parts.append(f'<text x="{left - 6}" y="{py(tick) + 4:.1f}" text-anchor="end" '
                     f'fill="#444">{tick * scale:.4g}</text>')  # fmt: skip
    parts += [
        f'<circle cx="{px(float(x)):.1f}" cy="{py(float(y)):.1f}" r="2.4" fill="#1f6f8b" '
        'fill-opacity="0.45"/>'
        for x, y in zip(middle, apart, strict=True)
    ]
    for level, name, dash in (
        (bias, "bias", ""),
        (high_limit, "+1.96 SD", "6 4"),
        (low, "−1.96 SD", "6 4"),
    ):
        parts.append(
            f'<line x1="{left}" x2="{wide - right}" y1="{py(level):.1f}" y2="{py(level):.1f}" '
            f'stroke="#b3412d" stroke-dasharray="{dash}"/>'
        )
        parts.append(f'<text x="{wide - right + 4}" y="{py(level) + 4:.1f}" fill="#b3412d">'
                     f"{name} {level * scale:.3g}</text>")  # fmt: skip
    parts += [
        (
            f'<text x="{(left + wide - right) / 2:.0f}" y="{high - 10:.0f}" text-anchor="middle">'
            f"mean of both, {unit}</text>"
        ),
        (
            f'<text transform="translate(14 {high / 2:.0f}) rotate(-90)" text-anchor="middle">'
            f"ours − theirs, {unit}</text>"
        ),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _padded(low: float, high: float) -> tuple[float, float]:
    room = 0.06 * (high - low) or 0.5 * abs(high) or 1.0
    return low - room, high + room


def _ticks(low: float, high: float) -> list[float]:
    rough = (high - low) / 5
    power = 10.0 ** np.floor(np.log10(rough))
    step = float(power * min((1, 2, 5, 10), key=lambda m: abs(m * power - rough)))
    first = np.ceil(low / step)
    return [float(round(k * step, 12)) + 0.0 for k in np.arange(first, np.floor(high / step) + 1)]
