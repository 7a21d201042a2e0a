"""The item about foreign bytes: nothing raised, nothing kept, no wrong sample without a flag."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from typing import Any, Final

import numpy as np

from insole.model.protocol import Decoder
from insole.model.stream import (
    Capability,
    Connected,
    Decoded,
    Disconnected,
    Info,
    Notice,
    Packet,
    Readings,
    Samples,
    Tick,
    Write,
)
from insole_drivers.conformance.grade import Grade, Unmet, demand
from insole_drivers.conformance.stage import SERIAL
from insole_drivers.conformance.subject import Subject

MUTATED: Final = 3_000
MUTATED_SHARE: Final = 1 / 3  # of the packets
FLOOD: Final = 3_000
LONGEST: Final = 244
GROWTH_BYTES: Final = 120_000  # that a decoder may keep of foreign bytes
SAID = (Samples, Capability, Info, Notice, Write, Readings)


def malformed(subject: Subject) -> Grade:
    """Mutated and foreign packets: no exception, no growth, no wrong sample without a flag."""
    wrong = _mutated(subject)
    grown = _flooded(subject)
    demand(grown <= GROWTH_BYTES, f"its memory grows by {grown // 1024} kB of foreign packets")
    flips = subject.flips
    if not flips.has_checksum:
        share = flips.unseen / max(1, flips.flipped)
        return Grade(
            "malformed",
            "note",
            f"{MUTATED} mutated and {FLOOD} foreign packets: nothing raised or kept; without a "
            f"checksum {share:.0%} of single flipped bits change a value unseen",
        )
    demand(not flips.believed, f"{flips.believed} of {flips.flipped} flipped bits gave a wrong "
           "sample without a flag")  # fmt: skip
    demand(not wrong, f"{wrong} samples out of mutated packets were never sent, unflagged")
    return Grade(
        "malformed",
        "pass",
        f"{MUTATED} mutated and {FLOOD} foreign packets: no wrong sample, nothing raised or kept",
    )


def _mutated(subject: Subject) -> int:
    """Wrong samples out of the clean stream with a third of its packets mutated, played again."""
    random = np.random.default_rng(17)
    decoder = subject.protocol.decoder(SERIAL)
    data = set(subject.data_packets())
    payloads = [e.payload for e in subject.clean.events if isinstance(e, Packet)]
    wrong = done = 0
    while done < MUTATED:
        said: list[Decoded] = []
        for number, each in enumerate(subject.clean.events):
            if not isinstance(each, Connected | Packet | Disconnected):
                continue
            event = each
            if isinstance(each, Packet) and number in data and random.random() < MUTATED_SHARE:
                event = replace(each, payload=_bent(random, each.payload, payloads))
                done += 1
            said += _fed(decoder, event)
        wrong += subject.never_sent(said)
    return wrong


def _bent(random: np.random.Generator, payload: bytes, payloads: list[bytes]) -> bytes:
    kind = int(random.integers(6))
    if kind == 0:
        return payload[: int(random.integers(len(payload) + 1))]
    if kind == 1:
        return payload + random.bytes(int(random.integers(1, 40)))
    if kind == 2:
        return random.bytes(int(random.integers(LONGEST)))
    if kind == 3:
        other = payloads[int(random.integers(len(payloads)))]
        return payload[: len(payload) // 2] + other[len(other) // 2 :]
    if kind == 4:
        return payload[int(random.integers(len(payload) + 1)) :]
    bent = bytearray(payload)
    for _ in range(int(random.integers(1, 4))):
        if bent:
            bent[random.integers(len(bent))] ^= 1 << int(random.integers(8))
    return bytes(bent)


def _flooded(subject: Subject) -> int:
    """Bytes by which a decoder grows over the second half of a flood of foreign packets."""
    random = np.random.default_rng(23)
    gatt = subject.protocol.gatt
    channels = [*gatt.notify, *gatt.read, "", "nonsense"]
    decoder = subject.protocol.decoder(SERIAL)
    for event in subject.clean.events[:60]:
        if isinstance(event, Connected | Packet | Disconnected):
            decoder.feed(event)
    flood = [
        Packet(
            SERIAL,
            channels[int(random.integers(len(channels)))],
            number * 1_000_000,
            random.bytes(int(random.integers(LONGEST))),
        )
        for number in range(FLOOD)
    ]
    for event in flood[: FLOOD // 2]:
        _fed(decoder, event)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for event in flood[FLOOD // 2 :]:
            _fed(decoder, event)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return after - before


def _fed(decoder: Decoder, event: Connected | Packet | Disconnected | Tick) -> list[Decoded]:
    try:
        said = decoder.feed(event)
    except Exception as error:
        sized = f" of {len(event.payload)} bytes" if isinstance(event, Packet) else ""
        raise Unmet(f"{type(error).__name__} is raised by a packet{sized}: {error}") from error
    sane: list[Any] = list(said)
    demand(all(isinstance(each, SAID) for each in sane), "it says what no decoder may say")
    return said
