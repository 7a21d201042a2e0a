"""A virtual pair behind a host-controller transport: any Bluetooth host may connect to it.

Two ways. A transport that a host connects *to* (`tcp-server:`, `unix-server:`, `pty:`, `vhci`)
gets an emulated controller on the pair's own air: the other program scans, connects, subscribes as
over a radio. A transport that *is* a controller (`usb:0`, `hci-socket:0`) drives the real radio: it
can be one device only, so the left insole is advertised.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from bumble import hci
from bumble.core import BaseBumbleError
from bumble.device import Device, DeviceConfiguration
from bumble.transport import open_transport
from bumble.transport.common import Transport, TransportSpecError

from insole.errors import BluetoothOff, RequestError
from insole_drivers.advice import shown
from insole_drivers.virtual import host_socket
from insole_drivers.virtual.air import Air, AirController, AirHost
from insole_drivers.virtual.backend import Central
from insole_drivers.virtual.faults import FAULTS, Fault
from insole_drivers.virtual.insole import VirtualInsole
from insole_drivers.virtual.pair import ended, plans_of, switched_on
from insole_drivers.virtual.spec import Spec, parse

SERVED = ("tcp-server", "unix-server", "ws-server", "pty", "vhci", "udp")
DRIVEN = ("usb", "pyusb", "hci-socket", "serial", "tcp-client", "unix", "unix-client", "ws-client")
OPEN_S = 10.0
COMMAND_S = 1.0  # a controller that was pulled out answers nothing
NEEDS_AIR = (
    "loss",
    "duplicate",
    "reorder",
    "corrupt",
    "truncate",
    "interval_ms",
    "burst",
    "drop_at",
    "battery_dies_at",
    "suspend_at",
    "bluetooth_off_at",
    "strangers",
    "mute",
)
CENTRAL_ADDRESS = "F0:F0:F0:F0:F0:F1"
HOST_ADDRESS = "00:00:5E:00:53:01"  # public, out of the block for documentation


def with_faults(spec: str, faults: Sequence[str]) -> Spec:
    """A spec with further faults, each `NAME=VALUE`, or `NAME` for its usual value.

    >>> dict(with_faults("run", ["loss", "mtu=185"]).faults["left"])
    {'loss': 0.02, 'mtu': 185.0}

    Raises:
        RequestError: one of them cannot be read.
    """
    joined = "&".join(_valued(each) for each in faults)
    return parse(f"{spec}{'&' if '?' in spec else '?'}{joined}" if joined else spec)


def _valued(fault: str) -> str:
    known = FAULTS.get(fault.partition(".")[0])
    is_bare = "=" not in fault and known is not None and known.key not in ("missing", "swapped")
    return f"{fault}={known.usual:g}" if is_bare and known is not None else fault


def serve(spec: Spec, transport: str, *, tell: Callable[[str], None]) -> None:
    """Serve a pair until its end or until Ctrl-C.

    Args:
        spec: the pair.
        transport: in Bumble's form.
        tell: takes each sentence of progress.

    Raises:
        RequestError: nothing can be served there.
        BluetoothOff: the adapter named does not answer.
    """
    asyncio.run(_serve(spec, transport, tell))


async def _serve(spec: Spec, transport: str, tell: Callable[[str], None]) -> None:
    kind = transport.partition(":")[0].partition("[")[0]
    if kind not in (*SERVED, *DRIVEN):
        raise RequestError(
            f"unknown transport '{shown(kind)}'",
            where="--transport",
            why=f"possible are {', '.join((*SERVED, *DRIVEN))}",
            fix="Write for example tcp-server:127.0.0.1:9090 or unix-server:/tmp/insole.hci",
        )
    plans = plans_of(spec)
    if spec.fast:
        raise RequestError(
            "a served pair cannot be fast",
            where="fast=1",
            why="the host that connects lives in the time of the wall",
            fix="Leave fast out, or play it in this program: insole demo 'run?seconds=60&fast=1'",
        )
    if kind in DRIVEN:
        _refuse_faults_of_the_air(plans[0][1])
    async with AsyncExitStack() as stack:
        opened = await transport_to(transport)
        stack.push_async_callback(close_transport, opened)
        if kind in DRIVEN:
            air, plans = Adapter(opened), plans[:1]
        else:
            air = Air()
            open_to(air, opened)
        insoles = await stack.enter_async_context(switched_on(air, plans))
        told = asyncio.create_task(_tell_changes(insoles, tell))
        who = "A virtual pair waits for a host" if kind in SERVED else "A virtual insole advertises"
        tell(f"{who} at {shown(transport)}. End with Ctrl-C.")
        for insole in insoles:
            tell(f"  {insole.name}  {insole.plan.address}  {insole.plan.capability.serial}")
        try:
            await (asyncio.Event().wait() if spec.seconds is None else ended(insoles, spec.seconds))
        finally:
            told.cancel()
            await asyncio.wait({told})


@asynccontextmanager
async def host_on(transport: str) -> AsyncGenerator[Central]:
    """The other end: a host of ours on a controller, which may be one that `serve` offers.

    Raises:
        BluetoothOff: there is no controller, or it does not answer.
    """
    opened = await transport_to(transport)
    try:
        host = AirHost(opened.source, opened.sink)
        configuration = DeviceConfiguration(name="insole", address=hci.Address(CENTRAL_ADDRESS))
        device = Device(config=configuration, host=host)
        device.command_timeout = COMMAND_S
        try:
            async with asyncio.timeout(OPEN_S):
                await device.power_on()
        except (TimeoutError, BaseBumbleError) as error:
            raise _not_there(transport, "the controller does not answer") from error
        yield Central(device)
        await device.power_off()
    finally:
        await close_transport(opened)


def open_to(air: Air, opened: Transport) -> None:
    """Give the host behind this transport a controller on the air."""
    AirController(
        "host",
        host_source=opened.source,
        host_sink=opened.sink,
        link=air,
        public_address=HOST_ADDRESS,
    )


class Adapter(Air):
    """A real controller in place of the air: one device, and nothing to spoil."""

    def __init__(self, transport: Transport) -> None:
        super().__init__()
        self._transport = transport

    def device(self, name: str, address: str) -> Device:
        """The one device that this adapter can be."""
        host = AirHost(self._transport.source, self._transport.sink)
        configuration = DeviceConfiguration(name=name, address=hci.Address(address))
        return Device(config=configuration, host=host)


def _refuse_faults_of_the_air(faults: Sequence[Fault]) -> None:
    asked = [each.key for each in faults if each.key in NEEDS_AIR]
    if asked:
        raise RequestError(
            f"a real adapter cannot {asked[0]}",
            where="--transport",
            why="faults of packets and links need the air between virtual devices",
            fix=f"Leave {', '.join(asked)} out, or serve on tcp-server:127.0.0.1:9090",
        )


async def _tell_changes(insoles: Sequence[VirtualInsole], tell: Callable[[str], None]) -> None:
    """Say who connects, streams and leaves."""

    async def watch(insole: VirtualInsole) -> None:
        name = insole.name
        while True:
            await insole.connected.wait()
            tell(f"{name}: connected.")
            await insole.disconnected.wait()
            tell(f"{name}: disconnected.")

    async with asyncio.TaskGroup() as group:
        for insole in insoles:
            group.create_task(watch(insole))


async def close_transport(opened: Transport) -> None:
    """Give a controller back."""
    await opened.close()
    # `close` leaves some sockets of hosts open.
    host = getattr(opened.sink, "transport", None)
    if isinstance(host, asyncio.WriteTransport):
        host.close()


async def transport_to(transport: str) -> Transport:
    """A controller, in Bumble's form.

    Raises:
        BluetoothOff: there is none.
    """
    try:
        async with asyncio.timeout(OPEN_S):
            if transport.partition(":")[0] not in host_socket.KINDS:
                return await open_transport(transport)
            opened = host_socket.HostSocket()
            await opened.listen(transport)
            return opened
    except (BaseBumbleError, TransportSpecError, OSError, ValueError, OverflowError) as error:
        raise _not_there(transport, shown(str(error)) or type(error).__name__) from error


def _not_there(transport: str, why: str) -> BluetoothOff:
    return BluetoothOff(
        "cannot use this transport",
        where=shown(transport),
        why=why,
        fix="Check the port or path; `insole simulate` serves on tcp-server:127.0.0.1:9090, "
        "where another program connects with tcp-client:127.0.0.1:9090",
    )
