"""Between the fiscaliser and a session on a sale's way: Checkbox's operations, each a call that returns its answer.

Every one raises NotSent (nothing reached Checkbox), Rejected (it said no, nothing was done) or Unanswered (it may have
been done). Source: the vendor's API page of 2022 and OpenAPI 0.1.79; validate is of OpenAPI 2.106.4.
"""

from __future__ import annotations

import msgspec

from firmware_bridge.vendors.checkbox.messages import (
    Info,
    Receipt,
    Receipts,
    Report,
    Reports,
    Sell,
    Service,
    Shift,
    Signature,
    Tax,
)
from firmware_bridge.vendors.checkbox.offline_messages import CloseShift, OpenShift
from firmware_bridge.vendors.checkbox.queries import Search, Shifts
from firmware_bridge.vendors.checkbox.session import CheckboxSession, decoded, part, text


class CheckboxClient(CheckboxSession):
    """One register's calls while it is on line; those of the offline time are in `offline_calls`."""

    # --- the cashier ----------------------------------------------------------------------------------------------

    async def check_signature(self) -> Signature:
        return await self.get("/cashier/check-signature", Signature)

    async def current_shift(self) -> Shift | None:
        """The cashier's shift that is not closed yet."""
        path = "/cashier/shift"
        response = await self.call("GET", path)
        return None if response.body.strip() == b"null" else decoded(response, Shift, path)

    # --- the register ---------------------------------------------------------------------------------------------

    async def info(self) -> Info:
        return await self.get("/cash-registers/info", Info)

    async def taxes(self) -> list[Tax]:
        return await self.get("/tax", list[Tax])

    # --- shifts and reports ---------------------------------------------------------------------------------------

    async def open_shift(self, request: OpenShift) -> Shift:
        return await self.post("/shifts", request, Shift)

    async def shift(self, shift_id: str) -> Shift:
        return await self.get(f"/shifts/{part(shift_id)}", Shift)

    async def shifts(self, limit: int = 10) -> list[Shift]:
        """The cashier's newest shifts, newest first."""
        return (await self.get("/shifts", Shifts, (("desc", "true"), ("limit", str(limit))))).results

    async def close_shift(self, request: CloseShift | None = None) -> Shift:
        """Close the cashier's shift with Checkbox's own figures; `request` is for the offline time alone."""
        return await self.post("/shifts/close", request, Shift)

    async def x_report(self) -> Report:
        return await self.post("/reports", None, Report)

    async def reports(self, *, is_z: bool, limit: int = 1) -> list[Report]:
        """The newest X or Z reports of this cashier, newest first."""
        query = (("is_z_report", "true" if is_z else "false"), ("desc", "true"), ("limit", str(limit)))
        return (await self.get("/reports", Reports, query)).results

    async def periodical_report(self, from_date: str, to_date: str, width: int = 42) -> str:
        """The turnover between two moments (ISO 8601) as text, `width` characters a line."""
        query = (("from_date", from_date), ("to_date", to_date), ("width", str(width)))
        return text(await self.call("GET", "/reports/periodical", query=query))

    # --- receipts -------------------------------------------------------------------------------------------------

    async def sell(self, request: Sell) -> Receipt:
        return await self.post("/receipts/sell", request, Receipt)

    async def service(self, request: Service) -> Receipt:
        return await self.post("/receipts/service", request, Receipt)

    async def validate(self, request: Sell) -> None:
        """Would Checkbox take this receipt? Makes nothing. Raises Rejected with its reason when not."""
        await self.call("POST", "/receipts/validate", msgspec.json.encode(request))

    async def receipt(self, key: str) -> Receipt:
        """By our id, or by the tax service's number of 11 characters."""
        return await self.get(f"/receipts/{part(key)}", Receipt)

    async def search(self, wanted: Search) -> list[Receipt]:
        return (await self.get("/receipts/search", Receipts, wanted.query())).results

    async def receipt_text(self, receipt_id: str, width: int = 42) -> str:
        """Checkbox's own picture of the receipt, `width` 10 to 250 characters a line."""
        return text(await self.call("GET", f"/receipts/{part(receipt_id)}/text", query=(("width", str(width)),)))

    async def receipt_png(self, receipt_id: str, width: int = 30, paper_width: int = 58) -> bytes:
        """Checkbox's own picture of the receipt as PNG: `width` 22 to 100 characters, paper 40 to 80 mm."""
        query = (("width", str(width)), ("paper_width", str(paper_width)))
        return (await self.call("GET", f"/receipts/{part(receipt_id)}/png", query=query)).body
