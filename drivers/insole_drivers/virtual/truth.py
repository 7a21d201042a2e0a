"""What really happens under a virtual pair: forces that can be asked for at any instant.

Each foot stands on three points (heel, first and fifth metatarsal head); `spread` carries their
forces to the sensors. Times are seconds since the pair was switched on. A truth is a pure function
of time, so what a stream should contain can be computed beside it.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from io import BytesIO, StringIO
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from insole.errors import DamagedFile, FileError, UnknownFormat
from insole.model.arrays import Floats
from insole.model.foot import Side

G_M_S2: Final = 9.80665
REPORT_SHARE: Final = 0.05  # of body weight: where contacts are timed (science.md, section 3.1)
GRID_S: Final = 0.0005  # finer than any pause or contact of a foot
HALVINGS: Final = 40
MOST_BYTES: Final = 64 << 20
LEAST_KG: Final = 20.0
MOST_KG: Final = 300.0


class Truth(Protocol):
    """A pair of feet."""

    @property
    def mass_kg(self) -> float:
        """Body mass of the runner."""
        ...

    @property
    def activity(self) -> str:
        """What they do, in one word."""
        ...

    @property
    def sides(self) -> tuple[Side, ...]:
        """The feet that there are."""
        ...

    @property
    def duration_s(self) -> float | None:
        """How long it lasts; None: endless."""
        ...

    def points(self, side: Side, time_s: Floats) -> Floats:
        """(n, 3) force on heel, first and fifth metatarsal head at instants (n,), N."""
        ...


@dataclass(frozen=True, slots=True)
class TrueContacts:
    """Ground contacts of one foot: (k,) foot strikes and toe-offs, s, exact to a microsecond."""

    foot_strike_s: Floats
    toe_off_s: Floats


def total(truth: Truth, side: Side, time_s: Floats) -> Floats:
    """(n,) force under one foot, N."""
    heel, first, fifth = truth.points(side, time_s).T
    return heel + first + fifth


def contacts(
    truth: Truth, side: Side, *, start_s: float, end_s: float, level_n: float | None = None
) -> TrueContacts:
    """Contacts that lie wholly inside an interval.

    Args:
        truth: the pair.
        side: the foot.
        start_s: from here.
        end_s: to here.
        level_n: force at which a contact begins and ends; None: 5 % of body weight.
    """
    level = REPORT_SHARE * truth.mass_kg * G_M_S2 if level_n is None else level_n
    grid = np.linspace(start_s, end_s, max(2, int((end_s - start_s) / GRID_S) + 1))
    is_on = total(truth, side, grid) > level
    rises = _crossings(truth, side, grid, np.flatnonzero(~is_on[:-1] & is_on[1:]), level)
    falls = _crossings(truth, side, grid, np.flatnonzero(is_on[:-1] & ~is_on[1:]), level)
    if is_on[0]:
        falls = falls[1:]
    return TrueContacts(rises[: len(falls)], falls)


def _crossings(
    truth: Truth, side: Side, grid: Floats, index: Iterable[int], level: float
) -> Floats:
    """Where the force passes the level, by halving each bracket."""
    before = np.fromiter(index, np.int64)
    low, high = grid[before], grid[before + 1]
    was_on = total(truth, side, low) > level
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        is_same = (total(truth, side, middle) > level) == was_on
        low, high = np.where(is_same, middle, low), np.where(is_same, high, middle)
    return 0.5 * (low + high)


# --- recorded runs ---


@dataclass(frozen=True, slots=True)
class Shipped:
    """A recorded run inside the package (data/NOTICE.md)."""

    name: str
    speed_m_s: float
    mass_kg: float


SHIPPED: Final = (
    Shipped("rbds001_25_tripod_300hz.csv.gz", 2.5, 62.0),
    Shipped("rbds002_45_tripod_300hz.csv.gz", 4.5, 80.0),
)
COLUMNS: Final = ("t_s", "L_heel_N", "L_met1_N", "L_met5_N", "R_heel_N", "R_met1_N", "R_met5_N")


class Recorded:
    """A recorded run, looped from a foot strike to the last foot strike of the same foot.

    Before and after the join the same foot is about to land, so both feet go on in step. Between
    rows force is linear. 0 s is the last row before the first foot strike.

    Attributes:
        period_s: length of the loop.
        start_s: time in the recording that is 0 s here.
        mass_kg, activity, sides, duration_s: as of every truth.

    Args:
        time_s: (n,) s, increasing.
        forces: (n, 6) N: heel, first and fifth metatarsal head of left, then of right.
        mass_kg: the runner's; None: what the mean force over whole strides carries.
        as_kg: play it as a runner of this mass: all forces are scaled.
        name: for errors.
    """

    def __init__(
        self,
        time_s: Floats,
        forces: Floats,
        *,
        mass_kg: float | None = None,
        as_kg: float | None = None,
        name: str = "recording",
    ) -> None:
        first, last = _loop(forces, name)
        loop = np.vstack((forces[first:last], forces[first]))
        since = time_s[first : last + 1] - time_s[first]
        self.period_s = float(since[-1])
        self.start_s = float(time_s[first])
        if mass_kg is None:
            weight = float(np.trapezoid(loop.sum(axis=1), since)) / self.period_s
            mass_kg = round(weight / G_M_S2, 1)
            if not LEAST_KG <= mass_kg <= MOST_KG:
                raise _damaged(
                    name,
                    f"its strides carry {mass_kg:g} kg, a runner has {LEAST_KG:g} to {MOST_KG:g}",
                )
        scale = 1.0 if as_kg is None else as_kg / mass_kg
        self.mass_kg = mass_kg if as_kg is None else as_kg
        self.activity = "run"
        self.sides = (Side.LEFT, Side.RIGHT)
        self.duration_s: float | None = None
        self._since = since
        self._forces = np.ascontiguousarray((scale * loop).T)

    def points(self, side: Side, time_s: Floats) -> Floats:
        """(n, 3) force on heel, first and fifth metatarsal head, N."""
        at = np.mod(time_s, self.period_s)
        rows = self._forces[:3] if side is Side.LEFT else self._forces[3:]
        out = np.empty((len(at), 3))
        for point, row in enumerate(rows):
            out[:, point] = np.interp(at, self._since, row)
        return out


def shipped(speed_m_s: float = 2.5, *, as_kg: float | None = None) -> Recorded:
    """The shipped recording whose speed is nearest."""
    run = min(SHIPPED, key=lambda each: abs(each.speed_m_s - speed_m_s))
    source = files("insole_drivers.virtual").joinpath("data", run.name)
    time_s, forces = read_table(source)
    return Recorded(time_s, forces, mass_kg=run.mass_kg, as_kg=as_kg, name=run.name)


def from_file(path: str, *, mass_kg: float | None = None) -> Recorded:
    """A recording of three forces per foot: CSV with the columns of `COLUMNS`, plain or gzip.

    Raises:
        FileError: it cannot be read as such.
    """
    time_s, forces = read_table(Path(path))
    return Recorded(time_s, forces, mass_kg=mass_kg, name=path)


def read_table(source: Path | Traversable) -> tuple[Floats, Floats]:
    """Times (n,) s and forces (n, 6) N of a table of recorded forces.

    Raises:
        FileError: it cannot be read.
        UnknownFormat: other columns.
        DamagedFile: text, gaps or times that do not increase.
    """
    where = str(source)
    text = _text(source, where)
    head, _, body = text.partition("\n")
    names = [name.strip() for name in head.lstrip("\ufeff").split(",")]
    if not set(COLUMNS) <= set(names):
        raise UnknownFormat(
            "not a recording of forces under two feet",
            where=where,
            why=f"its first line lacks {', '.join(x for x in COLUMNS if x not in names)}"[:200],
            fix=f"Give a CSV whose first line names {','.join(COLUMNS)}",
        )
    if not body.strip():
        raise _damaged(where, "it holds no rows")
    try:
        usecols = [names.index(name) for name in COLUMNS]
        table = np.loadtxt(StringIO(body), delimiter=",", usecols=usecols, ndmin=2)
    except ValueError as error:
        raise _damaged(where, str(error).splitlines()[0][:200]) from None
    if len(table) < 3 or not np.isfinite(table).all():
        raise _damaged(where, "it has fewer than 3 rows or holds values that are no numbers")
    if (np.diff(table[:, 0]) <= 0).any():
        raise _damaged(where, "its times do not increase")
    if (table[:, 1:] < 0).any() or table[:, 1:].max() > 1e5:
        raise _damaged(where, "forces must lie between 0 and 100 kN")
    return table[:, 0], table[:, 1:]


def _text(source: Path | Traversable, where: str) -> str:
    try:
        with source.open("rb") as stream:
            raw = stream.read(MOST_BYTES + 1)
        if raw[:2] == b"\x1f\x8b":
            with gzip.GzipFile(fileobj=BytesIO(raw)) as packed:
                raw = packed.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise FileError(
            "cannot read the recording",
            where=where,
            why=getattr(error, "strerror", None) or "its compressed content is broken",
            fix="Check the path after file=",
        ) from None
    if len(raw) > MOST_BYTES:
        raise _damaged(where, f"it is larger than {MOST_BYTES >> 20} MB")
    return raw.decode("utf-8", "replace")


def _damaged(where: str, why: str) -> DamagedFile:
    return DamagedFile(
        "the recording cannot be played",
        where=where,
        why=why,
        fix="Repair the table; an example of the form is in docs/protocol-open.md, section 11",
    )


def _loop(forces: Floats, name: str) -> tuple[int, int]:
    """Rows just before the first and the last foot strike of the foot that strikes first."""
    left, right = forces[:, :3].sum(axis=1), forces[:, 3:].sum(axis=1)
    strikes = [np.flatnonzero((foot[:-1] <= 0) & (foot[1:] > 0)) for foot in (left, right)]
    strikes = [each for each in strikes if len(each) >= 2]
    if not strikes:
        raise _damaged(name, "it holds no whole stride: a foot must land twice from 0 N")
    own = min(strikes, key=lambda each: int(each[0]))
    return int(own[0]), int(own[-1])
