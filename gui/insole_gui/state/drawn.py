"""The newest sample as it is drawn: smoothed by the board, or as it came where it is not."""

from __future__ import annotations

import numpy as np

from insole.live.board import BoardView, FootView, SmoothView

_NOTHING = np.full(3, np.nan)


def drawn(foot: FootView) -> SmoothView:
    """Force, shares and CoP of a foot for the eye; no number is computed from them."""
    if foot.smooth is not None:
        return foot.smooth
    return SmoothView(
        foot.total_n,
        _NOTHING if foot.tripod is None else foot.tripod,
        _NOTHING[:2] if foot.cop_mm is None else foot.cop_mm,
        0.0,
        0.0,
    )


def delay_words(view: BoardView) -> str:
    """How much later than the sample the smoothed number and dot are; "" where they are not.

    The slower of the two feet counts.
    """
    force = 1000 * max(drawn(foot).force_delay_s for foot in view.feet.values())
    cop = 1000 * max(drawn(foot).cop_delay_s for foot in view.feet.values())
    if not force and not cop:
        return ""
    return f"smoothing adds {force:.0f} ms to force and shares, {cop:.0f} ms to the dot"
