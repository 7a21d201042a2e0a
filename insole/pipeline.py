"""The way, on one page: samples of two feet become frames, load and steps.

Live, simulated, replayed, imported and batch data pass through here; batch pushes larger chunks.
No stage of one foot reads the other foot: what needs both (flight, symmetry, the momentum check)
is a function of the two tables of steps. So neither the cut into chunks nor the order in which the
feet are served can change a bit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from insole.metrics.pair import attach_pair
from insole.metrics.registry import without_scale
from insole.model.arrays import Floats
from insole.model.calibration import InForce, in_force
from insole.model.foot import SensorLayout, Side
from insole.model.gait import Steps
from insole.model.quality import Quality
from insole.model.stream import Capability, Frames, Load, Samples
from insole.model.trial import Alignment, ClockFit, ClockPrior, StartState
from insole.parameters import Parameters
from insole.signal.calibrate import LoadStage
from insole.signal.clock import ClockStage, Timed
from insole.signal.conditioning import Conditioning
from insole.signal.gait_line import GaitLines
from insole.signal.gaps import GapStage
from insole.signal.glitches import part
from insole.signal.health import Finding
from insole.signal.regional import RegionalPressure
from insole.signal.regions import RegionMap
from insole.signal.shelf import Attic
from insole.signal.slow_record import SlowRecord
from insole.signal.stances import Spread, spread_of
from insole.signal.standing_rows import StandingRecord
from insole.signal.steplog import StepLog
from insole.signal.steps import TAKEN_ROWS, StepStage, concatenate
from insole.signal.together import stomp_alignment


@dataclass(frozen=True, slots=True)
class FootUpdate:
    """What one push made known about one foot: frames and load of equal length, final steps."""

    side: Side
    frames: Frames
    load: Load
    steps: Steps


@dataclass(frozen=True, slots=True)
class Changed:
    """A device changed its word; contacts under way ended there, and its clock settles again.

    Attributes:
        side: its foot.
        after_s: newest instant before, on the pipeline's axis; None: there was none.
        before, now: what it said of itself.
    """

    side: Side
    after_s: float | None
    before: Capability
    now: Capability

    @property
    def text(self) -> str:
        """A sentence for people."""
        a, b = self.before, self.now
        said = [
            f"{words} {was} to {became}"
            for words, was, became in (
                ("rate", f"{a.rate_hz:g} Hz", f"{b.rate_hz:g} Hz"),
                ("sensors", f"{a.layout.sensors}", f"{b.layout.sensors}"),
                ("quantity", a.quantity, b.quantity),
                ("scale", f"{a.scale:g}", f"{b.scale:g}"),
            )
            if was != became
        ]
        return f"the {self.side} insole changed: {', '.join(said) or 'what it says of itself'}"


class FootPipeline:
    """The stages of one foot, in order: clock, gaps, load, steps.

    Args:
        capability: what the device said; a device that changes its word gets a new pipeline.
        side: which foot it is.
        start: where the trial starts; clock prior and calibration of this device are used.
        parameters: tunables.
        after: the pipeline of the same foot before its device changed its word; its standing, gait
            line and findings go on where the sensors are the same.
        attic: where what is older goes; None: it stays in memory.

    Attributes:
        parameters: those of the trial, with the place of this foot in its insole.
        findings_before: what was found under the words before.
        newest: the last samples pushed, before any stage: shown while the clock settles.
    """

    def __init__(
        self,
        capability: Capability,
        *,
        side: Side,
        start: StartState,
        parameters: Parameters,
        after: FootPipeline | None = None,
        attic: Attic | None = None,
    ) -> None:
        key = capability.device
        prior = next((clock for clock in start.clocks if clock.device == key), None)
        self.side = side
        self.capability = capability
        self.mass_kg = start.mass_kg if start.mass_kg is not None else capability.mass_kg
        moved = start.alignment
        shift_s = moved.shift_s if moved is not None and moved.device == key else 0.0
        self.clock = ClockStage(
            origin_ns=start.origin_ns + round(shift_s * 1e9), prior=prior, parameters=parameters
        )
        self._gaps = GapStage(rate_hz=capability.rate_hz, parameters=parameters)
        self.calibration = in_force(
            start.calibrations,
            device=key,
            serial=capability.serial,
            zero=start.zero.get(key),
            gain=start.gain.get(key, 1.0),
        )
        self.parameters = parameters = _placed(parameters, self.calibration)
        self.load = LoadStage(
            capability,
            zero=self.calibration.zero,
            gain=self.calibration.gain,
            mass_kg=self.mass_kg,
            parameters=parameters,
            curves=self.calibration.curves,
            sensor_gain=self.calibration.sensor_gain,
            standing=self.calibration.standing,
        )
        self.pressure = RegionalPressure(
            self.load, rate_hz=capability.rate_hz, parameters=parameters
        )
        layout = capability.layout
        goes_on = after is not None and _same_sensors(after, self)
        self.stood = StandingRecord(
            self.load,
            rate_hz=capability.rate_hz,
            parameters=parameters,
            after=after.stood if after is not None and goes_on else None,
        )
        self.sensors = Conditioning(
            self.load,
            rate_hz=capability.rate_hz,
            mass_kg=self.mass_kg,
            parameters=parameters,
            pressure=self.pressure,
            standing=self.stood,
        )
        self.lines = GaitLines((layout.width_mm, layout.length_mm))
        # beside the way of steps: standing and sway read it at the end
        self.slow = SlowRecord(attic=attic)
        if after is not None and goes_on:
            self.lines, self.slow = after.lines, after.slow
        self.findings_before: tuple[Finding, ...] = ()
        if after is not None:
            self.findings_before = (*after.findings_before, *after.sensors.findings)
        self.contacts = StepStage(
            side,
            mass_kg=self.mass_kg if self.load.is_force else None,
            rate_hz=capability.rate_hz,
            parameters=parameters,
            anchors_mm=self.load.regions.anchors_mm,
            noise_n=self.load.noise_n(parameters["uncertainty.noise_kpa"]),
            spread=_spread(layout, self.load.regions),
            length_mm=layout.length_mm,
            lines=self.lines,
            least=None if self.load.is_force else self.load.least,
        )
        self.newest: Samples | None = None
        self._late_s = parameters["gaps.silence_s"]
        self._origin_ns = start.origin_ns

    def push(self, samples: Samples) -> list[FootUpdate]:
        """Consume ordered samples; answer with what became known."""
        self.newest = samples
        return [update for timed in self.clock.push(samples) for update in self._through(timed)]

    def flush(self) -> list[FootUpdate]:
        """End of stream: release held samples, close the open contact."""
        updates = [update for timed in self.clock.flush() for update in self._through(timed)]
        held = self.sensors.flush()
        if held is not None:
            updates.append(self._measured(*held, ahead=0))
        last = self._told(self.contacts.flush())
        if updates:
            return [*updates[:-1], _with_steps(updates[-1], concatenate((updates[-1].steps, last)))]
        return [FootUpdate(self.side, *_nothing(self.capability), last)] if len(last) else []

    def _through(self, timed: Timed) -> list[FootUpdate]:
        """Long pushes go on in pieces: all that is made of a piece is made while it is at hand."""
        frames = self._late(self._gaps.push(timed))
        n = len(frames.time_s)
        if n <= TAKEN_ROWS:
            return [self._measured(*self.sensors.push(frames), ahead=0)]
        return [
            self._measured(
                *self.sensors.push(part(frames, begin, begin + TAKEN_ROWS)),
                ahead=max(0, n - begin - TAKEN_ROWS),
            )
            for begin in range(0, n, TAKEN_ROWS)
        ]

    def _measured(
        self, frames: Frames, load: Load, unclamped_n: Floats | None, *, ahead: int
    ) -> FootUpdate:
        self.slow.push(load)
        if ahead:
            steps = self.contacts.take(load, unclamped_n=unclamped_n, ahead=ahead)
        else:
            steps = self.contacts.push(load, unclamped_n=unclamped_n)
        if self.contacts.waits:  # rows of sensors must wait with it, or they would be given back
            return FootUpdate(self.side, frames, load, steps)
        return FootUpdate(self.side, frames, load, self._told(steps))

    def _told(self, steps: Steps) -> Steps:
        measured = self.pressure.measured(steps)
        return measured if self.load.is_force else without_scale(measured)

    def _late(self, frames: Frames) -> Frames:
        """Flag what comes this long after its own instant: the pair has moved on without it.

        Not so what a device keeps until it is asked for: it is waited for.
        """
        awaited = frames.quality & np.uint32(Quality.RECOVERED | Quality.KEPT)
        age_s = (frames.arrival_ns - self._origin_ns) * 1e-9 - frames.time_s
        late = (age_s > self._late_s) & (awaited == 0)
        if not late.any():
            return frames
        return replace(frames, quality=frames.quality | late * np.uint32(Quality.LATE))


def _placed(parameters: Parameters, calibration: InForce) -> Parameters:
    """The mask laid on the foot as its calibration found it, unless a parameter says otherwise."""
    names = ("mask.foot_start", "mask.foot_scale")
    if calibration.foot is None or any(name in parameters.changed for name in names):
        return parameters
    place = dict(zip(names, calibration.foot, strict=True))
    return Parameters({**parameters.changed, **place})


def _same_sensors(one: FootPipeline, other: FootPipeline) -> bool:
    a, b = one.capability.layout, other.capability.layout
    return (
        one.load.quantity == other.load.quantity
        and (a.length_mm, a.width_mm, a.labels) == (b.length_mm, b.width_mm, b.labels)
        and np.array_equal(a.xy, b.xy)
    )


def _spread(layout: SensorLayout, regions: RegionMap) -> Spread:
    area = np.ones(layout.sensors) if layout.kind == "force" else layout.area_cm2
    return spread_of(regions.weight * regions.observable, area, regions.centre_mm)


def _with_steps(update: FootUpdate, steps: Steps) -> FootUpdate:
    return FootUpdate(update.side, update.frames, update.load, steps)


def _nothing(capability: Capability) -> tuple[Frames, Load]:
    sensors = capability.layout.sensors
    none = np.empty(0)
    flags = np.empty(0, np.uint32)
    ints = np.empty(0, np.int64)
    return (
        Frames(none, np.empty((0, sensors)), flags, ints),
        Load(none, none, np.empty((0, 7)), np.empty((0, 2)), flags, ints),
    )


class PairPipeline:
    """Both feet. Which device is which foot is decided once, when its capability comes.

    Attributes:
        feet: the pipeline of each foot that has been seen.
        first_s, last_s: first and newest instant of each foot that has given samples.
        refused: device key to the reason why it takes no part.
        changes: of what devices said of themselves, in order.
    """

    def __init__(
        self, start: StartState, parameters: Parameters, *, attic: Attic | None = None
    ) -> None:
        self.start = start
        self.parameters = parameters
        self.feet: dict[Side, FootPipeline] = {}
        self.refused: dict[str, str] = {}
        self.first_s: dict[Side, float] = {}
        self.last_s: dict[Side, float] = {}
        self._attic = attic
        self._steps = {side: StepLog(side, attic=attic) for side in Side}
        self.changes: list[Changed] = []
        self._by_device: dict[str, FootPipeline] = {}

    def push(self, items: Iterable[Capability | Samples]) -> list[FootUpdate]:
        """Consume capabilities and ordered samples in order of arrival."""
        updates: list[FootUpdate] = []
        waiting: dict[str, list[Samples]] = {}
        for item in items:
            if isinstance(item, Samples):
                waiting.setdefault(item.device, []).append(item)
                continue
            updates += self._drain(waiting)
            updates += self._admit(item)
        updates += self._drain(waiting)
        return self._keep(updates)

    def flush(self) -> list[FootUpdate]:
        """End of stream."""
        return self._keep([update for foot in self.feet.values() for update in foot.flush()])

    def steps(self, *, last: int | None = None) -> tuple[Steps, Steps]:
        """Final steps so far, left and right, with the columns that need both feet filled in.

        Args:
            last: only about this many newest rows of each foot.
        """
        left, right = (self._steps[side].table(last=last) for side in (Side.LEFT, Side.RIGHT))
        rates = {side: foot.capability.rate_hz for side, foot in self.feet.items()}
        return attach_pair(left, right, parameters=self.parameters, rates_hz=rates)

    def clocks(self) -> tuple[ClockPrior, ...]:
        """Where the devices' clocks stand: the priors of a trial that starts now."""
        return tuple(
            ClockPrior(foot.capability.device, fit.offset_us, fit.skew_ppm)
            for foot in self.feet.values()
            if (fit := foot.clock.fit) is not None
        )

    def alignment(self) -> Alignment:
        """What brings the feet together by their first strikes at once.

        Raises:
            CalibrationError: there are not enough of them.
        """
        right = self.feet.get(Side.RIGHT)
        left, other = self.steps()
        return stomp_alignment(
            left,
            other,
            device=right.capability.device if right else "",
            parameters=self.parameters,
        )

    def clock(self, side: Side) -> ClockFit | None:
        """The clock fit of one foot."""
        foot = self.feet.get(side)
        return foot.clock.fit if foot else None

    def _drain(self, waiting: dict[str, list[Samples]]) -> list[FootUpdate]:
        updates: list[FootUpdate] = []
        for device, blocks in waiting.items():
            foot = self._by_device.get(device)
            if foot is not None:  # else refused, or data before any capability: raw bytes are kept
                for block in join(blocks):
                    updates += foot.push(block)
        waiting.clear()
        return updates

    def _admit(self, capability: Capability) -> list[FootUpdate]:
        key = capability.device
        side = self.start.side_of(key, capability.side)
        known = self._by_device.get(key)
        if known is not None and same_signal(known.capability, capability):
            return []  # said again after a reconnect
        if side is None:
            self.refused[key] = f"{key} does not say which foot it is on"
            return []
        holder = self.feet.get(side)
        if known is None and holder is not None:
            self.refused[key] = (
                f"{key} says {side}, and so does {holder.capability.device}: "
                "swap one of them, or name the sides"
            )
            return []
        closed = known.flush() if known is not None else []
        if known is not None:
            since_s = self.last_s.get(side)
            self.changes.append(Changed(side, since_s, known.capability, capability))
        foot = FootPipeline(
            capability,
            side=side,
            start=self.start,
            parameters=self.parameters,
            after=known,
            attic=self._attic,
        )
        self.feet[side] = foot
        self._by_device[key] = foot
        return closed

    def _keep(self, updates: list[FootUpdate]) -> list[FootUpdate]:
        for update in updates:
            times = update.load.time_s
            if len(times):
                self.first_s.setdefault(update.side, float(times[0]))
                self.last_s[update.side] = float(times[-1])
            self._steps[update.side].append(update.steps)
        return updates


