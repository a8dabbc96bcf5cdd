"""Beside the printer on a sale's way: the same paper for eyes on a screen, as text or as a picture.

Dots are those of the printers: 12 x 24 to a character of font A, a line every 30, so 576, 512 or 384 dots for 48, 42
or 32 columns. Pillow and qrcode are imported only when a picture is made; the font ships with this package
(DejaVu Sans Mono, licence beside it).
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from drivers.printers import barcodes, dots
from drivers.printers.text import clean, wrap
from statemachines.vocabulary.paper import Barcode, Block, Paper, QrCode, TextLine
from statemachines.vocabulary.paper import Image as Dots

if TYPE_CHECKING:
    from PIL import Image, ImageFont

_FONT: Final = Path(__file__).parent / "font" / "DejaVuSansMono.ttf"
#: At this size the font's characters are 12 dots apart.
_FONT_SIZE: Final = 20
CELL: Final = 12
LINE: Final = 30
_MARGIN: Final = 16
_WIDTHS: Final = {48: 576, 42: 512, 32: 384}
#: A picture is never taller: of more paper, the end is shown.
MAX_HEIGHT: Final = 40_000
WHITE: Final = 255
BLACK: Final = 0


def paper_as_text(paper: Paper, job_id: str | None = None, copy_no: int = 0) -> str:
    """What stands on the paper, lines of at most `paper.columns` characters, each ended by a line feed.

    `job_id` adds the END line; `copy_no` > 0 the copy marks. A code is a box around its content, a picture one around
    the words for it.
    """
    lines: list[str] = []
    for block in _blocks(paper, job_id, copy_no):
        lines.extend(_as_text(block, paper.columns))
    return "".join(f"{line.rstrip()}\n" for line in lines)


def render_paper(paper: Paper, job_id: str | None = None, copy_no: int = 0) -> bytes:
    """The same as a PNG. Raises ValueError when a QR code's content is too long for any symbol."""
    width = dots_of(paper.columns)
    rows: list[Row] = []
    for block in _blocks(paper, job_id, copy_no):
        rows.extend(_as_rows(block, paper.columns, width))
    return png(rows, width)


def render_text(text: str, columns: int) -> bytes:
    """Lines of plain text as a PNG as wide as the paper; longer lines are cut off at the edge."""
    return png([Row(line_picture(line), 0) for line in text.splitlines()], dots_of(columns))


def _as_rows(block: Block, columns: int, width: int) -> list[Row]:
    match block:
        case TextLine(text, tall, wide, bold):
            return [Row(line_picture(text, tall=tall, wide=wide, bold=bold), 0)]
        case QrCode(content, module):
            return [_in_the_middle(qr_picture(content, module, "M"), width)]
        case Barcode():
            bars = barcode_picture(block, width)
            if bars is not None:
                return [_in_the_middle(bars, width)]
            return [Row(line_picture(_centred(line, columns)), 0) for line in wrap(clean(block.content), columns)]
        case Dots():
            return [_in_the_middle(dots_picture(dots.narrowed(dots.checked(block), width)), width)]


