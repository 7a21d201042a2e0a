"""Drills done step by step: what is a step, which is clean, what is left out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.insole.drills import drawn


def forefoot(heel: float) -> dict[str, float]:
    rest = 1.0 - heel
    return {"HEEL": heel, "M1": 0.4 * rest, "M23": 0.25 * rest, "M45": 0.25 * rest,
            "HAL": 0.1 * rest}  # fmt: skip


def tiptoe(heels, **more):
    bumps = drawn.steps(
        len(heels), t_c=0.7, step_s=0.6, peak_bw=1.2, shares=lambda n: forefoot(heels[n])
    )
    return drawn.case("tiptoe-walk", {"bumps": bumps, **more, "duration_s": 2 + 0.6 * len(heels)})


def test_a_heel_of_four_per_cent_is_clean_and_one_of_six_is_not():
    got = drawn.told(tiptoe([0.04, 0.06, 0.04, 0.06, 0.06, 0.0]))
    assert (got["steps"], got["clean"], got["score"]) == (6, 3, pytest.approx(50.0))


def test_the_big_toe_ball_s_share_is_the_mean_over_steps():
    got = drawn.told(tiptoe([0.0, 0.0, 0.1, 0.1]))
    assert got["m1_share"] == pytest.approx(0.4 * 0.95, abs=1e-3)


def test_a_shuffle_is_no_step():
    bumps = drawn.steps(4, t_c=0.6, step_s=0.6, peak_bw=1.1)
    bumps += [drawn.bump("left", 4.0 + n, 0.4, 0.4) for n in range(3)]
    got = drawn.told(drawn.case("tiptoe-walk", {"bumps": bumps, "duration_s": 8.0}))
    assert got["steps"] == 4


def test_a_step_with_a_hole_is_excluded_and_in_no_mean():
    heels = [0.0, 0.0, 0.1, 0.0]
    hole = [{"side": "left", "from_s": 1.0 + 2 * 0.6 + 0.2, "to_s": 1.0 + 2 * 0.6 + 0.28}]
    got = drawn.told(tiptoe(heels, lost=hole))
    assert (got["steps"], got["excluded"], got["clean"]) == (3, 1, 3)
    assert got["m1_share"] == pytest.approx(0.4, abs=1e-3)


def test_the_set_ends_with_the_last_step_asked_for():
    one = tiptoe([0.0] * 26)
    coach = drawn.played(one)
    assert coach.sets[0].ended_by == "target"
    assert sum(each.counts for each in coach.sets[0].attempts) == 20
    times = [each.end_s for each in coach.sets[0].attempts]
    assert times == sorted(times)


def run_of(t_c: float, t_f: float, peak_bw: float, *, first: str = "left", count: int = 12):
    bumps = drawn.steps(count, t_c=t_c, step_s=t_c + t_f, peak_bw=peak_bw, first=first)
    return drawn.case("strides", {"bumps": bumps, "duration_s": 2 + count * (t_c + t_f)})


@settings(max_examples=15)
@given(
    t_c=st.floats(0.18, 0.30),
    t_f=st.floats(0.10, 0.20),
    peak_bw=st.floats(1.8, 3.0),
)
def test_a_run_of_half_sines_has_their_impulse_and_rhythm(t_c, t_f, peak_bw):
    got = drawn.told(run_of(t_c, t_f, peak_bw))
    for side in ("left", "right"):
        foot = got[side]
        assert foot["steps"] == 6
        assert foot["j_bw_s"] == pytest.approx(2 * peak_bw * t_c / 3.14159265, rel=0.01)
        assert foot["po50_bw_s"] == pytest.approx(0.5 * foot["j_bw_s"], rel=0.03)
        assert foot["t_c_s"] == pytest.approx(drawn.seen_s(t_c, peak_bw), abs=0.008)
    assert got["cadence_spm"] == pytest.approx(60 / (t_c + t_f), rel=0.01)
    assert got["t_f_s"] == pytest.approx(t_c + t_f - drawn.seen_s(t_c, peak_bw), abs=0.008)


def test_mirrored_feet_mirror_the_results():
    got, other = (drawn.told(run_of(0.23, 0.11, 2.3, first=side)) for side in ("left", "right"))
    assert got["left"] == pytest.approx(other["right"], rel=1e-9)
    assert got["cadence_spm"] == pytest.approx(other["cadence_spm"], rel=1e-9)


@settings(max_examples=8)
@given(turn_s=st.floats(0.02, 3.0))
def test_however_the_samples_come_the_set_is_the_same(turn_s):
    one = tiptoe([0.0, 0.1] * 12)
    whole, cut = drawn.played(one), drawn.played(one, turn_s=turn_s)
    assert cut.sets == whole.sets


def pauses(lengths, *, ramp_s=0.3, along=None):
    """One foot after the other carries all for so long; loads cross over in ramps."""
    shares = along or drawn.FLAT
    points = {side: [[0.0, 0.5], [1.0, 0.5]] for side in ("left", "right")}
    at_s = 1.0
    for number, length in enumerate(lengths):
        at_s += ramp_s
        for place, side in enumerate(("left", "right")):
            load = float(number % 2 == place)
            points[side] += [[at_s, load], [at_s + length, load]]
        at_s += length
    for side in points:
        points[side] += [[at_s + ramp_s, 0.5], [at_s + 2.0, 0.5]]
    signal = {
        side: {name: [[t, load * share] for t, load in line] for name, share in shares.items()}
        for side, line in points.items()
    }
    return drawn.case("pause-walk", {**signal, "duration_s": at_s + 2.0}, pause_s=0.5)


def test_a_pause_counts_from_one_half_of_a_second_of_one_foot():
    # the other foot carries under 5 % for 5 % of each ramp more
    got = drawn.told(pauses([0.7, 0.6, 0.3, 0.44, 0.48, 0.9]))
    assert (got["pauses"], got["too_short"]) == (4, 2)
    between = 0.3 * 0.05 * 2
    assert got["pause_s_mean"] == pytest.approx((0.7 + 0.6 + 0.48 + 0.9) / 4 + between, abs=0.01)
    assert got["score"] == pytest.approx(100 * 4 / 6, abs=1e-3)


def test_a_pause_on_the_heels_is_none():
    heel = {"HEEL": 0.9, "MID": 0.1}
    coach = drawn.played(pauses([0.7] * 4, along=heel))
    assert not coach.sets
