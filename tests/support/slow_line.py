"""Between a port and a simulated printer: a line with a memory in front of it, as a kernel or a print server has."""

from __future__ import annotations

from typing import Protocol

PIECE = 32  # bytes that arrive at the printer together


class Printer(Protocol):
    """A simulated printer, or the wire in front of it."""

    @property
    def powered(self) -> bool: ...
    def accept(self, data: bytes) -> int: ...
    def output(self) -> bytes: ...
    def run_until(self, now: float) -> None: ...
    def next_change(self) -> float | None: ...


class SlowLine:
    """What stands between port and printer: memory for `holds` bytes, then a line. In the memory they are gone for us.

    It makes room in lumps of half its size, as TCP windows do. From `unplugged_at` on what is in it stays there.
    """

    def __init__(self, printer: Printer, holds: int, bytes_per_s: float) -> None:
        self.unplugged_at = float("inf")
        self._printer = printer
        self._holds = holds
        self._piece_s = PIECE / bytes_per_s
        self._memory = bytearray()
        self._shut = False
        self._next = 0.0
        self._now = 0.0

    @property
    def powered(self) -> bool:
        return self._printer.powered

    def accept(self, data: bytes) -> int:
        if not self._memory:
            self._next = self._now + self._piece_s
        self._shut = self._shut and len(self._memory) > self._holds // 2
        taken = 0 if self._shut else min(len(data), self._holds - len(self._memory))
        self._memory += data[:taken]
        self._shut = self._shut or len(self._memory) >= self._holds
        return taken

    def output(self) -> bytes:
        return self._printer.output()

    def run_until(self, now: float) -> None:
        while self._memory and self._next <= min(now, self.unplugged_at):
            self._printer.run_until(self._next)
            taken = self._printer.accept(bytes(self._memory[:PIECE]))
            if not taken:
                break
            del self._memory[:taken]
            self._next += self._piece_s * taken / PIECE
        self._now = now
        self._next = max(self._next, now) if self._memory else self._next
        self._printer.run_until(now)

    def next_change(self) -> float | None:
        times = [self._printer.next_change(), self._next if self._memory and self._next <= self.unplugged_at else None]
        return min((at for at in times if at is not None and at > self._now), default=None)
