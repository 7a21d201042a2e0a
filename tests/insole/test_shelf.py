"""What is put away comes back to the bit, takes no memory, and needs no disk to be kept."""

from __future__ import annotations

import tempfile
import tracemalloc

import numpy as np
import pytest

from insole.errors import StorageError
from insole.live import attic as attic_module
from insole.live.attic import FileAttic
from insole.live.trials import Trials
from insole.model.foot import Side
from insole.model.trial import StartState, TrialNotes
from insole.signal.shelf import Shelf
from insole.signal.steplog import StepLog
from tests.insole.closed_forms import two_mass
from tests.insole.gait_loads import run_of, same_bits, steps_of


def group(number: int) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(number)
    floats = rng.standard_normal((3, 50 + number))
    floats[0, 0], floats[1, 1] = np.nan, -0.0
    return floats, floats.astype(np.float32), rng.random((2, 7)) > 0.5, np.empty((0, 4), np.uint16)


def same(one: tuple[np.ndarray, ...], two: tuple[np.ndarray, ...]) -> bool:
    pairs = list(zip(one, two, strict=True))
    return all(
        a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes() for a, b in pairs
    )


@pytest.mark.parametrize("memory", [0, 5000, 1 << 20])
def test_every_group_comes_back_to_the_bit(memory):
    shelf = Shelf(memory=memory, attic=FileAttic())
    for number in range(20):
        shelf.put(*group(number))
    assert len(shelf) == 20
    assert all(same(shelf.get(number), group(number)) for number in (0, 19, 7, 3, 12, 0))


def test_the_oldest_are_forgotten_first_whether_in_memory_or_in_the_file():
    shelf = Shelf(memory=5000, attic=FileAttic())
    for number in range(12):
        shelf.put(*group(number))
        if number >= 4:
            shelf.drop()
    assert len(shelf) == 4
    assert all(same(shelf.get(place), group(8 + place)) for place in range(4))


def test_memory_does_not_grow_with_what_is_put_away():
    shelf = Shelf(memory=100_000, attic=FileAttic())
    tracemalloc.start()
    for number in range(100):
        shelf.put(np.full(20_000, float(number)))
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 400_000
    assert shelf.get(3)[0][0] == 3.0


def test_without_a_place_for_files_everything_stays_in_memory(monkeypatch):
    def refuse(**_):
        raise FileNotFoundError("no usable temporary directory")

    monkeypatch.setattr(attic_module.tempfile, "TemporaryFile", refuse)
    shelf = Shelf(memory=0, attic=FileAttic())
    for number in range(5):
        shelf.put(*group(number))
    assert all(same(shelf.get(number), group(number)) for number in range(5))


def test_without_an_attic_everything_stays_in_memory():
    shelf = Shelf(memory=0)
    for number in range(5):
        shelf.put(*group(number))
    assert all(same(shelf.get(number), group(number)) for number in range(5))


def test_shelves_share_an_attic():
    attic = FileAttic()
    one, two = Shelf(memory=0, attic=attic), Shelf(memory=0, attic=attic)
    for number in range(6):
        one.put(*group(number))
        two.put(*group(100 + number))
    assert all(same(one.get(number), group(number)) for number in range(6))
    assert all(same(two.get(number), group(100 + number)) for number in range(6))


@pytest.mark.parametrize("live", [True, False])
def test_what_is_live_may_last_for_hours_and_has_an_attic(live):
    trials = Trials(StartState(), notes=TrialNotes(), recorders=None, live=live)
    assert (trials.current.pair._attic is not None) == live


def test_a_full_disk_loses_nothing(tmp_path, monkeypatch):
    class Full:
        def __init__(self):
            self.real = tempfile.NamedTemporaryFile(dir=tmp_path, buffering=0)  # noqa: SIM115
            self.left = 6000

        def write(self, data):
            room = min(self.left, len(data))
            self.left -= room
            return self.real.write(data[:room])

        def __getattr__(self, name):
            return getattr(self.real, name)

    monkeypatch.setattr(attic_module.tempfile, "TemporaryFile", lambda **_: Full())
    shelf = Shelf(memory=0, attic=FileAttic())
    for number in range(8):
        shelf.put(*group(number))
    assert all(same(shelf.get(number), group(number)) for number in range(8))


def test_a_file_cut_short_is_said_and_no_numbers_are_made_up():
    attic = FileAttic()
    shelf = Shelf(memory=0, attic=attic)
    for number in range(3):
        shelf.put(*group(number))
    attic._file.truncate(100)
    with pytest.raises(StorageError, match="holds every sample"):
        shelf.get(1)


def test_a_log_in_a_file_gives_back_every_bit():
    whole = steps_of(run_of(two_mass(), rate_hz=100, strides=700), rate_hz=100)
    log = StepLog(Side.LEFT, memory=0, attic=FileAttic())
    for _ in range(2):
        log.append(whole)
    table = log.table()
    assert len(table) == 1400
    twice = {name: np.tile(column, 2) for name, column in whole.value.items()}
    assert all(table.value[name].tobytes() == twice[name].tobytes() for name in twice)
    log = StepLog(Side.LEFT, memory=0, attic=FileAttic())
    log.append(whole)
    assert same_bits(log.table(), whole)
