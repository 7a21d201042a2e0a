"""What the user chose, held for the window and stored off its thread."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import QWidget

from insole.errors import InsoleError
from insole.preferences import Preferences
from insole_gui import text
from insole_gui.state.about import About
from insole_gui.state.commands import Commands

log = logging.getLogger(__name__)


class Memory:
    """The choices in force; a change is stored at once, and once more when the window ends.

    Args:
        now: what was stored before.
        keep: stores them; None: they hold until the window is closed.
        commands: runs `keep`; what goes wrong is told like any failed request.
    """

    def __init__(
        self,
        now: Preferences,
        keep: Callable[[Preferences], None] | None,
        commands: Commands,
    ) -> None:
        self.now = now
        self._stored = now
        self._keep = keep
        self._commands = commands
        self._lock = threading.Lock()

    def change(self, **choices: Any) -> None:
        """Take other values for some fields of `Preferences`."""
        new = replace(self.now, **choices)
        if new != self.now:
            self.now = new
            if self._keep is not None:
                self._commands.run(text.KEEPING, self._store)

    @property
    def about(self) -> About:
        """The last trial's words; a note belongs to one trial and is not kept."""
        now = self.now
        return About(
            athlete=now.athlete,
            shoe=now.shoe,
            surface=now.surface,
            speed_m_s=now.speed_m_s,
            mass_kg=now.mass_kg,
        )

    def take(self, about: About) -> None:
        """Keep the words of a trial for the next one."""
        self.change(
            athlete=about.athlete,
            shoe=about.shoe,
            surface=about.surface,
            speed_m_s=about.speed_m_s,
            mass_kg=about.mass_kg,
        )

    def window(self, window: QWidget) -> None:
        """Keep its size, or that it fills the screen."""
        if window.isMaximized() or window.isFullScreen():
            self.change(maximized=True)
        else:
            self.change(maximized=False, width=window.width(), height=window.height())

    def finish(self) -> None:
        """Store what is not stored yet; on the closing thread, when no command runs any more."""
        try:
            self._store()
        except InsoleError as error:
            log.warning("%s", error)

    def _store(self) -> None:
        with self._lock:
            now = self.now
            if self._keep is not None and now != self._stored:
                self._keep(now)
                self._stored = now
