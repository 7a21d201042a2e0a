"""`insole decode PROTOCOL PACKETS.json`: decode captured packets offline.

The file is a list of captures: `name`, `config` (what must be known before: `setup_packets_hex`,
and the advertised `name`, which tells the foot of some insoles), `packets_hex` (each `hex`,
`arrival_ms`, `characteristic`) and, for `--check`, `expected` with `per_packet` in the same order.
A characteristic is a UUID, the four digits of a SIG number, or `stream` for the first one.
`{"event": "connected"}` and `{"event": "disconnected"}` may stand among the packets.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias, cast

from insole.commands.options import add_json, print_json
from insole.errors import DamagedFile, FileError
from insole.model.protocol import Advert, Decoder, InsoleProtocol, Vectors
from insole.model.quality import Quality
from insole.model.stream import (
    Capability,
    Connected,
    Decoded,
    Disconnected,
    Info,
    Notice,
    Packet,
    Readings,
    Samples,
    Write,
)

Json: TypeAlias = Any  # whatever a JSON file may hold
MOST_BYTES: Final = 64 << 20
MOST_PAYLOAD: Final = 65_536
MOST_SHOWN: Final = 20  # differences printed
RELATIVE: Final = 1e-9  # agreement of two numbers
DEVICE: Final = "capture"


@dataclass(frozen=True, slots=True)
class Capture:
    """One list of packets out of a file.

    Attributes:
        name: its name there.
        setup: events that come first and are not reported.
        events: the packets.
        expected: what each should say, None when the file does not tell.
        advertised: name of the device on the air.
    """

    name: str
    setup: tuple[Connected | Packet | Disconnected, ...]
    events: tuple[Connected | Packet | Disconnected, ...]
    expected: list[Json] | None
    advertised: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What our decoder says of one list of packets, and where that is not what was expected."""

    name: str
    per_packet: list[dict[str, Json]]
    differences: list[str]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `decode`."""
    parser.add_argument(
        "protocol",
        metavar="PROTOCOL",
        help="name, as `insole protocols` lists it, or a description, FILE.toml",
    )
    parser.add_argument("packets", metavar="PACKETS.json", type=Path, help="captured packets")
    parser.add_argument("--check", action="store_true", help="compare with the file's `expected`")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Decode, print, compare.

    Returns:
        0, or 1 when `--check` found a difference.
    """
    from insole import plugins

    entries = content(args.packets)
    if args.protocol in plugins.names("insole.vectors"):
        vectors: Vectors = plugins.load("insole.vectors", args.protocol)
        answered = [_by_maker(entry, where, vectors=vectors) for where, entry in entries]
    else:
        protocol = named_protocol(args.protocol)
        captures = [_capture(entry, where, protocol) for where, entry in entries]
        answered = [_by_us(capture, protocol) for capture in captures]
    agreeing = sum(not each.differences for each in answered)
    differences = [f"{each.name}: {said}" for each in answered for said in each.differences]
    if args.json:
        document: dict[str, Json] = {
            "schema": "insole.decode/1",
            "protocol": args.protocol,
            "file": str(args.packets),
            "vectors": [{"name": each.name, "per_packet": each.per_packet} for each in answered],
        }
        if args.check:
            document["check"] = {
                "vectors": len(answered),
                "agree": agreeing,
                "differences": differences,
            }
        print_json(document)
    elif args.check:
        print(f"{agreeing} of {len(answered)} vectors agree")
        for each in differences[:MOST_SHOWN]:
            print(f"  {each}")
        if len(differences) > MOST_SHOWN:
            print(f"  and {len(differences) - MOST_SHOWN} more; --json lists all")
    else:
        for each in answered:
            print(each.name)
            for line in lines(each.per_packet):
                print(f"  {line}")
    return 1 if args.check and differences else 0


def named_protocol(name: str) -> InsoleProtocol:
    """The one of this name, or the one that a description in a file tells."""
    from insole import plugins

    if not name.endswith(".toml"):
        return plugins.protocol(name)
    from insole_drivers.described.library import of_file

    return of_file(Path(name))


