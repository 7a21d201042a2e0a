"""Case files come from outside: every mistake is one sentence, nothing else ever comes out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insole.commands import drill as command
from insole.commands.table import Parser
from insole.drills import shelf
from insole.drills.cases import load_case, read_case
from insole.drills.running import run_case
from insole.errors import InsoleError
from insole.model.foot import REGIONS, Side


def told(**signal: Any) -> dict[str, Any]:
    """A small case."""
    heel = {"HEEL": [[0, 0.5], [3, 0.5]]}
    return {
        "id": "small",
        "drill": "tripod-hold",
        "signal": {"duration_s": 3, "left": heel, "right": heel, **signal},
    }


def test_lines_waves_and_clamp_are_drawn_as_the_file_says() -> None:
    case = read_case(
        told(
            bumps=[{"side": "left", "t0": 1.0, "t_c": 0.4, "peak_bw": 2.0, "shares": {"M1": 0.5}}],
            ripple=[
                {"side": "right", "region": "HAL", "amp_bw": 0.3, "hz": 0.25, "phase": 0.0,
                 "from_s": 0, "to_s": 3}
            ],
            drift=[{"side": "right", "region": "M45", "from_s": 1, "to_s": 2, "add_bw": 0.2}],
        ),
        where="test",
    )  # fmt: skip
    time_s = np.array([0.0, 1.0, 1.2, 1.5, 3.0])
    left, right = case.load_bw(Side.LEFT, time_s), case.load_bw(Side.RIGHT, time_s)
    column = REGIONS.index
    np.testing.assert_allclose(left[:, column("HEEL")], 0.5)
    np.testing.assert_allclose(left[:, column("M1")], [0, 0, 1.0, 0, 0], atol=1e-12)
    wave = np.maximum(0.3 * np.sin(0.5 * np.pi * time_s), 0.0)
    np.testing.assert_allclose(right[:, column("HAL")], wave, atol=1e-12)
    np.testing.assert_allclose(right[:, column("M45")], [0, 0, 0.04, 0.1, 0.2], atol=1e-12)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"signal": None}, "not an object"),
        ({"mass_kg": "heavy"}, "not a number"),
        ({"mass_kg": float("nan")}, "goes from"),
        ({"rate_hz": 1e9}, "goes from 20 to 2000"),
        ({"rate_hz": 10**400}, "goes from 20 to 2000"),
        ({"signal": {"duration_s": 3, "left": {"HEEL": [[0, 10**400]]}}}, "not a list"),
        ({"signal": {"duration_s": 1e9}}, "goes from"),
        ({"signal": {"duration_s": 3, "left": {"TOE": [[0, 1]]}}}, "a region is one of"),
        ({"signal": {"duration_s": 3, "left": {"HEEL": [[1, 1], [0, 1]]}}}, "do not grow"),
        ({"signal": {"duration_s": 3, "left": {"HEEL": [[0, "x"]]}}}, "not a list"),
        ({"signal": {"duration_s": 3, "left": {"HEEL": [[0, 1e6]]}}}, "at most 20"),
        ({"signal": {"duration_s": 3, "lost": [{"side": "up"}]}}, "left or right"),
        ({"kind": "flow"}, "nothing to play"),
    ],
)
def test_mistake_in_a_case_is_one_sentence(change: dict[str, Any], words: str) -> None:
    with pytest.raises(InsoleError, match=words) as caught:
        read_case(told() | change, where="my.json")
    assert "my.json" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("settings_", "words"),
    [
        ({"hold_s": 600}, "a hold lasts"),
        ({"holds": 3}, "unknown key"),
        ({"foot": "third"}, "left or right"),
        ({"start_s": "soon"}, "number of seconds"),
    ],
)
def test_setting_that_is_none_is_refused(settings_: dict[str, Any], words: str) -> None:
    case = read_case(told() | {"settings": settings_}, where="my.json")
    with pytest.raises(InsoleError, match=words):
        run_case(case, shelf.find("tripod-hold"), where="my.json")


def test_case_of_another_detector_is_refused() -> None:
    case = read_case(told() | {"detect": "toe_press", "drill": "big-toe-press"}, where="my.json")
    with pytest.raises(InsoleError, match="big-toe-press"):
        run_case(case, shelf.find("tripod-hold"), where="my.json")


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ("{", None, "not JSON"),
        ("[" * 100_000, None, "not JSON"),
        ("[1, 2]", None, "not an object"),
        ('{"cases": []}', None, "holds 0 cases"),
        ('{"cases": [{"id": "a"}, {"id": "b"}]}', None, "Say which"),
        ('{"cases": [{"id": "a"}, {"id": "b"}]}', "c", "no case 'c'"),
        ('{"id": "a"}', "b", "no case 'b'"),
    ],
)
def test_file_that_is_none_is_refused(
    tmp_path: Path, text: str, name: str | None, words: str
) -> None:
    path = tmp_path / "cases.json"
    path.write_text(text)
    with pytest.raises(InsoleError, match=words):
        load_case(path, name=name)


@pytest.mark.parametrize(
    "spec",
    ["drill?case=a", "drill?file=", "drill?file=x&speed=2", "drill?file=/no/such"],
)
def test_command_refuses_what_it_cannot_play(spec: str) -> None:
    parser = Parser()
    command.add_arguments(parser)
    asked = ["run", "tripod-hold", "--simulate", spec, "--headless", "--json"]
    with pytest.raises(InsoleError):
        command.run(parser.parse_args(asked))


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
PLACES = st.sampled_from(
    ["id", "kind", "signal", "settings", "mass_kg", "rate_hz", "drill", "detect"]
)
INSIDE = st.sampled_from(["duration_s", "left", "right", "bumps", "ripple", "drift", "lost"])


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(PLACES, JSON), st.dictionaries(INSIDE, JSON))
def test_anything_at_all_is_a_case_or_a_sentence(
    outer: dict[str, Any], inner: dict[str, Any]
) -> None:
    case = told() | outer
    if isinstance(case["signal"], dict):
        case["signal"] = case["signal"] | inner
    said = ""
    try:
        read_case(json.loads(json.dumps(case)), where="my.json")
    except InsoleError as error:
        said = str(error)
    assert "\n" not in said
