"""The till is killed at any moment of a sale, a return, cash in or a closing at a register of the network."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from tests.support.lan_desk import VENDORS, Vendor
from tests.support.lan_kills import Findings, Victim, What, moments, table, victim

ROUNDS = range(14)
KILLS = 8  # in each round, at least


def killed_at(till: Victim, pairs: list[tuple[What, str]]) -> Findings:
    """Be killed at these moments; what the register's books say then."""
    for what, moment in pairs:
        till.killed(what, moment)
    findings = till.judge()
    told = [f"{till.desk.vendor}: {till.kills} kills, {len(findings.sins)} sins", table(findings.outcomes)]
    sys.stdout.write("\n".join([*told, *findings.sins, ""]))
    return findings


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_till_that_is_killed_loses_and_doubles_nothing_at_its_register(
    tmp_path: Path, seed: int, vendor: Vendor
) -> None:
    chance = random.Random(f"{seed} {vendor}")
    with victim(tmp_path, vendor, chance.getrandbits(32)) as till:
        assert (
            killed_at(
                till, [("sale", "on its way"), (chance.choice(("return", "deposit", "close")), "answer lost")]
            ).sins
            == ()
        )
        assert till.kills == 2


@pytest.mark.campaign
@pytest.mark.parametrize("round_", ROUNDS)
@pytest.mark.parametrize("vendor", VENDORS)
def test_kills_at_random_moments_lose_and_double_nothing_at_the_register(
    tmp_path: Path, seed: int, vendor: Vendor, round_: int
) -> None:
    chance = random.Random(f"{seed} {vendor} {round_}")
    with victim(tmp_path, vendor, chance.getrandbits(32)) as till:
        assert killed_at(till, moments(chance, KILLS)).sins == ()
        assert till.kills >= KILLS


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("fault", ["double-send", "drop-record"])
def test_control_a_till_that_is_wrong_about_its_register_is_caught_by_the_same_books(
    tmp_path: Path, seed: int, vendor: Vendor, fault: str
) -> None:
    """ECR takes the same number at the same second for a repetition, and prints the document once more."""
    sin = "is not there" if fault == "drop-record" else "2 times"
    with victim(tmp_path, vendor, seed, fault=fault) as till:
        for _ in range(5):
            till.ask(till.wish("sale"))
        assert any(sin in one for one in till.judge().sins)
