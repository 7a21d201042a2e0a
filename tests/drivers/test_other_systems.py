"""What bleak's backends on Windows and macOS are documented to do, played by fakes of them.

Nothing here ran on those systems: the fakes are the virtual client with the behaviour that bleak's
documentation and its issues describe.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from types import SimpleNamespace

import pytest
from bleak.backends.device import BLEDevice
from bleak.exc import BleakError

from insole.model.foot import Side
from insole.model.stream import Connected
from insole_drivers import scan as scanning
from insole_drivers.radio import addresses
from insole_drivers.scan import Scan
from tests.drivers.radio_bench import SERIALS, Bench, both

LEFT, RIGHT = SERIALS[Side.LEFT], SERIALS[Side.RIGHT]
LEFT_ADDRESS = "C0:00:00:00:00:01"
MAC_UUIDS = {
    "C0:00:00:00:00:01": "5E1C4D0A-8E0E-4C0B-9D6E-0A1B2C3D4E5F",
    "C0:00:00:00:00:02": "6F2D5E1B-9F1F-4D1C-8E7F-1B2C3D4E5F60",
}


class SystemBench(Bench):
    """A bench whose radio behaves like another system's."""

    def __init__(self, plans, client, *, scanner=lambda made: made, **options):
        super().__init__(plans, **options)
        inner = self.source._radio

        @asynccontextmanager
        async def radio():
            async with inner() as real:
                fake = client(real.client["backend"])
                seen = scanner(real.scanner["backend"])
                yield replace(real, client={"backend": fake}, scanner={"backend": seen})

        self.source._radio = radio


# --- Windows ---


def windows(seen):
    """No callback on an own goodbye; the first connection fails on a stale table."""

    def made(base):
        class WinRT(base):
            def __init__(self, device, **options):
                seen.made.append(options.get("winrt", {}))
                self._told = options["disconnected_callback"]
                super().__init__(device, **options)

            async def connect(self, pair, **options):
                if not seen.failed:
                    seen.failed.append(self.address)
                    raise BleakError("Could not get GATT services: Unreachable")
                await super().connect(pair, **options)
                seen.callbacks.append((self.address, self._told))

            async def disconnect(self):
                self._disconnected_callback = None
                await super().disconnect()

            async def unpair(self):
                raise BleakError("Device was not unpaired")

        return WinRT

    return made


@pytest.fixture
def seen():
    return SimpleNamespace(made=[], failed=[], callbacks=[])


def test_windows_asks_the_device_after_its_own_table_failed(seen):
    with SystemBench(both(), windows(seen)) as bench:
        bench.heard.wait(lambda: len(bench.heard.texts("streaming")) == 2)
    uncached = {"use_cached_services": False}
    assert len(seen.failed) == 1
    assert seen.made.count({}) == 2  # each insole's first attempt
    assert seen.made.count(uncached) == 1  # the one that failed, again


def test_windows_tells_nothing_of_an_own_goodbye_and_nobody_waits_for_it(seen):
    with SystemBench(both(), windows(seen)) as bench:
        bench.heard.wait(lambda: len(bench.heard.texts("streaming")) == 2)
        bench.source.stop()
        assert bench.source.finished
    assert bench.heard.phases(LEFT)[-1] == "closed"
    assert bench.heard.phases(RIGHT)[-1] == "closed"


def test_a_callback_of_a_replaced_connection_ends_nothing(seen):
    with SystemBench(both(left={"drop_at": 0.3, "drop_for": 0.5}), windows(seen)) as bench:
        heard = bench.heard
        heard.wait(lambda: heard.phases(LEFT).count("streaming") == 2)
        old, _ = [told for address, told in seen.callbacks if address == LEFT_ADDRESS]
        for _ in range(2):  # late, and twice
            bench.source._loop.call_soon_threadsafe(old)
        before = len(heard.packets(LEFT))
        heard.wait(lambda: len(heard.packets(LEFT)) > before + 5)
    assert len(heard.of(Connected, LEFT)) == 2
    assert len(heard.of(Connected, RIGHT)) == 1


# --- macOS ---


def mac_client(base):
    """No addresses, no unpairing, a second subscription is an error."""

    class CoreBluetooth(base):
        def __init__(self, device, **options):
            true = next(key for key, value in MAC_UUIDS.items() if value == device.address)
            super().__init__(BLEDevice(true, device.name, None), **options)

        async def unpair(self):
            raise NotImplementedError("macOS unpairs in its settings only")

    return CoreBluetooth


def mac_scanner(base):
    """Devices are known by a number that this computer made up."""

    class CoreBluetoothScanner(base):
        def create_or_update_device(self, _, address, name, details, adv):
            known = MAC_UUIDS[address]
            return super().create_or_update_device(known, known, name, details, adv)

    return CoreBluetoothScanner


def test_macos_knows_insoles_by_serial_where_there_are_no_addresses():
    with SystemBench(both(), mac_client, scanner=mac_scanner) as bench:
        bench.heard.wait(lambda: len(bench.heard.texts("streaming")) == 2)
    told = {event.device: event.address for event in bench.heard.of(Connected)}
    assert told == {
        LEFT: MAC_UUIDS["C0:00:00:00:00:01"],
        RIGHT: MAC_UUIDS["C0:00:00:00:00:02"],
    }


def test_macos_numbers_choose_an_insole_like_addresses():
    left = MAC_UUIDS["C0:00:00:00:00:01"]
    assert addresses(f"left={left.lower()}") == {Side.LEFT: left.lower()}
    wanted = {Side.LEFT: MAC_UUIDS["C0:00:00:00:00:02"].lower(), Side.RIGHT: left}
    with SystemBench(both(), mac_client, scanner=mac_scanner, wanted=wanted) as bench:
        bench.heard.wait(lambda: len(bench.heard.of(Connected)) == 2)
    assert {event.device: event.side_hint for event in bench.heard.of(Connected)} == {
        LEFT: Side.RIGHT,
        RIGHT: Side.LEFT,
    }


def test_macos_reconnects_under_the_same_serial():
    plans = both(left={"drop_at": 0.3, "drop_for": 0.5})
    with SystemBench(plans, mac_client, scanner=mac_scanner) as bench:
        bench.heard.wait(lambda: bench.heard.phases(LEFT).count("streaming") == 2)
    assert {event.device for event in bench.heard.of(Connected)} == {LEFT, RIGHT}


@pytest.mark.parametrize(("version", "filters"), [("12.1", True), ("13.4", False), ("", False)])
async def test_only_the_first_macos_12_scans_with_a_filter(monkeypatch, version, filters):
    asked = []

    class Scanner:
        def __init__(self, _, services, **__):
            asked.append(services)

        async def start(self):
            pass

        async def stop(self):
            pass

    protocol = SimpleNamespace(gatt=SimpleNamespace(service="a"))
    monkeypatch.setattr(scanning, "BleakScanner", Scanner)
    monkeypatch.setattr(scanning.platform, "mac_ver", lambda: (version, ("", "", ""), ""))
    scan = Scan((protocol,), scanner={})
    await scan.look(0.01, is_enough=lambda _: True)
    await scan.look(0.01, is_enough=lambda _: True, everything=True)
    assert asked == [["a"] if filters else None, None]
