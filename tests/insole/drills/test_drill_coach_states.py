"""The coach's states on drawn loads: instants follow from the lines by hand."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insole.drills import shelf
from insole.drills.cases import read_case
from insole.drills.coach import Coach
from insole.drills.drill import Drill
from insole.drills.playing import SIZE_MM, capabilities, device_of, samples
from insole.drills.results import result
from insole.drills.running import run_case
from insole.drills.states import State
from insole.model.foot import Side
from insole.model.stream import Samples
from insole.model.trial import ClockPrior, StartState
from insole.trial import RunningTrial

SHARES = {
    "HEEL": 0.38,
    "MID": 0.06,
    "M1": 0.18,
    "M23": 0.10,
    "M45": 0.16,
    "HAL": 0.08,
    "TOES": 0.04,
}


def foot(points: list[tuple[float, float]]) -> dict[str, list[list[float]]]:
    """Lines of every region, of the foot's load in body weights."""
    return {name: [[t, share * load] for t, load in points] for name, share in SHARES.items()}


def case(
    right: list[tuple[float, float]],
    left: list[tuple[float, float]],
    *,
    duration_s: float,
    hold_s: float = 5.0,
    **more: Any,
) -> dict[str, Any]:
    """A case of standing: loads of both feet as lines."""
    asked = {"hold_s": hold_s, **more.pop("settings", {})}
    return {
        "id": "drawn",
        "drill": more.pop("drill", "single-leg-balance"),
        "mass_kg": 70,
        "rate_hz": 100,
        "settings": asked,
        "signal": {
            "duration_s": duration_s,
            "right": foot(right),
            "left": foot(left),
            **more,
        },
    }


def run(told: dict[str, Any], **how: Any) -> Coach:
    """Played through the whole way."""
    return run_case(read_case(told, where="test"), shelf.find(told["drill"]), where="test", **how)


def stand_up(at_s: float, until_s: float) -> tuple[list[tuple[float, float]], ...]:
    """Right and left: on both feet, on the right one from `at_s` to `until_s`, each in half a s."""
    right = [(0.0, 0.5), (at_s, 0.5), (at_s + 0.5, 1.0), (until_s, 1.0), (until_s + 0.5, 0.5)]
    left = [(0.0, 0.5), (at_s, 0.5), (at_s + 0.5, 0.0), (until_s, 0.0), (until_s + 0.5, 0.5)]
    return right, left


def states(coach: Coach) -> list[tuple[State, float]]:
    """Every change, with its instant."""
    return [(each.state, each.at_s) for each in coach.changes]


def test_hold_begins_where_the_other_foot_falls_below_a_twentieth() -> None:
    right, left = stand_up(3.0, 12.0)
    coach = run(case(right, left, duration_s=14.0))
    # 0.5 - (t - 3) = 0.05
    assert states(coach)[:3] == [
        (State.READY, pytest.approx(2.0, abs=0.011)),
        (State.WORK, pytest.approx(3.45, abs=0.002)),
        (State.REST, pytest.approx(8.45, abs=0.002)),
    ]
    assert coach.changes[1].confirmed_s == pytest.approx(3.95, abs=0.002)


def test_standing_on_after_the_target_is_no_second_hold() -> None:
    right, left = stand_up(3.0, 20.0)
    coach = run(case(right, left, duration_s=22.0))
    assert [held.ended_by for held in coach.holds] == ["target"]


def test_short_stand_is_a_false_start_and_no_attempt() -> None:
    right = [(0.0, 0.5), (3.0, 0.5), (3.5, 1.0), (4.5, 1.0), (5.0, 0.5), (6.0, 0.5), (6.5, 1.0)]
    left = [(0.0, 0.5), (3.0, 0.5), (3.5, 0.0), (4.5, 0.0), (5.0, 0.5), (6.0, 0.5), (6.5, 0.0)]
    coach = run(case(right, left, duration_s=13.0))
    assert [held.start_s for held in coach.holds] == [pytest.approx(6.45, abs=0.002)]
    assert (State.READY, "false start") in [(each.state, each.why) for each in coach.changes]


