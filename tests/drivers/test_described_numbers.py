"""Numbers and times of described insoles: wraps, loss, late packets, reboots, no clock."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insole.model.quality import Quality
from insole.model.stream import Capability, Info, Notice, Samples, Tick, Write
from insole_drivers.described.numbering import FrameNumbers, Pace
from tests.drivers.described_bench import CLOCK, COUNTER, DEVICE, MS, WRITE, Ear, insole, pressure

COUNTED = {
    "frame": {"kind": "packed", "size": 3},
    "fields": [COUNTER, pressure(type="u8")],
    "integrity": "counter",
}


def counted(ear, number, at_ms):
    ear.hear(bytes([number % 256, 1, 2]), at_ms)


@settings(max_examples=100)
@given(st.lists(st.integers(1, 15), min_size=1, max_size=80), st.integers(0, 255))
def test_a_counter_of_8_bits_is_followed_over_its_wraps_and_holes_stay_holes(steps, first):
    """A hole is longer than half a turn only when its silence is."""
    ear = Ear(insole(**COUNTED))
    numbers = first + np.cumsum([0, *steps])
    for number in numbers.tolist():
        counted(ear, number, 10 * (number - first))
    assert (np.diff(ear.numbers()) == steps).all()


def test_a_silence_of_more_than_a_turn_is_counted_by_the_arrival():
    ear = Ear(insole(**COUNTED))
    counted(ear, 5, 0)
    counted(ear, 5 + 256 + 20, 2760)
    assert ear.numbers() == [5, 281]


def test_late_and_repeated_frames_keep_their_numbers():
    ear = Ear(insole(**COUNTED))
    for number, at_ms in ((250, 0), (252, 20), (251, 21), (252, 22), (259, 90)):
        counted(ear, number, at_ms)
    assert ear.numbers() == [250, 252, 251, 252, 259]
    assert ear.of(Notice) == []


WIDE = {
    "frame": {"kind": "packed", "size": 6},
    "fields": [COUNTER | {"type": "u32"}, pressure(type="u8")],
    "integrity": "counter",
}


def wide(ear, number, at_ms):
    ear.hear(struct.pack("<I2B", number % 2**32, 1, 2), at_ms)


def test_one_flipped_bit_in_a_counter_loses_one_frame_and_a_reboot_begins_a_segment():
    ear = Ear(insole(**WIDE))
    for number in (1000, 1001, 1002 + 2**20, 1003):
        wide(ear, number, 10 * (number % 1000))
    assert ear.numbers() == [1000, 1001, 1003]
    assert [each.kind for each in ear.of(Notice)] == ["bad_value"]
    for number in (0, 1, 2):
        wide(ear, number, 100 + 10 * number)
    assert [each.segment for each in ear.of(Samples)] == [0, 0, 0, 1, 1]
    assert ear.numbers()[-2:] == [1, 2]


def test_on_a_new_link_a_counter_that_went_back_is_a_reboot_and_one_that_went_on_is_none():
    ear = Ear(insole(**WIDE))
    wide(ear, 1000, 0)
    ear.connect(5000)
    wide(ear, 1500, 5000)
    ear.connect(6000)
    wide(ear, 3, 6000)
    assert [each.segment for each in ear.of(Samples)] == [0, 0, 1]
    assert len(ear.of(Capability)) == 3  # told again on each link


def test_old_numbers_are_taken_at_any_time_where_the_device_sends_again():
    ear = Ear(insole(**WIDE | {"resend": True}))
    for number in (1000, 1001, 1200, 1002, 1003, 1004):
        wide(ear, number, 10 * (number - 1000))
    assert ear.numbers() == [1000, 1001, 1200, 1002, 1003, 1004]


def test_a_frame_of_several_samples_numbers_each_and_spreads_its_time():
    made = insole(
        rate_hz=50.0,
        frame={"kind": "packed", "size": 9},
        samples={"per_frame": 3},
        fields=[COUNTER, CLOCK | {"marks": "end"}, pressure(type="u8", per="sample")],
        integrity="counter",
    )
    ear = Ear(made)
    for number, clock_ms in ((255, 65500), (256, 65560), (258, 65680)):
        head = struct.pack("<BH", number % 256, clock_ms % 65536)
        ear.hear(head + bytes(6), clock_ms - 65000)
    assert ear.numbers() == [765, 766, 767, 768, 769, 770, 774, 775, 776]
    first = ear.times_us()[2]
    steps = (np.array(ear.times_us()) - first) // 1000
    assert steps.tolist() == [-40, -20, 0, 20, 40, 60, 140, 160, 180]


def test_a_delta_of_each_sample_is_added_up():
    made = insole(
        frame={"kind": "packed", "size": 8},
        samples={"per_frame": 2},
        fields=[
            CLOCK,
            {"name": "delta", "use": "delta", "type": "u8", "unit": "ms", "per": "sample"},
            pressure(type="u8", per="sample"),
        ],
    )
    ear = Ear(made)
    ear.hear(struct.pack("<H6B", 100, 0, 9, 1, 2, 3, 4), 0)
    ear.hear(struct.pack("<H6B", 120, 0, 11, 1, 2, 3, 4), 20)
    steps = np.diff(ear.times_us())
    assert steps.tolist() == [9000, 11000, 11000]


CLOCKED = {
    "frame": {"kind": "packed", "size": 4},
    "fields": [CLOCK, pressure(type="u8")],
    "integrity": "counter",
}


def test_a_clock_alone_shows_loss_as_a_hole_in_the_numbers():
    ear = Ear(insole(**CLOCKED))
    for clock_ms in (65500, 65510, 65521, 65570, 65580):
        ear.hear(struct.pack("<H2B", clock_ms % 65536, 1, 2), clock_ms - 65500)
    numbers = np.array(ear.numbers())
    assert (numbers - numbers[0]).tolist() == [0, 1, 2, 7, 8]
    assert not ear.of(Samples)[0].flags.any()


def test_a_clock_of_another_turn_than_a_power_of_two_goes_on_at_midnight():
    clock = CLOCK | {"type": "u32", "modulus": 86_400_000}
    made = insole(
        frame={"kind": "packed", "size": 6},
        fields=[clock, pressure(type="u8")],
        integrity="counter",
    )
    ear = Ear(made)
    for clock_ms in (86_399_990, 0, 10):
        ear.hear(struct.pack("<I2B", clock_ms, 1, 2), clock_ms % 1000)
    assert np.diff(ear.times_us()).tolist() == [10_000, 10_000]


# --- without a clock ---


def test_without_a_clock_times_are_derived_and_say_so():
    ear = Ear(insole(**COUNTED))
    for number in range(100):
        counted(ear, number, 10 * number)
    flags = np.concatenate([each.flags for each in ear.of(Samples)])
    assert (flags & Quality.DERIVED_TIME != 0).all()
    assert np.diff(ear.times_us()).tolist() == [10_000] * 99


@pytest.mark.parametrize("true_hz", [95.0, 100.0, 104.0, 130.0])
def test_the_pace_follows_the_true_rate_under_jitter(true_hz):
    """Arrivals late by 0 to 30 ms: after 20 s the line is within 5 ms of the true times."""
    chance = np.random.default_rng(4)
    pace = Pace(100.0, is_counted=True)
    numbers = np.arange(round(40 * true_hz))
    taken_us = numbers * 1e6 / true_hz
    late_us = chance.uniform(0.0, 30e3, len(numbers))
    arrivals = np.maximum.accumulate(taken_us + late_us)
    times = [
        int(pace.at(np.array([number]), round(1000 * arrival))[0])
        for number, arrival in zip(numbers.tolist(), arrivals.tolist(), strict=True)
    ]
    assert (np.diff(times) > 0).all()
    settled = numbers > 20 * true_hz
    off_us = np.array(times)[settled] - taken_us[settled]
    assert np.abs(off_us).max() < 5_000


def test_a_hole_of_more_than_a_second_is_loss_where_nothing_is_counted():
    made = insole(frame={"kind": "packed", "size": 2}, fields=[pressure(type="u8")])
    ear = Ear(made)
    for index in range(100):
        ear.hear(bytes([1, 2]), 10 * index)
    ear.hear(bytes([1, 2]), 10 * 400)
    ear.hear(bytes([1, 2]), 10 * 401)
    assert ear.numbers()[:100] == list(range(100))
    assert ear.numbers()[100] == pytest.approx(400, abs=3)
    assert (np.diff(ear.times_us()) > 0).all()


def test_a_stall_that_is_followed_by_everything_at_once_loses_nothing():
    made = insole(frame={"kind": "packed", "size": 2}, fields=[pressure(type="u8")])
    ear = Ear(made)
    for index in range(400):
        stalled = 200 <= index < 280
        ear.hear(bytes([1, 2]), 10 * (280 if stalled else index))
    assert ear.numbers() == list(range(400))


@settings(max_examples=200)
@given(
    st.integers(2, 2**20),
    st.lists(st.tuples(st.integers(0, 2**40), st.integers(0, 10**12)), max_size=30),
)
def test_any_numbers_are_taken_or_refused(modulus, told):
    numbers = FrameNumbers(modulus, 100.0)
    now_ns = 0
    for number, later_ns in told:
        now_ns += later_ns
        found = numbers.at(np.array([number % modulus]), now_ns)
        assert found is None or (found[0] - number) % modulus == 0


# --- who it is, what it asks ---


def test_the_side_is_read_from_a_field_or_a_characteristic():
    side = {"by": "field", "left": ["0"], "right": ["1"]}
    field = {"name": "side", "use": "side", "type": "u8"}
    ear = Ear(
        insole(frame={"kind": "packed", "size": 3}, fields=[field, pressure(type="u8")], side=side)
    )
    ear.hear(bytes([1, 5, 6]))
    assert [each.side for each in ear.of(Capability)] == ["right"]
    link = {"notify": [ear.channel], "read": ["2a24"]}
    side = {"by": "read", "channel": "2a24", "left": ["*left*"], "right": ["*right*"]}
    ear = Ear(insole(link=link, side=side))
    ear.hear(b"Foot LEFT\x00", channel="00002a24-0000-1000-8000-00805f9b34fb")
    ear.hear(bytes(4))
    assert [each.side for each in ear.of(Capability)] == ["left"]


def test_battery_serial_and_integrity_are_told_once_and_the_serial_names_the_device():
    ear = Ear(
        insole(fields=[{"name": "level", "use": "battery", "type": "u8"}, pressure(offset=0)])
    )
    ear.hear(b"SN 7\x00", channel="00002a25-0000-1000-8000-00805f9b34fb")
    ear.hear(bytes([50, 0, 0, 0]))
    ear.hear(bytes([50, 0, 0, 0]))
    facts = [(each.kind, each.value) for each in ear.of(Info)]
    assert facts[0][0] == "integrity"
    assert facts[0][1].startswith("none: ")
    assert facts[1:] == [("serial", "SN 7"), ("battery", 50)]
    assert [each.serial for each in ear.of(Capability)] == [DEVICE, "SN 7"]


def test_a_pull_is_written_in_time_and_after_each_batch():
    made = insole(
        link={"notify": ["4d8c0002-1111-4222-8333-944445555666"], "write": WRITE},
        frame={"kind": "batch", "size": 4, "begin": "N<n>", "end": "END"},
        repeat={"every_s": 1.0, "text": "pull", "after_batch": True},
    )
    ear = Ear(made)
    asked = [
        [each.payload for each in ear.decoder.feed(Tick(DEVICE, at_ms * MS))]
        for at_ms in (0, 500, 1000)
    ]
    assert asked == [[b"pull"], [], [b"pull"]]
    said = ear.hear(b"END", 1100)
    assert [each for each in said if isinstance(each, Write)] == [
        Write(WRITE, b"pull", response=False)
    ]


@pytest.mark.parametrize("delay_ms", [20, 700])
def test_a_pull_that_is_not_answered_in_the_usual_time_had_nothing(delay_ms):
    made = insole(
        link={"notify": ["4d8c0002-1111-4222-8333-944445555666"], "write": WRITE},
        frame={"kind": "batch", "size": 4, "begin": "N<n>", "end": "END"},
        repeat={"every_s": 2.0, "text": "pull"},
    )
    ear = Ear(made)

    def tick(at_ms):
        ear.decoder.feed(Tick(DEVICE, at_ms * MS))

    tick(0)
    ear.hear(b"N0", delay_ms)
    ear.hear(b"END", delay_ms + 5)
    tick(2000)  # it has nothing and says nothing
    ear.decoder.finish()
    tick(4000)
    assert not ear.decoder.is_complete
    tick(4000 + delay_ms + 5)
    assert not ear.decoder.is_complete
    tick(4000 + max(400, 2 * delay_ms))
    assert ear.decoder.is_complete


def test_steps_carry_settings_and_the_time_of_writing():
    from datetime import UTC, datetime

    from insole_drivers.described.protocol import DescribedProtocol

    made = DescribedProtocol(
        insole(
            link={"notify": ["4d8c0002-1111-4222-8333-944445555666"], "write": WRITE},
            settings=[
                {"name": "rate", "meaning": "samples a second", "choices": ["50", "100"]},
                {"name": "gain", "meaning": "of the amplifier", "usual": "3"},
            ],
            start=[
                {"text": "{time:%Y/%m/%d %H:%M:%S}"},
                {"hex": "04", "append": "rate", "append_type": "u16"},
                {"text": "gain={gain};"},
                {"hex": "05", "append": "unix_s", "append_type": "u32", "response": True},
                {"hex": "06", "append": "now", "append_type": "ymdhms", "endian": "big"},
            ],
        )
    )
    now = datetime(2026, 1, 2, 3, 4, 5, 670_000, UTC)

    def written(chosen):
        return [
            each.payload if each.payload_at is None else each.payload_at(now)
            for each in made.start(chosen)
        ]

    seconds = int(now.timestamp()).to_bytes(4, "little")
    assert written({"rate": "100"}) == [
        b"2026/01/02 03:04:05",
        b"\x04\x64\x00",
        b"gain=3;",
        b"\x05" + seconds,
        b"\x06\x07\xea\x01\x02\x03\x04\x05\x43",
    ]
    assert len(written(None)) == 4  # no rate was chosen
    assert [each.response for each in made.start()] == [False, False, True, False]


@pytest.mark.parametrize("stall_ms", [300, 1500, 4000])
def test_a_stall_of_the_radio_moves_no_time_of_samples_that_are_counted(stall_ms):
    ear = Ear(insole(**WIDE))
    for number in range(1000):
        due_ms = 10 * number
        is_held = 5000 <= due_ms < 5000 + stall_ms
        wide(ear, number, 5000 + stall_ms if is_held else due_ms)
    times = np.array(ear.times_us())
    assert np.abs(times - times[0] - 10_000 * np.arange(1000)).max() <= 1000
    assert ear.numbers() == list(range(1000))


def test_a_device_that_paused_is_found_again_within_seconds():
    """Its counter stood still: nothing was lost, but the line under the arrivals has moved."""
    ear = Ear(insole(**COUNTED))
    for number in range(2000):
        counted(ear, number, 10 * number + (3000 if number >= 500 else 0))
    times = np.array(ear.times_us())
    assert (np.diff(times) > 0).all()
    assert times[1999] == pytest.approx(10_000 * 1999 + 3_000_000, abs=20_000)


def test_a_frame_that_is_sent_again_moves_no_time():
    ear = Ear(insole(**WIDE | {"resend": True}))
    order = [*range(400), *range(10, 20), *range(400, 800)]
    for place, number in enumerate(order):
        wide(ear, number, 10 * place)
    times = np.array(ear.times_us())
    later = [place for place, number in enumerate(order) if number >= 400]
    np.testing.assert_allclose(np.diff(times[later]), 10_000, atol=1000)
    assert np.abs(times[400:410] - times[10:20]).max() <= 1000
