"""Push-off against the own baseline: at one cadence only; as a shape where definitions disagree."""

from __future__ import annotations

import pytest

from insole.metrics.baseline import baselines
from insole.metrics.matched import push_off_words


def usual():
    """Three sessions about 170 steps a minute, PO50 0.150 and PO_eff 0.170 BW·s."""
    return baselines([
        {name: {"mean": mean + step, "u_random": 0.0005}
         for name, mean, step in (("cadence_spm", 170.0, 0.5 * k), ("po50_BW_s", 0.150, 0.001 * k),
                                  ("po_eff_BW_s", 0.170, 0.001 * k))}
        for k in (-1, 0, 1)
    ])  # fmt: skip


def said(cadence: float, po50: float, po_eff: float) -> str:
    values = {"cadence_spm": cadence, "po50_BW_s": po50, "po_eff_BW_s": po_eff}
    return push_off_words({name: {"mean": value} for name, value in values.items()}, usual())


@pytest.mark.parametrize(
    ("po50", "po_eff", "words"),
    [
        (0.160, 0.180, ""),  # both more
        (0.140, 0.160, ""),  # both less
        (0.160, 0.165, "shape changed"),
        (0.140, 0.175, "shape changed"),
        (0.1505, 0.1695, ""),  # inside what is usual
    ],
)
def test_two_definitions_that_move_apart_are_another_shape(po50, po_eff, words):
    assert said(170.0, po50, po_eff) == words


@pytest.mark.parametrize(
    ("cadence", "words"), [(167.2, ""), (172.9, ""), (166.0, "below"), (175, "above")]
)
def test_push_off_is_compared_at_the_same_cadence_only(cadence, words):
    found = said(cadence, 0.160, 0.180)
    assert words in found
    assert ("not compared" in found) == bool(words)


def test_without_a_baseline_or_without_push_off_nothing_is_said():
    assert push_off_words({}, usual()) == ""
    assert push_off_words({"po50_BW_s": {"mean": 0.2}}, {}) == ""
    assert push_off_words({"po50_BW_s": {"mean": None}}, usual()) == ""
