"""On a sale's way: the one door. Every request passes all checks here before routing counts and the body is read.

Order: connection count (api.server) · Host · target · Origin · Sec-Fetch-Site · bearer token or session · path and
method · role · Approved-By · Content-Type · body size and time · Idempotency-Key · handler. On the unix socket the
kernel vouches for the peer instead of Host, Origin and token.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NoReturn

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from firmware_bridge.api.peers import PeerRoles, PeerSocket
from firmware_bridge.api.problems import Problem, ProblemError, ProblemOutcome
from firmware_bridge.api.requests import APPROVER, CALLER, check_key
from firmware_bridge.api.table import BY_NAME
from firmware_bridge.config import Api, Client
from firmware_bridge.config_check import MAX_TOKEN
from firmware_bridge.log_kinds import about
from firmware_bridge.logs import Sparse
from firmware_bridge.page.sessions import KEY_HEADER, Sessions
from statemachines.vocabulary.receipt import Person

BODY_LIMIT = 64 * 1024
"""Bytes of a request's body."""
LISTED_ORIGIN = web.RequestKey("listed_origin", str)

_log = logging.getLogger(__name__)
_METHODS = "GET, POST, PUT"
_HEADERS = "Approved-By, Authorization, Content-Type, Idempotency-Key, Last-Event-ID, Prefer"
_SECURITY = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}


@dataclass(frozen=True, slots=True)
class Door:
    """What the guard compares with: exact Host values, exact further origins, tokens' digests, local peers."""

    hosts: frozenset[str]
    origins: frozenset[str]
    clients: tuple[tuple[Client, bytes], ...]
    peers: PeerRoles

    @classmethod
    def of(cls, api: Api, port: int, clients: Iterable[tuple[Client, bytes]]) -> Door:
        """`port`: the one that is really listened on."""
        own = {f"127.0.0.1:{port}", f"localhost:{port}", f"[::1]:{port}"}
        return cls(
            frozenset({*own, *api.allowed_hosts}),
            frozenset(api.allowed_origins),
            tuple(clients),
            PeerRoles.of(api.unix),
        )

    def holder(self, token: str) -> Person | None:
        """Whose token it is; None for an unknown one."""
        usable = 0 < len(token) <= MAX_TOKEN
        digest = hashlib.sha256((token if usable else "").encode("utf-8", "surrogateescape")).digest()
        found: Client | None = None
        for client, known in self.clients:  # all of them, so that the time tells nothing
            if hmac.compare_digest(known, digest):
                found = client
        return None if found is None or not usable else Person(found.name, found.name, found.role)


