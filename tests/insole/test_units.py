"""Push-off in N·s, BW·s and % of the impulse, forces in N and BW: against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from insole.metrics.pair import attach_pair
from insole.metrics.registry import all_metrics, get
from insole.metrics.summary import summarise
from insole.metrics.units import IN_BW
from insole.model.foot import Side
from insole.parameters import Parameters
from tests.insole.closed_forms import G, Signal, half_sine, two_mass, walking
from tests.insole.gait_loads import BW, MASS_KG, SHARES, run_of, steps_of

PUSH_OFF = ("po50", "po_eff", "po_rev", "po_net", "po_pk", "po_ff", "po_hal")
FRONT = SHARES[2:].sum()


def left_of(signal: Signal, *, rate_hz: float, mass_kg: float | None = MASS_KG):
    feet = [
        steps_of(
            run_of(signal, rate_hz=rate_hz, strides=8, lead_s=lead, phase=0.3),
            rate_hz=rate_hz,
            side=side,
            mass_kg=mass_kg,
        )
        for side, lead in ((Side.LEFT, 0.3), (Side.RIGHT, 0.3 + signal.stride_s / 2))
    ]
    return attach_pair(*feet, parameters=Parameters())[0]


@pytest.mark.parametrize("name", PUSH_OFF)
def test_push_off_is_told_in_newtons_in_body_weights_and_as_a_share(name):
    assert get(f"{name}_N_s").unit == "N·s"
    assert get(f"{name}_BW_s").unit == "BW·s"
    assert get(f"{name}_share_percent").unit == "%"
    v = left_of(two_mass(), rate_hz=200).value
    known = np.isfinite(v[f"{name}_N_s"])
    assert known.sum() >= 6
    assert v[f"{name}_BW_s"][known] == pytest.approx(v[f"{name}_N_s"][known] / BW)
    whole = v["impulse_N_s"][known]
    share = 100.0 * v[f"{name}_N_s"][known] / whole
    assert v[f"{name}_share_percent"][known] == pytest.approx(share)


@pytest.mark.parametrize(("rate_hz", "within"), [(50, 3.2), (100, 1.3), (200, 0.5), (500, 0.5)])
def test_shares_of_a_half_sine_are_a_half(rate_hz, within):
    """Within half of what science.md 9.3 allows PO50, in % of the impulse."""
    v = left_of(half_sine(), rate_hz=rate_hz).value
    assert ("po_eff_share_percent" in v) == (rate_hz >= 100)  # slower rows miss impacts
    for name in ("po50", "po_rev", "po_pk", *(("po_eff",) if rate_hz >= 100 else ())):
        found = v[f"{name}_share_percent"]
        assert found[np.isfinite(found)] == pytest.approx(50.0, abs=within)
    assert v["po_ff_share_percent"] == pytest.approx(50.0 * FRONT, abs=within)
    assert v["po_hal_share_percent"] == pytest.approx(50.0 * SHARES[5], abs=within)


def test_the_net_impulse_in_body_weights_is_velocity_over_g():
    """m·v at toe-off, and v = g·t_f/2: half of the flight time, from the level of the stamps."""
    v = left_of(half_sine(), rate_hz=500).value
    net = v["po_net_BW_s"][np.isfinite(v["po_net_BW_s"])]
    assert net == pytest.approx(half_sine().stride_s / 4 - 0.115, abs=0.002)


def test_walking_has_its_peaks_and_valley_in_body_weights():
    """science.md 9.2, G3: P1 1.238, valley 0.796, P2 1.271 BW."""
    v = left_of(walking(), rate_hz=100).value
    for name, top in (("p1", 1.238), ("valley", 0.796), ("p2", 1.271)):
        assert v[f"{name}_BW"] == pytest.approx(top, abs=0.003)


def test_a_doubt_in_body_weights_is_that_of_the_newtons():
    steps = left_of(two_mass(), rate_hz=100)
    for newtons, name in IN_BW.items():
        for columns in (steps.u, steps.u_shared):
            np.testing.assert_allclose(columns[name] * MASS_KG * G, columns[newtons], rtol=1e-9)


def test_scale_does_not_enter_a_share_and_a_share_is_known_better_than_its_parts():
    mean = summarise(left_of(two_mass(), rate_hz=100))
    for name in ("po_eff", "po_rev", "po_pk", "po_ff"):
        share, part = mean[f"{name}_share_percent"], mean[f"{name}_N_s"]
        assert share["u_shared"] / share["mean"] < 0.4 * part["u_shared"] / part["mean"]


def test_without_body_mass_there_are_no_body_weights_and_all_columns_are_defined():
    steps = left_of(half_sine(), rate_hz=100, mass_kg=None)
    assert not [name for name in steps.value if "_BW" in name]
    known = {spec.id for spec in all_metrics()}
    assert set(left_of(half_sine(), rate_hz=200).value) - known == {"segment"}
