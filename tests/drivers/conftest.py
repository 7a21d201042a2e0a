"""What tests of drivers ask for."""

import pytest

from insole_drivers.described import library


@pytest.fixture
def home(tmp_path, monkeypatch):
    """The program's folder, and the present one, are this test's own."""
    monkeypatch.setenv("INSOLE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def shelf(home):
    """Where this user's descriptions lie."""
    del home
    folder = library.user_folder()
    folder.mkdir(parents=True)
    return folder
