"""ORPHE INSOLE: the maker's vectors, packets in their place, and nothing foreign harms."""

from __future__ import annotations

import json
import struct
import tracemalloc
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import insole
from insole import layouts
from insole.errors import DamagedFile
from insole.model.foot import Side
from insole.model.protocol import Advert
from insole.model.quality import Quality
from insole.model.stream import (
    Capability,
    Connected,
    Decoded,
    Disconnected,
    Info,
    Notice,
    Packet,
    Readings,
    Samples,
    Tick,
    Write,
)
from insole_drivers import commands_decode
from insole_drivers.protocols import orphe_wire as wire
from insole_drivers.protocols.orphe_insole import PROTOCOL
from insole_drivers.protocols.orphe_insole_vectors import VECTORS
from insole_drivers.protocols.orphe_nominal import newtons
from tests.drivers import protocol_bench as bench

MS = 1_000_000
VECTOR_FILE = Path(__file__).parents[3] / "shared/protocols/vectors/orphe_insole.json"
LEFT_STATE = bytes([2, 0, 0, 0, 0, 0, 0, 0, 3, 3])
PERIOD_MS = 4000 / 208  # of packets: four samples of the 208 Hz that the motion sensor takes


def vectors() -> list[dict[str, object]]:
    if not VECTOR_FILE.exists():
        return []
    return json.loads(VECTOR_FILE.read_text())


def fast(serial: int, day_ms: int, *, pressure: Iterable[int] = range(6)) -> bytes:
    """A packet of mode 3, four equal samples, written by the table of the sheet."""
    hour, rest = divmod(day_ms, 3_600_000)
    minute, rest = divmod(rest, 60_000)
    second, milli = divmod(rest, 1000)
    head = bytes([55]) + serial.to_bytes(2, "big") + bytes([hour, minute, second])
    sample = struct.pack(">6h6H", 0, 0, 0, 0, 0, 2048, *pressure)
    return head + milli.to_bytes(2, "big") + 4 * sample


def feed(*packets: tuple[float, bytes], decoder: object = None) -> list[Decoded]:
    """What a decoder says of packets (ms, bytes) of SENSOR_VALUES."""
    decoder = decoder or PROTOCOL.decoder("d")
    return [
        said
        for arrival_ms, data in packets
        for said in decoder.feed(Packet("d", wire.VALUES, round(arrival_ms * MS), data))
    ]


def samples(said: Iterable[Decoded]) -> list[Samples]:
    return [each for each in said if isinstance(each, Samples)]


def notices(said: Iterable[Decoded]) -> list[Notice]:
    return [each for each in said if isinstance(each, Notice)]


def stream(start: int, count: int, *, at_ms: float = 0.0, day_ms: float = 1000.0):
    """Consecutive packets of mode 3 and their arrival."""
    return [
        (
            at_ms + k * PERIOD_MS,
            fast((start + k) % 65536, int(day_ms + k * PERIOD_MS) % 86_400_000),
        )
        for k in range(count)
    ]


@pytest.mark.skipif(not VECTOR_FILE.exists(), reason="the makers' vectors are not beside the tree")
@pytest.mark.parametrize("vector", vectors(), ids=lambda each: each["name"])
def test_our_decoder_says_what_the_makers_says(vector):
    assert not list(
        commands_decode.differing(VECTORS.answer(vector), vector["expected"], "expected")
    )


@pytest.mark.parametrize(
    "vector",
    [
        {},
        {"config": {}},
        {"config": {"kind": "nothing"}},
        {"config": {"kind": "realtime"}, "packets_hex": [{"hex": "0", "arrival_ms": 0}]},
        {"config": {"kind": "realtime", "device_range_index": {"acc": 999}}, "packets_hex": []},
        {"config": {"kind": "commands"}},
        {"config": {"kind": "cop", "values": "?"}},
    ],
)
def test_what_is_no_vector_is_refused_in_words(vector):
    with pytest.raises(DamagedFile):
        VECTORS.answer(vector)


