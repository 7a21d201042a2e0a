"""Pressures of a run under each sensor, for tests of calibration and health."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from insole import layouts
from insole.model.foot import Side
from insole.model.stream import Capability, Frames

RATE_HZ = 100.0
MASS_KG = 70.0
G = 9.80665


def told(layout, **changes) -> Capability:
    """A device with this layout: 0.1 kPa a count, up to 1000 kPa."""
    said = {
        "device": "d",
        "protocol": "p",
        "serial": "S1",
        "firmware": "",
        "side": Side.LEFT,
        "layout": layout,
        "quantity": "kPa",
        "scale": 0.1,
        "offset": 0.0,
        "saturated": 10_000,
        "rate_hz": RATE_HZ,
    }
    return Capability(**{**said, **changes})


def stance(time_s: NDArray, *, contact_s: float = 0.25, stride_s: float = 0.7) -> NDArray:
    """(n,) half-sines of height 1, the first one from 0.3 s on (G1)."""
    phase = np.mod(time_s - 0.3, stride_s)
    return np.where(phase < contact_s, np.sin(np.pi * phase / contact_s), 0.0)


def running(layout, *, seconds: float, noise: float = 0.3, seed: int = 1) -> NDArray:
    """(n, S) raw counts: every sensor loaded in each contact, heel early and toes late."""
    time = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    random = np.random.default_rng(seed)
    later = 0.06 * layout.xy[:, 1]
    pressure = np.stack([150.0 * stance(time - shift) for shift in later], axis=1)
    pressure += random.normal(0.0, noise, pressure.shape)
    return np.asfortranarray(np.clip(np.rint(10.0 * pressure), 0, 10_000).astype(np.uint16))


def frames(values: NDArray, *, begin: int = 0) -> Frames:
    """Rows at the nominal rate; the first of a recording begins a segment."""
    rows = np.arange(begin, begin + len(values))
    return Frames(
        rows / RATE_HZ, values, np.zeros(len(values), np.uint32), (rows * 1e7).astype(np.int64)
    )


def pieces(whole: Frames, cuts) -> list[Frames]:
    """The same frames, cut."""
    edges = [0, *sorted(cuts), len(whole.time_s)]
    return [
        Frames(whole.time_s[a:b], whole.values[a:b], whole.quality[a:b], whole.arrival_ns[a:b])
        for a, b in itertools.pairwise(edges)
    ]


def grid():
    """A small grid of sensors."""
    return layouts.grid(20, 8)
