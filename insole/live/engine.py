"""The engine: one thread that takes what a source yields through the trial to the board.

Everything that waits is taken at once, so that under load the chunks grow instead of the queue
(legal, because results do not depend on chunks). Commands from other threads are run between two
chunks. What windows, terminals and scripts hold is `Session`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from insole.analysis import Analysis, with_added
from insole.errors import RequestError, StorageError
from insole.guided.guidance import Guidance, Keep
from insole.guided.view import Kind
from insole.live.board import AimsView, Board, BoardView
from insole.live.drilling import Drilling
from insole.live.handover import HandOver
from insole.live.moments import Moments
from insole.live.newest import Newest, newest_of
from insole.live.orders import Orders
from insole.live.past import KEPT_S
from insole.live.rest import REST_S
from insole.live.showing import (
    Links,
    companions,
    foot_view,
    messages,
    replay_view,
    time_view,
)
from insole.live.trials import Trials
from insole.live.watching import Watch
from insole.model.foot import Side
from insole.model.gait import Steps
from insole.model.stream import Capability, Event, Mark, Samples
from insole.model.trial import StartState, TrialNotes
from insole.parameters import Parameters
from insole.pipeline import FootUpdate
from insole.plugins import RecorderFactory, Source
from insole.signal.momentum import self_check
from insole.trial import RunningTrial

if TYPE_CHECKING:
    from insole.drills.drill import Drill

R = TypeVar("R")
QUEUE_ITEMS = 20_000  # 10 s of two insoles at 1,000 packets a second
CHUNK_ITEMS = 2_000
IDLE_S = 0.05
PASS_S = 0.004  # a pass of one packet costs nearly what one of twenty does: let them gather
SHOWN_STEPS = 48
COMMAND_S = 30.0  # a command that takes longer means that the engine is gone
SEEK_S = 600.0  # hours of a file, on a slow machine


class Session:
    """One source from its start to its end.

    Args:
        source: where events come from.
        start: start state; for live sources the origin is set when None.
        notes: what people say about the trial.
        recorders: opens recordings; None when this session cannot record.
        record_to: record from the first event on; needs `recorders`.
        force: overwrite `record_to`.
        listener: called in the engine's thread with what each chunk made known.
        ended: called there once, when no more will be made known.
        live: ages are true ages; a replay's data are as new as their playing.
        keep: stores calibrations of guided acts, in the engine's thread.
    """

    def __init__(
        self,
        source: Source,
        *,
        start: StartState | None = None,
        notes: TrialNotes | None = None,
        recorders: RecorderFactory | None = None,
        record_to: Path | None = None,
        force: bool = False,
        live: bool = True,
        listener: Callable[[list[FootUpdate]], None] | None = None,
        ended: Callable[[], None] = lambda: None,
        keep: Keep | None = None,
    ) -> None:
        self._source = source
        begin = start or StartState(origin_ns=time.monotonic_ns())
        self._origin_ns = begin.origin_ns
        self._notes = notes or TrialNotes()
        self._live = live
        self._listener = listener
        self._on_end = ended
        self._trials = Trials(begin, notes=self._notes, recorders=recorders, live=live)
        if record_to is not None:
            self._trials.record_from_the_start(record_to, force=force)
        parameters = Parameters(begin.parameters)
        self._board = Board(parameters)
        self._watch = Watch(parameters)
        self._links = Links(live=live)
        self._guidance = Guidance(self._trials, keep=keep, live=live)
        self._drilling = Drilling(live=live, mark=self.put)
        self._queue: HandOver[Event | Capability | Samples] = HandOver(
            QUEUE_ITEMS, waits=not source.realtime
        )
        self._orders = Orders(self._queue.wake)
        self._thread = threading.Thread(target=self._run, name="insole-engine")
        self._done = threading.Event()
        self._stopping = False
        self._finished: Analysis | None = None
        self._cached_steps: dict[Side, Steps] = {}
        self._cached_of: RunningTrial | None = None
        self._newest: dict[Side, Newest] = {}
        self._moments = Moments()
        self._going_s: float | None = None
        self._check: tuple[float, str] = (float("nan"), "")
        self.error: Exception | None = None

    # --- what others call ---

    def start(self) -> None:
        """Begin: the engine first, then the source."""
        self._thread.start()
        self._source.start(self._queue.put)

    def view(self) -> BoardView:
        """The board, now."""
        return self._board.view()

    def capability(self, side: Side) -> Capability | None:
        """What an insole said of itself; None before it did. Listeners may ask."""
        foot = self._trial.pair.feet.get(side)
        return None if foot is None else foot.capability

    def await_news(self, version: int, timeout_s: float) -> bool:
        """Wait until the board is newer than this `BoardView.version`; False after `timeout_s`."""
        return self._board.await_news(version, timeout_s)

    def record(
        self,
        path: Path,
        *,
        force: bool = False,
        notes: TrialNotes | None = None,
        before_s: float = 0.0,
    ) -> Path:
        """Start a trial that is kept in `path`, with `notes` or those of the session.

        Args:
            path: the new file.
            force: overwrite it.
            notes: what people say about the trial.
            before_s: begin this long ago, as far as that is still known (30 s).

        Raises:
            FileError: the file cannot be made, or exists.
        """
        return self._call(
            lambda: self._trials.record(path, force=force, notes=notes, before_s=before_s)
        )

    def weigh(self, mass_kg: float | None) -> None:
        """Body mass of live trials that begin from now on; None: what the insoles say."""
        if self._live:
            self._trials.weigh(mass_kg)

    def stop_recording(self, *, undo_s: float = 0.0) -> Analysis | None:
        """End the trial; the file is complete when this returns.

        What an insole still keeps of it is waited for, for 2 s.

        Args:
            undo_s: the file is completed this much later, and until then `go_on` takes the stop
                back without a hole; None is returned.

        Raises:
            StorageError: it could not be completed; says what is safe.
        """
        if undo_s > 0.0:
            return self._call(lambda: self._trials.stop_for(undo_s))
        until_s = time.monotonic() + REST_S
        result = self._call(self._stop)
        try:
            while self._call(lambda: self._trials.is_fetching) and time.monotonic() < until_s:
                self.await_news(self.view().version, IDLE_S)
            return result or self._call(self._trials.complete)
        except RequestError:  # the source ended meanwhile, and with it the recording
            return self.recorded

    def go_on(self) -> None:
        """Take a stop back: what has come since is recorded too.

        Raises:
            RequestError: nothing was stopped, or too long ago.
        """
        self._call(self._trials.go_on)

    def align(self) -> None:
        """Look for three stomps of both feet that bring their times together.

        Raises:
            RequestError: it is a replay, or something is recorded.
        """
        self._call(lambda: self._guidance.align(self._now_s()))

    def swap(self) -> None:
        """Left is right and right is left, from now on.

        Raises:
            RequestError: it is a replay, or something is recorded.
        """
        self._call(self._swap)

    def guide(self, kind: Kind | None) -> None:
        """Begin a guided act (`zero`, `name`, `calibrate`), or end the one that goes on.

        Raises:
            RequestError: it is a replay, something is recorded, or an insole is missing.
        """
        self._call(lambda: self._guidance.begin(kind, now_s=self._now_s()))

    def drill(self, drill: Drill | None) -> None:
        """Begin a drill, or end the one that goes on; raises `RequestError` where it cannot be."""
        self._call(lambda: self._drilling.begin(drill, self._trial, now_s=self._now_s()))

    def pause_drill(self) -> None:
        """Pause the drill that goes on, or go on with it."""
        self._call(self._drilling.pause)

    def aim(self, aims: AimsView) -> None:
        """Other targets and ranges for whoever looks; no result changes."""
        self._watch.parameters = aims.parameters
        self._board.aim(aims)

    def mark(self, text: str) -> None:
        """Set a marker now."""
        self.put(Mark(time.monotonic_ns(), text))

    def put(self, event: Event) -> None:
        """Take an event from beside the source: a marker, or a device of another program."""
        self._queue.put(event)

    def seek(self, time_s: float) -> None:
        """Move a replay; the pipeline is fed up to there, from its start or from a kept moment."""
        self._call(lambda: self._seek(time_s), limit_s=SEEK_S)

    @property
    def notes(self) -> TrialNotes:
        """What people said about the trial."""
        return self._notes

    @property
    def recorded(self) -> Analysis | None:
        """Result of the newest recording that is complete."""
        return self._trials.recorded

    @property
    def replay(self) -> Any:
        """The source's replay controls (pause, resume, step, speed), None when it is live."""
        return None if self._live else self._source

    @property
    def finished(self) -> bool:
        """The source has ended and everything it gave has been taken through."""
        return self._done.is_set()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until the source has ended; False after `timeout_s`."""
        return self._done.wait(timeout_s)

    def discard(self) -> None:
        """Give up a session that was never started."""
        self._source.stop()
        self._trials.rescue()

    def close(self) -> Analysis:
        """End everything cleanly; a recording is completed first. Idempotent.

        Raises:
            StorageError: a recording could not be completed.
            InsoleError: why the source failed, where it gave nothing at all.
        """
        self._stopping = True
        self._source.stop()
        self._queue.close()
        self._queue.wake()
        if self._thread.is_alive():
            self._thread.join(COMMAND_S)
        if isinstance(self.error, StorageError):
            raise self.error
        if self._finished is None:
            raise self.error or RuntimeError("the engine ended without a result")
        return self._finished

    # --- the engine's thread ---

    def _run(self) -> None:
        try:
            while not self._ended():
                self._orders.obey()  # before taking: what a seek discards must not be in our hands
                items = self._queue.take(IDLE_S, CHUNK_ITEMS)
                begun_s = time.monotonic()
                self._trial.doctor = self._links.doctor
                self._trial.heard = self._guidance.hear
                updates = self._trials.feed(items) if items else []
                self._trials.settle(now_s=begun_s)
                if updates and self._listener is not None:
                    self._listener(updates)  # before the board, which takes as long as a step
                self._publish(updates)
                self._drilling.take(updates, now_s=self._now_s())
                if items and self._guidance.take(updates, now_s=self._now_s()):
                    self._forget()
                if 0 < len(items) < CHUNK_ITEMS:
                    time.sleep(max(0.0, PASS_S - (time.monotonic() - begun_s)))
            self._finish()
        except Exception as error:  # noqa: BLE001 - the last line of defence: say it, keep the file
            self.error = error
            self._queue.close()
            self.error = self._trials.rescue() or error
        finally:
            self._on_end()
            self._done.set()
            self._publish([])

    def _ended(self) -> bool:
        return (self._stopping or self._source.finished) and not len(self._queue)

    def _finish(self) -> None:
        self._trials.settle()
        updates = self._trial.finish()
        for update in updates:
            self._append(update)
        if updates and self._listener is not None:
            self._listener(updates)
        self._drilling.forget()
        if self._trial.recorder is not None:
            self._finished = self._trials.stop()
        else:
            self._finished = self._trial.analysis()
        self._cached_steps.clear()
        if self._source.error is not None:
            self.error = self._source.error
        self._orders.obey()

    def _call(self, act: Callable[[], R], *, limit_s: float = COMMAND_S) -> R:
        """Run `act` between two chunks and give back what it gives."""
        if self._done.is_set() or not self._thread.is_alive():
            raise RequestError(
                "the session has ended",
                where="session",
                why="its source is finished",
                fix="Connect or open a file again",
            )
        return self._orders.call(act, limit_s=limit_s)

    def _stop(self) -> Analysis | None:
        """End the recording; None where something is still waited for, or nothing was recorded."""
        self._trials.stop_for(KEPT_S)
        return None if self._trials.is_fetching else self._trials.complete()

    def _swap(self) -> None:
        self._trials.only_between("feet are swapped")
        self._trials.swap()
        self._forget()

    @property
    def _trial(self) -> RunningTrial:
        return self._trials.current

    def _now_s(self) -> float:
        return max((newest.time_s for newest in self._newest.values()), default=0.0)

    def _forget(self) -> None:
        """Other feet, or another time: what was shown is not theirs."""
        self._board.forget()
        self._watch.forget()
        self._drilling.forget()
        self._newest.clear()
        self._cached_steps.clear()

    def _seek(self, time_s: float) -> None:
        if self._live:
            raise RequestError(
                "cannot move in time",
                where="session",
                why="the data are live",
                fix="Open the recording to look back further than a minute",
            )
        self._going_s = time_s
        self._publish([])
        try:
            self._watch, shown = self._moments.lead(
                self._source,
                self._trials,
                self._watch,
                to_s=time_s,
                drop=lambda: self._queue.take(0.0, QUEUE_ITEMS),
            )
        finally:
            self._going_s = None
        self._board.forget()
        self._newest.clear()
        self._cached_steps.clear()
        self._publish(shown)

    # --- publication ---

    def _append(self, update: FootUpdate) -> None:
        foot = self._trial.pair.feet[update.side]
        rows = len(update.load.time_s)
        if rows:
            arrived = int(update.load.arrival_ns[-1]) if self._live else time.monotonic_ns()
            self._board.append(
                update.side, update.load, rate_hz=foot.capability.rate_hz, arrived_ns=arrived
            )
            self._watch.push(update.side, update.load)
            self._newest[update.side] = newest_of(foot, update)
        if len(update.steps):
            self._cached_steps.clear()

    def _publish(self, updates: list[FootUpdate]) -> None:
        for update in updates:
            self._append(update)
        steps = self._steps()
        self._watch.look(self._trial.pair, left=steps[Side.LEFT], right=steps[Side.RIGHT])
        trial, trials = self._trial, self._trials
        status = trials.status
        self._board.publish(
            BoardView(
                now_s=self._now_s(),
                feet={
                    side: foot_view(
                        trial,
                        side,
                        newest=self._newest.get(side),
                        steps=steps,
                        watch=self._watch,
                        now_s=self._now_s() if self._live else None,
                    )
                    for side in Side
                },
                links=self._links.look(time.monotonic(), last=self._done.is_set()),
                beside=companions(trial, now_ns=time.monotonic_ns() if self._live else None),
                mass_kg=next(
                    (f.mass_kg for f in trial.pair.feet.values() if f.mass_kg is not None), None
                ),
                activity=self._watch.activity,
                standing=self._watch.standing,
                ranges=self._watch.ranges,
                time=time_view(trial, stomping=self._guidance.stomping),
                guide=self._guidance.view(),
                drill=self._drilling.view(),
                k_dyn=self._check[0],
                k_verdict=self._check[1],
                recording=status,
                recording_since_s=time.monotonic() - trials.recording_since_s if status else 0.0,
                stopped=trials.stopped,
                kept_s=trials.past.seconds if status is None else 0.0,
                marks=tuple(
                    ((mark.arrival_ns - self._origin_ns) * 1e-9, mark.text) for mark in trial.marks
                ),
                replay=None if self._live else replay_view(self._source, self._going_s),
                messages=messages(
                    trial,
                    storage=status.error if status else trials.storage,
                    error=self.error,
                    overflow=self._queue.overflow,
                    guide=self._guidance.message,
                ),
                finished=self._done.is_set(),
                overflow=self._queue.overflow,
            )
        )

    def _steps(self) -> dict[Side, Steps]:
        """Newest final steps; looked at anew when there are more, or another trial runs."""
        if self._cached_steps and self._cached_of is self._trial:
            return self._cached_steps
        before = self._trial
        self._refresh_tables()
        self._guidance.look_for_stomps(self._cached_steps, now_s=self._now_s())
        if self._trial is not before:
            self._refresh_tables()
        return self._cached_steps

    def _refresh_tables(self) -> None:
        trial = self._cached_of = self._trial
        (left, right), _, _ = with_added(*trial.pair.steps(last=SHOWN_STEPS))
        self._cached_steps = {Side.LEFT: left, Side.RIGHT: right}
        masses = [foot.mass_kg for foot in trial.pair.feet.values()]
        check = self_check(
            left, right, mass_kg=masses[0] if masses else None, parameters=trial.parameters
        )
        self._check = (check.k_dyn, check.verdict)
