"""How much of anything a record's way over a link may hold, and the one error of bytes that are no envelope."""

from __future__ import annotations

from firmware_bridge.journal.codec import MAX_BODY

MAX_RECORDS = 64
"""Journal records in one envelope."""
AIM_BODIES = MAX_BODY
"""Bytes of bodies after which a sender begins the next envelope. A single record always fits into one."""
MAX_BODIES = 2 * MAX_BODY
"""Bytes of all rebuilt bodies, subjects and names of one envelope: above this a receiver stops."""
MAX_CONTENT = 3 * MAX_BODY
"""Bytes of an envelope's content once it is inflated."""
MAX_ENVELOPE = 3 * MAX_BODY
"""Bytes of an envelope on the wire."""
MAX_ITEMS = 4096
"""Items of one array on the wire. A reader may set aside room for as many as an array claims to have, at each of
msgpack's 1024 levels: with this it is 32 MiB at most."""
MAX_DEPTH = 14
"""Levels of classes and lists inside a record's fields; with the body's own two, the 16 of the journal."""
MAX_SHAPES = 64
"""Rows of the table that an envelope may tell."""
MAX_FIELDS = 128
"""Fields of one class."""
MAX_NAME = 64
"""Characters of a class's or field's name."""
MAX_ID = 256
"""Characters of the ids in an envelope's context."""
MAX_COMMAND = 1 << 18
"""Bytes of one command to a till."""
MAX_WAITING = 1000
"""Commands that wait for one till; more are refused."""
MAX_RECEIVED = 64
"""Commands handed out at once."""


class WireError(ValueError):
    """Bytes that are no envelope, or whose records do not hash to the chain they claim. Nothing was taken from them."""

    def __init__(self, why: str) -> None:
        super().__init__(f"The envelope was refused: {why}; nothing of it was taken, have it sent again.")
