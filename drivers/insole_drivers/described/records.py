"""From payloads to records: the numbers of each frame by the names of its fields.

One machine for binary frames, lines and JSON. It raises nothing for foreign bytes, keeps what its
framer keeps, and knows neither time nor side: that is the decoder's.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from insole.model.arrays import Raw
from insole_drivers.described import fields
from insole_drivers.described.framing import (
    SUM_BYTES,
    Block,
    Happened,
    Line,
    Refused,
    Skipped,
    framer,
)
from insole_drivers.described.model import Description, Field

NUMERIC: Final = frozenset("0123456789+-.eE \t")
MOST_SHAPES: Final = 64  # sizes and presences of frames whose fields are remembered
LARGEST: Final = float(2**62)  # of a number in text
NEEDED: Final = ("pressure", "counter", "clock", "delta", "side")


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """n frames.

    Attributes:
        values: name of a field to its (n, samples, channels) numbers; fields of a whole frame have
            one sample. Integers as on the wire, floats where the wire or a text has them.
        samples: of each frame.
        prefix: what stood before the numbers of a line.
    """

    values: dict[str, Raw]
    frames: int
    samples: int
    prefix: str = ""

    def only(self, rows: NDArray[np.bool_]) -> Records:
        """Some of these frames: `rows` (n,)."""
        values = {name: box[rows] for name, box in self.values.items()}
        return Records(values, int(rows.sum()), self.samples, self.prefix)


Said: TypeAlias = Records | Refused | Skipped | Happened


class Recorder:
    """Framer and fields of one device.

    Args:
        description: a checked one.
    """

    def __init__(self, description: Description) -> None:
        self._description = description
        rule = description.side
        is_marked = description.frame.kind == "marker" and rule.by == "prefix"
        self._prefixes = (*rule.left, *rule.right) if is_marked else ()
        self._framer = framer(description.frame, tuple(each.encode() for each in self._prefixes))
        self._places: dict[tuple[int, frozenset[str]], tuple[fields.Place, ...] | Refused] = {}
        self._samples: dict[tuple[int, frozenset[str]], int] = {}
        checksum = description.frame.checksum
        self._tail = 0 if checksum is None else SUM_BYTES[checksum.type]
        self._conditional = tuple(each for each in description.fields if each.when is not None)
        self._always = frozenset(each.name for each in description.fields if each.when is None)

    def feed(self, payload: bytes) -> list[Said]:
        """Everything that becomes complete with this notification, in order."""
        said: list[Said] = []
        for each in self._framer.feed(payload):
            if isinstance(each, Block):
                said += self._binary(each.data)
            elif isinstance(each, Line):
                said.append(self._text(each.text))
            else:
                said.append(each)
        return said

    def reset(self) -> None:
        """A new link."""
        self._framer.reset()

    # --- binary ---

    def _binary(self, data: NDArray[np.uint8]) -> list[Said]:
        if not self._conditional and not self._prefixes:
            return [self._read(data, self._always)]
        groups: list[tuple[frozenset[str], str, int]] = []
        for row in range(len(data)):
            group = (self._present(data[row : row + 1]), self._prefix(data[row]), row + 1)
            if groups and groups[-1][:2] == group[:2]:
                groups[-1] = group
            else:
                groups.append(group)
        begins = [0, *(end for _, _, end in groups[:-1])]
        return [
            self._read(data[begin:end], present, prefix)
            for begin, (present, prefix, end) in zip(begins, groups, strict=True)
        ]

    def _prefix(self, row: NDArray[np.uint8]) -> str:
        """The marker that a frame begins with, where that tells the side."""
        begin = row.tobytes()
        return next((each for each in self._prefixes if begin.startswith(each.encode())), "")

    def _present(self, row: NDArray[np.uint8]) -> frozenset[str]:
        """Names of the fields that this frame has."""
        size = row.shape[1]
        present = set(self._always)
        for each in self._conditional:
            when = each.when
            if when is None or (when.sizes and size not in when.sizes):
                continue
            if when.field:
                flags = self._read(row, frozenset((when.field,)))
                if isinstance(flags, Refused):
                    continue
                if not int(flags.values[when.field].flat[0]) & when.mask:
                    continue
            present.add(each.name)
        return frozenset(present)

    def _read(
        self, data: NDArray[np.uint8], present: frozenset[str], prefix: str = ""
    ) -> Records | Refused:
        size = data.shape[1]
        key = (size, present)
        if key not in self._places:
            if len(self._places) >= MOST_SHAPES:
                self._places.clear()
            try:
                made, self._samples[key] = fields.places(
                    self._description, size=size - self._tail, present=present
                )
                self._places[key] = made
            except fields.Overlong as why:
                self._places[key] = Refused("truncated", f"a frame is too short: {why}")
        places = self._places[key]
        if isinstance(places, Refused):
            return places
        values = {place.field.name: place.read(data) for place in places}
        return Records(values, len(data), self._samples[key], prefix)

    # --- text ---

    def _text(self, text: str) -> Records | Refused:
        if self._description.frame.kind == "json" or self._is_json:
            return self._object(text)
        return self._columns(text)

    @property
    def _is_json(self) -> bool:
        return any(each.key or each.keys for each in self._description.fields)

    def _columns(self, text: str) -> Records | Refused:
        frame, side = self._description.frame, self._description.side
        prefix = ""
        if side.by == "prefix":
            known = [each for each in (*side.left, *side.right) if text.startswith(each)]
            if not known:
                return Refused("bad_value", "a line begins with neither foot")
            prefix = known[0]
            text = text[len(prefix) :]
        if frame.strip:
            text = text.translate({ord(each): None for each in frame.strip})
        parts = text.split(frame.separator)
        if len(parts) != frame.columns:
            return Refused("bad_value", f"a line of {len(parts)} columns, {frame.columns} belong")
        values: dict[str, Raw] = {}
        for each in self._description.fields:
            first = each.column or 0
            numbers = [_number(part) for part in parts[first : first + each.count]]
            if None in numbers:
                return Refused("bad_value", f"{each.name} is no number")
            values[each.name] = np.array(numbers, np.float64).reshape(1, 1, -1)
        return Records(values, 1, 1, prefix)

    def _object(self, text: str) -> Records | Refused:
        try:
            whole: Any = json.loads(text)
        except (ValueError, RecursionError):
            return Refused("bad_value", "a text is no JSON")
        values: dict[str, Raw] = {}
        for each in self._description.fields:
            numbers = _picked(whole, each)
            if numbers is not None:
                values[each.name] = np.array(numbers, np.float64).reshape(1, 1, -1)
            elif each.use in NEEDED:
                return Refused("bad_value", f"a text without {each.name}")
        return Records(values, 1, 1)


def _number(text: str) -> float | None:
    """A finite decimal number; what else Python would read as one is refused.

    >>> _number(" 12.5"), _number("1_0"), _number("nan")
    (12.5, None, None)
    """
    if not text or not NUMERIC.issuperset(text):
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < LARGEST else None


def _picked(whole: Any, field: Field) -> list[float] | None:
    """The numbers of one field, None when they are not there."""
    found = [_at(whole, key) for key in field.keys] if field.keys else _at(whole, field.key)
    numbers: list[Any] = (
        cast("list[Any]", found) if isinstance(found, list) else [] if found is None else [found]
    )
    if len(numbers) != field.count:
        return None
    for number in numbers:
        is_number = isinstance(number, int | float) and not isinstance(number, bool)
        if not is_number or not abs(number) < LARGEST:
            return None
    return [float(number) for number in numbers]


def _at(whole: Any, path: str) -> Any:
    for key in path.split("."):
        if not isinstance(whole, dict):
            return None
        whole = cast("dict[str, Any]", whole).get(key)
    return whole
