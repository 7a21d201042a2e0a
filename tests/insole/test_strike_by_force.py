"""Foot strike by the load of both halves in the first 10 % of contact (science.md 3.7)."""

from __future__ import annotations

import numpy as np
import pytest

from insole.model.gait import Steps
from insole.signal.rollover import STRIKE_WORDS
from tests.insole.test_regional_pressure import (
    AREA,
    CONTACT_S,
    LAYOUT,
    LEAD_S,
    RATE_HZ,
    STRIDE_S,
    steps_of,
    told,
)

REAR = np.asarray(LAYOUT.xy[:, 1] < 0.5)
PEAK_KPA = 120.0


def share_at(part, begin: float, end: float):
    """Share of the load behind the middle: from `begin` at foot strike to `end` at toe-off."""
    return begin + (end - begin) * part


def rolled(begin: float, end: float = 0.1, *, seconds: float = 12.0) -> np.ndarray:
    """(n, S) kPa: a half-sine of the total that goes over from the rear half to the front half."""
    phase = np.mod(np.arange(int(seconds * RATE_HZ)) / RATE_HZ - LEAD_S, STRIDE_S) / CONTACT_S
    shape = np.where(phase < 1.0, np.sin(np.pi * np.clip(phase, 0.0, 1.0)), 0.0)
    rear = share_at(np.clip(phase, 0.0, 1.0), begin, end)
    kpa = np.empty((len(phase), len(REAR)))
    kpa[:, REAR] = (shape * rear)[:, None] / AREA[REAR].sum()
    kpa[:, ~REAR] = (shape * (1.0 - rear))[:, None] / AREA[~REAR].sum()
    return PEAK_KPA * AREA.sum() * kpa


def left_of(kpa: np.ndarray, **changes) -> Steps:
    return steps_of(kpa, capability=told(mass_kg=None, **changes)).left


@pytest.mark.parametrize(
    ("begin", "kind"),
    [(0.95, "rearfoot"), (0.78, "rearfoot"), (0.66, "midfoot"), (0.55, "midfoot"),
     (0.45, "forefoot"), (0.05, "forefoot")],
)  # fmt: skip
def test_the_class_is_that_of_the_halves_of_the_first_load(begin, kind):
    steps = left_of(rolled(begin))
    inner = slice(3, -1)
    assert len(steps) > 10
    # the first 10 % after foot strike, which lies where the half-sine is 5 to 10 % of its peak
    part = np.linspace(0.02, 0.02 + 0.1 * 0.96, 2001)
    weight = np.sin(np.pi * part)
    truth = float((share_at(part, begin, 0.1) * weight).sum() / weight.sum())
    assert steps.value["strike_rear_share"][inner] == pytest.approx(truth, abs=0.02)
    assert {STRIKE_WORDS[int(one)] for one in steps.value["strike_class_force"][inner]} == {kind}


def test_what_follows_the_first_load_does_not_enter():
    one = left_of(rolled(0.9, 0.8)).value["strike_rear_share"][3:-1]
    two = left_of(rolled(0.9, 0.0)).value["strike_rear_share"][3:-1]
    assert one.mean() - two.mean() == pytest.approx(0.8 * 0.07, abs=0.03)  # about 7 % of contact


def test_below_100_hz_there_is_neither_share_nor_class():
    steps = left_of(rolled(0.9), rate_hz=99.0)
    assert "strike_class_force" not in steps.value


def test_it_needs_no_body_mass_and_grouping_changes_no_bit():
    kpa = rolled(0.8)
    whole = left_of(kpa)
    cut = steps_of(kpa, capability=told(mass_kg=None), cuts=tuple(range(37, len(kpa), 53))).left
    for columns in ("value", "u", "u_shared"):
        for name in ("strike_rear_share", "strike_class_force"):
            a, b = (getattr(one, columns)[name] for one in (whole, cut))
            assert a.tobytes() == b.tobytes()