# --- reading ---


def content(path: Path) -> list[tuple[str, Json]]:
    """The entries of a file, each with where it stands.

    Raises:
        FileError: it cannot be read.
        DamagedFile: it is no such list; `where` names the place.
    """
    try:
        with path.open("rb") as stream:
            raw = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise FileError(
            "cannot read the packets",
            where=str(path),
            why=error.strerror or type(error).__name__,
            fix="Check the path",
        ) from None
    if len(raw) > MOST_BYTES:
        raise _damaged(str(path), f"it is larger than {MOST_BYTES >> 20} MB")
    try:
        whole: Json = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise _damaged(str(path), f"it is not JSON: {str(error)[:120]}") from None
    entries = cast("list[Json]", whole) if isinstance(whole, list) else [whole]
    if not entries:
        raise _damaged(str(path), "it holds no captures")
    return [(f"{path}, entry {number}", entry) for number, entry in enumerate(entries)]


def _capture(entry: Json, where: str, protocol: InsoleProtocol) -> Capture:
    fields = _object(entry, where)
    name = fields.get("name", "unnamed")
    if not isinstance(name, str):
        raise _damaged(where, "`name` is no text")
    config = _object(fields.get("config") or {}, f"{where}, config")
    setup: Json = config.get("setup_packets_hex") or []
    advertised = config.get("name", "")
    if not isinstance(advertised, str):
        raise _damaged(f"{where}, config", "`name` is no text")
    expected = None
    if fields.get("expected") is not None:
        expected = _object(fields["expected"], f"{where}, expected").get("per_packet")
        if expected is not None and not isinstance(expected, list):
            raise _damaged(f"{where}, expected", "`per_packet` is no list")
    return Capture(
        name=_clean(name),
        advertised=advertised,
        setup=tuple(_events(setup, f"{where}, setup_packets_hex", protocol)),
        events=tuple(
            _events(fields.get("packets_hex"), f"{where}, packets_hex", protocol, advertised)
        ),
        expected=cast("list[Json] | None", expected),
    )


def _events(
    items: Json, where: str, protocol: InsoleProtocol, advertised: str = ""
) -> Iterator[Connected | Packet | Disconnected]:
    if not isinstance(items, list):
        raise _damaged(where, "it is no list")
    for number, item in enumerate(cast("list[Json]", items)):
        place = f"{where}[{number}]"
        fields = {"hex": item} if isinstance(item, str) else _object(item, place)
        arrival_ns = _nanoseconds(fields.get("arrival_ms", 0), place)
        event = fields.get("event")
        if event == "connected":
            yield _connected(protocol, arrival_ns, advertised=advertised)
        elif event == "disconnected":
            yield Disconnected(DEVICE, arrival_ns, "captured")
        elif event is not None:
            raise _damaged(place, "`event` is neither connected nor disconnected")
        else:
            channel = _channel(fields.get("characteristic", "stream"), place, protocol)
            yield Packet(DEVICE, channel, arrival_ns, _payload(fields.get("hex"), place))


def _object(value: Json, where: str) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise _damaged(where, "it is no object")
    return cast("dict[str, Json]", value)


def _connected(protocol: InsoleProtocol, arrival_ns: int, *, advertised: str = "") -> Connected:
    advert = Advert(DEVICE, advertised, services=(protocol.gatt.service,))
    match = protocol.match(advert)
    side = None if match is None else match.side
    return Connected(DEVICE, arrival_ns, protocol.name, DEVICE, advertised, 517, side)


def _nanoseconds(value: Json, place: str) -> int:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or abs(value) > 1e13:
        raise _damaged(place, "`arrival_ms` is no usable number")
    return round(value * 1_000_000)


def _payload(value: Json, place: str) -> bytes:
    if not isinstance(value, str) or len(value) > 2 * MOST_PAYLOAD:
        raise _damaged(place, f"`hex` is no text of at most {MOST_PAYLOAD} bytes")
    try:
        return bytes.fromhex(value)
    except ValueError:
        raise _damaged(place, "`hex` is not hexadecimal") from None


