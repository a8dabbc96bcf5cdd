"""Sales, refunds, cash and shifts in both profiles: what is made, what is only printed again, what is moved."""

from __future__ import annotations

import base64
import io

import pytest

from tests.firmware_bridge.vendors.smartone.sandbox_desk import Desk, item


def test_core_answers_a_sale_with_the_documented_fields() -> None:
    desk = Desk("core").opened()
    said = desk.ok("sale", desk.sale())
    assert said.keys() == {"document_id", "document_number", "fiscal_url", "printStatus"}
    assert said["document_number"] == "1"
    assert said["fiscal_url"].endswith(f"doc={said['document_id']}")
    assert len(said["document_id"]) == 44


def test_a_preview_is_a_jpeg_and_nothing_is_printed() -> None:
    from PIL import Image

    desk = Desk("core").opened()
    said = desk.ok("sale", desk.sale(genPreview=True))
    picture = Image.open(io.BytesIO(base64.b64decode(said["printData"], validate=True)))
    assert (picture.format, picture.width) == ("JPEG", 384)
    assert min(picture.convert("L").tobytes()) < 64
    (document,) = desk.books()["documents"]
    assert (document["images"], document["prints"]) == (1, 0)


def test_without_a_preview_it_is_printed_and_there_is_no_picture() -> None:
    desk = Desk("core").opened()
    assert "printData" not in desk.ok("sale", desk.sale())
    assert desk.books()["documents"][0]["prints"] == 1


def test_the_sibling_only_prints_what_it_has_already() -> None:
    desk = Desk("ecr").opened()
    first = desk.ok("sale", desk.sale(card=1000))
    again = desk.ok("sale", desk.sale(card=1000))
    assert again == first
    books = desk.books()
    assert len(books["documents"]) == len(books["charges"]) == 1
    assert books["documents"][0]["prints"] == 2


@pytest.mark.parametrize("other", [{"docTime": "2026-03-02 10:00:59"}, {"docNumber": "7"}])
def test_another_time_or_number_is_another_document_whatever_the_key(other: dict[str, str]) -> None:
    desk = Desk("ecr").opened()
    desk.ok("sale", desk.sale())
    desk.ok("sale", {**desk.sale(), **other})
    assert len(desk.books()["documents"]) == 2


def test_core_makes_the_same_request_a_second_document() -> None:
    desk = Desk("core").opened()
    assert desk.sold() != desk.sold()
    assert len(desk.books()["documents"]) == 2


def test_the_sibling_finds_a_document_by_the_clients_key() -> None:
    desk = Desk("ecr").opened()
    made = desk.ok("sale", desk.sale(card=400))
    found = desk.ok("check_status", {"documentExtID": "ext-1"})
    for name in ("documentID", "fiscalID", "fiscalNum", "documentExtID", "printTime", "rrn"):
        assert found[name] == made[name], name
    assert found["docStatus"] == 1
    assert [(one["code"], one["amount"]) for one in found["totalPayments"]] == [("C", 600), ("V", 400)]


def test_an_unknown_document_is_the_pages_sample_of_an_answer() -> None:
    desk = Desk("ecr")
    assert desk.call("check_status", {"documentExtID": "none"}).json == {
        "authID": "",
        "cardNum": "",
        "cashAmount": 0,
        "cashlessAmount": 0,
        "docStatus": -1,
        "fiscalID": "",
        "items": [],
        "otherAmount": 0,
        "status": "success",
        "transactionID": "",
        "code": 0,
    }
    assert Desk("ecr", not_found="code").call("check_status", {"documentExtID": "none"}).code == 9
    assert desk.call("check_status").code == 3


@pytest.mark.parametrize("profile", ["core", "ecr"])
def test_a_sale_comes_back_in_parts_and_no_more_than_it_was(profile: str) -> None:
    desk = Desk("core" if profile == "core" else "ecr").opened()
    parent = desk.sold(1000, items=[item(1000, 2000)])
    half = {"items": [item(500, 1000)]}
    for n in (60, 61):
        desk.ok("refund", desk.back(parent, 500, n, **half))
    assert desk.call("refund", desk.back(parent, 500, 62, **half)).json["status"] == "error"
    books = desk.books()
    assert books["cash"] == 0
    assert [one["kind"] for one in books["documents"]] == ["sale", "refund", "refund"]


def test_a_refund_needs_the_cash_in_the_drawer() -> None:
    desk = Desk("ecr").opened()
    parent = desk.sold(1000, card=1000)
    assert desk.call("refund", desk.back(parent)).code == 9
    desk.ok("refund", desk.back(parent, cash=0, card=1000))
    assert [one["amount"] for one in desk.books()["charges"]] == [1000, -1000]


