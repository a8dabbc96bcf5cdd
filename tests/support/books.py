"""A book that keeps its classes, a vendor behind it that can be counted, and a line on which things go wrong.

Made for the lane alone: its requests are a word and a few names, so that what arrived, how often and in which order
can be read off the vendor. Time is virtual: a day of waiting costs nothing.
"""

from __future__ import annotations

import asyncio
import json
import selectors
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from drivers.errors import NotSent, Refused, Unanswered
from firmware_bridge.gateway.book import (
    Asks,
    Blocked,
    Call,
    Delivered,
    Later,
    Look,
    LookVerdict,
    NotDone,
    Place,
    Plan,
    Rejected,
    Skip,
    Verdict,
)
from firmware_bridge.journal.records import Record
from firmware_bridge.vendors.http import Request, Response
from statemachines.vocabulary.day_events import (
    CountRecorded,
    CountStarted,
    CountSubmitted,
    DrawerDayClosed,
    DrawerDayOpened,
)
from statemachines.vocabulary.events import (
    DrawerCause,
    DrawerClosed,
    DrawerOpened,
    Event,
    Occurred,
    SaleCompleted,
    SaleRefused,
    SaleSettled,
)

T = TypeVar("T")
NAME = "cashbook"
START_MS = 1_700_000_000_000

Fault = Literal[
    "",
    "not sent",
    "lost before",  # on its way there
    "lost after",  # on its way back
    "refused",  # 422, whatever it was
    "trouble",  # 503
    "account",  # the service cannot sign in
    "garbled",  # carried out, and the answer cannot be read
    "crash before",
    "crash after",
]


class Killed(BaseException):
    """The process is gone: nothing after this is carried out."""


# --- time -------------------------------------------------------------------------------------------------------------


class _Leaping(selectors.SelectSelector):
    """Where nothing is ready, time goes on to the next timer at once."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise RuntimeError("nobody will ever go on")
            self.now += max(timeout, 0.0)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time leaps from timer to timer. Nothing in it may come from a thread."""

    def __init__(self) -> None:
        self._leaping = _Leaping()
        super().__init__(self._leaping)

    def time(self) -> float:
        return self._leaping.now


class LoopClock:
    """A till's clock on the running loop's time."""

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    def utc_ms(self) -> int:
        return START_MS + round(self.monotonic() * 1000)


