"""A drill on insoles that stream: what is shown, and why some cannot be done."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

import pytest

from insole.commands import drill as command
from insole.commands.drill_live import screen
from insole.commands.table import Parser
from insole.drills import shelf
from insole.drills.cases import read_case
from insole.drills.fitting import check
from insole.drills.following import Following
from insole.drills.playing import capabilities, device_of, ideal7, samples
from insole.drills.states import State
from insole.errors import InsoleError, RequestError
from insole.model.foot import REGIONS, Side
from insole.model.stream import Capability
from insole.model.trial import ClockPrior, StartState
from insole.trial import RunningTrial

SHARES = dict(zip(REGIONS, (0.38, 0.06, 0.18, 0.10, 0.16, 0.08, 0.04), strict=True))


def lines(points: list[tuple[float, float]]) -> dict[str, Any]:
    """Every region of one foot."""
    return {name: [[t, share * load] for t, load in points] for name, share in SHARES.items()}


CASE = read_case(
    {
        "id": "drawn",
        "mass_kg": 70,
        "signal": {
            "duration_s": 9,
            "right": lines([(0, 0.5), (3, 0.5), (3.5, 1.0)]),
            "left": lines([(0, 0.5), (3, 0.5), (3.5, 0.0)]),
        },
    },
    where="test",
)


def followed(following: Following, *, until_s: float) -> None:
    """Feed it as a session would, to this instant."""
    said = capabilities(CASE)
    trial = RunningTrial(
        StartState(
            mass_kg=70.0, clocks=tuple(ClockPrior(device_of(side), 0.0, 0.0) for side in Side)
        )
    )
    following.attach(lambda side: capability_of(said, side))
    following.hear(trial.feed(said))
    for block in samples(CASE, seconds=0.1):
        if block.tick_us[0] * 1e-6 < until_s:
            following.hear(trial.feed([block]))


def capability_of(said: tuple[Capability, ...], side: Side) -> Capability:
    """What the insole of a foot said."""
    return next(each for each in said if each.side is side)


def test_view_shows_the_clock_of_the_hold_and_the_shares_of_its_foot() -> None:
    following = Following(shelf.find("tripod-hold"), mass_kg=None)
    assert following.view().state is None
    followed(following, until_s=6.0)
    view = following.view()
    assert (view.state, view.side) == (State.WORK, Side.RIGHT)
    # begun at 3.45; the newest sample is at 5.99
    assert view.clock_s == pytest.approx(2.54, abs=0.011)
    shares = {bar.name: bar.value for bar in view.bars}
    assert shares["heel"] == pytest.approx(0.38 / 0.80, abs=1e-3)
    assert shares["first_ray"] == pytest.approx(0.26 / 0.80, abs=1e-3)
    assert shares["fifth_ray"] == pytest.approx(0.16 / 0.80, abs=1e-3)
    assert all(bar.inside for bar in view.bars)
    drawn = screen(view, 0.0)
    assert drawn[0].split() == ["WORK", "right", "foot", "0", "of", "3"]
    assert any("of 15 s" in line for line in drawn)
    assert any("No data for 0.6 s" in line for line in screen(view, 0.6))


def test_result_is_there_when_all_is_over() -> None:
    following = Following(shelf.find("tripod-hold").changed(hold_s=4.0), mass_kg=70.0)
    followed(following, until_s=9.0)
    following.finish()
    assert following.view().state is State.DONE
    holds: Any = following.result()["holds"]
    assert [hold["ended_by"] for hold in holds] == ["target"]


def test_insoles_that_see_too_little_are_refused_with_what_is_missing() -> None:
    drill = shelf.find("quadripod-hold")
    left, right = capabilities(CASE)
    blind = replace(ideal7(), labels=tuple(name if name != "HAL" else "TOES" for name in REGIONS))
    feet = {Side.LEFT: left, Side.RIGHT: replace(right, layout=blind)}
    with pytest.raises(RequestError, match="right insole has no sensor under HAL"):
        check(drill, feet, mass_kg=70.0)
    slow = {Side.LEFT: left, Side.RIGHT: replace(right, rate_hz=25.0)}
    with pytest.raises(RequestError, match="25 Hz, and 50 are needed"):
        check(drill, slow, mass_kg=70.0)
    with pytest.raises(RequestError, match="--mass KG"):
        check(drill, {Side.LEFT: left, Side.RIGHT: right}, mass_kg=None)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("pogo-hops", "--open-gate"),
        ("forefoot-edge-hold", "rail"),
        ("switch-feet", "I can reach a wall"),
    ],
)
def test_gates_and_confirmations_come_before_anything_is_connected(name: str, words: str) -> None:
    parser: argparse.ArgumentParser = Parser()
    command.add_arguments(parser)
    with pytest.raises(InsoleError, match=words):
        command.run(parser.parse_args(["run", name, "--simulate", "single", "--headless"]))
