"""A simulated printer at the end of a wire that is as slow as a real one, with things that happen to it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from drivers.printers.escpos.simulator import SimulatedPrinter

WIRE_PIECE = 16  # bytes that a line hands over at a time


class Stage:
    """A device at the end of a slow wire, with things that happen to it at given times.

    The wire makes bytes and paper go together as they do in a shop: without it a whole receipt would be in the
    printer's buffer before its first line is printed.
    """

    def __init__(self, printer: SimulatedPrinter, bytes_per_second: float) -> None:
        self._printer = printer
        self._rate = bytes_per_second
        self._free_at = 0.0
        self._now = 0.0
        self._later: deque[tuple[float, Callable[[], None]]] = deque()
        self._watched: tuple[Callable[[], bool], float, Callable[[], None]] | None = None

    @property
    def powered(self) -> bool:
        return self._printer.powered

    def at(self, moment: float, action: Callable[[], None]) -> None:
        self._later.append((moment, action))

    def watch(self, fact: Callable[[], bool], after_s: float, action: Callable[[], None]) -> None:
        """Once, when `fact` has been seen to be true, plan `action` for `after_s` later."""
        self._watched = (fact, after_s, action)

    def accept(self, data: bytes) -> int:
        if self._now < self._free_at or not data:
            return 0
        piece = data[:WIRE_PIECE]
        # a printer without power takes nothing, but a plain serial line does not know that
        taken = self._printer.accept(piece) if self._printer.powered else len(piece)
        self._free_at = self._now + taken / self._rate
        return taken

    def output(self) -> bytes:
        return self._printer.output()

    def run_until(self, now: float) -> None:
        self._now = now
        while self._later and self._later[0][0] <= now:
            moment, action = self._later.popleft()
            self._printer.run_until(moment)
            action()
        self._printer.run_until(now)
        if self._watched is not None and self._watched[0]():
            _, after_s, action = self._watched
            self._watched = None
            self.at(now + after_s, action)

    def next_change(self) -> float | None:
        busy = self._free_at if self._free_at > self._now else None
        times = [self._printer.next_change(), self._later[0][0] if self._later else None, busy]
        return min((at for at in times if at is not None), default=None)
