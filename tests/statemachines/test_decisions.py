"""What the till takes, what it refuses, and what a shift adds up."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from statemachines.vocabulary.commands import (
    CloseShift,
    Command,
    MoveCash,
    OpenDrawer,
    OpenShift,
    PrintCopy,
    ResolveDoubt,
    ReturnedBefore,
    Sell,
    TakeXReport,
)
from statemachines.vocabulary.effects import Print
from statemachines.vocabulary.events import (
    FiscalisationDoubtful,
    PrintDoubtful,
    PrinterCoverOpen,
    PrinterEvent,
    PrinterFault,
    PrinterPaperEnd,
    PrinterReady,
    PrinterSilent,
    PrintRefused,
    PrintUnresolved,
    ReceiptPrinted,
    ReportRequested,
    ReportTaken,
    SaleRequested,
    ShiftClosed,
    ShiftOpened,
)
from statemachines.vocabulary.receipt import (
    CashMove,
    Original,
    OriginalLine,
    PaymentTotal,
    Receipt,
    ShiftTotals,
    TaxAmount,
    Turnover,
)
from tests.support.rules import (
    CASHIER,
    CLOUD,
    REGISTER,
    Bench,
    cash_move,
    names,
    only,
    replayed,
    sale,
    shop,
    taken_back,
)


def sell(receipt: Receipt) -> Sell:
    return Sell(receipt.document_id, CASHIER, receipt)


def give_back(receipt: Receipt, original: Receipt | None, **more: object) -> Sell:
    return replace(Sell(receipt.document_id, CASHIER, receipt, original=original), **more)  # type: ignore[arg-type]  # fields by name


def through(bench: Bench, command: Command) -> None:
    """Do it and print it."""
    job = only(bench.do(command).effects, Print)
    bench.run(ReceiptPrinted(job.document_id, job.job_id, "process_id"))


def tax(base: int) -> TaxAmount:
    return TaxAmount("a", "A", "VAT", 2000, base, base // 6)


# --- the shift --------------------------------------------------------------------------------------------------


def test_a_shift_adds_up_sales_returns_and_cash_moves() -> None:
    bench = Bench()
    original = sale("s-1", cash=6000, card=600)
    through(bench, sell(original))
    through(bench, sell(sale("s-2", cash=1200, given=2000)))
    through(bench, give_back(taken_back("r-1", "s-1", cash=1980, quantity=300), original))
    through(bench, MoveCash("m-1", CASHIER, cash_move("m-1", "in", 500)))
    through(bench, MoveCash("m-2", CASHIER, cash_move("m-2", "out", 2000)))
    expected = ShiftTotals(
        sales=Turnover(2, 7800, 0, (PaymentTotal("cash", 7200), PaymentTotal("card", 600)), (tax(7800),)),
        returns=Turnover(1, 1980, 0, (PaymentTotal("cash", 1980),), (tax(1980),)),
        float_amount=10_000,
        cash_in=500,
        cash_out=2000,
        expected_cash=10_000 + 7200 - 1980 + 500 - 2000,
        last_number="000003",
    )
    done = bench.do(CloseShift("z-1", CASHIER, "en"))
    closed = only(done.events, ShiftClosed)
    assert closed == ShiftClosed("shift-1", 1, expected, "z-1", "7:abc")
    report = only(done.events, ReportRequested).report
    assert (report.totals, report.shift_id) == (expected, "shift-1")
    assert only(done.effects, Print).document_id == "z-1"
    assert only(bench.do(OpenShift("shift-2", CASHIER, 700)).events, ShiftOpened).number == 2
    assert bench.rules.state.shift.totals == ShiftTotals(Turnover(), Turnover(), 700, 0, 0, 700, "")


def test_a_sale_that_was_refused_is_not_in_the_totals() -> None:
    bench = Bench()
    job = bench.sell()
    bench.run(PrintRefused("s-1", job.job_id, "no paper"))
    assert bench.rules.state.shift.totals.sales.count == 0
    assert bench.rules.state.shift.expected_cash == 10_000


def test_a_shift_can_be_closed_while_the_printer_is_dead() -> None:
    bench = Bench()
    bench.run(PrinterSilent("unplugged"))
    assert names(bench.do(CloseShift("z-1", CASHIER, "en"))) == [
        "CloseRequested",
        "ClosingAdvanced",
        "ClosingAdvanced",
        "ClosingAdvanced",
        "ReportRequested",
        "ShiftClosed",
        "ClosingAdvanced",
        "DrawerDayClosed",
        "ClosingAdvanced",
        "ClosingFinished",
    ]


def test_the_report_names_what_is_in_doubt() -> None:
    bench = Bench()
    job = bench.sell()
    bench.run(PrintDoubtful("s-1", job.job_id, "no answer"))
    bench.run(PrintUnresolved("s-1", job.job_id, "it cannot tell", person_needed=True))
    report = only(bench.do(CloseShift("z-1", CASHIER, "en")).events, ReportRequested).report
    assert report.doubts == ("000001: it cannot tell",)
    assert (report.kind, report.number, report.anchor, report.currency) == ("shift_report", "1", "7:abc", "UAH")


def test_numbers_run_on_over_shifts_and_reports_have_their_own() -> None:
    bench = Bench()
    through(bench, sell(sale("s-1")))
    through(bench, TakeXReport("x-1", CASHIER, "en"))
    through(bench, CloseShift("z-1", CASHIER, "en"))
    bench.do(OpenShift("shift-2", CASHIER, 0))
    requested = only(bench.do(sell(sale("s-2"))).events, SaleRequested)
    assert requested.receipt.number == "000002"
    assert bench.rules.state.next_report == 3


def test_job_names_begin_again_after_a_million_and_replay_to_the_same() -> None:
    bench = Bench()
    bench.rules.state.next_job = 32**4 - 1
    first = len(bench.records)
    assert bench.sell().job_id == "ZZZZ"
    bench.run(ReceiptPrinted("s-1", "ZZZZ", "process_id"))
    assert bench.sell(sale("s-2")).job_id == "0000"
    assert bench.rules.state.next_job == 1
    again = replayed(bench.records[:first], bench.settings)
    again.state.next_job = 32**4 - 1
    for record in bench.records[first : first + 5]:
        again.replay(record)
    assert again.state.next_job == 0


# --- refusals ---------------------------------------------------------------------------------------------------


def test_no_sale_without_an_open_shift() -> None:
    bench = Bench(shift=False)
    assert bench.refused(sell(sale())).code == "shift-closed"
    assert bench.refused(MoveCash("m-1", CASHIER, cash_move())).code == "shift-closed"
    assert bench.refused(TakeXReport("x-1", CASHIER, "en")).code == "shift-closed"
    assert bench.refused(CloseShift("z-1", CASHIER, "en")).code == "shift-closed"


def test_a_second_shift_is_refused() -> None:
    assert Bench().refused(OpenShift("shift-2", CASHIER, 0)).code == "shift-open"


@pytest.mark.parametrize(
    ("event", "word"),
    [
        (PrinterPaperEnd(), "load a new roll"),
        (PrinterCoverOpen(), "close it"),
        (PrinterFault("cutter jam", recoverable=False), "cutter jam"),
        (PrinterSilent("no cable"), "no cable"),
    ],
)
def test_no_sale_on_a_printer_that_cannot_print(event: PrinterEvent, word: str) -> None:
    bench = Bench()
    bench.run(event)
    for command in (sell(sale()), MoveCash("m-1", CASHIER, cash_move()), TakeXReport("x-1", CASHIER, "en")):
        refusal = bench.refused(command)
        assert refusal.code == "printer-not-ready"
        assert word in refusal.text
        assert re.fullmatch(r"[A-Z].*\.", refusal.text)
    bench.run(PrinterReady())
    bench.do(sell(sale()))


def test_a_printer_that_has_not_answered_yet_cannot_print() -> None:
    assert Bench(ready=False).refused(sell(sale())).code == "printer-not-ready"


def test_a_register_that_prints_needs_no_printer_of_ours() -> None:
    bench = Bench(shop(traits=REGISTER), ready=False)
    assert names(bench.do(sell(sale()))) == ["SaleRequested"]


@pytest.mark.parametrize("cloud", [False, True])
def test_one_document_at_a_time(*, cloud: bool) -> None:
    bench = Bench(shop(traits=CLOUD) if cloud else shop())
    bench.do(sell(sale()))
    for command in (
        sell(sale("s-2")),
        MoveCash("m-1", CASHIER, cash_move()),
        TakeXReport("x-1", CASHIER, "en"),
        CloseShift("z-1", CASHIER, "en"),
    ):
        assert bench.refused(command).code == "busy"


def test_nothing_new_while_the_till_asks_and_everything_while_a_person_must_look() -> None:
    bench = Bench()
    job = bench.sell()
    bench.run(PrintDoubtful("s-1", job.job_id, "no answer"))
    refusal = bench.refused(sell(sale("s-2")))
    assert refusal.code == "in-doubt"
    assert "000001 is in doubt (no answer)" in refusal.text
    bench.run(PrintUnresolved("s-1", job.job_id, "it cannot tell", person_needed=True))
    bench.do(sell(sale("s-2")))


def test_a_fiscal_doubt_blocks_the_closing_of_the_shift() -> None:
    bench = Bench(shop(traits=CLOUD))
    bench.do(sell(sale()))
    bench.run(FiscalisationDoubtful("s-1", "no answer"))
    assert bench.refused(CloseShift("z-1", CASHIER, "en")).code == "in-doubt"
    bench.run(FiscalisationDoubtful("s-1", "nobody knows it", person_needed=True))
    assert bench.refused(CloseShift("z-1", CASHIER, "en")).code == "drafts"


def test_nothing_new_while_a_copy_is_printed() -> None:
    bench = Bench()
    job = bench.sell()
    bench.run(ReceiptPrinted("s-1", job.job_id, "process_id"))
    copy = PrintCopy("c-1", CASHIER, "s-1", "lost", job.paper)
    bench.do(copy)
    assert bench.refused(sell(sale("s-2"))).code == "busy"
    assert bench.refused(replace(copy, command_id="c-2")).code == "busy"


@pytest.mark.parametrize(
    "command",
    [
        sell(sale(drawer="attic")),
        MoveCash("m-1", CASHIER, replace(cash_move(), drawer_id="attic")),
        OpenDrawer("o-1", CASHIER, "attic", "change"),
    ],
)
def test_an_unknown_drawer_is_refused(command: Command) -> None:
    refusal = Bench().refused(command)
    assert refusal.code == "unknown-drawer"
    assert "attic" in refusal.text


def test_no_doubt_to_resolve_is_refused() -> None:
    bench = Bench()
    resolve = ResolveDoubt("d-1", CASHIER, "s-1", "printed", "I looked")
    assert bench.refused(resolve).code == "no-doubt"
    bench.sell()
    assert bench.refused(resolve).text == "The document is being printed: wait until the printer is done."


@pytest.mark.parametrize("amount", [10_001, 1_000_000])
def test_no_more_cash_is_paid_out_than_the_books_hold(amount: int) -> None:
    bench = Bench()
    move: CashMove = cash_move("m-1", "out", amount)
    refusal = bench.refused(MoveCash("m-1", CASHIER, move))
    assert refusal.code == "not-enough-cash"
    assert "100.00" in refusal.text
    bench.do(MoveCash("m-1", CASHIER, replace(move, amount=10_000)))


def test_a_return_needs_the_cash_too() -> None:
    original = sale("s-0", cash=20_000)
    command = give_back(taken_back("r-1", "s-0", cash=10_001, quantity=500), original)
    assert Bench().refused(command).code == "not-enough-cash"


# --- returns ----------------------------------------------------------------------------------------------------

ORIGINAL = sale("s-0", cash=3000, quantity=3000)


def test_a_return_of_an_unknown_sale_is_refused() -> None:
    refusal = Bench().refused(give_back(taken_back("r-1", "s-0"), None))
    assert (refusal.code, refusal.field) == ("unknown-original", "original.id")


def test_a_return_of_another_tills_sale_is_taken_by_its_fiscal_number() -> None:
    original = Original(fiscal_number="4000", date="2026-09-30", lines=(OriginalLine("tea", 1000, 1250),), total=1250)
    receipt = replace(taken_back("r-1", ""), original=original)
    assert names(Bench().do(give_back(receipt, None)))[0] == "SaleRequested"


@pytest.mark.parametrize(
    ("quantity", "cash", "code", "returned", "total", "refusal"),
    [
        (3001, 3001, "tea", (), 0, ("more-than-sold", "lines[0].quantity")),
        (1000, 1000, "tea", (("tea", 2001),), 2001, ("more-than-sold", "lines[0].quantity")),
        (1000, 1000, "tea", (("tea", 1000), ("tea", 1001)), 2001, ("more-than-sold", "lines[0].quantity")),
        (1, 1, "milk", (), 0, ("not-sold", "lines[0].code")),
        (1000, 3001, "tea", (), 0, ("more-than-sold", "lines[0].price")),
        (1000, 1001, "tea", (("tea", 2000),), 2000, ("more-than-sold", "lines[0].price")),
    ],
)
def test_no_more_comes_back_than_was_sold(
    quantity: int, cash: int, code: str, returned: tuple[tuple[str, int], ...], total: int, refusal: tuple[str, str]
) -> None:
    receipt = taken_back("r-1", "s-0", cash=cash, quantity=quantity, code=code)
    command = give_back(receipt, ORIGINAL, returned=(ReturnedBefore("r-0", returned, total),) if returned else ())
    found = Bench().refused(command)
    assert (found.code, found.field) == refusal


def test_two_lines_of_one_article_are_counted_together() -> None:
    receipt = taken_back("r-1", "s-0", cash=1600, quantity=1600)
    receipt = replace(receipt, lines=receipt.lines * 2)
    refusal = Bench().refused(give_back(receipt, ORIGINAL))
    assert (refusal.code, refusal.field) == ("more-than-sold", "lines[1].quantity")


def test_the_last_of_it_may_come_back() -> None:
    receipt = taken_back("r-1", "s-0", cash=1000, quantity=1000)
    command = give_back(receipt, ORIGINAL, returned=(ReturnedBefore("r-0", (("tea", 2000),), 2000),))
    assert names(Bench().do(command))[0] == "SaleRequested"


def test_a_report_that_is_taken_leaves_nothing_behind() -> None:
    bench = Bench()
    through(bench, TakeXReport("x-1", CASHIER, "en"))
    assert not bench.rules.state.documents
    assert len([record for record in names_of(bench) if record == ReportTaken.__name__]) == 1


def names_of(bench: Bench) -> list[str]:
    return [type(getattr(record, "event", record)).__name__ for record in bench.records]
