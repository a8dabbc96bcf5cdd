"""Between a driver and the kernel: what a serial line and a socket have in common, a descriptor that is polled.

Bytes are moved on the descriptor itself, so that it is known how many had left when a wait ends, and a receipt that
is half out is resumed at the right byte.
"""

from __future__ import annotations

import contextlib
import math
import os
import select
import threading
from abc import ABC, abstractmethod

from drivers.ports.base import Clock, PortLost

_GONE = select.POLLHUP | select.POLLERR | select.POLLNVAL


class Wake:
    """Ends a wait from any thread. `fd` is readable from `set` until `clear`; -1 while it is closed."""

    def __init__(self) -> None:
        self.fd = -1
        self._lock = threading.Lock()

    def open(self) -> None:
        with self._lock:
            if self.fd < 0:
                self.fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)

    def close(self) -> None:
        with self._lock:
            if self.fd >= 0:
                os.close(self.fd)
                self.fd = -1

    def set(self) -> None:
        """Harmless when closed."""
        with self._lock:
            if self.fd >= 0:
                os.eventfd_write(self.fd, 1)

    def clear(self) -> bool:
        """Return whether it was set."""
        with contextlib.suppress(BlockingIOError):
            return os.eventfd_read(self.fd) > 0
        return False

    def wait(self, seconds: float) -> bool:
        """Wait until it is set, at most so long; return whether it is. It stays set."""
        poll = select.poll()
        poll.register(self.fd, select.POLLIN)
        return bool(poll.poll(milliseconds(seconds)))


def milliseconds(seconds: float) -> int:
    """For poll(2): rounded up, so that no wait ends before its time."""
    return max(0, math.ceil(seconds * 1000))


class DescriptorPort(ABC):
    """drivers.ports.base.Port on a non-blocking descriptor; a subclass opens it and moves the bytes.

    `_period`: longest wait in `read` before `_news` is asked (None: no matter), `_writing_period` the same before
    another attempt in `write`.
    """

    _period: float | None = None
    _writing_period: float | None = None

    def __init__(self, name: str, clock: Clock, role: str) -> None:
        self.name = name
        self._clock = clock
        self._role = role
        self._wake = Wake()
        self._broken: Exception | None = None

    @property
    def clock(self) -> Clock:
        return self._clock

    # --- the subclass's part ------------------------------------------------------------------------------------

    @abstractmethod
    def close(self) -> None:
        """Close; harmless when closed. Ends with `_forget`."""

    @abstractmethod
    def _descriptor(self) -> int | None:
        """None while it is not open."""

    @abstractmethod
    def _send(self, view: memoryview) -> int:
        """Hand over what is taken at once. Raises BlockingIOError or returns 0: nothing now. Raises OSError: lost."""

    @abstractmethod
    def _receive(self) -> bytes:
        """What is there; b"": the other end is gone. Raises BlockingIOError: nothing now. Raises OSError: lost."""

    @abstractmethod
    def _drop(self) -> None:
        """Close the descriptor of a lost connection, without waiting for anything."""

    def _news(self) -> bool:
        """Is there something that the owner should look at, though no byte came?"""
        return False

    # --- the port -----------------------------------------------------------------------------------------------

    def wake(self) -> None:
        """Make a waiting `read` (and `write`) return at once, or the next one. From any thread."""
        self._wake.set()

    def write(self, data: bytes, timeout: float) -> int:
        """Hand over what is taken within `timeout` seconds; how many bytes. Raises PortLost.

        At least one attempt is made; after it, something to read or a wake ends the wait. When the connection breaks
        behind bytes that were handed over, these are told, and the loss is told by the next call.
        """
        fd = self._opened()
        deadline = self._clock.monotonic() + timeout
        view = memoryview(data)
        sent = 0
        while True:
            try:
                sent += self._send(view[sent:])
            except BlockingIOError:
                pass
            except OSError as error:
                if not sent:
                    raise self._lost(error) from error
                self._broken = error
                return sent
            left = deadline - self._clock.monotonic()
            if sent == len(data) or left <= 0:
                return sent
            if self._poll(fd, self._wait_of(left, self._writing_period), writing=True):
                return sent

    def read(self, timeout: float) -> bytes:
        """What has arrived, waiting up to `timeout` seconds; b"" on time-out or wake. Raises PortLost."""
        fd = self._opened()
        deadline = self._clock.monotonic() + max(0.0, timeout)
        while True:
            ready = self._poll(fd, self._wait_of(deadline - self._clock.monotonic(), self._period), writing=False)
            woken = self._wake.clear()
            if fd in ready:
                data = self._received()
                if data:
                    return data
            if woken or self._clock.monotonic() >= deadline or self._news():
                return b""

    # --- inside -------------------------------------------------------------------------------------------------

    @staticmethod
    def _wait_of(left: float, period: float | None) -> float:
        return left if period is None else min(left, period)

    def _received(self) -> bytes:
        try:
            data = self._receive()
        except BlockingIOError:
            return b""
        except OSError as error:
            raise self._lost(error) from error
        if not data:
            # Readable and empty is how the kernel says that the other end is gone.
            raise self._lost(None)
        return data

    def _poll(self, fd: int, timeout: float, *, writing: bool) -> list[int]:
        """Which of descriptor and wake have something to read; also a descriptor that is gone counts."""
        poll = select.poll()
        # With a pace of its own the subclass knows when there is room; the kernel would say "always".
        wanted = select.POLLOUT if writing and self._writing_period is None else 0
        poll.register(fd, select.POLLIN | wanted)
        poll.register(self._wake.fd, select.POLLIN)
        return [ready for ready, events in poll.poll(milliseconds(timeout)) if events & (select.POLLIN | _GONE)]

    def _opened(self) -> int:
        if self._broken is not None:
            raise self._lost(self._broken) from self._broken
        fd = self._descriptor()
        if fd is None:
            raise self._loss("the port is not open; nothing was sent; it will be opened again")
        return fd

    def _forget(self) -> None:
        """The connection is over, whatever broke it."""
        self._broken = None
        self._wake.close()

    def _lost(self, error: Exception | None) -> PortLost:
        self._drop()
        self._forget()
        cause = f" ({error.strerror or error})" if isinstance(error, OSError) else ""
        return self._loss(f"the connection was lost{cause}; check the cable and the power of the device")

    def _loss(self, text: str) -> PortLost:
        return PortLost(text, port=self.name, role=self._role)
