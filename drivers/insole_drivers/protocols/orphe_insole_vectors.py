"""What the maker's own decoder says of known packets; entry point `insole.vectors`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias, cast

import numpy as np

from insole.errors import DamagedFile
from insole.model.protocol import Advert
from insole.model.stream import Decoded, Notice, Packet, Readings, Samples
from insole_drivers.protocols import orphe_gait as gait
from insole_drivers.protocols import orphe_wire as wire
from insole_drivers.protocols.orphe_insole import LAYOUT, PROTOCOL
from insole_drivers.protocols.orphe_nominal import newtons

Json: TypeAlias = Any
Items: TypeAlias = list[list[Decoded]]

CHANNELS: Final = {
    "SENSOR_VALUES": wire.VALUES,
    "STEP_ANALYSIS": wire.GAIT,
    "DEVICE_INFORMATION": wire.STATE,
    "DATE_TIME": wire.CLOCK,
}
NAMES: Final = {uuid: name for name, uuid in CHANNELS.items()}
"""The maker's words for the characteristics."""

PARTS: Final = {
    gait.OVERVIEW: (
        "overview",
        ("calorie", "distance_m", "stance_phase_s", "swing_phase_s"),
    ),
    gait.STRIDE: ("stride", ("foot_angle", "stride_x", "stride_y", "stride_z")),
    gait.PRONATION: (
        "pronation",
        ("landing_force", "pronation_x", "pronation_y", "pronation_z"),
    ),
    gait.MOTION: (
        "motion",
        (
            "gait_cycle_phase",
            "gait_cycle_period",
            "gait_cycle_event",
            *gait.MOTION_ROW[4:],
        ),
    ),
}
STRIKES: Final = ("heelStrike", "midfootStrike", "forefoot")
PRONATIONS: Final = ("severeUnder", "under", "neutral", "over", "severeOver")
NEUTRAL_DEG, SPREAD_DEG = -9.4, 3.5
ROW: Final = {
    "distance_m": "distance_m",
    "stance_phase_s": "stance_s",
    "swing_phase_s": "swing_s",
    "duration_s": "duration_s",
    "cadence_hz": "cadence_hz",
    "speed_mps": "speed_m_s",
    "foot_angle_deg": "foot_angle_deg",
    "stride_x_m": "stride_x_m",
    "stride_y_m": "stride_y_m",
    "stride_z_m": "stride_z_m",
    "stride_norm_m": "stride_m",
    "landing_force": "landing_force",
    "strike_angle_deg": "strike_angle_deg",
    "pronation_deg": "pronation_deg",
    "pronation_z_deg": "rotation_deg",
    "calorie": "calories",
}
"""Their names of a row's numbers, and ours."""


class OrpheVectors:
    """Vectors of ORPHE INSOLE; rotation order and signs are the maker's."""

    def items(self, vector: Mapping[str, Any]) -> Items:
        """What our decoder says, packet by packet."""
        decoder = PROTOCOL.decoder("vector")
        for packet in known_before(config_of(vector)):
            decoder.feed(packet)
        return [decoder.feed(packet) for packet in packets(vector)]

    def answer(self, vector: Mapping[str, Any]) -> dict[str, Any]:
        """The same in the words of the vector's `expected`."""
        kind = str(config_of(vector).get("kind"))
        try:
            match kind:
                case "realtime":
                    return {"per_packet": _realtime(vector, self.items(vector))}
                case "fifo_data":
                    return {"per_packet": _fifo_data(vector, self.items(vector))}
                case "fifo_status":
                    return {"per_packet": [_status(each.payload) for each in packets(vector)]}
                case "fifo_request":
                    asked: list[list[int]] = config_of(vector)["missing_serials"]
                    return {"per_request": [_request(serials) for serials in asked]}
                case "pressure_to_newton":
                    raw = np.array(config_of(vector)["raw"], np.float64)
                    table = newtons(np.repeat(raw[:, None], 6, axis=1), is_clipped=False)
                    return {"newton_by_channel": table.T.tolist()}
                case "gait":
                    return _gait(vector, self.items(vector))
                case "device_information":
                    return {"per_packet": [_state(each.payload) for each in packets(vector)]}
                case "commands":
                    return {"commands": [_command(each) for each in vector["expected"]["commands"]]}
                case "date_time_read":
                    return {"per_packet": [_clock(each.payload) for each in packets(vector)]}
                case "advertisement":
                    return {"per_packet": [_advert(each.payload) for each in packets(vector)]}
                case "cop":
                    return _cop(config_of(vector)["values"])
                case _:
                    raise strange(f"kind '{kind[:40]}' is not known")
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            raise strange(f"{type(error).__name__}: {str(error)[:80]}") from error


VECTORS: Final = OrpheVectors()


