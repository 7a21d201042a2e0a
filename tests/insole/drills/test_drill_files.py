"""The library is what its own reader accepts; levels, defaults, the shelf and the command."""

import json
import re
from pathlib import Path
from typing import get_args

import pytest

from insole.cli import main
from insole.drills import checks, examples, fields, shelf
from insole.drills.drill import DETECTORS, PLACES, QUANTITIES, Drill, When
from insole.drills.prompting import GUARDS
from insole.drills.reading import reads
from insole.errors import InsoleError, RequestError
from insole.model.foot import REGIONS

ROOT = Path(__file__).resolve().parents[3]
CASES = ROOT.parent / "shared" / "design" / "drills_cases.json"
FILES = sorted((ROOT / "insole" / "drills" / "library").glob("*.toml"))

PAGE = ROOT / "docs" / "drills.md"

MINE = """
id = "my-hold"
title = "My own hold"
kind = "hold"
detect = "balance"
stance = "single"
hold_s = 10
cannot_see = "knee and trunk"
"""


def told(capsys, *words):
    code = main(["drill", *words])
    out, err = capsys.readouterr()
    return code, out, err


def put(name: str, text: str) -> Path:
    folder = shelf.user_folder()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_drill_of_the_library_is_accepted_and_named_after_its_file(path):
    drill = reads(path.read_text(encoding="utf-8"), where=path.name)
    assert drill.id == path.stem
    assert set(drill.needs.regions) <= set(REGIONS)
    for level in range(1, len(drill.levels) + 2):
        assert isinstance(drill.at(level), Drill)


def test_every_detector_has_a_drill():
    used = {drill.detect for drill in shelf.library().values()}
    assert used == {name for names in DETECTORS.values() for name in names}


def test_every_drill_that_flies_is_gated():
    for drill in shelf.library().values():
        if drill.detect in checks.GATED or drill.id == "bounding":
            assert "plyometric" in drill.safety.gate


def test_every_case_has_its_drill():
    for case in examples.document()["cases"]:
        if case["drill"] is not None:
            drill = shelf.library()[case["drill"]]
            assert drill.detect == case.get("detect", drill.detect)


