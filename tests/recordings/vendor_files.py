"""Small files in the form of vendors' exports, and what is done to every importer.

The big files of the makers lie beside the repository; these stand for them where a test needs many.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import insole
from insole.api import Trial, open_recording
from insole.errors import FileError, InsoleError
from insole.model.stream import Capability, Samples

SHARED = Path(__file__).parents[3] / "shared" / "data"
SYSTEMS = SHARED / "pressure-systems"
needs_shared = pytest.mark.skipif(
    not SYSTEMS.is_dir(), reason="the shared recordings are not beside the project"
)


def reference(name: str) -> dict:
    """The published and recomputed figures of one file."""
    return json.loads((SHARED / "reference.json").read_text())[f"pressure-systems/{name}"]


def read(path: Path, **options) -> dict:
    """Side name to (capability, samples)."""
    items = list(open_recording(path, **options).decoded())
    told = {i.device: i for i in items if isinstance(i, Capability)}
    return {i.device: (told[i.device], i) for i in items if isinstance(i, Samples)}


def as_told(path: Path) -> Trial:
    """The file with every sensor taken as it is: other readers judge none as dead or stuck."""
    recording = open_recording(path)
    start = replace(recording.start, parameters={"health.mask": 0.0})
    return Trial(replace(recording, start=start))


def refused(path: Path, error: type[InsoleError] = FileError, **options) -> str:
    """The one line that says why this file cannot be read."""
    with pytest.raises(error) as caught:
        open_recording(path, **options)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 600
    assert path.name in message
    return message


def cut_is_an_error_or_a_beginning(path: Path, whole: bytes, length: int) -> None:
    """A file cut after `length` bytes is refused, or gives the first samples of the whole one."""
    path.write_bytes(whole)
    full = read(path)
    path.write_bytes(whole[:length])
    got: dict = {}
    with contextlib.suppress(InsoleError):
        got = read(path)
    for side, (_, samples) in got.items():
        rows = len(samples.sequence)
        assert np.array_equal(samples.values, full[side][1].values[:rows])
        assert np.array_equal(samples.tick_us, full[side][1].tick_us[:rows])


def any_change_is_read_or_refused(path: Path, whole: bytes, changes: list) -> None:
    """After changes (place, bytes removed, bytes put in) it reads and analyses, or is refused."""
    content = bytearray(whole)
    for place, removed, put in changes:
        at = place % (len(content) + 1)
        content[at : at + removed] = put
    path.write_bytes(bytes(content))
    with contextlib.suppress(InsoleError), insole.open(path) as trial:
        trial.analyze()


TIMES = "time per frame [secs]:  0.01000\tscanning rate [Hz]:   100"


def pedar(rows: int = 6, *, size: str = "y", unit: str = "kPa", rng_seed: int = 1) -> str:
    """A pedar text export."""
    cells = np.random.default_rng(rng_seed).integers(0, 80, (rows, 198)) * 2.5
    listed = ",".join(map(str, range(1, 100))) + ","
    heading = "time[secs]    \t" + "".join(f"{k:7d}\t" for k in [*range(1, 100)] * 2)
    lines = [
        "file name:  trial.sol\tdate/time  03.02.24 10.49",
        f"sensor type:  {size}-1865l-1870r-pxf306-11mar2021 ",
        f"total time [secs]:  {rows / 100:.3f}\t" + TIMES,
        f"pressure values in  {unit}",
        "",
        "mask definition: ",
        f"left insole: {listed}",
        f"right insole: {listed}",
        "",
        heading,
    ]
    for number, row in enumerate(cells, start=1):
        lines.append(f"{number / 100:12.5f}\t" + "".join(f"{cell:7.3f}\t" for cell in row))
    return "\n".join(lines) + "\n"


FSCAN_MASK = (  # a left insole: the toes lean to the right, which is its medial side
    "BBB0000",
    "BB00000",
    "BB00000",
    "B000000",
    "B00000B",
    "B00000B",
    "B0000BB",
    "B0000BB",
    "B0000BB",
    "0000BBB",
    "0000BBB",
    "B00BBBB",
)


def fscan(frames: int = 3, *, movie: str = "walk01L", mirrored: bool = False, **fields) -> str:
    """An F-Scan ASCII movie with cell values 100 * frame + 10 * row + column."""
    said = {
        "DATA_TYPE": "MOVIE",
        "VERSION": "Tekscan Pressure Measurement System 6.33",
        "FILENAME": f"C:\\TEKSCAN\\MOVIES\\{movie}.fsx",
        "SENSOR_TYPE": "FSCAN",
        "ROWS": "12",
        "COLS": "7",
        "ROW_SPACING": "20 mm",
        "COL_SPACING": "12 mm",
        "SENSEL_AREA": "240 mm2",
        "SECONDS_PER_FRAME": "0.02",
        "TIME": "Thursday, 16 February 2017 11:26:22 p.m.",
        "SATURATION_PRESSURE": "1514.73 KPa",
        "COMMENTS:": "\nwalk of p10",
        "START_FRAME": "1",
        "END_FRAME": str(frames),
        "UNITS": "KPa",
    } | fields
    lines = [f"{key} {value}".replace(": \n", ":\n") for key, value in said.items()]
    lines.append("ASCII_DATA @@")
    for frame in range(1, frames + 1):
        lines += ["", f"Frame {frame}"]
        for row, marks in enumerate(FSCAN_MASK):
            cells = [
                "B" if mark == "B" else str(100 * frame + 10 * row + column)
                for column, mark in enumerate(marks)
            ]
            lines.append(",".join(cells[::-1] if mirrored else cells))
    return "\n".join([*lines, "@@"]) + "\n"


def xsensor(
    frames: int = 3, *, unit: str = "mmHg", sides: tuple[str, ...] = ("LF", "RF"), start: int = 5
) -> str:
    """An XSENSOR export of 8 by 4 cells of 4 cm2 that print as 2.01 by 2 cm."""
    width = 20
    blank = "," * (width - 1)
    lines: list[str] = []

    def add(*cells: object) -> None:
        text = ",".join(map(str, cells))
        lines.extend((text + "," * (width - len(cells)), blank))

    add("\ufeffFile:", '"C:\\runs\\a,b\\trial.XSN"')
    add("Units:", unit)
    add("Threshold:", 5)
    for frame in range(frames):
        add("FRAME", start + frame)
        add("Date", " 2022 Aug 16")
        add("Time", f" 23:59:{59.5 + round(frame / 75, 3):06.3f}" if frame < 30 else "")
        for foot in sides:
            matrix = np.arange(32).reshape(8, 4) * (frame + 1) * 0.5
            if foot == "LF":
                matrix = matrix[:, ::-1]
            add("SENSOR", f"HX.11.31-DFM-{foot} S0073")
            add("Rows", 8)
            add("Columns", 4)
            add("Sensel Width (cm)", 2.01)
            add("Sensel Height (cm)", 2)
            add(f"Peak Pressure ({unit})", matrix.max())
            add("Contact Area (cm²)", 31 * 4)
            add("SENSELS")
            for row in matrix:
                add(*row)
        add("GROUP", 1)
        add("Name", "Left Heel")
        add("Cells", 24)
        add("SENSELS")
        add(*([1.5] * 20))
        add(*([2.5] * 4))
    return "\n".join(lines) + "\n"


def stappone(
    rows: int = 40,
    *,
    sole: int = 1,
    corrupt: tuple[int, ...] = (),
    first_ms: int = 1_768_494_979_568,
) -> str:
    """A Stappone export: half of it unloaded, cells at 100, 110, ... then."""
    names = [f"pressure_{k:02d}" for k in range(1, 13)]
    inertial = [f"{kind}_{axis}" for kind in ("accel", "gyro", "magn") for axis in "xyz"]
    lines = [",".join(["sole_id", "timestamp", *inertial, *names, "corrupt"])]
    for row in range(rows):
        load = 200 if row % 20 < 10 else 0
        cells = [100 + 10 * k + load for k in range(12)]
        values = [sole, first_ms + 16 * row, *[0] * 9, *cells, int(row in corrupt)]
        lines.append(",".join(map(str, values)))
    return "\n".join(lines) + "\n"
