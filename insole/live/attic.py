"""Where a session of hours puts its older steps: a temporary file that has no name."""

from __future__ import annotations

import tempfile
import threading
import weakref
from typing import IO

from insole.errors import StorageError


class FileAttic:
    """Bytes in a temporary file, which the system removes with the process.

    The file is made when the first bytes come; where it cannot be made or written, there is no
    room. Any thread may call.
    """

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None
        self._end = 0
        self._lock = threading.Lock()

    def put(self, data: bytes) -> int | None:
        """Keep them; the place where they lie, None where there is no room left."""
        with self._lock:
            try:
                if self._file is None:
                    self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115
                    weakref.finalize(self, self._file.close)  # lives as long as the attic
                self._file.seek(self._end)
                if self._file.write(data) != len(data):
                    return None
            except OSError:
                return None
            place, self._end = self._end, self._end + len(data)
            return place

    def get(self, place: int, size: int) -> bytes:
        """What was put there.

        Raises:
            StorageError: the file cannot be read back.
        """
        why = "it has lost its end"
        with self._lock:
            try:
                if self._file is not None:
                    self._file.seek(place)
                    data = self._file.read(size)
                    if len(data) == size:
                        return data
            except OSError as error:
                why = str(error)
        raise StorageError(
            "what was kept of this session cannot be read back",
            where="a temporary file",
            why=why,
            fix="Open the recording instead: it holds every sample",
        )
