"""Times of standing, scores, landings, and whole trials of the virtual pair."""

from __future__ import annotations

import json
import tomllib
from importlib.resources import files
from math import exp, log, pi
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import insole
from insole.metrics.balance import repeated
from insole.metrics.sway import balance_score, ramp, static_index
from insole.model.foot import Side
from insole.parameters import Parameters
from insole.signal.regions import region_map
from insole.signal.slow_record import STEP_S, SlowRows
from insole.signal.stabilisation import landing_force, tts_band, tts_seq, tts_uncertainty
from insole.signal.standing import meet, standing
from insole.signal.sway import (
    Estimate,
    measures,
)
from insole_drivers.virtual import gait, spread
from tests.insole.whole_trials import CORNERS_MM, LAYOUT, MASS_KG, analysed, samples, truth_of

P = Parameters()
BW = MASS_KG * 9.80665
F = 0.4  # of the virtual circle, Hz


# --- standing ---


def feet(left, right, *, holes=()):
    """Slow records of two forces in body weights, 25 rows a second."""

    def one(share):
        n = len(share)
        sound = np.ones(n, np.bool_)
        sound[list(holes)] = False
        number = np.arange(n)
        return SlowRows(
            number, (number + 0.5) * STEP_S, np.asarray(share) * BW, np.full((n, 2), 50.0),
            np.full((n, 3), 10.0), np.ones(n, np.bool_), ~sound,
        )  # fmt: skip

    return meet(one(left), one(right))


def spans_of(both):
    return [
        (span.kind, span.side, span.first, span.end, span.touches)
        for span in standing(both, bw_n=BW, parameters=P)
    ]


def test_both_feet_stand_while_their_sum_is_body_weight_and_their_share_is_calm():
    calm = np.full(100, 0.5)
    assert spans_of(feet(calm, calm)) == [("both", None, 0, 100, 0)]
    assert spans_of(feet(1.12 * calm, 1.12 * calm)) == []  # 12 % more than body weight
    assert spans_of(feet(calm[:24], calm[:24])) == []  # not for a second
    shifting = 0.5 + 0.4 * np.sin(2 * pi * np.arange(100) * STEP_S / 4.0)
    found = spans_of(feet(shifting, 1.0 - shifting))
    assert not [span for span in found if span[0] == "both"]  # a weight shift is no standing


def test_a_break_ends_standing():
    calm = np.full(100, 0.5)
    assert spans_of(feet(calm, calm, holes=[40])) == [
        ("both", None, 0, 40, 0),
        ("both", None, 40, 100, 0),
    ]


def test_one_leg_begins_at_80_percent_and_ends_when_the_other_foot_stays_down():
    other = np.zeros(300)
    other[200:] = 0.4
    found = spans_of(feet(1.0 - other, other))
    assert ("single", Side.LEFT, 0, 200, 0) in found


def test_a_short_contact_of_the_other_foot_is_a_touch_and_a_flicker_is_none():
    other = np.zeros(400)
    other[100:110] = 0.15  # 0.4 s
    other[200:202] = 0.15  # 0.08 s
    other[300:326] = 0.15  # 1.04 s: the end
    spans = standing(feet(1.0 - other, other), bw_n=BW, parameters=P)
    first = next(span for span in spans if span.kind == "single")
    assert (first.first, first.end, first.touches) == (0, 300, 1)
    assert first.parts == ((0, 100), (110, 300))


def test_one_leg_ends_when_its_load_falls_below_half():
    own = np.ones(200)
    own[120:126] = 0.4
    found = spans_of(feet(own, np.zeros(200)))
    assert found == [
        ("single", Side.LEFT, 0, 120, 0),
        ("single", Side.LEFT, 126, 200, 0),
    ]


# --- scores ---


