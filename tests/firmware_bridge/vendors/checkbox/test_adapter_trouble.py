"""Sessions that end, ids used up, documents refused or late: what Checkbox's fiscaliser makes of it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from drivers.errors import Unanswered
from firmware_bridge.vendors.http import Request, Response
from statemachines.vocabulary.events import (
    FiscalisationDoubtful,
    FiscalisationRefused,
    FiscalisationUnknown,
)
from tests.firmware_bridge.vendors.checkbox.virtual import (
    World,
    move,
    opening,
    report,
    sale,
    stamp_of,
    uuid_of,
)


def test_a_session_that_ended_is_renewed_once_and_the_receipt_is_made_once() -> None:
    world = World().opened()
    world.fault("token-expired", count=1, path="/receipts/sell")
    stamp_of(world.do(sale()))
    assert world.line.calls[:3] == ["POST /receipts/sell", "POST /cashier/signin", "POST /receipts/sell"]
    assert len(world.books()["receipts"]) == 1


def test_a_session_that_ends_for_ever_is_renewed_only_once() -> None:
    world = World().opened()
    world.fault("token-expired", path="/receipts/sell")
    event = world.do(sale())
    assert isinstance(event, FiscalisationRefused)
    assert "signing in again did not help" in event.reason
    assert world.line.calls.count("POST /receipts/sell") == 2


def test_an_id_that_is_used_already_is_read_back() -> None:
    world = World().opened()
    first = stamp_of(world.do(sale()))
    world.line.sent.clear()
    assert stamp_of(world.do(sale())) == first
    assert world.line.calls == ["POST /receipts/sell", f"GET /receipts/{uuid_of(10)}"]
    assert len(world.books()["receipts"]) == 1


def test_another_document_under_our_id_needs_a_person() -> None:
    world = World().opened()
    world.do(sale(1000))
    event = world.do(sale(999))
    assert isinstance(event, FiscalisationDoubtful)
    assert event.person_needed


def test_a_receipt_that_the_tax_service_refuses_is_refused_and_a_new_attempt_has_a_new_id() -> None:
    world = World().opened()
    world.fault("receipt-error", count=1, message="ERROR_VEREFY підпис")
    event = world.do(sale())
    assert isinstance(event, FiscalisationRefused)
    assert "ERROR_VEREFY підпис" in event.reason
    assert not event.final
    again = replace(sale(), fiscal_doc_id=uuid_of(77), attempt=2)
    stamp_of(world.do(again))


def test_a_shift_that_the_tax_service_refuses_is_explained() -> None:
    world = World()
    world.fault("shift-error", count=1, message="касир не зареєстрований")
    event = world.do(opening())
    assert isinstance(event, FiscalisationRefused)
    assert "касир не зареєстрований" in event.reason


def test_a_z_report_that_the_tax_service_refuses_leaves_the_shift_open() -> None:
    world = World().opened()
    world.fault("shift-error", count=1, message="ні")
    event = world.do(report("shift_report"))
    assert isinstance(event, FiscalisationRefused)
    assert '"ні"' in event.reason
    assert isinstance(world.ask(report("shift_report")), FiscalisationRefused | FiscalisationUnknown)
    stamp_of(world.do(report("shift_report")))


def test_a_shift_found_open_that_is_not_ours_is_explained() -> None:
    world = World().opened()
    event = world.do(opening(2))
    assert isinstance(event, FiscalisationRefused)
    assert "another shift is open already (number 1" in event.reason
    assert "POST /shifts" not in world.line.calls


def test_our_own_shift_is_resumed_and_not_opened_twice() -> None:
    world = World().opened()
    stamp_of(world.do(opening()))
    assert "POST /shifts" not in world.line.calls


def test_a_shift_that_closed_by_itself_counts_as_closed() -> None:
    world = World(auto_close_shift_at="23:00").opened()
    world.time.vendor.advance(16 * 3600)
    event = world.do(sale())
    assert isinstance(event, FiscalisationRefused)
    assert "the shift is not open at Checkbox any more" in event.reason
    assert stamp_of(world.do(report("shift_report"))).number == "1"
    assert "POST /shifts/close" not in world.line.calls


def test_receipts_on_their_way_are_waited_for_before_the_shift_is_closed() -> None:
    world = World(signing_delay_s=25.0)
    assert isinstance(world.ask(opening()), FiscalisationUnknown)
    stamp_of(world.do(opening()))
    with pytest.raises(Unanswered):  # 20 s are not enough for this one
        world.do(sale())
    assert stamp_of(world.do(report("shift_report"))).number == "1"
    assert world.line.calls.count("POST /shifts/close") > 1


@pytest.mark.parametrize(("order", "limit"), [(sale(), 20), (opening(2), 60), (report("shift_report"), 60)])
def test_what_is_not_decided_in_time_is_doubt(order: object, limit: int) -> None:
    world = World().opened() if limit == 20 or order != opening(2) else World()
    world.fault("signature-off")  # nothing gets signed; the fault also refuses requests, which is scripted away
    world.line.scripted = _pending
    begun = world.time.monotonic()
    with pytest.raises(Unanswered, match="the tax service has not decided in time"):
        world.do(order)  # type: ignore[arg-type]  # a parameter of pytest
    assert limit <= world.time.monotonic() - begun < limit + 3


def _pending(request: Request) -> Response | None:
    path = request.path.removeprefix("/api/v1")
    head = {"id": path.rpartition("/")[2], "serial": 1}
    if path == "/receipts/sell" or path.startswith("/receipts/"):
        sold = {"id": uuid_of(10), "type": "SELL", "total_sum": 1000, "serial": 1, "status": "CREATED"}
        return Response(201, {}, json.dumps(sold).encode())
    if path == "/shifts/close":
        return Response(202, {}, json.dumps({**head, "id": uuid_of(1), "status": "CLOSING"}).encode())
    if path == "/shifts" or path == f"/shifts/{uuid_of(2)}":
        return Response(202, {}, json.dumps({**head, "id": uuid_of(2), "status": "CREATED"}).encode())
    if path == f"/shifts/{uuid_of(1)}":
        return Response(200, {}, json.dumps({**head, "status": "CLOSING"}).encode())
    if path == "/cashier/check-signature":
        return Response(200, {}, b'{"online": true, "type": "TEST", "shift_open_possibility": true}')
    return None


def test_a_signature_that_is_off_is_told_before_anything_is_sent() -> None:
    world = World()
    world.line.scripted = lambda request: (
        Response(200, {}, b'{"online": false, "type": "AGENT", "shift_open_possibility": false}')
        if request.path.endswith("check-signature")
        else None
    )
    event = world.do(opening())
    assert isinstance(event, FiscalisationRefused)
    assert "nothing was sent" in event.reason
    assert "POST /shifts" not in world.line.calls


def test_an_unknown_document_is_told_as_unknown() -> None:
    world = World().opened()
    assert world.ask(sale(n=99)) == FiscalisationUnknown(uuid_of(99))
    assert world.ask(opening(98)) == FiscalisationUnknown(uuid_of(98))
    assert world.ask(report("x_report")) == FiscalisationUnknown(uuid_of(90))
    assert world.ask(report("shift_report")) == FiscalisationUnknown(uuid_of(90))
    assert world.ask(move(1, 97)) == FiscalisationUnknown(uuid_of(97))


def test_asking_repeats_nothing() -> None:
    world = World().opened()
    for order in (sale(), opening(), report("shift_report"), report("x_report"), move(5)):
        world.ask(order)
    assert all(call.startswith("GET") for call in world.line.calls)


def test_when_the_tax_service_is_silent_the_vendors_offline_number_is_taken() -> None:
    world = World(offline_codes=tuple(f"TEST-{n:06d}" for n in range(5))).opened()
    world.fault("tax-service-down")
    stamp = stamp_of(world.do(sale()))
    assert stamp.offline
    assert stamp.number.startswith("TEST-0")
    assert stamp.control != ""


def test_a_question_about_what_is_not_decided_yet_is_short() -> None:
    world = World().opened()
    world.line.scripted = _pending
    begun = world.time.monotonic()
    with pytest.raises(Unanswered):
        world.ask(sale())
    assert world.time.monotonic() - begun < 5