def known_before(config: Mapping[str, Json]) -> list[Packet]:
    """What the device had told of its ranges.

    Raises:
        DamagedFile: they are none.
    """
    index = config.get("device_range_index")
    if index is None:
        return []
    try:
        state = bytes([2, 0, 0, 0, 0, 0, 0, 0, index["acc"], index["gyro"]])
    except (KeyError, TypeError, ValueError) as error:
        raise strange(f"`device_range_index`: {type(error).__name__}") from None
    return [Packet("vector", wire.STATE, 0, state)]


def packets(vector: Mapping[str, Any]) -> list[Packet]:
    """The packets of a vector, as a link would hand them over.

    Raises:
        DamagedFile: they have not the form of vectors.
    """
    try:
        return [
            Packet(
                "vector",
                CHANNELS.get(each["characteristic"], str(each["characteristic"])),
                round(each["arrival_ms"] * 1_000_000),
                bytes.fromhex(each["hex"]),
            )
            for each in vector["packets_hex"]
        ]
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise strange(f"{type(error).__name__}: {str(error)[:80]}") from None


def config_of(vector: Mapping[str, Any]) -> dict[str, Json]:
    """What must be known before.

    Raises:
        DamagedFile: it is missing.
    """
    config = vector.get("config")
    if not isinstance(config, dict):
        raise strange("`config` is missing")
    return cast("dict[str, Json]", config)


def strange(why: str) -> DamagedFile:
    """The error for what is no vector."""
    return DamagedFile(
        "this is no vector of an ORPHE device",
        where="vectors",
        why=why,
        fix="Take the published vectors, or decode captured packets without --check",
    )


# --- samples ---


def midnight_ms(vector: Mapping[str, Any]) -> int:
    """Beginning of the day at which the maker's decoder was run; it adds the time of day."""
    try:
        day = datetime.fromisoformat(str(config_of(vector)["host_date_utc"]))
    except (KeyError, ValueError) as error:
        raise strange(f"`host_date_utc`: {type(error).__name__}") from None
    return round(day.replace(hour=0, minute=0, second=0, microsecond=0).timestamp() * 1000)


def _realtime(vector: Mapping[str, Any], items: Items) -> list[dict[str, Json]]:
    answers: list[dict[str, Json]] = []
    previous: int | None = None
    for packet, said in zip(packets(vector), items, strict=True):
        data = packet.payload
        if len(data) != wire.PACKET_BYTES:
            answers.append({"rejected": True, "lost": None, "samples": []})
            continue
        header, serial, hour, minute, second, milli = wire.HEAD.unpack_from(data)
        is_next = previous is None or (serial - previous) % wire.SERIALS == 1
        told_ms = midnight_ms(vector) + 1000 * (60 * (60 * hour + minute) + second) + milli
        samples = _samples(said, header)
        for sample in samples:
            sample["timestamp"] = told_ms + sample.pop("after_ms")
        answers.append(
            {
                "header": header,
                "serial_number": serial,
                "timestamp": told_ms,
                "lost": None if is_next else {"serial": serial, "previous": previous},
                "samples": samples,
            }
        )
        previous = serial
    return answers


def _samples(said: Sequence[Decoded], header: int) -> list[dict[str, Json]]:
    """Rows of what our decoder said of one packet."""
    read = {each.kind: each for each in said if isinstance(each, Readings)}
    pressure = [each for each in said if isinstance(each, Samples)]
    if not read:
        return []
    rows: list[dict[str, Json]] = []
    ticks = read["acceleration"].tick_us
    for row, tick_us in enumerate(ticks.tolist()):
        gyro, acc = read["gyroscope"], read["acceleration"]
        one: dict[str, Json] = {
            "packet_number": row,
            "after_ms": (tick_us - int(ticks[0])) // 1000 if header == wire.MOTION else 0,
            "gyro": (gyro.values[row] / 32768).tolist(),
            "acc": (acc.values[row] / 32768).tolist(),
            "converted_gyro": (gyro.values[row] * gyro.scale).tolist(),
            "converted_acc": (acc.values[row] * acc.scale).tolist(),
        }
        if pressure:
            one["press"] = pressure[0].values[row].tolist()
        if "quaternion" in read:
            quat = (read["quaternion"].values[row] * read["quaternion"].scale).tolist()
            one["quat"] = quat
            one["euler_roll_pitch_yaw_rad"] = euler(unit(quat))
        rows.append(one)
    return rows


def unit(quat: Sequence[float]) -> list[float]:
    """The quaternion with length 1."""
    length = math.sqrt(sum(part * part for part in quat))
    return [part / length for part in quat] if length else [1.0, 0.0, 0.0, 0.0]


