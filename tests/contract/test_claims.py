"""Nothing is claimed that an insole cannot know: no page, no text of the program, no definition.

The list is that of section 10.2 of the specification. A sentence may name such a thing only to deny
it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from insole.commands.summary import lines
from insole.metrics import registry
from tests.insole.whole_trials import analysed, truth_of

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
PACKAGES = ("insole", "gui/insole_gui", "recordings/insole_recordings", "drivers/insole_drivers")

CLAIMS = {
    "injury": r"injur",
    "diagnosis": r"diagnos|patholog|neuropath|flat f(oo|ee)t|fasciitis|shin splint",
    "pronation": r"pronat",
    "clearance for sport": r"return[- ]to[- ](sport|play)",
    "risk of falling or ulcers": r"fall[- ]risk|risk of falling|\bulcer",
    "treatment": r"\btreatments?\b|\btherap|\brehabilitat|\bprevent(s|ion)? (of )?(pain|overuse)",
    "effect of training studies": r"2\.4\d? ?(×|x|times)|times less likely|fewer injuries",
    "strength of muscles": r"muscle strength|strength of (a|the) muscle|muscles? (get|become)\b",
    "force plate": r"ground reaction force|\bGRF\b",
    "forward propulsion": r"propuls",
}
DENIAL = re.compile(
    r"\b(not?|never|nothing|cannot|none|nor|without|neither|does not|is no)\b", re.I
)
FILES_OF_OTHERS = (
    ".mot file of the ground reaction forces",  # what such a file holds, by its own name
    ".._grf_..csv",
)
WORDS_OF_MAKERS = {"pronation": ("docs/protocols", "drivers/insole_drivers/protocols")}
"""Where a device sends an angle under this name, its protocol is told in the device's words."""


def sentences(text: str) -> Iterator[str]:
    """Sentences and cells of tables, on one line each."""
    plain = re.sub(r"[ \t]*\n(?![\n\-*|#])[ \t]*", " ", text)
    for part in re.split(r"(?<=[.!?])\s+|\n+| \| ", plain):
        if " " in part.strip():
            yield part.strip()


def strings(path: Path) -> Iterator[str]:
    """Every text in a module that is more than a name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from sentences(node.value)


def of_maker(claim: str, path: Path) -> bool:
    """Does the page or module tell a maker's protocol, in which this word is a name?"""
    here = path.relative_to(ROOT).as_posix()
    return here.startswith(WORDS_OF_MAKERS.get(claim, ("-",)))


def claimed(texts: Iterator[str], pattern: str) -> list[str]:
    found = re.compile(pattern, re.I)
    return [
        text
        for text in texts
        if found.search(text)
        and not DENIAL.search(text)
        and not any(known in text for known in FILES_OF_OTHERS)
    ]


@pytest.mark.parametrize("claim", CLAIMS)
def test_no_page_claims_it(claim):
    said = {
        path.name: found
        for path in PAGES
        if not of_maker(claim, path)
        and (found := claimed(sentences(path.read_text(encoding="utf-8")), CLAIMS[claim]))
    }
    assert not said


@pytest.mark.parametrize("claim", CLAIMS)
def test_no_text_of_the_program_claims_it(claim):
    said = {
        str(path.relative_to(ROOT)): found
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if not of_maker(claim, path) and (found := claimed(strings(path), CLAIMS[claim]))
    }
    assert not said


@pytest.mark.parametrize("claim", CLAIMS)
def test_no_definition_claims_it(claim):
    texts = [
        text
        for spec in registry.all_metrics()
        for field in (spec.name, spec.definition, spec.limits, spec.formula)
        for text in sentences(f"{field} ")
    ]
    assert not claimed(iter(texts), CLAIMS[claim])


def test_the_search_finds_a_claim_and_lets_a_denial_pass():
    bold = ["It lowers your injury risk.", "It says nothing about injury.", "corrects pronation"]
    assert claimed(iter(bold), CLAIMS["injury"]) == bold[:1]
    assert claimed(iter(bold), CLAIMS["pronation"]) == bold[2:]


def test_no_number_has_a_direction_of_health():
    allowed = {"none", "more is faster", "compare with own baseline"}
    assert {spec.direction for spec in registry.all_metrics()} <= allowed


def test_results_say_what_they_are_for():
    last = lines(analysed(truth_of("run"), seconds=6.0))[-1]
    assert "not a medical device" in last
    assert "Force under the foot" in last
    assert "not a medical device" in (ROOT / "README.md").read_text(encoding="utf-8")
