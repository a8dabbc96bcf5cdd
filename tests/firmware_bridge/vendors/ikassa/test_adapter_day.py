"""A day at iKassa: what is made there, what is told of it, and through the lane; with and without a PIN."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from drivers.errors import NotSent, Refused
from firmware_bridge.fiscal_lane import FiscalLane
from firmware_bridge.vendors.ikassa.client import IkassaClient, Place
from firmware_bridge.vendors.ikassa.inspection import inspect
from firmware_bridge.vendors.ikassa.manner import Manner, traits
from statemachines.vocabulary.effects import Ask, Effect, SignOut
from statemachines.vocabulary.events import Event, FiscalisationDoubtful, FiscalisationRefused, ReceiptFiscalised
from statemachines.vocabulary.receipt import Customer
from tests.firmware_bridge.vendors.ikassa.adapter_world import (
    CASHIER,
    QUICK_S,
    Cut,
    VirtualTransport,
    World,
    back,
    by_card,
    move,
    opening,
    report,
    run,
    sale,
    stamp_of,
    uuid_of,
)


def test_a_day_is_made_and_told() -> None:
    world = World()
    orders = [opening(), move(5000), sale(1234, 10, 2000), back(234), by_card(700), move(100, 52, "out")]
    events = [world.do(order) for order in [*orders, report("x_report"), report("shift_report", 91)]]
    assert all(isinstance(event, ReceiptFiscalised) and event.printed == "yes" for event in events), events
    books = world.books()
    kinds = [one["kind"] for one in books["documents"]]
    assert kinds == ["OpenShift", "Deposit", "Sale", "MoneyBack", "Sale", "Withdraw", "CloseShift"]
    assert (books["cash"], books["charged"], books["shift"]["open"]) == (5000 + 1234 - 234 - 100, 700, False)


def test_a_sales_stamp_is_the_tills_own_particulars() -> None:
    world = World().opened()
    stamp = stamp_of(world.do(sale(1234, 10, 2000)))
    made = world.books()["documents"][-1]
    assert (stamp.fiscaliser, stamp.number, stamp.vendor_id) == ("ikassa", made["uid"], made["uuid"])
    assert (stamp.document_no, stamp.register, stamp.date) == (str(made["number"]), "131010705", made["made_at"])
    assert (stamp.totals.total, stamp.totals.change) == (1234, 766)
    assert stamp.at == 1772442000000  # 12:00:00 in Minsk


def test_a_receipt_that_did_not_come_on_paper_stands() -> None:
    world = World().opened()
    world.fault("printer-failed", count=2)
    event = world.do(sale())
    assert isinstance(event, ReceiptFiscalised)
    assert event.printed == "no"
    assert getattr(world.do(report("x_report")), "printed", "") == "no"
    assert len(world.books()["by_operation"]) == 2  # the shift's opening and the sale


def test_a_buyers_number_is_sent_with_the_sale() -> None:
    world = World(customer=Customer(tax_number="123456789")).opened()
    stamp_of(world.do(sale()))
    assert world.line.bodies("SALE")[0]["tpTaxNumber"] == "123456789"


def test_a_till_that_wants_a_pin_works_with_the_right_one() -> None:
    world = World(token_mode=True)
    world.pin = world.service.pin
    world.restart()
    assert isinstance(world.do(opening()), ReceiptFiscalised)
    assert world.line.calls == ["AUTH", "OPEN_SHIFT"]


@pytest.mark.parametrize("pin", ["", "wrong"])
def test_a_till_that_wants_a_pin_makes_nothing_without_the_right_one(pin: str) -> None:
    world = World(pin=pin, token_mode=True)
    event = world.do(opening())
    assert isinstance(event, FiscalisationRefused)
    assert "PIN" in event.reason
    assert world.books()["documents"] == []


def test_a_token_that_has_expired_is_renewed_by_the_way() -> None:
    world = World(token_mode=True)
    world.pin = world.service.pin
    world.restart()
    world.opened()
    world.fault("token-expired", count=1)
    stamp_of(world.do(sale()))
    assert world.line.calls == ["SALE", "AUTH", "SALE"]
    assert world.books()["by_operation"][sale().fiscal_doc_id] == 1


def test_another_register_than_the_configured_one_gets_nothing() -> None:
    world = World(manner=Manner(register="999"))
    with pytest.raises(Refused, match="register 131010705 answers, and 999 is configured"):
        world.do(opening())
    with pytest.raises(Refused):
        run(world.fiscaliser.connect())
    assert world.line.calls == ["OTHER_INFO"] * 2
    ours = World(manner=Manner(register="131010705")).opened()
    stamp_of(ours.do(sale()))
    assert ours.line.calls == ["SALE"]


def test_a_register_that_cannot_be_asked_who_it_is_gets_nothing() -> None:
    world = World(manner=Manner(register="131010705"))
    world.line.cuts = ["on its way"]
    with pytest.raises(NotSent):
        world.do(opening())


def test_connecting_asks_and_a_till_that_tells_nothing_of_itself_is_no_hindrance() -> None:
    world = World()
    run(world.fiscaliser.connect())
    world.fault("server-error", count=1)
    run(world.fiscaliser.connect())
    world.fault("blocked", count=1)
    with pytest.raises(Refused):
        run(world.fiscaliser.connect())
    run(world.fiscaliser.close())


def test_a_look_at_the_till_says_what_is_not_in_order() -> None:
    def client(world: World, pin: str = "") -> IkassaClient:
        line = VirtualTransport(world.line, QUICK_S)
        return IkassaClient(line, line, Place(pin=pin), world.time)

    world = World()
    rows = run(inspect(client(world), replace(world.forms, sale_taxes=True), Manner(register="1"), ("vat20", "free")))
    assert [(row.what, row.ok) for row in rows] == [
        ("sign-in", True),
        ("register", False),
        ("tax", True),
        ("tax", False),
    ]
    assert "1 is configured" in rows[1].found
    locked = World(token_mode=True)
    wrong = "9999" if locked.service.pin != "9999" else "8888"
    (row,) = run(inspect(client(locked, wrong), locked.forms, Manner(), ()))
    assert (row.what, row.ok) == ("sign-in", False)
    blocked = World()
    blocked.fault("blocked", count=1)
    rows = run(inspect(client(blocked), blocked.forms, Manner(), ("vat20",)))
    assert [row.ok for row in rows] == [True, False]


def test_traits_follow_the_profile() -> None:
    selling, taking = traits("sale"), traits("sink", collects_card=False)
    assert (selling.prints, selling.collects_card, selling.lookup, selling.takes_orders) == (
        True,
        True,
        "our_id",
        False,
    )
    assert (selling.sells_in_doubt, selling.shift_limit_ms) == (False, 86_400_000)
    assert (taking.takes_orders, taking.collects_card, taking.shift_limit_ms) == (True, False, 0)
    assert World().fiscaliser.traits == selling


# --- through the lane -------------------------------------------------------------------------------------------------


def told(world: World, orders: list[Effect], wanted: int, cuts: list[Cut] | None = None) -> list[Event]:
    """What the till's inbox gets, until there are `wanted` events; the lane is closed then."""

    async def main() -> list[Event]:
        events: list[Event] = []
        enough = asyncio.Event()

        def post(event: Event) -> None:
            events.append(event)
            if len(events) >= wanted:
                enough.set()

        lane = FiscalLane("ikassa", world.fiscaliser, post, world.time)
        world.line.cuts = ["", *(cuts or [])]  # connecting asks once before the first order
        lane.start()
        for order in orders:
            lane.order(order)
        async with asyncio.timeout(10):
            await enough.wait()
        await asyncio.to_thread(lane.close)
        return events

    return asyncio.run(main())


def test_a_day_through_the_lane() -> None:
    world = World()
    orders: list[Effect] = [opening(), move(5000), sale(1234), report("x_report", 91), report("shift_report")]
    events = told(world, [*orders, SignOut(uuid_of(1), CASHIER), opening(2)], 6)
    assert all(isinstance(event, ReceiptFiscalised) for event in events), events


def test_a_lost_answer_is_doubt_and_the_question_solves_it() -> None:
    world = World().opened()
    events = told(world, [sale(), Ask(sale())], 2, ["after"])
    assert [type(event) for event in events] == [FiscalisationDoubtful, ReceiptFiscalised]
    assert getattr(events[1], "printed", "") == "unknown"


def test_what_did_not_leave_is_refused() -> None:
    (event,) = told(World().opened(), [sale()], 1, ["before"])
    assert isinstance(event, FiscalisationRefused)
    assert event.reason.endswith("nothing was sent")