def euler(quat: Sequence[float]) -> list[float]:
    """Roll, pitch and yaw (rad) of a quaternion w, x, y, z (z-y-x order)."""
    w, x, y, z = quat
    return [
        math.atan2(2 * (w * x + y * z), 1 - 2 * (x * x + y * y)),
        math.asin(max(-1.0, min(1.0, 2 * (w * y - z * x)))),
        math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z)),
    ]


# --- the ring ---


def _fifo_data(vector: Mapping[str, Any], items: Items) -> list[dict[str, Json]]:
    answers: list[dict[str, Json]] = []
    for packet, said in zip(packets(vector), items, strict=True):
        _, serial, hour, minute, second, milli = wire.HEAD.unpack_from(packet.payload)
        day_ms = 1000 * (60 * (60 * hour + minute) + second) + milli
        pressure = next(each for each in said if isinstance(each, Samples))
        force = newtons(pressure.values, is_clipped=False)
        samples = _samples(said, wire.FIFO)
        rows: list[str] = []
        for row, sample in enumerate(samples):
            sample["t"] = day_ms + row * 1000 / wire.TRUE_HZ
            sample["gyro_dps"] = sample.pop("converted_gyro")
            sample["acc_g"] = sample.pop("converted_acc")
            sample["press_newton"] = force[row].tolist()
            rows.append(_csv(serial, day_ms + 5 * row, sample))
        answers.append(
            {"serial": serial, "time_of_day_ms": day_ms, "samples": samples, "csv_rows": rows}
        )
    return answers


