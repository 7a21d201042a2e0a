"""A foot pod for watches and treadmills: running speed and cadence, out of both feet's steps.

`rsc:usb:0` makes a Bluetooth adapter of its own a peripheral with the standard service 0x1814 and
tells once a second what the last steps were. The adapter must be free: the system's Bluetooth does
not share it. Insoles do not measure speed: it is the one given, `rsc:usb:0?speed=3.3`, else 0.
Cadence is steps of both feet a minute, as most watches show it; `cadence=one` counts one foot.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

import numpy as np
from bumble import core
from bumble.device import Device, DeviceConfiguration
from bumble.gatt import Characteristic, Service
from bumble.hci import Address

from insole.errors import InsoleError, RequestError
from insole.live.streaming import Around, Stream, known_options
from insole.model.foot import Side
from insole.model.protocol import Advert
from insole.pipeline import FootUpdate
from insole_drivers.protocols import ble_sig
from insole_drivers.virtual.advert import on_the_air
from insole_drivers.virtual.air import AirHost
from insole_drivers.virtual.serve import close_transport, transport_to

ADDRESS: Final = "F0:F0:F0:F0:F0:F5"
NAME: Final = "insole"
EVERY_S: Final = 1.0  # as the service's users expect
RECENT_S: Final = 5.0  # strides of this time count
IDLE_S: Final = 3.0  # after the last foot strike: standing
LONGEST_S: Final = 3.0  # a longer stride is a pause
RUNNING_DUTY: Final = 0.5  # contact over stride below it: both feet are in the air at times
STRIDE_TOLD: Final = 1 << 0
GAIT_TOLD: Final = 1 << 2
IN_SHOE: Final = 2
OPEN_S: Final = 20.0


class Gait:
    """The last strides of both feet, on the host's clock.

    Args:
        speed_m_s: what the treadmill says; 0 when nobody does.
        feet: 2 counts both feet's steps in the cadence, 1 one foot's.
    """

    def __init__(self, *, speed_m_s: float, feet: int) -> None:
        self._speed_m_s = speed_m_s
        self._feet = feet
        self._strides: deque[tuple[float, float, float]] = deque(maxlen=32)
        self._last: dict[Side, float] = {}

    def push(self, updates: Sequence[FootUpdate], *, host_s: Callable[[float], float]) -> None:
        """Take the steps that have become final."""
        for update in updates:
            strikes = update.steps.value["foot_strike_s"].tolist()
            offs = update.steps.value["toe_off_s"].tolist()
            for strike, off in zip(strikes, offs, strict=True):
                before = self._last.get(update.side)
                self._last[update.side] = strike
                if before is not None and 0 < strike - before <= LONGEST_S and off > strike:
                    self._strides.append((host_s(strike), strike - before, off - strike))

    def told(self, now_s: float) -> ble_sig.Running:
        """What a watch is told at this host time."""
        recent = [each for each in tuple(self._strides) if now_s - each[0] <= RECENT_S]
        if not recent or now_s - recent[-1][0] > IDLE_S:
            return ble_sig.Running(0.0, 0, is_running=False)
        stride_s = float(np.median([each[1] for each in recent]))
        contact_s = float(np.median([each[2] for each in recent]))
        return ble_sig.Running(
            self._speed_m_s,
            min(255, round(60.0 * self._feet / stride_s)),
            is_running=contact_s / stride_s < RUNNING_DUTY,
            stride_length_m=self._speed_m_s * stride_s if self._speed_m_s else None,
        )


class FootPodOut:
    """A peripheral in a thread of its own.

    Args:
        transport: Bluetooth adapter, in Bumble's form.
        gait: what is told.
        around: the session.

    Raises:
        InsoleError: the adapter cannot be used.
    """

    def __init__(self, transport: str, gait: Gait, *, around: Around) -> None:
        self._transport = transport
        self._gait = gait
        self._around = around
        self._error: Exception | None = None
        self._is_on = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._end = asyncio.Event()
        self._thread = threading.Thread(target=self._work, name="insole-rsc")
        self._thread.start()
        self._is_on.wait(OPEN_S)
        if self._error is not None:
            self._thread.join()
            raise self._error

    def push(self, updates: list[FootUpdate]) -> None:
        """Strides go into what is told next."""
        self._gait.push(updates, host_s=self._around.host_s)

    def close(self) -> None:
        """Stop advertising, hang up, give the adapter back."""
        if self._thread.is_alive():
            with suppress(RuntimeError):  # it has just ended by itself
                self._loop.call_soon_threadsafe(self._end.set)
            self._thread.join(OPEN_S)

    def _work(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        except (InsoleError, core.BaseBumbleError, OSError, TimeoutError) as error:
            self._error = error
        finally:
            self._loop.close()
            self._is_on.set()

    async def _serve(self) -> None:
        opened = await transport_to(self._transport)
        try:
            configuration = DeviceConfiguration(name=NAME, address=Address(ADDRESS))
            device = Device(config=configuration, host=AirHost(opened.source, opened.sink))
            measurement = _readable(ble_sig.MEASUREMENT, b"", notifies=True)
            features = (STRIDE_TOLD | GAIT_TOLD).to_bytes(2, "little")
            members = [
                measurement,
                _readable(ble_sig.FEATURE, features),
                _readable(ble_sig.LOCATION, bytes([IN_SHOE])),
            ]
            device.add_service(Service(ble_sig.RUNNING_SERVICE, members))
            advert = Advert("", NAME, (ble_sig.RUNNING_SERVICE,))
            device.advertising_data, device.scan_response_data = on_the_air(advert)
            async with asyncio.timeout(OPEN_S):
                await device.power_on()
                await device.start_advertising(auto_restart=True)
            self._is_on.set()
            while not self._end.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout(EVERY_S):
                        await self._end.wait()
                told = ble_sig.running_bytes(self._gait.told(time.monotonic()))
                await device.notify_subscribers(measurement, told)
            await device.power_off()
        finally:
            await close_transport(opened)


def _readable(uuid: str, value: bytes, *, notifies: bool = False) -> Characteristic[bytes]:
    kinds = Characteristic.Properties
    return Characteristic(
        uuid,
        kinds.NOTIFY if notifies else kinds.READ,
        Characteristic.Permissions.READABLE,
        value,
    )


def open_rsc(target: str, *, options: dict[str, str], around: Around) -> Stream:
    """Entry point `rsc`: `rsc:usb:0`, `rsc:usb:0?speed=3.3&cadence=one`.

    Raises:
        RequestError: no adapter was named, or an option cannot be used.
        BluetoothOff: the adapter does not answer.
    """
    known_options(options, ("speed", "cadence"), name="rsc")
    if not target:
        raise _refused(
            "no adapter was named",
            "a watch is served by a Bluetooth adapter of its own",
        )
    try:
        speed_m_s = float(options.get("speed", "0"))
    except ValueError:
        speed_m_s = -1.0
    if not 0 <= speed_m_s < 256:
        raise _refused("that is no speed", "it is a number of m/s below 256")
    feet = {"both": 2, "one": 1}.get(options.get("cadence", "both"))
    if feet is None:
        raise _refused("that is no cadence", "it counts both feet or one")
    return FootPodOut(target, Gait(speed_m_s=speed_m_s, feet=feet), around=around)


def _refused(what: str, why: str) -> RequestError:
    fix = "Write for example --stream 'rsc:usb:0?speed=3.3&cadence=both'"
    return RequestError(what, where="--stream rsc", why=why, fix=fix)
