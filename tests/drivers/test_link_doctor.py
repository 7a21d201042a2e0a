"""The link doctor finds what was put into a stream, and nothing in a clean one."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insole import layouts
from insole.cli import main
from insole.commands.links import strip
from insole.live.engine import Session
from insole.model.foot import Side
from insole.model.quality import Quality
from insole.model.stream import Capability, Connected, LinkState, Packet, Samples
from insole.parameters import Parameters
from insole.signal.order import Sequencer
from insole_drivers.link_doctor import KEPT_BLOCKS, KEPT_SECONDS, LinkDoctor
from tests.insole.whole_trials import Fed

LAYOUT = layouts.load("generic8")
DAY_US = 86_400_000_000


def told(device, rate_hz):
    return Capability(device, "open", "", "", Side.LEFT, LAYOUT, "kPa", 1.0, 0.0, None, rate_hz)


def stream(
    seconds,
    *,
    device="L",
    nominal_hz=200.0,
    true_hz=None,
    tick_hz=None,
    per_packet=4,
    jitter_s=0.0,
    lost=(),
    ticks=None,
    flags=0,
):
    """A stream in closed form: packets of so many samples, each arriving with its last sample.

    Args:
        true_hz: samples a second of the world; default nominal.
        tick_hz: the rate that the device's times tell; default true.
        lost: half-open ranges of sample numbers that never come.
        ticks: makes device times (us) out of numbers.
    """
    true_hz = true_hz or nominal_hz
    tick_hz = tick_hz or true_hz
    random = np.random.default_rng(4)
    blocks, packets = [], []
    for first in range(0, int(seconds * true_hz), per_packet):
        numbers = np.arange(first, first + per_packet, dtype=np.int64)
        if any(a <= first < b for a, b in lost):
            continue
        late_s = jitter_s * random.random()
        arrival = round(1e9 * (1.0 + numbers[-1] / true_hz + late_s))
        tick = (
            np.rint(numbers * 1e6 / tick_hz).astype(np.int64) if ticks is None else ticks(numbers)
        )
        blocks.append(
            Samples(
                device,
                numbers,
                tick,
                np.full(per_packet, arrival, np.int64),
                np.zeros((per_packet, 8), np.uint16),
                np.full(per_packet, flags, np.uint32),
            )
        )
        packets.append(Packet(device, "c", arrival, b""))
    return told(device, nominal_hz), blocks, packets


def ordered(of):
    """The same stream as the doctor hears it, behind the sequencer."""
    capability, blocks, packets = of
    order = Sequencer(capability.device, parameters=Parameters())
    out = [order.push(block) for block in blocks]
    out[-1] += order.flush()
    return capability, out, packets


def judged(*streams, mtu=247, rssi_dbm=-50):
    doctor = LinkDoctor()
    for capability, blocks, packets in streams:
        device = capability.device
        doctor.feed(Connected(device, 0, "open", "", "", mtu))
        doctor.feed(LinkState(device, 0, "streaming", "", Side.LEFT, rssi_dbm))
        doctor.heard([capability])
        for packet, block in zip(packets, blocks, strict=True):
            doctor.feed(packet)
            doctor.heard(block if isinstance(block, list) else [block])
    return doctor.health()


def kinds(health):
    return {each.kind for each in health.findings}


def test_a_clean_stream_has_nothing_to_remark():
    health = judged(stream(30))["L"]
    assert health.findings == ()
    assert health.measured_hz == pytest.approx(200.0)
    assert health.device_hz == pytest.approx(200.0)
    assert health.jitter_ms == pytest.approx(0.0, abs=0.01)
    assert health.packet_ms == pytest.approx(20.0)
    assert health.burst == pytest.approx(1.0)
    assert not health.strip_lost.any()
    assert len(health.strip_s) == 30


def test_208_for_200_hz_is_named_and_whether_its_times_are_right():
    right = judged(stream(30, true_hz=208.0))["L"]
    wrong = judged(stream(30, true_hz=208.0, tick_hz=200.0))["L"]
    for health, level, words in ((right, "hint", "are right"), (wrong, "bad", "are wrong")):
        (found,) = [each for each in health.findings if each.kind == "rate"]
        assert found.level == level
        assert "208.0 samples a second and tells 200" in found.text
        assert words in found.text
    assert "208" in next(e.advice for e in wrong.findings if e.kind == "rate")


@pytest.mark.parametrize("ppm", [-200, 0, 200])
def test_a_crystal_that_drifts_is_no_wrong_rate(ppm):
    assert "rate" not in kinds(judged(stream(60, true_hz=200 * (1 + ppm * 1e-6)))["L"])


def test_one_time_for_all_samples_of_a_packet_is_recognised():
    shared = judged(stream(20, ticks=lambda n: np.full(4, int(n[-1]) * 5000)))["L"]
    assert "all samples of a packet share" in next(
        e.text for e in shared.findings if e.kind == "shared_times"
    )
    assert "repeated_times" not in kinds(shared)


def test_times_that_packets_repeat_are_recognised():
    """A clock of 40 ms under packets of 20 ms: every second one repeats."""
    coarse = judged(stream(20, per_packet=1, nominal_hz=50.0,
                           ticks=lambda n: n // 2 * 2 * 20_000))["L"]  # fmt: skip
    found = next(e for e in coarse.findings if e.kind == "repeated_times")
    assert found.text.startswith("50% of packets")
    assert "shared_times" not in kinds(coarse)


def test_midnight_and_a_clock_that_is_set_are_told_apart():
    def midnight(numbers):
        return numbers * 5000 - np.where(numbers >= 2000, DAY_US, 0)

    def corrected(numbers):
        return numbers * 5000 + np.where(numbers >= 2000, 3_600_000_000, 0)

    def set_back(numbers):
        return 7_200_000_000 + numbers * 5000 - np.where(numbers >= 2000, 3_600_000_000, 0)

    for heard in (ordered, lambda of: of):
        assert kinds(judged(heard(stream(20, ticks=midnight)))["L"]) == {"midnight"}
        assert kinds(judged(heard(stream(20, ticks=corrected)))["L"]) == {"clock_step"}
        assert kinds(judged(heard(stream(20, ticks=set_back)))["L"]) == {"clock_step"}


def test_a_computer_that_slept_is_no_clock_that_was_set_and_no_other_rate():
    capability, blocks, packets = stream(40, lost=[(2000, 5000)])
    slept_ns = 14_000_000_000  # of the 15 s without a packet
    blocks = [
        replace(b, arrival_ns=b.arrival_ns - slept_ns) if b.sequence[0] >= 5000 else b
        for b in blocks
    ]
    packets = [
        replace(p, arrival_ns=int(b.arrival_ns[0])) for p, b in zip(packets, blocks, strict=True)
    ]
    for heard in (ordered, lambda of: of):
        health = judged(heard((capability, blocks, packets)))["L"]
        assert kinds(health) == {"host_slept", "loss"}
        assert health.measured_hz == pytest.approx(200.0)


def test_a_restart_of_the_insole_is_no_clock_that_was_set():
    capability, blocks, packets = stream(40)
    blocks = [
        replace(b, sequence=b.sequence - 4000, tick_us=b.tick_us - 20_000_000, segment=1)
        if b.sequence[0] >= 4000
        else b
        for b in blocks
    ]
    assert kinds(judged(ordered((capability, blocks, packets)))["L"]) == set()


def test_samples_without_a_time_of_their_own_are_not_judged_by_it():
    derived = stream(20, ticks=lambda _: np.zeros(4, np.int64), flags=int(Quality.DERIVED_TIME))
    assert not kinds(judged(derived)["L"]) & {"shared_times", "repeated_times", "clock_step"}


def test_losses_stand_in_the_second_in_which_they_happened():
    health = judged(stream(30, lost=[(2000, 2200)]))["L"]  # the eleventh second, whole
    assert health.lost_share == pytest.approx(200 / 6000)
    assert health.strip_lost.sum() == pytest.approx(health.strip_lost.max(), rel=0.3)
    darkest = int(health.strip_s[np.argmax(health.strip_lost)])
    assert darkest in (10, 11)
    found = next(e for e in health.findings if e.kind == "loss")
    assert found.level == "bad"
    assert "in a few seconds" in found.text
    assert strip(health).strip()


def test_two_lost_links_in_a_quarter_of_a_minute_are_no_losses_all_the_time():
    health = judged(stream(16, lost=[(800, 1000), (2000, 2200)]))["L"]
    (found,) = [each for each in health.findings if each.kind == "loss"]
    assert "in a few seconds" in found.text


def test_losses_all_the_time_are_told_from_bursts():
    often = [(at, at + 4) for at in range(0, 6000, 120)]
    assert "all the time" in next(
        e.text for e in judged(stream(30, lost=often))["L"].findings if e.kind == "loss"
    )


def test_losses_of_both_feet_at_once_point_to_the_air_and_of_one_to_the_body():
    holes = [(at, at + 60) for at in range(400, 6000, 1500)]
    later = [(at + 700, at + 760) for at in range(400, 5000, 1500)]
    both = judged(stream(30, lost=holes), stream(30, device="R", lost=holes))
    one = judged(stream(30, lost=holes), stream(30, device="R"))
    apart = judged(stream(30, lost=holes), stream(30, device="R", lost=later))
    assert "coexistence" in kinds(both["L"]) & kinds(both["R"])
    assert "loss_of_one" in kinds(one["L"])
    assert kinds(one["R"]) == set()
    assert not kinds(apart["L"]) & {"coexistence", "loss_of_one"}


def test_losses_of_nearly_every_second_meet_those_of_the_other_foot_by_chance():
    often = [(at, at + 4) for at in range(0, 12_000, 260)]  # three seconds of four
    few = [(at, at + 60) for at in (2000, 5000, 9000)]
    judgement = judged(stream(60, lost=often), stream(60, device="R", lost=few))
    assert {"loss"} <= kinds(judgement["L"])
    assert not (kinds(judgement["L"]) | kinds(judgement["R"])) & {"coexistence"}


def test_jitter_bursts_mtu_and_signal_are_named():
    health = judged(stream(20, jitter_s=0.3), mtu=23, rssi_dbm=-88)["L"]
    assert {"jitter", "mtu", "signal"} <= kinds(health)
    assert health.jitter_ms == pytest.approx(270, rel=0.1)  # 5 % to 95 % of a uniform 0.3 s
    assert [e.level for e in health.findings] == sorted(
        (e.level for e in health.findings), key=("bad", "hint", "fine").index
    )
    assert "20 bytes" in next(e.text for e in health.findings if e.kind == "mtu")


def test_reconnections_are_counted_and_a_restart_is_no_loss():
    capability, blocks, packets = stream(20)
    doctor = LinkDoctor()
    for segment in range(2):
        doctor.feed(Connected("L", 0, "open", "", "", 247))
        doctor.heard([capability])
        for packet, block in zip(packets, blocks, strict=True):
            doctor.feed(packet)
            doctor.heard(
                [
                    Samples(
                        block.device,
                        block.sequence,
                        block.tick_us,
                        block.arrival_ns + segment * 30_000_000_000,
                        block.values,
                        block.flags,
                        segment,
                    )
                ]
            )
    health = doctor.health()["L"]
    assert health.connections == 2
    assert health.lost_share == 0
    assert kinds(health) == {"reconnections"}


@given(cuts=st.lists(st.integers(1, 60), max_size=20))
@settings(deadline=None, max_examples=20)
def test_how_samples_are_grouped_changes_nothing(cuts):
    capability, blocks, _ = stream(12, lost=[(400, 460)])
    whole = Samples(
        "L",
        *(
            np.concatenate([getattr(block, name) for block in blocks])
            for name in ("sequence", "tick_us", "arrival_ns", "values", "flags")
        ),
    )
    one, many = LinkDoctor(), LinkDoctor()
    one.heard([capability, whole])
    at = 0
    many.heard([capability])
    for cut in [*cuts, len(blocks)]:
        many.heard(blocks[at : at + cut])
        at += cut
    first, second = one.health()["L"], many.health()["L"]
    assert first.findings == second.findings
    np.testing.assert_array_equal(first.strip_lost, second.strip_lost)
    assert first.measured_hz == second.measured_hz


def test_memory_is_bounded_however_long_it_listens():
    doctor = LinkDoctor()
    one = np.zeros(1, np.int64)
    for second in range(KEPT_SECONDS + 500):
        number = one + second
        arrival = number * 1_000_000_000
        doctor.heard([Samples("L", number, number * 1_000_000, arrival,
                              np.zeros((1, 8), np.uint16), np.zeros(1, np.uint32))])  # fmt: skip
        doctor.feed(Packet("L", "c", int(arrival[0]), b""))
    chart = doctor._charts["L"]
    assert len(chart.seconds) == KEPT_SECONDS
    assert len(chart.blocks) <= KEPT_BLOCKS


def test_devices_that_only_said_something_are_no_links():
    doctor = LinkDoctor()
    doctor.feed(LinkState("", 0, "searching", "looking"))
    doctor.feed(LinkState("X", 0, "searching", "looking", None, -60))
    assert doctor.health() == {}


def test_a_recording_is_judged_as_the_stream_was(tmp_path, capsys):
    file = tmp_path / "run.h5"
    spec = "run?seconds=12&loss.left=0.05&wrong_rate.right=104&seed=5&fast=1"
    assert main(["record", str(file), "--simulate", spec]) == 0
    capsys.readouterr()
    assert main(["doctor", str(file), "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "insole.links/1"
    left, right = document["links"]
    assert 0.02 < left["lost_share"] < 0.09
    assert "loss" in {each["kind"] for each in left["findings"]}
    assert right["measured_hz"] == pytest.approx(104, abs=0.5)
    assert "rate" in {each["kind"] for each in right["findings"]}
    assert sum(left["strip"]["lost_share"]) > 0
    assert main(["doctor", str(file)]) == 1
    assert "losses by time" in capsys.readouterr().out


def test_live_links_are_on_the_board_and_in_the_terminal(capsys):
    assert main(["doctor", "--live", "--simulate", "run?seconds=10&mtu=23&fast=1", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert len(document["links"]) == 2
    for link in document["links"]:
        assert link["mtu"] == 23
        assert {each["kind"] for each in link["findings"]} >= {"mtu"}


def test_the_last_judgement_is_of_everything_however_soon_the_source_ends():
    fed = Fed()
    session = Session(fed)
    session.start()
    while not session.view().version:  # links are judged once: nothing is known of them yet
        session.await_news(0, 1.0)
    for device in ("L", "R"):
        fed.sink(Connected(device, 1_000_000_000, "open", device, device, 23))
    fed.finished = True
    session.close()
    assert {key: link.mtu for key, link in session.view().links.items()} == {"L": 23, "R": 23}


def test_a_file_and_live_insoles_at_once_are_refused(capsys):
    assert main(["doctor", "run.h5", "--live"]) == 2
    assert "one of them" in capsys.readouterr().err