class Guard:
    """The middleware and the response headers. `body_seconds`: how long a body may take; `sessions`: who has signed in
    at the status page, None = nobody can."""

    def __init__(
        self, door: Door, sparse: Sparse, body_seconds: float = 10.0, sessions: Sessions | None = None
    ) -> None:
        self._door = door
        self._sessions = sessions
        self._sparse = sparse
        self._body_seconds = body_seconds

    def middleware(self) -> Middleware:
        """Return the aiohttp middleware: checks, then the handler; every end is a response."""

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            if refused := self._knock(request):
                return refused
            await self._body(request)
            return await handler(request)

        return guard

    def _knock(self, request: web.Request) -> web.Response | None:
        """Check everything that the head of the request tells. Raises ProblemError; a pre-flight is answered."""
        peer = _unix_peer(request)
        if peer is not None:
            person = self._door.peers.person(peer)
            if person is None:
                self._refuse("role-refused", "this local user has no role in [api.unix]")
        else:
            self._host(request)
            self._origin(request)
            if request.method == "OPTIONS" and LISTED_ORIGIN in request:
                headers = {"Access-Control-Allow-Methods": _METHODS, "Access-Control-Allow-Headers": _HEADERS}
                return web.Response(status=204, headers={**headers, "Access-Control-Max-Age": "600"})
            person = None
        self._role(request, person)
        return None

    def _host(self, request: web.Request) -> None:
        hosts = request.headers.getall("Host", [])
        if len(hosts) != 1 or hosts[0] not in self._door.hosts:
            self._refuse("misdirected", "the Host header is not one of this till's")
        if not request.raw_path.startswith("/"):
            self._refuse("misdirected", "the request's target must be a path without a host")

    def _origin(self, request: web.Request) -> None:
        origins = request.headers.getall("Origin", [])
        sites = request.headers.getall("Sec-Fetch-Site", [])
        if len(origins) > 1 or len(sites) > 1:
            self._refuse("origin-refused", "Origin or Sec-Fetch-Site stands more than once")
        if origins and origins[0] in self._door.origins:
            request[LISTED_ORIGIN] = origins[0]
            return
        # the Host is known to be ours, so a page's origin is ours exactly when it came from there
        if origins and origins[0] != f"http://{request.headers['Host']}":
            self._refuse("origin-refused", "this web page's origin is not in api.allowed_origins")
        if sites and sites[0] not in ("same-origin", "none"):
            self._refuse("origin-refused", "another web page sent this request (Sec-Fetch-Site)")

    def _role(self, request: web.Request, person: Person | None) -> None:
        route = BY_NAME.get(request.match_info.route.name or "")
        if route is not None and route.roles is None:
            return
        caller = person or self._token(request)
        error = request.match_info.http_exception
        if isinstance(error, web.HTTPMethodNotAllowed):
            allowed = ", ".join(sorted(error.allowed_methods))
            raise ProblemError(
                Problem("method-not-allowed", f"Only {allowed} is possible here", headers={"Allow": allowed})
            )
        if route is None or route.roles is None or error is not None:
            raise ProblemError(Problem("not-found", "There is nothing at this path"))
        if caller.role not in route.roles:
            allowed = ", ".join(sorted(route.roles))
            self._refuse("role-refused", f"the role {caller.role} may not do this; allowed are: {allowed}")
        request[CALLER] = caller
        self._approval(request)

    def _approval(self, request: web.Request) -> None:
        """A cashier's request may bring a manager's own token: `Approved-By: Bearer TOKEN`."""
        if "Approved-By" not in request.headers:
            return
        manager = self._bearer(request.headers.getall("Approved-By"))
        if manager is None or manager.role != "manager":
            self._refuse("approval-refused", "Approved-By needs exactly one Bearer TOKEN that a manager has")
        request[APPROVER] = manager

    def _token(self, request: web.Request) -> Person:
        given = request.headers.getall("Authorization", [])
        person = self._bearer(given) if given else self._session(request)
        if person is None:
            self._refuse("token-needed", "send exactly one header Authorization: Bearer TOKEN with a known token")
        return person

    def _bearer(self, given: list[str]) -> Person | None:
        """Whose token it is; None for none, an unknown one, or several headers."""
        scheme, _, token = given[0].partition(" ") if len(given) == 1 else ("", "", "")
        return self._door.holder(token if scheme.lower() == "bearer" else "")

    def _session(self, request: web.Request) -> Person | None:
        """Who has signed in at the status page: from that page alone, and no change without its origin."""
        own = f"http://{request.headers['Host']}"
        changes = request.method not in ("GET", "HEAD")
        origins = request.headers.getall("Origin", [] if changes else [own])
        if self._sessions is None or origins != [own]:
            return None
        return self._sessions.person(request.headers.getall("Cookie", []), request.headers.getall(KEY_HEADER, []))

    def _refuse(self, slug: str, text: str) -> NoReturn:
        held = self._sparse.allow(slug)
        if held is not None:
            more = f" ({held} more like it in the last minute)" if held else ""
            _log.warning("API request refused: %s%s", text, more, extra=about("api-refused", outcome=slug))
        raise ProblemError(Problem(slug, f"{text[0].upper()}{text[1:]}: nothing happened"))

    async def _body(self, request: web.Request) -> None:
        if request.method not in ("POST", "PUT", "PATCH", "DELETE"):
            return
        types = request.headers.getall("Content-Type", [])
        if len(types) != 1 or request.content_type != "application/json" or (request.charset or "utf-8") != "utf-8":
            self._refuse("json-needed", "the header Content-Type: application/json (UTF-8) is needed")
        if request.headers.get("Content-Encoding", "identity") != "identity":
            self._refuse("json-needed", "a compressed body is not accepted")
        if (request.content_length or 0) > BODY_LIMIT:
            self._refuse("too-large", f"the body is larger than {BODY_LIMIT} bytes")
        try:
            async with asyncio.timeout(self._body_seconds):
                await request.read()  # kept by aiohttp: the handler's own read() returns the same bytes
        except web.HTTPRequestEntityTooLarge:
            self._refuse("too-large", f"the body is larger than {BODY_LIMIT} bytes")
        except TimeoutError:
            self._refuse("too-slow", f"the body did not arrive within {self._body_seconds:g} seconds")
        except web.RequestPayloadError:
            self._refuse("bad-request", "the body's framing is broken")
        check_key(request)


def answer_errors(sparse: Sparse) -> Middleware:
    """Return the outermost middleware: whatever is raised below becomes a problem document."""

    @web.middleware
    async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except ProblemError as error:
            response = error.problem.response()
            if error.problem.slug in ("too-large", "too-slow", "bad-request", "misdirected"):
                response.force_close()
            return response
        except web.HTTPNotFound:
            return Problem("not-found", "There is nothing at this path").response()
        except (web.HTTPException, ConnectionError):
            raise
        except Exception as error:  # noqa: BLE001 - a fault of ours must still tell the caller what to do
            if (held := sparse.allow("internal")) is not None:
                _log.error(
                    "API request failed (%d more before): %r", held, error, exc_info=error, extra=about("api-failed")
                )
            text = "The till failed in this request: it may have been carried out; send it again with the same id"
            outcome: ProblemOutcome = "none" if request.method == "GET" else "doubtful"
            return Problem("internal", text, outcome).response()

    return errors


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Signal `on_response_prepare`: the security headers, and CORS for listed origins only."""
    secure(response)
    if LISTED_ORIGIN in request:
        response.headers["Access-Control-Allow-Origin"] = request[LISTED_ORIGIN]
        response.headers["Access-Control-Expose-Headers"] = "Location, Preference-Applied"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"


def secure(response: web.StreamResponse) -> None:
    """Give an answer the headers that every answer has. Harmless twice."""
    for name, value in _SECURITY.items():
        response.headers.setdefault(name, value)
    response.headers["Server"] = "firmware-bridge"  # aiohttp would tell its own and Python's version
    response.headers.setdefault("Vary", "Origin")


def _unix_peer(request: web.Request) -> PeerSocket | None:
    """Return the connection's socket when it is a unix socket."""
    peer = request.transport.get_extra_info("socket") if request.transport else None
    return peer if peer is not None and peer.family == socket.AF_UNIX else None
