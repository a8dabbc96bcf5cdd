"""A shift is closed while cash is in doubt: the drawer's day goes on until it is known what became of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from statemachines import drawer_day
from statemachines.drawer import DrawerSettings
from statemachines.rules import Rules
from statemachines.vocabulary.commands import CloseShift, DeactivateDrawer, OpenShift, ResolveDoubt, Sell
from statemachines.vocabulary.day_events import ClosingAdvanced, DrawerDayClosed, DrawerDayOpened
from statemachines.vocabulary.effects import Print
from statemachines.vocabulary.events import (
    FiscalisationDoubtful,
    FiscalisationRefused,
    Occurred,
    ReceiptFiscalised,
    ReceiptPrinted,
    SaleCompleted,
    SaleSettled,
    ShiftClosed,
)
from statemachines.vocabulary.offline_events import OfflineCode, OfflineCodeBound, OfflineCodesRefilled
from tests.support.cash_book import CashBook
from tests.support.money_model import Wrong
from tests.support.rules import (
    CASHIER,
    CLOUD,
    DAY,
    DRAWER,
    KEEPS_CODES,
    STAMP,
    Bench,
    OneLinePaper,
    every,
    names,
    only,
    replayed,
    sale,
    shop,
    with_rows,
)

DOUBTFUL = replace(CLOUD, offline="codes", sells_in_doubt=True)
CERTAIN = ReceiptFiscalised("s-1", STAMP, "not_mine")


def closed_in_doubt() -> Bench:
    """The shift is closed while a cash sale is in doubt, for which an offline code is kept."""
    bench = Bench(shop(traits=DOUBTFUL, offline=KEEPS_CODES))
    bench.run(OfflineCodesRefilled(0, tuple(OfflineCode(f"code-{n}", n) for n in (1, 2, 3, 4, 5))))
    bench.do(Sell("s-1", CASHIER, sale(cash=700)))
    bench.run(FiscalisationDoubtful("s-1", "no answer"))
    bench.later(21_000)
    assert [code.document_id for code in every(bench.records, OfflineCodeBound) if code.reserved] == ["s-1"]
    done = bench.do(CloseShift("z-1", CASHIER, "en"))
    assert every(done.events, ShiftClosed)
    bench.run(ReceiptPrinted("z-1", only(done.effects, Print).job_id, "process_id"))
    assert bench.rules.state.closing.state == "idle"
    return bench


def read(bench: Bench) -> CashBook:
    """The journal as a book reads it; and it means the same when it is replayed."""
    assert replayed(bench.records, bench.settings).state == bench.rules.state
    return CashBook().read(bench.records)


def test_a_day_outlives_its_shift_while_cash_is_in_doubt_and_ends_when_it_is_certain() -> None:
    bench = closed_in_doubt()
    assert every(bench.records, DrawerDayClosed) == []
    done = bench.run(CERTAIN)
    assert names(done) == [
        "ReceiptFiscalised",
        "OfflineCodeReleased",
        "SaleCompleted",
        "SaleSettled",
        "DrawerDayClosed",
    ]
    assert only(done.events, SaleCompleted).day_id == DAY
    assert only(done.events, SaleSettled).why == "day_closed"
    assert only(done.events, DrawerDayClosed) == DrawerDayClosed(DRAWER, DAY, 10_700, None, "", "shift-1")
    assert read(bench).closed == 1


@pytest.mark.parametrize("end", ["refused", "given up"])
def test_it_ends_when_the_doubtful_sale_did_not_happen(end: str) -> None:
    bench = closed_in_doubt()
    if end == "refused":
        done = bench.run(FiscalisationRefused("s-1", "no"))
    else:
        done = bench.do(ResolveDoubt("v-1", CASHIER, "s-1", "abandoned", "nobody knows"))
    assert only(done.events, DrawerDayClosed).expected == 10_000
    assert read(bench).closed == 1


def test_it_is_not_ended_by_hand_and_goes_on_behind_a_restart() -> None:
    bench = closed_in_doubt()
    assert bench.refused(DeactivateDrawer("d-1", CASHIER, DRAWER)).code == "busy"
    bench.restart()
    assert every(bench.records, DrawerDayClosed) == []
    assert only(bench.run(FiscalisationRefused("s-1", "no")).events, DrawerDayClosed).day_id == DAY


def test_the_next_shift_ends_it_and_the_sale_is_booked_in_the_new_day() -> None:
    bench = closed_in_doubt()
    done = bench.do(OpenShift("shift-2", CASHIER, 500))  # the till makes it lawful itself: the register is away
    assert [item.event for item in done.events if isinstance(item.event, DrawerDayOpened | DrawerDayClosed)] == [
        DrawerDayClosed(DRAWER, DAY, 10_000, None, "", "shift-1"),
        DrawerDayOpened(DRAWER, "shift-2:main", 500),
    ]
    assert only(bench.run(CERTAIN).events, SaleCompleted).day_id == "shift-2:main"
    assert bench.rules.state.days[DRAWER].expected == 1_200
    assert read(bench).sums == {DAY: 10_000, "shift-2:main": 1_200}


def test_a_sale_whose_drawer_left_the_shop_meanwhile_keeps_the_day_of_its_request() -> None:
    """That day was never ended, so its money belongs there."""
    bench = closed_in_doubt()
    elsewhere = replace(bench.settings, drawers={"other": DrawerSettings()})
    rules = Rules(elsewhere, OneLinePaper(), bench.rules.state)
    done = rules.run(Occurred(bench.mono, bench.mono, CERTAIN))
    told = only(done.events, SaleCompleted)
    assert (told.drawer_id, told.day_id) == (DRAWER, DAY)
    assert only(done.events, SaleSettled) == SaleSettled("s-1", "no_drawer", DRAWER, DAY)


def test_a_day_that_ends_while_cash_is_in_doubt_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: the same shop with a row that never holds the day."""
    never = with_rows(
        drawer_day.TABLE, lambda row: replace(row, when=lambda *_: False) if row.event is ClosingAdvanced else row
    )
    monkeypatch.setattr(drawer_day, "TABLE", never)
    bench = closed_in_doubt()
    bench.run(CERTAIN)
    with pytest.raises(Wrong, match="s-1 is in day 'shift-1:main' of 'main', and another one is open"):
        CashBook().read(bench.records)
