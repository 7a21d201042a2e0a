"""Cues in sets of repetitions: what a played case makes the coach say, and when."""

from __future__ import annotations

import pytest

from insole.drills import shelf
from insole.drills.cases import read_case
from insole.drills.coach import Coach
from insole.drills.running import run_case


def pressing(heel_bw: float) -> Coach:
    """Three seated presses of the right big toe; in the second the heel keeps so much of 0.30."""
    hallux = [[0.0, 0.02]]
    for begin_s in (6.0, 12.0, 18.0):
        hallux += [[begin_s, 0.02], [begin_s + 0.2, 0.08], [begin_s + 3.0, 0.08],
                   [begin_s + 3.2, 0.02]]  # fmt: skip
    heel = [[0.0, 0.30], [12.0, 0.30], [12.2, heel_bw], [15.0, heel_bw], [15.2, 0.30]]
    told = {
        "id": "presses",
        "settings": {"foot": "right"},
        "signal": {"duration_s": 24, "right": {"HEEL": heel, "HAL": hallux}, "left": {}},
    }
    return run_case(read_case(told, where="test"), shelf.find("big-toe-press"), where="test")


def test_heel_that_lightens_is_spoken_of_while_it_does() -> None:
    coach = pressing(heel_bw=0.15)
    # 0.30 - 0.75 (t - 12) = 0.7 * 0.30, and a second after that
    assert [(said.name, said.words, said.at_s) for said in coach.said] == [
        ("heel-low", "Press, heel stays", pytest.approx(13.12, abs=0.01))
    ]


def test_heel_that_stays_is_not_spoken_of() -> None:
    assert pressing(heel_bw=0.25).said == []


def test_tap_that_is_too_heavy_is_spoken_of_once_it_is_over() -> None:
    def foot(load: float, *taps: tuple[float, float]) -> dict[str, list[list[float]]]:
        points = [[0.0, 0.5], [1.0, 0.5], [1.5, load]]
        for at_s, height in taps:
            points += [[at_s, load], [at_s + 0.2, height], [at_s + 0.5, height], [at_s + 0.7, load]]
        return {"HEEL": points}

    told = {
        "id": "taps",
        "settings": {"foot": "right"},
        "signal": {
            "duration_s": 14,
            "left": foot(0.0, (4.0, 0.2), (8.0, 0.5)),
            "right": foot(1.0, (4.0, 0.8), (8.0, 0.5)),
        },
    }
    coach = run_case(read_case(told, where="test"), shelf.find("step-down"), where="test")
    # under 0.05 again at 8.5 + 0.2 * 0.9
    assert [(said.name, said.at_s) for said in coach.said] == [
        ("tap_bw-high", pytest.approx(8.68 + 1.0, abs=0.02))
    ]
