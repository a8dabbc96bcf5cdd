"""The lane with Checkbox's fiscaliser behind it, from order to event."""

from __future__ import annotations

import asyncio

from firmware_bridge.fiscal_lane import FiscalLane
from statemachines.vocabulary.effects import Ask, Effect, SignOut
from statemachines.vocabulary.events import (
    Event,
    FiscalisationDoubtful,
    FiscalisationRefused,
    FiscalisationUnknown,
    ReceiptFiscalised,
)
from statemachines.vocabulary.offline_events import FiscaliserUnreachable
from tests.firmware_bridge.vendors.checkbox.virtual import (
    CASHIER,
    Cut,
    World,
    move,
    opening,
    report,
    sale,
    uuid_of,
)


def told(world: World, orders: list[Effect], wanted: int, cuts: list[Cut] | None = None) -> list[Event]:
    """What the till's inbox gets, until there are `wanted` events; the lane is closed then."""

    async def main() -> list[Event]:
        events: list[Event] = []
        enough = asyncio.Event()

        def post(event: Event) -> None:
            events.append(event)
            if len(events) >= wanted:
                enough.set()

        lane = FiscalLane("checkbox", world.fiscaliser, post, world.time)
        world.line.cuts = ["", "", *(cuts or [])]  # connecting asks twice before the first order
        lane.start()
        for order in orders:
            lane.order(order)
        async with asyncio.timeout(10):
            await enough.wait()
        await asyncio.to_thread(lane.close)
        return events

    return asyncio.run(main())


def test_a_day_from_opening_to_signing_out() -> None:
    world = World()
    orders: list[Effect] = [opening(), move(5000), sale(1234), report("x_report", 91), report("shift_report")]
    events = told(world, [*orders, SignOut(uuid_of(1), CASHIER), opening(2)], 6)
    assert all(isinstance(event, ReceiptFiscalised) for event in events), events
    assert "POST /cashier/signout" in world.line.calls
    assert world.line.closed == 1


def test_a_lost_answer_is_doubt_and_the_question_solves_it() -> None:
    world = World().opened()
    events = told(world, [sale(), Ask(sale())], 2, ["after"])
    assert [type(event) for event in events] == [FiscalisationDoubtful, ReceiptFiscalised]


def test_what_did_not_leave_is_told_as_unreachable_and_is_unknown_to_the_vendor() -> None:
    world = World().opened()
    events = told(world, [sale(), Ask(sale())], 2, ["before"] * 7)  # seven tries half a second apart
    assert [type(event) for event in events] == [FiscaliserUnreachable, FiscalisationUnknown]


def test_a_register_that_may_not_be_worked_on_refuses_every_order() -> None:
    world = World(fiscal_number="4000123456")
    world.service.handle("POST", "/_register", {}, {}, b'{"is_test": false}')
    (event,) = told(world, [opening()], 1)
    assert isinstance(event, FiscalisationRefused)
    assert "is a live one" in event.reason
