"""Where everything stands on the Live page, in whole pixels, from one unit u."""

from __future__ import annotations

from dataclasses import dataclass

COMPACT_WIDTH, COMPACT_HEIGHT = 1280, 800
SMALLEST = (1024, 640)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle."""

    x: int
    y: int
    w: int
    h: int


def unit(width: int, height: int, *, text: float = 1.0) -> float:
    """u: all sizes are multiples of it (dashboard section 2)."""
    return min(max(min(width / 1600, height / 1000), 0.8), 2.4) * text


def is_compact(width: int, height: int, *, text: float = 1.0) -> bool:
    """Less room: second tile row and push-off strip become tabs of the force card."""
    return width < COMPACT_WIDTH * text or height < COMPACT_HEIGHT * text


def window(width: int, height: int, u: float) -> dict[str, Box]:
    """Rail, header and page of the whole window."""
    rail, header = round(84 * u), round(72 * u)
    return {
        "rail": Box(0, 0, rail, height),
        "header": Box(rail, 0, width - rail, header),
        "page": Box(rail, header, width - rail, height - header),
    }


def live(width: int, height: int, u: float, *, compact: bool) -> dict[str, Box]:
    """Cards of the Live page inside its own rectangle."""
    edge, gap = round(16 * u), round(12 * u)
    foot = round((72 if not compact else 64) * u)  # transport
    inner_w, inner_h = width - 2 * edge, height - foot - gap - edge
    left_w = round(inner_w * (0.45 if not compact else 0.46))
    right_x, right_w = edge + left_w + gap, inner_w - left_w - gap
    boxes = {
        "feet": Box(edge, 0, left_w, inner_h),
        "transport": Box(edge, inner_h + gap, inner_w, foot),
    }
    tall = round(136 * u)
    half = round((right_w - gap) * 0.52)
    boxes["push_off"] = Box(right_x, 0, half, tall)
    boxes["contact"] = Box(right_x + half + gap, 0, right_w - half - gap, tall)
    if compact:
        top = tall + gap
        boxes["tabs"] = Box(right_x, top, right_w, round(40 * u))
        top += round(40 * u)
        body = Box(right_x, top, right_w, inner_h - top)
        boxes["force"] = boxes["steps"] = body
        small = (body.h - 2 * gap) // 3
        for i, name in enumerate(("cadence", "flight", "peak")):
            boxes[name] = Box(right_x, top + i * (small + gap), right_w, small)
        return boxes
    low = round(108 * u)
    top = tall + gap
    third = (right_w - 2 * gap) * 27 // 100
    last = right_w - 2 * third - 2 * gap
    boxes["cadence"] = Box(right_x, top, third, low)
    boxes["flight"] = Box(right_x + third + gap, top, third, low)
    boxes["peak"] = Box(right_x + 2 * (third + gap), top, last, low)
    top += low + gap
    force_h = round((inner_h - top - gap) * 0.56)
    boxes["force"] = Box(right_x, top, right_w, force_h)
    top += force_h + gap
    boxes["steps"] = Box(right_x, top, right_w, inner_h - top)
    return boxes
