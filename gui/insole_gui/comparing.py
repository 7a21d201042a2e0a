"""The Compare page at work: which recordings, and what was found, off the window's thread."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from insole_gui import text
from insole_gui.state.commands import Commands
from insole_gui.state.compare import Comparison, compare

if TYPE_CHECKING:
    from insole_gui.window import Window


class _Overtaken(Exception):
    """Nobody waits for this comparison any more."""


class Comparing:
    """Compares whenever both sides are chosen.

    A thread of its own: a recording that is stopped must not wait until hours are analysed.

    Args:
        window: whose page it is; two or more recordings that it offers are a first A and B.
    """

    def __init__(self, window: Window, *, files: Sequence[Path] = ()) -> None:
        self._window = window
        self._page = window.compare
        self._commands = Commands()
        self._page.asked.connect(self.ask)
        self._page.swapped.connect(self.swap)
        self._wanted: tuple[tuple[Path, ...], ...] = ()
        if len(files) > 1:
            self._page.choose("A", files[:1])
            self._page.choose("B", files[1:2])

    def ask(self, side: str) -> None:
        """Choose the recordings of `A` or `B`."""
        title = text.COMPARE_TITLE.format(side=side)
        names, _ = QFileDialog.getOpenFileNames(self._window, title, "", text.OPEN_FILTER)
        if names:
            self.choose(side, [Path(name) for name in names])

    def choose(self, side: str, files: Sequence[Path]) -> None:
        """These are the recordings of `A` or `B`."""
        self._page.choose(side, files)
        self._begin()

    def swap(self) -> None:
        """B is A and A is B."""
        if self._window.page == "compare" and any(self._page.files.values()):
            self._page.exchange()
            self._begin()

    def look(self) -> None:
        """The page is on screen: compare what is chosen and was not compared yet."""
        if self._page.found is None and self._page.ready and self._wanted != self._chosen():
            self._begin()
        self._page.show_busy(self._commands.busy)

    def poll(self) -> list[str]:
        """Show what is ready; the sentences of what failed."""
        return self._commands.poll()

    def close(self) -> None:
        """Begin nothing more; the file that is read is waited for."""
        self._wanted = ()
        self._commands.close()

    def _chosen(self) -> tuple[tuple[Path, ...], ...]:
        return tuple(self._page.files[name] for name in ("A", "B"))

    def _begin(self) -> None:
        self._wanted = chosen = self._chosen()
        if not self._page.ready:
            return
        self._commands.run(
            text.COMPARING,
            lambda: self._compare(chosen),
            done=lambda found: self._take(found, chosen),
        )

    def _compare(self, chosen: tuple[tuple[Path, ...], ...]) -> Comparison | None:
        """On the other thread; None where others were chosen, or the window closes."""

        def before(_: Path) -> None:
            if self._wanted != chosen:
                raise _Overtaken

        try:
            return compare(*chosen, before=before)
        except _Overtaken:
            return None

    def _take(self, found: Comparison | None, of: tuple[tuple[Path, ...], ...]) -> None:
        if found is not None and of == self._chosen():
            self._page.show_comparison(found)
