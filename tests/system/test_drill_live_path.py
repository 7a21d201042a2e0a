"""A drill on the virtual pair, over its Bluetooth: the same coach, live."""

from __future__ import annotations

import json

import pytest

from insole.cli import main


def test_tripod_hold_is_coached_on_a_virtual_pair(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["drill", "run", "tripod-hold", "--simulate", "single", "--mass", "70"]
    assert main([*asked, "--headless", "--seconds", "9", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["schema"], told["drill"]) == ("insole.drill/1", "tripod-hold")
    holds = told["result"]["holds"]
    assert [hold["ended_by"] for hold in holds] == ["stopped"]
    assert 2.0 < holds[0]["hold_s"] < 12.0
    assert holds[0]["ball_pct"] == pytest.approx(100.0)
