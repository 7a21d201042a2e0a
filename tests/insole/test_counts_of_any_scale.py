"""An insole that gives counts has the same contacts whatever a count is (science.md, 3.1)."""

from __future__ import annotations

import json

import numpy as np
import pytest

from insole.cli import main
from tests.insole.closed_forms import half_sine

NAMES = ",".join(["t", *(f"{side}{index + 1}" for side in "LR" for index in range(16))])


def told(path, scale: float, capsys) -> dict:
    """The document of a half-sine run whose 16 sensors peak at `scale` counts."""
    signal = half_sine()
    time, left = signal.train(rate_hz=100, strides=40)
    right = np.interp(time - 0.5 * signal.stride_s, time, left, left=0.0)
    noise = 0.002 * np.abs(np.random.default_rng(1).standard_normal((len(time), 32)))
    shape = np.column_stack((*[left] * 16, *[right] * 16)) / signal.peak + noise
    rows = np.column_stack((time, scale * shape))
    np.savetxt(path, rows, "%.9g", ",", header=NAMES, comments="")
    assert main(["analyze", str(path), "--quantity", "counts", "--layout", "generic16",
                 "--json"]) == 0  # fmt: skip
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("scale", [0.01, 1.0, 40.0, 1e6])
def test_contacts_in_counts_do_not_depend_on_what_a_count_is(scale, tmp_path, capsys):
    reference = told(tmp_path / "usual.csv", 4095.0, capsys)
    found = told(tmp_path / "other.csv", scale, capsys)
    assert found["activity"] == "run"
    for side in ("left", "right"):
        one, two = (document["summary"][side]["contact_s"] for document in (reference, found))
        assert two["n"] == one["n"] > 35
        assert two["mean"] == pytest.approx(one["mean"], abs=1e-6)
