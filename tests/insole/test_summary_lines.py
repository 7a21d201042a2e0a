"""What `insole analyze` prints holds the numbers of its document."""

from __future__ import annotations

from dataclasses import replace

import pytest

from insole.commands.summary import lines
from insole.model.calibration import Calibration, in_force
from insole.model.foot import Side
from tests.insole.whole_trials import analysed, truth_of


@pytest.fixture(scope="module")
def run():
    return analysed(
        truth_of("run"), seconds=12.0,
        parameters={"springs.speed_m_s": 3.3, "springs.height_m": 1.75},
    )  # fmt: skip


@pytest.mark.parametrize("side", list(Side))
def test_a_run_prints_its_springs_and_its_gait_line(run, side):
    said, document = lines(run), run.to_dict()
    (spring,) = (line for line in said if line.startswith(f"{side} spring"))
    springs = document["springs"][side.value]
    assert f"vertical stiffness {springs['spring_k_vert_kN_m']['mean']:.3g} ±" in spring
    assert f"leg stiffness {springs['spring_k_leg_kN_m']['mean']:.3g} ±" in spring
    (line,) = (line for line in said if line.startswith(f"{side} gait line"))
    foot = document["gait_line"][side.value]
    assert f"of {foot['n']} contacts" in line
    assert f"from {foot['y_mm'][0]:.0f} to {foot['y_mm'][-1]:.0f} mm" in line


def test_without_speed_and_height_only_the_vertical_spring_is_printed():
    said = lines(analysed(truth_of("run"), seconds=8.0))
    springs = [line for line in said if "spring, sine" in line]
    assert len(springs) == 2
    assert all("vertical stiffness" in line for line in springs)
    assert not any("leg stiffness" in line for line in springs)


def test_standing_prints_neither():
    said = lines(analysed(truth_of("stand"), seconds=8.0))
    assert not any("spring" in line and "sine" in line for line in said)
    assert not any("gait line" in line for line in said)


def test_standing_prints_where_the_load_lay_and_what_is_outside_its_range():
    result = analysed(truth_of("stand"), seconds=8.0, parameters={"targets.left.1": 0.53})
    (span,) = result.to_dict()["balance"]["spans"]
    (line,) = (line for line in lines(result) if "load:" in line)
    rear = 100.0 * span["standing_rearfoot_share"]["left"]["value"]
    assert f"left rear half {rear:.3g} ±" in line
    left = 100.0 * span["left_share"]["value"]
    assert f"left foot {left:.3g} ±" in line
    assert line.endswith("% (outside its range)")
    single = lines(analysed(truth_of("single"), seconds=8.0))
    (line,) = (line for line in single if "load:" in line)
    assert "right" not in line
    assert "outside" not in line


def test_both_gains_are_printed_and_a_mass_far_too_high_is_no_check_that_was_left_out(run):
    assert not any("gain from standing" in line for line in lines(run))
    entry = Calibration("left", "static", serial="left", gain=1.25)
    stood = replace(
        run,
        feet={
            side: replace(foot, calibration=in_force([entry], device=side.value))
            for side, foot in run.feet.items()
        },
    )
    assert "gain from standing: left 1.250" in lines(stood)
    heavy = replace(
        run, check=replace(run.check, k_dyn=float("nan"), verdict="force scale uncertain", why="w")
    )
    assert "force scale: uncertain, w" in lines(heavy)
