"""A real run drawn and recorded, and the heaviest load: delays, frames, loss."""

from __future__ import annotations

from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from table import Row
from watched import ask

SECONDS = 30.0
HEAVIEST = "run?sensors=235&rate=500"
STEP_MS, PIXEL_MS, FRAMES_PER_S = 20.0, 100.0, 60.0


def measure() -> list[Row]:
    """Both feet; the virtual pair runs in the same process and costs its share."""
    usual, heavy = _watch("recording"), _watch(HEAVIEST)
    return [*_usual(usual), *_heavy(heavy)]


def _watch(spec: str) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        return ask("live", spec, str(SECONDS), folder)


def _usual(said: dict[str, Any]) -> list[Row]:
    step_ms = float(np.percentile(said["delays_ms"], 99))
    pixel_ms = float(np.percentile(said["shown_ms"], 95))
    return [
        Row(
            f"notification in, step metrics out, p99 of {len(said['delays_ms'])} steps",
            f"{step_ms:.1f} ms",
            "",
            f"{step_ms / STEP_MS:.2f}",
            f"{STEP_MS:g} ms",
            step_ms < STEP_MS,
        ),
        Row(
            "sensor to pixel, p95, both feet at 100 Hz",
            f"{pixel_ms:.1f} ms",
            "",
            f"{pixel_ms / PIXEL_MS:.2f}",
            f"{PIXEL_MS:g} ms",
            pixel_ms < PIXEL_MS,
        ),
    ]


def _heavy(said: dict[str, Any]) -> list[Row]:
    missing = said["lost"] + said["overflow"]
    name = "2 x 235 sensors, 500 Hz, recorded and drawn"
    return [
        Row(
            f"{name}: lost of {said['received']:,} samples",
            f"{missing}",
            "",
            f"{missing / max(said['received'], 1):.6f}",
            "0",
            missing == 0 and said["received"] > 2 * 500 * SECONDS,
        ),
        Row(
            f"{name}: frames a second",
            f"{said['frames_per_s']:.0f}",
            "",
            f"{said['frames_per_s'] / FRAMES_PER_S:.2f}",
            f"{FRAMES_PER_S:g}",
            said["frames_per_s"] >= 0.97 * FRAMES_PER_S,
        ),
        Row(
            f"{name}: share of one core, virtual pair included",
            f"{said['core']:.2f}",
            "",
            f"{said['core']:.2f}",
            "1 core",
            said["core"] <= 1.0,
        ),
    ]
