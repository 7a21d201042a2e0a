"""From the text of a drill file to a drill: strict, all mistakes at once, nothing run.

A file is at most 64 KiB; a drill has at most 20 targets, 20 cues and 10 levels, so whatever is
written there, a small drill comes of it or a refusal.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, cast

from insole.drills import checks
from insole.drills.drill import (
    Advance,
    Cue,
    Drill,
    Feedback,
    Level,
    Safety,
    Target,
    usual_after_s,
    usual_base_s,
    usual_needs,
    usual_priority,
    usual_sides,
    usual_zone,
)
from insole.drills.fields import DRILL, LISTS, REQUIRED, TABLES, taken
from insole.drills.refusals import BadDrill, Mistake, cut, shown
from insole.errors import FileError

MOST_BYTES: Final = 64 << 10
MOST_DOTS: Final = 200  # in one line: deeper keys would take long to read and mean nothing
EXAMPLES: Final[Mapping[str, str]] = {
    "id": '"tripod-hold"',
    "title": '"Foot tripod, one leg"',
    "kind": '"hold"',
    "detect": '"tripod"',
    "stance": '"single"',
    "cannot_see": '"arch height, knee and trunk"',
    "region": '"heel"',
    "share": "0.45",
    "when": '"lost"',
    "say": '"Let the heel sink"',
}
_LINE: Final = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_BROKEN: Final = (
    ("Illegal character", "a quote is open", "Close it"),
    ("Unterminated string", "a quote is open", "Close it"),
    ("Expected \"'''\"", "a quote is open", "Close it"),
    ("Unclosed array", "a bracket is open", "Close it"),
    ("Unclosed inline table", "a brace is open", "Close it"),
    ("Cannot overwrite", "a key stands there twice", "Keep one"),
    ("Cannot declare", "a table stands there twice", "Keep one"),
    ("Duplicate inline", "a key stands there twice", "Keep one"),
    ("Invalid value", "the value is none", "Write a number, or a text in quotes"),
    ("Expected '='", "a key has no value", "Write it as key = value"),
)


def load(path: Path) -> Drill:
    """The drill in a file.

    Raises:
        FileError: it cannot be read.
        BadDrill: with all mistakes.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise FileError(
            "cannot read the drill",
            where=cut(str(path)),
            why=error.strerror or type(error).__name__,
            fix="Check the path; `insole drill list` names those that come with the program",
        ) from None
    return of_bytes(data, where=path.name)


def of_bytes(data: bytes, *, where: str) -> Drill:
    """Like `load`, for what a file holds."""
    if len(data) > MOST_BYTES:
        raise _unreadable("larger than 64 KiB", where, "a drill is a page of text", "Shorten it")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        what = f"damaged at line {data.count(10, 0, error.start) + 1}"
        raise _unreadable(what, where, "it is no UTF-8 text", "Save it as UTF-8") from None
    return reads(text, where=where)


def reads(text: str, *, where: str = "drill") -> Drill:
    """The drill in this TOML text; `where` names it in refusals.

    Raises:
        BadDrill: with all mistakes.
    """
    if len(text) > MOST_BYTES:
        raise _unreadable("larger than 64 KiB", where, "a drill is a page of text", "Shorten it")
    for number, line in enumerate(text.split("\n"), start=1):
        if line.count(".") > MOST_DOTS:
            what = f"damaged at line {number}"
            raise _unreadable(what, where, f"it has over {MOST_DOTS} dots", "Shorten it")
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise _not_toml(str(error), text, where) from None
    return of_table(table, where=where)


def of_table(table: Mapping[str, Any], *, where: str = "drill") -> Drill:
    """Like `reads`, for a table.

    Raises:
        BadDrill: with all mistakes.
    """
    mistakes: list[Mistake] = []
    parts = (*TABLES, *LISTS)
    kept = taken(table, DRILL, noun="drill", path="", mistakes=mistakes, others=parts)
    _require(table, REQUIRED, path="", mistakes=mistakes)
    mistakes += checks.kind_and_detector(kept)
    tables = {name: _table(table, name, mistakes) for name in TABLES}
    lists = {name: _list(table, name, mistakes) for name in LISTS}
    mistakes += checks.claims(_texts(kept, lists["cues"]))
    # What fields say together is judged as far as they can be read.
    unsure = {_root(place) for each in mistakes for place in (each.path, each.instead)}
    known = not unsure & {"kind", "detect"}
    drill = _drill(kept if known else {**kept, **_UNKNOWN}, tables, lists)
    judged = (*(checks.by_kind(drill) if known else ()), *checks.together(drill))
    mistakes += [each for each in judged if _root(each.path) not in unsure]
    if mistakes:
        raise BadDrill(mistakes, where=cut(where))
    return drill


_UNKNOWN: Final = {"kind": "timer", "detect": "timer"}  # says nothing of other fields
_UNTOLD: Final = {"id": "", "title": "", "stance": "both", "cannot_see": ""}  # refused before


def _root(path: str) -> str:
    """The key or the item of a list that a place lies in."""
    return path.partition(".")[0]


