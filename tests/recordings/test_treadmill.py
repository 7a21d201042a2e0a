"""Runs on a belt: whose contact it is, when it begins and ends, and that nothing of it is lost."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import insole
from insole.api import open_recording
from insole.errors import DamagedFile, RequestError
from insole.model.gait import StepFlag
from insole_recordings.importers.belt import told_apart
from tests.recordings.motion_files import (
    TREADMILL,
    half_sines,
    motion_reference,
    needs_motion,
    rbds,
)
from tests.recordings.vendor_files import SHARED, any_change_is_read_or_refused, read, refused

SLOW = "RBDS001runT25forces.txt"
FAST = "RBDS002runT45forces.txt"
DRIFT = "RBDS001runT25_with_drift.csv"
ROWS = "alcantara_sub02_grf_bw_first16.csv"
RUNS = [pytest.param(SLOW, id="2.5 m/s"), pytest.param(FAST, id="4.5 m/s")]
G = 9.80665
TRIPOD = """
name = "tripod"
kind = "force"
quantity = "N"
unit = "N"
xy = [[0.6, 0.15], [0.16, 0.72], [0.86, 0.62]]
labels = ["HEEL", "M1", "M45"]
"""


def whole_steps(result) -> list[dict]:
    """Contacts that the recording's edges do not cut, in order."""
    return [step for step in result.steps if "incomplete" not in step["flags"]]


def analysed(name: str, threshold_n: float, **options):
    with insole.open(TREADMILL / name, **options) as trial:
        return trial.analyze(parameters={"events.rep_N": threshold_n})


# --- RBDS ---


@needs_motion
@pytest.mark.parametrize("name", RUNS)
def test_both_feet_together_are_the_vertical_force_of_the_file(name):
    truth = motion_reference(f"treadmill-running/{name}")
    feet = read(TREADMILL / name)
    belt = feet["left"][1].values[:, 0] + feet["right"][1].values[:, 0]
    assert not (feet["left"][1].values * feet["right"][1].values).any()
    assert len(belt) == truth["n_samples"]
    assert belt.sum() == pytest.approx(truth["Fy"]["sum"], rel=1e-9)
    assert (belt.max(), belt.argmax()) == (truth["Fy"]["max"], truth["Fy"]["argmax_0based"])
    assert belt.min() == truth["Fy"]["min"]
    for capability, samples in feet.values():
        assert capability.rate_hz == truth["rate_hz"]
        assert samples.tick_us[-1] == round(8999 / 300 * 1e6)


@needs_motion
@pytest.mark.parametrize("name", RUNS)
def test_contacts_begin_and_end_where_dryft_finds_them(name):
    truth = motion_reference(f"treadmill-running/{name}")["independent"]
    steps = whole_steps(analysed(name, 100.0))
    begin = np.array(truth["stance_begin_frames"])
    end = np.array(truth["stance_end_frames"])
    on = np.array([step["foot_strike_s"] for step in steps]) * 300
    off = np.array([step["toe_off_s"] for step in steps]) * 300
    nearest = np.abs(on[:, None] - begin).argmin(axis=1)
    assert len(set(nearest.tolist())) == len(steps)
    # It names the frame before a crossing; a contact within 0.1 s of the beginning has no swing
    # before it and is called incomplete here.
    missing = sorted(set(range(len(begin))) - set(nearest.tolist()))
    assert all(begin[index] < 30 for index in missing)
    for mine, frames in ((on, begin[nearest]), (off, end[nearest])):
        assert (mine - frames).min() > -1.0
        assert (mine - frames).max() < 2.0
    contact = np.mean(off - on) / 300
    assert contact == pytest.approx(truth["contact_time_mean_s"], abs=1 / 300)


@needs_motion
@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("threshold", [50, 100])
def test_contact_time_and_impulse_are_those_of_the_filtered_force(name, threshold):
    truth = motion_reference(f"treadmill-running/{name}")
    figures = truth["filtered_50Hz_4th_order_zero_lag"][f"at_{threshold}N"]
    steps = whole_steps(analysed(name, threshold))
    contact = np.mean([step["contact_s"] for step in steps])
    impulse = np.mean([step["impulse_N_s"] for step in steps])
    assert abs(len(steps) - figures["n_stances"]) <= 1
    assert contact == pytest.approx(figures["contact_time_s"]["mean"], abs=1 / 300)
    assert impulse == pytest.approx(figures["impulse_mean"], rel=0.003)


