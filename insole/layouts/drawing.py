"""A layout as text for a terminal and as an SVG picture: outline, regions, sensors, anchors.

Both feet are seen from above, toes up; the frame is mirrored, so the left foot is drawn with its
medial side on the right.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from string import ascii_lowercase

import numpy as np

from insole.model.arrays import Floats
from insole.model.foot import SensorLayout, Side
from insole.parameters import Parameters
from insole.signal import geometry
from insole.signal.regions import region_map, region_polygons

LETTER_MM = (4.0, 8.0)  # a letter of a terminal is twice as high as wide
MOST_NUMBERED = 32  # sensors; more would hide the regions
GAP_MM = 25.0
MARGIN_MM = 12.0
COLOURS = ("#8ecae6", "#b7e4c7", "#ffd166", "#f4a261", "#e5989b", "#cdb4db", "#d9d9d9", "#a3b18a",
           "#ffcad4")  # fmt: skip


def text(
    layout: SensorLayout, parameters: Parameters, *, mask: str, sides: Sequence[Side]
) -> list[str]:
    """Lines of a drawing: a letter for each region, a number for each sensor, + for anchors."""
    rows = _letters(layout, parameters, mask)
    return [
        "   ".join(_joined(row[::-1] if side is Side.LEFT else row) for side in sides).rstrip()
        for row in rows
    ]


def _joined(row: list[str]) -> str:
    """A number of two figures covers the letter after it."""
    line = ""
    for column, token in enumerate(row):
        if len(line) <= column:
            line += token
    return line.ljust(len(row))


def _letters(layout: SensorLayout, parameters: Parameters, mask: str) -> list[list[str]]:
    """Rows from the toe, medial first: a token for each letter of the terminal."""
    size = np.array([layout.width_mm, layout.length_mm])
    columns = int(np.ceil(layout.width_mm / LETTER_MM[0])) + 1
    rows = int(np.ceil(layout.length_mm / LETTER_MM[1])) + 1
    x: Floats = LETTER_MM[0] * np.arange(columns, dtype=np.float64)
    y: Floats = LETTER_MM[1] * np.arange(rows - 1, -1, -1, dtype=np.float64)
    spots = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    letters = np.full(len(spots), " ", dtype="<U2")
    for letter, region in zip(
        ascii_lowercase, region_polygons(layout, parameters, mask=mask).values(), strict=False
    ):
        for piece in region:
            letters[geometry.contains(piece, spots)] = letter
    grid = letters.reshape(rows, columns)
    numbered = layout.sensors <= MOST_NUMBERED
    for index, place in enumerate(layout.xy * size):
        row, column = _cell(place, rows, columns)
        grid[row, column] = str(index + 1) if numbered else "o"
    for place in region_map(layout, parameters).anchors_mm:
        row, column = _cell(place, rows, columns)
        if not grid[row, column].isdigit():  # its number says more
            grid[row, column] = "+"
    return grid.tolist()


def _cell(place_mm: Floats, rows: int, columns: int) -> tuple[int, int]:
    column = int(np.clip(np.rint(place_mm[0] / LETTER_MM[0]), 0, columns - 1))
    row = int(np.clip(np.rint(rows - 1.0 - place_mm[1] / LETTER_MM[1]), 0, rows - 1))
    return row, column


def legend(layout: SensorLayout, parameters: Parameters, *, mask: str) -> dict[str, str]:
    """Letter of each region in the text drawing."""
    return dict(zip(region_polygons(layout, parameters, mask=mask), ascii_lowercase, strict=False))


def svg(layout: SensorLayout, parameters: Parameters, *, mask: str, sides: Sequence[Side]) -> str:
    """The same as an SVG picture, one unit a millimetre."""
    wide, high = layout.width_mm, layout.length_mm
    whole = len(sides) * (wide + GAP_MM) - GAP_MM + 2 * MARGIN_MM
    box = f"0 0 {whole:.1f} {high + 2 * MARGIN_MM + 14:.1f}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" font-family="sans-serif">',
        f"<title>{escape(layout.name)}, mask {escape(mask)}</title>",
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    for number, side in enumerate(sides):
        left = MARGIN_MM + number * (wide + GAP_MM)
        parts += _foot(layout, parameters, mask=mask, side=side, left=left)
        parts.append(
            f'<text x="{left + wide / 2:.1f}" y="{high + MARGIN_MM + 12:.1f}" font-size="7" '
            f'text-anchor="middle">{escape(layout.name)}, {side}</text>'
        )
    return "\n".join([*parts, "</svg>", ""])


def _foot(
    layout: SensorLayout, parameters: Parameters, *, mask: str, side: Side, left: float
) -> list[str]:
    size = np.array([layout.width_mm, layout.length_mm])

    def placed(points_mm: Floats) -> Floats:
        x, y = np.atleast_2d(points_mm).T
        across = layout.width_mm - x if side is Side.LEFT else x
        return np.column_stack((left + across, MARGIN_MM + layout.length_mm - y))

    def polygon(points_mm: Floats, style: str) -> str:
        corners = " ".join(f"{x:.2f},{y:.2f}" for x, y in placed(points_mm))
        return f'<polygon points="{corners}" {style}/>'

    parts: list[str] = []
    for colour, (name, convex) in zip(
        COLOURS, region_polygons(layout, parameters, mask=mask).items(), strict=False
    ):
        parts += [
            polygon(piece, f'fill="{colour}" stroke="white" stroke-width="0.6"') for piece in convex
        ]
        x, y = placed(geometry.centroid(max(convex, key=geometry.area)))[0]
        parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="5" text-anchor="middle" fill="#555">'
            f"{escape(name)}</text>"
        )
    parts.append(polygon(layout.outline * size, 'fill="none" stroke="#333" stroke-width="0.8"'))
    few = layout.sensors <= MOST_NUMBERED
    for index, (x, y) in enumerate(placed(layout.xy * size)):
        parts.append(
            f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{3.4 if few else 1.0}" fill="#1d3557"/>'
        )
        if few:
            label = f": {layout.labels[index]}" if layout.labels else ""
            parts.append(
                f'<text x="{x:.2f}" y="{y + 1.4:.2f}" font-size="4" text-anchor="middle" '
                f'fill="white">{index + 1}<title>sensor {index + 1}{escape(label)}</title></text>'
            )
    for x, y in placed(region_map(layout, parameters).anchors_mm):
        parts.append(
            f'<path d="M{x - 4:.2f} {y:.2f}h8M{x:.2f} {y - 4:.2f}v8" stroke="#d00000" '
            'stroke-width="1.2"/>'
        )
    return parts
