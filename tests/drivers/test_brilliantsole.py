"""Brilliant Sole insoles: the maker's own words, round trips, damage, and the whole path."""

from __future__ import annotations

import struct
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insole.model.foot import Side
from insole.model.protocol import Advert
from insole.model.quality import Quality
from insole.model.stream import (
    Capability,
    Disconnected,
    Info,
    Notice,
    Packet,
    Readings,
    Samples,
    Write,
)
from insole_drivers.protocols import ble_sig
from insole_drivers.protocols import brilliantsole_wire as wire
from insole_drivers.protocols.brilliantsole import PROTOCOL
from insole_drivers.protocols.brilliantsole_layout import BadPositions, layout_of
from tests.drivers import protocol_bench as bench
from tests.drivers.protocol_bench import DEVICE, MS, of

POSITIONS = bytes([64, 32, 192, 32, 64, 224, 192, 224])  # four corners, y 0 at the toe


def told(side=Side.LEFT, rate_hz=100.0) -> Capability:
    return PROTOCOL.told(bench.wish(side, rate_hz=rate_hz))


def fed(*payloads: bytes, decoder=None, start_ms=1000, step_ms=10):
    """What a decoder says of notifications that come every 10 ms."""
    decoder = decoder or PROTOCOL.decoder(DEVICE)
    said = []
    for index, payload in enumerate(payloads):
        now_ns = (start_ms + step_ms * index) * MS
        said += decoder.feed(Packet(DEVICE, wire.RX, now_ns, payload))
    return said


def ready(kind=1, period_ms=10):
    """Messages that make a decoder know all about a right insole of four sensors."""
    return (
        wire.message(wire.TYPE, bytes([kind])),
        wire.message(wire.CONFIGURATION, wire.PERIOD.pack(wire.PRESSURE, period_ms)),
        wire.message(wire.SCALARS, wire.SCALAR.pack(wire.PRESSURE, 1 / 4096)),
        wire.message(wire.POSITIONS, POSITIONS),
    )


def data(time_ms: int, *items: tuple[int, bytes]) -> bytes:
    body = b"".join(bytes([sensor, len(value)]) + value for sensor, value in items)
    return wire.message(wire.DATA, struct.pack("<H", time_ms & 0xFFFF) + body)


def pressure(time_ms: int, *values: int) -> bytes:
    return data(time_ms, (wire.PRESSURE, struct.pack(f"<{len(values)}H", *values)))


# --- the maker's words ---


def test_every_vector_of_the_maker_agrees(capsys):
    count, differences = bench.differences("brilliantsole", bench.vectors("brilliantsole"), capsys)
    assert count >= 28
    assert differences == []


def test_a_changed_expectation_is_noticed(capsys, tmp_path):
    def change(entries):
        event = next(each for each in entries if each["name"] == "pressure_8_one")
        first = event["expected"]["per_packet"][0]["events"][0]
        first["pressure"]["sensors"][3]["rawValue"] += 1

    assert bench.noticed("brilliantsole", change, capsys, tmp_path) == 1


@pytest.mark.parametrize(
    "entry",
    [
        "{}",
        '[{"name": "a", "packets_hex": [{"hex": "zz"}], "expected": {}}]',
        '[{"name": "a", "packets_hex": [7], "expected": {}}]',
        '[{"name": "a", "config": 7, "packets_hex": [], "expected": {}}]',
        '[{"packets_hex": [], "expected": {}, "config": {"commands": [{"vibrate": 1}]}}]',
    ],
)
def test_what_is_no_vector_is_refused_in_one_line(entry, tmp_path, capsys):
    bench.refuses("brilliantsole", entry, capsys, tmp_path)


# --- who it is ---


@pytest.mark.parametrize(
    ("advert", "side"),
    [
        (Advert("", "x", (wire.SERVICE,), {}, {wire.TYPE_DATA: b"\x00"}), Side.LEFT),
        (Advert("", "x", (wire.SERVICE,), {}, {wire.TYPE_DATA: b"\x01"}), Side.RIGHT),
        (Advert("", "x", (wire.SERVICE,), {0x0ABC: b"\x01\xc0\xa8\x00\x07\x00"}), Side.RIGHT),
        (Advert("", "x", (wire.SERVICE,)), None),
    ],
)
def test_an_advertisement_tells_the_side_as_far_as_it_can(advert, side):
    assert bench.side_told(PROTOCOL, advert) is side


