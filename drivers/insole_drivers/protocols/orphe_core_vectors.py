"""What the maker's own decoder of ORPHE CORE says of known packets; entry point `insole.vectors`.

It calls back for each value, in order. Some of its ways are not ours: it refuses packets of 104
bytes, multiplies slow samples by the index of the range, takes range 0 of the acceleration for
8 g and Euler angles of a quaternion that has not the length 1, and reads the kind of a step in
other bits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from insole.errors import DamagedFile
from insole.model.arrays import Raw
from insole.model.stream import Decoded
from insole_drivers.protocols import orphe_gait as gait
from insole_drivers.protocols import orphe_wire as wire
from insole_drivers.protocols.orphe_core import (
    CODES,
    PROTOCOL,
    QUICK_BYTES,
    SLOW,
    SLOW_BYTES,
    SLOW_CODES,
    slow_rows,
    write_back,
)
from insole_drivers.protocols.orphe_insole_vectors import (
    Json,
    config_of,
    euler,
    known_before,
    midnight_ms,
    packets,
    strange,
)

MAKERS_G: Final = (8, *wire.ACCELERATION_G[1:])
XYZ: Final = ("x", "y", "z")
WXYZ: Final = ("w", "x", "y", "z")


class CoreVectors:
    """Vectors of ORPHE CORE."""

    def items(self, vector: Mapping[str, Any]) -> list[list[Decoded]]:
        """What our decoder says, packet by packet."""
        decoder = PROTOCOL.decoder("vector")
        for packet in known_before(config_of(vector)):
            decoder.feed(packet)
        return [decoder.feed(packet) for packet in packets(vector)]

    def answer(self, vector: Mapping[str, Any]) -> dict[str, Any]:
        """The same in the words of the vector's `expected`."""
        try:
            if config_of(vector).get("kind") == "core_device_information":
                return {"per_packet": [_information(each.payload) for each in packets(vector)]}
            maker = _Maker(vector)
            told = [list(maker.events(each.channel, each.payload)) for each in packets(vector)]
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            if isinstance(error, DamagedFile):
                raise
            raise strange(f"{type(error).__name__}: {str(error)[:80]}") from error
        return {"per_packet": [{"events": events, "error": None} for events in told]}


VECTORS: Final = CoreVectors()


