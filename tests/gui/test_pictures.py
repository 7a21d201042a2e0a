"""Pictures of every page, kept as artefacts; no text in them is cut or lies on another."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QApplication

from insole.live.board import ReplayView
from insole.model.foot import Side
from insole_gui.widgets.look import Painted

SIZES = [(1024, 640), (1600, 1000), (2560, 1440)]
GONE = {
    "device": "", "values": None, "capability": None, "steps": None, "time_s": None,
    "force_n": None, "cop_mm": None, "tripod": None, "battery": None, "rssi_dbm": None,
    "in_contact": False, "phase_text": "",
}  # fmt: skip


def play(window, session, *, end: float, seconds: float = 3.5) -> None:
    """Run up to a moment at 60 frames a second."""
    now = end - seconds
    while now < end:
        if session.run is not None and session.replay is None:
            session.now_s = now
        window.tick()
        QApplication.processEvents()
        now += 1 / 60
    for _ in range(12):
        window.tick()
        QApplication.processEvents()


def audited(window) -> list:
    """Everything written in one repaint of all visible widgets."""
    window.look.audit = []
    for widget in window.findChildren(Painted):
        if widget.isVisible():
            widget.repaint()
    drawn, window.look.audit = window.look.audit, None
    return drawn


def faults(drawn: list) -> list[str]:
    """Texts that are cut, leave their widget or lie on another text of the same widget."""
    found = [f"cut: {d.owner.split()[0]} '{d.text}'" for d in drawn if d.cut]
    found += [
        f"outside: {d.owner.split()[0]} '{d.text}'"
        for d in drawn
        if not d.bounds.adjusted(-1, -1, 1, 1).contains(d.used)
    ]
    for a, b in combinations(drawn, 2):
        twice = a.text == b.text and a.used == b.used
        touch = a.used.adjusted(0, 0, -0.5, -0.5).intersects(QRectF(b.used))
        if a.owner == b.owner and touch and not twice:
            found.append(f"overlap: {a.owner.split()[0]} '{a.text}' and '{b.text}'")
    return found


def scene(name, make_run, make_standing, fake):
    """Session, its moment, and what to do with the window."""
    moment = 9.0
    session = fake(None if name == "empty" else make_run())
    prepare = None
    match name:
        case "standing":
            session = fake(make_standing())
        case "one foot":
            session.feet = {Side.RIGHT: GONE}
        case "stale":
            session.feet = {Side.RIGHT: {"age_s": 0.8}}
        case "lost":
            session.feet = {Side.LEFT: {"phase": "reconnecting", "age_s": 12.0}}
        case "replay":
            session.replay = ReplayView("/somewhere/trial-7.h5", 9.0, 29.9, 0.5, paused=False)
        case "cells without mass":
            session = fake(make_run("grid", mass_kg=None))
        case "three zones":
            session = fake(make_run("three"))
        case "recording":

            def prepare(window):
                window.control.record()
                window.control.mark("cue: taller")

        case _:
            pass
    return session, moment, prepare


SCENES = [
    "running", "recording", "standing", "one foot", "stale", "lost", "empty", "replay",
    "cells without mass", "three zones",
]  # fmt: skip


@pytest.mark.parametrize("size", SIZES, ids=["small", "middle", "large"])
@pytest.mark.parametrize("name", SCENES)
def test_no_text_is_cut_or_covered(
    name, size, make_run, make_standing, fake, open_window, artefacts
):
    session, moment, prepare = scene(name, make_run, make_standing, fake)
    theme = "light" if name in ("standing", "three zones", "empty") else "dark"
    session.now_s = moment - 0.4
    window = open_window(session, size=size, theme=theme)
    if prepare:
        window.tick()
        prepare(window)
    play(window, session, end=moment, seconds=0.4)
    window.grab().save(str(artefacts / f"live-{name.replace(' ', '-')}-{size[0]}-{theme}.png"))
    assert faults(audited(window)) == []
    assert [p.failed for p in window.findChildren(Painted) if p.failed] == []


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", [(1024, 640), (1600, 1000)], ids=["small", "middle"])
@pytest.mark.parametrize(
    "page", ["live", "drill", "review", "compare", "insoles", "settings", "keys", "far", "why"]
)
def test_every_page_is_clean_in_both_themes(
    page, size, theme, make_run, fake, open_window, artefacts
):
    session = fake(make_run())
    window = open_window(session, size=size, theme=theme)
    play(window, session, end=9.0, seconds=0.3)
    match page:
        case "keys":
            window.show_keys()
        case "far":
            window.toggle_far()
        case "why":
            window.explain("po50_BW_s")
        case _:
            window.go(page)
    play(window, session, end=9.2, seconds=0.2)
    window.grab().save(str(artefacts / f"page-{page}-{size[0]}-{theme}.png"))
    assert faults(audited(window)) == []


@pytest.mark.parametrize("tab", ["steps", "tiles"])
def test_the_tabs_of_the_small_window_are_clean(tab, make_run, fake, open_window, artefacts):
    session = fake(make_run())
    window = open_window(session, size=(1024, 640))
    window.live.choose_tab(tab)
    play(window, session, end=9.0, seconds=0.3)
    window.grab().save(str(artefacts / f"live-tab-{tab}-1024.png"))
    assert faults(audited(window)) == []


@pytest.mark.parametrize("factor", [0.8, 1.2, 1.4])
def test_another_text_size_keeps_numbers_whole(factor, make_run, fake, open_window, artefacts):
    session = fake(make_run())
    window = open_window(session)
    window.change_text(factor)
    play(window, session, end=9.0, seconds=0.3)
    window.grab().save(str(artefacts / f"live-text-{factor}.png"))
    cut = [fault for fault in faults(audited(window)) if "TileView" in fault or "Row" in fault]
    assert cut == []


def test_warnings_have_room(make_run, fake, open_window, artefacts):
    session = fake(make_run())
    window = open_window(session)
    view = session.view
    messages = ("Both insoles say left. Stomp the right foot.", "Zero is 48 min old.")
    session.view = lambda: replace(
        view(), k_dyn=1 / 0.88, k_verdict="force scale uncertain", messages=messages
    )
    play(window, session, end=9.0, seconds=0.3)
    window.grab().save(str(artefacts / "live-warnings.png"))
    assert "88 % of body weight" in window.live.feet.share.accessibleName()
    assert window.banner.lines == messages
    assert faults(audited(window)) == []


def test_a_loss_of_samples_is_hatched_not_bridged(make_run, fake, open_window, artefacts):
    run = make_run()
    session = fake(run)
    window = open_window(session)
    hole = (run.time_s > 7.6) & (run.time_s < 7.9)
    view = session.view

    def with_hole():
        shown = view()
        foot = shown.feet[Side.LEFT]
        keep = ~((foot.time_s > 7.6) & (foot.time_s < 7.9))
        part = replace(foot, time_s=foot.time_s[keep], force_n=foot.force_n[keep])
        return replace(shown, feet=shown.feet | {Side.LEFT: part})

    assert hole.any()
    play(window, session, end=9.0, seconds=0.3)
    whole = window.live.force.grab().toImage()
    session.view = with_hole
    window.live.force.restyle()
    play(window, session, end=9.0, seconds=0.1)
    window.live.force.grab().save(str(artefacts / "force-with-gap.png"))
    assert window.live.force.grab().toImage() != whole
    assert window.live.force.failed == ""
