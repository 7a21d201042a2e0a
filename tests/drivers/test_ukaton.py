"""Ukaton Mission insoles: the maker's own words, round trips, damage, and the whole path."""

from __future__ import annotations

import math
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insole.layouts.reading import load
from insole.model.foot import Side
from insole.model.protocol import Advert
from insole.model.quality import Quality
from insole.model.stream import (
    Capability,
    Connected,
    Disconnected,
    Info,
    Notice,
    Packet,
    Readings,
    Samples,
    Tick,
    Write,
)
from insole_drivers.protocols import ble_sig
from insole_drivers.protocols import ukaton_axes as axes
from insole_drivers.protocols import ukaton_wire as wire
from insole_drivers.protocols.ukaton import PROTOCOL
from tests.drivers import protocol_bench as bench
from tests.drivers.protocol_bench import DEVICE, MS, of


def told(side=Side.LEFT, rate_hz=100.0) -> Capability:
    return PROTOCOL.told(bench.wish(side, rate_hz=rate_hz))


def block(sensor: int, *items: tuple[int, bytes]) -> bytes:
    body = b"".join(bytes([kind]) + value for kind, value in items)
    return bytes([sensor, len(body)]) + body


def data(time_ms: int, *blocks: bytes) -> bytes:
    return struct.pack("<H", time_ms & 0xFFFF) + b"".join(blocks)


def pressure(time_ms: int, first: int = 0) -> bytes:
    values = struct.pack("<16H", *(first + i for i in range(16)))
    return data(time_ms, block(0), block(1, (wire.TWO_BYTES, values)))


def fed(*packets: tuple[int, bytes], decoder=None, kind=1):
    """What a decoder says of sensor data (ms, bytes), after it was told its type."""
    made = decoder is None
    decoder = decoder or PROTOCOL.decoder(DEVICE)
    if made:
        decoder.feed(Packet(DEVICE, wire.TYPE, 0, bytes([kind])))
    said = []
    for now_ms, payload in packets:
        said += decoder.feed(Packet(DEVICE, wire.DATA, now_ms * MS, payload))
    return said


def run(times_ms, **more):
    """Pressure at these times, arriving as it is taken."""
    return fed(*((at, pressure(at)) for at in times_ms), **more)


# --- the maker's words ---


def test_every_vector_of_the_maker_agrees(capsys):
    count, differences = bench.differences("ukaton", bench.vectors("ukaton"), capsys)
    assert count >= 14
    assert differences == []


def test_a_changed_expectation_is_noticed(capsys, tmp_path):
    def change(entries):
        event = next(each for each in entries if each["name"] == "both_sensors_one_packet")
        event["expected"]["per_packet"][0]["events"][0]["value"][1] += 1e-6

    assert bench.noticed("ukaton", change, capsys, tmp_path) == 1


@pytest.mark.parametrize(
    "entry",
    [
        "{}",
        '[{"packets_hex": [{"hex": "zz"}], "expected": {}}]',
        '[{"config": {"device_type": 9}, "packets_hex": [], "expected": {}}]',
        '[{"config": {"kind": "commands"}, "expected": {"commands": [{}]}}]',
        '[{"config": {"kind": "commands"}, "expected": {"commands": [7]}}]',
    ],
)
def test_what_is_no_vector_is_refused_in_one_line(entry, tmp_path, capsys):
    bench.refuses("ukaton", entry, capsys, tmp_path)


# --- who it is, and where its sensors lie ---


@pytest.mark.parametrize(
    ("advert", "side"),
    [
        (Advert("", "x", (wire.SERVICE,), {}, {wire.SERVICE: b"\x01\x00"}), Side.LEFT),
        (Advert("", "x", (), {}, {wire.SERVICE: b"\x02\x01\xc0\xa8\x00\x07"}), Side.RIGHT),
        (Advert("", "x", (wire.SERVICE,)), None),
    ],
)
def test_an_advertisement_tells_the_side_as_far_as_it_can(advert, side):
    assert bench.side_told(PROTOCOL, advert) is side


def test_a_motion_module_and_a_foreign_device_are_not_ours():
    assert PROTOCOL.match(Advert("", "x", (wire.SERVICE,), {}, {wire.SERVICE: b"\0"})) is None
    assert PROTOCOL.match(Advert("", "x")) is None


@pytest.mark.parametrize("side", list(Side))
def test_what_the_virtual_one_advertises_is_found_as_what_it_is(side):
    match = PROTOCOL.match(PROTOCOL.advertise(told(side), battery=50))
    assert match is not None
    assert match.side is side


def test_the_layout_is_the_makers_table_seen_from_the_medial_side():
    layout = load("ukaton16")
    x, y = np.array(wire.PLACES_MM).T / np.array(wire.BOX_MM)[:, None]
    np.testing.assert_allclose(layout.xy, np.column_stack((1 - x, 1 - y)), atol=5e-5)
    assert (layout.xy[0] < (0.5, 1)).all()  # the first one is under the big toe
    assert layout.xy[0][1] > 0.8


