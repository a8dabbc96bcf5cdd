"""Dates and hours of offline documents: what is out of order jams the register until it is reset."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.firmware_bridge.vendors.checkbox.sandbox_desk import (
    CODES,
    Desk,
    go_online,
)


@pytest.fixture
def desk() -> Desk:
    desk = Desk(offline_codes=CODES)
    desk.open_shift()
    desk.wait(60)
    return desk


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
    desk.wait(10)
    desk.ok(desk.sell_offline(CODES[1], desk.now))
    desk.ok(desk.sell_offline(CODES[2], desk.after(-1)))


def close_before_the_receipt(desk: Desk) -> None:
    desk.ok(desk.go_offline(CODES[0], desk.now))
    desk.wait(10)
    desk.ok(desk.sell_offline(CODES[1], desk.now))
    desk.ok(desk.post("/shifts/close", {"fiscal_code": CODES[2], "fiscal_date": desk.after(-1)}))


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


def test_coming_back_before_the_last_offline_document_jams(desk: Desk) -> None:
    """Coming back on line is a document, too, and it is dated with the vendor's own clock."""
    desk.ok(desk.go_offline(CODES[0], desk.now))
    desk.ok(desk.sell_offline(CODES[1], desk.after(3600)))
    assert jammed(desk)
    assert "coming back on line" in desk.books()["jam"]
    desk.wait(3600)
    desk.ok(desk.post("/_register", {"jam": ""}))
    assert go_online(desk)["offline_mode"] is False


def test_coming_back_after_the_last_offline_document_does_not_jam(desk: Desk) -> None:
    desk.ok(desk.go_offline(CODES[0], desk.now))
    desk.ok(desk.sell_offline(CODES[1], desk.after(3600)))
    desk.wait(3601)
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


def test_documents_of_a_shift_may_be_sent_after_its_24_hours(desk: Desk) -> None:
    """An outage of thirty hours: what was sold and closed in time is taken by its own date."""
    opened = datetime.fromisoformat(desk.get("/cashier/shift").json["opened_at"])
    desk.wait(30 * 3600)
    desk.ok(desk.go_offline(CODES[0], opened + timedelta(hours=1)))
    desk.ok(desk.sell_offline(CODES[1], opened + timedelta(hours=23)))
    assert desk.sell_offline(CODES[2], opened + timedelta(hours=25)).status == 400
    late = {"fiscal_code": CODES[3], "fiscal_date": opened + timedelta(hours=23, minutes=50)}
    desk.ok(desk.post("/shifts/close", late))
    desk.wait()
    assert desk.get("/cashier/shift").json is None
    assert not jammed(desk)
