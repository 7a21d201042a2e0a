"""What the window may ask of whatever stands behind it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from insole.board import BoardView
from insole.model.trial import TrialNotes


class Session(Protocol):
    """A running source with its pipeline and, perhaps, a recording.

    Every method may be called from any thread. `view` is cheap and never waits; the others may
    take time and are called off the window's thread. They raise `InsoleError`.
    """

    def view(self) -> BoardView:
        """The newest values."""
        ...

    def record(
        self,
        path: Path | None = None,
        *,
        notes: TrialNotes | None = None,
        mass_kg: float | None = None,
    ) -> Path:
        """Start a recording; None: a new default name in Documents/Insole, no words, told mass."""
        ...

    def stop_recording(self) -> None:
        """Finish the file; live goes on."""
        ...

    def mark(self, text: str) -> None:
        """Set a marker now."""
        ...

    def seek(self, position_s: float) -> None:
        """Replay: go to a moment of the file."""
        ...

    def pause(self) -> None:
        """Replay: hold."""
        ...

    def resume(self) -> None:
        """Replay: go on."""
        ...

    def step(self, samples: int) -> None:
        """Replay: pause, and go forward (or back) by this many samples."""
        ...

    def set_speed(self, speed: float) -> None:
        """Replay: 1 is real time, inf as fast as it goes."""
        ...

    def open_file(self, path: Path) -> None:
        """Replay this recording instead of the present source."""
        ...

    def stored(self) -> dict[str, Any] | None:
        """Replay: columns of all steps in the file's result; None when there is none."""
        ...

    def connect_virtual(self, spec: str) -> None:
        """Connect a virtual pair, e.g. `virtual:recording`."""
        ...

    def connect_ble(self) -> None:
        """Search for real insoles and connect the pair."""
        ...

    def close(self) -> None:
        """Finish any recording, end the source and join all threads; bounded in time."""
        ...
