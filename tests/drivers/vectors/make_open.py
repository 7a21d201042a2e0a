"""Writes open.json: vectors of the open protocol, made from docs/protocol-open.md alone.

Nothing of the product is imported: the checksum is computed bit by bit, bytes are put down field by
field, expected values are worked out by hand or by the page's own formulas.

    python tests/drivers/vectors/make_open.py
"""

from __future__ import annotations

import json
import struct
from pathlib import Path

SCALE = 0.25  # exact in binary: values below are exact too
PLACES = [[0, 0], [65535, 32768], [13107, 65535]]  # in 1/65535
AREAS = [1000, 850, 1225]  # 0.01 cm2


def crc(data: bytes) -> int:
    register = 0xFFFF
    for byte in data:
        for bit in range(7, -1, -1):
            carry = (register >> 15) ^ (byte >> bit & 1)
            register = (register << 1 & 0xFFFF) ^ (0x1021 if carry else 0)
    return register


def seal(data: bytes, context: bytes = b"") -> bytes:
    return data + struct.pack("<H", crc(context + data))


def document(*, side=1, saturated=4000, rate_mhz=100_000) -> bytes:
    fixed = struct.pack("<6B", 1, 1 + 2 + 4, side, 0, 1, 3)
    fixed += struct.pack("<IffHHHHB", rate_mhz, SCALE, 0.0, saturated, 625, 2650, 950, 0)
    texts = b"".join(bytes([len(x)]) + x for x in (b"A7", b"1.0", b"three"))
    sensors = b"".join(struct.pack("<HHH", *xy, a) for xy, a in zip(PLACES, AREAS, strict=True))
    labels = bytes([0, 2, 4])  # HEEL, M1, M45
    return seal(fixed + texts + sensors + labels)


def capability(boot=7, epoch=0, size=400, **said) -> list[bytes]:
    whole = document(**said)
    pieces = []
    for at in range(0, len(whole), size):
        part = whole[at : at + size]
        head = struct.pack("<BHHBHH", 0x13, 12 + len(part), boot, epoch, len(whole), at)
        pieces.append(seal(head + part))
    return pieces


def data(form, count, number, time_us, body, *, step=2_560_000, boot=7, epoch=0) -> bytes:
    head = struct.pack(
        "<BHHBBBIII", 0x11, 22 + len(body), boot, epoch, form, count, number, time_us, step
    )
    return seal(head + body)


def anchor(form, part, number, time_us, *, step=2_560_000, boot=7, epoch=0) -> bytes:
    return seal(struct.pack("<BHBBBIII", 0x12, boot, epoch, form, part, number, time_us, step))


def short(form, number, body, *, index=0, boot=7, epoch=0) -> bytes:
    context = struct.pack("<HBBI", boot, epoch, form, number)
    return seal(bytes([0x40 + index, number & 0xFF]) + body, context)


def sample(number, time_us, raw, *, segment=0, flags=()) -> dict:
    return {
        "side": "left",
        "sequence": number,
        "segment": segment,
        "time_us": time_us,
        "raw": raw,
        "value": [SCALE * x for x in raw],
        "unit": "kPa",
        "flags": list(flags),
    }


def told(rate_hz=100.0, side="left") -> dict:
    return {
        "serial": "A7",
        "firmware": "1.0",
        "side": side,
        "quantity": "kPa",
        "scale": SCALE,
        "offset": 0.0,
        "saturated": 4000,
        "rate_hz": rate_hz,
        "mass_kg": 62.5,
        "layout": "three",
        "kind": "discrete",
        "sensors": 3,
        "length_mm": 265.0,
        "width_mm": 95.0,
        "xy": [[x / 65535, y / 65535] for x, y in PLACES],
        "area_cm2": [10.0, 8.5, 12.25],
        "labels": ["HEEL", "M1", "M45"],
    }


def problem(kind) -> dict:
    return {"problems": [{"kind": kind}]}


