"""`insole trend`: recordings of weeks, what is printed and written, and how it ends."""

import json
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from insole.cli import main
from insole.commands.options import notes_from
from tests.insole.test_compare_command import run_of

DAYS = 9


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Nine runs in eight weeks, contacts 1.5 ms longer each time; the note of the third is odd."""
    root = tmp_path_factory.mktemp("weeks")
    rng = np.random.default_rng(8)
    with pytest.MonkeyPatch.context() as patch:
        for number in range(DAYS):
            day = date(2026, 3, 2) + timedelta(weeks=number)
            odd = {"note": "new <b>laces</b>\x1b[2J"} if number == 2 else {}

            def noted(args, day=day, odd=odd):
                clock = f"{day.isoformat()}T10:00:00+00:00"
                return replace(notes_from(args), wall_clock=clock, **odd)

            patch.setattr("insole_recordings.commands_import.notes_from", noted)
            run_of(
                root / f"{number}.h5",
                seed=int(rng.integers(1 << 30)),
                contact_s=0.24 + 0.0015 * number,
                speed=3.0,
            )
    (root / "broken.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    return root


def said(capsys, *words):
    capsys.readouterr()
    status = main(["trend", *map(str, words)])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_weeks_of_runs_show_the_change_that_was_put_in(runs, capsys):
    status, out, _ = said(capsys, runs, "--json")
    assert status == 0
    document = json.loads(out)
    assert document["schema"] == "insole.trend/1"
    assert [one["week"] for one in document["days"]] == list(range(DAYS))
    contact = document["metrics"]["contact_s"]
    assert contact["verdict"] == "trend"
    assert contact["ci95"][0] < contact["slope_per_week"] < contact["ci95"][1]
    assert contact["slope_per_week"] == pytest.approx(0.0015, abs=2e-4)
    assert list(document["skipped"]) == ["broken.h5"]
    assert document["timed_at"] == "5 % of body weight"


def test_a_person_reads_sentences_and_what_was_left_out(runs, capsys):
    status, out, _ = said(capsys, runs)
    assert status == 0
    assert out.startswith("P1, run, shoe flat: 9 days over 8.0 weeks.")
    assert "Contact time became" in out
    assert "left out: broken.h5" in out
    assert "\x1b" not in out


def test_the_page_is_written_once_and_holds_no_foreign_tag(runs, tmp_path, capsys):
    out = tmp_path / "trend.html"
    assert said(capsys, runs, "--html", out)[0] == 0
    text = out.read_text(encoding="utf-8")
    assert "<b>" not in text
    assert "&lt;b&gt;laces" in text
    assert "<svg" in text
    status, _, err = said(capsys, runs, "--html", out)
    assert status == 2
    assert "--force" in err
    assert said(capsys, runs, "--html", out, "--force")[0] == 0


def test_files_in_any_order_give_the_same_document(runs, capsys):
    files = [runs / f"{number}.h5" for number in range(DAYS)]
    one, two = said(capsys, *files, "--json"), said(capsys, *reversed(files), "--json")
    assert one == two


def test_files_of_the_same_name_in_two_folders_are_told_apart(runs, tmp_path, capsys):
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "broken.h5").write_bytes(b"nothing")
    _, out, _ = said(capsys, runs, tmp_path / "more", "--json")
    assert list(json.loads(out)["skipped"]) == sorted(
        [str(runs / "broken.h5"), str(tmp_path / "more" / "broken.h5")]
    )


def test_whoever_waits_for_many_files_is_told_how_many(runs, capsys, monkeypatch):
    monkeypatch.setattr("insole.commands.trend.FEW_FILES", 3)
    _, out, err = said(capsys, runs, "--json")
    assert json.loads(out)["days"]
    assert err.splitlines()[0] == f"1 of {DAYS + 1}: 0.h5"
    assert len(err.splitlines()) == DAYS + 1


def test_recordings_that_were_computed_otherwise_are_computed_again_alike(
    runs, capsys, monkeypatch
):
    from insole.compare import days
    from insole.compare.trials import read

    def differently(path, *, options):
        trials = read(path, options=options)
        if path.name != "3.h5":
            return trials
        return [
            replace(one, conditions=replace(one.conditions, parameters="x", changed={"x": 1.0}))
            for one in trials
        ]

    _, usual, _ = said(capsys, runs, "--json")
    monkeypatch.setattr(days, "read", differently)
    _, out, _ = said(capsys, runs, "--json")
    document = json.loads(out)
    assert document["metrics"] == json.loads(usual)["metrics"]
    assert "All were computed again with the same parameters." in document["cautions"]


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["no/such/file.h5"], "no such file"),
        (["{runs}/broken.h5"], "insole: error"),
        (["{runs}/0.h5"], "2 are needed"),
        (["{runs}", "--athlete", "P9"], "0 days of one kind"),
        (["{runs}", "--seed", "-1"], "a seed of -1"),
        (["{runs}", "--html", "{runs}"], "it is a folder"),
        ([], "the command line cannot be read"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_2(runs, capsys, words, what):
    status, out, err = said(capsys, *(word.format(runs=runs) for word in words))
    assert (status, out) == (2, "")
    assert what in err
    assert err.count("\n") == 1


def test_help_has_an_example(capsys):
    assert main(["trend", "--help"]) == 0
    assert "insole trend recordings/" in capsys.readouterr().out
