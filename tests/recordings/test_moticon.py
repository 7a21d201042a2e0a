"""Moticon text exports: the maker's own figures, and no file that breaks the program."""

import json

import numpy as np
import pytest

import insole
from insole import layouts
from insole.cli import main
from insole.errors import LayoutError, RequestError
from insole.model.foot import Side
from tests.recordings.motion_files import (
    DATA,
    MOTICON,
    moticon,
    motion_reference,
    needs_motion,
)
from tests.recordings.vendor_files import (
    SHARED,
    read,
    refused,
)

WALK = MOTICON / "230927_102114_normal.txt"
VECTORS = SHARED.parent / "protocols" / "vectors" / "moticon.json"
EVENTS = DATA / "moticon_walk_with_events.txt"


def printed(path) -> tuple[list[str], list[list[str]]]:
    """Column names and cells, read by hand."""
    lines = path.read_text(encoding="utf-8").splitlines()
    at = next(k for k, line in enumerate(lines) if line.startswith("# time"))
    return lines[at][2:].split("\t"), [line.split("\t") for line in lines[at + 1 :] if line]


def column(path, name: str) -> np.ndarray:
    """One column of numbers, NaN where it is blank."""
    names, rows = printed(path)
    place = names.index(name)
    return np.array([float(row[place]) if row[place] else np.nan for row in rows])


