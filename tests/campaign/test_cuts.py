"""Every byte of a receipt x {controller, printer, both} x every make of printer. `make cuts`.

A cell is one make with one victim: about 800 cuts, 25 s on one core of a desktop processor, so all of this file takes
about half an hour of one core. `make cuts ARGS="-k 'two-way USB'"` plays single cells.
"""

from __future__ import annotations

import random
import sys

import pytest

from tests.support.cuts import Case, campaign, length
from tests.support.escpos_cuts import MAKES, VICTIMS, Make, cases, play, table
from tests.support.world import Victim

CELLS = [(make, victim) for make in MAKES for victim in make.victims]

pytestmark = pytest.mark.campaign


@pytest.mark.parametrize(("make", "victim"), CELLS, ids=[f"{make.title}-{victim}" for make, victim in CELLS])
def test_no_cut_at_any_byte_on_any_make_loses_doubles_or_misjudges_a_receipt(make: Make, victim: Victim) -> None:
    row = play(make, (case for case in cases(make, 1, random.Random(0)) if case.victim == victim))
    # to stderr: workers of pytest-xdist have no stdout of their own
    print(f"{victim:10s} {table([row])[-1]}", *row.sinners[:20], sep="\n", file=sys.stderr)  # noqa: T201 - the result
    assert row.cases == length(make.personality) + 1
    assert row.sinners == []
    assert (row.wrong, row.lost, row.second, row.unmarked) == (0, 0, 0, 0)
    if make.proves:
        assert row.alone >= 0.99


@pytest.mark.parametrize("victim", VICTIMS)
def test_every_byte_of_the_first_receipt_after_the_start(victim: Victim) -> None:
    played = [Case("epson", victim, byte=byte, cold=True) for byte in range(length("epson", cold=True) + 1)]
    assert campaign(played, f"epson, cold, {victim}").sinners == []


@pytest.mark.parametrize("personality", ["epson", "epson_runs_ahead", "no_process_id", "odometer_lags"])
def test_two_cuts_in_a_row(personality: str, seed: int) -> None:
    chance = random.Random(seed)
    size = length(personality)
    played = [
        Case(
            personality,
            chance.choice(("controller", "both")),
            byte=chance.randrange(size),
            twice=chance.randrange(1100),
            second=chance.choice(VICTIMS),
        )
        for _ in range(1000)
    ]
    assert campaign(played, f"{personality}, cut twice").sinners == []
