"""ORPHE CORE: the maker's vectors, a pod beside a pair, and that it is never a foot."""

from __future__ import annotations

import json
import re
import struct
from argparse import ArgumentParser
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import insole
from insole import plugins
from insole.api import source_spec
from insole.commands.options import add_source
from insole.errors import DamagedFile, NoInsoleFound, RequestError
from insole.intake import Intake
from insole.model.foot import Side
from insole.model.protocol import Advert, Companion
from insole.model.stream import (
    Connected,
    Disconnected,
    Info,
    LinkState,
    Notice,
    Packet,
    Readings,
    Write,
)
from insole.parameters import Parameters
from insole_drivers import commands_decode
from insole_drivers.protocols import orphe_wire as wire
from insole_drivers.protocols.orphe_core import PROTOCOL, quaternion_scale, write_back
from insole_drivers.protocols.orphe_core_vectors import VECTORS
from insole_drivers.radio import Radio, RadioSource, ble_source, virtual_radio
from insole_drivers.virtual.nodding import Nodding
from insole_drivers.virtual.pair import plans_of, virtual_pair
from insole_drivers.virtual.spec import parse
from tests.drivers import protocol_bench as bench
from tests.drivers.radio_bench import QUICK, Heard

VECTOR_FILE = Path(__file__).parents[3] / "shared/protocols/vectors/orphe_core.json"
MS = 1_000_000


def vectors() -> list[dict]:
    return json.loads(VECTOR_FILE.read_text()) if VECTOR_FILE.exists() else []


def said(*payloads: bytes, channel: str = wire.VALUES, state: bytes = b"") -> list:
    decoder = PROTOCOL.decoder("p")
    if state:
        decoder.feed(Packet("p", wire.STATE, 0, state))
    return [
        each
        for number, data in enumerate(payloads)
        for each in decoder.feed(Packet("p", channel, number * 20 * MS, data))
    ]


def quick(serial: int, *, quat: int = 32767, size: int = 92) -> bytes:
    """Four equal samples, written by the table of the sheet."""
    sample = struct.pack(">10hB", quat, 0, 0, 0, 100, 0, 0, 0, 0, 2048, 5)
    head = (
        bytes([50])
        + serial.to_bytes(2, "big")
        + bytes([0, 0, 1])
        + (20 * serial).to_bytes(2, "big")
    )
    return (head + 4 * sample).ljust(size, b"\0")


@pytest.mark.skipif(not VECTOR_FILE.exists(), reason="the makers' vectors are not beside the tree")
@pytest.mark.parametrize("vector", vectors(), ids=lambda each: each["name"])
def test_our_decoder_says_what_the_makers_says(vector):
    assert not list(
        commands_decode.differing(VECTORS.answer(vector), vector["expected"], "expected")
    )
    VECTORS.items(vector)


@pytest.mark.parametrize("vector", [{}, {"config": {}}, {"config": {"kind": "core"}}])
def test_what_is_no_vector_is_refused_in_words(vector):
    with pytest.raises(DamagedFile):
        VECTORS.answer(vector)


@pytest.mark.parametrize("size", [92, 104])
def test_fast_packets_of_both_firmwares_are_read(size):
    told = {each.kind: each for each in said(quick(3, size=size)) if isinstance(each, Readings)}
    assert (told["acceleration"].values * told["acceleration"].scale).tolist() == [[0, 0, 1]] * 4
    assert told["gyroscope"].values[0, 0] * told["gyroscope"].scale == 100 / 32768 * 2000
    assert told["acceleration"].tick_us.tolist() == [1_060_000 + k * 5000 for k in range(4)]


def test_slow_packets_are_read_and_timed_by_their_arrival():
    data = bytes.fromhex("28 7fff 0000 0000 0000 7f8180 0000 0100ff 000000")
    told = {each.kind: each for each in said(data, data) if isinstance(each, Readings)}
    gyro = told["gyroscope"]
    assert (gyro.values * gyro.scale).tolist() == [[2000.0, -2000.0, -128 / 127 * 2000]]
    assert gyro.tick_us.tolist() == [20_000]


