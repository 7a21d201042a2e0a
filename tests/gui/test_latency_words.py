"""How late a picture is, against what balance by eye needs (science.md, section 7.5)."""

from __future__ import annotations

import pytest

from insole_gui.state.live import latency_words


@pytest.mark.parametrize(
    ("late_ms", "said"), [(99.0, ""), (120.0, "late to balance by"), (151.0, "too late")]
)
def test_what_is_too_late_to_balance_by_is_said(late_ms, said):
    words = latency_words(late_ms)
    assert words.startswith(f"{late_ms:.0f} ms from sole to screen")
    assert said in words
    assert ("balance" in words) == bool(said)


def test_nothing_is_said_before_it_is_known():
    assert latency_words(float("nan")) == ""
