"""A stand-in for bluetoothd on a message bus of its own: bleak's BlueZ backend runs unchanged.

It answers the calls that bleak makes and emits the signals that it waits for, over a real D-Bus,
and speaks for insoles of the open protocol. What BlueZ refuses is asked for by the attributes.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import threading
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np
from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from insole.model.stream import Samples, Write
from insole_drivers.protocols import ble_sig, open_wire

OBJECTS = "org.freedesktop.DBus.ObjectManager"
PROPERTIES = "org.freedesktop.DBus.Properties"
ADAPTER, DEVICE = "org.bluez.Adapter1", "org.bluez.Device1"
SERVICE, CHARACTERISTIC = "org.bluez.GattService1", "org.bluez.GattCharacteristic1"
HCI = "/org/bluez/hci0"
MTU = 247
EVERY_S, ROWS = 0.02, 2

has_daemon = shutil.which("dbus-daemon") is not None


class Insole:
    """One insole behind the mock: its objects and its stream."""

    def __init__(self, bluez: BlueZ, plan: Any) -> None:
        self.bluez, self.plan = bluez, plan
        self.path = f"{HCI}/dev_{plan.address.replace(':', '_')}"
        self.encoder = plan.protocol.encoder(plan.capability)
        self.sockets: dict[str, socket.socket] = {}
        self.listened: set[str] = set()
        self.next = 0
        self.task: asyncio.Task[None] | None = None
        self.lacks: set[str] = set()

    def device(self) -> dict[str, Variant]:
        advert = self.plan.protocol.advertise(self.plan.capability, battery=80)
        return {
            "Address": Variant("s", self.plan.address),
            "Name": Variant("s", advert.name),
            "Alias": Variant("s", advert.name),
            "Adapter": Variant("o", HCI),
            "Connected": Variant("b", False),
            "ServicesResolved": Variant("b", False),
            "UUIDs": Variant("as", list(advert.services)),
            "RSSI": Variant("n", -60),
        }

    def table(self) -> dict[str, dict[str, dict[str, Variant]]]:
        """Object path to interfaces of the attribute table."""
        gatt = self.plan.protocol.gatt
        homes = {
            gatt.service: [*gatt.notify, *gatt.write],
            ble_sig.INFORMATION_SERVICE: [ble_sig.SERIAL, ble_sig.FIRMWARE],
            ble_sig.BATTERY_SERVICE: [ble_sig.BATTERY],
        }
        found: dict[str, dict[str, dict[str, Variant]]] = {}
        handle = 1
        for uuid, members in homes.items():
            home = f"{self.path}/service{handle:04x}"
            found[home] = {
                SERVICE: {
                    "UUID": Variant("s", uuid),
                    "Device": Variant("o", self.path),
                    "Primary": Variant("b", True),
                }
            }
            for channel in dict.fromkeys(members):
                handle += 2
                if channel in self.lacks or (channel == ble_sig.BATTERY and uuid == gatt.service):
                    continue
                flags = [
                    *(["notify"] if channel in gatt.notify else []),
                    *(["write", "write-without-response"] if channel in gatt.write else []),
                    *(["read"] if uuid != gatt.service else []),
                ]
                found[f"{home}/char{handle:04x}"] = {
                    CHARACTERISTIC: {
                        "UUID": Variant("s", channel),
                        "Service": Variant("o", home),
                        "Flags": Variant("as", flags),
                        "MTU": Variant("q", MTU),
                        "Value": Variant("ay", b""),
                        "NotifyAcquired": Variant("b", False),
                    }
                }
            handle += 2
        return found

    def read(self, channel: str) -> bytes:
        told = {ble_sig.SERIAL: self.plan.capability.serial.encode(), ble_sig.BATTERY: b"\x50"}
        return told.get(channel, b"1.2")

    def written(self, payload: bytes, channel: str) -> None:
        self.send(self.encoder.answer(Write(channel, payload), MTU))
        if self.encoder.is_streaming and self.task is None:
            self.task = asyncio.ensure_future(self.stream())

    async def stream(self) -> None:
        while self.encoder.is_streaming:
            numbers = np.arange(self.next, self.next + ROWS, dtype=np.int64)
            self.next += ROWS
            self.send(
                self.encoder.packets(
                    Samples(
                        "",
                        numbers,
                        numbers * 10_000,
                        np.zeros(ROWS, np.int64),
                        self.plan.signal.raw(numbers * 0.01),
                        np.zeros(ROWS, np.uint32),
                    ),
                    MTU,
                )
            )
            await asyncio.sleep(EVERY_S)

    def send(self, packets: list[tuple[str, bytes]]) -> None:
        for channel, payload in packets:
            path = self.bluez.path_of(self, channel)
            if path in self.sockets:
                with suppress(OSError):
                    self.sockets[path].send(payload)
            elif path in self.listened:
                self.bluez.changed(path, CHARACTERISTIC, {"Value": Variant("ay", payload)})

    def hang_up(self) -> None:
        """The connection is gone."""
        if self.task is not None:
            self.task.cancel()
            self.task = None
        self.encoder.hung_up()
        for each in self.sockets.values():
            each.close()
        self.sockets.clear()
        self.listened.clear()
        self.bluez.set(self.path, DEVICE, Connected=False, ServicesResolved=False)


class BlueZ:
    """The service, in a thread of its own.

    Attributes:
        busy: so many searches are refused with InProgress.
        forgets: after so many searches, devices disappear when the search ends.
        calls: member names, in order.
    """

    def __init__(self, plans: list[Any], *, powered: bool = True, busy: int = 0) -> None:
        self.busy = busy
        self.calls: list[str] = []
        self.refuse_connect = 0
        self.forgets = 0
        self.insoles = [Insole(self, plan) for plan in plans]
        self.objects: dict[str, dict[str, dict[str, Variant]]] = {
            HCI: {
                ADAPTER: {
                    "Address": Variant("s", "00:00:5E:00:53:02"),
                    "Powered": Variant("b", powered),
                    "Discovering": Variant("b", False),
                    "Roles": Variant("as", ["central"]),
                }
            }
        }
        self.loop = asyncio.new_event_loop()
        self.ready: Future[None] = Future()
        self.end = asyncio.Event()
        self.beat: asyncio.Task[None] | None = None

    # --- life ---

    @contextmanager
    def on_a_bus(self, monkeypatch: Any):
        """Serve on a private message bus, which is the system's for this process meanwhile."""
        command = ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address"]
        daemon = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        thread = threading.Thread(target=self._work, name="bluez-mock")
        try:
            assert daemon.stdout is not None
            self.address = daemon.stdout.readline().decode().strip()
            monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", self.address)
            thread.start()
            self.ready.result(10)
            yield self
        finally:
            if thread.is_alive():
                self.loop.call_soon_threadsafe(self.end.set)
                thread.join(10)
            daemon.kill()
            daemon.wait()
            if daemon.stdout is not None:
                daemon.stdout.close()

    def _work(self) -> None:
        try:
            self.loop.run_until_complete(self._serve())
        except Exception as error:  # noqa: BLE001  the test is told
            if not self.ready.done():
                self.ready.set_exception(error)
        finally:
            self.loop.close()

    async def _serve(self) -> None:
        self.bus = await MessageBus(self.address, negotiate_unix_fd=True).connect()
        await self.bus.request_name("org.bluez")
        self.bus.add_message_handler(self._handle)
        self.ready.set_result(None)
        await self.end.wait()
        for insole in self.insoles:
            insole.hang_up()
        if self.beat is not None:
            self.beat.cancel()
        self.bus.disconnect()

    def do(self, work: Any) -> None:
        """On the service's own thread."""
        self.loop.call_soon_threadsafe(work)

    # --- signals ---

    def added(self, path: str, interfaces: dict[str, dict[str, Variant]]) -> None:
        self.objects[path] = interfaces
        self._signal("/", OBJECTS, "InterfacesAdded", "oa{sa{sv}}", [path, interfaces])

    def removed(self, path: str) -> None:
        gone = self.objects.pop(path, {})
        self._signal("/", OBJECTS, "InterfacesRemoved", "oas", [path, list(gone)])

    def changed(self, path: str, interface: str, told: dict[str, Variant]) -> None:
        self._signal(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", [interface, told, []])

    def set(self, path: str, interface: str, **values: bool) -> None:
        if path in self.objects and self.bus.connected:
            told = {name: Variant("b", value) for name, value in values.items()}
            self.objects[path][interface].update(told)
            self.changed(path, interface, told)

    def _signal(self, path: str, interface: str, member: str, signature: str, body: Any) -> None:
        self.bus.send(Message.new_signal(path, interface, member, signature, body))

    def path_of(self, insole: Insole, channel: str) -> str:
        return next(
            (
                path
                for path, interfaces in self.objects.items()
                if path.startswith(insole.path)
                and CHARACTERISTIC in interfaces
                and interfaces[CHARACTERISTIC]["UUID"].value == channel
            ),
            "",
        )

    # --- calls ---

    def _handle(self, message: Message) -> Message | None:
        if message.message_type != MessageType.METHOD_CALL or message.destination not in (
            "org.bluez",
            self.bus.unique_name,
        ):
            return None
        self.calls.append(str(message.member))
        act = getattr(self, f"on_{message.member}", None)
        if act is None:
            return Message.new_error(message, "org.bluez.Error.NotSupported", str(message.member))
        answer: Message = act(message)
        return answer

    def on_GetManagedObjects(self, message: Message) -> Message:
        return Message.new_method_return(message, "a{oa{sa{sv}}}", [self.objects])

    def on_SetDiscoveryFilter(self, message: Message) -> Message:
        return Message.new_method_return(message)

    def on_StartDiscovery(self, message: Message) -> Message:
        if self.busy:
            self.busy -= 1
            text = "Operation already in progress"
            return Message.new_error(message, "org.bluez.Error.InProgress", text)
        self.set(HCI, ADAPTER, Discovering=True)
        self.beat = asyncio.ensure_future(self._advertise())
        return Message.new_method_return(message)

    async def _advertise(self) -> None:
        while True:
            await asyncio.sleep(0.02)
            for insole in self.insoles:
                if insole.path not in self.objects:
                    self.added(insole.path, {DEVICE: insole.device()})
                self.changed(insole.path, DEVICE, {"RSSI": Variant("n", -60)})

    def on_StopDiscovery(self, message: Message) -> Message:
        if self.beat is not None:
            self.beat.cancel()
            self.beat = None
        self.set(HCI, ADAPTER, Discovering=False)
        if self.forgets:
            self.forgets -= 1
            for insole in self.insoles:
                self.removed(insole.path)
        return Message.new_method_return(message)

    def _insole(self, message: Message) -> Insole:
        return next(each for each in self.insoles if str(message.path).startswith(each.path))

    def on_Connect(self, message: Message) -> Message:
        if self.refuse_connect:
            self.refuse_connect -= 1
            text = "le-connection-abort-by-local"
            return Message.new_error(message, "org.bluez.Error.Failed", text)
        insole = self._insole(message)
        if insole.path not in self.objects:
            text = f'Method "Connect" on "{insole.path}" does not exist'
            return Message.new_error(message, "org.freedesktop.DBus.Error.UnknownObject", text)
        self.set(insole.path, DEVICE, Connected=True)
        for path, interfaces in insole.table().items():
            self.added(path, interfaces)
        self.set(insole.path, DEVICE, ServicesResolved=True)
        return Message.new_method_return(message)

    def on_Disconnect(self, message: Message) -> Message:
        self._insole(message).hang_up()
        return Message.new_method_return(message)

    def on_RemoveDevice(self, message: Message) -> Message:
        insole = next(each for each in self.insoles if each.path == message.body[0])
        insole.hang_up()
        insole.lacks.clear()  # the stale table is forgotten
        for path in [path for path in self.objects if path.startswith(insole.path)]:
            self.removed(path)
        return Message.new_method_return(message)

    def _channel(self, message: Message) -> str:
        uuid: str = self.objects[str(message.path)][CHARACTERISTIC]["UUID"].value
        return uuid

    def on_ReadValue(self, message: Message) -> Message:
        value = self._insole(message).read(self._channel(message))
        return Message.new_method_return(message, "ay", [value])

    def on_WriteValue(self, message: Message) -> Message:
        insole, channel = self._insole(message), self._channel(message)
        self.loop.call_soon(insole.written, bytes(message.body[0]), channel)
        return Message.new_method_return(message)

    def on_AcquireNotify(self, message: Message) -> Message:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        self._insole(message).sockets[str(message.path)] = ours
        answer = Message.new_method_return(
            message, "hq", [0, MTU], unix_fds=[os.dup(theirs.fileno())]
        )
        theirs.close()
        return answer

    def on_StartNotify(self, message: Message) -> Message:
        self._insole(message).listened.add(str(message.path))
        return Message.new_method_return(message)

    def on_StopNotify(self, message: Message) -> Message:
        self._insole(message).listened.discard(str(message.path))
        return Message.new_method_return(message)


STREAM = open_wire.STREAM
