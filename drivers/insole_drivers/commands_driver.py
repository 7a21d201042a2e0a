"""`insole driver check PROTOCOL`: how well a driver keeps what a driver must keep."""

from __future__ import annotations

import argparse

from insole.commands.options import add_json, print_json
from insole_drivers.commands_decode import named_protocol


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `driver`."""
    parser.add_argument("what", choices=("check",), help="grade a driver, item by item")
    parser.add_argument(
        "protocol",
        metavar="PROTOCOL",
        help="name, as `insole protocols` lists it, or a description, FILE.toml",
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Play a virtual insole with every fault against the driver and print its grades.

    Returns:
        0, or 1 when an item failed.
    """
    from insole_drivers.conformance.kit import check  # Bumble: 0.4 s

    protocol = named_protocol(args.protocol)
    report = check(protocol)
    if args.json:
        print_json(report.to_dict())
    else:
        print(f"{report.title} ({report.protocol})")
        for each in report.grades:
            print(f"  {each.mark:<5} {each.item:<12} {each.text}")
        failed = len(report.failed)
        conforms = "conforms: no item failed" if report.asked else "nothing could be asked"
        print(f"{failed} items failed" if failed else conforms)
    return 1 if report.failed else 0