@pytest.mark.skipif(not CASES.is_file(), reason="the drills' cases are not here: ../shared")
def test_the_cases_that_come_with_the_program_are_those_of_the_paper():
    assert examples.document() == json.loads(CASES.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", [path.stem for path in FILES])
def test_a_drill_is_tried_without_insoles_or_says_that_nothing_moves_so(name, capsys):
    code, out, err = told(capsys, "run", name, "--simulate", "--headless", "--json")
    unlike = {"small-toes-lift", "lunge", "single-leg-squat"}  # no case moves so
    assert code == (2 if name in unlike else 0)
    if code:
        assert "Name a case of your own" in err
        return
    assert json.loads(out)["result"] not in ({"sets": []}, {"holds": []})


@pytest.mark.skipif(not CASES.is_file(), reason="the drills' paper is not here: ../shared")
def test_the_examples_of_the_paper_are_the_library_s():
    paper = (CASES.parent / "drills.md").read_text(encoding="utf-8")
    examples = [part.partition("```")[0] for part in paper.split("```toml\n")[1:]]
    assert len(examples) == 3
    for text in examples:
        drill = reads(text)
        assert shelf.library()[drill.id] == drill


@pytest.mark.parametrize("name", [path.stem for path in FILES])
def test_every_cue_has_what_it_compares_with(name):
    drill = shelf.library()[name]
    for cue in drill.cues:
        if cue.when in ("fast", "slow"):
            assert drill.tempo_bpm is not None
            assert drill.beats_per_rep is not None
        if cue.when in ("low", "high"):
            is_own = (drill.detect, cue.of) == ("heel_raise", "first_ray")
            is_guard = (drill.detect, cue.of) in GUARDS
            assert is_own or is_guard or drill.target(cue.of or "")


def test_levels_add_up():
    hold = shelf.library()["tripod-hold"]
    assert hold.at(1) == hold
    third = hold.at(3)
    assert (third.hold_s, third.vision, third.surface) == (30.0, "closed", "floor")
    with pytest.raises(ValueError, match="level 5 of 4"):
        hold.at(5)


def test_usual_sides_follow_the_stance():
    hold = shelf.library()["tripod-hold"]
    assert hold.sides == "each"
    assert hold.changed(stance="both").sides == "together"
    assert shelf.library()["switch-feet"].changed(stance="both").sides == "alternate"
    assert hold.changed(stance="both", sides="each").sides == "each"


def test_defaults_depend_on_what_is_detected():
    drills = shelf.library()
    assert drills["quadripod-hold"].zone.corner_min == 0.08
    assert drills["tripod-hold"].zone.corner_min == 0.10
    assert drills["big-toe-press"].base_s == 5.0
    assert drills["calf-raise"].base_s == 0.0
    lost, incomplete = drills["tripod-hold"].cues[0], drills["calf-raise"].cues[0]
    assert (lost.after_s, lost.priority, lost.name) == (0.25, 3, "m1-lost")
    assert (incomplete.after_s, incomplete.name) == (1.0, "incomplete")
    touch = drills["single-leg-balance"].cues[1]
    assert (touch.after_s, touch.priority) == (0.1, 2)


def test_a_file_says_over_its_usual_values():
    text = MINE + 'sides = "alternate"\nbase_s = 3\n[zone]\ntv = 0.2\n[needs]\nfeet = 1\n'
    drill = reads(text)
    assert (drill.sides, drill.base_s, drill.zone.tv, drill.needs.feet) == ("alternate", 3, 0.2, 1)
    assert drill.zone.corner_min == 0.10
    assert drill.needs.regions == ("M1",)


def test_the_list_names_every_drill(capsys):
    put("my-hold.toml", MINE)
    _, out, _ = told(capsys, "list", "--json")
    found = json.loads(out)
    assert found["schema"] == "insole.drills/1"
    rows = {row["id"]: row for row in found["drills"]}
    assert rows.keys() == shelf.library().keys() | {"my-hold"}
    assert rows["my-hold"]["own"]
    assert not rows["tripod-hold"]["own"]
    _, plain, _ = told(capsys, "list")
    assert [line.split()[0] for line in plain.splitlines()] == list(rows)


@pytest.mark.parametrize("name", [path.stem for path in FILES])
def test_every_drill_is_shown_with_what_it_cannot_see(capsys, name):
    code, out, _ = told(capsys, "show", name)
    assert code == 0
    drill = shelf.library()[name]
    words = " ".join(out.split())
    assert drill.title in words
    assert drill.cannot_see in words
    for cue in drill.cues:
        assert cue.say in words
    assert all(len(line) <= 100 for line in out.splitlines())


def test_a_drill_is_shown_for_programs(capsys):
    _, out, _ = told(capsys, "show", "calf-raise", "--json")
    drill = json.loads(out)["drill"]
    assert (drill["reps"], drill["tempo_bpm"], drill["advance"]["score"]) == (12, 60, 90)


def test_a_file_anywhere_is_shown(capsys, tmp_path):
    path = tmp_path / "my-hold.toml"
    path.write_text(MINE, encoding="utf-8")
    code, out, _ = told(capsys, "show", str(path))
    assert code == 0
    assert out.startswith("my-hold: My own hold")


def test_a_broken_file_is_told_and_hides_no_other(capsys):
    put("bad.toml", MINE.replace("hold_s = 10", "hold_s = 600"))
    put("my-hold.toml", MINE)
    code, out, _ = told(capsys, "list")
    assert code == 0
    assert "hold_s is 600 (bad.toml, hold_s): a hold lasts 1 to 180 s. Choose within." in out
    code, _, err = told(capsys, "show", "bad")
    assert code == 2
    assert err.startswith("insole: error: hold_s is 600 (bad.toml, hold_s)")


def test_an_id_is_taken_once():
    text = MINE.replace("my-hold", "tripod-hold")
    path = put("tripod-hold.toml", text)
    refused = shelf.shelf().refused["tripod-hold.toml"]
    assert str(refused) == '"tripod-hold" exists (tripod-hold.toml, id): ids are unique. Rename it.'
    assert shelf.find("tripod-hold") == shelf.library()["tripod-hold"]
    with pytest.raises(InsoleError, match="ids are unique"):
        shelf.find(str(path))


def test_a_copy_of_a_drill_may_be_shown():
    path = FILES[0]
    assert shelf.find(str(path)).id == path.stem


def test_a_file_is_named_after_its_drill():
    put("other.toml", MINE)
    said = str(shelf.shelf().refused["other.toml"])
    assert said == (
        'the file has another name (other.toml): its id is "my-hold". Call it my-hold.toml.'
    )


def test_who_asks_for_nothing_or_for_what_is_not_there_is_told(capsys):
    code, _, err = told(capsys, "show")
    assert code == 2
    assert "`insole drill list`" in err
    with pytest.raises(RequestError, match="no drill") as caught:
        shelf.find("tripod-hld")
    assert 'The nearest is "tripod-hold"' in str(caught.value)


def test_the_drill_of_the_page_is_one():
    text = PAGE.read_text(encoding="utf-8").partition("```toml\n")[2].partition("```")[0]
    drill = reads(text)
    assert (drill.id, drill.hold_s, len(drill.at(3).targets)) == ("my-hold", 20.0, 3)


def test_the_page_names_every_word_that_a_file_may_use():
    """Keys, detectors, places, quantities, cues and gates stand there in code letters."""
    page = PAGE.read_text(encoding="utf-8")
    written = set(re.findall(r"`([\w-]+)`", page)) | set(re.findall(r"`\[(\w+)\]`", page))
    words = {*fields.DRILL, *fields.TARGET, *fields.CUE, *fields.LEVEL, *fields.TABLES}
    words |= {key for table in fields.TABLES.values() for key in table}
    words |= {name for names in DETECTORS.values() for name in names}
    words |= {*PLACES, *QUANTITIES, "rail", "plyometric", *get_args(When)}
    assert words <= written
