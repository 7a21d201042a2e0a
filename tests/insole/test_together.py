"""Two feet, two crystals, two links: what they share of time, and stomps that bring them together.

Streams are made straight from the formula of each contact: no radio takes part.
"""

from dataclasses import replace

import numpy as np
import pytest

from insole import layouts
from insole.errors import CalibrationError
from insole.metrics.summary import BETWEEN_FEET, symmetry
from insole.model.foot import Side
from insole.model.stream import Capability, Samples
from insole.model.trial import Alignment, ClockFit, StartState
from insole.parameters import Parameters
from insole.signal.together import sync_sd_s
from insole.trial import RunningTrial

RATE_HZ = 200.0
STEP_S, CONTACT_S, PEAK_N = 0.36, 0.25, 1500.0
STOMPS_S = (2.0, 3.1, 4.3)
MASS_KG = 70.0


def force(strikes, time):
    """Half-sines that begin at the strikes."""
    total = np.zeros(len(time))
    for strike in strikes:
        phase = (time - strike) / CONTACT_S
        inside = (phase >= 0) & (phase <= 1)
        total[inside] += PEAK_N * np.sin(np.pi * phase[inside])
    return total


def truth(seconds, *, stomps=STOMPS_S):
    """True strikes of both feet: stomps on both at once, then a run of equal steps."""
    run = np.arange(6.0, seconds - 1.0, 2 * STEP_S)
    return {
        Side.LEFT: np.concatenate((stomps, run)),
        Side.RIGHT: np.concatenate((stomps, run + STEP_S)),
    }


