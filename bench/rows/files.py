"""Writing and reading an hour, against bare h5py calls with the same chunks and filters."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import h5py
from packets import events
from table import Row, side_by_side, spoken

from insole import api, plugins
from insole.intake import Intake
from insole.model.stream import Capability, Samples
from insole.model.trial import StartState, TrialNotes
from insole.parameters import Parameters

SENSORS, RATE_HZ, SECONDS = 16, 100.0, 3600.0
TIMES = 5
REACH = 1.5


def measure() -> list[Row]:
    """The recording is made once, by the recorder, from packets."""
    with TemporaryDirectory() as folder:
        return _measure(Path(folder))


def _measure(folder: Path) -> list[Row]:
    intake = Intake(Parameters())
    told = list(events(sensors=SENSORS, rate_hz=RATE_HZ, seconds=SECONDS))
    decoded = [item for event in told for item in intake.feed(event)] + intake.flush()
    opens = plugins.load("insole.recorders", "hdf5")
    path, bare_path = folder / "hour.h5", folder / "bare.h5"

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
        with h5py.File(bare_path, "w") as file:
            for name, (values, how) in arrays.items():
                file.create_dataset(name, data=values, **how)

    def read() -> None:
        recording = api.open_recording(path)
        count = sum(len(item.sequence) for item in recording.decoded() if _is_samples(item))
        recording.close()
        if count != 2 * SECONDS * RATE_HZ:
            raise RuntimeError(f"{count} samples were read: the benchmark measures nothing")

    signals = [name for name in arrays if name.startswith("signals/")]

    def read_bare() -> None:
        with h5py.File(path, "r") as file:
            for name in signals:
                file[name][()]

    wrote, wrote_bare = side_by_side(write, write_bare, times=TIMES)
    took, took_bare = side_by_side(read, read_bare, times=TIMES)
    return [
        _row("writing 1 h, packets and journal included", wrote, wrote_bare),
        _row("reading 1 h", took, took_bare),
    ]


def _is_samples(item: Capability | Samples) -> bool:
    return isinstance(item, Samples)


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
