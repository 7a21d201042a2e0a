"""What a virtual insole puts on the air: an advertisement and its scan response, 31 bytes each."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from bumble.core import AdvertisingData

from insole.model.protocol import Advert

MOST: Final = 31
KINDS: Final = AdvertisingData.Type
FLAGS: Final = (KINDS.FLAGS, b"\x06")  # general discoverable, no classic Bluetooth
SHORT_UUID: Final = "-0000-1000-8000-00805f9b34fb"


def on_the_air(advert: Advert) -> tuple[bytes, bytes]:
    """Advertising data and scan response that say this.

    Services and name come first; what does not fit beside them goes to the scan response.

    Raises:
        ValueError: more is to be told than both hold: a programmer's error.
    """
    facts: list[tuple[int, bytes]] = []
    for uuid in advert.services:
        kind = (
            KINDS.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS
            if uuid.endswith(SHORT_UUID)
            else KINDS.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS
        )
        facts.append((kind, _little(uuid)))
    name = advert.name.encode()
    if name:
        facts.append((KINDS.COMPLETE_LOCAL_NAME, name))
    for company, blob in advert.manufacturer.items():
        facts.append((KINDS.MANUFACTURER_SPECIFIC_DATA, company.to_bytes(2, "little") + blob))
    for uuid, blob in advert.service_data.items():
        is_short = uuid.endswith(SHORT_UUID)
        kind = KINDS.SERVICE_DATA_16_BIT_UUID if is_short else KINDS.SERVICE_DATA_128_BIT_UUID
        facts.append((kind, _little(uuid) + blob))
    first: list[tuple[int, bytes]] = [FLAGS]
    second: list[tuple[int, bytes]] = []
    for fact in facts:
        box = first if _size([*first, fact]) <= MOST else second
        box.append(fact)
    if _size(second) > MOST:
        raise ValueError("an advertisement and its scan response hold 31 bytes each")
    return bytes(AdvertisingData(first)), bytes(AdvertisingData(second))


def _little(uuid: str) -> bytes:
    whole = UUID(uuid).bytes[::-1]
    return whole[12:14] if uuid.endswith(SHORT_UUID) else whole


def _size(facts: list[tuple[int, bytes]]) -> int:
    return sum(2 + len(data) for _, data in facts)
