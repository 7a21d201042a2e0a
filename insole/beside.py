"""What devices told beside their pressure, on the axis of the trial: motion, their own gait rows.

Nothing else is computed from it here. A device's rows of all kinds share its clock, which is fitted
as that of samples is, to the kind of which there is most.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from insole.model.arrays import Floats, Ints
from insole.model.foot import Side
from insole.model.stream import Readings, Samples
from insole.model.trial import StartState
from insole.parameters import Parameters
from insole.signal.clock import ClockStage
from insole.signal.order import LARGEST, LARGEST_NS

RESTART_US = 10_000_000  # device time that falls by more than this is another count


@dataclass(frozen=True, slots=True)
class DeviceReadings:
    """One kind of what one device told.

    Attributes:
        device: its key.
        side: the foot that it is on; None: a pod, or a device that never said.
        kind: e.g. `acceleration`, `quaternion`, `gait`.
        unit: of the values; empty: plain numbers.
        channels: c names.
        time_s: (n,) s on the axis of the trial.
        values: (n, c), scaled; NaN where the device does not know.
    """

    device: str
    side: Side | None
    kind: str
    unit: str
    channels: tuple[str, ...]
    time_s: Floats
    values: Floats


def timed(
    items: Iterable[Readings], *, start: StartState, sides: Mapping[str, Side | None]
) -> tuple[DeviceReadings, ...]:
    """Readings with the time of the trial, by device and kind.

    Args:
        items: large blocks, each of one device and kind, rows in order of arrival.
        start: where the trial began; clocks already settled are used.
        sides: what devices say of themselves.
    """
    by_device: dict[str, dict[tuple[str, tuple[str, ...]], list[Readings]]] = {}
    for item in filter(None, map(_possible, items)):
        kinds = by_device.setdefault(item.device, {})
        kinds.setdefault((item.kind, item.channels), []).append(item)
    found: list[DeviceReadings] = []
    for device, kinds in by_device.items():
        clock = _Clock(max(kinds.values(), key=_rows), start=start)
        for (kind, channels), blocks in kinds.items():
            tick_us = np.concatenate([block.tick_us for block in blocks])
            arrival_ns = np.concatenate([block.arrival_ns for block in blocks])
            found.append(
                DeviceReadings(
                    device=device,
                    side=start.side_of(device, sides.get(device)),
                    kind=kind,
                    unit=blocks[0].unit,
                    channels=channels,
                    time_s=clock.time_s(tick_us, arrival_ns),
                    values=np.concatenate([block.values * block.scale for block in blocks]),
                )
            )
    return tuple(found)


def _possible(item: Readings) -> Readings | None:
    """Rows whose times a device can have reached, as of samples; None when there are none."""
    fits = (np.abs(item.tick_us) <= LARGEST) & (np.abs(item.arrival_ns) <= LARGEST_NS)
    if fits.all():
        return item if len(fits) else None
    kept = replace(
        item,
        tick_us=item.tick_us[fits],
        arrival_ns=item.arrival_ns[fits],
        values=item.values[fits],
    )
    return kept if fits.any() else None


def _rows(blocks: list[Readings]) -> int:
    return sum(len(block.tick_us) for block in blocks)


class _Clock:
    """Device time of one device to the trial's axis, count by count.

    Args:
        blocks: the kind that it is fitted to.
        start: where the trial began.
    """

    def __init__(self, blocks: list[Readings], *, start: StartState) -> None:
        tick_us = np.concatenate([block.tick_us for block in blocks])
        arrival_ns = np.concatenate([block.arrival_ns for block in blocks])
        device = blocks[0].device
        moved = start.alignment
        shift_s = moved.shift_s if moved is not None and moved.device == device else 0.0
        stage = ClockStage(
            origin_ns=start.origin_ns + round(shift_s * 1e9),
            prior=next((clock for clock in start.clocks if clock.device == device), None),
            parameters=Parameters(start.parameters),
        )
        cuts = np.flatnonzero(np.diff(tick_us) < -RESTART_US) + 1
        self._begins_ns: Ints = arrival_ns[cuts]
        self._counts: list[tuple[Ints, Floats]] = []
        for part in np.split(np.arange(len(tick_us)), cuts):
            order = part[np.argsort(tick_us[part], kind="stable")]
            samples = _bare(device, tick_us[order], arrival_ns[order], segment=len(self._counts))
            mapped = [*stage.push(samples), *stage.flush()]
            ticks = np.concatenate([each.samples.tick_us for each in mapped])
            offset_s = np.concatenate([each.time_s for each in mapped]) - ticks * 1e-6
            self._counts.append((ticks, offset_s))

    def time_s(self, tick_us: Ints, arrival_ns: Ints) -> Floats:
        """(n,) s on the trial's axis."""
        count = np.searchsorted(self._begins_ns, arrival_ns, side="right")
        time_s = np.empty(len(tick_us))
        for index, (ticks, offset_s) in enumerate(self._counts):
            rows = count == index
            time_s[rows] = tick_us[rows] * 1e-6 + np.interp(tick_us[rows], ticks, offset_s)
        return time_s


def _bare(device: str, tick_us: Ints, arrival_ns: Ints, *, segment: int) -> Samples:
    count = len(tick_us)
    return Samples(
        device=device,
        sequence=np.arange(count, dtype=np.int64),
        tick_us=tick_us,
        arrival_ns=arrival_ns,
        values=np.zeros((count, 0), np.int16),
        flags=np.zeros(count, np.uint32),
        segment=segment,
    )