@pytest.mark.parametrize(("code", "scale"), [(32767, 1 / 32768), (16384, 1 / 16384)])
def test_the_scale_of_the_quaternion_follows_from_its_length(code, scale):
    told = [each for each in said(quick(1, quat=code)) if isinstance(each, Readings)]
    assert next(each for each in told if each.kind == "quaternion").scale == scale
    assert quaternion_scale(np.array([[1, 2, 3, 4]])) is None


def test_ranges_are_those_that_the_pod_told():
    state = bytes([2, 1, 0, 0, 0, 0, 0, 0, 1, 0])
    told = {e.kind: e for e in said(quick(1), state=state) if isinstance(e, Readings)}
    assert told["acceleration"].scale == 4 / 32768
    assert told["gyroscope"].scale == 250 / 32768


def test_a_record_written_back_changes_nothing():
    """01, mount, light, 0, recording by itself, two bytes of the interval, two ranges."""
    write = write_back(bytes([2, 1, 9, 7, 200, 5, 3, 10, 2, 1]))
    assert write is not None
    assert list(write.payload) == [1, 1, 200, 0, 7, 3, 10, 2, 1]


def test_it_is_never_a_foot():
    assert isinstance(PROTOCOL, Companion)
    match = PROTOCOL.match(Advert("A", "CR-3", (wire.INFORMATION_SERVICE,)))
    assert match is not None
    assert match.side is None
    assert PROTOCOL.match(Advert("A", "INS-1", (wire.INFORMATION_SERVICE,))) is None
    assert PROTOCOL.match(Advert("A", "CR-V", ())) is None  # a car
    intake = Intake(Parameters(), lookup=lambda _: PROTOCOL)
    state = bytes([2, 1, 0, 0, 0, 0, 0, 0, 3, 3])  # on the right foot, it says
    events = [
        Connected("p", 0, "orphe_core", "A", "CR-3", 247),
        Packet("p", wire.STATE, 0, state),
        *(Packet("p", wire.VALUES, k * 20 * MS, quick(k)) for k in range(1, 40)),
    ]
    assert [out for event in events for out in intake.feed(event)] == []


@given(st.binary(max_size=120), st.sampled_from([wire.VALUES, wire.GAIT, wire.STATE]))
def test_any_bytes_are_answered_in_values(data, channel):
    for each in said(data, channel=channel):
        assert isinstance(each, Info | Notice | Readings | Write)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("count", [20_000, pytest.param(1_000_000, marks=pytest.mark.soak)])
def test_hurt_packets_neither_crash_nor_become_samples(count):
    packets = [(wire.VALUES, quick(k)) for k in range(1, 50)]
    packets += [(wire.VALUES, bytes.fromhex("287fff0000000000007f818000000100ff000000"))]
    packets += [(wire.STATE, bytes(10)), (wire.GAIT, bytes([51, 4]) + bytes(18))]
    assert list(bench.barrage(PROTOCOL.decoder("p"), packets, count=count)) == []


# --- beside a pair ---


@pytest.mark.usefixtures("home")
@pytest.mark.timeout(120)
def test_a_virtual_pod_streams_beside_a_pair_and_is_recorded(capsys):
    words = ("--headless", "--record", "a.h5", "--json")
    live = bench.answer(capsys, "demo", "run?seconds=6&pod=1", *words)
    batch = bench.answer(capsys, "analyze", "a.h5", "--json")
    assert live["provenance"]["result_sha256"] == batch["provenance"]["result_sha256"]
    assert set(live["sides"]) == {"left", "right"}
    with insole.open("a.h5") as trial:
        told = {each.kind: each for each in trial.readings}
        events = list(trial._recording.events())
    assert set(told) == {"acceleration", "gyroscope", "quaternion"}
    assert {each.side for each in told.values()} == {None}
    length = np.linalg.norm(told["quaternion"].values, axis=1)
    assert np.allclose(length, 1.0, atol=1e-4)
    assert len(length) > 300
    angle = np.arctan2(*told["acceleration"].values[:, 1:].T)  # of gravity, about x
    turn_dps = np.degrees(np.gradient(angle, told["acceleration"].time_s))
    assert np.corrcoef(turn_dps, told["gyroscope"].values[:, 0])[0, 1] > 0.98
    pod = {each.device for each in events if isinstance(each, LinkState)} - {"", "pod"}
    assert {each for each in pod if each.endswith("-pod")}
    assert len(pod) == 3


