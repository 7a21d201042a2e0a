"""Every mistake in a drill file has its sentence, and all are told at once."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from insole.drills.drill import DETECTORS, PLACES, QUANTITIES
from insole.drills.reading import MOST_BYTES, load, of_bytes, of_table, reads
from insole.drills.refusals import MOST_SHOWN, BadDrill
from insole.errors import FileError, InsoleError

HEAD = """
id = "my-drill"
title = "A drill of my own"
kind = "hold"
detect = "tripod"
stance = "single"
cannot_see = "knee and trunk"
"""
HOLD = HEAD + "hold_s = 15\n"


def refused(text: str) -> str:
    with pytest.raises(BadDrill) as caught:
        reads(text, where="x.toml")
    return str(caught.value)


REFUSALS = {
    "an unknown key names the one that is near": (
        HEAD + "hold = 15",
        'unknown key "hold" (x.toml, hold): a drill has no such field. Did you mean "hold_s"?',
    ),
    "a time out of range": (
        HEAD + "hold_s = 600",
        "hold_s is 600 (x.toml, hold_s): a hold lasts 1 to 180 s. Choose within.",
    ),
    "a text where a number belongs": (
        HEAD + 'hold_s = "long"',
        'hold_s is "long" (x.toml, hold_s): a hold lasts 1 to 180 s. Write a number.',
    ),
    "a truth where a number belongs": (
        HEAD + "hold_s = true",
        "hold_s is true (x.toml, hold_s): a hold lasts 1 to 180 s. Write a number.",
    ),
    "a half set": (
        HOLD + "sets = 1.5",
        "sets is 1.5 (x.toml, sets): a drill has 1 to 6 sets. Write a whole number.",
    ),
    "nan is no number of seconds": (
        HEAD + "hold_s = nan",
        "hold_s is nan (x.toml, hold_s): a hold lasts 1 to 180 s. Choose within.",
    ),
    "a kind that its detector does not count": (
        HOLD.replace("tripod", "heel_raise"),
        'kind is "hold" (x.toml, kind): "heel_raise" counts reps. Set kind = "rep".',
    ),
    "shares of more than the whole": (
        HOLD
        + """targets = [
            { region = "heel", share = 0.55 },
            { region = "first_ray", share = 0.35 },
            { region = "fifth_ray", share = 0.22 },
        ]""",
        "shares add up to 1.12 (x.toml, targets): they divide one load. Make them add up to 1.",
    ),
    "shares of less than the whole": (
        HOLD
        + """targets = [
            { region = "heel", share = 0.45 },
            { region = "first_ray", share = 0.23 },
            { region = "fifth_ray", share = 0.22 },
        ]""",
        "shares add up to 0.90 (x.toml, targets): they divide one load. Make them add up to 1.",
    ),
    "a tube below nothing": (
        HOLD
        + """targets = [
            { region = "heel", share = 0.2 },
            { region = "m1", share = 0.2 },
            { region = "m45", share = 0.2 },
            { region = "hal", share = 0.05, within = 0.10 },
        ]""",
        "the tube starts below 0 (x.toml, targets[3]): 0.05 within 0.10. Use within 0.05.",
    ),
    "what no insole feels": (
        HOLD + 'targets = [{ quantity = "arch_height", value = 1.0 }]',
        (
            'no insole feels "arch_height" (x.toml, targets[0]): it measures force. '
            'Use region = "mid".'
        ),
    ),
    "what no insole feels, without an aim": (
        HOLD + 'targets = [{ quantity = "trunk_lean" }]',
        (
            'no insole feels "trunk_lean" (x.toml, targets[0]): it measures force. '
            "Say it in cannot_see."
        ),
    ),
    "two claims in one title are one mistake": (
        HOLD.replace("A drill of my own", "Healing and injury"),
        '"Healing" (x.toml, title): a drill makes no health claim. Say what it trains.',
    ),
    "a quantity with a slip of the pen": (
        HOLD + 'targets = [{ quantity = "balls_pct", value = 1.0 }]',
        (
            'no insole feels "balls_pct" (x.toml, targets[0]): it measures force. '
            'Did you mean "ball_pct"?'
        ),
    ),
    "a cue that nobody hears": (
        HOLD
        + """cues = [
            { when = "touch", say = "Quiet foot" },
            { when = "touch", say = "One two three four five six seven eight nine ten eleven" },
        ]""",
        "the cue has 11 words (x.toml, cues[1].say): nobody hears that on one leg. Use 8.",
    ),
    "a level that changes two things": (
        HOLD + 'levels = [{ hold_s = 30.0 }, { hold_s = 45.0, vision = "closed" }]',
        "level 3 changes time and vision (x.toml, levels[1]): progress one thing. Split it.",
    ),
    "a level that changes nothing": (
        HOLD + "levels = [{ hold_s = 15.0 }]",
        (
            "level 2 changes nothing (x.toml, levels[0]): progress one thing. "
            "Say what it changes, or take it out."
        ),
    ),
    "an edge without anything to hold on to": (
        HOLD + 'surface = "step-edge"',
        (
            "a step edge without rail (x.toml, safety): balance on an edge needs a hold. "
            'Add gate = ["rail"].'
        ),
    ),
    "an edge that comes with a level": (
        HOLD + 'levels = [{ surface = "step-edge" }]',
        (
            "a step edge without rail (x.toml, safety): balance on an edge needs a hold. "
            'Add gate = ["rail"].'
        ),
    ),
    "flight without strength": (
        HEAD.replace('"hold"', '"rep"').replace("tripod", "hops"),
        'hops without gate (x.toml, safety): they come after strength. Add gate = ["plyometric"].',
    ),
    "a claim": (
        HOLD.replace("A drill of my own", "prevents sore shins"),
        '"prevents" (x.toml, title): a drill makes no health claim. Say what it trains.',
    ),
    "an open quote": (
        HOLD.strip() + '\ntitle = "open\n',
        "damaged at line 8 (x.toml): a quote is open. Close it.",
    ),
    "a key twice": (
        HOLD.strip() + '\nid = "again"\n',
        "damaged at line 8 (x.toml): a key stands there twice. Keep one.",
    ),
    "a required field": (
        HOLD.replace('title = "A drill of my own"', ""),
        (
            "title is missing (x.toml, title): every drill has one. "
            'Add title = "Foot tripod, one leg".'
        ),
    ),
    "a hold without its time": (
        HEAD,
        "hold_s is missing (x.toml, hold_s): a hold drill counts its seconds. Add hold_s = 15.0.",
    ),
    "an id that is no file name": (
        HOLD.replace("my-drill", "../my drill"),
        (
            'id is "../my drill" (x.toml, id): it is 3 to 40 small letters, digits and single '
            'hyphens. Write it as "tripod-hold".'
        ),
    ),
    "contact lost of nothing": (
        HOLD + 'cues = [{ when = "lost", say = "Down" }]',
        '"lost" of nothing (x.toml, cues[0]): the coach has to know of what. Add of = "m1".',
    ),
    "a hold while sitting": (
        HOLD.replace("single", "sit"),
        (
            'stance is "sit" (x.toml, stance): a hold drill is told by both or single. '
            "Choose one of these."
        ),
    ),
    "beats without a tempo": (
        HOLD + "beats_per_rep = 2",
        (
            "tempo_bpm is missing (x.toml, tempo_bpm): there is no beat without a tempo. "
            "Add tempo_bpm = 60."
        ),
    ),
    "a gate that is a word": (
        HOLD + '[safety]\ngate = "rail"',
        (
            'gate is "rail" (x.toml, safety.gate): gates are rail and plyometric. '
            'Write a list, as ["rail"].'
        ),
    ),
    "a target that names nothing": (
        HOLD + "targets = [{ share = 0.3 }]",
        'region is missing (x.toml, targets[0].region): every target has one. Add region = "heel".',
    ),
    "a target with two aims": (
        HOLD + 'targets = [{ region = "heel", share = 0.3, force_bw = 0.2 }]',
        (
            "a target has share and force_bw (x.toml, targets[0]): a bar aims at one number. "
            "Keep one of them."
        ),
    ),
    "a tube with two widths": (
        HOLD + 'targets = [{ region = "heel", share = 0.3, within = 0.1, max = 0.5 }]',
        (
            "a target has within and an end (x.toml, targets[0]): a tube has one width. "
            "Keep within, or min and max."
        ),
    ),
    "too many cues": (
        HOLD + "".join('[[cues]]\nwhen = "touch"\nsay = "Soft"\n' for _ in range(21)),
        "21 cues (x.toml, cues): a drill has at most 20. Keep 20.",
    ),
    "a list that is a table": (
        HOLD + "[levels]\nhold_s = 30",
        "levels is a table (x.toml, levels): it is a list. Write each under [[levels]].",
    ),
    "words that would steer a terminal": (
        HOLD.replace("A drill of my own", "\\u001b[31mred"),
        (
            'title is "?[31mred" (x.toml, title): a title has 3 to 40 characters on one line. '
            "Write plain letters."
        ),
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_mistake_has_its_sentence(name):
    text, sentence = REFUSALS[name]
    assert refused(text) == sentence


def test_all_mistakes_are_listed_at_once():
    text = """
        id = "x"
        title = "Cures flat feet"
        kind = "gait"
        detect = "heel_raise"
        stance = "one"
        hold = 4
        reps = 61
        targets = [{ quantity = "knee_angle", value = 1.0 }, { region = "heel", share = 1.5 }]
        cues = [{ when = "loss", say = "a b c d e f g h i" }]
        levels = [{ hold_s = 3.0, reps = 4 }, { }]
        [safety]
        gate = ["wall"]
        [zone]
        tv = 1
        """
    said = refused(text)
    for part in (
        'id is "x"',
        '"Cures" (x.toml, title)',
        "cannot_see is missing",
        'Set kind = "rep"',
        'stance is "one"',
        'unknown key "hold"',
        "reps is 61",
        'no insole feels "knee_angle"',
        "share is 1.5",
        'when is "loss"',
        "the cue has 9 words",
        "level 2 changes time and reps",
        "level 3 changes nothing",
        'gate[0] is "wall"',
        "tv is 1",
    ):
        assert part in said
    assert said.startswith("15 mistakes. ")
    assert "\n" not in said


def test_a_file_of_mistakes_is_told_in_bounded_words():
    said = refused("\n".join(f"key{n} = {n}" for n in range(4000)))
    assert len(said) < 10_000
    assert said.count("unknown key") == MOST_SHOWN
    assert said.endswith(" more.")


def test_a_mistake_hides_no_consequence_of_its_own():
    assert "missing" not in refused(HEAD + "hold_s = 600")
    assert "changes nothing" not in refused(HOLD + "levels = [{ hold_s = 600 }]")


def test_a_cue_of_eight_words_is_heard():
    reads(HOLD + 'cues = [{ when = "touch", say = "one two three four five six seven eight" }]')


def test_heel_is_no_claim():
    assert reads(HOLD.replace("A drill of my own", "Heel heavy")).title == "Heel heavy"


def test_a_file_is_at_most_64_kib(tmp_path):
    path = tmp_path / "x.toml"
    text = HOLD + "#" * (MOST_BYTES - len(HOLD))
    path.write_text(text, encoding="utf-8")
    assert load(path).id == "my-drill"
    path.write_text(text + "#", encoding="utf-8")
    with pytest.raises(BadDrill, match=r"larger than 64 KiB \(x\.toml\)"):
        load(path)


def test_what_is_no_text_is_refused(tmp_path):
    with pytest.raises(BadDrill, match="damaged at line 2"):
        of_bytes(b'id = "a"\n\xff', where="x.toml")
    with pytest.raises(FileError, match="cannot read the drill"):
        load(tmp_path / "none.toml")


@pytest.mark.parametrize(
    "text",
    [
        "a." * 32_000 + "a = 1",
        '"=".' + "a." * 30_000 + "a = 1",
        "x = " + "[" * 60_000,
        "x = " + "{y = " * 10_000,
        "x = " + "1" * 60_000,
        "sets = " + "9" * 4_000,
        "[[targets]]\n" * 5_000,
        "hold_s = 1e999",
        "hold_s = 1979-05-27",
    ],
    ids=lambda text: text[:12],
)
def test_hostile_text_is_refused(text):
    assert len(refused(text)) < 12_000


@given(st.text(max_size=400))
@example("\x00")
@example("a" * 300 + " = 1")
def test_any_text_is_a_drill_or_refused(text):
    said = outcome(reads, text)
    assert "\n" not in str(said)


def outcome(read, given):
    """The drill, or the error with which it was refused; anything else goes through."""
    try:
        return read(given)
    except InsoleError as error:
        return error


values = st.recursive(
    st.one_of(
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=12),
        st.sampled_from([*PLACES, *QUANTITIES, "single", "closed", "lost", "step-edge"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=5,
)
KEYS = [
    "kind", "detect", "stance", "sides", "hold_s", "reps", "targets", "cues", "levels", "safety",
    "zone", "needs", "feedback", "advance", "surface", "tempo_bpm", "beats_per_rep", "odd",
]  # fmt: skip
items = st.dictionaries(
    st.sampled_from(
        ["region", "quantity", "share", "value", "within", "min", "max", "when", "of", "say",
         "hold_s", "reps", "vision", "surface", "gate", "tv", "regions"]
    ),
    values,
    max_size=4,
)  # fmt: skip


@given(
    table=st.dictionaries(
        st.sampled_from(KEYS), st.one_of(values, items, st.lists(items, max_size=4)), max_size=8
    ),
    kind=st.sampled_from(sorted(DETECTORS)),
)
def test_any_table_is_a_drill_or_refused(table, kind):
    head = {
        "id": "any-drill",
        "title": "Any drill",
        "kind": kind,
        "detect": DETECTORS[kind][0],
        "stance": "walk" if kind == "gait" else "single",
        "cannot_see": "knee and trunk",
        "hold_s": 5.0,
    }
    found = outcome(of_table, {**head, **table})
    if isinstance(found, BadDrill):
        assert found.mistakes
        assert len(str(found)) < 40_000
    else:
        for level in range(1, len(found.levels) + 2):
            found.at(level)


def test_shares_of_other_regions_are_beside_those_of_a_tripod_s_points():
    targets = """targets = [
        { region = "heel", share = 0.45 },
        { region = "first_ray", share = 0.33 },
        { region = "fifth_ray", share = 0.22 },
        { region = "mid", share = 0.08, within = 0.05 },
    ]"""
    assert len(reads(HOLD + targets).targets) == 4
    assert "add up to 1.08" in refused(HOLD.replace("tripod", "balance") + targets)