def _in_the_middle(symbol: Image.Image, width: int) -> Row:
    return Row(symbol, (width - symbol.width) // 2)


def barcode_picture(code: Barcode, width: int) -> Image.Image | None:
    """The bars, narrower if they must be; None when they cannot be drawn so narrow, or `code` is none."""
    try:
        module = barcodes.fitting(code, width)
        return dots_picture(barcodes.drawn(code, module)) if module else None
    except ValueError:
        return None


def dots_picture(image: Dots) -> Image.Image:
    """Black dots as a picture."""
    from PIL import Image, ImageOps  # noqa: PLC0415 - a till that never draws does without Pillow

    return ImageOps.invert(Image.frombytes("1", (image.width, image.height), image.data).convert("L"))


# --- text -------------------------------------------------------------------------------------------------------


def _blocks(paper: Paper, job_id: str | None, copy_no: int) -> Sequence[Block]:
    """The document's blocks with the marks of its print job."""
    blocks = list(paper.blocks)
    if copy_no > 0:
        mark = TextLine(_centred(f"{paper.copy_label} {copy_no}", paper.columns))
        blocks.insert(min(paper.mark_at, len(blocks)), mark)
        blocks.append(mark)
    if job_id is not None:
        left = f"#{job_id}"
        blocks.append(TextLine(left + paper.end_label.rjust(paper.columns - len(left))))
    return blocks


def _centred(text: str, columns: int) -> str:
    return " " * max(0, (columns - len(text)) // 2) + text


def _as_text(block: Block, columns: int) -> list[str]:
    match block:
        case TextLine(text):
            return [text]
        case QrCode(content):
            return _boxed(f"[QR {content}]", columns)
        case Barcode(content, symbology):
            return _boxed(f"[{symbology} {content}]", columns)
        case Dots():
            return _boxed(f"[IMAGE {block.text or f'{block.width}x{block.height}'}]", columns)


def _boxed(shown: str, columns: int) -> list[str]:
    inner = min(len(shown), max(1, columns - 4))
    parts = [shown[at : at + inner] for at in range(0, len(shown), inner)]
    edge = f"+{'-' * (inner + 2)}+"
    return [_centred(line, columns) for line in (edge, *(f"| {part:<{inner}} |" for part in parts), edge)]


# --- dots -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """A picture and how many dots from the left edge it stands."""

    picture: Image.Image
    left: int


def dots_of(columns: int) -> int:
    """Width of the paper in dots."""
    return _WIDTHS.get(columns, columns * CELL)


@lru_cache(maxsize=1)
def _font() -> ImageFont.FreeTypeFont:
    from PIL import ImageFont  # noqa: PLC0415 - a till that never draws does without Pillow

    return ImageFont.truetype(str(_FONT), _FONT_SIZE)


def blank(width: int, height: int) -> Image.Image:
    """White paper of that many dots."""
    from PIL import Image  # noqa: PLC0415 - a till that never draws does without Pillow

    return Image.new("L", (max(1, width), max(1, height)), WHITE)


@lru_cache(maxsize=1024)
def _glyph(char: str, *, bold: bool) -> Image.Image:
    """One character as a mask, a cell to either side of its own: a bold one, or a stranger, is wider than that."""
    from PIL import Image, ImageDraw  # noqa: PLC0415 - a till that never draws does without Pillow

    mask = Image.new("L", (3 * CELL, LINE), 0)
    ImageDraw.Draw(mask).text((CELL, 2), char, fill=255, font=_font(), stroke_width=int(bold))
    return mask


def line_picture(text: str, *, tall: bool = False, wide: bool = False, bold: bool = False) -> Image.Image:
    """One line of text; `tall` and `wide` double it."""
    picture = blank(len(text) * CELL, LINE)
    for column, char in enumerate(text):
        if char != " ":
            picture.paste(BLACK, ((column - 1) * CELL, 0), _glyph(char, bold=bold))
    if tall or wide:
        picture = picture.resize((picture.width * (1 + wide), picture.height * (1 + tall)))
    return picture


def qr_picture(content: str, module: int, level: str, mask: int | None = None) -> Image.Image:
    """A QR symbol without quiet zone: the paper around it is white. Raises ValueError when no symbol holds it.

    `mask` as of `dots.qr_matrix`.
    """
    return dots_picture(dots.bits(dots.qr_matrix(content, level, mask), module, module))


def png(rows: Sequence[Row], dots: int) -> bytes:
    """Rows from top to bottom as one PNG; of more than MAX_HEIGHT dots only the end."""
    kept: list[Row] = []
    height = 0
    for row in reversed(rows):
        if height + row.picture.height > MAX_HEIGHT:
            break
        kept.append(row)
        height += row.picture.height
    sheet = blank(dots + 2 * _MARGIN, height + 2 * _MARGIN)
    top = _MARGIN
    for row in reversed(kept):
        left = _MARGIN + max(0, row.left)
        room = sheet.width - _MARGIN - left
        picture = row.picture.crop((0, 0, max(1, min(row.picture.width, room)), row.picture.height))
        sheet.paste(picture, (left, top))
        top += row.picture.height
    out = io.BytesIO()
    sheet.save(out, "PNG")
    return out.getvalue()
