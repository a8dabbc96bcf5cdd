"""What each record of the journal makes of NewStore's requests: a table, and what is told to nobody."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from dataclasses import dataclass, field, replace
from typing import Any, Final, get_args

import pytest

from firmware_bridge.gateway.book import Blocked, Call, Repeatability, Skip
from firmware_bridge.journal.codec import Unknown
from firmware_bridge.journal.records import Record
from firmware_bridge.vendors.newstore.facts import Facts
from firmware_bridge.vendors.newstore.plan import plan
from statemachines import vocabulary
from statemachines.vocabulary.book_events import BooksCompared, NoSaleRecorded
from statemachines.vocabulary.day_events import (
    CountCancelled,
    CountRecorded,
    CountRecountAsked,
    CountStarted,
    CountSubmitted,
    DrawerDayClosed,
    DrawerDayOpened,
)
from statemachines.vocabulary.events import (
    CashMoved,
    CashMoveRefused,
    CashMoveSettled,
    DoubtResolved,
    DrawerCause,
    DrawerClosed,
    DrawerForced,
    DrawerOpened,
    Event,
    HandedOver,
    ReportTaken,
    SaleCompleted,
    SaleRefused,
    SaleSettled,
)
from tests.firmware_bridge.vendors.newstore.adapter_records import (
    ANNA,
    BACK,
    CLOSED,
    COUNTED,
    ENDED,
    MOVE,
    NO_SALE,
    OPENED,
    REFS,
    SALE,
    body,
    call_of,
    planned,
    usd,
)
from tests.firmware_bridge.vendors.newstore.adapter_world import START_MS, terms


@dataclass(frozen=True)
class Row:
    """A record and the whole of its call. `look`: the path of the question after a lost answer, "" = there is none."""

    event: Event
    operation: str
    url: str
    body: Any
    repeat: Repeatability
    place: tuple[str, ...] = ("main", "day-1", "sale-1")
    parks: tuple[str, ...] | None = None
    look: str = ""
    closes: bool = False
    optional: bool = False
    name: str = ""
    settings: dict[str, Any] = field(default_factory=dict)


D: Final = "/cash_drawers/drawer-1"
COUNT_PLACE: Final = ("main", "day-1", "count-1")
DAY_PLACE: Final = ("main", "day-1")
ROWS: Final = (
    Row(DrawerDayOpened("main", "day-1", 20000), "activate", f"POST {D}/_activate", {"float_amount": usd(200)},
        "state", DAY_PLACE, look=D),
    Row(SALE, "start", f"POST {D}/transactions", {"order_id": "web-9", "amount": usd(139.5), "given": usd(200)},
        "harmless_twice", look="/reports/transactions"),
    Row(BACK, "start", f"POST {D}/transactions", {"order_id": "000124", "amount": usd(-10), "given": usd(0)},
        "harmless_twice", look="/reports/transactions", name="return"),
    Row(MOVE, "start_non_sale", f"POST {D}/non_sale_transactions",
        {"transaction_type": "cash_pull", "amount_out": usd(50)}, "harmless_twice", ("main", "day-1", "move-1"),
        look="/reports/transactions"),
    Row(NO_SALE, "start_non_sale", f"POST {D}/non_sale_transactions",
        {"transaction_type": "no_sale", "amount_in": usd(0)}, "harmless_twice", ("main", "day-1", "open-1"),
        look="/reports/transactions", name="opening"),
    Row(OPENED, "track_activity", f"POST {D}/activities",
        {"timestamp": "2026-03-02T09:00:00.000Z", "event": "open", "correlation": "transaction",
         "correlation_id": "T1"}, "harmless_twice", look=D, optional=True),
    Row(CLOSED, "track_activity", f"POST {D}/activities",
        {"timestamp": "2026-03-02T09:00:00.000Z", "event": "close", "correlation": "transaction",
         "correlation_id": "T1"}, "harmless_twice", look=D, optional=True),
    Row(SaleSettled("sale-1", "drawer_closed", "main", "day-1"), "finish", f"PATCH {D}/transactions/T1",
        {"status": "completed"}, "state", look=f"{D}/transactions/T1"),
    Row(CashMoveSettled("move-1", "timeout", "main", "day-1"), "finish", f"PATCH {D}/transactions/T2",
        {"status": "completed"}, "state", ("main", "day-1", "move-1"), look=f"{D}/transactions/T2"),
    Row(CountStarted("count-1", "main", "day-1", "end_of_day_balance", by=ANNA, blind=False), "perform_count",
        f"POST {D}/counts", {"reason": "end_of_day_balance"}, "never", COUNT_PLACE),
    Row(COUNTED, "record_count", f"PATCH {D}/counts/C1", {"counted_amount": usd(99.99)}, "natural_key", COUNT_PLACE),
    Row(CountRecountAsked("count-1", "main", 1, ANNA, "day-1"), "count_action", f"POST {D}/counts/C1/_recount", None,
        "state", COUNT_PLACE, look=D),
    Row(CountSubmitted("count-1", "main", "end_of_day_balance", 9999, 10199, -200, ANNA, "day-1"), "count_action",
        f"POST {D}/counts/C1/_submit", None, "state", COUNT_PLACE, look=D),
    Row(CountCancelled("count-1", "main", ANNA, "wrong", "day-1"), "count_action", f"POST {D}/counts/C1/_cancel", None,
        "state", COUNT_PLACE, look=D),
    Row(ENDED, "deactivate", f"POST {D}/_deactivate", {"count_id": "C1"}, "state", DAY_PLACE, ("main",), look=D,
        closes=True),
    Row(replace(ENDED, count_id=""), "get_drawer", f"GET {D}", None, "natural_key", DAY_PLACE, ("main",), closes=True,
        name="uncounted"),
)  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{type(row.event).__name__}-{row.name}")
def test_record_becomes_its_one_request(row: Row) -> None:
    call = call_of(row.event, **row.settings)
    assert (call.operation, f"{call.request.method} {call.request.path}", body(call)) == (
        row.operation, row.url, row.body,
    )  # fmt: skip
    assert getattr(call.request, "operation", "") == row.operation
    assert (call.place, call.parks) == (row.place, row.place if row.parks is None else row.parks)
    assert call.place[: len(call.parks)] == call.parks
    assert (call.repeat, call.closes, call.optional) == (row.repeat, row.closes, row.optional)
    assert (call.look.request.path if call.look else "") == row.look


def test_table_has_every_event_and_every_request_of_the_book() -> None:
    assert {row.operation for row in ROWS} == {
        *("activate", "start", "start_non_sale", "track_activity", "finish"),
        *("perform_count", "record_count", "count_action", "deactivate", "get_drawer"),
    }
    assert {type(row.event) for row in ROWS} == TOLD


TOLD: Final = {
    *(DrawerDayOpened, DrawerDayClosed, SaleCompleted, SaleSettled, CashMoved, CashMoveSettled, NoSaleRecorded),
    *(DrawerOpened, DrawerClosed, CountStarted, CountRecorded, CountRecountAsked, CountSubmitted, CountCancelled),
}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{type(row.event).__name__}-{row.name}")
def test_what_may_not_be_repeated_for_ever_says_what_a_person_does(row: Row) -> None:
    call = call_of(row.event)
    match call.repeat:
        case "state":
            assert call.look is not None
        case "never":
            assert "outbox drop --seq 1" in call.if_lost
            assert "open for drawer drawer-1 in NewStore" in call.if_lost
        case "harmless_twice":
            assert call.optional or (call.look is not None and "outbox retry" in call.if_lost)
    assert call.repeat in get_args(Repeatability)


# --- what is told to nobody -----------------------------------------------------------------------------------------

_KNOWN: Final = {type(row.event): row.event for row in ROWS} | {
    one: one("sale-1", "no") for one in (SaleRefused, CashMoveRefused, HandedOver)
} | {DoubtResolved: DoubtResolved("sale-1", "abandoned", "nobody knows", ANNA)}  # fmt: skip


def _events() -> list[type[Event]]:
    found = [
        one
        for module in pkgutil.iter_modules(vocabulary.__path__, f"{vocabulary.__name__}.")
        for _, one in inspect.getmembers(importlib.import_module(module.name), inspect.isclass)
        if issubclass(one, Event)
    ]
    return sorted(set(found), key=lambda one: one.__name__)


@pytest.mark.parametrize("kind", [one for one in _events() if one not in _KNOWN], ids=lambda one: one.__name__)
def test_no_other_event_is_told(kind: type[Event]) -> None:
    blank = object.__new__(kind)  # no field of it is looked at
    assert planned(blank) == Skip()


def test_intentions_and_records_of_a_newer_release_are_skipped() -> None:
    for stored in (Unknown("event", "SaleBlessed", b"", "newer"), Unknown("intention", "Kick", b"", "newer")):
        made = Record(1, START_MS, "", stored.name, stored, bytes(32))
        assert plan(made, REFS, terms(), Facts()) == Skip()


@pytest.mark.parametrize(
    ("event", "ends"),
    [
        (SaleRefused("sale-1", "no"), "sale-1"),
        (CashMoveRefused("move-1", "no"), "move-1"),
        (HandedOver("sale-1", "k"), "sale-1"),
        (DoubtResolved("sale-1", "abandoned", "nobody knows", ANNA), "sale-1"),
        (DoubtResolved("sale-1", "fiscalised", "on the register's paper", ANNA), ""),
        (replace(SALE, cash_due=0, cash_given=0), "sale-1"),
        (replace(SALE, drawer_id=""), "sale-1"),
        (replace(SALE, day_id=""), "sale-1"),
        (replace(SALE, drawer_id="kiosk"), "sale-1"),
        (replace(MOVE, origin="shift_open_float"), "move-1"),
        (replace(MOVE, origin="shift_close_collection"), "move-1"),
        (replace(MOVE, drawer_id="kiosk"), "move-1"),
        (replace(MOVE, day_id=""), "move-1"),
        (replace(NO_SALE, drawer_id="kiosk"), "open-1"),
        (replace(NO_SALE, day_id=""), "open-1"),
        (SaleSettled("sale-1", "no_drawer"), "sale-1"),
        (SaleSettled("sale-1", "no_drawer", "kiosk", "day-1"), "sale-1"),
        (CashMoveSettled("move-1", "timeout", "kiosk", "day-1"), "move-1"),
        (CountStarted("count-1", "kiosk", "day-1", "intra_day_balance", by=ANNA, blind=False), "count-1"),
        (replace(OPENED, cause=DrawerCause("none")), ""),
        (replace(OPENED, day_id=""), ""),
        (replace(CLOSED, drawer_id="kiosk"), ""),
        (DrawerForced("main"), ""),
        (DrawerDayOpened("kiosk", "day-1", 1), ""),
        (replace(COUNTED, drawer_id="kiosk"), ""),
        (replace(COUNTED, day_id=""), ""),
        (replace(ENDED, drawer_id="kiosk"), ""),
        (ReportTaken("r", printed=True), ""),
        (BooksCompared("newstore", "main/day-1", 1, 0), ""),
    ],
)
def test_what_concerns_no_drawer_of_the_book_is_skipped(event: Event, ends: str) -> None:
    assert planned(event) == Skip(ends=ends)


# --- ids that are not known yet -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "on", "place"),
    [
        (OPENED, "sale-1", ("main", "day-1", "sale-1")),
        (replace(CLOSED, cause=DrawerCause("move", "move-1")), "move-1", ("main", "day-1", "move-1")),
    ],
)
def test_drawer_that_opens_before_its_document_is_certain_waits_for_it(
    event: Event, on: str, place: tuple[str, ...]
) -> None:
    assert planned(event, refs={}) == Blocked(on, place)
    assert planned(event, refs={on: ""}) == Blocked(on, place)


@pytest.mark.parametrize(
    ("event", "on", "otherwise"),
    [
        (SaleSettled("sale-1", "timeout", "main", "day-1"), "sale-1", Skip(ends="sale-1")),
        (CashMoveSettled("move-1", "timeout", "main", "day-1"), "move-1", Skip(ends="move-1")),
        (replace(OPENED, cause=DrawerCause("no_sale", "open-1")), "open-1", Skip()),
        (replace(CLOSED, cause=DrawerCause("count", "count-1")), "count-1", Skip()),
        (COUNTED, "count-1", Skip()),
        (CountRecountAsked("count-1", "main", 1, ANNA, "day-1"), "count-1", Skip()),
        (CountCancelled("count-1", "main", ANNA, "x", "day-1"), "count-1", Skip()),
    ],
)
def test_what_belongs_to_something_that_was_never_told_is_skipped(event: Event, on: str, otherwise: Skip) -> None:
    made = planned(event, refs={})
    assert isinstance(made, Blocked)
    assert (made.on, made.otherwise) == (on, otherwise)
    assert made.place == ("main", "day-1", on)


def test_settling_outside_of_a_day_still_finishes_what_was_begun() -> None:
    call = call_of(SaleSettled("sale-1", "timeout", "main", ""))
    assert (call.operation, call.request.path) == ("finish", f"{D}/transactions/T1")


def test_day_whose_count_was_never_told_is_looked_at_and_not_ended_blindly() -> None:
    made = planned(ENDED, refs={})
    assert isinstance(made, Blocked)
    assert (made.on, made.place) == ("count-1", DAY_PLACE)
    probe = made.otherwise
    assert isinstance(probe, Call)
    assert (probe.request.method, probe.closes, probe.parks) == ("GET", True, ("main",))
    assert "NewStore has no count count-1" in probe.if_lost


def test_uncounted_day_may_go_on_there() -> None:
    assert planned(replace(ENDED, count_id=""), uncounted="leave_active") == Skip()
    assert call_of(ENDED, uncounted="leave_active").operation == "deactivate"


def test_activity_of_a_count_is_correlated_to_the_count() -> None:
    call = call_of(replace(OPENED, cause=DrawerCause("count", "count-1")))
    assert (body(call)["correlation"], body(call)["correlation_id"]) == ("count", "C1")


def test_plan_is_a_pure_function() -> None:
    for row in ROWS:
        assert planned(row.event) == planned(row.event)
