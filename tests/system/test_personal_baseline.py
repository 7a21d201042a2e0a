"""Three earlier sessions of the same person, shoe and insoles become the person's own bands."""

import json

import numpy as np
import pytest

from insole import layouts
from insole.cli import main

pytestmark = pytest.mark.usefixtures("home")
RATE_HZ, MASS_KG = 100.0, 70.0
BW = MASS_KG * 9.80665


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("INSOLE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def answer(capsys, *words: str) -> dict:
    status = main(list(words))
    captured = capsys.readouterr()
    assert status == 0, captured.err
    return json.loads(captured.out)


def imported(capsys, name: str, *, shoe="flat", athlete="Kim", layout=None) -> None:
    words = ["import", f"{name}.csv", "-o", f"{name}.h5", "--mass", f"{MASS_KG:g}"]
    words += ["--athlete", athlete, "--shoe", shoe] if athlete else ["--shoe", shoe]
    if layout:
        words += ["--layout", layout, "--quantity", "kPa"]
    assert main(words) == 0
    capsys.readouterr()


def run_csv(name: str, *, left_s: float, right_s: float, seed: int, stride_s: float = 0.7) -> None:
    """A run of half-sines; each foot its contact time, which varies by 1 %."""
    random = np.random.default_rng(seed)
    time = np.arange(2000) / RATE_HZ
    force = {}
    for side, contact_s, begin in (("L1", left_s, 0.3), ("R1", right_s, 0.3 + 0.5 * stride_s)):
        total = np.zeros(len(time))
        for strike in np.arange(begin, 19.0, stride_s):
            own = contact_s * (1.0 + 0.01 * random.standard_normal())
            phase = (time - strike) / own
            inside = (phase >= 0) & (phase <= 1)
            total[inside] = np.pi / 2 * 0.5 * stride_s / own * BW * np.sin(np.pi * phase[inside])
        force[side] = total
    table = np.column_stack([time, *force.values()])
    np.savetxt(f"{name}.csv", table, "%.4f", ",", header="t,L1,R1", comments="")


def sessions(capsys, **changes) -> None:
    for index in range(3):
        run_csv(f"s{index}", left_s=0.25, right_s=0.265 + 0.005 * index, seed=index)
        imported(capsys, f"s{index}", **changes)


def test_a_difference_that_is_usual_for_the_person_is_neutral(capsys):
    sessions(capsys)
    run_csv("today", left_s=0.25, right_s=0.27, seed=9)
    imported(capsys, "today")
    without = answer(capsys, "analyze", "today.h5", "--json")
    entry = without["summary"]["symmetry"]["contact_s"]
    # science.md 3.5: before a baseline exists |SI| of contact time within 4 % is neutral; it is 8 %
    assert (entry["neutral"], entry["neutral_band_percent"]) == (False, [-4.0, 4.0])
    assert without["personal_baseline"]["why"] == "no earlier recordings were given"
    document = answer(capsys, "analyze", "today.h5", "--baseline", ".", "--json")
    known = document["personal_baseline"]
    assert (known["sessions"], known["why"]) == (["s0.h5", "s1.h5", "s2.h5"], "")
    own = document["summary"]["symmetry"]["contact_s"]
    low, high = own["neutral_band_percent"]
    assert own["neutral"]
    assert own["neutral_from"] == "personal baseline"
    assert 0 < low < 100 * 0.02 / 0.26 < high  # SI of 0.25 and 0.27 s
    assert known["left"]["contact_s"]["changed"] is False
    assert document["provenance"]["result_sha256"] == without["provenance"]["result_sha256"]


def test_a_foot_that_became_even_has_changed_for_this_person(capsys):
    sessions(capsys)
    run_csv("today", left_s=0.26, right_s=0.26, seed=9)
    imported(capsys, "today")
    files = [word for index in range(3) for word in ("--baseline", f"s{index}.h5")]
    document = answer(capsys, "analyze", "today.h5", *files, "--json")
    assert document["summary"]["symmetry"]["contact_s"]["neutral"] is False
    assert document["personal_baseline"]["left"]["contact_s"]["changed"] is True
    main(["analyze", "today.h5", *files])
    assert "outside 2 SD of the own baseline: Contact time" in capsys.readouterr().out


def test_a_longer_step_is_not_taken_for_a_stronger_push_off(capsys):
    sessions(capsys)
    run_csv("today", left_s=0.25, right_s=0.27, seed=9, stride_s=0.78)
    imported(capsys, "today")
    files = [word for index in range(3) for word in ("--baseline", f"s{index}.h5")]
    said = answer(capsys, "analyze", "today.h5", *files, "--json")["personal_baseline"]
    assert said["left"]["po50_BW_s"]["changed"] is True
    # 120/0.70 less 120/0.78 steps a minute
    assert "cadence is 18 steps a minute below the usual one" in said["push_off"]["left"]
    main(["analyze", "today.h5", *files])
    assert "left, push-off: cadence is 18 steps" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"shoe": "boots"}, "the shoe is another one"),
        ({"athlete": "Robin"}, "who it is is another one"),
    ],
)
def test_another_person_or_shoe_is_no_session_and_the_reason_is_said(capsys, changes, why):
    sessions(capsys, **changes)
    run_csv("today", left_s=0.25, right_s=0.27, seed=9)
    imported(capsys, "today")
    known = answer(capsys, "analyze", "today.h5", "--baseline", ".", "--json")["personal_baseline"]
    assert known["why"].startswith("0 earlier sessions of the same kind; 3 are needed")
    assert set(known["skipped"].values()) == {why}
    assert known["left"] is None


