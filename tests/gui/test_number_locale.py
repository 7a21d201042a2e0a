"""Numbers on screen carry the decimal sign of the user's system; what programs read does not."""

from __future__ import annotations

import pytest

from insole.model.foot import Side
from insole_gui.state.about import read
from insole_gui.state.definition import definition
from insole_gui.state.links import chip
from insole_gui.state.numbers import Number, Writing, plain, written
from insole_gui.state.steps import csv_text, step_rows


@pytest.fixture(autouse=True)
def comma(monkeypatch):
    monkeypatch.setattr(Writing, "point", ",")


def test_values_and_doubts_have_the_comma():
    assert written(Number(0.1534, 0.0041, 8), most=3) == ("0,153", "±0,004")
    assert written(Number(0.15, 0.0, 8), most=3)[1] == "±<0,001"
    assert plain(-12.26, 1) == "−12,3"
    assert plain(-0.01, 1) == "0,0"


def test_a_table_for_people_has_it_and_one_for_programs_has_not(run):
    rows = step_rows(run.view(9.0), "po50")
    assert "," in rows.cell(0, 1)
    assert "." not in rows.cell(0, 1)
    lines = csv_text(rows).splitlines()
    assert all(line.count(",") == lines[0].count(",") for line in lines)
    assert float(lines[1].split(",")[1]) > 0


def test_chips_and_definitions_have_it(run):
    view = run.view(9.0)
    assert "99,8 of 100 Hz" in chip(Side.LEFT, view.feet[Side.LEFT]).first
    doubt = dict(definition("po50_BW_s", view)[1])["Left"]
    assert "mean 0," in doubt


def test_a_number_is_typed_with_either():
    typed = {"athlete": "", "shoe": "", "surface": "", "note": "", "mass_kg": "68,5"}
    assert read(typed | {"speed_m_s": "3.3"})[0].mass_kg == 68.5
    assert read(typed | {"speed_m_s": "3,3"})[0].speed_m_s == 3.3


def test_every_panel_is_drawn_with_it(open_window, fake, run):
    window = open_window(fake(run))
    for page in ("live", "review", "insoles"):
        window.go(page)
        for _ in range(14):
            window.tick()
        assert window.grab().width() > 0
    axis = window.review._plots._plots[0].getAxis("left")
    assert axis.tickStrings([0.15], 1.0, 0.01) == ["0,15"]
