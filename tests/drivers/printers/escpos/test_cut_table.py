"""A slice of the table that `python -m tests.support.escpos_cuts` prints: the power cut on every make of printer."""

from __future__ import annotations

import random

import pytest

from drivers.printers.escpos.simulated.personality import PERSONALITIES
from firmware_bridge.simulation import Through
from statemachines.vocabulary.effects import Print
from statemachines.vocabulary.events import Event, PrintFoundMissing
from tests.support.escpos_cuts import MAKES, Make, cases, play, table

STEP = 199


def test_every_personality_of_the_simulator_has_a_row() -> None:
    assert {make.personality for make in MAKES} == set(PERSONALITIES)


@pytest.mark.parametrize("make", MAKES, ids=lambda make: str(make.title))
def test_no_cut_on_any_make_loses_doubles_or_misjudges_a_receipt(make: Make, seed: int) -> None:
    row = play(make, cases(make, STEP, random.Random(seed)))
    assert row.cases >= 3 * len(make.victims)
    assert row.sinners == []
    assert (row.wrong, row.lost, row.second, row.unmarked) == (0, 0, 0, 0)
    if make.proves:
        assert row.alone == 1.0


class _NeverAsks(Through):
    """A driver that takes silence for "not printed"."""

    def ask(self, intention: Print, end_sent: bool | None) -> Event:
        super().ask(intention, end_sent)
        return PrintFoundMissing(intention.document_id, intention.job_id, proven=True, fragment=False, evidence="none")


@pytest.mark.parametrize("title", ["Epson, two-way USB", "one-way USB", "clone without identification"])
def test_control_a_driver_that_never_asks_is_in_the_table(title: str, seed: int) -> None:
    """At the end of a job the receipt is out and its proof is not."""
    make = next(make for make in MAKES if make.title == title)
    row = play(make, cases(make, 4, random.Random(seed), last=40), break_printer=_NeverAsks)
    assert row.unmarked > 0
    assert f"| {row.unmarked} | {row.seconds:.0f} |" in table([row])[-1]
