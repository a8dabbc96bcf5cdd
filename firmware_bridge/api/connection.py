"""Before a sale's way: one HTTP connection. Whatever is refused before the door is refused in the door's own words.

aiohttp answers bytes that are no request by itself, in plain text, and writes a stack trace for each of them: here it
is a problem document (RFC 9457) with outcome none, and one line of the log a minute.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable
from typing import Any, Final

from aiohttp import web
from aiohttp.http_exceptions import InvalidURLError
from aiohttp.web_protocol import RequestHandler

from firmware_bridge.api.guard import secure
from firmware_bridge.api.problems import Problem
from firmware_bridge.log_kinds import about
from firmware_bridge.log_queue import one_line
from firmware_bridge.logs import Sparse, safe

_log = logging.getLogger(__name__)
#: Where aiohttp's sentences begin to quote what was sent: it may be a secret that stood in the wrong place.
_QUOTE: Final = re.compile(r"""(?<!\w)b?['"`]|:|\n|$""")
#: What it quotes of its own.
_NAMES: Final = re.compile(r"""['"](Host|Content-Length|Transfer-Encoding)['"]""")


class Connection(RequestHandler):
    """aiohttp's protocol with our answers. `options` as of RequestHandler; `left`: the peer has gone."""

    __slots__ = ("_sparse", "left")

    def __init__(self, server: web.Server, sparse: Sparse, **options: Any) -> None:
        super().__init__(server, loop=asyncio.get_running_loop(), **options)
        self._sparse = sparse
        self.left = asyncio.Event()

    def connection_lost(self, exc: BaseException | None) -> None:
        """See asyncio.BaseProtocol."""
        self.left.set()
        super().connection_lost(exc)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Return the answer to what is no request (400), or to what failed outside of every check (500).

        Raises ConnectionError when an answer is on its way already.
        """
        if request.writer.output_size > 0:
            raise ConnectionError("an answer is on its way already")
        if 400 <= status < 500:
            # for a target that is no path aiohttp's sentence is the target
            reason = "its target is no path" if isinstance(exc, InvalidURLError) else _reason(message or "")
            problem = _malformed(reason)
            self._tell("malformed", "a malformed request was refused: %s (%d more before)", reason)
        else:
            text = "The till failed in this request: it may have been carried out; send it again with the same id"
            problem = Problem("internal", text, "none" if request.method == "GET" else "doubtful")
            self._tell("internal", "an API request failed: %s (%d more before)", one_line(exc) if exc else message)
        return _last(problem)

    def _tell(self, kind: str, text: str, reason: str | None) -> None:
        if (held := self._sparse.allow(kind)) is not None:
            broken = kind == "internal"
            level = logging.ERROR if broken else logging.WARNING
            extra = about("api-failed" if broken else "api-refused")
            _log.log(level, text, safe(reason or "no reason is known"), held, extra=extra)

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send `resp`; an error that no check of ours saw (an unknown Expect) goes out as a problem too."""
        if isinstance(resp, web.HTTPError):
            resp = _last(_malformed(_reason(resp.reason)))
        return await super().finish_response(request, resp, start_time)


def _last(problem: Problem) -> web.Response:
    """The answer after which the connection is closed: nobody knows where the next request begins."""
    response = problem.response()
    response.force_close()
    response.headers["Connection"] = "close"
    secure(response)
    return response


def _malformed(reason: str) -> Problem:
    return Problem("bad-request", f"This is no HTTP request that the till understands ({reason}): nothing happened")


def _reason(message: str) -> str:
    """aiohttp's words without what they quote."""
    plain = _NAMES.sub(r"\1", message)
    words = plain[: found.start()] if (found := _QUOTE.search(plain)) else plain
    return words.strip(" .") or "its framing is broken"


class _OneLine(logging.Filter):
    """What aiohttp itself has to say comes with stack traces: one line a minute is kept."""

    def __init__(self, sparse: Sparse) -> None:
        super().__init__()
        self._sparse = sparse

    def filter(self, record: logging.LogRecord) -> bool:
        held = self._sparse.allow("aiohttp")
        if held is None:
            return False
        error = record.exc_info[1] if record.exc_info else None
        reason = one_line(error).splitlines()[0][:200] if error else record.getMessage()[:200]
        record.msg, record.args = "the HTTP server gave a connection up: %s (%d more before)", (safe(reason), held)
        record.exc_info = record.exc_text = None
        return True


def connections(monotonic: Callable[[], float], keep_alive: float, linger: float) -> Callable[[web.Server], Connection]:
    """Return what makes the protocol of each new connection.

    `keep_alive`: seconds for an idle line; `linger`: to read away what a refused request still sends.
    """
    sparse = Sparse(monotonic)
    log = logging.getLogger(f"{__name__}.aiohttp")
    log.filters = [_OneLine(sparse)]

    def make(server: web.Server) -> Connection:
        return Connection(
            server,
            sparse,
            access_log=None,
            logger=log,
            keepalive_timeout=keep_alive,
            lingering_time=linger,
            auto_decompress=False,
        )

    return make
