"""Vectors of the standard services: a value of one characteristic in each packet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Final

from insole.errors import DamagedFile
from insole.model.protocol import Vectors
from insole.model.stream import Connected, Decoded, Packet
from insole_drivers.protocols import ble_sig
from insole_drivers.protocols.foot_pod import FootPodDecoder

DEVICE: Final = "capture"
REJECTED: Final[dict[str, Any]] = {"rejected": True}


class SigVectors:
    """Entry point `insole.vectors`, `ble_sig`."""

    def items(self, vector: Mapping[str, Any]) -> list[list[Decoded]]:
        """What the decoder of a foot pod says: it knows all of these services.

        Raises:
            DamagedFile: the vector has not the form of these vectors.
        """
        decoder = FootPodDecoder(DEVICE)
        decoder.feed(Connected(DEVICE, 0, "foot_pod", DEVICE, "", 23))
        return [
            decoder.feed(Packet(DEVICE, channel, index, payload))
            for index, (channel, payload) in enumerate(_packets(vector))
        ]

    def answer(self, vector: Mapping[str, Any]) -> dict[str, Any]:
        """The values in the words of `expected`.

        Raises:
            DamagedFile: the vector has not the form of these vectors.
        """
        return {"per_packet": [_worded(channel, payload) for channel, payload in _packets(vector)]}


def _worded(channel: str, payload: bytes) -> dict[str, Any]:
    read = READERS.get(channel)
    if read is None:
        raise _damaged(f"characteristic {channel[:36]} is not known")
    return read(payload) or REJECTED


def _running(data: bytes) -> dict[str, Any] | None:
    told = ble_sig.running(data)
    if told is None:
        return None
    values = {key: value for key, value in asdict(told).items() if value is not None}
    return {"running": values.pop("is_running"), **values}


def _battery(data: bytes) -> dict[str, Any] | None:
    level = ble_sig.battery(data)
    return None if level is None else {"percent": level}


def _pnp(data: bytes) -> dict[str, Any] | None:
    told = ble_sig.pnp(data)
    if told is None:
        return None
    return {
        "source": told.source,
        "vendor_id": told.vendor,
        "product_id": told.product,
        "version": told.version,
    }


def _location(data: bytes) -> dict[str, Any] | None:
    told = ble_sig.location(data)
    return None if told is None else {"location": told}


READERS: Final[dict[str, Callable[[bytes], dict[str, Any] | None]]] = {
    ble_sig.MEASUREMENT: _running,
    ble_sig.FEATURE: ble_sig.features,
    ble_sig.LOCATION: _location,
    ble_sig.BATTERY: _battery,
    ble_sig.PNP: _pnp,
    **dict.fromkeys(ble_sig.STRINGS, lambda data: {"text": ble_sig.text(data)}),
}


def _packets(vector: Mapping[str, Any]) -> list[tuple[str, bytes]]:
    try:
        return [
            (ble_sig.uuid_of(str(each["characteristic"])) or "", bytes.fromhex(each["hex"]))
            for each in vector["packets_hex"]
        ]
    except (KeyError, TypeError, ValueError):
        raise _damaged("a packet has no hex or no characteristic") from None


def _damaged(why: str) -> DamagedFile:
    return DamagedFile(
        "this is no vector of a standard service",
        where="packets_hex",
        why=why,
        fix="Give each packet its `hex` and the number of its `characteristic`",
    )


VECTORS: Vectors = SigVectors()
