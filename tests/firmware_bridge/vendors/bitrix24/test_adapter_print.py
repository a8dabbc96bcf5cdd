"""What Bitrix24 orders becomes exact values, and these the request of any client; or it says what is wrong.

The forms are written out by hand, as the platform's http_build_query writes them.
"""

from __future__ import annotations

import json
from contextlib import suppress
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from firmware_bridge.api.schema import ReturnBody, SaleBody
from firmware_bridge.validation import convert
from firmware_bridge.vendors.bitrix24.config import Register
from firmware_bridge.vendors.bitrix24.order import Order, order_of
from firmware_bridge.vendors.bitrix24.print_request import CONSUMPTION, INCOME, TYPES, BadRequest, PrintRequest, read
from statemachines.arithmetic import compute
from statemachines.vocabulary.receipt import AdjustmentRequest, LineRequest, Payment, TaxGroup

FORM = "application/x-www-form-urlencoded"
DOMAIN = "shop.bitrix24.test"
REGISTER = Register(name="Kasse", email="a@b", currency="UAH", vat={"1": "vat20", "3": "vat7"}, prepayments="as_sales")
#: Two positions, one with a discount and one with a quotient for a price, paid in cash; an array's empty brackets too.
SALE = (
    "type=sell&calculated_sign=income&unique_id=1547&uuid=check%7Cshop.bitrix24.test%7C1547%7C1772442000"
    "&date_create=1772441999"
    "&items%5B0%5D%5Bname%5D=%D0%A7%D0%B0%D0%B9+%22Earl+Grey%22&items%5B0%5D%5Bbase_price%5D=100"
    "&items%5B0%5D%5Bprice%5D=90&items%5B0%5D%5Bsum%5D=180&items%5B0%5D%5Bcurrency%5D=UAH"
    "&items%5B0%5D%5Bquantity%5D=2&items%5B0%5D%5Bvat%5D=1&items%5B0%5D%5Bvat_sum%5D=30"
    "&items%5B0%5D%5Bmeasure_code%5D=796&items%5B0%5D%5Bpayment_object%5D=commodity"
    "&items%5B0%5D%5Bpayment_method%5D=full_payment&items%5B0%5D%5Bbarcode%5D=4820000000017"
    "&items[1][name]=Delivery&items[1][price]=33.333333333333&items[1][sum]=100.00&items[1][quantity]=3"
    "&items[1][vat]=3&items[1][nomenclature_code]=D%FF%00%1D"
    "&payments%5B%5D%5Btype%5D=cash&payments[0][is_cash]=Y&payments[0][sum]=280&payments[0][currency]=UAH"
    "&client_email=client%40example.com&client_phone=%2B380501234567&total_sum=280&number_kkm=till-1"
    "&service_email=user%40example.com&cashbox_params[TILL][ID]=till-1"
)
#: The same, as the documentation's samples have it.
AS_JSON: dict[str, Any] = {
    "type": "sell",
    "operation": "income",
    "unique_id": 1547,
    "uuid": "check|shop.bitrix24.test|1547|1772442000",
    "date_create": 1772441999,
    "items": [
        {
            "name": 'Чай "Earl Grey"',
            "base_price": 100,
            "price": 90.0,
            "sum": 180.00000000000003,
            "currency": "UAH",
            "quantity": 2,
            "vat": 1,
            "barcode": "4820000000017",
            "payment_object": "commodity",
        },
        {"name": "Delivery", "price": 33.333333333333336, "sum": 100, "quantity": 3.0, "vat": "3"},
    ],
    "payments": [{"type": "cash", "sum": 280.0, "currency": "UAH"}],
    "client_email": "client@example.com",
    "client_phone": "+380501234567",
    "total_sum": 280,
    "number_kkm": "till-1",
}


def as_json(**changed: Any) -> PrintRequest:
    content = AS_JSON | changed
    return read("application/json", json.dumps(content).encode(), DOMAIN)


def item(**changed: Any) -> dict[str, Any]:
    return {"name": "Tea", "price": 10, "sum": 10, "quantity": 1, "vat": 1} | changed


def one(order_type: str = "sell", cash: bool = True, **changed: Any) -> PrintRequest:
    position = item(**changed)
    paid = [{"type": "cash" if cash else "cashless", "sum": position["sum"]}]
    sign = "income" if order_type in INCOME else "consumption"
    return as_json(type=order_type, operation=sign, items=[position], payments=paid, total_sum=position["sum"])


def total(order: Order) -> int:
    """What the till's own arithmetic makes of it, in minor units."""
    lines = [
        LineRequest(
            line["code"],
            line["name"],
            line["price"],
            line["quantity"],
            line["tax_group"],
            tuple(AdjustmentRequest(a["kind"], a["mode"], a["value"]) for a in line.get("adjustments", ())),
        )
        for line in order.body["lines"]
    ]
    payments = [Payment(p["type"], p["amount"], p.get("given")) for p in order.body["payments"]]
    groups = {name: TaxGroup(name, name[-1], ()) for name in ("vat20", "vat7", "none")}
    return compute(lines, [], payments, groups, "none", "sale").totals.total


