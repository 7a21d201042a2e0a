"""Starting is cheap: heavy libraries load when they are needed, not before."""

import json
import subprocess
import sys

import pytest

HEAVY = (
    "bleak",
    "bumble",
    "cattrs",
    "h5py",
    "numpy",
    "pandas",
    "platformdirs",
    "PySide6",
    "pyqtgraph",
    "rich",
    "scipy",
    "xarray",
)
SLOW = {"scipy.signal", "pandas", "xarray"}  # each costs a good second
REPORT = "import json, sys; print(json.dumps(sorted(sys.modules)), file=sys.stderr)"


def loaded_by(code: str) -> set[str]:
    """Names of all modules that a fresh interpreter holds after `code`."""
    ran = subprocess.run(
        [sys.executable, "-c", f"{code}\n{REPORT}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    return set(json.loads(ran.stderr.splitlines()[-1]))


def command(*words: str) -> str:
    """Code that runs one command line and survives its exit."""
    return f"""
import contextlib, insole.cli
with contextlib.suppress(SystemExit):
    insole.cli.main({list(words)!r})
"""


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("import insole", id="import insole"),
        pytest.param(command("--help"), id="insole --help"),
        pytest.param(command("--version"), id="insole --version"),
        pytest.param(command("no-such-command"), id="a mistyped command"),
    ],
)
def test_nothing_heavy_is_loaded_by(code):
    loaded = loaded_by(code)
    assert not [name for name in HEAVY if name in loaded]


def test_the_help_of_a_command_loads_no_room():
    rooms = {"bleak", "bumble", "h5py", "PySide6", "pyqtgraph", "rich", "scipy"}
    assert not loaded_by(command("demo", "--help")) & rooms


def test_help_looks_up_no_plug_in():
    assert "importlib.metadata" not in loaded_by(command("--help"))


def test_the_way_itself_loads_no_slow_library_and_no_room():
    loaded = loaded_by("import insole.pipeline, insole.live.board, insole.live.engine")
    assert not loaded & (SLOW | {"PySide6", "h5py", "bleak", "bumble"})


def test_a_live_pair_loads_no_slow_library_and_no_window():
    loaded = loaded_by(command("demo", "--headless", "--seconds", "3"))
    assert "insole.pipeline" in loaded
    assert not loaded & (SLOW | {"PySide6", "pyqtgraph"})
