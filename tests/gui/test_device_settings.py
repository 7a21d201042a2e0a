"""Settings of an insole: what can be chosen, what it changes, and the form that asks."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from insole import plugins
from insole.live.board import BoardView, CompanionView, FootView
from insole.model.foot import Side
from insole_gui.pages.device_form import RECORDING
from insole_gui.state.device_settings import AS_IT_IS, changes, device, has_pod
from insole_gui.widgets.choices import Choices
from tests.gui.window_acts import no_panel_failed, settle


def seen(capability, protocol):
    feet = {
        side: FootView(device=side.value, capability=replace(each, protocol=protocol))
        for side, each in capability.items()
    }
    return BoardView(feet=feet)


@pytest.mark.parametrize("name", ["open", "brilliantsole", "ukaton", "orphe_insole", "brainco"])
def test_every_setting_of_a_protocol_is_offered_and_explained(name, run):
    shown = device(seen(run.capability, name), "left", {})
    told = plugins.protocol(name).settings
    assert [row.setting for row in shown.rows] == list(told)
    assert all(row.setting.meaning in row.words and row.title for row in shown.rows)
    for row in shown.rows:
        assert set(row.setting.choices) <= set(row.choices)
        assert row.value == row.setting.usual


def test_what_was_asked_for_one_foot_goes_over_what_was_asked_for_both(run):
    view = seen(run.capability, "brilliantsole")
    chosen = {"rate": "50", "rate.left": "200"}
    left, right = (device(view, whose, chosen).rows[0].value for whose in ("left", "right"))
    assert (left, right) == ("200", "50")


def test_an_insole_that_has_not_said_what_it_is_has_no_form():
    assert device(BoardView(), "left", {}) is None


def test_a_pod_has_its_own_form(run):
    view = replace(
        seen(run.capability, "open"),
        beside=(CompanionView("pod", "motion pod", "streaming", "", protocol="orphe_core"),),
    )
    shown = device(view, "pod", {"led.pod": "on"})
    assert has_pod(view)
    assert {row.setting.name: row.value for row in shown.rows} == {"analysis": "keep", "led": "on"}
    assert changes(shown, {"led": "off"}, both=False)[0] == {"led.pod": "off"}


def test_both_feet_lose_what_was_for_one_alone(run):
    view = seen(run.capability, "brilliantsole")
    shown = device(view, "left", {"rate.right": "50"})
    wanted, _, _ = changes(shown, {"rate": "200", "name": "L 1"}, both=True)
    assert wanted == {"rate.right": None, "rate": "200", "name.left": "L 1"}


def test_what_stays_as_it_is_changes_nothing(run):
    shown = device(seen(run.capability, "open"), "left", {})
    assert changes(shown, {"rate": AS_IT_IS}, both=True) == ({}, "", "")
    asked = device(seen(run.capability, "open"), "left", {"rate": "200"})
    assert changes(asked, {"rate": AS_IT_IS}, both=True)[0] == {"rate": None}


def test_a_name_that_is_too_short_is_refused_in_words(run):
    shown = device(seen(run.capability, "brilliantsole"), "left", {})
    wanted, field, sentence = changes(shown, {"name": "L"}, both=False)
    assert (wanted, field) == ({}, "name")
    assert "2 to 30 characters" in sentence


# --- the form ---


def opened(open_window, session, qtbot, protocol="brilliantsole", **options):
    for side, each in session.run.capability.items():
        session.run.capability[side] = replace(each, protocol=protocol)
    window = open_window(session, **options)
    window.go("insoles")
    settle(qtbot, window)
    card = window.insoles.cards[Side.LEFT]
    qtbot.mouseClick(card.settings, Qt.MouseButton.LeftButton)
    settle(qtbot, window)
    return window


def test_the_button_of_a_card_opens_its_form_and_the_answers_go_to_the_session(
    open_window, fake, run, qtbot
):
    session = fake(run)
    window = opened(open_window, session, qtbot)
    form = window.device_form
    assert form.isVisible()
    assert "Left" in form.title
    assert isinstance(form.answers["rate"], Choices)
    assert isinstance(form.answers["name"], QLineEdit)
    qtbot.keyClick(form.answers["rate"].buttons["200"], Qt.Key.Key_Return)
    form.answers["name"].setText("grey left")
    qtbot.keyClick(form.both, Qt.Key.Key_Return)
    settle(qtbot, window)
    assert ("configure", {"rate": "200", "name.left": "grey left"}) in session.calls
    assert form.isHidden()
    assert no_panel_failed(window)


def test_a_fault_is_said_and_the_form_stays(open_window, fake, run, qtbot):
    session = fake(run)
    window = opened(open_window, session, qtbot)
    form = window.device_form
    form.answers["name"].setText("L")
    qtbot.keyClick(form.one, Qt.Key.Key_Return)
    settle(qtbot, window)
    assert form.isVisible()
    assert "2 to 30 characters" in form.sentence.text()
    assert not [call for call, _ in session.calls if call == "configure"]


def test_nothing_is_changed_while_a_recording_runs(open_window, fake, run, qtbot):
    session = fake(run)
    session.record()
    window = opened(open_window, session, qtbot)
    form = window.device_form
    assert form.sentence.text() == RECORDING
    assert not form.both.isEnabled()
    form.answers["rate"].pick("200")
    form._take(both=True)
    settle(qtbot, window)
    assert not [call for call, _ in session.calls if call == "configure"]


@pytest.mark.parametrize("size", [(1024, 640), (1600, 1000)])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_answer_lies_inside_the_card(size, theme, open_window, fake, run, qtbot, artefacts):
    window = opened(open_window, fake(run), qtbot, "ukaton", size=size, theme=theme)
    form = window.device_form
    window.grab().save(str(artefacts / f"device-form-{size[0]}-{theme}.png"))
    body = form._scroll.widget()
    assert body.width() <= form._scroll.viewport().width()
    for answer in form.answers.values():
        assert body.rect().contains(answer.geometry())
        if isinstance(answer, Choices):
            for button in answer.buttons.values():
                assert answer.rect().contains(button.geometry())
