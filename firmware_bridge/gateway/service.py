"""The gateway's door: what tills ask of it over HTTP, each with a token of its own (uplink/SPECIFICATION.md).

Whatever is asked is bounded: bytes of a body, seconds for it, requests of one till, attempts at a code. Every answer is
given after the commit. Vendors that call the gateway add their own routes to the same application.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from firmware_bridge.gateway.commands import Command, UnknownCommand, decode
from firmware_bridge.gateway.errors import GatewayMisuse
from firmware_bridge.gateway.holding import GatewayStore
from firmware_bridge.gateway.tills import CodeRefused, is_till
from firmware_bridge.journal.errors import JournalError
from firmware_bridge.log_kinds import about
from firmware_bridge.uplink.limits import WireError
from firmware_bridge.uplink.link import LinkDoubtful, LinkError, LinkForeign, LinkMisuse, OutOfStep
from firmware_bridge.uplink.over_http import (
    CONTENT,
    ECHO,
    MAX_BODY,
    MAX_WAIT_S,
    PROBLEM_CONTENT,
    VERSION,
    NoAnswer,
    pack_down,
    pack_head,
    pack_said,
    problem,
    read_opening,
)

log = logging.getLogger(__name__)

Order = Callable[[str, Command], Awaitable[str]]
BODY_S: Final = 60.0
"""How long a body may take: an envelope over a poor line."""
MOST_TOKEN: Final = 256
MOST_ECHO: Final = 64
_MOST_BUCKETS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Rates:
    """Requests: as many at once, and as many a second after that; of one till, of all who try a code or a token."""

    till: tuple[float, float] = (200.0, 50.0)
    strangers: tuple[float, float] = (20.0, 1.0)


class Bucket:
    """Fills by `rate` a second up to `most`."""

    def __init__(self, most: float, rate: float, now: float) -> None:
        self._most, self._rate, self._left, self._at = most, rate, most, now

    def take(self, now: float) -> bool:
        """Whether one more is allowed."""
        self._left = min(self._most, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class _Problem(Exception):
    def __init__(self, slug: str, text: str) -> None:
        super().__init__(text)
        self.slug = slug


def no_orders(till: str, command: Command) -> Awaitable[str]:
    """The orders of a gateway that keeps no books."""
    raise GatewayMisuse(f"The gateway keeps no book {command.book} for till {till}; nothing was changed.")


def application(
    store: GatewayStore,
    *,
    version: str = "",
    order: Order = no_orders,
    monotonic: Callable[[], float] | None = None,
    rates: Rates | None = None,
) -> web.Application:
    """Return the gateway's application over a store that was started. `monotonic`: seconds, None = the loop's.

    `order` has a book's lane seen to: returns what was done in one sentence, raises GatewayMisuse.
    """
    app = web.Application(client_max_size=MAX_BODY)
    door = _Door(store, version, order, monotonic or asyncio.get_running_loop().time, rates or Rates())
    for what, answer in door.answers.items():
        app.router.add_post(f"/v{VERSION}/tills/{{till}}/{what}", door.guarded(answer))
    app.router.add_post(f"/v{VERSION}/enrol", door.enrol)
    app.router.add_get("/healthz", door.health)
    app.on_response_prepare.append(_unnamed)
    return app


async def _unnamed(_: web.Request, response: web.StreamResponse) -> None:
    """aiohttp would tell its own and Python's version."""
    response.headers["Server"] = "firmware-bridge"


Answer = Callable[[web.Request, str, bytes], Awaitable[bytes]]


