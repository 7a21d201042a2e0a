"""Open Sound Control over UDP: newest load, tripod and finished steps out, markers in.

Out, to 127.0.0.1:9000 unless another target is named, one bundle for what became known together:

* `/insole/SIDE/load`   time s, force N, CoP x mm, CoP y mm (CoP only while it is defined)
* `/insole/SIDE/region` HEEL MID M1 M23 M45 HAL TOES, N (only where all are observable)
* `/insole/SIDE/step`   foot strike s, toe-off s, contact s, impulse N·s, push-off impulse N·s,
  valid (0 or 1)

In, with `listen=PORT` on 127.0.0.1: `/insole/mark TEXT` sets a marker.
"""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from insole.errors import RequestError
from insole.live.streaming import Around, Stream, known_options
from insole.model.gait import Steps
from insole.model.stream import Mark
from insole.pipeline import FootUpdate

if TYPE_CHECKING:
    from pythonosc.osc_bundle_builder import OscBundleBuilder

USUAL: Final = "127.0.0.1:9000"
LOOPBACK: Final = "127.0.0.1"
STEP: Final = ("foot_strike_s", "toe_off_s", "contact_s", "impulse_N_s", "po50_N_s")
MOST_BYTES: Final = 65_507
MOST_TEXT: Final = 200  # characters of a marker
WAIT_S: Final = 0.2


class Osc:
    """One target, and one port that is listened to.

    Args:
        target: `HOST:PORT`.
        listen: port on the loopback interface for markers; None: nobody is listened to.
        around: the session.

    Raises:
        RequestError: the target cannot be reached by name, or the port is taken.
    """

    def __init__(self, target: tuple[str, int], *, listen: int | None, around: Around) -> None:
        self._around = around
        self._out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._out.setblocking(False)
        self._target = target
        self._in: socket.socket | None = None
        self._is_over = threading.Event()
        self._thread: threading.Thread | None = None
        if listen is not None:
            self._in = self._bound(listen)
            self._thread = threading.Thread(target=self._hear, name="insole-osc")
            self._thread.start()

    def push(self, updates: list[FootUpdate]) -> None:
        """Send what became known, newest load only: who draws needs no more."""
        from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder

        bundle = OscBundleBuilder(IMMEDIATELY)
        count = 0
        for update in updates:
            for address, values in messages(update):
                _add(bundle, address, values)
                count += 1
        if count:
            # Nobody listens yet, or the system is busy: the next one comes soon.
            with suppress(BlockingIOError, ConnectionRefusedError):
                self._out.sendto(bundle.build().dgram, self._target)

    def close(self) -> None:
        """Nothing is sent or heard any more."""
        self._is_over.set()
        if self._thread is not None:
            self._thread.join(2 * WAIT_S + 1.0)
            self._thread = None
        self._out.close()
        if self._in is not None:
            self._in.close()

    def _bound(self, port: int) -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.settimeout(WAIT_S)
        try:
            made.bind((LOOPBACK, port))
        except OSError as error:
            made.close()
            self._out.close()
            raise RequestError(
                f"cannot listen on port {port}",
                where="--stream osc",
                why=error.strerror or str(error),
                fix="Choose another port: listen=9002",
            ) from error
        return made

    def _hear(self) -> None:
        heard = self._in
        while heard is not None and not self._is_over.is_set():
            try:
                packet = heard.recv(MOST_BYTES)
            except (TimeoutError, OSError):
                continue
            for text in marks(packet):
                self._around.put(Mark(time.monotonic_ns(), text))


def messages(update: FootUpdate) -> list[tuple[str, list[float]]]:
    """Addresses and numbers of one foot's news; what is not defined is left out."""
    said: list[tuple[str, list[float]]] = []
    load, foot = update.load, f"/insole/{update.side.value}"
    if len(load.time_s):
        is_loaded = np.isfinite(load.cop_mm[-1]).all()
        cop: list[float] = load.cop_mm[-1].tolist() if is_loaded else []
        said.append((f"{foot}/load", [float(load.time_s[-1]), float(load.total_n[-1]), *cop]))
        if np.isfinite(load.region_n[-1]).all():
            said.append((f"{foot}/region", load.region_n[-1].tolist()))
    said += [(f"{foot}/step", row) for row in rows(update.steps)]
    return said


def rows(steps: Steps) -> list[list[float]]:
    """One row per step: times, impulses, valid; without those that have no number."""
    table = np.column_stack([steps.value[name] for name in STEP if name in steps.value])
    if len(steps) == 0 or table.shape[1] < len(STEP):
        return []
    valid = np.asarray(steps.valid, dtype=np.float64)
    whole = np.column_stack([table, valid])
    answer: list[list[float]] = whole[np.isfinite(whole).all(axis=1)].tolist()
    return answer


def marks(packet: bytes) -> list[str]:
    """Texts of the markers in a packet; anything else is not heard."""
    from pythonosc.osc_packet import OscPacket, ParseError

    try:
        timed = OscPacket(packet).messages
    except (ParseError, ValueError, IndexError, RecursionError):
        return []
    texts: list[str] = []
    for each in timed:
        parameters: list[Any] = list(each.message.params)
        if each.message.address == "/insole/mark" and parameters:
            said = str(parameters[0])[:MOST_TEXT]
            texts.append("".join(x if x.isprintable() else " " for x in said).strip())
    return [text for text in texts if text]


def _add(bundle: OscBundleBuilder, address: str, values: list[float]) -> None:
    from pythonosc.osc_message_builder import OscMessageBuilder

    message = OscMessageBuilder(address)
    for value in values:
        message.add_arg(value, OscMessageBuilder.ARG_TYPE_DOUBLE)
    bundle.add_content(message.build())


def open_osc(target: str, *, options: dict[str, str], around: Around) -> Stream:
    """Entry point `osc`: `osc`, `osc:HOST:PORT`, `osc?listen=9001`.

    Raises:
        RequestError: the target or the port cannot be used.
    """
    known_options(options, ("listen",), name="osc")
    listen = None if "listen" not in options else _port(options["listen"])
    host, _, port = (target or USUAL).rpartition(":")
    number = _port(port)
    try:
        address = socket.getaddrinfo(host, number, socket.AF_INET, socket.SOCK_DGRAM)[0][4]
    except OSError as error:
        raise RequestError(
            f"cannot find '{host[:80]}'",
            where="--stream osc",
            why=error.strerror or str(error),
            fix=f"Write osc:HOST:PORT, for example osc:{USUAL}",
        ) from error
    return Osc((str(address[0]), int(address[1])), listen=listen, around=around)


def _port(text: str) -> int:
    if text.isdecimal() and 0 < int(text) < 65536:
        return int(text)
    raise RequestError(
        f"'{text[:20]}' is no port",
        where="--stream osc",
        why="a port is a number from 1 to 65535",
        fix=f"Write osc:HOST:PORT, for example osc:{USUAL}",
    )
