"""The driver through Linux's own Bluetooth: `pytest -m bluez_vm tests/system/bluez_vm`."""

from __future__ import annotations

import pytest

from tests.system.bluez_vm import machine

pytestmark = [pytest.mark.bluez_vm, pytest.mark.timeout(machine.LIMIT_S + 60)]


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    log = tmp_path_factory.mktemp("vm") / "console.txt"
    try:
        result = machine.run(log)
    except machine.CannotRun as why:
        pytest.skip(str(why))
    print(f"console: {log}")
    print(result)
    return result


def test_every_scene_was_played(seen):
    assert "error" not in seen


def test_two_insoles_are_found_and_stream(seen):
    assert seen["first_stream_s"] > 0
    assert seen["steps"] > 0


def test_no_notification_comes_twice_after_two_reconnects(seen):
    assert sorted(seen["connections"].values()) == [1, 3]
    assert seen["packets"] > 300
    assert seen["twice"] == 0


def test_the_mtu_is_the_one_that_was_agreed(seen):
    assert seen["mtu"] == [247]


def test_the_ledger_adds_up_and_only_the_dropped_foot_lost(seen):
    for side in seen["sides"].values():
        assert side["expected"] == side["received"] + side["recovered"] + side["lost"]
    assert seen["sides"]["left"]["lost"] > 100  # more than a second away, twice
    assert seen["sides"]["right"]["lost"] == 0


def test_goodbye_frees_both_insoles(seen):
    assert seen["hung_up"] < 30


def test_links_that_a_killed_program_left_are_taken_over(seen):
    assert seen["held_after_kill"] == 2
    assert seen["after_kill"] == "streaming"


def test_the_end_of_the_service_is_told_and_survived(seen):
    assert seen["service_words"]
    assert seen["service_back_s"] > 0
