"""Sources `ble` and `virtual`: one thread, one event loop, any number of links.

The thread is no daemon: it always ends by saying goodbye to the insoles, since a system that is
left with an open link hides that insole from the next scan.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

from insole import plugins
from insole.device_settings import parts
from insole.errors import SettingsError
from insole.model.foot import Side
from insole.model.protocol import Companion, InsoleProtocol
from insole.model.stream import Event
from insole.plugins import Sink
from insole_drivers.advice import bluetooth_error
from insole_drivers.chosen import checked
from insole_drivers.pair import Pair
from insole_drivers.pod import ANY, Pod
from insole_drivers.scan import Found, Scan
from insole_drivers.timing import Timing

STOP_S = 8.0  # what is still fetched, a stop write, two disconnections at once, and a margin
FIRST_DATA_S = 30.0  # as patient as a terminal is
AGAIN_S = 0.5  # between two attempts to cancel


async def _never() -> None:
    await asyncio.Event().wait()


@dataclass(frozen=True, slots=True)
class Radio:
    """What bleak is to talk to.

    Attributes:
        scanner, client: keyword arguments for `BleakScanner` and `BleakClient`.
        ended: returns when nothing more will come by itself.
    """

    scanner: dict[str, Any] = field(default_factory=dict[str, Any])
    client: dict[str, Any] = field(default_factory=dict[str, Any])
    ended: Callable[[], Any] = _never


RadioMaker: TypeAlias = Callable[[], AbstractAsyncContextManager[Radio]]


class RadioSource:
    """A pair of insoles over a radio, as `insole.plugins.Source`.

    Args:
        radio: makes the radio inside the source's own thread.
        protocols: what counts as an insole; None means every protocol installed.
        wanted: side to address, the user's choice.
        pod: address of a device beside the pair, or `any`; empty for none.
        chosen: settings of devices, as far as they have them.
        timing: limits of all waits.
        loop: makes the event loop; a `FastLoop` plays a virtual pair faster than life.

    Attributes:
        realtime: whether the sink must take events as they come.
    """

    def __init__(
        self,
        radio: RadioMaker,
        *,
        protocols: tuple[InsoleProtocol, ...] | None = None,
        wanted: Mapping[Side, str] | None = None,
        pod: str = "",
        chosen: Mapping[str, str] | None = None,
        timing: Timing | None = None,
        loop: Callable[[], asyncio.AbstractEventLoop] | None = None,
    ) -> None:
        self.realtime = loop is None
        self._new_loop = loop
        self._radio = radio
        self._protocols = protocols
        self._wanted = dict(wanted or {})
        self._pod = pod
        self._chosen = dict(chosen or {})
        self._timing = timing or Timing()
        self._sink: Sink | None = None
        self._thread: threading.Thread | None = None
        self.names_later = False
        """Two insoles of one side stream (`insole.plugins.NamedLater`)."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._is_stopped = False
        self._lock = threading.Lock()
        self._finished = threading.Event()
        self._error: Exception | None = None

    def start(self, sink: Sink) -> None:
        """Begin in a thread of its own; events arrive in order, stamped there."""
        with self._lock:
            if self._thread is not None or self._is_stopped:
                raise RuntimeError("a source starts once")
            self._sink = sink
            self._thread = threading.Thread(target=self._work, name="insole-radio")
            self._thread.start()

    def stop(self) -> None:
        """Say goodbye to the insoles and end; at most 8 s, any number of times."""
        with self._lock:
            self._is_stopped = True
            if self._loop is not None and self._stopping is not None:
                self._loop.call_soon_threadsafe(self._stopping.set)
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(STOP_S)
        self._sink = None
        self._finished.set()

    @property
    def finished(self) -> bool:
        """No event will follow."""
        return self._finished.is_set()

    @property
    def error(self) -> Exception | None:
        """Why it ended by itself, if it failed."""
        return self._error

    def _work(self) -> None:
        try:
            with asyncio.Runner(loop_factory=self._new_loop) as runner:
                runner.run(self._main())
        except Exception as error:  # noqa: BLE001  whatever it is, the engine reports it
            self._error = error
        finally:
            with self._lock:
                self._loop = None
            self._finished.set()

    def _emit(self, event: Event) -> None:
        sink = self._sink
        if sink is not None:
            sink(event)

    async def _main(self) -> None:
        stopping = asyncio.Event()
        with self._lock:
            self._loop, self._stopping = asyncio.get_running_loop(), stopping
            if self._is_stopped:
                return
        async with self._radio() as radio:
            known = self._protocols or installed()
            beside = [each for each in known if isinstance(each, Companion)]
            scan = Scan((x for x in known if x not in beside), scanner=radio.scanner)
            pair = Pair(
                scan,
                self._emit,
                timing=self._timing,
                client=radio.client,
                wanted=self._wanted,
                chosen=self._chosen,
                names_later=self.names_later,
            )
            work = asyncio.create_task(pair.run())
            running: dict[asyncio.Task[None], Pair | Pod] = {work: pair}
            if self._pod:
                pod = Pod(
                    scan.sharing(beside),
                    self._emit,
                    timing=self._timing,
                    client=radio.client,
                    wanted=self._pod,
                    chosen=self._chosen,
                )
                running[asyncio.create_task(pod.run(pair.opened))] = pod
            ends = [asyncio.create_task(stopping.wait()), asyncio.create_task(radio.ended())]
            try:
                await asyncio.wait([work, *ends], return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in ends:
                    task.cancel()
                await asyncio.wait(ends)
                while busy := [task for task in running if not task.done()]:
                    for task in busy:  # a library may swallow a cancellation, once
                        if not running[task].is_closing:
                            task.cancel()
                    await asyncio.wait(busy, timeout=AGAIN_S)
            for task in running:
                if not task.cancelled():
                    task.result()


def installed() -> tuple[InsoleProtocol, ...]:
    """Every protocol that is installed and loads."""
    good, _ = plugins.load_all("insole.protocols")
    return tuple(good.values())


@asynccontextmanager
async def real_radio() -> AsyncGenerator[Radio]:
    """The radio of this computer."""
    yield Radio()


def ble_source(spec: str) -> RadioSource:
    """Source `ble`: a pair over this computer's radio.

    Args:
        spec: empty for whoever is there, or `left=ADDRESS&right=ADDRESS`. With `pod=ADDRESS`, or
            `pod=any`, a motion pod streams beside them. With `hci=TRANSPORT` Bumble's host stack
            is used on that controller instead of the system's: `usb:0`, or what `insole simulate`
            serves. Anything else is a setting of the insoles, `mode=fast`, of one kind of them,
            `open.rate=200`, or of one device alone, `rate.left=200`, `led.pod=on`.

    Raises:
        SettingsError: the specification cannot be read.
    """
    named = dict(parse_qsl(spec.removeprefix("?"), keep_blank_values=True))
    transport, pod = named.pop("hci", None), named.pop("pod", "")
    names = {each.name for protocol in installed() for each in protocol.settings}
    known = [key for key in named if parts(key)[1] in names]
    chosen = checked({key: named.pop(key) for key in known}, installed(), where=f"ble:{spec}")
    if len(named) < len(parse_qsl(spec.removeprefix("?"), keep_blank_values=True)):
        spec = "&".join(f"{key}={value}" for key, value in named.items())
    radio = real_radio if transport is None else partial(_hci_radio, transport)
    return RadioSource(radio, wanted=addresses(spec), pod=pod, chosen=chosen)


@asynccontextmanager
async def _hci_radio(transport: str) -> AsyncGenerator[Radio]:
    """A controller of our own, beside the system's Bluetooth."""
    from insole_drivers.virtual.serve import host_on  # Bumble: 0.4 s

    async with host_on(transport) as central:
        yield Radio({"backend": central.scanner}, {"backend": central.client})


def virtual_source(spec: str) -> RadioSource:
    """Source `virtual`: a pair over real GATT in this process, on an air of its own.

    Args:
        spec: `ACTIVITY?key=value&...`; empty for the shipped recording.

    Raises:
        RequestError: the specification cannot be read or met.
        FileError: the recording asked for cannot be played.
    """
    from insole_drivers.virtual import fast  # Bumble: 0.4 s
    from insole_drivers.virtual.spec import parse

    radio, protocols = virtual_radio(spec)
    asked = parse(spec)
    has_pod = any(isinstance(protocol, Companion) for protocol in protocols)
    return RadioSource(
        radio,
        protocols=protocols,
        pod=ANY if has_pod else "",
        chosen=checked(asked.settings, protocols, where=f"virtual:{spec}"),
        timing=Timing(now_ns=fast.now_ns) if asked.fast else None,
        loop=fast.FastLoop if asked.fast else None,
    )


def virtual_radio(spec: str) -> tuple[RadioMaker, tuple[InsoleProtocol, ...]]:
    """The radio that hears this virtual pair, and what the pair speaks.

    Raises:
        RequestError: the specification cannot be read or met.
        FileError: the recording asked for cannot be played.
    """
    from insole_drivers.virtual.pair import plans_of, virtual_pair  # Bumble: 0.4 s
    from insole_drivers.virtual.spec import parse

    asked = parse(spec)
    plans = plans_of(asked)

    @asynccontextmanager
    async def radio() -> AsyncGenerator[Radio]:
        async with virtual_pair(plans) as pair:

            async def ended() -> None:
                if asked.seconds is None:
                    await _never()
                elif not asked.fast:
                    await pair.ended(asked.seconds)
                else:  # a pair that never streams would wait for days within seconds
                    with suppress(TimeoutError):
                        async with asyncio.timeout(FIRST_DATA_S + asked.seconds):
                            await pair.ended(asked.seconds)

            yield Radio({"backend": pair.central.scanner}, {"backend": pair.central.client}, ended)

    return radio, tuple({plan.protocol.name: plan.protocol for plan, _ in plans}.values())


def in_range(radio: RadioMaker, seconds: float) -> list[Found]:
    """Everything that answers within this time, insole or not; those connected already first.

    Raises:
        BluetoothError: there is no radio to scan with.
    """

    async def look() -> list[Found]:
        async with radio() as made:
            scan = Scan(installed(), scanner=made.scanner)
            held = await scan.connected()
            heard = await scan.look(seconds, is_enough=lambda _: False, everything=True)
            addresses = {each.advert.address for each in held}
            return [*held, *(each for each in heard if each.advert.address not in addresses)]

    return asyncio.run(look())


def probe(seconds: float) -> None:
    """Try to scan on this computer's radio.

    Raises:
        BluetoothError: it cannot, and why.
    """

    async def look() -> None:
        try:
            async with asyncio.timeout(seconds):
                await Scan((), scanner={}).look(0.1, is_enough=lambda _: False, everything=True)
        except TimeoutError as error:
            raise bluetooth_error(error) from error

    asyncio.run(look())


def addresses(spec: str) -> dict[Side, str]:
    """Side to address out of `left=ADDRESS&right=ADDRESS`; both are one where it carries both feet.

    >>> addresses("left=C0:00:00:00:00:01")
    {<Side.LEFT: 'left'>: 'C0:00:00:00:00:01'}
    """
    pairs = parse_qsl(spec.removeprefix("?"), keep_blank_values=True)
    wanted = {key: value.strip() for key, value in pairs}
    is_readable = len(pairs) == len(wanted) and all(wanted.values())
    if (spec.strip("?") and not pairs) or not is_readable or not wanted.keys() <= {"left", "right"}:
        raise SettingsError(
            "cannot read the source",
            where=f"ble:{spec}",
            why="it holds more than left=ADDRESS and right=ADDRESS",
            fix="Write ble: for whoever is there, or ble:left=ADDRESS&right=ADDRESS",
        )
    return {Side(key): value for key, value in wanted.items()}
