"""PNG files from dots, written out by hand (ISO/IEC 15948): what a caller of the API sends."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Sequence

GREY, COLOUR, GREY_CLEAR = 0, 2, 4
"""Colour types: one sample a dot, three (red, green, blue), two (the second one: how solid it is)."""


def png(rows: Sequence[bytes], width: int, *, depth: int = 8, colour: int = GREY, height: int | None = None) -> bytes:
    """Rows of packed samples as a file; `height`: what the header says, if it shall lie."""
    header = struct.pack(">IIBBBBB", width, len(rows) if height is None else height, depth, colour, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def black(width: int, height: int) -> bytes:
    """A black rectangle."""
    return png([b"\0" * ((width + 7) // 8)] * height, width, depth=1)


def in_base64(file: bytes) -> str:
    return base64.b64encode(file).decode()