@pytest.mark.parametrize(
    ("on_ground_s", "touches", "ended_by"),
    [(0.05, 0, "target"), (0.5, 1, "target"), (0.95, 1, "target"), (1.1, 0, "step-down")],
)
def test_touch_counts_from_a_tenth_of_a_second_and_ends_the_hold_at_a_second(
    on_ground_s: float, touches: int, ended_by: str
) -> None:
    right, _ = stand_up(3.0, 20.0)
    # over 0.10 at 6.0, under 0.05 so much later: both edges take 2 ms
    down, up = 6.0, 6.0 + on_ground_s
    left = [
        (0.0, 0.5), (3.0, 0.5), (3.5, 0.0), (down - 0.001, 0.0), (down + 0.001, 0.2),
        (up - 0.0015, 0.2), (up + 0.0005, 0.0),
    ]  # fmt: skip
    coach = run(case(right, left, duration_s=22.0, hold_s=10.0), rate_hz=1000.0)
    first = coach.holds[0]
    assert (first.touches, first.ended_by) == (touches, ended_by)
    if ended_by == "step-down":
        assert first.end_s == pytest.approx(down, abs=0.002)
        assert first.confirmed_s == pytest.approx(down + 1.0, abs=0.002)


def test_touch_under_way_at_the_target_decides_first() -> None:
    # on the right from 3.45, target at 8.45; the left comes down at 8.2 and stays
    right, left = stand_up(3.0, 8.0)
    coach = run(case(right, left, duration_s=12.0))
    first = coach.holds[0]
    assert first.ended_by == "step-down"
    assert first.end_s == pytest.approx(8.1, abs=0.002)


def test_short_loss_runs_on_and_is_in_no_denominator() -> None:
    right, left = stand_up(3.0, 20.0)
    lost = [{"side": "right", "from_s": 6.0, "to_s": 6.4}]
    coach = run(case(right, left, duration_s=22.0, hold_s=10.0, lost=lost))
    hold = result(coach)["holds"][0]
    assert hold["hold_s"] == pytest.approx(10.0, abs=0.01)
    assert hold["valid_pct"] == pytest.approx(96.0, abs=0.2)
    assert hold["ball_pct"] == pytest.approx(100.0)
    assert hold["score"] is not None or hold["mvelo_mm_s"] is None


def test_more_than_five_percent_lost_have_no_score() -> None:
    right, left = stand_up(3.0, 20.0)
    lost = [{"side": "right", "from_s": 6.0, "to_s": 6.8}]
    told = case(right, left, duration_s=22.0, hold_s=10.0, lost=lost, drill="tripod-hold")
    hold = result(run(told))["holds"][0]
    assert (hold["ended_by"], hold["score"]) == ("target", None)
    assert hold["valid_pct"] == pytest.approx(92.0, abs=0.2)


def test_long_loss_interrupts_at_the_last_sample_and_the_next_hold_begins_after() -> None:
    right, left = stand_up(3.0, 20.0)
    lost = [{"side": "right", "from_s": 7.0, "to_s": 8.5}]
    coach = run(case(right, left, duration_s=22.0, hold_s=5.0, lost=lost))
    assert [
        (held.ended_by, round(held.start_s, 2), round(held.end_s, 2)) for held in coach.holds
    ] == [
        ("interrupted", 3.45, 6.99),
        ("target", 8.5, 13.5),
    ]


def test_hand_that_carries_a_tenth_is_dated_at_the_crossing_of_the_mean() -> None:
    right = [(0.0, 0.5), (3.0, 0.5), (3.5, 1.0), (7.999, 1.0), (8.001, 0.9), (20.0, 0.9)]
    left = [(0.0, 0.5), (3.0, 0.5), (3.5, 0.0), (20.0, 0.0)]
    coach = run(case(right, left, duration_s=20.0, hold_s=15.0))
    # mean of the last second: 1 - 0.1 (t - 8) = 0.92
    assert coach.holds[0].supported_s == pytest.approx(8.8, abs=0.02)
    assert [(said.name, said.at_s) for said in coach.holds[0].said] == [
        ("supported", pytest.approx(9.8, abs=0.02))
    ]


