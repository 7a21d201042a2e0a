"""A description as a protocol like any other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import chain
from typing import Final

from insole.model.foot import Side
from insole.model.protocol import Advert, Gatt, Match, Setting
from insole.model.stream import Capability, Write
from insole_drivers.described import steps
from insole_drivers.described.decoder import DescribedDecoder, capability, fits
from insole_drivers.described.description import Insole
from insole_drivers.described.encoder import DescribedEncoder, plain

NAME_BYTES: Final = 26  # what fits in a scan response beside everything else


class DescribedProtocol:
    """A protocol that a text tells.

    Attributes:
        description: the text, which every recording keeps.
    """

    def __init__(self, insole: Insole) -> None:
        told, link, repeat = insole.description, insole.description.link, insole.description.repeat
        self._insole = insole
        self.name = insole.name
        self.title = told.title
        self.description = insole.text
        every = chain(told.start, told.stop, () if repeat is None else (repeat,))
        written = [link.write, *(step.to for step in every)]
        self.gatt = Gatt(
            service=told.find.service,
            notify=link.notify,
            read=link.read,
            write=tuple(dict.fromkeys(each for each in written if each is not None)),
            optional=frozenset(link.optional),
            homes=link.homes,
            tick_s=0.0 if repeat is None else repeat.every_s,
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
        if rule.by == "name":
            for side, patterns in ((Side.LEFT, rule.left), (Side.RIGHT, rule.right)):
                if fits(name, patterns):
                    return side
        return None

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

    def encoder(self, capability: Capability) -> DescribedEncoder:
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
        rule, found = self._insole.description.side, self._insole.description.find.name
        words = [""]
        if rule.by == "name" and side is not None:
            words = [plain(each) for each in (rule.left if side is Side.LEFT else rule.right)]
        names = [*words]
        for pattern in found:
            names += [plain(pattern.replace("*", word)) for word in words]
            names += [f"{plain(pattern)} {word}" for word in words]
        for name in names:
            is_found = not found or fits(name, found)
            if name and is_found and (rule.by != "name" or self._side_of(name) is side):
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
