"""There and back: the register goes off line with our code and date, and comes back when its clock allows it."""

from __future__ import annotations

import json

import pytest

from drivers.errors import Refused
from firmware_bridge.vendors.checkbox.forms import Profile
from firmware_bridge.vendors.http import Request, Response
from statemachines.vocabulary.effects import DeliverOffline, GoOffline, GoOnline, RefillCodes
from statemachines.vocabulary.offline_events import (
    OfflineDocumentRefused,
    TaxServicePinged,
    WentOffline,
    WentOnline,
)
from tests.firmware_bridge.vendors.checkbox.offline_steps import (
    POOL,
    PROFILES,
    code,
    gone,
    look,
    now,
    refusing,
    world_with_codes,
)
from tests.firmware_bridge.vendors.checkbox.offline_till import SESSION
from tests.firmware_bridge.vendors.checkbox.virtual import (
    run,
    sale,
    stamp_of,
    uuid_of,
)


@PROFILES
def test_going_off_line_says_our_code_and_our_date(profile: Profile) -> None:
    world = world_with_codes(profile)
    at = now(world) + 1000
    event = run(world.fiscaliser.go_offline(GoOffline(SESSION, code(8), at)))
    assert event == WentOffline(SESSION)
    assert world.line.calls[0] == "GET /cash-registers/info"
    assert json.loads(world.line.sent[-1].body) == {
        "go_offline_date": "2026-03-02T08:01:02+02:00",
        "fiscal_code": POOL[7],
    }
    assert world.books()["codes"]["spent"] == {POOL[7]: "go-offline"}


def test_a_live_register_that_was_not_meant_is_left_alone() -> None:
    world = world_with_codes()
    world.service.handle("POST", "/_register", {}, {}, b'{"is_test": false}')
    anew = world.with_forms(world.forms)
    world.line.sent.clear()
    for step in (
        anew.go_offline(GoOffline(SESSION, code(8), now(world) + 1000)),
        anew.deliver(DeliverOffline(uuid_of(10), code(7), now(world) + 1000, sale())),
        anew.go_online(GoOnline(SESSION, 1)),
        anew.refill(RefillCodes(5)),
    ):
        with pytest.raises(Refused, match="is a live one"):
            run(step)
    assert {call.split()[0] for call in world.line.calls} == {"GET"}
    assert not any("ask-offline-codes" in call for call in world.line.calls)


def test_a_register_that_is_off_line_already_is_left_alone() -> None:
    world = world_with_codes()
    at = gone(world)
    again = GoOffline(SESSION, code(8), at)
    assert run(world.fiscaliser.go_offline(again)) == WentOffline(SESSION)
    assert world.line.calls == ["GET /cash-registers/info"]


def test_an_answer_that_comes_between_our_look_and_our_request_is_our_own() -> None:
    """The first try arrived late: what we see first is not what is there when we ask again."""
    world = world_with_codes()
    at = gone(world)
    first = [True]

    def scripted(request: Request) -> Response | None:
        if not (request.path.endswith("/info") and first.pop()):
            return None
        reply = world.service.handle(request.method, request.path, {}, request.headers, b"")
        row = {**json.loads(reply.body), "offline_mode": False, "stay_offline": False}
        first.append(False)
        return Response(200, {}, json.dumps(row).encode())

    world.line.scripted = lambda request: scripted(request) if first else None
    event = run(world.fiscaliser.go_offline(GoOffline(SESSION, code(8), at)))
    assert event == WentOffline(SESSION)
    assert "POST /cash-registers/go-offline" in world.line.calls


def test_off_line_by_itself_it_is_told_to_be_off_line_all_the_same() -> None:
    world = world_with_codes()
    world.fault("auto-offline", count=1)
    assert not look(world).manual
    world.time.vendor.advance(5)
    gone(world)
    assert look(world).manual


