"""A port: bytes in, bytes out, one owner, read all the time.

The owner is one thread. Only `wake` may be called from another one. A port that is lost (unplugged, hung up)
raises `PortLost` from every call until `open` succeeds again; silence is not loss and raises nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from drivers.errors import NotSent


class PortLost(NotSent):
    """The port is not there (any more). How much of an exchange had left is the caller's knowledge."""


class Clock(Protocol):
    """Seconds that only go forward; injected, so that a till can run in virtual time."""

    def monotonic(self) -> float: ...


class Port(Protocol):
    """Bytes to and from one device. `name` as in the configuration: "serial:/dev/till/printer"."""

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


@dataclass(frozen=True, slots=True)
class Lines:
    """The four lines that a device drives on RS-232; True: the line is on (a positive voltage)."""

    cts: bool
    dsr: bool
    dcd: bool
    ri: bool


@runtime_checkable
class HasLines(Protocol):
    """A port whose device may tell something on its modem lines, as the switch of a trigger box does."""

    def lines(self) -> Lines | None:
        """The lines now; None where there are none (a pseudo terminal, a socket). Raises PortLost."""

    def watch_lines(self, period: float | None) -> None:
        """Look at the lines every `period` seconds while `read` waits: a change makes it return b"" at once.

        A change against what `lines` returned last. None: not any more, as at the beginning. Owner's thread only.
        """
