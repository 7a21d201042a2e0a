"""Filtered results beside those of the stream: their delay is off the times, and they say so."""

from __future__ import annotations

import json

import numpy as np
import pytest

from insole.cli import main
from insole.errors import RequestError
from insole.research import with_filter
from insole.signal.whole_filters import filtered
from tests.insole.closed_forms import half_sine, two_mass
from tests.insole.gait_loads import BW, MASS_KG

NO_BREAKS = np.zeros(4000, np.bool_)


def table(path, signal, *, rate_hz: float, strides: int = 30):
    """A file of both feet, half a stride apart, as a force platform would write it."""
    time, left = signal.train(rate_hz=rate_hz, strides=strides)
    right = np.interp(time - 0.5 * signal.stride_s, time, left, left=0.0)
    rows = np.column_stack((time, left * BW, right * BW))
    np.savetxt(path, rows, "%.6f", ",", header="t,L1,R1", comments="")


@pytest.mark.parametrize("rate_hz", [100.0, 200.0, 500.0])
@pytest.mark.parametrize("kind", ["causal", "zero-phase"])
def test_a_sine_at_the_cut_off_loses_3_db(rate_hz, kind):
    """1/√2 once; back and forth the cut-off of a pass is corrected, so again 1/√2 and not 1/2."""
    wave = np.sin(2.0 * np.pi * 30.0 * np.arange(4000) / rate_hz)[:, None]
    found = filtered(wave, kind=kind, rate_hz=rate_hz, cut_hz=30.0, breaks=NO_BREAKS)
    middle = found.values[1000:3000, 0]
    assert np.sqrt(2.0) * middle.std() == pytest.approx(np.sqrt(0.5), rel=0.002)


@pytest.mark.parametrize(("rate_hz", "delay_ms"), [(100.0, 5.1), (200.0, 6.9), (500.0, 7.4)])
def test_what_is_taken_off_is_the_delay_of_the_table(rate_hz, delay_ms):
    """science.md 7.2: Butterworth 2 at 30 Hz; a slow sine comes out later by that."""
    slow = np.sin(2.0 * np.pi * 0.5 * np.arange(4000) / rate_hz)[:, None]
    found = filtered(slow, kind="causal", rate_hz=rate_hz, cut_hz=30.0, breaks=NO_BREAKS)
    assert 1e3 * found.delay_s == pytest.approx(delay_ms, abs=0.06)
    time = np.arange(4000) / rate_hz
    shifted = np.sin(2.0 * np.pi * 0.5 * (time - found.delay_s))
    assert found.values[500:, 0] == pytest.approx(shifted[500:], abs=1e-4)


def test_a_filter_begins_anew_after_a_break_as_if_it_had_always_been_there():
    values = np.concatenate((np.full(100, 3.0), np.full(100, 50.0)))[:, None]
    breaks = np.arange(200) == 100
    for kind in ("causal", "zero-phase"):
        found = filtered(values, kind=kind, rate_hz=100.0, cut_hz=30.0, breaks=breaks)
        assert found.values == pytest.approx(values)


@pytest.mark.parametrize("signal", [half_sine(), two_mass()], ids=["G1", "G2"])
@pytest.mark.parametrize("kind", ["causal", "zero-phase"])
def test_contact_times_of_filtered_runs_are_3_ms_long_at_most(signal, kind, tmp_path):
    """science.md 7.2, real runs at 200 Hz: t_c +1.8 ms, J up to 0.1 %, FS -1.8 ms, TO +0.3 ms.

    The closed forms begin with sharper corners than real feet: 1 ms more.
    """
    table(tmp_path / "run.csv", signal, rate_hz=200.0)
    found = with_filter(tmp_path / "run.csv", MASS_KG, kind=kind, quantity="N").left
    good = found.valid
    v = {name: column[good] for name, column in found.value.items()}
    strike, off = signal.first_up(0.05), signal.last_down(0.05)
    longer = v["contact_s"].mean() - (off - strike)
    assert 0.0 < longer < 0.003
    begin = 0.3 + signal.stride_s * np.round((v["foot_strike_s"] - 0.3) / signal.stride_s)
    assert abs((v["foot_strike_s"] - begin - strike).mean()) < 0.003
    assert abs((v["toe_off_s"] - begin - off).mean()) < 0.003
    assert v["impulse_N_s"].mean() == pytest.approx(
        (signal.area(off) - signal.area(strike)) * BW, rel=0.001
    )


def test_a_filtered_result_says_so_and_the_stream_stays_unfiltered(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    table("run.csv", half_sine(), rate_hz=200.0)
    words = ["analyze", "run.csv", "--json", "--quantity", "N", "--mass", f"{MASS_KG:g}"]
    tags, hashes = [], []
    for more in ([], ["--filter", "causal"], ["--filter", "zero-phase"]):
        assert main([*words, *more]) == 0
        said = json.loads(capsys.readouterr().out)["provenance"]
        tags.append(said["filter"])
        hashes.append(said["result_sha256"])
    assert tags[0] == "none"
    assert tags[1] == "causal, Butterworth 2, 30 Hz, 6.9 ms taken off"
    assert tags[2] == "zero_phase, Butterworth 4, 30 Hz"
    assert len(set(hashes)) == 3


def test_a_rate_below_the_filter_and_two_ways_at_once_are_refused(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    table("slow.csv", half_sine(), rate_hz=50.0)
    with pytest.raises(RequestError, match="filter cannot be made"):
        with_filter("slow.csv", MASS_KG, kind="causal", quantity="N")
    both = ["analyze", "slow.csv", "--quantity", "N", "--filter", "causal", "--remove-drift"]
    assert main(both) == 2
    assert "never mixed" in capsys.readouterr().err
