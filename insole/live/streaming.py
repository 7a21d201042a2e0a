"""Other programs that hear a session while it runs, and that may set markers in it.

`--stream lsl`, `--stream osc:127.0.0.1:9000` name them: NAME, a target after a colon, options after
a question mark. Each is an entry point `insole.streams`. A stream that fails is dropped, which a
marker tells; the session goes on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias
from urllib.parse import parse_qsl

from insole import plugins
from insole.errors import RequestError
from insole.model.foot import Side
from insole.model.stream import Capability, Event, Mark
from insole.pipeline import FootUpdate


class Stream(Protocol):
    """One other program. Called in the engine's thread: never waits."""

    def push(self, updates: list[FootUpdate]) -> None:
        """What one chunk made known."""
        ...

    def close(self) -> None:
        """The session is over: idempotent, bounded in time."""
        ...


@dataclass(frozen=True, slots=True)
class Around:
    """What a stream may know of its session, and do in it.

    Attributes:
        capability: what an insole said of itself, None before it did.
        host_s: host monotonic time, s, of a time on the session's axis.
        put: gives the session an event, as a source does: a marker, or a device of its own.
    """

    capability: Callable[[Side], Capability | None]
    host_s: Callable[[float], float]
    put: Callable[[Event], None]


class StreamFactory(Protocol):
    """Entry point `insole.streams`: opens one.

    Raises:
        RequestError: the target or an option cannot be used.
    """

    def __call__(self, target: str, *, options: dict[str, str], around: Around) -> Stream: ...


@dataclass(slots=True)
class HostTime:
    """From the session's axis to the host's monotonic clock.

    Live, both began together. A replay plays the past: its axis begins when its first sample does.

    Attributes:
        origin_s: host time of zero, None until the first sample of a replay.
    """

    origin_s: float | None

    def __call__(self, time_s: float) -> float:
        """Host monotonic time, s."""
        if self.origin_s is None:
            self.origin_s = time.monotonic() - time_s
        return self.origin_s + time_s


Listener: TypeAlias = Callable[[list[FootUpdate]], None]


@dataclass(slots=True)
class Streams:
    """All streams of one session."""

    _open: dict[str, Stream] = field(default_factory=dict[str, Stream])
    _around: Around | None = None

    def add(self, specs: Iterable[str], *, around: Around) -> None:
        """Open those asked for.

        Raises:
            RequestError: one cannot be opened; those before it are closed again.
        """
        self._around = around
        try:
            for spec in specs:
                name, target, options = parts(spec)
                factory: StreamFactory = plugins.load("insole.streams", name)
                self._open[spec] = factory(target, options=options, around=around)
        except BaseException:
            self.close()
            raise

    def beside(self, listener: Listener | None) -> Listener:
        """Both hear: this listener first, then the streams."""

        def both(updates: list[FootUpdate]) -> None:
            if listener is not None:
                listener(updates)
            self.push(updates)

        return both

    def push(self, updates: list[FootUpdate]) -> None:
        """Hand on; who fails is dropped."""
        for spec, stream in tuple(self._open.items()):
            try:
                stream.push(updates)
            except Exception as error:  # noqa: BLE001  a stranger's fault must not end the session
                self._end(spec)
                said = f"stream {spec} ended: {type(error).__name__}: {error}"
                if self._around is not None:
                    self._around.put(Mark(time.monotonic_ns(), said))

    def close(self) -> None:
        """End all."""
        for spec in tuple(self._open):
            self._end(spec)

    def _end(self, spec: str) -> None:
        with suppress(Exception):  # it is gone either way
            self._open.pop(spec).close()


def parts(spec: str) -> tuple[str, str, dict[str, str]]:
    """Name, target and options of `NAME:TARGET?key=value&...`.

    >>> parts("osc:127.0.0.1:9000?listen=9001")
    ('osc', '127.0.0.1:9000', {'listen': '9001'})

    Raises:
        RequestError: it has not that form.
    """
    head, _, tail = spec.partition("?")
    name, _, target = head.partition(":")
    pairs = parse_qsl(tail, keep_blank_values=True)
    if not name or len(spec) > 1024 or (tail and len(dict(pairs)) != tail.count("&") + 1):
        raise RequestError(
            f"cannot read '{spec[:80]}'",
            where="--stream",
            why="it is not NAME, NAME:TARGET or NAME:TARGET?key=value",
            fix="For example --stream lsl, or --stream osc:127.0.0.1:9000",
        )
    return name, target, dict(pairs)


def known_options(options: dict[str, str], known: tuple[str, ...], *, name: str) -> None:
    """Refuse what a stream does not know.

    Raises:
        RequestError: there is such an option.
    """
    for key in options:
        if key not in known:
            raise RequestError(
                f"'{key}' is no option of {name}",
                where="--stream",
                why=f"its options are: {', '.join(known) or 'none'}",
                fix="Leave it out",
            )
