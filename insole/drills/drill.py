"""What a drill is: the nouns of a drill file, every field with its value.

`insole.drills.reading` makes them of TOML text. Defaults that depend on another field
(`sides`, `base_s`, `needs`, `zone`, a cue's `after_s` and `priority`) are filled in there, from
the tables below, so that whoever reads a `Drill` never meets a hole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, TypeAlias

from insole.model.foot import REGIONS

Kind: TypeAlias = Literal["hold", "rep", "gait", "timer"]
Detect: TypeAlias = Literal[
    "tripod", "quadripod", "balance", "dynamic", "forefoot",
    "heel_raise", "toe_press", "toe_lift", "arch_dome", "weight_shift", "scrunch", "step_down",
    "paced", "landing", "lunge_jump", "hops",
    "tiptoe", "edge_walk", "push_through", "pause_step", "run",
    "timer",
]  # fmt: skip
Stance: TypeAlias = Literal["sit", "both", "single", "split", "walk", "run"]
Sides: TypeAlias = Literal["together", "each", "alternate"]
First: TypeAlias = Literal["left", "right", "weaker"]
Until: TypeAlias = Literal["target", "lost"]
Vision: TypeAlias = Literal["open", "closed"]
Surface: TypeAlias = Literal["floor", "mat", "step-edge"]
Support: TypeAlias = Literal["none", "fingertips", "rail"]
When: TypeAlias = Literal[
    "lost", "low", "high", "touch", "supported", "fast", "slow", "incomplete"
]  # fmt: skip
Mode: TypeAlias = Literal["visual", "tone", "voice"]
Gate: TypeAlias = Literal["rail", "plyometric"]

DETECTORS: Final[Mapping[Kind, tuple[Detect, ...]]] = {
    "hold": ("tripod", "quadripod", "balance", "dynamic", "forefoot"),
    "rep": (
        "heel_raise", "toe_press", "toe_lift", "arch_dome", "weight_shift", "scrunch",
        "step_down", "paced", "landing", "lunge_jump", "hops",
    ),
    "gait": ("tiptoe", "edge_walk", "push_through", "pause_step", "run"),
    "timer": ("timer",),
}  # fmt: skip
"""What each kind of drill can count."""

PLACES: Final = (*(name.lower() for name in REGIONS), "first_ray", "fifth_ray")
"""What `region` of a target and `of` of a cue may name: regions of mask R8, and the two rays."""

QUANTITIES: Final[Mapping[str, str]] = {
    "lr": "share of both feet's load that is on the left, 0 to 1",
    "cop_y": "centre of pressure along the foot, 0 heel to 1 toe",
    "ball_pct": "time with the big-toe ball down, %",
    "hallux_pct": "time with the big toe down, %",
    "heel_pct": "time or impulse with the heel, %",
    "midfoot": "midfoot's share of the foot's load, relative to rest",
    "reach": "share of the load on the loaded side at its best",
    "plateau": "force of a press, relative to the best one",
    "f_pk_bw": "peak force, body weights",
    "forefoot_100ms": "forefoot's share 0.1 s after landing",
    "heel_100ms": "heel's share 0.1 s after landing",
    "t_c_s": "contact time, s",
    "t_f_s": "flight time, s",
    "kiss_pct": "heel's share of a hop's impulse, %",
    "s_hal_pct": "big toe's share of the late impulse, %",
    "stick_s": "time a landing is held, s",
    "pause_s": "pause on one foot at mid-stance, s",
    "tap_bw": "load of a tap, body weights",
    "rate_hz": "repetitions a second",
    "cadence_spm": "steps a minute",
}
"""What `quantity` of a target and `of` of a cue may name, each with its unit."""

CORNERS: Final = ("HEEL", "M1", "M45")
MOST_TARGETS: Final = 20
MOST_CUES: Final = 20
MOST_LEVELS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One bar with its tube.

    Exactly one of `region` and `quantity` is set, and one of `share`, `force_bw`, `of_baseline`,
    `value`. The tube is the target ± `within`, or from `min` to `max`, where they are set.

    Attributes:
        region: one of PLACES.
        quantity: one of QUANTITIES, in its unit.
        share: of S3 (tripod), of the four points (quadripod), else of the foot's force; 0 to 1.
        force_bw: body weights.
        of_baseline: relative to the resting baseline.
        value: of the quantity.
    """

    region: str | None = None
    quantity: str | None = None
    share: float | None = None
    force_bw: float | None = None
    of_baseline: float | None = None
    value: float | None = None
    within: float | None = None
    min: float | None = None
    max: float | None = None

    @property
    def name(self) -> str:
        """What the bar shows: a place or a quantity."""
        return self.region or self.quantity or ""

    @property
    def goal(self) -> float:
        """The aim, in whichever unit it is given."""
        given = (self.share, self.force_bw, self.of_baseline, self.value)
        return next((each for each in given if each is not None), 0.0)

    @property
    def tube(self) -> tuple[float, float]:
        """Lower and upper end of what counts as met; infinite where it is open."""
        if self.within is not None:
            return self.goal - self.within, self.goal + self.within
        low = -float("inf") if self.min is None else self.min
        high = float("inf") if self.max is None else self.max
        return low, high


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """What is said, when, and how long its cause lasts before.

    Attributes:
        when: the cause.
        say: at most 8 words.
        of: one of PLACES or QUANTITIES; None where the cause says it all.
        after_s: how long the cause lasts until the cue is ready.
        priority: 1 goes first (drills.md, section 2.3).
    """

    when: When
    say: str
    after_s: float
    priority: int
    of: str | None = None

    @property
    def name(self) -> str:
        """Name in results: `m1-lost`, `pause_s-low`, `touch`."""
        return f"{self.of}-{self.when}" if self.of else self.when


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What one level changes against the one before it; None leaves it as it is."""

    hold_s: float | None = None
    reps: int | None = None
    sets: int | None = None
    stance: Stance | None = None
    vision: Vision | None = None
    surface: Surface | None = None
    support: Support | None = None
    tempo_bpm: float | None = None

    @property
    def changes(self) -> dict[str, Any]:
        """Names and values of what is changed."""
        each = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in each.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """What counts as in the tube: TV at most `tv`, every corner at least its minimum."""

    tv: float = 0.12
    corner_min: float = 0.10
    hallux_min: float = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """How cues are given, whether they fade over weeks, whether there are quiet reps."""

    mode: tuple[Mode, ...] = ("visual", "tone", "voice")
    fade: bool = True
    quiet_rep: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """When the next level is offered: this score in so many sessions in a row."""

    score: float = 80.0
    sessions: int = 2
    touches_max: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Safety:
    """What must be so before the drill begins, and when it stops.

    Attributes:
        gate: what has to be open.
        confirm: a sentence that the user agrees to each time; None for none.
        eyes_free: no moving picture.
        pain_stop: pain above it ends the drill.
    """

    gate: tuple[Gate, ...] = ()
    confirm: str | None = None
    eyes_free: bool = False
    pain_stop: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What the hardware must give; a drill is offered greyed with the reason otherwise.

    Attributes:
        regions: regions (of REGIONS) that sensors must see.
        min_rate_hz: slowest sampling.
        mass: whether body mass must be known.
        feet: 0, 1 or 2 insoles.
    """

    regions: tuple[str, ...] = ()
    min_rate_hz: float = 50.0
    mass: bool = True
    feet: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """One drill, as its file says it (drills.md, section 1).

    Attributes:
        id: kebab-case; the file is `ID.toml`.
        title: for people.
        kind: what is counted.
        detect: which detector counts it.
        stance, sides, first: how the feet stand, which take part, which begins.
        sets, reps: a rep of a hold drill is one hold.
        hold_s: s; None where nothing is held.
        hold_until: `lost` is a test, to step-down or `cap_s`.
        work_s, rest_each_s: s, of timer drills.
        rest_s, switch_s: s, offered between sets and sides.
        tempo_bpm, beats_per_rep: of the metronome; None for none.
        base_s: s of rest whose median is the baseline.
        vision, surface, support: stated, not sensed.
        cannot_see: shown before the first rep.
    """

    id: str
    title: str
    kind: Kind
    detect: Detect
    stance: Stance
    sides: Sides
    base_s: float
    cannot_see: str
    needs: Needs
    zone: Zone
    schema: int = 1
    first: First = "left"
    sets: int = 1
    reps: int = 1
    hold_s: float | None = None
    hold_until: Until = "target"
    cap_s: float = 45.0
    work_s: float | None = None
    rest_each_s: float | None = None
    rest_s: float = 30.0
    switch_s: float = 5.0
    tempo_bpm: float | None = None
    beats_per_rep: int | None = None
    vision: Vision = "open"
    surface: Surface = "floor"
    support: Support = "none"
    targets: tuple[Target, ...] = ()
    cues: tuple[Cue, ...] = ()
    levels: tuple[Level, ...] = ()
    feedback: Feedback = field(default_factory=Feedback)
    advance: Advance = field(default_factory=Advance)
    safety: Safety = field(default_factory=Safety)

    def changed(self, **fields: Any) -> Drill:
        """The drill with other values; sides that were the stance's usual ones follow it."""
        stance = fields.get("stance", self.stance)
        if "sides" not in fields and self.sides == usual_sides(self.stance):
            fields = {**fields, "sides": usual_sides(stance)}
        return replace(self, **fields)

    def at(self, level: int) -> Drill:
        """The drill at this level: 1 is the file, each further one changes one thing more.

        Raises:
            ValueError: there is no such level.
        """
        if not 1 <= level <= len(self.levels) + 1:
            raise ValueError(f"level {level} of {len(self.levels) + 1}")
        drill = self
        for each in self.levels[: level - 1]:
            drill = drill.changed(**each.changes)
        return drill

    def target(self, name: str) -> Target | None:
        """The target of this place or quantity, where there is one."""
        return next((each for each in self.targets if each.name == name), None)


