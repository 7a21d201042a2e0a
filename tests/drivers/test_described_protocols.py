"""Described insoles as protocols: found, played over GATT, recorded, read without their file."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insole import plugins
from insole.cli import main
from insole.errors import DamagedFile, RequestError
from insole.model.foot import Side
from insole.model.protocol import Advert, Described
from insole.model.stream import Capability, Connected, Notice, Packet, Samples, Tick
from insole_drivers.described import library
from insole_drivers.described.vectors import VECTORS
from tests.drivers import protocol_bench as bench
from tests.drivers.described_bench import LEAST, protocol

SHIPPED = sorted(path.stem for path in library.SHIPPED.glob("*.toml"))


def shipped(name):
    return plugins.protocol(name)


def told_by(made, side=Side.LEFT):
    return made.told(bench.wish(side))


# --- vectors ---


def test_every_vector_of_home_made_insoles_agrees(capsys):
    count, differences = bench.differences("diy", bench.vectors("diy"), capsys)
    assert differences == []
    assert count == 13


@pytest.mark.parametrize("name", ["diy"])
def test_a_changed_expectation_is_noticed(name, capsys, tmp_path):
    vectors = json.loads(bench.vectors(name).read_text())
    vectors[0]["expected"]["per_packet"][0]["records"][0]["pressure"][0] += 1
    path = tmp_path / "bent.json"
    path.write_text(json.dumps(vectors))
    assert len(bench.differences(name, path, capsys)[1]) == 1


@pytest.mark.parametrize(
    "vector",
    [
        {},
        {"config": {}},
        {"config": {"layout": {}}},
        {"config": {"layout": {"framing": {}}}},
        {"config": {"layout": {"framing": {"kind": "fixed"}, "fields": []}}},
        {"config": {"layout": {"framing": {"kind": "odd"}, "fields": []}}},
        {"config": {"layout": {"framing": {"kind": "fixed", "size": 2}, "fields": [1]}}},
    ],
)
def test_what_is_no_vector_is_refused(vector):
    with pytest.raises(DamagedFile):
        VECTORS.answer(vector)


# --- found ---


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("side", Side)
def test_what_the_virtual_one_advertises_is_found_as_what_it_is(name, side):
    made = shipped(name)
    advert = made.advertise(told_by(made, side), battery=50)
    match = made.match(advert)
    assert match is not None
    assert match.side in (side, None)
    assert len(advert.name.encode()) <= 29


@pytest.mark.parametrize("name", SHIPPED)
def test_no_shipped_description_takes_the_insole_of_another(name):
    advert = shipped(name).advertise(told_by(shipped(name)), battery=50)
    assert [other for other in SHIPPED if shipped(other).match(advert)] == [name]


def test_an_example_uuid_alone_is_not_enough():
    service = shipped("solesync").gatt.service
    assert shipped("solesync").match(Advert("C0", "Kitchen scale", (service,))) is None
    assert shipped("solesync").match(Advert("C0", "SoleSync Left", ())) is None
    assert shipped("solesync").match(Advert("C0", "solesync left", (service,))) is not None


def test_every_condition_must_hold():
    find = LEAST["find"] | {"name": ["Me*"], "manufacturer": 76, "service_data": "fe95"}
    made = protocol(find=find)
    data = {"0000fe95-0000-1000-8000-00805f9b34fb": b"1"}
    good = Advert("C0", "Me 1", (find["service"],), {76: b""}, data)
    assert made.match(good) is not None
    for bad in (
        replace(good, name="You"),
        replace(good, services=()),
        replace(good, manufacturer={}),
        replace(good, service_data={}),
    ):
        assert made.match(bad) is None
    alone = protocol(find={**LEAST["find"], "name": ["Me*"], "unadvertised": True})
    assert alone.match(Advert("C0", "Me 1")) is not None


# --- there and back ---


def pulled(talk):
    """What waits in a device that must be asked."""
    for write in talk.decoder.feed(Tick(bench.DEVICE, talk.now_ns)):
        talk.hear(talk.encoder.answer(write, talk.mtu))


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("mtu", [23, 50, 247])
def test_what_is_encoded_comes_back(name, mtu):
    made = shipped(name)
    told = told_by(made)
    if name in ("solesync", "named_json") and mtu < 100:
        pytest.skip("its frames need a larger link, as the real ones do")
    talk = bench.Talk(made, told, mtu=mtu)
    talk.connect()
    sent = bench.rows(told, 60)
    talk.stream(sent)
    pulled(talk)
    back = bench.joined(talk.of(Samples))
    np.testing.assert_array_equal(back.values, sent.values)
    assert (np.diff(back.sequence) == 1).all()
    assert talk.of(Notice) == []
    (capability,) = talk.of(Capability)
    assert capability.layout is told.layout
    assert (capability.quantity, capability.saturated) == ("counts", told.saturated)


BYTES = st.sampled_from(["u8", "u16", "u12", "i16", "u24", "f32", "u5"])


@settings(max_examples=60)
@given(
    kind=BYTES,
    endian=st.sampled_from(["little", "big"]),
    framing=st.sampled_from(["packed", "marker", "notification"]),
    per_frame=st.integers(1, 4),
    order=st.sampled_from(["oldest first", "newest first"]),
    checksum=st.sampled_from([None, "sum8", "crc16_modbus", "crc16_ccitt"]),
    inverted=st.booleans(),
    seed=st.integers(0, 99),
)
def test_any_description_gives_back_what_its_own_encoder_made(
    kind, endian, framing, per_frame, order, checksum, inverted, seed
):
    bits = 4 if kind == "u5" else 8 if kind == "u8" else 12
    fields = [
        {"name": "n", "use": "counter", "type": "u16", "offset": 2},
        {"name": "t", "use": "clock", "type": "u24", "unit": "ms"},
        {"name": "pressure", "use": "pressure", "type": kind, "count": 2, "per": "sample"},
    ]
    frame = {"kind": framing, "size": 64, "endian": endian}
    if framing == "marker":
        frame["marker"] = "f00d"
    if checksum:
        frame["checksum"] = {"type": checksum}
    made = protocol(
        frame=frame,
        fields=fields,
        samples={"per_frame": per_frame, "order": order},
        sensors={"adc_bits": bits, "inverted": inverted},
        integrity="checksum" if checksum else "counter",
        rate_hz=50.0,
    )
    told = made.told(bench.wish())
    talk = bench.Talk(made, told)
    talk.connect()
    sent = bench.rows(told, 12 * per_frame, seed=seed)
    talk.stream(sent)
    back = bench.joined(talk.of(Samples))
    np.testing.assert_array_equal(back.values, sent.values)
    np.testing.assert_array_equal(back.sequence, sent.sequence)
    off_us = back.tick_us - back.tick_us[0] - (sent.tick_us - sent.tick_us[0])
    assert np.abs(off_us).max() <= 2000 * per_frame  # the clock tells whole milliseconds


# --- damage ---


def sent_by(name):
    made = shipped(name)
    talk = bench.Talk(made, told_by(made))
    talk.connect()
    talk.stream(bench.rows(told_by(made), 40))
    pulled(talk)
    return made, talk.sent


@pytest.mark.parametrize("name", SHIPPED)
def test_20000_damaged_packets_end_in_values_or_words(name):
    made, sent = sent_by(name)
    decoder = made.decoder(bench.DEVICE)
    decoder.feed(Connected(bench.DEVICE, 0, name, "C0", "", 247))
    for _ in bench.barrage(decoder, sent, count=20_000):
        pass
    said = []
    for turn in (0, 1):  # the first good frames may end what a damaged one began
        for channel, payload in sent:
            now_ns = (1000 + 10 * turn) * 1000 * bench.MS
            said += decoder.feed(Packet(bench.DEVICE, channel, now_ns, payload))
    assert [each for each in said if isinstance(each, Samples)]


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", SHIPPED)
def test_a_million_damaged_packets_neither_crash_nor_grow(name):
    resource = pytest.importorskip("resource")  # of Unix
    made, sent = sent_by(name)
    decoder = made.decoder(bench.DEVICE)
    decoder.feed(Connected(bench.DEVICE, 0, name, "C0", "", 247))
    for _ in bench.barrage(decoder, sent, count=20_000):
        pass
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in bench.barrage(decoder, sent, count=1_000_000, seed=5):
        pass
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert after - before < 16 << 10  # kB of the whole process


@settings(max_examples=100)
@given(
    st.sampled_from(SHIPPED),
    st.lists(st.binary(max_size=80), max_size=20),
    st.sampled_from(["2a19", "2a25", "2a29", "0000", ""]),
)
def test_any_bytes_on_any_channel_end_in_values_or_words(name, payloads, number):
    made = shipped(name)
    channel = f"0000{number}-0000-1000-8000-00805f9b34fb" if number else made.gatt.notify[0]
    decoder = made.decoder("x")
    decoder.feed(Connected("x", 0, name, "C0", "", 247))
    for index, payload in enumerate(payloads):
        decoder.feed(Packet("x", channel, index * bench.MS, payload))


def test_a_damaged_frame_with_a_checksum_loses_itself_only():
    made = protocol(
        frame={"kind": "packed", "size": 8, "checksum": {"type": "crc16_ccitt"}},
        fields=[{"name": "n", "use": "counter", "type": "u16"}, *LEAST["fields"]],
        integrity="checksum",
        sensors={"adc_bits": 16},
    )
    told = made.told(bench.wish())
    talk = bench.Talk(made, told, mtu=23)
    talk.connect()
    sent = bench.rows(told, 200)
    for index, (channel, payload) in enumerate(talk.encoder.packets(sent, 11)):
        talk.now_ns += 10 * bench.MS
        bent = bytes([payload[0] ^ 1, *payload[1:]]) if index % 10 == 5 else payload
        talk.hear([(channel, bent)])
    back = bench.joined(talk.of(Samples))
    kept = np.arange(200) % 10 != 5
    np.testing.assert_array_equal(back.values, sent.values[kept])
    np.testing.assert_array_equal(back.sequence, np.flatnonzero(kept))


# --- the shelf ---


def test_a_file_of_the_user_is_found_and_a_broken_one_is_listed_with_its_mistake(shelf, capsys):
    assert main(["protocols", "new", "mine"]) == 0
    text = (shelf / "mine.toml").read_text()
    (shelf / "broken.toml").write_text(text.replace("rate_hz = 50.0", "rate_hz = 5000.0"))
    (shelf / "open.toml").write_text(text)
    capsys.readouterr()
    assert main(["protocols", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert {"mine", "open", *SHIPPED} <= {each["name"] for each in document["protocols"]}
    broken = {each["name"]: each["why"] for each in document["broken"]}
    assert "rate_hz: 0.1 to 500" in broken["broken"]
    assert "installed" in broken["open"]
    assert plugins.protocol("open").title == "Open Insole Stream"
    with pytest.raises(RequestError, match="rate_hz"):
        plugins.protocol("broken")


def test_a_file_of_the_user_goes_over_a_shipped_one(shelf):
    text = (library.SHIPPED / "solesync.toml").read_text()
    (shelf / "solesync.toml").write_text(text.replace("SoleSync (ESP32)", "My own SoleSync"))
    assert shipped("solesync").title == "My own SoleSync"


def test_a_text_that_a_recording_keeps_is_read_or_refused():
    made = protocol()
    assert isinstance(shipped("solesync"), Described)
    assert not isinstance(plugins.protocol("open"), Described)
    again = plugins.described_protocol("x", shipped("solesync").description)
    assert again.gatt == shipped("solesync").gatt
    with pytest.raises(RequestError, match="not TOML"):
        plugins.described_protocol("x", "= 3")
    assert made.description == ""


def test_check_prints_every_mistake_on_a_line_of_its_own(shelf, capsys):
    path = shelf / "mine.toml"
    assert main(["protocols", "new", "-o", str(path)]) == 0
    assert main(["protocols", "check", str(path)]) == 0
    assert "no mistakes" in capsys.readouterr().out
    text = path.read_text().replace("rate_hz = 50.0", "rate_hz = 0.0")
    path.write_text(text.replace('type = "u16"', 'type = "u99"', 1))
    assert main(["protocols", "check", str(path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("  rate_hz: ") for line in lines)
    assert any(line.startswith("  fields[0].type: ") for line in lines)
    assert main(["protocols", "check", str(path), "--json"]) == 1
    assert len(json.loads(capsys.readouterr().out)["mistakes"]) == 2


def test_a_template_is_not_written_over_a_file(shelf, capsys):
    assert main(["protocols", "new", "mine"]) == 0
    before = (shelf / "mine.toml").read_text()
    assert main(["protocols", "new", "mine"]) == 2
    assert "the file exists" in capsys.readouterr().err
    assert main(["protocols", "new", "mine", "--force"]) == 0
    assert (shelf / "mine.toml").read_text() != before  # its UUIDs are nobody else's


@pytest.mark.parametrize(
    ("name", "why"), [("Bad Name", "a small letter"), ("open", "a driver has this name")]
)
def test_a_name_under_which_no_description_is_found_is_refused(name, why, capsys):
    assert main(["protocols", "new", name]) == 2
    assert why in capsys.readouterr().err
    assert not (library.user_folder() / f"{name}.toml").exists()


def test_a_description_that_a_driver_goes_over_is_called_a_mistake(capsys):
    assert main(["protocols", "new", "mine"]) == 0
    mine = library.user_folder() / "mine.toml"
    mine.rename(mine.with_name("ukaton.toml"))
    capsys.readouterr()
    assert main(["protocols", "check", "ukaton"]) == 1
    assert "a driver has this name" in capsys.readouterr().out
    assert main(["protocols", "check", "ukaton", "--json"]) == 1
    (mistake,) = json.loads(capsys.readouterr().out)["mistakes"]
    assert "the file's name" in mistake


def test_the_name_on_the_air_tells_decode_the_foot(capsys, tmp_path):
    assert main(["protocols", "new", "mine"]) == 0
    capsys.readouterr()
    packet = {"hex": "0100102764000000000000000000000000000000", "arrival_ms": 0}
    file = tmp_path / "packets.json"
    for name, side in (("MyInsole R", "right"), ("MyInsole L", "left"), ("other", None)):
        file.write_text(json.dumps([{"config": {"name": name}, "packets_hex": [packet]}]), "utf-8")
        assert main(["decode", "mine", str(file), "--json"]) == 0
        (vector,) = json.loads(capsys.readouterr().out)["vectors"]
        assert vector["per_packet"][0]["samples"][0]["side"] == side
    file.write_text(json.dumps([{"config": {"name": 7}, "packets_hex": []}]), "utf-8")
    assert main(["decode", "mine", str(file)]) == 2
    assert "`name` is no text" in capsys.readouterr().err


def test_check_without_a_file_says_what_is_missing(capsys):
    assert main(["protocols", "check"]) == 2
    assert "no file was given" in capsys.readouterr().err


def test_captured_packets_are_decoded_with_a_description_in_a_file(shelf, capsys):
    path = shelf / "mine.toml"
    path.write_text((library.SHIPPED / "solesync.toml").read_text())
    packet = bytes(24) + b"\x01\x00\x02\x00\x03\x00\x04\x00\x05\x00\xff\x0f"
    captured = [{"name": "one", "packets_hex": [{"hex": packet.hex(), "arrival_ms": 0}]}]
    (shelf / "packets.json").write_text(json.dumps(captured))
    document = bench.answer(capsys, "decode", str(path), str(shelf / "packets.json"), "--json")
    (said,) = document["vectors"][0]["per_packet"]
    assert said["samples"][0]["raw"] == [1, 2, 3, 4, 5, 4095]
    assert said["samples"][0]["flags"] == ["clipped", "derived_time"]


# --- known packets ---


OF_PROJECT = {
    "fau_counter": "fau_nilspod",
    "solesync": "solesync",
    "meilily_split": "smart_insole",
    "matrix_lines": "matrix24",
    "batch_pull": "batch_logger",
    "json_lines": "palmilha_json",
    "json_named": "named_json",
}


@pytest.mark.parametrize(("vector", "name"), OF_PROJECT.items())
def test_a_shipped_description_reads_the_known_packets_of_its_project(vector, name):
    known = json.loads(bench.vectors("diy").read_text())
    (told,) = [each for each in known if each["name"] == vector]
    made = shipped(name)
    decoder = made.decoder("x")
    decoder.feed(Connected("x", 0, name, "C0", "", 247))
    said = []
    for each in told["packets_hex"]:
        now_ns = round(each["arrival_ms"] * bench.MS)
        payload = bytes.fromhex(each["hex"])
        said += decoder.feed(Packet("x", made.gatt.notify[0], now_ns, payload))
    records = [each for packet in told["expected"]["per_packet"] for each in packet["records"]]
    ours = records[0].get("side")  # one connection is one foot
    records = [each for each in records if each.get("side") == ours]
    expected = np.concatenate([np.atleast_2d(each["pressure"]) for each in records])
    scale = next(each.scale for each in said if isinstance(each, Capability))
    values = np.concatenate([each.values for each in said if isinstance(each, Samples)])
    np.testing.assert_allclose(values * scale, expected, rtol=1e-9)
    if ours is not None:
        assert [each.side for each in said if isinstance(each, Capability)] == [ours]
