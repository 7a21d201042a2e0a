"""The source: its thread, its end, its errors, and the real specs through the whole stack."""

from __future__ import annotations

import threading
from contextlib import asynccontextmanager

import numpy as np
import pytest
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDBusError,
    BleakError,
)

from insole import plugins
from insole.errors import (
    BluetoothError,
    BluetoothOff,
    PermissionDenied,
    RequestError,
    SettingsError,
)
from insole.model.foot import Side
from insole.model.stream import Capability, Connected, LinkState, Packet, Samples
from insole_drivers.advice import bluetooth_error, shown
from insole_drivers.protocols.open import PROTOCOL
from insole_drivers.radio import Radio, RadioSource, addresses, ble_source, virtual_source
from insole_drivers.virtual import truth
from insole_drivers.virtual.pair import plans_of
from insole_drivers.virtual.spec import layout_of, parse, truth_of
from tests.drivers.radio_bench import SERIALS, Bench, Heard, both

LEFT, RIGHT = SERIALS[Side.LEFT], SERIALS[Side.RIGHT]


@pytest.fixture(autouse=True)
def no_thread_is_left():
    yield
    assert [t for t in threading.enumerate() if t.name.startswith("insole-radio")] == []


def finished(source, seconds: float = 20.0) -> Heard:
    heard = Heard()
    source.start(heard)
    source._finished.wait(seconds)
    source.stop()
    assert source.finished
    return heard


@pytest.mark.parametrize("side", list(Side))
def test_what_arrives_is_the_recorded_force_at_the_streamed_instants(side):
    text = "recording?seconds=1&seed=4"
    heard = finished(virtual_source(text))
    spec = parse(text)
    made, _ = plans_of(spec)[list(Side).index(side)]
    played = truth_of(spec, layout_of(spec))
    device = made.capability.serial
    said = heard.said(device)
    told = next(s for s in said if isinstance(s, Capability))
    samples = [s for s in said if isinstance(s, Samples)]
    numbers = np.concatenate([s.sequence for s in samples])
    assert np.all(np.diff(numbers) == 1)
    per_code = told.scale * 0.1 * told.layout.area_cm2  # N: kPa x cm2 / 10
    force = (np.concatenate([s.values for s in samples]) * per_code).sum(axis=1)
    wanted = truth.total(played, side, made.clock.instants(numbers))
    np.testing.assert_allclose(force, wanted, atol=0.5 * per_code.sum() + 1e-9)
    assert told.mass_kg == played.mass_kg


def test_the_sources_are_found_by_their_names():
    assert plugins.load("insole.sources", "virtual") is virtual_source
    assert plugins.load("insole.sources", "ble") is ble_source


def test_a_spec_with_one_missing_foot_and_an_end_finishes_without_an_error():
    source = virtual_source("run?only=left&seconds=0.5")
    heard = finished(source)
    assert source.error is None
    assert {c.side_hint for c in heard.of(Connected)} == {Side.LEFT}


@pytest.mark.parametrize("text", ["fly", "run?loss=2", "run?colour=red", "recording?file=/no/such"])
def test_a_spec_that_cannot_be_is_refused_before_anything_starts(text):
    with pytest.raises(Exception, match=r".") as caught:
        virtual_source(text)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_status == 2


def test_stop_before_start_and_stop_twice_and_no_event_after():
    source = virtual_source("stand")
    source.stop()
    assert source.finished
    with Bench(both()) as bench:
        bench.heard.wait(lambda: len(bench.heard.texts("streaming")) == 2)
        bench.source.stop()
        count = len(bench.heard.events)
        bench.source.stop()
    assert len(bench.heard.events) == count
    assert bench.heard.texts("closed") == ["Left: closed.", "Right: closed."]
    assert bench.source.error is None


def test_a_source_starts_once():
    with Bench(both()) as bench, pytest.raises(RuntimeError):
        bench.source.start(lambda _: None)


def test_stop_from_the_sink_itself_does_not_wait_for_itself():
    heard = Heard()

    def sink(event) -> None:
        heard(event)
        if isinstance(event, Connected):
            bench.source.stop()

    bench = Bench(both())
    bench.source.start(sink)
    bench.source._finished.wait(10)
    bench.source.stop()
    bench.source._thread.join(10)
    assert heard.of(Connected)


def test_stop_while_searching_and_while_connecting():
    for moment in ("searching", "connecting"):
        with Bench(both()) as bench:
            bench.heard.wait(lambda when=moment: bench.heard.texts(when) != [])
        assert bench.source.finished
        assert bench.source.error is None


