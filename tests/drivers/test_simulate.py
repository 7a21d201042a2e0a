"""`insole simulate`: another program, another host stack, the same insoles."""

from __future__ import annotations

import asyncio
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from bleak import BleakClient, BleakScanner
from bumble.device import Device, DeviceConfiguration
from bumble.hci import Address
from bumble.host import Host
from bumble.transport import open_transport

from insole.errors import InsoleError, RequestError
from insole.model.foot import Side
from insole.model.stream import Capability, Connected, Packet, Samples
from insole_drivers.protocols import open_wire
from insole_drivers.protocols.open import PROTOCOL
from insole_drivers.radio import ble_source
from insole_drivers.virtual.air import Air, AirController
from insole_drivers.virtual.backend import Central
from insole_drivers.virtual.faults import FAULTS
from insole_drivers.virtual.serve import close_transport, serve, transport_to, with_faults
from tests.drivers.radio_bench import Heard

START = "import sys; from insole.cli import main; sys.exit(main())"


@pytest.fixture
def socket():
    """A path short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="insole") as folder:
        yield Path(folder) / "hci"


@contextmanager
def simulated(*arguments: str):
    """`insole simulate` in a process of its own; its sentences arrive in a queue."""
    process = subprocess.Popen(
        [sys.executable, "-c", START, "simulate", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    said: queue.Queue[str] = queue.Queue()

    def listen() -> None:
        for line in process.stderr:
            said.put(line.strip())

    reader = threading.Thread(target=listen)
    reader.start()
    try:
        yield process, said
    finally:
        process.kill()
        process.wait()
        reader.join()
        process.stderr.close()


@asynccontextmanager
async def another_host(path: Path):
    """A second Bluetooth host behind the socket, with bleak on top."""
    transport = await open_transport(f"unix:{path}")
    device = Device(
        config=DeviceConfiguration(name="other", address=Address("F1:F1:F1:F1:F1:F1")),
        host=Host(transport.source, transport.sink),
    )
    try:
        await asyncio.wait_for(device.power_on(), 10.0)
        yield Central(device)
    finally:
        await transport.close()


async def test_another_program_scans_connects_and_receives(socket):
    with simulated("run?rate=100&seed=3", "--transport", f"unix-server:{socket}") as (
        process,
        said,
    ):
        assert "waits for a host" in said.get(timeout=20)
        async with another_host(socket) as central:
            found = await BleakScanner.discover(
                0.5, service_uuids=[open_wire.SERVICE], backend=central.scanner
            )
            assert sorted(device.name for device in found) == ["Insole L", "Insole R"]
            left = min(found, key=lambda device: device.name)
            decoder, said_by = PROTOCOL.decoder("L"), []
            enough = asyncio.Event()

            def heard(_, data):
                packet = Packet("L", open_wire.STREAM, 1, bytes(data))
                said_by.extend(decoder.feed(packet))
                if sum(len(s.sequence) for s in said_by if isinstance(s, Samples)) > 40:
                    enough.set()

            async with BleakClient(left, backend=central.client) as client:
                decoder.feed(Connected("L", 0, "open", left.address, left.name, 247))
                await client.start_notify(open_wire.STREAM, heard)
                for write in PROTOCOL.start():
                    await client.write_gatt_char(write.channel, write.payload, response=True)
                await asyncio.wait_for(enough.wait(), 10)
        told = next(s for s in said_by if isinstance(s, Capability))
        assert (told.serial, told.side) == ("virtual-3-1", Side.LEFT)
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
    assert not socket.exists()


def test_the_program_itself_can_use_the_served_controller(socket):
    with simulated("stand", "--transport", f"unix-server:{socket}") as (process, said):
        assert "waits for a host" in said.get(timeout=20)
        heard = Heard()
        source = ble_source(f"hci=unix:{socket}")
        source.start(heard)
        try:
            heard.wait(lambda: len(heard.packets("virtual-0-1")) > 20)
            process.kill()  # the insoles and their air are gone at once
            heard.wait(lambda: {"stalled", "reconnecting"} & set(heard.phases("virtual-0-1")))
        finally:
            source.stop()
        assert source.error is None
        assert source.finished


async def test_a_host_that_was_killed_can_be_followed_by_another(socket):
    with simulated("run", "--transport", f"unix-server:{socket}") as (_, said):
        assert "waits for a host" in said.get(timeout=20)
        for _ in range(2):
            async with another_host(socket) as central:
                device = await BleakScanner.find_device_by_name(
                    "Insole L", 3.0, backend=central.scanner
                )
                assert device is not None
                client = BleakClient(device, backend=central.client)
                await client.connect()  # and then the socket closes without a word


async def test_a_new_host_takes_the_place_of_one_that_hangs_in_the_middle_of_a_packet(socket):
    air = Air()
    served = await transport_to(f"unix-server:{socket}")
    AirController("host", host_source=served.source, host_sink=served.sink, link=air)
    reader, writer = await asyncio.open_unix_connection(str(socket))
    writer.write(b"\x01\x03\x0c\xff")  # a command of 255 bytes that never come
    await writer.drain()
    async with another_host(socket) as central:
        assert await reader.read() == b""  # sent away
        assert await BleakScanner.discover(0.1, backend=central.scanner) == []
        writer.close()
        await asyncio.sleep(0)
        assert await BleakScanner.discover(0.1, backend=central.scanner) == []
    await close_transport(served)
    assert not socket.exists()


async def test_on_an_adapter_one_insole_is_advertised(socket):
    air = Air()
    transport = await transport_to(f"unix-server:{socket}")
    AirController("adapter", host_source=transport.source, host_sink=transport.sink, link=air)
    listener = air.device("listener", "F2:F2:F2:F2:F2:F2")
    await listener.power_on()
    central = Central(listener)
    with simulated("run?swapped=1", "--transport", f"unix:{socket}") as (_, said):
        assert "advertises" in await asyncio.to_thread(said.get, timeout=20)
        found = await BleakScanner.discover(0.3, backend=central.scanner)
    await close_transport(transport)
    assert [device.name for device in found] == ["Insole R"]


def test_an_adapter_cannot_have_faults_of_the_air():
    with pytest.raises(RequestError, match="loss"):
        serve(with_faults("run", ["loss=0.1"]), "usb:0", tell=lambda _: None)


@pytest.mark.parametrize(
    ("transport", "words"),
    [
        ("carrier-pigeon:1", "unknown transport"),
        ("tcp-server:127.0.0.1:70000", "cannot use this transport"),
        ("tcp-server:nonsense", "cannot use this transport"),
        ("unix-server:/nowhere/at/all", "cannot use this transport"),
        ("unix:/nowhere/at/all", "cannot use this transport"),
    ],
)
def test_a_transport_that_cannot_be_is_one_line(transport, words):
    with pytest.raises(InsoleError, match=words) as caught:
        serve(with_faults("run", []), transport, tell=lambda _: None)
    assert "\n" not in str(caught.value)


def test_faults_are_added_to_the_spec():
    spec = with_faults("run?speed=3.3", ["loss=0.02", "drop_at.left=5"])
    assert spec.speed == 3.3
    assert dict(spec.faults[Side.LEFT]) == {"loss": 0.02, "drop_at": 5.0}
    for key, cls in FAULTS.items():
        named = f"{key}.left"
        assert with_faults("run", [named]).faults[Side.LEFT][key] == cls.usual
    with pytest.raises(RequestError, match="lost"):
        with_faults("run", ["lost=1"])


def test_serving_ends_by_itself_after_the_seconds_of_the_spec(socket):
    said: list[str] = []

    async def listen():
        ready, loop = asyncio.Event(), asyncio.get_running_loop()

        def tell(text: str) -> None:
            said.append(text)
            loop.call_soon_threadsafe(ready.set)

        serving = asyncio.create_task(
            asyncio.to_thread(
                serve, with_faults("run?seconds=0.3", []), f"unix-server:{socket}", tell=tell
            )
        )
        await asyncio.wait_for(ready.wait(), 10)
        async with another_host(socket) as central:
            device = await BleakScanner.find_device_by_name("Insole R", 3, backend=central.scanner)
            async with BleakClient(device, backend=central.client) as client:
                await client.start_notify(open_wire.STREAM, lambda *_: None)
                for write in PROTOCOL.start():
                    await client.write_gatt_char(write.channel, write.payload, response=True)
                await asyncio.wait_for(serving, 10)

    asyncio.run(listen())
    assert "Insole R: connected." in said
