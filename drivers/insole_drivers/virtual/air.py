"""The air between virtual insoles and the program: Bumble's local link, mended and spoilable.

Bumble's emulated controllers are complete enough for a real host stack, with gaps that a real
radio does not have. They are closed here in thin subclasses, never in the package itself: one
method per gap, each with its own test. What a fault does to packets on the way is a hook per
sender.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import TypeAlias

from bumble import hci, ll
from bumble.controller import Connection, Controller
from bumble.core import PhysicalTransport
from bumble.device import Device, DeviceConfiguration
from bumble.host import Host
from bumble.link import LocalLink

SUPERVISION_S = 0.42  # what a Linux host asks for: a link this long without a packet is lost
ACL_BYTES = 521  # holds the largest notification whole; cut into 27 bytes it costs 3 x the time
ORDER_S = 1e-6  # between packets due at one instant: the event loop's heap is not stable

NEAR_DBM = -50  # within arm's length

_NOTIFICATION = 0x1B
_NOTIFICATION_HEADER = 7  # 4 bytes of L2CAP, opcode, handle
_TIMED_OUT = 0x08  # HCI: connection timeout
_UNKNOWN_CONNECTION = 0x02

Hook: TypeAlias = Callable[[int, bytes], Iterable[tuple[float, bytes]]]
"""(attribute handle, value) of a notification to the (delay in s, value) that arrive."""


class AirHost(Host):
    """Bumble's host without a coloured debug text per packet: that was half of its time."""

    def send_hci_packet(self, packet: hci.HCI_Packet) -> None:
        """Hand one packet to the controller."""
        if self.hci_sink:
            self.hci_sink.on_packet(bytes(packet))

    def on_hci_packet(self, packet: hci.HCI_Packet) -> None:
        """Take one packet from the controller, by the short way for those of the stream."""
        if isinstance(packet, hci.HCI_AclDataPacket):
            self.on_hci_acl_data_packet(packet)
        elif isinstance(packet, hci.HCI_Number_Of_Completed_Packets_Event):
            self.on_hci_number_of_completed_packets_event(packet)
        else:
            super().on_hci_packet(packet)


class AirController(Controller):
    """Bumble's controller with the gaps closed that a host would stumble over."""

    le_acl_data_packet_length = ACL_BYTES
    acl_data_packet_length = ACL_BYTES
    # It claims these and then answers with the older events, for which a Linux host waits 4 s.
    le_features = Controller.le_features & ~(
        hci.LeFeatureMask.LL_PRIVACY
        | hci.LeFeatureMask.LE_EXTENDED_ADVERTISING
        | hci.LeFeatureMask.LE_PERIODIC_ADVERTISING
    )

    def on_hci_packet(self, packet: hci.HCI_Packet) -> None:
        """Take one packet from the host, by the short way for those of the stream."""
        if isinstance(packet, hci.HCI_AclDataPacket):
            self.on_hci_acl_data_packet(packet)
        else:
            super().on_hci_packet(packet)

    def send_hci_packet(self, packet: hci.HCI_Packet) -> None:
        """Hand one packet to the host."""
        if self.host:
            asyncio.get_running_loop().call_soon(self.host.on_packet, bytes(packet))

    def on_hci_reset_command(self, _command: object) -> hci.HCI_StatusReturnParameters:
        """A new host took over, or this one starts anew: its links are gone."""
        for connection in tuple(self.le_connections.values()):
            if isinstance(self.link, Air):
                self.link.time_out(connection)
        self.pending_le_connection = None
        self.le_scan_enable = False
        return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.SUCCESS)

    def on_advertising_pdu(self, pdu: ll.AdvInd | ll.AdvExtInd) -> None:
        """Report the true scan response and strength; the original repeats the advertisement."""
        if self.le_scan_enable and isinstance(self.link, Air):
            kinds = hci.HCI_LE_Advertising_Report_Event.EventType
            strength = self.link.strength_dbm(pdu.advertiser_address)
            response = self.link.scan_response(pdu.advertiser_address)
            for kind, data in ((kinds.ADV_IND, pdu.data), (kinds.SCAN_RSP, response)):
                report = hci.HCI_LE_Advertising_Report_Event.Report(
                    event_type=kind,
                    address_type=pdu.advertiser_address.address_type,
                    address=pdu.advertiser_address,
                    data=data,
                    rssi=strength,
                )
                self.send_hci_packet(hci.HCI_LE_Advertising_Report_Event([report]))
        is_scanning, self.le_scan_enable = self.le_scan_enable, False
        super().on_advertising_pdu(pdu)  # what is left of it: a connect that waits for this one
        self.le_scan_enable = is_scanning

    def on_hci_le_create_connection_cancel_command(
        self, _command: object
    ) -> hci.HCI_StatusReturnParameters:
        """Really end a pending connect; without it an absent device blocks for ever."""
        pending = self.pending_le_connection
        if pending is not None:
            self.pending_le_connection = None
            self.send_hci_packet(
                hci.HCI_LE_Connection_Complete_Event(
                    status=_UNKNOWN_CONNECTION,
                    connection_handle=0,
                    role=hci.Role.CENTRAL,
                    peer_address_type=pending.peer_address.address_type,
                    peer_address=pending.peer_address,
                    connection_interval=0,
                    peripheral_latency=0,
                    supervision_timeout=0,
                    central_clock_accuracy=0,
                )
            )
        return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.SUCCESS)


