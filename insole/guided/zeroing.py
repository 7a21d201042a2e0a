"""The zero of each insole from a foot that is lifted for 2 s (science.md, section 2.3), live."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime

import numpy as np

from insole.errors import CalibrationError
from insole.guided.view import GuideView
from insole.model.arrays import Floats
from insole.model.calibration import Calibration
from insole.model.foot import Side
from insole.model.stream import Frames
from insole.pipeline import FootPipeline, FootUpdate, PairPipeline
from insole.signal.health import kpa_per_value
from insole.signal.procedures import TARE_IN_SHOE, TARE_S, tare

PATIENCE_S = 60.0
LOOK_S = 0.2
KEPT_S = TARE_S + 0.5
UNLOADED = 0.15  # of what the other foot carries, at most: an old zero may show some load
ALONE = 0.15  # of the most that it carried before, where there is no other foot
GUIDED = "guided"  # source of entries that no file made
ASK = "Lift each foot for 2 s, shoe on."


class Rows:
    """The newest rows of one foot, as they came out of the pipeline.

    Args:
        keep_s: how long they are kept.
    """

    def __init__(self, keep_s: float) -> None:
        self._keep_s = keep_s
        self._parts: deque[FootUpdate] = deque()
        self.most_n = 0.0
        """Largest force so far."""

    def push(self, update: FootUpdate) -> None:
        """More rows."""
        times = update.load.time_s
        if not len(times):
            return
        if self._parts and times[0] <= self._parts[-1].load.time_s[-1]:
            self._parts.clear()  # another trial, fed with what is known already
        self._parts.append(update)
        self.most_n = max(self.most_n, float(np.nanmax(update.load.total_n, initial=0.0)))
        while self._parts[0].load.time_s[-1] < times[-1] - self._keep_s:
            self._parts.popleft()

    @property
    def time_s(self) -> Floats:
        """(n,) s."""
        return self._joined([part.load.time_s for part in self._parts])

    @property
    def total_n(self) -> Floats:
        """(n,) N, under the zero in force."""
        return self._joined([part.load.total_n for part in self._parts])

    @property
    def region_n(self) -> Floats:
        """(n, R) N."""
        return np.concatenate([part.load.region_n for part in self._parts])

    def frames(self, start_s: float, end_s: float) -> Frames:
        """Raw rows of a stretch."""
        parts = [part.frames for part in self._parts]
        rows = slice(*np.searchsorted(self.time_s, (start_s, end_s)))
        return Frames(
            self.time_s[rows],
            np.concatenate([frames.values for frames in parts])[rows],
            np.concatenate([frames.quality for frames in parts])[rows],
            np.concatenate([frames.arrival_ns for frames in parts])[rows],
        )

    def forget(self) -> None:
        """Begin anew."""
        self._parts.clear()

    @staticmethod
    def _joined(parts: Sequence[Floats]) -> Floats:
        return np.concatenate(parts) if parts else np.empty(0)


class Watched:
    """The newest rows of both feet, and when to look at them anew.

    Args:
        keep_s: how long rows are kept.
        every_s: between two looks.

    Attributes:
        rows: of each foot.
    """

    def __init__(self, keep_s: float, *, every_s: float) -> None:
        self.rows = {side: Rows(keep_s) for side in Side}
        self._every_s = every_s
        self._looked_s = float("-inf")

    def take(self, updates: Iterable[FootUpdate], pair: PairPipeline) -> float | None:
        """More rows; the time of the newest one when it is time to look, else None."""
        for update in updates:
            self.rows[update.side].push(update)
        now_s = max(pair.last_s.values(), default=float("-inf"))
        if now_s < self._looked_s + self._every_s:
            return None
        self._looked_s = now_s
        return now_s


def tare_of(foot: FootPipeline, frames: Frames) -> Calibration:
    """The entry that these rows of a lifted foot make.

    Raises:
        CalibrationError: too short, or the sensors did not rest.
    """
    load, capability = foot.load, foot.capability
    kpa = kpa_per_value(load)
    sensors = capability.layout.sensors
    per_unit = np.zeros(sensors) if kpa is None else kpa / load.unit_per_value
    total = load.load(
        frames, load.values(frames.values), zero=foot.sensors.zero, masked=foot.sensors.masked
    ).total_n
    found = tare(
        frames.time_s,
        load.units(frames.values),
        total,
        kpa_per_unit=per_unit,
        parameters=foot.parameters,
    )
    return Calibration(
        device=capability.device,
        method="tare",
        when=datetime.now().astimezone().isoformat(timespec="seconds"),
        serial=capability.serial,
        zero=tuple(found.zero.tolist()),
        source=(GUIDED,),
        notes=(TARE_IN_SHOE,),
    )


class Zeroing:
    """Waits until each foot has been lifted.

    Args:
        asked_s: when it was begun, on the pipeline's axis.
        asked: somebody asked for it; else it goes on until it is done.
    """

    def __init__(self, asked_s: float, *, asked: bool) -> None:
        self._asked_s = asked_s
        self._asked = asked
        self._watched = Watched(KEPT_S, every_s=LOOK_S)
        self._entries: dict[Side, Calibration] = {}
        self._why = ""
        self._feet = 2
        self.over = False

    def take(self, updates: Iterable[FootUpdate], pair: PairPipeline) -> tuple[Calibration, ...]:
        """New rows; entries to be used from now on, when it is over."""
        now_s = self._watched.take(updates, pair)
        if self.over or now_s is None:
            return ()
        self._feet = len(pair.feet)
        for side, foot in pair.feet.items():
            if side not in self._entries and self._is_lifted(side):
                self._try(side, foot)
        is_done = bool(pair.feet) and self._entries.keys() >= pair.feet.keys()
        self.over = is_done or (self._asked and now_s > self._asked_s + PATIENCE_S)
        return tuple(self._entries.values()) if self.over else ()

    def view(self) -> GuideView:
        """What to do now."""
        done = [side for side in Side if side in self._entries]
        return GuideView(
            "zero",
            self._sentence(done),
            phases=tuple(side.value for side in Side)[: max(self._feet, 1)],
            phase=len(done),
            over=self.over,
            asked=self._asked,
        )

    def _sentence(self, done: Sequence[Side]) -> str:
        if self.over and not done:
            return "No foot was lifted still for 2 s: the zero stays as it was."
        if self.over:
            feet = "both feet" if len(done) == len(Side) else f"the {done[0].value} foot"
            return f"The zero of {feet} is set."
        if done:
            return f"The {done[0].value} one is done. Lift the {done[0].other.value} foot for 2 s."
        return f"{ASK} {self._why}".rstrip()

    def _is_lifted(self, side: Side) -> bool:
        own, other = self._watched.rows[side], self._watched.rows[side.other]
        time_s = own.time_s
        if not len(time_s) or time_s[-1] - time_s[0] < TARE_S:
            return False
        most_n = float(own.total_n.max())
        theirs = other.total_n
        if len(theirs):
            return most_n < UNLOADED * float(np.median(theirs))
        return most_n < ALONE * own.most_n

    def _try(self, side: Side, foot: FootPipeline) -> None:
        rows = self._watched.rows[side]
        try:
            self._entries[side] = tare_of(foot, rows.frames(*_all(rows.time_s)))
            self._why = ""
        except CalibrationError as error:
            self._why = f"Once more: {error.where} {error.why.removeprefix('it ')}."


def _all(time_s: Floats) -> tuple[float, float]:
    return float(time_s[0]), float(np.nextafter(time_s[-1], np.inf))
