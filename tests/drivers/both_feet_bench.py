"""Descriptions of devices that carry both feet over one connection, one for each way to tell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from insole_drivers.described.both import CarryingProtocol
from insole_drivers.described.description import of_words
from tests.drivers.described_bench import CLOCK, NOTIFY, WRITE, layout, words

OTHER = "4d8c0004-1111-4222-8333-944445555666"
SIDE = {"name": "foot", "use": "side", "type": "u8"}
PRESSURE = {"name": "pressure", "use": "pressure", "type": "u16", "count": 6}
COUNTER = {"name": "counter", "use": "counter", "type": "u8"}
SENSORS = {"adc_bits": 12}
COMMON: dict[str, Any] = {"layout": layout(6), "sensors": SENSORS, "integrity": "counter"}

BY_FIELD = words(
    **COMMON,
    side={"by": "field", "left": ["1"], "right": ["2"], "both": True},
    frame={"kind": "packed", "size": 16},
    fields=[SIDE, COUNTER, CLOCK, PRESSURE],
)
BY_NOTIFY = words(
    **COMMON,
    side={"by": "notify", "left": [NOTIFY], "right": [OTHER]},
    link={"notify": [NOTIFY, OTHER], "write": WRITE},
    start=[{"hex": "01"}],
    stop=[{"hex": "00"}],
    frame={"kind": "notification", "size": 15},
    fields=[COUNTER, CLOCK, PRESSURE],
)
HALVES = words(
    **COMMON,
    side={"by": "halves"},
    frame={"kind": "packed", "size": 27},
    fields=[
        COUNTER,
        CLOCK,
        {**PRESSURE, "name": "left", "foot": "left"},
        {**PRESSURE, "name": "right", "foot": "right"},
    ],
)
BY_MARKER = words(
    **{**COMMON, "integrity": "checksum"},
    side={"by": "prefix", "left": ["LL"], "right": ["RR"], "both": True},
    frame={
        "kind": "marker",
        "marker_text": "LL",
        "size": 19,
        "checksum": {"type": "crc16_ccitt", "first": 0},
    },
    fields=[{**COUNTER, "offset": 2, "counts": "both"}, CLOCK, PRESSURE],
)
BY_LINE = words(
    **{**COMMON, "integrity": "text"},
    rate_hz=50.0,
    side={"by": "prefix", "left": ["L_"], "right": ["R_"], "both": True},
    frame={"kind": "lines", "separator": ",", "columns": 7},
    fields=[
        {"name": "time", "use": "clock", "column": 0, "unit": "ms"},
        {"name": "pressure", "use": "pressure", "column": 1, "count": 6},
    ],
)
WAYS = {
    "field": BY_FIELD,
    "notify": BY_NOTIFY,
    "halves": HALVES,
    "marker": BY_MARKER,
    "line": BY_LINE,
}


def protocol(way: str) -> CarryingProtocol:
    """The protocol of one way."""
    return CarryingProtocol(of_words(WAYS[way], name=f"both_{way}"))


def toml(value: Any) -> str:
    """A value as TOML writes it within a line."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value)


def put(folder: Path, way: str) -> str:
    """Lay the description of one way on a shelf; its name there."""
    text = "".join(f"{key} = {toml(value)}\n" for key, value in WAYS[way].items())
    name = f"both_{way}"
    (folder / f"{name}.toml").write_text(text)
    return name
