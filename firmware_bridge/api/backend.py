"""On a sale's way: the door between the HTTP API and the till. The API knows the till only by this protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from statemachines.vocabulary.commands import Command, Refusal, ReturnedBefore
from statemachines.vocabulary.paper import Paper
from statemachines.vocabulary.receipt import Person, Receipt, TaxGroup

OutboxOrder = Literal["retry", "park", "drop"]
Outcome = Literal["done", "replayed", "accepted", "refused", "none", "conflict"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a command.

    `done`: carried out now. `replayed`: carried out before under this id with the same content. `accepted`:
    durable, still at work (or in doubt). `refused`: accepted once, then it did not happen; the id is bound to
    that. `none`: not accepted, nothing happened, the id is free. `conflict`: the id belongs to other content.
    `refusal` says why for the last three; `view` is what GET would show now.
    """

    outcome: Outcome
    document_id: str
    refusal: Refusal | None = None
    view: dict[str, Any] | None = None


class Backend(Protocol):
    """The till, as the API sees it. Everything runs on the one event loop and never waits for a device.

    `role` of who asks: while a drawer is counted blind, a cashier is not told what is expected in it.
    """

    async def submit(self, command: Command, digest: bytes, wait: float) -> Answer:
        """Hand a command in and wait up to `wait` seconds for its end. `digest`: SHA-256 of its content."""

    async def receipt(self, document_id: str) -> dict[str, Any] | None:
        """Return one document's answer, or None."""

    async def receipts(self, limit: int, before: int | None) -> list[dict[str, Any]]:
        """Return up to `limit` documents, newest first, older than sequence number `before`."""

    async def paper(self, document_id: str) -> tuple[Paper, str, int] | None:
        """Return the frozen paper, the id of the job printed last and its copy number, or None."""

    async def original(self, original_id: str) -> tuple[Receipt, tuple[ReturnedBefore, ...]] | None:
        """Return a certain sale of this till with what was taken back of it so far, oldest first, or None."""

    async def count(self, count_id: str, role: str = "") -> dict[str, Any] | None:
        """Return a cash count as it stands now, or None."""

    def shift(self, role: str = "") -> dict[str, Any] | None:
        """Return the current shift (or the last, closed one) with its closing; None before the first."""

    async def shift_report(self, groups: Mapping[str, TaxGroup], role: str = "") -> dict[str, Any]:
        """Return the current (or last) shift in the form of SmartOne's X report. `groups`: the till's tax groups."""

    def drawers(self, role: str = "") -> list[dict[str, Any]]:
        """Return all drawers with their days; each has its `id`."""

    def status(self, role: str = "") -> dict[str, Any]:
        """Return the till's state with `can_sell` and the `reasons` why not."""

    async def events(self, after: int, limit: int, role: str = "") -> list[dict[str, Any]]:
        """Return up to `limit` events with a `seq` above `after`, oldest first; a `seq` alone: not for this role."""

    async def wait_events(self, after: int, timeout: float) -> None:
        """Return when there is an event above `after`, at the latest after `timeout` seconds."""


class Outbox(Protocol):
    """What the books have not confirmed yet, as the API sees it. Runs on the same loop; waits for no vendor."""

    async def books(self) -> list[dict[str, Any]]:
        """Return where each book stands (see GET /v1/status); nothing for a till without books."""

    async def outbox(self, after: int, limit: int) -> list[dict[str, Any]]:
        """Return the same with `rows`: up to `limit` records that are set aside, with numbers above `after`."""

    async def lags(self) -> list[dict[str, Any]]:
        """Return the books that do not know all cash facts yet: `book`, and `lags`: how many it is behind."""

    async def order(self, what: OutboxOrder, book: str, seq: int | None, by: str) -> str | Refusal:
        """Have a parked record or a held lane seen to; returns what was done in one sentence.

        A Refusal: it is not possible as things stand; nothing was changed. Asked twice, the second changes nothing.
        """


class Webhook(Protocol):
    """What one vendor may send here by itself. Runs on the loop; what it hints at is looked at later."""

    @property
    def header(self) -> str:
        """The name of the header with the signature."""

    def hear(self, body: bytes, signature: str) -> bool:
        """Take a request; False: it is not signed by the vendor, and nothing of it was looked at."""


@dataclass(frozen=True, slots=True)
class OrderWaits:
    """A document that somebody else ordered and that waits at the till. `confirm`: for a person's yes.

    `not_after`: UTC ms; `why` it waits: one sentence; `body`: of POST /v1/sales or /v1/returns.
    """

    id: str
    kind: str
    by: str
    confirm: bool
    not_after: int
    why: str
    body: Mapping[str, Any]


class OrdersDown(Exception):
    """The orders cannot be read or written now; nothing was changed."""


class WaitingOrders(Protocol):
    """The ordered documents that wait at the till, as the API sees them. Raises OrdersDown."""

    async def waiting(self) -> list[OrderWaits]:
        """Return them, in the order in which they came."""

    async def confirm(
        self,
        name: str,
        person: Person,
        original: Mapping[str, Any] | None = None,
        approved_by: Person | None = None,
    ) -> bool:
        """A person says yes; `original`: the sale that is taken back; `approved_by`: a manager who approves it.

        False: no such order waits any more.
        """

    async def refuse(self, name: str, person: Person, why: str) -> bool:
        """A person says no: it will not be made. False: no such order waits any more."""


class NoBooks:
    """The outbox of a till that keeps no books."""

    async def books(self) -> list[dict[str, Any]]:
        """See Outbox."""
        return []

    async def outbox(self, after: int, limit: int) -> list[dict[str, Any]]:
        """See Outbox."""
        return []

    async def lags(self) -> list[dict[str, Any]]:
        """See Outbox."""
        return []

    async def order(self, what: OutboxOrder, book: str, seq: int | None, by: str) -> str | Refusal:
        """See Outbox."""
        return Refusal("unknown-book", f"This till keeps no book {book}: nothing happened", "book")
