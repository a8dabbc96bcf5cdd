"""From a receipt to SmartOne's body: every field, both profiles, what cannot be said, sums that must agree."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from firmware_bridge.vendors.smartone import mapping
from firmware_bridge.vendors.smartone.config import SmartOneTax
from firmware_bridge.vendors.smartone.forms import ItemAmount, Unfit
from statemachines.vocabulary.receipt import AdjustmentRequest, LineRequest, Marking, Original, Payment, Receipt
from tests.firmware_bridge.vendors.smartone.adapter_orders import (
    CASHIER,
    ECR,
    FORMS,
    back,
    line,
    move,
    receipt,
    sale,
    uuid_of,
)

DATE = "2026-03-02 14:05:31"
MINUS = AdjustmentRequest("discount", "value", 30)
PLUS = AdjustmentRequest("surcharge", "value", 20)


def body(value: msgspec.Struct) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(msgspec.json.encode(value))
    return found


def of(value: Receipt, forms: Any = FORMS) -> dict[str, Any]:
    return body(mapping.receipt(uuid_of(10), value, DATE, forms))


def test_a_core_sale_has_the_pages_fields() -> None:
    value = receipt([line(70, 2000)], [Payment("cash", 140, given=200)])
    assert of(replace(value, department="Zal")) == {
        "date": DATE,
        "docNumber": "000010",
        "wsName": "t-1",
        "departmentName": "Zal",
        "employeeName": "Əli Şükürov",
        "amount": 140,
        "currency": "AZN",
        "genPreview": False,
        "items": [
            {
                "itemId": "c-1",
                "itemName": "Çörək",
                "itemCode": "c-1",
                "itemQty": 2000,
                "itemAmount": 140,
                "discount": 0,
                "itemTaxes": [{"taxName": "ƏDV 18%", "taxCode": "A", "taxPrc": 1800, "taxAmount": 21, "calcType": 1}],
            }
        ],
        "payments": [{"type": "C", "amount": 200}],
    }


def test_an_ecr_sale_has_our_id_and_payments_by_field() -> None:
    value = receipt([line(140)], [Payment("card", 40), Payment("transfer", 50), Payment("cash", 50, given=60)])
    made = of(value, ECR)
    assert {name: made[name] for name in ("documentExtID", "docTime", "docNumber", "amount")} == {
        "documentExtID": uuid_of(10),
        "docTime": DATE,
        "docNumber": "000010",
        "amount": 140,
    }
    assert made["payments"] == {"cashlessAmount": 90, "cashAmount": 60}
    assert "date" not in made


def test_a_refund_names_its_sale() -> None:
    order = back(parent="d-77")
    assert order.receipt is not None
    assert of(order.receipt)["parentDocID"] == "d-77"
    assert of(order.receipt, ECR)["parentDocID"] == "d-77"
    assert of(order.receipt)["payments"] == [{"type": "C", "amount": 1180}]


def test_a_refund_of_a_sale_that_is_not_known_is_not_sent() -> None:
    for original in (None, Original(id=uuid_of(10))):
        value = receipt([line(5)], [Payment("cash", 5)], kind="return", original=original)
        with pytest.raises(Unfit, match="fiscal id of its sale"):
            of(value)


def test_a_preview_is_asked_for() -> None:
    value = receipt([line(5)], [Payment("cash", 5)])
    assert of(value, replace(FORMS, preview=True))["genPreview"] is True
    assert "genPreview" not in of(value, ECR)


@pytest.mark.parametrize(("how", "amount"), [("unit", 100), ("line_gross", 250), ("line_net", 187)])
def test_what_an_items_amount_is_can_be_chosen(how: ItemAmount, amount: int) -> None:
    """100 x 2.5 = 250, less 30 of its own and 33 of its share of the receipt's."""
    value = receipt([line(100, 2500, MINUS)], [Payment("cash", 187)], AdjustmentRequest("discount", "value", 33))
    (item,) = of(value, replace(FORMS, item_amount=how))["items"]
    assert (item["itemAmount"], item["discount"], item["itemQty"]) == (amount, 63, 2500)


def test_a_surcharge_is_part_of_the_lines_amount() -> None:
    value = receipt([line(100, 1000, MINUS, PLUS)], [Payment("cash", 90)])
    (item,) = of(value)["items"]
    assert (item["itemAmount"], item["discount"]) == (120, 30)
    with pytest.raises(Unfit, match="surcharge"):
        of(value, replace(FORMS, item_amount="unit"))


@pytest.mark.parametrize("how", ["line_gross", "line_net", "unit"])
def test_the_positions_come_to_the_total_by_the_registers_own_rule(how: ItemAmount, seed: int) -> None:
    """Code 4 of the register: total and positions differ."""
    draw = random.Random(seed)
    for _ in range(200):
        lines = [
            line(draw.randrange(1000, 9999), draw.randrange(100, 5000), MINUS if draw.random() < 0.5 else PLUS)
            for _ in range(draw.randrange(1, 6))
        ]
        if how == "unit":
            lines = [replace(one, adjustments=()) for one in lines]
        off = AdjustmentRequest("discount", "percent", draw.randrange(0, 2000))
        value = receipt(lines, [Payment("cash", due(lines, off))], off)
        made = of(value, replace(FORMS, item_amount=how))
        assert sum(by_register(item, how) for item in made["items"]) == made["amount"] == value.totals.payable


