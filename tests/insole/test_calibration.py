"""Curves, order of operations, procedures and history (science.md, sections 2.1 to 2.5)."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insole import layouts
from insole.cli import main
from insole.errors import CalibrationError, JournalBusy
from insole.model.calibration import Calibration, Curve, Curves, in_force
from insole.parameters import Parameters
from insole.signal import procedures
from insole.signal.calibrate import LoadStage
from insole.signal.curves import CurveSet
from insole_recordings import journal
from insole_recordings.additions import ADDITIONS, additions_of
from tests.insole.foot_pressures import MASS_KG, G, frames, stance, told

P = Parameters()
BW = MASS_KG * G


def curves(*made: Curve, quantity="kPa") -> Curves:
    return Curves(quantity, tuple(made), "2026-01-01")


# --- curves ---


def test_a_table_is_straight_between_points_and_goes_on_beyond_them():
    table = CurveSet(curves(Curve("table", (100, 0, 200, 50, 400, 250))), sensors=1)
    got = table.apply(np.array([[50], [100], [150], [300], [500]]))
    assert got[:, 0] == pytest.approx([-25.0, 0.0, 25.0, 150.0, 350.0])


def test_power_law_and_conductance_follow_their_formulas():
    made = curves(Curve("power", (0.5, 2.0, 10.0)), Curve("conductance", (30.0, 1024.0, 0.25)))
    got = CurveSet(made, sensors=2).apply(np.array([[4, 512], [14, 768], [20, 1024]], np.uint16))
    assert got[:, 0] == pytest.approx([0.0, 8.0, 50.0])
    assert got[:2, 1] == pytest.approx([30.0 * 0.75, 30.0 * 2.75])
    assert np.isfinite(got[2, 1])  # full scale is a large number, not infinity


@pytest.mark.parametrize(
    ("curve", "says"),
    [
        (Curve("table", (0, 0, 100, 50, 200, 40)), "not monotone"),
        (Curve("table", (0, 5, 100, 5)), "not monotone"),
        (Curve("table", (0, 0, 0, 5)), "not in order"),
        (Curve("table", (0, 0)), "too few points"),
        (Curve("table", (0, 0, 1)), "too few points"),
        (Curve("table", (0, 0, 1, float("nan"))), "no number"),
        (Curve("power", (-1.0, 1.0, 0.0)), "not monotone"),
        (Curve("power", (1.0, 1.0)), "incomplete"),
        (Curve("conductance", (1.0, 0.0, 0.0)), "not monotone"),
    ],
)
def test_a_curve_that_gives_one_value_two_loads_is_refused(curve, says):
    with pytest.raises(CalibrationError, match=says):
        LoadStage(told(layouts.load("generic16")), curves=curves(curve))


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_codes_of_a_device_and_the_same_as_any_numbers_have_the_same_values(kind):
    made = curves(
        Curve("table", (10, 0, 40, 5, 200, 30)),
        Curve("power", (0.5, 1.3, 3.0)),
        Curve("conductance", (20.0, 4096.0, 0.01)),
    )
    stage = CurveSet(made, sensors=3, scale=0.5, offset=2.0)
    random = np.random.default_rng(3)
    for largest in (9, 255, 255, 1, int(np.iinfo(kind).max)):
        codes = random.integers(0, largest, (60, 3), endpoint=True).astype(kind)
        assert stage.apply(codes).tobytes() == stage.apply(codes.astype(np.int32)).tobytes()


def test_curves_must_be_one_or_as_many_as_sensors():
    with pytest.raises(CalibrationError, match="2 curves for 16"):
        CurveSet(curves(*[Curve("table", (0, 0, 1, 1))] * 2), sensors=16)


@given(st.lists(st.integers(1, 499), max_size=20))
def test_grouping_changes_no_bit_of_curved_values(cuts):
    made = [Curve("power", (0.3, 1.37, 5.0)), Curve("table", (0, 0, 900, 70, 4095, 1000))]
    stage = CurveSet(curves(*made, Curve("conductance", (20.0, 4096.0, 0.01))), sensors=3)
    values = np.random.default_rng(2).integers(0, 4096, (500, 3)).astype(np.uint16)
    whole = stage.apply(values)
    parts = [stage.apply(part) for part in np.split(values, sorted(cuts))]
    assert np.concatenate(parts).tobytes() == np.ascontiguousarray(whole).tobytes()


def test_counts_become_newtons_by_curve_zero_clamp_sensor_gain_area_and_foot_gain():
    layout = layouts.load("generic16")
    stage = LoadStage(
        told(layout, quantity="counts", scale=1.0),
        curves=curves(Curve("table", (0, 0, 1000, 500))),
        zero=(20.0,) * 16,
        sensor_gain=(1.0,) * 8 + (2.0,) * 8,
        gain=1.1,
    )
    assert stage.is_force
    values = np.full((1, 16), 400, np.uint16)
    values[0, 3] = 10  # 5 kPa, below its zero of 20
    area = layout.area_cm2
    kpa = np.full(16, 180.0)
    kpa[3] = 0.0
    by_hand = 1.1 * 0.1 * (kpa * area * np.repeat([1.0, 2.0], 8)).sum()
    assert stage.push(frames(values)).total_n[0] == pytest.approx(by_hand)


def test_without_clamp_the_swing_keeps_its_mean():
    layout = layouts.load("generic16")
    noise = np.random.default_rng(5).normal(0.0, 30.0, (4000, 16))  # 3 kPa
    values = np.rint(200 + noise).astype(np.int16)
    stage = LoadStage(told(layout), zero=(20.0,) * 16)
    pushed = frames(values)
    lifted = 0.1 * layout.area_cm2.sum() * 3.0 / np.sqrt(2.0 * np.pi)  # mean of max(noise, 0)
    assert stage.push(pushed).total_n.mean() == pytest.approx(lifted, rel=0.02)
    free = stage.unclamped(pushed, values, zero=stage.zero)
    noise_n = 0.1 * 3.0 * np.sqrt((layout.area_cm2**2).sum())
    assert abs(free.mean()) < 4.0 * noise_n / np.sqrt(4000)
    assert stage.noise_n(3.0) == pytest.approx(noise_n)
    assert free.std() == pytest.approx(noise_n, rel=0.05)


# --- history ---


def test_later_entries_win_and_curves_begin_anew():
    first = Calibration("L", "tare", zero=(1.0,), serial="A")
    gain = Calibration("L", "static", gain=1.2)
    other = Calibration("elsewhere", "static", gain=1.3, serial="A")
    stranger = Calibration("R", "static", gain=9.0)
    fresh = Calibration("L", "curve", curves=curves(Curve("power", (1, 1, 0))))
    now = in_force([first, gain, stranger], device="L", serial="A")
    assert (now.zero, now.gain, now.static) == ((1.0,), 1.2, 1.2)
    assert in_force([first, gain, other], device="L", serial="A").gain == 1.3
    now = in_force([first, gain, fresh], device="L")
    assert (now.zero, now.gain, now.static) == (None, 1.0, None)


def test_additions_are_appended_read_back_and_survive_damage(tmp_path):
    file = tmp_path / "run.csv"
    one = Calibration(
        "left", "curve", "2026", "S", curves(Curve("table", (0, 0, 1, 1))), (1.0, 2.0), (1.0, 1.0),
        1.05, 0.01, ((0.0, 1.0), (60.0, 0.95)), ("a.csv",), ("in the shoe",),
        (0.02, 0.9),
    )  # fmt: skip
    two = replace(one, method="static", curves=None, zero=None, sensor_gain=None)
    assert ADDITIONS.calibrations(file) == ()
    ADDITIONS.add(file, [one])
    before = additions_of(file).read_bytes()
    ADDITIONS.add(file, [two])
    whole = additions_of(file).read_bytes()
    assert whole.startswith(before)
    assert ADDITIONS.calibrations(file) == (one, two)
    additions_of(file).write_bytes(whole[:-3])
    assert ADDITIONS.calibrations(file) == (one,)
    ADDITIONS.add(file, [two])
    assert ADDITIONS.calibrations(file) == (one, two)
    with additions_of(file).open("r+b") as held:
        assert journal.lock(held.fileno())
        with pytest.raises(JournalBusy):
            ADDITIONS.add(file, [two])


# --- procedures ---


def rest(seconds: float, *, noise_kpa: float = 0.3, slope: float = 0.0, seed: int = 1):
    time = np.arange(0.0, seconds, 0.01)
    zero = np.linspace(1.0, 16.0, 16)
    values = zero + np.random.default_rng(seed).normal(0.0, noise_kpa, (len(time), 16))
    total = 10.0 * (values - zero).sum(axis=1) / 16 + slope * time
    return time, values, total, zero


def test_a_tare_is_the_median_and_is_refused_when_sensors_do_not_rest():
    time, values, total, zero = rest(6.0)
    one = np.ones(16)
    got = procedures.tare(time, values, total, kpa_per_unit=one, parameters=P)
    assert got.zero == pytest.approx(zero, abs=0.15)
    with pytest.raises(CalibrationError, match="kPa while it should rest"):
        procedures.tare(time, rest(6.0, noise_kpa=6.0)[1], total, kpa_per_unit=one, parameters=P)
    with pytest.raises(CalibrationError, match="N/s"):
        procedures.tare(time, values, total + 8.0 * time, kpa_per_unit=one, parameters=P)
    with pytest.raises(CalibrationError, match="too short"):
        procedures.tare(time[:100], values[:100], total[:100], kpa_per_unit=one, parameters=P)


def test_what_is_accepted_can_be_set():
    time, values, total, _ = rest(6.0, noise_kpa=6.0)
    loose = Parameters({"tare.mad_kpa": 9.0, "gain.accept_rel": 0.2, "gain.single_leg_s": 2.5})
    procedures.tare(time, values, total, kpa_per_unit=np.ones(16), parameters=loose)
    stands = [stand(1.0, seconds=4.0), stand(1.1, seconds=4.0)]
    assert procedures.static_gain(stands, bw_n=BW, foot="left", parameters=loose).note == ""


def stand(scale: float, *, seconds: float = 8.0, sway_n: float = 10.0):
    """One foot lifted after 2 s: (s, own, other)."""
    time = np.arange(0.0, seconds + 4.0, 1.0 / procedures.GRID_HZ)
    alone = (time > 2.0) & (time < seconds + 2.0)
    own = np.where(alone, BW, 0.5 * BW) / scale + sway_n * np.sin(2.0 * np.pi * time)
    return time, own, np.where(alone, 0.0, 0.5 * BW)


def test_static_gain_is_body_weight_over_force_and_needs_two_stands_that_agree():
    got = procedures.static_gain([stand(1.12), stand(1.10)], bw_n=BW, foot="left", parameters=P)
    assert got.gain == pytest.approx(1.11, rel=0.002)
    assert len(got.repeats) == 2
    assert got.note == ""
    assert (
        "one stand" in procedures.static_gain([stand(1.1)], bw_n=BW, foot="left", parameters=P).note
    )
    apart = procedures.static_gain([stand(1.0), stand(1.1)], bw_n=BW, foot="left", parameters=P)
    assert "differ by 10 %" in apart.note
    with pytest.raises(CalibrationError, match="no stand on the left foot"):
        procedures.static_gain([stand(1.1, seconds=3.0)], bw_n=BW, foot="left", parameters=P)


def test_creep_is_undone_by_standing_checks():
    """17 % in three hours, checked every half hour (science.md, 2.5)."""
    time = np.arange(0.0, 3 * 3600.0 + 30.0, 1.0 / procedures.GRID_HZ)
    rise = 1.0 + 0.17 * time / (3 * 3600.0)
    standing = np.mod(time, 1800.0) < 20.0
    half = 0.5 * BW * rise * np.where(standing, 1.0, np.abs(np.sin(2 * np.pi * time / 1.1)))
    factors = procedures.creep(procedures.standing_checks(time, half, half, bw_n=BW))
    assert len(factors) == 7
    times = np.array([at for at, _ in factors])
    expected = (1.0 + 0.17 * times[0] / 10800.0) / (1.0 + 0.17 * times / 10800.0)
    assert [value for _, value in factors] == pytest.approx(expected, rel=0.002)
    layout = layouts.load("generic16")
    stage = LoadStage(told(layout), standing=((0.0, 1.0), (10.0, 0.5)))
    whole = LoadStage(told(layout)).push(frames(np.full((1501, 16), 1000, np.uint16))).total_n[0]
    got = stage.push(frames(np.full((1501, 16), 1000, np.uint16))).total_n
    assert got[[0, 500, 1000, 1500]] / whole == pytest.approx([1.0, 0.75, 0.5, 0.5])


# --- biases that sensors add (G10): what users are told is what the mathematics says ---


def test_a_hysteresis_loop_adds_to_impulse_and_to_the_share_of_the_second_half():
    """A symmetric half-sine whose unloading branch lies higher by a loop of 5, 7.67 and 15 %."""
    t = np.linspace(0.0, 1.0, 20_001)
    load = np.sin(np.pi * t)
    for loop, share, more in ((0.05, 0.510, 0.020), (0.0767, 0.515, 0.031), (0.15, 0.529, 0.061)):
        width = 4.0 * loop * load * (1.0 - load)  # of full scale, widest at half load
        measured = load + np.where(t > 0.5, width, 0.0)
        whole = np.trapezoid(measured, t)
        assert np.trapezoid(np.where(t > 0.5, measured, 0.0), t) / whole == pytest.approx(
            share, abs=0.0025
        )
        assert whole / np.trapezoid(load, t) - 1.0 == pytest.approx(more, rel=0.08)


@pytest.mark.parametrize(
    ("lag_ms", "longer_ms", "lower"), [(5, 4, 0.002), (10, 15, 0.008), (20, 44, 0.03)]
)
def test_a_sensor_with_lag_lengthens_contact_lowers_the_peak_and_keeps_the_impulse(
    lag_ms, longer_ms, lower
):
    step, contact, tau = 1e-5, 0.25, lag_ms * 1e-3
    t = np.arange(0.0, 0.6, step)
    load = np.where(t < contact, np.sin(np.pi * np.minimum(t, contact) / contact), 0.0)
    w = np.pi / contact
    inside = (np.sin(w * t) - w * tau * np.cos(w * t) + w * tau * np.exp(-t / tau)) / (
        1.0 + (w * tau) ** 2
    )
    at_end = np.interp(contact, t, inside)
    felt = np.where(t < contact, inside, at_end * np.exp(-np.maximum(t - contact, 0.0) / tau))
    longer = ((felt > 0.02).sum() - (load > 0.02).sum()) * step
    assert longer * 1e3 == pytest.approx(longer_ms, abs=1.0)
    assert 1.0 - felt.max() == pytest.approx(lower, abs=0.002)
    assert felt.sum() / load.sum() == pytest.approx(1.0, abs=0.003)


# --- the command ---


def written(path, left, right, *, layout="generic16"):
    """A table of pressures in kPa of both feet."""
    names = [f"{side}{index + 1}" for side in "LR" for index in range(16)]
    time = np.arange(len(left)) / 100.0
    table = np.column_stack((time, left, right))
    np.savetxt(path, table, "%.3f", ",", header=",".join(["t", *names]), comments="")
    del layout
    return path


def even(force_n, *, scale, zero):
    """(n, 16) kPa that this force gives on sensors that read 1 / scale of it, above their zero."""
    area = layouts.load("generic16").area_cm2
    return np.outer(force_n / scale, np.ones(16)) / (0.1 * area.sum()) + zero


@pytest.fixture
def recordings(tmp_path, monkeypatch):
    """A lifted foot, a stand on each foot, a run; left reads 25 % low, right 20 %; zero 1 kPa."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("INSOLE_HOME", str(tmp_path / "home"))
    scale = {"left": 1.25, "right": 1.20}

    def write(name, left_n, right_n):
        written(
            tmp_path / name,
            even(left_n, scale=scale["left"], zero=1.0),
            even(right_n, scale=scale["right"], zero=1.0),
        )

    still = np.zeros(500)
    write("lifted.csv", still, still)
    long = np.full(1500, BW)
    long[700:800] = 0.3 * BW
    write("left.csv", long, BW - long)
    write("right.csv", BW - long, long)
    time = np.arange(3000) / 100.0
    peak = np.pi / 2 * 0.7 / (2 * 0.25) * BW  # G1: both feet together carry body weight
    write("run.csv", peak * stance(time), peak * stance(time - 0.35))
    return scale


