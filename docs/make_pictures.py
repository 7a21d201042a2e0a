"""Draws the pictures of the README: the program itself, on the shipped run, without a screen.

python docs/make_pictures.py
"""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from insole import api
from insole.board import BoardView
from insole.engine import Session
from insole_gui.theme import by_name
from insole_gui.window import Window

FOLDER = Path(__file__).with_name("pictures")
SIZE = (1440, 900)
FRAME_MS = 16
G = 9.80665
RUN_S = 24.0  # enough steps to fill the rows of push-off
PICTURES = (
    ("live-dark", "recording", "dark"),
    ("live-light", "recording", "light"),
)


class Shown:
    """One session, as the window wants it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def view(self) -> BoardView:
        """The board."""
        return self._session.view()

    def close(self) -> None:
        """End it."""
        self._session.close()


def draw(application: QApplication, name: str, spec: str, theme: str) -> None:
    """One picture of a virtual pair, live."""
    session = api.live_session(f"virtual:{spec}")
    session.start()
    window = Window(lambda: Shown(session), theme=by_name(theme))
    window.resize(*SIZE)
    window.show()

    look = QTimer(window)

    def take() -> None:
        view = session.view()
        weight_n = (view.mass_kg or 0.0) * G
        if view.now_s > RUN_S and any(foot.total_n > 2 * weight_n for foot in view.feet.values()):
            look.stop()
            window.grab().save(str(FOLDER / f"{name}.png"))
            window.close()

    look.timeout.connect(take)
    look.start(FRAME_MS)
    application.exec()


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    running = QApplication(["insole"])
    for picture in PICTURES:
        draw(running, *picture)
