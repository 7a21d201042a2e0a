"""Dead, stuck, high, clipped, spiking and repeating sensors (science.md, section 2.6)."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insole import layouts
from insole.model.foot import REGIONS
from insole.model.quality import Quality
from insole.parameters import Parameters
from insole.signal import geometry
from insole.signal.calibrate import LoadStage
from insole.signal.conditioning import Conditioning
from insole.signal.masking import masked_sensors, neighbours
from insole.signal.regions import region_map
from tests.insole.foot_pressures import MASS_KG, RATE_HZ, frames, grid, pieces, running, told


def stage(layout, parameters=None, **changes):
    """A foot's load with its sensors watched."""
    p = parameters or Parameters()
    load = LoadStage(told(layout, **changes), mass_kg=MASS_KG, parameters=p)
    return Conditioning(load, rate_hz=RATE_HZ, mass_kg=MASS_KG, parameters=p)


def through(values, layout, *, cuts=(), **changes):
    """All load, and the stage at its end."""
    made = stage(layout, **changes)
    parts = [made.push(piece) for piece in pieces(frames(values), cuts)]
    held = made.flush()
    return made, [*parts, *([held] if held else [])]


def states(made):
    """What is wrong at the end."""
    return {(found.sensor, found.state) for found in made.findings if found.until_s is None}


def inner(layout):
    """Number of a sensor with many neighbours."""
    return int(np.argmax(neighbours(layout).sum(axis=0)))


def test_a_sound_run_has_no_findings():
    for layout in (layouts.load("generic16"), grid()):
        made, parts = through(running(layout, seconds=40), layout)
        assert made.findings == []
        assert made.masked == ()
        assert not any((load.quality & Quality.DEGRADED).any() for _, load, _ in parts)


def test_a_dead_sensor_is_known_after_ten_contacts_and_left_out():
    layout = layouts.load("generic16")
    values, sensor = running(layout, seconds=30), inner(layout)
    values[:, sensor] = 0
    made, parts = through(values, layout)
    assert states(made) == {(sensor, "dead")}
    found = made.findings[0]
    assert 7.0 <= found.since_s <= 9.0  # ten strides of 0.7 s, said at the end of a second
    assert "neighbours" in found.text
    load = parts[0][1]
    degraded = (load.quality & Quality.DEGRADED) != 0
    assert load.time_s[degraded][0] == pytest.approx(found.since_s)
    assert degraded[np.flatnonzero(degraded)[0] :].all()


def test_who_runs_on_the_forefoot_has_no_dead_midfoot():
    """Sensors at the edge of what is loaded have loaded neighbours on one side."""
    layout = layouts.load("generic16")
    values = running(layout, seconds=30)
    rear = layout.xy[:, 1] < 0.55
    assert 3 < rear.sum() < layout.sensors - 3
    values[:, rear] = 0
    made, _ = through(values, layout)
    assert states(made) == set()


@pytest.mark.parametrize("name", ["loadsol3", "orphe6"])
def test_who_runs_on_the_forefoot_has_no_dead_heel_where_one_sensor_is_all_of_it(name):
    layout = layouts.load(name)
    values = 5 * running(layout, seconds=30)  # 750 N under each of them
    (heel,) = (index for index, label in enumerate(layout.labels) if label == "HEEL")
    values[:, heel] = 0
    made, _ = through(values, layout, quantity="N")
    assert states(made) == set()


def test_a_sensor_dead_among_loaded_ones_is_found_on_the_forefoot_too():
    layout = layouts.load("generic16")
    values = running(layout, seconds=30)
    values[:, layout.xy[:, 1] < 0.3] = 0
    ball = np.flatnonzero(layout.xy[:, 1] > 0.6)
    middle = layout.xy[ball].mean(axis=0)
    sensor = int(ball[np.argmin(((layout.xy[ball] - middle) ** 2).sum(axis=1))])
    values[:, sensor] = 0
    made, _ = through(values, layout)
    assert states(made) == {(sensor, "dead")}


