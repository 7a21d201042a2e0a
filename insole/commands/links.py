"""Links and sensors judged in the terminal: of a recording, or of what streams now."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from math import isfinite
from typing import Any

from insole.errors import RequestError
from insole.model.foot import Side
from insole.model.link import LinkHealth
from insole.plugins import LinkDoctor, link_doctor
from insole.signal.health import LASTING, Finding

LIVE_S = 20.0
STRIP = " ░▒▓█"
WIDEST = 60
POLL_S = 0.2


@dataclass(frozen=True, slots=True)
class Judged:
    """What the doctor says.

    Attributes:
        links: each device that was heard, by its key.
        sensors: what was wrong with sensors, foot by foot, in order of time.
    """

    links: Mapping[str, LinkHealth]
    sensors: tuple[tuple[Side, Finding], ...]

    @property
    def is_bad(self) -> bool:
        """Something spoils results."""
        spoilt = any(each.level == "bad" for one in self.links.values() for each in one.findings)
        return spoilt or any(_goes_on(found) for _, found in self.sensors)


def of_file(path: str) -> Judged:
    """Links and sensors of a recording; of other files, their stamps and sensors.

    Raises:
        FileError: it cannot be read.
        RequestError: no link doctor is installed.
    """
    from insole.api import analyze, open_recording

    doctor = _doctor()
    with closing(open_recording(path)) as recording:
        for event in recording.events():
            doctor.feed(event)
        for item in recording.decoded():
            doctor.heard([item])
    feet = analyze(path).feet
    found = ((side, each) for side, foot in sorted(feet.items()) for each in foot.findings)
    return Judged(doctor.health(), tuple(found))


def of_source(args: argparse.Namespace) -> Judged:
    """Links and sensors that stream now, after some seconds.

    Raises:
        BluetoothError: there is no radio, or nobody answers.
        RequestError: the source is not understood, or no link doctor is installed.
    """
    from insole.api import live_session, source_spec
    from insole.commands.options import checked_seconds

    _doctor()
    seconds = checked_seconds(args.seconds) or LIVE_S
    simulate = False if args.simulate is None else args.simulate
    spec = args.source or source_spec(args.left, args.right, simulate, pod=args.pod)
    session = live_session(spec)
    session.start()
    try:
        began_s: float | None = None
        while not session.view().finished:
            if began_s is None and session.view().links:
                began_s = time.monotonic()
            if began_s is not None and time.monotonic() - began_s >= seconds:
                break
            time.sleep(POLL_S)
        view = session.view()
    finally:
        session.close()
    found = ((side, each) for side, foot in sorted(view.feet.items()) for each in foot.findings)
    return Judged(dict(view.links), tuple(found))


def _doctor() -> LinkDoctor:
    doctor = link_doctor()
    if doctor is None:
        raise RequestError(
            "links cannot be judged",
            where="insole doctor",
            why="no link doctor is installed",
            fix="Install insole again",
        )
    return doctor


def document(judged: Judged) -> dict[str, Any]:
    """The document `insole.links/1`."""
    return {
        "schema": "insole.links/1",
        "links": [_fields(health) for health in judged.links.values()],
        "sensors": [
            {
                "side": side.value,
                "sensor": found.number,
                "state": found.state,
                "goes_on": _goes_on(found),
                "text": found.text,
            }
            for side, found in judged.sensors
        ],
    }


def _goes_on(found: Finding) -> bool:
    return found.state in LASTING and found.until_s is None


def _fields(health: LinkHealth) -> dict[str, Any]:
    numbers = ("nominal_hz", "measured_hz", "device_hz", "jitter_ms", "packet_ms", "burst")
    return {
        "device": health.device,
        **{name: _number(getattr(health, name)) for name in numbers},
        "mtu": health.mtu or None,
        "rssi_dbm": health.rssi_dbm,
        "connections": health.connections,
        "lost_share": health.lost_share,
        "strip": {"second": health.strip_s.tolist(), "lost_share": health.strip_lost.tolist()},
        "findings": [
            {"kind": each.kind, "level": each.level, "text": each.text, "advice": each.advice}
            for each in health.findings
        ],
    }


def _number(value: float) -> float | None:
    return value if isfinite(value) else None


def lines(judged: Judged) -> list[str]:
    """The same for people."""
    if not judged.links:
        return ["Nothing was heard: no link, and no sample."]
    said: list[str] = []
    for health in judged.links.values():
        facts = (
            (f"{health.measured_hz:.1f} of {health.nominal_hz:g} Hz", health.measured_hz),
            (f"arrivals within {health.jitter_ms:.0f} ms", health.jitter_ms),
            (f"a packet every {health.packet_ms:.0f} ms", health.packet_ms),
            (f"MTU {health.mtu}", float(health.mtu or "nan")),
            (f"{health.rssi_dbm} dBm", float(health.rssi_dbm or "nan")),
            (f"{health.lost_share:.2%} lost", health.lost_share),
        )
        known = ", ".join(text for text, value in facts if isfinite(value))
        said.append(f"{health.device}: {known}")
        if health.lost_share > 0:
            said.append(f"  losses by time |{strip(health)}|")
        for each in health.findings:
            said.append(f"  {'▲' if each.level == 'bad' else '·'} {each.text}")
            if each.advice:
                said.append(f"      {each.advice}.")
        if not health.findings:
            said.append("  ✓ nothing to remark")
    return said + [
        f"{'▲' if _goes_on(found) else '·'} {side}: {found.text}" for side, found in judged.sensors
    ]


def strip(health: LinkHealth) -> str:
    """The heat strip as text: the darker, the more of that time is lost."""
    last = int(health.strip_s[-1]) + 1
    per = max(1, -(-last // WIDEST))
    worst = [0.0] * (-(-last // per))
    for second, share in zip(health.strip_s.tolist(), health.strip_lost.tolist(), strict=True):
        worst[int(second) // per] = max(worst[int(second) // per], share)
    return "".join(STRIP[min(4, round(4 * share + 0.49))] for share in worst)
