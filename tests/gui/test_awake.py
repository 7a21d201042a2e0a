"""The screen stays awake while insoles stream: asked of a desktop that this test plays."""

from __future__ import annotations

import shutil
import subprocess
import sys
import textwrap

import pytest

from insole_gui.awake import Awake

DESKTOP = """
    import sys
    import time
    from PySide6.QtCore import ClassInfo, QCoreApplication, QObject, QTimer, Slot
    from PySide6.QtDBus import QDBusConnection, QDBusMessage

    application = QCoreApplication([])
    bus = QDBusConnection.connectToBus(QDBusConnection.BusType.SessionBus, "desktop")
    asked = []

    @ClassInfo({"D-Bus Interface": "org.freedesktop.ScreenSaver"})
    class Desktop(QObject):
        @Slot(str, str, result=int)
        def Inhibit(self, name, why):
            asked.append((name, why))
            return 41

    desktop = Desktop()
    option = QDBusConnection.RegisterOption.ExportAllSlots
    assert bus.registerService("org.freedesktop.ScreenSaver")
    assert bus.registerObject("/org/freedesktop/ScreenSaver", desktop, option)

    from insole_gui.awake import CONNECTION, Awake

    def turn(until, limit_s=20.0):
        ends = time.monotonic() + limit_s
        while not until() and time.monotonic() < ends:
            QTimer.singleShot(5, application.quit)
            application.exec()
        return until()
"""


def on_a_private_bus(code: str) -> subprocess.CompletedProcess[str]:
    run = shutil.which("dbus-run-session")
    if run is None:
        pytest.skip("dbus-run-session is not installed: there is no private bus to test on")
    return subprocess.run(
        [run, "--", sys.executable, "-c", textwrap.dedent(DESKTOP) + textwrap.dedent(code)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_desktop_is_asked_once_and_let_go():
    done = on_a_private_bus(
        """
        awake = Awake("linux")
        for _ in range(3):
            awake.hold(on=True)
        assert turn(lambda: awake.held), asked
        assert asked == [("insole", "Insoles are streaming")]
        name = QDBusConnection(CONNECTION).baseService()
        there = bus.interface().isServiceRegistered(name).value()
        awake.hold(on=False)
        assert not awake.held
        gone = lambda: not bus.interface().isServiceRegistered(name).value()
        assert there and turn(gone)
        awake.hold(on=True)
        assert turn(lambda: awake.held) and len(asked) == 2
        print("done")
        """
    )
    assert done.stdout.strip() == "done", done.stderr


def test_without_such_a_desktop_nothing_happens():
    done = on_a_private_bus(
        """
        bus.unregisterService("org.freedesktop.ScreenSaver")
        awake = Awake("linux")
        awake.hold(on=True)
        assert turn(lambda: awake._waiting is None)
        assert not awake.held
        awake.hold(on=False)
        print("done")
        """
    )
    assert done.stdout.strip() == "done", done.stderr


def test_where_there_is_no_such_bus_nothing_is_asked():
    for platform in ("darwin", "win32"):
        awake = Awake(platform)
        awake.hold(on=True)
        assert not awake.held
        awake.hold(on=False)
