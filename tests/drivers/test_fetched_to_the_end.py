"""What a device keeps until it is asked for is fetched before the goodbye, bounded in time."""

from __future__ import annotations

import asyncio

import pytest

from insole import plugins
from insole.model.stream import Disconnected, LinkState, Packet
from insole_drivers.conformance.compare import compared, ledger
from insole_drivers.conformance.stage import MARGIN, Scene, play
from insole_drivers.timing import Timing
from insole_drivers.virtual.pair import SETTLE_S
from tests.drivers import protocol_bench as bench

MODES = [("orphe_insole", {"mode": "fifo"}), ("batch_logger", {})]


def unsent(story) -> int:
    """Samples taken before the end that never came."""
    taken_s = story.scene.seconds
    return story.first + MARGIN + int(taken_s * story.rows.per_s) - max(compared(story).steps)


@pytest.mark.parametrize(("name", "chosen"), MODES, ids=["a ring", "batches"])
@pytest.mark.parametrize("seconds", [5.0, 5.17, 5.31, 5.48])
def test_the_last_sample_before_the_end_comes(name, chosen, seconds):
    story = play(plugins.protocol(name), Scene(seconds=seconds, chosen=chosen))
    packet = 4 if name == "orphe_insole" else 1  # one that is not full cannot leave
    assert unsent(story) < packet
    result, book = compared(story), ledger(story)
    assert (book.lost, result.wrong, result.missing) == (0, 0, [])
    assert book.expected == book.received + book.recovered
    kinds = [type(event) for event in story.events]
    last_packet = len(kinds) - 1 - kinds[::-1].index(Packet)
    assert last_packet < kinds.index(Disconnected)


@pytest.mark.parametrize("pause_s", [0.7, 1.3, 4.0])
def test_a_device_that_has_nothing_left_is_left_at_once(pause_s):
    """It took no more samples for a while, and does not answer when it is asked for some."""

    async def dry(insole):
        await asyncio.sleep(2.0)
        insole.streaming.clear()
        await asyncio.sleep(pause_s)

    story = play(plugins.protocol("batch_logger"), Scene(seconds=2.0, script=dry))
    said = [event for event in story.events if isinstance(event, LinkState)]
    closing, closed = said[-2:]
    assert (closing.phase, closed.phase) == ("closing", "closed")
    assert (closed.arrival_ns - closing.arrival_ns) * 1e-9 < 0.7
    book = ledger(story)
    assert (book.lost, book.corrupt) == (0, 0)


@pytest.mark.usefixtures("home")
def test_a_recording_that_loses_nothing_loses_nothing_at_its_end(capsys):
    spec = "run?seconds=10&set.mode=fifo&loss=0.03&seed=4"
    words = ("--protocol", "orphe_insole", "--headless", "--record", "ring.h5", "--json")
    live = bench.answer(capsys, "demo", spec, *words)
    batch = bench.answer(capsys, "analyze", "ring.h5", "--json")
    for side in ("left", "right"):
        foot = live["sides"][side]
        assert foot["lost"] == 0
        assert foot["recovered"] > 0
        assert foot["expected"] == foot["received"] + foot["recovered"] > 9.8 * 208
        assert batch["sides"][side] == foot


@pytest.mark.parametrize(("name", "chosen"), MODES, ids=["a ring", "batches"])
def test_a_device_that_falls_silent_is_not_waited_for_longer_than_that(name, chosen):
    async def hush(insole):
        insole.streaming.clear()
        insole.fall_mute()

    story = play(plugins.protocol(name), Scene(seconds=0.3, chosen=chosen, script=hush))
    said = [event for event in story.events if isinstance(event, LinkState)]
    closed = said[-1]
    assert closed.phase == "closed"
    timing = Timing()
    most_s = timing.fetch_s + 2 * timing.goodbye_s + timing.hang_up_s
    heard = [event for event in story.events if isinstance(event, Packet)]
    assert (closed.arrival_ns - heard[-1].arrival_ns) * 1e-9 < 0.3 + SETTLE_S + most_s + 1.0
