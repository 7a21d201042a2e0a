"""Fields of binary frames: compiled once to strides, read and written a block of frames at a time.

A field is a box of numbers: (frames, samples, channels). Whole bytes in the machine's own types are
a strided view of the block; anything else is gathered bit by bit, for all frames at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from insole.model.arrays import Raw
from insole_drivers.described.model import Description, Endian, Field

TYPE = re.compile(r"([uif])([1-9][0-9]?)")
NATIVE: Final = {8, 16, 32, 64}
FLOATS: Final = {16, 32, 64}
MOST_NUMBERS: Final = 4096  # of one field in one frame
MOST_BITS: Final = 48  # of a number that is no native type


class Overlong(ValueError):
    """A field ends behind its frame."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A type: `u`, `i` or `f`, and its bits."""

    letter: str
    bits: int

    @property
    def is_float(self) -> bool:
        """It is a floating-point number."""
        return self.letter == "f"


def kind_of(text: str) -> Kind | None:
    """The type that a text names, or None.

    >>> kind_of("u12"), kind_of("f8")
    (Kind(letter='u', bits=12), None)
    """
    found = TYPE.fullmatch(text)
    if found is None:
        return None
    kind = Kind(found[1], int(found[2]))
    if kind.is_float:
        return kind if kind.bits in FLOATS else None
    return kind if kind.bits <= MOST_BITS or kind.bits == 64 else None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a field stands in a frame, in bits.

    Attributes:
        start: of sample 0, channel 0.
        samples, channels: shape of the box.
        next_sample, next_channel: bits from one to the next.
    """

    field: Field
    kind: Kind
    endian: Endian
    start: int
    samples: int
    channels: int
    next_sample: int
    next_channel: int

    @property
    def end(self) -> int:
        """First bit behind the field."""
        last = (self.samples - 1) * self.next_sample + (self.channels - 1) * self.next_channel
        return self.start + last + self.kind.bits

    @property
    def is_native(self) -> bool:
        """A strided view can read it."""
        steps = (self.start, self.next_sample, self.next_channel)
        return self.kind.bits in NATIVE | FLOATS and all(step % 8 == 0 for step in steps)

    def read(self, frames: NDArray[np.uint8]) -> Raw:
        """(n, samples, channels) numbers out of (n, size) bytes."""
        if self.is_native:
            raw = self._view(frames).astype(self._dtype().newbyteorder("="))
        else:
            raw = self._gathered(frames)
        if self.field.mask is not None:
            raw = raw & raw.dtype.type(self.field.mask)
        return raw >> raw.dtype.type(self.field.shift) if self.field.shift else raw

    def write(self, frames: NDArray[np.uint8], values: Raw) -> None:
        """Put numbers of that shape into (n, size) bytes; other bits stay."""
        if not self.kind.is_float:
            values = values.astype(np.int64) << self.field.shift
        if self.is_native:
            self._view(frames)[...] = values.astype(self._dtype())
            return
        bits = np.unpackbits(frames, axis=1, bitorder=self.endian)
        raw = values.astype(np.int64)[..., None] >> self._powers()
        bits[:, self._indices()] = raw & 1
        frames[...] = np.packbits(bits, axis=1, bitorder=self.endian)

    def _dtype(self) -> np.dtype[Any]:
        order = "<" if self.endian == "little" else ">"
        return np.dtype(f"{order}{self.kind.letter}{self.kind.bits // 8}")

    def _view(self, frames: NDArray[np.uint8]) -> Raw:
        return np.ndarray(
            (len(frames), self.samples, self.channels),
            self._dtype(),
            buffer=frames,
            offset=self.start // 8,
            strides=(frames.shape[1], self.next_sample // 8, self.next_channel // 8),
        )

    def _powers(self) -> NDArray[np.int64]:
        powers = np.arange(self.kind.bits, dtype=np.int64)
        return powers if self.endian == "little" else powers[::-1]

    def _indices(self) -> NDArray[np.int64]:
        """(samples, channels, bits) position of each bit in the frame."""
        sample = np.arange(self.samples)[:, None, None] * self.next_sample
        channel = np.arange(self.channels)[None, :, None] * self.next_channel
        return self.start + sample + channel + np.arange(self.kind.bits)[None, None, :]

    def _gathered(self, frames: NDArray[np.uint8]) -> Raw:
        bits = np.unpackbits(frames, axis=1, bitorder=self.endian)[:, self._indices()]
        raw = (bits.astype(np.int64) << self._powers()).sum(axis=-1)
        if self.kind.letter == "i":
            raw -= (raw >> (self.kind.bits - 1)) << self.kind.bits
        size = next(size for size in (1, 2, 4, 8) if self.kind.bits <= 8 * size)
        return raw.astype(np.dtype(f"{self.kind.letter}{size}"))


def places(
    description: Description, *, size: int, present: frozenset[str]
) -> tuple[tuple[Place, ...], int]:
    """Where the fields that are present stand in frames of this size, and how many samples.

    Raises:
        Overlong: the frame is too short for them.
    """
    per_frame = description.samples.per_frame or _room(description, size, present)
    made: list[Place] = []
    at = 0  # bit behind the field before
    for each in description.fields:
        if each.name not in present:
            continue
        if each.per == "sample" and per_frame * each.count > MOST_NUMBERS:
            raise Overlong(f"{per_frame} samples of {each.count} are too many")
        place = _place(each, description, at=at, per_frame=per_frame)
        if place.end > size * 8:
            raise Overlong(f"{each.name} ends at byte {(place.end + 7) // 8} of {size}")
        made.append(place)
        at = place.end
    return tuple(made), per_frame


def _place(field: Field, description: Description, *, at: int, per_frame: int) -> Place:
    kind = kind_of(field.type)
    if kind is None:
        raise Overlong(f"{field.name} has no type")
    is_whole = kind.bits % 8 == 0
    unit = 8 if is_whole else 1
    if field.offset is not None:
        start = field.offset * 8 + field.bit
    else:
        start = -(-at // 8) * 8 if is_whole else at
    next_channel = field.next_channel * unit or kind.bits
    samples = per_frame if field.per == "sample" else 1
    return Place(
        field=field,
        kind=kind,
        endian=field.endian or description.frame.endian,
        start=start,
        samples=samples,
        channels=field.count,
        next_sample=field.next_sample * unit or field.count * next_channel,
        next_channel=next_channel,
    )


def _room(description: Description, size: int, present: frozenset[str]) -> int:
    """As many samples as fit: every field of a sample takes its own stride."""
    here = [each for each in description.fields if each.name in present]
    one = [_place(each, description, at=0, per_frame=1) for each in here if each.per == "sample"]
    if not one:
        return 1
    fixed = 0
    for each in here:
        if each.per == "frame":
            fixed = max(fixed, _place(each, description, at=fixed, per_frame=1).end)
    first = next(each.field.offset for each in one)
    begin = fixed if first is None else first * 8
    is_grouped = all(each.field.next_sample for each in one)
    strides = [each.next_sample for each in one]
    room = (size * 8 - begin) // (max(strides) if is_grouped else sum(strides))
    if room < 1:
        raise Overlong(f"no sample fits in {size} bytes")
    return room
