"""Pages on paper: a page of `insole.report.page` as a PDF, by Qt's own printing. Qt is late."""

from __future__ import annotations

import os
import sys
from typing import Any

from insole.errors import MissingExtra
from insole_gui.app import check
from insole_gui.state.sheet import SIZE, Picture, Sheet, sheet_of

WIDE, HIGH = 710, 1038  # A4 within its margins, in 1/96 inch
MARGIN_MM = 11.0
SIZES_PX = (11.0, 10.5, 10.0, 9.5, 9.0, 8.5)  # of the letters; the largest that fits one sheet
TALLEST_PX = 185.0
GAP_PX = 8.0
SHARPNESS = 4  # dots of a picture for one of the page
STYLE = """
h1 {font-size: 160%} h2 {font-size: 115%}
p, ul, h1, h2 {margin-top: 2px; margin-bottom: 2px}
ul {-qt-list-indent: 0; margin-left: 12px}
"""


def pdf_of(page: str) -> bytes:
    """A page printed on A4, on one sheet where it fits. Fulfils `insole.plugins.Printer`.

    Args:
        page: HTML of `insole.report.page`.

    Raises:
        MissingExtra: Qt or a library of the system is missing.
    """
    application = _application()
    from PySide6.QtCore import QBuffer, QIODevice, QMarginsF
    from PySide6.QtGui import QPageSize, QPdfWriter

    document = document_of(sheet_of(page))
    kept = QBuffer()
    kept.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(kept)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageMargins(QMarginsF(*[MARGIN_MM] * 4))
    writer.setCreator("insole")
    document.print_(writer)
    kept.close()
    del application  # it lives as long as what it draws
    return bytes(kept.data().data())


def document_of(sheet: Sheet) -> Any:
    """The `QTextDocument` with pages of A4, in the largest letters with which it is one page."""
    from PySide6.QtCore import QSizeF, QUrl
    from PySide6.QtGui import QTextDocument, QTextOption

    from insole_gui.widgets.look import Look

    look = Look()
    look.load_font()
    font, _ = look.font(SIZES_PX[0])
    document = QTextDocument()
    document.setUndoRedoEnabled(False)
    document.setDefaultStyleSheet(STYLE)
    document.setDocumentMargin(0.0)
    document.setUseDesignMetrics(True)
    wrapping = document.defaultTextOption()
    wrapping.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    document.setDefaultTextOption(wrapping)
    for picture in sheet.pictures:
        document.addResource(
            QTextDocument.ResourceType.ImageResource.value, QUrl(picture.name), _drawn(picture)
        )
    for size in SIZES_PX:
        font.setPointSizeF(0.75 * size)
        document.setDefaultFont(font)
        document.setHtml(_sized(sheet))
        document.setPageSize(QSizeF(WIDE, HIGH))
        if document.pageCount() == 1:
            break
    return document


def _application() -> Any:
    """What Qt needs before it can draw letters: the window's own, or one without a display.

    Raises:
        MissingExtra: Qt or a library of the system is missing.
    """
    if sys.platform.startswith("linux"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    missing = check()
    if missing:
        raise MissingExtra(
            "cannot print to PDF", where="Qt", why=" ".join(missing).rstrip("."),
            fix="Or write -o OUT.html and print it from a browser",
        )  # fmt: skip
    from PySide6.QtWidgets import QApplication

    return QApplication.instance() or QApplication(["insole"])


def _size(picture: Picture) -> tuple[float, float]:
    """Width and height on the page, 1/96 inch."""
    wide = WIDE / 2 - GAP_PX if picture.halved else WIDE
    scale = min(wide / picture.width, TALLEST_PX / picture.height)
    return picture.width * scale, picture.height * scale


def _sized(sheet: Sheet) -> str:
    text = sheet.text
    for picture in sheet.pictures:
        wide, high = _size(picture)
        text = text.replace(SIZE.format(picture.name), f'width="{wide:.0f}" height="{high:.0f}"')
    return text


def _drawn(picture: Picture) -> Any:
    from PySide6.QtCore import QByteArray
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    wide, high = (round(SHARPNESS * length) for length in _size(picture))
    image = QImage(wide, high, QImage.Format.Format_ARGB32)
    image.fill(0xFFFFFFFF)
    painter = QPainter(image)
    QSvgRenderer(QByteArray(picture.svg.encode())).render(painter)
    painter.end()
    return image
