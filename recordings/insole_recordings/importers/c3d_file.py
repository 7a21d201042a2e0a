"""The C3D format (c3d.org, user guide), as far as analog channels and force plates need it.

Blocks of 512 bytes: a header, a section of parameters in groups, then frames of points and analog
samples. Every length in it is checked before it is believed.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from insole.errors import DamagedFile, FileError
from insole.model.arrays import Floats

BLOCK = 512
MAGIC = 0x50
INTEL = 84
PROCESSORS = (INTEL, 85, 86)
MOST_BYTES = 1 << 30
LARGEST = 1e9

Values: TypeAlias = tuple[str, ...] | tuple[float, ...]


@dataclass(frozen=True, slots=True)
class C3dFile:
    """What a file says, and where its frames lie.

    Attributes:
        parameters: `GROUP:NAME` to its values, in the file's order (first index fastest).
        points, channels: in a frame.
        per_frame: analog samples of each channel in a frame.
    """

    path: Path
    parameters: dict[str, Values]
    data_at: int
    frames: int
    points: int
    channels: int
    per_frame: int
    is_float: bool

    def numbers(self, name: str) -> tuple[float, ...]:
        """A parameter that is numbers; empty when it is not there."""
        found = self.parameters.get(name, ())
        return tuple(value for value in found if not isinstance(value, str))

    def words(self, name: str) -> tuple[str, ...]:
        """A parameter that is texts, blanks cut off; empty when it is not there."""
        found = self.parameters.get(name, ())
        return tuple(value.strip() for value in found if isinstance(value, str))

    def analog(self, channel: int) -> Floats:
        """(n,) values of one channel, from 0, in its unit."""
        kind = np.dtype("<f4") if self.is_float else np.dtype("<i2")
        if "UNSIGNED" in "".join(self.words("ANALOG:FORMAT")).upper() and not self.is_float:
            kind = np.dtype("<u2")
        width = 4 * self.points + self.channels * self.per_frame
        with self.path.open("rb") as file:
            raw = np.fromfile(file, kind, self.frames * width, offset=self.data_at)
        samples = raw.reshape(self.frames, width)[:, 4 * self.points :]
        mine = samples.reshape(-1, self.channels)[:, channel].astype(np.float64)
        general = (*self.numbers("ANALOG:GEN_SCALE"), 1.0)[0]
        scales, offsets = self.numbers("ANALOG:SCALE"), self.numbers("ANALOG:OFFSET")
        scale = scales[channel] if channel < len(scales) else 1.0
        offset = offsets[channel] if channel < len(offsets) else 0.0
        with np.errstate(over="ignore", invalid="ignore"):
            values = (mine - offset) * (scale * general)
        if not (np.abs(values) <= LARGEST).all():
            raise damaged(self.path, f"analog channel {channel + 1} has values that none can give")
        return values


def is_c3d(head: bytes) -> bool:
    """The mark in the second byte, and a parameter section where the first byte says."""
    if len(head) < BLOCK or head[1] != MAGIC:
        return False
    processor = (head[0] - 1) * BLOCK + 3
    return 0 < processor < len(head) and head[processor] in PROCESSORS


def read_c3d(path: Path) -> C3dFile:
    """Header and parameters.

    Raises:
        FileError: it cannot be opened, or its numbers are not Intel's.
        DamagedFile: it says what cannot be.
    """
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise damaged(path, "it is larger than 1 GB")
        with path.open("rb") as file:
            header = file.read(BLOCK)
            if len(header) < BLOCK or header[1] != MAGIC:
                raise damaged(path, "its first block is not a header")
            file.seek(max(0, header[0] - 1) * BLOCK)
            section = file.read(4)
            if len(section) < 4 or section[3] not in PROCESSORS:
                raise damaged(path, "it has no section of parameters")
            section += file.read(max(0, section[2] * BLOCK - 4))
    except OSError as error:
        raise damaged(path, error.strerror or str(error)) from error
    if section[3] != INTEL:
        raise FileError(
            "this C3D file is of an old kind",
            where=path.name,
            why="its numbers are in the format of DEC or SGI machines",
            fix="Save it again with the numbers of today's machines (Intel)",
        )
    try:
        parameters = _parameters(section)
    except (struct.error, IndexError, ValueError) as error:
        raise damaged(path, f"its parameters are broken: {error}") from error
    return _checked(path, header, parameters, size)


def _checked(path: Path, header: bytes, parameters: dict[str, Values], size: int) -> C3dFile:
    points, analog, first, last, _, scale, start, per_frame = struct.unpack_from(
        "<5Hf2H", header, 2
    )
    is_float = scale < 0.0
    per_frame = max(1, per_frame)
    channels, rest = divmod(analog, per_frame)
    frame_bytes = (4 * points + analog) * (4 if is_float else 2)
    data_at = (start - 1) * BLOCK
    if rest or not frame_bytes or not BLOCK <= data_at < size:
        raise damaged(path, "its header contradicts itself")
    room = (size - data_at) // frame_bytes
    frames = last - first + 1
    if last == 0xFFFF:  # longer than the header can say
        frames = room
    if not 0 < frames <= room:
        raise damaged(path, f"its header promises {frames} frames, there is room for {room}")
    return C3dFile(path, parameters, data_at, frames, points, channels, per_frame, is_float)


def _parameters(section: bytes) -> dict[str, Values]:
    groups: dict[int, str] = {}
    found: list[tuple[int, str, Values]] = []
    at = 4
    while at + 2 <= len(section):
        length, group = struct.unpack_from("<bb", section, at)
        if not length or not group:
            break
        length = abs(length)
        name = section[at + 2 : at + 2 + length].decode("latin-1").strip().upper()
        at += 2 + length
        (step,) = struct.unpack_from("<h", section, at)
        if group < 0:
            groups[-group] = name
        else:
            found.append((group, name, _values(section, at + 2)))
        if step <= 0:
            break
        at += step
    return {f"{groups.get(group, group)}:{name}": values for group, name, values in found}


def _values(section: bytes, at: int) -> Values:
    """One parameter: type, number of dimensions, dimensions, values."""
    kind, dimensions = struct.unpack_from("<bB", section, at)
    at += 2
    sizes = [section[at + i] for i in range(dimensions)]
    at += dimensions
    count = int(np.prod(sizes, dtype=np.int64)) if sizes else 1
    if not 0 <= count <= len(section):
        raise ValueError("a parameter is larger than its section")
    if kind == -1:
        text = section[at : at + count].decode("latin-1")
        width = sizes[0] if sizes else 1
        return tuple(text[i : i + width] for i in range(0, len(text), max(1, width)))
    types = {1: "b", 2: "h", 4: "f"}
    if kind not in types:
        raise ValueError(f"type {kind} is unknown")
    return tuple(
        float(value) for value in struct.unpack_from(f"<{count}{types[kind]}", section, at)
    )


def damaged(path: Path, why: str) -> DamagedFile:
    """The file says what cannot be."""
    return DamagedFile(
        "the C3D file cannot be read",
        where=path.name,
        why=why,
        fix="Export the trial again, whole",
    )
