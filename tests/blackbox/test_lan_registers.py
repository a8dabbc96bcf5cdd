"""A till whose register is one of the shop's network and prints itself: iKassa, SmartOne core and ECR, as processes.

What happened is read in the register's own books; what the till says of it is compared with them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_bridge.journal.verify import verify
from firmware_bridge.played_devices import Device
from firmware_bridge.rehearsal import Cashier, TillProcess
from tests.support.lan_desk import VENDORS, LanDesk, Made, Vendor, configured, lan_desk, sandboxed
from tests.support.processes import Json, until

CARD: Json = {"type": "card", "collected": "by_device"}


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


def new_ones(desk: LanDesk, before: list[Made]) -> list[Made]:
    return desk.made()[len(before) :]


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


# --- other shops ----------------------------------------------------------------------------------------------------


def test_a_till_that_hands_its_receipts_over_takes_no_money_for_them(tmp_path: Path) -> None:
    with lan_desk(tmp_path, "ikassa", more='profile = "sink"\n') as desk:
        pulses = desk.pulses()
        desk.fault("lost-answer", count=1, operation="ADD_CHEQUES")
        body = desk.sale(1510)
        given = desk.answered("/v1/sales", body)
        assert (given["state"], given["cash_transaction"], given["fiscal"]) == ("handed_over", "cancelled", None)
        books = desk.sandbox.books()
        (cheque,) = books["cheques"].values()
        assert (cheque["info"]["chequeType"], cheque["items"][0]["price"]) == ("Postponed", "15.10")
        assert (books["documents"], desk.pulses()) == ([], pulses), "its own cashier takes the money"
        assert desk.cashier.get("/v1/status")["drawers"][0]["day"]["expected_cash"] == 10_000


def test_a_drawer_on_a_trigger_box_is_opened_where_there_is_no_receipt_printer(tmp_path: Path) -> None:
    with sandboxed("ikassa") as sandbox, Device("drawer-box", tmp_path / "box", ["--box", "ibm-4840"]) as box:
        devices = f'[drawers.main]\ndriver = "trigger_box"\nbox = "ibm-4840"\nport = "{box.url}"\n'
        at = configured(tmp_path, "ikassa", sandbox, devices=devices)
        with TillProcess(at) as till:
            desk = LanDesk("ikassa", at, till, Cashier(till, at.token), sandbox, None, "vat20")
            until(lambda: desk.cashier.get("/v1/drawers/main")["connected"], "the drawer to be there")
            rested = time.monotonic() + 1.2
            desk.open_shift()
            until(lambda: time.monotonic() > rested, "the coil to have rested since the port was opened")
            assert desk.sell(1000)["state"] == "paper_out"
            until(lambda: box.do("drawer")["pulses"], "the drawer to be opened")
            desk.sell(1000, [{**CARD, "amount": 1000}])
            assert len(box.do("drawer")["pulses"]) == 1


@pytest.mark.parametrize("vendor", ["core", "ecr"])
def test_a_register_on_a_serial_line_is_as_good(tmp_path: Path, vendor: Vendor) -> None:
    with lan_desk(tmp_path, vendor, "--serial") as desk:
        before = desk.made()
        assert desk.sell(1230)["state"] == "paper_out"
        desk.fault("slow", count=1, path="sale", delay_s=1.0)
        body = desk.sale(1240)
        asking = threading.Thread(target=desk.cashier.try_post, args=("/v1/sales", body), kwargs={"wait": 5})
        asking.start()
        until(lambda: len(new_ones(desk, before)) == 2, "the register to have it")
        desk.till.kill()
        asking.join()
        desk.till.start()
        desk.ready()
        desk.answered("/v1/sales", body)
        assert [one.amount for one in new_ones(desk, before)] == [1230, 1240]
        assert desk.answered("/v1/shifts/current/close", {"id": desk.new("close")})["state"] == "paper_out"
