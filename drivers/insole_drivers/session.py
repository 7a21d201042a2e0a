"""One connection to one device: made, asked who it is, and ended, each bounded in time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.service import BleakGATTServiceCollection
from bleak.exc import BleakError

from insole.model.protocol import Gatt
from insole.model.stream import Write
from insole_drivers.advice import shown
from insole_drivers.protocols import ble_sig
from insole_drivers.scan import Found
from insole_drivers.timing import Timing

INFORMATION = (ble_sig.SERIAL, ble_sig.FIRMWARE, ble_sig.MANUFACTURER)
ATT_BYTES = 3  # of each packet, before what it carries
SMALL_MTU = 64  # less than most insoles need
TROUBLE = (BleakError, TimeoutError, OSError, EOFError)
"""What bleak's backends raise when a radio, a system or a device does not do as asked."""


@dataclass(slots=True, eq=False)
class Session:
    """One connection of a link; a link that reconnects makes a new one.

    Attributes:
        client: bleak's, used for this connection only.
        mtu: what was agreed.
        read: characteristic and value of everything read at the beginning.
        heard: characteristics that were subscribed to.
        stand_ins: what stands for a characteristic of the protocol (`Gatt.by_property`).
        lost: the connection is gone.
        reason: why.
        newest_ns: arrival of the newest data packet.
        has_data: there was one.
        has_samples: and samples in it.
        problem: what could not be read of it last, and why.
    """

    client: BleakClient
    mtu: int = 23
    read: list[tuple[str, bytes]] = field(default_factory=list[tuple[str, bytes]])
    heard: list[BleakGATTCharacteristic] = field(default_factory=list[BleakGATTCharacteristic])
    stand_ins: dict[str, BleakGATTCharacteristic] = field(
        default_factory=dict[str, BleakGATTCharacteristic]
    )
    lost: asyncio.Event = field(default_factory=asyncio.Event)
    reason: str = ""
    newest_ns: int = 0
    has_data: bool = False
    has_samples: bool = False
    problem: str = ""

    @property
    def excuse(self) -> str:
        """Why no sample could be read so far, behind a colon; "" where nothing tells it."""
        if self.has_samples:
            return ""
        if self.problem:
            return f": what comes cannot be read ({shown(self.problem)})"
        if self.mtu < SMALL_MTU:
            room = self.mtu - ATT_BYTES
            return (
                f": packets hold {room} bytes only (MTU {self.mtu}), newer adapters agree to more"
            )
        return ""

    def find(self, channel: str) -> BleakGATTCharacteristic | None:
        """The characteristic that a protocol knows by this number."""
        return self.stand_ins.get(channel) or self.client.services.get_characteristic(channel)

    async def write(self, write: Write, limit_s: float) -> None:
        """Write it.

        Raises:
            BleakError: or another of `TROUBLE`; also when it takes longer than `limit_s`.
        """
        async with asyncio.timeout(limit_s):
            payload = write.payload
            if write.payload_at is not None:
                payload = write.payload_at(datetime.now().astimezone())
            to = self.stand_ins.get(write.channel, write.channel)
            await self.client.write_gatt_char(to, payload, response=write.response)

    def end(self, reason: str) -> None:
        """The connection is gone; the first reason counts."""
        if not self.lost.is_set():
            self.reason = reason
            self.lost.set()

    @property
    def serial(self) -> str:
        """The serial number that it told, or nothing."""
        told = (ble_sig.text(data) for uuid, data in self.read if uuid == ble_sig.SERIAL)
        return next(told, "")


async def connected(
    found: Found, gatt: Gatt, *, timing: Timing, client: dict[str, Any], is_first: bool
) -> Session:
    """Connect, and read what the device says of itself; what it does not have is left out.

    Args:
        found: where it is.
        gatt: what its protocol reads.
        timing: limits of all waits.
        client: keyword arguments for `BleakClient`.
        is_first: Windows may use the table that it knows; after a failure it asks the device.

    Raises:
        BleakError: or another of `TROUBLE`; nothing is left connected.
    """
    box: list[Session] = []

    def disconnected(_: BleakClient) -> None:
        if box:
            box[0].end("the insole hung up or went out of range")

    options: dict[str, Any] = {} if is_first else {"winrt": {"use_cached_services": False}}
    made = BleakClient(found.device, disconnected, timeout=timing.connect_s, **(options | client))
    session = Session(made)
    box.append(session)
    try:
        async with asyncio.timeout(timing.connect_s + timing.request_s):
            await made.connect()
            await _identify(session, gatt, timing)
    except BaseException:
        await hang_up(session, timing)
        raise
    return session


async def _identify(session: Session, gatt: Gatt, timing: Timing) -> None:
    table = session.client.services
    for channel in gatt.by_property:
        stand_in = _by_property(table, gatt, channel)
        if stand_in is not None:
            session.stand_ins[channel] = stand_in
    for channel in dict.fromkeys([*INFORMATION, ble_sig.BATTERY, *gatt.read]):
        characteristic = table.get_characteristic(channel)
        if characteristic is None or "read" not in characteristic.properties:
            continue
        try:
            async with asyncio.timeout(timing.request_s):
                data = bytes(await session.client.read_gatt_char(characteristic))
        except TROUBLE:
            if session.lost.is_set():
                raise
            continue
        session.read.append((channel, data))
    for channel in gatt.notify:
        characteristic = session.find(channel)
        if characteristic is not None:  # `mtu_size` is always 23 on BlueZ
            session.mtu = characteristic.max_write_without_response_size + 3
            break


def _by_property(
    table: BleakGATTServiceCollection, gatt: Gatt, channel: str
) -> BleakGATTCharacteristic | None:
    """What does the part of a characteristic that cannot; None: it can, or nobody else is sure."""
    needed = {"notify"} if channel in gatt.notify else {"write", "write-without-response"}
    known = table.get_characteristic(channel)
    if known is not None and needed & set(known.properties):
        return None
    service = table.get_service(gatt.homes.get(channel, gatt.service))
    offered = service.characteristics if service is not None else ()
    able = [each for each in offered if needed & set(each.properties)]
    return able[0] if len(able) == 1 else None


async def say_goodbye(session: Session, writes: Sequence[Write], timing: Timing) -> None:
    """Stop the stream and the notifications; bounded in time, never raises what a radio raises."""
    with suppress(*TROUBLE):
        async with asyncio.timeout(timing.goodbye_s):
            for write in writes:
                await session.write(write, timing.request_s)
    # bluetoothd 5.66 dies of a program that leaves while sockets of notifications are open.
    with suppress(*TROUBLE):
        async with asyncio.timeout(timing.goodbye_s):
            for characteristic in session.heard:
                await session.client.stop_notify(characteristic)


async def hang_up(session: Session, timing: Timing) -> None:
    """Disconnect; bounded in time, never raises what a radio raises."""
    with suppress(*TROUBLE):
        async with asyncio.timeout(timing.hang_up_s):
            await session.client.disconnect()
