"""What the user can do to a session: record, mark, hold the view, replay, change the source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from insole.drills.drill import Drill
from insole.guided.view import Kind
from insole.live.past import KEPT_S
from insole.model.trial import Decision
from insole.reviewing import FileReview
from insole_gui import text
from insole_gui.state.about import About
from insole_gui.state.commands import Commands
from insole_gui.state.control import Session
from insole_gui.state.live import LiveState
from insole_gui.state.transport import following, neighbour

JUMP_S = 2.0  # one press of J
UNDO_S = 10.0  # a stop can be taken back this long


class Actions:
    """Requests go to the session through `Commands`, so nothing waits on the window's thread.

    Args:
        state: what is on screen; decides what a key means.
        commands: the queue.
        tell: shows a sentence.
        anew: makes the page show all numbers again.
    """

    def __init__(
        self,
        state: LiveState,
        commands: Commands,
        *,
        tell: Callable[[str], None],
        anew: Callable[[], None],
    ) -> None:
        self.session: Session | None = None
        self.about = About()
        self.about_typed = False  # in this window, not the last time
        self.state = state
        self.commands = commands
        self._tell = tell
        self._anew = anew
        self._rewinding = False
        self._wanted_s: float | None = None

    def _do(self, words: str, action: Callable[[Session], object]) -> None:
        session = self.session
        if session is None:
            self._tell(text.NOT_READY)
        else:
            self.commands.run(words, lambda: action(session))

    def record_or_play(self) -> None:
        """Space: recording when live, pause when replaying."""
        if self.state.newest.replay is not None:
            self.play()
        else:
            self.record()

    def record(self) -> None:
        """Start or stop a recording."""
        status = self.state.newest.recording
        if status is not None:
            undo_s = (
                UNDO_S if status.error is None else 0.0
            )  # a full disk has nothing to go on with
            self._do(text.SAVING, lambda session: session.stop_recording(undo_s=undo_s))
        else:
            self._record(before_s=0.0)

    def keep(self) -> None:
        """B: record from 30 s ago; after a stop, take it back."""
        view = self.state.newest
        if view.stopped is not None:
            self._do(text.GOING_ON, lambda session: session.go_on())
        elif view.replay is None and view.recording is None:
            self._record(before_s=KEPT_S)

    def _record(self, *, before_s: float) -> None:
        if self.commands.busy == text.STARTING_RECORDING:
            return  # a second press, while the first is at work
        about, told_kg = self.about, self.state.newest.mass_kg
        # a mass of last time never goes over what the insoles of today say
        typed = self.about_typed or told_kg in (None, about.mass_kg)
        mass_kg = about.mass_kg if typed else None
        self._do(
            text.STARTING_RECORDING,
            lambda session: session.record(
                None, notes=about.notes(), mass_kg=mass_kg, before_s=before_s
            ),
        )

    def align(self) -> None:
        """Three hops bring the times of both feet together."""
        self._do(text.ALIGNING, lambda session: session.align())

    def swap(self) -> None:
        """Left is right and right is left."""
        self._do(text.SWAPPING, lambda session: session.swap())

    def guide(self, kind: Kind | None) -> None:
        """Begin a guided act; None ends the one that goes on."""
        words = text.ENDING_GUIDE if kind is None else text.GUIDING
        self._do(words, lambda session: session.guide(kind))

    def drill(self, drill: Drill | None) -> None:
        """Begin a drill; None ends the one that goes on."""
        words = text.ENDING_DRILL if drill is None else text.DRILLING
        self._do(words, lambda session: session.drill(drill))

    def pause_drill(self) -> None:
        """Pause the drill that goes on, or go on with it."""
        self._do(text.PAUSING, lambda session: session.pause_drill())

    def ask_settings(self, done: Callable[[Mapping[str, str]], None]) -> None:
        """What the insoles were asked for."""
        session = self.session
        if session is None:
            self._tell(text.NOT_READY)
        else:
            self.commands.run(text.ASKING_SETTINGS, session.settings, done=done)

    def configure(self, changes: Mapping[str, str | None]) -> None:
        """Other settings of the insoles."""
        self._do(text.CONFIGURING, lambda session: session.configure(changes))

    def mark(self, words: str) -> None:
        """Set a marker now."""
        self._do(text.MARKING, lambda session: session.mark(words))

    def scrub(self, position_s: float) -> None:
        """The scrubber was moved: hold the view, or seek in the file."""
        if self.state.newest.replay is not None:
            self.scrub_file(position_s)
        elif self.state.newest.now_s > 0:
            self.state.hold(self.state.newest.now_s + position_s)
            self._anew()

    def scrub_file(self, position_s: float) -> None:
        """Go to a moment of the file."""
        replay = self.state.newest.replay
        if replay is None:
            return
        target = min(max(position_s, 0.0), replay.duration_s)
        if self.commands.busy == text.SEEKING:
            self._wanted_s = target  # a drag asks for many places; the last one counts
        else:
            self._wanted_s = None
            self._do(text.SEEKING, lambda session: session.seek(target))

    def to_live(self) -> None:
        """End: live again, or the end of the file."""
        replay = self.state.newest.replay
        if replay is not None:
            self.scrub_file(replay.duration_s)
        else:
            self.state.hold(None)
            self._anew()

    def play(self) -> None:
        """K: pause or go on; live: hold the view or return."""
        replay = self.state.newest.replay
        if replay is None:
            held = self.state.held_s
            self.state.hold(None if held is not None else self.state.newest.now_s - 0.1)
            self._anew()
        elif self.state.newest.finished:
            self._do(text.SEEKING, lambda session: (session.seek(0.0), session.resume()))
        elif replay.paused:
            self._do(text.RESUMING, lambda session: session.resume())
        else:
            self._do(text.PAUSING, lambda session: session.pause())

    def jump_back(self) -> None:
        """J: two seconds back."""
        replay = self.state.newest.replay
        if replay is not None:
            self.scrub_file(replay.position_s - JUMP_S)
        elif self.state.newest.now_s > 0:
            at = self.state.held_s
            self.state.hold((self.state.newest.now_s if at is None else at) - JUMP_S)
            self._anew()

    def faster(self) -> None:
        """L: go on, or faster; live: two seconds forward."""
        replay = self.state.newest.replay
        if replay is None:
            if self.state.held_s is not None:
                self.state.hold(self.state.held_s + JUMP_S)
                self._anew()
        elif replay.paused:
            self._do(text.RESUMING, lambda session: (session.set_speed(1.0), session.resume()))
        else:
            speed = neighbour(replay.speed, 1)
            self._do(text.SPEEDING, lambda session: session.set_speed(speed))

    def next_speed(self) -> None:
        """The next speed of a replay, round and round."""
        replay = self.state.newest.replay
        if replay is not None:
            speed = following(replay.speed)
            self._do(text.SPEEDING, lambda session: session.set_speed(speed))

    def sample(self, count: int) -> None:
        """One sample forward or back."""
        if self.state.newest.replay is not None:
            self._do(text.STEPPING, lambda session: session.step(count))

    def _strikes(self) -> list[tuple[float, float]]:
        """Foot strike and toe-off of all steps of both feet, in order."""
        found = [
            (float(strike), float(off))
            for foot in self.state.newest.feet.values()
            if foot.steps is not None
            for strike, off in zip(
                foot.steps.value["foot_strike_s"], foot.steps.value["toe_off_s"], strict=True
            )
        ]
        return sorted(found)

    def step(self, direction: int) -> None:
        """Go to the foot strike before or after."""
        replay = self.state.newest.replay
        if replay is None:
            return
        strikes = [strike for strike, _ in self._strikes()]
        if direction < 0:
            earlier = [strike for strike in strikes if strike < replay.position_s - 0.05]
            if earlier:
                self.scrub_file(earlier[-1])
        else:
            later = [strike for strike in strikes if strike > replay.position_s + 0.01]
            self.scrub_file(later[0] if later else replay.position_s + 0.35)

    def loop_step(self) -> None:
        """Repeat the newest finished step, or stop doing so."""
        replay = self.state.newest.replay
        if replay is None:
            return
        if self.state.loop is not None:
            self.state.loop = None
            return
        done = [pair for pair in self._strikes() if pair[1] <= replay.position_s]
        if done:
            strike, off = done[-1]
            self.state.loop = (max(0.0, strike - 0.1), off + 0.15)
            self.scrub_file(self.state.loop[0])

    def next_push_off(self) -> None:
        """The other definition of push-off."""
        self.state.next_kind()
        self._anew()

    def search(self) -> None:
        """Connect real insoles."""
        self._do(text.SEARCHING, lambda session: session.connect_ble())

    def virtual(self) -> None:
        """Connect a virtual pair."""
        self._do(text.CONNECTING, lambda session: session.connect_virtual("virtual:recording"))

    def open_file(self, path: Path) -> None:
        """Replay a recording."""
        self._do(text.OPENING.format(name=path.name), lambda session: session.open_file(path))

    def read_review(self, done: Callable[[FileReview], None]) -> None:
        """The file that is played, looked through."""
        if self.session is not None:
            self.commands.run(text.READING, self.session.reviewed, done=done)

    def decide(self, decision: Decision, *, done: Callable[[FileReview], None]) -> None:
        """Keep a decision about the file that is played, then look at it anew."""
        session = self.session
        if session is None:
            return

        def act() -> FileReview:
            session.decide(decision)
            return session.reviewed()

        self.state.loop = None
        self.commands.run(text.DECIDING, act, done=done)

    def repeat(self, loop: tuple[float, float] | None) -> None:
        """Play this span again and again; None: no longer."""
        self.state.loop = loop
        if loop is not None:
            begin = loop[0]
            self._do(text.SEEKING, lambda session: (session.seek(begin), session.resume()))

    def keep_going(self) -> None:
        """Go where was asked for on the way, or back to the start of a looped step."""
        if self._wanted_s is not None and self.commands.busy != text.SEEKING:
            wanted_s, self._wanted_s = self._wanted_s, None
            self.scrub_file(wanted_s)
            return
        loop, replay = self.state.loop, self.state.newest.replay
        if loop is None or replay is None or replay.paused or self.commands.busy:
            return
        past = replay.position_s > loop[1] or self.state.newest.finished
        if past and not self._rewinding:
            self._do(text.SEEKING, lambda session: (session.seek(loop[0]), session.resume()))
        self._rewinding = past  # until the board shows the earlier position
