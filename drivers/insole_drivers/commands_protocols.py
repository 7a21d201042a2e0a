"""`insole protocols`: what can be driven."""

from __future__ import annotations

import argparse
import sys

from insole.commands.options import add_json, print_json
from insole.model.protocol import InsoleProtocol


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `protocols`."""
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """List every protocol that is installed; what cannot be loaded goes to standard error."""
    from insole import plugins

    good, broken = plugins.load_all("insole.protocols")
    protocols: list[InsoleProtocol] = list(good.values())
    if args.json:
        print_json(
            {
                "schema": "insole.protocols/1",
                "protocols": [
                    {
                        "name": each.name,
                        "title": each.title,
                        "service": each.gatt.service,
                        "notify": list(each.gatt.notify),
                    }
                    for each in protocols
                ],
                "broken": [{"name": each.name, "why": each.why} for each in broken],
            }
        )
    else:
        for each in protocols:
            print(f"{each.name:<16} {each.title:<28} {each.gatt.service}")
    for each in broken:
        print(f"insole: {each.name} cannot be loaded: {each.why}", file=sys.stderr)
    return 0