def usual_sides(stance: Stance) -> Sides:
    """Each foot has its own set on one leg; otherwise both work together."""
    return "each" if stance == "single" else "together"


def usual_base_s(detect: Detect) -> float:
    """Seconds of rest that a detector compares with."""
    return 5.0 if detect in ("toe_press", "toe_lift", "arch_dome") else 0.0


def usual_zone(detect: Detect) -> Zone:
    """Four points share the load: each has less of it than of three."""
    return Zone(corner_min=0.08) if detect == "quadripod" else Zone()


def usual_after_s(when: When) -> float:
    """How long a cause lasts before its cue is ready."""
    return {"lost": 0.25, "touch": 0.1}.get(when, 1.0)


def usual_priority(when: When) -> int:
    """The order of cues (drills.md, section 2.3)."""
    return {"touch": 2, "lost": 3, "low": 4, "high": 4, "incomplete": 4}.get(when, 5)


_TOES: Final = ("HAL", "TOES")
_NEEDS: Final[Mapping[str, Needs]] = {
    "tripod": Needs(regions=CORNERS),
    "quadripod": Needs(regions=(*CORNERS, "HAL")),
    "balance": Needs(regions=("M1",)),
    "dynamic": Needs(regions=CORNERS),
    "forefoot": Needs(regions=("HEEL",)),
    "heel_raise": Needs(regions=("HEEL",)),
    "toe_press": Needs(regions=("HEEL", "HAL"), feet=1),
    "toe_lift": Needs(regions=("M1", *_TOES), feet=1),
    "arch_dome": Needs(regions=("MID", "M1", *_TOES), feet=1),
    "scrunch": Needs(regions=_TOES, feet=1),
    "paced": Needs(regions=("HEEL",)),
    "landing": Needs(regions=("HEEL",), min_rate_hz=100.0),
    "lunge_jump": Needs(min_rate_hz=100.0),
    "hops": Needs(regions=("HEEL",), min_rate_hz=100.0),
    "tiptoe": Needs(regions=("HEEL",)),
    "edge_walk": Needs(regions=("HEEL", "M1", "M45")),
    "push_through": Needs(regions=("HAL",)),
    "timer": Needs(mass=False, feet=0),
}


def usual_needs(detect: Detect) -> Needs:
    """What a detector reads (drills.md, section 3)."""
    return _NEEDS.get(detect, Needs())
