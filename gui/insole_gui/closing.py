"""A clean end: a recording is finished before the window is gone, on a thread of its own."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from insole_gui.window import Window

log = logging.getLogger(__name__)

LOOK_MS = 20


class Closing:
    """Ends the session on a thread of its own, then closes the window and the program."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._thread: threading.Thread | None = None
        self.finished = False

    @property
    def begun(self) -> bool:
        """The board is not read any more."""
        return self._thread is not None

    def begin(self) -> None:
        """Say what is being finished, and finish it."""
        if self.begun:
            return
        window = self._window
        window.memory.window(window)
        view = window.state.newest
        window.saving.say(view.recording is not None or view.stopped is not None)
        window.saving.setGeometry(window.rect())
        window.saving.raise_()
        window.saving.show()
        self._thread = threading.Thread(target=self._end, name="insole-close")
        self._thread.start()
        watch = QTimer(window)
        watch.timeout.connect(lambda: self._ended(watch))
        watch.start(LOOK_MS)

    def _end(self) -> None:
        """On its own thread: wait for running commands, then close the session."""
        window = self._window
        window.commands.close()
        window.commands.poll()  # a session that was still being made arrives here
        window.memory.finish()
        if window.control.session is not None:
            try:
                window.control.session.close()
            except Exception:
                log.exception("closing the session failed")
        window.comparing.close()

    def _ended(self, watch: QTimer) -> None:
        if self._thread is None or self._thread.is_alive():
            return
        watch.stop()
        self.finished = True
        self._window.close()
        application = QApplication.instance()
        if application is not None:
            application.quit()
