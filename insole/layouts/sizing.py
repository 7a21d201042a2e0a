"""How much a radio link has to carry for a layout, before headers (science.md, section 8.4)."""

from __future__ import annotations

from insole.model.foot import REGIONS

FEET = 2
RATE_HZ = 100.0  # where sizes are told
BITS = (16, 12, 8)
PRACTICAL_KBIT_S = 500.0  # more than this is more than many phones take over Bluetooth LE  [ED]


def kbit_s(values: int, bits: int, *, rate_hz: float = RATE_HZ, feet: int = FEET) -> float:
    """Payload of a stream, kbit/s.

    >>> kbit_s(235, 12)
    564.0
    >>> kbit_s(16, 16, feet=1)
    25.6
    """
    return values * bits * rate_hz * feet / 1000.0


def words(sensors: int) -> str:
    """A sentence for who plans a link, and what to do where it is too much."""
    sizes = ", ".join(f"{kbit_s(sensors, bits):.4g} at {bits} bits" for bits in BITS)
    said = f"link: both feet at {RATE_HZ:g} Hz are {sizes} a sensor, kbit/s"
    if kbit_s(sensors, 12) <= PRACTICAL_KBIT_S:
        return said
    regions = kbit_s(len(REGIONS), 16)
    return (
        f"{said}; more than many phones take: send 8 bits or differences, or sums of "
        f"{len(REGIONS)} regions ({regions:.4g})"
    )
