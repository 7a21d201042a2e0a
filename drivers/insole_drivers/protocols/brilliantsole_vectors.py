"""Known packets of Brilliant Sole insoles in the words of the maker's own program.

The maker gives up at the first thing that it does not know; so does `answer`, which feeds our
decoder message by message for it. `items` feeds whole packets, as a link does.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Final

from insole.model.protocol import Vectors
from insole.model.stream import (
    Connected,
    Decoded,
    Info,
    Notice,
    Packet,
    Readings,
    Samples,
    Write,
)
from insole_drivers.protocols import ble_sig
from insole_drivers.protocols import brilliantsole_wire as wire
from insole_drivers.protocols import vector_fields as read
from insole_drivers.protocols.brilliantsole import PROTOCOL
from insole_drivers.protocols.brilliantsole_pressure import MakersPressure, euler
from insole_drivers.protocols.brilliantsole_sensors import ACTIVITIES, FACES

DEVICE: Final = "capture"
CHANNELS: Final = {
    "rx": wire.RX,
    "udp": wire.UDP,
    "batteryLevel": ble_sig.BATTERY,
    "manufacturerName": ble_sig.MANUFACTURER,
    "modelNumber": ble_sig.MODEL,
    "hardwareRevision": ble_sig.HARDWARE,
    "firmwareRevision": ble_sig.FIRMWARE,
    "softwareRevision": ble_sig.SOFTWARE,
    "serialNumber": ble_sig.SERIAL,
    "pnpId": ble_sig.PNP,
}
DEVICE_INFORMATION: Final = (
    "manufacturerName",
    "modelNumber",
    "hardwareRevision",
    "firmwareRevision",
    "softwareRevision",
    "pnpId",
)
MESSAGES: Final[Mapping[int, str]] = {
    0: "isCharging",
    1: "getBatteryCurrent",
    2: "getMtu",
    3: "getId",
    4: "getName",
    5: "setName",
    6: "getType",
    7: "setType",
    8: "getCurrentTime",
    9: "setCurrentTime",
    10: "getSensorConfiguration",
    11: "setSensorConfiguration",
    12: "getPressurePositions",
    13: "getSensorScalars",
    14: "sensorData",
    15: "getVibrationLocations",
    16: "triggerVibration",
    46: "isWifiAvailable",
    47: "getWifiSSID",
    53: "isWifiConnected",
    54: "ipAddress",
    55: "isWifiSecure",
}
FACTS: Final[Mapping[str, tuple[str, str]]] = {
    "charging": ("isCharging", "isCharging"),
    "battery_current_ma": ("getBatteryCurrent", "batteryCurrent"),
    "mtu": ("getMtu", "mtu"),
    "id": ("getId", "id"),
    "name": ("getName", "name"),
    "type": ("getType", "type"),
    "vibrates_at": ("getVibrationLocations", "vibrationLocations"),
    "wifi_available": ("isWifiAvailable", "isWifiAvailable"),
    "wifi_name": ("getWifiSSID", "wifiSSID"),
    "wifi_connected": ("isWifiConnected", "isWifiConnected"),
    "ip_address": ("ipAddress", "ipAddress"),
    "wifi_secure": ("isWifiSecure", "isWifiSecure"),
}
TRUTHS: Final = ("charging", "wifi_available", "wifi_connected", "wifi_secure")
MOST_MTU: Final = 512  # the maker's, over Bluetooth
SENSORS: Final[Mapping[str, str]] = {
    "linear_acceleration": "linearAcceleration",
    "game_rotation": "gameRotation",
    "step_counter": "stepCounter",
    "step": "stepDetector",
    "device_orientation": "deviceOrientation",
    "tap": "tapDetector",
}
PNP_SOURCES: Final = {"bluetooth": "Bluetooth", "usb": "USB"}
EFFECTS: Final = {"doubleClick100": 10, "strongBuzz100": 14}  # of the driver's library
PLACES: Final = {"front": 1, "rear": 2, "left": 4, "right": 8}


class BrilliantSoleVectors:
    """`insole decode brilliantsole FILE --check`."""

    def items(self, vector: Mapping[str, Any]) -> list[list[Decoded]]:
        """What our decoder says, packet by packet."""
        decoder = _Run(vector).decoder
        return [
            decoder.feed(Packet(DEVICE, _channel(each.channel), each.arrival_ns, each.payload))
            for each in read.captured(vector)
        ]

    def answer(self, vector: Mapping[str, Any]) -> dict[str, Any]:
        """The same in the words of the vector's `expected`."""
        run = _Run(vector)
        return {
            "per_packet": [run.packet(each) for each in read.captured(vector)],
            "handshake_tx_hex": [payload.hex() for payload in wire.handshake()],
            "tx_hex": _commanded(read.config(vector)),
        }


