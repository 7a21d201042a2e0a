"""A trial of one person in blocks, planned before the first recording (section 5.1).

A plan is a small text in TOML. The program checks it, draws the order of the blocks by lot and
writes both with the time and a hash of all of it to a new file; the user's file stays as it is.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np

from insole.compare.chosen import BY_ID
from insole.compare.designs import Design, Unit
from insole.compare.matching import DELIBERATE
from insole.compare.trials import FootSteps, Trial
from insole.errors import FileError, RequestError
from insole.model.trial import clock_of

MOST_BYTES = 100_000
FEWEST_BLOCKS, MOST_BLOCKS = 6, 200
MOST_PRIMARY = 3
LONGEST_S = 86_400.0
ORDERS = ("AB", "BA")
FIELDS = (
    "factor", "conditions", "primary", "margin", "blocks", "period_s", "washout_s", "seed",
    "order", "drawn", "sha256",
)  # fmt: skip
BY_PROGRAM = ("drawn", "sha256")

Order: TypeAlias = Literal["AB", "BA"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What was decided before.

    Attributes:
        factor: what is changed.
        conditions: names of A and of B.
        primary: metrics that are tested.
        margin: metric to the smallest change that counts.
        blocks: of two periods each.
        period_s: how long a period counts.
        washout_s: not counted at the begin of each recording.
        seed: of the lot.
        order: of each block; empty: not drawn yet.
        drawn: when the order was drawn, ISO 8601; "" where the program did not draw it.
        sha256: of all of it, as the program wrote it.
    """

    factor: str
    conditions: tuple[str, str]
    primary: tuple[str, ...]
    margin: Mapping[str, float]
    blocks: int
    period_s: float
    washout_s: float
    seed: int
    order: tuple[str, ...] = ()
    drawn: str = ""
    sha256: str = ""

    @property
    def factors(self) -> tuple[str, ...]:
        """Rows of the table of conditions that it waives."""
        return (self.factor,) if self.factor in DELIBERATE else ()

    def hashed(self) -> str:
        """Hash of everything that was decided, the order and the time."""
        told = {
            "factor": self.factor, "conditions": self.conditions, "primary": self.primary,
            "margin": dict(sorted(self.margin.items())), "blocks": self.blocks,
            "period_s": self.period_s, "washout_s": self.washout_s, "seed": self.seed,
            "order": self.order, "drawn": self.drawn,
        }  # fmt: skip
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Carried:
    """A plan as it was carried out.

    Attributes:
        plan: the plan.
        design: blocks that have both periods.
        order: of those blocks.
        lost: number of a block to the reason why it has no part.
        late: why it was not planned in advance; "" where it was.
    """

    plan: Plan
    design: Design
    order: tuple[str, ...]
    lost: Mapping[int, str] = field(default_factory=dict[int, str])
    late: str = ""


def read_plan(path: Path) -> Plan:
    """A plan from its file.

    Raises:
        FileError: it cannot be read.
        RequestError: it holds mistakes; all of them are named.
    """
    try:
        with path.open("rb") as stream:
            raw = stream.read(MOST_BYTES + 1)
        if len(raw) > MOST_BYTES:
            raise _unreadable(path, "it is too large for a plan")
        told = tomllib.loads(raw.decode())
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise _unreadable(path, str(error)) from error
    return plan_of(told, where=str(path))


def plan_of(told: Mapping[str, Any], *, where: str) -> Plan:
    """A plan from what its text says.

    Args:
        told: its fields.
        where: name of the file.

    Raises:
        RequestError: it holds mistakes; all of them are named.
    """
    wrong = [f"'{name}' is no field of a plan" for name in told if name not in FIELDS]
    wrong += [
        f"{name} is missing"
        for name in ("factor", "conditions", "primary", "blocks", "period_s", "washout_s")
        if name not in told
    ]
    found = _Fields(told, wrong)
    primary = found.texts("primary", least=1, most=MOST_PRIMARY)
    wrong += [
        f"primary: '{name}' is not compared; see `insole metrics list`"
        for name in primary
        if name not in BY_ID
    ]
    blocks = found.whole("blocks", least=FEWEST_BLOCKS, most=MOST_BLOCKS)
    order = found.texts("order", least=0, most=MOST_BLOCKS) if "order" in told else ()
    if order and (len(order) != blocks or not set(order) <= set(ORDERS)):
        wrong.append(f"order must hold {blocks} entries, each AB or BA")
    conditions = found.texts("conditions", least=2, most=2)
    plan = Plan(
        factor=found.text("factor"),
        conditions=(conditions[0], conditions[1]) if len(conditions) == 2 else ("A", "B"),
        primary=primary,
        margin=found.margins(primary),
        blocks=blocks,
        period_s=found.number("period_s", least=10.0, most=LONGEST_S),
        washout_s=found.number("washout_s", least=0.0, most=LONGEST_S),
        seed=found.whole("seed", least=0, most=2**63 - 1) if "seed" in told else 0,
        order=order,
        drawn=found.text("drawn") if "drawn" in told else "",
        sha256=found.text("sha256") if "sha256" in told else "",
    )
    if wrong:
        raise RequestError(
            "the plan cannot be used",
            where=where,
            why="; ".join(wrong),
            fix="Correct the fields; docs/compare.md has a plan to begin with",
        )
    return plan


