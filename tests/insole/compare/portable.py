"""Numbers that anybody can make again: the generator of docs/compare.md, section 7."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

MULTIPLIER, MODULUS, DISCARDED = 48_271, 2_147_483_647, 20
POINTS = 101


def normal(seed: int, count: int) -> np.ndarray:
    """(count,) standard normal deviates: the quantile of a multiplicative congruential series."""
    state, uniform = seed, []
    for turn in range(DISCARDED + count):
        state = MULTIPLIER * state % MODULUS
        if turn >= DISCARDED:
            uniform.append(state / MODULUS)
    quantile = NormalDist().inv_cdf
    return np.array([quantile(u) for u in uniform])


def series(seed: int, count: int, mean: float, sd: float, correlation: float) -> np.ndarray:
    """(count,) values, each like the one before by `correlation`."""
    return mean + sd * coloured(normal(seed, count), correlation)


def coloured(white: np.ndarray, correlation: float) -> np.ndarray:
    """First-order autoregressive series of unit variance, along the last axis."""
    values = np.array(white, dtype=float)
    fresh = np.sqrt(1.0 - correlation**2)
    for k in range(1, values.shape[-1]):
        values[..., k] = correlation * values[..., k - 1] + fresh * white[..., k]
    return values


def curve(seed: int, count: int, effect: float, centre: float, width: float) -> np.ndarray:
    """(count, 101) smooth curves: half a sine, smooth noise and a bump of `effect`."""
    return curves_of(normal(seed, 16 * count).reshape(count, 8, 2), effect, centre, width)


def curves_of(noise: np.ndarray, effect: float, centre: float, width: float) -> np.ndarray:
    """Curves out of (count, 8, 2) coefficients."""
    t = np.linspace(0.0, 1.0, POINTS)
    k = np.arange(1, 9)[:, None]
    weight = np.exp(-((k / 4.0) ** 2))
    rough = noise[:, :, 0] @ (weight * np.sin(2 * np.pi * k * t))
    rough += noise[:, :, 1] @ (weight * np.cos(2 * np.pi * k * t))
    bump = effect * np.exp(-(((100 * t - centre) / width) ** 2) / 2)
    return 2.4 * np.sin(np.pi * t) + 0.06 * rough + bump