@pytest.mark.parametrize("kind", [2, 3, 4, 5, 77])
def test_gloves_and_glasses_are_no_insoles(kind):
    data = {wire.TYPE_DATA: bytes([kind])}
    assert PROTOCOL.match(Advert("", "x", (wire.SERVICE,), {}, data)) is None
    assert PROTOCOL.match(Advert("", "x", (), {}, {wire.TYPE_DATA: b"\x00"})) is None


@pytest.mark.parametrize("side", list(Side))
def test_what_the_virtual_one_advertises_is_found_as_what_it_is(side):
    match = PROTOCOL.match(PROTOCOL.advertise(told(side), battery=50))
    assert match is not None
    assert match.side is side


# --- the layout ---


def test_the_frame_of_the_device_becomes_the_frame_of_the_foot():
    # (64, 32) of 256: a quarter from the left, an eighth from the toe.
    right = layout_of(POSITIONS, Side.RIGHT).xy
    left = layout_of(POSITIONS, Side.LEFT).xy
    assert right[0].tolist() == [0.25, 0.875]  # left is medial in a right shoe
    assert left[0].tolist() == [0.75, 0.875]
    assert right[2].tolist() == [0.25, 0.125]  # near the heel


def test_sensors_outside_of_our_outline_are_kept_and_two_in_one_place_are_refused():
    corners = layout_of(bytes([0, 0, 255, 0, 0, 255, 255, 255]), Side.RIGHT)
    assert corners.sensors == 4
    assert (corners.area_cm2 > 0).all()
    with pytest.raises(BadPositions):
        layout_of(bytes([9, 9, 9, 9]), Side.RIGHT)
    with pytest.raises(BadPositions):
        layout_of(b"", Side.RIGHT)


# --- decoding ---


def test_the_capability_says_what_was_told_and_no_more():
    (capability,) = of(fed(*ready()), Capability)
    assert capability.side is Side.RIGHT
    assert capability.rate_hz == 100
    assert capability.layout.sensors == 4
    assert (capability.quantity, capability.scale) == ("counts", 1.0)
    assert capability.saturated == 4095
    assert capability.mass_kg is None


def test_counts_of_16_bits_are_full_at_their_last_code_when_the_scalar_is_another():
    messages = list(ready())
    messages[2] = wire.message(wire.SCALARS, wire.SCALAR.pack(wire.PRESSURE, 1 / 1024))
    (capability,) = of(fed(*messages), Capability)
    assert capability.saturated == 65535


def test_a_sample_holds_the_counts_and_flags_a_full_one():
    said = fed(*ready(), pressure(1040, 1, 2, 3, 4094), pressure(1050, 1, 2, 3, 4095))
    first, second = of(said, Samples)
    assert first.values.tolist() == [[1, 2, 3, 4094]]
    assert first.flags.tolist() == [0]
    assert second.flags.tolist() == [Quality.CLIPPED]
    assert (second.tick_us - first.tick_us).tolist() == [10_000]
    assert (second.sequence - first.sequence).tolist() == [1]


def test_a_new_side_and_a_new_period_make_a_new_capability():
    said = fed(
        *ready(),
        wire.message(wire.SET_TYPE, b"\x00"),
        wire.message(wire.SET_CONFIGURATION, wire.PERIOD.pack(wire.PRESSURE, 5)),
    )
    right, left, quick = of(said, Capability)
    assert (right.side, left.side, quick.side) == (Side.RIGHT, Side.LEFT, Side.LEFT)
    assert quick.rate_hz == 200
    np.testing.assert_allclose(left.layout.xy[:, 0], 1 - right.layout.xy[:, 0])


def test_motion_keeps_its_raw_integers_and_its_scale():
    scalars = wire.SCALAR.pack(wire.ACCELERATION, 0.25) + wire.SCALAR.pack(wire.BAROMETER, 0.5)
    said = fed(
        wire.message(wire.SCALARS, scalars),
        data(
            7,
            (wire.ACCELERATION, struct.pack("<3h", -4, 0, 8)),
            (wire.BAROMETER, struct.pack("<I", 202_650)),
            (wire.ORIENTATION, struct.pack("<3h", 190, 10, 5)),
            (wire.STEP_COUNTER, struct.pack("<I", 42)),
        ),
    )
    acceleration, barometer, orientation, steps = of(said, Readings)
    assert acceleration.values.dtype == np.int16
    assert (acceleration.values * acceleration.scale).tolist() == [[-1.0, 0.0, 2.0]]
    assert (barometer.values * barometer.scale).tolist() == [[101_325.0]]
    assert orientation.values.tolist() == [[170.0, -10.0, 5.0]]  # -190 is 170
    assert steps.values.tolist() == [[42]]


