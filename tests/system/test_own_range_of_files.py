"""Own range out of real recordings: virtual trainings over GATT, looked into in another process."""

import pytest

import insole
from insole.cli import main
from insole.usual import usual_apart


@pytest.mark.timeout(180)
def test_three_recorded_trainings_are_found_and_a_stranger_is_not(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("INSOLE_HOME", str(tmp_path / "home"))
    folder = tmp_path / "recordings"
    folder.mkdir()
    for name, athlete in (("a", "A7"), ("b", "A7"), ("c", "A7"), ("d", "B2")):
        words = ["--simulate", "run?speed=3.3&seed=3&seconds=4&fast=1"]
        told = ["--athlete", athlete, "--shoe", "grey"]
        assert main(["record", str(folder / f"{name}.h5"), *words, *told]) == 0
    capsys.readouterr()
    own = insole.analyze(folder / "a.h5").to_dict()
    known = usual_apart(folder, own | {"notes": {"athlete": "A7", "shoe": "grey"}})
    assert known.sessions == ("a.h5", "b.h5", "c.h5")
    assert known.skipped == {"d.h5": "who it is is another one"}
    contact = known.feet["left"]["contact_s"]
    mean = own["summary"]["left"]["contact_s"]["mean"]
    assert contact.band[0] <= mean <= contact.band[1]
