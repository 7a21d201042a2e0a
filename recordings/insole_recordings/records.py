"""Records: the one form in which an event is kept, in the journal and in the HDF5 file.

A packet keeps its payload verbatim. Everything else is ASCII JSON of its fields, so that any
language can read it and a foreign text cannot break it. Nothing here does input or output.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import Any, TypeVar, cast, get_args

import numpy as np

from insole.model.calibration import Calibration, Curve, CurveKind, Curves, Method
from insole.model.foot import LayoutKind, Quantity, SensorLayout, Side
from insole.model.stream import (
    Capability,
    Connected,
    Disconnected,
    Event,
    LinkPhase,
    LinkState,
    Mark,
    Packet,
)
from insole.model.trial import (
    Alignment,
    ClockPrior,
    Decision,
    Judgement,
    StartState,
    TrialNotes,
)

T = TypeVar("T")

MAX_BODY = 1 << 24  # bytes of one record; a longer one is damage, not data


class Kind(IntEnum):
    """What a record is. 20 to 29 are kept for what is added to a finished recording later."""

    START = 1
    NOTES = 2
    ANCHOR = 3
    END = 4
    CONNECTED = 10
    PACKET = 11
    DISCONNECTED = 12
    LINK = 13
    MARK = 14
    CALIBRATION = 20
    DECISION = 21


EVENT_KINDS = frozenset((Kind.CONNECTED, Kind.PACKET, Kind.DISCONNECTED, Kind.LINK, Kind.MARK))


class BadRecord(ValueError):
    """A record's body does not say what its kind promises; readers count it as damage."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record.

    Attributes:
        kind: a `Kind`, or a number that a newer program used.
        arrival_ns: host monotonic time.
        body: payload of a packet, else JSON.
        device, channel: of a packet, else empty.
    """

    kind: int
    arrival_ns: int
    body: bytes
    device: str = ""
    channel: str = ""


def record_of(event: Event) -> Record:
    """The record that keeps an event."""
    match event:
        case Packet(device, channel, arrival_ns, payload):
            return Record(Kind.PACKET, arrival_ns, bytes(payload), device, channel)
        case Connected():
            kind = Kind.CONNECTED
        case Disconnected():
            kind = Kind.DISCONNECTED
        case LinkState():
            kind = Kind.LINK
        case Mark():
            kind = Kind.MARK
    fields = asdict(event)
    del fields["arrival_ns"]
    if fields.get("description") == "":  # only described protocols have one
        del fields["description"]
    return Record(kind, event.arrival_ns, to_json(fields))


def kept_of(event: Event) -> Record | Packet:
    """What keeps an event until it is written: packets, which are many, as they are."""
    if isinstance(event, Packet) and type(event.payload) is bytes:
        return event
    return record_of(event)


def event_of(record: Record) -> Event:
    """The event that a record keeps.

    Raises:
        BadRecord: its body does not hold that event.
    """
    if record.kind == Kind.PACKET:
        return Packet(record.device, record.channel, record.arrival_ns, record.body)
    fields, arrival_ns = from_json(record.body), record.arrival_ns
    match record.kind:
        case Kind.CONNECTED:
            return Connected(
                device=_text(fields, "device"),
                arrival_ns=arrival_ns,
                protocol=_text(fields, "protocol"),
                address=_text(fields, "address"),
                name=_text(fields, "name"),
                mtu=_whole(fields, "mtu"),
                side_hint=_side(fields.get("side_hint")),
                description=_text(fields, "description") if "description" in fields else "",
            )
        case Kind.DISCONNECTED:
            return Disconnected(_text(fields, "device"), arrival_ns, _text(fields, "reason"))
        case Kind.LINK:
            phase = _text(fields, "phase")
            if phase not in get_args(LinkPhase):
                raise BadRecord(f"unknown link phase {phase!r}")
            rssi = fields.get("rssi_dbm")
            return LinkState(
                device=_text(fields, "device"),
                arrival_ns=arrival_ns,
                phase=cast("LinkPhase", phase),
                text=_text(fields, "text"),
                side=_side(fields.get("side")),
                rssi_dbm=rssi if isinstance(rssi, int) else None,
            )
        case Kind.MARK:
            return Mark(arrival_ns, _text(fields, "text"))
        case _:
            raise BadRecord(f"record kind {record.kind} is not an event")


def to_json(fields: dict[str, Any]) -> bytes:
    """ASCII JSON, floats in full."""
    return json.dumps(fields, separators=(",", ":"), default=_plain).encode("ascii")


def from_json(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`.

    Raises:
        BadRecord: it is not one.
    """
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadRecord(f"not JSON: {error}") from error
    if not isinstance(value, dict):
        raise BadRecord("not a JSON object")
    return cast("dict[str, Any]", value)


