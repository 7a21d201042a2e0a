"""Writes of a description: bytes and texts, with settings and the host's clock in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from string import Formatter

from insole.model.stream import Write
from insole_drivers.described.model import Description, Link, Repeat, Step

EPOCH = datetime.fromtimestamp(0, UTC)
BYTES = {"u8": 1, "u16": 2, "u32": 4}
CLOCKS = ("unix_s", "unix_ms", "now")


def writes(
    description: Description, steps: Iterable[Step], chosen: Mapping[str, str] | None = None
) -> list[Write]:
    """What these steps write; a step whose setting was not chosen and has no usual is left out."""
    options = {each.name: each.usual for each in description.settings} | dict(chosen or {})
    made: list[Write] = []
    for step in steps:
        needed = [*_names(step.text), step.append]
        if any(name in options and not options[name] for name in needed):
            continue
        write = _write(step, description.link, _payload(step, options, EPOCH))
        if step.append in CLOCKS or "time" in needed:
            write = _with_clock(write, step, options)
        made.append(write)
    return made


def repeated(repeat: Repeat, link: Link) -> Write:
    """What is written again and again."""
    payload = bytes.fromhex(repeat.hex) or repeat.text.encode()
    return _write(repeat, link, payload)


def _write(step: Step | Repeat, link: Link, payload: bytes) -> Write:
    response = link.response if step.response is None else step.response
    return Write(step.to or link.write or "", payload, response=response)


def _with_clock(write: Write, step: Step, options: Mapping[str, str]) -> Write:
    return Write(
        write.channel,
        write.payload,
        response=write.response,
        payload_at=lambda now: _payload(step, options, now),
    )


def _names(text: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(text) if name]


def _payload(step: Step, options: Mapping[str, str], now: datetime) -> bytes:
    parts = [bytes.fromhex(step.hex)]
    for literal, name, pattern, _ in Formatter().parse(step.text):
        parts.append(literal.encode())
        if name == "time":
            parts.append(now.strftime(pattern or "").encode())
        elif name:
            parts.append(options[name].encode())
    if step.append == "now":
        hundredths = now.microsecond // 10_000
        moment = (now.month, now.day, now.hour, now.minute, now.second, hundredths)
        parts.append(now.year.to_bytes(2, step.endian) + bytes(moment))
    elif step.append:
        width = BYTES[step.append_type]
        number = _number(step.append, options, now) % (1 << 8 * width)
        parts.append(number.to_bytes(width, step.endian))
    return b"".join(parts)


def _number(name: str, options: Mapping[str, str], now: datetime) -> int:
    if name == "unix_s":
        return int(now.timestamp())
    if name == "unix_ms":
        return int(now.timestamp() * 1000)
    return round(float(options[name]))
