"""Half a minute of calibration that guides itself, the zero of a lifted foot, and what is kept.

A virtual pair stands, stands on each foot and rises; what was set wrong is known.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

from insole.errors import FileError
from insole.guided.calibrating import NEEDS_S, PHASES, Calibrating
from insole.guided.zeroing import Zeroing
from insole.history import kept_for
from insole.live.engine import Session
from insole.model.calibration import Calibration, in_force
from insole.model.foot import Side
from insole.model.stream import Samples
from insole.model.trial import ClockPrior, StartState
from insole.trial import RunningTrial
from insole_drivers.virtual import spread
from tests.insole.test_naming import Steered, until
from tests.insole.whole_trials import LAYOUT, MASS_KG, part, samples, truth_of

RATE_HZ = 100.0
CHUNK = 10
PORTION = 40  # items that a session gets at once: 2 s of both feet
GAINS = {Side.LEFT: 0.85, Side.RIGHT: 0.93}  # of the insoles; what is found must undo them
ZERO = 12  # counts that every sensor shows when nothing is on it


def pair(activity, *, seconds, gains=None, zero=0, mass_kg=MASS_KG):
    """Capabilities, then chunks of both feet in turns; forces times a wrong gain, and an offset."""
    truth = truth_of(activity)
    for side in Side:
        told = spread.capability(truth, side, layout=LAYOUT, rate_hz=RATE_HZ, serial=side.value)
        yield replace(told, mass_kg=mass_kg)
    whole = {}
    for side in Side:
        true = samples(truth, side, rate_hz=RATE_HZ, seconds=seconds)
        gain = (gains or {}).get(side, 1.0)
        values = np.rint(true.values * gain).astype(true.values.dtype) + zero
        whole[side] = replace(true, values=values)
    for begin in range(0, int(seconds * RATE_HZ), CHUNK):
        for side in Side:
            yield part(whole[side], begin, begin + CHUNK)


def trial_of(start=None):
    clocks = tuple(ClockPrior(side.value, 0.0, 0.0) for side in Side)
    return RunningTrial(start or StartState(mass_kg=None, clocks=clocks))


def guided(task, items):
    """Entries that the task ends with, the views that were seen, and the trial."""
    trial, seen, found = trial_of(), [], ()
    for item in items:
        updates = trial.feed([item])
        found = found or task.take(updates, trial.pair)
        seen.append(task.view())
    return found, seen, trial


def test_it_guides_itself_through_its_parts_and_undoes_wrong_gains_and_zeros():
    items = pair("drill", seconds=42, gains=GAINS, zero=ZERO)
    entries, seen, trial = guided(Calibrating(0.0), items)
    phases = [view.phase for view in seen]
    assert phases == sorted(phases)
    assert set(phases) == {0, 1, 2, 3, 4}
    assert all(0.0 <= view.done <= 1.0 for view in seen)
    last = seen[-1]
    assert last.over
    assert last.found.kept
    assert last.found.residual_rel == pytest.approx(0.0, abs=0.01)
    assert last.found.toes_rel == pytest.approx(0.0, abs=0.02)
    bw_n = MASS_KG * trial.parameters["physics.g"]
    for side, foot in last.found.feet.items():
        assert foot.gain == pytest.approx(1.0 / GAINS[side], rel=0.01)
        assert foot.mean_n == pytest.approx(0.5 * bw_n, rel=0.02)
        assert abs(foot.drift_n_per_min) < 30.0
        assert foot.noise_n < 0.01 * bw_n
        kpa = ZERO * trial.pair.feet[side].capability.scale
        assert foot.zero_kpa == pytest.approx(kpa, abs=2 * trial.pair.feet[side].capability.scale)
        now = in_force(entries, device=side.value)
        assert now.static == now.gain
        assert now.gain == foot.gain


def test_forces_of_the_next_trial_are_right():
    entries, _, _ = guided(Calibrating(0.0), pair("drill", seconds=42, gains=GAINS, zero=ZERO))
    before, _ = standing_sum(())
    after, bw_n = standing_sum(entries)
    assert abs(before / bw_n - 1.0) > 0.02
    assert after == pytest.approx(bw_n, rel=0.01)


def standing_sum(entries):
    clocks = tuple(ClockPrior(side.value, 0.0, 0.0) for side in Side)
    trial = trial_of(StartState(mass_kg=None, clocks=clocks, calibrations=entries))
    total = dict.fromkeys(Side, 0.0)
    for item in pair("stand", seconds=4, gains=GAINS, zero=ZERO):
        for update in trial.feed([item]):
            if len(update.load.total_n):
                total[update.side] = float(np.mean(update.load.total_n))
    return sum(total.values()), MASS_KG * trial.parameters["physics.g"]


def test_without_body_mass_the_zero_is_kept_and_the_gain_is_not_made_up():
    entries, seen, _ = guided(Calibrating(0.0), pair("drill", seconds=42, zero=ZERO, mass_kg=None))
    found = seen[-1].found
    assert {entry.method for entry in entries} == {"tare"}
    assert not np.isfinite(found.residual_rel)
    for foot in found.feet.values():
        assert not np.isfinite(foot.gain)
        assert any("body mass is not known" in note for note in foot.notes)


def test_who_only_stands_is_told_what_to_do_and_changes_nothing():
    entries, seen, _ = guided(Calibrating(0.0), pair("stand", seconds=60))
    assert entries == ()
    assert seen[-1].over
    assert PHASES[seen[-1].phase] == "left"
    late = [view.sentence for view in seen if view.phase == 1 and not view.over]
    assert "Lift the right foot" in late[-1]
    assert "nobody did this" in seen[-1].sentence


def test_the_ring_fills_as_long_as_one_stands_still():
    _, seen, _ = guided(Calibrating(0.0), pair("stand", seconds=6))
    done = [view.done for view in seen]
    assert done == sorted(done)
    assert done[-1] == pytest.approx(6.0 / NEEDS_S["still"], abs=0.1)


def test_walking_is_not_standing_still():
    _, seen, _ = guided(Calibrating(0.0), pair("walk", seconds=20))
    assert {view.phase for view in seen} == {0}


# --- the zero alone ---


def test_each_lifted_foot_gets_its_zero():
    entries, seen, _ = guided(Zeroing(0.0, asked=True), pair("drill", seconds=32, zero=ZERO))
    assert seen[-1].over
    assert {entry.device for entry in entries} == {"left", "right"}
    for entry in entries:
        assert entry.method == "tare"
        assert np.ptp(entry.zero) < 2.0
    texts = [view.sentence for view in seen]
    assert any("Lift the left foot" in text for text in texts)
    assert texts[-1] == "The zero of both feet is set."


def test_nobody_who_walks_sets_a_zero():
    entries, seen, _ = guided(Zeroing(0.0, asked=True), pair("walk", seconds=70))
    assert entries == ()
    assert seen[-1].over
    assert "stays as it was" in seen[-1].sentence


def test_what_begins_by_itself_waits_without_an_end():
    _, seen, _ = guided(Zeroing(0.0, asked=False), pair("stand", seconds=70))
    assert not seen[-1].over


# --- in a session, and beyond it ---


@contextmanager
def live(items, *, keep=None, kind="calibrate", parameters=None):
    """A live session that was asked before its first sample, and what gives it the rest."""
    clocks = tuple(ClockPrior(side.value, 0.0, 0.0) for side in Side)
    source = Steered([])
    start = StartState(clocks=clocks, parameters=parameters or {})
    session = Session(source, start=start, keep=keep)
    session.start()
    try:
        items = list(items)
        source.give(items[:2])
        until(session, lambda view: all(foot.device for foot in view.feet.values()))
        if kind:
            session.guide(kind)

        def give(first, last):
            """As they would come: a portion when the one before has been taken through."""
            rest = items[first:last]
            for begin in range(0, len(rest), PORTION):
                some = rest[begin : begin + PORTION]
                source.give(some)
                newest_s = max((x.tick_us[-1] * 1e-6 for x in some if isinstance(x, Samples)),
                               default=0.0)  # fmt: skip
                view = until(
                    session,
                    lambda view, newest_s=newest_s: (
                        view.now_s >= newest_s - 0.2 or (view.guide and view.guide.over)
                    ),
                )
                if view.guide is not None and view.guide.over:
                    return  # another trial runs, which has not been told who is who

        yield session, give
    finally:
        session.close()


def test_what_a_session_finds_holds_for_what_comes_next_and_is_handed_on():
    kept = []
    items = pair("drill", seconds=42, gains=GAINS, zero=ZERO)
    with live(items, keep=kept.extend) as (session, give):
        give(2, None)
        until(session, lambda view: view.guide is not None and view.guide.over)
        give(0, 2)  # a real insole's word is kept from one trial to the next
        view = until(session, lambda view: view.feet[Side.LEFT].zero is not None)
    assert view.guide.found.kept
    assert {(entry.device, entry.method) for entry in kept} == {
        (side.value, method) for side in Side for method in ("tare", "static")
    }
    assert all(foot.zero.is_set and foot.zero.age_s < 60.0 for foot in view.feet.values())


def test_what_cannot_be_stored_is_said_and_holds_for_the_session():
    def refuse(_):
        raise FileError("the calibration cannot be stored", where="disk", why="full", fix="Free it")

    with live(pair("drill", seconds=42, zero=ZERO), keep=refuse) as (session, give):
        give(2, None)
        view = until(session, lambda view: view.messages)
    assert "cannot be stored" in view.messages[0]
    assert view.guide.found.kept


def test_a_zero_that_was_never_set_begins_to_be_asked_for_when_it_is_old():
    old = {"display.zero_old_min": 0.1}
    with live(pair("stand", seconds=12), kind=None, parameters=old) as (session, give):
        give(2, 80)
        early = until(session, lambda view: view.feet[Side.LEFT].zero is not None)
        assert early.guide is None
        assert not early.feet[Side.LEFT].zero.is_set
        give(80, None)
        view = until(session, lambda view: view.guide is not None)
    assert (view.guide.kind, view.guide.asked) == ("zero", False)


def test_what_was_measured_on_an_insole_is_there_the_next_day(monkeypatch, tmp_path):
    monkeypatch.setenv("INSOLE_HOME", str(tmp_path))
    before, keep = kept_for("ble")
    assert before == ()
    keep([Calibration("L", "tare", serial="7", zero=(1.0, 2.0))])
    keep([Calibration("L", "static", serial="7", gain=1.1)])
    keep([Calibration("L", "static", serial="7", gain=1.2)])
    history, _ = kept_for("ble")
    assert in_force(history, device="M", serial="7").gain == 1.2
    assert in_force(history, device="L").zero == (1.0, 2.0)
    assert len(history) == 2
    assert kept_for("virtual") == ((), None)


def test_a_folder_that_cannot_be_made_is_said_in_words(monkeypatch, tmp_path):
    (tmp_path / "state").write_text("no folder")
    monkeypatch.setenv("INSOLE_HOME", str(tmp_path))
    with pytest.raises(FileError, match="cannot be stored"):
        kept_for("ble")[1]([Calibration("L", "tare", zero=(1.0,))])
