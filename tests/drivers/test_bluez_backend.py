"""The driver through bleak's own BlueZ backend, over a real D-Bus, with a mock of bluetoothd."""

from __future__ import annotations

import pytest

from insole.errors import BluetoothOff
from insole.model.foot import Side
from insole.model.stream import Connected, Disconnected
from insole_drivers.radio import RadioSource, real_radio
from tests.drivers.radio_bench import QUICK, SERIALS, Heard, plan

pytest.importorskip("dbus_fast", reason="D-Bus is Linux's")

from tests.drivers.bluez_mock import (
    ADAPTER,
    DEVICE,
    HCI,
    MTU,
    STREAM,
    BlueZ,
    Variant,
    has_daemon,
)

PROTOCOL = plan(Side.LEFT).protocol
LEFT, RIGHT = SERIALS[Side.LEFT], SERIALS[Side.RIGHT]

pytestmark = [
    pytest.mark.skipif(not has_daemon, reason="dbus-daemon is not installed"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # of bleak's sockets at loop's end
]


@pytest.fixture(autouse=True)
def a_version_that_bleak_takes(monkeypatch):
    """bleak asks bluetoothctl for it, which need not be there."""
    version = pytest.importorskip("bleak.backends.bluezdbus.version", reason="Linux only")
    monkeypatch.setattr(version.BlueZFeatures, "checked_bluez_version", True)
    monkeypatch.setattr(version.BlueZFeatures, "supported_version", True)


class On:
    """A source of this driver on the mock."""

    def __init__(self, **options):
        self.heard = Heard()
        self.source = RadioSource(real_radio, protocols=(PROTOCOL,), timing=QUICK, **options)

    def __enter__(self):
        self.source.start(self.heard)
        return self.heard

    def __exit__(self, *_):
        self.source.stop()


def service(**options):
    return BlueZ([plan(Side.LEFT), plan(Side.RIGHT)], **options)


def test_two_insoles_are_found_connected_and_stream_without_a_gap(monkeypatch):
    with service().on_a_bus(monkeypatch) as bluez, On() as heard:
        heard.wait(lambda: min(len(heard.numbers(LEFT)), len(heard.numbers(RIGHT))) > 40)
    for device in (LEFT, RIGHT):
        numbers = heard.numbers(device)
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert {event.mtu for event in heard.of(Connected)} == {MTU}
    assert "AcquireNotify" in bluez.calls
    assert "StartNotify" not in bluez.calls
    assert bluez.calls.count("Disconnect") == 2


def test_a_dropped_insole_comes_back_without_a_packet_twice(monkeypatch):
    with service().on_a_bus(monkeypatch) as bluez, On() as heard:
        for times in (1, 2, 3):
            heard.wait(lambda times=times: heard.phases(LEFT).count("streaming") == times)
            before = len(heard.numbers(LEFT))
            heard.wait(lambda before=before: len(heard.numbers(LEFT)) > before + 10)
            if times < 3:
                bluez.do(bluez.insoles[0].hang_up)
    payloads = [packet.payload for packet in heard.packets(LEFT) if len(packet.payload) > 20]
    numbers = heard.numbers(LEFT)
    assert len(numbers) == len(set(numbers))
    assert len(payloads) > 20
    assert len(heard.of(Disconnected, RIGHT)) == 1  # its own goodbye


def test_a_search_that_is_refused_is_tried_again(monkeypatch):
    with service(busy=2).on_a_bus(monkeypatch) as bluez, On() as heard:
        heard.wait(lambda: len(heard.texts("streaming")) == 2)
    assert bluez.calls.count("StartDiscovery") == 3


def test_a_connection_that_aborts_is_tried_again(monkeypatch):
    bluez = service()
    bluez.refuse_connect = 1
    with bluez.on_a_bus(monkeypatch), On() as heard:
        heard.wait(lambda: len(heard.texts("streaming")) == 2)
    assert bluez.calls.count("Connect") >= 3


def test_an_insole_that_the_system_forgot_after_the_search_is_searched_for_again(monkeypatch):
    bluez = service()
    bluez.forgets = 1
    with bluez.on_a_bus(monkeypatch), On() as heard:
        heard.wait(lambda: len(heard.texts("streaming")) == 2)
    assert bluez.calls.count("StartDiscovery") > 1
    assert heard.texts("refused") == []


def test_a_stale_table_is_forgotten_once(monkeypatch):
    bluez = service()
    bluez.insoles[1].lacks.add(STREAM)
    with bluez.on_a_bus(monkeypatch), On() as heard:
        heard.wait(lambda: len(heard.texts("streaming")) == 2)
    assert "RemoveDevice" in bluez.calls
    assert heard.texts("refused") == []


def test_a_switched_off_radio_is_named_with_the_way_out(monkeypatch):
    with service(powered=False).on_a_bus(monkeypatch):
        source = RadioSource(real_radio, protocols=(PROTOCOL,), timing=QUICK)
        source.start(Heard())
        assert source._finished.wait(20)
        source.stop()
    assert isinstance(source.error, BluetoothOff)
    assert "rfkill unblock bluetooth" in source.error.fix


def test_a_bus_that_dies_ends_the_links_with_a_reason(monkeypatch):
    with service().on_a_bus(monkeypatch) as bluez, On() as heard:
        heard.wait(lambda: len(heard.texts("streaming")) == 2)
        bluez.do(bluez.end.set)  # the service leaves the bus without a word
        heard.wait(lambda: {"stalled", "reconnecting", "lost"} & set(heard.phases(LEFT)))
    assert any("Left" in text for text in heard.story())


def test_links_that_the_system_still_holds_are_adopted(monkeypatch):
    bluez = service()
    with bluez.on_a_bus(monkeypatch):
        for insole in bluez.insoles:  # as a killed program leaves them
            bluez.do(lambda insole=insole: bluez.added(insole.path, {DEVICE: held(insole)}))
        with On() as heard:
            heard.wait(lambda: len(heard.texts("streaming")) == 2)
    assert "StartDiscovery" not in bluez.calls
    assert bluez.objects[HCI][ADAPTER]["Powered"].value


def held(insole):
    told = {"Connected": Variant("b", True), "ServicesResolved": Variant("b", True)}
    for path, interfaces in insole.table().items():
        insole.bluez.do(
            lambda path=path, interfaces=interfaces: insole.bluez.added(path, interfaces)
        )
    return insole.device() | told
