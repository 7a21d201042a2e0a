"""Items about a device's life: clocks, counters, restarts, links, and what it tells of itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Final

import numpy as np

from insole.model.foot import Side
from insole.model.stream import Info, LinkState
from insole.model.trial import StartState
from insole.parameters import Parameters
from insole.pipeline import PairPipeline
from insole_drivers.conformance.compare import compared, ledger
from insole_drivers.conformance.grade import Grade, Unmet, demand
from insole_drivers.conformance.items_stream import (
    TICK_US,
    UNSEEN,
    adds_up,
    capability_is_told,
    first_words,
    no_wrong,
)
from insole_drivers.conformance.one_foot import OneFoot
from insole_drivers.conformance.stage import USUAL_MTU, Scene, Story, Unheard, play
from insole_drivers.conformance.subject import Subject
from insole_drivers.virtual.insole import VirtualInsole

DRIFT_PPM: Final = 80.0
DRIFT_SECONDS: Final = 120.0  # the window of the program's fit
CLOCK_PPM: Final = 15.0  # doubt of a fit over two minutes of times told in ms
RATE_SHARE: Final = 1.04  # true over nominal: 208 for 200 Hz
RATE_TOLERANCE: Final = 0.06  # of what was chosen: some take 4 % more than they tell
AWAY_S: Final = 1.5
BATTERY: Final = (37, 9)
MTUS: Final = (23, 27, 40, 64, 104, 128, 158, 185, 247)
BEFORE_WRAP_S: Final = 1.5
WRAPS: Final[tuple[tuple[str, float | None, int | None], ...]] = (
    ("8-bit counter", None, 2**8),
    ("15-bit counter", None, 2**15),
    ("16-bit counter", None, 2**16),
    ("32-bit counter", None, 2**32),
    ("16 bits of ms", 2**16 * 1e-3, None),
    ("32 bits of us", 2**32 * 1e-6, None),
    ("32 bits of ms", 2**32 * 1e-3, None),
    ("midnight", 86_400.0, None),
)


def clock(subject: Subject) -> Grade:
    """The drift of the device's clock is in its times, and the program's fit finds it."""
    story = play(subject.protocol, Scene(seconds=DRIFT_SECONDS, ppm=DRIFT_PPM))
    result = compared(story)
    demand(bool(result.steps), "no sample came")
    if not result.has_times:
        return Grade("clock", "n/a", "the device gives no time of its own")
    told_ppm = _slope_ppm(story)
    demand(
        abs(told_ppm - DRIFT_PPM) <= CLOCK_PPM,
        f"its times drift by {told_ppm:.0f} ppm, {DRIFT_PPM:.0f} ppm are true",
    )
    side = next((cap.side for cap in story.capabilities() if cap.side is not None), Side.LEFT)
    key = story.capabilities()[-1].device
    pair = PairPipeline(StartState(sides={key: side}), Parameters())
    pair.push(story.ordered)
    fit = pair.clock(side)
    fitted_ppm = -fit.skew_ppm if fit is not None else 0.0
    words = f"{fitted_ppm:.0f} ppm fitted, {DRIFT_PPM:.0f} ppm are true"
    if abs(fitted_ppm - DRIFT_PPM) > CLOCK_PPM:
        return Grade("clock", "note", f"its times are right, but come too seldom: {words}")
    return Grade("clock", "pass", words)


def _slope_ppm(story: Story) -> float:
    """Drift of the device's times against their arrivals, by least squares over packets."""
    blocks = story.samples()[:-1]  # the last one may be fetched after the insole has ended
    last = [(block.arrival_ns[-1] * 1e-9, block.tick_us[-1] * 1e-6) for block in blocks]
    arrivals_s, ticks_s = np.array(last).T
    arrivals_s, ticks_s = arrivals_s - arrivals_s.mean(), ticks_s - ticks_s.mean()
    return float((np.sum(arrivals_s * ticks_s) / np.sum(arrivals_s**2) - 1.0) * 1e6)


