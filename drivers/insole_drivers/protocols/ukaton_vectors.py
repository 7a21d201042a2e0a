"""Known packets of Ukaton Mission insoles in the words of the maker's own Python program.

That program does not hold blocks to their length, steps over a motion type that it does not know
by one byte, reads zeros past the end of numbers of two bytes, and takes every step back of the
clock for a turn. `answer` walks a packet as it does, and has our decoder read each item by itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from insole.model.foot import Side
from insole.model.protocol import Vectors
from insole.model.stream import Connected, Decoded, Info, Packet, Readings, Samples
from insole_drivers.protocols import ukaton_axes as axes
from insole_drivers.protocols import ukaton_wire as wire
from insole_drivers.protocols import vector_fields as read
from insole_drivers.protocols.ukaton import PROTOCOL

DEVICE: Final = "capture"
TURN_MS: Final = 65_536
STEPPED_OVER: Final = 6  # the motion type that the maker's program knows by name only
EVENTS: Final = {
    "linear_acceleration": "linear_acceleration",
    "gyroscope": "rotation_rate",
    "centre_of_mass": "center_of_mass",
}
SCALES: Final = {wire.ONE_BYTE: 256, wire.TWO_BYTES: 4096}
PERIODS_MS: Final = wire.PERIODS.pack(*(0,) * 6, 20, 20, 0, 0, 0)


class UkatonVectors:
    """`insole decode ukaton FILE --check`."""

    def items(self, vector: Mapping[str, Any]) -> list[list[Decoded]]:
        """What our decoder says, packet by packet."""
        run = _Run(vector)
        return [run.fed(each, run.channel, each.payload) for each in _packets(vector)]

    def answer(self, vector: Mapping[str, Any]) -> dict[str, Any]:
        """The same in the words of the vector's `expected`."""
        if read.config(vector).get("kind") == "commands":
            expected = read.fields(vector.get("expected"), "expected")
            asked = [read.fields(each, "commands") for each in read.items(expected, "commands")]
            return {
                "commands": [_commanded(read.fields(each["command"], "command")) for each in asked]
            }
        run = _Run(vector)
        return {"per_packet": [run.packet(each) for each in _packets(vector)]}