def test_samples_of_a_packet_are_oldest_first_and_as_far_apart_as_the_sensor_takes_them():
    oldest, newest = (struct.pack(">6h6H", *6 * [0], *6 * [code]) for code in (1, 4))
    second, third = (struct.pack(">6h6H", *6 * [0], *6 * [code]) for code in (2, 3))
    data = bytes([55, 0, 9, 0, 0, 1, 0, 250]) + newest + third + second + oldest
    (block,) = samples(feed((0, data)))
    assert block.values[:, 0].tolist() == [1, 2, 3, 4]
    assert block.tick_us.tolist() == [1_250_000, 1_254_808, 1_259_615, 1_264_423]  # 1/208 s
    assert block.sequence.tolist() == [36, 37, 38, 39]


def test_what_the_insole_is_comes_before_its_first_sample():
    decoder = PROTOCOL.decoder("d")
    decoder.feed(Connected("d", 0, PROTOCOL.name, "AA", "INS-1", 247))
    decoder.feed(Packet("d", wire.STATE, 0, bytes([1, 1, 0, 0, 0, 0, 0, 0, 0, 0])))
    said = feed((1, fast(1, 0)), decoder=decoder)
    told = said[0]
    assert isinstance(told, Capability)
    assert (told.side, told.quantity, told.rate_hz) == (Side.RIGHT, "counts", 200.0)
    acceleration = next(x for x in said if isinstance(x, Readings) and x.kind == "acceleration")
    assert acceleration.values[0, 2] * acceleration.scale == 2048 / 32768 * 2  # range 2 g


def test_the_clock_is_set_once_to_the_time_of_writing():
    decoder = PROTOCOL.decoder("d")
    writes = [
        said
        for event in (
            Connected("d", 0, PROTOCOL.name, "AA", "INS-1", 247),
            Packet("d", wire.STATE, 0, LEFT_STATE),
            Disconnected("d", 1, "gone"),
            Connected("d", 2, PROTOCOL.name, "AA", "INS-1", 247),
            Packet("d", wire.STATE, 2, LEFT_STATE),
        )
        for said in decoder.feed(event)
        if isinstance(said, Write)
    ]
    assert [each.channel for each in writes] == [wire.CLOCK]
    payload_at = writes[0].payload_at
    assert payload_at is not None
    assert list(payload_at(datetime(2026, 11, 21, 23, 59, 58, 120_000, UTC))) == [
        26, 11, 21, 23, 59, 58, 12,
    ]  # fmt: skip


def test_serial_and_time_of_day_wrap_without_a_trace():
    day_ms = 86_400_000 - 40
    said = feed(*stream(65534, 6, day_ms=day_ms))
    assert not notices(said)
    numbers = np.concatenate([each.sequence for each in samples(said)])
    ticks = np.concatenate([each.tick_us for each in samples(said)])
    assert np.diff(numbers).tolist() == [1] * 23
    assert (np.abs(np.diff(ticks) - 1e6 / 208) <= 1001).all()  # time is told in milliseconds


def test_a_clock_set_in_the_stream_moves_no_sample():
    said = feed(*stream(10, 5), *stream(15, 5, at_ms=5 * PERIOD_MS, day_ms=43_200_000))
    blocks = samples(said)
    assert not notices(said)
    assert {each.segment for each in blocks} == {0}
    ticks = np.concatenate([each.tick_us for each in blocks])
    assert len(ticks) == 40
    assert (np.abs(np.diff(ticks) - 1e6 / 208) <= 1001).all()


def test_a_long_silence_is_counted_by_the_hosts_clock():
    """Serials turn over in 21 minutes; after 50 the arrival says how often."""
    passed = 50 * 60 * 1000
    packets = round(passed / PERIOD_MS)
    late = stream((5 + packets) % 65536, 2, at_ms=passed, day_ms=1000 + passed)
    blocks = samples(feed((0, fast(5, 1000)), *late))
    assert blocks[1].sequence[0] - blocks[0].sequence[0] == 4 * packets
    assert blocks[1].segment == 0


