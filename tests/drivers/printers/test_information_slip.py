"""The slip beside a Belarusian register's own receipt: it names that receipt and claims to be none."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from drivers.printers.layout import Shop, receipt
from statemachines.arithmetic import compute
from statemachines.vocabulary.events import FiscalStamp, StampTotals
from statemachines.vocabulary.receipt import LineRequest, Payment, Person, Receipt, TaxGroup
from tests.drivers.printers.test_layout import SALE_AT, check_lines, texts

SHOP = Shop(("ООО «Липа»",), "", "г. Брест, ул. Придуманная, 9", "УНП", "987654321", "2", "Europe/Minsk")
STAMP = FiscalStamp("ikassa", "F00DCAFE0123456789ABCDEF", "", register="131099705", document_no="42", at=SALE_AT)


def sale() -> Receipt:
    made = compute(
        [LineRequest("1", "Чай чёрный", 500, 2000, "all")],
        (),
        [Payment("cash", 1000, given=2000)],
        {"all": TaxGroup("all", "", ())},
        "none",
        "sale",
    )
    return Receipt(
        "d",
        "sale",
        "000007",
        "BYN",
        "ru",
        Person("c", "Липник Ў.", "cashier"),
        "main",
        made.lines,
        made.adjustments,
        made.payments,
        made.totals,
    )


def test_the_slip_is_as_drawn() -> None:
    assert texts(receipt(sale(), SHOP, 42, SALE_AT, 2, STAMP)) == [
        "                ООО «Липа»",
        "       г. Брест, ул. Придуманная, 9",
        "              УНП 987654321",
        "-" * 42,
        "           ИНФОРМАЦИЯ О ПЛАТЕЖЕ",
        "        (чек выдан кассой iKassa)",
        "-" * 42,
        "2.000 x 5.00",
        "Чай чёрный                           10.00",
        "-" * 42,
        "ИТОГО                            10.00 BYN",
        "Наличные                             20.00",
        "Сдача                                10.00",
        "-" * 42,
        "СКО                              131099705",
        "Чек №                                   42",
        "УИ                F00DCAFE0123456789ABCDEF",
        "02.03.2026                        15:05:31",
        "Касса 2                   Кассир Липник Ў.",
    ]


@given(st.integers(24, 64), st.text(max_size=60))
def test_the_slip_fits_every_width_and_claims_nothing(columns: int, text: str) -> None:
    stamp = replace(STAMP, register=text, document_no=text, date=text, at=0)
    paper = receipt(replace(sale(), exchange_of=text, footer=text), SHOP, columns, SALE_AT, 2, stamp)
    check_lines(paper)
    assert not re.search("ФИСКАЛЬН|КАССОВЫЙ ЧЕК", "\n".join(texts(receipt(sale(), SHOP, columns, SALE_AT, 2, stamp))))


def test_a_return_is_called_one_and_the_registers_figures_go_first() -> None:
    stamp = replace(STAMP, totals=StampTotals(1200, change=800))
    lines = texts(receipt(replace(sale(), kind="return"), SHOP, 42, SALE_AT, 2, stamp))
    assert "          ИНФОРМАЦИЯ О ВОЗВРАТЕ" in lines
    assert "ИТОГО                            12.00 BYN" in lines
    assert "Сдача                                 8.00" in lines


def test_without_a_unique_identifier_there_is_only_the_ordinary_receipt() -> None:
    assert receipt(sale(), SHOP, 42, SALE_AT, 2, replace(STAMP, number="")) == receipt(sale(), SHOP, 42, SALE_AT)