class _Run:
    """One vector on its way through our decoder, worded as the maker words it."""

    def __init__(self, vector: Mapping[str, Any]) -> None:
        told = read.config(vector)
        self._is_network = told.get("kind") == "udp"
        self.channel = wire.UDP if self._is_network else wire.DATA
        self._kind = int(read.number(told.get("device_type", 0), "device_type"))
        self._battery: Any = None
        self._turns_ms = 0
        self._last_ms = 0
        self._decoder = PROTOCOL.decoder(DEVICE)
        self._decoder.feed(Connected(DEVICE, 0, PROTOCOL.name, DEVICE, "", 517))
        if not 0 <= self._kind < len(wire.TYPES):
            raise read.damaged("device_type", "it is not defined")
        self._decoder.feed(Packet(DEVICE, wire.TYPE, 0, bytes((self._kind,))))
        periods = bytes((wire.SET_PERIODS, len(PERIODS_MS))) + PERIODS_MS
        self._decoder.feed(Packet(DEVICE, wire.UDP, 0, periods))

    def fed(self, packet: read.Captured, channel: str, payload: bytes) -> list[Decoded]:
        """What our decoder says."""
        return self._decoder.feed(Packet(DEVICE, channel, packet.arrival_ns, payload))

    def packet(self, packet: read.Captured) -> dict[str, Any]:
        """What the maker's program says of one packet."""
        data = packet.payload
        if not self._is_network:
            return self._sensor_data(packet, data)
        answer: dict[str, Any] = {"events": [], "error": None}
        if data and data[0] == wire.SENSOR_DATA:
            answer = self._sensor_data(packet, data[1:])
        else:
            for item in self.fed(packet, wire.UDP, data):
                if isinstance(item, Info) and item.kind == "battery":
                    self._battery = item.value
                elif isinstance(item, Info) and item.kind == "type":
                    self._kind = wire.TYPES.index(str(item.value))
        return answer | {"battery_level": self._battery, "device_type": self._kind}

    def _sensor_data(self, packet: read.Captured, data: bytes) -> dict[str, Any]:
        answer: dict[str, Any] = {"events": [], "error": None}
        if len(data) < wire.HEAD.size:
            return answer
        for item in _walked(data):
            if isinstance(item, str):
                return answer | {"error": item}
            sensor, kind, value = item
            block = wire.BLOCK.pack(sensor, 1 + len(value)) + bytes((kind,)) + value
            whole = data[: wire.HEAD.size] + block
            for said in self.fed(packet, wire.DATA, whole):
                if isinstance(said, Samples | Readings):
                    at_ms = self._turned(int(said.tick_us[0]) // 1000 % TURN_MS)
                    answer["events"] += self._worded(said, kind, at_ms)
        return answer

    def _turned(self, told_ms: int) -> int:
        """The maker's time: every step back is a turn."""
        if told_ms < self._last_ms:
            self._turns_ms += TURN_MS
        self._last_ms = told_ms
        return self._turns_ms + told_ms

    def _worded(self, said: Samples | Readings, kind: int, at_ms: int) -> Iterator[dict[str, Any]]:
        if isinstance(said, Samples):
            for name, value in _pressure(said, kind, self._kind):
                yield _event("pressure", name, at_ms, value)
            return
        row = [float(x) for x in said.values[0] * said.scale]
        name = EVENTS.get(said.kind, said.kind)
        match said.kind:
            case "quaternion":
                w, x, y, z = axes.orientation((row[0], row[1], row[2], row[3]), self._kind)
                yield _event("motion", name, at_ms, {"w": w, "x": x, "y": y, "z": z})
                yield _event("motion", "euler", at_ms, _euler(w, x, y, z))
            case "centre_of_mass":
                yield _event("pressure", name, at_ms, row)
                yield _event("pressure", "heel_to_toe", at_ms, row[1])
            case "mass" | "heel_to_toe":
                yield _event("pressure", name, at_ms, row[0])
            case "gyroscope":
                map_ = axes.ROTATION["python"][self._kind]
                yield _event("motion", name, at_ms, axes.turned(row, map_))
            case _:
                yield _event("motion", name, at_ms, axes.turned(row, axes.VECTOR[self._kind]))


def _walked(data: bytes) -> Iterator[tuple[int, int, bytes] | str]:
    """Items (sensor, type, payload) as the maker's program finds them, or its error at last."""
    at = wire.HEAD.size
    while at + wire.BLOCK.size <= len(data):
        sensor, size = wire.BLOCK.unpack_from(data, at)
        at += wire.BLOCK.size
        end = min(at + size, len(data))
        if sensor not in wire.SIZES:
            yield "unknown_type"
            return
        sizes = wire.SIZES[sensor]
        while at < end:
            kind = data[at]
            at += 1
            if sensor == wire.MOTION and kind == STEPPED_OVER:
                continue
            if kind >= len(sizes):
                yield "unknown_type"
                return
            value = data[at : at + sizes[kind]]
            at += sizes[kind]
            if sensor == wire.MOTION or kind == wire.TWO_BYTES:
                value = value.ljust(sizes[kind], b"\0")
            elif len(value) < sizes[kind]:
                yield "truncated"
                return
            yield sensor, kind, value


def _pressure(said: Samples, form: int, kind: int) -> Iterator[tuple[str, Any]]:
    raw = said.values[0].astype(np.float64)
    total = float(raw.sum())
    side = wire.SIDES.get(kind, Side.LEFT)
    width, length = wire.BOX_MM
    lefts = [x / width for x, _ in wire.PLACES_MM]
    xs = lefts if side is Side.LEFT else [1 - x for x in lefts]
    ys = [y / length for _, y in wire.PLACES_MM]
    weights = [value / total if total else 0.0 for value in raw.tolist()]
    mass = total / SCALES[form] / wire.SENSORS
    centre = [math.fsum(map(_times, weights, xs)), 1 - math.fsum(map(_times, weights, ys))]
    values = [
        {"x": x, "y": y, "raw": value, "normalized": value / SCALES[form], "weighted": weight}
        for x, y, value, weight in zip(xs, ys, raw.tolist(), weights, strict=True)
    ]
    yield "pressure", {"values": values, "sum": total, "mass": mass, "center_of_mass": centre}
    yield "center_of_mass", centre
    yield "mass", mass
    yield "heel_to_toe", centre[1]


def _times(a: float, b: float) -> float:
    return a * b


def _event(sensor: str, name: str, at_ms: int, value: Any) -> dict[str, Any]:
    return {"sensor": sensor, "event": name, "timestamp": at_ms, "value": value}


def _euler(w: float, x: float, y: float, z: float) -> list[float]:
    """Angles about z, y, z, as the maker's library has them: not heading, pitch and roll."""
    norm = w * w + x * x + y * y + z * z
    first, second = math.atan2(z, w), math.atan2(-x, y)
    tilt = 2 * math.acos(math.sqrt(min((w * w + z * z) / norm, 1.0)))
    return [first + second, tilt, first - second]


def _packets(vector: Mapping[str, Any]) -> list[read.Captured]:
    if read.config(vector).get("kind") == "commands":
        return []
    return list(read.captured(vector))


def _commanded(command: Mapping[str, Any]) -> dict[str, Any]:
    if "set_configuration" in command:
        asked = read.fields(command["set_configuration"], "set_configuration")
        periods = {
            _whole(sensor): {
                _whole(kind): _whole(period) for kind, period in read.fields(types, sensor).items()
            }
            for sensor, types in asked.items()
        }
        sent = wire.configuration(periods)
    elif "vibrate_waveform" in command:
        sent = wire.waveform([_whole(each) for each in read.items(command, "vibrate_waveform")])
    else:
        flat = [_whole(each) for each in read.items(command, "vibrate_sequence")]
        sent = wire.buzz(list(zip(flat[::2], flat[1::2], strict=False)))
    return {"command": command, "tx_hex": [sent.hex()]}


def _whole(value: Any) -> int:
    try:
        whole = int(value)
    except (TypeError, ValueError):
        raise read.damaged("command", "a number is none") from None
    if not 0 <= whole <= 0xFFFF:
        raise read.damaged("command", "a number is not from 0 to 65535")
    return whole


VECTORS: Vectors = UkatonVectors()