def test_an_insole_that_restarts_begins_a_segment():
    said = feed(*stream(5000, 5, day_ms=40_000_000), *stream(0, 5, at_ms=3000, day_ms=2000))
    blocks = samples(said)
    assert [each.segment for each in blocks] == [0] * 5 + [1] * 5
    assert blocks[5].sequence.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("place", [1, 3, 4, 5])
def test_one_packet_whose_serial_or_time_was_hurt_is_refused_and_said(place):
    packets = stream(300, 9, day_ms=1_000_000)
    at, data = packets[4]
    hurt = bytearray(data)
    hurt[place] ^= 0x08
    said = feed(*packets[:4], (at, bytes(hurt)), *packets[5:])
    numbers = np.concatenate([each.sequence for each in samples(said)])
    assert sorted(set(range(1200, 1236)) - set(numbers.tolist())) == list(range(1216, 1220))
    assert {each.segment for each in samples(said)} == {0}
    assert [each.kind for each in notices(said)] == ["bad_value"]


def test_a_repeated_packet_keeps_its_number():
    packets = stream(7, 4)
    said = samples(feed(*packets[:3], packets[1], packets[3]))
    assert [int(each.sequence[0]) for each in said] == [28, 32, 36, 32, 40]


def test_full_scale_is_flagged():
    (block,) = samples(feed((0, fast(1, 0, pressure=(1, 2, 3, 4, 5, 65535)))))
    assert set(block.flags.tolist()) == {int(Quality.CLIPPED)}


@pytest.mark.parametrize("size", [0, 1, 20, 103, 105, 244])
def test_packets_of_another_length_are_refused_in_words(size):
    said = feed((0, (bytes([55]) + bytes(300))[:size]))
    assert [type(each) for each in said] == [Notice]


def test_a_mode_with_other_packets_begins_a_segment():
    quaternion = struct.pack(">4h6h6H", 16384, 0, 0, 0, *6 * [0], *range(6))
    packets = [
        (
            80 + k * PERIOD_MS,
            (bytes([56, 0, 14 + k, 0, 0, 1]) + int(80 + k * PERIOD_MS).to_bytes(2, "big")
             + 2 * quaternion).ljust(104, b"\0"),
        )
        for k in range(3)
    ]  # fmt: skip
    said = feed(*stream(10, 4), *packets)
    assert [each.segment for each in samples(said)] == [0, 0, 0, 0, 1, 1, 1]
    assert [each.rate_hz for each in said if isinstance(each, Capability)] == [200.0, 100.0]


def test_the_makers_curve_is_used_only_where_it_is_one():
    """At 1000 counts by hand; below its lowest point and above 2500 it would be nonsense."""
    by_hand = 6.31278e-11 * 1e12 - 2.33093e-07 * 1e9 + 3.27825e-04 * 1e6 - 163.373 + 22.5012
    raw = np.array([[1000.0] * 6, [0.0] * 6, [2500.0] * 6, [65535.0] * 6])
    force = newtons(raw)
    assert force[0, 0] == pytest.approx(by_hand, rel=1e-12)
    assert force[1].tolist() == [0.0] * 6
    assert force[3].tolist() == force[2].tolist()
    ramp = newtons(np.repeat(np.arange(0.0, 3000.0)[:, None], 6, axis=1))
    assert (np.diff(ramp, axis=0) >= 0).all()


# --- gait of the insole itself ---


def gait(kind: int, step: int, *body: object) -> bytes:
    return struct.pack(">BBHBxefff" if kind == 0 else ">BBHffff", 51, kind, step, *body)


def told_gait(*payloads: bytes) -> list[Decoded]:
    decoder = PROTOCOL.decoder("d")
    return [
        said
        for index, data in enumerate(payloads)
        for said in decoder.feed(Packet("d", wire.GAIT, index * MS, data))
    ]


def whole_step(step: int) -> list[bytes]:
    return [
        gait(0, step, 0x48, 1.5, 0.75, 0.25, 0.75),
        gait(1, step, 12.5, 3.0, 4.0, 0.0),
        gait(2, step, 2.5, -8.0, -9.0, 3.0),
    ]