def test_what_is_not_known_harms_nothing_beside_it():
    said = fed(
        *ready(),
        wire.message(200, b"new") + wire.message(66, b"opaque") + pressure(1040, 1, 2, 3, 4),
        data(1050, (99, b"?"), (wire.PRESSURE, struct.pack("<4H", 5, 6, 7, 8)), (12, b"\x09")),
    )
    assert [item.values.tolist() for item in of(said, Samples)] == [
        [[1, 2, 3, 4]],
        [[5, 6, 7, 8]],
    ]
    assert [item.kind for item in of(said, Notice)] == [
        "unknown_type",
        "unknown_type",
        "bad_value",
    ]


def test_a_cut_message_is_noticed_and_what_came_before_it_is_kept():
    said = fed(*ready(), pressure(1040, 1, 2, 3, 4) + pressure(1050, 5, 6, 7, 8)[:-1])
    assert len(of(said, Samples)) == 1
    assert [item.kind for item in of(said, Notice)] == ["truncated"]


def test_pressure_before_positions_asks_for_them_once_a_second():
    decoder = PROTOCOL.decoder(DEVICE)
    said = fed(*(pressure(at, 1, 2) for at in range(0, 1500, 10)), decoder=decoder)
    asked = [item.payload for item in of(said, Write)]
    assert asked.count(wire.message(wire.POSITIONS)) == 2
    assert not of(said, Samples)


def test_other_positions_that_nobody_asked_for_are_refused():
    other = wire.message(wire.POSITIONS, bytes([10, 10, 200, 10]))
    said = fed(*ready(), other, pressure(1050, 1, 2, 3, 4))
    assert len(of(said, Samples)) == 1
    assert [item.kind for item in of(said, Notice)] == ["protocol"]


@pytest.mark.parametrize(
    "payload",
    [
        wire.message(wire.CONFIGURATION, wire.PERIOD.pack(0, 7)),
        wire.message(wire.CONFIGURATION, 2 * wire.PERIOD.pack(0, 20)),
        wire.message(wire.CONFIGURATION, wire.PERIOD.pack(0, 20) + b"\x01"),
        wire.message(wire.SCALARS, wire.SCALAR.pack(0, float("nan"))),
        wire.message(wire.SCALARS, wire.SCALAR.pack(0, -1.0)),
        wire.message(wire.TYPE, b"\x00\x00"),
        wire.message(wire.TYPE, b"\x09"),
        wire.message(wire.TIME, b"\x00"),
    ],
)
def test_a_message_that_cannot_be_changes_nothing(payload):
    decoder = PROTOCOL.decoder(DEVICE)
    fed(*ready(), decoder=decoder)
    said = fed(payload, pressure(1060, 1, 2, 3, 4), decoder=decoder, start_ms=1050)
    assert not of(said, Capability)
    assert len(of(said, Notice)) == 1
    assert len(of(said, Samples)) == 1


def test_battery_texts_and_facts_are_told():
    decoder = PROTOCOL.decoder(DEVICE)
    said = decoder.feed(Packet(DEVICE, ble_sig.BATTERY, MS, b"\x57"))
    said += decoder.feed(Packet(DEVICE, ble_sig.BATTERY, MS, b"\xff"))
    said += fed(wire.message(wire.CHARGING, b"\x01"), wire.message(wire.NAME, b"A\x1b[31m"))
    facts = {item.kind: item.value for item in of(said, Info)}
    assert facts == {"battery": 87, "charging": 1, "name": "A[31m"}
    assert len(of(said, Notice)) == 1


# --- time ---


