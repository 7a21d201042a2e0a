"""Before one starts: what is not as it should be with an insole, and its fix (dashboard, page 8).

Only what the board says; `insole doctor` looks at the computer.
"""

from __future__ import annotations

from math import isfinite

import numpy as np

from insole.live.board import FootView
from insole.model.link import LinkFinding, LinkHealth
from insole_gui.state.links import health
from insole_gui.state.loss import lost_by_second
from insole_gui.state.numbers import fixed, plain

RATE_REL = 0.02  # 208 Hz where 200 were told is 4 %
LOSS_S, LOSS_SHARE = 10, 0.01
WEAK_DBM = -80
BATTERY_PERCENT = 15


def advice(foot: FootView, now_s: float, *, link: LinkHealth | None = None) -> list[str]:
    """Sentences with their fix; empty when the insole is ready.

    Args:
        foot: the insole.
        now_s: newest instant.
        link: what the link doctor says; it knows more than the last minute does.
    """
    if health(foot) != "live" or foot.time_s is None:
        return []
    said = _link(foot, now_s) if link is None else [_told(found) for found in noticed(link)]
    if foot.battery is not None and foot.battery <= BATTERY_PERCENT:
        said.append(f"battery {foot.battery} %: charge it before a long run")
    return said


def noticed(link: LinkHealth) -> list[LinkFinding]:
    """What the link doctor found that is worth a line."""
    return [found for found in link.findings if found.level != "fine"]


def link_words(link: LinkHealth) -> str:
    """Jitter, interval and size of packets, as far as they are known."""
    said: list[str] = []
    if isfinite(link.jitter_ms):
        said.append(f"jitter {link.jitter_ms:.0f} ms")
    if isfinite(link.packet_ms):
        said.append(f"packets every {link.packet_ms:.0f} ms")
    if link.mtu:
        said.append(f"MTU {link.mtu}")
    return ", ".join(said) or "not known yet"


def _told(found: LinkFinding) -> str:
    return f"{found.text.rstrip('.')}. {found.advice}".strip()


def _link(foot: FootView, now_s: float) -> list[str]:
    """What a minute of samples tells: a replay has no link."""
    said: list[str] = []
    lost = lost_by_second(foot, now_s)[-LOSS_S:]
    known = lost[np.isfinite(lost)]
    share = float(known.mean()) if len(known) else 0.0
    if share > LOSS_SHARE:
        said.append(
            f"{100 * share:.0f} % lost in {len(known)} s: bring the computer nearer, "
            "switch other Bluetooth off"
        )
    elif len(known) >= LOSS_S // 2 and foot.nominal_hz > 0 and isfinite(foot.measured_hz):
        apart = foot.measured_hz / foot.nominal_hz - 1.0
        if abs(apart) > RATE_REL:
            said.append(
                f"sends {fixed(foot.measured_hz, 1)} Hz, says {foot.nominal_hz:.0f} Hz: "
                "restart it, or tell its maker"
            )
    if foot.rssi_dbm is not None and foot.rssi_dbm < WEAK_DBM:
        said.append(f"weak signal, {plain(foot.rssi_dbm, 0)} dBm: bring the computer nearer")
    return said
