"""Between the offline time and a session on a sale's way: Checkbox's operations for it, each a call with its answer.

Every one raises NotSent (nothing reached Checkbox), Rejected (it said no, nothing was done) or Unanswered (it may have
been done). Source: the vendor's API page of 2022; get-offline-codes-count, get-offline-time and transactions are of
OpenAPI 0.1.79, the newest transactions first (`desc`) of 2.106.4.
"""

from __future__ import annotations

from typing import Final

from firmware_bridge.vendors.checkbox.errors import Unclear
from firmware_bridge.vendors.checkbox.forms import Profile
from firmware_bridge.vendors.checkbox.messages import Receipt
from firmware_bridge.vendors.checkbox.offline_messages import (
    MOST_CODES,
    Answered,
    Code,
    CodesCount,
    GoOffline,
    OfflineTime,
    SellOffline,
    ServiceOffline,
    Started,
    TransactionRow,
    Transactions,
)
from firmware_bridge.vendors.checkbox.session import CheckboxSession, decoded

ASKED_AT_MOST: Final = {"seed": MOST_CODES, "current": 5000}
DOCUMENTS: Final = ("SHIFT_OPEN", "Z_REPORT", "RECEIPT", "GO_OFFLINE", "GO_ONLINE", "DEL_LAST_RECEIPT")
CODE_REQUEST: Final = "ASK_OFFLINE_CODES"
MOST_LOOKED_AT: Final = 500
_PAGE: Final = 1000
_MOST_THERE: Final = 100_000_000  # more than a register makes in its life
_Q = tuple[tuple[str, str], ...]
_TYPES: Final[_Q] = tuple(("type", one) for one in (*DOCUMENTS, CODE_REQUEST))


class OfflineCalls:
    """One register's calls for the offline time. `profile`: which interface answers."""

    def __init__(self, session: CheckboxSession, profile: Profile) -> None:
        self._session = session
        self._profile = profile
        self._passed = 0  # so many of the oldest transactions need not be looked at any more

    # --- mode -----------------------------------------------------------------------------------------------------

    async def go_offline(self, request: GoOffline) -> Started:
        """One success is enough. A date before what the tax service has breaks the register (the page)."""
        return await self._session.post("/cash-registers/go-offline", request, Started)

    async def go_online(self) -> Started:
        """Begins the sending, oldest first; the register is on line when all has arrived."""
        return await self._session.post("/cash-registers/go-online", None, Started)

    async def ping(self) -> Answered:
        return await self._session.post("/cash-registers/ping-tax-service", None, Answered)

    async def offline_time(self) -> OfflineTime:
        return await self._session.get("/cash-registers/get-offline-time", OfflineTime)

    # --- codes ----------------------------------------------------------------------------------------------------

    async def ask_codes(self, count: int) -> Answered:
        """Let Checkbox fetch codes from the tax service, and wait for it. Never sent on a line that may be dead."""
        path = "/cash-registers/ask-offline-codes"
        most = ASKED_AT_MOST[self._profile]
        query = (("count", str(min(max(count, 1), most))), ("sync", "true"))
        return decoded(await self._session.call("GET", path, query=query, makes=True), Answered, path)

    async def free_codes(self) -> list[Code]:
        """All codes that no document has yet. A shift must be open."""
        query = (("count", str(MOST_CODES)),)
        codes = await self._session.get("/cash-registers/get-offline-codes", list[Code], query)
        if len(codes) > MOST_CODES:
            raise Unclear(f"Checkbox told {len(codes)} codes where {MOST_CODES} were asked for")
        return codes

    async def codes_count(self) -> CodesCount:
        return await self._session.get("/cash-registers/get-offline-codes-count", CodesCount)

    # --- documents ------------------------------------------------------------------------------------------------

    async def sell(self, request: SellOffline) -> Receipt:
        return await self._session.post("/receipts/sell-offline", request, Receipt)

    async def service(self, request: ServiceOffline) -> Receipt:
        return await self._session.post("/receipts/service", request, Receipt)

    async def transactions(self, limit: int) -> list[TransactionRow]:
        """The newest documents and requests for codes, newest first; `limit` 1 to 500."""
        if self._profile == "current":
            return await self._page((("desc", "true"), *_TYPES), limit, 0)
        await self._pass_to_the_end(limit)
        rows = await self._page(_TYPES, _PAGE, self._passed)
        if not rows and self._passed:
            self._passed = 0
            return await self.transactions(limit)
        self._passed += max(len(rows) - MOST_LOOKED_AT, 0)
        return rows[::-1][:limit]

    async def _pass_to_the_end(self, limit: int) -> None:
        """The older interface tells the oldest first and no total: find where the last thousand begins.

        Strides grow while there is something beyond them, and shrink again; what was passed once stays passed.
        """
        least = _PAGE - limit
        stride = least
        while await self._beyond(stride + limit):
            self._passed += stride
            stride *= 2
        while stride > least:
            stride //= 2
            if await self._beyond(stride + limit):
                self._passed += stride

    async def _beyond(self, rows: int) -> bool:
        if self._passed + rows > _MOST_THERE:
            raise Unclear("Checkbox tells transactions without end")
        return bool(await self._page(_TYPES, 1, self._passed + rows))

    async def _page(self, query: _Q, limit: int, offset: int) -> list[TransactionRow]:
        whole = (*query, ("limit", str(limit)), ("offset", str(offset)))
        return (await self._session.get("/transactions", Transactions, whole)).results
