"""A till's records reach a book in order, one request at a time, and each once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgpack
import pytest

from firmware_bridge.gateway.errors import GatewayMisuse
from firmware_bridge.gateway.ledger import REFS_KEPT
from firmware_bridge.journal.codec import Unknown
from firmware_bridge.journal.records import Entry
from firmware_bridge.uplink.inprocess import UPLINK
from statemachines.vocabulary.events import SaleRefused
from tests.firmware_bridge.gateway.lanes import Lane, serving
from tests.support.book_days import closed, completed, count, kicked, nothing, opened, sale, settled, shut
from tests.support.books import NAME


@pytest.fixture
def lane(tmp_path: Path) -> Lane:
    return Lane(tmp_path / "journal.sqlite")


def test_a_day_is_told_in_the_journal_s_order(lane: Lane) -> None:
    async def act(lane: Lane) -> None:
        head = await lane.write(
            opened(), *sale("a"), nothing(1), *sale("b"), *count("c"), closed(count="c"), nothing(2)
        )
        status = await lane.idle()
        assert (status.state, status.cursor, status.delivered) == ("idle", head, 13)
        assert await lane.journal.cursors() == {UPLINK: head, NAME: head}

    serving(lane, act)
    assert lane.line.sent == [
        *("activate day-1", "start a", "activity a#3", "activity a#4", "finish a"),
        *("start b", "activity b#8", "activity b#9", "finish b"),
        *("perform c", "record c", "submit c", "deactivate day-1"),
    ]
    assert lane.line.most_at_once == 1


def test_nothing_is_sent_before_it_has_arrived(lane: Lane) -> None:
    async def act(lane: Lane) -> None:
        await lane.write(opened())
        lane.arrives = False
        head = await lane.write(*sale("a"))
        lane.sender.wake()
        await lane.idle()
        assert lane.line.sent == ["activate day-1"]
        await lane.journal.advance(UPLINK, head - 2)
        lane.sender.wake()
        await lane.idle()
        assert lane.line.sent[1:] == ["start a", "activity a#3"]

    serving(lane, act)


def test_a_second_life_goes_on_where_the_first_one_ended(lane: Lane) -> None:
    async def first(lane: Lane) -> None:
        await lane.write(opened(), completed("a"))
        await lane.idle()

    async def second(lane: Lane) -> None:
        await lane.write(kicked("a"), shut("a"), settled("a"))
        await lane.idle()

    serving(serving(lane, first), second)
    assert lane.line.sent == ["activate day-1", "start a", "activity a#3", "activity a#4", "finish a"]


def test_a_drawer_that_opens_before_its_sale_is_certain_is_told_right_after_the_sale(lane: Lane) -> None:
    async def act(lane: Lane) -> None:
        await lane.write(opened(), kicked("a"), kicked("b"), *sale("x"))
        status = await lane.idle()
        assert (status.unlearned, status.parked, status.behind) == (2, 0, 0)
        assert {(row.state, row.on) for row in (await lane.rows()).values()} == {("waits", "a"), ("waits", "b")}
        await lane.write(completed("b"), shut("b"), completed("a"))
        assert (await lane.idle()).unlearned == 0
        assert await lane.rows() == {}

    serving(lane, act)
    assert lane.line.sent[5:] == ["start b", "activity b#3", "activity b#9", "start a", "activity a#2"]
    assert lane.posted == []


def test_what_waits_for_a_sale_is_found_again_by_the_next_life(lane: Lane) -> None:
    async def first(lane: Lane) -> None:
        await lane.write(opened(), kicked("a"), nothing(1))
        await lane.idle()

    async def second(lane: Lane) -> None:
        await lane.write(completed("a"), settled("a"))
        await lane.idle()

    serving(serving(lane, first), second)
    assert lane.line.sent == ["activate day-1", "start a", "activity a#2", "finish a"]


@pytest.mark.parametrize("end", [SaleRefused("a", "no paper"), completed("a", cash=0)])
def test_a_sale_that_is_nothing_to_the_book_ends_the_waiting_for_it(lane: Lane, end: SaleRefused) -> None:
    async def act(lane: Lane) -> None:
        await lane.write(opened(), kicked("a"), shut("a"), kicked("b"))
        await lane.idle()
        await lane.write(end, settled("a"))
        await lane.idle()
        assert [row.on for row in (await lane.rows()).values()] == ["b"]

    serving(lane, act)
    assert lane.line.sent == ["activate day-1"]


def test_a_drawer_that_moves_after_its_sale_was_refused_is_nothing_to_the_book(lane: Lane) -> None:
    async def act(lane: Lane) -> None:
        await lane.write(opened(), kicked("a"), SaleRefused("a", "no paper"), shut("a"), kicked("b"))
        await lane.idle()
        assert [row.on for row in (await lane.rows()).values()] == ["b"]

    serving(lane, act)


@pytest.mark.parametrize("name", ["SaleCompleted", "DrawerDayClosed"])
def test_a_fact_that_this_release_cannot_read_holds_the_lane_until_one_that_can_is_started(
    lane: Lane, name: str
) -> None:
    async def act(lane: Lane) -> None:
        newer = Unknown("event", name, msgpack.packb([1, "event", name, {}, {"shape": "new"}]), "it has another shape")
        other = Unknown("event", "Weighed", msgpack.packb([1, "event", "Weighed", {}, {}]), "no such event")
        head = (await lane.journal.append([Entry("", other), Entry("a", newer)]))[-1].seq
        await lane.journal.advance(UPLINK, head)
        await lane.write(opened())
        await asyncio.sleep(1000)
        status = lane.sender.status()
        assert (status.state, status.head) == ("held", 2)
        assert status.reason.startswith(f"record 2 ({name}) was written by another release and cannot be read by")
        with pytest.raises(GatewayMisuse, match="held at no record that can be set aside"):
            await lane.sender.park("ann", 2)

    serving(lane, act)
    assert lane.line.sent == []


def test_an_id_learned_long_ago_is_still_known(lane: Lane) -> None:
    many = REFS_KEPT + 10

    async def act(lane: Lane) -> None:
        await lane.write(opened(), completed("first"))
        await lane.write(*(completed(f"s{n}") for n in range(many)))
        await lane.write(shut("first"), settled("first"))
        await lane.idle()

    serving(lane, act)
    assert lane.line.sent[-2:] == [f"activity first#{many + 3}", "finish first"]


def test_one_commit_lies_between_two_requests_and_none_is_for_what_is_nothing_to_the_book(lane: Lane) -> None:
    async def act(lane: Lane) -> None:
        for n in range(10):
            noise = [nothing(n * 10 + more) for more in range(5)]
            await lane.write(*([opened()] if n == 0 else []), *noise, *sale(f"s{n}"), *noise)
        await lane.idle()

    async def quiet(lane: Lane) -> None:
        await asyncio.sleep(1)
        assert lane.commits.count == 0
        for n in range(20):
            await lane.write(nothing(n))
            await asyncio.sleep(0.1)
        assert lane.commits.count == 0
        await asyncio.sleep(1)
        assert lane.commits.count == 1

    requests = len(serving(lane, act).line.sent)
    assert (requests, lane.commits.count) == (41, 41)
    serving(lane, quiet)
    assert len(lane.line.sent) == requests


def test_the_lag_is_told_in_transactions(lane: Lane) -> None:
    async def act(lane: Lane) -> None:
        lane.line.fault = lambda _, request: "refused" if request.path == "/start" else "not sent"
        await lane.write(opened(), *sale("a"), *sale("b"))
        await asyncio.sleep(1)
        assert await lane.sender.lag() == 2
        lane.line.fault = lambda _, request: "refused" if request.path == "/start" else ""
        await lane.idle()
        assert await lane.sender.lag() == 2
        lane.line.fault = lambda _, __: ""
        await lane.sender.retry(2, "ann")
        await lane.idle()
        assert await lane.sender.lag() == 1

    serving(lane, act)
