"""The vendor's page of 2022: every example of the offline time, as it is said and as it is read."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from firmware_bridge.vendors.checkbox import mapping, messages
from firmware_bridge.vendors.checkbox import offline_messages as offline
from firmware_bridge.vendors.checkbox.offline_dates import Floor, written
from firmware_bridge.vendors.checkbox.stamps import closing_stamp, moment, opening_stamp, receipt_stamp
from statemachines.vocabulary.receipt import Customer
from tests.firmware_bridge.vendors.checkbox.sandbox_desk import SAMPLES
from tests.firmware_bridge.vendors.checkbox.test_adapter_mapping import SEED, the_pages_receipt
from tests.firmware_bridge.vendors.checkbox.virtual import move, uuid_of

REQUESTS, ANSWERS = SAMPLES["requests"], SAMPLES["answers"]
PLACE = "/api/v1/cash-registers"


def decoded(sample: str, kind: Any) -> Any:
    return msgspec.json.decode(json.dumps(ANSWERS[sample]).encode(), type=kind)


def encoded(value: msgspec.Struct) -> Any:
    return json.loads(msgspec.json.encode(value))


# --- as it is said ----------------------------------------------------------------------------------------------------


def test_going_off_line_is_said_as_on_the_page() -> None:
    body = REQUESTS[f"POST {PLACE}/go-offline"]["body"]
    # 14:26:45 on the third of June 2022 in Kyiv, three hours ahead of UTC
    assert written(1_654_255_605_000) == body["go_offline_date"]
    assert encoded(offline.GoOffline(written(1_654_255_605_000), body["fiscal_code"])) == body


def test_a_receipt_made_off_line_is_said_as_on_the_page() -> None:
    """All of it but its discounts, which are said as amounts (see the mapping's own tests)."""
    theirs = json.loads(json.dumps(REQUESTS["POST /api/v1/receipts/sell-offline"]["body"]))
    assert written(1_656_830_359_497) == theirs["fiscal_date"]
    value, beside = the_pages_receipt()
    named = {name: theirs[name] for name in ("previous_receipt_id", "related_receipt_id")}
    beside = replace(beside, customer=Customer(**theirs["delivery"]), **named)
    parts = msgspec.structs.asdict(mapping.sell(theirs["id"], value, SEED, beside))
    own = offline.SellOffline(**parts, fiscal_code=theirs["fiscal_code"], fiscal_date=theirs["fiscal_date"])
    ours = encoded(own)
    assert list(ours)[-2:] == list(theirs)[-2:] == ["fiscal_code", "fiscal_date"]
    assert ours.pop("context") == {"sale_id": "s-1"}
    theirs.pop("discounts")
    for one in (*ours["goods"], *theirs["goods"]):
        one.pop("discounts")
    assert ours == theirs


def test_a_shift_is_opened_and_closed_with_the_fields_of_the_page() -> None:
    """The page shows their names, and examples of a register on line alone, which have none."""
    assert encoded(offline.OpenShift("a", "c", "d")) == {"id": "a", "fiscal_code": "c", "fiscal_date": "d"}
    assert encoded(offline.OpenShift("a")) == {"id": "a"}
    assert encoded(offline.CloseShift("c", "d")) == {"fiscal_code": "c", "fiscal_date": "d"}


def test_cash_in_off_line_is_the_pages_body_with_its_date() -> None:
    body = REQUESTS["POST /api/v1/receipts/service"]["body"]
    order = move(body["payment"]["value"])
    assert order.move is not None
    own = msgspec.structs.asdict(mapping.service(uuid_of(50), order.move, SEED))
    ours = encoded(offline.ServiceOffline(**own, fiscal_date="d"))
    assert (ours["payment"], ours["fiscal_date"], "fiscal_code" in ours) == (body["payment"], "d", False)


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (1_772_431_261_000, "2026-03-02T08:01:01+02:00"),
        (1_743_296_399_000, "2025-03-30T02:59:59+02:00"),  # the last second of winter
        (1_743_296_400_000, "2025-03-30T04:00:00+03:00"),
        (1_761_440_399_000, "2025-10-26T03:59:59+03:00"),  # the last second of summer
        (1_761_440_400_000, "2025-10-26T03:00:00+02:00"),
    ],
)
def test_a_date_bears_the_offset_that_kyiv_had(at: int, text: str) -> None:
    assert written(at) == text
    assert moment(text) == at


