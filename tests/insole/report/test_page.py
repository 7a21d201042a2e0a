"""Pages stand alone, say foreign text as text, and their curves lie where the data are."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insole.report import drawing, page
from insole_gui import theme

EVIL = "<script>alert(1)</script>\"'&<img src=http://x.example/a.png onerror=x>"
VOID = {"meta", "br", "circle", "path"}


class Tree(HTMLParser):
    """Collects tags and complains about what is not closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID or tag == "path":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID - {"path"}:
            return
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def parsed(text: str) -> Tree:
    tree = Tree()
    tree.feed(text)
    tree.close()
    assert not tree.open
    return tree


def test_a_page_fetches_nothing_and_runs_nothing() -> None:
    text = page.page("Run", page.section("A", page.paragraph("b")), lead="c", made="d")
    tree = parsed(text)
    names = {name for name, _ in tree.tags}
    assert not names & {"script", "link", "img", "iframe", "object", "base", "form"}
    assert not re.search(r"https?://|url\(|@import", text)
    policy = [attrs for name, attrs in tree.tags if "http-equiv" in attrs]
    assert policy
    assert str(policy[0]["content"]).startswith("default-src 'none'")


def test_foreign_text_stays_text_wherever_it_is_put() -> None:
    chart = drawing.Chart(x=(0, 1), y=(0, 1), x_label=EVIL, y_label=EVIL, x_names=((0, EVIL),))
    x = np.array([0.0, 1.0])
    picture = chart.svg(
        chart.line(x, x, colour="left", title=EVIL),
        chart.points(x, x, colour="left", titles=[EVIL, EVIL]),
        chart.level(0.5, text=EVIL),
        chart.upright(0.5, text=EVIL),
        title=EVIL,
    )
    body = page.section(
        EVIL,
        page.paragraph(EVIL),
        page.bullets([EVIL]),
        page.definitions([(EVIL, EVIL)]),
        page.table([EVIL, EVIL], [[EVIL, EVIL]], caption=EVIL),
        page.figure(picture, caption=EVIL),
        drawing.legend([("left", EVIL)]),
        anchor=EVIL,
    )
    tree = parsed(page.page(EVIL, body, lead=EVIL, made=EVIL))
    assert not {name for name, _ in tree.tags} & {"script", "img"}
    assert not any(key.startswith("on") for _, attrs in tree.tags for key in attrs)
    assert tree.text.count(EVIL) >= 15


@given(st.text(st.characters(), max_size=30))
def test_any_text_makes_a_page_that_can_be_stored(text: str) -> None:
    page.page(text, page.paragraph(text)).encode("utf-8")
    page.page("half a sign \ud83d", "").encode("utf-8")


def test_what_has_nothing_to_say_is_left_out() -> None:
    assert page.section("A") == ""
    assert page.section("A", page.table(["a"], []), page.bullets([]), page.paragraph("")) == ""
    assert page.definitions([("a", "")]) == page.definitions([])


def test_colours_are_those_of_the_window() -> None:
    for mine, whole in ((page.LIGHT, theme.LIGHT), (page.DARK, theme.DARK)):
        assert mine == {name: getattr(whole, name) for name in mine}


@given(
    st.floats(-1e9, 1e9, allow_nan=False),
    st.floats(1e3, 1e9, allow_nan=False),
)
def test_ticks_are_few_round_and_inside(low: float, wide: float) -> None:
    found = drawing.ticks(low, low + wide)
    assert len(found) <= drawing.MOST_TICKS + 1
    slack = 1e-6 * max(abs(low), abs(low + wide), wide)
    assert all(low - slack <= each <= low + wide + slack for each in found)


@pytest.mark.parametrize("ends", [(0.0, 0.0), (5.0, 5.0), (np.nan, 1.0), (0.0, np.inf)])
def test_a_range_without_width_still_gives_a_picture(ends: tuple[float, float]) -> None:
    chart = drawing.Chart(x=ends, y=ends)
    picture = chart.svg(chart.line(np.array([0.0, 5.0]), np.array([5.0, 5.0]), colour="left"),
                        title="a")  # fmt: skip
    ET.fromstring(picture)
    assert "nan" not in picture
    assert "inf" not in picture


def test_corners_of_the_data_are_corners_of_the_frame() -> None:
    chart = drawing.Chart(x=(0, 10), y=(-1, 1), width=400, height=200)
    mark = chart.line(np.array([0.0, 10.0]), np.array([-1.0, 1.0]), colour="left")
    numbers = [float(each) for each in re.findall(r"[\d.]+", mark.split('d="')[1].split('"')[0])]
    left, right = drawing.ASIDE, 400 - drawing.BEYOND
    bottom, top = 200 - drawing.BELOW, drawing.ABOVE
    assert numbers == pytest.approx([left, bottom, right, top])


def test_what_is_not_finite_breaks_the_line_and_is_no_point() -> None:
    chart = drawing.Chart(x=(0, 4), y=(0, 4))
    x, y = np.arange(5.0), np.array([0.0, 1.0, np.nan, 3.0, 4.0])
    assert chart.line(x, y, colour="left").count("M") == 2
    assert chart.band(x, y, y + 1, colour="left").count("Z") == 2
    assert chart.points(x, y, colour="left").count("<circle") == 4
    assert chart.errors(x, y, y + 1, colour="left").count("V") == 4
    nothing = np.full(5, np.nan)
    assert chart.line(x, nothing, colour="left") == ""
    assert chart.band(x, nothing, nothing, colour="left") == ""
    assert drawing.room_for(nothing) == (0.0, 1.0)


def test_a_chart_is_well_formed_and_says_what_it_shows() -> None:
    chart = drawing.Chart(x=(0, 100), y=(0, 900), x_label="% of contact", y_label="N")
    x = np.linspace(0, 100, 101)
    y = 800 * np.sin(np.pi * x / 100)
    text = chart.svg(
        chart.band(x, y - 20, y + 20, colour="left"),
        chart.line(x, y, colour="left", dashed=True),
        title="force & time",
    )
    root = ET.fromstring(text)
    assert root.get("aria-label") == "force & time"
    said = "".join(root.itertext())
    assert "% of contact" in said
    assert "N" in said


def test_an_unknown_colour_is_a_mistake_of_the_code() -> None:
    with pytest.raises(ValueError, match="no colour"):
        drawing.legend([("pink", "a")])
