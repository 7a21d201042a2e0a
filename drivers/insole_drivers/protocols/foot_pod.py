"""Foot pods and watches that offer the standard running-speed-and-cadence service.

They stream beside a pair and are never one of its feet. What a measurement says stands in readings
of kind `running`: numbers that the device worked out itself, about once a second, at the time of
their arrival. Makers count cadence differently: most the steps of both feet, some those of one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from insole.model.protocol import Advert, Gatt, InsoleProtocol, Match, Setting
from insole.model.stream import (
    Capability,
    Connected,
    Decoded,
    Disconnected,
    Info,
    Notice,
    Packet,
    Readings,
    Samples,
    Tick,
    Write,
)
from insole_drivers.protocols import ble_sig

CHANNELS: Final = ("speed", "cadence", "is_running", "stride_length", "total_distance")
"""In m/s, 1/min, 0 or 1, m and m; what a device does not tell is not a number."""
RATE_HZ: Final = 1.0


class FootPodDecoder:
    """Decoder of one pod; it keeps nothing but what it said last.

    Args:
        device: its key.
    """

    def __init__(self, device: str) -> None:
        self._device = device

    def feed(self, event: Connected | Packet | Disconnected | Tick) -> list[Decoded]:
        """Take one event; answer with everything that it says."""
        if not isinstance(event, Packet):
            return []
        now_ns, channel, data = event.arrival_ns, event.channel, event.payload
        facts = ble_sig.facts(self._device, channel, data, now_ns=now_ns)
        if facts is not None:
            return list(facts)
        if channel == ble_sig.MEASUREMENT:
            return [self._measured(data, now_ns)]
        if channel == ble_sig.FEATURE:
            told = ble_sig.features(data)
            if told is None:
                return [self._short(now_ns)]
            names = ", ".join(name for name, has in told.items() if has)
            return [Info(self._device, now_ns, "features", names or "none")]
        if channel == ble_sig.LOCATION:
            where = ble_sig.location(data)
            if where is None:
                return [self._short(now_ns)]
            return [Info(self._device, now_ns, "location", where)]
        text = f"nothing is known of channel {channel[:36]}"
        return [Notice(self._device, now_ns, "unknown_type", text)]

    def _measured(self, data: bytes, now_ns: int) -> Decoded:
        told = ble_sig.running(data)
        if told is None:
            return self._short(now_ns)
        optional = [
            math.nan if value is None else value
            for value in (told.stride_length_m, told.total_distance_m)
        ]
        row = [told.speed_m_s, float(told.cadence_per_min), float(told.is_running), *optional]
        return Readings(
            device=self._device,
            kind="running",
            unit="",
            channels=CHANNELS,
            tick_us=np.array([now_ns // 1000], np.int64),
            arrival_ns=np.array([now_ns], np.int64),
            values=np.array([row]),
        )

    def _short(self, now_ns: int) -> Notice:
        return Notice(self._device, now_ns, "truncated", "a value is shorter than its flags say")


class FootPodEncoder:
    """One virtual pod; its signal is (n, 2): speed in 1/256 m/s and cadence per minute."""

    is_streaming = True

    def packets(self, samples: Samples, mtu: int) -> list[tuple[str, bytes]]:  # noqa: ARG002
        """One measurement for each sample."""
        return [
            (
                ble_sig.MEASUREMENT,
                ble_sig.running_bytes(
                    ble_sig.Running(int(row[0]) / 256, int(row[1]) & 0xFF, is_running=True)
                ),
            )
            for row in samples.values
        ]

    def answer(self, write: Write, mtu: int) -> list[tuple[str, bytes]]:  # noqa: ARG002
        """Nothing is asked of it."""
        return []

    def read(self, channel: str) -> bytes:
        """It tells walking from running, and is worn on top of the shoe."""
        return {ble_sig.FEATURE: b"\x04\x00", ble_sig.LOCATION: b"\x01"}.get(channel, b"")

    def hung_up(self) -> None:
        """Nothing was asked for."""

    def restart(self) -> None:
        """It counts nothing."""


class FootPod:
    """The protocol named `foot_pod`."""

    name = "foot_pod"
    title = "Foot pod (running speed and cadence)"
    role = "foot pod"
    gatt = Gatt(
        service=ble_sig.RUNNING_SERVICE,
        notify=(ble_sig.MEASUREMENT,),
        read=(ble_sig.FEATURE, ble_sig.LOCATION),
        optional=frozenset((ble_sig.FEATURE, ble_sig.LOCATION)),
        quiet_s=1.0,
    )
    settings: tuple[Setting, ...] = ()

    def match(self, advert: Advert) -> Match | None:
        """Whoever advertises the service; it is never a foot."""
        if self.gatt.service not in advert.services:
            return None
        return Match(protocol=self.name, model=self.title, side=None)

    def decoder(self, device: str) -> FootPodDecoder:
        """A fresh decoder for one device."""
        return FootPodDecoder(device)

    def told(self, wish: Capability) -> Capability:
        """Once a second; the layout means nothing."""
        return replace(
            wish, protocol=self.name, quantity="counts", scale=1.0, offset=0.0, saturated=None,
            rate_hz=RATE_HZ, mass_kg=None,
        )  # fmt: skip

    def encoder(self, capability: Capability) -> FootPodEncoder:
        """A fresh encoder for one virtual device."""
        del capability
        return FootPodEncoder()

    def advertise(self, told: Capability, *, battery: int) -> Advert:
        """Name and service."""
        del told, battery
        return Advert("", "Foot Pod", (self.gatt.service,))

    def start(self, chosen: Mapping[str, str] | None = None) -> list[Write]:
        """Nothing: it measures as soon as somebody listens."""
        del chosen
        return []

    def stop(self) -> list[Write]:
        """Nothing."""
        return []


PROTOCOL: InsoleProtocol = FootPod()
