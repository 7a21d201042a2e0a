"""Source `udp`: insoles on the loopback network give what they give over Bluetooth."""

from __future__ import annotations

import json
import socket
import threading

import numpy as np
import pytest

from insole import plugins
from insole.cli import main
from insole.errors import InsoleError, LinkLost, NoInsoleFound, RequestError, SettingsError
from insole.model.foot import Side
from insole.model.stream import (
    Capability,
    Connected,
    Disconnected,
    LinkState,
    Notice,
    Packet,
    Readings,
    Samples,
)
from insole_drivers.network import NetworkSource, asked, udp_source
from insole_drivers.protocols import brilliantsole_wire, moticon_wire
from insole_drivers.protocols.networked import CHANNEL
from tests.drivers import protocol_bench as bench
from tests.drivers.network_bench import Collected, MoticonProgram, NetworkInsole

MOTION = ["1.5", "-2", "3.25", "4", "5", "6", "0.1", "-0.2"]
SPOKEN = ("brilliantsole", "ukaton")


def insole(name: str, side: Side = Side.LEFT, **more) -> NetworkInsole:
    return NetworkInsole(plugins.protocol(name), side, **more)


def spec(*devices: NetworkInsole, more: str = "") -> str:
    hosts = ",".join(f"127.0.0.1:{each.port}" for each in devices)
    return f"{devices[0].name}={hosts}&local=0{more}"


def packets(events) -> int:
    return sum(isinstance(event, Packet) for event in events)


def decoded(events) -> list:
    """What the engine's decoders say of the journal."""
    decoders, said = {}, []
    for event in events:
        if isinstance(event, Connected):
            protocol = plugins.protocol(event.protocol)
            decoders.setdefault(event.device, protocol.decoder(event.device))
        if isinstance(event, Connected | Packet | Disconnected):
            said += decoders[event.device].feed(event)
    return said


# --- the specification ---


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("brilliantsole=10.0.0.7", ["10.0.0.7:3000"]),
        ("brilliantsole=10.0.0.7,10.0.0.8:3001", ["10.0.0.7:3000", "10.0.0.8:3001"]),
        ("ukaton=localhost&rate=50", ["127.0.0.1:9999"]),
        ("ukaton=[fe80::1]:99", ["[fe80::1]:99"]),
        ("ukaton=fe80::1", ["[fe80::1]:9999"]),
        ("moticon=", ["127.0.0.1:8888"]),
        ("moticon=:9000", ["127.0.0.1:9000"]),
        ("moticon=0.0.0.0:9000", ["0.0.0.0:9000"]),
    ],
)
def test_a_specification_names_addresses(text, addresses):
    assert [str(each.address) for each in asked(text)] == addresses


