"""Offline codes: asked for, given again until spent, never for two documents."""

from __future__ import annotations

import pytest

from tests.firmware_bridge.vendors.checkbox.sandbox_desk import (
    CODES,
    SAMPLES,
    Desk,
    go_online,
)


@pytest.fixture
def desk() -> Desk:
    desk = Desk(offline_codes=CODES)
    desk.open_shift()
    desk.wait(60)
    return desk


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
