"""How much room a disk has, asked before HDF5 writes.

The HDF5 library (2.0) can crash the process when a flush finds the disk full. So nothing is handed
to it that might not fit, with a margin for what it still holds itself.
"""

from __future__ import annotations

import errno
import os
import shutil
import sys
from pathlib import Path
from typing import Final

MARGIN_BYTES: Final = 256 << 10  # open structures of a file: 100 kB were seen at most
NO_ROOM: Final = frozenset(
    code
    for name in ("ENOSPC", "EDQUOT", "EFBIG")
    if (code := getattr(errno, name, None)) is not None
)


def room(path: Path) -> int:
    """Bytes by which the file `path` may grow: free on its disk, and allowed for one file.

    Raises:
        OSError: the disk is gone.
    """
    free = shutil.disk_usage(path.parent).free
    if sys.platform == "win32":
        return free
    import resource

    largest = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    if largest == resource.RLIM_INFINITY:
        return free
    size = path.stat().st_size if path.exists() else 0
    return max(0, min(free, largest - size))


def ensure_room(path: Path, size: int) -> None:
    """Refuse to write what might not fit.

    Raises:
        OSError: ENOSPC, before anything was written.
    """
    if room(path) < size + MARGIN_BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