def test_calibrate_gives_the_scale_back_and_the_self_check_agrees(recordings, capsys):
    table = ["--quantity", "kPa", "--layout", "generic16", "--mass", "70"]
    assert main(["analyze", "run.csv", "--json", *table]) == 0
    first = json.loads(capsys.readouterr().out)
    assert first["self_check"]["verdict"] == "force scale uncertain"
    assert "force scale" in first["not_available"]["po50_N_s"]
    assert "impulse_N_s" not in first["summary"]["left"]
    assert first["summary"]["left"]["contact_s"]["n"] > 10
    assert first["self_check"]["k_static"] == {"left": None, "right": None}
    words = ["calibrate", "run.csv", "--tare-from", "lifted.csv", "--static-left", "left.csv"]
    assert main([*words, "--static-right", "right.csv", "--json", *table]) == 0
    made = json.loads(capsys.readouterr().out)
    gains = {entry["device"]: entry["gain"] for entry in made["calibrations"] if entry["gain"]}
    assert gains == pytest.approx(recordings, rel=0.003)
    assert made["files"][0]["after"]["verdict"] == "ok"
    assert made["files"][0]["after"]["k_dyn"] == pytest.approx(1.0, abs=0.01)
    assert made["files"][0]["before"]["result_sha256"] == first["provenance"]["result_sha256"]
    assert main(["analyze", "run.csv", "--json", *table]) == 0
    second = json.loads(capsys.readouterr().out)
    assert second["self_check"]["verdict"] == "ok"
    assert second["self_check"]["k_static"] == pytest.approx(recordings, rel=0.003)
    assert second["summary"]["left"]["impulse_N_s"]["mean"] == pytest.approx(0.35 * BW, rel=0.01)
    assert second["provenance"]["calibration_sha256"] != first["provenance"]["calibration_sha256"]
    assert main(["calibrate", "run.csv", "--static-left", "left.csv", *table]) == 0
    assert "gain" in capsys.readouterr().out
    assert len(ADDITIONS.calibrations(Path("run.csv"))) == 5