class _Door:
    """What stands behind the routes."""

    def __init__(
        self, store: GatewayStore, version: str, order: Order, monotonic: Callable[[], float], rates: Rates
    ) -> None:
        self._store = store
        self._version = version
        self._order = order
        self._now = monotonic
        self._rates = rates
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()
        self._strangers = Bucket(*rates.strangers, monotonic())
        self.answers: dict[str, Answer] = {
            "open": self._open, "watermark": self._watermark, "append": self._append, "down": self._down,
            "order": self._ordered,
        }  # fmt: skip

    def guarded(self, answer: Answer) -> Callable[[web.Request], Awaitable[web.Response]]:
        """The handler of a till's question: who asks, how often, how much; every end is an answer."""

        async def handler(request: web.Request) -> web.Response:
            try:
                till = await self._till(request)
                return _answer(request, await answer(request, till, await _body(request)))
            except Exception as error:  # noqa: BLE001 - a fault of ours must still tell the till what it knows
                return _no(request, error)

        return handler

    async def _till(self, request: web.Request) -> str:
        till = request.match_info["till"]
        given = request.headers.getall("Authorization", [])
        scheme, _, token = given[0].partition(" ") if len(given) == 1 else ("", "", "")
        usable = is_till(till) and scheme.lower() == "bearer" and 0 < len(token) <= MOST_TOKEN and token.isascii()
        if not usable or not await self._store.beside(self._store.tills.knows, till, token):
            self._stranger("Too many unknown tokens: nothing was done, try again later.")
            raise _Problem("unknown-token", f"This is not the token of till {till[:64]!r}: nothing was done, enrol it.")
        bucket = self._buckets.setdefault(till, Bucket(*self._rates.till, self._now()))
        self._buckets.move_to_end(till)
        while len(self._buckets) > _MOST_BUCKETS:
            self._buckets.popitem(last=False)
        if not bucket.take(self._now()):
            raise _Problem("too-many", f"Till {till} asks too often: nothing was done, ask again later.")
        return till

    def _stranger(self, text: str) -> None:
        if not self._strangers.take(self._now()):
            raise _Problem("too-many", text)

    # --- what tills ask ---------------------------------------------------------------------------------------------

    async def _open(self, request: web.Request, till: str, body: bytes) -> bytes:
        try:
            journal, begin, release = read_opening(body)
        except NoAnswer as error:
            raise _Problem("bad-request", f"The link was not opened: {error}.") from error
        await self._store.open(till, journal, begin)
        log.info("till %s (release %.40s) has opened its link", till, release, extra=about("link-up", till=till))
        return await self._watermark(request, till, b"")

    async def _watermark(self, _: web.Request, till: str, __: bytes) -> bytes:
        return pack_head(await self._store.watermark(till))

    async def _append(self, request: web.Request, till: str, body: bytes) -> bytes:
        return pack_head(await self._store.append(till, body, _number(request, "expected")))

    async def _down(self, request: web.Request, till: str, _: bytes) -> bytes:
        news = _number(request, "news") if "news" in request.query else None
        wait = max(0, min(_number(request, "wait", 0), MAX_WAIT_S))
        return pack_down(await self._store.down(till, _number(request, "after"), news, wait))

    async def _ordered(self, _: web.Request, till: str, body: bytes) -> bytes:
        try:
            return pack_said(await self._order(till, decode(body)))
        except UnknownCommand as error:
            raise _Problem("bad-request", f"Nothing was done: {error}.") from error
        except GatewayMisuse as error:
            raise _Problem("refused", str(error)) from error

    # --- without a token --------------------------------------------------------------------------------------------

    async def enrol(self, request: web.Request) -> web.Response:
        """A code and the SHA-256 of the till's new token, a line each; answered with the till's name."""
        try:
            self._stranger("Too many codes were tried: nothing was done, try again later.")
            code, digest = _code(await _body(request))
            till = await self._store.beside(self._store.tills.enrol, code, digest)
            log.warning("till %s was enrolled", till, extra=about("enrolled", till=till))
            return _answer(request, pack_said(till))
        except Exception as error:  # noqa: BLE001 - see guarded
            return _no(request, error)

    async def health(self, _: web.Request) -> web.Response:
        """Alive, and which release."""
        return web.json_response({"alive": True, "version": self._version}, headers={"Cache-Control": "no-store"})


def _code(body: bytes) -> tuple[str, bytes]:
    try:
        code, digest = body.decode("ascii").split("\n")
        found = bytes.fromhex(digest)
    except ValueError as error:
        raise _Problem("bad-request", "A code and a SHA-256 are needed: nothing was done.") from error
    if len(found) != 32 or len(code) > 128:
        raise _Problem("bad-request", "A code and a SHA-256 are needed: nothing was done.")
    return code, found


def _number(request: web.Request, name: str, otherwise: int | None = None) -> int:
    text = request.query.get(name, "")
    digits = text.removeprefix("-")
    if not text and otherwise is not None:
        return otherwise
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 19):
        raise _Problem("bad-request", f"{name} is no number: nothing was done.")
    return int(text)


async def _body(request: web.Request) -> bytes:
    try:
        async with asyncio.timeout(BODY_S):
            return await request.read()
    except web.HTTPRequestEntityTooLarge as error:
        raise _Problem("too-large", f"The body is larger than {MAX_BODY} bytes: nothing was done.") from error
    except TimeoutError as error:
        raise _Problem("bad-request", "The body did not arrive in time: nothing was done.") from error


def _headers(request: web.Request) -> dict[str, str]:
    echo = request.headers.get(ECHO, "")
    usable = len(echo) <= MOST_ECHO and echo.isascii() and echo.isprintable()
    return {ECHO: echo if usable else "", "Cache-Control": "no-store"}


def _answer(request: web.Request, body: bytes) -> web.Response:
    return web.Response(body=body, headers={**_headers(request), "Content-Type": CONTENT})


_SLUGS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (OutOfStep, "out-of-step"),
    (LinkForeign, "foreign"),
    (LinkMisuse, "misuse"),
    (WireError, "wire"),
    (CodeRefused, "code-refused"),
    (LinkDoubtful, "doubtful"),
    (LinkError, "down"),
    (JournalError, "down"),
)


def _no(request: web.Request, error: Exception) -> web.Response:
    """The answer that an error is. What is not foreseen may have happened after a commit: it is doubtful."""
    mark = error.watermark if isinstance(error, OutOfStep) else None
    if isinstance(error, _Problem):
        slug = error.slug
    else:
        slug = next((slug for kind, slug in _SLUGS if isinstance(error, kind)), "")
    text = str(error)
    if not slug:
        log.error("a till's question failed", exc_info=error, extra=about("program-error"))
        slug, text = "doubtful", "The gateway failed in this request; ask for the watermark."
    status, body = problem(slug, text, mark)
    response = web.Response(status=status, body=body, headers={**_headers(request), "Content-Type": PROBLEM_CONTENT})
    if slug == "too-many":
        response.headers["Retry-After"] = "5"
    if slug in ("too-large", "bad-request"):
        response.force_close()
    return response
