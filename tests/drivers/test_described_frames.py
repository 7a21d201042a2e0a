"""Framing and fields of described insoles: bytes written by hand, truths computed by hand."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insole.model.quality import Quality
from insole.model.stream import Capability, Info, Notice, Readings, Samples
from insole_drivers.described import fields
from insole_drivers.described.framing import sum_of
from insole_drivers.described.model import Checksum
from tests.drivers.described_bench import COUNTER, Ear, insole, layout, pressure


def kinds(ear):
    return [each.kind for each in ear.of(Notice)]


# --- framing ---


def test_one_notification_is_one_frame_and_any_other_size_is_refused():
    ear = Ear(insole(frame={"kind": "notification", "size": 4}))
    ear.hear(bytes([1, 0, 2, 0]))
    ear.hear(bytes([1, 0, 2]))
    ear.hear(bytes([1, 0, 2, 0] * 2))
    ear.hear(b"")
    assert ear.values() == [[1, 2]]
    assert kinds(ear) == ["truncated", "bad_value"]


def test_the_beginning_of_a_long_notification_is_taken_where_that_is_wanted():
    ear = Ear(insole(frame={"kind": "notification", "size": 4, "otherwise": "prefix"}))
    ear.hear(bytes([1, 0, 2, 0, 9]))
    assert ear.values() == [[1, 2]]
    assert kinds(ear) == ["bad_value"]


def test_a_whole_number_of_frames_is_taken_at_once():
    ear = Ear(insole(fields=[COUNTER, pressure(type="u8", offset=2)]))
    ear.hear(bytes([7, 0, 1, 2, 8, 0, 3, 4, 9, 0, 5, 6]))
    (block,) = ear.of(Samples)
    assert block.values.tolist() == [[1, 2], [3, 4], [5, 6]]
    assert block.sequence.tolist() == [7, 8, 9]


LINES = {"kind": "lines", "columns": 2, "largest": 40}
COLUMNS = [{"name": "pressure", "use": "pressure", "column": 0, "count": 2}]


def test_lines_are_joined_over_notifications_and_bad_ones_lose_themselves_only():
    ear = Ear(insole(frame=LINES, fields=COLUMNS))
    for piece in (b"1,", b"2\n\n 3 , 4 \r\n5\n6,x\n7,8,9\n1_0,2\nnan,1\n", b"\xff,1\n9,9\n"):
        ear.hear(piece)
    assert ear.values() == [[1, 2], [3, 4], [9, 9]]
    assert kinds(ear) == ["bad_value"] * 6


def test_a_line_without_end_is_given_up_and_the_next_one_is_read():
    ear = Ear(insole(frame=LINES, fields=COLUMNS))
    for _ in range(100):
        ear.hear(b"1" * 20)
    ear.hear(b"\n1,2\n")
    assert ear.values() == [[1, 2]]
    assert kinds(ear) == ["overflow"]


def test_a_line_tells_the_side_and_strips_what_it_is_told_to():
    side = {"by": "prefix", "left": ["L_"], "right": ["R_"]}
    frame = LINES | {"strip": "[]", "separator": ";"}
    ear = Ear(insole(frame=frame, fields=COLUMNS, side=side))
    ear.hear(b"L_[[1;2]]\nX_[1;2]\n")
    assert ear.values() == [[1, 2]]
    assert [each.side for each in ear.of(Capability)] == ["left"]
    ear.hear(b"R_3;4\nL_5;6\n", 500)  # both feet over one connection: ours is read
    assert ear.values() == [[1, 2], [5, 6]]
    ear.hear(b"R_7;8\n", 5000)  # it was set to be the other foot
    assert [each.side for each in ear.of(Capability)] == ["left", "right"]
    assert ear.values()[-1] == [7, 8]


def test_decimals_of_a_text_become_codes_and_their_scale():
    ear = Ear(insole(frame=LINES, fields=[COLUMNS[0] | {"decimals": 1}]))
    ear.hear(b"72.9,0.1\n")
    (told,) = ear.of(Capability)
    assert ear.values() == [[729, 1]]
    assert told.scale == pytest.approx(0.1, rel=1e-12)


JSON = [
    {"name": "time", "use": "clock", "key": "t", "unit": "ms"},
    {"name": "pressure", "use": "pressure", "keys": ["a.heel", "a.toe"], "count": 2},
    {"name": "heat", "use": "reading", "kind": "temperature", "key": "heat", "unit": "C"},
]


def test_json_goes_deep_takes_keys_in_any_order_and_leaves_out_what_is_optional():
    ear = Ear(insole(frame={"kind": "json"}, fields=JSON))
    ear.hear(b'{"a": {"toe": 2, "heel": 1}, "t": 30, "heat": 36.5}')
    ear.hear(b'{"t": 40, "a": {"heel": 3, "toe": 4}}')
    assert ear.values() == [[1, 2], [3, 4]]
    assert [each.values.tolist() for each in ear.of(Readings)] == [[[36.5]]]


@pytest.mark.parametrize(
    "text",
    [
        b"{",
        b"[]",
        b"3",
        b'{"t": 1}',
        b'{"t": 1, "a": {"heel": true, "toe": 1}}',
        b'{"t": 1, "a": {"heel": "1", "toe": 1}}',
        b'{"t": NaN, "a": {"heel": 1, "toe": 1}}',
        b'{"t": 1, "a": {"heel": 1e999, "toe": 1}}',
        b'{"t": 1, "a": {"heel": 1, "toe": 3000000000}}',
        b"[" * 100_000,
        b"9" * 10_000,
    ],
)
def test_json_that_does_not_tell_all_is_refused(text):
    ear = Ear(insole(frame={"kind": "json"}, fields=JSON))
    ear.hear(text)
    assert kinds(ear) == ["bad_value"]
    assert ear.values() == []


MARKED = {"kind": "marker", "marker": "aa55", "size": 6, "endian": "big"}


def marked(*values):
    return b"\xaa\x55" + struct.pack(">2H", *values)


def test_a_marker_is_found_after_noise_and_wherever_it_is_cut():
    ear = Ear(insole(frame=MARKED, fields=[pressure(offset=2)]))
    for piece in (b"\x00\xaa", b"\x55\x00\x01\x00", b"\x02\xaa", b"\x55\x00\x03\x00\x04\xaa"):
        ear.hear(piece)
    assert ear.values() == [[1, 2], [3, 4]]
    assert kinds(ear) == ["protocol"]
    assert "1 bytes" in ear.of(Notice)[0].text


def test_a_frame_that_tells_its_length_brings_as_many_samples_as_fit():
    frame = {
        "kind": "marker",
        "marker": "aa",
        "length": {"offset": 1, "type": "u8", "adds": 3},
        "checksum": {"type": "xor8", "first": 1},
        "largest": 64,
    }
    listed = [
        {"name": "counter", "use": "counter", "type": "u8", "offset": 2, "counts": "samples"},
        pressure(type="u8", per="sample"),
    ]
    ear = Ear(insole(frame=frame, fields=listed, samples={"per_frame": 0}))
    ear.hear(bytes([0xAA, 5, 10, 1, 2, 3, 4, 5 ^ 10 ^ 1 ^ 2 ^ 3 ^ 4]))
    ear.hear(bytes([0xAA, 3, 12, 5, 6, 3 ^ 12 ^ 5 ^ 6]))
    ear.hear(bytes([0xAA, 3, 13, 5, 6, 0]))
    assert ear.values() == [[1, 2], [3, 4], [5, 6]]
    assert ear.numbers() == [10, 11, 12]
    assert kinds(ear) == ["bad_checksum", "protocol"]  # the frame, and its bytes passed over


def test_a_length_that_cannot_be_is_refused_and_the_next_frame_is_found():
    frame = MARKED | {"size": 0, "length": {"offset": 2, "type": "u16", "endian": "big"}}
    ear = Ear(insole(frame=frame | {"largest": 32}, fields=[pressure(offset=4)]))
    good = b"\xaa\x55\x00\x08" + struct.pack(">2H", 7, 8)
    ear.hear(b"\xaa\x55\xff\xff\x00\x00" + good)
    ear.hear(b"\xaa\x55\x00\x01" + good)
    assert ear.values() == [[7, 8], [7, 8]]
    assert kinds(ear).count("bad_value") == 2


@pytest.mark.parametrize(
    ("kind", "told"),
    [("sum8", "dd"), ("xor8", "31"), ("crc16_modbus", "374b"), ("crc16_ccitt", "b129")],
)
def test_checksums_of_the_usual_nine_digits(kind, told):
    assert sum_of(b"123456789", Checksum(kind)).hex() == told


def test_frames_with_a_wrong_checksum_are_left_out_of_their_notification():
    frame = {"kind": "packed", "size": 5, "checksum": {"type": "sum8"}}
    ear = Ear(insole(frame=frame))
    ear.hear(bytes([1, 0, 2, 0, 3, 1, 0, 2, 0, 4, 3, 0, 4, 0, 7]))
    assert ear.values() == [[1, 2], [3, 4]]
    assert kinds(ear) == ["bad_checksum"]


BATCH = {"kind": "batch", "size": 4, "begin": "N<n>;", "end": "END", "finish": "BYE"}


def test_a_batch_is_taken_at_its_end_and_a_short_one_is_refused_whole():
    ear = Ear(insole(frame=BATCH))
    for piece in (b"N2;", b"\x01\x00\x02\x00\x03", b"\x00\x04\x00", b"END"):
        ear.hear(piece)
    for piece in (b"N2;", b"\x05\x00\x06\x00", b"END", b"\x05\x00", b"N1;", b"12345", b"BYE"):
        ear.hear(piece)
    assert ear.values() == [[1, 2], [3, 4]]
    assert kinds(ear) == ["truncated", "protocol", "truncated"]
    said = [each.value for each in ear.of(Info) if each.kind == "said"]
    assert said == ["batch_done", "batch_done", "finished"]


def test_a_batch_of_more_than_the_buffer_is_refused_at_once():
    ear = Ear(insole(frame=BATCH | {"largest": 400}))
    ear.hear(b"N999999;")
    assert kinds(ear) == ["overflow"]


# --- cutting ---


def good_stream(kind):
    if kind == "lines":
        made = insole(frame=LINES, fields=COLUMNS)
        return made, b"".join(b"%d,%d\n" % (n, n + 1) for n in range(30))
    made = insole(frame=MARKED, fields=[pressure(offset=2)])
    return made, b"".join(marked(n, n + 1) for n in range(30))


@settings(max_examples=100)
@given(st.sampled_from(["lines", "marker"]), st.lists(st.integers(1, 60), max_size=40))
def test_a_stream_means_the_same_wherever_it_is_cut(kind, sizes):
    made, data = good_stream(kind)
    whole, pieces = Ear(made), Ear(made)
    whole.hear(data)
    at = 0
    for size in [*sizes, len(data)]:
        if data[at : at + size]:
            pieces.hear(data[at : at + size])
        at += size
    assert pieces.values() == whole.values() == [[n, n + 1] for n in range(30)]
    assert pieces.numbers() == whole.numbers()


# --- fields ---


def one(field, data, *, endian="little"):
    """The numbers of one field of one frame."""
    made = insole(
        frame={"kind": "packed", "size": len(data), "endian": endian},
        fields=[field],
        layout=layout(field["count"]),
    )
    places, _ = fields.places(made.description, size=len(data), present=frozenset((field["name"],)))
    return places[0].read(np.frombuffer(data, np.uint8).reshape(1, -1))[0, 0].tolist()


@pytest.mark.parametrize(
    ("kind", "endian", "data", "truth"),
    [
        ("u8", "little", "01ff", [1, 255]),
        ("i8", "little", "01ff", [1, -1]),
        ("u16", "little", "0102ff00", [0x0201, 255]),
        ("u16", "big", "0102ff00", [0x0102, 0xFF00]),
        ("i16", "big", "ffff8000", [-1, -32768]),
        ("u24", "little", "010203ff0000", [0x030201, 255]),
        ("u24", "big", "0102030000ff", [0x010203, 255]),
        ("i24", "little", "ffffff000080", [-1, -(2**23)]),
        ("u32", "little", "0100000000000080", [1, 2**31]),
        ("i32", "big", "ffffffff00000001", [-1, 1]),
        ("f16", "little", "003c00c0", [1.0, -2.0]),
        ("f32", "big", "3f800000c0000000", [1.0, -2.0]),
        ("f64", "little", "000000000000f03f00000000000000c0", [1.0, -2.0]),
        ("u12", "little", "231456", [0x423, 0x561]),  # low nibble of the middle byte is first
        ("u12", "big", "123456", [0x123, 0x456]),
        ("i12", "big", "800fff", [-2048, -1]),
        ("u4", "little", "21", [1, 2]),
        ("u4", "big", "21", [2, 1]),
        ("u10", "little", "010800", [1, 2]),
    ],
)
def test_numbers_of_every_width_and_byte_order(kind, endian, data, truth):
    assert one(pressure(type=kind), bytes.fromhex(data), endian=endian) == truth


def test_mask_and_shift_are_applied_before_anything_else():
    assert one(pressure(mask=0x7FF0, shift=4), bytes.fromhex("f1ff1080")) == [0x7FF, 1]


def test_a_field_of_its_own_byte_order_and_a_bit_in_a_byte():
    assert one(pressure(endian="big"), bytes.fromhex("01020304")) == [0x0102, 0x0304]
    assert one(pressure(type="u2", offset=0, bit=3), bytes([0b0101_1000])) == [3, 2]


def test_strides_leave_out_what_lies_between():
    data = bytes([1, 0, 99, 99, 2, 0, 99, 99])
    assert one(pressure(next_channel=4), data) == [1, 2]


@pytest.mark.parametrize("order", ["oldest first", "newest first"])
def test_samples_of_a_frame_lie_sample_by_sample_or_channel_by_channel(order):
    truth = [[1, 2], [3, 4], [5, 6]]
    by_sample = bytes([1, 2, 3, 4, 5, 6])
    by_channel = bytes([1, 3, 5, 2, 4, 6])
    grouped = bytes([1, 2, 9, 3, 4, 9, 5, 6, 9])
    ways = (
        (by_sample, {}),
        (by_channel, {"next_sample": 1, "next_channel": 3}),
        (grouped, {"next_sample": 3}),
    )
    for data, strides in ways:
        ear = Ear(
            insole(
                frame={"kind": "packed", "size": len(data)},
                samples={"per_frame": 3, "order": order},
                fields=[pressure(type="u8", per="sample", **strides)],
            )
        )
        ear.hear(data)
        assert ear.values() == (truth if order == "oldest first" else truth[::-1])
        assert ear.times_us() == sorted(ear.times_us())


def test_blocks_are_there_only_when_their_flag_or_their_size_says_so():
    motion = {"name": "motion", "use": "reading", "kind": "motion", "type": "u8", "count": 2}
    flags = {"name": "flags", "use": "flags", "type": "u8"}
    by_flag = insole(
        frame={"kind": "notification"},
        fields=[flags, motion | {"when": {"field": "flags", "mask": 2}}, pressure(type="u8")],
    )
    ear = Ear(by_flag)
    ear.hear(bytes([0, 1, 2]))
    ear.hear(bytes([2, 8, 9, 3, 4]))
    ear.hear(bytes([2, 8]))
    assert ear.values() == [[1, 2], [3, 4]]
    assert [each.values.tolist() for each in ear.of(Readings)] == [[[8, 9]]]
    assert kinds(ear) == ["truncated"]
    by_size = insole(
        frame={"kind": "notification"},
        fields=[motion | {"when": {"sizes": [4]}}, pressure(type="u8")],
    )
    ear = Ear(by_size)
    ear.hear(bytes([1, 2]))
    ear.hear(bytes([8, 9, 3, 4]))
    assert ear.values() == [[1, 2], [3, 4]]


def test_readings_have_scale_axes_and_sums_in_the_order_told():
    listed = [
        pressure(type="u8"),
        {
            "name": "acc",
            "use": "reading",
            "kind": "acceleration",
            "type": "i8",
            "count": 3,
            "scale": 0.5,
            "unit": "g",
            "channels": ["x", "y", "z"],
            "axes": ["-y", "x", "z"],
        },
        {
            "name": "air",
            "use": "reading",
            "kind": "barometer",
            "type": "i16",
            "scale": 0.01,
            "add": 101325.0,
            "add_first": True,
            "unit": "hPa",
        },
    ]
    ear = Ear(insole(frame={"kind": "packed", "size": 7}, fields=listed))
    ear.hear(bytes([0, 0, 1, 2, 253]) + struct.pack("<h", -325))
    acceleration, air = ear.of(Readings)
    # the first number is minus y, the second x
    assert (acceleration.values * acceleration.scale).tolist() == [[1.0, -0.5, -1.5]]
    assert (air.values * air.scale).tolist() == [[1010.0]]


def test_sensors_are_chosen_turned_over_and_ordered_for_each_foot():
    sensors = {
        "adc_bits": 8,
        "inverted": True,
        "absent": [1],
        "order_left": [1, 0],
        "order_right": [0, 1],
    }
    side = {"by": "name", "left": ["*L"], "right": ["*R"]}
    made = insole(
        frame={"kind": "packed", "size": 3},
        fields=[pressure(type="u8", count=3)],
        sensors=sensors,
        side=side,
    )
    for name, truth in (("Foot L", [[225, 245]]), ("Foot R", [[245, 225]])):
        ear = Ear(made, name=name)
        ear.hear(bytes([10, 99, 30]))
        assert ear.values() == truth


def test_a_code_of_full_scale_is_flagged():
    ear = Ear(insole(sensors={"adc_bits": 12}))
    ear.hear(struct.pack("<4H", 4094, 0, 0, 4095))
    (block,) = ear.of(Samples)
    assert [bool(flag & Quality.CLIPPED) for flag in block.flags.tolist()] == [False, True]


def test_a_pressure_that_is_no_number_is_refused():
    ear = Ear(insole(frame={"kind": "packed", "size": 8}, fields=[pressure(type="f32")]))
    ear.hear(struct.pack("<2f", 1.4, float("nan")))
    ear.hear(struct.pack("<2f", 1.4, 1e20))
    ear.hear(struct.pack("<2f", 1.4, 2.6))
    assert ear.values() == [[1, 3]]
    assert kinds(ear) == ["bad_value", "bad_value"]


def test_positions_in_millimetres_and_drawn_for_a_left_foot_land_in_the_frame_of_the_foot():
    table = {"length_mm": 250.0, "width_mm": 100.0, "labels": ["HEEL", "M1"]}
    right = insole(layout=table | {"xy_mm": [[60.0, 50.0], [20.0, 175.0]]})
    left = insole(layout=table | {"xy_mm": [[40.0, 50.0], [80.0, 175.0]], "drawn_for": "left"})
    np.testing.assert_allclose(right.layout.xy, [[0.6, 0.2], [0.2, 0.7]])
    np.testing.assert_allclose(left.layout.xy, right.layout.xy)


@pytest.mark.parametrize("bits", ["0100807f", "0000c07f", "000080ff", "ffffff7f"])
def test_numbers_that_are_none_are_refused_as_pressure_and_kept_as_readings(bits):
    """Signalling and quiet not-a-number, minus infinity, another not-a-number."""
    data = bytes.fromhex(bits)
    ear = Ear(insole(frame={"kind": "packed", "size": 8}, fields=[pressure(type="f32")]))
    ear.hear(data + struct.pack("<f", 1.0))
    assert kinds(ear) == ["bad_value"]
    motion = {"name": "m", "use": "reading", "kind": "motion", "type": "f32", "add": 1.0}
    ear = Ear(insole(frame={"kind": "packed", "size": 8}, fields=[pressure(), motion]))
    ear.hear(bytes(4) + data)
    assert not np.isfinite(ear.of(Readings)[0].values).any()


def test_a_side_told_by_a_large_number_is_compared_digit_by_digit():
    side = {"by": "field", "left": ["1000000"], "right": ["1000001"]}
    field = {"name": "side", "use": "side", "type": "u24"}
    made = insole(
        frame={"kind": "packed", "size": 5}, fields=[field, pressure(type="u8")], side=side
    )
    ear = Ear(made)
    ear.hear((1_000_001).to_bytes(3, "little") + bytes(2))
    assert [each.side for each in ear.of(Capability)] == ["right"]
