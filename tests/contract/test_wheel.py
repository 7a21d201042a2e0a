"""The wheel holds the four packages with their data, and nothing else."""

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = {
    "insole": "insole",
    "insole_drivers": "drivers/insole_drivers",
    "insole_recordings": "recordings/insole_recordings",
    "insole_gui": "gui/insole_gui",
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel of this tree, built by the locked build backend."""
    out = tmp_path_factory.mktemp("wheel")
    ran = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert ran.returncode == 0, ran.stderr
    (built,) = out.glob("*.whl")
    return built


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_brings_exactly_four_packages(wheel):
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "version"
    ]
    top = {name.partition("/")[0] for name in names(wheel)}
    assert top == {*ROOMS, f"insole-{version}.dist-info"}


def test_every_file_of_a_room_is_shipped(wheel):
    shipped = names(wheel)
    wanted = {
        f"{package}/{path.relative_to(ROOT / folder).as_posix()}"
        for package, folder in ROOMS.items()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert wanted <= shipped


@pytest.mark.parametrize("package", ROOMS)
def test_every_room_tells_that_it_is_typed(wheel, package):
    assert f"{package}/py.typed" in names(wheel)


def test_settings_and_licence_are_shipped(wheel):
    shipped = names(wheel)
    assert "insole/defaults.toml" in shipped
    assert any(name.endswith("dist-info/licenses/LICENSE") for name in shipped)


def test_a_shipped_recording_has_its_licence_notice_beside_it(wheel):
    """The run of the demo is somebody's data under CC-BY; its notice travels with it."""
    folders = {
        name.rpartition("/")[0]
        for name in names(wheel)
        if name.endswith((".npz", ".h5", ".csv", ".csv.gz", ".npy")) and "/layouts/" not in name
    }
    with zipfile.ZipFile(wheel) as archive:
        for folder in folders:
            texts = [
                archive.read(name).decode("utf-8")
                for name in archive.namelist()
                if name.startswith(f"{folder}/") and name.endswith((".md", ".txt", "NOTICE"))
            ]
            assert any("CC" in text and "4.0" in text for text in texts), folder
    assert folders, "the demo has no real run to show"
