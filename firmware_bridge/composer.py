"""From a document to its paper, for the rules, which may not import the layout themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from drivers.printers import layout, reports
from statemachines.receipt import Document
from statemachines.vocabulary.paper import Paper


@dataclass(frozen=True, slots=True)
class ShopComposer:
    """Implements `statemachines.context.Composer` for one shop and one width of paper."""

    shop: layout.Shop
    columns: int
    exponent: int

    def paper(self, document: Document) -> Paper:
        if document.move is not None:
            return reports.cash_slip(document.move, self.shop, self.columns, document.requested_at, self.exponent)
        if document.report is not None:
            return reports.report(document.report, self.shop, self.columns, document.requested_at, self.exponent)
        if document.receipt is None:
            raise ValueError(f"document {document.document_id} has no content to lay out")
        return layout.receipt(document.receipt, self.shop, self.columns, document.requested_at, self.exponent)

    def business_date(self, at: int) -> str:
        moment = datetime.fromtimestamp(at / 1000, tz=UTC)
        return moment.astimezone(ZoneInfo(self.shop.zone)).date().isoformat()
