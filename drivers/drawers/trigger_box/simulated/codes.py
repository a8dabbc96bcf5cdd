"""At the drawer's end of a cable: boxes that open on any byte or on a code, and tell on a line, by a stream, or not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from drivers.drawers.simulator import SimulatedDrawer
from drivers.drawers.trigger_box.simulated.box import SimulatedBox
from drivers.ports.base import Lines

LineName = Literal["cts", "dsr", "dcd", "ri"]


class AnyByteBox(SimulatedBox):
    """Safescan UC-100: every byte is a pulse, so a program that asks `AT` gives several. It tells nothing."""

    def _byte(self, byte: int) -> None:
        self._fire(1)


class CodeBox(SimulatedBox):
    """Opens on `code` and nothing else; the switch is on `line` (APG 212A, a power supply of its own)."""

    def __init__(
        self,
        drawers: Sequence[SimulatedDrawer],
        *,
        code: bytes,
        line: LineName | None = None,
        now: float = 0.0,
        pulse: float = 0.2,
        bus_powered: bool = False,
    ) -> None:
        super().__init__(drawers, now=now, pulse=pulse, bus_powered=bus_powered)
        self.line = line
        self._code = code
        self._recent = b""

    def lines(self) -> Lines:
        on = self.powered and self._contact(1)
        return Lines(**{name: on and name == self.line for name in ("cts", "dsr", "dcd", "ri")})

    def _byte(self, byte: int) -> None:
        self._recent = (self._recent + bytes((byte,)))[-len(self._code) :]
        if self._recent == self._code:
            self._recent = b""
            self._fire(1)

    def _forget(self) -> None:
        self._recent = b""


class ChargedBox(CodeBox):
    """APG 484A: charges from DTR or RTS, 12 s from empty; a kick takes half of it. `starved`: kicks without charge."""

    _FULL_AFTER = 12.0

    def __init__(
        self, drawers: Sequence[SimulatedDrawer], *, line: LineName | None = "ri", now: float = 0.0, pulse: float = 0.2
    ) -> None:
        super().__init__(drawers, code=b"\x07", line=line, now=now, pulse=pulse)
        self.starved = 0
        self._charge = 0.0
        self._charged_at = now

    def host_lines(self, *, dtr: bool, rts: bool) -> None:
        self._load()
        super().host_lines(dtr=dtr, rts=rts)
        if not (dtr or rts):
            self._charge = 0.0

    @property
    def charge(self) -> float:
        """0 empty, 1 full."""
        gained = (self._now - self._charged_at) / self._FULL_AFTER if self.dtr or self.rts else 0.0
        return min(1.0, self._charge + gained)

    def lines(self) -> Lines:
        if not (self.dtr or self.rts):
            return Lines(cts=False, dsr=False, dcd=False, ri=False)
        return super().lines()

    def _fire(self, number: int) -> None:
        self._load()
        if self._charge < 1.0 - 1e-9:
            self.starved += 1
            return
        self._charge -= 0.5
        super()._fire(number)

    def _load(self) -> None:
        self._charge, self._charged_at = self.charge, self._now

    def _forget(self) -> None:
        super()._forget()
        self._charge, self._charged_at = 0.0, self._now


class StreamBox(CodeBox):
    """ACODE AT10U3: opens on its code, sends 00 every `interval` seconds while the switch says open."""

    def __init__(
        self,
        drawers: Sequence[SimulatedDrawer],
        *,
        code: bytes,
        now: float = 0.0,
        pulse: float = 0.2,
        interval: float = 0.1,
    ) -> None:
        super().__init__(drawers, code=code, now=now, pulse=pulse, bus_powered=True)
        self._interval = interval
        self._send_at: float | None = None

    def _tick(self) -> None:
        if self.deaf or not self._contact(1):
            self._send_at = None
        elif self._send_at is None or self._now >= self._send_at:
            self._out += b"\0"
            self._send_at = self._now + self._interval

    def _next(self) -> float | None:
        return self._send_at if self.powered else None

    def _forget(self) -> None:
        super()._forget()
        self._send_at = None
