"""Ports: how rooms offer themselves to the core, and how they are found.

Rooms never import each other; they meet here, by entry point. A plug-in that cannot be loaded is
reported by `insole doctor` and skipped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoints, entry_points
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from insole.errors import RequestError
from insole.model.calibration import Calibration
from insole.model.foot import Side
from insole.model.link import LinkHealth
from insole.model.protocol import InsoleProtocol
from insole.model.quality import Ledger
from insole.model.stream import Capability, Event, Readings, Samples
from insole.model.trial import Decision, StartState, TrialNotes

Sink = Callable[[Event | Capability | Samples], None]
"""Takes what a source yields. Imported files have no packets: their sources yield decoded items."""


class Source(Protocol):
    """Where events come from: a radio, a virtual pair, a file. Runs its own thread.

    Attributes:
        realtime: events arrive at the pace of the world and must not wait.
    """

    realtime: bool

    def start(self, sink: Sink) -> None:
        """Begin; events go to `sink`, from the source's own thread, in order of arrival."""
        ...

    def stop(self) -> None:
        """End cleanly: idempotent, bounded in time, no event after it returns."""
        ...

    @property
    def finished(self) -> bool:
        """No event will follow: the file is at its end or the source was stopped."""
        ...

    @property
    def error(self) -> Exception | None:
        """Why the source ended by itself, if it failed."""
        ...


@runtime_checkable
class NamedLater(Protocol):
    """A source that can stream two insoles of one side, so that somebody may name them.

    Attributes:
        names_later: it shall; False: it refuses them.
    """

    names_later: bool


class Recorder(Protocol):
    """Keeps a trial. Journal first: `append` hands over and never waits for the disk."""

    def append(self, event: Event) -> None:
        """Keep one event, verbatim."""
        ...

    def decoded(self, item: Capability | Samples | Readings) -> None:
        """Project decoded, ordered data, and what came beside, into the readable file."""
        ...

    def status(self) -> RecorderStatus:
        """How safe the recording is now."""
        ...

    def close(self, document: dict[str, Any] | None) -> None:
        """Finish the file; `document` is the analysis to keep beside the data.

        Raises:
            StorageError: what could not be stored, and what is safe.
        """
        ...


@dataclass(frozen=True, slots=True)
class RecorderStatus:
    """What the window and the terminal say about a recording."""

    path: Path
    bytes_written: int
    behind_s: float  # age of the oldest event that is not yet on disk
    error: Exception | None = None  # StorageError: recording ended, what is safe is in its text


class RecorderFactory(Protocol):
    """Entry point `insole.recorders`: opens a recorder."""

    def __call__(
        self, path: Path, *, start: StartState, notes: TrialNotes, force: bool = False
    ) -> Recorder: ...


class Recording(Protocol):
    """An opened recording or imported file, lazy; what every reader of files gives back."""

    path: Path
    format: str
    start: StartState
    notes: TrialNotes

    def events(self) -> Iterator[Event]:
        """Raw events in order of arrival; empty for imported files."""
        ...

    def decoded(self) -> Iterator[Capability | Samples]:
        """Capabilities and ordered samples (all of a device in few large chunks)."""
        ...

    def stored_document(self) -> dict[str, Any] | None:
        """The analysis stored with the recording, if any."""
        ...

    def close(self) -> None:
        """Release the file."""
        ...


@runtime_checkable
class ToldBeside(Protocol):
    """A recording that may hold more than pressure."""

    def readings(self) -> Iterator[Readings]:
        """What devices told beside: rows of one device and kind in few large blocks."""
        ...


def readings_of(recording: Recording) -> Iterator[Readings]:
    """What devices told beside their pressure; nothing for files that know pressure only."""
    return recording.readings() if isinstance(recording, ToldBeside) else iter(())


@runtime_checkable
class Leafed(Protocol):
    """A recording that finds its place without reading what is before."""

    def events_after(self, count: int) -> Iterator[Event]:
        """Raw events in order of arrival, but the first so many."""
        ...


def events_after(recording: Recording, count: int) -> Iterator[Event]:
    """Raw events in order of arrival, but the first so many."""
    if isinstance(recording, Leafed):
        return recording.events_after(count)
    return islice(recording.events(), count, None)


@runtime_checkable
class Counted(Protocol):
    """A recording that knows what was counted while its packets were decoded and ordered."""

    def ledgers(self) -> dict[Side, Ledger]:
        """Where the samples of each foot went."""
        ...


def ledgers_of(recording: Recording) -> dict[Side, Ledger]:
    """What was counted; nothing for files whose samples were never packets."""
    return recording.ledgers() if isinstance(recording, Counted) else {}


class Importer(Protocol):
    """Entry point `insole.importers`: reads one kind of file."""

    name: str

    def sniff(self, path: Path, head: bytes) -> bool:
        """Is this file (its first 4 kB given) of this kind?"""
        ...

    def open(self, path: Path, options: dict[str, Any]) -> Recording:
        """Open it.

        Raises:
            FileError: the file cannot be read; `LayoutError` for its geometry.
        """
        ...


class Exporter(Protocol):
    """Entry point `insole.exporters`: writes any readable file in another program's form."""

    name: str

    def write(
        self, path: Path, out: Path, *, options: dict[str, Any], force: bool = False
    ) -> list[Path]:
        """Write `out` and what belongs beside it; says which files were written.

        Args:
            path: any readable file.
            out: the main output.
            options: for its importer.
            force: overwrite.

        Raises:
            FileError: `path` cannot be read, or an output exists or cannot be written.
        """
        ...


