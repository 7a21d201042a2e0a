"""What a fresh intake is given so that it knows the same devices."""

from __future__ import annotations

import numpy as np

from insole import layouts
from insole.intake import PREAMBLE_EVENTS, Intake
from insole.model.foot import Side
from insole.model.stream import Capability, Connected, Info, Notice, Packet, Samples
from insole.parameters import Parameters

SILENT, DATA, TOLD, FACT, BAD = b"-", b"d", b"c", b"i", b"!"


class Words:
    """A decoder whose packets say what their first byte names."""

    def feed(self, event):
        if not isinstance(event, Packet) or event.payload == SILENT:
            return []
        if event.payload == DATA:
            one = np.array([event.arrival_ns], np.int64)
            flags = np.zeros(1, np.uint32)
            return [Samples("a", one, one * 10_000, one, np.zeros((1, 8), np.uint16), flags)]
        if event.payload == FACT:
            return [Info("a", event.arrival_ns, "battery", 50)]
        if event.payload == BAD:
            return [Notice("a", event.arrival_ns, "bad_checksum", "bad")]
        return [Capability("a", "words", "", "", Side.LEFT, LAYOUT, "kPa", 1.0, 0.0, None, 100.0)]


class Protocol:
    name = "told"

    def decoder(self, _):
        return Words()


LAYOUT = layouts.load("generic8")


def fed(payloads):
    intake = Intake(Parameters(), lookup=lambda _: Protocol())
    intake.feed(Connected("a", 0, "words", "", "", 23))
    for number, payload in enumerate(payloads, 1):
        intake.feed(Packet("a", "", number, payload))
    return intake


def payloads(intake):
    connected, *packets = intake.preamble()
    assert isinstance(connected, Connected)
    return [packet.payload for packet in packets]


def test_pieces_of_samples_never_crowd_out_what_a_device_said_of_itself():
    """A sample over three notifications: two that say nothing yet and one with the data."""
    intake = fed([SILENT, TOLD, FACT, *[SILENT, SILENT, DATA] * 2000])
    assert payloads(intake) == [SILENT, TOLD, FACT]


def test_the_beginning_of_a_message_under_way_is_kept():
    intake = fed([TOLD, SILENT, DATA, SILENT, SILENT])
    assert payloads(intake) == [TOLD, SILENT, SILENT]


def test_facts_told_for_hours_never_crowd_out_the_capability():
    intake = fed([SILENT, TOLD, *[FACT, DATA] * 2000])
    kept = payloads(intake)
    assert kept[:2] == [SILENT, TOLD]
    assert set(kept[2:]) == {FACT}
    assert len(kept) < PREAMBLE_EVENTS


def test_a_device_that_never_says_anything_fills_no_memory():
    assert len(fed([SILENT] * 5000).preamble()) <= PREAMBLE_EVENTS
    assert len(fed([BAD] * 5000).preamble()) <= PREAMBLE_EVENTS
    assert len(fed([TOLD] * 5000).preamble()) <= PREAMBLE_EVENTS
