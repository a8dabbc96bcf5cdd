"""A till whose register is one of the shop's network and prints itself: iKassa, SmartOne core and ECR, as processes.

What happened is read in the register's own books; what the till says of it is compared with them.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_bridge.journal.verify import verify
from tests.support.lan_desk import CARD, VENDORS, LanDesk, lan_desk, new_ones
from tests.support.processes import Json, until


@pytest.fixture(scope="module", params=VENDORS)
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanDesk]:
    """One for all tests that do not disturb each other; its shift is open."""
    with lan_desk(tmp_path_factory.mktemp(request.param), request.param) as found:
        yield found


@pytest.fixture
def own(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LanDesk]:
    with lan_desk(tmp_path, request.param) as found:
        yield found


every_vendor = pytest.mark.parametrize("own", VENDORS, indirect=True)


# --- a day ----------------------------------------------------------------------------------------------------------


def test_a_cash_sale_is_one_document_on_the_registers_paper(desk: LanDesk) -> None:
    before = desk.made()
    sold = desk.sell(1990)
    assert (sold["state"], sold["cash_transaction"]) == ("paper_out", "completed")
    (made,) = new_ones(desk, before)
    assert (made.kind, made.amount, made.cash, made.change, made.prints) == ("sale", 1990, 1990, 500, 1)
    assert (sold["fiscal"]["number"], sold["fiscal"]["fiscaliser"]) == (made.name, desk_vendor(desk))


def desk_vendor(desk: LanDesk) -> str:
    return "ikassa" if desk.vendor == "ikassa" else "smartone"


def test_a_card_is_charged_once_with_or_without_cash_beside_it(desk: LanDesk) -> None:
    before, charged = desk.made(), desk.charged()
    sold = desk.sell(2450, [{**CARD, "amount": 2450}])
    assert (sold["state"], sold["cash_transaction"]) == ("paper_out", "settled")
    (made,) = new_ones(desk, before)
    assert (made.amount, made.cash, desk.charged() - charged) == (2450, 0, 2450)
    desk.sell(3000, [{**CARD, "amount": 1000}, {"type": "cash", "amount": 2000, "given": 5000}])
    mixed = desk.made()[-1]
    assert (mixed.amount, mixed.cash, mixed.change, desk.charged() - charged) == (3000, 2000, 3000, 3450)


def test_a_declined_card_leaves_nothing_and_the_next_customer_is_served(desk: LanDesk) -> None:
    before, charged = desk.made(), desk.charged()
    body = desk.sale(1500, [{**CARD, "amount": 1500}])
    desk.fault("declined", "sale")
    status, answer = desk.cashier.request("POST", "/v1/sales", body)
    assert (status, answer["outcome"]) == (409, "refused")
    assert "the card was" in answer["detail"]
    assert (new_ones(desk, before), desk.charged()) == ([], charged)
    assert desk.cashier.request("POST", "/v1/sales", body)[1]["outcome"] == "refused", "the same id is not tried again"
    assert new_ones(desk, before) == []
    assert desk.sell(1500)["state"] == "paper_out"


def test_goods_come_back_to_their_sale(desk: LanDesk) -> None:
    sold, before, cash = desk.sell(1730), desk.made(), desk.cash()
    body = {
        "id": desk.new("return"),
        "lines": [desk.line(price=1730)],
        "payments": [{"type": "cash", "amount": 1730}],
        "original": {"id": sold["id"]},
    }
    assert desk.answered("/v1/returns", body)["state"] == "paper_out"
    (made,) = new_ones(desk, before)
    assert (made.kind, made.amount, made.cash, desk.cash() - cash) == ("return", 1730, -1730, -1730)


def test_a_card_gets_its_money_back_without_anybody_typing_its_number(desk: LanDesk) -> None:
    """iKassa wants the RRN of the payment (418), which it has told when it charged the card."""
    sold = desk.sell(1870, [{**CARD, "amount": 1870}])
    before, charged = desk.made(), desk.charged()
    assert (len(sold["fiscal"]["rrn"]) == 12) == (desk.vendor == "ikassa")
    body = {
        "id": desk.new("return"),
        "lines": [desk.line(price=1870)],
        "payments": [{**CARD, "amount": 1870}],
        "original": {"id": sold["id"]},
    }
    assert desk.answered("/v1/returns", body)["state"] == "paper_out"
    (made,) = new_ones(desk, before)
    assert (made.kind, made.amount, made.cash, desk.charged() - charged) == ("return", 1870, 0, -1870)


def test_cash_in_and_out_is_told_to_the_register(desk: LanDesk) -> None:
    before, cash = desk.made(), desk.cash()
    for kind, amount in (("add_petty_cash", 5010), ("cash_pull", 2010)):
        body = {"id": desk.new("cash"), "type": kind, "amount": amount, "reason": "x"}
        assert desk.answered("/v1/cash", body)["state"] == "paper_out"
    assert [(one.kind, one.amount) for one in new_ones(desk, before)] == [("in", 5010), ("out", 2010)]
    assert desk.cash() - cash == 3000


def test_an_x_report_moves_nothing(desk: LanDesk) -> None:
    before = desk.made()
    assert desk.answered("/v1/reports/x", {"id": desk.new("x")})["state"] == "paper_out"
    assert new_ones(desk, before) == []


@every_vendor
def test_our_drawer_opens_once_for_each_document_with_cash_and_no_receipt_is_on_our_paper(own: LanDesk) -> None:
    """On the receipt printer are slips of cash moves where the register leaves them to the till, and no receipt."""
    pulses = own.pulses()

    def seen_shut(document: Json) -> None:
        until(lambda: own.receipt(document["id"])["drawer"]["state"] == "closed", "the drawer to be pushed shut")

    seen_shut(own.sell(1000))
    own.sell(1000, [{**CARD, "amount": 1000}])
    seen_shut(own.sell(1000, [{**CARD, "amount": 400}, {"type": "cash", "amount": 600, "given": 1000}]))
    seen_shut(own.answered("/v1/cash", {"id": own.new("cash"), "type": "cash_pull", "amount": 500, "reason": "x"}))
    assert own.pulses() - pulses == 3
    slips = 0 if own.vendor == "ikassa" else 2  # the float, and what was taken out
    until(lambda: len(own.papers()) >= slips, "the slips to be printed")
    assert len(own.papers()) == slips


@every_vendor
def test_a_shift_is_opened_and_closed_there_and_all_count_the_same_cash(own: LanDesk) -> None:
    """iKassa is not told what lies in the drawer at the begin of a shift: it counts what came in."""
    assert own.shifts() == (1, 0)
    at_first = 0 if own.vendor == "ikassa" else 10_000
    assert own.cash() == at_first
    own.sell(1200)
    own.till.stop()
    own.till.start()
    own.ready()
    own.sell(1300)
    closed = own.answered("/v1/shifts/current/close", {"id": own.new("close")})
    assert (closed["kind"], closed["state"]) == ("shift_report", "paper_out")
    assert own.shifts() == (1, 1)
    assert closed["totals"]["expected_cash"] == own.cash() + 10_000 - at_first == 12_500
    assert own.cashier.request("POST", "/v1/sales", own.sale())[0] == 409
    own.open_shift()
    assert own.shifts() == (2, 1)
    assert verify(str(own.at.journal)).ok


# --- trouble --------------------------------------------------------------------------------------------------------


def test_a_lost_answer_makes_no_second_document_and_charges_no_card_twice(desk: LanDesk) -> None:
    for payments in (None, [{**CARD, "amount": 1840}]):
        before, charged = desk.made(), desk.charged()
        desk.fault("lost-answer", "sale")
        answer = desk.answered("/v1/sales", desk.sale(1840, payments))
        (made,) = new_ones(desk, before)
        assert (made.amount, desk.charged() - charged) == (1840, 0 if payments is None else 1840)
        assert answer["fiscal"]["number"] in (made.name, ""), "core tells of it by its sums, which hold no number"
        assert answer["state"] == "paper_out"
        assert answer["paper"]["evidence"] in ("none", "person"), "whether it is on paper, somebody has looked"


def test_a_lost_answer_to_cash_and_to_a_return_makes_no_second_document(desk: LanDesk) -> None:
    sold, before, cash = desk.sell(1650), desk.made(), desk.cash()
    desk.fault("lost-answer", "return")
    back = {
        "id": desk.new("return"),
        "lines": [desk.line(price=1650)],
        "payments": [{"type": "cash", "amount": 1650}],
        "original": {"id": sold["id"]},
    }
    desk.answered("/v1/returns", back)
    desk.fault("lost-answer", "in")
    desk.answered("/v1/cash", {"id": desk.new("cash"), "type": "add_petty_cash", "amount": 3070, "reason": "x"})
    assert [(one.kind, one.amount) for one in new_ones(desk, before)] == [("return", 1650), ("in", 3070)]
    assert desk.cash() - cash == 3070 - 1650


def test_what_the_register_could_not_print_is_lawful_and_told_until_somebody_sees_to_it(desk: LanDesk) -> None:
    before = desk.made()
    desk.fault("printer-failed", "sale")
    sold = desk.sell(1310)
    (made,) = new_ones(desk, before)
    assert (made.amount, made.prints) == (1310, 0)
    assert (sold["state"], sold["cash_transaction"]) == ("paper_missing", "completed")
    assert any("did not print it" in doubt for doubt in sold["doubts"])
    alarm = next(one for one in desk.status()["alarms"] if one["id"] == sold["id"])
    assert (alarm["code"], sold["number"] in alarm["text"]) == ("paper-missing", True)
    assert desk.sell(1000)["state"] == "paper_out", "the next customer is served"


def test_what_the_register_could_not_print_it_prints_again_where_it_makes_copies(desk: LanDesk) -> None:
    """SmartOne does, and our printer beside it prints nothing; iKassa does that in its own application alone."""
    desk.fault("printer-failed", "sale")
    sold, papers = desk.sell(1370), len(desk.papers())
    path, body = f"/v1/receipts/{sold['id']}/copy", {"id": desk.new("copy"), "reason": "no paper"}
    status, answer = desk.cashier.request("POST", path, body)
    (made,) = desk.of(sold)
    missing = sold["id"] in [one.get("id") for one in desk.status()["alarms"]]
    if desk.vendor == "ikassa":
        assert (status, answer["type"].rpartition(":")[2], made.prints, missing) == (409, "no-copies", 0, True)
        assert "in the register's own application" in answer["detail"]
        alarm = next(one for one in desk.status()["alarms"] if one["id"] == sold["id"])
        assert "at the register" in alarm["text"]
        said = {"id": desk.new("look"), "verdict": "printed", "evidence": "printed there in the application"}
        assert desk.cashier.post(f"/v1/receipts/{sold['id']}/resolve", said)["state"] == "paper_out"
        assert sold["id"] not in [one.get("id") for one in desk.status()["alarms"]]
        return
    assert (status, answer["state"], answer["paper"]["copies"], made.prints, missing) == (201, "paper_out", 1, 1, False)
    assert (len(desk.papers()), len(desk.of(sold))) == (papers, 1)
    assert desk.cashier.request("POST", path, body)[1]["paper"]["copies"] == 1, (
        "the same order is not carried out twice"
    )
    assert desk.of(sold)[0].prints == 1


def test_a_copy_that_did_not_come_out_either_is_told_and_asked_for_again(desk: LanDesk) -> None:
    if desk.vendor == "ikassa":
        return
    sold = desk.sell(1320)
    path, where = f"/v1/receipts/{sold['id']}/copy", "/print" if desk.vendor == "core" else "/check_copy"
    for fault, words in (("printer-failed", "printer has failed"), ("lost-answer", "did not answer")):
        desk.sandbox.fault(fault, count=1, path=where)
        status, answer = desk.cashier.request("POST", path, {"id": desk.new("copy"), "reason": "torn"})
        assert (status, answer["outcome"]) == (409, "refused")
        assert words in answer["detail"], answer
    assert desk.answered(path, {"id": desk.new("copy"), "reason": "torn"})["state"] == "paper_out"
    assert len(desk.of(sold)) == 1


@every_vendor
def test_a_till_that_is_killed_while_a_sale_is_on_its_way_makes_no_second_one(own: LanDesk) -> None:
    for payments in (None, [{**CARD, "amount": 1960}]):
        before, charged = own.made(), own.charged()
        own.fault("slow", "sale", delay_s=2.0)
        body = own.sale(1960, payments)
        asking = threading.Thread(target=own.cashier.try_post, args=("/v1/sales", body), kwargs={"wait": 5})
        asking.start()
        number = len(before)
        until(lambda: len(own.made()) > number, "the register to have it")  # noqa: B023 - over before the next turn
        own.till.kill()
        asking.join()
        own.till.start()
        own.ready()
        answer = own.answered("/v1/sales", body)
        (made,) = new_ones(own, before)
        assert (answer["state"], made.amount) == ("paper_out", 1960)
        assert own.charged() - charged == (0 if payments is None else 1960)
    assert verify(str(own.at.journal)).ok


def test_a_shift_that_is_open_too_long_there_sells_nothing_before_there_is_a_new_one(desk: LanDesk) -> None:
    """iKassa refuses the sale, and the till begins a new shift there for it; SmartOne's ends at the till, too."""
    before, (opened, closed) = desk.made(), desk.shifts()
    desk.fault("aged-shift", "sale" if desk.vendor != "core" else "", count=1 if desk.vendor == "ikassa" else None)
    body = desk.sale(1420)
    status, answer = desk.cashier.request("POST", "/v1/sales", body)
    if desk.vendor == "ikassa":
        assert (status, desk.shifts()) == (201, (opened + 1, closed + 1))
        assert [one.amount for one in new_ones(desk, before)] == [1420]
        return
    assert (status, answer["outcome"]) == (409, "refused")
    assert "close it and open a new one" in answer["detail"]
    desk.fault("aged-shift", count=0)
    assert desk.cashier.request("POST", "/v1/sales", desk.sale(1430))[0] == 409, "the rules ask for a new shift"
    desk.answered("/v1/shifts/current/close", {"id": desk.new("close")})
    desk.open_shift(desk.cash())
    assert desk.sell(1440)["state"] == "paper_out"
    assert desk.shifts() == (opened + 1, closed + 1)


def test_a_register_that_cannot_be_reached_refuses_with_a_sentence_and_sells_when_it_is_back(desk: LanDesk) -> None:
    before = desk.made()
    desk.fault("down", count=None)
    body = desk.sale(1110)
    status, _ = desk.cashier.try_post("/v1/sales", body, wait=1)
    assert status in (202, 409)
    desk.fault("down", count=0)
    answer = desk.answered("/v1/sales", body)
    sold = answer.get("state") == "paper_out"
    assert len(new_ones(desk, before)) == int(sold)
    assert desk.sell(1120)["state"] == "paper_out"
