"""Order: what one device sent, in its own numbering, each sample once, and where the rest went.

Everything is decided by the sequence of blocks. A block is what a decoder makes of one packet, so
the sequence is the same however the engine groups packets; no clock is asked. Batch pushes huge
blocks that are in order already: they pass through uncopied.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from insole.model.arrays import Ints, Raw
from insole.model.quality import Ledger, Quality
from insole.model.stream import Samples
from insole.parameters import Parameters

BACK_US = 1_000_000  # a device time this far behind the one before, or too far ahead, was set
ABSURD_S = 600.0
"""A block whose number is this much further than host time allows is in doubt.

One flipped bit in a counter can claim millions of samples. Believed, they would all be lost and
everything true that follows would be behind and dropped. So such a block waits for a witness.
"""

FASTEST_HZ = 500.0  # fastest insole we drive: the bound while a device's own rate is unknown
LARGEST = 1 << 51  # number, or microseconds of device time: 71 years; more is no insole's
LARGEST_NS = 1 << 61  # arrival
MOST_PROMISED = 2000  # blocks held while a device still sends what is missing
REMEMBERED_HOLES = 256  # given-up holes kept to tell late from duplicate; bounds memory
RECOVERED = np.uint32(Quality.RECOVERED)


@dataclass(slots=True)
class _Edge:
    """The beginning of a segment, where the host's time tells what was lost.

    Attributes:
        came_ns: arrival of its first sample.
        gap_s: since the arrival of the last one before.
        rate_hz: of the segment before.
        together: samples that came with the first one: they were taken before they came.
    """

    came_ns: int
    gap_s: float
    rate_hz: float
    together: int = 0

    @property
    def lost_s(self) -> float:
        """For how long nothing came that was taken."""
        return self.gap_s - self.together / self.rate_hz


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """A block beyond a hole: when it came, and how many blocks had gone straight on by then."""

    block: Samples
    born: int
    advanced: int

    @property
    def first(self) -> int:
        return int(self.block.sequence[0])

    @property
    def last(self) -> int:
        return int(self.block.sequence[-1])


class Sequencer:
    """Orders the samples of one device and keeps its ledger.

    * A missing block is waited for during `gaps.reorder_packets` further blocks, then given up.
      While it is waited for it is not yet expected, and what waits behind it not yet received.
      What a device still holds and was asked for (`Samples.awaits`) is waited for until it has come
      or was given up there; samples that came so count as recovered.
    * Numbers missing *inside* a block are lost at once: a packet is not mended by another one.
    * A block ahead of the numbering while all further blocks went on below it carried a wrong
      number: it is dropped and counted as corrupt.
    * A number more than `ABSURD_S` off is doubted; when the next block continues it, the device
      renumbered: a segment of its own begins.
    * Between two segments no number says what is missing. The host's time does: what the device
      would have taken meanwhile is lost, where that is longer than `gaps.display_ms`. Less cannot
      be told from packets that are late.
    * A device time that goes back by more than `BACK_US` while the numbers go on was set: a segment
      of its own begins. So was one that goes further ahead than the numbers and the host's time
      allow, both, by as much. What is lost there is told by the host's time too, as whoever reads
      the segments out of a file must come to the same count.
    * A block with a number or time that no device can have reached is corrupt: later stages may
      rely on sums that fit.
    * Counts are samples, except `corrupt`, which counts packets.

    Args:
        device: key of the device, whose samples alone are pushed.
        parameters: `gaps.reorder_packets` and `gaps.display_ms` are used.
    """

    def __init__(self, device: str, *, parameters: Parameters) -> None:
        self.device = device
        self._patience = int(parameters["gaps.reorder_packets"])
        self._break_s = parameters["gaps.display_ms"] * 1e-3
        self._segment: int | None = None  # as the device counts
        self._renumbered = 0  # segments added here
        self._origin = 0  # first number of the segment
        self._origin_us = 0  # and its device time
        self._next: int | None = None  # the number that comes next; None: any
        self._tick_us = 0  # of the newest released sample
        self._arrival_ns = 0  # of the newest accepted block
        self._released_ns = 0  # of the newest released sample
        self._ended_hz = 0.0  # rate of the segment before; 0: there was none that tells it
        self._edge: _Edge | None = None  # of this segment
        self._waiting: list[_Waiting] = []  # by number, disjoint
        self._awaits: int | None = None  # lowest number that the device may still send
        self._promised = 0  # what had gone straight on when it last might
        self._doubtful: Samples | None = None
        self._holes: deque[tuple[int, int]] = deque(maxlen=REMEMBERED_HOLES)
        self._blocks = 0
        self._advanced = 0
        self._received = 0
        self._recovered = 0
        self._lost = 0
        self._duplicates = 0
        self._reordered = 0
        self._corrupt = 0
        self._late = 0
        self._largest_gap_us = 0.0

    @property
    def ledger(self) -> Ledger:
        """Where every sample went so far, over all segments."""
        between, between_us = self._lost_between()
        lost = self._lost + between
        return Ledger(
            expected=self._received + self._recovered + lost,
            received=self._received,
            recovered=self._recovered,
            lost=lost,
            duplicates=self._duplicates,
            reordered=self._reordered,
            corrupt=self._corrupt,
            largest_gap_s=max(self._largest_gap_us, between_us) * 1e-6,
        )

    @property
    def late(self) -> int:
        """Samples that came after they were given up; they stay lost."""
        return self._late

    @property
    def owed(self) -> tuple[int, int] | None:
        """Segment and number below which samples are missing that the device may still send."""
        if self._segment is None or self._awaits is None or not self._waiting:
            return None
        below = self._waiting[-1].first
        return (self._segment, below) if self._awaits < below else None

    def corrupt(self) -> None:
        """Count a packet that could not be decoded."""
        self._corrupt += 1

    def push(self, samples: Samples) -> list[Samples]:
        """Take the next block in order of arrival; answer with what is now in order."""
        if not len(samples.sequence):
            return []
        self._blocks += 1
        if _is_impossible(samples):
            self._corrupt += 1
            return []
        if self._segment is not None and samples.segment < self._segment:
            self._late += len(samples.sequence)  # of before the reboot
            return []
        released: list[Samples] = []
        if self._segment is None or samples.segment > self._segment:
            released = self._close()
            self._segment = samples.segment
        self._awaits = samples.awaits
        block = self._sorted(samples)
        doubtful, self._doubtful = self._doubtful, None
        if not self._is_absurd(block):
            self._corrupt += doubtful is not None
            return released + self._admit(block)
        if doubtful is None or not self._continues(block, doubtful):
            self._corrupt += doubtful is not None
            self._doubtful = block
            return released
        released += self._close()
        self._renumbered += 1
        return released + self._admit(doubtful) + self._admit(block)

    def flush(self) -> list[Samples]:
        """End of stream: everything that waits, in order."""
        return self._close()

    def _close(self) -> list[Samples]:
        """Release all that waits and forget the numbering."""
        released = [part for entry in self._waiting for part in self._release(entry.block)]
        self._waiting.clear()
        self._corrupt += self._doubtful is not None
        self._doubtful = None
        self._end_numbering()
        return released

    def _end_numbering(self) -> None:
        is_told = self._next is not None and self._next - 1 > self._origin
        self._ended_hz = self._rate_hz() if is_told else 0.0
        self._holes.clear()
        self._next = None

    def _begin_numbering(self, block: Samples) -> None:
        between, between_us = self._lost_between()
        self._lost += between
        self._largest_gap_us = max(self._largest_gap_us, between_us)
        self._edge = None
        came_ns, rate_hz, self._ended_hz = int(block.arrival_ns[0]), self._ended_hz, 0.0
        if rate_hz:
            self._edge = _Edge(came_ns, (came_ns - self._released_ns) * 1e-9, rate_hz)
        self._next = self._origin = int(block.sequence[0])
        self._tick_us = self._origin_us = int(block.tick_us[0])

    def _is_absurd(self, block: Samples) -> bool:
        if self._next is None:
            return False
        passed_s = max(0, int(block.arrival_ns[0]) - self._arrival_ns) * 1e-9
        ahead = int(block.sequence[0]) - self._next
        behind = self._next - int(block.sequence[-1])
        rate_hz = self._rate_hz()
        return ahead > (ABSURD_S + passed_s) * rate_hz or behind > ABSURD_S * rate_hz

    def _continues(self, block: Samples, doubtful: Samples) -> bool:
        ahead = int(block.sequence[0]) - int(doubtful.sequence[-1])
        return 0 < ahead <= ABSURD_S * self._rate_hz()

    def _rate_hz(self) -> float:
        """Numbers per second of device time so far in this segment."""
        counted, passed_us = (self._next or 0) - 1 - self._origin, self._tick_us - self._origin_us
        if counted < 1 or passed_us < 1:
            return FASTEST_HZ
        return min(max(counted / (passed_us * 1e-6), 1.0), FASTEST_HZ)

    def _admit(self, block: Samples) -> list[Samples]:
        """Put one sorted block into its place; answer with what follows from it."""
        self._arrival_ns = int(block.arrival_ns[-1])
        first = int(block.sequence[0])
        if self._next is None:
            self._begin_numbering(block)
        if self._next is not None and first < self._next:
            cut = int(np.searchsorted(block.sequence, self._next))
            self._count_passed(block.sequence[:cut])
            if cut == len(block.sequence):
                return self._settle()
            block = _rows(block, slice(cut, None))
            first = int(block.sequence[0])
        self._advanced += first == self._next
        if first == self._next and not self._waiting:
            return self._release(block)
        self._wait(block)
        return self._settle()

    def _wait(self, block: Samples) -> None:
        """Keep a block until its turn, merged with those that it overlaps."""
        known, overtaken = self._duplicates, 0
        if self._waiting:
            highest = self._waiting[-1].last
            overtaken = int(np.searchsorted(block.sequence, highest, side="right"))
        new = _Waiting(block, self._blocks, self._advanced)
        touching = [w for w in self._waiting if w.first <= new.last and new.first <= w.last]
        if touching:
            merged = self._sorted(_joined([*(w.block for w in touching), block]), moved=False)
            new = _Waiting(merged, touching[0].born, touching[0].advanced)
        if not _recovered(block):  # those come late because they were asked for
            self._reordered += overtaken - (self._duplicates - known)
        kept = [w for w in self._waiting if all(w is not t for t in touching)]
        self._waiting = sorted([*kept, new], key=lambda w: w.first)

    def _settle(self) -> list[Samples]:
        """Release what is in turn, and what has waited long enough."""
        released: list[Samples] = []
        while self._waiting:
            front = self._waiting[0]
            oldest = min(self._waiting, key=lambda w: w.born)
            if front.first != self._next:
                if self._is_promised(front.first):
                    self._promised = self._advanced
                    break
                if self._blocks - oldest.born < self._patience:
                    break
                advanced = self._advanced - max(oldest.advanced, self._promised)
                if advanced >= max(1, self._patience):
                    self._waiting = [w for w in self._waiting if w is not oldest]
                    self._corrupt += 1
                    continue
            del self._waiting[0]
            released += self._release(front.block)
        return released

    def _is_promised(self, stop: int) -> bool:
        """May something below this number still come, on the device's word?"""
        is_asked = self._awaits is not None and self._awaits < stop
        return is_asked and len(self._waiting) < MOST_PROMISED

    def _release(self, block: Samples) -> list[Samples]:
        """Account for a sorted block that begins at the next number or beyond."""
        tick = block.tick_us
        far = (np.abs(tick[1:] - tick[:-1]) > BACK_US).nonzero()[0] + 1
        edges = [0, *far.tolist(), len(block.sequence)]
        begins: list[tuple[int, int]] = []  # rows, and the segments that were added by then
        for edge in pairwise(edges):
            self._account(_rows(block, slice(*edge)) if len(far) else block)
            if not begins or begins[-1][1] != self._renumbered:
                begins.append((edge[0], self._renumbered))
        if len(begins) == 1 and not self._renumbered:
            return [block]
        rows = pairwise([*(row for row, _ in begins), len(block.sequence)])
        return [
            replace(_rows(block, slice(*run)), segment=block.segment + added)
            for run, (_, added) in zip(rows, begins, strict=True)
        ]

    def _account(self, block: Samples) -> None:
        """Count samples between which no time goes far."""
        sequence, tick = block.sequence, block.tick_us
        first, last = int(sequence[0]), int(sequence[-1])
        if self._was_set(block):
            self._renumbered += 1
            self._end_numbering()
            self._begin_numbering(block)
        if self._next is not None and first > self._next:
            self._lose(self._next, first, int(tick[0]) - self._tick_us)
        if last - first != len(sequence) - 1:
            before = np.flatnonzero(np.diff(sequence) != 1)
            missing = sequence[before + 1] - sequence[before] - 1
            self._lost += int(missing.sum())
            gap_us = (tick[before + 1] - tick[before]) * (missing / (missing + 1))
            self._largest_gap_us = max(self._largest_gap_us, float(gap_us.max()))
            recent = before[-REMEMBERED_HOLES:]
            self._holes.extend(
                zip((sequence[recent] + 1).tolist(), sequence[recent + 1].tolist(), strict=True)
            )
        if self._edge is not None and int(block.arrival_ns[0]) == self._edge.came_ns:
            self._edge.together += int(np.count_nonzero(block.arrival_ns == self._edge.came_ns))
        recovered = _recovered(block)
        self._recovered += recovered
        self._received += len(sequence) - recovered
        self._next = last + 1
        self._tick_us, self._released_ns = int(tick[-1]), int(block.arrival_ns[-1])

    def _was_set(self, block: Samples) -> bool:
        """The device's clock was set between the newest sample and the first of this block."""
        apart_us = int(block.tick_us[0]) - self._tick_us
        if self._next is None or abs(apart_us) <= BACK_US:
            return False
        if apart_us < 0:
            return True
        if self._next - 1 <= self._origin:
            return False  # one sample tells no rate
        by_number_us = (int(block.sequence[0]) - self._next + 1) * 1e6 / self._rate_hz()
        by_host_us = (int(block.arrival_ns[0]) - self._released_ns) * 1e-3
        return apart_us > max(by_number_us, by_host_us) + BACK_US

    def _lose(self, start: int, stop: int, apart_us: int) -> None:
        """Give up the numbers [start, stop) between two samples that are `apart_us` apart."""
        missing = stop - start
        self._lost += missing
        self._holes.append((start, stop))
        self._largest_gap_us = max(self._largest_gap_us, apart_us * missing / (missing + 1))

    def _lost_between(self) -> tuple[int, float]:
        """Samples that were not taken, or never came, before this segment; for how long, us."""
        edge = self._edge
        if edge is None or edge.lost_s <= self._break_s:
            return 0, 0.0
        return int(edge.lost_s * edge.rate_hz), edge.lost_s * 1e6

    def _count_passed(self, sequence: Ints) -> None:
        """Numbers that are behind: late where they were given up, else duplicates."""
        late = sequence < self._origin
        if self._holes:
            holes = np.array(self._holes, dtype=np.int64)
            at = np.searchsorted(holes[:, 0], sequence, side="right") - 1
            late |= (at >= 0) & (sequence < holes[np.maximum(at, 0), 1])
        self._late += int(late.sum())
        self._duplicates += int((~late).sum())

    def _sorted(self, block: Samples, *, moved: bool = True) -> Samples:
        """The same samples by number, the first of each; uncopied when that is so already.

        With `moved`, samples found out of order count as reordered.
        """
        sequence = block.sequence
        if np.logical_and.reduce(sequence[1:] > sequence[:-1]):
            return block
        if moved:
            self._reordered += int((sequence[1:] < np.maximum.accumulate(sequence)[:-1]).sum())
        order = np.argsort(sequence, kind="stable")
        fresh = np.diff(sequence[order], prepend=sequence[order[0]] - 1) > 0
        self._duplicates += int(len(fresh) - np.count_nonzero(fresh))
        return _rows(block, order[fresh])


