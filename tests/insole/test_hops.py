"""Hops against the exact spring-mass hop (science.md, 9.2 G4), sets, landings, whole trials."""

from __future__ import annotations

from math import atan, pi, sqrt

import numpy as np
import pytest

from insole.metrics import hops
from insole.metrics.pair import attach_pair
from insole.model.foot import Side
from insole.model.gait import StepFlag, Steps
from insole.parameters import Parameters
from insole_drivers.virtual.gait import FOREFOOT, Formula
from tests.insole.closed_forms import G, hop
from tests.insole.gait_loads import load, steps_of
from tests.insole.whole_trials import MASS_KG, analysed, truth_of

P = Parameters()
BW = MASS_KG * G
EXAMPLES = (  # stiffness N/m, height m; t_c, t_f ms, F_pk BW, Dalleau kN/m of the page
    (25_000.0, 0.15, 197.3, 349.7, 4.453, 24.755),
    (20_000.0, 0.10, 232.3, 285.6, 3.612, 19.761),
    (40_000.0, 0.25, 146.8, 451.5, 6.489, 39.735),
)


def both_feet(
    stiffness: float = 25_000.0,
    height: float = 0.15,
    *,
    rate_hz: float = 100.0,
    hops_of: int = 12,
    phase: float = 0.0,
    right_share: float = 0.5,
    late_s: float = 0.0,
) -> tuple[Steps, Steps]:
    """Tables of both feet; the right one may carry another share, and be late."""
    signal = hop(stiffness, MASS_KG, height)
    feet = []
    for side, share, lead in (
        (Side.LEFT, 1.0 - right_share, 0.3),
        (Side.RIGHT, right_share, 0.3 + late_s),
    ):
        time, force = signal.train(rate_hz=rate_hz, strides=hops_of, phase=phase, lead_s=lead)
        feet.append(steps_of(load(time, share * force * BW), rate_hz=rate_hz, side=side))
    return attach_pair(*feet, parameters=P)


def found_in(left: Steps, right: Steps, **changes) -> hops.Hops:
    known = {"mass_kg": MASS_KG, "is_force": True, "parameters": P}
    return hops.find(left, right, **(known | changes))


@pytest.mark.parametrize(("stiffness", "height", "t_c", "t_f", "peak", "told"), EXAMPLES)
def test_the_exact_hop_has_the_times_of_the_page_and_dalleau_reads_one_percent_low(
    stiffness, height, t_c, t_f, peak, told
):
    g = 9.81  # the page's three examples
    v, w = sqrt(2 * g * height), sqrt(stiffness / MASS_KG)
    contact, flight = 2 / w * (pi - atan(v * w / g)), 2 * v / g
    assert (1e3 * contact, 1e3 * flight) == pytest.approx((t_c, t_f), abs=0.06)
    assert 1 + sqrt(1 + (v * w / g) ** 2) == pytest.approx(peak, abs=6e-4)
    read = hops.dalleau(np.array([contact]), np.array([flight]), MASS_KG)[0]
    assert 1e-3 * read == pytest.approx(told, abs=6e-4)
    assert -0.0135 < read / stiffness - 1.0 < -0.006


def test_dalleau_is_the_peak_of_the_half_sine_over_the_lowering_of_the_body():
    t_c, t_f = np.array([0.2, 0.15]), np.array([0.3, 0.4])
    peak = MASS_KG * G * pi / 2 * (t_f / t_c + 1)
    lowering = peak * t_c**2 / (MASS_KG * pi**2) - G * t_c**2 / 8
    assert hops.dalleau(t_c, t_f, MASS_KG) == pytest.approx(peak / lowering)


