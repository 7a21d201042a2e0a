"""A page on paper: one sheet of A4 with every word and picture of the page."""

from __future__ import annotations

import re
from html import unescape
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PySide6.QtGui import QColor

from insole.cli import main
from insole.errors import MissingExtra
from insole.report import drawing, page
from insole_gui import printing
from insole_gui.state.sheet import SIZE, sheet_of

pytestmark = pytest.mark.usefixtures("qapp")

EVIL = "</p><img src=file:///etc/hosts><svg x=1>& \"'"


def picture(colour: str = "left") -> str:
    chart = drawing.Chart(x=(0, 1), y=(0, 1), x_label="s", width=400, height=200)
    x = np.linspace(0, 1, 5)
    return chart.svg(
        chart.band(x, x - 0.1, x, colour=colour), chart.line(x, x, colour=colour, dashed=True),
        chart.points(x, x, colour=colour), title=EVIL,
    )  # fmt: skip


def whole(rows: int = 3) -> str:
    numbers = [[f"row {k}", f"{k}.5", f"{k}.25"] for k in range(rows)]
    return page.page(
        "Title",
        page.beside(
            page.section("One", page.definitions([("name", EVIL), ("other", "value")])),
            page.section("Two", page.bullets(["first", EVIL])),
        )
        + page.section("Three", page.table(["", "a", "b"], numbers, caption="caption of it"))
        + page.beside(page.figure(picture(), caption="left one"), page.figure(picture("heel")))
        + page.section("Four", page.figure(picture("right")), page.paragraph("last words")),
        lead="lead",
        made="made of",
    )


def test_every_word_of_the_page_is_on_the_sheet_and_foreign_text_stays_text():
    sheet = sheet_of(whole())
    text = unescape(re.sub(r"<[^<>]*>", "\n", sheet.text))
    for said in ("Title", "lead", "One", "name", "value", "first", "caption of it", "row 2",
                 "2.25", "left one", "last words", "made of", "not a medical device"):  # fmt: skip
        assert said in text
    assert text.count(EVIL) == 2
    sources = re.findall(r'<img src="([^"]*)"', sheet.text)
    assert sources == [each.name for each in sheet.pictures] == [f"picture:{k}" for k in range(3)]
    assert sheet.text.count("<img") == 3
    assert "--left" not in sheet.text  # no style sheet among the words


def test_boxes_beside_each_other_are_cells_of_a_row():
    sheet = sheet_of(whole())
    assert [each.halved for each in sheet.pictures] == [True, True, False]
    assert sheet.text.count('<td width="50%"') == 4
    for tag in ("table", "tr", "td", "p", "ul", "li"):
        assert len(re.findall(rf"<{tag}\b", sheet.text)) == sheet.text.count(f"</{tag}>"), tag


def test_pictures_need_no_style_from_outside():
    for each in sheet_of(whole()).pictures:
        root = ET.fromstring(each.svg)
        assert (each.width, each.height) == (400.0, 200.0)
        assert not [part for part in root.iter() if part.get("class")]
        assert "var(" not in each.svg
        assert "currentColor" not in each.svg


def test_a_picture_is_drawn_in_the_colours_of_the_page():
    (first, *_) = sheet_of(whole()).pictures
    image = printing._drawn(first)
    seen = {image.pixelColor(x, y).name().upper()
            for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)}  # fmt: skip
    assert page.LIGHT["left"] in seen
    assert QColor("white").name().upper() in seen


def test_the_document_has_all_words_on_one_page():
    document = printing.document_of(sheet_of(whole()))
    assert document.pageCount() == 1
    text = document.toPlainText()
    assert "last words" in text
    assert "caption of it" in text
    assert EVIL in text


def test_a_pdf_is_one_sheet_where_it_fits_and_more_where_not():
    def sheets(data: bytes) -> int:
        assert data.startswith(b"%PDF-")
        return len(re.findall(rb"/Type\s*/Page\b", data))

    assert sheets(printing.pdf_of(whole())) == 1
    assert sheets(printing.pdf_of(whole(300))) > 1


def test_without_qt_the_way_to_a_pdf_is_said(monkeypatch):
    monkeypatch.setattr(printing, "check", lambda: ["PySide6 is not installed."])
    with pytest.raises(MissingExtra, match="print it from a browser"):
        printing.pdf_of(whole())


def test_the_command_prints_a_report(tmp_path):
    rows = [f"{k / 100:.2f},{900 * max(0.0, np.sin(0.09 * k)):.1f}" for k in range(800)]
    (tmp_path / "run.csv").write_text("\n".join(["t,L1", *rows]) + "\n")
    out = tmp_path / "run.pdf"
    assert main(["report", str(tmp_path / "run.csv"), "-o", str(out)]) == 0
    assert out.read_bytes().startswith(b"%PDF-")
    assert main(["report", str(tmp_path / "run.csv"), "-o", str(tmp_path / "no" / "a.pdf")]) == 2


def test_sizes_are_put_in_for_every_picture():
    sheet = sheet_of(whole())
    text = printing._sized(sheet)
    assert SIZE.format("") not in text
    widths = [int(each) for each in re.findall(r'width="(\d+)" height', text)]
    heights = [int(each) for each in re.findall(r'height="(\d+)"', text)]
    assert all(width <= printing.WIDE / 2 for width in widths[:2])
    assert all(height <= printing.TALLEST_PX for height in heights)
