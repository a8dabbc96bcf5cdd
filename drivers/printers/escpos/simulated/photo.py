"""After the sale: what came out of the simulated printer, as a picture for a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from drivers.printers.escpos.simulated.paper import (
    Piece,
    PrintedBarcode,
    PrintedImage,
    PrintedLine,
    PrintedQr,
)
from drivers.printers.picture import (
    BLACK,
    CELL,
    LINE,
    MAX_HEIGHT,
    WHITE,
    Row,
    barcode_picture,
    blank,
    dots_of,
    line_picture,
    png,
    qr_picture,
)
from statemachines.vocabulary.paper import Barcode, Symbology

if TYPE_CHECKING:
    from PIL import Image

#: GS k's numbers of what can be drawn here; others are shown as a box.
_SYMBOLOGIES: Final[Mapping[int, Symbology]] = MappingProxyType(
    {65: "UPC-A", 67: "EAN13", 68: "EAN8", 69: "CODE39", 70: "ITF", 72: "CODE93", 73: "CODE128"}
)


def render_pieces(pieces: Iterable[Piece], columns: int) -> bytes:
    """Simulated paper as a PNG, a dashed line where a piece ends. Of very much paper only the end is shown."""
    dots = dots_of(columns)
    strips: list[list[Row]] = []
    height = 0
    for piece in reversed(list(pieces)):
        rows = [_printed(mark, columns) for mark in piece.printed]
        if piece.ending != "in_printer":
            rows.append(Row(_cut_picture(dots), 0))
        strips.append(rows)
        height += sum(row.picture.height for row in rows)
        if height > MAX_HEIGHT:
            break
    return png([row for rows in reversed(strips) for row in rows], dots)


def _printed(mark: PrintedLine | PrintedQr | PrintedBarcode | PrintedImage, columns: int) -> Row:
    match mark:
        case PrintedLine():
            return _printed_line(mark)
        case PrintedQr():
            # which mask a printer takes is its own matter
            return Row(qr_picture(mark.content, mark.module, mark.level, mask=0), mark.left)
        case PrintedBarcode():
            return Row(_barcode(mark, dots_of(columns)), mark.left)
        case PrintedImage():
            return Row(_bitmap(mark), mark.left)


def _printed_line(line: PrintedLine) -> Row:
    from PIL import ImageOps  # noqa: PLC0415 - a till that never draws does without Pillow

    text = line.text.lstrip(" ")
    picture = line_picture(text, tall=line.tall, wide=line.wide, bold=line.bold)
    if line.inverted:
        picture = ImageOps.invert(picture)
    if line.upside_down:
        picture = picture.rotate(180)
    if line.underlined and text:
        picture.paste(BLACK, (0, picture.height - 3, picture.width, picture.height - 1))
    return Row(picture, (len(line.text) - len(text)) * CELL)


def _barcode(mark: PrintedBarcode, width: int) -> Image.Image:
    symbology = _SYMBOLOGIES.get(mark.symbology)
    height = max(1, min(255, mark.dots - (LINE if mark.readable else 0)))
    code = None if symbology is None else Barcode(mark.data, symbology, height, mark.module, mark.readable)
    bars = None if code is None else barcode_picture(code, width)
    return _framed(mark.data, mark.dots) if bars is None else bars


def _framed(text: str, height: int) -> Image.Image:
    """A barcode's place and its content: readable for people, which is what this picture is for."""
    picture = blank((len(text) + 2) * CELL, max(height, LINE))
    picture.paste(BLACK, (0, 0, picture.width, picture.height))
    picture.paste(WHITE, (2, 2, picture.width - 2, picture.height - 2))
    picture.paste(line_picture(text), (CELL, (picture.height - LINE) // 2))
    return picture


def _bitmap(image: PrintedImage) -> Image.Image:
    from PIL import Image, ImageOps  # noqa: PLC0415 - a till that never draws does without Pillow

    if not image.rows:
        return blank(image.width, 1)
    picture = Image.frombytes("1", (image.width, len(image.rows)), b"".join(image.rows)).convert("L")
    return ImageOps.invert(picture)


def _cut_picture(dots: int) -> Image.Image:
    picture = blank(dots, LINE)
    for left in range(0, dots, 24):
        picture.paste(128, (left, LINE // 2, min(left + 12, dots), LINE // 2 + 2))
    return picture
