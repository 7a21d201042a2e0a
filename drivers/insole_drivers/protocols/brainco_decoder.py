"""Decoder of BrainCo insoles: bytes of one insole in, values out, nothing raised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from insole import layouts
from insole.model.arrays import Ints, Raw
from insole.model.foot import SensorLayout, Side
from insole.model.quality import Quality
from insole.model.stream import (
    Capability,
    Connected,
    Disconnected,
    Readings,
    Samples,
)
from insole_drivers.protocols import brainco_messages as messages
from insole_drivers.protocols import brainco_requests as requests
from insole_drivers.protocols import brainco_wire as wire
from insole_drivers.protocols.open_capability import printable
from insole_drivers.protocols.open_wire import nearest
from insole_drivers.protocols.teller import Teller

LAYOUT: Final = "brainco48"
SENSORS: Final = 48
NANOSIEMENS: Final = 50  # one code; coarser than the wire's ohms at every resistance above 5 kOhm
PER_OHM: Final = 1e9 / NANOSIEMENS
TOP_CODE: Final = 4000  # 5 kOhm: below it the maker's own curve gives forces that no foot makes
MICROSIEMENS: Final = NANOSIEMENS / 1000
ACC_MG: Final = 16_000 / 32_768  # where a message tells no scale
GYRO_DPS: Final = 2000 / 32_768
REORDERED: Final = 64  # messages; one this far behind all others is of another start
BEHIND_US: Final = 1_000_000
AHEAD_S: Final = 60.0  # a jump this far beyond what time allows is no loss
FASTEST_HZ: Final = 1000.0
MEASURED: Final = 32  # messages that tell a rate which the insole does not tell itself
LONG_SILENCE_NS: Final = 86_400_000_000_000  # a day: from here the host clock tells the turns
ASK_NS: Final = 60_000_000_000
SIDES: Final = {"DEVICE_LEFT": Side.LEFT, "DEVICE_RIGHT": Side.RIGHT}
EVENTS: Final = {  # of which a state follows
    "EVENT_WEAR_ON": ("wearing", 1),
    "EVENT_WEAR_OFF": ("wearing", 0),
    "EVENT_CHARGING_CONNECTED": ("charging", 1),
    "EVENT_CHARGING_DISCONNECTED": ("charging", 0),
}


@lru_cache(maxsize=1)
def layout() -> SensorLayout:
    """48 cells at places that nobody knows."""
    return layouts.load(LAYOUT)


def codes(ohms: Ints) -> Raw:
    """Conductance in steps of 50 nS, uint16, out of resistances; an open circuit is 0.

    A resistor that falls with pressure conducts roughly in proportion to it, so sums over cells
    rise and fall with the load; sums of resistances would not.

    >>> codes(np.array([0, 5_000, 20_000, 1_000_000])).tolist()
    [0, 4000, 1000, 20]
    """
    conducting = np.rint(PER_OHM / np.maximum(ohms, 1))
    return np.where(ohms > 0, np.minimum(conducting, TOP_CODE), 0).astype(np.uint16)


@dataclass(slots=True)
class _Counters:
    """Unwrapped position of the device since its last start."""

    segment: int = -1
    number: int = 0
    tick_us: int = 0
    arrival_ns: int = 0
    without: int = 0  # messages of this segment that carried no pressure
    is_new_link: bool = True  # nothing can be late from before it


@dataclass(slots=True)
class _Told:
    """What the device has said of itself; outlives a link."""

    side: Side | None = None
    serial: str = ""
    firmware: str = ""
    rate_hz: float = 0.0
    first: tuple[int, int, int] | None = None  # segment, number, tick of the rate's measurement


@dataclass(frozen=True, slots=True)
class _Placed:
    """One sensor message with its place in the stream."""

    number: int
    tick_us: int
    arrival_ns: int


class BraincoDecoder(Teller):
    """Decoder of one device. Memory is bounded by the longest frame.

    Args:
        device: its key.
        protocol: name of the protocol.
    """

    def __init__(self, device: str, protocol: str) -> None:
        super().__init__(device)
        self.protocol = protocol
        self._stream = wire.FrameStream()
        self._counters = _Counters()
        self._told = _Told()
        self._capability: Capability | None = None
        self._is_passed_on = False
        self._odd: tuple[messages.Message, int] | None = None  # far from the others; its arrival
        self._asked_ns: int | None = None

    def _new_link(self, event: Connected | Disconnected) -> None:
        if self._stream.waiting:
            self._notice("truncated", f"a frame ends after {self._stream.waiting} bytes")
        self._stream.clear()
        self._odd = None
        self._counters.is_new_link = True
        self._is_passed_on = False
        if isinstance(event, Connected) and self._told.side is None:
            self._told.side = event.side_hint

    def _tick(self) -> None:
        if self._asked_ns is None or self._now_ns - self._asked_ns >= ASK_NS:
            self._asked_ns = self._now_ns
            known = {Side.LEFT: (wire.LEFT,), Side.RIGHT: (wire.RIGHT,), None: requests.BOTH_FEET}
            self._out += requests.writes(requests.BATTERY, to=known[self._told.side])

    def _packet(self, channel: str, data: bytes) -> None:
        if channel not in (wire.RX, wire.TX):  # in a capture, the one that was found to notify
            self._standard(channel, data)
        else:
            for found in self._stream.push(data):
                if isinstance(found, wire.Problem):
                    self._notice(found.kind, found.text)
                else:
                    self._frame(found.payload)

    def _frame(self, payload: bytes) -> None:
        try:
            said = messages.read(payload)
        except wire.Malformed as why:
            self._notice("bad_value", f"a message cannot be read: {why}")
            return
        if "errCode" in said:
            word = str(said["errCode"]).lower().replace("_", " ")
            self._notice("protocol", f"the insole answers: {word}")
        if "deviceInfo" in said:
            self._device_info(said["deviceInfo"])
        if "batteryData" in said:
            self._battery(said["batteryData"].get("batteryPct", 0))
            status = said["batteryData"].get("status", 0)
            self._info(
                "charging", int(status in ("BATTERY_STATUS_CHARGING", "BATTERY_STATUS_FULL"))
            )
        if "runtimeInfo" in said:
            self._info("uptime_s", said["runtimeInfo"].get("uptimeMs", 0) / 1000)
        if "sensorConfig" in said:
            self._config(said["sensorConfig"])
        if "deviceStatus" in said:
            status = said["deviceStatus"]
            self._info("wearing", int(status.get("isWearing", False)))
            self._info("hardware_errors", status.get("hardwareErrorFlags", 0))
        if "deviceEvent" in said:
            kind = said["deviceEvent"].get("type", 0)
            self._info("event", str(kind))
            if kind in EVENTS:
                self._info(*EVENTS[kind])
        if "sensorData" in said:
            self._sensors(said["sensorData"])

    def _device_info(self, said: messages.Message) -> None:
        told = self._told
        told.side = SIDES.get(said.get("deviceId", ""), told.side)
        told.serial = printable(said.get("serialNumber", "").encode()) or told.serial
        told.firmware = printable(said.get("fwVersion", "").encode()) or told.firmware
        for kind, name in (("serial", "serialNumber"), ("firmware", "fwVersion"),
                           ("model", "modelName"), ("hardware", "hwVersion")):  # fmt: skip
            if said.get(name):
                self._info(kind, printable(said[name].encode()))
        self._refresh()

    def _config(self, said: messages.Message) -> None:
        rate_hz = said.get("pressure", {}).get("hz", 0)
        if not 0 < rate_hz <= FASTEST_HZ:
            self._notice("bad_value", f"a rate of {rate_hz} Hz")
            return
        self._told.rate_hz = float(rate_hz)
        self._info("rate_hz", rate_hz)
        self._refresh()

    def _battery(self, percent: int) -> None:
        if percent > 100:
            self._notice("bad_value", "a battery level is from 0 to 100")
        else:
            self._info("battery", percent)

    # --- samples ---

    def _sensors(self, said: messages.Message) -> None:
        odd, self._odd = self._odd, None
        if odd is not None:
            ahead = said.get("seqNum", 0) - odd[0].get("seqNum", 0) & 0xFFFF_FFFF
            if 0 < ahead <= REORDERED:  # it stays there: the device began anew
                self._restart(*odd)
            else:
                self._notice("protocol", "a message far from all others")
        placed = self._placed(said)
        if placed is None and self._counters.is_new_link:
            self._restart(said, self._now_ns)
        elif placed is None:
            self._odd = (said, self._now_ns)
        else:
            self._take(said, placed)

    def _placed(self, said: messages.Message) -> _Placed | None:
        """Where this message stands; None: not in the stream as it went so far."""
        now = self._counters
        silence_ns = self._now_ns - now.arrival_ns
        elapsed_ms = silence_ns // 1_000_000 if silence_ns > LONG_SILENCE_NS else 0
        number = nearest(said.get("seqNum", 0), guess=now.number)
        time_ms = nearest(said.get("timestampMs", 0), guess=now.tick_us // 1000 + elapsed_ms)
        tick_us = time_ms * 1000
        is_behind = number < now.number - REORDERED or tick_us < now.tick_us - BEHIND_US
        if now.is_new_link:
            is_behind = number < now.number or tick_us < now.tick_us
        allowed = (silence_ns * 1e-9 + AHEAD_S) * FASTEST_HZ
        if now.segment < 0 or is_behind or number - now.number > allowed:
            return None
        return _Placed(number, tick_us, self._now_ns)

    def _restart(self, said: messages.Message, arrival_ns: int) -> None:
        """The first message since the device began to count."""
        now = self._counters
        now.segment += 1
        now.without = 0
        number, time_ms = said.get("seqNum", 0), said.get("timestampMs", 0)
        now.number, now.tick_us = number, time_ms * 1000
        self._take(said, _Placed(number, time_ms * 1000, arrival_ns))

    def _take(self, said: messages.Message, placed: _Placed) -> None:
        now = self._counters
        now.is_new_link = False
        if placed.number > now.number or now.arrival_ns == 0:
            now.number, now.tick_us = placed.number, placed.tick_us
        now.arrival_ns = placed.arrival_ns
        self._measure(placed)
        side = SIDES.get(said.get("deviceId", ""), self._told.side)
        if side is not self._told.side:
            self._told.side = side
            self._refresh()
        if "imuData" in said:
            self._motion(said["imuData"], placed)
        for name in ("shearForceX", "shearForceY"):
            self._others(name, said.get("shearData", {}), placed)
        pressure: messages.Message = said.get("pressureData", {})
        ohms, calibrated = (
            messages.numbers(pressure, "rawPressure"),
            messages.numbers(pressure, "pressure"),
        )
        if ohms is None and calibrated is None:
            now.without += 1
            return
        if ohms is not None:
            self._others("pressure", pressure, placed)
            self._pressure(ohms, placed, is_raw=True)
        elif calibrated is not None:
            self._pressure(calibrated, placed, is_raw=False)

    def _pressure(self, values: Ints, placed: _Placed, *, is_raw: bool) -> None:
        if len(values) != SENSORS or (is_raw and bool((values < 0).any())):
            self._notice("bad_value", f"{len(values)} pressures, or a resistance below 0")
            return
        scale = MICROSIEMENS if is_raw else 1.0
        capability = self._refresh(scale)
        if capability is None:
            self._notice("protocol", "pressure before the rate is known")
            return
        raw: Raw = codes(values) if is_raw else values.astype(np.int32)
        is_full = is_raw and bool((raw >= TOP_CODE).any())
        self._out.append(
            Samples(
                device=self._device,
                sequence=np.array([placed.number - self._counters.without], np.int64),
                tick_us=np.array([placed.tick_us], np.int64),
                arrival_ns=np.array([placed.arrival_ns], np.int64),
                values=raw.reshape(1, SENSORS),
                flags=np.array([Quality.CLIPPED if is_full else 0], np.uint32),
                segment=self._counters.segment,
            )
        )

    def _motion(self, imu: messages.Message, placed: _Placed) -> None:
        acc = [imu.get(f"acc{axis}") or imu.get(f"rawAcc{axis}", 0) for axis in messages.AXES]
        gyro = [imu.get(f"gyro{axis}", 0) for axis in messages.AXES]
        if any(acc):
            self._reading("acceleration", "mg", "xyz", acc, placed, imu.get("accScale") or ACC_MG)
        if any(gyro):
            self._reading(
                "gyroscope", "deg/s", "xyz", gyro, placed, imu.get("gyroScale") or GYRO_DPS
            )

    def _others(self, name: str, said: messages.Message, placed: _Placed) -> None:
        values = messages.numbers(said, name)
        if values is not None:
            channels = tuple(str(number) for number in range(1, len(values) + 1))
            kind = {"shearForceX": "shear_x", "shearForceY": "shear_y"}.get(name, name)
            self._reading(kind, "", channels, values.tolist(), placed, 1.0)

    def _measure(self, placed: _Placed) -> None:
        """The rate out of numbers and times, for a device that does not tell it."""
        told, segment = self._told, self._counters.segment
        if told.rate_hz > 0:
            return
        if told.first is None or told.first[0] != segment:
            told.first = (segment, placed.number, placed.tick_us)
        passed_us, counted = placed.tick_us - told.first[2], placed.number - told.first[1]
        if counted >= MEASURED and passed_us > 0:
            measured = counted * 1e6 / passed_us
            told.rate_hz = min(max(float(round(measured)), 1.0), FASTEST_HZ)

    def _refresh(self, scale: float | None = None) -> Capability | None:
        """The capability in force, told once on each link and whenever it changes."""
        told, known = self._told, self._capability
        if told.rate_hz <= 0 or (scale is None and known is None):
            return None
        use = scale if scale is not None or known is None else known.scale
        is_raw = use == MICROSIEMENS
        made = Capability(
            device=self._device,
            protocol=self.protocol,
            serial=told.serial,
            firmware=told.firmware,
            side=told.side,
            layout=layout(),
            quantity="counts",
            scale=1.0 if use is None else use,
            offset=0.0,
            saturated=TOP_CODE if is_raw else None,
            rate_hz=told.rate_hz,
        )
        if made == known and self._is_passed_on:
            return made
        self._capability, self._is_passed_on = made, True
        self._out.append(made)
        return made

    # --- saying ---

    def _reading(
        self,
        kind: str,
        unit: str,
        channels: Sequence[str],
        values: list[int],
        placed: _Placed,
        scale: float,
    ) -> None:
        self._out.append(
            Readings(
                device=self._device,
                kind=kind,
                unit=unit,
                channels=tuple(channels),
                tick_us=np.array([placed.tick_us], np.int64),
                arrival_ns=np.array([placed.arrival_ns], np.int64),
                values=np.array([values], np.int32),
                scale=scale,
            )
        )