def test_both_feet_end_when_one_is_light_for_half_a_second() -> None:
    right = [(0.0, 0.5), (6.0, 0.5), (6.1, 0.75), (20.0, 0.75)]
    left = [(0.0, 0.5), (6.0, 0.5), (6.1, 0.25), (20.0, 0.25)]
    told = case(right, left, duration_s=12.0, hold_s=9.0, drill="tripod-hold-both")
    # 0.5 - 2.5 (t - 6) = 0.30
    hold = result(run(told))
    assert hold["ended_by"] == "step-down"
    assert hold["start_s"] + hold["hold_s"] == pytest.approx(6.08, abs=0.002)


def test_insoles_that_nobody_stands_on_pause_and_come_back() -> None:
    load = [(0.0, 0.5), (4.0, 0.5), (4.1, 0.0), (20.0, 0.0), (20.1, 0.5), (30.0, 0.5)]
    coach = run(case(load, load, duration_s=30.0))
    seen = [each.state for each in coach.changes]
    assert seen == [State.READY, State.PAUSED, State.SETUP, State.READY, State.DONE]
    # 5 (t - 20) = 0.025 each: loaded from there for 2 s, then still for 2 s
    assert coach.changes[1].at_s == pytest.approx(14.09, abs=0.011)
    assert coach.changes[2].at_s == pytest.approx(22.005, abs=0.011)
    assert coach.changes[3].at_s == pytest.approx(24.01, abs=0.02)


def test_setup_waits_for_body_weight_and_says_so() -> None:
    load = [(0.0, 0.4), (10.0, 0.4)]
    coach = run(case(load, load, duration_s=10.0))
    assert [each.state for each in coach.changes] == [State.DONE]
    assert "80 % of body weight" in coach.why


@pytest.mark.parametrize("idle_s", [44.7, 59.9, 130.0])
def test_waiting_long_changes_nothing_of_the_hold_however_it_is_cut(idle_s: float) -> None:
    right, left = stand_up(idle_s, idle_s + 12.0)
    told = case(right, left, duration_s=idle_s + 14.0)
    whole, cut = run(told), run(told, turn_s=0.9)
    assert [held.start_s for held in whole.holds] == [pytest.approx(idle_s + 0.45, abs=0.002)]
    assert cut.changes == whole.changes
    assert cut.holds == whole.holds


def raises(number: int, *, from_s: float, deep: float = 0.0) -> dict[str, list[list[float]]]:
    """One foot under half of body weight that rises every two seconds; `deep` stays on the heel."""
    up, down = [[0.0, 0.27], [from_s, 0.27]], [[0.0, 0.23], [from_s, 0.23]]
    for begin_s in (from_s + 2.0 * place for place in range(number)):
        up += [[begin_s + 0.5, deep], [begin_s + 1.0, deep], [begin_s + 1.5, 0.27],
               [begin_s + 2.0, 0.27]]  # fmt: skip
        down += [[begin_s + 0.5, 0.5 - deep], [begin_s + 1.0, 0.5 - deep], [begin_s + 1.5, 0.23],
                 [begin_s + 2.0, 0.23]]  # fmt: skip
    return {"HEEL": up, "M1": down}


def raising(
    each: dict[str, list[list[float]]], *, duration_s: float, **settings_: Any
) -> dict[str, Any]:
    """Both feet alike."""
    signal = {"duration_s": duration_s, "left": each, "right": each}
    asked = {"reps": 20, **settings_}
    return {"id": "r", "drill": "calf-raise-both", "settings": asked, "signal": signal}


