"""The table of commands: names and sentences; a command's module is loaded only when called."""

from __future__ import annotations

import argparse
from importlib import import_module

from insole.errors import RequestError

TYPE_CHECKING = False  # as typing says it, without loading typing: `insole --help` must be quick
if TYPE_CHECKING:
    from typing import NoReturn


class Command:
    """One line of the table: its module has `add_arguments(parser)` and `run(args) -> int`.

    A plain class: dataclasses cost more to load than all the rest of `insole --help`.
    """

    __slots__ = ("does", "example", "module", "name")

    def __init__(self, name: str, module: str, does: str, example: str) -> None:
        self.name = name
        self.module = module
        self.does = does
        self.example = example


COMMANDS = (
    Command(
        "demo",
        "insole.commands.demo",
        "the main job with no hardware: a virtual pair over Bluetooth, live",
        "insole demo --headless --seconds 20 --record run.h5 --json",
    ),
    Command(
        "scan",
        "insole_drivers.commands_scan",
        "insoles in range, and why something is not one",
        "insole scan --simulate --json",
    ),
    Command(
        "dashboard",
        "insole.commands.dashboard",
        "the window, live or on recordings",
        "insole dashboard --simulate",
    ),
    Command(
        "record",
        "insole.commands.record",
        "record without a window",
        "insole record run.h5 --simulate --seconds 30 --shoe 'flat, 240 g'",
    ),
    Command(
        "replay",
        "insole.commands.replay",
        "feed a recording through the live pipeline",
        "insole replay run.h5 --speed max --headless --json",
    ),
    Command(
        "analyze",
        "insole.commands.analyze",
        "steps and summary of any readable file",
        "insole analyze run.h5 --json",
    ),
    Command(
        "cohort",
        "insole.commands.cohort",
        "a folder of recordings as one table of steps, on all processors or a Dask cluster",
        "insole cohort recordings/ -o steps.parquet",
    ),
    Command(
        "compare",
        "insole.commands.compare",
        "two recordings, or two folders of them: what differs, how sure, or why not comparable",
        "insole compare flat/ cushioned/ --factor shoe --json",
    ),
    Command(
        "trend",
        "insole.commands.trend",
        "weeks to months of one person: one value a day, the line, and whether it goes anywhere",
        "insole trend recordings/ --athlete A7 --html trend.html",
    ),
    Command(
        "report",
        "insole.commands.report",
        "one page for people on a recording, for the screen and for a sheet of paper",
        "insole report run.h5 -o run.html",
    ),
    Command(
        "calibrate",
        "insole.commands.calibrate",
        "zero and force scale from recordings of standing, kept beside them",
        "insole calibrate run.h5 --tare-from lifted.h5 --static-left left.h5",
    ),
    Command(
        "decide",
        "insole.commands.decide",
        "keep or repeat a trial, cut it, swap its feet; kept beside the file, can be taken back",
        "insole decide run.h5 --keep --from 4 --to 62",
    ),
    Command(
        "info",
        "insole_recordings.commands_info",
        "what a file holds",
        "insole info run.h5 --json",
    ),
    Command(
        "validate",
        "insole_recordings.commands_validate",
        "check a recording against its specification",
        "insole validate run.h5",
    ),
    Command(
        "recover",
        "insole_recordings.commands_recover",
        "rescue a recording that was cut off",
        "insole recover run.h5",
    ),
    Command(
        "redecode",
        "insole_recordings.commands_redecode",
        "decode a recording's packets again with today's decoder",
        "insole redecode run.h5 -o again.h5",
    ),
    Command(
        "drill",
        "insole.commands.drill",
        "drills: listed, shown with what each can see, done on insoles or on a case",
        "insole drill show tripod-hold",
    ),
    Command(
        "import",
        "insole_recordings.commands_import",
        "other files to our HDF5",
        "insole import walk.csv -o walk.h5 --mass 68",
    ),
    Command(
        "export",
        "insole_recordings.commands_export",
        "and back out",
        "insole export run.h5 --to csv -o run.csv",
    ),
    Command(
        "simulate",
        "insole_drivers.commands_simulate",
        "serve a virtual pair to another Bluetooth host",
        "insole simulate 'run?speed=3.3' --transport tcp-server:127.0.0.1:9090",
    ),
    Command(
        "protocols",
        "insole_drivers.commands_protocols",
        "what can be driven",
        "insole protocols --json",
    ),
    Command(
        "decode",
        "insole_drivers.commands_decode",
        "decode captured packets offline",
        "insole decode open packets.json --check",
    ),
    Command(
        "capture",
        "insole_drivers.commands_capture",
        "keep an unknown device's bytes, for a report or a description",
        "insole capture unknown.json --address C0:00:00:00:00:01 --seconds 20",
    ),
    Command(
        "driver",
        "insole_drivers.commands_driver",
        "grade a driver: a virtual insole with every fault against it",
        "insole driver check open",
    ),
    Command(
        "metrics",
        "insole.commands.metrics",
        "definitions of every number",
        "insole metrics show po50_N_s",
    ),
    Command(
        "layout",
        "insole.commands.layout",
        "sensor layouts: listed, checked, drawn",
        "insole layout show generic16",
    ),
    Command(
        "doctor",
        "insole.commands.doctor",
        "Bluetooth, permissions, Qt, disk, versions, each with its fix; or the links of insoles",
        "insole doctor --live --seconds 30",
    ),
    Command(
        "completion",
        "insole.commands.completion",
        "shell completion for bash, zsh or fish",
        'eval "$(insole completion bash)"',
    ),
)


class Parser(argparse.ArgumentParser):
    """argparse whose complaints have the form of every other error of this program."""

    def error(self, message: str) -> NoReturn:
        """One line, exit status 2."""
        raise RequestError(
            message.replace("\n", " "),
            where=self.prog,
            why="the command line cannot be read",
            fix=f"See {self.prog} --help",
        )


def command_parser(command: Command) -> argparse.ArgumentParser:
    """The parser of one command; loads its module."""
    parser = Parser(
        prog=f"insole {command.name}",
        description=command.does[:1].upper() + command.does[1:] + ".",
        epilog=f"example:\n  {command.example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    import_module(command.module).add_arguments(parser)
    return parser
