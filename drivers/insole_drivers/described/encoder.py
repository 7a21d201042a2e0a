"""The device's half of a described protocol: what such an insole would send.

Numbers that the description has beside pressure, counter, clock, side and battery are 0.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final

import numpy as np

from insole.model.arrays import Ints, Raw
from insole.model.foot import Side
from insole.model.stream import Capability, Samples, Write
from insole_drivers.described import fields, steps
from insole_drivers.described.description import Insole
from insole_drivers.described.framing import SUM_BYTES, WIDTH, marker_of, sum_of
from insole_drivers.described.model import Field
from insole_drivers.described.placing import modulus_of, unit_us
from insole_drivers.protocols import ble_sig

Notification = tuple[str, bytes]

ATT_BYTES: Final = 3
WAITING: Final = 4096  # samples that wait to be pulled; the oldest go
BATTERY: Final = 100


class DescribedEncoder:
    """One virtual device.

    Attributes:
        is_streaming: the client has written what starts the stream, or needs not.
    """

    def __init__(self, insole: Insole, capability: Capability) -> None:
        self._insole = insole
        self._capability = capability
        self._description = insole.description
        rule, told = insole.description.side, capability.side
        self._channel = insole.description.link.notify[0]
        if rule.by == "notify":
            self._channel = (rule.right if told is Side.RIGHT else rule.left)[0]
        self._samples = insole.description.samples.per_frame or 1
        self._rows: list[tuple[Ints, Ints, Raw]] = []
        self._waiting = 0
        self.is_streaming = not insole.description.start
        self._is_text = insole.description.frame.kind in ("lines", "json")
        if not self._is_text:
            self._places, self._size = _shape(insole, self._samples)

    def hung_up(self) -> None:
        """The client is gone."""
        self.is_streaming = not self._description.start
        self._forget()

    def restart(self) -> None:
        """The device reboots."""
        self.hung_up()

    def packets(self, samples: Samples, mtu: int) -> list[Notification]:
        """Notifications of whole frames; what is no whole frame yet waits."""
        self._rows.append((samples.sequence, samples.tick_us, samples.values))
        self._waiting += len(samples.sequence)
        if self._description.frame.kind == "batch":
            while self._waiting > WAITING:
                self._waiting -= len(self._rows.pop(0)[0])
            return []
        return self.carried(self._units(), mtu)

    def units(self, samples: Samples) -> list[bytes]:
        """Whole frames, or lines; what is no whole frame yet waits."""
        self._rows.append((samples.sequence, samples.tick_us, samples.values))
        return self._units()

    def answer(self, write: Write, mtu: int) -> list[Notification]:
        """Starts, stops and pulls; anything else is passed over."""
        description = self._description
        repeat = description.repeat
        if repeat is not None and write.payload == steps.repeated(repeat, description.link).payload:
            return self._batch(mtu) if description.frame.kind == "batch" else []
        stops = steps.writes(description, description.stop)
        if any(_is_same(write, each) for each in stops):
            self.is_streaming = False
            self._forget()
            return self._finished()
        starts = steps.writes(description, description.start)
        if starts and _is_same(write, starts[-1]):
            self.is_streaming = True
        return []

    def read(self, channel: str) -> bytes:
        """Side, serial and battery, as far as the description reads them."""
        rule, told = self._description.side, self._capability
        if channel == rule.channel:
            patterns = rule.left if told.side is Side.LEFT else rule.right
            return plain(patterns[0]).encode()
        known = {
            ble_sig.SERIAL: told.serial.encode(),
            ble_sig.FIRMWARE: told.firmware.encode(),
            ble_sig.BATTERY: bytes([BATTERY]),
        }
        return known.get(channel, b"")

    # --- samples to frames ---

    def _forget(self) -> None:
        self._rows.clear()
        self._waiting = 0

    def _whole(self) -> tuple[Ints, Ints, Raw]:
        """What waits, as far as it fills frames that begin at a whole one."""
        sequence = np.concatenate([each[0] for each in self._rows])
        ticks = np.concatenate([each[1] for each in self._rows])
        values = np.concatenate([each[2] for each in self._rows])
        many = self._samples
        begin = int(-sequence[0] % many)  # a stream begins with a whole frame
        end = max(begin, begin + (len(sequence) - begin) // many * many)
        self._forget()
        if end < len(sequence):
            self._rows.append((sequence[end:], ticks[end:], values[end:]))
            self._waiting = len(sequence) - end
        return sequence[begin:end], ticks[begin:end], values[begin:end]

    def _units(self) -> list[bytes]:
        sequence, ticks, values = self._whole()
        if not len(sequence):
            return []
        made = self._texts if self._is_text else self._frames
        return made(sequence, ticks, values)

    def carried(self, units: list[bytes], mtu: int) -> list[Notification]:
        """Notifications that carry these frames or lines, one after another."""
        room = max(1, mtu - ATT_BYTES)
        kind = self._description.frame.kind
        if kind in ("lines", "marker"):
            return self._cut(b"".join(units), room)
        per = max(1, room // self._size) if kind == "packed" else 1
        parts = [b"".join(units[at : at + per]) for at in range(0, len(units), per)]
        return [(self._channel, part) for part in parts]

    def _cut(self, data: bytes, room: int) -> list[Notification]:
        return [(self._channel, data[at : at + room]) for at in range(0, len(data), room)]

    def _batch(self, mtu: int) -> list[Notification]:
        if not self._rows:
            return []
        frame = self._description.frame
        sequence, ticks, values = self._whole()
        most = frame.largest // frame.size
        frames = self._frames(sequence[-most:], ticks[-most:], values[-most:])
        begin = frame.begin.replace("<n>", str(len(frames))).encode()
        room = max(1, mtu - ATT_BYTES)
        data = self._cut(b"".join(frames), room)
        return [(self._channel, begin), *data, (self._channel, frame.end.encode())]

    def _finished(self) -> list[Notification]:
        finish = self._description.frame.finish
        return [(self._channel, finish.encode())] if finish else []

    def _numbers(self, field: Field, sequence: Ints, ticks: Ints) -> Ints:
        """(n, samples) of what the device counts, tells of time, or of its side."""
        per_frame = sequence.reshape(-1, self._samples)
        moments = ticks.reshape(-1, self._samples)
        if field.use == "counter":
            told = per_frame if field.counts == "samples" else per_frame // self._samples
            if field.counts == "both":
                told = 2 * told + (self._capability.side is Side.RIGHT)
            return told % modulus_of(field)
        if field.use == "clock":
            told = moments if field.per == "sample" or field.marks == "start" else moments[:, ::-1]
            return told // unit_us(field) % modulus_of(field)
        if field.use == "delta":
            return np.diff(moments, axis=1, prepend=moments[:, :1]) // unit_us(field)
        if field.use == "battery":
            return np.full_like(per_frame, BATTERY)
        if field.use == "side":
            rule = self._description.side
            patterns = rule.left if self._capability.side is Side.LEFT else rule.right
            return np.full_like(per_frame, int(plain(patterns[0]) or 0))
        if field.use == "flags":
            listed = self._description.fields
            masks = [each.when.mask for each in listed if each.when and each.when.field]
            return np.full_like(per_frame, int(np.bitwise_or.reduce(masks)) if masks else 0)
        return np.zeros_like(per_frame)

    def _box(self, field: Field, sequence: Ints, ticks: Ints, values: Raw) -> Raw:
        """(n, samples, channels) of one field, in its order on the wire."""
        if field.use == "pressure":
            box = self._channels(field, values)
        else:
            told = self._numbers(field, sequence, ticks)
            box = np.repeat(told[:, :, None], field.count, axis=2)
        if field.per == "frame":
            return box[:, :1]
        return box[:, ::-1] if self._description.samples.order == "newest first" else box

    def _channels(self, field: Field, values: Raw) -> Raw:
        codes = values.astype(np.int64)
        if self._description.sensors.inverted:
            codes = (self._insole.saturated or 0) - codes
        side = self._capability.side
        if field.foot is not None:  # rows are of both feet
            side, sensors = Side(field.foot), self._insole.layout.sensors
            codes = codes[:, :sensors] if side is Side.LEFT else codes[:, sensors:]
        made = np.zeros((len(codes), field.count), np.int64)
        made[:, self._insole.order[side]] = codes
        box = made.reshape(-1, self._samples, field.count)
        is_float = self._is_text or field.type.startswith("f")
        return box / 10.0**field.decimals if is_float else box

    def _frames(self, sequence: Ints, ticks: Ints, values: Raw) -> list[bytes]:
        count = len(sequence) // self._samples
        frame = self._description.frame
        data = np.zeros((count, self._size), np.uint8)
        marker = marker_of(frame)
        rule = self._description.side
        if rule.by == "prefix":
            feet = rule.left if self._capability.side is Side.LEFT else rule.right
            marker = feet[0].encode()
        data[:, : len(marker)] = np.frombuffer(marker, np.uint8)
        if frame.length is not None:
            told = (self._size - frame.length.adds).to_bytes(
                WIDTH[frame.length.type], frame.length.endian
            )
            at = frame.length.offset
            data[:, at : at + len(told)] = np.frombuffer(told, np.uint8)
        for place in self._places:
            place.write(data, self._box(place.field, sequence, ticks, values))
        frames = [row.tobytes() for row in data]
        checksum = frame.checksum
        if checksum is None:
            return frames
        tail = SUM_BYTES[checksum.type]
        return [each[:-tail] + sum_of(each[:-tail], checksum) for each in frames]

    def _texts(self, sequence: Ints, ticks: Ints, values: Raw) -> list[bytes]:
        listed = self._description.fields
        boxes = [self._box(each, sequence, ticks, values) for each in listed]
        is_json = any(each.key or each.keys for each in listed)
        made: list[bytes] = []
        for row in range(len(sequence)):
            numbers = [
                [_shown(one, each) for one in box[row, 0].tolist()]
                for each, box in zip(listed, boxes, strict=True)
            ]
            text = self._object(numbers) if is_json else self._line(numbers)
            made.append(text.encode())
        if self._description.frame.kind == "json":
            return made
        end = self._description.frame.terminator.encode()
        return [each + end for each in made]

    def _line(self, numbers: list[list[str]]) -> str:
        frame, rule = self._description.frame, self._description.side
        columns = ["0"] * frame.columns
        for field, told in zip(self._description.fields, numbers, strict=True):
            first = field.column or 0
            columns[first : first + field.count] = told
        prefix = ""
        if rule.by == "prefix":
            prefix = (rule.left if self._capability.side is Side.LEFT else rule.right)[0]
        return prefix + frame.separator.join(columns)

    def _object(self, numbers: list[list[str]]) -> str:
        whole: dict[str, Any] = {}
        for field, told in zip(self._description.fields, numbers, strict=True):
            values = [json.loads(each) for each in told]
            if field.keys:
                for key, value in zip(field.keys, values, strict=True):
                    _put(whole, key, value)
            else:
                _put(whole, field.key, values if field.count > 1 else values[0])
        return json.dumps(whole, separators=(",", ":"))


def _shape(insole: Insole, samples: int) -> tuple[tuple[fields.Place, ...], int]:
    """Fields and size of the frames that this device sends: with everything in them."""
    description = insole.description
    frame = description.frame
    sizes = [size for each in description.fields if each.when for size in each.when.sizes]
    largest = max(sizes, default=frame.size)
    present = frozenset(
        each.name
        for each in description.fields
        if each.when is None or not each.when.sizes or largest in each.when.sizes
    )
    known = replace(description, samples=replace(description.samples, per_frame=samples))
    places, _ = fields.places(known, size=1 << 16, present=present)
    tail = 0 if frame.checksum is None else SUM_BYTES[frame.checksum.type]
    needed = max((place.end + 7) // 8 for place in places) + tail
    return places, largest or needed


def _is_same(write: Write, wanted: Write) -> bool:
    if write.channel != wanted.channel:
        return False
    return wanted.payload_at is not None or write.payload == wanted.payload


def _shown(number: float, field: Field) -> str:
    decimals = field.decimals if field.use == "pressure" else 0
    return f"{number:.{decimals}f}"


def _put(whole: dict[str, Any], path: str, value: Any) -> None:
    *parents, last = path.split(".")
    for key in parents:
        whole = whole.setdefault(key, {})
    whole[last] = value


def plain(pattern: str) -> str:
    """A text that fits a pattern.

    >>> plain("Left0?_foot*")
    'Left01_foot'
    """
    return pattern.replace("*", "").replace("?", "1")
