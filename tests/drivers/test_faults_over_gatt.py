"""Every fault of the virtual pair, through the air, the host stack, bleak and the link."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from insole.errors import BluetoothError, NoInsoleFound, SettingsError
from insole.model.foot import Side
from insole.model.protocol import Advert
from insole.model.stream import (
    Capability,
    Connected,
    Disconnected,
    Info,
    LinkState,
    Notice,
    Samples,
)
from insole_drivers.protocols.open import PROTOCOL
from insole_drivers.virtual import faults
from insole_drivers.virtual.air import SUPERVISION_S
from tests.drivers.radio_bench import FULL, SERIALS, Bench, Waves, both, plan, run

LEFT, RIGHT = SERIALS[Side.LEFT], SERIALS[Side.RIGHT]


def gaps(numbers: list[int]) -> int:
    return sum(b - a - 1 for a, b in itertools.pairwise(numbers) if b > a + 1)


def values(heard, device) -> np.ndarray:
    return np.concatenate([s.values for s in heard.said(device) if isinstance(s, Samples)])


def ticks(heard, device) -> np.ndarray:
    return np.concatenate([s.tick_us for s in heard.said(device) if isinstance(s, Samples)])


def test_without_faults_every_sample_of_both_feet_arrives_once_and_as_it_was():
    heard = run(both(), 1.0)
    for side, boot_s in ((Side.LEFT, -40.0), (Side.RIGHT, -50.0)):
        numbers = heard.numbers(SERIALS[side])
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        assert abs(len(numbers) - 100) <= 2
        felt = Waves(4).raw(boot_s + np.array(numbers) / 100.0)
        np.testing.assert_array_equal(values(heard, SERIALS[side]), felt)
    assert [n for n in heard.said(LEFT) if isinstance(n, Notice)] == []


def test_lost_packets_are_missing_and_nothing_else_is():
    heard = run(both(left={"loss": 0.3}), 1.2)
    numbers = heard.numbers(LEFT)
    lost = gaps(numbers)
    assert 0.1 < lost / (lost + len(numbers)) < 0.6
    assert numbers == sorted(set(numbers))
    assert gaps(heard.numbers(RIGHT)) == 0


def test_duplicated_packets_are_delivered_twice_verbatim():
    heard = run(both(left={"duplicate": 0.4}), 1.0)
    payloads = Counter(p.payload for p in heard.packets(LEFT))
    twice = sum(1 for count in payloads.values() if count == 2)
    assert 0.1 < twice / len(payloads) < 0.75
    assert max(Counter(p.payload for p in heard.packets(RIGHT)).values()) == 1


def test_reordered_packets_all_arrive_and_some_are_late():
    heard = run(both(left={"reorder": 0.3}), 1.0)
    clean = [(p.payload, p.arrival_ns) for p in heard.packets(LEFT)]
    assert clean == sorted(clean, key=lambda pair: pair[1])
    numbers = [int.from_bytes(p[11:15], "little") for p, _ in clean if p[0] == 0x11]
    assert numbers != sorted(numbers)
    assert len(set(numbers)) == len(numbers)


def test_a_flipped_bit_is_noticed_and_costs_its_own_packet_only():
    heard = run(both(left={"corrupt": 0.3}), 1.0)
    said = heard.said(LEFT)
    assert any(isinstance(s, Notice) for s in said)
    rows = [s for s in said if isinstance(s, Samples)]
    numbers = np.concatenate([s.sequence for s in rows])
    felt = Waves(4).raw(-40.0 + numbers / 100.0)
    np.testing.assert_array_equal(np.concatenate([s.values for s in rows]), felt)


def test_faults_repeat_with_their_seed():
    packets = [bytes([n, n]) for n in range(200)]

    def arriving(seed):
        made = faults.build({"loss": 0.1, "duplicate": 0.1, "corrupt": 0.1}, seed=seed)
        return [list(faults.carry_through(made, packet, 0.0)) for packet in packets]

    assert arriving(1) == arriving(1)
    assert arriving(1) != arriving(2)


def test_a_lost_link_comes_back_under_the_same_key_and_the_counter_went_on():
    with Bench(both(left={"drop_at": 0.4, "drop_for": 0.8})) as bench:
        heard = bench.heard
        heard.wait(lambda: heard.phases(LEFT).count("streaming") == 2)
        back = len(heard.numbers(LEFT))
        heard.wait(lambda: len(heard.numbers(LEFT)) > back + 30)
    (gone, _) = heard.of(Disconnected, LEFT)
    assert "out of range" in gone.reason
    assert [c.device for c in heard.of(Connected, LEFT)] == [LEFT, LEFT]
    numbers = heard.numbers(LEFT)
    assert numbers == sorted(set(numbers))
    assert gaps(numbers) > 100 * (SUPERVISION_S + 0.2)
    assert "reconnecting" in heard.phases(LEFT)
    assert any("Recording goes on" in text for text in heard.texts("reconnecting"))
    assert heard.phases(RIGHT)[-1] == "closed"
    assert gaps(heard.numbers(RIGHT)) == 0  # one foot never pauses the other


def test_an_insole_that_never_appears_leaves_the_other_streaming():
    with Bench(both(right={"missing": 1})) as bench:
        heard = bench.heard
        heard.wait(lambda: any("Left only" in text for text in heard.texts("searching")))
        heard.wait(lambda: len(heard.numbers(LEFT)) > 20)
        states = [s for s in heard.of(LinkState) if "Left only" in s.text]
    assert states[0].side is Side.RIGHT
    assert "right" in states[0].text
    assert heard.of(Connected, RIGHT) == []


def test_a_missing_insole_that_is_switched_on_later_joins():
    with Bench(both(right={"missing": 1})) as bench:
        heard = bench.heard
        heard.wait(lambda: heard.texts("streaming") != [])
        late = bench.pair.insoles[1]
        bench.source._loop.call_soon_threadsafe(late._spawn, late.device.start_advertising())
        heard.wait(lambda: len(heard.numbers(RIGHT)) > 20)
        left = heard.numbers(LEFT)
    assert left == sorted(set(left))
    assert gaps(left) == 0


def test_nobody_at_all_is_an_error_with_advice():
    with Bench(both(left={"missing": 1}, right={"missing": 1})) as bench:
        bench.wait_end()
    assert isinstance(bench.source.error, NoInsoleFound)
    assert "insole scan" in bench.source.error.fix


def test_device_time_runs_at_the_device_s_own_rate():
    heard = run(both(left={"drift_ppm": 5000}), 1.2)
    (made, _), _ = both(left={"drift_ppm": 5000})
    clock = replace(made.clock, ppm=5000.0)
    numbers = np.array(heard.numbers(LEFT))
    felt = Waves(4).raw(clock.boot_s + numbers / (100.0 * 1.005))
    np.testing.assert_array_equal(values(heard, LEFT), felt)
    assert np.all(np.diff(ticks(heard, LEFT)) == 10_000)  # it believes in its own clock
    ratio = len(numbers) / len(heard.numbers(RIGHT))
    assert ratio == pytest.approx(1.005, abs=0.05)


def test_over_the_smallest_mtu_every_sample_arrives():
    heard = run(both(left={"mtu": 23}, right={"mtu": 23}, sensors=16), 1.0)
    assert {c.mtu for c in heard.of(Connected)} == {23}
    assert max(len(p.payload) for p in heard.packets(LEFT)) <= 20
    numbers = heard.numbers(LEFT)
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert len(numbers) > 80


def test_a_connection_interval_makes_bursts_and_loses_nothing():
    heard = run(both(left={"interval_ms": 60}), 1.0)
    arrivals = np.array([p.arrival_ns for p in heard.packets(LEFT)][4:])
    apart_ms = np.diff(arrivals) * 1e-6
    assert np.sum(apart_ms > 30) >= 5
    assert np.sum(apart_ms < 5) >= 5
    assert gaps(heard.numbers(LEFT)) == 0


def test_piled_up_packets_arrive_in_order():
    heard = run(both(left={"burst": 0.4}), 1.5)
    numbers = heard.numbers(LEFT)
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def two_left(**changes):
    other = plan(Side.LEFT, **changes)
    capability = replace(other.capability, serial="L-002")
    address = "C0:00:00:00:00:03"
    return [(plan(Side.LEFT), []), (replace(other, address=address, capability=capability), [])]


def test_two_left_insoles_are_refused_with_both_serials_and_the_way_out():
    with Bench(two_left()) as bench:
        bench.wait_end()
    refused = bench.heard.texts("refused")
    assert len(refused) == 2
    assert all("L-001" in text and "L-002" in text and "left" in text for text in refused)
    error = bench.source.error
    assert type(error) is BluetoothError
    assert "--left C0:00:00:00:00:0" in error.fix
    assert bench.heard.of(Connected) == []  # nothing of them reaches a recording


def test_two_left_insoles_stream_when_the_user_says_which_is_which():
    wanted = {Side.LEFT: "c0:00:00:00:00:03", Side.RIGHT: "C0:00:00:00:00:01"}
    with Bench(two_left(), wanted=wanted) as bench:
        heard = bench.heard
        heard.wait(lambda: len(heard.of(Connected)) == 2 and len(heard.packets("L-002")) > 3)
    hints = {c.device: c.side_hint for c in heard.of(Connected)}
    assert hints == {"L-002": Side.LEFT, "L-001": Side.RIGHT}


def test_two_left_insoles_that_only_their_capability_tells_apart_are_refused_too():
    advert = Advert("", "Insole", (PROTOCOL.gatt.service,))
    nameless = [(replace(p, advert=advert), f) for p, f in two_left()]
    with Bench(nameless) as bench:
        bench.wait_end()
    assert len(bench.heard.texts("refused")) == 2
    assert "both insoles say left" in str(bench.source.error)


def test_swapped_insoles_say_the_other_side():
    heard = run(both(left={"swapped": 1}, right={"swapped": 1}), 0.3)
    told = {
        s.device: s.side for d in (LEFT, RIGHT) for s in heard.said(d) if isinstance(s, Capability)
    }
    assert told == {LEFT: Side.RIGHT, RIGHT: Side.LEFT}


def test_a_dying_battery_is_told_then_stalls_then_is_named_as_the_reason():
    with Bench(both(right={"battery_dies_at": 0.5})) as bench:
        heard = bench.heard
        heard.wait(lambda: "lost" in heard.phases(RIGHT))
        count = len(heard.numbers(LEFT))
        heard.wait(lambda: len(heard.numbers(LEFT)) > count + 20)
    levels = [i.value for i in heard.said(RIGHT) if isinstance(i, Info) and i.kind == "battery"]
    assert levels[-1] < 5
    assert levels == sorted(levels, reverse=True)
    phases = heard.phases(RIGHT)
    assert phases.index("stalled") < phases.index("reconnecting") < phases.index("lost")
    assert any("charge it" in text for text in heard.texts("lost"))
    assert gaps(heard.numbers(LEFT)) == 0


def test_a_reboot_begins_a_new_segment_of_the_same_device():
    with Bench(both(left={"reboot_at": 0.4})) as bench:
        heard = bench.heard
        heard.wait(lambda: heard.phases(LEFT).count("streaming") == 2)
        count = len(heard.numbers(LEFT))
        heard.wait(lambda: len(heard.numbers(LEFT)) > count + 20)
    rows = [s for s in heard.said(LEFT) if isinstance(s, Samples)]
    assert len({s.segment for s in rows}) == 2
    assert {c.device for c in heard.of(Connected)} == {LEFT, RIGHT}


def test_a_device_with_a_new_address_is_known_by_its_serial():
    with Bench(both(left={"address_changes": 0.3})) as bench:
        heard = bench.heard
        heard.wait(lambda: heard.phases(LEFT).count("streaming") == 2)
    first, second = heard.of(Connected, LEFT)
    assert first.address != second.address
    assert first.device == second.device == LEFT


def test_a_wrong_rate_is_told_wrong_and_shows_in_device_time():
    heard = run(both(left={"wrong_rate": 104}), 1.0)
    told = next(s for s in heard.said(LEFT) if isinstance(s, Capability))
    assert told.rate_hz == 100.0
    step_us = np.diff(ticks(heard, LEFT)).mean()
    assert step_us == pytest.approx(1e6 / 104, rel=1e-3)


def test_sensors_clip_die_and_stick_as_asked():
    heard = run(both(left={"saturate": 0.1}, right={"dead": 1, "stuck": 2}), 0.5)
    left, right = values(heard, LEFT), values(heard, RIGHT)
    assert set(left[left >= 0.1 * FULL].tolist()) == {FULL}
    assert not right[:, 1].any()
    assert set(right[:, 2].tolist()) == {FULL // 4}
    assert right[:, 0].any()


def test_creep_grows_with_time():
    made = faults.build({"creep": 0.6}, seed=1)[0]
    raw = np.full((3, 2), 1000, dtype=np.uint16)
    grown = made.feel(raw, np.array([0.0, 10.0, 60.0]), plan(Side.LEFT))
    assert grown[:, 0].tolist() == [1000, 1100, 1600]
    assert grown.dtype == np.uint16


@pytest.mark.parametrize("value", [-1.0, math.inf, math.nan])
def test_a_fault_with_an_impossible_number_is_refused_in_words(value):
    with pytest.raises(SettingsError, match="loss"):
        faults.build({"loss": value}, seed=1)


def test_every_fault_says_what_it_is():
    for key, cls in faults.FAULTS.items():
        assert cls.key == key
        assert cls.meaning
