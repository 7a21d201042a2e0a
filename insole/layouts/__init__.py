"""Sensor layouts: one TOML file per insole geometry, packaged or the user's own.

Fields: `name, kind (grid|discrete|force), quantity (kPa|N|counts), unit, length_mm, width_mm,
full_scale, xy` (sensor centres, x 0 medial to 1 lateral, y 0 heel to 1 toe), `area_cm2`, `outline`,
`labels` and `mask` (R8, R8ML, PRC, PEDAR9, LEE4: for drawings). Only `name`, `kind`, `quantity` and
`xy` must be there. A file can never run code.
"""

from __future__ import annotations

from insole.layouts.grids import for_count, grid
from insole.layouts.outline import default_outline
from insole.layouts.reading import LayoutFile, load, loads, names, of_table, read, reads

__all__ = [
    "LayoutFile",
    "default_outline",
    "for_count",
    "grid",
    "load",
    "loads",
    "names",
    "of_table",
    "read",
    "reads",
]