def test_three_parts_that_come_twice_make_one_row():
    once = whole_step(65535)
    said = told_gait(*once, *once, *whole_step(0))
    rows = [each for each in said if isinstance(each, Readings)]
    assert [each.values[0, 0] for each in rows] == [65535.0, 0.0]
    row = dict(zip(rows[0].channels, rows[0].values[0].tolist(), strict=True))
    assert (row["duration_s"], row["cadence_hz"]) == (1.0, 1.0)
    assert (row["stride_m"], row["speed_m_s"]) == (5.0, 5.0)  # 3, 4, 5
    assert not notices(said)


def test_a_row_that_lacks_a_part_is_given_up_and_said():
    said = told_gait(*whole_step(1)[:2], *(part for k in range(2, 12) for part in whole_step(k)))
    assert len([each for each in said if isinstance(each, Readings)]) == 10
    assert [each.kind for each in notices(said)] == ["protocol"]


# --- finding and being one ---


def test_it_is_known_by_its_name_and_tells_its_side():
    data = bytes([1, 2, 3, 4, 5, 6, 1, 2, 8, 9, 10, 11, 12, 13, 90, 1, 0, 1])
    match = PROTOCOL.match(Advert("A", "INS-12", (), {0: data}))
    assert match is not None
    assert (match.side, match.battery) == (Side.RIGHT, 90)
    assert PROTOCOL.match(Advert("A", "CR-3", (wire.INFORMATION_SERVICE,))) is None
    assert PROTOCOL.match(Advert("A", "INSTAX", ("0000180a-0000-1000-8000-00805f9b34fb",))) is None


def wish(side: Side, rate_hz: float) -> Capability:
    return Capability(
        device="v", protocol="", serial="virtual-1", firmware="virtual 1", side=side,
        layout=layouts.load("generic16"), quantity="kPa", scale=1.0, offset=0.0, saturated=None,
        rate_hz=rate_hz,
    )  # fmt: skip


@given(
    st.lists(st.lists(st.integers(0, 65535), min_size=6, max_size=6), min_size=8, max_size=80),
    st.sampled_from(["all", "fast"]),
    st.integers(0, 10**9),
    st.lists(st.integers(1, 9), max_size=8),
)
@settings(max_examples=60, deadline=None)
def test_what_is_encoded_is_decoded(rows, mode, first, cuts):
    told = PROTOCOL.told(wish(Side.LEFT, 100.0))
    encoder = PROTOCOL.encoder(told)
    for write in PROTOCOL.start({"mode": mode}):
        encoder.answer(write, 247)
    values = np.array(rows, np.uint16)
    numbers = first + np.arange(len(values), dtype=np.int64)
    hz = 104 if mode == "all" else 208
    ticks = np.rint(numbers * (1e6 / hz)).astype(np.int64)
    edges = sorted({0, len(values), *(x for x in np.cumsum(cuts).tolist() if x < len(values))})
    decoder = PROTOCOL.decoder("v")
    decoder.feed(Packet("v", wire.STATE, 0, encoder.read(wire.STATE)))
    said: list[Decoded] = []
    for a, b in pairwise(edges):
        part = Samples("v", numbers[a:b], ticks[a:b], numbers[a:b] * 0, values[a:b],
                       np.zeros(b - a, np.uint32))  # fmt: skip
        for channel, data in encoder.packets(part, 247):
            said += decoder.feed(Packet("v", channel, int(ticks[b - 1]) * 1000, data))
    assert not notices(said)
    got = samples(said)
    whole = len(values) // (2 if mode == "all" else 4) * (2 if mode == "all" else 4)
    assert np.concatenate([each.values for each in got]).tolist() == values[:whole].tolist()
    assert np.diff(np.concatenate([each.sequence for each in got])).tolist() == [1] * (whole - 1)
    time_us = np.concatenate([each.tick_us for each in got])
    assert (np.abs(np.diff(time_us) - np.diff(ticks[:whole])) <= 1001).all()


# --- the whole path ---


