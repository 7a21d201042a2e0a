"""What the board says of this moment: standing, sway, sensors, and what is drawn of a sample.

A scripted source hands over what a virtual pair would send; no radio takes part.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest

from insole.live.board import Board, BoardView
from insole.live.engine import Session
from insole.live.watching import Watch
from insole.model.foot import Side
from insole.model.quality import Quality
from insole.model.stream import Load
from insole.model.trial import ClockPrior, StartState
from insole.parameters import Parameters
from insole.signal.filters import Smooth
from insole.signal.steps import empty_steps
from insole.trial import RunningTrial
from insole_drivers.virtual import spread
from tests.insole.whole_trials import LAYOUT, MASS_KG, part, samples, truth_of

RATE_HZ = 100.0
CHUNK = 4
P = Parameters()


class Script:
    """A source that gives its items at once, and then has ended."""

    realtime = False
    error = None

    def __init__(self, items: Iterable[object]) -> None:
        self._items = list(items)
        self.finished = False

    def start(self, sink) -> None:
        for item in self._items:
            sink(item)
        self.finished = True

    def stop(self) -> None:
        self.finished = True


def said(activity: str, *, seconds: float, mass_kg: float | None = MASS_KG, sides=tuple(Side)):
    """Capabilities, then samples of both feet in turns, as a live pair sends them."""
    truth = truth_of(activity)
    for side in sides:
        told = spread.capability(truth, side, layout=LAYOUT, rate_hz=RATE_HZ, serial=side.value)
        yield replace(told, mass_kg=mass_kg)
    whole = {side: samples(truth, side, rate_hz=RATE_HZ, seconds=seconds) for side in sides}
    for begin in range(0, int(seconds * RATE_HZ), CHUNK):
        for side in sides:
            yield part(whole[side], begin, begin + CHUNK)


def watched(items: Iterable[object], *, mass_kg: float | None = MASS_KG) -> BoardView:
    """The board after the last item."""
    start = StartState(
        mass_kg=mass_kg, clocks=tuple(ClockPrior(side.value, 0.0, 0.0) for side in Side)
    )
    session = Session(Script(items), start=start)
    session.start()
    assert session.wait(60)
    view = session.view()
    session.close()
    assert session.error is None
    return view


@pytest.mark.parametrize(
    ("activity", "now", "side"),
    [("stand", "stand", None), ("single", "stand", Side.LEFT), ("run", "run", "none")],
)
def test_the_board_says_what_is_done_now(activity, now, side):
    view = watched(said(activity, seconds=12.0))
    assert view.activity == now
    assert (view.standing.side if view.standing else "none") is side or side == "none"
    assert (view.standing is None) == (now != "stand")


def test_who_listens_knows_the_insole_with_its_first_samples_and_hears_all_of_them():
    knew, heard = [], dict.fromkeys(Side, 0)

    def listen(updates):
        for update in updates:
            knew.append(session.capability(update.side))
            heard[update.side] += len(update.load.time_s)

    start = StartState(clocks=tuple(ClockPrior(side.value, 0.0, 0.0) for side in Side))
    session = Session(Script(said("run", seconds=8.0)), start=start, listener=listen)
    assert session.capability(Side.LEFT) is None
    session.start()
    session.close()
    assert {one.device for one in knew} == {side.value for side in Side}
    assert heard == dict.fromkeys(Side, round(8.0 * RATE_HZ))


def test_standing_on_the_board_is_that_of_the_document():
    items = list(said("single", seconds=15.0))
    view = watched(items)
    session = Session(Script(items), start=StartState(
        mass_kg=MASS_KG, clocks=tuple(ClockPrior(side.value, 0.0, 0.0) for side in Side)
    ))  # fmt: skip
    session.start()
    document = session.close().to_dict()
    (span,) = document["balance"]["spans"]
    began = min(float(view.feet[side].time_s[0]) for side in Side)
    assert span["side"] == view.standing.side.value == "left"
    assert view.standing.since_s == pytest.approx(span["start_s"] + began, abs=0.05)
    assert view.standing.touches == span["touches"]


def test_sway_of_the_board_is_near_that_of_the_document_and_ends_with_standing():
    view = watched(said("single", seconds=20.0))
    left, right = view.feet[Side.LEFT], view.feet[Side.RIGHT]
    assert left.sway["sway_mvelo_mm_s"] > 0
    assert right.sway == {}
    assert left.sway_s == pytest.approx(view.now_s - view.standing.since_s - 2.0, abs=0.5)
    assert all(not foot.sway for foot in watched(said("run", seconds=12.0)).feet.values())


def test_shifting_weight_is_no_standing_and_no_step():
    view = watched(said("shift", seconds=12.0))
    assert (view.activity, view.standing) == ("other", None)


def test_without_body_mass_quiet_is_measured_against_what_is_carried_now():
    view = watched(said("stand", seconds=12.0, mass_kg=None), mass_kg=None)
    assert view.mass_kg is None
    assert view.activity == "stand"
    assert watched(said("run", seconds=12.0, mass_kg=None), mass_kg=None).activity == "run"


def test_one_insole_that_is_stood_on_is_seen_to_be():
    view = watched(said("single", seconds=8.0, sides=(Side.LEFT,)))
    assert view.activity == "stand"


def test_what_was_done_long_ago_is_not_what_is_done_now():
    running, standing = list(said("run", seconds=12.0)), list(said("stand", seconds=15.0))
    later = [
        replace(
            item,
            sequence=item.sequence + 1300,
            tick_us=item.tick_us + 13_000_000,
            arrival_ns=item.arrival_ns + 13_000_000_000,
        )
        for item in standing[2:]
    ]
    view = watched([*running, *later])
    assert view.activity == "stand"
    assert len(view.feet[Side.LEFT].steps)


def dead_sensor(items, sensor: int):
    """The left foot's sensor reads nothing."""
    for item in items:
        if hasattr(item, "values") and item.device.startswith("left"):
            values = item.values.copy()
            values[:, sensor] = 0
            yield replace(item, values=values)
        else:
            yield item


