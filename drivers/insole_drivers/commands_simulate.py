"""`insole simulate`: a virtual pair for other programs, through a host-controller transport."""

from __future__ import annotations

import argparse

from insole.commands.options import say

DEFAULT_TRANSPORT = "tcp-server:127.0.0.1:9090"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `simulate`."""
    parser.add_argument(
        "spec",
        nargs="?",
        default="recording",
        metavar="SPEC",
        help="which virtual pair, e.g. 'run?speed=3.3&loss=0.02' (default: a recorded run)",
    )
    parser.add_argument(
        "--transport",
        default=DEFAULT_TRANSPORT,
        metavar="HCI",
        help="where the other host connects, in Bumble's form: tcp-server:HOST:PORT, "
        f"unix-server:PATH, vhci, ... (default: {DEFAULT_TRANSPORT}). `usb:0` or `hci-socket:0` "
        "advertises one insole, the left, on a real adapter",
    )
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="NAME",
        help="a fault beside those of SPEC, e.g. loss, loss=0.1 or drop_at.left=5; may be repeated",
    )


def run(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C.

    Returns:
        0 after the pair's own end; Ctrl-C is the front door's 130.
    """
    from insole_drivers.virtual.serve import serve, with_faults

    serve(with_faults(args.spec, args.fault), args.transport, tell=say)
    return 0
