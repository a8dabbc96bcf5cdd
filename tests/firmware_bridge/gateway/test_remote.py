"""A till whose books a gateway keeps knows of them what the gateway knows, however often an answer is lost."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from firmware_bridge.clock import SystemClock
from firmware_bridge.gateway.commands import Command, encode, inbox_path
from firmware_bridge.gateway.going_over import both, go_over
from firmware_bridge.gateway.remote import RemoteOutbox
from firmware_bridge.gateway.replica import Replica, ReplicaThread
from firmware_bridge.gateway.store import GATEWAY
from firmware_bridge.journal.chain import Head
from firmware_bridge.journal.errors import JournalError, JournalMisuse
from firmware_bridge.journal.records import Advance, Entry, Intent, Parked, ParkedState
from firmware_bridge.journal.store import Journal
from firmware_bridge.journal.thread import JournalThread
from firmware_bridge.uplink.envelope import read
from firmware_bridge.uplink.inbox import CommandInbox
from firmware_bridge.uplink.inprocess import UPLINK
from firmware_bridge.uplink.link import Delivered, LinkDoubtful, LinkDown
from firmware_bridge.uplink.news import News, of_event
from firmware_bridge.uplink.over_http import Down, LaneState, Refused
from statemachines.vocabulary.book_events import VendorParked
from statemachines.vocabulary.commands import Refusal
from statemachines.vocabulary.day_events import DrawerDayClosed, DrawerDayOpened
from statemachines.vocabulary.events import Event
from tests.firmware_bridge.journal.samples import moved, occurred, ticking
from tests.firmware_bridge.uplink.samples import JOURNAL, TILL, begin_journal

RECORDS = 40
STATES: tuple[ParkedState, ...] = ("refused", "behind", "waits", "retry")
PARKED = VendorParked("newstore", "main/day/doc", 7, "it says no")


class Line:
    """A gateway's side in the same loop: a replica, and a line that loses answers as a test wants it."""

    def __init__(self, replica: ReplicaThread, lost: Callable[[], bool] = lambda: False) -> None:
        self.replica = replica
        self.lost = lost
        self.commands: list[Delivered] = []
        self.orders: list[bytes] = []
        self.answer: str | Exception = "done"
        self.lanes: tuple[LaneState, ...] = ()

    async def open(self, till: str) -> None:
        if self.lost():
            raise LinkDown("nobody is there")

    async def watermark(self) -> Head:
        return await self.replica.head()

    async def append(self, envelope: bytes, expected: int) -> Head:
        mark = (await self.replica.take(read(envelope), expected)).watermark
        if self.lost():
            raise LinkDoubtful("no answer")
        return mark

    async def receive(self, after: int) -> list[Delivered]:
        raise AssertionError

    async def down(self, after: int, news_after: int | None = None, wait_s: int = 0) -> Down:
        await asyncio.sleep(0)
        news: list[News] = [] if news_after is None else (await self.replica.news(news_after))[:7]
        commands = [one for one in self.commands if one.number > after]
        if self.lost():
            raise LinkDoubtful("no answer")
        return Down(tuple(commands), tuple(news), self.lanes)

    async def order(self, command: bytes) -> str:
        self.orders.append(command)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def close(self) -> None:
        pass


