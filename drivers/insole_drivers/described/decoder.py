"""The decoder of every described insole: notifications of one device in, values out."""

from __future__ import annotations

import fnmatch
from dataclasses import replace
from typing import Final

import numpy as np

from insole.model.arrays import Flags, Floats, Ints, Raw
from insole.model.foot import Side
from insole.model.quality import Quality
from insole.model.stream import (
    Capability,
    Connected,
    Decoded,
    Disconnected,
    Info,
    Notice,
    NoticeKind,
    Packet,
    Readings,
    Samples,
    Tick,
)
from insole_drivers.described import steps
from insole_drivers.described.description import Insole
from insole_drivers.described.fields import kind_of
from insole_drivers.described.framing import Happened, Refused, Skipped
from insole_drivers.described.model import UNIT_US, Field
from insole_drivers.described.numbering import FrameNumbers, Pace
from insole_drivers.described.records import Recorder, Records
from insole_drivers.protocols import ble_sig
from insole_drivers.protocols.counted import CountedTime

TEXT_CLOCK_BITS: Final = 48  # of a clock in a text, which has no width of its own
TEXT_COUNTER_BITS: Final = 32
LARGEST_CODE: Final = 2**31 - 1
INTEGRITY: Final = {
    "none": "none: a lost or damaged notification cannot be noticed",
    "counter": "counter: lost frames are noticed, damaged ones are not",
    "checksum": "checksum: damaged frames are noticed",
    "text": "text: damaged lines are noticed as far as they read wrongly",
}


