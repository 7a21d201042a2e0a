"""Settings that a user chose reach the insoles that have them, and no others."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from insole import plugins
from insole.errors import SettingsError
from insole.model.foot import Side
from insole.model.protocol import Setting
from insole.model.stream import Write
from insole_drivers import chosen
from insole_drivers.conformance.stage import Scene, play
from insole_drivers.radio import ble_source, virtual_source
from insole_drivers.virtual.spec import parse
from tests.drivers import protocol_bench as bench

ORPHE = plugins.protocol("orphe_insole")
OPEN = plugins.protocol("open")


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("INSOLE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


def test_a_setting_reaches_those_that_have_it():
    wanted = chosen.checked({"mode": "fifo", "rate": "50"}, [ORPHE, OPEN], where="ble:")
    assert chosen.of(ORPHE, wanted) == {"mode": "fifo"}
    assert chosen.of(OPEN, wanted) == {"rate": "50"}


@pytest.mark.parametrize(
    ("asked", "said"),
    [({"colour": "red"}, "colour"), ({"mode": "turbo"}, "all, fast, fifo, motion")],
)
def test_what_nobody_has_or_allows_is_refused_in_words(asked, said):
    with pytest.raises(SettingsError, match=said):
        chosen.checked(asked, [ORPHE, OPEN], where="ble:")


def test_sources_read_them():
    assert parse("run?set.mode=fast").settings == {"mode": "fast"}
    assert ble_source("mode=fast&pod=any")._chosen == {"mode": "fast"}
    assert ble_source("left=C0:00:00:00:00:01&mode=fast")._chosen == {"mode": "fast"}
    assert ble_source("rate.left=200&led.pod=on")._chosen == {"rate.left": "200", "led.pod": "on"}
    with pytest.raises(SettingsError, match="turbo"):
        virtual_source("run?protocol=orphe_insole&set.mode=turbo")
    with pytest.raises(SettingsError):
        ble_source("colour=red")


@pytest.mark.usefixtures("home")
@pytest.mark.timeout(120)
def test_a_faster_mode_takes_what_the_sensor_truly_takes(capsys):
    spec = "run?seconds=5&set.mode=fast"
    told = bench.answer(capsys, "demo", spec, "--protocol", "orphe_insole", "--headless", "--json")
    for foot in told["sides"].values():
        assert foot["rate_hz"] == 200.0  # as the maker says
        assert foot["samples"] / foot["duration_s"] == pytest.approx(208.0, rel=0.01)
        assert foot["lost"] == 0


@pytest.mark.usefixtures("home")
@pytest.mark.timeout(120)
def test_what_the_air_loses_is_recovered_over_gatt_and_by_whoever_reads_the_file(capsys):
    spec = "run?seconds=12&loss=0.05&seed=3&set.mode=fifo"
    words = ("--protocol", "orphe_insole", "--headless", "--record", "a.h5", "--json")
    live = bench.answer(capsys, "demo", spec, *words)
    batch = bench.answer(capsys, "analyze", "a.h5", "--json")
    assert live["provenance"]["result_sha256"] == batch["provenance"]["result_sha256"]
    for foot in batch["sides"].values():
        assert foot["expected"] == foot["received"] + foot["recovered"] + foot["lost"]
        assert foot["recovered"] > 40
        assert foot["lost"] < 0.02 * foot["expected"]  # asked for when the trial ended
    middle = [step for step in batch["steps"] if 2 < step["foot_strike_s"] < 9]
    assert len(middle) > 10
    assert all(step["valid"] for step in middle)


@pytest.mark.usefixtures("home")
@pytest.mark.timeout(120)
def test_a_link_that_was_down_for_two_seconds_costs_no_step(capsys):
    """The insole goes on filling its ring; what comes out of it later is not late."""
    spec = "run?seconds=14&drop_at=3&drop_for=1.5&set.mode=fifo"
    told = bench.answer(capsys, "demo", spec, "--protocol", "orphe_insole", "--headless", "--json")
    for foot in told["sides"].values():
        assert foot["expected"] == foot["received"] + foot["recovered"] + foot["lost"]
        assert foot["recovered"] > 208
    during = [step for step in told["steps"] if 1 < step["foot_strike_s"] < 8]
    assert len(during) > 15
    assert all(step["valid"] for step in during)


@pytest.mark.usefixtures("home")
@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", ["open", "brainco", "brilliantsole", "ukaton"])
def test_the_rate_that_was_chosen_for_one_foot_is_the_rate_of_its_samples(name, capsys):
    spec = "run?seconds=4&set.rate.left=50"
    told = bench.answer(capsys, "demo", spec, "--protocol", name, "--headless", "--json")
    for side, rate_hz in (("left", 50.0), ("right", 100.0)):
        foot = told["sides"][side]
        assert foot["rate_hz"] == rate_hz
        assert foot["samples"] / foot["duration_s"] == pytest.approx(rate_hz, rel=0.02)


def test_a_setting_for_one_device_alone_goes_over_the_one_for_all():
    wanted = {"rate": "50", "rate.left": "200", "rate.pod": "100"}
    assert chosen.checked(wanted, [OPEN], where="ble:") == wanted
    assert chosen.of(OPEN, wanted, whose="left") == {"rate": "200"}
    assert chosen.of(OPEN, wanted, whose="right") == {"rate": "50"}
    assert chosen.of(OPEN, wanted, whose="both") == {"rate": "200"}  # one device, one setting
    assert chosen.of(OPEN, {"rate.right": "100"}, whose="both") == {"rate": "100"}
    assert chosen.of(OPEN, wanted) == {"rate": "50"}
    with pytest.raises(SettingsError, match="rate cannot be '201'"):
        chosen.checked({"rate.left": "201"}, [OPEN], where="ble:")
    with pytest.raises(SettingsError, match=r"rate\.middle"):
        chosen.checked({"rate.middle": "200"}, [OPEN], where="ble:")


def test_a_text_of_a_length_that_no_insole_keeps_is_refused():
    sole = plugins.protocol("brilliantsole")
    with pytest.raises(SettingsError, match="2 to 30 characters"):
        chosen.checked({"name": "L"}, [sole], where="ble:")
    assert chosen.of(sole, {"name": "L"}) == {}
    assert chosen.of(sole, {"name": "left one"}) == {"name": "left one"}


class Silent:
    """A protocol whose advertisements tell no side, as those of many insoles do."""

    def __init__(self, name):
        self._protocol = plugins.protocol(name)

    def __getattr__(self, name):
        return getattr(self._protocol, name)

    def match(self, advert):
        found = self._protocol.match(advert)
        return None if found is None else replace(found, side=None)


@pytest.mark.parametrize("name", ["open", "brainco", "brilliantsole"])
@pytest.mark.parametrize("side", list(Side))
def test_a_setting_for_one_foot_reaches_it_though_it_tells_its_foot_after_the_start(name, side):
    wanted = {"rate.left": "200", "rate.right": "50", "vibrate.left": "front"}
    story = play(Silent(name), Scene(seconds=2.0, side=side, chosen=wanted))
    rate_hz = {Side.LEFT: 200.0, Side.RIGHT: 50.0}[side]
    assert story.capabilities()[-1].rate_hz == rate_hz
    newest_us = np.concatenate([block.tick_us for block in story.samples()])[-20:]
    assert np.diff(newest_us) * rate_hz == pytest.approx(1e6, rel=0.02)


def test_the_mode_of_one_foot_reaches_an_insole_that_tells_its_foot_where_it_is_mounted():
    story = play(Silent("orphe_insole"), Scene(seconds=2.0, chosen={"mode.left": "fast"}))
    assert story.capabilities()[-1].rate_hz == 200.0
    newest_us = np.concatenate([block.tick_us for block in story.samples()])[-200:]
    assert np.diff(newest_us) == pytest.approx(1e6 / 208.0, abs=1000.0)  # times are told in ms


def device_of(*settings):
    """A protocol that writes what it is asked for, name by name."""

    def start(asked):
        return [Write(name, value.encode()) for name, value in sorted((asked or {}).items())]

    return SimpleNamespace(name="own", settings=settings, start=start)


def test_what_a_device_did_once_it_is_not_asked_for_again_when_it_comes_back():
    own = device_of(Setting("rate", "Hz"), Setting("vibrate", "a buzz", is_once=True))
    wishes = chosen.Wishes(own, {"rate": "50", "vibrate.left": "yes", "own.rate.right": "100"})
    wishes.begin()
    assert wishes.late("left") == []  # not started yet
    assert wishes.start("") == [Write("rate", b"50")]
    assert wishes.late("") == []
    assert wishes.late("left") == [Write("rate", b"50"), Write("vibrate", b"yes")]
    assert wishes.late("left") == []
    wishes.begin()
    assert wishes.start("left") == [Write("rate", b"50")]
    assert wishes.late("right") == [Write("rate", b"100")]


def test_a_setting_for_one_kind_of_insole_is_for_that_kind_alone():
    wanted = chosen.checked({"open.rate": "200", "rate": "50"}, [ORPHE, OPEN], where="ble:")
    assert chosen.of(OPEN, wanted) == {"rate": "200"}
    assert chosen.of(plugins.protocol("ukaton"), wanted) == {"rate": "50"}
    assert ble_source("open.rate.left=200")._chosen == {"open.rate.left": "200"}
    with pytest.raises(SettingsError, match=r"orphe_insole\.rate.*there are analysis, mode"):
        chosen.checked({"orphe_insole.rate": "200"}, [ORPHE, OPEN], where="ble:")
    with pytest.raises(SettingsError, match="nobody"):
        ble_source("nobody.rate=200")
