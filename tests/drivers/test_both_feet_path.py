"""One device with both feet, over GATT: found, streamed, lost and found again, replayed."""

from __future__ import annotations

import itertools
import json
import math
from contextlib import asynccontextmanager, closing
from dataclasses import replace

import numpy as np
import pytest

from insole import plugins
from insole.api import live_session, open_recording
from insole.cli import main
from insole.errors import BluetoothError, RequestError
from insole.intake import Intake
from insole.model.foot import Side, carrier, foot_of
from insole.model.protocol import Advert, Match
from insole.model.stream import Connected, Disconnected, LinkState, Packet, Samples
from insole.parameters import Parameters
from insole_drivers.conformance.kit import check
from insole_drivers.described.both import CarryingProtocol
from insole_drivers.described.description import of_words
from insole_drivers.pair import Pair
from insole_drivers.radio import Radio, RadioSource, virtual_radio
from insole_drivers.scan import Found, Scan
from insole_drivers.timing import Timing
from insole_drivers.virtual import fast
from insole_drivers.virtual.fault import Fault
from insole_drivers.virtual.pair import plans_of, virtual_pair
from insole_drivers.virtual.spec import parse
from tests.drivers import protocol_bench as bench
from tests.drivers.both_feet_bench import WAYS, protocol, put
from tests.drivers.radio_bench import Heard

ADDRESS = "C0:00:00:00:00:01"
IN_ITS_TIME = Timing(now_ns=fast.now_ns)


def played(spec: str, **options) -> Heard:
    """What a source says of this virtual device, to its end."""
    radio, protocols = virtual_radio(f"{spec}&fast=1")
    return listened(radio, protocols, **options)


def listened(radio, protocols, *, fails: bool = False, **options) -> Heard:
    source = RadioSource(
        radio, protocols=protocols, timing=IN_ITS_TIME, loop=fast.FastLoop, **options
    )
    heard = Heard()
    source.start(heard)
    assert source._finished.wait(60)
    source.stop()
    heard.error = source.error
    assert fails or source.error is None, source.error
    return heard


def decoded(heard: Heard) -> Intake:
    intake = Intake(Parameters())
    for event in heard.events:
        intake.feed(event)
    intake.flush()
    return intake


def books(heard: Heard) -> dict:
    """The ledger of each foot."""
    devices = decoded(heard).devices
    return {foot_of(key): each.ledger for key, each in devices.items() if foot_of(key)}


@pytest.mark.timeout(200)
@pytest.mark.parametrize("way", WAYS)
def test_both_feet_come_over_one_link_and_every_way_leads_to_the_same_numbers(way, shelf, capsys):
    name = put(shelf, way)
    document = bench.steps_without_newtons(capsys, name)
    assert {step["side"] for step in document["steps"]} == {"left", "right"}
    with closing(open_recording(f"{name}.h5")) as recording:
        events = list(recording.events())
    (device,) = {event.device for event in events if isinstance(event, Packet)}
    (begun,) = [event for event in events if isinstance(event, Connected)]
    assert begun.device == device
    (shelf / f"{name}.toml").unlink()
    bench.answer(capsys, "redecode", f"{name}.h5", "-o", "again.h5", "--json")
    again = bench.answer(capsys, "analyze", "again.h5", "--json")
    assert again["steps"] == document["steps"]
    assert again["sides"] == document["sides"]


@pytest.mark.timeout(120)
def test_a_recording_made_for_one_foot_gives_both_when_its_description_is_mended(shelf, capsys):
    """As of a device that was taken for one foot, until somebody saw that it carries both."""
    name = put(shelf, "line")
    document = bench.the_whole_path(capsys, name)
    text = (shelf / f"{name}.toml").read_text()
    (shelf / "one.toml").write_text(text.replace("both = true", "both = false"))
    words = ("--description", str(shelf / "one.toml"), "--json")
    bench.answer(capsys, "redecode", f"{name}.h5", "-o", "one.h5", *words)
    one = bench.answer(capsys, "analyze", "one.h5", "--json")
    assert [side for side in ("left", "right") if one["sides"][side]] == ["left"]
    assert one["sides"]["left"]["received"] == document["sides"]["left"]["received"]
    words = ("--description", str(shelf / f"{name}.toml"), "--json")
    bench.answer(capsys, "redecode", "one.h5", "-o", "both.h5", *words)
    both = bench.answer(capsys, "analyze", "both.h5", "--json")
    assert both["steps"] == document["steps"]


