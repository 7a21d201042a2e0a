"""Source "file": a recording played into the pipeline, at any speed, with its own arrival times.

What goes out is what came in on the day: the same events with the same `arrival_ns`, so the results
are the same at every speed. Imported files have no packets: their samples go out in slices of
20 ms. The source never runs ahead of a sink that waits (`realtime` is False).

Moving in time: a pipeline cannot run backwards, so `seek` gives everything from the beginning up to
the wanted moment, for a pipeline that starts anew. From the call of `seek` until that iterator is
exhausted the playing thread is parked. One item may have been on its way to the sink when `seek`
was called: drop what the sink holds after `seek` returned and before the first item is taken.
`generation` counts the seeks.
"""

from __future__ import annotations

import heapq
import math
import threading
import time
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

import numpy as np

from insole.errors import InsoleError, RequestError
from insole.model.stream import Capability, Event, Samples
from insole.plugins import Recording, Sink, events_after
from insole_recordings.decoding import has_packets

SLICE_NS = 20_000_000
STOP_S = 5.0
PARK_S = 10.0

Item: TypeAlias = Event | Capability | Samples
Timed: TypeAlias = tuple[int, Item]


class FileSource:
    """Plays one file.

    Attributes:
        path: the file.
        recording: the opened recording: start state, notes, stored document.
        realtime: False: the sink may block, nothing is dropped.
        generation: number of seeks so far.
        duration_s: time of the last item on the pipeline's axis (0 s is `start.origin_ns`).
    """

    realtime = False

    def __init__(
        self,
        recording: Recording,
        *,
        speed: float = 1.0,
        from_s: float | None = None,
        hold: bool = False,
    ) -> None:
        """Prepare to play.

        Args:
            recording: opened; the source closes it.
            speed: 1 is real time; `math.inf` as fast as the sink takes it.
            from_s: items before are passed on at once; None: from where the file was decided to
                begin.
            hold: pause at the end instead of finishing, so that one can still move back.
        """
        self.recording = recording
        self.path: Path = recording.path
        self.generation = 0
        self._origin_ns = recording.start.origin_ns
        self._blocks = None if has_packets(recording.events()) else list(recording.decoded())
        self.duration_s = (self._last_ns() - self._origin_ns) / 1e9
        self._speed = _checked_speed(speed)
        decided = recording.start.decision
        self._from_s = decided.from_s if from_s is None and decided is not None else from_s
        self._hold = hold
        self._changed = threading.Condition()
        self._paused = False
        self._steps = 0
        self._stopping = False
        self._seeking = False
        self._parked = False
        self._finished = False
        self._error: Exception | None = None
        self._position_ns = self._origin_ns
        self._taken = 0
        self._anchor: tuple[float, int] | None = None  # (host s, item ns): where pacing counts from
        self._items: Iterator[Timed] = self._all()
        self._ahead: Timed | None = None
        self._thread: threading.Thread | None = None

    # --- Source ---

    def start(self, sink: Sink) -> None:
        """Begin playing into `sink`, from an own thread."""
        self._thread = threading.Thread(
            target=self._run, args=(sink,), name="insole-replay", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """End; no item after it returns, unless the sink itself never comes back."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(STOP_S)
        self._finished = True
        if self._thread is None or not self._thread.is_alive():
            self.recording.close()

    @property
    def finished(self) -> bool:
        """At the end of the file, failed, or stopped."""
        return self._finished

    @property
    def error(self) -> Exception | None:
        """Why playing ended early: the file is damaged from here on."""
        return self._error

    # --- controls, from any thread ---

    @property
    def position_s(self) -> float:
        """Time of the newest item passed on."""
        return (self._position_ns - self._origin_ns) / 1e9

    @property
    def taken(self) -> int:
        """How many items of the file have been passed on up to this position."""
        return self._taken

    @property
    def paused(self) -> bool:
        """Is it waiting for `resume` or `step`?"""
        return self._paused

    @property
    def speed(self) -> float:
        """Playing speed; infinite is as fast as it goes."""
        return self._speed

    @speed.setter
    def speed(self, value: float) -> None:
        with self._changed:
            self._speed = _checked_speed(value)
            self._anchor = None
            self._changed.notify_all()

    def pause(self) -> None:
        """Hold after the item that is on its way."""
        with self._changed:
            self._paused = True
            self._changed.notify_all()

    def resume(self) -> None:
        """Go on."""
        with self._changed:
            self._paused = False
            self._anchor = None
            self._changed.notify_all()

    def step(self, count: int = 1) -> None:
        """While paused: pass on the next `count` items (packets, or slices of 20 ms)."""
        with self._changed:
            self._steps += max(0, count)
            self._changed.notify_all()

    def seek(self, time_s: float, *, after: int = 0) -> Iterator[Item]:
        """Everything from the beginning up to `time_s`; playing goes on from there.

        The caller feeds a fresh pipeline with it, and takes the iterator to its end. One that has
        had the first `after` items already (see `taken`) is given the others.
        """
        with self._changed:
            self.generation += 1
            self._seeking = True
            self._changed.notify_all()
            parked = self._changed.wait_for(
                lambda: self._parked or self._finished or self._thread is None, PARK_S
            )
        if not parked:
            raise RequestError(
                "cannot move in the recording",
                where=str(self.path),
                why="the pipeline has not taken what it was given",
                fix="Try again",
            )
        return self._until(time_s, after=after)

    # --- inside ---

    def _until(self, time_s: float, *, after: int = 0) -> Iterator[Item]:
        target = self._origin_ns + int(min(max(time_s, 0.0), 1e9) * 1e9)
        self._items, self._ahead, self._taken = self._all(after=after), None, after
        self._position_ns = self._origin_ns
        try:
            for at, item in self._items:
                if at > target:
                    self._ahead = (at, item)
                    break
                self._position_ns = max(self._position_ns, at)
                self._taken += 1
                yield item
        finally:
            with self._changed:
                self._seeking = False
                self._anchor = None
                self._changed.notify_all()

    def _run(self, sink: Sink) -> None:
        try:
            if self._from_s is not None:
                self._seeking = True
                for item in self._until(self._from_s):
                    if self._stopping:
                        return
                    sink(item)
            self._play(sink)
        except InsoleError as error:
            self._error = error
        finally:
            with self._changed:
                self._finished = True
                self._changed.notify_all()

    def _play(self, sink: Sink) -> None:
        while True:
            if not self._ready():
                return
            entry = self._ahead or next(self._items, None)
            self._ahead = entry
            if entry is None:
                if not self._hold:
                    return
                self._paused = True
                continue
            if not self._due(entry[0]):
                continue
            self._ahead = None
            self._taken += 1
            sink(entry[1])
            self._position_ns = max(self._position_ns, entry[0])

    def _ready(self) -> bool:
        """Wait while parked or paused; False: stop."""
        with self._changed:
            while not self._stopping:
                self._parked = self._seeking
                if self._parked:
                    self._changed.notify_all()
                elif not self._paused:
                    return True
                elif self._steps:
                    self._steps -= 1
                    self._anchor = (-math.inf, 0)  # a step does not wait for its time
                    return True
                self._changed.wait()
            return False

    def _due(self, at: int) -> bool:
        """Wait for an item's time; False: something changed, look again."""
        with self._changed:
            if math.isinf(self._speed):
                return True
            now = time.monotonic()
            if self._anchor is None:
                self._anchor = (now, at)
            host_s, item_ns = self._anchor
            wait_s = host_s + (at - item_ns) / 1e9 / self._speed - now
            if wait_s <= 0:
                return True
            self._changed.wait(min(wait_s, 1.0))
            return False

    def _all(self, *, after: int = 0) -> Iterator[Timed]:
        """Everything but the first items."""
        if self._blocks is None:
            for event in events_after(self.recording, after):
                yield event.arrival_ns, event
            return
        devices: dict[str, list[Capability | Samples]] = {}
        for block in self._blocks:
            devices.setdefault(block.device, []).append(block)
        marks: Iterator[Timed] = ((event.arrival_ns, event) for event in self.recording.events())
        merged = heapq.merge(
            *(_slices(blocks) for blocks in devices.values()), marks, key=lambda entry: entry[0]
        )
        yield from islice(merged, after, None)

    def _last_ns(self) -> int:
        if self._blocks is None:
            span: Any = getattr(self.recording, "span_ns", None)
            if span is not None:
                return int(span()[1])
            return max((event.arrival_ns for event in self.recording.events()), default=0)
        return max(
            (int(b.arrival_ns[-1]) for b in self._blocks if isinstance(b, Samples)),
            default=self._origin_ns,
        )


def file_source(spec: str) -> FileSource:
    """Entry point `insole.sources`: `PATH[?speed=1|max&from=S&hold=1&OPTION=VALUE...]`.

    Further keys go to the importer (`quantity`, `layout`, `rate` of tables).

    Raises:
        RequestError: a key has no valid value.
        FileError: the file cannot be read.
    """
    text = spec.removeprefix("file:")
    path, _, query = text.rpartition("?")
    if not path or Path(text).exists():  # a file name may hold a question mark
        path, query = text, ""
    options: dict[str, Any] = dict(parse_qsl(query, keep_blank_values=True))
    speed_text = str(options.pop("speed", "1"))
    from_text = options.pop("from", None)
    hold = options.pop("hold", "0") not in ("0", "", "false")
    speed = parse_speed(speed_text)
    from_s = None if from_text is None else _number(str(from_text), key="from")
    from insole.api import open_recording  # loads the analysis too: only when a file is played

    return FileSource(open_recording(path, **options), speed=speed, from_s=from_s, hold=hold)


def parse_speed(text: str) -> float:
    """`1`, `0.5`, `max`.

    >>> parse_speed("max")
    inf

    Raises:
        RequestError: no speed.
    """
    return math.inf if text == "max" else _checked_speed(_number(text, key="speed"))


def _number(text: str, *, key: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < 0:
        raise RequestError(
            f"cannot read {key} '{text}'",
            where=f"{key}=",
            why="it is not a number of at least 0",
            fix="Write for example speed=2, speed=max or from=30",
        )
    return value


def _checked_speed(value: float) -> float:
    if not value > 0:
        raise RequestError(
            f"speed {value} is not possible",
            where="speed",
            why="a replay runs forward",
            fix="Use a number above 0, or max; pause holds it",
        )
    return value


def _slices(blocks: list[Capability | Samples]) -> Iterator[Timed]:
    """One device in slices of time; a capability comes with the first sample after it."""
    at = 0
    for index, block in enumerate(blocks):
        if isinstance(block, Capability):
            later = (b for b in blocks[index:] if isinstance(b, Samples) and len(b.arrival_ns))
            first = next(later, None)
            at = int(first.arrival_ns[0]) if first is not None else at
            yield at, block
            continue
        arrival = np.maximum.accumulate(block.arrival_ns)
        if not len(arrival):
            continue
        slot = (arrival - arrival[0]) // SLICE_NS
        cuts = [0, *(np.flatnonzero(np.diff(slot)) + 1).tolist(), len(arrival)]
        for a, b in pairwise(cuts):
            at = int(arrival[b - 1])
            yield at, _rows(block, slice(a, b))


def _rows(block: Samples, part: slice) -> Samples:
    return Samples(
        block.device,
        block.sequence[part],
        block.tick_us[part],
        block.arrival_ns[part],
        block.values[part],
        block.flags[part],
        block.segment,
    )
