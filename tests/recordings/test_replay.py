"""A file source gives exactly what was recorded, at any speed, and can move in time."""

from __future__ import annotations

import math
import threading
from dataclasses import asdict

import h5py
import pytest

from insole.errors import DamagedFile, FileError, RequestError, UnknownFormat
from insole.model.foot import Side
from insole.model.stream import Capability, Packet, Samples
from insole.model.trial import StartState, TrialNotes
from insole_recordings import replay as replay_module
from insole_recordings.hdf5 import open_recording
from insole_recordings.journal import JournalWriter, encode, journal_of
from insole_recordings.records import Kind, Record, record_of, to_json
from insole_recordings.replay import FileSource, file_source


class Collector:
    """A sink that remembers, and lets a test wait for what it needs."""

    def __init__(self, *, room: int | None = None) -> None:
        self.items: list = []
        self.room = room
        self.changed = threading.Condition()

    def __call__(self, item) -> None:
        with self.changed:
            self.changed.wait_for(lambda: self.room is None or len(self.items) < self.room, 10)
            self.items.append(item)
            self.changed.notify_all()

    def wait_for(self, count: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.items) >= count, 20)

    def open_up(self) -> None:
        with self.changed:
            self.room = None
            self.changed.notify_all()


class Imported:
    """A recording without packets, as importers give it."""

    path, format = "x.csv", "table"
    start, notes = StartState(origin_ns=0), TrialNotes()

    def __init__(self, items):
        self._items = items
        self.closed = False

    def events(self):
        return iter(())

    def decoded(self):
        return iter(self._items)

    def stored_document(self):
        return None

    def close(self):
        self.closed = True


@pytest.fixture
def path(tmp_path, events, record):
    return record(tmp_path / "a.h5", events)


@pytest.fixture
def played():
    """Makes sources and stops them at the end."""
    made: list[FileSource] = []

    def make(path, **keys):
        recording = open_recording(path) if not isinstance(path, Imported) else path
        made.append(FileSource(recording, **keys))
        return made[-1]

    yield make
    for source in made:
        source.stop()


def ended(source):
    with source._changed:
        assert source._changed.wait_for(lambda: source.finished, 20)


def test_as_fast_as_it_goes_gives_the_same_events(path, events, played):
    source, sink = played(path, speed=math.inf), Collector()
    source.start(sink)
    ended(source)
    assert sink.items == events
    assert source.error is None
    assert not source.realtime


def test_in_real_time_the_events_keep_their_own_arrival_times(path, events, played):
    source, sink = played(path, speed=20.0), Collector()
    source.start(sink)
    ended(source)
    assert sink.items == events


def test_a_sink_that_waits_holds_the_source(path, events, played):
    source, sink = played(path, speed=math.inf), Collector(room=10)
    source.start(sink)
    sink.wait_for(10)
    assert len(sink.items) == 10
    sink.open_up()
    ended(source)
    assert sink.items == events


def test_pause_step_and_resume(path, events, played):
    source, sink = played(path, speed=math.inf), Collector()
    source.pause()
    source.start(sink)
    source.step(3)
    sink.wait_for(3)
    assert source.paused
    assert sink.items == events[:3]
    source.step(2)
    sink.wait_for(5)
    assert sink.items == events[:5]
    source.resume()
    ended(source)
    assert sink.items == events


def test_a_step_does_not_wait_for_its_time(path, events, played):
    source, sink = played(path, speed=0.001), Collector()
    source.pause()
    source.start(sink)
    source.step(100)
    sink.wait_for(100)
    assert sink.items == events[:100]


@pytest.mark.parametrize("second", [0.0, 2.5, 4.0, 99.0])
def test_seek_gives_everything_before_and_playing_gives_everything_after(
    path, events, played, maker, second
):
    source, sink = played(path, speed=math.inf, hold=True), Collector()
    source.start(sink)
    sink.wait_for(len(events))
    before = list(source.seek(second))
    sink.items.clear()
    assert before == [e for e in events if e.arrival_ns <= maker.origin_ns + second * 1e9]
    assert source.generation == 1
    source.resume()
    sink.wait_for(len(events) - len(before))
    assert before + sink.items == events


class Unleafed:
    """A recording that has to be read from its start."""

    def __init__(self, recording) -> None:
        self.path, self.start = recording.path, recording.start
        self.events, self.close = recording.events, recording.close


@pytest.mark.parametrize("kind", ["packets", "from the start", "imported"])
def test_who_has_had_the_first_items_is_given_the_others(path, played, maker, kind):
    if kind == "imported":
        source = played(
            Imported([maker.capability(Side.LEFT), maker.truth(Side.LEFT, 300)]), hold=True
        )
    else:
        source = played(path, hold=True)
    if kind == "from the start":
        source.recording = Unleafed(source.recording)
    source.pause()
    source.start(Collector())
    whole = [repr(item) for item in source.seek(1e6)]
    for had in (1, 7, len(whole) - 1, len(whole)):
        assert [repr(item) for item in source.seek(1e6, after=had)] == whole[had:]
        assert source.taken == len(whole)
    first = list(source.seek(source.duration_s - 1.0))
    assert source.taken == len(first) < len(whole)


def test_seek_while_playing_parks_the_source(path, events, played):
    source, sink = played(path, speed=1.0), Collector()
    source.start(sink)
    sink.wait_for(1)
    sought = source.seek(3.0)
    sink.items.clear()
    first = next(sought)
    assert first == events[0]
    rest = list(sought)
    source.speed = math.inf
    ended(source)
    assert [first, *rest, *sink.items] == events


