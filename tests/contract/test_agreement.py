"""The page of agreement with real data holds, and is made again where the recordings are."""

import importlib
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def script():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "docs"))
        yield importlib.import_module("make_agreement")


@pytest.fixture(scope="module")
def sections(script):
    if not (script.DATA / "reference.json").is_file():
        pytest.skip("the shared real recordings are not here")
    return script.comparisons(script.DATA)


def test_every_comparison_with_real_data_holds_its_limit(sections):
    missed = [one.what for _, rows in sections for one in rows if not one.holds]
    assert not missed


def test_every_run_stance_and_frame_of_the_reference_is_compared(sections):
    counts = {one.what: len(one.ours) for _, rows in sections for one in rows}
    found = next(n for what, n in counts.items() if what.startswith("Contact time, five runs"))
    # 77 + 84 + 14 + 15 + 17 contacts; those cut by an edge of a file are no whole contacts of ours
    assert found >= 200
    assert next(n for what, n in counts.items() if "maker's report" in what) == 14


def test_the_page_has_the_comparisons_of_now_and_its_pictures_exist(sections):
    page = (ROOT / "docs" / "agreement.md").read_text(encoding="utf-8")
    for title, rows in sections:
        assert f"## {title}" in page
        for one in rows:
            assert f"| {one.what}" in page, "run `python docs/make_agreement.py`"
            if one.plot:
                assert f"(pictures/agreement-{one.plot}.svg)" in page
                ET.parse(ROOT / "docs" / "pictures" / f"agreement-{one.plot}.svg")


def test_a_plot_shows_bias_and_limits_of_agreement(script):
    theirs = np.linspace(1.0, 2.0, 50)
    one = script.Agreement("x", "N", theirs + np.where(np.arange(50) % 2, 0.3, 0.1), theirs, 1, "")
    assert one.bias == pytest.approx(0.2)
    svg = script.bland_altman(one.what, one.unit, ours=one.ours, theirs=one.theirs)
    assert svg.count("<circle") == 50
    assert ">bias 0.2<" in svg
    high = 0.2 + 1.96 * np.std(one.difference, ddof=1)
    assert f">+1.96 SD {high:.3g}<" in svg


def test_without_recordings_nothing_is_written_and_it_is_said(script, tmp_path, capsys):
    before = (ROOT / "docs" / "agreement.md").read_bytes()
    assert script.main(tmp_path) == 0
    assert "no real recordings" in capsys.readouterr().out
    assert (ROOT / "docs" / "agreement.md").read_bytes() == before
