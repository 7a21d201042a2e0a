"""`insole scan` and the doctor's Bluetooth lines: what is in range, in words that are safe."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from bleak import BleakAdapter
from bleak.backends.device import BLEDevice
from hypothesis import given
from hypothesis import strategies as st

from insole.cli import main
from insole.errors import BluetoothOff, PermissionDenied
from insole.model.foot import Side
from insole.model.protocol import Advert
from insole_drivers import doctor
from insole_drivers.commands_scan import _print_table
from insole_drivers.protocols import open_wire
from insole_drivers.protocols.open import PROTOCOL
from insole_drivers.radio import RadioSource
from insole_drivers.scan import Found, Scan, classify
from tests.drivers.radio_bench import Bench, both


def scanned(capsys, *arguments):
    status = main(["scan", *arguments])
    out, err = capsys.readouterr()
    return status, out, err


def test_a_scan_lists_both_feet_as_json(capsys):
    status, out, err = scanned(capsys, "--simulate", "run", "--seconds", "0.3", "--json")
    document = json.loads(out)
    assert status == 0
    assert err == ""
    assert document["schema"] == "insole.scan/1"
    rows = [
        (d["name"], d["side"], d["protocol"], d["battery_percent"]) for d in document["devices"]
    ]
    assert rows == [("Insole L", "left", "open", 87), ("Insole R", "right", "open", 87)]


def test_a_scan_prints_a_table(capsys):
    status, out, err = scanned(capsys, "--simulate", "--seconds", "0.3")
    assert status == 0
    assert "C0:00:00:00:00:01" in out
    assert "87 %" in out
    assert "Scanning" in err


def test_nobody_in_range_is_exit_status_three(capsys, monkeypatch):
    monkeypatch.setattr("insole_drivers.radio.in_range", lambda *_: [])
    status, out, err = scanned(capsys, "--seconds", "0.3", "--json")
    assert status == 3
    assert json.loads(out)["devices"] == []
    assert "nobody answered" in err


def test_others_in_range_are_listed_before_the_error(capsys, monkeypatch):
    monkeypatch.setattr("insole_drivers.radio.in_range", lambda *_: [found(name="Watch")])
    status, out, err = scanned(capsys, "--seconds", "0.3")
    assert status == 3
    assert "Watch" in out
    assert "1 other devices answered" in err


@pytest.mark.parametrize("seconds", ["0", "-1", "nan"])
def test_a_scan_of_no_length_is_refused(capsys, seconds):
    status, _, err = scanned(capsys, "--simulate", "--seconds", seconds)
    assert status == 2
    assert err.startswith("insole: error: ")


def test_a_machine_without_bluetooth_is_exit_status_three(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path / 'none'}")
    status, out, err = scanned(capsys, "--seconds", "0.3")
    assert status == 3
    assert out == ""
    assert err.splitlines()[-1].startswith("insole: error: ")


def found(**changes) -> Found:
    advert = Advert(**{"address": "AA:BB", "name": "x", **changes})
    return classify(BLEDevice(advert.address, advert.name, None), advert, protocols=(PROTOCOL,))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "names no service"),
        ({"services": ("0000180d-0000-1000-8000-00805f9b34fb",)}, "180D"),
        ({"manufacturer": {0x004C: b"\x02"}}, "0x004C"),
    ],
)
def test_what_is_no_insole_says_why(changes, words):
    assert words in found(**changes).why_not


def test_an_insole_has_no_reason_against_it():
    ours = found(services=(open_wire.SERVICE,), name="Insole R")
    assert ours.why_not == ""
    assert ours.match is not None
    assert ours.match.side is Side.RIGHT


def test_hostile_names_are_shown_without_their_powers(capsys):
    _print_table([found(name="\x1b[2Jevil[bold]\r\n", address="A\x07")])
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\x07" not in out
    assert "\\x1b" in out


@given(
    name=st.text(max_size=40),
    services=st.lists(st.text(max_size=40), max_size=4).map(tuple),
    manufacturer=st.dictionaries(st.integers(0, 65535), st.binary(max_size=8), max_size=3),
    data=st.binary(max_size=12),
)
def test_any_advertisement_is_an_insole_or_has_a_reason(name, services, manufacturer, data):
    each = found(
        name=name,
        services=services,
        manufacturer=manufacturer,
        service_data={open_wire.SERVICE: data} if data else {},
    )
    assert (each.match is None) == bool(each.why_not)


async def test_a_scan_is_bounded_however_many_devices_shout(monkeypatch):
    from insole_drivers import scan as module

    monkeypatch.setattr(module, "MOST", 3)

    class Crowd:
        def __init__(self, heard, *_, **__):
            self.heard = heard

        async def start(self):
            from bleak.backends.scanner import AdvertisementData

            for number in range(50):
                device = BLEDevice(f"{number:02X}", "x" * 1000, None)
                data = AdvertisementData("x" * 1000, {}, {}, ["a"] * 500, None, -40, ())
                self.heard(device, data)

        async def stop(self):
            pass

    scan = Scan((PROTOCOL,), scanner={"backend": Crowd})
    seen = await scan.look(0.05, is_enough=lambda _: False, everything=True)
    assert len(seen) == 3
    assert len(seen[0].advert.name) <= 248
    assert len(seen[0].advert.services) <= 64


async def test_insoles_that_the_system_still_holds_are_adopted(monkeypatch):
    class Held:
        async def get_connected_devices(self, services):
            return [BLEDevice("C0:01", "Insole L", None)] if open_wire.SERVICE in services else []

    async def get(**_):
        return Held()

    monkeypatch.setattr(BleakAdapter, "get", get)
    (held,) = await Scan((PROTOCOL,), scanner={}).connected()
    assert held.advert.address == "C0:01"
    assert held.match.side is Side.LEFT


async def test_a_system_that_cannot_tell_its_connections_is_no_obstacle(monkeypatch):
    async def get(**_):
        raise NotImplementedError

    monkeypatch.setattr(BleakAdapter, "get", get)
    assert await Scan((PROTOCOL,), scanner={}).connected() == []


def test_the_strongest_of_each_side_is_chosen():
    (left, _), (right, _) = both()
    far = replace(left, address="C0:00:00:00:00:0F")
    bench = Bench([(far, []), (left, []), (right, [])])
    bench.strengths_dbm["C0:00:00:00:00:0F"] = -95
    with bench:
        bench.heard.wait(lambda: len(bench.heard.texts("streaming")) == 2)
    addresses = {event.address for event in bench.heard.events if hasattr(event, "address")}
    assert addresses == {left.address, right.address}
    assert isinstance(bench.source, RadioSource)


# --- doctor ---


def system(tmp_path, *, bus=True, adapters=("hci0",), soft="0"):
    folder = tmp_path / "bluetooth"
    for name in adapters:
        (folder / name).mkdir(parents=True)
    radio = tmp_path / "rfkill" / "rfkill0"
    radio.mkdir(parents=True)
    for name, text in (("type", "bluetooth"), ("soft", soft), ("hard", "0")):
        (radio / name).write_text(text + "\n")
    socket = tmp_path / "bus"
    if bus:
        socket.touch()
    return doctor._linux(adapters=folder, radios=tmp_path / "rfkill", bus=socket)


@pytest.mark.parametrize(
    ("state", "ok", "words"),
    [
        ({}, True, "hci0"),
        ({"bus": False}, False, "D-Bus"),
        ({"adapters": ()}, False, "none found"),
        ({"soft": "1"}, False, "switched off"),
    ],
)
def test_the_doctor_reads_what_the_system_says(tmp_path, state, ok, words):
    (line,) = system(tmp_path, **state)
    assert line.ok is ok
    assert words in line.text
    assert bool(line.fix) is not ok


@pytest.mark.parametrize(
    ("error", "ok"),
    [
        (None, True),
        (BluetoothOff("off", where="a", why="b", fix="switch it on"), False),
        (PermissionDenied("no", where="a", why="b", fix="allow it"), False),
        (OSError("strange"), False),
    ],
)
def test_the_doctor_reports_and_never_raises(monkeypatch, error, ok):
    def probe(_):
        if error is not None:
            raise error

    monkeypatch.setattr("insole_drivers.radio.probe", probe)
    line = doctor._radio()
    assert line.ok is ok
    assert ok or line.text


def test_the_doctor_does_not_wait_for_a_radio_that_hangs(monkeypatch):
    import threading

    release = threading.Event()
    monkeypatch.setattr(doctor, "LIMIT_S", 0.2)
    monkeypatch.setattr("insole_drivers.radio.probe", lambda _: release.wait(5))
    line = doctor._radio()
    release.set()
    assert not line.ok
    assert "no answer" in line.text


def test_the_doctor_answers_on_this_machine():
    assert all(line.ok or line.fix or line.text for line in doctor.lines())
