"""The columns of all steps in a recording, without reading its whole document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from insole_recordings.untrusted import array_of, reading, texts_of


def columns_of(file: Any, path: Path) -> dict[str, Any] | None:
    """What the day's result says about every step.

    Hours of steps are some hundred megabytes as a document, but few as columns.

    Returns:
        None where the trial never ended; else `columns` (metric id to (k,) numbers), `side` and
        `flags` (k texts), `mass_kg` (None: not known), `lost` and `expected` samples of both feet.

    Raises:
        DamagedFile: the tables cannot be read.
    """
    with reading(path, "/steps"):
        if "steps/side" not in file:
            return None
        group = file["steps"]
        columns = {
            name: array_of(table)[:]
            for name, table in group.items()
            if getattr(table, "ndim", 0) == 1 and table.dtype.kind in "iuf"
        }
        side, flags = texts_of(group["side"]), texts_of(group["flags"])
        ledger: Any = file.get("ledger", {})
        counts = {
            word: sum(int(ledger[foot].attrs.get(word, 0)) for foot in ledger)
            for word in ("lost", "expected")
        }
        mass = file["provenance"].attrs.get("mass_kg") if "provenance" in file else None
    if {len(column) for column in columns.values()} | {len(flags)} != {len(side)}:
        return None
    return {
        "columns": columns,
        "side": side,
        "flags": flags,
        "mass_kg": None if mass is None else float(mass),
        **counts,
    }
