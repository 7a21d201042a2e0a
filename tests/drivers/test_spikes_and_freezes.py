"""Sensors that jump or repeat themselves: what is sent, and what the user reads of it."""

from __future__ import annotations

import itertools
import json
import re
from contextlib import closing

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insole.api import open_recording
from insole.cli import main
from insole.model.foot import Side
from insole.model.stream import Capability, Samples
from insole_drivers.virtual import faults
from tests.drivers import protocol_bench
from tests.drivers.radio_bench import FULL, Waves, plan

RATE_HZ = 100.0
SECONDS = 20


def felt(key: str, value: float, cuts: list[int], *, seed: int = 3) -> tuple:
    """A clean signal, and the same through a fault in blocks that end at these rows."""
    made = faults.build({key: value}, seed=seed)[0]
    time_s = 40.0 + np.arange(round(SECONDS * RATE_HZ)) / RATE_HZ
    clean = Waves(4).raw(time_s)
    edges = [0, *sorted(set(cuts)), len(time_s)]
    blocks = [
        made.feel(clean[a:b], time_s[a:b], plan(Side.LEFT))
        for a, b in itertools.pairwise(edges)
        if a < b
    ]
    return time_s, clean, np.concatenate(blocks)


CUTS = st.lists(st.integers(1, round(SECONDS * RATE_HZ) - 1), max_size=12)


@settings(deadline=None, max_examples=20)
@given(CUTS)
def test_a_spike_is_one_sensor_of_one_sample_far_away_however_the_stream_is_cut(cuts):
    _, clean, spoilt = felt("spike", 0.05, cuts)
    rows, sensors = np.nonzero(spoilt != clean)
    assert len(set(rows.tolist())) == len(rows)
    assert 0.03 * len(clean) < len(rows) < 0.07 * len(clean)
    assert len(set(sensors.tolist())) == 4
    apart = np.abs(spoilt.astype(np.int64) - clean)[rows, sensors]
    assert (apart >= FULL / 2 - 1).all()
    np.testing.assert_array_equal(spoilt, felt("spike", 0.05, [])[2])


def test_spikes_repeat_with_their_seed():
    spoilt = [felt("spike", 0.05, [], seed=seed)[2] for seed in (3, 3, 4)]
    np.testing.assert_array_equal(spoilt[0], spoilt[1])
    assert (spoilt[0] != spoilt[2]).any()


@settings(deadline=None, max_examples=20)
@given(CUTS)
def test_a_frozen_foot_repeats_all_sensors_for_its_time_and_is_itself_between(cuts):
    time_s, clean, spoilt = felt("freeze", 0.5, cuts)
    phase_s = np.mod(time_s, 3.0)
    is_frozen = phase_s < 0.5 - 1e-9
    np.testing.assert_array_equal(spoilt[~is_frozen], clean[~is_frozen])
    turns = np.floor(time_s / 3.0)
    for turn in np.unique(turns[is_frozen]):
        rows = spoilt[is_frozen & (turns == turn)]
        assert (rows == rows[0]).all()


def recorded(capsys, name: str, fault: str) -> tuple[dict, dict]:
    """A run of 20 s with this fault: its document, and the raw samples of each foot by number."""
    words = ("--headless", "--record", name, "--json")
    document = protocol_bench.answer(capsys, "demo", f"run?seconds=20&seed=5&{fault}", *words)
    raw: dict[Side, dict[int, tuple]] = {side: {} for side in Side}
    sides: dict[str, Side] = {}
    with closing(open_recording(name)) as recording:
        for item in recording.decoded():
            if isinstance(item, Capability):
                sides[item.device] = item.side
            elif isinstance(item, Samples):
                values = map(tuple, item.values.tolist())
                raw[sides[item.device]].update(zip(item.sequence.tolist(), values, strict=True))
    return document, raw


def findings(capsys, name: str) -> list[dict]:
    """What `insole doctor` says of the sensors of a recording."""
    main(["doctor", name, "--json"])
    return json.loads(capsys.readouterr().out)["sensors"]


@pytest.mark.usefixtures("home")
@pytest.mark.timeout(120)
def test_every_spike_of_a_foot_is_said_to_the_user_and_costs_its_steps_nothing(capsys):
    clean, truth = recorded(capsys, "clean.h5", "loss=0")
    document, raw = recorded(capsys, "spikes.h5", "spike.left=0.01")
    both = raw[Side.LEFT].keys() & truth[Side.LEFT].keys()
    sent = sum(raw[Side.LEFT][number] != truth[Side.LEFT][number] for number in both)
    assert sent > 10
    said = findings(capsys, "spikes.h5")
    assert {(each["side"], each["state"]) for each in said} == {("left", "spike")}
    counted = [re.search(r"in (\d+) samples", each["text"]) for each in said]
    assert sum(int(each[1]) for each in counted if each) == sent
    assert main(["doctor", "spikes.h5"]) == 0
    assert "jumped and came back" in capsys.readouterr().out
    pairs = zip(document["steps"], clean["steps"], strict=True)
    for step, usual in pairs:
        assert step["impulse_N_s"] == pytest.approx(usual["impulse_N_s"], rel=0.01)


@pytest.mark.usefixtures("home")
@pytest.mark.timeout(120)
def test_a_foot_that_freezes_under_load_is_said_to_the_user(capsys):
    recorded(capsys, "frozen.h5", "freeze.right=0.4")
    (said,) = findings(capsys, "frozen.h5")
    assert (said["side"], said["state"], said["sensor"]) == ("right", "frozen", None)
    main(["doctor", "frozen.h5"])
    assert "right: the whole foot repeated itself" in capsys.readouterr().out