class _Maker:
    """The maker's order of calls, of what our functions read in the bytes."""

    def __init__(self, vector: Mapping[str, Any]) -> None:
        index: Json = config_of(vector).get("device_range_index") or {"acc": 3, "gyro": 3}
        self._index = (int(index["acc"]), int(index["gyro"]))
        self._midnight_ms = midnight_ms(vector)
        self._serial = 0
        self._steps = dict.fromkeys(gait.FIELDS, 0)

    def events(self, channel: str, data: bytes) -> Iterator[dict[str, Json]]:
        """What it calls back for one packet."""
        if channel == wire.GAIT:
            yield from self._gait(data)
        elif data[0] == SLOW and len(data) >= SLOW_BYTES:
            rows = slow_rows(data)
            yield from self._motion(rows, SLOW_CODES, factors=self._index, stamps=[{}])
        elif data[0] == wire.MOTION:
            serial = int.from_bytes(data[1:3], "big")
            if self._serial and serial - self._serial != 1:
                yield {"callback": "lostData", "serial": serial, "previous": self._serial}
            self._serial = serial
            values = wire.packet(data)
            if values is None or len(data) != QUICK_BYTES:
                return
            first_ms = self._midnight_ms + values.day_ms
            stamps = [
                {
                    "timestamp": first_ms + after_us // 1000,
                    "serial_number": serial,
                    "packet_number": number,
                }
                for number, after_us in enumerate(wire.within_us(values).tolist())
            ]
            full = (MAKERS_G[self._index[0]], wire.ROTATION_DPS[self._index[1]])
            yield from self._motion(values.rows, CODES, factors=full, stamps=stamps)

    def _motion(
        self,
        rows: Raw,
        codes: float,
        *,
        factors: tuple[int, int],
        stamps: Sequence[Mapping[str, Json]],
    ) -> Iterator[dict[str, Json]]:
        for row, stamp in zip(rows, stamps, strict=True):
            acc, gyro, quat = row["acc"] / codes, row["gyro"] / codes, row["quat"] / CODES
            for name, values, channels in (
                ("gotAcc", acc, XYZ),
                ("gotQuat", quat, WXYZ),
                ("gotGyro", gyro, XYZ),
                ("gotConvertedAcc", acc * factors[0], XYZ),
                ("gotConvertedGyro", gyro * factors[1], XYZ),
            ):
                told = dict(zip(channels, values.tolist(), strict=True))
                yield {"callback": name, **told, **stamp}
            yield _euler(quat.tolist())

    def _gait(self, data: bytes) -> Iterator[dict[str, Json]]:
        part = gait.part(data)
        if part is None:
            return
        if part.kind == gait.MOTION:
            quat = dict(zip(WXYZ, part.values[3:7], strict=True))
            yield {"callback": "gotQuat", **quat}
            yield {"callback": "gotDelta", **dict(zip(XYZ, part.values[7:], strict=True))}
            yield _euler(list(quat.values()))
            return
        if part.step <= self._steps[part.kind]:
            return
        self._steps[part.kind] = part.step
        told = dict(zip(gait.FIELDS[part.kind], part.values, strict=True))
        if part.kind == gait.OVERVIEW:
            yield from _overview(part.step, told)
        elif part.kind == gait.STRIDE:
            stride = {axis: told[f"stride_{axis}_m"] for axis in XYZ}
            yield {"callback": "gotFootAngle", "value": told["foot_angle_deg"]}
            yield {"callback": "gotStride", **stride, "steps_number": part.step}
        else:
            angles = (told["strike_angle_deg"], told["pronation_deg"], told["rotation_deg"])
            yield {"callback": "gotPronation", **dict(zip(XYZ, angles, strict=True))}
            yield {"callback": "gotLandingImpact", "value": told["landing_force"]}


def _overview(step: int, told: Mapping[str, float]) -> Iterator[dict[str, Json]]:
    bits = int(told["gait_bits"])
    kind, direction = bits & 3, bits >> 2 & 7
    yield {"callback": "gotStepsNumber", "value": step}
    yield {
        "callback": "gotGait",
        "type": kind,
        "direction": direction,
        "calorie": told["calories"],
        "distance": told["distance_m"],
        "steps": step,
        "standing_phase_duration": told["stance_s"],
        "swing_phase_duration": told["swing_s"],
    }
    yield {"callback": "gotType", "value": kind}
    yield {"callback": "gotDistance", "value": told["distance_m"]}
    yield {"callback": "gotDirection", "value": direction}
    yield {"callback": "gotCalorie", "value": told["calories"]}
    yield {"callback": "gotStandingPhaseDuration", "value": told["stance_s"]}
    yield {"callback": "gotSwingPhaseDuration", "value": told["swing_s"]}


def _euler(quat: list[float]) -> dict[str, Json]:
    angles = np.asarray(euler(quat)).tolist()
    return {"callback": "gotEuler", **dict(zip(("roll", "pitch", "yaw"), angles, strict=True))}


def _information(data: bytes) -> dict[str, Json]:
    state, back = wire.state(data), write_back(data)
    if state is None or back is None:
        return {"error": "truncated"}
    return {
        "device_information": {
            "battery": state.battery,
            "lr": state.mount,
            "rec_mode": data[2],
            "rec_auto_run": data[3],
            "led_brightness": data[4],
            "time01": data[6],
            "time02": data[7],
            "range": {"acc": state.acceleration_index, "gyro": state.rotation_index},
        },
        "write_back_hex": back.payload.hex(),
        "error": None,
    }
