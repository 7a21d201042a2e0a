"""Exporter "mot": force and centre of pressure of both feet as a motion file of OpenSim.

Columns as OpenSim's external loads want them, `ground_force_r_vx` to `ground_torque_r_z`, with the
axes of OpenSim: x forward, y up, z to the right. They are those of each insole: where the feet are
in the room nobody measured. A sample that did not come is `nan`, never 0.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, TextIO

import numpy as np

from insole import __version__
from insole.model.arrays import Floats
from insole.model.foot import Side
from insole_recordings.exporters.even_rows import EvenRows, even_rows, forces_at
from insole_recordings.exporters.exported import (
    ExportedFoot,
    check_outputs,
    exported,
    saving,
)

BLOCK_ROWS: Final = 1 << 14
COLUMNS: Final = (
    *(f"ground_force_{{}}_{name}" for name in ("vx", "vy", "vz", "px", "py", "pz")),
    *(f"ground_torque_{{}}_{name}" for name in ("x", "y", "z")),
)
SAID: Final = """\
force under each foot, from pressure insoles; vertical only: vx and vz were not measured and are 0
axes of each insole, metres: x forward, y up, z to the right; origin at the middle of its rear edge
in OpenSim: the point is expressed in the body of that foot, not in ground
the point is 0 0 0 while the foot is in the air; nan where no sample came
for training information; not a medical device"""


class MotExporter:
    """Fulfils `insole.plugins.Exporter`."""

    name = "mot"

    def write(
        self, path: Path, out: Path, *, options: dict[str, Any], force: bool = False
    ) -> list[Path]:
        """Write `OUT`.

        Raises:
            FileError: the input cannot be read, or the output exists or cannot be written.
            RequestError: it holds no samples of a foot, or counts instead of newtons.
        """
        check_outputs([out], source=path, force=force)
        trial = exported(path, options)
        trial.in_newtons()
        with (
            saving(out) as part,
            part.open("w", encoding="utf-8", errors="replace", newline="\n") as file,
        ):
            _write(file, trial.feet, even_rows(trial))
        return [out]


EXPORTER = MotExporter()


def _write(file: TextIO, feet: dict[Side, ExportedFoot], rows: EvenRows) -> None:
    names = ["time", *(name.format(side[0]) for side in feet for name in COLUMNS)]
    head = [
        f"insole {__version__} forces",
        "version=1",
        f"nRows={rows.count}",
        f"nColumns={len(names)}",
        "inDegrees=no",
        *SAID.splitlines(),
        "endheader",
        "\t".join(names),
    ]
    file.write("\n".join(head) + "\n")
    formats = ["%.6f", *["%.6g"] * (len(names) - 1)]
    for first in range(0, rows.count, BLOCK_ROWS):
        times = rows.times(first, min(rows.count, first + BLOCK_ROWS))
        table = [times[:, None], *(_columns(foot, times) for foot in feet.values())]
        np.savetxt(file, np.hstack(table), fmt=formats, delimiter="\t")


def _columns(foot: ExportedFoot, times: Floats) -> Floats:
    """(n, 9) force, point and torque of one foot."""
    known, force, cop_mm = forces_at(foot, times)
    out = np.zeros((len(times), len(COLUMNS)))
    out[:, 1] = force
    lands = (cop_mm != 0.0).any(axis=1)
    outwards = 1.0 if foot.side is Side.RIGHT else -1.0  # x of the foot frame points to the side
    out[lands, 3] = 1e-3 * cop_mm[lands, 1]
    out[lands, 5] = 1e-3 * outwards * (cop_mm[lands, 0] - 0.5 * foot.layout.width_mm)
    out[~known] = np.nan
    return out
