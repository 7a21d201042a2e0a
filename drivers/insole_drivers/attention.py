"""How closely a link listens: what it decodes itself, and when it heard each foot last.

The engine decodes every packet again, so a link decodes what it must: everything while something is
asked for, always channels without samples, and otherwise as much of a second as shows that every
foot is there. That is enough to notice a device that restarted, and cheap at any rate.
"""

from __future__ import annotations

from typing import Final

from insole.model.foot import Side, foot_of
from insole.model.stream import Packet, Samples

PEEK_S: Final = 1.0  # a settled link looks at the stream once in this time
PEEK_NS: Final = round(PEEK_S * 1e9)


class Attention:
    """What a link listens to.

    Args:
        feet: that one connection carries; none: it is one foot's.
        is_whole: everything is decoded, since the decoder asks by what it hears.
    """

    def __init__(self, feet: tuple[Side, ...], *, is_whole: bool) -> None:
        self._feet = feet
        self._is_whole = is_whole
        self._is_settled = False
        self._looked_ns = 0
        self._unheard: set[Side] = set()  # in the present look
        self._sampled: set[str] = set()
        self._heard_ns: dict[Side, int] = {}
        self._newest_ns = self._flow_ns = 0  # of data, and of data without a pause

    def begin(self) -> None:
        """A new connection."""
        self._is_settled = False
        self._unheard = set(self._feet)
        self._heard_ns.clear()

    def closely(self) -> None:
        """Something was asked for: listen to all of it."""
        self._is_settled = False

    def settle(self) -> None:
        """The device has said what it is."""
        self._is_settled = True

    def wants(self, packet: Packet) -> bool:
        """Is this packet to be decoded?"""
        is_new = packet.arrival_ns - self._looked_ns >= PEEK_NS
        if is_new:
            self._unheard = set(self._feet)
        is_beside = packet.channel not in self._sampled
        if not (is_new or is_beside or self._is_whole or self._unheard or not self._is_settled):
            return False
        if is_new or not self._feet:
            self._looked_ns = packet.arrival_ns
        return True

    def heard(self, samples: Samples, channel: str, arrival_ns: int) -> None:
        """A packet of this channel held these samples."""
        self._sampled.add(channel)
        side = foot_of(samples.device)
        if side is not None and side in self._feet:
            self._unheard.discard(side)
            self._heard_ns[side] = arrival_ns

    def came(self, arrival_ns: int) -> list[Side]:
        """A packet with data came; the feet that it is known to have been of."""
        if arrival_ns - self._newest_ns > PEEK_NS:
            self._flow_ns = arrival_ns
        self._newest_ns = arrival_ns
        return [side for side, heard_ns in self._heard_ns.items() if heard_ns == arrival_ns]

    def silent(self, now_ns: int, limit_s: float) -> dict[Side, float]:
        """Feet of which nothing came for longer than this, s, while the other one did."""
        if now_ns - self._newest_ns > PEEK_NS:
            return {}
        since = {side: max(self._heard_ns.get(side, 0), self._flow_ns) for side in self._feet}
        silent_s = {side: (now_ns - at_ns) * 1e-9 for side, at_ns in since.items()}
        return {side: seconds for side, seconds in silent_s.items() if seconds > limit_s}
