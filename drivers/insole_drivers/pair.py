"""Two links make a pair: find both, check that they are a left and a right, keep both going.

A device that carries both feet over its one connection is a pair by itself.

Order of the beginning, since every system has its trap (drivers/README.md): adopt insoles that are
still connected, scan once, stop the scan, connect left then right, ask each who it is, and only
then let them stream.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from insole.errors import BluetoothError, BluetoothOff, NoInsoleFound
from insole.model.foot import Side
from insole.model.stream import Event, LinkState
from insole_drivers.link import Link
from insole_drivers.scan import Found, Scan
from insole_drivers.timing import Timing

WEAK_DBM = -127


class Pair:
    """The insoles of one person.

    Args:
        scan: the radio's scanner.
        emit: takes events, on the loop's thread.
        timing: limits of all waits.
        client: keyword arguments for `BleakClient`.
        wanted: side to address, the user's choice; empty means whoever is there.
        chosen: settings of devices, as far as they have them.
        names_later: two insoles of one side stream; somebody will say which is which.

    Attributes:
        links: one per insole, left first as far as they were found together.
        is_closing: it says goodbye and must not be disturbed.
        opened: set once everybody found at first is connected.
    """

    def __init__(
        self,
        scan: Scan,
        emit: Callable[[Event], None],
        *,
        timing: Timing,
        client: dict[str, Any],
        wanted: dict[Side, str],
        chosen: Mapping[str, str] | None = None,
        names_later: bool = False,
    ) -> None:
        self._scan = scan
        self._emit = emit
        self._timing = timing
        self._client = client
        self._wanted = {side: address.upper() for side, address in wanted.items()}
        self._settings = dict(chosen or {})
        self._names_later = names_later
        self._tried: set[str] = set()
        self._told = asyncio.Event()
        self.is_closing = False
        self.opened = asyncio.Event()
        self.links: list[Link] = []

    async def run(self) -> None:
        """Find, connect and stream until cancelled; then say goodbye to both.

        Raises:
            NoInsoleFound: nobody answered.
            BluetoothError: the radio cannot, or both insoles are of one side.
        """
        self._say_searching(None, "Searching for insoles.")
        found = await self._first()
        if not found:
            raise NoInsoleFound(
                "no insole found",
                where="Bluetooth",
                why=f"none answered within {self._timing.first_search_s:.0f} s",
                fix="Switch both insoles on, keep them within 2 m and end other apps that hold "
                "them; `insole scan` shows what is in range",
            )
        self._check_wanted(found)
        self.links = [self._link(each, side) for each, side in self._chosen(found)]
        failed: BluetoothError | None = None
        try:
            async with asyncio.TaskGroup() as group:
                opening = {link: group.create_task(link.open()) for link in self.links}
                await asyncio.wait(opening.values(), return_when=asyncio.FIRST_COMPLETED)
                if not all(each.done() for each in opening.values()):
                    await asyncio.wait(opening.values(), timeout=self._timing.company_s)
                self._check()
                self.opened.set()
                for link, under_way in opening.items():
                    group.create_task(self._follow(link, under_way))
                if len(self.links) < len(Side) and not self.links[0].carries:
                    group.create_task(self._complete(group))
                group.create_task(self._judge())
        except* BluetoothError as errors:
            failed = _first_of(errors)  # raised here it would come in a group again
        finally:
            self.is_closing = True
            await asyncio.gather(*(link.close() for link in self.links))
        if failed is not None:
            raise failed

    # --- finding ---

    async def _first(self) -> list[Found]:
        adopted = await self._scan.connected()
        if self._is_complete(adopted):
            return adopted
        scanned = await self._scan.look(
            self._timing.first_search_s,
            is_enough=lambda heard: self._is_complete([*adopted, *heard]),
            company_s=self._timing.company_s,
        )
        return [each for each in (*adopted, *scanned) if self._is_wanted(each)]

    def _is_wanted(self, found: Found) -> bool:
        complete = len(self._wanted) == len(Side)
        return not complete or found.advert.address.upper() in self._wanted.values()

    def _is_meant(self, found: Found) -> bool:
        """It is one of those that the user named, or nobody was named."""
        return not self._wanted or found.advert.address.upper() in self._wanted.values()

    def _check_wanted(self, found: Sequence[Found]) -> None:
        """Refuse addresses that make no pair.

        Raises:
            BluetoothError: one address for both feet of a device that carries one, or two of which
                one carries both.
        """
        named = set(self._wanted.values())
        by_address = {each.advert.address.upper(): each for each in found}
        is_one = len(named) == 1 and len(self._wanted) == len(Side)
        for address in sorted(named & by_address.keys()):
            each = by_address[address]
            if is_one and not each.carries_both:
                raise BluetoothError(
                    "one address for both feet",
                    where=address,
                    why="this insole is one foot, and a pair is two",
                    fix="Give each foot its own address; `insole scan` lists them",
                )
            if len(named) == len(Side) and each.carries_both:
                raise BluetoothError(
                    "two addresses, and one device carries both feet",
                    where=address,
                    why="its one connection brings the left and the right foot",
                    fix=f"Give it alone: --left {address} --right {address}",
                )

    def _is_complete(self, found: Sequence[Found]) -> bool:
        addresses = {each.advert.address.upper() for each in found}
        sides = {each.match.side for each in found if each.match is not None}
        if any(each.carries_both and self._is_meant(each) for each in found):
            return True
        return all(
            self._wanted[side] in addresses if side in self._wanted else side in sides
            for side in Side
        )

    def _chosen(self, found: Sequence[Found]) -> list[tuple[Found, Side | None]]:
        """At most two, left first: the user's choice, else the strongest of each side.

        Two of one side are chosen only when nobody of the other is there: then the user decides.
        """
        by_address = {each.advert.address.upper(): each for each in found}
        left_over = sorted(found, key=_strength, reverse=True)
        for each in left_over:
            if each.carries_both and self._is_meant(each) and self._is_best(each, found):
                return [(each, None)]
        left_over = [each for each in left_over if not each.carries_both]
        chosen: dict[Side, tuple[Found, Side | None]] = {}
        for side, address in self._wanted.items():
            if address in by_address:
                chosen[side] = (by_address[address], side)
                left_over.remove(by_address[address])
        for is_strict in (True, False):
            for side in Side:
                fits = [each for each in left_over if not is_strict or _side(each) is side]
                if side not in chosen and side not in self._wanted and fits:
                    chosen[side] = (fits[0], None)
                    left_over.remove(fits[0])
        return [chosen[side] for side in Side if side in chosen]

    def _is_best(self, both: Found, found: Sequence[Found]) -> bool:
        """A device with both feet goes over two that are farther away, and over half a pair."""
        others = [each for each in found if not each.carries_both]
        is_nearer = all(_strength(both) >= _strength(each) for each in others)
        return is_nearer or bool(self._wanted) or not self._is_complete(others)

    def _link(self, found: Found, side: Side | None) -> Link:
        return Link(
            found,
            emit=self._emit,
            search=self._again,
            timing=self._timing,
            client=self._client,
            side=side,
            chosen=self._settings,
            on_open=self._came,
            on_capability=lambda _: self._told.set(),
        )

    async def _again(self, link: Link) -> Found | None:
        """Look for one insole that went away: where it was, else under a new address."""
        busy = {each.address for each in self.links if each is not link}

        def fits(found: Found) -> bool:
            told = _side(found)
            is_other = told is not None and link.side is not None and told is not link.side
            is_there = found.advert.address == link.address
            is_alike = found.carries_both == bool(link.carries)
            is_free = found.advert.address not in busy
            return is_free and is_alike and (is_there or not is_other)

        def is_like(found: Found) -> bool:
            is_fresh = found.advert.address not in self._tried
            is_named = found.advert.name == link.found.advert.name
            return found.advert.address == link.address or (is_named and is_fresh and fits(found))

        heard = await self._scan.look(
            self._timing.search_s,
            is_enough=lambda seen: any(map(is_like, seen)),
            company_s=self._timing.company_s,
        )
        candidates = sorted(filter(fits, heard), key=_strength, reverse=True)
        fresh = [each for each in candidates if each.advert.address not in self._tried]
        if not fresh:
            self._tried.clear()
            fresh = candidates
        best = next((each for each in fresh if each.advert.address == link.address), None)
        best = best or next(iter(fresh), None)
        if best is not None:
            self._tried.add(best.advert.address)
        return best

    async def _complete(self, group: asyncio.TaskGroup) -> None:
        """Search for the missing insole while the other one streams."""
        there = self.links[0]
        missing = there.side.other if there.side is not None else None
        only = f"{there.label} only." if there.side is not None else "One insole only."
        other = f"the {missing} insole" if missing is not None else "the other insole"
        self._say_searching(missing, f"{only} Symmetry needs both. Searching for {other}.")

        def fits(found: Found) -> bool:
            address = found.advert.address
            wanted = self._wanted.get(missing) if missing is not None else None
            if address == there.address or (wanted is not None and address.upper() != wanted):
                return False
            if found.carries_both:
                return False
            return wanted is not None or missing is None or _side(found) in (missing, None)

        while True:
            try:
                heard = await self._scan.look(
                    self._timing.search_s, is_enough=lambda seen: any(map(fits, seen))
                )
                candidates = sorted(filter(fits, heard), key=_strength, reverse=True)
                if candidates and await self._joined(candidates[0], missing):
                    group.create_task(self.links[-1].run())
                    return
            except BluetoothOff as error:  # the other link says so too, and waits
                self._say_searching(missing, f"{only} {error.what}. {error.fix}.")
            else:
                self._say_searching(missing, f"{only} Searching for {other}.")
            await asyncio.sleep(self._timing.again_s[-1])

    async def _follow(self, link: Link, opening: asyncio.Task[bool]) -> None:
        """Keep one link going; a foot that is slow to answer does not hold up the other."""
        await opening
        await link.run()

    def _came(self, _: Link) -> None:
        """Whoever comes after the beginning is checked before it streams.

        Raises:
            BluetoothError: it says that it is the same foot as the other.
        """
        if self.opened.is_set():
            self._check()

    async def _joined(self, found: Found, side: Side | None) -> bool:
        """Connect the second insole of a pair that had begun with one.

        Raises:
            BluetoothError: it says that it is the same foot.
        """
        link = self._link(found, side if side in self._wanted else None)
        if not await link.open():
            return False
        self.links.append(link)
        self._check()
        return True

    def _say_searching(self, side: Side | None, text: str) -> None:
        now_ns = self._timing.now_ns()
        self._emit(LinkState("", now_ns, phase="searching", text=text, side=side))

    # --- judging ---

    async def _judge(self) -> None:
        """Check again whenever an insole has described itself."""
        while True:
            await self._told.wait()
            self._told.clear()
            self._check()

    def _check(self) -> None:
        """Two insoles of one side are refused, unless the user said which is which.

        Raises:
            BluetoothError: they are.
        """
        if len(self.links) < len(Side):
            return
        first, second = self.links
        if first.key and first.key == second.key:  # makers give whole batches one number
            second.key = second.address
        if first.side is None or first.side is not second.side or self._names_later:
            return
        names = [link.serial or link.address for link in self.links]
        text = (
            f"Both insoles say {first.side}: serial {names[0]} and serial {names[1]}. Switch one "
            f"off, or say which is which: left {first.address}, right {second.address}."
        )
        for link in self.links:
            link.refuse(text)
        raise BluetoothError(
            f"both insoles say {first.side}",
            where=f"serials {names[0]} and {names[1]}",
            why="a pair is one left and one right insole",
            fix=f"Switch one off, or say which is which with --left {first.address} "
            f"--right {second.address}",
        )


def _side(found: Found) -> Side | None:
    return found.match.side if found.match is not None else None


def _strength(found: Found) -> int:
    return found.advert.rssi_dbm if found.advert.rssi_dbm is not None else WEAK_DBM


def _first_of(errors: BaseExceptionGroup[BluetoothError]) -> BluetoothError:
    first = errors.exceptions[0]
    return _first_of(first) if isinstance(first, BaseExceptionGroup) else first