def test_calibrating_from_nothing_or_from_what_is_no_stand_says_what_to_record(recordings, capsys):
    del recordings
    table = ["--quantity", "kPa", "--layout", "generic16", "--mass", "70"]
    assert main(["calibrate", "run.csv", *table]) == 2
    assert "--tare-from" in capsys.readouterr().err
    assert main(["calibrate", "run.csv", "--static-left", "run.csv", *table]) == 2
    assert "no stand on the left foot" in capsys.readouterr().err
    assert main(["calibrate", "run.csv", "--tare-from", "none.csv", *table]) == 2
    assert "no such file" in capsys.readouterr().err


def test_a_zero_of_a_foot_that_somebody_stood_on_is_refused(recordings, capsys):
    """Standing still rests as a lifted foot does: a zero of it would take body weight away."""
    table = ["--quantity", "kPa", "--layout", "generic16", "--mass", "70"]
    still = np.full(500, 0.5 * BW)
    written(
        Path("still.csv"),
        even(still, scale=recordings["left"], zero=1.0),
        even(still, scale=recordings["right"], zero=1.0),
    )
    assert main(["calibrate", "run.csv", "--tare-from", "still.csv", *table]) == 2
    said = capsys.readouterr().err
    assert "was never lifted" in said
    assert not Path("run.csv.additions").exists()
    sitting = np.zeros(500)
    written(Path("laced.csv"), *(even(sitting, scale=1.0, zero=8.0) for _ in range(2)))
    assert main(["calibrate", "run.csv", "--tare-from", "laced.csv", *table]) == 0


