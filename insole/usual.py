"""What is usual for whoever is on the insoles now, out of the results stored in their recordings.

Nothing is computed again: `insole.earlier` does that for the baseline of a document. This one is
for the eye, so it runs in a process of its own, where it disturbs neither drawing nor the radio.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from insole.api import noted, open_recording
from insole.board import BoardView
from insole.errors import InsoleError
from insole.metrics.personal import Personal, personal, unlike
from insole.model.foot import Side

NEWEST = 40  # recordings that are looked into
MOST_BYTES = 200_000_000  # a larger one is left out
ENOUGH = 10  # sessions of the same kind; older ones are not looked for
WAIT_S = 120.0


def live_document(view: BoardView, *, athlete: str, shoe: str) -> dict[str, Any]:
    """What `unlike` compares, of the pair that streams now."""
    sides: dict[str, Any] = {}
    for side in Side:
        capability = view.feet[side].capability
        sides[side.value] = (
            None
            if capability is None
            else {"device": capability.serial, "layout": capability.layout.name}
        )
    return {
        "notes": {"athlete": athlete, "shoe": shoe},
        "sides": sides,
        "activity": view.activity,
        "provenance": {"filter": "none"},
    }


def usual_of(folder: Path, own: Mapping[str, Any]) -> Personal:
    """The personal baseline of the newest recordings in a folder that are of the same kind."""
    found: dict[str, Any] = {}
    skipped: dict[str, str] = {}
    files = sorted(folder.glob("*.h5"), key=_age, reverse=True)[:NEWEST]
    for path in files:
        if len(found) >= ENOUGH:
            break
        try:
            document = _stored(path)
            skipped[path.name] = unlike(own, document) if document else "it holds no result"
        except InsoleError as error:
            skipped[path.name] = error.what
        except (KeyError, TypeError, ValueError, AttributeError):
            skipped[path.name] = "its result is of another form"
        else:
            if document and not skipped[path.name]:
                found[path.name] = {
                    key: document[key] for key in ("summary", "balance") if key in document
                }
                del skipped[path.name]
    return personal(dict(reversed(found.items())), skipped=skipped)


def usual_apart(folder: Path, own: Mapping[str, Any]) -> Personal:
    """`usual_of` in another process.

    Raises:
        TimeoutError: it took too long.
        OSError: no process could be started.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(usual_of, folder, dict(own)).result(WAIT_S)


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _stored(path: Path) -> dict[str, Any] | None:
    if path.stat().st_size > MOST_BYTES:
        return None
    recording = open_recording(path)
    try:
        document = recording.stored_document()
        # the result was stored before anybody could have said more about the trial
        return None if document is None else {**document, "notes": noted(recording.notes)}
    finally:
        recording.close()
