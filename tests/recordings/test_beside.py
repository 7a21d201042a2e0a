"""What devices tell beside their pressure: kept, read back, checked, decoded again."""

from __future__ import annotations

from dataclasses import replace

import h5py
import numpy as np
import pytest

import insole
from insole import plugins
from insole.beside import timed
from insole.errors import DamagedFile
from insole.intake import Intake
from insole.model.stream import Connected, LinkState, Packet, Readings
from insole.model.trial import StartState
from insole.parameters import Parameters
from insole_recordings import beside, schema
from insole_recordings.convert import redecode
from insole_recordings.hdf5 import open_recording
from insole_recordings.recover import recover
from insole_recordings.validate import validate

ORPHE = "orphe_insole"
VALUES = "f3f9c7ce-46ee-4205-89ac-abe64e626c0f"


def readings(kind="acceleration", *, rows=700, start=0, scale=0.5, dtype=np.int16, device="pod"):
    at = np.arange(start, start + rows, dtype=np.int64)
    values = np.random.default_rng(start).integers(-9, 9, (rows, 3)).astype(dtype)
    return Readings(
        device, kind, "g", ("x", "y", "z"), at * 5000, at * 5_000_000, values, scale
    )  # fmt: skip


def motion_packet(serial: int, *, mode: int = 55) -> bytes:
    """A packet of an insole that lies still: time of day follows the serial number."""
    day_ms = 1000 + round(serial * 4000 / 208)
    second, milli = divmod(day_ms, 1000)
    sample = np.array([serial, 2, 3, 4, 5, 2048, *range(6)], ">i2").tobytes()
    head = bytes([mode]) + serial.to_bytes(2, "big") + bytes([0, second // 60, second % 60])
    return head + milli.to_bytes(2, "big") + 4 * sample


def orphe_events(packets=60, *, first=0):
    """A link to one insole of a kind that tells its motion."""
    at = 1_000_000_000_000
    yield Connected("A", at, ORPHE, "AA", "INS-1", 247)
    yield LinkState("A", at, "streaming", "Left: streaming.")
    for serial in range(first, first + packets):
        at += 19_230_000
        yield Packet("A", VALUES, at, motion_packet(serial))


def heard_of(events) -> list[Readings]:
    heard: list[Readings] = []
    intake = Intake(Parameters(), listener=heard.append)
    for event in events:
        intake.feed(event)
    return list(beside.by_kind(iter(heard)))


def same(one: list[Readings], other: list[Readings]) -> None:
    def key(each):
        return each.device, each.kind, each.scale

    one, other = sorted(one, key=key), sorted(other, key=key)
    assert list(map(beside.key_of, one)) == list(map(beside.key_of, other))
    for a, b in zip(one, other, strict=True):
        assert a.values.tobytes() == b.values.tobytes()
        assert a.tick_us.tolist() == b.tick_us.tolist()
        assert a.arrival_ns.tolist() == b.arrival_ns.tolist()


@pytest.fixture
def recorded(tmp_path, start, notes):
    """Records events, and what their devices told beside."""

    def run(name, events, told=None):
        events = list(events)
        recorder = plugins.load("insole.recorders", "hdf5")(
            tmp_path / name, start=start, notes=notes
        )
        for event in events:
            recorder.append(event)
        for item in heard_of(events) if told is None else told:
            recorder.decoded(item)
        recorder.close(None)
        return tmp_path / name

    return run


def test_what_was_told_beside_is_read_back_exactly(recorded):
    told = [
        readings(rows=700),
        readings(rows=5, start=700),
        readings("acceleration", scale=0.25, rows=3),
        readings("gait", rows=2, dtype=np.float64),
        readings(rows=4, device="other"),
    ]
    path = recorded("a.h5", [], told)
    recording = open_recording(path)
    same(list(recording.readings()), list(beside.by_kind(iter(told))))
    recording.close()
    assert validate(path) == []


def test_many_small_blocks_are_joined_in_order():
    small = [readings(rows=1, start=at) for at in range(3 * beside.SMALL_BLOCKS + 7)]
    (whole,) = beside.by_kind(iter(small))
    assert whole.tick_us.tolist() == [5000 * at for at in range(len(small))]
    assert list(beside.by_kind(iter([]))) == []


def test_every_column_and_attribute_stands_in_the_tables(recorded):
    with h5py.File(recorded("a.h5", [], [readings()])) as file:
        group = file["readings/0000"]
        for name, dataset in group.items():
            column = schema.column(f"/readings/0000/{name}")
            assert dataset.attrs["unit"] == column.unit
            assert len(dataset.shape) == len(column.dims)
        columns = {each.path for each in schema.COLUMNS if each.path.startswith("/readings/")}
        assert columns == {f"/readings/*/{name}" for name in group}
        told = {each.name for each in schema.ATTRIBUTES if each.path == "/readings/*"}
        assert told == set(group.attrs)


def test_a_live_trial_keeps_them_and_a_reader_gets_them(start, notes, tmp_path):
    from insole.trial import RunningTrial

    recorder = plugins.load("insole.recorders", "hdf5")(tmp_path / "b.h5", start=start, notes=notes)
    trial = RunningTrial(start, recorder=recorder)
    trial.feed(list(orphe_events()))
    trial.close()
    with insole.open(tmp_path / "b.h5") as opened:
        told = {each.kind: each for each in opened.readings}
    assert set(told) == {"acceleration", "gyroscope"}
    acceleration = told["acceleration"]
    assert acceleration.values.shape == (240, 3)
    assert acceleration.values[:, 2].tolist() == [1.0] * 240  # 2048 codes of 16 g
    assert acceleration.unit == "g"
    assert (np.abs(np.diff(acceleration.time_s) - 1 / 208) < 1.1e-3).all()


def test_files_of_before_and_files_that_were_cut_are_decoded(recorded, tmp_path):
    events = list(orphe_events())
    path = recorded("a.h5", events)
    want = heard_of(events)
    old = tmp_path / "old.h5"
    old.write_bytes(path.read_bytes())
    with h5py.File(old, "a") as file:
        del file["readings"]
    cut = tmp_path / "cut.h5"
    cut.write_bytes(path.read_bytes())
    with h5py.File(cut, "a") as file:
        file.attrs.modify("completed", np.bool_(False))
    for each in (path, old, cut):
        recording = open_recording(each)
        same(list(recording.readings()), want)
        recording.close()


def test_redecode_and_recover_write_them_again(recorded, tmp_path):
    events = list(orphe_events())
    path = recorded("a.h5", events)
    redecode(path, tmp_path / "r.h5")
    recover(path, tmp_path / "s.h5")
    for each in ("r.h5", "s.h5"):
        recording = open_recording(tmp_path / each)
        same(list(recording.readings()), heard_of(events))
        recording.close()
        assert validate(tmp_path / each) == []


def test_times_that_no_device_can_have_reached_are_left_out():
    good = readings(rows=100)
    tick_us = good.tick_us.copy()
    tick_us[[3, 50]] = -(1 << 62), 1 << 60
    hostile = replace(good, tick_us=tick_us)
    (told,) = timed([hostile], start=StartState(), sides={})
    assert len(told.time_s) == 98
    assert (np.diff(told.time_s) > 0).all()
    assert (
        timed([replace(good, tick_us=tick_us * 0 + (1 << 60))], start=StartState(), sides={}) == ()
    )


def test_info_names_them(recorded, capsys):
    from insole.cli import main

    path = recorded("a.h5", orphe_events())
    assert main(["info", str(path)]) == 0
    said = capsys.readouterr().out
    assert "acceleration" in said
    assert "208 Hz" in said


def test_a_device_with_ever_new_kinds_does_not_fill_the_file(recorded):
    told = [readings(f"kind {n}", rows=1) for n in range(beside.MOST_GROUPS + 50)]
    with h5py.File(recorded("a.h5", [], told)) as file:
        assert len(file["readings"]) == beside.MOST_GROUPS
        assert not file["readings"].attrs["complete"]


@pytest.mark.parametrize("damage", ["columns", "channels", "kind", "times"])
def test_a_damaged_group_is_named_and_never_read_as_if_it_were_sound(recorded, damage):
    path = recorded("a.h5", [], [readings()])
    with h5py.File(path, "a") as file:
        group = file["readings/0000"]
        if damage == "columns":
            group["tick_us"].resize((3,))
        elif damage == "channels":
            del group["channels"]
            group.create_dataset("channels", data=["x"], dtype=h5py.string_dtype())
        elif damage == "times":
            del group["tick_us"]
            group["tick_us"] = np.full(700, np.nan)
        else:
            del group["values"]
            group["values"] = np.array([["a", "b", "c"]] * 705, "S1")
    assert any("/readings/0000" in found.where for found in validate(path))
    recording = open_recording(path)
    with pytest.raises(DamagedFile, match="readings"):
        list(recording.readings())
    recording.close()
