"""Standard services: battery, device information, running speed and cadence."""

from __future__ import annotations

import json
import math
import threading
from contextlib import asynccontextmanager
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insole.errors import DamagedFile
from insole.intake import Intake
from insole.model.protocol import Advert, Companion
from insole.model.stream import Info, Notice, Packet, Readings, Samples
from insole.parameters import Parameters
from insole_drivers.protocols import ble_sig
from insole_drivers.protocols.ble_sig_vectors import VECTORS
from insole_drivers.protocols.foot_pod import CHANNELS, PROTOCOL
from insole_drivers.radio import Radio, RadioSource
from insole_drivers.virtual.pair import plans_of, virtual_pair
from insole_drivers.virtual.spec import parse
from tests.drivers import protocol_bench as bench


def test_every_vector_agrees(capsys):
    count, differences = bench.differences("ble_sig", bench.vectors("ble_sig"), capsys)
    assert differences == []
    assert count == 7


def test_a_changed_expectation_is_noticed(capsys, tmp_path):
    vectors = json.loads(bench.vectors("ble_sig").read_text())
    vectors[0]["expected"]["per_packet"][0]["cadence_per_min"] += 1
    path = tmp_path / "bent.json"
    path.write_text(json.dumps(vectors))
    assert len(bench.differences("ble_sig", path, capsys)[1]) == 1


@pytest.mark.parametrize(
    "vector",
    [
        {},
        {"packets_hex": [{}]},
        {"packets_hex": [{"hex": "zz", "characteristic": "2a19"}]},
        {"packets_hex": [{"hex": "00", "characteristic": "ffff"}]},
    ],
)
def test_what_is_no_vector_is_refused(vector):
    with pytest.raises(DamagedFile):
        VECTORS.answer(vector)


@pytest.mark.parametrize(
    ("data", "percent"), [("00", 0), ("64", 100), ("65", None), ("", None), ("3200", None)]
)
def test_a_battery_level_is_one_byte_up_to_100(data, percent):
    assert ble_sig.battery(bytes.fromhex(data)) == percent


def test_a_measurement_by_hand():
    # flags 7: stride, distance, running; 0x0280 / 256 = 2.5 m/s; 180; 1.5 m; 1000.1 m
    data = bytes.fromhex("078002b4960011270000")
    told = ble_sig.Running(2.5, 180, True, 1.5, 1000.1)
    assert ble_sig.running(data) == told
    assert ble_sig.running(data + b"more") == told
    assert ble_sig.running_bytes(told) == data


measured = st.builds(
    ble_sig.Running,
    st.integers(0, 0xFFFF).map(lambda x: x / 256),
    st.integers(0, 255),
    st.booleans(),
    st.none() | st.integers(0, 0xFFFF).map(lambda x: x / 100),
    st.none() | st.integers(0, 2**32 - 1).map(lambda x: x / 10),
)


@given(measured)
def test_a_measurement_comes_back_from_its_bytes(told):
    assert ble_sig.running(ble_sig.running_bytes(told)) == told


@given(measured, st.integers(0, 9))
def test_a_cut_measurement_is_refused_or_whole(told, size):
    data = ble_sig.running_bytes(told)
    assert ble_sig.running(data[:size]) in (None, told)
    assert (ble_sig.running(data[:size]) is None) == (size < len(data))


@given(st.binary(max_size=40), st.sampled_from([*ble_sig.STRINGS, *"abc", ble_sig.PNP]))
def test_any_bytes_become_harmless_words(data, channel):
    for each in ble_sig.facts("x", channel, data, now_ns=0) or ():
        shown = each.value if isinstance(each, Info) else each.text
        assert str(shown).isprintable()
        assert len(str(shown)) <= 100


# --- a foot pod ---


def heard(channel, data, at_ms=5):
    return PROTOCOL.decoder("pod").feed(Packet("pod", channel, at_ms * bench.MS, data))


def test_a_pod_is_found_by_its_service_and_is_never_a_foot():
    match = PROTOCOL.match(Advert("C0", "Stride", (ble_sig.RUNNING_SERVICE,)))
    assert match is not None
    assert match.side is None
    assert PROTOCOL.match(Advert("C0", "Stride", (ble_sig.BATTERY_SERVICE,))) is None
    assert isinstance(PROTOCOL, Companion)


