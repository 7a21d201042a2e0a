"""Compares the program with real recordings, and writes agreement.md with its pictures.

    python docs/make_agreement.py [DATA]

DATA is the folder of real recordings with its `reference.json` (default: `../shared/data` beside
the repository). Files are opened and analysed as `insole analyze` does; nothing is tuned to them.
"""

from __future__ import annotations

import csv
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from bland_altman import bland_altman

import insole
from insole.analysis import Analysis
from insole.model.arrays import Floats
from insole.model.foot import Side

HERE = Path(__file__).resolve().parent
HEAD = """\
# Agreement with real data

What the program says of real recordings, beside what their makers, a force plate or another
program say. Made by `python docs/make_agreement.py` from files that are opened and analysed like
any other; a test repeats it. Differences are ours minus theirs, and the test holds their mean (of
twelve or fewer: each) within the limit.

Running has no open recording of a pressure insole: the forces there are a treadmill's, shared out
to three zones, and 0 below 50 N. So those rows prove timing, force and impulse, not sensors."""
DATA = HERE.parents[1] / "shared" / "data"
MOTICON = "moticon-opengo/230927_102114_normal.txt"
FEW = 12
MATCH_S = 0.15  # two strikes of one foot this near are one


@dataclass(frozen=True, slots=True)
class Agreement:
    """One comparison.

    Attributes:
        what: the quantity, with what it was compared with.
        unit: of everything here.
        limit: what |bias| must not exceed; where it comes from stands in `reason`.
        ours, theirs: pairs.
        plot: name of a Bland-Altman picture, or "".
    """

    what: str
    unit: str
    ours: Floats
    theirs: Floats
    limit: float
    reason: str
    plot: str = ""

    @property
    def difference(self) -> Floats:
        """Ours minus theirs."""
        return self.ours - self.theirs

    @property
    def bias(self) -> float:
        """Mean difference."""
        return float(self.difference.mean())

    @property
    def spread(self) -> float:
        """SD of the differences, 0 for one."""
        return float(self.difference.std(ddof=1)) if len(self.ours) > 1 else 0.0

    @property
    def holds(self) -> bool:
        """Is the bias within the limit? Of a few pairs, each: two errors must not cancel."""
        worst = self.bias if len(self.ours) > FEW else np.abs(self.difference).max(initial=0.0)
        return len(self.ours) > 0 and abs(worst) <= self.limit


def comparisons(data: Path) -> list[tuple[str, list[Agreement]]]:
    """Sections of the page."""
    reference = json.loads((data / "reference.json").read_text(encoding="utf-8"))
    return [
        ("Running on an instrumented treadmill", list(_runs(data, reference))),
        ("Momentum: body weight times step time", list(_momentum(data, reference))),
        ("Contacts found by another program", list(_dryft(data, reference))),
        ("Walking on Moticon insoles", list(_moticon(data, reference))),
        ("Force of other makers' insoles", list(_devices(data, reference))),
    ]


RUNS = ("rbds001_25", "rbds002_45", "alcantara_250", "alcantara_333", "alcantara_417")


def _run(data: Path, reference: dict[str, Any], name: str, *, every: int = 1) -> Analysis:
    """One treadmill run as three force zones of each foot, its contacts at 50 N or 5 % BW."""
    stem = next(key for key in reference if key.startswith(f"virtual-insole/{name}"))
    rate = reference[stem]["rate_hz"] / every
    with (data / stem).open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines))[1::every]
    rbds = name.startswith("rbds")
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "run.csv"
        with table.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(["t", "L1", "L2", "L3", "R1", "R2", "R3"])
            writer.writerows([f"{i / rate:.6f}", *row[1:7]] for i, row in enumerate(rows))
        mass = reference[stem]["independent"]["body_weight_N"] / 9.80665
        with insole.open(table, quantity="N", layout="loadsol3") as trial:
            return trial.analyze(mass, parameters={"events.rep_N": 50.0} if rbds else None)


def _stances(reference: dict[str, Any], name: str) -> list[dict[str, Any]]:
    stem = next(key for key in reference if key.startswith(f"virtual-insole/{name}"))
    found: list[dict[str, Any]] = reference[stem]["stances"]
    return found


