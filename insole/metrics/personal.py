"""What is usual for one person in one pair of shoes and insoles, out of earlier documents.

Neutral bands and targets are those of the person once three sessions of the same activity exist
(science.md, sections 1.5, 3.5 and 10.3); before that a sentence says what is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from insole.metrics.baseline import REAL_CHANGE_SD, SESSIONS, Baseline, baselines
from insole.metrics.matched import push_off_words
from insole.model.foot import Side
from insole.model.trial import clock_of

Document: TypeAlias = Mapping[str, Any]
SIDES = tuple(side.value for side in Side)
POSTURES = ("bipedal", "single")
QUADRIPOD = "quadripod"
RANGES = {"rearfoot": "standing_rearfoot_share", "medial": "standing_medial_share"}
"""Ranges of standing on both feet, and the entry of a span that they are made of."""
WHO = (("athlete", "who it is"), ("shoe", "the shoe"))


@dataclass(frozen=True, slots=True)
class Personal:
    """A personal baseline, or why there is none.

    Attributes:
        sessions: names of the earlier recordings that it rests on, or that are too few.
        why: a sentence where there is none; "" where there is.
        feet: side to metric to what it usually is.
        symmetry: metric to what its index SI usually is, %.
        targets: posture (`bipedal`, `single`) to shares of heel, first ray and fifth ray;
            `quadripod` to those of heel, both balls and big toe.
        ranges: `rearfoot`, `medial` and `left` to the range while standing on both feet.
        sway: `mvelo_mm_s` and `area_mm2` of standing on one foot.
        skipped: name of a recording to the reason why it is not among the sessions.
    """

    sessions: tuple[str, ...] = ()
    why: str = ""
    feet: Mapping[str, Mapping[str, Baseline]] = field(
        default_factory=dict[str, Mapping[str, Baseline]]
    )
    symmetry: Mapping[str, Baseline] = field(default_factory=dict[str, Baseline])
    targets: Mapping[str, tuple[float, ...]] = field(default_factory=dict[str, tuple[float, ...]])
    ranges: Mapping[str, tuple[float, float]] = field(
        default_factory=dict[str, tuple[float, float]]
    )
    sway: Mapping[str, float] = field(default_factory=dict[str, float])
    skipped: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def parameters(self) -> dict[str, float]:
        """Overrides of defaults.toml: targets of the tripod, limits of the balance score."""
        changed = {
            f"targets.{name}.{index + 1}": number
            for name, numbers in {**self.targets, **self.ranges}.items()
            for index, number in enumerate(numbers)
        }
        return changed | {f"balance.base_{name}": value for name, value in self.sway.items()}


NOT_ASKED = Personal(why="no earlier recordings were given")


def unlike(own: Document, other: Document) -> str:
    """Why another recording is no session of the same person, shoe, insoles and activity; "" if so.

    >>> unlike({"notes": {}}, {"notes": {}})
    'this recording does not say who it is'
    """
    for key, words in WHO:
        mine, theirs = (str(one["notes"].get(key, "")).strip().casefold() for one in (own, other))
        if key == "athlete" and not mine:
            return f"this recording does not say {words}"
        if mine != theirs:
            return f"{words} is another one" if theirs else f"it does not say {words}"
    for side in SIDES:
        mine, theirs = (_insole(one, side) for one in (own, other))
        if mine != theirs:
            return f"the {side} insole is another one" if theirs else f"it has no {side} foot"
    if own["activity"] != other["activity"]:
        return f"it is {other['activity'] or 'nothing'}, not {own['activity'] or 'nothing'}"
    if own["provenance"]["filter"] != other["provenance"]["filter"]:
        return "it was computed in another way"
    if _slope(own) != _slope(other):
        return "the slope is another one"
    if _part(other["provenance"], "decision").get("judgement") == "repeat":
        return "it was to be repeated"
    mine, theirs = when(own), when(other)
    return "it is later" if mine is not None and theirs is not None and theirs >= mine else ""


def _slope(document: Document) -> float:
    return float(_part(document["provenance"], "parameters_set").get("conditions.slope_deg", 0.0))


def when(document: Document) -> float | None:
    """Clock time of a recording's begin, s; None where nobody wrote it down."""
    return clock_of(str(document["notes"].get("wall_clock", "")))


def _insole(document: Document, side: str) -> str:
    foot = document["sides"][side]
    return "" if foot is None else str(foot["device"] or foot["layout"])


def personal(sessions: Mapping[str, Document], *, skipped: Mapping[str, str]) -> Personal:
    """The baseline of earlier sessions, all alike.

    Args:
        sessions: name to document, oldest first.
        skipped: name to the reason of what is no session.
    """
    names, documents = tuple(sessions), list(sessions.values())
    if len(names) < SESSIONS:
        found = f"{len(names)} earlier session{'' if len(names) == 1 else 's'}"
        reasons = ", ".join(sorted(set(skipped.values())))
        why = f"{found} of the same kind; {SESSIONS} are needed"
        return Personal(names, f"{why} ({reasons})" if reasons else why, skipped=skipped)
    summaries = {side: [_part(one["summary"], side) for one in documents] for side in SIDES}
    indices = [
        {
            name: {"mean": entry["si_percent"], "u_random": entry["u"]}
            for name, entry in _part(one["summary"], "symmetry").items()
        }
        for one in documents
    ]
    targets = {
        **{posture: _target(documents, posture) for posture in POSTURES},
        QUADRIPOD: _target(documents, None, entry=QUADRIPOD),
    }
    ranges = {name: _range(documents, name) for name in (*RANGES, "left")}
    return Personal(
        sessions=names,
        feet={side: baselines(summary) for side, summary in summaries.items()},
        symmetry=baselines(indices),
        targets={posture: shares for posture, shares in targets.items() if shares},
        ranges={name: ends for name, ends in ranges.items() if ends},
        sway=_sway(documents),
        skipped=skipped,
    )


