"""Starting and ending: what is missing is said, signals end cleanly, nothing aborts."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from insole.errors import MissingExtra
from insole_gui import app

HELPERS = Path(__file__).with_name("conftest.py")

PROGRAM = f"""
import importlib.util, sys
spec = importlib.util.spec_from_file_location("board", {str(HELPERS)!r})
board = importlib.util.module_from_spec(spec); sys.modules["board"] = board
spec.loader.exec_module(board)
from pathlib import Path
from insole.plugins import RecorderStatus
session = board.FakeSession(board.standing())
session.recording = RecorderStatus(Path("a.h5"), 1, 0.1)
views = session.view
def view():
    if not view.told:
        view.told = True
        print("drawing", flush=True)
    session.now_s += 1 / 60
    return views()
view.told = False
session.view = view
from insole_gui.app import run
status = run(lambda: session, theme="dark")
print("closed" if session.closed else "left open", flush=True)
sys.exit(status)
"""


def started(**environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True,
        env={**os.environ, **environment},
    )  # fmt: skip


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_a_signal_closes_the_window_and_finishes_the_file(number, status):
    with started(QT_QPA_PLATFORM="offscreen") as process:
        assert process.stdout.readline() == "drawing\n"
        process.send_signal(number)
        out, _ = process.communicate(timeout=30)
    assert out == "closed\n"
    assert process.returncode == status


@pytest.mark.skipif(shutil.which("xvfb-run") is None, reason="xvfb-run is not installed")
def test_a_real_window_opens_on_an_x_server():
    command = ["xvfb-run", "-a", sys.executable, "-c", PROGRAM.replace(
        "session.now_s += 1 / 60",
        "session.now_s += 1 / 60\n    if session.now_s > 9.0:\n"
        "        import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
    )]  # fmt: skip
    environment = {k: v for k, v in os.environ.items() if k not in ("QT_QPA_PLATFORM", "DISPLAY")}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=90, env=environment, check=False
    )
    assert done.stdout.split() == ["drawing", "closed"], done.stderr
    assert done.returncode == 0


def test_without_a_display_the_reason_is_a_sentence(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert app.check() == ["There is no display: neither DISPLAY nor WAYLAND_DISPLAY is set."]
    with pytest.raises(MissingExtra, match="--headless"):
        app.run(lambda: pytest.fail("no session without a window"))


def test_missing_libraries_are_named_by_package(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(
        app, "_loads", lambda name: name not in ("libEGL.so.1", "libxcb-cursor.so.0")
    )
    (sentence,) = app.check()
    assert sentence.endswith("sudo apt install libegl1 libxcb-cursor0")


def test_a_display_that_does_not_answer_is_noticed_before_qt_aborts(monkeypatch):
    if not app._loads("libX11.so.6"):
        pytest.skip("libX11 is not installed")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(app, "_loads", lambda _name: True)
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", ":987")
    assert app.check() == ["The display :987 does not answer."]


@pytest.mark.skipif(shutil.which("ldd") is None, reason="ldd is not installed")
def test_every_system_library_that_qt_loads_on_x_is_known():
    import PySide6

    plugin = Path(PySide6.__file__).parent / "Qt/plugins/platforms/libqxcb.so"
    if not plugin.exists():
        pytest.skip("this Qt brings no xcb plug-in")
    listed = subprocess.run(["ldd", str(plugin)], capture_output=True, text=True, check=True)
    needed = {
        line.split()[0]
        for line in listed.stdout.splitlines()
        if "=>" in line and "PySide6" not in line
    }
    toolkit = {
        name
        for name in needed
        if name.startswith(("libxcb", "libX11", "libxkb", "libGL.", "libEGL"))
    }
    assert toolkit <= set(app._ALWAYS) | set(app._XCB)