def _matched(analysis: Analysis, strikes: dict[Side, Floats]) -> Iterator[tuple[Side, int, int]]:
    """Side, row of our table and number of theirs, for strikes that belong together."""
    for side, theirs in strikes.items():
        table = analysis.left if side is Side.LEFT else analysis.right
        ours = table.value["foot_strike_s"] - analysis.start_s
        valid = np.flatnonzero(table.valid)
        for number, strike in enumerate(theirs):
            if len(valid):
                row = int(valid[np.argmin(np.abs(ours[valid] - strike))])
                if abs(ours[row] - strike) <= MATCH_S:
                    yield side, row, number


def _paired(
    analysis: Analysis, stances: list[dict[str, Any]], column: str, key: str
) -> tuple[list[float], list[float]]:
    by_side = {
        side: [one for one in stances if one["side"] == side.value[0].upper()] for side in Side
    }
    strikes = {side: np.array([one["on_s"] for one in ones]) for side, ones in by_side.items()}
    ours: list[float] = []
    theirs: list[float] = []
    for side, row, number in _matched(analysis, strikes):
        table = analysis.left if side is Side.LEFT else analysis.right
        value = float(table.value[column][row])
        if column in ("foot_strike_s", "toe_off_s"):
            value -= analysis.start_s
        ours.append(value)
        theirs.append(float(by_side[side][number][key]))
    return ours, theirs


def _runs(data: Path, reference: dict[str, Any]) -> Iterator[Agreement]:
    whole = {name: _run(data, reference, name) for name in RUNS}
    thin = {name: _run(data, reference, name, every=3) for name in RUNS if name[0] == "r"}
    rows = (
        ("Foot strike", "foot_strike_s", "on_s", "s", 0.0035, "one sample"),
        ("Toe-off", "toe_off_s", "off_s", "s", 0.0035, "one sample"),
        ("Contact time", "contact_s", "contact_s", "s", 0.0035, "one sample"),
        ("Active peak", "peak_force_N", "peak_N", "N", 5.0, "0.3 %"),
        ("Impulse", "impulse_N_s", "impulse_Ns", "N·s", 1.0, "0.5 %"),
    )
    for what, column, key, unit, limit, reason in rows:
        pairs = [
            _paired(run, _stances(reference, name), column, key) for name, run in whole.items()
        ]
        ours, theirs = (np.concatenate([np.array(pair[i]) for pair in pairs]) for i in (0, 1))
        plot = {"contact_s": "contact-running", "impulse_N_s": "impulse-running"}.get(column, "")
        yield Agreement(
            f"{what}, five runs of 2.5 to 4.5 m/s at 300 and 500 Hz", unit, ours, theirs, limit,
            f"{reason} of the source", plot,
        )  # fmt: skip
    for what, column, key, unit, _, _ in rows:
        pairs = [_paired(run, _stances(reference, name), column, key) for name, run in thin.items()]
        ours, theirs = (np.concatenate([np.array(pair[i]) for pair in pairs]) for i in (0, 1))
        allowed = {"s": 0.005, "N": 15.0, "N·s": 2.0}[unit]
        yield Agreement(
            f"{what}, two runs thinned to 100 Hz", unit, ours, theirs,
            0.007 if column == "contact_s" else allowed, "science.md 9.3, 100 Hz",
        )  # fmt: skip


def _momentum(data: Path, reference: dict[str, Any]) -> Iterator[Agreement]:
    for name in RUNS:
        result = _run(data, reference, name)
        both = [result.left, result.right]
        weight = (result.mass_kg or np.nan) * 9.80665
        strikes = np.concatenate([one.value["foot_strike_s"] for one in both])
        impulse = np.concatenate([one.value["impulse_N_s"] for one in both])
        step = np.concatenate([one.value["step_s"] for one in both])
        before = np.full(len(step), np.nan)  # flight before a contact: that of the step before it
        order = np.argsort(strikes)
        before[order[1:]] = step[order[:-1]]
        contact = np.concatenate([one.value["contact_s"] for one in both])
        flight = 0.5 * ((step - contact) + (before - np.roll(contact[order], 1)[np.argsort(order)]))
        expected = weight * (contact + flight)
        known = np.isfinite(expected) & np.isfinite(impulse)
        yield Agreement(
            f"Impulse of each contact against BW·(t_c + ½(t_f before + after)), {name}",
            "N·s", impulse[known], expected[known], 0.06 * float(np.mean(expected[known])),
            "treadmill forces read 1 to 5 % under the stated mass",
        )  # fmt: skip


