"""What a metric's definition holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Table: TypeAlias = Literal["steps", "gait_line", "standing", "hops", "springs"]
Ready: TypeAlias = Literal["toe-off", "next foot strike", "summary"]
Direction: TypeAlias = Literal["none", "more is faster", "compare with own baseline"]

MASS = "body mass"
FORCE = "force"
BOTH = "both feet"
MEDIUM = "100 Hz"
FAST = "200 Hz"
COP = "centre of pressure"
PRESSURE = "pressure of each sensor"


@dataclass(frozen=True, slots=True)
class MetricSpec:
    """Definition of one number, for JSON, tables, tooltips and the page of definitions.

    Attributes:
        id: name in JSON and in tables, with its unit.
        symbol: short sign for people; carries the reporting level where the value depends on it.
        name: what it is called.
        unit: of the value.
        formula: how it is computed.
        definition: one sentence.
        source: where the definition comes from.
        needs: what must be there: MASS, FORCE, BOTH, MEDIUM, FAST, COP, PRESSURE or
            a region's name.
        limits: what it cannot say, a sentence; "" when nothing is to be added.
        direction: whether more or less means something by itself.
        ready: when a step's value is known.
        table: where it stands: a column of steps, or a section of the document.
    """

    id: str
    symbol: str
    name: str
    unit: str
    formula: str
    definition: str
    source: str
    needs: tuple[str, ...] = (FORCE,)
    limits: str = ""
    direction: Direction = "none"
    ready: Ready = "toe-off"
    table: Table = "steps"