class _Fields:
    """Fields of a plan by kind; a mistake is noted and something of the kind given back."""

    def __init__(self, told: Mapping[str, Any], wrong: list[str]) -> None:
        self._told, self._wrong = told, wrong

    def text(self, name: str) -> str:
        value = self._told.get(name, "")
        if not isinstance(value, str) or (name in self._told and not value.strip()):
            self._wrong.append(f"{name} must be a text")
            return ""
        return value.strip()

    def texts(self, name: str, *, least: int, most: int) -> tuple[str, ...]:
        value = self._told.get(name, [])
        words = [one for one in value if isinstance(one, str)] if isinstance(value, list) else []  # pyright: ignore[reportUnknownVariableType]
        good = isinstance(value, list) and len(words) == len(value) and len(set(words)) > 0  # pyright: ignore[reportUnknownArgumentType]
        distinct = name == "order" or len(set(words)) == len(words)
        if name in self._told and not (good and distinct and least <= len(words) <= most):
            many = f"{least}" if least == most else f"{max(least, 1)} to {most}"
            self._wrong.append(f"{name} must be a list of {many} different texts")
            return ()
        return tuple(words)

    def number(self, name: str, *, least: float, most: float) -> float:
        value = self._told.get(name, least)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self._wrong.append(f"{name} must be a number")
            return least
        if not least <= value <= most:
            self._wrong.append(f"{name} must lie between {least:g} and {most:g}")
            return least
        return float(value)

    def whole(self, name: str, *, least: int, most: int) -> int:
        value = self._told.get(name, least)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self._wrong.append(f"{name} must be a whole number from {least} to {most}")
            return least
        return value

    def margins(self, primary: Sequence[str]) -> dict[str, float]:
        """One number where there is one primary metric, else a table of metrics."""
        value = self._told.get("margin", {})
        if not isinstance(value, dict):
            if len(primary) != 1:
                self._wrong.append(
                    "margin must name its metrics, e.g. margin = { contact_s = 0.009 }"
                )
                return {}
            value = {primary[0]: value}
        known: dict[str, float] = {}
        for name, number in value.items():  # pyright: ignore[reportUnknownVariableType]
            if str(name) not in primary:  # pyright: ignore[reportUnknownArgumentType]
                self._wrong.append(f"margin: '{name}' is no primary metric")
            elif isinstance(number, bool) or not isinstance(number, (int, float)):
                self._wrong.append(f"margin of {name} must be a number")
            elif not 0.0 < number < 1e9:
                self._wrong.append(f"margin of {name} must be more than 0")
            else:
                known[str(name)] = float(number)  # pyright: ignore[reportUnknownArgumentType]
        return known


def drawn(plan: Plan, *, now: datetime) -> Plan:
    """The plan with an order by lot, the time, and the hash of it all.

    Args:
        plan: without an order.
        now: the time, with its zone.

    Raises:
        RequestError: it has an order already.
    """
    if plan.order:
        raise RequestError(
            "the plan has an order already",
            where="order",
            why="it is drawn once, before the first recording",
            fix="Leave it as it is, or take the line out of a new plan",
        )
    coins = np.random.Generator(np.random.PCG64(plan.seed)).integers(0, 2, plan.blocks)
    told = replace(
        plan,
        order=tuple(ORDERS[int(coin)] for coin in coins),
        drawn=now.isoformat(timespec="seconds"),
        sha256="",
    )
    return replace(told, sha256=told.hashed())


def told(plan: Plan) -> dict[str, Any]:
    """The plan for programs: its fields, and the hash that they have now."""
    return {
        "schema": "insole.plan/1",
        "factor": plan.factor,
        "conditions": list(plan.conditions),
        "primary": list(plan.primary),
        "margin": dict(plan.margin),
        "blocks": plan.blocks,
        "period_s": plan.period_s,
        "washout_s": plan.washout_s,
        "seed": plan.seed,
        "order": list(plan.order),
        "drawn": plan.drawn or None,
        "sha256": plan.hashed(),
    }


def written(plan: Plan) -> str:
    """The plan as a text in TOML."""
    margin = ", ".join(f"{name} = {value!r}" for name, value in sorted(plan.margin.items()))
    lines = [
        f"factor = {json.dumps(plan.factor)}",
        f"conditions = {json.dumps(list(plan.conditions))}  # A and B",
        f"primary = {json.dumps(list(plan.primary))}",
        *([f"margin = {{ {margin} }}"] if margin else []),
        f"blocks = {plan.blocks}",
        f"period_s = {plan.period_s:g}",
        f"washout_s = {plan.washout_s:g}",
        f"seed = {plan.seed}",
        f"order = {json.dumps(list(plan.order))}",
        f"drawn = {json.dumps(plan.drawn)}",
        f"sha256 = {json.dumps(plan.sha256)}  # of all lines above: an edited plan is another one",
    ]
    return "\n".join(lines) + "\n"


