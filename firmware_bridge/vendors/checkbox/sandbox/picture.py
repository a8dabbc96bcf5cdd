"""In the vendor's place on a sale's way: a receipt as a picture, for printers that take no text. PNG, one bit a dot."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from firmware_bridge.vendors.checkbox.sandbox import font, qr

_DOTS_PER_MM: Final = 8
#: Millimetres at the edges of the paper that a printer does not reach, both together.
_EDGES_MM: Final = 8
_QUIET: Final = 4

Row = Sequence[bool]


def png(rows: Sequence[Row]) -> bytes:
    """Black and white; True is black. All rows are equally long. Source: PNG specification, third edition."""
    width = len(rows[0])
    head = struct.pack(">IIBBBBB", width, len(rows), 1, 0, 0, 0, 0)
    raw = b"".join(b"\0" + _packed(row) for row in rows)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(raw, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in parts)


def _packed(row: Row) -> bytes:
    """Eight dots to a byte, the first highest; white is 1."""
    bits = "".join("0" if black else "1" for black in row)
    padded = bits + "1" * (-len(bits) % 8)
    return int(padded, 2).to_bytes(len(padded) // 8, "big")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def qrcode(link: str, module: int = 6) -> bytes:
    """The code alone, with its quiet zone, `module` dots to a module."""
    return png(_enlarged(_quiet(link), module))


def _quiet(link: str) -> list[list[bool]]:
    code = qr.encode(link)
    width = len(code) + 2 * _QUIET
    empty = [[False] * width for _ in range(_QUIET)]
    return [*empty, *([False] * _QUIET + row + [False] * _QUIET for row in code), *empty]


def _enlarged(rows: Sequence[Row], times: int) -> list[list[bool]]:
    return [wide for row in rows for wide in [[dot for dot in row for _ in range(times)]] * times]


def receipt(text: str, columns: int, paper_mm: int, link: str | None, scale: int) -> bytes:
    """Lines of `columns` characters on paper of `paper_mm`, the link as a QR code of `scale` per cent of the width
    under them; no code for scale 0. The size is inferred: 8 dots a millimetre, 4 mm left free at both edges.
    """
    width = (paper_mm - _EDGES_MM) * _DOTS_PER_MM
    cell = max(width // columns, 1)
    rows: list[list[bool]] = []
    for line in text.splitlines():
        rows.extend(_line(line, cell, width))
    if link is not None and scale:
        rows.extend(_centred(_quiet(link), width, width * scale // 100))
    return png(rows or [[False] * width])


def _line(line: str, cell: int, width: int) -> list[list[bool]]:
    height = max(cell * font.HEIGHT // font.WIDTH, 1)
    glyphs = [_glyph(character, cell, height) for character in line]
    empty = [False] * width
    return [([dot for glyph in glyphs for dot in glyph[y]] + empty)[:width] for y in range(height)]


@lru_cache(maxsize=2048)
def _glyph(character: str, cell: int, height: int) -> tuple[tuple[bool, ...], ...]:
    shape = font.rows(character)
    return tuple(
        tuple(
            bool(shape[y * font.HEIGHT // height] >> font.WIDTH - 1 - x * font.WIDTH // cell & 1) for x in range(cell)
        )
        for y in range(height)
    )


def _centred(code: list[list[bool]], width: int, wanted: int) -> list[list[bool]]:
    times = max(wanted // len(code), 1)
    large = _enlarged(code, times)
    left = max((width - len(large)) // 2, 0)
    return [([False] * left + row + [False] * width)[:width] for row in large]