@pytest.mark.usefixtures("home")
@pytest.mark.timeout(120)
def test_a_virtual_pair_gives_steps_and_no_newtons_and_replays_to_the_same_hash(capsys):
    bench.steps_without_newtons(capsys, "orphe_insole")
    with insole.open("orphe_insole.h5") as trial:
        told = {(each.side, each.kind): each for each in trial.readings}
    assert set(told) == {
        (side, kind) for side in Side for kind in ("acceleration", "gyroscope", "quaternion")
    }
    up_g = told[Side.LEFT, "acceleration"].values[:, 2]
    assert len(up_g) > 500
    assert set(up_g.tolist()) == {1.0}  # it lies still


@pytest.mark.usefixtures("home")
@pytest.mark.timeout(120)
def test_loss_in_the_air_stands_in_the_ledger(capsys):
    bench.loss_shows(capsys, "orphe_insole")


# --- foreign bytes ---


def mutations(count: int, seed: int) -> None:
    """A stream with hurt packets in it: nothing raises, nothing grows, the rest comes through."""
    random = np.random.default_rng(seed)
    decoder = PROTOCOL.decoder("d")
    channels = [wire.VALUES, wire.VALUES, wire.VALUES, wire.GAIT, wire.STATE, wire.CLOCK]
    seeds = [
        fast(1, 0), bytes([53, 1]), bytes([53, 1, 0, 5, 0, 0, 9]), bytes([53, 2, 0, 1, 255, 255]),
        bytes([53, 4]), bytes([54]) + fast(1, 0)[1:], LEFT_STATE, *whole_step(3), b"",
    ]  # fmt: skip
    intact: set[int] = set()
    came: set[int] = set()
    tracemalloc.start()
    base = 0
    for k in range(count):
        now_ns = round(k * PERIOD_MS * MS)
        if k % 3 == 0:  # every third packet of the stream is hurt instead
            data = bytearray(seeds[random.integers(len(seeds))] or b"\0")
            for _ in range(random.integers(0, 4)):
                data[random.integers(len(data))] = random.integers(256)
            data = data[: random.integers(0, len(data) + 1)] if random.random() < 0.3 else data
            channel = channels[random.integers(len(channels))]
            said = decoder.feed(Packet("d", channel, now_ns, bytes(data)))
            if random.random() < 0.01:
                said += decoder.feed(Tick("d", now_ns))
        else:
            pressure = [k % 4096] * 6
            data = fast(k % 65536, int(1000 + k * PERIOD_MS) % 86_400_000, pressure=pressure)
            said = decoder.feed(Packet("d", wire.VALUES, now_ns, data))
            intact.add(k % 4096)
        for block in samples(said):
            assert block.values.shape == (4, 6) or block.values.shape == (2, 6)
            came |= set(block.values[:, 0].tolist())
        if k == count // 2:
            base = tracemalloc.get_traced_memory()[0]
    grown = tracemalloc.get_traced_memory()[0] - base
    tracemalloc.stop()
    assert grown < 400_000
    assert len(intact - came) < 0.01 * len(intact) + 3


def test_hurt_packets_neither_crash_nor_grow_nor_harm_the_others():
    mutations(20_000, seed=5)


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_a_million_hurt_packets_neither_crash_nor_grow():
    packets = [(wire.VALUES, data) for _, data in stream(0, 40)]
    packets += [(wire.VALUES, bytes([54]) + data[1:]) for _, data in stream(40, 10)]
    packets += [(wire.VALUES, bytes([53, 1, 0, 40, 0, 0, 9])), (wire.VALUES, bytes([53, 4]))]
    packets += [(wire.VALUES, bytes([53, 2, 0, 1, 0, 9])), (wire.STATE, LEFT_STATE)]
    packets += [(wire.GAIT, part) for part in whole_step(3)]
    bench.no_growth(PROTOCOL.decoder("d"), packets)


@given(st.binary(max_size=120), st.sampled_from([wire.VALUES, wire.GAIT, wire.STATE, wire.CLOCK]))
def test_any_bytes_are_answered_in_values(data, channel):
    for said in PROTOCOL.decoder("d").feed(Packet("d", channel, 0, data)):
        assert isinstance(said, Samples | Capability | Info | Notice | Readings | Write)