@pytest.mark.parametrize("sensor", range(16))
def test_each_sensor_of_sixteen_that_dies_alone_is_found(sensor):
    """As under a real foot, the midfoot and the lesser toes press less than 30 kPa."""
    layout = layouts.load("generic16")
    tip = int(np.argmax(layout.xy[:, 1]))  # one of its two neighbours is a lesser toe
    usual = {"HEEL": 0.65, "MID": 0.13, "M1": 1.27, "M23": 0.37, "M45": 1.27, "HAL": 1.15}
    part = np.array([usual.get(label, 0.2) for label in layout.labels])
    values = (running(layout, seconds=30) * part).astype(np.uint16)
    whole, _ = through(values, layout)
    assert states(whole) == set()
    values[:, sensor] = 0
    made, _ = through(values, layout)
    assert states(made) == (set() if sensor == tip else {(sensor, "dead")})


def test_a_sensor_that_wakes_up_is_believed_again():
    layout = layouts.load("generic16")
    values, sensor = running(layout, seconds=60), inner(layout)
    values[:2000, sensor] = 0
    made, parts = through(values, layout)
    found = made.findings[0]
    assert (found.sensor, found.state) == (sensor, "dead")
    assert 20.0 <= found.until_s <= 22.0
    assert made.masked == ()
    assert not parts[0][1].quality[-1] & Quality.DEGRADED


def test_a_sensor_that_never_changes_while_the_foot_runs_is_stuck():
    layout = layouts.load("generic16")
    values = running(layout, seconds=30)
    values[:, 4] = 2500
    made, _ = through(values, layout)
    assert states(made) == {(4, "stuck")}
    stuck = next(found for found in made.findings if found.state == "stuck")
    assert stuck.since_s == pytest.approx(10.0, abs=1.1)  # before that it was only high
    assert made.masked == (4,)


def test_standing_still_makes_nobody_stuck():
    layout = layouts.load("generic16")
    values = np.full((3000, 16), 400, np.uint16)
    made, _ = through(values, layout)
    assert made.findings == []


def test_a_sensor_loaded_in_every_swing_is_high_and_a_whole_foot_is_a_wrong_zero():
    layout = layouts.load("generic16")
    values = running(layout, seconds=30)
    values[:, 7] += 300
    made, _ = through(values, layout)
    assert states(made) == {(7, "high")}
    assert "zero this insole" in made.findings[0].text
    made, _ = through(running(layout, seconds=30) + np.uint16(300), layout)
    assert states(made) == {(None, "zero")}
    assert made.masked == ()


def rising(values, kpa_per_s, *, sensors=slice(None), from_s=0.0):
    """The same counts with a zero that drifts, 0.1 kPa a count."""
    time_s = np.arange(len(values)) / RATE_HZ
    risen = values.astype(np.float64)
    risen[:, sensors] += 10.0 * kpa_per_s * np.maximum(time_s - from_s, 0.0)[:, None]
    return np.rint(risen).astype(np.uint16)


def test_a_sensor_whose_swings_rise_drifts_and_is_kept():
    layout = layouts.load("generic16")
    values = rising(running(layout, seconds=60), 0.25, sensors=[7])
    made, parts = through(values, layout)
    assert states(made) == {(7, "drift")}
    found = made.findings[0]
    # 5 kPa after 20 s, and the 20 s before it must have shown no less
    assert 40.0 <= found.since_s <= 46.0
    assert "drifts" in found.text
    assert not any((load.quality & Quality.DEGRADED).any() for _, load, _ in parts)


def test_sensors_that_rise_together_are_one_foot_that_drifts():
    layout = layouts.load("generic16")
    made, _ = through(rising(running(layout, seconds=60), 0.25), layout)
    assert states(made) == {(None, "drift")}
    assert made.masked == ()


def test_a_drift_that_ended_is_said_to_be_over():
    layout = layouts.load("generic16")
    values = running(layout, seconds=90)
    values[1500:5000, 7] += 100  # 10 kPa from 15 s to 50 s
    made, _ = through(values, layout)
    (found,) = made.findings
    assert (found.sensor, found.state) == (7, "drift")
    assert 34.0 <= found.since_s <= 37.0
    assert 50.0 <= found.until_s <= 52.0


