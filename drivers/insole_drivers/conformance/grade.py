"""Grades: what was asked of a driver and how it did, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Mark: TypeAlias = Literal["pass", "note", "fail", "n/a"]


@dataclass(frozen=True, slots=True)
class Grade:
    """One item.

    Attributes:
        item: its name, see `items.ITEMS`.
        mark: `note` is a pass with a limit that users should know; `n/a` cannot be asked.
        text: what was seen, in one line.
    """

    item: str
    mark: Mark
    text: str


@dataclass(frozen=True, slots=True)
class Report:
    """All items of one protocol."""

    protocol: str
    title: str
    grades: tuple[Grade, ...]

    @property
    def failed(self) -> tuple[Grade, ...]:
        """Items that failed."""
        return tuple(grade for grade in self.grades if grade.mark == "fail")

    @property
    def asked(self) -> tuple[Grade, ...]:
        """Items that could be asked."""
        return tuple(grade for grade in self.grades if grade.mark != "n/a")

    def grade(self, item: str) -> Grade:
        """The grade of one item.

        Raises:
            KeyError: there is no such item.
        """
        for each in self.grades:
            if each.item == item:
                return each
        raise KeyError(item)

    def to_dict(self) -> dict[str, Any]:
        """The document `insole.conformance/1`."""
        return {
            "schema": "insole.conformance/1",
            "protocol": self.protocol,
            "title": self.title,
            "conforms": not self.failed if self.asked else None,
            "items": [
                {"item": each.item, "grade": each.mark, "text": each.text} for each in self.grades
            ],
        }


class Unmet(Exception):
    """An item's demand that the driver does not meet; its text goes to the grade."""


def demand(holds: bool, text: str) -> None:
    """Fail the item with this text unless it holds.

    Raises:
        Unmet: it does not.
    """
    if not holds:
        raise Unmet(text)