@pytest.mark.parametrize("turn_s", [None, 0.7])
def test_two_incomplete_raises_in_a_row_end_the_set(turn_s: float | None) -> None:
    coach = run(raising(raises(5, from_s=4.0, deep=0.05), duration_s=20.0), turn_s=turn_s)
    assert [(one.ended_by, len(one.attempts)) for one in coach.sets] == [("incomplete", 2)]


def test_raises_of_both_feet_are_none_of_a_drill_on_one_leg() -> None:
    told = raising(raises(5, from_s=4.0), duration_s=16.0)
    assert len(run(told).sets[0].attempts) == 5
    assert run(told | {"drill": "calf-raise"}).sets == []


@pytest.mark.parametrize("turn_s", [None, 0.7])
def test_two_missed_beats_end_the_set_at_the_last_raise(turn_s: float | None) -> None:
    coach = run(raising(raises(3, from_s=4.0), duration_s=20.0), turn_s=turn_s)
    ended = coach.sets[0]
    assert (ended.ended_by, len(ended.attempts)) == ("beats", 3)
    # the third heel is back over a fifth of the load at 9 + 0.1 / 0.54 s
    assert ended.end_s == pytest.approx(9.0 + 0.1 / 0.54, abs=0.01)


@pytest.mark.parametrize("turn_s", [None, 0.7])
def test_set_that_is_left_alone_ends_where_the_feet_left(turn_s: float | None) -> None:
    each = raises(3, from_s=4.0)
    for points in each.values():
        load = points[-1][1]
        points += [[10.9, load], [11.0, 0.0]]
    told = raising(each, duration_s=30.0)
    told["settings"]["tempo_bpm"] = 20
    told["settings"]["beats_per_rep"] = 8
    coach = run(told, turn_s=turn_s)
    assert [(one.ended_by, len(one.attempts)) for one in coach.sets] == [("away", 3)]
    assert coach.sets[0].end_s == pytest.approx(11.0, abs=0.02)


def test_coach_that_is_over_takes_no_more() -> None:
    right, left = stand_up(3.0, 9.0)
    told = read_case(case(right, left, duration_s=14.0), where="test")
    coach, trial = machine(shelf.find(told.drill).changed(hold_s=4.0))
    turns = blocks(told, 5.0)
    coach.push(trial.feed(turns[0]))
    coach.finish()
    changes = list(coach.changes)
    coach.push(trial.feed(turns[1]))
    coach.finish()
    assert coach.changes == changes


def test_only_hold_of_a_set_is_quiet_from_the_second_week_on() -> None:
    right, _ = stand_up(3.0, 20.0)
    left = [(0.0, 0.5), (3.0, 0.5), (3.5, 0.0), (6.0, 0.0), (6.1, 0.2), (6.5, 0.2), (6.6, 0.0)]
    told = read_case(case(right, left, duration_s=14.0, hold_s=9.0), where="test")
    drill = shelf.find(told.drill).changed(hold_s=9.0, reps=1)
    heard: list[list[str]] = []
    for week in (1, 2):
        coach, trial = machine(drill, week=week)
        coach.push(trial.feed([*capabilities(told), *samples(told)]))
        coach.finish()
        assert [held.touches for held in coach.holds] == [1]
        heard.append([said.name for said in coach.said])
    assert heard == [["touch"], []]


def test_free_foot_that_reads_a_little_is_named_after_five_seconds() -> None:
    right = [(0.0, 0.5), (3.0, 0.5), (3.5, 0.93), (30.0, 0.93)]
    left = [(0.0, 0.5), (3.0, 0.5), (3.5, 0.07), (30.0, 0.07)]
    for duration_s, words in ((8.0, ""), (9.0, "Free foot still reads load. Lift or zero.")):
        told = read_case(case(right, left, duration_s=duration_s), where="test")
        coach, trial = machine(shelf.find(told.drill))
        coach.push(trial.feed([*capabilities(told), *samples(told)]))
        assert (coach.state, coach.why) == (State.READY, words)


