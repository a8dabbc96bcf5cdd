"""ADD_CHEQUES of the sandbox: the page's samples to the letter, UUIDs, every field that can be wrong."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.firmware_bridge.vendors.ikassa.sandbox_till import SAMPLES, Client, cheque

OTHER = "11111111-2222-4333-8444-555555555555"


def test_the_pages_receipt_is_added_with_the_pages_answer_to_the_letter() -> None:
    said = Client().do("ADD_CHEQUES", SAMPLES["success"]["request"])
    assert (said.status, said.json) == (200, SAMPLES["success"]["answer"])
    assert list(said.json) == list(SAMPLES["success"]["answer"])


def test_the_pages_order_is_refused_the_second_time_with_the_pages_answer_to_the_letter() -> None:
    client = Client()
    client.ok("ADD_CHEQUES", SAMPLES["not unique"]["request"])
    said = client.do("ADD_CHEQUES", SAMPLES["not unique"]["request"])
    assert (said.status, said.json) == (200, SAMPLES["not unique"]["answer"])
    assert list(said.json) == list(SAMPLES["not unique"]["answer"])
    assert list(client.books()["cheques"]) == ["bb074ac8-3661-4c56-818e-26686d5a7ec3"]


def test_nothing_fiscal_happens_and_no_shift_is_needed() -> None:
    client = Client()
    client.ok("ADD_CHEQUES", [cheque()])
    books = client.books()
    assert (books["documents"], books["cash"], books["shift"]["open"]) == ([], 0, False)


def test_one_known_cheque_keeps_the_others_of_the_request_out() -> None:
    client = Client()
    client.ok("ADD_CHEQUES", [cheque()])
    assert client.do("ADD_CHEQUES", [cheque(OTHER), cheque()]).code == 491
    assert OTHER not in client.books()["cheques"]


def test_without_that_rule_those_before_it_are_added() -> None:
    client = Client(cheques_atomic=False)
    client.ok("ADD_CHEQUES", [cheque()])
    assert client.do("ADD_CHEQUES", [cheque(OTHER), cheque()]).code == 491
    assert OTHER in client.books()["cheques"]


def test_a_request_with_the_same_cheque_twice_adds_neither() -> None:
    client = Client()
    assert client.do("ADD_CHEQUES", [cheque(), cheque()]).code == 491
    assert client.books()["cheques"] == {}


def test_an_uuid_in_capitals_is_the_same_uuid() -> None:
    client = Client()
    client.ok("ADD_CHEQUES", [cheque(OTHER)])
    assert client.do("ADD_CHEQUES", [cheque(OTHER.upper())]).code == 491


def test_an_added_cheque_is_edited_and_an_unknown_one_is_not() -> None:
    client = Client()
    lines = {"prefix": [{"Text": {"text": "верх"}}], "suffix": [{"QrCode": {"qrCode": "aGk="}}]}
    client.ok("ADD_OR_EDIT_CHEQUES", {"cheques": [cheque() | lines]})
    edited = cheque(items=[{"name": "Кофе", "price": "7"}]) | {"isEdit": True}
    client.ok("ADD_OR_EDIT_CHEQUES", {"cheques": [edited]})
    (kept,) = client.books()["cheques"].values()
    assert kept["items"][0]["name"] == "Кофе"
    assert client.do("ADD_OR_EDIT_CHEQUES", {"cheques": [cheque()]}).code == 491
    assert client.do("ADD_OR_EDIT_CHEQUES", {"cheques": [cheque(OTHER) | {"isEdit": True}]}).code == 399


def changed(change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    body = copy.deepcopy(SAMPLES["success"]["request"][0])
    change(body)
    return dict(body)


def into_item(**more: Any) -> Callable[[dict[str, Any]], None]:
    return lambda body: body["items"][0].update(more)


def into_info(**more: Any) -> Callable[[dict[str, Any]], None]:
    return lambda body: body["info"].update(more)


@pytest.mark.parametrize(
    ("change", "code", "where"),
    [
        (into_info(uuid="x"), 413, "info.uuid"),
        (into_info(name=""), 413, "info.name"),
        (into_info(chequeType="Paid"), 413, "chequeType"),
        (into_info(table="2"), 413, "info.table"),
        (into_info(note=5), 413, "info.note"),
        (lambda body: body.update(currency="USD"), 413, "currency"),
        (lambda body: body.update(tpTaxNumber="12345678"), 413, "tpTaxNumber"),
        (lambda body: body.update(items=[]), 413, "items"),
        (lambda body: body.update(items={}), 413, "items"),
        (lambda body: body.update(chequeDiscount="5"), 413, "chequeDiscount"),
        (lambda body: body.update(chequeDiscount={"value": "5", "isPercent": "yes"}), 413, "isPercent"),
        (lambda body: body.update(chequeDiscount={"value": "-5", "isPercent": True}), 413, "value"),
        (into_item(name=""), 413, "items[0].name"),
        (into_item(price=100), 413, "items[0].price"),
        (into_item(price="100.005"), 413, "items[0].price"),
        (into_item(price="-1"), 403, "Tovar"),
        (into_item(price="100000000000"), 403, "Tovar"),
        (into_item(quantity="0.0005"), 415, "0.001"),
        (into_item(quantity="0"), 415, "0.001"),
        (into_item(quantity="9999.9991"), 416, "9999.999"),
        (into_item(quantity="10000"), 416, "9999.999"),
        (into_item(quantity="0.0015"), 413, "quantity"),
        (into_item(code={"type": "2", "value": "1"}), 413, "code.type"),
        (into_item(section={"code": "111"}), 413, "section.code"),
        (into_item(markings=[{"si": "1", "ukz": "2"}]), 413, "markings"),
        (into_item(markings=[{"si": ""}]), 413, "markings"),
        (into_item(discount={"isPercent": False, "value": "200"}), 404, "отрицательна"),
        (into_item(price="0", discount=None), 402, "0.01"),
        (into_item(price="99999999999.99", quantity="2"), 414, "99999999999.99"),
    ],
)
def test_what_cannot_be_is_refused_by_its_code_and_nothing_is_added(
    change: Callable[[dict[str, Any]], None], code: int, where: str
) -> None:
    client = Client()
    said = client.do("ADD_CHEQUES", [changed(change)])
    assert (said.code, said.json["messageTitle"]) == (code, "Ошибка")
    assert where in said.json["messageDetail"]
    assert "registerNumberSKO" not in said.json
    assert client.books()["cheques"] == {}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'"x"', b"[1]", b"[NaN]", b"\xff", b"[" * 5000])
def test_a_body_that_is_no_array_of_cheques_is_413(body: bytes) -> None:
    said = Client().raw("POST", "/v1", {"INTENT_OPERATION_TYPE": "ADD_CHEQUES"}, body)
    assert said.code == 413


@pytest.mark.parametrize("edge", ["0.001", "9999.999", "1.000"])
def test_the_smallest_and_the_largest_quantity_are_taken(edge: str) -> None:
    body = cheque(items=[{"name": "Чай", "price": "10", "quantity": edge}])
    assert Client().do("ADD_CHEQUES", [body]).code == 200


def test_the_sample_is_what_the_page_shows() -> None:
    """The control: one letter of the sample changed is another answer."""
    sample = json.loads(json.dumps(SAMPLES["success"]["request"]))
    sample[0]["currency"] = "BYR"
    assert Client().do("ADD_CHEQUES", sample).json != SAMPLES["success"]["answer"]
