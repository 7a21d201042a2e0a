"""Sensor curves out of a file, or a maker's nominal ones by name (science.md, section 2.2)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

from insole import plugins
from insole.errors import CalibrationError, FileError
from insole.model.calibration import Curve, CurveKind, Curves
from insole.model.foot import Quantity, Side
from insole.signal.curves import CurveSet

NOMINAL = (
    "nominal curves of the maker, one for all its insoles: nothing was measured on this one. "
    "Stand on each foot once to scale them"
)


_KEYS = {"quantity", "when", "side", "sensor_gain", "curve"}


@dataclass(frozen=True, slots=True)
class CurveFile:
    """What a file says of sensors, or a maker.

    Attributes:
        curves: one for every sensor, or one for all of them.
        side: the foot whose insole they are of; None: both.
        sensor_gain: (S,) factors behind the curves, or None.
        notes: sentences for people.
    """

    curves: Curves
    side: Side | None = None
    sensor_gain: tuple[float, ...] | None = None
    notes: tuple[str, ...] = ()


def curves_of(asked: str) -> CurveFile:
    """A file, or where there is none of this name a maker's nominal curves (`insole.curves`).

    Nominal ones are never used unasked.

    Raises:
        FileError: neither is there.
        CalibrationError: it does not hold curves, or one is not monotone.
    """
    if not Path(asked).exists() and asked in plugins.names("insole.curves"):
        made: Curves = plugins.load("insole.curves", asked)()
        return CurveFile(made, notes=(f"{asked}: {NOMINAL}",))
    return read_curves(Path(asked))


def read_curves(path: Path) -> CurveFile:
    """A TOML file: `quantity`, `when`, `side`, `sensor_gain` and `curve`s of `kind` and `numbers`.

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
        if strange := sorted(told.keys() - _KEYS):
            raise ValueError(f"unknown {', '.join(strange)}")
        made = Curves(
            cast("Quantity", told["quantity"]),
            tuple(
                Curve(cast("CurveKind", curve["kind"]), tuple(float(v) for v in curve["numbers"]))
                for curve in told["curve"]
            ),
            str(told.get("when", "")),
        )
        gains = told.get("sensor_gain")
        found = CurveFile(
            made,
            side=Side(told["side"]) if "side" in told else None,
            sensor_gain=None if gains is None else tuple(float(gain) for gain in gains),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CalibrationError(
            "the file does not hold curves",
            where=str(path),
            why=f"{type(error).__name__}: {error}",
            fix='Write quantity = "kPa" and [[curve]] with kind and numbers',
        ) from error
    CurveSet(made, sensors=len(made.curves))
    return found
