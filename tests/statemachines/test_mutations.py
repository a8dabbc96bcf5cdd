"""Rules that are broken on purpose are caught by the soak; whole rules pass the very same tills."""

from __future__ import annotations

import re

import pytest

from tests.support.mutations import MUTATIONS, Mutation, catch, tills


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: str(mutation.name))
def test_a_breakage_is_caught_and_the_whole_rules_pass_the_same_till(mutation: Mutation, seed: int) -> None:
    found = catch(mutation, seed, limit=400_000)
    assert found is not None, "not caught"
    assert re.search(mutation.says, found.message), found.message
    assert tills(seed, [found.till], mutation.kinds, limit=1) is None


def test_there_are_ten_mutations_and_more_each_under_its_own_name() -> None:
    assert len({mutation.name for mutation in MUTATIONS}) == len(MUTATIONS) >= 10