class DescribedDecoder:
    """Decoder of one device.

    Memory is bounded by the description's own limits: what its framer keeps, and 64 times.
    """

    def __init__(self, device: str, insole: Insole) -> None:
        self._device = device
        self._insole = insole
        self._description = insole.description
        self._recorder = Recorder(insole.description)
        self._stream = insole.description.link.notify[0]
        self._side: Side | None = None
        self._told: Capability | None = None
        self._is_told = False
        self._serial = self._firmware = ""
        self._facts: dict[str, int | str] = {}
        self._asked_ns: int | None = None
        self._now_ns = 0
        self._out: list[Decoded] = []
        description, rate_hz = insole.description, insole.description.rate_hz
        per_frame = description.samples.per_frame or 1
        counter, clock = insole.field("counter"), insole.field("clock")
        self._pressure = next(each for each in description.fields if each.use == "pressure")
        self._counter, self._clock, self._delta = counter, clock, insole.field("delta")
        self._period_us = 1e6 / rate_hz
        self._numbers: FrameNumbers | None = None
        if counter is not None:
            per_s = rate_hz / per_frame if counter.counts == "frames" else rate_hz
            self._numbers = FrameNumbers(modulus_of(counter), per_s, resend=description.resend)
        self._times: CountedTime | None = None
        if clock is not None:
            self._times = CountedTime(modulus_of(clock) * unit_us(clock))
        self._pace = Pace(rate_hz, is_counted=counter is not None)
        self._newest: tuple[int, int] | None = None  # frame number and time of the newest frame

    # --- events ---

    def feed(self, event: Connected | Packet | Disconnected | Tick) -> list[Decoded]:
        """Take one event; answer with everything that it says, in order."""
        self._now_ns = event.arrival_ns
        self._out = []
        match event:
            case Packet():
                self._packet(event.channel, event.payload)
            case Connected():
                self._new_link()
                rule = self._description.side
                if rule.by == "name":
                    self._side = self._matched(event.name) or event.side_hint
                elif rule.by == "fixed":
                    self._side = Side(rule.foot or "left")
                else:
                    self._side = event.side_hint
                self._fact("integrity", INTEGRITY[self._description.integrity])
            case Disconnected():
                self._new_link()
            case Tick():
                self._ask(is_due=False)
        return self._out

    def _new_link(self) -> None:
        self._recorder.reset()
        self._is_told = False
        self._asked_ns = None
        self._facts.clear()
        for each in (self._numbers, self._times):
            if each is not None:
                each.new_link()

    def _packet(self, channel: str, data: bytes) -> None:
        rule = self._description.side
        if channel == self._stream:
            self._stream_data(data)
        elif rule.by == "read" and channel == rule.channel:
            self._turn_to(self._matched(ble_sig.text(data)) or self._matched(data.hex()))
        elif channel == ble_sig.BATTERY:
            level = ble_sig.battery(data)
            if level is None:
                self._notice("bad_value", "a battery level is one byte from 0 to 100")
            else:
                self._fact("battery", level)
        elif channel in ble_sig.STRINGS:
            kind, text = ble_sig.STRINGS[channel], ble_sig.text(data)
            self._serial = text if kind == "serial" else self._serial
            self._firmware = text if kind == "firmware" else self._firmware
            self._fact(kind, text)
        elif channel not in (*self._description.link.notify, *self._description.link.read):
            self._notice("unknown_type", f"nothing is known of channel {channel[:36]}")

    def _stream_data(self, data: bytes) -> None:
        for said in self._recorder.feed(data):
            match said:
                case Records():
                    self._records(said)
                case Refused():
                    self._notice(said.kind, said.text)
                case Skipped():
                    self._notice("protocol", f"{said.count} bytes between two frames")
                case Happened():
                    self._fact("said", said.what, is_news=True)
                    if said.what == "batch_done":
                        self._ask(is_due=True)

    def _ask(self, *, is_due: bool) -> None:
        repeat = self._description.repeat
        if repeat is None or (is_due and not repeat.after_batch):
            return
        silent_ns = None if self._asked_ns is None else self._now_ns - self._asked_ns
        if is_due or silent_ns is None or silent_ns >= repeat.every_s * 1e9:
            self._asked_ns = self._now_ns
            self._out.append(steps.repeated(repeat, self._description.link))

    # --- frames ---

    def _records(self, records: Records) -> None:
        self._take_side(records)
        values = self._codes(records)
        if values is None:
            self._notice("bad_value", "a pressure that is no number")
            return
        if self._numbers is None or self._counter is None:
            runs = [slice(0, records.frames)]
        else:
            runs = self._numbers.runs(_column(records, self._counter.name))
        for run in runs:
            self._run(records, run, values[run])

    def _run(self, records: Records, run: slice, values: Raw) -> None:
        """Frames whose numbers go straight on: (m, samples, sensors) codes."""
        placed = self._placed(records, run, values)
        if placed is None:
            self._notice("bad_value", "a frame's number or time does not fit: it is not used")
            return
        sequence, tick_us, segment, is_derived = placed
        rows = values.reshape(-1, values.shape[-1])
        self._tell()
        self._out.append(
            Samples(
                device=self._device,
                sequence=sequence.ravel(),
                tick_us=tick_us.ravel(),
                arrival_ns=np.full(len(rows), self._now_ns, np.int64),
                values=rows,
                flags=self._flags(rows, is_derived=is_derived),
                segment=segment,
            )
        )
        for each in self._description.fields:
            if each.name in records.values:
                self._beside(each, records.values[each.name][run], tick_us)

    def _placed(
        self, records: Records, run: slice, values: Raw
    ) -> tuple[Ints, Ints, int, bool] | None:
        """Numbers and times (m, samples), segment, and whether the times are derived."""
        frames, samples = values.shape[:2]
        index = np.arange(samples, dtype=np.int64)
        sequence: Ints | None = None
        segment = 0
        numbers: Ints | None = None
        if self._numbers is not None and self._counter is not None:
            before = self._numbers.segment
            told = _column(records, self._counter.name)[run]
            numbers = self._numbers.at(told, self._now_ns)
            if numbers is not None:
                if self._numbers.segment != before:
                    self._newest = None
                    self._pace.restart()
                many = samples if self._counter.counts == "frames" else 1
                sequence = numbers[:, None] * many + index
            segment = self._numbers.segment
        if self._times is not None and self._clock is not None:
            stamps = self._stamps(records, run, numbers)
            if stamps is None or (numbers is None and self._numbers is not None):
                return None
            ticks = self._spread(records, run, stamps, samples=samples, numbers=numbers)
            if sequence is None:
                sequence = self._counted(ticks)
            return sequence, ticks, segment + self._times.segment, False
        if self._numbers is not None and sequence is None:
            return None
        if sequence is None:
            sequence = self._pace.counted(frames * samples, self._now_ns).reshape(frames, -1)
        ticks = self._pace.at(sequence.ravel(), self._now_ns).reshape(frames, samples)
        return sequence, ticks, segment, True

    def _stamps(self, records: Records, run: slice, numbers: Ints | None) -> Ints | None:
        """Times (m,) or (m, samples) that the device told, microseconds, unwrapped."""
        clock, times = self._clock, self._times
        if clock is None or times is None:
            return None
        told = records.values[clock.name][run][:, :, 0]
        if self._is_old(numbers):
            return None if self._newest is None else self._recalled(numbers)
        out = np.empty(told.shape, np.int64)
        for place, one in enumerate(told.ravel().tolist()):
            at = times.at(round(one * unit_us(clock)), self._now_ns)
            if at is None:
                return None
            out.flat[place] = at
        return out if clock.per == "sample" else out[:, 0]

    def _is_old(self, numbers: Ints | None) -> bool:
        """A frame sent again under its old number, where that is allowed."""
        is_allowed = self._description.resend and self._newest is not None
        return bool(is_allowed and numbers is not None and numbers[-1] < (self._newest or (0,))[0])

    def _recalled(self, numbers: Ints | None) -> Ints | None:
        if numbers is None or self._newest is None:
            return None
        per_frame = self._description.samples.per_frame or 1
        many = per_frame if self._counter is None or self._counter.counts == "frames" else 1
        away = (numbers - self._newest[0]) * many * self._period_us
        return self._newest[1] + np.rint(away).astype(np.int64)

    def _spread(
        self, records: Records, run: slice, stamps: Ints, *, samples: int, numbers: Ints | None
    ) -> Ints:
        """Times (m, samples) of samples out of times of frames."""
        clock = self._clock
        if stamps.ndim == 2:
            return stamps[:, ::-1] if self._is_newest_first else stamps
        if samples == 1:
            self._remember(stamps, numbers)
            return stamps[:, None]
        if self._delta is not None and self._delta.name in records.values:
            delta = records.values[self._delta.name][run][:, :, 0].astype(np.int64)
            if self._is_newest_first:
                delta = delta[:, ::-1]
            self._remember(stamps, numbers)
            return stamps[:, None] + np.cumsum(delta * unit_us(self._delta), axis=1)
        step = np.full(len(stamps), self._period_us)
        step[1:] = np.diff(stamps) / samples
        if self._newest is not None and (numbers is None or numbers[0] == self._newest[0] + 1):
            step[0] = (int(stamps[0]) - self._newest[1]) / samples
        step = np.clip(step, 0.5 * self._period_us, 2.0 * self._period_us)
        is_end = clock is not None and clock.marks == "end"
        index = np.arange(samples) - (samples - 1 if is_end else 0)
        self._remember(stamps, numbers)
        return stamps[:, None] + np.rint(index * step[:, None]).astype(np.int64)

    def _remember(self, stamps: Ints, numbers: Ints | None) -> None:
        number = 0 if numbers is None else int(numbers[-1])
        if self._newest is None or number >= self._newest[0]:
            self._newest = (number, int(stamps[-1]))

    def _counted(self, ticks: Ints) -> Ints:
        """Numbers (m, samples) out of times, where the device has a clock and counts nothing."""
        times = self._times
        period_us = round(self._period_us)
        numbers = [
            0 if times is None else times.number(int(tick), period_us) for tick in ticks.flat
        ]
        return np.array(numbers, np.int64).reshape(ticks.shape)

    @property
    def _is_newest_first(self) -> bool:
        return self._description.samples.order == "newest first"

    def _codes(self, records: Records) -> Raw | None:
        """(n, samples, sensors) whole codes; None when one is no number."""
        raw = records.values[self._pressure.name]
        if raw.dtype.kind == "f":
            wide = np.rint(raw.astype(np.float64) * 10.0**self._pressure.decimals)
            if not (np.abs(wide) <= LARGEST_CODE).all():  # also of what is not a number
                return None
            raw = wide.astype(np.int32)
        if self._is_newest_first:
            raw = raw[:, ::-1]
        raw = raw[:, :, self._insole.order[self._side]]
        if self._description.sensors.inverted:
            raw = ((self._insole.saturated or 0) - raw.astype(np.int64)).astype(np.int32)
        return raw

    def _flags(self, rows: Raw, *, is_derived: bool) -> Flags:
        flags = np.full(len(rows), Quality.DERIVED_TIME if is_derived else 0, np.uint32)
        if self._insole.saturated is not None:
            flags[(rows >= self._insole.saturated).any(axis=1)] |= np.uint32(Quality.CLIPPED)
        return flags

    # --- beside pressure ---

    def _beside(self, field: Field, raw: Raw, tick_us: Ints) -> None:
        if field.use == "battery":
            level = int(raw.flat[-1])
            if 0 <= level <= 100:
                self._fact("battery", level)
        elif field.use == "flags":
            self._fact(field.name, int(raw.flat[-1]))
        elif field.use == "reading":
            self._reading(field, raw, tick_us)

    def _reading(self, field: Field, raw: Raw, tick_us: Ints) -> None:
        if field.per == "sample" and self._is_newest_first:
            raw = raw[:, ::-1]
        ticks = tick_us if raw.shape[1] == tick_us.shape[1] else tick_us[:, :1]
        rows = raw.reshape(-1, raw.shape[-1])
        scale = field.scale
        if field.add:
            rows, scale = scaled(rows, field), 1.0
        if field.axes:
            bare = [each.removeprefix("-") for each in field.axes]
            sign = np.array([-1 if each.startswith("-") else 1 for each in field.axes])
            wide = rows.astype(np.float64 if rows.dtype.kind == "f" else np.int64)
            rows = (
                wide[:, [bare.index(each) for each in field.channels]]
                * sign[[bare.index(each) for each in field.channels]]
            )
        channels = field.channels or tuple(str(number) for number in range(field.count))
        self._out.append(
            Readings(
                device=self._device,
                kind=field.kind,
                unit=field.unit,
                channels=channels,
                tick_us=ticks.ravel(),
                arrival_ns=np.full(len(rows), self._now_ns, np.int64),
                values=rows,
                scale=scale,
            )
        )

    # --- who it is ---

    def _take_side(self, records: Records) -> None:
        rule = self._description.side
        if rule.by == "prefix":
            self._turn_to(Side.LEFT if records.prefix in rule.left else Side.RIGHT)
        elif rule.by == "field":
            field = self._insole.field("side")
            if field is not None:
                told = records.values[field.name].flat[-1]
                self._turn_to(self._matched(f"{told:g}"))

    def _turn_to(self, side: Side | None) -> None:
        if side is not None and side is not self._side:
            self._side = side

    def _matched(self, text: str) -> Side | None:
        rule = self._description.side
        for side, patterns in ((Side.LEFT, rule.left), (Side.RIGHT, rule.right)):
            if fits(text, patterns):
                return side
        return None

    def _tell(self) -> None:
        """The capability, before the first samples of a link and whenever it has changed."""
        made = capability(
            self._insole, self._device, side=self._side, names=(self._serial, self._firmware)
        )
        is_same = self._told is not None and (
            replace(self._told, layout=made.layout) == made and self._told.layout is made.layout
        )
        if self._is_told and is_same:
            return
        self._told, self._is_told = made, True
        self._out.append(made)

    def _fact(self, kind: str, value: int | str, *, is_news: bool = False) -> None:
        if is_news or self._facts.get(kind) != value:
            self._facts[kind] = value
            self._out.append(Info(self._device, self._now_ns, kind, value))

    def _notice(self, kind: NoticeKind, text: str) -> None:
        self._out.append(Notice(self._device, self._now_ns, kind, text))