# --- as it is read ----------------------------------------------------------------------------------------------------


def test_going_off_and_on_line_is_ok() -> None:
    assert decoded(f"POST {PLACE}/go-online", offline.Started) == offline.Started("ok")
    told = decoded(f"POST {PLACE}/go-offline", offline.Started)
    assert told == offline.Started("ok", "e9896d03-cbe9-4f0c-8d38-2d827e2c4cb9")


def test_a_ping_and_a_request_for_codes_tell_their_status_and_their_error() -> None:
    assert decoded(f"POST {PLACE}/ping-tax-service", offline.Answered) == offline.Answered("DONE", None)
    queue = decoded(f"POST {PLACE}/ping-tax-service (queue)", offline.Answered)
    assert queue.error.startswith("ERROR_BAD_HASH_PREV store bdfdc222")
    assert decoded(f"GET {PLACE}/ask-offline-codes", offline.Answered) == offline.Answered("OK", None)
    often = decoded(f"GET {PLACE}/ask-offline-codes (too often)", offline.Answered)
    assert often == offline.Answered("ERROR", "Занадто часто виконується запит отримання офлайн кодів")


def test_codes_are_read_with_their_serials() -> None:
    assert decoded(f"GET {PLACE}/get-offline-codes", list[offline.Code]) == [
        offline.Code("lDKJSU6ZQtk", 1),
        offline.Code("Rsj3rQ21l1I", 2),
        offline.Code("CwLgtUPD6uA", 3),
    ]


def test_the_register_tells_its_mode() -> None:
    info = decoded(f"GET {PLACE}/info", messages.Info)
    assert (info.fiscal_number, info.offline_mode, info.stay_offline, info.has_shift) == (
        *("TEST373378", False, False),
        True,
    )


def test_the_pages_offline_receipt_is_a_complete_stamp() -> None:
    sample = "POST /api/v1/receipts/sell-offline"
    stamp = receipt_stamp(decoded(sample, messages.Receipt), SEED, settled=True)
    assert (stamp.offline, stamp.number, stamp.register) == (True, "TEST-Xd-V3m", "TEST074280")
    assert stamp.control == str(ANSWERS[sample]["control_number"])
    assert stamp.mac == "5b7d8faf10df12069585384fb6aec59e0f01daf99b50429b2fd90cd8c99f6e32"
    assert stamp.url == ANSWERS[sample]["tax_url"]
    assert stamp.at == 1_656_830_359_497
    assert stamp.complete


def test_a_shift_opened_off_line_bears_its_code() -> None:
    """The page's sample of an open shift is one that was opened off line."""
    stamp = opening_stamp(decoded("GET /api/v1/cashier/shift", messages.Shift))
    assert (stamp.offline, stamp.number, stamp.at) == (True, "pjevQBsu0GQ", 1_654_019_458_909)


def test_a_shift_being_closed_on_line_has_the_serial_of_its_report() -> None:
    stamp = closing_stamp(decoded("POST /api/v1/shifts/close", messages.Shift))
    assert (stamp.offline, stamp.number, stamp.document_no) == (False, "8", "8")


# --- the last line of defence -----------------------------------------------------------------------------------------


def test_nothing_older_than_what_was_seen_passes() -> None:
    floor = Floor()
    assert floor.against(0) == ""
    floor.seen(1_772_431_261_000, "the last document,")
    floor.seen(1_772_431_260_000, "one before it,")
    assert floor.against(1_772_431_261_000) == ""
    told = floor.against(1_772_431_260_000)
    assert "its date, 2026-03-02T08:01:00+02:00, is before the last document, of 2026-03-02T08:01:01+02:00" in told
