"""A trial against earlier ones of the same person: bands and targets become the person's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from insole.analysis import Analysis
from insole.api import Trial
from insole.api import open as open_trial
from insole.errors import InsoleError
from insole.metrics.personal import personal, unlike, when
from insole.usual import recordings_in


def against(
    trial: Trial,
    places: Sequence[str | Path],
    *,
    mass_kg: float | None = None,
    parameters: dict[str, float] | None = None,
    masks: Sequence[str] = (),
    align: bool = False,
) -> Analysis:
    """As `Trial.analyze`, with the personal baseline of earlier sessions where three are found.

    Neutral bands of symmetry come from it, and so do the targets of the tripod and the limits of
    the balance score, which then stand among the parameters that were set. What was given in
    `parameters` holds before it.

    Args:
        trial: the recording.
        places: folders of recordings, or files; the recording itself takes no part.
        mass_kg: body mass; default is what each recording says.
        parameters: overrides of defaults.toml, for all.
        masks: as in `Trial.analyze`.
        align: as in `Trial.analyze`.

    Raises:
        FileError: a place is not there, or holds too many files.
        RequestError, CalibrationError: as `Trial.analyze`.
    """
    result = trial.analyze(mass_kg, parameters=parameters, masks=masks, align=align)
    own = result.to_dict()
    found: dict[str, dict[str, Any]] = {}
    skipped: dict[str, str] = {}
    for path in recordings_in(places):
        if trial.path.exists() and path.samefile(trial.path):
            continue
        try:
            with open_trial(path) as session:
                document = session.analyze(parameters=parameters).to_dict()
        except InsoleError as error:
            skipped[path.name] = error.what
            continue
        why = unlike(own, document)
        if why:
            skipped[path.name] = why
        else:
            found[path.name] = document
    in_order = dict(sorted(found.items(), key=lambda item: when(item[1]) or 0.0))
    known = personal(in_order, skipped=skipped)
    asked = dict(result.changed)
    usual = {**known.parameters, **asked}
    if usual != asked:
        result = trial.analyze(mass_kg, parameters=usual, masks=masks, align=align)
    return replace(result, personal=known)
