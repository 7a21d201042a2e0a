"""`insole capture OUT`: keep what an unknown device says, for a report or a description."""

from __future__ import annotations

import argparse
import asyncio
from dataclasses import asdict
from pathlib import Path

from insole.commands.options import (
    add_json,
    add_seconds,
    checked_seconds,
    output_path,
    print_json,
    say,
)
from insole.errors import RequestError

DEFAULT_S = 10.0
MOST_WRITE = 512  # bytes: the longest attribute value


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `capture`."""
    parser.add_argument("out", metavar="OUT", help="file for `insole decode`, JSON")
    parser.add_argument(
        "--address", metavar="ADDR", help="device to connect to (default: advertisements alone)"
    )
    parser.add_argument(
        "--write",
        action="append",
        default=[],
        metavar="UUID=HEX",
        help="write these bytes once everything is subscribed, to start the stream; repeatable",
    )
    parser.add_argument(
        "--simulate",
        nargs="?",
        const="recording",
        default=None,
        metavar="SPEC",
        help="a virtual pair instead of this computer's radio",
    )
    parser.add_argument("--force", action="store_true", help="overwrite OUT")
    add_seconds(parser, DEFAULT_S)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Listen and keep.

    Returns:
        0.

    Raises:
        RequestError: the command line cannot be met.
        BluetoothError: no radio, or the device did not answer.
        FileError: OUT cannot be written.
    """
    from insole_drivers.capture import Captured, capture
    from insole_drivers.radio import real_radio, virtual_radio

    path = output_path(args.out, force=args.force) or Path(args.out)
    seconds = checked_seconds(args.seconds) or DEFAULT_S
    writes = [write_of(text) for text in args.write]
    if writes and args.address is None:
        raise RequestError(
            "nobody to write to",
            where="--write",
            why="without --address only advertisements are kept",
            fix="Add --address ADDR; `insole scan` lists addresses",
        )
    radio = real_radio if args.simulate is None else virtual_radio(args.simulate)[0]

    async def work(path: Path) -> Captured:
        async with radio() as made:
            return await capture(
                made, path, address=args.address, seconds=seconds, writes=writes, progress=say
            )

    kept = asyncio.run(work(path))
    if args.json:
        print_json({"schema": "insole.capture/1", "file": str(path), **asdict(kept)})
    else:
        print(
            f"{path}: {kept.advertisements} devices heard, {kept.characteristics} characteristics, "
            f"{kept.packets} notifications ({kept.payload_bytes} bytes); {kept.ended}."
        )
    return 0


def write_of(text: str) -> tuple[str, bytes]:
    """Characteristic and bytes out of `UUID=HEX`.

    >>> write_of("2A56=4154")
    ('00002a56-0000-1000-8000-00805f9b34fb', b'AT')

    Raises:
        RequestError: it is not of that form.
    """
    from uuid import UUID

    name, _, digits = text.partition("=")
    try:
        if len(digits) > 2 * MOST_WRITE:
            raise ValueError
        payload = bytes.fromhex(digits)
        short = f"0000{int(name, 16):04x}-0000-1000-8000-00805f9b34fb" if len(name) == 4 else name
        return str(UUID(short)), payload
    except ValueError:
        raise RequestError(
            f"cannot read '{text[:80]}'",
            where="--write",
            why=f"it is not UUID=HEX with at most {MOST_WRITE} bytes",
            fix="For example --write 6e400002-b5a3-f393-e0a9-e50e24dcca9e=C2",
        ) from None
