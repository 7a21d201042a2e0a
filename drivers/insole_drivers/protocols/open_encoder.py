"""Encoder of the Open Insole Stream: the insole's half, for virtual insoles and round trips."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np

from insole.model.arrays import Ints, Raw
from insole.model.stream import Capability, Samples, Write
from insole_drivers.protocols import open_capability as document
from insole_drivers.protocols import open_wire as wire

Notification = tuple[str, bytes]

SHORT_BELOW_MTU: Final = 64  # smaller links use SHORT frames: 4 bytes of overhead, not 22
LINE_TOLERANCE_US: Final = 4  # a SHORT sample further off its line starts a new one
PACK_TOLERANCE_US: Final = 1  # a sample further off goes into a DATA frame of its own
LEAST_RATE_HZ: Final = 1.0
MOST_RATE_HZ: Final = 500.0


@dataclass(frozen=True, slots=True)
class _Line:
    """Device time as a straight line of the sample number, and the anchor told last."""

    number: int
    tick_us: int
    step: int
    form: int  # of the samples, and the line's label above bit 2
    room: int  # bytes of a part
    anchored: int

    def time_us(self, number: int) -> int:
        shift = (number - self.number) * self.step + wire.STEP_PER_US // 2
        return self.tick_us + shift // wire.STEP_PER_US


class OpenEncoder:
    """One virtual device.

    Attributes:
        capability: what the device tells; `set rate` changes its rate and its epoch.
        is_streaming: the client has said start and not stop.
        battery: percent, answered on reads.
        boot: number of the device's start; `restart` counts it up.
    """

    def __init__(
        self, capability: Capability, *, boot: int = 1, epoch: int = 0, form: int | None = None
    ) -> None:
        self.capability = capability
        self.is_streaming = False
        self.battery = 100
        self.boot = boot
        self._epoch = epoch
        self._form = form
        self._line: _Line | None = None
        self._label = 0

    @property
    def rate_hz(self) -> float:
        """Samples a second, as it was told to."""
        return self.capability.rate_hz

    def hung_up(self) -> None:
        """The client is gone: the next one must start the stream itself."""
        self.is_streaming = False

    def restart(self) -> None:
        """The device reboots: counters and times that follow start anew."""
        self.boot = (self.boot + 1) & 0xFFFF
        self.is_streaming = False
        self._line = None

    def change(self, capability: Capability, mtu: int) -> list[Notification]:
        """Tell another capability; samples that follow belong to it."""
        self.capability = capability
        self._epoch = (self._epoch + 1) & 0xFF
        self._line = None
        return self._document(mtu)

    def packets(self, samples: Samples, mtu: int) -> list[Notification]:
        """Notifications that carry these samples with this MTU, as few as possible."""
        payloads: list[bytes] = []
        for start, end in _runs(samples.sequence):
            numbers, ticks = samples.sequence[start:end], samples.tick_us[start:end]
            values = samples.values[start:end]
            if mtu < SHORT_BELOW_MTU:
                payloads += self._short(numbers, ticks, values=values, mtu=mtu)
            else:
                payloads += self._long(numbers, ticks, values=values, mtu=mtu)
        return [(wire.STREAM, payload) for payload in payloads]

    def answer(self, write: Write, mtu: int) -> list[Notification]:
        """Notifications that the device sends when a client writes."""
        data = write.payload
        if write.channel != wire.CONTROL or not data:
            return []
        command, result = data[0], 0
        extra: list[Notification] = []
        if command in (wire.START, wire.STOP) and len(data) == 1:
            self.is_streaming = command == wire.START
            self._line = None
        elif command == wire.ASK and len(data) == 1:
            extra = self._document(mtu)
        elif command == wire.SET_RATE and len(data) == 5:
            rate_hz = int.from_bytes(data[1:], "little") / 1000
            if LEAST_RATE_HZ <= rate_hz <= MOST_RATE_HZ:
                extra = self.change(replace(self.capability, rate_hz=rate_hz), mtu)
            else:
                result = 2
        else:
            result = 2 if command in wire.COMMANDS else 1
        size = wire.REPLY.size + wire.CRC_BYTES
        reply = wire.sealed(wire.REPLY.pack(wire.STATUS, size, command, result))
        return [*extra, (wire.STREAM, reply)]

    def read(self, channel: str) -> bytes:
        """Value of a readable characteristic; empty when there is none."""
        if channel == wire.BATTERY:
            return bytes([self.battery])
        texts = {
            "manufacturer": "Open Insole",
            "model": self.capability.layout.name,
            "serial": self.capability.serial,
            "firmware": self.capability.firmware,
        }
        return texts.get(wire.STRINGS.get(channel, ""), "").encode()

    def _document(self, mtu: int) -> list[Notification]:
        whole = document.encode(self.capability)
        room = mtu - wire.ATT_BYTES - wire.PIECE.size - wire.CRC_BYTES
        frames: list[Notification] = []
        for offset in range(0, len(whole), room):
            piece = whole[offset : offset + room]
            size = wire.PIECE.size + len(piece) + wire.CRC_BYTES
            head = wire.PIECE.pack(
                wire.CAPABILITY, size, self.boot, self._epoch, len(whole), offset
            )
            frames.append((wire.STREAM, wire.sealed(head + piece)))
        return frames

    def _form_of(self, values: Raw) -> int:
        """The smallest form that holds every code the device can send."""
        if self._form is not None:
            return self._form
        top = self.capability.saturated
        top = wire.LARGEST[wire.U16] if top is None else max(top, int(values.max(initial=0)))
        return min(form for form, largest in wire.LARGEST.items() if top <= largest)

    def _long(self, numbers: Ints, ticks: Ints, *, values: Raw, mtu: int) -> list[bytes]:
        form = self._form_of(values)
        room = mtu - wire.ATT_BYTES - wire.HEAD.size - wire.CRC_BYTES
        size = wire.sample_bytes(values.shape[1], form)
        payloads: list[bytes] = []
        at = 0
        while at < len(numbers):
            count, step = _straight(ticks[at:], min(room // size, wire.MAX_COUNT))
            body = wire.pack(values[at : at + count], form)
            where = (int(numbers[at]) & 0xFFFF_FFFF, int(ticks[at]) & 0xFFFF_FFFF, step)
            if size <= room:
                payloads.append(self._frame(form, count, where, body=body))
            else:
                share = room - wire.PART.size
                payloads += [
                    self._frame(
                        form | wire.PART_BIT,
                        1,
                        where,
                        body=wire.PART.pack(offset) + body[offset : offset + share],
                    )
                    for offset in range(0, size, share)
                ]
            at += count
        return payloads

    def _frame(self, form: int, count: int, where: tuple[int, int, int], *, body: bytes) -> bytes:
        size = wire.HEAD.size + len(body) + wire.CRC_BYTES
        head = wire.HEAD.pack(wire.DATA, size, self.boot, self._epoch, form, count, *where)
        return wire.sealed(head + body)

    def _short(self, numbers: Ints, ticks: Ints, *, values: Raw, mtu: int) -> list[bytes]:
        form = self._form_of(values)
        room = mtu - wire.ATT_BYTES - wire.SHORT_HEAD - wire.CRC_BYTES
        size = wire.sample_bytes(values.shape[1], form)
        payloads: list[bytes] = []
        at = 0
        while at < len(numbers):
            line = self._line_at(int(numbers[at]), int(ticks[at]), form=form, room=room)
            if line is not self._line:
                self._line = line
                payloads.append(self._anchor(line))
            left = line.anchored + wire.ANCHOR_EVERY - int(numbers[at])
            count = _on_line(line, numbers[at:], ticks[at:], most=min(max(room // size, 1), left))
            body = wire.pack(values[at : at + count], form)
            number = int(numbers[at]) & 0xFFFF_FFFF
            context = wire.CONTEXT.pack(self.boot, self._epoch, line.form, number)
            for index, offset in enumerate(range(0, len(body), room)):
                head = bytes([wire.SHORT + index, number & 0xFF])
                piece = body[offset : offset + room]
                payloads.append(wire.sealed(head + piece, context=context))
            at += count
        return payloads

    def _line_at(self, number: int, tick_us: int, *, form: int, room: int) -> _Line:
        """The line on which this sample lies: the present one, the same anchored again, or new."""
        line = self._line
        step = round(1e6 * wire.STEP_PER_US / self.capability.rate_hz)
        if line is not None and (line.form & wire.FORM_MASK, line.room) == (form, room):
            if abs(line.time_us(number) - tick_us) <= LINE_TOLERANCE_US:
                is_near = 0 <= number - line.anchored < wire.ANCHOR_EVERY
                return line if is_near else replace(line, anchored=number)
            apart = number - line.number
            slope = (tick_us - line.tick_us) * wire.STEP_PER_US
            measured = round(slope / apart) if apart > 0 else -1
            step = measured if 0 <= measured <= 0xFFFF_FFFF else step
        self._label = (self._label + 1) & 0x3F
        return _Line(number, tick_us, step, form | self._label << 2, room, anchored=number)

    def _anchor(self, line: _Line) -> bytes:
        return wire.sealed(
            wire.LINE.pack(
                wire.ANCHOR,
                self.boot,
                self._epoch,
                line.form,
                line.room,
                line.anchored & 0xFFFF_FFFF,
                line.time_us(line.anchored) & 0xFFFF_FFFF,
                line.step,
            )
        )


def _runs(sequence: Ints) -> list[tuple[int, int]]:
    """Half-open index ranges of consecutive sample numbers."""
    cuts = np.flatnonzero(np.diff(sequence) != 1) + 1
    edges = [0, *cuts.tolist(), len(sequence)]
    return [(a, b) for a, b in pairwise(edges) if b > a]


def _straight(ticks: Ints, most: int) -> tuple[int, int]:
    """How many samples from the front lie on one straight line of time, and its step."""
    count = max(min(most, len(ticks)), 1)
    while count > 1:
        step = round(int(ticks[count - 1] - ticks[0]) * wire.STEP_PER_US / (count - 1))
        index = np.arange(count)
        off = ticks[0] + (index * step + wire.STEP_PER_US // 2) // wire.STEP_PER_US - ticks[:count]
        if 0 <= step <= 0xFFFF_FFFF and np.abs(off).max() <= PACK_TOLERANCE_US:
            return count, step
        count //= 2
    return 1, 0


def _on_line(line: _Line, numbers: Ints, ticks: Ints, *, most: int) -> int:
    """How many samples from the front lie on the line, at least the first."""
    count = min(most, len(numbers))
    shift = (numbers[:count] - line.number) * line.step + wire.STEP_PER_US // 2
    off = np.abs(line.tick_us + shift // wire.STEP_PER_US - ticks[:count]) > LINE_TOLERANCE_US
    return max(int(np.argmax(off)) if off.any() else count, 1)