def vector(name, description, packets, expected, *, setup=None) -> dict:
    listed = [
        {"hex": x.hex(), "arrival_ms": 20 * i, "characteristic": "stream"}
        if isinstance(x, bytes)
        else x
        for i, x in enumerate(packets)
    ]
    before = [x.hex() for x in (capability() if setup is None else setup)]
    return {
        "name": name,
        "description": description,
        "config": {"setup_packets_hex": before},
        "packets_hex": listed,
        "expected": {"per_packet": expected},
    }


def vectors() -> list[dict]:
    three = struct.pack("<6H", 1, 2, 3, 100, 4000, 300)
    # u12: 0x123, 0x456 -> 23 61 45; an odd last 0x789 -> 89 07
    twelve = bytes.fromhex("2361458907")
    whole = struct.pack("<3H", 10, 20, 30)
    cut = data(2, 1, 5, 50_000, whole)
    wrong = bytearray(cut)
    wrong[-4] ^= 0x10
    reading = {"characteristic": "2a19", "arrival_ms": 0}
    return [
        vector(
            "capability_in_one",
            "the whole document in one frame",
            capability(),
            [{"capability": [told()]}],
            setup=[],
        ),
        vector(
            "capability_in_pieces_backwards",
            "pieces of 8 bytes, as with MTU 23, last piece first",
            capability(size=8)[::-1],
            [{}] * (len(capability(size=8)) - 1) + [{"capability": [told()]}],
            setup=[],
        ),
        vector(
            "two_samples_u16",
            "second one at full scale",
            [data(2, 2, 1000, 10_000_000, three)],
            [
                {
                    "samples": [
                        sample(1000, 10_000_000, [1, 2, 3]),
                        sample(1001, 10_010_000, [100, 4000, 300], flags=["clipped"]),
                    ]
                }
            ],
        ),
        vector(
            "odd_u12",
            "three sensors in five bytes",
            [data(1, 1, 0, 0, twelve)],
            [{"samples": [sample(0, 0, [0x123, 0x456, 0x789])]}],
        ),
        vector(
            "step_with_fraction",
            "208 Hz: the step is 4807.692 us, told as 1230769/256",
            [data(0, 4, 0, 0, bytes(range(12)), step=1_230_769)],
            [
                {
                    "samples": [
                        sample(i, round(i * 1_230_769 / 256), [3 * i, 3 * i + 1, 3 * i + 2])
                        for i in range(4)
                    ]
                }
            ],
        ),
        vector(
            "wrap",
            "number and time pass 2^32",
            [
                data(0, 1, 2**32 - 1, 2**32 - 4000, b"\x01\x02\x03"),
                data(0, 1, 0, 6000, b"\x04\x05\x06"),
            ],
            [
                {"samples": [sample(2**32 - 1, 2**32 - 4000, [1, 2, 3])]},
                {"samples": [sample(2**32, 2**32 + 6000, [4, 5, 6])]},
            ],
        ),
        vector(
            "parts",
            "one sample in two frames, the second part first; then one whose half is lost",
            [
                data(0x82, 1, 5, 50_000, struct.pack("<H", 4) + whole[4:], step=0),
                data(0x82, 1, 5, 50_000, struct.pack("<H", 0) + whole[:4], step=0),
                data(0x82, 1, 6, 60_000, struct.pack("<H", 0) + whole[:4], step=0),
                {"event": "disconnected", "arrival_ms": 90},
            ],
            [{}, {"samples": [sample(5, 50_000, [10, 20, 30])]}, {}, problem("truncated")],
        ),
        vector(
            "short_form",
            "MTU 23: an anchor, two samples in one frame, one sample each after that",
            [
                anchor(0 | 5 << 2, 16, 300, 3_000_000),
                short(0 | 5 << 2, 300, bytes([1, 2, 3, 4, 5, 6])),
                short(0 | 5 << 2, 302, bytes([7, 8, 9])),
                short(0 | 5 << 2, 299, bytes([9, 9, 9])),
            ],
            [
                {},
                {"samples": [sample(300, 3_000_000, [1, 2, 3]), sample(301, 3_010_000, [4, 5, 6])]},
                {"samples": [sample(302, 3_020_000, [7, 8, 9])]},
                {"samples": [sample(299, 2_990_000, [9, 9, 9])]},
            ],
        ),
        vector(
            "short_form_in_parts",
            "six bytes a sample, four bytes a part",
            [
                anchor(2, 4, 0, 0),
                short(2, 0, whole[:4]),
                short(2, 0, whole[4:], index=1),
            ],
            [{}, {}, {"samples": [sample(0, 0, [10, 20, 30])]}],
        ),
        vector(
            "short_form_without_its_anchor",
            "before any anchor; of another line; too far away",
            [
                short(0, 0, b"\x01\x02\x03"),
                anchor(0 | 1 << 2, 16, 0, 0),
                short(0 | 2 << 2, 1, b"\x01\x02\x03"),
                short(0 | 1 << 2, 100, b"\x01\x02\x03"),
            ],
            [problem("protocol"), {}, problem("bad_checksum"), problem("protocol")],
        ),
        vector(
            "damage",
            "cut, flipped, unknown, empty, too long, wrong size; then a good one",
            [
                cut[:-3],
                bytes(wrong),
                b"\x99\x01",
                b"",
                cut + b"\x00",
                data(2, 1, 5, 50_000, whole + b"\x00\x00"),
                cut,
            ],
            [
                problem("truncated"),
                problem("bad_checksum"),
                problem("unknown_type"),
                problem("truncated"),
                problem("bad_value"),
                problem("bad_value"),
                {"samples": [sample(5, 50_000, [10, 20, 30])]},
            ],
        ),
        vector(
            "unknown_epoch",
            "data of an epoch that was not told: the client asks; the new capability follows",
            [
                data(0, 1, 0, 0, b"\x01\x02\x03", epoch=1),
                *capability(epoch=1, rate_mhz=200_000),
                data(0, 1, 1, 5000, b"\x01\x02\x03", epoch=1),
            ],
            [
                {
                    "problems": [{"kind": "protocol"}],
                    "writes": [
                        {"characteristic": "db2d0003-0b3d-4f07-a1fc-045f429f27d6", "hex": "03"}
                    ],
                },
                {"capability": [told(rate_hz=200.0)]},
                {"samples": [sample(1, 5000, [1, 2, 3])]},
            ],
        ),
        vector(
            "restart",
            "another boot: a new segment",
            [
                data(0, 1, 500, 5_000_000, b"\x01\x02\x03"),
                *capability(boot=8),
                data(0, 1, 0, 0, b"\x04\x05\x06", boot=8),
                data(0, 1, 501, 5_010_000, b"\x01\x02\x03"),
            ],
            [
                {"samples": [sample(500, 5_000_000, [1, 2, 3])]},
                {"capability": [told()]},
                {"samples": [sample(0, 0, [4, 5, 6], segment=1)]},
                problem("protocol"),
            ],
        ),
        vector(
            "battery_and_answers",
            "a level, a level that cannot be, an answer, a refusal",
            [
                {"hex": "49", **reading},
                {"hex": "ff", **reading},
                seal(struct.pack("<BHBB", 0x14, 7, 1, 0)),
                seal(struct.pack("<BHBB", 0x14, 7, 4, 2)),
            ],
            [
                {"info": [{"kind": "battery", "value": 73}]},
                problem("bad_value"),
                {"info": [{"kind": "accepted", "value": "start"}]},
                problem("protocol"),
            ],
        ),
    ]


if __name__ == "__main__":
    path = Path(__file__).with_name("open.json")
    lines = ",\n".join(json.dumps(each, separators=(",", ":")) for each in vectors())
    path.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
