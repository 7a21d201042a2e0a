"""The shelf of drills: those that come with the program, and the user's own files.

A user's file lies in the folder `drills` of the settings and is called `ID.toml`. A broken one
stands on the shelf with its mistakes; it hides nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from insole.drills.drill import Drill
from insole.drills.reading import load, reads
from insole.drills.refusals import BadDrill, Mistake, cut, near
from insole.errors import InsoleError, RequestError
from insole.settings import folders

FOLDER: Final = "drills"  # in the user's folder of settings
MOST_FILES: Final = 256


@dataclass(frozen=True, slots=True)
class Shelf:
    """What there is to train with.

    Attributes:
        drills: by id: those of the program in their order, then the user's.
        own: ids of the user's.
        refused: files of the user's that are no drills, by name, each with what is wrong.
    """

    drills: Mapping[str, Drill]
    own: frozenset[str]
    refused: Mapping[str, InsoleError]


@cache
def library() -> Mapping[str, Drill]:
    """The drills that come with the program, by id."""
    entries = sorted(
        files("insole.drills").joinpath("library").iterdir(),
        key=lambda e: e.name.removesuffix(".toml"),
    )
    texts = {each.name: each.read_text("utf-8") for each in entries if each.name.endswith(".toml")}
    found = [reads(text, where=name) for name, text in texts.items()]
    return {each.id: each for each in found}


def user_folder() -> Path:
    """Where the user's drills lie."""
    return folders().config / FOLDER


def shelf() -> Shelf:
    """All drills, those of the program and the user's."""
    drills = dict(library())
    refused: dict[str, InsoleError] = {}
    for path in sorted(user_folder().glob("*.toml"))[:MOST_FILES]:
        try:
            drill = load(path)
            _check_id(drill, path, drills)
        except InsoleError as error:
            refused[path.name] = error
            continue
        drills[drill.id] = drill
    return Shelf(drills, frozenset(drills.keys() - library().keys()), refused)


def find(name: str) -> Drill:
    """The drill of this id, or in this file.

    Raises:
        RequestError: there is none, or the file is none.
    """
    path = Path(name)
    held = shelf()
    if name in held.drills:
        return held.drills[name]
    if f"{name}.toml" in held.refused:
        raise held.refused[f"{name}.toml"]
    if path.suffix == ".toml" or path.is_file():
        drill = load(path)
        if held.drills.get(drill.id, drill) != drill:
            raise _taken(drill.id, path)
        return drill
    meant = near(name, held.drills)
    raise RequestError(
        f'no drill "{cut(name)}"',
        where="insole drill",
        why="it is neither on the shelf nor a file",
        fix=f'The nearest is "{meant}"' if meant else "`insole drill list` names them all",
    )


def _check_id(drill: Drill, path: Path, held: Mapping[str, Drill]) -> None:
    """On the shelf a drill is found by its file's name, and no id stands there twice."""
    if drill.id in held:
        raise _taken(drill.id, path)
    if path.stem != drill.id:
        why, fix = f'its id is "{drill.id}"', f"Call it {drill.id}.toml"
        raise BadDrill([Mistake("the file has another name", "", why, fix)], where=cut(path.name))


def _taken(name: str, path: Path) -> BadDrill:
    mistake = Mistake(f'"{name}" exists', "id", "ids are unique", "Rename it")
    return BadDrill([mistake], where=cut(path.name))
