"""A calibration of half a minute that guides itself: still, left, right, on the toes.

Each part ends by itself when it has been done for long enough. The rows of each are kept, and at
the end zero and gain are computed by the same procedures as from recordings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import isfinite, nan

import numpy as np

from insole.errors import CalibrationError
from insole.guided.view import FootFound, Found, GuideView
from insole.guided.zeroing import GUIDED, Watched, tare_of
from insole.model.arrays import Bools, Floats
from insole.model.calibration import Calibration, in_force
from insole.model.foot import Side
from insole.model.stream import Frames
from insole.pipeline import FootPipeline, FootUpdate, PairPipeline
from insole.signal import procedures
from insole.signal.calibrate import LoadStage
from insole.signal.health import kpa_per_value
from insole.signal.tripod import points

PHASES = ("still", "left", "right", "rise")
NEEDS_S = {"still": 8.0, "left": 6.0, "right": 6.0, "rise": 3.0}
PATIENCE_S = 40.0  # for one part
LOOK_S = 0.1
HINT_S = 10.0  # nothing was done for so long: say it in more words
LIFTED_BW = 0.10  # on the lifted foot, at most: its zero is not known yet
HEEL_SHARE = 0.15  # on the heels while on the toes, at most
SAYS = {
    "still": ("Stand still on both feet.", "Weight on both feet, and do not move."),
    "left": ("Stand on the left foot.", "Lift the right foot off the ground and keep still."),
    "right": ("Stand on the right foot.", "Lift the left foot off the ground and keep still."),
    "rise": ("Rise on your toes.", "Both heels off the ground. Hold a wall if you like."),
}


@dataclass(frozen=True, slots=True)
class _Part:
    """One part that was done: [start, end) and the rows of each foot."""

    start_s: float
    end_s: float
    frames: Mapping[Side, Frames]


class Calibrating:
    """Follows a person through the parts.

    Args:
        asked_s: when it was begun, on the pipeline's axis.
    """

    def __init__(self, asked_s: float) -> None:
        self._watched = Watched(PATIENCE_S + 1.0, every_s=LOOK_S)
        self._phase = 0
        self._since_s = asked_s
        self._now_s = asked_s
        self._done = 0.0
        self._parts: dict[str, _Part] = {}
        self._sentence = ""
        self._found: Found | None = None
        self.over = False

    def take(self, updates: Iterable[FootUpdate], pair: PairPipeline) -> tuple[Calibration, ...]:
        """New rows; entries to be used from now on, when it is over."""
        now_s = self._watched.take(updates, pair)
        if self.over or now_s is None:
            return ()
        self._now_s = now_s
        name = PHASES[self._phase]
        if name == "rise" and not _sees_heels(pair):
            return self._end(pair)
        if now_s > self._since_s + PATIENCE_S:
            if name == "rise":
                return self._end(pair)
            self.over = True
            self._sentence = f"It ended: nobody did this for {PATIENCE_S:.0f} s. {SAYS[name][1]}"
            return ()
        span = self._span(name, pair)
        if self._done < 1.0 or span is None:
            return ()
        frames = {side: self._watched.rows[side].frames(*span) for side in Side}
        self._parts[name] = _Part(*span, frames)
        self._phase, self._since_s, self._done = self._phase + 1, now_s, 0.0
        return self._end(pair) if self._phase == len(PHASES) else ()

    def view(self) -> GuideView:
        """What to do now."""
        sentence = self._sentence
        if not self.over:
            say, hint = SAYS[PHASES[self._phase]]
            late = self._now_s > self._since_s + HINT_S and self._done < 0.5
            sentence = f"{say} {hint}" if late else say
        return GuideView(
            "calibrate",
            sentence,
            phases=PHASES,
            phase=self._phase,
            done=self._done,
            over=self.over,
            found=self._found,
        )

    # --- what is done now ---

    def _span(self, name: str, pair: PairPipeline) -> tuple[float, float] | None:
        """The time for which this part has been done until now; sets how much of it is done."""
        left, right = self._watched.rows[Side.LEFT], self._watched.rows[Side.RIGHT]
        if not len(left.time_s) or not len(right.time_s):
            return None
        time_s, mine, theirs = procedures.on_grid(
            (left.time_s, left.total_n), (right.time_s, right.total_n)
        )
        first = int(np.searchsorted(time_s, self._since_s))
        time_s, mine, theirs = time_s[first:], mine[first:], theirs[first:]
        if len(time_s) < 2:
            return None
        bw_n = _weight_n(pair, float(np.median(mine + theirs)))
        if name == "rise":
            begin, rows = 0, int(self._risen(time_s, mine, theirs, bw_n=bw_n).sum())
        else:
            begin, rows = self._running(name, mine, theirs, bw_n=bw_n)
        self._done = min(1.0, rows / procedures.GRID_HZ / NEEDS_S[name])
        return float(time_s[begin]), float(time_s[-1])

    def _running(
        self, name: str, left_n: Floats, right_n: Floats, *, bw_n: float
    ) -> tuple[int, int]:
        """First row and length of what goes on until now."""
        if name == "still":
            found = procedures.standing_runs(left_n, right_n, bw_n=bw_n, least_s=0.0)
        else:
            own, other = (left_n, right_n) if name == "left" else (right_n, left_n)
            alone = (other < LIFTED_BW * bw_n) & (own > procedures.OWN_BW * bw_n)
            found = procedures.runs(alone, least=1)
        if not found or found[-1][1] < len(left_n):
            return 0, 0
        begin, end = found[-1]
        return begin, end - begin

    def _risen(self, time_s: Floats, left_n: Floats, right_n: Floats, *, bw_n: float) -> Bools:
        """Rows on the toes of both feet."""
        up: Bools = left_n + right_n > procedures.OWN_BW * bw_n
        for side, total_n in ((Side.LEFT, left_n), (Side.RIGHT, right_n)):
            rows = self._watched.rows[side]
            three = points(rows.region_n)
            share = np.divide(
                three[:, 0], three.sum(axis=1), out=np.ones(len(three)), where=three.sum(axis=1) > 0
            )
            at = np.interp(time_s, rows.time_s, share)
            up = up & (at < HEEL_SHARE) & (total_n > procedures.BOTH_BW * bw_n)
        return up

    # --- what it makes of it ---

    def _end(self, pair: PairPipeline) -> tuple[Calibration, ...]:
        self.over, self._phase = True, len(PHASES)
        entries, self._found = _results(pair, self._parts)
        self._sentence = self._found.note
        return entries


def _weight_n(pair: PairPipeline, total_n: float) -> float:
    """Body weight; where it is not known, what both feet carry."""
    known = _known_weight_n(pair)
    return known if isfinite(known) else max(total_n, 1e-9)


def _known_weight_n(pair: PairPipeline) -> float:
    feet = list(pair.feet.values())
    mass = next((foot.mass_kg for foot in feet if foot.mass_kg is not None), None)
    if mass is None or not all(foot.load.is_force for foot in feet):
        return nan
    return mass * pair.parameters["physics.g"]


def _sees_heels(pair: PairPipeline) -> bool:
    feet = pair.feet.values()
    return all(bool(np.isfinite(foot.load.anchors_mm).all()) for foot in feet)


def _results(
    pair: PairPipeline, parts: Mapping[str, _Part]
) -> tuple[tuple[Calibration, ...], Found]:
    """Entries of the history, and what there is to say about them."""
    bw_n = _known_weight_n(pair)
    entries: dict[Side, list[Calibration]] = {side: [] for side in Side}
    notes: dict[Side, list[str]] = {side: [] for side in Side}
    for side, foot in pair.feet.items():
        try:
            entries[side].append(tare_of(foot, parts[side.other.value].frames[side]))
        except CalibrationError as error:
            notes[side].append(f"no new zero: {error.where} {error.why.removeprefix('it ')}")
    for side, foot in pair.feet.items():
        if not isfinite(bw_n):
            why = "body mass is not known" if foot.load.is_force else "its values are counts"
            notes[side].append(f"no gain: {why}")
            continue
        try:
            entries[side].append(_gain(pair, parts[side.value], side, entries=entries, bw_n=bw_n))
        except CalibrationError as error:
            notes[side].append(f"no gain: {error.why}")
    stages = {side: _stage(foot, pair, entries[side]) for side, foot in pair.feet.items()}
    residual, toes = (
        _residual(pair, stages, parts.get(name), bw_n=bw_n) for name in ("still", "rise")
    )
    feet = {
        side: _foot_found(
            foot, stages[side], parts, side=side, measured=entries[side], notes=tuple(notes[side])
        )
        for side, foot in pair.feet.items()
    }
    wrong = abs(residual) > procedures.BOTH_REL
    if wrong:  # the zero holds on its own; gains that do not add up are not believed
        entries = {
            side: [entry for entry in each if entry.method == "tare"]
            for side, each in entries.items()
        }
    found = tuple(entry for each in entries.values() for entry in each)
    note = "Done: it holds from now on."
    if wrong:
        share = 100.0 * (1.0 + residual)
        note = f"Both feet sum to {share:.0f} % of body weight: only the zero is kept. Once more."
    elif not found:
        note = "Nothing could be measured: all stays as it was."
    is_force = all(foot.load.is_force for foot in pair.feet.values())
    return found, Found(feet, residual, toes, is_force, kept=bool(found), note=note)


def _gain(
    pair: PairPipeline,
    part: _Part,
    side: Side,
    *,
    entries: Mapping[Side, list[Calibration]],
    bw_n: float,
) -> Calibration:
    """The entry of standing on one foot, under the zeros that were found.

    Raises:
        CalibrationError: it was no such stand.
    """
    totals: dict[Side, tuple[Floats, Floats]] = {}
    for each, foot in pair.feet.items():
        stage = _stage(foot, pair, entries[each], gain=1.0 if each is side else None)
        totals[each] = (part.frames[each].time_s, _total(foot, stage, part.frames[each]))
    stand = procedures.on_grid(totals[side], totals[side.other])
    found = procedures.static_gain([stand], bw_n=bw_n, foot=side.value, parameters=pair.parameters)
    capability = pair.feet[side].capability
    return Calibration(
        device=capability.device,
        method="static",
        when=datetime.now().astimezone().isoformat(timespec="seconds"),
        serial=capability.serial,
        gain=found.gain,
        gain_u_rel=found.u_rel,
        source=(GUIDED,),
        notes=(found.note,) if found.note else (),
    )


def _stage(
    foot: FootPipeline,
    pair: PairPipeline,
    entries: Iterable[Calibration],
    *,
    gain: float | None = None,
) -> LoadStage:
    """The foot's load under what was found; without a new zero, under the one in force."""
    capability, start = foot.capability, pair.start
    now = in_force(
        (*start.calibrations, *entries),
        device=capability.device,
        serial=capability.serial,
        zero=start.zero.get(capability.device),
        gain=start.gain.get(capability.device, 1.0),
    )
    return LoadStage(
        capability,
        zero=now.zero,
        gain=now.gain if gain is None else gain,
        mass_kg=foot.mass_kg,
        parameters=pair.parameters,
        curves=now.curves,
        sensor_gain=now.sensor_gain,
    )


