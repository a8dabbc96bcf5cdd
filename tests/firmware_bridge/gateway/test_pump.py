"""Records go up the link in order and once, whatever goes wrong on it; nobody who sells waits for it."""

from __future__ import annotations

import asyncio
import logging
import random
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest

from firmware_bridge.journal.chain import Head
from firmware_bridge.journal.records import Entry
from firmware_bridge.uplink.link import Delivered, Link, LinkDown
from firmware_bridge.uplink.source import stretch
from statemachines.vocabulary.day_events import ShiftFoundOpen
from statemachines.vocabulary.events import Occurred, TillStarted
from tests.firmware_bridge.gateway.uplinks import FAULTS, Line, Rig, pumping
from tests.firmware_bridge.journal.samples import ANN, damage, moved
from tests.firmware_bridge.uplink.samples import TILL, begin_journal

Use = Callable[[Rig], Awaitable[None]]
T = TypeVar("T")


def run(folder: Path, use: Use, line: Callable[[Link], Line] = Line, **more: Any) -> None:
    async def main() -> None:
        async with pumping(folder, line, **more) as rig:
            await use(rig)

    asyncio.run(main())


def failing(*faults: str, remembers: bool = False) -> Callable[[Link], Line]:
    return lambda link: Line(link, deque(faults), remembers=remembers)


# --- when nothing goes wrong ---


def test_what_is_committed_goes_up_and_whoever_reads_is_told_how_far(tmp_path: Path) -> None:
    async def use(rig: Rig) -> None:
        await rig.commit(1, 2)
        await rig.at(2)
        await rig.commit(3)
        await rig.at(3)
        assert rig.taken == [1, 2, 3]
        assert rig.reached == [0, 2, 3]
        assert await rig.journal.cursors() == {"uplink": 3}

    run(tmp_path, use)


def test_what_was_committed_while_nobody_pumped_goes_up_at_the_start_in_bounded_pieces(tmp_path: Path) -> None:
    begin_journal(tmp_path / "journal.sqlite", 150)

    async def use(rig: Rig) -> None:
        await rig.at(150)
        assert rig.taken == list(range(1, 151))
        assert rig.reached == [0, 64, 128, 150]

    run(tmp_path, use)


def test_the_next_start_goes_on_where_the_receiver_is(tmp_path: Path) -> None:
    async def first(rig: Rig) -> None:
        await rig.commit(1, 2)
        await rig.at(2)

    async def second(rig: Rig) -> None:
        await rig.commit(3)
        await rig.at(3)
        assert rig.taken == [3]

    run(tmp_path, first)
    run(tmp_path, second)


def test_the_commits_of_one_sale_share_an_envelope(tmp_path: Path) -> None:
    async def use(rig: Rig) -> None:
        await rig.at(0)
        rig.going.clear()
        for number in range(1, 4):  # the pump is woken by the first, and gathers
            await rig.commit(number)
        rig.going.set()
        await rig.at(3)
        assert rig.line.appends == 1
        assert rig.pauses[0] == pytest.approx(0.05)

    run(tmp_path, use)


def test_a_till_that_sells_nothing_is_asked_nothing(tmp_path: Path) -> None:
    async def use(rig: Rig) -> None:
        await rig.commit(1)
        await rig.at(1)
        pauses = len(rig.pauses)
        for _ in range(100):
            await asyncio.sleep(0)
        assert (rig.line.appends, len(rig.pauses)) == (1, pauses)

    run(tmp_path, use)


def test_an_envelope_tells_the_boot_and_the_shift_at_its_first_record(tmp_path: Path) -> None:
    def turn(event: Any) -> Entry:
        return Entry("", Occurred(1_700_000_000_000, 1, event))

    async def use(rig: Rig) -> None:
        await rig.at(0)
        await rig.journal.append([turn(TillStarted(TILL, "boot-7", "1")), moved(1)])
        rig.pump.wake()
        await rig.at(2)
        await rig.journal.append([turn(ShiftFoundOpen("shift-9", 7, 1, ANN, "2026-01-31")), moved(2)])
        rig.pump.wake()
        await rig.at(4)
        await rig.commit(3)
        await rig.at(5)
        told = [(context.till, context.boot, context.shift) for context in rig.line.contexts]
        assert told == [(TILL, "", ""), (TILL, "boot-7", ""), (TILL, "boot-7", "shift-9")]

    async def restarted(rig: Rig) -> None:
        await rig.commit(4)
        await rig.at(6)
        assert [(context.boot, context.shift) for context in rig.line.contexts] == [("boot-7", "shift-9")]

    run(tmp_path, use)
    run(tmp_path, restarted)