def test_calibrating_one_after_another_gives_what_calibrating_at_once_gives(recordings, capsys):
    """A stand is weighed with the zero in force, a zero read through the curves in force."""
    del recordings
    Path("curve.toml").write_text(
        'quantity = "kPa"\n[[curve]]\nkind = "table"\nnumbers = [0, 0, 100, 90, 500, 500]\n'
    )
    Path("again.csv").write_bytes(Path("run.csv").read_bytes())
    table = ["--quantity", "counts", "--layout", "generic16", "--mass", "70", "--json"]
    static = ["--static-left", "left.csv", "--static-right", "right.csv"]
    for words in (["--curves", "curve.toml"], ["--tare-from", "lifted.csv"], static, static):
        assert main(["calibrate", "run.csv", *words, *table]) == 0
        one = json.loads(capsys.readouterr().out)
    words = ["--curves", "curve.toml", "--tare-from", "lifted.csv", *static]
    assert main(["calibrate", "again.csv", *words, *table]) == 0
    two = json.loads(capsys.readouterr().out)
    found = [
        {entry["device"]: entry["gain"] for entry in made["calibrations"] if entry["gain"]}
        for made in (one, two)
    ]
    assert found[0] == pytest.approx(found[1], rel=1e-9)
    assert one["files"][0]["after"]["k_dyn"] == pytest.approx(
        two["files"][0]["after"]["k_dyn"], rel=1e-9
    )


