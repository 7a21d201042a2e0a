"""`insole decode` and `insole protocols`: what is printed, what is refused."""

from __future__ import annotations

import argparse
import json
import runpy
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from insole.errors import InsoleError
from insole_drivers import commands_decode, commands_protocols

VECTORS = Path(__file__).with_name("vectors") / "open.json"


def decode(capsys, path, *options, protocol="open"):
    parser = argparse.ArgumentParser()
    commands_decode.add_arguments(parser)
    status = commands_decode.run(parser.parse_args([protocol, str(path), *options]))
    return status, capsys.readouterr().out


def test_every_vector_of_the_open_protocol_agrees(capsys):
    status, out = decode(capsys, VECTORS, "--check", "--json")
    check = json.loads(out)["check"]
    assert check["differences"] == []
    assert (status, check["agree"]) == (0, check["vectors"])
    assert check["vectors"] >= 14


def test_the_vectors_are_what_their_script_writes():
    made = runpy.run_path(str(VECTORS.with_name("make_open.py")))["vectors"]()
    assert json.loads(VECTORS.read_text()) == made


def test_a_difference_is_named_and_ends_with_1(capsys, tmp_path):
    vectors = json.loads(VECTORS.read_text())
    two = next(each for each in vectors if each["name"] == "two_samples_u16")
    two["expected"]["per_packet"][0]["samples"][1]["raw"][2] = 301
    path = tmp_path / "bent.json"
    path.write_text(json.dumps(vectors))
    status, out = decode(capsys, path, "--check")
    assert status == 1
    assert f"{len(vectors) - 1} of {len(vectors)} vectors agree" in out
    assert "two_samples_u16: per_packet[0].samples[1].raw[2] is 300, expected is 301" in out


def test_without_check_a_difference_is_no_failure(capsys, tmp_path):
    path = tmp_path / "plain.json"
    path.write_text(json.dumps([{"packets_hex": ["9901"]}]))
    status, out = decode(capsys, path)
    assert status == 0
    assert "unknown_type" in out


def test_a_file_that_expects_nothing_cannot_be_checked(capsys, tmp_path):
    path = tmp_path / "plain.json"
    path.write_text(json.dumps({"packets_hex": []}))
    status, out = decode(capsys, path, "--check")
    assert status == 1
    assert "nothing is expected" in out


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "3",
        "null",
        '["a"]',
        "[" * 100_000,
        '[{"packets_hex": 3}]',
        "[{}]",
        '[{"packets_hex": [3]}]',
        '[{"packets_hex": [{"hex": "0g"}]}]',
        '[{"packets_hex": [{"hex": 7}]}]',
        '[{"packets_hex": [{"hex": "00", "arrival_ms": "soon"}]}]',
        '[{"packets_hex": [{"hex": "00", "arrival_ms": NaN}]}]',
        '[{"packets_hex": [{"hex": "00", "arrival_ms": 1e300}]}]',
        '[{"packets_hex": [{"hex": "00", "characteristic": 4}]}]',
        '[{"packets_hex": [{"event": "exploded"}]}]',
        '[{"name": 3, "packets_hex": []}]',
        '[{"config": [1], "packets_hex": []}]',
        '[{"packets_hex": [], "expected": [1]}]',
        '[{"packets_hex": [], "expected": {"per_packet": 1}}]',
    ],
)
def test_what_is_no_capture_is_refused_in_one_line(capsys, tmp_path, content):
    path = tmp_path / "bad.json"
    path.write_text(content)
    with pytest.raises(InsoleError) as caught:
        decode(capsys, path)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_status == 2


def test_a_missing_file_a_directory_and_an_unknown_protocol_are_refused(capsys, tmp_path):
    for path, protocol in ((tmp_path / "no.json", "open"), (tmp_path, "open"), (VECTORS, "closed")):
        with pytest.raises(InsoleError) as caught:
            decode(capsys, path, protocol=protocol)
        assert caught.value.exit_status == 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=8),
    lambda x: (
        st.lists(x, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["packets_hex", "hex", "config", "expected", "per_packet", "name", "event"]
            ),
            x,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(content=JSON)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_json_is_answered_or_refused(capsys, tmp_path, content):
    path = tmp_path / "any.json"
    path.write_text(json.dumps(content))
    try:
        status, _ = decode(capsys, path, "--check", "--json")
    except InsoleError as refused:
        status = refused.exit_status
    assert status in (0, 1, 2)


def test_protocols_lists_the_open_one(capsys):
    parser = argparse.ArgumentParser()
    commands_protocols.add_arguments(parser)
    assert commands_protocols.run(parser.parse_args(["--json"])) == 0
    listed = json.loads(capsys.readouterr().out)["protocols"]
    assert "open" in [each["name"] for each in listed]
    assert commands_protocols.run(parser.parse_args([])) == 0
    assert "Open Insole Stream" in capsys.readouterr().out
