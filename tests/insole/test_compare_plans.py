"""A plan of blocks: checked, drawn by lot before, and what may be said of it afterwards."""

import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from insole.cli import main
from insole.compare.document import compared
from insole.compare.plans import carried_out, drawn, plan_of, read_plan, written
from insole.errors import RequestError
from tests.insole.compared_trials import USUAL, trial
from tests.insole.test_compare_words import BANNED

TOLD = {
    "factor": "shoe",
    "conditions": ["X", "Y"],
    "primary": ["contact_s"],
    "margin": 0.009,
    "blocks": 6,
    "period_s": 120,
    "washout_s": 5,
    "seed": 20260301,
}
NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
AFTER_S = NOW.timestamp() + 3600.0
PLAN = drawn(plan_of(TOLD, where="plan"), now=NOW)


def recorded(plan, *, shorter_s=0.02, first_s=AFTER_S, without=()):
    """Both conditions of each block, in the order of the plan, ten minutes apart."""
    sides = {"A": [], "B": []}
    when = first_s
    for number, order in enumerate(plan.order):
        for name in order:
            when += 600.0
            if (number, name) in without:
                continue
            shoe = plan.conditions["AB".index(name)]
            known = replace(USUAL, begin_s=when, worn_s=130.0, shoe=shoe)
            contact_s = 0.25 - (shorter_s if name == "B" else 0.0)
            seed = 100 * number + (name == "B")
            sides[name].append(trial(seed, contact_s=contact_s, conditions=known, steps=60))
    return sides["A"], sides["B"]


def test_a_plan_is_what_its_fields_say():
    plan = plan_of(TOLD, where="plan")
    assert plan.margin == {"contact_s": 0.009}
    assert plan.factors == ("shoe",)
    assert plan.order == ()


def test_all_mistakes_are_named_at_once():
    wrong = {
        **TOLD, "blocks": 5, "primary": ["contact_s", "speed of light"], "period_s": "long",
        "conditions": ["X", "X"], "colour": "red", "seed": -1, "factor": 7,
    }  # fmt: skip
    with pytest.raises(RequestError) as told:
        plan_of(wrong, where="plan.toml")
    for part in ("blocks", "speed of light", "period_s", "conditions", "colour", "seed", "factor",
                 "margin"):  # fmt: skip
        assert part in str(told.value)
    assert str(told.value).count("\n") == 0


@pytest.mark.parametrize("missing", ["factor", "conditions", "primary", "blocks", "period_s"])
def test_a_field_that_is_missing_is_named(missing):
    told = {name: value for name, value in TOLD.items() if name != missing}
    with pytest.raises(RequestError, match=missing):
        plan_of(told, where="plan")


@pytest.mark.parametrize(
    "value", [[1, 2], {"a": 1}, True, float("nan"), float("inf"), "", [], [["X", "Y"]], 10**30]
)
@pytest.mark.parametrize("name", [*TOLD, "order", "drawn", "sha256"])
def test_no_value_of_any_field_does_worse_than_a_named_mistake(name, value):
    with suppress(RequestError):
        plan_of({**TOLD, name: value}, where="plan")


def test_the_lot_follows_from_the_seed_and_is_fair():
    again = drawn(plan_of(TOLD, where="plan"), now=NOW)
    assert again == PLAN
    orders = [
        drawn(plan_of({**TOLD, "seed": seed}, where="plan"), now=NOW).order for seed in range(400)
    ]
    first = sum(order.count("AB") for order in orders)
    assert abs(first - 1200) < 4 * (2400 * 0.25) ** 0.5


def test_what_is_written_is_read_again(tmp_path):
    path = tmp_path / "planned.toml"
    path.write_text(written(PLAN))
    assert read_plan(path) == PLAN
    assert read_plan(path).hashed() == PLAN.sha256


def test_blocks_in_the_planned_order_are_tested_by_all_orders_of_signs():
    """Six blocks of the same sign: 2 of 64 patterns are as far, 3.1 %."""
    a, b = recorded(PLAN)
    whole = compared(a, b, plan=PLAN).document
    contact = whole["metrics"]["contact_s"]
    assert whole["unit"] == "block"
    assert contact["p"] == pytest.approx(2 / 64)
    assert contact["margin"] == 0.009
    assert contact["margin_source"] == "plan"
    assert contact["sentence"].startswith("In your 6 randomised blocks contact time was ")
    assert "shorter with shoe Y" in contact["sentence"]
    assert "3.1 % of orders would do this by chance" in contact["sentence"]
    assert not BANNED.search(contact["sentence"])
    assert whole["plan"]["in_advance"] is True
    assert whole["plan"]["sha256"] == PLAN.sha256
    assert "FACTOR_SHOE" in whole["codes"]
    assert whole["header"].startswith("Tested as planned: Contact time.")
    told = whole["plan"]["carry_over"]["contact_s"]
    known = [one for one in (told["AB"], told["BA"]) if one is not None]
    assert all(one == pytest.approx(-0.02, abs=0.01) for one in known)


