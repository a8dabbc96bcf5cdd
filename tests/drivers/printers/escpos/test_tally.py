"""What the driver counts is what came out of the printer: lines, letters, codes, cuts; a lost job counts nothing."""

from __future__ import annotations

import pytest

from drivers.printers.escpos.means import Knife
from drivers.printers.escpos.simulated.paper import PrintedLine
from drivers.printers.tally import Amounts
from statemachines.vocabulary.events import PrintDoubtful, ReceiptPrinted
from tests.drivers.printers.escpos.rig import Rig, connected, job, settings


def test_counts_are_those_of_the_paper() -> None:
    rig = Rig()
    till = connected(rig)
    cuts = rig.printer.cuts
    for job_id in ("AB01", "AB02"):
        assert isinstance(till.print(job(job_id)), ReceiptPrinted)
    printed = [mark for piece in rig.printer.pieces for mark in piece.printed]
    texts = [mark.text for mark in printed if isinstance(mark, PrintedLine) and mark.text]
    found = till.tally.sum
    assert found.lines == len(texts)
    assert found.characters == sum(len(text) for text in texts)
    assert found.cuts == rig.printer.cuts - cuts == 2
    assert found.barcodes == 2
    assert found.feeds >= found.lines


def test_job_that_is_not_known_to_be_complete_is_not_counted() -> None:
    rig = Rig()
    till = connected(rig)
    rig.port.cut_after(120, then=rig.printer.power_off)
    assert isinstance(till.print(job("AB01")), PrintDoubtful)
    assert till.tally.sum == Amounts()


@pytest.mark.parametrize(("cut", "cuts"), [("none", 0), ("full", 1)])
def test_printer_without_a_knife_cuts_nothing(cut: str, cuts: int) -> None:
    rig = Rig(settings=settings(knife=Knife(cut=cut)))  # type: ignore[arg-type]  # both are such
    till = connected(rig)
    assert isinstance(till.print(job("AB01")), ReceiptPrinted)
    assert till.tally.sum.cuts == cuts
