"""What can be chosen about a device, what holds, and what a form's answers change. No Qt here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from insole import plugins
from insole.device_settings import for_protocol, spoken
from insole.errors import RequestError
from insole.live.board import BoardView
from insole.model.foot import Side
from insole.model.protocol import Setting
from insole_gui.state.links import NAME

AS_IT_IS = "as it is"
ITS_OWN = ("name",)  # never the same for two devices
TITLES = {
    "rate": "Sample rate",
    "range": "Range",
    "streams": "What is sent",
    "mode": "What is sent",
    "name": "Name of the device",
    "vibrate": "Vibration",
    "bits": "Bits",
    "led": "Light",
    "analysis": "Its own step analysis",
    "pressure": "Pressure values",
    "columns": "Columns",
    "layout": "Sensor layout",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One setting of a form.

    Attributes:
        setting: what the protocol says of it.
        value: what was asked for, else what is usual, "" where nobody said anything.
    """

    setting: Setting
    value: str

    @property
    def title(self) -> str:
        """Its name for people."""
        name = self.setting.name
        return TITLES.get(name, name.replace("_", " ").capitalize())

    @property
    def words(self) -> str:
        """What it does, and what is usual."""
        usual = f" (usually {self.setting.usual})" if self.setting.usual else ""
        return f"{self.setting.meaning}{usual}"

    @property
    def choices(self) -> tuple[str, ...]:
        """Words to choose from; () for a text."""
        if not self.setting.choices or self.setting.usual:
            return self.setting.choices
        return (AS_IT_IS, *self.setting.choices)


@dataclass(frozen=True, slots=True)
class Device:
    """The form of one device.

    Attributes:
        whose: `left`, `right` or `pod`, as in a source string.
        title: for people.
        rows: its settings; () when there is nothing to choose.
        other: the name of the other foot with the same protocol, or "".
        chosen: what the present source was asked for, of devices of its kind.
    """

    whose: str
    title: str
    rows: tuple[Row, ...]
    other: str
    chosen: Mapping[str, str]


def device(view: BoardView, whose: str, chosen: Mapping[str, str]) -> Device | None:
    """What can be chosen about a foot or the pod; None while it has not said what it is."""
    names = spoken(view)
    if not names.get(whose):
        return None
    name = names[whose]
    try:
        protocol = plugins.protocol(name)
    except RequestError:
        return None  # a source of somebody else, without settings that we know
    chosen = for_protocol(chosen, name)
    rows = tuple(
        Row(each, _asked(chosen, each.name, whose) or each.usual) for each in protocol.settings
    )
    what = "Pod" if whose == "pod" else f"{NAME[Side(whose)]} insole"
    other = "" if whose == "pod" else Side(whose).other.value
    same = other if other and names.get(other) == name else ""
    return Device(whose, f"{what} · {protocol.title}", rows, same, chosen)


def has_pod(view: BoardView) -> bool:
    """A device beside the pair has said what it is."""
    return bool(spoken(view)["pod"])


def _asked(chosen: Mapping[str, str], name: str, whose: str) -> str:
    return chosen.get(f"{name}.{whose}", chosen.get(name, ""))


def changes(
    device: Device, typed: Mapping[str, str], *, both: bool
) -> tuple[dict[str, str | None], str, str]:
    """What the answers of a form change in the source string.

    Args:
        device: whose form it is.
        typed: each setting's answer.
        both: for the other foot too, but for its name.

    Returns:
        Key to value, None to take it out; or nothing, with the name of the setting that cannot be
        used and a sentence.
    """
    wanted: dict[str, str | None] = {}
    for row in device.rows:
        name = row.setting.name
        value = typed.get(name, row.value).strip()
        value = "" if value == AS_IT_IS else value
        fault = row.setting.fault(value) if value else ""
        if fault:
            return {}, name, f"{row.title}: {fault}."
        shared = both and bool(device.other) and name not in ITS_OWN
        feet = (device.whose, device.other) if shared else (device.whose,)
        in_force = {_asked(device.chosen, name, foot) or row.setting.usual for foot in feet}
        if in_force == {value or row.setting.usual}:
            continue
        if shared:
            wanted |= {f"{name}.{foot}": None for foot in feet if f"{name}.{foot}" in device.chosen}
            wanted[name] = value or None
        else:
            wanted[f"{name}.{device.whose}"] = value or None
    return wanted, "", ""
