"""Prints one table: what was measured, against what, and whether the number to reach is reached.

    python bench/run.py                        every row, some minutes
    python bench/run.py start files            some rows, by the name of their file in bench/rows
    python bench/run.py > docs/benchmark.md    the page of the documentation

Every ratio is of two things measured in the same run on the same machine. Nothing is asserted: a
busy machine would fail and a slow program would not.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from table import Row, markdown

HEAD = """# Benchmark

`python bench/run.py` on one machine, all in one run. A ratio compares with what stands beside it,
or with the number to reach. Nothing here is asserted by a test.
"""
ROWS = ("start", "analysis", "files", "live", "opening", "memory")


def main(names: Sequence[str]) -> int:
    """Measure the rows that were named, or all."""
    unknown = set(names) - set(ROWS)
    if unknown:
        print(f"no such rows: {', '.join(sorted(unknown))}; there are {', '.join(ROWS)}")
        return 2
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    rows: list[Row] = []
    details: list[str] = []
    for name in names or ROWS:
        print(f"measuring: {name}", file=sys.stderr, flush=True)
        module = import_module(f"rows.{name}")
        rows += module.measure()
        if hasattr(module, "stages"):
            details.append(module.stages())
    print(HEAD)
    print(markdown(rows))
    for detail in details:
        print(f"\n{detail}")
    print(
        f"\n{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python "
        f"{platform.python_version()}, numpy {version('numpy')}, h5py {version('h5py')}, "
        f"PySide6 {version('pyside6-essentials')}, insole {version('insole')}; "
        "window drawn without a screen"
    )
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    sys.exit(main(sys.argv[1:]))
