"""On the way back from a drawer: what trigger boxes send, byte by byte. Never raises on noise, keeps a few bytes."""

from __future__ import annotations

from typing import Final

from drivers.drawers.trigger_box.boxes import REPORT

_ESC: Final = 0x1B
_DRAWERS: Final = {0x34: 1, 0x35: 2}
_STATES: Final = {0x41: False, 0x42: True}


class EscapeReplies:
    """ESC 4 A, ESC 5 B …: drawer 1 is closed, drawer 2 is open. Source: Glancetron 8005U user manual, section 7."""

    def __init__(self) -> None:
        self._drawer: int | None = None
        self._escaped = False

    def feed(self, data: bytes) -> list[tuple[int, bool]]:
        """Number of the drawer and whether it is open, for every whole answer."""
        found = []
        for byte in data:
            drawer, self._drawer = self._drawer, None
            if byte == _ESC:
                self._escaped = True
            elif self._escaped:
                self._escaped = False
                self._drawer = _DRAWERS.get(byte)
            elif drawer is not None and byte in _STATES:
                found.append((drawer, _STATES[byte]))
        return found

    def reset(self) -> None:
        """What was begun will not be finished."""
        self._drawer, self._escaped = None, False


class StatusBytes:
    """One byte for both drawers. Source: IBM SurePOS 500/600 reference, cash drawer status byte."""

    _OPEN: Final = {1: 0x40, 2: 0x20}
    _THERE: Final = {1: 0x10, 2: 0x08}

    def feed(self, data: bytes) -> list[tuple[int, bool]]:
        """Number of the drawer and whether it is open. A byte with bit 7 is noise, and so is an open drawer that is
        not there."""
        found = []
        for byte in data:
            if byte & 0x80 or any(byte & self._OPEN[one] and not byte & self._THERE[one] for one in (1, 2)):
                continue
            found += [(one, bool(byte & self._OPEN[one])) for one in (1, 2) if byte & self._THERE[one]]
        return found

    def reset(self) -> None:
        """Every byte is whole."""


class Reports:
    """Reports of REPORT bytes, of which the first tells. Source: the row posiflex-cr4000 of boxes.py.

    HID delivers them whole. Where a serial line stands for it, noise puts them out of step until `reset`; what does not
    look like a status is no answer.
    """

    _CLOSED: Final = 0x01
    _UNUSED: Final = 0x8E

    def __init__(self) -> None:
        self._begun = bytearray()

    def feed(self, data: bytes) -> list[tuple[int, bool]]:
        """Number of the drawer and whether it is open, for every whole report."""
        self._begun += data
        found = []
        while len(self._begun) >= REPORT:
            status = self._begun[0]
            del self._begun[:REPORT]
            if not status & self._UNUSED:
                found.append(((status >> 4) + 1, not status & self._CLOSED))
        return found

    def reset(self) -> None:
        """What was begun will not be finished."""
        self._begun.clear()