@pytest.mark.timeout(60)
def test_a_scan_shows_one_device_with_both_feet(shelf, capsys):
    name = put(shelf, "field")
    words = ("scan", "--seconds", "1", "--simulate", f"run?protocol={name}", "--json")
    (row,) = bench.answer(capsys, *words)["devices"]
    assert (row["side"], row["protocol"]) == ("both", name)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("way", ["field", "notify", "halves"])
def test_loss_in_the_air_is_counted_of_each_foot(way, shelf):
    heard = played(f"run?seconds=5&loss=0.1&protocol={put(shelf, way)}")
    for book in books(heard).values():
        assert book.lost > 0
        assert book.expected == book.received + book.recovered + book.lost
    assert set(books(heard)) == set(Side)


@pytest.mark.timeout(60)
def test_a_lost_link_loses_both_feet_and_both_come_back(shelf):
    spec = f"run?seconds=7&drop_at=2&drop_for=2&protocol={put(shelf, 'field')}"
    heard = played(spec)
    (key,) = {event.device for event in heard.of(Connected)}
    assert len(heard.of(Connected)) == 2
    lost, _ = heard.of(Disconnected)
    for side in Side:
        phases = [state.phase for state in heard.of(LinkState, f"{key}#{side.value}")]
        told = [phase for phase, _ in itertools.groupby(phases)]
        assert told.count("streaming") == 2
        assert told.index("streaming") < told.index("reconnecting") < len(told) - 2
        assert told[-1] == "closed"
        texts = [state.text for state in heard.of(LinkState) if state.side is side]
        assert any(f"{side.title()} lost: {lost.reason}" in text for text in texts)
    both = books(heard)
    assert both[Side.LEFT] == both[Side.RIGHT]
    assert both[Side.LEFT].lost > 100
    intake = decoded(heard)
    for side in Side:
        assert intake.devices[f"{key}#{side.value}"].link.phase == "closed"


@pytest.mark.timeout(60)
def test_a_device_that_restarts_begins_both_feet_anew(shelf):
    heard = played(f"run?seconds=6&reboot_at=2&protocol={put(shelf, 'halves')}")
    intake = Intake(Parameters())
    segments: dict[str, set[int]] = {}
    for event in heard.events:
        for item in intake.feed(event):
            if isinstance(item, Samples):
                segments.setdefault(item.device, set()).add(item.segment)
    assert [len(each) for each in segments.values()] == [2, 2]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("way", ["field", "notify"])
def test_a_foot_that_its_device_does_not_send_is_said_and_the_other_is_measured(way, shelf):
    heard = played(f"run?seconds=5&missing=right&protocol={put(shelf, way)}")
    assert len(heard.of(Connected)) == 1
    said = [state.text for state in heard.of(LinkState) if state.phase == "stalled"]
    assert len(said) == 1
    assert said[0].startswith("Right: no data")
    assert "the other foot only" in said[0]
    right = [state.phase for state in heard.of(LinkState) if state.side is Side.RIGHT]
    assert "streaming" not in right
    known = books(heard)
    assert known[Side.LEFT].received > 400
    assert known[Side.RIGHT].expected == 0


class RightStands(Fault):
    """What the right foot sends is lost for three seconds, as where the feet's own link is down."""

    key = "right_stands"

    def __init__(self) -> None:
        super().__init__(0.0, settings={}, seed=0)
        self._streams: set[int] = set()
        self._began_s = math.inf

    def carry(self, value: bytes, now_s: float):
        self._streams.add(self.stream)
        self._began_s = min(self._began_s, now_s)
        is_right = len(self._streams) == 2 and self.stream == max(self._streams)
        is_down = 2.0 < now_s - self._began_s < 5.0
        return () if is_right and is_down else ((0.0, value),)


