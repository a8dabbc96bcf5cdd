"""Where a printer's own characters and codes do not suffice: lines, codes and pictures as black dots.

Pure but for the font and the picture files that it reads. Lines are cell-exact: every character has the 12 dots of a
column, so what the layout aligned with blanks stays aligned between lines that the printer sets itself. Pillow and
qrcode are imported only when something is drawn; the font ships with this package (DejaVu Sans Mono, with licence).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from drivers.printers.text import clean
from statemachines.vocabulary.paper import Image

if TYPE_CHECKING:
    from PIL import Image as Pictures
    from PIL import ImageFont

#: Font A of the printers: the dots of one character's cell, and the white ones to the next line.
CELL: Final = 12
HEIGHT: Final = 24
GAP: Final = 6
_FONT: Final = Path(__file__).parent / "font" / "DejaVuSansMono.ttf"
#: At this size the font's characters are 12 dots apart and its lines 24 high.
_FONT_SIZE: Final = 20
_EMPTY: Final = (0,) * HEIGHT
#: A picture file with more dots than this is refused before it is unpacked.
_MOST_PIXELS: Final = 40_000_000


class UnreadablePicture(ValueError):
    """A picture file cannot be printed; one sentence says why."""


# --- text -------------------------------------------------------------------------------------------------------


def line(text: str, *, tall: bool = False, wide: bool = False, bold: bool = False) -> Image:
    """One line of text, HEIGHT dots high (`tall`: twice that), CELL dots a character (`wide`: twice that).

    As wide as its last character reaches; width 0 for a blank line. A character that the font lacks is an empty box.
    """
    cells = [_glyph(char, wide=wide, bold=bold) for char in drawable(text).rstrip()]
    step = CELL * (1 + wide)
    width = len(cells) * step
    stride = (width + 7) // 8
    rows = bytearray()
    for y in range(HEIGHT):
        bits = 0
        for cell in cells:
            bits = bits << step | cell[y]
        rows += (bits << stride * 8 - width).to_bytes(stride, "big") * (2 if tall else 1)
    return Image(width, bytes(rows))


def drawable(text: str) -> str:
    """`text` with one character to a column: composed, nothing invisible, blanks for breaks. ₴ and … stay."""
    return "".join(char if char in "₴…" else clean(char) for char in unicodedata.normalize("NFC", text))


@lru_cache(maxsize=1024)
def _glyph(char: str, *, wide: bool, bold: bool) -> tuple[int, ...]:
    """The rows of one cell from the top, the left dot the highest bit. Bold is one dot broader, within its cell."""
    rows = _drawn(char)
    if bold:
        rows = tuple(row | row >> 1 for row in rows)
    return tuple(_doubled(row) for row in rows) if wide else rows


@lru_cache(maxsize=1024)
def _drawn(char: str) -> tuple[int, ...]:
    if char == " ":
        return _EMPTY
    from PIL import Image as Pictures  # noqa: PLC0415 - a till whose printer has all letters does without Pillow
    from PIL import ImageDraw  # noqa: PLC0415 - as above

    picture = Pictures.new("1", (CELL, HEIGHT), 0)
    draw = ImageDraw.Draw(picture)
    draw.fontmode = "1"
    draw.text((0, 0), char, fill=1, font=_font())
    packed = picture.tobytes()
    return tuple(int.from_bytes(packed[y * 2 : y * 2 + 2], "big") >> 16 - CELL for y in range(HEIGHT))


def _doubled(row: int) -> int:
    """Each of the CELL dots twice."""
    return sum(3 << 2 * at for at in range(CELL) if row >> at & 1)


@lru_cache(maxsize=1)
def _font() -> ImageFont.FreeTypeFont:
    from PIL import ImageFont  # noqa: PLC0415 - as above

    # the basic layout: the other one depends on what else is installed
    return ImageFont.truetype(str(_FONT), _FONT_SIZE, layout_engine=ImageFont.Layout.BASIC)


# --- codes ------------------------------------------------------------------------------------------------------


def qr_code(content: str, module: int, dots: int, level: str = "M") -> Image:
    """A QR symbol with modules of `module` dots, of fewer when it is wider than `dots`. Without quiet zone.

    Raises ValueError when no symbol holds `content`, or `dots` do not hold the symbol.
    """
    matrix = qr_matrix(content, level)
    fitting = min(module, dots // len(matrix))
    if fitting < 1:
        raise ValueError(f"a QR code of {len(matrix)} modules does not fit on {dots} dots")
    return bits(matrix, fitting, fitting)


def qr_matrix(content: str, level: str, mask: int | None = None) -> list[list[bool]]:
    """The modules of a QR symbol, True = black, row by row. Raises ValueError when no symbol holds `content`.

    `mask`: one of the eight patterns, 0 to 7; None = the one that is easiest to read, found in ten times as long.
    """
    from qrcode import QRCode, constants  # noqa: PLC0415 - a till that draws no codes does without it
    from qrcode.exceptions import DataOverflowError  # noqa: PLC0415 - as above

    code = QRCode(error_correction=getattr(constants, f"ERROR_CORRECT_{level}"), border=0, mask_pattern=mask)
    code.add_data(content.encode("utf-8"), optimize=0)
    try:
        code.make(fit=True)
    except (DataOverflowError, ValueError) as error:
        raise ValueError(f"{len(content.encode())} bytes are too many for a QR code") from error
    matrix: list[list[bool]] = code.get_matrix()
    return matrix


def bits(rows: Sequence[Iterable[bool]], across: int = 1, down: int = 1) -> Image:
    """Rows of dots, True = black, each dot `across` wide and `down` high."""
    lines: list[bytes] = []
    width = 0
    for row in rows:
        shown = [dot for dot in row for _ in range(across)]
        width = len(shown)
        stride = (width + 7) // 8
        number = int("".join("1" if dot else "0" for dot in shown) or "0", 2)
        lines.append((number << stride * 8 - width).to_bytes(stride, "big"))
    return Image(width, b"".join(one * down for one in lines))


# --- pictures ---------------------------------------------------------------------------------------------------


def picture(path: Path, dots: int, most_rows: int) -> Image:
    """A picture file as black dots: at most `dots` wide and `most_rows` high (made smaller, never larger), dithered.

    What is transparent is paper. Raises UnreadablePicture with one sentence.
    """
    from PIL import Image as Pictures  # noqa: PLC0415 - a till without a logo does without Pillow

    try:
        with Pictures.open(path) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                raise UnreadablePicture(f"{path}: has {opened.width} x {opened.height} dots; make it smaller")
            grey = _on_paper(opened)
    except (OSError, SyntaxError, ValueError, Pictures.DecompressionBombError) as error:
        if isinstance(error, UnreadablePicture):
            raise
        why = error.strerror if isinstance(error, OSError) and error.strerror else "it is no picture that can be read"
        raise UnreadablePicture(f"{path}: {why}; give a PNG of black on white") from error
    scale = min(1.0, dots / grey.width, most_rows / grey.height)
    if scale < 1.0:
        size = max(1, int(grey.width * scale)), max(1, int(grey.height * scale))
        grey = grey.resize(size, Pictures.Resampling.LANCZOS)
    return _dithered(grey)


def _on_paper(found: Pictures.Image) -> Pictures.Image:
    from PIL import Image as Pictures  # noqa: PLC0415 - as in `picture`

    clear = found.convert("RGBA")
    paper = Pictures.new("RGBA", clear.size, "white")
    return Pictures.alpha_composite(paper, clear).convert("L")


def _dithered(grey: Pictures.Image) -> Image:
    """Floyd-Steinberg; pure black and white stay what they are."""
    black_is_zero = grey.convert("1").tobytes()
    stride = (grey.width + 7) // 8
    beyond = 0xFF << (-grey.width % 8) & 0xFF
    rows = bytearray(byte ^ 0xFF for byte in black_is_zero)
    for end in range(stride - 1, len(rows), stride):
        rows[end] &= beyond
    return Image(grey.width, bytes(rows))


# --- dots to dots -----------------------------------------------------------------------------------------------


def checked(image: Image) -> Image:
    """`image` as it is. Raises ValueError when its data are not whole rows of its width."""
    if not 1 <= image.width <= 4096 or not image.data or len(image.data) % image.stride:
        raise ValueError(f"{len(image.data)} bytes are no picture of {image.width} dots to a row")
    return image


def narrowed(image: Image, dots: int) -> Image:
    """`image` made smaller, by leaving out dots, when it is wider than `dots`."""
    if image.width <= dots:
        return image
    height = max(1, image.height * dots // image.width)
    rows = []
    for y in range(height):
        from_row = y * image.height // height
        row = image.data[from_row * image.stride : (from_row + 1) * image.stride]
        rows.append([bool(row[x >> 3] & 0x80 >> (x & 7)) for x in (at * image.width // dots for at in range(dots))])
    return bits(rows)
