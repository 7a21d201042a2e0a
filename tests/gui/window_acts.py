"""What tests of the window do again and again."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

from insole.live.board import ReplayView
from insole_gui.widgets.look import Painted

REPLAY = ReplayView("/somewhere/trial-7.h5", 9.0, 29.9, 1.0, paused=False)


def frames(window, count=8):
    for _ in range(count):
        window.tick()
        QApplication.processEvents()


def settle(qtbot, window):
    """Let requests reach the session and their effects the screen."""
    qtbot.waitUntil(lambda: (window.tick(), not window.control.commands.busy)[1])
    frames(window)


def painted(widget):
    """Set of colours of a widget's picture."""
    image = widget.grab().toImage()
    return {
        image.pixelColor(x, y).name().upper()
        for x in range(0, image.width(), 2)
        for y in range(0, image.height(), 2)
    }


def no_panel_failed(window):
    return [p.failed for p in window.findChildren(Painted) if p.failed] == []