def test_pause_voids_what_is_under_way() -> None:
    right, left = stand_up(3.0, 20.0)
    told = read_case(case(right, left, duration_s=22.0, hold_s=10.0), where="test")
    coach, trial = machine(shelf.find(told.drill).changed(hold_s=10.0))
    for number, block in enumerate(blocks(told, 0.5)):
        coach.push(trial.feed(block))
        if number == 12:
            assert coach.state is State.WORK
            coach.pause()
            assert coach.state is State.PAUSED
    assert coach.holds == [] or coach.holds[0].start_s > 6.0


def machine(drill: Drill, *, week: int = 1) -> tuple[Coach, RunningTrial]:
    """A coach and the trial that feeds it."""
    trial = RunningTrial(
        StartState(
            mass_kg=70.0, clocks=tuple(ClockPrior(device_of(side), 0.0, 0.0) for side in Side)
        )
    )
    coach = Coach(
        drill,
        mass_kg=70.0,
        size_mm=SIZE_MM,
        rates_hz=dict.fromkeys(Side, 100.0),
        detector=None,
        parameters=trial.parameters,
        week=week,
    )
    return coach, trial


def blocks(told: Any, seconds: float) -> list[list[Any]]:
    """Turns of both feet; the first also says what the insoles are."""
    parts = list(samples(told, seconds=seconds))
    turns: list[list[Any]] = [list(pair) for pair in zip(parts[::2], parts[1::2], strict=True)]
    turns[0] = [*capabilities(told), *turns[0]]
    return turns


def cut(block: Samples, begin: int, end: int) -> Samples:
    """Some of its rows."""
    return Samples(
        block.device,
        block.sequence[begin:end],
        block.tick_us[begin:end],
        block.arrival_ns[begin:end],
        block.values[begin:end],
        block.flags[begin:end],
    )


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 1399), max_size=12), st.lists(st.integers(1, 1399), max_size=12))
def test_any_cut_of_each_foot_gives_the_same_session(left: list[int], right: list[int]) -> None:
    lines = stand_up(3.0, 9.0)
    lost = [{"side": "left", "from_s": 5.0, "to_s": 5.3}]
    told = read_case(case(*lines, duration_s=14.0, hold_s=7.0, lost=lost), where="test")
    drill = shelf.find(told.drill).changed(hold_s=7.0)
    whole, trial = machine(drill)
    whole.push(trial.feed([*capabilities(told), *samples(told)]))
    whole.push(trial.finish())
    whole.finish()
    one, other = samples(told)
    turns: list[Samples] = []
    for block, edges in ((one, left), (other, right)):
        inner = sorted({min(edge, len(block.sequence) - 1) for edge in edges})
        places = [0, *inner, len(block.sequence)]
        turns += [cut(block, *place) for place in pairwise(places)]
    turns.sort(key=lambda block: int(block.arrival_ns[-1]))
    parted, trial = machine(drill)
    parted.push(trial.feed(capabilities(told)))
    for turn in turns:
        parted.push(trial.feed([turn]))
    parted.push(trial.finish())
    parted.finish()
    assert parted.changes == whole.changes
    assert parted.holds == whole.holds
    assert result(parted) == result(whole)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.floats(0.3, 4.0), min_size=3, max_size=8),
    st.lists(st.floats(0.0, 1.0), min_size=8, max_size=8),
)
def test_mirrored_feet_mirror_the_session(apart: list[float], loads: list[float]) -> None:
    times = np.append(3.0, 3.0 + np.cumsum(apart))
    right = [(0.0, 0.5), *((float(t), load) for t, load in zip(times, loads, strict=False))]
    left = [(t, 1.0 - load) for t, load in right]
    end_s = float(times[-1]) + 3.0
    one = run(case(right, left, duration_s=end_s, hold_s=3.0))
    other = run(case(left, right, duration_s=end_s, hold_s=3.0))
    mirrored = [
        (held.side.other if held.side else None, held.start_s, held.end_s, held.ended_by)
        for held in other.holds
    ]
    assert mirrored == [(held.side, held.start_s, held.end_s, held.ended_by) for held in one.holds]
    assert states(one) == states(other)
