"""What may be compared: one row of the table after the other, at its limits and beyond."""

from dataclasses import replace

import pytest

from insole.compare.chosen import BY_ID, CHOSEN, FORCE_CURVE
from insole.compare.conditions import together
from insole.compare.matching import DELIBERATE, match
from insole.errors import RequestError
from insole.model.foot import REGIONS, Side
from insole.parameters import Parameters
from tests.insole.compared_trials import FOOT, USUAL

P = Parameters()


def with_feet(**changes):
    foot = replace(FOOT, **changes)
    return replace(USUAL, feet={Side.LEFT: foot, Side.RIGHT: foot})


def codes(a, b, **options):
    return {one.code for one in match(a, b, parameters=P, **options).rulings}


def of(a, b, name, **options):
    metric = FORCE_CURVE if name == "force" else BY_ID[name]
    return {one.code for one in match(a, b, parameters=P, **options).of(metric)}


def test_what_is_alike_has_no_limit():
    assert codes(USUAL, USUAL) == set()


CAUTIONS = [
    ("CAUTION_SLOPE", replace(USUAL, slope_deg=2.0), "contact_s"),
    ("CAUTION_SPEED", replace(USUAL, speed_m_s=3.2), "contact_s"),
    ("CAUTION_SPEED", replace(USUAL, speed_m_s=None), "peak_force_N"),
    ("CAUTION_CADENCE", replace(USUAL, cadence_spm=173.0), "impulse_N_s"),
    ("CAUTION_SHOE", replace(USUAL, shoe="soft"), "tripod_heel"),
    ("CAUTION_SHOE", replace(USUAL, shoe=""), "tripod_heel"),
    ("CAUTION_SURFACE", replace(USUAL, surface="track"), "contact_s"),
    ("CAUTION_LAYOUT", with_feet(unit="unit 8"), "tripod_heel"),
    ("CAUTION_GAIN", with_feet(scale="other"), "peak_force_N"),
    ("CAUTION_TARE", replace(USUAL, swing_share=0.03), "peak_force_N"),
    ("CAUTION_THRESHOLD", replace(USUAL, level="20 N"), "impulse_N_s"),
    ("CAUTION_RATE", with_feet(rate_hz=500.0), "contact_s"),
    ("CAUTION_COVERAGE", with_feet(coverage=0.92), "cop_y_mm"),
    ("CAUTION_CLIPPED", replace(USUAL, clipped=0.05), "peak_force_N"),
    ("CAUTION_WEAR", replace(USUAL, worn_s=100.0), "peak_force_N"),
    ("CAUTION_WEAR", replace(USUAL, worn_s=3600.0), "impulse_N_s"),
    ("CAUTION_MASS", replace(USUAL, mass_kg=75.0), "peak_force_N"),
]


@pytest.mark.parametrize(("code", "b", "metric"), CAUTIONS)
def test_each_caution_is_of_the_numbers_that_it_touches(code, b, metric):
    assert codes(USUAL, b) == codes(b, USUAL)
    assert code in of(USUAL, b, metric)
    assert not match(USUAL, b, parameters=P).whole


REFUSALS = [
    ("REFUSE_SPEED", replace(USUAL, speed_m_s=3.4), "contact_s"),
    ("REFUSE_SPEED", replace(USUAL, speed_m_s=3.4), "cadence_spm"),
    ("REFUSE_SPEED", replace(USUAL, speed_m_s=3.4), "force"),
    ("REFUSE_CADENCE", replace(USUAL, cadence_spm=175.0), "po50_N_s"),
    ("REFUSE_LAYOUT", with_feet(layout="other"), "peak_pressure_kPa"),
    ("REFUSE_GAIN", replace(USUAL, k_dyn=1.16), "peak_force_BW"),
    ("REFUSE_GAIN", with_feet(quantity="counts"), "impulse_N_s"),
    ("REFUSE_TARE", replace(USUAL, swing_share=0.06), "impulse_N_s"),
    ("REFUSE_THRESHOLD", replace(USUAL, level="20 N"), "contact_s"),
    ("REFUSE_THRESHOLD", replace(USUAL, filter="zero_phase"), "po50_N_s"),
    ("REFUSE_RATE", with_feet(rate_hz=100.0), "vilr_BW_per_s"),
    ("REFUSE_SIDE", replace(USUAL, sync_sd_s=0.004), "si_flight_s"),
    ("REFUSE_SIDE", replace(USUAL, feet={Side.LEFT: FOOT}), "si_contact_s"),
    ("REFUSE_CLIPPED", replace(USUAL, clipped=0.2), "peak_force_N"),
    ("REFUSE_MASS", replace(USUAL, mass_kg=None), "peak_force_BW"),
    ("REFUSE_REGION", with_feet(observable=tuple(r for r in REGIONS if r != "HAL")), "share_hal"),
]


