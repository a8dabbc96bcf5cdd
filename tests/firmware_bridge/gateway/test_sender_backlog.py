"""A day and a half without a line: everything drains in order, at a price that can be told, in bounded memory."""

from __future__ import annotations

import asyncio
import tracemalloc
from pathlib import Path

import pytest

from firmware_bridge.journal import database
from firmware_bridge.vendors.http import Request
from statemachines.vocabulary.events import Event
from tests.firmware_bridge.gateway.lanes import Lane, serving
from tests.support.book_days import closed, completed, count, nothing, opened, sale
from tests.support.books import Fault

DAYS, SALES = 2, 400
RECORDS = DAYS * (SALES * 10 + 5)


@pytest.fixture
def lane(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lane:
    monkeypatch.setattr(database, "SYNCHRONOUS", "OFF")  # thousands of commits: what the disk takes is not the matter
    return Lane(tmp_path / "journal.sqlite")


async def sell(lane: Lane, begin: int = 1) -> int:
    """Two days, with as much around every sale as a till writes."""
    head = 0
    for day in range(begin, begin + DAYS):
        name = f"day-{day}"
        await lane.write(opened(name))
        for n in range(SALES):
            around: list[Event] = [nothing(n)] * 3
            head = await lane.write(*around, *sale(f"{name}-{n}", name), *around)
        head = await lane.write(*count(f"{name}-c", name), closed(name, count=f"{name}-c"))
    return head


def test_thirty_six_hours_drain_in_order_at_one_commit_a_request(lane: Lane) -> None:
    line = lane.line
    line.fault = lambda _, __: "not sent"

    async def act(lane: Lane) -> None:
        head = await sell(lane)
        assert head == RECORDS == 8010
        await asyncio.sleep(36 * 3600)
        tried, commits = line.count, lane.commits.count
        line.fault = lambda _, __: ""
        assert (await lane.idle()).cursor == head
        requests = DAYS * (SALES * 4 + 5)
        assert line.count - tried == len(line.sent) == requests
        assert lane.commits.count - commits <= requests + 2
        assert await lane.journal.parked() == []

    serving(lane, act)
    starts = [one for one in line.sent if one.startswith("start")]
    assert starts == [f"start day-{day}-{n}" for day in range(1, DAYS + 1) for n in range(SALES)]
    assert lane.vendor.finished_sales().total() == DAYS * SALES
    assert line.most_at_once == 1


def test_thousands_of_records_behind_a_refused_day_cost_few_commits_little_memory_and_drain_in_order(
    lane: Lane,
) -> None:
    line = lane.line
    line.fault = lambda _, request: "refused" if request.path == "/deactivate" else ""

    async def act(lane: Lane) -> None:
        await lane.write(opened("day-0"), completed("x", "day-0"), closed("day-0"))
        await lane.idle()
        commits = lane.commits.count
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        await sell(lane)
        status = await lane.idle()
        held = DAYS * (SALES * 4 + 5)
        assert (status.parked, status.behind) == (1, held)
        assert tracemalloc.get_traced_memory()[0] - before < 1_000_000
        tracemalloc.stop()
        # the till writes a sale at a time here: what has arrived by then goes aside in one commit
        assert lane.commits.count - commits <= DAYS * (SALES + 5)
        line.fault = lambda _, __: ""
        commits = lane.commits.count
        await lane.sender.retry(None, "ann")
        await lane.idle()
        assert await lane.journal.parked() == []
        assert lane.commits.count - commits <= held + held // 200 + 5

    serving(lane, act)
    starts = [one for one in line.sent if one.startswith("start day")]
    assert starts == [f"start day-{day}-{n}" for day in range(1, DAYS + 1) for n in range(SALES)]
    assert lane.vendor.finished_sales().total() == DAYS * SALES


def test_a_book_that_refuses_every_sale_is_asked_no_further_than_a_thousand_times(lane: Lane) -> None:
    def fault(_: int, request: Request) -> Fault:
        return "refused" if request.path == "/start" else ""

    lane.line.fault = fault

    async def act(lane: Lane) -> None:
        await lane.write(opened())
        for n in range(120):
            await lane.write(*(completed(f"s{n}-{m}") for m in range(10)))
        await asyncio.sleep(3600)
        status = lane.sender.status()
        assert (status.state, status.parked) == ("held", 1000)
        lane.line.fault = lambda _, __: ""
        await lane.sender.retry(None, "ann")
        await lane.idle()
        assert lane.vendor.times("start").total() == 1200

    serving(lane, act)
