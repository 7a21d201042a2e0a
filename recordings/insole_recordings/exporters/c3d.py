"""Exporter "c3d": each insole as a force plate of type 2 (c3d.org, user guide).

Analog channels of a plate: FX, FY, FZ in N, MX, MY, MZ in Nmm about its middle, and VALID: 1 where
samples came, 0 where they are missing; the format knows no missing analog sample, so zeros stand
there. The reaction is written, as laboratories do: the plate's z axis is down, a load negative.
Plates lie beside each other, x to the right, y forward, z up; where the feet were nobody measured.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np

from insole.errors import RequestError
from insole.model.arrays import Floats
from insole.model.foot import Side
from insole_recordings.exporters.even_rows import EvenRows, even_rows, forces_at
from insole_recordings.exporters.exported import (
    ExportedFoot,
    check_outputs,
    exported,
    saving,
)

BLOCK: Final = 512
INTEL: Final = 84
MAGIC: Final = 0x50
MOST_FRAMES: Final = 0xFFFE  # the header counts in 16 bits, and all ones mean "more"
MOST_SAMPLES: Final = 4000  # of each channel in a frame
BLOCK_FRAMES: Final = 1 << 12
NAMES: Final = ("FX", "FY", "FZ", "MX", "MY", "MZ", "VALID")
UNITS: Final = ("N", "N", "N", "Nmm", "Nmm", "Nmm", "")
PLATE: Final = 2  # type: three forces, three moments
APART_MM: Final = 100.0


class C3dExporter:
    """Fulfils `insole.plugins.Exporter`."""

    name = "c3d"

    def write(
        self, path: Path, out: Path, *, options: dict[str, Any], force: bool = False
    ) -> list[Path]:
        """Write `OUT`; the left foot is plate 1, a right foot the next.

        Raises:
            FileError: the input cannot be read, or the output exists or cannot be written.
            RequestError: it holds no samples of a foot, counts instead of newtons, or is too long.
        """
        check_outputs([out], source=path, force=force)
        trial = exported(path, options)
        trial.in_newtons()
        rows = even_rows(trial)
        per_frame = -(-rows.count // MOST_FRAMES)
        if per_frame > MOST_SAMPLES:
            raise RequestError(
                "the trial is too long for this format",
                where=str(path),
                why=f"it has {rows.count} rows, the format takes {MOST_FRAMES * MOST_SAMPLES}",
                fix="Cut it with `insole decide`, or export --to parquet",
            )
        with saving(out) as part, part.open("wb") as file:
            _write(file, list(trial.feet.values()), rows, per_frame)
        return [out]


EXPORTER = C3dExporter()


def _write(file: BinaryIO, feet: list[ExportedFoot], rows: EvenRows, per_frame: int) -> None:
    frames = -(-rows.count // per_frame)
    rate = rows.rate_hz / per_frame
    channels = len(feet) * len(NAMES)
    section = _section(feet, rows, frames=frames, rate=rate)
    start = 2 + len(section) // BLOCK
    header = struct.pack(
        "<2B5Hf2Hf",
        2, MAGIC, 0, channels * per_frame, 1, frames, 0, -1.0, start, per_frame, rate,
    )  # fmt: skip
    file.write(header.ljust(BLOCK, b"\0"))
    file.write(section)
    block = max(1, BLOCK_FRAMES // per_frame) * per_frame
    for first in range(0, frames * per_frame, block):
        end = min(frames * per_frame, first + block)
        times = rows.times(first, end)
        file.write(np.hstack([_plate(foot, times) for foot in feet]).astype("<f4").tobytes())


def _plate(foot: ExportedFoot, times: Floats) -> Floats:
    """(n, 7) channels of one foot."""
    known, force, cop_mm = forces_at(foot, times)
    lands = (cop_mm != 0.0).any(axis=1)
    inwards = 1.0 if foot.side is Side.LEFT else -1.0  # x of the plate points to the left
    x = np.where(lands, inwards * (cop_mm[:, 0] - 0.5 * foot.layout.width_mm), 0.0)
    y = np.where(lands, cop_mm[:, 1] - 0.5 * foot.layout.length_mm, 0.0)
    out = np.zeros((len(times), len(NAMES)))
    out[:, 2] = -force
    out[:, 3] = -force * y
    out[:, 4] = force * x
    out[:, 6] = known
    return out


def _corners(foot: ExportedFoot) -> list[list[float]]:
    """The four corners in the room, mm: in the quadrants ++, -+, --, +- of the plate's x and y."""
    near, far = APART_MM / 2, APART_MM / 2 + foot.layout.width_mm
    left, right = (near, far) if foot.side is Side.RIGHT else (-far, -near)
    length = foot.layout.length_mm
    return [[left, length, 0.0], [right, length, 0.0], [right, 0.0, 0.0], [left, 0.0, 0.0]]


