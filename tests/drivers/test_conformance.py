"""The kit passes the open protocol, and fails broken drivers in what they break, and there only."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from insole.cli import main
from insole.errors import RequestError
from insole.model.foot import Side
from insole.model.stream import Capability, Connected, Info, Notice, Packet, Samples
from insole_drivers.conformance.kit import ITEMS, check
from insole_drivers.conformance.truth import Rows, key
from insole_drivers.protocols.open import PROTOCOL
from insole_drivers.virtual import fast


class Broken:
    """The open driver with a decoder whose words are bent; everything else is as it was."""

    def __init__(self, bend=None, **changes):
        self._bend = bend
        self._changes = changes

    def __getattr__(self, name):
        return getattr(PROTOCOL, name)

    def match(self, advert):
        found = PROTOCOL.match(advert)
        return replace(found, **self._changes) if found is not None else None

    def decoder(self, device):
        decoder, bend = PROTOCOL.decoder(device), self._bend
        state: dict[str, object] = {}

        def feed(event):
            said = decoder.feed(event)
            return said if bend is None else bend(event, said, state)

        return SimpleNamespace(feed=feed)


def samples(change):
    def bend(_, said, state):
        return [change(x, state) if isinstance(x, Samples) else x for x in said]

    return bend


def renumbered(block, state):
    """Counts what comes instead of reading the counter: losses vanish."""
    first = state.get("next", 0)
    state["next"] = first + len(block.sequence)
    return replace(block, sequence=np.arange(first, state["next"]))


def unwrapped_not(block, _):
    return replace(block, tick_us=block.tick_us % 65_536_000)


def one_code_off(block, _):
    values = block.values.copy()
    values[:, -1] += 1
    return replace(block, values=values)


def never_anew(block, _):
    return replace(block, segment=0)


def nominal_times(block, _):
    """Believes the host's clock instead of the device's."""
    return replace(block, tick_us=block.arrival_ns // 1000)


def raising(event, said, _):
    if isinstance(event, Packet) and len(event.payload) == 17:
        raise IndexError("index out of range")
    return said


def leaking(event, said, state):
    if isinstance(event, Packet):
        state.setdefault("kept", []).append(bytearray(event.payload))
    return said


def silent(*kinds):
    def bend(_, said, __):
        return [x for x in said if not isinstance(x, kinds)]

    return bend


def left_always(_, said, __):
    return [replace(x, side=Side.LEFT) if isinstance(x, Capability) else x for x in said]


def inventing(_, said, state):
    """Repeats the last sample, changed, for every packet that is refused."""
    for x in said:
        if isinstance(x, Samples):
            state["last"] = x
    if any(isinstance(x, Notice) for x in said) and "last" in state:
        last = state["last"]
        state["last"] = replace(last, sequence=last.sequence + len(last.sequence))
        return [*said, one_code_off(state["last"], state)]
    return said


def failed(driver, items=None):
    return {grade.item for grade in check(driver, items=items).failed}


def test_the_open_driver_conforms_in_every_item():
    report = check(PROTOCOL)
    assert {grade.item: grade.mark for grade in report.grades} == dict.fromkeys(ITEMS, "pass")
    assert [grade.item for grade in report.grades] == list(ITEMS)


def test_grades_are_the_same_every_time():
    items = ("loss", "reconnect", "clock")
    assert check(PROTOCOL, items=items) == check(PROTOCOL, items=items)


@pytest.mark.parametrize(
    ("bend", "items"),
    [
        (samples(renumbered), {"loss", "reconnect"}),
        (samples(one_code_off), {"decoding"}),
        (samples(unwrapped_not), {"wrap-around"}),
        (samples(never_anew), {"reboot"}),
        (samples(nominal_times), {"clock", "bursts"}),
        (raising, {"malformed"}),
        (leaking, {"malformed"}),
        (inventing, {"malformed", "truncation", "corruption"}),
        (silent(Info), {"battery"}),
        (left_always, {"side"}),
        (silent(Capability), {"decoding", "side"}),
    ],
)
def test_a_broken_driver_fails_in_what_it_breaks(bend, items):
    assert items <= failed(Broken(bend), items=sorted(items))


class Unmoved:
    """An insole that tells the rate it was asked for and goes on sampling as before."""

    def __init__(self, encoder):
        self._encoder = encoder

    def __getattr__(self, name):
        if name == "rate_hz":
            raise AttributeError(name)
        return getattr(self._encoder, name)


def test_a_rate_that_is_told_and_not_taken_fails_the_settings():
    driver = Broken()
    driver.encoder = lambda capability: Unmoved(PROTOCOL.encoder(capability))
    report = check(driver, items=("settings",))
    assert report.grade("settings").mark == "fail"
    assert "100 samples a second are taken" in report.grade("settings").text


def test_what_is_not_broken_still_passes():
    assert failed(Broken(samples(never_anew))) == {"reboot"}
    assert failed(Broken(silent(Info))) == {"battery"}
    assert failed(Broken(side=Side.RIGHT)) == {"side"}
    assert failed(Broken()) == set()


def test_a_driver_that_never_recognises_its_insole_fails_everywhere_and_says_why():
    driver = Broken()
    driver.match = lambda _: None
    report = check(driver, items=("decoding", "loss"))
    assert {grade.mark for grade in report.grades} == {"fail"}
    assert "advertisement" in report.grade("decoding").text


def test_a_driver_that_cannot_be_simulated_is_not_graded():
    def told(_):
        raise RequestError("it has no virtual half", where="", why="files only", fix="")

    driver = Broken()
    driver.told = told
    assert {grade.mark for grade in check(driver).grades} == {"n/a"}


def test_the_command_prints_grades_and_its_status_tells_failure(capsys, monkeypatch):
    assert main(["driver", "check", "open", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "insole.conformance/1"
    assert document["conforms"] is True
    assert {item["item"] for item in document["items"]} == set(ITEMS)
    monkeypatch.setattr("insole.plugins.protocol", lambda _: Broken(samples(never_anew)))
    assert main(["driver", "check", "open"]) == 1
    out = capsys.readouterr().out
    assert "fail" in out
    assert "1 items failed" in out


def test_a_description_in_a_file_is_checked_and_what_cannot_be_asked_is_no_pass(
    capsys, monkeypatch, tmp_path
):
    file = tmp_path / "mine.toml"
    assert main(["protocols", "new", "-o", str(file)]) == 0
    monkeypatch.setattr("insole_drivers.conformance.kit.ITEMS", {"side": ITEMS["side"]})
    capsys.readouterr()
    assert main(["driver", "check", str(file)]) == 0
    assert "conforms: no item failed" in capsys.readouterr().out
    assert main(["driver", "check", "foot_pod"]) == 0
    assert "nothing could be asked" in capsys.readouterr().out
    assert main(["driver", "check", "foot_pod", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["conforms"] is None


def test_the_fixture_fails_the_test_of_a_broken_driver(insole_conformance):
    assert insole_conformance(PROTOCOL, items=("side",)).failed == ()
    broken = Broken(samples(never_anew))
    with pytest.raises(pytest.fail.Exception, match="reboot"):
        insole_conformance(broken, items=("reboot", "side"))
    insole_conformance(broken, items=("reboot",), known=("reboot",))


def test_rows_of_the_truth_occur_once():
    rows = Rows(sensors=4, codes=253, per_s=100.0, boot_s=-5.0)
    table = rows.table(0, 30_000)
    assert len(table) == 30_001
    assert all(table[key(row)] == step for step, row in enumerate(rows.at(np.arange(500))))
    np.testing.assert_array_equal(rows.steps(np.array([-5.0, -4.99, 0.0])), [0, 1, 500])


def test_the_fast_loop_takes_no_time_and_says_when_all_wait_for_each_other():
    import asyncio

    async def day():
        before = fast.now_ns()
        await asyncio.sleep(86_400)
        return fast.now_ns() - before

    async def stuck():
        await asyncio.Event().wait()

    assert fast.run(day()) == pytest.approx(86_400e9)
    with pytest.raises(fast.Deadlock):
        fast.run(stuck())


def test_events_carry_the_loop_s_own_time():
    from insole_drivers.conformance.stage import Scene, play

    story = play(PROTOCOL, Scene(seconds=2.0))
    first = next(e for e in story.events if isinstance(e, Connected))
    arrivals = [e.arrival_ns for e in story.events if isinstance(e, Packet)]
    assert arrivals == sorted(arrivals)
    assert (arrivals[-1] - first.arrival_ns) * 1e-9 == pytest.approx(2.0, abs=0.3)
