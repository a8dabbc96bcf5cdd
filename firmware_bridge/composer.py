"""From a document to its paper, for the rules, which may not import the layout themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol, runtime_checkable
from zoneinfo import ZoneInfo

from drivers.printers import layout, reports, slip
from drivers.printers.labels import labels
from drivers.printers.picture import dots_of
from firmware_bridge.config import Config
from statemachines.document import Document
from statemachines.vocabulary.paper import Image, Paper

COLUMNS = 42
"""Of paper on a till that has no printer that it knows."""


def columns_of(config: Config) -> int:
    """Characters on a line of this till's paper: its printer's, or else what its fiscal printer takes as free text."""
    if config.printer is not None:
        return config.printer.columns
    if config.fiscaliser is None or config.fiscaliser.datecs is None:
        return COLUMNS
    from firmware_bridge import hardware_registers  # noqa: PLC0415 - loaded only where there is one

    return hardware_registers.text_columns(config.fiscaliser.datecs)


@runtime_checkable
class Artist(Protocol):
    """A fiscaliser that draws its receipts and leaves it to the till to print them."""

    def picture(self, fiscal_doc_id: str, width: int) -> Image | None:
        """What it drew of a document, `width` dots to a row at most; None: nothing that could be printed."""


@dataclass(slots=True)
class Pictures:
    """What the till's fiscaliser has drawn. Nothing before `follow`, and of one that draws nothing."""

    _artist: Artist | None = None

    def follow(self, fiscaliser: object) -> None:
        self._artist = fiscaliser if isinstance(fiscaliser, Artist) else None

    def of(self, fiscal_doc_id: str, width: int) -> Image | None:
        """As Artist.picture."""
        return None if self._artist is None else self._artist.picture(fiscal_doc_id, width)


@dataclass(frozen=True, slots=True)
class ShopComposer:
    """Implements `statemachines.context.Composer` for one shop and one width of paper.

    `training`: every paper says at both ends that nothing on it is real, and no stamp counts. `pictures`: as
    Pictures.of; what the fiscaliser itself has drawn of a receipt is its paper, and nothing of ours is added.
    """

    shop: layout.Shop
    columns: int
    exponent: int
    training: bool = False
    pictures: Callable[[str, int], Image | None] = field(default=lambda _, __: None)

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
        drawn = self._drawn(document)
        if drawn is not None:
            return picture_paper(drawn, columns, document.receipt.language)
        return layout.receipt(document.receipt, shop, columns, at, exponent, stamp, training=training)

    def _drawn(self, document: Document) -> Image | None:
        """What the fiscaliser has drawn of a receipt that it has registered."""
        if document.stamp is None or document.fiscalise is None or self.training:
            return None
        return self.pictures(document.fiscalise.fiscal_doc_id, dots_of(self.columns))

    def business_date(self, at: int) -> str:
        return self._local(at).date().isoformat()

    def month_begins(self, at: int) -> int:
        """The first moment (UTC ms) of the local month of `at`."""
        first = self._local(at).replace(day=1, hour=0, minute=0, second=0, microsecond=0, fold=0)
        return int(first.timestamp()) * 1000

    def _local(self, at: int) -> datetime:
        return datetime.fromtimestamp(at / 1000, tz=UTC).astimezone(ZoneInfo(self.shop.zone))


def picture_paper(image: Image, columns: int, language: str) -> Paper:
    """A receipt that somebody else has drawn, for a printer of `columns`; a copy is marked above it.

    Raises UnknownLanguage.
    """
    words = labels(language)
    return Paper(columns, (image,), end_label=words.end, copy_label=words.copy, void_label=words.void)
