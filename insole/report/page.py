"""A page of HTML that stands alone: its style inside, no script, nothing fetched, prints on A4.

`page` puts a body between head and foot; `table`, `section` and `definitions` make the body. Every
text that they are given is escaped; what they return, and what `insole.report.drawing` returns, is
HTML already and is put together with `+` or `"".join`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from string import Template
from typing import Final

from insole import __version__

CLOSING: Final = "Force under the foot; for training information, not a medical device."

LIGHT: Final = {
    "background": "#EEF1F5",
    "surface": "#FFFFFF",
    "line": "#D3DAE3",
    "text": "#121922",
    "text2": "#414D5B",
    "text3": "#5D6978",
    "left": "#2A6FD6",
    "right": "#A13C10",
    "heel": "#5B0F86",
    "first": "#88842A",
    "fifth": "#3F8786",
    "good": "#0A6B4A",
    "attention": "#9A5B00",
    "cell": "#E6EBF1",
}
DARK: Final = {
    "background": "#0C1118",
    "surface": "#151B23",
    "line": "#2C3745",
    "text": "#F0F4F9",
    "text2": "#B3BFCD",
    "text3": "#8593A3",
    "left": "#7FC1FF",
    "right": "#F5824A",
    "heel": "#9A68F5",
    "first": "#F2E35C",
    "fifth": "#5FC9BC",
    "good": "#6FD6A2",
    "attention": "#FFC857",
    "cell": "#222C38",
}
"""Colours by name, as the window has them: a test compares."""

_STYLE: Final = Template("""
:root{color-scheme:light dark;$light}
@media (prefers-color-scheme:dark){:root{$dark}}
*{box-sizing:border-box}
body{margin:0;background:var(--background);color:var(--text);
 font:15px/1.45 system-ui,"Segoe UI",Roboto,Helvetica,Arial,sans-serif}
main{max-width:60rem;margin:0 auto;padding:1.25rem 1rem 2rem}
h1{font-size:1.5rem;line-height:1.2;margin:0}
h2{font-size:1.05rem;margin:0 0 .5rem}
p{margin:.3rem 0}
.lead,footer,figcaption,caption{color:var(--text2)}
section{background:var(--surface);border:1px solid var(--line);border-radius:.5rem;
 padding:.8rem 1rem;margin:.8rem 0;overflow-x:auto}
.beside{display:flex;flex-wrap:wrap;gap:0 1rem}
.beside>*{flex:1 1 20rem;min-width:0}
.beside>div>section{height:calc(100% - 1.6rem)}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
caption{text-align:left;padding-bottom:.3rem}
th,td{padding:.2rem .5rem;border-bottom:1px solid var(--line);text-align:right;
 vertical-align:top;white-space:nowrap}
tbody th,td.text{white-space:normal}
th{font-weight:600}
tbody th,th:first-child,.text{text-align:left}
tbody th{font-weight:400}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:0}
dt{color:var(--text2)}
dd{margin:0;overflow-wrap:anywhere}
ul{margin:.3rem 0;padding-left:1.2rem}
figure{margin:0}
svg{display:block;width:100%;height:auto;max-height:24rem;
 font:11px system-ui,Helvetica,Arial,sans-serif}
