"""What goes wrong between a till and NewStore, row by row, each with a lane that is broken in the way the row is about.

A row says at which requests of the day what happens; its control is the same day with the broken lane, and must show
something lost or doubled in the vendor's books: else the row would prove nothing.
"""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from drivers.errors import DeviceError
from firmware_bridge.gateway.book import Book, Call, Look, LookVerdict, Plan, Service, Verdict
from firmware_bridge.journal.records import Record
from firmware_bridge.vendors.http import Request, Response
from firmware_bridge.vendors.newstore.tokens import Tokens
from tests.support.newstore_day import Days
from tests.support.newstore_till import ANSWER_S, BOOK, play
from tests.support.newstore_trouble import WHOLE, Act, Breakage, Evening, Spared, Trouble, When, World

OPERATIONS: Final = (
    "activate",
    "start",
    "start_non_sale",
    "track_activity",
    "finish",
    "perform_count",
    "record_count",
    "count_action",
    "deactivate",
)
"""All that change something for a day, in the order of its life."""
DOCUMENTS: Final = 9


# --- broken lanes ---------------------------------------------------------------------------------------------------


class Careless:
    """Whatever comes of a request, it is taken for done, as by a queue that only sends."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def exchange(self, request: Request) -> Response:
        made_up = {"transaction_id": "x", "count_id": "x", "event_id": "x", "change": {"value": 0, "currency": "UAH"}}
        try:
            answer = await self._service.exchange(request)
        except DeviceError:
            return Response(200, {}, json.dumps(made_up).encode())
        return answer if answer.status < 400 else Response(200, {}, json.dumps(made_up).encode())

    async def close(self) -> None:
        await self._service.close()


class Repeating:
    """Holds every request for one that may be repeated as often as one likes, without a look."""

    def __init__(self, book: Book) -> None:
        self._book = book

    @property
    def name(self) -> str:
        return self._book.name

    def plan(self, record: Record, refs: Mapping[str, str]) -> Plan:
        plan = self._book.plan(record, refs)
        return replace(plan, repeat="natural_key", look=None) if isinstance(plan, Call) else plan

    def judge(self, call: Call, response: Response) -> Verdict:
        return self._book.judge(call, response)

    def judge_look(self, call: Call, look: Look, response: Response) -> LookVerdict:
        return self._book.judge_look(call, look, response)


class Stubborn(Tokens):
    """Keeps its token, whatever is said of it."""

    def refused(self, token: str) -> None:
        """Let nothing be known of it."""


def begin_the_day_again(path: Path) -> None:
    """A till that keeps what it was told in memory alone, and plays its day from the morning after a restart."""
    _change(path, "DELETE FROM cursors WHERE name = ?", "DELETE FROM refs WHERE vendor = ?")
    _change(path, "DELETE FROM intents WHERE book = ?")


def go_on_behind_it(path: Path) -> None:
    """A till that moves its cursor before the request is answered."""
    on = "UPDATE cursors SET seq = min(seq + 1, (SELECT max(seq) FROM records)) WHERE name = ?"
    _change(path, on, "DELETE FROM intents WHERE book = ?")


def _change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement, (BOOK,))


def drop_what_does_not_fit(days: Days) -> None:
    """A queue of so many records, to which nothing can be added for a while."""
    del days.entries[60:160]


CARELESS: Final = Breakage("takes every request for done", service=Careless)
REPEATING: Final = Breakage("repeats without a look or limit", book=Repeating)
STUBBORN: Final = Breakage("never signs in again", tokens=Stubborn)
FORGETFUL: Final = Breakage("plays the day again after a restart", between_lives=begin_the_day_again)
HASTY: Final = Breakage("moves the cursor before the answer", between_lives=go_on_behind_it)
SHORT: Final = Breakage("has a queue that gets full", days=drop_what_does_not_fit)


# --- what goes wrong ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """`trouble`: of a day that takes so many requests undisturbed, by a dice. `repeated`: openings that may stand
    twice, one for each answer lost. `person`: whether somebody has to see to it. `documents`, `days`: how long the
    journal is.
    """

    name: str
    trouble: Callable[[int, random.Random], Trouble]
    control: Breakage
    repeated: int = 0
    person: bool = False
    documents: int = DOCUMENTS
    days: int = 1

    def play(self, seed: int, broken: Breakage = WHOLE) -> Evening:
        """The row's day (its control with a `broken` lane)."""
        trouble = self.trouble(undisturbed(seed, self.documents, self.days), random.Random(seed))
        return play(journal(seed, self.documents, self.days), trouble, broken, Spared(self.repeated))