def _channel(value: Json, place: str, protocol: InsoleProtocol) -> str:
    if not isinstance(value, str):
        raise _damaged(place, "`characteristic` is no text")
    word = value.strip().lower()
    if word in ("stream", "notify"):
        return protocol.gatt.notify[0]
    is_number = len(word) == 4 and all(x in "0123456789abcdef" for x in word)
    return f"0000{word}-0000-1000-8000-00805f9b34fb" if is_number else word


def _damaged(where: str, why: str) -> DamagedFile:
    return DamagedFile(
        "these are no captured packets",
        where=where,
        why=why,
        fix="The form is described in docs/protocol-open.md, section 10",
    )


# --- decoding ---


def _by_us(capture: Capture, protocol: InsoleProtocol) -> Answer:
    said = decoded(protocol, capture)
    return Answer(capture.name, said, list(differing(said, capture.expected, "per_packet")))


def _by_maker(entry: Json, where: str, *, vectors: Vectors) -> Answer:
    """Against vectors in the words of the maker's own decoder."""
    fields = _object(entry, where)
    name = _clean(str(fields.get("name", "unnamed")))
    told: list[Capability] = []
    per_packet = [worded(items, told) for items in vectors.items(fields)]
    expected: Json = fields.get("expected")
    if not isinstance(expected, dict):
        return Answer(name, per_packet, ["nothing is expected: the file does not say it"])
    return Answer(name, per_packet, list(differing(vectors.answer(fields), expected, "expected")))


def decoded(protocol: InsoleProtocol, capture: Capture) -> list[dict[str, Json]]:
    """Everything that the decoder says, per packet."""
    decoder: Decoder = protocol.decoder(DEVICE)
    told: list[Capability] = []
    for event in (_connected(protocol, 0, advertised=capture.advertised), *capture.setup):
        told += [item for item in decoder.feed(event) if isinstance(item, Capability)]
    return [worded(decoder.feed(event), told) for event in capture.events]


def worded(items: Iterable[Decoded], told: list[Capability]) -> dict[str, Json]:
    """What was said of one packet, by kind; `told` collects capabilities."""
    answer: dict[str, Json] = {}
    for item in items:
        if isinstance(item, Capability):
            told.append(item)
        key, said = _said(item, told)
        answer.setdefault(key, []).extend(said)
    return answer


def _said(item: Decoded, told: Sequence[Capability]) -> tuple[str, list[Json]]:
    if isinstance(item, Samples):
        usual = told[-1] if told else None
        mine = (each for each in reversed(told) if each.device == item.device)
        return "samples", list(_rows(item, next(mine, usual)))
    if isinstance(item, Capability):
        return "capability", [_capability(item)]
    if isinstance(item, Write):
        return "writes", [{"characteristic": item.channel, "hex": item.payload.hex()}]
    foot = item.device.removeprefix(f"{DEVICE}#")
    whose: dict[str, Json] = {} if foot == item.device else {"side": foot}
    if isinstance(item, Info):
        return "info", [whose | {"kind": item.kind, "value": item.value}]
    if isinstance(item, Readings):
        return "readings", [whose | _readings(item)]
    problem: Notice = item
    said = {"kind": problem.kind, "text": problem.text, "offset": problem.offset}
    return "problems", [whose | said]


def _rows(samples: Samples, told: Capability | None) -> Iterator[dict[str, Json]]:
    side = None if told is None or told.side is None else told.side.value
    for row, number in enumerate(samples.sequence.tolist()):
        raw = samples.values[row]
        flags = Quality(int(samples.flags[row]))
        line: dict[str, Json] = {
            "side": side,
            "sequence": number,
            "segment": samples.segment,
            "time_us": int(samples.tick_us[row]),
            "raw": raw.tolist(),
            "flags": [flag.name.lower() for flag in flags if flag.name],
        }
        if told is not None:
            line["unit"] = told.quantity
            line["value"] = [_finite(x) for x in (raw * told.scale + told.offset).tolist()]
        yield line