def start_of(fields: dict[str, Any]) -> StartState:
    """A start state out of its JSON.

    Raises:
        BadRecord: a field has the wrong type or is missing.
    """
    return _built(
        lambda: StartState(
            origin_ns=_whole(fields, "origin_ns"),
            mass_kg=_optional(fields.get("mass_kg")),
            sides={str(device): Side(side) for device, side in fields["sides"].items()},
            clocks=tuple(
                ClockPrior(
                    _text(clock, "device"), float(clock["offset_us"]), float(clock["skew_ppm"])
                )
                for clock in fields["clocks"]
            ),
            zero={
                str(device): tuple(float(value) for value in values)
                for device, values in fields["zero"].items()
            },
            gain={str(device): float(value) for device, value in fields["gain"].items()},
            parameters={str(key): float(value) for key, value in fields["parameters"].items()},
            calibrations=tuple(calibration_of(entry) for entry in fields.get("calibrations", ())),
            alignment=_alignment(fields.get("alignment")),
            decision=None if fields.get("decision") is None else decision_of(fields["decision"]),
        )
    )


def decision_of(fields: dict[str, Any]) -> Decision:
    """A decision out of its JSON.

    Raises:
        BadRecord: a field has the wrong type or is missing.
    """
    begin, end = (_optional(fields.get(name)) for name in ("from_s", "to_s"))
    if not all(one is None or math.isfinite(one) for one in (begin, end)):
        raise BadRecord("a decision ends at no instant")
    return _built(
        lambda: Decision(
            judgement=cast("Judgement", _one_of(fields["judgement"], get_args(Judgement))),
            from_s=begin,
            to_s=end,
            swapped=fields["swapped"] is True,
            when=_text(fields, "when"),
        )
    )


def _alignment(fields: dict[str, Any] | None) -> Alignment | None:
    """None in files of before alignments were kept."""
    if fields is None:
        return None
    return Alignment(
        device=_text(fields, "device"),
        shift_s=float(fields["shift_s"]),
        u_s=float(fields["u_s"]),
        strikes_s=tuple(float(strike) for strike in fields["strikes_s"]),
    )


def calibration_of(fields: dict[str, Any]) -> Calibration:
    """A calibration out of its JSON.

    Raises:
        BadRecord: a field has the wrong type or is missing.
    """
    return _built(
        lambda: Calibration(
            device=_text(fields, "device"),
            method=cast("Method", _one_of(fields["method"], get_args(Method))),
            when=_text(fields, "when"),
            serial=_text(fields, "serial"),
            curves=_curves(fields["curves"]),
            zero=_numbers(fields["zero"]),
            sensor_gain=_numbers(fields["sensor_gain"]),
            gain=_optional(fields["gain"]),
            gain_u_rel=_optional(fields["gain_u_rel"]),
            standing=tuple((float(at), float(factor)) for at, factor in fields["standing"]),
            foot=_foot(fields.get("foot")),
            source=tuple(str(name) for name in fields["source"]),
            notes=tuple(str(note) for note in fields["notes"]),
        )
    )


def _foot(values: list[float] | None) -> tuple[float, float] | None:
    """None in histories of before it was kept."""
    if values is None:
        return None
    start, scale = (float(value) for value in values)
    return start, scale


