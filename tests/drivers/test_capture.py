"""`insole capture`: everything a device says, over GATT, in a file that decodes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from insole.cli import main
from insole.errors import DiskFull
from insole_drivers import capture as capturing
from insole_drivers.capture import CaptureFile
from insole_drivers.protocols import open_wire

LEFT = "C0:00:00:00:00:01"
START = f"{open_wire.CONTROL}={open_wire.START:02x}"
ASK = f"{open_wire.CONTROL}={open_wire.ASK:02x}"


def entry(path):
    (whole,) = json.loads(path.read_text(encoding="utf-8"))
    return whole


def capture(path, *options, spec="run"):
    return main(["capture", str(path), "--simulate", spec, *options])


def test_without_an_address_it_keeps_who_is_on_the_air(tmp_path, capsys):
    path = tmp_path / "air.json"
    assert capture(path, "--seconds", "0.5") == 0
    heard = entry(path)["config"]["advertisements"]
    assert {each["address"] for each in heard} == {LEFT, "C0:00:00:00:00:02"}
    assert entry(path)["packets_hex"] == []
    assert "2 devices heard" in capsys.readouterr().out


def test_what_a_device_said_decodes_as_if_it_were_live(tmp_path, capsys):
    path = tmp_path / "left.json"
    asked = ("--address", LEFT.lower(), "--write", ASK, "--write", START)
    assert capture(path, *asked, "--seconds", "1", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["packets"] == len(entry(path)["packets_hex"]) > 5
    config = entry(path)["config"]
    assert (config["address"], config["name"]) == (LEFT, "Insole L")
    assert config["writes"] == [
        {"characteristic": open_wire.CONTROL, "hex": text.partition("=")[2]}
        for text in (ASK, START)
    ]
    table = config["gatt"]
    uuids = {row["uuid"] for service in table for row in service["characteristics"]}
    assert {open_wire.STREAM, open_wire.CONTROL, open_wire.BATTERY} <= uuids
    assert main(["decode", "open", str(path), "--json"]) == 0
    (vector,) = json.loads(capsys.readouterr().out)["vectors"]
    samples = [row for packet in vector["per_packet"] for row in packet.get("samples", [])]
    numbers = [row["sequence"] for row in samples]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert len(numbers) > 60
    assert not any("problems" in packet for packet in vector["per_packet"])


def test_a_device_that_leaves_ends_the_capture_with_the_reason(tmp_path, capsys):
    path = tmp_path / "gone.json"
    asked = ("--address", LEFT, "--write", START, "--seconds", "20", "--json")
    assert capture(path, *asked, spec="run?reboot_at=0.6") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["ended"] == "the device hung up or went out of range"
    assert len(entry(path)["packets_hex"]) == told["packets"] > 0


def test_somebody_who_is_not_there_is_named_with_the_way_to_find_him(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(capturing, "Timing", lambda: _quick())
    assert capture(tmp_path / "x.json", "--address", "C0:00:00:00:00:09") == 3
    said = capsys.readouterr().err
    assert "C0:00:00:00:00:09 was not heard" in said
    assert "2 other devices answered" in said
    assert not (tmp_path / "x.json").exists()


def _quick():
    from insole_drivers.timing import Timing

    return Timing(first_search_s=0.5)


@pytest.mark.parametrize(
    "text", ["no", "=", "12345=00", f"{open_wire.CONTROL}=0g", "2a56=" + "00" * 513]
)
def test_a_write_that_cannot_be_read_is_refused(tmp_path, capsys, text):
    assert capture(tmp_path / "x.json", "--address", LEFT, "--write", text) == 2
    assert "UUID=HEX" in capsys.readouterr().err


def test_a_write_without_an_address_is_refused(tmp_path, capsys):
    assert capture(tmp_path / "x.json", "--write", "2a56=00") == 2
    assert "nobody to write to" in capsys.readouterr().err


def test_a_write_to_a_missing_characteristic_is_told_and_keeps_what_was_read(tmp_path, capsys):
    path = tmp_path / "left.json"
    assert capture(path, "--address", LEFT, "--write", "2a56=00", "--seconds", "5") == 0
    assert "writing to 00002a56" in capsys.readouterr().out
    assert entry(path)["config"]["setup_packets_hex"]


def test_nothing_is_overwritten_without_being_asked(tmp_path, capsys):
    path = tmp_path / "old.json"
    path.write_text("mine")
    assert capture(path) == 2
    assert path.read_text() == "mine"
    assert "--force" in capsys.readouterr().err


def test_the_file_is_whole_after_every_flush(tmp_path):
    path = tmp_path / "whole.json"
    with CaptureFile(path, {"name": "n", "config": {"a": [1, {"b": "}"}]}}) as file:
        assert entry(path) == {"name": "n", "config": {"a": [1, {"b": "}"}]}, "packets_hex": []}
        for number in range(3):
            file.keep("2a56", bytes([number]), arrival_ms=number)
            file.flush()
            assert [each["hex"] for each in entry(path)["packets_hex"]] == [
                f"{each:02x}" for each in range(number + 1)
            ]


def test_a_full_disk_says_so():
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full here")
    with pytest.raises(DiskFull, match="full"):
        CaptureFile(full, {"name": "n"})


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is not on Windows")
def test_a_killed_capture_leaves_a_file_that_decodes(tmp_path):
    path = tmp_path / "killed.json"
    asked = ["--address", LEFT, "--write", ASK, "--write", START, "--seconds", "60"]
    command = [sys.executable, "-m", "insole", "capture", str(path), "--simulate", "run", *asked]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as work:
        try:
            until = time.monotonic() + 30
            while time.monotonic() < until and not (path.exists() and path.stat().st_size > 20_000):
                time.sleep(0.05)
        finally:
            work.send_signal(signal.SIGKILL)
    assert len(entry(path)["packets_hex"]) > 5
