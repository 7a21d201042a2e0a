"""The HDF5 format, as one table: what is written, what is checked, what the document prints.

docs/file-format.md holds `markdown()`; a test keeps them equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

FORMAT: Final = "insole.recording"
VERSION: Final = 1

Type: TypeAlias = Literal["uint", "int", "float", "number", "text", "bool"]

README: Final = """\
A recording of a pair of pressure insoles, made by `insole`. Free to read with any HDF5 library.

/raw      every event as it came from the radio, verbatim and in order of arrival: the truth.
          Event i is bytes[end[i-1]:end[i]]; kind 11 is a packet, all others are JSON.
/signals  one group per device and configuration: raw sensor values (time x sensor), device time.
          A value in its quantity is  values * scale + offset  (attributes of the group).
/readings what devices tell beside: motion, their own gait rows; one group per device and kind.
          A value in its unit is  values * scale  (attributes of the group).
/trial    who, what, when: attributes, and the start state of the computation as JSON.
/steps    one row per ground contact, as computed on the day of the recording.
/events   foot strike and toe-off of these steps.   /marks   markers set by people.
/ledger   where every sample went: expected = received + recovered + lost.
/provenance  which program computed it, and the whole result as JSON.

Every dataset has the attributes `unit` and `dims`. completed = FALSE at the root: the program was
stopped while recording; run `insole recover FILE`. The whole format: docs/file-format.md.
Not a medical device.
"""


@dataclass(frozen=True, slots=True)
class Column:
    """One dataset.

    Attributes:
        path: inside the file; `*` stands for one name of any kind.
        type: kind of number.
        unit: "1" is a plain number; "quantity" is the group's own quantity.
        dims: name of each axis; datasets of one group that share a name share its length.
        meaning: a sentence.
        rising: "rises" strictly, "never falls", or "" for neither.
        bits: width in bits, 0 for any.
    """

    path: str
    type: Type
    unit: str
    dims: tuple[str, ...]
    meaning: str
    rising: Literal["", "rises", "never falls"] = ""
    bits: int = 0


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a group."""

    path: str
    name: str
    type: Type
    meaning: str
    unit: str = "1"


ATTRIBUTES: Final = (
    Attribute("/", "format", "text", f"`{FORMAT}`: how a reader knows the file"),
    Attribute("/", "format_version", "int", f"{VERSION}; a reader refuses a larger one"),
    Attribute("/", "generator", "text", "program and version that wrote the file"),
    Attribute("/", "completed", "bool", "FALSE: the program was stopped while recording"),
    Attribute("/", "README", "text", "what is inside, for people"),
    Attribute("/trial", "athlete", "text", "as given"),
    Attribute("/trial", "shoe", "text", "as given"),
    Attribute("/trial", "surface", "text", "as given"),
    Attribute("/trial", "note", "text", "as given"),
    Attribute("/trial", "source", "text", "where the events came from, e.g. `ble:`"),
    Attribute("/trial", "wall_clock", "text", "ISO 8601 with offset, at `origin_ns`"),
    Attribute("/trial", "speed_m_s", "float", "as given; NaN: not given", "m/s"),
    Attribute("/trial", "mass_kg", "float", "as given; NaN: not given", "kg"),
    Attribute("/trial", "origin_ns", "int", "host monotonic time that is 0 s", "ns"),
    Attribute("/raw", "overflow", "int", "events that the writer could not take; 0 in health"),
    Attribute("/signals", "complete", "bool", "FALSE: decode /raw instead"),
    Attribute("/signals/*", "device", "text", "key of the device"),
    Attribute("/signals/*", "side", "text", "`left`, `right` or empty, overrides included"),
    Attribute("/signals/*", "protocol", "text", "name of the decoder"),
    Attribute("/signals/*", "serial", "text", "as the device says"),
    Attribute("/signals/*", "firmware", "text", "as the device says"),
    Attribute("/signals/*", "quantity", "text", "`kPa`, `N` or `counts`"),
    Attribute("/signals/*", "scale", "float", "quantity = values * scale + offset"),
    Attribute("/signals/*", "offset", "float", "see scale"),
    Attribute("/signals/*", "saturated", "float", "smallest full-scale code; NaN: none"),
    Attribute("/signals/*", "rate_hz", "float", "nominal rate", "Hz"),
    Attribute("/signals/*", "mass_kg", "float", "body mass the device tells; NaN: none", "kg"),
    Attribute("/signals/*/layout", "name", "text", "name of the layout"),
    Attribute("/signals/*/layout", "kind", "text", "`grid`, `discrete` or `force`"),
    Attribute("/signals/*/layout", "length_mm", "float", "length of the insole", "mm"),
    Attribute("/signals/*/layout", "width_mm", "float", "largest width of the insole", "mm"),
    Attribute("/signals/*/layout", "full_scale", "float", "in the quantity; NaN: unknown"),
    Attribute("/readings", "complete", "bool", "FALSE: decode /raw instead"),
    Attribute("/readings/*", "device", "text", "key of the device"),
    Attribute("/readings/*", "kind", "text", "e.g. `acceleration`, `quaternion`, `gait`"),
    Attribute("/readings/*", "unit", "text", "of values * scale; empty: a plain number"),
    Attribute("/readings/*", "scale", "float", "quantity = values * scale"),
)