def journal(seed: int, documents: int, days: int = 1) -> Days:
    """Days by `seed`; several are as far apart as 36 hours."""
    found = Days(seed)
    for _ in range(days):
        found.day(documents, pause_ms=36 * 3_600_000 // documents if days > 1 else 1_000)
    return found


@lru_cache
def undisturbed(seed: int, documents: int, days: int) -> int:
    """How many requests such a day takes when nothing goes wrong."""
    evening = play(journal(seed, documents, days))
    assert evening.good, evening
    assert (evening.lives, evening.helped, evening.tokens) == (1, 0, 1)
    return evening.requests


def _at(numbers: Iterable[int], name: str, count: int = 1, **more: Any) -> Trouble:
    def act(world: World) -> None:
        world.fault(name, count, **more)

    return Trouble(dict.fromkeys(numbers, act))


def _away(requests: int, dice: random.Random) -> Trouble:
    return _at([dice.randrange(2, requests)], "down", 25)


def _late(requests: int, dice: random.Random) -> Trouble:
    return _at(dice.sample(range(2, requests), 5), "slow", delay_s=2 * ANSWER_S)


def _killed(when: When, every: int) -> Callable[[int, random.Random], Trouble]:
    def trouble(requests: int, dice: random.Random) -> Trouble:
        first = dice.randrange(1, every + 1)
        return Trouble(kills=dict.fromkeys(range(first, 3 * requests, every), when))

    return trouble


def _cut(operation: str) -> Callable[[int, random.Random], Trouble]:
    """The connection is cut: once before anything was done, and once, at another one if there is another, after it."""

    def trouble(requests: int, _: random.Random) -> Trouble:
        before = _at([_last_of(operation, requests)], "not-reached", operation=operation)
        later = 2 if operation in ("activate", "deactivate") else requests // 2
        after = _at([later], "lost-answer", operation=operation)
        return Trouble({**before.acts, **after.acts})

    return trouble


def _refused(operation: str) -> Callable[[int, random.Random], Trouble]:
    return lambda requests, _: _at([_last_of(operation, requests)], "refused", operation=operation)


def _last_of(operation: str, requests: int) -> int:
    """From which request on: the first of the day, but of a count the last, as a first round may go wrong unseen."""
    return requests - 4 if operation == "record_count" else 1


def _again_and_again(name: str, every: int) -> Callable[[int, random.Random], Trouble]:
    return lambda requests, dice: _at(range(dice.randrange(1, every), 2 * requests, every), name)


def _backlog(requests: int, _: random.Random) -> Trouble:
    return _at([1, requests // 2], "down", 10)


ROWS: Final[tuple[Row, ...]] = (
    Row("away for 25 requests", _away, CARELESS, person=True),
    Row("five answers too late", _late, CARELESS, repeated=5, person=True),
    Row("killed after every 5th answer, before its commit", _killed("after", 5), FORGETFUL, repeated=20, person=True),
    Row("killed before every 3rd request", _killed("before", 3), HASTY, repeated=40, person=True),
    *(
        Row(
            f"connection cut at {operation}, before and after it was done",
            _cut(operation),
            CARELESS,
            repeated=1,
            person=operation in ("start", "start_non_sale", "perform_count"),
        )
        for operation in OPERATIONS
    ),
    Row(
        "three answers to the same opening lost",
        lambda _, __: _at([1], "lost-answer", 3, operation="track_activity"),
        REPEATING,
        repeated=1,
    ),
    *(
        Row(f"refused (400): {operation}", _refused(operation), CARELESS, person=True)
        for operation in ("activate", "start", "start_non_sale", "finish", "record_count", "deactivate")
    ),
    Row("token ended at every 6th request", _again_and_again("token-expired", 6), STUBBORN),
    Row("500 at every 4th request", _again_and_again("500", 4), CARELESS, person=True),
    Row("503 at every 4th request", _again_and_again("maintenance", 4), CARELESS),
    Row("36 h backlog", _backlog, SHORT, documents=60, days=2),
)


# --- all of them, and any of them ------------------------------------------------------------------------------------


def killed_once(seed: int, number: int, when: When) -> Evening:
    """A day on which the till is killed once, at request `number`."""
    return play(journal(seed, DOCUMENTS), Trouble(kills={number: when}), spared=Spared(repeated=1))


_ANY: Final = ("not-reached", "lost-answer", "500", "maintenance", "token-expired", "refused")


def at_random(seed: int, broken: Breakage = WHOLE) -> Evening:
    """One day of random length with up to eight random troubles, all by `seed`."""
    dice = random.Random(seed)
    days = Days(seed).day(dice.randrange(4, 16))
    requests = dice.choice((10, 40, 80))
    acts: dict[int, Act] = {}
    for _ in range(dice.randrange(1, 7)):
        name, where = dice.choice(_ANY), dice.choice(("", *OPERATIONS))
        acts |= _at([dice.randrange(1, requests)], name, dice.choice((1, 1, 2, 5)), operation=where).acts
    kills: dict[int, When] = {
        dice.randrange(1, requests): dice.choice(("before", "after")) for _ in range(dice.randrange(3))
    }
    troubles = len(kills) + 5 * len(acts)
    return play(days, Trouble(acts, kills), broken, Spared(troubles, troubles))
