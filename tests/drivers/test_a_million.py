"""The protocols whose own tests hurt fewer packets: a million each (`pytest -m soak`)."""

from __future__ import annotations

import json

import pytest

from insole import plugins
from insole.model.stream import Connected, Packet
from insole_drivers.protocols import ble_sig, channels
from tests.drivers import protocol_bench as bench

MEASURED = bytes.fromhex("0720034a0a0142")


def open_packets():
    protocol = plugins.protocol("open")
    told = protocol.told(bench.wish())
    talk = bench.Talk(protocol, told)
    document = talk.encoder._document(247)
    return [*document, *protocol.encoder(told).packets(bench.rows(told, 40), 247)]


def moticon_packets():
    protocol = plugins.protocol("moticon")
    line = " ".join(str(number) for number in range(51)).encode()
    return [(protocol.gatt.notify[0], line)]


def running_packets():
    facts = (ble_sig.MEASUREMENT, ble_sig.FEATURE, ble_sig.LOCATION, ble_sig.BATTERY, ble_sig.PNP)
    return [(channel, MEASURED) for channel in facts]


def channel_packets():
    told = json.dumps({"kind": "emg", "channels": ["a", "b"]}).encode()
    return [(channels.TOLD, told), (channels.CHANNEL, channels.row_bytes(5, [1.0, 2.0]))]


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("name", "packets"),
    [
        ("open", open_packets),
        ("moticon", moticon_packets),
        ("foot_pod", running_packets),
        ("channels", channel_packets),
    ],
)
def test_a_million_damaged_packets_neither_crash_nor_grow(name, packets):
    decoder = plugins.protocol(name).decoder(bench.DEVICE)
    decoder.feed(Connected(bench.DEVICE, 0, name, "C0", "", 247))
    whole = packets()
    for channel, payload in whole:
        decoder.feed(Packet(bench.DEVICE, channel, 1, payload))
    bench.no_growth(decoder, whole)