def test_what_presses_from_the_beginning_is_the_shoe_and_no_drift():
    layout = layouts.load("generic16")
    made, _ = through(running(layout, seconds=60) + np.uint16(150), layout)
    assert made.findings == []


def test_a_foot_that_stands_after_it_ran_does_not_drift():
    layout = layouts.load("generic16")
    values = running(layout, seconds=90)
    values[3000:] = np.random.default_rng(3).normal(400.0, 5.0, (6000, 16))
    made, _ = through(values, layout)
    assert made.findings == []


def test_weight_shifted_slowly_from_foot_to_foot_is_no_drift():
    """The other foot never quite leaves the ground, and carries more in the second minute."""
    layout = layouts.load("generic16")
    time_s = np.arange(12_000) / RATE_HZ
    least = np.where(time_s < 60.0, 2.0, 15.0)
    kpa = least + 60.0 * (1.0 - np.cos(2.0 * np.pi * 0.35 * time_s))
    made, _ = through(np.rint(10.0 * kpa)[:, None].repeat(16, axis=1).astype(np.uint16), layout)
    assert not any(found.state == "drift" for found in made.findings)


@pytest.mark.parametrize("every", [1, 37, 100, 730])
def test_when_a_drift_and_a_wrong_zero_were_found_does_not_depend_on_cuts(every):
    layout = layouts.load("generic16")
    values = rising(running(layout, seconds=80), 1.5, from_s=20.0)
    whole, _ = through(values, layout)
    cut, _ = through(values, layout, cuts=range(every, 8000, every))
    assert cut.findings == whole.findings
    assert states(whole) == {(None, "drift"), (None, "zero")}


def test_full_scale_counts_from_the_fourth_sample_in_a_row():
    layout = layouts.load("generic16")
    values = running(layout, seconds=12)
    values[300:303, 2] = 10_000
    made, parts = through(values, layout)
    assert states(made) == set()
    assert (parts[0][1].quality[300:303] & Quality.CLIPPED).all()  # their peaks are lower bounds
    values[400:404, 3] = 9_900
    values[410:420, 3] = 10_000
    made, _ = through(values, layout, cuts=(402, 411))
    assert states(made) == {(3, "saturated")}
    assert made.findings[0].samples == 14


def test_a_spike_is_replaced_and_said_and_a_real_strike_is_not():
    layout = layouts.load("generic16")
    clean = running(layout, seconds=12)
    values = clean.copy(order="K")
    values[505, 9] = 9_000
    values[700:703, 5] = 9_000  # there for three samples: that is a load
    made, parts = through(values, layout)
    assert states(made) == {(9, "spike")}
    got = parts[0][0].values
    assert got[505, 9] in (clean[504, 9], clean[506, 9])
    assert got[701, 5] == 9_000
    assert parts[0][0].quality[505] & Quality.INTERPOLATED
    assert values[505, 9] == 9_000  # what was pushed is not touched


def test_a_foot_that_repeats_itself_while_running_is_no_data():
    layout = layouts.load("generic16")
    values = running(layout, seconds=30)
    values[2005:2020] = values[2005]  # in contact
    made, parts = through(values, layout)
    assert states(made) == {(None, "frozen")}
    rows = np.flatnonzero(parts[0][1].quality & Quality.GAP)
    assert rows.tolist() == list(range(2014, 2020))


def test_a_stuck_sensor_over_a_silent_foot_in_the_air_is_not_a_frozen_foot():
    layout = layouts.load("generic16")
    values = running(layout, seconds=30, noise=0.0)
    values[:, 4] = 2500
    made, _ = through(values, layout)
    assert states(made) == {(4, "stuck")}
    assert not any(found.state == "frozen" for found in made.findings)


def test_on_a_grid_a_masked_cell_is_the_inverse_distance_mean_of_its_neighbours():
    layout = grid()
    sensor, near = inner(layout), neighbours(layout)
    random = np.random.default_rng(3)
    values = random.integers(100, 4000, (5, layout.sensors)).astype(np.uint16)
    load = LoadStage(told(layout))
    got = load.load(frames(values), values, zero=load.zero, masked=(sensor,)).total_n
    away = (layout.xy - layout.xy[sensor]) * [layout.width_mm, layout.length_mm]
    weight = 1.0 / np.where(near[sensor], (away**2).sum(axis=1), np.inf)
    filled = values.astype(float)
    filled[:, sensor] = filled @ weight / weight.sum()
    assert got == pytest.approx(0.01 * filled @ layout.area_cm2, rel=1e-12)


