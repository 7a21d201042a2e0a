"""BrainCo streams for tests: a checksum of our own, an encoder, and a decoder that knows it."""

from __future__ import annotations

import numpy as np

from insole import layouts
from insole.model.foot import Side
from insole.model.stream import Capability, Connected, Packet, Samples
from insole_drivers.protocols import brainco_wire as wire
from insole_drivers.protocols.brainco import PROTOCOL
from insole_drivers.protocols.brainco_decoder import TOP_CODE

MS = 1_000_000


def slow_crc(data: bytes) -> int:
    """CRC-16/MODBUS bit by bit, after its definition."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ (0xA001 * (value & 1))
    return value


def framed(payload: bytes) -> bytes:
    head = b"BRNC\x02\x21" + len(payload).to_bytes(2, "little") + b"\x02\x01\x00"
    return head + payload + slow_crc(head + payload).to_bytes(2, "little")


def wish(side=Side.LEFT, rate_hz=100.0):
    return PROTOCOL.told(
        Capability(
            device="A",
            protocol="brainco",
            serial="SN-7",
            firmware="1.2",
            side=side,
            layout=layouts.load("generic16"),
            quantity="kPa",
            scale=1.0,
            offset=0.0,
            saturated=None,
            rate_hz=rate_hz,
        )
    )


def samples(first, values, *, tick_us=None, rate_hz=100.0):
    numbers = first + np.arange(len(values), dtype=np.int64)
    ticks = np.rint(numbers * 1e6 / rate_hz).astype(np.int64) if tick_us is None else tick_us
    return Samples(
        device="A",
        sequence=numbers,
        tick_us=np.asarray(ticks, np.int64),
        arrival_ns=np.zeros(len(values), np.int64),
        values=values,
        flags=np.zeros(len(values), np.uint32),
    )


def some(count, seed=0):
    return np.random.default_rng(seed).integers(0, TOP_CODE + 1, (count, 48)).astype(np.uint16)


def fed(decoder, payloads, *, arrival_ns=MS):
    out = []
    for payload in payloads:
        out += decoder.feed(Packet("A", wire.RX, arrival_ns, payload))
    return out


def bare(notifications):
    return [payload for _, payload in notifications]


def connected(decoder, *, arrival_ns=0):
    return decoder.feed(Connected("A", arrival_ns, "brainco", "AA", "BrainCo", 247))


def started(*, mtu=247, side=Side.LEFT):
    """A decoder that has heard what a client asks first."""
    decoder, encoder = PROTOCOL.decoder("A"), PROTOCOL.encoder(wish(side))
    connected(decoder)
    said = []
    for write in PROTOCOL.start():
        said += fed(decoder, bare(encoder.answer(write, mtu)))
    return decoder, encoder, said


def rows(out):
    return [
        (each.segment, number, tick, row.tobytes())
        for each in out
        if isinstance(each, Samples)
        for number, tick, row in zip(
            each.sequence.tolist(), each.tick_us.tolist(), each.values, strict=True
        )
    ]


def sent_rows(sent, segment=0):
    return [
        (segment, number, tick, row.tobytes())
        for number, tick, row in zip(
            sent.sequence.tolist(), sent.tick_us.tolist(), sent.values, strict=True
        )
    ]
