"""How a sale's records leave the till and how commands come to it, whatever carries them.

One till, one link, one caller at a time. What is not certain is never guessed: after LinkDoubtful, and whenever a
link is opened, the watermark says what the receiver holds, and the sender goes on from there. Appending is a
compare-and-set on that watermark, so two senders, a late packet or a repeated call store nothing twice.

LinkError
├── LinkDown       the receiver was not reached: nothing was stored; later
├── LinkDoubtful   it was reached and did not answer: it may have stored; ask the watermark
├── OutOfStep      refused, nothing stored: the receiver is at `watermark`; go on from there
├── LinkForeign    refused, nothing stored: another till's or journal's records, or rewritten ones; a person has to look
└── LinkMisuse     not open, or opened twice; nothing was done
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from firmware_bridge.journal.chain import Head


class LinkError(Exception):
    """Base of all errors of a link."""


class LinkDown(LinkError):
    """The receiver was not reached; nothing was stored."""


class LinkDoubtful(LinkError):
    """The receiver may or may not have stored the envelope; its watermark tells."""


class OutOfStep(LinkError):
    """The envelope is not the next one. `watermark` is the last record that the receiver holds."""

    def __init__(self, text: str, watermark: Head) -> None:
        super().__init__(text)
        self.watermark = watermark


class LinkForeign(LinkError):
    """The receiver holds another chain for this till, or the records are of another till; nothing was stored."""


class LinkMisuse(LinkError):
    """The link is not open, is open already, or was asked for something impossible; nothing was done."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """A command that waits for the till: its number in the till's inbox (from 1), its id, and its bytes.

    Its id is the command's own: a till that has it in its journal answers from there.
    """

    number: int
    command_id: str
    body: bytes


class Link(Protocol):
    """A link of one till. Every method raises LinkDown or another LinkError, never a transport's own."""

    async def open(self, till: str) -> None:
        """Connect as `till`. Raises LinkMisuse when open, LinkForeign when this link is not that till's."""
        ...

    async def watermark(self) -> Head:
        """Return number and hash of the last record that the receiver holds durably; number 0 with the genesis."""
        ...

    async def append(self, envelope: bytes, expected: int) -> Head:
        """Hand over the records after record `expected`; return the new watermark once they are durable.

        Records that the receiver already holds, all of them and the same, are a repeated call: nothing is stored and
        the watermark is returned. Raises OutOfStep (`expected` is not the watermark, or the envelope does not begin
        there: a hole or an overlap), LinkForeign, WireError (no envelope, or its records do not hash to their
        chain): nothing was stored. LinkDown, LinkDoubtful.
        """
        ...

    async def receive(self, after: int) -> list[Delivered]:
        """Return the oldest commands whose numbers are above `after`, at most MAX_RECEIVED, without waiting.

        `after` says that the till holds everything up to it durably: the receiver may let go of that. What is above
        stays until a later call says so. Raises LinkMisuse for a number that was never given.
        """
        ...

    async def close(self) -> None:
        """Let go of everything; harmless when closed. What was not answered is doubtful."""
        ...
