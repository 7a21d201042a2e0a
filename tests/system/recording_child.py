"""Records a synthetic pair in real time until it is killed; run by test_kill.py.

Usage: recording_child.py OUT.h5. Says "recording" once the first packet was handed over.
"""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import numpy as np

from insole import plugins
from insole.intake import Intake
from insole.model.foot import SensorLayout, Side
from insole.model.stream import Capability, Connected, Packet, Samples, Write
from insole.model.trial import StartState, TrialNotes
from insole.parameters import Parameters

MTU, SENSORS, PERIOD_S = 247, 16, 0.01


def capability(side: Side) -> Capability:
    grid = np.stack(np.meshgrid([0.2, 0.4, 0.6, 0.8], [0.2, 0.4, 0.6, 0.8]), axis=-1).reshape(-1, 2)
    corners = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    layout = SensorLayout(
        "square", "grid", grid, 270.0, 95.0, corners, np.full(SENSORS, 8.0), None, 1200.0
    )
    return Capability(
        device=side.value,
        protocol="open",
        serial=side.value,
        firmware="1",
        side=side,
        layout=layout,
        quantity="kPa",
        scale=0.02,
        offset=0.0,
        saturated=65535,
        rate_hz=1 / PERIOD_S,
    )


def block(side: Side, number: int, arrival_ns: int) -> Samples:
    return Samples(
        side.value,
        np.array([number], np.int64),
        np.array([number * 10_000], np.int64),
        np.array([arrival_ns], np.int64),
        np.full((1, SENSORS), number % 60_000, np.uint16),
        np.zeros(1, np.uint32),
    )


def main(path: Path) -> None:
    protocol = plugins.protocol("open")
    start = StartState(origin_ns=time.monotonic_ns(), mass_kg=61.5)
    recorder = plugins.load("insole.recorders", "hdf5")(path, start=start, notes=TrialNotes())
    intake = Intake(Parameters())

    def take(event: object) -> None:
        recorder.append(event)
        for item in intake.feed(event):
            recorder.decoded(item)

    encoders = {side: protocol.encoder(capability(side)) for side in Side}
    for side, encoder in encoders.items():
        now = time.monotonic_ns()
        take(Connected(side.value, now, "open", "00:00:00:00:00:01", "Insole", MTU, side))
        for write in protocol.start():
            for channel, payload in encoder.answer(Write(write.channel, write.payload), MTU):
                take(Packet(side.value, channel, time.monotonic_ns(), payload))
    pace = threading.Event()
    for number in range(1_000_000):
        for side, encoder in encoders.items():
            arrival = time.monotonic_ns()
            for channel, payload in encoder.packets(block(side, number, arrival), MTU):
                take(Packet(side.value, channel, arrival, payload))
        if number == 0:
            print("recording", flush=True)
        pace.wait(PERIOD_S)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
