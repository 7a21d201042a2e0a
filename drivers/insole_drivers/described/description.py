"""Reading a description: typed, strict, every mistake named with its place, nothing run.

What a description may ask for is bounded, so that a hostile file is refused before anything is
made of it: 64 kB of text, 255 sensors, 64 fields, frames of 4 kB, buffers of 64 kB. Names are
matched with `*` and `?` only, which no text can make slow.
"""

from __future__ import annotations

import copy
import re
import tomllib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, cast

import numpy as np

from insole.errors import FileError, LayoutError, SettingsError
from insole.layouts import LayoutFile, names, of_table, read
from insole.model.arrays import Ints
from insole.model.foot import SensorLayout, Side
from insole.tables import structured, summed_up
from insole_drivers.described.checks import MOST_CHANNELS, mistakes_in
from insole_drivers.described.model import Description, Field, Step
from insole_drivers.protocols.ble_sig import uuid_of

MOST_BYTES: Final = 64 << 10
EXTRA: Final = re.compile(r"extra fields found \((.+)\)")
STEPS: Final = re.compile(r"\w+")  # of a place such as fields[2].count


class BadDescription(SettingsError):
    """A description that cannot be used.

    Attributes:
        mistakes: all of them, each `place: what`; empty when it could not even be read.
    """

    mistakes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Insole:
    """A checked description and what follows from it.

    Attributes:
        text: the file's own words, as they are kept in recordings.
        file: fields of its layout.
        layout: the geometry; sensor i is channel `order[side][i]` of the pressure field.
        saturated: smallest kept code that means full scale.
    """

    name: str
    text: str
    description: Description
    file: LayoutFile
    layout: SensorLayout
    order: dict[Side | None, Ints]
    saturated: int | None

    def of(self, side: Side) -> Insole:
        """What of it is this foot's, where frames hold both feet."""
        mine = tuple(x for x in self.description.fields if x.foot in (None, side.value))
        return replace(self, description=replace(self.description, fields=mine))

    def field(self, use: str) -> Field | None:
        """The field of this use, where there is one at most."""
        return next((each for each in self.description.fields if each.use == use), None)


