"""NewStore's adapter before the vendor's sandbox, in virtual time and without a socket.

The line can be cut at any request: before it is sent, on its way, or after it was carried out. `Lane` is the smallest
sender there can be: it plans, sends, judges and asks, and keeps what was learned.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeVar, cast

from drivers.errors import NotSent, Unanswered
from firmware_bridge.gateway.book import Asks, Blocked, Call, Look, LookVerdict, Plan, Skip, Verdict
from firmware_bridge.journal.records import Record
from firmware_bridge.vendors.http import Request, Response
from firmware_bridge.vendors.newstore.book import NewStoreBook
from firmware_bridge.vendors.newstore.calls import Calls
from firmware_bridge.vendors.newstore.client import NewStoreClient
from firmware_bridge.vendors.newstore.facts import Known, SetUp
from firmware_bridge.vendors.newstore.service import NewStoreService
from firmware_bridge.vendors.newstore.terms import Terms
from firmware_bridge.vendors.newstore.tokens import ApiClient, Tokens
from firmware_bridge.vendors.newstore.urls import URLS, urls
from statemachines.vocabulary.events import Event, Occurred
from tests.firmware_bridge.vendors.newstore.sandbox_till import Till

START_MS: Final = 1_772_442_000_000  # 2026-03-02T09:00:00Z, where the sandbox's clock begins
DAY: Final = "day-1"
DRAWER: Final = "main"
THEIRS: Final = "drawer-1"
Cut = Literal["", "before", "on its way", "after"]
_T = TypeVar("_T")


def run(work: Awaitable[_T]) -> _T:
    return asyncio.run(cast("Coroutine[Any, Any, _T]", work))


def record(event: Event, seq: int = 1, at: int = START_MS) -> Record:
    return Record(seq, at, "", type(event).__name__, Occurred(at, 0, event), bytes(32))


def answer(status: int, body: object = None, **headers: str) -> Response:
    """`body`: bytes as they are, anything else as JSON."""
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    return Response(status, headers, raw)


def refusal(status: int, code: str = "conflict", message: str = "No.") -> Response:
    return answer(status, {"error_code": code, "message": message, "request_id": "r-1"})


@dataclass
class Line:
    """A transport to the sandbox. `cuts`: what happens to the n-th request from now on, `scripted` answers itself."""

    till: Till
    monotonic: Callable[[], float]
    cuts: list[Cut] = field(default_factory=list)
    sent: list[Request] = field(default_factory=list)
    idle: float | None = None
    closed: int = 0
    scripted: Callable[[Request], Response | None] = lambda _: None

    def idle_s(self) -> float | None:
        return None if self.idle is None else self.monotonic() - self.idle

    async def close(self) -> None:
        self.closed += 1

    async def exchange(self, request: Request) -> Response:
        await asyncio.sleep(0)
        cut = self.cuts.pop(0) if self.cuts else ""
        if cut == "before":
            raise NotSent("the vendor could not be reached (cut)", port="virtual", role="NewStore")
        self.sent.append(request)
        response = None if cut == "on its way" else self.scripted(request) or self._carry_out(request)
        if response is None or cut == "after":
            self.idle = None
            raise Unanswered("the vendor did not answer (cut)", port="virtual", role="NewStore")
        self.idle = self.monotonic()
        return response

    def _carry_out(self, request: Request) -> Response | None:
        reply = self.till.service.handle(
            request.method, request.path, dict(request.query), request.headers, request.body
        )
        if reply.dropped:
            return None
        return Response(reply.status, {name.lower(): value for name, value in reply.headers.items()}, reply.body)

    @property
    def calls(self) -> list[str]:
        return [f"{one.method} {one.path}" for one in self.sent]


def terms(**settings: Any) -> Terms:
    """A till with two drawers that are called otherwise at NewStore, in dollars."""
    calls = Calls(urls(), "s-1", "USD", 2)
    return Terms(calls, **{"drawers": {DRAWER: THEIRS, "bar": "drawer-2"}, **settings})


class World:
    """A till's book, its service, two lines (calls, tokens) and the vendor. `secret`: what the till believes it is."""

    def __init__(self, *, secret: str = "", changed: Mapping[str, str] | None = None, **options: Any) -> None:
        self.till = Till(signed_in=False, urls=dict(changed or {}), **options)
        begun = self.till.clock.now()
        self.line = Line(self.till, self.monotonic)
        self.token_line = Line(self.till, self.monotonic)
        self._begun = begun
        self.calls = Calls(urls(changed), "s-1", "USD", 2)
        service = self.till.service
        self.known_client = ApiClient(service.client_id, secret or service.client_secret)
        self.tokens = Tokens(self.token_line, service.token_path, self.known_client, self.monotonic, "till/1")
        self.client = NewStoreClient(self.line, self.tokens, self, "till/1")
        self.known = Known()
        self.drawers = {DRAWER: THEIRS}
        self.service = self.new_service()
        self.book = NewStoreBook(Terms(self.calls, self.drawers), self.known)

    def new_service(self, **wrong: Any) -> NewStoreService:
        set_up = SetUp(**{"store_id": "s-1", "currency": "USD", "drawers": self.drawers, **wrong})
        return NewStoreService(self.client, self.calls, set_up, self.known)

    def monotonic(self) -> float:
        return (self.till.clock.now() - self._begun).total_seconds()

    def utc_ms(self) -> int:
        return round(self.till.clock.now().timestamp() * 1000)

    def exchange(self, request: Request) -> Response:
        return run(self.service.exchange(request))

    def ready(self) -> World:
        """As after a first request: signed in, the tenant's settings read."""
        assert self.exchange(self.calls.get_drawer(THEIRS)).status == 200
        self.line.sent.clear()
        self.token_line.sent.clear()
        return self

    @property
    def operations(self) -> list[str]:
        """What was asked of the vendor, by the names of the table; the lines' own questions too."""
        names = {tuple(url.split(" ")): name for name, url in URLS.items()}
        return [names.get((one.method, _template(one.path)), one.path) for one in self.line.sent]


