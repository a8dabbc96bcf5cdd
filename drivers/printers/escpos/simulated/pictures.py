"""At the paper's end of a sale: bitmaps as the commands carry them, turned into rows of dots.

Sources: Epson ESC/POS, GS v 0, ESC *, GS ( L / GS 8 L functions 67/68, 83/84, 112/113. Never raises: a picture whose
data do not fit its sizes is None.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bitmap:
    """`rows` from the top, (width + 7) // 8 bytes each, most significant bit left."""

    width: int
    rows: tuple[bytes, ...]


def from_raster(width: int, height: int, data: bytes) -> Bitmap | None:
    stride = (width + 7) // 8
    if not width or not height or len(data) < stride * height:
        return None
    return Bitmap(width, tuple(data[y * stride : (y + 1) * stride] for y in range(height)))


def from_columns(width: int, height: int, data: bytes) -> Bitmap | None:
    """Column format: each column top to bottom, (height + 7) // 8 bytes, most significant bit on top."""
    stride = (height + 7) // 8
    if not width or not height or len(data) < stride * width:
        return None
    rows = [bytearray((width + 7) // 8) for _ in range(height)]
    for x in range(width):
        column = int.from_bytes(data[x * stride : (x + 1) * stride], "big")
        for y in range(height):
            if column >> (stride * 8 - 1 - y) & 1:
                rows[y][x // 8] |= 0x80 >> x % 8
    return Bitmap(width, tuple(bytes(row) for row in rows))


def scaled(bitmap: Bitmap, across: int, down: int) -> Bitmap:
    """Whole-number enlargement (GS v 0 mode, bx and by of GS ( L)."""
    if across == 1 and down == 1:
        return bitmap
    rows: list[bytes] = []
    width = bitmap.width * across
    for row in bitmap.rows:
        wide = _stretched(row, bitmap.width, across) if across > 1 else row
        rows.extend([wide] * down)
    return Bitmap(width, tuple(rows))


def clipped(bitmap: Bitmap, width: int) -> Bitmap:
    """What is wider than the paper is not printed."""
    if bitmap.width <= width:
        return bitmap
    return Bitmap(width, tuple(row[: (width + 7) // 8] for row in bitmap.rows))


def _stretched(row: bytes, width: int, across: int) -> bytes:
    wide = bytearray((width * across + 7) // 8)
    for x in range(width * across):
        source = x // across
        if row[source // 8] & 0x80 >> source % 8:
            wide[x // 8] |= 0x80 >> x % 8
    return bytes(wide)
