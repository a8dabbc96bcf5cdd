"""The money is right after every step, whatever customers, devices and the power do: rules against the model.

`make soak` plays the same for millions of steps.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.support.money_model import Deal, Money, Wrong
from tests.support.soak import KINDS, a_shop, soak
from tests.support.soak_world import STEPS, World

DEVICES = sorted({step for step in STEPS if step in ("serve", "late", "ready", "silent", "drawer")})
PEOPLE = sorted(set(STEPS) - {*DEVICES, "time", "power_cut", "found_closed"})


class TillMachine(RuleBasedStateMachine):
    """One till with a shop drawn at random. Every draw is hypothesis's own, so that a failure shrinks and replays."""

    world: World | None = None

    def _chosen(self, data: st.DataObject) -> World:
        assert self.world is not None
        self.world.choose = self.world.side.choose = lambda options: data.draw(st.sampled_from(options))
        return self.world

    @initialize(data=st.data())
    def open_the_shop(self, data: st.DataObject) -> None:
        def choose(options: Sequence[Any]) -> Any:
            return data.draw(st.sampled_from(options))

        self.world = World(a_shop(choose), choose)
        for step in ("ready", "open_shift", "serve"):
            self.world.step(step)

    @rule(data=st.data(), what=st.sampled_from(DEVICES))
    def device(self, data: st.DataObject, what: str) -> None:
        self._chosen(data).step(what)

    @rule(data=st.data(), what=st.sampled_from(PEOPLE))
    def person(self, data: st.DataObject, what: str) -> None:
        self._chosen(data).step(what)

    @precondition(lambda self: self.world is not None and self.world.side.mailbox)
    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        self._chosen(data).step("serve")

    @rule(data=st.data(), what=st.sampled_from(["time", "power_cut", "found_closed"]))
    def world_outside(self, data: st.DataObject, what: str) -> None:
        self._chosen(data).step(what)

    @invariant()
    def the_books_are_the_model_s(self) -> None:
        if self.world is not None:
            self.world.check()

    def teardown(self) -> None:
        if self.world is not None:
            self.world.choose = self.world.side.choose = lambda options: options[0]
            self.world.end()


def test_hypothesis_finds_no_way_to_lose_or_double_money() -> None:
    run_state_machine_as_test(TillMachine, settings=settings(max_examples=30, stateful_step_count=40))


@pytest.mark.parametrize("kind", KINDS)
def test_the_books_are_right_after_every_step(kind: str, seed: int) -> None:
    assert soak(2_500, seed, (kind,)) > 0


def test_a_till_is_the_same_again_from_its_seed() -> None:
    told: list[list[str]] = []
    for _ in range(2):
        choose = random.Random(7).choice
        world = World(a_shop(choose), choose)
        for _ in range(100):
            world.step()
        told.append([repr(record) for record in world.bench.records])
    assert told[0] == told[1]
    assert len(told[0]) > 50


# --- the model itself can say no ----------------------------------------------------------------------------------


def sold() -> Money:
    money = Money()
    money.open_shift(1_000)
    money.open_day("main", 1_000)
    money.accept(Deal("s", "sale", "main", cash=500, quantity=2_000))
    money.certain("s")
    return money


def test_a_sale_is_booked_once_in_shift_and_drawer() -> None:
    money = sold()
    money.certain("s")
    assert money.shift is not None
    assert (money.shift.expected, money.days["main"]) == (1_500, 1_500)


@pytest.mark.parametrize(
    ("deal", "why"),
    [
        (Deal("r", "return", "main", cash=-500, quantity=3_000, original="s"), "more of s was returned"),
        (Deal("r", "return", "main", cash=-501, quantity=2_000, original="s"), "more was paid back"),
    ],
)
def test_the_model_refuses_more_than_was_sold(deal: Deal, why: str) -> None:
    with pytest.raises(Wrong, match=why):
        sold().accept(deal)


def test_the_model_refuses_a_second_original_document_and_charge() -> None:
    money = sold()
    again: list[Callable[[], None]] = [lambda: money.paper("s", 0), lambda: money.file("s"), lambda: money.charge("s")]
    for once in again:
        once()
        with pytest.raises(Wrong):
            once()
