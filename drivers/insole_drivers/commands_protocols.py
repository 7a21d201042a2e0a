"""`insole protocols [list|new|check]`: what can be driven, and descriptions of what is not yet."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from insole.commands.options import add_json, output_path, print_json, writing
from insole.errors import RequestError
from insole.model.protocol import Described, InsoleProtocol, Setting
from insole_drivers.advice import shown

USUAL_NAME = "my_insole"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `protocols`."""
    parser.add_argument(
        "what",
        nargs="?",
        choices=("list", "new", "check"),
        default="list",
        help="all in a line each; a template of a description; the mistakes of one",
    )
    parser.add_argument("name", nargs="?", metavar="NAME|FILE", help="of the new one, or the file")
    parser.add_argument("-o", metavar="FILE", dest="out", help="where the template is written")
    parser.add_argument("--force", action="store_true", help="overwrite FILE")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """List, write a template, or check a description.

    Returns:
        0, or 1 when a checked description has mistakes.
    """
    if args.what == "new":
        return _new(args)
    if args.what == "check":
        return _check(args)
    return _list(args)


def _list(args: argparse.Namespace) -> int:
    """Every protocol that is installed or described; what cannot be used goes to standard error."""
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
                        "settings": [
                            {
                                "name": setting.name,
                                "meaning": setting.meaning,
                                "choices": list(setting.choices),
                                "usual": setting.usual or None,
                            }
                            for setting in each.settings
                        ],
                    }
                    for each in protocols
                ],
                "broken": [{"name": each.name, "why": each.why} for each in broken],
            }
        )
    else:
        wide = max((len(each.title) for each in protocols), default=0)
        for each in protocols:
            print(f"{each.name:<16} {each.title:<{wide}} {each.gatt.service}".rstrip())
            for setting in each.settings:
                print(f"    {_setting(setting)}")
        print("\nA setting is chosen with the source: insole record out.h5 --source ble:rate=200")
    for each in broken:
        print(f"insole: {each.name} cannot be loaded: {each.why}", file=sys.stderr)
    return 0


def _setting(setting: Setting) -> str:
    """One line: name, meaning, what it may be.

    >>> _setting(Setting("rate", "samples a second", ("50", "100"), "50"))
    'rate: samples a second (50, 100; usually 50)'
    """
    usual = f"usually {setting.usual}" if setting.usual else ""
    said = "; ".join(part for part in (", ".join(setting.choices), usual) if part)
    return f"{setting.name}: {setting.meaning}{f' ({said})' if said else ''}"


def _new(args: argparse.Namespace) -> int:
    from insole_drivers.described.library import user_folder
    from insole_drivers.described.template import template

    name = args.name or (Path(args.out).stem if args.out else USUAL_NAME)
    fault = _name_fault(name)
    if fault:
        raise RequestError(
            f"a description cannot be called '{shown(name)[:60]}'",
            where="insole protocols new",
            why=fault,
            fix="Choose another name, such as my_insole",
        )
    chosen = args.out or str(user_folder() / f"{name}.toml")
    path = output_path(chosen, force=args.force) or Path(chosen)
    with writing(path):
        if args.out is None:
            path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(template(), encoding="utf-8")
    if args.json:
        print_json({"schema": "insole.protocols.new/1", "file": str(path)})
    else:
        print(f"Written: {path}")
        print(f"Change it to what your insole sends, then: insole protocols check {path}")
    return 0


def _name_fault(name: str) -> str:
    """Why a description of this name would not be found; "" when it would."""
    from insole import plugins
    from insole_drivers.described.checks import NAME, NAMED

    if not NAME.fullmatch(name):
        return NAMED
    try:
        found = plugins.protocol(name)
    except RequestError:
        return ""
    return "" if isinstance(found, Described) else "a driver has this name, and goes over it"


def _check(args: argparse.Namespace) -> int:
    from insole_drivers.described.description import BadDescription, load
    from insole_drivers.described.library import path_of, user_folder

    if args.name is None:
        raise RequestError(
            "which description",
            where="insole protocols check",
            why="no file was given",
            fix="Name the file; `insole protocols new` writes a first one",
        )
    path = path_of(args.name)
    is_shelved = path.parent == user_folder()
    told: dict[str, Any] = {"schema": "insole.protocols.check/1", "file": str(path)}
    try:
        insole = load(path)
    except BadDescription as error:
        mistakes = list(error.mistakes) or [error.why]
        if args.json:
            print_json(told | {"mistakes": mistakes})
        else:
            print(f"{path}: {error.what}")
            for each in mistakes:
                print(f"  {each}")
        return 1
    fault = _name_fault(path.stem) if is_shelved else ""
    if fault:
        mistaken = f"the file's name: {fault}"
        print_json(told | {"mistakes": [mistaken]}) if args.json else print(f"{path}: {mistaken}")
        return 1
    facts = {
        "title": insole.description.title,
        "sensors": insole.layout.sensors,
        "rate_hz": insole.description.rate_hz,
        "frame": insole.description.frame.kind,
        "side": insole.description.side.by,
        "both_feet": insole.description.side.carries_both,
        "integrity": insole.description.integrity,
    }
    if args.json:
        print_json(told | {"mistakes": [], **facts})
        return 0
    whose = "both feet" if facts["both_feet"] else "the foot"
    print(f"{path}: no mistakes")
    print(
        f"  {facts['title']}: {facts['sensors']} sensors at {facts['rate_hz']:g} Hz, frames of "
        f"kind '{facts['frame']}', {whose} by {facts['side']}, integrity: {facts['integrity']}"
    )
    return 0