def test_scores_are_those_of_the_page():
    speed, area = Estimate(52.5, 0.0), Estimate(1200.0, 0.0)
    half = balance_score(hold_s=15.0, speed=speed, area=area, touches=2, goal_s=30.0)
    assert half.value == pytest.approx(50.0 - 10.0)
    best = balance_score(
        hold_s=40.0, speed=Estimate(20.0, 0.0), area=Estimate(300.0, 0.0), touches=0, goal_s=30.0
    )
    assert best.value == pytest.approx(100.0)
    own = balance_score(
        hold_s=30.0, speed=Estimate(30.0, 0.0), area=Estimate(500.0, 0.0), touches=0, goal_s=30.0,
        base_speed=25.0, base_area=500.0,
    )  # fmt: skip
    expected = 100 * (0.5 + 0.25 * (40.0 - 30.0) / 20.0 + 0.25 * (1000.0 - 500.0) / 700.0)
    assert own.value == pytest.approx(expected)
    floor = balance_score(hold_s=1.0, speed=speed, area=area, touches=30, goal_s=30.0)
    assert floor.value == 0.0
    assert np.isnan(balance_score(hold_s=9, speed=None, area=None, touches=0, goal_s=30).value)
    even = static_index(
        left_share=Estimate(0.5, 0.0), speeds=[Estimate(8.0, 0.0), Estimate(8.0, 0.0)],
        matches=[Estimate(100.0, 0.0), Estimate(80.0, 0.0)],
    )  # fmt: skip
    assert even.value == pytest.approx(40.0 + 30.0 + 27.0)
    assert ramp(1.0, 0.0, 0.5) == 1.0


def stood_on(side, start_s, ttb_s, *, window_s=12.0):
    sway = {"ttb_ml_min_s": {"value": ttb_s, "u": 1.0, "u_random": 1.0, "u_shared": 0.2}}
    sway["sway_mvelo_mm_s"] = sway["ttb_ml_min_s"]
    return {
        "side": side, "start_s": start_s, "window_s": window_s, "sway": {side: sway},
    }  # fmt: skip


def test_time_to_boundary_is_averaged_over_the_newest_three_trials_of_ten_seconds():
    left = [stood_on("left", start, ttb) for start, ttb in ((0, 9.0), (30, 1.0), (60, 2.0))]
    short = stood_on("left", 90, 50.0, window_s=9.9)
    unknown = {"side": "left", "start_s": 120, "window_s": None, "sway": {"left": None}}
    last = stood_on("left", 150, 6.0)
    both = {"side": None, "start_s": 180, "window_s": 30.0, "sway": {}}
    said = repeated([*left, short, unknown, last, both, stood_on("right", 200, 1.0)], P)
    assert said["right"] is None  # one trial only
    assert said["left"]["start_s"] == [30, 60, 150]
    mean = said["left"]["ttb_ml_min_s"]
    assert mean["value"] == pytest.approx(3.0)
    assert mean["u_random"] == pytest.approx(np.sqrt(7.0 / 3.0))  # SD of 1, 2, 6 over sqrt 3
    assert mean["u_shared"] == pytest.approx(0.2)
    assert "sway_mvelo_mm_s" not in said["left"]


def test_the_uncertainty_of_a_score_follows_from_that_of_its_parts():
    score = balance_score(
        hold_s=30.0, speed=Estimate(50.0, 3.0), area=Estimate(1000.0, 100.0, 50.0), touches=0,
        goal_s=30.0,
    )  # fmt: skip
    assert score.random == pytest.approx(np.hypot(25 * 3.0 / 55.0, 25 * 100.0 / 1600.0))
    assert score.shared == pytest.approx(25 * 50.0 / 1600.0)


# --- time to stabilisation ---


def test_a_landing_that_dies_away_is_stable_when_its_rest_is_five_percent():
    since = np.arange(0.0, 5.0, 0.01)
    force = BW * (1.0 + 1.5 * np.exp(-since / 0.4))
    rest = 1.5 * 0.4 * (exp(-4.0 / 0.4) - exp(-5.0 / 0.4))  # mean of the last second, above BW
    found = tts_band(since, force, bw_n=BW, parameters=P)
    assert found == pytest.approx(0.4 * log(1.5 / (0.05 + rest)), abs=0.011)
    u = tts_uncertainty(since, force, bw_n=BW, noise_n=4.0, parameters=P)
    change = 0.4 * 4.0 / BW / 0.05  # d(tau ln(A / band)) / d band
    assert u == pytest.approx(change, rel=0.4)


def test_a_body_that_never_comes_to_rest_has_no_time_to_stabilisation():
    since = np.arange(0.0, 5.0, 0.01)
    assert np.isnan(tts_band(since, BW * (1 + 0.2 * np.sin(9 * since)), bw_n=BW, parameters=P))
    assert tts_seq(since, np.full(len(since), BW)) == 0.0


