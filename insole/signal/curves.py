"""Sensor curves: what a device gives becomes pressure or force (science.md, section 2.2)."""

from __future__ import annotations

import numpy as np

from insole.errors import CalibrationError
from insole.model.arrays import Floats, Raw
from insole.model.calibration import Curve, Curves

WIDEST_CODE = 2  # bytes: up to here a value of each code is kept
NEARLY_FULL = 0.999  # of a divider's full scale: beyond it a conductance has no value


class CurveSet:
    """Curves of all sensors, checked once, applied to blocks of values.

    Args:
        curves: one curve for each sensor, or one for all.
        sensors: how many sensors there are.
        scale: factor on raw values, before the curves.
        offset: added to them then.

    Raises:
        CalibrationError: their number does not fit, or one is not monotone.
    """

    def __init__(
        self, curves: Curves, *, sensors: int, scale: float = 1.0, offset: float = 0.0
    ) -> None:
        if len(curves.curves) not in (1, sensors):
            raise _unusable(
                "the curves do not fit this insole",
                f"{len(curves.curves)} curves for {sensors} sensors",
            )
        for index, curve in enumerate(curves.curves):
            _check(curve, index)
        many = sensors if len(curves.curves) == 1 else 1
        self._curves = curves.curves * many
        self._scale, self._offset = scale, offset
        self._of_code: tuple[Floats, ...] = (np.empty(0),) * sensors

    def apply(self, raw: Raw) -> Floats:
        """(n, S) raw values through their curves, column-contiguous; bits do not depend on n."""
        if len(raw) and raw.dtype.kind == "u" and raw.dtype.itemsize <= WIDEST_CODE:
            return self._looked_up(raw)
        values, out = raw * self._scale + self._offset, np.empty(raw.shape, order="F")
        for sensor, curve in enumerate(self._curves):
            out[:, sensor] = _through(curve, np.array(values[:, sensor], np.float64))
        return out

    def _looked_up(self, raw: Raw) -> Floats:
        """The same of codes, which are few: each goes through its curve once."""
        largest, out = int(raw.max()), np.empty(raw.shape, order="F")
        if largest >= len(self._of_code[0]):
            values = np.arange(float(1 << largest.bit_length())) * self._scale + self._offset
            made = {curve: _through(curve, values) for curve in set(self._curves)}
            self._of_code = tuple(made[curve] for curve in self._curves)
        for sensor, known in enumerate(self._of_code):
            known.take(raw[:, sensor], out=out[:, sensor], mode="clip")  # none lies outside
        return out


def _through(curve: Curve, r: Floats) -> Floats:
    numbers = curve.numbers
    if curve.kind == "table":
        x, y = np.array(numbers[::2]), np.array(numbers[1::2])
        inner = np.interp(r, x, y)
        below = y[0] + (r - x[0]) * ((y[1] - y[0]) / (x[1] - x[0]))
        above = y[-1] + (r - x[-1]) * ((y[-1] - y[-2]) / (x[-1] - x[-2]))
        answer: Floats = np.where(r < x[0], below, np.where(r > x[-1], above, inner))
        return answer
    if curve.kind == "power":
        a, b, r0 = numbers
        powered: Floats = a * np.power(np.maximum(r - r0, 0.0), b)
        return powered
    a, full, g0 = numbers
    inside = np.minimum(r, NEARLY_FULL * full)
    conducted: Floats = a * (inside / (full - inside) - g0)
    return conducted


def _check(curve: Curve, index: int) -> None:
    numbers = np.array(curve.numbers, np.float64)
    where = f"curve of sensor {index}"
    if not np.isfinite(numbers).all():
        raise _unusable(f"{where} holds what is no number", f"{curve.numbers}")
    if curve.kind == "table":
        x, y = numbers[::2], numbers[1::2]
        if len(numbers) % 2 or len(x) < 2:
            raise _unusable(f"{where} has too few points", "a table needs two or more pairs")
        rise = np.diff(y)
        if not (np.diff(x) > 0).all():
            raise _unusable(f"{where} is not in order", "its first column must rise")
        if not ((rise >= 0).all() or (rise <= 0).all()) or not rise.any():
            raise _unusable(f"{where} is not monotone", "one value would mean two loads")
        return
    if len(numbers) != 3:
        raise _unusable(f"{where} is incomplete", f"{curve.kind} needs three numbers")
    a, second, _ = curve.numbers
    if not (a > 0 and second > 0):
        raise _unusable(f"{where} is not monotone", "its factor and exponent must be above 0")


def _unusable(what: str, why: str) -> CalibrationError:
    return CalibrationError(
        what, where="calibration", why=why, fix="Correct the curve, or leave it out"
    )
