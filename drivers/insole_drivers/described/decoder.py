"""The decoder of every described insole: notifications of one device in, values out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np

from insole.model.foot import Side, foot_key
from insole.model.stream import (
    Connected,
    Decoded,
    Disconnected,
    Info,
    Notice,
    NoticeKind,
    Packet,
    Tick,
)
from insole_drivers.described import steps
from insole_drivers.described.description import Insole
from insole_drivers.described.foot import Foot, fits
from insole_drivers.described.framing import Happened, Refused, Skipped
from insole_drivers.described.records import Recorder, Records
from insole_drivers.protocols import ble_sig
from insole_drivers.protocols.teller import Teller

OTHER_FOOT_NS: Final = 2_000_000_000  # a foot that was heard within this time is still ours
NOTHING_NS: Final = 400_000_000  # a batch begins within this time, unless others took longer
INTEGRITY: Final = {
    "none": "none: a lost or damaged notification cannot be noticed",
    "counter": "counter: lost frames are noticed, damaged ones are not",
    "checksum": "checksum: damaged frames are noticed",
    "text": "text: damaged lines are noticed as far as they read wrongly",
}


class DescribedDecoder(Teller):
    """Decoder of one device: one foot, or both where its connection carries both.

    Memory is bounded by the description's own limits: what its framers keep, and 64 times.
    """

    def __init__(self, device: str, insole: Insole) -> None:
        super().__init__(device)
        self._insole = insole
        self._description = insole.description
        rule, link = insole.description.side, insole.description.link
        self._only: Foot | None = None
        if rule.carries_both:
            self._feet = {
                side: Foot(foot_key(device, side), insole.of(side), side=side) for side in Side
            }
        else:
            self._only = Foot(device, insole)
            self._feet = {Side.LEFT: self._only}
        streams = (*rule.left, *rule.right) if rule.by == "notify" else link.notify[:1]
        self._recorders = {channel: Recorder(insole.description) for channel in streams}
        self._listed = frozenset((*link.notify, *link.read))
        self._side_ns: int | None = None  # when frames told it last
        self._asked_ns: int | None = None
        self._open = 0  # batches that were asked for and have not ended
        self._heard_ns = 0  # something of the stream came, or was asked for
        self._slowest_ns = 0  # longest that an answer has taken to begin
        self._is_ending = self._is_last = False

    # --- events ---

    def feed(self, event: Connected | Packet | Disconnected | Tick) -> list[Decoded]:
        """Take one event; what concerns the device as a whole is said of each of its feet."""
        said = super().feed(event)
        if self._only is not None:
            return said
        return [each for item in said for each in self._of_feet(item)]

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
        for recorder in self._recorders.values():
            recorder.reset()
        self._side_ns = None
        self._asked_ns, self._open = None, 0
        for foot in self._feet.values():
            foot.new_link()
        if isinstance(event, Disconnected):
            return
        rule, only = self._description.side, self._only
        if only is not None:
            if rule.by == "name":
                only.side = self._matched(event.name) or event.side_hint
            elif rule.by == "fixed":
                only.side = Side(rule.foot or "left")
            else:
                only.side = event.side_hint
        self._fact("integrity", INTEGRITY[self._description.integrity])
        if only is not None and (only.side is not None or rule.by == "user"):
            self._out += only.tell(*self._names(only))

    def _packet(self, channel: str, data: bytes) -> None:
        rule = self._description.side
        if channel in self._recorders:
            if self._heard_ns == self._asked_ns:
                self._slowest_ns = max(self._slowest_ns, self._now_ns - self._heard_ns)
            self._heard_ns = self._now_ns
            self._stream_data(channel, data)
        elif rule.by == "read" and channel == rule.channel and self._only is not None:
            told = self._matched(ble_sig.text(data)) or self._matched(data.hex())
            self._only.side = told or self._only.side
        elif channel in ble_sig.TOLD or channel not in self._listed:
            self._standard(channel, data)  # what else was listed is kept raw

    def _stream_data(self, channel: str, data: bytes) -> None:
        for said in self._recorders[channel].feed(data):
            match said:
                case Records():
                    for foot, mine in self._divided(said, channel):
                        self._out += foot.take(mine, self._now_ns, names=self._names(foot))
                case Refused():
                    self._refuse(said.kind, said.text, channel)
                case Skipped():
                    self._refuse("protocol", f"{said.count} bytes between two frames", channel)
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

    # --- whose frames ---

    def _divided(self, records: Records, channel: str) -> Iterator[tuple[Foot, Records]]:
        """These frames, by the feet that they are of."""
        rule, field = self._description.side, self._insole.field("side")
        if self._only is not None:
            if self._is_our_side(records):
                yield self._only, records
            else:
                self._notice("protocol", "a frame of the other foot: one connection is one foot")
        elif rule.by == "halves":
            yield from ((foot, records) for foot in self._feet.values())
        elif rule.by == "field" and field is not None:
            numbers = records.values[field.name][:, 0, 0]
            told = {number: self._matched(f"{number:.0f}") for number in set(numbers.tolist())}
            for side, foot in self._feet.items():
                rows = np.isin(numbers, [each for each, whose in told.items() if whose is side])
                if rows.any():
                    yield foot, records.only(rows)
            if None in told.values():
                self._notice("bad_value", "a frame that tells neither foot")
        else:
            word = channel if rule.by == "notify" else records.prefix
            yield self._feet[Side.LEFT if word in rule.left else Side.RIGHT], records

    def _is_our_side(self, records: Records) -> bool:
        """Takes the side that these frames tell; the other foot's beside ours are none of ours.

        A device that was set to be the other foot is believed when it has been that alone.
        """
        rule, field, only = self._description.side, self._insole.field("side"), self._only
        told: Side | None = None
        if rule.by == "prefix":
            told = Side.LEFT if records.prefix in rule.left else Side.RIGHT
        elif field is not None:
            numbers = records.values[field.name]
            told = self._matched(f"{numbers.flat[-1]:.0f}")
            if (numbers != numbers.flat[-1]).any():
                return False
        if told is None or only is None:
            return True
        is_recent = self._side_ns is not None and self._now_ns - self._side_ns < OTHER_FOOT_NS
        if told is not only.side and is_recent:
            return False
        only.side, self._side_ns = told, self._now_ns
        return True

    def _matched(self, text: str) -> Side | None:
        rule = self._description.side
        for side, patterns in ((Side.LEFT, rule.left), (Side.RIGHT, rule.right)):
            if fits(text, patterns):
                return side
        return None

    # --- who says it ---

    def _of_feet(self, item: Decoded) -> Iterator[Decoded]:
        """What a device with both feet says, under the keys of its feet."""
        if isinstance(item, Info | Notice) and item.device == self._device:
            for foot in self._feet.values():
                yield replace(item, device=foot.device)
        else:
            yield item

    def _names(self, foot: Foot) -> tuple[str, str]:
        """Serial number and firmware of a foot; feet of one device are two insoles."""
        serial = self._texts.get("serial", "")
        if serial and self._only is None and foot.side is not None:
            serial = foot_key(serial, foot.side)
        return serial, self._texts.get("firmware", "")

    def _refuse(self, kind: NoticeKind, text: str, channel: str) -> None:
        """Bytes of a stream that cannot be used; a stream of one foot harms that one alone."""
        rule = self._description.side
        if rule.by == "notify":
            foot = self._feet[Side.LEFT if channel in rule.left else Side.RIGHT]
            self._out.append(Notice(foot.device, self._now_ns, kind, text))
        else:
            self._notice(kind, text)

    def _fact(self, kind: str, value: str | float, *, is_news: bool = False) -> None:
        for foot in self._feet.values():
            self._out += foot.fact(kind, value, self._now_ns, is_news=is_news)
