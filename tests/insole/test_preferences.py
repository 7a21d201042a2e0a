"""Choices of the user: kept, kept whole, and never lost."""

from __future__ import annotations

import os
import tomllib
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insole.errors import FileError
from insole.preferences import FILE, Preferences, as_toml, read, write

CHOSEN = Preferences(
    theme="light", text_size=1.2, full_kpa=150.0, athlete='Zoë "Z"', shoe="grey\\old", mass_kg=61.5
)
scalars = st.one_of(
    st.booleans(),
    st.integers(-(2**60), 2**60),
    st.floats(allow_nan=False),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.dates(),
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=3)
    ),
    max_leaves=8,
)


def test_what_was_chosen_is_there_next_time(tmp_path):
    write(tmp_path, CHOSEN)
    assert read(tmp_path) == (CHOSEN, "")


def test_nothing_stored_means_defaults_and_nothing_to_say(tmp_path):
    assert read(tmp_path / "nowhere") == (Preferences(), "")


@given(others=st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), values))
def test_keys_of_another_version_survive_a_change(others):
    own = {item.name for item in fields(Preferences)}
    others = {key: value for key, value in others.items() if key not in own}
    table = tomllib.loads(as_toml(Preferences(theme="dark", others=others)))
    assert {key: table[key] for key in others} == others
    assert table["theme"] == "dark"


@pytest.mark.parametrize("damage", [b"theme = ", b"\xff\xfe\x00", b"[" * 100_000, b"x" * 1_000_001])
def test_a_damaged_file_is_set_aside_and_its_bytes_are_kept(tmp_path, damage):
    (tmp_path / FILE).write_bytes(damage)
    found, said = read(tmp_path)
    assert found == Preferences()
    kept = [path for path in tmp_path.iterdir() if "damaged" in path.name]
    assert [path.read_bytes() for path in kept] == [damage]
    assert str(kept[0]) in said
    write(tmp_path, CHOSEN)
    assert read(tmp_path) == (CHOSEN, "")
    assert kept[0].read_bytes() == damage


@pytest.mark.parametrize(
    ("line", "key"),
    [("theme = 3", "theme"), ("full_kpa = 301", "full_kpa"), ("mass_kg = 900", "mass_kg"),
     ("mass_kg = nan", "mass_kg"), ("width = true", "width"), ("text_size = '1'", "text_size"),
     ("athlete = [1]", "athlete")],
)  # fmt: skip
def test_a_value_that_cannot_be_one_is_named_and_the_others_hold(tmp_path, line, key):
    (tmp_path / FILE).write_text(f'{line}\nshoe = "grey"\n')
    found, said = read(tmp_path)
    assert found == Preferences(shoe="grey")
    assert key in said


def test_a_write_that_fails_leaves_what_was_stored(tmp_path, monkeypatch):
    write(tmp_path, CHOSEN)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileError, match="No space left"):
        write(tmp_path, Preferences(theme="dark"))
    assert read(tmp_path) == (CHOSEN, "")
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_a_folder_in_the_place_of_the_file_is_said_in_words(tmp_path):
    (tmp_path / FILE).mkdir()
    found, said = read(tmp_path)
    assert found == Preferences()
    assert FILE in said
    with pytest.raises(FileError):
        write(tmp_path, CHOSEN)


def test_a_file_where_the_folder_should_be_ends_in_words(tmp_path):
    (tmp_path / "config").write_text("in the way", "utf-8")
    with pytest.raises(FileError, match="cannot be stored"):
        write(tmp_path / "config", CHOSEN)