def test_creep_needs_two_checks_and_says_so(recordings, capsys):
    del recordings
    table = ["--quantity", "kPa", "--layout", "generic16", "--mass", "70"]
    assert main(["calibrate", "run.csv", "--creep", *table]) == 2
    assert "stand still on both feet" in capsys.readouterr().err


def test_curves_come_from_a_file_and_a_wrong_one_is_refused(recordings, capsys, tmp_path):
    del recordings
    table = ["--quantity", "counts", "--layout", "generic16", "--mass", "70"]
    good, bad, none = tmp_path / "good.toml", tmp_path / "bad.toml", tmp_path / "none.toml"
    good.write_text('quantity = "kPa"\n[[curve]]\nkind = "table"\nnumbers = [0, 0, 100, 122]\n')
    bad.write_text('quantity = "kPa"\n[[curve]]\nkind = "table"\nnumbers = [0, 0, 1, 2, 2, 1]\n')
    none.write_text("quantity = 3\n")
    assert main(["calibrate", "run.csv", "--curves", "nobodys", *table]) == 2
    assert "orphe_insole" in capsys.readouterr().err  # the names that there are
    assert main(["calibrate", "run.csv", "--curves", str(bad), *table]) == 2
    assert "not monotone" in capsys.readouterr().err
    assert main(["calibrate", "run.csv", "--curves", str(none), *table]) == 2
    assert "does not hold curves" in capsys.readouterr().err
    assert main(["calibrate", "run.csv", "--curves", str(good), "--json", *table]) == 0
    capsys.readouterr()
    assert main(["analyze", "run.csv", "--json", *table]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["sides"]["left"]["quantity"] == "kPa"
    assert document["summary"]["left"]["impulse_N_s"]["n"] > 10


def test_each_insole_has_curves_and_gains_of_its_sensors_of_its_own(recordings, capsys):
    """Left counts stand for 2 kPa, right ones for 3, and its first sensor for another half."""
    del recordings
    table = ["--quantity", "counts", "--layout", "generic16", "--mass", "70", "--json"]
    text = 'quantity = "kPa"\nside = "{}"\n{}\n[[curve]]\nkind = "table"\nnumbers = [0, 0, 9, {}]\n'
    gains = "sensor_gain = [1.5, " + "1.0, " * 15 + "]"
    Path("l.toml").write_text(text.format("left", "", 18))
    Path("r.toml").write_text(text.format("right", gains, 27))
    words = ["--curves", "l.toml", "--curves", "r.toml", "--tare-from", "lifted.csv"]
    assert main(["calibrate", "run.csv", *words, *table]) == 0
    capsys.readouterr()
    assert main(["analyze", "run.csv", *table]) == 0
    found = json.loads(capsys.readouterr().out)
    peak = {
        side: np.median(
            [
                step["peak_pressure_kPa"]
                for step in found["steps"]
                if step["side"] == side and step["peak_pressure_sensor"]
            ]
        )
        for side in ("left", "right")
    }
    raw = np.loadtxt("run.csv", delimiter=",", skiprows=1)
    left, right = raw[:, 1:17].max() - 1.0, raw[:, 17:].max() - 1.0
    assert peak["left"] == pytest.approx(2.0 * left, rel=0.02)
    assert peak["right"] == pytest.approx(3.0 * 1.5 * right, rel=0.02)
    for wrong, says in (("whenn = 3", "whenn"), ("sensor_gain = [1, 2]", "gains of the sensors")):
        Path("w.toml").write_text(text.format("left", wrong, 18))
        assert main(["calibrate", "run.csv", "--curves", "w.toml", *table]) == 2
        assert says in capsys.readouterr().err