def _dryft(data: Path, reference: dict[str, Any]) -> Iterator[Agreement]:
    for name, level in (("RBDS001runT25forces.txt", 100.0), ("RBDS002runT45forces.txt", 100.0)):
        entry = reference[f"treadmill-running/{name}"]
        mass = float(entry["subject_mass_kg"])
        with insole.open(data / "treadmill-running" / name) as trial:
            result = trial.analyze(mass, parameters={"events.rep_N": level})
        both = [result.left, result.right]
        strike, off = (
            np.concatenate([one.value[column][one.valid] for one in both]) - result.start_s
            for column in ("foot_strike_s", "toe_off_s")
        )
        for what, ours, frames in (
            ("Foot strike", strike, entry["independent"]["stance_begin_frames"]),
            ("Toe-off", off, entry["independent"]["stance_end_frames"]),
        ):
            theirs = np.array(frames) / 300.0
            nearest = ours[np.argmin(np.abs(ours[None, :] - theirs[:, None]), axis=1)]
            kept = np.abs(nearest - theirs) <= MATCH_S
            yield Agreement(
                f"{what} at 100 N, {name[:7]}, unfiltered, against dryft on the filtered force",
                "s", nearest[kept], theirs[kept], 2 / 300, "two frames: the filter differs",
            )  # fmt: skip


def _moticon(data: Path, reference: dict[str, Any]) -> Iterator[Agreement]:
    report = reference[MOTICON]["independent"]["report_steps"]
    with insole.open(data / MOTICON) as trial:
        result = trial.analyze(parameters={"events.rep_N": 50.0})
        feet = {Side.LEFT: trial.left, Side.RIGHT: trial.right}
    layout = result.feet[Side.LEFT].capability.layout
    strikes = {
        side: np.array([one["Initial contact (s)"] for one in report[side.value]]) for side in Side
    }
    found = list(_matched(result, strikes))
    tables = {Side.LEFT: result.left, Side.RIGHT: result.right}
    on, off = (
        np.array([tables[side].value[column][row] for side, row, _ in found]) - result.start_s
        for column in ("foot_strike_s", "toe_off_s")
    )
    said_on, said_off = (
        np.array([report[side.value][number][key] for side, _, number in found])
        for key in ("Initial contact (s)", "Toe off (s)")
    )
    yield Agreement("Foot strike at 50 N, against the maker's report", "s", on, said_on, 0.012,
                    "what a plain 50 N threshold reaches")  # fmt: skip
    yield Agreement("Toe-off at 50 N, against the maker's report", "s", off, said_off, 0.045,
                    "a threshold is 20 to 40 ms late there: not the report's method")  # fmt: skip
    yield Agreement("Contact time at 50 N, against the maker's report", "s", off - on,
                    said_off - said_on, 0.045, "as toe-off", "contact-moticon")  # fmt: skip
    peak = np.array([tables[side].value["peak_force_N"][row] for side, row, _ in found])
    said_peak = np.array(
        [max(report[s.value][k]["First peak (N)"], report[s.value][k]["Second peak (N)"])
         for s, _, k in found]
    )  # fmt: skip
    yield Agreement("Peak force, against the maker's report", "N", peak, said_peak, 5.0,
                    "one step of the force column")  # fmt: skip
    yield from _moticon_cop(data, feet, size_mm=(layout.width_mm, layout.length_mm))


