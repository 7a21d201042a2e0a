"""Own range: asked for once a person, shoe, pair and activity is known; drawn in grey."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from insole.live.board import AimsView, StandingView
from insole.metrics.baseline import Baseline
from insole.metrics.personal import Personal
from insole.model.foot import Side
from insole.parameters import Parameters
from insole_gui.state.about import About
from insole_gui.state.own_range import OwnRange, kind_of
from insole_gui.state.pins import all_tiles
from tests.gui.window_acts import frames

KNOWN = Personal(
    sessions=("a.h5", "b.h5", "c.h5"),
    feet={
        "left": {"po50_BW_s": Baseline(0.150, 0.004, 3), "contact_s": Baseline(0.24, 0.005, 3)},
        "right": {"po50_BW_s": Baseline(0.148, 0.004, 3)},
    },
)


def test_who_does_what_must_be_known_before_it_is_asked(run):
    view = run.view(9.0)
    assert kind_of(view, About()) is None
    known = kind_of(view, About(athlete="A7", shoe="grey"))
    assert known is not None
    assert known[:3] == ("A7", "grey", "run")
    assert kind_of(replace(view, activity="other"), About(athlete="A7")) is None
    assert kind_of(view, About(athlete="B2", shoe="grey")) != known
    stands = kind_of(replace(view, activity="stand"), About(athlete="A7", shoe="grey"))
    assert stands is not None
    assert stands != known


def test_the_range_is_asked_for_once_and_shown(fake, run, open_window, qtbot):
    session = fake(run)
    session.personal = KNOWN
    window = open_window(session)
    window.control.about = About(athlete="A7", shoe="grey")
    frames(window, 70)
    qtbot.waitUntil(lambda: (frames(window, 60), window.state.own.known == KNOWN)[1])
    frames(window, 130)
    assert [call for call in session.calls if call[0] == "usual"] == [("usual", ("A7", "grey"))]
    push_off, contact = window.live.tiles["push_off"].tile, window.live.tiles["contact"].tile
    low, high = push_off.own[0]
    assert (round(low, 4), round(high, 4)) == (0.142, 0.158)
    assert push_off.own[1] is not None
    assert tuple(round(end) for end in contact.own[0]) == (230, 250)  # ms, as the tile
    assert contact.own[1] is None
    grey = window.live.steps.grab().toImage()
    window.live.steps.show_view(window.state.view, "po50")
    assert window.live.steps.grab().toImage() != grey
    assert window.live.steps.failed == ""


def test_the_zone_that_is_drawn_is_that_of_the_person(fake, run, open_window):
    session = fake(replace(run, activity="stand"))
    own = (0.40, 0.35, 0.25)
    set_ = {f"targets.bipedal.{place}": share for place, share in enumerate(own, start=1)}
    session.changes |= {
        "standing": StandingView(None, 0.0, 0),
        "aims": AimsView(parameters=Parameters(set_), sessions=3),
    }
    window = open_window(session)
    frames(window, 2)
    corners = window.live.feet._zone(window.state)
    np.testing.assert_allclose(corners.mean(axis=0), own)  # a hexagon around its target


def test_without_enough_trainings_there_is_no_range(run):
    own = OwnRange()
    assert own.band(Side.LEFT, "po50_BW_s") is None
    assert all(tile.own == (None, None) for tile in all_tiles(run.view(9.0), "po50", own=own))


def test_two_kinds_of_push_off_that_differ_in_direction_are_said_to_be_another_shape(run):
    view = run.view(9.0)
    steps = view.feet[Side.LEFT].steps
    late, above = (float(np.mean(steps.value[key][-8:])) for key in ("po50_BW_s", "po_eff_BW_s"))

    def note(po50: float, po_eff: float) -> str:
        usual = {"po50_BW_s": Baseline(po50, 0.001, 3), "po_eff_BW_s": Baseline(po_eff, 0.001, 3)}
        own = OwnRange(Personal(sessions=("a", "b", "c"), feet={"left": usual}))
        return all_tiles(view, "po50", own=own)[0].note

    assert note(late - 0.01, above + 0.01) == "shape changed"
    assert note(late - 0.01, above - 0.01) != "shape changed"
    assert note(late - 0.001, above + 0.001) != "shape changed"  # both inside what is usual
