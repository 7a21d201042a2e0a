"""The page of a comparison: one file that needs nothing else and says no more than the document."""

import re
from dataclasses import replace
from html.parser import HTMLParser

from insole.cli import main
from insole.compare.document import compared
from insole.compare.page import page
from tests.insole.compared_trials import USUAL, several
from tests.insole.test_compare_words import BANNED

VOID = {"meta", "br"}


class Tags(HTMLParser):
    """Every tag that opens is closed, in order."""

    def __init__(self):
        super().__init__()
        self.open, self.texts, self.links = [], [], []

    def handle_starttag(self, tag, attrs):
        self.links += [value for name, value in attrs if name in ("src", "href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("style", "title"):
            self.texts.append(data)


def told(a, b, **options):
    text = page(compared(a, b, **options), names=("A <1>", "B & co"))
    tags = Tags()
    tags.feed(text)
    assert tags.open == []
    return text, tags


def test_a_page_stands_alone_and_escapes_what_it_was_given():
    text, tags = told(several(5), several(5, first=9, contact_s=0.22))
    assert tags.links == []
    assert "<script" not in text
    assert "prefers-color-scheme:dark" in text
    assert "A &lt;1&gt;" in text
    assert "<1>" not in text
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text)


def test_a_page_has_the_sentences_and_the_pictures():
    result = compared(several(5), several(5, first=9, contact_s=0.22))
    text, tags = told(several(5), several(5, first=9, contact_s=0.22))
    said = " ".join(tags.texts)
    for one in result.answers:
        assert one.sentence in said
    assert text.count("<svg") == 3  # intervals, mean curves, their difference
    assert not BANNED.search(said)


def test_a_page_of_two_recordings_claims_no_verdict():
    _, tags = told(several(1), several(1, first=9))
    said = " ".join(tags.texts)
    assert "One recording each cannot show whether it repeats." in said
    assert "clearly different" not in said


def test_a_page_without_curves_says_why():
    fast = replace(USUAL, speed_m_s=3.6)
    _, tags = told(several(4), several(4, first=9, conditions=fast))
    assert any(
        "Force under the foot not compared: A was run at 3.0 m/s" in one for one in tags.texts
    )


def test_a_page_is_never_written_over_another_file(tmp_path, capsys):
    out = tmp_path / "out.html"
    out.write_text("mine")
    assert main(["compare", "a.h5", "b.h5", "--html", str(out)]) == 2
    assert out.read_text() == "mine"
    assert "nothing is overwritten" in capsys.readouterr().err