COLUMNS: Final = (
    Column("/trial/start", "text", "1", (), "the start state, JSON: replay begins with it"),
    Column("/trial/notes", "text", "1", (), "the notes, JSON"),
    Column(
        "/raw/kind",
        "uint",
        "1",
        ("event",),
        "10 connected, 11 packet, 12 disconnected, 13 link state, 14 mark",
        bits=8,
    ),
    Column("/raw/arrival_ns", "int", "ns", ("event",), "host monotonic time of arrival", bits=64),
    Column(
        "/raw/device", "uint", "1", ("event",), "row of /raw/devices; 65535: not a packet", bits=16
    ),
    Column(
        "/raw/channel",
        "uint",
        "1",
        ("event",),
        "row of /raw/channels; 65535: not a packet",
        bits=16,
    ),
    Column(
        "/raw/end",
        "uint",
        "byte",
        ("event",),
        "where the event's bytes end; they begin where those of the event before end",
        rising="never falls",
        bits=64,
    ),
    Column(
        "/raw/bytes",
        "uint",
        "1",
        ("byte",),
        "payloads of packets verbatim, other events as ASCII JSON, end to end",
        bits=8,
    ),
    Column("/raw/devices", "text", "1", ("known device",), "device keys"),
    Column("/raw/channels", "text", "1", ("known channel",), "128-bit UUIDs of characteristics"),
    Column(
        "/signals/*/values",
        "number",
        "quantity",
        ("time", "sensor"),
        "raw values in the "
        "integer type of the wire (imported files: float); NaN is a missing value",
    ),
    Column(
        "/signals/*/sequence",
        "int",
        "1",
        ("time",),
        "number of the sample, unwrapped; rises inside a segment",
        bits=64,
    ),
    Column(
        "/signals/*/tick_us",
        "int",
        "us",
        ("time",),
        "device time, unwrapped; never falls inside a segment",
        bits=64,
    ),
    Column(
        "/signals/*/arrival_ns",
        "int",
        "ns",
        ("time",),
        "arrival of the packet that carried the sample",
        bits=64,
    ),
    Column(
        "/signals/*/flags",
        "uint",
        "1",
        ("time",),
        "quality bits: 1 interpolated, 2 gap, 4 break, 8 late, 16 clipped, 32 derived time, "
        "256 recovered, 512 kept by the device",
        bits=32,
    ),
    Column(
        "/signals/*/segment",
        "int",
        "1",
        ("time",),
        "counts up when the device restarted its counters",
        rising="never falls",
        bits=32,
    ),
    Column("/signals/*/capability", "text", "1", (), "what the device said of itself, JSON"),
    Column(
        "/signals/*/layout/xy",
        "float",
        "1",
        ("sensor", "axis"),
        "centres: x medial 0 to lateral 1, y heel 0 to toe 1",
    ),
    Column("/signals/*/layout/area_cm2", "float", "cm2", ("sensor",), "area a sensor stands for"),
    Column("/signals/*/layout/outline", "float", "1", ("corner", "axis"), "polygon of the insole"),
    Column(
        "/signals/*/layout/labels",
        "text",
        "1",
        ("label",),
        "region of each sensor; empty: not given",
    ),
    Column(
        "/readings/*/values",
        "number",
        "quantity",
        ("row", "channel"),
        "as on the wire, or floats where the device computed them; NaN: it does not know",
    ),
    Column(
        "/readings/*/tick_us",
        "int",
        "us",
        ("row",),
        "device time, unwrapped, as of `/signals`",
        bits=64,
    ),
    Column(
        "/readings/*/arrival_ns",
        "int",
        "ns",
        ("row",),
        "arrival of the packet that carried the row",
        bits=64,
    ),
    Column("/readings/*/channels", "text", "1", ("channel",), "name of each column of values"),
    Column("/events/time_s", "float", "s", ("event",), "from the first sample"),
    Column("/events/kind", "text", "1", ("event",), "`foot_strike` or `toe_off`"),
    Column("/events/side", "text", "1", ("event",), "`left` or `right`"),
    Column("/marks/arrival_ns", "int", "ns", ("mark",), "host monotonic time", bits=64),
    Column("/marks/text", "text", "1", ("mark",), "what was marked"),
    Column(
        "/provenance/document",
        "uint",
        "1",
        ("byte",),
        "the result of the day, JSON of `insole analyze --json`",
        bits=8,
    ),
)

