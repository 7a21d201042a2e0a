"""One string that names a virtual pair: `ACTIVITY?key=value&...` (docs: product page, SPEC).

A table holds every key with its range. A key for one foot ends in `.left` or `.right`; of what a
fault means, `faults` knows more.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final
from urllib.parse import unquote

from insole.errors import RequestError
from insole.model.foot import SensorLayout, Side
from insole_drivers.virtual import gait, spread, truth

ACTIVITIES: Final = (
    "recording",
    "run",
    "walk",
    "hop",
    "stand",
    "single",
    "heel-raise",
    "shift",
    "drill",
)
HAS_SPEED: Final = {"recording": (1.0, 7.0), "run": (2.0, 7.0), "walk": (0.5, 2.5)}
DEFAULT_MASS_KG: Final = 70.0
LONGEST: Final = 4096  # characters of a whole spec


@dataclass(frozen=True, slots=True)
class Number:
    """A key whose value is a number.

    Attributes:
        low: smallest allowed.
        high: largest allowed.
        unit: for people.
        example: a useful one, for the fix.
        is_whole: no fraction.
    """

    low: float
    high: float
    unit: str
    example: float
    is_whole: bool = False

    def allowed(self) -> str:
        """The range in words."""
        kind = "a whole number" if self.is_whole else "a number"
        return f"{kind} from {self.low:g} to {self.high:g}{self.unit and ' ' + self.unit}"


PAIR: Final[dict[str, Number]] = {
    "speed": Number(0.5, 7.0, "m/s", 3.3),
    "mass": Number(20, 300, "kg", 70),
    "rate": Number(1, 500, "Hz", 100),
    "sensors": Number(1, 255, "", 16, is_whole=True),
    "seconds": Number(0.1, 86_400, "s", 20),
    "seed": Number(0, 2**32 - 1, "", 7, is_whole=True),
    "pod": Number(0, 1, "", 1, is_whole=True),
    "fast": Number(0, 1, "", 1, is_whole=True),
}
SETTING: Final = "set."  # before the name of a setting of the insoles
TEXTS: Final = ("protocol", "file")
SHARE: Final = Number(0, 1, "(a share)", 0.02)
MOMENT: Final = Number(0, 86_400, "s", 3)
SENSOR: Final = Number(0, 254, "(a sensor's number)", 0, is_whole=True)
FAULTS: Final[dict[str, Number]] = {
    "loss": SHARE,
    "duplicate": SHARE,
    "reorder": SHARE,
    "corrupt": SHARE,
    "truncate": SHARE,
    "drift_ppm": Number(-10_000, 10_000, "ppm", 50),
    "mtu": Number(23, 517, "bytes", 185, is_whole=True),
    "interval_ms": Number(1, 4000, "ms", 30),
    "drop_at": MOMENT,
    "drop_for": MOMENT,
    "reboot_at": MOMENT,
    "battery_dies_at": MOMENT,
    "address_changes": MOMENT,
    "wrong_rate": Number(1, 500, "Hz", 208),
    "burst": Number(0, 1, "s", 0.3),
    "saturate": SHARE,
    "dead": SENSOR,
    "stuck": SENSOR,
    "spike": SHARE,
    "freeze": Number(0, 3, "s", 0.3),
    "creep": Number(0, 10, "(share a minute)", 0.1),
    "sensor_drift": Number(0, 10, "(share of full scale a minute)", 0.02),
    "uptime": Number(0, 1e10, "s", 65_534),
    "clock_back_at": MOMENT,
    "clock_back_by": Number(0, 86_400, "s", 3600),
    "suspend_at": MOMENT,
    "suspend_for": Number(0, 86_400, "s", 60),
    "bluetooth_off_at": MOMENT,
    "bluetooth_off_for": MOMENT,
    "strangers": Number(0, 5000, "", 1000, is_whole=True),
    "table_changes": Number(0, 100, "", 1, is_whole=True),
    "mute": Number(0, 1, "", 1, is_whole=True),
}
BEGINNINGS: Final = {
    "drop_for": "drop_at",
    "clock_back_by": "clock_back_at",
    "suspend_for": "suspend_at",
    "bluetooth_off_for": "bluetooth_off_at",
}
FEET: Final = ("missing", "only")
SWITCHES: Final = ("two_left", "swapped")
KEYS: Final = (*PAIR, *TEXTS, *FAULTS, *FEET, *SWITCHES)


@dataclass(frozen=True, slots=True)
class Spec:
    """A virtual pair as it was asked for.

    Attributes:
        activity: one of `ACTIVITIES`.
        speed: m/s, None: the activity's own.
        mass: kg, None: the recording's own, or 70.
        rate: samples a second and foot.
        sensors: of each insole.
        seconds: length, None: endless.
        seed: of everything random.
        pod: a motion pod streams beside it.
        fast: time jumps to whatever happens next; needs `seconds`.
        protocol: what the pair speaks.
        file: recording to play.
        settings: what a user of these insoles chose, by the names of their protocol.
        faults: per foot, key to number, in the keys of the fault table; a switch is 1.
    """

    activity: str = "recording"
    speed: float | None = None
    mass: float | None = None
    rate: float = 100.0
    sensors: int = 16
    seconds: float | None = None
    seed: int = 0
    pod: bool = False
    fast: bool = False
    protocol: str = "open"
    file: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    faults: Mapping[Side, Mapping[str, float]] = field(
        default_factory=lambda: {Side.LEFT: {}, Side.RIGHT: {}}
    )


def parse(text: str) -> Spec:
    """The pair that a string names; an empty one names the shipped recording.

    >>> parse("run?speed=3.3&loss.left=0.02").faults[Side.LEFT]
    {'loss': 0.02}

    Raises:
        RequestError: the first mistake, with the key, what is allowed and the fix.
    """
    if len(text) > LONGEST:
        raise _refused(
            "the text is too long", "spec", f"it has {len(text)} characters", "Shorten it"
        )
    activity, _, tail = text.partition("?")
    activity = activity.strip() or "recording"
    if activity not in ACTIVITIES:
        near = get_close_matches(activity, ACTIVITIES, 1)
        raise _refused(
            f"unknown activity '{_short(activity)}'",
            f"spec '{_short(text)}'",
            f"possible are {', '.join(ACTIVITIES)}",
            f"Did you mean {near[0]}" if near else "Write for example run?speed=3.3&loss=0.02",
        )
    pair: dict[str, float | str] = {}
    settings: dict[str, str] = {}
    faults: dict[Side, dict[str, float]] = {Side.LEFT: {}, Side.RIGHT: {}}
    seen: set[str] = set()
    for item in filter(None, tail.split("&")):
        key, equals, value = item.partition("=")
        key, value = key.strip(), unquote(value).strip()
        if key in seen:
            raise _refused(f"{key} is given twice", item, "one value counts", f"Keep one {key}")
        seen.add(key)
        if key.startswith(SETTING):
            settings[key.removeprefix(SETTING)] = value
            continue
        _take(key, value if equals else None, pair=pair, faults=faults)
    _check_feet(faults)
    spec = Spec(
        activity=activity,
        speed=_number(pair.get("speed")),
        mass=_number(pair.get("mass")),
        rate=_number(pair.get("rate")) or 100.0,
        sensors=int(pair.get("sensors", 16)),
        seconds=_number(pair.get("seconds")),
        seed=int(pair.get("seed", 0)),
        pod=bool(pair.get("pod", 0)),
        fast=bool(pair.get("fast", 0)),
        protocol=str(pair.get("protocol", "open")),
        file=str(pair["file"]) if "file" in pair else None,
        settings=settings,
        faults=faults,
    )
    _check_whole(spec)
    return spec


def layout_of(spec: Spec) -> SensorLayout:
    """The insoles of this pair."""
    from insole.layouts import for_count  # reads packaged files

    return for_count(spec.sensors)


def truth_of(spec: Spec, layout: SensorLayout) -> truth.Truth:
    """What this pair feels.

    Raises:
        FileError: the recording asked for cannot be played.
    """
    if spec.file is not None:
        return truth.from_file(spec.file, mass_kg=spec.mass)
    if spec.activity == "recording":
        speed = 2.5 if spec.speed is None else spec.speed
        return truth.shipped(speed, as_kg=spec.mass)
    return gait.truth(
        spec.activity,
        mass_kg=DEFAULT_MASS_KG if spec.mass is None else spec.mass,
        speed_m_s=spec.speed,
        corners_mm=spread.corners_mm(layout),
    )


def _take(
    key: str,
    value: str | None,
    *,
    pair: dict[str, float | str],
    faults: dict[Side, dict[str, float]],
) -> None:
    """Enter one `key=value` where it belongs; a value of None was not given."""
    name, _, foot = key.partition(".")
    if key in PAIR:
        pair[key] = _in_range(key, value, PAIR[key])
    elif key in TEXTS:
        if not value:
            raise _refused(f"{key} is empty", key, "it names something", f"Write {key}=NAME")
        pair[key] = value
    elif name in FEET:
        value = value if key == name else foot
        if value not in ("left", "right"):
            raise _allowed(name, value, "left or right", f"{name}=left")
        side = Side(value)
        faults[side if name == "missing" else side.other]["missing"] = 1.0
    elif key == "two_left":
        if _is_on(key, value):
            faults[Side.RIGHT]["swapped"] = 1.0
    elif name in FAULTS or name == "swapped":
        if foot not in ("", "left", "right") or key.endswith("."):
            raise _refused(
                f"unknown foot '{_short(foot)}'",
                key,
                "a key for one foot ends in .left or .right",
                f"Write {name}.left or {name}.right",
            )
        number = (
            _in_range(key, value, FAULTS[name]) if name in FAULTS else float(_is_on(key, value))
        )
        for side in Side if not foot else (Side(foot),):
            if foot or name not in faults[side]:  # the key for one foot wins over that for both
                faults[side][name] = number
    else:
        near = get_close_matches(name, KEYS, 1)
        is_pair = name in (*PAIR, *TEXTS, "two_left")
        raise _refused(
            f"unknown key '{_short(key)}'",
            "spec",
            f"{name} counts for both feet" if is_pair else f"possible are {', '.join(KEYS)}",
            f"Write {name}=VALUE"
            if is_pair
            else (f"Did you mean {near[0]}" if near else "Use one of these"),
        )


def _in_range(key: str, value: str | None, kind: Number) -> float:
    example = f"{key}={kind.example:g}"
    try:
        number = float(value or "")
    except ValueError:
        raise _allowed(key, value, kind.allowed(), example) from None
    is_whole = not kind.is_whole or number.is_integer()
    if not (math.isfinite(number) and kind.low <= number <= kind.high and is_whole):
        raise _allowed(key, value, kind.allowed(), example)
    return number


def _is_on(key: str, value: str | None) -> bool:
    known = {None: True, "1": True, "true": True, "yes": True}
    known |= {"0": False, "false": False, "no": False}
    if value not in known:
        raise _allowed(key, value, "1 or 0, or nothing", key)
    return known[value]


def _check_feet(faults: dict[Side, dict[str, float]]) -> None:
    if all("missing" in each for each in faults.values()):
        raise _refused(
            "both feet are missing", "missing, only", "nothing is left to stream", "Leave one foot"
        )
    for extent, moment in BEGINNINGS.items():
        is_begun = any(moment in each and extent in each for each in faults.values())
        for each in faults.values():
            if extent not in each or moment in each:
                continue
            if is_begun:
                del each[extent]  # said for both feet, and it happens to the other one only
                continue
            raise _refused(
                f"{extent} has no beginning",
                extent,
                f"it says how long or how much, {moment} says when",
                f"Add {moment}, for example {moment}=3&{extent}={FAULTS[extent].example:g}",
            )


def _check_whole(spec: Spec) -> None:
    """What only the keys together can tell."""
    if spec.fast and spec.seconds is None:
        raise _refused(
            "a fast pair has no end", "fast", "its time is not that of the wall", "Add seconds=60"
        )
    if spec.file is not None and spec.activity != "recording":
        raise _refused(
            f"{spec.activity} plays no file",
            "file",
            "file names a recording, other activities are formulas",
            "Write recording?file=PATH",
        )
    if spec.speed is not None:
        span = HAS_SPEED.get(spec.activity)
        if span is None or spec.file is not None:
            raise _refused(
                f"speed means nothing for {'a file' if spec.file else spec.activity}",
                f"speed={spec.speed:g}",
                f"only {', '.join(HAS_SPEED)} have a speed",
                "Leave speed out",
            )
        if not span[0] <= spec.speed <= span[1]:
            raise _allowed("speed", f"{spec.speed:g}", _span(span, spec.activity), "speed=2")
    for each in spec.faults.values():
        for key in ("dead", "stuck"):
            if each.get(key, 0) >= spec.sensors:
                raise _allowed(
                    key, f"{each[key]:g}", f"a number from 0 to {spec.sensors - 1}", f"{key}=0"
                )


def _span(span: tuple[float, float], activity: str) -> str:
    return f"a number from {span[0]:g} to {span[1]:g} m/s for {activity}"


def _number(value: float | str | None) -> float | None:
    return None if value is None else float(value)


def _short(text: str) -> str:
    clean = "".join(x if x.isprintable() else "?" for x in text)
    return clean if len(clean) <= 60 else clean[:57] + "..."


def _allowed(key: str, value: str | None, allowed: str, example: str) -> RequestError:
    told = "has no value" if value is None else f"is '{_short(value)}'"
    return _refused(f"{key} {told}", f"spec, {key}", f"it is {allowed}", f"Write {example}")


def _refused(what: str, where: str, why: str, fix: str) -> RequestError:
    return RequestError(what, where=_short(where), why=why, fix=fix)
