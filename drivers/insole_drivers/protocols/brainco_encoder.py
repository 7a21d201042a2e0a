"""The insole's half of the BrainCo protocol, for virtual insoles and round trips."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from insole.model.foot import Side
from insole.model.stream import Capability, Samples, Write
from insole_drivers.protocols import brainco_messages as messages
from insole_drivers.protocols import brainco_wire as wire
from insole_drivers.protocols.brainco_decoder import PER_OHM
from insole_drivers.protocols.open_wire import ATT_BYTES

Notification = tuple[str, bytes]

RATES: Final = (50, 100, 200)
STILL: Final = wire.number_field(3, 2048)  # 1 g upwards, at the usual scale
PARAMETER: Final = 3  # error codes
UNKNOWN_COMMAND: Final = 2


class BraincoEncoder:
    """One virtual device. Resistances follow from the codes of the samples.

    Attributes:
        capability: what the device is; a client may set its rate.
        is_streaming: the client has said start and not stop.
        battery: percent.
        mode: what of the pressure is sent, a word of `messages.MODES`.
    """

    def __init__(self, capability: Capability) -> None:
        self.capability = capability
        self.is_streaming = False
        self.battery = 100
        self.mode = "raw"
        self._device = wire.RIGHT if capability.side is Side.RIGHT else wire.LEFT
        self._requests = wire.FrameStream()

    @property
    def rate_hz(self) -> float:
        """Samples a second, as it was told to."""
        return self.capability.rate_hz

    def hung_up(self) -> None:
        """The client is gone: the next one must start the stream itself."""
        self.is_streaming = False
        self._requests.clear()

    def restart(self) -> None:
        """The device reboots; the numbers of the samples tell the rest."""
        self.hung_up()

    def read(self, channel: str) -> bytes:
        """It has no readable characteristic of its own."""
        del channel
        return b""

    def packets(self, samples: Samples, mtu: int) -> list[Notification]:
        """Notifications that carry these samples with this MTU, a message for each."""
        ohms = np.rint(PER_OHM / np.maximum(samples.values, 1)).astype(np.int64)
        ohms[samples.values <= 0] = 0
        made: list[Notification] = []
        for number, tick_us, code, ohm in zip(
            samples.sequence.tolist(),
            samples.tick_us.tolist(),
            samples.values.tolist(),
            ohms.tolist(),
            strict=True,
        ):
            cells = wire.numbers_field(1, code) if self.mode != "raw" else b""
            if self.mode != "calibrated":
                cells += wire.numbers_field(2, ohm)
            body = (
                wire.number_field(1, self._device)
                + wire.number_field(2, tick_us // 1000 & 0xFFFF_FFFF)
                + wire.number_field(3, number & 0xFFFF_FFFF)
                + wire.bytes_field(10, STILL)
                + wire.bytes_field(11, cells)
            )
            made += self._notified(0, wire.bytes_field(30, body), mtu)
        return made

    def answer(self, write: Write, mtu: int) -> list[Notification]:
        """Notifications that the device sends when a client writes."""
        made: list[Notification] = []
        if write.channel != wire.TX:
            return made
        for found in self._requests.push(write.payload):
            if isinstance(found, wire.Problem) or found.route[1:2] != bytes([self._device]):
                continue
            try:
                asked = messages.read(found.payload, messages.REQUEST)
            except wire.Malformed:
                continue
            made += self._notified(asked.get("msgId", 0), self._reply(asked), mtu)
        return made

    def _reply(self, asked: messages.Message) -> bytes:
        if asked.get("deviceInfo"):
            return wire.bytes_field(10, self._information())
        if asked.get("runtime"):
            return wire.bytes_field(11, b"")
        if asked.get("battery"):
            return wire.bytes_field(12, wire.number_field(1, self.battery))
        if asked.get("sensorConfig"):
            return wire.bytes_field(13, self._configuration())
        if asked.get("status"):
            return wire.bytes_field(14, wire.number_field(1, 1))
        command = asked.get("stream", {}).get("command")
        if "setConfig" not in asked and command not in (messages.START, messages.STOP):
            return wire.number_field(2, UNKNOWN_COMMAND)
        said = self._configured(asked["setConfig"]) if "setConfig" in asked else b""
        if command:
            self.is_streaming = command == messages.START
        return said

    def _configured(self, wanted: messages.Message) -> bytes:
        cells: messages.Message = wanted.get("pressure", {})
        rate_hz, mode = cells.get("hz", 0), cells.get("mode", 0)
        words = {0: "calibrated", "RAW": "raw", "BOTH": "both"}
        if rate_hz not in RATES or mode not in words:
            return wire.number_field(2, PARAMETER)
        self.mode = words[mode]
        self.capability = replace(self.capability, rate_hz=float(rate_hz))
        return wire.bytes_field(13, self._configuration())

    def _configuration(self) -> bytes:
        rate_hz = round(self.capability.rate_hz)
        motion = wire.number_field(1, 1) + wire.number_field(2, 1) + wire.number_field(3, rate_hz)
        cells = (
            wire.number_field(1, 1)
            + wire.number_field(2, rate_hz)
            + wire.number_field(3, messages.MODES[self.mode])
        )
        return wire.bytes_field(1, motion) + wire.bytes_field(2, cells)

    def _information(self) -> bytes:
        told = self.capability
        texts = {2: told.serial, 4: "virtual", 5: told.firmware}
        return wire.number_field(1, self._device) + b"".join(
            wire.bytes_field(key, text.encode()) for key, text in texts.items()
        )

    def _notified(self, number: int, body: bytes, mtu: int) -> list[Notification]:
        payload = wire.number_field(1, number) + body
        frame = wire.sealed(payload, source=self._device, destination=wire.HOST)
        room = mtu - ATT_BYTES
        return [(wire.RX, frame[at : at + room]) for at in range(0, len(frame), room)]