class _Run:
    """One vector on its way through our decoder, worded as the maker words it."""

    def __init__(self, vector: Mapping[str, Any]) -> None:
        told = read.config(vector)
        self._is_network = told.get("transport") == "udp"
        self._pressure = MakersPressure()
        self._information: dict[str, Any] = {}
        self.decoder = PROTOCOL.decoder(DEVICE)
        address = f"{wire.UDP}:{DEVICE}" if self._is_network else DEVICE
        self.decoder.feed(Connected(DEVICE, 0, PROTOCOL.name, address, "", 517))
        first = next(iter(read.captured(vector)), None)
        channel = "udp" if self._is_network else "rx"
        for payload in read.setup(vector):
            self.packet(read.Captured(channel, first.arrival_ns if first else 0, payload))

    def packet(self, packet: read.Captured) -> dict[str, Any]:
        """What the maker's program says of one packet."""
        channel = _channel(packet.channel)
        if channel == wire.RX:
            return self._messages(packet, wire.messages(packet.payload))
        if channel != wire.UDP:
            said = self._fed(channel, packet.arrival_ns, packet.payload)
            return self._standard(packet.channel, packet.payload, said)
        answer: dict[str, Any] = {"frames": [], "events": [], "error": None, "sent_hex": []}
        outer, _ = wire.messages(packet.payload)
        for kind, payload in outer:
            if kind == wire.MESSAGE:
                more = self._messages(packet, wire.messages(payload))
            else:
                datagram = wire.message(kind, payload)
                said = self._fed(wire.UDP, packet.arrival_ns, datagram)
                more = {"sent_hex": _sent(said), "error": _error(said)}
                if kind == wire.BATTERY_LEVEL:
                    more |= self._standard("batteryLevel", payload, said)
            for key in ("frames", "events", "sent_hex"):
                answer[key] += more.get(key, [])
            answer["error"] = answer["error"] or more["error"]
        return answer

    def _messages(
        self, packet: read.Captured, found: tuple[list[tuple[int, bytes]], int]
    ) -> dict[str, Any]:
        answer: dict[str, Any] = {"frames": [], "events": [], "error": None, "sent_hex": []}
        for kind, payload in found[0]:
            whole = wire.message(kind, payload)
            data = wire.message(wire.MESSAGE, whole) if self._is_network else whole
            channel = wire.UDP if self._is_network else wire.RX
            said = self._fed(channel, packet.arrival_ns, data)
            answer["sent_hex"] += _sent(said)
            if kind == wire.POSITIONS:
                self._pressure = MakersPressure(payload, self._pressure.scalar)
            elif kind == wire.SCALARS:
                for at in range(0, len(payload) - 4, 5):
                    sensor, value = wire.SCALAR.unpack_from(payload, at)
                    self._pressure.scalar = value if sensor == 0 else self._pressure.scalar
            answer["error"] = None if kind in (wire.TYPE, wire.SET_TYPE) else _error(said)
            if answer["error"]:
                return answer
            name = MESSAGES.get(kind, str(kind))
            answer["frames"].append({"type": name, "id": kind, "payload_hex": payload.hex()})
            answer["events"] += self._events(said)
        if found[1]:
            answer["error"] = "truncated"
        return answer

    def _fed(self, channel: str, arrival_ns: int, payload: bytes) -> list[Decoded]:
        return self.decoder.feed(Packet(DEVICE, channel, arrival_ns, payload))

    def _standard(self, name: str, payload: bytes, said: list[Decoded]) -> dict[str, Any]:
        """A characteristic that every Bluetooth device may have."""
        values = [item.value for item in said if isinstance(item, Info)]
        events: list[dict[str, Any]] = []
        if values:
            value = _pnp(payload) if name == "pnpId" else values[0]
            events.append({"event": name, name: value})
            if name in DEVICE_INFORMATION:
                self._information[name] = value
                if len(self._information) == len(DEVICE_INFORMATION):
                    whole = dict(self._information)
                    events.append({"event": "deviceInformation", "deviceInformation": whole})
        frame = {"type": name, "id": None, "payload_hex": payload.hex()}
        return {"frames": [frame], "events": events, "error": _error(said)}

    def _events(self, said: list[Decoded]) -> list[dict[str, Any]]:
        facts = [item for item in said if isinstance(item, Info)]
        periods = {
            item.kind.removeprefix("period_").removesuffix("_ms"): item.value
            for item in facts
            if item.kind.startswith("period_")
        }
        events = [_fact(item) for item in facts if item.kind in FACTS]
        if periods:
            kind = "getSensorConfiguration"
            events.append({"event": kind, "sensorConfiguration": periods})
        measured = [item for item in said if isinstance(item, Samples | Readings)]
        for item in measured:
            is_last = item is measured[-1]
            if isinstance(item, Samples):
                name, more = "pressure", {"pressure": self._pressure.worded(item.values[0])}
            else:
                name, more = _measured(item)
            events.append(
                {
                    "event": name,
                    "sensorType": name,
                    "timestamp": int(item.tick_us[0]) // 1000,
                    "isLast": is_last,
                    **more,
                }
            )
        return events