svg text{fill:var(--text2)}
svg .grid{stroke:var(--line);stroke-width:1;fill:none}
svg .stroke{fill:none;stroke:currentColor;stroke-width:1.8;stroke-linejoin:round}
svg .dashed{stroke-dasharray:6 4}
svg .fill{fill:currentColor}
svg .faint{fill:currentColor;fill-opacity:.2}
svg .shape{fill:var(--cell);stroke:var(--line)}
svg .strong{fill:var(--text);font-weight:600}
$colours
footer{margin-top:1rem;font-size:.85rem}
@page{size:A4;margin:11mm}
@media print{
 :root{color-scheme:light;$light}
 *{-webkit-print-color-adjust:exact;print-color-adjust:exact}
 body{background:none;font-size:7.5pt;line-height:1.25}
 main{max-width:none;padding:0}
 h1{font-size:13pt} h2{font-size:9pt;margin-bottom:.1rem}
 section{border:0;border-top:1px solid var(--line);border-radius:0;padding:.25rem 0;
  margin:.25rem 0;overflow:visible;background:none}
 .beside>*{flex-basis:0}
 .beside>div>section{height:auto}
 section,table,figure,li{break-inside:avoid}
 th,td{padding:.03rem .4rem}
 p,ul{margin:.1rem 0}
 svg{max-height:49mm}
 figcaption,caption,footer{font-size:6.5pt}
 footer{margin-top:.3rem}
}
""")


def page(title: str, body: str, *, lead: str = "", made: str = "") -> str:
    """A whole document.

    Args:
        title: heading and name of the tab; escaped here.
        body: HTML, of `section` and the like.
        lead: a sentence under the heading; escaped here.
        made: what the foot of the page says of where the numbers come from; escaped here.
    """
    words = escape(title)
    under = f'<p class="lead">{escape(lead)}</p>' if lead else ""
    origin = f"<p>{escape(made)}</p>" if made else ""
    whole = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="color-scheme" content="light dark">\n'
        f'<meta name="generator" content="insole {escape(__version__)}">\n'
        f"<title>{words}</title>\n<style>{_style()}</style>\n</head>\n<body>\n<main>\n"
        f"<header><h1>{words}</h1>{under}</header>\n{body}\n"
        f"<footer><p>{CLOSING}</p>{origin}</footer>\n</main>\n</body>\n</html>\n"
    )
    return whole.encode("utf-8", "replace").decode("utf-8")  # foreign texts hold halves of signs


def section(heading: str, *parts: str, anchor: str = "") -> str:
    """A box with a heading around HTML; nothing where all parts are empty."""
    inner = "\n".join(part for part in parts if part)
    if not inner:
        return ""
    place = f' id="{escape(anchor)}"' if anchor else ""
    return f"<section{place}><h2>{escape(heading)}</h2>\n{inner}</section>\n"


def beside(*parts: str) -> str:
    """HTML next to each other where there is room, else below each other."""
    inner = "\n".join(f"<div>{part}</div>" for part in parts if part)
    return f'<div class="beside">{inner}</div>' if inner else ""


def figure(picture: str, *, caption: str = "") -> str:
    """An SVG picture with words below it, escaped here."""
    words = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f"<figure>{picture}{words}</figure>"


def paragraph(text: str) -> str:
    """A paragraph; nothing for nothing."""
    return f"<p>{escape(text)}</p>" if text else ""


def bullets(texts: Iterable[str]) -> str:
    """A list of sentences; nothing for none."""
    inner = "".join(f"<li>{escape(text)}</li>" for text in texts)
    return f"<ul>{inner}</ul>" if inner else ""


def definitions(pairs: Iterable[tuple[str, str]]) -> str:
    """Names and what they are; pairs without a text are left out."""
    inner = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in pairs if text
    )
    return f"<dl>{inner}</dl>" if inner else ""


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    caption: str = "",
    text_columns: Sequence[int] = (),
) -> str:
    """A table whose first column names its rows; nothing where there are no rows.

    Args:
        head: heading of each column.
        rows: cells as text, as many as `head`; the others than the first stand right.
        caption: words above it.
        text_columns: places of columns of words, which stand left.
    """
    lines = [_row(row, text_columns) for row in rows]
    if not lines:
        return ""
    words = f"<caption>{escape(caption)}</caption>" if caption else ""
    titles = "".join(
        f'<th scope="col"{_left(place, text_columns)}>{escape(name)}</th>'
        for place, name in enumerate(head)
    )
    return (
        f"<table>{words}<thead><tr>{titles}</tr></thead>\n<tbody>"
        + "\n".join(lines)
        + "</tbody></table>"
    )


def _row(cells: Sequence[str], text_columns: Sequence[int]) -> str:
    name, *rest = cells
    inner = "".join(
        f"<td{_left(place, text_columns)}>{escape(cell)}</td>"
        for place, cell in enumerate(rest, start=1)
    )
    return f'<tr><th scope="row">{escape(name)}</th>{inner}</tr>'


def _left(place: int, text_columns: Sequence[int]) -> str:
    return ' class="text"' if place in text_columns else ""


def _style() -> str:
    def said(colours: dict[str, str]) -> str:
        return ";".join(f"--{name}:{colour}" for name, colour in colours.items())

    colours = "\n".join(f".{name}{{color:var(--{name})}}" for name in LIGHT)
    return _STYLE.substitute(light=said(LIGHT), dark=said(DARK), colours=colours)
