"""Offline: codes, the register's mode, dates that jam it, the drain, and the vendor's own offline time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from firmware_bridge.vendors.checkbox.sandbox.offline import digits_of
from tests.firmware_bridge.vendors.checkbox.sandbox_desk import SAMPLES, Desk, broken_links, cash, refund, sale

CODES = tuple(f"TEST-{n:06}" for n in range(1, 9))


@pytest.fixture
def desk() -> Desk:
    desk = Desk(offline_codes=CODES)
    desk.open_shift()
    desk.wait(60)
    return desk


def go_online(desk: Desk, seconds: float = 60) -> dict[str, Any]:
    desk.ok(desk.post("/cash-registers/go-online"))
    desk.wait(seconds)
    return desk.info()


def offline_day(desk: Desk, count: int = 3) -> list[str]:
    """Go offline with the first code, then so many sales a minute apart; their ids."""
    desk.ok(desk.go_offline(CODES[0], desk.now))
    ids = []
    for i in range(count):
        said = desk.sell_offline(CODES[i + 1], desk.after(60 * i + 1))
        assert said.status == 201
        ids.append(said.json["id"])
    return ids


# --- codes


def test_codes_are_given_again_until_spent_with_the_tax_service(desk: Desk) -> None:
    first = desk.refill(10)
    assert first[: len(CODES)] == list(CODES)
    assert desk.refill(20)[:10] == first
    assert len(desk.codes()) == 20
    desk.ok(desk.go_offline(first[0]))
    assert desk.codes() == [one for one in desk.codes() if one != first[0]]
    assert go_online(desk)["offline_mode"] is False
    again = desk.refill(20)
    assert first[0] not in again
    assert len(again) == 20


def test_asked_without_waiting_codes_come_after_the_delay(desk: Desk) -> None:
    assert desk.get("/cash-registers/ask-offline-codes?count=20").json == {"status": "OK"}
    assert len(desk.codes()) == len(CODES)
    desk.wait()
    assert len(desk.codes()) == 20


def test_silent_tax_service_times_out_or_sends_nothing(desk: Desk) -> None:
    desk.fault("tax-service-down")
    said = desk.get("/cash-registers/ask-offline-codes?count=20&sync=true").json
    assert said["status"] == "TIMEOUT"
    assert "DEADLINE_EXCEEDED" in said["error"]
    assert desk.get("/cash-registers/ask-offline-codes?count=20").json["status"] == "OK"
    desk.wait()
    assert len(desk.codes()) == len(CODES)


def test_six_code_requests_among_ten_transactions_are_too_many(desk: Desk) -> None:
    path = "/cash-registers/ask-offline-codes?count=20"
    assert [desk.get(path).json["status"] for _ in range(6)] == ["OK"] * 6
    said = desk.get(path)
    assert (said.status, said.json) == (
        200,
        SAMPLES["answers"]["GET /api/v1/cash-registers/ask-offline-codes (too often)"],
    )
    for _ in range(5):
        desk.sell()
    assert desk.get(path).json == {"status": "OK"}


def test_codes_need_an_online_register_and_an_open_shift(desk: Desk) -> None:
    desk.ok(desk.go_offline())
    assert desk.get("/cash-registers/ask-offline-codes").json["status"] == "ERROR"
    fresh = Desk(offline_codes=CODES)
    assert fresh.get("/cash-registers/get-offline-codes").message == "Зміну не відкрито"
    assert fresh.get("/cash-registers/ask-offline-codes?count=0").status == 422
    assert fresh.get("/cash-registers/ask-offline-codes?count=10001").status == 422


def test_current_interface_gives_at_most_5000_codes() -> None:
    for profile, most in (("seed", 6000), ("current", 5000)):
        desk = Desk(profile)
        desk.open_shift()
        assert len(desk.refill(6000)) == most


def test_no_code_is_handed_out_for_two_documents(desk: Desk) -> None:
    desk.ok(desk.go_offline(CODES[0]))
    desk.ok(desk.sell_offline(CODES[1], desk.after(1)))
    for code, words in ((CODES[1], "was used before!"), (CODES[0], "was used before!"), ("TEST-xxxxxx", "not found!")):
        said = desk.sell_offline(code, desk.after(2))
        assert (said.status, said.message) == (400, f"[offline_mode_exception#error] Offline code '{code}' {words}")


def test_counts_and_hours_are_told(desk: Desk) -> None:
    desk.ok(desk.go_offline(CODES[0]))
    assert desk.get("/cash-registers/get-offline-codes-count").json == {
        "available": len(CODES) - 1,
        "default": 2000,
        "minimal": 1000,
        "used": 1,
        "enough_offline_codes": False,
    }
    desk.wait(3600)
    spent = desk.get("/cash-registers/get-offline-time", Authorization=None).json
    assert spent["status"] == {"current": 3600, "total": 3600}
    assert [one["end"] for one in spent["sessions"]] == [None]
    go_online(desk)
    assert desk.get("/cash-registers/get-offline-time").json["status"]["current"] == 0


# --- mode


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


# --- dates


def jammed(desk: Desk) -> bool:
    """Whether the register never comes online again."""
    return all(go_online(desk, 600)["offline_mode"] for _ in range(5))


def before_last_online(desk: Desk) -> None:
    desk.sell()
    desk.ok(desk.go_offline(CODES[0], desk.now - timedelta(seconds=30)))


def before_code_request(desk: Desk) -> None:
    asked_from = desk.now
    desk.wait(30)
    desk.refill()
    desk.ok(desk.go_offline(CODES[0], asked_from))


def before_go_offline(desk: Desk) -> None:
    desk.ok(desk.go_offline(CODES[0], desk.now))
    desk.ok(desk.sell_offline(CODES[1], desk.now - timedelta(seconds=1)))


def before_the_receipt_before(desk: Desk) -> None:
    desk.ok(desk.go_offline(CODES[0], desk.now))
    desk.ok(desk.sell_offline(CODES[1], desk.after(10)))
    desk.ok(desk.sell_offline(CODES[2], desk.after(9)))


def close_before_the_receipt(desk: Desk) -> None:
    desk.ok(desk.go_offline(CODES[0], desk.now))
    desk.ok(desk.sell_offline(CODES[1], desk.after(10)))
    desk.ok(desk.post("/shifts/close", {"fiscal_code": CODES[2], "fiscal_date": desk.after(9)}))


WRONG = (
    before_last_online,
    before_code_request,
    before_go_offline,
    before_the_receipt_before,
    close_before_the_receipt,
)


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_date_is_taken_and_jams_the_register_until_it_is_reset(desk: Desk, wrong: Any) -> None:
    wrong(desk)
    assert jammed(desk)
    books = desk.books()
    assert books["jam"]
    assert books["waiting"] >= 1
    desk.ok(desk.post("/_register", {"jam": ""}))
    assert go_online(desk)["offline_mode"] is False


def test_right_dates_do_not_jam(desk: Desk) -> None:
    """The same documents with equal or rising dates, at the very edge."""
    desk.sell()
    desk.refill()
    edge = desk.now
    desk.ok(desk.go_offline(CODES[0], edge))
    desk.ok(desk.sell_offline(CODES[1], edge))
    desk.ok(desk.sell_offline(CODES[2], edge))
    desk.ok(desk.post("/shifts/close", {"fiscal_code": CODES[3], "fiscal_date": edge}))
    desk.wait()
    assert not jammed(desk)


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_date_is_refused_by_option(wrong: Any) -> None:
    desk = Desk(offline_codes=CODES, wrong_dates="refuse")
    desk.open_shift()
    desk.wait(60)
    with pytest.raises(AssertionError, match="Невірна дата"):
        wrong(desk)
    assert not jammed(desk)


def test_receipt_dated_before_its_shift_is_refused_by_the_current_interface(desk: Desk) -> None:
    desk.ok(desk.go_offline(CODES[0], desk.now))
    opened = desk.get("/cashier/shift").json["opened_at"]
    said = desk.sell_offline(CODES[1], datetime.fromisoformat(opened))
    assert said.json == {
        "code": "date.fiscal_date_logic",
        "message": f"Час фіскалізації чека повинен бути більше ніж час відкриття зміни ({opened})",
    }


def test_more_than_36_hours_in_a_row_jam() -> None:
    for hours, stuck in ((35, False), (37, True)):
        desk = Desk(offline_codes=CODES, shift_limit_s=10**6)
        desk.open_shift()
        desk.ok(desk.go_offline(CODES[0], desk.now))
        desk.wait(hours * 3600)
        desk.ok(desk.sell_offline(CODES[1], desk.now))
        assert jammed(desk) is stuck


def test_more_than_168_hours_in_a_month_jam() -> None:
    desk = Desk(shift_limit_s=10**8, start=datetime(2026, 3, 2, 6, 0, tzinfo=UTC))
    desk.open_shift()
    results = []
    for _ in range(6):
        codes = desk.refill(2)
        desk.ok(desk.go_offline(codes[0], desk.now))
        desk.wait(34 * 3600)
        desk.ok(desk.sell_offline(codes[1], desk.now))
        results.append(jammed(desk))
        if results[-1]:
            break
    assert results == [False] * 4 + [True]  # the fifth would be hour 170


# --- the vendor's own offline time


def test_silent_tax_service_makes_the_vendor_go_offline_with_its_own_codes(desk: Desk) -> None:
    desk.fault("tax-service-down")
    made = desk.sell(settled=False)
    assert made["status"] == "CREATED"
    desk.wait(5)
    receipt = desk.receipt(made["id"])
    assert (receipt["status"], receipt["is_created_offline"], receipt["fiscal_code"]) == ("DONE", True, CODES[1])
    assert receipt["control_number"]
    info = desk.info()
    assert (info["offline_mode"], info["stay_offline"]) == (True, False)
    complete = desk.post("/receipts/sell", sale()).json
    assert (complete["status"], complete["fiscal_code"]) == ("DONE", CODES[2])
    assert desk.sell_offline(CODES[3], desk.after(1)).message == "Cash register should be in manual offline mode!"


def test_vendor_comes_back_with_the_next_document(desk: Desk) -> None:
    desk.fault("tax-service-down")
    desk.sell(settled=False)
    desk.wait(5)
    desk.clear("tax-service-down")
    desk.wait(60)
    assert desk.info()["offline_mode"] is True
    desk.post("/receipts/sell", sale())
    desk.wait(10)
    assert desk.info()["offline_mode"] is False
    books = desk.books()
    assert (books["totals"]["sell"], books["waiting"]) == ({"count": 2, "sum": 24000, "due": 24000}, 0)


def test_shift_opens_by_itself_offline_when_the_tax_service_is_silent() -> None:
    desk = Desk(offline_codes=CODES)
    desk.open_shift()
    desk.close_shift()
    desk.fault("tax-service-down")
    desk.post("/shifts")
    desk.wait(5)
    shift = desk.get("/cashier/shift").json
    sample = SAMPLES["answers"]["GET /api/v1/cashier/shift"]["initial_transaction"]
    mine = shift["initial_transaction"]
    assert shift["status"] == "OPENED"
    assert {name: mine[name] is None for name in sample} == {name: sample[name] is None for name in sample}


def test_without_codes_a_receipt_waits_for_the_tax_service() -> None:
    desk = Desk()
    desk.open_shift()
    desk.fault("tax-service-down")
    made = desk.sell(settled=False)
    desk.wait(3600)
    assert desk.receipt(made["id"])["status"] == "CREATED"
    assert desk.info()["offline_mode"] is False
    desk.clear("tax-service-down")
    desk.wait(5)
    assert desk.receipt(made["id"])["status"] == "DONE"


def test_codes_run_out_in_the_middle_and_the_rest_waits() -> None:
    desk = Desk(offline_codes=CODES[:2])
    desk.open_shift()
    desk.fault("tax-service-down")
    first, second = desk.sell(settled=False), desk.sell(settled=False)
    desk.wait(60)
    assert (desk.receipt(first["id"])["status"], desk.receipt(second["id"])["status"]) == ("DONE", "CREATED")
    desk.clear("tax-service-down")
    desk.ok(desk.post("/cash-registers/ping-tax-service"))
    desk.wait(60)
    assert desk.info()["offline_mode"] is False
    last = desk.receipt(second["id"])
    assert (last["status"], last["is_created_offline"]) == ("DONE", False)
    assert broken_links(desk.books()["transactions"]) == []


def test_automatic_offline_can_be_made_manual_at_the_price_of_a_code(desk: Desk) -> None:
    desk.fault("auto-offline", 1)
    assert desk.info()["offline_mode"] is True
    free = desk.codes()
    assert free[0] == CODES[1]
    said = desk.go_offline(CODES[1], desk.now)
    assert said.status == 200
    assert (desk.info()["stay_offline"], desk.codes()[0]) == (True, CODES[2])
    desk.ok(desk.sell_offline(CODES[2], desk.now))
    assert go_online(desk)["offline_mode"] is False


def test_going_offline_twice_may_cost_nothing_by_option() -> None:
    desk = Desk(offline_codes=CODES, go_offline_twice=False)
    desk.open_shift()
    desk.fault("auto-offline", 1)
    first = [one["id"] for one in desk.books()["transactions"] if one["type"] == "GO_OFFLINE"]
    assert desk.go_offline(CODES[1]).json["id"] in first
    assert CODES[1] in desk.codes()


def test_auto_offline_lasts_as_long_as_its_fault(desk: Desk) -> None:
    desk.fault("auto-offline")
    desk.wait(60)
    assert desk.post("/receipts/sell", sale()).json["is_created_offline"] is True
    desk.clear("auto-offline")
    desk.ok(desk.post("/cash-registers/ping-tax-service"))
    desk.wait(60)
    assert desk.info()["offline_mode"] is False


def test_reading_of_the_control_number_is_the_tax_services_own_example() -> None:
    """Its description turns the four bytes of the usual CRC-32 0xA6BDDBBD round: 3185294758, of which 4758."""
    assert digits_of(0xA6BDDBBD) == "4758"
    assert digits_of(0) == "1"
    assert digits_of(int.from_bytes((10_007).to_bytes(4, "little"), "big")) == "7"


def test_chain_holds_from_the_first_document_to_the_last(desk: Desk) -> None:
    """Online, refused, offline and online again: every link is the hash of the document before."""
    desk.sell()
    desk.fault("receipt-error", 1)
    desk.sell()
    offline_day(desk, 3)
    go_online(desk)
    desk.fault("tax-service-down", 1)
    desk.sell(settled=False)
    desk.wait(5)
    desk.sell()
    desk.wait(5)
    rows = desk.books()["transactions"]
    assert [one["type"] for one in rows].count("GO_ONLINE") == 2
    assert len([one for one in rows if one["delivered"]]) == 11
    assert broken_links(rows) == []
    gone = [one for one in rows if one["delivered"]]
    assert broken_links(gone[:4] + gone[5:]) == [gone[5]["type"]]
    assert broken_links([*gone, gone[-1]]) != []


def test_link_of_the_paper_carries_the_hash_before(desk: Desk) -> None:
    receipt = desk.receipt(offline_day(desk, 1)[0])
    assert receipt["tax_url"].endswith(f"&mac={receipt['transaction']['previous_hash']}")
