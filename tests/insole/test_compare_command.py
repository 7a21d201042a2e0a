"""`insole compare`: files and folders, what is printed, and how it ends."""

import json

import numpy as np
import pytest

from insole.cli import main

MASS_N = 70.0 * 9.80665


def run_of(path, *, seed, contact_s=0.25, seconds=28.0, speed=None, **notes):
    """A recording of a run of half sines, as this program stores it."""
    rng = np.random.default_rng(seed)
    time = np.arange(int(seconds * 100)) / 100
    force = np.abs(0.5 * rng.standard_normal((2, len(time))))
    at, number = 0.6, 0
    while at < seconds - 0.6:
        contact = contact_s + 0.002 * rng.standard_normal()
        inside = (time >= at) & (time <= at + contact)
        top = 0.5 * np.pi * 0.355 / contact * MASS_N
        force[number % 2, inside] = top * np.sin(np.pi * (time[inside] - at) / contact)
        at, number = at + 0.355 + 0.001 * rng.standard_normal(), number + 1
    table = path.with_suffix(".csv")
    np.savetxt(
        table, np.column_stack((time, *force)), delimiter=",", fmt="%.4f", header="t,L1,R1",
        comments="",
    )  # fmt: skip
    told = {"athlete": "P1", "shoe": "flat", "surface": "road", **notes}
    words = [word for key, value in told.items() for word in (f"--{key}", value)]
    words += [] if speed is None else ["--speed", str(speed)]
    assert (
        main(["import", str(table), "-o", str(path), "--quantity", "N", "--mass", "70", *words])
        == 0
    )
    table.unlink()
    return path


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Folders of four trials: `a` and `same` alike, `short` with shorter contacts, `fast`."""
    root = tmp_path_factory.mktemp("runs")
    rng = np.random.default_rng(4)
    for name, contact_s, speed in (
        ("a", 0.25, 3.0), ("same", 0.25, 3.0), ("short", 0.225, 3.0), ("fast", 0.22, 3.6)
    ):  # fmt: skip
        (root / name).mkdir()
        for number in range(4):
            run_of(
                root / name / f"{number}.h5",
                seed=int(rng.integers(1 << 30)),
                contact_s=contact_s + 0.001 * rng.standard_normal(),
                speed=speed,
            )
    return root


def said(capsys, *words):
    capsys.readouterr()
    status = main(["compare", *map(str, words)])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def document(capsys, *words):
    status, out, err = said(capsys, *words, "--json")
    assert (status, err) == (0, "")
    return json.loads(out)


def test_sets_of_the_same_condition_agree_or_cannot_be_told_apart(runs, capsys):
    whole = document(capsys, runs / "a", runs / "same")
    verdicts = [one["verdict"] for one in whole["metrics"].values() if one["verdict"] != "refused"]
    assert set(verdicts) <= {"practically_same", "cannot_tell", "small_consistent"}
    assert whole["metrics"]["contact_s"]["verdict"] == "practically_same"
    assert whole["n"] == {"A": 4, "B": 4}


def test_shorter_contacts_are_found_with_their_size(runs, capsys):
    whole = document(capsys, runs / "a", runs / "short")
    contact = whole["metrics"]["contact_s"]
    assert contact["verdict"] == "clearly_different"
    assert contact["diff"] == pytest.approx(-0.025, abs=0.004)
    assert contact["ci95"][0] < -0.025 < contact["ci95"][1] or contact["ci95"][1] < -0.02


def test_another_speed_refuses_all_of_a_force_insole_with_exit_2_and_its_document(runs, capsys):
    status, out, err = said(capsys, runs / "a", runs / "fast", "--json")
    assert status == 2
    whole = json.loads(out)
    assert whole["comparable"] is False
    assert "REFUSE_SPEED" in whole["codes"]
    assert all(one["ci95"] is None for one in whole["metrics"].values())
    assert err.startswith("insole: error: not comparable (")
    assert err.count("\n") == 1


def test_a_declared_speed_is_compared(runs, capsys):
    whole = document(capsys, runs / "a", runs / "fast", "--factor", "speed")
    assert "FACTOR_SPEED" in whole["codes"]
    assert whole["metrics"]["contact_s"]["verdict"] == "clearly_different"


def test_two_files_speak_of_themselves_alone(runs, capsys):
    status, out, _ = said(capsys, runs / "a" / "0.h5", runs / "short" / "0.h5")
    assert status == 0
    assert "In these two recordings contact time differs by" in out
    assert out.count("One recording each cannot show whether it repeats.") == 1
    assert "not a medical device" in out


def test_a_recording_and_its_copy_are_the_same_recording(runs, tmp_path, capsys):
    copy = tmp_path / "other.h5"
    copy.write_bytes((runs / "a" / "0.h5").read_bytes())
    whole = document(capsys, runs / "a" / "0.h5", copy)
    assert "SAME_RECORDING" in whole["codes"]


def test_files_in_folders_are_read_in_any_order(runs, tmp_path, capsys):
    turned = tmp_path / "turned"
    turned.mkdir()
    for number in range(4):
        (turned / f"{9 - number}.h5").write_bytes((runs / "same" / f"{number}.h5").read_bytes())
    one = document(capsys, runs / "a", runs / "same")
    two = document(capsys, runs / "a", turned)
    assert one["metrics"] == two["metrics"]
    assert one["curves"] == two["curves"]


@pytest.mark.parametrize(
    "words",
    [
        ["no/such.h5", "no/other.h5"],
        ["only-one.h5"],
        ["a.h5", "b.h5", "--factor", "sped"],
        ["a.h5", "b.h5", "--seed", "many"],
        ["a.h5", "b.h5", "--seed", "-1"],
    ],
)
def test_mistakes_end_with_one_line_and_status_2(words, capsys):
    status, _, err = said(capsys, *words)
    assert status == 2
    assert err.startswith("insole: error: ")
    assert err.count("\n") == 1


def test_an_empty_folder_is_no_condition(tmp_path, runs, capsys):
    status, _, err = said(capsys, tmp_path, runs / "a")
    assert status == 2
    assert "it holds no recording" in err


def test_a_damaged_file_is_named(tmp_path, runs, capsys):
    bad = tmp_path / "bad.h5"
    bad.write_bytes(b"\x89HDF\r\n\x1a\n" + b"nonsense" * 40)
    status, _, err = said(capsys, runs / "a" / "0.h5", bad)
    assert status == 2
    assert "bad.h5" in err