# --- when something does ---


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_is_outlived_and_no_record_is_lost_or_taken_twice(tmp_path: Path, fault: str) -> None:
    async def use(rig: Rig) -> None:
        await rig.commit(1, 2)
        await rig.at(2)
        await rig.commit(3)
        await rig.at(3)
        assert rig.taken == [1, 2, 3]
        assert len(rig.line.faults) < 2, "nothing went wrong"

    run(tmp_path, use, failing(fault, fault))


def test_random_faults_and_restarts_lose_and_repeat_nothing(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    taken: list[int] = []
    committed = 0

    async def use(rig: Rig) -> None:
        nonlocal committed
        for _ in range(chance.randint(0, 6)):
            fresh = range(committed + 1, committed + 1 + chance.randint(1, 30))
            await rig.commit(*fresh)
            committed = fresh[-1]
            for _ in range(chance.randint(0, 40)):
                await asyncio.sleep(0)
        if last:
            await rig.at(committed)
        taken.extend(rig.taken)

    for number in range(12):
        last = number == 11
        faults = [chance.choice((*FAULTS, "", "", "")) for _ in range(chance.randint(0, 8))]
        run(tmp_path, use, failing(*faults), seed=chance.getrandbits(32))
    assert taken == list(range(1, committed + 1))


def test_control_a_pump_that_does_not_ask_after_a_doubt_is_refused_by_the_receiver(tmp_path: Path) -> None:
    async def use(rig: Rig) -> None:
        await rig.commit(1)
        await rig.at(1)
        rig.line.faults.append("vanished")
        await rig.commit(2)  # lost on its way: a pump that believes itself goes on behind it
        await rig.until(lambda: not rig.line.faults)
        await rig.commit(3)
        await rig.until(lambda: "OutOfStep" in rig.line.refused)
        assert rig.taken == [1]

    run(tmp_path, use, failing(remembers=True))


def test_a_line_that_stays_down_is_tried_less_and_less_often_and_said_to_be_down(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def use(rig: Rig) -> None:
        await rig.commit(1)
        await rig.until(lambda: len(rig.pauses) == 12)
        status = rig.pump.status()
        assert (status.state, status.reason, status.mark) == ("waiting", "nobody is there", 0)
        ceilings = [min(60.0, 0.5 * 2.0**number) for number in range(12)]
        assert all(pause <= most for pause, most in zip(rig.pauses, ceilings, strict=True))
        assert len(set(rig.pauses)) == 12
        assert max(rig.pauses[8:]) > 1.0
        rig.line.faults.clear()
        await rig.at(1)
        assert rig.pump.status().reason == ""

    with caplog.at_level(logging.INFO):
        run(tmp_path, use, failing(*["unopened"] * 100))
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


def test_after_an_error_that_is_over_the_next_one_begins_with_a_short_pause(tmp_path: Path) -> None:
    async def use(rig: Rig) -> None:
        await rig.commit(1)
        await rig.at(1)
        first = len(rig.pauses)
        await rig.commit(2)
        rig.line.faults.append("down")
        await rig.at(2)
        gathered, failed = rig.pauses[first : first + 2]
        assert gathered == pytest.approx(0.05)
        assert failed <= 0.5

    run(tmp_path, use, failing(*["unopened"] * 10))


# --- what a person has to look at ---


class Elsewhere(Line):
    """The receiver holds another journal's records."""

    async def watermark(self) -> Head:
        return Head(2, b"\7" * 32)


def stopped(folder: Path, line: Callable[[Link], Line], words: str, before: Callable[[], None] = lambda: None) -> None:
    async def use(rig: Rig) -> None:
        before()
        await rig.commit(5, 6)
        await rig.until(rig.task.done)
        status = rig.pump.status()
        assert status.state == "stopped"
        assert words in status.reason
        assert rig.task.exception() is None
        assert rig.taken == []
        await rig.commit(7)  # and the till sells on
        rig.inbox.post(TILL, "c1", b"x")
        assert [one.command_id for one in await rig.pump.receive(0)] == ["c1"]

    run(folder, use, line)


def test_a_receiver_with_the_records_of_another_journal_stops_the_pump_and_not_the_till(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    begin_journal(tmp_path / "journal.sqlite", 4)
    stopped(tmp_path, Elsewhere, "not in its journal")
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_a_receiver_that_is_ahead_of_the_journal_stops_the_pump(tmp_path: Path) -> None:
    class Ahead(Elsewhere):
        async def watermark(self) -> Head:
            return Head(99, b"\7" * 32)

    stopped(tmp_path, Ahead, "not in its journal")


def test_a_damaged_journal_stops_the_pump_and_nothing_damaged_leaves(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    begin_journal(path, 2000)
    damage(path, "UPDATE records SET subject = 'another' WHERE seq = ?", 3)
    stopped(tmp_path, Line, "record 3")


# --- commands take turns with it ---


def test_commands_are_received_only_over_an_open_link(tmp_path: Path) -> None:
    async def use(rig: Rig) -> None:
        rig.inbox.post(TILL, "c1", b"x")
        with pytest.raises(LinkDown, match="no command was taken"):
            await rig.pump.receive(0)
        await rig.at(0)
        assert [one.command_id for one in await rig.pump.receive(0)] == ["c1"]

    run(tmp_path, use)


def test_two_calls_are_never_on_the_link_at_once(tmp_path: Path) -> None:
    class Busy(Line):
        within = 0

        async def append(self, envelope: bytes, expected: int) -> Head:
            return await self._alone(super().append(envelope, expected))

        async def receive(self, after: int) -> list[Delivered]:
            return await self._alone(super().receive(after))

        async def _alone(self, call: Awaitable[T]) -> T:
            self.within += 1
            assert self.within == 1, "two at once"
            await asyncio.sleep(0)
            found = await call
            self.within -= 1
            return found

    async def use(rig: Rig) -> None:
        for number in range(1, 30):
            await rig.commit(number)
            await asyncio.gather(rig.pump.receive(0), rig.pump.receive(0))
        await rig.at(29)

    run(tmp_path, use, Busy)


# --- nobody waits for it ---


class Beside(Executor):
    """Counts what is done beside the loop, and on which thread."""

    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(1)
        self.threads: set[int] = set()
        self.jobs = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.jobs += 1

        def noted() -> Any:
            self.threads.add(threading.get_ident())
            return fn(*args, **kwargs)

        return self.pool.submit(noted)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self.pool.shutdown(wait)


def test_packing_and_reading_are_done_beside_the_loop(tmp_path: Path) -> None:
    beside = Beside()

    async def use(rig: Rig) -> None:
        await rig.commit(1, 2)
        async with asyncio.timeout(10):
            while rig.pump.status().mark < 2:
                await asyncio.sleep(0.001)
        assert beside.jobs == 2
        assert threading.get_ident() not in beside.threads

    try:
        run(tmp_path, use, executor=beside)
    finally:
        beside.shutdown()


def test_a_journal_that_cannot_be_read_for_a_while_is_waited_for(tmp_path: Path) -> None:
    async def use(rig: Rig) -> None:
        await rig.commit(1)
        await rig.at(1)
        await rig.journal.close()
        rig.pump.wake()
        await rig.until(lambda: rig.pump.status().state == "waiting")
        assert "not open" in rig.pump.status().reason
        assert not rig.task.done()

    run(tmp_path, use)


# --- the file is SQLite's ---


def somebody_else_opens_and_closes(journal: Path) -> None:
    """As a technician does with the `sqlite3` command beside a till that runs."""
    words = (
        f"import sqlite3; c = sqlite3.connect({str(journal)!r}); c.execute('SELECT * FROM meta').fetchall(); c.close()"
    )
    subprocess.run([sys.executable, "-c", words], check=True, timeout=60)


def log_is_there(folder: Path, meanwhile: Callable[[], object] = lambda: None) -> bool:
    """Whether the journal's write-ahead log outlives a stranger who opens the file while records are pumped.

    A process that closes any descriptor of the file gives up the locks that its own SQLite holds on it. The last one
    to close a database takes its log away, and a stranger believes to be that then: later commits would be lost.
    """
    there: list[bool] = []

    async def use(rig: Rig) -> None:
        await rig.commit(1, 2)
        await rig.at(2)
        meanwhile()
        somebody_else_opens_and_closes(folder / "journal.sqlite")
        there.append((folder / "journal.sqlite-wal").exists())

    run(folder, use)
    return there == [True]


def test_pumping_leaves_the_till_its_locks_on_the_journal(tmp_path: Path) -> None:
    assert log_is_there(tmp_path)


def test_control_whoever_reads_the_file_in_the_tills_process_gives_them_up(tmp_path: Path) -> None:
    assert not log_is_there(tmp_path, lambda: stretch(tmp_path / "journal.sqlite"))
