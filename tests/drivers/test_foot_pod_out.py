"""A watch hears the session as a foot pod: running speed and cadence over GATT."""

from __future__ import annotations

import asyncio
import socket
import time

import numpy as np
import pytest
from bleak import BleakClient, BleakScanner

from insole.api import live_session
from insole.cli import main
from insole.model.foot import Side
from insole_drivers.protocols import ble_sig
from insole_drivers.streams.rsc import Gait
from insole_drivers.virtual.air import Air
from insole_drivers.virtual.backend import Central
from insole_drivers.virtual.serve import close_transport, open_to, transport_to


class Steps:
    def __init__(self, strikes, contact_s):
        strikes = np.asarray(strikes, dtype=float)
        self.value = {"foot_strike_s": strikes, "toe_off_s": strikes + contact_s}


class Update:
    def __init__(self, side, strikes, contact_s):
        self.side, self.steps = side, Steps(strikes, contact_s)


def gait(stride_s, contact_s, **how):
    made = Gait(**{"speed_m_s": 0.0, "feet": 2} | how)
    for number in range(8):  # one step at a time, as they become final
        for side, late in ((Side.LEFT, 0.0), (Side.RIGHT, stride_s / 2)):
            update = Update(side, [late + number * stride_s], contact_s)
            made.push([update], host_s=lambda time_s: time_s + 100.0)
    return made, 100.0 + 8 * stride_s


def test_cadence_counts_both_feet_or_one():
    both, now = gait(0.7, 0.25)
    one, _ = gait(0.7, 0.25, feet=1)
    assert both.told(now).cadence_per_min == round(120 / 0.7)
    assert one.told(now).cadence_per_min == round(60 / 0.7)


def test_running_is_a_duty_factor_below_a_half():
    running, now = gait(0.7, 0.25)
    walking, later = gait(1.1, 0.68)
    assert running.told(now).is_running
    assert not walking.told(later).is_running


def test_stride_length_is_told_with_a_speed_only():
    without, now = gait(0.7, 0.25)
    given, _ = gait(0.7, 0.25, speed_m_s=3.0)
    assert without.told(now).stride_length_m is None
    assert given.told(now).stride_length_m == pytest.approx(2.1)
    assert given.told(now).speed_m_s == 3.0


def test_who_stands_has_no_cadence():
    made, now = gait(0.7, 0.25, speed_m_s=3.0)
    told = made.told(now + 10.0)
    assert (told.cadence_per_min, told.speed_m_s) == (0, 0.0)


@pytest.mark.parametrize(
    ("spec", "word"),
    [
        ("rsc", "no adapter"),
        ("rsc:usb:0?speed=fast", "no speed"),
        ("rsc:usb:0?speed=300", "no speed"),
        ("rsc:usb:0?cadence=three", "no cadence"),
        ("rsc:nothing", "cannot use this transport"),
    ],
)
def test_what_cannot_be_is_refused(capsys, spec, word):
    assert main(["demo", "--headless", "--seconds", "1", "--stream", spec]) in (2, 3)
    said = capsys.readouterr().err
    assert word in said
    assert "Traceback" not in said


async def test_a_watch_sees_the_cadence_of_a_virtual_runner():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    air = Air()
    served = await transport_to(f"tcp-server:127.0.0.1:{port}")
    open_to(air, served)
    device = air.device("watch", "F0:F0:F0:F0:F0:F9")
    await device.power_on()
    watch = Central(device)
    target = f"rsc:tcp-client:127.0.0.1:{port}?speed=3"
    session = await asyncio.to_thread(
        live_session, "virtual:run?speed=3&seconds=60", streams=[target]
    )
    try:
        session.start()
        found = await BleakScanner.find_device_by_filter(
            lambda _, told: ble_sig.RUNNING_SERVICE in told.service_uuids,
            timeout=30,
            backend=watch.scanner,
        )
        assert found is not None
        assert found.name == "insole"
        heard: asyncio.Queue[ble_sig.Running | None] = asyncio.Queue()
        async with BleakClient(found, backend=watch.client) as client:
            features = ble_sig.features(bytes(await client.read_gatt_char(ble_sig.FEATURE)))
            assert features is not None
            assert (
                ble_sig.location(bytes(await client.read_gatt_char(ble_sig.LOCATION))) == "in shoe"
            )
            await client.start_notify(
                ble_sig.MEASUREMENT,
                lambda _, data: heard.put_nowait(ble_sig.running(bytes(data))),
            )
            until = time.monotonic() + 45
            while time.monotonic() < until:
                told = await asyncio.wait_for(heard.get(), 20)
                if told is not None and told.cadence_per_min:
                    break
        result = (await asyncio.to_thread(session.close)).to_dict()
    finally:
        await asyncio.to_thread(session.close)
        await device.power_off()
        await close_transport(served)
    strides = [each["stride_s"] for each in result["steps"] if each.get("stride_s")]
    assert told.cadence_per_min == pytest.approx(120 / np.median(strides), abs=2)
    assert told.is_running
    assert told.speed_m_s == 3.0