@pytest.mark.timeout(60)
def test_a_foot_that_falls_silent_is_said_while_the_other_streams_and_again_when_it_is_back(shelf):
    name = put(shelf, "notify")
    ((plan, _),) = plans_of(parse(f"run?protocol={name}"))

    @asynccontextmanager
    async def radio():
        async with virtual_pair([(plan, (RightStands(),))]) as pair:
            central = pair.central

            async def ended():
                await pair.ended(9.0)

            yield Radio({"backend": central.scanner}, {"backend": central.client}, ended)

    heard = listened(radio, (plan.protocol,))
    phases = {
        side: [state.phase for state in heard.of(LinkState) if state.side is side] for side in Side
    }
    told = {side: [phase for phase, _ in itertools.groupby(each)] for side, each in phases.items()}
    assert told[Side.LEFT] == ["connecting", "streaming", "closed"]
    assert told[Side.RIGHT] == ["connecting", "streaming", "stalled", "streaming", "closed"]
    assert len(heard.of(Connected)) == 1
    both = books(heard)
    assert both[Side.LEFT].lost == 0
    assert both[Side.RIGHT].lost == pytest.approx(300, abs=10)


@pytest.mark.timeout(60)
def test_a_recording_of_one_of_both_feet_says_nothing_of_the_other(shelf, capsys):
    spec = "run?seconds=4&missing=right"
    words = ("--protocol", put(shelf, "field"), "--headless", "--json")
    document = bench.answer(capsys, "demo", spec, *words)
    assert document["sides"]["right"] is None
    assert document["sides"]["left"]["lost"] == 0


@pytest.mark.timeout(60)
def test_sensors_go_wrong_foot_by_foot_and_the_link_once(shelf):
    name = put(shelf, "field")
    ((plan, faults),) = plans_of(parse(f"run?protocol={name}&loss=0.1&dead.left=2&stuck.right=1"))
    raw = plan.signal.raw(np.linspace(0, 3, 300))
    for fault in faults:
        raw = fault.feel(raw, np.linspace(0, 3, 300), plan)
    assert not raw[:, 2].any()
    assert raw[:, 6 + 2].any()
    assert len(set(raw[:, 6 + 1].tolist())) == 1
    assert len(set(raw[:, 1].tolist())) > 1
    assert [fault.key for fault in faults].count("loss") == 1


def test_one_device_cannot_say_one_foot_twice_and_can_exchange_both(shelf):
    name = put(shelf, "field")
    with pytest.raises(RequestError, match="both feet"):
        plans_of(parse(f"run?protocol={name}&two_left=1"))
    ((usual, _),) = plans_of(parse(f"run?protocol={name}"))
    ((other, _),) = plans_of(parse(f"run?protocol={name}&swapped=1"))
    time_s = np.linspace(0, 2, 200)
    one, two = usual.signal.raw(time_s), other.signal.raw(time_s)
    np.testing.assert_array_equal(one, np.roll(two, 6, axis=1))


# --- which device ---


@pytest.mark.timeout(60)
def test_its_address_may_be_given_for_both_feet_or_for_one(shelf):
    name = put(shelf, "field")
    for wanted in (dict.fromkeys(Side, ADDRESS), {Side.LEFT: ADDRESS}):
        heard = played(f"run?seconds=2&protocol={name}", wanted=wanted)
        assert {side for side, book in books(heard).items() if book.received} == set(Side)


@pytest.mark.timeout(60)
def test_one_address_for_both_feet_of_an_insole_that_is_one_foot_is_refused():
    heard = played("run?seconds=2", wanted=dict.fromkeys(Side, ADDRESS), fails=True)
    assert isinstance(heard.error, BluetoothError)
    assert "one address for both feet" in str(heard.error)


def mixed(name: str):
    """A pair of insoles and a device with both feet, in one room."""
    one = [plan for plan, _ in plans_of(parse("run"))]
    ((whole, _),) = plans_of(parse(f"run?protocol={name}"))
    plans = [*one, replace(whole, address="C0:00:00:00:00:09")]

    @asynccontextmanager
    async def radio():
        async with virtual_pair([(plan, ()) for plan in plans]) as pair:

            async def ended():
                await pair.ended(1.0)

            yield Radio({"backend": pair.central.scanner}, {"backend": pair.central.client}, ended)

    return radio, tuple({plan.protocol.name: plan.protocol for plan in plans}.values())