# --- both forms -----------------------------------------------------------------------------------------------------


def test_a_form_with_brackets_is_read_exactly() -> None:
    found = read(FORM, SALE.encode(), DOMAIN)
    assert (found.type, found.unique_id, found.domain, found.date_create) == ("sell", 1547, DOMAIN, 1772441999000)
    assert found.uuid == "check|shop.bitrix24.test|1547|1772442000"
    tea, delivery = found.items
    assert (tea.name, tea.price, tea.base_price, tea.sum, tea.quantity, tea.vat) == (
        'Чай "Earl Grey"',
        Decimal(90),
        Decimal(100),
        Decimal(180),
        Decimal(2),
        "1",
    )
    assert delivery.price == Decimal("33.333333333333")
    assert [(paid.cash, paid.sum) for paid in found.payments] == [(True, Decimal(280))]
    assert (found.email, found.phone, found.number_kkm) == ("client@example.com", "+380501234567", "till-1")
    assert found.params == {"TILL": {"ID": "till-1"}}


def test_json_says_the_same_and_is_the_same_check() -> None:
    form = read(FORM, SALE.encode(), DOMAIN)
    found = as_json()
    assert order_of(found, REGISTER) == order_of(form, REGISTER)
    assert (found.unique_id, found.uuid, found.digest) == (form.unique_id, form.uuid, form.digest)


def test_a_reprint_on_another_register_is_the_same_content_and_another_sum_is_not() -> None:
    again = as_json(uuid="check|shop.bitrix24.test|1547|1772449999", number_kkm="till-2")
    assert again.digest == as_json().digest
    assert one(sum=10).digest != one(sum=11).digest


def test_the_order_is_a_request_that_the_till_takes() -> None:
    order = order_of(as_json(), REGISTER)
    assert (order.kind, order.confirm, order.approved) == ("sale", False, False)
    assert order.body == {
        "lines": [
            {
                "code": "4820000000017",
                "name": 'Чай "Earl Grey"',
                "price": 10000,
                "quantity": 2000,
                "tax_group": "vat20",
                "barcode": "4820000000017",
                "payment_object": "commodity",
                "adjustments": [{"kind": "discount", "mode": "value", "value": 2000}],
            },
            {
                "code": order.body["lines"][1]["code"],
                "name": "Delivery",
                "price": 3334,
                "quantity": 3000,
                "tax_group": "vat7",
                "adjustments": [{"kind": "discount", "mode": "value", "value": 2}],
            },
        ],
        "payments": [{"type": "cash", "amount": 28000, "given": 28000}],
        "order_id": "1547",
        "cashier": "Bitrix24",
        "context": {"bitrix24": DOMAIN, "bitrix24_check": "1547"},
        "customer": {"email": "client@example.com", "phone": "+380501234567"},
    }
    assert convert({**order.body, "id": "x"}, SaleBody)
    assert total(order) == 28000


@pytest.mark.parametrize(
    ("price", "quantity", "sum_"),
    [
        ("0.07", "0.333", "0.02"),
        ("33.333333333333", "3", "100"),
        ("10", "0.1", "1"),
        ("99999.99", "1.001", "100099.99"),
        ("19.99", "7", "139.93"),
        ("0.333333", "9", "3"),
        ("5", "2", "0"),
        ("1.005", "1", "1.01"),
    ],
)
def test_the_sum_is_the_truth_whatever_the_price(price: str, quantity: str, sum_: str) -> None:
    found = one(price=price, quantity=quantity, sum=sum_, base_price=None)
    assert total(order_of(found, REGISTER)) == int(Decimal(sum_) * 100)


def test_random_prices_and_quantities_reach_their_sums(seed: int) -> None:
    import random

    chance = random.Random(seed)
    for _ in range(300):
        quantity = Decimal(chance.randrange(1, 20_000)).scaleb(-3)
        sum_ = Decimal(chance.randrange(0, 1_000_000)).scaleb(-2)
        price = sum_ / quantity
        base = None if chance.random() < 0.5 else str((price * 2).quantize(Decimal("0.01")))
        found = one(price=str(price)[:24], quantity=str(quantity), sum=str(sum_), base_price=base)
        assert total(order_of(found, REGISTER)) == int(sum_ * 100)


# --- every type -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("cash", [True, False])
def test_every_type_of_check_has_its_document(kind: str, *, cash: bool) -> None:
    order = order_of(one(kind, cash), REGISTER)
    body = {**order.body, "id": "x"}
    if kind in INCOME:
        assert order.kind == "sale"
        assert convert(body, SaleBody)
        assert not order.confirm
    else:
        assert order.kind == "return"
        assert convert(body, ReturnBody)
        assert order.confirm
        assert "given" not in order.body["payments"][0]
    assert order.body["payments"][0]["type"] == ("cash" if cash else "transfer")


