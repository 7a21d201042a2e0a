"""What is known about a sample's worth, and where every sample went."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntFlag

from insole.errors import InsoleError


class Quality(IntFlag):
    """Flags of one sample (bit mask, uint32)."""

    GOOD = 0
    INTERPOLATED = 1  # filled over a gap of at most 30 ms (science.md, section 8.5)
    GAP = 2  # filled for display over a gap of 30 to 100 ms: not for timing
    BREAK = 4  # first sample after a gap of more than 100 ms, or of a new segment
    LATE = 8  # arrived after the pair had moved on without this foot
    CLIPPED = 16  # at least one sensor at 98 % of full scale or more
    DERIVED_TIME = 32  # the device gave no time for this sample
    DEGRADED = 64  # a sensor is masked: forces rest on the others
    NO_TRIPOD = 128  # so many sensors, or a whole corner, are masked that there is no tripod
    RECOVERED = 256  # was missing; the device had kept it and sent it when asked again
    KEPT = 512  # the device keeps it until it is asked for: coming late is no fault


class LedgerBroken(InsoleError):
    """Received, recovered and lost do not add up to expected: a defect of the program."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """Where every sample of one foot went; `expected = received + recovered + lost`, always.

    Raises:
        LedgerBroken: the sum does not hold.
    """

    expected: int = 0
    received: int = 0
    recovered: int = 0
    lost: int = 0
    duplicates: int = 0
    reordered: int = 0
    corrupt: int = 0
    largest_gap_s: float = 0.0

    def __post_init__(self) -> None:
        if self.expected != self.received + self.recovered + self.lost:
            raise LedgerBroken(
                "the sample ledger does not add up",
                where=f"{self.expected} expected",
                why=f"{self.received} received + {self.recovered} recovered + {self.lost} lost",
                fix="Please report this with the recording; its raw packets are complete",
            )

    def silent(self, samples: int, *, gap_s: float) -> Ledger:
        """With samples that never came after the last one: lost, for `gap_s`."""
        return replace(
            self,
            expected=self.expected + samples,
            lost=self.lost + samples,
            largest_gap_s=max(self.largest_gap_s, gap_s),
        )

    def counted(self, other: Ledger) -> Ledger:
        """With what only packets can tell, of a ledger that saw them: ordered samples cannot."""
        return replace(
            self,
            duplicates=other.duplicates,
            reordered=other.reordered,
            corrupt=other.corrupt,
        )

    @property
    def coverage(self) -> float:
        """Share of expected samples that are there, 0 to 1; 0 when nothing was expected."""
        return (self.received + self.recovered) / self.expected if self.expected else 0.0
