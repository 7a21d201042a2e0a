"""`insole recover`: rescue a recording that was cut off or damaged."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from insole.commands.options import add_json, print_json

if TYPE_CHECKING:
    from insole_recordings.recover import Rescue


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `recover`."""
    parser.add_argument("file", metavar="FILE", help="the recording or its .journal")
    parser.add_argument("-o", dest="out", metavar="OUT", help="default: NAME.recovered.h5 beside")
    parser.add_argument("--force", action="store_true", help="overwrite OUT")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Rescue it; the input stays as it is."""
    from insole_recordings.recover import recover

    out = Path(args.out) if args.out else None
    rescue = recover(Path(args.file), out, force=args.force)
    report(rescue, schema="insole.recovery/1", as_json=args.json)
    return 0


def report(rescue: Rescue, *, schema: str, as_json: bool) -> None:
    """Say what is in the new file."""
    if as_json:
        print_json(fields(rescue, schema))
        return
    from insole_recordings.recorder import duration_text

    samples = ", ".join(f"{count} samples of {key}" for key, count in rescue.samples.items())
    print(f"{rescue.out}: {duration_text(rescue.duration_s)}, {rescue.packets} packets, ", end="")
    print(f"{samples or 'no samples'} (from the {rescue.source})")
    if rescue.missing or rescue.damaged_bytes:
        print(f"  missing: {rescue.missing} records, {rescue.damaged_bytes} bytes unreadable")
    if rescue.tail_bytes:
        print(f"  {rescue.tail_bytes} bytes at the end were half a record")
    for note in rescue.notes:
        print(f"  {note}")


def fields(rescue: Rescue, schema: str) -> dict[str, Any]:
    """The JSON document of a rescue or a rewriting."""
    return {
        "schema": schema,
        "file": str(rescue.file),
        "out": str(rescue.out),
        "source": rescue.source,
        "safe": {
            "duration_s": rescue.duration_s,
            "events": rescue.events,
            "packets": rescue.packets,
            "samples": rescue.samples,
        },
        "missing": {
            "records": rescue.missing,
            "damaged_bytes": rescue.damaged_bytes,
            "tail_bytes": rescue.tail_bytes,
        },
        "notes": list(rescue.notes),
    }
