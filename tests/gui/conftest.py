"""A board fed from a recorded run, and a session that remembers what it was asked."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from insole.guided.calibrating import PHASES
from insole.guided.view import GuideView
from insole.live.board import (
    HISTORY_S,
    BoardView,
    FootView,
    ReplayView,
    StoppedView,
    TimeView,
)
from insole.metrics.personal import Personal
from insole.model.foot import SensorLayout, Side
from insole.model.gait import Steps
from insole.model.quality import Ledger
from insole.model.stream import Capability
from insole.model.trial import Decision
from insole.plugins import RecorderStatus
from insole.reviewing import FileReview
from insole_gui.state.sole import default_outline

ROOT = Path(__file__).parents[2]
RUN = ROOT.parent / "shared/data/virtual-insole/rbds001_25_tripod_300hz.csv"
MASS_KG = 62.0
LENGTH_MM, WIDTH_MM = 270.0, 96.0
ANCHORS = np.array([[0.63, 0.17], [0.16, 0.71], [0.86, 0.66]]) * [WIDTH_MM, LENGTH_MM]

# x, y and region (0 heel, 1 first ray, 2 fifth ray) of 16 sensors
SIXTEEN = [
    (0.42, 0.08, 0), (0.68, 0.08, 0), (0.40, 0.18, 0), (0.68, 0.19, 0), (0.55, 0.28, 0),
    (0.24, 0.90, 1), (0.50, 0.87, 1), (0.14, 0.70, 1), (0.30, 0.76, 1), (0.22, 0.64, 1),
    (0.45, 0.71, 1), (0.88, 0.62, 2), (0.72, 0.70, 2), (0.82, 0.52, 2), (0.62, 0.62, 2),
    (0.78, 0.40, 2),
]  # fmt: skip


def area_cm2(outline: np.ndarray) -> float:
    x, y = outline[:, 0] * WIDTH_MM, outline[:, 1] * LENGTH_MM
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))) / 200.0


def sixteen() -> tuple[SensorLayout, np.ndarray]:
    """A discrete layout and the region of each sensor."""
    table = np.array(SIXTEEN)
    outline = default_outline()
    areas = np.full(len(table), area_cm2(outline) / len(table))
    layout = SensorLayout(
        "sixteen", "discrete", table[:, :2], LENGTH_MM, WIDTH_MM, outline, areas, None, 1000.0
    )
    return layout, table[:, 2].astype(int)


def grid(shape: tuple[int, int] = (33, 11), count: int = 235) -> tuple[SensorLayout, np.ndarray]:
    """A layout of many cells; the region follows from the place."""
    from insole_gui.state.sole import centres, raster

    outline = default_outline()
    points = centres(shape)
    points = points[raster(outline, shape).reshape(-1)][:count]
    region = np.where(points[:, 1] < 0.45, 0, np.where(points[:, 0] < 0.45, 1, 2))
    areas = np.full(len(points), area_cm2(outline) / len(points))
    return SensorLayout(
        "grid", "grid", points, LENGTH_MM, WIDTH_MM, outline, areas, None, 1000.0
    ), region


def thousand() -> tuple[SensorLayout, np.ndarray]:
    """More cells than a colour table holds."""
    return grid((66, 22), 1000)


def three() -> tuple[SensorLayout, np.ndarray]:
    """Three force zones."""
    xy = ANCHORS / [WIDTH_MM, LENGTH_MM]
    return SensorLayout(
        "three",
        "force",
        xy,
        LENGTH_MM,
        WIDTH_MM,
        default_outline(),
        np.full(3, np.nan),
        None,
        2500.0,
    ), np.arange(3)


@dataclass
class Recorded:
    """A real run, cut into views."""

    time_s: np.ndarray
    regions: dict[Side, np.ndarray]
    layout: SensorLayout
    region: np.ndarray
    rate_hz: float
    mass_kg: float | None = MASS_KG
    activity: str = "run"
    steps: dict[Side, Steps] = field(default_factory=dict)

    def __post_init__(self) -> None:
        count = np.bincount(self.region, minlength=3)
        area = self.layout.area_cm2
        pressure = self.layout.kind != "force"
        self.values = {
            side: forces[:, self.region] / count[self.region] * (10.0 / area if pressure else 1.0)
            for side, forces in self.regions.items()
        }
        self.total = {side: forces.sum(axis=1) for side, forces in self.regions.items()}
        for side in Side:
            self.steps[side] = self._steps(side)
        self.capability = {
            side: Capability(
                f"dev-{side.value}", "open", f"A1-{side.value}", "1.0", side, self.layout,
                "kPa" if pressure else "N", 1.0, 0.0, None, self.rate_hz, self.mass_kg,
            )
            for side in Side
        }  # fmt: skip

    def _steps(self, side: Side) -> Steps:
        force, time = self.total[side], self.time_s
        on = force > 50
        edges = np.flatnonzero(np.diff(on.astype(int)))
        starts = [int(e) + 1 for e in edges if on[e + 1]]
        ends = [int(e) + 1 for e in edges if not on[e + 1]]
        pairs = [(a, next((b for b in ends if b > a), None)) for a in starts]
        pairs = [(a, b) for a, b in pairs if b is not None and (b - a) / self.rate_hz > 0.1]
        dt = 1 / self.rate_hz
        weight = (self.mass_kg or MASS_KG) * 9.80665
        rows: list[dict[str, float]] = []
        for i, (a, b) in enumerate(pairs):
            middle = (a + b) // 2
            shares = self.regions[side][a:b].sum(axis=0)
            shares = shares / shares.sum()
            stride = (time[pairs[i + 1][0]] - time[a]) if i + 1 < len(pairs) else np.nan
            row = {
                "foot_strike_s": time[a], "toe_off_s": time[b], "contact_s": time[b] - time[a],
                "flight_s": stride / 2 - (time[b] - time[a]), "cadence_spm": 120 / stride,
                "po50_N_s": force[middle:b].sum() * dt, "impulse_N_s": force[a:b].sum() * dt,
                "po_eff_N_s": np.clip(force[middle:b] - weight, 0, None).sum() * dt,
                "peak_force_N": force[a:b].max(), "tripod_heel": shares[0],
                "tripod_first": shares[1], "tripod_fifth": shares[2], "c3": 1.0,
            }  # fmt: skip
            if self.mass_kg is not None:
                row |= {
                    "po50_BW_s": row["po50_N_s"] / weight,
                    "po_eff_BW_s": row["po_eff_N_s"] / weight,
                    "peak_force_BW": row["peak_force_N"] / weight,
                }
            rows.append(row)
        keys = rows[0].keys() if rows else ["foot_strike_s", "toe_off_s"]
        value = {key: np.array([row[key] for row in rows]) for key in keys}
        u = {key: 0.03 * np.abs(column) for key, column in value.items() if "po" in key}
        shared = {key: 0.028 * np.abs(value[key]) for key in u}
        return Steps(side, np.zeros(len(rows), np.uint32), value, u, shared)

    def view(self, now_s: float, **changes: Any) -> BoardView:
        """The board at a moment of the run."""
        last = int(np.searchsorted(self.time_s, now_s, "right"))
        first = int(np.searchsorted(self.time_s, now_s - HISTORY_S))
        feet = {side: self._foot(side, first, last, now_s) for side in Side}
        return BoardView(
            version=last, now_s=float(self.time_s[last - 1]), feet=feet, mass_kg=self.mass_kg,
            activity=self.activity, k_dyn=1.01, k_verdict="ok", sensor_to_board_ms=5.0,
            **changes,
        )  # fmt: skip

    def _foot(self, side: Side, first: int, last: int, now_s: float) -> FootView:
        from insole_gui.state.history import until

        force = self.total[side]
        now = last - 1
        contact = bool(force[now] > 30)
        since, trace = self.time_s[now], np.empty((0, 2))
        forces = self.regions[side]
        if contact:
            start = now
            while start > 0 and force[start - 1] > 30:
                start -= 1
            since = self.time_s[start]
            part = forces[start : now + 1]
            trace = part @ ANCHORS / part.sum(axis=1, keepdims=True)
        share = forces[now] / force[now] if contact else np.full(3, np.nan)
        seen = last
        return FootView(
            device=f"dev-{side.value}", phase="streaming", phase_text="streaming",
            capability=self.capability[side], nominal_hz=self.rate_hz,
            measured_hz=self.rate_hz - 0.2, ledger=Ledger(seen, seen - 2, 0, 2), battery=79,
            rssi_dbm=-61, age_s=0.012, values=self.values[side][now], total_n=float(force[now]),
            cop_mm=share @ ANCHORS, tripod=share, barycentric=share, coverage3=1.0,
            in_contact=contact, since_s=float(since), trace_mm=trace,
            time_s=self.time_s[first:last], force_n=force[first:last],
            quality=np.zeros(last - first, np.uint32), steps=until(self.steps[side], now_s - 0.1),
            anchors_mm=ANCHORS,
        )  # fmt: skip


class FakeSession:
    """Plays a run by hand: `now_s` is set by the test. Remembers every request."""

    def __init__(self, run: Recorded | None, now_s: float = 8.0) -> None:
        self.run, self.now_s = run, now_s
        self.calls: list[tuple[str, Any]] = []
        self.said: list[tuple[Any, float | None]] = []
        self.changes: dict[str, Any] = {}
        self.document: dict[str, Any] | None = None
        self.decisions: list[Decision] = []
        self.seen: dict[str, Any] = {}
        self.feet: dict[Side, dict[str, Any]] = {}
        self.closed = False
        self.recording: RecorderStatus | None = None
        self.replay: ReplayView | None = None
        self.began_s = 0.0
        self.close_waits: Any = None
        self.chosen: dict[str, str] = {}
        self.guides: dict[str, Any] = {
            "zero": GuideView("zero", "Lift each foot for 2 s, shoe on.", ("left", "right")),
            "name": GuideView("name", "Stomp the right foot.", ("stomp",)),
            "calibrate": GuideView("calibrate", "Stand still on both feet.", PHASES, done=0.4),
        }
        self.personal = Personal(why="1 earlier session of the same kind; 3 are needed")

    def view(self) -> BoardView:
        if self.run is None:
            return BoardView(**self.changes)
        view = self.run.view(
            self.now_s, recording=self.recording, recording_since_s=self.now_s - self.began_s,
            **({"replay": self.replay} | self.changes),
        )  # fmt: skip
        feet = {side: replace(foot, **self.feet.get(side, {})) for side, foot in view.feet.items()}
        return replace(view, feet=feet)

    def record(
        self, path: Path | None = None, *, notes: Any = None, mass_kg: float | None = None,
        before_s: float = 0.0,
    ) -> Path:  # fmt: skip
        self.calls.append(("record", path) if not before_s else ("keep", before_s))
        self.said.append((notes, mass_kg))
        self.began_s = self.now_s - before_s
        self.recording = RecorderStatus(path or Path("trial-1.h5"), 120_000, 0.4)
        return self.recording.path

    def stop_recording(self, *, undo_s: float = 0.0) -> None:
        self.calls.append(("stop_recording", None))
        if self.recording is not None:
            self.changes["stopped"] = StoppedView(self.recording.path, undo_s)
        self.recording = None

    def go_on(self) -> None:
        self.calls.append(("go_on", None))
        stopped = self.changes.pop("stopped")
        self.recording = RecorderStatus(stopped.path, 120_000, 0.4)

    def align(self) -> None:
        self.calls.append(("align", None))
        self.changes["time"] = TimeView(0.0042, 0.003, None, "Hop three times on both feet.")

    def swap(self) -> None:
        self.calls.append(("swap", None))

    def guide(self, kind: Any) -> None:
        self.calls.append(("guide", kind))
        self.changes["guide"] = None if kind is None else self.guides[kind]

    def drill(self, drill: Any) -> None:
        self.calls.append(("drill", None if drill is None else drill.id))

    def pause_drill(self) -> None:
        self.calls.append(("pause_drill", None))

    def mark(self, text: str) -> None:
        self.calls.append(("mark", text))
        self.changes["marks"] = (*self.changes.get("marks", ()), (self.now_s, text))

    def seek(self, position_s: float) -> None:
        self.calls.append(("seek", position_s))
        assert self.replay is not None
        self.now_s = max(position_s, 0.01)
        self.replay = replace(self.replay, position_s=self.now_s)

    def pause(self) -> None:
        self.calls.append(("pause", None))
        assert self.replay is not None
        self.replay = replace(self.replay, paused=True)

    def resume(self) -> None:
        self.calls.append(("resume", None))
        assert self.replay is not None
        self.replay = replace(self.replay, paused=False)

    def step(self, samples: int) -> None:
        self.calls.append(("step", samples))

    def set_speed(self, speed: float) -> None:
        self.calls.append(("set_speed", speed))
        assert self.replay is not None
        self.replay = replace(self.replay, speed=speed)

    def open_file(self, path: Path) -> None:
        self.calls.append(("open_file", path))

    def reviewed(self) -> FileReview:
        path = Path(self.replay.path) if self.replay is not None else Path("trial.h5")
        feet = self.view().feet.values()
        began = [float(foot.time_s[0]) for foot in feet if foot.time_s is not None]
        return FileReview(
            path,
            self.replay.duration_s if self.replay is not None else 0.0,
            first_s=min(began, default=0.0),
            steps=self.document,
            decided=tuple(self.decisions),
            **self.seen,
        )

    def decide(self, decision: Decision) -> None:
        self.calls.append(("decide", decision))
        self.decisions.append(decision)

    def connect_virtual(self, spec: str) -> None:
        self.calls.append(("connect_virtual", spec))

    def connect_ble(self) -> None:
        self.calls.append(("connect_ble", None))

    def settings(self) -> dict[str, str]:
        return dict(self.chosen)

    def configure(self, changes: Any) -> None:
        self.calls.append(("configure", dict(changes)))
        kept = {key: value for key, value in (self.chosen | changes).items() if value is not None}
        self.chosen = kept

    def usual(self, athlete: str, shoe: str) -> Personal:
        self.calls.append(("usual", (athlete, shoe)))
        return self.personal

    def close(self) -> None:
        self.calls.append(("close", None))
        if self.close_waits is not None:
            self.close_waits.wait(10)
        self.closed = True


def recorded(
    kind: str = "sixteen", *, mass_kg: float | None = MASS_KG, rate_hz: float = 100.0
) -> Recorded:
    if not RUN.exists():
        pytest.skip(f"the recorded runs are not beside the repository ({RUN.name})")
    table = np.genfromtxt(RUN, delimiter=",", skip_header=1)
    step = round(300 / rate_hz)
    table = table[::step]
    layout, region = {"sixteen": sixteen, "grid": grid, "thousand": thousand, "three": three}[
        kind
    ]()
    regions = {Side.LEFT: table[:, 1:4], Side.RIGHT: table[:, 4:7]}
    return Recorded(table[:, 0], regions, layout, region, rate_hz, mass_kg)


def standing(*, seconds: float = 20.0, one_foot: bool = False) -> Recorded:
    """Quiet standing with a slow sway, in closed form."""
    rate = 100.0
    time = np.arange(0, seconds, 1 / rate)
    weight = MASS_KG * 9.80665
    sway = 0.04 * np.sin(2 * np.pi * 0.3 * time)
    left = 0.5 + 0.03 * np.sin(2 * np.pi * 0.17 * time)
    base = np.array([0.52, 0.27, 0.21])
    shares = base + np.stack([sway, -0.6 * sway, -0.4 * sway], axis=1)
    if one_foot:
        left = np.ones_like(time)
    regions = {
        Side.LEFT: shares * (left * weight)[:, None],
        Side.RIGHT: shares * ((1 - left) * weight)[:, None],
    }
    layout, region = sixteen()
    return Recorded(time, regions, layout, region, rate, MASS_KG, "stand")


@pytest.fixture
def run() -> Recorded:
    return recorded()


@pytest.fixture
def make_run() -> Any:
    return recorded


@pytest.fixture
def make_standing() -> Any:
    return standing


@pytest.fixture
def fake() -> type[FakeSession]:
    return FakeSession


@pytest.fixture
def open_window(qtbot: Any) -> Any:
    """Make a window on a session and run frames by hand."""
    from insole_gui.theme import by_name
    from insole_gui.window import Window

    made: list[Window] = []

    def make(
        session: Any,
        *,
        size: tuple[int, int] = (1600, 1000),
        theme: str = "dark",
        **choices: Any,
    ) -> Window:
        window = Window(lambda: session, theme=by_name(theme), **choices)
        window._timer.stop()  # frames come from the test
        qtbot.addWidget(window, before_close_func=lambda w: setattr(w.closing, "finished", True))
        window.resize(*size)
        window.show()
        qtbot.waitUntil(lambda: (window.tick(), window.control.session is session)[1])
        made.append(window)
        return window

    yield make
    for window in made:
        window.commands.close()


@pytest.fixture
def artefacts() -> Path:
    folder = ROOT / "artefacts"
    folder.mkdir(exist_ok=True)
    return folder
