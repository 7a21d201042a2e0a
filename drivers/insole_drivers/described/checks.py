"""What the fields of a description must be, alone and together; each mistake names its place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from string import Formatter
from typing import Final

from insole_drivers.described import fields
from insole_drivers.described.checks_feet import MOST_ENTRIES, patterns, side, uses
from insole_drivers.described.framing import SUM_BYTES, WIDTH, marker_of
from insole_drivers.described.model import UNIT_US, Description, Field, Frame, Repeat, Step
from insole_drivers.protocols.ble_sig import sig

MOST_FIELDS: Final = 64
MOST_CHANNELS: Final = 255
MOST_SAMPLES: Final = 255
MOST_FRAME: Final = 4096
MOST_BUFFER: Final = 64 << 10
MOST_TEXT: Final = 200
MOST_MODULUS: Final = 1 << 48
NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,39}")
NAMED: Final = "a small letter, then small letters, digits, - and _, at most 40"
DIRECTIVE: Final = re.compile(r"%([YmdHMSfjyz%])")
CLOCKS: Final = ("unix_s", "unix_ms", "now")

SHARED: Final = frozenset(
    {
        "4fafc201-1fb5-459e-8fcc-c5c9c331914b",  # of the Arduino example for the ESP32
        "6e400001-b5a3-f393-e0a9-e50e24dcca9e",  # Nordic UART
        "0000ffe0-0000-1000-8000-00805f9b34fb",
        "0000fff0-0000-1000-8000-00805f9b34fb",
    }
)
"""Services that unrelated devices offer by the thousand; so do all with SIG numbers."""


def mistakes_in(description: Description, name: str) -> list[str]:
    """Every mistake, as `place: what`."""
    return list(_mistakes(description, name))


def _mistakes(description: Description, name: str) -> Iterator[str]:
    if not NAME.fullmatch(name):
        yield f"the file's name: {NAMED}"
    if not (0 < len(description.title.strip()) <= 80 and description.title.isprintable()):
        yield "title: 1 to 80 printable characters"
    if not 0.1 <= description.rate_hz <= 500.0:
        yield "rate_hz: 0.1 to 500"
    if len(description.about) > 4000:
        yield "about: at most 4000 characters"
    yield from _find(description)
    yield from _link(description)
    yield from side(description)
    yield from _frame(description.frame)
    yield from _settings(description)
    yield from _steps(description)
    wrong = list(_fields(description))
    yield from wrong
    yield from _sensors(description)
    if not wrong:
        yield from _together(description)


def _find(description: Description) -> Iterator[str]:
    find = description.find
    yield from patterns(find.name, "find.name")
    is_shared = find.service in SHARED or find.service.endswith(sig(0)[8:])
    others = bool(find.name) or find.manufacturer is not None or find.service_data is not None
    if is_shared and not others:
        yield (
            "find: many unrelated devices offer this service; add a name, manufacturer or "
            "service_data"
        )
    if find.unadvertised and not find.name:
        yield "find.name: a device that does not advertise its service is known by its name"
    if find.manufacturer is not None and not 0 <= find.manufacturer <= 0xFFFF:
        yield "find.manufacturer: 0 to 65535"


def _link(description: Description) -> Iterator[str]:
    link = description.link
    if not 1 <= len(link.notify) <= 4:
        yield "link.notify: 1 to 4 characteristics"
    if len(link.read) > MOST_ENTRIES or len(link.homes) > MOST_ENTRIES:
        yield f"link: at most {MOST_ENTRIES} characteristics in a list"
    known = {*link.notify, *link.read}
    for index, each in enumerate(link.optional):
        if each not in known:
            yield f"link.optional[{index}]: it is neither in notify nor in read"
    if link.notify and link.notify[0] in link.optional:
        yield "link.optional: the first of notify carries the samples"


def _frame(frame: Frame) -> Iterator[str]:
    if not 1 <= frame.largest <= MOST_BUFFER:
        yield f"frame.largest: 1 to {MOST_BUFFER} bytes"
    if not 0 <= frame.size <= MOST_FRAME:
        yield f"frame.size: 0 to {MOST_FRAME} bytes"
    has_size = frame.kind in ("packed", "batch")
    if has_size and not frame.size:
        yield f"frame.size: a frame of kind '{frame.kind}' has one"
    if frame.size > frame.largest:
        yield "frame.largest: it is smaller than one frame"
    if frame.kind in ("lines", "json") and frame.size:
        yield "frame.size: text has none"
    if frame.kind == "lines" and not 1 <= len(frame.terminator.encode()) <= 8:
        yield "frame.terminator: 1 to 8 bytes"
    if len(frame.strip) > MOST_ENTRIES or not 1 <= len(frame.separator) <= 4:
        yield "frame: at most 16 characters to strip, 1 to 4 that separate"
    if not 0 <= frame.columns <= fields.MOST_NUMBERS:
        yield f"frame.columns: 0 to {fields.MOST_NUMBERS}"
    if frame.kind == "marker":
        yield from _marker(frame)
    elif frame.marker or frame.marker_text or frame.length is not None:
        yield "frame.marker: it belongs to kind 'marker'"
    if frame.kind == "batch":
        texts = (frame.begin, frame.end, frame.finish)
        if frame.begin.count("<n>") != 1 or not frame.end or frame.begin.startswith("<n>"):
            yield "frame.begin: a text with <n> behind it, and an end"
        if any(len(text) > MOST_TEXT for text in texts):
            yield f"frame: texts of at most {MOST_TEXT} characters"
    if frame.checksum is not None:
        if frame.kind not in ("notification", "packed", "marker"):
            yield f"frame.checksum: kind '{frame.kind}' has none"
        if not 0 <= frame.checksum.first <= MOST_FRAME:
            yield f"frame.checksum.first: 0 to {MOST_FRAME}"


def _marker(frame: Frame) -> Iterator[str]:
    if bool(frame.marker) == bool(frame.marker_text):
        yield "frame.marker: give either marker (hexadecimal) or marker_text"
        return
    if not _is_hex(frame.marker) or not 1 <= len(marker_of(frame)) <= 16:
        yield "frame.marker: 1 to 16 bytes"
        return
    if (frame.size > 0) == (frame.length is not None):
        yield "frame.size: give either a size or where the frame tells its length"
    if frame.size and frame.size < len(marker_of(frame)):
        yield "frame.size: it is smaller than the marker"
    length = frame.length
    if length is not None:
        if not len(marker_of(frame)) <= length.offset <= 64:
            yield "frame.length.offset: behind the marker, at most 64"
        if abs(length.adds) > MOST_FRAME:
            yield f"frame.length.adds: at most {MOST_FRAME}"


def _is_hex(text: str) -> bool:
    try:
        bytes.fromhex(text)
    except ValueError:
        return False
    return True


def _settings(description: Description) -> Iterator[str]:
    if len(description.settings) > MOST_ENTRIES:
        yield f"settings: at most {MOST_ENTRIES}"
    for index, each in enumerate(description.settings[:MOST_ENTRIES]):
        place = f"settings[{index}]"
        if not NAME.fullmatch(each.name) or each.name == "time":
            yield f"{place}.name: small letters, digits, - and _; not `time`"
        if len(each.choices) > 64 or any(len(one) > 64 for one in (*each.choices, each.meaning)):
            yield f"{place}: at most 64 choices and texts of 64 characters"
        if each.usual and each.choices and each.usual not in each.choices:
            yield f"{place}.usual: it is none of its choices"


def _steps(description: Description) -> Iterator[str]:
    options = {each.name for each in description.settings}
    numbered = [("start", description.start), ("stop", description.stop)]
    for name, steps in numbered:
        if len(steps) > MOST_ENTRIES:
            yield f"{name}: at most {MOST_ENTRIES} writes"
        for index, step in enumerate(steps[:MOST_ENTRIES]):
            yield from _step(step, f"{name}[{index}]", description, options)
    repeat = description.repeat
    if repeat is not None:
        yield from _step(repeat, "repeat", description, set())
        if not 0.05 <= repeat.every_s <= 3600.0:
            yield "repeat.every_s: 0.05 to 3600 s"
        if repeat.after_batch and description.frame.kind != "batch":
            yield "repeat.after_batch: it belongs to frames of kind 'batch'"


def _step(
    step: Step | Repeat, place: str, description: Description, options: set[str]
) -> Iterator[str]:
    if step.to is None and description.link.write is None:
        yield f"{place}.to: name a characteristic here or in link.write"
    append = step.append if isinstance(step, Step) else ""
    if bool(step.hex) == bool(step.text) and not (append and not step.text):
        yield f"{place}: give either hex or text"
    if not _is_hex(step.hex) or len(step.hex) > 2 * MOST_TEXT:
        yield f"{place}.hex: at most {MOST_TEXT} bytes, hexadecimal"
    if append and append not in (*options, *CLOCKS):
        yield f"{place}.append: a setting's name, or one of {', '.join(CLOCKS)}"
    if isinstance(step, Step) and (append == "now") != (step.append_type == "ymdhms"):
        yield f"{place}.append_type: 'ymdhms' belongs to append = 'now'"
    yield from _template(step.text, f"{place}.text", options)


def _template(text: str, place: str, options: Iterable[str]) -> Iterator[str]:
    if len(text) > MOST_TEXT:
        yield f"{place}: at most {MOST_TEXT} characters"
        return
    try:
        parts = list(Formatter().parse(text))
    except ValueError as error:
        yield f"{place}: {error}"
        return
    for _, name, pattern, conversion in parts:
        if name is None:
            continue
        if conversion or (name != "time" and (name not in options or pattern)):
            yield f"{place}: {{{name[:40]}}} is neither a setting nor {{time:PATTERN}}"
        elif name == "time" and "%" in DIRECTIVE.sub("", pattern or "%"):
            yield f"{place}: {{time:PATTERN}} knows %Y %m %d %H %M %S %f %j %y %z"


def _fields(description: Description) -> Iterator[str]:
    listed = description.fields
    if not 1 <= len(listed) <= MOST_FIELDS:
        yield f"fields: 1 to {MOST_FIELDS}"
        return
    yield from uses(description)
    names = Counter(each.name for each in listed)
    for index, each in enumerate(listed):
        place = f"fields[{index}]"
        if names[each.name] > 1:
            yield f"{place}.name: '{each.name[:40]}' is there twice"
        yield from _field(each, place, description)
        if each.when is not None:
            yield from _when(each, place, listed[:index])


def _field(each: Field, place: str, description: Description) -> Iterator[str]:
    if not NAME.fullmatch(each.name):
        yield f"{place}.name: small letters, digits, - and _"
    if not 1 <= each.count <= MOST_CHANNELS:
        yield f"{place}.count: 1 to {MOST_CHANNELS}, here {each.count}"
    kind = description.frame.kind
    if kind in ("lines", "json"):
        yield from _text_field(each, place, description)
    else:
        yield from _binary_field(each, place)
    if each.scale == 0 or (each.use == "pressure" and each.scale < 0):
        yield f"{place}.scale: not 0, of a pressure above 0"
    if not 0 <= each.decimals <= 6:
        yield f"{place}.decimals: 0 to 6"
    if each.use in ("clock", "delta") and each.unit not in UNIT_US:
        yield f"{place}.unit: one of {', '.join(UNIT_US)}"
    is_single = each.use in ("counter", "clock", "delta", "side", "battery", "flags")
    if is_single and each.count != 1:
        yield f"{place}.count: a {each.use} is one number"
    if each.use == "delta" and each.per != "sample":
        yield f"{place}.per: a delta belongs to each sample"
    if not 0 <= each.bits <= 48 or not 0 <= each.modulus <= MOST_MODULUS:
        yield f"{place}.bits: 1 to 48, and a modulus of at most 2^48"
    if each.modulus == 1 or (each.bits and each.modulus):
        yield f"{place}.modulus: above 1, and not beside bits"
    if each.counts == "both" and not description.side.carries_both:
        yield f"{place}.counts: 'both' belongs to a connection that carries both feet"
    if each.counts == "both" and (each.modulus % 2 or description.side.by == "halves"):
        yield f"{place}.counts: 'both' needs frames of one foot each, and no odd modulus"
    if each.use == "reading":
        yield from _reading(each, place)
    elif each.kind or each.channels or each.axes:
        yield f"{place}: kind, channels and axes belong to a reading"


def _reading(each: Field, place: str) -> Iterator[str]:
    if not NAME.fullmatch(each.kind):
        yield f"{place}.kind: such as acceleration, gyroscope or barometer"
    if len(each.unit) > 16 or not (each.unit.isprintable() or not each.unit):
        yield f"{place}.unit: at most 16 printable characters"
    if each.channels and len(each.channels) != each.count:
        yield f"{place}.channels: {len(each.channels)} names for {each.count} channels"
    if any(not 0 < len(one) <= 32 or not one.isprintable() for one in each.channels):
        yield f"{place}.channels: names of 1 to 32 printable characters"
    if each.axes:
        bare = sorted(one.removeprefix("-") for one in each.axes)
        if bare != sorted(each.channels):
            yield f"{place}.axes: each of the channels once, with or without a minus"


def _text_field(each: Field, place: str, description: Description) -> Iterator[str]:
    if each.type or each.offset is not None or each.mask is not None or each.shift:
        yield f"{place}: type, offset, mask and shift belong to binary frames"
    if each.per == "sample":
        yield f"{place}.per: a text is one sample"
    has_key = bool(each.key or each.keys)
    is_json = description.frame.kind == "json" or any(
        one.key or one.keys for one in description.fields
    )
    if is_json:
        if not has_key or (each.key and each.keys) or each.column is not None:
            yield f"{place}.key: give either key or keys"
        if each.keys and len(each.keys) != each.count:
            yield f"{place}.keys: {len(each.keys)} for count = {each.count}"
        if any(not 0 < len(one) <= 64 for one in each.keys) or len(each.key) > 64:
            yield f"{place}.keys: 1 to 64 characters"
    elif each.column is None or each.column < 0:
        yield f"{place}.column: the first one, from 0"
    elif each.column + each.count > description.frame.columns:
        yield f"{place}.column: it ends behind the {description.frame.columns} columns of a line"


def _binary_field(each: Field, place: str) -> Iterator[str]:
    kind = fields.kind_of(each.type)
    if kind is None:
        yield f"{place}.type: u1 to u48, i2 to i48, u64, i64, f16, f32 or f64"
        return
    if each.column is not None or each.key or each.keys:
        yield f"{place}: column and key belong to text"
    if each.offset is not None and not 0 <= each.offset <= MOST_FRAME:
        yield f"{place}.offset: 0 to {MOST_FRAME}"
    if not 0 <= each.bit <= 7 or (each.bit and each.offset is None):
        yield f"{place}.bit: 0 to 7, of the byte that offset says"
    if not (0 <= each.next_channel <= MOST_FRAME and 0 <= each.next_sample <= MOST_FRAME):
        yield f"{place}: next_channel and next_sample are 0 to {MOST_FRAME}"
    unit = 8 if kind.bits % 8 == 0 else 1
    if any(0 < step * unit < kind.bits for step in (each.next_channel, each.next_sample)):
        yield f"{place}: next_channel and next_sample step over a whole number at least"
    if (kind.letter != "u" and each.mask is not None) or (kind.is_float and each.shift):
        yield f"{place}.mask: of unsigned integers; shift: of integers"
    if each.mask is not None and not 0 < each.mask < 1 << min(kind.bits, 63):
        yield f"{place}.mask: 1 to 2^{kind.bits} - 1"
    if not 0 <= each.shift < kind.bits:
        yield f"{place}.shift: 0 to {kind.bits - 1}"
    whole_only = ("counter", "side", "battery", "flags", "clock", "delta")
    if each.use in whole_only and (kind.is_float or kind.bits > 48):
        yield f"{place}.type: a {each.use} is a whole number of at most 48 bits"
    if each.use == "pressure" and not kind.is_float and kind.bits > 32:
        yield f"{place}.type: a pressure has at most 32 bits"


def _when(each: Field, place: str, before: tuple[Field, ...]) -> Iterator[str]:
    when = each.when
    if when is None:
        return
    if each.use in ("pressure", "counter", "clock", "side"):
        yield f"{place}.when: {each.use} is always there"
    if bool(when.field) == bool(when.sizes):
        yield f"{place}.when: give either field and mask, or sizes"
    flags = next((one for one in before if one.name == when.field), None)
    if when.field and (flags is None or flags.when is not None or flags.per == "sample"):
        yield f"{place}.when.field: a field before it that is always there, one for the frame"
    if when.field and when.mask <= 0:
        yield f"{place}.when.mask: above 0"
    if len(when.sizes) > MOST_ENTRIES:
        yield f"{place}.when.sizes: at most {MOST_ENTRIES}"


def _sensors(description: Description) -> Iterator[str]:
    sensors, samples = description.sensors, description.samples
    if not 0 <= samples.per_frame <= MOST_SAMPLES:
        yield f"samples.per_frame: 0 to {MOST_SAMPLES}"
    if not 0 <= sensors.adc_bits <= 24:
        yield "sensors.adc_bits: 1 to 24"
    if sensors.saturated is not None and not 1 <= sensors.saturated < 1 << 31:
        yield "sensors.saturated: at least 1"
    if sensors.inverted and not sensors.adc_bits and sensors.saturated is None:
        yield "sensors.inverted: needs adc_bits or saturated, the code of no load"
    pressure = next((each for each in description.fields if each.use == "pressure"), None)
    count = pressure.count if pressure is not None else 0
    if len(set(sensors.absent)) != len(sensors.absent) or any(
        not 0 <= one < count for one in sensors.absent
    ):
        yield f"sensors.absent: channels from 0 to {count - 1}, each once"
    circuit = sensors.circuit
    if circuit is not None and len(circuit.sensor) > MOST_TEXT:
        yield f"sensors.circuit.sensor: at most {MOST_TEXT} characters"


def _together(description: Description) -> Iterator[str]:
    """What only a whole frame can tell."""
    frame, samples, listed = description.frame, description.samples, description.fields
    counter = next((each for each in listed if each.use == "counter"), None)
    clock = next((each for each in listed if each.use == "clock"), None)
    is_text = frame.kind in ("lines", "json")
    if any(each.count * max(samples.per_frame, 1) > fields.MOST_NUMBERS for each in listed):
        yield f"samples.per_frame: at most {fields.MOST_NUMBERS} numbers of a field in a frame"
    if samples.per_frame != 1:
        pressure = next(each for each in listed if each.use == "pressure")
        if is_text or pressure.per != "sample":
            yield "samples.per_frame: the pressure field says per = 'sample', in binary frames"
        elif not samples.per_frame and counter is not None and counter.counts == "frames":
            yield "samples.per_frame: with frames of any length the counter counts samples"
    evidence = {
        "none": True,
        "counter": counter is not None or clock is not None,
        "checksum": frame.checksum is not None,
        "text": is_text,
    }
    if not evidence[description.integrity]:
        yield (
            f"integrity: nothing in the frame is a {description.integrity}; what nobody can "
            "notice is 'none'"
        )
    if is_text:
        if (
            frame.kind == "lines"
            and not frame.columns
            and not any(each.key or each.keys for each in listed)
        ):
            yield "frame.columns: how many a line has"
        return
    if frame.size and not any(each.when for each in listed):
        tail = 0 if frame.checksum is None else SUM_BYTES[frame.checksum.type]
        try:
            fields.places(
                description,
                size=frame.size - tail,
                present=frozenset(each.name for each in listed),
            )
        except fields.Overlong as why:
            yield f"frame.size: {why}"
    if frame.length is not None and WIDTH[frame.length.type] + frame.length.offset > MOST_FRAME:
        yield "frame.length: behind the largest frame"
