"""Who is in range: one scan at a time, each advertisement matched against every protocol."""

from __future__ import annotations

import asyncio
import math
import platform
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from bleak import BleakAdapter, BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakError

from insole.model.protocol import Advert, Carrying, InsoleProtocol, Match
from insole_drivers.advice import bluetooth_error

MOST = 512  # devices kept of one scan: a crowded or hostile room stays bounded
ADOPT_S = 2.0
BUSY_S = (0.25, 0.5, 1.0)  # pauses when another program scans
_TROUBLE = (BleakError, OSError, EOFError)


@dataclass(frozen=True, slots=True)
class Found:
    """One device in range.

    Attributes:
        device: bleak's handle.
        advert: what it says.
        match: why it is taken for an insole, else None.
        protocol: what drives it, else None.
        why_not: why it is no insole.
    """

    device: BLEDevice
    advert: Advert
    match: Match | None = None
    protocol: InsoleProtocol | None = None
    why_not: str = ""

    @property
    def carries_both(self) -> bool:
        """Its one connection carries both feet."""
        return isinstance(self.protocol, Carrying)


def classify(device: BLEDevice, advert: Advert, *, protocols: Sequence[InsoleProtocol]) -> Found:
    """What a device is, and if it is no insole, why."""
    for protocol in protocols:
        match = protocol.match(advert)
        if match is not None:
            return Found(device, advert, match, protocol)
    if advert.services:
        why = f"offers {_services(advert.services)}, which no driver here knows"
    elif advert.manufacturer:
        companies = ", ".join(f"0x{company:04X}" for company in sorted(advert.manufacturer))
        why = f"names no service, only company data ({companies})"
    else:
        why = "names no service"
    return Found(device, advert, why_not=why)


def _services(uuids: Sequence[str]) -> str:
    short = [
        uuid[4:8].upper() if uuid.endswith("-0000-1000-8000-00805f9b34fb") else uuid
        for uuid in uuids[:3]
    ]
    return ", ".join(short) + (" and more" if len(uuids) > len(short) else "")


def must_filter(macos: str) -> bool:
    """The first releases of macOS 12 hear nobody without a filter by service.

    Elsewhere there is none: some insoles are known by their name alone and advertise no service.

    >>> [must_filter(version) for version in ("", "11.6", "12.0", "12.2.1", "12.3", "14.1")]
    [False, False, True, True, False, False]
    """
    return macos.startswith(("12.0", "12.1", "12.2"))


def advert_of(device: BLEDevice, data: AdvertisementData) -> Advert:
    """Advertisement in our words; bounded, since everything in them is foreign."""
    return Advert(
        address=device.address,
        name=(data.local_name or device.name or "")[:248],
        services=tuple(uuid.lower() for uuid in data.service_uuids[:64]),
        manufacturer=dict(list(data.manufacturer_data.items())[:16]),
        service_data={uuid.lower(): blob for uuid, blob in list(data.service_data.items())[:16]},
        rssi_dbm=data.rssi,
    )


class Scan:
    """The only scanner of a radio: systems refuse a second one.

    Args:
        protocols: what counts as an insole.
        scanner: keyword arguments for `BleakScanner`.
    """

    def __init__(self, protocols: Iterable[InsoleProtocol], *, scanner: dict[str, Any]) -> None:
        self.protocols = tuple(protocols)
        self._scanner = scanner
        self._lock = asyncio.Lock()

    def sharing(self, protocols: Iterable[InsoleProtocol]) -> Scan:
        """A scan for other devices over the same radio: still one at a time."""
        other = Scan(protocols, scanner=self._scanner)
        other._lock = self._lock
        return other

    async def look(
        self,
        seconds: float,
        *,
        is_enough: Callable[[Sequence[Found]], bool],
        company_s: float = math.inf,
        everything: bool = False,
    ) -> list[Found]:
        """Scan until it is enough, at most so long; the newest word of each device.

        Args:
            seconds: limit.
            is_enough: asked after each advertisement, with everything found so far.
            company_s: after the first one, wait at most this long for the others.
            everything: also devices that are no insole.

        Raises:
            BluetoothError: the radio cannot scan.
        """
        seen: dict[str, Found] = {}
        first_s: list[float] = []
        news, done = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()

        def heard(device: BLEDevice, data: AdvertisementData) -> None:
            if device.address not in seen and len(seen) >= MOST:
                return
            found = classify(device, advert_of(device, data), protocols=self.protocols)
            if found.match is None and not everything:
                return
            if not seen:
                first_s.append(loop.time())
                news.set()
            seen[device.address] = found
            if is_enough(tuple(seen.values())):
                done.set()
                news.set()

        services = sorted({protocol.gatt.service for protocol in self.protocols} - {""})
        is_filtered = must_filter(platform.mac_ver()[0]) and not everything
        async with self._lock:
            scanner = await self._started(heard, services if is_filtered else None)
            try:
                limit_s = loop.time() + seconds  # of the search, not of the wait for the radio
                while not done.is_set():
                    until_s = min([limit_s, *(first + company_s for first in first_s)])
                    if loop.time() >= until_s:
                        break
                    with suppress(TimeoutError):
                        async with asyncio.timeout_at(until_s):
                            await news.wait()
                    news.clear()
            finally:
                with suppress(*_TROUBLE):
                    await scanner.stop()
        return list(seen.values())

    async def _started(
        self, heard: Callable[[BLEDevice, AdvertisementData], None], services: list[str] | None
    ) -> BleakScanner:
        for pause in (*BUSY_S, None):
            scanner = BleakScanner(heard, services, **self._scanner)
            try:
                await scanner.start()
            except _TROUBLE as error:
                if pause is None or "InProgress" not in str(error):
                    raise bluetooth_error(error) from error
                await asyncio.sleep(pause)
            else:
                return scanner
        raise AssertionError("unreachable")

    async def connected(self) -> list[Found]:
        """Insoles that the system already holds a link to: they do not advertise.

        A program that was killed leaves such links behind.
        """
        if self._scanner:
            return []  # a virtual radio starts without links
        found: list[Found] = []
        with suppress(*_TROUBLE, NotImplementedError, TimeoutError):
            async with asyncio.timeout(ADOPT_S):
                adapter = await BleakAdapter.get()
                for protocol in self.protocols:
                    service = protocol.gatt.service
                    if not service:
                        continue  # it goes over a network only
                    for device in await adapter.get_connected_devices([service]):
                        advert = Advert(device.address, device.name or "", (service,))
                        found.append(classify(device, advert, protocols=(protocol,)))
        return [each for each in found if each.match is not None]