def _moticon_cop(
    data: Path, feet: dict[Side, Any], *, size_mm: tuple[float, float]
) -> Iterator[Agreement]:
    with (data / MOTICON).open(encoding="utf-8") as lines:
        text = [line.rstrip("\n").split("\t") for line in lines]
    head = next(line for line in text if line[0] == "# time")
    rows = [line for line in text if line and line[0] and line[0][0].isdigit()]
    time = np.array([float(row[0]) for row in rows])
    along: list[tuple[Floats, Floats]] = []
    across: list[tuple[Floats, Floats]] = []
    for side, foot in feet.items():
        device = {
            name: np.array(
                [float("".join(row[column : column + 1]) or "nan") for row in rows]
            )
            for name in ("X", "Y")
            for column in [next(i for i, h in enumerate(head)
                                if h.startswith(f"{side} center of pressure {name}"))]
        }  # fmt: skip
        start = foot.pressure.time_s[0] - time[np.isfinite(device["X"])][0]
        at = np.searchsorted(time, foot.pressure.time_s - start - 0.002)
        at = np.minimum(at, len(time) - 1)
        near = np.abs(time[at] - (foot.pressure.time_s - start)) < 0.004
        loaded = near & (foot.total_n > 100.0) & np.isfinite(device["X"][at])
        loaded &= np.isfinite(foot.cop_mm[:, 1]) & (foot.pressure.quality == 0)
        along.append((foot.cop_mm[loaded, 1] / size_mm[1], device["X"][at][loaded] + 0.5))
        across.append((foot.cop_mm[loaded, 0] / size_mm[0], device["Y"][at][loaded]))
    ours, theirs = (np.concatenate([pair[i] for pair in along]) for i in (0, 1))
    yield Agreement("CoP along the insole, every sample above 100 N, against the device's own",
                    "insole lengths", ours, theirs, 0.001, "sensor places were found from such "
                    "figures: this proves the sums, not the places", "cop-moticon")  # fmt: skip
    slopes = [float(np.corrcoef(*pair)[0, 1]) for pair in across]
    yield Agreement("Correlation of CoP across the insole with the device's own, per foot", "1",
                    np.abs(np.array(slopes)), np.ones(2), 0.01, "as above")  # fmt: skip


def _devices(data: Path, reference: dict[str, Any]) -> Iterator[Agreement]:
    pedar = _pressed(data / "pressure-systems/pedar_walk.asc")
    said = reference["pressure-systems/pedar_walk.asc"]["independent"]["values"]
    told = [said[f"{side.upper()} force max/argmax1/sum"] for side in ("left", "right")]
    yield Agreement("pedar, largest force of each foot, against pressuRe", "N",
                    np.array([pedar[side].force_n.max() for side in Side]),
                    np.array([one[0] for one in told]), 0.1, "rounded areas")  # fmt: skip
    yield Agreement("pedar, mean force of each foot, against pressuRe", "N",
                    np.array([pedar[side].force_n.mean() for side in Side]),
                    np.array([one[2] for one in told]) / 1505, 0.1, "as above")  # fmt: skip
    yield Agreement("pedar, force as the program gives it, against all sensors as they stand", "N",
                    np.concatenate([pedar[side].total_n for side in Side]),
                    np.concatenate([pedar[side].force_n for side in Side]), 2.0,
                    "0.2 % of the largest: what judging sensors changes in this file")  # fmt: skip
    fscan = _pressed(data / "pressure-systems/fscan_walk_left.asf")[Side.LEFT]
    entry = reference["pressure-systems/fscan_walk_left.asf"]
    said = entry["force_N"]
    yield Agreement("F-Scan, largest and mean force, against pressuRe", "N",
                    np.array([fscan.force_n.max(), fscan.force_n.mean()]),
                    np.array([said["max"], said["mean"]]), 0.1, "rounded areas")  # fmt: skip
    cop = 1e3 * np.array(
        entry["independent"]["values"][
            "cop mean x,y m (origin lower left, unaffected by the doubling)"
        ]
    )
    across, along = np.nanmean(fscan.cop_mm, axis=0)
    yield Agreement("F-Scan, mean CoP across and along, against pressuRe", "mm",
                    np.array([fscan.width_mm - across, along]), cop, 0.01,
                    "it prints 0.01 µm; lateral border of a left foot is its zero")  # fmt: skip
    xsensor = _pressed(data / "pressure-systems/xsensor_walk_first51.csv")
    entry = reference["pressure-systems/xsensor_walk_first51.csv"]
    loads = [entry[side.value]["vendor_load_N"]["every_10th"] for side in Side]
    yield Agreement("XSENSOR, load of every tenth frame, against the maker's own figure", "N",
                    np.concatenate([xsensor[side].force_n[::10] for side in Side]),
                    np.concatenate([np.array(one) for one in loads]), 0.1,
                    "0.02 N of rounding, a sensel's area", "load-xsensor")  # fmt: skip
    with insole.open(data / "loadsol" / "test_poids.txt") as trial:
        left, right = trial.left, trial.right
    if left is not None and right is not None:
        _, l_row, r_row = np.intersect1d(
            np.round(left.pressure.time_s, 3), np.round(right.pressure.time_s, 3),
            return_indices=True,
        )  # fmt: skip
        both = left.total_n[l_row] + right.total_n[r_row]
        plate = reference["loadsol/test_poids.txt"]["independent"]["standing_weight_N"]
        yield Agreement("loadsol, standing weight (median), against a force plate", "N",
                        np.array([np.median(both)]), np.array([plate]), 0.05 * plate,
                        "5 %, as the publishers state")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pressed:
    """One foot of a pressure file.

    Attributes:
        force_n, cop_mm: sums over pressure times area of all sensors as they stand in the file.
        total_n: force as the program gives it, sensors judged.
        width_mm: of the insole.
    """

    force_n: Floats
    cop_mm: Floats
    total_n: Floats
    width_mm: float