def test_time_counts_on_over_its_wrap_and_a_hole_is_a_hole():
    start = 65_530
    times = [start, start + 10, start + 20, start + 50]
    said = fed(*ready(), *(pressure(at, 1, 2, 3, 4) for at in times))
    blocks = of(said, Samples)
    ticks = [int(block.tick_us[0]) for block in blocks]
    assert [tick - ticks[0] for tick in ticks] == [0, 10_000, 20_000, 50_000]
    assert [int(block.sequence[0]) for block in blocks] == [0, 1, 2, 5]


def test_a_clock_that_is_not_set_is_set_at_the_moment_of_writing():
    said = fed(wire.message(wire.TIME, bytes(8)))
    (write,) = of(said, Write)
    now = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)
    payload = write.payload_at(now)
    assert payload[:3] == bytes([wire.SET_TIME, 8, 0])
    assert int.from_bytes(payload[3:], "little") == round(now.timestamp() * 1000)
    assert fed(wire.message(wire.TIME, (5).to_bytes(8, "little"))) == []


def test_a_clock_set_while_samples_flow_begins_a_segment():
    unset, is_set = wire.message(wire.TIME, bytes(8)), wire.message(wire.SET_TIME, b"\1" * 8)
    said = fed(*ready(), unset, pressure(9, 1, 2, 3, 4), is_set, pressure(30_000, 1, 2, 3, 4))
    assert [block.segment for block in of(said, Samples)] == [0, 1]


def test_a_device_that_restarted_begins_a_segment_and_goes_on_after_a_lost_link_otherwise():
    talk = bench.Talk(PROTOCOL, told())
    talk.connect()
    talk.stream(bench.rows(told(), 20))
    talk.said += talk.decoder.feed(Disconnected(DEVICE, talk.now_ns, "gone"))
    talk.encoder.hung_up()
    talk.now_ns += 500 * MS
    talk.connect()
    talk.stream(bench.rows(told(), 20, first=70))
    blocks = talk.of(Samples)
    assert {block.segment for block in blocks} == {0}
    assert [int(block.sequence[0]) for block in blocks] == [*range(20), *range(70, 90)]
    talk.said += talk.decoder.feed(Disconnected(DEVICE, talk.now_ns, "gone"))
    talk.encoder.restart()
    talk.connect()
    talk.stream(bench.rows(told(), 5))
    assert {block.segment for block in talk.of(Samples)[40:]} == {1}


# --- both halves ---


def test_the_beginning_asks_everything_in_writes_for_the_smallest_link():
    writes = PROTOCOL.start({"rate": "50", "streams": "motion", "name": "Ann", "vibrate": "both"})
    assert all(len(write.payload) <= 20 for write in writes)
    asked = [kind for write in writes for kind, _ in wire.messages(write.payload)[0]]
    assert asked[:14] == [0, 1, 3, 2, 4, 6, 8, 10, 13, 15, 17, 46, 66, 78]
    assert asked[14:] == [wire.SET_NAME, wire.VIBRATE, wire.SET_CONFIGURATION]
    (_, periods) = wire.messages(writes[-1].payload)[0][0]
    assert list(wire.PERIOD.iter_unpack(periods)) == [(0, 20), (1, 20), (4, 20), (6, 20)]


@pytest.mark.parametrize("name", ["", "x", "x" * 31])
def test_a_name_that_the_device_refuses_is_not_sent(name):
    sent = [write.payload[0] for write in PROTOCOL.start({"name": name})]
    assert wire.SET_NAME not in sent


def test_every_choice_of_every_setting_can_be_started_and_stopped():
    for setting in PROTOCOL.settings:
        for choice in (*setting.choices, setting.usual):
            assert PROTOCOL.start({setting.name: choice} if choice else {})
    assert PROTOCOL.stop()[0].payload[0] == wire.SET_CONFIGURATION


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("rate_hz", [10, 50, 100, 200, 130])
def test_a_device_is_understood_as_what_it_was_told_to_be(side, rate_hz):
    it = told(side, rate_hz)
    talk = bench.Talk(PROTOCOL, it)
    talk.connect({"rate": f"{it.rate_hz:g}"})
    (said,) = talk.of(Capability)
    assert (said.side, said.rate_hz, said.saturated) == (side, it.rate_hz, it.saturated)
    assert said.serial == it.serial
    np.testing.assert_array_equal(said.layout.xy, it.layout.xy)
    np.testing.assert_array_equal(said.layout.area_cm2, it.layout.area_cm2)
    assert not talk.of(Notice)


