"""The registry names every column, and nothing else."""

from __future__ import annotations

import pytest

from insole.errors import RequestError
from insole.metrics import pressure, registry
from insole.metrics.pair import attach_pair
from insole.model.foot import REGIONS, Side
from insole.parameters import Parameters
from insole.signal.regional import (
    INTEGRAL,
    MEAN,
    PEAK,
    REGION,
    SENSOR,
    SHARE,
    STRIKE_CLASS,
    STRIKE_SHARE,
    WHOLE,
)
from tests.insole.closed_forms import two_mass
from tests.insole.gait_loads import run_of, steps_of


def columns(rate_hz: float) -> set[str]:
    """Every column that a table can have, but for those that need single sensors."""
    signal = two_mass()
    feet = [
        steps_of(
            run_of(signal, rate_hz=rate_hz, strides=3, lead_s=lead), rate_hz=rate_hz, side=side
        )
        for side, lead in ((Side.LEFT, 0.3), (Side.RIGHT, 0.3 + signal.stride_s / 2))
    ]
    return set(attach_pair(*feet, parameters=Parameters())[0].value)


def everything(**changes):
    known = {"rate_hz": 500.0, "mass_known": True, "observable": REGIONS, "feet": 2}
    return registry.not_available(**(known | changes))


def test_every_column_of_a_table_is_defined_and_every_metric_is_a_column():
    known = {spec.id for spec in registry.all_metrics() if spec.table == "steps"}
    of_sensors = {spec.id for spec in pressure.SPECS}
    assert columns(500.0) - {"segment"} == known - of_sensors
    strike = {STRIKE_SHARE, STRIKE_CLASS}
    assert of_sensors == {*PEAK, *INTEGRAL, *MEAN, WHOLE, SENSOR, REGION, SHARE, *strike}


def test_a_slow_insole_lacks_the_columns_that_are_said_to_be_missing():
    assert columns(500.0) - columns(100.0) == set(everything(rate_hz=100.0))


def test_names_of_the_promised_document_exist():
    promised = (
        "foot_strike_s toe_off_s contact_s flight_s impulse_N_s impulse_BW_s po50_N_s po_eff_N_s "
        "peak_force_N vilr_BW_per_s valr_BW_per_s"
    )
    for name in promised.split():
        assert registry.get(name).id == name


def test_a_definition_is_whole():
    for spec in registry.all_metrics():
        assert all((spec.symbol, spec.name, spec.unit, spec.formula, spec.source)), spec.id
        assert spec.definition.endswith(".")
        assert not spec.limits or spec.limits.endswith(".")
        assert "injury" not in spec.definition


def test_push_off_says_what_it_cannot_say_and_at_which_level_it_is_taken():
    spec = registry.get("po50_N_s")
    assert spec.symbol == "PO50@5%BW"
    assert "cannot separate forward push from support" in spec.limits
    assert "lower cadence" in spec.limits
    assert "Hysteresis" in spec.limits


def test_the_reporting_level_in_force_is_part_of_the_name():
    spec = registry.get("po50_N_s")

    def shown(mass_known: bool = True, **changed: float) -> str:
        p = Parameters({f"events.{name}": value for name, value in changed.items()})
        return registry.symbol(spec, parameters=p, mass_known=mass_known)

    assert shown() == "PO50@5%BW"
    assert shown(rep_BW=0.1) == "PO50@10%BW"
    assert shown(rep_N=50.0) == "PO50@50N"
    assert shown(mass_known=False) == "PO50@10%F95"


def test_with_everything_there_nothing_is_missing():
    assert everything() == {}


def test_what_is_missing_has_the_reason_in_words():
    slow = everything(rate_hz=100.0)
    assert slow["vilr_BW_per_s"] == "sampling rate 100 Hz is below 200 Hz"
    assert set(slow) == {
        "impact_peak_BW", "valr_BW_per_s", "vilr_BW_per_s", "slope_3_12_BW_per_s",
    }  # fmt: skip
    assert everything(mass_known=False)["po_eff_N_s"] == "body mass is not known"
    assert everything(feet=1)["flight_s"] == "it needs both feet"
    three = everything(observable=("HEEL", "M1", "M45"))
    assert three["po_hal_N_s"] == "no sensor under HAL"
    assert "tripod_heel" not in three
    assert "po50_N_s" not in three
    counts = everything(is_force=False)
    assert "counts" in counts["impulse_N_s"]
    assert "tripod_heel" not in counts


def test_an_unknown_metric_is_a_request_error_with_a_near_name():
    with pytest.raises(RequestError, match="contact_s"):
        registry.get("contact")


@pytest.mark.parametrize(
    ("sensors", "rate_hz"), [(3, 50.0), (8, 50.0), (16, 100.0), (99, 100.0), (235, 200.0)]
)
def test_the_observability_matrix_holds(sensors, rate_hz):
    # science.md 1.6; three sensors and eight are labelled with what they stand under
    seen = {3: ("HEEL", "M1", "M45"), 8: ("HEEL", "MID", "M1", "M23", "M45", "HAL", "TOES")}
    missing = everything(rate_hz=rate_hz, observable=seen.get(sensors, REGIONS))
    for name in ("impulse_N_s", "cadence_spm", "contact_s", "barycentric_heel", "cop_y_mm"):
        assert name not in missing
    assert ("valr_BW_per_s" in missing) == (rate_hz < 200)
    assert ("strike_index_percent" in missing) == (rate_hz < 100)
    assert ("hal_peak_N" in missing) == ("quadripod_toe" in missing) == (sensors == 3)
    assert "tripod_heel" not in missing
    unlabelled = everything(rate_hz=rate_hz, observable=("HEEL", "MID"))
    for name in ("tripod_heel", "tripod_mid_first", "coverage3_peak"):
        assert "see the barycentric shares" in unlabelled[name]
