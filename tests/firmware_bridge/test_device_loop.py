"""The loop in which a simulated device lives: bytes that the device cannot take yet are not forgotten."""

from __future__ import annotations

import io
import os
import threading

from firmware_bridge.device_loop import Simulation, Surroundings

ROOM = 100
SENT = bytes(range(256)) * 4
GIVE_UP_S = 5.0


class Busy:
    """Takes `ROOM` bytes at a time and has room again as soon as any time passes; `full` is called at the end."""

    powered = True
    revision = 0

    def __init__(self, full: threading.Event) -> None:
        self.taken = b""
        self._held = 0
        self._now = 0.0
        self._full = full

    def accept(self, data: bytes) -> int:
        piece = data[: ROOM - self._held]
        self._held += len(piece)
        self.taken += piece
        if len(self.taken) == len(SENT):
            self._full.set()
        return len(piece)

    def output(self) -> bytes:
        return b""

    def run_until(self, now: float) -> None:
        self._now, self._held = now, 0

    def next_change(self) -> float | None:
        return self._now if self._held else None

    def paper_text(self) -> str:
        return ""


class Line:
    """A wire with `SENT` on it."""

    plugged = True

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.write(self._writer, SENT)

    def open(self) -> None: ...

    def close(self) -> None:
        os.close(self._reader)
        os.close(self._writer)

    def ready(self) -> dict[str, str | int]:
        return {}

    def interests(self, *, reading: bool, writing: bool) -> list[tuple[int, int]]:
        return [(self._reader, 1)] if reading else []

    def read(self, size: int) -> bytes:
        try:
            return os.read(self._reader, size)
        except BlockingIOError:
            return b""

    def write(self, data: bytes) -> int:
        return len(data)

    def power_lost(self) -> None: ...


def test_bytes_that_found_no_room_are_handed_over_when_there_is_room() -> None:
    full = threading.Event()
    device = Busy(full)
    reading, writing = os.pipe()

    def end() -> None:
        full.wait(GIVE_UP_S)
        os.close(writing)

    ends = threading.Thread(target=end)
    ends.start()
    with os.fdopen(reading) as control:
        simulation = Simulation(device, Line(), Surroundings(lambda _: {}, bytes), control, io.StringIO())
        simulation.serve()
        simulation.close()
    ends.join()
    assert device.taken == SENT
