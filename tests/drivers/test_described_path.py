"""Described insoles over GATT, from the radio to the file and back, also without their text."""

from __future__ import annotations

import pytest

from insole import plugins
from insole.api import open_recording
from insole.cli import main
from insole.errors import RequestError
from insole.intake import Intake
from insole.model.foot import Side
from insole.model.stream import Connected, LinkState
from insole.model.trial import StartState
from insole.parameters import Parameters
from insole.pipeline import PairPipeline
from insole_drivers.conformance.stage import Scene, play
from insole_drivers.described import library
from tests.drivers import protocol_bench as bench

SHIPPED = sorted(path.stem for path in library.SHIPPED.glob("*.toml"))


@pytest.mark.usefixtures("home")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", [name for name in SHIPPED if name != "smart_insole"])
def test_a_virtual_pair_gives_steps_and_no_newtons_and_replays_to_the_same_hash(name, capsys):
    bench.steps_without_newtons(capsys, name)


@pytest.mark.usefixtures("home")
@pytest.mark.timeout(300)
def test_blocks_of_five_slow_samples_arrive_whole(capsys):
    """At 7.8 samples a second a contact may hold one: nothing is said of steps."""
    document = bench.the_whole_path(capsys, "smart_insole")
    assert document["sides"]["left"]["received"] % 5 == 0


@pytest.mark.usefixtures("home")
@pytest.mark.timeout(300)
def test_loss_in_the_air_stands_in_the_ledger_where_a_counter_tells_it(capsys):
    bench.loss_shows(capsys, "fau_nilspod")


@pytest.mark.timeout(300)
def test_a_recording_is_read_where_nobody_has_the_description(shelf, capsys):
    text = (library.SHIPPED / "solesync.toml").read_text()
    (shelf / "mine.toml").write_text(text)
    words = ("--protocol", "mine", "--headless", "--record", "run.h5", "--json")
    live = bench.answer(capsys, "demo", "run?seconds=4", *words)
    (shelf / "mine.toml").unlink()
    batch = bench.answer(capsys, "analyze", "run.h5", "--json")
    assert batch["provenance"]["result_sha256"] == live["provenance"]["result_sha256"]
    bench.answer(capsys, "redecode", "run.h5", "-o", "again.h5", "--json")
    again = bench.answer(capsys, "analyze", "again.h5", "--json")
    assert again["steps"] == live["steps"]
    with pytest.raises(RequestError):
        plugins.protocol("mine")


@pytest.mark.usefixtures("home")
@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", ["smart_insole", "batch_logger"])
def test_a_device_that_keeps_samples_together_is_not_said_to_be_silent(name, capsys):
    """A block every 0.64 s, a batch every 0.5 s."""
    words = ("--protocol", name, "--headless", "--record", "quiet.h5", "--json")
    bench.answer(capsys, "demo", "run?seconds=4", *words)
    events = open_recording("quiet.h5").events()
    phases = [each.phase for each in events if isinstance(each, LinkState)]
    assert "streaming" in phases
    assert "stalled" not in phases


@pytest.mark.timeout(120)
def test_a_description_that_was_mended_reads_an_old_recording_anew(shelf, capsys):
    text = (library.SHIPPED / "solesync.toml").read_text()
    (shelf / "mine.toml").write_text(text)
    words = ("--protocol", "mine", "--headless", "--record", "run.h5", "--json")
    live = bench.answer(capsys, "demo", "run?seconds=4", *words)
    mended = text.replace("count = 6\n", "count = 5\n").replace("[0.600, 0.170],\n", "")
    mended = mended.replace(', "HEEL"]', "]").replace(
        "size = 36", 'size = 36\nendian = "little"', 1
    )
    mended = mended.replace('endian = "little"\nendian = "little"', 'endian = "little"')
    (shelf / "mended.toml").write_text(mended)
    file = str(shelf / "mended.toml")
    bench.answer(capsys, "redecode", "run.h5", "-o", "new.h5", "--description", file, "--json")
    again = bench.answer(capsys, "analyze", "new.h5", "--json")
    assert live["sides"]["left"]["sensors"] == 6
    assert again["sides"]["left"]["sensors"] == 5
    assert again["sides"]["left"]["received"] == live["sides"]["left"]["received"]


@pytest.mark.usefixtures("home")
def test_a_description_with_mistakes_or_for_nobody_is_refused_before_anything_is_written(
    tmp_path, capsys
):
    file = tmp_path / "bad.toml"
    file.write_text("title = 3")
    bench.answer(capsys, "demo", "run?seconds=1", "--record", "open.h5", "--headless", "--json")
    words = ("-o", "new.h5", "--description")
    assert main(["redecode", "open.h5", *words, str(file)]) == 2
    assert "no insole of this file is described" in capsys.readouterr().err
    name = ("--protocol", "solesync", "--headless", "--record", "sole.h5", "--json")
    bench.answer(capsys, "demo", "run?seconds=1", *name)
    assert main(["redecode", "sole.h5", *words, str(file)]) == 2
    assert "title: not a text" in capsys.readouterr().err
    assert main(["redecode", "sole.h5", *words, str(tmp_path / "none.toml")]) == 2
    assert "cannot read the description" in capsys.readouterr().err
    assert not (tmp_path / "new.h5").exists()


@pytest.mark.parametrize("text", ["= 3", "title = 3", "a = " + "[" * 30_000, "x" * 100_000])
def test_a_recording_with_a_broken_or_hostile_description_is_refused_in_words(text):
    intake = Intake(Parameters())
    with pytest.raises(RequestError) as caught:
        intake.feed(Connected("A", 0, "mine", "C0", "", 247, description=text))
    assert "in the recording" in str(caught.value)
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("ppm", [-120.0, 80.0])
def test_a_device_that_is_asked_shows_how_its_clock_drifts(ppm):
    """Asked each 25 of its samples exactly, its newest one would always be of the same age."""
    story = play(plugins.protocol("batch_logger"), Scene(seconds=120.0, ppm=ppm))
    pair = PairPipeline(StartState(), Parameters())
    pair.push(story.ordered)
    fit = pair.clock(Side.LEFT)
    assert -fit.skew_ppm == pytest.approx(ppm, abs=15.0)
