"""The decoder of every described insole: notifications of one device in, values out."""

from __future__ import annotations

import fnmatch
from typing import Final

import numpy as np

from insole.model.arrays import Flags, Floats, Ints, Raw
from insole.model.foot import Side
from insole.model.quality import Quality
from insole.model.stream import (
    Capability,
    Connected,
    Disconnected,
    Readings,
    Samples,
)
from insole_drivers.described import steps
from insole_drivers.described.description import Insole
from insole_drivers.described.framing import Happened, Refused, Skipped
from insole_drivers.described.model import Field
from insole_drivers.described.placing import Placing
from insole_drivers.described.records import Recorder, Records
from insole_drivers.protocols import ble_sig
from insole_drivers.protocols.teller import Teller

OTHER_FOOT_NS: Final = 2_000_000_000  # a foot that was heard within this time is still ours
NOTHING_NS: Final = 400_000_000  # a batch begins within this time, unless others took longer
LARGEST_CODE: Final = 2**31 - 1
INTEGRITY: Final = {
    "none": "none: a lost or damaged notification cannot be noticed",
    "counter": "counter: lost frames are noticed, damaged ones are not",
    "checksum": "checksum: damaged frames are noticed",
    "text": "text: damaged lines are noticed as far as they read wrongly",
}


class DescribedDecoder(Teller):
    """Decoder of one device.

    Memory is bounded by the description's own limits: what its framer keeps, and 64 times.
    """

    def __init__(self, device: str, insole: Insole) -> None:
        super().__init__(device)
        self._insole = insole
        self._description = insole.description
        self._recorder = Recorder(insole.description)
        link = insole.description.link
        self._stream = link.notify[0]
        self._listed = frozenset((*link.notify, *link.read))
        self._side: Side | None = None
        self._side_ns: int | None = None  # when frames told it last
        self._told: tuple[Side | None, str, str] | None = None  # on this link, of the capability
        self._facts: dict[str, str | int | float] = {}
        self._asked_ns: int | None = None
        self._open = 0  # batches that were asked for and have not ended
        self._heard_ns = 0  # something of the stream came, or was asked for
        self._slowest_ns = 0  # longest that an answer has taken to begin
        self._is_ending = self._is_last = False
        self._pressure = next(each for each in insole.description.fields if each.use == "pressure")
        self._placing = Placing(insole)

    # --- events ---

    def finish(self) -> None:
        """What is taken from now on is not wanted any more: what is kept is asked for at once."""
        self._is_ending = self._description.repeat is not None

    @property
    def is_complete(self) -> bool:
        """Every batch that was asked for has come; who says nothing when asked has nothing."""
        is_fetched = self._description.frame.kind == "batch" and self._is_ending
        return not is_fetched or (self._is_last and not self._open)

    def _tick(self) -> None:
        if self._now_ns - self._heard_ns >= max(NOTHING_NS, 2 * self._slowest_ns):
            self._open = 0
        self._ask(is_due=False)

    def _new_link(self, event: Connected | Disconnected) -> None:
        self._recorder.reset()
        self._told = None
        self._side_ns = None
        self._asked_ns, self._open = None, 0
        self._facts.clear()
        self._placing.new_link()
        if isinstance(event, Disconnected):
            return
        rule = self._description.side
        if rule.by == "name":
            self._side = self._matched(event.name) or event.side_hint
        elif rule.by == "fixed":
            self._side = Side(rule.foot or "left")
        else:
            self._side = event.side_hint
        self._fact("integrity", INTEGRITY[self._description.integrity])
        if self._side is not None or rule.by == "user":
            self._tell()

    def _packet(self, channel: str, data: bytes) -> None:
        rule = self._description.side
        if channel == self._stream:
            if self._heard_ns == self._asked_ns:
                self._slowest_ns = max(self._slowest_ns, self._now_ns - self._heard_ns)
            self._heard_ns = self._now_ns
            self._stream_data(data)
        elif rule.by == "read" and channel == rule.channel:
            told = self._matched(ble_sig.text(data)) or self._matched(data.hex())
            self._side = told or self._side
        elif channel in ble_sig.TOLD or channel not in self._listed:
            self._standard(channel, data)  # what else was listed is kept raw

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
                        self._open = max(0, self._open - 1)
                        self._ask(is_due=True)

    def _ask(self, *, is_due: bool) -> None:
        repeat = self._description.repeat
        if repeat is None or self._is_last or (is_due and not repeat.after_batch):
            return
        silent_ns = None if self._asked_ns is None else self._now_ns - self._asked_ns
        is_due = is_due or self._is_ending or silent_ns is None
        if is_due or (silent_ns or 0) >= repeat.every_s * 1e9:
            self._is_last, self._asked_ns = self._is_ending, self._now_ns
            self._heard_ns = self._now_ns
            self._open += 1
            self._out.append(steps.repeated(repeat, self._description.link))

    # --- frames ---

    def _records(self, records: Records) -> None:
        if not self._is_our_side(records):
            self._notice("protocol", "a frame of the other foot: one connection is one foot")
            return
        values = self._codes(records)
        if values is None:
            self._notice("bad_value", "a pressure that is no number")
            return
        for run in self._placing.runs(records):
            self._run(records, run, values[run])

    def _run(self, records: Records, run: slice, values: Raw) -> None:
        """Frames whose numbers go straight on: (m, samples, sensors) codes."""
        placed = self._placing.at(records, run, self._now_ns)
        if placed is None:
            self._notice("bad_value", "a frame's number or time does not fit: it is not used")
            return
        rows = values.reshape(-1, values.shape[-1])
        self._tell()
        self._out.append(
            Samples(
                device=self._device,
                sequence=placed.sequence.ravel(),
                tick_us=placed.tick_us.ravel(),
                arrival_ns=np.full(len(rows), self._now_ns, np.int64),
                values=rows,
                flags=self._flags(rows, is_derived=placed.is_derived),
                segment=placed.segment,
            )
        )
        for each in self._description.fields:
            if each.name in records.values:
                self._beside(each, records.values[each.name][run], placed.tick_us)

    def _codes(self, records: Records) -> Raw | None:
        """(n, samples, sensors) whole codes; None when one is no number."""
        raw = records.values[self._pressure.name]
        if raw.dtype.kind == "f":
            with np.errstate(invalid="ignore"):
                wide = np.rint(raw.astype(np.float64) * 10.0**self._pressure.decimals)
            if not (np.abs(wide) <= LARGEST_CODE).all():  # also of what is not a number
                return None
            raw = wide.astype(np.int32)
        if self._description.samples.order == "newest first":
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
        if field.per == "sample" and self._description.samples.order == "newest first":
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

    def _is_our_side(self, records: Records) -> bool:
        """Takes the side that these frames tell; the other foot's beside ours are none of ours.

        A device that was set to be the other foot is believed when it has been that alone.
        """
        rule, field = self._description.side, self._insole.field("side")
        told: Side | None = None
        if rule.by == "prefix":
            told = Side.LEFT if records.prefix in rule.left else Side.RIGHT
        elif field is not None:
            numbers = records.values[field.name]
            told = self._matched(f"{numbers.flat[-1]:.0f}")
            if (numbers != numbers.flat[-1]).any():
                return False
        if told is None:
            return True
        is_recent = self._side_ns is not None and self._now_ns - self._side_ns < OTHER_FOOT_NS
        if told is not self._side and is_recent:
            return False
        self._side, self._side_ns = told, self._now_ns
        return True

    def _matched(self, text: str) -> Side | None:
        rule = self._description.side
        for side, patterns in ((Side.LEFT, rule.left), (Side.RIGHT, rule.right)):
            if fits(text, patterns):
                return side
        return None

    def _tell(self) -> None:
        """The capability, before the first samples of a link and whenever it has changed."""
        names = (self._texts.get("serial") or self._device, self._texts.get("firmware", ""))
        if (self._side, *names) == self._told:
            return
        self._told = (self._side, *names)
        self._out.append(capability(self._insole, self._device, side=self._side, names=names))

    def _fact(self, kind: str, value: str | float, *, is_news: bool = False) -> None:
        if is_news or self._facts.get(kind) != value:
            self._facts[kind] = value
            self._info(kind, value)


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
    with np.errstate(invalid="ignore"):  # a float may signal that it is none
        wide = raw.astype(np.float64)
    if field.add_first:
        return (wide + field.add) * field.scale
    return wide * field.scale + field.add
