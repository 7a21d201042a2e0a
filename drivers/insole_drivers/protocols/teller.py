"""What decoders share: they tell of one device, and refuse what breaks its protocol."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec

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
from insole_drivers.protocols import ble_sig

P = ParamSpec("P")


class Refused(Exception):
    """Bytes that break a protocol: they become a notice.

    Args:
        kind: of the notice.
        text: what is wrong with them.
        offset: of the first wrong byte.
    """

    def __init__(self, kind: NoticeKind, text: str, offset: int = 0) -> None:
        super().__init__(text)
        self.kind: NoticeKind = kind
        self.offset = offset


class Teller:
    """A decoder, but for what its protocol is: one event in, what that says out.

    Args:
        device: its key.
    """

    def __init__(self, device: str) -> None:
        self._device = device
        self._texts: dict[str, str] = {}  # of the device information, by kind of `Info`
        self._now_ns = 0  # arrival of the event under way
        self._out: list[Decoded] = []  # what it says so far

    def feed(self, event: Connected | Packet | Disconnected | Tick) -> list[Decoded]:
        """Take one event; answer with everything that it says, in order."""
        self._now_ns = event.arrival_ns
        self._out = []
        if isinstance(event, Packet):
            self._guarded(self._packet, event.channel, event.payload)
        elif isinstance(event, Tick):
            self._tick()
        else:
            self._guarded(self._new_link, event)
        return self._out

    def _packet(self, channel: str, data: bytes) -> None:
        """One notification, or one answer to a read."""
        self._standard(channel, data)

    def _tick(self) -> None:
        """Time passed."""

    def _new_link(self, event: Connected | Disconnected) -> None:
        """A link begins or ends."""

    def _standard(self, channel: str, data: bytes) -> None:
        """What every Bluetooth device may tell.

        Raises:
            Refused: the channel is none of these.
        """
        facts = ble_sig.facts(self._device, channel, data, now_ns=self._now_ns)
        if facts is None:
            raise Refused("unknown_type", f"nothing is known of channel {channel[:36]}")
        self._out += facts
        for fact in facts:
            if isinstance(fact, Info):
                self._texts[fact.kind] = str(fact.value)

    def _guarded(self, work: Callable[P, None], *args: P.args, **more: P.kwargs) -> None:
        """One piece: what breaks the protocol in it becomes a notice, and harms no other piece."""
        try:
            work(*args, **more)
        except Refused as refused:
            self._notice(refused.kind, str(refused), offset=refused.offset)

    def _info(self, kind: str, value: str | float) -> None:
        self._out.append(Info(self._device, self._now_ns, kind, value))

    def _notice(self, kind: NoticeKind, text: str, *, offset: int = 0) -> None:
        self._out.append(Notice(self._device, self._now_ns, kind, text, offset))
