"""`insole redecode`: a recording's packets through today's decoder, into a new file."""

from __future__ import annotations

import argparse
from pathlib import Path

from insole.commands.options import add_json
from insole.errors import FileError
from insole_recordings.commands_recover import report

MOST_BYTES = 1 << 17  # twice what a description may have


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `redecode`."""
    parser.add_argument("file", metavar="FILE", help="a recording of insole")
    parser.add_argument("-o", dest="out", metavar="OUT", required=True, help="the new file")
    parser.add_argument("--force", action="store_true", help="overwrite OUT")
    parser.add_argument(
        "--description", metavar="FILE.toml", help="for described insoles, in place of the kept one"
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Decode again; the stored result stays beside the new signals."""
    from insole_recordings.convert import redecode

    text = None if args.description is None else _text(Path(args.description))
    done = redecode(Path(args.file), Path(args.out), force=args.force, description=text)
    report(done, schema="insole.redecoding/1", as_json=args.json)
    return 0


def _text(path: Path) -> str:
    """The file's text; what is too long for a description is cut and then refused as one.

    Raises:
        FileError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(
            "cannot read the description",
            where=str(path),
            why=str(error),
            fix="Name a description, FILE.toml",
        ) from None
