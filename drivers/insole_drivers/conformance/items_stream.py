"""Items about what happens to packets on the way: decoding, loss, and what looks like it."""

from __future__ import annotations

from typing import Final

import numpy as np

from insole.model.stream import Capability
from insole_drivers.conformance.compare import Compared, compared, ledger
from insole_drivers.conformance.grade import Grade, demand
from insole_drivers.conformance.stage import Scene, Story, play
from insole_drivers.conformance.subject import Subject
from insole_drivers.conformance.tap import Tap, tap
from insole_drivers.virtual.pair import SETTLE_S

TICK_US: Final = 2_000.0  # device times may be told in ms, and rounded once more
PACKETS: Final = 120  # that a scene with spoilt packets has at least
LONGEST_S: Final = 60.0
SPARE_S: Final = 0.03  # between a sample's latest departure and what is called late


def decoding(subject: Subject) -> Grade:
    """Every sample is what was sent, in order, once; the capability is what was told."""
    story, truth = subject.clean, subject.truth
    capability_is_told(story)
    demand(bool(truth.steps), "no sample came of a clean stream")
    no_wrong(truth)
    demand(not truth.missing, f"{len(truth.missing)} samples of a clean stream are missing")
    demand(not truth.again, f"{truth.again} samples came twice")
    adds_up(story, truth)
    demand(
        not truth.has_times or truth.tick_error_us <= TICK_US,
        f"device times are up to {truth.tick_error_us / 1000:.1f} ms off",
    )
    demand(not story.notices(), f"a clean stream gave: {first_words(story)}")
    times = f"times within {truth.tick_error_us / 1000:.1f} ms"
    return Grade(
        "decoding",
        "pass",
        f"{len(truth.steps)} samples of {story.told.layout.sensors} sensors equal to what was "
        f"sent, {times if truth.has_times else 'the device gives no time'}",
    )


def loss(subject: Subject) -> Grade:
    """Lost samples are those whose packets were withheld, and the ledger says so."""
    withheld = tap("loss", 0.08)
    story = play(subject.protocol, long_enough(subject, withheld))
    result = compared(story)
    demand(bool(withheld.withheld_s), "no packet passed that could be withheld")
    demand(bool(result.steps), "no sample came")
    book = ledger(story)
    if result.is_uncountable:
        demand(not result.wrong, f"{result.wrong} samples were never sent, and carry no flag")
        return Grade("loss", "note", f"the device gives neither counter nor time: {UNSEEN}; "
                     f"the ledger guesses {book.lost} of {len(result.missing)}")  # fmt: skip
    no_wrong(result)
    adds_up(story, result)
    unexplained = _unexplained(subject, story, result, withheld)
    demand(
        not unexplained,
        f"{len(unexplained)} samples are missing though their packets arrived",
    )
    demand(bool(result.missing), "packets were withheld, and no sample is missing")
    return Grade(
        "loss",
        "pass",
        f"{len(withheld.withheld_s)} of {withheld.passed} packets withheld: {book.lost} samples "
        f"lost, {book.recovered} recovered, {book.expected} expected",
    )


def duplicates(subject: Subject) -> Grade:
    """Packets that come twice add nothing."""
    twice = tap("duplicate", 0.2)
    story = play(subject.protocol, long_enough(subject, twice))
    return _unharmed("duplicates", "delivered twice", story, twice)


def reordering(subject: Subject) -> Grade:
    """Packets overtaken by the next one come into their order."""
    overtaken = tap("reorder", 0.1)
    story = play(subject.protocol, long_enough(subject, overtaken))
    return _unharmed("reordering", "overtaken", story, overtaken)


def corruption(subject: Subject) -> Grade:
    """A flipped bit gives no wrong sample without a flag, where the protocol has a checksum."""
    flipped = tap("corrupt", 0.1)
    story = play(subject.protocol, long_enough(subject, flipped))
    return _spoilt("corruption", "with a flipped bit", subject, story, flipped)


def truncation(subject: Subject) -> Grade:
    """A packet cut short gives no wrong sample, and harms no other."""
    cut = tap("truncate", 0.1)
    story = play(subject.protocol, long_enough(subject, cut))
    return _spoilt("truncation", "cut short", subject, story, cut)


def bursts(subject: Subject) -> Grade:
    """Packets that pile up and come at once lose nothing and keep their times."""
    for key, value in (("burst", 0.4), ("interval_ms", 150.0)):
        story = play(subject.protocol, Scene(faults=(tap(key, value),)))
        result = compared(story)
        no_wrong(result)
        demand(not result.missing, f"{len(result.missing)} samples lost though all arrived ({key})")
        adds_up(story, result)
        demand(
            not result.has_times or result.tick_error_us <= TICK_US,
            f"device times are up to {result.tick_error_us / 1000:.1f} ms off ({key})",
        )
    return Grade("bursts", "pass", "0.4 s of each second, and intervals of 150 ms, lose nothing")


