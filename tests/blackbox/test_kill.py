"""The till is killed at any moment, started and asked again: nothing acknowledged is lost, nothing is doubled."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from drivers.printers.escpos.simulated.personality import PERSONALITIES
from tests.blackbox.kills import MOMENTS, Counter24, Findings, counter24, judge, table
from tests.support.processes import SCRIPT, command, running, sale

#: Each kind of printer three times; not the mute one, which never answers, nor the one with other code pages.
ROUNDS = list(enumerate(sorted(set(PERSONALITIES) - {"mute", "cjk"}) * 3))


def killed_at(counter: Counter24, moments: list[str]) -> Findings:
    """Sell and be killed at these moments, with quiet sales between; what the paper says then."""
    for moment in moments:
        counter.killed(moment)
        if counter.chance.random() < 0.3:
            counter.ask(counter.wish())
    findings = judge(counter.place, counter.wishes)
    sys.stdout.write("\n".join([f"{counter.kills} kills", table(findings.outcomes), *findings.sins, ""]))
    return findings


def test_a_till_killed_at_every_moment_of_a_sale_loses_and_doubles_nothing(tmp_path: Path, seed: int) -> None:
    moments = list(MOMENTS)
    random.Random(seed).shuffle(moments)
    with counter24(tmp_path, seed) as counter:
        assert killed_at(counter, moments).sins == ()
        assert counter.kills >= len(moments)
        assert {wish.end for wish in counter.wishes} <= {"sold", "refused"}


@pytest.mark.campaign
@pytest.mark.parametrize(("round_", "personality"), ROUNDS)
def test_kills_at_random_moments_lose_and_double_nothing(
    tmp_path: Path, seed: int, round_: int, personality: str
) -> None:
    chance = random.Random(f"{seed} {round_}")
    with counter24(tmp_path, chance.getrandbits(32), personality=personality) as counter:
        moments = [*MOMENTS, "while lines are printed", "while it recovers"]
        chance.shuffle(moments)
        assert killed_at(counter, moments).sins == ()
        assert counter.kills >= 8


def test_a_till_that_sends_twice_is_caught_by_the_same_check(tmp_path: Path, seed: int) -> None:
    with counter24(tmp_path, seed, fault="double-send") as counter:
        for _ in range(5):
            counter.ask(counter.wish())
        assert any("unmarked originals" in sin for sin in judge(counter.place, counter.wishes).sins)


def test_a_till_that_drops_an_order_is_caught_by_the_same_check(tmp_path: Path, seed: int) -> None:
    with counter24(tmp_path, seed, fault="drop-record") as counter:
        for _ in range(5):
            counter.ask(counter.wish())
        assert any("is on no paper" in sin for sin in judge(counter.place, counter.wishes).sins)


def throw_away(journal: Path) -> None:
    for file in journal.parent.glob(f"{journal.name}*"):
        file.unlink()


def test_a_till_whose_journal_is_thrown_away_at_each_restart_is_caught_by_the_same_check(
    tmp_path: Path, seed: int
) -> None:
    with counter24(tmp_path, seed, forget=throw_away) as counter:
        counter.killed("after the last line")
        assert any("unmarked originals" in sin for sin in judge(counter.place, counter.wishes).sins)


def test_the_installed_command_is_killed_and_remembers_its_sale(tmp_path: Path) -> None:
    with counter24(tmp_path, 1) as counter:
        place = counter.place
        place.till.stop()
        body = sale("by-the-script")
        for status in (201, 200):
            with running(SCRIPT, "run", "--config", place.at.config, errors=tmp_path / "script.log") as script:
                place.till.address = script.ready["listen"]
                place.printer_is("ready")
                answer = place.post("/v1/sales", body, status)
                script.process.kill()
                script.process.wait(timeout=10)
        assert place.paper_of("sale", answer["number"]) == (1, 0)
        assert command("journal", "verify", place.at.journal).code == 0
