"""Faults around an insole, over GATT: what the user reads, what the file holds, what adds up.

The stream plays on an event loop whose time jumps, so a minute of sleep costs no minute.
"""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from insole import api, plugins
from insole.cli import main
from insole.errors import NoInsoleFound
from insole.model.foot import Side
from insole.model.quality import Quality
from insole.model.stream import Connected, LinkState, Notice, Packet
from insole.model.trial import StartState, TrialNotes
from insole.trial import RunningTrial
from insole_drivers.conformance.compare import compared, ledger
from insole_drivers.conformance.stage import Scene, Unheard, play
from insole_drivers.protocols.open import PROTOCOL
from insole_drivers.radio import Radio
from insole_drivers.scan import MOST, Scan
from insole_drivers.virtual import fast, faults
from insole_drivers.virtual.air import Air
from insole_drivers.virtual.pair import virtual_pair
from tests.drivers.radio_bench import SERIALS, Bench, both, plan, run

LEFT = SERIALS[Side.LEFT]


def played(seconds=6.0, **settings):
    made = faults.build(settings, seed=3)
    return play(PROTOCOL, Scene(seconds=seconds, faults=made))


def check_ledger(story):
    """Received, recovered and lost are what came and what is missing; nothing is invented."""
    result, book = compared(story), ledger(story)
    assert book.expected == book.received + book.recovered + book.lost
    assert book.received + book.recovered == len(set(result.steps))
    assert book.lost == len(result.missing)
    assert result.wrong == 0
    return result, book


def filed(tmp_path, story):
    """What a recording of the story holds of its foot, out of the closed file."""
    file = tmp_path / "trial.h5"
    start = StartState(origin_ns=story.events[0].arrival_ns)
    made = plugins.load("insole.recorders", "hdf5")(file, start=start, notes=TrialNotes())
    trial = RunningTrial(start, recorder=made)
    trial.feed(story.events)
    trial.finish()
    result = trial.close()
    assert main(["validate", str(file)]) == 0
    with closing(api.open_recording(file)) as kept:
        assert list(kept.events()) == story.events
        stored = kept.stored_document()
    again = api.open(file).analyze()
    assert again.result_sha256 == result.result_sha256
    for foot in (again.to_dict()["sides"]["left"], stored["sides"]["left"]):
        assert foot["expected"] == foot["received"] + foot["recovered"] + foot["lost"]
    return stored["sides"]["left"]


ALL = [
    {"truncate": 0.1},
    {"uptime": 65_534.0},
    {"clock_back_at": 2.0, "clock_back_by": 1800.0},
    {"suspend_at": 2.0, "suspend_for": 60.0},
    {"bluetooth_off_at": 2.0, "bluetooth_off_for": 2.0},
    {"sensor_drift": 0.5},
    {"strangers": 100.0},
    {"table_changes": 1.0},
    {"reboot_at": 2.0},
    {"loss": 0.05},
    {"duplicate": 0.1},
    {"reorder": 0.1},
    {"corrupt": 0.05},
    {"interval_ms": 50.0},
    {"burst": 0.3},
    {"mtu": 23.0},
    {"drift_ppm": 200.0},
    {"wrong_rate": 104.0},
    {"drop_at": 2.0, "drop_for": 2.0},
    {"address_changes": 2.0},
    {"saturate": 0.2},
    {"dead": 3.0},
    {"stuck": 3.0},
    {"spike": 0.02},
    {"freeze": 0.5},
    {"creep": 0.5},
]


@pytest.mark.parametrize("settings", ALL, ids=lambda each: next(iter(each)))
def test_the_file_holds_every_event_and_its_ledger_is_that_of_the_stream(settings, tmp_path):
    story = played(8.0, **settings)
    foot, book = filed(tmp_path, story), ledger(story)
    for name in ("expected", "received", "recovered", "lost", "duplicates", "corrupt"):
        assert foot[name] == getattr(book, name)


