"""What goes into the journal and what comes out of it: the values around a sale's records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from firmware_bridge.journal.codec import Stored

ParkedState = Literal["refused", "behind", "waits", "retry"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A record to append. `subject` is the document (or shift) it is about, "" for none."""

    subject: str
    record: Stored


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it stands in the file. `at`: UTC ms; `name`: its class; `hash`: 32 bytes, chained."""

    seq: int
    at: int
    subject: str
    name: str
    record: Stored
    hash: bytes


@dataclass(frozen=True, slots=True)
class Request:
    """An idempotency key to bind for ever, in the commit of the batch's record number `entry` (from 0).

    `digest` is the SHA-256 of the request's content, `subject` the document that answers it.
    """

    id: str
    digest: bytes
    subject: str
    entry: int = 0


@dataclass(frozen=True, slots=True)
class BoundRequest:
    """A bound idempotency key; `seq` is the record that it was bound with."""

    id: str
    digest: bytes
    subject: str
    seq: int


@dataclass(frozen=True, slots=True)
class Parked:
    """A record that a book does not have yet and that its cursor has passed. `at`: UTC ms, `reason`: for a person.

    `refused`: set aside, a person has to see to it. `retry`: it is sent again when its turn comes. Both close
    `place` (names from the outermost: drawer, drawer day, document): what lies there is `behind`, and sent in order
    once it may. `waits`: only for the vendor's id for `on` (our id); it closes nothing.
    """

    vendor: str
    seq: int
    place: tuple[str, ...]
    state: ParkedState
    on: str
    reason: str
    at: int


@dataclass(frozen=True, slots=True)
class Intent:
    """A request about record `seq` that may have left and whose answer is not written yet; a book has one at most.

    `operation`: as the vendor calls it. `sends`: how often it may have left, this time included. `at`: UTC ms.
    """

    book: str
    seq: int
    operation: str
    sends: int
    at: int


@dataclass(frozen=True, slots=True)
class Advance:
    """One step of a book: its cursor's new place, ids learned (ours -> the vendor's), rows set aside or changed, rows
    taken back, and the request that may leave next (None: none is open).
    """

    book: str
    seq: int
    refs: Mapping[str, str]
    parked: Sequence[Parked]
    resolved: Sequence[int]
    intent: Intent | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The rules' state after record `seq`; the bytes are the owner's."""

    seq: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Anchor:
    """A point of the chain that was made known outside, and why ("shift report 12"). `at`: UTC ms."""

    seq: int
    hash: bytes
    at: int
    reason: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a checkpoint did, in pages: how many the write-ahead log held, how many are now in the main file."""

    logged: int
    moved: int


@dataclass(frozen=True, slots=True)
class Settings:
    """What SQLite says of itself and of this connection, read back (`synchronous` 2 = FULL)."""

    sqlite_version: str
    journal_mode: str
    synchronous: int
    wal_autocheckpoint: int
    secure_delete: int
    page_size: int
