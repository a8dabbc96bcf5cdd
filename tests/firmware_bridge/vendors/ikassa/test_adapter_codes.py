"""Every result code: what it means, what the cashier is told, and what event becomes of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from drivers.errors import Refused, Unanswered
from firmware_bridge.vendors.http import Request, Response
from firmware_bridge.vendors.ikassa.errors import TABLE, judge
from firmware_bridge.vendors.ikassa.manner import Manner
from statemachines.vocabulary.day_events import ShiftFoundClosed
from statemachines.vocabulary.effects import Fiscalise
from statemachines.vocabulary.events import FiscalisationDoubtful, FiscalisationRefused, HandedOver, ReceiptFiscalised
from tests.firmware_bridge.vendors.ikassa.adapter_world import Cut, World, move, opening, report, sale, to_the_end

#: The vendor's list of codes, and the page's one: code -> (does it say yes, would trying again end likewise).
BOOK = {
    200: (True, False),
    399: (False, False),
    400: (False, False),
    401: (False, False),
    402: (False, True),
    403: (False, True),
    404: (False, True),
    405: (False, False),
    406: (False, False),
    407: (False, False),
    408: (False, False),
    409: (False, False),
    410: (False, False),
    411: (False, True),
    412: (False, False),
    413: (False, True),
    414: (False, True),
    415: (False, True),
    416: (False, True),
    418: (False, True),
    491: (False, True),
}
NOTHING: tuple[Cut, ...] = ("",)
#: What a person can do about it, by a word of the sentence.
ADVICE = {
    399: "try again",
    400: "open a shift",
    401: "PIN",
    402: "correct the sum",
    403: "correct the price",
    404: "correct the discount",
    405: "check the PIN",
    407: "call the service",
    409: "at the till",
    410: "finish or cancel it",
    412: "close it",
    413: "technician",
    414: "divide",
    415: "correct the quantity",
    416: "divide",
    418: "card slip",
    491: "technician",
}


def test_the_table_holds_every_code_of_the_book_once() -> None:
    assert {row.code: (row.verdict == "done", row.final) for row in TABLE} == BOOK
    assert len(TABLE) == len(BOOK)
    assert [row.code for row in TABLE if row.source == "page"] == [491]


@pytest.mark.parametrize("code", ADVICE)
def test_each_refusal_says_what_to_do(code: int) -> None:
    judgement = judge(code, "текст кассы")
    assert ADVICE[code] in judgement.sentence
    assert judgement.told.endswith(f'(iKassa: "текст кассы", code {code})')


def test_a_code_of_no_paper_is_unclear_and_long_words_are_cut() -> None:
    judgement = judge(450, "ж" * 1000)
    assert judgement.verdict == "unclear"
    assert len(judgement.told) < 450


def answered(code: int, status: int = 200, **more: Any) -> Response:
    body = {"messageDetail": "текст", "messageTitle": "Ошибка", "resultCode": code, "type": "SALE", **more}
    return Response(status, {}, json.dumps(body).encode())


def scripted(operation: str, answer: Response, manner: Manner | None = None) -> World:
    """The sandbox answers everything but this operation."""
    world = World(manner=manner).opened(10_000)

    def script(request: Request) -> Response | None:
        return answer if request.headers["INTENT_OPERATION_TYPE"] == operation else None

    world.line.scripted = script
    return world


REFUSED = [code for code, (yes, _) in BOOK.items() if not yes and code not in (410, 412)]


@pytest.mark.parametrize("code", REFUSED)
def test_a_refused_sale_is_a_refusal_with_the_tills_words(code: int) -> None:
    world = scripted("SALE", answered(code))
    event = world.do(sale())
    assert isinstance(event, FiscalisationRefused), event
    assert event.final == BOOK[code][1]
    assert not event.charged
    assert "текст" in event.reason
    assert str(code) in event.reason
    assert world.line.calls.count("SALE") == 1


@pytest.mark.parametrize("code", [399, 450])
def test_a_refusal_that_says_nothing_is_looked_into(code: int) -> None:
    world = scripted("SALE", answered(code))
    assert isinstance(world.do(sale()), FiscalisationRefused)
    assert world.line.calls == ["SALE", "OPERATION_ID"]
    world = scripted("SALE", answered(code))
    world.line.cuts = ["", "on its way"]
    event = world.do(sale())
    assert isinstance(event, FiscalisationDoubtful)
    assert not event.person_needed


def test_a_sale_that_was_made_although_it_says_no_is_found() -> None:
    world = World().opened()

    def script(request: Request) -> Response | None:
        if request.headers["INTENT_OPERATION_TYPE"] != "SALE":
            return None
        world.service.handle("POST", "/v1", {}, request.headers, request.body)
        return answered(399)

    world.line.scripted = script
    assert isinstance(world.do(sale()), ReceiptFiscalised)
    assert world.books()["by_operation"][sale().fiscal_doc_id] == 1


def test_a_closed_shift_is_told_before_the_refusal() -> None:
    world = World()
    event = world.do(sale())
    assert isinstance(event, FiscalisationRefused)
    assert "open a shift" in event.reason
    (found,) = world.fiscaliser.found().before
    assert isinstance(found, ShiftFoundClosed)
    assert world.fiscaliser.found().before == ()
    assert isinstance(World().do(move(100)), FiscalisationRefused)


def test_a_closed_shift_that_was_ours_is_told_by_its_name() -> None:
    world = World().opened()
    for name in ("CLOSE_SHIFT",):
        world.service.handle("POST", "/v1", {}, {"INTENT_OPERATION_TYPE": name}, b"{}")
    world.do(sale())
    (found,) = world.fiscaliser.found().before
    assert isinstance(found, ShiftFoundClosed)
    assert found.shift_id == opening().document_id


def test_an_unfinished_sale_is_a_persons_matter() -> None:
    world = World().opened()
    world.fault("unfinished", count=1)
    event = world.do(sale())
    assert isinstance(event, FiscalisationDoubtful)
    assert event.person_needed
    assert "finish or cancel it" in event.reason
    assert world.books()["documents"][-1]["kind"] == "OpenShift"


@pytest.mark.parametrize("order", [move(100), report("x_report"), report("shift_report")])
def test_an_unfinished_sale_leaves_no_doubt_about_anything_else(order: Fiscalise) -> None:
    world = World().opened()
    world.fault("unfinished", count=1)
    assert isinstance(world.do(order), FiscalisationRefused)


def test_opening_an_open_shift_and_closing_a_closed_one_is_done() -> None:
    world = World()
    assert isinstance(world.do(opening()), ReceiptFiscalised)
    assert isinstance(world.do(opening()), ReceiptFiscalised)
    assert isinstance(world.do(report("shift_report")), ReceiptFiscalised)
    event = world.do(report("shift_report"))
    assert isinstance(event, ReceiptFiscalised)
    assert [one["kind"] for one in world.books()["documents"]] == ["OpenShift", "CloseShift"]


def test_a_shift_that_is_too_old_is_renewed_and_the_sale_sent_again_under_its_id() -> None:
    world = World().opened()
    world.fault("aged-shift", count=1)
    assert isinstance(world.do(sale()), ReceiptFiscalised)
    assert world.line.calls == ["SALE", "CLOSE_SHIFT", "OPEN_SHIFT", "SALE"]
    ids = [one["operationId"] for one in world.line.bodies("SALE")]
    assert ids == [sale().fiscal_doc_id] * 2
    books = world.books()
    assert books["by_operation"][sale().fiscal_doc_id] == 1
    assert books["shift"]["number"] == 2


@pytest.mark.parametrize("cut", ["before", "on its way", "after"])
@pytest.mark.parametrize("at", [1, 2])
def test_a_shift_that_cannot_be_renewed_leaves_no_sale_and_no_doubt(at: int, cut: Cut) -> None:
    from drivers.errors import NotSent

    world = World().opened()
    world.fault("aged-shift", count=1)
    world.line.cuts = [*NOTHING * at, cut]
    with pytest.raises(NotSent):
        world.do(sale())
    assert sale().fiscal_doc_id not in world.books()["by_operation"]


def test_a_shift_that_may_not_be_renewed_is_a_refusal() -> None:
    world = World().opened()
    world.fault("aged-shift", count=1)
    world.fault("blocked", count=1, operation="CLOSE_SHIFT")
    with pytest.raises(Refused, match="another one could not be begun"):
        world.do(sale())


def test_a_receipt_that_is_there_already_was_delivered_by_our_own_try_or_by_nobody() -> None:
    fresh = World(manner=Manner("sink"))
    fresh.line.scripted = lambda _: answered(491)
    event = fresh.do(sale())
    assert isinstance(event, FiscalisationRefused)
    assert event.final
    ours = World(manner=Manner("sink"))
    ours.line.cuts = ["after"]
    told = to_the_end(ours, sale())
    assert isinstance(told[-1], HandedOver)
    assert ours.line.calls.count("ADD_CHEQUES") == 2
    assert len(ours.books()["cheques"]) == 1


# --- what is no answer ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        Response(200, {}, b""),
        Response(200, {}, b"<html>"),
        Response(200, {}, b"{}"),
        Response(200, {}, b'{"resultCode":"two hundred"}'),
        Response(500, {}, b"broken"),
        Response(302, {}, b""),
        Response(200, {}, b'{"messageDetail":"' + b"x" * 70_000 + b'","resultCode":200}'),
    ],
)
def test_what_cannot_be_read_is_doubt(answer: Response) -> None:
    with pytest.raises(Unanswered):
        scripted("SALE", answer).do(sale())


@pytest.mark.parametrize("status", [404, 405])
def test_an_address_that_is_no_ikassa_refuses(status: int) -> None:
    event = scripted("SALE", Response(status, {}, b"not found")).do(sale())
    assert isinstance(event, FiscalisationRefused)
    assert "fiscaliser.ikassa.url" in event.reason


@pytest.mark.parametrize("status", [200, 400, 500])
def test_the_result_code_counts_and_not_the_status(status: int) -> None:
    event = scripted("SALE", answered(416, status)).do(sale())
    assert isinstance(event, FiscalisationRefused)
    assert "9999.999" in event.reason


def test_an_answer_about_another_operation_solves_no_doubt() -> None:
    other = {"operationId": "another", "isSucceed": True, "resultCode": 200}
    world = scripted("OPERATION_ID", Response(200, {}, json.dumps(other).encode()))
    with pytest.raises(Unanswered):
        world.ask(sale())
    silent = {"operationId": sale().fiscal_doc_id, "resultCode": 200}
    world = scripted("OPERATION_ID", Response(200, {}, json.dumps(silent).encode()))
    with pytest.raises(Unanswered):
        world.ask(sale())


@pytest.mark.parametrize("code", [407, 409, 410])
def test_a_till_that_cannot_be_asked_now_leaves_the_doubt(code: int) -> None:
    with pytest.raises(Refused):
        scripted("OPERATION_ID", answered(code)).ask(sale())