def stream(side, strikes, *, seconds, ppm, delay_s, seed):
    """A foot in packets of four samples: crystal `ppm` fast, link at least `delay_s` late."""
    rng = np.random.default_rng(seed)
    n = int(seconds * RATE_HZ) // 4 * 4
    tick_us = np.round(np.arange(n) * 1e6 / RATE_HZ).astype(np.int64)
    true_s = tick_us * 1e-6 / (1.0 + ppm * 1e-6)
    total = force(strikes, true_s)
    late = np.repeat(delay_s + rng.exponential(0.004, n // 4), 4)
    arrival = np.repeat(true_s[3::4], 4) + late
    capability = Capability(
        device=side.value,
        protocol="test",
        serial="",
        firmware="",
        side=side,
        layout=layouts.load("loadsol3"),
        quantity="N",
        scale=1.0,
        offset=0.0,
        saturated=None,
        rate_hz=RATE_HZ,
    )
    samples = Samples(
        side.value,
        np.arange(n),
        tick_us + 1_000_000 * (7 if side is Side.LEFT else 1913),  # each counts from its own boot
        np.maximum.accumulate(np.round(arrival * 1e9).astype(np.int64)),
        np.asfortranarray(np.outer(total, [0.3, 0.4, 0.3])),
        np.zeros(n, np.uint32),
    )
    return capability, samples


def pair(seconds=40.0, *, apart_s=0.012, stomps=STOMPS_S, ppm=(25.0, -30.0), strikes=None):
    """Both feet; the right foot's link is `apart_s` slower."""
    strikes = strikes or truth(seconds, stomps=stomps)
    return [
        item
        for index, side in enumerate(Side)
        for item in stream(
            side,
            strikes[side],
            seconds=seconds,
            ppm=ppm[index],
            delay_s=0.010 + index * apart_s,
            seed=index,
        )
    ]


def run(items, start=None):
    trial = RunningTrial(start or StartState(mass_kg=MASS_KG))
    trial.feed(items)
    trial.finish()
    return trial


def step_times(analysis):
    """Mean step time of the run, left to right and right to left."""
    start = analysis.start_s
    return [
        float(np.nanmean(steps.value["step_s"][steps.value["foot_strike_s"] - start > 5.0]))
        for steps in (analysis.left, analysis.right)
    ]


def test_three_stomps_show_how_much_later_one_link_is():
    found = run(pair(apart_s=0.012)).pair.alignment()
    assert found.device == "right"
    assert found.shift_s == pytest.approx(0.012, abs=0.003)
    assert len(found.strikes_s) == 3
    # the clocks still settle while one stomps: their own doubt is not the strikes'
    assert 0.0 < found.u_s < 0.003


@pytest.mark.parametrize("apart_s", [-0.020, 0.0, 0.018])
def test_aligned_feet_have_the_step_times_of_the_truth(apart_s):
    items = pair(apart_s=apart_s, ppm=(0.0, 0.0))
    first = run(items)
    plain = step_times(first.analysis())
    assert (plain[0] - plain[1]) / 2 == pytest.approx(apart_s, abs=0.003)
    start = StartState(mass_kg=MASS_KG, alignment=first.pair.alignment())
    aligned = step_times(run(items, start).analysis())
    assert aligned == pytest.approx([STEP_S, STEP_S], abs=0.003)


def test_alignment_changes_no_time_within_a_foot():
    items = pair(apart_s=0.015)
    first = run(items)
    start = StartState(mass_kg=MASS_KG, alignment=first.pair.alignment())
    one, two = first.analysis(), run(items, start).analysis()
    for name in ("contact_s", "stride_s", "impulse_N_s"):
        assert one.right.value[name] == pytest.approx(two.right.value[name], nan_ok=True, abs=1e-8)
        assert np.array_equal(one.left.value[name], two.left.value[name], equal_nan=True)


def test_the_document_holds_what_was_applied():
    items = pair()
    start = StartState(mass_kg=MASS_KG, alignment=run(items).pair.alignment())
    document = run(items, start).analysis().to_dict()
    assert document["synchronisation"]["alignment"]["shift_s"] == start.alignment.shift_s
    assert run(items).analysis().to_dict()["synchronisation"]["alignment"] is None


def test_a_run_without_stomps_is_refused_with_what_is_needed():
    with pytest.raises(CalibrationError, match="three stomps"):
        run(pair(stomps=())).pair.alignment()


def test_stomps_that_disagree_are_refused():
    strikes = truth(20.0)
    strikes[Side.RIGHT] = strikes[Side.RIGHT] + np.where(
        np.arange(len(strikes[Side.RIGHT])) == 1, 0.05, 0.0
    )
    with pytest.raises(CalibrationError, match="differ by"):
        run(pair(20.0, strikes=strikes)).pair.alignment()


def test_one_foot_cannot_be_brought_together():
    with pytest.raises(CalibrationError, match="0 strikes"):
        run(pair()[:2]).pair.alignment()


def test_symmetry_of_step_times_is_hidden_until_the_feet_share_time():
    early = run(pair(20.0)).analysis()
    assert early.sync_sd_s > 0.003
    document = early.to_dict()
    assert not BETWEEN_FEET & set(document["summary"]["symmetry"])
    assert "contact_s" in document["summary"]["symmetry"]
    assert all("share time" in document["not_available"][f"symmetry.{n}"] for n in BETWEEN_FEET)
    late = run(pair(150.0)).analysis()
    assert late.sync_sd_s < 0.003
    assert "step_s" in late.to_dict()["summary"]["symmetry"]
    assert not [name for name in late.to_dict()["not_available"] if name.startswith("symmetry.")]


def test_stomps_on_settled_clocks_make_a_short_trial_good_enough():
    """A warm-up settles both clocks; the trial that follows begins with them, and with stomps."""
    items = pair(20.0)
    warm = run(pair(150.0))
    start = StartState(mass_kg=MASS_KG, clocks=warm.pair.clocks())
    first = run(items, start)
    assert not first.analysis().synchronised
    aligned = run(items, replace(start, alignment=first.pair.alignment())).analysis()
    assert aligned.synchronised
    assert "step_s" in aligned.to_dict()["summary"]["symmetry"]


def test_columns_of_one_file_share_one_clock():
    same = ClockFit(0.0, 0.0, 0.003, 5.0)
    assert sync_sd_s(same, same) == 0.0
    assert sync_sd_s(same, replace(same, offset_us=3.0)) == pytest.approx(0.003 * 2**0.5)
    assert sync_sd_s(same, None) is None


def test_an_error_of_the_clocks_shifts_symmetry_by_its_closed_form():
    """Science.md, 8.3: an offset error e gives SI = 100 * 2e / T_step."""
    analysis = run(pair(150.0, apart_s=0.005, ppm=(0.0, 0.0), stomps=())).analysis()
    left, right = step_times(analysis)
    found = symmetry(analysis.left, analysis.right)["step_s"]["si_percent"]
    e = (left - right) / 2
    assert abs(e) == pytest.approx(0.005, abs=0.002)
    assert found == pytest.approx(-100 * 2 * e / STEP_S, abs=0.1)


def test_an_alignment_of_another_device_moves_nothing():
    items = pair(20.0)
    other = Alignment("somebody else", 0.05, 0.001, ())
    start = StartState(mass_kg=MASS_KG, alignment=other)
    assert run(items, start).analysis().result_sha256 == run(items).analysis().result_sha256
    assert Parameters()["clock.sync_sd_s"] == run(items).analysis().sync_limit_s
