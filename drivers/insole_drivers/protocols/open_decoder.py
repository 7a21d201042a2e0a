"""Decoder of the Open Insole Stream: bytes of one insole in, values out, nothing raised."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np

from insole.model.arrays import Flags, Ints, Raw
from insole.model.quality import Quality
from insole.model.stream import (
    Capability,
    Connected,
    Disconnected,
    Info,
    Samples,
    Write,
)
from insole_drivers.protocols import open_capability as document
from insole_drivers.protocols import open_wire as wire
from insole_drivers.protocols.teller import Refused, Teller

OPEN_SAMPLES: Final = 4  # samples whose parts may be under way at once
ASK_AGAIN_NS: Final = 1_000_000_000  # between two requests for the capability
ASK_LIMIT: Final = 5  # requests a link; a new link starts over
LONG_SILENCE_NS: Final = 1_200_000_000_000  # 20 min: from here the host clock tells the turns


@dataclass(slots=True)
class _Counters:
    """Unwrapped position of the device since its last start."""

    boot: int = -1
    segment: int = -1
    number: int = 0
    tick_us: int = 0
    arrival_ns: int = 0


@dataclass(frozen=True, slots=True)
class _Block:
    """Where a run of samples stands in the stream of its device."""

    boot: int
    epoch: int
    form: int
    number: int
    time_us: int
    step: int


@dataclass(frozen=True, slots=True)
class _Anchor:
    """What the following SHORT frames leave out."""

    boot: int
    epoch: int
    form: int
    part_bytes: int
    number: int
    time_us: int
    step: int


class _Parts:
    """A sample, or the capability, of which pieces have arrived."""

    __slots__ = ("_have", "data")

    def __init__(self, size: int) -> None:
        self.data = bytearray(size)
        self._have = bytearray(size)

    def put(self, offset: int, piece: bytes) -> None:
        end = offset + len(piece)
        self.data[offset:end] = piece
        self._have[offset:end] = b"\x01" * len(piece)

    @property
    def missing(self) -> int:
        return self._have.count(0)


class OpenDecoder(Teller):
    """Decoder of one device.

    Memory is bounded: one capability, one document and four samples under way. What outlives a
    link: the capability and the unwrapped counters, so that numbers go on after a reconnect.
    """

    def __init__(self, device: str, protocol: str) -> None:
        super().__init__(device)
        self._protocol = protocol
        self._capability: Capability | None = None
        self._known = (-1, -1)  # boot, epoch of the capability
        self._told = b""  # its document
        self._counters = _Counters()
        self._is_told = False  # the capability was passed on since the link stands
        self._retired: deque[int] = deque(maxlen=4)  # boots that ended on this link
        self._parts: dict[tuple[int, int], _Parts] = {}
        self._complete: deque[tuple[int, int]] = deque(maxlen=2 * OPEN_SAMPLES)
        self._document: _Parts | None = None
        self._document_key = (-1, -1, -1)
        self._anchor: _Anchor | None = None
        self._asked = 0
        self._asked_ns = 0

    def _new_link(self, event: Connected | Disconnected) -> None:
        del event
        for key in list(self._parts):
            self._give_up(key)
        self._complete.clear()
        self._retired.clear()
        self._document = None
        self._anchor = None
        self._is_told = False
        self._asked = 0

    def _packet(self, channel: str, data: bytes) -> None:
        if channel != wire.STREAM:
            self._standard(channel, data)
        elif not data:
            raise Refused("truncated", "an empty notification")
        elif data[0] == wire.DATA:
            self._data(data)
        elif data[0] == wire.ANCHOR:
            self._line(data)
        elif data[0] == wire.CAPABILITY:
            self._piece(data)
        elif data[0] == wire.STATUS:
            self._reply(data)
        elif wire.SHORT <= data[0] < wire.SHORT + wire.MAX_PARTS:
            self._short(data)
        else:
            raise Refused("unknown_type", f"frame kind 0x{data[0]:02x} is not defined")

    def _data(self, data: bytes) -> None:
        _check_length(data, wire.HEAD.size + wire.CRC_BYTES)
        _, _, boot, epoch, form, count, number, time_us, step = wire.HEAD.unpack_from(data)
        block = _Block(boot, epoch, form & wire.FORM_MASK, number, time_us, step)
        capability = self._known_capability(block)
        sensors = capability.layout.sensors
        size = wire.sample_bytes(sensors, _checked_form(form, may_be_part=True))
        body = data[wire.HEAD.size : -wire.CRC_BYTES]
        if form & wire.PART_BIT:
            if count != 1 or len(body) <= wire.PART.size:
                raise Refused("bad_value", "a part belongs to one sample", 6)
            (offset,) = wire.PART.unpack_from(body)
            whole = self._joined(block, size, offset=offset, piece=body[wire.PART.size :])
            if whole is not None:
                self._emit(block, whole, count=1, capability=capability)
        elif not count or len(body) != count * size:
            why = f"{len(body)} bytes cannot hold {count} samples of {size}"
            raise Refused("bad_value", why, 7)
        else:
            self._emit(block, body, count=count, capability=capability)

    def _line(self, data: bytes) -> None:
        _check_fixed(data, wire.LINE.size + wire.CRC_BYTES)
        anchor = _Anchor(*wire.LINE.unpack_from(data)[1:])
        if not anchor.part_bytes:
            raise Refused("bad_value", "a part of 0 bytes", 5)
        _checked_form(anchor.form & wire.FORM_MASK, may_be_part=False)
        self._anchor = anchor
        self._known_capability(_block(anchor, anchor.number))

    def _short(self, data: bytes) -> None:
        anchor = self._anchor
        if len(data) <= wire.SHORT_HEAD + wire.CRC_BYTES:
            raise Refused("truncated", f"{len(data)} bytes cannot hold a short frame")
        if anchor is None:
            raise Refused("protocol", "a short frame before its anchor")
        away = ((data[1] - anchor.number + 0x80) & 0xFF) - 0x80
        number = (anchor.number + away) & 0xFFFF_FFFF
        context = wire.CONTEXT.pack(anchor.boot, anchor.epoch, anchor.form, number)
        if not -wire.ANCHOR_REACH <= away < wire.ANCHOR_REACH:
            raise Refused("protocol", f"a short frame {away} samples from its anchor")
        if not wire.is_intact(data, context=context):
            raise Refused("bad_checksum", "the checksum of a short frame is wrong")
        block = _block(anchor, number)
        capability = self._known_capability(block)
        size = wire.sample_bytes(capability.layout.sensors, block.form)
        index, body = data[0] - wire.SHORT, data[wire.SHORT_HEAD : -wire.CRC_BYTES]
        if size <= anchor.part_bytes:
            if index or len(body) % size:
                raise Refused("bad_value", f"{len(body)} bytes are no samples of {size}", 2)
            self._emit(block, body, count=len(body) // size, capability=capability)
            return
        offset = index * anchor.part_bytes
        if len(body) != min(anchor.part_bytes, size - offset):
            raise Refused("bad_value", f"part {index} has {len(body)} bytes", 2)
        whole = self._joined(block, size, offset=offset, piece=body)
        if whole is not None:
            self._emit(block, whole, count=1, capability=capability)

    def _piece(self, data: bytes) -> None:
        _check_length(data, wire.PIECE.size + wire.CRC_BYTES)
        _, _, boot, epoch, total, offset = wire.PIECE.unpack_from(data)
        body = data[wire.PIECE.size : -wire.CRC_BYTES]
        if total > wire.MAX_DOCUMENT or not body or offset + len(body) > total:
            raise Refused("bad_value", f"bytes {offset} to {offset + len(body)} of {total}", 6)
        key = (boot, epoch, total)
        if self._document is None or key != self._document_key:
            self._document = _Parts(total)
            self._document_key = key
        self._document.put(offset, body)
        if self._document.missing:
            return
        raw = bytes(self._document.data)
        self._document = None
        try:
            told = document.decode(raw, device=self._device, protocol=self._protocol)
        except document.BadCapability as why:
            raise Refused("bad_value", f"the capability is refused: {why}") from None
        if boot in self._retired:
            raise Refused("protocol", "a capability from before the restart")
        if self._is_told and (self._known, self._told) == ((boot, epoch), raw):
            return
        for key in list(self._parts):
            self._give_up(key)
        self._complete.clear()
        self._capability = told
        self._known = (boot, epoch)
        self._told = raw
        self._is_told = True
        self._asked = 0
        self._out.append(told)

    def _reply(self, data: bytes) -> None:
        _check_length(data, wire.REPLY.size + wire.CRC_BYTES)
        _check_fixed(data, wire.REPLY.size + wire.CRC_BYTES)
        _, _, command, result = wire.REPLY.unpack_from(data)
        word = wire.COMMANDS.get(command, f"0x{command:02x}")
        if result:
            why = wire.RESULTS.get(result, f"result {result}")
            raise Refused("protocol", f"the insole refused '{word}': {why}")
        self._out.append(Info(self._device, self._now_ns, "accepted", word))

    def _known_capability(self, block: _Block) -> Capability:
        """The capability of this block; asks the insole when it has not told it yet."""
        if block.boot in self._retired:
            raise Refused("protocol", "data from before the restart")
        if self._capability is not None and self._known == (block.boot, block.epoch):
            if not self._is_told:
                self._is_told = True
                self._out.append(self._capability)
            return self._capability
        waited = self._asked == 0 or self._now_ns - self._asked_ns >= ASK_AGAIN_NS
        if waited and self._asked < ASK_LIMIT:
            self._asked += 1
            self._asked_ns = self._now_ns
            self._out.append(Write(wire.CONTROL, bytes([wire.ASK])))
        raise Refused("protocol", f"data of epoch {block.epoch}, whose capability is not known", 5)

    def _joined(self, block: _Block, size: int, *, offset: int, piece: bytes) -> bytes | None:
        """The whole sample once its last part is there."""
        key = (block.number, block.time_us)
        if offset + len(piece) > size:
            raise Refused("bad_value", f"bytes {offset} to {offset + len(piece)} of {size}")
        if key in self._complete:
            raise Refused("protocol", f"a part of sample {block.number} came again")
        if key not in self._parts:
            if len(self._parts) == OPEN_SAMPLES:
                self._give_up(next(iter(self._parts)))
            self._parts[key] = _Parts(size)
        parts = self._parts[key]
        if len(parts.data) != size:
            raise Refused("bad_value", f"parts of sample {block.number} do not fit together")
        parts.put(offset, piece)
        if parts.missing:
            return None
        del self._parts[key]
        self._complete.append(key)
        return bytes(parts.data)

    def _give_up(self, key: tuple[int, int]) -> None:
        parts = self._parts.pop(key)
        size = len(parts.data)
        text = f"sample {key[0]} is incomplete: {size - parts.missing} of {size} bytes came"
        self._notice("truncated", text)

    def _emit(self, block: _Block, body: bytes, *, count: int, capability: Capability) -> None:
        values = wire.unpack(
            body, samples=count, sensors=capability.layout.sensors, form=block.form
        )
        sequence, tick_us = self._unwrapped(block, count)
        self._out.append(
            Samples(
                device=self._device,
                sequence=sequence,
                tick_us=tick_us,
                arrival_ns=np.full(count, self._now_ns, np.int64),
                values=values,
                flags=_flags(values, capability.saturated),
                segment=self._counters.segment,
            )
        )

    def _unwrapped(self, block: _Block, count: int) -> tuple[Ints, Ints]:
        """Sample numbers and device times, (count,) each, and moves the counters there."""
        now = self._counters
        if block.boot != now.boot:
            if now.boot >= 0:
                self._retired.append(now.boot)
            number, tick_us = block.number, block.time_us
            now.boot = block.boot
            now.segment += 1
        else:
            silence_ns = self._now_ns - now.arrival_ns
            elapsed_us = silence_ns // 1000 if silence_ns > LONG_SILENCE_NS else 0
            number = wire.nearest(block.number, guess=now.number)
            tick_us = wire.nearest(block.time_us, guess=now.tick_us + elapsed_us)
        index = np.arange(count, dtype=np.int64)
        ticks = tick_us + (index * block.step + wire.STEP_PER_US // 2) // wire.STEP_PER_US
        now.number = number + count - 1
        now.tick_us = int(ticks[-1])
        now.arrival_ns = self._now_ns
        return number + index, ticks


def _check_length(data: bytes, least: int) -> None:
    """The u16 at byte 1 counts the whole frame; then the checksum must fit."""
    if len(data) < least:
        raise Refused("truncated", f"{len(data)} of at least {least} bytes")
    told = int.from_bytes(data[1:3], "little")
    if len(data) < told:
        raise Refused("truncated", f"{len(data)} of {told} bytes", len(data))
    if len(data) > told:
        raise Refused("bad_value", f"{len(data)} bytes in a frame of {told}", 1)
    if not wire.is_intact(data):
        raise Refused("bad_checksum", "the checksum of a frame is wrong", len(data) - 2)


def _check_fixed(data: bytes, size: int) -> None:
    """A frame whose kind tells its length."""
    if len(data) < size:
        raise Refused("truncated", f"{len(data)} of {size} bytes", len(data))
    if len(data) > size:
        raise Refused("bad_value", f"{len(data)} bytes in a frame of {size}", size)
    if not wire.is_intact(data):
        raise Refused("bad_checksum", "the checksum of a frame is wrong", size - 2)


def _checked_form(form: int, *, may_be_part: bool) -> int:
    kind = form & ~wire.PART_BIT if may_be_part else form
    if kind not in wire.LARGEST:
        raise Refused("bad_value", f"sample form 0x{form:02x} is not defined")
    return kind


def _block(anchor: _Anchor, number: int) -> _Block:
    """The place of sample `number` on the line of its anchor."""
    away = ((number - anchor.number + 0x80) & 0xFF) - 0x80
    shift_us = (away * anchor.step + wire.STEP_PER_US // 2) // wire.STEP_PER_US
    return _Block(
        boot=anchor.boot,
        epoch=anchor.epoch,
        form=anchor.form & wire.FORM_MASK,
        number=number,
        time_us=(anchor.time_us + shift_us) & 0xFFFF_FFFF,
        step=anchor.step,
    )


def _flags(values: Raw, saturated: int | None) -> Flags:
    flags = np.zeros(len(values), np.uint32)
    if saturated is not None:
        flags[(values >= saturated).any(axis=1)] = Quality.CLIPPED
    return flags
