"""One insole over Bluetooth: connect, subscribe, watch, reconnect for as long as it takes.

A link feeds everything to its sink as it arrives, stamped before anything else happens. It keeps a
decoder of its own, only for what must be answered (writes that the device waits for, side and
rate), and listens with it as closely as `attention` says. A device that carries both feet has one
link, which speaks for each of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.exc import BleakBluetoothNotAvailableError, BleakCharacteristicNotFoundError, BleakError

from insole.errors import BluetoothError
from insole.model.foot import Side
from insole.model.protocol import Carrying, Companion, Described, Fetching
from insole.model.stream import (
    Capability,
    Connected,
    Disconnected,
    Event,
    Notice,
    Packet,
    Samples,
    Tick,
    Write,
)
from insole_drivers.advice import bluetooth_error, shown
from insole_drivers.attention import PEEK_S, Attention
from insole_drivers.chosen import Wishes
from insole_drivers.errands import Errands, ended
from insole_drivers.protocols import ble_sig
from insole_drivers.scan import Found
from insole_drivers.seeking import sought
from insole_drivers.session import TROUBLE, Session, connected, hang_up, say_goodbye
from insole_drivers.timing import Timing
from insole_drivers.voice import Voice

QUIET_TIMES = 3  # a device that is quiet so many times as long as usual has stalled
FETCH_TICK_S = 0.1  # nothing came for so long: a decoder that fetches is told the time
AGAIN = "Switch it off and on, and end other programs that use it. Trying again."
LOW_BATTERY = 10  # percent; a link lost below it was probably lost to it


class Link:
    """One insole, whatever happens to its connection.

    Args:
        found: what the scan said.
        emit: takes events, on the loop's thread.
        search: looks for an insole that went away; None when it was not seen.
        timing: limits of all waits.
        client: keyword arguments for `BleakClient`.
        side: the user's word, stronger than the device's.
        chosen: settings by name; those that the device has are used.
        on_open: told when it is connected and its key is known, before it streams.
        on_capability: told whenever the device has described itself.
    """

    def __init__(
        self,
        found: Found,
        *,
        emit: Callable[[Event], None],
        search: Callable[[Link], Awaitable[Found | None]],
        timing: Timing,
        client: dict[str, Any],
        side: Side | None = None,
        chosen: Mapping[str, str] | None = None,
        on_open: Callable[[Link], None] = lambda _: None,
        on_capability: Callable[[Link], None] = lambda _: None,
    ) -> None:
        if found.protocol is None or found.match is None:
            raise ValueError("only an insole can be linked")
        self.found = found
        self.protocol = found.protocol
        self.carries = self.protocol.carries if isinstance(self.protocol, Carrying) else ()
        self.key = ""
        self.serial = ""
        self.battery = found.match.battery
        self.capability: Capability | None = None
        self.voice = Voice(self, emit, timing)
        self.is_refused = False
        self._emit = emit
        self._search = search
        self._timing = timing
        self._client = client
        self._assigned = side
        self._wishes = Wishes(self.protocol, chosen or {})
        self._on_open = on_open
        self._on_capability = on_capability
        self._session: Session | None = None
        self._decoder = self.protocol.decoder(found.advert.address)
        self._errands = Errands(
            timing,
            tick_s=self.protocol.gatt.tick_s,
            tick=self._ticked,
            rate_hz=lambda: self._rate_hz,
        )
        self._taken = asyncio.Event()  # a packet was
        self._attention = Attention(self.carries, is_whole=self.protocol.gatt.tick_s > 0)
        self._uses_start_notify = False
        self._was_table_wrong = False
        self._was_heard = False
        self._was_mute = False
        self._excuse = ""  # why no sample could be read
        self._home = found  # where it was itself, last

    # --- what it is ---

    @property
    def address(self) -> str:
        """Where it was heard last: a hint, not its identity."""
        return self.found.advert.address

    @property
    def side(self) -> Side | None:
        """The user's word, else the device's, else the advertisement's; None of both feet."""
        if self.carries:
            return None
        told = self.capability.side if self.capability is not None else None
        advertised = self.found.match.side if self.found.match is not None else None
        return self._assigned or told or advertised

    @property
    def _rate_hz(self) -> float:
        """Samples a second; 0 while that is not known."""
        return self.capability.rate_hz if self.capability is not None else 0.0

    def _whose(self) -> str:
        """Whose settings hold, as far as that is known before it says so."""
        if isinstance(self.protocol, Companion):
            return "pod"
        if self.carries:
            return "both"
        return self.side.value if self.side is not None else ""

    @property
    def label(self) -> str:
        """The foot, else the name, as a sentence begins."""
        return self.side.title() if self.side is not None else shown(self.found.advert.name)

    # --- connecting ---

    async def open(self, *, attempts: int | None = None) -> bool:
        """Connect and learn who it is; a few attempts, then False.

        Raises:
            BluetoothError: Bluetooth itself is off or not allowed.
        """
        if self.key or not self._was_mute:
            self.voice.say("connecting", ": connecting.")
        for pause in (0.0, *self._timing.again_s[:-1])[:attempts]:
            await asyncio.sleep(pause)
            try:
                session = await self._connect(is_first=pause == 0.0 and not self.key)
            except BleakBluetoothNotAvailableError as error:
                raise bluetooth_error(error) from error
            except TROUBLE:
                if not (self.key or self._was_mute):
                    self._was_mute = True
                    self.voice.say("lost", f": found, but it does not answer. {AGAIN}")
                continue
            if session is not None:
                self._session = session
                self._on_open(self)
                return True
        return False

    async def _connect(self, *, is_first: bool) -> Session | None:
        """One attempt; None when somebody else answered."""
        session = await connected(
            self.found,
            self.protocol.gatt,
            timing=self._timing,
            client=self._client,
            is_first=is_first,
        )
        serial = session.serial
        is_at_home = self.address == self._home.advert.address
        is_known = serial == self.serial if serial else is_at_home
        if self.key and not is_known:
            await hang_up(session, self._timing)
            return None
        self.serial, self._home = serial or self.serial, self.found
        self.key = self.key or self.serial or self.address
        return session

    # --- life ---

    async def run(self) -> None:
        """Stream and reconnect until cancelled; the insole keeps its key throughout.

        Raises:
            BluetoothError: Bluetooth is off or not allowed, and it was never connected.
        """
        lost_ns = self._timing.now_ns()
        is_seen = True  # where it is: `found`
        while not self.is_refused:
            session = self._session
            if session is None:
                try:
                    if is_seen:
                        is_seen = await self.open()
                    else:
                        is_seen = await self._look_again(lost_ns)
                except BluetoothError as error:
                    await self._without_radio(error)
                continue
            reason = await self._stream(session)
            lost_ns = self._timing.now_ns()
            self._session = None
            is_seen = False
            self._emit(Disconnected(self.key, lost_ns, reason))
            await hang_up(session, self._timing)
            if not self.is_refused:
                self.voice.say("reconnecting", f" lost: {reason}. {self._hope()}")
            self._was_heard |= session.has_data
            if not self._was_heard:  # who never gave data may have been misread, serial and all
                self.key = self.serial = ""

    async def _without_radio(self, error: BluetoothError) -> None:
        """Somebody switched Bluetooth off: a link that had begun waits for its return."""
        if not self.key:
            raise error
        self.voice.say("lost", f" lost: {error.what}. {error.fix}. Recording goes on.")
        await asyncio.sleep(self._timing.again_s[-1])

    def _hope(self) -> str:
        if self.battery is not None and self.battery <= LOW_BATTERY:
            return f"Its battery was at {self.battery} %: charge it. Recording goes on."
        return "Searching. Recording goes on."

    async def _look_again(self, lost_ns: int) -> bool:
        """Try where it was and look for it at once; True: it was seen at `found`, or is open."""

        async def search() -> Found | None:
            seconds = (self._timing.now_ns() - lost_ns) * 1e-9
            if self.key:
                self.voice.say("lost", f" lost {seconds:.0f} s ago. {self._hope()}")
            return await self._search(self)

        self.found = self._home
        found = await sought(
            partial(self.open, attempts=1),
            search,
            home=self.address,
            alone_s=self._timing.alone_s,
        )
        if self._session is None and found is None:
            await asyncio.sleep(self._timing.again_s[-1])
        elif self._session is None and found is not None:
            self.found = found
        return self._session is not None or found is not None

    async def close(self) -> None:
        """Say goodbye: stop the stream, hang up. Bounded in time, never raises."""
        session = self._session
        if session is not None:
            if not session.lost.is_set():
                await self._fetch_rest(session)
                await say_goodbye(session, self.protocol.stop(), self._timing)
            self._session = None
            await hang_up(session, self._timing)
            if self.key:
                self._emit(Disconnected(self.key, self._timing.now_ns(), "closed by the program"))
        if not self.is_refused:
            self.voice.say("closed", ": closed.")

    async def _fetch_rest(self, session: Session) -> None:
        """What the device keeps until it is asked for belongs to the stream that ends here."""
        decoder = self._decoder
        if not isinstance(decoder, Fetching):
            return
        decoder.finish()
        if decoder.is_complete:
            return
        self.voice.say("closing", ": fetching what it still keeps.")
        self._ticked()
        tasks = self._errands.run(session)
        with suppress(*TROUBLE):
            async with asyncio.timeout(self._timing.fetch_s):
                while not (decoder.is_complete or session.lost.is_set()):
                    self._taken.clear()
                    try:
                        async with asyncio.timeout(FETCH_TICK_S):
                            await self._taken.wait()
                    except TimeoutError:
                        self._ticked()
        await ended(tasks)

    def refuse(self, text: str) -> None:
        """Do not use this insole, for the reason given."""
        self.is_refused = True
        self.voice.say("refused", text, is_whole=True)
        if self._session is not None:
            self._session.end("refused")

    # --- streaming ---

    async def _stream(self, session: Session) -> str:
        """From the connection to its end; answers with the reason."""
        self._begin(session)
        tasks = self._errands.run(session)
        try:
            async with asyncio.timeout(self._timing.connect_s):
                await self._subscribe(session)
                for write in self._wishes.start(self._whose()):
                    await session.write(write, self._timing.request_s)
            return await self._watch(session)
        except BleakCharacteristicNotFoundError as error:
            return await self._wrong_table(session, str(error.char_specifier))
        except TROUBLE as error:
            return session.reason or f"{type(error).__name__}: {error}".rstrip(": ")
        finally:
            await ended(tasks)

    def _begin(self, session: Session) -> None:
        now_ns = self._timing.now_ns()
        session.newest_ns = now_ns
        self._attention.begin()
        self._wishes.begin()
        self._errands.forget()
        if self.capability is None:
            self._decoder = self.protocol.decoder(self.key)
        told = Connected(
            device=self.key,
            arrival_ns=now_ns,
            protocol=self.protocol.name,
            address=self.address,
            name=self.found.advert.name,
            mtu=session.mtu,
            side_hint=self.side,
            description=self.protocol.description if isinstance(self.protocol, Described) else "",
        )
        self._emit(told)
        self._decoder.feed(told)
        for channel, data in session.read:
            self._take(Packet(self.key, channel, self._timing.now_ns(), data))

    async def _subscribe(self, session: Session) -> None:
        gatt = self.protocol.gatt
        required = [channel for channel in gatt.notify if channel not in gatt.optional]
        for channel in dict.fromkeys([*gatt.notify, ble_sig.BATTERY]):
            characteristic = session.find(channel)
            if characteristic is None or "notify" not in characteristic.properties:
                if channel in required:
                    raise BleakCharacteristicNotFoundError(channel)
                continue
            await self._notify(session, characteristic, channel=channel)

    async def _notify(
        self, session: Session, characteristic: BleakGATTCharacteristic, *, channel: str
    ) -> None:
        gatt = self.protocol.gatt  # some insoles send samples under the battery's number
        is_beside = channel in gatt.optional or channel == ble_sig.BATTERY
        is_data = channel == gatt.notify[0] or not is_beside

        def notified(_: BleakGATTCharacteristic, data: bytearray) -> None:
            arrival_ns = self._timing.now_ns()
            if self._session is not session:
                return  # a late word from a connection that was replaced
            if is_data:
                session.newest_ns, session.has_data = arrival_ns, True
            self._take(Packet(self.key, channel, arrival_ns, bytes(data)))
            if is_data:
                self.voice.comes(self._attention.came(arrival_ns), self._excuse)

        # BlueZ's StartNotify delivers everything once more after each reconnect (bleak #2002).
        await session.client.start_notify(
            characteristic, notified, bluez={"use_start_notify": self._uses_start_notify}
        )
        if characteristic not in session.heard:
            session.heard.append(characteristic)

    def _take(self, packet: Packet) -> None:
        self._emit(packet)
        self._taken.set()
        if packet.channel == ble_sig.BATTERY:
            level = ble_sig.battery(packet.payload)
            self.battery = self.battery if level is None else level
        if not self._attention.wants(packet):
            return
        for said in self._decoder.feed(packet):
            if isinstance(said, Samples):
                self._attention.heard(said, packet.channel, packet.arrival_ns)
                if self._session is not None:
                    self._session.has_samples = True
            elif isinstance(said, Notice) and self._session is not None:
                self._session.problem = said.text
            elif isinstance(said, Capability):
                self._attention.settle()
                self.capability = replace(said, device=self.key)
                self._on_capability(self)
                for write in self._wishes.late(self._whose()):
                    self._want(write)
            elif isinstance(said, Write):
                self._want(said)

    def _want(self, write: Write) -> None:
        """Write this when its turn comes; what comes back is listened to closely."""
        if self._errands.want(write):
            self._attention.closely()

    def _ticked(self) -> None:
        for said in self._decoder.feed(Tick(self.key, self._timing.now_ns())):
            if isinstance(said, Write):
                self._errands.want(said)

    async def _watch(self, session: Session) -> str:
        """Wait for the end of the connection; notice when data stop."""
        timing = self._timing
        began_ns = self._timing.now_ns()
        while True:
            periods_s = timing.stall_periods / self._rate_hz if self._rate_hz > 0 else 0.0
            stall_s = max(timing.stall_s, periods_s, QUIET_TIMES * self.protocol.gatt.quiet_s)
            open_s = (self._timing.now_ns() - began_ns) * 1e-9
            silent_s = min(open_s, (self._timing.now_ns() - session.newest_ns) * 1e-9)
            is_deaf = not session.has_data and silent_s >= timing.resubscribe_s
            if is_deaf and not self._uses_start_notify:
                self._uses_start_notify = True
                await self._resubscribe(session)
                began_ns = self._timing.now_ns()
                continue
            if silent_s >= stall_s + timing.give_up_s:
                self._excuse = session.excuse or self._excuse
                return f"no data for {silent_s:.0f} s{session.excuse}"
            if silent_s >= stall_s:
                if self.voice.phase != "stalled":
                    self.voice.say("stalled", f": no data for {silent_s:.1f} s{session.excuse}.")
            elif open_s >= timing.resubscribe_s and session.excuse != self._excuse:
                self._excuse = session.excuse
                self.voice.say("streaming", f": streaming{self._excuse}.")
            limits = (stall_s, timing.resubscribe_s, stall_s + timing.give_up_s)
            wait_s = min(limit - silent_s for limit in limits if limit > silent_s)
            if self.carries:
                self._judge_feet(stall_s + PEEK_S)
                wait_s = min(wait_s, PEEK_S)
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await session.lost.wait()
                    return session.reason

    def _judge_feet(self, limit_s: float) -> None:
        """Say which of both feet does not come."""
        for side, silent_s in self._attention.silent(self._timing.now_ns(), limit_s).items():
            self.voice.misses(side, silent_s, shown(self.found.advert.name) or self.address)

    async def _resubscribe(self, session: Session) -> None:
        """Subscribe the other way: some insoles lose data when BlueZ hands over a socket."""
        for channel in self.protocol.gatt.notify:
            characteristic = session.find(channel)
            if characteristic is not None and channel not in self.protocol.gatt.optional:
                with suppress(BleakError):
                    await session.client.stop_notify(characteristic)
                await self._notify(session, characteristic, channel=channel)
        for write in self._wishes.start(self._whose()):
            await session.write(write, self._timing.request_s)

    async def _wrong_table(self, session: Session, missing: str) -> str:
        """A stale table of the system is forgotten once; then the device is to blame."""
        if self._was_table_wrong:
            self.refuse(
                f"{self.label}: this is no {self.protocol.title} insole, characteristic {missing} "
                "is missing. Update its firmware, or choose another insole."
            )
        elif not session.lost.is_set():
            self._was_table_wrong = True
            with suppress(*TROUBLE, NotImplementedError):
                async with asyncio.timeout(self._timing.request_s):
                    await session.client.unpair()
        return f"characteristic {missing} is missing"
