"""Everything that a device says, verbatim: for reporting an unknown insole and describing it.

The file has the form of known packets (`insole decode` reads it): one entry with the
advertisements, the attribute table and every value read under `config`, and every notification
under `packets_hex`. It is whole after every flush, so nothing is lost when the program is killed.
"""

from __future__ import annotations

import asyncio
import errno
import json
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.exc import BleakError

from insole.commands.options import writing
from insole.errors import BluetoothError
from insole.model.protocol import Advert
from insole_drivers.advice import shown
from insole_drivers.radio import Radio
from insole_drivers.scan import Found, Scan
from insole_drivers.session import TROUBLE
from insole_drivers.timing import Timing

MOST_BYTES: Final = 1 << 30
MOST_CHARACTERISTICS: Final = 512
FLUSH_S: Final = 0.5
FOOT: Final = b"\n ]}]\n"


@dataclass(frozen=True, slots=True)
class Captured:
    """What was kept.

    Attributes:
        advertisements: devices heard.
        characteristics: of the attribute table; 0 when no device was asked for.
        packets: notifications kept.
        payload_bytes: in them.
        ended: why it ended.
    """

    advertisements: int
    characteristics: int
    packets: int
    payload_bytes: int
    ended: str


class CaptureFile:
    """A list with one entry that grows by packets; valid JSON after every `flush`.

    Args:
        path: is made, or overwritten.

    Raises:
        FileError: it cannot be written. `DiskFull`: there is no room.
    """

    def __init__(self, path: Path, head: dict[str, Any]) -> None:
        self._path = path
        self.packets = 0
        self.payload_bytes = 0
        text = json.dumps(head, ensure_ascii=False, indent=1)
        start = f'[{text[: text.rindex("}")].rstrip()},\n "packets_hex": ['
        self._waiting = [start.encode()]
        with writing(path):
            self._stream: FileIO = path.open("wb", buffering=0)
        try:
            self.flush()
        except BaseException:
            self._stream.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        try:
            self.flush()
        finally:
            self._stream.close()

    @property
    def is_full(self) -> bool:
        """No more is kept: the file has reached its limit."""
        return self.payload_bytes >= MOST_BYTES

    def keep(self, channel: str, payload: bytes, *, arrival_ms: float) -> None:
        """One notification, verbatim."""
        entry = {
            "hex": payload.hex(),
            "arrival_ms": round(arrival_ms, 3),
            "characteristic": channel,
        }
        comma = b",\n  " if self.packets else b"\n  "
        self._waiting.append(comma + json.dumps(entry).encode())
        self.packets += 1
        self.payload_bytes += len(payload)

    def flush(self) -> None:
        """Write what waits; the file is whole afterwards.

        Raises:
            FileError: it cannot be written. `DiskFull`: there is no room.
        """
        text = b"".join(self._waiting)
        with writing(self._path):
            end = self._stream.tell() + len(text)
            written = self._stream.write(text + FOOT)
            if written != len(text) + len(FOOT):
                raise OSError(errno.ENOSPC, "No space left on device")
            self._stream.seek(end)
        self._waiting.clear()


