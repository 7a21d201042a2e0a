"""BrainCo: checksum, protobuf and conductances, against definitions and numbers made by hand."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from insole.model.foot import Side
from insole.model.quality import Quality
from insole.model.stream import Capability, Readings, Samples
from insole_drivers.protocols import brainco_messages as messages
from insole_drivers.protocols import brainco_wire as wire
from insole_drivers.protocols.brainco import PROTOCOL
from insole_drivers.protocols.brainco_decoder import TOP_CODE, codes
from tests.drivers.brainco_bench import (
    bare,
    connected,
    fed,
    framed,
    rows,
    samples,
    sent_rows,
    slow_crc,
    started,
)


def test_the_checksum_is_that_of_the_definition():
    assert wire.crc16(b"123456789") == 0x4B37  # the catalogue's check value of CRC-16/MODBUS
    for size in range(40):
        data = bytes((7 * size + i) & 0xFF for i in range(size))
        assert wire.crc16(data) == slow_crc(data)


def test_a_message_written_by_hand_is_read():
    # msg 5; sensor data: device 3, 300 ms, sequence 1, motion acc z 2048, pressure raw 48 x 20000
    cells = bytes.fromhex("a09c01") * 48  # varint 20000 = 0x20 | 0x80, 0x1c | 0x80, 0x01
    pressure = bytes.fromhex("129001") + cells
    body = bytes.fromhex("080310ac021801") + bytes.fromhex("5203188010")
    body += b"\x5a" + bytes([len(pressure) & 0x7F | 0x80, len(pressure) >> 7]) + pressure
    whole = bytes.fromhex("0805f201") + bytes([len(body) & 0x7F | 0x80, len(body) >> 7]) + body
    decoder = PROTOCOL.decoder("A")
    connected(decoder)
    fed(decoder, [framed(bytes.fromhex("08016a04120210 64".replace(" ", "")))])  # config: 100 Hz
    said = fed(decoder, [framed(whole)])
    told, motion, block = said[1], said[0], said[2]
    assert isinstance(told, Capability)
    assert (told.side, told.rate_hz, told.quantity) == (Side.RIGHT, 100.0, "counts")
    assert isinstance(motion, Readings)
    assert (motion.values * motion.scale).tolist() == [[0.0, 0.0, 1000.0]]
    assert isinstance(block, Samples)
    assert block.values.tolist() == [[1000] * 48]  # 20 kOhm = 50 uS = 1000 steps of 50 nS
    assert (block.sequence.tolist(), block.tick_us.tolist()) == ([1], [300_000])


@given(st.lists(st.integers(-(2**31), 2**31 - 1), max_size=60))
def test_packed_numbers_come_back(numbers):
    data = b"".join(wire.varint(number) for number in numbers)
    assert wire.packed(data).tolist() == numbers


@given(st.lists(st.integers(0, 2**31 - 1), min_size=1, max_size=60), st.data())
def test_repeated_fields_may_be_packed_or_not(numbers, data):
    cut = data.draw(st.integers(0, len(numbers)))
    loose = b"".join(bytes([2 << 3]) + wire.varint(number) for number in numbers[:cut])
    body = loose + (wire.numbers_field(2, numbers[cut:]) if cut < len(numbers) else b"")
    table = messages.SENSOR_DATA[11].inside
    found = messages.numbers(messages.read(body, table), "rawPressure")
    assert found is not None
    assert found.tolist() == numbers


def test_fields_and_words_that_nobody_knows_are_kept_apart():
    strange = wire.bytes_field(700, b"x" * 9) + wire.number_field(701, 5)
    body = wire.number_field(2, 99) + strange
    assert messages.read(body) == {"errCode": 99}


@given(st.binary(max_size=300))
def test_any_bytes_are_a_message_or_malformed(data):
    with suppress(wire.Malformed):
        messages.read(data)


def test_every_code_survives_its_resistance():
    every = np.arange(TOP_CODE + 1).reshape(1, -1)
    wide = np.zeros((len(every[0]) // 48 + 1) * 48, np.uint16)
    wide[: len(every[0])] = every
    sent = samples(1, wide.reshape(-1, 48))
    decoder, encoder, _ = started()
    assert rows(fed(decoder, bare(encoder.packets(sent, 247)))) == sent_rows(sent)


def test_full_scale_is_flagged_and_an_open_circuit_is_nothing():
    assert codes(np.array([0, 1, 4999, 5001, 10**9])).tolist() == [0, TOP_CODE, TOP_CODE, 3999, 0]
    decoder, encoder, _ = started()
    values = np.full((2, 48), 10, np.uint16)
    values[1, 7] = TOP_CODE
    said = fed(decoder, bare(encoder.packets(samples(1, values), 247)))
    flags = [int(each.flags[0]) for each in said if isinstance(each, Samples)]
    assert flags == [0, int(Quality.CLIPPED)]
