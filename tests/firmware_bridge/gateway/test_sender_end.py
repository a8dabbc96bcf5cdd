"""A lane that ends, in order, at once or by force, and one whose journal fails: nothing is lost and nothing doubled."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest

from firmware_bridge.gateway.store import BookStore
from firmware_bridge.journal.errors import JournalFailed
from firmware_bridge.vendors.http import Request
from tests.firmware_bridge.gateway.lanes import Lane, serving
from tests.support.book_days import count, opened, sale
from tests.support.books import Fault

A_SALE = ["start a", "activity a#3", "activity a#4", "finish a"]


@pytest.fixture
def lane(tmp_path: Path) -> Lane:
    return Lane(tmp_path / "journal.sqlite")


def test_stopping_waits_for_the_request_under_way_and_keeps_its_answer(lane: Lane) -> None:
    async def first(lane: Lane) -> None:
        await lane.write(opened(), *sale("a"))
        await asyncio.sleep(0.15)
        assert lane.line.at_once == 1
        lane.sender.stop()
        begun = asyncio.get_running_loop().time()
        await lane.task
        assert asyncio.get_running_loop().time() - begun < 0.1
        assert await lane.journal.intent("cashbook") is None
        assert await lane.journal.ref("cashbook", "a") == "T1"

    async def second(lane: Lane) -> None:
        await lane.idle()

    serving(serving(lane, first), second)
    assert lane.line.sent == ["activate day-1", *A_SALE]


def test_stopping_asks_no_question_after_a_lost_answer(lane: Lane) -> None:
    lane.line.fault = lambda _, request: "lost after" if request.path == "/start" else ""

    async def first(lane: Lane) -> None:
        await lane.write(opened(), *sale("a"))
        await asyncio.sleep(0.15)
        lane.sender.stop()
        await lane.task
        intent = await lane.journal.intent("cashbook")
        assert intent is not None
        assert (intent.seq, intent.operation, intent.sends) == (2, "start", 1)

    async def second(lane: Lane) -> None:
        lane.line.fault = lambda _, __: ""
        await lane.idle()

    serving(serving(lane, first), second)
    assert lane.line.sent == ["activate day-1", "start a", "drafts? a", *A_SALE]


@pytest.mark.parametrize("paused", [False, True])
def test_stopping_does_not_wait_for_a_pause_or_for_news(lane: Lane, paused: bool) -> None:
    async def act(lane: Lane) -> None:
        lane.line.fault = lambda _, __: "account" if paused else ""
        await lane.write(opened())
        await asyncio.sleep(100)
        lane.sender.stop()
        begun = asyncio.get_running_loop().time()
        await lane.task
        assert asyncio.get_running_loop().time() == begun

    serving(lane, act)


def test_a_lane_cancelled_in_a_request_leaves_it_open_and_the_next_life_takes_it_for_lost(lane: Lane) -> None:
    async def first(lane: Lane) -> None:
        await lane.write(opened(), *count("c"))
        await asyncio.sleep(0.15)
        lane.task.cancel()
        await asyncio.wait({lane.task})
        intent = await lane.journal.intent("cashbook")
        assert intent is not None
        assert (intent.seq, intent.operation, intent.sends) == (2, "perform", 1)

    async def second(lane: Lane) -> None:
        await lane.idle()
        assert {row.state for row in (await lane.rows()).values()} == {"refused", "behind"}
        assert await lane.journal.intent("cashbook") is None

    serving(serving(lane, first), second)
    assert lane.line.sent == ["activate day-1"]


class Failing:
    """A store whose n-th commits fail: before or after they are on the disk, nobody knows."""

    def __init__(self, store: BookStore, failures: dict[int, str]) -> None:
        self._store = store
        self._failures = failures
        self._count = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def advance(self, *given: Any) -> None:
        self._count += 1
        how = self._failures.get(self._count, "")
        if how == "before":
            raise JournalFailed("the disk says no")
        await self._store.advance(*given)
        if how == "after":
            raise JournalFailed("the disk says no")


@pytest.mark.parametrize("how", ["before", "after"])
@pytest.mark.parametrize("number", range(1, 10))
def test_a_disk_that_fails_at_any_commit_stops_the_lane_for_a_pause_and_loses_nothing(
    lane: Lane, number: int, how: str
) -> None:
    lane.wrap = lambda store: cast("BookStore", Failing(store, {number: how, number + 1: how}))

    async def act(lane: Lane) -> None:
        await lane.write(opened(), *sale("a"), *count("c"))
        await lane.idle()
        await lane.sender.retry(None, "ann") if await lane.rows() else None
        await lane.idle()

    serving(lane, act)
    assert lane.vendor.finished_sales() == {"a": 1}
    assert lane.vendor.times("start")["a"] <= 2
    assert set(lane.vendor.times("submit")) == {"c"}


def test_a_journal_that_cannot_be_read_is_said_and_answers_orders(lane: Lane) -> None:
    class Unreadable(Failing):
        broken = False

        async def records(self, *given: Any) -> Any:
            if Unreadable.broken:
                raise JournalFailed("the disk says no")
            return await self._store.records(*given)

    lane.wrap = lambda store: cast("BookStore", Unreadable(store, {}))

    async def act(lane: Lane) -> None:
        await lane.write(opened())
        await lane.idle()
        Unreadable.broken = True
        await lane.write(*sale("a"))
        await asyncio.sleep(100)
        assert (lane.sender.status().state, lane.sender.status().reason) == ("waiting", "the disk says no")
        Unreadable.broken = False
        assert (await lane.idle()).state == "idle"

    serving(lane, act)
    assert lane.line.sent == ["activate day-1", *A_SALE]


def test_a_lane_survives_what_nobody_foresaw(lane: Lane, caplog: pytest.LogCaptureFixture) -> None:
    class Odd(Failing):
        failed = False

        async def advance(self, *given: Any) -> None:
            if not Odd.failed:
                Odd.failed = True
                raise RuntimeError("a mistake")
            await self._store.advance(*given)

    lane.wrap = lambda store: cast("BookStore", Odd(store, {}))

    async def act(lane: Lane) -> None:
        await lane.write(opened(), *sale("a"))
        await lane.idle()

    serving(lane, act)
    assert "unforeseen error in the lane of cashbook" in caplog.text
    assert lane.vendor.finished_sales() == {"a": 1}


def test_every_request_at_once_is_one(lane: Lane) -> None:
    def fault(count: int, _: Request) -> Fault:
        return "lost after" if count % 3 == 0 else ""

    lane.line.fault = fault

    async def act(lane: Lane) -> None:
        await lane.write(opened(), *sale("a"))
        for n in range(20):
            await lane.write(*sale(f"s{n}"))
            await asyncio.sleep(0.03)
        await lane.idle()

    serving(lane, act)
    assert lane.line.most_at_once == 1
