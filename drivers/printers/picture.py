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

from statemachines.vocabulary.paper import Paper, QrCode, TextLine

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

    `job_id` adds the END line; `copy_no` > 0 the copy marks. A QR code is a box around its content.
    """
    lines: list[str] = []
    for block in _blocks(paper, job_id, copy_no):
        lines.extend([block.text] if isinstance(block, TextLine) else _boxed(block.content, paper.columns))
    return "".join(f"{line.rstrip()}\n" for line in lines)


def render_paper(paper: Paper, job_id: str | None = None, copy_no: int = 0) -> bytes:
    """The same as a PNG. Raises ValueError when a QR code's content is too long for any symbol."""
    dots = dots_of(paper.columns)
    rows: list[Row] = []
    for block in _blocks(paper, job_id, copy_no):
        if isinstance(block, TextLine):
            rows.append(Row(line_picture(block.text, tall=block.tall), 0))
        else:
            symbol = qr_picture(block.content, block.module, "M")
            rows.append(Row(symbol, (dots - symbol.width) // 2))
    return png(rows, dots)


def render_text(text: str, columns: int) -> bytes:
    """Lines of plain text as a PNG as wide as the paper; longer lines are cut off at the edge."""
    return png([Row(line_picture(line), 0) for line in text.splitlines()], dots_of(columns))


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


def line_picture(text: str, *, tall: bool = False, wide: bool = False, bold: bool = False) -> Image.Image:
    """One line of text; `tall` and `wide` double it."""
    from PIL import ImageDraw  # noqa: PLC0415 - a till that never draws does without Pillow

    picture = blank(len(text) * CELL, LINE)
    draw = ImageDraw.Draw(picture)
    for column, char in enumerate(text):
        if char != " ":
            draw.text((column * CELL, 2), char, fill=BLACK, font=_font(), stroke_width=int(bold))
    if tall or wide:
        picture = picture.resize((picture.width * (1 + wide), picture.height * (1 + tall)))
    return picture


def qr_picture(content: str, module: int, level: str) -> Image.Image:
    """A QR symbol without quiet zone: the paper around it is white."""
    from qrcode import QRCode, constants  # noqa: PLC0415 - a till that never draws does without it

    code = QRCode(error_correction=getattr(constants, f"ERROR_CORRECT_{level}"), border=0)
    code.add_data(content.encode("utf-8"), optimize=0)
    code.make(fit=True)
    matrix: list[list[bool]] = code.get_matrix()
    picture = blank(len(matrix) * module, len(matrix) * module)
    for y, row in enumerate(matrix):
        for x, dark in enumerate(row):
            if dark:
                picture.paste(BLACK, (x * module, y * module, (x + 1) * module, (y + 1) * module))
    return picture


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
