"""The recovery table, row by row, on the side of the rules; `python -m tests.support.recovery_table` prints it.

Rows of the fiscal device and of the journal; the others are in test_recovery_printer and test_recovery_cloud.
Where a driver decides (3, 4, 6, 8 and the receipt printer's 11 to 15 and 19) the rules run against a stub's memory:
what is asked, what is sent again, and what becomes of sale and cash. The receipt printer's own side is shown by
tests/drivers/printers/escpos/test_driver_ask.py and test_evidence.py, on bytes by tests/firmware_bridge/test_cuts.py;
a fiscal printer's side belongs beside its driver in tests/drivers.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware_bridge.core import TillCore
from statemachines.vocabulary.commands import ResolveDoubt, Sell
from statemachines.vocabulary.effects import Ask, Fiscalise
from statemachines.vocabulary.events import (
    FiscalisationDoubtful,
    ReceiptFiscalised,
    SaleCompleted,
    SaleRefused,
    SaleRequested,
)
from tests.support.counting_fiscalisers import HardwarePrinter, OpenReceipt
from tests.support.cut_sale import NAME, comes_back, cut, interrupted, kinds, sold_once, two_lines
from tests.support.fiscal_till import KEPT, UNCOMMITTED, FiscalTill, Victim
from tests.support.recovery_table import ROWS, rows_of_tests, table
from tests.support.rules import CASHIER, NOON, OneLinePaper, only, sale, shop


def test_row_1_nothing_was_sent_and_the_caller_repeats() -> None:
    till = cut(HardwarePrinter(), UNCOMMITTED)
    assert till.about(NAME, SaleRequested) == []
    assert till.fiscaliser.books.of(NAME) == []
    till.do(Sell(NAME, CASHIER, sale(NAME)))
    assert sold_once(till)


def test_row_2_what_was_only_committed_is_sent_from_the_start_after_a_question() -> None:
    till = cut(HardwarePrinter(), KEPT)
    assert kinds(till.served) == ["Ask(Fiscalise)", "Fiscalise"]
    assert sold_once(till)


def test_row_3_an_open_receipt_that_is_ours_is_continued() -> None:
    device = HardwarePrinter()
    till = cut(device, "item", receipt=two_lines())
    assert kinds(till.served) == ["Fiscalise", "Ask(Fiscalise)", "Fiscalise"]
    assert (device.books.voided, device.open) == (0, None)
    assert sold_once(till)


def test_row_3_an_open_receipt_with_other_items_is_voided_and_ours_is_sent_anew() -> None:
    device = HardwarePrinter()
    till, _ = interrupted(device, "opened", two_lines())
    device.open = OpenReceipt("sale", [999])
    comes_back(till)
    assert kinds(till.served) == ["Ask(Fiscalise)", "Fiscalise"]
    assert device.books.voided == 1
    assert sold_once(till)


def test_row_4_what_was_paid_is_only_closed() -> None:
    device = HardwarePrinter()
    till = cut(device, "paid", receipt=two_lines())
    assert kinds(till.served) == ["Fiscalise", "Ask(Fiscalise)"]
    assert (device.books.voided, device.pulses, till.printer.pulses) == (0, 1, 0)
    assert sold_once(till)


@pytest.mark.parametrize("victim", ["controller", "line", "both"])
def test_row_5_a_close_without_answer_is_confirmed_with_its_number_and_never_sent_again(victim: Victim) -> None:
    till = cut(HardwarePrinter(), "closed", victim)
    assert kinds(till.served).count("Fiscalise") == 1
    found = only(till.about(NAME, ReceiptFiscalised), ReceiptFiscalised)
    assert found.stamp.document_no == "2"  # the opening was the first
    assert sold_once(till)


@pytest.mark.parametrize(("refilled", "printed"), [(True, "yes"), (False, "no")])
def test_row_6_what_is_fiscal_without_paper_is_never_cancelled(*, refilled: bool, printed: str) -> None:
    device = HardwarePrinter()
    device.paper = False
    till, _ = interrupted(device, "closed")
    device.paper = refilled
    comes_back(till)
    assert only(till.about(NAME, ReceiptFiscalised), ReceiptFiscalised).printed == printed
    assert device.books.voided == 0
    assert kinds(till.served) == ["Ask(Fiscalise)"]
    assert sold_once(till)


def test_row_7_a_foreign_document_leaves_the_question_to_a_person() -> None:
    device = HardwarePrinter()
    till, _ = interrupted(device, "opened")
    device.open = None
    device.somebody_else("sale", 777)
    comes_back(till)
    document = till.bench.document(NAME)
    assert (document.state, document.person_needed) == ("fiscal_doubt", True)
    assert kinds(till.served) == ["Ask(Fiscalise)"]
    assert till.bench.later(3_600_000).effects == []
    assert till.bench.refused(Sell("s-2", CASHIER, sale("s-2"))).code == "fiscal-doubt"
    till.do(ResolveDoubt("d-1", CASHIER, NAME, "not_fiscalised", "the device's journal has 7.77 only"))
    assert till.about(NAME, SaleRefused)
    assert till.bench.rules.state.shift.expected_cash == 10_000


@pytest.mark.parametrize("unique_numbers", [True, False])
def test_row_8_among_several_documents_only_a_number_of_our_own_finds_ours(*, unique_numbers: bool) -> None:
    device = HardwarePrinter(unique_numbers=unique_numbers)
    till, _ = interrupted(device, "closed")
    device.somebody_else("z", 0)
    device.somebody_else("sale", 1250)
    comes_back(till)
    if unique_numbers:
        assert len(till.about(NAME, SaleCompleted)) == 1
        assert len(device.books.of(NAME)) == 1
    else:
        assert till.bench.document(NAME).person_needed
    assert kinds(till.served) == ["Ask(Fiscalise)"]


def test_row_9_another_device_is_told_nothing_about_the_old_ones_document() -> None:
    device = HardwarePrinter()
    till, _ = interrupted(device, "item", two_lines())
    device.exchanged("SN-2")
    device.open = None
    comes_back(till)
    assert till.bench.document(NAME).person_needed
    assert kinds(till.served) == ["Ask(Fiscalise)"]
    till.do(ResolveDoubt("d-1", CASHIER, NAME, "abandoned", "the old device is at the workshop"))
    till.do(Sell("s-2", CASHIER, sale("s-2")))
    assert till.about("s-2", SaleCompleted)
    assert till.about(NAME, SaleCompleted, SaleRefused) == []


def test_row_10_a_silent_device_keeps_the_doubt_and_is_asked_until_it_answers() -> None:
    device = HardwarePrinter()
    till, order = interrupted(device, "closed")
    bench = till.bench
    assert bench.restart().effects == [Ask(order)]
    asked: list[int] = []
    for _ in range(5):
        bench.run(FiscalisationDoubtful(NAME, "no answer"))
        before = bench.mono
        while not (found := bench.later(500).effects):
            assert bench.mono - before < 60_000
        assert found == [Ask(order)]
        asked.append(bench.mono - before)
    assert asked == [5_000, 10_000, 30_000, 30_000, 30_000]
    assert bench.document(NAME).state == "fiscal_doubt"
    assert bench.refused(Sell("s-2", CASHIER, sale("s-2"))).code == "in-doubt"
    device.restarted("1")
    till.orders = [Ask(order)]
    till.settle()
    assert sold_once(till)


class StoppedClock:
    """Implements `TillClock`."""

    def monotonic(self) -> float:
        return 5_000.0

    def utc_ms(self) -> int:
        return NOON


def test_row_18_what_cannot_be_committed_reaches_no_device() -> None:
    """The journal refuses the batch; its orders go with it, and the till comes back from what is stored.

    That a full disk refuses the sale and raises the alarm is shown in tests/firmware_bridge/test_till.py.
    """
    device = HardwarePrinter()
    core = TillCore(shop(traits=device.traits), OneLinePaper(), StoppedClock(), "UAH")
    bench = FiscalTill(device).bench
    for record in bench.records:
        core.rules.replay(record)
    assert core.accept(Sell(NAME, CASHIER, sale(NAME)), bytes(32)) is None
    lost = core.cut()
    assert [type(effect) for effect in lost.effects] == [Fiscalise]
    assert core.cut().effects == []  # they leave with their own batch, or never
    assert device.books.of(NAME) == []
    till = FiscalTill(device, shift=False)
    till.bench.records = bench.records
    till.orders = till.bench.restart().effects
    assert till.orders == []
    assert NAME not in till.bench.rules.state.documents


# --- the table itself -------------------------------------------------------------------------------------------------


def test_no_row_of_the_table_is_without_a_test_and_no_test_without_a_row() -> None:
    found = rows_of_tests()
    assert list(found) == list(ROWS)
    assert [row for row, tests in found.items() if not tests] == []
    assert all(line.strip() for line in table().splitlines())


def test_a_row_without_a_test_is_seen(tmp_path: Path) -> None:
    tests = tmp_path / "tests"
    tests.mkdir()
    (tests / "test_one.py").write_text("def test_row_5_it_is_confirmed():\n    pass\n", encoding="utf-8")
    found = rows_of_tests(tests)
    assert found["5"] == ["tests/test_one.py::test_row_5_it_is_confirmed"]
    assert found["16a"] == []
