"""Lab Streaming Layer: an outlet per foot and one for events; an inlet for markers and channels.

Times are those of the samples, on the host's monotonic clock, which is LSL's own clock; LSL's
receivers correct for the offset between computers.

* `insole left`, `insole right` (type `Pressure`): force N, CoP x and y mm, force of each region N,
  then every sensor in the unit that the insole speaks. Rows that bridge a gap are there too;
  what is not defined is NaN.
* `insole events` (type `Markers`): `left foot_strike`, `left toe_off`, ... stamped with the event,
  sent when the step is known for sure.

`lsl` is announced on this computer alone, and found by nobody else; the port from which the data
are fetched is open to the network all the same, which is how LSL's library is made. `lsl:network`
is announced as the network's LSL configuration says. With `markers=NAME` an LSL
stream of texts becomes markers, and with `channels=NAME` a stream of numbers is recorded beside
the insoles.
"""

from __future__ import annotations

import json
import os
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np

from insole.errors import RequestError
from insole.live.streaming import Around, Stream, known_options
from insole.model.arrays import Floats
from insole.model.foot import REGIONS, Side
from insole.model.gait import Steps
from insole.model.stream import Connected, Disconnected, Mark, Packet
from insole.pipeline import FootUpdate
from insole_drivers.advice import shown
from insole_drivers.protocols.channels import CHANNEL, TOLD, row_bytes

LOCAL: Final = (
    "[ports]\nIPv6 = disable\n[multicast]\nResolveScope = machine\nListenAddress = 127.0.0.1\n"
)
EVENTS: Final = ("foot_strike_s", "toe_off_s")
SOON_S: Final = 0.2
SEARCH_S: Final = 1.0
MOST_CHANNELS: Final = 256
MOST_TEXT: Final = 200


class Lsl:
    """Outlets that appear when a foot begins to speak, and threads that listen.

    Args:
        lsl: the module `pylsl`.
        around: the session.
        markers, channels: names of streams to listen to.
    """

    def __init__(
        self, lsl: Any, *, around: Around, markers: str | None, channels: str | None
    ) -> None:
        self._lsl = lsl
        self._around = around
        self._feet: dict[Side, Any] = {}
        self._events: Any = lsl.StreamOutlet(_events_info(lsl))
        self._is_over = threading.Event()
        self._threads: list[threading.Thread] = []
        for name, hear in (
            (markers, self._hear_markers),
            (channels, self._hear_channels),
        ):
            if name is not None:
                thread = threading.Thread(target=self._listen, args=(name, hear), name="insole-lsl")
                thread.start()
                self._threads.append(thread)

    def push(self, updates: list[FootUpdate]) -> None:
        """Every row of both feet, and the events of steps that are final."""
        for update in updates:
            if len(update.load.time_s):
                outlet = self._feet.get(update.side) or self._made(update)
                if outlet is not None:
                    stamps = [self._around.host_s(each) for each in update.load.time_s.tolist()]
                    outlet.push_chunk(table(update).tolist(), stamps)
            for time_s, text in events(update.steps):
                self._events.push_sample([text], self._around.host_s(time_s))

    def close(self) -> None:
        """Outlets vanish; listeners end."""
        self._is_over.set()
        for thread in self._threads:
            thread.join(SEARCH_S + 2.0)
        self._threads.clear()
        self._feet.clear()
        self._events = None

    def _made(self, update: FootUpdate) -> Any:
        capability = self._around.capability(update.side)
        if capability is None:
            return None
        unit = capability.quantity
        names = [*FIRST, *((f"force {region}", "N") for region in REGIONS)]
        names += [(f"sensor {number}", unit) for number in range(1, capability.layout.sensors + 1)]
        info = self._lsl.StreamInfo(
            f"insole {update.side.value}",
            "Pressure",
            len(names),
            capability.rate_hz,
            "float32",
            f"insole-{capability.serial or capability.device}-{update.side.value}",
        )
        channels = info.desc().append_child("channels")
        for label, each in names:
            channel = channels.append_child("channel")
            channel.append_child_value("label", label)
            channel.append_child_value("unit", each)
        about = info.desc().append_child("insole")
        about.append_child_value("protocol", capability.protocol)
        about.append_child_value("layout", capability.layout.name)
        made = self._lsl.StreamOutlet(info)
        self._feet[update.side] = made
        return made

    # --- what others send; each in a thread of its own ---

    def _listen(self, name: str, hear: Callable[[Any], None]) -> None:
        while not self._is_over.is_set():
            found = self._lsl.resolve_byprop("name", name, 1, SEARCH_S)
            if found:
                inlet = self._lsl.StreamInlet(found[0], recover=False)
                try:
                    hear(inlet)
                except self._lsl.LostError:
                    pass  # it ended: search again
                finally:
                    inlet.close_stream()

    def _hear_markers(self, inlet: Any) -> None:
        while not self._is_over.is_set():
            sample, stamp = inlet.pull_sample(SOON_S)
            if stamp is not None:
                at_s = stamp + inlet.time_correction(SEARCH_S)
                text = shown(str(sample[0]))[:MOST_TEXT]
                self._around.put(Mark(round(at_s * 1e9), text))

    def _hear_channels(self, inlet: Any) -> None:
        info = inlet.info(SEARCH_S)
        count = info.channel_count()
        if not 1 <= count <= MOST_CHANNELS or info.channel_format() == self._lsl.cf_string:
            self._is_over.wait(SEARCH_S)
            return
        device = f"lsl {shown(info.name())}"[:64]
        told = {
            "kind": shown(info.name())[:64],
            "channels": _labels(info, count),
            "rate_hz": info.nominal_srate(),
        }
        began_ns = time.monotonic_ns()
        put = self._around.put
        put(Connected(device, began_ns, "channels", "lsl", shown(info.name()), 0))
        put(Packet(device, TOLD, began_ns, json.dumps(told).encode()))
        try:
            while not self._is_over.is_set():
                rows, stamps = inlet.pull_chunk(SOON_S)
                if stamps:
                    offset_s = inlet.time_correction(SEARCH_S)
                    for row, stamp in zip(rows, stamps, strict=True):
                        payload = row_bytes(round((stamp + offset_s) * 1e6), row)
                        put(Packet(device, CHANNEL, time.monotonic_ns(), payload))
        finally:
            put(Disconnected(device, time.monotonic_ns(), "the stream ended"))