@needs_motion
@pytest.mark.parametrize(
    ("name", "split"),
    [(SLOW, "rbds001_25_tripod_300hz.csv"), (FAST, "rbds002_45_tripod_300hz.csv")],
    ids=["2.5 m/s", "4.5 m/s"],
)
def test_every_contact_is_the_same_foot_as_in_the_virtual_insole(name, split):
    stances = motion_reference(f"virtual-insole/{split}")["stances"]
    steps = whole_steps(analysed(name, 50.0))
    middle = np.array([0.5 * (one["on_s"] + one["off_s"]) for one in stances])
    for step in steps:
        at = 0.5 * (step["foot_strike_s"] + step["toe_off_s"])
        nearest = stances[int(np.abs(middle - at).argmin())]
        assert step["side"][0].upper() == nearest["side"]
        assert step["impulse_N_s"] == pytest.approx(nearest["impulse_Ns"], rel=0.01)


@needs_motion
def test_the_published_curves_of_both_legs_agree_at_four_and_a_half_metres_a_second():
    truth = motion_reference(f"treadmill-running/{FAST}")
    published = truth["independent"]["published_mean_curves"]
    mass = truth["subject_mass_kg"]
    with insole.open(TREADMILL / FAST) as trial:
        result = trial.analyze(mass_kg=mass)
        feet = {"R": trial.right, "L": trial.left}
    peak = {}
    for leg, foot in feet.items():
        table = result.right if leg == "R" else result.left
        good = table.valid
        starts, ends = table.value["foot_strike_s"][good], table.value["toe_off_s"][good]
        time = foot.pressure.time_s
        # Their curve is a mean over the cycle and filtered lower than ours: so is this one.
        curves = [
            np.interp(
                np.linspace(start, end, 101), time, np.convolve(foot.total_n, [1 / 9] * 9, "same")
            )
            for start, end in zip(starts, ends, strict=True)
        ]
        peak[leg] = np.mean(curves, axis=0).max() / mass
        assert peak[leg] == pytest.approx(published["peak_N_per_kg"][leg], rel=0.04)
        share = 100 * np.nanmean(table.value["duty_factor"][good])
        assert share == pytest.approx(published["contact_percent_of_cycle"][leg], abs=5)
    assert peak["R"] > peak["L"]


@needs_motion
@pytest.mark.parametrize("name", RUNS)
def test_mean_force_over_strides_is_body_weight_as_the_treadmill_reads_it(name):
    truth = motion_reference(f"treadmill-running/{name}")
    with insole.open(TREADMILL / name, mass=truth["subject_mass_kg"]) as trial:
        result = trial.analyze()
    carried = 1.0 / result.check.k_dyn
    measured = truth["Fy"]["mean"] / (truth["subject_mass_kg"] * G)
    assert 0.95 <= carried <= 1.03
    # Below the threshold and below zero a foot's force does not count: under 1 % here.
    assert carried == pytest.approx(measured, abs=0.01)


@needs_motion
@pytest.mark.parametrize("name", RUNS)
def test_the_first_foot_is_the_one_of_the_reference(name):
    truth = motion_reference(f"treadmill-running/{name}")
    at = truth["filtered_50Hz_4th_order_zero_lag"]["at_50N"]["first_3 (on,off s)"][0]
    feet = read(TREADMILL / name)
    middle = round(300 * sum(at) / 2)
    loaded = max(feet, key=lambda side: feet[side][1].values[middle, 0])
    assert loaded[0].upper() == truth["first_stance_side"]


