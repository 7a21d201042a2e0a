"""Settings of devices that a user chose, before it is known which devices will be found.

`rate=200` is for every insole, `rate.left=200` for the left one alone, `led.pod=on` for a pod.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from insole.errors import SettingsError
from insole.model.protocol import InsoleProtocol
from insole_drivers.advice import shown

WHOSE: Final = ("left", "right", "pod")


def named(key: str) -> str:
    """The setting that a key is about.

    >>> named("rate.left")
    'rate'
    """
    name, _, whose = key.rpartition(".")
    return name if whose in WHOSE else key


def checked(
    chosen: Mapping[str, str], protocols: Iterable[InsoleProtocol], *, where: str
) -> dict[str, str]:
    """The same, when each is a setting that at least one of these protocols has and allows.

    Raises:
        SettingsError: one is not; names what there is.
    """
    known = tuple(protocols)
    for key, value in chosen.items():
        name = named(key)
        alike = [each for protocol in known for each in protocol.settings if each.name == name]
        if not alike:
            names = sorted({each.name for protocol in known for each in protocol.settings})
            raise _refused(
                f"no insole has a setting '{shown(name)[:40]}'",
                where,
                f"there are {', '.join(names) or 'none'}",
            )
        faults = [each.fault(value) for each in alike]
        if all(faults):
            choices = dict.fromkeys(choice for each in alike for choice in each.choices)
            why = f"it is {', '.join(choices)}" if choices else faults[0]
            raise _refused(f"{name} cannot be '{shown(value)[:40]}'", where, why)
    return dict(chosen)


def of(protocol: InsoleProtocol, chosen: Mapping[str, str], *, whose: str = "") -> dict[str, str]:
    """Those that this protocol has and allows; what is for one device alone goes over the rest.

    Args:
        protocol: of the device.
        chosen: by key.
        whose: `left`, `right` or `pod`; "" while it is not known.
    """
    values = {
        each: chosen.get(f"{each.name}.{whose}", chosen.get(each.name))
        for each in protocol.settings
    }
    return {
        each.name: value
        for each, value in values.items()
        if value is not None and not each.fault(value)
    }


def _refused(what: str, where: str, why: str) -> SettingsError:
    return SettingsError(
        what,
        where=where,
        why=why,
        fix="`insole protocols` lists the settings of every insole",
    )
