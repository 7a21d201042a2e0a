"""`insole driver check PROTOCOL`: how well a driver keeps what a driver must keep."""

from __future__ import annotations

import argparse

from insole.commands.options import add_json, print_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `driver`."""
    parser.add_argument("what", choices=("check",), help="grade a driver, item by item")
    parser.add_argument("protocol", metavar="PROTOCOL", help="name, as `insole protocols` lists it")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Play a virtual insole with every fault against the driver and print its grades.

    Returns:
        0, or 1 when an item failed.
    """
    from insole import plugins

    protocol = plugins.protocol(args.protocol)
    from insole_drivers.conformance.kit import check  # Bumble: 0.4 s

    report = check(protocol)
    if args.json:
        print_json(report.to_dict())
    else:
        print(f"{report.title} ({report.protocol})")
        for each in report.grades:
            print(f"  {each.mark:<5} {each.item:<12} {each.text}")
        failed = len(report.failed)
        print(f"{failed} items failed" if failed else "conforms: no item failed")
    return 1 if report.failed else 0