def _readings(item: Readings) -> dict[str, Json]:
    return {
        "kind": item.kind,
        "unit": item.unit,
        "channels": list(item.channels),
        "time_us": item.tick_us.tolist(),
        "raw": [[_finite(x) for x in row] for row in item.values.tolist()],
        "value": [[_finite(x) for x in row] for row in (item.values * item.scale).tolist()],
    }


def _capability(item: Capability) -> dict[str, Json]:
    layout = item.layout
    return {
        "serial": item.serial,
        "firmware": item.firmware,
        "side": None if item.side is None else item.side.value,
        "quantity": item.quantity,
        "scale": item.scale,
        "offset": item.offset,
        "saturated": item.saturated,
        "rate_hz": item.rate_hz,
        "mass_kg": item.mass_kg,
        "layout": layout.name,
        "kind": layout.kind,
        "sensors": layout.sensors,
        "length_mm": layout.length_mm,
        "width_mm": layout.width_mm,
        "xy": layout.xy.tolist(),
        "area_cm2": layout.area_cm2.tolist(),
        "labels": None if layout.labels is None else list(layout.labels),
        "outline": layout.outline.tolist(),
    }


def _finite(value: float) -> float | str:
    return value if math.isfinite(value) else str(value)


def _clean(text: str) -> str:
    return "".join(x if x.isprintable() else "?" for x in text)[:80]


# --- comparing and printing ---


def differing(got: Json, want: Json, place: str) -> Iterable[str]:
    """Where the answer is not what was expected; more may be said than expected."""
    if isinstance(want, dict) and isinstance(got, dict):
        said = cast("dict[str, Json]", got)
        for key, value in cast("dict[str, Json]", want).items():
            yield from differing(said.get(key), value, f"{place}.{key}")
    elif isinstance(want, list) and isinstance(got, list):
        ours, theirs = cast("list[Json]", got), cast("list[Json]", want)
        if len(ours) != len(theirs):
            yield f"{place} has {len(ours)} entries, expected are {len(theirs)}"
        for index, (a, b) in enumerate(zip(ours, theirs, strict=False)):
            yield from differing(a, b, f"{place}[{index}]")
    elif want is None and place == "per_packet":
        yield "nothing is expected: the file does not say it"
    elif isinstance(want, float | int) and _is_number(got):
        if isinstance(want, bool) or not math.isclose(got, want, rel_tol=RELATIVE, abs_tol=1e-12):
            yield f"{place} is {got!r}, expected is {want!r}"
    elif got != want or isinstance(got, bool) != isinstance(want, bool):
        yield f"{place} is {_brief(got)}, expected is {_brief(want)}"


def lines(answer: list[dict[str, Json]]) -> Iterator[str]:
    """The answer for people, a line per fact."""
    for number, said in enumerate(answer):
        if not said:
            yield f"{number}: nothing yet"
        for key, items in said.items():
            for item in items:
                yield f"{number}: {_line(key, item)}"


def _line(key: str, item: dict[str, Json]) -> str:
    if key == "samples":
        values = " ".join(str(x) for x in item["raw"])
        flags = f" {','.join(item['flags'])}" if item["flags"] else ""
        return (
            f"{item['side'] or 'side unknown'}, sample {item['sequence']}, "
            f"{item['time_us']} us: {values}{flags}"
        )
    if key == "capability":
        return (
            f"{item['serial']}, {item['side'] or 'side unknown'}: {item['sensors']} sensors "
            f"({item['layout']}) in {item['quantity']} at {item['rate_hz']:g} Hz"
        )
    if key == "writes":
        return f"asks to write {item['hex']} to {item['characteristic']}"
    whose = f"{item['side']}, " if "side" in item else ""
    if key == "problems":
        return f"problem: {whose}{item['kind']}: {item['text']}"
    if key == "readings":
        return f"{whose}{item['kind']} {item['unit']}: {item['value']}"
    return f"{whose}{item['kind']}: {item['value']}"


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _brief(value: Json) -> str:
    text = _clean(repr(value))
    return text if len(text) < 80 else text[:77] + "..."
