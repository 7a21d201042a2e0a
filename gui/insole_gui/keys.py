"""Every key of the window, in one table: bound, listed by `?`, and a button there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

if TYPE_CHECKING:
    from insole_gui.window import Window

_K = Qt.Key


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the window.

    Attributes:
        action: name of what it does, as `actions` calls it.
        shown: on its cap.
        words: what it does, for people.
        codes: key and whether Shift is held; the first is the usual one.
        replay: it means something in a replay only.
    """

    action: str
    shown: str
    words: str
    codes: tuple[tuple[Qt.Key, bool], ...]
    replay: bool = False


KEYS = (
    Key("live", "1", "Live", ((_K.Key_1, False),)),
    Key("drill", "2", "Drills", ((_K.Key_2, False),)),
    Key("review", "3", "Review: all steps", ((_K.Key_3, False),)),
    Key("compare", "4", "Compare recordings", ((_K.Key_4, False),)),
    Key("insoles", "5", "Insoles and their links", ((_K.Key_5, False),)),
    Key("settings", "6", "Settings", ((_K.Key_6, False),)),
    Key("record", "Space", "Record, stop; replay: pause", ((_K.Key_Space, False),)),
    Key("keep", "B", "Record from 30 s ago; undo a stop", ((_K.Key_B, False),)),
    Key("about", "N", "About the trial: who, shoe, mass", ((_K.Key_N, False),)),
    Key("mark", "M", "Mark this moment", ((_K.Key_M, False),)),
    Key("mark_words", "Shift M", "Mark with words", ((_K.Key_M, True),)),
    Key("back", "J", "Two seconds back", ((_K.Key_J, False),)),
    Key("play", "K", "Hold the view, go on", ((_K.Key_K, False),)),
    Key("forward", "L", "Two seconds forward; replay: faster", ((_K.Key_L, False),)),
    Key("end", "End", "Live again; replay: to its end", ((_K.Key_End, False),)),
    Key("sample_back", ",", "One sample back", ((_K.Key_Comma, False),), replay=True),
    Key("sample_on", ".", "One sample forward", ((_K.Key_Period, False),), replay=True),
    # brackets are typed with other keys held on many keyboards
    Key("step_back", "[", "One step back", ((_K.Key_BracketLeft, False),), replay=True),
    Key("step_on", "]", "One step forward", ((_K.Key_BracketRight, False),), replay=True),
    Key("loop", "O", "Repeat the newest step", ((_K.Key_O, False),), replay=True),
    Key("far", "F", "Far view, read at 3 m", ((_K.Key_F, False),)),
    Key("push_off", "P", "Other definition of push-off", ((_K.Key_P, False),)),
    Key("points", "Q", "Three points, four points", ((_K.Key_Q, False),)),
    Key("swap_ab", "X", "Compare: swap A and B", ((_K.Key_X, False),)),
    Key("theme", "T", "Light, dark", ((_K.Key_T, False),)),
    Key("keys", "?", "This list", ((_K.Key_Question, False), (_K.Key_Question, True))),
    Key("leave", "Esc", "Leave what lies over the page", ((_K.Key_Escape, False),)),
)

ELSEWHERE = (
    "Tab: next number or button · Enter: press it, or what a number means · "
    "arrows: time line, steps, far view"
)
"""What the keys do that belong to whatever has the focus."""


def bindings() -> dict[tuple[int, bool], str]:
    """Key code and Shift to the name of an action."""
    return {(int(code), shift): key.action for key in KEYS for code, shift in key.codes}


def actions(window: Window) -> dict[str, Callable[[], object]]:
    """What keys and their menu do, by the names in `KEYS`."""
    do = window.control
    return {
        "live": lambda: window.go("live"),
        "drill": lambda: window.go("drill"),
        "review": lambda: window.go("review"),
        "compare": lambda: window.go("compare"),
        "insoles": lambda: window.go("insoles"),
        "settings": lambda: window.go("settings"),
        "record": do.record_or_play,
        "keep": do.keep,
        "about": window.ask_about,
        "mark": lambda: do.mark("mark"),
        "mark_words": window.mark_with_text,
        "back": do.jump_back,
        "play": do.play,
        "forward": do.faster,
        "end": do.to_live,
        "sample_back": lambda: do.sample(-1),
        "sample_on": lambda: do.sample(1),
        "step_back": lambda: do.step(-1),
        "step_on": lambda: do.step(1),
        "loop": do.loop_step,
        "far": window.toggle_far,
        "push_off": do.next_push_off,
        "points": window.toggle_points,
        "swap_ab": window.comparing.swap,
        "theme": window.toggle_theme,
        "keys": window.show_keys,
        "leave": window.leave,
    }
