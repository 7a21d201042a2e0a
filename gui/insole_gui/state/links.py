"""What a link says about itself: chip, ledger and the sentence under the foot."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Literal, TypeAlias

from insole.live.board import BoardView, FootView
from insole.model.foot import Side
from insole.parameters import Parameters
from insole_gui.state.numbers import fixed, plain
from insole_gui.state.zero import zero_old, zero_words

Health: TypeAlias = Literal["live", "stale", "lost", "absent"]

NAME = {Side.LEFT: "Left", Side.RIGHT: "Right"}


@dataclass(frozen=True, slots=True)
class Chip:
    """The words of one link chip; `warn` puts ▲ in front."""

    name: str
    first: str
    second: str
    short: str
    battery: int | None
    warn: bool
    spoken: str


def health(foot: FootView) -> Health:
    """How far the foot's newest numbers may be believed."""
    if not foot.device and foot.values is None:
        return "absent"
    if settling(foot) and foot.phase == "streaming":
        return "live"
    stale = not foot.age_s <= Parameters()["display.stale_s"]
    if foot.phase in ("reconnecting", "lost", "refused"):
        return "lost"
    if stale and isfinite(foot.age_s) and foot.phase in ("searching", "connecting"):
        return "lost"  # there were samples before: it is coming back
    return "stale" if stale else "live"


def settling(foot: FootView) -> bool:
    """Pressures have come, but the device's clock is not known yet: they have no age."""
    return foot.values is not None and foot.time_s is None


def age_words(age_s: float) -> str:
    """Counts up in a steady width: `12 ms`, `0.8 s`, `12 s`, `3 min`."""
    if not isfinite(age_s):
        return "no data yet"
    if age_s < 0.25:
        return f"{age_s * 1000:.0f} ms"
    if age_s < 10:
        return f"{fixed(age_s, 1)} s"
    return f"{age_s:.0f} s" if age_s < 120 else f"{age_s / 60:.0f} min"


def chip(side: Side, foot: FootView) -> Chip:
    """The chip of one foot."""
    name = NAME[side]
    state = health(foot)
    if state == "absent":
        words = foot.phase_text or "not connected"
        return Chip(name, words, "", words, None, False, f"{name} insole: {words}")
    lost = foot.ledger.lost
    rate = f"{fixed(foot.measured_hz, 1)} of {foot.nominal_hz:.0f} Hz"
    rssi = f"{plain(foot.rssi_dbm, 0)} dBm · " if foot.rssi_dbm is not None else ""
    there = "nothing yet"
    if foot.ledger.expected:
        there = f"{fixed(100 * foot.ledger.coverage, 1)} % there"
    first, second = f"{rate} · {lost} lost", f"{rssi}{there} · {age_words(foot.age_s)} old"
    short = f"{foot.measured_hz:.0f} Hz"
    if settling(foot):
        first, short, second = "finding its clock", "settling", f"{rssi}{there}"
    if state == "lost":
        first, short = f"lost {age_words(foot.age_s)} ago", "lost"
        second = foot.phase_text or "searching"
    elif state == "stale":
        first = f"no data for {age_words(foot.age_s)}"
        if not isfinite(foot.age_s):
            first = "no data yet"
        short = first.replace(" for ", " ")
        second = foot.phase_text or f"{rssi}{there}"
    old = zero_old(foot) if state == "live" else ""
    if old:
        second = old
    battery = "" if foot.battery is None else f", battery {foot.battery} percent"
    spoken = f"{name} insole: {foot.phase}, {first}, {second}{battery}"
    warn = state != "live" or bool(old)
    return Chip(name, first, second, short, foot.battery, warn, spoken)


def sentence(side: Side, view: BoardView) -> str:
    """The sentence under a foot that is not live; empty for a live one."""
    foot = view.feet[side]
    name = NAME[side]
    match health(foot):
        case "absent":
            other = health(view.feet[side.other]) != "absent"
            words = f"{NAME[side.other]} only. Symmetry needs both." if other else ""
        case "lost":
            ending = "Recording goes on." if view.recording is not None else ""
            words = f"{name} lost {age_words(foot.age_s)} ago. Searching. {ending}".rstrip()
        case "stale" if view.replay is not None and (view.replay.rests or view.finished):
            words = ""
        case "stale" if isfinite(foot.age_s):
            words = f"{name}: no data for {age_words(foot.age_s)}"
        case "stale":
            words = f"{name}: waiting for the first data"
        case "live":
            words = ""
    return words


def ledger_lines(foot: FootView) -> list[tuple[str, str]]:
    """Name and value of everything that is known about a link, for the Insoles page."""
    ledger, capability = foot.ledger, foot.capability
    lines = [
        ("State", foot.phase_text or foot.phase),
        ("Device", foot.device or "none"),
        ("Rate", f"{fixed(foot.measured_hz, 1)} of {foot.nominal_hz:.0f} Hz"),
        ("Newest sample", f"{age_words(foot.age_s)} old" if isfinite(foot.age_s) else "none yet"),
        ("Expected", f"{ledger.expected}"),
        ("Received", f"{ledger.received}"),
        ("Recovered", f"{ledger.recovered}"),
        ("Lost", f"{ledger.lost}"),
        ("Largest gap", f"{fixed(ledger.largest_gap_s, 2)} s"),
        ("Duplicates", f"{ledger.duplicates}"),
        ("Out of order", f"{ledger.reordered}"),
        ("Corrupt packets", f"{ledger.corrupt}"),
        ("Battery", "not told" if foot.battery is None else f"{foot.battery} %"),
        ("Zero", zero_words(foot)),
        ("Signal", "not told" if foot.rssi_dbm is None else f"{plain(foot.rssi_dbm, 0)} dBm"),
    ]
    if capability is not None:
        layout = capability.layout
        lines[2:2] = [
            ("Protocol", capability.protocol),
            ("Serial, firmware", f"{capability.serial or '–'}, {capability.firmware or '–'}"),
            ("Sensors", f"{layout.sensors}, {capability.quantity}, {layout.name}"),
        ]
    return lines
