"""BrainCo: the maker's vectors, frames cut anywhere, and nothing foreign harms."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insole import layouts
from insole.errors import DamagedFile
from insole.model.foot import Side
from insole.model.protocol import Advert
from insole.model.stream import (
    Capability,
    Disconnected,
    Frames,
    Info,
    Notice,
    Packet,
    Readings,
    Samples,
    Tick,
    Write,
)
from insole.signal.calibrate import LoadStage
from insole_drivers import commands_decode
from insole_drivers.protocols import brainco_messages as messages
from insole_drivers.protocols import brainco_requests as requests
from insole_drivers.protocols import brainco_wire as wire
from insole_drivers.protocols.brainco import PROTOCOL
from insole_drivers.protocols.brainco_vectors import VECTORS
from tests.drivers.brainco_bench import (
    MS,
    bare,
    connected,
    fed,
    framed,
    rows,
    samples,
    sent_rows,
    slow_crc,
    some,
    started,
    wish,
)

VECTOR_FILE = Path(__file__).parents[3] / "shared/protocols/vectors/brainco.json"
DAY_MS = 86_400_000


# --- against the maker ---


@pytest.mark.skipif(not VECTOR_FILE.is_file(), reason="the makers' vectors are not here")
def test_every_vector_of_the_maker_agrees(capsys):
    from insole.cli import main

    assert main(["decode", "brainco", str(VECTOR_FILE), "--check"]) == 0
    assert capsys.readouterr().out.startswith("14 of 14 vectors agree")


@pytest.mark.skipif(not VECTOR_FILE.is_file(), reason="the makers' vectors are not here")
def test_resistances_of_the_vectors_become_conductances_of_samples():
    vector = next(v for v in json.loads(VECTOR_FILE.read_text()) if v["name"].startswith("raw_p"))
    config = framed(wire.bytes_field(13, wire.bytes_field(2, wire.number_field(2, 50))))
    checked = 0
    for item, packet in zip(vector["expected"]["per_packet"], vector["packets_hex"], strict=True):
        decoder = PROTOCOL.decoder("A")
        connected(decoder)
        fed(decoder, [config])
        said = fed(decoder, [bytes.fromhex(packet["hex"])])
        (block,) = [x for x in said if isinstance(x, Samples)]
        (told,) = [x for x in said if isinstance(x, Capability)]
        data = item["messages"][0]["sensorData"]
        assert told.side is (Side.LEFT if data["deviceId"] == "DEVICE_LEFT" else Side.RIGHT)
        assert block.tick_us[0] == data["timestampMs"] * 1000
        for ohm, code in zip(data["pressureData"]["rawPressure"], block.values[0], strict=True):
            microsiemens = 0.0 if ohm == 0 else min(1e6 / ohm, 200.0)
            assert abs(int(code) * told.scale - microsiemens) <= told.scale / 2 * 1.000001
            checked += 1
    assert checked > 200


def test_vectors_of_another_form_are_refused_in_words():
    for broken in (
        {"config": {"kind": "stream"}},
        {"config": {"kind": "stream"}, "packets_hex": [{"hex": "zz"}]},
        {"config": {"kind": "other"}, "packets_hex": []},
        {"config": 3},
        {"config": {"kind": "requests"}, "expected": {"requests": [{"tx_hex_example": "00"}]}},
    ):
        with pytest.raises(DamagedFile):
            VECTORS.answer(broken)


# --- the stream ---


@given(
    count=st.integers(1, 12),
    first=st.sampled_from([0, 1, 2**32 - 4]),
    cuts=st.lists(st.integers(1, 900), max_size=40),
    noise=st.binary(max_size=30),
    seed=st.integers(0, 9),
)
@settings(deadline=None, max_examples=60)
def test_however_the_bytes_are_cut_the_samples_are_the_same(count, first, cuts, noise, seed):
    sent = samples(first, some(count, seed), tick_us=np.arange(count) * 10_000)
    decoder, encoder, _ = started()
    stream = noise.replace(b"B", b"") + b"".join(bare(encoder.packets(sent, 23)))
    pieces, at = [], 0
    for cut in cuts:
        pieces.append(stream[at : at + cut])
        at += cut
    out = fed(decoder, [*pieces, stream[at:]])
    assert rows(out) == sent_rows(sent)


def test_a_lost_notification_costs_its_own_messages_only():
    sent = samples(10, some(9))
    decoder, encoder, _ = started()
    notifications = bare(encoder.packets(sent, 100))
    per_message = len(notifications) // 9
    del notifications[3 * per_message + 1]  # the middle of the fourth message
    out = fed(decoder, notifications)
    kept = sent_rows(sent)
    assert rows(out) == kept[:3] + kept[4:]
    assert any(isinstance(x, Notice) and x.kind == "bad_checksum" for x in out)


def mutated(random, payload):
    kind = random.integers(5)
    if kind == 0 and payload:
        raw = bytearray(payload)
        for _ in range(random.integers(1, 4)):
            raw[random.integers(len(raw))] ^= 1 << int(random.integers(8))
        return bytes(raw)
    if kind == 1:
        return payload[: random.integers(len(payload) + 1)]
    if kind == 2:
        return random.bytes(int(random.integers(60)))
    if kind == 3:
        return b"BRNC" + random.bytes(int(random.integers(20)))
    return payload


def bombarded(packets):
    """So many packets, a third of them mutated: no other sample than those sent may come out."""
    random = np.random.default_rng(5)
    sent = samples(0, some(200))
    known = set(sent_rows(sent))
    decoder, encoder, _ = started()
    payloads = bare(encoder.packets(sent, 60))
    said = wrong = 0
    for number in range(packets):
        payload = payloads[number % len(payloads)]
        if number % len(payloads) == 0:
            decoder.feed(Disconnected("A", number, "test"))
            connected(decoder, arrival_ns=number)
        if random.random() < 0.3:
            payload = mutated(random, payload)
        for each in rows(fed(decoder, [payload], arrival_ns=number)):
            said += 1
            wrong += (0, *each[1:]) not in known
        assert decoder._stream.waiting <= wire.MOST_PAYLOAD + 13 + len(payload)
    assert said > packets / 100
    # A checksum of 16 bits lets one in 65,536 wrong frames pass; frames cut by chance are few.
    assert wrong == 0


def test_mutated_packets_give_no_wrong_sample():
    bombarded(20_000)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_a_million_mutated_packets_give_no_wrong_sample():
    bombarded(1_000_000)


@given(st.lists(st.binary(max_size=200), max_size=30), st.sampled_from([wire.RX, "", "00002a19"]))
@settings(deadline=None)
def test_any_bytes_on_any_channel_end_in_values_or_words(payloads, channel):
    decoder, _, _ = started()
    for payload in payloads:
        for each in decoder.feed(Packet("A", channel, MS, payload)):
            assert isinstance(each, Samples | Capability | Info | Notice | Readings | Write)


def test_a_frame_that_claims_too_much_is_no_reason_to_wait():
    decoder, encoder, _ = started()
    sent = samples(0, some(1))
    huge = b"BRNC\x02\x21\xff\xff"
    assert rows(fed(decoder, [huge, *bare(encoder.packets(sent, 247))])) == sent_rows(sent)


# --- counters and times ---


def test_numbers_and_times_count_on_over_their_wrap():
    decoder, encoder, _ = started()
    sent = samples(2**32 - 3, some(6), tick_us=(2**32 - 25 + np.arange(6) * 10) * 1000)
    assert rows(fed(decoder, bare(encoder.packets(sent, 247)))) == sent_rows(sent)


def test_a_silence_of_thirty_days_is_told_by_the_arrival():
    decoder, encoder, _ = started()
    before = samples(5, some(1), tick_us=np.array([1000_000]))
    after = samples(6, some(1), tick_us=np.array([1000_000 + 60 * DAY_MS * 1000]))
    fed(decoder, bare(encoder.packets(before, 247)))
    later_ns = MS + 60 * DAY_MS * MS
    assert rows(fed(decoder, bare(encoder.packets(after, 247)), arrival_ns=later_ns)) == sent_rows(
        after
    )


def test_a_device_that_began_anew_counts_in_another_segment():
    decoder, encoder, _ = started()
    fed(decoder, bare(encoder.packets(samples(5000, some(3)), 247)))
    decoder.feed(Disconnected("A", 2 * MS, "rebooted"))
    connected(decoder, arrival_ns=3 * MS)
    again = samples(0, some(4))
    out = fed(decoder, bare(encoder.packets(again, 247)), arrival_ns=4 * MS)
    assert rows(out) == sent_rows(again, segment=1)
    assert any(isinstance(x, Capability) for x in out)


def test_a_restart_without_a_lost_link_is_seen_by_its_second_message():
    decoder, encoder, _ = started()
    fed(decoder, bare(encoder.packets(samples(5000, some(3)), 247)))
    again = samples(0, some(4))
    assert rows(fed(decoder, bare(encoder.packets(again, 247)))) == sent_rows(again, segment=1)


def test_one_message_far_from_all_others_moves_nothing():
    decoder, encoder, _ = started()
    sent = samples(5000, some(6))
    payloads = [bare(encoder.packets(samples(5000 + i, sent.values[i : i + 1]), 517))
                for i in range(6)]  # fmt: skip
    odd = bare(encoder.packets(samples(3, some(1)), 517))
    out = fed(decoder, [x for p in [*payloads[:3], odd, *payloads[3:]] for x in p])
    assert rows(out) == sent_rows(sent)
    assert any(isinstance(x, Notice) and "far from" in x.text for x in out)


def test_lost_late_and_repeated_messages_keep_their_numbers():
    decoder, encoder, _ = started()
    values = some(1)
    out = []
    for number in (1, 2, 5, 6, 6, 3, 7):
        out += fed(decoder, bare(encoder.packets(samples(number, values), 247)))
    assert [row[1] for row in rows(out)] == [1, 2, 5, 6, 6, 3, 7]
    assert {row[0] for row in rows(out)} == {0}


def test_messages_without_pressure_are_no_lost_samples():
    decoder, encoder, _ = started()
    numbers = []
    for number in range(8):
        if number % 2:
            body = wire.number_field(1, 2) + wire.number_field(2, number * 10)
            body += wire.number_field(3, number)
            said = fed(decoder, [framed(wire.bytes_field(30, body))])
        else:
            said = fed(decoder, bare(encoder.packets(samples(number, some(1)), 247)))
        numbers += [row[1] for row in rows(said)]
    assert numbers == [0, 1, 2, 3]


def test_a_device_that_tells_no_rate_is_measured():
    decoder, encoder = PROTOCOL.decoder("A"), PROTOCOL.encoder(wish(rate_hz=50))
    connected(decoder)
    said = fed(decoder, bare(encoder.packets(samples(0, some(60), rate_hz=50.0), 247)))
    (told,) = [x for x in said if isinstance(x, Capability)]
    assert told.rate_hz == 50.0
    assert len(rows(said)) == 60 - 32


# --- what it tells beside samples ---


def test_a_start_tells_who_it_is_and_how_it_is():
    _, encoder, said = started(side=Side.RIGHT)
    facts = {x.kind: x.value for x in said if isinstance(x, Info)}
    assert facts["serial"] == "SN-7"
    assert facts["firmware"] == "1.2"
    assert facts["battery"] == 100
    assert facts["wearing"] == 1
    assert encoder.is_streaming


def test_requests_tell_the_time_at_which_they_are_written():
    now = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)
    for write in (*PROTOCOL.start({"rate": "200", "pressure": "both"}), *PROTOCOL.stop()):
        assert write.payload_at is not None
        frame = write.payload_at(now)
        assert slow_crc(frame) == 0  # of a frame with its own checksum
        asked = messages.read(frame[11:-2], messages.REQUEST)
        assert asked["hostMs"] == round(now.timestamp() * 1000)


@pytest.mark.parametrize(("mode", "quantities"), [("both", 1), ("calibrated", 0), ("raw", 0)])
def test_the_chosen_pressure_and_rate_are_what_comes(mode, quantities):
    decoder, encoder = PROTOCOL.decoder("A"), PROTOCOL.encoder(wish())
    connected(decoder)
    for write in PROTOCOL.start({"rate": "200", "pressure": mode}):
        fed(decoder, bare(encoder.answer(write, 247)))
    sent = samples(1, some(3))
    said = fed(decoder, bare(encoder.packets(sent, 247)))
    (told,) = [x for x in said if isinstance(x, Capability)]
    assert told.rate_hz == 200.0
    assert (told.saturated is None) == (mode == "calibrated")
    blocks = np.concatenate([x.values for x in said if isinstance(x, Samples)])
    np.testing.assert_array_equal(blocks, sent.values)
    beside = [x for x in said if isinstance(x, Readings) and x.kind == "pressure"]
    assert len(beside) == 3 * quantities


def test_a_request_that_the_device_refuses_becomes_words():
    decoder, encoder, _ = started()
    body = requests.configured(77)
    (write,) = requests.writes(body, to=(wire.LEFT,))
    (notice,) = fed(decoder, bare(encoder.answer(write, 247)))
    assert isinstance(notice, Notice)
    assert "param error" in notice.text


def test_the_battery_is_asked_for_once_a_minute():
    decoder, _, _ = started()
    asked = [bool(decoder.feed(Tick("A", second * 1000 * MS))) for second in range(0, 200, 20)]
    assert asked == [True, False, False, True, False, False, True, False, False, True]


def test_events_of_the_device_are_told():
    decoder, _, _ = started()
    said = fed(decoder, [framed(wire.bytes_field(31, wire.number_field(2, 7)))])
    assert [(x.kind, x.value) for x in said] == [("event", "EVENT_WEAR_OFF"), ("wearing", 0)]


# --- on the air ---


@pytest.mark.parametrize(
    ("data", "side"), [(b"\1", Side.LEFT), (b"\2\0", Side.LEFT), (b"\3", Side.RIGHT), (b"\7", None),
                       (b"", None)]
)  # fmt: skip
def test_the_side_is_in_the_manufacturers_data(data, side):
    for company in (0x5242, 0x5202):
        match = PROTOCOL.match(Advert("", "x", manufacturer={company: data}))
        assert match is not None
        assert match.side is side
    assert PROTOCOL.match(Advert("", "BrainCo", manufacturer={0x1234: data})) is None


def test_what_a_virtual_device_says_on_the_air_is_matched():
    for side in Side:
        match = PROTOCOL.match(PROTOCOL.advertise(wish(side), battery=50))
        assert match is not None
        assert match.side is side


def test_captured_packets_of_a_stream_are_listed(tmp_path, capsys):
    file = tmp_path / "packets.json"
    _, encoder, _ = started()
    packets = [{"hex": x.hex()} for x in bare(encoder.packets(samples(1, some(1)), 247))]
    file.write_text(json.dumps([{"config": {"kind": "stream"}, "packets_hex": packets}]))
    assert commands_decode.content(file)
    from insole.cli import main

    assert main(["decode", "brainco", str(file)]) == 0
    assert "acceleration" in capsys.readouterr().out


def test_a_pair_over_the_air_gives_steps_without_newtons_and_counts_its_losses(capsys):
    from insole.cli import main

    spec = "run?seconds=5&loss.left=0.02&seed=3&drift_ppm.right=50"
    assert main(["demo", spec, "--protocol", "brainco", "--headless", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    left, right = document["sides"]["left"], document["sides"]["right"]
    assert left["quantity"] == right["quantity"] == "counts"
    assert left["lost"] > 0
    assert right["lost"] == 0
    for foot in (left, right):
        assert foot["expected"] == foot["received"] + foot["recovered"] + foot["lost"]
    assert len(document["steps"]) >= 8
    reasons = document["not_available"]
    assert "counts" in reasons["peak_force_N"]
    assert "position" in reasons["cop_x_mm"]
    assert "HEEL" in reasons["tripod_heel"]
    assert not any(
        step.get(name) is not None
        for step in document["steps"]
        for name in ("cop_x_mm", "tripod_heel", "share_heel", "rearfoot_share")
    )


def test_a_layout_without_places_is_in_the_total_alone():
    layout = layouts.load("brainco48")
    assert layout.sensors == 48
    assert set(layout.labels or ()) == {""}
    stage = LoadStage(wish())
    frames = Frames(np.zeros(1), np.full((1, 48), 7), np.zeros(1, np.uint32), np.zeros(1, np.int64))
    load = stage.push(frames)
    assert load.total_n[0] == pytest.approx(48 * 7 * stage.newton_per_value[0])
    assert np.isnan(load.region_n).all()
    assert np.isnan(load.cop_mm).all()
