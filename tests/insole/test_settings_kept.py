"""Settings of insoles outlive the window: what is kept, for whom, and what is stronger."""

from __future__ import annotations

import pytest

from insole import device_settings as of_devices
from insole import plugins
from insole.errors import FileError

BOTH = {"left": "brilliantsole", "right": "brilliantsole", "pod": "orphe_core"}


def test_what_was_kept_is_there_next_time_beside_what_others_wrote(tmp_path):
    of_devices.keep(tmp_path, {"open.rate": "200", "orphe_core.led.pod": "on"})
    of_devices.keep(tmp_path, {"ukaton.bits.left": "8", "open.rate": None})
    assert of_devices.kept(tmp_path) == ({"orphe_core.led.pod": "on", "ukaton.bits.left": "8"}, "")


def test_nothing_is_written_where_nothing_lasts(tmp_path):
    of_devices.keep(tmp_path / "config", {"name.left": "grey", "rate": None})
    assert not (tmp_path / "config").exists()
    assert of_devices.kept(tmp_path / "config") == ({}, "")


def test_settings_that_last_are_put_under_the_protocol_of_the_foot():
    asked = {"rate.left": "200", "name.left": "grey", "vibrate": "front", "led.pod": "on"}
    assert of_devices.under_protocols(asked, BOTH) == {
        "rate.left": None,
        "brilliantsole.rate.left": "200",
        "name.left": "grey",  # the insole keeps it
        "vibrate": "front",  # once is enough
        "led.pod": None,
        "orphe_core.led.pod": "on",
    }
    mixed = {"left": "open", "right": "ukaton"}
    assert of_devices.under_protocols({"rate": "50"}, mixed) == {
        "rate": None,
        "open.rate": "50",
        "ukaton.rate": "50",
    }
    assert of_devices.under_protocols({"rate.left": "50"}, {}) == {"rate.left": "50"}


def test_what_a_source_string_names_is_stronger_than_what_was_kept():
    kept = {"open.rate.left": "200", "open.rate": "100", "orphe_insole.mode": "fifo"}
    assert of_devices.with_kept("ble:rate=50", kept) == "ble:rate=50&orphe_insole.mode=fifo"
    spec = of_devices.with_kept("ble:", kept)
    assert of_devices.for_protocol(of_devices.chosen_in(spec), "open") == {
        "rate.left": "200",
        "rate": "100",
    }


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('"open.rate" = "33"', "open.rate"),
        ('"open.rate" = 200', "open.rate"),
        ('"gone.rate" = "200"', "gone.rate"),
        ('"rate" = "200"', "rate"),
        ('"ukaton.name" = "kept by itself"', "ukaton.name"),
        (f'"moticon.columns" = "{"x" * 201}"', "moticon.columns"),
    ],
)
def test_what_cannot_be_used_any_more_is_left_out_and_named(line, key, tmp_path):
    (tmp_path / of_devices.FILE).write_text(f'{line}\n"ukaton.bits" = "8"\n', "utf-8")
    found, said = of_devices.kept(tmp_path)
    assert found == {"ukaton.bits": "8"}
    assert key in said


@pytest.mark.parametrize("damage", [b"open.rate = ", b"\xff\xfe", b"[" * 100_000, b"x" * 1_000_001])
def test_a_damaged_file_is_said_and_kept_aside_by_the_next_change(damage, tmp_path):
    (tmp_path / of_devices.FILE).write_bytes(damage)
    found, said = of_devices.kept(tmp_path)
    assert found == {}
    assert "cannot be read" in said
    of_devices.keep(tmp_path, {"open.rate": "200"})
    assert of_devices.kept(tmp_path) == ({"open.rate": "200"}, "")
    aside = [path for path in tmp_path.iterdir() if "damaged" in path.name]
    assert [path.read_bytes() for path in aside] == [damage]


def test_a_file_of_thousands_of_settings_is_no_file_of_settings(tmp_path):
    lines = [f'"open.rate{number}" = "200"' for number in range(1000)]
    (tmp_path / of_devices.FILE).write_text("\n".join(lines), "utf-8")
    found, said = of_devices.kept(tmp_path)
    assert (found, "too many" in said, len(said) < 1000) == ({}, True, True)


def test_settings_that_cannot_be_stored_end_in_words(tmp_path):
    (tmp_path / "config").write_text("a file where the folder should be", "utf-8")
    with pytest.raises(FileError, match="settings cannot be stored"):
        of_devices.keep(tmp_path / "config", {"open.rate": "200"})


def test_every_setting_that_is_done_once_says_so():
    """A buzz, a name, a count that begins anew: asked for again, they would come again."""
    once = {
        setting.name
        for name in plugins.names("insole.protocols")
        for setting in plugins.protocol(name).settings
        if setting.is_once
    }
    assert once == {"name", "vibrate", "analysis"}