def test_the_formula_of_the_virtual_pod_holds_together():
    raw = Nodding().raw(np.linspace(0.0, 4.0, 400)).astype(float)
    up = raw[:, 7:] * 16 / 32768
    assert np.allclose(np.linalg.norm(up, axis=1), 1.0, atol=1e-3)
    half = np.arctan2(raw[:, 1], raw[:, 0])
    assert np.allclose(2 * half, np.arctan2(up[:, 1], up[:, 2]), atol=1e-3)


def test_a_spec_asks_for_a_pod_and_a_source_for_an_address():
    assert source_spec(None, None, "run?speed=3", pod="any") == "virtual:run?speed=3&pod=1"
    assert source_spec(None, None, True, pod="any") == "virtual:recording?pod=1"
    assert source_spec(None, None, False, pod="any") == "ble:?pod=any"
    assert ble_source("?pod=any")._pod == "any"
    assert parse("run?pod=1").pod
    assert not parse("run").pod
    assert ble_source("pod=C0:00:00:00:00:03")._pod == "C0:00:00:00:00:03"
    with_left = ble_source("left=C0:00:00:00:00:01&pod=any")
    assert (with_left._pod, with_left._wanted) == ("any", {Side.LEFT: "C0:00:00:00:00:01"})


@pytest.mark.parametrize("name", ["orphe_core", "foot_pod"])
def test_a_pair_of_pods_is_refused_in_words_and_both_ways_to_a_pod_are_named(name):
    with pytest.raises(RequestError, match="streams beside a pair") as refused:
        virtual_radio(f"run?protocol={name}")
    fix = refused.value.fix
    (real,) = re.findall("`insole (record .*?)`", fix)
    (virtual,) = re.findall("`insole demo '(.*?)'`", fix)
    assert real.endswith("--pod any")
    options = ArgumentParser()
    add_source(options)
    assert options.parse_args(real.split()[-2:]).pod == "any"
    assert parse(virtual).pod


@pytest.mark.timeout(60)
def test_a_pod_alone_is_no_pair():
    radio, protocols = virtual_radio("run?pod=1&seconds=5")
    pods = tuple(each for each in protocols if isinstance(each, Companion))
    others = (plugins.protocol("orphe_insole"),)  # nobody of these is there
    source = RadioSource(radio, protocols=(*pods, *others), pod="any", timing=QUICK)
    heard: list[object] = []
    source.start(heard.append)
    assert source._finished.wait(30)
    source.stop()
    assert isinstance(source.error, NoInsoleFound)
    assert not [each for each in heard if isinstance(each, Connected)]


@pytest.mark.timeout(90)
def test_a_pod_that_goes_away_comes_back_and_the_pair_goes_on_meanwhile():
    plans = plans_of(parse("run?pod=1"))
    heard, box = Heard(), []

    @asynccontextmanager
    async def air():
        async with virtual_pair(plans) as pair:
            box.append(pair)
            yield Radio({"backend": pair.central.scanner}, {"backend": pair.central.client})

    protocols = tuple(each.protocol for each, _ in plans[1:])
    source = RadioSource(air, protocols=protocols, pod="any", timing=QUICK)
    source.start(heard)
    try:
        name = plans[2][0].capability.serial
        left = plans[0][0].capability.serial
        heard.wait(lambda: "streaming" in heard.phases(name))
        pod = box[0].insoles[2]
        source._loop.call_soon_threadsafe(pod.lose)
        heard.wait(lambda: bool(heard.of(Disconnected, name)))
        count = len(heard.of(Packet, left))
        heard.wait(lambda: len(heard.of(Packet, left)) > count + 20)
        source._loop.call_soon_threadsafe(pod.restore)
        heard.wait(lambda: heard.phases(name).count("streaming") == 2)
    finally:
        source.stop()
    assert source.error is None
    assert len(heard.of(Connected, left)) == 1
    assert heard.phases(name)[-1] == "closed"
