"""Which keys a drill file may have, of which type and range, and how one is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, cast, get_args

from insole.drills import drill as nouns
from insole.drills.refusals import Mistake, cut, listed, near, shown
from insole.model.foot import REGIONS

ID: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
WORDS_OF_A_CUE: Final = 8
LONGEST_CUE: Final = 100  # characters; eight long words


class Kept(Protocol):
    """One sort of value."""

    def mistake(self, value: Any, key: str, path: str) -> Mistake | None:
        """Why the value cannot stand there; None when it can."""
        ...

    def value(self, value: Any) -> Any:
        """The value, checked before, as the nouns keep it."""
        ...


@dataclass(frozen=True, slots=True)
class Number:
    """A number from `low` to `high`; `why` says what it is the range of."""

    low: float
    high: float
    why: str
    whole: bool = False

    def mistake(self, value: Any, key: str, path: str) -> Mistake | None:
        """Another type, not finite, or out of range."""
        is_number = isinstance(value, int if self.whole else (int, float))
        if isinstance(value, bool) or not is_number:
            sort = "whole number" if self.whole else "number"
            return Mistake(f"{key} is {shown(value)}", path, self.why, f"Write a {sort}")
        if not self.low <= value <= self.high:  # neither is nan
            return Mistake(f"{key} is {shown(value)}", path, self.why, "Choose within")
        return None

    def value(self, value: Any) -> float | int:
        """As int or float."""
        return int(value) if self.whole else float(value)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    names: tuple[str, ...]

    def mistake(self, value: Any, key: str, path: str) -> Mistake | None:
        """Any other word."""
        if isinstance(value, str) and value in self.names:
            return None
        meant = near(value, self.names) if isinstance(value, str) else None
        return Mistake(
            f"{key} is {shown(value)}",
            path,
            f"it is one of {', '.join(self.names)}",
            f'Did you mean "{meant}"?' if meant else "Choose one of these",
        )

    def value(self, value: Any) -> str:
        """The word."""
        return str(value)


@dataclass(frozen=True, slots=True)
class Choices:
    """A list of some of a few words, each once."""

    names: tuple[str, ...]
    why: str
    least: int = 0

    def mistake(self, value: Any, key: str, path: str) -> Mistake | None:
        """No list, another word, a word twice, too few."""
        listed_too = cast("list[Any]", value) if isinstance(value, list) else []
        if not isinstance(value, list) or len(listed_too) < self.least:
            return Mistake(
                f"{key} is {shown(value)}", path, self.why, f'Write a list, as ["{self.names[0]}"]'
            )
        if len(listed_too) > len(self.names):
            return Mistake(f"{key} has {len(listed_too)} words", path, self.why, "Name each once")
        for index, each in enumerate(listed_too):
            wrong = Choice(self.names).mistake(each, f"{key}[{index}]", f"{path}[{index}]")
            if wrong is not None:
                return wrong
        if len(set(listed_too)) < len(listed_too):
            return Mistake(f"{key} names one twice", path, self.why, "Name each once")
        return None

    def value(self, value: Any) -> tuple[str, ...]:
        """The words, in the file's order."""
        return tuple(value)


@dataclass(frozen=True, slots=True)
class Truth:
    """true or false."""

    def mistake(self, value: Any, key: str, path: str) -> Mistake | None:
        """Anything else."""
        if isinstance(value, bool):
            return None
        return Mistake(
            f"{key} is {shown(value)}", path, "it is true or false", "Write true or false"
        )

    def value(self, value: Any) -> bool:
        """The truth."""
        return bool(value)


@dataclass(frozen=True, slots=True)
class Text:
    """A text of `least` to `most` characters on one line."""

    least: int
    most: int
    name: str

    def mistake(self, value: Any, key: str, path: str) -> Mistake | None:
        """Another type or length, or characters that are none."""
        why = f"{self.name} has {self.least} to {self.most} characters on one line"
        if not isinstance(value, str):
            return Mistake(f"{key} is {shown(value)}", path, why, "Write a text in quotes")
        if not self.least <= len(value.strip()) <= len(value) <= self.most:
            return Mistake(f"{key} has {len(value)} characters", path, why, "Choose within")
        if not value.isprintable():
            return Mistake(f"{key} is {shown(value)}", path, why, "Write plain letters")
        return None

    def value(self, value: Any) -> str:
        """Without spaces around."""
        return str(value).strip()