@pytest.mark.parametrize("rate_hz", [100.0, 200.0, 500.0])
@pytest.mark.parametrize(("stiffness", "height"), [example[:2] for example in EXAMPLES])
@pytest.mark.parametrize("phase", [0.0, 0.37, 0.81])
def test_hops_of_both_feet_read_what_the_crossings_of_the_formula_give(
    stiffness, height, phase, rate_hz
):
    found = found_in(*both_feet(stiffness, height, rate_hz=rate_hz, phase=phase))
    signal = hop(stiffness, MASS_KG, height)
    up, down = signal.first_up(0.1), signal.last_down(0.1)  # 5 % under each foot
    contact, flight = down - up, signal.stride_s - (down - up)
    # A chord over the kink where force begins is early by dt (1 - sqrt(level / (slope dt)))² at
    # most; contact time has two of them.
    slope = 0.5 * sqrt(2 * G * height) * stiffness / MASS_KG / G  # BW/s under each foot
    tolerance = 2.1 / rate_hz * (1.0 - sqrt(min(0.05 * rate_hz / slope, 1.0))) ** 2 + 2e-4
    inner = slice(1, -1)
    assert len(found) == 12
    assert found.valid[inner].all()
    assert np.abs(found.value["hop_contact_s"][inner] - contact).max() < tolerance
    assert np.abs(found.value["hop_flight_s"][inner] - flight).max() < tolerance
    assert found.value["hop_peak_BW"][inner] == pytest.approx(signal.peak, rel=1e-2)
    assert found.value["hop_rsi_t"][inner].mean() == pytest.approx(
        flight / contact, rel=tolerance * (1 / contact + 1 / flight)
    )
    assert found.value["hop_height_m"][inner].mean() == pytest.approx(
        G * flight**2 / 8, rel=2 * tolerance / flight
    )
    assert np.isnan(found.value["hop_flight_s"][-1])
    # what sampling does to a hop lies within its own uncertainty times 4: a spring and a mass
    # begin and end in a corner, sharper than the feet that the uncertainty speaks of
    for name, truth in (
        ("hop_contact_s", contact),
        ("hop_flight_s", flight),
        ("hop_rsi_t", flight / contact),
        ("hop_rsi_h_m_s", G * flight**2 / 8 / contact),
        ("hop_k_vert_kN_m", 1e-3 * hops.dalleau(contact, flight, MASS_KG)),
    ):
        away = np.abs(found.value[name][inner] - truth) / found.u[name][inner]
        assert away.max() < 4.0, name


# Largest errors of science.md 9.3 for contact times; above 200 Hz the last column.
TOLERANCE_S = {50.0: 0.021, 100.0: 0.007, 200.0: 0.002, 500.0: 0.002}


@pytest.mark.parametrize(("rate_hz", "tolerance_s"), TOLERANCE_S.items())
@pytest.mark.parametrize(
    ("stiffness", "height"), [*(example[:2] for example in EXAMPLES), (60_000.0, 0.35)]
)
def test_contact_and_flight_of_steep_hops_lie_inside_the_tolerances_at_every_phase(
    stiffness, height, rate_hz, tolerance_s
):
    signal = hop(stiffness, MASS_KG, height)
    contact = signal.last_down(0.1) - signal.first_up(0.1)
    for phase in np.arange(0.0, 1.0, 0.1):
        found = found_in(*both_feet(stiffness, height, rate_hz=rate_hz, phase=phase))
        inner = slice(1, -1)
        assert len(found) == 12
        assert np.abs(found.value["hop_contact_s"][inner] - contact).max() < tolerance_s
        flight = signal.stride_s - contact
        assert np.abs(found.value["hop_flight_s"][inner] - flight).max() < tolerance_s


def test_a_late_foot_makes_the_contact_of_both_longer_and_the_peak_that_of_the_sum():
    signal = hop()
    found = found_in(*both_feet(rate_hz=500.0, late_s=0.010))
    alone = found_in(*both_feet(rate_hz=500.0))
    longer = found.value["hop_contact_s"][1:-1] - alone.value["hop_contact_s"][1:-1]
    assert longer == pytest.approx(0.010, abs=5e-4)
    fine = np.linspace(-0.02, 0.25, 200_001)
    together = 0.5 * (signal.force(fine) + signal.force(fine - 0.010))
    assert found.value["hop_peak_BW"][1:-1] == pytest.approx(together.max(), rel=2e-3)
    assert found_in(*both_feet(rate_hz=500.0, late_s=0.045)).strike_s.size == 0


