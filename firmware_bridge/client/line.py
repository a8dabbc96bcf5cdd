"""Before a sale's way: one request and its answer on a connection of its own, over TCP or the unix socket.

Made of the standard library's blocking http.client, because a till program is often synchronous, because every call
can then be made from any thread, and because it costs a kiosk neither an event loop nor the 20 MiB of aiohttp. A
connection of its own for each call holds a place at the till no longer than needed, and never is one that the till has
closed meanwhile. Every wait of an exchange ends at one moment, however slowly the other side drips, and an answer is
bounded.
"""

from __future__ import annotations

import http.client
import math
import re
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Protocol, Self

from firmware_bridge.errors import UserError

MAX_ANSWER: Final = 8 * 1024 * 1024
"""Bytes of an answer: more than any till tells at once."""
_CONNECT_S: Final = 5.0
_TOKEN: Final = re.compile(r"[!-~]{1,512}")
_ADDRESS: Final = re.compile(r"\[(?P<six>[0-9A-Fa-f:.]+)\]:(?P<port6>\d{1,5})|(?P<host>[^:\s/@]+):(?P<port>\d{1,5})")


class NotReached(ConnectionError):
    """There was no connection: nothing was sent."""


class Unanswered(ConnectionError):
    """Some of the request was sent, maybe all of it, and no whole answer of a till came."""


# --- where, and as whom -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tcp:
    """The till's listener."""

    host: str
    port: int

    @classmethod
    def of(cls, address: str) -> Self:
        """From "127.0.0.1:8321" or "[::1]:8321". Raises UserError."""
        found = _ADDRESS.fullmatch(address)
        port = int((found["port"] or found["port6"]) if found else 0)
        if found is None or not 0 < port < 65536:
            raise UserError(f'"{address[:100]}" is no address of a till', 'write host:port, as in "127.0.0.1:8321"')
        return cls(found["host"] or found["six"], port)

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def connect(self, seconds: float) -> _Timed:
        """Raises OSError."""
        failed: OSError | None = None
        for family, kind, protocol, _, where in socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM):
            try:
                return _connected(_Timed(family, kind, protocol), where, seconds)
            except OSError as error:
                failed = error
        raise failed or OSError(f"{self.host} has no address")


@dataclass(frozen=True, slots=True)
class Unix:
    """The till's socket file; the kernel tells it who asks, so no token is needed."""

    path: str

    def __str__(self) -> str:
        return self.path

    def connect(self, seconds: float) -> _Timed:
        """Raises OSError."""
        return _connected(_Timed(socket.AF_UNIX, socket.SOCK_STREAM), self.path, seconds)


Place = Tcp | Unix


class Token(Protocol):
    """As whom the till is asked."""

    def read(self) -> str:
        """The token. Raises UserError when there is none; what is raised never tells it."""


@dataclass(frozen=True, slots=True)
class TokenFile:
    """A token that stands in a file; read for each request, so that a new one counts at once."""

    path: str

    def read(self) -> str:
        """See Token."""
        try:
            found = Path(self.path).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(f"the token file {self.path} cannot be read") from error
        if not _TOKEN.fullmatch(found):
            raise UserError(f"the token file {self.path} holds no token: one line of up to 512 visible characters")
        return found


class TokenText:
    """A token in memory. It shows itself to nobody who prints or compares."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        if not _TOKEN.fullmatch(text):
            raise UserError("a token is up to 512 visible characters of ASCII")
        self._text = text

    def read(self) -> str:
        """See Token."""
        return self._text

    def __repr__(self) -> str:
        return "TokenText(…)"


# --- the exchange -------------------------------------------------------------------------------------------------


class _Timed(socket.socket):
    """A socket whose every wait ends at `until` (seconds of time.monotonic)."""

    until = math.inf

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0, /) -> int:
        self.hurry()
        return super().recv_into(buffer, nbytes, flags)

    def hurry(self) -> None:
        """Let the next wait end in time. Raises TimeoutError when it is over."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self.settimeout(None if left == math.inf else left)


def _connected(made: _Timed, where: tuple[Any, ...] | str, seconds: float) -> _Timed:
    try:
        made.settimeout(seconds)
        made.connect(where)
    except BaseException:
        made.close()
        raise
    return made


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; names of headers in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media(self) -> str:
        """The type of its content without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class Call:
    """One request. A context manager: the connection ends with it. `close` may come from another thread."""

    def __init__(self, place: Place, seconds: float) -> None:
        """Connect, at most so many seconds. Raises NotReached."""
        self._place = place
        try:
            self._socket = place.connect(max(0.001, min(seconds, _CONNECT_S)))
        except (OSError, UnicodeError) as error:
            raise NotReached(f"nobody answers at {place}") from error
        self._connection = http.client.HTTPConnection("localhost")
        self._connection.sock = self._socket
        self._response: http.client.HTTPResponse | None = None

    def ask(
        self, method: str, path: str, headers: Mapping[str, str], content: bytes | None, seconds: float
    ) -> tuple[int, Mapping[str, str]]:
        """Send it and wait for the head of the answer, as status and headers. Raises Unanswered."""
        host = str(self._place) if isinstance(self._place, Tcp) else "localhost"
        self._socket.until = time.monotonic() + seconds
        try:
            self._socket.hurry()
            # who is refused at the door is answered before all is read: the answer may be there all the same
            with suppress(BrokenPipeError, ConnectionResetError):
                self._connection.request(method, path, content, {**headers, "Host": host, "Connection": "close"})
            self._response = self._connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            raise Unanswered(f"no answer came from {self._place}") from error
        return self._response.status, {name.lower(): value for name, value in self._response.getheaders()}

    def body(self) -> bytes:
        """The rest, whole. Raises Unanswered when it breaks off, has no certain end or is longer than MAX_ANSWER."""
        response = self._asked()
        if response.length is None and not response.chunked:
            raise Unanswered(f"the answer of {self._place} has no certain end")
        try:
            found = response.read(MAX_ANSWER + 1)
        except (OSError, http.client.HTTPException) as error:
            raise Unanswered(f"the answer of {self._place} broke off") from error
        if len(found) > MAX_ANSWER:
            raise Unanswered(f"the answer of {self._place} is longer than any till's")
        if response.length:
            raise Unanswered(f"the answer of {self._place} broke off")
        return found

    def line(self, seconds: float, most: int) -> bytes:
        """The next line with its end, b"" when there is no more. Raises Unanswered, TimeoutError."""
        self._socket.until = time.monotonic() + seconds
        try:
            found = self._asked().readline(most)
        except TimeoutError:
            raise
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unanswered(f"the stream of {self._place} broke off") from error
        if found and not found.endswith(b"\n"):
            raise Unanswered(f"a line from {self._place} has no end within {most} bytes")
        return found

    def close(self) -> None:
        """Hang up; whoever waits for an answer sees the connection end."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _asked(self) -> http.client.HTTPResponse:
        if self._response is None:
            raise RuntimeError("nothing was asked yet")
        return self._response

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        self._connection.close()
        if self._response is not None:
            self._response.close()


def exchange(
    place: Place, method: str, path: str, headers: Mapping[str, str], content: bytes | None, seconds: float
) -> Reply:
    """One request and its whole answer within so many seconds. Raises NotReached, Unanswered."""
    until = time.monotonic() + seconds
    with Call(place, seconds) as call:
        status, told = call.ask(method, path, headers, content, until - time.monotonic())
        return Reply(status, told, call.body())
