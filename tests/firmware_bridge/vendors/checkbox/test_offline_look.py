"""What the register tells of itself: its mode, its clock, the dates of its documents, in both interfaces."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from drivers.errors import NotSent, Unanswered
from firmware_bridge.vendors.base import OfflineRegister
from firmware_bridge.vendors.checkbox.forms import Profile
from firmware_bridge.vendors.http import Request, Response
from statemachines.vocabulary.effects import DeliverOffline, GoOnline, RefillCodes
from statemachines.vocabulary.offline_events import (
    OfflineDocumentDelivered,
)
from tests.firmware_bridge.vendors.checkbox.offline_steps import (
    POOL,
    PROFILES,
    code,
    gone,
    look,
    now,
    seconds,
    world_with_codes,
)
from tests.firmware_bridge.vendors.checkbox.offline_till import SESSION
from tests.firmware_bridge.vendors.checkbox.virtual import (
    World,
    opening,
    report,
    run,
    sale,
    stamp_of,
    uuid_of,
)


def test_a_fiscaliser_of_checkbox_is_an_offline_register() -> None:
    assert isinstance(World().fiscaliser, OfflineRegister)


@PROFILES
def test_a_register_on_line_tells_its_clock_and_its_last_document(profile: Profile) -> None:
    world = world_with_codes(profile)
    stamp_of(world.do(sale()))
    made = world.books()["transactions"][-1]
    world.time.vendor.advance(100)
    seen = look(world)
    assert (seen.offline, seen.manual, seen.waiting) == (False, False, 0)
    assert seen.last_at == seen.last_delivered_at
    micros = round(1000 * seconds(made["created_at"]))
    assert 0 <= seen.last_at - micros <= 1
    assert world.time.utc_ms() - 2000 < seen.server_at <= world.time.utc_ms()
    assert (seen.session_ms, seen.month_ms) == (0, 0)


@PROFILES
def test_the_last_date_of_an_offline_time_is_told_with_what_waits(profile: Profile) -> None:
    world = world_with_codes(profile)
    before = look(world).last_at
    at = gone(world)
    world.time.vendor.advance(30)
    step = DeliverOffline(uuid_of(10), code(7), at + 20_000, sale())
    assert isinstance(run(world.fiscaliser.deliver(step)), OfflineDocumentDelivered)
    for fiscaliser in (world.fiscaliser, world.with_forms(world.forms)):  # that of another process knows no dates
        world.fiscaliser = fiscaliser
        seen = look(world)
        assert (seen.offline, seen.manual) == (True, True)
        assert (seen.last_at, seen.last_delivered_at, seen.waiting) == (at + 20_000, before, 2)
        assert seen.session_ms == seen.month_ms > 0


@PROFILES
def test_a_register_that_went_off_line_by_itself_is_told_apart(profile: Profile) -> None:
    world = world_with_codes(profile)
    world.fault("tax-service-down")
    stamp = stamp_of(world.do(sale()))
    seen = look(world)
    assert (seen.offline, seen.manual) == (True, False)
    assert seen.last_at >= stamp.at > 0
    assert seen.waiting >= 2
    assert stamp.offline
    assert stamp.complete
    assert stamp.control
    assert stamp.number == POOL[1]


@PROFILES
def test_a_shift_opened_and_closed_off_line_by_itself_tells_its_codes(profile: Profile) -> None:
    world = world_with_codes(profile)
    world.fault("tax-service-down")
    closed = stamp_of(world.do(report("shift_report")))
    opened = stamp_of(world.do(opening(2)))
    assert (closed.offline, closed.number, closed.document_no) == (True, POOL[1], "1")
    assert (opened.offline, opened.number) == (True, POOL[2])


def test_a_request_for_codes_counts_as_a_date_and_a_ping_does_not() -> None:
    world = world_with_codes()
    before = look(world).last_at
    run(world.fiscaliser.ping())
    assert look(world).last_at == before
    world.time.vendor.advance(60)
    run(world.fiscaliser.refill(RefillCodes(5)))
    seen = look(world)
    assert seen.last_at > before + 60_000
    assert seen.last_delivered_at == before


def test_a_document_that_the_tax_service_refused_does_not_count() -> None:
    world = world_with_codes()
    before = look(world).last_at
    world.fault("receipt-error", count=1)
    world.do(sale())
    assert look(world).last_at == before


def old_interface(world: World, count: list[int]) -> list[tuple[int, int]]:
    """Transactions as the interface of 2022 tells them: the oldest first, one a second, `count` of them. Returns the
    (offset, number) of each page that was asked for."""
    asked: list[tuple[int, int]] = []

    def scripted(request: Request) -> Response | None:
        if not request.path.endswith("/transactions"):
            return None
        query = dict(request.query)
        first, most = int(query["offset"]), int(query["limit"])
        rows = [
            {
                "id": str(n),
                "type": "RECEIPT",
                "serial": n,
                "status": "DONE",
                "created_at": datetime.fromtimestamp(1_600_000_000 + n, UTC).isoformat(),
            }
            for n in range(first, min(first + most, count[0]))
        ]
        asked.append((first, most))
        return Response(200, {}, json.dumps({"results": rows}).encode())

    world.line.scripted = scripted
    return asked


@pytest.mark.parametrize("count", [1, 29, 30, 31, 499, 500, 999, 1000, 1001, 1030, 1999, 5000, 123_456])
def test_the_older_interface_is_read_to_its_end_without_reading_all_each_time(count: int) -> None:
    world = world_with_codes("seed")
    known = [count]
    asked = old_interface(world, known)
    for more in (0, 1, 40, 2500):
        known[0] += more
        del asked[:]
        assert look(world).last_at == (1_600_000_000 + known[0] - 1) * 1000
        assert len(asked) < 24
    del asked[:]
    look(world)
    assert len(asked) == 2
    assert asked[-1][0] >= known[0] - 500


def test_an_older_interface_without_documents_tells_none() -> None:
    world = world_with_codes("seed")
    old_interface(world, [0])
    assert (look(world).last_at, look(world).waiting) == (0, 0)


def test_an_interface_that_tells_transactions_without_end_is_not_read_without_end() -> None:
    world = world_with_codes("seed")
    old_interface(world, [10**12])
    with pytest.raises(Unanswered, match="without end"):
        look(world)


def test_a_register_whose_oldest_documents_are_gone_is_read_from_the_beginning() -> None:
    world = world_with_codes("seed")
    known = [9000]
    old_interface(world, known)
    look(world)
    known[0] = 700
    assert look(world).last_at == (1_600_000_000 + 699) * 1000


@PROFILES
def test_what_is_no_document_does_not_count_whatever_the_interface_tells(profile: Profile) -> None:
    world = world_with_codes(profile)
    before = look(world).last_at
    now_there = {"id": "x", "serial": 1, "status": "DONE", "created_at": "2030-01-01T00:00:00+00:00"}
    rows = [{**now_there, "type": kind} for kind in ("PING", "X_REPORT", "STATUS_RRO", "NEW_KIND")]

    def scripted(request: Request) -> Response | None:
        if not request.path.endswith("/transactions"):
            return None
        query: dict[str, str] = {}
        for name, value in request.query:
            query[name] = f"{query[name]},{value}" if name in query else value
        reply = world.service.handle(request.method, request.path, query, request.headers, b"")
        told = json.loads(reply.body)["results"]
        return Response(200, {}, json.dumps({"results": [*rows, *told] if told else []}).encode())

    world.line.scripted = scripted
    assert look(world).last_at == before


def test_how_long_it_was_off_line_may_be_left_untold() -> None:
    world = world_with_codes()
    world.line.scripted = lambda request: (
        Response(404, {}, b"{}") if request.path.endswith("get-offline-time") else None
    )
    assert (look(world).session_ms, look(world).month_ms) == (-1, -1)


def test_a_register_that_does_not_answer_is_not_seen() -> None:
    world = world_with_codes()
    world.line.cuts = ["before"]
    with pytest.raises(NotSent):
        look(world)
    world.line.cuts = ["after"]
    with pytest.raises(Unanswered):
        look(world)


@pytest.mark.parametrize("status", [429, 503])
def test_what_checkbox_puts_off_counts_as_not_sent(status: int) -> None:
    world = world_with_codes()
    words = b'{"message": "Maintenance work till 3:30 GMT+3."}'
    world.line.scripted = lambda _: Response(status, {}, words)
    with pytest.raises(NotSent, match="Checkbox"):
        look(world)
    with pytest.raises(NotSent):
        run(world.fiscaliser.deliver(DeliverOffline(uuid_of(10), code(7), now(world), sale())))
    with pytest.raises(NotSent):
        run(world.fiscaliser.go_online(GoOnline(SESSION, 1)))
