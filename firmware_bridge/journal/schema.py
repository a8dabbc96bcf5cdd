"""The tables of the file in which a sale's records stand, and those beside them."""

from __future__ import annotations

import sqlite3

TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE records (
    seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, subject TEXT NOT NULL, name TEXT NOT NULL,
    body BLOB NOT NULL, hash BLOB NOT NULL);
CREATE INDEX records_subject ON records (subject, seq) WHERE subject <> '';
CREATE INDEX records_name ON records (name, seq);
CREATE TABLE anchors (seq INTEGER PRIMARY KEY, hash BLOB NOT NULL, at INTEGER NOT NULL, reason TEXT NOT NULL);
CREATE TABLE snapshots (seq INTEGER PRIMARY KEY, body BLOB NOT NULL, digest BLOB NOT NULL);
CREATE TABLE requests (
    id TEXT PRIMARY KEY, digest BLOB NOT NULL, subject TEXT NOT NULL, seq INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE cursors (name TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE refs (
    vendor TEXT NOT NULL, our_id TEXT NOT NULL, vendor_id TEXT NOT NULL,
    PRIMARY KEY (vendor, our_id)) WITHOUT ROWID;
CREATE TABLE parked (
    vendor TEXT NOT NULL, seq INTEGER NOT NULL, ref TEXT NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (vendor, seq)) WITHOUT ROWID;
CREATE TABLE personal (subject TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
"""

# Came later than the rest. A journal without them gets them when it is opened for writing. `ref` stays what it was,
# for a release that knows no more: our id in the call. `place` is JSON, NULL in a row of that release.
ADDITIONS = """
ALTER TABLE parked ADD COLUMN place TEXT;
ALTER TABLE parked ADD COLUMN state TEXT NOT NULL DEFAULT 'refused';
ALTER TABLE parked ADD COLUMN waits_for TEXT NOT NULL DEFAULT '';
CREATE INDEX parked_waits ON parked (vendor, waits_for, seq) WHERE waits_for <> '';
CREATE TABLE intents (
    book TEXT PRIMARY KEY, seq INTEGER NOT NULL, operation TEXT NOT NULL, sends INTEGER NOT NULL,
    at INTEGER NOT NULL) WITHOUT ROWID;
"""


def has_books(connection: sqlite3.Connection) -> bool:
    """Whether this journal has the tables for books: those of an earlier release lack them until it is written to."""
    return connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'intents'").fetchone() is not None
