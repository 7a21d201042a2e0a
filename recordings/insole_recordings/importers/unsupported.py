"""Files that are known and not read: they are refused by name instead of as damaged tables.

A pressure plate sees a foot once and does not know when it left the ground before; what it holds is
no recording of insoles.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NoReturn

from insole.errors import UnknownFormat

PLATE = "Give a recording of insoles; a plate sees single footprints"
EXPORT = "Export the recording itself as text, or as a table of one column per sensor"

# Pattern in the first 4 kB, what the file is, and what to do.
_KNOWN: tuple[tuple[re.Pattern[bytes], str, str], ...] = tuple(
    (re.compile(pattern, re.DOTALL), what, fix)
    for pattern, what, fix in (
        (rb"Sensor size.*(?:Pict-No|picture:)", "a novel emed pressure plate export", PLATE),
        (rb"\A[^\n]{0,200}\n?Frame \d+ \([\d.]+ ms\)", "a footscan pressure plate export", PLATE),
        (rb"\A\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel file of the old form (.xls)", EXPORT),
        (rb"\APK\x03\x04.{0,4000}(?:xl/|\[Content_Types\])", "an Excel workbook (.xlsx)", EXPORT),
        (rb"\APK\x03\x04", "a ZIP archive", "Unpack it, and give one of its files"),
        (rb"\A\x1f\x8b", "a gzip archive", "Unpack it, and give the file inside"),
        (rb"\A\x89HDF\r\n\x1a\n", "an HDF5 file of another program", EXPORT),
        (rb"\AMATLAB \d", "a MATLAB file", EXPORT),
        (rb"\A.{8}\.FIT", "a sports watch's FIT file", EXPORT),
        (rb"\A%PDF-", "a PDF document", EXPORT),
        (rb"\A(?:\x89PNG|\xff\xd8\xff)", "a picture", EXPORT),
    )
)


class UnsupportedImporter:
    """Fulfils `insole.plugins.Importer`, only to say no."""

    name = "unsupported"

    def sniff(self, path: Path, head: bytes) -> bool:  # noqa: ARG002 - content tells it
        """Is it one of the kinds that are known and not read?"""
        return any(pattern.search(head) for pattern, _, _ in _KNOWN)

    def open(self, path: Path, options: dict[str, Any]) -> NoReturn:  # noqa: ARG002
        """Never.

        Raises:
            UnknownFormat: always.
        """
        with path.open("rb") as file:
            head = file.read(4096)
        what, fix = next(
            ((what, fix) for pattern, what, fix in _KNOWN if pattern.search(head)),
            ("a file of another program", EXPORT),
        )
        raise UnknownFormat(
            "this file cannot be read", where=path.name, why=f"it is {what}", fix=fix
        )


IMPORTER = UnsupportedImporter()
