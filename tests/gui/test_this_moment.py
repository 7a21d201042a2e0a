"""What the window says of this moment: sensors, loss, standing, time of both feet, the dot."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from insole.live.board import FootView, SmoothView, StandingView, TimeView
from insole.model.foot import SensorLayout, Side
from insole.model.link import LinkFinding, LinkHealth
from insole.model.quality import Quality
from insole.model.trial import Alignment
from insole.signal.health import Finding
from insole_gui.state import sensors, together
from insole_gui.state.advice import advice, link_words
from insole_gui.state.alerts import Alerts
from insole_gui.state.definition import definition
from insole_gui.state.drawn import delay_words, drawn
from insole_gui.state.history import History
from insole_gui.state.live import LiveState
from insole_gui.state.loss import lost_by_second
from insole_gui.state.loss import words as loss_words
from insole_gui.state.numbers import written
from insole_gui.state.pins import all_tiles
from insole_gui.state.sole import (
    NO_CELL,
    cells,
)
from insole_gui.state.tripod import dot


def found(sensor=7, state="dead", since_s=5.0, until_s=None, samples=0):
    return Finding(sensor, state, since_s, until_s, samples)


def test_a_finding_says_which_sensor_what_was_done_and_for_how_long(run):
    view = run.view(9.0)
    foot = replace(view.feet[Side.LEFT], findings=(found(),), masked=(7,))
    view = replace(view, feet=view.feet | {Side.LEFT: foot})
    now_s = view.now_s
    assert sensors.lines(foot, now_s) == [
        "Sensor 8 reads nothing while its neighbours are loaded: left out; for 4.0 s"
    ]
    assert sensors.warning(view) == "left out: left sensor 8"
    assert sensors.news(view)[0].startswith("Left: sensor 8 reads nothing")
    later = replace(view, now_s=now_s + sensors.NEWS_S + 5.0)
    assert sensors.news(later) == []
    over = replace(foot, findings=(found(until_s=8.0),), masked=())
    assert sensors.lines(over, now_s)[0].endswith("over for 1.0 s")
    state = LiveState()
    state.push(view)
    assert any("sensor 8" in line for line in Alerts().lines(state)[0])


def test_many_masked_sensors_are_counted(run):
    view = run.view(9.0)
    feet = {side: replace(foot, masked=tuple(range(7))) for side, foot in view.feet.items()}
    words = sensors.warning(replace(view, feet=feet))
    assert words == (
        "left out: left sensors 1, 2, 3, 4 and 3 more; right sensors 1, 2, 3, 4 and 3 more"
    )


def test_loss_is_told_for_each_second(run):
    foot = run.view(20.0).feet[Side.LEFT]
    assert np.nanmax(lost_by_second(foot, 20.0)) == 0.0
    assert np.isnan(lost_by_second(foot, 20.0)[:40]).all()  # nothing was due a minute ago
    keep = ~((foot.time_s >= 12.0) & (foot.time_s < 12.5))
    part = replace(
        foot, time_s=foot.time_s[keep], force_n=foot.force_n[keep], quality=foot.quality[keep]
    )
    lost = lost_by_second(part, 20.0)
    assert lost[60 - 8] == pytest.approx(0.5, abs=0.02)
    assert np.count_nonzero(np.nan_to_num(lost)) == 1
    assert "in 1 of the last 20 s, at worst 50 %" in loss_words(lost)
    filled = foot.quality.copy()
    filled[(foot.time_s >= 15.0) & (foot.time_s < 15.1)] = int(Quality.INTERPOLATED)
    assert lost_by_second(replace(foot, quality=filled), 20.0)[60 - 5] == pytest.approx(
        0.1, abs=0.02
    )


def test_symmetry_of_step_times_is_hidden_until_the_feet_share_time(run):
    view = run.view(9.0)
    steps = {
        side: replace(
            foot.steps, value=foot.steps.value | {"step_s": foot.steps.value["contact_s"]}
        )
        for side, foot in view.feet.items()
    }
    feet = {side: replace(foot, steps=steps[side]) for side, foot in view.feet.items()}
    view = replace(view, feet=feet)
    poor, good = TimeView(0.0042, 0.003), TimeView(0.0004, 0.003)

    def note(time: TimeView) -> str:
        tiles = all_tiles(replace(view, time=time), "po50")
        return next(tile.note for tile in tiles if tile.name == "Cadence")

    assert note(poor) == "symmetry hidden"
    assert "4.2 ms; 3 ms are needed: the symmetry of step times is hidden" in together.words(poor)
    assert note(good).startswith("symmetry ")
    assert note(good).endswith("%")
    assert "step times of both may be compared" in together.words(good)
    moved = replace(good, alignment=Alignment("right", 0.0012, 0.0004))
    assert "Three hops moved them by 1.2 ms." in together.words(moved)
    rows = dict(definition("cadence_spm", replace(view, time=poor))[1])
    assert "hidden" in rows["Time of both feet"]


def test_standing_shows_sway_by_the_causal_way_and_how_long(make_standing):
    view = make_standing().view(9.0)
    stands = StandingView(None, 1.0, 0)
    feet = {
        side: replace(foot, sway={"sway_mvelo_mm_s": 8.26, "sway_area_pe_mm2": 119.0}, sway_s=6.0)
        for side, foot in view.feet.items()
    }
    view = replace(view, feet=feet, standing=stands, activity="stand")
    tiles = {tile.name: tile for tile in all_tiles(view, "po50")}
    assert tiles["Sway speed"].sides[0].value == 8.26
    assert tiles["Sway speed"].note == "causal"
    assert tiles["Sway area"].sides[0].value == pytest.approx(1.19)
    assert written(tiles["Sway speed"].sides[1], most=1) == ("8.3", "over 6 s")
    assert tiles["Standing"].both.value == pytest.approx(view.now_s - 1.0)
    early = replace(view, feet={s: replace(f, sway={}) for s, f in feet.items()})
    speed = {tile.name: tile for tile in all_tiles(early, "po50")}["Sway speed"]
    assert speed.sides[0].reason == "standing for 7 s first"
    assert "Causal" in dict(definition("sway_mvelo_mm_s", view)[1])["Way"]


def test_a_held_view_shows_what_was_done_then(run):
    history = History()
    for now_s in (8.0, 8.1):
        history.push(replace(run.view(now_s), activity="run"))
    history.push(replace(run.view(8.2), activity="stand", standing=StandingView(None, 8.0, 0)))
    newest = replace(run.view(8.2), activity="stand")
    assert history.at(newest, 8.1).activity == "run"
    assert history.at(newest, 8.2).standing is not None


def test_the_dot_and_force_are_the_smoothed_ones_and_their_delay_is_said(run):
    view = run.view(9.0)
    smooth = SmoothView(321.0, np.full(3, 1 / 3), np.array([40.0, 120.0]), 0.015, 0.021)
    foot = replace(view.feet[Side.LEFT], smooth=smooth)
    assert dot(foot).tolist() == [40.0, 120.0]
    assert drawn(foot).total_n == 321.0
    both = replace(view, feet=view.feet | {Side.LEFT: foot})
    assert delay_words(both) == "smoothing adds 15 ms to force and shares, 21 ms to the dot"
    assert delay_words(view) == ""
    assert "21 ms to the dot" in dict(definition("total_n", both)[1])["Drawn"]


@pytest.mark.parametrize("count", [300, 954])
def test_more_sensors_than_a_colour_table_holds_are_cells_too(count):
    xy = np.random.default_rng(1).uniform(0.02, 0.98, (count, 2))
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], float)
    layout = SensorLayout("t", "grid", xy, 200.0, 100.0, square, np.full(count, 2.0))
    picture = cells(layout, (400, 200))
    assert picture.dtype == np.uint16
    assert set(np.unique(picture[picture != NO_CELL])) <= set(range(count))
    assert len(np.unique(picture)) > 0.8 * count


def test_an_insole_that_is_as_it_should_be_needs_no_advice(run):
    assert advice(run.view(20.0).feet[Side.LEFT], 20.0) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"measured_hz": 104.0}, "sends 104.0 Hz, says 100 Hz"),
        ({"rssi_dbm": -84}, "weak signal, −84 dBm"),
        ({"battery": 9}, "battery 9 %: charge it"),
    ],
)
def test_what_is_not_as_it_should_be_is_said_with_its_fix(run, changes, said):
    (line,) = advice(replace(run.view(20.0).feet[Side.LEFT], **changes), 20.0)
    assert line.startswith(said)
    assert ": " in line


def test_loss_is_told_before_a_rate_that_follows_from_it(run):
    foot = run.view(20.0).feet[Side.LEFT]
    keep = np.arange(len(foot.time_s)) % 10 > 0
    part = replace(foot, time_s=foot.time_s[keep], quality=foot.quality[keep], measured_hz=90.0)
    (line,) = advice(part, 20.0)
    assert line.startswith("10 % lost in 10 s")


def test_an_insole_without_data_gets_no_advice_about_them():
    assert advice(FootView(), 20.0) == []


def test_a_device_that_is_slower_than_it_says_has_lost_nothing(run):
    foot = run.view(20.0).feet[Side.LEFT]
    slow = replace(foot, time_s=foot.time_s[::2], quality=foot.quality[::2], measured_hz=50.0)
    assert np.nanmax(lost_by_second(slow, 20.0)) == 0.0
    (line,) = advice(slow, 20.0)
    assert line.startswith("sends 50.0 Hz, says 100 Hz")


def test_a_held_view_draws_the_dot_where_it_was(run):
    history = History()
    for i, now_s in enumerate((8.0, 8.1, 8.2)):
        view = run.view(now_s)
        smooth = SmoothView(100.0 * i, np.full(3, 1 / 3), np.array([10.0 * i, 5.0]), 0.015, 0.021)
        foot = replace(view.feet[Side.LEFT], smooth=smooth)
        history.push(replace(view, feet=view.feet | {Side.LEFT: foot}))
    held = drawn(history.at(run.view(8.2), 8.1).feet[Side.LEFT])
    assert (held.total_n, held.cop_mm.tolist()) == (100.0, [10.0, 5.0])
    assert held.cop_delay_s == 0.021


def doctored(view, *findings):
    """The view with what a link doctor says of the left insole."""
    nothing = np.zeros(0)
    device = view.feet[Side.LEFT].device
    link = LinkHealth(
        device, 100.0, 96.0, 96.0, 12.4, 15.2, 1.0, 247, -50, 1, 0.0, nothing, nothing, findings
    )
    return replace(view, links={device: link}), link


def test_what_the_link_doctor_says_goes_over_what_a_minute_tells(run):
    hint = LinkFinding("mtu", "hint", "Packets are small.", "Ask for a larger MTU.")
    fine = LinkFinding("rate", "fine", "The rate is as told.")
    view, link = doctored(run.view(20.0), hint, fine)
    foot = replace(view.feet[Side.LEFT], measured_hz=96.0)
    assert advice(foot, 20.0, link=link) == ["Packets are small. Ask for a larger MTU."]
    assert link_words(link) == "jitter 12 ms, packets every 15 ms, MTU 247"
    assert link_words(replace(link, jitter_ms=float("nan"), packet_ms=float("nan"), mtu=0)) == (
        "not known yet"
    )


def test_only_what_spoils_results_is_said_over_the_page(run):
    hint = LinkFinding("mtu", "hint", "Packets are small.")
    bad = LinkFinding("loss", "bad", "3 % of the samples are lost.", "Come nearer.")
    state = LiveState()
    state.push(doctored(run.view(20.0), hint)[0])
    assert not any("Packets" in line for line in Alerts().lines(state)[0])
    state.push(doctored(run.view(20.1), bad)[0])
    assert "Left: 3 % of the samples are lost." in Alerts().lines(state)[0]


def test_the_page_of_the_insoles_shows_the_link_doctor(open_window, fake, run):
    session = fake(run)
    bad = LinkFinding("loss", "bad", "3 % of the samples are lost.", "Come nearer.")
    session.changes["links"] = doctored(run.view(8.0), bad)[0].links
    window = open_window(session, size=(1024, 640))
    window.go("insoles")
    for _ in range(14):
        window.tick()
    said = window.insoles.cards[Side.LEFT].accessibleName()
    assert "3 % of the samples are lost. Come nearer." in said
    assert "MTU 247" in said
    assert window.insoles.cards[Side.LEFT].failed == ""
