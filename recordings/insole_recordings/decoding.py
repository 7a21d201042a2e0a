"""Packets to ordered samples, in few large blocks: for files whose packets are all there is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from insole.intake import Intake
from insole.model.foot import Side
from insole.model.quality import Ledger
from insole.model.stream import Capability, Event, Mark, Readings, Samples
from insole.model.trial import StartState
from insole.parameters import Parameters
from insole_recordings.beside import by_kind

BLOCK_BYTES = 32 << 20


def has_packets(events: Iterable[Event]) -> bool:
    """Are events the truth, or are they only marks beside samples that were imported?"""
    return any(not isinstance(event, Mark) for event in events)


def decode(events: Iterable[Event], start: StartState) -> Iterator[Capability | Samples]:
    """Decode and order events with today's decoders.

    Samples of one device are joined as long as capability, segment and type stay the same; the
    order inside a device is kept, devices interleave.

    Raises:
        RequestError: a device speaks a protocol that is not installed.
    """
    return (
        item
        for item in _decoded(events, Intake(Parameters(start.parameters)))
        if not isinstance(item, Readings)
    )


def decode_all(
    events: Iterable[Event], start: StartState
) -> Iterator[Capability | Samples | Readings]:
    """The same, and what devices told beside as it came.

    Raises:
        RequestError: a device speaks a protocol that is not installed.
    """
    heard: list[Readings] = []
    intake = Intake(Parameters(start.parameters), listener=heard.append)
    return _decoded(events, intake, heard)


def readings(events: Iterable[Event], start: StartState) -> Iterator[Readings]:
    """What devices told beside, in large blocks.

    Raises:
        RequestError: a device speaks a protocol that is not installed.
    """
    return by_kind(item for item in decode_all(events, start) if isinstance(item, Readings))


def ledgers(events: Iterable[Event], start: StartState) -> dict[Side, Ledger]:
    """What is counted while events are decoded and ordered, by foot.

    Raises:
        RequestError: a device speaks a protocol that is not installed.
    """
    intake = Intake(Parameters(start.parameters))
    for event in events:
        intake.feed(event)
    intake.flush()
    sides = {
        key: start.sides.get(key, device.side) for key, device in reversed(intake.devices.items())
    }
    return {side: intake.devices[key].ledger for key, side in sides.items() if side is not None}


def _decoded(
    events: Iterable[Event], intake: Intake, heard: list[Readings] | None = None
) -> Iterator[Capability | Samples | Readings]:
    joiner = Joiner()
    for event in events:
        for item in intake.feed(event):
            yield from joiner.push(item)
        if heard:
            yield from heard
            heard.clear()
    for item in intake.flush():
        yield from joiner.push(item)
    yield from joiner.flush()


class Joiner:
    """Joins small blocks of samples into large ones, device by device."""

    def __init__(self) -> None:
        self._held: dict[str, list[Samples]] = {}
        self._bytes: dict[str, int] = {}

    def push(self, item: Capability | Samples) -> Iterator[Capability | Samples]:
        """Take one item; give what is complete."""
        held = self._held.setdefault(item.device, [])
        if isinstance(item, Capability):
            yield from self._release(item.device)
            yield item
            return
        if held and (
            held[-1].segment != item.segment
            or held[-1].values.shape[1:] != item.values.shape[1:]
            or held[-1].values.dtype != item.values.dtype
        ):
            yield from self._release(item.device)
        if len(item.sequence):
            self._held[item.device].append(item)
            size = self._bytes.get(item.device, 0) + item.values.nbytes + 28 * len(item.sequence)
            self._bytes[item.device] = size
            if size >= BLOCK_BYTES:
                yield from self._release(item.device)

    def flush(self) -> Iterator[Samples]:
        """End of stream."""
        for device in list(self._held):
            yield from self._release(device)

    def _release(self, device: str) -> Iterator[Samples]:
        held, self._held[device] = self._held[device], []
        self._bytes[device] = 0
        if held:
            yield joined(held)


def joined(blocks: list[Samples]) -> Samples:
    """One block out of several of the same device, segment and type; column-contiguous."""
    first = blocks[0]
    rows = sum(len(block.sequence) for block in blocks)
    values = np.empty((rows, *first.values.shape[1:]), dtype=first.values.dtype, order="F")
    np.concatenate([block.values for block in blocks], out=values)
    return Samples(
        device=first.device,
        sequence=np.concatenate([block.sequence for block in blocks]),
        tick_us=np.concatenate([block.tick_us for block in blocks]),
        arrival_ns=np.concatenate([block.arrival_ns for block in blocks]),
        values=values,
        flags=np.concatenate([block.flags for block in blocks]),
        segment=first.segment,
    )
