"""What stands behind the window: at most one session, and changing it for another."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from insole.analysis import Analysis
from insole.api import checked_mass, live_session, replay_session, source_spec
from insole.deciding import decide
from insole.device_settings import (
    chosen_in,
    is_kept,
    keep,
    kept,
    spoken,
    under_protocols,
    with_kept,
    with_settings,
)
from insole.drills.drill import Drill
from insole.errors import FileError, InsoleError, RequestError
from insole.guided.view import Kind
from insole.live.board import BoardView
from insole.live.engine import Session
from insole.metrics.personal import Personal
from insole.model.trial import Decision, TrialNotes
from insole.reviewing import FileReview, review
from insole.settings import folders
from insole.usual import aim, aims_of, live_document, usual_apart


class Desk:
    """Connect, record, open, replay; every method may be called from any thread.

    Args:
        spec: source to start with, e.g. `virtual:recording`; None: nothing yet.
        file: or a recording to start with.
        record_to: record `spec` into this file from its first event on.
        force: overwrite `record_to`.
        speed: of replays.
        streams: other programs that hear every session, e.g. `lsl`.
        baseline: recordings that tell what is usual; none: those of the recordings folder.
        whose: athlete and shoe of `baseline`, before anybody says so in the window.

    Raises:
        InsoleError: the source or file to start with cannot be used.
    """

    def __init__(
        self,
        *,
        spec: str | None = None,
        file: Path | None = None,
        record_to: Path | None = None,
        force: bool = False,
        speed: float = 1.0,
        streams: Sequence[str] = (),
        baseline: Sequence[Path] = (),
        whose: TrialNotes | None = None,
    ) -> None:
        self._baseline = tuple(baseline)
        self._whose = whose or TrialNotes()
        self._lock = threading.Lock()
        self._session: Session | None = None
        self._speed = speed
        self._streams = tuple(streams)
        self._last: Analysis | None = None
        self._spec: str | None = None
        if spec is not None:
            self._connect(_as_kept(spec), record_to=record_to, force=force)
        elif file is not None:
            self.open_file(file)

    def view(self) -> BoardView:
        """The newest values; an empty view when nothing is connected."""
        session = self._session
        return session.view() if session is not None else BoardView()

    @property
    def last(self) -> Analysis | None:
        """Result of the newest recording, or of the source that was closed last."""
        session = self._session
        return (session.recorded if session is not None else None) or self._last

    def await_news(self, version: int, timeout_s: float) -> bool:
        """Wait until `view` is newer than this version; False after `timeout_s`, or without one."""
        session = self._session
        return session is not None and session.await_news(version, timeout_s)

    def record(
        self,
        path: Path | None = None,
        *,
        notes: TrialNotes | None = None,
        mass_kg: float | None = None,
        before_s: float = 0.0,
    ) -> Path:
        """Start a recording; its trial begins with this mass.

        Args:
            path: None: a new name by date in the recordings folder.
            notes: what people say about the trial; None: nothing.
            mass_kg: body mass; None: what the insoles say.
            before_s: begin this long ago, as far as that is still known (30 s).
        """
        session = self._there()
        session.weigh(checked_mass(mass_kg))
        return session.record(path or new_name(), notes=notes, before_s=before_s)

    def stop_recording(self, *, undo_s: float = 0.0) -> None:
        """Finish the file, at once or after a time in which `go_on` takes it back; live goes on."""
        self._there().stop_recording(undo_s=undo_s)

    def go_on(self) -> None:
        """Take a stop back: the recording has no hole."""
        self._there().go_on()

    def align(self) -> None:
        """Look for three hops on both feet that bring their times together."""
        self._there().align()

    def swap(self) -> None:
        """Left is right and right is left, from now on."""
        self._there().swap()

    def guide(self, kind: Kind | None) -> None:
        """Begin a guided act (`zero`, `name`, `calibrate`), or end the one that goes on."""
        self._there().guide(kind)

    def drill(self, drill: Drill | None) -> None:
        """Begin a drill, or end the one that goes on."""
        self._there().drill(drill)

    def pause_drill(self) -> None:
        """Pause the drill that goes on, or go on with it."""
        self._there().pause_drill()

    def mark(self, text: str) -> None:
        """Set a marker now."""
        self._there().mark(text)

    def seek(self, position_s: float) -> None:
        """Replay: go to a moment of the file."""
        self._there().seek(position_s)

    def pause(self) -> None:
        """Replay: hold."""
        self._player().pause()

    def resume(self) -> None:
        """Replay: go on."""
        self._player().resume()

    def step(self, samples: int) -> None:
        """Replay: hold, and go forward or back by this many packets."""
        player = self._player()
        player.pause()
        if samples >= 0:
            player.step(samples)
        else:
            view = self.view()
            rates = [foot.nominal_hz for foot in view.feet.values() if foot.nominal_hz > 0]
            self.seek(max(0.0, player.position_s + samples / max(rates, default=100.0)))

    def set_speed(self, speed: float) -> None:
        """Replay: 1 is real time, infinity as fast as it goes."""
        self._player().speed = speed

    def reviewed(self) -> FileReview:
        """Replay: the whole file at one look: holes, happenings, steps, decisions.

        Takes as long as analysing it, at most.

        Raises:
            FileError: the file is damaged.
        """
        return review(self._player().path)

    def decide(self, decision: Decision) -> None:
        """Replay: keep a decision about the file beside it; the file itself is never touched.

        Where it changes results, the file is opened anew and stands where it stood.

        Raises:
            FileError: it cannot be kept.
        """
        player = self._player()
        path, at_s = player.path, player.position_s
        before = player.recording.start.decision or Decision()
        kept = decide(path, decision)
        if replace(kept, judgement="", when="") != replace(before, judgement="", when=""):
            self.open_file(path)
            self.pause()
            self.seek(at_s)

    def usual(self, athlete: str, shoe: str) -> Personal:
        """What is usual for this person in these shoes and insoles, doing what is done now.

        Takes seconds. The board's targets and ranges are then those.

        Raises:
            TimeoutError, OSError: it could not be found out.
        """
        own = live_document(self.view(), athlete=athlete, shoe=shoe)
        found = usual_apart(self._baseline or folders().recordings, own)
        if self._session is not None:
            self._session.aim(aims_of(found))
        return found

    def open_file(self, path: Path) -> None:
        """Replay this recording instead of the present source."""
        self._change(
            lambda: replay_session(path, speed=self._speed, hold=True, streams=self._streams)
        )
        self._spec = None

    def connect_virtual(self, spec: str = "virtual:recording") -> None:
        """Connect a virtual pair."""
        self._connect(spec if ":" in spec else f"virtual:{spec}")

    def connect_ble(self, left: str | None = None, right: str | None = None) -> None:
        """Search for insoles and connect them."""
        self._connect(_as_kept(source_spec(left, right, False)))

    def settings(self) -> dict[str, str]:
        """Settings of devices that the present source was asked for, as in its source string."""
        return chosen_in(self._spec) if self._spec is not None else {}

    def configure(self, changes: Mapping[str, str | None]) -> None:
        """Connect the present insoles anew with other settings; None takes one back.

        Those of real insoles are kept, for each kind: the next window asks for them again.

        Args:
            changes: `rate` for all, `rate.left` for one device alone.

        Raises:
            RequestError: there is no live source, something is recorded, or a setting or its
                value is not one of these insoles.
            FileError: they hold now, but cannot be kept.
        """
        spec = self._spec
        if spec is None or self.view().recording is not None:
            raise RequestError(
                "settings cannot be changed now",
                where="window",
                why="a recording runs" if spec is not None else "no insoles are connected",
                fix="Stop it first" if spec is not None else "Connect insoles first",
            )
        if not is_kept(spec):
            self._connect(with_settings(spec, changes))
            return
        wanted = under_protocols(changes, spoken(self.view()))
        self._connect(with_settings(spec, wanted))
        keep(folders().config, wanted)

    def close(self) -> None:
        """End the session; a recording is completed first.

        Raises:
            StorageError: it could not be completed; says what is safe.
        """
        with self._lock:
            session, self._session = self._session, None
        if session is not None:
            self._last = session.close()

    def _connect(self, spec: str, *, record_to: Path | None = None, force: bool = False) -> None:
        self._change(
            lambda: live_session(
                spec,
                record_to=record_to,
                force=force,
                streams=self._streams,
                names_later=True,
            )
        )
        self._spec = spec
        whose = self._whose
        if self._baseline and whose.athlete:
            aim(self._there(), self._baseline, athlete=whose.athlete, shoe=whose.shoe)

    def _change(self, make: Callable[[], Session]) -> None:
        if self._streams:  # their ports serve one session at a time
            self.close()
        fresh = make()  # first: when it cannot be made, the present one stays
        try:
            self.close()
        except InsoleError:
            fresh.discard()
            raise
        fresh.start()
        with self._lock:
            self._session = fresh

    def _there(self) -> Session:
        if self._session is None:
            raise RequestError(
                "nothing is connected",
                where="window",
                why="there is no source yet",
                fix="Search for insoles, try a virtual pair, or open a recording",
            )
        return self._session

    def _player(self) -> Any:
        player = self._there().replay
        if player is None:
            raise RequestError(
                "cannot pause what is live",
                where="window",
                why="the data come from insoles now",
                fix="Drag the time line to look back over the last minute",
            )
        return player


def _as_kept(spec: str) -> str:
    """The source string with the settings that were kept, where it says nothing else."""
    return with_kept(spec, kept(folders().config)[0]) if is_kept(spec) else spec


def new_name() -> Path:
    """A new file in the recordings folder, named by date and time.

    Raises:
        FileError: the folder cannot be made.
    """
    folder = folders().recordings
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(
            "cannot make the recordings folder",
            where=str(folder),
            why=error.strerror or str(error),
            fix="Check its permissions, or set INSOLE_HOME to another folder",
        ) from error
    now = datetime.now().astimezone()
    return folder / now.strftime("trial %Y-%m-%d %H.%M.%S.h5")
