"""Behind a sale's way: `firmware-bridge outbox …`, a person's look at what the books have not confirmed yet.

It reads the journal beside a till that runs, and one that does not. What is to be done is not done here: it is put
into the till's inbox as a command, and the till does it within seconds, or at its next start.
"""

from __future__ import annotations

import getpass
import json
import os
import uuid
from collections.abc import Callable
from pathlib import Path

from firmware_bridge import books
from firmware_bridge.config import Config
from firmware_bridge.errors import UsageError, UserError
from firmware_bridge.gateway.commands import MAX_TEXT, Command, Do, encode, inbox_path
from firmware_bridge.gateway.store import GATEWAY
from firmware_bridge.journal.browse import printable
from firmware_bridge.journal.readonly import open_readonly
from firmware_bridge.outbox_arguments import Wish
from firmware_bridge.outbox_reading import JournalOutbox, SetAside
from firmware_bridge.uplink.inbox import CommandInbox
from firmware_bridge.uplink.inprocess import UPLINK
from firmware_bridge.uplink.link import LinkError
from firmware_bridge.views import View

Say = Callable[[str], None]
NEXT = "within seconds, or at its next start when it does not run"


def run(config: Config, wish: Wish, say: Say) -> int:
    """Carry it out; returns 0. Raises UserError and JournalError with one sentence, UsageError for what cannot be."""
    names = _names(config, wish)
    with open_readonly(config.journal.path) as connection:
        outbox = JournalOutbox(config, connection)
        names = names or _told(outbox, wish)
        match wish.part:
            case "status":
                _status(config, outbox, names, wish, say)
                return 0
            case "parked":
                _parked(outbox, names, wish, say)
                return 0
            case "retry":
                future = _retry(outbox, names, wish)
            case "park":
                future = _park(outbox, names[0], wish)
            case "drop":
                future = _drop(outbox, names[0], wish, say)
    for name in names:
        _post(config, name, wish.part, wish, say, future)
    return 0


def _names(config: Config, wish: Wish) -> tuple[str, ...]:
    """The books of the configuration that are meant; () = those that the till's gateway keeps, see `_told`."""
    if books.is_remote(config):
        return ()
    names = books.names(config)
    if not names:
        why = "a till in training keeps no books" if config.till.training else "there is no [book] in it"
        raise UsageError(f"Nothing is delivered from the till of this configuration: {why}")
    return _meant(names, wish)


def _told(outbox: JournalOutbox, wish: Wish) -> tuple[str, ...]:
    """The books of which the till's gateway has told it."""
    names = tuple(sorted(name for name in outbox.cursors if name not in (UPLINK, GATEWAY)))
    if not names and wish.part not in ("status", "parked"):
        raise UsageError("The gateway of this till has told of no book yet; nothing was asked for")
    return _meant(names, wish) if names else ()


def _meant(names: tuple[str, ...], wish: Wish) -> tuple[str, ...]:
    if wish.book and wish.book not in names:
        raise UsageError(
            f"This till keeps no book {wish.book!r:.40}, only {', '.join(names) or 'none'}; nothing was done"
        )
    if not wish.book and len(names) > 1 and wish.seq:
        raise UsageError(f"It has to be said which book is meant, of {', '.join(names)}", "--book NAME")
    return (wish.book,) if wish.book else names


# --- looking --------------------------------------------------------------------------------------------------------


def _status(config: Config, outbox: JournalOutbox, names: tuple[str, ...], wish: Wish, say: Say) -> None:
    views = [outbox.book(name) for name in names]
    waiting = _waiting(config)
    if wish.as_json:
        facts = {"till": config.till.id, "head": outbox.head, "uplink": outbox.cursors.get(UPLINK, 0)}
        say(json.dumps({**facts, "commands": waiting, "books": views}, ensure_ascii=False))
        return
    say(f"journal: at record {outbox.head}, taken up the link to record {outbox.cursors.get(UPLINK, 0)}")
    for view in views:
        say(_standing(view))
    if waiting:
        say(f"commands: {waiting} waiting for the till")


def _standing(view: View) -> str:
    parts = [f"{_number(view['behind'], 'record')} behind, lags by {_number(view['lags'], 'transaction')}"]
    if view["parked"]:
        parts.append(f"{view['parked']} set aside and {view['held_behind']} behind them")
    if view["waiting_for_an_id"]:
        parts.append(f"{view['waiting_for_an_id']} waiting for an id of the vendor")
    if view["open_request"]:
        parts.append(
            f"the answer to {view['open_request']['operation']} of record {view['open_request']['seq']} is open"
        )
    return printable(f"{view['book']}: at record {view['cursor']}, {'; '.join(parts)}")


