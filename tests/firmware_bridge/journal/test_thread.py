"""The journal beside the loop: same answers, its own thread, and none left behind."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from firmware_bridge.journal.errors import JournalFailed, JournalLocked, JournalMisuse, RequestKnown
from firmware_bridge.journal.records import Intent, Parked, Snapshot
from firmware_bridge.journal.store import Journal
from firmware_bridge.journal.thread import InlineExecutor, JournalThread
from tests.firmware_bridge.journal.samples import moved, open_journal, request
from tests.support.sqlite_recorder import IOERR_FSYNC, available, recording


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) == before


def threaded(path: Path, executor: InlineExecutor | None = None) -> JournalThread:
    return JournalThread(partial(open_journal, path), executor)


@pytest.mark.parametrize("inline", [False, True], ids=["thread", "inline"])
def test_every_call_answers_as_the_journal_does(tmp_path: Path, inline: bool) -> None:
    async def use() -> None:
        journal = threaded(tmp_path / "j", InlineExecutor() if inline else None)
        assert (await journal.start()).seq == 0
        written = await journal.append([moved(n) for n in range(1200)], [request("a")], personal={"doc-1": b"p"})
        await journal.append([], snapshot=b"state", anchor="x")
        more = await journal.append([moved(1), moved(2)])
        assert await journal.read(after=1199) == [written[-1], *more]
        assert await journal.head() == (1202, more[-1].hash)
        assert await journal.same_as(await journal.head())
        assert await journal.by_subject("doc-7") == [written[7]]
        assert await journal.by_name("CashMoved", 1) == [more[-1]]
        assert (await journal.find_request("a")) is not None
        assert await journal.latest_snapshot() == Snapshot(1200, b"state")
        snapshot, records = await journal.replay_from_snapshot()
        assert (snapshot, [record async for record in records]) == (b"state", more)
        row = Parked("b", 2, ("main", "r"), "waits", "r", "no", 1)
        await journal.advance("b", 3, {"ours": "theirs"}, [row], (), Intent("b", 4, "start", 1, 5))
        assert await journal.intent("b") == Intent("b", 4, "start", 1, 5)
        assert (await journal.parked_row("b", 2), await journal.waiting("b", "r")) == (row, [row])
        assert (await journal.parked_states("b"), await journal.parked("b", after=2)) == ({"waits": 1}, [])
        assert (await journal.count(["CashMoved"], 1200), await journal.count_parked("b", ["CashMoved"])) == (2, 1)
        assert await journal.rows(1201) == await journal.rows(1201, 1)
        assert (await journal.cursors(), await journal.ref("b", "ours")) == ({"b": 3}, "theirs")
        assert (await journal.refs("b"), len(await journal.parked())) == ({"ours": "theirs"}, 1)
        assert await journal.personal("doc-1") == b"p"
        assert await journal.forget("doc-1")
        assert await journal.personal("doc-1") is None
        assert (await journal.settings()).synchronous == 2
        assert len(await journal.anchors()) == 1
        assert (await journal.checkpoint()).logged >= 0
        assert await journal.reopen() == (1202, more[-1].hash)
        assert journal.journal_id == "journal-1"
        await journal.close()
        await journal.close()

    asyncio.run(use())


def test_a_whole_replay_arrives_in_order(tmp_path: Path) -> None:
    async def use() -> None:
        journal = threaded(tmp_path / "j")
        await journal.start()
        await journal.append([moved(n) for n in range(1234)])
        _, records = await journal.replay_from_snapshot()
        assert [record.seq async for record in records] == list(range(1, 1235))
        await journal.close()

    asyncio.run(use())


def test_the_journal_is_used_by_one_thread_that_is_not_the_loop_s(tmp_path: Path) -> None:
    threads: set[str] = set()

    def opener() -> Journal:
        threads.add(threading.current_thread().name)
        return open_journal(tmp_path / "j")

    async def use() -> None:
        journal = JournalThread(opener)
        await journal.start()
        await asyncio.gather(*(journal.append([moved(n)]) for n in range(20)))
        assert [record.subject for record in await journal.read()] == [f"doc-{n}" for n in range(20)]
        await journal.close()

    asyncio.run(use())
    assert threads == {"journal_0"}


def test_errors_reach_the_caller_and_the_thread_goes_on(tmp_path: Path) -> None:
    async def use() -> None:
        journal = threaded(tmp_path / "j")
        await journal.start()
        await journal.append([moved(1)], [request("a")])
        with pytest.raises(RequestKnown):
            await journal.append([moved(2)], [request("a")])
        assert (await journal.append([moved(2)], [request("b")]))[0].seq == 2
        await journal.close()
        with pytest.raises(JournalMisuse):
            await journal.append([moved(3)])

    asyncio.run(use())


def test_a_journal_that_cannot_be_opened_leaves_no_thread(tmp_path: Path) -> None:
    owner = open_journal(tmp_path / "j")

    async def use() -> None:
        journal = threaded(tmp_path / "j")
        with pytest.raises(JournalMisuse):
            await journal.head()
        with pytest.raises(JournalLocked):
            await journal.start()

    asyncio.run(use())
    owner.close()


@pytest.mark.skipif(not available(), reason="this Python's SQLite takes no recorder: no fault can be set")
def test_a_failing_disk_is_heard_on_the_loop_and_reopening_heals(tmp_path: Path) -> None:
    async def use() -> None:
        with recording() as recorder:
            journal = threaded(tmp_path / "j")
            await journal.start()
            recorder.fault = lambda op: IOERR_FSYNC if op.kind == "sync" else 0
            with pytest.raises(JournalFailed):
                await journal.append([moved(1)])
            recorder.fault = lambda op: 0
            with pytest.raises(JournalFailed):
                await journal.append([moved(1)])
            head = await journal.reopen()
            assert (await journal.append([moved(1)]))[0].seq == head.seq + 1
            await journal.close()

    asyncio.run(use())
