"""The plug is pulled at places that matter; at every byte, on every make of printer, it is pulled by `make cuts`.

A slice of that is tests/drivers/printers/escpos/test_cut_table.py. Every claim has its control: the same check must
catch a till that journals no intention and one that sends again without asking.
"""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from drivers.printers.base import ReceiptPrinter
from firmware_bridge.core import Batch
from firmware_bridge.simulation import Through
from statemachines.vocabulary.effects import Print
from statemachines.vocabulary.events import Event, PrintFoundMissing
from tests.support.cuts import Case, Tally, length, run


def test_an_interrupted_original_of_a_printer_that_kept_its_power_is_sent_again_unmarked() -> None:
    verdict = run(Case("epson", "controller", byte=400))
    assert (verdict.originals, verdict.copies, verdict.state) == (1, 0, "paper_out")


def test_after_a_loss_of_power_odometers_alone_permit_only_a_marked_copy() -> None:
    verdict = run(Case("epson", "both", byte=400))
    assert (verdict.originals, verdict.copies, verdict.state) == (0, 1, "paper_out")


def test_a_printer_without_evidence_leaves_the_question_to_a_person() -> None:
    verdict = run(Case("barrier_only", "controller", byte=400))
    assert verdict.person
    assert verdict.originals + verdict.copies == 0


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("commit", [1, 2, 3])
def test_a_cut_at_any_commit_loses_and_doubles_nothing(commit: int, before: bool) -> None:
    verdict = run(Case("epson", "controller", commit=commit, before=before))
    assert verdict.sins == ()


def test_a_sale_cut_before_its_first_commit_did_not_happen() -> None:
    verdict = run(Case("epson", "controller", commit=1, before=True))
    assert (verdict.state, verdict.originals, verdict.copies) == ("unknown", 0, 0)


@pytest.mark.parametrize("again", [0, 3, 20, 77, 150, 300, 600])
def test_a_second_cut_during_recovery_loses_and_doubles_nothing(again: int) -> None:
    verdict = run(Case("epson", "controller", byte=400, twice=again))
    assert verdict.sins == ()


def test_a_fragment_that_a_cut_job_was_to_void_is_voided_by_the_next_one(seed: int) -> None:
    """The END line is out, the cut is not; the job that declares this void is cut before it begins."""
    size = length("epson")
    tally = Tally()
    for byte in random.Random(seed).sample(range(size - 70, size - 40), 10):
        for again in (100, 147):
            case = Case("epson", "controller", byte=byte, twice=again)
            tally.add(case, run(case))
    assert tally.sinners == []


def _without_intentions(batch: Batch) -> Batch:
    return replace(batch, entries=[entry for entry in batch.entries if not isinstance(entry.record, Print)])


class _NeverAsks(Through):
    """A driver that takes silence for "not printed"."""

    def ask(self, intention: Print, end_sent: bool | None) -> Event:
        super().ask(intention, end_sent)
        return PrintFoundMissing(intention.document_id, intention.job_id, proven=True, fragment=False, evidence="none")


def test_control_a_till_without_intentions_is_caught() -> None:
    tally = Tally()
    for byte in range(100, 700, 100):
        case = Case("epson", "controller", byte=byte)
        tally.add(case, run(case, break_batch=_without_intentions))
    assert len(tally.sinners) == tally.cases


def test_control_a_till_that_sends_again_without_asking_is_caught() -> None:
    def broken(printer: ReceiptPrinter) -> ReceiptPrinter:
        return _NeverAsks(printer)

    size = length("epson")
    cases = [Case("epson", "controller", byte=byte) for byte in range(size - 60, size + 1, 4)]
    tally = Tally()
    for case in cases:
        tally.add(case, run(case, break_printer=broken))
    assert any("2 unmarked originals" in sinner for sinner in tally.sinners)
