"""What cannot be known is flagged or not available, and the reason is said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from insole.analysis import Analysis
from insole.metrics import registry
from insole.model.foot import Side
from insole.model.trial import ClockPrior, StartState
from insole.trial import RunningTrial
from insole_drivers.virtual import spread
from tests.insole.whole_trials import LAYOUT, MASS_KG, analysed, part, samples, truth_of

UNCERTAIN = "force scale uncertain"


def felt(
    change=lambda _, raw: raw,
    *,
    activity: str = "run",
    mass_kg: float | None = MASS_KG,
    seconds: float = 14.0,
    sides: tuple[Side, ...] = tuple(Side),
) -> Analysis:
    """A trial whose raw values were changed on their way, signed where they fell below 0."""
    truth = truth_of(activity)
    trial = RunningTrial(
        StartState(mass_kg=mass_kg, clocks=tuple(ClockPrior(s.value, 0.0, 0.0) for s in Side))
    )
    for side in sides:
        trial.feed([spread.capability(truth, side, layout=LAYOUT, rate_hz=100.0, serial=side)])
        whole = samples(truth, side, rate_hz=100.0, seconds=seconds)
        raw = np.rint(change(side, whole.values.astype(float)))
        kind = np.int32 if raw.min() < 0 else np.uint16
        trial.feed([replace(whole, values=np.asfortranarray(np.clip(raw, -60000, 65535), kind))])
    trial.finish()
    return trial.analysis()


def spoken(result: Analysis, side: str = "left") -> list[str]:
    return [found["text"] for found in result.to_dict()["health"] if found["side"] == side]


def test_a_runner_without_mass_has_times_and_shares_and_no_body_weights():
    result = analysed(truth_of("run"), seconds=14.0, mass_kg=None)
    document, reasons = result.to_dict(), result.not_available()
    assert len(result.left) > 10
    assert document["summary"]["left"]["contact_s"]["n"] > 10
    for name in ("peak_force_BW", "po_eff_N_s", "effective_contact_s", "push_off_power_W_kg"):
        assert reasons[name] == "body mass is not known"
        assert name not in document["summary"]["left"]
    assert document["self_check"]["why"] == "body mass is not known"
    assert document["springs"]["why"] == "body mass is not known"
    assert document["balance"]["why"] == "body mass is not known"


def test_one_foot_only_has_no_number_that_needs_both():
    result = analysed(truth_of("run"), seconds=14.0, sides=(Side.LEFT,))
    document, reasons = result.to_dict(), result.not_available()
    assert document["sides"]["right"] is None
    for name in ("flight_s", "step_s", "po_rev_N_s", "left_load_share", "double_support_s"):
        assert reasons[name] == "it needs both feet"
        assert document["summary"]["left"][name]["n"] == 0
    assert document["summary"]["symmetry"] == {}
    assert document["self_check"]["why"] == "no steps of the right foot"
    assert document["balance"]["why"] == "it needs both feet"
    assert document["summary"]["left"]["contact_s"]["n"] > 10


def test_a_hop_inside_a_run_is_named_and_is_no_step_of_running():
    truth = truth_of("run")
    feet = {side: samples(truth, side, rate_hz=100.0, seconds=14.0) for side in Side}
    # Both feet feel what the left one felt in its eighth contact, after a flight of both.
    left = feet[Side.LEFT].values.astype(float)
    on = np.flatnonzero(left.sum(axis=1) > 0.1 * left.sum(axis=1).max())
    contacts = np.split(on, np.flatnonzero(np.diff(on) > 5) + 1)
    hop = slice(contacts[8][0] - 2, contacts[8][-1] + 3)

    def change(side: Side, raw):
        if side is Side.LEFT:
            raw[contacts[8][-1] + 3 : contacts[8][-1] + 25] = 0.0
            return raw
        raw[contacts[7][-1] : contacts[9][0] - 2] = 0.0
        raw[hop] = left[hop]
        return raw

    result = felt(change)
    steps = result.to_dict()["steps"]
    assert result.activity == "run"
    hops = [step for step in steps if step["activity"] == "hop"]
    assert {step["side"] for step in hops} == {"left", "right"}
    assert len(hops) == 2
    for step in hops:
        assert step["double_support_s"] is None
        assert step["po_rev_N_s"] is None
    assert result.to_dict()["hops"]["sets"] is None  # one hop is no set


def test_standing_on_one_leg_in_noise_says_how_much_of_the_sway_is_noise():
    random = np.random.default_rng(2)

    def noisy(_, raw):
        return np.maximum(raw + random.normal(0.0, 250.0, raw.shape), 0.0)  # 5 kPa a sensor

    quiet = felt(activity="single", seconds=20.0).to_dict()["balance"]
    loud = felt(noisy, activity="single", seconds=20.0).to_dict()["balance"]
    calm, heard = (
        next(
            span["sway"][span["side"]]
            for span in found["spans"] or []
            if span["side"] and span["sway"][span["side"]]
        )
        for found in (quiet, loud)
    )
    speed, noise = heard["sway_mvelo_mm_s"], heard["sway_noise_mm_s"]
    assert noise["value"] > 3 * calm["sway_noise_mm_s"]["value"]
    assert noise["value"] > 0.2 * speed["value"]
    # The doubt says that noise is part of the speed: the quiet speed lies inside.
    assert abs(speed["value"] - calm["sway_mvelo_mm_s"]["value"]) < 2.0 * speed["u"]


def test_an_insole_that_dies_in_a_step_leaves_an_incomplete_one_and_lost_samples():
    truth = truth_of("run")
    trial = RunningTrial(
        StartState(mass_kg=MASS_KG, clocks=tuple(ClockPrior(s.value, 0.0, 0.0) for s in Side))
    )
    whole = {side: samples(truth, side, rate_hz=100.0, seconds=14.0) for side in Side}
    total = whole[Side.RIGHT].values.sum(axis=1)
    dies = 700 + int(np.argmax(total[700:800]))  # at a peak
    whole[Side.RIGHT] = part(whole[Side.RIGHT], 0, dies)
    for side in Side:
        trial.feed([spread.capability(truth, side, layout=LAYOUT, rate_hz=100.0, serial=side)])
        trial.feed([whole[side]])
    trial.finish()
    document = trial.analysis().to_dict()
    last = [step for step in document["steps"] if step["side"] == "right"][-1]
    assert not last["valid"]
    assert "incomplete" in last["flags"]
    assert last["stride_s"] is None
    assert last["flight_s"] is None
    right = document["sides"]["right"]
    assert right["coverage"] == pytest.approx(dies / 1400, abs=0.01)
    assert right["largest_gap_s"] == pytest.approx(14.0 - dies / 100.0, abs=0.05)


def test_a_foot_that_never_unloads_has_no_valid_step_and_is_named():
    def loaded(side, raw):
        return np.maximum(raw, 0.5 * raw.max(axis=0)) if side is Side.LEFT else raw

    result = felt(loaded)
    assert not result.left.valid.any()
    assert {"incomplete", "implausible"} <= {f for s in result.steps for f in s["flags"]}
    assert any("stays loaded in the air" in text for text in spoken(result))
    assert "left foot" in result.check.why
    assert result.check.verdict == "n/a"
    assert result.to_dict()["summary"]["left"]["contact_s"]["n"] == 0


def test_sensors_in_the_wrong_order_are_named_by_a_foot_that_rolls_backwards():
    def reverse(side, raw):
        return raw[:, ::-1] if side is Side.LEFT else raw

    result = felt(reverse)
    assert any("check the order of its sensors" in text for text in spoken(result))
    assert not spoken(result, "right")


def test_insoles_in_the_other_shoe_are_refused_when_both_say_the_same_side():
    trial = RunningTrial(StartState(mass_kg=MASS_KG))
    truth = truth_of("run")
    for device in ("one", "two"):
        told = spread.capability(truth, Side.LEFT, layout=LAYOUT, rate_hz=100.0, serial=device)
        trial.feed([replace(told, device=device)])
    assert "swap one of them" in trial.pair.refused["two"]


def test_pressures_below_zero_count_as_zero_and_are_named():
    def lower(side, raw):
        return raw - 1000.0 if side is Side.LEFT else raw  # 18 kPa

    result = felt(lower)
    assert any("below zero" in text and "zero this insole" in text for text in spoken(result))
    assert not any("below zero" in text for text in spoken(result, "right"))
    assert np.nanmin(result.left.value["fti_toes_N_s"]) >= 0.0
    assert np.nanmin(result.left.value["peak_pressure_heel_kPa"]) >= 0.0


def test_noise_about_zero_is_not_below_it():
    random = np.random.default_rng(5)
    result = felt(lambda _, raw: raw + random.normal(0.0, 25.0, raw.shape))  # 0.5 kPa
    assert not any("below zero" in text for text in spoken(result))


def changed_rate(cuts: int = 1) -> Analysis:
    """The left insole goes from 100 to 200 Hz after 7 s; the right one stays."""
    truth = truth_of("run")
    trial = RunningTrial(
        StartState(mass_kg=MASS_KG, clocks=tuple(ClockPrior(s.value, 0.0, 0.0) for s in Side))
    )
    for side in Side:
        trial.feed([spread.capability(truth, side, layout=LAYOUT, rate_hz=100.0, serial=side)])
    slow = samples(truth, Side.LEFT, rate_hz=100.0, seconds=7.0)
    fast = part(samples(truth, Side.LEFT, rate_hz=200.0, seconds=14.0), 1400, 2800)
    fast = replace(fast, sequence=np.arange(700, 2100))
    for index in range(cuts):
        trial.feed([part(slow, 700 * index // cuts, 700 * (index + 1) // cuts)])
    trial.feed(
        [spread.capability(truth, Side.LEFT, layout=LAYOUT, rate_hz=200.0, serial=Side.LEFT)]
    )
    for index in range(cuts):
        trial.feed([part(fast, 1400 * index // cuts, 1400 * (index + 1) // cuts)])
    trial.feed([samples(truth, Side.RIGHT, rate_hz=100.0, seconds=14.0)])
    trial.finish()
    return trial.analysis()


def test_a_rate_that_changes_is_said_and_what_was_before_is_kept():
    result = changed_rate()
    document = result.to_dict()
    (change,) = document["changes"]
    assert change["side"] == "left"
    assert "rate 100 Hz to 200 Hz" in change["text"]
    assert change["after_s"] == pytest.approx(7.0, abs=0.1)
    steady = analysed(truth_of("run"), seconds=14.0)
    assert abs(len(result.left) - len(steady.left)) <= 1
    contacts = document["summary"]["left"]["contact_s"]["n"]
    assert document["gait_line"]["left"]["n"] >= contacts - 1
    assert document["sides"]["left"]["lost"] == 0
    cut = [s for s in document["steps"] if s["side"] == "left" and "incomplete" in s["flags"]]
    assert all(not step["valid"] for step in cut)


def test_a_rate_that_changes_gives_the_same_bits_however_the_stream_is_cut():
    assert changed_rate().result_sha256 == changed_rate(cuts=7).result_sha256


def test_standing_goes_on_over_a_change_of_rate():
    truth = truth_of("stand")
    trial = RunningTrial(
        StartState(mass_kg=MASS_KG, clocks=tuple(ClockPrior(s.value, 0.0, 0.0) for s in Side))
    )
    for rate, begin, end in ((100.0, 0.0, 12.0), (200.0, 12.0, 24.0)):
        for side in Side:
            told = spread.capability(truth, side, layout=LAYOUT, rate_hz=rate, serial=side)
            whole = samples(truth, side, rate_hz=rate, seconds=end)
            piece = part(whole, int(begin * rate), int(end * rate))
            first = 0 if begin == 0.0 else 1200
            trial.feed(
                [told, replace(piece, sequence=np.arange(first, first + len(piece.sequence)))]
            )
    trial.finish()
    spans = trial.analysis().to_dict()["balance"]["spans"]
    assert sum(span["hold_s"] for span in spans) > 22.0


@pytest.mark.parametrize("times", [2.4, 4.0, 10.0])
def test_a_mass_that_is_far_too_high_is_said_by_the_self_check(times):
    result = felt(lambda _, raw: raw / times)
    assert result.check.verdict == UNCERTAIN
    assert "body weight" in result.check.why
    reasons = result.not_available()
    assert {reasons[name] for name in registry.IN_NEWTONS if name in reasons} >= {
        "force scale uncertain: see self_check; shares and times hold"
    }
    assert "impulse_N_s" not in (result.to_dict()["summary"]["left"] or {})


def test_sitting_and_tapping_is_not_taken_for_a_wrong_mass():
    time = np.arange(1400) / 100.0
    press = 0.15 + 0.1 * (np.sin(2 * np.pi * 0.8 * time) > 0)

    def taps(_, raw):
        return np.outer(press, np.full(raw.shape[1], 1500.0))

    assert felt(taps).check.verdict == "n/a"


def test_a_mass_that_no_person_has_is_refused():
    from insole.api import checked_mass
    from insole.errors import RequestError

    with pytest.raises(RequestError, match="between 20 and 300"):
        checked_mass(700.0)


def test_what_no_step_has_for_want_of_sensors_says_which_were_left_out():
    """Both sensors of the first ball never change: they are loaded in the air, so no step before
    they were left out is whole, and none after it has a tripod."""
    ball = [index for index, label in enumerate(LAYOUT.labels) if label == "M1"]

    def stuck(side, raw):
        if side is Side.LEFT:
            raw[:, ball] = 2000.0
        return raw

    result = felt(stuck, seconds=30.0)
    reasons, left = result.not_available(), result.to_dict()["summary"]["left"]
    assert left["contact_s"]["n"] > 10
    assert left["tripod_heel"]["mean"] is None
    for name in ("tripod_heel", "share_m1", "quadripod_first_ball", "peak_pressure_m1_kPa"):
        assert reasons[name].startswith("left out of the left foot: ")
        assert all(f"sensor {index + 1} (" in reasons[name] for index in ball)
    assert "share_heel" not in reasons
    assert "tripod_heel" not in felt(seconds=14.0).not_available()
