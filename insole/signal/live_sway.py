"""Sway while it happens: the causal way, in constant memory (science.md, section 5.2).

The slow rows of one foot go through a causal Butterworth of order 2 at 5 Hz, begun at the first
row, and into running sums. Results carry the tag `causal`; they lag and read lower speeds than
those of `steady`, and the two are never mixed in one line. The range, spectra and time to boundary
need the whole path: the research way has them.
"""

from __future__ import annotations

import math

import numpy as np

from insole.model.arrays import Floats
from insole.parameters import Parameters
from insole.signal.filters import butterworth2
from insole.signal.slow_record import RATE_HZ, STEP_S, SlowRows
from insole.signal.sway import CHI2_95

TAG = "causal"


class LiveSway:
    """Sway of one foot since its CoP became defined; any grouping gives the same bits.

    Starts again when the CoP is lost or a row is missing. The first `sway.drop_start_s` only
    settle the filter.

    Args:
        parameters: section `sway`.
    """

    def __init__(self, *, parameters: Parameters) -> None:
        cut_hz = parameters["sway.live_cut_hz"]
        self._low_pass = _LowPass(cut_hz) if 0.0 < cut_hz < 0.5 * RATE_HZ else None
        self._drop = round(parameters["sway.drop_start_s"] * RATE_HZ)
        self._least_s = max(parameters["sway.min_window_s"], STEP_S)
        self._most_unsound = 1.0 - parameters["gaps.min_valid"]
        self._last: int | None = None  # newest complete bin that was used
        self._start_again()

    def take(self, rows: SlowRows, *, first: int | None = None) -> None:
        """Use the rows that are complete and new: all but the newest, which may still grow.

        Args:
            rows: newest rows of the foot, far enough back to overlap those of the last call.
            first: bin to begin with.
        """
        begin = first if self._last is None else self._last + 1
        start = 0 if begin is None else int(np.searchsorted(rows.number, begin))
        for index in range(start, len(rows) - 1):  # 25 of them a second
            number = int(rows.number[index])
            follows = self._last is not None and number == self._last + 1
            self._last = number
            place = rows.cop_mm[index]
            if not np.isfinite(place).all():
                self._start_again()
                continue
            if not follows or rows.begins[index]:
                self._start_again()
            self._add(place)
            self._unsound += not rows.sound[index]

    @property
    def duration_s(self) -> float:
        """Time that the measures rest on."""
        return max(self._n - 1, 0) * STEP_S

    def measures(self) -> dict[str, float]:
        """Measures so far, named as in the registry; empty when short or with many gaps."""
        time_s = self.duration_s
        if time_s < self._least_s or self._unsound > self._most_unsound * self._seen:
            return {}
        mean = self._sums[:2] / self._n
        xx, yy, xy = (
            float(square - a * b)
            for square, a, b in zip(
                self._sums[2:5] / self._n,
                (mean[0], mean[1], mean[0]),
                (mean[0], mean[1], mean[1]),
                strict=True,
            )
        )
        xx, yy = max(xx, 0.0), max(yy, 0.0)
        path, along, across = (float(total) for total in self._sums[5:8])
        return {
            "sway_rdist_mm": math.sqrt(xx + yy),
            "sway_rms_ap_mm": math.sqrt(yy),
            "sway_rms_ml_mm": math.sqrt(xx),
            "sway_path_mm": path,
            "sway_mvelo_mm_s": path / time_s,
            "sway_mvelo_ap_mm_s": along / time_s,
            "sway_mvelo_ml_mm_s": across / time_s,
            "sway_area_pe_mm2": math.pi * CHI2_95 * math.sqrt(max(xx * yy - xy * xy, 0.0)),
        }

    def _start_again(self) -> None:
        self._seen = 0
        self._n = 0
        self._unsound = 0
        self._sums = np.zeros(8)  # x, y, xx, yy, xy, path, AP path, ML path
        self._origin = np.zeros(2)
        self._before = np.zeros(2)

    def _add(self, place: Floats) -> None:
        now = place if self._low_pass is None else self._low_pass.step(place, begin=not self._seen)
        self._seen += 1
        if self._seen <= self._drop:
            return
        if not self._n:
            self._origin = self._before = now
        x, y = (now - self._origin).tolist()  # near the path: keeps the squares small
        dx, dy = (now - self._before).tolist()
        self._sums += (x, y, x * x, y * y, x * y, math.hypot(dx, dy), abs(dy), abs(dx))
        self._before = now
        self._n += 1


class _LowPass:
    """Butterworth of order 2 by the bilinear transform, row by row.

    Args:
        cut_hz: -3 dB frequency, below half of the rate.
    """

    def __init__(self, cut_hz: float) -> None:
        self._b, self._a1, self._a2 = butterworth2(RATE_HZ, cut_hz)
        self._x = np.zeros((2, 2))
        self._y = np.zeros((2, 2))

    def step(self, place: Floats, *, begin: bool) -> Floats:
        """(2,) filtered; at the beginning the state is that of a path that always was here."""
        if begin:
            self._x[:] = place
            self._y[:] = place
        out: Floats = (
            self._b * (place + 2.0 * self._x[0] + self._x[1])
            - self._a1 * self._y[0]
            - self._a2 * self._y[1]
        )
        self._x[1], self._x[0] = self._x[0], place
        self._y[1], self._y[0] = self._y[0], out
        return out
