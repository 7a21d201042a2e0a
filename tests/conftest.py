"""What every test gets: folders of its own, no window on anybody's screen, time to be slow."""

import os

import pytest
from hypothesis import settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # before the first import of Qt
settings.register_profile("insole", deadline=None)  # a busy machine is no failure
settings.load_profile("insole")


@pytest.fixture(autouse=True)
def folders_of_its_own(tmp_path_factory, monkeypatch):
    """`INSOLE_HOME` points into a temporary folder: no test sees or fills the user's."""
    monkeypatch.setenv("INSOLE_HOME", str(tmp_path_factory.mktemp("insole-home")))