def test_the_sequential_average_of_a_step_settles_by_its_closed_form():
    n = 500
    since = np.arange(n) * 0.01
    force = np.where(np.arange(n) < 100, 2.0 * BW, BW)
    mean, sd = 1.2 * BW, 0.4 * BW  # of 100 at 2 and 400 at 1
    # the average is BW (1 + 100/k) of k samples: within mean + sd/4 from k on
    k = np.ceil(100 / ((mean + 0.25 * sd) / BW - 1.0))
    assert tts_seq(since, force) == pytest.approx((k - 1) * 0.01, abs=1e-9)


def test_a_landing_window_must_be_whole():
    time = np.arange(0.0, 20.0, 0.01)
    assert landing_force(time, np.full(2000, BW), strike_s=16.0, parameters=P) is None
    since, force = landing_force(time, np.full(2000, BW), strike_s=4.0, parameters=P)
    assert since[0] == pytest.approx(0.0, abs=0.011)
    assert since[-1] == pytest.approx(5.0, abs=0.011)
    assert force == pytest.approx(BW)


# --- whole trials ---


def true_path(activity: str, side: Side, start_s: float, end_s: float):
    """CoP of the sensors' forces, from the formula itself, at 25 Hz."""
    truth = truth_of(activity)
    capability = spread.capability(truth, side, layout=LAYOUT, rate_hz=100.0, serial="x")
    time = np.arange(start_s, end_s, STEP_S)
    force = spread.FootSignal(truth, side, capability=capability).force(time)
    centre = region_map(LAYOUT, P).centre_mm
    return (force @ centre / force.sum(axis=1, keepdims=True)).T


@pytest.mark.parametrize("rate_hz", [50.0, 100.0, 200.0])
@pytest.mark.parametrize(("activity", "kind"), [("stand", "both"), ("single", "single")])
def test_a_standing_pair_shows_the_sway_of_its_formula(activity, kind, rate_hz):
    result = analysed(truth_of(activity), rate_hz=rate_hz)
    assert result.activity == "stand"
    section = result.to_dict()["balance"]
    assert section["filter"].startswith("zero_phase")
    (span,) = section["spans"]
    assert span["kind"] == kind
    assert span["hold_s"] == pytest.approx(30.0, abs=0.1)
    assert span["window_s"] == pytest.approx(27.5, abs=0.15)
    assert set(span["sway"]) == ({"left", "right"} if kind == "both" else {"left"})
    truth = measures(*true_path(activity, Side.LEFT, 2.0, 29.5), step_s=STEP_S)
    found = span["sway"]["left"]
    for name in ("rms_ap_mm", "rms_ml_mm", "mvelo_mm_s", "area_pe_mm2", "range_mm", "mfreq_hz"):
        assert found[f"sway_{name}"]["value"] == pytest.approx(truth[f"sway_{name}"], rel=0.02), (
            name
        )
        assert found[f"sway_{name}"]["u"] is not None
    assert found["sway_f50_ap_hz"]["value"] == pytest.approx(F, abs=0.02)
    if kind == "both":
        assert span["left_share"]["value"] == pytest.approx(0.5, abs=1e-3)
        index, match = span["static_balance_index"]["value"], span["tripod_match"]["left"]
        speed = truth["sway_mvelo_mm_s"]
        truth_of_it = 40 + 30 * ramp(speed, 25, 8) + 0.3 * match["value"]
        assert index == pytest.approx(truth_of_it, abs=0.5)
        assert "ttb_ml_min_s" not in found
    else:
        assert span["balance_score"]["value"] == pytest.approx(100.0, abs=0.5)
        assert found["ttb_ml_min_s"]["value"] > 0.0


@pytest.mark.parametrize(("every", "has_sway"), [(200, True), (60, False)])
def test_short_gaps_end_no_standing_but_more_than_5_percent_of_them_withhold_sway(every, has_sway):
    whole = samples(truth_of("stand"), Side.LEFT, rate_hz=100.0, seconds=20.0)
    lost = np.flatnonzero(np.arange(len(whole.sequence)) % every < 4)  # 40 ms each
    (span,) = analysed(truth_of("stand"), seconds=20.0, lost=lost).to_dict()["balance"]["spans"]
    assert span["hold_s"] == pytest.approx(20.0, abs=0.2)
    assert (span["sway"]["left"] is not None) == has_sway
    assert ("of the steady window are gaps" in span["why"]) != has_sway


