"""Other programs hear a session over OSC and LSL, on this computer, and set markers in it."""

from __future__ import annotations

import json
import math
import socket
import time
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.osc_packet import OscPacket

import insole
from insole.api import live_session, open_recording, replay_session
from insole.cli import main
from insole.errors import RequestError
from insole.live import streaming
from insole.model.stream import Connected, Mark, Packet, Readings
from insole_drivers.protocols import channels
from insole_drivers.streams import osc

EMG = "lsl bench emg"
SPEC = "virtual:run?seconds=6&seed=4"


@pytest.fixture
def port():
    """A port that nobody uses."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind(("127.0.0.1", 0))
        return made.getsockname()[1]


@pytest.fixture
def hearing():
    """A socket that another program would listen on."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind(("127.0.0.1", 0))
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        made.settimeout(0.2)
        yield made


def drained(made):
    said = []
    while True:
        try:
            packet = OscPacket(made.recv(65_536))
        except TimeoutError:
            return said
        said += [(each.message.address, each.message.params) for each in packet.messages]


@dataclass
class Session:
    """Stands for one: keeps what streams put into it."""

    put_events: list = field(default_factory=list)

    def around(self):
        return streaming.Around(lambda _: None, lambda t: t, self.put_events.append)


# --- what is asked for ---


@pytest.mark.parametrize(
    ("spec", "word"),
    [
        ("", "NAME"),
        (":x", "NAME"),
        ("osc?a=1&a=2", "NAME"),
        ("nothing", "installed are"),
        ("osc:no.where.invalid:9000", "cannot find"),
        ("osc:127.0.0.1:99999", "no port"),
        ("osc?listen=no", "no port"),
        ("osc?loud=1", "no option"),
        ("lsl:over-there", "no addresses"),
        ("lsl?loud=1", "no option"),
    ],
)
def test_a_stream_that_cannot_be_is_refused_before_anything_begins(capsys, spec, word):
    assert main(["demo", "--headless", "--seconds", "1", "--stream", spec]) == 2
    said = capsys.readouterr().err
    assert word in said
    assert "Traceback" not in said


def test_a_refused_stream_leaves_no_file_behind(tmp_path):
    file = tmp_path / "none.h5"
    with pytest.raises(RequestError):
        live_session("virtual:run", record_to=file, streams=["osc", "osc:127.0.0.1:99999"])
    assert list(tmp_path.iterdir()) == []


# --- OSC ---


def test_osc_tells_load_and_every_finished_step(hearing):
    target = f"osc:127.0.0.1:{hearing.getsockname()[1]}"
    session = live_session(SPEC, streams=[target])
    session.start()
    assert session.wait(30)
    document = session.close().to_dict()
    said = drained(hearing)
    for side in ("left", "right"):
        steps = [values for address, values in said if address == f"/insole/{side}/step"]
        wanted = [each for each in document["steps"] if each["side"] == side]
        assert len(wanted) > 5
        told = [each for each in wanted if each["po50_N_s"] is not None]
        since = steps[0][0] - told[0]["foot_strike_s"]  # the document begins at the first sample
        for row, each in zip(steps, told, strict=True):
            wanted = [each["foot_strike_s"] + since, each["toe_off_s"] + since, each["contact_s"]]
            assert row[:5] == pytest.approx([*wanted, each["impulse_N_s"], each["po50_N_s"]])
        assert [bool(row[5]) for row in steps] == [each["valid"] for each in told]
        loads = [values for address, values in said if address == f"/insole/{side}/load"]
        assert len(loads) > 20
        assert all(a[0] < b[0] for a, b in pairwise(loads))
        assert max(values[1] for values in loads) > 500
    assert all(math.isfinite(value) for _, values in said for value in values)


def test_a_marker_over_osc_is_in_the_recording(tmp_path, port):
    file = tmp_path / "marked.h5"
    session = live_session(
        "virtual:stand?seconds=3", record_to=file, streams=[f"osc?listen={port}"]
    )
    message = OscMessageBuilder("/insole/mark")
    message.add_arg("big toe\ndown")
    session.start()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.sendto(b"\0nonsense", ("127.0.0.1", port))
        other.sendto(message.build().dgram, ("127.0.0.1", port))
        assert session.wait(30)
    session.close()
    recording = open_recording(file)
    marks = [event.text for event in recording.events() if isinstance(event, Mark)]
    recording.close()
    assert marks == ["big toe down"]


