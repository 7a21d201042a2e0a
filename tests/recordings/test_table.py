"""Generic tables: every honest file reads right, every other one ends in one line."""

import contextlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from insole import layouts
from insole.errors import FileError, InsoleError, LayoutError, RequestError
from insole.model.foot import Side
from insole.model.stream import Capability, Frames, Samples
from insole.signal.calibrate import LoadStage
from insole_recordings.importers.table import IMPORTER
from insole_recordings.importers.time_grid import from_times

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "virtual-insole"
TRIPOD = """
name = "tripod"
kind = "force"
quantity = "N"
unit = "N"
xy = [[0.6, 0.15], [0.16, 0.72], [0.86, 0.62]]
labels = ["HEEL", "M1", "M45"]
"""


@pytest.fixture
def table(tmp_path):
    """Writes a table and reads it: `table(text, **options)`."""

    def read(text, name="run.csv", side_car=None, **options):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        if side_car is not None:
            (tmp_path / f"{path.stem}.layout.toml").write_text(side_car)
        return feet(IMPORTER.open(path, options))

    return read


def feet(recording):
    """Side to (capability, samples)."""
    items = list(recording.decoded())
    found = {i.side: [i] for i in items if isinstance(i, Capability)}
    for item in items:
        if isinstance(item, Samples):
            found[Side(item.device)].append(item)
    assert list(recording.events()) == []
    assert recording.stored_document() is None
    return {side: tuple(pair) for side, pair in found.items()}


def rows(count, rate=100.0, feet="LR"):
    head = "t," + ",".join(f"{foot}1" for foot in feet)
    body = [f"{k / rate:.5f}," + ",".join(str(k + 1) for _ in feet) for k in range(count)]
    return "\n".join([head, *body]) + "\n"


@pytest.mark.parametrize(
    "text",
    [
        "t,L1,R1\n0.00,1,4\n0.01,2,5\n0.02,3,6\n",
        "t\tL1\tR1\r\n0.00\t1\t4\r\n0.01\t2\t5\r\n0.02\t3\t6\r\n",
        "t;L1;R1\n0.00;1;4\n0.01;2;5\n0.02;3;6",
        "\ufefft,L1,R1\n0.00,1,4\n0.01,2,5\n0.02,3,6\n",
        '"t","L1","R1"\n"0.00","1","4"\n"0.01","2","5"\n"0.02","3","6"\n',
        "t, L1, R1\n 0.00, 1, 4\n\n0.01, 2 ,5\n0.02,3,6\n\n\n",
        "\n\nt,L1,R1,\n0.00,1,4,\n0.01,2,5,\n0.02,3,6,\n",
        "R1,note,t,L1\n4,left out,0.00,1\n5,,0.01,2\n6,x,0.02,3\n",
        "t,L1,R1\r0.00,1,4\r0.01,2,5\r0.02,3,6\r",
        "T,l1,r1\n0.00,1e0,4.\n0.01,+2,5\n0.02,3,6\n",
    ],
)
def test_every_dialect_reads_the_same(table, text):
    got = table(text)
    for side, values in ((Side.LEFT, [1, 2, 3]), (Side.RIGHT, [4, 5, 6])):
        capability, samples = got[side]
        assert samples.values[:, 0].tolist() == values
        assert samples.tick_us.tolist() == [0, 10_000, 20_000]
        assert (samples.arrival_ns == samples.tick_us * 1000).all()
        assert samples.sequence.tolist() == [0, 1, 2]
        assert capability.rate_hz == 100.0
        assert (capability.quantity, capability.layout.name) == ("N", "total")
        assert (capability.scale, capability.offset) == (1.0, 0.0)


