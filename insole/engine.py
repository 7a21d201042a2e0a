"""The engine: one thread that takes what a source yields through the trial to the board.

Everything that waits is taken at once, so that under load the chunks grow instead of the queue
(legal, because results do not depend on chunks). Commands from other threads are run between two
chunks. What windows, terminals and scripts hold is `Session`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from itertools import islice
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from insole.analysis import Analysis
from insole.board import Board, BoardView, FootView, ReplayView
from insole.errors import InsoleError, RequestError, StorageError
from insole.handover import HandOver
from insole.model.foot import Side
from insole.model.gait import Steps
from insole.model.stream import Capability, Event, Mark, Samples
from insole.model.trial import StartState, TrialNotes
from insole.newest import Newest, newest_of, provisional
from insole.pipeline import FootUpdate
from insole.plugins import RecorderFactory, Source
from insole.signal.activity import activity_of
from insole.signal.momentum import self_check
from insole.trial import RunningTrial

R = TypeVar("R")
T = TypeVar("T")
QUEUE_ITEMS = 20_000  # 10 s of two insoles at 1,000 packets a second
CHUNK_ITEMS = 2_000
IDLE_S = 0.05
PASS_S = 0.004  # a pass of one packet costs nearly what one of twenty does: let them gather
SHOWN_STEPS = 48
COMMAND_S = 30.0  # a command that takes longer means that the engine is gone


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
        live: ages are true ages; a replay's data are as new as their playing.
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
    ) -> None:
        self._source = source
        self._start = start or StartState(origin_ns=time.monotonic_ns())
        self._notes = notes or TrialNotes()
        self._recorders = recorders
        self._live = live
        self._listener = listener
        first = None
        if record_to is not None and recorders is not None:
            first = recorders(record_to, start=self._start, notes=self._notes, force=force)
        self._trial = RunningTrial(self._start, recorder=first)
        self._board = Board()
        self._queue: HandOver[Event | Capability | Samples] = HandOver(
            QUEUE_ITEMS, waits=not source.realtime
        )
        self._commands: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="insole-engine")
        self._done = threading.Event()
        self._stopping = False
        self._finished: Analysis | None = None
        self._recorded: Analysis | None = None
        self._recording_since = time.monotonic()
        self._cached_steps: dict[Side, Steps] = {}
        self._newest: dict[Side, Newest] = {}
        self._check: tuple[float, str] = (float("nan"), "")
        self._activity = ""
        self.error: Exception | None = None

    # --- what others call ---

    def start(self) -> None:
        """Begin: the engine first, then the source."""
        self._thread.start()
        self._source.start(self._queue.put)

    def view(self) -> BoardView:
        """The board, now."""
        return self._board.view()

    def await_news(self, version: int, timeout_s: float) -> bool:
        """Wait until the board is newer than this `BoardView.version`; False after `timeout_s`."""
        return self._board.await_news(version, timeout_s)

    def record(self, path: Path, *, force: bool = False, notes: TrialNotes | None = None) -> Path:
        """Start a trial that is kept in `path`, with `notes` or those of the session.

        Raises:
            FileError: the file cannot be made, or exists.
        """
        return self._call(lambda: self._begin_recording(path, force=force, notes=notes))

    def weigh(self, mass_kg: float | None) -> None:
        """Body mass of live trials that begin from now on; None: what the insoles say."""
        if self._live:
            self._start = replace(self._start, mass_kg=mass_kg)

    def stop_recording(self) -> Analysis | None:
        """End the trial; the file is complete when this returns.

        Raises:
            StorageError: it could not be completed; says what is safe.
        """
        return self._call(self._end_recording)

    def mark(self, text: str) -> None:
        """Set a marker now."""
        self._queue.put(Mark(time.monotonic_ns(), text))

    def seek(self, time_s: float) -> None:
        """Move a replay; the pipeline starts anew and is fed up to there."""
        self._call(lambda: self._seek(time_s))

    @property
    def notes(self) -> TrialNotes:
        """What people said about the trial."""
        return self._notes

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
        if self._trial.recorder is not None:
            self._trial.recorder.close(None)

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
                self._obey()  # before taking: what a seek discards must not be in our hands
                items = self._queue.take(IDLE_S, CHUNK_ITEMS)
                begun_s = time.monotonic()
                updates = self._trial.feed(items) if items else []
                self._publish(updates)
                if updates and self._listener is not None:
                    self._listener(updates)
                if 0 < len(items) < CHUNK_ITEMS:
                    time.sleep(max(0.0, PASS_S - (time.monotonic() - begun_s)))
            self._finish()
        except Exception as error:  # noqa: BLE001 - the last line of defence: say it, keep the file
            self.error = error
            self._queue.close()
            self._rescue()
        finally:
            self._done.set()
            self._publish([])

    def _ended(self) -> bool:
        return (self._stopping or self._source.finished) and not len(self._queue)

    def _obey(self) -> None:
        while True:
            try:
                self._commands.get_nowait()()
            except Empty:
                return

    def _finish(self) -> None:
        updates = self._trial.finish()
        for update in updates:
            self._append(update)
        if updates and self._listener is not None:
            self._listener(updates)
        if self._trial.recorder is not None:
            self._recorded = self._finished = self._end_recording()
        else:
            self._finished = self._trial.analysis()
        self._cached_steps.clear()
        if self._source.error is not None:
            self.error = self._source.error
        self._obey()

    def _rescue(self) -> None:
        recorder, self._trial.recorder = self._trial.recorder, None
        if recorder is None:
            return
        try:
            recorder.close(None)
        except InsoleError as error:
            self.error = error

    def _call(self, act: Callable[[], R]) -> R:
        """Run `act` between two chunks and give back what it gives."""
        if self._done.is_set() or not self._thread.is_alive():
            raise RequestError(
                "the session has ended",
                where="session",
                why="its source is finished",
                fix="Connect or open a file again",
            )
        answer: Future[R] = Future()

        def run() -> None:
            try:
                answer.set_result(act())
            except Exception as error:  # noqa: BLE001 - handed to the caller, whoever it is
                answer.set_exception(error)

        self._commands.put(run)
        self._queue.wake()
        return answer.result(COMMAND_S)

    def _begin_recording(self, path: Path, *, force: bool, notes: TrialNotes | None) -> Path:
        if self._recorders is None:
            raise RequestError(
                "nothing to record",
                where=str(path),
                why="this session plays a file",
                fix="Connect insoles, or use `insole export`",
            )
        if self._trial.recorder is not None:
            raise RequestError(
                "already recording",
                where=str(path),
                why="one recording runs at a time",
                fix="Stop it first",
            )
        before = self._trial
        start = replace(self._start, clocks=before.pair.clocks())
        own = self._notes
        said = replace(notes, source=own.source, wall_clock=own.wall_clock) if notes else own
        recorder = self._recorders(path, start=start, notes=said, force=force)
        self._switch(RunningTrial(start, recorder=recorder), before)
        self._recording_since = time.monotonic()
        return path

    def _end_recording(self) -> Analysis | None:
        ending = self._trial
        if ending.recorder is None:
            return None
        try:
            result = ending.close()
        finally:
            ending.recorder = None
            start = replace(self._start, clocks=ending.pair.clocks())
            self._switch(RunningTrial(start), ending)
        self._recorded = result
        return result

    def _switch(self, trial: RunningTrial, before: RunningTrial) -> None:
        trial.feed(before.intake.preamble())
        for key, device in before.intake.devices.items():
            if (fresh := trial.intake.devices.get(key)) is not None:
                fresh.link, fresh.battery, fresh.rssi_dbm = (
                    device.link,
                    device.battery,
                    device.rssi_dbm,
                )
        self._trial = trial
        self._cached_steps.clear()

    def _seek(self, time_s: float) -> None:
        if self._live:
            raise RequestError(
                "cannot move in time",
                where="session",
                why="the data are live",
                fix="Open the recording to look back further than a minute",
            )
        source: Any = self._source
        self._queue.take(0.0, QUEUE_ITEMS)  # makes room, so that the playing thread can park
        items = source.seek(time_s)
        self._queue.take(0.0, QUEUE_ITEMS)
        self._trial = RunningTrial(self._start)
        self._board.forget()
        self._newest.clear()
        self._cached_steps.clear()
        for chunk in batched(items, CHUNK_ITEMS):
            for update in self._trial.feed(chunk):
                self._append(update)
        self._publish([])

    # --- publication ---

    def _append(self, update: FootUpdate) -> None:
        foot = self._trial.pair.feet[update.side]
        rows = len(update.load.time_s)
        if rows:
            arrived = int(update.load.arrival_ns[-1]) if self._live else time.monotonic_ns()
            self._board.append(
                update.side, update.load, rate_hz=foot.capability.rate_hz, arrived_ns=arrived
            )
            self._newest[update.side] = newest_of(foot, update)
        if len(update.steps):
            self._cached_steps.clear()

    def _publish(self, updates: list[FootUpdate]) -> None:
        for update in updates:
            self._append(update)
        if not self._cached_steps:
            self._refresh_tables()
        trial = self._trial
        status = trial.recorder.status() if trial.recorder is not None else None
        feet = {side: self._foot(side) for side in Side}
        times = [self._newest[side].time_s for side in Side if side in self._newest]
        self._board.publish(
            BoardView(
                now_s=max(times, default=0.0),
                feet=feet,
                mass_kg=next(
                    (f.mass_kg for f in trial.pair.feet.values() if f.mass_kg is not None), None
                ),
                activity=self._activity,
                k_dyn=self._check[0],
                k_verdict=self._check[1],
                recording=status,
                recording_since_s=time.monotonic() - self._recording_since if status else 0.0,
                marks=tuple(
                    ((mark.arrival_ns - self._start.origin_ns) * 1e-9, mark.text)
                    for mark in trial.marks
                ),
                replay=self._replay_view(),
                messages=tuple(self._messages(status.error if status else None)),
                finished=self._done.is_set(),
                overflow=self._queue.overflow,
            )
        )

    def _refresh_tables(self) -> None:
        left, right = self._trial.pair.steps(last=SHOWN_STEPS)
        self._cached_steps = {Side.LEFT: left, Side.RIGHT: right}
        self._activity = activity_of(left, right)
        masses = [foot.mass_kg for foot in self._trial.pair.feet.values()]
        check = self_check(
            left, right, mass_kg=masses[0] if masses else None, parameters=self._trial.parameters
        )
        self._check = (check.k_dyn, check.verdict)

    def _foot(self, side: Side) -> FootView:
        trial = self._trial
        foot = trial.pair.feet.get(side)
        key = foot.capability.device if foot else self._linked(side)
        device = trial.intake.devices.get(key) if key else None
        link = device.link if device else None
        view = FootView(
            device=key or "",
            phase=link.phase if link else ("streaming" if foot else "searching"),
            phase_text=link.text if link else "",
            battery=device.battery if device else None,
            rssi_dbm=device.rssi_dbm if device else None,
        )
        if foot is None or device is None:
            return view
        newest = self._newest.get(side)
        view = replace(
            view,
            capability=foot.capability,
            nominal_hz=foot.capability.rate_hz,
            ledger=device.ledger,
            in_contact=foot.contacts.in_contact,
            since_s=foot.contacts.since_s,
            steps=self._cached_steps.get(side),
            anchors_mm=foot.load.regions.anchors_mm,
        )
        if newest is None:
            return provisional(view, foot)
        return replace(
            view,
            values=newest.values,
            total_n=newest.total_n,
            cop_mm=newest.cop_mm,
            tripod=newest.tripod,
            barycentric=newest.barycentric,
            coverage3=newest.coverage3,
        )

    def _linked(self, side: Side) -> str:
        for key, device in self._trial.intake.devices.items():
            if device.link is not None and device.link.side is side:
                return key
        return ""

    def _messages(self, storage: Exception | None) -> list[str]:
        said = [str(storage)] if storage is not None else []
        if self.error is not None and not isinstance(self.error, StorageError):
            said.append(str(self.error))
        said += self._trial.pair.refused.values()
        if self._queue.overflow:
            said.append(f"This computer is too slow: {self._queue.overflow} packets did not fit.")
        said += [
            device.link.text
            for device in self._trial.intake.devices.values()
            if device.link is not None and device.link.phase in ("lost", "refused", "reconnecting")
        ]
        return said

    def _replay_view(self) -> ReplayView | None:
        if self._live:
            return None
        source: Any = self._source
        return ReplayView(
            path=str(source.path),
            position_s=source.position_s,
            duration_s=source.duration_s,
            speed=source.speed,
            paused=source.paused,
        )


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of at most `size` items."""
    source = iter(items)
    while chunk := list(islice(source, size)):
        yield chunk
