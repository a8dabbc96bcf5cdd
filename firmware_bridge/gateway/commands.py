"""Behind a sale: what a person asks of a book's lane from afar, as bytes on the till's link, and who carries it out.

A command is a msgpack map `{"v": 1, "do": …, "book": …, "seq": …, "by": …}`; a key that is not known is passed over.
It is let go of only after it was carried out, so it may be carried out twice when the power goes in between: every
command says itself what it is about, and doing it again changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeGuard, cast, get_args

import msgpack

from firmware_bridge.gateway.errors import GatewayMisuse
from firmware_bridge.journal.errors import JournalError
from firmware_bridge.log_kinds import about
from firmware_bridge.uplink.inbox import CommandInbox
from firmware_bridge.uplink.link import Delivered, LinkError, LinkMisuse

log = logging.getLogger(__name__)

VERSION = 1
MAX_BYTES = 1024
MAX_TEXT = 64
LOOK_S = 2.0
"""How often the watch is asked whether there is something new."""

Do = Literal["retry", "park", "drop"]
Sleep = Callable[[float], Awaitable[None]]


class UnknownCommand(ValueError):
    """Bytes that are no command this release knows; nothing was done."""


@dataclass(frozen=True, slots=True)
class Command:
    """`retry`: send what is parked again (record `seq`, None = all of it), and try a held lane at once.

    `park`: set record `seq` aside, at which the lane is held. `drop`: give the parked record `seq` up for good, with
    all that waits for it. `by`: who asks.
    """

    do: Do
    book: str
    seq: int | None
    by: str


def encode(command: Command) -> bytes:
    """Return the command as it travels."""
    raw: bytes = msgpack.packb(
        {"v": VERSION, "do": command.do, "book": command.book, "seq": command.seq, "by": command.by}
    )
    return raw


def decode(body: bytes) -> Command:
    """Return the command. Raises UnknownCommand and nothing else."""
    found = _unpacked(body)
    do, book, seq, by = found.get("do"), found.get("book"), found.get("seq"), found.get("by")
    if found.get("v") != VERSION or do not in get_args(Do):
        raise UnknownCommand(f"this release knows no command {do!r:.40} of version {found.get('v')!r:.20}")
    if not _is_text(book, 1) or not _is_text(by, 0):
        raise UnknownCommand(f"the command to {do} does not say which book, or who asks")
    if seq is not None and (type(seq) is not int or not 0 < seq < 1 << 63):
        raise UnknownCommand(f"the command to {do} is about no record")
    if seq is None and do != "retry":
        raise UnknownCommand(f"the command to {do} does not say which record")
    return Command(cast("Do", do), book, seq, by)


def _unpacked(body: bytes) -> dict[str, Any]:
    if len(body) > MAX_BYTES:
        raise UnknownCommand(f"it has {len(body)} bytes, more than {MAX_BYTES}")
    try:
        found = msgpack.unpackb(body)
    except (ValueError, RecursionError) as error:
        raise UnknownCommand("it is not msgpack") from error
    if not isinstance(found, dict):
        raise UnknownCommand("it is no map")
    return found


def _is_text(value: object, least: int) -> TypeGuard[str]:
    return isinstance(value, str) and least <= len(value) <= MAX_TEXT and value.isprintable()


def inbox_path(journal: str | Path) -> Path:
    """Where the commands for the till of this journal wait."""
    return Path(f"{journal}.inbox")


class LateInbox:
    """A till's inbox that is opened when it is first asked, so that a file nobody can read keeps no till from selling.

    Implements `uplink.inprocess.Inbox`; called on one thread.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._inbox: CommandInbox | None = None

    def receive(self, till: str, after: int) -> list[Delivered]:
        """See CommandInbox. Raises LinkDown, LinkMisuse."""
        if self._inbox is None:
            self._inbox = CommandInbox(self._path)
        return self._inbox.receive(till, after)


class FileWatch:
    """Whether somebody has written to a file: two stamps that differ. A look costs some microseconds."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def stamp(self) -> object:
        """Return what changes with every write; None when there is no file."""
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size


class Commands:
    """Takes the commands of one till as they come and has them carried out, in order. `run` until cancelled.

    `receive`: see Link. `carry_out` returns what was done in one sentence and raises GatewayMisuse, and JournalError
    when it has to be tried again. `stamp` differs when there may be something new.
    """

    def __init__(
        self,
        receive: Callable[[int], Awaitable[list[Delivered]]],
        carry_out: Callable[[Command], Awaitable[str]],
        stamp: Callable[[], object],
        *,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._receive = receive
        self._carry_out = carry_out
        self._stamp = stamp
        self._sleep = sleep
        self._after = 0
        self._told = ""

    async def run(self) -> None:
        """Look at start, and whenever the stamp has changed."""
        seen: object = None
        again = True
        while True:
            now = self._stamp()
            changed = now != seen
            if again or changed:
                seen = now
                # once more after a change: two writes within a tick of the file system's clock have one stamp
                again = not await self._look() or changed
            await self._sleep(LOOK_S)

    async def _look(self) -> bool:
        """Take what there is; False when that has to be tried again."""
        try:
            while found := await self._receive(self._after):
                for one in found:
                    await self._one(one)
                    self._after = one.number
        except LinkMisuse as error:
            # another inbox lies there than the one that gave the numbers; what waits in it is taken from its beginning
            self._tell(str(error))
            self._after = 0
            return False
        except (LinkError, JournalError) as error:
            self._tell(str(error))
            return False
        self._told = ""
        return True

    async def _one(self, given: Delivered) -> None:
        try:
            command = decode(given.body)
        except UnknownCommand as error:
            log.warning(
                "command %s was let go of: %s; nothing was done", given.command_id, error, extra=about("command")
            )
            return
        asked = f"command {given.command_id} ({command.do}, asked by {command.by or 'nobody'})"
        try:
            log.info("%s: %s", asked, await self._carry_out(command), extra=about("command"))
        except GatewayMisuse as error:
            log.warning("%s: %s", asked, error, extra=about("command"))
        except (LinkError, JournalError):
            raise
        except Exception:  # it would stand in the way of all others for ever
            log.exception("%s was let go of after an unforeseen error", asked, extra=about("command"))

    def _tell(self, text: str) -> None:
        if text != self._told:
            log.warning("no commands are taken for now: %s", text, extra=about("link-down"))
        self._told = text
