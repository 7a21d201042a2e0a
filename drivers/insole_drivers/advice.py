"""Words for what Bluetooth refuses, with the remedy of this system; foreign text made harmless."""

from __future__ import annotations

import sys

from insole.errors import BluetoothError, BluetoothOff, PermissionDenied

_SWITCH_ON = {
    "linux": "Switch Bluetooth on in the system settings, or run `rfkill unblock bluetooth` and "
    "`bluetoothctl power on`",
    "darwin": "Switch Bluetooth on in the menu bar or in System Settings, Bluetooth",
    "win32": "Switch Bluetooth on in Settings, Bluetooth & devices",
}
_ALLOW = {
    "linux": "Add yourself to the group bluetooth with `sudo usermod -aG bluetooth $USER` and log "
    "in again",
    "darwin": "Allow this terminal in System Settings, Privacy & Security, Bluetooth, and start "
    "it again",
    "win32": "Allow desktop apps in Settings, Privacy & security, Radios",
}
_SERVICE = (
    "Install and start it: `sudo apt install bluez` and `sudo systemctl enable --now bluetooth`"
)


def shown(text: str) -> str:
    r"""Foreign text for a terminal or a window: control characters are escaped.

    >>> shown("A\x1b[31m")
    'A\\x1b[31m'
    """
    escaped = (
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )
    return "".join(escaped)


def switch_on(platform: str = sys.platform) -> str:
    """How to switch Bluetooth on."""
    return _SWITCH_ON.get(platform, "Switch Bluetooth on in the system settings")


def allow(platform: str = sys.platform) -> str:
    """How to let this program use Bluetooth."""
    return _ALLOW.get(platform, "Allow this program to use Bluetooth in the system settings")


def bluetooth_error(error: Exception, *, platform: str = sys.platform) -> BluetoothError:
    """What a radio's refusal means, in words.

    Args:
        error: from bleak; its `reason`, where it has one, or its text decides.
        platform: as `sys.platform`.
    """
    reason = getattr(getattr(error, "reason", None), "name", "")
    text = shown(" ".join(str(part) for part in error.args[:2])) or type(error).__name__
    low = text.lower()
    if reason.startswith("DENIED") or "accessdenied" in low or "not authorized" in low:
        return PermissionDenied(
            "Bluetooth is not allowed",
            where="the system's permissions",
            why="the system does not let this program use Bluetooth",
            fix=allow(platform),
        )
    if reason == "NO_BLE_CENTRAL_ROLE":
        return BluetoothOff(
            "this Bluetooth adapter cannot do Bluetooth Low Energy",
            where="adapter",
            why="it does not support the central role",
            fix="Plug in an adapter with Bluetooth 4.0 or newer",
        )
    if reason == "POWERED_OFF" or "notready" in low or "not ready" in low:
        return BluetoothOff(
            "Bluetooth is off",
            where="adapter",
            why="the radio is switched off",
            fix=switch_on(platform),
        )
    is_service_missing = (
        "serviceunknown" in low
        or isinstance(error, FileNotFoundError | ConnectionRefusedError)
        or "org.bluez was not provided" in low
    )
    if platform == "linux" and is_service_missing:
        return BluetoothOff(
            "no Bluetooth here",
            where="D-Bus, org.bluez",
            why="the Bluetooth service of the system does not run",
            fix=_SERVICE,
        )
    if reason == "NO_BLUETOOTH" or "no powered bluetooth adapters" in low:
        return BluetoothOff(
            "no Bluetooth here",
            where="adapter",
            why="this computer has no Bluetooth adapter, or it is off",
            fix=f"Plug in an adapter. {switch_on(platform)}",
        )
    return BluetoothOff(
        "Bluetooth does not work",
        where="adapter",
        why=text[:200],
        fix=f"{switch_on(platform)}. `insole doctor` says more",
    )