def _csv(serial: int, day_ms: int, sample: Mapping[str, Json]) -> str:
    """A row of the maker's text export, whose steps are 5 ms."""
    seconds, milli = divmod(day_ms, 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return ", ".join(
        [
            str(serial),
            f"{hour:02d}:{minute:02d}:{second:02d}:{milli:03d}",
            *(f"{value:8.2f}" for value in sample["gyro_dps"]),
            *(f"{value:8.4f}" for value in sample["acc_g"]),
            *(f"{value:8.4f}" for value in sample["press_newton"]),
        ]
    )


def _status(data: bytes) -> dict[str, Json]:
    is_answer, kind, body = data[0] == wire.ANSWER, data[1], data[2:]
    current = gone = None
    if is_answer and kind == wire.ASK_SERIAL and len(body) >= 5:
        current = {
            "serial": int.from_bytes(body[:2], "big"),
            "watermark": body[2],
            "accumulated": int.from_bytes(body[3:5], "big"),
        }
    if is_answer and kind == wire.ASK_RANGES and len(body) >= 4:
        gone = list(wire.SLOT.unpack_from(body))
    serial = int.from_bytes(data[1:3], "big") if data[0] == wire.FIFO else None
    return {"current_serial": current, "no_data": gone, "data_serial": serial}


def _request(serials: list[int]) -> dict[str, Json]:
    runs = wire.ranges_of(serials)
    return {
        "ranges": [list(run) for run in runs],
        "tx_hex": wire.ask_ranges(runs).payload.hex(),
    }


# --- gait ---


def _gait(vector: Mapping[str, Any], items: Items) -> dict[str, Json]:
    book = gait.Book()
    answers: list[dict[str, Json]] = []
    for packet, said in zip(packets(vector), items, strict=True):
        part = gait.part(packet.payload)
        if part is not None and part.kind != gait.MOTION:
            book.take(part)
        rows = [each for each in said if isinstance(each, Readings) and each.kind == "gait"]
        losses = [each.text for each in said if isinstance(each, Notice) and part is not None]
        answers.append(
            {
                "packet": None if part is None else _part(part),
                "row": _row(rows[0]) if rows else None,
                "loss": losses,
            }
        )
    stats = {
        "completedSteps": book.complete,
        "incompleteSteps": book.incomplete,
        "missingParts": {PARTS[kind][0]: count for kind, count in book.missing.items()},
        "gapSteps": book.skipped,
        "jumps": book.jumps,
        "lastSeenStep": book.newest,
        "pendingSteps": book.pending,
    }
    return {"per_packet": answers, "stats": stats}


def _part(part: gait.Part) -> dict[str, Json]:
    name, fields = PARTS[part.kind]
    said: dict[str, Json] = {"type": name, "subheader": part.kind, "step_number": part.step}
    numbers = part.values
    if part.kind == gait.OVERVIEW:
        said["gait_type"] = gait.GAIT_TYPES[int(numbers[1])]
        said["stride_direction"] = gait.DIRECTIONS[int(numbers[2])]
        numbers = numbers[3:]
    return said | {key: _missing(value) for key, value in zip(fields, numbers, strict=True)}


def _row(readings: Readings) -> dict[str, Json]:
    row = dict(zip(readings.channels, readings.values[0].tolist(), strict=True))
    said: dict[str, Json] = {key: _missing(row[ours]) for key, ours in ROW.items()}
    said["step_number"] = int(row["step"])
    said["gait_type"] = gait.GAIT_TYPES[int(row["gait_type"])]
    said["stride_direction"] = gait.DIRECTIONS[int(row["direction"])]
    strike = row["foot_strike"]
    said["foot_strike"] = None if math.isnan(strike) else STRIKES[int(strike)]
    said["pronation_type"] = _pronation(row["pronation_deg"])
    return said


def _pronation(angle_deg: float) -> str | None:
    """The maker's word, which our decoder does not say: within one spread neutral."""
    if math.isnan(angle_deg):
        return None
    away = (angle_deg - NEUTRAL_DEG) / SPREAD_DEG
    size = (abs(away) > 1.0) + (abs(away) > 3.0)
    return PRONATIONS[2 + int(math.copysign(size, away))]


def _missing(value: float) -> float | None:
    return None if math.isnan(value) else value


# --- state, clock, commands, advertisement ---


def _state(data: bytes) -> dict[str, Json]:
    state = wire.state(data)
    if state is None:
        return {"error": "truncated"}
    return {
        "battery": state.battery,
        "mount_position": state.mount,
        "range": {"acc": state.acceleration_index, "gyro": state.rotation_index},
        "parse_ranges": {"accRange": state.acceleration_g, "gyroRange": state.rotation_dps},
        "side": {
            "side": state.side.value,
            "surface": "dorsal" if state.is_dorsal else "plantar",
            "isRight": state.side.value == "right",
            "isDorsal": state.is_dorsal,
        },
    }


def _clock(data: bytes) -> dict[str, Json]:
    """The maker's decoder takes the month as one that counts from 0: a month late."""
    told = wire.clock_told(data)
    if told is None:
        raise strange("no time of day")
    years, month = divmod(told.month, 12)
    first = told.replace(year=told.year + years, month=month + 1, day=1, tzinfo=UTC)
    late = first + timedelta(days=told.day - 1)
    return {"epoch_ms": round(late.timestamp() * 1000)}


def _command(wanted: Mapping[str, Json]) -> dict[str, Json]:
    """What we write for the maker's command."""
    command: Json = wanted["command"]
    said: dict[str, Json] = {"command": command, "writes": []}
    if command == "reset_analysis_logs":
        writes = PROTOCOL.start({"analysis": "reset"})[:1]
    elif "set_date_time" in command:
        now = datetime.fromisoformat(command["set_date_time"])
        channel = NAMES[wire.set_clock().channel]
        return said | {"writes": [{"characteristic": channel, "hex": _hex(now)}]}
    else:
        modes = {1: "motion", 3: "fast", 4: "all"}
        mode = modes.get(command["set_streaming_mode"])
        if mode is None:
            return said | {"error": "INVALID_MODE"}
        writes = PROTOCOL.start({"mode": mode})
    told = [{"characteristic": NAMES[each.channel], "hex": each.payload.hex()} for each in writes]
    return said | {"writes": told}


def _hex(now: datetime) -> str:
    return wire.clock_payload(now).hex()


def _advert(data: bytes) -> dict[str, Json]:
    told = wire.told(Advert("", "", manufacturer={wire.COMPANY: data}))
    if told is None:
        return {"ignored": True}
    return {
        "battery": told.battery,
        "model_type": told.model,
        "mounting_position": told.mount,
        "human_activity_recognition": told.activity,
        "version": told.version,
    }


# --- centre of pressure, in the maker's frame ---


def _cop(values: list[list[float]]) -> dict[str, Json]:
    """Lengths of the foot; x to the right, y to the toes, from the middle of the insole."""
    from insole.layouts import load  # reads a packaged file

    xy = load(LAYOUT).xy
    places = np.column_stack([(0.5 - xy[:, 0]) * 0.58, (xy[:, 1] - 0.5) * 0.9])
    right = [_centre(np.array(each, np.float64), places) for each in values]
    left = [each | {"x": -each["x"] if each["x"] else 0} for each in right]
    return {"right": right, "left": left}


def _centre(raw: np.ndarray[Any, np.dtype[np.float64]], places: Any) -> dict[str, Json]:
    load = float(raw.sum())
    flags: list[str] = []
    if len(raw) != len(places):
        flags.append("BAD_LENGTH")
    if (raw >= 65535).any():
        flags.append("SATURATED_CH")
    if load <= 0:
        flags.append("LOAD_BELOW_THRESHOLD")
    x, y = (raw[:, None] * places[: len(raw)]).sum(axis=0) / load if load > 0 else (0.0, 0.0)
    return {"x": float(x), "y": float(y), "load": load, "isValid": not flags, "flags": flags}