def test_an_empty_cell_is_a_missing_sample_of_that_foot_and_never_zero(table):
    text = "t,L1,R1\n0.00,1,4\n0.01,,5\n0.02,3,\n0.03,nan,7\n0.04,5,8\n"
    got = table(text)
    assert got[Side.LEFT][1].sequence.tolist() == [0, 2, 4]
    assert got[Side.LEFT][1].values.ravel().tolist() == [1.0, 3.0, 5.0]
    assert got[Side.RIGHT][1].sequence.tolist() == [0, 1, 3, 4]
    assert got[Side.RIGHT][1].tick_us.tolist() == [0, 10_000, 30_000, 40_000]


def test_one_empty_cell_of_many_sensors_takes_the_row_from_its_foot_only(table):
    text = "t,L1,L2,L3,R1,R2,R3\n0.00,1,2,3,4,5,6\n0.01,1,,3,4,5,6\n0.02,1,2,3,4,5,6\n"
    got = table(text, side_car=TRIPOD)
    assert got[Side.LEFT][1].sequence.tolist() == [0, 2]
    assert got[Side.RIGHT][1].sequence.tolist() == [0, 1, 2]


def test_rows_that_are_left_out_leave_numbers_out(table):
    lines = rows(100).splitlines(keepends=True)
    text = "".join(line for k, line in enumerate(lines) if k - 1 not in (17, 18, 50))
    sequence = table(text)[Side.LEFT][1].sequence
    assert sorted(set(range(100)) - set(sequence.tolist())) == [17, 18, 50]


def test_without_a_time_column_the_rate_gives_the_grid_and_blank_lines_are_missing(table):
    got = table("L1\n1\n\n3\n4\n", rate=200)
    capability, samples = got[Side.LEFT]
    assert capability.rate_hz == 200.0
    assert samples.sequence.tolist() == [0, 2, 3]
    assert samples.tick_us.tolist() == [0, 10_000, 15_000]
    assert Side.RIGHT not in got


def test_a_foot_without_any_sample_is_left_out(table):
    assert list(table("t,L1,R1\n0.00,1,\n0.01,2,\n")) == [Side.LEFT]


@pytest.mark.parametrize(
    ("rate", "decimals"),
    [(300, 5), (300, 3), (75, 3), (62.5, 4), (31.25, 5), (100, 2), (500, 3), (208, 4), (120, 3)],
)
@pytest.mark.parametrize("start", [0.0, 0.013, 86_400.0])
def test_rounded_times_give_the_true_rate_and_the_true_instants(rate, decimals, start):
    true = start + np.arange(9000) / rate
    grid = from_times(np.round(true, decimals))
    assert grid.rate_hz == pytest.approx(rate, rel=1e-9)
    assert np.array_equal(grid.sequence, np.arange(9000))
    half = 0.5 * 10.0**-decimals * 1e6 + 1
    assert np.abs(grid.tick_us - true * 1e6).max() <= half
    assert np.ptp(np.diff(grid.tick_us)) <= 1  # even, as the rounded times are not


@settings(deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    share=st.floats(0.0, 0.3),
    rate=st.sampled_from([75.0, 100.0, 300.0]),
    gap=st.integers(0, 3000),
)
def test_missing_rows_hide_no_rate(seed, share, rate, gap):
    random = np.random.default_rng(seed)
    kept = np.flatnonzero(random.random(4000) >= share)
    kept = kept[(kept < 500) | (kept >= 500 + gap)]
    grid = from_times(np.round(kept / rate, 3))
    assert grid.rate_hz == pytest.approx(rate, rel=1e-6)
    assert np.array_equal(grid.sequence, kept - kept[0])


def test_times_with_jitter_of_their_own_are_kept():
    random = np.random.default_rng(2)
    time = np.arange(1000) / 100.0 + random.uniform(-0.002, 0.002, 1000)
    grid = from_times(time)
    assert np.abs(grid.tick_us - time * 1e6).max() <= 0.5
    assert grid.rate_hz == pytest.approx(100.0, rel=1e-3)
    assert np.array_equal(grid.sequence, np.arange(1000))


