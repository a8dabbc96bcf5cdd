"""The pool of offline codes: each is free, then bound to one document, then spent. Never two documents to one code.

Bound from the highest serial down, because the vendor spends its own from the lowest up. A code that anybody has
seen used is spent, whatever we thought of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from statemachines.machine import Output, Reject, Row, Table
from statemachines.vocabulary.offline_events import (
    OfflineCode,
    OfflineCodeBound,
    OfflineCodeReleased,
    OfflineCodeSpent,
    OfflineCodesRefilled,
)

FREE = "free"
BOUND = "bound"
SPENT = "spent"
STATES = (FREE, BOUND, SPENT)


@dataclass(slots=True)
class Code:
    """`order`: the place of its document among all that were dated, given when it was bound."""

    value: str
    serial: int
    state: str = FREE
    document_id: str = ""
    reserved: bool = False
    fiscal_at: int = 0
    order: int = 0


@dataclass(slots=True)
class Pool:
    """All codes that are not forgotten yet, by value. `last_fiscal_at`: the latest date of an offline document."""

    codes: dict[str, Code] = field(default_factory=dict)
    asked_at: int = 0
    last_fiscal_at: int = 0

    @property
    def free(self) -> list[Code]:
        """Free codes, highest serial first."""
        found = [code for code in self.codes.values() if code.state == FREE]
        return sorted(found, key=lambda code: -code.serial)

    def of(self, document_id: str) -> Code | None:
        """The code bound to a document, or None."""
        return next((c for c in self.codes.values() if c.state == BOUND and c.document_id == document_id), None)

    def highest(self, beside: str = "") -> OfflineCode | None:
        """The code to bind next, or None. `beside`: the value of one that is spoken for."""
        free = (code for code in self.codes.values() if code.state == FREE and code.value != beside)
        best = max(free, key=lambda code: code.serial, default=None)
        return None if best is None else OfflineCode(best.value, best.serial)

    @property
    def left(self) -> int:
        """How many are free."""
        return sum(code.state == FREE for code in self.codes.values())


def _bind(code: Code, event: OfflineCodeBound, _: None) -> Iterable[Output]:
    code.document_id = event.document_id
    code.reserved = event.reserved
    code.fiscal_at = event.fiscal_at
    return ()


def _let_go(code: Code, _: OfflineCodeReleased, __: None) -> Iterable[Output]:
    code.document_id = ""
    code.reserved = False
    code.fiscal_at = code.order = 0
    return ()


def _its_own(code: Code, event: OfflineCodeBound | OfflineCodeReleased, _: None) -> bool:
    return code.document_id == event.document_id


def _reserved(code: Code, event: OfflineCodeReleased, _: None) -> bool:
    return code.reserved and code.document_id == event.document_id


ROWS: tuple[Row[Code, None], ...] = (
    Row(FREE, OfflineCodeBound, BOUND, _bind),
    Row(BOUND, OfflineCodeBound, BOUND, _bind, _its_own, "now it is used"),
    Row(BOUND, OfflineCodeReleased, FREE, _let_go, _reserved, "it was only reserved"),
    Row((FREE, BOUND), OfflineCodeSpent, SPENT),
)
REJECTS: tuple[Reject, ...] = (
    Reject(BOUND, (OfflineCodeBound,), "code-bound", "This code belongs to another document."),
    Reject(SPENT, (OfflineCodeBound,), "code-spent", "This code was used before."),
    Reject(BOUND, (OfflineCodeReleased,), "code-used", "This code stands on a document and is not given back."),
    Reject((FREE, SPENT), (OfflineCodeReleased,), "not-bound", "This code is not bound to a document."),
    Reject(SPENT, (OfflineCodeSpent,), "code-spent", "This code was used before."),
)

TABLE: Table[Code, None] = Table("offline_code", STATES, ROWS, REJECTS)


def refill(pool: Pool, event: OfflineCodesRefilled) -> None:
    """Take over what the fiscaliser calls free. A code that is bound or spent here stays so; spent ones that are
    no longer offered are forgotten, and free ones that are no longer offered were spent by somebody else."""
    offered = {code.value: code for code in event.codes}
    for code in pool.codes.values():
        if code.state == FREE and code.value not in offered:
            code.state = SPENT
    pool.codes = {value: code for value, code in pool.codes.items() if code.state != SPENT or value in offered}
    for value, offer in offered.items():
        pool.codes.setdefault(value, Code(value, offer.serial))
    pool.asked_at = max(pool.asked_at, event.asked_at)


def spend(pool: Pool, value: str) -> None:
    """The fiscaliser has taken it."""
    code = pool.codes.get(value)
    if code is not None:
        code.state = SPENT


def apply(pool: Pool, event: OfflineCodeBound | OfflineCodeReleased | OfflineCodeSpent) -> Code:
    """Move the code that the event names, and return it; a code that nobody knew is learned first."""
    if isinstance(event, OfflineCodeSpent):
        code = pool.codes.setdefault(event.value, Code(event.value, 0))
    else:
        code = pool.codes.setdefault(event.code.value, Code(event.code.value, event.code.serial))
    TABLE.apply(code, event, None)
    if isinstance(event, OfflineCodeBound):
        pool.last_fiscal_at = max(pool.last_fiscal_at, event.fiscal_at)
    return code
