"""What every maker's protocol must stand: damaged packets, the whole path, known vectors."""

from __future__ import annotations

import json
import random
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from insole.cli import main
from insole.model.foot import Side
from insole.model.protocol import Advert, Decoder, InsoleProtocol
from insole.model.stream import Capability, Connected, Notice, Packet, Readings, Samples, Write
from insole_drivers.virtual import spread
from insole_drivers.virtual.spec import layout_of, parse, truth_of

ROOT = Path(__file__).parents[2]
VECTORS = ROOT.parent / "shared" / "protocols" / "vectors"
DEVICE = "bench"
MS = 1_000_000
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)  # what a clock is set to


def vectors(name: str) -> Path:
    """The maker's vectors; the test is skipped where they are not."""
    path = VECTORS / f"{name}.json"
    if not path.is_file():
        pytest.skip(f"the maker's vectors are not here: {path.name}")
    return path


def differences(name: str, file: Path, capsys) -> tuple[int, list[str]]:
    """How many vectors there are, and where our answer differs, after `insole decode --check`."""
    main(["decode", name, str(file), "--check", "--json"])
    check = json.loads(capsys.readouterr().out)["check"]
    return check["vectors"], check["differences"]


def noticed(name: str, change: Callable[[list], None], capsys, folder: Path) -> int:
    """How many differences are found after one expectation of the maker's vectors was changed."""
    entries = json.loads(vectors(name).read_text("utf-8"))
    change(entries)
    file = folder / "changed.json"
    file.write_text(json.dumps(entries), "utf-8")
    return len(differences(name, file, capsys)[1])


def refuses(name: str, text: str, capsys, folder: Path) -> None:
    """What is no vector ends in words."""
    file = folder / "vectors.json"
    file.write_text(text, "utf-8")
    assert main(["decode", name, str(file), "--check"]) in (1, 2)
    assert "Traceback" not in capsys.readouterr().err


def side_told(protocol: InsoleProtocol, advert: Advert) -> Side | None:
    """The side that an advertisement of ours tells."""
    match = protocol.match(advert)
    assert match is not None
    return match.side


def of(said: Sequence[object], kind: type) -> list:
    """What was said of one kind."""
    return [item for item in said if isinstance(item, kind)]


def any_bytes(protocol: InsoleProtocol, payloads: Sequence[bytes], channel: str) -> list[object]:
    """What a connected decoder says of these bytes."""
    decoder = protocol.decoder(DEVICE)
    decoder.feed(Connected(DEVICE, 0, protocol.name, "C0", "", 247))
    said: list[object] = []
    for index, payload in enumerate(payloads):
        said += decoder.feed(Packet(DEVICE, channel, index * MS, payload))
    return said


def wish(side: Side = Side.LEFT, *, rate_hz: float = 100.0) -> Capability:
    """What `insole demo` asks a virtual insole to be."""
    spec = parse("run")
    layout = layout_of(spec)
    truth = truth_of(spec, layout)
    return spread.capability(truth, side, layout=layout, rate_hz=rate_hz, serial="SN-1")


def rows(told: Capability, count: int, *, first: int = 0, seed: int = 1) -> Samples:
    """Samples of random codes at the told rate."""
    sequence = np.arange(first, first + count)
    top = told.saturated or 65535
    values = np.random.default_rng(seed).integers(0, top + 1, (count, told.layout.sensors))
    return Samples(
        device=DEVICE,
        sequence=sequence,
        tick_us=np.rint(sequence * 1e6 / told.rate_hz).astype(np.int64),
        arrival_ns=np.zeros(count, np.int64),
        values=values.astype(np.uint16),
        flags=np.zeros(count, np.uint32),
    )


class Talk:
    """A decoder and a virtual device that hear each other, as over a link, without a radio.

    Args:
        protocol: of both.
        told: what the device is.
        mtu: of the link.
    """

    def __init__(self, protocol: InsoleProtocol, told: Capability, *, mtu: int = 247) -> None:
        self.protocol = protocol
        self.encoder = protocol.encoder(told)
        self.decoder = protocol.decoder(DEVICE)
        self.mtu = mtu
        self.now_ns = 1_000_000_000
        self.said: list[object] = []
        self.sent: list[tuple[str, bytes]] = []

    def connect(self, chosen: dict[str, str] | None = None) -> None:
        """Connect, read, and write what a start writes."""
        self.now_ns += MS
        connected = Connected(DEVICE, self.now_ns, self.protocol.name, "C0", "", self.mtu)
        self.said += self.decoder.feed(connected)
        for channel in self.protocol.gatt.read:
            self.hear([(channel, self.encoder.read(channel))])
        for write in self.protocol.start(chosen):
            self.hear(self.encoder.answer(write, self.mtu))

    def hear(self, packets: Sequence[tuple[str, bytes]]) -> None:
        """Give packets to the decoder; what it writes goes to the device."""
        for channel, payload in packets:
            self.sent.append((channel, payload))
            said = self.decoder.feed(Packet(DEVICE, channel, self.now_ns, payload))
            self.said += said
            for item in said:
                if isinstance(item, Write):
                    made = item.payload_at
                    payload = item.payload if made is None else made(NOW)
                    self.hear(self.encoder.answer(Write(item.channel, payload), self.mtu))

    def stream(self, samples: Samples) -> None:
        """Send samples, each when it was taken."""
        began_ns = self.now_ns
        start_us = int(samples.tick_us[0])
        for row in range(len(samples.sequence)):
            one = _row(samples, row)
            self.now_ns = began_ns + 1000 * (int(one.tick_us[0]) - start_us)
            self.hear(self.encoder.packets(one, self.mtu))

    def of(self, kind: type) -> list:
        """What was said of one kind so far."""
        return of(self.said, kind)


