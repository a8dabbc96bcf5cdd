"""The register's mode: manual offline, documents made in it, and the drain back to online."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.firmware_bridge.vendors.checkbox.sandbox_desk import (
    CODES,
    Desk,
    cash,
    go_online,
    offline_day,
    refund,
    sale,
)


@pytest.fixture
def desk() -> Desk:
    desk = Desk(offline_codes=CODES)
    desk.open_shift()
    desk.wait(60)
    return desk


def test_going_offline_takes_one_call_and_spends_its_code(desk: Desk) -> None:
    said = desk.go_offline(CODES[3], desk.now)
    assert (said.status, said.json["status"]) == (200, "ok")
    info = desk.info()
    assert (info["offline_mode"], info["stay_offline"]) == (True, True)
    assert CODES[3] not in desk.codes()
    assert desk.go_offline(CODES[4]).message == "Каса вже в режимі оффлайн"
    assert CODES[4] in desk.codes()


def test_without_a_code_the_vendor_takes_the_lowest(desk: Desk) -> None:
    desk.ok(desk.go_offline())
    assert desk.codes()[0] == CODES[1]
    assert desk.sell_offline(CODES[0], desk.after(1)).message.endswith("was used before!")


def test_without_any_code_the_register_stays_online() -> None:
    desk = Desk()
    desk.open_shift()
    assert desk.go_offline().status == 400
    assert desk.info()["offline_mode"] is False


def test_sell_while_offline_gets_a_code_and_the_present_time(desk: Desk) -> None:
    desk.ok(desk.go_offline())
    desk.wait(5)
    said = desk.post("/receipts/sell", sale()).json
    assert (said["status"], said["is_created_offline"], said["fiscal_code"]) == ("DONE", True, CODES[1])
    assert datetime.fromisoformat(said["fiscal_date"]) == desk.now
    assert said["control_number"]


def test_offline_receipt_is_done_at_once_and_sent_later(desk: Desk) -> None:
    receipt_id = offline_day(desk, 1)[0]
    waiting = desk.receipt(receipt_id)
    assert (waiting["status"], waiting["transaction"]["status"]) == ("DONE", "PENDING")
    assert waiting["transaction"]["offline_id"] == waiting["fiscal_code"] == CODES[1]
    assert waiting["is_sent_dps"] is False
    assert waiting["shift"]["balance"]["balance"] == 12000
    assert go_online(desk)["offline_mode"] is False
    sent = desk.receipt(receipt_id)
    assert (sent["transaction"]["status"], sent["transaction"]["response_id"]) == ("DONE", CODES[1])
    assert (sent["is_sent_dps"], sent["control_number"]) == (True, waiting["control_number"])


def test_answer_of_sell_offline_may_be_created_by_option() -> None:
    desk = Desk(offline_codes=CODES, offline_receipt_status="CREATED")
    desk.open_shift()
    receipt_id = offline_day(desk, 1)[0]
    receipt = desk.receipt(receipt_id)
    assert (receipt["status"], receipt["fiscal_code"], bool(receipt["control_number"])) == ("CREATED", CODES[1], True)
    go_online(desk)
    assert desk.receipt(receipt_id)["status"] == "DONE"


def test_repeated_offline_receipt_is_known_by_its_id_before_its_code(desk: Desk) -> None:
    desk.ok(desk.go_offline(CODES[0]))
    body = sale(id="3f1d2c4b-5a69-4788-9a0b-1c2d3e4f5a6b", fiscal_code=CODES[1], fiscal_date=desk.after(1))
    desk.ok(desk.post("/receipts/sell-offline", body))
    assert desk.post("/receipts/sell-offline", body).message == "Вказаний id чеку вже існує"


def test_go_online_sends_everything_in_its_order(desk: Desk) -> None:
    offline_day(desk, 3)
    assert go_online(desk)["offline_mode"] is False
    sent = [one for one in desk.books()["transactions"] if one["offline_id"] or one["type"] == "GO_ONLINE"]
    assert [one["type"] for one in sent] == ["GO_OFFLINE", "RECEIPT", "RECEIPT", "RECEIPT", "GO_ONLINE"]
    moments = [one["request_received_at"] for one in sent]
    assert moments == sorted(moments)
    assert desk.books()["waiting"] == 0


def test_register_is_offline_until_the_last_document_has_arrived(desk: Desk) -> None:
    offline_day(desk, 3)
    assert desk.post("/cash-registers/go-online").json == {"status": "ok"}
    seen = []
    for _ in range(5):
        info = desk.info()
        seen.append((info["offline_mode"], info["stay_offline"], desk.books()["waiting"]))
        desk.wait()
    assert seen == [(True, False, 4), (True, False, 3), (True, False, 2), (True, False, 1), (False, False, 0)]


def test_old_interface_sends_one_document_for_each_go_online() -> None:
    desk = Desk("seed", offline_codes=CODES)
    desk.open_shift()
    desk.wait(60)
    offline_day(desk, 3)
    seen = [go_online(desk, 15)["offline_mode"] for _ in range(4)]
    assert seen == [True, True, True, False]


def test_go_online_too_soon_is_counted(desk: Desk) -> None:
    offline_day(desk, 1)
    for pause in (15, 119, 120):
        go_online(desk, pause)
    go_online(desk)
    assert desk.books()["go_online"] == {"calls": 4, "too_soon": 2}


def test_ping_sends_what_waits_too(desk: Desk) -> None:
    offline_day(desk, 2)
    said = desk.post("/cash-registers/ping-tax-service").json
    assert (said["status"], said["error"][:19]) == ("DONE", "ERROR_BAD_HASH_PREV")
    desk.wait(10)
    assert desk.info()["offline_mode"] is False
    assert desk.post("/cash-registers/ping-tax-service").json == {"status": "DONE", "error": None}


def test_silent_tax_service_stops_the_drain_and_ping_says_so(desk: Desk) -> None:
    offline_day(desk, 2)
    desk.fault("tax-service-down")
    assert go_online(desk)["offline_mode"] is True
    said = desk.post("/cash-registers/ping-tax-service").json
    assert said["status"] == "ERROR"
    assert "Deadline Exceeded" in said["error"]
    desk.clear("tax-service-down")
    desk.wait(60)
    assert desk.info()["offline_mode"] is True
    assert go_online(desk)["offline_mode"] is False


def test_sell_offline_wants_manual_mode_not_the_draining_one(desk: Desk) -> None:
    offline_day(desk, 3)
    desk.ok(desk.post("/cash-registers/go-online"))
    assert desk.sell_offline(CODES[7], desk.after(600)).message == "Cash register should be in manual offline mode!"
    assert desk.post("/receipts/sell", sale()).json["is_created_offline"] is True


def test_shift_closes_and_opens_offline_in_order(desk: Desk) -> None:
    offline_day(desk, 1)
    desk.wait(120)
    closed = desk.post("/shifts/close", {"fiscal_code": CODES[2], "fiscal_date": desk.now})
    assert (closed.status, closed.json["closing_transaction"]["offline_id"]) == (202, CODES[2])
    desk.wait()
    assert desk.get("/cashier/shift").json is None
    opened = desk.post("/shifts", {"fiscal_code": CODES[3], "fiscal_date": desk.now})
    assert opened.json["initial_transaction"]["offline_id"] == CODES[3]
    desk.wait()
    shift = desk.get("/cashier/shift").json
    transaction = shift["initial_transaction"]
    assert (shift["status"], transaction["status"], transaction["response_status"]) == ("OPENED", "DONE", None)
    assert (transaction["request_received_at"], transaction["response_id"]) == (None, None)
    assert shift["balance"]["initial"] == 12000
    desk.ok(desk.sell_offline(CODES[4], desk.now))
    assert go_online(desk)["offline_mode"] is False
    assert desk.get("/cashier/shift").json["initial_transaction"]["response_id"] == CODES[3]


def test_first_shift_of_a_register_must_open_online() -> None:
    desk = Desk(offline_codes=CODES)
    desk.ok(desk.go_offline())
    assert desk.post("/shifts").status == 400
    assert go_online(desk)["offline_mode"] is False
    assert desk.open_shift()["serial"] == 1


def test_code_and_date_of_a_shift_want_manual_mode() -> None:
    desk = Desk(offline_codes=CODES)
    body = {"fiscal_code": CODES[0], "fiscal_date": desk.now}
    assert desk.post("/shifts", body).message == "Cash register should be in manual offline mode!"
    desk.open_shift()
    assert desk.post("/shifts/close", body).message == "Cash register should be in manual offline mode!"


def test_cash_in_offline_needs_no_code_unless_the_option_says_so(desk: Desk) -> None:
    desk.ok(desk.go_offline())
    said = desk.post("/receipts/service", {"payment": cash(500)})
    assert (said.status, said.json["transaction"]) == (201, None)
    with_code = {"payment": cash(500), "fiscal_code": CODES[5], "fiscal_date": desk.now}
    assert desk.post("/receipts/service", with_code).status == 201
    assert CODES[5] not in desk.codes()
    strict = Desk(offline_codes=CODES, service_offline_needs_code=True)
    strict.open_shift()
    strict.ok(strict.go_offline())
    assert strict.post("/receipts/service", {"payment": cash(500)}).status == 400


def test_return_offline_is_checked_against_the_cash(desk: Desk) -> None:
    offline_day(desk, 1)
    code = {"fiscal_code": CODES[2], "fiscal_date": desk.after(5)}
    assert desk.post("/receipts/sell-offline", {**refund(12001), **code}).message.endswith("(120.01 > 120.00)")
    assert desk.post("/receipts/sell-offline", {**refund(12000), **code}).json["type"] == "RETURN"
