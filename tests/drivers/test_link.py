"""One link: what it asks, what it ignores, how it comes back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from bleak.exc import BleakBluetoothNotAvailableError, BleakBluetoothNotAvailableReason

from insole.model.foot import Side
from insole.model.stream import Capability, Connected, Disconnected, LinkState, Packet
from insole_drivers.protocols import open_wire
from insole_drivers.protocols.ble_sig import BATTERY, SERIAL, text
from insole_drivers.protocols.open import PROTOCOL, OpenInsole
from insole_drivers.virtual.faults import Fault
from tests.drivers.radio_bench import ADDRESSES, QUICK, SERIALS, Bench, both, plan, run

LEFT, RIGHT = SERIALS[Side.LEFT], SERIALS[Side.RIGHT]


class Deaf(Fault):
    """The first packets never arrive, the capability among them."""

    key, meaning, usual = "deaf", "number of first packets lost", 8.0
    count = 0

    def carry(self, value, now_s):
        del now_s
        self.count += 1
        return () if self.count <= self.value else ((0.0, value),)


def fault(cls, value=1.0):
    return cls(value, settings={}, seed=1)


def test_identity_is_told_before_the_stream_and_arrivals_never_go_back():
    heard = run(both(), 0.3)
    events = [e for e in heard.events if getattr(e, "device", "") == LEFT]
    assert isinstance(events[0], Connected)
    read = [e.channel for e in events if isinstance(e, Packet)]
    assert read.index(SERIAL) < read.index(open_wire.STREAM)
    assert read.index(BATTERY) < read.index(open_wire.STREAM)
    arrivals = [event.arrival_ns for event in heard.events]
    assert arrivals == sorted(arrivals)


def test_the_words_of_a_link_from_its_beginning_to_its_end():
    heard = run(both(right={"missing": 1}), 0.5)
    left = [s for s in heard.of(LinkState) if s.side is Side.LEFT]
    assert [s.phase for s in left] == ["connecting", "streaming", "closed"]
    assert left[0].text == "Left: connecting."
    assert left[0].rssi_dbm is not None
    (gone,) = heard.of(Disconnected, LEFT)
    assert gone.reason == "closed by the program"


def test_a_capability_that_got_lost_is_asked_for_again():
    plans = [(plan(Side.LEFT), [fault(Deaf, 8)])]
    with Bench(plans) as bench:
        heard = bench.heard
        heard.wait(lambda: len(heard.numbers(LEFT)) > 5)
    assert any(isinstance(said, Capability) for said in heard.said(LEFT))


def test_a_stalled_stream_is_named_then_hung_up_then_made_again():
    with Bench(both()) as bench:
        heard = bench.heard
        heard.wait(lambda: len(heard.numbers(LEFT)) > 5)
        left = bench.pair.insoles[0]
        bench.source._loop.call_soon_threadsafe(left.streaming.clear)  # firmware stops sending
        heard.wait(lambda: heard.phases(LEFT).count("streaming") == 2)
    assert heard.phases(LEFT)[1:5] == ["stalled", "reconnecting", "connecting", "streaming"]
    assert heard.texts("stalled")[0].startswith("Left: no data for 0.5")
    assert "no data" in heard.of(Disconnected, LEFT)[0].reason
    assert "stalled" not in heard.phases(RIGHT)


def test_a_slow_insole_is_not_called_stalled_between_two_samples():
    heard = run(both(rate_hz=5.0), 1.6)  # 10 periods are 2 s
    assert heard.texts("stalled") == []
    assert len(heard.numbers(LEFT)) >= 6


def recording_client(pair, calls, *, deaf_socket=False):
    """The virtual client, with what BlueZ would see of `start_notify`."""
    base = pair.central.client

    class Client(base):
        async def start_notify(self, characteristic, callback, **options):
            calls.append((characteristic.uuid, options["bluez"]["use_start_notify"], callback))
            is_socket = not options["bluez"]["use_start_notify"]
            if deaf_socket and is_socket and characteristic.uuid == open_wire.STREAM:
                return
            await super().start_notify(characteristic, callback, **options)

    return Client


class ClientBench(Bench):
    """A bench whose client is spied on."""

    def __init__(self, plans, calls, **options):
        self.calls = calls
        self.spy = {k: options.pop(k) for k in ("deaf_socket",) if k in options}
        super().__init__(plans, **options)
        inner = self.source._radio

        def radio():
            from contextlib import asynccontextmanager

            @asynccontextmanager
            async def made():
                async with inner() as real:
                    client = recording_client(self.pair, self.calls, **self.spy)
                    yield replace(real, client={"backend": client})

            return made()

        self.source._radio = radio


def test_bluez_is_asked_for_the_socket_first():
    calls = []
    with ClientBench(both(), calls) as bench:
        bench.heard.wait(lambda: len(bench.heard.texts("streaming")) == 2)
    assert {uses for _, uses, _ in calls} == {False}
    assert sorted({uuid for uuid, _, _ in calls}) == sorted({open_wire.STREAM, BATTERY})


def test_without_data_the_other_way_of_subscribing_is_tried_and_kept():
    calls = []
    timing = replace(QUICK, resubscribe_s=0.2)
    with ClientBench(both(), calls, deaf_socket=True, timing=timing) as bench:
        heard = bench.heard
        heard.wait(lambda: len(heard.texts("streaming")) == 2)
        heard.wait(lambda: len(heard.numbers(LEFT)) > 10)
        bench.source._loop.call_soon_threadsafe(bench.pair.insoles[0].lose)
        heard.wait(lambda: "reconnecting" in heard.phases(LEFT))
        bench.source._loop.call_soon_threadsafe(bench.pair.insoles[0].restore)
        heard.wait(lambda: heard.phases(LEFT).count("streaming") == 2)
    assert [uses for uuid, uses, _ in calls if uuid == open_wire.STREAM][:2] == [False, False]
    assert calls[-1][1] is True  # remembered for the next connection
    assert len(heard.of(Disconnected, RIGHT)) == 1


def test_a_late_word_from_a_replaced_connection_is_ignored():
    calls = []
    with ClientBench(both(left={"drop_at": 0.2, "drop_for": 0.6}), calls) as bench:
        heard = bench.heard
        heard.wait(lambda: heard.phases(LEFT).count("streaming") == 2)
        old = next(callback for uuid, _, callback in calls if uuid == open_wire.STREAM)
        count = len(calls)
        bench.source._loop.call_soon_threadsafe(old, bytearray(b"from the past"))
        seen = len(heard.events)
        heard.wait(lambda: len(heard.events) > seen + 5)
    assert count >= 4
    assert not any(p.payload == b"from the past" for p in heard.of(Packet))


def test_bluetooth_switched_off_in_the_middle_is_waited_for():
    with Bench(both()) as bench:
        heard = bench.heard
        heard.wait(lambda: len(heard.numbers(LEFT)) > 5)
        client = bench.pair.central.client
        reason = BleakBluetoothNotAvailableReason.POWERED_OFF

        async def off(*_, **__):
            raise BleakBluetoothNotAvailableError("off", reason)

        client.connect, on = off, client.connect
        bench.source._loop.call_soon_threadsafe(bench.pair.insoles[0].lose)
        heard.wait(lambda: any("Bluetooth is off" in text for text in heard.texts("lost")))
        client.connect = on
        bench.source._loop.call_soon_threadsafe(bench.pair.insoles[0].restore)
        heard.wait(lambda: heard.phases(LEFT).count("streaming") == 2)
    assert bench.source.error is None


class Foreign(OpenInsole):
    """Claims to be ours, and lacks the characteristic that would carry the stream."""

    gatt = replace(
        PROTOCOL.gatt, notify=("db2d0099-0b3d-4f07-a1fc-045f429f27d6",), optional=frozenset()
    )


def test_a_device_without_the_stream_is_refused_after_a_second_look():
    bench = Bench(both(right={"missing": 1}))
    bench.source._protocols = (Foreign(),)
    with bench:
        bench.heard.wait(lambda: bench.heard.texts("refused") != [])
    (text,) = bench.heard.texts("refused")
    assert "db2d0099" in text
    assert "Update its firmware" in text
    assert len(bench.heard.of(Connected)) == 2  # the system's own table may be stale: once more


def test_another_insole_of_the_same_side_is_not_taken_for_the_lost_one():
    other = plan(Side.LEFT)
    address = "C0:00:00:00:00:0A"
    stranger = replace(other, address=address, capability=replace(other.capability, serial="L-999"))
    plans = [*both(left={"drop_at": 0.2, "drop_for": 2.0}), (stranger, [])]
    bench = Bench(plans, timing=replace(QUICK, connect_s=0.5))

    bench.strengths_dbm[address] = -90  # it is further away, so it is not chosen at first
    with bench:
        heard = bench.heard
        heard.wait(lambda: "lost" in heard.phases(LEFT))
        heard.wait(lambda: heard.phases(LEFT).count("streaming") == 2)
    assert {c.device for c in heard.of(Connected)} == {LEFT, RIGHT}


def test_an_insole_without_serial_is_keyed_by_its_address_and_equal_serials_are_told_apart():
    def nameless(side, serial):
        made = plan(side)
        return (replace(made, capability=replace(made.capability, serial=serial)), [])

    heard = run([nameless(Side.LEFT, ""), nameless(Side.RIGHT, "R")], 0.2)
    assert {c.device for c in heard.of(Connected)} == {ADDRESSES[Side.LEFT], "R"}
    heard = run([nameless(side, "0000") for side in Side], 0.2)
    assert {c.device for c in heard.of(Connected)} == {"0000", ADDRESSES[Side.RIGHT]}


@pytest.mark.parametrize(
    ("told", "key"),
    [
        (b"A7\0\0", "A7"),
        (b"\x1b[31mred", "[31mred"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"x" * 500, "x" * 64),
    ],
)
def test_a_serial_becomes_a_harmless_key(told, key):
    assert text(told) == key


def test_goodbye_ends_every_subscription_before_the_connection():
    """bluetoothd 5.66 dies of notification sockets that a leaving program still holds."""
    said: list[str] = []
    with Bench(both()) as bench:
        bench.heard.wait(lambda: bench.heard.phases(LEFT).count("streaming") == 1)
        left = bench.pair.insoles[0]
        for channel in (PROTOCOL.gatt.notify[0], open_wire.BATTERY):
            left._values[channel].on(
                "subscription", lambda _, on, __, channel=channel: said.append(f"{channel} {on}")
            )
        left._connection.on("disconnection", lambda _: said.append("gone"))
    assert said == [f"{channel} False" for channel in PROTOCOL.gatt.notify] + ["gone"]
