"""A comparison in few sentences: what stands out, what is not compared; the rest is a table."""

from __future__ import annotations

from insole.compare.document import Compared
from insole.compare.words import ONCE


def verdict_words(verdict: str) -> str:
    """A verdict as people read it."""
    return verdict.replace("_", " ")


def sentences(result: Compared, *, brief: bool = False) -> list[str]:
    """Each number in a sentence; those that are not compared together, by reason.

    Args:
        result: the comparison.
        brief: beside a table: those whose interval holds 0 are named together.
    """
    if result.setting.same:
        return []
    said: list[str] = []
    refused: dict[str, list[str]] = {}
    quiet: list[str] = []
    for one in result.answers:
        if one.refused:
            _, _, why = one.sentence.partition(" not compared: ")
            refused.setdefault(why, []).append(one.metric.noun)
        elif brief and (ends := one.difference.ci95) and ends[0] <= 0.0 <= ends[1]:
            quiet.append(one.metric.noun)
        else:
            said.append(one.sentence.replace(ONCE, "").replace("  ", " ").strip())
    if quiet:
        said.append(f"The interval of B less A holds 0: {', '.join(quiet)}.")
    if result.setting.design.kind == "recordings":
        said.append(ONCE)
    said += [
        f"Not compared: {', '.join(nouns)}. {why[:1].upper()}{why[1:]}"
        for why, nouns in refused.items()
    ]
    if result.curve is not None:
        said.append(result.curve.sentence)
        said += [each for _, each in result.curve.landmarks.values()]
    return said


def left_out(result: Compared) -> list[str]:
    """Trials that have no part in it."""
    dropped = result.document["dropped"]
    return [f"{why if name in why else f'{name}: {why}'}." for name, why in dropped.items()]
