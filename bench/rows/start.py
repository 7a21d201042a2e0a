"""How long `insole --help` takes, against an interpreter that does nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from table import Row, side_by_side, spoken

TIMES = 31
REACH = 3.0


def measure() -> list[Row]:
    """Fresh processes, in turn."""
    program = Path(sys.executable).with_name("insole")
    helped, bare = side_by_side(
        lambda: subprocess.check_output([str(program), "--help"]),
        lambda: subprocess.check_output([sys.executable, "-c", "pass"]),
        times=TIMES,
    )
    ratio = helped / bare
    return [
        Row(
            "`insole --help`",
            spoken(helped),
            f"{spoken(bare)}, `python -c pass`",
            f"{ratio:.2f}",
            f"{REACH:g} x",
            ratio <= REACH,
        )
    ]
