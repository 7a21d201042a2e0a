"""What every test gets: folders of its own, and no window on anybody's screen."""

import os

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # before the first import of Qt


@pytest.fixture(autouse=True)
def folders_of_its_own(tmp_path_factory, monkeypatch):
    """`INSOLE_HOME` points into a temporary folder: no test sees or fills the user's."""
    monkeypatch.setenv("INSOLE_HOME", str(tmp_path_factory.mktemp("insole-home")))
