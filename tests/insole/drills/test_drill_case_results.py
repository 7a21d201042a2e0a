"""Every case whose detector is there comes to its expected values, at 100 Hz and at 50 Hz.

The cases, their values and tolerances were computed at 2,000 Hz by other means.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from insole.commands.table import Parser
from insole.drills import shelf, table
from insole.drills.cases import load_case
from insole.drills.results import result
from insole.drills.running import run_case

FILE = Path(table.__file__).with_name("cases.json")


@cache
def document() -> dict[str, Any]:
    """The file of cases."""
    return json.loads(FILE.read_text(encoding="utf-8"))


def playable() -> list[str]:
    """Cases with a signal whose drill can be run."""
    return [
        case["id"]
        for case in document()["cases"]
        if case["kind"] == "signal" and table.counts(shelf.find(case["drill"]))
    ]


def case_of(name: str) -> dict[str, Any]:
    """One case as it stands in the file."""
    return next(case for case in document()["cases"] if case["id"] == name)


def allowed(name: str, expected: float, *, wider: float) -> float:
    """How far a number may be away."""
    told = document()["tolerance"].get(name, 0)
    if not isinstance(told, str):
        return wider * told
    parts = [part.strip() for part in told.split("or")]
    sizes = [
        0.01 * float(part[:-1]) * abs(expected) if part.endswith("%") else float(part)
        for part in parts
    ]
    return wider * max(sizes)


def differences(
    got: Any, expected: Any, *, wider: float, name: str = "", place: str = ""
) -> list[str]:
    """Where a result is not what is expected; further names in it are left alone."""
    if isinstance(expected, dict):
        return [
            line
            for key, value in expected.items()
            for line in differences(
                got.get(key, "missing") if isinstance(got, dict) else "missing",
                value,
                wider=wider,
                name=key,
                place=f"{place}.{key}",
            )
        ]
    if isinstance(expected, list):
        if not isinstance(got, list) or len(got) != len(expected):
            return [f"{place}: {got} is not {expected}"]
        inner = "cue_s" if name == "cues" else name
        return [
            line
            for number, (one, other) in enumerate(zip(got, expected, strict=True))
            for line in differences(one, other, wider=wider, name=inner, place=f"{place}[{number}]")
        ]
    if isinstance(expected, bool | str) or expected is None:
        return [] if got == expected else [f"{place}: {got} is not {expected}"]
    band = allowed("cue_s" if name == "supported_from_s" else name, expected, wider=wider)
    near = isinstance(got, int | float) and abs(got - expected) <= band + 1e-9
    return [] if near else [f"{place}: {got} is not {expected} within {band:g}"]


@pytest.mark.parametrize(("rate_hz", "wider"), [(100.0, 1.0), (50.0, 2.0)])
@pytest.mark.parametrize("name", playable())
def test_case_comes_to_its_expected_values(name: str, rate_hz: float, wider: float) -> None:
    case = case_of(name)
    drill = shelf.find(case["drill"])
    if rate_hz < drill.needs.min_rate_hz:
        pytest.skip(f"{drill.detect} needs {drill.needs.min_rate_hz:g} Hz")
    coach = run_case(load_case(FILE, name=name), drill, where="cases", rate_hz=rate_hz)
    assert not differences(result(coach), case["expected"], wider=wider)


@pytest.mark.parametrize("turn_s", [0.13, 1.7])
@pytest.mark.parametrize("name", playable())
def test_case_has_the_same_results_however_it_is_cut(name: str, turn_s: float) -> None:
    case = load_case(FILE, name=name)
    drill = shelf.find(case.drill)
    whole = run_case(case, drill, where="cases")
    cut = run_case(case, drill, where="cases", turn_s=turn_s)
    assert result(cut) == result(whole)
    assert cut.changes == whole.changes
    assert cut.holds == whole.holds


def test_command_prints_one_document_of_a_case(capsys: pytest.CaptureFixture[str]) -> None:
    from insole.commands import drill

    parser = Parser()
    drill.add_arguments(parser)
    spec = f"drill?file={FILE}&case=D04-a"
    args = parser.parse_args(["run", "tripod-hold", "--simulate", spec, "--headless", "--json"])
    assert drill.run(args) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["schema"], told["drill"]) == ("insole.drill/1", "tripod-hold")
    assert not differences(told["result"], case_of("D04-a")["expected"], wider=1.0)


def test_states_of_a_tripod_hold_are_dated_early_and_confirmed_late() -> None:
    case = load_case(FILE, name="D04-a")
    coach = run_case(case, shelf.find("tripod-hold"), where="cases")
    dated = [(each.state.value, each.at_s, each.confirmed_s) for each in coach.changes]
    for got, wanted in zip(
        dated, [("ready", 2.0, 2.0), ("work", 3.45, 3.95), ("rest", 18.45, 18.45)], strict=False
    ):
        assert got[0] == wanted[0]
        assert got[1:] == pytest.approx(wanted[1:], abs=0.03)
