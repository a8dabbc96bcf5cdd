"""A till's journal and NewStore's books of the same days, each written on its own: the adapter has no part in it.

Events go into a real journal; what NewStore is told of them is typed here by hand, call by call, to its sandbox. A
spoilt call is how a difference is planted.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from drivers.errors import Unanswered
from firmware_bridge.journal.records import Entry, Parked
from firmware_bridge.journal.store import Journal
from firmware_bridge.vendors.http import Request, Response
from firmware_bridge.vendors.newstore.audit import day_source, journal_look
from firmware_bridge.vendors.newstore.audit.comparer import NewStoreComparer
from firmware_bridge.vendors.newstore.audit.findings import Comparison
from firmware_bridge.vendors.newstore.calls import Calls
from firmware_bridge.vendors.newstore.desk import Desk
from firmware_bridge.vendors.newstore.urls import urls
from statemachines.vocabulary.book_events import NoSaleRecorded
from statemachines.vocabulary.day_events import (
    CountReason,
    CountRecorded,
    CountStarted,
    CountSubmitted,
    DrawerDayClosed,
    DrawerDayOpened,
)
from statemachines.vocabulary.events import CashMoved, CashMoveSettled, Event, Occurred, SaleCompleted, SaleSettled
from statemachines.vocabulary.receipt import CASH_DIRECTIONS, CashMoveType, Person
from tests.firmware_bridge.vendors.newstore.sandbox_till import DRAWER, Till, usd

OURS: Final = "main"
THEIRS: Final = "drawer-1"
BY: Final = Person("p-1", "Oksana", "cashier")
CALLS: Final = Calls(urls(), "s-1", "USD", 2)


def dollars(cents: int) -> dict[str, Any]:
    return usd(cents / 100)


@dataclass
class Line:
    """A `Service` that leads straight into a sandbox. `between` is called before each request; `asked` are all.

    `tamper`: what becomes of an answer that was read as JSON, by the end of its request's path.
    """

    till: Till
    between: Callable[[Request], None] = lambda _: None
    tamper: Mapping[str, Callable[[Any], None]] = field(default_factory=dict)
    asked: list[Request] = field(default_factory=list)

    async def exchange(self, request: Request) -> Response:
        self.between(request)
        self.asked.append(request)
        headers = {**request.headers, **self.till.headers}
        reply = self.till.service.handle(request.method, request.path, dict(request.query), headers, request.body)
        if reply.dropped:
            raise Unanswered("the connection was closed", role="NewStore")
        body = reply.body
        for end, change in self.tamper.items():
            if request.path.endswith(end):
                said = json.loads(body)
                change(said)
                body = json.dumps(said).encode()
        return Response(reply.status, {name.lower(): value for name, value in reply.headers.items()}, body)

    async def close(self) -> None:
        pass


@dataclass
class Sold:
    """One fact of the journal, so that a planting can name it."""

    id: str
    kind: str
    amount: int
    order: str = ""
    number: str = ""


@dataclass
class Shop:
    """One drawer. Money in cents. `spoil`: our id -> how the call for it is done otherwise (see `_tell`)."""

    path: Path
    till: Till = field(default_factory=lambda: Till(drafts_block=False))
    lag_s: float = 0.0
    spoil: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    cash: int = 0
    day: str = ""
    sold: list[Sold] = field(default_factory=list)
    refs: dict[str, str] = field(default_factory=dict)
    _entries: list[Entry] = field(default_factory=list)
    _calls: list[tuple[int, Callable[[], None]]] = field(default_factory=list)
    _parked: list[Parked] = field(default_factory=list)
    _written: int = 0
    _told: int = 0
    _count: int = 0

    # --- the till ---------------------------------------------------------------------------------------------------

    def happen(self, event: Event, subject: str, tell: Callable[[], None] | None = None) -> int:
        """Write an event down; `tell` is what NewStore is told of it, when its turn comes. Returns the record."""
        self.till.clock.advance(7)
        at = round(self.till.clock.now().timestamp() * 1000)
        self._entries.append(Entry(subject, Occurred(at=at, mono=at, event=event)))
        seq = self._written + len(self._entries)
        if tell is not None:
            self._calls.append((seq, tell))
        return seq

    def name(self, kind: str) -> str:
        self._count += 1
        return f"{kind}-{self._count}"

    def next_name(self, kind: str) -> str:
        """What `name` will say next."""
        return f"{kind}-{self._count + 1}"

    def open(self, amount: int = 20_000, day: str = "") -> str:
        self.day, self.cash = day or self.name("day"), amount
        spoilt = self.spoil.get("float", {}).get("value", amount)

        def tell() -> None:
            self.till.ok(f"POST {DRAWER}/_activate", {"float_amount": dollars(spoilt)})

        self.happen(DrawerDayOpened(OURS, self.day, amount), self.day, tell)
        return self.day

    def sale(self, amount: int, given: int = 0, order: str = "", *, settle: bool = True) -> Sold:
        """A return when `amount` is negative."""
        one = Sold(self.name("sale"), "sale", amount, order, f"{self._count:06d}")
        given = 0 if amount < 0 else given or amount
        day = self.day
        event = SaleCompleted(one.id, amount, given, given - amount, (), OURS, day, one.number, order)
        body = {"order_id": order or one.number, "amount": dollars(amount), "given": dollars(given)}
        self.happen(event, one.id, lambda: self._start(one, "transactions", body))
        if settle:
            self.happen(SaleSettled(one.id, "drawer_closed", OURS, day), one.id, lambda: self._finish(one))
        self.cash += amount
        self.sold.append(one)
        return one

    def move(self, kind: CashMoveType, amount: int = 0) -> Sold:
        way = CASH_DIRECTIONS[kind]
        amount = 0 if way == "none" else amount
        one = Sold(self.name("move"), kind, {"in": amount, "out": -amount, "none": 0}[way])
        event: Event = CashMoved(one.id, kind, way, amount, "operator", OURS, self.day, "")
        if kind == "no_sale":
            event = NoSaleRecorded(one.id, OURS, self.day, "", forced=False)
        body = {"transaction_type": kind, "amount_out" if way == "out" else "amount_in": dollars(amount)}
        self.happen(event, one.id, lambda: self._start(one, "non_sale_transactions", body))
        settled = CashMoveSettled(one.id, "drawer_closed", OURS, self.day)
        self.happen(settled, one.id, lambda: self._finish(one))
        self.cash += one.amount
        self.sold.append(one)
        return one

    def count(self, counted: int, reason: CountReason = "intra_day_balance") -> str:
        count_id, expected = self.name("count"), self.cash
        started = CountStarted(count_id, OURS, self.day, reason, blind=False, by=BY)
        self.happen(started, count_id, lambda: self._perform(count_id, reason))
        difference = counted - expected
        recorded = CountRecorded(count_id, OURS, 1, counted, (), expected, difference, BY, self.day)
        self.happen(recorded, count_id, lambda: self._record(count_id, counted))
        submitted = CountSubmitted(count_id, OURS, reason, counted, expected, difference, BY, self.day)
        where = f"POST {DRAWER}/counts"
        self.happen(submitted, count_id, lambda: self.till.ok(f"{where}/{self.refs[count_id]}/_submit"))
        return count_id

    def close(self, counted: int | None = None) -> None:
        """The end-of-day count and the end of the day."""
        found = self.cash if counted is None else counted
        count_id = self.count(found, "end_of_day_balance")
        event = DrawerDayClosed(OURS, self.day, self.cash, found, count_id, self.name("command"))
        self.happen(
            event,
            event.request_id,
            lambda: self.till.ok(f"POST {DRAWER}/_deactivate", {"count_id": self.refs[count_id]}),
        )

    # --- what NewStore is told --------------------------------------------------------------------------------------

    def _start(self, one: Sold, where: str, body: dict[str, Any]) -> None:
        spoilt = self.spoil.get(one.id, {})
        if spoilt.get("skip"):
            return
        if "unknown" in spoilt:
            self.refs[one.id] = spoilt["unknown"]
            return
        for _ in range(spoilt.get("drafts", 0)):
            self.till.ok(f"POST {DRAWER}/{where}", body)
            self.till.clock.advance(0.25)
        said = self.till.ok(f"POST {DRAWER}/{where}", {**body, **spoilt.get("body", {})})
        self.refs[one.id] = said["transaction_id"]
        for _ in range(spoilt.get("again", 0)):
            self.till.finish(self.till.ok(f"POST {DRAWER}/{where}", body)["transaction_id"])

    def _finish(self, one: Sold) -> None:
        spoilt = self.spoil.get(one.id, {})
        if one.id in self.refs and not spoilt.keys() & {"unfinished", "unknown"}:
            self.till.finish(self.refs[one.id], spoilt.get("status", "completed"))

    def _perform(self, count_id: str, reason: str) -> None:
        self.refs[count_id] = self.till.ok(f"POST {DRAWER}/counts", {"reason": reason})["count_id"]

    def _record(self, count_id: str, counted: int) -> None:
        value = self.spoil.get(count_id, {}).get("value", counted)
        self.till.ok(f"PATCH {DRAWER}/counts/{self.refs[count_id]}", {"counted_amount": dollars(value)})

    def foreign(self, amount: int, order: str = "X-1", status: str = "completed") -> None:
        """Somebody else's sale in the same drawer, after what happened so far."""

        def tell() -> None:
            body = {"order_id": order, "amount": dollars(amount), "given": dollars(max(amount, 0))}
            made = self.till.ok(f"POST {DRAWER}/transactions", body)["transaction_id"]
            if status != "draft":
                self.till.finish(made, status)

        self._calls.append((self._written + len(self._entries), tell))

    def deliver(self, upto: int | None = None) -> None:
        """NewStore is told of everything (up to record `upto`), `lag_s` later; the journal learns what it answered."""
        self.till.clock.advance(self.lag_s)
        self.till.sign_in()
        for seq, tell in list(self._calls):
            if upto is not None and seq > upto:
                break
            self.till.clock.advance(0.25)
            tell()
            self._calls.remove((seq, tell))
            self._told = seq
        if upto is None:
            self._told = self._written + len(self._entries)
        self.write()

    def deliver_nothing_more(self) -> None:
        """The cursor passes what is left; NewStore is not told of it."""
        self._calls.clear()
        self.deliver()

    def take(self, our_id: str) -> list[Callable[[], None]]:
        """The calls for a fact, taken out of the queue: they are made when the test says so."""
        seqs = {n for n, entry in enumerate(self._entries, self._written + 1) if entry.subject == our_id}
        taken = [tell for seq, tell in self._calls if seq in seqs]
        self._calls = [(seq, tell) for seq, tell in self._calls if seq not in seqs]
        return taken

    def park(self, seq: int, reason: str) -> None:
        """Record `seq` is set aside; NewStore is not told of it."""
        self._parked.append(Parked("newstore", seq, (OURS, self.day), "refused", "", reason, 0))
        self._calls = [(one, tell) for one, tell in self._calls if one != seq]

    def write(self) -> None:
        """Everything that happened is in the file, with NewStore's cursor and ids."""
        journal = Journal.open(self.path, till_id="t-1", clock=lambda: 0, new_id=lambda: str(uuid.UUID(int=7)))
        try:
            journal.append(self._entries)
            journal.advance("newstore", self._told, self.refs, self._parked)
        finally:
            journal.close()
        self._written += len(self._entries)
        self._entries, self._parked = [], []

    # --- the comparison ---------------------------------------------------------------------------------------------

    def compared(self, day: str = "", line: Line | None = None) -> Comparison:
        """As a person compares one day (the present one unless named), beside the till."""
        wanted = day or self.day
        self.till.sign_in()

        async def ask() -> Comparison:
            with journal_look.look(self.path) as journal:
                now = round(self.till.clock.now().timestamp() * 1000)
                desk = Desk(line or Line(self.till))
                comparer = NewStoreComparer(desk, CALLS, journal, {OURS: THEIRS}, lambda: now)
                stretch = await day_source.with_day(journal, OURS, wanted)
                found = stretch.day(wanted)
                assert found is not None
                return await comparer.day(stretch, found)

        return asyncio.run(ask())