@pytest.mark.parametrize(
    "text",
    [
        "",
        "brilliantsole=",
        "brilliantsole=:3000",
        "brilliantsole=example.com",
        "brilliantsole=10.0.0.7:0",
        "brilliantsole=10.0.0.7:99999",
        "brilliantsole=10.0.0.7,10.0.0.7",
        "brilliantsole=10.0.0.7,10.0.0.8,10.0.0.9",
        "brilliantsole=10.0.0.7&rate=33",
        "brilliantsole=10.0.0.7&colour=red",
        "brilliantsole=10.0.0.7&local=x",
        "moticon=:8888,:8889",
        "moticon=:8888&columns=time,left.feather",
        "moticon=:8888&columns=left.pressure",
        "open=10.0.0.7",
        "nothing=10.0.0.7",
        "brilliantsole=\x1b[31m",
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(text):
    with pytest.raises(InsoleError) as caught:
        udp_source(text)
    assert str(caught.value).isprintable()


# --- insoles ---


@pytest.mark.parametrize("name", SPOKEN)
@pytest.mark.timeout(60)
def test_an_insole_streams_is_stopped_and_says_goodbye(name):
    heard = Collected()
    with insole(name, Side.RIGHT) as device:
        source = udp_source(spec(device))
        source.start(heard)
        assert heard.wait_for(lambda events: packets(events) > 60)
        source.stop()
        source.stop()
        assert source.finished
        assert source.error is None
        count = len(heard.events)
        waited = threading.Event()
        for _ in range(20):  # until the goodbye has come through the socket
            if not device.encoder.is_streaming:
                break
            waited.wait(0.1)
        assert not device.encoder.is_streaming
    assert len(heard.events) == count
    (connected,) = heard.of(Connected)
    assert connected.protocol == name
    assert {packet.channel for packet in heard.of(Packet)} == {CHANNEL}
    assert [event.reason for event in heard.of(Disconnected)] == ["closed by the program"]
    assert [state.phase for state in heard.of(LinkState)] == ["searching", "streaming", "closed"]
    said = decoded(heard.events)
    capability = next(item for item in said if isinstance(item, Capability))
    assert capability.side is Side.RIGHT
    assert capability.rate_hz == 100
    assert capability.layout.sensors == 16
    blocks = [item for item in said if isinstance(item, Samples)]
    first = int(blocks[0].sequence[0])
    numbers = np.concatenate([block.sequence for block in blocks]) - first
    wanted = device.signal.raw(numbers / 100.0)
    np.testing.assert_array_equal(np.concatenate([block.values for block in blocks]), wanted)


@pytest.mark.parametrize("name", SPOKEN)
@pytest.mark.timeout(60)
def test_a_lost_datagram_is_a_hole_in_the_numbers(name):
    heard = Collected()
    with insole(name, lose=10) as device:
        source = udp_source(spec(device))
        source.start(heard)
        assert heard.wait_for(lambda events: packets(events) > 120)
        source.stop()
    blocks = [item for item in decoded(heard.events) if isinstance(item, Samples)]
    steps = np.diff([int(block.sequence[0]) for block in blocks])
    assert set(steps.tolist()) == {1, 2}
    assert np.count_nonzero(steps == 2) >= 5


@pytest.mark.timeout(60)
def test_an_insole_that_falls_silent_is_lost_and_comes_back():
    heard = Collected()
    network = plugins.protocol("brilliantsole").network
    with insole("brilliantsole", silent_s=(0.5, 1e9)) as device:
        device.encoder.restart()
        source = udp_source(spec(device))
        device._brilliantsole = _deaf_to_pings(device)
        source.start(heard)
        gone = heard.wait_for(
            lambda events: any(isinstance(event, Disconnected) for event in events),
            seconds=network.silence_s + 15,
        )
        assert gone
        device.silent_s = (0.0, 0.0)
        assert heard.wait_for(lambda events: sum(isinstance(e, Connected) for e in events) == 2)
        source.stop()
    assert [state.phase for state in heard.of(LinkState)] == [
        "searching",
        "streaming",
        "reconnecting",
        "streaming",
        "closed",
    ]


def _deaf_to_pings(device: NetworkInsole):
    """Answers as before, except that a silent insole answers nothing."""
    answer = device._brilliantsole

    def answers(kind, body):
        return [] if device.silent_s[1] > 0 and device.sent > 60 else answer(kind, body)

    return answers


@pytest.mark.timeout(60)
def test_only_the_insole_that_was_asked_is_heard():
    heard = Collected()
    with (
        insole("brilliantsole") as device,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other,
    ):
        source = udp_source(spec(device))
        source.start(heard)
        assert heard.wait_for(lambda events: packets(events) > 5)
        host, port = device._peer
        other.bind(("127.0.0.1", 0))
        other.sendto(
            brilliantsole_wire.message(brilliantsole_wire.BATTERY_LEVEL, b"\x07"), (host, port)
        )
        before = packets(heard.events)
        assert heard.wait_for(lambda events: packets(events) > before + 20)
        source.stop()
    assert not any(packet.payload.endswith(b"\x03\x01\x00\x07") for packet in heard.of(Packet))


@pytest.mark.timeout(60)
def test_nobody_there_is_an_error_in_words():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        wanted = tuple(asked(f"ukaton=127.0.0.1:{port}&local=0"))
        source = NetworkSource(wanted, first_s=0.3)
        source.start(lambda _: None)
        source._thread.join(20)
        source.stop()
    assert isinstance(source.error, NoInsoleFound)
    assert source.finished


@pytest.mark.timeout(60)
def test_a_port_in_use_is_an_error_in_words():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        source = udp_source(f"moticon=:{taken.getsockname()[1]}")
        source.start(lambda _: None)
        source._thread.join(20)
        source.stop()
    assert isinstance(source.error, LinkLost)
    assert "moticon=127.0.0.1" in str(source.error)


@pytest.mark.timeout(60)
def test_a_pair_may_send_to_the_same_port_of_ours():
    heard = Collected()
    port = free_port()
    with insole("ukaton", Side.LEFT) as left, insole("ukaton", Side.RIGHT) as right:
        source = udp_source(spec(left, right).replace("local=0", f"local={port}"))
        source.start(heard)
        assert heard.wait_for(lambda events: packets(events) > 200)
        source.stop()
        assert left._peer == right._peer == ("127.0.0.1", port)
    sides = {
        item.device: item.side for item in decoded(heard.events) if isinstance(item, Capability)
    }
    assert sides == {f"127.0.0.1:{left.port}": Side.LEFT, f"127.0.0.1:{right.port}": Side.RIGHT}


@pytest.mark.timeout(60)
def test_two_insoles_of_one_foot_are_refused():
    with insole("brilliantsole", Side.LEFT) as one, insole("brilliantsole", Side.LEFT) as other:
        source = udp_source(spec(one, other))
        source.start(lambda _: None)
        source._thread.join(20)
        source.stop()
    assert isinstance(source.error, RequestError)
    assert "both insoles say left" in str(source.error)


def test_a_source_that_never_started_stops_too():
    source = udp_source("moticon=:8888")
    source.stop()
    assert source.finished
    with pytest.raises(RuntimeError):
        source.start(lambda _: None)


# --- Moticon's program ---


def test_every_vector_of_moticon_agrees(capsys):
    count, differences = bench.differences("moticon", bench.vectors("moticon"), capsys)
    assert count >= 8
    assert differences == []


@pytest.mark.parametrize(
    "entry",
    [
        "{}",
        '[{"text": "not an export", "expected": {}}]',
        '[{"text": "# time\\tleft total force[N]\\n0.00\\t1\\n9e9\\t2\\n", "expected": {}}]',
        '[{"config": {"kind": "udp"}, "packets_hex": [{"hex": "x"}], "expected": {}}]',
    ],
)
def test_what_is_no_vector_is_refused_in_one_line(entry, tmp_path, capsys):
    file = tmp_path / "vectors.json"
    file.write_text(entry, "utf-8")
    assert main(["decode", "moticon", str(file), "--check"]) in (1, 2)
    assert "Traceback" not in capsys.readouterr().err


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def datagram(index: int, *, count: int = 51) -> bytes:
    """Numbers that a test can repeat: pressures of the left are 0.25 i, of the right 0.5 i."""
    words = [f"{12.34 + index / 100:.2f}", *MOTION]
    words += [f"{0.25 * (i + index % 7):.2f}" for i in range(16)] + ["237"]
    words += MOTION
    words += [f"{0.5 * i:.2f}" for i in range(16)] + ["555"]
    return " ".join(words[:count]).encode()


@pytest.mark.timeout(60)
def test_both_feet_are_heard_out_of_one_datagram_and_only_its_first_sender():
    heard = Collected()
    port = free_port()
    source = udp_source(f"moticon=:{port}")
    source.start(heard)
    assert heard.wait_for(lambda events: any(isinstance(e, LinkState) for e in events))
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as program,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other,
    ):
        for index in range(30):
            program.sendto(datagram(index), ("127.0.0.1", port))
            if index == 0:
                assert heard.wait_for(lambda events: packets(events) == 2)
            other.sendto(b"1 2 3", ("127.0.0.1", port))
        assert heard.wait_for(lambda events: packets(events) == 60)
    source.stop()
    assert [event.side_hint for event in heard.of(Connected)] == [Side.LEFT, Side.RIGHT]
    said = decoded(heard.events)
    left, right = (item for item in said if isinstance(item, Capability))
    assert (left.side, right.side, left.rate_hz) == (Side.LEFT, Side.RIGHT, 100)
    assert left.quantity == "kPa"
    blocks = [item for item in said if isinstance(item, Samples) and item.device == right.device]
    assert len(blocks) == 30
    pressure = blocks[3].values[0] * right.scale
    np.testing.assert_allclose(pressure, 10 * 0.5 * np.arange(16), atol=1e-9)  # N/cm2 to kPa


def test_columns_can_be_chosen_and_a_datagram_of_another_count_is_refused():
    decoder = plugins.protocol("moticon").decoder("a")
    columns = "time,skip,right.force,right.pressure"
    address = f"udp:127.0.0.1:8888?columns={columns}"
    said = decoder.feed(Connected("a", 0, "moticon", address, "", 1024, Side.RIGHT))
    for index in range(10):
        words = [index / 50, "x" if index == 4 else 7, 300, *range(16)]
        payload = " ".join(str(word) for word in words).encode()
        said += decoder.feed(Packet("a", CHANNEL, index * 20_000_000, payload))
    said += decoder.feed(Packet("a", CHANNEL, 200_000_000, b"1 2 3"))
    assert next(item for item in said if isinstance(item, Capability)).rate_hz == 50
    blocks = [item for item in said if isinstance(item, Samples)]
    assert [int(block.sequence[0]) for block in blocks] == [0, 1, 2, 3, 5, 6, 7, 8, 9]
    assert blocks[0].values[0].tolist() == [100 * i for i in range(16)]
    force = [item for item in said if isinstance(item, Readings)]
    assert {(item.kind, float(item.values[0, 0])) for item in force} == {("force", 300.0)}
    assert [item.kind for item in said if isinstance(item, Notice)] == ["bad_value", "truncated"]


def test_a_foot_without_numbers_is_a_hole_for_this_foot_only():
    encoder = plugins.protocol("moticon").encoder(
        plugins.protocol("moticon").told(bench.wish(Side.LEFT))
    )
    told = plugins.protocol("moticon").told(bench.wish(Side.LEFT))
    sent = bench.rows(told, 12)
    said = {side: [] for side in Side}
    for side in Side:
        decoder = plugins.protocol("moticon").decoder("a")
        decoder.feed(Connected("a", 0, "moticon", "udp:127.0.0.1:8888", "", 1024, side))
        for index, (channel, payload) in enumerate(encoder.packets(sent, 1024)):
            said[side] += decoder.feed(Packet("a", channel, index * 10_000_000, payload))
    back = bench.joined([item for item in said[Side.LEFT] if isinstance(item, Samples)])
    np.testing.assert_array_equal(back.values, sent.values)
    np.testing.assert_array_equal(np.diff(back.tick_us), np.diff(sent.tick_us))
    assert said[Side.RIGHT] == []


@pytest.mark.parametrize("payload", [b"", b"\xff" * 60, b"nan " * 51, b"1e999 " * 51, b"7" * 9000])
def test_damaged_datagrams_end_in_words(payload):
    decoder = plugins.protocol("moticon").decoder("a")
    decoder.feed(Connected("a", 0, "moticon", "udp:127.0.0.1:8888", "", 1024, Side.LEFT))
    said = decoder.feed(Packet("a", CHANNEL, 1, payload))
    assert [type(item) for item in said] == [Notice]


def test_20000_damaged_datagrams_end_in_values_or_words():
    decoder = plugins.protocol("moticon").decoder("a")
    decoder.feed(Connected("a", 0, "moticon", "udp:127.0.0.1:8888", "", 1024, Side.LEFT))
    good = [(CHANNEL, datagram(index)) for index in range(100)]
    for block in bench.barrage(decoder, good, count=20_000):
        assert block.values.shape == (1, 16)


def test_moticon_cannot_be_simulated_over_bluetooth_and_says_so(capsys):
    words = ("demo", "run?seconds=1", "--protocol", "moticon", "--headless", "--json")
    assert main(list(words)) != 0
    assert "not public" in capsys.readouterr().err


def test_the_columns_by_default_are_those_of_the_makers_program_with_all_ticked():
    columns = moticon_wire.columns_of(moticon_wire.ALL)
    assert (columns.count, columns.time) == (51, 0)
    assert columns.feet[Side.LEFT]["pressure"] == (9, 25)
    assert columns.feet[Side.LEFT]["force"] == (25, 26)
    assert columns.feet[Side.RIGHT]["cop"] == (32, 34)
    assert columns.feet[Side.RIGHT]["force"] == (50, 51)


# --- the whole path ---


@pytest.mark.usefixtures("home")
@pytest.mark.timeout(120)
def test_a_pair_on_the_network_is_recorded_analysed_and_replayed_to_the_same_hash(capsys):
    with insole("brilliantsole", Side.LEFT) as left, insole("brilliantsole", Side.RIGHT) as right:
        source = "udp:" + spec(left, right)
        words = ("record", "net.h5", "--source", source, "--seconds", "6", "--json")
        live = bench.answer(capsys, *words)
    batch = bench.answer(capsys, "analyze", "net.h5", "--json")
    again = bench.answer(capsys, "replay", "net.h5", "--speed", "max", "--headless", "--json")
    hashes = {one["provenance"]["result_sha256"] for one in (live, batch, again)}
    assert len(hashes) == 1
    assert len(batch["steps"]) > 6
    for side in ("left", "right"):
        foot = batch["sides"][side]
        assert foot["received"] > 300
        assert foot["expected"] == foot["received"] + foot["recovered"] + foot["lost"]


@pytest.mark.usefixtures("home")
@pytest.mark.timeout(120)
def test_moticons_datagrams_become_steps_in_newtons(capsys):
    port = free_port()
    with MoticonProgram(port, mass_kg=70):
        words = ("record", "net.h5", "--source", f"udp:moticon=:{port}", "--seconds", "7")
        live = bench.answer(capsys, *words, "--mass", "70", "--json")
    again = bench.answer(capsys, "replay", "net.h5", "--speed", "max", "--headless", "--json")
    assert again["provenance"]["result_sha256"] == live["provenance"]["result_sha256"]
    valid = [step for step in live["steps"] if step["valid"] and step["flight_s"]]
    assert len(valid) >= 6
    for step in valid:
        # Newton: a steady level run gives each step body weight times its step time.
        expected = 70 * 9.80665 * (step["contact_s"] + step["flight_s"])
        assert step["impulse_N_s"] == pytest.approx(expected, rel=0.03)


def test_a_source_that_cannot_be_read_ends_in_one_line(capsys, tmp_path):
    status = main(["record", str(tmp_path / "x.h5"), "--source", "udp:moticon=x"])
    assert status == SettingsError.exit_status
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_protocols_are_listed_with_it(capsys):
    assert main(["protocols", "--json"]) == 0
    names = {each["name"] for each in json.loads(capsys.readouterr().out)["protocols"]}
    assert {"brilliantsole", "ukaton", "moticon"} <= names