async def capture(
    radio: Radio,
    path: Path,
    *,
    address: str | None,
    seconds: float,
    writes: Sequence[tuple[str, bytes]] = (),
    timing: Timing | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Captured:
    """Keep what is on the air and, of one device, everything it says.

    Args:
        radio: what bleak talks to.
        path: the file.
        address: the device to connect to; None: advertisements alone.
        seconds: how long to listen, after the connection stands.
        writes: characteristic and bytes, written in order once everything is subscribed.
        timing: limits of all waits.
        progress: takes a line for people now and then.

    Raises:
        BluetoothError: no radio, the device was not heard, or it did not answer.
        FileError: the file cannot be written.
    """
    waits = timing or Timing()
    wanted = None if address is None else address.upper()
    heard = await Scan((), scanner=radio.scanner).look(
        seconds if wanted is None else waits.first_search_s,
        is_enough=lambda all_: any(each.advert.address.upper() == wanted for each in all_),
        everything=True,
    )
    head: dict[str, Any] = {
        "name": f"capture {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "description": "everything that was said, verbatim, by `insole capture`",
        "config": {"advertisements": [_advert(each.advert) for each in heard]},
    }
    if wanted is None:
        with CaptureFile(path, head):
            return Captured(len(heard), 0, 0, 0, "advertisements only")
    found = next((each for each in heard if each.advert.address.upper() == wanted), None)
    if found is None:
        raise BluetoothError(
            f"{address} was not heard",
            where="Bluetooth",
            why=f"{len(heard)} other devices answered within {waits.first_search_s:.0f} s",
            fix="Switch it on, end other programs that hold it, and take its address from "
            "`insole scan` or from `insole capture OUT` without --address",
        )
    progress(f"{shown(found.advert.name) or address}: connecting.")
    return await _device(
        found,
        path,
        head=head,
        client_options=radio.client,
        seconds=seconds,
        writes=writes,
        timing=waits,
        progress=progress,
    )


async def _device(
    found: Found,
    path: Path,
    *,
    head: dict[str, Any],
    client_options: dict[str, Any],
    seconds: float,
    writes: Sequence[tuple[str, bytes]],
    timing: Timing,
    progress: Callable[[str], None],
) -> Captured:
    lost = asyncio.Event()
    client = BleakClient(
        found.device, lambda _: lost.set(), timeout=timing.connect_s, **client_options
    )
    try:
        try:
            async with asyncio.timeout(timing.connect_s + timing.request_s):
                await client.connect()
        except TROUBLE as error:
            raise BluetoothError(
                f"{shown(found.advert.address)} did not answer",
                where="Bluetooth",
                why=str(error) or type(error).__name__,
                fix="Keep it within 2 m, end other programs that hold it, and try again",
            ) from error
        table, reads = await _table(client, timing)
        head["config"] |= {"address": found.advert.address, "name": found.advert.name}
        head["config"]["gatt"] = table
        head["config"]["setup_packets_hex"] = reads
        head["config"]["writes"] = [
            {"characteristic": channel, "hex": payload.hex()} for channel, payload in writes
        ]
        with CaptureFile(path, head) as file:
            count = sum(len(service["characteristics"]) for service in table)
            progress(f"{count} characteristics, {len(reads)} of them read. Listening.")
            ended = await _listen(
                client, file, lost=lost, seconds=seconds, writes=writes, timing=timing
            )
        advertisements = len(head["config"]["advertisements"])
        return Captured(advertisements, count, file.packets, file.payload_bytes, ended)
    finally:
        with suppress(*TROUBLE):
            async with asyncio.timeout(timing.hang_up_s):
                await client.disconnect()


async def _table(
    client: BleakClient, timing: Timing
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The attribute table, and every value that can be read, as packets that come first."""
    table: list[dict[str, Any]] = []
    reads: list[dict[str, Any]] = []
    for service in client.services:
        rows: list[dict[str, Any]] = []
        for each in service.characteristics[:MOST_CHARACTERISTICS]:
            row: dict[str, Any] = {
                "uuid": each.uuid,
                "handle": each.handle,
                "properties": sorted(each.properties),
                "descriptors": [item.uuid for item in each.descriptors[:16]],
            }
            if "read" in each.properties:
                try:
                    async with asyncio.timeout(timing.request_s):
                        value = bytes(await client.read_gatt_char(each))
                except TROUBLE as error:
                    row["unreadable"] = str(error) or type(error).__name__
                else:
                    row["value_hex"] = value.hex()
                    reads.append(
                        {"hex": value.hex(), "arrival_ms": _now_ms(), "characteristic": each.uuid}
                    )
            rows.append(row)
        table.append({"uuid": service.uuid, "characteristics": rows})
    return table, reads


async def _listen(
    client: BleakClient,
    file: CaptureFile,
    *,
    lost: asyncio.Event,
    seconds: float,
    writes: Sequence[tuple[str, bytes]],
    timing: Timing,
) -> str:
    """Keep every notification until the time is over; answers with why it ended."""
    until_ns = time.monotonic_ns() + round(seconds * 1e9)
    wall_ms = time.time_ns() * 1e-6 - time.monotonic_ns() * 1e-6

    def notified(characteristic: BleakGATTCharacteristic, data: bytearray) -> None:
        if not file.is_full:
            arrival_ms = wall_ms + time.monotonic_ns() * 1e-6
            file.keep(characteristic.uuid, bytes(data), arrival_ms=arrival_ms)

    for service in client.services:
        for each in service.characteristics:
            if {"notify", "indicate"} & set(each.properties):
                with suppress(*TROUBLE):
                    async with asyncio.timeout(timing.request_s):
                        await client.start_notify(each, notified, bluez={"use_start_notify": False})
    for channel, payload in writes:
        try:
            async with asyncio.timeout(timing.request_s):
                await client.write_gatt_char(channel, payload)
        except (*TROUBLE, BleakError) as error:
            return f"writing to {channel} failed: {error}"
    while (left_s := (until_ns - time.monotonic_ns()) * 1e-9) > 0:
        with suppress(TimeoutError):
            async with asyncio.timeout(min(FLUSH_S, left_s)):
                await lost.wait()
        file.flush()
        if lost.is_set():
            return "the device hung up or went out of range"
        if file.is_full:
            return f"the file has reached {MOST_BYTES >> 20} MB"
    return "the time is over"


def _advert(advert: Advert) -> dict[str, Any]:
    return {
        "address": advert.address,
        "name": advert.name,
        "rssi_dbm": advert.rssi_dbm,
        "services": list(advert.services),
        "manufacturer_hex": {f"{key:04x}": blob.hex() for key, blob in advert.manufacturer.items()},
        "service_data_hex": {key: blob.hex() for key, blob in advert.service_data.items()},
    }


def _now_ms() -> float:
    return round(time.time_ns() * 1e-6, 3)
