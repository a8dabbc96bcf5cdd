"""Beside the printer on a sale's way: the same paper for eyes on a screen, as text or as a picture.

Dots are those of the printers: 12 x 24 to a character of font A, a line every 30, so 576, 512 or 384 dots for 48, 42
or 32 columns. Pillow and qrcode are imported only when a picture is made; the font ships with this package
(DejaVu Sans Mono, licence beside it).
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from drivers.printers.escpos.simulated.paper import (
    Piece,
    PrintedBarcode,
    PrintedImage,
    PrintedLine,
    PrintedQr,
)
from statemachines.vocabulary.paper import Paper, QrCode, TextLine

if TYPE_CHECKING:
    from PIL import Image, ImageFont

_FONT: Final = Path(__file__).parent / "font" / "DejaVuSansMono.ttf"
#: At this size the font's characters are 12 dots apart.
_FONT_SIZE: Final = 20
_CELL: Final = 12
_LINE: Final = 30
_MARGIN: Final = 16
_WIDTHS: Final = {48: 576, 42: 512, 32: 384}
#: A picture is never taller: of more paper, the end is shown.
MAX_HEIGHT: Final = 40_000
_WHITE: Final = 255
_BLACK: Final = 0


def paper_as_text(paper: Paper, job_id: str | None = None, copy_no: int = 0) -> str:
    """What stands on the paper, lines of at most `paper.columns` characters, each ended by a line feed.

    `job_id` adds the END line; `copy_no` > 0 the copy marks. A QR code is a box around its content.
    """
    lines: list[str] = []
    for block in _blocks(paper, job_id, copy_no):
        lines.extend([block.text] if isinstance(block, TextLine) else _boxed(block.content, paper.columns))
    return "".join(f"{line.rstrip()}\n" for line in lines)


def render_paper(paper: Paper, job_id: str | None = None, copy_no: int = 0) -> bytes:
    """The same as a PNG. Raises ValueError when a QR code's content is too long for any symbol."""
    dots = _dots(paper.columns)
    rows: list[_Row] = []
    for block in _blocks(paper, job_id, copy_no):
        if isinstance(block, TextLine):
            rows.append(_Row(_line_picture(block.text, tall=block.tall), 0))
        else:
            symbol = _qr_picture(block.content, block.module, "M")
            rows.append(_Row(symbol, (dots - symbol.width) // 2))
    return _png(rows, dots)


def render_text(text: str, columns: int) -> bytes:
    """Lines of plain text as a PNG as wide as the paper; longer lines are cut off at the edge."""
    return _png([_Row(_line_picture(line), 0) for line in text.splitlines()], _dots(columns))


def render_pieces(pieces: Iterable[Piece], columns: int) -> bytes:
    """Simulated paper as a PNG, a dashed line where a piece ends. Of very much paper only the end is shown."""
    dots = _dots(columns)
    rows: list[_Row] = []
    for piece in pieces:
        rows.extend(_printed(mark, columns) for mark in piece.printed)
        if piece.ending != "in_printer":
            rows.append(_Row(_cut_picture(dots), 0))
    return _png(rows, dots)


# --- text -------------------------------------------------------------------------------------------------------


def _blocks(paper: Paper, job_id: str | None, copy_no: int) -> Sequence[TextLine | QrCode]:
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


def _boxed(content: str, columns: int) -> list[str]:
    shown = f"[QR {content}]"
    inner = min(len(shown), max(1, columns - 4))
    parts = [shown[at : at + inner] for at in range(0, len(shown), inner)]
    edge = f"+{'-' * (inner + 2)}+"
    return [_centred(line, columns) for line in (edge, *(f"| {part:<{inner}} |" for part in parts), edge)]


# --- dots -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Row:
    picture: Image.Image
    left: int


def _dots(columns: int) -> int:
    return _WIDTHS.get(columns, columns * _CELL)


@lru_cache(maxsize=1)
def _font() -> ImageFont.FreeTypeFont:
    from PIL import ImageFont  # noqa: PLC0415 - a till that never draws does without Pillow

    return ImageFont.truetype(str(_FONT), _FONT_SIZE)


def _blank(width: int, height: int) -> Image.Image:
    from PIL import Image  # noqa: PLC0415 - a till that never draws does without Pillow

    return Image.new("L", (max(1, width), max(1, height)), _WHITE)


def _line_picture(text: str, *, tall: bool = False, wide: bool = False, bold: bool = False) -> Image.Image:
    from PIL import ImageDraw  # noqa: PLC0415 - a till that never draws does without Pillow

    picture = _blank(len(text) * _CELL, _LINE)
    draw = ImageDraw.Draw(picture)
    for column, char in enumerate(text):
        if char != " ":
            draw.text((column * _CELL, 2), char, fill=_BLACK, font=_font(), stroke_width=int(bold))
    if tall or wide:
        picture = picture.resize((picture.width * (1 + wide), picture.height * (1 + tall)))
    return picture


def _qr_picture(content: str, module: int, level: str) -> Image.Image:
    """A QR symbol without quiet zone: the paper around it is white."""
    from qrcode import QRCode, constants  # noqa: PLC0415 - a till that never draws does without it

    code = QRCode(error_correction=getattr(constants, f"ERROR_CORRECT_{level}"), border=0)
    code.add_data(content.encode("utf-8"), optimize=0)
    code.make(fit=True)
    matrix: list[list[bool]] = code.get_matrix()
    picture = _blank(len(matrix) * module, len(matrix) * module)
    for y, row in enumerate(matrix):
        for x, dark in enumerate(row):
            if dark:
                picture.paste(_BLACK, (x * module, y * module, (x + 1) * module, (y + 1) * module))
    return picture


def _printed(mark: PrintedLine | PrintedQr | PrintedBarcode | PrintedImage, columns: int) -> _Row:
    match mark:
        case PrintedLine():
            return _printed_line(mark)
        case PrintedQr():
            return _Row(_qr_picture(mark.content, mark.module, mark.level), mark.left)
        case PrintedBarcode():
            return _Row(_framed(mark.data, mark.dots), 0)
        case PrintedImage():
            return _Row(_bitmap(mark), mark.left)


def _printed_line(line: PrintedLine) -> _Row:
    from PIL import ImageOps  # noqa: PLC0415 - a till that never draws does without Pillow

    text = line.text.lstrip(" ")
    picture = _line_picture(text, tall=line.tall, wide=line.wide, bold=line.bold)
    if line.inverted:
        picture = ImageOps.invert(picture)
    if line.upside_down:
        picture = picture.rotate(180)
    if line.underlined and text:
        picture.paste(_BLACK, (0, picture.height - 3, picture.width, picture.height - 1))
    return _Row(picture, (len(line.text) - len(text)) * _CELL)


def _framed(text: str, height: int) -> Image.Image:
    """A barcode's place and its content: readable for people, which is what this picture is for."""
    picture = _blank((len(text) + 2) * _CELL, max(height, _LINE))
    picture.paste(_BLACK, (0, 0, picture.width, picture.height))
    picture.paste(_WHITE, (2, 2, picture.width - 2, picture.height - 2))
    picture.paste(_line_picture(text), (_CELL, (picture.height - _LINE) // 2))
    return picture


def _bitmap(image: PrintedImage) -> Image.Image:
    from PIL import Image, ImageOps  # noqa: PLC0415 - a till that never draws does without Pillow

    if not image.rows:
        return _blank(image.width, 1)
    picture = Image.frombytes("1", (image.width, len(image.rows)), b"".join(image.rows)).convert("L")
    return ImageOps.invert(picture)


def _cut_picture(dots: int) -> Image.Image:
    picture = _blank(dots, _LINE)
    for left in range(0, dots, 24):
        picture.paste(128, (left, _LINE // 2, min(left + 12, dots), _LINE // 2 + 2))
    return picture


def _png(rows: Sequence[_Row], dots: int) -> bytes:
    kept: list[_Row] = []
    height = 0
    for row in reversed(rows):
        if height + row.picture.height > MAX_HEIGHT:
            break
        kept.append(row)
        height += row.picture.height
    sheet = _blank(dots + 2 * _MARGIN, height + 2 * _MARGIN)
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
