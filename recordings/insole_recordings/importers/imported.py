"""What every importer gives back: feet found in a file, as capabilities and samples.

Files have no packets. Times of a file are host times, so the clock of each foot is the identity,
and what the time grid leaves out is missing, never 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from insole.errors import FileError, RequestError
from insole.model.arrays import Floats, Ints
from insole.model.foot import Quantity, SensorLayout, Side
from insole.model.stream import Capability, Event, Mark, Readings, Samples
from insole.model.trial import ClockPrior, StartState, TrialNotes

MASS_KG = (20.0, 300.0)
RATE_HZ = (5.0, 10_000.0)
LARGEST = 1e9  # no pressure, force or count is larger


@dataclass(frozen=True, slots=True)
class Foot:
    """One foot of a file.

    Attributes:
        values: (n, S) in the file's unit; a row with NaN is a missing sample.
        sequence: (n,) number of each row on the time grid.
        tick_us: (n,) time of each row, microseconds.
        scale: factor from the file's unit to the quantity.
        zero: (S,) level of the unloaded sensors, in the quantity, where the file shows one.
    """

    side: Side
    layout: SensorLayout
    quantity: Quantity
    rate_hz: float
    sequence: Ints
    tick_us: Ints
    values: Floats
    scale: float = 1.0
    serial: str = ""
    zero: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class ImportedRecording:
    """A foreign file, read; fulfils `insole.plugins.Recording`.

    Attributes:
        unit: of the values as they stand in the file.
    """

    path: Path
    format: str
    start: StartState
    notes: TrialNotes
    unit: str
    _items: list[Capability | Samples] = field(default_factory=list[Capability | Samples])
    _marks: tuple[Mark, ...] = ()
    _beside: Callable[[], Iterator[Readings]] = lambda: iter(())

    def events(self) -> Iterator[Event]:
        """Marks only: a foreign file holds no packets."""
        return iter(self._marks)

    def decoded(self) -> Iterator[Capability | Samples]:
        """Capabilities, then all samples of each foot in one chunk."""
        return iter(self._items)

    def readings(self) -> Iterator[Readings]:
        """What the file holds beside pressure, read now."""
        return self._beside()

    def stored_document(self) -> dict[str, Any] | None:
        """None: a foreign file holds no analysis of ours."""
        return None

    def close(self) -> None:
        """Let the numbers go."""
        self._items.clear()


def recording(
    path: Path,
    feet: Sequence[Foot],
    *,
    format: str,  # noqa: A002 - the name that every recording has
    unit: str,
    mass_kg: float | None = None,
    notes: TrialNotes | None = None,
    marks: Sequence[Mark] = (),
    beside: Callable[[], Iterator[Readings]] = lambda: iter(()),
) -> ImportedRecording:
    """Feet as a recording; a foot without a whole row is left out.

    Raises:
        FileError: no foot has a whole row.
    """
    items: list[Capability | Samples] = []
    samples: list[Samples] = []
    zero: dict[str, tuple[float, ...]] = {}
    for foot in feet:
        whole = ~np.isnan(foot.values).any(axis=1)
        count = int(np.count_nonzero(whole))
        if not count:
            continue
        key = foot.side.value
        if foot.zero is not None:
            zero[key] = foot.zero
        items.append(
            Capability(
                device=key,
                protocol=format,
                serial=foot.serial,
                firmware="",
                side=foot.side,
                layout=foot.layout,
                quantity=foot.quantity,
                scale=foot.scale,
                offset=0.0,
                saturated=None,
                rate_hz=foot.rate_hz,
            )
        )
        tick = foot.tick_us[whole]
        samples.append(
            Samples(
                device=key,
                sequence=foot.sequence[whole],
                tick_us=tick,
                arrival_ns=tick * 1000,
                values=np.asfortranarray(foot.values[whole]),
                flags=np.zeros(count, dtype=np.uint32),
            )
        )
    if not samples:
        raise FileError(
            "the file has no samples",
            where=path.name,
            why="every row has an empty cell",
            fix="Check that the export was complete",
        )
    start = StartState(
        origin_ns=min(int(block.tick_us[0]) for block in samples) * 1000,
        mass_kg=mass_kg,
        clocks=tuple(ClockPrior(block.device, offset_us=0.0, skew_ppm=0.0) for block in samples),
        zero=zero,
    )
    said = notes or TrialNotes()
    said = replace(said, note=_printable(said.note), source=path.name)
    shown = tuple(Mark(mark.arrival_ns, _printable(mark.text)) for mark in marks)
    return ImportedRecording(path, format, start, said, unit, [*items, *samples], shown, beside)


def _printable(text: str) -> str:
    """A foreign text without what could steer a terminal."""
    return "".join(x if x.isprintable() else " " for x in text)


def number_option(
    options: dict[str, Any], name: str, low: float, high: float, *, unit: str
) -> float | None:
    """A number that the caller gave, None where there is none.

    Raises:
        RequestError: it is no number between `low` and `high`.
    """
    given = options.get(name)
    if given is None:
        return None
    try:
        number = float(given)
    except (TypeError, ValueError):
        number = math.nan
    if not low <= number <= high:
        raise RequestError(
            f"{name} {str(given)[:20]} is not possible",
            where=f"--{name}",
            why=f"it lies outside {low:g} to {high:g} {unit}",
            fix=f"Give the {name} in {unit}",
        )
    return number


def mass_option(options: dict[str, Any]) -> float | None:
    """Body mass in kg that the caller gave."""
    return number_option(options, "mass", *MASS_KG, unit="kg")
