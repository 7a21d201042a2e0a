"""`insole scan`: who is in range, and why something is no insole."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from insole.commands.options import add_json, add_seconds, checked_seconds, print_json, say
from insole.errors import NoInsoleFound
from insole_drivers.advice import shown
from insole_drivers.scan import Found

DEFAULT_S = 5.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `scan`."""
    add_seconds(parser, DEFAULT_S)
    parser.add_argument(
        "--simulate",
        nargs="?",
        const="recording",
        default=None,
        metavar="SPEC",
        help="look at a virtual pair instead of this computer's radio",
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Scan and print.

    Returns:
        0 when an insole was found.

    Raises:
        NoInsoleFound: none was.
        BluetoothError: there is no radio to scan with.
    """
    from insole_drivers.radio import in_range, real_radio, virtual_radio

    seconds = checked_seconds(args.seconds) or DEFAULT_S
    radio = real_radio if args.simulate is None else virtual_radio(args.simulate)[0]
    if not args.json:
        say(f"Scanning for {seconds:g} s ...")
    found = sorted(in_range(radio, seconds), key=_order)
    if args.json:
        print_json({"schema": "insole.scan/1", "devices": [_row(each) for each in found]})
    else:
        _print_table(found)
    if not any(each.match is not None for each in found):
        others = f"{len(found)} other devices answered" if found else "nobody answered"
        raise NoInsoleFound(
            "no insole found",
            where="Bluetooth",
            why=f"{others} within {seconds:g} s",
            fix="Switch both insoles on, keep them within 2 m and end other apps that hold them",
        )
    return 0


def _order(found: Found) -> tuple[bool, str, int]:
    """Insoles first, left before right, then by strength."""
    strength = found.advert.rssi_dbm if found.advert.rssi_dbm is not None else -127
    return (found.match is None, _side(found) or "~", -strength)


def _side(found: Found) -> str | None:
    """`left`, `right`, or `both` of a device that carries both feet; None: it does not say."""
    if found.carries_both:
        return "both"
    side = found.match.side if found.match is not None else None
    return side.value if side is not None else None


def _row(found: Found) -> dict[str, Any]:
    match = found.match
    return {
        "address": found.advert.address,
        "name": found.advert.name,
        "is_insole": match is not None,
        "protocol": match.protocol if match is not None else None,
        "model": match.model if match is not None else None,
        "side": _side(found),
        "rssi_dbm": found.advert.rssi_dbm,
        "battery_percent": match.battery if match is not None else None,
        "why_not": found.why_not or None,
    }


def _print_table(found: Sequence[Found]) -> None:
    from rich.console import Console  # 72 ms that --json does not pay
    from rich.table import Table
    from rich.text import Text

    if not found:
        return
    table = Table(box=None, pad_edge=False)
    for name in ("Address", "Name", "Protocol", "Side", "RSSI", "Battery", "Not an insole because"):
        table.add_column(name, overflow="fold")
    for each in found:
        match = each.match
        rssi, battery = each.advert.rssi_dbm, match.battery if match is not None else None
        table.add_row(
            Text(shown(each.advert.address)),
            Text(shown(each.advert.name)),
            Text(match.protocol if match is not None else ""),
            Text((_side(each) or "?") if match is not None else ""),
            Text(f"{rssi} dBm" if rssi is not None else ""),
            Text(f"{battery} %" if battery is not None else ""),
            Text(shown(each.why_not)),
        )
    Console().print(table)
