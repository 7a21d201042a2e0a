"""Hops and landings: times of the union of both feet, and what a set of them comes to."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insole.drills.hopping import fatigue
from insole.model.foot import Side
from tests.insole.drills import drawn

G = 9.80665


def kissing(heel: float) -> dict[str, float]:
    return {"HEEL": heel, "M1": 0.5 * (1 - heel), "M45": 0.5 * (1 - heel)}


def hops(contacts, flights, *, peak_bw=1.5, heel=0.08, left=0.5, drill="pogo-hops", **settings):
    """Hops on both feet, then a landing that stays on the ground."""
    bumps, at_s = [], 3.0
    for t_c, t_f in zip(contacts, flights, strict=True):
        for side, share in (("left", left), ("right", 1.0 - left)):
            if share:
                bumps.append(drawn.bump(side, at_s, t_c, 2 * share * peak_bw, kissing(heel)))
        at_s += t_c + t_f
    lines = drawn.standing(2.6)
    landed = {
        side: {
            name: [
                *points,
                [at_s, 0.0],
                [at_s + 0.06, drawn.STANCE[name]],
                [at_s + 2.0, drawn.STANCE[name]],
            ]
            for name, points in feet.items()
        }
        for side, feet in lines.items()
    }
    return drawn.case(drill, {**landed, "bumps": bumps, "duration_s": at_s + 2.0}, **settings)


@settings(max_examples=15)
@given(
    t_c=st.floats(0.15, 0.35),
    t_f=st.floats(0.15, 0.35),
    peak_bw=st.floats(1.0, 2.5),
    heel=st.floats(0.03, 0.20),
    left=st.floats(0.40, 0.60),
)
def test_hops_have_the_times_and_shares_that_were_drawn(t_c, t_f, peak_bw, heel, left):
    got = drawn.told(hops([t_c] * 6, [t_f] * 6, peak_bw=peak_bw, heel=heel, left=left))
    contact = drawn.seen_s(t_c, 2 * max(left, 1 - left) * peak_bw)
    flight = t_c + t_f - contact
    assert got["hops"] == 6
    assert got["t_c_s"] == pytest.approx(contact, abs=0.008)
    assert got["t_f_s"] == pytest.approx(flight, abs=0.008)
    assert got["height_m"] == pytest.approx(G * flight**2 / 8, abs=0.008)
    assert got["kiss_pct"] == pytest.approx(100 * heel, abs=0.5)
    assert got["left_share"] == pytest.approx(left, abs=0.005)
    assert (got["no_kiss"], got["heavy"]) == (0, 0)


def test_the_last_landing_stays_on_the_ground_and_its_hop_counts():
    coach = drawn.played(hops([0.2] * 3, [0.2] * 3))
    assert drawn.result(coach)["hops"] == 3
    assert coach.sets[0].attempts[0].start_s == pytest.approx(3.0, abs=0.02)


def test_heels_that_never_kiss_and_heavy_ones_are_told():
    assert drawn.told(hops([0.2] * 4, [0.2] * 4, heel=0.01))["no_kiss"] == 4
    assert drawn.told(hops([0.2] * 4, [0.2] * 4, heel=0.30))["heavy"] == 4


def test_a_long_stand_between_hops_is_no_contact_of_one():
    got = drawn.told(hops([0.2, 1.4, 0.2], [0.2] * 3))
    assert got["hops"] == 2


def test_a_hop_with_a_hole_is_excluded():
    one = hops([0.2] * 4, [0.2] * 4)
    holed = replace(one, lost=((Side.RIGHT, 3.45, 3.55),))
    got = drawn.told(holed)
    assert (got["hops"], got["excluded"]) == (3, 1)


def test_hops_on_one_foot_need_no_other():
    got = drawn.told(hops([0.25] * 5, [0.15] * 5, left=0.0, drill="single-leg-hops", foot="right"))
    assert got["hops"] == 5
    assert "left_share" not in got


def test_two_slow_hops_in_a_row_end_the_set_after_the_second():
    contacts = [0.20, 0.20, 0.20, 0.25, 0.20, 0.25, 0.25, 0.20, 0.20]
    coach = drawn.played(hops(contacts, [0.2] * 9))
    assert coach.sets[0].ended_by == "fatigue"
    got = drawn.result(coach)
    assert (got["hops"], got["fatigue_stop_at_hop"]) == (7, 7)


@given(st.lists(st.floats(0.1, 0.115), max_size=30))
def test_even_hops_tire_nobody(contacts):
    assert fatigue(contacts) is None


@given(st.lists(st.floats(0.1, 0.5), max_size=30))
def test_where_fatigue_stops_two_hops_are_slower_than_three_before(contacts):
    stop = fatigue(contacts)
    if stop is None:
        return
    for place in (stop - 2, stop - 1):
        best = sorted(contacts[:place])[:3]
        assert contacts[place] > 1.15 * sum(best) / 3
    assert fatigue(contacts[: stop - 1]) is None


def landing(peaks, *, every_s, heel=0.35, fore=0.6):
    """Stand, fall for 0.25 s, land with a peak, settle; so often."""
    load = {"HEEL": heel / 2, "MID": (1 - heel - fore) / 2, "M1": fore / 4, "M45": fore / 4}
    course = [[0.0, 1.0]]
    for number, peak in enumerate(peaks):
        t = 3.0 + number * every_s
        course += [[t, 1.0], [t + 0.05, 0.0], [t + 0.3, 0.0], [t + 0.36, peak], [t + 0.6, 1.0]]
    end_s = 3.0 + len(peaks) * every_s + 6.0
    course.append([end_s, 1.0])
    lines = {name: [[t, share * bw] for t, bw in course] for name, share in load.items()}
    return drawn.case("quiet-landing", {"left": lines, "right": lines, "duration_s": end_s})


def test_landings_have_their_peaks_and_the_shares_under_the_foot():
    got = drawn.told(landing([2.4, 1.8], every_s=7.0))
    assert got["landings"] == 2
    assert [each["f_pk_bw"] for each in got["each"]] == pytest.approx([2.4, 1.8], abs=0.01)
    for each in got["each"]:
        assert each["heel_100ms"] == pytest.approx(0.35, abs=0.01)
        assert each["forefoot_100ms"] == pytest.approx(0.60, abs=0.01)
        assert each["flight_s"] == pytest.approx(0.25, abs=0.01)
        # a straight fall to the level reaches it within 5 % shortly before its end
        assert 0.2 < each["tts_s"] < 0.45
        assert each["both_zones"]


def test_a_landing_that_is_soon_followed_has_no_time_to_settle():
    got = drawn.told(landing([2.0, 2.0], every_s=3.0))
    first, last = got["each"]
    assert first["tts_s"] is None
    assert last["tts_s"] is not None


def test_a_landing_on_the_forefoot_alone_is_of_one_zone():
    got = drawn.told(landing([2.0], every_s=6.0, heel=0.1, fore=0.85))
    assert got["both_zones"] == 0
