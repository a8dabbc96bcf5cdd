"""Beside the till: a simulated fiscal printer whose memory is a file, so that it outlives a process that is killed.

A document is in the file before the first byte of the answer to it leaves, as a real device has it in its memory.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

from firmware_bridge.device_loop import Device


class Register(Device, Protocol):
    """A device with a memory. `changes` and `revision` grow with what it holds."""

    @property
    def memory(self) -> bytes: ...
    @property
    def changes(self) -> int: ...


class RememberingRegister:
    """`register` for the loop (device_loop.Device), with its memory in `file`."""

    def __init__(self, register: Register, file: Path) -> None:
        self._register = register
        self._file = file
        self._written: tuple[int, int] | None = None
        self.save()

    @property
    def powered(self) -> bool:
        return self._register.powered

    @property
    def revision(self) -> int:
        return self._register.revision

    def accept(self, data: bytes) -> int:
        return self._register.accept(data)

    def output(self) -> bytes:
        """What leaves the device now; its memory is written first. Raises OSError."""
        data = self._register.output()
        if data:
            self.save()
        return data

    def run_until(self, now: float) -> None:
        self._register.run_until(now)

    def next_change(self) -> float | None:
        return self._register.next_change()

    def paper_text(self) -> str:
        return self._register.paper_text()

    def save(self) -> None:
        """Write the memory, if it may have changed: beside and renamed, so that nobody ever reads half of it."""
        now = (self._register.changes, self._register.revision)
        if now != self._written:
            beside = self._file.with_name(f".{self._file.name}.{os.getpid()}")
            beside.write_bytes(self._register.memory)
            beside.replace(self._file)
            self._written = now
