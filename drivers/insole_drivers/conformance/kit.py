"""`check`: every item on one driver."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from insole.errors import InsoleError
from insole.model.protocol import Companion, InsoleProtocol
from insole_drivers.conformance import items_bytes, items_life, items_stream
from insole_drivers.conformance.grade import Grade, Report, Unmet
from insole_drivers.conformance.one_foot import views
from insole_drivers.conformance.stage import Scene, Unheard, wish
from insole_drivers.conformance.subject import Subject
from insole_drivers.virtual.fast import Deadlock

ITEMS: Final[dict[str, Callable[[Subject], Grade]]] = {
    "decoding": items_stream.decoding,
    "loss": items_stream.loss,
    "duplicates": items_stream.duplicates,
    "reordering": items_stream.reordering,
    "corruption": items_stream.corruption,
    "truncation": items_stream.truncation,
    "bursts": items_stream.bursts,
    "clock": items_life.clock,
    "wrong rate": items_life.wrong_rate,
    "wrap-around": items_life.wrap_around,
    "reboot": items_life.reboot,
    "reconnect": items_life.reconnect,
    "mtu": items_life.mtu,
    "malformed": items_bytes.malformed,
    "side": items_life.side,
    "battery": items_life.battery,
    "settings": items_life.settings,
}
"""Item to what asks it."""

MARKS: Final = ("n/a", "pass", "note", "fail")


def check(protocol: InsoleProtocol, *, items: Iterable[str] | None = None) -> Report:
    """Play a virtual insole of this protocol against its driver and grade it.

    Nothing here waits: the event loop's time jumps. The same driver gets the same grades every
    time. Where one connection carries both feet, every item is asked of each.

    Args:
        protocol: the driver.
        items: names of `ITEMS` to ask; all by default.
    """
    asked = tuple(ITEMS if items is None else items)
    why = _cannot_be_asked(protocol)
    if why:
        grades = tuple(Grade(item, "n/a", why) for item in asked)
        return Report(protocol.name, protocol.title, grades)
    subjects = [Subject(each) for each in views(protocol)]
    if len(subjects) > 1:
        subjects[0].other, subjects[1].other = subjects[1], subjects[0]
    grades = tuple(_worst([_graded(subject, item) for subject in subjects]) for item in asked)
    return Report(protocol.name, protocol.title, grades)


def _cannot_be_asked(protocol: InsoleProtocol) -> str:
    """Why no virtual insole of this kind can be played; empty where one can."""
    if isinstance(protocol, Companion):
        return "it gives no pressure: it streams beside insoles"
    try:
        told = wish(protocol, Scene())
        protocol.encoder(told)
        protocol.advertise(told, battery=50)
    except InsoleError as error:
        return error.what
    return ""


def _worst(feet: list[Grade]) -> Grade:
    """The grade of an item that was asked of each foot."""
    worst = max(feet, key=lambda grade: MARKS.index(grade.mark))
    words = dict.fromkeys(grade.text for grade in feet)
    if len(words) == 1 or worst.mark == "fail":
        return worst
    return Grade(worst.item, worst.mark, "; ".join(words))


def _graded(subject: Subject, item: str) -> Grade:
    try:
        return ITEMS[item](subject)
    except (Unmet, Unheard, Deadlock) as why:
        return Grade(item, "fail", str(why))
    except InsoleError as error:
        return Grade(item, "fail", f"{error.what}: {error.why}")
    except Exception as error:  # noqa: BLE001  a foreign driver may raise anything
        return Grade(item, "fail", f"{type(error).__name__}: {error}")
