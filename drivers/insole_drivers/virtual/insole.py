"""A virtual insole: a GATT server that streams like the real thing.

It advertises, tells its serial number, firmware and battery, and streams its signal at the pace of
its own clock. Its sample counter goes on while nobody listens. How late the event loop is changes
only when a packet leaves, never which samples it carries: what is due is computed from the clock.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
from bumble import att, core, hci
from bumble.controller import Controller
from bumble.device import Connection, Device
from bumble.gatt import Characteristic, CharacteristicValue, Service

from insole.model.arrays import Raw
from insole.model.protocol import Encoder, Keeping, Paced
from insole.model.stream import Samples, Write
from insole_drivers.protocols.ble_sig import BATTERY as BATTERY_LEVEL
from insole_drivers.protocols.ble_sig import FIRMWARE, HOMES, MANUFACTURER, SERIAL
from insole_drivers.virtual import strangers
from insole_drivers.virtual.advert import on_the_air
from insole_drivers.virtual.air import Air
from insole_drivers.virtual.faults import Fault, carry_through
from insole_drivers.virtual.plan import DeviceClock, Plan

NOTIFICATION = struct.Struct("<BH")  # opcode, handle
ADVERTISING_MS = 30.0  # as devices do that want to be found at once
PACK_S = 0.02  # a sample waits at most this long for company in its packet
AHEAD_S = 0.25  # the signal is computed in blocks this long: numpy costs per call
TABLE_SHIFT = 7  # of handles: none stands where it stood
TICK_S = 1e-6  # least wait: instants of a device that is on for years are rounded
BOOT_S = 0.5  # of a microcontroller that restarts
LATE_S = 2.0  # what the device's own buffer holds; older samples are lost


class VirtualInsole:
    """One insole on the air.

    Args:
        air: where it is heard.
        plan: what it is.
        faults: what is wrong with it.
        elapsed: seconds since the pair was switched on, the time axis of its signal.
    """

    def __init__(
        self,
        air: Air,
        plan: Plan,
        *,
        faults: Sequence[Fault] = (),
        elapsed: Callable[[], float] | None = None,
    ) -> None:
        for fault in faults:
            plan = fault.plan(plan)
        self.plan = plan
        self.air = air
        self.faults = tuple(faults)
        self.battery = plan.battery
        self.clock: DeviceClock = plan.clock
        self.connected = asyncio.Event()
        self.disconnected = asyncio.Event()
        self.streaming = asyncio.Event()
        self.ended = asyncio.Event()
        self.end_s = float("inf")  # world time after which no sample is taken
        loop = asyncio.get_running_loop()
        origin = loop.time()
        self.elapsed = elapsed or (lambda: loop.time() - origin)
        self._encoder: Encoder = plan.protocol.encoder(plan.capability)
        self._connection: Connection | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._ahead: tuple[int, Raw] | None = None
        self._next = 0
        self._afflicted = False
        self._values: dict[str, Characteristic[bytes]] = {}
        self.device = self._device(plan.address)
        self._keep_pace()

    # --- life ---

    async def switch_on(self) -> None:
        """Power on and advertise, if it is present at all."""
        await self.device.power_on()
        if self.plan.is_present:
            await self.device.start_advertising(auto_restart=True)
        if any(type(fault).carry is not Fault.carry for fault in self.faults):
            self.air.spoil(self.controller, self._spoil)
        for fault in self.faults:
            fault.around(self)

    async def switch_off(self) -> None:
        """Stop everything that runs."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with suppress(core.BaseBumbleError):
            await self.device.stop_advertising()
        await self.device.power_off()

    @property
    def controller(self) -> Controller:
        """Its half of the air."""
        return self.air.controller(self.plan.address)

    def lose(self) -> None:
        """Walk out of range."""
        self.air.lose(self.controller)

    def restore(self) -> None:
        """Come back."""
        self.air.restore(self.controller)

    def die(self) -> None:
        """Go dark without a word, as with an empty battery."""
        self.air.silence(self.controller)

    def set_battery(self, percent: int) -> None:
        """Change the battery's level and tell whoever subscribed."""
        self.battery = percent
        self._notify([(BATTERY_LEVEL, bytes([percent]))])

    def sleep_through(self, seconds: float) -> None:
        """The computer slept: for it no time went by, for this insole so much did."""
        self.clock = replace(self.clock, boot_s=self.clock.boot_s - seconds)
        self._next, self._ahead = self.clock.taken(self.elapsed()), None

    def set_clock_back(self, seconds: float) -> None:
        """Its clock tells an earlier time; its counter goes on."""
        self.clock = replace(self.clock, back_s=self.clock.back_s + seconds)

    def switch_bluetooth(self, *, on: bool) -> None:
        """The computer's Bluetooth goes off, links and all, or on again."""
        self.air.is_host_off = not on
        if not on:
            self.air.end_links()

    def change_table(self) -> None:
        """Every attribute gets another handle, as after an update of the firmware."""
        server: Any = self.device.gatt_server  # the types of its attributes are incomplete
        for attribute in server.attributes:
            attribute.handle += TABLE_SHIFT
            attribute.end_group_handle += TABLE_SHIFT
            if hasattr(attribute, "value_handle"):  # a declaration tells the handle of its value
                attribute.value_handle += TABLE_SHIFT
                told = attribute.value_handle.to_bytes(2, "little")
                attribute.value = attribute.value[:1] + told + attribute.value[3:]
        server.attributes_by_handle.clear()

    def fall_mute(self) -> None:
        """Take connections, answer nothing."""
        self.air.mute(self.controller)

    def crowd(self, count: int) -> None:
        """So many others advertise, again and again."""
        self._spawn(strangers.crowd(self.air, count, seed=self.plan.seed))

    async def reboot(self) -> None:
        """Restart: the link drops, it is gone while it boots, counters and clock begin at 0."""
        self.clock = replace(self.clock, boot_s=self.elapsed() + BOOT_S)
        self._next, self._ahead = 0, None
        self._encoder.restart()
        await self._vanish()
        await asyncio.sleep(BOOT_S)
        await self.device.start_advertising(auto_restart=True)

    async def _vanish(self) -> None:
        """Hang up and advertise no more."""
        if self._connection is not None:
            with suppress(core.BaseBumbleError):
                await self._connection.disconnect(hci.HCI_REMOTE_USER_TERMINATED_CONNECTION_ERROR)
        await self.device.stop_advertising()

    async def move(self, address: str) -> None:
        """Come back under another address, as devices with privacy do."""
        await self._vanish()
        self.plan = replace(self.plan, address=address)
        self.device.static_address = self.device.random_address = hci.Address(address)
        host: Any = self.device.host  # the command's type is incomplete
        await host.send_sync_command(
            hci.HCI_LE_Set_Random_Address_Command(random_address=hci.Address(address))
        )
        await self.device.start_advertising(auto_restart=True)

    # --- attribute table ---

    def _device(self, address: str) -> Device:
        plan = self.plan
        advert = plan.advert or plan.protocol.advertise(plan.capability, battery=plan.battery)
        self.name = advert.name
        device = self.air.device(self.name, address)
        gatt = plan.protocol.gatt
        homes: dict[str, list[Characteristic[bytes]]] = {gatt.service: []}
        channels = dict.fromkeys((*gatt.notify, *gatt.read, *gatt.write))
        for channel in dict.fromkeys([*channels, SERIAL, FIRMWARE, MANUFACTURER, BATTERY_LEVEL]):
            home = gatt.homes.get(channel) or HOMES.get(channel) or gatt.service
            made = self._characteristic(
                channel,
                notifies=channel in gatt.notify or channel == BATTERY_LEVEL,
                writes=channel in gatt.write,
                reads=channel in gatt.read or channel not in channels,
            )
            homes.setdefault(home, []).append(made)
            self._values[channel] = made
        for uuid, members in homes.items():
            device.add_service(Service(uuid, members))
        server: Any = device.gatt_server  # the types of its attributes are incomplete
        for attribute in server.attributes:
            if isinstance(attribute.value, bytes):  # Bumble lets anybody overwrite these
                attribute.write_value = _refuse_write
        server.max_mtu = plan.mtu
        device.advertising_data, device.scan_response_data = on_the_air(advert)
        device.advertising_interval_min = device.advertising_interval_max = ADVERTISING_MS
        device.on(Device.EVENT_CONNECTION, self._on_connection)
        return device

    def _characteristic(
        self, channel: str, *, notifies: bool, writes: bool, reads: bool
    ) -> Characteristic[bytes]:
        flags = Characteristic.Properties
        properties = flags(0)
        permissions = Characteristic.Permissions.READABLE
        if notifies:
            properties |= flags.NOTIFY
        if reads:
            properties |= flags.READ
        if writes:
            properties |= flags.WRITE | flags.WRITE_WITHOUT_RESPONSE
            permissions |= Characteristic.Permissions.WRITEABLE

        def read(_: Connection) -> bytes:
            if not reads:  # without this answer a client would wait 30 s
                raise att.ATT_Error(att.ErrorCode.READ_NOT_PERMITTED)
            return self._read(channel)

        def write(_: Connection, value: bytes) -> None:
            self._on_write(channel, bytes(value))

        made: Characteristic[bytes] = Characteristic(
            channel, properties, permissions, CharacteristicValue(read=read, write=write)
        )
        made.on(Characteristic.EVENT_SUBSCRIPTION, self._on_subscription)
        return made

    def _read(self, channel: str) -> bytes:
        capability = self.plan.capability
        known = {
            SERIAL: capability.serial.encode(),
            FIRMWARE: capability.firmware.encode(),
            MANUFACTURER: b"insole",
        }
        if channel == BATTERY_LEVEL:
            return bytes([self.battery])
        if channel in self.plan.protocol.gatt.read:
            return self._encoder.read(channel)
        return known.get(channel, b"")

    # --- events from the host stack ---

    def _on_connection(self, connection: Connection) -> None:
        self._connection = connection
        connection.on(Connection.EVENT_DISCONNECTION, self._on_disconnection)
        self.disconnected.clear()
        self.connected.set()
        for fault in self.faults:
            fault.answered(self)

    def _on_disconnection(self, _: int) -> None:
        self._connection = None
        self.connected.clear()
        self.disconnected.set()
        self.streaming.clear()
        self._encoder.hung_up()

    def _on_subscription(self, _: object, is_notified: bool, __: bool) -> None:
        if is_notified and self._encoder.is_streaming:  # as soon as somebody listens
            self._begin()

    def _on_write(self, channel: str, payload: bytes) -> None:
        connection = self._connection
        if connection is None:
            return
        self._notify(self._encoder.answer(Write(channel, payload), connection.att_mtu))
        self._keep_pace()
        if self._encoder.is_streaming:
            self._begin()
        else:
            self.streaming.clear()

    @property
    def _kept(self) -> int:
        """Samples that the device keeps while nobody listens."""
        encoder = self._encoder
        return int(encoder.keeps_s * self.clock.rate_hz) if isinstance(encoder, Keeping) else 0

    def _keep_pace(self) -> None:
        """Sample at the rate that the device was told to, unless a fault says otherwise."""
        plan, clock, encoder = self.plan, self.clock, self._encoder
        is_wrong = plan.clock.rate_hz != plan.capability.rate_hz
        if is_wrong or not isinstance(encoder, Paced) or clock.rate_hz == encoder.rate_hz:
            return
        self.clock = replace(clock, rate_hz=encoder.rate_hz)
        self._next, self._ahead = self.clock.taken(self.elapsed()), None

    def _begin(self) -> None:
        if self.streaming.is_set():
            return
        self.streaming.set()
        taken = self.clock.taken(self.elapsed())
        self._next = max(self._next, taken - self._kept) if self._next else taken
        self._spawn(self._stream())
        if not self._afflicted:  # times of faults count from the first sample
            self._afflicted = True
            for fault in self.faults:
                self._spawn(fault.live(self))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # --- the stream ---

    async def _stream(self) -> None:
        connection = self._connection
        pack = max(1, int(PACK_S * self.clock.rate_hz))
        while self.streaming.is_set() and self._connection is connection:
            clock, now = self.clock, self.elapsed()
            keeps = (
                self._kept
            )  # such a device goes on: what it gives out is older than what it takes
            due = clock.taken(now if keeps else min(now, self.end_s))
            is_over = now >= self.end_s
            self._next = max(self._next, due - int(LATE_S * clock.rate_hz) - keeps)
            if due - self._next >= pack or (is_over and due > self._next):
                self._send(self._next, due)
            if is_over:
                self.ended.set()
                if not keeps:
                    return
            wake = clock.instant(self._next + pack - 1)
            wake = wake if is_over else min(wake, self.end_s)
            await asyncio.sleep(max(TICK_S, wake - self.elapsed()))

    def _send(self, first: int, end: int) -> None:
        connection = self._connection
        self._next = end
        if connection is None:
            return
        numbers = np.arange(first, end, dtype=np.int64)
        samples = Samples(
            device=self.plan.capability.device,
            sequence=numbers,
            tick_us=self.clock.ticks_us(numbers),
            arrival_ns=np.zeros(len(numbers), dtype=np.int64),
            values=self._felt(first, end),
            flags=np.zeros(len(numbers), dtype=np.uint32),
        )
        self._notify(self._encoder.packets(samples, connection.att_mtu))

    def _felt(self, first: int, end: int) -> Raw:
        """Values (end - first, S), out of a block computed ahead."""
        if self._ahead is None or not (
            self._ahead[0] <= first and end <= self._ahead[0] + len(self._ahead[1])
        ):
            rows = max(end - first, int(AHEAD_S * self.clock.rate_hz))
            numbers = np.arange(first, first + rows, dtype=np.int64)
            time_s = self.clock.instants(numbers)
            raw = self.plan.signal.raw(time_s)
            for fault in self.faults:
                raw = fault.feel(raw, time_s, self.plan)
            self._ahead = (first, raw)
        start, block = self._ahead
        return block[first - start : end - start]

    def _notify(self, packets: Sequence[tuple[str, bytes]]) -> None:
        for channel, payload in packets:
            connection = self._connection
            if connection is None:
                return
            handle = self._values[channel].handle
            listeners = self.device.gatt_server.subscribers.get(connection, {})
            if listeners.get(handle, b"\0")[0] & 1:
                # Not `notify_subscriber`: it writes a debug text of every payload.
                size = connection.att_mtu - NOTIFICATION.size
                head = NOTIFICATION.pack(att.Opcode.ATT_HANDLE_VALUE_NOTIFICATION, handle)
                self.device.host.send_l2cap_pdu(
                    connection.handle, att.ATT_CID, head + payload[:size]
                )

    def _spoil(self, handle: int, value: bytes) -> Iterable[tuple[float, bytes]]:
        channels = self.plan.protocol.gatt.notify
        if handle not in [self._values[c].handle for c in channels if c != BATTERY_LEVEL]:
            return ((0.0, value),)
        return carry_through(self.faults, value, self.elapsed(), stream=handle)


async def _refuse_write(_bearer: object, _value: bytes) -> None:
    raise att.ATT_Error(att.ErrorCode.WRITE_NOT_PERMITTED)
