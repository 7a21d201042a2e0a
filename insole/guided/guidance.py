"""Guided acts of a live session: at most one at a time, on the engine's thread.

Each ends with something that another trial begins with: other sides, a zero, gains. Nothing of
this enters a trial that runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from insole.errors import InsoleError, RequestError
from insole.guided.calibrating import Calibrating
from insole.guided.naming import Naming
from insole.guided.stomping import Stomping
from insole.guided.view import GuideView, Kind
from insole.guided.zeroing import Zeroing
from insole.live.showing import zero_view
from insole.live.trials import Trials
from insole.model.calibration import Calibration
from insole.model.foot import Side
from insole.model.gait import Steps
from insole.model.stream import Capability, Samples
from insole.pipeline import FootUpdate

Keep: TypeAlias = Callable[[Sequence[Calibration]], None]
"""Stores entries of the history beyond this session; may raise `InsoleError`."""


class Guidance:
    """What is being done with a person's help.

    Args:
        trials: which trial runs.
        keep: stores calibrations; None: they hold for this session.
        live: a replay can only be looked at.
    """

    def __init__(self, trials: Trials, *, keep: Keep | None, live: bool) -> None:
        self._trials = trials
        self._keep = keep
        self._live = live
        self._task: Naming | Zeroing | Calibrating | None = None
        self._stomping: Stomping | None = None
        self._heard: list[Samples] = []
        self._not_kept = ""

    def begin(self, kind: Kind | None, *, now_s: float) -> None:
        """Begin one, or end what goes on.

        Raises:
            RequestError: it is a replay, something is recorded, or an insole is missing.
        """
        if kind is None:
            self._task = None
            return
        self._trials.only_between(_WHAT[kind])
        devices = self._devices()
        if kind != "zero" and len(devices) < len(Side):
            raise RequestError(
                f"{_WHAT[kind]} with both insoles only",
                where="session",
                why=f"{len(devices)} of 2 are there",
                fix="Switch both on and search again",
            )
        self._not_kept = ""
        made: dict[Kind, Callable[[], Naming | Zeroing | Calibrating]] = {
            "zero": lambda: Zeroing(now_s, asked=True),
            "name": lambda: Naming(asked=True),
            "calibrate": lambda: Calibrating(now_s),
        }
        self._task = made[kind]()

    def align(self, now_s: float) -> None:
        """Look for three stomps of both feet that bring their times together.

        Raises:
            RequestError: it is a replay, or something is recorded.
        """
        self._trials.only_between("times of the feet are brought together")
        self._stomping = Stomping(now_s)

    def look_for_stomps(self, steps: Mapping[Side, Steps], *, now_s: float) -> None:
        """An alignment found begins another trial: times never jump within one."""
        stomping, trial = self._stomping, self._trials.current
        if stomping is None or stomping.over or trial.recorder is not None:
            return
        left, right = (steps[side] for side in (Side.LEFT, Side.RIGHT))
        found = stomping.look(trial.pair, left=left, right=right, now_s=now_s)
        if found is not None:
            self._trials.realign(found)

    @property
    def stomping(self) -> str:
        """The sentence of a search for stomps, or ""."""
        return self._stomping.sentence if self._stomping is not None else ""

    def hear(self, items: Sequence[Capability | Samples]) -> None:
        """What was decoded: naming listens to insoles that have no side yet."""
        if isinstance(self._task, Naming):
            self._heard += [item for item in items if isinstance(item, Samples)]

    def take(self, updates: list[FootUpdate], *, now_s: float) -> bool:
        """What a chunk made known; True when the feet are others from now on."""
        if not self._live:
            return False
        trial = self._trials.current
        if trial.recorder is not None:
            if self._task is not None and not self._task.over:
                self._task = None  # nothing changes while a recording runs
            self._heard.clear()
            return False
        if self._task is None or (self._task.over and not self._task.view().asked):
            self._task = self._needed(now_s) or self._task
        task = self._task
        if task is None or task.over:
            return False
        if isinstance(task, Naming):
            heard, self._heard = self._heard, []
            sides = task.hear(heard)
            if sides:
                self._trials.name(sides)
            return bool(sides)
        found = task.take(updates, trial.pair)
        if found:
            self._trials.calibrate(found)
            self._store(found)
        return False

    def view(self) -> GuideView | None:
        """How it stands; None: nothing is being done."""
        if self._task is None:
            return None
        return self._task.view()

    @property
    def message(self) -> str:
        """Why the newest calibration could not be stored, or ""."""
        return self._not_kept

    def _needed(self, now_s: float) -> Naming | Zeroing | None:
        """What begins by itself: two insoles of one side, an old zero."""
        trial = self._trials.current
        sides = [side for side in self._devices().values() if side is not None]
        if len(sides) == len(Side) and len(set(sides)) == 1 and trial.pair.refused:
            return Naming(asked=False, why=f"Both insoles say {sides[0].value}.")
        limit_s = 60.0 * trial.parameters["display.zero_old_min"]
        zeros = (zero_view(trial, foot, now_s=now_s) for foot in trial.pair.feet.values())
        if any(zero.age_s > limit_s for zero in zeros):
            return Zeroing(now_s, asked=False)
        return None

    def _devices(self) -> dict[str, Side | None]:
        """Insoles that have said what they are, and the side that each is taken for."""
        trial = self._trials.current
        return {
            device.key: trial.start.sides.get(device.key, device.side)
            for device in trial.intake.devices.values()
            if device.capability is not None and not device.role
        }

    def _store(self, entries: Sequence[Calibration]) -> None:
        self._not_kept = ""
        if self._keep is None:
            return
        try:
            self._keep(entries)
        except InsoleError as error:
            self._not_kept = str(error)


_WHAT: dict[Kind, str] = {
    "zero": "a zero is set",
    "name": "feet are named",
    "calibrate": "insoles are calibrated",
}
