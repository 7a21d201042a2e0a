"""What a description must say of feet: which one a device is, or where each of both stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from insole_drivers.described.framing import marker_of
from insole_drivers.described.model import Description

MOST_ENTRIES: Final = 16  # of every list that is no list of fields


def patterns(many: tuple[str, ...], place: str) -> Iterator[str]:
    """Texts with `*` and `?`: not too many, not too long."""
    if len(many) > MOST_ENTRIES:
        yield f"{place}: at most {MOST_ENTRIES}"
    for index, each in enumerate(many[:MOST_ENTRIES]):
        if not 0 < len(each) <= 64:
            yield f"{place}[{index}]: 1 to 64 characters"


def side(description: Description) -> Iterator[str]:
    """Where the foot is told."""
    rule = description.side
    yield from patterns(rule.left, "side.left")
    yield from patterns(rule.right, "side.right")
    yield from patterns(rule.name_left, "side.name_left")
    yield from patterns(rule.name_right, "side.name_right")
    if (rule.name_left or rule.name_right) and rule.by in ("name", "fixed"):
        yield f"side.name_left: not with by = '{rule.by}'"
    yield from _both(description)
    is_told = rule.by not in ("fixed", "user", "halves")
    if is_told and not (rule.left and rule.right):
        yield f"side: by {rule.by}, left and right say what is told"
    if (rule.by == "fixed") != (rule.foot is not None):
        yield "side.foot: it belongs to by = 'fixed'"
    if (rule.by == "read") != (rule.channel is not None):
        yield "side.channel: it belongs to by = 'read'"
    if rule.channel is not None and rule.channel not in description.link.read:
        yield "side.channel: list it in link.read too"
    has_field = any(each.use == "side" for each in description.fields)
    if has_field != (rule.by == "field"):
        yield "side.by: 'field' belongs to a field with use = 'side'"
    if rule.by == "prefix" and description.frame.kind not in ("lines", "marker"):
        yield "side.by: 'prefix' belongs to frames of kind 'lines' or 'marker'"
    if rule.by == "prefix" and description.frame.kind == "marker":
        sizes = {len(each.encode()) for each in (*rule.left, *rule.right)}
        if sizes != {len(marker_of(description.frame))}:
            yield "side: beginnings have the length of frame.marker, which stands for both"


def _both(description: Description) -> Iterator[str]:
    """What one connection for both feet needs."""
    rule, link = description.side, description.link
    if rule.both and rule.by not in ("field", "prefix", "notify", "halves"):
        yield "side.both: by a field, a prefix, the characteristic (notify) or halves"
    if not rule.carries_both:
        return
    if rule.name_left or rule.name_right:
        yield "side.name_left: the name of a device with both feet tells neither"
    if rule.by == "halves" and (rule.left or rule.right):
        yield "side.left: by halves, the fields say their foot"
    if description.frame.kind == "batch" and rule.by != "halves":
        yield "side.both: a batch holds both feet by halves only"
    if rule.by == "notify":
        if len(rule.left) != 1 or len(rule.right) != 1 or rule.left == rule.right:
            yield "side: by notify, left and right are one characteristic each"
        for foot, uuids in (("left", rule.left), ("right", rule.right)):
            if any(each not in link.notify or each in link.optional for each in uuids):
                yield f"side.{foot}: list it in link.notify, and not in link.optional"


def uses(description: Description) -> Iterator[str]:
    """How often fields of each use are there, of either foot."""
    is_halved = description.side.by == "halves"
    for foot in ("left", "right") if is_halved else (None,):
        mine = [each for each in description.fields if not is_halved or each.foot in (None, foot)]
        many = Counter(each.use for each in mine)
        of = "" if foot is None else f" for the {foot} foot"
        if many["pressure"] != 1:
            yield f"fields: exactly one has use = 'pressure'{of}, here {many['pressure']}"
        for use in ("counter", "clock", "delta", "side", "battery"):
            if many[use] > 1:
                yield f"fields: at most one has use = '{use}'{of}"
    for index, each in enumerate(description.fields):
        if each.foot is not None and not is_halved:
            yield f"fields[{index}].foot: it belongs to side.by = 'halves'"
        elif is_halved and each.use == "pressure" and each.foot is None:
            yield f"fields[{index}].foot: whose pressure it is"
    alike = {
        (each.count, each.scale, each.add, each.add_first, each.decimals)
        for each in description.fields
        if each.use == "pressure"
    }
    if is_halved and len(alike) > 1:
        yield "fields: pressures of both feet have one count, scale, add and decimals"
