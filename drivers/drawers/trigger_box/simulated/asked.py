"""At the drawer's end of a cable: boxes that say where their drawers stand when they are asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from drivers.drawers.simulator import SimulatedDrawer
from drivers.drawers.trigger_box.simulated.box import SimulatedBox

_ESC: Final = 0x1B


class EscapeBox(SimulatedBox):
    """Glancetron 8005U: ESC 4, ESC 5 open; ESC :, ESC ; ask; any other character opens drawer 1.

    For a second after a pulse it takes no byte: half a command may fall into that second, and its second half is then
    "any character". ESC ESC and an unknown code after ESC do nothing.
    """

    _LOCKED_S: Final = 1.0

    def __init__(self, drawers: Sequence[SimulatedDrawer], *, now: float = 0.0, pulse: float = 0.2) -> None:
        super().__init__(drawers, now=now, pulse=pulse, bus_powered=True)
        self._escaped = False
        self._locked_until = now

    def _byte(self, byte: int) -> None:
        if self._now < self._locked_until:
            return
        if not self._escaped:
            self._plain(byte)
            return
        self._escaped = False
        if byte in b"45":
            self._open(byte - 0x33)
        elif byte in b":;":
            number = byte - 0x39
            self._out += bytes((_ESC, 0x33 + number, 0x42 if self._contact(number) else 0x41))

    def _plain(self, byte: int) -> None:
        if byte == _ESC:
            self._escaped = True
        elif byte:
            self._open(1)

    def _open(self, number: int) -> None:
        self._locked_until = self._now + self._LOCKED_S
        self._fire(number)

    def _forget(self) -> None:
        self._escaped = False
        self._locked_until = self._now


class StatusByteBox(SimulatedBox):
    """IBM 4840: BEL and ESC BEL open, ACK asks for both drawers at once, ESC ACK turns unasked reports on and off."""

    _LOOKS_EVERY: Final = 0.5

    def __init__(self, drawers: Sequence[SimulatedDrawer], *, now: float = 0.0, pulse: float = 0.1) -> None:
        super().__init__(drawers, now=now, pulse=pulse)
        self._escaped = False
        self._reports = False
        self._look_at = now
        self._told = 0

    @property
    def status(self) -> int:
        """Bit 6, 5: drawer 1, 2 is open; bit 4, 3: it is there; bit 2: unasked reports are on."""
        byte = 0x04 if self._reports else 0
        for number, is_open, there in ((1, 0x40, 0x10), (2, 0x20, 0x08)):
            if number <= len(self.drawers):
                byte |= there | (is_open if self._contact(number) else 0)
        return byte

    def _byte(self, byte: int) -> None:
        escaped, self._escaped = self._escaped, byte == _ESC
        if byte == 0x07:
            self._fire(2 if escaped else 1)
        elif byte == 0x06 and escaped:
            self._reports = not self._reports
            self._told, self._look_at = self.status, self._now + self._LOOKS_EVERY
        elif byte == 0x06:
            self._out.append(self.status)

    def _tick(self) -> None:
        if not self._reports or self._now < self._look_at:
            return
        self._look_at = self._now + self._LOOKS_EVERY
        if self.status != self._told:
            self._told = self.status
            self._out.append(self._told)

    def _next(self) -> float | None:
        return self._look_at if self._reports and self.powered else None

    def _forget(self) -> None:
        self._escaped = self._reports = False