class LinkDoctor(Protocol):
    """Entry point `insole.doctors`, name `link`: judges how well links do."""

    def feed(self, event: Event) -> None:
        """One event of a source, in order."""
        ...

    def heard(self, items: Sequence[Capability | Samples]) -> None:
        """What was decoded of the events so far, ordered."""
        ...

    def health(self) -> dict[str, LinkHealth]:
        """Each device that was heard, by its key."""
        ...


class Additions(Protocol):
    """Entry point `insole.additions`: what is added to a finished recording, beside it."""

    def calibrations(self, path: Path) -> tuple[Calibration, ...]:
        """The history of calibrations added to a file, oldest first.

        Raises:
            FileError: it is there and cannot be read.
        """
        ...

    def add(self, path: Path, calibrations: Iterable[Calibration]) -> Path:
        """Append to it; says where it lies.

        Raises:
            FileError: it cannot be written.
        """
        ...

    def decisions(self, path: Path) -> tuple[Decision, ...]:
        """What was decided about a file, oldest first; the newest holds.

        Raises:
            FileError: it is there and cannot be read.
        """
        ...

    def decide(self, path: Path, decision: Decision) -> Path:
        """Append a decision; says where it lies.

        Raises:
            FileError: it cannot be written.
        """
        ...


class Printer(Protocol):
    """Entry point `insole.printers`: puts a page of `insole.report.page` on paper."""

    def __call__(self, page: str) -> bytes:
        """A file of this kind.

        Raises:
            MissingExtra: what it needs is not there.
        """
        ...


class Shelf(Protocol):
    """Entry point `GROUP.more`: members of a group that lie in files, not in packages."""

    def names(self) -> list[str]:
        """Names of all of them, broken or not."""
        ...

    def load(self, name: str) -> Any:
        """The one of this name.

        Raises:
            RequestError: its file cannot be used.
        """
        ...

    def told(self, name: str, text: str) -> Any:
        """The same, made of a text that somebody kept.

        Raises:
            RequestError: the text cannot be used.
        """
        ...


class SourceFactory(Protocol):
    """Entry point `insole.sources`, by scheme: `ble`, `virtual`, `file`."""

    def __call__(self, spec: str) -> Source: ...


@dataclass(frozen=True, slots=True)
class Broken:
    """A plug-in that could not be loaded."""

    group: str
    name: str
    why: str


@cache
def _installed(group: str) -> EntryPoints:
    """What this Python offers; looking through all packages takes milliseconds each time."""
    return entry_points(group=group)


def names(group: str) -> list[str]:
    """Names offered in a group, sorted, without loading anything."""
    installed = {point.name for point in _installed(group)}
    return sorted(installed.union(*(shelf.names() for shelf in _shelves(group))))


def _shelves(group: str) -> list[Shelf]:
    """Where more members of a group lie."""
    return [point.load() for point in _installed(f"{group}.more")]


def load(group: str, name: str) -> Any:
    """The object behind one entry point.

    Raises:
        RequestError: nothing of this name, or it cannot be loaded.
    """
    found = _installed(group).select(name=name)
    if not found:
        for shelf in _shelves(group):
            if name in shelf.names():
                return shelf.load(name)
        offered = ", ".join(names(group)) or "none"
        raise RequestError(
            f"unknown {group.removeprefix('insole.').removesuffix('s')} '{name}'",
            where=group,
            why=f"installed are: {offered}",
            fix="Choose one of them, or install the package that offers it",
        )
    point = next(iter(found))
    try:
        return point.load()
    except Exception as error:
        raise RequestError(
            f"plug-in '{name}' cannot be loaded",
            where=f"{group}, {point.value}",
            why=f"{type(error).__name__}: {error}",
            fix="Reinstall or remove the package that offers it; `insole doctor` lists all",
        ) from error


def load_all(group: str) -> tuple[dict[str, Any], list[Broken]]:
    """Everything a group offers that loads, and what does not."""
    good: dict[str, Any] = {}
    broken: list[Broken] = []
    for name in names(group):
        try:
            good[name] = load(group, name)
        except RequestError as error:
            broken.append(Broken(group, name, error.why))
    installed = {point.name for point in _installed(group)}
    for shelf in _shelves(group):
        taken = sorted(installed.intersection(shelf.names()))
        broken += [
            Broken(group, name, "an installed one has the name of this file") for name in taken
        ]
    return good, broken


def protocol(name: str) -> InsoleProtocol:
    """The protocol of this name."""
    made: InsoleProtocol = load("insole.protocols", name)
    return made


def described_protocol(name: str, text: str) -> InsoleProtocol:
    """The protocol that this text describes.

    Raises:
        RequestError: the text cannot be used, or nothing installed reads such texts.
    """
    for shelf in _shelves("insole.protocols"):
        made: InsoleProtocol = shelf.told(name, text)
        return made
    raise RequestError(
        f"protocol '{name}' is told in a text",
        where="insole.protocols.more",
        why="nothing is installed that reads it",
        fix="Install the whole program again",
    )


def link_doctor() -> LinkDoctor | None:
    """A fresh link doctor, or None where none is installed."""
    if "link" not in names("insole.doctors"):
        return None
    make: Callable[[], LinkDoctor] = load("insole.doctors", "link")
    return make()
