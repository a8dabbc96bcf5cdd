"""A drawer's day: whose cash it is, how much must be in it, and when it begins and ends."""

from __future__ import annotations

from dataclasses import replace

from statemachines.drawer import DrawerSettings
from statemachines.vocabulary.commands import (
    ActivateDrawer,
    AssignCashiers,
    CloseShift,
    DeactivateDrawer,
    MoveCash,
    OpenShift,
    RecordCount,
    Sell,
    StartCount,
    SubmitCount,
)
from statemachines.vocabulary.day_events import DrawerDayClosed
from statemachines.vocabulary.effects import Print
from statemachines.vocabulary.events import ReceiptPrinted
from tests.support.rules import CASHIER, Bench, cash_move, only, sale, shop, taken_back

TWO = {"main": DrawerSettings(), "left": DrawerSettings()}


def own() -> Bench:
    return Bench(shop(drawer_day="own"))


def expected(bench: Bench, drawer: str = "main") -> int:
    return bench.rules.state.days[drawer].expected


def printed(bench: Bench, command: Sell | MoveCash) -> None:
    job = only(bench.do(command).effects, Print)
    bench.run(ReceiptPrinted(job.document_id, job.job_id, "process_id"))


def count(bench: Bench, found: int, drawer: str = "main") -> None:
    bench.do(StartCount("n-1", CASHIER, drawer, "end_of_day_balance"))
    bench.do(RecordCount("r-1", CASHIER, "n-1", found))
    bench.do(SubmitCount("u-1", CASHIER, "n-1"))


def test_what_must_be_in_a_drawer_is_its_float_and_what_was_completed_through_it() -> None:
    bench = Bench(shop(drawers=TWO), shift=False)
    bench.do(OpenShift("shift-1", CASHIER, 0, (("main", 1_000), ("left", 300))))
    printed(bench, Sell("s-1", CASHIER, sale("s-1", cash=600, card=100, given=1_000)))
    printed(
        bench, Sell("r-1", CASHIER, taken_back("r-1", "s-1", cash=350, quantity=500), original=sale("s-1", cash=700))
    )
    printed(bench, MoveCash("m-1", CASHIER, cash_move("m-1", "out", 250)))
    assert (expected(bench), expected(bench, "left")) == (1_000 + 600 - 350 - 250, 300)


def test_several_drawers_need_their_floats_one_by_one() -> None:
    bench = Bench(shop(drawers=TWO), shift=False)
    assert bench.refused(OpenShift("shift-1", CASHIER, 1_300)).field == "floats"
    wrong = OpenShift("shift-1", CASHIER, 1_301, (("main", 1_000), ("left", 300)))
    assert "add up to 1300" in bench.refused(wrong).text


def test_more_cash_than_the_drawer_holds_is_not_paid_out() -> None:
    bench = Bench(shop(drawers=TWO), shift=False)
    bench.do(OpenShift("shift-1", CASHIER, 0, (("main", 1_000), ("left", 300))))
    too_much = replace(cash_move("m-1", "out", 301), drawer_id="left")
    assert bench.refused(MoveCash("m-1", CASHIER, too_much)).code == "not-enough-cash"


def test_cash_needs_an_active_drawer_and_a_card_does_not() -> None:
    bench = own()
    assert bench.refused(Sell("s-1", CASHIER, sale())).code == "drawer-not-active"
    bench.do(Sell("s-1", CASHIER, sale(cash=0, card=500)))


def test_only_the_cashiers_of_a_drawer_use_its_cash() -> None:
    bench = own()
    bench.do(ActivateDrawer("a-1", CASHIER, "main", 500, ("c-2",)))
    assert bench.refused(Sell("s-1", CASHIER, sale())).code == "not-your-drawer"
    bench.do(AssignCashiers("a-2", CASHIER, "main", ("c-1", "c-2")))
    bench.do(Sell("s-1", CASHIER, sale()))


def test_a_drawer_is_activated_once_and_its_day_outlives_the_shift() -> None:
    bench = own()
    bench.do(ActivateDrawer("a-1", CASHIER, "main", 500))
    assert bench.refused(ActivateDrawer("a-2", CASHIER, "main", 500)).code == "drawer-active"
    bench.do(CloseShift("z-1", CASHIER, "en"))
    assert bench.rules.state.days["main"].state == "active"
    bench.do(DeactivateDrawer("d-1", CASHIER, "main"))
    assert bench.refused(DeactivateDrawer("d-2", CASHIER, "main")).code == "drawer-not-active"


def test_a_drawer_that_runs_with_the_shift_is_neither_begun_nor_ended_alone() -> None:
    bench = Bench()
    for command in (ActivateDrawer("a-1", CASHIER, "main", 5), DeactivateDrawer("d-1", CASHIER, "main")):
        assert bench.refused(command).code == "drawer-with-shift"


def test_no_cash_moves_after_the_count_for_the_end_of_the_day() -> None:
    bench = Bench()
    count(bench, 10_000)
    for command in (Sell("s-1", CASHIER, sale()), MoveCash("m-1", CASHIER, cash_move())):
        assert bench.refused(command).code == "drawer-counted"


def test_a_drawer_s_day_does_not_end_before_the_count_that_the_shop_demands() -> None:
    bench = Bench(shop(drawer_day="own", count_at_close="required"))
    bench.do(ActivateDrawer("a-1", CASHIER, "main", 500))
    assert bench.refused(DeactivateDrawer("d-1", CASHIER, "main")).code == "not-counted"
    count(bench, 480)
    closed = only(bench.do(DeactivateDrawer("d-1", CASHIER, "main")).events, DrawerDayClosed)
    assert (closed.expected, closed.counted, closed.count_id) == (500, 480, "n-1")


def test_a_drawer_s_day_does_not_end_in_the_middle_of_a_sale() -> None:
    bench = own()
    bench.do(ActivateDrawer("a-1", CASHIER, "main", 500))
    bench.do(Sell("s-1", CASHIER, sale()))
    assert bench.refused(DeactivateDrawer("d-1", CASHIER, "main")).code == "busy"
