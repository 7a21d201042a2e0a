"""What the board says of targets while somebody stands: four points, corners lost, ranges."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from insole.live.watching import Touching
from insole.model.foot import REGIONS, Side
from insole.model.stream import Load, Samples
from insole.parameters import Parameters
from tests.insole.closed_forms import G
from tests.insole.test_live_board import RATE_HZ, said, watched
from tests.insole.whole_trials import LAYOUT, MASS_KG

BW = MASS_KG * G


def without(items, region: str, side: Side, *, from_s: float):
    """The same samples, with nothing under the sensors of a region from a time on."""
    gone = np.flatnonzero(np.array(LAYOUT.labels) == region)
    for item in items:
        if isinstance(item, Samples) and item.device == side.value:
            values = item.values.copy()
            rows = item.tick_us * 1e-6 >= from_s
            values[np.ix_(rows, gone)] = 0
            item = replace(item, values=values)
        yield item


def test_the_board_gives_the_four_points_of_each_foot_as_shares():
    view = watched(said("single", seconds=8.0))
    hold = view.feet[Side.LEFT].quadripod
    assert hold.why == ""
    assert hold.share.sum() == pytest.approx(1.0)
    assert [pad.value for pad in hold.pads] == hold.share.tolist()
    assert hold.lost == ()
    assert np.isnan(view.feet[Side.RIGHT].quadripod.share).all()  # in the air


def test_shares_of_the_four_points_agree_with_those_of_three():
    left = watched(said("stand", seconds=8.0)).feet[Side.LEFT]
    heel, first, fifth, toe = left.quadripod.share
    assert left.smooth.tripod == pytest.approx([heel, first + toe, fifth])


def test_a_big_toe_that_is_lifted_is_lost_after_a_quarter_of_a_second():
    lifted = without(said("single", seconds=8.0), "HAL", Side.LEFT, from_s=7.0)
    hold = watched(lifted).feet[Side.LEFT].quadripod
    assert hold.lost == ("toe",)
    assert hold.pads[3].inside is False
    assert hold.inside is False


def test_a_foot_in_the_air_and_a_foot_that_runs_lose_no_corner():
    assert watched(said("single", seconds=8.0)).feet[Side.RIGHT].quadripod.lost == ()
    ran = watched(said("run", seconds=8.0))
    assert [foot.quadripod.lost for foot in ran.feet.values()] == [(), ()]


def test_an_insole_without_a_sensor_under_the_big_toe_says_so():
    labels = tuple("TOES" if one == "HAL" else one for one in LAYOUT.labels)
    told = (
        replace(item, layout=replace(item.layout, labels=labels))
        if hasattr(item, "layout")
        else item
        for item in said("stand", seconds=4.0)
    )
    hold = watched(told).feet[Side.LEFT].quadripod
    assert hold.why == "no sensor under HAL"
    assert hold.inside is None


@pytest.mark.parametrize(("off_s", "lost"), [(0.2, ()), (0.3, ("heel",))])
def test_a_point_is_lost_when_it_is_off_for_longer_than_a_moment(off_s, lost):
    touching = Touching()
    time_s = np.arange(100) / RATE_HZ
    region = np.full((100, len(REGIONS)), 0.2 * BW)
    region[time_s > time_s[-1] - off_s, REGIONS.index("HEEL")] = 0.0
    empty = np.zeros(100)
    touching.push(
        Load(time_s, empty, region, np.zeros((100, 2)), empty.astype(np.uint32), empty.astype(int))
    )
    assert touching.lost(BW, single=True, parameters=Parameters()) == lost


def test_the_big_toe_needs_half_the_load_of_a_corner():
    touching = Touching()
    light = np.full((100, len(REGIONS)), 0.03 * BW)  # of 0.04 that a corner needs on one leg
    empty = np.zeros(100)
    touching.push(
        Load(
            np.arange(100) / RATE_HZ, empty, light, np.zeros((100, 2)), empty.astype(np.uint32),
            empty.astype(int),
        )
    )  # fmt: skip
    lost = touching.lost(BW, single=True, parameters=Parameters())
    assert lost == ("heel", "first_ball", "fifth_ball")