@needs_motion
def test_a_drifting_belt_gives_the_contacts_of_its_undrifted_self():
    reference = motion_reference(f"treadmill-running/{DRIFT}")
    feet = read(TREADMILL / DRIFT, rate=300)
    raw = np.loadtxt(TREADMILL / DRIFT)
    assert len(raw) == reference["n_samples"]
    assert raw.sum() == pytest.approx(reference["sum"], rel=1e-9)
    both = np.column_stack([samples.values[:, 0] for _, samples in feet.values()])
    assert both.max() == reference["max"]
    assert (both == raw[:, None]).any(axis=1).all()
    with insole.open(TREADMILL / DRIFT, rate=300) as trial:
        result = trial.analyze(mass_kg=62.0, parameters={"events.rep_N": 25})
    truth = reference["independent"]["detrended_threshold_25N"]
    steps = whole_steps(result)
    assert len(steps) == truth["n"]
    on = np.array([step["foot_strike_s"] for step in steps]) * 300
    off = np.array([step["toe_off_s"] for step in steps]) * 300
    begin = on - truth["begin_frames"]
    contact = np.mean(off - on) / 300
    assert np.abs(begin).max() < 3
    assert contact == pytest.approx(truth["contact_time_mean_s"], abs=2 / 300)
    peak = np.mean([step["peak_force_N"] for step in steps])
    assert peak == pytest.approx(reference["undrifted_truth_peak_mean_N"], rel=0.02)


def test_a_column_without_a_rate_is_refused(tmp_path):
    path = tmp_path / "force.csv"
    force, _ = half_sines(3.0, 300.0)
    path.write_text("\n".join(f"{value:.2f}" for value in force))
    with pytest.raises(RequestError, match="--rate"):
        open_recording(path)
    left, right = (block.values[:, 0] for _, block in read(path, rate=300).values())
    assert np.array_equal(left + right, np.round(force, 2))


# --- rows in body weights ---


@needs_motion
@pytest.mark.parametrize("row", range(16))
def test_every_trial_of_the_rows_is_what_its_authors_say(row):
    trial_truth = motion_reference(f"treadmill-running/{ROWS}")["trials"][row]
    weight = 76.8 * G
    recording = open_recording(TREADMILL / ROWS, trial=row + 1)
    feet = {item.device: item for item in recording.decoded() if hasattr(item, "values")}
    force = feet["left"].values[:, 0] + feet["right"].values[:, 0]
    assert len(force) == 2480
    assert force.sum() / weight == pytest.approx(trial_truth["sum"], rel=1e-6)
    assert force.max() / weight == pytest.approx(trial_truth["max"], rel=1e-6)
    assert force.argmax() == trial_truth["argmax"]
    assert recording.start.mass_kg == 76.8
    assert recording.notes.speed_m_s == trial_truth["speed_m_s"]
    assert f"slope {trial_truth['slope_deg']:g} " in recording.notes.note
    with insole.open(TREADMILL / ROWS, trial=row + 1) as trial:
        result = trial.analyze()
    figures = trial_truth["at_0.05BW"]
    steps = whole_steps(result)
    assert 0 <= figures["n_stances"] - len(steps) <= 2  # those cut by the edges or next to them
    on = np.array([step["foot_strike_s"] for step in steps])
    off = np.array([step["toe_off_s"] for step in steps])
    for start, end in figures["first_3 (on,off s)"]:
        nearest = int(np.abs(on - start).argmin())
        if start < 0.15 and abs(on[nearest] - start) > 0.1:
            continue  # the end of another contact is less than a swing before it: incomplete
        assert on[nearest] == pytest.approx(start, abs=0.002)
        assert off[nearest] == pytest.approx(end, abs=0.002)
    mean_contact = np.mean([step["contact_s"] for step in steps])
    assert mean_contact == pytest.approx(figures["contact_time_s"]["mean"], abs=0.002)
    impulse = np.mean([step["impulse_N_s"] for step in steps]) / weight
    assert impulse == pytest.approx(figures["impulse_mean"], rel=0.01)
    # Impulse times step rate is one body weight, whatever the speed.
    assert 0.95 <= impulse * figures["step_rate_per_min"] / 60 <= 1.03


@needs_motion
def test_a_trial_that_is_not_there_is_refused():
    assert "conditions for 16" in refused(TREADMILL / ROWS, DamagedFile, trial=17)
    with pytest.raises(RequestError, match="trial"):
        open_recording(TREADMILL / ROWS, trial=0)


# --- the virtual insole: the same runs, split ---


