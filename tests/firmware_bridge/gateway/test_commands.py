"""Commands from afar: read back from bytes that we did not make, carried out in order, let go of only afterwards."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.gateway.commands import (
    LOOK_S,
    Command,
    Commands,
    FileWatch,
    LateInbox,
    UnknownCommand,
    decode,
    encode,
    inbox_path,
)
from firmware_bridge.gateway.errors import GatewayMisuse
from firmware_bridge.journal.errors import JournalFailed
from firmware_bridge.uplink.inbox import CommandInbox
from firmware_bridge.uplink.link import Delivered, LinkDown, LinkMisuse

TILL = "UA-17"

# Written by hand from the msgpack specification: fixmap, fixstr, positive fixint, nil, uint16.
RETRY_ALL = (
    b"\x85"
    b"\xa1v\x01"
    b"\xa2do\xa5retry"
    b"\xa4book\xa8newstore"
    b"\xa3seq\xc0"
    b"\xa2by\xa4anna"
)  # fmt: skip
DROP_ONE = (
    b"\x85"
    b"\xa1v\x01"
    b"\xa2do\xa4drop"
    b"\xa4book\xa8newstore"
    b"\xa3seq\xcd\x02\x9a"
    b"\xa2by\xa0"
)  # fmt: skip
VECTORS = [
    (RETRY_ALL, Command("retry", "newstore", None, "anna")),
    (DROP_ONE, Command("drop", "newstore", 666, "")),
]


# --- bytes ---


@pytest.mark.parametrize(("raw", "command"), VECTORS)
def test_a_command_reads_and_writes_as_it_is_documented(raw: bytes, command: Command) -> None:
    assert decode(raw) == command
    assert encode(command) == raw


def test_what_a_later_release_adds_to_a_command_is_passed_over() -> None:
    assert decode(b"\x86" + RETRY_ALL[1:] + b"\xa3why" + b"\xa2ok") == VECTORS[0][1]


WRONG = {
    "another version": RETRY_ALL.replace(b"\xa1v\x01", b"\xa1v\x02"),
    "another order": RETRY_ALL.replace(b"\xa5retry", b"\xa5erase"),
    "no book": RETRY_ALL.replace(b"\xa8newstore", b"\xa0"),
    "a book that is no text": RETRY_ALL.replace(b"\xa8newstore", b"\x07"),
    "a person that is no text": RETRY_ALL.replace(b"\xa4anna", b"\xc0"),
    "a name that moves the cursor": RETRY_ALL.replace(b"\xa4anna", b"\xa4an\x1b["),
    "record zero": DROP_ONE.replace(b"\xcd\x02\x9a", b"\x00"),
    "a record that is true": DROP_ONE.replace(b"\xcd\x02\x9a", b"\xc3"),
    "to drop without a record": DROP_ONE.replace(b"\xcd\x02\x9a", b"\xc0"),
    "to park without a record": RETRY_ALL.replace(b"\xa5retry", b"\xa4park"),
    "a list": b"\x90",
    "nothing": b"",
    "cut short": RETRY_ALL[:-1],
    "too long": RETRY_ALL.replace(b"\xa4anna", b"\xda\x10\x00" + b"a" * 4096),
    "a map of maps": b"\x81\x80\x80",
}


@pytest.mark.parametrize("raw", WRONG.values(), ids=WRONG.keys())
def test_what_is_no_command_is_refused(raw: bytes) -> None:
    with pytest.raises(UnknownCommand):
        decode(raw)


@given(st.binary(max_size=1500) | st.binary(max_size=20).map(lambda tail: RETRY_ALL[:-5] + tail))
def test_no_bytes_do_more_than_be_refused(raw: bytes) -> None:
    with suppress(UnknownCommand):
        assert decode(raw).do in ("retry", "park", "drop")


# --- the taker ---


@dataclass
class Desk:
    """A till's inbox on the disk and whoever carries out; time passes when the taker waits."""

    path: Path
    errors: list[Exception] = field(default_factory=list)
    done: list[Command] = field(default_factory=list)
    received: list[int] = field(default_factory=list)
    down: bool = False
    dies: bool = False

    def post(self, command_id: str, raw: bytes) -> None:
        CommandInbox(self.path).post(TILL, command_id, raw)

    def waiting(self) -> list[str]:
        return [one.command_id for one in CommandInbox(self.path).receive(TILL, 0)]

    async def carry_out(self, command: Command) -> str:
        if self.errors:
            raise self.errors.pop(0)
        self.done.append(command)
        if self.dies:
            raise asyncio.CancelledError
        return "done"

    def rounds(self, *between: Callable[[], None]) -> None:
        """One look of a new process, then one more after each of these."""
        inbox = LateInbox(self.path)

        async def receive(after: int) -> list[Delivered]:
            self.received.append(after)
            if self.down:
                raise LinkDown("nobody is there")
            return inbox.receive(TILL, after)

        happens = list(between)

        async def sleep(seconds: float) -> None:
            assert seconds == LOOK_S
            if not happens:
                raise asyncio.CancelledError
            happens.pop(0)()

        commands = Commands(receive, self.carry_out, FileWatch(self.path).stamp, sleep=sleep)
        with suppress(asyncio.CancelledError):
            asyncio.run(commands.run())


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(inbox_path(tmp_path / "journal.sqlite"))


