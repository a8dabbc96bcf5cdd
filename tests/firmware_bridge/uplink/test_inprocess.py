"""The link inside the till's own process keeps what every link promises; a broken one is caught."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from firmware_bridge.journal.chain import Head
from firmware_bridge.journal.store import Journal
from firmware_bridge.journal.thread import InlineExecutor, JournalThread
from firmware_bridge.uplink.envelope import read
from firmware_bridge.uplink.inbox import CommandInbox
from firmware_bridge.uplink.inprocess import UPLINK, InProcessLink
from firmware_bridge.uplink.limits import MAX_COMMAND, MAX_WAITING
from firmware_bridge.uplink.link import Link, LinkDown, LinkMisuse
from firmware_bridge.uplink.source import stretch
from tests.firmware_bridge.journal.samples import ticking
from tests.firmware_bridge.uplink.conformance import Bench, Conformance
from tests.firmware_bridge.uplink.samples import TILL, begin_journal


class OwnFile:
    """A bench whose receiver is the journal's own cursor."""

    kind: type[InProcessLink] = InProcessLink

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self._inbox = journal.with_name("inbox.sqlite")

    def _opener(self) -> partial[Journal]:
        return partial(Journal.open, self._journal, till_id=TILL, clock=ticking(), new_id=lambda: "never")

    def link(self) -> AbstractAsyncContextManager[Link]:
        return self._linked()

    @asynccontextmanager
    async def _linked(self) -> AsyncIterator[Link]:
        thread = JournalThread(self._opener())
        await thread.start()
        try:
            yield self.kind(TILL, thread, CommandInbox(self._inbox), InlineExecutor())
        finally:
            await thread.close()

    def held(self) -> list[Head]:
        journal = self._opener()()
        held = journal.cursors().get(UPLINK, 0)
        journal.close()
        return [Head(row[0], row[5]) for row in stretch(self._journal, 0, held).rows] if held else []

    def post(self, till: str, command_id: str, body: bytes) -> int:
        return CommandInbox(self._inbox).post(till, command_id, body)


class TestInProcess(Conformance):
    def make(self, journal: Path) -> Bench:
        return OwnFile(journal)


# --- the suite has teeth ---


class _Believing(InProcessLink):
    """Moves to wherever an envelope ends: no compare-and-set, no look at the chain before."""

    async def append(self, envelope: bytes, expected: int) -> Head:
        head = read(envelope).head
        if (await self.watermark()).seq < head.seq:
            await self._journal.advance(UPLINK, head.seq)
        return head


class _Forgetful(InProcessLink):
    """Says that it stored, and did not."""

    async def append(self, envelope: bytes, expected: int) -> Head:
        return read(envelope).head


class _Hasty(InProcessLink):
    """Lets go of commands as it hands them out."""

    async def receive(self, after: int) -> list[object]:  # type: ignore[override]  # broken on purpose
        found = await super().receive(after)
        if found:
            await super().receive(found[-1].number)
        return list(found)


def _bench(journal: Path, broken: type[InProcessLink]) -> Bench:
    bench = OwnFile(journal)
    bench.kind = broken
    return bench


CONTROLS = [
    (_Believing, Conformance.test_a_hole_is_refused_and_the_watermark_told),
    (_Believing, Conformance.test_a_hole_is_refused_also_when_the_expected_number_fits),
    (_Believing, Conformance.test_an_overlap_is_refused),
    (_Believing, Conformance.test_another_expected_number_than_the_watermark_is_refused),
    (_Believing, Conformance.test_rewritten_records_are_refused_before_and_after_the_watermark),
    (_Forgetful, Conformance.test_records_arrive_in_order_and_all_of_them),
    (_Forgetful, Conformance.test_the_watermark_is_there_after_a_restart_and_sending_goes_on_from_it),
]


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    begin_journal(tmp_path / "journal.sqlite", 150)
    return tmp_path / "journal.sqlite"


@pytest.mark.parametrize(("broken", "check"), CONTROLS, ids=lambda it: getattr(it, "__name__", str(it)))
def test_the_suite_finds_a_broken_link(broken: type[InProcessLink], check: object, journal: Path) -> None:
    assert callable(check)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        check(TestInProcess(), _bench(journal, broken), journal)


def test_the_suite_finds_a_link_that_lets_go_of_commands_too_early(journal: Path) -> None:
    with pytest.raises(AssertionError):
        TestInProcess().test_a_command_stays_until_the_till_says_that_it_holds_it(_bench(journal, _Hasty))


# --- the inbox's file ---


def test_too_long_a_command_and_one_too_many_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inbox = CommandInbox(tmp_path / "inbox.sqlite")
    for command_id, body in (("", b"x"), ("i" * 300, b"x"), ("c", bytes(MAX_COMMAND + 1))):
        with pytest.raises(LinkMisuse, match="nothing was stored"):
            inbox.post(TILL, command_id, body)
    monkeypatch.setattr("firmware_bridge.uplink.inbox.MAX_WAITING", 3)
    for number in range(3):
        inbox.post(TILL, f"c{number}", b"x")
    with pytest.raises(LinkMisuse, match="3 commands wait"):
        inbox.post(TILL, "c3", b"x")
    assert inbox.post("UA-18", "c3", b"x") == 1
    assert MAX_WAITING > 3


def test_an_id_that_waits_with_another_content_is_refused(tmp_path: Path) -> None:
    inbox = CommandInbox(tmp_path / "inbox.sqlite")
    inbox.post(TILL, "c1", b"x")
    with pytest.raises(LinkMisuse, match="another content"):
        inbox.post(TILL, "c1", b"y")
    assert [each.body for each in inbox.receive(TILL, 0)] == [b"x"]


def test_a_file_that_is_no_inbox_is_left_alone(tmp_path: Path, journal: Path) -> None:
    before = journal.read_bytes()
    with pytest.raises(LinkMisuse, match="no inbox"):
        CommandInbox(journal)
    assert journal.read_bytes() == before
    (tmp_path / "noise").write_bytes(b"noise" * 1000)
    with pytest.raises(LinkDown, match="nothing was stored"):
        CommandInbox(tmp_path / "noise")
    with pytest.raises(LinkDown):
        CommandInbox(tmp_path / "nowhere" / "inbox.sqlite")
