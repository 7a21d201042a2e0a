"""Compare: two sets of recordings, the finding, the numbers, and what is not compared."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from insole_gui import comparing
from insole_gui.state.compare import compare, named
from insole_gui.widgets.look import Painted
from tests.gui.test_pictures import audited, faults

RATE_HZ = 200
STRIDE_S = 0.72
LONGER_S = 0.030  # of the contacts in B


def recording(path, *, contact_s, seed, seconds=60.0):
    """Half sines of both feet in turn, newtons: a table without mass, shoe or insole."""
    generator = np.random.default_rng(seed)
    t = np.arange(0.0, seconds, 1.0 / RATE_HZ)
    feet = []
    for shift in (0.2, 0.2 + STRIDE_S / 2):
        number = np.floor((t - shift) / STRIDE_S).astype(int)
        own = contact_s + generator.normal(0.0, 0.002, number.max() + 2)[number]
        phase = (t - shift) - number * STRIDE_S
        feet.append(np.where((phase < own) & (number >= 0), 1500 * np.sin(np.pi * phase / own), 0))
    rows = [f"{a:.3f},{b:.1f},{c:.1f}" for a, b, c in zip(t, *feet, strict=True)]
    path.write_text("\n".join(["t,L1,R1", *rows]) + "\n")
    return path


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compared")
    return (
        recording(folder / "flat.csv", contact_s=0.250, seed=1),
        recording(folder / "tall.csv", contact_s=0.250 + LONGER_S, seed=2),
    )


@pytest.fixture
def page(open_window, fake, run, qtbot, pair):
    """The page on both recordings, compared."""
    window = open_window(fake(run, now_s=9.0))
    window.go("compare")
    window.comparing.choose("A", [pair[0]])
    window.comparing.choose("B", [pair[1]])
    await_found(window, qtbot)
    return window


def await_found(window, qtbot):
    def found():
        window.tick()
        return window.compare.found is not None

    qtbot.waitUntil(found, timeout=60_000)


def row(found, name):
    (one,) = (each for each in found.rows if each.name == name)
    return one


# --- state, without a window ---


def test_what_is_known_of_the_two_is_what_stands_there(pair):
    found = compare([pair[0]], [pair[1]])
    contact = row(found, "Contact time")
    low, high = contact.ends
    shorter = 0.020  # at most: a contact is timed from 5 % of the top on
    truth = [100 * LONGER_S / (0.250 - cut) for cut in (0.0, shorter)]
    assert low < truth[1]
    assert high > truth[0]
    assert contact.apart
    assert not contact.refused
    assert "longer in B" in contact.words
    assert "in B" in found.headline
    assert 3.0 < contact.half < 5.0  # 4 % of contact time count
    flight = row(found, "Flight time")
    assert flight.middle < 0
    assert "shorter in B" in flight.words


def test_exchanging_the_two_turns_every_sign(pair):
    one, other = compare([pair[0]], [pair[1]]), compare([pair[1]], [pair[0]])
    assert [each.name for each in one.rows] == [each.name for each in other.rows]
    for first, second in zip(one.rows, other.rows, strict=True):
        assert (first.a, first.b) == (second.b, second.a)
        assert first.refused == second.refused
        assert first.refused or np.sign(first.middle) == -np.sign(second.middle)
    assert np.array_equal(one.courses.a, other.courses.b)


def test_too_few_steps_are_no_comparison_and_the_page_says_why(pair, tmp_path):
    short = recording(tmp_path / "short.csv", contact_s=0.25, seed=3, seconds=8.0)
    found = compare([pair[0]], [short])
    assert found.refused
    assert found.headline == "Not comparable"
    assert "steps" in found.said
    assert not found.rows


def test_the_same_recording_twice_is_said(pair):
    assert "same recording" in compare([pair[0]], [pair[0]]).headline


def test_several_files_have_one_name(pair):
    assert named([]) == ""
    assert named(pair[:1]) == "flat.csv"
    assert named(pair) == "flat.csv and 1 more"


# --- in the window ---


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", [(1024, 640), (1600, 1000), (1920, 1200)])
def test_the_finding_is_whole_at_every_size(page, artefacts, size, theme):
    page.change_theme(theme)
    page.resize(*size)
    for _ in range(14):
        page.tick()
    page.grab().save(str(artefacts / f"compare-{size[0]}-{theme}.png"))
    assert faults(audited(page)) == []
    assert [each.failed for each in page.findChildren(Painted) if each.failed] == []
    assert "in B" in page.compare.accessibleName()


def test_a_number_that_is_chosen_is_told_in_full(page, qtbot):
    forest = page.compare.forest
    forest.setFocus()
    forest.choose(0)
    first = forest.accessibleDescription()
    qtbot.keyClick(forest, Qt.Key.Key_Down)
    assert forest.at == 1
    assert forest.accessibleDescription() == page.compare.found.rows[1].sentence != first
    for _ in range(60):
        qtbot.keyClick(forest, Qt.Key.Key_Down)
    assert forest.at == len(page.compare.found.rows) - 1
    page.grab()
    assert not forest.failed
    qtbot.mouseClick(forest, Qt.MouseButton.LeftButton, pos=QPoint(200, round(60 * page.look.u)))
    assert forest.at < len(page.compare.found.rows) - 1


def test_x_exchanges_a_and_b(page, qtbot):
    before = page.compare.found
    qtbot.keyClick(page, "x")
    assert page.compare.files["A"][0].name == "tall.csv"
    await_found(page, qtbot)
    after = page.compare.found
    assert row(after, "Contact time").a == row(before, "Contact time").b
    page.go("live")
    qtbot.keyClick(page, "x")  # means nothing elsewhere
    assert page.compare.files["A"][0].name == "tall.csv"


def test_under_the_mouse_both_curves_are_read(page, qtbot):
    plot = page.compare.courses
    qtbot.mouseMove(plot, QPoint(plot.width() // 2, plot.height() // 2))
    texts = [one.text for one in audited(page)]
    assert any("B less A" in text and text.split(" ")[0].isdigit() for text in texts)


def test_others_that_are_chosen_meanwhile_are_those_that_are_shown(
    open_window, fake, run, qtbot, pair, monkeypatch
):
    begun, may_go_on = threading.Event(), threading.Event()
    asked = []

    def slow(a, b, *, before):
        asked.append(a)
        if len(asked) == 1:
            begun.set()
            assert may_go_on.wait(30)
        before(a[0])
        return compare(a, b)

    monkeypatch.setattr(comparing, "compare", slow)
    window = open_window(fake(run, now_s=9.0), files=list(pair))
    window.go("compare")
    qtbot.waitUntil(lambda: (window.tick(), begun.is_set())[1], timeout=10_000)
    window.comparing.choose("A", [pair[1]])
    may_go_on.set()
    await_found(window, qtbot)
    assert len(asked) == 2
    assert "same recording" in window.compare.found.headline


def test_a_file_that_cannot_be_read_is_told(open_window, fake, run, qtbot, pair, tmp_path):
    window = open_window(fake(run, now_s=9.0))
    window.go("compare")
    broken = tmp_path / "broken.h5"
    broken.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    window.comparing.choose("A", [pair[0]])
    window.comparing.choose("B", [broken])

    def told():
        window.tick()
        return any("broken.h5" in line for line in window.banner.lines)

    qtbot.waitUntil(told, timeout=20_000)
    assert window.compare.found is None
