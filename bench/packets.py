"""The run of `signals` as notifications of the open protocol: what a radio would hand over."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge

from signals import capability, samples

from insole import plugins
from insole.model.foot import Side
from insole.model.stream import Connected, Event, Packet

MTU = 247
PIECE_S = 10.0


def events(*, sensors: int, rate_hz: float, seconds: float) -> Iterator[Event]:
    """Events of both feet in order of arrival, made as they are asked for."""
    feet = [_foot(side, sensors=sensors, rate_hz=rate_hz, seconds=seconds) for side in Side]
    return merge(*feet, key=lambda event: event.arrival_ns)


def _foot(side: Side, *, sensors: int, rate_hz: float, seconds: float) -> Iterator[Event]:
    protocol = plugins.protocol("open")
    encoder = protocol.encoder(capability(side, sensors=sensors, rate_hz=rate_hz))
    yield Connected(side.value, 0, "open", side.value, f"Insole {side.name[0]}", MTU)
    for write in protocol.start():
        for channel, payload in encoder.answer(write, MTU):
            yield Packet(side.value, channel, 0, payload)
    size = round(PIECE_S * rate_hz)
    for first in range(0, round(seconds * rate_hz), size):
        piece = samples(side, sensors=sensors, rate_hz=rate_hz, seconds=PIECE_S, first=first)
        sent = encoder.packets(piece, MTU)
        # Every notification leaves when its last sample is there: spread over the piece.
        for index, (channel, payload) in enumerate(sent):
            last = min(size - 1, (index + 1) * size // len(sent))
            yield Packet(side.value, channel, int(piece.arrival_ns[last]), payload)