def test_body_mass_and_identity_clock_stand_in_the_start_state(tmp_path):
    path = tmp_path / "late.csv"
    path.write_text("t,L1,R1\n5.00,,4\n5.01,1,5\n5.02,2,6\n")
    recording = IMPORTER.open(path, {"mass": 68})
    assert recording.start.mass_kg == 68.0
    assert recording.start.origin_ns == 5_000_000_000
    assert [(c.device, c.offset_us, c.skew_ppm) for c in recording.start.clocks] == [
        ("left", 0.0, 0.0),
        ("right", 0.0, 0.0),
    ]
    assert (recording.format, recording.path) == ("table", path)
    recording.close()
    assert list(recording.decoded()) == []


def test_side_car_options_and_units_say_what_the_numbers_mean(table, tmp_path):
    text = "t,L1,L2,L3\n0.00,1,2,3\n0.01,1,2,3\n"
    capability, _ = table(text, side_car=TRIPOD)[Side.LEFT]
    assert (capability.layout.name, capability.quantity) == ("tripod", "N")
    capability, _ = table(text, side_car=TRIPOD, quantity="counts")[Side.LEFT]
    assert capability.quantity == "counts"
    pressure = TRIPOD.replace("force", "discrete").replace('"N"', '"kPa"', 1)
    pressure = pressure.replace('unit = "N"', 'unit = "N/cm2"\nfull_scale = 80')
    capability, samples = table(text, side_car=pressure)[Side.LEFT]
    assert capability.scale == 10.0
    assert capability.layout.full_scale == 800.0
    assert samples.values[0].tolist() == [1.0, 2.0, 3.0]
    head = "t," + ",".join(f"L{k}" for k in range(1, 17))
    wide = head + "\n0.00" + ",1" * 16 + "\n0.01" + ",1" * 16 + "\n"
    path = tmp_path / "wide.csv"
    path.write_text(wide)
    for layout in ("generic16", layouts.load("generic16")):
        found = feet(IMPORTER.open(path, {"layout": layout}))
        assert found[Side.LEFT][0].layout.sensors == 16
        assert found[Side.LEFT][0].quantity == "kPa"


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        (b"", FileError, ["empty"]),
        (b"\n\n  \n", FileError, ["empty"]),
        (b"t,L1\n", FileError, ["no samples"]),
        (b"t,L1\n\n\n", FileError, ["no samples"]),
        (b"t,L1\n0.0,\n0.01,\n", FileError, ["no samples"]),
        (b"0.0,1\n0.1,2\n", FileError, ["no header"]),
        (b"t,speed\n0,1\n", FileError, ["no sensors", "speed"]),
        (b"t,L1,L1\n0,1,2\n", FileError, ["L1", "twice"]),
        (b"t,time,L1\n0,1,2\n", FileError, ["time", "twice"]),
        (b"t,L1,L3\n0,1,2\n", FileError, ["L2", "missing"]),
        (b"t,L1\n0.00,1\n0.01,abc\n", FileError, ["line 3", "column L1", "abc"]),
        (b"t,L1\n0.00,1\n\n0.01,abc\n", FileError, ["line 4", "column L1"]),
        (b"t,L1\n0.00,1\n0.01,inf\n", FileError, ["line 3", "column L1"]),
        (b"t,L1\n0.00,1\n0.01,1e300\n", FileError, ["line 3", "column L1"]),
        (b"t,L1\n0.00,1\n0.01,1_000\n", FileError, ["line 3", "1_000"]),
        (b"t;L1\n0,00;1\n0,01;2\n", FileError, ["line 2", "0,00", "decimal point"]),
        (b"t,L1,R1\n0.00,1,2\n0.01,1\n", FileError, ["line 3", "2 cells", "3 names"]),
        (b"t,L1,R1\n0.00,1,2\n0.01,1,2,3\n", FileError, ["line 3", "4 cells"]),
        (b"t,L1,R1\n0.00,1\n0.01,1,2,3\n", FileError, ["line 2", "2 cells"]),
        (b"t,L1\n0.00,1\n,2\n", FileError, ["line 3", "column t"]),
        (b"t,L1\n0.00,1\nnan,2\n", FileError, ["line 3", "column t"]),
        (b"t,L1\n0.00,1\n0.00,2\n", FileError, ["line 3", "does not increase"]),
        (b"t,L1\n0.00,1\n1e-320,2\n", FileError, ["line 3", "does not increase"]),
        (b"t,L1\n0.02,1\n0.01,2\n", FileError, ["line 3", "0.01", "0.02"]),
        (b"t,L1\n0,1\n10,2\n20,3\n", FileError, ["0.1 Hz", "seconds"]),
        (b"t,L1\n0,1\n0.00001,2\n", FileError, ["Hz"]),
        (b"t,L1\n0,1\n", RequestError, ["--rate"]),
        (b"L1\n1\n2\n", RequestError, ["--rate"]),
        (b"t,L1,L2\n0,1,2\n1,1,2\n", LayoutError, ["run.layout.toml", "--layout"]),
        (b"t,L1\n\x00\x01\x02,\xff\n", FileError, ["line 2"]),
        (b"\x89HDF\r\n\x1a\n\x00\x00", FileError, ["run.csv"]),
        (b"t,L1\n" + b"1" * (2 << 20), FileError, ["longer"]),
        (b"t,L1," + b"x" * (2 << 20), FileError, ["run.csv"]),
        (b"t,L1,\xe4\n0,1,2\n", RequestError, ["--rate"]),
        (b'"t,L1\n0,1\n0.1,2\n', FileError, ["run.csv"]),
        (b"," * 5000 + b"L1\n", FileError, ["run.csv"]),
        (b"\n" * 3_000_000, FileError, ["empty"]),
    ],
)
def test_what_is_no_table_ends_in_one_line_that_says_where(table, text, error, words):
    with pytest.raises(error) as caught:
        table(text)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 500
    for word in words:
        assert word in message


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"rate": 0}, ["rate 0", "5"]),
        ({"rate": "fast"}, ["rate fast"]),
        ({"rate": -100}, ["rate"]),
        ({"rate": float("nan")}, ["rate"]),
        ({"mass": 0}, ["mass 0", "kg"]),
        ({"mass": 900}, ["mass 900"]),
        ({"mass": "x" * 500}, ["mass"]),
        ({"quantity": "bar"}, ["bar", "kPa"]),
        ({"rate": 200}, ["200 Hz", "100"]),
        ({"layout": "nowhere"}, ["nowhere", "generic16"]),
        ({"layout": "generic16"}, ["1 columns", "16 sensors"]),
        ({"quantity": "kPa"}, ["layout"]),
        ({"layout": "total", "quantity": "kPa"}, ["kPa"]),
    ],
)
def test_options_that_cannot_be_are_refused(table, options, words):
    with pytest.raises(RequestError) as caught:
        table(rows(5), **options)
    for word in words:
        assert word in str(caught.value)


