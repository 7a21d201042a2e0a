"""Sensor curves out of a file, or a maker's nominal ones by name (science.md, section 2.2)."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import cast, get_args

from insole import plugins
from insole.errors import CalibrationError, FileError
from insole.model.calibration import Curve, CurveKind, Curves
from insole.model.foot import Quantity
from insole.signal.curves import CurveSet

NOMINAL = (
    "nominal curves of the maker, one for all its insoles: nothing was measured on this one. "
    "Stand on each foot once to scale them"
)


def nominal_curves(name: str) -> Curves:
    """What a maker publishes for all its insoles (entry point `insole.curves`); never used unasked.

    Raises:
        RequestError: there are none of this name.
    """
    made: Curves = plugins.load("insole.curves", name)()
    return made


def read_curves(path: Path) -> Curves:
    """Curves out of a TOML file: `quantity`, `when` and a list `curve` of `kind` and `numbers`.

    Raises:
        FileError: it cannot be read.
        CalibrationError: it does not hold curves, or one is not monotone.
    """
    try:
        with path.open("rb") as stream:
            told = tomllib.load(stream)
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FileError(
            "cannot read the curves",
            where=str(path),
            why=error.strerror or str(error) if isinstance(error, OSError) else str(error),
            fix="Check the file, or name a maker's nominal curves: "
            f"{', '.join(plugins.names('insole.curves'))}",
        ) from error
    try:
        kinds = [str(curve["kind"]) for curve in told["curve"]]
        if told["quantity"] not in get_args(Quantity) or not set(kinds) <= set(get_args(CurveKind)):
            raise ValueError(f"quantity {told['quantity']}, kinds {', '.join(kinds)}")
        made = Curves(
            cast("Quantity", told["quantity"]),
            tuple(
                Curve(cast("CurveKind", curve["kind"]), tuple(float(v) for v in curve["numbers"]))
                for curve in told["curve"]
            ),
            str(told.get("when", "")),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CalibrationError(
            "the file does not hold curves",
            where=str(path),
            why=f"{type(error).__name__}: {error}",
            fix='Write quantity = "kPa" and [[curve]] with kind and numbers',
        ) from error
    CurveSet(made, sensors=len(made.curves))
    return made
