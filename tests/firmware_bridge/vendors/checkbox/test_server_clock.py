"""What the vendor's clock shows, by the dates of its answers: two bounds that always hold, whatever the till's does."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.vendors.checkbox.server_clock import ServerClock
from tests.firmware_bridge.vendors.checkbox.virtual import World, run, sale


class Two:
    """The till's monotonic clock, and the vendor's, ahead by some offset."""

    def __init__(self, offset_s: float = 1000.0) -> None:
        self.now = 5.0
        self.offset = offset_s
        self.clock = ServerClock(lambda: self.now)

    @property
    def there_ms(self) -> float:
        return (self.now + self.offset) * 1000

    def asks(self, out_s: float, back_s: float) -> None:
        sent = self.now
        self.now += out_s
        date = int(self.there_ms // 1000) * 1000
        self.now += back_s
        self.clock.learn(date, sent, self.now)

    @property
    def bounds(self) -> tuple[int, int]:
        earliest, latest = self.clock.earliest_ms(), self.clock.latest_ms()
        assert earliest is not None
        assert latest is not None
        return earliest, latest


def test_before_the_first_answer_nothing_is_known() -> None:
    clock = ServerClock(lambda: 1.0)
    assert (clock.earliest_ms(), clock.latest_ms()) == (None, None)


def test_one_answer_bounds_it_by_its_second_and_its_way() -> None:
    two = Two(offset_s=1000.4)
    two.asks(0.1, 0.2)  # written at 1005.5, so its date is 1005; read at 1005.7
    assert two.bounds == (1_005_000, 1_006_300)


@given(
    st.lists(st.tuples(st.floats(0, 3), st.floats(0, 3), st.floats(0, 2000)), min_size=1, max_size=20),
    st.floats(0, 10_000),
)
def test_the_truth_lies_between_the_bounds_whatever_the_ways_take(
    ways: list[tuple[float, float, float]], offset: float
) -> None:
    two = Two(offset)
    for out_s, back_s, pause_s in ways:
        two.asks(out_s, back_s)
        two.now += pause_s
        earliest, latest = two.bounds
        assert earliest <= two.there_ms + 0.01
        assert two.there_ms - 0.01 <= latest


def test_many_answers_tell_it_closer_than_a_second() -> None:
    rng = random.Random(7)
    two = Two(offset_s=123.456)
    for _ in range(40):
        two.asks(0.02, 0.02)
        two.now += rng.random()
    earliest, latest = two.bounds
    assert latest - earliest < 200
    assert earliest <= two.there_ms <= latest


def test_a_clock_that_was_set_there_is_believed_at_once() -> None:
    two = Two()
    two.asks(0.1, 0.1)
    two.offset -= 3600
    two.asks(0.1, 0.1)
    earliest, latest = two.bounds
    assert earliest <= two.there_ms <= latest


@pytest.mark.parametrize("step_s", [-86_400, -7, 7, 86_400])
def test_a_step_of_the_tills_wall_clock_moves_nothing(step_s: int) -> None:
    world = World().opened()
    wall = world.time.utc_ms
    world.do(sale())
    before = world.fiscaliser.server_now_ms()
    world.time.utc_ms = lambda: wall() + step_s * 1000  # type: ignore[method-assign]  # the wall clock is set
    assert world.fiscaliser.server_now_ms() == before
    offset = world.fiscaliser.clock_offset_ms
    assert offset is not None
    assert abs(offset + step_s * 1000) < 2000


def test_the_vendors_clock_is_told_never_behind_and_hardly_ahead() -> None:
    world = World()
    assert world.fiscaliser.server_now_ms() is None
    run(world.fiscaliser.connect())
    for _ in range(10):
        world.time.vendor.advance(31.7)
        now = world.fiscaliser.server_now_ms()
        assert now is not None
        assert 0 <= now - world.time.utc_ms() <= 1200