def test_only_planned_numbers_say_with():
    a, b = recorded(PLAN)
    whole = compared(a, b, plan=PLAN).document
    others = [one["sentence"] for name, one in whole["metrics"].items() if name != "contact_s"]
    assert not any("with shoe" in said for said in others)


def test_an_edited_plan_was_not_planned_in_advance():
    edited = replace(PLAN, margin={"contact_s": 0.001})
    a, b = recorded(edited)
    whole = compared(a, b, plan=edited).document
    assert whole["plan"]["in_advance"] is False
    assert "ORDER_NOT_PLANNED" in whole["codes"]
    assert "with shoe" not in whole["metrics"]["contact_s"]["sentence"]
    assert "The order was not planned in advance." in whole["cautions"]
    assert "explored" in whole["methods"]


def test_recordings_older_than_the_plan_were_not_planned():
    a, b = recorded(PLAN, first_s=NOW.timestamp() - 86_400.0)
    found = carried_out(PLAN, a, b)
    assert found.late == "a recording is older than the plan"


def test_recordings_in_another_order_were_not_planned():
    a, b = recorded(PLAN)
    assert carried_out(PLAN, b, a).late


@pytest.mark.parametrize("name", ["A", "B"])
def test_a_lost_period_loses_its_block_alone_and_is_listed(name):
    longer = drawn(plan_of({**TOLD, "blocks": 8}, where="plan"), now=NOW)
    a, b = recorded(longer, without={(2, name)})
    found = carried_out(longer, a, b)
    assert list(found.lost) == [3]
    assert found.late == ""
    assert len(found.design.a) == 7
    whole = compared(a, b, plan=longer).document
    assert list(whole["plan"]["lost"]) == ["3"]
    assert "lost: 3" in whole["methods"]


def test_five_blocks_are_estimated_and_not_tested():
    a, b = recorded(PLAN, without={(0, "A"), (0, "B")})
    contact = compared(a, b, plan=PLAN).document["metrics"]["contact_s"]
    assert contact["ci95"] is not None
    assert contact["p"] is None
    assert "too_few_blocks" in contact["codes"]


def test_the_begin_of_each_period_is_discarded():
    a, b = recorded(PLAN)
    found = carried_out(replace(PLAN, washout_s=20.0, period_s=30.0), a, b)
    for unit in found.design.a:
        for foot in unit.trials[0].feet.values():
            strikes = foot.value["foot_strike_s"]
            assert strikes.min() >= 20.0
            assert strikes.max() <= 50.0
            assert len(foot.force) == len(foot)
        left, right = unit.trials[0].pairs
        assert len(left) == len(right) == len(foot)


def test_a_plan_is_checked_and_drawn_into_a_new_file(tmp_path, capsys):
    path, out = tmp_path / "plan.toml", tmp_path / "planned.toml"
    text = "\n".join(f"{name} = {json.dumps(value)}" for name, value in TOLD.items())
    path.write_text(text)
    assert main(["compare", "--plan", str(path), "-o", str(out)]) == 0
    assert path.read_text() == text
    assert read_plan(out).order == PLAN.order
    assert read_plan(out).sha256 == read_plan(out).hashed()
    assert main(["compare", "--plan", str(path), "-o", str(out)]) == 2
    assert main(["compare", "--plan", str(out)]) == 0
    capsys.readouterr()
    assert main(["compare", "--plan", str(path)]) == 0
    assert "order = " in capsys.readouterr().out
    assert main(["compare", "--plan", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["order"] == list(PLAN.order)
    assert told["sha256"] == read_plan(out).sha256


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", b"blocks = ", b"a = 1\n" * 30_000, b"x = [" * 5000]
)
def test_a_file_that_is_no_plan_is_refused_in_one_line(tmp_path, content, capsys):
    path = tmp_path / "plan.toml"
    path.write_bytes(content)
    assert main(["compare", "--plan", str(path)]) == 2
    err = capsys.readouterr().err
    assert err.startswith("insole: error: ")
    assert err.count("\n") == 1