def _target(
    documents: Sequence[Document], posture: str | None, *, entry: str = "tripod"
) -> tuple[float, ...] | None:
    """Median over sessions of each point's share while standing so, made to sum to 1.

    Args:
        documents: of the sessions.
        posture: one of POSTURES; None: any.
        entry: of a span, `tripod` or `quadripod`.
    """
    means: list[Any] = []
    for document in documents:
        held: list[list[float]] = []
        for span in _spans(document, posture):
            shares = [one for one in _part(span, entry).values() if one is not None]
            held += [[span["hold_s"], *one] for one in shares]
        if held:
            table = np.array(held)
            means.append(table[:, 0] @ table[:, 1:] / table[:, 0].sum())
    if len(means) < SESSIONS:
        return None
    medians = [float(one) for one in np.median(np.array(means), axis=0)]
    return tuple(one / sum(medians) for one in medians)


def _range(documents: Sequence[Document], name: str) -> tuple[float, float] | None:
    """Where a share of standing on both feet usually lies, 0 to 1; both feet count alike.

    At least as wide as the whole doubt of a session: its zero is another one each time.
    """
    sessions: list[dict[str, dict[str, float | None]]] = []
    for document in documents:
        held: list[tuple[float, float, float]] = []
        for span in _spans(document, POSTURES[0]):
            told = (
                _part(span, RANGES[name]) if name in RANGES else {name: _part(span, "left_share")}
            )
            held += [
                (span["hold_s"], one["value"], one["u"] or 0.0)
                for one in told.values()
                if one and one["value"] is not None
            ]
        if held:
            weight, value, doubt = np.array(held).T
            mean, u = (float(weight @ one / weight.sum()) for one in (value, doubt))
            sessions.append({name: {"mean": mean, "u_random": u}})
    usual = baselines(sessions).get(name)
    if usual is None:
        return None
    low, high = usual.band
    return max(low, 0.0), min(high, 1.0)


def _sway(documents: Sequence[Document]) -> dict[str, float]:
    """Median over sessions of the sway of standing on one foot."""
    found: dict[str, float] = {}
    for name in ("mvelo_mm_s", "area_mm2"):
        key = "sway_area_pe_mm2" if name == "area_mm2" else f"sway_{name}"
        means: list[float] = []
        for document in documents:
            values: list[float] = [
                sway[key]["value"]
                for span in _spans(document, "single")
                for sway in _part(span, "sway").values()
                if sway and sway[key]["value"] is not None
            ]
            if values:
                means.append(float(np.mean(values)))
        if len(means) >= SESSIONS:
            found[name] = float(np.median(means))
    return found


def _spans(document: Document, posture: str | None) -> list[Document]:
    spans: list[Document] = _part(document, "balance").get("spans") or []
    if posture is None:
        return spans
    return [span for span in spans if (span["side"] is None) == (posture == "bipedal")]


def _part(document: Document, key: str) -> Document:
    """A part of a document; empty where it has none."""
    part: Document | None = document.get(key)
    return {} if part is None else part


def banded(symmetry: Mapping[str, Document], known: Personal) -> dict[str, dict[str, Any]]:
    """Indices of symmetry with the band that applies: the person's own where there is one.

    Args:
        symmetry: as `summary.symmetry` gives it.
        known: the personal baseline.
    """
    answer: dict[str, dict[str, Any]] = {}
    for name, entry in symmetry.items():
        own = known.symmetry.get(name)
        half = float(entry["neutral_percent"])
        low, high = (-half, half) if own is None else own.band
        answer[name] = {
            **entry,
            "neutral_percent": half if own is None else REAL_CHANGE_SD * own.sd,
            "neutral": bool(low <= entry["si_percent"] <= high),
            "neutral_band_percent": [low, high],
            "neutral_from": "default" if own is None else "personal baseline",
        }
    return answer


def section(summary: Mapping[str, Document | None], known: Personal) -> dict[str, Any]:
    """The section `personal_baseline` of the document.

    Args:
        summary: `left` and `right` of this recording.
        known: the personal baseline.
    """
    said: dict[str, Any] = {"sessions": list(known.sessions), "why": known.why}
    for side in SIDES:
        today = _part(summary, side)
        said[side] = {
            name: {
                "median": usual.median,
                "sd": usual.sd,
                "sessions": usual.sessions,
                "band": list(usual.band),
                "changed": not usual.band[0] <= today[name]["mean"] <= usual.band[1],
            }
            for name, usual in known.feet.get(side, {}).items()
            if name in today and today[name]["mean"] is not None
        } or None
    said["push_off"] = {
        side: push_off_words(_part(summary, side), known.feet.get(side, {})) for side in SIDES
    }
    said["targets"] = {
        name: list(numbers) for name, numbers in {**known.targets, **known.ranges}.items()
    }
    said["skipped"] = dict(known.skipped)
    return said
