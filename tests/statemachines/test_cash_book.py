"""What a book reads in the journal adds up: every fact in its drawer's day, ended once, nothing behind count or end."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from statemachines import cash_transaction, drawer_day
from statemachines.drawer import DrawerSettings
from statemachines.vocabulary.book_events import NoSaleRecorded
from statemachines.vocabulary.commands import (
    ActivateDrawer,
    AskRecount,
    CancelCount,
    CloseShift,
    DeactivateDrawer,
    MoveCash,
    OpenShift,
    RecordCount,
    Sell,
    StartCount,
    SubmitCount,
)
from statemachines.vocabulary.day_events import (
    CountCancelled,
    CountEvent,
    CountStarted,
    DrawerDayClosed,
    DrawerDayOpened,
)
from statemachines.vocabulary.effects import Print
from statemachines.vocabulary.events import (
    CashMoved,
    CashMoveSettled,
    DrawerCause,
    DrawerClosed,
    DrawerOpened,
    Event,
    Occurred,
    ReceiptPrinted,
    SaleCompleted,
    SaleSettled,
)
from tests.support.cash_book import CashBook
from tests.support.money_model import Wrong
from tests.support.rules import (
    CASHIER,
    DAY,
    DRAWER,
    Bench,
    cash_move,
    every,
    names,
    only,
    opened,
    replayed,
    sale,
    shop,
    taken_back,
    with_rows,
)
from tests.support.soak import a_shop
from tests.support.soak_world import World

TWO = {"main": DrawerSettings(), "left": DrawerSettings()}


def read(bench: Bench) -> CashBook:
    """The journal as a book reads it; and it means the same when it is replayed."""
    assert replayed(bench.records, bench.settings).state == bench.rules.state
    return CashBook().read(bench.records)


def printed(bench: Bench, command: Sell | MoveCash) -> list[Event]:
    job = only(bench.do(command).effects, Print)
    return every(bench.run(ReceiptPrinted(job.document_id, job.job_id, "process_id")).events, Event)


# --- every fact says where it belongs -----------------------------------------------------------------------------


def test_a_cash_sale_tells_its_drawer_its_day_and_how_it_is_called() -> None:
    bench = Bench(shop(drawers=TWO), shift=False)
    bench.do(OpenShift("shift-1", CASHIER, 0, (("main", 1_000), ("left", 300))))
    receipt = replace(sale("s-1", cash=700, card=100, given=1_000, drawer="left"), order_id="order-7")
    done = printed(bench, Sell("s-1", CASHIER, receipt))
    told = only(done, SaleCompleted)
    assert (told.drawer_id, told.day_id) == ("left", "shift-1:left")
    assert (told.number, told.order_id) == ("000001", "order-7")
    assert (told.cash_due, told.cash_given, told.change) == (700, 1_000, 300)
    read(bench)


def test_a_sale_without_cash_belongs_to_no_drawer() -> None:
    bench = Bench()
    told = only(printed(bench, Sell("s-1", CASHIER, sale(cash=0, card=500))), SaleCompleted)
    assert (told.cash_due, told.drawer_id, told.day_id, told.number) == (0, "", "", "000001")
    assert only(bench.records, SaleSettled) == SaleSettled("s-1", "no_drawer", "", "")


def test_a_return_and_a_cash_move_belong_to_the_day_of_their_drawer() -> None:
    bench = Bench(shop(drawer_day="own"))
    bench.do(ActivateDrawer("a-1", CASHIER, DRAWER, 5_000))
    back = taken_back("r-1", "s-9", cash=700)
    done = printed(bench, Sell("r-1", CASHIER, back, original=sale("s-9", cash=700)))
    told = only(done, SaleCompleted)
    assert (told.cash_due, told.drawer_id, told.day_id) == (-700, DRAWER, "a-1")
    moved = only(printed(bench, MoveCash("m-1", CASHIER, cash_move("m-1", "out", 250))), CashMoved)
    assert (moved.drawer_id, moved.day_id, moved.reason) == (DRAWER, "a-1", "change")
    bench.do(DeactivateDrawer("d-1", CASHIER, DRAWER))
    assert read(bench).sums == {"a-1": 5_000 - 700 - 250}


def test_a_till_without_drawers_tells_of_none() -> None:
    bench = Bench(shop(drawers={}))
    told = only(printed(bench, Sell("s-1", CASHIER, sale(drawer=""))), SaleCompleted)
    assert (told.drawer_id, told.day_id) == ("", "")
    read(bench).at_rest()


def test_every_step_of_a_count_tells_the_day_that_is_counted() -> None:
    bench = Bench(shop(drawer_day="own"))
    bench.do(ActivateDrawer("a-1", CASHIER, DRAWER, 500))
    bench.do(StartCount("n-1", CASHIER, DRAWER, "intra_day_balance"))
    bench.do(RecordCount("q-1", CASHIER, "n-1", 490))
    bench.do(AskRecount("q-2", CASHIER, "n-1"))
    bench.do(CancelCount("q-3", CASHIER, "n-1", "called away"))
    bench.do(StartCount("n-2", CASHIER, DRAWER, "end_of_day_balance"))
    bench.do(RecordCount("q-4", CASHIER, "n-2", 500))
    bench.do(SubmitCount("q-5", CASHIER, "n-2"))
    steps = every(bench.records, CountEvent)
    assert len(steps) == 7
    assert {getattr(step, "day_id", "") for step in steps} == {"a-1"}
    bench.do(DeactivateDrawer("d-1", CASHIER, DRAWER))
    assert read(bench).closed == 1


# --- nothing behind a count, nothing behind the end of a day ------------------------------------------------------


def sold(bench: Bench, name: str = "s-1") -> None:
    """A cash sale whose drawer stands open: completed, and not put away."""
    job = bench.sell(sale(name))
    bench.run(opened())
    bench.run(ReceiptPrinted(name, job.job_id, "process_id"))
    assert bench.document(name).transaction == "completed"


def test_a_count_begins_when_the_money_before_it_is_put_away() -> None:
    bench = Bench()
    sold(bench)
    done = bench.do(StartCount("n-1", CASHIER, DRAWER, "intra_day_balance"))
    assert only(done.events, SaleSettled) == SaleSettled("s-1", "count", DRAWER, DAY)
    assert names(done) == ["SaleSettled", "CountStarted"]
    read(bench)


def test_only_the_counted_drawers_money_is_put_away_for_its_count() -> None:
    bench = Bench(shop(drawers=TWO), shift=False)
    bench.do(OpenShift("shift-1", CASHIER, 0, (("main", 1_000), ("left", 300))))
    sold(bench)
    assert names(bench.do(StartCount("n-1", CASHIER, "left", "intra_day_balance"))) == ["CountStarted"]
    assert bench.document().transaction == "completed"


@pytest.mark.parametrize("how", ["own", "with_shift"])
def test_a_day_ends_when_its_money_is_put_away(how: str) -> None:
    bench = Bench(shop(drawer_day=how))
    if how == "own":
        bench.do(ActivateDrawer("a-1", CASHIER, DRAWER, 10_000))
    sold(bench)
    if how == "own":
        bench.do(DeactivateDrawer("d-1", CASHIER, DRAWER))
    else:
        job = only(bench.do(CloseShift("z-1", CASHIER, "en")).effects, Print)
        bench.run(ReceiptPrinted("z-1", job.job_id, "process_id"))
    told = [event for event in every(bench.records, Event) if isinstance(event, SaleSettled | DrawerDayClosed)]
    assert [type(event) for event in told] == [SaleSettled, DrawerDayClosed]
    assert only(bench.records, SaleSettled).why == "day_closed"
    assert read(bench).closed == 1


@pytest.mark.parametrize(
    "command",
    [
        Sell("s-2", CASHIER, sale("s-2")),
        Sell("r-2", CASHIER, taken_back("r-2", "s-1"), original=sale("s-1")),
        MoveCash("m-1", CASHIER, cash_move()),
        MoveCash("m-2", CASHIER, replace(cash_move("m-2"), type="no_sale", direction="none", amount=0)),
    ],
    ids=["sale", "return", "cash move", "no sale"],
)
def test_nothing_of_a_drawer_is_begun_while_it_is_counted(command: Sell | MoveCash) -> None:
    bench = Bench()
    bench.do(StartCount("n-1", CASHIER, DRAWER, "intra_day_balance"))
    assert bench.refused(command).code == "count-open"


# --- random days --------------------------------------------------------------------------------------------------


def random_days(seed: str) -> tuple[int, int]:
    """A till at random, brought to rest: how many days of its drawers ended, and how many openings were recorded."""
    choose = random.Random(seed).choice
    world = World(a_shop(choose), choose)
    for _ in range(150):
        world.step()
        world.check()
    world.end()
    book = CashBook().read(world.bench.records)
    book.at_rest()
    return book.closed, len(every(world.bench.records, NoSaleRecorded))


def test_over_random_days_every_drawers_day_adds_up(seed: int) -> None:
    closed = recorded = 0
    for till in range(400):
        more_closed, more_recorded = random_days(f"{seed}/{till}")
        closed, recorded = closed + more_closed, recorded + more_recorded
        if till > 10 and closed > 3 and recorded > 3:
            return
    pytest.fail(f"{closed} days ended and {recorded} openings were recorded: too few to say anything")


def a_day() -> Bench:
    """A float, a sale, a return, two moves, a count and the end of the day."""
    bench = Bench(shop(drawer_day="own"))
    bench.do(ActivateDrawer("a-1", CASHIER, DRAWER, 5_000))
    printed(bench, Sell("s-1", CASHIER, sale("s-1", cash=700, given=1_000)))
    printed(bench, Sell("r-1", CASHIER, taken_back("r-1", "s-9", cash=300), original=sale("s-9", cash=300)))
    printed(bench, MoveCash("m-1", CASHIER, cash_move("m-1", "in", 250)))
    printed(bench, MoveCash("m-2", CASHIER, cash_move("m-2", "out", 50)))
    bench.do(StartCount("n-1", CASHIER, DRAWER, "end_of_day_balance"))
    bench.do(RecordCount("q-1", CASHIER, "n-1", 5_600))
    bench.do(SubmitCount("q-2", CASHIER, "n-1"))
    bench.do(DeactivateDrawer("d-1", CASHIER, DRAWER))
    return bench


def test_float_sales_and_moves_come_to_what_the_day_expects() -> None:
    book = read(a_day())
    assert (book.sums, book.closed) == ({"a-1": 5_600}, 1)
    book.at_rest()


@pytest.mark.parametrize("forgets", [SaleCompleted, CashMoved])
def test_a_rule_that_forgets_money_is_caught_by_the_sum(forgets: type[Event], monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control of the sum: a drawer's day that does not hear of its money."""
    deaf = with_rows(drawer_day.TABLE, lambda row: replace(row, then=None) if row.event is forgets else row)
    monkeypatch.setattr(drawer_day, "TABLE", deaf)
    with pytest.raises(Wrong, match="comes to 5600, and the till expects"):
        CashBook().read(a_day().records)