def test_discrete_sensors_take_over_the_area_and_even_pressure_stays_the_same():
    layout = layouts.load("generic16")
    values = np.full((3, 16), 1000, np.uint16)
    load = LoadStage(told(layout))
    whole = load.push(frames(values)).total_n
    without = load.load(frames(values), values, zero=load.zero, masked=(5,))
    size = np.array([layout.width_mm, layout.length_mm])
    outline = geometry.area(layout.outline * size) * 0.01
    assert layout.area_cm2.sum() == pytest.approx(outline, rel=1e-6)
    assert without.total_n == pytest.approx(whole)
    assert without.region_n[0].sum() == pytest.approx(whole[0])


def test_a_region_that_loses_its_only_sensor_is_not_observable_and_the_tripod_goes():
    layout = layouts.load("generic8")
    regions = region_map(layout, Parameters())
    only = next(
        (int(np.flatnonzero(regions.weight[:, r])[0]), r)
        for r in (2, 4, 0)
        if np.count_nonzero(regions.weight[:, r]) == 1
    )
    mask = masked_sensors(
        layout, [only[0]], regions=regions, parameters=Parameters(), quantity="kPa"
    )
    assert not mask.observable[only[1]]
    assert mask.degraded == (REGIONS[only[1]],)
    assert mask.quality & Quality.NO_TRIPOD


@settings(deadline=None, max_examples=25)
@given(
    cuts=st.lists(st.integers(1, 2599), max_size=30),
    faults=st.sets(st.sampled_from(["dead", "stuck", "high", "spike", "full", "frozen"])),
    follow=st.booleans(),
)
def test_grouping_changes_no_bit_whatever_is_broken(cuts, faults, follow):
    layout = layouts.load("generic16")
    values = running(layout, seconds=26)
    if "dead" in faults:
        values[:, inner(layout)] = 0
    if "stuck" in faults:
        values[600:, 1] = 2500
    if "high" in faults:
        values[:, 2] += 300
    if "spike" in faults:
        values[[100, 777, 1300, 1301, 2599], 3] = 9_500
    if "full" in faults:
        values[800:1900, 9] = 10_000
    if "frozen" in faults:
        values[2005:2020] = values[2005]
    parameters = Parameters({"autozero.on": float(follow)})
    one, whole = through(values, layout, parameters=parameters)
    other, parts = through(values, layout, cuts=cuts, parameters=parameters)
    assert one.findings == other.findings
    for name in ("time_s", "total_n", "region_n", "cop_mm", "quality"):
        a = np.concatenate([np.ascontiguousarray(getattr(load, name)) for _, load, _ in whole])
        b = np.concatenate([np.ascontiguousarray(getattr(load, name)) for _, load, _ in parts])
        assert a.tobytes() == b.tobytes(), name


def test_numbers_that_are_none_and_few_sensors_are_no_trouble():
    layout = layouts.load("generic16")
    values = running(layout, seconds=12).astype(np.float64)
    values[500] = np.nan
    values[600, 3] = np.inf
    values[700, 4] = -1e300
    through(values, layout)
    through(np.full((2000, 1), 3000, np.uint16), replace(layouts.load("total")), quantity="N")


def test_how_many_sensors_may_be_lost_before_the_tripod_goes_can_be_set():
    layout = layouts.load("generic16")
    regions = region_map(layout, Parameters())
    gone = [layout.labels.index(name) for name in ("MID", "TOES")]  # 2 of 16 are more than 10 %
    for parameters, expected in (
        (Parameters(), True),
        (Parameters({"health.most_lost": 0.2}), False),
    ):
        mask = masked_sensors(layout, gone, regions=regions, parameters=parameters, quantity="kPa")
        assert bool(mask.quality & Quality.NO_TRIPOD) is expected
