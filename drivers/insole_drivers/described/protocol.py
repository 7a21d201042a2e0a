"""A description as a protocol like any other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import chain
from typing import Final

from insole.model.foot import Side
from insole.model.protocol import Advert, Encoder, Gatt, Match, Setting
from insole.model.stream import Capability, Write
from insole_drivers.described import steps
from insole_drivers.described.decoder import DescribedDecoder
from insole_drivers.described.description import Insole
from insole_drivers.described.encoder import DescribedEncoder, plain
from insole_drivers.described.foot import capability, fits
from insole_drivers.described.model import Description
from insole_drivers.protocols.ble_sig import BATTERY

NAME_BYTES: Final = 26  # what fits in a scan response beside everything else


class DescribedProtocol:
    """A protocol that a text tells.

    Attributes:
        description: the text, which every recording keeps.
    """

    def __init__(self, insole: Insole) -> None:
        told, link, repeat = insole.description, insole.description.link, insole.description.repeat
        self._insole = insole
        rule = told.side
        is_named = rule.by == "name"
        self._names = {
            Side.LEFT: rule.left if is_named else rule.name_left,
            Side.RIGHT: rule.right if is_named else rule.name_right,
        }
        self.name = insole.name
        self.title = told.title
        self.description = insole.text
        every = chain(told.start, told.stop, () if repeat is None else (repeat,))
        written = [link.write, *(step.to for step in every)]
        self.gatt = Gatt(
            service=told.find.service,
            notify=tuple(dict.fromkeys((*link.notify, BATTERY))),
            read=tuple(dict.fromkeys((*link.read, BATTERY))),
            write=tuple(dict.fromkeys(each for each in written if each is not None)),
            optional=frozenset(link.optional) | ({BATTERY} - {link.notify[0]}),
            homes=link.homes,
            tick_s=0.0 if repeat is None else repeat.every_s,
            quiet_s=_quiet_s(told),
        )
        self.settings = tuple(
            Setting(each.name, each.meaning, each.choices, each.usual) for each in told.settings
        )

    def match(self, advert: Advert) -> Match | None:
        """Ours when every condition of the description holds."""
        find = self._insole.description.find
        is_offered = find.service in advert.services or find.service in advert.service_data
        conditions = (
            is_offered or find.unadvertised,
            not find.name or fits(advert.name, find.name),
            find.manufacturer is None or find.manufacturer in advert.manufacturer,
            find.service_data is None or find.service_data in advert.service_data,
        )
        if not all(conditions):
            return None
        return Match(self.name, self.title, self._side_of(advert.name))

    def _side_of(self, name: str) -> Side | None:
        rule = self._insole.description.side
        if rule.by == "fixed":
            return Side(rule.foot or "left")
        return next((side for side, each in self._names.items() if fits(name, each)), None)

    def decoder(self, device: str) -> DescribedDecoder:
        """A fresh decoder for one device."""
        return DescribedDecoder(device, self._insole)

    def told(self, wish: Capability) -> Capability:
        """The description's own sensors and rate; of the wish, side, serial and firmware."""
        side = None if self._insole.description.side.by == "user" else wish.side
        names = (wish.serial, wish.firmware)
        made = capability(self._insole, wish.device, side=side, names=names)
        fixed = self._insole.description.side.foot
        return made if fixed is None else replace(made, side=Side(fixed))

    def encoder(self, capability: Capability) -> Encoder:
        """A fresh encoder for one virtual device."""
        return DescribedEncoder(self._insole, capability)

    def advertise(self, told: Capability, *, battery: int) -> Advert:
        """A name that fits, and the service; a battery level is never advertised."""
        del battery
        find = self._insole.description.find
        services = () if find.unadvertised else (find.service,)
        company = {} if find.manufacturer is None else {find.manufacturer: b""}
        data = {} if find.service_data is None else {find.service_data: b""}
        return Advert("", self._virtual_name(told.side), services, company, data)

    def _virtual_name(self, side: Side | None) -> str:
        """A name that is found and says this side."""
        found = self._insole.description.find.name
        wanted = self._names[side] if side is not None else ()
        words = [plain(each) for each in wanted] or [""]
        names = [*words]
        for pattern in found:
            names += [plain(pattern.replace("*", word)) for word in words]
            names += [f"{plain(pattern)} {word}" for word in words]
        for name in names:
            is_found = not found or fits(name, found)
            if name and is_found and (not wanted or self._side_of(name) is side):
                return name.strip()[:NAME_BYTES]
        return plain(next(iter(found), self.title))[:NAME_BYTES]

    def start(self, chosen: Mapping[str, str] | None = None) -> list[Write]:
        """What to write to make it stream."""
        description = self._insole.description
        return steps.writes(description, description.start, chosen)

    def stop(self) -> list[Write]:
        """What to write to make it stop."""
        description = self._insole.description
        return steps.writes(description, description.stop)


def _quiet_s(told: Description) -> float:
    """Time between two packets of a device that keeps samples together."""
    if told.frame.kind == "batch" and told.repeat is not None:
        return told.repeat.every_s
    return told.samples.per_frame / told.rate_hz
