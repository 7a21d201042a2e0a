"""Known exports and datagrams of Moticon, in the words of the maker's loader and of a receiver.

Exports go through the importer that is installed, as any file does. The loader's options to cut and
to fill are views: they are made here, out of what the importer reads.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from insole import plugins
from insole.model.arrays import Bools, Floats, Ints
from insole.model.foot import Side
from insole.model.protocol import Vectors
from insole.model.stream import Connected, Decoded, Mark, Notice, Packet, Readings, Samples
from insole_drivers.protocols import moticon_wire as wire
from insole_drivers.protocols import vector_fields as read
from insole_drivers.protocols.moticon import PROTOCOL
from insole_drivers.protocols.networked import CHANNEL

NAMES: Final = {"acceleration": "acceleration", "gyroscope": "angular", "force": "total_force"}
SHORT: Final = {"acceleration": "acc", "gyroscope": "gyro", "cop": "cop", "force": "total_force"}
SINGLE: Final = ("force",)
BEFORE: Final = 10  # datagrams that tell the period before those of the vector
PERIOD_S: Final = 0.01
PERIOD_US: Final = 10_000
LONGEST_US: Final = 3_600_000_000
FACTS: Final = {
    "duration": "Duration",
    "recording_type": "Recording type",
    "name": "Name",
    "notes": "Notes",
    "tag": "Tag",
}


class MoticonVectors:
    """`insole decode moticon FILE --check`."""

    def items(self, vector: Mapping[str, Any]) -> list[list[Decoded]]:
        """What our decoder says of both feet, datagram by datagram; nothing for a file."""
        if read.config(vector).get("kind") != "udp":
            return []
        return [[item for said in feet.values() for item in said] for feet in _datagrams(vector)]

    def answer(self, vector: Mapping[str, Any]) -> dict[str, Any]:
        """The same in the words of the vector's `expected`."""
        if read.config(vector).get("kind") == "udp":
            return {"per_packet": [_instant(feet) for feet in _datagrams(vector)]}
        text = vector.get("text")
        if not isinstance(text, str):
            raise read.damaged("text", "it is no text")
        with tempfile.TemporaryDirectory(prefix="insole") as folder:
            path = Path(folder) / "export.txt"
            path.write_text(text, "utf-8")
            return _header(text) | _measurement(path, read.config(vector))


# --- datagrams ---


def _datagrams(vector: Mapping[str, Any]) -> list[dict[Side, list[Decoded]]]:
    """What each foot's decoder says of each datagram."""
    packets = list(read.captured(vector))
    decoders = {side: PROTOCOL.decoder(side.value) for side in Side}
    for side, decoder in decoders.items():
        decoder.feed(Connected(side.value, 0, PROTOCOL.name, CHANNEL, "", 1024, side))
        for packet in _before(packets):
            decoder.feed(Packet(side.value, CHANNEL, packet.arrival_ns, packet.payload))
    return [
        {
            side: decoder.feed(Packet(side.value, CHANNEL, each.arrival_ns, each.payload))
            for side, decoder in decoders.items()
        }
        for each in packets
    ]


def _before(packets: list[read.Captured]) -> Iterable[read.Captured]:
    """The first datagram again and again before itself: samples wait until a period is known."""
    words = packets[0].payload.split() if packets else []
    try:
        start_s = float(words[0])
    except (IndexError, ValueError):
        return
    for number in range(BEFORE, 0, -1):
        at_s = start_s - number * PERIOD_S
        payload = b" ".join((f"{at_s:.6f}".encode(), *words[1:]))
        yield read.Captured(CHANNEL, packets[0].arrival_ns - int(number * PERIOD_S * 1e9), payload)


def _instant(feet: Mapping[Side, list[Decoded]]) -> dict[str, Any]:
    if any(isinstance(item, Notice) for said in feet.values() for item in said):
        return {"rejected": True}
    answer: dict[str, Any] = {}
    for side, said in feet.items():
        foot: dict[str, Any] = {}
        for item in said:
            if isinstance(item, Samples):
                answer["timestamp"] = int(item.tick_us[0]) / 1e6
                foot["pressure"] = [code * wire.CODE for code in item.values[0].tolist()]
            elif isinstance(item, Readings):
                row = item.values[0].tolist()
                foot[SHORT[item.kind]] = row[0] if item.kind in SINGLE else row
        answer[side.value] = foot
    return answer


# --- exports ---