@settings(max_examples=40, deadline=None)
@given(
    first=st.integers(0, 1 << 32),
    count=st.integers(1, 60),
    mtu=st.integers(42, 517),
    rate_hz=st.sampled_from([20, 50, 100, 200]),
)
def test_what_is_encoded_comes_back(first, count, mtu, rate_hz):
    it = told(rate_hz=rate_hz)
    talk = bench.Talk(PROTOCOL, it, mtu=mtu)
    talk.connect({"rate": str(rate_hz)})
    sent = bench.rows(it, count, first=first)
    talk.stream(sent)
    back = bench.joined(talk.of(Samples))
    np.testing.assert_array_equal(back.values, sent.values)
    np.testing.assert_array_equal(np.diff(back.tick_us), np.diff(sent.tick_us))
    np.testing.assert_array_equal(np.diff(back.sequence), np.diff(sent.sequence))
    assert all(len(payload) <= mtu - 3 for channel, payload in talk.sent if channel == wire.RX)


def test_messages_come_to_the_same_in_one_notification_or_in_many():
    parts = [*ready(), *(pressure(1040 + 10 * i, i, 1, 2, 3) for i in range(5))]
    decoder = PROTOCOL.decoder(DEVICE)
    apart = [item for part in parts for item in decoder.feed(Packet(DEVICE, wire.RX, MS, part))]
    whole = PROTOCOL.decoder(DEVICE).feed(Packet(DEVICE, wire.RX, MS, b"".join(parts)))
    assert repr(apart) == repr(whole)


def test_the_device_samples_at_the_rate_that_was_chosen():
    it = told(rate_hz=200)
    talk = bench.Talk(PROTOCOL, it)
    assert talk.encoder.rate_hz == 200
    talk.connect({"rate": "50"})
    assert talk.encoder.rate_hz == 50
    assert talk.of(Capability)[-1].rate_hz == 50


# --- damage ---


def packets() -> list[tuple[str, bytes]]:
    talk = bench.Talk(PROTOCOL, told())
    talk.connect({"streams": "all"})
    talk.stream(bench.rows(told(), 60))
    assert not talk.of(Notice)
    return talk.sent


@pytest.mark.parametrize("is_known", [False, True])
def test_20000_damaged_packets_end_in_values_or_words(is_known):
    decoder = PROTOCOL.decoder(DEVICE)
    if is_known:
        fed(*ready(), decoder=decoder)
    for block in bench.barrage(decoder, packets(), count=10_000):
        assert block.values.shape[0] == 1


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_a_million_damaged_packets_neither_crash_nor_grow():
    bench.no_growth(PROTOCOL.decoder(DEVICE), packets())


def test_a_damaged_packet_among_good_ones_loses_itself_only():
    it = told()
    sent = bench.rows(it, 200)
    talk = bench.Talk(PROTOCOL, it)
    talk.connect()
    good = talk.encoder.packets(sent, 50)  # one sample a notification
    first_ns = talk.now_ns
    for index, (channel, payload) in enumerate(good):
        talk.now_ns = first_ns + 10 * MS * index
        cut = payload[:-1] if index % 10 == 5 else payload
        talk.hear([(channel, cut)])
    back = bench.joined(talk.of(Samples))
    kept = np.arange(200) % 10 != 5
    np.testing.assert_array_equal(back.values, sent.values[kept])
    np.testing.assert_array_equal(back.sequence, np.flatnonzero(kept))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.binary(max_size=80), max_size=20),
    st.sampled_from(
        [wire.RX, wire.UDP, ble_sig.BATTERY, ble_sig.PNP, "elsewhere", *ble_sig.STRINGS]
    ),
)
def test_any_bytes_on_any_channel_end_in_values_or_words(payloads, channel):
    bench.any_bytes(PROTOCOL, payloads, channel)


# --- the whole path ---


@pytest.mark.usefixtures("home")
@pytest.mark.timeout(120)
def test_a_virtual_pair_gives_steps_and_no_newtons_and_replays_to_the_same_hash(capsys):
    bench.steps_without_newtons(capsys, "brilliantsole")


@pytest.mark.usefixtures("home")
@pytest.mark.timeout(120)
def test_loss_in_the_air_stands_in_the_ledger(capsys):
    bench.loss_shows(capsys, "brilliantsole")