def test_real_standing_on_three_zones_is_seen_and_its_loss_is_said():
    file = Path(__file__).resolve().parents[3] / "shared" / "data" / "loadsol" / "test_poids.txt"
    if not file.is_file():
        pytest.skip("the shared loadsol recording is not here")
    weight_n = 556.75198  # of the force plate in the same trial
    result = insole.analyze(file, weight_n / 9.80665)
    assert result.activity == "stand"
    (span,) = result.to_dict()["balance"]["spans"]
    assert span["kind"] == "both"
    assert span["hold_s"] == pytest.approx(5.4, abs=0.3)
    assert span["sway"]["left"] is None  # one in five samples was lost on the air
    assert span["why"]


@pytest.mark.parametrize("activity", ["stand", "single", "hop", "run"])
@given(cuts=st.sets(st.integers(1, 1999), max_size=12))
@settings(max_examples=3, deadline=None)
def test_chunks_change_no_digit_of_the_sections(activity, cuts):
    truth = truth_of(activity)
    one = analysed(truth, seconds=20.0).to_dict()
    two = analysed(truth, seconds=20.0, cuts=tuple(cuts)).to_dict()
    for section in ("gait_line", "balance", "hops", "springs"):
        assert json.dumps(one[section]) == json.dumps(two[section])


def settable() -> list[str]:
    sections = tomllib.loads(files("insole").joinpath("defaults.toml").read_text("utf-8"))
    own = ("standing", "sway", "balance", "landing", "hops", "springs")
    return [
        f"{name}.{key}"
        for name in own
        for key, value in sections[name].items()
        if not isinstance(value, list)
    ]


@pytest.mark.parametrize("value", [0.0, 1e-6, 1.0, 1e6])
def test_no_setting_breaks_an_analysis(value):
    for key in settable():
        for activity in ("stand", "hop"):
            document = analysed(truth_of(activity), seconds=8.0, parameters={key: value}).to_dict()
            assert set(document["balance"]) == {"filter", "spans", "repeated", "why"}, key


def test_a_drill_is_cut_into_its_times_of_standing():
    spans = analysed(truth_of("drill"), seconds=30.0).to_dict()["balance"]["spans"]
    assert [(span["kind"], span["side"]) for span in spans] == [
        ("both", None),
        ("single", "left"),
        ("single", "right"),
    ]
    for span, start in zip(spans, (0.0, 10.0, 20.0), strict=True):
        assert span["start_s"] == pytest.approx(start, abs=gait.BLEND_S + 0.05)
        assert span["end_s"] == pytest.approx(start + 10.0, abs=gait.BLEND_S + 0.05)


def test_what_cannot_be_said_has_its_reason():
    def why(**changes):
        section = analysed(truth_of("stand"), seconds=12.0, **changes).to_dict()["balance"]
        assert section["spans"] is None
        return section["why"]

    assert why(sides=(Side.LEFT,)) == "it needs both feet"
    assert why(mass_kg=None) == "body mass is not known"
    assert "carried 70 % of body weight" in why(mass_kg=100.0)
    assert why(rate_hz=20.0) == "sampling rate 20 Hz is below 25 Hz"
    runner = analysed(truth_of("run"), seconds=12.0).to_dict()["balance"]
    assert runner["why"] == "nobody stood for 3 s"


def test_a_loss_ends_a_time_of_standing_and_a_short_one_has_no_sway():
    document = analysed(truth_of("stand"), seconds=16.0, lost=np.arange(1000, 1030)).to_dict()
    first, second = document["balance"]["spans"]
    assert first["end_s"] == pytest.approx(10.0, abs=0.1)
    assert second["start_s"] == pytest.approx(10.3, abs=0.1)
    assert first["sway"]["left"] is not None
    assert second["sway"]["left"] is None
    assert "no steady window of 5 s" in second["why"]
    assert second["static_balance_index"]["value"] is None


def test_the_corners_of_the_virtual_foot_make_a_triangle():
    assert abs(np.linalg.det(np.vstack((CORNERS_MM.T, np.ones(3))))) > 1.0
