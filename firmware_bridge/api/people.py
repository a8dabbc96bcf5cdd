"""Beside a sale's way: what people did at the console and at the status page becomes records of the till's journal.

The till is the only one that writes its journal: the console tells it here what happened at its lines, each act under
an id of its own, so that an act that is told again stands there once, for ever. How much is taken is bounded: neither
somebody who guesses PINs nor somebody with a stolen token fills the card with records.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Final, Literal

from aiohttp import web
from aiohttp.typedefs import Handler
from msgspec import Meta

from firmware_bridge.api.backend import Answer, Backend
from firmware_bridge.api.day_routes import json_response
from firmware_bridge.api.problems import Problem, ProblemError, clean, of_refusal
from firmware_bridge.api.requests import CALLER, digest, parse_json, wait_of
from firmware_bridge.api.schema import Body, CommandBody, Text32, Text64, Text256
from firmware_bridge.config import Config
from firmware_bridge.journal.errors import JournalError
from firmware_bridge.log_kinds import about
from firmware_bridge.validation import InvalidError, convert
from statemachines.vocabulary.commands import NoteAct, Refusal
from statemachines.vocabulary.people_events import (
    Act,
    CommandDone,
    Means,
    SignedIn,
    SignedOut,
    SignInRefused,
    SignInSlowed,
)
from statemachines.vocabulary.receipt import Person

MOST_ACTS: Final = 50
"""Acts in one request of the console."""
BURST, ONE_PER_S = 500, 10.0
"""How many acts are taken at once from the console, and again from the page, and every how many seconds one more."""
TILL: Final = "till"
"""Who tells what was done at the page."""

_PAGE_WAIT_S = 5.0
_log = logging.getLogger(__name__)
_EXAMPLE: Final = [
    {
        "id": "act-8f14e45fceea167a5a36dedd4bea2543",
        "what": "SignedIn",
        "at": "2026-11-21T08:55:12.250Z",
        "person": "olena",
        "channel": "serial",
        "means": "pin",
    },
    {
        "id": "act-45c48cce2e2d7fbdea1afc51c7c6ad26",
        "what": "CommandDone",
        "at": "2026-11-21T08:56:40.010Z",
        "person": "olena",
        "channel": "serial",
        "command": "drawer open main",
        "result": "done",
    },
]
ActId = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9:_-]{7,63}\Z", description="an id that is used once")]
Moment = Annotated[
    str,
    Meta(
        pattern=r"\A[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
        r"(\.[0-9]{1,6})?Z\Z",
        description="an RFC 3339 time in UTC",
    ),
]


class ActBody(Body, frozen=True, kw_only=True):
    """What a person did: `at`, by the clock of whoever tells it. `person`: a client's name, "" = nobody known here.

    `command` and `result`: of CommandDone; `means`: of signing in; `times`: how many tries a refusal stands for.
    """

    id: ActId
    what: Literal["SignedIn", "SignedOut", "SignInRefused", "SignInSlowed", "CommandDone"]
    at: Moment
    channel: Literal["serial", "socket", "terminal", "command"]
    person: Text64 = ""
    means: Means = ""
    times: Annotated[int, Meta(ge=1, le=1_000_000)] = 1
    command: Text256 = ""
    result: Text32 = "done"


class ActsBody(CommandBody, frozen=True, kw_only=True):
    """POST /v1/people/acts: oldest first. Each act is bound to its own id, and told again it is answered `known`."""

    acts: Annotated[tuple[ActBody, ...], Meta(min_length=1, max_length=MOST_ACTS, examples=[_EXAMPLE])]


class Allowance:
    """How much may still be journalled: `burst` at once, then one more every `seconds`."""

    def __init__(self, monotonic: Callable[[], float], burst: int = BURST, seconds: float = ONE_PER_S) -> None:
        self._monotonic = monotonic
        self._burst = burst
        self._seconds = seconds
        self._left = float(burst)
        self._at = monotonic()

    def take(self, wanted: int = 1) -> int:
        """Take up to `wanted`; returns how many there were."""
        now = self._monotonic()
        self._left = min(float(self._burst), self._left + (now - self._at) / self._seconds)
        self._at = now
        taken = min(wanted, int(self._left))
        self._left -= taken
        return taken

    def give_back(self, count: int) -> None:
        """They were not needed."""
        self._left += count


class People:
    """Journals acts. `utc_ms`: wall time; `new_id`: an id that nobody had."""

    def __init__(
        self,
        config: Config,
        backend: Backend,
        monotonic: Callable[[], float],
        utc_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        new_id: Callable[[], str] = lambda: f"act-{uuid.uuid4().hex}",
    ) -> None:
        self._backend = backend
        self._utc_ms = utc_ms
        self._new_id = new_id
        self._roles = {client.name: client.role for client in config.api.clients}
        named = config.console.client
        self._tellers = {one.name for one in config.api.clients if one.token_file and named in ("", one.name)}
        self._console, self._page = Allowance(monotonic), Allowance(monotonic)
        self._untold: dict[type[SignInRefused | SignInSlowed], int] = {}
        self._slowed = 0

    # --- what the console tells --------------------------------------------------------------------------------------

    def check(self, caller: Person) -> None:
        """Raises ProblemError for who is no console of this till, whatever the role."""
        if caller.name not in self._tellers:
            text = "Only the console's own client tells what people did there: nothing was journalled"
            raise ProblemError(Problem("role-refused", text))

    async def tell(self, acts: Sequence[ActBody], caller: Person, wait: float) -> list[dict[str, str]]:
        """Journal them in order, as many as may be taken now; returns the id and state of each of these.

        Raises ProblemError: none can be taken now.
        """
        taken = self._console.take(len(acts))
        if not taken:
            text = "More was told of people than any people do: nothing was journalled, tell it later"
            raise ProblemError(Problem("too-much", text, headers={"Retry-After": str(int(ONE_PER_S))}))
        answers = await asyncio.gather(
            *(self._submit(self._event(one, caller), caller, digest("acts", {}, one), wait) for one in acts[:taken]),
            return_exceptions=True,
        )
        told: list[dict[str, str]] = []
        for one, answer in zip(acts, answers, strict=False):
            if isinstance(answer, BaseException):
                raise answer  # the same ids find out
            if answer.outcome == "none":
                if told:
                    break
                self._console.give_back(taken)
                raise ProblemError(of_refusal(answer.refusal or Refusal("refused", "Nothing was journalled"), "none"))
            told.append({"id": one.id, "state": _STATES.get(answer.outcome, "journalled")})
        self._console.give_back(taken - sum(one["state"] == "journalled" for one in told))
        return told

    def _event(self, one: ActBody, caller: Person) -> Act:
        person = clean(one.person)
        who = (one.id, person, self._roles.get(one.person, ""), one.channel, one.at, caller.name)
        match one.what:
            case "SignedIn":
                return SignedIn(*who, one.means)
            case "SignedOut":
                return SignedOut(*who)
            case "SignInRefused":
                return SignInRefused(*who, one.means, one.times)
            case "SignInSlowed":
                return SignInSlowed(*who, one.means, one.times)
            case "CommandDone":
                return CommandDone(*who, clean(one.command), clean(one.result))

    async def _submit(self, act: Act, actor: Person, content: bytes, wait: float) -> Answer:
        return await self._backend.submit(NoteAct(act.act_id, actor, act), content, wait)

    # --- what is done at the page ------------------------------------------------------------------------------------

    async def signed_in(self, person: Person, means: Means) -> None:
        """Raises ProblemError when too many did so lately: then nobody is to be let in."""
        self._slowed = 0
        if not self._page.take():
            text = "Too many signed in lately: nobody was signed in, wait and try again"
            raise ProblemError(Problem("too-much", text, headers={"Retry-After": str(int(ONE_PER_S))}))
        await self._note(SignedIn(*self._at_the_page(person.name), means))

    async def signed_out(self, person: Person) -> None:
        """By themselves, or because the session ran out."""
        if self._page.take():
            await self._note(SignedOut(*self._at_the_page(person.name)))

    async def refused(self, name: str, means: Means) -> None:
        """A wrong try was compared."""
        self._slowed = 0
        await self._count(SignInRefused, name, means, 1)

    async def slowed(self, name: str, means: Means) -> None:
        """A try came too early. Of many in a row the 1st, 2nd, 4th, 8th … are told, with those in between."""
        self._slowed += 1
        if self._slowed & (self._slowed - 1) == 0:
            await self._count(SignInSlowed, name, means, max(1, self._slowed // 2))

    async def _count(self, kind: type[SignInRefused | SignInSlowed], name: str, means: Means, times: int) -> None:
        times += self._untold.pop(kind, 0)
        if self._page.take():
            await self._note(kind(*self._at_the_page(name), means, times))
        else:
            self._untold[kind] = times

    def _at_the_page(self, name: str) -> tuple[str, str, str, Literal["page"], str, str]:
        at = datetime.fromtimestamp(self._utc_ms() / 1000, UTC).isoformat(timespec="milliseconds")
        known = name if name in self._roles else ""  # who types a PIN where the name belongs does not find it here
        return self._new_id(), known, self._roles.get(known, ""), "page", at.replace("+00:00", "Z"), TILL

    async def _note(self, act: Act) -> None:
        """A journal that takes nothing keeps nobody out: who is in sees why, and changes nothing without it."""
        try:
            actor = Person(TILL, TILL, "system")
            content = hashlib.sha256(act.act_id.encode()).digest()
            answer = await self._submit(act, actor, content, _PAGE_WAIT_S)
        except JournalError as error:
            _log.warning(
                "it is not certain that the journal holds what a person did: %s", error, extra=about("journal-failed")
            )
        else:
            if answer.refusal is not None:
                _log.warning(
                    "what a person did at the page was not journalled: %s",
                    answer.refusal.text,
                    extra=about("journal-failed"),
                )


_STATES: Final = {"replayed": "known", "conflict": "conflict"}


class PeopleRoutes:
    """Handlers by the names of api.table."""

    def __init__(self, people: People) -> None:
        self._people = people
        self.handlers: dict[str, Handler] = {"acts": self._acts}

    async def _acts(self, request: web.Request) -> web.StreamResponse:
        try:
            body = convert(parse_json(await request.read()), ActsBody)
        except InvalidError as error:
            text = f"{error.faults[0].sentence()}: nothing was journalled"
            raise ProblemError(Problem("invalid", text, errors=error.faults)) from error
        self._people.check(request[CALLER])
        return json_response({"acts": await self._people.tell(body.acts, request[CALLER], wait_of(request))}, 201)
