"""The page on one recording says what was measured, in words that claim no more."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import insole
from insole.cli import main
from insole.report import trial, words

MASS = 70.0
G = 9.80665
RATE = 100.0
CONTACT_S, STEP_S = 0.25, 0.36
SHARES = {"L": (0.5, 0.3, 0.2), "R": (0.4, 0.45, 0.15)}  # heel, first ray, fifth ray
LAYOUT = """
name = "tripod"
kind = "force"
quantity = "N"
unit = "N"
length_mm = 260.0
width_mm = 92.0
xy = [[0.6, 0.15], [0.16, 0.72], [0.86, 0.62]]
labels = ["HEEL", "M1", "M45"]
"""
BANNED = (
    "cause", "because of", "due to", "improv", "worse", "better", "injur", "risk", "healthy",
    "normal", "abnormal", "patholog", "diagnos", "significan", "prove", "deficit", "weak",
)  # fmt: skip
EVIL = "<img src=http://x.example/a onerror=alert(1)>\"'&</style><script>x</script>"


class Page(HTMLParser):
    """Tags and visible text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.parts: list[str] = []
        self._in = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._in = tag

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self._in = ""

    def handle_data(self, data: str) -> None:
        if self._in != "style":
            self.parts.append(data)

    @property
    def text(self) -> str:
        return "\n".join(self.parts)

    @property
    def pictures(self) -> list[str]:
        return [str(attrs["aria-label"]) for tag, attrs in self.tags if tag == "svg"]


def table(folder: Path, *, seconds: float = 12.0, feet: str = "LR", factor: float = 1.0) -> Path:
    """A run whose impulse over a stride is body weight, with known shares of the corners."""
    time = np.arange(round(seconds * RATE)) / RATE
    peak = factor * MASS * G * STEP_S * np.pi / (2 * CONTACT_S)
    columns = [time]
    for foot in feet:
        start = 0.1 + (STEP_S if foot == "R" else 0.0)
        phase = ((time - start) % (2 * STEP_S)) / CONTACT_S
        force = np.where((phase < 1) & (time > start), peak * np.sin(np.pi * phase), 0.0)
        columns += [force * share for share in SHARES[foot]]
    names = ["t", *(f"{foot}{k}" for foot in feet for k in (1, 2, 3))]
    lines = [",".join(f"{value:.4f}" for value in row) for row in np.column_stack(columns)]
    path = folder / "run.csv"
    path.write_text("\n".join([",".join(names), *lines]) + "\n")
    (folder / "run.layout.toml").write_text(LAYOUT)
    return path


def page_of(path: Path, mass_kg: float | None = MASS) -> Page:
    with insole.open(path) as opened:
        return Page(trial.report(opened.analyze(mass_kg)))


def test_the_pictures_show_the_shares_that_were_laid_on_the_corners(tmp_path):
    page = page_of(table(tmp_path))
    (tripod,) = [label for label in page.pictures if "tripod" in label]
    assert "left: heel 50 %, first ray 30 %, fifth ray 20 %" in tripod
    assert "right: heel 40 %, first ray 45 %, fifth ray 15 %" in tripod
    assert [label for label in page.pictures if "Mean force over contact" in label]
    assert len([label for label in page.pictures if "of each step" in label]) == 2


def test_main_numbers_are_those_of_the_closed_form(tmp_path):
    text = page_of(table(tmp_path)).text
    row = text[text.index("Cadence, 1/min") :]
    assert float(re.findall(r"[\d.]+", row)[1]) == pytest.approx(60 / STEP_S, rel=1e-3)
    row = text[text.index("Active peak, BW") :]
    peak = STEP_S * np.pi / (2 * CONTACT_S)
    assert float(re.findall(r"[\d.]+", row)[0]) == pytest.approx(peak, rel=0.01)
    assert "Force scale checked" in text
    assert "no sample missing" in text
    assert "not a medical device" in text


@pytest.mark.parametrize("mass", [MASS, None])
@pytest.mark.parametrize("feet", ["LR", "L", "R"])
def test_no_word_of_the_page_claims_what_insoles_cannot_know(tmp_path, feet, mass):
    said = page_of(table(tmp_path, feet=feet), mass).text.lower()
    assert not [word for word in BANNED if re.search(rf"\b{word}", said)]


def test_a_force_scale_in_doubt_leaves_no_newtons_on_the_page(tmp_path):
    page = page_of(table(tmp_path, factor=0.5))
    assert "Force scale uncertain" in page.text
    assert "% of the peak of the mean" in page.text
    assert not re.search(r"N·s|, N\b|\bBW\b", page.text.split("Not available")[0])
    assert "left: heel 50 %" in page.pictures[0]  # shares hold


