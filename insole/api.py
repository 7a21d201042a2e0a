"""What scripts, commands and the window call: open a file, analyse it, connect a pair.

Stable by promise: names and meanings here do not change within a major version.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from insole import plugins
from insole.analysis import Analysis
from insole.beside import DeviceReadings, timed
from insole.comparison import MaskedFoot, mask_tables, masked_feet
from insole.deciding import with_all_added
from insole.errors import FileError, RequestError, UnknownFormat
from insole.history import kept_for
from insole.labelled import FootData, foot_data
from insole.live.board import BoardView
from insole.live.engine import Session
from insole.live.streaming import Around, HostTime, Streams
from insole.model.foot import Side
from insole.model.stream import Capability, Event, Mark
from insole.model.trial import StartState, TrialNotes, noted
from insole.parameters import Parameters
from insole.pipeline import FootUpdate
from insole.plugins import Importer, Recording, Source
from insole.trial import RunningTrial

HEAD_BYTES = 4096
MASS_KG = (20.0, 300.0)


def open_recording(path: str | Path, **options: Any) -> Recording:
    """Open any readable file with the importer that knows it.

    Args:
        path: the file.
        **options: what the file does not say: `quantity`, `layout`, `rate`, `mass`.

    Raises:
        FileError: missing, a directory, not permitted, damaged.
        UnknownFormat: no importer knows it.
    """
    file = _or_journal(Path(path))
    head = _head(file)
    importers, _ = plugins.load_all("insole.importers")
    for name in sorted(importers, key=lambda name: (name == "table", name)):
        importer: Importer = importers[name]
        if importer.sniff(file, head):
            return with_all_added(importer.open(file, options))
    raise UnknownFormat(
        "this file cannot be read",
        where=str(file),
        why=f"its content is none of: {', '.join(sorted(importers))}",
        fix="Give a recording of this program, or a table with a header t, L1.., R1..",
    )


def _or_journal(file: Path) -> Path:
    """The file, or its journal where that is all there is of a recording."""
    journal = file.with_name(f"{file.name}.journal") if file.name else file
    return journal if not file.exists() and journal.is_file() else file


def _head(file: Path) -> bytes:
    try:
        if file.is_dir():
            raise FileError(
                "a folder, not a file",
                where=str(file),
                why="one recording is one file",
                fix="Name a file inside it",
            )
        with file.open("rb") as stream:
            return stream.read(HEAD_BYTES)
    except FileNotFoundError as error:
        raise FileError(
            "no such file", where=str(file), why="nothing is there", fix="Check the name"
        ) from error
    except OSError as error:
        raise FileError(
            "cannot read the file",
            where=str(file),
            why=error.strerror or str(error),
            fix="Check its permissions",
        ) from error


def checked_mass(mass_kg: float | None) -> float | None:
    """A body mass that can be one.

    Raises:
        RequestError: it lies outside 20 to 300 kg.
    """
    if mass_kg is None or MASS_KG[0] <= mass_kg <= MASS_KG[1]:
        return mass_kg
    raise RequestError(
        f"a body mass of {mass_kg:g} kg",
        where="--mass",
        why="body mass lies between 20 and 300 kg",
        fix="Give the runner's mass in kilograms",
    )


class Trial:
    """An opened file. Lazy: nothing is read before it is asked for.

    Example:
        with insole.open("trial.h5") as trial:
            result = trial.analyze(mass_kg=68)
    """

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._feet: dict[Side, FootData] | None = None
        self._readings: tuple[DeviceReadings, ...] | None = None

    @property
    def path(self) -> Path:
        """Where it lies."""
        return self._recording.path

    @property
    def notes(self) -> TrialNotes:
        """What people wrote about it."""
        return self._recording.notes

    @property
    def left(self) -> FootData | None:
        """The left foot, None when the file has none."""
        return self._data().get(Side.LEFT)

    @property
    def right(self) -> FootData | None:
        """The right foot, None when the file has none."""
        return self._data().get(Side.RIGHT)

    @property
    def readings(self) -> tuple[DeviceReadings, ...]:
        """What the devices told beside their pressure: motion, their own gait rows."""
        if self._readings is None:
            told = (x for x in self._recording.decoded() if isinstance(x, Capability))
            self._readings = timed(
                plugins.readings_of(self._recording),
                start=self._recording.start,
                sides={capability.device: capability.side for capability in told},
            )
        return self._readings

    def analyze(
        self,
        mass_kg: float | None = None,
        *,
        parameters: dict[str, float] | None = None,
        masks: Sequence[str] = (),
        align: bool = False,
        listener: Callable[[list[FootUpdate]], None] | None = None,
    ) -> Analysis:
        """Steps and summary, by the pipeline that also runs live.

        Args:
            mass_kg: body mass; default is what the recording says.
            parameters: overrides of defaults.toml.
            masks: names of masks for the section `masks`, e.g. `PEDAR9`; metrics always use R8.
            align: bring the feet together by the first three strikes of both at once.
            listener: takes what each piece of the file made known, in order.

        Raises:
            RequestError: a mass that cannot be one, an unknown parameter or mask.
            CalibrationError: `align`, but there are no such strikes.
            FileError: the file is damaged.
        """
        kept: list[FootUpdate] | None = [] if masks else None
        start = self._recording.start
        if align:
            apart = self._run(
                mass_kg, parameters, keep=None, start=replace(start, alignment=None), marks=False
            )
            start = replace(start, alignment=apart.pair.alignment())
        trial = self._run(mass_kg, parameters, keep=kept, start=start, listener=listener)
        return replace(
            trial.analysis(),
            file=self.path.name,
            sha256=sha256_of(self.path),
            notes=noted(self.notes),
            masks=mask_tables(trial.pair, kept or (), masks=masks),
        )

    def region_forces(self, mask: str) -> dict[Side, MaskedFoot]:
        """Force of each region under a mask, by side.

        Raises:
            RequestError: there is no such mask.
            FileError: the file is damaged.
        """
        kept: list[FootUpdate] = []
        trial = self._run(None, None, keep=kept, marks=False)
        return masked_feet(trial.pair, kept, mask=mask)

    def close(self) -> None:
        """Release the file."""
        self._recording.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _data(self) -> dict[Side, FootData]:
        if self._feet is None:
            kept: list[FootUpdate] = []
            trial = self._run(None, None, keep=kept, marks=False)
            self._feet = {}
            for side, foot in trial.pair.feet.items():
                updates = [update for update in kept if update.side is side]
                if updates:
                    self._feet[side] = foot_data(updates, foot.load)
        return self._feet

    def _run(
        self,
        mass_kg: float | None,
        parameters: dict[str, float] | None,
        *,
        keep: list[FootUpdate] | None,
        marks: bool = True,
        start: StartState | None = None,
        listener: Callable[[list[FootUpdate]], None] | None = None,
    ) -> RunningTrial:
        stored = start or self._recording.start
        start = replace(
            stored,
            mass_kg=checked_mass(mass_kg) if mass_kg is not None else stored.mass_kg,
            parameters=dict(stored.parameters) if parameters is None else parameters,
        )
        Parameters(start.parameters)
        trial = RunningTrial(start)
        for item in self._recording.decoded():
            updates = trial.feed([item])
            if keep is not None:
                keep += updates
            if listener is not None:
                listener(updates)
        trial.counted = plugins.ledgers_of(self._recording)
        updates = trial.finish()
        if keep is not None:
            keep += updates
        if listener is not None:
            listener(updates)
        for event in self._recording.events() if marks else ():
            # Marks are few; packets were decoded when the file was written.
            if isinstance(event, Mark):
                trial.feed([event])
            else:
                trial.saw(event)
        return trial


def open(path: str | Path, **options: Any) -> Trial:  # noqa: A001 - insole.open is the promised name
    """Open any readable file.

    Args:
        path: a recording of this program, or a table.
        **options: for tables: `quantity`, `layout`, `rate`.

    Raises:
        FileError: it cannot be read; the message says why and what to do.
    """
    return Trial(open_recording(path, **options))


def analyze(path: str | Path, mass_kg: float | None = None, **options: Any) -> Analysis:
    """Open, analyse, close."""
    with open(path, **options) as trial:
        return trial.analyze(mass_kg)


def sha256_of(path: Path) -> str | None:
    """Hash of a file's bytes; None when it cannot be read (a live trial has none yet)."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return None


