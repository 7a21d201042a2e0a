"""Force plates of a motion laboratory in C3D files; needs the extra `c3d`.

A C3D file says what a plate measured, not which foot stood on it. So the plates of the feet are
named: `insole.open("trial.c3d", left=1, right=2)`; one alone is enough. Load is positive; whether
the vertical axis of a plate points up or down shows in the sign of its largest force.

* `left`, `right`: number of a plate, from 1.
* `mass`: body mass, kg.
"""

from __future__ import annotations

import struct
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from insole import layouts
from insole.errors import DamagedFile, FileError, MissingExtra
from insole.model.arrays import Floats, Ints
from insole.model.foot import Side
from insole_recordings.importers.imported import (
    Foot,
    ImportedRecording,
    mass_option,
    number_option,
    recording,
)
from insole_recordings.importers.time_grid import checked_rate, from_rate

BLOCK = 512
MAGIC = 0x50
PROCESSORS = (84, 85, 86)
MOST_BYTES = 1 << 30
MOST_PLATES = 64
VERTICAL = {1: 2, 2: 2}
"""Type of a plate to the place of its vertical force among its channels."""
LOADED_N = 100.0


class C3dImporter:
    """Fulfils `insole.plugins.Importer`."""

    name = "c3d"

    def sniff(self, path: Path, head: bytes) -> bool:
        """The mark in the second byte, and a parameter section where the first byte says."""
        if len(head) < BLOCK or head[1] != MAGIC:
            return False
        processor = (head[0] - 1) * BLOCK + 3
        beyond = processor >= len(head)
        return path.suffix.lower() == ".c3d" if beyond else head[processor] in PROCESSORS

    def open(self, path: Path, options: dict[str, Any]) -> ImportedRecording:
        """Read the plates that were named.

        Raises:
            MissingExtra: ezc3d is not installed.
            FileError: the file cannot be read, or no plate was named.
            RequestError: an option has no valid value.
        """
        mass = mass_option(options)
        named = {
            side: int(number)
            for side in Side
            if (number := number_option(options, side.value, 1, MOST_PLATES, unit="(plate)"))
        }
        _check_size(path)
        parameters, analogs, rate = _read(path)
        plates = _plates(path, parameters, analogs)
        if not named:
            raise _untold(path, plates)
        absent = [number for number in named.values() if number > len(plates)]
        if absent or len(set(named.values())) < len(named):
            why = f"there is no plate {absent[0]}" if absent else "both feet name the same plate"
            raise _unfit(path, f"{why} of {len(plates)}")
        grid = from_rate(analogs.shape[1], rate)
        feet = [
            Foot(
                side=side,
                layout=layouts.load("total"),
                quantity="N",
                rate_hz=rate,
                sequence=grid.sequence,
                tick_us=grid.tick_us,
                values=plates[number - 1][:, None],
                serial=f"plate {number}",
            )
            for side, number in named.items()
        ]
        return recording(path, feet, format=self.name, unit="N", mass_kg=mass)


IMPORTER = C3dImporter()


def _check_size(path: Path) -> None:
    """The header must not promise more than the file holds: its reader would believe it."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(BLOCK)
    except OSError as error:
        raise _damaged(path, error.strerror or str(error)) from error
    if size > MOST_BYTES:
        raise _damaged(path, "it is larger than 1 GB")
    if len(head) < BLOCK:
        raise _damaged(path, f"it ends after {len(head)} bytes")
    points, analog, first, last = struct.unpack_from("<4H", head, 2)
    (scale,) = struct.unpack_from("<f", head, 12)
    width = 4 if scale < 0.0 else 2
    needed = max(0, last - first + 1) * (4 * points + analog) * width
    if needed > size:
        raise _damaged(path, f"its header promises {needed} bytes of data, it has {size}")


def _read(path: Path) -> tuple[Any, Floats, float]:
    """Parameters, (channels, n) analog values, and their rate."""
    try:
        ezc3d: Any = import_module("ezc3d")
    except ImportError as error:
        raise MissingExtra(
            "cannot read C3D",
            where=path.name,
            why="ezc3d is not installed",
            fix='Run pip install "insole[c3d]"',
        ) from error
    try:
        file: Any = ezc3d.c3d(str(path))
        parameters = file["parameters"]
        analogs = np.asarray(file["data"]["analogs"], dtype=np.float64)[0]
        rate = float(parameters["ANALOG"]["RATE"]["value"][0])
    except (
        KeyError,
        IndexError,
        TypeError,
        ValueError,
        OSError,
        RuntimeError,
        MemoryError,
    ) as error:
        raise _damaged(path, f"{type(error).__name__}: {str(error)[:100]}") from error
    if analogs.ndim != 2 or not analogs.size:
        raise _unfit(path, "it holds no analog channels, so no force plates")
    return parameters, analogs, checked_rate(rate, where=path.name)


def _plates(path: Path, parameters: Any, analogs: Floats) -> list[Floats]:
    """(n,) load on each plate, N, downwards positive."""
    try:
        section = parameters["FORCE_PLATFORM"]
        count = int(section["USED"]["value"][0])
        kinds = [int(kind) for kind in section["TYPE"]["value"]]
        channels: Ints = np.asarray(section["CHANNEL"]["value"], dtype=np.int64)
        units = [str(unit).strip() for unit in parameters["ANALOG"]["UNITS"]["value"]]
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise _unfit(path, "it describes no force plates") from error
    fits = channels.ndim == 2 and channels.shape[1] >= count and len(kinds) >= count
    if not 0 < count <= MOST_PLATES or not fits:
        raise _unfit(path, f"it describes {count} force plates, or not all of them")
    plates: list[Floats] = []
    for plate, kind in enumerate(kinds[:count]):
        if kind not in VERTICAL or channels.shape[0] <= VERTICAL[kind]:
            raise _unfit(path, f"plate {plate + 1} is of type {kind}, known are types 1 and 2")
        channel = int(channels[VERTICAL[kind], plate]) - 1
        if not 0 <= channel < len(analogs) or channel >= len(units) or units[channel] != "N":
            raise _unfit(path, f"the vertical force of plate {plate + 1} is not in newtons")
        force = analogs[channel]
        if not (np.abs(force) < 1e9).all():
            raise _damaged(path, f"plate {plate + 1} has forces that none can give")
        plates.append(force if force.max() >= -force.min() else -force)
    return plates


def _untold(path: Path, plates: list[Floats]) -> FileError:
    loaded = [str(n) for n, force in enumerate(plates, start=1) if force.max() > LOADED_N]
    shown = ", ".join(loaded) or "none"
    return _unfit(
        path,
        f"it holds {len(plates)} force plates (loaded: {shown}) and does not say which foot "
        "stands on which",
    )


def _unfit(path: Path, why: str) -> FileError:
    return FileError(
        "this C3D file gives no feet",
        where=path.name,
        why=why,
        fix='Name the plates of the feet: insole.open("trial.c3d", left=1, right=2)',
    )


def _damaged(path: Path, why: str) -> DamagedFile:
    return DamagedFile(
        "the C3D file cannot be read",
        where=path.name,
        why=why,
        fix="Export the trial again, whole",
    )