@pytest.mark.parametrize("kind", CONSUMPTION)
@pytest.mark.parametrize("cash", [True, False])
def test_a_return_is_approved_by_who_ordered_it_only_where_no_cash_moves(kind: str, *, cash: bool) -> None:
    register = msgspec.structs.replace(REGISTER, returns="approved")
    order = order_of(one(kind, cash), register)
    assert (order.confirm, order.approved) == (cash, not cash)


def test_prepayments_are_refused_unless_they_are_to_be_sales() -> None:
    register = msgspec.structs.replace(REGISTER, prepayments="refuse")
    for kind in TYPES:
        if kind.startswith("sell"):
            assert order_of(one(kind), register)
            continue
        with pytest.raises(BadRequest, match=f"type {kind}$"):
            order_of(one(kind), register)


def test_credit_is_paid_by_no_means() -> None:
    found = as_json(type="credit", items=[item()], payments=[], total_sum=10)
    payments = [{"type": "other", "amount": 1000}]
    assert order_of(found, REGISTER).body["payments"] == payments


# --- what cannot be -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"type": "correction"}, "no check of type 'correction'"),
        ({"unique_id": "x"}, "unique_id is no whole number"),
        ({"uuid": ""}, "uuid is missing"),
        ({"uuid": "check|other.example|1547"}, "belongs to shop.bitrix24.test, not to 'other.example'"),
        ({"uuid": "check|shop.bitrix24.test|99"}, "is not check 1547"),
        ({"items": []}, "no positions"),
        ({"items": [item()] * 501}, "no list of at most 500"),
        ({"items": "x"}, "items is no list"),
        ({"items": [7]}, r"items\[0\] is no object"),
        ({"items": [item(price="1e400000")]}, r"items\[0\].price"),
        ({"items": [item(sum="NaN")]}, r"items\[0\].sum"),
        ({"items": [item(sum=-1)]}, r"items\[0\].sum is not from 0"),
        ({"items": [item(quantity="two")]}, "quantity is no number"),
        ({"items": [item(supplier_info={"name": "other"})]}, "another supplier"),
        ({"total_sum": 281}, "positions come to 280, the check to 281"),
        ({"operation": "consumption"}, "is income, not 'consumption'"),
        ({"payments": [{"type": "barter", "sum": 1}]}, "neither cash nor cashless"),
        ({"client_email": "a\u0000b"}, "control characters"),
    ],
)
def test_what_is_wrong_is_named(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        as_json(**changed)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"items": [item(vat=9)], "total_sum": 10, "payments": []}, "the tax '9', for which"),
        ({"items": [item(vat="")], "total_sum": 10, "payments": []}, "the tax 'none'"),
        ({"items": [item(quantity="0.0005")], "total_sum": 10, "payments": []}, "more than 3 decimals"),
        ({"items": [item(quantity=0)], "total_sum": 10, "payments": []}, "quantity 0"),
        ({"items": [item(sum="10.005")], "total_sum": "10.005", "payments": []}, "more than 2 decimals"),
        ({"items": [item(currency="EUR")], "total_sum": 10, "payments": []}, "takes UAH, not EUR"),
        ({"payments": [{"type": "cash", "sum": 279}]}, "are 1.00 below"),
        ({"payments": [{"type": "cash", "sum": 281.5}]}, "are 1.50 above"),
    ],
)
def test_what_this_till_could_never_make_is_named(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        order_of(as_json(**changed), REGISTER)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (FORM, b""),
        (FORM, b"\xff\xfe"),
        (FORM, b"items[0=1"),
        (FORM, b"type=sell&type=sell"),
        (FORM, b"type=sell&type[a]=b"),
        (FORM, b"&".join(b"a%d=1" % number for number in range(40_001))),
        (FORM, b"x=" + b"a" * (1 << 20)),
        ("application/json", b"{"),
        ("application/json", b"[]"),
        ("application/json", b'{"a":' * 100_000),
        ("application/json", b'{"a":' * 20 + b"1" + b"}" * 20),
        ("application/json", b'{"type": NaN}'),
        ("application/json", b'{"type": "\\ud800"}'),
    ],
)
def test_bytes_that_are_no_request_are_refused_in_a_sentence(kind: str, body: bytes) -> None:
    with pytest.raises(BadRequest, match="The request cannot be read"):
        read(kind, body, DOMAIN)


def test_noise_never_raises_anything_else(seed: int) -> None:
    import random

    chance = random.Random(seed)
    parts = SALE.encode().split(b"&")
    for _ in range(400):
        chosen = bytearray(b"&".join(chance.sample(parts, chance.randrange(1, len(parts)))))
        for _ in range(chance.randrange(4)):
            chosen[chance.randrange(len(chosen))] = chance.randrange(256)
        with suppress(BadRequest):
            order_of(read(FORM, bytes(chosen), DOMAIN), REGISTER)
