"""Settings of devices that a user chose, before it is known which devices will be found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from insole.errors import SettingsError
from insole.model.protocol import InsoleProtocol
from insole_drivers.advice import shown


def checked(
    chosen: Mapping[str, str], protocols: Iterable[InsoleProtocol], *, where: str
) -> dict[str, str]:
    """The same, when each is a setting that at least one of these protocols has and allows.

    Raises:
        SettingsError: one is not; names what there is.
    """
    known = tuple(protocols)
    for name, value in chosen.items():
        alike = [each for protocol in known for each in protocol.settings if each.name == name]
        if not alike:
            names = sorted({each.name for protocol in known for each in protocol.settings})
            raise _refused(
                f"no insole has a setting '{shown(name)[:40]}'",
                where,
                f"there are {', '.join(names) or 'none'}",
            )
        if not any(not each.choices or value in each.choices for each in alike):
            choices = dict.fromkeys(choice for each in alike for choice in each.choices)
            raise _refused(
                f"{name} cannot be '{shown(value)[:40]}'", where, f"it is {', '.join(choices)}"
            )
    return dict(chosen)


def of(protocol: InsoleProtocol, chosen: Mapping[str, str]) -> dict[str, str]:
    """Those that this protocol has and allows."""
    return {
        each.name: chosen[each.name]
        for each in protocol.settings
        if each.name in chosen and (not each.choices or chosen[each.name] in each.choices)
    }


def _refused(what: str, where: str, why: str) -> SettingsError:
    return SettingsError(
        what,
        where=where,
        why=why,
        fix="`insole protocols` lists the settings of every insole",
    )
