"""Small files in the form of Moticon, loadsol, treadmills, OpenSim and C3D, with known content."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest

from tests.recordings.vendor_files import SHARED

DATA = Path(__file__).parent / "data"
MOTICON = SHARED / "moticon-opengo"
LOADSOL = SHARED / "loadsol"
TREADMILL = SHARED / "treadmill-running"
needs_motion = pytest.mark.skipif(
    not TREADMILL.is_dir(), reason="the shared recordings are not beside the project"
)


def motion_reference(name: str) -> dict:
    """The published and recomputed figures of one file, e.g. `loadsol/test_poids.txt`."""
    return json.loads((SHARED / "reference.json").read_text())[name]


def moticon_names(sensors: int = 16, sides: tuple[str, ...] = ("left", "right")) -> list[str]:
    names = ["time"]
    for side in sides:
        names += [f"{side} pressure {k}[N/cm²]" for k in range(1, sensors + 1)]
        names += [f"{side} acceleration X[g]", f"{side} total force[N]"]
    return names


def moticon(
    rows: int = 12, *, size: str = "7", blank: tuple[tuple[int, str], ...] = (), extra: str = ""
) -> str:
    """An export in which sensor k of row i holds k + i / 4 (right: ten times that).

    `blank` names (row, side) without a sample; `extra` are header lines.
    """
    lines = [
        "# Start time: 14.11.2023 22:13:20.123",
        "# Duration: 00:00.120",
        "# Sensor insoles: Left SN1, Right SN2",
        f"# Size: {size}",
        "# Notes: a: b",
        *extra.splitlines(),
        "# " + "\t".join([*moticon_names(), "left steps[]", "Hops label[]", "Hops[]"]),
    ]
    for row in range(rows):
        cells = [f"{row / 100:.2f}"]
        for side, factor in (("left", 1), ("right", 10)):
            if (row, side) in blank:
                cells += [""] * 18
                continue
            cells += [f"{factor * (k + row / 4):.2f}" for k in range(1, 17)]
            cells += ["-0.10", f"{factor * 1000:.2f}"]
        step = {2: "11.00", 7: "15.00"}.get(row, "")
        hop = ("first hop", "3.50") if row == 4 else ("", "")
        lines.append("\t".join([*cells, step, *hop]))
    return "\n".join(lines) + "\n"


def loadsol(rows: int = 30, *, lost: tuple[int, ...] = (), late: tuple[int, ...] = ()) -> str:
    """200 Hz; heel 100 + i, medial 200, lateral 300 on the left, twice that on the right.

    `lost` rows came not from the left insole; `late` rows carry the time of the next.
    """
    imu = [f"::{name}{axis}" for name in ("Acc", "Gyro") for axis in "xyz"]
    names = ["", "A-L::heel", "A-L::medial", "A-L::lateral", "A-L", "", *(f"A-L{i}" for i in imu)]
    names += ["", "B-R::lateral", "B-R::medial", "B-R::heel", "B-R", "", *(f"B-R{i}" for i in imu)]
    force = ["Time[secs]", *["Force[N]"] * 4, "Time[secs]", *["[g]"] * 6]
    lines = [
        "loadapp_2024_01_17_14_48_48_148.loadflux",
        "comment two feet",
        "\t".join([*names, "", ""]),
        "\t".join([*force, *force, ""]),
    ]
    for row in range(rows):
        time = f"{(row + (row in late)) / 200:.3f}"
        heel = 100.0 + row
        left = [heel, 200.0, 300.0, heel + 500.0]
        right = [600.0, 400.0, 2 * heel, 2 * heel + 1000.0]
        move = ["0.100"] * 6
        if row in lost:
            left, move = [-1.0, -1.0, -1.0, 0.0], ["-"] * 6
        cells = [time, *(f"{value:.3f}" for value in left), time, *move]
        cells += [time, *(f"{value:.3f}" for value in right), time, *["0.100"] * 6]
        lines.append("\t".join([*cells, "End measurement" if row == 20 else "", ""]))
    return "\n".join(lines) + "\n"


def half_sines(seconds: float, rate: float, *, contact_s=0.25, step_s=0.36, peak=1500.0):
    """Force of a run: (n,) N, and which contact (from 0) each sample is nearest to."""
    time = np.arange(round(seconds * rate)) / rate
    number = np.floor(time / step_s + 0.5 * (1 - contact_s / step_s)).astype(int)
    phase = (time - number * step_s) / contact_s
    return np.where((phase > 0) & (phase < 1), peak * np.sin(np.pi * phase), 0.0), number


def rbds(seconds: float = 3.0, *, apart: float = 40.0, noise: float = 5.0) -> str:
    """A run on one belt in which every even contact (0, 2, ..) is the right foot's."""
    force, number = half_sines(seconds, 300.0)
    rng = np.random.default_rng(7)
    force = force + rng.normal(0.0, noise, len(force))
    across = (
        1000.0 + np.where(number % 2 == 0, apart / 2, -apart / 2) + rng.normal(0, 5, len(force))
    )
    lines = ["Time\tFx\tFy\tFz\tCOPx\tCOPy\tCOPz\tTy"]
    lines += [
        f"{k}\t-1.5\t{f:.2f}\t0.25\t2500.11\t0\t{x:.2f}\t-9.5"
        for k, (f, x) in enumerate(zip(force, across, strict=True), start=1)
    ]
    return "\n".join(lines) + "\n"