def load(path: Path) -> Insole:
    """The description in a file; its name is the file's, without `.toml`.

    Raises:
        FileError: it cannot be read.
        BadDescription: with all mistakes and their places.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise FileError(
            "cannot read the description",
            where=str(path),
            why=error.strerror or type(error).__name__,
            fix="Check the path; `insole protocols new` writes a first one",
        ) from None
    if len(data) > MOST_BYTES:
        raise _bad(path.name, "it is larger than 64 kB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _bad(path.name, f"it is no UTF-8 text: {error.reason}") from None
    return loads(text, name=path.stem, where=path.name)


def loads(text: str, *, name: str, where: str = "description") -> Insole:
    """Like `load`, for a text.

    Raises:
        BadDescription: with all mistakes and their places.
    """
    if len(text) > MOST_BYTES:
        raise _bad(where, "it is larger than 64 kB")
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise _bad(where, f"it is not TOML: {str(error)[:200] or 'nested too deeply'}") from None
    return of_words(table, name=name, text=text, where=where)


def of_words(
    table: dict[str, Any], *, name: str, text: str = "", where: str = "description"
) -> Insole:
    """Like `loads`, for a table.

    Raises:
        BadDescription: with all mistakes and their places.
    """
    description, mistakes = structured(table, Description)
    if description is None:
        raise _mistaken(where, mistakes + _further(table, mistakes, name))
    description, mistakes = _with_uuids(description)
    mistakes += mistakes_in(description, name)
    file: LayoutFile | None = None
    try:
        file = _layout(description)
    except LayoutError as error:
        mistakes.append(f"layout: {error.why}")
    if file is not None and not mistakes:
        mistakes = _unfitting(description, len(file.xy))
    if mistakes or file is None:
        raise _mistaken(where, mistakes)
    saturated = _saturated(description)
    layout = file.layout()
    if layout.full_scale is None and saturated is not None:
        layout = replace(layout, full_scale=saturated * _scale(description, file) + 0.0)
    return Insole(
        name=name,
        text=text,
        description=description,
        file=file,
        layout=layout,
        order=_orders(description),
        saturated=saturated,
    )


def _further(table: dict[str, Any], mistakes: Iterable[str], name: str) -> list[str]:
    """Mistakes beside those for which the table cannot be read as a whole.

    Keys that are unknown or hold something else are left out; tables in which a key is missed then
    are not judged, as what was meant is not known.
    """
    try:
        rest = copy.deepcopy(table)
    except RecursionError:
        return []
    unsure: set[str] = set()
    for place, colon, what in (each.partition(": ") for each in mistakes):
        path = STEPS.findall(place) if colon else []
        extra = EXTRA.fullmatch(what if colon else place)
        for key in extra[1].split(", ") if extra else ():
            _leave_out(rest, [*path, key])
        if extra is None:
            _leave_out(rest, path)
            unsure.update(path[:1])
    description, _ = structured(rest, Description)
    if description is None:
        return []
    description, found = _with_uuids(description)
    found += mistakes_in(description, name)
    return [each for each in found if (STEPS.findall(each) or [""])[0] not in unsure]


def _leave_out(table: dict[str, Any], path: list[str]) -> None:
    """Take the value at this place out of the table, where it is there."""
    at: Any = table
    for step in path[:-1]:
        if isinstance(at, dict):
            at = cast("dict[str, Any]", at).get(step)
        elif isinstance(at, list) and step.isdecimal() and int(step) < len(cast("list[Any]", at)):
            at = cast("list[Any]", at)[int(step)]
    if path and isinstance(at, dict):
        cast("dict[str, Any]", at).pop(path[-1], None)


def _with_uuids(description: Description) -> tuple[Description, list[str]]:
    """Every UUID in its full form."""
    found: list[str] = []

    def full(text: str, place: str) -> str:
        made = uuid_of(text)
        if made is None:
            found.append(f"{place}: no UUID; four digits or 8-4-4-4-12")
        return made or text

    def maybe(text: str | None, place: str) -> str | None:
        return None if text is None else full(text, place)

    def all_of(texts: tuple[str, ...], place: str) -> tuple[str, ...]:
        return tuple(full(each, f"{place}[{index}]") for index, each in enumerate(texts))

    def steps(many: tuple[Step, ...], place: str) -> tuple[Step, ...]:
        return tuple(
            replace(each, to=maybe(each.to, f"{place}[{index}].to"))
            for index, each in enumerate(many)
        )

    find, link, side, repeat = (
        description.find,
        description.link,
        description.side,
        description.repeat,
    )
    return replace(
        description,
        find=replace(
            find,
            service=full(find.service, "find.service"),
            service_data=maybe(find.service_data, "find.service_data"),
        ),
        link=replace(
            link,
            notify=all_of(link.notify, "link.notify"),
            read=all_of(link.read, "link.read"),
            optional=all_of(link.optional, "link.optional"),
            write=maybe(link.write, "link.write"),
            homes={
                full(key, "link.homes"): full(value, "link.homes")
                for key, value in link.homes.items()
            },
        ),
        side=replace(
            side,
            channel=maybe(side.channel, "side.channel"),
            left=all_of(side.left, "side.left") if side.by == "notify" else side.left,
            right=all_of(side.right, "side.right") if side.by == "notify" else side.right,
        ),
        start=steps(description.start, "start"),
        stop=steps(description.stop, "stop"),
        repeat=None if repeat is None else replace(repeat, to=maybe(repeat.to, "repeat.to")),
    ), found


def _layout(description: Description) -> LayoutFile:
    """The layout's fields: those of a packaged one, or its own with what goes without saying.

    Raises:
        LayoutError: with its mistakes.
    """
    table = dict(description.layout)
    use = table.pop("use", None)
    if use is not None:
        if use not in names():  # never a path: a description may come from anybody
            raise _wrong(f"use: one of {', '.join(names())}")
        if not table.keys() <= {"quantity", "unit"}:
            raise _wrong("use: beside it stand quantity and unit only")
        packaged = asdict(read(use)) | {"quantity": "counts", "unit": None, "full_scale": None}
        return of_table(_without_none(packaged | table), where="layout")
    placed: Any = table.get("xy_mm", table.get("xy"))
    if isinstance(placed, list) and len(cast("list[Any]", placed)) > MOST_CHANNELS:
        raise _wrong(f"xy: at most {MOST_CHANNELS} sensors")
    drawn_for, mm = table.pop("drawn_for", "right"), table.pop("xy_mm", None)
    if drawn_for not in ("left", "right"):
        raise _wrong("drawn_for: left or right, the foot that x is drawn for, seen from above")
    table = {"name": description.title, "kind": "discrete", "quantity": "counts", **table}
    if mm is not None:
        table["xy"] = _shares(mm, table)
    file = of_table(table, where="layout")
    if drawn_for == "left":
        file = replace(file, xy=tuple((1.0 - x, y) for x, y in file.xy))
    return file


def _without_none(table: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in table.items() if value is not None}


def _shares(mm: Any, table: dict[str, Any]) -> Any:
    """Millimetres as shares of the insole."""
    try:
        size = np.array([float(table["width_mm"]), float(table["length_mm"])])
        points = np.array(mm, dtype=np.float64).reshape(-1, 2) / np.maximum(size, 1e-3)
    except (KeyError, TypeError, ValueError):
        raise _wrong("xy_mm: pairs of numbers, with width_mm and length_mm beside them") from None
    return points.tolist()


def _wrong(why: str) -> LayoutError:
    return LayoutError("no layout", where="layout", why=why, fix="Correct it")


def _saturated(description: Description) -> int | None:
    sensors = description.sensors
    if sensors.saturated is not None:
        return sensors.saturated
    return (1 << sensors.adc_bits) - 1 if sensors.adc_bits else None


def _scale(description: Description, file: LayoutFile) -> float:
    """What one kept code is worth in the layout's quantity."""
    pressure = next(each for each in description.fields if each.use == "pressure")
    return float(pressure.scale * 10.0**-pressure.decimals * file.scale)


