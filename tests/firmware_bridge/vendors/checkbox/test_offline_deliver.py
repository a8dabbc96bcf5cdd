"""One document of an offline time is handed over: complete, in order, once, or a person must decide."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from drivers.errors import Refused, Unanswered
from firmware_bridge.vendors.checkbox.forms import Profile
from firmware_bridge.vendors.http import Request, Response
from statemachines.vocabulary.effects import DeliverOffline, GoOnline
from statemachines.vocabulary.offline_events import (
    OfflineCode,
    OfflineDocumentDelivered,
    OfflineDocumentRefused,
)
from statemachines.vocabulary.receipt import Original
from tests.firmware_bridge.vendors.checkbox.offline_steps import (
    POOL,
    PROFILES,
    code,
    gone,
    look,
    refusing,
    seconds,
    world_with_codes,
)
from tests.firmware_bridge.vendors.checkbox.offline_till import SESSION
from tests.firmware_bridge.vendors.checkbox.virtual import (
    World,
    back,
    move,
    opening,
    report,
    run,
    sale,
    stamp_of,
    uuid_of,
)


@PROFILES
def test_a_delivered_sale_is_complete(profile: Profile) -> None:
    world = world_with_codes(profile)
    at = gone(world)
    event = run(world.fiscaliser.deliver(DeliverOffline(uuid_of(10), code(7), at, sale())))
    assert isinstance(event, OfflineDocumentDelivered)
    stamp = event.stamp
    assert (stamp.offline, stamp.complete, stamp.number, stamp.at) == (True, True, POOL[6], at)
    assert stamp.control.isdigit()
    assert len(stamp.mac) == 64
    assert stamp.mac in stamp.url
    assert stamp.totals is not None
    assert stamp.totals.total == 1000
    body = json.loads(world.line.sent[-1].body)
    assert list(body)[-2:] == ["fiscal_code", "fiscal_date"]
    assert (body["fiscal_code"], body["fiscal_date"]) == (POOL[6], "2026-03-02T08:01:02+02:00")


def test_a_receipt_may_be_taken_before_it_is_told_as_done() -> None:
    world = world_with_codes(offline_receipt_status="CREATED")
    at = gone(world)
    event = run(world.fiscaliser.deliver(DeliverOffline(uuid_of(10), code(7), at, sale())))
    assert isinstance(event, OfflineDocumentDelivered)
    assert event.stamp.complete


def test_a_control_number_that_never_comes_does_not_hold_the_others_up() -> None:
    world = world_with_codes()
    at = gone(world)

    def scripted(request: Request) -> Response | None:
        if "/receipts/" not in request.path:
            return None
        query: dict[str, str] = {}
        reply = world.service.handle(request.method, request.path, query, request.headers, request.body)
        row = {**json.loads(reply.body), "control_number": None}
        return Response(reply.status, {}, json.dumps(row).encode())

    world.line.scripted = scripted
    event = run(world.fiscaliser.deliver(DeliverOffline(uuid_of(10), code(7), at, sale())))
    assert isinstance(event, OfflineDocumentDelivered)
    assert not event.stamp.complete
    assert event.stamp.number == POOL[6]


def test_receipts_of_one_delivery_name_the_one_before() -> None:
    world = world_with_codes()
    at = gone(world)
    for n in (10, 11, 12):
        run(world.fiscaliser.deliver(DeliverOffline(uuid_of(n), code(n - 5), at, sale(n=n))))
    run(world.fiscaliser.deliver(DeliverOffline(uuid_of(50), None, at, move(100))))
    run(world.fiscaliser.deliver(DeliverOffline(uuid_of(13), code(4), at, sale(n=13))))
    sent = [json.loads(one.body) for one in world.line.sent if one.path.endswith("/sell-offline")]
    assert [one.get("previous_receipt_id") for one in sent] == [None, uuid_of(10), uuid_of(11), uuid_of(12)]


def test_a_receipt_of_another_program_in_between_does_not_stop_the_delivery() -> None:
    world = world_with_codes()
    at = gone(world)
    run(world.fiscaliser.deliver(DeliverOffline(uuid_of(10), code(7), at, sale())))
    foreign = world.with_forms(world.forms)
    run(foreign.deliver(DeliverOffline(uuid_of(11), code(6), at, sale(n=11))))
    event = run(world.fiscaliser.deliver(DeliverOffline(uuid_of(12), code(5), at, sale(n=12))))
    assert isinstance(event, OfflineDocumentDelivered)
    sent = [json.loads(one.body) for one in world.line.sent if one.path.endswith("/sell-offline")]
    assert [one.get("previous_receipt_id") for one in sent] == [None, None, uuid_of(10), None]


def test_a_return_names_the_receipt_it_comes_back_from() -> None:
    world = world_with_codes()
    stamp_of(world.do(sale(1000, 10)))
    at = gone(world)
    order = back(1000, 11, Original(id=uuid_of(10)))
    event = run(world.fiscaliser.deliver(DeliverOffline(uuid_of(11), code(7), at, order)))
    assert isinstance(event, OfflineDocumentDelivered)
    assert json.loads(world.line.sent[-1].body)["related_receipt_id"] == uuid_of(10)


@PROFILES
@pytest.mark.parametrize("with_code", [True, False])
def test_cash_in_and_out_are_delivered_with_or_without_a_code(profile: Profile, with_code: bool) -> None:
    world = world_with_codes(profile)
    at = gone(world)
    own = code(7) if with_code else None
    event = run(world.fiscaliser.deliver(DeliverOffline(uuid_of(50), own, at, move(1234))))
    assert isinstance(event, OfflineDocumentDelivered)
    assert event.stamp.balance == 1234
    assert event.stamp.at == at
    body = json.loads(world.line.sent[-1].body)
    assert (body.get("fiscal_code"), body["fiscal_date"]) == (
        POOL[6] if with_code else None,
        "2026-03-02T08:01:02+02:00",
    )


@PROFILES
def test_a_shift_is_closed_and_another_opened_with_our_codes_and_dates(profile: Profile) -> None:
    world = world_with_codes(profile)
    at = gone(world)
    closed = run(world.fiscaliser.deliver(DeliverOffline(uuid_of(90), code(7), at, report("shift_report"))))
    opened = run(world.fiscaliser.deliver(DeliverOffline(uuid_of(2), code(6), at + 1000, opening(2))))
    assert isinstance(closed, OfflineDocumentDelivered)
    assert isinstance(opened, OfflineDocumentDelivered)
    assert (closed.stamp.number, closed.stamp.document_no, closed.stamp.at) == (POOL[6], "1", at)
    assert (opened.stamp.number, opened.stamp.vendor_id, opened.stamp.at) == (POOL[5], uuid_of(2), at + 1000)
    sent = {one.path: json.loads(one.body) for one in world.line.sent if one.method == "POST"}
    assert sent["/api/v1/shifts/close"] == {"fiscal_code": POOL[6], "fiscal_date": "2026-03-02T08:01:02+02:00"}
    assert sent["/api/v1/shifts"] == {
        "id": uuid_of(2),
        "fiscal_code": POOL[5],
        "fiscal_date": "2026-03-02T08:01:03+02:00",
    }


def test_a_z_report_delivered_again_does_not_close_the_next_shift() -> None:
    world = world_with_codes()
    at = gone(world)
    step = DeliverOffline(uuid_of(90), code(7), at, report("shift_report"))
    first = run(world.fiscaliser.deliver(step))
    run(world.fiscaliser.deliver(DeliverOffline(uuid_of(2), code(6), at, opening(2))))
    again = run(world.fiscaliser.deliver(step))
    assert isinstance(first, OfflineDocumentDelivered)
    assert isinstance(again, OfflineDocumentDelivered)
    assert first.stamp == again.stamp
    assert world.line.calls.count("POST /shifts/close") == 1
    assert [one["status"] for one in world.books()["shifts"]] == ["CLOSED", "OPENED"]


@pytest.mark.parametrize(
    "order", [sale(), move(500), report("shift_report"), opening(2)], ids=lambda one: one.document_id
)
def test_a_document_that_is_there_already_is_told_as_delivered(order: Any) -> None:
    world = world_with_codes()
    at = gone(world)
    if order.opening is not None:
        run(world.fiscaliser.deliver(DeliverOffline(uuid_of(90), code(5), at, report("shift_report"))))
    own = None if order.move is not None else code(7)
    step = DeliverOffline(order.document_id, own, at, order)
    first = run(world.fiscaliser.deliver(step))
    assert isinstance(first, OfflineDocumentDelivered)
    again = run(world.with_forms(world.forms).deliver(step))
    assert isinstance(again, OfflineDocumentDelivered)
    assert (first.stamp.number, first.stamp.vendor_id) == (again.stamp.number, again.stamp.vendor_id)


def test_a_document_that_arrived_on_line_meanwhile_is_told_with_the_number_it_has() -> None:
    world = world_with_codes()
    online = stamp_of(world.do(sale()))
    world.time.vendor.advance(5)
    at = gone(world)
    event = run(world.fiscaliser.deliver(DeliverOffline(uuid_of(10), code(7), at, sale())))
    assert isinstance(event, OfflineDocumentDelivered)
    assert (event.stamp.number, event.stamp.offline) == (online.number, False)


def test_after_one_that_arrived_on_line_nothing_older_is_sent() -> None:
    world = world_with_codes()
    at = gone(world)
    other = world.with_forms(world.forms)
    assert isinstance(
        run(other.deliver(DeliverOffline(uuid_of(10), code(7), at + 60_000, sale()))), OfflineDocumentDelivered
    )
    assert isinstance(
        run(world.fiscaliser.deliver(DeliverOffline(uuid_of(10), code(7), at, sale()))), OfflineDocumentDelivered
    )
    event = run(world.fiscaliser.deliver(DeliverOffline(uuid_of(11), code(6), at + 30_000, sale(n=11))))
    assert isinstance(event, OfflineDocumentRefused)
    assert "stuck for good" in event.reason


def test_a_new_process_sends_nothing_older_than_what_is_there() -> None:
    world = world_with_codes()
    at = gone(world)
    run(world.fiscaliser.deliver(DeliverOffline(uuid_of(10), code(7), at + 60_000, sale())))
    anew = world.with_forms(world.forms)
    event = run(anew.deliver(DeliverOffline(uuid_of(11), code(6), at + 30_000, sale(n=11))))
    assert isinstance(event, OfflineDocumentRefused)
    assert "stuck for good" in event.reason
    assert [one["id"] for one in world.books()["receipts"]] == [uuid_of(10)]


def test_a_z_report_made_on_line_bears_the_time_it_was_asked_for_and_not_when_it_was_answered() -> None:
    """What comes after it may be dated between the two."""
    world = World(signing_delay_s=10.0).opened()
    stamp = stamp_of(world.do(report("shift_report")))
    shift = world.books()["shifts"][0]
    assert stamp.at == int(1000 * seconds(shift["closing_transaction"]["created_at"]))
    assert stamp.at < 1000 * seconds(shift["closed_at"]) - 5000
    assert stamp.date == shift["closed_at"]


def test_a_second_offline_time_does_not_ask_for_the_order_of_the_first() -> None:
    world = world_with_codes()
    for first in (10, 20):
        at = gone(world, 8 if first == 10 else 6)
        run(world.fiscaliser.deliver(DeliverOffline(uuid_of(first), code(7 if first == 10 else 5), at, sale(n=first))))
        world.time.vendor.advance(5)
        run(world.fiscaliser.go_online(GoOnline(SESSION, 1)))
        world.time.vendor.advance(30)
        stamp_of(world.do(sale(n=first + 1)))
        world.time.vendor.advance(5)
    sent = [json.loads(one.body) for one in world.line.sent if one.path.endswith("/sell-offline")]
    assert [one.get("previous_receipt_id") for one in sent] == [None]
    assert len(world.books()["receipts"]) == 4


def test_a_number_that_stands_on_another_document_needs_a_person() -> None:
    """The vendor has spent it by itself; the customer's paper bears it all the same."""
    world = world_with_codes()
    world.fault("auto-offline", count=1)
    look(world)
    world.time.vendor.advance(5)
    at = gone(world)
    event = run(world.fiscaliser.deliver(DeliverOffline(uuid_of(10), code(1), at, sale())))
    assert isinstance(event, OfflineDocumentRefused)
    assert f"the number {POOL[0]} stands on this document, and at Checkbox on another one" in event.reason
    assert "the customer's paper bears this one" in event.reason
    assert "was used before!" in event.reason
    assert world.books()["receipts"] == []


