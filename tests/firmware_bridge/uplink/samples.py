"""Rows of a till's journal for the tests of this folder, and journals that hold them."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from firmware_bridge.journal import chain
from firmware_bridge.journal.chain import Head
from firmware_bridge.journal.codec import encode
from firmware_bridge.journal.reading import Row
from firmware_bridge.journal.records import Entry
from firmware_bridge.uplink.envelope import Context
from statemachines.vocabulary.events import Occurred
from tests.firmware_bridge.journal.samples import moved, open_journal, printed, printing

TILL, JOURNAL = "UA-17", "journal-1"
CONTEXT = Context(TILL, JOURNAL, "boot-1", "shift-1")
START = Head(0, chain.genesis(JOURNAL))


def chained(parts: Sequence[tuple[int, str, str, bytes]], before: Head = START) -> list[Row]:
    """Rows of (at, subject, name, body), hashed on after `before`."""
    rows = []
    for at, subject, name, body in parts:
        before = Head(before.seq + 1, chain.link(before.hash, before.seq + 1, at, subject, name, body))
        rows.append((before.seq, at, subject, name, body, before.hash))
    return rows


def rows_of(entries: Sequence[Entry], before: Head = START) -> list[Row]:
    """Rows of journal entries; an intention is written at second 9."""
    parts = []
    for entry in entries:
        name, body = encode(entry.record)
        at = entry.record.at if isinstance(entry.record, Occurred) else 9_000
        parts.append((at, entry.subject, name, body))
    return chained(parts, before)


def day(records: int) -> list[Entry]:
    """A till's records: cash moves, and now and then a document printed."""
    return [
        printing(f"doc-{n}") if n % 5 == 0 else printed(f"doc-{n - 1}") if n % 5 == 1 else moved(n)
        for n in range(1, records + 1)
    ]


def begin_journal(path: Path, records: int, till: str = TILL, journal_id: str = JOURNAL) -> None:
    """A journal file with `day(records)` in it."""
    journal = open_journal(path, till, journal_id)
    journal.append(day(records))
    journal.close()


_PLAIN: dict[Any, list[Any]] = {
    str: ["", "1", "Ганна", "doc-1", "x" * 40, "\0"],
    int: [0, -1, 7, 255, 65_536, -(2**63), 2**63 - 1],
    bool: [True, False],
    bytes: [b"", b"\x80", bytes(range(200))],
    type(None): [None],
}


def invented(hint: Any, chance: random.Random) -> Any:
    """A value of a declared type of the vocabulary, drawn at random."""
    if hint in _PLAIN:
        return chance.choice(_PLAIN[hint])
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        hints = get_type_hints(hint)
        return hint(**{field.name: invented(hints[field.name], chance) for field in dataclasses.fields(hint)})
    options = get_args(hint)
    if get_origin(hint) is Literal:
        return chance.choice(options)
    if get_origin(hint) is not tuple:
        return invented(chance.choice(options), chance)
    if options[1] is Ellipsis:
        return tuple([invented(options[0], chance) for _ in range(chance.randrange(3))])
    return tuple([invented(option, chance) for option in options])
