"""Review of a whole file: gaps hatched, happenings, what is decided, a step again and again."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFontMetricsF

from insole.deciding import alike, not_undone, words
from insole.live.board import ReplayView
from insole.model.foot import Side
from insole.model.trial import Decision
from insole.reviewing import FileReview, Happening, Hole
from insole_gui.state import review as told
from insole_gui.state.overview import Overview
from insole_gui.state.steps import StepRows
from tests.gui.test_review_overview import document, frames, settle

REPLAY = ReplayView("/somewhere/trial-7.h5", 9.0, 60.0, 1.0, paused=True)
SEEN = {
    "holes": (Hole(Side.RIGHT, 20.0, 23.0, 300), Hole(Side.LEFT, 21.0, 21.05, 4)),
    "happenings": (
        Happening(8.0, "mark", "cue {taller}"),
        Happening(20.0, "gap", "no data for 3.00 s", Side.RIGHT),
        Happening(20.4, "link", "Right lost: out of range.", Side.RIGHT),
        Happening(41.5, "sensor", "sensor 4 reads nothing", Side.LEFT),
    ),
}
spans = st.lists(
    st.tuples(st.floats(0.0, 100.0), st.floats(0.0, 5.0)).map(lambda x: (x[0], x[0] + x[1])),
    max_size=30,
)


@pytest.fixture
def review(open_window, fake, run, qtbot):
    """The page on a file that was looked through, its session and window."""
    session = fake(run, now_s=9.0)
    session.replay, session.document, session.seen = REPLAY, document(40), SEEN
    window = open_window(session, size=(1600, 1000))
    frames(window)
    window.go("review")
    settle(qtbot, window)
    settle(qtbot, window)
    return window.review, session, window


# --- state, without a window ---


@given(spans)
def test_hatching_covers_every_hole_and_joins_what_no_pixel_parts(found):
    holes = [Hole(Side.LEFT, *one, 1) for one in found]
    drawn = told.hatched(holes, Side.LEFT, end_s=150.0)
    for begin, end in found:
        assert any(a <= begin and end <= b for a, b in drawn)
    for (_, before), (after, _) in itertools.pairwise(drawn):
        assert after - before > 150.0 / 1500
    assert told.hatched(holes, Side.RIGHT, end_s=150.0) == []


decisions = st.builds(
    Decision,
    judgement=st.sampled_from(["", "keep", "repeat"]),
    from_s=st.sampled_from([None, 1.0]),
    swapped=st.booleans(),
)


@given(st.lists(decisions, max_size=12))
def test_taking_back_everything_ends_at_the_recording_as_it_was(made):
    kept = []
    for one in made:
        kept.append(replace(one, when=str(len(kept))))
    for _ in range(len(kept) + 1):
        left = not_undone(kept)
        if len(left) == 1:
            break
        kept.append(left[-2])
    assert not_undone(kept) == [Decision()]
    assert not kept or alike(kept[-1], Decision())


def test_the_same_judgement_again_takes_it_back():
    keep = told.judged(Decision(swapped=True), "keep")
    assert keep == Decision("keep", swapped=True)
    assert told.judged(keep, "repeat").judgement == "repeat"
    assert told.judged(keep, "keep") == Decision(swapped=True)


def test_a_begin_behind_the_end_forgets_the_end_and_the_other_way_round():
    cut = told.ended(told.begun(Decision(), 4.0), 9.0)
    assert (cut.from_s, cut.to_s) == (4.0, 9.0)
    assert told.begun(cut, 12.0) == Decision(from_s=12.0)
    assert told.ended(cut, 3.0) == Decision(to_s=3.0)
    assert words(cut, end_s=60.0) == "Cut to 4.0–9.0 s."
    longer = replace(cut, to_s=None, swapped=True)
    assert words(longer, end_s=60.0) == "Cut to 4.0–60.0 s, feet swapped."
    assert words(longer) == "Cut to 4.0–its end, feet swapped."
    assert words(Decision("keep")) == ""


def test_the_step_of_a_moment_is_repeated_with_a_little_around_it():
    rows = Overview.of(document(10)).rows("po50", start_s=2.0)  # strikes every 0.35 s, 250 ms long
    assert told.loop_around(rows, 2.4) == pytest.approx((2.25, 2.75))
    assert told.loop_around(rows, 0.0) == pytest.approx((1.9, 2.4))
    assert told.loop_around(StepRows(), 1.0) is None
    assert told.neighbour(rows, 2.4, 1) == pytest.approx(2.7)
    assert told.neighbour(rows, 2.4, -1) == pytest.approx(2.35 - 0.35)
    assert told.neighbour(rows, 0.0, -1) is None


def test_a_row_says_when_what_and_whose():
    gap = SEEN["happenings"][1]
    assert [told.cell(gap, i) for i in range(3)] == ["00:20.0", "gap", "right: no data for 3.00 s"]
    assert told.cell(SEEN["happenings"][2], 2) == "Right lost: out of range."
    step = Happening(1.0, "step", "step left out: gap", Side.LEFT)
    assert told.cell(step, 2) == "left: step left out: gap"
    assert told.title(FileReview(None, 1.0)).startswith("Nothing happened")


# --- the page ---


def test_happenings_are_listed_and_a_click_goes_there(review, qtbot):
    page, session, window = review
    assert page.happened.rowCount() == 4
    page.list.clicked.emit(page.happened.index(1, 0))
    settle(qtbot, window)
    assert session.calls[-1] == ("seek", 20.0)


def test_words_of_marks_that_stand_near_never_lie_over_each_other(review):
    page, session, window = review
    near = [Happening(at, "mark", words) for at, words in (
        (20.0, "cue: taller"), (20.4, "left knee"), (21.0, "eyes closed"), (59.9, "the end"),
    )]  # fmt: skip
    page.take(replace(session.reviewed(), happenings=tuple(near)))
    frames(window)
    window.look.audit = []
    page.timeline.grab()
    drawn = [one for one in window.look.audit if one.room.top() < page.timeline._track().top()]
    for i, one in enumerate(drawn):
        assert not any(one.used.intersects(other.used) for other in drawn[i + 1 :])
    assert page.timeline.failed == ""


def test_the_line_of_the_file_hatches_the_holes_and_goes_where_it_is_pressed(review, qtbot):
    page, session, window = review
    line = page.timeline
    picture = line.grab().toImage()
    ratio = picture.width() / line.width()
    lanes = line._track()
    hole, sound = (
        [
            picture.pixelColor(int(x * ratio), int(y * ratio)).name()
            for x in np.arange(line._x(from_s) + 2, line._x(to_s) - 2)
            for y in np.arange(lanes.bottom() - 14, lanes.bottom() - 2)
        ]
        for from_s, to_s in ((20.0, 23.0), (30.0, 33.0))
    )
    assert len(set(sound)) == 1
    assert len(set(hole)) > 1
    assert sound[0] not in hole
    at = QPointF(line._x(45.0), lanes.center().y()).toPoint()
    qtbot.mouseClick(line, Qt.MouseButton.LeftButton, pos=at)
    settle(qtbot, window)
    what, where = session.calls[-1]
    assert what == "seek"
    assert where == pytest.approx(45.0, abs=0.1)


def test_judgements_cuts_and_swaps_are_asked_for_and_shown(review, qtbot):
    page, session, window = review
    for button in (page.keep, page.begin, page.swap):
        button.pressed.emit()
        settle(qtbot, window)
    assert [said[1] for said in session.calls if said[0] == "decide"] == [
        Decision("keep"), Decision("keep", from_s=9.0), Decision("keep", from_s=9.0, swapped=True),
    ]  # fmt: skip
    assert (page.keep.kind, page.repeat.kind, page.swap.kind) == ("chosen", "plain", "chosen")
    assert "Cut to 9.0–60.0 s, feet swapped." in page._words


def test_undo_takes_the_newest_back_until_nothing_is_left(review, qtbot):
    page, session, window = review
    assert not page.undo.isEnabled()
    page.keep.pressed.emit()
    settle(qtbot, window)
    page.end.pressed.emit()
    settle(qtbot, window)
    assert page.undo.isEnabled()
    page.undo.pressed.emit()
    settle(qtbot, window)
    assert session.decisions[-1] == Decision("keep")
    page.undo.pressed.emit()
    settle(qtbot, window)
    assert session.decisions[-1] == Decision()
    assert not page.undo.isEnabled()


def test_a_step_is_repeated_and_no_longer(review, qtbot):
    page, session, window = review
    page.loop.pressed.emit()
    settle(qtbot, window)
    begin, end = window.state.loop
    strikes = page._rows.values[:, 1]
    assert begin + told.BEFORE_S == pytest.approx(strikes[strikes <= 9.0][-1])
    assert 0.3 < end - begin < 0.7
    assert ("seek", begin) in session.calls
    frames(window)
    assert page.loop.kind == "chosen"
    page.loop.pressed.emit()
    frames(window)
    assert window.state.loop is None
    assert page.loop.kind == "plain"


def test_speeds_and_steps_have_buttons(review, qtbot):
    page, session, window = review
    page.speed.pressed.emit()
    settle(qtbot, window)
    assert session.calls[-1] == ("set_speed", 2.0)
    page.step_on.pressed.emit()
    settle(qtbot, window)
    strikes = page._rows.values[:, 1]
    assert session.calls[-1] == ("seek", pytest.approx(strikes[strikes > 9.01][0]))


def test_what_comes_for_a_file_that_is_no_longer_open_is_left_alone(review):
    page, session, _ = review
    other = FileReview(session.reviewed().path.with_name("other.h5"), 5.0)
    page.take(other)
    assert page._review.end_s == 60.0


def test_a_live_source_has_steps_and_nothing_to_decide(open_window, fake, run):
    window = open_window(fake(run))
    window.go("review")
    frames(window)
    page = window.review
    hidden = (
        page.timeline, page.list, page.feet, page.keep, page.repeat, page.begin, page.swap,
        page.undo,
    )  # fmt: skip
    assert not any(widget.isVisible() for widget in hidden)
    assert page.table.isVisible()
    assert page.open.isVisible()


@pytest.mark.parametrize("size", [(1024, 640), (1600, 1000), (2560, 1400)])
def test_everything_has_its_place_and_no_word_is_cut(size, open_window, fake, run, qtbot):
    session = fake(run, now_s=9.0)
    session.replay, session.document, session.seen = REPLAY, document(40), SEEN
    window = open_window(session, size=size)
    window.go("review")
    settle(qtbot, window)
    settle(qtbot, window)
    page = window.review
    shown = [
        widget
        for widget in (
            page.timeline, page.table, page.list, page._plots, page.keep, page.repeat, page.play,
            page.step_back, page.step_on, page.loop, page.speed, page.begin, page.end, page.swap,
            page.undo, page.copy, page.open, page.feet,
        )
        if widget.isVisible()
    ]  # fmt: skip
    assert len(shown) == (17 if size == (1024, 640) else 18)  # no room for the feet
    for i, one in enumerate(shown):
        assert page.rect().contains(one.geometry()), one
        for other in shown[i + 1 :]:
            assert not one.geometry().intersects(other.geometry()), (one, other)
    assert page.table.height() > 150
    assert page.list.height() > 100
    window.look.audit = []
    for widget in shown:
        if hasattr(widget, "draw"):
            widget.grab()
            assert widget.failed == ""
    assert [drawn.text for drawn in window.look.audit if drawn.cut] == []
    metrics = QFontMetricsF(page.list.font())
    for column in (0, 1):
        cell = told.cell(SEEN["happenings"][3], column)
        assert metrics.horizontalAdvance(cell) + 8 <= page.list.columnWidth(column)
