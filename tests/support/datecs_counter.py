"""What a till before a fiscal printer is asked for in cut campaigns: sales, returns, cash, the closing of the shift."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

from statemachines.arithmetic import compute
from statemachines.document import Document
from statemachines.vocabulary.commands import CloseShift, MoveCash, Sell
from statemachines.vocabulary.receipt import (
    CashMove,
    LineRequest,
    Original,
    Payment,
    Person,
    Receipt,
    TaxGroup,
    TaxRate,
)

CASHIER = Person("7", "Коваль О.", "cashier")
GROUPS = {"a": TaxGroup("a", "Б", (TaxRate("ДДС", 2000),))}
START = datetime(2026, 7, 20, 10, 53, 10, tzinfo=UTC)


class Counter:
    """Commands, as a cash desk program gives them. `document`: one that was made before, by its name."""

    def document(self, name: str) -> Document | None:
        raise NotImplementedError

    def close_shift(self) -> CloseShift:
        return CloseShift("close", CASHIER, "bg")

    def cash_in(self, name: str, amount: int = 5_000) -> MoveCash:
        move = CashMove(name, "add_to_float", "in", amount, "BGN", "bg", "change", CASHIER, "main")
        return MoveCash(name, CASHIER, move)

    def sale(self, name: str, *, card: int = 0, price: int = 4100) -> Sell:
        lines = [
            LineRequest("1", "Хляб пшеничен", price, 2000, "a"),
            LineRequest("2", "Сирене", 5230, 1000, "a"),
            LineRequest("3", "Мед", 990, 1500, "a"),
        ]
        total = 2 * price + 5230 + 1485
        payments = [Payment("card", card)] if card else []
        payments += [Payment("cash", total - card, 20_000)] if total > card else []
        sums = compute(lines, [], payments, GROUPS, "none", "sale")
        receipt = Receipt(
            name, "sale", "", "BGN", "bg", CASHIER, "main", sums.lines, sums.adjustments, sums.payments, sums.totals
        )
        return Sell(name, CASHIER, receipt)

    def give_back(self, name: str, of: str, *, means: Literal["cash", "card"] = "cash") -> Sell:
        """The whole sale `of` comes back."""
        sold = self.document(of)
        assert sold is not None
        assert sold.receipt is not None
        assert sold.stamp is not None
        total = sold.receipt.totals.total
        requests = [line.request for line in sold.receipt.lines]
        sums = compute(requests, [], [Payment(means, total)], GROUPS, "none", "return")
        original = Original(id=of, fiscal_number=sold.stamp.number, date=sold.stamp.date, number=sold.number)
        receipt = replace(
            sold.receipt,
            document_id=name,
            kind="return",
            number="",
            lines=sums.lines,
            payments=sums.payments,
            totals=sums.totals,
            original=original,
        )
        return Sell(name, CASHIER, receipt, original=sold.receipt)
