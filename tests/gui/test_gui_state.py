"""What the pages know, without Qt: numbers, shapes, sentences."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insole.live.board import BoardView, FootView, ReplayView, StandingView
from insole.model.foot import Side
from insole.model.gait import StepFlag, Steps
from insole.plugins import RecorderStatus
from insole_gui.state import layout as arrangement
from insole_gui.state.alerts import Alerts
from insole_gui.state.definition import definition
from insole_gui.state.history import History
from insole_gui.state.links import chip, health, sentence
from insole_gui.state.live import Fresh, LiveState
from insole_gui.state.numbers import Number, mean_of_newest, written
from insole_gui.state.pins import all_tiles
from insole_gui.state.strip import axis, late_stances, signal
from insole_gui.state.tiles import symmetry_index
from insole_gui.state.transport import clock, following, round_times, span
from insole_gui.state.tripod import Standing, zone
from insole_gui.theme import DARK, LIGHT, contrast, high_contrast


def steps_of(side: Side, contact: list[float], flags: list[int] | None = None) -> Steps:
    strike = np.arange(len(contact)) * 0.75
    value = {
        "foot_strike_s": strike,
        "toe_off_s": strike + np.array(contact),
        "contact_s": np.array(contact),
    }
    return Steps(side, np.array(flags or [0] * len(contact), np.uint32), value, {}, {})


def test_the_half_width_is_students_interval():
    # 1, 2, 3, 4, 5: sd = sqrt(2.5), t(0.975, 4) = 2.776 (any table)
    number = mean_of_newest(np.arange(1.0, 6.0), np.ones(5, bool))
    assert number.value == 3.0
    assert number.half == pytest.approx(2.776 * np.sqrt(2.5 / 5), rel=1e-3)


def test_below_four_steps_the_doubt_is_the_number_of_steps():
    assert written(mean_of_newest(np.array([280.0, 282.0, 281.0]), np.ones(3, bool)), most=0) == (
        "281",
        "3 steps",
    )


def test_invalid_steps_are_left_out_of_the_mean_and_counted():
    number = mean_of_newest(np.array([1.0, 1.0, 50.0, 1.0]), np.array([1, 1, 0, 1], bool))
    assert (number.value, number.n, number.excluded) == (1.0, 3, 1)


@pytest.mark.parametrize(
    ("value", "half", "most", "shown"),
    [(281.3, 4.2, 2, ("281", "±4")), (0.1583, 0.0021, 3, ("0.158", "±0.002")),
     (816.0, 25.0, 1, ("816", "±25")), (755.0, 1e-9, 0, ("755", "±<1")),
     (2.2649, 0.03, 2, ("2.26", "±0.03"))],
)  # fmt: skip
def test_digits_stop_where_the_doubt_starts(value, half, most, shown):
    assert written(Number(value, half, 8), most=most) == shown


@given(st.tuples(*[st.floats(0.05, 1.0)] * 3), st.floats(0.02, 0.3))
def test_every_corner_of_the_zone_is_as_far_from_the_target_as_it_may_be(raw, reach):
    target = np.array(raw) / sum(raw)
    shape = zone(target, reach=reach, smallest=-9.0)
    assert len(shape) == 6
    assert shape.sum(axis=1) == pytest.approx(np.ones(6))
    assert 0.5 * np.abs(shape - target).sum(axis=1) == pytest.approx(np.full(6, reach))


@given(st.tuples(*[st.floats(0.05, 1.0)] * 3))
def test_the_zone_never_goes_below_a_corners_minimum(raw):
    target = np.array(raw) / sum(raw)
    shape = zone(target, reach=0.3, smallest=0.04)
    assert (shape >= 0.04 - 1e-12).all()


def test_symmetry_is_the_difference_over_the_mean():
    assert symmetry_index(100.0, 110.0) == pytest.approx(9.52, abs=0.005)  # science.md 3.5
    assert np.isnan(symmetry_index(0.0, 1.0))


def test_a_gap_of_samples_is_found_and_a_slow_rate_is_not_a_gap():
    time = np.concatenate([np.arange(0, 1, 0.01), np.arange(1.31, 2, 0.01)])
    foot = FootView(time_s=time, force_n=np.ones(len(time)), nominal_hz=100.0)
    assert [time[i] for i in signal(foot, after_s=0.0).breaks] == [pytest.approx(1.31)]
    slow = FootView(time_s=np.arange(0, 2, 0.04), force_n=np.ones(50), nominal_hz=25.0)
    assert signal(slow, after_s=0.0).breaks == ()


def test_new_samples_continue_the_line_from_the_last_one_drawn():
    time = np.arange(0, 1, 0.01)
    foot = FootView(time_s=time, force_n=time, nominal_hz=100.0)
    new = signal(foot, after_s=float(time[50]))
    assert new.time_s[0] == time[50]
    assert len(new.time_s) == 50


def test_late_stance_begins_in_the_middle_of_contact():
    steps = steps_of(Side.LEFT, [0.3, 0.28])
    view = BoardView(feet={Side.LEFT: FootView(steps=steps), Side.RIGHT: FootView()})
    late = late_stances(view, after_s=0.5, key="po50_N_s", digits=0)
    assert [(round(s.middle_s, 3), round(s.off_s, 3), s.label) for s in late] == [(0.89, 1.03, "")]


def test_the_force_axis_does_not_follow_the_data():
    assert axis(BoardView(mass_kg=62.0, activity="run")).top == 3.5
    assert axis(BoardView(mass_kg=62.0, activity="walk")).top == 1.5
    assert axis(BoardView(activity="run")).unit == "N"


@settings(max_examples=50)
@given(st.floats(5.0, 1e7))
def test_counts_have_an_axis_that_holds_them_and_no_share_between_feet(most):
    minute = np.array([0.0, most, 0.3 * most])
    foot = FootView(force_n=minute, total_n=most, is_force=False)
    view = BoardView(mass_kg=62.0, activity="run", feet={Side.LEFT: foot, Side.RIGHT: foot})
    shown = axis(view)
    assert shown.unit == "counts"
    assert most <= shown.top <= 2.5 * most
    assert f"{shown.top:e}"[0] in "124"
    state = LiveState()
    state.view = view
    assert np.isnan(state.left_share())
    tiles = {tile.name: tile for tile in all_tiles(view, "po50")}
    assert tiles["Late-stance push-off"].metric == "po50_share_percent"
    assert tiles["Peak force"].unit == "N"


def test_a_missing_column_is_not_available_with_a_reason():
    steps = steps_of(Side.LEFT, [0.3] * 5)
    view = BoardView(feet={Side.LEFT: FootView(steps=steps), Side.RIGHT: FootView()})
    tiles = {tile.name: tile for tile in all_tiles(view, "po50")}
    assert tiles["Contact"].sides[0].value == pytest.approx(300.0)
    assert tiles["Late-stance push-off"].sides[0].reason == "not measured here"
    assert tiles["Contact"].sides[1].reason == "no step yet"
    assert "no body mass" in tiles["Late-stance push-off"].note


def test_a_screen_reader_hears_value_and_doubt():
    contact = [0.280, 0.282, 0.278, 0.281, 0.279]
    view = BoardView(
        feet={s: FootView(steps=steps_of(s, contact)) for s in (Side.LEFT, Side.RIGHT)}
    )
    tile = next(t for t in all_tiles(view, "po50") if t.name == "Contact")
    assert tile.spoken().startswith("Left, contact, 280 plus or minus 2 ms. Right, contact, 280")


@pytest.mark.parametrize(
    ("changes", "state", "words"),
    [
        ({"age_s": 0.2}, "live", ""),
        ({"age_s": 0.8}, "stale", "Right: no data for 0.8 s"),
        ({"age_s": 12.0, "phase": "lost"}, "lost", "Right lost 12 s ago. Searching."),
        ({"age_s": 12.0, "phase": "reconnecting"}, "lost", "Right lost 12 s ago. Searching."),
        ({"age_s": 5.0, "phase": "connecting"}, "lost", "Right lost 5.0 s ago. Searching."),
        ({"phase": "connecting"}, "stale", "Right: waiting for the first data"),
        ({}, "stale", "Right: waiting for the first data"),
    ],
)
def test_a_silent_foot_says_so_and_for_how_long(changes, state, words):
    silent = FootView(**({"device": "b", "phase": "streaming"} | changes))
    view = BoardView(feet={Side.LEFT: FootView(device="a", age_s=0.01), Side.RIGHT: silent})
    assert health(silent) == state
    assert sentence(Side.RIGHT, view) == words
    assert chip(Side.RIGHT, silent).warn == (state != "live")


def test_one_foot_alone_says_what_it_cannot_tell():
    view = BoardView(feet={Side.LEFT: FootView(device="a", age_s=0.01), Side.RIGHT: FootView()})
    assert sentence(Side.RIGHT, view) == "Left only. Symmetry needs both."


def test_the_share_of_the_moment_is_the_newest_that_the_board_has_smoothed():
    standing = Standing()
    for i in range(200):
        standing.push(i * 0.01, np.array([0.5, 0.3, 0.2]))
    for i in range(200, 240):
        standing.push(i * 0.01, np.array([0.7, 0.2, 0.1]))
    assert standing.numbers[0].value == pytest.approx(70.0)
    standing.push(2.5, np.full(3, np.nan))
    assert not standing.numbers[0].known


def test_the_view_can_be_held_while_live_goes_on(run):
    state = LiveState()
    for i in range(240):
        state.push(run.view(5.0 + i / 60))
    state.hold(7.0)
    state.push(run.view(9.0))
    assert state.newest.now_s == pytest.approx(9.0, abs=0.01)
    assert state.view.now_s == 7.0
    assert state.behind_s() == pytest.approx(2.0, abs=0.02)
    then, shown = run.view(7.0).feet[Side.LEFT], state.view.feet[Side.LEFT]
    assert shown.total_n == pytest.approx(then.total_n, abs=60.0)  # one frame apart at most
    assert shown.time_s[-1] <= 7.0
    assert (shown.steps.value["toe_off_s"] <= 7.0).all()
    state.hold(None)
    assert state.view is state.newest


def test_the_view_cannot_be_held_longer_than_the_minute_that_is_kept(run):
    state = LiveState()
    state.push(run.view(9.0))
    state.hold(-1000.0)
    assert state.held_s == pytest.approx(state.newest.now_s - 60.0)


def test_history_starts_anew_when_time_goes_back(run):
    history = History()
    for now in (5.0, 6.0, 7.0):
        history.push(run.view(now))
    history.push(run.view(2.0))
    assert history.at(run.view(2.0), 1.0).feet[Side.LEFT].values is not None


def test_the_scrubber_of_a_recording_shows_what_was_recorded():
    view = BoardView(now_s=100.0)
    assert span(view, None).recorded is None
    status = RecorderStatus(Path("a.h5"), 1, 0.1)
    view = BoardView(now_s=100.0, recording=status, recording_since_s=24.0)
    assert span(view, 88.0).recorded == (-24.0, 0.0)
    assert span(view, 88.0).at_s == -12.0


def test_times_are_written_as_on_a_clock():
    assert [clock(s) for s in (0, 24.9, 727, 3723)] == ["00:00", "00:24", "12:07", "1:02:03"]


def test_the_speed_button_goes_round():
    seen = [1.0]
    for _ in range(7):
        seen.append(following(seen[-1]))
    assert seen[-1] == 1.0
    assert len(set(seen)) == 7


def test_a_definition_names_the_steps_that_were_left_out():
    flags = [0, int(StepFlag.GAP), 0, 0, 0, 0]
    steps = steps_of(Side.LEFT, [0.28, 0.5, 0.28, 0.29, 0.27, 0.28], flags)
    view = BoardView(feet={Side.LEFT: FootView(steps=steps), Side.RIGHT: FootView()})
    _, rows = definition("contact_s", view)
    words = dict(rows)["Left"]
    assert "1 of 6 steps left out: gap 1" in words


def test_an_unknown_metric_has_a_sentence_instead_of_a_definition():
    title, rows = definition("no_such_metric", BoardView())
    assert title == "no_such_metric"
    assert "No definition" in rows[0][1]


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
def test_words_are_readable_on_every_surface(theme):
    for ground in (theme.background, theme.surface, theme.raised):
        for colour in (theme.text, theme.text2, theme.text3):
            assert contrast(colour, ground) >= 4.5, (colour, ground)
    for colour in (theme.good, theme.attention, theme.record):
        assert contrast(colour, theme.surface) >= 4.5, colour
    for colour in (theme.heel, theme.first, theme.fifth, theme.left, theme.right):
        assert contrast(colour, theme.surface) >= 3.0, colour  # glyphs


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
def test_high_contrast_makes_all_words_text_coloured(theme):
    strong = high_contrast(theme)
    assert contrast(strong.text3, strong.surface) >= 7.0
    assert contrast(strong.line, strong.surface) >= 3.0


def test_contrast_of_black_and_white_is_twenty_one():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
def test_more_pressure_is_always_further_from_the_ground(theme):
    ratios = [contrast(colour, theme.surface) for colour in theme.bands]
    assert all(a < b for a, b in pairwise(ratios))


@pytest.mark.parametrize("size", [(1024, 640), (1279, 799), (1600, 1000), (3840, 2160)])
def test_cards_neither_overlap_nor_leave_the_page(size):
    u = arrangement.unit(*size)
    compact = arrangement.is_compact(*size)
    page = arrangement.window(*size, u)["page"]
    boxes = arrangement.live(page.w, page.h, u, compact=compact)
    hidden = {"steps", "cadence", "flight", "peak"} if compact else {"tabs"}
    shown = [boxes[name] for name in boxes if name not in hidden]
    for i, a in enumerate(shown):
        assert 0 <= a.x <= a.x + a.w <= page.w
        assert 0 <= a.y <= a.y + a.h <= page.h
        for b in shown[i + 1 :]:
            apart = a.x + a.w <= b.x or b.x + b.w <= a.x or a.y + a.h <= b.y or b.y + b.h <= a.y
            assert apart, (a, b)


def test_the_state_of_the_pages_loads_without_qt():
    code = (
        "import sys, pkgutil, importlib, insole_gui.state as s\n"
        "for m in pkgutil.iter_modules(s.__path__):\n"
        "    importlib.import_module('insole_gui.state.' + m.name)\n"
        "import insole_gui.app\n"
        "assert not [m for m in sys.modules if m.startswith(('PySide6', 'pyqtgraph'))]"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_paused_replay_is_not_a_silent_foot(run):
    state = LiveState()
    view = run.view(9.0, replay=ReplayView("a.h5", 9.0, 30.0, 1.0, paused=True))
    old = {side: replace(foot, age_s=40.0) for side, foot in view.feet.items()}
    state.push(replace(view, feet=old))
    assert all(health(foot) == "live" for foot in state.view.feet.values())
    assert not chip(Side.LEFT, state.newest.feet[Side.LEFT]).warn
    assert Alerts().lines(state) == ((), False)


def test_lost_samples_of_the_hand_over_are_the_loudest_sentence(run):
    state = LiveState()
    state.push(run.view(9.0, overflow=12, messages=("Zero is 48 min old.",)))
    lines, urgent = Alerts().lines(state)
    assert urgent
    assert any("12 samples" in line for line in lines)


def test_a_sentence_of_the_board_about_a_foot_is_not_repeated(run):
    state = LiveState()
    view = run.view(9.0, messages=("Left lost 2 s ago. Searching.",))
    feet = view.feet | {Side.LEFT: replace(view.feet[Side.LEFT], phase="lost", age_s=2.0)}
    state.push(replace(view, feet=feet))
    assert Alerts().lines(state)[0] == ("Left lost 2 s ago. Searching.",)


def test_only_new_samples_count_for_the_latency(run):
    fresh = Fresh()
    first, second = run.view(9.0), run.view(9.1)
    assert fresh.age_s(first) == pytest.approx(0.012)
    assert fresh.age_s(first) is None
    assert fresh.age_s(second) == pytest.approx(0.012)


def test_the_share_of_the_load_is_of_impulse_when_moving(run):
    state = LiveState()
    state.push(run.view(15.0))
    left, right = (
        run.steps[side].value["impulse_N_s"][run.steps[side].value["toe_off_s"] <= 14.9][-8:].mean()
        for side in Side
    )
    assert state.left_share() == pytest.approx(100 * left / (left + right))


def test_standing_is_what_the_board_says_it_is(run):
    state = LiveState()
    view = replace(run.view(9.0), activity="")
    long = replace(view.feet[Side.LEFT], in_contact=True, since_s=1.0)
    state.push(replace(view, feet=view.feet | {Side.LEFT: long}))
    assert not state.standing
    stands = StandingView(Side.LEFT, 6.0, 0)
    state.push(replace(view, activity="stand", standing=stands))
    assert state.standing
    assert state.activity_words().startswith("Standing on the left foot")
    state.push(replace(view, activity="stand", mass_kg=None))
    assert state.activity_words().startswith("Still")


def test_where_nobody_steps_the_numbers_follow_the_moment(run):
    state = LiveState()
    state.push(run.view(9.0))
    assert not state.momentary
    view = run.view(9.0)
    state.push(replace(view, now_s=30.0, activity="other"))
    assert state.momentary
    assert not state.standing
    assert state.activity_words().startswith("On the ground, no steps")


@pytest.mark.parametrize("end_s", [0.4, 3.0, 61.0, 599.0, 3600.0, 7_300.0, 86_400.0])
@pytest.mark.parametrize("most", [2, 3, 7, 13])
def test_times_under_a_scrubber_are_round_few_and_inside(end_s, most):
    times = round_times(end_s, most)
    assert times[0] == 0.0
    assert len(times) <= most
    assert times[-1] <= end_s
    steps = np.diff(times)
    assert (steps == steps[:1]).all()
    if len(steps):
        assert 86_400 % steps[0] == 0