def nothing() -> None:
    pass


def test_what_waited_while_the_till_was_off_is_carried_out_at_its_start_in_order(desk: Desk) -> None:
    desk.post("c1", RETRY_ALL)
    desk.post("c2", DROP_ONE)
    desk.rounds()
    assert desk.done == [VECTORS[0][1], VECTORS[1][1]]
    assert desk.waiting() == []


def test_what_is_posted_later_is_carried_out_at_the_next_look(desk: Desk) -> None:
    desk.rounds(lambda: desk.post("c1", RETRY_ALL), nothing, lambda: desk.post("c2", DROP_ONE), nothing)
    assert desk.done == [VECTORS[0][1], VECTORS[1][1]]


def test_an_inbox_that_nobody_writes_to_is_not_opened_again(desk: Desk) -> None:
    desk.post("c1", RETRY_ALL)
    desk.rounds(*[nothing] * 20)
    assert len(desk.received) <= 5


def test_a_command_is_let_go_of_only_after_it_was_carried_out(desk: Desk) -> None:
    desk.post("c1", RETRY_ALL)
    desk.dies = True
    desk.rounds()
    assert desk.waiting() == ["c1"]
    desk.dies = False
    desk.rounds()
    assert desk.done == [VECTORS[0][1]] * 2  # twice is the same as once
    assert desk.waiting() == []


@pytest.mark.parametrize("error", [GatewayMisuse("record 7 is not parked"), RuntimeError("a bug")])
def test_what_cannot_be_done_is_logged_and_does_not_hold_the_next_one_up(
    desk: Desk, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    desk.errors = [error]
    desk.post("c1", DROP_ONE)
    desk.post("c2", RETRY_ALL)
    desk.rounds()
    assert desk.done == [VECTORS[0][1]]
    assert desk.waiting() == []
    (told,) = caplog.records
    assert "c1 (drop, asked by nobody)" in told.getMessage()


def test_an_unknown_command_is_logged_and_let_go_of(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.post("c1", WRONG["another order"])
    desk.post("c2", RETRY_ALL)
    desk.rounds()
    assert desk.done == [VECTORS[0][1]]
    assert desk.waiting() == []
    assert "knows no command 'erase' of version 1" in caplog.text


def test_while_the_journal_refuses_a_command_waits_and_is_tried_again(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.errors = [JournalFailed("the disk says no")] * 3
    desk.post("c1", RETRY_ALL)
    desk.rounds(nothing, nothing)
    assert (desk.done, desk.waiting()) == ([], ["c1"])
    desk.rounds(nothing)
    assert (desk.done, desk.waiting()) == ([VECTORS[0][1]], [])
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_without_a_link_commands_wait(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.post("c1", RETRY_ALL)
    desk.down = True

    def up() -> None:
        desk.down = False

    with caplog.at_level(logging.WARNING):
        desk.rounds(nothing, nothing, up, nothing)
    assert desk.done == [VECTORS[0][1]]
    assert len(caplog.records) == 1


def test_an_inbox_that_was_thrown_away_begins_anew(desk: Desk) -> None:
    def thrown_away() -> None:
        desk.path.unlink()
        desk.post("c3", DROP_ONE)

    desk.post("c1", RETRY_ALL)
    desk.post("c2", RETRY_ALL)
    desk.rounds(thrown_away, nothing, nothing)
    assert [command.do for command in desk.done] == ["retry", "retry", "drop"]


def test_a_file_that_is_no_inbox_is_left_alone_and_keeps_nobody_from_anything(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.path.write_bytes(b"noise" * 1000)
    desk.rounds(nothing, nothing)
    assert desk.path.read_bytes() == b"noise" * 1000
    assert len(caplog.records) == 1


# --- controls ---


class _Hasty(Commands):
    """Lets go of commands as it gets them."""

    def __init__(
        self,
        receive: Callable[[int], Awaitable[list[Delivered]]],
        carry_out: Callable[[Command], Awaitable[str]],
        stamp: Callable[[], object],
        **more: object,
    ) -> None:
        async def at_once(after: int) -> list[Delivered]:
            found = await receive(after)
            if found:
                await receive(found[-1].number)
            return found

        super().__init__(at_once, carry_out, stamp, **more)  # type: ignore[arg-type]  # handed on as it came


def test_control_a_taker_that_lets_go_too_early_is_caught(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "Commands", _Hasty)
    with pytest.raises(AssertionError):
        test_a_command_is_let_go_of_only_after_it_was_carried_out(desk)


def test_a_number_that_was_never_given_is_no_command(tmp_path: Path) -> None:
    with pytest.raises(LinkMisuse):
        LateInbox(tmp_path / "inbox").receive(TILL, 5)
