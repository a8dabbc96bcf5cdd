"""Checkbox's adapter before the sandbox of the vendor, in virtual time and without a socket.

The line can be cut at any request: before it is sent, on its way, or after it was carried out.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar, cast

from drivers.errors import NotSent, Unanswered
from firmware_bridge.vendors.checkbox.client import CheckboxClient
from firmware_bridge.vendors.checkbox.credentials import Credentials
from firmware_bridge.vendors.checkbox.fiscaliser import CheckboxFiscaliser
from firmware_bridge.vendors.checkbox.forms import NOTHING_BESIDE, Beside, Forms
from firmware_bridge.vendors.checkbox.sandbox.options import SandboxOptions
from firmware_bridge.vendors.checkbox.sandbox.service import Service
from firmware_bridge.vendors.http import Request, Response
from firmware_bridge.vendors.sandbox.clock import VirtualClock
from statemachines.arithmetic import compute
from statemachines.vocabulary.effects import Fiscalise
from statemachines.vocabulary.events import Event, ReceiptFiscalised
from statemachines.vocabulary.receipt import (
    AdjustmentRequest,
    CashMove,
    LineRequest,
    Original,
    Payment,
    Person,
    Receipt,
    Report,
    RoundingMode,
    ShiftOpening,
    ShiftTotals,
    TaxGroup,
    TaxRate,
    Turnover,
)

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
CASHIER = Person("1", "Олена", "cashier")
GROUPS = {
    "vat20": TaxGroup("vat20", "А", (TaxRate("ПДВ", 2000),)),
    "vat7": TaxGroup("vat7", "Б", (TaxRate("ПДВ", 700),)),
    "beer": TaxGroup("beer", "Г", (TaxRate("ПДВ", 2000), TaxRate("Акциз", 500))),
    "free": TaxGroup("free", "З", ()),
}
CODES: dict[str, tuple[int | str, ...]] = {"vat20": (1,), "vat7": ("Б",), "beer": (4,), "free": (8,)}
SHIFT = "5b9d1f00-0000-4000-8000-000000000001"
Cut = Literal["", "before", "on its way", "after"]
_T = TypeVar("_T")


class VirtualTime:
    """One time for the till and the vendor."""

    def __init__(self) -> None:
        self.vendor = VirtualClock(START)
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return (self.vendor.now() - START).total_seconds()

    def utc_ms(self) -> int:
        return round(self.vendor.now().timestamp() * 1000)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 6))
        self.vendor.advance(seconds)
        await asyncio.sleep(0)


@dataclass
class VirtualLine:
    """A transport to the sandbox. `cuts`: what happens to the n-th request from now on; `cut_if` decides otherwise."""

    service: Service
    time: VirtualTime
    cuts: list[Cut] = field(default_factory=list)
    sent: list[Request] = field(default_factory=list)
    latency_s: float = 0.02
    idle: float | None = None
    closed: int = 0
    scripted: Callable[[Request], Response | None] = lambda _: None

    def idle_s(self) -> float | None:
        return None if self.idle is None else self.time.monotonic() - self.idle

    async def close(self) -> None:
        self.closed += 1

    async def exchange(self, request: Request) -> Response:
        await asyncio.sleep(0)
        cut = self.cuts.pop(0) if self.cuts else ""
        if cut == "before":
            raise NotSent("the vendor could not be reached (cut)", port="virtual", role="fiscal service")
        self.sent.append(request)
        self.time.vendor.advance(self.latency_s / 2)
        response = None if cut == "on its way" else self._answer(request)
        self.time.vendor.advance(self.latency_s / 2)
        if response is None or cut == "after":
            self.idle = None
            raise Unanswered("the vendor did not answer (cut)", port="virtual", role="fiscal service")
        self.idle = self.time.monotonic()
        return response

    def _answer(self, request: Request) -> Response | None:
        if (scripted := self.scripted(request)) is not None:
            return scripted
        query: dict[str, str] = {}
        for name, value in request.query:
            query[name] = f"{query[name]},{value}" if name in query else value
        reply = self.service.handle(request.method, request.path, query, request.headers, request.body)
        self.time.vendor.advance(reply.delay_s)
        if reply.dropped:
            return None
        return Response(reply.status, {name.lower(): value for name, value in reply.headers.items()}, reply.body)

    @property
    def calls(self) -> list[str]:
        return [f"{one.method} {one.path.removeprefix('/api/v1')}" for one in self.sent]


class World:
    """A till's fiscaliser, the line and the vendor."""

    def __init__(
        self,
        profile: Literal["seed", "current"] = "current",
        *,
        pin: bool = False,
        live: bool = False,
        rounding: RoundingMode = "none",
        beside: Callable[[Fiscalise], Beside] = lambda _: NOTHING_BESIDE,
        **options: Any,
    ) -> None:
        self.time = VirtualTime()
        settings = SandboxOptions(profile=profile, **{"signing_delay_s": 1.0, **options})
        self.service = Service(settings, self.time.vendor, random.Random(7))
        self.line = VirtualLine(self.service, self.time)
        known = self.service.credentials
        self.credentials = Credentials(
            license_key=known.license_key,
            access_key=known.access_key,
            login="" if pin else known.login,
            password="" if pin else known.password,
            pin_code=known.pin_code if pin else "",
        )
        self.forms = Forms(CODES, GROUPS, profile, rounding, till_id="t-1")
        self.client = self.new_client(self.credentials)
        self.fiscaliser = CheckboxFiscaliser(
            self.client, self.forms, self.time, self.time.sleep, live=live, beside=beside
        )

    def new_client(self, credentials: Credentials) -> CheckboxClient:
        return CheckboxClient(self.line, credentials, self.time, client_name="till", client_version="1.0")

    def with_forms(self, forms: Forms) -> CheckboxFiscaliser:
        return CheckboxFiscaliser(self.client, forms, self.time, self.time.sleep)

    def fault(self, name: str, **more: Any) -> None:
        reply = self.service.handle("POST", "/_fault", {}, {}, json.dumps({"name": name, **more}).encode())
        assert reply.status == 200, reply.body

    def books(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.service.handle("GET", "/_books", {}, {}, b"").body)
        return found

    def do(self, order: Fiscalise) -> Event:
        return run(self.fiscaliser.fiscalise(order))

    def ask(self, order: Fiscalise) -> Event:
        return run(self.fiscaliser.ask(order))

    def opened(self) -> World:
        stamp_of(self.do(opening()))
        self.line.sent.clear()
        self.time.slept.clear()
        return self


