"""What readers of the board see of a guided act: setting the zero, naming, calibrating, a drill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import nan
from typing import Any, Literal, TypeAlias

from insole.model.foot import Side

Kind: TypeAlias = Literal["zero", "name", "calibrate"]


@dataclass(frozen=True, slots=True)
class ZeroView:
    """How old the zero of one foot is.

    Attributes:
        age_s: since it was set, or since the session began where it never was.
        is_set: it was measured on the unloaded foot, once by somebody or again in every swing.
    """

    age_s: float
    is_set: bool


@dataclass(frozen=True, slots=True)
class FootFound:
    """What a guided calibration found of one insole.

    Attributes:
        mean_n: force while standing still on both feet, N, under what was found.
        drift_n_per_min: change of the unloaded insole's force, N/min.
        noise_n: standard deviation of that, N.
        gain: factor on the force of this foot; NaN where none was found.
        gain_u_rel: its relative standard uncertainty.
        zero_kpa: largest change of a sensor's zero, kPa; NaN where there is no new one.
        notes: sentences: what could not be found, and why.
    """

    mean_n: float = nan
    drift_n_per_min: float = nan
    noise_n: float = nan
    gain: float = nan
    gain_u_rel: float = nan
    zero_kpa: float = nan
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What a guided calibration found.

    Attributes:
        feet: each insole.
        residual_rel: what both feet carry while standing still, of body weight, less 1; NaN where
            body weight or a force is not known.
        toes_rel: the same on the toes.
        is_force: forces are newtons; False: counts.
        kept: it holds from now on.
        note: why not, or what to know.
    """

    feet: Mapping[Side, FootFound] = field(default_factory=dict[Side, FootFound])
    residual_rel: float = nan
    toes_rel: float = nan
    is_force: bool = True
    kept: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class DoneView:
    """A hold or a set of a drill that is over.

    Attributes:
        name: "Hold 1", with its foot where there are two.
        words: what it came to.
        reached: it ended at what was asked for.
    """

    name: str
    words: str
    reached: bool


@dataclass(frozen=True, slots=True)
class DrillView:
    """A drill as it stands.

    Attributes:
        id, title, kind: of the drill.
        cannot_see: what the insoles do not feel of it.
        state: setup, ready, work, rest, paused, done or aborted; a timer is at work, then done.
        side: the foot that is meant; None: both, or either.
        sentence: what to do now, or why it waits.
        cue: the one cue of the moment, or "".
        elapsed_s: of the hold or the call that goes on.
        target_s: how long it is to last; NaN: nothing is held.
        count, reps: repetitions of the set that goes on, and how many are asked for.
        nth, of: which hold or set it is, and how many there are in all.
        in_zone: the load lies as asked for; None: not known, or nothing is asked.
        done: holds and sets that are over.
        result: what it came to, once it is over.
    """

    id: str
    title: str
    kind: str
    cannot_see: str
    state: str
    side: Side | None = None
    sentence: str = ""
    cue: str = ""
    elapsed_s: float = 0.0
    target_s: float = nan
    count: int = 0
    reps: int = 0
    nth: int = 1
    of: int = 1
    in_zone: bool | None = None
    done: tuple[DoneView, ...] = ()
    result: Mapping[str, Any] | None = None

    @property
    def over(self) -> bool:
        """Nothing more will come."""
        return self.state in ("done", "aborted")


@dataclass(frozen=True, slots=True)
class GuideView:
    """A guided act as it stands.

    Attributes:
        kind: which.
        sentence: what to do now, or how it ended.
        phases: names of its parts, in order.
        phase: number of the present part from 0; as many as there are when it is over.
        done: how much of the present part is done, 0 to 1.
        over: it has ended.
        asked: somebody asked for it; False: it began by itself.
        found: result of a calibration.
    """

    kind: Kind
    sentence: str
    phases: tuple[str, ...] = ()
    phase: int = 0
    done: float = 0.0
    over: bool = False
    asked: bool = True
    found: Found | None = None
