"""Receipts from CREATED to DONE or ERROR: ids, sums, rounding, echoes, limits, look-ups."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.firmware_bridge.vendors.checkbox.sandbox_desk import Desk, card, cash, good, refund, sale

ID = "3f1d2c4b-5a69-4788-9a0b-1c2d3e4f5a6b"


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.open_shift()
    return desk


def test_receipt_is_created_first_and_done_after_the_signing_delay(desk: Desk) -> None:
    made = desk.sell(settled=False, id=ID)
    assert (made["status"], made["fiscal_code"], made["tax_url"], made["is_sent_dps"]) == ("CREATED", None, None, False)
    desk.wait(0.9)
    assert desk.receipt(ID)["status"] == "CREATED"
    desk.wait(0.1)
    done = desk.receipt(ID)
    assert (done["status"], done["transaction"]["status"]) == ("DONE", "DONE")
    assert done["fiscal_code"] == done["transaction"]["response_id"]
    assert done["is_sent_dps"] is True
    assert datetime.fromisoformat(done["sent_dps_at"]) == desk.now


def test_receipt_is_found_by_its_fiscal_number_too(desk: Desk) -> None:
    done = desk.sell(id=ID)
    assert desk.receipt(done["fiscal_code"])["id"] == ID
    found = desk.get(f"/receipts?fiscal_code={done['fiscal_code']}").json["results"]
    assert [one["id"] for one in found] == [ID]


def test_id_is_used_up_whatever_the_body_and_however_the_receipt_ended(desk: Desk) -> None:
    desk.fault("receipt-error", 1, message="ERROR_CHECK")
    failed = desk.sell(id=ID)
    assert (failed["status"], failed["fiscal_code"]) == ("ERROR", None)
    assert failed["transaction"]["response_error_message"] == "ERROR_CHECK"
    said = desk.post("/receipts/sell", sale(price=1, id=ID.upper()))
    assert (said.status, said.json["code"]) == (400, "receipt.already_exists")
    assert desk.post("/receipts/service", {"id": ID, "payment": cash(5)}).json["code"] == "receipt.already_exists"
    assert desk.sell()["status"] == "DONE"


def test_receipt_in_error_moves_no_sum(desk: Desk) -> None:
    before = desk.get("/cashier/shift").json
    desk.fault("receipt-error", 1)
    desk.sell()
    after = desk.get("/cashier/shift").json
    assert (after["balance"], after["taxes"]) == (before["balance"], before["taxes"])
    assert desk.books()["totals"]["sell"]["count"] == 0


def test_balance_of_the_answer_does_not_have_an_online_sale_yet(desk: Desk) -> None:
    made = desk.sell(settled=False)
    assert made["shift"]["balance"]["balance"] == 0
    desk.wait()
    assert desk.receipt(made["id"])["shift"]["balance"]["balance"] == 12000


def test_return_is_its_own_type_and_takes_cash_out(desk: Desk) -> None:
    sold = desk.sell()
    returned = desk.sell(refund(), related_receipt_id=sold["id"], technical_return=True)
    assert (returned["type"], returned["related_receipt_id"], returned["technical_return"]) == (
        "RETURN",
        sold["id"],
        True,
    )
    balance = returned["shift"]["balance"]
    assert (balance["cash_returns"], balance["balance"]) == (12000, 0)
    assert [one["is_return"] for one in returned["goods"]] == [True]


def test_cash_under_way_to_a_customer_cannot_be_given_twice(desk: Desk) -> None:
    desk.sell()
    desk.sell(refund(), settled=False)
    assert desk.post("/receipts/sell", refund()).message.endswith("(120.00 > 0.00)")
    assert desk.post("/receipts/service", {"payment": cash(-1)}).message.endswith("(0.01 > 0.00)")
    by_card = desk.sell(refund(payments=[card(12000)]), settled=False)
    desk.wait(2)
    assert desk.receipt(by_card["id"])["status"] == "DONE"


def test_cash_in_and_out_are_done_at_once_and_never_sent(desk: Desk) -> None:
    money_in = desk.post("/receipts/service", {"id": ID, "payment": cash(5000)})
    assert (money_in.status, money_in.json["type"], money_in.json["status"]) == (201, "SERVICE_IN", "DONE")
    assert (money_in.json["transaction"], money_in.json["fiscal_code"], money_in.json["goods"]) == (None, None, [])
    out = desk.post("/receipts/service", {"payment": cash(-2000)}).json
    assert (out["type"], out["total_sum"], out["shift"]["balance"]["balance"]) == ("SERVICE_OUT", 2000, 3000)
    assert desk.receipt(ID)["type"] == "SERVICE_IN"
    assert desk.post("/receipts/service", {"payment": cash(0)}).status == 422
    assert desk.post("/receipts/service", {"payment": card(5)}).status == 422


def test_receipts_of_every_kind_share_one_count(desk: Desk) -> None:
    serials = [
        desk.sell()["serial"],
        desk.post("/receipts/service", {"payment": cash(5)}).json["serial"],
        desk.sell(refund())["serial"],
    ]
    assert serials == [1, 2, 3]
    assert desk.info()["documents_state"]["last_receipt_code"] == 3


def test_previous_receipt_is_the_last_sale_or_return_that_counts(desk: Desk) -> None:
    first = desk.sell()
    desk.ok(desk.post("/receipts/service", {"payment": cash(5)}))
    desk.fault("receipt-error", 1)
    failed = desk.sell()
    assert desk.post("/receipts/sell", sale(previous_receipt_id=failed["id"])).json["code"] == (
        "receipt.previous_id_last_id_differs"
    )
    assert desk.sell(previous_receipt_id=first["id"])["status"] == "DONE"


@pytest.mark.parametrize(
    ("total", "card_value", "cash_value", "mode", "due", "rest"),
    [
        (554, 500, 50, {"rounding": True}, 550, 0),
        (554, 505, 50, {"rounding": True}, 555, 0),
        (555, 0, 560, {"rounding": True}, 560, 0),
        (554, 0, 1000, {"rounding_mode": "ROUND_10"}, 550, 450),
        (23946, 10000, 20000, {"rounding_mode": "ROUND_50"}, 23950, 6050),
        (124, 0, 100, {"rounding_mode": "ROUND_50"}, 100, 0),
        (125, 0, 150, {"rounding_mode": "ROUND_50"}, 150, 0),
        (174, 0, 150, {"rounding_mode": "ROUND_50"}, 150, 0),
        (175, 0, 200, {"rounding_mode": "ROUND_50"}, 200, 0),
        (554, 554, 0, {"rounding": True}, 554, 0),
    ],
)
def test_only_cash_is_rounded(
    desk: Desk, total: int, card_value: int, cash_value: int, mode: dict[str, Any], due: int, rest: int
) -> None:
    payments = [card(card_value)] * bool(card_value) + [cash(cash_value)] * bool(cash_value)
    sold = desk.sell(sale(total, payments=payments, **mode))
    assert (sold["total_sum"], sold["total_rest"], sold["round_sum"]) == (total, rest, due - total)


def test_rounding_the_whole_receipt_is_an_option() -> None:
    """554 with 505 by card: 49 in cash are 50, or the whole 554 is 550."""
    body = sale(554, payments=[card(505), cash(45)], rounding=True)
    by_cash, by_total = Desk(), Desk(rounding_scope="total")
    for desk in (by_cash, by_total):
        desk.open_shift()
    assert by_cash.post("/receipts/sell", body).status == 400
    assert by_total.sell(body)["round_sum"] == -4


def test_rounding_is_reported_by_direction(desk: Desk) -> None:
    desk.sell(sale(554, payments=[cash(550)], rounding=True))
    desk.sell(sale(556, payments=[cash(560)], rounding=True))
    desk.sell(refund(553, payments=[cash(550)], rounding=True))
    report = desk.post("/reports").json
    names = ("sales_round_up", "sales_round_down", "returns_round_up", "returns_round_down")
    assert [report[name] for name in names] == [4, 4, 0, 3]


def test_excise_is_taken_before_vat(desk: Desk) -> None:
    """100.00 with 5 % and 20 %: excise 4.76, VAT of the other 95.24 is 15.87."""
    sold = desk.sell(sale(goods=[good(10000, tax=[4])], payments=[cash(10000)]))
    assert (sold["taxes"][0]["value"], sold["taxes"][0]["extra_value"]) == (1587, 476)
    assert sold["shift"]["taxes"][3]["sales"] == 1587 + 476


def test_tax_per_group_is_an_option() -> None:
    """Three lines of 0.03 with 20 %: half a kopeck each, a kopeck and a half together."""
    body = sale(goods=[good(3)] * 3, payments=[cash(9)])
    amounts = []
    for rounding in ("line", "group"):
        desk = Desk(tax_rounding=rounding)
        desk.open_shift()
        amounts.append(desk.sell(body)["taxes"][0]["value"])
    assert amounts == [3, 2]


def test_weight_is_rounded_half_up_per_line(desk: Desk) -> None:
    sold = desk.sell(sale(goods=[good(38990, quantity=350), good(5, quantity=500)], payments=[cash(13650)]))
    assert [one["sum"] for one in sold["goods"]] == [13647, 3]


def test_stamps_barcodes_and_texts_come_back(desk: Desk) -> None:
    more = {
        "barcode": "4820000000001",
        "excise_barcode": "АБВГ123456",
        "e_excise_barcodes": ["01"],
        "uktzed": "2203001000",
        "header": "h",
        "footer": "f",
    }
    sold = desk.sell(
        sale(
            goods=[good(12000, good=more)],
            header="H",
            footer="F",
            barcode="B",
            context={"sale_id": "s1"},
            custom={"text_global_header": "T"},
        )
    )
    shown = sold["goods"][0]["good"]
    assert shown["excise_barcodes"] == ["АБВГ123456"]
    assert {name: shown[name] for name in ("barcode", "uktzed", "header", "footer", "e_excise_barcodes")} == {
        name: more[name] for name in ("barcode", "uktzed", "header", "footer", "e_excise_barcodes")
    }
    assert (sold["header"], sold["footer"], sold["barcode"]) == ("H", "F", "B")
    assert sold["context"] == {"sale_id": "s1"}
    assert sold["custom"]["text_global_header"] == "T"
    assert desk.get("/receipts/search?barcode=B").json["results"][0]["id"] == sold["id"]


def test_old_type_of_card_payment_is_still_taken(desk: Desk) -> None:
    sold = desk.sell(payments=[{"type": "CARD", "value": 12000}])
    assert sold["payments"][0] | {"type": "CARD", "label": "Картка"} == sold["payments"][0]
    assert sold["shift"]["balance"]["card_sales"] == 12000


def test_trial_makes_nothing_and_refuses_as_a_sale_would(desk: Desk) -> None:
    before = desk.books()
    assert desk.post("/receipts/validate", sale(id=ID)).json == {"validated": True}
    assert (
        desk.post("/receipts/validate", sale(payments=[])).message == "Сума платежів не може бути меньшою ніж сума чеку"
    )
    assert desk.books() == before
    assert desk.sell(id=ID)["status"] == "DONE"
    assert desk.post("/receipts/validate", sale(id=ID)).json["code"] == "receipt.already_exists"


def test_third_receipt_of_a_second_holds_transmission_for_five_seconds(desk: Desk) -> None:
    made = [desk.sell(settled=False)["id"] for _ in range(3)]
    desk.wait(2)
    assert [desk.receipt(one)["status"] for one in made] == ["CREATED"] * 3
    desk.wait(4)
    assert [desk.receipt(one)["status"] for one in made] == ["DONE", "CREATED", "CREATED"]
    desk.wait(2)
    assert desk.receipt(made[2])["status"] == "DONE"
    assert desk.books()["rate_limit"] == {"held": 1}


def test_two_receipts_a_second_are_not_held(desk: Desk) -> None:
    made = [desk.sell(settled=False)["id"] for _ in range(2)]
    desk.wait(2)
    assert [desk.receipt(one)["status"] for one in made] == ["DONE"] * 2
    assert desk.books()["rate_limit"] == {"held": 0}


def test_each_transaction_carries_the_hash_of_the_one_before() -> None:
    """Also around one that the tax service refused: it leaves the chain."""
    desk = Desk()
    desk.open_shift()
    desk.sell()
    desk.fault("receipt-error", 1)
    failed, last = desk.sell(settled=False), desk.sell(settled=False)
    desk.wait(2)
    rows = {one["id"]: one for one in desk.books()["transactions"]}
    hashes = [one["previous_hash"] for one in rows.values() if one["status"] == "DONE"]
    assert len(set(hashes)) == len(hashes) == 3
    assert rows[failed["transaction"]["id"]]["status"] == "ERROR"
    relinked = rows[last["transaction"]["id"]]["previous_hash"]
    assert relinked == failed["transaction"]["previous_hash"]
    assert relinked != last["transaction"]["previous_hash"]


def test_live_register_shows_no_sign_of_a_test(desk: Desk) -> None:
    live = Desk(live=True)
    live.open_shift()
    sold = live.sell()
    assert (live.info()["is_test"], sold["is_test"], live.get("/cashier/me").json["is_test"]) == (False, False, False)
    assert not live.info()["fiscal_number"].startswith("TEST")
    assert not live.headers["X-License-Key"].startswith("test")
    assert len(sold["fiscal_code"]) == 11
    assert not sold["fiscal_code"].startswith("TEST-")
    assert desk.info()["is_test"] is True
    desk.ok(desk.post("/_register", {"is_test": False}))
    assert (desk.info()["is_test"], desk.info()["fiscal_number"][:4]) == (False, "4000")


def test_test_registers_may_keep_quiet_about_delivery() -> None:
    desk = Desk(test_receipts_show_sent=False)
    desk.open_shift()
    done = desk.sell()
    assert (done["status"], done["is_sent_dps"], done["sent_dps_at"], done["delivered_at"]) == (
        "DONE",
        False,
        None,
        None,
    )


def test_mails_are_written_down_not_sent(desk: Desk) -> None:
    sold = desk.sell()
    assert desk.post(f"/receipts/{sold['id']}/email", ["a@example.com", "b@example.com"]).status == 200
    assert desk.post(f"/receipts/{sold['id']}/sms", {"phone": "380987777777"}).status == 200
    assert [one["to"] for one in desk.books()["mails"]] == ["a@example.com", "b@example.com", "380987777777"]
    assert desk.post(f"/receipts/{sold['id']}/email", []).status == 422


def test_transactions_can_be_listed(desk: Desk) -> None:
    desk.sell()
    rows = desk.get("/transactions?type=RECEIPT").json["results"]
    assert [(one["type"], one["serial"]) for one in rows] == [("RECEIPT", 2)]
    assert desk.get(f"/transactions/{rows[0]['id']}").json == rows[0]
