"""How a protocol goes over a network: datagrams on one channel, the same decoder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from insole.model.foot import Side
from insole.model.protocol import InsoleProtocol
from insole.model.stream import Write

CHANNEL: Final = "udp"


@dataclass(frozen=True, slots=True)
class Network:
    """What a source needs to know to speak a protocol in datagrams.

    Attributes:
        port: where the device listens, or where we do when it is only listened to.
        greeting: what is sent, made with our own port, until somebody answers; None: nothing is
            sent at all, whoever sends to our port is heard.
        enclose: a write as a datagram.
        local_port: of ours, where the device expects one; 0: any.
        tick_s: the decoder is told the time so often, and writes then.
        silence_s: nothing for this long: it is gone.
        sides: each datagram carries these feet; empty: one, which it tells itself.
        told: settings that are for the decoder, not for the device.
        fault: what is wrong with a value (setting, value); empty: nothing.
    """

    port: int
    greeting: Callable[[int], bytes] | None
    enclose: Callable[[Write], Write]
    local_port: int = 0
    tick_s: float = 1.0
    silence_s: float = 5.0
    sides: tuple[Side, ...] = ()
    told: tuple[str, ...] = ()
    fault: Callable[[str, str], str] = lambda _setting, _value: ""


class NetworkProtocol(InsoleProtocol, Protocol):
    """A protocol that goes over a network too."""

    network: Network
