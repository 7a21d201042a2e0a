"""Known packets of BrainCo insoles in the words of the maker's own parser."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from insole.model.foot import Side
from insole.model.protocol import Advert, Vectors
from insole.model.stream import Connected, Decoded, Packet
from insole_drivers.protocols import brainco_messages as messages
from insole_drivers.protocols import brainco_requests as requests
from insole_drivers.protocols import brainco_wire as wire
from insole_drivers.protocols import vector_fields as given
from insole_drivers.protocols.brainco import PROTOCOL
from insole_drivers.protocols.brainco_decoder import ACC_MG, GYRO_DPS

DEVICE: Final = "capture"
CODES: Final = {Side.LEFT: wire.LEFT, Side.RIGHT: wire.RIGHT}
SIMPLE: Final = {
    "device_info": requests.DEVICE_INFO,
    "battery": requests.BATTERY,
    "start_sensor_stream": requests.START,
    "stop_sensor_stream": requests.STOP,
}


class BraincoVectors:
    """`insole decode brainco FILE --check`."""

    def items(self, vector: Mapping[str, Any]) -> list[list[Decoded]]:
        """What our decoder says, packet by packet."""
        if _kind(vector) != "stream":
            return []
        decoder = PROTOCOL.decoder(DEVICE)
        decoder.feed(Connected(DEVICE, 0, PROTOCOL.name, DEVICE, "", 517))
        return [
            decoder.feed(Packet(DEVICE, wire.RX, arrival_ns, payload))
            for arrival_ns, payload in _packets(vector)
        ]

    def answer(self, vector: Mapping[str, Any]) -> dict[str, Any]:
        """The same in the words of the vector's `expected`."""
        match _kind(vector):
            case "stream":
                return _stream(vector)
            case "foot_side":
                return {"side": [_side(item) for item in given.items(vector, "packets_hex")]}
            case "requests":
                expected = given.fields(vector.get("expected"), "expected")
                return {"requests": [_request(item) for item in given.items(expected, "requests")]}
            case kind:
                raise given.damaged("config", f"kind '{str(kind)[:40]}' is not known")


def _stream(vector: Mapping[str, Any]) -> dict[str, Any]:
    config = given.fields(vector.get("config"), "config")
    stream = wire.FrameStream(is_strict=bool(config.get("strict_crc")))
    is_legacy = bool(config.get("legacy_pressure_fallback"))
    per_packet: list[dict[str, Any]] = []
    unreadable, lost, jumps = 0, 0, 0
    last: int | None = None
    for _, payload in _packets(vector):
        worded: list[dict[str, Any]] = []
        error: str | None = None
        for found in stream.push(payload):
            if isinstance(found, wire.Problem):
                continue
            try:
                said = messages.read(found.payload)
            except wire.Malformed:
                unreadable, error = unreadable + 1, "error"
                continue
            if _has_unknown(said, messages.RESPONSE):
                error = "unknown_enum"
                continue
            worded.append(_worded(said, is_legacy=is_legacy))
            if "sensorData" in said:
                number: int = said["sensorData"].get("seqNum", 0)
                if last is not None and number != last + 1 & 0xFFFF_FFFF:
                    jumps += 1
                    missing = number - last - 1 & 0xFFFF_FFFF
                    lost += missing if missing < 0x8000_0000 else 0
                last = number
        per_packet.append({"messages": worded, "error": error})
    return {
        "per_packet": per_packet,
        "stats": {
            "frames_received": stream.frames,
            "crc_errors": stream.crc_errors,
            "protobuf_errors": unreadable,
            "dropped_bytes": stream.dropped,
            "buffer_overflows": 0,
            "packets_lost": lost,
            "sequence_discontinuities": jumps,
            "last_seq": last,
            "buffered_bytes": stream.waiting,
        },
    }


def _has_unknown(said: messages.Message, table: messages.Table) -> bool:
    """A number of an enum has no name: the maker's parser loses the whole message then."""
    for entry in table.values():
        value = said.get(entry.name)
        if entry.kind == "enum" and isinstance(value, int):
            return True
        if entry.kind == "message" and value and _has_unknown(value, entry.inside):
            return True
    return False