def wrong_rate(subject: Subject) -> Grade:
    """A device that samples 4 % faster than it tells (208 for 200 Hz) loses nothing."""
    story = play(subject.protocol, Scene(seconds=6.0, true_share=RATE_SHARE))
    result = compared(story)
    demand(bool(result.steps), "no sample came")
    demand(not result.wrong, f"{result.wrong} samples were never sent, and carry no flag")
    demand(not result.missing, f"{len(result.missing)} samples are missing though all arrived")
    book = ledger(story)
    if book.lost:
        raise Unmet(f"the ledger has {book.lost} lost samples, none is missing")
    times = f"times within {result.tick_error_us / 1000:.1f} ms"
    if result.has_times and result.tick_error_us > TICK_US:
        return Grade("wrong rate", "note",
                     f"nothing is lost; times follow the nominal rate, {times}")  # fmt: skip
    return Grade("wrong rate", "pass", "104 samples a second under 100 Hz: nothing is lost")


def wrap_around(subject: Subject) -> Grade:
    """Counters and times count on where the device's own begin again at 0."""
    rate_hz = subject.clean.told.rate_hz
    passed: list[str] = []
    for name, uptime_s, count in WRAPS:
        until_s = uptime_s if uptime_s is not None else (count or 0) / rate_hz
        story = play(subject.protocol, Scene(seconds=3.0, boot_s=BEFORE_WRAP_S - until_s))
        result = compared(story)
        demand(bool(result.steps), f"no sample came around {name}")
        demand(not result.wrong, f"{result.wrong} wrong samples around {name}")
        demand(not result.misplaced, f"{result.misplaced} wrong numbers around {name}")
        demand(
            not result.missing and result.segments == 1,
            f"{len(result.missing)} samples missing, {result.segments - 1} restarts around {name}",
        )
        demand(
            not result.has_times or result.tick_error_us <= TICK_US,
            f"times jump by {result.tick_error_us / 1e6:.3f} s around {name}",
        )
        adds_up(story, result)
        passed.append(name)
    return Grade("wrap-around", "pass", f"counts on over {', '.join(passed)}")


def reboot(subject: Subject) -> Grade:
    """After a restart samples go on, and the restart is no loss of hours."""

    async def script(insole: VirtualInsole) -> None:
        await asyncio.sleep(1.5)
        await insole.reboot()

    story = play(subject.protocol, Scene(seconds=5.0, script=script))
    result = compared(story)
    half = (story.first + story.last) // 2
    demand(any(step > half for step in result.steps), "no sample came after the restart")
    if result.is_uncountable:
        return Grade("reboot", "note", f"samples go on; without counter and time {UNSEEN}")
    no_wrong(result)
    book = ledger(story)
    came = len(set(result.steps))
    demand(
        book.received + book.recovered == came,
        f"the ledger has {book.received + book.recovered} samples, {came} came",
    )
    span = story.last - story.first
    demand(book.expected <= span, f"{book.expected} samples expected of {span} that were taken")
    words = "a new segment" if result.segments == 2 else "numbers that go on"
    return Grade("reboot", "pass", f"{words}, {book.lost} samples lost around it")


def reconnect(subject: Subject) -> Grade:
    """After a lost link the stream goes on, and what was missed is counted."""

    async def script(insole: VirtualInsole) -> None:
        await asyncio.sleep(1.5)
        insole.lose()
        await asyncio.sleep(AWAY_S)
        insole.restore()

    story = play(subject.protocol, Scene(seconds=7.0, script=script))
    result = compared(story)
    demand(not result.wrong, f"{result.wrong} samples were never sent, and carry no flag")
    if not result.is_uncountable:
        no_wrong(result)
        adds_up(story, result)
    phases = [event.phase for event in story.events if isinstance(event, LinkState)]
    demand("reconnecting" in phases, "the link never noticed")
    half = (story.first + story.last) // 2
    demand(any(step > half for step in result.steps), "no sample came after the link was back")
    demand(result.segments == 1, f"a lost link was taken for {result.segments - 1} restarts")
    book = ledger(story)
    words = next(iter(story.texts("reconnecting")), "")
    recovered = f", {book.recovered} fetched later" if book.recovered else ""
    return Grade("reconnect", "pass", f"{book.lost} samples lost{recovered}; said: {words}")