def _curves(fields: dict[str, Any] | None) -> Curves | None:
    if fields is None:
        return None
    return Curves(
        quantity=cast("Quantity", _one_of(fields["quantity"], get_args(Quantity))),
        curves=tuple(
            Curve(
                cast("CurveKind", _one_of(curve["kind"], get_args(CurveKind))),
                tuple(float(value) for value in curve["numbers"]),
            )
            for curve in fields["curves"]
        ),
        when=_text(fields, "when"),
    )


def _numbers(values: list[float] | None) -> tuple[float, ...] | None:
    return None if values is None else tuple(float(value) for value in values)


def notes_of(fields: dict[str, Any]) -> TrialNotes:
    """Notes out of their JSON.

    Raises:
        BadRecord: a field has the wrong type or is missing.
    """
    return _built(
        lambda: TrialNotes(
            athlete=_text(fields, "athlete"),
            shoe=_text(fields, "shoe"),
            surface=_text(fields, "surface"),
            speed_m_s=_optional(fields.get("speed_m_s")),
            note=_text(fields, "note"),
            wall_clock=_text(fields, "wall_clock"),
            source=_text(fields, "source"),
        )
    )


def capability_fields(capability: Capability) -> dict[str, Any]:
    """A capability as plain values, arrays as lists."""
    return asdict(capability)


def capability_of(fields: dict[str, Any]) -> Capability:
    """A capability out of its JSON.

    Raises:
        BadRecord: a field has the wrong type, shape or is missing.
    """
    return _built(lambda: _capability(fields))


def _capability(fields: dict[str, Any]) -> Capability:
    shape = fields["layout"]
    xy = np.array(shape["xy"], dtype=np.float64).reshape(-1, 2)
    labels = shape["labels"]
    layout = SensorLayout(
        name=_text(shape, "name"),
        kind=cast("LayoutKind", _one_of(shape["kind"], get_args(LayoutKind))),
        xy=xy,
        length_mm=float(shape["length_mm"]),
        width_mm=float(shape["width_mm"]),
        outline=np.array(shape["outline"], dtype=np.float64).reshape(-1, 2),
        area_cm2=np.array(shape["area_cm2"], dtype=np.float64).reshape(-1),
        labels=None if labels is None else tuple(str(label) for label in labels),
        full_scale=_optional(shape["full_scale"]),
    )
    if len(layout.area_cm2) != len(xy) or (layout.labels and len(layout.labels) != len(xy)):
        raise BadRecord("areas or labels do not match the sensors")
    saturated = fields["saturated"]
    return Capability(
        device=_text(fields, "device"),
        protocol=_text(fields, "protocol"),
        serial=_text(fields, "serial"),
        firmware=_text(fields, "firmware"),
        side=_side(fields["side"]),
        layout=layout,
        quantity=cast("Quantity", _one_of(fields["quantity"], get_args(Quantity))),
        scale=float(fields["scale"]),
        offset=float(fields["offset"]),
        saturated=None if saturated is None else int(saturated),
        rate_hz=float(fields["rate_hz"]),
        mass_kg=_optional(fields["mass_kg"]),
    )


def _built(make: Callable[[], T]) -> T:
    try:
        return make()
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise BadRecord(f"{type(error).__name__}: {error}") from error


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return cast("Any", value).tolist()
    if isinstance(value, np.generic):
        return cast("Any", value).item()
    raise TypeError(f"{type(value).__name__} has no place in a record")


def _text(fields: dict[str, Any], key: str) -> str:
    value = fields.get(key)
    if not isinstance(value, str):
        raise BadRecord(f"'{key}' is not a text")
    return value


def _whole(fields: dict[str, Any], key: str) -> int:
    value = fields.get(key)
    if not isinstance(value, int):
        raise BadRecord(f"'{key}' is not a whole number")
    return value


def _optional(value: Any) -> float | None:
    if value is None:
        return None
    number = float(value)
    return None if math.isnan(number) else number


def _side(value: Any) -> Side | None:
    try:
        return None if value is None else Side(value)
    except ValueError as error:
        raise BadRecord(f"{value!r} is not a side") from error


def _one_of(value: Any, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise BadRecord(f"{value!r} is not one of {', '.join(allowed)}")
    return str(value)
