"""Measures what a frame of the Live page costs: `python tests/gui/frame_times.py`.

Views are built beforehand; a frame is reading one, handing it on and painting it offscreen. Times
are processor time of the window's thread, so that other programs on the machine do not count.
"""

from __future__ import annotations

import os
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from time import thread_time

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def helpers():
    spec = spec_from_file_location("gui_board", Path(__file__).with_name("conftest.py"))
    module = module_from_spec(spec)
    sys.modules["gui_board"] = module
    spec.loader.exec_module(module)
    return module


def measure(app, board, kind: str, size: tuple[int, int], frames: int = 240) -> np.ndarray:
    """Milliseconds of each frame, after the first second."""
    from insole_gui.window import Window

    run = board.standing() if kind == "stand" else board.recorded(kind)
    session = board.FakeSession(run, now_s=6.0)
    views = []
    for frame in range(frames):
        session.now_s = 6.0 + frame / 60
        views.append(session.view())
    source = iter(views)
    window = Window(lambda: session)
    window._timer.stop()
    window.resize(*size)
    window.show()
    while window.control.session is None:
        window.tick()
        app.processEvents()
    session.view = lambda: next(source)
    spent = []
    for _ in views:
        begun = thread_time()
        window.tick()
        app.processEvents()
        spent.append(1000 * (thread_time() - begun))
    window.closing.finished = True
    window.close()
    window.commands.close()
    return np.array(spent[60:])


def main() -> None:
    from PySide6.QtWidgets import QApplication

    app = QApplication(["measure"])
    board = helpers()
    for kind in ("sixteen", "grid", "stand"):
        for size in ((1024, 640), (1600, 1000), (2560, 1440)):
            spent = measure(app, board, kind, size)
            print(
                f"{kind:8s} {size[0]}x{size[1]}: mean {spent.mean():.2f} ms, "
                f"p50 {np.median(spent):.2f}, p95 {np.percentile(spent, 95):.2f}"
            )


if __name__ == "__main__":
    main()