def test_a_recording_without_a_name_has_no_baseline(capsys):
    sessions(capsys)
    run_csv("today", left_s=0.25, right_s=0.27, seed=9)
    imported(capsys, "today", athlete="")
    known = answer(capsys, "analyze", "today.h5", "--baseline", ".", "--json")["personal_baseline"]
    assert "does not say who it is" in known["why"]


def test_a_damaged_neighbour_is_named_and_harms_nothing(capsys, home):
    sessions(capsys)
    run_csv("today", left_s=0.25, right_s=0.27, seed=9)
    imported(capsys, "today")
    (home / "broken.h5").write_bytes(b"\x89HDF\r\n\x1a\nnothing")
    known = answer(capsys, "analyze", "today.h5", "--baseline", ".", "--json")["personal_baseline"]
    assert len(known["sessions"]) == 3
    assert "broken.h5" in known["skipped"]


def test_a_place_that_is_not_there_is_said_in_one_line(capsys):
    run_csv("today", left_s=0.25, right_s=0.27, seed=9)
    imported(capsys, "today")
    assert main(["analyze", "today.h5", "--baseline", "nowhere"]) == 2
    assert "earlier sessions were to be found there" in capsys.readouterr().err


def test_the_own_tripod_becomes_the_target_of_standing(capsys):
    layout = layouts.load("generic16")
    labels = np.array(layout.labels)
    shares = {"HEEL": 0.40, "M1": 0.25, "HAL": 0.10, "M45": 0.25}
    area = np.asarray(layout.area_cm2)
    kpa = np.zeros(16)
    for region, share in shares.items():
        here = labels == region
        kpa[here] = share * 0.5 * BW / (0.1 * area[here].sum())
    names = ["t", *(f"{side}{index + 1}" for side in "LR" for index in range(16))]
    time = np.arange(1000) / RATE_HZ
    for name in ("s0", "s1", "s2", "today"):
        table = np.column_stack([time, np.tile(np.concatenate((kpa, kpa)), (1000, 1))])
        np.savetxt(f"{name}.csv", table, "%.5f", ",", header=",".join(names), comments="")
        imported(capsys, name, layout="generic16")
    plain = answer(capsys, "analyze", "today.h5", "--json")
    document = answer(capsys, "analyze", "today.h5", "--baseline", ".", "--json")
    own = document["personal_baseline"]["targets"]["bipedal"]
    assert own == pytest.approx([0.40, 0.35, 0.25], abs=1e-3)
    changed = document["provenance"]["parameters_set"]
    assert changed["targets.bipedal.1"] == pytest.approx(0.40, abs=1e-3)
    # science.md 1.5: TV from the default target (0.55, 0.25, 0.20) is 0.15, TVmax 0.80
    before, after = (
        one["balance"]["spans"][0]["tripod_match"]["left"]["value"] for one in (plain, document)
    )
    assert before == pytest.approx(100 * (1 - 0.15 / 0.80), abs=0.1)
    assert after == pytest.approx(100.0, abs=0.1)


def test_a_coach_sets_one_share_of_a_target(capsys):
    run_csv("today", left_s=0.25, right_s=0.25, seed=1)
    document = answer(
        capsys, "analyze", "today.csv", "--set", "targets.single.2=0.4", "--json"
    )  # fmt: skip
    assert document["provenance"]["parameters_set"] == {"targets.single.2": 0.4}
    assert main(["analyze", "today.csv", "--set", "targets.single.4=0.4"]) == 2
    assert "KEY.1" in capsys.readouterr().err