def due(lines: list[LineRequest], off: AdjustmentRequest) -> int:
    gross = [(2 * one.price * one.quantity + 1000) // 2000 for one in lines]
    sums = [
        amount + sum(one.value if one.kind == "surcharge" else -one.value for one in request.adjustments)
        for amount, request in zip(gross, lines, strict=True)
    ]
    return sum(sums) - (2 * sum(sums) * off.value + 10_000) // 20_000


def by_register(item: dict[str, Any], how: ItemAmount) -> int:
    if how == "line_net":
        return int(item["itemAmount"])
    gross = item["itemAmount"] if how == "line_gross" else (2 * item["itemAmount"] * item["itemQty"] + 1000) // 2000
    return int(gross) - int(item["discount"])


def test_a_marking_and_a_barcode_have_their_fields() -> None:
    marked = replace(line(5), markings=(Marking("datamatrix", "0104"),), barcode="4760000000012")
    (item,) = of(receipt([marked], [Payment("cash", 5)]))["items"]
    assert (item["itemQRCode"], item["itemCode"]) == ("0104", "4760000000012")
    with pytest.raises(Unfit, match="2 markings"):
        of(receipt([replace(marked, markings=marked.markings * 2)], [Payment("cash", 5)]))


def test_a_group_without_tax_is_told_with_a_rate_of_nothing() -> None:
    (item,) = of(receipt([line(500, group="free")], [Payment("cash", 500)]))["items"]
    assert item["itemTaxes"] == [{"taxName": "ƏDV-siz", "taxCode": "B", "taxPrc": 0, "taxAmount": 0, "calcType": 1}]


def test_a_simplified_tax_says_so() -> None:
    taxes = {"vat18": SmartOneTax(code="S", name="Sadələşdirilmiş", calc=3)}
    (item,) = of(receipt([line(5)], [Payment("cash", 5)]), replace(FORMS, taxes=taxes))["items"]
    assert item["itemTaxes"][0]["calcType"] == 3


def test_cash_movements() -> None:
    order = move(700)
    assert order.move is not None
    core = body(mapping.movement(uuid_of(50), order.move, DATE, FORMS))
    assert core == {"docNumber": "000050", "employeeName": CASHIER.name, "amount": 700, "currency": "AZN"}
    ecr = body(mapping.movement(uuid_of(50), order.move, DATE, ECR))
    assert ecr == core | {"documentExtID": uuid_of(50), "docTime": DATE}


def test_a_shift_is_closed_with_what_becomes_of_open_orders() -> None:
    assert body(mapping.shift(CASHIER, FORMS, closes=True)) == {"employeeName": CASHIER.name, "wsName": "t-1"}
    told = body(mapping.shift(CASHIER, replace(FORMS, open_orders="renew"), closes=True))
    assert told["openOrdersOperation"] == "renew"
    assert "openOrdersOperation" not in body(mapping.shift(CASHIER, replace(FORMS, open_orders="renew"), closes=False))


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (replace(receipt([line(5)], [Payment("cash", 5)]), currency="USD"), "AZN"),
        (receipt([line(0)], []), "over nothing"),
        (replace(receipt([line(5)], [Payment("cash", 5)]), number=""), "no number"),
        (receipt([line(5)], [Payment("other", 5)]), "Payment other"),
        (receipt([line(5)], [Payment("bonus", 5)]), "Payment bonus"),
        (receipt([line(500, group="fuel")], [Payment("cash", 500)]), "2 taxes"),
    ],
)
def test_what_smartone_cannot_be_told_is_refused_before_anything_is_sent(value: Receipt, told: str) -> None:
    with pytest.raises(Unfit, match=told) as found:
        of(value)
    assert found.value.text.endswith("nothing was sent")


def test_a_tax_group_and_a_means_of_payment_may_be_configured() -> None:
    value = receipt([line(5)], [Payment("bonus", 5)])
    assert of(value, replace(FORMS, payments={"bonus": "B"}))["payments"] == [{"type": "B", "amount": 5}]
    with pytest.raises(Unfit, match="Tax group vat18"):
        of(value, replace(FORMS, payments={"bonus": "B"}, taxes={}))


def test_the_same_document_gives_the_same_bytes_for_ever() -> None:
    order = sale()
    assert order.receipt is not None
    assert msgspec.json.encode(mapping.receipt(uuid_of(10), order.receipt, DATE, FORMS)) == msgspec.json.encode(
        mapping.receipt(uuid_of(10), order.receipt, DATE, FORMS)
    )
