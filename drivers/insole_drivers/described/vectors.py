"""Vectors of home-made insoles: each brings a description of its own, in a JSON spelling.

The spelling is turned into the words of a description, and the same machine reads the packets;
what it says is then put in the words of the vector. `insole decode diy FILE --check`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from insole.errors import DamagedFile, InsoleError
from insole.layouts import for_count
from insole.model.protocol import Vectors
from insole.model.stream import Connected, Decoded, Packet
from insole_drivers.described.decoder import DescribedDecoder
from insole_drivers.described.description import Insole, of_words
from insole_drivers.described.foot import scaled
from insole_drivers.described.framing import Happened, Refused
from insole_drivers.described.records import Recorder, Records

DEVICE: Final = "capture"
NOTIFY: Final = "6e400003-b5a3-f393-e0a9-e50e24dcca9e"
SERVICE: Final = "6e400001-b5a3-f393-e0a9-e50e24dcca9e"
COUNTERS: Final = {"counter": 16, "sequence": 32}
CLOCKS: Final = ("time", "time_ms")
MOST_PACKETS: Final = 100_000
JSON_COUNT: Final = 6  # numbers of the one project with a list in JSON; its layout does not say it


class DescribedVectors:
    """Entry point `insole.vectors`, `diy`."""

    def items(self, vector: Mapping[str, Any]) -> list[list[Decoded]]:
        """What the decoder says, packet by packet.

        Raises:
            DamagedFile: the vector has not the form of these vectors.
        """
        insole = _insole(vector)
        decoder = DescribedDecoder(DEVICE, insole)
        decoder.feed(Connected(DEVICE, 0, insole.name, DEVICE, "", 517))
        return [
            decoder.feed(Packet(DEVICE, NOTIFY, arrival_ns, payload))
            for arrival_ns, payload in _packets(vector)
        ]

    def answer(self, vector: Mapping[str, Any]) -> dict[str, Any]:
        """The same in the words of `expected`: records that became complete, what was refused.

        Raises:
            DamagedFile: the vector has not the form of these vectors.
        """
        insole = _insole(vector)
        recorder = Recorder(insole.description)
        layout = _table(_table(vector, "config"), "layout")
        shape = _table(layout, "text").get("shape") if "text" in layout else None
        return {
            "per_packet": [
                _worded(recorder.feed(payload), insole, layout, shape)
                for _, payload in _packets(vector)
            ]
        }


def _worded(
    said: list[Any], insole: Insole, layout: Mapping[str, Any], shape: Any
) -> dict[str, Any]:
    records: list[dict[str, Any]] = []
    for each in said:
        if isinstance(each, Records):
            records += [
                _record(each, row, insole=insole, layout=layout, shape=shape)
                for row in range(each.frames)
            ]
    answer: dict[str, Any] = {
        "records": records,
        "rejected": sum(isinstance(each, Refused) for each in said),
    }
    events = [each.what for each in said if isinstance(each, Happened)]
    return answer | ({"events": events} if events else {})


def _record(
    records: Records, row: int, *, insole: Insole, layout: Mapping[str, Any], shape: Any
) -> dict[str, Any]:
    made: dict[str, Any] = {}
    side = insole.description.side
    if side.by == "prefix":
        made["side"] = "left" if records.prefix in side.left else "right"
    for field in insole.description.fields:
        box = records.values[field.name][row]
        if field.use == "reading":
            box = scaled(box, field) if field.add else box * field.scale
        if field.use == "pressure" and shape is not None:
            made["matrix"] = box.reshape(shape).tolist()
            box = box[:, insole.order[None]]
        name = "time_ms" if field.name == "time" and "json" in layout else field.name
        is_one = field.per == "frame" and field.count == 1
        made[name] = box[0, 0].item() if is_one else _plain(box, per=field.per)
    return made


def _plain(box: Any, *, per: str) -> Any:
    return box.tolist() if per == "sample" else box[0].tolist()


# --- the JSON spelling in the words of a description ---


def _insole(vector: Mapping[str, Any]) -> Insole:
    layout = _table(_table(vector, "config"), "layout")
    try:
        return of_words(_words(layout), name="diy", where="config.layout")
    except (KeyError, TypeError, ValueError, StopIteration) as error:
        raise _damaged(f"config.layout cannot be read: {error}") from None
    except InsoleError as error:
        raise _damaged(f"{error.what}: {error.why}") from None


def _words(layout: Mapping[str, Any]) -> dict[str, Any]:
    """The description that a layout spells."""
    framing = _table(layout, "framing")
    side: dict[str, Any] = {"by": "user"}
    sensors: dict[str, Any] = {}
    frame = _frame(framing) | {"endian": layout.get("endian", "little")}
    if "json" in layout:
        fields = _json_fields(_table(layout, "json"))
    elif "text" in layout:
        text = _table(layout, "text")
        fields, columns = _columns(text)
        frame |= {
            "separator": text["separator"],
            "strip": text.get("strip_characters", ""),
            "columns": columns,
        }
        sensors = {"absent": text.get("absent_indices", [])}
        if "side_prefix" in text:
            feet = {foot: prefix for prefix, foot in text["side_prefix"].items()}
            side = {"by": "prefix", "left": [feet["left"]], "right": [feet["right"]], "both": True}
    else:
        fields = [_field(each) for each in layout["fields"]]
        if any("foot" in each for each in fields):
            side = {"by": "halves"}
    pressure = next(each for each in fields if each["use"] == "pressure")
    count = pressure.get("count", 1) - len(sensors.get("absent", []))
    per_frame = next((each.pop("samples") for each in fields if "samples" in each), 1)
    for each in fields:
        each.pop("samples", None)
    return {
        "title": "captured",
        "rate_hz": 50.0,
        "integrity": "none",
        "find": {"service": SERVICE, "name": ["*"]},
        "link": {"notify": [NOTIFY]},
        "side": side,
        "frame": frame,
        "fields": fields,
        "samples": {"per_frame": per_frame},
        "sensors": sensors,
        "layout": {"xy": for_count(count).xy.tolist()},
    }


def _frame(framing: Mapping[str, Any]) -> dict[str, Any]:
    kind = framing["kind"]
    if kind == "fixed":
        many = framing.get("many_per_notification", False)
        return {"kind": "packed" if many else "notification", "size": framing["size"]}
    if kind == "line":
        return {"kind": "lines", "terminator": framing["terminator"]}
    if kind == "marker":
        return {"kind": "marker", "marker_text": framing["marker_ascii"], "size": framing["size"]}
    if kind == "text_markers":
        words = {key: framing[key] for key in ("begin", "end", "finish")}
        return words | {"kind": "batch", "size": framing["record_size"], "largest": 1 << 16}
    if kind == "whole":
        return {"kind": "json"}
    raise _damaged(f"framing '{kind}' is not known")


def _use(name: str) -> dict[str, Any]:
    if name == "pressure":
        return {"name": name, "use": "pressure"}
    if name in COUNTERS:
        return {"name": name, "use": "counter"}
    if name in CLOCKS:
        return {"name": name, "use": "clock", "unit": "ms"}
    return {"name": name, "use": "reading", "kind": name}


def _field(told: Mapping[str, Any]) -> dict[str, Any]:
    made = _use(told["name"]) | {"offset": told["offset"], "type": told["type"]}
    if "foot" in told:
        made = {"name": told["name"], "use": "pressure", "foot": told["foot"]} | {
            key: made[key] for key in ("offset", "type")
        }
    if told["type"] == "u12_pairs":
        made["type"] = "u12"
    for key in ("count", "endian", "scale", "add"):
        if key in told:
            made[key] = float(told[key]) if key in ("scale", "add") else told[key]
    if "mask" in told:
        made["mask"] = int(told["mask"], 16)
    if told.get("order") == "add_then_scale":
        made["add_first"] = True
    if told.get("means") == "end_of_block":
        made["marks"] = "end"
    if "shape" in told:
        made |= {"samples": told["shape"][0], "count": told["shape"][1], "per": "sample"}
    return made


def _columns(text: Mapping[str, Any]) -> tuple[list[dict[str, Any]], int]:
    if "columns" not in text:
        count = text["count"]
        return [_use("pressure") | {"column": 0, "count": count, "decimals": 1}], count
    columns: list[str] = text["columns"]
    names = list(dict.fromkeys(each.partition(".")[0] for each in columns))
    made: list[dict[str, Any]] = []
    for name in names:
        at = [place for place, each in enumerate(columns) if each.partition(".")[0] == name]
        made.append(_use(name) | {"column": at[0], "count": len(at)})
    return made, len(columns)


def _json_fields(keys: Mapping[str, Any]) -> list[dict[str, Any]]:
    if "pressure_keys" in keys:
        named: list[str] = keys["pressure_keys"]
        return [_use("pressure") | {"keys": named, "count": len(named)}]
    return [
        _use("time") | {"key": keys["time"]},
        _use("pressure") | {"key": keys["pressure"], "count": JSON_COUNT},
    ]


# --- reading a vector ---


def _packets(vector: Mapping[str, Any]) -> list[tuple[int, bytes]]:
    listed: Any = vector.get("packets_hex")
    if not isinstance(listed, list) or len(cast("list[Any]", listed)) > MOST_PACKETS:
        raise _damaged("packets_hex is no list")
    try:
        return [
            (round(float(each["arrival_ms"]) * 1e6), bytes.fromhex(each["hex"]))
            for each in cast("list[Any]", listed)
        ]
    except (KeyError, TypeError, ValueError, OverflowError):
        raise _damaged("a packet has no hex or no arrival_ms") from None


def _table(whole: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value: Any = whole.get(key)
    if not isinstance(value, dict):
        raise _damaged(f"it has no table `{key}`")
    return cast("dict[str, Any]", value)


def _damaged(why: str) -> DamagedFile:
    return DamagedFile(
        "this is no vector of a home-made insole",
        where="config",
        why=why,
        fix="Use a file with a layout in `config`, or `insole decode FILE.toml PACKETS.json`",
    )


VECTORS: Vectors = DescribedVectors()
