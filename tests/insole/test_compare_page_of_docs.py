"""docs/compare.md says what the program does: rows, codes, verdicts, a plan that can be used."""

import re
import tomllib
from pathlib import Path

from insole.compare import answers
from insole.compare.chosen import BY_ID
from insole.compare.document import CODE_SENTENCES
from insole.compare.matching import DELIBERATE
from insole.compare.plans import plan_of
from insole.parameters import Parameters
from tests.insole.test_compare_matching import CAUTIONS, REFUSALS, WHOLE

PAGE = (Path(__file__).parents[2] / "docs" / "compare.md").read_text(encoding="utf-8")
P = Parameters()


def test_every_row_and_code_is_explained():
    rows = {code.partition("_")[2] for code, *_ in (*CAUTIONS, *REFUSALS, *WHOLE)}
    assert all(f"`{row}`" in PAGE for row in rows)
    assert all(f"`{code}`" in PAGE for code in CODE_SENTENCES)
    assert all(name in PAGE for name in DELIBERATE)


def test_every_verdict_is_explained():
    verdicts = (
        answers.CLEARLY_DIFFERENT,
        answers.SMALL_CONSISTENT,
        answers.DIFFERENT,
        answers.PRACTICALLY_SAME,
        answers.CANNOT_TELL,
        answers.RECORDINGS_ONLY,
    )
    assert all(f"`{verdict}`" in PAGE for verdict in verdicts)


def test_the_plan_of_the_page_can_be_used():
    text = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL).group(1)
    plan = plan_of(tomllib.loads(text), where="docs/compare.md")
    assert plan.primary == ("contact_s",)
    assert plan.primary[0] in BY_ID


def test_limits_of_the_page_are_those_of_the_program():
    assert P.several("compare.speed_m_s") == (0.1, 0.3)
    assert P.several("compare.cadence_spm") == (3.0, 6.0)
    assert "within 0.1 m/s | within 0.3" in PAGE
    assert "within 3 steps a minute | within 6" in PAGE
    shares = P.several("compare.coverage")
    assert (
        "| `COVERAGE` | {:.0%} of the samples | {:.0%} |".format(*shares).replace("%", " %") in PAGE
    )
