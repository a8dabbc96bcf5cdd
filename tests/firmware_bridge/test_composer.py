"""From a document of the rules to its paper: the stamp that it has by now, and the shop's own day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from drivers.printers import layout, reports, slip
from drivers.printers.labels import labels
from firmware_bridge.composer import Pictures, ShopComposer
from statemachines.document import Document
from statemachines.vocabulary.effects import Fiscalise
from statemachines.vocabulary.events import FiscalStamp
from statemachines.vocabulary.paper import Image, Paper, QrCode, TextLine
from statemachines.vocabulary.receipt import CashMove, Person, Report, ShiftTotals, Turnover
from statemachines.vocabulary.slip import Slip, SlipText
from tests.drivers.printers.test_layout import SALE_AT, SHOPS, mixed_sale

SHOP = SHOPS["uk"]
COMPOSER = ShopComposer(SHOP, 42, 2)
STAMP = FiscalStamp("checkbox", "Rk3_vN7wL0q", "", "https://tax.example/?id=1", register="4000987654", at=SALE_AT)
ANN = Person("1", "Коваль О.", "cashier")
MOVE = CashMove("m", "cash_pull", "out", 5000, "UAH", "uk", "інкасація", ANN, "main", "000415")
REPORT = Report("r", "x_report", "7", 3, SALE_AT, "UAH", "uk", ANN, ShiftTotals(Turnover(), Turnover(), 0, 0, 0, 0), "")
SALE = Document("s", "sale", "000412", SALE_AT, receipt=mixed_sale("uk"))
CASH = Document("m", "cash_out", "000415", SALE_AT, move=MOVE)
SLIP = Slip("d", "card_slip", "D7", "uk", ANN, (SlipText("СХВАЛЕНО"),))
CARD_SLIP = Document("d", "card_slip", "D7", SALE_AT, slip=SLIP)
X_REPORT = Document("r", "x_report", "7", SALE_AT, report=REPORT)


def whole(paper: Paper) -> str:
    return "\n".join(block.text for block in paper.blocks if isinstance(block, TextLine))


def test_a_document_without_stamp_gets_ordinary_paper() -> None:
    assert COMPOSER.paper(SALE) == layout.receipt(mixed_sale("uk"), SHOP, 42, SALE_AT)
    assert COMPOSER.paper(CASH) == reports.cash_slip(MOVE, SHOP, 42, SALE_AT)
    assert COMPOSER.paper(X_REPORT) == reports.report(REPORT, SHOP, 42, SALE_AT)
    assert COMPOSER.paper(CARD_SLIP) == slip.compose(SLIP, SHOP, 42, SALE_AT)


def test_the_stamp_of_every_kind_of_document_reaches_its_paper() -> None:
    assert "ФІСКАЛЬНИЙ ЧЕК" in whole(COMPOSER.paper(replace(SALE, stamp=STAMP)))
    assert QrCode(STAMP.url, 6) in COMPOSER.paper(replace(SALE, stamp=STAMP)).blocks
    assert "СЛУЖБОВИЙ ЧЕК" in whole(COMPOSER.paper(replace(CASH, stamp=STAMP)))
    assert "ФН ПРРО" in whole(COMPOSER.paper(replace(X_REPORT, stamp=STAMP)))


@pytest.mark.parametrize("document", [SALE, CASH, X_REPORT, CARD_SLIP], ids=lambda document: document.kind)
def test_in_training_every_paper_says_so_and_a_stamp_counts_for_nothing(document: Document) -> None:
    paper = ShopComposer(SHOP, 42, 2, training=True).paper(replace(document, stamp=STAMP))
    lines = whole(paper).splitlines()
    assert lines[0].strip() == lines[-1].strip() == "НАВЧАЛЬНИЙ РЕЖИМ"
    assert "ПРРО" not in whole(paper)
    assert "ФІСКАЛЬНИЙ" not in whole(paper)
    assert "НАВЧАЛЬНИЙ" not in whole(COMPOSER.paper(replace(document, stamp=STAMP)))


class Drawing:
    """A fiscaliser that draws the receipt of one id."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    def picture(self, fiscal_doc_id: str, width: int) -> Image | None:
        self.asked.append((fiscal_doc_id, width))
        return DRAWN if fiscal_doc_id == "s#1" else None


DRAWN = Image(16, b"\xff\x00\x00\xff", "https://x")
REGISTERED = replace(SALE, stamp=STAMP, fiscalise=Fiscalise("s", "s#1"))


def drawing(fiscaliser: object, columns: int = 42, *, training: bool = False) -> ShopComposer:
    pictures = Pictures()
    made = ShopComposer(SHOP, columns, 2, training, pictures.of)
    pictures.follow(fiscaliser)
    return made


@pytest.mark.parametrize(("columns", "dots"), [(32, 384), (42, 512), (48, 576)])
def test_what_the_fiscaliser_has_drawn_of_a_receipt_is_its_whole_paper(columns: int, dots: int) -> None:
    artist = Drawing()
    paper = drawing(artist, columns).paper(REGISTERED)
    words = labels("uk")
    assert paper == Paper(columns, (DRAWN,), words.end, words.copy, words.void)
    assert artist.asked == [("s#1", dots)]


@pytest.mark.parametrize(
    "document",
    [
        replace(REGISTERED, stamp=None),
        replace(REGISTERED, fiscalise=None),
        replace(REGISTERED, fiscalise=Fiscalise("s", "s#2")),
        replace(CASH, stamp=STAMP, fiscalise=Fiscalise("m", "s#1")),
    ],
    ids=["not registered", "stamped by the till", "no picture of it", "a cash move"],
)
def test_where_nothing_was_drawn_the_paper_is_ours(document: Document) -> None:
    assert drawing(Drawing()).paper(document) == COMPOSER.paper(document)


def test_one_that_draws_nothing_and_training_have_our_paper() -> None:
    assert drawing(object()).paper(REGISTERED) == COMPOSER.paper(REGISTERED)
    assert DRAWN not in drawing(Drawing(), training=True).paper(REGISTERED).blocks


def test_a_document_without_content_has_no_paper() -> None:
    with pytest.raises(ValueError, match="document o has no content"):
        COMPOSER.paper(Document("o", "shift_open", "", SALE_AT))


@pytest.mark.parametrize(("at", "date"), [(1_767_218_399_999, "2025-12-31"), (1_767_218_400_000, "2026-01-01")])
def test_the_business_day_is_the_shops_own(at: int, date: str) -> None:
    assert COMPOSER.business_date(at) == date


@pytest.mark.parametrize(
    ("zone", "at", "begins"),
    [
        ("Europe/Kyiv", "2026-11-21T12:00:00+00:00", "2026-10-31T22:00:00+00:00"),
        ("Europe/Kyiv", "2026-10-31T21:59:59+00:00", "2026-09-30T21:00:00+00:00"),  # still October, begun in summer
        ("Europe/Kyiv", "2026-10-31T22:00:00+00:00", "2026-10-31T22:00:00+00:00"),
        ("Asia/Tokyo", "2026-01-31T15:00:00+00:00", "2026-01-31T15:00:00+00:00"),
        ("UTC", "2026-03-01T00:00:00+00:00", "2026-03-01T00:00:00+00:00"),
    ],
)
def test_a_month_begins_at_the_shops_own_midnight(zone: str, at: str, begins: str) -> None:
    found = ShopComposer(replace(SHOP, zone=zone), 42, 2).month_begins(_ms(at))
    assert datetime.fromtimestamp(found / 1000, UTC).isoformat() == begins


def _ms(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp() * 1000)
