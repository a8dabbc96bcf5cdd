"""What can go wrong between a sale and its record on disk. Every text is one sentence for a person.

JournalError
├── JournalLocked     another process has the journal open
├── JournalFailed     the disk refused a write: nothing more is written until `reopen`
├── JournalCorrupt    what stands in the file is not what was written (`seq` names the record)
├── JournalForeign    not a journal, or not this till's, or of a format this release cannot read
├── RequestKnown      the idempotency key is already bound to a record; nothing was written
├── NotStorable       a value that could not be read back was refused; nothing was written
└── JournalMisuse     a call from the wrong thread, or on a closed journal; nothing was done
"""

from __future__ import annotations


class JournalError(Exception):
    """Base of all errors of the journal."""


class JournalLocked(JournalError):
    """Another process owns the journal; nothing was changed."""


class JournalFailed(JournalError):
    """A write or sync failed. The batch in hand may or may not be durable: `reopen`, then compare heads."""


class JournalCorrupt(JournalError):
    """The file is damaged. `seq` is the record concerned, 0 when the damage cannot be put down to one."""

    def __init__(self, text: str, *, seq: int = 0) -> None:
        super().__init__(text)
        self.seq = seq


class JournalForeign(JournalError):
    """The file is something else than the journal that was asked for; nothing was changed."""


class RequestKnown(JournalError):
    """`request_id` was bound before. Look it up with `find_request` and answer from the record it names."""

    def __init__(self, request_id: str) -> None:
        super().__init__(
            f"The request {request_id} already has its record in the journal; nothing was written, answer from it."
        )
        self.request_id = request_id


class NotStorable(JournalError):
    """The record has a value that its type does not allow; nothing was written."""


class JournalMisuse(JournalError):
    """The journal was called from a thread that does not own it, or after `close`."""
