"""A device beside the pair: found when the insoles stream, kept for as long as it takes.

It is never a foot: nothing of the pair waits for it, and its end ends nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from insole.errors import BluetoothError
from insole.model.stream import Event, LinkState
from insole_drivers.link import Link
from insole_drivers.scan import Found, Scan
from insole_drivers.timing import Timing

ANY = "any"
"""Instead of an address: the nearest one."""
WEAK_DBM = -127


class Pod:
    """One device beside the pair.

    Args:
        scan: for such devices only, sharing the radio with the pair's.
        emit: takes events, on the loop's thread.
        timing: limits of all waits.
        client: keyword arguments for `BleakClient`.
        wanted: its address, or `ANY`.
        chosen: settings of devices, as far as it has them.

    Attributes:
        is_closing: it says goodbye and must not be disturbed.
    """

    def __init__(
        self,
        scan: Scan,
        emit: Callable[[Event], None],
        *,
        timing: Timing,
        client: dict[str, Any],
        wanted: str,
        chosen: Mapping[str, str] | None = None,
    ) -> None:
        self._scan = scan
        self._emit = emit
        self._timing = timing
        self._client = client
        self._wanted = wanted.upper()
        self._chosen = dict(chosen or {})
        self._link: Link | None = None
        self.is_closing = False

    async def run(self, ready: asyncio.Event) -> None:
        """Find, connect and stream until cancelled; then say goodbye.

        Args:
            ready: set when the insoles are connected: a scan would disturb that.
        """
        try:
            await ready.wait()
            self._say("Searching for the pod.")
            while True:
                try:
                    found = await self._look()
                    if found is not None:
                        self._link = self._made(found)
                        await self._link.run()  # until it is refused
                        return
                except BluetoothError as error:
                    self._say(f"No pod: {error.what}. {error.fix}.")
                await asyncio.sleep(self._timing.again_s[-1])
        finally:
            self.is_closing = True
            if self._link is not None:
                await self._link.close()

    async def _look(self) -> Found | None:
        def fits(found: Found) -> bool:
            address = found.advert.address.upper()
            return self._wanted in (ANY.upper(), address)

        heard = await self._scan.look(
            self._timing.search_s,
            is_enough=lambda seen: any(map(fits, seen)),
            company_s=self._timing.company_s,
        )
        return max(filter(fits, heard), key=_strength, default=None)

    def _made(self, found: Found) -> Link:
        async def again(link: Link) -> Found | None:
            heard = await self._scan.look(
                self._timing.search_s,
                is_enough=lambda seen: any(x.advert.address == link.address for x in seen),
            )
            return next((x for x in heard if x.advert.address == link.address), None)

        return Link(
            found,
            emit=self._emit,
            search=again,
            timing=self._timing,
            client=self._client,
            chosen=self._chosen,
        )

    def _say(self, text: str) -> None:
        self._emit(LinkState("pod", self._timing.now_ns(), phase="searching", text=text))


def _strength(found: Found) -> int:
    return found.advert.rssi_dbm if found.advert.rssi_dbm is not None else WEAK_DBM
