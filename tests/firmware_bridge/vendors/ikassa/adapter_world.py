"""iKassa's adapter before the sandbox of the vendor, in virtual time and without a socket.

The line can be cut at any request: before it is sent, on its way, or after it was carried out. `Slow` is the till's
patience: what is late by more than that has no answer.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar, cast
from zoneinfo import ZoneInfo

from drivers.errors import NotSent, Refused, Unanswered
from firmware_bridge.vendors.http import Request, Response
from firmware_bridge.vendors.ikassa.client import IkassaClient, Place
from firmware_bridge.vendors.ikassa.fiscaliser import IkassaFiscaliser
from firmware_bridge.vendors.ikassa.forms import Forms
from firmware_bridge.vendors.ikassa.manner import Manner
from firmware_bridge.vendors.ikassa.sandbox.options import SandboxOptions
from firmware_bridge.vendors.ikassa.sandbox.service import Service
from firmware_bridge.vendors.sandbox.clock import VirtualClock
from statemachines.arithmetic import compute
from statemachines.vocabulary.effects import Fiscalise
from statemachines.vocabulary.events import (
    Event,
    FiscalisationDoubtful,
    FiscalisationRefused,
    FiscalisationUnknown,
    ReceiptFiscalised,
)
from statemachines.vocabulary.receipt import (
    AdjustmentRequest,
    Card,
    CashMove,
    Customer,
    LineRequest,
    Payment,
    Person,
    Receipt,
    Report,
    ShiftOpening,
    ShiftTotals,
    TaxGroup,
    TaxRate,
    Turnover,
)

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CASHIER = Person("1", "Анна", "cashier")
GROUPS = {
    "vat20": TaxGroup("vat20", "А", (TaxRate("НДС", 2000),)),
    "vat10": TaxGroup("vat10", "Б", (TaxRate("НДС", 1000),)),
}
RATES = {"vat20": "tax20", "vat10": "tax10"}
Cut = Literal["", "before", "on its way", "after"]
_T = TypeVar("_T")
QUICK_S = 20.0
PATIENT_S = 180.0


class VirtualTime:
    """One time for the till and the vendor."""

    def __init__(self) -> None:
        self.vendor = VirtualClock(START)

    def monotonic(self) -> float:
        return (self.vendor.now() - START).total_seconds()

    def utc_ms(self) -> int:
        return round(self.vendor.now().timestamp() * 1000)


@dataclass
class VirtualLine:
    """The way to the sandbox. `cuts`: what happens to the n-th request from now on. `scripted` answers instead."""

    service: Service
    time: VirtualTime
    cuts: list[Cut] = field(default_factory=list)
    sent: list[Request] = field(default_factory=list)
    closed: int = 0
    scripted: Callable[[Request], Response | None] = lambda _: None

    @property
    def calls(self) -> list[str]:
        return [one.headers["INTENT_OPERATION_TYPE"] for one in self.sent]

    def bodies(self, operation: str) -> list[Any]:
        return [json.loads(one.body) for one in self.sent if one.headers["INTENT_OPERATION_TYPE"] == operation]


@dataclass
class VirtualTransport:
    """Waits for `limit_s` seconds."""

    line: VirtualLine
    limit_s: float

    def idle_s(self) -> float | None:
        return None

    async def close(self) -> None:
        self.line.closed += 1

    async def exchange(self, request: Request) -> Response:
        line, clock = self.line, self.line.time.vendor
        await asyncio.sleep(0)
        cut = line.cuts.pop(0) if line.cuts else ""
        if cut == "before":
            raise NotSent("it could not be reached (cut)", port="virtual", role="iKassa")
        line.sent.append(request)
        await asyncio.sleep(0)
        clock.advance(0.01)
        response = None if cut == "on its way" else self._answer(request)
        await asyncio.sleep(0)
        if response is None or cut == "after":
            raise Unanswered("it did not answer (cut)", port="virtual", role="iKassa")
        return response

    def _answer(self, request: Request) -> Response | None:
        line = self.line
        if (scripted := line.scripted(request)) is not None:
            return scripted
        reply = line.service.handle(request.method, request.path, {}, request.headers, request.body)
        line.time.vendor.advance(min(reply.delay_s, self.limit_s))
        if reply.dropped or reply.delay_s > self.limit_s:
            return None
        return Response(reply.status, {name.lower(): value for name, value in reply.headers.items()}, reply.body)


class World:
    """A till's fiscaliser, the line and the vendor; `options` are the sandbox's."""

    def __init__(
        self,
        *,
        manner: Manner | None = None,
        forms: Forms | None = None,
        pin: str = "",
        customer: Customer | None = None,
        **options: Any,
    ) -> None:
        self.time = VirtualTime()
        self.service = Service(SandboxOptions(**options), self.time.vendor, random.Random(7))
        self.line = VirtualLine(self.service, self.time)
        self.manner = manner or Manner(zone=ZoneInfo("Europe/Minsk"))
        self.forms = forms or Forms(RATES)
        self.pin = pin
        self.customer = customer
        self.fiscaliser = self._new()

    def _new(self) -> IkassaFiscaliser:
        quick, patient = VirtualTransport(self.line, QUICK_S), VirtualTransport(self.line, PATIENT_S)
        client = IkassaClient(quick, patient, Place(pin=self.pin), self.time)
        return IkassaFiscaliser(client, self.forms, self.time, self.manner, lambda _: self.customer)

    def restart(self) -> None:
        """The till loses its power: the adapter's memory is gone."""
        self.fiscaliser = self._new()

    def fault(self, name: str, **more: Any) -> None:
        reply = self.service.handle("POST", "/_fault", {}, {}, json.dumps({"name": name, **more}).encode())
        assert reply.status == 200, reply.body

    def books(self) -> Any:
        return json.loads(self.service.handle("GET", "/_books", {}, {}, b"").body)

    def do(self, order: Fiscalise) -> Event:
        return run(self.fiscaliser.fiscalise(order))

    def ask(self, order: Fiscalise) -> Event:
        return run(self.fiscaliser.ask(order))

    def opened(self, cash: int = 0) -> World:
        stamp_of(self.do(opening()))
        if cash:
            stamp_of(self.do(move(cash, 51)))
        self.line.sent.clear()
        return self


