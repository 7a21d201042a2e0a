"""Force plates of a motion laboratory in C3D files.

A C3D file says what a plate measured, not which foot stood on it. So the plates of the feet are
named: `insole.open("trial.c3d", left=1, right=2)`; one alone is enough. Load is positive; whether
the vertical axis of a plate points up or down shows in the sign of its largest force.

Beside a vertical force `LFZ`, a channel `LVALID` of this program's own exports says where samples
came; where it is 0, they are missing.

* `left`, `right`: number of a plate, from 1.
* `mass`: body mass, kg.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from insole import layouts
from insole.errors import FileError
from insole.model.arrays import Bools, Floats
from insole.model.foot import Side
from insole_recordings.importers.c3d_file import C3dFile, is_c3d, read_c3d
from insole_recordings.importers.imported import (
    Foot,
    ImportedRecording,
    mass_option,
    number_option,
    recording,
)
from insole_recordings.importers.time_grid import checked_rate, from_rate

MOST_PLATES = 64
VERTICAL = {1: 2, 2: 2}
"""Type of a plate to the place of its vertical force among its channels."""
LOADED_N = 100.0


class C3dImporter:
    """Fulfils `insole.plugins.Importer`."""

    name = "c3d"

    def sniff(self, path: Path, head: bytes) -> bool:  # noqa: ARG002 - told by its content
        """The marks of the format."""
        return is_c3d(head)

    def open(self, path: Path, options: dict[str, Any]) -> ImportedRecording:
        """Read the plates that were named.

        Raises:
            FileError: the file cannot be read, or no plate was named.
            RequestError: an option has no valid value.
        """
        mass = mass_option(options)
        named = {
            side: int(number)
            for side in Side
            if (number := number_option(options, side.value, 1, MOST_PLATES, unit="(plate)"))
        }
        file = read_c3d(path)
        plates = _plates(file)
        if not named:
            raise _untold(path, plates)
        absent = [number for number in named.values() if number > len(plates)]
        if absent or len(set(named.values())) < len(named):
            why = f"there is no plate {absent[0]}" if absent else "both feet name the same plate"
            raise _unfit(path, f"{why} of {len(plates)}")
        rate = checked_rate((*file.numbers("ANALOG:RATE"), 0.0)[0], where=path.name)
        grid = from_rate(len(plates[0]), rate)
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


def _plates(file: C3dFile) -> list[Floats]:
    """(n,) load on each plate, N, downwards positive."""
    used, kinds = file.numbers("FORCE_PLATFORM:USED"), file.numbers("FORCE_PLATFORM:TYPE")
    channels = file.numbers("FORCE_PLATFORM:CHANNEL")
    units = file.words("ANALOG:UNITS")
    count = int(used[0]) if used else 0
    if not 0 < count <= MOST_PLATES or len(kinds) < count or len(channels) % count:
        raise _unfit(file.path, f"it describes {max(0, count)} force plates, or not all of them")
    rows = len(channels) // count
    plates: list[Floats] = []
    for plate, kind in enumerate(int(kind) for kind in kinds[:count]):
        if kind not in VERTICAL or rows <= VERTICAL[kind]:
            raise _unfit(file.path, f"plate {plate + 1} is of type {kind}, known are 1 and 2")
        channel = int(channels[plate * rows + VERTICAL[kind]]) - 1
        if not 0 <= channel < file.channels or channel >= len(units) or units[channel] != "N":
            why = f"the vertical force of plate {plate + 1} is not among its channels in newtons"
            raise _unfit(file.path, why)
        force = file.analog(channel)
        force = force if force.max() >= -force.min() else -force
        came = _came(file, channel)
        plates.append(force if came is None else np.where(came, force, np.nan))
    return plates


def _came(file: C3dFile, vertical: int) -> Bools | None:
    """(n,) where this plate has samples; None: nothing says it."""
    labels = file.words("ANALOG:LABELS")[: file.channels]
    told = f"{labels[vertical][:-2]}VALID" if vertical < len(labels) else ""
    return file.analog(labels.index(told)) > 0.0 if told in labels else None


def _untold(path: Path, plates: list[Floats]) -> FileError:
    loaded = [
        str(n)
        for n, force in enumerate(plates, start=1)
        if np.nanmax(force, initial=0.0) > LOADED_N
    ]
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
