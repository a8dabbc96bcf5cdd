"""Beside a sale's way: the status page's own handlers: its files, and signing in. What it shows, the API tells it.

The files are public and the same on every till but for the default language; data never is.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

from aiohttp import web
from aiohttp.typedefs import Handler
from msgspec import Meta, json

from firmware_bridge.api.day_routes import json_response
from firmware_bridge.api.people import People
from firmware_bridge.api.problems import Problem, ProblemError
from firmware_bridge.api.requests import CALLER, asked, parse_json
from firmware_bridge.api.schema import CommandBody, PlainBody, Text64, Text256
from firmware_bridge.api.table import ROUTES
from firmware_bridge.config import Config
from firmware_bridge.console.pins import Pins, SlowDown, pins_file
from firmware_bridge.currencies import EXPONENTS
from firmware_bridge.errors import UserError
from firmware_bridge.log_kinds import about
from firmware_bridge.logs import Sparse
from firmware_bridge.page.sessions import Patience, Sessions
from firmware_bridge.validation import InvalidError, convert
from firmware_bridge.words.table import LANGUAGES, part
from statemachines.vocabulary.receipt import Person

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
_log = logging.getLogger(__name__)
_FOLDER: Final = Path(__file__).parent
_START: Final = "page.html"
_TYPES: Final = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}

Holder = Callable[[str], Person | None]
"""Whose token is this?"""


MOST_WAITING: Final = 4
"""PINs at once: one is compared, and so many wait for their turn; it takes a small Pi a third of a second each."""


class SignInBody(CommandBody, frozen=True, kw_only=True):
    """POST /v1/session: the name of a client and that person's PIN, or a token of [[api.clients]].

    It binds no id: every time is a session of its own.
    """

    name: Text64 = ""
    pin: Annotated[Text64, Meta(examples=["271828"])] = ""
    token: Text256 = ""

    def __post_init__(self) -> None:
        if (bool(self.name), bool(self.pin), bool(self.token)) not in ((True, True, False), (False, False, True)):
            raise ValueError("must have either name and pin, or token")


@dataclass(frozen=True, slots=True)
class Page:
    """One file as it is sent."""

    body: bytes
    kind: str

    @property
    def tag(self) -> str:
        """Its ETag."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:24]}"'


@functools.cache
def files() -> Mapping[str, Page]:
    """The page's files by their names in the URL, read and drawn once, when somebody looks at the page first."""
    from firmware_bridge.page.diagrams import diagrams  # noqa: PLC0415 - a till that nobody looks at needs no pictures

    found = {
        path.name: Page(path.read_bytes(), _TYPES[path.suffix]) for path in _FOLDER.iterdir() if path.suffix in _TYPES
    }
    found |= {f"{name}.svg": Page(text.encode(), _TYPES[".svg"]) for name, text in diagrams().items()}
    words = {name: json.encode(part("page", name)) for name in LANGUAGES}
    return found | {f"{name}.json": Page(body, _TYPES[".json"]) for name, body in words.items()}


