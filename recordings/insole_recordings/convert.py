"""New files out of whole ones: packets decoded again, foreign files in our format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

from insole import plugins
from insole.errors import RequestError
from insole.model.stream import Capability, Connected, Event, Samples
from insole.model.trial import StartState, TrialNotes
from insole.plugins import Importer, Recording, readings_of
from insole_recordings.decoding import decode_all, has_packets
from insole_recordings.hdf5 import open_recording
from insole_recordings.recover import Rescue, Seen
from insole_recordings.rewrite import check_output, write_recording


def redecode(
    path: Path, out: Path, *, force: bool = False, description: str | None = None
) -> Rescue:
    """Decode /raw again with today's decoders into a new file; the stored result stays beside.

    Args:
        path: a recording.
        out: the new file.
        force: overwrite it.
        description: stands for the text of every described insole, in the new file too.

    Raises:
        RequestError: the file holds no packets, their protocol is not installed, or the
            description has mistakes or describes nothing in the file.
        FileError: it cannot be read, or `out` cannot be written.
    """
    check_output(out, source=path, force=force)
    recording = open_recording(path)
    seen = Seen()

    def events() -> Iterator[Event]:
        told = recording.events()
        return told if description is None else _described(told, description)

    try:
        if description is not None:
            _check_description(recording.events(), description, where=str(path))
        if not has_packets(recording.events()):
            raise RequestError(
                "nothing to decode",
                where=str(path),
                why="this file was imported: it holds samples, no packets",
                fix="Import its original again",
            )
        write_recording(
            out,
            start=recording.start,
            notes=recording.notes,
            events=seen.events(events()),
            decoded=seen.decoded(decode_all(events(), recording.start)),
            document=recording.stored_document(),
        )
    finally:
        recording.close()
    return Rescue(
        file=path,
        out=out,
        source=recording.format,
        duration_s=seen.duration_s,
        events=seen.count,
        packets=seen.packets,
        samples=dict(seen.samples),
        damaged_bytes=0,
        tail_bytes=0,
        missing=0,
        notes=(),
    )


def _described(events: Iterable[Event], text: str) -> Iterator[Event]:
    """Events whose described insoles are told by another text."""
    for event in events:
        is_described = isinstance(event, Connected) and event.description
        yield replace(event, description=text) if is_described else event


def _check_description(events: Iterable[Event], text: str, *, where: str) -> None:
    names = {
        event.protocol for event in events if isinstance(event, Connected) and event.description
    }
    if not names:
        raise RequestError(
            "no insole of this file is described",
            where=where,
            why="its protocols are programs",
            fix="Leave --description out",
        )
    for name in names:
        plugins.described_protocol(name, text)


def import_files(
    paths: list[Path], out: Path, *, options: dict[str, Any], notes: TrialNotes, force: bool
) -> Rescue:
    """Vendor files and tables into one of our files; several files are the devices of one trial.

    Raises:
        FileError: one cannot be read, or `out` cannot be written.
        RequestError: two files hold the same foot.
    """
    from insole.api import open_recording as open_any  # loads the analysis too

    for path in paths:
        check_output(out, source=path, force=force)
    known = dict(options)
    chosen: Importer | None = None
    if "format" in known:
        chosen = plugins.load("insole.importers", known.pop("format"))
    opened = [chosen.open(path, known) if chosen else open_any(path, **known) for path in paths]
    seen = Seen()
    try:
        start = _merged_start([recording.start for recording in opened])
        items = [item for recording in opened for item in recording.decoded()]
        marks = [event for recording in opened for event in recording.events()]
        _check_feet(items, paths)
        merged = _merged_notes(notes, opened)
        write_recording(
            out,
            start=start,
            notes=merged,
            events=sorted(marks, key=lambda mark: mark.arrival_ns),
            decoded=seen.decoded(chain(items, *(readings_of(each) for each in opened))),
        )
    finally:
        for recording in opened:
            recording.close()
    return Rescue(
        file=paths[0],
        out=out,
        source=opened[0].format,
        duration_s=seen.duration_s,
        events=len(marks),
        packets=0,
        samples=dict(seen.samples),
        damaged_bytes=0,
        tail_bytes=0,
        missing=0,
        notes=(),
    )


def _merged_start(starts: list[StartState]) -> StartState:
    first = starts[0]
    return replace(
        first,
        origin_ns=min(start.origin_ns for start in starts),
        clocks=tuple(clock for start in starts for clock in start.clocks),
        sides={device: side for start in starts for device, side in start.sides.items()},
        zero={device: zero for start in starts for device, zero in start.zero.items()},
    )


def _merged_notes(given: TrialNotes, opened: list[Recording]) -> TrialNotes:
    """What the caller says, and where it says nothing what the files say."""
    own = [recording.notes for recording in opened]
    return replace(
        given,
        source=given.source or ", ".join(recording.path.name for recording in opened),
        wall_clock=given.wall_clock or min((n.wall_clock for n in own if n.wall_clock), default=""),
        note=given.note or "; ".join(dict.fromkeys(n.note for n in own if n.note)),
    )


def _check_feet(items: list[Capability | Samples], paths: list[Path]) -> None:
    devices = [item.device for item in items if isinstance(item, Capability)]
    twice = [device for device, count in Counter(devices).items() if count > 1]
    if len(paths) > 1 and twice:
        raise RequestError(
            f"the {twice[0]} foot is in more than one file",
            where=", ".join(str(path) for path in paths),
            why="the files of one import are the feet of one trial",
            fix="Import each trial on its own",
        )
