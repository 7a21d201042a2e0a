"""Runs inside the machine: our driver through bleak, D-Bus, bluetoothd and the Linux kernel.

The virtual insoles live in a thread of their own behind a virtual controller; the other threads
are the program as it is used. Prints one line, `RESULT {...}`, of what was seen.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from bumble.transport import open_transport

from insole import api
from insole.model.stream import Connected, Packet
from insole_drivers.protocols import open_wire
from insole_drivers.virtual.air import Air
from insole_drivers.virtual.insole import VirtualInsole
from insole_drivers.virtual.pair import plans_of, switched_on
from insole_drivers.virtual.serve import open_to
from insole_drivers.virtual.spec import parse

SPEC = "run?rate=100&seed=3"  # low demands: the machine's processor is emulated
PATIENCE_S = 90.0
SETTLE_S = 1.0
FILE = Path("/run/trial.h5")


class Insoles:
    """A pair of virtual insoles on the other side of the kernel's virtual controller."""

    def __init__(self) -> None:
        self.ready: Future[None] = Future()
        self.pair: tuple[VirtualInsole, ...] = ()
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self._work, daemon=True).start()
        self.ready.result(PATIENCE_S)

    def _work(self) -> None:
        self.loop.run_until_complete(self._live())

    async def _live(self) -> None:
        plans = plans_of(parse(SPEC))  # slow, and the kernel asks its new controller at once
        air = Air()
        open_to(air, await open_transport("vhci"))
        async with switched_on(air, plans) as self.pair:
            self.ready.set_result(None)
            await asyncio.Event().wait()

    def call(self, work: Callable[[], Any]) -> None:
        """Do something on the insoles' own thread."""
        self.loop.call_soon_threadsafe(work)


def wait(what: str, wanted: Callable[[], bool], *, seconds: float = PATIENCE_S) -> float:
    """Wait for something; answers with how long it took.

    Raises:
        TimeoutError: it never came.
    """
    begin = time.monotonic()
    while not wanted():
        if time.monotonic() - begin > seconds:
            raise TimeoutError(what)
        time.sleep(0.05)
    return round(time.monotonic() - begin, 2)


def say(text: str) -> None:
    """A line on the machine's console."""
    print(f"{time.monotonic():7.1f} {text}", flush=True)


def bluetoothd() -> subprocess.Popen[bytes]:
    """Linux's Bluetooth service."""
    return subprocess.Popen(["bluetoothd", "-n"])


def powered() -> bool:
    """bluetoothd answers and the controller is on."""
    shown = subprocess.run(
        ["bluetoothctl", "show"],
        capture_output=True,
        timeout=20,
        check=False,
    ).stdout
    return b"Powered: yes" in shown


def streaming(session: Any) -> Callable[[], bool]:
    """Both feet stream at this moment."""

    def both() -> bool:
        feet = session.view().feet
        return len(feet) == 2 and all(foot.phase == "streaming" for foot in feet.values())

    return both


def is_data(packet: Packet) -> bool:
    """It carries samples: two of these are never equal. Answers to the same question are."""
    is_stream = packet.channel == open_wire.STREAM
    return is_stream and packet.payload[0] not in (open_wire.CAPABILITY, open_wire.STATUS)


def drops(insoles: Insoles, result: dict[str, Any]) -> None:
    """Two drops and returns of the left insole; then what the file holds."""
    session = api.live_session("ble:", record_to=FILE)
    session.start()
    result["first_stream_s"] = wait("both stream", streaming(session))
    left = insoles.pair[0]
    for number in range(2):
        time.sleep(3)
        insoles.call(left.lose)
        wait("the loss is noticed", lambda: not streaming(session)())
        time.sleep(1)
        insoles.call(left.restore)
        result[f"reconnect_{number + 1}_s"] = wait("it is back", streaming(session))
        say(f"reconnected after {result[f'reconnect_{number + 1}_s']} s")
    time.sleep(3)
    session.close()
    result["hung_up"] = wait(
        "both are free again", lambda: not any(each.connected.is_set() for each in insoles.pair)
    )
    recording = api.open_recording(FILE)
    events = list(recording.events())
    recording.close()
    document = api.analyze(FILE).to_dict()
    packets = [event for event in events if isinstance(event, Packet)]
    data = Counter((each.device, each.payload) for each in packets if is_data(each))
    result["packets"] = sum(data.values())
    result["twice"] = sum(count - 1 for count in data.values())
    result["connections"] = Counter(each.device for each in events if isinstance(each, Connected))
    result["mtu"] = sorted({each.mtu for each in events if isinstance(each, Connected)})
    result["sides"] = {
        side: None
        if told is None
        else {key: told[key] for key in ("expected", "received", "recovered", "lost")}
        for side, told in document["sides"].items()
    }
    result["steps"] = len(document["steps"])


def killed(insoles: Insoles, result: dict[str, Any]) -> None:
    """A program that was killed leaves its links up; the next one takes them over."""
    command = [sys.executable, "-m", "insole", "record", "/run/killed.h5", "--seconds", "300"]
    with subprocess.Popen(command) as program:
        wait("it streams", lambda: all(each.streaming.is_set() for each in insoles.pair))
        time.sleep(1)
        os.kill(program.pid, signal.SIGKILL)
    time.sleep(2)
    result["held_after_kill"] = sum(each.connected.is_set() for each in insoles.pair)
    session = api.live_session("ble:")
    session.start()
    result["adopted_s"] = wait("both stream again", streaming(session))
    result["after_kill"] = "streaming"
    session.close()


def without_service(service: subprocess.Popen[bytes], result: dict[str, Any]) -> None:
    """bluetoothd dies and comes back while the program streams."""
    session = api.live_session("ble:")
    session.start()
    wait("both stream", streaming(session))
    service.kill()
    service.wait()
    result["service_noticed_s"] = wait("the end is noticed", lambda: not streaming(session)())
    time.sleep(2)
    result["service_words"] = [foot.phase_text for foot in session.view().feet.values()]
    again = bluetoothd()
    wait("bluetoothd is back", powered)
    result["service_back_s"] = wait("both stream again", streaming(session))
    session.close()
    again.terminate()


def main() -> None:
    """All scenes, in order; what was seen until an error counts too."""
    result: dict[str, Any] = {}
    try:
        service = bluetoothd()
        insoles = Insoles()
        say("insoles are on")
        wait("the controller is on", powered)
        say("bluetoothd is ready")
        drops(insoles, result)
        say("drops done")
        time.sleep(SETTLE_S)
        killed(insoles, result)
        say("kill done")
        without_service(service, result)
        say("service done")
    except BaseException as error:  # noqa: BLE001  everything is to be told
        traceback.print_exc()
        result["error"] = f"{type(error).__name__}: {error}"
    print("RESULT " + json.dumps(result), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