def _fact(item: Info) -> dict[str, Any]:
    event, key = FACTS[item.kind]
    value: Any = item.value
    if item.kind in TRUTHS:
        value = bool(value)
    elif item.kind == "vibrates_at":
        value = str(value).split()
    elif item.kind == "mtu":
        value = min(int(value), MOST_MTU)
    return {"event": event, key: value}


def _measured(item: Readings) -> tuple[str, dict[str, Any]]:
    name = SENSORS.get(item.kind, item.kind)
    row = [float(x) for x in item.values[0] * item.scale] if len(item.values) else []
    match item.kind:
        case "activity":
            return name, {name: dict(zip(ACTIVITIES, (bool(x) for x in row), strict=True))}
        case "step_counter":
            return name, {name: int(row[0])}
        case "step" | "tap":
            return name, {name: {}}
        case "device_orientation":
            return name, {name: FACES[int(row[0])]}
        case "orientation":
            angles: dict[str, Any] = dict(zip(item.channels, row, strict=True))
            return name, {name: angles | {"absolute": True}}
        case "game_rotation" | "rotation":
            turned: dict[str, Any] = euler(row) | {"absolute": item.kind == "rotation"}
            return name, {
                name: dict(zip(item.channels, row, strict=True)),
                f"{name}Euler": turned,
            }
        case _:
            return name, {name: dict(zip(item.channels, row, strict=False))}


def _sent(said: Iterable[Decoded]) -> list[str]:
    return [item.payload.hex() for item in said if isinstance(item, Write)]


def _error(said: Iterable[Decoded]) -> str | None:
    kind = next((item.kind for item in said if isinstance(item, Notice)), None)
    return kind if kind in (None, "unknown_type", "truncated") else "error"


def _pnp(payload: bytes) -> dict[str, Any] | None:
    made = ble_sig.pnp(payload)
    if made is None:
        return None
    return {
        "source": PNP_SOURCES.get(str(made.source), "unknown"),
        "vendorId": made.vendor,
        "productId": made.product,
        "productVersion": made.version,
    }


def _channel(word: str) -> str:
    return CHANNELS.get(word, word.lower())


def _commanded(config: Mapping[str, Any]) -> list[str]:
    """What a client writes on these commands; the device answers with what it was sent."""
    told: dict[int, int] = {}
    sent: list[bytes] = []
    for item in read.items(config, "commands") if "commands" in config else ():
        command = read.fields(item, "commands")
        if "vibrate" in command:
            sent.append(_vibration(read.fields(command["vibrate"], "vibrate")))
        else:
            asked = command.get("set_sensor_configuration")
            wanted = dict.fromkeys(told, 0) if asked == "all zero" else _periods(asked)
            told = wire.changed(told, wanted)
            sent.append(wire.configuration(told))
    return [payload.hex() for payload in sent]


def _periods(value: Any) -> dict[int, int]:
    asked = read.fields(value, "set_sensor_configuration")
    if not asked.keys() <= set(wire.SENSORS):
        raise read.damaged("set_sensor_configuration", "a sensor is not known")
    return {
        wire.SENSORS.index(name): int(read.number(period, name)) & 0xFFFF
        for name, period in asked.items()
    }


def _vibration(asked: Mapping[str, Any]) -> bytes:
    places = sum(PLACES.get(str(place), 0) for place in read.items(asked, "locations"))
    parts = [read.fields(each, "segments") for each in read.items(asked, "segments")]
    if asked.get("type") == "waveform":
        shape = [
            (read.number(part.get("amplitude"), "amplitude"), _whole(part.get("duration")))
            for part in parts
        ]
        return wire.message(wire.VIBRATE, wire.waveform(places, shape))
    steps = [
        (0x80 | _whole(part["delay"]) // 10 if "delay" in part else _effect(part), _loops(part))
        for part in parts
    ]
    loops = _whole(asked.get("loopCount", 0))
    return wire.message(wire.VIBRATE, wire.effects(places, steps, loops=loops))


def _effect(part: Mapping[str, Any]) -> int:
    number = EFFECTS.get(str(part.get("effect")))
    if number is None:
        raise read.damaged("segments", "an effect is not known")
    return number


def _loops(part: Mapping[str, Any]) -> int:
    return _whole(part.get("loopCount", 0))


def _whole(value: Any) -> int:
    return math.floor(read.number(value, "segments"))


VECTORS: Vectors = BrilliantSoleVectors()
