"""Beside a vendor's client: the last requests and answers, kept in memory for the moment at which one fails.

Method, path without its query, status and sizes; neither headers nor bodies, which hold secrets and people. A failure
is a request that was not answered (or could not be sent) and an answer of 500 or more; the host has to answer before it
can fail again. Between the till and its clients stand the builders of all vendors, which know nothing of dumps: who
takes them is found in the context in which a client is made (`dumps_to`), and without one nothing is dumped.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from drivers.ports.observed import Direction
from drivers.ports.recording import Entry
from drivers.ports.ring import FRAMES
from firmware_bridge.wire_dumps import HTTP, Dumper, Failure

_PATH: Final = 200
_SERVER_ERROR: Final = 500
_dumper: ContextVar[Dumper | None] = ContextVar("dumper", default=None)


@contextmanager
def dumps_to(dumper: Dumper) -> Iterator[None]:
    """The clients that are made inside hand their failures to `dumper`."""
    before = _dumper.set(dumper)
    try:
        yield
    finally:
        _dumper.reset(before)


class HttpRing:
    """Of one client. `host`: with its port, where it has one of its own; `monotonic`: seconds."""

    def __init__(self, host: str, monotonic: Callable[[], float]) -> None:
        self._host = host
        self._monotonic = monotonic
        self._dumper = _dumper.get()
        self._ring: deque[Entry] = deque(maxlen=FRAMES)
        self._told = False

    def asked(self, method: str, path: str, size: int) -> None:
        """A request of `size` bytes begins."""
        self._note("out", f"{method} {path.partition('?')[0][:_PATH]}, {size} bytes")

    def answered(self, method: str, path: str, status: int, size: int) -> None:
        """The whole answer has come."""
        self._note("in", f"{status}, {size} bytes")
        if status < _SERVER_ERROR:
            self._told = False
        else:
            self._tell(f"{self._host} answered {status} to {method} {path.partition('?')[0][:_PATH]}")

    def failed(self, reason: str) -> None:
        """It was not sent, or not answered."""
        self._note("lost", note=reason)
        self._tell(reason)

    def _note(self, way: Direction, text: str = "", note: str = "") -> None:
        if self._dumper is not None:
            data = text.encode("ascii", "backslashreplace")
            self._ring.append(Entry(self._monotonic(), way, data + b"\n" if data else b"", note))

    def _tell(self, reason: str) -> None:
        if self._dumper is None or self._told:
            return
        self._told = True
        self._dumper.failed(Failure(self._host, self._host, HTTP, reason, tuple(self._ring), self._monotonic()))
