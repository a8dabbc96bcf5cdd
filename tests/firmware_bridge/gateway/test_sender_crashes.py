"""Whatever fails and wherever the power goes: the book ends with every fact once. And the check can fail."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from firmware_bridge.gateway import courier
from firmware_bridge.gateway.store import BookStore
from firmware_bridge.journal import database
from firmware_bridge.journal.records import Intent, Parked
from firmware_bridge.vendors.http import Request
from statemachines.vocabulary.book_events import VendorParked
from tests.firmware_bridge.gateway.crashes import Mortal, Story, Wrap
from tests.firmware_bridge.gateway.lanes import Lane, serving
from tests.support.book_days import closed, count, opened, sale
from tests.support.books import Fault, Killed

STORIES = 60
MOST_STORIES = 400
"""Within so many a broken lane must be found out."""


@pytest.fixture(autouse=True)
def _unsynced(monkeypatch: pytest.MonkeyPatch) -> None:
    """The power goes here between commits and not within one: what is committed is there."""
    monkeypatch.setattr(database, "SYNCHRONOUS", "OFF")


@pytest.mark.parametrize("part", range(4))
def test_every_fact_arrives_once_whatever_fails_and_whenever_the_power_goes(
    tmp_path: Path, seed: int, part: int
) -> None:
    for n in range(STORIES // 4):
        story = Story(tmp_path / f"{n}.sqlite", f"{seed}-{part}-{n}")
        story.play()


class Broken:
    """A store that takes something away from the lane above it."""

    def __init__(self, store: BookStore) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def advance(
        self,
        seq: int,
        refs: Mapping[str, str],
        parked: Sequence[Parked],
        resolved: Sequence[int],
        intent: Intent | None,
    ) -> None:
        await self._store.advance(seq, refs, parked, resolved, intent)


class WithoutIntents(Broken):
    async def advance(
        self,
        seq: int,
        refs: Mapping[str, str],
        parked: Sequence[Parked],
        resolved: Sequence[int],
        intent: Intent | None,
    ) -> None:
        await self._store.advance(seq, refs, parked, resolved, None)


class CursorFirst(Broken):
    """Counts a record as delivered when its request leaves."""

    async def advance(
        self,
        seq: int,
        refs: Mapping[str, str],
        parked: Sequence[Parked],
        resolved: Sequence[int],
        intent: Intent | None,
    ) -> None:
        before = await self._store.cursor()
        ahead = intent.seq if intent is not None else 0
        await self._store.advance(max(seq, ahead, before), refs, parked, resolved, None)


class WithoutDependants(Broken):
    """Forgets what waits behind a refused record."""

    async def advance(
        self,
        seq: int,
        refs: Mapping[str, str],
        parked: Sequence[Parked],
        resolved: Sequence[int],
        intent: Intent | None,
    ) -> None:
        kept = [row for row in parked if row.state != "behind"]
        await self._store.advance(seq, refs, kept, resolved, intent)


def found_out(folder: Path, seed: int, wrap: Wrap) -> bool:
    for n in range(MOST_STORIES):
        try:
            Story(folder / f"{n}.sqlite", f"{seed}-{n}", wrap).play()
        except AssertionError:
            return True
    return False


@pytest.mark.parametrize("broken", [WithoutIntents, CursorFirst, WithoutDependants])
def test_a_lane_that_is_broken_is_found_out(tmp_path: Path, seed: int, broken: type[Broken]) -> None:
    assert found_out(tmp_path, seed, lambda store: cast("BookStore", broken(store)))


def test_a_lane_that_repeats_without_a_limit_is_found_out(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier, "MOST_SENDS", 10**6)
    assert found_out(tmp_path, seed, lambda store: store)


# --- one kill at every step there is ----------------------------------------------------------------------------------

A_DAY = [opened(), *sale("a", early=True), *count("c"), closed(count="c")]
REQUESTS = 9
COMMITS = 10


def killed_once(lane: Lane, fault: Callable[[int, Request], Fault], dies: Callable[[], bool]) -> int:
    """A day with one kill in it, and the life after; returns how many lives there were."""
    lane.line.fault = fault
    lane.wrap = lambda store: cast("BookStore", Mortal(store, dies))
    lives = 0

    async def live(lane: Lane) -> None:
        if lives == 1:
            await lane.write(*A_DAY)
        await lane.idle(hours=1)

    for _ in range(3):
        lives += 1
        try:
            serving(lane, live)
        except Killed:
            continue
        break
    return lives


def check(lane: Lane) -> None:
    """Every fact is there once, or a person was told of the one that nobody can tell."""
    assert lane.vendor.finished_sales() == {"a": 1}
    assert lane.vendor.times("start")["a"] <= 2
    assert lane.line.perhaps["perform c"] <= 1
    refused = [event for event in lane.posted if isinstance(event, VendorParked)]
    if refused:
        assert [event.reason for event in refused] == ["no answer came to the count c: finish it in the book"]
        assert not lane.vendor.ended
    else:
        assert lane.vendor.submitted
        assert lane.vendor.times("deactivate") == {"day-1": 1}


@pytest.mark.parametrize("when", ["crash before", "crash after"])
@pytest.mark.parametrize("number", range(1, REQUESTS + 1))
def test_killed_at_any_request_the_day_is_told_once(tmp_path: Path, number: int, when: Fault) -> None:
    lane = Lane(tmp_path / "journal.sqlite")
    assert killed_once(lane, lambda n, _: when if n == number else "", lambda: False) == 2
    check(lane)


@pytest.mark.parametrize("moment", range(1, COMMITS * 2 + 1))
def test_killed_before_or_after_any_commit_the_day_is_told_once(tmp_path: Path, moment: int) -> None:
    moments = iter(range(1, 10**6))
    lane = Lane(tmp_path / "journal.sqlite")
    assert killed_once(lane, lambda _, __: "", lambda: next(moments) == moment) == 2
    check(lane)


def test_there_are_as_many_steps_as_were_killed_at(tmp_path: Path) -> None:
    lane = Lane(tmp_path / "journal.sqlite")
    assert killed_once(lane, lambda _, __: "", lambda: False) == 1
    check(lane)
    assert (len(lane.line.sent), lane.commits.count) == (REQUESTS, COMMITS)
