"""What the engine puts on the board: a view of a trial at one moment."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from math import inf
from typing import Any

from insole.analysis import sync_of
from insole.errors import StorageError
from insole.guided.view import ZeroView
from insole.live.board import CompanionView, FootView, ReplayView, TimeView
from insole.live.newest import Newest, provisional
from insole.live.watching import Watch
from insole.model.foot import Side
from insole.model.gait import Steps
from insole.model.link import LinkHealth
from insole.model.trial import clock_of
from insole.pipeline import FootPipeline
from insole.plugins import LinkDoctor, link_doctor
from insole.signal.holds import quadripod_hold
from insole.trial import RunningTrial

JUDGE_S = 1.0
NEED_WORDS = ("lost", "refused", "reconnecting")


class Links:
    """How well links do, judged anew once a second.

    Args:
        live: there are links; a replay has none.
    """

    def __init__(self, *, live: bool) -> None:
        self.doctor: LinkDoctor | None = link_doctor() if live else None
        self._looked_s = -inf
        self._health: dict[str, LinkHealth] = {}

    def look(self, now_s: float, *, last: bool = False) -> dict[str, LinkHealth]:
        """The newest judgement, by device; the last one is of everything that was heard."""
        if self.doctor is not None and (last or now_s >= self._looked_s + JUDGE_S):
            self._looked_s = now_s
            self._health = self.doctor.health()
        return self._health


def foot_view(
    trial: RunningTrial,
    side: Side,
    *,
    newest: Newest | None,
    steps: Mapping[Side, Steps],
    watch: Watch,
    now_s: float | None = None,
) -> FootView:
    """One foot now; histories and ages are the board's own.

    Args:
        trial: the one that runs.
        side: which foot.
        newest: its newest row.
        steps: of both feet.
        watch: what is done now.
        now_s: newest instant of live feet; None: it is a replay.
    """
    foot = trial.pair.feet.get(side)
    key = foot.capability.device if foot else _linked(trial, side)
    device = trial.intake.devices.get(key) if key else None
    link = device.link if device else trial.said.get(side)
    view = FootView(
        device=key or "",
        phase=link.phase if link else ("streaming" if foot else "searching"),
        phase_text=link.text if link else "",
        battery=device.battery if device else None,
        rssi_dbm=device.rssi_dbm if device else None,
    )
    if foot is None or device is None:
        return view
    sway, sway_s = watch.sway(side)
    view = replace(
        view,
        capability=foot.capability,
        nominal_hz=foot.capability.rate_hz,
        ledger=trial.ledger(side) or device.ledger,
        in_contact=foot.contacts.in_contact,
        since_s=foot.contacts.since_s,
        steps=steps.get(side),
        anchors_mm=foot.load.regions.anchors_mm,
        sway=sway,
        sway_s=sway_s,
        findings=tuple(foot.sensors.findings),
        masked=foot.sensors.masked,
        quadripod=quadripod_hold(
            foot.load.masked(foot.sensors.masked).observable,
            parameters=watch.parameters,
            lost=watch.lost(side),
        ),
        ranges=watch.kept(side),
        is_force=foot.load.is_force,
        zero=None if now_s is None else zero_view(trial, foot, now_s=now_s),
    )
    if newest is None:
        return provisional(view, foot)
    return replace(
        view,
        values=newest.values,
        total_n=newest.total_n,
        cop_mm=newest.cop_mm,
        tripod=newest.tripod,
        barycentric=newest.barycentric,
        coverage3=newest.coverage3,
    )


def replay_view(source: Any, going_s: float | None) -> ReplayView:
    """Where the player of a file is, or is led to."""
    return ReplayView(
        path=str(source.path),
        position_s=source.position_s if going_s is None else going_s,
        duration_s=source.duration_s,
        speed=source.speed,
        paused=source.paused,
        going=going_s is not None,
    )


def zero_view(trial: RunningTrial, foot: FootPipeline, *, now_s: float) -> ZeroView:
    """How old the zero of a live foot is: its newest swing of gait, its entry, or the session."""
    key, serial = foot.capability.device, foot.capability.serial
    moved_s = foot.sensors.zero_moved_s
    if moved_s > -inf:
        return ZeroView(max(0.0, now_s - moved_s), True)
    told = [
        clock_of(entry.when)
        for entry in trial.start.calibrations
        if entry.zero is not None and (entry.device == key or (serial and entry.serial == serial))
    ]
    if told and told[-1] is not None:
        return ZeroView(max(0.0, time.time() - told[-1]), True)
    return ZeroView(now_s, False)


def companions(trial: RunningTrial, *, now_ns: int | None) -> tuple[CompanionView, ...]:
    """Devices beside the pair.

    Args:
        trial: the one that runs.
        now_ns: on the clock of arrivals; None: it is played, and as new as its playing.
    """
    return tuple(
        CompanionView(
            device=device.key,
            role=device.role,
            phase=device.link.phase if device.link else "streaming",
            phase_text=device.link.text if device.link else "",
            battery=device.battery,
            age_s=_age_s(device.told_ns, now_ns),
            protocol=device.protocol,
        )
        for device in trial.intake.devices.values()
        if device.role
    )


def _age_s(told_ns: int, now_ns: int | None) -> float:
    if not told_ns:
        return float("inf")
    return 0.0 if now_ns is None else (now_ns - told_ns) * 1e-9


def time_view(trial: RunningTrial, *, stomping: str) -> TimeView:
    """How well both feet share one time."""
    return TimeView(
        sd_s=sync_of(trial.pair),
        limit_s=trial.parameters["clock.sync_sd_s"],
        alignment=trial.start.alignment,
        stomping=stomping,
    )


def messages(
    trial: RunningTrial,
    *,
    storage: Exception | None,
    error: Exception | None,
    overflow: int,
    guide: str,
) -> tuple[str, ...]:
    """Sentences for people: what failed, what did not fit, devices that take no part.

    Args:
        trial: the one that runs.
        storage: why a recording cannot go on.
        error: why the session ended.
        overflow: packets that did not fit into the queue.
        guide: what a guided act says.
    """
    said = [str(storage)] if storage is not None else []
    if error is not None and not isinstance(error, StorageError):
        said.append(str(error))
    if overflow:
        said.append(f"This computer is too slow: {overflow} packets did not fit.")
    if guide:
        said.append(guide)
    said += trial.pair.refused.values()
    said += [
        device.link.text
        for device in trial.intake.devices.values()
        if device.link is not None and device.link.phase in NEED_WORDS
    ]
    return tuple(said)


def _linked(trial: RunningTrial, side: Side) -> str:
    for key, device in trial.intake.devices.items():
        if device.link is not None and device.link.side is side:
            return key
    return ""
