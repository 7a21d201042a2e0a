"""Trials of weeks become days, days become lines, lines are told in words that claim no more."""

import json
import re
from dataclasses import replace
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from insole.compare import words
from insole.compare.chosen import BY_ID, CHOSEN
from insole.compare.course_document import trend_document
from insole.compare.course_words import cautions, header, sentences
from insole.compare.courses import course, courses
from insole.compare.days import Series, Session, in_days
from insole.errors import RequestError
from insole.model.foot import Side
from insole.report.trend import trend_page
from tests.insole.compare.portable import series as drawn
from tests.insole.compared_trials import FOOT, USUAL

BANNED = re.compile(r"\b(" + "|".join(words.BANNED) + ")", re.IGNORECASE)
FIRST = date(2026, 3, 2)


def session(number, *, contact_s=0.25, day=None, conditions=USUAL, **changes):
    """A trial of a day, every fifth day one."""
    when = FIRST + timedelta(days=5 * number) if day is None else day
    values = {"contact_s": contact_s, "peak_force_N": 1600.0, "tripod_heel": 0.3}
    one = Session(
        path=Path(f"{number}.h5"),
        name=f"{number}.h5",
        sha256=f"{number:064d}",
        day=when.isoformat() if when else "",
        conditions=conditions,
        values=values,
    )
    return replace(one, **changes)


def sessions(count, *, slope_s=0.0, noise_s=0.001, **changes):
    values = 0.25 + slope_s * np.arange(count) + drawn(61, count, 0, noise_s, 0)
    return [session(n, contact_s=float(values[n]), **changes) for n in range(count)]


def of(found, name):
    return next(one for one in found if one.series.metric.id == name)


def test_one_day_has_one_value_the_mean_of_its_trials():
    days = in_days(
        [
            session(0, contact_s=0.24),
            session(1, contact_s=0.25),
            session(9, contact_s=0.27, day=FIRST + timedelta(days=5)),
        ]
    )
    assert list(days.days) == ["2026-03-02", "2026-03-07"]
    contact = next(one for one in days.series if one.metric.id == "contact_s")
    assert contact.values == pytest.approx([0.24, 0.26])
    assert contact.weeks == pytest.approx([0.0, 5 / 7])


def test_the_order_of_files_and_a_copy_of_one_change_nothing():
    told = sessions(10, slope_s=0.001)
    one = in_days(told)
    copy = replace(told[3], name="3 copy.h5", path=Path("3 copy.h5"))
    other = in_days([*reversed(told), copy])
    assert other.days == one.days
    assert trend_document(other, courses(other)) == trend_document(one, courses(one))


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (replace(USUAL, athlete="P2"), "who it is is another one"),
        (replace(USUAL, athlete=""), "it does not say who it is"),
        (replace(USUAL, shoe="cushioned"), "the shoe is another one"),
        (replace(USUAL, activity="walk"), "it is walk, not run"),
        (replace(USUAL, slope_deg=4.0), "the slope is another one"),
        (replace(USUAL, filter="zero_phase"), "it was computed in another way"),
        (replace(USUAL, feet={Side.LEFT: FOOT}), "it has no right foot"),
        (
            replace(USUAL, feet=dict.fromkeys(Side, replace(FOOT, unit="unit 8"))),
            "the left insole is another one",
        ),
    ],
)
def test_what_is_of_another_kind_than_the_newest_is_left_out_with_the_reason(other, why):
    told = [session(0, conditions=other), *[session(n) for n in range(1, 4)]]
    days = in_days(told)
    assert days.skipped == {"0.h5": why}
    assert len(days.days) == 3


def test_what_was_to_be_repeated_or_has_no_day_or_too_few_steps_is_left_out():
    days = in_days(
        [
            session(0, judgement="repeat"),
            session(1, day=False),
            session(2, too_few="2.h5 has too few valid steps"),
            session(3),
            session(4),
        ]
    )
    assert set(days.skipped) == {"0.h5", "1.h5", "2.h5"}
    assert days.skipped["1.h5"] == "nobody wrote down on which day it was made"