def open_source(spec: str) -> Source:
    """The source that a string names: `virtual:run?speed=3.3`, `ble:`, `file:trial.h5?speed=1`.

    Raises:
        RequestError: unknown scheme, or a mistake in the rest.
    """
    scheme, _, rest = spec.partition(":")
    factory = plugins.load("insole.sources", scheme)
    source: Source = factory(rest)
    return source


def live_session(
    spec: str,
    *,
    notes: TrialNotes | None = None,
    mass_kg: float | None = None,
    record_to: Path | None = None,
    force: bool = False,
    listener: Callable[[list[FootUpdate]], None] | None = None,
    streams: Sequence[str] = (),
    names_later: bool = False,
) -> Session:
    """A session on live or virtual insoles, not started.

    Args:
        spec: source, e.g. `ble:` or `virtual:run`.
        notes: what people say about the trial.
        mass_kg: body mass; None: what the insoles say.
        record_to: record into this file from the first event on.
        force: overwrite it.
        listener: takes what each chunk made known, in the engine's thread.
        streams: other programs that hear it, e.g. `lsl` (`insole.live.streaming`).
        names_later: two insoles of one side stream: somebody is there who names them.

    Raises:
        RequestError: the source string, the mass or a stream cannot be used.
        FileError: `record_to` cannot be made.
    """
    history, keep = kept_for(spec.partition(":")[0])
    start = StartState(time.monotonic_ns(), checked_mass(mass_kg), calibrations=history)
    said = notes or TrialNotes()
    said = replace(
        said,
        source=said.source or spec,
        wall_clock=said.wall_clock
        or datetime.now().astimezone().isoformat(timespec="milliseconds"),
    )
    source = open_source(spec)
    if isinstance(source, plugins.NamedLater):
        source.names_later = names_later
    outside, name_session = streams_around(streams, origin_ns=start.origin_ns)
    session = Session(
        source,
        start=start,
        notes=said,
        recorders=plugins.load("insole.recorders", "hdf5"),
        record_to=record_to,
        force=force,
        listener=outside.beside(listener),
        ended=outside.close,
        keep=keep,
    )
    return name_session(session)


