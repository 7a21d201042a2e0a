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
RUN_S = 24.0  # enough steps to fill the rows of push-off
PICTURES = (
    ("live-dark", "recording", "dark"),
    ("live-light", "walk?speed=1.3", "light"),
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

    def take() -> None:
        window.grab().save(str(FOLDER / f"{name}.png"))
        window.close()

    QTimer.singleShot(round(RUN_S * 1e3), take)
    application.exec()


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    running = QApplication(["insole"])
    for picture in PICTURES:
        draw(running, *picture)
