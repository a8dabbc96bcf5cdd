"""In a simulated fiscal printer: why it does not carry an order out, and how each protocol says so.

Classic devices raise a bit for the one answer, X devices write an error code (vendor's list, manual v2.11) and keep
the bytes as they are.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

#: Cause -> the status bit that the classic answer raises (byte, bit), X error code.
CAUSES: Final[MappingProxyType[str, tuple[tuple[int, int] | None, int]]] = MappingProxyType(
    {
        "syntax": ((0, 0), -112001),
        "invalid_command": ((0, 1), -112000),
        "not_allowed": ((1, 1), -112002),
        "overflow": ((1, 0), -111006),
        "receipt_open": ((1, 1), -111015),
        "receipt_closed": ((1, 1), -111016),
        "nonfiscal_open": ((1, 1), -111046),
        "fiscal_open": ((1, 1), -111047),
        "return_open": ((1, 1), -111067),
        "wrong_kind": ((1, 1), -111051),
        "paying": ((1, 1), -111018),
        "unpaid": ((1, 1), -111050),
        "zero_sum": (None, -111065),
        "too_many_items": ((1, 1), -111019),
        "negative_tax": ((1, 1), -111021),
        "no_cash": (None, -111017),
        "no_change_in_return": (None, -111094),
        "payment_forbidden": ((0, 0), -111061),
        "password": ((1, 1), -102002),
        "locked": ((1, 1), -112002),
        "no_paper": (None, -100403),
        "cover_open": ((1, 1), -100404),
        "overheated": ((1, 1), -100402),
        "cutter": (None, -100407),
        "fiscal_memory_full": ((1, 1), -100114),
        "journal_full": ((1, 1), -105010),
        "clock_unset": ((1, 1), -112004),
        "day_exceeded": ((1, 1), -111024),
        "item_unknown": ((1, 1), -111004),
        "item_sold": (None, -103004),
        "tax_unknown": ((0, 0), -111005),
        "nothing_to_copy": ((1, 1), -100009),
        "early_clock": ((1, 1), -102019),
        "original_unknown": ((1, 1), -100004),
        "journal_empty": (None, -105000),
        "journal_end": (None, -100003),
        "negative_sum": (None, -111064),
    }
)


class Refusal(Exception):
    """`cause` is a key of CAUSES. `data`: what a classic device answers beside the bit, such as `F`."""

    def __init__(self, cause: str, data: str = "") -> None:
        super().__init__(cause)
        self.cause = cause
        self.data = data

    @property
    def bit(self) -> tuple[int, int] | None:
        return CAUSES[self.cause][0]

    @property
    def code(self) -> int:
        return CAUSES[self.cause][1]


class CodedRefusal(Refusal):
    """An X error code that somebody ordered (a fault): the status stays clean."""

    def __init__(self, code: int) -> None:
        super().__init__("not_allowed")
        self._code = code

    @property
    def code(self) -> int:
        return self._code