@dataclass(frozen=True, slots=True)
class Identity:
    """Kebab-case: the name of the file and of the drill in every recording."""

    def mistake(self, value: Any, key: str, path: str) -> Mistake | None:
        """Other characters, or another length."""
        if isinstance(value, str) and 3 <= len(value) <= 40 and ID.fullmatch(value):
            return None
        why = "it is 3 to 40 small letters, digits and single hyphens"
        return Mistake(f"{key} is {shown(value)}", path, why, 'Write it as "tripod-hold"')

    def value(self, value: Any) -> str:
        """The id."""
        return str(value)


@dataclass(frozen=True, slots=True)
class Said:
    """What a cue says: at most 8 words."""

    def mistake(self, value: Any, key: str, path: str) -> Mistake | None:
        """Too many words, or no text."""
        if isinstance(value, str) and (words := len(value.split())) > WORDS_OF_A_CUE:
            return Mistake(
                f"the cue has {words} words",
                path,
                "nobody hears that on one leg",
                f"Use {WORDS_OF_A_CUE}",
            )
        return Text(2, LONGEST_CUE, "a cue").mistake(value, key, path)

    def value(self, value: Any) -> str:
        """Without spaces around."""
        return str(value).strip()


FELT_INSTEAD: Final[Mapping[str, str]] = {
    "arch": "mid",
    "midfoot": "mid",
    "heel": "heel",
    "ankle": "heel",
    "toe": "hal",
    "hallux": "hal",
    "ball": "m1",
}
"""What people ask for, and the region whose load is nearest to it."""


@dataclass(frozen=True, slots=True)
class Felt:
    """A quantity that an insole measures."""

    def mistake(self, value: Any, key: str, path: str) -> Mistake | None:
        """Another type, or what no sensor of force tells."""
        if not isinstance(value, str):
            return Choice(tuple(nouns.QUANTITIES)).mistake(value, key, path)
        if value in nouns.QUANTITIES:
            return None
        meant = near(value, nouns.QUANTITIES, likeness=0.8)
        place = next((to for word, to in FELT_INSTEAD.items() if word in value.lower()), None)
        fix = "Say it in cannot_see"
        if meant is not None:
            fix = f'Did you mean "{meant}"?'
        elif place is not None:
            fix = f'Use region = "{place}"'
        target = path.removesuffix(f".{key}")
        return Mistake(f"no insole feels {shown(value)}", target, "it measures force", fix)

    def value(self, value: Any) -> str:
        """Its name."""
        return str(value)


_HOLD: Final = Number(1, 180, "a hold lasts 1 to 180 s")
_SETS: Final = Number(1, 6, "a drill has 1 to 6 sets", whole=True)
_REPS: Final = Number(1, 60, "a set has 1 to 60 reps", whole=True)
_TEMPO: Final = Number(20, 220, "a metronome beats 20 to 220 times a minute")
_STANCE: Final = Choice(get_args(nouns.Stance))
_VISION: Final = Choice(get_args(nouns.Vision))
_SURFACE: Final = Choice(get_args(nouns.Surface))
_SUPPORT: Final = Choice(get_args(nouns.Support))
_EDGE: Final = Number(0, 1000, "a tube lies between 0 and 1000")

DRILL: Final[Mapping[str, Kept]] = {
    "schema": Number(1, 1, "this program reads schema 1", whole=True),
    "id": Identity(),
    "title": Text(3, 40, "a title"),
    "kind": Choice(get_args(nouns.Kind)),
    "detect": Choice(get_args(nouns.Detect)),
    "stance": _STANCE,
    "sides": Choice(get_args(nouns.Sides)),
    "first": Choice(get_args(nouns.First)),
    "sets": _SETS,
    "reps": _REPS,
    "hold_s": _HOLD,
    "hold_until": Choice(get_args(nouns.Until)),
    "cap_s": Number(1, 180, "a test ends after 1 to 180 s"),
    "work_s": Number(1, 60, "work lasts 1 to 60 s"),
    "rest_each_s": Number(1, 60, "the rest after each rep lasts 1 to 60 s"),
    "rest_s": Number(0, 300, "the rest after a set lasts 0 to 300 s"),
    "switch_s": Number(0, 60, "the change of feet lasts 0 to 60 s"),
    "tempo_bpm": _TEMPO,
    "beats_per_rep": Number(1, 8, "a rep has 1 to 8 beats", whole=True),
    "base_s": Number(0, 10, "the resting baseline lasts 0 to 10 s"),
    "vision": _VISION,
    "surface": _SURFACE,
    "support": _SUPPORT,
    "cannot_see": Text(10, 160, "what the insoles cannot see"),
}
"""Keys of a drill that hold one value; tables and lists of tables are in TABLES and LISTS."""

