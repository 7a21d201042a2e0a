"""Vendors' files that are damaged, cut, endless or made of noise: one table for all importers.

Each case changes one thing of a small whole file; the importer refuses it in one line that says
where and why. Cut anywhere, a file reads as far as it goes or is refused; after any change of bytes
it reads and analyses, or is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from insole.errors import DamagedFile, FileError, InsoleError, UnknownFormat
from tests.recordings.motion_files import loadsol, moticon
from tests.recordings.vendor_files import (
    any_change_is_read_or_refused,
    cut_is_an_error_or_a_beginning,
    fscan,
    pedar,
    refused,
    stappone,
    xsensor,
)

Change = Callable[[str], str]


@dataclass(frozen=True)
class Vendor:
    """One kind of file.

    Attributes:
        file: its name, by which it may be told.
        whole: a small file that reads, in which the cases change one thing.
        cut: what is cut.
        shaken: what any change is made to.
    """

    file: str
    whole: str
    cut: str
    shaken: str


VENDORS = {
    "fscan": Vendor("movie.asf", fscan(3), fscan(3), fscan(3)),
    "loadsol": Vendor(
        "export.txt", loadsol(), loadsol(late=(7,)), loadsol(lost=(3, 4), late=(8,))
    ),
    "moticon": Vendor("export.txt", moticon(), moticon(), moticon()),
    "pedar": Vendor("trial.asc", pedar(6), pedar(4), pedar(4)),
    "stappone": Vendor("sole.csv", stappone(6), stappone(6), stappone(30)),
    "xsensor": Vendor("any.csv", xsensor(3), xsensor(3), xsensor(3)),
}  # fmt: skip


def swap(*pairs: str, count: int = -1) -> Change:
    """Texts replaced by others, in turns: old, new, old, new ..."""

    def change(text: str) -> str:
        for old, new in zip(pairs[::2], pairs[1::2], strict=True):
            assert old in text
            text = text.replace(old, new, count)
        return text

    return change


def pressure_of_row_14(cell: str) -> Change:
    """The cell of sensor 51 of the right foot in the fourth row of a pedar file."""

    def change(text: str) -> str:
        lines = text.splitlines()
        cells = lines[13].split("\t")
        cells[150] = cell
        lines[13] = "\t".join(cells)
        return "\n".join(lines) + "\n"

    return change


DAMAGE: dict[str, list[tuple[Change, tuple[str, ...]]]] = {
    "fscan": [
        (swap("ROWS 12", "ROWS 13"), ("12 rows", "13")),
        (swap("ROWS 12", "ROWS 11"), ("11 rows",)),
        (swap("COLS 7", "COLS 8"), ("8 numbers",)),
        (swap("ROWS 12", "ROWS 99999", "COLS 7", "COLS 99999"), ("99999 by 99999",)),
        (swap("ROWS 12", "ROWS -1"), ("ROWS",)),
        (swap("END_FRAME 3", "END_FRAME 9"), ("frame 9", "promised")),
        (swap("END_FRAME 3", "END_FRAME 2"), ("frame 3",)),
        (swap("START_FRAME 1", "START_FRAME 2"), ("frame 1",)),
        (swap("PER_FRAME 0.02", "PER_FRAME 0"), ("SECONDS_PER_FRAME",)),
        (swap("PER_FRAME 0.02", "PER_FRAME 1e9"), ("SECONDS_PER_FRAME",)),
        (swap("ROW_SPACING 20 mm", "ROW_SPACING 5.08 parsecs"), ("ROW_SPACING",)),
        (swap("240 mm2", "1e400 mm2"), ("SENSEL_AREA",)),
        (swap("UNITS KPa", "UNITS furlongs"), ("furlongs",)),
        (swap("UNITS KPa", "UNITS "), ("UNITS",)),
        (swap("103", "1e400"), ("line 21",)),
        (swap("103", "-3"), ("line",)),
        (swap("103", "x"), ("line 21",)),
        (swap("103", "B"), ("frame 2",)),
        (swap("203", "B"), ("frame 2",)),
        (swap("Frame 2", "Frame 1"), ("frame 1 does not follow",)),
        (swap("@@\n", ""), ("ASCII_DATA",)),
        (swap("\n@@\n", "\n"), ("ends inside",)),
        (swap("SENSOR_TYPE FSCAN", "SENSOR_TYPE 3140 HR Mat"), ("plate or mat",)),
        (lambda text: text.partition("Frame 1\n")[0] + "Frame 1\n" + "0" * 50_000_000, ("line",)),
    ],
    "loadsol": [
        (swap("A-L::medial", "A-L::middle", count=1), ("medial of the left foot",)),
        (swap("A-L::medial", "A-L::heel", count=1), ("twice",)),
        (swap("-R", "", "-L", ""), ("no column is named after an insole",)),
        (swap("0.050\t", "0.010\t", count=1), ("goes back",)),
        (swap("0.050\t", "-\t", count=1), ("a time is missing",)),
        (swap("111.000", "x", count=1), ("no number",)),
        (swap("111.000", "1e200", count=1), ("beyond",)),
        (swap("111.000\t", "", count=1), ("cells under",)),
    ],
    "moticon": [
        (swap("# time", "# hour"), ("# time",)),
        (swap("left pressure 3[N/cm²]", "left pressure 3[psi]"), ("psi",)),
        (swap("left pressure 3[N/cm²]", "left pressure 4[N/cm²]"), ("twice",)),
        (swap("right total force[N]", "left total force[N]"), ("twice",)),
        (swap("left pressure 3[N/cm²]", "left other[N/cm²]"), ("left pressure 3 is missing",)),
        (swap("0.05\t", "0.04\t", count=1), ("not later",)),
        (swap("0.05\t", "\t", count=1), ("empty",)),
        (swap("2.25\t3.25", "2.25\tx", count=1), ("no number",)),
        (swap("2.25\t3.25", "2.25\t1e300", count=1), ("beyond every sensor",)),
        (swap("2.25\t3.25", "2.25", count=1), ("cells under",)),
        (lambda _: "# Sensor insoles: x\n" + "# a: b\n" * 300, ("header",)),
        (lambda _: "# a: b\n# Sensor insoles: x\n", ("header",)),
    ],
    "pedar": [
        (swap("sensor type:", "mat type s2160"), ("pliance",)),
        (swap("sensor type:", "type:"), ("type of the insole",)),
        (swap("rate [Hz]:   100", "rate [Hz]:   50"), ("50 Hz",)),
        (swap("rate [Hz]:   100", "rate [Hz]:   0"), ("rate",)),
        (swap("secs]:  0.060", "secs]:  6.000"), ("600 lines",)),
        (swap("secs]:  0.060", "secs]:  " + "9" * 400), ("promises",)),
        (swap("kPa", "bar"), ("unit",)),
        (swap("right insole:", "insole:"), ("columns",)),
        (swap("     0.03000", "     0.01500"), ("line 13",)),
        (swap("     0.03000", "            "), ("line 13",)),
        (swap("time[secs]", "time"), ("header",)),
        (swap("\t     98\t     99\t\n", "\t     99\t     98\t\n"), ("line 10",)),
        *(
            (pressure_of_row_14(cell), ("line 14", "right 51"))
            for cell in ("1e400", "inf", "-inf", "99999999999", "x", "1_0", "\0")
        ),
    ],
    "stappone": [
        (swap("\n1,", "\n3,"), ("sole_id",)),
        (swap("\n1,", "\n,"), ("sole_id",)),
        (swap("corrupt", "spoilt"), ("corrupt",)),
        (swap("pressure_07", "pressure_08"), ("pressure_07",)),
        (swap(",0\n", ",\n"), ("corrupt",)),
        (swap(",1768494979600,", ",1768494979584,"), ("row 3",)),
        (swap(",1768494979600,", ",,"), ("row 3",)),
        (swap(",1768494979600,", ",-5,"), ("row 3",)),
        (swap(",1768494979600,", ",1e18,"), ("timestamp",)),
        (swap(",310,", ",2e9,"), ("beyond",)),
        (swap(",310,", ",x,"), ("pressure_02",)),
        (swap(",310,", ",inf,"), ("pressure_02",)),
    ],
    "xsensor": [
        (swap("Rows,8", "Rows,9"), ("line",)),
        (swap("Rows,8", "Rows,99999"), ("99999",)),
        (swap("Rows,8", "Rows,x"), ("Rows",)),
        (swap("Columns,4", "Columns,3"), ("cells",)),
        (swap("Columns,4", "Columns,19"), ("row 1",)),
        (swap("Cells,24", "Cells,25"), ("group",)),
        (swap("Cells,24", "Cells,23"), ("group",)),
        (swap("-LF", "-XX"), ("seat, bed or plate",)),
        (swap("-LF", "-RF"), ("twice",)),
        (swap("FRAME,6", "FRAME,5"), ("does not follow",)),
        (swap("Units:,mmHg", "Units:,bar"), ("unit",)),
        (swap("23:59:59.513", "23:59:59.500"), ("does not increase",)),
        (swap("23:59:59.513", "noon"), ("no time of day",)),
        (swap("Sensel Width (cm),2.01", "Sensel Width (cm),1e400"), ("cm",)),
        (swap("Sensel Width (cm),2.01", "Sensel Width (cm),-2"), ("cm",)),
        (swap("SENSELS", "CELLS"), ("SENSELS",)),
        (swap("\n4.0,", "\n1e400,"), ("frame 5, ",)),
        (swap("\n4.0,", "\n-4.0,"), ("frame 5, ",)),
        (swap("\n4.0,", "\nx,"), ("row 3",)),
        (lambda text: text + "1," * 20_000_000, ("line",)),
    ],
}
CASES = [
    pytest.param(name, change, words, id=f"{name}-{number}-{words[0]}")
    for name, cases in DAMAGE.items()
    for number, (change, words) in enumerate(cases)
]
OTHER_KIND = {"pliance", "plate or mat"}
"""These files are whole, but not of an insole."""


@pytest.mark.parametrize(("name", "change", "words"), CASES)
def test_damage_is_named_in_one_line(tmp_path, name, change, words):
    vendor = VENDORS[name]
    path = tmp_path / vendor.file
    path.write_text(change(vendor.whole), encoding="utf-8")
    said = refused(path, UnknownFormat if words[0] in OTHER_KIND else InsoleError)
    for word in words:
        assert word in said


@pytest.mark.parametrize("rows", [0, 1])
def test_a_moticon_export_without_two_rows_is_refused(tmp_path, rows):
    path = tmp_path / "export.txt"
    path.write_text(moticon(rows=rows), encoding="utf-8")
    refused(path, DamagedFile)


def test_a_moticon_export_of_blanks_is_refused(tmp_path):
    path = tmp_path / "export.txt"
    blank = tuple((row, side) for row in range(3) for side in ("left", "right"))
    path.write_text(moticon(rows=3, blank=blank), encoding="utf-8")
    refused(path)


@pytest.mark.parametrize("name", VENDORS)
@pytest.mark.parametrize("content", [b"", b"\0" * 5000, b"\xff\xfe" * 3000, b"\n" * 5000])
def test_nothing_and_noise_are_refused(tmp_path, name, content):
    path = tmp_path / VENDORS[name].file
    path.write_bytes(content)
    refused(path, FileError)


@pytest.mark.parametrize("name", VENDORS)
@settings(
    deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(share=st.floats(0.0, 1.0, exclude_max=True))
def test_a_file_cut_anywhere_is_refused_or_reads_as_far_as_it_goes(tmp_path, name, share):
    whole = VENDORS[name].cut.encode()
    cut_is_an_error_or_a_beginning(tmp_path / VENDORS[name].file, whole, int(share * len(whole)))


@pytest.mark.parametrize("name", VENDORS)
@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    changes=st.lists(
        st.tuples(st.integers(0, 10**6), st.integers(0, 12), st.binary(max_size=12)),
        min_size=1,
        max_size=6,
    )
)
def test_any_change_of_bytes_is_read_or_refused(tmp_path, name, changes):
    vendor = VENDORS[name]
    any_change_is_read_or_refused(tmp_path / vendor.file, vendor.shaken.encode(), changes)