def _header(text: str) -> dict[str, Any]:
    """What stands above the table."""
    lines = [line[1:].strip() for line in text.splitlines() if line.startswith("#")]
    said = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    names = lines[-1].split("\t") if lines else []
    groups = {name.removesuffix(" label[]") for name in names if name.endswith(" label[]")}
    hidden = {f"{group}{end}" for group in groups for end in (" label[]", "[]")}
    day, _, time = said.get("Start time", "").partition(" ")
    size = said.get("Size", "")
    return {
        **{key: said.get(word) for key, word in FACTS.items()},
        "start_time": f"{'-'.join(reversed(day.split('.')))}T{time}000",
        "serial_numbers": said.get("Sensor insoles", "").split(", "),
        "size": int(size) if size.isdecimal() else None,
        "channel_names": [name for name in names if name not in hidden],
    }


def _measurement(path: Path, config: Mapping[str, Any]) -> dict[str, Any]:
    """The table, with the loader's options."""
    recording = plugins.load("insole.importers", PROTOCOL.name).open(path, {})
    try:
        blocks = [item for item in recording.decoded() if isinstance(item, Samples)]
        beside = list(plugins.readings_of(recording))
        marks = [event for event in recording.events() if isinstance(event, Mark)]
        is_pressure = recording.unit == "N/cm2"
    finally:
        recording.close()
    ticks = np.concatenate([item.tick_us for item in (*beside, *blocks)])
    if ticks.min() < 0 or ticks.max() > LONGEST_US or (ticks % PERIOD_US).any():
        raise read.damaged("text", "its times are not hundredths of a second, at most an hour")
    axis = np.arange(0, int(ticks.max()) + 1, PERIOD_US)
    feet: dict[str, dict[str, Floats]] = {side.value: {} for side in Side}
    for block in blocks:
        if is_pressure:
            feet[block.device]["pressure"] = _spread(axis, block.tick_us, block.values)
    for item in beside:
        feet[item.device][NAMES.get(item.kind, item.kind)] = _spread(
            axis, item.tick_us, item.values
        )
    here = {side: _here(kinds, len(axis)) for side, kinds in feet.items()}
    rows = np.arange(len(axis))
    both = np.logical_and.reduce(list(here.values()))
    if config.get("trim") and both.any():
        first, last = np.flatnonzero(both)[[0, -1]]
        rows = rows[first : last + 1]
    if config.get("fill_method") == "drop":
        rows = rows[both[rows]]
    sources = {side: _source(rows, here[side], config) for side in feet}
    return {
        "time": (axis[rows] / 1e6).tolist(),
        "sides": {
            side: {kind: _plain(values[sources[side]]) for kind, values in kinds.items()}
            for side, kinds in feet.items()
        },
        "steps": _steps(marks, axis[rows]),
        "events": _events(marks, axis[rows]),
    }


def _spread(axis: Ints, tick_us: Ints, values: Any) -> Floats:
    """Rows on the common axis; NaN where this foot has none."""
    made = np.full((len(axis), values.shape[1]), np.nan)
    made[np.searchsorted(axis, tick_us)] = values
    return made


def _here(kinds: Mapping[str, Floats], count: int) -> Bools:
    """Rows in which a foot has everything."""
    here = np.ones(count, bool)
    for values in kinds.values():
        here &= ~np.isnan(values).any(axis=1)
    return here


def _source(rows: Ints, here: Bools, config: Mapping[str, Any]) -> Ints:
    """The row that each row shows: the one before, where a gap is filled."""
    if config.get("fill_method") != "duplicate":
        return rows
    newest = np.maximum.accumulate(np.where(here, np.arange(len(here)), 0))
    return newest[rows]


def _plain(values: Floats) -> list[Any]:
    plain = [[x if np.isfinite(x) else "NaN" for x in row] for row in values.tolist()]
    return [row[0] for row in plain] if values.shape[1] == 1 else plain


def _row(mark: Mark, ticks_us: Ints) -> int:
    return int(np.searchsorted(ticks_us, mark.arrival_ns // 1000))


def _steps(marks: list[Mark], ticks_us: Ints) -> list[list[Any]]:
    """Each foot's strikes with the toe off that follows, as rows."""
    found: list[list[Any]] = []
    for side in Side:
        strike: int | None = None
        for mark in marks:
            if mark.text == f"{side} heel strike":
                strike = _row(mark, ticks_us)
            elif mark.text == f"{side} toe off" and strike is not None:
                found.append([side.value, strike, _row(mark, ticks_us)])
                strike = None
    return found


def _events(marks: list[Mark], ticks_us: Ints) -> list[list[Any]]:
    """What people set: group, word, number, time and row."""
    found: list[list[Any]] = []
    for mark in marks:
        group, is_event, rest = mark.text.partition(": ")
        if is_event:
            word, _, value = rest.rpartition(" ")
            row = _row(mark, ticks_us)
            found.append([group, word, float(value), mark.arrival_ns / 1e9, row])
    return found


VECTORS: Vectors = MoticonVectors()
