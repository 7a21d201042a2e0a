"""A look at the text heaps of an HDF5 file before the HDF5 library follows them.

Heaps of variable-length text carry no checksum, and the library (2.0) does not return from one
object whose size was damaged to zero. So every heap is walked here first; nothing is decoded.
"""

from __future__ import annotations

import mmap
import struct
from pathlib import Path
from typing import Final

MAGIC: Final = b"GCOL\x01\0\0\0"
HEAD: Final = struct.Struct("<8sQ")  # signature and version, size of the whole heap
OBJECT: Final = struct.Struct("<HHIQ")  # index, references, reserved, size


def check_heaps(path: Path) -> None:
    """Walk every global heap of the file.

    Raises:
        ValueError: one does not add up; names its place.
        OSError: the file cannot be read.
    """
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        at = data.find(MAGIC)
        while at >= 0:
            if at + HEAD.size > len(data):
                raise ValueError(f"the text heap at byte {at} is cut off")
            end = at + HEAD.unpack_from(data, at)[1]
            if end < at + HEAD.size + OBJECT.size or end > len(data):
                raise ValueError(f"the text heap at byte {at} has an impossible size")
            _walk(data, at + HEAD.size, end)
            at = data.find(MAGIC, end)


def _walk(data: mmap.mmap, at: int, end: int) -> None:
    while at + OBJECT.size <= end:
        index, _, _, size = OBJECT.unpack_from(data, at)
        # object 0 is the free rest and counts its own head
        step = size if index == 0 else OBJECT.size + (size + 7) // 8 * 8
        if step < OBJECT.size or at + step > end:
            raise ValueError(f"an object in a text heap at byte {at} has an impossible size")
        at += step
