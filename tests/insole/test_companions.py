"""A device beside the pair stands on the board as connected, and is no foot."""

from __future__ import annotations

import numpy as np
import pytest

from insole import plugins
from insole.live.showing import companions
from insole.model.foot import Side
from insole.model.protocol import Companion, InsoleProtocol
from insole.model.stream import Connected, LinkState, Packet
from insole.model.trial import StartState
from insole.trial import RunningTrial

VALUES = "f3f9c7ce-46ee-4205-89ac-abe64e626c0f"


def slow_packet() -> bytes:
    return bytes([40]) + np.array([32767, 0, 0, 0], ">i2").tobytes() + bytes(11)


@pytest.fixture
def trial():
    return RunningTrial(StartState(origin_ns=0))


def pod_events(at_ns: int):
    yield Connected("P", at_ns, "orphe_core", "AA", "CR-2", 247)
    yield LinkState("P", at_ns, "streaming", "CR-2: streaming.")
    yield Packet("P", VALUES, at_ns + 10, slow_packet())


def test_a_pod_is_shown_with_its_link_and_its_age(trial):
    protocol: InsoleProtocol = plugins.protocol("orphe_core")
    assert isinstance(protocol, Companion)
    assert companions(trial, now_ns=0) == ()
    trial.feed(list(pod_events(1_000_000_000)))
    (pod,) = companions(trial, now_ns=3_000_000_010)
    assert (pod.device, pod.role, pod.phase) == ("P", protocol.role, "streaming")
    assert pod.age_s == pytest.approx(2.0)
    (played,) = companions(trial, now_ns=None)
    assert played.age_s == 0.0
    trial.feed([LinkState("P", 5_000_000_000, "lost", "CR-2 lost.")])
    assert companions(trial, now_ns=0)[0].phase == "lost"


def test_it_takes_no_part_in_the_pair(trial):
    trial.feed(list(pod_events(1_000_000_000)))
    assert trial.pair.feet == {}
    assert trial.pair.refused == {}
    assert all(trial.ledger(side) is None for side in Side)


def test_an_insole_that_tells_motion_too_is_no_companion(trial):
    trial.feed([Connected("A", 0, "orphe_insole", "AA", "INS-1", 247)])
    assert companions(trial, now_ns=0) == ()
