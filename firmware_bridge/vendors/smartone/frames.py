"""Between a request and the serial line on a sale's way: one frame; pure.

    02h | text in UTF-8 | CRC-32 of the text, 4 bytes, most significant first, each 03h of them as 20h | 03h

A request's text is `command=…&` and the signed form. Source: SmartOne Cashbox, fiscal API over HTTP and serial, version
1. Its answer is taken to come in a frame of the same kind, with JSON as its text, which no 03h can stand in.
"""

from __future__ import annotations

import zlib
from typing import Final

BEGIN: Final = 0x02
END: Final = 0x03
_CRC: Final = 4
LONGEST: Final = 4 * 1024 * 1024


class BadFrame(ValueError):
    """What came is no whole frame; the text says why."""


def check(text: bytes) -> bytes:
    """The four bytes behind a text."""
    return zlib.crc32(text).to_bytes(_CRC, "big").replace(b"\x03", b"\x20")


def encode(text: bytes) -> bytes:
    """A frame around `text`, which must hold no 03h. Raises ValueError."""
    if END in text or not text:
        raise ValueError("a frame holds text, and no character 03h")
    return bytes([BEGIN]) + text + check(text) + bytes([END])


class Decoder:
    """Takes bytes as they come and gives texts of whole frames. What stands before a 02h is noise and left out."""

    def __init__(self) -> None:
        self._held = bytearray()

    @property
    def pending(self) -> bool:
        """Has a frame begun that has not ended yet?"""
        return bool(self._held)

    def feed(self, data: bytes) -> list[bytes]:
        """The texts that are whole by now. Raises BadFrame for one whose check is wrong, or that is too long."""
        self._held += data
        found: list[bytes] = []
        while (text := self._next()) is not None:
            found.append(text)
        return found

    def _next(self) -> bytes | None:
        begin = self._held.find(BEGIN)
        if begin < 0:
            self._held.clear()
            return None
        del self._held[:begin]
        end = self._held.find(END)
        if end < 0:
            if len(self._held) > LONGEST:
                self._held.clear()
                raise BadFrame(f"it is longer than {LONGEST} bytes")
            return None
        inside = bytes(self._held[1:end])
        del self._held[: end + 1]
        text, told = inside[:-_CRC], inside[-_CRC:]
        if not text or told != check(text):
            raise BadFrame("its check sum is wrong")
        return text
