"""A page of `insole.report.page` in the words that Qt's rich text knows, for paper. No Qt here.

Qt knows tables and simple styles, no boxes beside each other, no variables and no SVG inside: boxes
become tables, pictures become images with a name, colours are those of the light theme.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser
from typing import Final

from insole.report.page import LIGHT

PICTURE = re.compile(r"<svg .*?</svg>", re.DOTALL)  # all other text of a page is escaped
_CLASS = re.compile(r' class="([a-z0-9 ]+)"')
_BOX = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
_KEPT: Final = frozenset({"h1", "h2", "p", "ul", "li", "tr", "td", "th", "thead", "tbody", "div"})
_DROPPED: Final = frozenset({"head", "style", "title"})


@dataclass(frozen=True, slots=True)
class Picture:
    """An SVG picture that needs no style from outside.

    Attributes:
        name: of the image in the text.
        svg: the picture.
        width, height: in its own units.
        halved: it stands beside another.
    """

    name: str
    svg: str
    width: float
    height: float
    halved: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rich text with `<img src="NAME">` where its pictures stand."""

    text: str
    pictures: tuple[Picture, ...]


def sheet_of(page: str) -> Sheet:
    """A page as rich text for Qt."""
    drawn = PICTURE.findall(page)
    reader = _Reader(drawn)
    reader.feed(PICTURE.sub("<svg>", page))
    reader.close()
    return Sheet("".join(reader.out), tuple(reader.pictures))


class _Reader(HTMLParser):
    """Goes through a page once, tag by tag."""

    def __init__(self, drawn: list[str]) -> None:
        super().__init__()
        self.out: list[str] = []
        self.pictures: list[Picture] = []
        self._drawn = drawn
        self._ends: list[tuple[str, str]] = []  # open tags, and what closes them
        self._dropped = 0
        self._beside = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "svg":
            self._picture()
        elif tag not in ("meta", "path", "circle"):
            kind = dict(attrs).get("class") or ""
            parent = self._ends[-1] if self._ends else ("", "")
            begin, end = self._words(tag, kind, inside=parent[1])
            self._dropped += tag in _DROPPED
            self._beside += kind == "beside"
            self._put(begin)
            self._ends.append((tag, end))

    def handle_endtag(self, tag: str) -> None:
        while self._ends:
            name, end = self._ends.pop()
            self._put(end)
            self._dropped -= name in _DROPPED
            self._beside -= end == _ROW_END
            if name == tag:
                return

    def handle_data(self, data: str) -> None:
        if data.strip():
            self._put(escape(data))

    def _words(self, tag: str, kind: str, *, inside: str) -> tuple[str, str]:
        """What begins and ends a tag."""
        if kind == "beside":
            return _ROW, _ROW_END
        if inside == _ROW_END:
            return '<td width="50%" valign="top">', "</td>"
        if tag == "section":
            return _LINE, ""
        if tag == "dl":
            return '<table cellspacing="0" cellpadding="1">', "</table>"
        if tag == "dt":
            return f'<tr><td style="color:{LIGHT["text2"]}">', "&nbsp;&nbsp;</td>"
        if tag == "dd":
            return "<td>", "</td></tr>"
        if tag == "table":  # begins behind its caption, which Qt does not know
            return "", "</table>"
        if tag == "thead":
            return '<table width="100%" cellspacing="0" cellpadding="1"><thead>', "</thead>"
        if tag in ("th", "td"):
            first = self.out[-1:] == ["<tr>"]
            side = "left" if first or kind == "text" else "right"
            return f'<{tag} align="{side}">', f"</{tag}>"
        if tag in ("caption", "figcaption", "footer"):
            return f'<p style="color:{LIGHT["text2"]}">', "</p>"
        if tag == "span" and kind in LIGHT:
            return f'<span style="color:{LIGHT[kind]}">', "</span>"
        return (f"<{tag}>", f"</{tag}>") if tag in _KEPT else ("", "")

    def _picture(self) -> None:
        svg = self._drawn[len(self.pictures)]
        found = _BOX.search(svg)
        width, height = (float(found[1]), float(found[2])) if found else (1.0, 1.0)
        name = f"picture:{len(self.pictures)}"
        self.pictures.append(Picture(name, _alone(svg), width, height, self._beside > 0))
        self._put(f'<p align="center"><img src="{name}" {SIZE.format(name)}></p>')

    def _put(self, text: str) -> None:
        if text and not self._dropped:
            self.out.append(text)


SIZE: Final = "size={}"
"""Stands where the size of a picture will: who draws it knows the paper."""
_LINE: Final = (
    f'<table width="100%" cellspacing="0" cellpadding="0" bgcolor="{LIGHT["line"]}">'
    '<tr><td style="font-size:1px">&nbsp;</td></tr></table>'
)
_ROW: Final = '<table width="100%" cellspacing="0" cellpadding="3"><tr>'
_ROW_END: Final = "</tr></table>"


def _alone(svg: str) -> str:
    """The picture with its style in every element."""
    whole = f'<svg font-family="Inter" font-size="11" fill="{LIGHT["text2"]}" '
    return _CLASS.sub(lambda found: _styled(found[1].split()), svg.replace("<svg ", whole, 1))


def _styled(kinds: list[str]) -> str:
    colour = next((LIGHT[kind] for kind in kinds if kind in LIGHT), LIGHT["text"])
    said: list[str] = []
    for kind in kinds:
        said += {
            "stroke": [f'fill="none" stroke="{colour}" stroke-width="1.8"'],
            "dashed": ['stroke-dasharray="6 4"'],
            "fill": [f'fill="{colour}"'],
            "faint": [f'fill="{colour}" fill-opacity="0.2"'],
            "grid": [f'fill="none" stroke="{LIGHT["line"]}"'],
            "shape": [f'fill="{LIGHT["cell"]}" stroke="{LIGHT["line"]}"'],
            "strong": [f'fill="{LIGHT["text"]}" font-weight="600"'],
        }.get(kind, [])
    return " " + " ".join(said)
