"""The capability document of the Open Insole Stream (docs/protocol-open.md, section 6)."""

from __future__ import annotations

import math
import struct
from typing import Final

import numpy as np

from insole.errors import LayoutError
from insole.model.arrays import Floats
from insole.model.foot import REGIONS, LayoutKind, Quantity, SensorLayout, Side
from insole.model.stream import Capability
from insole.signal import geometry
from insole_drivers.protocols.ble_sig import text as printable
from insole_drivers.protocols.open_wire import CRC_BYTES, crc16, is_intact

VERSION: Final = 1
HAS_MASS: Final = 1
HAS_SATURATED: Final = 2
HAS_LABELS: Final = 4
FIXED = struct.Struct("<BBBBBBIffHHHHB")
REST = struct.Struct("<IffHHHHB")  # FIXED from its seventh field on
SENSOR = struct.Struct("<HHH")
POINT = struct.Struct("<HH")

SIDES: Final[tuple[Side | None, ...]] = (None, Side.LEFT, Side.RIGHT)
QUANTITIES: Final[tuple[Quantity, ...]] = ("kPa", "N", "counts")
KINDS: Final[tuple[LayoutKind, ...]] = ("grid", "discrete", "force")
UNIT: Final = 65535  # a position of 1.0
TEXT_BYTES: Final = 64  # longest serial, firmware or layout name
RECTANGLE = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])


class BadCapability(ValueError):
    """The document does not say what the specification asks for. Never leaves the decoder."""


def encode(capability: Capability) -> bytes:
    """The document that a device with this capability sends.

    Positions are rounded to 1/65535 of the insole, areas to 0.01 cm2, lengths to 0.1 mm, mass to
    0.1 kg; `as_told` gives what a client then knows.

    Raises:
        ValueError: outside of what the protocol can say: a programmer's error.
    """
    layout = capability.layout
    if not 1 <= layout.sensors <= 255 or len(layout.outline) > 255:
        raise ValueError("1 to 255 sensors and at most 255 outline points can be told")
    if not (_is_inside(layout.xy) and _is_inside(layout.outline)):
        raise ValueError("positions are fractions of the insole, 0 to 1")
    mass, saturated, labels = capability.mass_kg, capability.saturated, layout.labels
    flags = (
        HAS_MASS * (mass is not None)
        | HAS_SATURATED * (saturated is not None)
        | HAS_LABELS * (labels is not None)
    )
    parts = [
        FIXED.pack(
            VERSION,
            flags,
            SIDES.index(capability.side),
            QUANTITIES.index(capability.quantity),
            KINDS.index(layout.kind),
            layout.sensors,
            round(capability.rate_hz * 1000),
            capability.scale,
            capability.offset,
            saturated or 0,
            round((mass or 0.0) * 10),
            round(layout.length_mm * 10),
            round(layout.width_mm * 10),
            len(layout.outline),
        )
    ]
    for text in (capability.serial, capability.firmware, layout.name):
        raw = text.encode()[:TEXT_BYTES]
        parts.append(bytes([len(raw)]) + raw)
    places = np.rint(layout.xy * UNIT)
    areas = np.rint(layout.area_cm2 * 100)
    parts.append(np.column_stack((places, areas)).astype("<u2").tobytes())
    if labels is not None:
        parts.append(bytes(REGIONS.index(label) for label in labels))
    parts.append(np.rint(layout.outline * UNIT).astype("<u2").tobytes())
    document = b"".join(parts)
    return document + crc16(document).to_bytes(CRC_BYTES, "little")


def _is_inside(xy: Floats) -> bool:
    return bool(np.all((xy >= 0) & (xy <= 1)))


