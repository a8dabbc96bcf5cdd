"""A port: bytes in, bytes out, one owner, read all the time.

The owner is one thread. Only `wake` may be called from another one. A port that is lost (unplugged, hung up)
raises `PortLost` from every call until `open` succeeds again; silence is not loss and raises nothing.
"""

from __future__ import annotations

from typing import Protocol

from drivers.errors import NotSent


class PortLost(NotSent):
    """The port is not there (any more). How much of an exchange had left is the caller's knowledge."""


class Clock(Protocol):
    """Seconds that only go forward; injected, so that a till can run in virtual time."""

    def monotonic(self) -> float: ...


class Port(Protocol):
    """Bytes to and from one device."""

    name: str

    @property
    def clock(self) -> Clock: ...

    def open(self) -> None:
        """Open or open again. Raises PortLost with one clear sentence."""

    def close(self) -> None:
        """Close; harmless when closed."""

    def write(self, data: bytes, timeout: float) -> int:
        """Hand over as much of `data` as is taken within `timeout` seconds; return how many bytes.

        Returns early, possibly with 0, as soon as there is something to read: a status that arrives while the
        device takes no more bytes must be seen. Raises PortLost.
        """

    def read(self, timeout: float) -> bytes:
        """Return what has arrived, waiting up to `timeout` seconds for the first byte; b"" on time-out or wake."""

    def wake(self) -> None:
        """Make a waiting `read` return at once (from any thread)."""
