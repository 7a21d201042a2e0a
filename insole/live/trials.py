"""Which trial runs: recording, stopping, taking a stop back, other sides or times.

A trial is one thing from its start state to its end, so each of these begins another one, fed with
what the devices said of themselves. Everything here runs on the engine's thread.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from insole.analysis import Analysis
from insole.errors import InsoleError, RequestError, StorageError
from insole.live.attic import FileAttic
from insole.live.board import StoppedView
from insole.live.past import KEPT_S, Past
from insole.live.rest import REST_S, Rest
from insole.model.calibration import Calibration
from insole.model.foot import Side
from insole.model.stream import Capability, Event, Samples
from insole.model.trial import Alignment, StartState, TrialNotes
from insole.pipeline import FootUpdate
from insole.plugins import Recorder, RecorderFactory, RecorderStatus
from insole.trial import RunningTrial


@dataclass(frozen=True, slots=True)
class _Stopped:
    """A recording that was stopped and may go on.

    Attributes:
        trial: with its recorder still open.
        until_s: on the host's monotonic clock.
        count: events that had come by then.
        since_s: when the recording began, on that clock.
        rest: what it still gets, unless it goes on.
    """

    trial: RunningTrial
    until_s: float
    count: int
    since_s: float
    rest: Rest


class Trials:
    """The trial that runs, and the way from one to the next.

    Args:
        start: start state of live trials.
        notes: what people say about them, where a recording says nothing else.
        recorders: opens recordings; None when nothing can be recorded.
        live: not a replay.

    Attributes:
        current: the trial that runs.
        past: events that a recording may still begin with.
        recorded: result of the newest recording that is complete.
        storage: why the newest one could not be completed after it was stopped.
        recording_since_s: when the one that runs began, on the host's monotonic clock.
    """

    def __init__(
        self,
        start: StartState,
        *,
        notes: TrialNotes,
        recorders: RecorderFactory | None,
        live: bool,
    ) -> None:
        self._start = start
        self._notes = notes
        self._recorders = recorders
        self._live = live
        self._stopped: _Stopped | None = None
        self.current = self._trial(start)
        self.past = Past(KEPT_S if live and recorders is not None else 0.0)
        self.recorded: Analysis | None = None
        self.storage: StorageError | None = None
        self.recording_since_s = time.monotonic()

    def record_from_the_start(self, path: Path, *, force: bool) -> None:
        """Keep the first trial, to which nothing has been fed."""
        if self._recorders is not None:
            recorder = self._recorders(path, start=self._start, notes=self._notes, force=force)
            self.current = self._trial(self._start, recorder)

    def feed(self, items: Sequence[Event | Capability | Samples]) -> list[FootUpdate]:
        """Take what arrived."""
        self.past.push(items)
        if self._stopped is not None:
            self._stopped.rest.take(items)
        return self.current.feed(items)

    def weigh(self, mass_kg: float | None) -> None:
        """Body mass of trials that begin from now on; None: what the insoles say."""
        self._start = replace(self._start, mass_kg=mass_kg)

    def again(self, known: RunningTrial | None = None) -> None:
        """A replay was moved: from what was known there, or from the start state."""
        self.current = known or self._trial(self._start)

    @property
    def status(self) -> RecorderStatus | None:
        """Of the recording that runs."""
        recorder = self.current.recorder
        return recorder.status() if recorder is not None else None

    @property
    def is_fetching(self) -> bool:
        """Does the recording that was stopped wait for what devices still keep?"""
        return self._stopped is not None and not self._stopped.rest.is_complete

    @property
    def stopped(self) -> StoppedView | None:
        """The recording that can still go on."""
        stopped = self._stopped
        if stopped is None or stopped.trial.recorder is None:
            return None
        left_s = max(0.0, stopped.until_s - time.monotonic())
        return StoppedView(stopped.trial.recorder.status().path, left_s)

    def record(self, path: Path, *, force: bool, notes: TrialNotes | None, before_s: float) -> Path:
        """Begin a recording; see `Session.record`."""
        if self._recorders is None:
            raise RequestError(
                "nothing to record",
                where=str(path),
                why="this session plays a file",
                fix="Connect insoles, or use `insole export`",
            )
        if self.current.recorder is not None:
            raise RequestError(
                "already recording",
                where=str(path),
                why="one recording runs at a time",
                fix="Stop it first",
            )
        self.settle()
        before = self.current
        start = replace(self._start, clocks=before.pair.clocks())
        own = self._notes
        said = replace(notes, source=own.source, wall_clock=own.wall_clock) if notes else own
        recorder = self._recorders(path, start=start, notes=said, force=force)
        self.storage = None
        began_s, known = time.monotonic(), before.intake.preamble()
        events: Iterable[Event] = known
        if before_s > 0.0:
            events = self.past.begin(before_s, known=known)
            began_s -= min(before_s, self.past.seconds)
        self._begin(self._trial(start, recorder), events)
        self.recording_since_s = began_s
        return path

    def stop(self) -> Analysis | None:
        """End the recording; its file is complete.

        Raises:
            StorageError: it could not be completed; says what is safe.
        """
        self.settle()
        self.stop_for(0.0)
        return self.complete()

    def stop_for(self, undo_s: float) -> None:
        """End the recording, but keep its file open for some seconds.

        What a device still keeps of it is waited for: then these are `REST_S` at least.
        """
        ending = self.current
        if ending.recorder is None:
            return
        self.settle()
        ending.part()
        rest = Rest(ending, now_ns=self.past.newest_ns)
        wait_s = undo_s if rest.is_complete else max(undo_s, REST_S)
        until_s = time.monotonic() + min(wait_s, KEPT_S)
        self._stopped = _Stopped(ending, until_s, self.past.count, self.recording_since_s, rest)
        self._leave(ending)

    def settle(self, *, now_s: float = math.inf) -> None:
        """Complete the file of a recording that was stopped, when nobody took that back."""
        if self._stopped is None or now_s < self._stopped.until_s:
            return
        try:
            self.complete()
        except StorageError as error:
            self.storage = error

    def complete(self) -> Analysis | None:
        """Complete the file of the recording that was stopped, with what came of its rest.

        Raises:
            StorageError: it could not be completed; says what is safe.
        """
        stopped, self._stopped = self._stopped, None
        if stopped is None:
            return None
        ending = stopped.trial
        try:
            ending.feed(stopped.rest.events)
            self.recorded = ending.close()
        finally:
            ending.recorder = None
        return self.recorded

    def go_on(self) -> None:
        """Take a stop back: what has come since is recorded too.

        Raises:
            RequestError: nothing was stopped, or too long ago.
        """
        stopped = self._stopped
        if stopped is None:
            raise RequestError(
                "the recording cannot go on",
                where="session",
                why="it was stopped too long ago, and its file is complete",
                fix="Start another one; the last 30 s can be kept",
            )
        self._stopped = None
        self._begin(stopped.trial, self.past.since(stopped.count))
        self.recording_since_s = stopped.since_s

    def realign(self, alignment: Alignment) -> None:
        """Times of both feet are brought together from now on."""
        self._start = replace(self._start, alignment=alignment)
        self._leave(self.current)

    def swap(self) -> None:
        """Left is right and right is left, from now on."""
        feet = self.current.pair.feet
        swapped = {foot.capability.device: side.other for side, foot in feet.items()}
        self._start = replace(self._start, sides=self._start.sides | swapped)
        self._leave(self.current)

    def name(self, sides: Mapping[str, Side]) -> None:
        """Which device is which foot, from now on."""
        self._start = replace(self._start, sides={**self._start.sides, **sides})
        self._leave(self.current)

    def calibrate(self, entries: Sequence[Calibration]) -> None:
        """More of the history of calibrations holds from now on."""
        history = (*self._start.calibrations, *entries)
        self._start = replace(self._start, calibrations=history)
        self._leave(self.current)

    def only_between(self, what: str) -> None:
        """Refuse what would change a recording while it runs.

        Raises:
            RequestError: it is a replay, or something is recorded.
        """
        if not self._live or self.current.recorder is not None:
            raise RequestError(
                f"{what} between recordings only",
                where="session",
                why="a recording runs" if self._live else "a recording is played",
                fix="Stop it first" if self._live else "Connect insoles first",
            )
        self.settle()

    def rescue(self) -> InsoleError | None:
        """Close all files without results; why one could not be."""
        stopped, self._stopped = self._stopped, None
        failed: InsoleError | None = None
        for trial in (self.current, *([stopped.trial] if stopped else [])):
            recorder, trial.recorder = trial.recorder, None
            if recorder is None:
                continue
            try:
                recorder.close(None)
            except InsoleError as error:
                failed = error
        return failed

    def _trial(self, start: StartState, recorder: Recorder | None = None) -> RunningTrial:
        """A trial; what is live may go on for hours."""
        return RunningTrial(start, recorder=recorder, attic=FileAttic() if self._live else None)

    def _leave(self, ending: RunningTrial) -> None:
        """Go on without a recording."""
        start = replace(self._start, clocks=ending.pair.clocks())
        self._begin(self._trial(start), ending.intake.preamble())

    def _begin(self, trial: RunningTrial, events: Iterable[Event]) -> None:
        """Go on with a trial, after these events."""
        trial.feed(list(events))
        self.current.intake.hand_on(trial.intake)
        self.current = trial