def run(work: Awaitable[_T]) -> _T:
    return asyncio.run(cast("Coroutine[Any, Any, _T]", work))


def stamp_of(event: Event) -> Any:
    assert isinstance(event, ReceiptFiscalised), event
    assert event.printed == "not_mine"
    return event.stamp


def uuid_of(n: int) -> str:
    return f"5b9d1f00-0000-4000-8000-{n:012d}"


def opening(n: int = 1) -> Fiscalise:
    value = ShiftOpening(uuid_of(n), 1, 0, (), CASHIER, "2026-03-02", "UAH", "uk")
    return Fiscalise(uuid_of(n), uuid_of(n), opening=value)


def report(kind: Literal["x_report", "shift_report"], n: int = 90, shift: int = 1) -> Fiscalise:
    totals = ShiftTotals(Turnover(), Turnover(), 0, 0, 0, 0)
    value = Report(uuid_of(n), kind, "1", 1, 0, "UAH", "uk", CASHIER, totals, "1:00", shift_id=uuid_of(shift))
    return Fiscalise(uuid_of(n), uuid_of(n), report=value)


def move(amount: int, n: int = 50, direction: Literal["in", "out"] = "in") -> Fiscalise:
    kind: Literal["add_to_float", "cash_pull"] = "add_to_float" if direction == "in" else "cash_pull"
    value = CashMove(uuid_of(n), kind, direction, amount, "UAH", "uk", "change", CASHIER, "main")
    return Fiscalise(uuid_of(n), uuid_of(n), move=value)


def line(
    price: int, quantity: int = 1000, *adjustments: AdjustmentRequest, group: str = "vat20", name: str = "Хліб"
) -> LineRequest:
    return LineRequest("c-1", name, price, quantity, group, adjustments)


def receipt(
    lines: Sequence[LineRequest],
    payments: Sequence[Payment],
    *adjustments: AdjustmentRequest,
    n: int = 10,
    kind: Literal["sale", "return"] = "sale",
    rounding: RoundingMode = "none",
    original: Original | None = None,
) -> Receipt:
    done = compute(lines, adjustments, payments, GROUPS, rounding, kind)
    return Receipt(
        uuid_of(n), kind, "000001", "UAH", "uk", CASHIER, "main", done.lines, done.adjustments, done.payments,
        done.totals, original=original,
    )  # fmt: skip


def sale(amount: int = 1000, n: int = 10, given: int | None = None) -> Fiscalise:
    value = receipt([line(amount)], [Payment("cash", amount, given=given)], n=n)
    return Fiscalise(uuid_of(n), uuid_of(n), receipt=value)


def back(amount: int = 1000, n: int = 11, of: Original | None = None, reason: str = "") -> Fiscalise:
    value = receipt([line(amount)], [Payment("cash", amount)], n=n, kind="return", original=of)
    return Fiscalise(uuid_of(n), uuid_of(n), receipt=replace(value, return_reason=reason))
