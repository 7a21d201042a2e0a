"""Steps as rows of plain values, as documents and tables have them."""

from __future__ import annotations

from typing import Any

import numpy as np

from insole.metrics import registry
from insole.model.foot import REGIONS
from insole.model.gait import StepFlag, Steps
from insole.signal.activity import STEP_WORDS
from insole.signal.rollover import STRIKE_WORDS, word

WORDS = {flag: flag.name.lower() for flag in StepFlag if flag.name is not None}
TRIPOD = ("tripod_heel", "tripod_first", "tripod_fifth")
BARYCENTRIC = ("barycentric_heel", "barycentric_first", "barycentric_fifth")


CODED = (
    ("activity_class", "activity", STEP_WORDS),
    ("strike_class", "strike", STRIKE_WORDS),
    ("strike_class_force", "strike_by_force", STRIKE_WORDS),
    ("last_to_leave", "last_region", REGIONS),
    ("peak_pressure_region", "peak_region", REGIONS),
)
"""Columns of codes, and the key that says them in words."""


def rows_of(steps: Steps, start_s: float) -> list[dict[str, Any]]:
    """One dictionary per step of a foot; times count from `start_s`."""
    grouped = {*TRIPOD, *BARYCENTRIC}
    times = registry.TIME_COLUMNS
    columns: dict[str, list[Any]] = {
        name: listed(column - start_s if name in times else column)
        for name, column in steps.value.items()
        if name not in grouped
    }
    for code, key, words in CODED:
        if code in steps.value:
            columns[key] = [word(one, words) for one in steps.value[code].tolist()]
    tripod = _triples(steps, TRIPOD)
    barycentric = _triples(steps, BARYCENTRIC)
    u = {name: listed(column) for name, column in steps.u.items()}
    u_shared = {name: listed(column) for name, column in steps.u_shared.items()}
    rows: list[dict[str, Any]] = []
    for index, (flags, valid) in enumerate(
        zip(steps.flags.tolist(), steps.valid.tolist(), strict=True)
    ):
        row: dict[str, Any] = {"side": steps.side.value}
        row |= {name: column[index] for name, column in columns.items()}
        row["tripod"] = tripod[index]
        row["barycentric"] = barycentric[index]
        row["valid"] = valid
        row["flags"] = [word for flag, word in WORDS.items() if flag & flags]
        row["uncertainty"] = {name: column[index] for name, column in u.items()}
        row["uncertainty_shared"] = {name: column[index] for name, column in u_shared.items()}
        rows.append(row)
    return rows


def session_row(document: dict[str, Any], *, file: str, side: str) -> dict[str, Any]:
    """What is one for a recording: rows of a table are read alone (science.md, appendix C).

    Args:
        document: of the recording.
        file: what it is called: files of two folders may have one name.
        side: of the step.
    """
    notes, foot = document["notes"], document["sides"][side]
    return {
        "file": file,
        "user": notes.get("athlete", ""),
        "shoe": notes.get("shoe", ""),
        "session": notes.get("wall_clock", ""),
        "rate_hz": foot["rate_hz"],
        "filter": document["provenance"]["filter"],
        "reporting_level_N": foot["reporting_level_N"],
        "speed_m_s": document.get("springs", {}).get("speed_m_s"),
        "slope_deg": document["provenance"]["parameters_set"].get("conditions.slope_deg", 0.0),
        "k_static": document["self_check"]["k_static"][side],
        "k_dyn": document["self_check"]["k_dyn"],
    }


def listed(column: Any) -> list[float | None]:
    """A column for JSON: None where there is no number."""
    values = np.asarray(column, np.float64)
    plain: list[float | None] = values.tolist()
    for index in np.flatnonzero(~np.isfinite(values)):
        plain[int(index)] = None
    return plain


def _triples(steps: Steps, names: tuple[str, str, str]) -> list[list[float] | None]:
    if not all(name in steps.value for name in names):
        return [None] * len(steps)
    table = np.stack([steps.value[name] for name in names], axis=1)
    rows: list[list[float] | None] = list(table.tolist())
    for index in np.flatnonzero(~np.isfinite(table).all(axis=1)):
        rows[int(index)] = None
    return rows