# --- decoding ---


def test_samples_wait_for_their_period_and_then_all_come_with_the_capability():
    times = [1000 + 20 * index for index in range(12)]
    said = run(times[:8])
    assert not of(said, Capability)
    assert not of(said, Samples)
    said = run(times)
    (capability,) = of(said, Capability)
    assert capability.rate_hz == 50
    assert (capability.side, capability.quantity) == (Side.LEFT, "counts")
    assert capability.saturated == 4095
    blocks = of(said, Samples)
    assert said.index(capability) < said.index(blocks[0])
    assert [int(each.tick_us[0]) // 1000 for each in blocks] == times
    assert [int(each.arrival_ns[0]) // MS for each in blocks] == times
    assert [int(each.sequence[0]) for each in blocks] == list(range(12))


def test_holes_before_and_after_the_period_is_known_are_holes_in_the_numbers():
    times = [0, 20, 40, 80, 100, 120, 140, 180, 200, 220, 300]
    said = run(times)
    assert of(said, Capability)[0].rate_hz == 50
    assert [int(each.sequence[0]) for each in of(said, Samples)] == [t // 20 for t in times]


def test_a_period_that_changes_for_good_is_told():
    times = [10 * i for i in range(20)] + [190 + 50 * i for i in range(1, 30)]
    said = run(times)
    assert [each.rate_hz for each in of(said, Capability)] == [100, 20]
    numbers = [int(each.sequence[0]) for each in of(said, Samples)]
    assert numbers == sorted(set(numbers))
    assert set(np.diff(numbers[-8:]).tolist()) == {1}


def test_single_losses_do_not_change_the_period():
    random = np.random.default_rng(5)
    times = [10 * i for i in range(2000) if random.random() > 0.2]
    said = run(times)
    assert [each.rate_hz for each in of(said, Capability)] == [100]
    numbers = [int(each.sequence[0]) for each in of(said, Samples)]
    assert numbers == [(at - times[0]) // 10 for at in times]


def test_one_byte_values_say_their_own_top_and_a_full_one_is_flagged():
    def one(at):
        return data(at, block(1, (wire.ONE_BYTE, bytes([255] + 15 * [at % 200]))))

    said = fed(*((10 * i, one(10 * i)) for i in range(9)))
    (capability,) = of(said, Capability)
    assert capability.saturated == 255
    assert of(said, Samples)[3].values[0].tolist() == [255] + 15 * [30]
    assert of(said, Samples)[3].flags.tolist() == [Quality.CLIPPED]


def test_a_count_of_more_than_12_bits_is_refused():
    wrong = data(90, block(1, (wire.TWO_BYTES, struct.pack("<16H", *[4096] * 16))))
    said = fed(*((10 * i, pressure(10 * i)) for i in range(9)), (90, wrong))
    assert [each.kind for each in of(said, Notice)] == ["bad_value"]
    assert len(of(said, Samples)) == 9


def test_motion_keeps_the_chips_integers_and_its_scale():
    said = fed(
        (
            0,
            data(
                0,
                block(
                    0,
                    (wire.ACCELERATION, struct.pack("<3h", 256, -512, 0)),
                    (wire.ROTATION_RATE, struct.pack("<3h", 512, 0, -1024)),
                    (wire.QUATERNION, struct.pack("<4h", 16384, 0, 0, 0)),
                    (wire.QUATERNION, bytes(8)),
                ),
                block(1, (wire.MASS, struct.pack("<I", 32768))),
            ),
        )
    )
    acceleration, gyroscope, quaternion, mass = of(said, Readings)
    assert (acceleration.values * acceleration.scale).tolist() == [[1.0, -2.0, 0.0]]
    assert (gyroscope.values * gyroscope.scale).tolist() == [[1.0, 0.0, -2.0]]
    assert (quaternion.values * quaternion.scale).tolist() == [[1.0, 0.0, 0.0, 0.0]]
    assert acceleration.values.dtype == np.int16
    assert (mass.values * mass.scale).tolist() == [[0.5]]


def test_what_is_not_known_or_cut_harms_nothing_beside_it():
    strange = (wire.ACCELERATION, bytes(6))
    said = fed(
        (0, data(0, block(7, (1, b"x")), block(0, strange, (6, b"abc")), pressure(0)[2:])),
        (10, data(10, block(1, (wire.ONE_BYTE, bytes(9))))),
        (20, b"\x14"),
        (30, data(30, block(1, (wire.CENTRE, struct.pack("<2f", float("nan"), 0))))),
        *((t, pressure(t)) for t in range(40, 130, 10)),
    )
    assert [each.kind for each in of(said, Notice)] == [
        "unknown_type",
        "unknown_type",
        "truncated",
        "truncated",
        "bad_value",
    ]
    assert len(of(said, Readings)) == 1
    assert len(of(said, Samples)) == 10


def test_facts_are_told():
    decoder = PROTOCOL.decoder(DEVICE)
    said = decoder.feed(Packet(DEVICE, ble_sig.BATTERY, MS, b"\x57"))
    said += decoder.feed(Packet(DEVICE, wire.NAME, MS, b"A\x1b[31m"))
    said += decoder.feed(Packet(DEVICE, wire.MOTION_CALIBRATION, MS, b"\0\1\2\3"))
    said += decoder.feed(Packet(DEVICE, wire.TYPE, MS, b"\2"))
    said += decoder.feed(Packet(DEVICE, ble_sig.BATTERY, MS, b"\xff"))
    facts = {item.kind: item.value for item in of(said, Info)}
    assert facts == {
        "battery": 87,
        "name": "A[31m",
        "motion_calibration": "0 1 2 3",
        "type": "right insole",
    }
    assert len(of(said, Notice)) == 1


# --- time ---


def test_time_counts_on_over_its_wrap():
    times = [65_500 + 20 * i for i in range(12)]
    blocks = of(run(times), Samples)
    assert [int(each.tick_us[0]) // 1000 for each in blocks] == times


def test_a_late_packet_keeps_its_place_where_the_maker_would_add_a_turn():
    decoder = PROTOCOL.decoder(DEVICE)
    decoder.feed(Packet(DEVICE, wire.TYPE, 0, b"\1"))
    times = [*range(0, 120, 10), 130, 120, 140]
    blocks = of(fed(*((at, pressure(at)) for at in times), decoder=decoder), Samples)
    assert [int(each.sequence[0]) for each in blocks] == [at // 10 for at in times]


def test_a_restart_begins_a_segment_and_a_lost_link_does_not():
    talk = bench.Talk(PROTOCOL, told())
    talk.connect()
    talk.stream(bench.rows(told(), 20, first=5000))
    talk.said += talk.decoder.feed(Disconnected(DEVICE, talk.now_ns, "gone"))
    talk.encoder.hung_up()
    talk.now_ns += 500 * MS
    talk.connect()
    talk.stream(bench.rows(told(), 20, first=5070))
    assert {block.segment for block in talk.of(Samples)} == {0}
    numbers = [int(block.sequence[0]) for block in talk.of(Samples)]
    assert numbers == [*range(20), *range(70, 90)]
    talk.said += talk.decoder.feed(Disconnected(DEVICE, talk.now_ns, "gone"))
    talk.encoder.restart()
    talk.connect()
    talk.stream(bench.rows(told(), 20))
    assert {block.segment for block in talk.of(Samples)[40:]} == {1}


# --- both halves ---


def test_every_choice_of_every_setting_is_started_and_stopped_in_writes_for_any_link():
    for setting in PROTOCOL.settings:
        for choice in (*setting.choices, setting.usual):
            writes = PROTOCOL.start({setting.name: choice} if choice else {})
            assert all(len(write.payload) <= 20 for write in (*writes, *PROTOCOL.stop()))


def test_a_start_says_the_periods_of_what_is_wanted():
    writes = PROTOCOL.start({"rate": "50", "streams": "motion", "bits": "8"})
    assert [write.payload.hex() for write in writes] == [
        "0009" + "001400" + "031400" + "051400",
        "0106" + "001400" + "010000",
    ]


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("bits", ["12", "8"])
def test_a_device_is_understood_as_what_it_was_told_to_be(side, bits):
    it = told(side, 50)
    talk = bench.Talk(PROTOCOL, it)
    talk.connect({"rate": "50", "bits": bits})
    talk.stream(bench.rows(it, 12))
    (said,) = talk.of(Capability)
    assert (said.side, said.rate_hz, said.layout.name) == (side, 50, "ukaton16")
    assert said.saturated == 2 ** int(bits) - 1
    assert not talk.of(Notice)


@settings(max_examples=40, deadline=None)
@given(
    first=st.integers(0, 1 << 32),
    count=st.integers(9, 60),
    mtu=st.integers(42, 517),
    rate_hz=st.sampled_from([20, 25, 50, 100]),
    bits=st.sampled_from(["8", "12"]),
)
def test_what_is_encoded_comes_back(first, count, mtu, rate_hz, bits):
    it = told(rate_hz=rate_hz)
    talk = bench.Talk(PROTOCOL, it, mtu=mtu)
    talk.connect({"rate": str(rate_hz), "bits": bits})
    sent = bench.rows(it, count, first=first)
    talk.stream(sent)
    back = bench.joined(talk.of(Samples))
    np.testing.assert_array_equal(back.values, sent.values >> (12 - int(bits)))
    np.testing.assert_array_equal(np.diff(back.tick_us), np.diff(sent.tick_us))
    np.testing.assert_array_equal(np.diff(back.sequence), 1)
    assert all(len(payload) <= mtu - 3 for channel, payload in talk.sent if channel == wire.DATA)


# --- the maker's axes ---


@given(st.lists(st.floats(-1, 1), min_size=4, max_size=4).filter(lambda q: math.hypot(*q) > 0.1))
@pytest.mark.parametrize("kind", [axes.MODULE, axes.LEFT, axes.RIGHT])
def test_turning_axes_keeps_the_length_of_a_quaternion(kind, told):
    w, x, y, z = told
    turned = axes.orientation((w, x, y, z), kind)
    assert math.isclose(math.hypot(*turned), math.hypot(*told), rel_tol=1e-12)


def test_every_map_uses_each_axis_once():
    maps = [
        *axes.VECTOR.values(),
        *(each for one in axes.ROTATION.values() for each in one.values()),
    ]
    assert all(sorted(map(abs, each)) == [1, 2, 3] for each in maps)


# --- over the network ---


def datagram(kind: int, payload: bytes = b"") -> bytes:
    return bytes([kind]) + payload


def test_over_the_network_the_type_is_asked_for_until_it_is_told_and_then_it_is_pinged():
    decoder = PROTOCOL.decoder(DEVICE)
    decoder.feed(Connected(DEVICE, 0, "ukaton", "udp:127.0.0.1", "", 1500))
    (asked,) = decoder.feed(Tick(DEVICE, MS))
    assert (asked.channel, asked.payload) == (wire.UDP, datagram(wire.GET_TYPE))
    decoder.feed(Packet(DEVICE, wire.UDP, 2 * MS, datagram(wire.GET_TYPE, b"\2")))
    (pinged,) = decoder.feed(Tick(DEVICE, 3 * MS))
    assert pinged.payload == datagram(wire.PING)


def test_a_configuration_of_the_network_tells_the_period_at_once():
    decoder = PROTOCOL.decoder(DEVICE)
    periods = wire.PERIODS.pack(*(0,) * 6, 0, 40, 0, 0, 0)
    reply = datagram(wire.SET_PERIODS, bytes([len(periods)]) + periods)
    decoder.feed(Packet(DEVICE, wire.UDP, MS, datagram(wire.GET_TYPE, b"\2")))
    decoder.feed(Packet(DEVICE, wire.UDP, MS, reply))
    first = datagram(wire.SENSOR_DATA, pressure(40))
    said = decoder.feed(Packet(DEVICE, wire.UDP, 40 * MS, first))
    assert of(said, Capability)[0].rate_hz == 25
    assert len(of(said, Samples)) == 1


# --- damage ---


def packets() -> list[tuple[str, bytes]]:
    talk = bench.Talk(PROTOCOL, told())
    talk.connect()
    talk.stream(bench.rows(told(), 60))
    assert not talk.of(Notice)
    motion = block(0, *((kind, bytes(range(1, size + 1))) for kind, size in enumerate((6,) * 5)))
    computed = block(1, (2, bytes(8)), (3, bytes(4)), (4, bytes(8)))
    return [
        *talk.sent,
        *((wire.DATA, data(600 + 10 * i, motion, computed)) for i in range(5)),
        *((wire.UDP, datagram(wire.SENSOR_DATA, pressure(650 + 10 * i))) for i in range(5)),
    ]


def test_20000_damaged_packets_end_in_values_or_words():
    decoder = PROTOCOL.decoder(DEVICE)
    for block_ in bench.barrage(decoder, packets(), count=20_000):
        assert block_.values.shape == (1, 16)
        assert int(block_.values.max()) <= 4095


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_a_million_damaged_packets_neither_crash_nor_grow():
    bench.no_growth(PROTOCOL.decoder(DEVICE), packets())


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.binary(max_size=80), max_size=20),
    st.sampled_from([wire.DATA, wire.UDP, *PROTOCOL.gatt.read, "elsewhere"]),
)
def test_any_bytes_on_any_channel_end_in_values_or_words(payloads, channel):
    assert not of(bench.any_bytes(PROTOCOL, payloads, channel), Write)


# --- the whole path ---


@pytest.mark.usefixtures("home")
@pytest.mark.timeout(120)
def test_a_virtual_pair_gives_steps_and_no_newtons_and_replays_to_the_same_hash(capsys):
    document = bench.steps_without_newtons(capsys, "ukaton")
    assert document["sides"]["left"]["layout"] == "ukaton16"


@pytest.mark.usefixtures("home")
@pytest.mark.timeout(120)
def test_loss_in_the_air_stands_in_the_ledger(capsys):
    bench.loss_shows(capsys, "ukaton")
