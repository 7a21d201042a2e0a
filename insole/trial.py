"""A trial: one pipeline from its start state, fed with one sequence of events.

The recorder, if there is one, gets every event first. The document at the end is a function of
(start state, events), so a recording's live result, its replay and its analysis are equal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from insole.analysis import Analysis, analyse
from insole.intake import Intake
from insole.model.foot import Side
from insole.model.quality import Ledger
from insole.model.stream import (
    Capability,
    Connected,
    Disconnected,
    LinkPhase,
    LinkState,
    Mark,
    Packet,
    Readings,
    Samples,
)
from insole.model.stream import Event as StreamEvent
from insole.model.trial import Decision, StartState
from insole.parameters import Parameters
from insole.pipeline import FootUpdate, PairPipeline
from insole.plugins import LinkDoctor, Recorder
from insole.signal.shelf import Attic


def _not_listening(_: Sequence[Capability | Samples]) -> None:
    """Nobody asks."""


_EVENTS = (Packet, Connected, Disconnected, LinkState, Mark)


class RunningTrial:
    """Events in, updates out, a document at the end.

    Args:
        start: where the pipeline begins.
        recorder: keeps what is fed, first.
        attic: where older steps of a long session go; None: they stay in memory.
    """

    def __init__(
        self,
        start: StartState,
        *,
        recorder: Recorder | None = None,
        attic: Attic | None = None,
    ) -> None:
        self.start = start
        self.recorder = recorder
        self.parameters = Parameters(start.parameters)
        decision = start.decision or Decision()
        self._window_ns = decision.window_ns(start.origin_ns)
        self.intake = Intake(self.parameters, listener=self._beside, window_ns=self._window_ns)
        self.pair = PairPipeline(start, self.parameters, attic=attic)
        self.doctor: LinkDoctor | None = None
        """Listens to what is fed from now on; changes nothing."""
        self.heard: Callable[[Sequence[Capability | Samples]], None] = _not_listening
        """Gets what is decoded from now on; changes nothing."""
        self.marks: list[Mark] = []
        self.said: dict[Side, LinkState] = {}
        """What was last said of each foot's link, before it was closed."""
        self.counted: Mapping[Side, Ledger] = {}
        """What was counted when the packets were decoded, where samples come without them."""
        self._end_ns = start.origin_ns
        self._sampled_ns = start.origin_ns  # counts where there are no packets
        self._has_packets = False
        self._phases: dict[str, LinkPhase] = {}

    def part(self) -> None:
        """Go on unheard: what is fed from now on is news to nobody else."""
        self.doctor, self.heard = None, _not_listening

    def feed(self, items: Sequence[StreamEvent | Capability | Samples]) -> list[FootUpdate]:
        """Take what arrived, in order of arrival."""
        decoded: list[Capability | Samples] = []
        for item in items:
            if self.recorder is not None and isinstance(item, _EVENTS):
                self.recorder.append(item)
            if isinstance(item, Mark) and self._counts(item.arrival_ns):
                self.marks.append(item)
            self.saw(item)
            known = self.intake.feed(item)
            if self.doctor is not None:
                if not isinstance(item, (Capability, Samples)):
                    self.doctor.feed(item)
                self.doctor.heard(known)
            decoded += known
        self.heard(decoded)
        return self._through(decoded)

    def saw(self, item: StreamEvent | Capability | Samples) -> None:
        """Take note of when something still came: until then a silent foot is a lost one.

        A link that is closed while it streams says nothing: closing may take seconds, in which only
        what was kept still comes. `feed` calls this; who feeds decoded samples only, gives the
        events here.
        """
        match item:
            case Packet():
                self._has_packets = True
                if self._phases.get(item.device) != "closing":
                    self._end_ns = max(self._end_ns, item.arrival_ns)
            case Mark():
                self._end_ns = max(self._end_ns, item.arrival_ns)
            case Samples() if len(item.arrival_ns):
                self._sampled_ns = max(self._sampled_ns, int(item.arrival_ns[-1]))
            case LinkState():
                if item.side is not None and item.phase not in ("closing", "closed"):
                    self.said[item.side] = item
                before = self._phases.get(item.device, "streaming")
                self._phases[item.device] = item.phase
                if item.phase != "closed" or before not in ("streaming", "closing"):
                    self._end_ns = max(self._end_ns, item.arrival_ns)
            case _:
                pass

    def _counts(self, arrival_ns: int) -> bool:
        begin, end = self._window_ns
        return begin <= arrival_ns <= end

    def finish(self) -> list[FootUpdate]:
        """End of stream: release what is held, close open contacts."""
        return self._through(self.intake.flush()) + self.pair.flush()

    def ledger(self, side: Side) -> Ledger | None:
        """Where the samples of one foot went; None when the foot was never seen.

        A foot that fell silent before the end (of the other foot, or of the trial) has lost since
        then what its rate says.
        """
        foot = self.pair.feet.get(side)
        if foot is None:
            return None
        book = self.intake.devices[foot.capability.device].ledger
        if side in self.counted:
            book = book.counted(self.counted[side])
        last_s = self.pair.last_s.get(side)
        if last_s is None:
            return book
        end_ns = self._end_ns if self._has_packets else max(self._end_ns, self._sampled_ns)
        end_ns = min(end_ns, self._window_ns[1])
        silent_s = (end_ns - self.start.origin_ns) * 1e-9 - last_s
        if silent_s <= self.parameters["gaps.silence_s"]:
            return book
        return book.silent(int(silent_s * foot.capability.rate_hz), gap_s=silent_s)

    def analysis(self) -> Analysis:
        """The result so far; final after `finish`."""
        return analyse(
            self.pair,
            ledgers={side: book for side in Side if (book := self.ledger(side)) is not None},
            marks=self.marks,
            said={side: state.text for side, state in sorted(self.said.items())},
        )

    def close(self) -> Analysis:
        """Finish the pipeline, and the recording with its document.

        Raises:
            StorageError: the recording could not be completed.
        """
        self.finish()
        result = self.analysis()
        if self.recorder is not None:
            document: dict[str, Any] = result.to_dict()
            self.recorder.close(document)
        return result

    def _beside(self, item: Readings) -> None:
        """What devices tell beside their pressure is kept; nothing is computed from it."""
        if self.recorder is not None:
            self.recorder.decoded(item)

    def _through(self, decoded: list[Capability | Samples]) -> list[FootUpdate]:
        if self.recorder is not None:
            for item in decoded:
                self.recorder.decoded(item)
        return self.pair.push(decoded) if decoded else []
