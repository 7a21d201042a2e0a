"""What Brilliant Sole insoles measure beside pressure: one sensor's payload to numbers."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from insole.model.arrays import Floats, Raw
from insole.model.stream import NoticeKind
from insole_drivers.protocols import brilliantsole_wire as wire

XYZ: Final = ("x", "y", "z")
XYZW: Final = ("x", "y", "z", "w")
VECTORS: Final[Mapping[int, tuple[str, str, tuple[str, ...]]]] = {
    1: ("acceleration", "g", XYZ),
    2: ("gravity", "g", XYZ),
    3: ("linear_acceleration", "g", XYZ),
    4: ("gyroscope", "deg/s", XYZ),
    5: ("magnetometer", "uT", XYZ),
    6: ("game_rotation", "", XYZW),
    7: ("rotation", "", XYZW),
}
ACTIVITIES: Final = ("still", "walking", "running", "bicycle", "vehicle", "tilting")
FACES: Final = (
    "portraitUpright",
    "landscapeLeft",
    "portraitUpsideDown",
    "landscapeRight",
    "unknown",
)


class Unread(ValueError):
    """One sensor's bytes that break the protocol. Never leaves the decoder."""

    def __init__(self, kind: NoticeKind, text: str) -> None:
        super().__init__(text)
        self.kind: NoticeKind = kind


@dataclass(frozen=True, slots=True)
class Rows:
    """Numbers of one sensor: (n, c) values, each times `scale` in `unit`."""

    kind: str
    unit: str
    channels: tuple[str, ...]
    values: Raw | Floats
    scale: float = 1.0


def readings(sensor: int, data: bytes, *, scalar: float, count: int | None) -> Rows | None:
    """The numbers in the payload of one sensor; None where there are none for us.

    Args:
        sensor: its id; not pressure.
        data: payload; bytes beyond what it needs are ignored.
        scalar: that the device told for it, 1 where it told none.
        count: buttons or touches that it has, None when not told.

    Raises:
        Unread: too short, of an unknown sensor, or with a value that is not defined.
    """
    if sensor in VECTORS:
        kind, unit, channels = VECTORS[sensor]
        raw = np.frombuffer(_first(data, 2 * len(channels)), "<i2").astype(np.int16)
        return Rows(kind, unit, channels, raw.reshape(1, -1), scalar)
    if sensor == wire.ORIENTATION:
        heading, pitch, roll = (scalar * x for x in struct.unpack("<3h", _first(data, 6)))
        angles = [[-heading if -heading >= -180 else 360 - heading, -pitch, roll]]
        return Rows("orientation", "deg", ("heading", "pitch", "roll"), np.array(angles))
    if sensor == wire.ACTIVITY:
        bits = _first(data, 1)[0]
        return _row("activity", ACTIVITIES, [bits >> bit & 1 for bit in range(len(ACTIVITIES))])
    if sensor == wire.STEP_COUNTER:
        return _row("step_counter", ("steps",), struct.unpack("<I", _first(data, 4)))
    if sensor in (wire.STEP, wire.TAP):
        return _row("step" if sensor == wire.STEP else "tap", ("count",), (1,))
    if sensor == wire.DEVICE_ORIENTATION:
        face = _first(data, 1)[0]
        if face >= len(FACES):
            raise Unread("bad_value", f"a device orientation of {face} is not defined")
        return _row("device_orientation", ("code",), (face,))
    if sensor == wire.BAROMETER:
        raw = np.array([struct.unpack("<I", _first(data, 4))], np.uint32)
        return Rows("barometer", "Pa", ("pressure",), raw, scalar)
    if sensor == wire.LIGHT:
        value = np.frombuffer(_first(data, 4), "<f4").astype(np.float64)
        if not np.isfinite(value).all():
            raise Unread("bad_value", "the light is no number")
        return Rows("light", "", ("light",), value.reshape(1, 1), scalar)
    if sensor in (wire.BUTTONS, wire.TOUCHES):
        return _pressed("buttons" if sensor == wire.BUTTONS else "touches", data, count)
    if sensor < len(wire.SENSORS):
        return None  # camera and microphone
    raise Unread("unknown_type", f"sensor {sensor} is not defined")


def _pressed(kind: str, data: bytes, count: int | None) -> Rows:
    pairs = np.frombuffer(data[: len(data) & ~1], np.uint8).reshape(-1, 2)
    if count is not None and (pairs[:, 0] >= count).any():
        raise Unread("bad_value", f"one of the {kind} is none of {count}")
    return Rows(kind, "", ("index", "value"), pairs.copy())


def _row(kind: str, channels: tuple[str, ...], values: Any) -> Rows:
    return Rows(kind, "", channels, np.array([values], np.uint32))


def _first(data: bytes, size: int) -> bytes:
    if len(data) < size:
        raise Unread("truncated", f"{len(data)} of {size} bytes")
    return data[:size]
