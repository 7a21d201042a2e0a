"""Metrics of other packages, the personal baseline, and indices of symmetry."""

from __future__ import annotations

import json

import numpy as np
import pytest

from insole import analysis, plugins
from insole.cli import main
from insole.metrics.baseline import baselines
from insole.metrics.personal import unlike
from insole.metrics.spec import MetricSpec
from insole.metrics.summary import symmetry
from insole.metrics.third_party import Metric, attach
from insole.model.foot import Side
from insole.model.gait import Steps
from insole.model.trial import StartState
from insole.proof.forms import draw
from insole.proof.trials import layout, plan, sent
from insole.trial import RunningTrial
from tests.insole.closed_forms import half_sine
from tests.insole.gait_loads import run_of, steps_of
from tests.insole.test_live_board import said, watched

SPEC = MetricSpec("twice_contact_s", "2t", "Twice the contact", "s", "2·t_c", "For a test.", "none")


def twice(steps: Steps):
    return 2 * steps.value["contact_s"], 2 * steps.u["contact_s"], 2 * steps.u_shared["contact_s"]


def broken(steps: Steps):
    del steps
    raise ZeroDivisionError("no steps like these")


def test_a_metric_of_another_package_is_a_column_and_one_that_fails_is_said():
    steps = steps_of(run_of(half_sine(), rate_hz=100), rate_hz=100)
    bad = Metric(MetricSpec("bad", "b", "Bad", "1", "1/0", "Bad.", "none"), broken)
    short = Metric(
        MetricSpec("short", "s", "Short", "1", "x", "Short.", "none"), lambda _: (np.ones(1),) * 3
    )
    taken = Metric(MetricSpec("contact_s", "t", "T", "s", "t", "T.", "none"), twice)
    offered = {"two": Metric(SPEC, twice), "bad": bad, "short": short, "taken": taken, "no": 7}
    found = attach(steps, offered)
    np.testing.assert_array_equal(
        found.steps.value["twice_contact_s"], 2 * steps.value["contact_s"]
    )
    assert set(found.failed) == {"bad", "short", "taken", "no"}
    assert "no steps like these" in found.failed["bad"]
    np.testing.assert_array_equal(found.steps.value["contact_s"], steps.value["contact_s"])


@pytest.fixture
def installed(monkeypatch):
    def offers(group: str):
        if group != "insole.metrics":
            return {}, []
        gone = plugins.Broken(group, "gone", "ModuleNotFoundError: gone")
        return {"two": Metric(SPEC, twice), "wrong": object()}, [gone]

    monkeypatch.setattr(analysis, "load_all", offers)


def run_of_both() -> analysis.Analysis:
    rng = np.random.default_rng(2)
    form = draw("run", rng)
    trial = RunningTrial(StartState(mass_kg=70.0))
    planned = plan(form, rng, number=10)
    trial.feed(sent(form, planned, rng, rate_hz=100.0, parameters=trial.parameters))
    trial.finish()
    return trial.analysis()


@pytest.mark.usefixtures("installed")
def test_an_installed_metric_stands_in_steps_summary_and_list(capsys):
    document = run_of_both().to_dict()
    step = document["steps"][0]
    assert step["twice_contact_s"] == pytest.approx(2 * step["contact_s"])
    assert step["uncertainty"]["twice_contact_s"] > 0
    left = document["summary"]["left"]
    assert left["twice_contact_s"]["mean"] == pytest.approx(2 * left["contact_s"]["mean"])
    assert [spec["id"] for spec in document["added_metrics"]] == ["twice_contact_s"]
    assert set(document["failed_metrics"]) == {"gone", "wrong"}
    json.dumps(document)
    assert main(["metrics", "list"]) == 0
    said = capsys.readouterr().out
    assert "twice_contact_s" in said
    assert "gone: not available" in said
    assert main(["metrics", "show", "twice_contact_s"]) == 0


def test_the_document_says_classes_in_words_and_holds_the_mean_course():
    document = run_of_both().to_dict()
    assert {step["strike"] for step in document["steps"] if step["valid"]} <= {
        "rearfoot",
        "midfoot",
    }
    assert {step["last_region"] for step in document["steps"]} <= {*layout().labels, None}
    assert "strike_class" not in document["summary"]["left"]
    curve = document["curves"]["left"]
    assert len(curve["force_N"]) == 101
    # the mean over contact of the mean course is the mean force
    mean = np.trapezoid(curve["force_N"], dx=0.01)
    assert mean == pytest.approx(document["summary"]["left"]["mean_force_N"]["mean"], rel=0.01)


def session(mean: float, u: float = 0.01) -> dict:
    return {"contact_s": {"mean": mean, "sd": 0.02, "n": 30, "u": u, "u_random": u}}


def test_a_baseline_needs_three_sessions_and_forgets_an_odd_one():
    assert baselines([session(0.25), session(0.26)]) == {}
    found = baselines([session(0.25), session(0.26), session(0.24), session(0.90)])["contact_s"]
    assert found.sessions == 4
    assert found.median == pytest.approx(0.255)
    assert found.sd == pytest.approx(1.4826 * 0.01)
    assert found.band[0] < 0.25 < found.band[1] < 0.9


def test_sessions_that_agree_by_chance_keep_the_doubt_of_their_means():
    assert baselines([session(0.25)] * 3)["contact_s"].sd == pytest.approx(0.01)


def test_all_indices_of_symmetry_of_a_ratio_of_one_point_one():
    def table(side: Side, value: float) -> Steps:
        instants = {"foot_strike_s": np.arange(5.0), "toe_off_s": np.arange(5.0) + 0.3}
        return Steps(
            side, np.zeros(5, np.uint32), {**instants, "contact_s": np.full(5, value)}, {}, {}
        )

    found = symmetry(table(Side.LEFT, 1.0), table(Side.RIGHT, 1.1))["contact_s"]
    # science.md 3.5: SI 9.52, GA 9.53, SA 3.03
    assert found["si_percent"] == pytest.approx(9.52, abs=0.005)
    assert found["ga_percent"] == pytest.approx(9.53, abs=0.005)
    assert found["sa_percent"] == pytest.approx(3.03, abs=0.005)
    assert found["sr"] == pytest.approx(1 / 1.1)


def document(wall_clock: str) -> dict:
    foot = {"device": "S1", "layout": "generic16"}
    return {
        "notes": {"athlete": "Kim", "shoe": "flat", "wall_clock": wall_clock},
        "sides": {"left": foot, "right": foot},
        "activity": "run",
        "provenance": {"filter": "none"},
    }


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ("2025-03-01T09:00:00+01:00", ""),
        ("2025-03-01T09:30:00+00:00", "it is later"),  # half past ten where it was ten
        ("2025-03-02T09:00:00+01:00", "it is later"),
        ("", ""),
    ],
)
def test_a_session_is_earlier_by_the_clock_and_not_by_its_letters(other, why):
    assert unlike(document("2025-03-01T10:00:00+01:00"), document(other)) == why


@pytest.mark.usefixtures("installed")
def test_a_metric_of_another_package_is_seen_live():
    view = watched(said("run", seconds=6.0))
    for foot in view.feet.values():
        known = foot.steps.value
        assert np.isfinite(known["twice_contact_s"]).all()
        np.testing.assert_array_equal(known["twice_contact_s"], 2 * known["contact_s"])
