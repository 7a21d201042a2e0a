"""How well both feet share one time, in words, and what hangs on it (science.md, section 8.3)."""

from __future__ import annotations

from insole.live.board import TimeView
from insole_gui.state.numbers import plain


def words(time: TimeView) -> str:
    """One sentence for the Insoles page."""
    if time.stomping:
        return time.stomping
    if time.sd_s is None:
        return "How well the feet share one time is not known yet."
    moved = ""
    if time.alignment is not None:
        moved = f" Three hops moved them by {plain(1e3 * time.alignment.shift_s, 1)} ms."
    shared = f"The feet share one time within {plain(1e3 * time.sd_s, 1)} ms"
    if time.good:
        return f"{shared}: step times of both may be compared.{moved}"
    limit = plain(1e3 * time.limit_s, 0)
    return f"{shared}; {limit} ms are needed: the symmetry of step times is hidden.{moved}"
