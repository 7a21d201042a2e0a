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
    Readings,
    Samples,
    Write,
)
from insole_drivers.protocols import ble_sig
from insole_drivers.protocols.teller import Refused, Teller

CHANNELS: Final = ("speed", "cadence", "is_running", "stride_length", "total_distance")
"""In m/s, 1/min, 0 or 1, m and m; what a device does not tell is not a number."""
RATE_HZ: Final = 1.0
SHORT: Final = "a value is shorter than its flags say"


class FootPodDecoder(Teller):
    """Decoder of one pod; it keeps nothing but what it said last.

    Args:
        device: its key.
    """

    def _packet(self, channel: str, data: bytes) -> None:
        if channel == ble_sig.MEASUREMENT:
            self._measured(data)
        elif channel == ble_sig.FEATURE:
            told = ble_sig.features(data)
            if told is None:
                raise Refused("truncated", SHORT)
            self._info("features", ", ".join(name for name, has in told.items() if has) or "none")
        elif channel == ble_sig.LOCATION:
            where = ble_sig.location(data)
            if where is None:
                raise Refused("truncated", SHORT)
            self._info("location", where)
        else:
            self._standard(channel, data)

    def _measured(self, data: bytes) -> None:
        told = ble_sig.running(data)
        if told is None:
            raise Refused("truncated", SHORT)
        optional = [
            math.nan if value is None else value
            for value in (told.stride_length_m, told.total_distance_m)
        ]
        row = [told.speed_m_s, float(told.cadence_per_min), float(told.is_running), *optional]
        self._out.append(
            Readings(
                device=self._device,
                kind="running",
                unit="",
                channels=CHANNELS,
                tick_us=np.array([self._now_ns // 1000], np.int64),
                arrival_ns=np.array([self._now_ns], np.int64),
                values=np.array([row]),
            )
        )


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
