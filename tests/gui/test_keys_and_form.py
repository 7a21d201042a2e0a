"""Keys, their menu, the form of a trial, and what is kept for next time: all by keyboard."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from insole.errors import FileError
from insole.live.board import ReplayView
from insole.preferences import Preferences, read, write
from insole_gui.head import show_head
from insole_gui.keys import KEYS, actions, bindings
from insole_gui.state.about import About
from insole_gui.state.about import read as understood
from insole_gui.widgets.buttons import Button, Pressable

REPLAY = ReplayView("/somewhere/trial-7.h5", 9.0, 29.9, 1.0, paused=False)


def settle(qtbot, window):
    qtbot.waitUntil(lambda: (window.tick(), not window.commands.busy)[1])
    for _ in range(8):
        window.tick()
        QApplication.processEvents()


def typed(**words):
    fields = dict.fromkeys(("athlete", "shoe", "surface", "speed_m_s", "mass_kg", "note"), "")
    return fields | words


# --- keys ---


def test_every_key_does_something_and_everything_has_a_key(open_window, fake, run):
    window = open_window(fake(run))
    names = [key.action for key in KEYS]
    assert sorted(names) == sorted(actions(window))
    codes = [code for key in KEYS for code in key.codes]
    assert len(set(codes)) == len(codes) == len(bindings())


def test_question_mark_offers_every_key_as_a_button(open_window, fake, run, qtbot):
    window = open_window(fake(run))
    qtbot.keyClick(window, Qt.Key.Key_Question)
    assert window.menu.isVisible()
    shown = {button.key for button in window.menu.findChildren(Button)}
    assert shown == {key.shown for key in KEYS}
    qtbot.keyClick(window.menu, Qt.Key.Key_Escape)
    assert window.menu.isHidden()


def test_the_menu_does_what_the_key_does(open_window, fake, run, qtbot):
    session = fake(run)
    window = open_window(session)
    for name in ("record", "mark", "theme", "far"):
        window.show_keys()
        qtbot.keyClick(window.menu.buttons[name], Qt.Key.Key_Return)
        assert window.menu.isHidden()
        settle(qtbot, window)
    assert [call for call, _ in session.calls] == ["record", "mark"]
    assert window.look.theme.name == "light"
    assert window.far.isVisible()


def test_keys_of_a_replay_are_offered_in_a_replay_only(open_window, fake, run, qtbot):
    session = fake(run, now_s=9.0)
    window = open_window(session)
    settle(qtbot, window)
    window.show_keys()
    of_replay = [key.action for key in KEYS if key.replay]
    assert of_replay
    assert not any(window.menu.buttons[name].isEnabled() for name in of_replay)
    window.leave()
    session.replay = REPLAY
    settle(qtbot, window)
    window.show_keys()
    assert all(window.menu.buttons[name].isEnabled() for name in of_replay)


@pytest.mark.parametrize("replay", [False, True])
@pytest.mark.parametrize("size", [(1024, 640), (1600, 1000)])
def test_the_keyboard_alone_reaches_everything_on_every_page(
    open_window, fake, run, qtbot, size, replay
):
    session = fake(run, now_s=9.0)
    if replay:
        session.replay = REPLAY
    window = open_window(session, size=size)
    for key, page in zip(
        "123456", ("live", "drill", "review", "compare", "insoles", "settings"), strict=True
    ):
        qtbot.keyClick(window, key)
        settle(qtbot, window)
        assert window.page == page
        window.setFocus()
        reached: set[QWidget] = set()
        for _ in range(200):
            window.focusNextPrevChild(True)
            focused = QApplication.focusWidget() or window.focusWidget()
            if focused in reached:
                break
            reached.add(focused)
        wanted = {
            widget
            for widget in window.findChildren(Pressable)
            if widget.isVisible() and widget.isEnabled()
        }
        assert [type(widget).__name__ for widget in wanted - reached] == []
        qtbot.keyClick(window, Qt.Key.Key_Question)
        assert window.menu.isVisible()
        qtbot.keyClick(window.menu, Qt.Key.Key_Escape)
        assert window.menu.isHidden()


# --- the form ---


def test_the_form_is_reached_by_its_key_and_by_two_buttons(open_window, fake, run, qtbot):
    window = open_window(fake(run))
    qtbot.keyClick(window, Qt.Key.Key_N)
    assert window.form.isVisible()
    qtbot.keyClick(window.form.fields["athlete"], Qt.Key.Key_Escape)
    assert window.form.isHidden()
    for button in (window.live.transport.about_button, window.settings.about):
        qtbot.keyClick(button, Qt.Key.Key_Return)
        assert window.form.isVisible()
        window.leave()


def test_what_is_typed_goes_with_the_next_recording(open_window, fake, run, qtbot):
    session = fake(run)
    window = open_window(session)
    settle(qtbot, window)
    qtbot.keyClick(window, Qt.Key.Key_N)
    words = {
        "athlete": "A7", "shoe": "grey", "surface": "track",
        "speed_m_s": "3,3", "mass_kg": "150 lb", "note": "after lunch",
    }  # fmt: skip
    for name, word in words.items():
        qtbot.keyClicks(window.form.fields[name], word)
    qtbot.keyClick(window.form.record, Qt.Key.Key_Return)
    settle(qtbot, window)
    ((notes, mass_kg),) = session.said
    assert (notes.athlete, notes.shoe, notes.surface) == ("A7", "grey", "track")
    assert (notes.speed_m_s, notes.note) == (3.3, "after lunch")
    assert mass_kg == pytest.approx(68.04, abs=0.005)  # 150 x 0.45359237
    assert "A7" in window.memory.now.athlete


def test_a_number_that_is_none_is_refused_where_it_stands(open_window, fake, run, qtbot):
    session = fake(run)
    window = open_window(session)
    settle(qtbot, window)
    window.ask_about()
    qtbot.keyClicks(window.form.fields["mass_kg"], "900")
    qtbot.keyClick(window.form.fields["mass_kg"], Qt.Key.Key_Return)
    assert window.form.isVisible()
    assert "20 to 300 kg" in window.form.sentence.text()
    assert session.said == []


def test_a_mass_of_last_time_does_not_go_over_what_the_insoles_say(open_window, fake, run, qtbot):
    session = fake(run)
    told = session.view().mass_kg
    window = open_window(session, preferences=Preferences(athlete="A7", mass_kg=told + 20))
    settle(qtbot, window)
    qtbot.keyClick(window, Qt.Key.Key_Space)
    settle(qtbot, window)
    assert session.said[0][0].athlete == "A7"
    assert session.said[0][1] is None


def test_a_mass_of_last_time_serves_insoles_that_tell_none(open_window, fake, make_run, qtbot):
    session = fake(make_run(mass_kg=None))
    window = open_window(session, preferences=Preferences(mass_kg=61.5))
    settle(qtbot, window)
    for _ in range(2):
        qtbot.keyClick(window, Qt.Key.Key_Space)
        settle(qtbot, window)
        qtbot.keyClick(window, Qt.Key.Key_Space)
        settle(qtbot, window)
        session.run = make_run(mass_kg=61.5)  # what the trial says from then on
    assert [mass for _, mass in session.said] == [61.5, 61.5]


@given(kg=st.floats(20.0, 300.0), comma=st.booleans(), unit=st.sampled_from(["", " kg", "kg"]))
def test_a_mass_is_understood_as_it_was_meant(kg, comma, unit):
    text = f"{kg:.2f}"
    about, _, _ = understood(typed(mass_kg=(text.replace(".", ",") if comma else text) + unit))
    assert about is not None
    assert about.mass_kg == pytest.approx(float(text))


@given(text=st.text(max_size=12), field=st.sampled_from(["mass_kg", "speed_m_s"]))
def test_whatever_is_typed_is_understood_or_refused_in_words(text, field):
    about, wrong, sentence = understood(typed(**{field: text}))
    assert isinstance(about, About) or (wrong == field and sentence.endswith("."))


# --- what is kept ---


def test_choices_are_there_in_the_next_window(open_window, fake, run, qtbot, tmp_path):
    def window_of():
        found, said = read(tmp_path)
        assert said == ""
        return open_window(
            fake(run), theme=found.theme or "dark", preferences=found,
            keep=lambda new: write(tmp_path, new),
        )  # fmt: skip

    first = window_of()
    first.change_theme("light")
    first.change_contrast()
    first.change_text(1.2)
    first.change_scale(600.0)
    first.take_about(About(athlete="A7", shoe="grey", speed_m_s=3.3, mass_kg=61.5, note="x"), False)
    settle(qtbot, first)
    second = window_of()
    assert second.look.theme.name == "light"
    assert second.memory.now == first.memory.now
    assert second.live.feet.feet[next(iter(second.live.feet.feet))].bands.full_kpa == 600.0
    assert second.settings.scales[600.0].kind == "chosen"
    assert second.settings.sizes[1.2].kind == "chosen"
    about = replace(first.control.about, note="")  # a note belongs to one trial
    assert second.control.about == about


def test_the_size_of_the_window_is_kept_when_it_closes(open_window, fake, run, qtbot, tmp_path):
    window = open_window(fake(run), size=(1300, 850), keep=lambda new: write(tmp_path, new))
    window.close()
    qtbot.waitUntil(lambda: window.closing.finished)
    assert (read(tmp_path)[0].width, read(tmp_path)[0].height) == (1300, 850)


def test_a_request_that_had_not_begun_does_not_keep_the_window_open(
    open_window, fake, run, qtbot, tmp_path
):
    session = fake(run)
    window = open_window(session, size=(1300, 850), keep=lambda new: write(tmp_path, new))
    going_on = threading.Event()
    window.commands.run("Waiting…", lambda: going_on.wait(10))
    window.close()  # the new size is queued behind it
    going_on.set()
    qtbot.waitUntil(lambda: window.closing.finished)
    assert session.closed
    assert read(tmp_path)[0].width == 1300


def test_choices_that_cannot_be_stored_are_said_and_hold(open_window, fake, run, qtbot):
    called = threading.Event()

    def refuse(_new):
        called.set()
        raise FileError("settings cannot be stored", where="x", why="read-only", fix="Free it")

    window = open_window(fake(run), keep=refuse)
    window.change_theme("light")
    settle(qtbot, window)
    assert called.is_set()
    assert "read-only" in window.banner.lines[0]
    assert window.look.theme.name == "light"


def test_the_title_names_what_is_recorded_or_played(open_window, fake, run, qtbot):
    session = fake(run)
    window = open_window(session)
    settle(qtbot, window)
    show_head(window, [])
    assert window.windowTitle() == "Live – insole"
    qtbot.keyClick(window, Qt.Key.Key_Space)
    settle(qtbot, window)
    show_head(window, [])
    assert window.windowTitle() == "Recording trial-1.h5 – insole"
    session.recording, session.replay = None, REPLAY
    settle(qtbot, window)
    show_head(window, [])
    assert window.windowTitle() == "trial-7.h5 – insole"
