"""`insole calibrate`: zero and force scale from recordings, kept beside them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from insole.commands.analyze import add_table_options, table_options
from insole.commands.options import add_json, print_json

if TYPE_CHECKING:
    from insole.calibrating import Calibrated


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `calibrate`."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="recordings to be calibrated")
    parser.add_argument("--tare-from", metavar="FILE", help="recording with the feet lifted")
    for side in ("left", "right"):
        parser.add_argument(
            f"--static-{side}",
            nargs="+",
            default=[],
            metavar="FILE",
            help=f"recordings of standing on the {side} foot (default: sought in FILE)",
        )
    parser.add_argument(
        "--curves",
        action="append",
        default=[],
        metavar="TOML|NAME",
        help="sensor curves, or a maker's nominal ones by name; may be repeated, one for each foot",
    )
    parser.add_argument(
        "--creep",
        action="store_true",
        help="correct creep from the standing checks in all FILEs, by clock time",
    )
    parser.add_argument(
        "--momentum",
        action="store_true",
        help="scale both feet alike so that FILEs carry body weight over whole strides",
    )
    parser.add_argument(
        "--foot-from",
        metavar="FILE",
        help="recording of standing still, then on the toes: where each foot lies in its insole",
    )
    parser.add_argument(
        "--anew",
        action="store_true",
        help="begin with what the devices say: what was calibrated before holds no more",
    )
    parser.add_argument("--mass", type=float, metavar="KG", help="body mass")
    parser.add_argument(
        "--apply-to",
        nargs="+",
        default=[],
        metavar="FILE",
        help="older recordings of these insoles",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="override a parameter of acceptance, e.g. gain.accept_rel=0.03 or tare.mad_kpa=3",
    )
    add_table_options(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Compute, store beside, analyse again; nothing that was there is changed."""
    from insole import calibrating
    from insole.api import checked_mass
    from insole.curve_files import curves_of
    from insole.parameters import parse

    made = calibrating.calibrate(
        [Path(name) for name in args.files],
        tare_from=Path(args.tare_from) if args.tare_from else None,
        static={
            side: [Path(name) for name in getattr(args, f"static_{side}")]
            for side in ("left", "right")
        },
        curves=[curves_of(asked) for asked in args.curves],
        creep=args.creep,
        momentum=args.momentum,
        anew=args.anew,
        foot_from=Path(args.foot_from) if args.foot_from else None,
        mass_kg=checked_mass(args.mass),
        apply_to=[Path(name) for name in args.apply_to],
        parameters=parse(args.set),
        options=table_options(args),
    )
    document = made.to_dict()
    if args.json:
        print_json(document)
    else:
        print("\n".join(_lines(made, document)))
    return 0


def _lines(made: Calibrated, document: dict[str, Any]) -> list[str]:
    said: list[str] = []
    for entry in made.entries:
        what = [f"{entry.method} of {entry.device}"]
        if entry.gain is not None:
            what.append(f"gain {entry.gain:.4f} ± {100 * (entry.gain_u_rel or 0.0):.1f} %")
        if entry.zero is not None:
            what.append(f"zero {min(entry.zero):.1f} to {max(entry.zero):.1f}")
        if entry.foot is not None:
            what.append(f"foot from {entry.foot[0]:.2f}, {entry.foot[1]:.3f} of the insole long")
        said.append(", ".join(what))
        said += [f"  {note}" for note in entry.notes]
    for file in document["files"]:
        before, after = file["before"], file["after"]
        said.append(f"{file['file']}: kept in {file['stored']}")
        said.append(f"  before: {before['verdict']}, k {_factor(before['k_dyn'])}")
        said.append(f"  after:  {after['verdict']}, k {_factor(after['k_dyn'])}")
    said += document["notes"]
    return said


def _factor(value: float | None) -> str:
    return "not known" if value is None else f"{value:.3f}"
