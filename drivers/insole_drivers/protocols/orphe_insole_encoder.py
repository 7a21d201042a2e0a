"""Encoder of ORPHE INSOLE: the insole's half, for virtual insoles and round trips."""

from __future__ import annotations

import struct
from collections import OrderedDict, deque
from typing import Final

import numpy as np

from insole.model.arrays import Raw
from insole.model.foot import Side
from insole.model.stream import Capability, Samples, Write
from insole_drivers.protocols import orphe_wire as wire

Notification = tuple[str, bytes]

RING: Final = 1500  # packets kept in the loss-free mode
ANSWERS_HZ: Final = 60.0  # packets a second, at most, out of the ring
MOST_QUEUED: Final = 200  # packets asked for at once
UPRIGHT_CODE: Final = 2048  # 1 g at a range of 16 g
ONE_QUATERNION: Final = 16384
HEADERS: Final = {1: wire.MOTION, 2: wire.FIFO, 3: wire.FAST, 4: wire.ALL}
FIFO_MODE: Final = 2

_STATUS = struct.Struct(">BBHBH")  # header, command, serial, watermark, accumulated


class OrpheEncoder:
    """One virtual insole, lying still: its motion sensor feels the earth and nothing else.

    Samples are grouped into packets as they come; what does not fill a packet waits for the next.

    Attributes:
        capability: what it tells.
        mode: the maker's number.
        battery: 0 low, 1 normal, 2 high.
    """

    def __init__(self, capability: Capability) -> None:
        self.capability = capability
        self.mode = 4 if capability.rate_hz < 150.0 else 3
        self.battery = 2
        self._waiting: list[tuple[int, int, Raw]] = []  # number, tick, values of samples
        self._serial = 0  # of the next packet
        self._next: int | None = None  # number of the next sample
        self._day_us = 0  # time of day at tick 0
        self._set_us: int | None = None  # the clock was set to this; counts from the next sample
        self._ring: OrderedDict[int, bytes] = OrderedDict()
        self._is_monitoring = False
        self._asked: deque[int] = deque(maxlen=MOST_QUEUED)
        self._answered_us = 0  # tick up to which answers were sent

    @property
    def is_streaming(self) -> bool:
        """It streams in its present mode as soon as somebody listens."""
        return True

    @property
    def rate_hz(self) -> float:
        """Samples a second in the present mode: what the motion sensor truly takes."""
        count, _ = wire.SHAPES[HEADERS[self.mode]]
        return wire.TRUE_HZ * count / 4

    @property
    def keeps_s(self) -> float:
        """What the ring holds, while it is filled."""
        return RING * 4 / wire.TRUE_HZ if self._is_monitoring else 0.0

    def packets(self, samples: Samples, mtu: int) -> list[Notification]:  # noqa: ARG002
        """Notifications that carry these samples; a link too narrow for them cuts them off."""
        if not len(samples.sequence):
            return []
        if self._set_us is not None:
            self._day_us = self._set_us - int(samples.tick_us[0])
            self._set_us = None
        header = HEADERS[self.mode]
        count, _ = wire.SHAPES[header]
        made: list[tuple[int, bytes]] = []
        for number, tick_us, values in zip(
            samples.sequence.tolist(), samples.tick_us.tolist(), samples.values, strict=True
        ):
            if self._next is not None and number != self._next:  # nobody listened, or a reboot
                self._waiting.clear()
                self._serial += max(0, number - self._next) // count
            self._next = number + 1
            self._waiting.append((number, tick_us, values))
            if len(self._waiting) == count:
                made.append((self._serial % wire.SERIALS, self._packet(header)))
                self._serial += 1
                self._waiting.clear()
        if self.mode != FIFO_MODE:
            return [(wire.VALUES, packet) for _, packet in made]
        if self._is_monitoring:
            self._ring.update(made)
            while len(self._ring) > RING:
                self._ring.popitem(last=False)
        return self._out_of_ring(int(samples.tick_us[-1]))

    def answer(self, write: Write, mtu: int) -> list[Notification]:  # noqa: ARG002
        """Notifications that the device sends when a client writes."""
        data = write.payload
        if write.channel == wire.CLOCK and len(data) == 7:
            self._set_us = wire.day_us_of(data)
        elif write.channel == wire.STATE and len(data) >= 2:
            if data[0] == wire.SET_MODE and data[1] in HEADERS:
                self._change(data[1])
            elif data[0] == wire.FIFO_COMMAND:
                return [(wire.VALUES, packet) for packet in self._fifo(data[1], data[2:])]
        return []

    def read(self, channel: str) -> bytes:
        """Value of a readable characteristic; empty when there is none."""
        if channel != wire.STATE:
            return b""
        mount = 1 if self.capability.side is Side.RIGHT else 0
        ranges = (len(wire.ACCELERATION_G) - 1, len(wire.ROTATION_DPS) - 1)
        return bytes([self.battery, mount, 0, 0, 0, 0, 0, 0, *ranges])

    def hung_up(self) -> None:
        """The client is gone; mode, clock and ring stay as they are."""
        self._asked.clear()

    def restart(self) -> None:
        """The device reboots: serial numbers and its clock start anew."""
        self._serial, self._next, self._day_us, self._set_us = 0, None, 0, None
        self._waiting.clear()
        self._ring.clear()
        self._asked.clear()
        self._is_monitoring = False

    def _change(self, mode: int) -> None:
        if mode != self.mode:
            self._waiting.clear()
            self._next = None
        self.mode = mode

    def _packet(self, header: int) -> bytes:
        """The samples that wait, newest first, under the time of the oldest."""
        count, shape = wire.SHAPES[header]
        rows = np.zeros(count, shape)
        names = shape.names or ()
        rows["acc"][:, 2] = UPRIGHT_CODE
        if "quat" in names:
            rows["quat"][:, 0] = ONE_QUATERNION
        if "pressure" in names:
            rows["pressure"] = np.stack([values for _, _, values in self._waiting])
        if "after_ms" in names:
            ticks = np.array([tick_us for _, tick_us, _ in self._waiting]) // 1000
            rows["after_ms"][1:] = np.diff(ticks)
        day_ms = (self._waiting[0][1] + self._day_us) // 1000
        head = wire.head(header, self._serial, day_ms)
        return (head + rows[::-1].tobytes()).ljust(wire.PACKET_BYTES, b"\0")

    def _fifo(self, command: int, body: bytes) -> list[bytes]:
        """Answers of the loss-free mode."""
        if command == wire.ASK_SERIAL and self._ring:
            newest = next(reversed(self._ring))
            return [_STATUS.pack(wire.ANSWER, command, newest, 0, len(self._ring))]
        if command == wire.ASK_RANGES:
            return self._look_up(body)
        if command in (wire.ERASE, wire.MONITOR, wire.STOP_MONITOR):
            self._is_monitoring = command == wire.MONITOR or (
                command == wire.ERASE and self._is_monitoring
            )
            if command == wire.ERASE:
                self._ring.clear()
                self._asked.clear()
            return [bytes([wire.ANSWER, command])]
        return []

    def _look_up(self, body: bytes) -> list[bytes]:
        """Queue what the ring holds; say at once what it does not."""
        gone: list[bytes] = []
        whole = len(body) // wire.SLOT.size * wire.SLOT.size
        for start, count in wire.SLOT.iter_unpack(body[:whole]):
            serials = [(start + index) % wire.SERIALS for index in range(min(count, RING))]
            self._asked.extend(serial for serial in serials if serial in self._ring)
            missing = [serial for serial in serials if serial not in self._ring]
            gone += [
                bytes([wire.ANSWER, wire.ASK_RANGES]) + wire.SLOT.pack(*run)
                for run in wire.ranges_of(missing)
            ]
        return gone

    def _out_of_ring(self, now_us: int) -> list[Notification]:
        if not self._asked:
            self._answered_us = now_us
            return []
        due = int((now_us - self._answered_us) * 1e-6 * ANSWERS_HZ)
        self._answered_us += round(due * 1e6 / ANSWERS_HZ)
        sent: list[Notification] = []
        while self._asked and len(sent) < due:
            packet = self._ring.get(self._asked.popleft())
            if packet is not None:
                sent.append((wire.VALUES, packet))
        return sent
