"""Before anything is delivered to Checkbox on a sale's way: what documents does the register have, and of what dates?

A document dated before one that is there breaks the register, so dates are told to be late rather than early, and what
is not known is not told. The older interface does not tell the dates of documents made off line: they are looked up.
Source: GET /transactions of OpenAPI 0.1.79 and 2.106.4; the order of dates: the page, sections ask-offline-codes and
go-offline.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from firmware_bridge.vendors.checkbox.client import CheckboxClient
from firmware_bridge.vendors.checkbox.errors import Rejected
from firmware_bridge.vendors.checkbox.messages import Shift
from firmware_bridge.vendors.checkbox.offline_calls import CODE_REQUEST, DOCUMENTS, MOST_LOOKED_AT, OfflineCalls
from firmware_bridge.vendors.checkbox.offline_messages import TransactionRow
from firmware_bridge.vendors.checkbox.stamps import moment_or_after

LOOKED_AT: Final = 30
LOOKED_UP: Final = 3  # so many dates are looked up one by one at most
_COUNTED: Final = (*DOCUMENTS, CODE_REQUEST)
_ON_ITS_WAY: Final = ("CREATED", "PENDING", "SIGNED", "DELIVERED")


@dataclass(frozen=True, slots=True)
class Chain:
    """The end of the register's documents. Dates UTC ms, 0 = not known; requests for codes count into `last_at`, for
    nothing may be dated before them. `stuck`: why the tax service does not take the oldest that waits.
    """

    last_at: int
    last_delivered_at: int
    waiting: int
    oldest: TransactionRow | None = None
    stuck: str = ""


class RegisterBooks:
    """Reads them. Raises NotSent, Rejected, Unanswered."""

    def __init__(self, client: CheckboxClient, calls: OfflineCalls) -> None:
        self._client = client
        self._calls = calls
        self._dates: dict[str, int] = {}

    def dated(self, code: str, at: int) -> None:
        """A document of ours was taken with this code and this date."""
        self._dates[code] = at

    async def read(self, *, manual: bool) -> Chain:
        """`manual`: the register was told to be off line."""
        rows = await self._calls.transactions(LOOKED_AT)
        if len(rows) == LOOKED_AT and all(_waits(row) for row in rows):
            rows = await self._calls.transactions(MOST_LOOKED_AT)
        kept = [row for row in rows if row.type in _COUNTED and row.status != "ERROR"]
        waiting = [row for row in kept if _waits(row)]
        arrived = [row for row in kept if row.type in DOCUMENTS and not _waits(row)]
        oldest = waiting[-1] if waiting else None
        return Chain(
            last_at=await self._latest(kept, manual=manual),
            last_delivered_at=await self._latest(arrived, manual=manual),
            waiting=len(waiting),
            oldest=oldest,
            stuck="" if oldest is None else (oldest.response_error_message or "").strip(),
        )

    async def _latest(self, rows: Sequence[TransactionRow], *, manual: bool) -> int:
        """The latest date among these, newest first: dates do not fall, so of those looked up one is enough."""
        known = max((self._known(row, manual=manual) for row in rows), default=0)
        hidden = [row for row in rows if row.type != "GO_OFFLINE" and not self._known(row, manual=manual)]
        for row in hidden[:LOOKED_UP]:
            if found := await self._look_up(row):
                return max(known, found)
        return known

    def _known(self, row: TransactionRow, *, manual: bool) -> int:
        if row.original_datetime:
            return moment_or_after(row.original_datetime)
        if row.offline_id is None:
            return moment_or_after(row.created_at)
        ours = self._dates.get(row.offline_id, 0)
        by_itself = row.type == "GO_OFFLINE" and not manual  # then Checkbox dated it with the time it was made
        return ours or (moment_or_after(row.created_at) if by_itself else 0)

    async def _look_up(self, row: TransactionRow) -> int:
        try:
            if row.type == "RECEIPT":
                receipt = await self._client.receipt(row.offline_id or "")
                return moment_or_after(receipt.fiscal_date or "")
            return max((_date_in(shift, row) for shift in await self._client.shifts()), default=0)
        except Rejected as no:
            if no.judgement.verdict != "unknown":
                raise
            return 0


def _date_in(shift: Shift, row: TransactionRow) -> int:
    """The date of the opening or the Z report that this transaction carries; 0 when it is another shift's."""
    begun, ended = shift.initial_transaction, shift.closing_transaction
    if begun is not None and begun.offline_id == row.offline_id:
        return moment_or_after(shift.opened_at or "")
    if ended is not None and ended.offline_id == row.offline_id:
        return moment_or_after(shift.closed_at or "")
    return 0


def _waits(row: TransactionRow) -> bool:
    """Is it one that the tax service does not have? A shift opened off line is DONE before that (the page's sample)."""
    if row.type not in DOCUMENTS or row.status == "ERROR":
        return False
    unsent = row.offline_id is not None and row.request_received_at is None and row.response_id is None
    return unsent or row.status in _ON_ITS_WAY
