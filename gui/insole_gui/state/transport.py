"""Words and positions of the transport bar."""

from __future__ import annotations

from dataclasses import dataclass
from math import isinf

from insole.live.board import HISTORY_S, BoardView
from insole.live.past import KEPT_S
from insole_gui.state.numbers import fixed, short

STEPS_S = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 21_600)
SPEEDS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, float("inf"))


@dataclass(frozen=True, slots=True)
class Span:
    """What the scrubber covers.

    Attributes:
        start_s, end_s: ends in seconds: of the file, or before now (end 0) for a live source, in
            steps of 0.1 s so that the picture changes only when a pixel does.
        at_s: where the view stands.
        recorded: red part, start and end, or None.
        marks: (time s, text).
        live: the right end is now.
    """

    start_s: float
    end_s: float
    at_s: float
    recorded: tuple[float, float] | None
    marks: tuple[tuple[float, str], ...]
    live: bool


def span(view: BoardView, held_s: float | None) -> Span:
    """The scrubber of a live source or of a replay."""
    if view.replay is not None:
        end = max(view.replay.duration_s, 1e-3)
        return Span(
            0.0, end, min(max(view.replay.position_s, 0.0), end), None, view.marks, live=False
        )
    now = view.now_s
    recorded = None
    if view.recording is not None:
        recorded = (max(-round(view.recording_since_s, 1), -HISTORY_S), 0.0)
    at = 0.0 if held_s is None else round(held_s - now, 1)
    marks = tuple((round(time_s - now, 1), text) for time_s, text in view.marks)
    return Span(-HISTORY_S, 0.0, at, recorded, marks, live=True)


def clock(seconds: float) -> str:
    """`00:24`, `1:02:03`."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    if hours:
        return f"{hours}:{rest // 60:02d}:{rest % 60:02d}"
    return f"{rest // 60:02d}:{rest % 60:02d}"


def round_times(end_s: float, most: int) -> list[float]:
    """Times of whole minutes or seconds from 0 to this end, so many at most.

    >>> round_times(61.0, 7)
    [0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0]
    """
    wide = end_s / max(most - 1, 1)
    step = next((each for each in STEPS_S if each >= wide), wide)
    return [step * float(number) for number in range(int(end_s // step) + 1)]


def speed_words(speed: float) -> str:
    """`0.5×`, `1×`, `max`."""
    return "max" if isinf(speed) else f"{short(speed)}×"


def neighbour(speed: float, direction: int) -> float:
    """The next faster or slower speed."""
    place = min(range(len(SPEEDS)), key=lambda i: abs(min(SPEEDS[i], 99) - min(speed, 99)))
    return SPEEDS[min(max(place + direction, 0), len(SPEEDS) - 1)]


def following(speed: float) -> float:
    """The next speed of the speed button, from the fastest to the slowest again."""
    faster = neighbour(speed, 1)
    return SPEEDS[0] if faster == speed else faster


def keep_words(view: BoardView) -> tuple[str, str]:
    """The button beside Record, and its kind: the seconds before now, or taking a stop back."""
    if view.stopped is not None:
        return f"Undo {view.stopped.left_s:.0f} s", "chosen"
    kept = int(min(view.kept_s, KEPT_S))
    return (f"Keep {kept} s" if kept else f"Keep {KEPT_S:.0f} s"), "plain"


def recording_words(view: BoardView) -> tuple[str, str]:
    """File name and how safe it is."""
    status = view.recording
    if status is None and view.stopped is not None:
        return view.stopped.path.name, "stopped, and can go on"
    if status is None:
        return "Not recording", "the last minute stays visible"
    if status.error is not None:
        return status.path.name, str(status.error)
    return status.path.name, f"safe on disk, {fixed(status.behind_s, 1)} s behind"


def replay_words(view: BoardView) -> tuple[str, str]:
    """File name and where the replay stands."""
    replay = view.replay
    if replay is None:
        return "", ""
    name = replay.path.replace("\\", "/").rsplit("/", 1)[-1]
    state = "at the end" if view.finished else "paused" if replay.paused else "playing"
    where = f"{clock(replay.position_s)} of {clock(replay.duration_s)}"
    return name, f"{where} · {state}"
