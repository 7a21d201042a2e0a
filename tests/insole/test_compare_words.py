"""Every sentence of a comparison: unit, interval, how many; and no word that claims too much."""

import re
from dataclasses import replace

import pytest

from insole.compare import words
from insole.compare.answers import Difference
from insole.compare.chosen import BY_ID, CHOSEN
from insole.compare.designs import Design
from insole.compare.document import CODE_SENTENCES
from insole.compare.matching import DELIBERATE, match
from insole.model.foot import Side
from insole.parameters import Parameters
from tests.insole.compared_trials import FOOT, USUAL
from tests.insole.test_compare_matching import CAUTIONS, REFUSALS, WHOLE

BANNED = re.compile(r"\b(" + "|".join(words.BANNED) + ")", re.IGNORECASE)
TRIALS = Design("trials", (), ())
RECORDINGS = Design("recordings", (), ())
VERDICTS = (
    "clearly_different", "small_consistent", "different", "practically_same", "cannot_tell",
    "recordings_only",
)  # fmt: skip


def found(metric, verdict, *, sign=1.0):
    """A difference with round numbers in the unit that people read."""
    one = sign / metric.factor
    low, high = sorted((18.1 * one, 23.9 * one))
    return Difference(
        A=231.0 / metric.factor, B=231.0 / metric.factor + 21.0 * one, diff=21.0 * one, n=(5, 5),
        ci95=(low, high), ci90=(low, high), margin=9.0 / metric.factor, p=0.01, n_needed=7,
        verdict=verdict, description_only=verdict == "recordings_only",
    )  # fmt: skip


@pytest.mark.parametrize("verdict", VERDICTS)
@pytest.mark.parametrize("metric", CHOSEN, ids=lambda metric: metric.id)
def test_every_verdict_of_every_number_has_unit_and_number_and_no_banned_word(metric, verdict):
    for sign in (1.0, -1.0):
        plan = RECORDINGS if verdict == "recordings_only" else TRIALS
        said = words.sentence(metric, found(metric, verdict, sign=sign), plan, level="20 N")
        assert not BANNED.search(said), said
        assert ("points" if metric.unit == "%" else metric.unit) in said
        assert "5 and 5" in said
        assert said.endswith(".")
        assert "no difference" not in said
        assert ("Timed at 20 N" in said) == bool(metric.tags & {"contact", "po50"})


def test_sentences_of_the_specification_come_out_word_for_word():
    contact = BY_ID["contact_s"]
    shorter = {verdict: words.sentence(contact, found(contact, verdict, sign=-1.0), TRIALS)
               for verdict in VERDICTS}  # fmt: skip
    start = "Contact time was 21.0 ms shorter in B (95 % interval 18.1 to 23.9; 5 and 5 trials)"
    assert shorter["clearly_different"] == (
        f"{start}, all beyond 9.0 ms, the smallest change that counts here."
    )
    assert shorter["different"] == f"{start}; it may be less than the 9.0 ms that count."
    same = replace(found(contact, "practically_same"), ci90=(-0.0034, 0.0018))
    assert words.sentence(contact, same, TRIALS) == (
        "Contact time: A and B agree within 9.0 ms (90 % interval −3.4 to 1.8; 5 and 5 trials)."
    )
    force = BY_ID["peak_force_N"]
    open_ended = replace(
        found(force, "cannot_tell"), ci95=(-84.284, 204.284), ci90=(-60.0, 180.0), margin=85.0
    )
    assert words.sentence(force, open_ended, TRIALS) == (
        "Largest force: these trials cannot tell A and B apart: anything from −84 to 204 N fits "
        "(95 % interval; 5 and 5 trials). About 7 trials each would be needed to see 85 N."
    )


def test_refusals_and_cautions_of_every_row_have_no_banned_word():
    for _, b, *_ in (*CAUTIONS, *REFUSALS, *WHOLE):
        for factors in ((), DELIBERATE):
            for one in match(USUAL, b, factors=factors, parameters=Parameters()).rulings:
                for said in (words.caution(one), words.whole([one])):
                    assert not BANNED.search(said), said
                    assert said.endswith(".")
                    assert ".." not in said


def test_refusals_of_the_specification_come_out_word_for_word():
    def refusal(a, b, name):
        rulings = match(a, b, parameters=Parameters()).of(BY_ID[name])
        return words.refused(BY_ID[name], rulings)

    assert refusal(replace(USUAL, speed_m_s=2.8), replace(USUAL, speed_m_s=3.3), "contact_s") == (
        "Contact time not compared: A was run at 2.8 m/s, B at 3.3. Record both within 0.1 m/s, "
        "or declare `--factor speed`."
    )
    assert "the force scales differ by 16 % (momentum check). Shares and timing are valid." in (
        refusal(USUAL, replace(USUAL, k_dyn=1.16), "peak_force_N")
    )
    blind = replace(FOOT, observable=("HEEL", "M1", "M45"))
    toeless = replace(USUAL, feet={Side.LEFT: blind, Side.RIGHT: blind})
    assert refusal(toeless, USUAL, "share_hal") == (
        "Big toe not compared: the insole of A has no sensor under the big toe."
    )


def test_push_off_whose_two_numbers_part_is_called_another_shape_and_nothing_else():
    late, whole = BY_ID["po50_N_s"], BY_ID["po_eff_N_s"]
    up, down = found(late, "different"), found(whole, "different", sign=-1.0)
    said = words.shape_changed({"po50_N_s": up, "po_eff_N_s": down})
    assert set(said) == {"po50_N_s", "po_eff_N_s"}
    assert all("shape changed" in one and not BANNED.search(one) for one in said.values())
    assert words.shape_changed({"po50_N_s": up, "po_eff_N_s": up}) == {}


def test_sentences_of_curves_say_where_and_how_many():
    said = words.curve_sentence([(54, 72)], [True], n="5 and 5 trials", tested=True, why="")
    assert said == (
        "Force under the foot was higher in B from 54 to 72 % of contact (simultaneous 95 % band; "
        "5 and 5 trials)."
    )
    none = words.curve_sentence([], [], n="5 and 5 trials", tested=True, why="")
    assert "no stretch stands out" in none


def test_sentences_of_codes_have_no_banned_word():
    assert not any(BANNED.search(said) for said in (*CODE_SENTENCES.values(), words.EXPLORED))