def run(work: Awaitable[_T]) -> _T:
    return asyncio.run(cast("Coroutine[Any, Any, _T]", work))


def heard(work: Callable[[Fiscalise], Event], order: Fiscalise, *, asks: bool) -> Event:
    """As the lane makes an event of an exception."""
    try:
        return work(order)
    except (NotSent, Refused) as error:
        kind = FiscalisationDoubtful if asks else FiscalisationRefused
        return kind(order.document_id, error.text)
    except Unanswered as error:
        return FiscalisationDoubtful(order.document_id, error.text)


def to_the_end(world: World, order: Fiscalise, *, at_once: bool = True) -> list[Event]:
    """What the rules do: doubt is asked about, unknown is sent again under the same id, a refusal ends it, and what a
    person has to say is a person's. `at_once`: it is asked at once first, and then after 2, 5, 10, 30 seconds."""
    told = [heard(world.do, order, asks=False)]
    pauses = [0.0] * at_once + [2.0, 5.0, 10.0] + [30.0] * 20
    for pause in pauses:
        last = told[-1]
        if not isinstance(last, FiscalisationDoubtful | FiscalisationUnknown):
            break
        if isinstance(last, FiscalisationDoubtful) and last.person_needed:
            break
        if isinstance(last, FiscalisationUnknown):
            told.append(heard(world.do, order, asks=False))
            continue
        world.time.vendor.advance(pause)
        told.append(heard(world.ask, order, asks=True))
    return told


def stamp_of(event: Event) -> Any:
    assert isinstance(event, ReceiptFiscalised), event
    return event.stamp


def uuid_of(n: int) -> str:
    return f"5b9d1f00-0000-4000-8000-{n:012d}"


def opening(n: int = 1) -> Fiscalise:
    value = ShiftOpening(uuid_of(n), 1, 0, (), CASHIER, "2026-03-02", "BYN", "ru")
    return Fiscalise(uuid_of(n), uuid_of(n), opening=value)


def report(kind: Literal["x_report", "shift_report"], n: int = 90) -> Fiscalise:
    totals = ShiftTotals(Turnover(), Turnover(), 0, 0, 0, 0)
    value = Report(uuid_of(n), kind, "1", 1, 0, "BYN", "ru", CASHIER, totals, "1:00", shift_id=uuid_of(1))
    return Fiscalise(uuid_of(n), uuid_of(n), report=value)


def move(amount: int, n: int = 50, direction: Literal["in", "out"] = "in") -> Fiscalise:
    kind: Literal["add_to_float", "cash_pull"] = "add_to_float" if direction == "in" else "cash_pull"
    value = CashMove(uuid_of(n), kind, direction, amount, "BYN", "ru", "размен", CASHIER, "main", number="000007")
    return Fiscalise(uuid_of(n), uuid_of(n), move=value)


def line(price: int, quantity: int = 1000, *adjustments: AdjustmentRequest, group: str = "vat20") -> LineRequest:
    return LineRequest("c-1", "Чай", price, quantity, group, adjustments)


def receipt(
    lines: Sequence[LineRequest],
    payments: Sequence[Payment],
    *adjustments: AdjustmentRequest,
    n: int = 10,
    kind: Literal["sale", "return"] = "sale",
) -> Receipt:
    done = compute(lines, adjustments, payments, GROUPS, "none", kind)
    return Receipt(
        uuid_of(n),
        kind,
        "000001",
        "BYN",
        "ru",
        CASHIER,
        "main",
        done.lines,
        done.adjustments,
        done.payments,
        done.totals,
    )


def sale(amount: int = 1000, n: int = 10, given: int | None = None) -> Fiscalise:
    return Fiscalise(uuid_of(n), uuid_of(n), receipt=receipt([line(amount)], [Payment("cash", amount, given)], n=n))


def back(amount: int = 1000, n: int = 11) -> Fiscalise:
    value = receipt([line(amount)], [Payment("cash", amount)], n=n, kind="return")
    return Fiscalise(uuid_of(n), uuid_of(n), receipt=value)


def by_card(
    amount: int = 1000, n: int = 12, kind: Literal["sale", "return"] = "sale", rrn: str = "000000000042"
) -> Fiscalise:
    """The register is to charge it (or to give it back)."""
    card = Card(rrn=rrn) if kind == "return" else None
    value = receipt([line(amount)], [Payment("card", amount, collected="by_device", card=card)], n=n, kind=kind)
    return Fiscalise(uuid_of(n), uuid_of(n), receipt=value)


def with_texts(order: Fiscalise, **more: Any) -> Fiscalise:
    assert order.receipt is not None
    return replace(order, receipt=replace(order.receipt, **more))