def test_stop_while_an_insole_is_dead_is_bounded():
    with Bench(both()) as bench:
        bench.heard.wait(lambda: len(bench.heard.texts("streaming")) == 2)
        bench.source._loop.call_soon_threadsafe(bench.pair.insoles[0].die)
    assert not bench.source._thread.is_alive()


def test_two_sources_run_beside_each_other():
    with Bench(both()) as one, Bench(both()) as two:
        for bench in (one, two):
            bench.heard.wait(lambda b=bench: len(b.heard.texts("streaming")) == 2)
    assert one.source.error is two.source.error is None


def test_a_radio_that_fails_is_the_source_s_error():
    @asynccontextmanager
    async def broken():
        raise BluetoothOff("off", where="here", why="test", fix="none")
        yield Radio()

    source = RadioSource(broken, protocols=(PROTOCOL,))
    finished(source)
    assert isinstance(source.error, BluetoothOff)


def test_bluetooth_switched_off_while_scanning_is_said_in_words():
    class Off:
        def __init__(self, *_, **__):
            pass

        async def start(self):
            raise BleakBluetoothNotAvailableError(
                "off", BleakBluetoothNotAvailableReason.POWERED_OFF
            )

    @asynccontextmanager
    async def radio():
        yield Radio({"backend": Off})

    source = RadioSource(radio, protocols=(PROTOCOL,))
    heard = finished(source)
    assert isinstance(source.error, BluetoothOff)
    assert [state.phase for state in heard.of(LinkState)] == ["searching"]
    assert heard.of(Packet) == []


REASON = BleakBluetoothNotAvailableReason


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32", "plan9"])
@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (BleakBluetoothNotAvailableError("x", REASON.POWERED_OFF), BluetoothOff, "off"),
        (BleakBluetoothNotAvailableError("x", REASON.NO_BLUETOOTH), BluetoothOff, "no Bluetooth"),
        (
            BleakBluetoothNotAvailableError("x", REASON.NO_BLE_CENTRAL_ROLE),
            BluetoothOff,
            "Low Energy",
        ),
        (BleakBluetoothNotAvailableError("x", REASON.DENIED_BY_USER), PermissionDenied, "allowed"),
        (BleakBluetoothNotAvailableError("x", REASON.DENIED_BY_SYSTEM), PermissionDenied, "allow"),
        (
            BleakDBusError("org.freedesktop.DBus.Error.AccessDenied", ["no"]),
            PermissionDenied,
            "allowed",
        ),
        (BleakDBusError("org.bluez.Error.NotReady", ["Resource Not Ready"]), BluetoothOff, "off"),
        (BleakError("\x1b[31mstrange\n"), BluetoothOff, "strange"),
        (TimeoutError(), BluetoothOff, "TimeoutError"),
    ],
)
def test_every_refusal_of_a_radio_is_one_line_with_the_way_out(platform, error, kind, words):
    made = bluetooth_error(error, platform=platform)
    assert type(made) is kind
    assert words in str(made)
    assert str(made).isprintable()
    assert made.exit_status == 3


def test_a_missing_service_on_linux_is_named():
    made = bluetooth_error(FileNotFoundError(2, "No such file"), platform="linux")
    assert "bluez" in made.fix


@pytest.mark.parametrize("text", ["nonsense", "left=", "up=1", "left=A&left=B"])
def test_addresses_that_cannot_be_read_are_refused(text):
    with pytest.raises(SettingsError):
        addresses(text)


def test_addresses_are_read_with_and_without_a_question_mark():
    assert addresses("") == addresses("?") == {}
    wanted = {Side.LEFT: "C0:00", Side.RIGHT: "D0:00"}
    assert addresses("?left=C0:00&right=D0:00") == addresses("left=C0:00&right=D0:00") == wanted


def test_one_wanted_address_fixes_one_side_only():
    with Bench(both(), wanted={Side.LEFT: "C0:00:00:00:00:01"}) as bench:
        bench.heard.wait(lambda: len(bench.heard.of(Connected)) == 2)
    assert {c.device: c.side_hint for c in bench.heard.of(Connected)} == {
        LEFT: Side.LEFT,
        RIGHT: Side.RIGHT,
    }


def test_foreign_text_is_shown_without_its_powers():
    assert shown("a\x1b[2J\u202eb\n") == "a\\x1b[2J\\u202eb\\n"


def test_the_real_radio_of_a_machine_without_bluetooth_says_so(monkeypatch, tmp_path):
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path / 'none'}")
    source = ble_source("")
    finished(source)
    assert isinstance(source.error, BluetoothError)
    assert not isinstance(source.error, RequestError)
