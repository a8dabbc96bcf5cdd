"""Cards that the register charges itself: declined, slow, lost, and never charged twice."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from firmware_bridge.vendors.http import Request, Response
from firmware_bridge.vendors.ikassa.manner import Manner
from firmware_bridge.vendors.ikassa.waiting import OnTheirWay, Patience
from statemachines.vocabulary.events import (
    Declined,
    FiscalisationDoubtful,
    FiscalisationRefused,
    FiscalisationUnknown,
    ReceiptFiscalised,
)
from statemachines.vocabulary.receipt import Original
from tests.firmware_bridge.vendors.ikassa.adapter_world import (
    Cut,
    World,
    back,
    by_card,
    heard,
    sale,
    stamp_of,
    to_the_end,
    with_texts,
)

CUTS: tuple[Cut, ...] = ("before", "on its way", "after")


def charges(world: World) -> list[int]:
    return [one["charged"] for one in world.books()["documents"] if one["charged"]]


@pytest.mark.parametrize("remembers", [True, False])
def test_a_declined_card_is_declined(remembers: bool) -> None:
    world = World(remembers_declined=remembers).opened()
    world.fault("declined", count=1)
    event = world.do(by_card())
    assert isinstance(event, Declined), event
    assert "Оплата картой отклонена" in event.reason
    assert charges(world) == []
    stamp_of(world.do(by_card(n=13)))
    assert charges(world) == [1000]


def test_a_return_to_the_card_names_the_payment_as_the_register_answered_it_for_the_sale() -> None:
    """Nobody has typed it; what somebody has typed goes first, and what nobody knows is asked for by its code 418."""
    world = World().opened()
    rrn = stamp_of(world.do(by_card())).rrn
    assert re.fullmatch(r"\d{12}", rrn)
    order = by_card(n=13, kind="return", rrn="")
    assert order.receipt is not None
    unknown = world.do(order)
    assert isinstance(unknown, FiscalisationRefused), unknown
    assert (unknown.final, "code 418" in unknown.reason, "card slip" in unknown.reason) == (True, True, True)
    original = Original(id="s", number="000001", rrn=rrn)
    stamp_of(world.do(with_texts(order, original=original)))
    assert [one["rrn"] for one in world.line.bodies("MONEY_BACK") if "rrn" in one] == [rrn]
    stamp_of(world.do(by_card(n=14)))
    typed = by_card(n=15, kind="return", rrn="777")
    stamp_of(world.do(with_texts(typed, original=original)))
    assert world.line.bodies("MONEY_BACK")[-1]["rrn"] == "777"


def test_a_return_in_cash_of_a_card_payment_names_no_payment() -> None:
    world = World().opened()
    rrn = stamp_of(world.do(by_card())).rrn
    stamp_of(world.do(sale(n=13)))
    stamp_of(world.do(with_texts(back(n=14), original=Original(id="s", rrn=rrn))))
    assert "rrn" not in world.line.bodies("MONEY_BACK")[-1]


def test_a_code_that_means_declined_is_configuration() -> None:
    world = World(declined_code=451, manner=Manner(declined=(399, 451))).opened()
    world.fault("declined", count=1)
    assert isinstance(world.do(by_card()), Declined)
    unknown = World(declined_code=451).opened()
    unknown.fault("declined", count=1)
    assert isinstance(unknown.do(by_card()), FiscalisationRefused)


def test_a_customer_may_take_three_minutes() -> None:
    world = World().opened()
    world.fault("slow-card", count=1, delay_s=179)
    event = world.do(by_card())
    assert isinstance(event, ReceiptFiscalised)
    assert event.printed == "yes"
    assert charges(world) == [1000]


def test_cash_is_not_waited_for_so_long() -> None:
    world = World().opened()
    world.fault("slow", count=1, delay_s=21)
    told = heard(world.do, sale(), asks=False)
    assert isinstance(told, FiscalisationDoubtful)


@pytest.mark.parametrize("busy", [True, False])
def test_a_card_that_takes_longer_than_it_may_is_never_said_to_be_refused(busy: bool) -> None:
    world = World(answers_while_busy=busy).opened()
    world.fault("slow-card", count=1, delay_s=400)
    told = to_the_end(world, by_card())
    last = told[-1]
    found = isinstance(last, ReceiptFiscalised) and last.printed == "unknown"
    assert found or getattr(last, "person_needed", False), told
    assert world.line.calls.count("SALE") == 1
    world.time.vendor.advance(400)
    assert charges(world) == [1000]


@pytest.mark.parametrize("busy", [True, False])
def test_an_answer_that_is_lost_while_the_card_is_waited_for_is_asked_for(busy: bool) -> None:
    world = World(answers_while_busy=busy).opened()
    world.fault("slow-card-lost", count=1, delay_s=60)
    told = to_the_end(world, by_card())
    assert isinstance(told[-1], ReceiptFiscalised), told
    assert world.line.calls.count("SALE") == 1
    assert charges(world) == [1000]


def test_a_till_that_took_busy_for_refused_would_tell_lies() -> None:
    """The control: while the card is waited for, the till's answer says that nothing succeeded."""
    world = World(answers_while_busy=True).opened()
    world.fault("slow-card-lost", count=1, delay_s=60)
    heard(world.do, by_card(), asks=False)
    event = world.ask(by_card())
    assert isinstance(event, FiscalisationDoubtful)
    status = world.service.handle(
        "POST",
        "/v1",
        {},
        {"INTENT_OPERATION_TYPE": "OPERATION_ID"},
        json.dumps({"operationId": by_card().fiscal_doc_id}).encode(),
    )
    assert json.loads(status.body)["isSucceed"] is False
    world.time.vendor.advance(60)
    assert charges(world) == [1000]


