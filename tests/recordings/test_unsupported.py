"""What is known and not read is refused by its name, in one line."""

import gzip
import io
import zipfile

import h5py
import pytest

from insole.cli import main
from insole.errors import UnknownFormat
from tests.recordings.vendor_files import SHARED, needs_shared, refused


def archive(name: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        file.writestr(name, "x")
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            b"Page 1\n\nSensor size: 0.5 x 0.5 cm\nTime per picture: 20.00 ms\n",
            "emed pressure plate",
        ),
        (b"Page 1\nSensor size: 0.5\n\nPict-No.: 1 \n", "emed pressure plate"),
        (b"Frame 0 (3.33 ms)\n0\t0\t0\n", "footscan pressure plate"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "(.xls)"),
        (archive("xl/workbook.xml"), "(.xlsx)"),
        (archive("data.txt"), "ZIP"),
        (gzip.compress(b"t,L1\n", mtime=0), "gzip"),
        (b"MATLAB 5.0 MAT-file, Platform: PCWIN64", "MATLAB"),
        (b"\x0e\x10\x00\x00\x00\x00\x00\x00.FIT\x00", "FIT"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
    ],
)
@pytest.mark.parametrize("name", ["file.dat", "file.csv"])
def test_known_kinds_are_named_whatever_the_file_is_called(tmp_path, content, words, name):
    path = tmp_path / name
    path.write_bytes(content)
    assert words in refused(path, UnknownFormat)


def test_another_programs_hdf5_is_named(tmp_path):
    path = tmp_path / "other.h5"
    with h5py.File(path, "w") as file:
        file["x"] = 1
    assert "HDF5 file of another program" in refused(path, UnknownFormat)


def test_the_command_line_ends_with_2_and_one_line(tmp_path, capsys):
    path = tmp_path / "plate.lst"
    path.write_text("Sensor size: 0.5 x 0.5 cm\nTime per picture: 20.00 ms\n")
    assert main(["info", str(path)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "novel emed pressure plate" in said.err


@needs_shared
def test_a_makers_report_is_no_recording():
    path = SHARED / "moticon-opengo" / "gait_report_230927_10_21_14.xlsx"
    assert "Excel" in refused(path, UnknownFormat)