@needs_motion
@pytest.mark.parametrize(
    "name",
    [
        "rbds001_25_tripod_300hz.csv",
        "rbds002_45_tripod_300hz.csv",
        "alcantara_250_tripod_500hz.csv",
        "alcantara_333_tripod_500hz.csv",
        "alcantara_417_tripod_500hz.csv",
    ],
)
def test_all_contacts_of_the_virtual_insole_come_back(tmp_path, name):
    truth = motion_reference(f"virtual-insole/{name}")
    weight = truth["independent"]["body_weight_N"]
    header, *rows = (SHARED / "virtual-insole" / name).read_text().splitlines()
    assert header.split(",")[1:7] == [
        f"{side}_{part}_N" for side in "LR" for part in ("heel", "met1", "met5")
    ]
    table = tmp_path / "run.csv"
    lines = [",".join(line.split(",")[:7]) for line in rows]
    table.write_text("\n".join(["t,L1,L2,L3,R1,R2,R3", *lines]) + "\n")
    (tmp_path / "run.layout.toml").write_text(TRIPOD)
    threshold = 50.0 if name.startswith("rbds") else 0.05 * weight
    with insole.open(table) as trial:
        result = trial.analyze(mass_kg=weight / 9.81, parameters={"events.rep_N": threshold})
    stances = truth["stances"]
    steps = whole_steps(result)
    on = np.array([one["on_s"] for one in stances])
    seen = set()
    rate = truth["rate_hz"]
    for step in steps:
        index = int(np.abs(on - step["foot_strike_s"]).argmin())
        one = stances[index]
        seen.add(index)
        assert step["side"][0].upper() == one["side"]
        assert step["foot_strike_s"] == pytest.approx(one["on_s"], abs=1 / rate)
        assert step["toe_off_s"] == pytest.approx(one["off_s"], abs=1 / rate)
        assert step["impulse_N_s"] == pytest.approx(one["impulse_Ns"], rel=0.002)
        assert step["peak_force_N"] == pytest.approx(one["peak_N"], rel=0.002)
        shares = [step["share_heel"], step["share_m1"], step["share_m45"]]
        assert shares == pytest.approx(one["share_heel_met1_met5 (of impulse)"], abs=0.005)
    assert all(one["on_s"] < 0.1 for index, one in enumerate(stances) if index not in seen)


# --- closed forms ---


def test_a_belt_gives_each_contact_to_the_side_it_lies_on(tmp_path):
    path = tmp_path / "run.txt"
    path.write_text(rbds())
    feet = read(path)
    _, number = half_sines(3.0, 300.0)
    loaded = half_sines(3.0, 300.0)[0] > 100.0
    right = feet["right"][1].values[:, 0] != 0.0
    assert np.array_equal(right[loaded], (number % 2 == 0)[loaded])


@settings(deadline=None, max_examples=50)
@given(
    rate=st.sampled_from([100.0, 250.0, 300.0, 500.0, 1000.0]),
    drift=st.floats(-100.0, 100.0),
    apart=st.sampled_from([-30.0, 20.0, 150.0]),
    start=st.integers(0, 200),
    seed=st.integers(0, 1000),
)
def test_nothing_is_lost_and_sides_hold_whatever_rate_drift_and_beginning(
    rate, drift, apart, start, seed
):
    force, number = half_sines(4.0, rate)
    rng = np.random.default_rng(seed)
    force = (force + rng.normal(0, 10, len(force)) + np.linspace(0, drift, len(force)))[start:]
    number = number[start:]
    across = np.where(number % 2 == 0, apart, 0.0) + rng.normal(0.0, 10.0, len(force))
    belt = told_apart(force, across, rate_hz=rate, where="run")
    assert np.array_equal(belt.left + belt.right, force)
    assert not (belt.left * belt.right).any()
    loaded = force > 400.0
    on_right = (number % 2 == 0) == (apart > 0.0)
    assert np.array_equal((belt.right != 0.0)[loaded], on_right[loaded])
    assert belt.apart == pytest.approx(abs(apart), abs=10.0)


def test_without_a_centre_of_pressure_the_first_contact_is_the_left_foot():
    force, number = half_sines(3.0, 300.0)
    belt = told_apart(force, None, rate_hz=300.0, where="run")
    assert belt.apart is None
    assert belt.contacts == number.max() + 1
    assert np.array_equal((belt.left > 0.0)[force > 400.0], (number % 2 == 0)[force > 400.0])