def _total(foot: FootPipeline, stage: LoadStage, frames: Frames) -> Floats:
    """(n,) N under a stage, without the sensors that are left out."""
    values = stage.values(frames.values)
    return stage.load(frames, values, zero=stage.zero, masked=foot.sensors.masked).total_n


def _residual(
    pair: PairPipeline, stages: Mapping[Side, LoadStage], part: _Part | None, *, bw_n: float
) -> float:
    """What both feet carry, of body weight, less 1."""
    if part is None or len(stages) < len(Side) or not isfinite(bw_n):
        return nan
    sums = [
        float(np.mean(_total(foot, stages[side], part.frames[side])))
        for side, foot in pair.feet.items()
    ]
    return sum(sums) / bw_n - 1.0


def _foot_found(
    foot: FootPipeline,
    stage: LoadStage,
    parts: Mapping[str, _Part],
    *,
    side: Side,
    measured: Iterable[Calibration],
    notes: tuple[str, ...],
) -> FootFound:
    air = parts[side.other.value].frames[side]
    rest_n = stage.unclamped(
        air, stage.values(air.values), zero=stage.zero, masked=foot.sensors.masked
    )
    kpa = kpa_per_value(stage)
    by = {entry.method: entry for entry in measured}
    moved = nan
    if kpa is not None and "tare" in by:
        moved = float(np.max(np.abs((stage.zero - foot.load.zero) * kpa)))
    gain = by.get("static")
    return FootFound(
        mean_n=float(np.mean(_total(foot, stage, parts["still"].frames[side]))),
        drift_n_per_min=60.0 * procedures.slope_n_per_s(air.time_s, rest_n),
        noise_n=float(np.std(rest_n)),
        gain=gain.gain if gain is not None and gain.gain is not None else nan,
        gain_u_rel=gain.gain_u_rel if gain is not None and gain.gain_u_rel is not None else nan,
        zero_kpa=moved,
        notes=notes,
    )
