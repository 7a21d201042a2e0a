"""Front door: one table of names; a command's module is loaded only when it is called.

`insole --help` imports nothing but argparse.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

from insole import __version__
from insole.commands.table import COMMANDS, Parser, command_parser
from insole.errors import InsoleError, RequestError

TYPE_CHECKING = False  # as typing says it, without loading typing: `insole --help` must be quick
if TYPE_CHECKING:
    from collections.abc import Sequence


def build() -> argparse.ArgumentParser:
    """The top parser: names and sentences only."""
    width = max(len(command.name) for command in COMMANDS)
    table = "\n".join(f"  {command.name:<{width}}  {command.does}" for command in COMMANDS)
    parser = Parser(
        prog="insole",
        description="Pressure insoles: live, recorded, replayed. Without a command: the window.",
        epilog=f"commands:\n{table}\n\nexample:\n  insole demo\n\n"
        "`insole COMMAND --help` shows each with an example. Not a medical device.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"insole {__version__}")
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    parser.add_argument("command", nargs="?", metavar="COMMAND", help="one of the list below")
    parser.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return parser


def _dispatch(arguments: Sequence[str]) -> int:
    top = build().parse_args(arguments)
    name = top.command or "dashboard"
    command = next((entry for entry in COMMANDS if entry.name == name), None)
    if command is None:
        from difflib import get_close_matches

        close = get_close_matches(name, [entry.name for entry in COMMANDS], n=1)
        raise RequestError(
            f"unknown command '{name}'",
            where="command line",
            why="it is not in the list",
            fix=f"Did you mean {close[0]}" if close else "See insole --help",
        )
    parsed = command_parser(command).parse_args(top.rest)
    status: int = import_module(command.module).run(parsed)
    return status


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status (product.md, "Exit status")."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    try:
        return _dispatch(words)
    except SystemExit as done:  # argparse: --help, --version
        return done.code if isinstance(done.code, int) else 0
    except InsoleError as error:
        if debug:
            raise
        print(f"insole: error: {error}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        print("insole: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output went away: nothing to say and nobody to say it to.
        sys.stderr.close()
        return 0
    except Exception as error:
        if debug:
            raise
        print(
            f"insole: error: something unforeseen ({type(error).__name__}): "
            f"{' '.join(str(error).split()) or 'no message'}. "
            "Run again with --debug and report what it prints.",
            file=sys.stderr,
        )
        return 2


if __name__ == "__main__":
    sys.exit(main())