def test_no_session_begins_before_a_document_that_checkbox_has() -> None:
    world = world_with_codes()
    stamp_of(world.do(sale()))
    early = GoOffline(SESSION, code(8), now(world) - 30_000)
    event = run(world.with_forms(world.forms).go_offline(early))  # another process, which has seen nothing yet
    assert isinstance(event, OfflineDocumentRefused)
    assert event.document_id == SESSION
    assert "the register cannot go off line" in event.reason
    assert "stuck for good" in event.reason
    assert not look(world).offline


def test_a_session_begun_before_such_a_document_would_jam_the_register() -> None:
    """The control: what the till does not send would have broken the register."""
    world = world_with_codes()
    stamp_of(world.do(sale()))
    early = json.dumps({"fiscal_code": POOL[7], "go_offline_date": "2026-03-02T08:00:30+02:00"}).encode()
    token = world.line.sent[-1].headers
    world.service.handle("POST", "/api/v1/cash-registers/go-offline", {}, token, early)
    run(world.fiscaliser.go_online(GoOnline(SESSION, 1)))
    world.time.vendor.advance(60)
    assert world.books()["jam"]


def test_a_code_that_another_document_bears_needs_a_person() -> None:
    world = world_with_codes()
    world.fault("auto-offline", count=1)
    world.time.vendor.advance(1)
    event = run(world.fiscaliser.go_offline(GoOffline(SESSION, code(1), now(world) + 1000)))
    assert isinstance(event, OfflineDocumentRefused)
    assert POOL[0] in event.reason
    assert "used already" in event.reason


def test_another_cashiers_shift_is_waited_for() -> None:
    world = world_with_codes()
    world.line.scripted = refusing("/go-offline", "Каса зайнята іншим касиром")
    with pytest.raises(Refused, match="another cashier"):
        run(world.fiscaliser.go_offline(GoOffline(SESSION, code(8), now(world) + 1000)))


def test_coming_back_is_asked_for_and_nothing_more() -> None:
    world = world_with_codes()
    gone(world)
    world.time.vendor.advance(5)
    assert run(world.fiscaliser.go_online(GoOnline(SESSION, 3))) == WentOnline(SESSION, 3)
    assert world.line.calls == ["POST /cash-registers/go-online"]


def test_coming_back_waits_until_the_vendors_clock_has_passed_every_date() -> None:
    world = world_with_codes()
    at = gone(world)
    run(world.fiscaliser.deliver(DeliverOffline(uuid_of(10), code(7), at + 30_000, sale())))
    with pytest.raises(Refused, match="when its clock has passed 2026-03-02T08:01:32"):
        run(world.fiscaliser.go_online(GoOnline(SESSION, 1)))
    assert "POST /cash-registers/go-online" not in world.line.calls
    world.time.vendor.advance(31)
    look(world)
    assert run(world.fiscaliser.go_online(GoOnline(SESSION, 1))) == WentOnline(SESSION, 1)


@PROFILES
def test_the_tax_service_answers_also_when_it_misses_a_document(profile: Profile) -> None:
    world = world_with_codes(profile)
    first = run(world.fiscaliser.ping())
    assert first == TaxServicePinged(answers=True, text="DONE")
    gone(world)
    second = run(world.fiscaliser.ping())
    assert isinstance(second, TaxServicePinged)
    assert second.answers
    assert second.text.startswith("ERROR_BAD_HASH_PREV store ")


def test_a_silent_tax_service_is_told() -> None:
    world = world_with_codes()
    world.fault("tax-service-down")
    event = run(world.fiscaliser.ping())
    assert isinstance(event, TaxServicePinged)
    assert not event.answers
    assert "DEADLINE_EXCEEDED" in event.text


@pytest.mark.parametrize(
    ("status", "there"), [("DONE", True), ("DELIVERED", True), ("PENDING", False), ("ERROR", False)]
)
def test_a_ping_without_words_is_judged_by_its_status(status: str, there: bool) -> None:
    world = world_with_codes()
    body = json.dumps({"status": status, "error": None}).encode()
    world.line.scripted = lambda request: Response(200, {}, body) if "ping" in request.path else None
    assert run(world.fiscaliser.ping()) == TaxServicePinged(there, status)