def _worded(said: messages.Message, *, is_legacy: bool) -> dict[str, Any]:
    whole = _plain(said, messages.RESPONSE)
    data: dict[str, Any] = whole.get("sensorData", {})
    pressure: dict[str, Any] = data.get("pressureData", {})
    if is_legacy and "pressure" not in pressure and "rawPressure" in pressure:
        pressure["pressure"] = pressure["rawPressure"]
    imu: dict[str, Any] = data.get("imuData", {})
    for axis in messages.AXES if imu else ():
        acc = imu.get(f"acc{axis}") or imu.get(f"rawAcc{axis}", 0)
        imu[f"acc{axis}Mg"] = acc * (imu.get("accScale") or ACC_MG)
        imu[f"gyro{axis}Dps"] = imu.get(f"gyro{axis}", 0) * (imu.get("gyroScale") or GYRO_DPS)
    return whole


def _plain(said: messages.Message, table: messages.Table) -> dict[str, Any]:
    """A message as the maker's JSON has it: long numbers as text, arrays as lists."""
    plain: dict[str, Any] = {}
    for entry in table.values():
        value = said.get(entry.name)
        if value is None:
            continue
        if entry.kind == "message":
            plain[entry.name] = _plain(value, entry.inside)
        elif entry.kind == "ints":
            numbers = messages.numbers(said, entry.name)
            plain[entry.name] = [] if numbers is None else numbers.tolist()
        else:
            plain[entry.name] = str(value) if entry.kind == "uint64" else value
    return plain


def _request(item: Any) -> dict[str, Any]:
    """Our request with the arguments and the host's time of an example."""
    fields = given.fields(item, "requests")
    command, example = (
        str(fields.get("command")),
        given.payload(fields.get("tx_hex_example"), "requests"),
    )
    arguments = given.fields(fields.get("arguments"), "arguments")
    found = next(iter(wire.FrameStream().push(example)), None)
    if not isinstance(found, wire.Frame):
        raise given.damaged("requests", "an example is no frame")
    try:
        host_ms = messages.read(found.payload, messages.REQUEST).get("hostMs", 0)
    except wire.Malformed as why:
        raise given.damaged("requests", str(why)) from None
    body = SIMPLE.get(command)
    if body is None:
        body = requests.configured(
            int(arguments.get("sample_rate_hz", 50)),
            pressure=_mode(arguments.get("pressure_mode", "raw")),
            imu=_mode(arguments.get("imu_mode", "calibrated")),
            shear=bool(arguments.get("shear_enabled")),
        )
        body += requests.START  # the maker's program sends both in one message
    made = requests.frame(
        body,
        number=int(arguments.get("msg_id", 0)),
        host_ms=host_ms,
        destination=int(arguments.get("dest_id", wire.LEFT)),
    )
    return {"command": command, "arguments": arguments, "tx_hex_example": made.hex()}


def _side(item: Any) -> int | None:
    fields = given.fields(item, "packets_hex")
    _, _, company = str(fields.get("characteristic")).rpartition("_")
    if not company.isdecimal():
        return None
    blob = given.payload(fields.get("hex"), "packets_hex")
    match = PROTOCOL.match(Advert("", "", manufacturer={int(company): blob}))
    return None if match is None or match.side is None else CODES[match.side]


def _mode(word: Any) -> str:
    if word not in messages.MODES:
        raise given.damaged("arguments", f"mode '{str(word)[:40]}' is not known")
    return word


def _kind(vector: Mapping[str, Any]) -> Any:
    return given.fields(vector.get("config"), "config").get("kind")


def _packets(vector: Mapping[str, Any]) -> Iterator[tuple[int, bytes]]:
    """Arrival in ns and bytes."""
    for item in given.items(vector, "packets_hex"):
        fields = given.fields(item, "packets_hex")
        arrival_ms = fields.get("arrival_ms", 0)
        if not isinstance(arrival_ms, int | float) or not abs(arrival_ms) < 1e13:
            raise given.damaged("packets_hex", "`arrival_ms` is no usable number")
        yield round(arrival_ms * 1_000_000), given.payload(fields.get("hex"), "packets_hex")


VECTORS: Vectors = BraincoVectors()
