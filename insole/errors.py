"""Every error a user can meet: what, where, why and the fix, in one line.

The tree is split by who can mend it; `exit_status` is what the command line returns.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as typing says it, without loading typing: `insole --help` must be quick
if TYPE_CHECKING:
    from typing import ClassVar


class InsoleError(Exception):
    """An error with its remedy.

    Args:
        what: what happened, lower case, no full stop.
        where: file, option, device or place inside a file.
        why: the cause.
        fix: what the user can do, a sentence without its full stop.
    """

    exit_status: ClassVar[int] = 2

    def __init__(self, what: str, *, where: str, why: str, fix: str) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.why = why
        self.fix = fix

    def __str__(self) -> str:
        text = f"{self.what} ({self.where}): {self.why}. {self.fix}."
        return " ".join(text.split())  # one line, whatever a foreign text carried


class RequestError(InsoleError):
    """The request itself cannot be met."""


class SettingsError(RequestError):
    """A setting or parameter has no valid value."""


class LayoutError(RequestError):
    """A sensor layout is contradictory or incomplete."""


class FileError(InsoleError):
    """A file cannot be read or written as asked."""


class UnknownFormat(FileError):
    """No importer knows this file."""


class DamagedFile(FileError):
    """The file is one of ours or a known kind, but its content is broken."""

    def __init__(
        self, what: str, *, where: str, why: str, fix: str, recoverable: bool = False
    ) -> None:
        super().__init__(what, where=where, why=why, fix=fix)
        self.recoverable = recoverable


class NewerFormat(FileError):
    """The file was written by a newer version."""


class WouldOverwrite(FileError):
    """The output exists and --force was not given."""


class BluetoothError(InsoleError):
    """Bluetooth cannot do what was asked."""

    exit_status = 3


class BluetoothOff(BluetoothError):
    """The adapter is missing or switched off."""


class PermissionDenied(BluetoothError):
    """The system does not let this program use Bluetooth."""


class NoInsoleFound(BluetoothError):
    """No insole answered within the time given."""


class LinkLost(BluetoothError):
    """An insole went away and did not come back."""


class StorageError(InsoleError):
    """The recording cannot be stored; what is safe is named in the fix."""

    exit_status = 1


class DiskFull(StorageError):
    """No room left; everything up to the named moment is on disk."""


class JournalBusy(StorageError):
    """Another program is writing this recording."""

    exit_status = 2


class CalibrationError(InsoleError):
    """A calibration cannot be used."""


class MissingExtra(InsoleError):
    """An optional dependency or a system library is not installed."""
