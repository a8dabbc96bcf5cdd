"""Beside a sale's way: the status page's own handlers: its files, and signing in. What it shows, the API tells it.

The files are public and the same on every till but for the default language; data never is.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from aiohttp.typedefs import Handler

from firmware_bridge.api.day_routes import json_response
from firmware_bridge.api.problems import Problem, ProblemError
from firmware_bridge.api.requests import CALLER, asked, parse_json
from firmware_bridge.api.schema import CommandBody, Needed256, PlainBody
from firmware_bridge.api.table import ROUTES
from firmware_bridge.config import Config
from firmware_bridge.currencies import EXPONENTS
from firmware_bridge.page.sessions import Patience, Sessions
from firmware_bridge.validation import InvalidError, convert
from statemachines.vocabulary.receipt import Person

LANGUAGES: Final = ("en", "uk", "ru", "az", "be")
"""Of the page's words; the first one is where a till's own language is none of them."""
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
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


class SignInBody(CommandBody, frozen=True, kw_only=True):
    """POST /v1/session: a token of [[api.clients]]. It binds no id: every time is a session of its own."""

    token: Needed256


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
    return found | {f"{name}.svg": Page(text.encode(), _TYPES[".svg"]) for name, text in diagrams().items()}


class PageRoutes:
    """Handlers by the names of api.table. `holder`: who has a token; `sessions`: those that the guard looks into."""

    def __init__(
        self, config: Config, version: str, sessions: Sessions, patience: Patience, holder: Holder = lambda _: None
    ) -> None:
        self._config = config
        self._version = version
        self._sessions = sessions
        self._patience = patience
        self._holder = holder
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
        if (wait := self._patience.wait()) > 0:
            text = "Too many wrong tokens: nobody was signed in, wait and try again"
            raise ProblemError(Problem("too-many", text, headers={"Retry-After": str(int(wait) + 1)}))
        person = self._holder(body.token)
        if person is None:
            self._patience.wrong()
            raise ProblemError(Problem("token-needed", "This token is not known here: nobody was signed in"))
        self._patience.right()
        begun = self._sessions.begin(person)
        response = json_response({**self._view(person), "key": begun.key}, 201)
        response.set_cookie(self._sessions.cookie_name, begun.cookie, httponly=True, samesite="Strict", path="/")
        return response

    async def _session(self, request: web.Request) -> web.StreamResponse:
        return json_response(self._view(request[CALLER]))

    async def _sign_out(self, request: web.Request) -> web.StreamResponse:
        await asked(request, PlainBody)
        self._sessions.end(request.headers.getall("Cookie", []))
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


def _sent(request: web.Request, page: Page) -> web.Response:
    headers = {**HEADERS, "ETag": page.tag}
    if page.tag in request.headers.getall("If-None-Match", []):
        return web.Response(status=304, headers=headers)
    return web.Response(body=page.body, content_type=page.kind, charset="utf-8", headers=headers)
