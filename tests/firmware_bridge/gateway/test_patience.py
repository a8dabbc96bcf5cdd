"""How long a lane waits between two attempts."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.gateway.patience import Patience, PatienceSettings


class Always(random.Random):
    """Draws the end of every range that is asked for."""

    def uniform(self, a: float, b: float) -> float:
        assert a == 0.0
        return b


def test_the_ceiling_doubles_from_a_second_to_five_minutes_and_stays_there() -> None:
    patience = Patience(PatienceSettings(), Always())
    assert [patience.wait() for _ in range(12)] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    patience.reset()
    assert patience.wait() == 1


def test_a_person_is_waited_for_at_one_pace() -> None:
    patience = Patience(PatienceSettings(person_s=120), Always())
    assert [patience.wait(person=True) for _ in range(5)] == [120] * 5
    assert patience.wait() == 1


@given(st.integers(0, 2**32), st.integers(1, 2000))
def test_a_wait_is_drawn_from_nothing_to_its_ceiling_however_often_it_was_in_vain(seed: int, attempts: int) -> None:
    patience = Patience(PatienceSettings(), random.Random(seed))
    for n in range(attempts):
        assert 0 <= patience.wait() <= min(2.0 ** min(n, 20), 300)


def test_tills_that_lost_their_line_together_do_not_come_back_together() -> None:
    waits = set()
    for seed in range(50):
        patience = Patience(PatienceSettings(), random.Random(seed))
        for _ in range(9):
            patience.wait()
        waits.add(round(patience.wait(), 1))
    assert len(waits) > 45
