"""The numbers on the Live page are the user's choice, and are kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt

from insole.metrics.registry import get, knows
from insole.preferences import Preferences, read, write
from insole_gui.state import pins
from tests.gui.test_pictures import audited, faults, play
from tests.gui.window_acts import no_panel_failed, settle

CHOSEN = ("impulse_N_s", "contact", "valr_BW_per_s", "tripod_heel", "pressure_time_m45_kPa_s")


@given(st.text(max_size=80))
def test_any_stored_text_gives_five_numbers_that_exist(text):
    names = pins.read(text)
    assert len(names) == len(pins.USUAL)
    assert all(name in pins.USUAL or knows(name) for name in names)


@given(st.lists(st.sampled_from([offer.name for offer in pins.offers()]), min_size=5, max_size=5))
def test_what_was_chosen_is_read_back(names):
    assert pins.read(pins.written(names)) == tuple(names)


def test_every_offer_makes_a_tile_with_its_unit(run):
    view = run.view(9.0)
    for offer in pins.offers():
        (tile,) = pins.pinned(view, [offer.name], kind="po50")
        if offer.name not in pins.USUAL:
            assert (tile.metric, tile.name, tile.unit) == (offer.name, offer.title, offer.unit)
        assert tile.spoken()


def test_a_time_is_shown_in_milliseconds_and_a_share_in_percent(run):
    view = run.view(9.0)
    time, share = pins.pinned(view, ["contact_s", "tripod_heel"], kind="po50")
    steps = view.feet[next(iter(view.feet))].steps
    assert time.sides[0].value == pytest.approx(1000 * steps.value["contact_s"][-8:].mean())
    assert share.sides[0].value == pytest.approx(100 * steps.value["tripod_heel"][-8:].mean())


def test_search_finds_by_every_word():
    assert {offer.name for offer in pins.matching("impulse heel")} == {"fti_heel_N_s"}
    assert pins.matching("") == pins.offers()
    assert pins.matching("no such thing") == ()


def test_standing_keeps_its_own_numbers(make_standing):
    shown = pins.all_tiles(make_standing().view(9.0), "po50", names=CHOSEN)
    assert "Sway speed" in [tile.name for tile in shown]


# --- in the window ---


def test_a_number_is_put_in_its_place_and_kept(open_window, fake, run, qtbot, tmp_path):
    window = open_window(
        fake(run, now_s=9.0), preferences=Preferences(), keep=lambda p: write(tmp_path, p)
    )
    window.go("settings")
    qtbot.mouseClick(window.settings.numbers, Qt.MouseButton.LeftButton)
    menu = window.numbers
    assert menu.isVisible()
    qtbot.keyClick(menu.places[3], Qt.Key.Key_Return)
    menu.sought.setText("impulse heel")
    assert [name for name, button in menu.offers.items() if not button.isHidden()] == [
        "fti_heel_N_s"
    ]
    qtbot.keyClick(menu.offers["fti_heel_N_s"], Qt.Key.Key_Return)
    qtbot.keyClick(menu, Qt.Key.Key_Escape)
    window.go("live")
    settle(qtbot, window)
    assert window.live.tiles["flight"].tile.metric == "fti_heel_N_s"
    assert get("fti_heel_N_s").name in window.live.tiles["flight"].toolTip()
    kept, said = read(tmp_path)
    assert said == ""
    assert pins.read(kept.tiles)[3] == "fti_heel_N_s"
    window.ask_numbers()
    qtbot.keyClick(menu.usual, Qt.Key.Key_Return)
    settle(qtbot, window)
    assert window.state.pins == pins.USUAL
    assert no_panel_failed(window)


def test_a_search_without_a_hit_says_so(open_window, fake, run):
    window = open_window(fake(run))
    window.ask_numbers()
    window.numbers.sought.setText("no such thing")
    assert "no such number" in window.numbers.sentence.text()


@pytest.mark.parametrize("size", [(1024, 640), (1600, 1000)], ids=["small", "middle"])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_chosen_numbers_fit_their_tiles(size, theme, open_window, fake, run, artefacts):
    chosen = Preferences(tiles=pins.written(CHOSEN))
    window = open_window(fake(run), size=size, theme=theme, preferences=chosen)
    window.live.choose_tab("tiles")
    play(window, window.control.session, end=9.0, seconds=0.3)
    window.grab().save(str(artefacts / f"live-chosen-{size[0]}-{theme}.png"))
    assert faults(audited(window)) == []
    window.ask_numbers()
    play(window, window.control.session, end=9.1, seconds=0.1)
    window.grab().save(str(artefacts / f"numbers-{size[0]}-{theme}.png"))
    assert faults(audited(window)) == []
