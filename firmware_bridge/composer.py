"""From a document to its paper, for the rules, which may not import the layout themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from drivers.printers import layout, reports, slip
from firmware_bridge.config import Config
from statemachines.document import Document
from statemachines.vocabulary.paper import Paper

COLUMNS = 42
"""Of paper on a till that has no receipt printer of its own: a register breaks longer lines by itself."""


def columns_of(config: Config) -> int:
    """Characters on a line of this till's paper."""
    return config.printer.columns if config.printer is not None else COLUMNS


@dataclass(frozen=True, slots=True)
class ShopComposer:
    """Implements `statemachines.context.Composer` for one shop and one width of paper.

    `training`: every paper says at both ends that nothing on it is real, and no stamp counts.
    """

    shop: layout.Shop
    columns: int
    exponent: int
    training: bool = False

    def paper(self, document: Document) -> Paper:
        """Lay the document out with the stamp that it has by now. Raises ValueError when it has no content."""
        shop, columns, at, exponent = self.shop, self.columns, document.requested_at, self.exponent
        stamp, training = document.stamp, self.training
        if document.move is not None:
            return reports.cash_slip(document.move, shop, columns, at, exponent, stamp, training=training)
        if document.report is not None:
            return reports.report(document.report, shop, columns, at, exponent, stamp, training=training)
        if document.slip is not None:
            return slip.compose(document.slip, shop, columns, at, exponent, training=training)
        if document.receipt is None:
            raise ValueError(f"document {document.document_id} has no content to lay out")
        return layout.receipt(document.receipt, shop, columns, at, exponent, stamp, training=training)

    def business_date(self, at: int) -> str:
        return self._local(at).date().isoformat()

    def month_begins(self, at: int) -> int:
        """The first moment (UTC ms) of the local month of `at`."""
        first = self._local(at).replace(day=1, hour=0, minute=0, second=0, microsecond=0, fold=0)
        return int(first.timestamp()) * 1000

    def _local(self, at: int) -> datetime:
        return datetime.fromtimestamp(at / 1000, tz=UTC).astimezone(ZoneInfo(self.shop.zone))
