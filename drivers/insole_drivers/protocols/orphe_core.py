"""ORPHE CORE: a motion pod that streams beside a pair of insoles; it has no pressure.

What is supported, and on what evidence, is told in docs/protocols/orphe_core.md.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from insole.model.arrays import Ints, Raw
from insole.model.foot import Side
from insole.model.protocol import Advert, Gatt, InsoleProtocol, Match, Setting
from insole.model.stream import (
    Capability,
    Samples,
    Write,
)
from insole_drivers.protocols import orphe_wire as wire
from insole_drivers.protocols.orphe_teller import CODES, OrpheTeller
from insole_drivers.protocols.teller import Refused

PREFIX: Final = "CR-"
RATE_HZ: Final = 200.0
SLOW: Final = 40  # header of the 50 Hz packets: no serial number, no time
SLOW_BYTES: Final = 17
QUICK_BYTES: Final = 92
SLOW_CODES: Final = 127.0
LED, RESET_MOTION = 0x02, 0x03
SLOW_SHAPE = struct.Struct(">4h3b")  # quaternion, gyroscope; the acceleration stands apart
SLOW_ACCELERATION = struct.Struct(">3b")

CHANNELS: Final = 10  # of a virtual pod's signal: quaternion, gyroscope, acceleration


class CoreDecoder(OrpheTeller):
    """Decoder of one pod. What it says is readings; it never says a capability or samples.

    Args:
        device: its key.
    """

    def __init__(self, device: str) -> None:
        super().__init__(device)
        self._quaternion: float | None = None  # scale, once it is known

    def _mounted(self, state: wire.State) -> str:
        return f"{state.side}, {super()._mounted(state)}"

    def _values(self, data: bytes) -> None:
        header = data[0] if data else -1
        if header == SLOW and len(data) >= SLOW_BYTES:
            self._slow(data)
        elif header == wire.MOTION and len(data) >= QUICK_BYTES:
            self._quick(data)
        elif header in (SLOW, wire.MOTION):
            raise Refused("truncated", f"{len(data)} bytes: the link's MTU must be 107 or more")
        else:
            raise Refused("unknown_type", f"packet header {header} is not defined")

    def _quick(self, data: bytes) -> None:
        values = wire.packet(data)
        if values is None:
            return
        for placed in self._placed(values, kind="motion"):
            tick_us = placed.tick_us + wire.within_us(placed.what)
            self._say(placed.what.rows, tick_us, arrival_ns=placed.arrival_ns, codes=CODES)

    def _slow(self, data: bytes) -> None:
        """Neither number nor time: the arrival stands for it."""
        tick_us = np.array([self._now_ns // 1000], np.int64)
        self._say(slow_rows(data), tick_us, arrival_ns=self._now_ns, codes=SLOW_CODES)

    def _say(self, rows: Raw, tick_us: Ints, *, arrival_ns: int, codes: float) -> None:
        state = self._state
        acceleration_g = wire.ACCELERATION_G[-1] if state is None else state.acceleration_g
        rotation_dps = wire.ROTATION_DPS[-1] if state is None else state.rotation_dps
        if self._quaternion is None:
            self._quaternion = quaternion_scale(rows["quat"])
        scales = (
            ("acc", acceleration_g / codes),
            ("gyro", rotation_dps / codes),
            ("quat", self._quaternion or 1.0 / CODES),
        )
        self._motion(rows, tick_us, arrival_ns=arrival_ns, scales=scales)


class CoreEncoder:
    """One virtual pod; its signal is (n, 10): quaternion, gyroscope and acceleration in codes.

    Args:
        capability: what it is.
    """

    def __init__(self, capability: Capability) -> None:
        self.capability = capability
        self.battery = 2
        self._waiting: list[tuple[int, Raw]] = []  # tick and values of samples
        self._serial = 0
        self._next: int | None = None
        self._day_us = 0
        self._set_us: int | None = None

    @property
    def is_streaming(self) -> bool:
        """It streams as soon as somebody listens."""
        return True

    def packets(self, samples: Samples, mtu: int) -> list[tuple[str, bytes]]:  # noqa: ARG002
        """Notifications of four samples each; what does not fill one waits for the next."""
        count, shape = wire.SHAPES[wire.MOTION]
        if self._set_us is not None and len(samples.tick_us):
            self._day_us = self._set_us - int(samples.tick_us[0])
            self._set_us = None
        sent: list[tuple[str, bytes]] = []
        for number, tick_us, values in zip(
            samples.sequence.tolist(), samples.tick_us.tolist(), samples.values, strict=True
        ):
            if self._next is not None and number != self._next:  # nobody listened, or a reboot
                self._waiting.clear()
                self._serial += max(0, number - self._next) // count
            self._next = number + 1
            self._waiting.append((tick_us, values))
            if len(self._waiting) < count:
                continue
            rows = np.zeros(count, shape)
            table = np.stack([each for _, each in self._waiting])
            rows["quat"], rows["gyro"], rows["acc"] = np.split(table, (4, 7), axis=1)
            ticks_ms = np.array([tick for tick, _ in self._waiting]) // 1000
            rows["after_ms"][1:] = np.diff(ticks_ms)
            day_ms = (self._waiting[0][0] + self._day_us) // 1000
            head = wire.head(wire.MOTION, self._serial, day_ms)
            sent.append((wire.VALUES, head + rows[::-1].tobytes()))
            self._serial += 1
            self._waiting.clear()
        return sent

    def answer(self, write: Write, mtu: int) -> list[tuple[str, bytes]]:  # noqa: ARG002
        """Nothing: a pod takes commands without a word."""
        if write.channel == wire.CLOCK and len(write.payload) == 7:
            self._set_us = wire.day_us_of(write.payload)
        return []

    def read(self, channel: str) -> bytes:
        """Value of a readable characteristic; empty when there is none."""
        if channel != wire.STATE:
            return b""
        mount = 1 if self.capability.side is Side.RIGHT else 0
        return bytes([self.battery, mount, 0, 0, 0, 0, 0, 0, 3, 3])

    def hung_up(self) -> None:
        """The client is gone; the clock stays as it is."""

    def restart(self) -> None:
        """The device reboots: serial numbers and its clock start anew."""
        self._serial, self._next, self._day_us, self._set_us = 0, None, 0, None
        self._waiting.clear()


class OrpheCore:
    """The protocol named `orphe_core`."""

    name = "orphe_core"
    title = "ORPHE CORE"
    role = "motion pod"
    gatt = Gatt(
        service=wire.INFORMATION_SERVICE,
        notify=(wire.VALUES, wire.GAIT),
        read=(wire.STATE,),
        write=(wire.STATE, wire.CLOCK),
        optional=frozenset((wire.GAIT,)),
        homes={wire.VALUES: wire.OTHER_SERVICE, wire.GAIT: wire.OTHER_SERVICE},
    )
    settings = (
        Setting(
            "analysis",
            "reset: the pod counts its own steps anew",
            ("keep", "reset"),
            "keep",
            is_once=True,
        ),
        Setting("led", "its light", ("keep", "on", "off"), "keep"),
    )

    def match(self, advert: Advert) -> Match | None:
        """Ours by its name and service; it is never a foot, so it has no side."""
        if not advert.name.startswith(PREFIX) or wire.INFORMATION_SERVICE not in advert.services:
            return None
        told = wire.told(advert)
        battery = None if told is None or told.battery > 100 else told.battery
        return Match(protocol=self.name, model=self.title, side=None, battery=battery)

    def decoder(self, device: str) -> CoreDecoder:
        """A fresh decoder for one device."""
        return CoreDecoder(device)

    def told(self, wish: Capability) -> Capability:
        """200 Hz; the layout means nothing."""
        return replace(
            wish, protocol=self.name, quantity="counts", scale=1.0, offset=0.0, saturated=None,
            rate_hz=RATE_HZ, mass_kg=None,
        )  # fmt: skip

    def encoder(self, capability: Capability) -> CoreEncoder:
        """A fresh encoder for one virtual device."""
        return CoreEncoder(capability)

    def advertise(self, told: Capability, *, battery: int) -> Advert:
        """Name and service, then where it is mounted and its battery."""
        mount = 1 if told.side is Side.RIGHT else 0
        data = wire.manufacturer_data(mount=mount, battery=battery, version=(3, 0, 0))
        return Advert("", f"{PREFIX}3", (wire.INFORMATION_SERVICE,), {wire.COMPANY: data})

    def start(self, chosen: Mapping[str, str] | None = None) -> list[Write]:
        """What was chosen; it streams by itself."""
        wanted = {each.name: each.usual for each in self.settings} | dict(chosen or {})
        writes: list[Write] = []
        if wanted["analysis"] == "reset":
            writes.append(wire.command(wire.RESET_ANALYSIS))
        if wanted["led"] != "keep":
            writes.append(wire.command(LED, int(wanted["led"] == "on"), 0))
        return writes

    def stop(self) -> list[Write]:
        """Nothing: it ends with the link."""
        return []


def slow_rows(data: bytes) -> Raw:
    """The one sample of a 50 Hz packet, in the fields of a fast one."""
    _, shape = wire.SHAPES[wire.MOTION]
    rows = np.zeros(1, shape)
    told = SLOW_SHAPE.unpack_from(data, 1)
    rows["quat"][0], rows["gyro"][0] = told[:4], told[4:]
    rows["acc"][0] = SLOW_ACCELERATION.unpack_from(data, 14)
    return rows


def quaternion_scale(codes: Raw) -> float | None:
    """Scale that makes unit quaternions (n, 4) of these codes; None when neither does.

    Firmware tells them in 1/32768, or in 1/16384.
    """
    norm = float(np.median(np.sqrt(np.square(codes.astype(np.float64)).sum(axis=1)))) / CODES
    if 0.9 < norm < 1.1:
        return 1.0 / CODES
    return 2.0 / CODES if 0.45 < norm < 0.55 else None


def write_back(data: bytes) -> Write | None:
    """The record that leaves everything as DEVICE_INFORMATION told it; ranges can be set by it."""
    if len(data) < 10:
        return None
    kept = (data[1], data[4], 0, data[3], *data[6:10])
    return wire.command(0x01, *kept)


PROTOCOL: InsoleProtocol = OrpheCore()
