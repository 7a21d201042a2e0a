"""Drill: the shelf and what each drill asks for, and one that is being done."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from insole.compare.words import BANNED
from insole.drills import shelf
from insole.guided.view import DoneView, DrillView
from insole.model.foot import Side
from insole_gui.state import drill as told
from insole_gui.widgets.look import Painted
from tests.gui.test_pictures import audited, faults
from tests.gui.test_review_overview import frames, settle

TRIPOD = DrillView(
    "tripod-hold", "Foot tripod, one leg", "hold", "arch height, knee and trunk", "work",
    side=Side.RIGHT, elapsed_s=9.4, target_s=15.0, nth=2, of=6, in_zone=True, reps=3,
    done=(DoneView("Hold 1, left", "15.0 s · 91 % in the zone", reached=True),),
)  # fmt: skip
VIEWS = {
    "setup": replace(TRIPOD, state="setup", side=None, in_zone=None, elapsed_s=0.0, done=(),
                     sentence="Both feet together carry 120 % of body weight. Stand on both feet."),
    "balanced": TRIPOD,
    "wobble": replace(TRIPOD, in_zone=False, cue="Touch down on the little-toe side"),
    "repetitions": DrillView(
        "calf-raise", "Calf raise, one leg", "rep", "heel height, knee bend", "work",
        side=Side.LEFT, count=7, reps=12, nth=3, of=4, cue="Finish over the big-toe ball",
        done=(DoneView("Set 1, left", "12 counted", reached=True),
              DoneView("Set 2, right", "9 counted · 3 more tried · incomplete", reached=False)),
    ),
    "over": replace(
        TRIPOD, state="done", side=None, in_zone=None, sentence="5 of 6 holds.",
        done=tuple(
            DoneView(f"Hold {n}, {'left' if n % 2 else 'right'}",
                     "11.6 s · 78 % in the zone · 2 touches · with a hand · step-down", False)
            for n in range(1, 7)
        ),
        result={"holds": []},
    ),
    "timer": DrillView(
        "toe-splay", "Toe splay", "timer", "splay", "rest", elapsed_s=1.2, target_s=3.0,
        sentence="Ease.", count=4, reps=10, nth=1, of=2,
    ),
}  # fmt: skip


@pytest.fixture
def page(open_window, fake, run, qtbot):
    """The page on a live pair; the session that stands behind it."""
    session = fake(run, now_s=9.0)
    window = open_window(session)
    frames(window)
    window.go("drill")
    settle(qtbot, window)
    return window.drill, session, window


def at(page, name):
    page.list.choose([one.drill.id for one in page.list.offers].index(name))


# --- state, without a window ---


def test_every_drill_says_how_much_and_what_is_not_seen_and_claims_nothing():
    for drill in shelf.library().values():
        for level in range(1, len(drill.levels) + 2):
            offered = told.offer(drill, level=level)
            words = f"{offered.title} {offered.dose} {offered.agree} {offered.lines}".lower()
            assert offered.dose
            assert drill.cannot_see in dict(offered.lines)["Cannot see"]
            assert not [word for word in BANNED if f" {word}" in words]
            if drill.safety.gate or drill.safety.confirm:
                assert offered.agree


def test_the_ring_is_full_when_the_hold_is():
    def ring(elapsed_s):
        view = replace(TRIPOD, elapsed_s=elapsed_s)
        return told.stage(board(view), shelf.find("tripod-hold")).ring

    assert ring(0.0) == 0.0
    assert ring(7.5) == pytest.approx(0.5)
    assert ring(15.4) == 1.0


def board(view):
    from insole.live.board import BoardView, FootView

    return BoardView(now_s=9.0, feet={side: FootView() for side in Side}, drill=view)


def test_points_are_shown_where_the_drill_asks_for_shares_only():
    assert told.stage(board(TRIPOD), shelf.find("tripod-hold")).targets == pytest.approx(
        (45.0, 33.0, 22.0)
    )
    assert told.stage(board(TRIPOD), shelf.find("single-leg-balance")).targets is None
    assert told.stage(board(VIEWS["over"]), shelf.find("tripod-hold")).targets is None
    assert told.stage(board(None), None) is None


# --- in the window ---


def test_a_drill_is_chosen_begun_held_and_ended(page, qtbot):
    shown, session, window = page
    at(shown, "tripod-hold")
    assert shown.start.isEnabled()
    shown.start.pressed.emit()
    qtbot.waitUntil(lambda: ("drill", "tripod-hold") in session.calls)
    session.changes["drill"] = TRIPOD
    settle(qtbot, window)
    assert shown.stage.isVisible()
    assert not shown.list.isVisible()
    shown.pause.pressed.emit()
    qtbot.waitUntil(lambda: ("pause_drill", None) in session.calls)
    shown.end.pressed.emit()
    qtbot.waitUntil(lambda: ("drill", None) in session.calls)
    session.changes["drill"] = VIEWS["over"]
    settle(qtbot, window)
    assert shown.again.isVisible()
    assert not shown.pause.isVisible()
    shown.back.pressed.emit()
    settle(qtbot, window)
    assert shown.list.isVisible()
    shown.start.pressed.emit()
    qtbot.waitUntil(lambda: session.calls.count(("drill", "tripod-hold")) == 2)


def test_a_gated_drill_is_begun_by_a_yes_and_a_level_changes_what_is_asked(page, qtbot):
    shown, _, window = page
    at(shown, "pogo-hops")
    settle(qtbot, window)
    assert shown.start.words.startswith("Yes, start")
    assert "without pain" in shown.chosen.agree
    at(shown, "tripod-hold")
    assert shown.start.words == "Start"
    before = shown.chosen.dose
    shown.level.pressed.emit()
    assert shown.chosen.dose != before
    assert shown.level.words == "Level 2 of 4"
    for _ in range(3):
        shown.level.pressed.emit()
    assert shown.chosen.dose == before


def test_without_live_insoles_nothing_begins(open_window, fake, qtbot):
    window = open_window(fake(None))
    window.go("drill")
    settle(qtbot, window)
    assert not window.state.streaming
    assert window.drill.list.offers
    assert not window.drill.start.isEnabled()


def test_arrows_go_through_the_shelf(page, qtbot):
    shown, _, _ = page
    shown.list.setFocus()
    shown.list.choose(0)
    for _ in range(100):
        qtbot.keyClick(shown.list, Qt.Key.Key_Down)
    assert shown.list.at == len(shown.list.offers) - 1
    assert shown.chosen is shown.list.offers[-1]


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", [(1024, 640), (1600, 1000)])
@pytest.mark.parametrize("name", VIEWS)
def test_every_moment_of_a_drill_is_whole(page, qtbot, artefacts, name, size, theme):
    shown, session, window = page
    drill = VIEWS[name].id
    at(shown, drill)
    shown.start.pressed.emit()
    window.change_theme(theme)
    window.resize(*size)
    session.changes["drill"] = VIEWS[name]
    for _ in range(3):
        settle(qtbot, window)
    window.grab().save(str(artefacts / f"drill-{name}-{size[0]}-{theme}.png"))
    assert faults(audited(window)) == []
    assert [each.failed for each in window.findChildren(Painted) if each.failed] == []


@pytest.mark.parametrize("size", [(1024, 640), (1600, 1000)])
def test_what_every_drill_asks_for_fits_its_card(page, qtbot, size):
    shown, _, window = page
    window.resize(*size)
    settle(qtbot, window)
    for index in range(len(shown.list.offers)):
        shown.list.choose(index)
        assert faults(audited(window)) == []
