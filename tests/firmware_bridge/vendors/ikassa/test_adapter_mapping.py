"""What is said to iKassa for a receipt, a return and cash; what cannot be said is refused before anything is sent."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from firmware_bridge.vendors.ikassa import mapping
from firmware_bridge.vendors.ikassa.forms import Forms, Unfit
from statemachines.vocabulary.events import FiscalisationRefused
from statemachines.vocabulary.receipt import (
    AdjustmentRequest,
    CashMove,
    Customer,
    LineRequest,
    Marking,
    Payment,
    Person,
    Receipt,
    Totals,
)
from tests.firmware_bridge.vendors.ikassa.adapter_world import RATES, World, by_card, line, move, receipt, sale, uuid_of

FORMS = Forms(RATES)
CASH = [Payment("cash", 1000)]


def told(body: object) -> Any:
    return json.loads(msgspec.json.encode(body))


def a_sale(value: Receipt, forms: Forms = FORMS, customer: Customer | None = None) -> Any:
    return told(mapping.sale(uuid_of(10), value, forms, customer))


def off(value: int) -> AdjustmentRequest:
    return AdjustmentRequest("discount", "value", value)


def on(value: int) -> AdjustmentRequest:
    return AdjustmentRequest("surcharge", "value", value)


def test_a_sale_is_said_field_by_field() -> None:
    value = receipt(
        [line(500, 2000, off(40), on(15)), line(39_900, 350)],
        [Payment("card", 5000, collected="by_device"), Payment("cash", 9840, given=10_000)],
        off(100),
    )
    assert a_sale(value) == {
        "cashier": "Анна",
        "itemList": [
            {
                "nameTitle": "Чай",
                "codeNumber": "c-1",
                "typeCode": "0",
                "price": "5",
                "amount": "2",
                "isPercentDiscount": False,
                "discount": "0.47",
                "isPercentIncrease": False,
                "increase": "0.15",
            },
            {
                "nameTitle": "Чай",
                "codeNumber": "c-1",
                "typeCode": "0",
                "price": "399",
                "amount": "0.35",
                "isPercentDiscount": False,
                "discount": "0.93",
            },
        ],
        "cash": "100",
        "cashless": "50",
        "certificate": "0",
        "oplati": "0",
        "printCheque": True,
        "operationId": uuid_of(10),
        "suffix": [{"Text": {"text": "№ 000001"}}],
    }


def test_discounts_with_their_shares_leave_the_till_nothing_to_spread() -> None:
    value = receipt([line(500, 2000, off(40)), line(39_900, 350)], [Payment("cash", 14_825)], off(100))
    for item, ours in zip(a_sale(value)["itemList"], value.lines, strict=True):
        gross = round(float(item["price"]) * float(item["amount"]) * 100)
        assert gross - round(float(item.get("discount", "0")) * 100) == ours.sum


def test_goods_carry_their_bar_code_section_and_marks() -> None:
    request = LineRequest(
        code="c-1",
        name="Сок",
        price=500,
        quantity=1000,
        tax_group="vat10",
        barcode="4810000000017",
        markings=(Marking("si", "A"), Marking("ukz", "B")),
        section_code="3",
        section_name="Напитки",
    )
    (item,) = a_sale(receipt([request], [Payment("cash", 500)]), replace(FORMS, sale_taxes=True))["itemList"]
    assert (item["typeCode"], item["codeNumber"], item["taxRate"]) == ("1", "4810000000017", "tax10")
    assert (item["section"], item["markings"]) == ({"code": 3, "name": "Напитки"}, [{"si": "A"}, {"ukz": "B"}])


def test_texts_stand_above_and_below_and_the_buyers_number_in_its_field() -> None:
    value = replace(receipt([line(1000)], CASH), header="Добро\nпожаловать", footer="Спасибо", barcode="ORDER-7")
    body = a_sale(value, customer=Customer(tax_number="123 456 789"))
    assert body["prefix"] == [{"Text": {"text": "Добро"}}, {"Text": {"text": "пожаловать"}}]
    code = base64.b64encode(b"ORDER-7").decode()
    assert body["suffix"] == [
        {"Text": {"text": "Спасибо"}},
        {"Text": {"text": "№ 000001"}},
        {"QrCode": {"qrCode": code}},
    ]
    assert body["tpTaxNumber"] == "123456789"


@pytest.mark.parametrize(
    ("name", "said"), [("Анна", "Анна"), ("А" * 30, "А" * 20), ("", "1"), ("  Анна\n Б ", "Анна Б")]
)
def test_the_cashiers_name_has_one_to_twenty_characters(name: str, said: str) -> None:
    value = replace(receipt([line(1000)], CASH), operator=Person("1", name, "cashier"))
    assert a_sale(value)["cashier"] == said


def test_a_return_to_the_card_carries_its_rrn_and_the_terminals_names() -> None:
    order = by_card(1000, kind="return")
    assert order.receipt is not None
    forms = replace(FORMS, payment_method="PAY_IKASSA", bank_package="by.bank", merchant="77")
    body = told(mapping.money_back("op", order.receipt, forms))
    wanted = {"rrn": "000000000042", "payment_method": "PAY_IKASSA", "bank_package_name": "by.bank", "merchantId": "77"}
    assert {name: body[name] for name in wanted} == wanted
    assert (body["cash"], body["cashless"], body["oplati"], body["other"]) == ("0", "10", "0", "0")


def test_a_return_in_cash_names_no_terminal() -> None:
    value = receipt([line(1000)], CASH, kind="return")
    body = told(mapping.money_back("op", value, replace(FORMS, payment_method="X", merchant="77")))
    assert not {"rrn", "payment_method", "merchantId"} & body.keys()
    assert body["cash"] == "10"


def test_a_certificate_that_comes_back_is_another_means_there() -> None:
    value = receipt([line(1000)], [Payment("certificate", 1000)], kind="return")
    assert told(mapping.money_back("op", value, FORMS))["other"] == "10"
    assert a_sale(receipt([line(1000)], [Payment("certificate", 1000)]))["certificate"] == "10"


def test_cash_in_says_who_how_much_and_why() -> None:
    order = move(12_345)
    assert order.move is not None
    assert told(mapping.cash("op", order.move)) == {
        "cashier": "Анна",
        "sum": "123.45",
        "operationId": "op",
        "suffix": [{"Text": {"text": "размен; № 000007"}}],
    }


def with_line(**more: Any) -> Receipt:
    value = receipt([line(1000)], CASH)
    first = value.lines[0]
    return replace(value, lines=(replace(first, request=replace(first.request, **more)),))


UNFIT: dict[str, tuple[Callable[[], Receipt], str]] = {
    "currency": (lambda: replace(receipt([line(1000)], CASH), currency="EUR"), "BYN"),
    "nothing": (lambda: receipt([line(0)], []), "over nothing"),
    "rounded": (
        lambda: replace(receipt([line(1000)], CASH), totals=Totals(1000, 0, (), 1000, 5, 1005, 1005, 0)),
        "rounds",
    ),
    "too much": (
        lambda: replace(receipt([line(1000)], CASH), totals=Totals(1, 0, (), 1, 0, 1, 10**13, 0)),
        "99999999999.99",
    ),
    "no name": (lambda: with_line(name=""), "has no name"),
    "price": (lambda: with_line(price=10**13), "price of line 1"),
    "quantity": (lambda: with_line(quantity=10_000_000), "9999.999"),
    "section": (lambda: with_line(section_code="A1"), "no number"),
    "datamatrix": (lambda: with_line(markings=(Marking("datamatrix", "x"),)), "si, ukz"),
    "excise": (lambda: with_line(excise_stamps=("AB1",)), "excise stamps"),
    "payment": (lambda: receipt([line(1000)], [Payment("bonus", 1000)]), "Payment bonus has no field"),
    "charged before": (lambda: receipt([line(1000)], [Payment("card", 1000)]), "charged twice"),
    "not collected": (
        lambda: receipt([line(1000)], [Payment("certificate", 1000, collected="by_device")]),
        "collect it first",
    ),
}


@pytest.mark.parametrize("case", UNFIT)
def test_what_ikassa_cannot_be_told_is_refused_before_anything_is_sent(case: str) -> None:
    make, words = UNFIT[case]
    with pytest.raises(Unfit, match=words) as found:
        mapping.sale("op", make(), FORMS)
    assert found.value.text.endswith("nothing was sent")


@pytest.mark.parametrize("number", ["12345678", "1234567890", "12345678A"])
def test_a_buyers_number_that_is_none_is_asked_for_again(number: str) -> None:
    with pytest.raises(Unfit, match="nine digits"):
        a_sale(receipt([line(1000)], CASH), customer=Customer(tax_number=number))


def test_a_buyer_without_a_number_is_no_hindrance() -> None:
    assert "tpTaxNumber" not in a_sale(receipt([line(1000)], CASH), customer=Customer(email="a@b.by"))


@pytest.mark.parametrize("amount", [0, 10**13])
def test_cash_that_is_none_is_refused(amount: int) -> None:
    value = CashMove("m", "add_to_float", "in", amount, "BYN", "ru", "", Person("1", "Анна", "cashier"), "main")
    with pytest.raises(Unfit, match="none that iKassa registers"):
        mapping.cash("op", value)
    with pytest.raises(Unfit, match="BYN"):
        mapping.cash("op", replace(value, currency="EUR", amount=5))


def test_an_unfit_receipt_is_a_final_refusal_without_a_request() -> None:
    world = World().opened()
    order = replace(sale(), receipt=with_line(markings=(Marking("datamatrix", "x"),)))
    event = world.do(order)
    assert isinstance(event, FiscalisationRefused)
    assert event.final
    assert world.line.calls == []


def test_a_terminal_of_the_shops_own_is_only_written_down() -> None:
    forms = replace(FORMS, collects_card=False)
    assert a_sale(receipt([line(1000)], [Payment("card", 1000)]), forms)["cashless"] == "10"
    with pytest.raises(Unfit, match="collect it first"):
        a_sale(receipt([line(1000)], [Payment("card", 1000, collected="by_device")]), forms)


def test_further_means_of_payment_are_sent_once_they_have_a_field() -> None:
    forms = replace(FORMS, payments={**FORMS.payments, "transfer": "oplati"})
    assert a_sale(receipt([line(1000)], [Payment("transfer", 1000, collected="by_device")]), forms)["oplati"] == "10"
