"""bleak on the virtual air: `BleakClient(..., backend=...)` and `BleakScanner(..., backend=...)`.

bleak takes a class and instantiates it, so the radio is bound by subclassing on the fly. Requests
of Bumble's GATT client end in `CancelledError` when the peer goes away, which would look like a
cancelled task; every request therefore races the disconnection and fails with `BleakError`.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from bleak.args import SizedBuffer
from bleak.assigned_numbers import gatt_char_props_to_strs
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient, NotifyCallback
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
)
from bleak.uuids import normalize_uuid_16
from bumble import att, core, hci
from bumble.device import Advertisement, Connection, Device, Peer

MTU = 517  # largest that ATT allows; the peer's own limit decides
_CANCEL_S = 1.0

T = TypeVar("T")


class Central:
    """The program's own radio on the virtual air.

    Attributes:
        device: powered-on Bumble host.
        client, scanner: backend classes bound to it.
    """

    def __init__(self, device: Device) -> None:
        self.device = device
        self.connecting = asyncio.Lock()  # the emulated controller holds one pending connect
        self.scanning = False
        self.client = type("VirtualClient", (VirtualClient,), {"central": self})
        self.scanner = type("VirtualScanner", (VirtualScanner,), {"central": self})

    def check_on(self) -> None:
        """See that the radio is switched on.

        Raises:
            BleakBluetoothNotAvailableError: somebody switched it off.
        """
        controller: Any = self.device.host.hci_sink  # on an air of ours, or somebody's adapter
        if getattr(getattr(controller, "link", None), "is_host_off", False):
            raise BleakBluetoothNotAvailableError(
                "Bluetooth is turned off", BleakBluetoothNotAvailableReason.POWERED_OFF
            )


async def _whole(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end even when the caller is cancelled.

    A command broken off leaves Bumble's host waiting for its answer, and `wait_for` of Python 3.11,
    which Bumble uses, may swallow the cancellation.
    """
    task = asyncio.ensure_future(work)
    task.add_done_callback(lambda done: done.cancelled() or done.exception())  # it is looked at
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task}, timeout=_CANCEL_S)
        raise


def _advertisement(advertisement: Advertisement) -> AdvertisementData:
    name: str | None = None
    services: dict[str, None] = {}
    manufacturer: dict[int, bytes] = {}
    service_data: dict[str, bytes] = {}
    kinds = core.AdvertisingData.Type
    for kind, data in advertisement.data.ad_structures:
        if kind in (kinds.COMPLETE_LOCAL_NAME, kinds.SHORTENED_LOCAL_NAME):
            name = data.decode("utf-8", errors="replace")
        elif kind in (
            kinds.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
            kinds.INCOMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
        ):
            for at in range(0, len(data) - 15, 16):
                services[str(UUID(bytes=data[at : at + 16][::-1]))] = None
        elif kind in (
            kinds.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
            kinds.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
        ):
            for at in range(0, len(data) - 1, 2):
                services[normalize_uuid_16(int.from_bytes(data[at : at + 2], "little"))] = None
        elif kind == kinds.MANUFACTURER_SPECIFIC_DATA and len(data) >= 2:
            manufacturer[int.from_bytes(data[:2], "little")] = bytes(data[2:])
        elif kind == kinds.SERVICE_DATA_16_BIT_UUID and len(data) >= 2:
            uuid = normalize_uuid_16(int.from_bytes(data[:2], "little"))
            service_data[uuid] = bytes(data[2:])
        elif kind == kinds.SERVICE_DATA_128_BIT_UUID and len(data) >= 16:
            service_data[str(UUID(bytes=bytes(data[:16])[::-1]))] = bytes(data[16:])
    return AdvertisementData(
        local_name=name,
        manufacturer_data=manufacturer,
        service_data=service_data,
        service_uuids=list(services),
        tx_power=None,
        rssi=advertisement.rssi,
        platform_data=(),
    )


