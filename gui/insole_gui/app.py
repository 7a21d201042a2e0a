"""How the window starts and ends. Qt is imported late: the command line works without it."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from insole.errors import MissingExtra
from insole.preferences import Preferences
from insole_gui.state.control import Session

# What Qt's own libraries and its xcb plug-in load from the system, and the Debian and Ubuntu
# package of each (ldd on libQt6Gui, libQt6Widgets and plugins/platforms/libqxcb.so).
_ALWAYS = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libX11.so.6": "libx11-6",
}
_XCB = {
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb.so.1": "libxcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}
_WAYLAND = {
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
}


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _platform() -> str:
    """The platform plug-in that Qt will take on Linux, or "" where there is no display."""
    chosen = os.environ.get("QT_QPA_PLATFORM", "").split(":")[0].split(";")[0]
    if chosen:
        return chosen
    if os.environ.get("WAYLAND_DISPLAY"):
        return "wayland"
    return "xcb" if os.environ.get("DISPLAY") else ""


def check() -> list[str]:
    """What keeps the window from opening; empty when it can.

    Qt ends the whole process when its platform plug-in cannot load, so everything is tried before
    the first Qt object is made.

    Returns:
        Sentences with their fix: what is missing, and the command that installs it.
    """
    if find_spec("PySide6") is None:
        return ["PySide6 is not installed. Run: pip install pyside6-essentials"]
    if not sys.platform.startswith("linux"):
        return []
    platform = _platform()
    if not platform:
        return ["There is no display: neither DISPLAY nor WAYLAND_DISPLAY is set."]
    needed = dict(_ALWAYS)
    if platform == "xcb":
        needed |= _XCB
    elif platform.startswith("wayland"):
        needed |= _WAYLAND
    missing = [package for library, package in needed.items() if not _loads(library)]
    if missing:
        return [f"Qt needs libraries of the system. Run: sudo apt install {' '.join(missing)}"]
    if platform == "xcb" and not _x_server_answers():
        return [f"The display {os.environ.get('DISPLAY', '')} does not answer."]
    try:
        import_module("PySide6.QtWidgets")
    except ImportError as error:
        return [
            f"Qt cannot be loaded: {error}. Run: pip install --force-reinstall pyside6-essentials"
        ]
    return []


def _x_server_answers() -> bool:
    """Open and close a connection to the X server, without Qt."""
    x11 = ctypes.CDLL("libX11.so.6")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XCloseDisplay.argtypes = [ctypes.c_void_p]
    display = x11.XOpenDisplay(None)
    if not display:
        return False
    x11.XCloseDisplay(display)
    return True


def run(
    make_session: Callable[[], Session],
    *,
    files: Sequence[Path | str] = (),
    theme: str | None = None,
    preferences: Preferences | None = None,
    keep: Callable[[Preferences], None] | None = None,
    said: str = "",
) -> int:
    """Show the window until it is closed.

    Args:
        make_session: makes what is watched; called once, off the window's thread. Its errors are
            shown in the window.
        files: recordings offered on the Review page; the session opens the first by itself.
        theme: `dark`, `light` or None for the one chosen before, else the system's.
        preferences: what was chosen before.
        keep: stores what is chosen; called off the window's thread, may raise `InsoleError`.
        said: a sentence to begin with.

    Returns:
        0, or 130 when Ctrl-C ended it. A running recording is finished in both cases.

    Raises:
        MissingExtra: Qt or a library of the system is missing.
    """
    missing = check()
    if missing:
        raise MissingExtra(
            "the window cannot open", where="Qt", why=" ".join(missing).rstrip("."),
            fix="Or use --headless",
        )  # fmt: skip
    import signal

    from PySide6.QtCore import QLocale, Qt
    from PySide6.QtWidgets import QApplication

    from insole_gui.state.numbers import Writing
    from insole_gui.theme import by_name
    from insole_gui.window import Window

    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else QApplication(["insole"])
    application.setApplicationName("insole")
    application.setQuitOnLastWindowClosed(False)
    Writing.point = QLocale.system().decimalPoint()
    theme = theme or (preferences.theme if preferences is not None else "")
    if not theme:
        light = application.styleHints().colorScheme() == Qt.ColorScheme.Light
        theme = "light" if light else "dark"
    window = Window(
        make_session,
        files=[Path(file) for file in files],
        theme=by_name(theme),
        preferences=preferences,
        keep=keep,
    )
    window.resize(window.size().boundedTo(window.screen().availableSize()))
    if said:
        window.tell(said)
    interrupted: list[int] = []

    def leave(number: int, _frame: object) -> None:
        interrupted.append(number)
        window.close()

    before = {number: signal.signal(number, leave) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        if preferences is not None and preferences.maximized:
            window.showMaximized()
        else:
            window.show()
        application.exec()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 130 if signal.SIGINT in interrupted else 0