def test_a_measurement_is_a_reading_at_its_arrival_and_what_is_not_told_is_no_number():
    (said,) = heard(ble_sig.MEASUREMENT, bytes.fromhex("048002b4"))
    assert isinstance(said, Readings)
    assert (said.kind, said.channels) == ("running", CHANNELS)
    assert said.tick_us.tolist() == [5000]
    np.testing.assert_array_equal(said.values, [[2.5, 180.0, 1.0, math.nan, math.nan]])


def test_what_a_pod_says_of_itself_is_told():
    assert [each.value for each in heard(ble_sig.FEATURE, b"\x05\x00")] == [
        "stride_length, walking_or_running"
    ]
    assert [each.value for each in heard(ble_sig.LOCATION, b"\x01")] == ["top of shoe"]
    assert [each.value for each in heard(ble_sig.BATTERY, b"\x32")] == [50]
    for channel in (ble_sig.MEASUREMENT, ble_sig.FEATURE, ble_sig.LOCATION, "elsewhere"):
        assert isinstance(heard(channel, b"")[0], Notice)


def test_what_a_virtual_pod_sends_is_what_it_feels():
    told = PROTOCOL.told(bench.wish())
    assert told.rate_hz == 1.0
    talk = bench.Talk(PROTOCOL, replace(told, saturated=None), mtu=23)
    talk.connect()
    few = bench.rows(replace(told, saturated=255), 5)
    talk.stream(few)
    back = np.concatenate([each.values for each in talk.of(Readings)])
    np.testing.assert_array_equal(back[:, 0], few.values[:, 0] / 256)
    np.testing.assert_array_equal(back[:, 1], few.values[:, 1])
    assert talk.of(Samples) == []


def test_20000_damaged_packets_end_in_values_or_words():
    sent = [
        (ble_sig.MEASUREMENT, bytes.fromhex("078002b4960011270000")),
        (ble_sig.FEATURE, b"\x05\x00"),
        (ble_sig.BATTERY, b"\x32"),
        (ble_sig.PNP, bytes.fromhex("01590002001001")),
    ]
    assert list(bench.barrage(PROTOCOL.decoder("pod"), sent, count=20_000)) == []


class Steady:
    """A runner of 2.5 m/s and 180 steps a minute, as the virtual pod's two codes."""

    def raw(self, time_s):
        return np.tile(np.array([[640, 180]], np.uint16), (len(time_s), 1))


@pytest.mark.timeout(60)
def test_a_foot_pod_streams_beside_a_pair_over_gatt():
    plans = plans_of(parse("run?pod=1"))
    plan, faults = plans[2]
    told = PROTOCOL.told(replace(plan.capability, serial="pod-7"))
    clock = replace(plan.clock, rate_hz=told.rate_hz)
    plans[2] = (
        replace(plan, protocol=PROTOCOL, capability=told, signal=Steady(), clock=clock),
        faults,
    )

    @asynccontextmanager
    async def air():
        async with virtual_pair(plans) as pair:
            yield Radio({"backend": pair.central.scanner}, {"backend": pair.central.client})

    measured = threading.Event()
    events = []

    def sink(event):
        events.append(event)
        if isinstance(event, Packet) and event.channel == ble_sig.MEASUREMENT:
            measured.set()

    source = RadioSource(air, protocols=tuple(each.protocol for each, _ in plans[1:]), pod="any")
    source.start(sink)
    try:
        assert measured.wait(40)
    finally:
        source.stop()
    assert source.error is None
    readings = []
    intake = Intake(Parameters(), listener=readings.append)
    for event in events:
        intake.feed(event)
    ours = [each for each in readings if each.kind == "running"]
    assert ours[0].values[0, :3].tolist() == [2.5, 180.0, 1.0]
    facts = intake.devices[ours[0].device].info
    assert facts["features"] == "walking_or_running"
    assert facts["location"] == "top of shoe"
    assert intake.devices[ours[0].device].capability is None
