"""Events, intentions and an open journal for the tests of this folder."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from firmware_bridge.journal.records import Entry, Request
from firmware_bridge.journal.store import Journal
from statemachines.vocabulary.effects import Print
from statemachines.vocabulary.events import CashMoved, DrawerSensed, Event, Occurred, ReceiptPrinted
from statemachines.vocabulary.evidence import Counters
from statemachines.vocabulary.paper import Paper, QrCode, TextLine
from statemachines.vocabulary.receipt import Person

ANN = Person("7", "Ганна", "cashier")
PAPER = Paper(
    32,
    (TextLine("Кава 2 x 25,00"), QrCode("https://example.org/1"), TextLine("50,00", tall=True)),
    "КІНЕЦЬ",
    "КОПІЯ",
    "НЕДІЙСНО",
    1,
)


def ticking(start: int = 1_700_000_000_000) -> Callable[[], int]:
    return itertools.count(start).__next__


def open_journal(path: Path, till_id: str = "UA-17", journal_id: str = "journal-1") -> Journal:
    return Journal.open(path, till_id=till_id, clock=ticking(), new_id=lambda: journal_id)


def occurred(event: Event, at: int = 1_700_000_000_500) -> Occurred:
    return Occurred(at, 42, event, ANN, "command-1")


def moved(number: int) -> Entry:
    document = f"doc-{number}"
    return Entry(document, occurred(CashMoved(document, "cash_pull", "out", 100 + number), 1_700_000_000_000 + number))


def printing(document: str = "doc-1") -> Entry:
    return Entry(document, Print(document, "0001", PAPER, before=Counters(12, 3456)))


def printed(document: str = "doc-1") -> Entry:
    return Entry(document, occurred(ReceiptPrinted(document, "0001", "odometer", Counters(13, 3480))))


def sensed() -> Entry:
    return Entry("", occurred(DrawerSensed("left", open=True)))


def request(key: str, entry: int = 0, subject: str = "doc-1") -> Request:
    return Request(key, sha256(key.encode()).digest(), subject, entry)


RECORDS = 12


def fill(path: Path) -> str:
    """A journal of 12 records; returns the anchor of record 8, as printed."""
    journal = open_journal(path)
    journal.append([moved(1), printing(), printed(), sensed()], [request("a")], snapshot=b"state 4")
    journal.append([moved(n) for n in range(4)], anchor="shift report 1", personal={"doc-1": b"customer@example.org"})
    anchor = journal.head().anchor
    journal.append([moved(n) for n in range(4)], snapshot=b"state 12")
    journal.close()
    return anchor


def alter(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def damage(path: Path, statement: str, *values: object) -> None:
    """Change the file behind the journal's back."""
    with sqlite3.connect(path) as connection:
        connection.execute(statement, values)
    connection.close()
