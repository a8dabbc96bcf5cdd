"""In place of a port: a recording, played to whatever driver opens it."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from drivers.ports.base import Clock, Lines, PortLost
from drivers.ports.memory import VirtualClock
from drivers.ports.recording import Entry
from drivers.ports.replay import Pace, RecordedDevice


class ReplayPort:
    """drivers.ports.base.Port over a recording's entries, see RecordedDevice for `strict` and `pace`.

    With a VirtualClock every wait is a jump and a recorded day takes a moment; with another clock it takes its time.
    `write` raises RecordingDiffers (drivers.ports.replay), which is no DeviceError: a driver that swallows it leaves
    its text in `device.difference`.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        clock: Clock | None = None,
        *,
        name: str = "replay:",
        strict: bool = True,
        pace: Pace = "recorded",
    ) -> None:
        self.name = name
        self.clock: Clock = clock or VirtualClock()
        self.device = RecordedDevice(entries, strict=strict, pace=pace)
        self._open = False
        self._coming = b""
        self._changed = threading.Condition()
        self._woken = False
        self._watching = False
        self._seen: Lines | None = None

    def open(self) -> None:
        """Raises PortLost where opening failed then."""
        self._open = False
        self._run()
        self._coming = b""
        try:
            self.device.reopen()
        except PortLost as error:
            raise PortLost(error.text, port=self.name) from error
        self._open = True

    def close(self) -> None:
        """Close; harmless when closed."""
        self._open = False

    def write(self, data: bytes, timeout: float) -> int:
        """Everything is taken at once, up to a recorded loss. Raises PortLost, RecordingDiffers."""
        self._check()
        self._run()
        taken = self.device.accept(data)
        if not taken:
            self._check()
        return taken

    def read(self, timeout: float) -> bytes:
        """What the device said then, waiting up to `timeout` seconds; b"" on time-out or wake. Raises PortLost."""
        deadline = self.clock.monotonic() + max(0.0, timeout)
        while True:
            self._check()
            self._run()
            if self._coming:
                data, self._coming = self._coming, b""
                return data
            if self._was_woken() or self._lines_changed() or self.clock.monotonic() >= deadline:
                self._check()
                return b""
            self._wait(deadline)

    def wake(self) -> None:
        """Make a waiting `read` return at once, or the next one. From any thread."""
        with self._changed:
            self._woken = True
            self._changed.notify_all()

    def lines(self) -> Lines | None:
        """The modem lines as recorded up to now; None before the first. Raises PortLost."""
        self._check()
        self._run()
        self._seen = self.device.lines
        return self._seen

    def watch_lines(self, period: float | None) -> None:
        """None: not any more; otherwise a recorded change ends a `read` when its time has come."""
        self._watching = period is not None

    def _lines_changed(self) -> bool:
        return self._watching and self.device.lines != self._seen

    def _run(self) -> None:
        self.device.run_until(self.clock.monotonic())
        self._coming += self.device.output()

    def _check(self) -> None:
        if not self._open:
            raise PortLost("the port is not open; nothing was sent; open it before use", port=self.name)
        if self.device.lost and not self._coming:
            self._open = False
            raise PortLost(self.device.lost, port=self.name)

    def _was_woken(self) -> bool:
        with self._changed:
            woken, self._woken = self._woken, False
            return woken

    def _wait(self, deadline: float) -> None:
        due = self.device.next_change()
        until = deadline if due is None else min(due, deadline)
        if isinstance(self.clock, VirtualClock):
            self.clock.advance_to(until)
            return
        with self._changed:
            if not self._woken:
                self._changed.wait(max(0.0, until - self.clock.monotonic()))
