"""What a client writes to BrainCo insoles; a request tells the time, so it is made on writing."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from insole.model.stream import Write
from insole_drivers.protocols import brainco_messages as messages
from insole_drivers.protocols import brainco_wire as wire

DEVICE_INFO: Final = wire.number_field(10, 1)
BATTERY: Final = wire.number_field(12, 1)
CONFIG: Final = wire.number_field(13, 1)
STATUS: Final = wire.number_field(14, 1)
START: Final = wire.bytes_field(31, wire.number_field(1, messages.START))
STOP: Final = wire.bytes_field(31, wire.number_field(1, messages.STOP))
BOTH_FEET: Final = (wire.LEFT, wire.RIGHT)


def configured(
    rate_hz: int, *, pressure: str = "raw", imu: str = "calibrated", shear: bool = False
) -> bytes:
    """Body of the request that sets rate and what is streamed; modes as in `messages.MODES`."""
    motion = (
        wire.number_field(1, 1)
        + wire.number_field(2, 1)
        + wire.number_field(3, rate_hz)
        + wire.number_field(4, messages.MODES[imu])
    )
    cells = (
        wire.number_field(1, 1)
        + wire.number_field(2, rate_hz)
        + wire.number_field(3, messages.MODES[pressure])
    )
    sheared = wire.number_field(1, int(shear)) + wire.number_field(2, rate_hz)
    inside = (motion, cells, sheared)
    return wire.bytes_field(
        30, b"".join(wire.bytes_field(key, body) for key, body in enumerate(inside, 1))
    )


def frame(body: bytes, *, number: int, host_ms: int, destination: int) -> bytes:
    """One request on the wire.

    Args:
        body: what is asked for.
        number: of the message, repeated in its answer.
        host_ms: Unix time.
        destination: id of the insole, LEFT or RIGHT.
    """
    whole = wire.number_field(1, number) + wire.number_field(2, host_ms) + body
    return wire.sealed(whole, source=wire.HOST, destination=destination)


def writes(*bodies: bytes, to: tuple[int, ...] = BOTH_FEET) -> list[Write]:
    """Writes of these requests to each destination; a foot not known is asked under both ids."""
    return [
        _write(body, number, destination)
        for number, body in enumerate(bodies, 1)
        for destination in to
    ]


def _write(body: bytes, number: int, destination: int) -> Write:
    def payload_at(now: datetime) -> bytes:
        host_ms = int(now.timestamp() * 1000)
        return frame(body, number=number, host_ms=host_ms, destination=destination)

    epoch = frame(body, number=number, host_ms=0, destination=destination)
    return Write(wire.TX, epoch, payload_at=payload_at)
