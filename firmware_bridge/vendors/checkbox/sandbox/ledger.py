"""In the vendor's place on a sale's way: one register's chain of transactions, and its queues to the tax service.

Each transaction carries the hash of the one before; a transaction that the tax service refuses leaves the chain, and
those that still wait are linked anew (the vendor's own links change between two looks, as recorded).
"""

from __future__ import annotations

import hashlib
import random
import uuid
from collections import deque
from datetime import datetime
from typing import Final

from firmware_bridge.vendors.checkbox.sandbox.values import Transaction, TransactionType

#: How many of the last transactions are looked at, and how many code requests among them are too many (the page,
#: "Перевищений ліміт на повторне використання запиту").
_LOOKED_AT: Final = 10
_TOO_MANY: Final = 6


def new_id(entropy: random.Random) -> str:
    """A random UUID of version 4."""
    return str(uuid.UUID(int=entropy.getrandbits(128), version=4))


class Ledger:
    """`online`: waits for an answer. `offline`: made without the tax service, sent later, oldest first."""

    def __init__(self, fiscal_number: str, entropy: random.Random) -> None:
        self._genesis = hashlib.sha256(fiscal_number.encode()).hexdigest()
        self._entropy = entropy
        self._serial = 0
        self._order = 0
        self.all: list[Transaction] = []
        self.online: deque[Transaction] = deque()
        self.offline: deque[Transaction] = deque()
        #: The hash of the last transaction that the tax service has.
        self.store_hash = self._genesis

    @property
    def head(self) -> str:
        """What the next transaction carries as `previous_hash`."""
        return next((one.digest for one in reversed(self.all) if one.status != "ERROR" and one.digest), self._genesis)

    def add(
        self,
        kind: TransactionType,
        at: datetime,
        content: str,
        *,
        fiscal_date: datetime | None = None,
        offline_id: str | None = None,
    ) -> Transaction:
        """A new transaction, waiting in the queue that its code, or the lack of one, says; `content` is hashed."""
        self._serial += 1
        one = Transaction(
            id=new_id(self._entropy),
            type=kind,
            serial=self._serial,
            created_at=at,
            fiscal_date=fiscal_date or at,
            content=content,
            previous_hash=self.head,
            digest="",
            order=self._next_order(),
            updated_at=None if kind == "Z_REPORT" else at,  # as in the page's samples
            offline_id=offline_id,
        )
        _link(one, one.previous_hash)
        self.all.append(one)
        (self.online if offline_id is None else self.offline).append(one)
        return one

    def note(self, kind: TransactionType, at: datetime, content: str, *, error: str | None = None) -> Transaction:
        """A transaction outside the chain that is over at once: a ping, a request for codes."""
        self._serial += 1
        one = Transaction(
            id=new_id(self._entropy),
            type=kind,
            serial=self._serial,
            created_at=at,
            fiscal_date=at,
            content=content,
            previous_hash=self.head,
            digest="",
            order=self._next_order(),
            status="ERROR" if error else "DONE",
            signed_at=at,
            updated_at=at,
            error=error,
            delivered=error is None,
        )
        self.all.append(one)
        return one

    def deliver(self, one: Transaction, at: datetime, number: str) -> None:
        """The tax service has taken `one`, the head of its queue, and answered with `number`."""
        self._unqueue(one)
        one.status = "DONE"
        one.signed_at = one.signed_at or at
        one.received_at = one.updated_at = at
        one.response_status = "OK"
        one.response_id = number
        one.delivered = True
        self.store_hash = one.digest

    def fail(self, one: Transaction, at: datetime, message: str) -> None:
        """The tax service has refused `one`: it leaves the chain."""
        self._unqueue(one)
        one.status = "ERROR"
        one.received_at = one.updated_at = at
        one.response_status = "ERROR"
        one.error = message
        self.relink()

    def move_offline(self, one: Transaction, at: datetime, code: str) -> None:
        """`one`, unanswered, becomes an offline transaction dated `at` with `code`; it goes behind those that wait."""
        self.online.remove(one)
        self.offline.append(one)
        one.offline_id = code
        one.fiscal_date = one.updated_at = at
        self.defer(one)

    def defer(self, one: Transaction) -> None:
        """Put `one`, which still waits, at the end of the chain."""
        self.all.remove(one)
        self.all.append(one)
        one.order = self._next_order()
        self.relink()

    def relink(self) -> None:
        """Link what waits behind what the tax service has, in order."""
        head = self.store_hash
        for one in self.all:
            if one.digest and not one.delivered and one.status != "ERROR":
                _link(one, head)
                head = one.digest

    def last_delivered(self) -> datetime | None:
        """The fiscal date of the last transaction the tax service has taken, code requests and pings apart."""
        dates = [one.fiscal_date for one in self.all if one.delivered and one.digest]
        return max(dates, default=None)

    def asks_too_often(self) -> bool:
        """Whether six of the last ten transactions are requests for codes."""
        return sum(one.type == "ASK_OFFLINE_CODES" for one in self.all[-_LOOKED_AT:]) >= _TOO_MANY

    def _next_order(self) -> int:
        self._order += 1
        return self._order

    def _unqueue(self, one: Transaction) -> None:
        (self.online if one.offline_id is None else self.offline).remove(one)


def _link(one: Transaction, previous: str) -> None:
    one.previous_hash = previous
    body = f"{one.type}\n{one.serial}\n{one.fiscal_date.isoformat()}\n{one.offline_id or ''}\n{one.content}"
    one.digest = hashlib.sha256((previous + body).encode()).hexdigest()
