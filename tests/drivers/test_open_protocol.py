"""The open protocol: what is encoded comes back, whatever is lost, and nothing foreign harms."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insole.model.foot import REGIONS, SensorLayout, Side
from insole.model.protocol import Advert
from insole.model.quality import Quality
from insole.model.stream import (
    Capability,
    Connected,
    Disconnected,
    Info,
    Notice,
    Packet,
    Samples,
    Write,
)
from insole_drivers import commands_decode
from insole_drivers.protocols import open_wire as wire
from insole_drivers.protocols.open import PROTOCOL, advert_data, advert_name, as_told, set_rate
from insole_drivers.protocols.open_encoder import OpenEncoder

MS = 1_000_000
SHORT_TOLERANCE_US = 5  # stated in docs/protocol-open.md, section 5
LONG_TOLERANCE_US = 1


def capability(sensors=16, *, saturated=65535, side=Side.LEFT, rate_hz=100.0, labels=True):
    rng = np.random.default_rng(sensors)
    layout = SensorLayout(
        name="test",
        kind="discrete",
        xy=(np.stack(np.divmod(np.arange(sensors), 16), axis=1) + 0.5) / 16,
        length_mm=270.0,
        width_mm=95.0,
        outline=np.array([[0.0, 0.0], [0.99, 0.0], [1.0, 0.01], [1.0, 1.0], [0.0, 1.0]]),
        area_cm2=rng.uniform(0.5, 12, sensors),
        labels=tuple(REGIONS[i % 7] for i in range(sensors)) if labels else None,
    )
    return Capability(
        device="A",
        protocol="open",
        serial="SN-001",
        firmware="1.2.3",
        side=side,
        layout=layout,
        quantity="kPa",
        scale=1200 / 65535,
        offset=0.0,
        saturated=saturated,
        rate_hz=rate_hz,
        mass_kg=62.0,
    )


def samples(sequence, tick_us, values):
    sequence = np.asarray(sequence, np.int64)
    return Samples(
        device="A",
        sequence=sequence,
        tick_us=np.asarray(tick_us, np.int64),
        arrival_ns=np.zeros(len(sequence), np.int64),
        values=values,
        flags=np.zeros(len(sequence), np.uint32),
    )


def uniform(count, *, sensors=16, rate_hz=100.0, first=0, top=65535, seed=1):
    sequence = np.arange(first, first + count)
    ticks = np.rint(sequence * 1e6 / rate_hz).astype(np.int64)
    values = np.random.default_rng(seed).integers(0, top + 1, (count, sensors)).astype(np.uint16)
    return samples(sequence, ticks, values)


def connected(decoder, *, arrival_ns=0):
    return decoder.feed(Connected("A", arrival_ns, "open", "AA:01", "Insole L", 247))


def fed(decoder, notifications, *, arrival_ns=MS):
    out = []
    for channel, payload in notifications:
        out += decoder.feed(Packet("A", channel, arrival_ns, payload))
    return out


def told(decoder, encoder, *, mtu=247):
    return fed(decoder, encoder.answer(Write(wire.CONTROL, bytes([wire.ASK])), mtu))


def pair(cap, **options):
    decoder, encoder = PROTOCOL.decoder("A"), OpenEncoder(cap, **options)
    connected(decoder)
    told(decoder, encoder)
    return decoder, encoder


def rows(out):
    """{sequence: (tick, values)} of everything decoded."""
    found = {}
    for item in out:
        if isinstance(item, Samples):
            for number, tick, row in zip(item.sequence, item.tick_us, item.values, strict=True):
                found[int(number)] = (int(tick), row.tobytes(), row.dtype)
    return found


def check_same(out, sent, *, tolerance_us, dtype):
    found = rows(out)
    if found and min(found) < sent.sequence[0]:  # the first one heard came after the wrap
        found = {number + 2**32: row for number, row in found.items()}
    for number, (tick, raw, kind) in found.items():
        at = int(np.searchsorted(sent.sequence, number))
        assert sent.sequence[at] == number
        assert abs(tick - int(sent.tick_us[at])) <= tolerance_us
        assert kind == dtype
        assert raw == sent.values[at].astype(dtype).tobytes()
    return set(found)


@given(
    sensors=st.integers(1, 255),
    form=st.sampled_from([wire.U8, wire.U12, wire.U16]),
    mtu=st.integers(23, 517),
    count=st.integers(1, 40),
    rate_hz=st.sampled_from([1.0, 30.0, 100.0, 300.0, 333.0, 500.0]),
    first=st.sampled_from([0, 7, 2**32 - 5]),
    data=st.data(),
)
@settings(deadline=None, max_examples=150)
def test_every_sample_whose_packets_arrive_comes_back_and_no_other(
    sensors, form, mtu, count, rate_hz, first, data
):
    decoder, encoder = pair(capability(sensors, rate_hz=rate_hz), form=form)
    sent = uniform(
        count, sensors=sensors, rate_hz=rate_hz, first=first, top=wire.LARGEST[form], seed=count
    )
    sent = dataclasses.replace(sent, tick_us=sent.tick_us - sent.tick_us[0] + 123)
    is_short = mtu < 64
    tolerance = SHORT_TOLERANCE_US if is_short else LONG_TOLERANCE_US
    dtype = np.uint8 if form == wire.U8 else np.uint16
    notifications = []  # (samples inside, notification), one sample at a time or all at once
    if data.draw(st.booleans(), label="one by one"):
        for at in range(count):
            one = samples(
                sent.sequence[at : at + 1], sent.tick_us[at : at + 1], sent.values[at : at + 1]
            )
            notifications += [({at}, x) for x in encoder.packets(one, mtu)]
    else:
        notifications = [(set(range(count)), x) for x in encoder.packets(sent, mtu)]
    assert all(len(payload) <= mtu - 3 for _, (_, payload) in notifications)
    lost = data.draw(st.sets(st.integers(0, len(notifications) - 1), max_size=6), label="lost")
    out = fed(decoder, [x for i, (_, x) in enumerate(notifications) if i not in lost])
    found = check_same(out, sent, tolerance_us=tolerance, dtype=dtype)
    if not lost:
        assert found == set(range(first, first + count))
    touched = set().union(*(notifications[i][0] for i in lost)) if lost else set()
    anchors = any(notifications[i][1][1][0] == wire.ANCHOR for i in lost)
    if not anchors:  # a lost anchor may silence the following samples until the next one
        whole = {first + i for i in range(count) if i not in touched}
        assert whole <= found


@given(
    ticks=st.lists(st.integers(0, 2**33), min_size=1, max_size=30, unique=True).map(sorted),
    mtu=st.sampled_from([23, 40, 64, 185, 517]),
    data=st.data(),
)
@settings(deadline=None, max_examples=80)
def test_times_that_jump_about_are_never_told_wrong(ticks, mtu, data):
    """Any loss; device time is compared modulo its 32 bits, since a jump may skip whole turns."""
    decoder, encoder = pair(capability(3, saturated=255), form=wire.U8)
    sent = uniform(len(ticks), sensors=3, top=255)
    sent = dataclasses.replace(sent, tick_us=np.array(ticks))
    notifications = encoder.packets(sent, mtu)
    kept = data.draw(
        st.lists(st.booleans(), min_size=len(notifications), max_size=len(notifications))
    )
    out = fed(decoder, [x for x, keep in zip(notifications, kept, strict=True) if keep])
    for number, (tick, raw, _) in rows(out).items():
        off = (tick - ticks[number] + 2**31) % 2**32 - 2**31
        assert abs(off) <= SHORT_TOLERANCE_US
        assert raw == sent.values[number].astype(np.uint8).tobytes()


@given(
    mtu=st.sampled_from([23, 48, 100, 247, 517]),
    sensors=st.sampled_from([1, 16, 99, 255]),
    data=st.data(),
)
@settings(deadline=None, max_examples=150)
def test_a_mutated_packet_is_noticed_and_harms_no_other(mtu, sensors, data):
    decoder, encoder = pair(capability(sensors))
    sent = uniform(20, sensors=sensors)
    notifications = encoder.packets(sent, mtu)
    out = []
    for channel, payload in notifications:
        kind = data.draw(st.sampled_from(["as is", "flip", "cut", "random"]))
        bent = payload
        if kind == "flip":  # up to three bits: always found by this checksum at these lengths
            bits = data.draw(st.sets(st.integers(0, len(payload) * 8 - 1), min_size=1, max_size=3))
            raw = bytearray(payload)
            for bit in bits:
                raw[bit // 8] ^= 1 << bit % 8
            bent = bytes(raw)
        elif kind == "cut":
            bent = payload[: data.draw(st.integers(0, len(payload) - 1))]
        elif kind == "random":
            bent = data.draw(st.binary(max_size=600))
        said = fed(decoder, [(channel, bent)])
        if bent != payload:
            assert not rows(said)
            assert any(isinstance(item, Notice) for item in said)
        out += said
    check_same(out, sent, tolerance_us=SHORT_TOLERANCE_US, dtype=np.uint16)


@given(
    payloads=st.lists(
        st.one_of(
            st.binary(max_size=600),
            st.tuples(
                st.sampled_from([0x11, 0x12, 0x13, 0x14, 0x40, 0x7F]), st.binary(max_size=60)
            ).map(lambda x: wire.sealed(bytes([x[0], (len(x[1]) + 3) & 0xFF, 0]) + x[1][2:])),
        ),
        max_size=60,
    ),
    channel=st.sampled_from([wire.STREAM, wire.BATTERY, wire.sig(0x2A25), "", "nonsense"]),
)
@settings(deadline=None)
def test_any_bytes_on_any_channel_end_in_values_or_words(payloads, channel):
    decoder, _ = pair(capability())
    for payload in payloads:
        said = fed(decoder, [(channel, payload)])
        assert said or channel == wire.STREAM  # a piece of a document may still wait for others
        assert all(isinstance(x, Samples | Capability | Info | Notice | Write) for x in said)
    held = sum(len(parts.data) for parts in decoder._parts.values())
    assert held <= 4 * 510


def test_capability_survives_the_way_within_its_rounding():
    for sensors, side, labels in ((1, None, False), (16, Side.RIGHT, True), (255, Side.LEFT, True)):
        cap = capability(sensors, side=side, labels=labels)
        got = as_told(cap)
        assert got.side is side
        assert got.layout.labels == cap.layout.labels
        assert got.mass_kg == cap.mass_kg
        assert np.allclose(got.layout.xy, cap.layout.xy, atol=0.5 / 65535, rtol=0)
        assert np.allclose(got.layout.area_cm2, cap.layout.area_cm2, atol=0.0050001, rtol=0)
        assert np.allclose(got.layout.outline, cap.layout.outline, atol=0.5 / 65535, rtol=0)
        assert got.scale == pytest.approx(cap.scale, rel=6e-8)
        assert dataclasses.replace(as_told(got), layout=got.layout) == got


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"xy": np.full((16, 2), 0.5)}, "overlap"),
        ({"outline": np.array([[0.0, 0.0], [0.3, 0.0], [0.3, 0.3]])}, "outside"),
        ({"outline": np.zeros((4, 2))}, "encloses nothing"),
        ({"area_cm2": np.zeros(16)}, "no area"),
        ({"length_mm": 0.0}, "above 0"),
    ],
)
def test_a_geometry_that_cannot_be_is_refused_in_words(change, says):
    cap = capability()
    encoder = OpenEncoder(
        dataclasses.replace(cap, layout=dataclasses.replace(cap.layout, **change))
    )
    decoder = PROTOCOL.decoder("A")
    connected(decoder)
    out = told(decoder, encoder)
    assert not any(isinstance(x, Capability) for x in out)
    assert says in next(x.text for x in out if isinstance(x, Notice))


@pytest.mark.parametrize("mtu", [23, 64, 185, 517])
def test_capability_arrives_in_pieces_of_any_order(mtu):
    encoder, decoder = OpenEncoder(capability(40)), PROTOCOL.decoder("A")
    connected(decoder)
    pieces = encoder.answer(Write(wire.CONTROL, bytes([wire.ASK])), mtu)[:-1]
    out = fed(decoder, [*pieces[1:], *pieces[1:2], pieces[0]])
    assert [type(x) for x in out] == [Capability]
    assert out[0].layout.sensors == 40
    assert fed(decoder, pieces) == []  # the same again says nothing new


def test_data_of_an_unknown_epoch_ask_for_the_capability_a_few_times_only():
    decoder, encoder = PROTOCOL.decoder("A"), OpenEncoder(capability())
    connected(decoder)
    asked, noticed = 0, 0
    for second in range(60):
        out = fed(decoder, encoder.packets(uniform(1), 247), arrival_ns=second * 1000 * MS)
        asked += sum(x == Write(wire.CONTROL, bytes([wire.ASK])) for x in out)
        noticed += sum(isinstance(x, Notice) for x in out)
    assert 1 < asked < 10
    assert noticed == 60
    assert any(isinstance(x, Capability) for x in told(decoder, encoder))
    assert rows(fed(decoder, encoder.packets(uniform(1), 247)))


def test_capability_that_changes_mid_stream_comes_before_its_samples():
    decoder, encoder = pair(capability(16))
    before = fed(decoder, encoder.packets(uniform(3), 247))
    between = fed(decoder, encoder.answer(set_rate(200.0), 247))
    after = fed(decoder, encoder.packets(uniform(3, rate_hz=200, first=3), 247))
    assert len(rows(before)) == 3
    assert [x.rate_hz for x in between if isinstance(x, Capability)] == [200.0]
    assert sorted(rows(after)) == [3, 4, 5]


def test_a_rate_out_of_range_is_refused_in_words():
    decoder, encoder = pair(capability())
    (notice,) = fed(decoder, encoder.answer(set_rate(5000.0), 247))
    assert isinstance(notice, Notice)
    assert "set rate" in notice.text
    assert encoder.capability.rate_hz == 100.0


def test_number_and_time_count_on_over_their_wrap_and_a_lost_link():
    decoder, encoder = pair(capability())
    early = uniform(4, first=2**32 - 2)
    early = dataclasses.replace(early, tick_us=np.arange(4) * 10_000 + 2**32 - 15_000)
    first = rows(fed(decoder, encoder.packets(early, 247)))
    decoder.feed(Disconnected("A", 2 * MS, "gone"))
    connected(decoder, arrival_ns=3 * MS)
    late = uniform(2, first=2**32 + 100)
    late = dataclasses.replace(late, tick_us=np.array([2**32 + 10**6, 2**32 + 10**6 + 10_000]))
    out = fed(decoder, encoder.packets(late, 247), arrival_ns=4 * MS)
    assert isinstance(out[0], Capability)  # known from before: said again to whoever listens now
    second = rows(out)
    assert [n - (2**32 - 2) for n in first] == [0, 1, 2, 3]
    assert [t - (2**32 - 15_000) for t, *_ in first.values()] == [0, 10_000, 20_000, 30_000]
    assert sorted(second) == [2**32 + 100, 2**32 + 101]
    assert [t for t, *_ in second.values()] == [2**32 + 10**6, 2**32 + 10**6 + 10_000]


def test_after_an_hour_of_silence_the_turn_of_the_clock_is_still_right():
    decoder, encoder = pair(capability())
    fed(decoder, encoder.packets(uniform(1), 247), arrival_ns=0)
    connected(decoder)
    hours_us = 3 * 3600 * 10**6
    late = samples([1_080_000], [hours_us], np.zeros((1, 16), np.uint16))
    out = fed(decoder, encoder.packets(late, 247), arrival_ns=hours_us * 1000 + 40 * MS)
    assert [t for t, *_ in rows(out).values()] == [hours_us]


def test_duplicates_and_another_order_pass_as_they_come():
    decoder, encoder = pair(capability())
    packets = [encoder.packets(uniform(1, first=i), 247)[0] for i in range(6)]
    out = fed(decoder, [packets[i] for i in (0, 2, 1, 1, 5, 3, 4)])
    numbers = [int(x.sequence[0]) for x in out if isinstance(x, Samples)]
    assert numbers == [0, 2, 1, 1, 5, 3, 4]


def test_a_restart_opens_a_segment_and_late_packets_from_before_are_refused():
    decoder, encoder = pair(capability())
    old = encoder.packets(uniform(3, first=1000), 247)
    fed(decoder, old)
    encoder.restart()
    told(decoder, encoder)
    out = fed(decoder, encoder.packets(uniform(2), 247))
    assert {(x.segment, *x.sequence) for x in out if isinstance(x, Samples)} == {(1, 0, 1)}
    assert not rows(fed(decoder, old))
    out = fed(decoder, encoder.packets(uniform(1, first=2), 247))
    assert [x.segment for x in out if isinstance(x, Samples)] == [1]


def test_a_lost_part_loses_its_sample_only_and_is_noticed():
    decoder, encoder = pair(capability(255))
    packets = [encoder.packets(uniform(1, sensors=255, first=i), 185) for i in range(8)]
    assert all(len(x) > 2 for x in packets)
    del packets[2][1]
    out = fed(decoder, [x for parts in packets for x in parts])
    out += decoder.feed(Disconnected("A", 9 * MS, "gone"))
    assert sorted(rows(out)) == [0, 1, 3, 4, 5, 6, 7]
    assert [x.kind for x in out if isinstance(x, Notice)] == ["truncated"]


def test_full_scale_is_flagged():
    decoder, encoder = pair(capability(saturated=4000))
    values = np.full((2, 16), 100, np.uint16)
    values[1, 5] = 4000
    out = fed(decoder, encoder.packets(samples([0, 1], [0, 10_000], values), 247))
    (said,) = [x for x in out if isinstance(x, Samples)]
    assert said.flags.tolist() == [0, Quality.CLIPPED]


def test_a_short_link_of_23_bytes_carries_16_sensors_of_one_byte_in_one_notification():
    encoder = OpenEncoder(capability(saturated=255))
    encoder.packets(uniform(1, top=255), 23)
    counts = [len(encoder.packets(uniform(1, first=i, top=255), 23)) for i in range(1, 16)]
    assert counts == [1] * 15


def test_a_clock_that_drifts_costs_few_anchors_on_a_short_link():
    encoder = OpenEncoder(capability(saturated=255))
    sent = uniform(3000, top=255)
    drifting = np.rint(sent.sequence * 10_000 * (1 + 80e-6)).astype(np.int64)
    packets = encoder.packets(dataclasses.replace(sent, tick_us=drifting), 23)
    anchors = sum(payload[0] == wire.ANCHOR for _, payload in packets)
    assert anchors <= 3000 / 16 + 10


def test_battery_and_device_information_are_told():
    decoder, encoder = pair(capability())
    encoder.battery = 73
    read = [(x, encoder.read(x)) for x in PROTOCOL.gatt.read]
    facts = {x.kind: x.value for x in fed(decoder, read) if isinstance(x, Info)}
    assert facts["battery"] == 73
    assert facts["serial"] == "SN-001"
    assert facts["firmware"] == "1.2.3"


@pytest.mark.parametrize(
    ("advert", "side", "battery"),
    [
        (Advert("A", "Insole R", services=(wire.SERVICE,)), Side.RIGHT, None),
        (Advert("A", "\x00\u202e L", services=(wire.SERVICE,)), Side.LEFT, None),
        (Advert("A", "", service_data={wire.SERVICE: bytes.fromhex("010255")}), Side.RIGHT, 85),
        (Advert("A", "x", service_data={wire.SERVICE: b"\x01\x09\xff"}), None, None),
        (Advert("A", "x", service_data={wire.SERVICE: b""}), None, None),
    ],
)
def test_an_advertisement_names_side_and_battery_as_far_as_it_can(advert, side, battery):
    match = PROTOCOL.match(advert)
    assert match is not None
    assert (match.side, match.battery) == (side, battery)


def test_a_foreign_advertisement_is_not_ours():
    assert PROTOCOL.match(Advert("A", "Insole L", services=(wire.sig(0x180F),))) is None


def test_an_advertisement_fits_its_31_bytes():
    for side in (None, *Side):
        assert 3 + 18 + 2 + len(advert_name(side).encode()) <= 31
        assert 18 + len(advert_data(side, battery=None, serial="0123456789abcdef")) <= 31


def test_the_worked_example_of_the_specification_decodes_as_it_says():
    page = (Path(__file__).parents[2] / "docs" / "protocol-open.md").read_text()
    frames = [bytes.fromhex(x) for x in re.findall(r"```hex\n(.*?)```", page, re.DOTALL)]
    (said,) = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
    events = tuple(Packet("A", wire.STREAM, 0, frame) for frame in frames)
    capture = commands_decode.Capture("page", setup=(), events=events, expected=None)
    answer = commands_decode.decoded(PROTOCOL, capture)
    assert list(commands_decode.lines(answer)) == said.splitlines()


def test_the_specification_names_the_uuids_and_the_check_value():
    page = (Path(__file__).parents[2] / "docs" / "protocol-open.md").read_text()
    assert all(uuid in page for uuid in (wire.SERVICE, wire.STREAM, wire.CONTROL))
    assert f"0x{wire.crc16(b'123456789'):04X}" in page
