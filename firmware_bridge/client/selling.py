"""Before a sale's way: documents: sales, returns, cash moves, reports, slips; their copies, and what is in doubt.

Money is integer minor units of the till's currency, a quantity integer thousandths, a percentage integer hundredths of
a per cent, seconds are seconds. Every command raises TillAway, Doubtful (StillAtWork), Untold and Refused (see
client.errors), and is over within `within` seconds, else the client's `Patience.command_s`; looks raise TillAway,
NotATill and Refused. `body` is the type that is named, or plain values of that form; its `id` may be left out where
nobody would ask again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from firmware_bridge.api import schema
from firmware_bridge.api.answer_schema import Document, Documents
from firmware_bridge.api.document_schema import SlipBody
from firmware_bridge.client.line import Token
from firmware_bridge.client.typed import Typed, named

Plain = Mapping[str, Any]


class Selling(Typed):
    """Calls about documents."""

    def sell(self, body: schema.SaleBody | Plain, *, within: float | None = None) -> Document:
        """Sell (cashier, manager): the receipt when it is on paper. Declined: the register refused it; NotNow: no shift
        is open, the printer is not ready, another document is under way."""
        return self._do("/v1/sales", body, schema.SaleBody, Document, within=within)

    def take_back(
        self, body: schema.ReturnBody | Plain, *, within: float | None = None, approval: Token | None = None
    ) -> Document:
        """Take goods back (cashier, manager); what a cashier may not do alone needs a manager's `approval`."""
        return self._do("/v1/returns", body, schema.ReturnBody, Document, within=within, approval=approval)

    def move_cash(self, body: schema.CashBody | Plain, *, within: float | None = None) -> Document:
        """Put cash in, take it out, or say that the drawer was opened without a sale (cashier, manager)."""
        return self._do("/v1/cash", body, schema.CashBody, Document, within=within)

    def print_slip(self, body: SlipBody | Plain, *, within: float | None = None) -> Document:
        """Print what is no fiscal document: a card slip, a kitchen ticket, a voucher (cashier, manager)."""
        return self._do("/v1/documents", body, SlipBody, Document, within=within)

    def x_report(self, body: schema.ReportBody | Plain | None = None, *, within: float | None = None) -> Document:
        """Take an X report (cashier, manager)."""
        return self._do("/v1/reports/x", body or {}, schema.ReportBody, Document, within=within)

    # --- what there is ------------------------------------------------------------------------------------------------

    def receipts(self, limit: int = 50, before: int | None = None) -> Documents:
        """A page of documents, newest first: `limit` 1 to 200, older than number `before` of the journal."""
        older = "" if before is None else f"&before={before:d}"
        return self._look(f"/v1/receipts?limit={limit:d}{older}", Documents)

    def all_receipts(self, limit: int = 200) -> Iterator[Document]:
        """Every document, newest first, read page by page."""
        page = self.receipts(limit)
        while True:
            yield from page.receipts
            last = page.receipts[-1].seq if page.receipts else None
            if not isinstance(page.next, str) or not isinstance(last, int):
                return
            page = self.receipts(limit, last)

    def receipt(self, document_id: str) -> Document:
        """One document as it stands now. NotThere: the till does not know it, so it never happened there."""
        return self._look(f"/v1/receipts/{named(document_id, 'document_id')}", Document)

    def receipt_text(self, document_id: str) -> str:
        """What stands on its paper."""
        path = f"/v1/receipts/{named(document_id, 'document_id')}.txt"
        return self._asker.question(path, "text/plain").body.decode("utf-8", "replace")

    def receipt_image(self, document_id: str) -> bytes:
        """Its paper as a picture: PNG, one dot of the printer a pixel."""
        return self._asker.question(f"/v1/receipts/{named(document_id, 'document_id')}.png", "image/png").body

    # --- what is done with one ----------------------------------------------------------------------------------------

    def copy(
        self,
        document_id: str,
        body: schema.CopyBody | Plain,
        *,
        within: float | None = None,
        approval: Token | None = None,
    ) -> Document:
        """Print a copy, marked as one (cashier, manager); beyond the shop's number with a manager's `approval`."""
        path = f"/v1/receipts/{named(document_id, 'document_id')}/copy"
        return self._do(path, body, schema.CopyBody, Document, within=within, approval=approval)

    def resolve(self, document_id: str, body: schema.ResolveBody | Plain, *, within: float | None = None) -> Document:
        """Say what a person saw of a document in doubt (cashier, manager, technician)."""
        path = f"/v1/receipts/{named(document_id, 'document_id')}/resolve"
        return self._do(path, body, schema.ResolveBody, Document, within=within)

    def retry(
        self, document_id: str, body: schema.PlainBody | Plain | None = None, *, within: float | None = None
    ) -> Document:
        """Have a paid document fiscalised again that was refused (cashier, manager, technician)."""
        path = f"/v1/receipts/{named(document_id, 'document_id')}/retry"
        return self._do(path, body or {}, schema.PlainBody, Document, within=within)
