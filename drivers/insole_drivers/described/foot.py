"""One foot of a described insole: its frames in, capability, samples and readings out."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from typing import Final

import numpy as np

from insole.model.arrays import Flags, Floats, Ints, Raw
from insole.model.foot import Side
from insole.model.quality import Quality
from insole.model.stream import Capability, Decoded, Info, Notice, Readings, Samples
from insole_drivers.described.description import Insole
from insole_drivers.described.model import Field
from insole_drivers.described.placing import Placing
from insole_drivers.described.records import Records

LARGEST_CODE: Final = 2**31 - 1


class Foot:
    """What the frames of one foot say, under its key.

    Args:
        device: the key.
        insole: with fields of this foot only.
        side: which it is, where that is known before its frames.

    Attributes:
        device: the key.
        side: which it is taken for.
    """

    def __init__(self, device: str, insole: Insole, *, side: Side | None = None) -> None:
        self.device = device
        self.side = side
        self._insole = insole
        self._description = insole.description
        self._told: tuple[Side | None, str, str] | None = None  # on this link, of the capability
        self._facts: dict[str, str | int | float] = {}
        self._pressure = next(each for each in insole.description.fields if each.use == "pressure")
        self._placing = Placing(insole)

    def new_link(self) -> None:
        """A link begins or ends."""
        self._told = None
        self._facts.clear()
        self._placing.new_link()

    def tell(self, serial: str, firmware: str) -> Iterator[Decoded]:
        """The capability, before the first samples of a link and whenever it has changed."""
        names = (serial or self.device, firmware)
        if (self.side, *names) != self._told:
            self._told = (self.side, *names)
            yield capability(self._insole, self.device, side=self.side, names=names)

    def fact(
        self, kind: str, value: str | float, now_ns: int, *, is_news: bool = False
    ) -> Iterator[Decoded]:
        """A fact, when it is another one than before."""
        if is_news or self._facts.get(kind) != value:
            self._facts[kind] = value
            yield Info(self.device, now_ns, kind, value)

    def take(self, records: Records, now_ns: int, *, names: tuple[str, str]) -> Iterator[Decoded]:
        """Everything that these frames say; `names` are serial number and firmware."""
        values = self._codes(records)
        if values is None:
            yield Notice(self.device, now_ns, "bad_value", "a pressure that is no number")
            return
        for run in self._placing.runs(records):
            yield from self._run(records, run, values[run], now_ns=now_ns, names=names)

    def _run(
        self, records: Records, run: slice, values: Raw, *, now_ns: int, names: tuple[str, str]
    ) -> Iterator[Decoded]:
        """Frames whose numbers go straight on: (m, samples, sensors) codes."""
        placed = self._placing.at(records, run, now_ns)
        if placed is None:
            text = "a frame's number or time does not fit: it is not used"
            yield Notice(self.device, now_ns, "bad_value", text)
            return
        rows = values.reshape(-1, values.shape[-1])
        yield from self.tell(*names)
        yield Samples(
            device=self.device,
            sequence=placed.sequence.ravel(),
            tick_us=placed.tick_us.ravel(),
            arrival_ns=np.full(len(rows), now_ns, np.int64),
            values=rows,
            flags=self._flags(rows, is_derived=placed.is_derived),
            segment=placed.segment,
        )
        for each in self._description.fields:
            if each.name in records.values:
                box = records.values[each.name][run]
                yield from self._beside(each, box, placed.tick_us, now_ns=now_ns)

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
        raw = raw[:, :, self._insole.order[self.side]]
        if self._description.sensors.inverted:
            raw = ((self._insole.saturated or 0) - raw.astype(np.int64)).astype(np.int32)
        return raw

    def _flags(self, rows: Raw, *, is_derived: bool) -> Flags:
        flags = np.full(len(rows), Quality.DERIVED_TIME if is_derived else 0, np.uint32)
        if self._insole.saturated is not None:
            flags[(rows >= self._insole.saturated).any(axis=1)] |= np.uint32(Quality.CLIPPED)
        return flags

    # --- beside pressure ---

    def _beside(self, field: Field, raw: Raw, tick_us: Ints, *, now_ns: int) -> Iterator[Decoded]:
        if field.use == "battery":
            level = int(raw.flat[-1])
            if 0 <= level <= 100:
                yield from self.fact("battery", level, now_ns)
        elif field.use == "flags":
            yield from self.fact(field.name, int(raw.flat[-1]), now_ns)
        elif field.use == "reading":
            yield self._reading(field, raw, tick_us, now_ns=now_ns)

    def _reading(self, field: Field, raw: Raw, tick_us: Ints, *, now_ns: int) -> Readings:
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
        return Readings(
            device=self.device,
            kind=field.kind,
            unit=field.unit,
            channels=channels,
            tick_us=ticks.ravel(),
            arrival_ns=np.full(len(rows), now_ns, np.int64),
            values=rows,
            scale=scale,
        )


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
