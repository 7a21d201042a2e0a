"""`insole doctor`: what works here; each failing line says its fix."""

from __future__ import annotations

import argparse
import platform
import shutil
import sys
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from insole import __version__, plugins
from insole.commands.options import add_json, add_seconds, add_source, print_json
from insole.errors import InsoleError, RequestError

PACKAGES = ("bleak", "bumble", "h5py", "numpy", "scipy", "pyqtgraph", "PySide6_Essentials")
FREE_BYTES = 1_000_000_000  # an hour of two insoles with 16 sensors at 100 Hz is about 50 MB


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at."""

    name: str
    ok: bool
    text: str
    fix: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `doctor`."""
    parser.add_argument(
        "file", nargs="?", metavar="FILE", help="judge links and sensors of this recording instead"
    )
    parser.add_argument("--live", action="store_true", help="judge insoles that stream now instead")
    add_source(parser)
    add_seconds(parser, None)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Look at everything; 1 when something needs a fix that the main job needs.

    Of links and sensors: 1 when one of them spoils results.
    """
    if args.file or args.live:
        return _links(args)
    found = [*_versions(), *_bluetooth(), _window(), *_disk(), *_plugins()]
    if args.json:
        print_json({"schema": "insole.doctor/1", "lines": [asdict(line) for line in found]})
    else:
        for line in found:
            print(f"{'✓' if line.ok else '▲'} {line.name}: {line.text}")
            if not line.ok and line.fix:
                print(f"    {line.fix}")
    return 0 if all(line.ok for line in found) else 1


def _links(args: argparse.Namespace) -> int:
    from insole.commands import links

    if args.file and args.live:
        raise RequestError(
            "a file and live insoles",
            where="insole doctor",
            why="one of them can be judged at a time",
            fix="Leave out FILE or --live",
        )
    judged = links.of_file(args.file) if args.file else links.of_source(args)
    if args.json:
        print_json(links.document(judged))
    else:
        for line in links.lines(judged):
            print(line)
    return 1 if judged.is_bad else 0


def _versions() -> list[Line]:
    lines = [
        Line("insole", True, __version__),
        Line(
            "python", sys.version_info >= (3, 11), platform.python_version(), "Needs 3.11 or newer."
        ),
        Line("system", True, f"{platform.system()} {platform.release()}"),
    ]
    for package in PACKAGES:
        try:
            lines.append(Line(package, True, version(package)))
        except PackageNotFoundError:
            lines.append(Line(package, False, "not installed", "Install insole again."))
    return lines


def _bluetooth() -> list[Line]:
    try:
        look = plugins.load("insole.doctors", "bluetooth")
        said: list[Any] = look()
    except InsoleError as error:
        return [Line("Bluetooth", False, str(error))]
    return [Line(line.name, line.ok, line.text, line.fix) for line in said]


def _window() -> Line:
    from insole.commands.dashboard import why_no_window

    try:
        missing = why_no_window()
    except InsoleError as error:
        missing = str(error)
    return Line(
        "window",
        missing is None,
        missing or "Qt can open one",
        "The terminal view works without: insole demo --headless.",
    )


def _disk() -> list[Line]:
    from insole.settings import folders

    folder = folders().recordings
    there: Path = next((place for place in (folder, *folder.parents) if place.exists()), Path("/"))
    free = shutil.disk_usage(there).free
    return [
        Line(
            "disk",
            free > FREE_BYTES,
            f"{free / 1e9:.1f} GB free for {folder}",
            "Free some space, or record to another disk.",
        )
    ]


def _plugins() -> list[Line]:
    lines: list[Line] = []
    for group in ("protocols", "sources", "recorders", "importers", "exporters"):
        good, broken = plugins.load_all(f"insole.{group}")
        lines.append(Line(group, True, ", ".join(sorted(good)) or "none"))
        lines += [
            Line(f"{group}: {item.name}", False, item.why, "Reinstall or remove its package.")
            for item in broken
        ]
    return lines