def capability(
    insole: Insole, device: str, *, side: Side | None, names: tuple[str, str] = ("", "")
) -> Capability:
    """What a described insole is; `names` are its serial number and firmware."""
    pressure = next(each for each in insole.description.fields if each.use == "pressure")
    unit = insole.file.scale
    scale = pressure.scale * 10.0**-pressure.decimals
    add = pressure.add * pressure.scale if pressure.add_first else pressure.add
    return Capability(
        device=device,
        protocol=insole.name,
        serial=names[0] or device,
        firmware=names[1],
        side=side,
        layout=insole.layout,
        quantity=insole.file.quantity,
        scale=scale * unit,
        offset=add * unit,
        saturated=insole.saturated,
        rate_hz=insole.description.rate_hz,
    )


def fits(text: str, patterns: tuple[str, ...]) -> bool:
    """Does one of the patterns (`*`, `?`) fit the whole text, whatever its case?

    >>> fits("SoleSync Left", ("* left",))
    True
    """
    word = text.lower()
    return any(fnmatch.fnmatchcase(word, each.lower()) for each in patterns)


def scaled(raw: Raw, field: Field) -> Floats:
    """Values of a field in its unit."""
    wide = raw.astype(np.float64)
    if field.add_first:
        return (wide + field.add) * field.scale
    return wide * field.scale + field.add


def modulus_of(field: Field) -> int:
    """Where a counter or clock begins again at 0."""
    if field.modulus:
        return field.modulus
    if field.bits:
        return 1 << field.bits
    if field.mask is not None:
        return (field.mask >> field.shift) + 1
    kind = kind_of(field.type)
    if kind is not None:
        return 1 << kind.bits
    return 1 << (TEXT_CLOCK_BITS if field.use == "clock" else TEXT_COUNTER_BITS)


def unit_us(field: Field) -> int:
    """Microseconds in one step of a clock."""
    return next(us for unit, us in UNIT_US.items() if unit == field.unit)


def _column(records: Records, name: str) -> Ints:
    """The first number (n,) of each frame in a field."""
    return records.values[name][:, 0, 0].astype(np.int64)
