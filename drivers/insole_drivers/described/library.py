"""The shelf where descriptions are found: the shipped ones and the user's own files."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

from insole.errors import FileError
from insole.settings import folders
from insole_drivers.described.both import protocol_of
from insole_drivers.described.description import BadDescription, load, loads
from insole_drivers.described.protocol import DescribedProtocol

SHIPPED: Final = Path(__file__).with_name("shipped")
FOLDER: Final = "protocols"  # in the user's folder of settings
MOST_FILES: Final = 256


class Descriptions:
    """Entry point `insole.protocols.more`: the user's descriptions and the shipped ones.

    A file of the user goes over a shipped one of the same name.
    """

    def names(self) -> list[str]:
        """Names of all of them, broken or not."""
        return sorted(self._files())

    def load(self, name: str) -> DescribedProtocol:
        """The protocol of this name.

        Raises:
            BadDescription: its file cannot be used.
        """
        path = self._files()[name]
        try:
            return protocol_of(load(path))
        except FileError as error:
            raise BadDescription(
                error.what, where=error.where, why=error.why, fix=error.fix
            ) from None

    def told(self, name: str, text: str) -> DescribedProtocol:
        """The protocol that a recording keeps.

        Raises:
            BadDescription: the text cannot be used.
        """
        return _compiled(name, text)

    def path(self, name: str) -> Path | None:
        """Where the description of this name lies."""
        return self._files().get(name)

    def _files(self) -> dict[str, Path]:
        own = sorted(user_folder().glob("*.toml"))[:MOST_FILES]
        return {path.stem: path for path in (*SHIPPED.glob("*.toml"), *own)}


@lru_cache(maxsize=16)
def _compiled(name: str, text: str) -> DescribedProtocol:
    where = f"description of '{name}' in the recording"
    return protocol_of(loads(text, name=name, where=where))


def user_folder() -> Path:
    """Where the user's descriptions lie."""
    return folders().config / FOLDER


def of_file(path: Path) -> DescribedProtocol:
    """The protocol in a file anywhere.

    Raises:
        FileError: it cannot be read.
        BadDescription: with its mistakes.
    """
    return protocol_of(load(path))


def path_of(name: str) -> Path:
    """The file that is meant: a path, or the name of a description on the shelf."""
    found = None if name.endswith(".toml") else DESCRIPTIONS.path(name)
    return Path(name) if found is None else found


DESCRIPTIONS: Final = Descriptions()