def _recovered(block: Samples) -> int:
    """How many of these samples came because the device was asked again."""
    return int(np.count_nonzero(block.flags & RECOVERED))


def _is_impossible(block: Samples) -> bool:
    limits = ((block.sequence, LARGEST), (block.tick_us, LARGEST), (block.arrival_ns, LARGEST_NS))
    return any(
        np.maximum.reduce(numbers) > limit or np.minimum.reduce(numbers) < -limit
        for numbers, limit in limits
    )


def _rows(block: Samples, rows: slice | NDArray[np.intp]) -> Samples:
    """Some samples of a block: views for a slice, one copy for indices."""
    values: NDArray[Any] = (
        block.values[rows]
        if isinstance(rows, slice)
        else np.take(block.values.T, rows, axis=-1).T  # keeps columns contiguous
    )
    return replace(
        block,
        sequence=block.sequence[rows],
        tick_us=block.tick_us[rows],
        arrival_ns=block.arrival_ns[rows],
        values=values,
        flags=block.flags[rows],
    )


def _joined(blocks: list[Samples]) -> Samples:
    """Blocks of one segment one after another."""
    columns: Raw = np.concatenate([b.values.T for b in blocks], axis=-1)
    return replace(
        blocks[0],
        sequence=np.concatenate([b.sequence for b in blocks]),
        tick_us=np.concatenate([b.tick_us for b in blocks]),
        arrival_ns=np.concatenate([b.arrival_ns for b in blocks]),
        values=columns.T,
        flags=np.concatenate([b.flags for b in blocks]),
    )