def _pressed(path: Path) -> dict[Side, Pressed]:
    with insole.open(path) as trial:
        layouts = {s: foot.capability.layout for s, foot in trial.analyze().feet.items()}
        found: dict[Side, Pressed] = {}
        for side, foot in ((Side.LEFT, trial.left), (Side.RIGHT, trial.right)):
            if foot is None:
                continue
            layout = layouts[side]
            force = 0.1 * foot.pressure.values * layout.area_cm2
            total = force.sum(axis=1)
            moment = force @ (layout.xy * [layout.width_mm, layout.length_mm])
            cop = moment / np.where(total > 0, total, np.nan)[:, None]
            found[side] = Pressed(total, cop, foot.total_n, layout.width_mm)
    return found


def page(sections: list[tuple[str, list[Agreement]]]) -> str:
    """The whole page."""
    lines = [HEAD]
    for title, rows in sections:
        lines += ["", f"## {title}", "",
                  "| quantity | n | ours | theirs | bias | SD | limit of bias | why this limit |",
                  "|---|---|---|---|---|---|---|---|"]  # fmt: skip
        for one in rows:
            scale, unit = (1e3, "ms") if one.unit == "s" else (1.0, one.unit)
            show: Callable[[float], str] = lambda x, s=scale: f"{x * s:.4g}"  # noqa: E731
            mark = "" if one.holds else " **(missed)**"
            instants = one.what.startswith(("Foot strike", "Toe-off"))  # their mean says nothing
            means = ["–" if instants else show(float(x.mean())) for x in (one.ours, one.theirs)]
            lines.append(
                f"| {one.what}, {unit} | {len(one.ours)} | {means[0]} | {means[1]} | "
                f"{show(one.bias)}{mark} | {show(one.spread)} | "
                f"{show(one.limit)} | {one.reason} |"
            )
        for one in rows:
            if one.plot:
                lines += ["", (f"![{one.what}: difference against mean]"
                          f"(pictures/agreement-{one.plot}.svg)")]  # fmt: skip
    return "\n".join(lines) + "\n"


def main(data: Path) -> int:
    """Write the page and its pictures."""
    if not (data / "reference.json").is_file():
        print(f"no real recordings in {data}: nothing written. Name their folder.")
        return 0
    sections = comparisons(data)
    for _, rows in sections:
        for one in rows:
            if one.plot:
                path = HERE / "pictures" / f"agreement-{one.plot}.svg"
                picture = bland_altman(one.what, one.unit, ours=one.ours, theirs=one.theirs)
                path.write_text(picture, encoding="utf-8")
    (HERE / "agreement.md").write_text(page(sections), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA))
