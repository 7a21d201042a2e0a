"""A synthetic pair: what two open-protocol insoles would send, as events in order of arrival."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from insole import plugins
from insole.intake import Intake
from insole.model.foot import SensorLayout, Side
from insole.model.protocol import InsoleProtocol
from insole.model.stream import (
    Capability,
    Connected,
    Disconnected,
    LinkState,
    Mark,
    Packet,
    Samples,
    Write,
)
from insole.model.trial import StartState, TrialNotes
from insole.parameters import Parameters

ORIGIN_NS = 1_000_000_000_000
MTU = 247
PERIOD_S = 0.01
PER_PACKET = 5


def capability(side: Side, *, sensors: int = 16, rate_hz: float = 100.0) -> Capability:
    rng = np.random.default_rng(sensors)
    per_row = int(np.ceil(np.sqrt(sensors)))
    place = np.arange(sensors)
    xy = (np.column_stack([place % per_row, place // per_row]) + 0.5) / per_row
    layout = SensorLayout(
        name="synthetic",
        kind="discrete",
        xy=xy,
        length_mm=270.0,
        width_mm=95.0,
        outline=np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]),
        area_cm2=rng.uniform(2, 12, sensors),
        labels=None,
        full_scale=1200.0,
    )
    return Capability(
        device=f"SN-{side.value}",
        protocol="open",
        serial=f"SN-{side.value}",
        firmware="1.0",
        side=side,
        layout=layout,
        quantity="kPa",
        scale=1200 / 65535,
        offset=0.0,
        saturated=65535,
        rate_hz=rate_hz,
        mass_kg=62.0,
    )


def truth(side: Side, rows: int, *, sensors: int = 16, rate_hz: float = 100.0) -> Samples:
    """Samples of `rows` instants; values are random, so that no error can cancel."""
    rng = np.random.default_rng(rows + (side is Side.LEFT))
    number = np.arange(rows, dtype=np.int64)
    return Samples(
        device=f"SN-{side.value}",
        sequence=number,
        tick_us=np.round(number * 1e6 / rate_hz).astype(np.int64),
        arrival_ns=ORIGIN_NS + 50_000_000 + np.round(number * 1e9 / rate_hz).astype(np.int64),
        values=rng.integers(0, 60_000, (rows, sensors)).astype(np.uint16),
        flags=np.zeros(rows, np.uint32),
    )


def pair_events(seconds: float) -> list:
    """Events of a pair of 2 x 16 sensors at 100 Hz, with one reconnection and two marks."""
    protocol: InsoleProtocol = plugins.protocol("open")
    timed: list[tuple[int, object]] = []
    for side in Side:
        told = capability(side)
        encoder = protocol.encoder(told)
        samples = truth(side, round(seconds * 100))
        device, at = told.device, ORIGIN_NS
        timed.append((at, LinkState(device, at, "connecting", "connecting", side)))
        timed.append((at, Connected(device, at, "open", "AA:BB:CC:00:00:01", "Insole", MTU, side)))
        timed += [
            (at + 1, Packet(device, channel, at + 1, encoder.read(channel)))
            for channel in protocol.gatt.read
        ]
        for write in protocol.start():
            for channel, payload in encoder.answer(Write(write.channel, write.payload), MTU):
                timed.append((at + 2, Packet(device, channel, at + 2, payload)))
        for first in range(0, len(samples.sequence), PER_PACKET):
            part = slice(first, first + PER_PACKET)
            block = Samples(
                device,
                samples.sequence[part],
                samples.tick_us[part],
                samples.arrival_ns[part],
                samples.values[part],
                samples.flags[part],
            )
            at = int(block.arrival_ns[-1])
            for channel, payload in encoder.packets(block, MTU):
                timed.append((at, Packet(device, channel, at, payload)))
        timed.append((at + 1, Disconnected(device, at + 1, "closed by the user")))
    middle = ORIGIN_NS + int(seconds * 0.5e9)
    timed.append((middle, Mark(middle, "hälfte ✓")))
    timed.sort(key=lambda entry: entry[0])
    return [event for _, event in timed]


def decoded_of(events: list) -> list:
    """What the core makes of the events: the reference for every projection."""
    intake = Intake(Parameters())
    out = [item for event in events for item in intake.feed(event)]
    return out + intake.flush()


def by_device(items) -> dict[str, SimpleNamespace]:
    """All samples of each device, joined by hand, and its last capability."""
    found: dict[str, SimpleNamespace] = {}
    for item in items:
        entry = found.setdefault(item.device, SimpleNamespace(capability=None, parts=[]))
        if isinstance(item, Capability):
            entry.capability = item
        else:
            entry.parts.append(item)
    for entry in found.values():
        for name in ("sequence", "tick_us", "arrival_ns", "values", "flags"):
            joined = np.concatenate([getattr(part, name) for part in entry.parts])
            setattr(entry, name, joined)
    return found


@pytest.fixture(scope="session")
def maker():
    return SimpleNamespace(
        pair_events=pair_events,
        decoded_of=decoded_of,
        by_device=by_device,
        capability=capability,
        truth=truth,
        origin_ns=ORIGIN_NS,
    )


@pytest.fixture(scope="session")
def events():
    return pair_events(6.0)


@pytest.fixture
def start():
    return StartState(
        origin_ns=ORIGIN_NS,
        mass_kg=61.5,
        sides={"SN-left": Side.RIGHT, "SN-right": Side.LEFT},
        zero={"SN-left": (0.1, 0.2, 1 / 3)},
        gain={"SN-left": 1.02},
        parameters={"events.on_N": 30.0},
    )


@pytest.fixture
def notes():
    return TrialNotes(
        athlete="A7",
        shoe="flat, 240 g",
        surface="track",
        speed_m_s=3.3,
        note="first\nline ✓",
        wall_clock="2026-05-01T10:00:00+02:00",
        source="virtual:run",
    )


@pytest.fixture
def document():
    return {
        "schema": "insole.analysis/1",
        "mass_kg": 61.5,
        "sides": {
            "left": {"expected": 600, "received": 598, "recovered": 0, "lost": 2, "layout": "x"},
            "right": None,
        },
        "steps": [
            {
                "side": "left",
                "foot_strike_s": 1.25,
                "toe_off_s": 1.5,
                "flight_s": None,
                "po50_N_s": 101.5,
                "tripod": [0.4, 0.35, 0.25],
                "valid": True,
                "flags": ["gap", "late"],
                "uncertainty": {"contact_s": 0.004},
            },
            {
                "side": "right",
                "foot_strike_s": 1.6,
                "toe_off_s": 1.85,
                "flight_s": 0.1,
                "po50_N_s": None,
                "tripod": None,
                "valid": False,
                "flags": [],
                "uncertainty": {"contact_s": None},
            },
        ],
        "not_available": {"vilr_BW_per_s": "sampling rate 100 Hz is below 200 Hz"},
    }


@pytest.fixture
def record(start, notes):
    """Records events and their decoded items to a path, and completes the file."""

    def run(path, stream, *, document=None):
        recorder = plugins.load("insole.recorders", "hdf5")(path, start=start, notes=notes)
        for event in stream:
            recorder.append(event)
        for item in decoded_of(stream):
            recorder.decoded(item)
        recorder.close(document)
        return path

    return run
