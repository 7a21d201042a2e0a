"""An insole that went away is tried where it was and looked for elsewhere at the same time."""

from __future__ import annotations

import asyncio

import pytest

from insole.errors import BluetoothError
from insole.model.foot import Side
from insole.model.protocol import Advert
from insole.model.stream import Connected, Disconnected, LinkState
from insole_drivers.scan import Found
from insole_drivers.seeking import sought
from insole_drivers.timing import Timing
from insole_drivers.virtual import fast
from tests.drivers.radio_bench import SERIALS, Bench, both

HOME, AWAY = "C0:00:00:00:00:01", "C1:00:00:00:00:07"
LEFT = SERIALS[Side.LEFT]
AN_HOUR = 3600.0


def seen(address: str) -> Found:
    return Found(None, Advert(address, "an insole"))


class Place:
    """An attempt and a search that end when a test says so."""

    def __init__(self) -> None:
        self.opened: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.found: asyncio.Future[Found | None] = asyncio.get_running_loop().create_future()
        self.searching = asyncio.Event()

    async def open(self) -> bool:
        return await self.opened

    async def search(self) -> Found | None:
        self.searching.set()
        return await self.found

    def seek(self, alone_s: float = 0.0) -> asyncio.Task[Found | None]:
        return asyncio.create_task(sought(self.open, self.search, home=HOME, alone_s=alone_s))


def run(story):
    async def told():
        place = Place()
        result = await story(place)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert not others  # nothing is left behind
        return result

    return asyncio.run(told())


def test_one_that_is_back_within_the_moment_is_not_searched_for():
    async def story(place):
        seeking = place.seek(alone_s=AN_HOUR)
        place.opened.set_result(True)
        assert await seeking is None
        return place.searching.is_set()

    assert run(story) is False


def test_one_that_is_seen_elsewhere_ends_the_attempt_where_it_was():
    async def story(place):
        seeking = place.seek()
        await place.searching.wait()
        place.found.set_result(seen(AWAY))
        found = await seeking
        return found.advert.address, place.opened.cancelled()

    assert run(story) == (AWAY, True)


def test_one_that_answers_where_it_was_ends_the_search():
    async def story(place):
        seeking = place.seek()
        await place.searching.wait()
        place.opened.set_result(True)
        return await seeking, place.found.cancelled()

    assert run(story) == (None, True)


@pytest.mark.parametrize("is_open", [True, False])
@pytest.mark.parametrize("where", [HOME, None])
def test_a_search_that_sees_it_there_or_nowhere_leaves_the_attempt_its_time(is_open, where):
    async def story(place):
        seeking = place.seek()
        await place.searching.wait()
        place.found.set_result(None if where is None else seen(where))
        await asyncio.sleep(0)
        assert not seeking.done()
        place.opened.set_result(is_open)
        found = await seeking
        return None if found is None else found.advert.address

    assert run(story) == (None if is_open else where)


@pytest.mark.parametrize("fails", ["opened", "found"])
def test_a_radio_that_is_off_ends_both(fails):
    async def story(place):
        seeking = place.seek()
        await place.searching.wait()
        error = BluetoothError("Bluetooth is off", where="radio", why="it is", fix="Switch it on")
        getattr(place, fails).set_exception(error)
        with pytest.raises(BluetoothError):
            await seeking

    run(story)


def test_who_gives_up_seeking_leaves_nothing_behind():
    async def story(place):
        seeking = place.seek()
        await place.searching.wait()
        seeking.cancel()
        await asyncio.wait({seeking})
        return place.opened.cancelled(), place.found.cancelled()

    assert run(story) == (True, True)


def test_a_new_address_is_found_though_the_old_one_would_be_tried_for_an_hour():
    plans = both(left={"address_changes": 2.0})
    timing = Timing(connect_s=AN_HOUR, now_ns=fast.now_ns)
    with Bench(plans, timing=timing, seconds=12.0, loop=fast.FastLoop) as bench:
        bench.wait_end()
    heard = bench.heard
    first, second = heard.of(Connected, LEFT)
    assert first.address != second.address
    assert [each.reason for each in heard.of(Disconnected, LEFT)][1:] == ["closed by the program"]
    assert [state.phase for state in heard.of(LinkState, LEFT)][-2:] == ["streaming", "closed"]
    assert len(heard.of(Connected, SERIALS[Side.RIGHT])) == 1
