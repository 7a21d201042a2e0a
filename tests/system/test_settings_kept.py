"""Settings of real insoles, from one window to the next; the radio hears a virtual pair."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from insole import device_settings
from insole.errors import FileError, SettingsError
from insole.live.board import BoardView
from insole.live.desk import Desk
from insole.settings import folders
from insole_drivers import radio
from tests.system.watching import until


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("INSOLE_HOME", str(tmp_path / "home"))
    before = set(threading.enumerate())
    yield tmp_path / "home"
    left = [thread for thread in threading.enumerate() if thread not in before]
    assert not [thread for thread in left if thread.name.startswith("insole")]


@pytest.fixture
def around(monkeypatch):
    """Let this computer's radio hear a virtual pair."""

    def hear(spec: str) -> None:
        monkeypatch.setattr(radio, "real_radio", radio.virtual_radio(spec)[0])

    hear("run?protocol=open")
    return hear


def at(*rates: float) -> Callable[[BoardView], bool]:
    return lambda view: [foot.nominal_hz for foot in view.feet.values()] == list(rates)


@pytest.mark.usefixtures("around")
def test_the_next_window_asks_for_what_was_chosen_in_this_one():
    desk = Desk(spec="ble:")
    until(desk, at(100.0, 100.0))
    desk.configure({"rate": "200", "rate.right": "50"})
    until(desk, at(200.0, 50.0))
    desk.close()
    desk = Desk()
    desk.connect_ble()
    until(desk, at(200.0, 50.0))
    desk.configure({"rate": None, "rate.right": None})
    until(desk, at(100.0, 100.0))
    desk.close()
    desk = Desk(spec="ble:")
    until(desk, at(100.0, 100.0))
    desk.close()


def test_a_command_line_is_stronger_and_another_kind_of_insole_is_not_meant(around):
    device_settings.keep(folders().config, {"open.rate": "200"})
    desk = Desk(spec="ble:rate=50")
    until(desk, at(50.0, 50.0))
    desk.close()
    around("run?protocol=ukaton")
    desk = Desk(spec="ble:")
    until(desk, at(100.0, 100.0))
    desk.close()


@pytest.mark.usefixtures("around")
def test_a_choice_that_is_refused_is_not_kept():
    desk = Desk(spec="ble:")
    until(desk, at(100.0, 100.0))
    with pytest.raises(SettingsError, match="cannot be '60'"):
        desk.configure({"rate": "60"})
    desk.close()
    assert device_settings.kept(folders().config) == ({}, "")


@pytest.mark.usefixtures("around")
def test_settings_hold_even_where_they_cannot_be_kept(home):
    desk = Desk(spec="ble:")
    until(desk, at(100.0, 100.0))
    home.mkdir(exist_ok=True)
    (home / "config").write_text("in the way", "utf-8")
    with pytest.raises(FileError, match="settings cannot be stored"):
        desk.configure({"rate": "200"})
    until(desk, at(200.0, 200.0))
    desk.close()


def test_a_virtual_pair_is_what_its_string_says_and_nothing_else():
    device_settings.keep(folders().config, {"open.rate": "200"})
    desk = Desk(spec="virtual:run")
    until(desk, at(100.0, 100.0))
    desk.configure({"rate": "50"})
    until(desk, at(50.0, 50.0))
    desk.close()
    assert device_settings.kept(folders().config)[0] == {"open.rate": "200"}
