"""Every sample of the vendor's page, read and written: the same fields, the same numbers."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Final

import pytest
from msgspec import Struct

from firmware_bridge.vendors.http import Request
from firmware_bridge.vendors.newstore import messages
from firmware_bridge.vendors.newstore.calls import Calls, rfc3339
from firmware_bridge.vendors.newstore.messages import Unreadable, decode, encode
from firmware_bridge.vendors.newstore.urls import URLS, urls
from tests.firmware_bridge.vendors.newstore.sandbox_till import SAMPLES

REQUESTS: Final[dict[str, type[Struct]]] = {
    "put_config": messages.DrawerConfig,
    "add_drawer": messages.NewDrawer,
    "update_drawer": messages.DrawerUpdate,
    "start": messages.Start,
    "start_non_sale": messages.StartNonSale,
    "perform_count": messages.PerformCount,
    "track_activity": messages.TrackActivity,
    "activate": messages.Activate,
    "deactivate": messages.Deactivate,
    "finish": messages.Finish,
    "record_count": messages.RecordCount,
}
ANSWERS: Final[dict[str, type[Struct]]] = {
    "get_config": messages.DrawerConfig,
    "list_types": messages.TransactionTypes,
    "list_drawers": messages.Drawers,
    "get_drawer": messages.Drawer,
    "start": messages.Started,
    "start_non_sale": messages.StartedNonSale,
    "perform_count": messages.CountPerformed,
    "track_activity": messages.ActivityTracked,
    "daily_reports": messages.DailyReports,
    "get_transaction": messages.Transaction,
    "record_count": messages.CountRecord,
    "store_report": messages.StoreReport,
}
VECTORS: Final = [
    (operation, part, kind[operation])
    for part, kind in (("request", REQUESTS), ("response", ANSWERS))
    for operation in SAMPLES
    if part in SAMPLES[operation]
] + [(operation, "error", messages.Failure) for operation in SAMPLES if "error" in SAMPLES[operation]]


def exactly(raw: bytes) -> Any:
    """JSON with its numbers as they are written."""
    return json.loads(raw, parse_float=Decimal, parse_int=Decimal)


@pytest.mark.parametrize(("operation", "part", "kind"), VECTORS)
def test_sample_of_the_page_is_read_and_written_again(operation: str, part: str, kind: type[Struct]) -> None:
    raw = json.dumps(SAMPLES[operation][part]).encode()
    again = encode(decode(raw, kind))
    assert exactly(again) == exactly(raw)


def test_every_operation_of_the_page_has_its_messages() -> None:
    spoken = REQUESTS.keys() | ANSWERS.keys()
    assert {name for name in SAMPLES if SAMPLES[name].keys() & {"request", "response"}} == spoken
    assert len(VECTORS) >= 25


STORE = "7c9f2605-9fb3-5444-8fee-47fe51608efe"
CALLS: Final = Calls(urls(), STORE, "USD", 2)
COUNT = "3533082b-aaca-487b-95c6-d97ad8581bee"
TRANSACTION = "11a96e22-0275-418d-9035-7c5ad4b6050e"
OURS: Final[dict[str, Request]] = {
    "put_config": CALLS.put_config("integrated", enabled=True),
    "get_config": CALLS.get_config(),
    "list_types": CALLS.list_types(),
    "list_drawers": CALLS.list_drawers(),
    "add_drawer": CALLS.add_drawer("4G9OZ", "Not a shoe box", 25000, "integrated"),
    "update_drawer": CALLS.update_drawer("4G9OZ", "Not a shoe box", 25000),
    "get_drawer": CALLS.get_drawer("de70517a"),
    "decommission": CALLS.decommission("4G9OZ"),
    "start": CALLS.start("de70517a", "9533082b-aaca-487b-95c6-d97ad8581bee", 4500, 5000),
    "start_non_sale": CALLS.start_non_sale("de70517a", "remove_petty_cash", "post_office", "amount_out", 5000),
    "perform_count": CALLS.perform_count("de70517a", "end_of_day_balance"),
    "track_activity": CALLS.track_activity("de70517a", 1570788677000, "open", "transaction", TRANSACTION),
    "activate": CALLS.activate("de70517a", 4999),
    "deactivate": CALLS.deactivate("de70517a", COUNT),
    "daily_reports": CALLS.daily_reports("de70517a"),
    "get_transaction": CALLS.get_transaction("de70517a", TRANSACTION),
    "finish": CALLS.finish("de70517a", TRANSACTION),
    "record_count": CALLS.record_count("de70517a", COUNT, 9999),
    "count_action": CALLS.count_action("de70517a", COUNT, "_submit"),
    "store_report": CALLS.store_report(1640995200000, 1641081599000, limit=10),
}


@pytest.mark.parametrize("operation", URLS)
def test_our_request_is_the_sample_of_the_page(operation: str) -> None:
    made = OURS[operation]
    sample = SAMPLES[operation].get("request")
    if sample is None:
        assert (made.body, dict(made.headers)) == (b"", {})
        return
    wanted = exactly(json.dumps(sample).encode())
    if operation == "track_activity":
        wanted["timestamp"] = "2019-10-11T10:11:17.000Z"  # the same moment; ours has milliseconds
    assert exactly(made.body) == wanted
    assert dict(made.headers) == {"Content-Type": "application/json"}


@pytest.mark.parametrize("operation", URLS)
def test_our_request_goes_where_the_table_says(operation: str) -> None:
    made = OURS[operation]
    method, _, template = URLS[operation].partition(" ")
    parts = {"store_id": STORE, "drawer_id": "4G9OZ" if "4G9OZ" in made.path else "de70517a"}
    parts |= {"count_id": COUNT, "transaction_id": TRANSACTION, "action": "_submit"}
    assert (made.method, made.path) == (method, template.format(**parts))
    assert getattr(made, "operation", "") == operation


def test_queries_are_those_of_the_page() -> None:
    assert OURS["list_drawers"].query == (("store_id", STORE),)
    assert OURS["store_report"].query == (
        ("store-id", STORE),
        ("start-time", "2022-01-01T00:00:00.000Z"),
        ("end-time", "2022-01-01T23:59:59.000Z"),
        ("offset", "0"),
        ("limit", "10"),
    )
    assert CALLS.store_report(0, 1, "no_sale").query[-1] == ("transaction-type", "no_sale")
    assert OURS["daily_reports"].query == ()
    assert CALLS.daily_reports("d", 100, 50).query == (("offset", "100"), ("limit", "50"))


def test_only_one_of_two_amounts_and_only_a_known_reason_is_sent() -> None:
    made = CALLS.start_non_sale("d", "cash_pull", None, "amount_out", 100)
    assert json.loads(made.body) == {"transaction_type": "cash_pull", "amount_out": {"value": 1.0, "currency": "USD"}}


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (1570788677000, "2019-10-11T10:11:17.000Z"),
        (1570788677005, "2019-10-11T10:11:17.005Z"),
        (0, "1970-01-01T00:00:00.000Z"),
    ],
)
def test_times_are_rfc_3339_in_utc_with_milliseconds(at: int, text: str) -> None:
    assert rfc3339(at) == text


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"<html>", b'{"transaction_id":""}', b'{"transaction_id":7}', b"\xff"]
)
def test_answer_that_is_none_is_unreadable_and_is_not_shown(body: bytes) -> None:
    with pytest.raises(Unreadable) as found:
        decode(body, messages.Started)
    assert "html" not in str(found.value)


def test_fields_that_are_not_known_are_passed_over() -> None:
    assert decode(b'{"count_id":"c","new":[1]}', messages.CountPerformed).count_id == "c"