class VirtualScanner(BaseBleakScanner):
    """Scans the virtual air."""

    central: ClassVar[Central]

    def __init__(
        self,
        detection_callback: Callable[[BLEDevice, AdvertisementData], Any] | None,
        service_uuids: list[str] | None,
        scanning_mode: str,
        **_: Any,
    ) -> None:
        super().__init__(detection_callback, service_uuids)
        self._active = scanning_mode == "active"

    async def start(self) -> None:
        """Start scanning; like BlueZ, one scan at a time."""
        self.central.check_on()
        if self.central.scanning:
            raise BleakError("[org.bluez.Error.InProgress] Operation already in progress")
        self.central.scanning = True
        self.seen_devices = {}
        device = self.central.device
        device.on(Device.EVENT_ADVERTISEMENT, self._seen)
        try:
            await _whole(device.start_scanning(active=self._active))
        except BaseException as error:
            self.central.scanning = False
            self._deafen()
            if isinstance(error, core.BaseBumbleError):
                raise BleakError(f"the controller does not scan: {error}") from error
            raise

    async def stop(self) -> None:
        """Stop scanning; stopping twice is no error."""
        if not self.central.scanning:
            return
        self.central.scanning = False
        self._deafen()
        with suppress(core.BaseBumbleError):
            await _whole(self.central.device.stop_scanning())

    def _deafen(self) -> None:
        emitter: Any = self.central.device  # its listener type is incomplete
        with suppress(KeyError):
            emitter.remove_listener(Device.EVENT_ADVERTISEMENT, self._seen)

    def _seen(self, advertisement: Advertisement) -> None:
        data = _advertisement(advertisement)
        if not self.is_allowed_uuid(data.service_uuids):
            return
        address = advertisement.address.to_string(with_type_qualifier=False)
        device = self.create_or_update_device(
            address, address, data.local_name, advertisement.address, data
        )
        self.call_detection_callbacks(device, data)