@pytest.fixture
def export(tmp_path):
    def write(text: str, name: str = "export.txt"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


# --- the maker's files ---


@needs_motion
@pytest.mark.parametrize(
    "name", ["230927_102114_normal.txt", "walk_with_events.txt"], ids=["normal", "events"]
)
def test_samples_sums_and_peaks_are_those_of_the_file(name, capsys):
    truth = motion_reference(f"moticon-opengo/{name}")
    path = MOTICON / name
    assert main(["info", str(path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["format"] == "moticon"
    assert told["sha256"] == truth["sha256"]
    times = column(path, "time")
    assert (len(times), times[0], times[-1]) == (
        truth["n_samples"], truth["first_t_s"], truth["last_t_s"],
    )  # fmt: skip
    feet, forces = read(path), read(path, quantity="N")
    for side in ("left", "right"):
        want, (capability, samples) = truth[side], feet[side]
        assert told["sides"][side]["samples"] == want["samples_present"]
        assert truth["n_samples"] - len(samples.sequence) == want["samples_blank"]
        assert samples.tick_us[0] == round(want["first_present_t_s"] * 1e6)
        assert samples.tick_us[-1] == round(want["last_present_t_s"] * 1e6)
        assert capability.rate_hz == truth["rate_hz"]
        assert samples.values.sum() == want["pressure_sum_all"]
        assert samples.values.max() == want["pressure_max"]
        assert samples.values.sum(axis=0).tolist() == want["pressure_sum_per_sensor"]
        total = forces[side][1]
        assert total.values.sum() == want["force_sum"]
        assert total.values.max() == want["force_max_N"]
        assert total.tick_us[total.values.argmax()] == round(want["force_max_t_s"] * 1e6)
        at = int(total.values.argmax())
        ratio = total.values[at, 0] / samples.values[at].sum()
        assert ratio == pytest.approx(want["ratio_force_to_pressure_sum_at_force_max"], rel=1e-7)


@needs_motion
def test_blank_samples_leave_numbers_out_and_a_long_step_too():
    truth = motion_reference("moticon-opengo/230927_102114_normal.txt")
    for side, (_, samples) in read(WALK).items():
        missing = np.setdiff1d(np.arange(samples.sequence[-1]), samples.sequence)
        ticks = {round(t * 100) + k for t, n in truth[side]["blank_runs (t_s, samples)"]
                 for k in range(n)}  # fmt: skip
        times = np.rint(column(WALK, "time") * 100).astype(int)
        never = set(range(times[-1] + 1)) - set(times.tolist())
        assert len(never) == 1
        inside = {tick for tick in ticks | never if tick < samples.sequence[-1]}
        assert set(missing.tolist()) == inside


@needs_motion
@pytest.mark.parametrize("options", [{}, {"quantity": "N"}], ids=["pressure", "total force"])
@pytest.mark.parametrize("threshold", [30, 50, 80])
def test_contacts_are_as_far_from_the_makers_report_as_a_threshold_is(options, threshold):
    independent = motion_reference("moticon-opengo/230927_102114_normal.txt")["independent"]
    bound = independent["threshold_against_report (s)"][str(threshold)]
    with insole.open(WALK, **options) as trial:
        result = trial.analyze(parameters={"events.rep_N": threshold})
    off_contact, off_release = [], []
    for steps in (result.left, result.right):
        report = independent["report_steps"][steps.side.value]
        contact = np.array([step["Initial contact (s)"] for step in report])
        release = np.array([step["Toe off (s)"] for step in report])
        nearest = np.abs(steps.value["foot_strike_s"][:, None] - contact).argmin(axis=0)
        assert len(set(nearest.tolist())) == len(report)  # a blank sample splits none in two
        off_contact += (steps.value["foot_strike_s"][nearest] - contact).tolist()
        off_release += (steps.value["toe_off_s"][nearest] - release).tolist()
    # The baseline of swing (a few newtons) shifts our threshold by under 5 ms.
    assert np.mean(off_contact) == pytest.approx(bound["initial_contact_mean"], abs=0.002)
    assert np.mean(off_release) == pytest.approx(bound["toe_off_mean"], abs=0.005)
    assert np.abs(off_contact).max() <= bound["initial_contact_max_abs"] + 0.002
    assert np.abs(off_release).max() <= bound["toe_off_max_abs"] + 0.002


@needs_motion
def test_peaks_of_the_report_are_samples_of_the_total_force():
    report = motion_reference("moticon-opengo/230927_102114_normal.txt")["independent"]
    with insole.open(WALK, quantity="N") as trial:
        feet = {"left": trial.left, "right": trial.right}
        steps = trial.analyze(parameters={"events.rep_N": 50})
    for side, foot in feet.items():
        table = steps.left if side == "left" else steps.right
        for one in report["report_steps"][side]:
            start, end = one["Initial contact (s)"], one["Toe off (s)"]
            stance = (foot.pressure.time_s >= start) & (foot.pressure.time_s <= end)
            for name in ("First peak", "Second peak", "Local minimum between peaks"):
                assert one[f"{name} (N)"] in foot.total_n[stance]
            row = int(np.abs(table.value["foot_strike_s"] - start).argmin())
            for metric, name in (
                ("p1_N", "First peak (N)"),
                ("p2_N", "Second peak (N)"),
                ("valley_N", "Local minimum between peaks (N)"),
            ):  # the metric has the baseline of swing taken off, and a parabola through the peak
                assert table.value[metric][row] == pytest.approx(one[name], abs=7.0)


@pytest.mark.parametrize(
    ("path", "layout"),
    [
        pytest.param(WALK, "moticon16", marks=needs_motion),
        (EVENTS, "moticon16_size3"),
    ],
    ids=["size 7", "size 3"],
)
def test_force_and_centre_of_pressure_are_those_of_the_insole_itself(path, layout):
    shape = layouts.load(layout)
    with insole.open(path) as trial:
        feet = {"left": trial.left, "right": trial.right}
    for side, foot in feet.items():
        times = column(path, "time")
        force = column(path, f"{side} total force[N]")
        heel_to_toe = column(path, f"{side} center of pressure X[-0.5...+0.5]")
        medial = column(path, f"{side} center of pressure Y[-0.5...+0.5]")
        mine = foot.pressure.time_s + times[0]  # the axis begins with the first sample
        measured = (foot.pressure.quality & 3) == 0
        at = np.searchsorted(times, mine[measured] - 1e-6)
        assert np.abs(foot.total_n[measured] - force[at]).max() < 0.55  # it prints whole newtons
        cop = foot.cop_mm[measured]
        known = (force[at] >= 50.0) & (heel_to_toe[at] != 0.0)
        y = cop[known, 1] / shape.length_mm - 0.5
        x = 0.5 - cop[known, 0] / shape.width_mm
        assert np.abs(y - heel_to_toe[at][known]).max() < 5e-4
        assert np.abs(x - medial[at][known]).max() < 5e-4


@needs_motion
def test_step_marks_are_the_instants_of_the_makers_library():
    truth = motion_reference("moticon-opengo/230927_102114_normal.txt")["independent"]
    with insole.open(WALK) as trial:
        marks = trial.analyze().marks
    expected = []
    for step in truth["library_steps"]["steps"]:
        expected.append((step["heel_strike_t"], f"{step['side']} heel strike"))
        expected.append((step["toe_off_t"], f"{step['side']} toe off"))
    assert len(marks) == 2 * truth["library_steps"]["n_steps"]
    for (at, text), (want, word) in zip(sorted(marks), sorted(expected), strict=True):
        assert at == pytest.approx(want, abs=1e-9)
        assert text == word


def test_hand_set_events_are_marks_with_group_label_and_number():
    with insole.open(EVENTS) as trial:
        marks = trial.analyze().marks
    names, rows = printed(EVENTS)
    expected = []
    for group in ("Left Events", "Right Events"):
        label, number = names.index(f"{group} label[]"), names.index(f"{group}[]")
        expected += [
            (float(row[0]), f"{group}: {row[label]} {float(row[number]):g}")
            for row in rows
            if row[number]
        ]
    first_s = float(rows[0][0])
    assert len(marks) == 16
    for (at, text), (want, word) in zip(marks, sorted(expected), strict=True):
        assert at + first_s == pytest.approx(want, abs=1e-9)
        assert text == word


@needs_motion
def test_events_are_those_of_the_makers_published_test():
    truth = motion_reference("moticon-opengo/walk_with_events.txt")["independent"]
    with insole.open(EVENTS) as trial:
        marks = trial.analyze().marks
    assert len(marks) == truth["n_events"]
    for (at, text), event in zip(marks, truth["events"], strict=True):
        assert at + 0.01 == pytest.approx(event["t"], abs=1e-9)
        assert text == f"{event['group']}: {event['name']} {event['value']:g}"


def test_marks_survive_import_and_replay(tmp_path, capsys):
    kept = tmp_path / "kept.h5"
    assert main(["import", str(EVENTS), "-o", str(kept)]) == 0
    capsys.readouterr()
    with insole.open(EVENTS) as before, insole.open(kept) as after:
        one, other = before.analyze(), after.analyze()
    assert one.marks == other.marks
    assert one.result_sha256 == other.result_sha256
    for path in (EVENTS, kept):
        assert main(["replay", str(path), "--speed", "max", "--json"]) == 0
        played = json.loads(capsys.readouterr().out)
        assert played["provenance"]["result_sha256"] == one.result_sha256
        assert [mark["text"] for mark in played["marks"]] == [text for _, text in one.marks]


# --- the form ---


def test_values_are_the_cells_in_newtons_per_square_centimetre(export):
    feet = read(export(moticon(blank=((0, "left"), (1, "left"), (5, "left")))))
    capability, samples = feet["left"]
    assert (capability.quantity, capability.scale, capability.serial) == ("kPa", 10.0, "SN1")
    assert capability.side is Side.LEFT
    assert samples.sequence.tolist() == [2, 3, 4, 6, 7, 8, 9, 10, 11]
    rows = samples.sequence
    assert np.array_equal(samples.values, np.arange(1, 17) + rows[:, None] / 4)
    assert np.array_equal(feet["right"][1].values[:, 0], 10 * (1 + np.arange(12) / 4))


def test_marks_stand_at_their_rows(export):
    with insole.open(export(moticon())) as trial:
        assert trial.analyze().marks == (
            (pytest.approx(0.02), "left heel strike"),
            (pytest.approx(0.04), "Hops: first hop 3.5"),
            (pytest.approx(0.07), "left toe off"),
        )
        assert trial.notes.note == "a: b"
        assert trial.notes.wall_clock == "2023-11-14T22:13:20.123"


def test_a_time_stamp_gives_the_wall_clock_its_zone(export):
    path = export(moticon(extra="# Start timestamp: 1663250316241\n# Something new: 7"))
    with insole.open(path) as trial:
        assert trial.notes.wall_clock == "2022-09-15T13:58:36.241+00:00"


def test_texts_cannot_steer_a_terminal(export):
    text = moticon().replace("first hop", "\x1b[2Jfirst").replace("# Notes: a", "# Notes: \x07a")
    with insole.open(export(text)) as trial:
        assert trial.notes.note == " a: b"
        assert (pytest.approx(0.04), "Hops:  [2Jfirst 3.5") in trial.analyze().marks


@pytest.mark.skipif(not VECTORS.is_file(), reason="the protocol's vectors are not here")
def test_samples_of_the_vectors_are_what_the_makers_library_reads(export):
    vectors = [v for v in json.loads(VECTORS.read_text()) if v["config"]["kind"] == "text_export"]
    assert len(vectors) >= 6
    for vector in vectors:
        path = export(vector["text"])
        expected = vector["expected"]
        row_of = {round(time * 100): row for row, time in enumerate(expected["time"])}
        for options, channel in (({}, "pressure"), ({"quantity": "N"}, "total_force")):
            for side, (capability, samples) in read(path, **options).items():
                name = "total_force" if capability.quantity == "N" else channel
                known = expected["sides"][side][name]
                compared = 0
                for tick, values in zip(samples.tick_us, samples.values, strict=True):
                    row = row_of.get(round(tick / 10_000))
                    if row is not None:  # the library may trim what one foot alone has
                        assert np.array_equal(values, np.atleast_1d(known[row]))
                        compared += 1
                assert compared > 0


@pytest.mark.parametrize("size", ["5", "", "twelve"])
def test_an_insole_of_unknown_size_gets_the_area_that_its_own_force_tells(export, size):
    path = export(moticon(size=size))
    areas = layouts.load("moticon16").area_cm2
    pressure = np.arange(1, 17) + np.arange(12)[:, None] / 4
    expected = pressure @ areas
    factor = expected @ np.full(12, 1000.0) / (expected @ expected)
    layout = read(path)["left"][0].layout
    assert layout.area_cm2 == pytest.approx(areas * factor)


def test_without_total_force_the_length_grows_with_the_size(export):
    def without_force(size: str) -> str:
        return moticon(size=size).replace("total force", "other")

    lengths = [
        read(export(without_force(str(size))))["left"][0].layout.length_mm for size in range(3, 8)
    ]
    assert np.diff(lengths) == pytest.approx(np.full(4, (lengths[-1] - lengths[0]) / 4))
    assert "the size" in refused_layout(export(without_force("?")))


def refused_layout(path) -> str:
    with pytest.raises(LayoutError) as caught:
        insole.open(path)
    return str(caught.value)


def test_thirteen_sensors_need_a_layout_or_the_total_force(export):
    thirteen = moticon().replace(" pressure 14", " other 14").replace(" pressure 15", " other 15")
    path = export(thirteen.replace(" pressure 16", " other 16"))
    assert "13 sensors" in refused_layout(path)
    assert read(path, quantity="N")["right"][1].values[:, 0].tolist() == [10_000.0] * 12


def test_force_alone_is_read_as_force(export):
    path = export(moticon().replace(" pressure ", " other "))
    capability, samples = read(path)["left"]
    assert (capability.layout.name, capability.quantity) == ("total", "N")
    assert samples.values[:, 0].tolist() == [1000.0] * 12


def test_force_that_was_not_exported_cannot_be_asked_for(export):
    text = moticon().replace(" total force", " other force")
    assert "no total force" in refused(export(text), quantity="N")


def test_counts_are_refused(export):
    with pytest.raises(RequestError, match="no counts"):
        insole.open(export(moticon()), quantity="counts")