def test_recordings_of_nobody_are_one_persons_and_it_is_said():
    nobody = replace(USUAL, athlete="")
    days = in_days([session(n, conditions=nobody) for n in range(3)])
    assert len(days.days) == 3
    assert any("whose recordings" in text for text in cautions(days))
    named = in_days([session(0), *[session(n, conditions=nobody) for n in range(1, 4)]])
    assert named.skipped == {"0.h5": "who it is is another one"}


def test_an_athlete_or_a_shoe_can_be_asked_for():
    other = replace(USUAL, shoe="cushioned")
    told = [*[session(n) for n in range(3)], session(5, conditions=other)]
    days = in_days(told, shoe="FLAT", athlete="p1")
    assert days.newest.shoe == "flat"
    assert days.skipped == {"5.h5": "the shoe is cushioned, not FLAT"}


def test_a_faster_day_takes_no_part_in_what_speed_changes():
    fast = replace(USUAL, speed_m_s=3.6)
    days = in_days([session(0, conditions=fast), *[session(n) for n in range(1, 4)]])
    by_name = {one.metric.id: one for one in days.series}
    assert by_name["contact_s"].left_out == {"0.h5": "REFUSE_SPEED"}
    assert len(by_name["contact_s"].days) == 3
    assert len(by_name["tripod_heel"].days) == 4


def test_fewer_than_two_days_are_refused_with_the_reasons():
    with pytest.raises(RequestError, match="no line can be drawn") as caught:
        in_days([session(0), session(1, conditions=replace(USUAL, shoe="cushioned"))])
    assert "0.h5: the shoe is another one" in caught.value.why
    with pytest.raises(RequestError, match="0 days"):
        in_days([])


def test_a_steady_change_beyond_the_persons_own_is_a_trend():
    found = courses(in_days(sessions(11, slope_s=0.002)))
    contact = of(found, "contact_s")
    assert (contact.verdict, contact.margin_source) == ("trend", "personal")
    (text, *_) = sentences(contact, level="20 N")
    assert re.match(r"Contact time became \d+\.\d ms longer over 7\.1 weeks \(95 % interval", text)
    assert "11 days" in text
    assert text.endswith("Timed at 20 N.")


def test_few_days_have_a_line_and_no_verdict():
    contact = of(courses(in_days(sessions(4, slope_s=0.01))), "contact_s")
    assert contact.verdict == "line_only"
    assert "no verdict from 4 days, 8 days and 4 weeks are needed" in sentences(contact)[0]


def test_a_steady_change_that_is_small_is_said_to_be_less_than_counts():
    weeks = np.arange(40.0)
    values = 0.3 + 0.0005 * weeks + 0.01 * drawn(63, 40, 0, 1, 0)
    days = tuple((FIRST + timedelta(weeks=n)).isoformat() for n in range(40))
    one = course(Series(BY_ID["tripod_heel"], days, weeks, values))
    assert one.verdict == "small"
    assert "less than the" in sentences(one)[0]
    assert one.line.trend is False


def test_days_without_a_change_cannot_tell_a_trend_and_never_say_there_is_none():
    contact = of(courses(in_days(sessions(12, noise_s=0.003))), "contact_s")
    assert contact.verdict == "cannot_tell"
    assert "cannot tell a trend" in sentences(contact)[0]
    assert "no trend" not in sentences(contact)[0]


def test_a_newest_day_far_from_the_others_is_named():
    told = [*sessions(9), session(9, contact_s=0.29)]
    contact = of(courses(in_days(told)), "contact_s")
    assert contact.band.marked
    assert "Contact time of the newest day, 290.0 ms, lies outside" in " ".join(sentences(contact))


