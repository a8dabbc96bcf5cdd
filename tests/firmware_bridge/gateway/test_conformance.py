"""A till's journal, the lane, NewStore's adapter and client against the sandbox on a socket, whatever goes wrong.

Lost and doubled are counted in the vendor's own books. Every row has a control: the same day with a lane that is broken
in the way the row is about must be caught. `python -m tests.support.newstore_table` prints the table and runs more.
"""

from __future__ import annotations

import itertools

import pytest

from tests.support.newstore_rows import CARELESS, DOCUMENTS, FORGETFUL, ROWS, Row, at_random, killed_once, undisturbed
from tests.support.newstore_trouble import Breakage, When

SEED = 1
RANDOM_SEEDS = range(1000, 1012)


def named(row: Row) -> str:
    return row.name


@pytest.mark.parametrize("row", ROWS, ids=named)
def test_the_book_holds_every_fact_once_whatever_goes_wrong(row: Row) -> None:
    found = row.play(SEED)
    assert found.good, (found, found.told.notes)
    assert found.told.delivered == found.told.owed
    quiet = undisturbed(SEED, row.documents, row.days)
    assert found.requests > quiet or found.lives > 1 or found.tokens > 1, "nothing went wrong"
    assert row.person or not found.helped, "nobody should have been needed"


@pytest.mark.parametrize("row", ROWS, ids=named)
def test_control_a_lane_that_is_broken_there_is_caught_by_the_books(row: Row) -> None:
    found = row.play(SEED, row.control)
    assert not found.good, f"the lane that {row.control.name} was not caught: {found}"


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("part", range(4))
def test_a_restart_at_any_request_loses_and_doubles_nothing(when: When, part: int) -> None:
    """One request of each quarter of the day, others with each seed; all of them are in the table."""
    quarter = undisturbed(SEED, DOCUMENTS, 1) // 4
    number = quarter * part + 1 + (SEED * 7 + part * 3) % quarter
    found = killed_once(SEED, number, when)
    assert found.good, (number, found, found.told.notes)
    assert found.lives == 2


@pytest.mark.parametrize("seed", RANDOM_SEEDS)
def test_troubles_at_random_lose_and_double_nothing(seed: int) -> None:
    found = at_random(seed)
    assert found.good, f"python -m tests.support.newstore_table --random 1 --seed {seed}: {found}: {found.told.notes}"


@pytest.mark.parametrize("broken", [CARELESS, FORGETFUL], ids=lambda broken: str(broken.name))
def test_control_troubles_at_random_catch_a_broken_lane(broken: Breakage) -> None:
    caught = (seed for seed in RANDOM_SEEDS if not at_random(seed, broken).good)
    assert len(list(itertools.islice(caught, 2))) == 2
