"""Datagrams as Moticon's desktop program sends them, for tests over a network."""

from __future__ import annotations

from insole.model.foot import Side
from insole.model.stream import Capability, Samples, Write
from insole_drivers.protocols import moticon_wire as wire
from insole_drivers.protocols.networked import CHANNEL

Notification = tuple[str, bytes]


class MoticonEncoder:
    """One foot's numbers at every instant; the other foot's are `nan`."""

    def __init__(self, capability: Capability) -> None:
        self._side = capability.side or Side.LEFT
        self.is_streaming = True

    def hung_up(self) -> None:
        """Nobody is connected to it."""

    def restart(self) -> None:
        """Its time follows from the samples."""

    def packets(self, samples: Samples, mtu: int) -> list[Notification]:  # noqa: ARG002  UDP
        """One datagram per sample, all columns."""
        columns = wire.columns_of(wire.ALL)
        first, end = columns.feet[self._side]["pressure"]
        force, _ = columns.feet[self._side]["force"]
        sent: list[Notification] = []
        for tick_us, codes in zip(samples.tick_us.tolist(), samples.values, strict=True):
            words = ["nan"] * columns.count
            words[columns.time] = f"{tick_us / 1e6:.6f}"
            words[first:end] = [f"{code * wire.CODE:.2f}" for code in codes.tolist()]
            words[force] = "0"
            sent.append((CHANNEL, " ".join(words).encode()))
        return sent

    def answer(self, write: Write, mtu: int) -> list[Notification]:  # noqa: ARG002  deaf
        """Nothing: it does not listen."""
        return []

    def read(self, channel: str) -> bytes:  # noqa: ARG002  nothing to read
        """Nothing."""
        return b""
