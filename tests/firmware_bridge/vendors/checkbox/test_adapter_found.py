"""Rules, lane and Checkbox together, when the shift at the vendor is not what the till believes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from firmware_bridge.fiscal_lane import FiscalLane
from firmware_bridge.vendors.base import Findings
from firmware_bridge.vendors.checkbox.fiscaliser import TRAITS
from firmware_bridge.vendors.http import Request, Response
from statemachines.vocabulary.commands import OpenShift, Sell
from statemachines.vocabulary.day_events import ShiftFoundClosed, ShiftFoundOpen
from statemachines.vocabulary.effects import Ask, Effect, Kick, Print
from statemachines.vocabulary.events import Event, FiscalisationRefused, ReceiptFiscalised
from tests.firmware_bridge.vendors.checkbox.virtual import (
    CASHIER,
    World,
    move,
    opening,
    report,
    sale,
    stamp_of,
    uuid_of,
)
from tests.support.fiscal_till import PlainPrinter
from tests.support.rules import Bench, shop


@dataclass
class Till:
    """The rules of a till; its fiscal orders go through a lane to the vendor's sandbox. `heard`: what came back."""

    world: World
    lane: FiscalLane
    inbox: asyncio.Queue[Event]
    bench: Bench = field(default_factory=lambda: Bench(shop(traits=TRAITS), shift=False))
    printer: PlainPrinter = field(default_factory=PlainPrinter)
    heard: list[Event] = field(default_factory=list)

    async def open(self, n: int) -> None:
        await self.serve(self.bench.do(OpenShift(uuid_of(n), CASHIER, 0)).effects)

    async def sell(self, n: int, amount: int = 1000) -> None:
        receipt = sale(amount, n).receipt
        assert receipt is not None
        await self.serve(self.bench.do(Sell(uuid_of(n), CASHIER, receipt)).effects)

    async def serve(self, effects: list[Effect]) -> None:
        waiting = list(effects)
        while waiting:
            effect = waiting.pop(0)
            if isinstance(effect, Print | Kick) or (isinstance(effect, Ask) and isinstance(effect.intention, Print)):
                events = self.printer.serve(effect)
            else:
                self.lane.order(effect)
                events = await self._outcome()
                self.heard += events
            for event in events:
                waiting += self.bench.run(event).effects

    async def _outcome(self) -> list[Event]:
        events: list[Event] = []
        while not any(isinstance(event, ReceiptFiscalised | FiscalisationRefused) for event in events):
            async with asyncio.timeout(10):
                events.append(await self.inbox.get())
        while not self.inbox.empty():
            events.append(self.inbox.get_nowait())
        return events

    @property
    def shift(self) -> str:
        return self.bench.rules.state.shift.state


def at(world: World, scenario: Callable[[Till], Awaitable[None]]) -> Till:
    async def main() -> Till:
        inbox: asyncio.Queue[Event] = asyncio.Queue()
        lane = FiscalLane("checkbox", world.fiscaliser, inbox.put_nowait, world.time)
        lane.start()
        till = Till(world, lane, inbox)
        try:
            await scenario(till)
        finally:
            await asyncio.to_thread(lane.close)
        return till

    return asyncio.run(main())


async def over_midnight(till: Till) -> None:
    """The vendor closes by itself at 23:00; the cashier sells on, is refused, opens anew and sells."""
    await till.open(1)
    await till.sell(10)
    assert isinstance(till.heard[-1], ReceiptFiscalised)
    till.world.time.vendor.advance(17 * 3600)
    await till.sell(11, 2300)


def test_after_the_vendors_own_close_a_sale_is_refused_and_the_shift_is_shown_closed() -> None:
    till = at(World(auto_close_shift_at="23:00"), over_midnight)
    found, refused = till.heard[-2:]
    assert isinstance(found, ShiftFoundClosed)
    assert found.shift_id == uuid_of(1)
    assert "Checkbox by itself or another program" in found.by
    assert isinstance(refused, FiscalisationRefused)
    assert refused.reason.startswith("the shift is not open at Checkbox any more: open a shift, then try again")
    assert till.shift == "closed"
    assert len(till.world.books()["receipts"]) == 1