def mtu(subject: Subject) -> Grade:
    """It works at the smallest MTU, or says which one it needs."""
    least, words = 0, ""
    for each in MTUS:
        try:
            seconds = 2.0 + 4 * subject.protocol.gatt.quiet_s  # blocks come whole
            story = play(subject.protocol, Scene(seconds=seconds, mtu=each))
        except Unheard as why:
            words = words or str(why)
            continue
        result = compared(story)
        demand(not result.wrong, f"{result.wrong} wrong samples without a flag at MTU {each}")
        is_whole = bool(result.steps) and not result.missing
        if is_whole and len(result.steps) > 0.8 * 2.0 * story.told.rate_hz:
            least = each
            break
        seen = (*story.texts("stalled"), *story.texts("refused"), *story.texts("reconnecting"))
        said = [notice.text for notice in story.notices()] or list(seen)
        demand(bool(said), f"at MTU {each} samples are missing and nothing is said")
        words = words or said[0]
    demand(least > 0, f"it works at no MTU: {words}")
    if least == MTUS[0]:
        return Grade("mtu", "pass", "works at MTU 23")
    return Grade("mtu", "note", f"needs MTU {least}; at 23: {words}")


def side(subject: Subject) -> Grade:
    """The foot is what the device says, on the air and connected."""
    known: list[str] = []
    silent = 0
    protocol = subject.protocol
    for each in (protocol.side,) if isinstance(protocol, OneFoot) else Side:
        story = play(subject.protocol, Scene(seconds=0.5, side=each))
        capability = capability_is_told(story)
        advertised = story.found.match.side if story.found.match is not None else None
        demand(capability.side in (each, None), f"a {each} insole was taken for {capability.side}")
        demand(advertised in (each, None), f"a {each} insole was seen as {advertised} on the air")
        silent += capability.side is None and advertised is None
        known += [
            name
            for name, told in (("on the air", advertised), ("connected", capability.side))
            if told is each
        ]
    if silent == len(Side):
        return Grade("side", "note", "the device does not tell its side: its user says it")
    demand(not silent, "only one foot tells its side")
    return Grade("side", "pass", f"told {' and '.join(dict.fromkeys(known))}")


def battery(subject: Subject) -> Grade:
    """Its level is told, at the start and when it changes."""

    async def script(insole: VirtualInsole) -> None:
        await asyncio.sleep(0.5)
        insole.set_battery(BATTERY[1])

    story = play(subject.protocol, Scene(seconds=1.5, battery=BATTERY[0], script=script))
    levels = [
        said.value for said in story.said if isinstance(said, Info) and said.kind == "battery"
    ]
    demand(bool(levels), "the level is never told")
    demand(BATTERY[0] in levels, f"it was at {BATTERY[0]} %, told are {levels}")
    if BATTERY[1] not in levels:
        return Grade("battery", "note", "told at the start only")
    return Grade("battery", "pass", f"{BATTERY[0]} %, then {BATTERY[1]} % were told")


def settings(subject: Subject) -> Grade:
    """Every choice that is offered makes a request that the device takes, and does what it says."""
    protocol = subject.protocol
    offered = protocol.settings
    if not offered:
        return Grade("settings", "n/a", "there is nothing to choose")
    tried = 0
    for setting in offered:
        for choice in setting.choices or (setting.usual or "Insole 7",):
            encoder = protocol.encoder(subject.clean.told)
            for write in protocol.start({setting.name: choice}):
                encoder.answer(write, USUAL_MTU)
            tried += 1
    rates = next((setting.choices for setting in offered if setting.name == "rate"), ())
    for rate in _ends(rates):
        story = play(protocol, Scene(seconds=1.0, chosen={"rate": rate}))
        known = story.capabilities()
        demand(bool(known), f"with rate {rate} it never says what it is: {first_words(story)}")
        blocks = [block.tick_us for block in story.samples()]
        demand(len(blocks) > 1, f"with rate {rate} no sample comes: {first_words(story)}")
        ticks_us = np.concatenate(blocks)
        taken_hz = (len(ticks_us) - 1) * 1e6 / max(1, int(np.ptp(ticks_us)))
        for said, hz in (("told", known[-1].rate_hz), ("taken", taken_hz)):
            demand(
                abs(hz - float(rate)) <= RATE_TOLERANCE * float(rate),
                f"rate {rate} was chosen, {hz:.4g} samples a second are {said}",
            )
    return Grade("settings", "pass", f"{tried} choices of {', '.join(s.name for s in offered)}")


def _ends(choices: tuple[str, ...]) -> Iterator[str]:
    yield from dict.fromkeys((choices[0], choices[-1]) if choices else ())
