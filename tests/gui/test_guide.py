"""Guided acts in the window: the ring, the sentence, the result; old zeros; what begins alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt

from insole.guided.calibrating import NEEDS_S, PHASES
from insole.guided.view import FootFound, Found, GuideView, ZeroView
from insole.live.board import FootView
from insole.model.foot import Side
from insole_gui.state.alerts import Alerts
from insole_gui.state.guide import left_s, notes, parts, sums, table, unasked
from insole_gui.state.links import chip
from insole_gui.state.live import LiveState
from insole_gui.state.zero import zero_old, zero_words
from tests.gui.test_pictures import audited, faults
from tests.gui.window_acts import no_panel_failed, settle

FEET = {
    Side.LEFT: FootFound(343.2, -1.4, 0.52, 1.031, 0.025, 3.2),
    Side.RIGHT: FootFound(351.7, 0.6, 0.49, float("nan"), float("nan"), float("nan"),
                          ("no gain: there was no stand of 5 s",)),
}  # fmt: skip
FOUND = Found(FEET, 0.012, -0.004, True, True, "Done: it holds from now on.")
ENDED = GuideView("calibrate", FOUND.note, PHASES, 4, 0.0, True, True, FOUND)


# --- words ---


@given(phase=st.integers(0, 4), done=st.floats(0, 1))
def test_the_ring_fills_from_part_to_part(phase, done):
    guide = GuideView("calibrate", "", PHASES, phase, done, over=phase == 4)
    shown = parts(guide)
    filled = [part.filled for part in shown]
    assert filled == sorted(filled, reverse=True)
    assert sum(filled) == pytest.approx(min(phase + (done if phase < 4 else 0), 4))
    assert [part.state for part in shown].count("now") == (phase < 4)


def test_the_seconds_that_are_missing_are_counted_down():
    guide = GuideView("calibrate", "", PHASES, 1, 0.5)
    assert left_s(guide) == 0.5 * NEEDS_S["left"]
    assert np.isnan(left_s(replace(guide, over=True)))
    assert np.isnan(left_s(GuideView("name", "", ("stomp",))))


def test_what_was_found_is_told_for_each_foot_and_what_was_not_has_its_reason():
    rows = {name: (left, right) for name, left, right in table(FOUND)}
    assert rows["Mean while standing"] == ("343 N", "352 N")
    assert rows["Force scale"] == ("× 1.031 ±5 %", "n/a")
    assert rows["Zero moved by at most"] == ("3.2 kPa", "n/a")
    assert "101.2 % of body weight" in sums(FOUND)[0]
    assert notes(FOUND) == ("Right: no gain: there was no stand of 5 s.",)


def test_counts_are_not_called_newtons():
    rows = table(replace(FOUND, is_force=False))
    assert rows[0][1] == "343 counts"


@pytest.mark.parametrize(
    ("zero", "old", "words"),
    [
        (None, "", "not known"),
        (ZeroView(20.0, True), "", "set 20 s ago"),
        (ZeroView(29 * 60.0, True), "", "set 29 min ago"),
        (ZeroView(48 * 60.0, True), "Zero is 48 min old. Lift each foot 2 s.", "set 48 min ago"),
        (ZeroView(5 * 3600.0, True), "Zero is 5 h old. Lift each foot 2 s.", "set 5 h ago"),
        (ZeroView(48 * 60.0, False), "No zero was set for 48 min. Lift each foot 2 s.", "never"),
    ],
)
def test_a_zero_says_its_age_and_asks_when_it_is_old(zero, old, words):
    foot = FootView(zero=zero)
    assert zero_old(foot) == old
    assert words in zero_words(foot)


def test_the_chip_of_an_old_zero_has_a_sign(run):
    foot = run.view(8.0).feet[Side.LEFT]
    assert not chip(Side.LEFT, foot).warn
    old = chip(Side.LEFT, replace(foot, zero=ZeroView(48 * 60.0, True)))
    assert old.warn
    assert old.second == "Zero is 48 min old. Lift each foot 2 s."
    assert "48 min" in old.spoken


# --- what begins by itself ---


def test_two_left_insoles_are_said_first_and_an_end_for_a_while(run):
    alerts, state = Alerts(), LiveState()
    naming = GuideView("name", "Both insoles say left. Stomp the right foot.", asked=False)
    state.push(replace(run.view(8.0), guide=naming, messages=("B says left too",)))
    assert alerts.lines(state)[0][0] == naming.sentence
    ended = replace(naming, over=True, sentence="B felt it and is the right one now.")
    state.push(replace(run.view(8.0), guide=ended))
    assert alerts.lines(state)[0] == (ended.sentence,)
    assert not alerts.lines(LiveState())[0] or alerts.lines(state)[0] == (ended.sentence,)


def test_an_old_zero_is_a_matter_of_the_chip_until_a_foot_is_done():
    waiting = GuideView("zero", "Lift each foot for 2 s, shoe on.", ("left", "right"), asked=False)
    assert unasked(waiting) == ""
    assert unasked(replace(waiting, phase=1, sentence="The left one is done.")) != ""
    assert unasked(replace(waiting, phase=1, asked=True)) == ""


# --- the card ---


@pytest.mark.parametrize("kind", ["calibrate", "zero", "name"])
def test_a_button_begins_it_and_leaving_ends_it(kind, open_window, fake, run, qtbot):
    session = fake(run)
    window = open_window(session)
    window.go("insoles")
    settle(qtbot, window)
    qtbot.mouseClick(getattr(window.insoles, kind), Qt.MouseButton.LeftButton)
    settle(qtbot, window)
    assert ("guide", kind) in session.calls
    assert window.guide.isVisible()
    assert window.guide.face.guide.kind == kind
    qtbot.keyClick(window.guide, Qt.Key.Key_Escape)
    settle(qtbot, window)
    assert window.guide.isHidden()
    assert session.calls[-1] == ("guide", None)
    assert no_panel_failed(window)


def test_what_has_ended_stays_until_it_is_closed_and_is_not_ended_again(
    open_window, fake, run, qtbot
):
    session = fake(run)
    session.guides["calibrate"] = ENDED
    window = open_window(session)
    window.ask_guide("calibrate")
    settle(qtbot, window)
    assert window.guide.once_more.isVisible()
    assert window.guide.close_it.words == "Close"
    qtbot.keyClick(window.guide.close_it, Qt.Key.Key_Return)
    settle(qtbot, window)
    assert window.guide.isHidden()
    assert ("guide", None) not in session.calls


def test_what_is_refused_is_said_and_leaves_no_empty_card(open_window, fake, run, qtbot):
    from insole.errors import RequestError

    session = fake(run)

    def refuse(_):
        raise RequestError("insoles are calibrated with both insoles only", where="s", why="w",
                           fix="Switch both on")  # fmt: skip

    session.guide = refuse
    window = open_window(session)
    window.ask_guide("calibrate")
    settle(qtbot, window)
    assert window.guide.isHidden()
    assert "both insoles only" in window.banner.lines[0]


@pytest.mark.parametrize("size", [(1024, 640), (1600, 1000)], ids=["small", "middle"])
@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("name", ["still", "late", "zero", "name", "ended", "not kept"])
def test_the_card_is_clean(name, theme, size, open_window, fake, run, qtbot, artefacts):
    late = "Stand on the left foot. Lift the right foot off the ground and keep still."
    wrong = "Both feet sum to 88 % of body weight: only the zero is kept. Once more."
    guide = {
        "still": GuideView("calibrate", "Stand still on both feet.", PHASES, 0, 0.4),
        "late": GuideView("calibrate", late, PHASES, 1, 0.1),
        "zero": GuideView("zero", "The left one is done. Lift the right foot for 2 s.",
                          ("left", "right"), 1),
        "name": GuideView("name", "Stomp the right foot.", ("stomp",)),
        "ended": ENDED,
        "not kept": replace(
            ENDED, found=replace(FOUND, residual_rel=-0.12, kept=False, note=wrong)
        ),
    }[name]  # fmt: skip
    session = fake(run)
    session.guides[guide.kind] = guide
    window = open_window(session, size=size, theme=theme)
    window.go("insoles")
    window.ask_guide(guide.kind)
    settle(qtbot, window)
    window.grab().save(str(artefacts / f"guide-{name.replace(' ', '-')}-{size[0]}-{theme}.png"))
    assert faults(audited(window)) == []
    assert no_panel_failed(window)