UNSEEN: Final = "what is lost, repeated or overtaken cannot be told"

# --- what several items demand ---


def long_enough(subject: Subject, spoiler: Tap) -> Scene:
    """A scene in which enough packets pass this fault, however seldom the device sends one."""
    per_s = len(subject.data_packets()) / subject.clean.scene.seconds
    seconds = min(max(6.0, PACKETS / max(per_s, 0.1)), LONGEST_S)
    return Scene(seconds=seconds, faults=(spoiler,))


def no_wrong(result: Compared) -> None:
    """No sample that was never sent, and none under a wrong number."""
    demand(not result.wrong, f"{result.wrong} samples were never sent, and carry no flag")
    demand(not result.misplaced, f"{result.misplaced} samples have a wrong number")


def adds_up(story: Story, result: Compared) -> None:
    """The ledger counts what is there and what is missing."""
    book = ledger(story)
    came, missing = len(set(result.steps)), len(result.missing)
    demand(
        book.received + book.recovered == came,
        f"the ledger has {book.received} received and {book.recovered} recovered samples, "
        f"{came} came",
    )
    demand(book.lost == missing, f"the ledger has {book.lost} lost samples, {missing} are missing")


def capability_is_told(story: Story) -> Capability:
    """The device is taken for what it is."""
    known = story.capabilities()
    demand(bool(known), f"it never said what it is: {first_words(story)}")
    told, meant = known[-1], story.told
    demand(told.layout.sensors == meant.layout.sensors,
           f"{told.layout.sensors} sensors are known of {meant.layout.sensors}")  # fmt: skip
    demand(
        np.allclose(told.layout.xy, meant.layout.xy, atol=1e-3),
        "sensors are at other places than told",
    )
    demand(told.quantity == meant.quantity, f"{told.quantity} were told as {meant.quantity}")
    is_scaled = np.isclose([told.scale, told.offset], [meant.scale, meant.offset], rtol=1e-5)
    demand(bool(is_scaled.all()), "scale or offset are not those that were told")
    demand(told.saturated == meant.saturated,
           f"full scale is {told.saturated}, told was {meant.saturated}")  # fmt: skip
    demand(
        abs(told.rate_hz - meant.rate_hz) <= 0.005 * meant.rate_hz,
        f"{told.rate_hz:g} Hz are known, told were {meant.rate_hz:g}",
    )
    return told


def first_words(story: Story) -> str:
    """The first problem that the decoder named."""
    notices = story.notices()
    return notices[0].text if notices else "nothing was said"


def _unexplained(subject: Subject, story: Story, result: Compared, withheld: Tap) -> list[int]:
    """Missing steps that lay in no packet that was withheld."""
    dropped = np.array(withheld.withheld_s)
    reach_s = subject.latency_s + SPARE_S
    found: list[int] = []
    for step in result.missing:
        taken_s = story.rows.boot_s + step / story.rows.per_s
        behind = dropped - taken_s
        if not ((behind >= -SETTLE_S / 10) & (behind <= reach_s)).any():
            found.append(step)
    return found


def _unharmed(item: str, what: str, story: Story, spoiler: Tap) -> Grade:
    result = compared(story)
    demand(spoiler.spoilt + len(spoiler.withheld_s) > 0, "no packet passed that could be spoilt")
    if result.is_uncountable:
        demand(not result.wrong, f"{result.wrong} samples were never sent, and carry no flag")
        return Grade(item, "note", f"the device gives neither counter nor time: {UNSEEN}")
    no_wrong(result)
    adds_up(story, result)
    book = ledger(story)
    touched = spoiler.spoilt
    if result.missing:
        return Grade(
            item,
            "note",
            f"{touched} packets {what} cost {book.lost} samples: pieces of a message cannot be "
            "told apart; all are counted",
        )
    return Grade(item, "pass", f"{touched} packets {what}, every sample came once")


def _spoilt(item: str, what: str, subject: Subject, story: Story, spoiler: Tap) -> Grade:
    result, book = compared(story), ledger(story)
    demand(spoiler.spoilt > 0, "no packet passed that could be spoilt")
    share = len(result.steps) / max(1, story.last - story.first)
    demand(share > 0.25, f"only {share:.0%} of the samples survive 10 % spoilt packets")
    if result.wrong or result.misplaced:
        demand(not subject.flips.has_checksum,
               f"{result.wrong} samples were never sent, and carry no flag")  # fmt: skip
        bad = f"{result.wrong} wrong values, {result.misplaced} wrong numbers"
        return Grade(
            item,
            "note",
            f"{spoiler.spoilt} packets {what} gave {bad}: the protocol has no checksum that could "
            "tell",
        )
    adds_up(story, result)
    return Grade(
        item,
        "pass",
        f"{spoiler.spoilt} packets {what}: no wrong sample, {book.lost} lost, "
        f"{len(story.notices())} problems named",
    )
