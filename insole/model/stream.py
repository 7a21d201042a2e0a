"""What flows: events from a source, samples, frames, load. Arrays are (n,), (n, S) or (n, R)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from insole.model.arrays import Flags, Floats, Ints, Raw
from insole.model.foot import Quantity, SensorLayout, Side

# --- events from a source, in order of arrival; each goes to the journal verbatim, first ---


@dataclass(frozen=True, slots=True)
class Connected:
    """A link stands. Decoders start a new epoch.

    Attributes:
        description: of a described protocol, its text: what is recorded stays readable where
            nobody has that file.
    """

    device: str
    arrival_ns: int
    protocol: str
    address: str
    name: str
    mtu: int
    side_hint: Side | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class Packet:
    """Bytes of one notification or one read, as they came.

    Attributes:
        device: stable key of the insole inside one session, e.g. its serial or address.
        channel: 128-bit UUID of the characteristic, lower case.
        arrival_ns: host monotonic time, stamped in the callback.
        payload: verbatim bytes.
    """

    device: str
    channel: str
    arrival_ns: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The link is gone."""

    device: str
    arrival_ns: int
    reason: str


LinkPhase: TypeAlias = Literal[
    "searching",
    "connecting",
    "streaming",
    "stalled",
    "reconnecting",
    "lost",
    "refused",
    "closing",
    "closed",
]


@dataclass(frozen=True, slots=True)
class LinkState:
    """What a link is doing, in words that a user can read."""

    device: str
    arrival_ns: int
    phase: LinkPhase
    text: str
    side: Side | None = None
    rssi_dbm: int | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """A marker set by a user or another program."""

    arrival_ns: int
    text: str


Event: TypeAlias = Connected | Packet | Disconnected | LinkState | Mark


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passes: what a link tells a decoder that must ask again and again (`Gatt.tick_s`).

    Never journalled: what a decoder says of samples must not depend on it.
    """

    device: str
    arrival_ns: int


# --- what a decoder says ---


@dataclass(frozen=True, slots=True)
class Capability:
    """What a device says of itself; every sample is decoded under one of these (its epoch).

    A raw value v means `v * scale + offset` in `quantity`; `saturated` is the smallest raw code
    that means "at least full scale".
    """

    device: str
    protocol: str
    serial: str
    firmware: str
    side: Side | None
    layout: SensorLayout
    quantity: Quantity
    scale: float
    offset: float
    saturated: int | None
    rate_hz: float
    mass_kg: float | None = None


@dataclass(frozen=True, slots=True)
class Samples:
    """Decoded samples of one device, raw integers kept.

    Attributes:
        sequence: (n,) int64 unwrapped number of each sample, or counted where the protocol has
            none.
        tick_us: (n,) int64 device time in microseconds, unwrapped.
        arrival_ns: (n,) int64 arrival of the packet that carried it.
        values: (n, S) raw, column-contiguous where S is large.
        flags: (n,) uint32 of `Quality`.
        segment: counts up when the device restarted its counters (reboot).
        awaits: lowest number that the device still holds and was asked for: what is missing from
            there on is waited for. None: nothing comes later.
    """

    device: str
    sequence: Ints
    tick_us: Ints
    arrival_ns: Ints
    values: Raw
    flags: Flags
    segment: int = 0
    awaits: int | None = None


@dataclass(frozen=True, slots=True)
class Info:
    """A fact about the device: battery (%), firmware, name ..."""

    device: str
    arrival_ns: int
    kind: str
    value: str | int | float


NoticeKind: TypeAlias = Literal[
    "unknown_type", "truncated", "bad_checksum", "bad_value", "protocol", "overflow"
]


@dataclass(frozen=True, slots=True)
class Notice:
    """Bytes that break the protocol: counted in the ledger, kept, and never raised."""

    device: str
    arrival_ns: int
    kind: NoticeKind
    text: str
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Readings:
    """What a device tells beside its pressure: motion, barometer, gait rows it computed itself.

    A raw value v means `v * scale` in `unit`, channel by channel in the order of `channels`.

    Attributes:
        kind: what it is, e.g. `acceleration`, `gyroscope`, `quaternion`, `barometer`, `gait`.
        unit: of the scaled values, e.g. `g`, `deg/s`; empty for none.
        channels: name of each column, e.g. x, y, z.
        tick_us: (n,) int64 device time in microseconds, unwrapped, as of `Samples`.
        arrival_ns: (n,) int64.
        values: (n, c) as on the wire, or floats where the device computed them.
        scale: one factor for all.
    """

    device: str
    kind: str
    unit: str
    channels: tuple[str, ...]
    tick_us: Ints
    arrival_ns: Ints
    values: Raw | Floats
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes that the decoder or a command wants written to the device.

    Attributes:
        payload_at: makes the payload out of the present local time (aware), for devices whose
            clock is set; `payload` is then what it is at the epoch, for people.
    """

    channel: str
    payload: bytes
    response: bool = True
    payload_at: Callable[[datetime], bytes] | None = None


Decoded: TypeAlias = Samples | Capability | Info | Notice | Write | Readings

# --- stages ---


@dataclass(frozen=True, slots=True)
class Frames:
    """One foot on host time.

    Attributes:
        time_s: (n,) s, strictly increasing.
        values: (n, S) in `quantity`; interpolated rows included. Before calibration they are raw
            and, where nothing was interpolated, still the wire's own integers, uncopied.
        quality: (n,) uint32 of `Quality`.
        arrival_ns: (n,) int64; an interpolated row arrived with the sample after it.
    """

    time_s: Floats
    values: Floats
    quality: Flags
    arrival_ns: Ints


@dataclass(frozen=True, slots=True)
class Load:
    """Force under one foot.

    Attributes:
        time_s: (n,) s.
        total_n: (n,) N.
        region_n: (n, R) N, columns as REGIONS; NaN where a region is unobservable.
        cop_mm: (n, 2) mm, x medial to lateral, y heel to toe; NaN below the CoP threshold.
        quality: (n,) uint32.
        arrival_ns: (n,) int64.
    """

    time_s: Floats
    total_n: Floats
    region_n: Floats
    cop_mm: Floats
    quality: Flags
    arrival_ns: Ints
