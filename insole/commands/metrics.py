"""`insole metrics list|show NAME`: definitions of every number."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from insole.commands.options import add_json, print_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `metrics`."""
    parser.add_argument("what", choices=("list", "show"), help="all in a line each, or one whole")
    parser.add_argument("name", nargs="?", metavar="NAME", help="which one to show")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Print what the registry says."""
    from insole.errors import RequestError
    from insole.metrics import registry

    if args.what == "show" and not args.name:
        raise RequestError(
            "which metric",
            where="insole metrics show",
            why="no name was given",
            fix="`insole metrics list` names them all",
        )
    specs = [registry.get(args.name)] if args.what == "show" else list(registry.all_metrics())
    if args.json:
        print_json({"schema": "insole.metrics/1", "metrics": [asdict(spec) for spec in specs]})
        return 0
    for spec in specs:
        if args.what == "list":
            print(f"{spec.id:<24} {spec.symbol:<12} {spec.unit:<10} {spec.name}")
        else:
            for key, value in asdict(spec).items():
                print(f"{key:>12}  {value}")
    return 0
