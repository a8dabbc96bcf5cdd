"""The recovery table on the side of the rules: rows of the receipt printer (11 to 15, 19)."""

from __future__ import annotations

import pytest

from statemachines.vocabulary.commands import PrintCopy, ResolveDoubt
from statemachines.vocabulary.effects import Ask, Print
from statemachines.vocabulary.events import (
    PrintDoubtful,
    PrinterPaperEnd,
    PrinterReady,
    PrinterSilent,
    PrintFoundMissing,
    PrintUnresolved,
    ReceiptPrinted,
    SaleCompleted,
)
from tests.support.cut_sale import NAME, cut
from tests.support.fiscal_till import Victim
from tests.support.fiscalisers import NoFiscaliser
from tests.support.rules import CASHIER, Bench, every, names, only


@pytest.mark.parametrize("victim", ["controller", "line", "both"])
def test_row_11_an_interrupted_receipt_is_voided_and_sent_whole(victim: Victim) -> None:
    till = cut(NoFiscaliser(), "begun", victim)
    first, again = every(till.served, Print)
    assert (first.kick is not None, again.kick) == (True, None)
    assert (again.copy_no, again.void_fragment, again.paper) == (0, True, first.paper)
    assert (till.printer.originals(NAME), till.printer.pulses) == (1, 1)


@pytest.mark.parametrize("victim", ["controller", "line", "both"])
def test_row_12_a_receipt_whose_answer_was_lost_is_confirmed_and_not_sent_again(victim: Victim) -> None:
    till = cut(NoFiscaliser(), "whole", victim)
    assert len(every(till.served, Print)) == 1
    assert only(till.about(NAME, ReceiptPrinted), ReceiptPrinted).evidence == "odometer"
    assert (till.printer.originals(NAME), till.printer.pulses) == (1, 1)
    assert till.bench.rules.state.shift.expected_cash == 11_250


def test_row_13_after_both_lost_their_power_only_a_marked_copy_is_sent() -> None:
    """An odometer alone never permits an unmarked original: the printer's last count may not have been stored."""
    bench = Bench()
    job = bench.sell()
    bench.restart()
    missing = PrintFoundMissing(NAME, job.job_id, proven=False, fragment=True, evidence="its counters did not move")
    again = only(bench.run(missing).effects, Print)
    assert (again.copy_no, again.kick, again.void_fragment) == (1, None, True)


def test_row_14_a_printer_without_evidence_gets_one_copy_when_a_person_asks_for_it() -> None:
    bench = Bench()
    job = bench.sell()
    bench.restart()
    done = bench.run(PrintUnresolved(NAME, job.job_id, "it reports nothing", person_needed=True))
    assert done.effects == []
    assert only(done.events, SaleCompleted).cash_due == 1250
    assert bench.later(3_600_000).effects == []
    bench.do(ResolveDoubt("d-1", CASHIER, NAME, "not_printed", "no paper in the tray"))
    bench.run(PrinterReady())
    copy = only(bench.do(PrintCopy("c-1", CASHIER, NAME, "no paper", job.paper)).effects, Print)
    assert (copy.copy_no, copy.kick) == (1, None)


def test_row_15_paper_end_in_the_middle_is_waited_for_and_the_receipt_counted_once() -> None:
    bench = Bench()
    job = bench.sell()
    bench.run(PrinterPaperEnd())
    assert bench.run(PrintDoubtful(NAME, job.job_id, "paper end", end_sent=True)).effects == [Ask(job, end_sent=True)]
    bench.run(PrintUnresolved(NAME, job.job_id, "it waits for paper", person_needed=False))
    assert bench.later(600_000).effects == []
    assert bench.run(PrinterReady()).effects == [Ask(job, end_sent=True)]
    done = bench.run(ReceiptPrinted(NAME, job.job_id, "process_id", interrupted=True))
    assert only(done.events, SaleCompleted).cash_due == 1250
    assert every(done.effects, Print) == []


def test_row_19_a_printer_that_is_still_at_work_is_not_written_to() -> None:
    bench = Bench()
    job = bench.sell()
    bench.run(PrinterSilent("the till was restarted"))
    assert bench.restart().effects == [Ask(job, None)]
    bench.run(PrinterReady())
    assert bench.run(PrintUnresolved(NAME, job.job_id, "its counters still move", person_needed=False)).effects == []
    assert bench.later(60_000).effects == [Ask(job, None)]
    assert names(bench.run(ReceiptPrinted(NAME, job.job_id, "odometer")))[:2] == ["ReceiptPrinted", "SaleCompleted"]