def test_an_uneven_hop_shows_its_symmetry_index():
    found = found_in(*both_feet(rate_hz=500.0, right_share=0.55))
    truth = 100.0 * (0.55 - 0.45) / 0.5
    assert found.value["hop_si_percent"][1:-1] == pytest.approx(truth, rel=0.01)
    assert found.value["hop_heel_share"][1:-1] == pytest.approx(0.30, abs=1e-3)  # of gait_loads


def test_without_mass_there_is_no_stiffness_and_without_a_scale_no_force():
    left, right = both_feet()
    light = found_in(left, right, mass_kg=None)
    assert np.isnan(light.value["hop_k_vert_kN_m"]).all()
    assert np.isnan(light.value["hop_peak_BW"]).all()
    assert np.isfinite(light.value["hop_rsi_t"][:-1]).all()
    counts = found_in(left, right, is_force=False)
    assert np.isnan(counts.value["hop_peak_N"]).all()
    assert np.isnan(counts.value["hop_si_percent"]).all()
    assert np.isfinite(counts.value["hop_k_vert_kN_m"][:-1]).all()


# --- sets ---


def table(contact: list[float], flight: list[float], *, side: Side, flags=()) -> Steps:
    """Contacts one after the other, with what a table of steps has."""
    k = len(contact)
    strike = 1.0 + np.concatenate(([0.0], np.cumsum(np.array(contact) + np.array(flight))))[:k]
    value = {
        "foot_strike_s": strike,
        "toe_off_s": strike + contact,
        "contact_s": np.array(contact),
        "impulse_N_s": np.full(k, 200.0),
        "fti_heel_N_s": np.full(k, 10.0),
        "peak_force_N": np.full(k, 1500.0),
        "time_to_peak_s": np.array(contact) / 2,
        "segment": np.zeros(k),
    }
    u = {name: np.full(k, 0.001) for name in value}
    marks = np.zeros(k, np.uint32)
    for row, flag in flags:
        marks[row] = flag
    return Steps(side, marks, value, u, {name: np.zeros(k) for name in value})


def set_of(contact, flight, flags=()):
    feet = [table(contact, flight, side=side, flags=flags) for side in Side]
    return hops.section(found_in(*feet), start_s=1.0, parameters=P)


def test_a_set_is_worth_the_mean_of_its_best_five_of_the_first_ten():
    flight = [0.30, 0.31, 0.32, 0.33, 0.34, 0.35, 0.36, 0.37, 0.38, 0.39, 0.60, 0.60, 0.30]
    (one,) = set_of([0.2] * 13, flight)["sets"]
    best = np.array([0.35, 0.36, 0.37, 0.38, 0.39])
    assert one["best"]["hop_flight_s"]["mean"] == pytest.approx(best.mean())
    assert one["best"]["hop_rsi_t"]["mean"] == pytest.approx((best / 0.2).mean())
    assert one["best"]["hop_rsi_h_m_s"]["mean"] == pytest.approx((G * best**2 / 8 / 0.2).mean())
    assert one["best"]["hop_flight_s"]["n"] == 5
    assert one["best"]["hop_flight_s"]["u_random"] == pytest.approx(best.std(ddof=1) / sqrt(5))
    # stamps of 1 ms: sampling makes every contact longer, and more hops do not make that smaller
    assert one["best"]["hop_flight_s"]["u_shared"] == pytest.approx(0.001 * sqrt(2))
    assert one["start_s"] == pytest.approx(0.0)
    assert len(one["hops"]) == 13


def test_a_hop_with_a_gap_takes_no_part_in_the_best():
    flight = [0.3] * 4 + [0.5] + [0.3] * 4
    (one,) = set_of([0.2] * 9, flight, flags=[(4, StepFlag.GAP)])["sets"]
    assert one["best"]["hop_flight_s"]["mean"] == pytest.approx(0.3)
    assert not one["hops"][4]["valid"]


