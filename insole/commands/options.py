"""Options that several commands share, and how results are printed."""

from __future__ import annotations

import argparse
import errno
import json
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from insole.errors import DiskFull, FileError, RequestError
from insole.model.trial import TrialNotes


def add_json(parser: argparse.ArgumentParser) -> None:
    """`--json`: one document on standard output."""
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")


def add_seconds(parser: argparse.ArgumentParser, default: float | None) -> None:
    """`--seconds`."""
    said = "until Ctrl-C" if default is None else f"{default:g}"
    parser.add_argument(
        "--seconds", type=float, default=default, metavar="S", help=f"how long (default: {said})"
    )


def add_source(parser: argparse.ArgumentParser) -> None:
    """`--left`, `--right`, `--pod`, `--source`, `--simulate`: where live data come from."""
    parser.add_argument("--left", metavar="ADDR", help="address of the left insole")
    parser.add_argument("--right", metavar="ADDR", help="address of the right insole")
    parser.add_argument(
        "--pod", metavar="ADDR", help="address of a motion pod beside them; `any`: the nearest"
    )
    other = parser.add_mutually_exclusive_group()
    other.add_argument(
        "--source",
        metavar="SPEC",
        help="instead of the above: with settings, e.g. 'ble:rate=200' or for one alone "
        "'ble:rate.left=200', or not over Bluetooth, e.g. 'udp:brilliantsole=192.168.4.1' or "
        "'udp:moticon=:8888'",
    )
    other.add_argument(
        "--simulate",
        nargs="?",
        const="recording",
        default=None,
        metavar="SPEC",
        help="a virtual pair instead, e.g. 'run?speed=3.3&loss=0.02' (default: a recorded run)",
    )


def add_streams(parser: argparse.ArgumentParser) -> None:
    """`--stream`: other programs that hear it."""
    parser.add_argument(
        "--stream",
        action="append",
        default=[],
        metavar="NAME",
        help="let other programs hear it: lsl, osc, osc:HOST:PORT; announced on this computer "
        "alone unless told otherwise; may be repeated",
    )


def add_baseline(parser: argparse.ArgumentParser) -> None:
    """`--baseline`: earlier recordings."""
    parser.add_argument(
        "--baseline",
        action="append",
        default=[],
        metavar="DIR|FILE",
        help="earlier recordings: with three of the same athlete, shoe and insoles, bands and "
        "targets are the person's own",
    )


def add_whose(parser: argparse.ArgumentParser) -> None:
    """`--athlete`, `--shoe`."""
    parser.add_argument("--athlete", default="", metavar="ID", help="who")
    parser.add_argument("--shoe", default="", metavar="TEXT", help="which shoe")


def baseline_files(args: argparse.Namespace, *, named: bool) -> list[Path]:
    """Recordings that `--baseline` names; none where it was not given.

    Args:
        args: of `add_baseline` and `add_whose`.
        named: the athlete must be named here; a window asks for one.

    Raises:
        RequestError: nobody says whose baseline it is.
        FileError: a place is not there.
    """
    if not args.baseline:
        return []
    from insole.usual import recordings_in

    if named and not args.athlete:
        raise RequestError(
            "nobody knows whose baseline that is",
            where="--baseline",
            why="recordings of one person are looked for, and no athlete is named",
            fix="Add --athlete NAME, as it was given for the earlier recordings",
        )
    return recordings_in(args.baseline)


def add_notes(parser: argparse.ArgumentParser) -> None:
    """What people say about a trial."""
    parser.add_argument("--mass", type=float, metavar="KG", help="body mass")
    add_whose(parser)
    parser.add_argument("--surface", default="", metavar="TEXT", help="which ground")
    parser.add_argument("--speed", type=float, default=None, metavar="M_S", help="speed, m/s")
    parser.add_argument("--note", default="", metavar="TEXT", help="anything else")


def notes_from(args: argparse.Namespace) -> TrialNotes:
    """The notes that `add_notes` collected."""
    return TrialNotes(
        athlete=args.athlete,
        shoe=args.shoe,
        surface=args.surface,
        speed_m_s=args.speed,
        note=args.note,
    )


def checked_seconds(seconds: float | None) -> float | None:
    """A duration that can be one.

    Raises:
        RequestError: not positive, or not a number.
    """
    if seconds is None or 0 < seconds < 1e6:
        return seconds
    raise RequestError(
        f"a duration of {seconds:g} s",
        where="--seconds",
        why="it must be more than 0",
        fix="Give the number of seconds, for example --seconds 20",
    )


def print_json(document: dict[str, Any]) -> None:
    """One document on standard output; not-a-number is refused, never written."""
    json.dump(document, sys.stdout, allow_nan=False, ensure_ascii=False)
    sys.stdout.write("\n")
    sys.stdout.flush()


def say(text: str) -> None:
    """A line of progress on standard error."""
    print(text, file=sys.stderr, flush=True)


def output_path(text: str | None, *, force: bool) -> Path | None:
    """A path to write to.

    Raises:
        RequestError: it exists and `--force` was not given, or it is a folder.
    """
    if text is None:
        return None
    path = Path(text)
    if path.is_dir():
        raise RequestError(
            "cannot write a file there",
            where=text,
            why="it is a folder",
            fix=f"Name a file, for example {path / 'trial.h5'}",
        )
    if path.exists() and not force:
        raise RequestError(
            "the file exists",
            where=text,
            why="nothing is overwritten without being asked",
            fix="Choose another name, or add --force",
        )
    return path


@contextmanager
def writing(path: Path) -> Generator[None]:
    """Around the writing of a file.

    Raises:
        DiskFull: there is no room for it.
        FileError: the system refuses it.
    """
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DiskFull(
                "the disk is full",
                where=str(path),
                why="there is no room for the whole file",
                fix="Free some room, then run this again with --force",
            ) from error
        raise FileError(
            "cannot write the file",
            where=str(path),
            why=error.strerror or str(error),
            fix="Choose a folder that you may write to",
        ) from error