@pytest.mark.parametrize(
    ("strengths", "chosen"),
    [
        ({1: -60, 2: -60, 9: -40}, [9]),  # the nearer one
        ({1: -60, 2: -60, 9: -80}, [1, 2]),
        ({1: -60, 9: -80}, [9]),  # whole, and not half a pair
        ({9: -80, 8: -70}, [8]),
    ],
)
def test_a_device_with_both_feet_is_taken_alone_or_not_at_all(strengths, chosen):
    carrying, single = protocol("field"), plugins.protocol("open")
    sides = {1: Side.LEFT, 2: Side.RIGHT}

    def found(number: int, rssi_dbm: int) -> Found:
        kind = single if number in sides else carrying
        match = Match(kind.name, kind.title, sides.get(number))
        return Found(None, Advert(f"A{number}", "", rssi_dbm=rssi_dbm), match, kind)

    heard = [found(number, rssi_dbm) for number, rssi_dbm in strengths.items()]
    pair = Pair(Scan((), scanner={}), print, timing=IN_ITS_TIME, client={}, wanted={})
    taken = [each.advert.address for each, _ in pair._chosen(heard)]
    assert taken == [f"A{number}" for number in chosen]


@pytest.mark.timeout(60)
def test_two_addresses_of_which_one_carries_both_feet_are_refused_with_the_way_out(shelf):
    radio, protocols = mixed(put(shelf, "field"))
    wanted = {Side.LEFT: "C0:00:00:00:00:09", Side.RIGHT: "C0:00:00:00:00:02"}
    heard = listened(radio, protocols, wanted=wanted, fails=True)
    assert "carries both feet" in str(heard.error)
    assert "--left C0:00:00:00:00:09 --right C0:00:00:00:00:09" in heard.error.fix


# --- while it runs ---


@pytest.mark.timeout(120)
def test_a_recording_that_begins_later_knows_links_and_batteries_of_both_feet(shelf, tmp_path):
    name = put(shelf, "halves")
    session = live_session(f"virtual:run?protocol={name}&seconds=12")
    session.start()
    try:
        version = 0
        while min(foot.values is not None for foot in session.view().feet.values()) == 0:
            assert session.await_news(version, 10.0)
            version = session.view().version
        session.record(tmp_path / "late.h5", before_s=1.0)
        view = session.view()
        assert {foot.phase for foot in view.feet.values()} == {"streaming"}
        assert {foot.battery for foot in view.feet.values()} == {87}
        (key,) = {carrier(foot.device) for foot in view.feet.values()}
        assert set(view.links) == {f"{key}#left", f"{key}#right"} or not view.links
        result = session.stop_recording()
        assert result is not None
    finally:
        session.close()
    assert main(["analyze", str(tmp_path / "late.h5")]) == 0


@pytest.mark.timeout(60)
def test_the_link_doctor_judges_feet_and_not_the_device_that_carries_them(shelf, capsys):
    name = put(shelf, "field")
    spec = "run?seconds=20&loss=0.1"
    words = ("--protocol", name, "--headless", "--record", "k.h5", "--json")
    bench.answer(capsys, "demo", spec, *words)
    assert main(["doctor", "k.h5", "--json"]) == 1  # so much loss spoils results
    links = json.loads(capsys.readouterr().out)["links"]
    assert [foot_of(each["device"]) for each in links] == list(Side)
    for each in links:
        assert each["mtu"] > 23
        assert each["connections"] == 1
        assert each["packet_ms"] > 0
        assert each["measured_hz"] == pytest.approx(100.0, rel=0.02)
        kinds = {finding["kind"] for finding in each["findings"]}
        assert not kinds & {"coexistence", "loss_of_one"}  # it is one link


# --- the conformance kit ---

ASKED = ("decoding", "loss", "reordering", "corruption", "malformed", "side")


@pytest.mark.timeout(200)
@pytest.mark.parametrize("way", ["notify", "marker"])
def test_the_kit_asks_each_foot_and_a_described_device_conforms(way):
    report = check(protocol(way), items=ASKED)
    assert [grade for grade in report.grades if grade.mark == "fail"] == []
    assert report.grade("decoding").mark == "pass"
    assert report.grade("side").mark == "pass"


@pytest.mark.timeout(60)
def test_the_kit_sees_feet_that_are_taken_for_each_other():
    honest = protocol("field")

    class Confused(type(honest)):
        """Reads what the left foot sends as the right one's."""

        def decoder(self, device):
            return other.decoder(device)

    words = {**WAYS["field"], "side": {**WAYS["field"]["side"], "left": ["2"], "right": ["1"]}}
    other = CarryingProtocol(of_words(words, name="both_field"))
    confused = Confused(of_words(WAYS["field"], name="both_field"))
    assert check(confused, items=["decoding"]).grade("decoding").mark == "fail"
