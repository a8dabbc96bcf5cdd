"""Till and printer are killed at any moment, behind a terminal and in the network: nothing is lost, nothing doubled.

What counts is the paper of the printer's process, which outlives its kills.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from drivers.printers.escpos.simulated.personality import PERSONALITIES
from tests.blackbox.device_kills import DEVICE_MOMENTS, found, killable24, kills
from tests.blackbox.kills import Counter24, Findings, table
from tests.support.printer_process import Wiring

#: Not the mute one, which never answers, nor the one with other code pages.
MAKES = sorted(set(PERSONALITIES) - {"mute", "cjk"})


def killed_at(counter: Counter24, moments: list[str]) -> Findings:
    for moment in moments:
        counter.killed(moment)
    findings = found(counter)
    killed = kills(counter)
    lines = [f"{killed['till']} kills of the till, {killed['printer']} of the printer", table(findings.outcomes)]
    sys.stderr.write("\n".join([*lines, *findings.sins, ""]))
    return findings


@pytest.mark.parametrize("wiring", ["pty", "tcp"])
def test_a_till_and_its_printer_are_killed_and_the_sale_stands_on_one_paper(
    tmp_path: Path, wiring: Wiring, seed: int
) -> None:
    moments = ["printer: while lines are printed", "both: while lines are printed"]
    with killable24(tmp_path, seed, wiring, "epson") as counter:
        assert killed_at(counter, moments).sins == ()
        assert {wish.end for wish in counter.wishes} == {"sold"}
        assert kills(counter) == {"till": 1, "printer": 2}


@pytest.mark.campaign
@pytest.mark.parametrize("wiring", ["pty", "tcp"])
@pytest.mark.parametrize("personality", MAKES)
def test_kills_of_both_ends_lose_and_double_nothing(
    tmp_path: Path, personality: str, wiring: Wiring, seed: int
) -> None:
    moments = [*DEVICE_MOMENTS]
    random.Random(seed).shuffle(moments)
    with killable24(tmp_path, seed, wiring, personality) as counter:
        assert killed_at(counter, moments).sins == ()
        assert {wish.end for wish in counter.wishes} <= {"sold", "refused"}
        assert kills(counter).total() >= 8
