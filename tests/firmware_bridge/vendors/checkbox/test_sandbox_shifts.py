"""From opening to Z: states in their order, money that carries over, what closes a shift and what does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.firmware_bridge.vendors.checkbox.sandbox_desk import Desk, card, cash, good, refund, sale

MINE = "0b8f0b3e-6d52-4c3f-8a55-0e6f3f0d1a11"


def statuses(desk: Desk, shift_id: str, step: float, steps: int) -> list[str]:
    seen = []
    for _ in range(steps):
        seen.append(desk.get(f"/shifts/{shift_id}").json["status"])
        desk.wait(step)
    return list(dict.fromkeys(seen))


def test_shift_goes_through_its_states_as_time_goes_by() -> None:
    desk = Desk()
    opened = desk.post("/shifts", {"id": MINE})
    assert (opened.status, opened.json["id"], opened.json["status"]) == (202, MINE, "CREATED")
    assert statuses(desk, MINE, 0.25, 6) == ["CREATED", "OPENING", "OPENED"]
    closed = desk.post("/shifts/close")
    assert (closed.status, closed.json["status"], closed.json["z_report"]["is_z_report"]) == (202, "CLOSING", True)
    assert statuses(desk, MINE, 0.25, 6) == ["CLOSING", "CLOSED"]
    assert desk.get("/cashier/shift").json is None


def test_old_interface_knows_no_opening() -> None:
    desk = Desk("seed")
    desk.post("/shifts", {"id": MINE})
    assert statuses(desk, MINE, 0.25, 6) == ["CREATED", "OPENED"]


def test_transaction_is_signed_after_half_its_time_and_answered_after_all_of_it() -> None:
    desk = Desk()
    desk.post("/shifts", {"id": MINE})
    desk.wait(0.5)
    half = desk.get(f"/shifts/{MINE}").json["initial_transaction"]
    assert (half["status"], half["request_received_at"], half["response_id"]) == ("SIGNED", None, None)
    desk.wait(0.5)
    whole = desk.get(f"/shifts/{MINE}").json["initial_transaction"]
    assert (whole["status"], whole["response_status"]) == ("DONE", "OK")
    assert whole["response_id"].startswith("TEST-")
    assert whole["request_signed_at"] < whole["request_received_at"]


def test_second_opening_and_an_id_used_before_are_refused() -> None:
    desk = Desk()
    desk.open_shift(id=MINE)
    assert desk.post("/shifts", {"id": MINE}).message == "Касир вже працює з даною касою"
    desk.close_shift()
    assert desk.post("/shifts", {"id": MINE}).status == 400
    assert desk.open_shift()["serial"] == 2


def test_other_cashier_finds_the_register_busy_and_may_close_as_a_senior() -> None:
    desk = Desk()
    shift = desk.open_shift()
    desk.sign_in(senior=True)
    assert desk.post("/shifts").message == "Каса зайнята іншим касиром"
    assert desk.post("/receipts/sell", sale()).message == "Зміну не відкрито"
    assert desk.post("/shifts/close").message == "Зміну не відкрито"
    assert desk.get("/cashier/shift").json is None
    closed = desk.post(f"/shifts/{shift['id']}/close")
    assert (closed.status, closed.json["status"]) == (200, "CLOSING")


def test_junior_cashier_may_not_close_a_seniors_shift() -> None:
    desk = Desk()
    desk.sign_in(senior=True)
    shift = desk.open_shift()
    desk.sign_in()
    assert desk.post(f"/shifts/{shift['id']}/close").status == 400


def test_cash_carries_over_to_the_next_shift() -> None:
    desk = Desk(initial_balance=700)
    first = desk.open_shift(cash=5000)
    assert first["balance"]["initial"] == 700
    desk.sell(sale(12000))
    desk.sell(sale(3000, payments=[card(3000)]))
    desk.ok(desk.post("/receipts/service", {"payment": cash(-1000)}))
    z = desk.close_shift()["z_report"]
    assert (z["initial"], z["balance"]) == (700, 700 + 5000 + 12000 - 1000)
    assert desk.open_shift()["balance"]["initial"] == 16700


def test_z_report_adds_up_what_the_shift_did() -> None:
    desk = Desk()
    desk.open_shift(cash=5000)
    desk.sell(sale(12000))
    desk.sell(sale(10000, payments=[card(10000)]))
    desk.sell(refund(4000))
    z = desk.close_shift()["z_report"]
    rows = {one["label"]: one for one in z["payments"]}
    assert (rows["Готівка"]["sell_sum"], rows["Готівка"]["return_sum"]) == (12000, 4000)
    assert (rows["Готівка"]["service_in"], rows["Картка"]["sell_sum"]) == (5000, 10000)
    assert (z["sell_receipts_count"], z["return_receipts_count"]) == (2, 1)
    vat = z["taxes"][0]
    assert (vat["sales_turnover"], vat["sell_sum"]) == (22000, 2000 + 1667)
    assert (vat["returns_turnover"], vat["return_sum"]) == (4000, 667)
    assert z["fiscal_code"].startswith("TEST-")


def test_change_is_no_turnover() -> None:
    desk = Desk()
    desk.open_shift()
    sold = desk.sell(sale(12000, payments=[cash(20000)]))
    assert (sold["total_payment"], sold["total_rest"]) == (20000, 8000)
    assert sold["shift"]["balance"]["cash_sales"] == 12000
    assert desk.post("/reports").json["payments"][0]["sell_sum"] == 12000


def test_x_and_z_are_counted_apart() -> None:
    desk = Desk()
    desk.open_shift()
    serials = [desk.post("/reports").json["serial"] for _ in range(3)]
    assert serials == [1, 2, 3]
    assert desk.close_shift()["z_report"]["serial"] == 1
    assert desk.info()["documents_state"] == {"last_receipt_code": 0, "last_report_code": 3, "last_z_report_code": 1}


def test_refused_opening_ends_closed_and_a_new_one_works() -> None:
    desk = Desk()
    desk.fault("shift-error", 1, message="ERROR_NOT_REGISTERED")
    shift = desk.post("/shifts").json
    desk.wait()
    refused = desk.get(f"/shifts/{shift['id']}").json
    assert (refused["status"], refused["opened_at"]) == ("CLOSED", None)
    transaction = refused["initial_transaction"]
    assert (transaction["status"], transaction["response_error_message"]) == ("ERROR", "ERROR_NOT_REGISTERED")
    assert desk.open_shift()["serial"] == 2  # a failed one is counted


def test_refused_close_opens_the_shift_again() -> None:
    desk = Desk()
    shift = desk.open_shift()
    desk.fault("shift-error", 1)
    desk.ok(desk.post("/shifts/close"))
    desk.wait()
    again = desk.get(f"/shifts/{shift['id']}").json
    assert (again["status"], again["z_report"], again["closing_transaction"]["status"]) == ("OPENED", None, "ERROR")
    assert desk.sell()["status"] == "DONE"
    assert desk.close_shift()["z_report"]["serial"] == 1


def test_report_of_the_client_stands_unchecked_in_the_z() -> None:
    desk = Desk()
    desk.open_shift(cash=100)
    payment = {"type": "CASH", "label": "Готівка", "sell_sum": 7, "return_sum": 8, "service_in": 9, "service_out": 1}
    figures = {
        "payments": [payment],
        "taxes": [],
        "sell_receipts_count": 41,
        "return_receipts_count": 2,
        "initial": 1,
        "balance": 3,
    }
    z = desk.close_shift(report=figures)["z_report"]
    assert (z["sell_receipts_count"], z["return_receipts_count"], z["initial"], z["balance"]) == (41, 2, 1, 3)
    assert {**z["payments"][0], **payment} == z["payments"][0]
    assert z["taxes"] == []
    assert desk.books()["balance"] == 100
    said = desk.post("/shifts/close", {"report": {"payments": []}})
    assert said.status == 422


def test_close_waits_for_receipts_or_refuses_by_option() -> None:
    for profile, status in (("seed", 202), ("current", 400)):
        desk = Desk(profile)
        desk.open_shift()
        desk.sell(settled=False)
        assert desk.post("/shifts/close").status == status
    lenient = Desk("current", close_with_pending="accept")
    shift = lenient.open_shift()
    sold = lenient.sell(settled=False)
    lenient.ok(lenient.post("/shifts/close"))
    lenient.wait(2)
    assert lenient.get(f"/shifts/{shift['id']}").json["status"] == "CLOSED"
    assert lenient.receipt(sold["id"])["status"] == "DONE"


def test_client_name_check_guards_a_shift_of_checkbox_kasa() -> None:
    desk = Desk()
    desk.post("/shifts", X_Client_Name="CheckBox Kasa")
    desk.wait()
    assert desk.post("/shifts/close").status == 409
    assert desk.post("/shifts/close", {"skip_client_name_check": True}).status == 202


def test_organisation_closes_the_shift_at_its_hour_in_kyiv() -> None:
    start = datetime(2026, 3, 28, 20, 0, tzinfo=UTC)  # 22:00 in Kyiv, the night before summer time begins
    desk = Desk(start=start, auto_close_shift_at="23:45", auto_collection_on_close=True)
    shift = desk.open_shift(cash=900)
    desk.wait(2 * 3600)
    closed = desk.get(f"/shifts/{shift['id']}").json
    assert closed["status"] == "CLOSED"
    assert datetime.fromisoformat(closed["closed_at"]) == start + timedelta(hours=1, minutes=45, seconds=1)
    assert (closed["balance"]["service_out"], closed["z_report"]["balance"]) == (900, 0)
    assert desk.post("/receipts/sell", sale()).message == "Зміну не відкрито"
    assert desk.open_shift()["balance"]["initial"] == 0


def test_shift_asked_to_close_itself_does() -> None:
    desk = Desk()
    shift = desk.open_shift(auto_close_at=desk.now + timedelta(hours=3))
    desk.wait(3 * 3600 - 10)
    assert desk.get("/cashier/shift").json["id"] == shift["id"]
    desk.wait(20)
    assert desk.get("/cashier/shift").json is None


def test_lists_page_filter_and_turn_round() -> None:
    desk = Desk()
    ids = []
    for _ in range(3):
        ids.append(desk.open_shift()["id"])
        desk.sell()
        desk.post("/reports")
        desk.close_shift()
    desk.open_shift()

    def listed(path: str) -> Any:
        return desk.ok(desk.get(path))

    assert [one["id"] for one in listed("/shifts?statuses=CLOSED")["results"]] == ids
    page = listed("/shifts?desc=true&limit=1&offset=1")
    assert (page["meta"], [one["id"] for one in page["results"]]) == ({"limit": 1, "offset": 1}, [ids[2]])
    assert listed("/reports")["results"] == []
    assert len(listed(f"/reports?shift_id={ids[0]}")["results"]) == 2
    assert [one["serial"] for one in listed("/reports/search?is_z_report=true")["results"]] == [1, 2, 3]
    assert len(listed(f"/receipts/search?shift_id={ids[0]},{ids[1]}")["results"]) == 2
    assert listed("/receipts")["results"] == []
    assert desk.get("/shifts?limit=1001").status == 422


def test_signature_check_says_whether_a_shift_can_be_opened() -> None:
    desk = Desk()
    assert desk.get("/cashier/check-signature").json == {
        "online": True,
        "type": "TEST",
        "shift_open_possibility": True,
    }
    desk.open_shift()
    assert desk.get("/cashier/check-signature").json["shift_open_possibility"] is False
    desk.fault("signature-off")
    assert desk.get("/cashier/check-signature").json["online"] is False


def test_taxes_are_those_of_the_test_organisation() -> None:
    desk = Desk()
    rows = desk.ok(desk.get("/tax", Authorization=None))
    assert [(one["code"], one["symbol"], one["rate"], one["extra_rate"]) for one in rows] == [
        *((1, "А", 20, 0), (2, "Б", 7, 0), (3, "В", 14, 0), (4, "Г", 20, 5)),
        *((5, "Д", 0, 5), (6, "Е", 1, 0), (7, "Ж", 0, 0), (8, "З", 0, 0)),
    ]
    assert desk.get("/cashier/tax").json == rows
    desk.open_shift()
    desk.sell(sale(goods=[good(12000, tax=["Е"])]))
    assert desk.post("/reports").json["taxes"][5]["rate"] == 1.5
