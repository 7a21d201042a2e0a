"""The four points of the foot: each with its own band and sign, in the picture and in numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt

from insole.live.board import BoardView, FootView
from insole.model.foot import REGIONS, Side
from insole.parameters import Parameters
from insole.preferences import Preferences, as_toml, read, write
from insole.signal.holds import RANGES, REGION_OF, quadripod_hold, range_of
from insole_gui.state import quadripod
from insole_gui.state.live import LiveState
from insole_gui.state.seated import TOP_N, seated
from insole_gui.state.strip import axis
from tests.gui.test_pictures import audited, faults, play
from tests.gui.window_acts import no_panel_failed, settle

SEEN = np.ones(len(REGIONS), bool)


def standing_on(share, *, lost=(), seen=SEEN):
    hold = quadripod_hold(seen, parameters=Parameters(), lost=lost).at(np.array(share))
    return FootView(device="x", quadripod=hold, in_contact=True, total_n=400.0)


shares = st.lists(st.floats(0.02, 1.0), min_size=4, max_size=4).map(
    lambda parts: np.array(parts) / sum(parts)
)


@given(share=shares)
def test_a_pad_has_its_tick_where_its_band_is_and_its_sign_where_its_share_lies(share):
    for pad, value in zip(quadripod.pads(standing_on(share)), share, strict=True):
        assert pad.share == pytest.approx(100 * value)
        assert pad.low <= pad.target <= pad.high
        assert pad.inside == (pad.low <= pad.share <= pad.high)
        assert pad.mark[0] == ("✓" if pad.inside else "▲")


def test_a_toe_off_the_ground_is_said_in_words():
    pads = quadripod.pads(standing_on([0.5, 0.3, 0.2, 0.0], lost=("toe",)))
    assert pads[3].mark == "▲ off the ground"


def test_a_foot_without_a_sensor_under_the_toe_says_so():
    seen = SEEN.copy()
    seen[REGION_OF[3]] = False
    foot = standing_on([0.5, 0.3, 0.2, 0.0], seen=seen)
    assert quadripod.pads(foot) == ()
    assert {number.reason for number in quadripod.standing(foot)} == {quadripod.why_not(foot)}
    assert "no sensor under" in quadripod.why_not(foot)


@given(share=shares)
def test_the_dot_lies_inside_the_kite(share):
    places = quadripod.corners(None, (96.0, 270.0))
    at = quadripod.dot(standing_on(share), places)
    assert (places.min(axis=0) <= at + 1e-9).all()
    assert (at <= places.max(axis=0) + 1e-9).all()


def test_all_load_on_one_point_puts_the_dot_there():
    places = quadripod.corners(None, (96.0, 270.0))
    for corner in range(4):
        at = quadripod.dot(standing_on(np.eye(4)[corner]), places)
        np.testing.assert_allclose(at, places[corner])


def test_the_big_toe_lies_above_its_ball_and_the_kite_does_not_cross_itself():
    places = quadripod.corners(None, (96.0, 270.0))
    assert places[3, 1] > places[1, 1] > places[0, 1]
    around = places[list(quadripod.AROUND)]
    edges = np.roll(around, -1, axis=0) - around
    following = np.roll(edges, -1, axis=0)
    turns = np.sign(edges[:, 0] * following[:, 1] - edges[:, 1] * following[:, 0])
    assert len(set(turns[turns != 0])) == 1 or np.count_nonzero(turns == turns[0]) == 3


# --- in the window ---


def on_four(session, share=(0.42, 0.24, 0.18, 0.16)):
    hold = quadripod_hold(SEEN, parameters=Parameters()).at(np.array(share))
    session.feet = {side: {"quadripod": hold} for side in Side}
    return session


def test_q_shows_four_points_and_it_is_kept(open_window, fake, make_standing, qtbot):
    kept = []
    window = open_window(on_four(fake(make_standing())), preferences=Preferences(),
                         keep=kept.append)  # fmt: skip
    settle(qtbot, window)
    card = window.live.feet
    assert not any(row.isVisible() for row in card.four_rows)
    qtbot.keyClick(window, Qt.Key.Key_Q)
    settle(qtbot, window)
    assert all(row.isVisible() for row in card.four_rows)
    assert not any(row.isVisible() for row in card.rows)
    assert card.four_rows[0].numbers[0].value == pytest.approx(16.0)
    assert "✓" in card.four_rows[0].accessibleName()
    assert kept[-1].four
    qtbot.mouseClick(card.points, Qt.MouseButton.LeftButton)
    settle(qtbot, window)
    assert all(row.isVisible() for row in card.rows)
    assert no_panel_failed(window)


def test_the_choice_survives_the_file(tmp_path):
    write(tmp_path, Preferences(four=True))
    assert read(tmp_path)[0].four
    assert "true" in as_toml(Preferences(four=True))


@pytest.mark.parametrize("size", [(1024, 640), (1600, 1000)], ids=["small", "middle"])
@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("share", [(0.42, 0.24, 0.18, 0.16), (0.7, 0.2, 0.1, 0.0)])
def test_four_points_are_clean(share, theme, size, open_window, fake, make_standing, artefacts):
    session = on_four(fake(make_standing(), now_s=8.0), share)
    window = open_window(session, size=size, theme=theme, preferences=Preferences(four=True))
    play(window, session, end=9.0, seconds=0.3)
    name = f"live-four-{round(100 * share[0])}-{size[0]}-{theme}.png"
    window.grab().save(str(artefacts / name))
    assert faults(audited(window)) == []
    assert no_panel_failed(window)


def test_four_points_of_a_runner_are_means_of_steps(open_window, fake, run, qtbot):
    window = open_window(fake(run, now_s=9.0), preferences=Preferences(four=True))
    settle(qtbot, window)
    assert {row.numbers[0].reason for row in window.live.feet.four_rows} == {"not measured here"}
    assert no_panel_failed(window)


# --- seated ---


def sitting(force_n, *, mass_kg=None, seconds=6.0):
    time = np.arange(0, seconds, 0.01)
    feet = {
        side: FootView(time_s=time, force_n=np.full(len(time), force_n), device=side.value)
        for side in Side
    }
    return BoardView(feet=feet, now_s=float(time[-1]), activity="stand", mass_kg=mass_kg)


def test_light_feet_at_rest_are_seated_and_have_their_own_locked_axis():
    for mass_kg in (None, 70.0):
        shown = axis(sitting(110.0, mass_kg=mass_kg))
        assert (shown.unit, shown.top) == ("N", TOP_N)
        state = LiveState()
        state.push(sitting(110.0, mass_kg=mass_kg))
        assert "Sitting" in state.activity_words()


def test_who_stands_walks_or_is_not_there_is_not_seated():
    assert not seated(sitting(343.0, mass_kg=70.0))
    assert not seated(sitting(0.5))
    assert not seated(replace(sitting(110.0), activity="walk"))
    assert axis(sitting(343.0, mass_kg=70.0)).unit == "BW"


def test_standing_up_leaves_the_seated_axis_at_once():
    view = sitting(110.0)
    feet = {
        side: replace(foot, force_n=np.where(foot.time_s > foot.time_s[-1] - 0.1, 340.0, 110.0))
        for side, foot in view.feet.items()
    }
    assert not seated(replace(view, feet=feet))


# --- ranges of quiet standing ---


def test_shares_of_quiet_standing_are_told_with_their_ranges(
    open_window, fake, make_standing, artefacts
):
    session = fake(make_standing())
    ranges = {
        side: (
            range_of("rearfoot_share", 0.55, parameters=Parameters()),
            range_of("medial_share", medial, parameters=Parameters()),
        )
        for side, medial in ((Side.LEFT, 0.55), (Side.RIGHT, 0.20))
    }
    session.feet = {side: {"ranges": each} for side, each in ranges.items()}
    session.changes["ranges"] = (range_of("left_share", 0.5, parameters=Parameters()),)
    window = open_window(session, size=(1024, 640))
    play(window, session, end=9.0, seconds=0.3)
    window.grab().save(str(artefacts / "live-standing-ranges-1024.png"))
    words = window.live.feet.words
    assert words[Side.LEFT].lines[1:] == ("✓ rear 55 % · ✓ inside 55 %", "text2")
    assert words[Side.RIGHT].lines[1:] == ("✓ rear 55 % · ▲ inside 20 %", "attention")
    low, high = (100 * end for end in Parameters().several(RANGES["medial_share"]))
    assert f"range {low:.0f}–{high:.0f} %" in words[Side.RIGHT].toolTip()
    assert "· ✓" in window.live.feet.share.accessibleName()
    assert faults(audited(window)) == []
