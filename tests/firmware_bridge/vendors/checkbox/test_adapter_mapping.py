"""From a receipt to Checkbox's body: the vendor's own samples, both profiles, every limit; and sums that must agree."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from firmware_bridge.vendors.checkbox import mapping, messages
from firmware_bridge.vendors.checkbox.forms import Beside, Forms, PaymentForm, Unfit
from firmware_bridge.vendors.checkbox.stamps import moment, receipt_stamp, same_content
from statemachines.arithmetic import compute
from statemachines.vocabulary.effects import Fiscalise
from statemachines.vocabulary.receipt import (
    AdjustmentRequest,
    Card,
    Customer,
    LineRequest,
    Marking,
    Payment,
    Person,
    Receipt,
    RoundingMode,
    TaxGroup,
    TaxRate,
)
from tests.firmware_bridge.vendors.checkbox.virtual import (
    CODES,
    GROUPS,
    World,
    back,
    line,
    move,
    opening,
    receipt,
    sale,
    stamp_of,
    uuid_of,
)

SAMPLES = json.loads((Path(__file__).parent / "seed_samples.json").read_text(encoding="utf-8"))
SELL = SAMPLES["requests"]["POST /api/v1/receipts/sell"]["body"]
SOLD = SAMPLES["answers"]["POST /api/v1/receipts/sell"]
FORMS = Forms(CODES, GROUPS)
SEED = Forms({"both": (1, 8), "none": (8,)}, profile="seed", rounding="round10")
SAMPLE_GROUPS = {
    "both": TaxGroup("both", "А", (TaxRate("ПДВ", 2000),)),
    "none": TaxGroup("none", "З", ()),
}


def encoded(value: msgspec.Struct) -> Any:
    return json.loads(msgspec.json.encode(value))


def the_pages_receipt() -> tuple[Receipt, Beside]:
    """The receipt of the vendor's page, as our till would have it."""
    lines = []
    for at, (group, kind, mode, amount) in enumerate(
        [("both", "discount", "value", 1), ("none", "surcharge", "percent", 100)]
    ):
        good = SELL["goods"][at]["good"]
        name = SELL["goods"][at]["discounts"][0]["name"]
        own = AdjustmentRequest(kind, mode, amount, name)  # type: ignore[arg-type]  # words from a list
        request = LineRequest(good["code"], good["name"], good["price"], 1000, group, (own,), good["barcode"])
        marks = tuple(good["excise_barcodes"])
        texts = {"uktzed": good["uktzed"], "header": good["header"], "footer": good["footer"]}
        lines.append(replace(request, excise_stamps=marks, **texts))
    cash, slip = SELL["payments"]
    card = Card(
        slip["card_mask"], slip["rrn"], slip["auth_code"], slip["terminal"], slip["bank_name"], slip["payment_system"],
        slip["acquirer_and_seller"], slip["receipt_no"], slip["commission"],
    )  # fmt: skip
    payments = (Payment("cash", 54, label=cash["label"]), Payment("card", 500, label=slip["label"], card=card))
    five = AdjustmentRequest("discount", "percent", 500, SELL["discounts"][0]["name"])
    done = compute(lines, [five], payments, SAMPLE_GROUPS, "round10", "sale")
    value = Receipt(
        "s-1", "sale", "1", "UAH", "uk", Person("1", SELL["cashier_name"], "cashier"), "main", done.lines,
        done.adjustments, done.payments, done.totals, header=SELL["header"], footer=SELL["footer"],
        barcode=SELL["barcode"], department=SELL["departament"],
    )  # fmt: skip
    beside = Beside(
        customer=Customer(email=SELL["delivery"]["email"], phone=SELL["delivery"]["phone"]),
        related_receipt_id=SELL["related_receipt_id"],
        previous_receipt_id=SELL["previous_receipt_id"],
        good_ids={one["good"]["code"]: one["good_id"] for one in SELL["goods"]},
        custom=SELL["custom"],
        card_owner=slip["owner_name"],
        signature_required=slip["signature_required"],
    )
    return value, beside


def test_the_pages_receipt_becomes_the_pages_body_but_for_its_discounts() -> None:
    value, beside = the_pages_receipt()
    ours = encoded(mapping.sell(SELL["id"], value, SEED, beside))
    assert ours.pop("context") == {"sale_id": "s-1"}
    theirs = json.loads(json.dumps(SELL))
    theirs.pop("discounts")
    for one in (*ours["goods"], *theirs["goods"]):
        one.pop("discounts")
    assert ours == theirs


