"""A till and a fiscal printer in processes of their own are killed in the middle of documents: what its memory says.

One kill of each always; the whole is behind `-m campaign`. The same check, run on what a careless pair leaves, fails.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from tests.support.datecs_kills import MARKETS, Shop, play, shop

ROUNDS = [(dialect, part) for dialect in MARKETS for part in (1, 2)]


def test_a_till_and_its_fiscal_printer_killed_in_the_middle_of_a_sale_make_it_once(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    with shop(tmp_path, chance.choice(list(MARKETS)), seed, speed=20) as found:
        found.killed("mixed" if chance.random() < 0.5 else "sale", "both")
        assert list(found.sins()) == []
        assert found.persons == 0
        found.wishes[0].end = "refused" if found.wishes[0].end == "made" else "made"
        assert list(found.sins()) != [], "a till that told it otherwise is not caught"


@pytest.mark.campaign
@pytest.mark.parametrize(("dialect", "part"), ROUNDS)
def test_kills_at_random_moments_lose_and_double_nothing(tmp_path: Path, seed: int, dialect: str, part: int) -> None:
    result = play(tmp_path, dialect, random.Random(f"{seed} {dialect} {part}").getrandbits(32), kills=18)
    sys.stderr.write(
        f"\n{dialect}: {result.documents} documents, kills {dict(result.kills)}, {result.persons} persons\n"
    )
    assert result.sins == []
    assert result.persons == 0


@pytest.mark.campaign
def test_a_device_whose_memory_is_thrown_away_when_it_is_killed_is_caught_by_the_same_check(
    tmp_path: Path, seed: int
) -> None:
    with shop(tmp_path, "bg", seed) as found:
        assert found.done(found.wish("sale")).end == "made"
        forgetful(found)
        assert any("is 0 times in the memory" in sin for sin in found.sins())


def forgetful(found: Shop) -> None:
    found.register.kill()
    (found.at.folder / "register.state").unlink()
    found.register.start()
