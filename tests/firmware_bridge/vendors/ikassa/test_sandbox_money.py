"""The sandbox's shift and its operations with money: every resultCode, sums by hand, operations by id."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.firmware_bridge.vendors.ikassa.sandbox_till import Client, back, sale


def test_a_sale_in_cash_answers_what_the_book_names() -> None:
    client = Client().opened()
    said = client.ok("SALE", sale("5.00", "2", cash="20"))
    assert {name: said[name] for name in ("messageDetail", "registerNumberSKO", "type", "total", "change")} == {
        "messageDetail": "Успешная оплата",
        "registerNumberSKO": "131010705",
        "type": "SALE",
        "total": "10.00",
        "change": "10.00",
    }
    assert said["payments"] == [{"type": "Cash", "sum": "20.00"}]
    assert (said["numberCheck"], said["isPrintSuccess"], "rrn" in said) == ("2", True, False)
    assert re.fullmatch(r"[0-9A-F]{24}", said["uid"])
    assert said["dateTime"] == "02.03.2026 12:00:00", "09:00 UTC is noon in Minsk"
    assert client.books()["cash"] == 1000


@pytest.mark.parametrize(
    ("more", "total"),
    [
        ({}, "10.00"),
        ({"price": "3.33", "amount": "1.357"}, "4.52"),  # 4.51881
        ({"price": "0.01", "amount": "0.5"}, "0.01"),  # half a kopeck, up
        ({"discount": "1.50"}, "8.50"),
        ({"isPercentDiscount": True, "discount": "12.5"}, "8.75"),
        ({"increase": "0.10"}, "10.10"),
        ({"isPercentIncrease": True, "increase": "5", "discount": "1"}, "9.50"),
    ],
)
def test_a_position_comes_to_what_it_is_by_hand(more: dict[str, str], total: str) -> None:
    body = sale()
    body["itemList"][0] |= more
    assert Client().opened().ok("SALE", body)["total"] == total


def test_adjustments_of_the_receipt_are_of_the_whole() -> None:
    more: dict[str, Any] = {"isPercentDiscount": True, "chequeDiscount": "3", "chequeIncrease": "0.07"}
    said = Client().opened().ok("SALE", sale("33.33", **more))
    assert said["total"] == "32.40"  # 33.33 - 1.00 + 0.07


def test_mixed_payment_gives_change_from_cash_alone() -> None:
    client = Client().opened()
    said = client.ok("SALE", sale("139.50", cash="60", cashless="50", certificate="20", oplati="10"))
    assert (said["total"], said["change"]) == ("139.50", "0.50")
    assert {one["type"]: one["sum"] for one in said["payments"]} == {
        "Cash": "60.00",
        "Cashless": "50.00",
        "Certificate": "20.00",
        "Oplati": "10.00",
    }
    assert re.fullmatch(r"\d{12}", said["rrn"])
    books = client.books()
    assert (books["cash"], books["charged"]) == (5950, 5000)


def test_a_refund_gives_cash_and_card_back() -> None:
    client = Client().opened()
    rrn = client.ok("SALE", sale("30.00", cash="10", cashless="20"))["rrn"]
    said = client.ok("MONEY_BACK", back("12.00", cash="5", cashless="7", rrn=rrn))
    assert (said["messageDetail"], said["total"], said["change"]) == ("Успешный возврат", "12.00", "0.00")
    books = client.books()
    assert (books["cash"], books["charged"]) == (500, 1300)


def test_cash_in_and_out_answer_with_their_sum() -> None:
    client = Client(initial_cash=500).opened()
    said = client.ok("DEPOSIT", {"cashier": "Анна", "sum": "10", "operationId": "op-1"})
    assert (said["messageDetail"], said["sum"], said["isPrintSuccess"]) == ("Успешное внесение", "10.00", True)
    assert client.ok("WITHDRAW", {"cashier": "Анна", "sum": "14.99"})["sum"] == "14.99"
    assert client.books()["cash"] == 1
    assert client.do("WITHDRAW", {"cashier": "Анна", "sum": "0.02"}).code == 399


MONEY = ("SALE", "MONEY_BACK", "DEPOSIT", "WITHDRAW", "ROLLBACK")


@pytest.mark.parametrize("operation", MONEY)
def test_without_a_shift_nothing_is_made(operation: str) -> None:
    client = Client()
    said = client.do(operation, {"cashier": "Анна", "sum": "1", **sale()})
    assert (said.code, said.json["messageDetail"]) == (400, "Необходимо открыть смену")
    assert client.books()["documents"] == []


@pytest.mark.parametrize("operation", MONEY)
def test_a_shift_of_24_hours_takes_nothing_more_until_it_is_closed_and_opened_again(operation: str) -> None:
    client = Client().opened("50")
    client.ok("SALE", sale())
    body = {"cashier": "Анна", "sum": "1", **back(operationId="op-9")}
    client.clock.advance(86_399)
    before = client.books()
    client.clock.advance(1)
    assert client.do(operation, body).code == 412
    assert client.books()["documents"] == before["documents"]
    client.ok("CLOSE_SHIFT")
    client.opened()
    if operation != "ROLLBACK":
        assert client.do(operation, body).code == 200


def test_opening_an_open_shift_is_406_and_closing_a_closed_one_408() -> None:
    client = Client()
    assert client.do("CLOSE_SHIFT").code == 408
    client.opened()
    assert client.do("OPEN_SHIFT", {"cashier": "Анна"}).code == 406
    client.ok("CLOSE_SHIFT")
    assert client.do("CLOSE_SHIFT").code == 408


def test_the_x_report_and_the_closing_tell_the_shifts_sums() -> None:
    client = Client().opened("50")
    client.ok("SALE", sale())
    client.ok("MONEY_BACK", back("4.00"))
    expected = {
        "Sale": {"count": 1, "sum": "10.00"},
        "MoneyBack": {"count": 1, "sum": "4.00"},
        "Deposit": {"count": 1, "sum": "50.00"},
        "Withdraw": {"count": 0, "sum": "0.00"},
        "Rollback": {"count": 0, "sum": "0.00"},
    }
    for operation in ("X_REPORT", "CLOSE_SHIFT"):
        said = client.ok(operation)
        assert (said["totals"], said["cashInDrawer"]) == (expected, "56.00")
    assert client.do("X_REPORT").code == 400


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"cashier": ""}, 413),
        ({"cashier": None}, 413),
        ({"itemList": []}, 413),
        ({"tpTaxNumber": "12"}, 413),
        ({"printCheque": "yes"}, 413),
        ({"prefix": [{"Image": {}}]}, 413),
        ({"suffix": [{"Text": {}}]}, 413),
        ({"cash": 100}, 413),
        ({"cash": "-1"}, 402),
        ({"cash": "100000000000"}, 414),
        ({"cash": "9.99"}, 399),
        ({"cash": "5", "cashless": "6"}, 200),
        ({"cash": "0", "cashless": "11"}, 399),
        ({"chequeDiscount": "10.01"}, 404),
        ({"chequeDiscount": "10.00"}, 402),
    ],
)
def test_a_sale_that_cannot_be_is_refused_by_its_code(more: dict[str, Any], code: int) -> None:
    client = Client().opened()
    assert client.do("SALE", sale(**more)).code == code
    assert (len(client.books()["documents"]) == 2) == (code == 200)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"price": "-0.01"}, 403),
        ({"price": "100000000000.00"}, 403),
        ({"price": "99999999999.99", "amount": "2"}, 414),
        ({"amount": "0.0009"}, 415),
        ({"amount": "9999.9999"}, 416),
        ({"typeCode": "7"}, 413),
        ({"nameTitle": ""}, 413),
        ({"section": {"name": "x"}}, 413),
        ({"markings": [{"gtin": "1"}]}, 413),
    ],
)
def test_a_position_that_cannot_be_is_refused_by_its_code(more: dict[str, Any], code: int) -> None:
    body = sale()
    body["itemList"][0] |= more
    client = Client().opened()
    assert client.do("SALE", body).code == code
    assert client.do("MONEY_BACK", body | {"rrn": "1"}).code == code


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"cash": "0", "cashless": "10.00"}, 418),
        ({"cash": "0", "cashless": "10.00", "rrn": "1"}, 200),
        ({"cash": "9.00"}, 399),
        ({"cash": "0", "other": "10.00"}, 200),
        ({"price": "50.01", "cash": "50.01"}, 399),
    ],
)
def test_a_refund_that_cannot_be_is_refused_by_its_code(more: dict[str, Any], code: int) -> None:
    client = Client().opened("50")
    body = back(more.pop("price", "10.00"), **more)
    assert client.do("MONEY_BACK", body).code == code


@pytest.mark.parametrize(
    ("given", "code"), [("0", 402), ("0.00", 402), ("-5", 402), ("100000000000", 414), (None, 413)]
)
def test_a_deposit_that_cannot_be_is_refused_by_its_code(given: str | None, code: int) -> None:
    body = {"cashier": "Анна"} | ({} if given is None else {"sum": given})
    assert Client().opened().do("DEPOSIT", body).code == code


def test_a_cashiers_name_is_cut_at_twenty() -> None:
    client = Client().opened()
    client.ok("SALE", sale(cashier="А" * 25))
    assert client.books()["documents"][-1]["cashier"] == "А" * 20


# --- operations by our id ---------------------------------------------------------------------------------------------


def test_what_became_of_an_operation_is_told_by_its_id() -> None:
    client = Client().opened()
    made = client.ok("SALE", sale())
    found = client.ok("OPERATION_ID", {"operationId": "op-1"})
    assert {name: found[name] for name in ("operationId", "total", "operationType", "isSucceed", "uid", "uuid")} == {
        "operationId": "op-1",
        "total": "10.00",
        "operationType": "Sale",
        "isSucceed": True,
        "uid": made["uid"],
        "uuid": made["uuid"],
    }
    assert found["payments"] == {"Cash": "100.00"}
    assert found["header"] == {"cashier": "Анна", "chequeNumber": "2", "date": made["dateTime"], "currency": "BYN"}


def test_an_operation_that_the_till_does_not_know_is_a_refusal() -> None:
    assert Client().opened().do("OPERATION_ID", {"operationId": "op-1"}).code == 399
    assert Client(unknown_id_code=411).do("OPERATION_ID", {"operationId": "x"}).code == 411
    assert Client().do("OPERATION_ID", {}).code == 413


@pytest.mark.parametrize(("how", "code", "documents"), [("again", 200, 2), ("refused", 399, 1), ("same", 200, 1)])
def test_a_known_id_sent_again_does_what_the_option_says(how: Any, code: int, documents: int) -> None:
    client = Client(repeated_id=how).opened()
    first = client.ok("SALE", sale())
    said = client.do("SALE", sale())
    assert (said.code, client.books()["by_operation"]) == (code, {"op-1": documents})
    if how == "same":
        assert said.json == first


def test_a_refused_operation_is_not_known_afterwards() -> None:
    client = Client().opened()
    assert client.do("SALE", sale(cash="1")).code == 399
    assert client.do("OPERATION_ID", {"operationId": "op-1"}).code == 399


# --- annulment --------------------------------------------------------------------------------------------------------


def test_the_last_payment_document_is_annulled_once() -> None:
    client = Client().opened("50")
    client.ok("SALE", sale())
    assert client.ok("ROLLBACK", {"operationId": "op-3"})["total"] == "10.00"
    assert client.books()["cash"] == 5000
    assert client.do("ROLLBACK").code == 411


def test_nothing_is_annulled_when_another_document_came_after_it() -> None:
    client = Client().opened()
    assert client.do("ROLLBACK").code == 411
    client.ok("SALE", sale())
    client.ok("DEPOSIT", {"cashier": "Анна", "sum": "1"})
    assert client.do("ROLLBACK").code == 411
    assert client.books()["cash"] == 1100
