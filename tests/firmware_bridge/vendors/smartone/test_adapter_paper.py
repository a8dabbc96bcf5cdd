"""Paper of two markets: ə, ў and і in an X report and in a slip, and the register's picture, as a printer has it."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import Final

import pytest

from drivers.printers import dots, slip
from drivers.printers.escpos.encode import encode
from drivers.printers.escpos.means import CodePage, Means
from drivers.printers.escpos.simulated.paper import Printed, PrintedImage, PrintedLine
from drivers.printers.escpos.simulator import SimulatedPrinter
from drivers.printers.layout import Shop
from drivers.printers.reports import report
from firmware_bridge.composer import picture_paper
from firmware_bridge.vendors.smartone.picture import dots as picture
from statemachines.vocabulary.events import ReceiptFiscalised
from statemachines.vocabulary.paper import Image, Paper, TextLine
from statemachines.vocabulary.receipt import PaymentTotal, Person, Report, ShiftTotals, TaxAmount, Turnover
from statemachines.vocabulary.slip import Slip, SlipText
from tests.drivers.printers.escpos.rig import job
from tests.firmware_bridge.vendors.smartone.adapter_orders import opening, sale, uuid_of
from tests.firmware_bridge.vendors.smartone.adapter_samples import jpeg
from tests.firmware_bridge.vendors.smartone.adapter_sandbox import SandboxWorld
from tests.firmware_bridge.vendors.smartone.adapter_world import with_forms

AT: Final = 1_772_453_131_000
COLUMNS: Final = 32
PAGES: Final = {"cp1251": 46, "cp866": 17, "cp857": 13, "cp1254": 48}
#: Language -> its own letters that are looked for, who works there, what a slip says, the shop.
MARKETS: Final = {
    "az": ("ə", "Əliyeva Gülşən", "Hörmətli müştəri, sağ olun", Shop(("NÜMUNƏ MMC",), zone="Asia/Baku"), "AZN"),
    "be": ("ўі", "Іваноў Алесь", "Дзякуй, што вы ў нас былі", Shop(("ТАА «Прыклад»",), zone="Europe/Minsk"), "BYN"),
}


def x_report(language: str) -> Paper:
    _, name, _, shop, currency = MARKETS[language]
    tax = (TaxAmount("a", "A", "ƏDV" if language == "az" else "ПДВ", 1800, 11_800, 1800),)
    sales = Turnover(3, 11_800, 0, (PaymentTotal("cash", 9_800), PaymentTotal("card", 2_000)), tax)
    totals = ShiftTotals(sales, Turnover(), 30_000, 0, 5_000, 34_800, "000104")
    person = Person("7", name, "cashier")
    value = Report("x", "x_report", "3", 17, AT, currency, language, person, totals, "104:" + "0f" * 32)
    return report(value, shop, COLUMNS, AT)


def notice(language: str) -> Paper:
    _, name, text, shop, _ = MARKETS[language]
    value = Slip("n", "notice", "000105", language, Person("7", name, "cashier"), (SlipText(text),))
    return slip.compose(value, shop, COLUMNS, AT, 2)


def printed(paper: Paper, page: str) -> list[Printed]:
    """What stands on the paper of a printer with this code page."""
    data = encode(job(paper=paper), Means(page=CodePage(page, PAGES[page]), dots=384)).data
    printer = SimulatedPrinter(columns=COLUMNS, buffer_bytes=1_000_000)
    assert printer.accept(data) == len(data)
    printer.run_until(120.0)
    (piece,) = printer.pieces
    return list(piece.printed[:-1])


def rows(image: Image) -> list[bytes]:
    found = [image.data[at : at + image.stride] for at in range(0, len(image.data), image.stride)]
    while found and not any(found[-1]):
        found.pop()
    return found


def shown(*marks: Printed) -> list[bytes]:
    """The rows of pictures, which a tall one comes in several of."""
    found = [bytes(row) for mark in marks if isinstance(mark, PrintedImage) for row in mark.rows]
    while found and not any(found[-1]):
        found.pop()
    return found


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", MARKETS)
@pytest.mark.parametrize("document", [x_report, notice])
def test_every_line_is_the_printers_own_text_or_drawn_letter_by_letter(
    document: object, language: str, page: str
) -> None:
    assert callable(document)
    paper: Paper = document(language)
    lines = [block for block in paper.blocks if isinstance(block, TextLine)]
    marks = deque(printed(paper, page))
    drawn = 0
    for line in lines:
        mark = marks.popleft()
        if isinstance(mark, PrintedLine):
            assert plain(mark.text) == plain(line.text)
            continue
        expected = rows(dots.line(line.text, tall=line.tall, wide=line.wide, bold=line.bold))
        parts: list[Printed] = [mark]
        while len(shown(*parts)) < len(expected):  # what is tall comes in several pictures
            parts.append(marks.popleft())
        assert shown(*parts) == expected, line.text
        drawn += 1
    assert not marks
    if any(letter in line.text for line in lines for letter in lacking(language, page)):
        assert drawn > 0


def plain(text: str) -> str:
    """A line without the signs that pages have likenesses for."""
    likenesses = str.maketrans({"«": '"', "»": '"', "—": "-", "№": "N"})
    return text.translate(likenesses).rstrip().casefold()


def lacking(language: str, page: str) -> str:
    return "".join(letter for letter in MARKETS[language][0] if not letter.encode(page, errors="ignore"))


@pytest.mark.parametrize(("language", "page"), [("az", page) for page in PAGES] + [("be", "cp866"), ("be", "cp857")])
def test_the_letters_of_the_market_are_among_what_is_drawn(language: str, page: str) -> None:
    """The control: without a letter that the page lacks the test above would prove nothing."""
    assert lacking(language, page)
    for document in (x_report, notice):
        texts = "".join(block.text for block in document(language).blocks if isinstance(block, TextLine)).casefold()
        assert all(letter in texts for letter in MARKETS[language][0])


@pytest.mark.parametrize("letter", "əƏğİışçöüўЎіІ")
def test_the_font_has_the_letter(letter: str) -> None:
    """What it lacks is an empty box."""
    assert dots.line(letter).data != dots.line("\N{TIBETAN SYLLABLE OM}").data
    assert any(dots.line(letter).data)


# --- the register's own picture ---------------------------------------------------------------------------------------


def test_the_registers_picture_stands_on_our_paper_dot_for_dot() -> None:
    image = picture(jpeg(384, 48, (16, 8, 199, 31)), 384)
    marks = printed(picture_paper(image, COLUMNS, "az"), "cp1251")
    assert {type(mark) for mark in marks} == {PrintedImage}
    assert shown(*marks) == rows(image)


def test_a_sale_with_a_preview_comes_on_our_paper(tmp_path: Path) -> None:
    world = with_forms(SandboxWorld(tmp_path), preview=True)
    world.do(opening())
    event = world.do(sale())
    assert isinstance(event, ReceiptFiscalised)
    image = world.fiscaliser.picture(uuid_of(10), 384)
    assert image is not None
    made = picture_paper(image, COLUMNS, "az")
    assert (made.end_label, made.copy_label) == ("SON", "TƏKRAR NÜSXƏ")
    assert shown(*printed(made, "cp1251")) == rows(image)
