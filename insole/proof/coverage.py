"""Do 95 % intervals cover the truth as often as they say? Simulated trials answer.

A trial is one person's form of force (`known_forms`), 24 contacts of each foot, through the very
pipeline of the program with every error drawn (`known_trials`). Truth is the form itself
(`known_truth`). One step of a trial is judged against its own truth, errors within a trial belong
together; and the mean of a foot's valid steps against the mean over all steps of the form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from insole.metrics.summary import summarise
from insole.model.arrays import Floats
from insole.model.gait import Steps
from insole.model.trial import StartState
from insole.parameters import Parameters
from insole.pipeline import PairPipeline
from insole.proof.forms import Activity, Form, draw
from insole.proof.trials import MASS_KG, Plan, expected, plan, sent, truth

Z95 = 1.959964
Pairs: TypeAlias = dict[str, list[tuple[float, float]]]


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often the intervals of one metric held the truth.

    Attributes:
        name: metric id.
        steps: trials that gave a step's value.
        step_share: share of them whose interval holds that step's truth.
        step_width: mean width of these intervals, in the metric's unit.
        step_lean: mean of error over uncertainty; 0 where nothing systematic is left.
        means: trials that gave a mean.
        mean_share: share of them whose interval holds the mean of all steps of the form.
        mean_width: mean width of these intervals.
        mean_lean: mean of error over uncertainty.
    """

    name: str
    steps: int
    step_share: float
    step_width: float
    step_lean: float
    means: int
    mean_share: float
    mean_width: float
    mean_lean: float


def check(activity: Activity, *, rate_hz: float, trials: int, seed: int = 1) -> list[Coverage]:
    """Coverage of every metric that has a truth here.

    Args:
        activity: family of forms.
        rate_hz: nominal rate.
        trials: how many.
        seed: of the random numbers.
    """
    steps, means = errors(activity, rate_hz=rate_hz, trials=trials, seed=seed)
    names = sorted({*steps, *means}, key=list({**steps, **means}).index)
    return [Coverage(name, *_held(steps.get(name)), *_held(means.get(name))) for name in names]


def errors(
    activity: Activity, *, rate_hz: float, trials: int, seed: int
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Error and uncertainty of each trial.

    Args:
        activity: family of forms.
        rate_hz: nominal rate.
        trials: how many.
        seed: of the random numbers.

    Returns:
        Metric id to (n, 2) of single steps, and of means.
    """
    parameters = Parameters()
    rng = np.random.default_rng(seed)
    steps: Pairs = {}
    means: Pairs = {}
    for _ in range(trials):
        form = draw(activity, rng)
        planned = plan(form, rng)
        pair = PairPipeline(StartState(mass_kg=MASS_KG), parameters)
        pair.push(sent(form, planned, rng, rate_hz=rate_hz, parameters=parameters))
        pair.flush()
        left = pair.steps()[0]
        _one_step(left, form, planned, parameters=parameters, rng=rng, into=steps)
        _means(left, expected(form, planned, parameters), into=means)
    return _tables(steps), _tables(means)


def _one_step(
    left: Steps,
    form: Form,
    planned: Plan,
    *,
    parameters: Parameters,
    rng: np.random.Generator,
    into: Pairs,
) -> None:
    """One valid step of the trial, drawn by lot."""
    good = np.flatnonzero(left.valid)
    good = good[(good > 1) & (good < len(left) - 2)]
    if not len(good):
        return
    one = int(rng.choice(good))
    mine = np.flatnonzero(planned.side == 0)
    true = int(mine[np.argmin(np.abs(planned.begin_s[mine] - left.value["foot_strike_s"][one]))])
    few, true = planned.around(true)
    for name, values in truth(form, few, parameters).items():
        if name not in left.value:
            continue
        error, u = float(left.value[name][one] - values[true]), float(left.u[name][one])
        if np.isfinite(error) and np.isfinite(u):
            into.setdefault(name, []).append((error, u))


def _means(left: Steps, known: Mapping[str, float], *, into: Pairs) -> None:
    summary = summarise(left)
    for name, value in known.items():
        entry = summary.get(name)
        if entry is None or entry["mean"] is None or entry["u"] is None or not np.isfinite(value):
            continue
        into.setdefault(name, []).append((entry["mean"] - value, entry["u"]))


def _tables(pairs: Pairs) -> dict[str, Floats]:
    return {name: np.array(values) for name, values in pairs.items()}


def _held(table: Floats | None) -> tuple[int, float, float, float]:
    """Number, share held, mean width, mean of error over uncertainty."""
    if table is None:
        return 0, float("nan"), float("nan"), float("nan")
    error, u = table[:, 0], table[:, 1]
    held = np.abs(error) <= Z95 * u
    lean = np.mean(error / np.maximum(u, np.finfo(np.float64).tiny))
    return len(table), float(np.mean(held)), float(np.mean(2.0 * Z95 * u)), float(lean)