def test_a_cancelled_sale_gives_the_money_back() -> None:
    desk = Desk("ecr").opened()
    parent = desk.sold(1000, cash=2000)
    desk.ok("rollback", {"documentID": parent, "employeeName": "Aynur"})
    assert desk.books()["cash"] == 0
    assert desk.call("rollback", {"documentID": parent}).code == 36
    assert desk.call("rollback", {"documentID": "99"}).code == 9


def test_cash_in_and_out_answer_with_the_siblings_sample_fields() -> None:
    desk = Desk("ecr", cash=7800).opened()
    assert desk.call("deposit", desk.move(101_300)).json == {
        "cash": 109_100,
        "cashIn": 101_300,
        "cashOut": 0,
        "documentID": 1,
        "fiscalID": "1",
        "shiftOrdersCnt": 0,
        "status": "success",
        "code": 0,
    }
    assert desk.ok("withdraw", desk.move(9100))["cashOut"] == 9100
    assert desk.books()["cash"] == 100_000


def test_the_siblings_shift_is_told_in_texts() -> None:
    desk = Desk("ecr")
    assert desk.ok("check_shift")["isShiftOpen"] == "false"
    assert desk.ok("check_shift")["shiftStatus"] == 2
    desk.opened()
    said = desk.ok("check_shift")
    assert (said["isShiftOpen"], said["shiftStatus"], said["shiftID"]) == ("true", 1, 1)
    assert said["shiftOpenAt"] == "2026-03-02 10:00:00"


def test_core_tells_until_when_the_shift_may_be_open() -> None:
    desk = Desk("core")
    assert desk.ok("check_shift") == {"shift_open": False}
    desk.opened()
    assert desk.ok("check_shift") == {"shift_open": True, "shift_exceeds_at": "2026-03-03 10:00:00"}


def test_a_shift_that_lasted_too_long_can_be_emptied_reported_and_closed_only() -> None:
    desk = Desk("core", cash=500).opened()
    desk.clock.advance(24 * 3600)
    assert desk.call("sale", desk.sale()).json["status"] == "error"
    assert desk.call("deposit", desk.move(1)).json["status"] == "error"
    desk.ok("withdraw", desk.move(500))
    desk.x()
    desk.ok("close_shift", {"employeeName": "Aynur"})
    assert desk.ok("open_shift", {"employeeName": "Aynur"}) == {"shift_id": 2}


def test_open_orders_are_kept_or_deleted_as_the_client_says() -> None:
    for wish, left in (("delete", 0), ("renew", 2)):
        desk = Desk("ecr").opened()
        desk.control("POST", "/_orders", {"open": 2})
        desk.ok("close_shift", {"employeeName": "A", "openOrdersOperation": wish})
        assert desk.books()["open_orders"] == left
    assert Desk("ecr").opened().call("close_shift", {"openOrdersOperation": "burn"}).code == 3


def test_must_empty_lets_an_emptied_shift_be_closed() -> None:
    desk = Desk("core", must_empty=True).opened()
    desk.sold(1000)
    assert desk.call("close_shift", {"employeeName": "A"}).json["status"] == "error"
    desk.ok("withdraw", desk.move(1000))
    desk.ok("close_shift", {"employeeName": "A"})


def test_a_printed_copy_is_no_document() -> None:
    core, ecr = Desk("core").opened(), Desk("ecr").opened()
    key = core.sold()
    assert core.ok("print", {"document_id": key}) == {"printStatus": 0}
    assert core.ok("print") == {"printStatus": 0}
    assert core.call("print", {"document_id": "none"}).json["status"] == "error"
    assert core.books()["documents"][0]["prints"] == 3
    assert ecr.call("check_copy").code == 9
    fiscal = ecr.sold()
    assert ecr.ok("check_copy", {"fiscalID": fiscal})["printError"] == 0


def test_the_register_tells_of_itself() -> None:
    assert Desk("ecr").ok("get_info")["taxes"][0] == {"taxCode": "A", "taxName": "ƏDV 18%", "taxPrc": 1800}


def test_payments_beside_the_named_ones_count_too() -> None:
    desk = Desk("ecr").opened()
    body = desk.sale(payments={"cashAmount": 600, "bonusesAmount": 300}, extraPayments=[{"code": "V", "amount": 100}])
    desk.ok("sale", body)
    assert [one["code"] for one in desk.books()["documents"][0]["payments"]] == ["C", "B", "V"]
    assert desk.x()["saleBonusSum"] == 300
