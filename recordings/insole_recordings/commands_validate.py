"""`insole validate`: a recording against its specification."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from insole.commands.options import add_json, print_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `validate`."""
    parser.add_argument("file", metavar="FILE", help="a recording of insole")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Check it: 0 sound, 1 damaged (each finding a line), 2 not a recording of ours."""
    from insole_recordings.validate import validate

    findings = validate(Path(args.file))
    if args.json:
        document = {
            "schema": "insole.validation/1",
            "file": args.file,
            "valid": not findings,
            "findings": [asdict(finding) for finding in findings],
        }
        print_json(document)
    elif findings:
        for finding in findings:
            print(f"{args.file}: {finding.where}: {finding.what}. {finding.fix}.")
    else:
        print(f"{args.file}: sound")
    return 1 if findings else 0
