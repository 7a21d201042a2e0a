"""The words of a description, as they stand in its TOML file (docs/make-your-own.md).

Every table of the file is a dataclass here, every key a field. What they mean together is checked
in `description`; nothing here runs anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

FrameKind: TypeAlias = Literal["notification", "packed", "lines", "marker", "batch", "json"]
Use: TypeAlias = Literal[
    "pressure", "counter", "clock", "delta", "side", "battery", "reading", "flags", "nothing"
]
Endian: TypeAlias = Literal["little", "big"]
TimeUnit: TypeAlias = Literal["us", "ms", "10ms", "s"]
Integrity: TypeAlias = Literal["none", "counter", "checksum", "text"]

UNIT_US: dict[TimeUnit, int] = {"us": 1, "ms": 1000, "10ms": 10_000, "s": 1_000_000}


@dataclass(frozen=True, slots=True)
class Find:
    """How an advertisement is recognised; every condition given must hold.

    Attributes:
        service: advertised service.
        name: patterns with `*` and `?`, one of which fits the whole name, whatever its case.
        manufacturer: company number that must be there.
        service_data: service whose data must be there.
        unadvertised: the device does not advertise its service: the name alone must do.
    """

    service: str
    name: tuple[str, ...] = ()
    manufacturer: int | None = None
    service_data: str | None = None
    unadvertised: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """Characteristics: the first of `notify` carries samples.

    Attributes:
        response: writes wait for an answer, unless the write says otherwise.
        homes: characteristic to its service, where that is not the one found.
    """

    notify: tuple[str, ...]
    write: str | None = None
    read: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    response: bool = False
    homes: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class SideRule:
    """Which foot it is, or which of both where one connection carries both.

    Attributes:
        by: where it is told; `user`: nowhere. `notify`: each foot has a characteristic of its own;
            `halves`: every frame holds both feet, in fields of their own.
        left, right: patterns for what is told; for `prefix` the beginnings of a line themselves;
            for `notify` the characteristics.
        name_left, name_right: patterns of the name, as a first hint where something else tells it.
        channel: characteristic whose value tells it, for `read`.
        foot: for `fixed`.
        both: one connection carries both feet; goes without saying for `notify` and `halves`.
    """

    by: Literal["name", "field", "prefix", "read", "fixed", "user", "notify", "halves"] = "user"
    left: tuple[str, ...] = ()
    right: tuple[str, ...] = ()
    name_left: tuple[str, ...] = ()
    name_right: tuple[str, ...] = ()
    channel: str | None = None
    foot: Literal["left", "right"] | None = None
    both: bool = False

    @property
    def carries_both(self) -> bool:
        """One connection carries both feet."""
        return self.both or self.by in ("notify", "halves")


@dataclass(frozen=True, slots=True)
class Step:
    """One write: `hex` or `text`, then what is appended.

    Attributes:
        text: may hold {setting} and {time:PATTERN} (as of strftime; local time).
        append: a setting's number, or the host's clock, in bytes after the rest.
        append_type: u8, u16 or u32, with `endian`.
        to: characteristic, default the link's.
    """

    hex: str = ""
    text: str = ""
    append: str = ""
    append_type: Literal["u8", "u16", "u32", "ymdhms"] = "u8"
    endian: Endian = "little"
    to: str | None = None
    response: bool | None = None


@dataclass(frozen=True, slots=True)
class Repeat:
    """A write that is made again and again: a pull, or a sign of life.

    Attributes:
        every_s: seconds between two.
        after_batch: also as soon as a batch is over.
    """

    every_s: float
    hex: str = ""
    text: str = ""
    to: str | None = None
    response: bool | None = None
    after_batch: bool = False


@dataclass(frozen=True, slots=True)
class Length:
    """Where a frame tells its own length: number plus `adds` is the length of all of it."""

    offset: int
    type: Literal["u8", "u16", "u32"] = "u8"
    endian: Endian = "little"
    adds: int = 0


@dataclass(frozen=True, slots=True)
class Checksum:
    """What is summed is everything from byte `first` up to the sum, which ends the frame."""

    type: Literal["sum8", "xor8", "crc16_modbus", "crc16_ccitt"]
    first: int = 0
    endian: Endian = "little"


@dataclass(frozen=True, slots=True)
class Frame:
    """How bytes become frames.

    Attributes:
        kind: `notification`: one frame each; `packed`: a whole number of frames each; `lines`:
            text ended by `terminator`, over any notifications; `marker`: a stream whose frames
            begin with `marker` and have `size` bytes or a `length`; `batch`: `begin` with a
            number, so many frames, `end`; `json`: one object each.
        size: bytes of a frame.
        marker: hexadecimal; `marker_text`: the same as text.
        otherwise: what becomes of a notification of a wrong size: `reject` it, or take the whole
            frames at its beginning (`prefix`).
        largest: bytes that may wait for the rest of their frame.
        begin: text with <n> for the number; `finish`: text of the end of everything.
    """

    kind: FrameKind
    size: int = 0
    endian: Endian = "little"
    marker: str = ""
    marker_text: str = ""
    length: Length | None = None
    checksum: Checksum | None = None
    terminator: str = "\n"
    strip: str = ""
    separator: str = ","
    columns: int = 0
    begin: str = ""
    end: str = ""
    finish: str = ""
    otherwise: Literal["reject", "prefix"] = "reject"
    largest: int = 4096


@dataclass(frozen=True, slots=True)
class When:
    """A field is there only if (flags & mask) is not 0, or in frames of these sizes."""

    field: str = ""
    mask: int = 0
    sizes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a frame, or one group of columns or keys.

    Attributes:
        name: for people.
        use: what it is.
        type: uN, iN with N bits, f16, f32, f64.
        offset: byte; default: after the field before it.
        bit: of the first byte, where a field does not begin with one.
        count: channels.
        per: `sample`: each sample of a frame has its own.
        next_channel, next_sample: bytes (or bits, where types are no whole bytes) from one to the
            next; default: without a gap, all channels of a sample together.
        mask, shift: of integers, before everything else.
        column: first column of a line, from 0.
        key, keys: of a JSON object; dots go deeper.
        decimals: of numbers in text that are kept.
        scale, add: value = raw * scale + add; with `add_first` (raw + add) * scale.
        axes: which channel each becomes, with its sign, such as ["-y", "x", "z"].
        unit: of a clock or delta: us, ms, 10ms or s; of a reading: any text.
        marks: what of a frame the clock means.
        bits: of a counter or clock, where that is less than its type.
        modulus: where a counter or clock begins again at 0, if that is no power of two.
        counts: what a counter counts; `both`: frames of both feet, which come in turn.
        foot: whose field it is, where frames hold both feet; default: it is of both.
    """

    name: str
    use: Use
    type: str = ""
    offset: int | None = None
    bit: int = 0
    count: int = 1
    per: Literal["frame", "sample"] = "frame"
    next_channel: int = 0
    next_sample: int = 0
    endian: Endian | None = None
    mask: int | None = None
    shift: int = 0
    column: int | None = None
    key: str = ""
    keys: tuple[str, ...] = ()
    decimals: int = 0
    scale: float = 1.0
    add: float = 0.0
    add_first: bool = False
    kind: str = ""
    unit: str = ""
    channels: tuple[str, ...] = ()
    axes: tuple[str, ...] = ()
    marks: Literal["start", "end"] = "start"
    bits: int = 0
    modulus: int = 0
    counts: Literal["frames", "samples", "both"] = "frames"
    foot: Literal["left", "right"] | None = None
    when: When | None = None


