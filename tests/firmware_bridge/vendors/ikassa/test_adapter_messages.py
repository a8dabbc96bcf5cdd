"""The vendor's samples to the letter, in both directions, and decimal texts that are exact."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from firmware_bridge.vendors.ikassa import amounts, messages, orders, outcomes
from firmware_bridge.vendors.ikassa.forms import Forms
from statemachines.vocabulary.receipt import AdjustmentRequest, Customer, LineRequest, Marking, Payment
from tests.firmware_bridge.vendors.ikassa.adapter_world import RATES, World, back, move, receipt, sale, stamp_of

SEED: dict[str, Any] = json.loads((Path(__file__).parent / "seed_samples.json").read_text(encoding="utf-8"))
POSTPONED = "9aa03f0c-d77c-40ae-8f4d-236c432054a8"
ORDER = "bb074ac8-3661-4c56-818e-26686d5a7ec3"


def as_json(body: object) -> Any:
    return json.loads(msgspec.json.encode(body))


def percent(kind: str, rate: int) -> AdjustmentRequest:
    return AdjustmentRequest("discount" if kind == "discount" else "surcharge", "percent", rate)


def test_a_receipt_becomes_the_seeds_postponed_receipt_to_the_letter() -> None:
    line = LineRequest(
        "c-1",
        "Tovar",
        10_000,
        1000,
        "vat10",
        (percent("discount", 1000), percent("surcharge", 500)),
        barcode="112321312310",
        markings=(Marking("si", "midom0im20m03223d-2-d"), Marking("ukz", "2321987121CAC")),
        section_code="111",
        section_name="имя секции",
    )
    # 100 less 10 %, and 5 % of that on top: 94.50; less 5 % and 5 % on top: 94.26
    value = receipt([line], [Payment("cash", 9426)], percent("discount", 500), percent("surcharge", 500))
    value = replace(value, number="1", order_id="111IKASSA", context=(("note", "Cheque2"),))
    forms = Forms(RATES, adjustments="as_asked")
    body = orders.cheques(POSTPONED, value, forms, Customer(tax_number="123456789"))
    assert as_json(body) == SEED["success"]["request"]


def test_the_seeds_order_of_a_table_can_be_said_to_the_letter() -> None:
    item = messages.ChequeItem("Чай", "5")
    info = messages.ChequeInfo(ORDER, "Чек 2", "Order", table=2, place=3)
    body = (messages.Cheque(info, "BYN", (item,), messages.Change(is_percent=True, value="5")),)
    assert as_json(body) == SEED["not unique"]["request"]


def test_a_receipt_with_a_table_becomes_an_order_of_that_table() -> None:
    value = receipt([LineRequest("c-2", "Чай", 500, 1000, "vat20")], [Payment("cash", 475)], percent("discount", 500))
    value = replace(value, number="2", context=(("table", "2"), ("place", "3")))
    (told,) = as_json(orders.cheques(ORDER, value, Forms(RATES, adjustments="as_asked")))
    (wanted,) = SEED["not unique"]["request"]
    assert {name: told[name] for name in ("info", "currency", "chequeDiscount")} == {
        name: wanted[name] for name in ("info", "currency", "chequeDiscount")
    }
    (item,) = told["items"]
    assert (item["name"], item["price"]) == ("Чай", "5")


@pytest.mark.parametrize(("sample", "code", "register"), [("success", 200, "131010705"), ("not unique", 491, None)])
def test_the_seeds_answers_are_read(sample: str, code: int, register: str | None) -> None:
    answer = msgspec.json.decode(json.dumps(SEED[sample]["answer"]), type=messages.Answer)
    assert (answer.result_code, answer.register_number, answer.type) == (code, register, "ADD_CHEQUES")
    assert answer.words == SEED[sample]["answer"]["messageDetail"]


#: The book's samples of DEPOSIT and OPERATION_ID.
DEPOSIT = {
    "dateTime": "2024-11-01T19:40:21+03:00",
    "messageDetail": "Успешное внесение",
    "messageTitle": "Успех",
    "numberCheck": "4138",
    "registerNumberSKO": "133030187",
    "resultCode": 200,
    "type": "DEPOSIT",
    "uid": "314FEAAAE1A0CD9F07EDE12B",
    "isPrintSuccess": True,
    "sum": "200",
}
FOUND = {
    "operationId": "5b9d1f00-0000-4000-8000-000000000010",
    "uid": "32B1E3361C6573F807CF1091",
    "uuid": ORDER,
    "header": {
        "cashier": "Администратор",
        "chequeNumber": 3192,
        "date": "2022-07-05T21:57:17+03:00",
        "currency": "BYN",
    },
    "total": "2.15",
    "payments": ["Cash"],
    "operationType": "Sale",
    "isSucceed": True,
}


def scripted(answer: Any) -> World:
    from firmware_bridge.vendors.http import Response

    world = World().opened(10_000)
    world.line.scripted = lambda _: Response(200, {}, json.dumps(answer).encode())
    return world


def test_the_books_deposit_becomes_a_stamp() -> None:
    stamp = stamp_of(scripted(DEPOSIT).do(move(1000)))
    assert (stamp.number, stamp.document_no, stamp.register) == ("314FEAAAE1A0CD9F07EDE12B", "4138", "133030187")
    assert (stamp.date, stamp.at) == ("2024-11-01T19:40:21+03:00", 1730479221000)


def test_the_books_operation_without_a_result_code_is_a_found_document() -> None:
    event = scripted(FOUND).ask(sale(215))
    stamp = stamp_of(event)
    assert (stamp.number, stamp.vendor_id, stamp.document_no) == (FOUND["uid"], ORDER, "3192")
    assert (stamp.at, stamp.totals.total) == (1657047437000, 215)
    assert getattr(event, "printed", "") == "unknown"


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"total": "2.16"}, "it has 2.16 under this document's id, and not 2.15"),
        ({"operationType": "MoneyBack"}, "it has a MoneyBack"),
        ({"header": {"currency": "USD"}}, "it has a receipt in USD"),
    ],
)
def test_another_content_under_our_id_is_a_persons_question(more: dict[str, Any], told: str) -> None:
    event = scripted({**FOUND, **more}).ask(sale(215))
    assert getattr(event, "person_needed", False)
    assert told in getattr(event, "reason", "")


def test_a_sale_under_the_id_of_a_return_is_not_taken_for_it() -> None:
    world = scripted({**FOUND, "operationId": back().fiscal_doc_id})
    assert getattr(world.ask(back(215)), "person_needed", False)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("02.03.2026 14:05:31", 1772449531000),
        ("2026-03-02T14:05:31", 1772449531000),
        ("вчера", 0),
        ("", 0),
        ("31.02.2026 00:00:00", 0),
    ],
)
def test_times_without_an_offset_are_the_markets(text: str, at: int) -> None:
    from zoneinfo import ZoneInfo

    assert outcomes.moment(text, ZoneInfo("Europe/Minsk")) == at  # 11:05:31 UTC


# --- decimal texts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minor", "text"),
    [
        (0, "0"),
        (1, "0.01"),
        (10, "0.10"),
        (410, "4.10"),
        (500, "5"),
        (10_000, "100"),
        (amounts.LARGEST, "99999999999.99"),
    ],
)
def test_money_is_written_without_needless_decimals(minor: int, text: str) -> None:
    assert amounts.money(minor) == text
    assert amounts.minor(Decimal(text)) == minor


@pytest.mark.parametrize(
    ("thousandths", "text"), [(1, "0.001"), (350, "0.35"), (1000, "1"), (2500, "2.5"), (9_999_999, "9999.999")]
)
def test_quantities_are_written_without_needless_decimals(thousandths: int, text: str) -> None:
    assert amounts.quantity(thousandths) == text


@pytest.mark.parametrize(("points", "text"), [(500, "5"), (750, "7.5"), (1, "0.01"), (10_000, "100")])
def test_percentages_too(points: int, text: str) -> None:
    assert amounts.percent(points) == text


@given(some.integers(0, amounts.LARGEST))
def test_no_sum_is_changed_on_its_way_there_and_back(value: int) -> None:
    assert amounts.minor(Decimal(amounts.money(value))) == value
    assert Decimal(amounts.money(value)) * 100 == value


@given(some.integers(0, amounts.MOST))
def test_no_quantity_is_changed_on_its_way(value: int) -> None:
    assert Decimal(amounts.quantity(value)) * 1000 == value


@pytest.mark.parametrize("text", ["1.005", "NaN", "Infinity", "0.001"])
def test_what_is_no_sum_of_money_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=text.split(".", maxsplit=1)[0]):
        amounts.minor(Decimal(text))


@pytest.mark.parametrize("wrong", [amounts.money, amounts.quantity])
def test_a_negative_one_is_not_written(wrong: Any) -> None:
    with pytest.raises(ValueError, match="-1"):
        wrong(-1)


@pytest.mark.parametrize("total", ['"10.001"', '"NaN"', '"x"', "[]"])
def test_an_answer_with_a_sum_that_is_none_is_doubt_and_no_receipt(total: str) -> None:
    from drivers.errors import Unanswered
    from firmware_bridge.vendors.http import Response

    world = World().opened()
    world.line.scripted = lambda _: Response(
        200, {}, b'{"resultCode":200,"type":"SALE","total":' + total.encode() + b"}"
    )
    with pytest.raises(Unanswered):
        world.do(sale())


def test_a_number_instead_of_a_text_is_read_exactly() -> None:
    answer = msgspec.json.decode(
        b'{"resultCode":200,"total":10.10,"change":0.3,"numberCheck":42}', type=messages.Answer
    )
    assert (answer.total, answer.change, answer.number_check) == (Decimal("10.10"), Decimal("0.3"), 42)


def test_secrets_are_not_shown() -> None:
    assert "1234" not in repr(messages.SignIn("1234", remember_pin=False, return_token=True))
    assert "tok" not in repr(messages.Answer(token="tok"))