def streams_around(
    specs: Sequence[str], *, origin_ns: int | None
) -> tuple[Streams, Callable[[Session], Session]]:
    """Streams that are open before there is a session, so that a refused one leaves nothing behind.

    Returns:
        The streams, and what takes the session once it is made.
    """
    made: list[Session] = []

    def capability(side: Side) -> Capability | None:
        return made[0].capability(side) if made else None

    def put(event: Event) -> None:
        if made:
            made[0].put(event)

    def name(session: Session) -> Session:
        made.append(session)
        return session

    outside = Streams()
    host_s = HostTime(None if origin_ns is None else origin_ns * 1e-9)
    outside.add(specs, around=Around(capability, host_s, put))
    return outside, name


def replay_session(
    path: str | Path, *, speed: float = 1.0, hold: bool = False, streams: Sequence[str] = ()
) -> Session:
    """A session that plays a file through the live pipeline, not started.

    Args:
        path: any readable file.
        speed: times real time; infinity for as fast as it goes.
        hold: pause at the end instead of ending, so that one can still move back.
        streams: other programs that hear it.

    Raises:
        FileError: it cannot be read. `RequestError`: a stream cannot be opened.
    """
    paced = "max" if math.isinf(speed) else f"{speed:g}"
    source = plugins.load("insole.sources", "file")(f"{path}?speed={paced}&hold={int(hold)}")
    recording: Recording = source.recording
    outside, name_session = streams_around(streams, origin_ns=None)
    session = Session(
        source,
        start=recording.start,
        notes=recording.notes,
        live=False,
        listener=outside.beside(None),
        ended=outside.close,
    )
    return name_session(session)


class Pair:
    """A connected pair: iterate over what the dashboard draws."""

    def __init__(self, session: Session, chunks: asyncio.Queue[FootUpdate | None]) -> None:
        self._session = session
        self._chunks = chunks

    def view(self) -> BoardView:
        """Newest values of both feet."""
        return self._session.view()

    def record(self, path: str | Path) -> Path:
        """Start a recording."""
        return self._session.record(Path(path))

    def stop_recording(self) -> Analysis | None:
        """End it; the file is complete afterwards."""
        return self._session.stop_recording()

    async def __aiter__(self) -> AsyncIterator[FootUpdate]:
        while (chunk := await self._chunks.get()) is not None:
            yield chunk


@asynccontextmanager
async def connect(
    left: str | None = None,
    right: str | None = None,
    *,
    simulate: bool | str = False,
    mass_kg: float | None = None,
) -> AsyncGenerator[Pair]:
    """Connect a pair of insoles.

    Args:
        left: address of the left insole; without one the first pair found is taken.
        right: address of the right insole.
        simulate: True for the shipped run, or the SPEC of a virtual pair.
        mass_kg: body mass; default is what the devices say.

    Raises:
        BluetoothError: no Bluetooth, no permission, no insole.
        RequestError: a mistake in `simulate`.
    """
    loop = asyncio.get_running_loop()
    chunks: asyncio.Queue[FootUpdate | None] = asyncio.Queue()

    def hand_over(updates: list[FootUpdate]) -> None:
        for update in updates:
            loop.call_soon_threadsafe(chunks.put_nowait, update)

    session = live_session(source_spec(left, right, simulate), mass_kg=mass_kg, listener=hand_over)
    session.start()
    ended = loop.run_in_executor(None, session.wait)
    ended.add_done_callback(lambda _: chunks.put_nowait(None))
    try:
        yield Pair(session, chunks)
    finally:
        await loop.run_in_executor(None, session.close)
        await ended


def source_spec(
    left: str | None, right: str | None, simulate: bool | str, *, pod: str | None = None
) -> str:
    """The source string of the usual options."""
    if simulate is not False:
        spec = "recording" if simulate is True or not simulate else simulate
        beside = f"{'&' if '?' in spec else '?'}pod=1" if pod else ""
        return f"virtual:{spec}{beside}"
    usual = (("left", left), ("right", right), ("pod", pod))
    named = [f"{key}={value}" for key, value in usual if value]
    return "ble:" + ("?" + "&".join(named) if named else "")