OPEN_GROUPS: Final = {
    "/steps": "columns of the document's steps, one row per ground contact: number, text or "
    "(step, 3); `uncertainty` and `uncertainty_shared` hold their own columns",
    "/ledger": "one group per side, attributes expected, received, recovered, lost",
    "/provenance": "attributes: everything in the document that is a plain value",
}
"""Groups whose members follow from the document, and what they hold."""

REQUIRED: Final = ("/trial", "/raw", "/signals")


def column(path: str) -> Column:
    """The entry for a dataset; the name of a `/signals` or `/readings` group is any.

    Raises:
        KeyError: the format has no such dataset.
    """
    return _BY_PATH[pattern(path)]


def pattern(path: str) -> str:
    """A path as the tables write it: the name of a `/signals` or `/readings` group is `*`.

    >>> pattern("/signals/0001/values")
    '/signals/*/values'
    """
    parts = path.split("/")
    if len(parts) > 2 and parts[1] in ("signals", "readings"):
        parts[2] = "*"
    return "/".join(parts)


def markdown() -> str:
    """The tables of docs/file-format.md."""
    lines = ["| group | attribute | type | unit | meaning |", "|---|---|---|---|---|"]
    lines += [
        f"| `{a.path}` | `{a.name}` | {a.type} | {a.unit} | {a.meaning} |" for a in ATTRIBUTES
    ]
    lines += ["", "| dataset | type | unit | dims | meaning |", "|---|---|---|---|---|"]
    for c in COLUMNS:
        width = f"{c.type}{c.bits}" if c.bits else c.type
        dims = " x ".join(c.dims) or "scalar"
        rule = f"; {c.rising}" if c.rising else ""
        lines.append(f"| `{c.path}` | {width} | {c.unit} | {dims} | {c.meaning}{rule} |")
    lines += ["", "| group | members |", "|---|---|"]
    lines += [f"| `{path}` | {text} |" for path, text in OPEN_GROUPS.items()]
    return "\n".join(lines) + "\n"


_BY_PATH: Final = {c.path: c for c in COLUMNS}
