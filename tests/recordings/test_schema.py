"""The specification in docs is the table that the program checks with, and files follow it."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from insole_recordings import schema

PAGE = Path(__file__).parents[2] / "docs" / "file-format.md"


def test_the_page_holds_the_tables_of_the_program():
    assert schema.markdown() in PAGE.read_text(encoding="utf-8")


def test_every_dataset_of_a_file_is_in_the_table_with_its_unit(tmp_path, events, record, document):
    with h5py.File(record(tmp_path / "a.h5", events, document=document)) as file:
        seen = set()

        def look(name, item):
            if not isinstance(item, h5py.Dataset):
                return
            assert {"unit", "dims"} <= set(item.attrs), name
            if not name.startswith("steps/"):
                column = schema.column("/" + name)
                seen.add(column.path)
                assert item.attrs["unit"] == column.unit
                assert len(item.shape) == len(column.dims)

        file.visititems(look)
    of_pressure = {each.path for each in schema.COLUMNS if not each.path.startswith("/readings/*")}
    assert seen == of_pressure  # test_beside.py has a file with the others


def test_every_attribute_of_the_table_is_written(tmp_path, events, record, document):
    with h5py.File(record(tmp_path / "a.h5", events, document=document)) as file:
        for attribute in schema.ATTRIBUTES:
            if attribute.path == "/readings/*":
                continue  # this pair tells nothing beside its pressure
            path = attribute.path.replace("*", "0000")
            assert attribute.name in file[path].attrs, attribute


def test_the_example_on_the_page_reads_every_packet(tmp_path, events, record):
    block = PAGE.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    path = record(tmp_path / "run.h5", events)
    names: dict = {}
    exec(block.replace('"run.h5"', repr(str(path))), names)
    assert names["packets"] == [e.payload for e in events if hasattr(e, "payload")]


@pytest.mark.parametrize("path", ["/signals/0000/values", "/signals/x/layout/xy", "/raw/kind"])
def test_a_group_of_any_name_has_its_entry(path):
    assert schema.column(path).meaning
    assert np.isscalar(schema.column(path).unit)