def test_discounts_go_as_named_amounts_with_the_share_apart() -> None:
    """The vendor's figures: 123 - 1, 456 + 5, and 29 off the whole, of which 6 and 23; together 554."""
    value, beside = the_pages_receipt()
    ours = encoded(mapping.sell(SELL["id"], value, SEED, beside))
    assert [one["discounts"] for one in ours["goods"]] == [
        [
            {"type": "DISCOUNT", "mode": "VALUE", "value": 1, "tax_codes": [1, 8], "name": "назва знижки"},
            {"type": "DISCOUNT", "mode": "VALUE", "value": 6, "tax_codes": [1, 8], "name": "назва знижки на чек"},
        ],
        [
            {"type": "EXTRA_CHARGE", "mode": "VALUE", "value": 5, "tax_codes": [8], "name": "назва надбавки"},
            {"type": "DISCOUNT", "mode": "VALUE", "value": 23, "tax_codes": [8], "name": "назва знижки на чек"},
        ],
    ]
    assert value.totals.total == SOLD["total_sum"] == 554


def test_the_pages_answer_gives_its_figures() -> None:
    answer = msgspec.json.decode(json.dumps(SOLD).encode(), type=messages.Receipt)
    stamp = receipt_stamp(answer, SEED, settled=False)
    assert (stamp.register, stamp.document_no, stamp.balance) == ("TEST373378", str(SOLD["serial"]), None)
    assert stamp.totals is not None
    assert (stamp.totals.total, stamp.totals.rounding, stamp.totals.change) == (554, -4, 0)
    assert {(tax.group, tax.rate): tax.amount for tax in stamp.totals.tax if tax.amount} == {("both", 2000): 19}
    assert stamp.mac == SOLD["transaction"]["previous_hash"]


def test_the_pages_cash_in_is_the_pages_body() -> None:
    body = SAMPLES["requests"]["POST /api/v1/receipts/service"]["body"]
    order = move(body["payment"]["value"])
    assert order.move is not None
    assert encoded(mapping.service(uuid_of(50), order.move, FORMS))["payment"] == body["payment"]


def test_the_sandbox_takes_the_pages_receipt_with_the_pages_total() -> None:
    world = World("seed", rounding="round10").opened()
    value, beside = the_pages_receipt()
    free = replace(beside, related_receipt_id="", previous_receipt_id="")
    fiscaliser = world.with_forms(SEED)
    order = Fiscalise("s-1", SELL["id"], receipt=value)
    body = mapping.sell(SELL["id"], value, SEED, free)
    assert fiscaliser.traits.registers
    world.fiscaliser = fiscaliser
    stamp = stamp_of(world.do(order))
    assert (stamp.totals.total, stamp.totals.rounding) == (554, -4)
    assert body.rounding is True


@pytest.mark.parametrize(
    ("mode", "profile", "expected"),
    [
        ("round10", "seed", {"rounding": True}),
        ("round10", "current", {"rounding": True}),
        ("round50", "current", {"rounding_mode": "ROUND_50"}),
        ("none", "current", {}),
    ],
)
def test_rounding_is_said_as_each_profile_knows_it(mode: RoundingMode, profile: Any, expected: dict[str, Any]) -> None:
    value = receipt([line(13647)], [Payment("cash", 13647)], rounding=mode)
    forms = replace(FORMS, profile=profile, rounding=mode)
    body = encoded(mapping.sell(uuid_of(1), value, forms))
    assert {key: body[key] for key in body if key.startswith("rounding")} == expected


def test_a_receipt_rounded_before_the_setting_was_changed_keeps_its_rule() -> None:
    value = receipt([line(13620)], [Payment("cash", 13620)], rounding="round50")
    assert value.totals.rounding == -20
    assert mapping.sell(uuid_of(1), value, replace(FORMS, rounding="none")).rounding_mode == "ROUND_50"


def test_without_cash_nothing_is_rounded() -> None:
    value = receipt([line(13647)], [Payment("card", 13647)], rounding="round10")
    assert mapping.sell(uuid_of(1), value, replace(FORMS, rounding="round10")).rounding is None


def test_a_return_is_one_on_every_line() -> None:
    value = receipt([line(500), line(700)], [Payment("cash", 1200)], kind="return")
    assert [item.is_return for item in mapping.sell(uuid_of(1), value, FORMS).goods] == [True, True]


def test_cash_is_what_was_handed_over_and_cards_have_their_details() -> None:
    card = Card("4149********1234", "R1", "A1", "T1", "Банк", "VISA", "M1", "7")
    value = receipt([line(1500)], [Payment("card", 1000, card=card), Payment("cash", 500, given=2000)])
    first, second = encoded(mapping.sell(uuid_of(1), value, FORMS))["payments"]
    assert (second["type"], second["value"], second["label"]) == ("CASH", 2000, "Готівка")
    assert (first["label"], first["code"], first["card_mask"]) == ("Картка", 1, "4149********1234")
    assert (first["bank_name"], first["terminal"], first["acquirer_and_seller"]) == ("Банк", "T1", "M1")