def test_after_a_pause_sides_are_told_anew():
    one, number = half_sines(3.0, 300.0)
    force = np.concatenate([one, np.zeros(300), one])
    lane = np.where(number % 2 == 0, 0.0, 40.0)
    across = np.concatenate([lane, np.zeros(300), 40.0 - lane])  # it goes on with the other foot
    belt = told_apart(force, across, rate_hz=300.0, where="run")
    loaded = force > 400.0
    assert np.array_equal((belt.right > 0.0)[loaded], (across > 20.0)[loaded])


@pytest.mark.parametrize("still", [0.0, 700.0])
def test_standing_on_a_belt_is_no_run(tmp_path, still):
    path = tmp_path / "run.txt"
    rows = [f"{k}\t0\t{still}\t0\t0\t0\t0\t0" for k in range(1, 900)]
    path.write_text("\n".join(["Time\tFx\tFy\tFz\tCOPx\tCOPy\tCOPz\tTy", *rows]))
    assert "cannot be told apart" in refused(path)


def test_walking_on_one_belt_is_refused(tmp_path):
    force, _ = half_sines(10.0, 300.0, contact_s=0.7, step_s=0.72, peak=800.0)
    rows = [f"{k}\t0\t{f}\t0\t0\t0\t0\t0" for k, f in enumerate(force, start=1)]
    path = tmp_path / "walk.txt"
    path.write_text("\n".join(["Time\tFx\tFy\tFz\tCOPx\tCOPy\tCOPz\tTy", *rows]))
    assert "cannot be told apart" in refused(path)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("\n5\t", "\n6\t", "a sample is missing"),
        ("\n5\t-1.5\t", "\n5\t-1.5\tnan", "no number"),
        ("COPz", "COPw", ""),
        ("\n5\t-1.5\t", "\n5\t-1.5\t9999999999", "beyond"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path, old, new, said):
    text = rbds()
    assert old in text
    path = tmp_path / "run.txt"
    path.write_text(text.replace(old, new, 1))
    assert said in refused(path)


def test_companions_that_do_not_fit_are_refused(tmp_path):
    force, _ = half_sines(3.0, 500.0, peak=2.2)
    row = ",".join(f"{value:.6e}" for value in force)
    rows = tmp_path / "grf.csv"
    said = tmp_path / "conditions.csv"
    rows.write_text(f"{row}\n{row}\n")
    said.write_text("Mass,Speed,Slope\n70,3,0\n70,4,-5\n")
    assert open_recording(rows, trial=2).notes.speed_m_s == 4.0
    for text, why in (
        ("Mass,Speed,Slope\n70,3,0\n", "more than 1 rows"),
        ("Mass,Speed,Slope\n70,3,0\n7,4,0\n", "mass or slope"),
        ("Mass,Speed\n70,3\n70,4\n", "Slope"),
        ("Mass,Speed,Slope\n70,3,x\n70,4,0\n", "could not convert"),
    ):
        said.write_text(text)
        with pytest.raises(DamagedFile, match=why):
            open_recording(rows)
    said.write_text("Mass,Speed,Slope\n70,3,0\n70,4,-5\n")
    rows.write_text(f"{row[:-3]}xyz\n{row}\n")
    with pytest.raises(DamagedFile):
        insole.open(rows)


def test_steps_of_a_made_run_have_its_contact_time(tmp_path):
    path = tmp_path / "run.txt"
    path.write_text(rbds(6.0, noise=0.0))
    with insole.open(path, mass=70) as trial:
        result = trial.analyze()
    threshold = 0.05 * 70 * G
    expected = 0.25 * (1 - 2 * np.arcsin(threshold / 1500.0) / np.pi)
    for steps in (result.left, result.right):
        whole = (steps.flags & StepFlag.INCOMPLETE) == 0
        assert whole.sum() >= 6
        assert steps.value["contact_s"][whole] == pytest.approx(expected, abs=0.001)


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    changes=st.lists(
        st.tuples(st.integers(0, 40_000), st.integers(0, 8), st.binary(max_size=8)), max_size=4
    ),
    length=st.integers(0, 40_000),
)
def test_any_change_is_read_or_refused(tmp_path, changes, length):
    any_change_is_read_or_refused(tmp_path / "any.txt", rbds(1.5).encode()[:length], changes)
