"""What decoders of ORPHE devices share: state, texts, places of packets, motion and steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from insole.model.arrays import Ints, Raw
from insole.model.stream import Connected, Disconnected, Readings
from insole_drivers.protocols import orphe_gait as gait
from insole_drivers.protocols import orphe_wire as wire
from insole_drivers.protocols.orphe_track import Placed, Track
from insole_drivers.protocols.teller import Refused, Teller

CODES: Final = 32768.0  # of the acceleration's range


class OrpheTeller(Teller):
    """The half of a decoder that is alike for pods and insoles.

    Memory is bounded: one packet that waits for a witness, and the parts of a few steps.

    Args:
        device: its key.
    """

    def __init__(self, device: str) -> None:
        super().__init__(device)
        self._state: wire.State | None = None
        self._track: Track[wire.Values] = Track()
        self._refused = 0
        self._steps = gait.Book()
        self._is_clock_set = False

    def _new_link(self, event: Connected | Disconnected) -> None:
        del event
        self._track.new_link()

    def _packet(self, channel: str, data: bytes) -> None:
        if channel == wire.VALUES:
            self._values(data)
        elif channel == wire.GAIT:
            self._gait(data)
        elif channel == wire.STATE:
            self._take_state(data)
        else:
            self._standard(channel, data)

    def _values(self, data: bytes) -> None:
        """One notification of samples."""
        raise Refused("unknown_type", f"packet header {data[:1].hex()} is not defined")

    def _mounted(self, state: wire.State) -> str:
        """Where it is worn, in words."""
        return "dorsal" if state.is_dorsal else "plantar"

    def _take_state(self, data: bytes) -> None:
        state = wire.state(data)
        if state is None:
            why = f"{len(data)} of at least 10 bytes of device information"
            raise Refused("truncated", why)
        self._state = state
        self._info("battery_state", state.battery_word)
        self._info("mount", self._mounted(state))
        if not self._is_clock_set:  # once: set anew on each link, its time would step each time
            self._is_clock_set = True
            self._out.append(wire.set_clock())

    def _placed(self, values: wire.Values, *, kind: str | int) -> list[Placed[wire.Values]]:
        """Packets whose place is now certain; what contradicts all others is named."""
        placed = self._track.place(
            values,
            kind=kind,
            serial=values.serial,
            day_ms=values.day_ms,
            arrival_ns=self._now_ns,
        )
        if self._track.refused > self._refused:
            self._refused = self._track.refused
            self._notice("bad_value", "serial number and time of a packet contradict all others")
        return placed

    def _motion(
        self, rows: Raw, tick_us: Ints, *, arrival_ns: int, scales: Sequence[tuple[str, float]]
    ) -> None:
        """Acceleration, rotation and orientation; X to the right, Y to the toes, Z up.

        Args:
            rows: (n,) with fields `acc`, `gyro` and `quat` in codes.
            tick_us: (n,) device time.
            arrival_ns: of their packet.
            scales: fields that are told, and what one code means.
        """
        for name, scale in scales:
            kind, unit, channels = _MOTIONS[name]
            self._out.append(
                Readings(
                    device=self._device,
                    kind=kind,
                    unit=unit,
                    channels=channels,
                    tick_us=tick_us,
                    arrival_ns=np.full(len(rows), arrival_ns, np.int64),
                    values=rows[name].astype(np.int16),
                    scale=scale,
                )
            )

    def _gait(self, data: bytes) -> None:
        part = gait.part(data)
        if part is None:
            raise Refused("unknown_type", "no packet of the step analysis")
        if part.kind == gait.MOTION:
            self._row("gait_motion", gait.MOTION_ROW, (float(part.step), *part.values))
            return
        before = self._steps.incomplete + self._steps.skipped
        row = self._steps.take(part)
        lost = self._steps.incomplete + self._steps.skipped - before
        if lost:
            self._notice("protocol", f"{lost} of the device's own steps did not come whole")
        if row is not None:
            self._row("gait", gait.ROW, row)

    def _row(self, kind: str, channels: tuple[str, ...], row: tuple[float, ...]) -> None:
        newest = self._track.newest  # these packets tell no time
        tick_us = 0 if newest is None else newest.tick_us
        self._out.append(
            Readings(
                device=self._device,
                kind=kind,
                unit="",
                channels=channels,
                tick_us=np.array([tick_us], np.int64),
                arrival_ns=np.array([self._now_ns], np.int64),
                values=np.array([row]),
            )
        )


_MOTIONS: Final = {
    "acc": ("acceleration", "g", ("x", "y", "z")),
    "gyro": ("gyroscope", "deg/s", ("x", "y", "z")),
    "quat": ("quaternion", "", ("w", "x", "y", "z")),
}
"""Field of a packet to kind, unit and channels of its readings."""
