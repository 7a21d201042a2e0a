"""The virtual air: every gap of the emulated radio that was closed, through bleak's own classes."""

from __future__ import annotations

import asyncio
import inspect
from dataclasses import replace

import pytest
from bleak import BleakClient, BleakScanner
from bleak.backends.client import BaseBleakClient
from bleak.backends.scanner import BaseBleakScanner
from bleak.exc import (
    BleakCharacteristicNotFoundError,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
)
from bumble import hci

from insole.model.foot import Side
from insole_drivers.protocols import open_wire
from insole_drivers.protocols.open import OpenInsole
from insole_drivers.protocols.open_encoder import OpenEncoder
from insole_drivers.virtual.air import SUPERVISION_S, Air, AirController
from insole_drivers.virtual.backend import VirtualClient, VirtualScanner
from insole_drivers.virtual.insole import BATTERY_LEVEL, SERIAL
from insole_drivers.virtual.pair import virtual_pair
from tests.drivers.radio_bench import ADDRESSES, both, plan

LEFT, RIGHT = ADDRESSES[Side.LEFT], ADDRESSES[Side.RIGHT]
NOBODY = "C0:00:00:00:00:99"


def client(pair, address=LEFT, **options) -> BleakClient:
    return BleakClient(address, backend=pair.central.client, **options)


@pytest.mark.parametrize(
    ("ours", "base"), [(VirtualClient, BaseBleakClient), (VirtualScanner, BaseBleakScanner)]
)
def test_the_backend_has_every_member_that_bleak_asks_for(ours, base):
    assert not inspect.isabstract(ours)
    for name in base.__abstractmethods__:
        theirs, mine = getattr(base, name), getattr(ours, name)
        if isinstance(theirs, property):
            assert isinstance(mine, property)
            continue
        required = [
            p.name
            for p in inspect.signature(theirs).parameters.values()
            if p.kind is p.POSITIONAL_OR_KEYWORD
        ]
        offered = list(inspect.signature(mine).parameters)
        assert offered[: len(required)] == required or "_" in offered, name


async def test_a_scan_finds_both_with_name_service_and_strength():
    async with virtual_pair(both()) as pair:
        found = await BleakScanner.discover(
            0.2, return_adv=True, service_uuids=[open_wire.SERVICE], backend=pair.central.scanner
        )
    names = {address: advert.local_name for address, (_, advert) in found.items()}
    assert names == {LEFT: "Insole L", RIGHT: "Insole R"}
    assert all(advert.service_uuids == [open_wire.SERVICE] for _, advert in found.values())
    assert all(-127 < advert.rssi < 0 for _, advert in found.values())


async def test_a_scan_for_another_service_finds_nobody():
    async with virtual_pair(both()) as pair:
        found = await BleakScanner.discover(
            0.2, service_uuids=["180d"], backend=pair.central.scanner
        )
    assert found == []


async def test_a_second_scan_at_once_is_refused_as_bluez_does():
    async with (
        virtual_pair(both()) as pair,
        BleakScanner(backend=pair.central.scanner),
    ):
        with pytest.raises(BleakError, match="InProgress"):
            await BleakScanner(backend=pair.central.scanner).start()


async def test_the_device_says_who_it_is():
    async with virtual_pair(both()) as pair, client(pair) as left:
        assert bytes(await left.read_gatt_char(SERIAL)) == b"L-001"
        assert bytes(await left.read_gatt_char(BATTERY_LEVEL)) == bytes([87])


async def test_connecting_to_nobody_ends_in_time_and_leaves_the_radio_free():
    async with virtual_pair(both()) as pair:
        with pytest.raises(BleakDeviceNotFoundError):
            await client(pair, NOBODY, timeout=0.2).connect()
        async with client(pair) as left:
            assert left.is_connected


async def test_cancelling_a_connect_leaves_the_radio_free():
    async with virtual_pair(both()) as pair:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client(pair, NOBODY, timeout=30.0).connect(), 0.2)
        async with client(pair) as left:
            assert left.is_connected


async def test_two_connects_at_once_both_succeed():
    async with virtual_pair(both()) as pair:
        clients = [client(pair, LEFT), client(pair, RIGHT)]
        await asyncio.gather(*(each.connect() for each in clients))
        serials = [bytes(await each.read_gatt_char(SERIAL)) for each in clients]
        await asyncio.gather(*(each.disconnect() for each in clients))
    assert serials == [b"L-001", b"R-001"]


async def test_a_request_under_way_when_the_peer_leaves_fails_as_bleak_error():
    async with virtual_pair(both()) as pair:
        left = client(pair)
        await left.connect()
        pair.insoles[0].lose()
        with pytest.raises(BleakError):
            await left.read_gatt_char(SERIAL)
        assert not left.is_connected


async def test_a_link_without_a_packet_times_out_on_both_sides_and_can_be_made_again():
    async with virtual_pair(both()) as pair:
        gone = asyncio.Event()
        left = client(pair, disconnected_callback=lambda _: gone.set())
        await left.connect()
        insole = pair.insoles[0]
        insole.lose()
        await asyncio.wait_for(gone.wait(), SUPERVISION_S + 2)
        assert not insole.connected.is_set()
        insole.restore()
        async with client(pair) as again:
            assert bytes(await again.read_gatt_char(SERIAL)) == b"L-001"