class Air(LocalLink):
    """A local link that can delay, spoil and lose packets, and whose links can time out.

    Attributes:
        strengths_dbm: address to strength, for those that are not near.
        is_host_off: the computer's Bluetooth is switched off, its radio refuses everything.
    """

    def __init__(self) -> None:
        super().__init__()
        self._hooks: dict[Controller, Hook] = {}
        self._silent: set[Controller] = set()
        self._mute: set[Controller] = set()
        self._due: dict[Controller, float] = {}
        self.strengths_dbm: dict[str, int] = {}
        self.is_host_off = False

    def device(self, name: str, address: str) -> Device:
        """A host with a controller of its own on this air; not yet powered on.

        Args:
            name: its name for people.
            address: its static random address, `C0:...` to `FF:...`.
        """
        controller = AirController(name, link=self)
        configuration = DeviceConfiguration(name=name, address=hci.Address(address))
        return Device(config=configuration, host=AirHost(controller, controller))

    def controller(self, address: str) -> Controller:
        """The controller that answers to an address.

        Raises:
            LookupError: nobody has it.
        """
        wanted = hci.Address(address)
        for controller in self.controllers:
            if controller.random_address == wanted:
                return controller
        raise LookupError(f"nobody on the air has the address {address}")

    def strength_dbm(self, address: hci.Address) -> int:
        """How strong this device is heard."""
        return self.strengths_dbm.get(address.to_string(with_type_qualifier=False), NEAR_DBM)

    def scan_response(self, address: hci.Address) -> bytes:
        """What this device answers to a scan request."""
        for controller in self.controllers:
            advertiser = controller.le_legacy_advertiser
            if advertiser.enabled and advertiser.address == address:
                return advertiser.scan_response_data
        return b""

    # --- faults ---

    def spoil(self, sender: Controller, hook: Hook | None) -> None:
        """Send the notifications of `sender` through `hook`; None mends it."""
        if hook is None:
            self._hooks.pop(sender, None)
        else:
            self._hooks[sender] = hook

    def silence(self, controller: Controller) -> None:
        """Nothing from or to this controller passes any more, and nobody is told."""
        self._silent.add(controller)

    def restore(self, controller: Controller) -> None:
        """It is heard again."""
        self._silent.discard(controller)

    def mute(self, controller: Controller) -> None:
        """Nothing that this controller's host says is heard; its links stand."""
        self._mute.add(controller)

    def advertise(self, address: hci.Address, data: bytes) -> None:
        """An advertisement of somebody who is not on this air otherwise."""
        packet = ll.AdvInd(address, data)
        for controller in self.controllers:
            asyncio.get_running_loop().call_soon(controller.on_ll_advertising_pdu, packet)

    def lose(self, controller: Controller) -> None:
        """Silence it, as behind a wall: after the supervision timeout both ends know."""
        self.silence(controller)
        for connection in tuple(controller.le_connections.values()):
            asyncio.get_running_loop().call_later(SUPERVISION_S, self.time_out, connection)

    def end_links(self) -> None:
        """Every link on this air is gone at once."""
        for controller in self.controllers:
            for connection in tuple(controller.le_connections.values()):
                self.time_out(connection)

    def time_out(self, connection: Connection) -> None:
        """Tell both ends that their link timed out, unless it is gone already."""
        near = connection.controller
        if near.le_connections.get(connection.peer_address) is not connection:
            return
        peer = self.find_le_controller(connection.peer_address)
        far = peer.le_connections.get(connection.self_address) if peer is not None else None
        near.on_le_disconnected(connection, _TIMED_OUT)
        if peer is not None and far is not None:
            peer.on_le_disconnected(far, _TIMED_OUT)

    # --- the link ---

    def send_acl_data(
        self,
        sender_controller: Controller,
        destination_address: hci.Address,
        transport: PhysicalTransport,
        data: bytes,
    ) -> None:
        """Carry one L2CAP packet; the original answers from a wrong address."""
        del transport  # there is no classic Bluetooth on this air
        connection = sender_controller.le_connections.get(destination_address)
        if connection is None or sender_controller in self._silent | self._mute:
            return
        hook = self._hooks.get(sender_controller)
        if hook is None or len(data) < _NOTIFICATION_HEADER or data[4] != _NOTIFICATION:
            self._carry(connection, 0.0, data)
            return
        attribute = data[4:_NOTIFICATION_HEADER]
        handle = int.from_bytes(attribute[1:], "little")
        for delay, value in hook(handle, data[_NOTIFICATION_HEADER:]):
            size = (len(attribute) + len(value)).to_bytes(2, "little")
            self._carry(connection, delay, size + data[2:4] + attribute + value)

    def _carry(self, connection: Connection, delay: float, data: bytes) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        earliest = self._due.get(connection.controller, 0.0) + ORDER_S
        if delay <= 0 and earliest <= now:
            loop.call_soon(self._deliver, connection, data)
            return
        due = max(now + delay, earliest)
        self._due[connection.controller] = due
        loop.call_at(due, self._deliver, connection, data)

    def _deliver(self, connection: Connection, data: bytes) -> None:
        sender = connection.controller
        if sender.le_connections.get(connection.peer_address) is not connection:
            return  # the link that this packet was sent on is gone
        receiver = self.find_le_controller(connection.peer_address)
        if receiver is None or receiver in self._silent or sender in self._silent:
            return
        receiver.on_link_acl_data(connection.self_address, connection.transport, data)

    def send_advertising_pdu(
        self, sender_controller: Controller, packet: ll.AdvertisingPdu
    ) -> None:
        """Broadcast to everybody who can hear the sender."""
        if sender_controller in self._silent:
            return
        loop = asyncio.get_running_loop()
        for controller in self.controllers:
            if controller is not sender_controller and controller not in self._silent:
                loop.call_soon(controller.on_ll_advertising_pdu, packet)

    def send_ll_control_pdu(
        self, sender_address: hci.Address, receiver_address: hci.Address, packet: ll.ControlPdu
    ) -> None:
        """Carry a link-layer message; a peer that is gone does not hear it."""
        sender = self.find_le_controller(sender_address)
        receiver = self.find_le_controller(receiver_address)
        if receiver is None or sender in self._silent or receiver in self._silent:
            return
        asyncio.get_running_loop().call_soon(_heard, receiver, sender_address, packet)


def _heard(receiver: Controller, sender_address: hci.Address, packet: ll.ControlPdu) -> None:
    if sender_address in receiver.le_connections:  # both ends may hang up at once
        receiver.on_ll_control_pdu(sender_address, packet)