class PageRoutes:
    """Handlers by the names of api.table. `holder`: who has a token; `sessions`: those that the guard looks into.

    `people`: where it is written down who signs in and out.
    """

    def __init__(
        self,
        config: Config,
        version: str,
        sessions: Sessions,
        patience: Patience,
        people: People,
        holder: Holder = lambda _: None,
    ) -> None:
        self._config = config
        self._version = version
        self._sessions = sessions
        self._patience = patience
        self._holder = holder
        self.people = people
        self._pins = Pins(pins_file(config), lambda: time.time_ns() // 1_000_000)
        self._clients = {client.name: Person(client.name, client.name, client.role) for client in config.api.clients}
        self._sparse = Sparse(time.monotonic)
        self._one = asyncio.Semaphore(1)
        self._waiting = 0
        self.handlers: dict[str, Handler] = {
            "root": self._root,
            "page_file": self._file,
            "sign_in": self._sign_in,
            "session": self._session,
            "sign_out": self._sign_out,
        }

    @functools.cached_property
    def _page(self) -> Page:
        """The page itself, which begins in the till's language."""
        language = self._config.till.language if self._config.till.language in LANGUAGES else LANGUAGES[0]
        body = files()[_START].body.replace(b'lang="en"', f'lang="{language}"'.encode(), 1)
        return Page(body, _TYPES[".html"])

    async def _root(self, request: web.Request) -> web.StreamResponse:
        return _sent(request, self._page)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        found = None if name == _START else files().get(name)
        if found is None:
            raise ProblemError(Problem("not-found", "The status page has no such file"))
        return _sent(request, found)

    async def _sign_in(self, request: web.Request) -> web.StreamResponse:
        try:
            body = convert(parse_json(await request.read()), SignInBody)
        except InvalidError as error:
            text = f"{error.faults[0].sentence()}: nobody was signed in"
            raise ProblemError(Problem("invalid", text, errors=error.faults)) from error
        person = await (self._by_token(body.token) if body.token else self._by_pin(body.name, body.pin))
        await self.people.signed_in(person, "token" if body.token else "pin")
        begun = self._sessions.begin(person)
        await self._put_out()
        response = json_response({**self._view(person), "key": begun.key}, 201)
        response.set_cookie(self._sessions.cookie_name, begun.cookie, httponly=True, samesite="Strict", path="/")
        return response

    async def _by_token(self, token: str) -> Person:
        if (wait := self._patience.wait()) > 0:
            await self.people.slowed("", "token")
            raise _slow_down("Too many wrong tokens", int(wait) + 1)
        person = self._holder(token)
        if person is None:
            self._patience.wrong()
            await self.people.refused("", "token")
            raise ProblemError(Problem("token-needed", "This token is not known here: nobody was signed in"))
        self._patience.right()
        return person

    async def _by_pin(self, name: str, pin: str) -> Person:
        """The same work, and the same answer, for a wrong PIN and for a name that nobody has."""
        if self._waiting > MOST_WAITING:
            text = "Too many sign in at once: nobody was signed in, wait and try again"
            raise ProblemError(Problem("too-much", text, headers={"Retry-After": "1"}))
        self._waiting += 1
        try:
            async with self._one:  # in a thread, one at a time: who guesses makes no sale wait
                good = await asyncio.to_thread(self._pins.check, name, pin, "page")
        except SlowDown as error:
            await self.people.slowed(name, "pin")
            raise _slow_down("Too many wrong tries", error.seconds) from error
        except (UserError, OSError) as error:
            if self._sparse.allow("pins") is not None:
                _log.warning("PINs cannot be compared: %s", error, extra=about("sign-in"))
            text = "PINs cannot be compared now: nobody was signed in; sign in with a token, and look at the till's log"
            raise ProblemError(Problem("no-pins", text)) from error
        finally:
            self._waiting -= 1
        person = self._clients.get(name)
        if not good or person is None:
            await self.people.refused(name, "pin")
            raise ProblemError(Problem("wrong-pin", "Name or PIN is wrong: nobody was signed in"))
        return person

    async def _put_out(self) -> None:
        """Whose session ran out is signed out, which nobody saw happen."""
        for person in self._sessions.run_out():
            await self.people.signed_out(person)

    async def _session(self, request: web.Request) -> web.StreamResponse:
        return json_response(self._view(request[CALLER]))

    async def _sign_out(self, request: web.Request) -> web.StreamResponse:
        await asked(request, PlainBody)
        person = self._sessions.end(request.headers.getall("Cookie", []))
        if person is not None:
            await self.people.signed_out(person)
        await self._put_out()
        response = json_response({"status": "signed_out"})
        response.del_cookie(self._sessions.cookie_name, path="/", httponly=True, samesite="Strict")
        return response

    def _view(self, person: Person) -> dict[str, Any]:
        till = self._config.till
        return {
            "name": person.name,
            "role": person.role,
            "may": sorted(route.name for route in ROUTES if route.roles is not None and person.role in route.roles),
            "till": till.id,
            "version": self._version,
            "currency": till.currency,
            "exponent": EXPONENTS[till.currency],
            "zone": till.zone,
        }


def _slow_down(why: str, seconds: int) -> ProblemError:
    text = f"{why}: nobody was signed in, wait {seconds} s and try again"
    return ProblemError(Problem("too-many-tries", text, headers={"Retry-After": str(seconds)}))


def _sent(request: web.Request, page: Page) -> web.Response:
    headers = {**HEADERS, "ETag": page.tag}
    if page.tag in request.headers.getall("If-None-Match", []):
        return web.Response(status=304, headers=headers)
    return web.Response(body=page.body, content_type=page.kind, charset="utf-8", headers=headers)
