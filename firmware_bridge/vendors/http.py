"""Between a vendor's client and the network on a sale's way: one request, one answer, and whether it may have arrived.

One kept-alive connection, TLS verified. What fails before the request is written is NotSent; afterwards it is
Unanswered, also when only a part of the answer came. A POST is never repeated here (aiohttp does repeat a question
whose kept connection turned out to be closed), no redirect is followed, no cookie is kept.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, Protocol
from urllib.parse import urlsplit

import aiohttp

from drivers.errors import NotSent, Unanswered
from firmware_bridge import entrance
from firmware_bridge.vendors.http_ring import HttpRing

ROLE = "fiscal service"
"""What errors call the other side unless they are told otherwise."""
_REFUSED = 400
LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Request:
    """`path` begins with "/". `query`: names and values, a name may come twice. Neither headers nor body are shown."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for DNS, connection and TLS together; for getting the request out; for the whole answer. Bytes of it."""

    connect_s: float = 5.0
    write_s: float = 5.0
    answer_s: float = 15.0
    answer_bytes: int = 4 * 1024 * 1024


class Transport(Protocol):
    """Carries requests to one host."""

    async def exchange(self, request: Request) -> Response:
        """Return the answer, whatever its status. Raises NotSent, Unanswered."""

    def idle_s(self) -> float | None:
        """How long the kept connection has been silent, in seconds; None when the next request opens a new one."""

    async def close(self) -> None: ...


class HttpTransport:
    """To one `base_url` (https; http on the loopback alone). `tls` adds to the system's certificates, never less.

    `monotonic`: seconds. `role`: what errors call the other side. `plain`: http to another machine too, for a device on
    the shop's own network that speaks nothing else. Raises ValueError for an address that is not to be used.
    """

    def __init__(
        self,
        base_url: str,
        monotonic: Callable[[], float],
        limits: Limits | None = None,
        tls: ssl.SSLContext | None = None,
        role: str = ROLE,
        *,
        plain: bool = False,
    ) -> None:
        parts = urlsplit(base_url)
        if parts.scheme != "https" and not (parts.scheme == "http" and (plain or parts.hostname in LOOPBACK)):
            raise ValueError(f"The address {base_url!r} is not https; only a service on this machine may be http.")
        if tls is not None and (tls.verify_mode != ssl.CERT_REQUIRED or not tls.check_hostname):
            raise ValueError("The TLS settings do not check the other side's certificate; that is not accepted.")
        self._base = base_url.rstrip("/")
        self._host = parts.netloc
        self._monotonic = monotonic
        self._limits = limits or Limits()
        self._tls = tls
        self._role = role
        self._session: aiohttp.ClientSession | None = None
        self._answered: float | None = None
        self._entrance = entrance.current()
        self._ring = HttpRing(parts.netloc.rpartition("@")[2], monotonic)

    def idle_s(self) -> float | None:
        return None if self._answered is None else self._monotonic() - self._answered

    async def exchange(self, request: Request) -> Response:
        """Send one request. Raises NotSent, Unanswered."""
        progress = _Progress(self._limits)
        self._answered = None
        self._ring.asked(request.method, request.path, len(request.body))
        try:
            async with asyncio.timeout(self._limits.connect_s) as progress.deadline:
                response = await self._send(request, progress)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            failure = self._failure(request, progress, error)
            self._ring.failed(failure.text)
            raise failure from error
        self._ring.answered(request.method, request.path, response.status, len(response.body))
        if response.headers.get("connection", "").lower() != "close":
            self._answered = self._monotonic()
        if response.status >= _REFUSED and self._entrance is not None:
            return replace(response, body=self._entrance.words(response.body))
        return response

    async def close(self) -> None:
        """Close the connection; the next request would open another."""
        session, self._session, self._answered = self._session, None, None
        if session is not None:
            await session.close()

    async def _send(self, request: Request, progress: _Progress) -> Response:
        async with self._open().request(
            request.method,
            self._base + request.path,
            params=list(request.query),
            headers={"Accept-Encoding": "identity", **request.headers},
            data=request.body or None,
            allow_redirects=False,
            trace_request_ctx=progress,
        ) as answer:
            most = self._limits.answer_bytes
            body = bytearray()
            async for chunk in answer.content.iter_any():
                body += chunk
                if len(body) > most:
                    answer.close()
                    raise ValueError(f"the answer is longer than {most} bytes")
            headers = {name.lower(): value for name, value in answer.headers.items()}
            return Response(answer.status, headers, bytes(body))

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            trace = aiohttp.TraceConfig()
            trace.on_connection_create_end.append(_connected)
            trace.on_connection_reuseconn.append(_connected)
            trace.on_request_headers_sent.append(_written)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=1, ssl=self._tls or True, keepalive_timeout=60),
                timeout=aiohttp.ClientTimeout(total=None),  # the stages have their own
                cookie_jar=aiohttp.DummyCookieJar(),
                trace_configs=[trace],
                auto_decompress=False,
            )
        return self._session

    def _failure(self, request: Request, progress: _Progress, error: Exception) -> NotSent | Unanswered:
        why = "it took too long" if isinstance(error, TimeoutError) else _words(error)
        if not progress.written:
            return NotSent(f"{self._host} could not be reached ({why})", port=self._host, role=self._role)
        text = f"{self._host} did not answer {request.method} {request.path} ({why})"
        return Unanswered(text, port=self._host, role=self._role, sent=len(request.body))


class _Progress:
    """How far a request has come; moves the deadline of its stage."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.deadline: asyncio.Timeout | None = None
        self.written = False

    def connected(self) -> None:
        self._until(self._limits.write_s)

    def begins_to_write(self) -> None:
        self.written = True  # from here on the other side may get all of it
        self._until(self._limits.answer_s)

    def _until(self, seconds: float) -> None:
        if self.deadline is not None:
            self.deadline.reschedule(asyncio.get_running_loop().time() + seconds)


async def _connected(_: aiohttp.ClientSession, context: SimpleNamespace, __: Any) -> None:
    progress: _Progress = context.trace_request_ctx
    progress.connected()


async def _written(_: aiohttp.ClientSession, context: SimpleNamespace, __: Any) -> None:
    progress: _Progress = context.trace_request_ctx
    progress.begins_to_write()


def _words(error: Exception) -> str:
    """What went wrong, without the address, which may carry a query."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientSSLError):
        return "its certificate cannot be trusted"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "its name cannot be resolved"
    if isinstance(error, aiohttp.ServerDisconnectedError | aiohttp.ClientPayloadError):
        return "the connection was closed"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) if isinstance(error, ValueError) else type(error).__name__