class _Reader:
    """Takes a document apart from its front."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, size: int) -> bytes:
        piece = self.data[self.at : self.at + size]
        if len(piece) < size:
            raise BadCapability(f"the document ends at byte {len(self.data)}")
        self.at += size
        return piece

    def text(self) -> str:
        raw = self.take(self.take(1)[0])
        return printable(raw)

    def pairs(self, count: int) -> Floats:
        raw = np.frombuffer(self.take(count * POINT.size), "<u2")
        return raw.reshape(count, 2).astype(np.float64) / UNIT


def decode(document: bytes, *, device: str, protocol: str) -> Capability:
    """What the document says.

    Raises:
        BadCapability: it breaks the specification; the text says where.
    """
    if len(document) <= CRC_BYTES or not is_intact(document):
        raise BadCapability("its checksum is wrong")
    reader = _Reader(document[:-CRC_BYTES])
    fixed = reader.take(FIXED.size)
    version, flags, side, quantity, kind, sensors = fixed[:6]
    rate_mhz, scale, offset, saturated, mass, length, width, points = REST.unpack_from(fixed, 6)
    if version != VERSION:
        raise BadCapability(f"version {version} is not known, only {VERSION}")
    if side >= len(SIDES) or quantity >= len(QUANTITIES) or kind >= len(KINDS):
        raise BadCapability(f"side {side}, quantity {quantity} or kind {kind} is not defined")
    if not sensors or not rate_mhz or not length or not width:
        raise BadCapability("sensors, rate, length and width must be above 0")
    if not (math.isfinite(scale) and math.isfinite(offset) and scale > 0):
        raise BadCapability(f"scale {scale} or offset {offset} is not usable")
    if flags & HAS_MASS and not 20 <= mass / 10 <= 300:
        raise BadCapability(f"a runner of {mass / 10} kg is outside 20 to 300 kg")
    serial, firmware, name = reader.text(), reader.text(), reader.text()
    table = np.frombuffer(reader.take(sensors * SENSOR.size), "<u2").reshape(sensors, 3)
    labels = reader.take(sensors) if flags & HAS_LABELS else None
    outline = reader.pairs(points) if points else RECTANGLE.copy()
    if reader.at != len(reader.data):
        raise BadCapability(f"{len(reader.data) - reader.at} bytes follow its end")
    if 0 < points < 3:
        raise BadCapability(f"an outline of {points} points encloses nothing")
    if KINDS[kind] != "force" and not table[:, 2].all():
        raise BadCapability("a sensor has no area")
    layout = SensorLayout(
        name=name or f"{sensors} sensors",
        kind=KINDS[kind],
        xy=table[:, :2] / UNIT,
        length_mm=length / 10,
        width_mm=width / 10,
        outline=outline,
        area_cm2=table[:, 2] / 100,
        labels=_labels(labels),
        full_scale=saturated * scale + offset if flags & HAS_SATURATED else None,
    )
    _check_geometry(layout)
    return Capability(
        device=device,
        protocol=protocol,
        serial=serial,
        firmware=firmware,
        side=SIDES[side],
        layout=layout,
        quantity=QUANTITIES[quantity],
        scale=scale,
        offset=offset,
        saturated=saturated if flags & HAS_SATURATED else None,
        rate_hz=rate_mhz / 1000,
        mass_kg=mass / 10 if flags & HAS_MASS else None,
    )


def _check_geometry(layout: SensorLayout) -> None:
    size = np.array([layout.width_mm, layout.length_mm])
    try:
        geometry.check_sensors(layout.xy * size, layout.outline * size)
    except LayoutError as error:
        raise BadCapability(f"{error.what} ({error.where}), {error.why}") from None


def _labels(codes: bytes | None) -> tuple[str, ...] | None:
    if codes is None:
        return None
    if any(code >= len(REGIONS) for code in codes):
        raise BadCapability("a region code is not defined")
    return tuple(REGIONS[code] for code in codes)


def as_told(capability: Capability) -> Capability:
    """The capability as a client knows it after the protocol's rounding."""
    return decode(encode(capability), device=capability.device, protocol=capability.protocol)
