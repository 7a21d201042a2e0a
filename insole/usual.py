"""What is usual for whoever is on the insoles now, out of the results stored in their recordings.

Nothing is computed again: `insole.earlier` does that for the baseline of a document. This one is
for the eye: targets and ranges of the board, never a result. So it runs in a process of its own,
where it disturbs neither drawing nor the radio.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from insole.api import noted, open_recording
from insole.errors import FileError, InsoleError
from insole.live.board import AimsView, BoardView
from insole.live.engine import Session
from insole.metrics.personal import Personal, personal, unlike
from insole.model.foot import Side
from insole.parameters import Parameters

log = logging.getLogger(__name__)

NEWEST = 40  # recordings that are looked into
MOST_BYTES = 200_000_000  # a larger one is left out
ENOUGH = 10  # sessions of the same kind; older ones are not looked for
WAIT_S = 120.0
LOOK_S = 1.0  # between two looks at who does what
MOST_FILES = 500
SUFFIX = ".h5"
STAND = "stand"


def recordings_in(places: Sequence[str | Path]) -> list[Path]:
    """Recordings that lie in folders, and files as they are.

    Raises:
        FileError: a place is not there, or there are too many files.
    """
    files: list[Path] = []
    for place in (Path(place).expanduser() for place in places):
        if not place.exists():
            raise FileError(
                "no such file or folder",
                where=str(place),
                why="earlier sessions were to be found there",
                fix="Give the folder of your recordings after --baseline",
            )
        files += sorted(place.glob(f"*{SUFFIX}")) if place.is_dir() else [place]
    if len(files) > MOST_FILES:
        raise FileError(
            "too many recordings for a baseline",
            where=", ".join(map(str, places)),
            why=f"{len(files)} files, at most {MOST_FILES} are read",
            fix="Name those of this person, or a smaller folder",
        )
    return files


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


def usual_of(places: Path | Sequence[Path], own: Mapping[str, Any]) -> Personal:
    """The personal baseline of the newest recordings of the same kind.

    Whoever stands is compared with every time that they stood, whatever else was done there.

    Args:
        places: a folder, which may be missing; or files.
        own: as `live_document` gives it.
    """
    found: dict[str, Any] = {}
    skipped: dict[str, str] = {}
    files = places.glob(f"*{SUFFIX}") if isinstance(places, Path) else places
    for path in sorted(files, key=_age, reverse=True)[:NEWEST]:
        if len(found) >= ENOUGH:
            break
        try:
            document = _stored(path)
            if document and own["activity"] == STAND:
                document = _standing(document)
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


def usual_apart(places: Path | Sequence[Path], own: Mapping[str, Any]) -> Personal:
    """`usual_of` in another process.

    Raises:
        TimeoutError: it took too long.
        OSError: no process could be started.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(usual_of, places, dict(own)).result(WAIT_S)


def aims_of(known: Personal) -> AimsView:
    """Targets and ranges for the board: the person's own where three sessions are known."""
    if known.why:
        return AimsView(why=known.why)
    return AimsView(
        parameters=Parameters(known.parameters),
        sessions=len(known.sessions),
        bands={
            side: {name: one.band for name, one in known.feet.get(side.value, {}).items()}
            for side in Side
        },
        symmetry={name: one.band for name, one in known.symmetry.items()},
    )


def aim(session: Session, places: Sequence[Path], *, athlete: str, shoe: str) -> threading.Thread:
    """Aim the board of a session at what is usual, whenever it is known who does what on it.

    Args:
        session: one that has been started, or will be.
        places: recordings to look into.
        athlete: who it is.
        shoe: which shoe.

    Returns:
        The thread that does so until the session ends.
    """
    thread = threading.Thread(
        target=_aim, args=(session, places, athlete, shoe), name="insole-usual", daemon=True
    )
    thread.start()
    return thread


def _aim(session: Session, places: Sequence[Path], athlete: str, shoe: str) -> None:
    known: dict[str, AimsView] = {}
    aimed = ""
    while not session.wait(LOOK_S):
        own = live_document(session.view(), athlete=athlete, shoe=shoe)
        kind = repr(own)
        if not own["activity"] or None in own["sides"].values() or kind == aimed:
            continue
        aimed = kind
        if kind not in known:
            try:
                known[kind] = aims_of(usual_apart(places, own))
            except (OSError, TimeoutError, RuntimeError) as error:
                log.info("the usual cannot be found out: %s", error)
                known[kind] = AimsView(why="the recordings could not be looked into")
        session.aim(known[kind])


def _standing(document: Mapping[str, Any]) -> dict[str, Any]:
    """A result as one of standing alone; nobody stood in it: as it is."""
    if not document["balance"]["spans"]:
        return dict(document)
    return {**document, "activity": STAND, "summary": {}}


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
        document, decision = recording.stored_document(), recording.start.decision
        if document is None or (decision is not None and decision.changes_result):
            return None
        # the result was stored before anybody could have said more about the trial
        provenance = {**document["provenance"], "decision": decision and asdict(decision)}
        return {**document, "notes": noted(recording.notes), "provenance": provenance}
    finally:
        recording.close()