def test_a_foot_without_data_is_said_and_not_drawn(tmp_path):
    page = page_of(table(tmp_path, feet="R"))
    assert "right: heel 40 %" in page.pictures[0]
    assert "left:" not in page.pictures[0]
    assert "nobody heard of" in page.text


def test_a_recording_without_a_step_still_has_its_page(tmp_path):
    path = tmp_path / "still.csv"
    rows = [f"{k / RATE:.2f},0.0" for k in range(300)]
    path.write_text("\n".join(["t,L1", *rows]) + "\n")
    page = page_of(path)
    assert "No steps were found." in page.text
    assert not page.pictures


def test_what_people_wrote_is_text_on_the_page_and_nothing_is_fetched(tmp_path):
    source = table(tmp_path)
    recording = tmp_path / "run.h5"
    assert main(["import", str(source), "-o", str(recording)]) == 0
    with insole.open(recording) as opened:
        result = opened.analyze(MASS)
    notes = {"athlete": EVIL, "note": EVIL + "\ud83d", "shoe": "y" * 400, "wall_clock": "soon"}
    text = trial.report(replace(result, notes=notes), seen=[EVIL])
    text.encode("utf-8")
    page = Page(text)
    assert page.text.count(EVIL) >= 4  # title, heading, who, note
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "img", "link", "iframe", "a"})
    assert not any(name.startswith("on") for _, attrs in page.tags for name in attrs)


def test_a_long_note_and_many_sentences_do_not_fill_the_page(tmp_path):
    with insole.open(table(tmp_path)) as opened:
        result = opened.analyze(MASS)
    notes = {"note": "n" * 100_000, "athlete": "a" * 100_000}
    page = Page(trial.report(replace(result, notes=notes), seen=[f"line {k}" for k in range(500)]))
    assert len(page.text) < 10_000
    assert "line 0" in page.text
    assert "line 400" not in page.text
    assert f"{500 - trial.MOST_SEEN + 1} more" in page.text


def test_the_page_is_a_function_of_the_recording(tmp_path):
    path = table(tmp_path)
    with insole.open(path) as opened:
        result = opened.analyze(MASS)
    assert trial.report(result) == trial.report(result)


def test_many_steps_are_drawn_as_few_and_their_middle_stays():
    time = np.arange(10_000.0)
    values = np.random.default_rng(3).normal(5.0, 1.0, 10_000)
    valid = np.ones(10_000, bool)
    few_time, few = trial._thinned(time, values, valid=valid)
    assert len(few) <= trial.MOST_POINTS
    assert (np.diff(few_time) > 0).all()
    assert np.median(few) == pytest.approx(5.0, abs=0.05)
    valid[::2] = False
    values[1::4] = np.nan
    same_time, same = trial._thinned(time[:400], values[:400], valid=valid[:400])
    assert same_time.tolist() == list(range(3, 400, 4))
    assert np.isfinite(same).all()


def test_reasons_are_few_sentences_however_many_there_are():
    absent = {f"metric_{k}": f"reason {k // 3}" for k in range(60)}
    said = words.reasons(absent, most=2, lines=5)
    assert len(said) == 5
    assert said[0] == "metric_0, metric_1, metric_2: reason 0."  # "and 1 more" says less
    assert said[-1].startswith("16 more reasons")
    many = words.reasons({f"m{k}": "why" for k in range(9)}, most=2, lines=5)
    assert many == ["m0, m1 and 7 more: why."]


def test_the_command_writes_one_file_and_overwrites_none(tmp_path, capsys):
    path, out = table(tmp_path), tmp_path / "run.html"
    assert main(["report", str(path), "-o", str(out), "--mass", "70", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["written"] == [str(out)]
    first = out.read_bytes()
    assert first.startswith(b"<!doctype html>")
    assert main(["report", str(path), "-o", str(out)]) == 2
    assert "--force" in capsys.readouterr().err
    assert out.read_bytes() == first
    assert main(["report", str(path), "-o", str(tmp_path / "no" / "a.html")]) == 2
    assert main(["report", str(tmp_path / "absent.h5"), "-o", str(tmp_path / "b.html")]) == 2
    assert not (tmp_path / "b.html").exists()


def test_other_endings_are_refused_with_those_that_there_are(tmp_path, capsys):
    path = table(tmp_path)
    for name in ("run.docx", "run.csv", "run"):
        assert main(["report", str(path), "-o", str(tmp_path / name)]) == 2
        told = capsys.readouterr().err
        assert "run.html" in told
        assert "PDF" in told
        assert told.count("\n") == 1