def carried_out(plan: Plan, a: Sequence[Trial], b: Sequence[Trial]) -> Carried:
    """The blocks of a plan out of the recordings of both conditions.

    Args:
        plan: with its order.
        a: trials of the first condition.
        b: of the second.

    Raises:
        RequestError: the plan has no order.
    """
    if not plan.order:
        raise RequestError(
            "the plan has no order",
            where="order",
            why="it is drawn before the first recording",
            fix="Draw it with `insole compare --plan PLAN.toml -o PLANNED.toml`",
        )
    late = _late(plan, [*a, *b])
    row = sorted(
        [("A", one) for one in a] + [("B", one) for one in b],
        key=lambda each: (each[1].conditions.begin_s or 0.0, each[1].name, each[0]),
    )
    found: list[tuple[str, Trial, Trial]] = []
    lost: dict[int, str] = {}
    places, used = _aligned(plan.order, "".join(name for name, _ in row))
    for number, (order, place) in enumerate(zip(plan.order, places, strict=True), start=1):
        if place is None:
            lost[number] = f"there is no {order[0]} followed by {order[1]}"
            continue
        pair = {name: _counted(trial, plan) for name, trial in row[place : place + 2]}
        few = [one.too_few for one in pair.values() if one.too_few]
        if few:
            lost[number] = few[0]
        else:
            found.append((order, pair["A"], pair["B"]))
    if used < len(row):
        late = late or "the recordings do not follow the order of the plan"
    units_a = tuple(Unit((one,), f"block {n}") for n, (_, one, _) in enumerate(found, start=1))
    units_b = tuple(Unit((two,), f"block {n}") for n, (_, _, two) in enumerate(found, start=1))
    return Carried(
        plan,
        Design("blocks", units_a, units_b),
        tuple(order for order, _, _ in found),
        lost,
        late,
    )


def _aligned(order: Sequence[str], names: str) -> tuple[list[int | None], int]:
    """Where each block lies in a row of recordings, so that most blocks are whole.

    A block takes two recordings in its order, or one that is all there is of it, or none.

    Args:
        order: AB or BA of each block.
        names: A or B of each recording, in order of time.

    Returns:
        First recording of each whole block, None of the others; and how many recordings were taken.
    """
    many = len(names)
    best = [[(0, 0)] * (many + 1) for _ in range(len(order) + 1)]
    taken = [[0] * (many + 1) for _ in order]
    for block in reversed(range(len(order))):
        later = best[block + 1]
        for at in range(many + 1):
            options = [(*later[at], 0)]
            if at < many:
                whole, used = later[at + 1]
                options.append((whole, used + 1, 1))
            if names[at : at + 2] == order[block]:
                whole, used = later[at + 2]
                options.append((whole + 1, used + 2, 2))
            whole, used, taken[block][at] = max(options)
            best[block][at] = whole, used
    places: list[int | None] = []
    at = 0
    for block in range(len(order)):
        places.append(at if taken[block][at] == 2 else None)
        at += taken[block][at]
    return places, at


def _late(plan: Plan, trials: Sequence[Trial]) -> str:
    """Why the order was not planned in advance; "" where it was."""
    when = clock_of(plan.drawn)
    if when is None or plan.sha256 != plan.hashed():
        return "the plan is not as the program wrote it"
    begins = [one.conditions.begin_s for one in trials]
    if any(begin is None for begin in begins):
        return "nobody knows when the recordings were made"
    if any(begin <= when for begin in begins if begin is not None):
        return "a recording is older than the plan"
    return ""


def _counted(trial: Trial, plan: Plan) -> Trial:
    """The part of a period that counts: after what is discarded, so long as the plan says."""
    begin_s = trial.start_s + plan.washout_s
    end_s = begin_s + plan.period_s
    kept = {
        side: (foot.value["foot_strike_s"] >= begin_s) & (foot.value["foot_strike_s"] <= end_s)
        for side, foot in trial.feet.items()
    }
    feet = {
        side: FootSteps(
            {name: column[kept[side]] for name, column in foot.value.items()},
            foot.force[kept[side]] if len(foot.force) else foot.force,
            foot.cop_mm,
        )
        for side, foot in trial.feet.items()
    }
    pairs = trial.pairs
    if len(kept) == 2 and len(pairs[0]):
        left, right = (kept[side] for side in sorted(kept))
        both = left[pairs[0]] & right[pairs[1]]
        pairs = (
            np.cumsum(left)[pairs[0][both]] - 1,
            np.cumsum(right)[pairs[1][both]] - 1,
        )
    used = sum(len(foot) for foot in feet.values())
    left_out = dict(trial.left_out)
    if trial.used > used:
        left_out["outside the period of the plan"] = trial.used - used
    return replace(trial, feet=feet, pairs=pairs, used=used, left_out=left_out)


def _unreadable(path: Path, why: str) -> FileError:
    return FileError("the plan cannot be read", where=str(path), why=why, fix="Give a plan in TOML")