def test_rules_that_do_not_put_money_away_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cash_transaction, "put_away", lambda *_: [])
    bench = Bench(shop(drawer_day="own"))
    bench.do(ActivateDrawer("a-1", CASHIER, DRAWER, 10_000))
    sold(bench)
    bench.do(DeactivateDrawer("d-1", CASHIER, DRAWER))
    with pytest.raises(Wrong, match="ends, and"):
        CashBook().read(bench.records)


# --- the book itself can say no -----------------------------------------------------------------------------------

BEGUN = DrawerDayOpened(DRAWER, "d", 100)
SOLD = SaleCompleted("s", 50, 50, 0, (), DRAWER, "d")
PUT_AWAY = SaleSettled("s", "timeout", DRAWER, "d")
COUNTING = CountStarted("n", DRAWER, "d", "intra_day_balance", blind=False, by=CASHIER)
OPENED = NoSaleRecorded("o", DRAWER, "d", "", forced=False)
SEEN = DrawerOpened(DRAWER, DrawerCause("no_sale", "o"), "sensed", "d")


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ([BEGUN, SOLD, SOLD], "begun before"),
        ([BEGUN, SOLD, PUT_AWAY, PUT_AWAY], "settled twice"),
        ([BEGUN, PUT_AWAY], "never begun"),
        ([BEGUN, SOLD], "never settled"),
        ([BEGUN, SOLD, SaleSettled("s", "timeout", DRAWER, "e")], "another place"),
        ([BEGUN, SOLD, CashMoveSettled("s", "timeout", DRAWER, "d")], "something else"),
        ([SOLD], "another one is open"),
        ([BEGUN, COUNTING, SOLD], "is counted"),
        ([BEGUN, SOLD, COUNTING], "are not settled"),
        ([BEGUN, COUNTING, COUNTING], "a second count"),
        ([BEGUN, CountCancelled("n", DRAWER, CASHIER, "", "d")], "was not begun"),
        ([BEGUN, COUNTING, CountCancelled("n", DRAWER, CASHIER, "", "e")], "which is not open"),
        ([BEGUN, COUNTING, DrawerDayClosed(DRAWER, "d", 100, None, "", "")], "middle of a count"),
        ([BEGUN, SOLD, DrawerDayClosed(DRAWER, "d", 150, None, "", "")], "are not settled"),
        ([BEGUN, SOLD, PUT_AWAY, DrawerDayClosed(DRAWER, "d", 100, None, "", "")], "comes to 150"),
        ([BEGUN, DrawerDayClosed(DRAWER, "e", 100, None, "", "")], "was not open"),
        ([BEGUN, replace(BEGUN, day_id="e")], "a second day"),
        ([BEGUN, DrawerDayClosed(DRAWER, "d", 100, None, "", ""), BEGUN], "was opened before"),
        ([BEGUN, DrawerDayClosed(DRAWER, "d", 100, None, "", ""), SOLD], "another one is open"),
        ([NoSaleRecorded("o", DRAWER, "", "", forced=True)], "outside of a day"),
        ([BEGUN, OPENED, CashMoveSettled("o", "timeout", DRAWER, "d")], "never seen open"),
        ([BEGUN, OPENED, SEEN], "never settled"),
        ([BEGUN, replace(SEEN, day_id="")], "not its own"),
        ([BEGUN, DrawerClosed(DRAWER, DrawerCause("none"), 5, "e")], "not its own"),
    ],
)
def test_the_book_refuses_what_no_book_could_take(told: Sequence[Event], why: str) -> None:
    with pytest.raises(Wrong, match=why):
        CashBook().read([Occurred(1, 1, event) for event in told]).at_rest()