def test_a_gift_is_named_below_its_neighbour() -> None:
    value = receipt([line(0, name="Кулька"), line(500), line(0, name="Пакет")], [Payment("cash", 500)])
    (item,) = mapping.sell(uuid_of(1), value, FORMS).goods
    assert item.good.footer == "Подарунок: Кулька\nПодарунок: Пакет"


def test_a_gift_may_be_sent_with_a_discount_of_the_whole() -> None:
    world = World().opened()
    forms = replace(world.forms, zero_line="discount", gift_price=100)
    value = receipt([line(0, 2500), line(500)], [Payment("cash", 500)])
    world.fiscaliser = world.with_forms(forms)
    assert stamp_of(world.do(Fiscalise("x", uuid_of(10), receipt=value))).totals.total == 500
    goods = world.books()["receipts"][0]["goods"]
    assert [one["sum"] for one in goods] == [250, 500]


def test_a_gift_is_refused_where_the_shop_wants_it() -> None:
    value = receipt([line(0), line(500)], [Payment("cash", 500)])
    with pytest.raises(Unfit, match="costs nothing"):
        mapping.sell(uuid_of(1), value, replace(FORMS, zero_line="refuse"))


def test_electronic_excise_marks_have_a_field_in_the_current_profile_alone() -> None:
    marked = replace(line(500), markings=(Marking("datamatrix", "0104607"),))
    value = receipt([marked], [Payment("cash", 500)])
    assert mapping.sell(uuid_of(1), value, FORMS).goods[0].good.e_excise_barcodes == ("0104607",)
    with pytest.raises(Unfit, match="marking"):
        mapping.sell(uuid_of(1), value, replace(FORMS, profile="seed"))


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (receipt([line(0)], []), "over nothing"),
        (replace(receipt([line(5)], [Payment("cash", 5)]), currency="EUR"), "UAH"),
        (receipt([replace(line(5), code="x" * 257)], [Payment("cash", 5)]), "256 characters"),
        (receipt([replace(line(5), name="")], [Payment("cash", 5)]), "it is empty"),
        (receipt([replace(line(5), footer="x" * 1025)], [Payment("cash", 5)]), "1024 characters"),
        (receipt([replace(line(5), uktzed="x" * 65)], [Payment("cash", 5)]), "64 characters"),
        (receipt([line(5)], [Payment("other", 5)]), "Payment other has no name"),
        (receipt([line(5)], [Payment("cash", 5, label="x" * 129)]), "128 characters"),
        (receipt([replace(line(5), markings=(Marking("si", "1"),))], [Payment("cash", 5)]), "marking of kind si"),
    ],
)
def test_what_checkbox_cannot_be_told_is_refused_before_anything_is_sent(value: Receipt, told: str) -> None:
    with pytest.raises(Unfit, match=told) as found:
        mapping.sell(uuid_of(1), value, FORMS)
    assert found.value.text.endswith("nothing was sent")


def test_an_unfit_receipt_is_a_final_refusal_without_a_request() -> None:
    world = World().opened()
    world.fiscaliser = world.with_forms(replace(world.forms, tax_codes={"free": (8,)}))
    event = world.do(sale())
    assert getattr(event, "final", False) is True
    assert "Tax group vat20 has no code on Checkbox" in getattr(event, "reason", "")
    assert not any("POST" in call for call in world.line.calls)


def test_other_payments_are_sent_once_they_have_a_name() -> None:
    forms = replace(FORMS, payments={**FORMS.payments, "other": PaymentForm("Кредит", 4)})
    pay = mapping.sell(uuid_of(1), receipt([line(5)], [Payment("other", 5)]), forms).payments[0]
    assert (pay.type, pay.label, pay.code) == ("CASHLESS", "Кредит", 4)


@pytest.mark.parametrize("phone", ["", "12345", "+48 600 000 000"])
def test_an_address_that_checkbox_cannot_use_does_not_cost_the_receipt(phone: str) -> None:
    beside = Beside(customer=Customer(email="nobody", phone=phone))
    assert mapping.sell(uuid_of(1), receipt([line(5)], [Payment("cash", 5)]), FORMS, beside).delivery is None


def test_moments_are_utc_milliseconds() -> None:
    assert moment("2022-06-27T08:24:46.501940+00:00") == 1656318286501
    assert moment("2022-06-27T11:24:46.501940+03:00") == 1656318286501
    assert moment("1969-12-31T23:59:59.999+00:00") == -1
    assert moment("yesterday") == 0


def test_another_documents_content_is_seen() -> None:
    answer = messages.Receipt(uuid_of(10), "SELL", 1, "DONE", total_sum=1000)
    assert same_content(answer, sale())
    assert not same_content(answer, back())
    assert not same_content(answer, sale(999))
    assert not same_content(answer, move(1000))
    assert not same_content(answer, opening())