def test_a_dead_sensor_is_on_the_board_since_it_was_known():
    view = watched(dead_sensor(said("run", seconds=30.0), 7))
    foot = view.feet[Side.LEFT]
    (found,) = [one for one in foot.findings if one.state == "dead"]
    assert found.number == 8
    assert "sensor 8 reads nothing" in found.text
    assert 0 < found.since_s < view.now_s
    assert foot.masked == (7,)
    assert view.feet[Side.RIGHT].findings == ()


# --- what is drawn ---


def load_of(force, *, cop=None, breaks=()):
    n = len(force)
    region = np.zeros((n, 7))
    region[:, 0] = force
    quality = np.zeros(n, np.uint32)
    quality[list(breaks)] = int(Quality.BREAK)
    path = np.zeros((n, 2)) if cop is None else cop
    ns = np.arange(n, dtype=np.int64)
    return Load(np.arange(n) / RATE_HZ, np.asarray(force, float), region, path, quality, ns)


def drawn(load: Load):
    board = Board()
    board.append(Side.LEFT, load, rate_hz=RATE_HZ, arrived_ns=0)
    return board.view().feet[Side.LEFT].smooth


def test_force_and_dot_are_drawn_by_the_filters_of_the_science_page():
    rng = np.random.default_rng(5)
    force, cop = 400 + rng.normal(size=300).cumsum(), rng.normal(size=(300, 2)).cumsum(axis=0)
    smooth = drawn(load_of(force, cop=cop))
    mean = Smooth("one-pole", rate_hz=RATE_HZ, cut_hz=P["display.ema_hz"])
    bessel = Smooth("bessel", rate_hz=RATE_HZ, cut_hz=P["display.cop_hz"])
    assert smooth.total_n == pytest.approx(float(mean.newest(force[:, None])[0]))
    assert smooth.cop_mm == pytest.approx(bessel.newest(cop))
    assert (smooth.force_delay_s, smooth.cop_delay_s) == (mean.delay_s(), bessel.delay_s())


def test_a_foot_that_lands_is_not_drawn_from_its_last_contact():
    cop = np.full((60, 2), 200.0)
    cop[20:40] = np.nan
    cop[40:] = 50.0
    assert drawn(load_of(np.full(60, 500.0), cop=cop)).cop_mm == pytest.approx([50.0, 50.0])
    assert np.isnan(drawn(load_of(np.full(30, 0.0), cop=cop[:30])).cop_mm).all()


def test_nothing_is_smoothed_over_a_break():
    force = np.concatenate((np.full(50, 900.0), np.full(10, 100.0)))
    assert drawn(load_of(force, breaks=[50])).total_n == pytest.approx(100.0)


def test_smoothing_leaves_every_number_of_the_document_alone():
    items = list(said("run", seconds=12.0))
    hashes = set()
    for cut_hz in (10.0, 1.0):
        start = StartState(
            mass_kg=MASS_KG, clocks=tuple(ClockPrior(side.value, 0.0, 0.0) for side in Side),
            parameters={"display.ema_hz": cut_hz, "display.cop_hz": cut_hz},
        )  # fmt: skip
        session = Session(Script(items), start=start)
        session.start()
        hashes.add(session.close().result_sha256)
    assert len(hashes) == 1


def test_standing_goes_on_when_another_trial_begins():
    """Record is pressed: the pipeline starts anew, the person has not moved."""
    side_loads = {side: [] for side in Side}
    watch, n = Watch(P), 600
    for side in Side:
        for begin in (0, 300):
            whole = load_of(np.full(n, 343.0), cop=np.full((n, 2), 100.0))
            rows = slice(begin, begin + 300)
            load = Load(*(getattr(whole, name)[rows] for name in Load.__slots__))
            load.quality[0] = int(Quality.BREAK)  # as the first sample of a trial has it
            side_loads[side].append(load)
    pair = RunningTrial(StartState(mass_kg=MASS_KG)).pair
    for side in Side:
        told = spread.capability(
            truth_of("stand"), side, layout=LAYOUT, rate_hz=RATE_HZ, serial=side.value
        )
        pair.push([told])
    nothing = {side: empty_steps(side) for side in Side}
    for part_number in (0, 1):
        for side in Side:
            watch.push(side, side_loads[side][part_number])
        watch.look(pair, left=nothing[Side.LEFT], right=nothing[Side.RIGHT])
    assert watch.standing is not None
    assert watch.standing.since_s == pytest.approx(0.0, abs=0.05)


def test_no_row_of_a_view_is_newer_than_its_moment():
    """Whoever draws up to now would else miss what came between two publications."""
    board = Board()
    board.publish(BoardView(now_s=0.5))
    board.append(Side.LEFT, load_of(np.full(100, 5.0)), rate_hz=RATE_HZ, arrived_ns=0)
    view = board.view()
    assert view.now_s == view.feet[Side.LEFT].time_s[-1] == 0.99
    board.forget()
    assert board.view().now_s == 0.5
