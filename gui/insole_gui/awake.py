"""The screen stays awake while insoles stream: a coach looks, and nobody touches the keyboard.

On Linux the desktop is asked over D-Bus (`org.freedesktop.ScreenSaver`). It lets go when the
connection that asked is closed, so that is how it is taken back, and a program that dies lets go
too. Elsewhere, and where no desktop answers, nothing happens.
"""

from __future__ import annotations

import logging
import sys
from typing import Any

log = logging.getLogger(__name__)

NAME = "org.freedesktop.ScreenSaver"
PLACE = "/org/freedesktop/ScreenSaver"
CONNECTION = "insole-awake"
WHY = "Insoles are streaming"


class Awake:
    """Asks once, and takes it back once; nothing is waited for.

    Attributes:
        held: the desktop has promised to keep the screen on.
    """

    def __init__(self, platform: str = sys.platform) -> None:
        self._possible = platform.startswith("linux")
        self._wanted = False
        self._waiting: Any = None
        self.held = False

    def hold(self, *, on: bool) -> None:
        """Keep it awake, or not any more; called as often as one likes."""
        if not self._possible or on == self._wanted:
            return
        self._wanted = on
        if on:
            self._ask()
        else:
            self._let_go()

    def _ask(self) -> None:
        from PySide6.QtDBus import QDBusConnection, QDBusMessage, QDBusPendingCallWatcher

        bus = QDBusConnection.connectToBus(QDBusConnection.BusType.SessionBus, CONNECTION)
        if not bus.isConnected():
            self._give_up("there is no session bus")
            return
        message = QDBusMessage.createMethodCall(NAME, PLACE, NAME, "Inhibit")
        message.setArguments(["insole", WHY])
        self._waiting = QDBusPendingCallWatcher(bus.asyncCall(message))
        self._waiting.finished.connect(self._answered)

    def _answered(self, watcher: Any) -> None:
        reply = watcher.reply()
        if watcher is not self._waiting:
            return  # taken back meanwhile
        self._waiting = None
        if reply.errorName():
            self._give_up(reply.errorMessage())
        else:
            self.held = True

    def _give_up(self, why: str) -> None:
        log.info("the screen is not kept awake: %s", why)
        self._possible = False
        self._let_go()

    def _let_go(self) -> None:
        from PySide6.QtDBus import QDBusConnection

        self._waiting, self.held = None, False
        QDBusConnection.disconnectFromBus(CONNECTION)
