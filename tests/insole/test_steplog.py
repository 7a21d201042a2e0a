"""A session's steps: the same numbers as one table, in little room."""

from __future__ import annotations

import tracemalloc

import pytest

from insole.model.foot import Side
from insole.model.gait import Steps
from insole.signal.steplog import StepLog
from insole.signal.steps import concatenate, empty_steps
from tests.insole.closed_forms import two_mass
from tests.insole.gait_loads import run_of, same_bits, steps_of


def part(steps: Steps, begin: int, end: int) -> Steps:
    def cut(columns):
        return {name: column[begin:end] for name, column in columns.items()}

    return Steps(
        steps.side,
        steps.flags[begin:end],
        cut(steps.value),
        cut(steps.u),
        cut(steps.u_shared),
        None if steps.course is None else steps.course[begin:end],
    )


@pytest.mark.parametrize("size", [1, 7, 300, 1000])
def test_a_log_gives_back_every_bit(size):
    whole = steps_of(run_of(two_mass(), rate_hz=100, strides=700), rate_hz=100)
    log = StepLog(Side.LEFT)
    for begin in range(0, len(whole), size):
        log.append(part(whole, begin, begin + size))
    assert len(log) == 700
    assert same_bits(log.table(), whole)
    newest = log.table(last=50)
    assert len(newest) >= 50
    assert same_bits(newest, part(whole, 700 - len(newest), 700))


def test_asking_between_two_steps_changes_no_bit():
    whole = steps_of(run_of(two_mass(), rate_hz=100, strides=300), rate_hz=100)
    log = StepLog(Side.LEFT)
    for row in range(len(whole)):
        log.append(part(whole, row, row + 1))
        assert same_bits(log.table(last=1), part(whole, row + 1 - len(log.table(last=1)), row + 1))
    assert same_bits(log.table(), whole)


def test_tables_of_different_columns_live_in_one_log():
    one = steps_of(run_of(two_mass(), rate_hz=100, strides=300), rate_hz=100)
    two = steps_of(run_of(two_mass(), rate_hz=500, strides=5), rate_hz=500)
    log = StepLog(Side.LEFT)
    log.append(one)
    log.append(two)
    assert same_bits(log.table(), concatenate((one, two)))


def test_two_hours_of_single_steps_take_a_few_megabytes():
    whole = steps_of(run_of(two_mass(), rate_hz=100, strides=200), rate_hz=100)
    log = StepLog(Side.LEFT)
    tracemalloc.start()
    for _ in range(10):
        for row in range(len(whole)):
            single = part(whole, row, row + 1)
            log.append(concatenate((single, single)))  # a copy: two rows of its own
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(log) == 4000
    assert kept * 10_000 / 4000 < 10e6


def test_an_empty_log_is_an_empty_table():
    log = StepLog(Side.RIGHT)
    log.append(empty_steps(Side.RIGHT))
    assert len(log.table()) == 0
    assert log.table().side is Side.RIGHT
