"""The string that names a virtual pair: what it means, and how mistakes are told."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insole.errors import RequestError
from insole.model.foot import Side
from insole_drivers.virtual import faults
from insole_drivers.virtual.spec import (
    ACTIVITIES,
    BEGINNINGS,
    FAULTS,
    Spec,
    layout_of,
    parse,
    truth_of,
)

LEFT, RIGHT = Side.LEFT, Side.RIGHT


def test_nothing_said_is_the_shipped_recording():
    assert parse("") == Spec()
    assert parse("?") == Spec()
    assert truth_of(Spec(), layout_of(Spec())).mass_kg == 62.0


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("run?speed=3.3", {"activity": "run", "speed": 3.3}),
        ("?rate=200&sensors=99", {"rate": 200.0, "sensors": 99}),
        ("walk?mass=80&seconds=5&seed=7", {"mass": 80.0, "seconds": 5.0, "seed": 7}),
        ("recording?file=a%26b.csv", {"file": "a&b.csv"}),
        ("hop?protocol=other", {"protocol": "other"}),
        ("run?loss=0.1", {"faults": {LEFT: {"loss": 0.1}, RIGHT: {"loss": 0.1}}}),
        ("run?loss.left=0.1", {"faults": {LEFT: {"loss": 0.1}, RIGHT: {}}}),
        ("run?loss=.2&loss.left=0", {"faults": {LEFT: {"loss": 0.0}, RIGHT: {"loss": 0.2}}}),
        ("run?loss.left=0&loss=.2", {"faults": {LEFT: {"loss": 0.0}, RIGHT: {"loss": 0.2}}}),
        ("run?missing=left", {"faults": {LEFT: {"missing": 1.0}, RIGHT: {}}}),
        ("run?missing.left", {"faults": {LEFT: {"missing": 1.0}, RIGHT: {}}}),
        ("run?only=left", {"faults": {LEFT: {}, RIGHT: {"missing": 1.0}}}),
        ("run?two_left", {"faults": {LEFT: {}, RIGHT: {"swapped": 1.0}}}),
        ("run?swapped=1", {"faults": {LEFT: {"swapped": 1.0}, RIGHT: {"swapped": 1.0}}}),
        (
            "run?drop_at.right=3&drop_for.right=2",
            {"faults": {LEFT: {}, RIGHT: {"drop_at": 3.0, "drop_for": 2.0}}},
        ),
        (
            "run?drop_at.left=3&drop_for=2",
            {"faults": {LEFT: {"drop_at": 3.0, "drop_for": 2.0}, RIGHT: {}}},
        ),
    ],
)
def test_a_spec_means(text, want):
    spec = parse(text)
    assert {key: getattr(spec, key) for key in want} == want


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("swim", "heel-raise"),
        ("rum?speed=3", "Did you mean run"),
        ("run?sped=3", "Did you mean speed"),
        ("run?speed", "speed has no value"),
        ("run?speed=fast", "from 0.5 to 7"),
        ("run?speed=nan", "from 0.5 to 7"),
        ("run?speed=1", "from 2 to 7 m/s for run"),
        ("hop?speed=3", "recording, run, walk have a speed"),
        ("run?rate=0", "from 1 to 500 Hz"),
        ("run?rate=501", "from 1 to 500 Hz"),
        ("run?sensors=0", "a whole number from 1 to 255"),
        ("run?sensors=16.5", "a whole number from 1 to 255"),
        ("run?mass=0", "from 20 to 300 kg"),
        ("run?mass=900", "from 20 to 300 kg"),
        ("run?loss=2", "from 0 to 1"),
        ("run?loss=-0.1", "from 0 to 1"),
        ("run?mtu=22", "from 23 to 517"),
        ("run?loss.middle=0.1", "loss.left or loss.right"),
        ("run?mass.left=70", "counts for both feet"),
        ("run?missing=both", "left or right"),
        ("run?missing=left&missing.right", "both feet are missing"),
        ("run?drop_for=3", "Add drop_at"),
        ("run?drop_at.left=3&drop_for.right=2", "Add drop_at"),
        ("run?loss=0.1&loss=0.2", "given twice"),
        ("run?two_left=maybe", "1 or 0"),
        ("run?dead=16", "from 0 to 15"),
        ("run?file=a.csv", "recording?file=PATH"),
        ("recording?file=", "file is empty"),
        ("recording?file=a.csv&speed=3", "Leave speed out"),
        ("run?seed=-1", "a whole number"),
        ("run?" + "x" * 5000, "too long"),
    ],
)
def test_a_mistake_is_one_line_with_what_is_allowed_and_the_fix(text, says):
    with pytest.raises(RequestError) as caught:
        parse(text)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600


@given(st.text(max_size=80))
@settings(deadline=None)
def test_any_text_is_a_pair_or_a_refusal(text):
    said = ""
    try:
        assert isinstance(parse(text), Spec)
    except RequestError as refused:
        said = str(refused)
    assert not said or said.isprintable()


@given(
    st.dictionaries(
        st.sampled_from([*FAULTS, "loss.left", "dead.right", "rate", "sensors", "two_left"]),
        st.one_of(st.floats().map(str), st.integers(-5, 600).map(str)),
        max_size=5,
    )
)
@settings(deadline=None)
def test_any_numbers_are_in_range_or_refused(items):
    text = "run?" + "&".join(f"{key}={value}" for key, value in items.items())
    try:
        spec = parse(text)
    except RequestError:
        return
    for each in spec.faults.values():
        faults.build(each, seed=1)  # the fault table takes what the spec lets through


def test_every_fault_is_known_to_the_fault_table():
    extra = set(BEGINNINGS)  # read by those that say when
    assert set(FAULTS) - extra <= set(faults.FAULTS)


@pytest.mark.parametrize("activity", ACTIVITIES)
def test_every_activity_has_a_truth(activity):
    spec = parse(f"{activity}?mass=80&sensors=8")
    assert truth_of(spec, layout_of(spec)).mass_kg == 80.0
