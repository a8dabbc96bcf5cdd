"""Openings that no document explains: told to a book where the shop wants it, once each, and ended once each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from statemachines.drawer import DrawerSettings
from statemachines.folding import fold
from statemachines.rules import Consequences
from statemachines.vocabulary.book_events import NoSaleRecorded
from statemachines.vocabulary.commands import (
    ActivateDrawer,
    CancelCount,
    DeactivateDrawer,
    MoveCash,
    OpenDrawer,
    Sell,
    StartCount,
)
from statemachines.vocabulary.day_events import CountStarted, DrawerDayClosed
from statemachines.vocabulary.events import (
    CashMoved,
    CashMoveSettled,
    DrawerCause,
    DrawerClosed,
    DrawerForced,
    DrawerKicked,
    DrawerOpened,
    DrawerOpenRequested,
    Occurred,
    PutAway,
)
from tests.support.cash_book import CashBook
from tests.support.rules import (
    CASHIER,
    DAY,
    DRAWER,
    Bench,
    Record,
    cash_move,
    every,
    names,
    only,
    opened,
    replayed,
    sale,
    shop,
    shut,
)

CAUSE = DrawerCause("no_sale", "o-1")
RECORDED = NoSaleRecorded("o-1", DRAWER, DAY, "change", forced=False)
FORCED = f"{DAY}:forced:1"
KICKED = DrawerKicked(DRAWER, 1)
NO_SWITCH = {DRAWER: DrawerSettings(sensed=False)}


def a_shut_drawer(**choices: Any) -> Bench:
    bench = Bench(shop(**{"record_commanded": True, "record_forced": True} | choices))
    bench.run(shut())
    return bench


def order(bench: Bench, name: str = "o-1") -> Consequences:
    return bench.do(OpenDrawer(name, CASHIER, DRAWER, "change"))


def settled(why: PutAway, name: str = "o-1") -> CashMoveSettled:
    return CashMoveSettled(name, why, DRAWER, DAY)


def in_the_books(bench: Bench) -> None:
    """What was written adds up, and tells the same state under whatever settings."""
    CashBook().read(bench.records)
    for settings in (bench.settings, replace(bench.settings, record_commanded=False, record_forced=False)):
        assert replayed(bench.records, settings).state == bench.rules.state


# --- commanded ----------------------------------------------------------------------------------------------------


def test_a_commanded_opening_is_recorded_under_the_commands_id_before_it_is_told() -> None:
    bench = a_shut_drawer()
    order(bench)
    bench.run(KICKED)
    done = bench.run(opened())
    assert [item.event for item in done.events] == [RECORDED, DrawerOpened(DRAWER, CAUSE, "sensed", DAY)]
    assert NoSaleRecorded.DURABLE
    in_the_books(bench)


def test_it_ends_when_the_drawer_is_shut() -> None:
    bench = a_shut_drawer()
    order(bench)
    bench.run(opened())
    bench.later(2_000)
    done = bench.run(shut())
    assert [item.event for item in done.events] == [
        DrawerClosed(DRAWER, CAUSE, 2_000, DAY),
        settled("drawer_closed"),
    ]
    assert not bench.rules.state.documents
    assert every(bench.later(600_000).events, CashMoveSettled) == []
    in_the_books(bench)


def test_without_a_switch_it_ends_at_once() -> None:
    bench = Bench(shop(drawers=NO_SWITCH, record_commanded=True))
    order(bench)
    done = bench.run(KICKED)
    assert names(done) == ["DrawerKicked", "NoSaleRecorded", "DrawerOpened", "CashMoveSettled"]
    assert only(done.events, CashMoveSettled) == settled("no_drawer")
    assert names(bench.later(60_000)) == ["DrawerClosed"]


def test_left_open_it_ends_after_a_minute_and_a_late_shutting_ends_nothing() -> None:
    bench = a_shut_drawer()
    order(bench)
    bench.run(opened())
    assert every(bench.later(59_900).events, CashMoveSettled) == []
    assert every(bench.later(200).events, CashMoveSettled) == [settled("timeout")]
    assert names(bench.run(shut())) == ["DrawerClosed"]
    in_the_books(bench)


def test_a_restart_ends_it() -> None:
    bench = a_shut_drawer()
    order(bench)
    bench.run(opened())
    assert every(bench.restart().events, CashMoveSettled) == [settled("timeout")]
    assert names(bench.run(opened())) == ["DrawerOpened"]
    assert names(bench.run(shut())) == ["DrawerClosed"]
    in_the_books(bench)


def test_an_order_while_the_drawer_is_open_is_an_opening_of_its_own() -> None:
    bench = a_shut_drawer()
    order(bench)
    bench.run(opened())
    done = order(bench, "o-2")
    assert every(done.events, NoSaleRecorded) == [replace(RECORDED, document_id="o-2")]
    assert only(bench.run(shut()).events, CashMoveSettled) == settled("drawer_closed", "o-2")
    assert every(bench.later(60_100).events, CashMoveSettled) == [settled("timeout")]
    in_the_books(bench)


def test_one_opening_for_two_orders_is_recorded_once() -> None:
    bench = a_shut_drawer()
    order(bench)
    bench.run(KICKED)
    order(bench, "o-2")
    assert every(bench.run(opened()).events, NoSaleRecorded) == [replace(RECORDED, document_id="o-2")]
    bench.run(shut())
    assert [event.document_id for event in every(bench.records, NoSaleRecorded)] == ["o-2"]


def test_the_next_sale_ends_it() -> None:
    bench = a_shut_drawer()
    order(bench)
    bench.run(opened())
    assert every(bench.do(Sell("s-1", CASHIER, sale())).events, CashMoveSettled) == [settled("next_sale")]


def test_a_drawer_that_stayed_shut_is_not_recorded_and_one_that_gives_way_late_is() -> None:
    bench = a_shut_drawer(drawers={DRAWER: DrawerSettings(attempts=1)})
    order(bench)
    bench.run(KICKED)
    bench.later(5_000)
    assert bench.drawer_state() == "failed"
    assert every(bench.records, NoSaleRecorded) == []
    assert every(bench.run(opened()).events, NoSaleRecorded) == [RECORDED]


@pytest.mark.parametrize("sensed", [True, False])
def test_a_cash_move_without_cash_tells_of_its_opening_itself(*, sensed: bool) -> None:
    """POST /v1/cash with no_sale is a document, and CashMoved is what a book hears of it."""
    bench = Bench(shop(record_commanded=True, settle_after_ms=100, drawers={DRAWER: DrawerSettings(sensed=sensed)}))
    move = replace(cash_move("m-1"), type="no_sale", direction="none", amount=0)
    done = bench.do(MoveCash("m-1", CASHIER, move))
    assert only(done.events, CashMoved) == CashMoved("m-1", "no_sale", "none", 0, "operator", DRAWER, DAY, "change")
    bench.later(200)
    assert "m-1" not in bench.rules.state.documents
    bench.run(KICKED)
    bench.run(opened())
    assert only(bench.records, DrawerOpened).cause == DrawerCause("no_sale", "m-1")
    assert every(bench.records, NoSaleRecorded) == []


def test_a_sale_records_no_opening() -> None:
    bench = a_shut_drawer()
    bench.sell()
    bench.run(KICKED)
    bench.run(opened())
    bench.run(shut())
    assert every(bench.records, NoSaleRecorded) == []


def test_a_shop_that_does_not_want_it_hears_nothing() -> None:
    bench = a_shut_drawer(record_commanded=False, record_forced=False)
    order(bench)
    assert names(bench.run(opened())) == ["DrawerOpened"]
    bench.run(shut())
    assert names(bench.run(opened())) == ["DrawerForced"]
    assert only(bench.run(shut()).events, DrawerClosed).cause == DrawerCause("none")


@pytest.mark.parametrize(("commanded", "forced"), [(True, False), (False, True)])
def test_one_is_recorded_without_the_other(*, commanded: bool, forced: bool) -> None:
    bench = a_shut_drawer(record_commanded=commanded, record_forced=forced)
    order(bench)
    bench.run(opened())
    bench.run(shut())
    bench.run(opened())
    assert [event.forced for event in every(bench.records, NoSaleRecorded)] == [forced]


# --- forced -------------------------------------------------------------------------------------------------------


def test_a_forced_opening_is_a_security_event_and_then_an_opening_with_a_name() -> None:
    bench = a_shut_drawer()
    done = bench.run(opened())
    assert [item.event for item in done.events] == [
        DrawerForced(DRAWER),
        NoSaleRecorded(FORCED, DRAWER, DAY, "", forced=True),
        DrawerOpened(DRAWER, DrawerCause("no_sale", FORCED), "sensed", DAY),
    ]
    assert done.effects == []
    assert bench.drawer_state() == "forced"
    in_the_books(bench)


def test_its_shutting_has_the_same_name_and_ends_it() -> None:
    bench = a_shut_drawer()
    bench.run(opened())
    bench.later(1_500)
    assert [item.event for item in bench.run(shut()).events] == [
        DrawerClosed(DRAWER, DrawerCause("no_sale", FORCED), 1_500, DAY),
        settled("drawer_closed", FORCED),
    ]
    assert bench.drawer_state() == "closed"
    in_the_books(bench)


def test_forced_openings_of_a_day_have_different_names_also_behind_a_clock_that_was_set_back() -> None:
    bench = a_shut_drawer()
    for _ in range(2):
        bench.run(opened())
        bench.run(shut())
    bench.restart()  # its clock begins where it began before
    bench.run(shut())
    bench.run(opened())
    assert [event.document_id for event in every(bench.records, NoSaleRecorded)] == [
        f"{DAY}:forced:{number}" for number in (1, 2, 3)
    ]
    in_the_books(bench)


def test_an_order_into_a_forced_drawer_is_another_opening() -> None:
    bench = a_shut_drawer()
    bench.run(opened())
    assert every(order(bench).events, NoSaleRecorded) == [RECORDED]
    assert bench.drawer_state() == "open"
    assert only(bench.run(shut()).events, DrawerClosed).cause == CAUSE
    assert every(bench.later(60_100).events, CashMoveSettled) == [settled("timeout", FORCED)]
    in_the_books(bench)


# --- where nobody is told -----------------------------------------------------------------------------------------


def test_outside_of_a_drawers_day_openings_stay_local() -> None:
    bench = a_shut_drawer(drawer_day="own")
    order(bench)
    assert [item.event for item in bench.run(opened()).events] == [DrawerOpened(DRAWER, CAUSE, "sensed", "")]
    bench.run(shut())
    assert names(bench.run(opened())) == ["DrawerForced"]
    bench.run(shut())
    bench.do(ActivateDrawer("a-1", CASHIER, DRAWER, 500))
    bench.run(opened())
    assert [event.day_id for event in every(bench.records, NoSaleRecorded)] == ["a-1"]


def test_while_a_drawer_is_counted_its_openings_belong_to_the_count() -> None:
    bench = a_shut_drawer()
    bench.do(StartCount("n-1", CASHIER, DRAWER, "intra_day_balance"))
    order(bench)
    bench.run(opened())
    bench.run(shut())
    bench.run(opened())
    bench.run(shut())
    assert every(bench.records, NoSaleRecorded) == []
    bench.do(CancelCount("c-1", CASHIER, "n-1", "called away"))
    bench.run(opened())
    assert len(every(bench.records, NoSaleRecorded)) == 1


def test_a_count_and_the_end_of_the_day_end_what_was_recorded_before() -> None:
    bench = a_shut_drawer(drawer_day="own")
    bench.do(ActivateDrawer("a-1", CASHIER, DRAWER, 500))
    order(bench)
    bench.run(opened())
    done = bench.do(StartCount("n-1", CASHIER, DRAWER, "intra_day_balance"))
    assert [type(item.event) for item in done.events] == [CashMoveSettled, CountStarted]
    bench.do(CancelCount("c-1", CASHIER, "n-1", "called away"))
    order(bench, "o-2")
    done = bench.do(DeactivateDrawer("d-1", CASHIER, DRAWER))
    assert [type(item.event) for item in done.events] == [CashMoveSettled, DrawerDayClosed]
    whys = [(event.document_id, event.why) for event in every(bench.records, CashMoveSettled)]
    assert whys == [("o-1", "count"), ("o-2", "day_closed")]
    in_the_books(bench)


def test_its_own_records_tell_of_it_like_of_any_document() -> None:
    bench = a_shut_drawer()
    order(bench)
    bench.run(opened())
    mine = (DrawerOpenRequested, NoSaleRecorded, DrawerOpened)
    records: list[Record] = [one for one in bench.records if isinstance(one, Occurred) and isinstance(one.event, mine)]
    told = fold(records, bench.settings)
    assert told == bench.document("o-1")
    assert told is not None
    assert (told.kind, told.state, told.transaction) == ("no_sale", "filed", "completed")
