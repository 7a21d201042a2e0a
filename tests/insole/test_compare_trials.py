"""From recordings to trials: which steps count, and what the course of their force is."""

from dataclasses import replace

import numpy as np
import pytest

from insole.compare.chosen import BY_ID
from insole.compare.designs import design, merged, once
from insole.compare.trials import read, trials_of
from insole.model.foot import Side
from insole.model.gait import StepFlag
from tests.insole.compared_trials import USUAL, several, trial

G = 9.80665
BOTH = (Side.LEFT, Side.RIGHT)
MASS_KG = 70.0


def half_sines(path, *, contact_s=0.25, step_s=0.355, seconds=40.0, pause_s=0.0, rate_hz=200.0):
    """A run of half sines, both feet in newtons; after a pause it goes on."""
    time = np.arange(int((2 * seconds + pause_s if pause_s else seconds) * rate_hz)) / rate_hz
    force = np.zeros((2, len(time)))
    top = 0.5 * np.pi * step_s / contact_s * MASS_KG * G
    for begin in (0.0, seconds + pause_s) if pause_s else (0.0,):
        for number, at in enumerate(np.arange(begin + 0.7, begin + seconds - 0.7, step_s)):
            inside = (time >= at) & (time <= at + contact_s)
            force[number % 2, inside] = top * np.sin(np.pi * (time[inside] - at) / contact_s)
    rows = np.column_stack((time, *force))
    np.savetxt(path, rows, delimiter=",", fmt="%.4f", header="t,L1,R1", comments="")
    path.with_name(f"{path.stem}.layout.toml").write_text(
        'name = "total"\nkind = "force"\nquantity = "N"\nunit = "N"\nlength_mm = 265.0\n'
        "width_mm = 95.0\nxy = [[0.5, 0.5]]\n"
    )
    return path, top


def test_means_are_those_of_the_formula(tmp_path):
    path, top = half_sines(tmp_path / "run.csv")
    (one,) = read(path, options={"mass": MASS_KG})
    level = 0.05 * MASS_KG * G
    outside = 2.0 * 0.25 / np.pi * np.arcsin(level / top)  # below the level at both ends
    contact = one.mean(BY_ID["contact_s"], BOTH)
    assert contact == pytest.approx(0.25 - outside, abs=1e-3)
    assert one.mean(BY_ID["peak_force_N"], BOTH) == pytest.approx(top, rel=2e-3)
    assert one.mean(BY_ID["cadence_spm"], BOTH) == pytest.approx(60.0 / 0.355, rel=1e-3)
    assert one.conditions.level == "5 % of body weight"
    assert one.conditions.swing_share == pytest.approx(0.0, abs=1e-3)


def test_curves_are_half_sines_from_strike_to_off(tmp_path):
    path, top = half_sines(tmp_path / "run.csv")
    (one,) = read(path, options={"mass": MASS_KG})
    curve = one.curve(BOTH)
    from_edge = np.arcsin(0.05 * MASS_KG * G / top)
    angle = np.linspace(from_edge, np.pi - from_edge, 101)
    assert curve == pytest.approx(top / (MASS_KG * G) * np.sin(angle), abs=0.02)
    assert len(one.stride_curves(BOTH)) == len(one.pairs[0])


def test_the_first_and_last_five_seconds_do_not_count(tmp_path):
    path, _ = half_sines(tmp_path / "run.csv")
    (one,) = read(path, options={"mass": MASS_KG})
    strikes = np.concatenate([one.feet[side].value["foot_strike_s"] for side in BOTH])
    assert strikes.min() >= 5.0
    assert strikes.max() <= 40.0 - 5.0
    assert one.left_out["in the first or last 5 s"] > 20


def test_a_rest_of_a_minute_parts_two_trials_and_a_shorter_one_does_not(tmp_path):
    long, _ = half_sines(tmp_path / "long.csv", pause_s=70.0, rate_hz=100.0)
    short, _ = half_sines(tmp_path / "short.csv", pause_s=40.0, rate_hz=100.0)
    parts = read(long, options={"mass": MASS_KG})
    assert [one.name for one in parts] == ["long.csv, part 1", "long.csv, part 2"]
    assert parts[0].sha256 != parts[1].sha256
    assert len(read(short, options={"mass": MASS_KG})) == 1