def _row(samples: Samples, row: int) -> Samples:
    part = slice(row, row + 1)
    return Samples(
        samples.device,
        samples.sequence[part],
        samples.tick_us[part],
        samples.arrival_ns[part],
        samples.values[part],
        samples.flags[part],
    )


def joined(items: Sequence[Samples]) -> Samples:
    """Blocks as one."""
    return Samples(
        DEVICE,
        np.concatenate([each.sequence for each in items]),
        np.concatenate([each.tick_us for each in items]),
        np.concatenate([each.arrival_ns for each in items]),
        np.concatenate([each.values for each in items]),
        np.concatenate([each.flags for each in items]),
    )


def damaged(payload: bytes, chance: random.Random) -> bytes:
    """Bits flipped, cut, lengthened, or something else altogether."""
    data = bytearray(payload)
    match chance.randrange(6):
        case 0:
            return bytes(data[: chance.randrange(len(data) + 1)])
        case 1:
            return bytes(data) + chance.randbytes(chance.randrange(1, 30))
        case 2:
            return chance.randbytes(chance.randrange(64))
        case 3:
            return bytes(data) + bytes(data)
        case _:
            for _ in range(chance.randrange(1, 4)):
                if data:
                    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            return bytes(data)


def barrage(
    decoder: Decoder, packets: Sequence[tuple[str, bytes]], *, count: int, seed: int = 3
) -> Iterator[Samples]:
    """Feed damaged copies of these packets; every answer is checked for form.

    Yields:
        samples said.
    """
    chance = random.Random(seed)
    now_ns = 1_000_000_000
    sensors: set[int] = set()
    for _ in range(count):
        channel, payload = packets[chance.randrange(len(packets))]
        now_ns += chance.randrange(20) * MS
        said = decoder.feed(Packet(DEVICE, channel, now_ns, damaged(payload, chance)))
        assert len(said) < 400
        for item in said:
            if isinstance(item, Capability):
                sensors.add(item.layout.sensors)
                assert item.rate_hz > 0
                assert np.isfinite(item.layout.xy).all()
            elif isinstance(item, Notice):
                assert item.text
                assert len(item.text) < 200
                assert item.text.isprintable()
            elif isinstance(item, Readings):
                assert item.values.shape == (len(item.tick_us), len(item.channels))
            elif isinstance(item, Samples):
                assert item.values.ndim == 2
                assert len(item.sequence) == len(item.tick_us) == len(item.values)
                yield item


def no_growth(decoder: Decoder, packets: Sequence[tuple[str, bytes]]) -> None:
    """A million damaged packets, and memory as before."""
    for _ in barrage(decoder, packets, count=20_000):
        pass
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for _ in barrage(decoder, packets, count=1_000_000, seed=5):
        pass
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 1 << 20


def answer(capsys, *words: str) -> dict:
    """What a command prints as JSON; a demo is played faster than life."""
    asked = list(words)
    if asked[0] == "demo":
        asked[1] += "&fast=1"
    status = main(asked)
    captured = capsys.readouterr()
    assert status == 0, captured.err
    return json.loads(captured.out)


def the_whole_path(capsys, name: str) -> dict:
    """Demo over GATT, recorded, analysed and replayed: equal to the bit; gives the analysis."""
    spec = "run?seconds=6"
    words = ("--protocol", name, "--headless", "--record", f"{name}.h5", "--json")
    live = answer(capsys, "demo", spec, *words)
    batch = answer(capsys, "analyze", f"{name}.h5", "--json")
    again = answer(capsys, "replay", f"{name}.h5", "--speed", "max", "--headless", "--json")
    hashes = {one["provenance"]["result_sha256"] for one in (live, batch, again)}
    assert len(hashes) == 1
    assert live["steps"] == batch["steps"] == again["steps"]
    for side in ("left", "right"):
        foot = batch["sides"][side]
        assert foot["expected"] == foot["received"] + foot["recovered"] + foot["lost"]
        assert foot["lost"] == 0
    return batch


def steps_without_newtons(capsys, name: str) -> dict:
    """The whole path of an insole that nobody calibrated: timing and shares, no force."""
    document = the_whole_path(capsys, name)
    assert len(document["steps"]) > 8
    assert all(step["contact_s"] > 0 for step in document["steps"])
    assert document["sides"]["left"]["quantity"] == "counts"
    assert "counts" in document["not_available"]["impulse_N_s"]
    return document


def loss_shows(capsys, name: str) -> None:
    """Packets lost in the air stand in the ledger."""
    spec = "run?seconds=5&loss=0.05&seed=4"
    document = answer(capsys, "demo", spec, "--protocol", name, "--headless", "--json")
    for side in ("left", "right"):
        foot = document["sides"][side]
        assert foot["expected"] == foot["received"] + foot["recovered"] + foot["lost"]
        assert foot["lost"] > 0