def test_an_insole_whose_battery_died_has_lost_everything_since_in_the_file(tmp_path, capsys):
    file = str(tmp_path / "dead.h5")
    spec = "run?seconds=10&battery_dies_at.left=4&fast=1"
    assert main(["demo", spec, "--headless", "--record", file]) == 0
    capsys.readouterr()
    with closing(api.open_recording(file)) as kept:
        document, events = kept.stored_document(), list(kept.events())
    left, right = document["sides"]["left"], document["sides"]["right"]
    assert left["expected"] == left["received"] + left["lost"]
    assert left["received"] == pytest.approx(400, abs=5)
    assert left["expected"] == pytest.approx(1000, abs=10)
    assert (right["expected"], right["lost"]) == (1000, 0)
    words = [e.text for e in events if isinstance(e, LinkState) and e.side is Side.LEFT]
    assert any("charge it" in text for text in words)
    assert main(["analyze", file, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["sides"] == document["sides"]


def test_a_packet_cut_short_is_named_and_costs_itself_only():
    story = played(truncate=0.1)
    result, book = check_ledger(story)
    assert book.lost > 0
    assert len(story.notices("truncated", "bad_checksum")) >= book.lost // 4
    assert book.corrupt == len(story.notices("truncated", "bad_checksum", "bad_value"))
    assert not result.misplaced


@pytest.mark.parametrize("uptime", [65_534.0, 4_294.0, 86_399.0, 2**32 / 1000 - 2])
def test_a_counter_or_clock_that_wraps_is_not_seen_at_all(uptime):
    story = played(uptime=uptime)
    result, book = check_ledger(story)
    assert book.lost == 0
    assert result.segments == 1
    assert result.tick_error_us < 5


def test_a_clock_set_back_keeps_every_sample_and_flags_the_break():
    story = played(clock_back_at=2.0, clock_back_by=1800.0)
    result = compared(story)
    book = ledger(story)
    assert book.lost == 0
    assert book.received == len(set(result.steps)) == book.expected
    assert result.wrong == 0
    frames = framed(story)
    assert (np.diff(frames.time_s) > 0).all()
    assert (frames.quality & Quality.BREAK).any() or np.diff(frames.time_s).max() < 0.1


def framed(story):
    """Frames on the host's time as the pipeline makes them."""
    from insole.model.stream import Frames
    from insole.model.trial import StartState
    from insole.parameters import Parameters
    from insole.pipeline import PairPipeline

    pair = PairPipeline(StartState(), Parameters())
    updates = [*pair.push(story.ordered), *pair.flush()]
    names = ("time_s", "values", "quality", "arrival_ns")
    return Frames(
        *(np.concatenate([getattr(update.frames, name) for update in updates]) for name in names)
    )


def test_a_restart_costs_what_the_insole_would_have_taken_meanwhile():
    story = played(8.0, reboot_at=3.0)
    result, book = compared(story), ledger(story)
    assert result.segments == 2
    assert book.received == len(set(result.steps))
    assert book.expected == book.received + book.lost
    assert book.expected == pytest.approx(800, abs=3)  # eight seconds at 100 Hz, as without it
    assert book.lost == pytest.approx(50, abs=5)  # half a second
    assert any("Searching" in text for text in story.texts("reconnecting"))


def test_a_computer_that_slept_reads_lost_and_the_minute_is_counted():
    story = played(seconds=8.0, suspend_at=2.0, suspend_for=60.0)
    result, book = compared(story), ledger(story)
    assert book.expected == book.received + book.lost
    assert book.received == len(set(result.steps))
    assert result.wrong == 0
    assert 6000 <= book.lost <= 6300  # a minute at 100 Hz, and the search for the insole
    assert book.largest_gap_s == pytest.approx(61, abs=2)
    assert result.segments == 1
    assert any("Searching" in text for text in story.texts("reconnecting"))
    phases = [event.phase for event in story.events if isinstance(event, LinkState)]
    assert phases.count("streaming") == 2


def test_bluetooth_switched_off_is_said_with_its_remedy_and_comes_back():
    story = played(seconds=9.0, bluetooth_off_at=2.0, bluetooth_off_for=3.0)
    _, book = check_ledger(story)
    assert 250 <= book.lost <= 600
    texts = story.texts("lost")
    assert any("Bluetooth is off" in text and "Recording goes on" in text for text in texts)
    phases = [event.phase for event in story.events if isinstance(event, LinkState)]
    assert phases.index("lost") < len(phases) - 1 - phases[::-1].index("streaming")


def test_bluetooth_that_is_off_from_the_start_is_an_error_in_words():
    made = both(left={"bluetooth_off_at": 0.0})
    with Bench(made) as bench:
        bench.heard.wait(lambda: bench.pair is not None)
    air = Air()
    air.is_host_off = True

    async def look():
        async with virtual_pair([(plan(Side.LEFT), [])]) as pair:
            pair.air.is_host_off = True
            radio = Radio({"backend": pair.central.scanner}, {})
            await Scan((PROTOCOL,), scanner=radio.scanner).look(1.0, is_enough=bool)

    from insole.errors import BluetoothOff

    with pytest.raises(BluetoothOff, match="Bluetooth is off"):
        asyncio.run(look())


def test_sensors_that_drift_rise_alike_whether_loaded_or_not():
    (made,) = faults.build({"sensor_drift": 0.5}, seed=1)
    raw = np.array([[0, 1000], [0, 1000], [0, 1000]], np.uint16)
    risen = made.feel(raw, np.array([0.0, 30.0, 600.0]), plan(Side.LEFT))
    assert risen.tolist() == [[0, 1000], [1024, 2024], [4095, 4095]]  # a quarter of 4095, then full


def test_sensors_that_drift_are_said_to_the_user_and_in_the_file(tmp_path, capsys):
    """24 kPa a minute under a whole foot: known 5 kPa after the first swings."""
    file = str(tmp_path / "drift.h5")
    spec = "run?seconds=50&sensor_drift.left=0.02&fast=1"
    assert main(["demo", spec, "--headless", "--record", file]) == 0
    assert "left: the whole foot reads more in the air than at first" in capsys.readouterr().out
    assert main(["doctor", file]) == 1  # it spoils results
    said = capsys.readouterr().out
    assert "left: the whole foot reads more in the air than at first: its zero drifts" in said
    assert "right: " not in said
    with closing(api.open_recording(file)) as kept:
        document = kept.stored_document()
    (found,) = document["health"]
    assert (found["side"], found["sensor"], found["state"]) == ("left", None, "drift")
    assert 0.4 * (found["since_s"] - 20.0) == pytest.approx(5.0, abs=1.0)
    for side in ("left", "right"):
        foot = document["sides"][side]
        assert foot["expected"] == foot["received"]
        assert foot["lost"] == 0


def test_a_thousand_strangers_hide_no_insole_and_no_name_reaches_the_terminal():
    async def look():
        made = [(plan(Side.LEFT), faults.build({"strangers": 3000}, seed=2))]
        async with virtual_pair(made) as pair:
            scan = Scan((PROTOCOL,), scanner={"backend": pair.central.scanner})
            everybody = await scan.look(5.0, is_enough=lambda _: False, everything=True)
            ours = await scan.look(5.0, is_enough=bool)
            return everybody, ours

    everybody, ours = fast.run(look())
    assert len(everybody) == MOST
    assert [found.advert.name for found in ours] == ["Insole L"]
    from insole_drivers.advice import shown

    assert all(shown(found.advert.name).isprintable() for found in everybody if found.advert.name)
    assert all(len(found.advert.name) <= 248 for found in everybody)


def test_a_pair_among_strangers_streams_as_if_alone():
    story = played(strangers=500)
    _, book = check_ledger(story)
    assert book.lost == 0
    assert "\x1b" not in "".join(e.text for e in story.events if isinstance(e, LinkState))


@pytest.mark.parametrize("turns", [0, 15, 40, 90, 140, 150, 160, 250, 400, 1000])
def test_a_table_that_changes_while_it_is_read_is_read_again(turns, monkeypatch):
    """From the first question to the first sample, and after it."""
    monkeypatch.setattr(faults.troubles, "DISCOVERY_TURNS", turns)
    story = played(20.0, table_changes=2)
    _, book = check_ledger(story)
    assert book.lost == 0
    assert book.received > 500
    phases = [event.phase for event in story.events if isinstance(event, LinkState)]
    assert "streaming" in phases


def test_a_peer_that_never_answers_is_given_up_in_words_and_the_other_streams():
    with Bench(both(right={"mute": 1.0})) as bench:
        heard = bench.heard
        heard.wait(lambda: len(heard.numbers(LEFT)) > 30)
        heard.wait(
            lambda: any("right" in e.text.lower() and e.phase != "connecting"
                        for e in heard.of(LinkState))
        )  # fmt: skip
        words = [e.text for e in heard.of(LinkState) if "ight" in e.text]
    assert words
    assert {c.device for c in heard.of(Connected)} == {LEFT}


def test_a_mute_foot_is_empty_in_the_file_with_the_reason_and_holds_up_nobody(tmp_path, capsys):
    file = str(tmp_path / "mute.h5")
    spec = "run?seconds=14&mute.right=1&fast=1"
    assert main(["demo", spec, "--headless", "--record", file]) == 0
    assert "right: no data. Right: found, but it does not answer." in capsys.readouterr().out
    with closing(api.open_recording(file)) as kept:
        document, events = kept.stored_document(), list(kept.events())
    left, right = document["sides"]["left"], document["sides"]["right"]
    assert right is None
    assert "does not answer" in document["no_data"]["right"]
    assert left["expected"] == left["received"] == 1400
    assert "left" not in document["no_data"]
    words = [e.text for e in events if isinstance(e, LinkState) and e.side is Side.RIGHT]
    assert sum("Switch it off and on" in text for text in words) == 1
    began_ns = next(e.arrival_ns for e in events if isinstance(e, LinkState))
    streams_ns = next(e.arrival_ns for e in events if isinstance(e, Packet))
    assert streams_ns - began_ns < 5e9  # the radio's patience with a second foot is 3 s
    assert {e.device for e in events if isinstance(e, Packet | Connected)} == {"virtual-0-1"}
    assert main(["analyze", file, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["no_data"] == document["no_data"]
    assert main(["validate", file]) == 0


class MuteAtFirst(faults.Fault):
    """It answers from the second connection on."""

    key = "mute_at_first"
    meaning = "it does not answer on its first connection"
    usual = 1.0

    def answered(self, insole):
        self.value -= 1.0
        if self.value == 0.0:
            insole.fall_mute()
        else:
            insole.air._mute.discard(insole.controller)


def test_a_foot_that_is_late_is_told_from_the_other_though_both_have_one_serial():
    """Makers give whole batches one number."""
    (left, none), (right, _) = both()
    right = replace(right, capability=replace(right.capability, serial=LEFT))
    late = MuteAtFirst(1.0, settings={}, seed=1)
    with Bench([(left, none), (right, [late])]) as bench:
        heard, other = bench.heard, right.address
        heard.wait(lambda: len(heard.packets(LEFT)) > 5)
        heard.wait(lambda: len(heard.packets(other)) > 20)
    assert [each.device for each in heard.of(Connected)] == [LEFT, other]
    numbers = heard.numbers(LEFT)
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_the_window_reads_why_a_foot_is_silent():
    session = api.live_session("virtual:run?seconds=14&mute.right=1&fast=1")
    session.start()
    assert session.wait(60.0)
    assert "does not answer" in session.view().feet[Side.RIGHT].phase_text
    session.close()


def test_nobody_who_answers_is_an_error_in_bounded_time():
    made = [(plan(Side.LEFT), faults.build({"mute": 1.0}, seed=1))]
    bench = Bench(made)
    began = time.monotonic()
    with bench:
        bench.heard.wait(lambda: bench.source.finished or bool(bench.heard.texts("searching")))
    assert time.monotonic() - began < 60
    assert not bench.heard.of(Packet)
    with pytest.raises(Unheard):
        play(PROTOCOL, Scene(faults=faults.build({"mute": 1.0}, seed=1)))


def test_what_the_link_says_of_a_clean_stream_is_no_notice():
    heard = run(both(left={"strangers": 50.0}), 0.8)
    assert [n for n in heard.said(LEFT) if isinstance(n, Notice)] == []


def test_nobody_is_found_among_strangers_alone():
    made = [(plan(Side.LEFT, is_present=False), faults.build({"strangers": 200}, seed=1))]
    bench = Bench(made)
    with bench:
        bench.wait_end()
    assert isinstance(bench.source.error, NoInsoleFound)