@dataclass(frozen=True, slots=True)
class FrameSamples:
    """Samples in a frame; 0: as many as its length has room for."""

    per_frame: int = 1
    order: Literal["oldest first", "newest first"] = "oldest first"


@dataclass(frozen=True, slots=True)
class Circuit:
    """What stands between sensor and number; kept with every recording, used by nobody yet.

    Attributes:
        resistor_ohm: of the divider.
        supply_v: of the divider.
        sensor: name of the part.
    """

    sensor: str = ""
    resistor_ohm: float | None = None
    supply_v: float | None = None


@dataclass(frozen=True, slots=True)
class Sensors:
    """From channels to sensors.

    Attributes:
        adc_bits: full scale is 2^bits - 1, unless `saturated` says another code.
        inverted: a higher code means less load: full scale minus code is kept.
        absent: channels that are no sensors, from 0.
        order: sensor i of the layout is channel order[i] (of those that are there); one for both
            feet, or one for each.
    """

    adc_bits: int = 0
    saturated: int | None = None
    inverted: bool = False
    absent: tuple[int, ...] = ()
    order: tuple[int, ...] = ()
    order_left: tuple[int, ...] = ()
    order_right: tuple[int, ...] = ()
    circuit: Circuit | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """Something that the user may choose, used in a step by its name."""

    name: str
    meaning: str
    choices: tuple[str, ...] = ()
    usual: str = ""


@dataclass(frozen=True, slots=True)
class Description:
    """One kind of insole, as its file tells it.

    Attributes:
        title: for people.
        rate_hz: nominal samples a second.
        integrity: what tells that bytes were lost or damaged; `none` must be said.
        resend: samples may come again later under their old numbers.
        layout: a layout file's fields, or `use = NAME` of a packaged one.
    """

    title: str
    rate_hz: float
    integrity: Integrity
    find: Find
    link: Link
    frame: Frame
    fields: tuple[Field, ...]
    layout: dict[str, Any]
    about: str = ""
    side: SideRule = SideRule()
    samples: FrameSamples = FrameSamples()
    sensors: Sensors = Sensors()
    start: tuple[Step, ...] = ()
    stop: tuple[Step, ...] = ()
    repeat: Repeat | None = None
    settings: tuple[Option, ...] = ()
    resend: bool = False
