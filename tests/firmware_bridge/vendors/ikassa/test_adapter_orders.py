"""What iKassa's own cashier is handed over, and what cannot be."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final

import msgspec
import pytest

from firmware_bridge.vendors.ikassa import mapping, orders
from firmware_bridge.vendors.ikassa.forms import Forms, Unfit
from firmware_bridge.vendors.ikassa.manner import Manner
from statemachines.vocabulary.events import FiscalisationRefused
from statemachines.vocabulary.receipt import AdjustmentRequest, Card, Payment
from tests.firmware_bridge.vendors.ikassa.adapter_world import RATES, World, line, move, receipt

FORMS: Final = Forms(RATES)
CASH: Final = [Payment("cash", 1000)]


def told(body: object) -> Any:
    return json.loads(msgspec.json.encode(body))


def off(value: int) -> AdjustmentRequest:
    return AdjustmentRequest("discount", "value", value)


def test_amounts_with_their_shares_go_onto_the_lines_of_a_handed_over_receipt() -> None:
    value = receipt([line(500, 2000, off(40)), line(1000)], [Payment("cash", 1860)], off(100))
    (cheque,) = told(orders.cheques("u", value, FORMS))
    assert "chequeDiscount" not in cheque
    assert [item["discount"] for item in cheque["items"]] == [
        {"isPercent": False, "value": "0.89"},
        {"isPercent": False, "value": "0.51"},
    ]
    assert [item["taxRate"] for item in cheque["items"]] == ["tax20", "tax20"]


def test_several_discounts_are_told_by_their_sum_when_they_cannot_be_told_as_asked() -> None:
    value = receipt([line(1000, 1000, off(40), off(10))], [Payment("cash", 950)])
    (cheque,) = told(orders.cheques("u", value, replace(FORMS, adjustments="as_asked")))
    assert cheque["items"][0]["discount"] == {"isPercent": False, "value": "0.50"}


def test_texts_are_handed_over_with_the_other_operation() -> None:
    value = replace(receipt([line(1000)], CASH), header="Стол 5")
    body = told(orders.edited_cheques("u", value, FORMS))
    (cheque,) = body["cheques"]
    assert (cheque["isEdit"], cheque["prefix"]) == (False, [{"Text": {"text": "Стол 5"}}])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kind": "return"}, "no returns"),
        ({"currency": "EUR"}, "BYN"),
        ({"context": (("table", "oak"),)}, "no number"),
    ],
)
def test_what_cannot_be_handed_over_is_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(Unfit, match=words):
        orders.cheques("u", replace(receipt([line(1000)], CASH), **change), FORMS)


def test_a_tax_group_without_a_rate_is_refused_by_its_name() -> None:
    with pytest.raises(Unfit, match="Tax group vat20 has no rate on iKassa"):
        orders.cheques("u", receipt([line(1000)], CASH), Forms({"vat10": "tax10"}))


def test_goods_without_a_tax_bear_no_rate() -> None:
    (cheque,) = told(orders.cheques("u", receipt([line(1000)], CASH), Forms({"vat20": ""})))
    assert "taxRate" not in cheque["items"][0]


def test_a_forced_order_has_a_table_only_if_there_is_one() -> None:
    (cheque,) = told(orders.cheques("u", receipt([line(1000)], CASH), replace(FORMS, cheques="order")))
    assert cheque["info"] == {"uuid": "u", "name": "Чек 000001", "chequeType": "Order"}


def test_the_card_number_of_a_slip_is_no_part_of_anything_sent() -> None:
    card = Card(mask="5555********4444", rrn="9")
    value = receipt([line(1000)], [Payment("card", 1000, collected="by_device", card=card)])
    assert "5555" not in msgspec.json.encode(mapping.sale("op", value, FORMS)).decode()


def test_a_till_that_takes_orders_hears_of_nothing_else() -> None:
    world = World(manner=Manner("sink"))
    event = world.do(move(100))
    assert isinstance(event, FiscalisationRefused)
    assert world.line.calls == []