def _there(description: Description) -> list[int]:
    """Channels that are sensors."""
    pressure = next(each for each in description.fields if each.use == "pressure")
    absent = set(description.sensors.absent)
    return [channel for channel in range(pressure.count) if channel not in absent]


def _orders(description: Description) -> dict[Side | None, Ints]:
    sensors, there = description.sensors, np.array(_there(description), np.int64)
    usual = sensors.order or tuple(range(len(there)))
    per_side = {
        None: usual,
        Side.LEFT: sensors.order_left or usual,
        Side.RIGHT: sensors.order_right or usual,
    }
    return {side: there[np.array(order, np.int64)] for side, order in per_side.items()}


def _unfitting(description: Description, placed: int) -> list[str]:
    """Channels and sensors that do not fit together."""
    there = len(_there(description))
    if there != placed:
        return [f"layout.xy: {placed} sensors are placed, the frame brings {there}"]
    found: list[str] = []
    sensors = description.sensors
    for key, order in (
        ("order", sensors.order),
        ("order_left", sensors.order_left),
        ("order_right", sensors.order_right),
    ):
        if order and sorted(order) != list(range(there)):
            found.append(f"sensors.{key}: each number from 0 to {there - 1} once")
    return found


def _bad(where: str, why: str) -> BadDescription:
    return BadDescription(
        "the description cannot be read",
        where=where,
        why=why,
        fix="Write it as TOML text; `insole protocols new` writes a first one",
    )


def _mistaken(where: str, mistakes: list[str]) -> BadDescription:
    many = "" if len(mistakes) == 1 else "s"
    made = BadDescription(
        f"{len(mistakes)} mistake{many} in the description",
        where=where,
        why=summed_up(mistakes),
        fix="Correct these fields; docs/make-your-own.md explains each",
    )
    made.mistakes = tuple(mistakes)
    return made
