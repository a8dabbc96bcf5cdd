"""At the paper's end of a sale: XON/XOFF by how full the receive buffer is (Epson, buffer full BUSY)."""

from __future__ import annotations

from typing import Final

_XON: Final = b"\x11"
_XOFF: Final = b"\x13"
#: Free bytes below which the printer reports busy, and from which it is ready again.
_BUSY_BELOW: Final = 128
_READY_FROM: Final = 256


class Flow:
    """Says when the printer stops taking data and when that is over."""

    def __init__(self) -> None:
        self._busy = False

    def reset(self) -> None:
        self._busy = False

    def said(self, free: int) -> bytes:
        """What to send at so many `free` bytes: XOFF, XON or nothing."""
        busy = free < (_READY_FROM if self._busy else _BUSY_BELOW)
        if busy == self._busy:
            return b""
        self._busy = busy
        return _XOFF if busy else _XON