def test_feet_with_different_numbers_of_sensors_are_refused(table):
    with pytest.raises(LayoutError, match="right"):
        table("t,L1,L2,L3,R1\n0,1,1,1,1\n0.01,1,1,1,1\n", side_car=TRIPOD)


def test_a_broken_side_car_is_named(table):
    with pytest.raises(LayoutError, match=r"run\.layout\.toml"):
        table(rows(3), side_car="name = ")


def test_a_table_without_end_is_refused_before_it_fills_the_memory(table, monkeypatch):
    from insole_recordings.importers import table_text

    monkeypatch.setattr(table_text, "MOST_CELLS", 3000)
    monkeypatch.setattr(table_text, "BLOCK_CHARS", 10_000)
    assert len(table(rows(900))[Side.LEFT][1].sequence) == 900
    with pytest.raises(FileError, match="too large"):
        table(rows(2000))


def test_folders_missing_files_and_pipes_are_refused(tmp_path):
    with pytest.raises(FileError, match="folder"):
        IMPORTER.open(tmp_path, {})
    with pytest.raises(FileError, match="No such file"):
        IMPORTER.open(tmp_path / "none.csv", {})
    null = Path("/dev/null")
    if null.exists():
        with pytest.raises(FileError, match="not an ordinary file"):
            IMPORTER.open(null, {})


