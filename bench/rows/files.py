"""Writing and reading an hour, against bare h5py calls with the same chunks and filters."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import h5py
from packets import events
from signals import capability, samples
from table import Row, side_by_side, spoken

from insole import api, plugins
from insole.intake import Intake
from insole.model.foot import Side
from insole.model.stream import Capability, Event, Samples
from insole.model.trial import StartState, TrialNotes
from insole.parameters import Parameters

SENSORS, RATE_HZ, SECONDS = 16, 100.0, 3600.0
TIMES = 3
REACH = 1.5


def measure() -> list[Row]:
    """The recording is made once, by the recorder, from packets."""
    with TemporaryDirectory() as folder:
        return _measure(Path(folder))


def _measure(folder: Path) -> list[Row]:
    intake = Intake(Parameters())
    told = list(events(sensors=SENSORS, rate_hz=RATE_HZ, seconds=SECONDS))
    decoded = [item for event in told for item in intake.feed(event)] + intake.flush()
    whole = [capability(side, sensors=SENSORS, rate_hz=RATE_HZ) for side in Side] + [
        samples(side, sensors=SENSORS, rate_hz=RATE_HZ, seconds=SECONDS) for side in Side
    ]
    live, piece = folder / "live.h5", folder / "piece.h5"
    return [
        _writing("writing 1 h in one piece", piece, told=[], decoded=whole),
        _writing("recording 1 h packet by packet, journal included", live, told, decoded),
        _reading("reading 1 h", live),
    ]


def _writing(what: str, path: Path, told: list[Event], decoded: list[Capability | Samples]) -> Row:
    opens = plugins.load("insole.recorders", "hdf5")

    def write() -> None:
        recorder = opens(path, start=StartState(), notes=TrialNotes(), force=True)
        for event in told:
            recorder.append(event)
        for item in decoded:
            recorder.decoded(item)
        recorder.close(None)

    write()
    arrays = _arrays(path)

    def write_bare() -> None:
        with h5py.File(path.with_suffix(".bare"), "w") as file:
            for name, (values, how) in arrays.items():
                file.create_dataset(name, data=values, **how)

    return _row(what, *side_by_side(write, write_bare, times=TIMES))


def _reading(what: str, path: Path) -> Row:
    def read() -> None:
        recording = api.open_recording(path)
        count = sum(len(item.sequence) for item in recording.decoded() if isinstance(item, Samples))
        recording.close()
        if count != 2 * SECONDS * RATE_HZ:
            raise RuntimeError(f"{count} samples were read: the benchmark measures nothing")

    signals = [name for name in _arrays(path) if name.startswith("signals/")]

    def read_bare() -> None:
        with h5py.File(path, "r") as file:
            for name in signals:
                file[name][()]

    return _row(what, *side_by_side(read, read_bare, times=TIMES))


def _row(what: str, took: float, bare: float) -> Row:
    return Row(
        what,
        spoken(took),
        f"{spoken(bare)}, bare h5py",
        f"{took / bare:.2f}",
        f"{REACH:g} x",
        took / bare <= REACH,
    )


def _arrays(path: Path) -> dict[str, tuple[Any, dict[str, Any]]]:
    """Every array of a file with the way it is stored."""
    found: dict[str, tuple[Any, dict[str, Any]]] = {}

    def look(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and item.chunks:
            how = {
                "chunks": item.chunks,
                "maxshape": item.maxshape,
                "compression": item.compression,
                "compression_opts": item.compression_opts,
                "shuffle": item.shuffle,
                "fletcher32": item.fletcher32,
            }
            found[name] = (item[()], how)

    with h5py.File(path, "r") as file:
        file.visititems(look)
    return found
