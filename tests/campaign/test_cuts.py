"""Every byte of a receipt x {controller, printer, both} x every kind of printer. `make cuts`."""

from __future__ import annotations

import random

import pytest

from drivers.printers.escpos.simulated.personality import PERSONALITIES
from tests.support.cuts import Case, campaign, length
from tests.support.world import Victim

VICTIMS: tuple[Victim, ...] = ("controller", "printer", "both")
TELLING = ("epson", "epson_runs_ahead", "no_process_id", "odometer_lags", "asb_default_on", "initialize_ends_asb")

pytestmark = pytest.mark.campaign


@pytest.mark.parametrize("victim", VICTIMS)
@pytest.mark.parametrize("personality", sorted(set(PERSONALITIES) - {"mute"}))
def test_every_byte(personality: str, victim: Victim) -> None:
    cases = [Case(personality, victim, byte=byte) for byte in range(length(personality) + 1)]
    tally = campaign(cases, f"{personality}, {victim}")
    assert tally.sinners == []
    if personality in TELLING:
        assert tally.resolved >= 0.99


@pytest.mark.parametrize("victim", VICTIMS)
def test_every_byte_of_the_first_receipt_after_the_start(victim: Victim) -> None:
    cases = [Case("epson", victim, byte=byte, cold=True) for byte in range(length("epson", cold=True) + 1)]
    assert campaign(cases, f"epson, cold, {victim}").sinners == []


@pytest.mark.parametrize("personality", ["epson", "epson_runs_ahead", "no_process_id", "odometer_lags"])
def test_two_cuts_in_a_row(personality: str, seed: int) -> None:
    chance = random.Random(seed)
    size = length(personality)
    cases = [
        Case(
            personality,
            chance.choice(("controller", "both")),
            byte=chance.randrange(size),
            twice=chance.randrange(1100),
            second=chance.choice(VICTIMS),
        )
        for _ in range(1000)
    ]
    assert campaign(cases, f"{personality}, cut twice").sinners == []
