"""A cash sale whose first exchange is cut, and what came of it once the till is at rest again."""

from __future__ import annotations

from dataclasses import replace

from statemachines.vocabulary.commands import Sell
from statemachines.vocabulary.effects import Ask, Effect, Fiscalise
from statemachines.vocabulary.events import (
    ReceiptFiscalised,
    SaleCompleted,
    SaleRefused,
)
from statemachines.vocabulary.receipt import Receipt
from tests.support.fiscal_till import FiscalTill, Victim
from tests.support.fiscalisers import Fiscaliser
from tests.support.rules import CASHIER, only, sale

NAME = "s-1"


def two_lines() -> Receipt:
    """Two positions of 6.25, so that a receipt can be open with one of them."""
    one = sale(NAME)
    lines = tuple(replace(one.lines[0], line_no=number, gross=625, sum=625, taxes=()) for number in (1, 2))
    return replace(one, lines=lines)


def cut(fiscaliser: Fiscaliser, at: str, victim: Victim = "controller", receipt: Receipt | None = None) -> FiscalTill:
    """A cash sale whose first exchange is cut; the till has come back and everything is at rest."""
    till = FiscalTill(fiscaliser)
    till.plan = (0, at, victim)
    till.do(Sell(NAME, CASHIER, receipt or sale(NAME)))
    return till


def interrupted(fiscaliser: Fiscaliser, at: str, receipt: Receipt | None = None) -> tuple[FiscalTill, Fiscalise]:
    """As `cut`, but the till is still without power: the test changes the world before it comes back."""
    till = FiscalTill(fiscaliser)
    order = only(till.bench.do(Sell(NAME, CASHIER, receipt or sale(NAME))).effects, Fiscalise)
    fiscaliser.serve(order, at)
    return till, order


def comes_back(till: FiscalTill) -> None:
    stamps = till.said(ReceiptFiscalised)
    till.fiscaliser.restarted(stamps[-1].stamp.document_no)
    till.served = []
    till.orders += till.bench.restart().effects
    till.settle()


def kinds(effects: list[Effect]) -> list[str]:
    return [f"Ask({type(one.intention).__name__})" if isinstance(one, Ask) else type(one).__name__ for one in effects]


def sold_once(till: FiscalTill) -> bool:
    books = till.fiscaliser.books
    once = len(till.about(NAME, SaleCompleted)) == 1 and till.about(NAME, SaleRefused) == []
    return once and len(books.of(NAME)) == 1 and books.cash == till.bench.rules.state.shift.expected_cash == 11_250
