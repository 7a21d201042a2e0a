"""Many recordings become one table: every step of each, and what failed by name."""

from __future__ import annotations

import json
import shutil
import sys
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

import insole
from insole import cohort
from insole.cli import main
from insole.errors import RequestError

parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")

RATE_HZ = 100
HEADER = "t,L1,R1"


def table(path, *, seed, seconds=12.0):
    """Half sines of both feet in turn: a table of total force, N."""
    generator = np.random.default_rng(seed)
    t = np.arange(0.0, seconds, 1.0 / RATE_HZ)
    feet = []
    for shift in (0.0, 0.36):
        phase = (t - shift) % 0.72
        peak = 1500.0 + generator.normal(0.0, 30.0)
        feet.append(np.where(phase < 0.25, peak * np.sin(np.pi * phase / 0.25), 0.0))
    rows = [f"{a:.2f},{b:.1f},{c:.1f}" for a, b, c in zip(t, *feet, strict=True)]
    path.write_text("\n".join([HEADER, *rows]) + "\n")


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "recordings"
    (made / "later").mkdir(parents=True)
    table(made / "a.csv", seed=1)
    table(made / "later" / "b.csv", seed=2)
    (made / "broken.csv").write_text("t,L1,R1\n0,1\n")
    (made / "notes.txt").write_text("worn on a rainy day\n")
    (made / ".hidden.csv").write_text("t,L1,R1\n0,1\n")
    return made


def test_every_step_is_a_row_as_analyze_has_it_and_a_file_that_fails_says_why(
    folder, tmp_path, capsys
):
    out = tmp_path / "steps.parquet"
    assert main(["cohort", str(folder), "-o", str(out), "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    rows = parquet.read_table(out).to_pylist()
    by_file = {name: [row for row in rows if row["file"] == name] for name in
               ("a.csv", "broken.csv", "later/b.csv")}  # fmt: skip
    assert sum(map(len, by_file.values())) == len(rows)
    (failed,) = by_file["broken.csv"]
    assert "broken.csv" in failed["error"]
    assert failed["contact_s"] is None
    for name in ("a.csv", "later/b.csv"):
        steps = insole.analyze(folder / name).to_dict()["steps"]
        assert len(steps) == len(by_file[name]) > 20
        for step, row in zip(steps, by_file[name], strict=True):
            assert row["error"] is None
            assert row["side"] == step["side"]
            assert row["contact_s"] == step["contact_s"]
            assert row["impulse_N_s.u_shared"] == step["uncertainty_shared"]["impulse_N_s"]
            assert row["flags"] == " ".join(step["flags"])
    assert [one["file"] for one in said["recordings"]] == ["a.csv", "broken.csv", "later/b.csv"]
    assert said["skipped"] == ["notes.txt"]
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".cohort")]


def test_nothing_is_overwritten_and_a_folder_must_be_there(folder, tmp_path, capsys):
    out = tmp_path / "steps.parquet"
    out.write_text("mine")
    assert main(["cohort", str(folder), "-o", str(out)]) == 2
    assert out.read_text() == "mine"
    assert main(["cohort", str(tmp_path / "nowhere"), "-o", str(tmp_path / "b.parquet")]) == 2
    (tmp_path / "empty").mkdir()
    assert main(["cohort", str(tmp_path / "empty"), "-o", str(tmp_path / "b.parquet")]) == 2
    assert capsys.readouterr().err.count("insole: error: ") == 3


def test_a_run_that_is_stopped_keeps_what_it_has(folder, tmp_path, capsys, monkeypatch):
    def stopped(tasks, **_):
        yield cohort.analysed(tasks[0])
        raise KeyboardInterrupt

    monkeypatch.setattr(cohort, "analyse_all", stopped)
    out = tmp_path / "steps.parquet"
    assert main(["cohort", str(folder), "-o", str(out), "--json"]) == 130
    said = json.loads(capsys.readouterr().out)
    assert said["stopped"]
    assert len(parquet.read_table(out)) == said["recordings"][0]["steps"] > 20


def test_few_recordings_are_under_way_at_once_and_their_order_stays():
    begun, open_now, most = [], set(), 0

    class Answer:
        def __init__(self, name):
            self.name = name

        def result(self):
            open_now.discard(self.name)
            return cohort.Part(self.name)

    def begin(task):
        nonlocal most
        begun.append(task.file)
        open_now.add(task.file)
        most = max(most, len(open_now))
        return Answer(task.file)

    tasks = [cohort.Task("", f"{number:03d}") for number in range(50)]
    got = [part.file for part in cohort._in_order(tasks, begin, ahead=4)]
    assert got == begun == [task.file for task in tasks]
    assert most == 4


def test_a_process_that_dies_costs_its_own_recording_only(monkeypatch):
    """As a system does that ends the largest process when memory is short."""

    @contextmanager
    def processes(_):
        dead = []

        def begin(task):
            def result():
                if task.file == "huge" or dead:
                    dead.append(task)
                    raise BrokenProcessPool
                return cohort.Part(task.file, rows=1)

            return SimpleNamespace(result=result)

        yield begin

    monkeypatch.setattr(cohort, "_processes", processes)
    monkeypatch.setattr(cohort.os, "cpu_count", lambda: 2)
    names = ["a", "b", "huge", "c", "d", "e", "f", "g"]
    parts = list(cohort.analyse_all([cohort.Task("", name) for name in names]))
    assert [part.file for part in parts] == names
    assert [part.file for part in parts if part.error] == ["huge"]


def test_a_cluster_gets_the_same_tasks_and_is_left_again(folder, monkeypatch):
    """Stands for Dask: what the program asks of a client, and nothing more."""
    closed, asked = [], []

    class Client:
        def __init__(self, address, **_):
            if address != "tcp://here:1":
                raise OSError("nobody answers")
            asked.append(address)

        def nthreads(self):
            return {"one": 2}

        def submit(self, act, task, *, pure):
            assert not pure
            return SimpleNamespace(result=lambda: act(task))

        def close(self):
            closed.append(True)

    stand_in = ModuleType("distributed")
    stand_in.Client = Client
    monkeypatch.setitem(sys.modules, "distributed", stand_in)
    tasks = cohort.tasks_in(folder)
    here = {part.file: part.rows for part in map(cohort.analysed, tasks)}
    there = {part.file: part.rows for part in cohort.analyse_all(tasks, scheduler="tcp://here:1")}
    assert there == here
    assert closed == [True]
    with pytest.raises(RequestError, match="does not answer"):
        list(cohort.analyse_all(tasks, scheduler="tcp://nowhere:1"))


def test_a_journal_beside_its_file_is_the_same_recording(tmp_path):
    for name in ("whole.h5", "whole.h5.journal", "cut.h5.journal"):
        (tmp_path / name).write_bytes(b"x")
    assert [task.file for task in cohort.tasks_in(tmp_path)] == ["cut.h5.journal", "whole.h5"]
    shutil.rmtree(tmp_path)