class Till:
    """A till's journal with its outbox, and the gateway's side."""

    def __init__(self, journal: JournalThread, line: Line, inbox: Path) -> None:
        self.journal = journal
        self.line = line
        self.heard: list[Event] = []
        self.taken: list[Delivered] = []
        self.inbox = CommandInbox(inbox)
        self.outbox = RemoteOutbox(
            TILL,
            journal,
            lambda _: line,
            inbox,
            SystemClock(),
            random.Random(1),
            self.heard.append,
            self._take,
            _no_time,
        )

    async def _take(self, given: Delivered) -> None:
        self.taken.append(given)

    async def until(self, fact: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not fact():
                await asyncio.sleep(0.001)

    async def same(self) -> None:
        """Wait until what is written beside both chains is the same."""
        async with asyncio.timeout(20):
            while await _beside(self.journal) != await _beside(self.line.replica):
                await asyncio.sleep(0.001)


async def _no_time(_: float) -> None:
    await asyncio.sleep(0.001)


async def _beside(journal: JournalThread) -> object:
    cursors = {name: seq for name, seq in (await journal.cursors()).items() if name not in (UPLINK, GATEWAY)}
    return cursors, await journal.refs("newstore"), await journal.parked(), await journal.intent("newstore")


@asynccontextmanager
async def till(tmp_path: Path, lost: Callable[[], bool] = lambda: False, *, start: bool = True) -> AsyncIterator[Till]:
    path = tmp_path / "journal.sqlite"
    if not path.exists():
        begin_journal(path, RECORDS)
    opener = partial(Journal.open, path, till_id=TILL, clock=ticking(), new_id=lambda: "never")
    journal = JournalThread(opener)
    replica = ReplicaThread(partial(Replica.open_for, tmp_path / "replica.sqlite", TILL, JOURNAL, 0, ticking()))
    await journal.start()
    await replica.start()
    found = Till(journal, Line(replica, lost), inbox_path(path))
    try:
        if start:
            await found.outbox.start()
            async with asyncio.timeout(20):
                while (await replica.head()).seq < RECORDS:
                    await asyncio.sleep(0.001)
        yield found
    finally:
        await found.outbox.stop()
        await journal.close()
        await replica.close()


def _advance(chance: random.Random, seq: int) -> Advance:
    numbers = [chance.randrange(1, seq + 1) for _ in range(chance.randrange(4))]
    parked = [Parked("newstore", n, ("main", f"d{n}"), chance.choice(STATES), "", f"r{seq}", seq) for n in set(numbers)]
    resolved = [n for n in range(1, seq + 1) if n not in numbers and chance.random() < 0.1]
    intent = Intent("newstore", seq, "start", 1, seq) if chance.random() < 0.3 else None
    refs = {f"doc-{chance.randrange(9)}": f"v{seq}"} if chance.random() < 0.5 else {}
    return Advance("newstore", seq, refs, parked, resolved, intent)


async def _advanced(replica: ReplicaThread, step: Advance) -> None:
    await replica.advance(step.book, step.seq, step.refs, step.parked, step.resolved, step.intent)


# --- what comes down ---


def test_what_the_lanes_wrote_stands_beside_the_tills_journal_whatever_is_lost(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    losing = random.Random(seed + 1)

    async def run() -> None:
        async with till(tmp_path, lambda: losing.random() < 0.3) as found:
            for seq in sorted(chance.randrange(1, RECORDS + 1) for _ in range(60)):
                await _advanced(found.line.replica, _advance(chance, seq))
            await found.same()
        async with till(tmp_path, start=False) as again:  # and after a restart of both
            assert await _beside(again.journal) == await _beside(again.line.replica)

    asyncio.run(run())


def test_control_a_till_that_hears_only_a_part_of_it_differs(tmp_path: Path) -> None:
    async def run() -> None:
        async with till(tmp_path) as found:
            for seq in (3, 9):
                await _advanced(found.line.replica, Advance("newstore", seq, {"a": str(seq)}, (), (), None))
            await found.same()
            await found.outbox.stop()
            await _advanced(found.line.replica, Advance("newstore", 12, {"b": "x"}, (), (), None))
            assert await _beside(found.journal) != await _beside(found.line.replica)

    asyncio.run(run())


@pytest.mark.parametrize("seed_of", range(20))
def test_two_steps_as_one_are_the_two_steps(tmp_path: Path, seed_of: int) -> None:
    chance = random.Random(seed_of)
    first, then = _advance(chance, 20), _advance(chance, 30)
    tables = []
    for name, steps in (("apart", [first, then]), ("together", [both(first, then)])):
        begin_journal(tmp_path / name, RECORDS)
        journal = Journal.open(tmp_path / name, till_id=TILL, clock=ticking(), new_id=lambda: "never")
        for step in steps:
            journal.advance(step.book, step.seq, step.refs, step.parked, step.resolved, step.intent)
        tables.append((journal.cursors(), journal.refs("newstore"), journal.parked(), journal.intent("newstore")))
        journal.close()
    assert tables[0] == tables[1]


def test_events_reach_the_till_in_their_order_and_unknown_news_are_passed_over(tmp_path: Path) -> None:
    async def run() -> None:
        async with till(tmp_path) as found:
            await found.line.replica.tell([of_event(PARKED), b"\x92\xa7weather\x01", b"noise"])
            await _advanced(found.line.replica, Advance("newstore", 5, {}, (), (), None))
            await found.same()
            assert found.heard == [PARKED]

    asyncio.run(run())


def test_commands_are_taken_in_order_once(tmp_path: Path) -> None:
    async def run() -> None:
        async with till(tmp_path) as found:
            found.line.commands += [Delivered(number, f"c{number}", b"x") for number in (1, 2, 3)]
            await found.until(lambda: len(found.taken) == 3)
            found.line.commands.append(Delivered(4, "c4", b"x"))
            await found.until(lambda: len(found.taken) == 4)
            assert [one.number for one in found.taken] == [1, 2, 3, 4]

    asyncio.run(run())


def test_a_command_that_cannot_be_written_comes_again(tmp_path: Path) -> None:
    async def run() -> None:
        async with till(tmp_path, start=False) as found:
            tries: list[int] = []

            async def take(given: Delivered) -> None:
                tries.append(given.number)
                if len(tries) < 3:
                    raise JournalError("the disk is full")

            outbox = RemoteOutbox(
                TILL, found.journal, lambda _: found.line, tmp_path / "in", SystemClock(), random.Random(1),
                found.heard.append, take, _no_time,
            )  # fmt: skip
            found.line.commands.append(Delivered(1, "c1", b"x"))
            await outbox.start()
            await found.until(lambda: len(tries) == 3)
            await outbox.stop()
            assert tries == [1, 1, 1]

    asyncio.run(run())


def test_the_outbox_shows_the_lanes_as_the_gateway_tells_them(tmp_path: Path) -> None:
    async def run() -> None:
        async with till(tmp_path) as found:
            found.line.lanes = (
                LaneState("newstore", "held", "its secret is wrong", 0, 5000),
                LaneState("x", "?", "", 0, 0),
            )
            await _advanced(found.line.replica, Advance("newstore", 5, {}, (), (), None))
            await found.same()
            views = await found.outbox.books()
            assert [(view["book"], view["state"], view["reason"]) for view in views] == [
                ("newstore", "held", "its secret is wrong"), ("x", "waiting", None),
            ]  # fmt: skip
            assert views[0]["behind"] == RECORDS - 5

    asyncio.run(run())


# --- what a person asks ---


def test_an_order_of_this_machine_is_carried_out_by_the_gateway(tmp_path: Path) -> None:
    async def run() -> None:
        async with till(tmp_path) as found:
            await _advanced(found.line.replica, Advance("newstore", 5, {}, (), (), None))
            await found.same()
            assert await found.outbox.order("retry", "newstore", 4, "Іван") == "done"
            found.line.answer = Refused("Record 4 is not set aside; nothing was changed.")
            refused = await found.outbox.order("retry", "newstore", 4, "Іван")
            assert isinstance(refused, Refusal)
            assert "Record 4" in refused.text
            found.line.answer = LinkDown("nobody is there")
            down = await found.outbox.order("retry", "newstore", 4, "Іван")
            assert isinstance(down, Refusal)
            assert isinstance(await found.outbox.order("retry", "other", 4, "Іван"), Refusal)
            found.line.answer = "done"
            command = encode(Command("retry", "newstore", None, "Іван"))
            found.inbox.post(TILL, "local", command)  # as `outbox retry` does it
            await found.until(lambda: found.line.orders[-1] == command)
            assert len(found.line.orders) == 4

    asyncio.run(run())


# --- going over ---


def _day(number: int, *, closed: bool) -> list[Entry]:
    opened = DrawerDayOpened("main", f"day-{number}", 0)
    ended = DrawerDayClosed("main", f"day-{number}", 0, None, "", "end")
    return [Entry("", occurred(one)) for one in ((opened, ended) if closed else (opened,))]


def _over(tmp_path: Path, *entries: Entry, former: Advance | None = None) -> tuple[tuple[int, str], tuple[int, str]]:
    """What a till decides that has these records, and what it decides at its next start."""
    path = tmp_path / "journal.sqlite"

    async def run() -> tuple[tuple[int, str], tuple[int, str]]:
        opener = partial(Journal.open, path, till_id=TILL, clock=ticking(), new_id=lambda: JOURNAL)
        journal = JournalThread(opener)
        await journal.start()
        await journal.append(list(entries))
        if former is not None:
            await journal.advance(former.book, former.seq, former.refs, former.parked, (), former.intent)
        first = await go_over(journal)
        await journal.append([moved(99)])
        second = await go_over(journal)
        await journal.close()
        return first, second

    return asyncio.run(run())


def test_a_till_that_never_delivered_begins_with_its_open_day(tmp_path: Path) -> None:
    assert _over(tmp_path, *_day(1, closed=True), moved(1), *_day(2, closed=False), moved(2)) == ((3, ""), (3, ""))


def test_a_till_without_an_open_day_begins_here_and_stays_with_that(tmp_path: Path) -> None:
    assert _over(tmp_path, *_day(1, closed=True), moved(1)) == ((3, ""), (3, ""))


def test_a_till_that_delivered_all_goes_over_between_two_days(tmp_path: Path) -> None:
    former = Advance("newstore", 3, {}, (), (), None)
    assert _over(tmp_path, *_day(1, closed=True), moved(1), former=former) == ((3, ""), (3, ""))


@pytest.mark.parametrize("what", ["behind", "parked", "open request", "open day"])
def test_a_till_that_still_owes_its_book_does_not_go_over(tmp_path: Path, what: str) -> None:
    row = Parked("newstore", 1, ("main",), "refused", "", "no", 1)
    entries = [*_day(1, closed=what != "open day"), moved(1), moved(2)]
    last = len(entries)
    former = {
        "behind": Advance("newstore", last - 1, {}, (), (), None),
        "parked": Advance("newstore", last, {}, (row,), (), None),
        "open request": Advance("newstore", last, {}, (), (), Intent("newstore", last, "start", 1, 1)),
        "open day": Advance("newstore", last, {}, (), (), None),
    }[what]
    first, second = _over(tmp_path, *entries, former=former)
    assert first == second
    assert (first[0], "nothing is lost" in first[1]) == (0, True)


def test_nobody_but_the_till_writes_its_replica(tmp_path: Path) -> None:
    replica = Replica.open_for(tmp_path / "replica.sqlite", TILL, JOURNAL, 0, ticking())
    try:
        with pytest.raises(JournalMisuse, match="only till"):
            replica.append([moved(1)])
    finally:
        replica.close()