def test_position_and_duration_are_on_the_axis_of_the_pipeline(path, events, played, maker):
    source, sink = played(path, speed=math.inf), Collector()
    want = (events[-1].arrival_ns - maker.origin_ns) / 1e9
    assert source.duration_s == pytest.approx(want)
    assert source.position_s == 0
    source.start(sink)
    ended(source)
    assert source.position_s == pytest.approx(want)


def test_from_passes_the_beginning_at_once(path, events, played):
    source, sink = played(path, speed=0.001, from_s=3.0), Collector()
    source.start(sink)
    sink.wait_for(len(events) // 2 - 5)
    assert sink.items == events[: len(sink.items)]


def test_nothing_comes_after_stop(path, played):
    source, sink = played(path, speed=5.0), Collector()
    source.start(sink)
    sink.wait_for(3)
    source.stop()
    count = len(sink.items)
    assert source.finished
    source.stop()
    assert len(sink.items) == count


def test_at_the_end_it_can_hold_and_move_back(path, events, played):
    source, sink = played(path, speed=math.inf, hold=True), Collector()
    source.start(sink)
    sink.wait_for(len(events))
    assert not source.finished
    assert list(source.seek(1.0)) == [e for e in events if e.arrival_ns <= 1_001_000_000_000]


def test_a_killed_recording_is_played_from_its_journal(tmp_path, events, start, played):
    path = tmp_path / "b.h5"
    writer = JournalWriter(journal_of(path), force=False)
    head = Record(Kind.START, 0, to_json(asdict(start)))
    for number, record in enumerate([head, *map(record_of, events)]):
        writer.write(encode(record, number=number))
    writer.close(remove=False)
    source, sink = played(path, speed=math.inf), Collector()
    source.start(sink)
    ended(source)
    assert sink.items == events
    assert source.recording.start == start


def test_imported_files_go_out_in_slices_that_join_to_the_whole(maker, played):
    items = [maker.capability(Side.LEFT), maker.capability(Side.RIGHT)]
    items += [maker.truth(Side.LEFT, 500), maker.truth(Side.RIGHT, 450)]
    source, sink = played(Imported(items), speed=math.inf), Collector()
    source.start(sink)
    ended(source)
    times = [item.arrival_ns[0] for item in sink.items if isinstance(item, Samples)]
    assert times == sorted(times)
    assert {item.device for item in sink.items[:2]} == {"SN-left", "SN-right"}
    assert all(isinstance(item, Capability) for item in sink.items[:2])
    for side, rows in ((Side.LEFT, 500), (Side.RIGHT, 450)):
        got = maker.by_device(sink.items)[f"SN-{side}"]
        assert got.values.tobytes() == maker.truth(side, rows).values.tobytes()
        assert got.tick_us.tobytes() == maker.truth(side, rows).tick_us.tobytes()


def test_a_damaged_file_is_refused_in_words(tmp_path, path, played):
    whole = path.read_bytes()
    with h5py.File(path) as file:
        chunk = file["raw/bytes"].id.get_chunk_info(0)
    broken = bytearray(whole)
    for at in range(chunk.byte_offset + 20, chunk.byte_offset + chunk.size - 20):
        broken[at] ^= 0x55
    other = tmp_path / "broken.h5"
    other.write_bytes(broken)
    with pytest.raises(DamagedFile, match="insole recover"):
        played(other, speed=math.inf)


def test_damage_further_on_ends_the_replay_with_all_that_came_before(events, played):
    class Breaking(Imported):
        def events(self):
            yield from events[:50]
            raise DamagedFile("damaged", where="here", why="bits", fix="Mend it")

        def span_ns(self):
            return events[0].arrival_ns, events[-1].arrival_ns

    source, sink = played(Breaking([]), speed=math.inf), Collector()
    source.start(sink)
    ended(source)
    assert sink.items == events[:50]
    assert isinstance(source.error, DamagedFile)


def test_the_string_names_file_speed_and_place(path):
    source = file_source(f"file:{path}?speed=max&from=2")
    assert source.speed == math.inf
    assert source.path == path
    source.stop()
    source = file_source(str(path))
    assert source.speed == 1.0
    source.stop()


@pytest.mark.parametrize("query", ["speed=fast", "speed=0", "speed=-1", "speed=nan", "from=x"])
def test_wrong_keys_are_refused(path, query):
    with pytest.raises(RequestError):
        file_source(f"{path}?{query}")


def test_a_name_with_a_question_mark_is_a_name(tmp_path, events, record):
    path = record(tmp_path / "why?speed=3.h5", events)
    source = file_source(str(path))
    assert source.speed == 1.0
    source.stop()


def test_what_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(FileError):
        file_source(str(tmp_path / "none.h5"))
    (tmp_path / "a.bin").write_bytes(b"\0\1\2" * 100)
    with pytest.raises(UnknownFormat):
        file_source(str(tmp_path / "a.bin"))


def test_slices_are_short(maker, played):
    source, sink = (
        played(
            Imported([maker.capability(Side.LEFT), maker.truth(Side.LEFT, 300)]), speed=math.inf
        ),
        Collector(),
    )
    source.start(sink)
    ended(source)
    for item in sink.items:
        if isinstance(item, Samples):
            assert item.arrival_ns[-1] - item.arrival_ns[0] <= replay_module.SLICE_NS
    assert not any(isinstance(item, Packet) for item in sink.items)