def _require(
    table: Mapping[str, Any], names: Iterable[str], *, path: str, mistakes: list[Mistake]
) -> None:
    """Names that the table must have, unless another key was probably meant to be it."""
    meant = {each.instead for each in mistakes}
    for name in names:
        place = f"{path}.{name}" if path else name
        if name not in table and place not in meant:
            why = f"every {_NOUNS.get(_root(path).partition('[')[0], 'drill')} has one"
            mistakes.append(
                Mistake(f"{name} is missing", place, why, f"Add {name} = {EXAMPLES[name]}")
            )


_NOUNS: Final = {name: noun for name, (_, noun, _) in LISTS.items()}


def _table(table: Mapping[str, Any], name: str, mistakes: list[Mistake]) -> dict[str, Any]:
    """What a table of the file holds; nothing where it is not there."""
    given = table.get(name, {})
    if not isinstance(given, dict):
        fix = f"Write it under [{name}]"
        mistakes.append(Mistake(f"{name} is {shown(given)}", name, "it is a table", fix))
        return {}
    told = cast("dict[str, Any]", given)
    return taken(told, TABLES[name], noun=f"table {name}", path=name, mistakes=mistakes)


def _list(table: Mapping[str, Any], name: str, mistakes: list[Mistake]) -> list[dict[str, Any]]:
    """What the tables of a list hold, in their order."""
    fields, noun, most = LISTS[name]
    given = table.get(name, [])
    told = cast("list[Any]", given) if isinstance(given, list) else []
    if not isinstance(given, list):
        fix = f"Write each under [[{name}]]"
        mistakes.append(Mistake(f"{name} is {shown(given)}", name, "it is a list", fix))
    if len(told) > most:
        what, fix = f"{len(told)} {name}", f"Keep {most}"
        mistakes.append(Mistake(what, name, f"a drill has at most {most}", fix))
    found: list[dict[str, Any]] = []
    for index, each in enumerate(told[:most]):
        path = f"{name}[{index}]"
        if not isinstance(each, dict):
            fix = f"Write it under [[{name}]]"
            mistakes.append(Mistake(f"{path} is {shown(each)}", path, f"a {noun} is a table", fix))
            found.append({})
            continue
        one = cast("dict[str, Any]", each)
        before = len(mistakes)
        kept = taken(one, fields, noun=noun, path=path, mistakes=mistakes)
        if name != "targets" or len(mistakes) == before:  # what was meant is not known otherwise
            _require(one, _needed(name, one), path=path, mistakes=mistakes)
        if name == "targets":
            mistakes += checks.target(kept, path)
        if name == "cues" and "of" not in one:
            mistakes += checks.cue(kept, path)
        found.append(kept)
    return found


def _needed(name: str, table: Mapping[str, Any]) -> list[str]:
    """What an item of a list must say."""
    if name == "cues":
        return ["when", "say"]
    if name == "levels":
        return []
    shown_by = [] if table.keys() & {"region", "quantity"} else ["region"]
    return shown_by + ([] if table.keys() & set(checks.AIMS) else ["share"])


def _texts(kept: Mapping[str, Any], cues: list[dict[str, Any]]) -> dict[str, str]:
    """Everything the drill says, by its place."""
    own = {key: kept[key] for key in ("title", "cannot_see") if key in kept}
    said = {f"cues[{i}].say": each["say"] for i, each in enumerate(cues) if "say" in each}
    return own | said


def _drill(
    kept: Mapping[str, Any],
    tables: Mapping[str, dict[str, Any]],
    lists: Mapping[str, list[dict[str, Any]]],
) -> Drill:
    """The drill, every default filled in."""
    told: dict[str, Any] = {**_UNTOLD, **kept}
    detect = told["detect"]
    told.setdefault("sides", usual_sides(told["stance"]))
    told.setdefault("base_s", usual_base_s(detect))
    return Drill(
        needs=replace(usual_needs(detect), **tables["needs"]),
        zone=replace(usual_zone(detect), **tables["zone"]),
        feedback=Feedback(**tables["feedback"]),
        advance=Advance(**tables["advance"]),
        safety=Safety(**tables["safety"]),
        targets=tuple(Target(**each) for each in lists["targets"]),
        cues=tuple(_cue(each) for each in lists["cues"]),
        levels=tuple(Level(**each) for each in lists["levels"]),
        **told,
    )


def _cue(kept: Mapping[str, Any]) -> Cue:
    told: dict[str, Any] = {"when": "touch", "say": "", **kept}  # a cue without is refused
    told.setdefault("after_s", usual_after_s(told["when"]))
    told.setdefault("priority", usual_priority(told["when"]))
    return Cue(**told)


def _not_toml(said: str, text: str, where: str) -> BadDrill:
    """What the parser says, in words for those who do not know it."""
    found = _LINE.search(said)
    line = int(found[1]) if found and found[1] else text.count("\n") + 1
    why, fix = next(
        ((why, fix) for start, why, fix in _BROKEN if said.startswith(start)),
        (f"it is not TOML, {cut(_LINE.sub('', said)) or 'nested too deeply'}", "Correct it"),
    )
    return _unreadable(f"damaged at line {line}", where, why, fix)


def _unreadable(what: str, where: str, why: str, fix: str) -> BadDrill:
    return BadDrill([Mistake(what, "", why, fix)], where=cut(where))