def _template(path: str) -> str:
    """A path with its variable parts named again."""
    after = {"cash_drawers": "{drawer_id}", "transactions": "{transaction_id}", "stores": "{store_id}"}
    after |= {"counts": "{count_id}"}
    parts = path.split("/")
    for at in range(1, len(parts)):
        if parts[at - 1] in after and not (parts[at - 1] == "transactions" and parts[at - 2] == "reports"):
            parts[at] = after[parts[at - 1]]
        elif parts[at - 1] == "{count_id}":
            parts[at] = "{action}"
    return "/".join(parts)


class Lane:
    """Takes records one by one; whatever is not delivered or skipped is handed back."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.refs: dict[str, str] = {}
        self._seq = 0

    def take(self, event: Event, at: int | None = None) -> Verdict | LookVerdict | Skip | Blocked:
        self._seq += 1
        made = record(event, self._seq, self.world.utc_ms() if at is None else at)
        return run(self._take(made))

    async def _take(self, made: Record) -> Verdict | LookVerdict | Skip | Blocked:
        try:
            planned = self.plan(made)
            return planned if not isinstance(planned, Call) else await self._send(planned)
        except NotSent:
            planned = self.plan(made)
            assert isinstance(planned, Call)
            return await self._send(planned)

    def plan(self, made: Record) -> Plan:
        planned = self.world.book.plan(made, self.refs)
        if isinstance(planned, Blocked) and planned.otherwise is not None:
            return planned.otherwise
        return planned

    async def _send(self, call: Call) -> Verdict | LookVerdict:
        response = await self.world.service.exchange(call.request)
        verdict = self.world.book.judge(call, response)
        if isinstance(verdict, Asks):
            return await self.ask(call, verdict.look)
        self.refs.update(getattr(verdict, "refs", {}))
        return verdict

    async def ask(self, call: Call, look: Look) -> LookVerdict:
        return self.world.book.judge_look(call, look, await self.world.service.exchange(look.request))


# --- requests -------------------------------------------------------------------------------------------------------

CUTS: Final[tuple[Cut, ...]] = ("before", "on its way", "after")
SETTINGS: Final = ["get_config", "list_drawers", "list_types"]
"""What is asked before the first request."""


def drawer(world: World) -> Request:
    return world.calls.get_drawer(THEIRS)


def activate(world: World) -> Request:
    return world.calls.activate(THEIRS, 20000)
