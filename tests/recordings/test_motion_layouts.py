"""Layouts of insoles without a published drawing: what is known of them holds."""

import numpy as np
import pytest

from insole import layouts
from insole.model.foot import REGIONS
from insole.parameters import Parameters
from insole.signal.regions import region_map

PHYSIONET_LEFT = [
    (-500, -800), (-700, -400), (-300, -400), (-700, 0), (-300, 0), (-700, 400), (-300, 400),
    (-500, 800),
]  # fmt: skip
"""X and Y of L1 to L8 in format.txt of gaitpdb 1.0.0; the person faces towards positive Y."""


def test_the_eight_sensors_stand_as_their_data_base_says():
    places = np.array(PHYSIONET_LEFT, dtype=float)
    xy = layouts.load("gaitpdb8").xy
    outward = -places[:, 0] - 500.0  # of a left foot: larger is more lateral
    assert np.corrcoef(outward, xy[:, 0])[0, 1] == pytest.approx(1.0)
    assert np.corrcoef(places[:, 1], xy[:, 1])[0, 1] == pytest.approx(1.0)


@pytest.mark.parametrize("name", ["moticon16", "moticon16_size3", "loadsol3", "gaitpdb8"])
def test_every_sensor_lies_in_the_half_of_the_foot_that_its_label_names(name):
    layout = layouts.load(name)
    for (x, y), label in zip(layout.xy, layout.labels, strict=True):
        assert label in REGIONS
        assert (y < 0.5) == (label in {"HEEL", "MID"}) or label == "MID"
        if label in {"M1", "HAL"}:
            assert x < 0.4
        if label == "M45":
            assert x > 0.6


def test_both_sizes_of_moticon_have_the_same_places_and_every_region():
    large, small = layouts.load("moticon16"), layouts.load("moticon16_size3")
    assert np.array_equal(large.xy, small.xy)
    assert region_map(large, Parameters()).observable_names == REGIONS
    # An insole that grows grows alike: each area by nearly the same factor.
    ratio = large.area_cm2 / small.area_cm2
    assert ratio == pytest.approx(ratio.mean(), rel=0.03)
    assert large.length_mm / small.length_mm == pytest.approx(ratio.mean() ** 0.5, rel=0.01)
