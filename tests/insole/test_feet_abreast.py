"""Long blocks of both feet are served at the same time, and nothing else changes."""

import threading

import numpy as np
import pytest

from insole import pipeline
from insole.errors import InsoleError, RequestError
from insole.model.foot import Side
from insole.model.trial import StartState
from insole.pipeline import MANY_ROWS, FootPipeline, abreast
from insole.trial import RunningTrial
from insole_drivers.virtual import spread
from tests.insole.whole_trials import LAYOUT, part, samples, truth_of

RATE_HZ = 200.0
ROWS = MANY_ROWS + 500
TRUTH = truth_of("run")


@pytest.fixture(scope="module")
def told():
    """What both feet say: capabilities, and one long block each."""
    capabilities = [
        spread.capability(TRUTH, side, layout=LAYOUT, rate_hz=RATE_HZ, serial=side.value)
        for side in Side
    ]
    return capabilities, [
        samples(TRUTH, side, rate_hz=RATE_HZ, seconds=ROWS / RATE_HZ) for side in Side
    ]


@pytest.fixture
def threads(monkeypatch):
    """Who serves each foot."""
    seen: dict[Side, set[int]] = {side: set() for side in Side}
    plain = FootPipeline.push

    def push(self, block):
        seen[self.side].add(threading.get_ident())
        return plain(self, block)

    monkeypatch.setattr(FootPipeline, "push", push)
    return seen


def result_of(trial: RunningTrial) -> tuple[str, list[str]]:
    trial.finish()
    steps = trial.pair.steps()
    return trial.analysis().result_sha256, [
        f"{name} {side.side} {np.nansum(side.value[name])!r}"
        for side in steps
        for name in sorted(side.value)
    ]


def fed(told, *, together: bool) -> RunningTrial:
    trial = RunningTrial(StartState())
    capabilities, blocks = told
    trial.feed(capabilities)
    if together:
        trial.feed(blocks)
    else:
        for block in blocks:
            trial.feed([block])
    return trial


def test_feet_side_by_side_give_the_bits_of_one_after_the_other(told, threads):
    one_by_one = result_of(fed(told, together=False))
    assert threads[Side.LEFT] == threads[Side.RIGHT] == {threading.get_ident()}
    both = result_of(fed(told, together=True))
    assert both == one_by_one
    assert len(threads[Side.LEFT] | threads[Side.RIGHT]) == 2


def test_updates_come_in_the_order_in_which_the_feet_were_pushed(told):
    capabilities, blocks = told
    for order in (1, -1):
        trial = RunningTrial(StartState())
        trial.feed(capabilities)
        sides = [update.side for update in trial.feed(blocks[::order])]
        assert sides == sorted(sides)[::order]
        assert set(sides) == set(Side)


def test_short_blocks_stay_on_the_thread_that_brings_them(told, threads):
    capabilities, blocks = told
    trial = RunningTrial(StartState())
    trial.feed(capabilities)
    for begin in range(0, 6000, 2000):
        trial.feed([part(block, begin, begin + 2000) for block in blocks])
    assert threads[Side.LEFT] == threads[Side.RIGHT] == {threading.get_ident()}


@pytest.mark.parametrize("broken", Side)
def test_the_error_of_one_foot_reaches_the_caller(told, monkeypatch, broken):
    plain = FootPipeline.push

    def push(self, block):
        if self.side is broken:
            raise RequestError(f"the {broken} foot is broken", where="here", why="so", fix="No")
        return plain(self, block)

    monkeypatch.setattr(FootPipeline, "push", push)
    with pytest.raises(InsoleError, match=f"the {broken} foot is broken"):
        fed(told, together=True)


def test_of_two_failures_the_first_in_order_is_told_and_all_acts_have_ended():
    ended = threading.Event()

    def fails():
        raise ValueError("the first")

    def fails_later():
        ended.set()
        raise ValueError("the second")

    with pytest.raises(ValueError, match="the first"):
        abreast([fails, fails_later])
    assert ended.is_set()


def test_rules_for_broken_numbers_hold_in_all_threads():
    def rule():
        return [np.geterr()["divide"]]

    with np.errstate(divide="raise"):
        assert abreast([rule, rule]) == [["raise"], ["raise"]]


def test_a_file_read_foot_by_foot_is_fed_a_block_of_each_at_once(told, monkeypatch):
    """Whatever the order in which a file tells: each foot's own order stays."""
    at_once: list[int] = []
    plain = pipeline.PairPipeline.push

    def push(self, items):
        at_once.append(len({item.device for item in items}))
        return plain(self, items)

    monkeypatch.setattr(pipeline.PairPipeline, "push", push)
    (left, right), blocks = told
    halves = [(part(one, 0, 20_000), part(one, 20_000, ROWS)) for one in blocks]
    orders = (
        [left, *halves[0], right, *halves[1]],
        [left, right, halves[0][0], halves[1][0], halves[0][1], halves[1][1]],
        [left, blocks[0], right, blocks[1]],
    )
    results = []
    for order in orders:
        trial = RunningTrial(StartState())
        for _ in trial.feed_all(order):
            pass
        results.append(result_of(trial))
    assert results == [result_of(fed(told, together=False))] * len(orders)
    assert max(at_once) == 2
