"""Insoles on the loopback network: a device's half of a protocol behind a socket."""

from __future__ import annotations

import select
import socket
import threading
import time
from dataclasses import replace
from typing import Self

import numpy as np

from insole.model.foot import Side
from insole.model.protocol import InsoleProtocol
from insole.model.stream import Samples, Write
from insole_drivers.protocols import brilliantsole_wire, moticon_wire, ukaton_wire
from insole_drivers.protocols.moticon import PROTOCOL
from insole_drivers.virtual import spread
from insole_drivers.virtual.spec import layout_of, parse, truth_of
from tests.drivers.protocol_bench import DEVICE
from tests.drivers.protocol_bench import wish as bench_wish

PACE_S = 0.02
MTU = 1024


class NetworkInsole:
    """One insole that answers datagrams, from a thread of its own.

    Args:
        protocol: what it speaks.
        side: which foot it is.
        lose: every so-many-th datagram of samples is lost; 0: none.
        silent_s: (from, to) after the start of the stream: it sends nothing.
    """

    def __init__(
        self,
        protocol: InsoleProtocol,
        side: Side,
        *,
        lose: int = 0,
        silent_s: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        spec = parse("run")
        layout = layout_of(spec)
        truth = truth_of(spec, layout)
        serial = f"net-{side}"
        self.told = protocol.told(
            spread.capability(truth, side, layout=layout, rate_hz=100.0, serial=serial)
        )
        self.signal = spread.FootSignal(truth, side, capability=spread.felt(self.told))
        self.encoder = protocol.encoder(self.told)
        self.name = protocol.name
        self.lose = lose
        self.silent_s = silent_s
        self.heard: list[bytes] = []
        self.sent = 0  # samples that left, or were lost on purpose
        self.lost = 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self._peer = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._stopping.set()
        self._thread.join()
        self.socket.close()

    def _work(self) -> None:
        began = None
        taken = 0
        while not self._stopping.is_set():
            if select.select([self.socket], [], [], PACE_S)[0]:
                payload, self._peer = self.socket.recvfrom(65_535)
                self.heard.append(payload)
                for answer in self._answers(payload):
                    self._send(answer)
            if not self.encoder.is_streaming:
                began, taken = None, 0
                continue
            now = time.monotonic()
            began = began or now
            due = int((now - began) * self.told.rate_hz)
            if due > taken:
                self._stream(np.arange(taken, due), now - began)
                taken = due

    def _stream(self, sequence, elapsed_s: float) -> None:
        time_s = sequence / self.told.rate_hz
        samples = Samples(
            DEVICE,
            sequence,
            np.rint(time_s * 1e6).astype(np.int64),
            np.zeros(len(sequence), np.int64),
            self.signal.raw(time_s),
            np.zeros(len(sequence), np.uint32),
        )
        is_silent = self.silent_s[0] <= elapsed_s < self.silent_s[1]
        for _, payload in self.encoder.packets(samples, 60):  # one sample each
            self.sent += 1
            if is_silent or (self.lose and self.sent % self.lose == 0):
                self.lost += 1
            else:
                self._send(self._wrapped(payload))

    def _send(self, payload: bytes) -> None:
        if self._peer is not None:
            self.socket.sendto(payload, self._peer)

    def _answers(self, payload: bytes) -> list[bytes]:
        if self.name == "brilliantsole":
            return [
                each
                for kind, body in brilliantsole_wire.messages(payload)[0]
                for each in self._brilliantsole(kind, body)
            ]
        return self._ukaton(payload)

    def _brilliantsole(self, kind: int, body: bytes) -> list[bytes]:
        wire = brilliantsole_wire
        if kind == wire.PORT:
            return [wire.message(wire.PORT, body), wire.message(wire.BATTERY_LEVEL, b"\x2a")]
        if kind == wire.PING:
            return [wire.message(wire.PONG)]
        if kind != wire.MESSAGE:
            return []
        said = self.encoder.answer(Write(wire.TX, body), MTU)
        return [wire.message(wire.MESSAGE, each) for _, each in said]

    def _ukaton(self, payload: bytes) -> list[bytes]:
        wire = ukaton_wire
        kind, body = payload[0], payload[1:]
        if kind == wire.GET_TYPE:
            return [bytes([kind]) + self.encoder.read(wire.TYPE)]
        if kind == wire.PING:
            return [bytes([kind])]
        if kind == wire.SET_PERIODS:
            self.encoder.answer(Write(wire.CONFIGURATION, body[1:]), MTU)
            periods = self.encoder.read(wire.CONFIGURATION)
            return [bytes([kind, len(periods)]) + periods]
        return []

    def _wrapped(self, payload: bytes) -> bytes:
        if self.name == "brilliantsole":
            return brilliantsole_wire.message(brilliantsole_wire.MESSAGE, payload)
        return bytes([ukaton_wire.SENSOR_DATA]) + payload


class Collected:
    """What a source yields, with a way to wait for it."""

    def __init__(self) -> None:
        self.events: list[object] = []
        self._changed = threading.Condition()

    def __call__(self, event: object) -> None:
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    def of(self, kind: type) -> list:
        """Events of one kind so far."""
        with self._changed:
            return [event for event in self.events if isinstance(event, kind)]

    def wait_for(self, what, *, seconds: float = 20.0) -> bool:
        """Until `what(events)` holds."""
        with self._changed:
            return self._changed.wait_for(lambda: what(self.events), seconds)


class MoticonProgram:
    """A desktop program that passes on both feet of a closed-form run, 100 times a second."""

    def __init__(self, port: int, *, mass_kg: float) -> None:
        spec = parse(f"run?speed=3.3&mass={mass_kg:g}")
        truth = truth_of(spec, layout_of(spec))
        told = PROTOCOL.told(bench_wish())
        self.signals = [
            spread.FootSignal(truth, side, capability=replace(told, side=side)) for side in Side
        ]
        self.port = port
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._stopping.set()
        self._thread.join()

    def _work(self) -> None:
        began = time.monotonic()
        sent = 0
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            while not self._stopping.wait(PACE_S):
                due = int((time.monotonic() - began) * 100)
                if due <= sent:
                    continue
                instants = np.arange(sent, due) / 100.0
                feet = [signal.raw(instants) * moticon_wire.CODE for signal in self.signals]
                for row, instant in enumerate(instants):
                    words = [f"{100 + instant:.2f}"]
                    for foot in feet:
                        words += ["0"] * 8 + [f"{value:.2f}" for value in foot[row]] + ["0"]
                    out.sendto(" ".join(words).encode(), ("127.0.0.1", self.port))
                sent = due