def _waiting(config: Config) -> int | None:
    """How many commands the till has not taken yet; None when nobody can tell."""
    path = inbox_path(config.journal.path)
    if not path.exists():
        return 0
    try:
        return len(CommandInbox(path).receive(config.till.id, 0))
    except LinkError:
        return None


def _parked(outbox: JournalOutbox, names: tuple[str, ...], wish: Wish, say: Say) -> None:
    count = 0
    for name in names:
        for row in outbox.rows(name):
            count += 1
            say(json.dumps(row.view(), ensure_ascii=False) if wish.as_json else row.line())
    if not count and not wish.as_json:
        say("nothing is set aside")


# --- asking the till ------------------------------------------------------------------------------------------------


def _retry(outbox: JournalOutbox, names: tuple[str, ...], wish: Wish) -> str:
    if not wish.seq:
        return "what is set aside is sent again, in order, and a lane that is held is tried at once"
    if wish.seq > outbox.cursors.get(names[0], 0):
        return f"record {wish.seq} is sent again at once, if it is the one at which the lane is held"
    row = outbox.row(names[0], wish.seq)
    if row.parked.state == "waits":
        raise UserError(
            f"Record {wish.seq} is sent when {names[0]} has an id for {row.parked.on}; nothing was asked for"
        )
    return f"record {wish.seq} ({row.kind}) is sent again, and {_count(outbox.behind(row.parked))} behind it in order"


def _park(outbox: JournalOutbox, name: str, wish: Wish) -> str:
    cursor = outbox.cursors.get(name, 0)
    if not cursor < wish.seq <= outbox.head:
        raise UserError(
            f"{name} cannot be held at record {wish.seq}, it is at record {cursor} of {outbox.head}; nothing was asked "
            f"for"
        )
    return (
        f"record {wish.seq} is set aside with what depends on it, if it is the one at which the lane is held; nothing "
        f"is lost, `outbox retry` sends it"
    )


def _drop(outbox: JournalOutbox, name: str, wish: Wish, say: Say) -> str:
    row = outbox.row(name, wish.seq)
    given_up = [row, *outbox.belonging_to(row.parked)]
    if not wish.yes:
        for one in given_up:
            say(json.dumps(one.view(), ensure_ascii=False) if wish.as_json else one.line())
        raise UsageError(
            f"{_count(given_up)} would be given up for good and {name} would never hear of it; nothing was done",
            "add --yes if that is meant",
        )
    return f"{_count(given_up)} given up for good, from record {wish.seq} on; {name} never hears of it"


def _count(rows: list[SetAside]) -> str:
    return _number(len(rows), "record")


def _number(number: int, what: str) -> str:
    return f"1 {what}" if number == 1 else f"{number} {what}s"


def _post(config: Config, name: str, do: Do, wish: Wish, say: Say, future: str) -> None:
    path = inbox_path(config.journal.path)
    command_id = str(uuid.uuid4())
    body = encode(Command(do, name, wish.seq or None, _person(wish)))
    try:
        _owned_like(Path(config.journal.path), path)
        number = CommandInbox(path).post(config.till.id, command_id, body)
    except LinkError as error:
        raise UserError(str(error)) from error
    if wish.as_json:
        say(json.dumps({"book": name, "command": number, "id": command_id, "will": future}, ensure_ascii=False))
    else:
        say(f"{name}: command {number} waits for till {config.till.id}, which takes it {NEXT}: {future}")


def _person(wish: Wish) -> str:
    if wish.by:
        if len(wish.by) > MAX_TEXT or not wish.by.isprintable():
            raise UsageError(f"--by is a name of at most {MAX_TEXT} characters; nothing was asked for")
        return wish.by
    try:
        return getpass.getuser()[:MAX_TEXT]
    except (KeyError, OSError):  # a process without a name
        return ""


def _owned_like(journal: Path, inbox: Path) -> None:
    """What root puts there first must be the till's own, which runs as somebody else."""
    if os.geteuid() != 0 or inbox.exists():
        return
    owner = journal.stat()
    descriptor = os.open(inbox, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
    try:
        os.fchown(descriptor, owner.st_uid, owner.st_gid)
    finally:
        os.close(descriptor)