class VirtualClient(BaseBleakClient):
    """One connection over the virtual air."""

    central: ClassVar[Central]

    def __init__(
        self,
        address_or_ble_device: BLEDevice | str,
        *,
        disconnected_callback: Callable[[], None] | None = None,
        timeout: float = 30.0,
        **_: Any,
    ) -> None:
        super().__init__(
            address_or_ble_device, disconnected_callback=disconnected_callback, timeout=timeout
        )
        is_device = isinstance(address_or_ble_device, BLEDevice)
        self._name = (address_or_ble_device.name if is_device else None) or self.address
        self._connection: Connection | None = None
        self._gone: asyncio.Future[int] | None = None
        self._unsolicited = True

    @property
    def name(self) -> str:
        """Advertised name, else the address."""
        return self._name

    @property
    def mtu_size(self) -> int:
        """Negotiated ATT MTU."""
        return self._connection.att_mtu if self._connection is not None else 23

    @property
    def is_connected(self) -> bool:
        """The link layer says so; a peer that died in silence still counts."""
        return self._gone is not None and not self._gone.done()

    async def connect(self, pair: bool, **_: Any) -> None:
        """Connect, agree on the MTU and read the attribute table.

        Raises:
            BleakDeviceNotFoundError: nobody answered within the timeout.
            BleakError: the peer went away meanwhile.
            BleakBluetoothNotAvailableError: Bluetooth is off.
        """
        del pair  # the virtual insoles ask for no pairing
        self.central.check_on()
        if self.is_connected:
            raise BleakError("already connected")
        async with self.central.connecting:
            connection = await self._establish()
        self._connection = connection
        self._gone = asyncio.get_running_loop().create_future()
        self._unsolicited = True
        connection.on(Connection.EVENT_DISCONNECTION, self._lost)
        try:
            peer = Peer(connection)
            await self._request(peer.request_mtu(MTU))
            await self._request(peer.discover_all())
            self.services = self._table(peer)
        except BaseException:
            await self.disconnect()
            raise

    async def _establish(self) -> Connection:
        task = asyncio.ensure_future(
            self.central.device.connect(hci.Address(self.address), timeout=None)
        )
        try:
            await asyncio.wait({task}, timeout=self._timeout)
        finally:
            if not task.done():
                await self._withdraw(task)
        try:
            return task.result()
        except (core.BaseBumbleError, asyncio.CancelledError) as error:
            raise BleakDeviceNotFoundError(self.address, "device did not answer") from error

    async def _withdraw(self, task: asyncio.Task[Connection]) -> None:
        """End a pending connect, whoever gave up: the radio is free again afterwards."""
        host: Any = self.central.device  # the command's type is incomplete
        with suppress(core.BaseBumbleError):
            await _whole(host.send_sync_command(hci.HCI_LE_Create_Connection_Cancel_Command()))
        await asyncio.wait({task}, timeout=_CANCEL_S)
        if not task.done():
            task.cancel()
        elif task.exception() is None:  # it was made while we gave up
            await task.result().disconnect()

    def _lost(self, reason: int) -> None:
        if self._gone is not None and not self._gone.done():
            self._gone.set_result(reason)
        self.services = None
        if self._unsolicited and self._disconnected_callback is not None:
            self._disconnected_callback()

    async def disconnect(self) -> None:
        """Hang up; without a link it does nothing."""
        self._unsolicited = False
        if self._connection is None or not self.is_connected:
            return
        with suppress(core.BaseBumbleError):
            await _whole(self._connection.disconnect())
        self.services = None

    async def pair(self, *_: Any, **__: Any) -> None:
        """Not needed on the virtual air."""

    async def unpair(self) -> None:
        """Forget the peer: hang up."""
        await self.disconnect()

    async def _request(self, request: Coroutine[Any, Any, T]) -> T:
        gone = self._gone
        if gone is None or gone.done():
            request.close()
            raise BleakError("not connected")
        task = asyncio.ensure_future(request)
        try:
            await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait({task}, timeout=_CANCEL_S)
        if task.cancelled():
            raise BleakError("disconnected")
        try:
            return task.result()
        except att.ATT_Error as error:
            raise BleakGATTProtocolError(int(error.error_code)) from error
        except core.BaseBumbleError as error:
            raise BleakError(str(error)) from error
        except (struct.error, ValueError, LookupError, TypeError) as error:
            raise BleakError(f"the peer's answer cannot be read: {error}") from error

    def _table(self, peer: Peer) -> BleakGATTServiceCollection:
        table = BleakGATTServiceCollection()
        for service in peer.services:
            made = BleakGATTService(service, service.handle, _uuid(service.uuid))
            table.add_service(made)
            for characteristic in service.characteristics:
                entry = BleakGATTCharacteristic(
                    characteristic,
                    characteristic.handle,
                    _uuid(characteristic.uuid),
                    list(gatt_char_props_to_strs(int(characteristic.properties))),
                    lambda: self.mtu_size - 3,
                    made,
                )
                table.add_characteristic(entry)
                for descriptor in characteristic.descriptors:
                    table.add_descriptor(
                        BleakGATTDescriptor(
                            descriptor, descriptor.handle, _uuid(descriptor.type), entry
                        )
                    )
        return table

    async def read_gatt_char(
        self, characteristic: BleakGATTCharacteristic, *, use_cached: bool = False, **_: Any
    ) -> bytearray:
        """Read a characteristic; nothing is cached."""
        del use_cached
        return bytearray(await self._request(characteristic.obj.read_value()))

    async def read_gatt_descriptor(
        self, descriptor: BleakGATTDescriptor, *, use_cached: bool = False, **_: Any
    ) -> bytearray:
        """Read a descriptor; nothing is cached."""
        del use_cached
        return bytearray(await self._request(descriptor.obj.read_value()))

    async def write_gatt_char(
        self, characteristic: BleakGATTCharacteristic, data: SizedBuffer, response: bool
    ) -> None:
        """Write a characteristic."""
        await self._request(characteristic.obj.write_value(bytes(data), with_response=response))

    async def write_gatt_descriptor(
        self, descriptor: BleakGATTDescriptor, data: SizedBuffer
    ) -> None:
        """Write a descriptor."""
        await self._request(descriptor.obj.write_value(bytes(data), with_response=True))

    async def start_notify(
        self, characteristic: BleakGATTCharacteristic, callback: NotifyCallback, **_: Any
    ) -> None:
        """Subscribe; a second subscription replaces nothing and is an error."""
        if characteristic.obj.subscribers:
            raise BleakError("characteristic notifications already started")

        def notified(value: bytes) -> None:
            callback(bytearray(value))

        await self._request(characteristic.obj.subscribe(notified))

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        """End the subscription."""
        for subscriber in tuple(characteristic.obj.subscribers):
            await self._request(characteristic.obj.unsubscribe(subscriber))


def _uuid(uuid: core.UUID) -> str:
    return str(UUID(bytes=uuid.to_bytes(force_128=True)[::-1]))