def test_a_port_that_is_taken_is_told(port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", port))
        with pytest.raises(RequestError, match=f"cannot listen on port {port}"):
            live_session("virtual:run", streams=[f"osc?listen={port}"])


@given(st.binary(max_size=300))
def test_any_bytes_over_osc_are_markers_or_nothing(packet):
    for text in osc.marks(packet):
        assert text.isprintable()
        assert 0 < len(text) <= osc.MOST_TEXT


# --- a stream that fails ---


def test_a_stream_that_fails_is_dropped_with_a_marker_and_the_session_goes_on():
    class Failing:
        closed = 0

        def push(self, _):
            raise OSError("the cable is out")

        def close(self):
            Failing.closed += 1
            raise OSError("again")

    session = Session()
    streams = streaming.Streams()
    streams.add((), around=session.around())
    streams._open["failing"] = Failing()
    heard = []
    both = streams.beside(heard.append)
    both([])
    both([])
    assert heard == [[], []]
    assert Failing.closed == 1
    (mark,) = session.put_events
    assert mark.text == "stream failing ended: OSError: the cable is out"


# --- channels of another program ---


def test_rows_of_another_program_come_out_as_they_went_in():
    decoder = channels.Channels().decoder("lsl emg")
    told = b'{"kind": "emg", "channels": ["a", "b"]}'
    decoder.feed(Connected("lsl emg", 0, "channels", "lsl", "emg", 0))
    decoder.feed(Packet("lsl emg", channels.TOLD, 1, told))
    payload = channels.row_bytes(123_456, [1.5, -math.pi])
    (said,) = decoder.feed(Packet("lsl emg", channels.CHANNEL, 7, payload))
    assert isinstance(said, Readings)
    assert (said.kind, said.channels) == ("emg", ("a", "b"))
    assert said.tick_us.tolist() == [123_456]
    assert said.values.tolist() == [[1.5, -math.pi]]


@given(
    st.binary(max_size=200)
    | st.lists(st.text()).map(lambda x: json.dumps({"channels": x}).encode()),
    st.binary(max_size=100),
)
def test_any_description_and_row_are_readings_or_a_notice(told, payload):
    decoder = channels.Channels().decoder("x")
    decoder.feed(Packet("x", channels.TOLD, 1, told))
    (said,) = decoder.feed(Packet("x", channels.CHANNEL, 7, payload))
    assert isinstance(said, Readings) or said.kind == "truncated"


def test_channels_cannot_be_simulated(capsys):
    assert main(["demo", "--headless", "--seconds", "1", "--protocol", "channels"]) == 2
    assert "lsl?channels=NAME" in capsys.readouterr().err


# --- LSL ---


@pytest.fixture(scope="module")
def lsl():
    from insole_drivers.streams.lsl import _stay_here

    _stay_here()
    return pytest.importorskip(
        "pylsl", reason="LSL's library cannot be loaded here", exc_type=Exception
    )


def inlet_of(lsl, name):
    until = time.monotonic() + 15
    while time.monotonic() < until:
        found = lsl.resolve_byprop("name", name, 1, 1.0)
        if found:
            return lsl.StreamInlet(found[0])
    raise AssertionError(f"{name} never appeared")


def test_lsl_carries_every_row_with_its_time_and_names(lsl, tmp_path):
    file = tmp_path / "run.h5"
    session = live_session(SPEC, record_to=file, streams=["lsl"])
    session.start()
    foot, told = inlet_of(lsl, "insole left"), inlet_of(lsl, "insole events")
    info = foot.info()
    rows, stamps, names = [], [], []
    while not session.finished:
        more, at = foot.pull_chunk(0.1)
        rows += more
        stamps += at
        names += [sample[0] for sample in told.pull_chunk(0.0)[0]]
    session.close()
    assert info.nominal_srate() == 100.0
    label = info.desc().child("channels").child("channel")
    labels = []
    while label.name():
        labels.append((label.child_value("label"), label.child_value("unit")))
        label = label.next_sibling()
    assert len(labels) == info.channel_count() == 3 + 7 + 16
    assert labels[0] == ("force", "N")
    assert labels[-1] == ("sensor 16", "kPa")
    assert len(rows) > 200
    assert np.allclose(np.diff(stamps), 0.01, atol=2e-3)
    assert abs(stamps[-1] - time.monotonic()) < 30
    with insole.open(file) as trial:
        force = np.asarray(trial.left.total_n, dtype=np.float32)
    heard = np.array(rows, dtype=np.float32)[:, 0]
    windows = np.lib.stride_tricks.sliding_window_view(force, len(heard))
    assert (windows == heard).all(axis=1).any()
    assert {"left foot_strike", "left toe_off", "right foot_strike"} <= set(names)


def test_markers_and_channels_of_another_program_are_recorded(lsl, tmp_path):
    file = tmp_path / "both.h5"
    marks = lsl.StreamOutlet(lsl.StreamInfo("bench marks", "Markers", 1, 0, "string", "m"))
    emg_info = lsl.StreamInfo("bench emg", "EMG", 2, 50, "float32", "e")
    emg = lsl.StreamOutlet(emg_info)
    session = live_session(
        "virtual:stand?seconds=8",
        record_to=file,
        streams=["lsl?markers=bench marks&channels=bench emg"],
    )
    session.start()
    assert marks.wait_for_consumers(15)
    assert emg.wait_for_consumers(15)
    sent = lsl.local_clock()
    marks.push_sample(["left\x07 heel"], sent)
    for number in range(50):
        emg.push_sample([number, -number], sent + number * 0.02)
    assert session.wait(30)
    document = session.close().to_dict()
    recording = open_recording(file)
    events = list(recording.events())
    recording.close()
    (mark,) = [event for event in events if isinstance(event, Mark)]
    assert mark.text.endswith("heel")
    assert mark.text.isprintable()
    assert abs(mark.arrival_ns * 1e-9 - sent) < 0.05
    packets = [event for event in events if isinstance(event, Packet)]
    rows = [each for each in packets if (each.device, each.channel) == (EMG, channels.CHANNEL)]
    assert len(rows) == 50
    values = [channels.struct.unpack("<qdd", row.payload) for row in rows]
    assert [value[1:] for value in values] == [(float(n), float(-n)) for n in range(50)]
    assert abs(values[0][0] * 1e-6 - sent) < 0.05
    again = replay_session(file, speed=math.inf)
    again.start()
    assert again.wait(60)
    result = again.close().to_dict()
    assert result["provenance"]["result_sha256"] == document["provenance"]["result_sha256"]
