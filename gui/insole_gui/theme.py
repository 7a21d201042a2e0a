"""Colours: every token of the window in its dark, light and high-contrast form. No Qt here.

Left and right, the corners of the tripod and the map were chosen together so that they stay apart
in the three common forms of colour blindness; contrast is recomputed by a test.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

EDGES_KPA = (10.0, 25.0, 50.0, 75.0, 100.0, 125.0, 150.0, 175.0, 200.0, 250.0, 300.0)
"""Lower edges of the coloured bands at the default scale; below the first nothing is coloured."""


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours as `#RRGGBB`."""

    name: str
    background: str
    surface: str
    raised: str
    line: str
    text: str
    text2: str
    text3: str
    left: str
    right: str
    heel: str
    first: str
    fifth: str
    good: str
    attention: str
    record: str
    focus: str
    cell: str
    bands: tuple[str, ...]


DARK = Theme(
    name="dark",
    background="#0C1118",
    surface="#151B23",
    raised="#1E2732",
    line="#2C3745",
    text="#F0F4F9",
    text2="#B3BFCD",
    text3="#8593A3",
    left="#7FC1FF",
    right="#F5824A",
    heel="#9A68F5",
    first="#F2E35C",
    fifth="#5FC9BC",
    good="#6FD6A2",
    attention="#FFC857",
    record="#FF5D5D",
    focus="#F0F4F9",
    cell="#222C38",
    # inferno between 22 % and 100 %: the darkest band still stands out from the empty cell
    bands=(
        "#4A0C6B",
        "#6A176E",
        "#8A226A",
        "#A92E5E",
        "#C73E4D",
        "#DF5437",
        "#F1721E",
        "#FA9407",
        "#FBBA1F",
        "#F3E156",
        "#FCFFA4",
    ),
)

LIGHT = Theme(
    name="light",
    background="#EEF1F5",
    surface="#FFFFFF",
    raised="#F3F6F9",
    line="#D3DAE3",
    text="#121922",
    text2="#414D5B",
    text3="#5D6978",
    left="#2A6FD6",
    right="#A13C10",
    heel="#5B0F86",
    first="#88842A",
    fifth="#3F8786",
    good="#0A6B4A",
    attention="#9A5B00",
    record="#C8202B",
    focus="#121922",
    cell="#E6EBF1",
    # inferno backwards between 90 % and 6 %: more load is darker on white
    bands=(
        "#F6D644",
        "#FCAC11",
        "#F7850F",
        "#E9622B",
        "#D14644",
        "#B33359",
        "#922568",
        "#70196E",
        "#4E0D6C",
        "#290B54",
        "#0A0722",
    ),
)


def high_contrast(theme: Theme) -> Theme:
    """The same theme with all words in the text colour and stronger lines."""
    return replace(theme, text2=theme.text, text3=theme.text, line=theme.text3)


def by_name(name: str | None) -> Theme:
    """The theme called `dark` or `light`; dark when nothing is said."""
    return LIGHT if name == "light" else DARK


def luminance(colour: str) -> float:
    """Relative luminance of an sRGB colour (WCAG 2.2), 0 to 1."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours (WCAG 2.2), 1 to 21."""
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)