def test_a_new_shift_is_opened_and_the_same_sale_is_sold_once() -> None:
    async def scenario(till: Till) -> None:
        await over_midnight(till)
        await till.open(2)
        assert till.shift == "open"
        await till.sell(12, 2300)

    till = at(World(auto_close_shift_at="23:00"), scenario)
    sold = [(row["id"], row["status"]) for row in till.world.books()["receipts"]]
    assert sold == [(uuid_of(10), "DONE"), (uuid_of(12), "DONE")]
    assert [name for name, copy in till.printer.whole if copy == 0].count(uuid_of(12)) == 1
    assert till.printer.originals(uuid_of(11)) == 0
    assert till.bench.rules.state.shift.sales.count == 1
    assert [row["status"] for row in till.world.books()["shifts"]] == ["CLOSED", "OPENED"]


def test_a_till_that_were_not_told_would_believe_in_its_shift_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the same night with a fiscaliser that keeps what it found to itself."""
    world = World(auto_close_shift_at="23:00")
    monkeypatch.setattr(type(world.fiscaliser), "found", lambda _: Findings())
    assert at(world, over_midnight).shift == "open"


def test_the_shift_is_found_closed_after_a_restart_too() -> None:
    world = World(auto_close_shift_at="23:00").opened()
    world.time.vendor.advance(17 * 3600)
    restarted = world.with_forms(world.forms)
    world.fiscaliser = restarted
    assert isinstance(world.do(move(500)), FiscalisationRefused)
    (event,) = restarted.found().before
    assert isinstance(event, ShiftFoundClosed)
    assert event.shift_id == uuid_of(1)
    assert restarted.found() == Findings()


def test_a_shift_that_is_still_being_closed_is_not_called_closed() -> None:
    world = World(signing_delay_s=30.0).opened()
    world.line.cuts = ["", "after"]
    with pytest.raises(Exception, match="did not answer"):
        world.do(report("shift_report"))
    assert isinstance(world.do(sale()), FiscalisationRefused)
    assert world.fiscaliser.found() == Findings()


def test_an_unanswered_question_which_shift_was_closed_tells_nothing_and_the_sale_stays_refused() -> None:
    world = World(auto_close_shift_at="23:00").opened()
    world.time.vendor.advance(17 * 3600)
    world.line.cuts = ["", "", "on its way"]  # the line is made sure of, the sale is refused, the question is lost
    event = world.do(sale())
    assert isinstance(event, FiscalisationRefused)
    assert world.line.calls[-1] == "GET /shifts"
    assert world.fiscaliser.found() == Findings()
    assert isinstance(world.do(sale(1000, 12)), FiscalisationRefused)
    assert len(world.fiscaliser.found().before) == 1


def test_this_cashiers_shift_on_this_register_is_adopted_with_the_cash_that_lies_there() -> None:
    world = World(initial_balance=4200).opened()
    stamp_of(world.do(sale(1000, 30)))

    async def scenario(till: Till) -> None:
        await till.open(2)
        assert till.shift == "open"
        await till.sell(31, 700)

    till = at(world, scenario)
    refused, found = till.heard[:2]
    assert isinstance(refused, FiscalisationRefused)
    assert "the till goes on in that one; no new one was opened" in refused.reason
    assert isinstance(found, ShiftFoundOpen)
    assert (found.shift_id, found.initial, found.vendor_number) == (uuid_of(1), 5200, "1")
    assert (found.business_date, found.cashier) == ("2026-03-02", CASHIER)
    assert till.bench.rules.state.shift.expected_cash == 5900
    assert "POST /shifts" not in world.line.calls
    assert world.books()["balance"] == 5900


def test_this_cashiers_shift_on_another_register_is_not_adopted() -> None:
    world = World().opened()

    def elsewhere(request: Request) -> Response | None:
        if not request.path.endswith("/cashier/shift"):
            return None
        reply = world.service.handle(request.method, request.path, {}, request.headers, b"")
        shift = json.loads(reply.body)
        shift["cash_register"]["fiscal_number"] = "TEST999999"
        return Response(200, {}, json.dumps(shift).encode())

    world.line.scripted = elsewhere
    event = world.do(opening(2))
    assert isinstance(event, FiscalisationRefused)
    assert "which this till did not open" in event.reason
    assert world.fiscaliser.found() == Findings()


def test_a_register_that_another_cashier_works_on_is_refused_and_not_adopted() -> None:
    world = World()

    def other(request: Request) -> Response | None:
        if (request.method, request.path) != ("POST", "/api/v1/shifts"):
            return None
        return Response(400, {}, '{"message": "Каса зайнята іншим касиром"}'.encode())

    world.line.scripted = other
    event = world.do(opening())
    assert isinstance(event, FiscalisationRefused)
    assert "another cashier works on this register" in event.reason
    assert world.fiscaliser.found() == Findings()