def test_content_that_checkbox_refuses_needs_a_person() -> None:
    world = world_with_codes()
    at = gone(world)
    event = run(world.fiscaliser.deliver(DeliverOffline(uuid_of(11), code(7), at, back(1000))))
    assert isinstance(event, OfflineDocumentRefused)
    assert "not enough cash" in event.reason
    assert "a person must decide" in event.reason


def test_another_document_under_our_id_needs_a_person() -> None:
    world = world_with_codes()
    at = gone(world)
    run(world.fiscaliser.deliver(DeliverOffline(uuid_of(10), code(7), at, sale(1000))))
    event = run(world.fiscaliser.deliver(DeliverOffline(uuid_of(10), code(6), at, sale(999))))
    assert isinstance(event, OfflineDocumentRefused)
    assert "another one" in event.reason


@pytest.mark.parametrize(
    ("fault", "told"), [("signature-off", "signing program"), ("cashier-deactivated", "deactivated")]
)
def test_what_is_not_the_documents_fault_is_tried_again(fault: str, told: str) -> None:
    world = world_with_codes()
    at = gone(world)
    world.fault(fault)
    step = DeliverOffline(uuid_of(10), code(7), at, sale())
    with pytest.raises(Refused, match=told):
        run(world.fiscaliser.deliver(step))
    world.service.handle("DELETE", "/_fault", {}, {}, b"")
    assert isinstance(run(world.fiscaliser.deliver(step)), OfflineDocumentDelivered)


