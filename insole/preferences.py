"""What the user chose in the window, kept from one run to the next; read once, passed down.

A flat TOML table in the config folder. Keys of other versions are kept; a value that cannot be one
is replaced by its default; a file that cannot be read at all is set aside, never deleted.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from datetime import date, datetime, time
from math import isfinite
from pathlib import Path
from typing import Any, cast

from insole.errors import FileError

FILE = "window.toml"
MOST_BYTES = 1_000_000
TEXT_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Preferences:
    """Choices of one user.

    Attributes:
        theme: `dark`, `light`, or "" for the system's.
        contrast: all words in the text colour.
        text_size: factor on everything, 0.8 to 1.4.
        full_kpa: end of the colour scale, kPa.
        width, height: of the window, pixels.
        maximized: it fills the screen.
        push_off: kind of push-off that is shown.
        four: four points of the foot instead of three.
        tiles: names of the numbers on the Live page, with commas between; "" for the usual ones.
        athlete, shoe, surface: written to the last trial.
        speed_m_s, mass_kg: typed for the last trial; None: not said.
        others: keys that this version does not know.
    """

    theme: str = ""
    contrast: bool = False
    text_size: float = 1.0
    full_kpa: float = 300.0
    width: int = 1600
    height: int = 1000
    maximized: bool = False
    push_off: str = "po50"
    four: bool = False
    tiles: str = ""
    athlete: str = ""
    shoe: str = ""
    surface: str = ""
    speed_m_s: float | None = None
    mass_kg: float | None = None
    others: Mapping[str, Any] = field(default_factory=dict[str, Any])


_CHOICES: dict[str, tuple[object, ...]] = {
    "theme": ("", "dark", "light"),
    "full_kpa": (150.0, 300.0, 600.0),
    "push_off": ("po50", "po_eff"),
}
_RANGES = {
    "text_size": (0.8, 1.4),
    "width": (1, 32_000),
    "height": (1, 32_000),
    "speed_m_s": (0.0, 15.0),
    "mass_kg": (20.0, 300.0),
}
_TEXTS = ("athlete", "shoe", "surface", "tiles")


def read(folder: Path) -> tuple[Preferences, str]:
    """The stored choices, and a sentence where they could not all be used ("" when they could)."""
    path = folder / FILE
    try:
        table = read_table(path)
    except FileNotFoundError:
        return Preferences(), ""
    except OSError as error:
        why = error.strerror or str(error)
        return Preferences(), f"Settings could not be read ({path}): {why}. Defaults are used."
    except (ValueError, RecursionError):  # also undecodable bytes and broken TOML
        return Preferences(), set_aside(path)
    own = {item.name for item in fields(Preferences)} - {"others"}
    good = {
        key: value for key in own & table.keys() if (value := _checked(key, table[key])) != _BAD
    }
    wrong = sorted((own & table.keys()) - good.keys())
    others = {key: value for key, value in table.items() if key not in own}
    said = f"Settings that cannot be used were left out: {', '.join(wrong)}." if wrong else ""
    return Preferences(**good, others=others), said


def read_table(path: Path) -> dict[str, Any]:
    """A settings file as it is.

    Raises:
        OSError: it cannot be opened.
        ValueError, RecursionError: it is no TOML, or larger than any settings file.
    """
    with path.open("rb") as stream:
        content = stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise ValueError("it is larger than any settings file")
    return tomllib.loads(content.decode())


def write(folder: Path, preferences: Preferences) -> None:
    """Replace the stored choices at once, or not at all.

    Raises:
        FileError: they cannot be stored.
    """
    write_text(folder / FILE, as_toml(preferences))


def write_text(path: Path, words: str) -> None:
    """Replace a settings file at once, or not at all.

    Raises:
        FileError: it cannot be stored.
    """
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as stream:
            stream.write(words.encode(errors="replace"))
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise FileError(
            "settings cannot be stored",
            where=str(path),
            why=error.strerror or str(error),
            fix="Check the folder's permissions, or set INSOLE_HOME to another folder",
        ) from error


def as_toml(preferences: Preferences) -> str:
    """The file's text; what has no value has no line.

    >>> print(as_toml(Preferences(theme="dark", others={"later": [1, 2]})).splitlines()[-1])
    "later" = [1, 2]
    """
    table = {
        item.name: getattr(preferences, item.name)
        for item in fields(preferences)
        if item.name != "others"
    }
    return in_toml({**table, **preferences.others})


def in_toml(table: Mapping[str, Any]) -> str:
    """A table as the text of a settings file; what has no value has no line.

    >>> in_toml({"open.rate": "200", "gone": None}).splitlines()
    ['"open.rate" = "200"']
    """
    lines = [f"{_text(key)} = {_value(value)}" for key, value in table.items() if value is not None]
    return "".join(f"{line}\n" for line in lines)


_BAD = object()


def _checked(key: str, value: Any) -> Any:
    """The value in its own type, or `_BAD`."""
    if key in _TEXTS:
        return value[:TEXT_LENGTH] if isinstance(value, str) else _BAD
    if key in ("contrast", "maximized", "four"):
        return value if isinstance(value, bool) else _BAD
    if key in _CHOICES:
        return value if value in _CHOICES[key] and not isinstance(value, bool) else _BAD
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
        return _BAD
    low, high = _RANGES[key]
    if not low <= value <= high:
        return _BAD
    return int(value) if key in ("width", "height") else float(value)


def set_aside(path: Path) -> str:
    """Rename a damaged file to a free name; say where it is."""
    for number in range(1, 100):
        kept = path.with_name(f"{path.stem} damaged {number}{path.suffix}")
        if kept.exists():
            continue
        try:
            path.rename(kept)
        except OSError:
            break
        return f"Settings were damaged; defaults are used. The damaged file is kept as {kept}."
    return f"Settings are damaged; defaults are used ({path})."


def _value(value: Any) -> str:
    """A value in TOML; tables inside are written inline, so any key that was read can be kept."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _text(value)
        case datetime() | date() | time():
            return value.isoformat()
        case dict():
            table = cast("dict[str, Any]", value)
            return f"{{{', '.join(f'{_text(k)} = {_value(v)}' for k, v in table.items())}}}"
        case list():
            return f"[{', '.join(_value(part) for part in cast('list[Any]', value))}]"
        case _:
            return repr(value)  # integers, floats, inf and nan are written as Python does


def _text(words: str) -> str:
    """A TOML string: JSON's escapes are TOML's, but for one character."""
    return json.dumps(words, ensure_ascii=False).replace("\x7f", "\\u007f")