async def test_a_device_that_dies_in_silence_still_looks_connected():
    async with virtual_pair(both()) as pair:
        left = client(pair)
        await left.connect()
        pair.insoles[0].die()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(left.read_gatt_char(SERIAL), SUPERVISION_S + 0.2)
        assert left.is_connected
        await left.disconnect()
        assert not left.is_connected


async def test_hanging_up_ourselves_calls_nobody_and_hanging_up_twice_is_no_error():
    calls = []
    async with virtual_pair(both()) as pair:
        left = client(pair, disconnected_callback=calls.append)
        await left.connect()
        await left.disconnect()
        await left.disconnect()
    assert calls == []


async def test_reading_what_can_only_be_written_is_refused_at_once():
    async with virtual_pair(both()) as pair, client(pair) as left:
        with pytest.raises(BleakGATTProtocolError):
            await asyncio.wait_for(left.read_gatt_char(open_wire.CONTROL), 5)


async def test_an_absent_characteristic_has_its_own_error():
    async with virtual_pair(both()) as pair, client(pair) as left:
        with pytest.raises(BleakCharacteristicNotFoundError):
            await left.read_gatt_char("12345678-0000-0000-0000-000000000000")


@pytest.mark.parametrize("mtu", [23, 185, 247, 517])
async def test_the_smaller_mtu_of_both_ends_counts(mtu):
    async with (
        virtual_pair([(plan(Side.LEFT, mtu=mtu), [])]) as pair,
        client(pair) as left,
    ):
        assert left.mtu_size == mtu
        stream = left.services.get_characteristic(open_wire.STREAM)
        assert stream is not None
        assert stream.max_write_without_response_size == mtu - 3


async def test_a_notification_of_the_largest_size_arrives_whole_in_one_piece():
    async with virtual_pair([(plan(Side.LEFT, mtu=517), [])]) as pair, client(pair) as left:
        heard = asyncio.Queue()
        await left.start_notify(open_wire.STREAM, lambda _, data: heard.put_nowait(bytes(data)))
        sent = bytes(range(256)) * 2 + b"ab"
        pair.insoles[0]._notify([(open_wire.STREAM, sent)])
        assert await asyncio.wait_for(heard.get(), 2) == sent
    assert AirController.le_acl_data_packet_length >= len(sent) + 7


async def test_a_second_subscription_is_refused():
    async with virtual_pair(both()) as pair, client(pair) as left:
        await left.start_notify(open_wire.STREAM, lambda *_: None)
        with pytest.raises(BleakError, match="already"):
            await left.start_notify(open_wire.STREAM, lambda *_: None)


async def test_after_stop_notify_nothing_arrives():
    async with virtual_pair(both()) as pair, client(pair) as left:
        heard = []
        await left.start_notify(open_wire.STREAM, lambda _, data: heard.append(data))
        await left.stop_notify(open_wire.STREAM)
        pair.insoles[0]._notify([(open_wire.STREAM, b"late")])
        await left.read_gatt_char(SERIAL)  # comes back after whatever was sent before it
    assert heard == []


async def test_a_linux_host_is_promised_only_what_the_radio_answers():
    kept = AirController.le_features
    for feature in ("LL_PRIVACY", "LE_EXTENDED_ADVERTISING", "LE_PERIODIC_ADVERTISING"):
        assert not kept & hci.LeFeatureMask[feature]


async def test_delayed_packets_keep_their_order_and_hooks_touch_notifications_only():
    async with virtual_pair(both()) as pair, client(pair) as left:
        heard = []
        delays = iter([0.05, 0.0, 0.02])
        insole = pair.insoles[0]
        pair.air.spoil(insole.controller, lambda _, value: [(next(delays), value + b"!")])
        await left.start_notify(open_wire.STREAM, lambda _, data: heard.append(bytes(data)))
        insole._notify([(open_wire.STREAM, bytes([n])) for n in range(3)])
        assert bytes(await left.read_gatt_char(SERIAL)) == b"L-001"  # unspoilt, and in order too
    assert heard == [b"\0!", b"\1!", b"\2!"]


async def test_an_insole_that_is_switched_off_is_not_on_the_air():
    absent = replace(plan(Side.LEFT), is_present=False)
    async with virtual_pair([(absent, [])]) as pair:
        found = await BleakScanner.discover(0.2, backend=pair.central.scanner)
    assert found == []


async def test_nobody_answers_to_an_unknown_address():
    with pytest.raises(LookupError):
        Air().controller(NOBODY)


async def test_a_protocol_that_wants_no_start_streams_when_somebody_listens():
    class Eager(OpenEncoder):
        is_streaming = property(lambda _: True, lambda *_: None)

    class Listening(OpenInsole):
        def encoder(self, capability):
            return Eager(capability)

    async with (
        virtual_pair([(plan(Side.LEFT, protocol=Listening()), [])]) as pair,
        client(pair) as left,
    ):
        heard = asyncio.Event()
        await left.start_notify(open_wire.STREAM, lambda *_: heard.set())
        await asyncio.wait_for(heard.wait(), 2)