@pytest.mark.parametrize(("code", "b", "metric"), REFUSALS)
def test_each_refusal_is_of_the_numbers_that_it_touches_and_leaves_others(code, b, metric):
    for one, two in ((USUAL, b), (b, USUAL)):
        assert of(one, two, metric) == {code}
        matching = match(one, two, parameters=P)
        kept = [
            each
            for each in CHOSEN
            if not any(ruling.level == "refused" for ruling in matching.of(each))
        ]
        assert kept


WHOLE = [
    ("REFUSE_PERSON", replace(USUAL, athlete="P2")),
    ("REFUSE_ACTIVITY", replace(USUAL, activity="walk")),
    ("REFUSE_SLOPE", replace(USUAL, slope_deg=4.0)),
    ("REFUSE_VERSION", replace(USUAL, parameters="others")),
    ("REFUSE_VERSION", replace(USUAL, version="0.0.1")),
    ("REFUSE_COVERAGE", with_feet(coverage=0.85)),
]


@pytest.mark.parametrize(("code", "b"), WHOLE)
def test_what_is_another_thing_altogether_refuses_all(code, b):
    assert code in {one.code for one in match(USUAL, b, parameters=P).whole}


def test_feet_that_are_not_the_same_refuse_all():
    left = replace(USUAL, feet={Side.LEFT: FOOT})
    right = replace(USUAL, feet={Side.RIGHT: FOOT})
    assert "REFUSE_SIDE" in {one.code for one in match(left, right, parameters=P).whole}


@pytest.mark.parametrize("apart", [0.1, 0.0999])
def test_speeds_within_a_tenth_are_fine(apart):
    assert codes(USUAL, replace(USUAL, speed_m_s=3.0 + apart)) == set()


def test_cadence_is_never_refused_for_cadence():
    far = replace(USUAL, cadence_spm=190.0)
    assert of(USUAL, far, "cadence_spm") == set()


@pytest.mark.parametrize(
    ("name", "b"),
    [
        ("activity", replace(USUAL, activity="walk")),
        ("slope", replace(USUAL, slope_deg=6.0)),
        ("speed", replace(USUAL, speed_m_s=4.0)),
        ("cadence", replace(USUAL, cadence_spm=190.0)),
        ("shoe", replace(USUAL, shoe="soft")),
        ("surface", replace(USUAL, surface="track")),
        ("layout", with_feet(unit="unit 8")),
        ("mass", replace(USUAL, mass_kg=80.0)),
        ("rate", with_feet(rate_hz=400.0)),
        ("wear", replace(USUAL, worn_s=60.0)),
    ],
)
def test_a_declared_factor_waives_its_row_and_is_named(name, b):
    assert name in DELIBERATE
    rulings = match(USUAL, b, factors=[name], parameters=P).rulings
    about = [one for one in rulings if one.factor == name.upper()]
    assert {one.code for one in about} == {f"FACTOR_{name.upper()}"}
    assert not any(one.widen(metric, 1.0) for one in about for metric in CHOSEN)


def test_a_factor_that_is_none_is_refused_with_those_that_are():
    with pytest.raises(RequestError, match="'sped' is no factor"):
        match(USUAL, USUAL, factors=["sped"], parameters=P)


def test_a_faster_b_widens_contact_by_13_percent_for_each_metre_a_second():
    faster = replace(USUAL, speed_m_s=3.18)
    (ruling,) = match(USUAL, faster, parameters=P).of(BY_ID["contact_s"])
    assert ruling.widen(BY_ID["contact_s"], 0.25) == pytest.approx(0.13 * 0.18 * 0.25)
    assert ruling.widen(BY_ID["peak_force_N"], 1600.0) == pytest.approx(0.06 * 0.18 * 1600.0)
    assert "B was 0.18 m/s faster; up to 2.3 % may come from that (included)" in ruling.told


def test_cadence_widens_impulses_by_a_percent_for_each_percent():
    quicker = replace(USUAL, cadence_spm=172.0)
    (ruling,) = match(USUAL, quicker, parameters=P).of(BY_ID["impulse_N_s"])
    assert ruling.widen(BY_ID["impulse_N_s"], 240.0) == pytest.approx(240.0 * 4.0 / 170.0)


def test_unequal_rates_widen_contact_by_the_difference_of_their_tabulated_biases():
    slow, fast = with_feet(rate_hz=100.0), with_feet(rate_hz=200.0)
    ruling = next(
        one for one in match(slow, fast, parameters=P).rulings if one.code == "CAUTION_RATE"
    )
    assert ruling.widen(BY_ID["contact_s"], 0.25) == pytest.approx(2.4e-3 - 0.6e-3)


def test_several_trials_are_as_their_mean_and_as_their_worst():
    quick = replace(USUAL, speed_m_s=3.2, clipped=0.3, shoe="soft")
    both = together([USUAL, quick])
    assert both.speed_m_s == pytest.approx(3.1)
    assert both.clipped == 0.3
    assert both.shoe == "flat / soft"
    assert together([quick, USUAL]) == replace(both, k_u=together([quick, USUAL]).k_u)
    assert together([USUAL, replace(USUAL, speed_m_s=None)]).speed_m_s is None
