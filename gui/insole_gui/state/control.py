"""What the window may ask of whatever stands behind it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from insole.drills.drill import Drill
from insole.guided.view import Kind
from insole.live.board import BoardView
from insole.metrics.personal import Personal
from insole.model.trial import Decision, TrialNotes
from insole.reviewing import FileReview


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
        before_s: float = 0.0,
    ) -> Path:
        """Start a recording, `before_s` ago; None: a new default name, no words, told mass."""
        ...

    def stop_recording(self, *, undo_s: float = 0.0) -> None:
        """Finish the file, `undo_s` later: until then `go_on` takes it back; live goes on."""
        ...

    def go_on(self) -> None:
        """Take a stop back: the recording has no hole."""
        ...

    def align(self) -> None:
        """Look for three hops on both feet that bring their times together."""
        ...

    def swap(self) -> None:
        """Left is right and right is left, from now on."""
        ...

    def guide(self, kind: Kind | None) -> None:
        """Begin a guided act: `zero`, `name`, `calibrate`; None ends the one that goes on."""
        ...

    def drill(self, drill: Drill | None) -> None:
        """Begin a drill, or end the one that goes on."""
        ...

    def pause_drill(self) -> None:
        """Pause the drill that goes on, or go on with it."""
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

    def reviewed(self) -> FileReview:
        """Replay: the whole file at one look; takes as long as analysing it, at most."""
        ...

    def decide(self, decision: Decision) -> None:
        """Replay: keep a decision about the file beside it, and follow it."""
        ...

    def connect_virtual(self, spec: str) -> None:
        """Connect a virtual pair, e.g. `virtual:recording`."""
        ...

    def connect_ble(self) -> None:
        """Search for real insoles and connect the pair."""
        ...

    def settings(self) -> dict[str, str]:
        """Settings of devices that the present source was asked for; `rate`, `rate.left`."""
        ...

    def configure(self, changes: Mapping[str, str | None]) -> None:
        """Connect the present insoles anew with other settings; None takes one back."""
        ...

    def usual(self, athlete: str, shoe: str) -> Personal:
        """What is usual for this person in these shoes; takes seconds, may raise anything."""
        ...

    def close(self) -> None:
        """Finish any recording, end the source and join all threads; bounded in time."""
        ...