def test_a_change_of_level_is_told_with_its_week_and_no_reason():
    told = [
        session(n, contact_s=float(0.25 + 0.01 * (n >= 16) + step), day=FIRST + timedelta(days=n))
        for n, step in enumerate(drawn(62, 36, 0, 0.001, 0))
    ]
    days = in_days(
        [replace(one, note="new insoles" if one.name == "16.h5" else "") for one in told]
    )
    said = " ".join(sentences(of(courses(days), "contact_s")))
    assert "the level differs from about week 2, 250" in said
    assert "insoles" not in said
    assert days.events == (("2026-03-18", "new insoles"),)


CASES = {
    "trend": sessions(11, slope_s=0.002),
    "falls": sessions(11, slope_s=-0.002),
    "few": sessions(3),
    "noise": sessions(12, noise_s=0.004),
    "same": sessions(9, noise_s=0.0),
    "odd": [*sessions(9), session(9, contact_s=0.29)],
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("metric", CHOSEN, ids=lambda metric: metric.id)
def test_no_sentence_has_a_banned_word_and_each_has_unit_and_number(metric, case):
    days = in_days(CASES[case])
    base = next(one for one in days.series if one.metric.id == "contact_s")
    values = base.values / 0.25 * (0.3 if metric.unit == "%" else 40.0)
    one = course(replace(base, metric=metric, values=values))
    for text in (*sentences(one, level="20 N"), header(days), *cautions(days)):
        assert not BANNED.search(text), text
        assert text.endswith(".")
    assert "days" in sentences(one)[0]
    assert one.verdict in ("trend", "small", "cannot_tell", "line_only")


def test_the_document_holds_plain_values_alone():
    for told in CASES.values():
        days = in_days(told)
        document = json.loads(
            json.dumps(trend_document(days, courses(days)), allow_nan=False, ensure_ascii=False)
        )
        assert document["schema"] == "insole.trend/1"
        contact = document["metrics"]["contact_s"]
        assert len(contact["values"]) == len(contact["weeks"]) == len(contact["days"])
        assert set(document["not_available"]) | set(document["metrics"]) == {m.id for m in CHOSEN}


class Strict(HTMLParser):
    """Every tag that opens also closes; nothing is fetched."""

    alone = frozenset({"meta", "br", "path", "circle", "!doctype"})

    def __init__(self):
        super().__init__()
        self.open = []
        self.fetched = []
        self.tags = set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.fetched += [value for name, value in attrs if name in ("src", "href", "xlink:href")]
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag, _attrs):
        self.tags.add(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_stands_alone_and_foreign_text_stays_text():
    evil = '<script>alert("x")</script>&\x1b[2J'
    kind = replace(USUAL, athlete=evil, shoe=evil)
    told = [replace(one, conditions=kind, note=evil, name=evil + one.name)
            for one in sessions(10, slope_s=0.002)]  # fmt: skip
    days = in_days(told)
    page = trend_page(days, courses(days))
    reader = Strict()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    assert reader.fetched == []
    assert "script" not in reader.tags
    assert "svg" in reader.tags
    assert "prefers-color-scheme" in page
    assert "http-equiv" in page
    assert not BANNED.search(re.sub(r"<[^>]*>", " ", page.split("</style>")[1]).replace(evil, ""))


def test_the_area_of_a_picture_is_narrowest_in_the_middle_of_the_days():
    days = in_days(CASES["noise"])
    one = of(courses(days), "contact_s")
    (drawn,) = re.findall(r'class="left faint" d="M([^"]*)Z"', trend_page(days, [one]))
    points = np.array([pair.split() for pair in drawn.split("L")], dtype=float)
    upper, lower = points[:3], points[:2:-1]
    width = lower[:, 1] - upper[:, 1]
    assert width[1] == pytest.approx(0.0, abs=0.11)
    assert width[0] > 1
    assert width[2] > 1


def test_the_page_of_few_or_equal_days_can_be_drawn():
    for told in CASES.values():
        days = in_days(told)
        page = trend_page(days, courses(days))
        assert "NaN" not in page
        assert " nan" not in page
        assert header(days) in page