def mot(
    rows: int = 20, *, right: str = "ground_force_r_vy", left: str = "ground_force_l_vy"
) -> str:
    """Right 10 i, left 5 i, 100 Hz; the row count of the header is wrong."""
    lines = ["name trial", "datacolumns 4", f"datarows {rows + 5}", "endheader", ""]
    lines.append(f"   time\t {right}\t{left}\t  ground_torque_r_y")
    lines += [f" {k / 100:.8f}\t  {10.0 * k:.6f}\t{5.0 * k:.6f}  \t0.000000" for k in range(rows)]
    return "\n".join(lines) + "\n"


def c3d(frames: int = 30, *, plates: int = 2, per_frame: int = 10, is_float: bool = True) -> bytes:
    """Plate p (from 1) carries -100 p - j newtons in analog sample j, at 1000 Hz."""
    channels = 6 * plates

    def parameter(group: int, name: str, kind: int, sizes: list[int], body: bytes) -> bytes:
        rest = struct.pack("<bB", kind, len(sizes)) + bytes(sizes) + body + b"\0"
        return struct.pack("<bb", len(name), group) + name.encode() + struct.pack(
            "<h", len(rest) + 2
        ) + rest  # fmt: skip

    def group(number: int, name: str) -> bytes:
        return struct.pack("<bb", len(name), -number) + name.encode() + struct.pack("<hb", 3, 0)

    units = b"".join(b"N   " if k % 6 < 3 else b"Nmm " for k in range(channels))
    scale = [1.0 if is_float else 0.25] * channels
    parameters = b"".join(
        (
            group(1, "ANALOG"),
            parameter(1, "USED", 2, [], struct.pack("<h", channels)),
            parameter(1, "RATE", 4, [], struct.pack("<f", 1000.0)),
            parameter(1, "UNITS", -1, [4, channels], units),
            parameter(1, "GEN_SCALE", 4, [], struct.pack("<f", 1.0)),
            parameter(1, "SCALE", 4, [channels], struct.pack(f"<{channels}f", *scale)),
            parameter(1, "OFFSET", 2, [channels], struct.pack(f"<{channels}h", *[0] * channels)),
            group(2, "FORCE_PLATFORM"),
            parameter(2, "USED", 2, [], struct.pack("<h", plates)),
            parameter(2, "TYPE", 2, [plates], struct.pack(f"<{plates}h", *[2] * plates)),
            parameter(
                2,
                "CHANNEL",
                2,
                [6, plates],
                struct.pack(f"<{channels}h", *range(1, channels + 1)),
            ),
            b"\0\0",
        )
    )
    blocks = -(-(len(parameters) + 4) // 512)
    section = (struct.pack("<4B", 1, 0x50, blocks, 84) + parameters).ljust(blocks * 512, b"\0")
    header = struct.pack(
        "<2B5Hf2Hf",
        2, 0x50, 0, channels * per_frame, 1, frames, 0,
        -1.0 if is_float else 1.0, 2 + blocks, per_frame, 100.0,
    ).ljust(512, b"\0")  # fmt: skip
    values = np.zeros((frames * per_frame, channels))
    for plate in range(plates):
        values[:, 6 * plate + 2] = -100.0 * (plate + 1) - np.arange(len(values))
    stored = values.astype("<f4") if is_float else (values / 0.25).astype("<i2")
    return header + section + stored.tobytes()
