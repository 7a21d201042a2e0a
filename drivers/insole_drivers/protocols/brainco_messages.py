"""Messages of BrainCo insoles: what stands under which field number, as plain dictionaries.

Names are those of the maker's JSON. As in proto3 a field that holds 0 or nothing is left out.
Fields that no table knows are skipped, and numbers of an enum without a name stay numbers.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

import numpy as np

from insole.model.arrays import Ints
from insole_drivers.protocols import brainco_wire as wire

Kind: TypeAlias = Literal[
    "int", "uint32", "uint64", "bool", "text", "float", "enum", "ints", "message"
]
Message: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """One field of a message."""

    name: str
    kind: Kind
    words: Mapping[int, str] = field(default_factory=dict[int, str])
    inside: Mapping[int, Entry] = field(default_factory=dict[int, "Entry"])


Table: TypeAlias = Mapping[int, Entry]


def _enum(name: str, *words: str, start: int = 1) -> Entry:
    return Entry(name, "enum", words=dict(enumerate(words, start)))


def _message(name: str, inside: Table) -> Entry:
    return Entry(name, "message", inside=inside)


def _row(kind: Kind, *names: str, start: int = 1) -> dict[int, Entry]:
    return {number: Entry(name, kind) for number, name in enumerate(names, start)}


_DEVICE: Final = _enum("deviceId", "DEVICE_HOST", "DEVICE_LEFT", "DEVICE_RIGHT")
_MODE: Final = _enum("mode", "RAW", "BOTH")
_PRESSURE_CONFIG: Final = {**_row("bool", "enabled"), **_row("uint32", "hz", start=2), 3: _MODE}
_ERRORS: Final = (
    "UNKNOWN",
    "INVALID_COMMAND",
    "PARAM_ERROR",
    "BUSY",
    "TIMEOUT",
    "NOT_SUPPORTED",
    "NOT_READY",
    "HARDWARE_ERROR",
)
_EVENTS: Final = (
    "MANUAL_POWER_OFF",
    "LOW_BATTERY_POWER_OFF",
    "TIMEOUT_POWER_OFF",
    "CHARGING_CONNECTED",
    "CHARGING_DISCONNECTED",
    "WEAR_ON",
    "WEAR_OFF",
    "CALIBRATION_SUCCESS",
    "CALIBRATION_FAILED",
)
AXES: Final = ("X", "Y", "Z")
IMU_CONFIG: Final = {
    **_row("bool", "accEnabled", "gyroEnabled"),
    **_row("uint32", "hz", start=3),
    4: _MODE,
    **_row("ints", "offsets", start=5),
}
CONFIG: Final[Table] = {
    1: _message("imu", IMU_CONFIG),
    2: _message("pressure", _PRESSURE_CONFIG),
    3: _message("shear", {**_PRESSURE_CONFIG, **_row("ints", "offsets", start=4)}),
}
DEVICE_INFO: Final[Table] = {
    1: _DEVICE,
    **_row("text", "serialNumber", start=2),
    **_row("uint32", "productId", start=3),
    **_row("text", "modelName", "fwVersion", "hwVersion", "gitCommit", "mac", start=4),
}
IMU: Final[Table] = {
    **_row(
        "int",
        *(f"{prefix}{axis}" for prefix in ("acc", "gyro", "rawAcc", "rawGyro") for axis in AXES),
    ),
    **_row("float", "accScale", "gyroScale", start=13),
}
SENSOR_DATA: Final[Table] = {
    1: _DEVICE,
    **_row("uint32", "timestampMs", "seqNum", start=2),
    10: _message("imuData", IMU),
    11: _message("pressureData", _row("ints", "pressure", "rawPressure")),
    12: _message("shearData", _row("ints", "shearForceX", "shearForceY", "rawShearX", "rawShearY")),
}
RESPONSE: Final[Table] = {
    **_row("uint32", "msgId"),
    2: _enum("errCode", *_ERRORS),
    10: _message("deviceInfo", DEVICE_INFO),
    11: _message("runtimeInfo", _row("uint64", "bootTime", "uptimeMs")),
    12: _message(
        "batteryData",
        {
            **_row("uint32", "batteryPct", "voltageMv"),
            3: _enum(
                "status",
                "BATTERY_STATUS_CHARGING",
                "BATTERY_STATUS_FULL",
                "BATTERY_STATUS_FAULT",
            ),
        },
    ),
    13: _message("sensorConfig", CONFIG),
    14: _message(
        "deviceStatus",
        {
            **_row("bool", "isWearing", "imuCalibrated", "pressureCalibrated", "shearCalibrated"),
            **_row("uint32", "hardwareErrorFlags", start=5),
        },
    ),
    15: _message(
        "factoryInfo",
        {
            **_row("text", "serialNumber"),
            2: _DEVICE,
            **_row("text", "modelName", "mac", start=3),
            **_row("text", "key", start=7),
        },
    ),
    30: _message("sensorData", SENSOR_DATA),
    31: _message(
        "deviceEvent",
        {
            **_row("uint32", "timestampMs"),
            2: _enum("type", *(f"EVENT_{word}" for word in _EVENTS)),
        },
    ),
    50: _message(
        "otaData", {**_row("uint32", "state", "offset"), **_row("uint32", "result", start=3)}
    ),
}
REQUEST: Final[Table] = {
    **_row("uint32", "msgId"),
    **_row("uint64", "hostMs", start=2),
    **_row("bool", "deviceInfo", "runtime", "battery", "sensorConfig", "status", start=10),
    30: _message("setConfig", CONFIG),
    31: _message("stream", _row("uint32", "command")),
}
START: Final = 1
STOP: Final = 2
MODES: Final = {"calibrated": 0, "raw": 1, "both": 2}
DEVICES: Final = {"DEVICE_HOST": wire.HOST, "DEVICE_LEFT": wire.LEFT, "DEVICE_RIGHT": wire.RIGHT}


def read(data: bytes, table: Table = RESPONSE) -> Message:
    """A message in names; arrays are (n,) int64.

    Raises:
        Malformed: it is no message, or a field has another type on the wire.
    """
    said: Message = {}
    for each in wire.fields(data):
        entry = table.get(each.key)
        if entry is None:
            continue
        value = _value(each, entry)
        if entry.kind == "message" and entry.name in said:
            said[entry.name].update(value)  # a message in two pieces is their union
        elif entry.kind == "ints":
            said.setdefault(entry.name, []).append(value)
        elif value or entry.kind == "message":
            said[entry.name] = value
        else:
            said.pop(entry.name, None)  # the last one holds
    return said


def numbers(message: Message, name: str) -> Ints | None:
    """(n,) of a repeated field, or None where it has no number."""
    pieces: list[Ints] = message.get(name, [])
    if not pieces:
        return None
    whole = pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
    return whole if len(whole) else None


def _value(found: wire.Field, entry: Entry) -> Any:
    wanted = {"text": wire.BYTES, "message": wire.BYTES, "float": wire.FIXED32}
    if entry.kind == "ints":
        if found.kind == wire.BYTES:
            return wire.packed(found.data)
        if found.kind == wire.VARINT:
            return wire.packed(wire.varint(found.number))
    if entry.kind == "ints" or found.kind != wanted.get(entry.kind, wire.VARINT):
        raise wire.Malformed(f"{entry.name} has wire type {found.kind}")
    match entry.kind:
        case "text":
            return found.data.decode("utf-8", "replace")
        case "message":
            return read(found.data, entry.inside)
        case "float":
            return struct.unpack("<f", found.number.to_bytes(4, "little"))[0]
        case "int":
            return wire.int32(found.number)
        case "uint32":
            return found.number & 0xFFFF_FFFF
        case "bool":
            return bool(found.number)
        case "enum":
            number = wire.int32(found.number)
            return entry.words.get(number, number)
        case _:
            return found.number
