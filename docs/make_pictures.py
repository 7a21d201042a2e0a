"""Draws the pictures of the README: the program itself, on the shipped run, without a screen.

python docs/make_pictures.py
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from insole.cli import main as main_of_program
from insole.live.desk import Desk
from insole_gui.theme import by_name
from insole_gui.window import Window

FOLDER = Path(__file__).with_name("pictures")
SIZE, COMPACT = (1440, 900), (1024, 640)
FRAME_MS = 16
SETTLED = 12  # frames until all words are those of the moment
G = 9.80665
RUN_S = 24.0  # enough steps to fill the rows of push-off
PLAYED_S = 16.0
LIVE = (
    ("live-dark", "dark", SIZE),
    ("live-light", "light", SIZE),
    ("compact", "dark", COMPACT),
)
STOOD_S = 20.0
DRILL_S = 6.0
COMPARED = "run?seed={seed}&seconds=60&fast=1&speed={speed}"
WITH_A_GAP = "recording?seconds=60&fast=1&drop_at.right=20&drop_for.right=3&loss.left=0.01"


def opened(desk: Callable[[], Desk], *, theme: str, size: tuple[int, int], page: str) -> Window:
    """A window on a page."""
    window = Window(desk, theme=by_name(theme))
    window.resize(*size)
    window.show()
    window.go(page)
    return window


def take(name: str, window: Window, ready: Callable[[], bool]) -> None:
    """One picture once all is ready, asked once a frame; ends what is shown."""
    look = QTimer(window)

    def ask() -> None:
        if not ready():
            return
        look.stop()
        for _ in range(SETTLED):
            window.tick()
        window.grab().save(str(FOLDER / f"{name}.png"))
        window.close()

    look.timeout.connect(ask)
    look.start(FRAME_MS)
    QApplication.exec()


def compare(name: str, a: list[Path], b: list[Path], *, theme: str) -> None:
    """The page that compares, once it has."""
    window = opened(Desk, theme=theme, size=SIZE, page="compare")
    window.comparing.choose("A", a)
    window.comparing.choose("B", b)
    take(name, window, lambda: window.compare.found is not None)


def drill(name: str, which: str, *, theme: str) -> None:
    """A drill on the virtual pair, in the middle of its second hold."""
    desk = Desk(spec="virtual:drill")
    window = opened(lambda: desk, theme=theme, size=SIZE, page="drill")
    begun: list[bool] = []

    def ready() -> bool:
        page, now = window.drill, window.state.newest.drill
        if not begun and window.state.streaming and page.list.offers:
            page.list.choose([one.drill.id for one in page.list.offers].index(which))
            if page.start.isEnabled():
                page.start.pressed.emit()
                begun.append(True)
        return now is not None and len(now.done) == 1 and now.elapsed_s > DRILL_S

    take(name, window, ready)


def draw(
    name: str, desk: Desk, *, theme: str, size: tuple[int, int], after_s: float, page: str = "live"
) -> None:
    """At a moment when a foot is loaded."""
    window = opened(lambda: desk, theme=theme, size=size, page=page)
    waited: list[Callable[[], object]] = [desk.pause] if desk.view().replay is not None else []

    def ready() -> bool:
        view = desk.view()
        weight_n = (view.mass_kg or 0.0) * G
        loaded = any(foot.total_n > 2 * weight_n for foot in view.feet.values())
        loaded |= view.standing is not None or page != "live"
        if view.replay is not None and view.replay.paused:
            loaded = True  # it was when it was held
        if view.now_s < after_s or not loaded:
            return False
        if waited:  # a replay is shown as it is looked at: held
            waited.pop()()
        return view.replay is None or view.replay.paused

    take(name, window, ready)


def main() -> None:
    """All pictures, one after the other; the first also makes the recording that is replayed."""
    FOLDER.mkdir(exist_ok=True)
    application = QApplication(["insole"])
    application.setQuitOnLastWindowClosed(False)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "trial 7.h5"
        for name, theme, size in LIVE:
            record_to = None if file.exists() else file
            desk = Desk(spec="virtual:recording", record_to=record_to)
            draw(name, desk, theme=theme, size=size, after_s=RUN_S)
        standing = Desk(spec="virtual:single?seed=3")
        draw("standing", standing, theme="dark", size=SIZE, after_s=STOOD_S)
        hurt = Desk(spec="virtual:run?dead.left=4&loss.right=0.02&seed=3")
        draw("insoles", hurt, theme="light", size=SIZE, after_s=RUN_S, page="insoles")
        draw("replay", Desk(file=file), theme="light", size=SIZE, after_s=PLAYED_S)
        lost = Path(folder) / "trial 8.h5"
        main_of_program(["record", str(lost), "--simulate", WITH_A_GAP])
        sides: dict[str, list[Path]] = {}
        for side, speed in (("A", 3.0), ("B", 3.1)):
            for number in (1, 2, 3, 4):
                one = Path(folder) / f"{speed} m per s, {number}.h5"
                spec = COMPARED.format(seed=10 * len(sides) + number, speed=speed)
                main_of_program(
                    ["record", str(one), "--simulate", spec, "--speed", str(speed),
                     "--shoe", "flat", "--surface", "road", "--athlete", "A1"]
                )  # fmt: skip
                sides.setdefault(side, []).append(one)
        compare("compare", sides["A"], sides["B"], theme="light")
        drill("drill", "tripod-hold", theme="dark")
        draw("review", Desk(file=lost), theme="dark", size=SIZE, after_s=PLAYED_S, page="review")


if __name__ == "__main__":
    main()
