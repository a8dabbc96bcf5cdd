"""The money side: completed once, put away once, whatever the paper does."""

from __future__ import annotations

import pytest

from statemachines.drawer import DrawerSettings
from statemachines.vocabulary.commands import MoveCash, Sell
from statemachines.vocabulary.effects import Print
from statemachines.vocabulary.events import (
    CashMoveSettled,
    DrawerKicked,
    PrintDoubtful,
    PrintUnresolved,
    PutAway,
    ReceiptPrinted,
    SaleSettled,
)
from statemachines.vocabulary.receipt import Receipt
from tests.support.rules import CASHIER, DAY, DRAWER, Bench, cash_move, every, names, only, opened, sale, shop, shut


def sold(bench: Bench, name: str = "s-1") -> list[str]:
    job = bench.sell(sale(name))
    bench.run(DrawerKicked(DRAWER, 1))
    bench.run(opened())
    return names(bench.run(ReceiptPrinted(name, job.job_id, "process_id")))


def settled(why: PutAway, drawer: str = DRAWER) -> SaleSettled:
    return SaleSettled("s-1", why, drawer, DAY if drawer else "")


def test_a_sale_is_settled_when_its_drawer_is_shut() -> None:
    bench = Bench()
    assert sold(bench) == ["ReceiptPrinted", "SaleCompleted"]
    done = bench.run(shut())
    assert names(done) == ["DrawerClosed", "SaleSettled"]
    assert only(done.events, SaleSettled) == settled("drawer_closed")
    assert not bench.rules.state.documents


def test_a_drawer_that_was_shut_before_the_sale_was_certain_settles_it_at_once() -> None:
    bench = Bench()
    job = bench.sell()
    bench.run(DrawerKicked(DRAWER, 1))
    bench.run(opened())
    assert names(bench.run(shut())) == ["DrawerClosed"]
    done = bench.run(ReceiptPrinted("s-1", job.job_id, "process_id"))
    assert names(done) == ["ReceiptPrinted", "SaleCompleted", "SaleSettled"]
    assert only(done.events, SaleSettled) == settled("drawer_closed")


@pytest.mark.parametrize(
    ("bench", "receipt", "drawer"),
    [
        (Bench(), sale(cash=0, card=900), ""),
        (Bench(shop(drawers={DRAWER: DrawerSettings(sensed=False)})), sale(), DRAWER),
        (Bench(shop(drawers={})), sale(drawer=""), ""),
    ],
    ids=["card", "no switch", "no drawer"],
)
def test_a_sale_without_a_drawer_that_tells_is_settled_at_once(bench: Bench, receipt: Receipt, drawer: str) -> None:
    job = bench.sell(receipt)
    done = bench.run(ReceiptPrinted("s-1", job.job_id, "process_id"))
    assert only(done.events, SaleSettled) == settled("no_drawer", drawer)


def test_a_sale_whose_drawer_stays_open_is_settled_after_a_minute() -> None:
    bench = Bench()
    sold(bench)
    assert every(bench.later(59_900).events, SaleSettled) == []
    assert every(bench.later(200).events, SaleSettled) == [settled("timeout")]
    assert every(bench.later(600_000).events, SaleSettled) == []
    assert every(bench.run(shut()).events, SaleSettled) == []


def test_the_next_sale_settles_the_one_before() -> None:
    bench = Bench()
    sold(bench)
    done = bench.do(Sell("s-2", CASHIER, sale("s-2")))
    assert every(done.events, SaleSettled) == [settled("next_sale")]
    assert set(bench.rules.state.documents) == {"s-2"}


def test_the_next_cash_move_leaves_a_sale_unsettled() -> None:
    bench = Bench()
    sold(bench)
    done = bench.do(MoveCash("m-1", CASHIER, cash_move()))
    assert every(done.events, SaleSettled) == []


def test_a_cash_move_is_settled_by_its_drawer_under_its_own_name() -> None:
    bench = Bench()
    job = only(bench.do(MoveCash("m-1", CASHIER, cash_move())).effects, Print)
    bench.run(DrawerKicked(DRAWER, 1))
    bench.run(opened())
    bench.run(ReceiptPrinted("m-1", job.job_id, "process_id"))
    assert only(bench.run(shut()).events, CashMoveSettled) == CashMoveSettled("m-1", "drawer_closed", DRAWER, DAY)


def test_a_drawer_opened_for_something_else_settles_nothing() -> None:
    bench = Bench()
    sold(bench)
    bench.run(shut())
    sold(bench, "s-2")
    bench.run(shut())
    bench.run(opened())
    assert names(bench.run(shut())) == ["DrawerClosed"]


def test_a_doubt_about_paper_does_not_keep_the_money_unsettled() -> None:
    bench = Bench()
    job = bench.sell()
    bench.run(PrintDoubtful("s-1", job.job_id, "no answer"))
    bench.run(PrintUnresolved("s-1", job.job_id, "it cannot tell", person_needed=True))
    assert every(bench.later(60_100).events, SaleSettled) == [settled("timeout")]
    assert bench.document().state == "print_doubt"
    assert bench.document().transaction == "settled"
