"""Settings of devices that a user chose, before it is known which devices will be found.

`rate=200` is for every insole, `rate.left=200` for the left one alone, `led.pod=on` for a pod, and
`open.rate=200` for insoles of one protocol.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from insole.device_settings import for_protocol, parts
from insole.errors import SettingsError
from insole.model.foot import Side
from insole.model.protocol import InsoleProtocol
from insole.model.stream import Write
from insole_drivers.advice import shown


def checked(
    chosen: Mapping[str, str], protocols: Iterable[InsoleProtocol], *, where: str
) -> dict[str, str]:
    """The same, when each is a setting that at least one of these protocols has and allows.

    Raises:
        SettingsError: one is not; names what there is.
    """
    known = tuple(protocols)
    for key, value in chosen.items():
        kind, name, _ = parts(key)
        meant = [protocol for protocol in known if kind in ("", protocol.name)]
        alike = [each for protocol in meant for each in protocol.settings if each.name == name]
        if not alike:
            names = sorted({each.name for protocol in meant for each in protocol.settings})
            asked = f"{kind}.{name}" if kind else name
            raise _refused(
                f"no insole has a setting '{shown(asked)[:40]}'",
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
        whose: `left`, `right` or `pod`; `both` of one device with both feet, where the left one's
            word counts first; "" while it is not known.
    """
    own = for_protocol(chosen, protocol.name)
    feet = tuple(Side) if whose == "both" else (whose,)
    values = {
        each: next(
            (
                own[key]
                for key in (*(f"{each.name}.{foot}" for foot in feet), each.name)
                if key in own
            ),
            None,
        )
        for each in protocol.settings
    }
    return {
        each.name: value
        for each, value in values.items()
        if value is not None and not each.fault(value)
    }


class Wishes:
    """What one device is asked for while a source lives, whatever happens to its connection.

    Args:
        protocol: of the device.
        chosen: by key, for all devices.
    """

    def __init__(self, protocol: InsoleProtocol, chosen: Mapping[str, str]) -> None:
        self._protocol = protocol
        self._chosen = dict(chosen)
        self._asked: dict[str, str] | None = None  # on this connection
        self._done: dict[str, str] = {}  # once and for all

    def begin(self) -> None:
        """A new connection: it was asked for nothing yet."""
        self._asked = None

    def start(self, whose: str) -> list[Write]:
        """What makes it stream with its settings; what it did once it need not do again.

        Args:
            whose: `left`, `right` or `pod`; "" while it is not known.
        """
        asked = self._wanted(whose)
        once = {each.name for each in self._protocol.settings if each.is_once}
        self._done |= {name: value for name, value in asked.items() if name in once}
        self._asked = {name: value for name, value in asked.items() if name not in once}
        return self._protocol.start(asked)

    def late(self, whose: str) -> list[Write]:
        """The start once more, for a device that told its foot late and is to be set otherwise."""
        is_as_asked = self._asked is None or self._wanted(whose) == self._asked
        return [] if is_as_asked else self.start(whose)

    def _wanted(self, whose: str) -> dict[str, str]:
        wanted = of(self._protocol, self._chosen, whose=whose)
        return {name: value for name, value in wanted.items() if self._done.get(name) != value}


def _refused(what: str, where: str, why: str) -> SettingsError:
    return SettingsError(
        what,
        where=where,
        why=why,
        fix="`insole protocols` lists the settings of every insole",
    )
