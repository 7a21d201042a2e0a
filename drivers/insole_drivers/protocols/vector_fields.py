"""Reading vectors: known packets in a JSON file, which may hold anything."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from insole.errors import DamagedFile


@dataclass(frozen=True, slots=True)
class Captured:
    """One packet of a vector: where it came, when, and what."""

    channel: str
    arrival_ns: int
    payload: bytes


def captured(vector: Mapping[str, Any]) -> Iterator[Captured]:
    """Its packets in order.

    Raises:
        DamagedFile: they are no packets.
    """
    for item in items(vector, "packets_hex"):
        entry = fields(item, "packets_hex")
        yield Captured(
            channel=str(entry.get("characteristic", "")),
            arrival_ns=round(number(entry.get("arrival_ms", 0), "arrival_ms") * 1_000_000),
            payload=payload(entry.get("hex"), "packets_hex"),
        )


def config(vector: Mapping[str, Any]) -> dict[str, Any]:
    """What must be known before the packets."""
    return fields(vector.get("config") or {}, "config")


def setup(vector: Mapping[str, Any]) -> list[bytes]:
    """Packets that come first and are not reported."""
    told = config(vector)
    if not told.get("setup_packets_hex"):
        return []
    return [payload(each, "setup_packets_hex") for each in items(told, "setup_packets_hex")]


def fields(value: Any, where: str) -> dict[str, Any]:
    """A value that must be an object."""
    if not isinstance(value, dict):
        raise damaged(where, "it is no object")
    return cast("dict[str, Any]", value)


def items(entry: Mapping[str, Any], key: str) -> list[Any]:
    """A member that must be a list."""
    value = entry.get(key)
    if not isinstance(value, list):
        raise damaged(key, "it is no list")
    return cast("list[Any]", value)


def number(value: Any, where: str) -> float:
    """A value that must be a number of ordinary size."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or abs(value) > 1e13:
        raise damaged(where, "it is no usable number")
    return value


def payload(value: Any, where: str) -> bytes:
    """Bytes written as hexadecimal text."""
    try:
        return bytes.fromhex(value)
    except (TypeError, ValueError):
        raise damaged(where, "it is not hexadecimal") from None


def damaged(where: str, why: str) -> DamagedFile:
    """The file has not the form of vectors."""
    return DamagedFile(
        "these are no vectors",
        where=where,
        why=why,
        fix="Each entry holds name, config, packets_hex and expected",
    )
