"""Between driver and simulated device: a port in memory on a clock that only tests move.

`read` and `write` let the virtual clock jump from one change of the device to the next, so a whole day of
printing takes a moment. The wire can be cut after any byte: the till's end (an exception), the device's power, both.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Protocol

from drivers.ports.base import PortLost


class Device(Protocol):
    """A simulated device: bytes in, bytes out, time from outside (seconds)."""

    def accept(self, data: bytes) -> int: ...
    def output(self) -> bytes: ...
    def run_until(self, now: float) -> None: ...
    def next_change(self) -> float | None: ...


class VirtualClock:
    """Seconds that pass only when somebody waits for them."""

    def __init__(self, start: float = 0.0) -> None:
        self._now = start

    def monotonic(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        self.advance_to(self._now + seconds)

    def advance_to(self, moment: float) -> None:
        """Never backwards: an earlier moment changes nothing."""
        self._now = max(self._now, moment)


class MemoryPort:
    """drivers.ports.base.Port in front of a simulated device.

    `delay`: seconds that every answer is late. `split`: answers arrive one byte at a time, `byte_gap` seconds
    apart. `lost_without_power`: the port is lost while the device (`powered`) is off, as a USB printer's is.
    `on_bytes(total, data)` sees all bytes handed over, `total` counted since the port was made.
    """

    def __init__(
        self,
        device: Device,
        clock: VirtualClock,
        *,
        name: str = "memory:",
        delay: float = 0.0,
        split: bool = False,
        byte_gap: float = 0.001,
        lost_without_power: bool = False,
        on_bytes: Callable[[int, bytes], None] | None = None,
    ) -> None:
        self.name = name
        self.on_bytes = on_bytes
        self.handed = 0
        self._device = device
        self._clock = clock
        self._delay = delay
        self._split = split
        self._gap = byte_gap
        self._lost_without_power = lost_without_power
        self._plugged = True
        self._open = False
        self._woken = threading.Event()
        self._coming: deque[tuple[float, bytes]] = deque()
        self._cut: tuple[int, BaseException | None, Callable[[], None] | None] | None = None

    @property
    def clock(self) -> VirtualClock:
        return self._clock

    # --- faults ------------------------------------------------------------------------------------------------

    def unplug(self) -> None:
        """Pull the cable; answers on the way are lost. The device keeps its power."""
        self._plugged = self._open = False
        self._coming.clear()

    def plug(self) -> None:
        """The cable is back; the port must be opened again."""
        self._plugged = True

    def cut_after(
        self, count: int, *, error: BaseException | None = None, then: Callable[[], None] | None = None
    ) -> None:
        """When `count` more bytes were handed over, call `then` (the printer's power_off) and raise `error`.

        With 0 that happens before the next byte. It happens once.
        """
        self._cut = (self.handed + count, error, then)

    # --- the port ----------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Raises PortLost when unplugged, or without power if that shows."""
        self._check_there()
        self._open = True

    def close(self) -> None:
        self._open = False

    def write(self, data: bytes, timeout: float) -> int:
        """Hand over bytes, waiting for room; early (perhaps 0) when there is something to read. Raises PortLost."""
        self._check_open()
        deadline = self._clock.monotonic() + timeout
        taken = 0
        while True:
            self._run()
            taken += self._hand_over(data[taken:])
            self._collect()
            if taken >= len(data) or self._ready() or self._clock.monotonic() >= deadline:
                return taken
            self._wait(deadline)

    def read(self, timeout: float) -> bytes:
        """What has arrived, waiting for the first byte; b"" on time-out or wake. Raises PortLost."""
        self._check_open()
        deadline = self._clock.monotonic() + timeout
        while True:
            self._run()
            if self._ready():
                return self._arrived()
            if self._woken.is_set():
                self._woken.clear()
                return b""
            if self._clock.monotonic() >= deadline:
                return b""
            self._wait(deadline)

    def wake(self) -> None:
        self._woken.set()

    # --- inside ------------------------------------------------------------------------------------------------

    def _check_there(self) -> None:
        if not self._plugged:
            raise PortLost("it is unplugged; plug it in again.", port=self.name)
        if self._lost_without_power and not getattr(self._device, "powered", True):
            self._open = False
            raise PortLost("the device has no power; switch it on.", port=self.name)

    def _check_open(self) -> None:
        self._check_there()
        if not self._open:
            raise PortLost("it is not open; open it before use.", port=self.name)

    def _run(self) -> None:
        self._check_open()
        self._device.run_until(self._clock.monotonic())
        self._collect()

    def _collect(self) -> None:
        data = self._device.output()
        at = self._clock.monotonic() + self._delay
        if not self._split:
            if data:
                self._coming.append((at, data))
            return
        last = self._coming[-1][0] + self._gap if self._coming else at
        for number, byte in enumerate(data):
            self._coming.append((max(at, last) + number * self._gap, bytes((byte,))))

    def _ready(self) -> bool:
        return bool(self._coming) and self._coming[0][0] <= self._clock.monotonic()

    def _arrived(self) -> bytes:
        parts: list[bytes] = []
        while self._ready():
            parts.append(self._coming.popleft()[1])
            if self._split:
                break
        return b"".join(parts)

    def _hand_over(self, data: bytes) -> int:
        if self._cut is None:
            return self._give(data)
        limit = self._cut[0] - self.handed
        taken = self._give(data[:limit]) if limit > 0 else 0
        if self.handed >= self._cut[0]:
            _, error, then = self._cut
            self._cut = None
            if then is not None:
                then()
            if error is not None:
                raise error
            self._check_there()
            taken += self._give(data[taken:])
        return taken

    def _give(self, data: bytes) -> int:
        taken = self._device.accept(data) if data else 0
        self.handed += taken
        if taken and self.on_bytes is not None:
            self.on_bytes(self.handed, data[:taken])
        return taken

    def _wait(self, deadline: float) -> None:
        times = [deadline, self._device.next_change(), self._coming[0][0] if self._coming else None]
        self._clock.advance_to(min(at for at in times if at is not None))