def test_tables_are_told_by_name_or_header():
    assert IMPORTER.sniff(Path("a.csv"), b"anything")
    assert IMPORTER.sniff(Path("a.txt"), b"t\tL1\tR1\r\n0\t1\t2\r\n")
    assert not IMPORTER.sniff(Path("a.txt"), b"Dear reader, this is a letter\n")
    assert not IMPORTER.sniff(Path("a.csv"), b"\x89HDF\r\n\x1a\n\x00\x00")
    assert not IMPORTER.sniff(Path("a.bin"), bytes(range(1, 256)) * 16)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=300), glued=st.booleans())
def test_any_bytes_are_a_table_or_an_error_in_words(table, data, glued):
    with contextlib.suppress(InsoleError):
        table(b"t,L1,R1\n0,1,2\n0.01,1,2\n" + data if glued else data)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cells=st.lists(
        st.lists(
            st.sampled_from(["1", "-2.5", "", "nan", " 3", "4 ", '"5"', "1e3", "x", "0x1F", ".5"]),
            min_size=2,
            max_size=2,
        ),
        min_size=1,
        max_size=8,
    )
)
def test_the_fast_reader_and_the_exact_one_agree(table, cells, monkeypatch):
    from insole_recordings.importers import table_text

    text = "L1,R1\n" + "".join(",".join(row) + "\n" for row in cells)

    def outcome():
        try:
            return {
                side: (samples.sequence.tolist(), samples.values.tolist())
                for side, (_, samples) in table(text, rate=100).items()
            }
        except InsoleError as error:
            return str(error)

    fast = outcome()
    with monkeypatch.context() as patch:
        patch.setattr(table_text, "_fast", lambda *_: None)
        assert outcome() == fast


def test_cutting_a_table_into_blocks_changes_nothing(table, monkeypatch):
    from insole_recordings.importers import table_text

    text = rows(200).replace("17,17", "17,").replace("90,90", ",90")
    whole = table(text)
    for chars in (7, 64, 1000):
        monkeypatch.setattr(table_text, "BLOCK_CHARS", chars)
        for side, (_, samples) in table(text).items():
            assert np.array_equal(samples.values, whole[side][1].values)
            assert np.array_equal(samples.tick_us, whole[side][1].tick_us)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared recordings are not beside the project")
@pytest.mark.parametrize(
    ("name", "rate"), [("rbds001_25_tripod_300hz", 300.0), ("alcantara_333_tripod_500hz", 500.0)]
)
def test_a_real_run_keeps_its_rate_and_its_totals(table, name, rate):
    source = (SHARED / f"{name}.csv").read_text()
    head, body = source.split("\n", 1)
    for foot in "LR":
        for number, region in enumerate(("heel", "met1", "met5"), start=1):
            head = head.replace(f"{foot}_{region}_N", f"{foot}{number}")
    got = table(head.replace("t_s", "t") + "\n" + body, name="real.csv", side_car=TRIPOD)
    columns = np.genfromtxt(SHARED / f"{name}.csv", delimiter=",", skip_header=1)
    for side, first in ((Side.LEFT, 1), (Side.RIGHT, 4)):
        capability, samples = got[side]
        assert capability.rate_hz == rate
        assert len(samples.sequence) == len(columns)
        load = LoadStage(capability).push(
            Frames(samples.tick_us / 1e6, samples.values, samples.flags, samples.arrival_ns)
        )
        assert load.total_n == pytest.approx(columns[:, first : first + 3].sum(axis=1), abs=1e-9)