def test_a_card_sale_that_never_arrived_ends_with_a_person_and_is_not_sent_again() -> None:
    world = World().opened()
    world.line.cuts = ["on its way"]
    told = to_the_end(world, by_card())
    last = told[-1]
    assert isinstance(last, FiscalisationDoubtful)
    assert last.person_needed
    assert "card terminal" in last.reason
    assert world.time.monotonic() >= 180
    assert world.line.calls.count("SALE") == 1
    assert charges(world) == []


def test_after_a_restart_a_card_sale_is_only_asked_about() -> None:
    world = World().opened()
    world.line.cuts = ["after"]
    heard(world.do, by_card(), asks=False)
    world.restart()
    assert isinstance(world.ask(by_card()), ReceiptFiscalised)
    lost = World().opened()
    lost.line.cuts = ["on its way"]
    heard(lost.do, by_card(), asks=False)
    lost.restart()
    first = lost.ask(by_card())
    assert isinstance(first, FiscalisationDoubtful)
    assert not first.person_needed
    lost.time.vendor.advance(181)
    second = lost.ask(by_card())
    assert isinstance(second, FiscalisationDoubtful)
    assert second.person_needed


def with_answer(answer: dict[str, Any]) -> World:
    """The register refuses the sale in these words, and knows nothing of it afterwards."""
    world = World().opened()

    def script(request: Request) -> Response | None:
        if request.headers["INTENT_OPERATION_TYPE"] != "SALE":
            return None
        return Response(200, {}, json.dumps({"type": "SALE", "messageTitle": "Ошибка", **answer}).encode())

    world.line.scripted = script
    return world


@pytest.mark.parametrize("code", [399, 409, 450])
def test_a_refusal_with_the_number_of_a_card_payment_says_that_it_was_charged(code: int) -> None:
    event = with_answer({"resultCode": code, "rrn": "000000000042"}).do(by_card())
    assert isinstance(event, FiscalisationRefused), event
    assert event.charged
    assert "RRN 000000000042" in event.reason


@pytest.mark.parametrize("rrn", [None, "", "000000000042"])
def test_a_cash_sale_is_never_said_to_be_charged(rrn: str | None) -> None:
    event = with_answer({"resultCode": 409, "rrn": rrn}).do(sale())
    assert isinstance(event, FiscalisationRefused)
    assert not event.charged


def test_what_was_charged_once_is_not_sent_to_be_charged_again() -> None:
    """As the rules try it again: the money is taken, so it is no payment of the register's any more."""
    order = by_card()
    assert order.receipt is not None
    paid = tuple(replace(one, collected="before") for one in order.receipt.payments)
    again = replace(
        order, fiscal_doc_id="5b9d1f00-0000-8000-8000-000000000099", receipt=replace(order.receipt, payments=paid)
    )
    world = World().opened()
    event = world.do(again)
    assert isinstance(event, FiscalisationRefused)
    assert event.final
    assert "charged twice" in event.reason
    assert world.line.calls == []