@pytest.mark.parametrize(
    "flag", [StepFlag.GAP, StepFlag.LATE, StepFlag.T_COARSE, StepFlag.IMPLAUSIBLE]
)
def test_flagged_steps_do_not_count_and_are_counted_by_reason(tmp_path, flag):
    path, _ = half_sines(tmp_path / "run.csv")
    from insole.api import open as open_trial

    with open_trial(path, mass=MASS_KG) as opened:
        result = opened.analyze()
    flags = result.left.flags.copy()
    inner = np.flatnonzero(result.left.value["foot_strike_s"] > 10.0)[:3]
    flags[inner] |= np.uint32(flag)
    before = trials_of(result, signals={}, name="x", sha256="x")[0]
    after = trials_of(
        replace(result, left=replace(result.left, flags=flags)), signals={}, name="x", sha256="x"
    )[0]
    assert after.used == before.used - 3
    assert sum(after.left_out.values()) == sum(before.left_out.values()) + 3


def test_steps_of_another_cadence_than_the_median_do_not_count(tmp_path):
    path, _ = half_sines(tmp_path / "run.csv")
    from insole.api import open as open_trial

    with open_trial(path, mass=MASS_KG) as opened:
        result = opened.analyze()
    cadence = result.left.value["cadence_spm"].copy()
    cadence[20:25] *= 1.06
    cadence[25:30] *= 1.04
    left = replace(result.left, value={**result.left.value, "cadence_spm": cadence})
    (one,) = trials_of(replace(result, left=left), signals={}, name="x", sha256="x")
    assert one.left_out["cadence not steady"] == 5


def test_a_trial_of_few_steps_says_so():
    few = trial(1, steps=15)
    assert few.too_few == (
        "1.h5 has too few valid steps: 15 of the left foot, 15 of the right foot; 20 are needed"
    )
    assert trial(1, steps=20).too_few == ""


def test_units_are_the_highest_level_at_which_a_condition_holds():
    a, b = several(5), several(5, first=10)
    assert design(a, b).kind == "trials"
    other = several(5, first=20, day="2026-03-02")
    apart = design(a, other)
    assert apart.kind == "one_day_each"
    assert apart.codes == ("UNIT_DAY",)
    assert apart.describes
    days_a = [trial(1, day=f"2026-03-0{n}") for n in (1, 3, 5)]
    days_b = [trial(2, day=f"2026-03-0{n}") for n in (2, 4, 6)]
    assert design([*days_a, trial(9, day="2026-03-01")], days_b).kind == "days"
    assert len(design([*days_a, trial(9, day="2026-03-01")], days_b).a) == 3
    pairs = design(days_a, [trial(2, day=f"2026-03-0{n}") for n in (1, 3, 5, 7)])
    assert pairs.kind == "day_pairs"
    assert [unit.label for unit in pairs.a] == [unit.label for unit in pairs.b]
    assert list(pairs.dropped) == ["2.h5"]
    assert design(a[:1], b[:1]).kind == "recordings"
    assert design([trial(1, day="")], several(2, day="")).kind == "trials"


def test_recordings_that_follow_each_other_within_a_minute_are_one_trial():
    first = replace(trial(1), conditions=replace(USUAL, begin_s=0.0, worn_s=120.0))
    soon = replace(trial(2), conditions=replace(USUAL, begin_s=150.0, worn_s=120.0))
    later = replace(trial(3), conditions=replace(USUAL, begin_s=400.0, worn_s=120.0))
    answer, found = merged([later, first, soon])
    assert found
    assert sorted(one.used for one in answer) == [first.used, 2 * first.used]
    whole = next(one for one in answer if one.used == 2 * first.used)
    contact = BY_ID["contact_s"]
    means = [one.mean(contact, BOTH) for one in (first, soon)]
    assert whole.mean(contact, BOTH) == pytest.approx(np.mean(means))
    assert len(whole.series(contact, BOTH)) == len(first.pairs[0]) + len(soon.pairs[0])
    unlike = replace(soon, conditions=replace(soon.conditions, shoe="soft"))
    assert not merged([first, unlike])[1]


def test_the_same_content_counts_once():
    a = several(3)
    assert once([*a, *a[::-1]]) == once(a)


def test_rows_that_are_no_force_do_not_reach_the_curves():
    """One absurd sample in a swing would move the baseline of all curves."""
    from insole.compare.trials import _Signal

    time = np.arange(5.0)
    force = np.array([1.0, np.nan, 2.0, 1e30, 3.0])
    signal = _Signal.of([(time, force, np.zeros((5, 2)))])
    assert signal.time_s.tolist() == [0.0, 2.0, 4.0]
    assert signal.total_n.tolist() == [1.0, 2.0, 3.0]