REQUIRED: Final = ("id", "title", "kind", "detect", "stance", "cannot_see")

TARGET: Final[Mapping[str, Kept]] = {
    "region": Choice(nouns.PLACES),
    "quantity": Felt(),
    "share": Number(0, 1, "a share is 0 to 1"),
    "force_bw": Number(0, 5, "a force is 0 to 5 body weights"),
    "of_baseline": Number(0, 3, "it is 0 to 3 times the baseline"),
    "value": Number(0, 1000, "a value is 0 to 1000"),
    "within": _EDGE,
    "min": _EDGE,
    "max": _EDGE,
}
CUE: Final[Mapping[str, Kept]] = {
    "when": Choice(get_args(nouns.When)),
    "of": Choice((*nouns.PLACES, *nouns.QUANTITIES)),
    "say": Said(),
    "after_s": Number(0.1, 5, "a cue waits 0.1 to 5 s"),
    "priority": Number(1, 9, "a priority is 1 to 9", whole=True),
}
LEVEL: Final[Mapping[str, Kept]] = {
    "hold_s": _HOLD,
    "reps": _REPS,
    "sets": _SETS,
    "stance": _STANCE,
    "vision": _VISION,
    "surface": _SURFACE,
    "support": _SUPPORT,
    "tempo_bpm": _TEMPO,
}
TABLES: Final[Mapping[str, Mapping[str, Kept]]] = {
    "needs": {
        "regions": Choices(REGIONS, f"regions are {listed(REGIONS)}"),
        "min_rate_hz": Number(10, 1000, "insoles sample 10 to 1000 times a second"),
        "mass": Truth(),
        "feet": Number(0, 2, "there are 0 to 2 insoles", whole=True),
    },
    "zone": {
        "tv": Number(0.02, 0.5, "the distance from the target is 0.02 to 0.5"),
        "corner_min": Number(0, 0.3, "a corner's least share is 0 to 0.3"),
        "hallux_min": Number(0, 0.3, "the big toe's least share is 0 to 0.3"),
    },
    "feedback": {
        "mode": Choices(get_args(nouns.Mode), "feedback is seen or heard", least=1),
        "fade": Truth(),
        "quiet_rep": Truth(),
    },
    "advance": {
        "score": Number(0, 100, "a score is 0 to 100"),
        "sessions": Number(1, 6, "a level is left after 1 to 6 sessions", whole=True),
        "touches_max": Number(0, 20, "touches are 0 to 20", whole=True),
    },
    "safety": {
        "gate": Choices(get_args(nouns.Gate), "gates are rail and plyometric"),
        "confirm": Text(3, 120, "what is confirmed"),
        "eyes_free": Truth(),
        "pain_stop": Number(0, 3, "a drill stops at pain above 0 to 3", whole=True),
    },
}
LISTS: Final[Mapping[str, tuple[Mapping[str, Kept], str, int]]] = {
    "targets": (TARGET, "target", nouns.MOST_TARGETS),
    "cues": (CUE, "cue", nouns.MOST_CUES),
    "levels": (LEVEL, "level", nouns.MOST_LEVELS),
}
"""Lists of tables: fields, what one is called, how many there may be."""


def taken(
    table: Mapping[str, Any],
    fields: Mapping[str, Kept],
    *,
    noun: str,
    path: str,
    mistakes: list[Mistake],
    others: tuple[str, ...] = (),
) -> dict[str, Any]:
    """What of a table can be kept; the rest joins the mistakes.

    Args:
        table: as TOML gave it.
        fields: what it may hold.
        noun: what the table is, for the sentence.
        path: where it stands, "" for the file itself.
        mistakes: grows.
        others: further keys that the table may have, read elsewhere.
    """
    kept: dict[str, Any] = {}
    for key, value in table.items():
        place = f"{path}.{key}" if path else key
        if key in others:
            continue
        if key not in fields:
            mistakes.append(_unknown(key, path, noun, (*fields, *others)))
            continue
        wrong = fields[key].mistake(value, key, place)
        if wrong is None:
            kept[key] = fields[key].value(value)
        else:
            mistakes.append(wrong)
    return kept


def _unknown(key: str, path: str, noun: str, names: tuple[str, ...]) -> Mistake:
    meant = near(key, names)
    before = f"{path}." if path else ""
    return Mistake(
        f"unknown key {shown(key)}",
        before + cut(key),
        f"a {noun} has no such field",
        f'Did you mean "{meant}"?' if meant else "Take it out",
        instead=before + (meant or ""),
    )
