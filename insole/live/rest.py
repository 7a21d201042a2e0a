"""What a recording that was stopped still waits for: samples that a device keeps and was asked for.

The link streams on and goes on asking, so what is missing comes by itself; among it comes what was
taken after the stop. A copy of the decoder tells both apart, and the recording is given only what
fills its holes: its journal alone then leads to the same numbers again.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Final

from insole.intake import Device
from insole.model.protocol import Decoder
from insole.model.stream import (
    Capability,
    Connected,
    Disconnected,
    Event,
    LinkState,
    Packet,
    Samples,
)
from insole.trial import RunningTrial

REST_S: Final = 2.0  # as long as a goodbye waits for the same


@dataclass(frozen=True, slots=True)
class _Owing:
    """A device that keeps what is missing.

    Attributes:
        decoder: a copy, which hears everything.
        segment, below: what is missing is of this segment and has lower numbers.
    """

    decoder: Decoder
    segment: int
    below: int


class Rest:
    """Events that a stopped recording still needs.

    Args:
        trial: it, as it was stopped.
        now_ns: newest arrival by then.

    Attributes:
        events: those that came, after a word for each device that keeps something.
    """

    def __init__(self, trial: RunningTrial, *, now_ns: int) -> None:
        self.events: list[Event] = []
        self._owing: dict[str, _Owing] = {}
        for key, device in trial.intake.devices.items():
            owed = device.sequencer.owed
            if owed is not None and device.decoder is not None:
                self._owing[key] = _Owing(deepcopy(device.decoder), *owed)
                self.events.append(_word(device, now_ns))

    @property
    def is_complete(self) -> bool:
        """Nothing is missing, or nothing of that will come."""
        return not self._owing

    def take(self, items: Sequence[Event | Capability | Samples]) -> None:
        """Keep of what arrived what is needed."""
        for item in items if self._owing else ():
            if isinstance(item, (Connected, Disconnected)):
                self._owing.pop(item.device, None)
            elif isinstance(item, Packet) and item.device in self._owing:
                self._hear(item, self._owing[item.device])

    def _hear(self, packet: Packet, owing: _Owing) -> None:
        blocks = [said for said in owing.decoder.feed(packet) if isinstance(said, Samples)]
        kept = [
            block
            for block in blocks
            if block.segment == owing.segment and int(block.sequence[0]) < owing.below
        ]
        if kept or not blocks:
            self.events.append(packet)
        if any(block.awaits is None or block.awaits >= owing.below for block in blocks):
            del self._owing[packet.device]


def _word(device: Device, now_ns: int) -> LinkState:
    side = device.link.side if device.link is not None else device.side
    label = side.title() if side is not None else device.key
    text = f"{label}: fetching what it still keeps."
    return LinkState(device.key, now_ns, "closing", text, side=side)