def _section(feet: list[ExportedFoot], rows: EvenRows, *, frames: int, rate: float) -> bytes:
    """Parameters in their groups, whole blocks of them."""
    channels, plates = len(feet) * len(NAMES), len(feet)
    labels = [foot.side.name[0] + name for foot in feet for name in NAMES]
    said = [
        f"{foot.side} insole, {'1: came, 0: missing' if name == 'VALID' else name}"
        for foot in feet
        for name in NAMES
    ]
    corners = np.array([_corners(foot) for foot in feet])
    inputs = [[k * len(NAMES) + one for one in range(1, 7)] for k in range(plates)]
    body = b"".join(
        (
            _group(1, "POINT"),
            _whole(1, "USED", 0),
            _real(1, "SCALE", [-1.0], []),
            _real(1, "RATE", [rate], []),
            _whole(1, "FRAMES", frames),
            _words(1, "LABELS", [""]),
            _words(1, "DESCRIPTIONS", [""]),
            _words(1, "UNITS", ["mm"]),
            _words(1, "X_SCREEN", ["+X"]),
            _words(1, "Y_SCREEN", ["+Z"]),
            _group(2, "ANALOG"),
            _whole(2, "USED", channels),
            _words(2, "LABELS", labels),
            _words(2, "DESCRIPTIONS", said),
            _real(2, "GEN_SCALE", [1.0], []),
            _real(2, "SCALE", [1.0] * channels, [channels]),
            _wholes(2, "OFFSET", [0] * channels, [channels]),
            _words(2, "UNITS", list(UNITS) * plates),
            _real(2, "RATE", [rows.rate_hz], []),
            _group(3, "FORCE_PLATFORM"),
            _whole(3, "USED", plates),
            _wholes(3, "TYPE", [PLATE] * plates, [plates]),
            _wholes(3, "ZERO", [0, 0], [2]),
            _real(3, "CORNERS", corners.ravel().tolist(), [3, 4, plates]),
            _real(3, "ORIGIN", [0.0] * (3 * plates), [3, plates]),
            _wholes(3, "CHANNEL", [one for each in inputs for one in each], [6, plates]),
            _group(4, "MANUFACTURER"),
            _words(4, "SOFTWARE", ["insole"]),
            b"\0\0",
        )
    )
    blocks = -(-(len(body) + 4) // BLOCK)
    return (struct.pack("<4B", 1, MAGIC, blocks, INTEL) + body).ljust(blocks * BLOCK, b"\0")


def _group(number: int, name: str) -> bytes:
    return struct.pack("<bb", len(name), -number) + name.encode() + struct.pack("<hb", 3, 0)


def _parameter(group: int, name: str, kind: int, sizes: Sequence[int], data: bytes) -> bytes:
    rest = struct.pack("<bB", kind, len(sizes)) + bytes(sizes) + data + b"\0"
    head = struct.pack("<bb", len(name), group) + name.encode()
    return head + struct.pack("<h", len(rest) + 2) + rest


def _whole(group: int, name: str, value: int) -> bytes:
    return _wholes(group, name, [value], [])


def _wholes(group: int, name: str, values: Sequence[int], sizes: Sequence[int]) -> bytes:
    return _parameter(group, name, 2, sizes, struct.pack(f"<{len(values)}H", *values))


def _real(group: int, name: str, values: Sequence[float], sizes: Sequence[int]) -> bytes:
    return _parameter(group, name, 4, sizes, struct.pack(f"<{len(values)}f", *values))


def _words(group: int, name: str, texts: Sequence[str]) -> bytes:
    width = max(1, *(len(text) for text in texts))
    data = "".join(text.ljust(width) for text in texts).encode("ascii", "replace")
    return _parameter(group, name, -1, [width, len(texts)], data)
