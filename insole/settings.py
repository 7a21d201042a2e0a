"""Where this user's files live. Read once at the front door, passed down."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Folders:
    """Folders of one user; `INSOLE_HOME` moves them all (tests, a USB stick)."""

    recordings: Path
    config: Path
    state: Path
    cache: Path


def folders() -> Folders:
    """The folders in force now; nothing is created."""
    home = os.environ.get("INSOLE_HOME")
    if home:
        base = Path(home)
        return Folders(base / "recordings", base / "config", base / "state", base / "cache")
    # platformdirs costs 33 ms: only when a command needs a folder.
    import platformdirs

    return Folders(
        Path(platformdirs.user_documents_dir()) / "Insole",
        Path(platformdirs.user_config_dir("insole", appauthor=False)),
        Path(platformdirs.user_state_dir("insole", appauthor=False)),
        Path(platformdirs.user_cache_dir("insole", appauthor=False)),
    )
