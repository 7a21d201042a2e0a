"""Write the layouts of vendors' insoles out of published tables.

    python docs/make_layouts.py CORNERS.csv AREAS.csv

CORNERS and AREAS are two tables of the R package pressuRe (Telfer, MIT licence), written as CSV:
four x, y corners for each of 99 pedar sensors (right foot first, then a blank row, then the left),
and the area of each sensor in mm2 for each insole size. The outlines of the XSENSOR and F-Scan
matrices stand below: they are what the sample files of the same package hold.
"""

from __future__ import annotations

import csv
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np

from insole.layouts.matrix import matrix
from insole.model.arrays import Bools, Floats
from insole.model.foot import SensorLayout
from insole.signal import geometry

OUT = Path(__file__).parents[1] / "insole" / "layouts"
SENSORS = 99
ROWS = (5, *(7,) * 12, 6, 4)  # pedar sensors from heel to toe; in each row from medial to lateral
SOURCE = "# Source: R package pressuRe (https://github.com/Telfer/pressuRe), MIT licence, {what}.\n"

# First and last column of the cells inside the insole, row by row from the toe, medial first.
XSENSOR = (
    "3-5 1-6 1-7 0-8 0-8 0-9 0-9 0-10 0-10 0-10 1-10 2-10 2-10 3-10 4-10 4-10 4-10 4-10 4-10 4-10 "
    "4-10 4-10 4-10 4-10 4-10 4-10 4-10 4-10 4-10 5-9 6-8"
)
FSCAN = (
    "5-11 4-12 4-13 3-14 3-14 2-15 2-15 2-16 2-16 1-17 1-17 1-17 1-18 1-18 0-18 0-19 0-19 0-19 "
    "0-19 0-20 0-20 1-20 1-20 1-20 2-20 2-20 2-20 3-20 3-20 3-20 3-20 3-20 3-19 3-19 3-19 3-19 "
    "3-19 3-19 3-18 3-18 3-18 3-18 3-18 3-17 3-17 3-17 3-17 3-17 3-17 3-17 3-17 3-17 3-17 3-16 "
    "3-16 4-16 4-15 5-15 6-14 7-13"
)


def main(corners: Path, areas: Path) -> None:
    """Write every file."""
    cells = right_cells(corners)
    with areas.open(encoding="utf-8", newline="") as file:
        columns = list(csv.DictReader(file))
    frame = np.concatenate(cells)
    low, high = frame.min(axis=0), frame.max(axis=0)
    extent = high - low
    centre = (np.array([geometry.centroid(cell) for cell in cells]) - low) / extent
    border = (outline(cells) - low) / extent
    unit_area = sum(geometry.area(cell) for cell in cells)
    narrow: dict[str, float] = {}
    for size in columns[0]:
        area = np.array([float(row[size]) for row in columns]) / 100.0
        # The corners are in insole lengths: the area tells how long one is.
        alike = np.sqrt(100.0 * area.sum() / unit_area)
        length = narrow.setdefault(size[0], float(alike))
        width = length * (alike / length) ** 2
        layout = SensorLayout(
            name=f"pedar_{size}",
            kind="grid",
            xy=centre,
            length_mm=float(length * extent[1]),
            width_mm=float(width * extent[0]),
            outline=border,
            area_cm2=area,
        )
        write(layout, title=pedar_title(size), what="tables of the pedar insole")
    for name, spans, pitch, area in (
        ("xsensor_31x11", XSENSOR, (8.6, 8.6), 0.741153),
        ("fscan_60x21", FSCAN, (5.08, 5.08), 0.258064),
    ):
        active = mask(spans)
        layout = matrix(name, active, pitch_mm=pitch, area_cm2=area)
        rows, width_cells = active.shape
        title = f"# {layout.sensors} cells of a matrix of {rows} by {width_cells}, from the toe."
        write(layout, title=title, what="its sample file", cell_cm2=pitch[0] * pitch[1] / 100.0)


def pedar_title(size: str) -> str:
    """What stands on top of a pedar layout."""
    shape = "of size " + size if len(size) == 1 else f"of size {size[0]}, wide"
    return (
        f"# pedar insole {shape}: 99 cells. Length and width are those that the areas imply;\n"
        "# y runs over the cells, whose first begins a few per cent before the heel's edge."
    )


def right_cells(path: Path) -> list[Floats]:
    """Corners of the right foot's sensors, x medial to lateral, y heel to toe."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1 : SENSORS + 1]
    return [np.array(row, dtype=np.float64).reshape(4, 2) for row in rows]


def outline(cells: list[Floats]) -> Floats:
    """Border of all cells, counter-clockwise: heel, lateral side, toe, medial side."""
    ends = np.cumsum((0, *ROWS))
    rows = [cells[a:b] for a, b in pairwise(ends)]

    def corner(cell: Floats, *, lateral: bool, front: bool) -> Floats:
        side = cell[np.argsort(cell[:, 0])]
        pair = side[2:] if lateral else side[:2]
        return pair[np.argmax(pair[:, 1]) if front else np.argmin(pair[:, 1])]

    heel = [corner(cell, lateral=False, front=False) for cell in rows[0]]
    heel.append(corner(rows[0][-1], lateral=True, front=False))
    lateral = [corner(row[-1], lateral=True, front=True) for row in rows]
    toe = [corner(cell, lateral=False, front=True) for cell in reversed(rows[-1])]
    medial = [corner(row[0], lateral=False, front=True) for row in reversed(rows[:-1])]
    border = np.array(heel + lateral + toe + medial)
    return border[np.any(border != np.roll(border, 1, axis=0), axis=1)]


def mask(spans: str) -> Bools:
    """Cells inside the insole, from the toe, medial first."""
    pairs = [tuple(map(int, span.split("-"))) for span in spans.split()]
    columns = np.arange(max(last for _, last in pairs) + 1)
    return np.array([(first <= columns) & (columns <= last) for first, last in pairs])


def write(layout: SensorLayout, *, title: str, what: str, cell_cm2: float = 0.0) -> None:
    """One layout as compact TOML."""
    area = [f"{value:.6g}" for value in layout.area_cm2]
    lines = [
        title,
        SOURCE.format(what=what).rstrip(),
        f'name = "{layout.name}"',
        f'kind = "{layout.kind}"',
        'quantity = "kPa"',
        f"length_mm = {layout.length_mm:.1f}",
        f"width_mm = {layout.width_mm:.1f}",
        f"xy = [\n{wrapped(pairs(layout.xy))}\n]",
        f"outline = [\n{wrapped(pairs(layout.outline))}\n]",
    ]
    if not np.allclose(layout.area_cm2, cell_cm2, rtol=1e-6):  # else the cells tell it
        lines.append(f"area_cm2 = [\n{wrapped(area, per_line=16)}\n]")
    path = OUT / f"{layout.name}.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{path.name}: {layout.sensors} sensors, {layout.area_cm2.sum():.1f} cm2")


def pairs(points: Floats) -> list[str]:
    """Points as TOML."""
    return [f"[{x:g}, {y:g}]" for x, y in np.round(points, 4) + 0.0]


def wrapped(items: list[str], *, per_line: int = 5) -> str:
    """Items with commas, so many in a line."""
    chunks = [items[k : k + per_line] for k in range(0, len(items), per_line)]
    return "\n".join("    " + ", ".join(chunk) + "," for chunk in chunks)


if __name__ == "__main__":
    main(*(Path(name) for name in sys.argv[1:3]))
