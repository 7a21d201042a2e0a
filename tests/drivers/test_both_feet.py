"""Both feet over one connection: each is a stream of its own, whatever comes between."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insole.intake import Intake
from insole.model.foot import Side, carrier, foot_key, foot_of
from insole.model.protocol import Carrying
from insole.model.stream import Capability, Connected, Disconnected, Info, Notice, Packet, Samples
from insole.parameters import Parameters
from insole_drivers.described.description import BadDescription, of_words
from tests.drivers import protocol_bench
from tests.drivers.both_feet_bench import (
    BY_FIELD,
    BY_LINE,
    BY_MARKER,
    BY_NOTIFY,
    HALVES,
    NOTIFY,
    OTHER,
    WAYS,
    protocol,
)
from tests.drivers.protocol_bench import DEVICE, MS, wish

LEFT, RIGHT = (foot_key(DEVICE, side) for side in Side)
ROWS = 60


def sent(way: str, *, mtu: int = 247, rows: int = ROWS, first: int = 0):
    """Rows of both feet and the notifications that carry them."""
    made = protocol(way)
    told = made.told(replace(wish(), side=None))
    encoder = made.encoder(told)
    samples = protocol_bench.rows(told, rows, first=first)
    left = samples.values
    right = np.random.default_rng(9).integers(0, 4096, left.shape).astype(np.uint16)
    packets = []
    for row in range(rows):
        part = slice(row, row + 1)
        whole = np.concatenate([left[part], right[part]], axis=1)
        one = replace(
            samples,
            sequence=samples.sequence[part],
            tick_us=samples.tick_us[part],
            arrival_ns=samples.arrival_ns[part],
            values=whole,
            flags=samples.flags[part],
        )
        packets += [(row, *packet) for packet in encoder.packets(one, mtu)]
    return made, {LEFT: left, RIGHT: right}, packets


def heard(made, packets):
    decoder = made.decoder(DEVICE)
    said = decoder.feed(Connected(DEVICE, 0, made.name, "C0", "", 247))
    for row, channel, payload in packets:
        said += decoder.feed(Packet(DEVICE, channel, row * 20 * MS, payload))
    return said


def values(said, device: str) -> np.ndarray:
    return np.concatenate([s.values for s in said if isinstance(s, Samples) and s.device == device])


def numbers(said, device: str) -> list[int]:
    mine = [s for s in said if isinstance(s, Samples) and s.device == device]
    return [number for each in mine for number in each.sequence.tolist()]


@pytest.mark.parametrize("way", WAYS)
def test_each_foot_is_a_stream_of_its_own_with_its_own_numbers(way):
    made, truth, packets = sent(way)
    assert isinstance(made, Carrying)
    said = heard(made, packets)
    for device in (LEFT, RIGHT):
        np.testing.assert_array_equal(values(said, device), truth[device])
        told = numbers(said, device)
        assert told == list(range(told[0], told[0] + ROWS))
    capabilities = {item.device: item for item in said if isinstance(item, Capability)}
    assert {key: item.side for key, item in capabilities.items()} == {
        LEFT: Side.LEFT,
        RIGHT: Side.RIGHT,
    }
    assert len({item.serial for item in capabilities.values()}) == 2
    assert {item.device for item in said if isinstance(item, Info)} == {LEFT, RIGHT}
    assert not [item for item in said if isinstance(item, Notice)]


@settings(deadline=None, max_examples=25)
@given(st.sampled_from(["marker", "line"]), st.integers(0, 2**32))
def test_a_byte_stream_of_both_feet_may_be_cut_anywhere(way, seed):
    made, truth, packets = sent(way, rows=20)
    chance = random.Random(seed)
    whole = b"".join(payload for _, _, payload in packets)
    pieces, at = [], 0
    while at < len(whole):
        size = chance.randrange(1, 60)
        pieces.append((len(pieces), packets[0][1], whole[at : at + size]))
        at += size
    said = heard(made, pieces)
    for device in (LEFT, RIGHT):
        np.testing.assert_array_equal(values(said, device), truth[device])


def test_frames_of_both_feet_in_one_notification_are_told_apart():
    made, truth, packets = sent("field")
    together = b"".join(payload for _, _, payload in packets)
    said = heard(made, [(0, packets[0][1], together)])
    for device in (LEFT, RIGHT):
        np.testing.assert_array_equal(values(said, device), truth[device])


@pytest.mark.parametrize("way", ["notify", "marker"])
def test_what_one_foot_loses_the_other_does_not(way):
    made, _, packets = sent(way)
    if way == "marker":  # a frame of the left foot, then one of the right
        packets = [
            (row, channel, part)
            for row, channel, payload in packets
            for part in (payload[:19], payload[19:])
        ]
    left_alone = [each for at, each in enumerate(packets) if not (20 <= each[0] < 25 and at % 2)]
    said = heard(made, left_alone)
    left, other = numbers(said, LEFT), numbers(said, RIGHT)
    assert left == list(range(left[0], left[0] + ROWS))
    assert other == [*range(other[0], other[0] + 20), *range(other[0] + 25, other[0] + ROWS)]


def test_a_counter_of_both_feet_counts_on_over_its_wrap():
    made, _, packets = sent("marker", rows=300)
    said = heard(made, packets)
    for device in (LEFT, RIGHT):
        told = numbers(said, device)
        assert told == list(range(told[0], told[0] + 300))


def test_a_damaged_notification_is_said_of_both_feet_and_of_one_where_each_has_its_own():
    made, _, packets = sent("halves")
    said = heard(made, [*packets, (ROWS, NOTIFY, b"\1\2\3")])
    assert {n.device for n in said if isinstance(n, Notice)} == {LEFT, RIGHT}
    made, _, packets = sent("notify")
    said = heard(made, [*packets, (ROWS, OTHER, b"\1\2\3")])
    assert {n.device for n in said if isinstance(n, Notice)} == {RIGHT}


def test_a_frame_of_neither_foot_is_refused_and_the_others_are_read():
    made, truth, packets = sent("field")
    row, channel, payload = packets[0]
    said = heard(made, [(row, channel, b"\x07" + payload[1:]), *packets[1:]])
    assert [n.text for n in said if isinstance(n, Notice)] == [
        "a frame that tells neither foot"
    ] * 2
    np.testing.assert_array_equal(values(said, RIGHT), truth[RIGHT])


@pytest.mark.parametrize("way", WAYS)
def test_the_intake_gives_each_foot_a_ledger_of_its_own(way):
    made, _, packets = sent(way)
    intake = Intake(Parameters(), lookup=lambda _: made)
    intake.feed(Connected(DEVICE, 0, made.name, "C0", "", 247))
    for row, channel, payload in packets:
        intake.feed(Packet(DEVICE, channel, row * 20 * MS, payload))
    intake.flush()
    for device in (LEFT, RIGHT):
        assert intake.devices[device].ledger.received == ROWS
        assert intake.devices[device].ledger.lost == 0
    assert intake.devices[DEVICE].ledger.expected == 0
    assert [type(each) for each in intake.preamble()][:1] == [Connected]


def test_a_link_that_ends_ends_both_feet_and_their_numbers_go_on():
    made, _, packets = sent("field")
    decoder = made.decoder(DEVICE)
    decoder.feed(Connected(DEVICE, 0, made.name, "C0", "", 247))
    said = []
    for row, channel, payload in packets:
        if row == 30:
            said += decoder.feed(Disconnected(DEVICE, row * 20 * MS, "gone"))
            said += decoder.feed(Connected(DEVICE, row * 20 * MS, made.name, "C0", "", 247))
        said += decoder.feed(Packet(DEVICE, channel, row * 20 * MS, payload))
    assert [c.device for c in said if isinstance(c, Capability)] == [LEFT, RIGHT] * 2
    assert numbers(said, LEFT) == numbers(said, RIGHT) == list(range(ROWS))


@pytest.mark.parametrize("way", WAYS)
def test_damaged_packets_of_both_feet_raise_nothing(way):
    made, _, packets = sent(way)
    decoder = made.decoder(DEVICE)
    decoder.feed(Connected(DEVICE, 0, made.name, "C0", "", 247))
    payloads = [(channel, payload) for _, channel, payload in packets]
    for _ in protocol_bench.barrage(decoder, payloads, count=3_000):
        pass


@pytest.mark.parametrize(
    ("base", "change", "said"),
    [
        (BY_FIELD, {"side": {"by": "name", "left": ["L"], "right": ["R"], "both": True}},
         "side.both: by a field"),
        (HALVES, {"side": {"by": "halves", "left": ["L"], "right": ["R"]}}, "side.left: by halves"),
        (HALVES, {"side": {"by": "user"}}, "foot: it belongs to side.by = 'halves'"),
        (HALVES, {"fields": HALVES["fields"][:3]}, "for the right foot, here 0"),
        (HALVES, {"fields": [*HALVES["fields"][:3], {**HALVES["fields"][3], "count": 5}]},
         "pressures of both feet have one count"),
        (BY_NOTIFY, {"side": {"by": "notify", "left": [NOTIFY], "right": [NOTIFY]}},
         "one characteristic each"),
        (BY_NOTIFY, {"link": {"notify": [NOTIFY]}}, "side.right: list it in link.notify"),
        (BY_MARKER, {"side": {**BY_MARKER["side"], "both": False}},
         "'both' belongs to a connection that carries both feet"),
        (BY_LINE, {"side": {**BY_LINE["side"], "name_left": ["L*"]}}, "tells neither"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_named_with_its_place(base, change, said):
    with pytest.raises(BadDescription) as caught:
        of_words(base | change, name="wrong")
    assert said in "\n".join(caught.value.mistakes)


def test_the_examples_of_both_feet_agree_with_their_vectors(capsys):
    file = Path(__file__).parent / "vectors" / "both_feet.json"
    assert protocol_bench.differences("diy", file, capsys) == (2, [])


def test_the_key_of_a_foot_names_its_device():
    for device in ("SN-1", "C0:00:00:00:00:01", "a#b"):
        for side in Side:
            assert carrier(foot_key(device, side)) == device
            assert foot_of(foot_key(device, side)) is side
        assert carrier(device) == device
        assert foot_of(device) is None
