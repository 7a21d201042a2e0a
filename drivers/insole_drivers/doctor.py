"""Bluetooth as `insole doctor` sees it: radio, service, permission. Never raises, never hangs."""

from __future__ import annotations

import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from insole.errors import BluetoothError, PermissionDenied
from insole_drivers.advice import allow, switch_on

LIMIT_S = 3.0
ADAPTERS = Path("/sys/class/bluetooth")
RADIOS = Path("/sys/class/rfkill")
BUS = Path("/run/dbus/system_bus_socket")


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at.

    Attributes:
        name: what.
        ok: it is as it should be.
        text: what was found.
        fix: what to do, empty when it is fine.
    """

    name: str
    ok: bool
    text: str
    fix: str = ""


def lines() -> list[Line]:
    """What was found, at most 3 s later."""
    found = _linux() if sys.platform == "linux" else []
    if any(not line.ok for line in found):
        return found  # the radio would only say the same in other words
    return [*found, _radio()]


def _linux(*, adapters: Path = ADAPTERS, radios: Path = RADIOS, bus: Path = BUS) -> list[Line]:
    """What the system's files say: no adapter, switched off, no D-Bus."""
    if not bus.exists():
        return [
            Line(
                "Bluetooth service",
                False,
                "no D-Bus system bus, through which programs use Bluetooth",
                "Install and start it: sudo apt install bluez. Without it `insole demo` works.",
            )
        ]
    names = sorted(path.name for path in adapters.glob("hci*") if ":" not in path.name)
    if not names:
        return [
            Line(
                "Bluetooth adapter",
                False,
                "none found",
                "Plug in an adapter with Bluetooth 4.0 or newer. Without one `insole demo` works.",
            )
        ]
    blocked = [path.parent.name for path in radios.glob("*/type") if _is_blocked(path.parent)]
    if blocked:
        return [Line("Bluetooth adapter", False, "switched off", f"{switch_on()}.")]
    return [Line("Bluetooth adapter", True, ", ".join(names))]


def _is_blocked(radio: Path) -> bool:
    def says(name: str) -> str:
        try:
            return (radio / name).read_text(encoding="ascii", errors="replace").strip()
        except OSError:
            return ""

    return says("type") == "bluetooth" and "1" in (says("soft"), says("hard"))


def _radio() -> Line:
    """Start and stop a scan: what every later command needs."""
    from insole_drivers.radio import probe  # bleak takes 0.2 s

    answer: list[Line] = []

    def work() -> None:
        try:
            probe(LIMIT_S / 2)
            answer.append(Line("Bluetooth", True, "a scan can be started"))
        except PermissionDenied as error:
            answer.append(Line("Bluetooth", False, error.why, f"{allow()}."))
        except BluetoothError as error:
            answer.append(Line("Bluetooth", False, f"{error.what}: {error.why}", f"{error.fix}."))
        except Exception as error:  # noqa: BLE001  a doctor reports, whatever it meets
            answer.append(Line("Bluetooth", False, f"{type(error).__name__}: {error}"))

    # A daemon: a system service that hangs must not keep the program from ending.
    thread = threading.Thread(target=work, name="insole-doctor", daemon=True)
    thread.start()
    thread.join(LIMIT_S)
    return (
        answer[0]
        if answer
        else Line(
            "Bluetooth",
            False,
            f"no answer within {LIMIT_S:.0f} s",
            f"Start the Bluetooth service again. {switch_on()}.",
        )
    )