def test_a_card_that_failed_with_its_answer_lost_is_a_persons_question() -> None:
    """The till's "did not succeed" is the same for a card that was declined and for one that is still waited for."""
    world = World().opened()
    world.fault("declined", count=1)
    world.fault("lost-answer", count=1, operation="SALE")
    told = to_the_end(world, by_card())
    assert isinstance(told[-1], FiscalisationDoubtful), told
    assert told[-1].person_needed
    assert "did not succeed" in told[-1].reason
    assert world.time.monotonic() >= 180


def failed(more: dict[str, Any]) -> World:
    world = World(manner=Manner(patience=Patience(card_s=30, settle_s=0)))
    found = {"operationId": by_card().fiscal_doc_id, "isSucceed": False, **more}
    world.line.scripted = lambda _: Response(200, {}, json.dumps(found).encode())
    world.ask(by_card())
    world.time.vendor.advance(31)
    return world


def test_an_operation_that_failed_after_the_card_was_charged_says_so() -> None:
    event = failed({"rrn": 42}).ask(by_card())
    assert isinstance(event, FiscalisationRefused)
    assert event.charged
    assert getattr(failed({}).ask(by_card()), "person_needed", False)


def test_an_operation_in_cash_that_failed_is_refused() -> None:
    world = World(manner=Manner(patience=Patience(settle_s=0)))
    found = {"operationId": sale().fiscal_doc_id, "isSucceed": False}
    world.line.scripted = lambda _: Response(200, {}, json.dumps(found).encode())
    assert isinstance(world.ask(sale()), FiscalisationRefused)


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("kind", ["sale", "return"])
@pytest.mark.parametrize("answers", [True, False])
def test_no_cut_charges_a_card_twice(cut: Cut, kind: Any, answers: bool) -> None:
    order = by_card(kind=kind)
    for at in range(4):
        world = World(answers_while_busy=answers).opened()
        world.fault("slow-card", count=1, delay_s=20)
        world.line.cuts = [*NOTHING * at, cut, cut]
        told = to_the_end(world, order)
        done = isinstance(told[-1], ReceiptFiscalised)
        assert len(charges(world)) <= 1, told
        assert done == (len(charges(world)) == 1) or getattr(told[-1], "person_needed", False), told


NOTHING: tuple[Cut, ...] = ("",)


def test_a_till_that_sent_a_card_again_when_it_is_not_known_would_charge_twice() -> None:
    """The control: too early a question gets the answer "unknown", and the register repeats what it is sent."""
    world = World(answers_while_busy=True).opened()
    order = by_card()
    world.line.cuts = ["after"]
    heard(world.do, order, asks=False)
    world.do(order)
    assert charges(world) == [1000, 1000]


# --- how long something may be at work --------------------------------------------------------------------------------


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_document_is_on_its_way_for_its_time_and_not_longer() -> None:
    clock = Clock()
    way = OnTheirWay(clock, Patience(card_s=180, settle_s=5))
    way.left("card", card=True)
    way.left("cash", card=False)
    clock.now = 20
    way.lost("cash")
    assert way.asked("cash", card=False)
    clock.now = 25
    assert not way.asked("cash", card=False)
    assert way.asked("card", card=True)
    clock.now = 180
    assert not way.asked("card", card=True)
    way.known("card")
    assert way.asked("card", card=True)


def test_only_so_many_documents_are_remembered() -> None:
    clock = Clock()
    way = OnTheirWay(clock, Patience())
    for n in range(1000):
        way.left(f"d-{n}", card=True)
    clock.now = 100
    assert way.asked("d-999", card=True)
    clock.now = 181
    assert not way.asked("d-999", card=True)
    assert way.asked("d-0", card=True)  # forgotten: its time begins anew


def test_cash_that_is_not_known_is_sent_again_after_a_moment_only() -> None:
    world = World().opened()
    world.line.cuts = ["on its way"]
    heard(world.do, sale(), asks=False)
    assert isinstance(world.ask(sale()), FiscalisationDoubtful)
    world.time.vendor.advance(6)
    assert isinstance(world.ask(sale()), FiscalisationUnknown)