def virtually(main: Coroutine[Any, Any, T]) -> T:
    """Run to the end in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)


# --- the vendor -------------------------------------------------------------------------------------------------------


@dataclass
class Vendor:
    """The books at the other end. `facts`: what was carried out, in order, a word and our own id each.

    Strict where order matters: a sale can only be told to a drawer whose day is open. Not where something must not be
    sent twice: it counts then.
    """

    facts: list[tuple[str, str]] = field(default_factory=list)
    days: dict[str, str] = field(default_factory=dict)
    drafts: dict[str, str] = field(default_factory=dict)
    finished: set[str] = field(default_factory=set)
    counts: dict[str, str] = field(default_factory=dict)
    submitted: set[str] = field(default_factory=set)
    ended: set[tuple[str, str]] = field(default_factory=set)

    def times(self, word: str) -> Counter[str]:
        """How often something was carried out, by our id."""
        return Counter(ours for what, ours in self.facts if what == word)

    def finished_sales(self) -> Counter[str]:
        """Transactions that moved money, by our id."""
        return Counter(self.drafts[number] for number in self.finished)

    def handle(self, request: Request) -> Response:
        """Carry out a request; anything but 200 changed nothing."""
        word = request.path.removeprefix("/")
        asked = json.loads(request.body)
        if request.method == "GET":
            return _answer(200, getattr(self, f"_show_{word}")(asked))
        found = getattr(self, f"_{word}")(asked)
        if isinstance(found, str):
            return _answer(409, {"error": found})
        self.facts.append((word, asked["ours"]))
        return _answer(200, found)

    def _activate(self, asked: dict[str, str]) -> dict[str, str] | str:
        if asked["drawer"] in self.days:
            return "the drawer is active"
        self.days[asked["drawer"]] = asked["ours"]
        return {}

    def _deactivate(self, asked: dict[str, str]) -> dict[str, str] | str:
        if self.days.get(asked["drawer"]) != asked["ours"]:
            return "the drawer is not active"
        del self.days[asked["drawer"]]
        self.ended.add((asked["drawer"], asked["ours"]))
        return {}

    def _start(self, asked: dict[str, str]) -> dict[str, str] | str:
        if self.days.get(asked["drawer"]) != asked["day"]:
            return "the drawer is not active"
        number = f"T{len(self.drafts) + 1}"
        self.drafts[number] = asked["ours"]
        return {"id": number}

    def _activity(self, asked: dict[str, str]) -> dict[str, str] | str:
        return {} if asked["ref"] in self.drafts or asked["ref"] in self.counts else "no such transaction"

    def _finish(self, asked: dict[str, str]) -> dict[str, str] | str:
        if asked["ref"] not in self.drafts or asked["ref"] in self.finished:
            return "it is not a draft"
        self.finished.add(asked["ref"])
        return {}

    def _perform(self, asked: dict[str, str]) -> dict[str, str] | str:
        number = f"C{len(self.counts) + 1}"
        self.counts[number] = asked["ours"]
        return {"id": number}

    def _record(self, asked: dict[str, str]) -> dict[str, str] | str:
        return {} if asked["ref"] in self.counts else "no such count"

    def _submit(self, asked: dict[str, str]) -> dict[str, str] | str:
        if asked["ref"] not in self.counts or asked["ref"] in self.submitted:
            return "it is not open"
        self.submitted.add(asked["ref"])
        return {}

    def _show_drawer(self, asked: dict[str, str]) -> dict[str, object]:
        ended = (asked["drawer"], asked["ours"]) in self.ended
        return {"active": self.days.get(asked["drawer"]) == asked["ours"], "ended": ended}

    def _show_transaction(self, asked: dict[str, str]) -> dict[str, object]:
        return {"finished": asked["ref"] in self.finished}

    def _show_count(self, asked: dict[str, str]) -> dict[str, object]:
        return {"submitted": asked["ref"] in self.submitted}

    def _show_drafts(self, asked: dict[str, str]) -> dict[str, object]:
        return {"drafts": sum(ours == asked["ours"] for ours in self.drafts.values())}


def _answer(status: int, body: Mapping[str, object]) -> Response:
    return Response(status, {}, json.dumps(body).encode())


@dataclass
class Line:
    """Carries requests to the vendor. `fault`: what happens to the n-th (from 1) request, a question included."""

    vendor: Vendor
    fault: Callable[[int, Request], Fault] = lambda _, __: ""
    sent: list[str] = field(default_factory=list)
    """What left the till, "word ours" each; questions with a "?"."""
    lost: Counter[str] = field(default_factory=Counter)
    """What left and got no answer that tells."""
    perhaps: Counter[str] = field(default_factory=Counter)
    """What left and was or may have been carried out."""
    at_once: int = 0
    most_at_once: int = 0
    count: int = 0
    closed: int = 0
    seconds: float = 0.1

    async def exchange(self, request: Request) -> Response:
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        try:
            return await self._exchange(request)
        finally:
            self.at_once -= 1

    async def _exchange(self, request: Request) -> Response:
        self.count += 1
        fault = self.fault(self.count, request)
        await asyncio.sleep(self.seconds)
        if fault == "not sent":
            raise NotSent("the vendor could not be reached", role="book")
        if fault == "account":
            raise Refused("the client secret is wrong: correct [book.cashbook]", role="book")
        name = _name(request)
        self.sent.append(name)
        if fault in ("lost before", "lost after", "garbled", "crash before", "crash after"):
            self.lost[name] += 1
        if fault == "crash before":
            self.perhaps[name] += 1
            raise Killed
        if fault == "refused":
            return _answer(422, {"error": "it cannot be read"})
        if fault == "trouble":
            return _answer(503, {"error": "out of order"})
        self.perhaps[name] += 1
        response = None if fault == "lost before" else self.vendor.handle(request)
        if fault == "crash after":
            raise Killed
        if response is None or fault == "lost after":
            raise Unanswered("the vendor did not answer", role="book")
        return Response(200, {}, b"<html>") if fault == "garbled" and response.status == 200 else response

    async def close(self) -> None:
        self.closed += 1


def _name(request: Request) -> str:
    ours = json.loads(request.body)["ours"]
    return f"{request.path.removeprefix('/')}{'?' if request.method == 'GET' else ''} {ours}"


# --- the book ---------------------------------------------------------------------------------------------------------


@dataclass
class StubBook:
    """One operation of every class. `breaks`: at which record `plan` fails, as a mistake in an adapter would."""

    name: str = NAME
    breaks: Callable[[Record], bool] = lambda _: False
    deaf: Callable[[Call], bool] = lambda _: False
    """At the answer to which call `judge` fails."""
    planned: Counter[int] = field(default_factory=Counter)

    def plan(self, record: Record, refs: Mapping[str, str]) -> Plan:
        self.planned[record.seq] += 1
        if self.breaks(record):
            raise KeyError("a mistake")
        event = record.record.event if isinstance(record.record, Occurred) else None
        match event:
            case DrawerDayOpened() | DrawerDayClosed():
                return _day(event, refs)
            case SaleRefused(document_id=sale) | SaleCompleted(document_id=sale, cash_due=0):
                return Skip(ends=sale)
            case SaleCompleted():
                return _start(event)
            case SaleSettled(document_id=sale, drawer_id=drawer, day_id=day):
                return _finish(sale, (drawer, day, sale), refs)
            case DrawerOpened(cause=cause) | DrawerClosed(cause=cause):
                return _activity(event, cause, record.seq, refs)
            case CountStarted() | CountRecorded() | CountSubmitted():
                return _count(event, refs)
            case _:
                return Skip()

    def judge(self, call: Call, response: Response) -> Verdict:
        if self.deaf(call):
            raise ValueError("a mistake")
        match response.status:
            case 200 if call.operation in ("start", "perform"):
                try:
                    number = json.loads(response.body)["id"]
                except ValueError:
                    return Asks(Look(_request("drafts", {"ours": _ours(call)}, "GET"), "drafts"))
                return Delivered({_ours(call): number})
            case 200:
                return Delivered()
            case 409 if call.look is not None and call.repeat == "state":
                return Asks(call.look)
            case 503:
                return Later("the book is out of order")
            case 401:
                return Later("the account may not do this: ask for the role", person=True)
            case status:
                return Rejected(f"{call.operation}: {status} {json.loads(response.body)['error']}")

    def judge_look(self, call: Call, look: Look, response: Response) -> LookVerdict:
        if response.status != 200:
            return Later("the book is out of order")
        try:
            shown = json.loads(response.body)
        except ValueError:
            return Later("the answer cannot be read")
        return Delivered(already=True) if shown.get(look.about) is True else NotDone()


def _ours(call: Call) -> str:
    return str(json.loads(call.request.body)["ours"])


def _request(word: str, body: Mapping[str, str], method: str = "POST") -> Request:
    return Request(method, f"/{word}", body=json.dumps(body).encode())


def _day(event: DrawerDayOpened | DrawerDayClosed, refs: Mapping[str, str]) -> Plan:
    place: Place = (event.drawer_id, event.day_id)
    body = {"ours": event.day_id, "drawer": event.drawer_id}
    shown = _request("drawer", body, "GET")
    if isinstance(event, DrawerDayOpened):
        look = Look(shown, "active")
        return Call("activate", _request("activate", body), place, place, "state", look=look)
    call = Call(
        "deactivate",
        _request("deactivate", body),
        place,
        place[:1],
        "state",
        closes=True,
        look=Look(shown, "ended"),
    )
    if event.count_id and event.count_id not in refs:
        return Blocked(event.count_id, place, call)
    return call


def _start(event: SaleCompleted) -> Call:
    place = (event.drawer_id, event.day_id, event.document_id)
    body = {"ours": event.document_id, "drawer": event.drawer_id, "day": event.day_id}
    look = Look(_request("drafts", {"ours": event.document_id}, "GET"), "drafts")
    lost = f"no answer came to the sale {event.document_id}"
    return Call("start", _request("start", body), place, place, "harmless_twice", look=look, if_lost=lost)


def _finish(sale: str, place: Place, refs: Mapping[str, str]) -> Plan:
    if sale not in refs:
        return Blocked(sale, place, Skip())
    body = {"ours": sale, "ref": refs[sale]}
    look = Look(_request("transaction", body, "GET"), "finished")
    return Call("finish", _request("finish", body), place, place, "state", look=look)


def _activity(event: DrawerOpened | DrawerClosed, cause: DrawerCause, seq: int, refs: Mapping[str, str]) -> Plan:
    if cause.kind == "none":
        return Skip()
    place = (event.drawer_id, event.day_id, cause.id)
    if cause.id not in refs:
        return Blocked(cause.id, place)
    body = {"ours": f"{cause.id}#{seq}", "ref": refs[cause.id]}
    return Call("activity", _request("activity", body), place, place, "harmless_twice", optional=True)


def _count(event: CountStarted | CountRecorded | CountSubmitted, refs: Mapping[str, str]) -> Plan:
    place = (event.drawer_id, event.day_id, event.count_id)
    body = {"ours": event.count_id, "drawer": event.drawer_id}
    if isinstance(event, CountStarted):
        lost = f"no answer came to the count {event.count_id}: finish it in the book"
        return Call("perform", _request("perform", body), place, place, "never", if_lost=lost)
    if event.count_id not in refs:
        return Blocked(event.count_id, place, Skip())
    body["ref"] = refs[event.count_id]
    if isinstance(event, CountRecorded):
        return Call("record", _request("record", body), place, place, "natural_key")
    look = Look(_request("count", body, "GET"), "submitted")
    return Call("submit", _request("submit", body), place, place, "state", look=look)


def event_of(record: Record) -> Event | None:
    """The event of a record."""
    return record.record.event if isinstance(record.record, Occurred) else None
