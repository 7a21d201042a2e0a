"""Many recordings: each in a process of its own, a row per step, one table at the end.

A recording is one task: a worker opens the file itself, takes it through the pipeline that also
runs live, and gives back its steps as columns. Few are asked for ahead, so memory holds a recording
a worker and what waits to be written. A file that fails is a row that says why.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from insole.analysis import Analysis
from insole.api import open as open_trial
from insole.errors import FileError, InsoleError, RequestError, UnknownFormat
from insole.extras import extra
from insole.metrics import registry
from insole.model.foot import Side
from insole.model.gait import Steps
from insole.signal.rollover import word
from insole.signal.steps import empty_steps
from insole.step_rows import CODED, WORDS, session_row

Begin: TypeAlias = "Callable[[Task], Any]"
"""Begins a task; the answer has `result()`."""

AHEAD = 2  # tasks asked for, a worker
JOURNAL = ".journal"


@dataclass(frozen=True, slots=True)
class Part:
    """What one recording gave.

    Attributes:
        file: its path from the folder on.
        columns: name to (k,) values of all steps by foot strike: floats, or lists of words.
        rows: k.
        valid: steps that count.
        activity: what was mostly done.
        verdict: of the momentum check.
        error: why it could not be analysed; then there are no columns.
        is_recording: False: no importer knows this kind of file.
    """

    file: str
    columns: Mapping[str, Any] = field(default_factory=dict[str, Any])
    rows: int = 0
    valid: int = 0
    activity: str = ""
    verdict: str = ""
    error: str = ""
    is_recording: bool = True


@dataclass(frozen=True, slots=True)
class Task:
    """One recording to be analysed.

    Attributes:
        path: where a worker finds it.
        file: how the table calls it.
        parameters: overrides of defaults.toml.
    """

    path: str
    file: str
    parameters: Mapping[str, float] = field(default_factory=dict[str, float])


def tasks_in(folder: str | Path, *, parameters: Mapping[str, float] | None = None) -> list[Task]:
    """All files under a folder that may be recordings, in order of their names.

    Raises:
        FileError: it is no folder, or empty.
    """
    root = Path(folder).expanduser()
    if not root.is_dir():
        raise FileError(
            "no such folder",
            where=str(folder),
            why="a cohort is a folder of recordings",
            fix="Check the name; one file is for `insole analyze`",
        )
    found = sorted(
        path
        for path in root.rglob("*")
        if path.is_file() and not any(name.startswith(".") for name in path.relative_to(root).parts)
    )
    names = {path.name for path in found}
    found = [path for path in found if path.name.removesuffix(JOURNAL) == path.name
             or path.name.removesuffix(JOURNAL) not in names]  # fmt: skip
    if not found:
        raise FileError(
            "no recordings", where=str(folder), why="the folder holds no file", fix="Name another"
        )
    return [
        Task(str(path.resolve()), path.relative_to(root).as_posix(), dict(parameters or {}))
        for path in found
    ]


def analysed(task: Task) -> Part:
    """One recording through the pipeline; what goes wrong is told, not raised."""
    try:
        with open_trial(task.path) as trial:
            result = trial.analyze(parameters=dict(task.parameters) or None)
        return _part(task.file, result)
    except UnknownFormat as error:
        return Part(task.file, error=str(error), is_recording=False)
    except InsoleError as error:
        return Part(task.file, error=str(error))
    except Exception as error:  # noqa: BLE001 - one odd file must not end a night's work
        return Part(task.file, error=f"{type(error).__name__}: {error}")


def analyse_all(tasks: Sequence[Task], *, scheduler: str | None = None) -> Iterator[Part]:
    """Parts of all tasks, in their order.

    Args:
        tasks: of `tasks_in`.
        scheduler: address of a Dask scheduler whose workers see the same files; None: the
            processors of this machine.

    Raises:
        MissingExtra: Dask is not installed.
        RequestError: the scheduler does not answer, or has no workers.
    """
    if scheduler is not None:
        with _cluster(scheduler) as (begin, workers):
            yield from _in_order(tasks, begin, ahead=AHEAD * workers)
        return
    workers = max(1, min(len(tasks), os.cpu_count() or 1))
    if workers == 1:
        yield from map(analysed, tasks)
        return
    left = deque(tasks)
    while left:
        with _processes(workers) as begin:
            try:
                for part in _in_order(list(left), begin, ahead=AHEAD * workers):
                    left.popleft()
                    yield part
            except BrokenProcessPool:
                # Whose process ended is not told: those that were under way go on one by one.
                for _ in range(min(AHEAD * workers, len(left))):
                    yield _alone(left.popleft())


def _in_order(tasks: Sequence[Task], begin: Begin, *, ahead: int) -> Iterator[Part]:
    """Results in the order of the tasks; at most `ahead` are asked for."""
    waiting: deque[Any] = deque()
    for task in tasks:
        if len(waiting) >= ahead:
            yield waiting.popleft().result()
        waiting.append(begin(task))
    while waiting:
        yield waiting.popleft().result()


def _alone(task: Task) -> Part:
    with _processes(1) as begin:
        try:
            part: Part = begin(task).result()
        except BrokenProcessPool:
            part = Part(task.file, error="its process was ended, for want of memory most likely")
    return part


@contextmanager
def _processes(workers: int) -> Generator[Begin]:
    """Processes that begin anew on every system: nothing of this one is theirs."""
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    try:
        yield lambda task: pool.submit(analysed, task)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _cluster(address: str) -> Generator[tuple[Begin, int]]:
    distributed = extra(
        "distributed",
        name="cohort",
        what="cannot use a cluster",
        where=f"--scheduler {address}",
        instead="leave --scheduler out: this machine's processors do it",
    )
    try:
        client = distributed.Client(address, timeout="10s", set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise RequestError(
            "the cluster does not answer",
            where=f"--scheduler {address}",
            why=str(error) or type(error).__name__,
            fix="Start one with `dask scheduler` and `dask worker ADDRESS`, and give its address",
        ) from error
    try:
        workers = sum(client.nthreads().values())
        if not workers:
            raise RequestError(
                "the cluster has no workers",
                where=f"--scheduler {address}",
                why="nobody would do the work",
                fix=f"Start some with `dask worker {address}`",
            )
        yield lambda task: client.submit(analysed, task, pure=False), workers
    finally:
        client.close()


def _part(file: str, result: Analysis) -> Part:
    bare = replace(result, left=empty_steps(Side.LEFT), right=empty_steps(Side.RIGHT))
    document = bare.to_dict()
    tables = [steps for steps in (result.left, result.right) if len(steps)]
    columns: dict[str, Any] = {}
    if tables:
        order = np.argsort(
            np.concatenate([steps.value["foot_strike_s"] for steps in tables]), kind="stable"
        )
        told = [
            _columns(steps, result.start_s, session_row(document, file=file, side=steps.side.value))
            for steps in tables
        ]
        columns = _stacked(told, [len(steps) for steps in tables], order)
    return Part(
        file,
        columns,
        rows=sum(map(len, tables)),
        valid=int(sum(steps.valid.sum() for steps in tables)),
        activity=result.activity,
        verdict=result.check.verdict,
    )


def _columns(steps: Steps, start_s: float, session: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of one foot, called as `insole analyze --csv` calls them."""
    k = len(steps)
    columns: dict[str, Any] = {name: [value] * k for name, value in session.items()}
    columns["side"] = [steps.side.value] * k
    for name, values in steps.value.items():
        columns[name] = values - start_s if name in registry.TIME_COLUMNS else values
    for code, key, words in CODED:
        if code in steps.value:
            columns[key] = [word(one, words) for one in steps.value[code].tolist()]
    columns["valid"] = steps.valid.tolist()
    columns["flags"] = [
        " ".join(said for flag, said in WORDS.items() if flag & flags)
        for flags in steps.flags.tolist()
    ]
    for kind, of in (("u", steps.u), ("u_shared", steps.u_shared)):
        columns |= {f"{name}.{kind}": values for name, values in of.items()}
    return columns


def _stacked(
    tables: Sequence[Mapping[str, Any]], lengths: Sequence[int], order: Any
) -> dict[str, Any]:
    """Columns of both feet one after the other, sorted; what a foot lacks is NaN or None."""
    stacked: dict[str, Any] = {}
    for name in dict.fromkeys(name for table in tables for name in table):
        parts = [table.get(name) for table in tables]
        if all(part is None or isinstance(part, np.ndarray) for part in parts):
            filled = [
                np.full(k, np.nan) if part is None else part
                for part, k in zip(parts, lengths, strict=True)
            ]
            stacked[name] = np.concatenate(filled)[order]
        else:
            values: list[Any] = []
            for part, k in zip(parts, lengths, strict=True):
                values += [None] * k if part is None else list(part)
            stacked[name] = [values[at] for at in order.tolist()]
    return stacked