def test_a_register_that_is_not_off_line_any_more_takes_nothing_and_is_looked_at_again() -> None:
    world = world_with_codes()
    at = gone(world)
    world.time.vendor.advance(5)
    run(world.fiscaliser.go_online(GoOnline(SESSION, 1)))
    world.time.vendor.advance(30)
    with pytest.raises(Refused, match="looked at again"):
        run(world.fiscaliser.deliver(DeliverOffline(uuid_of(10), code(7), at + 60_000, sale())))
    assert world.books()["receipts"] == []


@pytest.mark.parametrize("status", [500, 502, 504, 408])
def test_a_break_down_leaves_the_step_to_be_taken_again(status: int) -> None:
    world = world_with_codes()
    at = gone(world)
    world.line.scripted = refusing("/sell-offline", "", status)
    with pytest.raises(Unanswered):
        run(world.fiscaliser.deliver(DeliverOffline(uuid_of(10), code(7), at, sale())))


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (DeliverOffline(uuid_of(10), OfflineCode(POOL[6], 7), 0), "journal does not tell"),
        (DeliverOffline(uuid_of(10), None, 1_800_000_000_000, sale()), "no offline number"),
        (DeliverOffline(uuid_of(91), OfflineCode(POOL[6], 7), 1_800_000_000_000, report("x_report", 91)), "X report"),
        (
            DeliverOffline(uuid_of(10), OfflineCode(POOL[6], 7), 1_800_000_000_000, replace(sale(), receipt=None)),
            "neither a receipt",
        ),
    ],
)
def test_what_cannot_be_said_to_checkbox_is_not_sent(step: DeliverOffline, told: str) -> None:
    world = world_with_codes()
    gone(world)
    event = run(world.fiscaliser.deliver(step))
    assert isinstance(event, OfflineDocumentRefused)
    assert told in event.reason
    assert not any(call.startswith("POST") for call in world.line.calls)