def same_signal(one: Capability, other: Capability) -> bool:
    """Do samples under both mean the same, so that the stages can go on?"""
    return (
        one.quantity == other.quantity
        and one.scale == other.scale
        and one.offset == other.offset
        and one.rate_hz == other.rate_hz
        and one.side == other.side
        and one.mass_kg == other.mass_kg
        and np.array_equal(one.layout.xy, other.layout.xy)
        and np.array_equal(one.layout.area_cm2, other.layout.area_cm2)
        and one.layout.labels == other.layout.labels
    )


def join(blocks: Sequence[Samples]) -> Iterator[Samples]:
    """Neighbouring blocks of one segment and width as one: fewer, longer arrays.

    Args:
        blocks: of one device, in order.
    """
    group: list[Samples] = []
    for block in blocks:
        if group and (
            group[0].segment != block.segment
            or group[0].values.shape[1] != block.values.shape[1]
            or group[0].values.dtype != block.values.dtype
        ):
            yield _joined(group)
            group = []
        group.append(block)
    if group:
        yield _joined(group)


def _joined(group: list[Samples]) -> Samples:
    if len(group) == 1:
        return group[0]
    return Samples(
        group[0].device,
        np.concatenate([block.sequence for block in group]),
        np.concatenate([block.tick_us for block in group]),
        np.concatenate([block.arrival_ns for block in group]),
        np.concatenate([block.values for block in group]),
        np.concatenate([block.flags for block in group]),
        group[0].segment,
    )