FIRST: Final = (("force", "N"), ("cop x", "mm"), ("cop y", "mm"))


def table(update: FootUpdate) -> Floats:
    """(n, 3 + R + S): force, CoP, regions, sensors."""
    load = update.load
    return np.column_stack([load.total_n, load.cop_mm, load.region_n, update.frames.values])


def events(steps: Steps) -> list[tuple[float, str]]:
    """Instants and names of the events of these steps, in order of time."""
    said = [
        (time_s, f"{steps.side.value} {name.removesuffix('_s')}")
        for name in EVENTS
        for time_s in steps.value.get(name, np.empty(0)).tolist()
        if np.isfinite(time_s)
    ]
    return sorted(said)


def _events_info(lsl: Any) -> Any:
    info = lsl.StreamInfo("insole events", "Markers", 1, 0.0, "string", f"insole-{os.getpid()}")
    channel = info.desc().append_child("channels").append_child("channel")
    channel.append_child_value("label", "foot strike and toe-off")
    return info


def _labels(info: Any, count: int) -> list[str]:
    labels: list[str] = []
    child = info.desc().child("channels").child("channel")
    for number in range(1, count + 1):
        labels.append(shown(child.child_value("label"))[:64] or str(number))
        child = child.next_sibling()
    return labels


def open_lsl(target: str, *, options: dict[str, str], around: Around) -> Stream:
    """Entry point `lsl`: `lsl`, `lsl:network`, `lsl?markers=NAME&channels=NAME`.

    Raises:
        RequestError: LSL is not installed, or the target is another.
    """
    known_options(options, ("markers", "channels"), name="lsl")
    if target not in ("", "network"):
        raise RequestError(
            f"cannot stream to '{target[:80]}'",
            where="--stream lsl",
            why="LSL has no addresses: who wants a stream searches for it",
            fix="Write lsl for this computer alone, or lsl:network",
        )
    if not target and "LSLAPICFG" not in os.environ:
        _stay_here()
    try:
        import pylsl
    except (ImportError, RuntimeError, OSError) as error:
        raise RequestError(
            "cannot stream over LSL",
            where="--stream lsl",
            why=f"pylsl cannot be loaded: {error}",
            fix="Install it beside this program: pip install pylsl",
        ) from error
    return Lsl(
        pylsl,
        around=around,
        markers=options.get("markers"),
        channels=options.get("channels"),
    )


def _stay_here() -> None:
    """LSL reads its configuration once, from a file, when it is first used."""
    path = Path(tempfile.mkdtemp(prefix="insole-lsl-")) / "lsl_api.cfg"
    path.write_text(LOCAL, encoding="utf-8")
    os.environ["LSLAPICFG"] = str(path)
