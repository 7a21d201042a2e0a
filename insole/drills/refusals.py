"""How a drill file is refused: every mistake in a sentence of its own, all at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

from insole.errors import RequestError

MOST_SHOWN: Final = 30  # mistakes in one message
LONGEST_SHOWN: Final = 40  # characters of a value or key of the file


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake: what it is, where in the file, why it is one, and what mends it.

    Attributes:
        path: place inside the file, as `targets[0].share`; "" for the whole file.
        fix: a sentence without its full stop.
        instead: place that was probably meant; "" where none is.
    """

    what: str
    path: str
    why: str
    fix: str
    instead: str = ""

    def sentence(self, where: str) -> str:
        """Like every error of the program: WHAT (WHERE): WHY. FIX."""
        place = f"{where}, {self.path}" if self.path else where
        end = "" if self.fix.endswith("?") else "."
        return f"{self.what} ({place}): {self.why}. {self.fix}{end}"


class BadDrill(RequestError):
    """A drill file that cannot be used.

    Attributes:
        mistakes: all of them.
    """

    def __init__(self, mistakes: Sequence[Mistake], *, where: str) -> None:
        first = mistakes[0]
        super().__init__(first.what, where=where, why=first.why, fix=first.fix)
        self.mistakes = tuple(mistakes)

    def __str__(self) -> str:
        """One mistake is its sentence; of several, each follows the other."""
        said = [each.sentence(self.where) for each in self.mistakes[:MOST_SHOWN]]
        more = len(self.mistakes) - len(said)
        if len(self.mistakes) > 1:
            said.insert(0, f"{len(self.mistakes)} mistakes.")
        if more:
            said.append(f"And {more} more.")
        return " ".join(" ".join(said).split())


def shown(value: Any) -> str:
    """A value of a file, as it is written there, bounded and on one line."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and abs(value) >= 10**LONGEST_SHOWN:
        return "a number without end"
    if isinstance(value, str):
        return f'"{cut(value)}"'
    return cut(f"{value:g}" if isinstance(value, float) else str(value))


def cut(text: str) -> str:
    """Foreign text, bounded, without what a terminal would obey."""
    short = text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}.."
    return "".join(each if each.isprintable() else "?" for each in short)


def decimal(value: float) -> str:
    """A share with two decimals, more only where it has more: 0.1 is 0.10."""
    return f"{value:.2f}" if abs(value - round(value, 2)) < 1e-9 else f"{value:.6g}"


def listed(names: Iterable[str], last: str = "and") -> str:
    """`time, vision and surface`."""
    *first, end = names
    return f"{', '.join(first)} {last} {end}" if first else end


def near(name: str, names: Iterable[str], *, likeness: float = 0.5) -> str | None:
    """The name that was probably meant; `likeness` 1 is the same."""
    found = get_close_matches(name[:LONGEST_SHOWN], list(names), n=1, cutoff=likeness)
    return found[0] if found else None