def test_a_few_hops_have_no_set_value_and_say_why():
    (one,) = set_of([0.2] * 4, [0.3] * 4)["sets"]
    assert one["best"] is None
    assert one["why"] == "fewer than 5 valid hops with a flight after them"


def test_a_rest_between_two_sets_parts_them():
    contact = [0.2] * 7 + [4.0] + [0.2] * 7
    one, two = set_of(contact, [0.3] * 15)["sets"]
    assert (len(one["hops"]), len(two["hops"])) == (7, 7)


def test_contacts_without_flight_or_of_one_foot_are_no_hops():
    section = set_of([0.2] * 9, [0.05] * 9)  # in the air for less than 60 ms
    assert section == {"sets": None, "why": "nobody hopped on both feet"}
    runner = analysed(truth_of("run"), seconds=8.0).to_dict()["hops"]
    assert runner == {"sets": None, "why": "nobody hopped on both feet"}
    lame = analysed(truth_of("hop"), seconds=8.0, sides=(Side.LEFT,)).to_dict()["hops"]
    assert lame == {"sets": None, "why": "it needs both feet"}


# --- whole trials ---


@pytest.mark.parametrize("rate_hz", [100.0, 200.0])
def test_a_hopping_pair_shows_its_hops(rate_hz):
    result = analysed(truth_of("hop"), rate_hz=rate_hz, seconds=12.0)
    assert result.activity == "hop"
    (one,) = result.to_dict()["hops"]["sets"]
    best = one["best"]
    assert len(one["hops"]) >= 18
    signal = hop()  # the virtual hopper's stiffness and height
    contact = signal.last_down(0.1) - signal.first_up(0.1)
    flight = signal.stride_s - contact
    assert best["hop_contact_s"]["mean"] == pytest.approx(contact, abs=0.007)
    # the best of sampled hops are those whose sampling flatters them
    assert best["hop_rsi_t"]["mean"] == pytest.approx(flight / contact, rel=0.04)
    assert best["hop_peak_BW"]["mean"] == pytest.approx(signal.peak, rel=0.01)
    assert best["hop_heel_share"]["mean"] == pytest.approx(0.0, abs=1e-3)
    assert best["hop_si_percent"]["mean"] == pytest.approx(0.0, abs=0.1)
    told = 1e-3 * hops.dalleau(np.array([contact]), np.array([flight]), MASS_KG)[0]
    assert best["hop_k_vert_kN_m"]["mean"] == pytest.approx(told, rel=0.03)


def hop_and_land(count: int = 6, *, fade_s: float = 0.4) -> Formula:
    """Hops, and a landing whose force dies away to body weight."""
    signal = hop()
    landed = 0.5 + count * signal.stride_s

    def points(time_s):
        since = time_s - 0.5
        within = np.mod(since, signal.stride_s)
        force = np.where((since >= 0) & (time_s < landed), signal.force(within), 0.0)
        later = np.maximum(time_s - landed, 0.0)
        rest = 1.0 + 1.5 * np.exp(-later / fade_s)
        force = np.where(time_s >= landed, rest, force)
        lean = 0.05 * np.sin(2 * pi * 0.7 * time_s)  # nobody is still to the last bit
        shares = np.array(FOREFOOT) + lean[:, None] * np.array([0.0, 1.0, -1.0])
        return 0.5 * BW * force[:, None] * shares

    return Formula("hop", MASS_KG, {Side.LEFT: points, Side.RIGHT: points})


def test_a_landing_after_the_last_hop_has_its_time_to_stabilisation():
    truth = hop_and_land()
    landed = 0.5 + 6 * hop().stride_s
    (one,) = analysed(truth, seconds=landed + 8.0).to_dict()["hops"]["sets"]
    assert one["landed_s"] == pytest.approx(landed, abs=0.02)
    assert len(one["hops"]) == 6
    expected = 0.4 * np.log(1.5 / 0.05)
    found = one["landing"]["tts_band_s"]
    assert found["value"] == pytest.approx(expected, abs=0.06)
    assert found["u"] > 0.0
    (short,) = analysed(truth, seconds=landed + 3.0).to_dict()["hops"]["sets"]
    assert short["landing"] is None
