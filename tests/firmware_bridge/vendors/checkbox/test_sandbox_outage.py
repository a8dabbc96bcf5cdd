"""The vendor's own offline time: the tax service is silent, codes are spent, the chain holds."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from firmware_bridge.vendors.checkbox.sandbox.offline import digits_of
from tests.firmware_bridge.vendors.checkbox.sandbox_desk import (
    CODES,
    SAMPLES,
    Desk,
    broken_links,
    go_online,
    offline_day,
    sale,
)


@pytest.fixture
def desk() -> Desk:
    desk = Desk(offline_codes=CODES)
    desk.open_shift()
    desk.wait(60)
    return desk


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


def test_without_codes_a_short_silence_only_costs_time() -> None:
    """Two attempts of a second for signing and answer and a second of silence, then the third is answered."""
    desk = Desk()
    desk.open_shift()
    desk.fault("tax-service-down", 2)
    made = desk.sell(settled=False)
    began = desk.now
    for _ in range(60):
        desk.wait(1)
        desk.info()
    received = desk.receipt(made["id"])["transaction"]["request_received_at"]
    assert datetime.fromisoformat(received) - began == timedelta(seconds=5)


def test_answers_are_never_dated_before_the_silence_ended() -> None:
    desk = Desk()
    desk.open_shift()
    desk.fault("tax-service-down")
    made = desk.sell(settled=False)
    desk.wait(3600)
    ended = desk.now
    desk.call("DELETE", "/_fault")
    desk.wait(5)
    received = desk.receipt(made["id"])["transaction"]["request_received_at"]
    assert datetime.fromisoformat(received) > ended


def test_drain_of_the_vendor_that_fails_is_started_again_by_the_vendor(desk: Desk) -> None:
    desk.fault("auto-offline", 1)
    desk.get("/cash-registers/info")
    desk.post("/receipts/sell", sale())
    desk.fault("tax-service-down", 1)
    desk.wait(10)
    assert desk.info()["offline_mode"] is True
    desk.post("/receipts/sell", sale())
    desk.wait(10)
    assert desk.info()["offline_mode"] is False


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
