"""What is typed about a trial reaches its file, and the mass its numbers."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from insole import api
from insole.errors import RequestError
from insole.live.desk import Desk
from insole.model.trial import TrialNotes

G = 9.80665
NOTES = TrialNotes(athlete="A7", shoe="grey", surface="track", speed_m_s=3.3, note="after lunch")


def until(condition, seconds=30.0):
    """Wait for something that another thread brings about."""
    pause = threading.Event()
    for _ in range(int(seconds / 0.02)):
        if condition():
            return
        pause.wait(0.02)
    pytest.fail("it did not happen")


def steps_of(desk):
    return [len(foot.steps) for foot in desk.view().feet.values() if foot.steps is not None]


@pytest.fixture
def desk():
    desk = Desk(spec="virtual:run?speed=3.3")
    yield desk
    desk.close()


def test_notes_and_mass_of_the_window_are_those_of_the_next_trial(desk, tmp_path):
    until(lambda: sum(steps_of(desk)) > 2)
    own_kg = desk.view().mass_kg
    path = tmp_path / "a.h5"
    desk.record(path, notes=NOTES, mass_kg=own_kg + 12.0)
    until(lambda: sum(steps_of(desk)) > 4)
    assert desk.view().mass_kg == own_kg + 12.0
    desk.stop_recording()
    last = desk.last
    assert last.mass_kg == own_kg + 12.0
    peak_n, peak_bw = last.left.value["peak_force_N"], last.left.value["peak_force_BW"]
    known = np.isfinite(peak_n)
    assert known.any()
    np.testing.assert_allclose(peak_bw[known], peak_n[known] / ((own_kg + 12.0) * G))
    with api.open(path) as trial:
        said = trial.notes
        assert (said.athlete, said.shoe, said.surface) == ("A7", "grey", "track")
        assert (said.speed_m_s, said.note) == (3.3, "after lunch")
        assert said.source.startswith("virtual:")
        assert said.wall_clock
        assert trial.analyze().mass_kg == own_kg + 12.0
    second = tmp_path / "b.h5"
    desk.record(second)  # nothing typed: what the insoles say
    desk.stop_recording()
    with api.open(second) as trial:
        assert trial.notes.athlete == ""
        assert trial.analyze().mass_kg == own_kg


def test_a_mass_that_cannot_be_one_starts_no_recording(desk, tmp_path):
    with pytest.raises(RequestError, match="body mass"):
        desk.record(tmp_path / "a.h5", mass_kg=900.0)
    assert list(tmp_path.iterdir()) == []
    assert desk.view().recording is None
