"""A till that stamps by itself while Checkbox is away and delivers later, as the rules are to do it; and what is true
of Checkbox's books when it has done so.

It takes each step again until it is answered, whatever came in between.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any, Final, Protocol

from drivers.errors import NotSent, Refused, Unanswered
from firmware_bridge.vendors.base import OfflineRegister
from statemachines.vocabulary.effects import DeliverOffline, Fiscalise, GoOffline, GoOnline, RefillCodes
from statemachines.vocabulary.events import Event
from statemachines.vocabulary.offline_events import (
    OfflineCode,
    OfflineCodesNotRefilled,
    OfflineCodesRefilled,
    OfflineDocumentDelivered,
    OfflineDocumentRefused,
    RegisterSeen,
)
from tests.firmware_bridge.vendors.checkbox.virtual import back, move, opening, report, sale, uuid_of

SESSION: Final = uuid_of(800)
MOST_TRIES: Final = 40


class Time(Protocol):
    """Of the till and the vendor."""

    def utc_ms(self) -> int: ...

    async def sleep(self, seconds: float) -> None: ...


@dataclass(frozen=True)
class Stamped:
    """A document of the offline time."""

    order: Fiscalise
    code: OfflineCode | None
    fiscal_at: int

    @property
    def step(self) -> DeliverOffline:
        return DeliverOffline(self.order.document_id, self.code, self.fiscal_at, self.order)


@dataclass
class Till:
    """`register` is asked for anew before every step: a test may put another process in its place."""

    register: Callable[[], OfflineRegister]
    time: Time
    pool: list[OfflineCode] = field(default_factory=list)
    queue: list[Stamped] = field(default_factory=list)
    last_at: int = 0
    away: OfflineCode | None = None
    first_at: int = 0
    told: list[Event] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    # --- before ---------------------------------------------------------------------------------------------------

    async def refill(self, ask: int) -> Event:
        event = await self.register().refill(RefillCodes(ask))
        if isinstance(event, OfflineCodesRefilled):
            self.pool = sorted(event.codes, key=lambda one: one.serial)
        if isinstance(event, OfflineCodesRefilled | OfflineCodesNotRefilled):
            self.last_at = max(self.last_at, event.asked_at)
        return event

    # --- without Checkbox -----------------------------------------------------------------------------------------

    def begins(self) -> None:
        self.away, self.first_at = self.pool.pop(), self._date()

    def stamps(self, order: Fiscalise) -> Stamped:
        one = Stamped(order, None if order.move is not None else self.pool.pop(), self._date())
        self.queue.append(one)
        return one

    async def a_day_away(self) -> None:
        """A sale, its return, cash in, the Z report, a new shift and a sale in it, a minute apart."""
        self.begins()
        orders = (
            sale(3000, 21),
            back(1000, 22),
            move(500, 23),
            report("shift_report", 24),
            opening(25),
            sale(700, 26),
            sale(900, 27),
        )
        for order in orders:
            await self.time.sleep(60)
            self.stamps(order)
        await self.time.sleep(60)

    def _date(self) -> int:
        """Whole seconds, never before anything else."""
        self.last_at = -(-max(self.last_at, self.time.utc_ms()) // 1000) * 1000
        return self.last_at

    # --- back -----------------------------------------------------------------------------------------------------

    async def drains(self) -> bool:
        """Until it is on line again; False when Checkbox will not take something."""
        if not await self.goes_offline():
            return False
        for one in sorted(self.queue, key=lambda one: one.fiscal_at):
            event = await self._step(lambda one=one: self.register().deliver(one.step))  # type: ignore[misc]
            if not isinstance(event, OfflineDocumentDelivered):
                return False
        return await self.comes_online()

    async def goes_offline(self) -> bool:
        if self.away is None:
            return False
        seen = await self._step(lambda: self.register().look())
        if isinstance(seen, RegisterSeen) and seen.offline and not seen.manual:
            await self._step(lambda: self.register().refill(RefillCodes(0)))
        step = GoOffline(SESSION, self.away, self.first_at)
        return not isinstance(await self._step(lambda: self.register().go_offline(step)), OfflineDocumentRefused)

    async def comes_online(self) -> bool:
        for tries in range(1, MOST_TRIES):
            while isinstance(seen := await self._step(lambda: self.register().look()), RegisterSeen):
                if seen.server_at >= self.last_at:
                    break
                await self.time.sleep(5)
            step = GoOnline(SESSION, tries)
            await self._step(lambda step=step: self.register().go_online(step))  # type: ignore[misc]
            await self.time.sleep(15)
            seen = await self._step(lambda: self.register().look())
            if isinstance(seen, RegisterSeen) and not seen.offline:
                return True
        return False

    async def _step(self, work: Callable[[], Awaitable[Event]]) -> Event:
        for _ in range(MOST_TRIES):
            try:
                event = await work()
            except (NotSent, Unanswered, Refused) as error:
                self.failed.append(error.text)
                await self.time.sleep(5)
                continue
            self.told.append(event)
            return event
        raise AssertionError(f"no answer after {MOST_TRIES} tries: {self.failed[-1]}")

    @property
    def refusal(self) -> str:
        """Why Checkbox will not take something."""
        return next(event.reason for event in self.told if isinstance(event, OfflineDocumentRefused))


def wrongs(books: dict[str, Any], till: Till) -> list[str]:
    """What is not as it must be after everything was delivered; empty when all is well."""
    found = [f"jammed: {books['jam']}"] if books["jam"] else []
    found += [] if books["mode"] == "ONLINE" and not books["waiting"] else [f"{books['mode']}, {books['waiting']} wait"]
    for one in till.queue:
        count = _count(books, one.order)
        if count != 1:
            found.append(f"{one.order.document_id} is there {count} times")
    found += _numbers(books, till)
    return found + _dates(books)


def _count(books: dict[str, Any], order: Fiscalise) -> int:
    if order.report is not None:
        return sum(one["id"] == order.report.shift_id and one["status"] == "CLOSED" for one in books["shifts"])
    rows = books["shifts"] if order.opening is not None else [*books["receipts"], *books["service"]]
    return sum(one["id"] == order.fiscal_doc_id for one in rows)


def _numbers(books: dict[str, Any], till: Till) -> list[str]:
    """Each document bears the number that its paper bears, and no number stands on two."""
    used = [one["offline_id"] for one in books["transactions"] if one["offline_id"]]
    found = [f"number {one} is on two documents" for one in {one for one in used if used.count(one) > 1}]
    numbers = {one["id"]: one["fiscal_code"] for one in books["receipts"]}
    ours = [(one.order.fiscal_doc_id, one.code) for one in till.queue if one.order.receipt is not None]
    return found + [f"{key} bears {numbers.get(key)}" for key, code in ours if code and numbers.get(key) != code.value]


def _dates(books: dict[str, Any]) -> list[str]:
    """Delivered documents in the order of their dates."""
    rows = [one for one in books["transactions"] if one["delivered"] and one["hash"]]
    dated = [(datetime.fromisoformat(one.get("original_datetime") or one["created_at"]), one["type"]) for one in rows]
    if rows and "original_datetime" not in rows[0]:
        return []  # the older interface does not tell them: that it is not jammed says as much
    return [f"{later[1]} is dated before {one[1]}" for one, later in pairwise(dated) if later[0] < one[0]]


def stamps_of(events: Sequence[Event]) -> dict[str, Any]:
    """What each delivered document's complete particulars are."""
    return {event.document_id: event.stamp for event in events if isinstance(event, OfflineDocumentDelivered)}
