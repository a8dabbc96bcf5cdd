"""Orders of a shop in Baku: sales, returns, cash movements, reports, each with an id and a number of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Literal
from zoneinfo import ZoneInfo

from firmware_bridge.vendors.smartone.config import SmartOneTax
from firmware_bridge.vendors.smartone.forms import Forms
from statemachines.arithmetic import compute
from statemachines.vocabulary.effects import Fiscalise
from statemachines.vocabulary.receipt import (
    AdjustmentRequest,
    CashMove,
    LineRequest,
    Original,
    Payment,
    Person,
    Receipt,
    Report,
    ShiftOpening,
    ShiftTotals,
    TaxGroup,
    TaxRate,
    Turnover,
)

BAKU: Final = ZoneInfo("Asia/Baku")
CASHIER: Final = Person("7", "Əli Şükürov", "cashier")
GROUPS: Final = {
    "vat18": TaxGroup("vat18", "A", (TaxRate("ƏDV", 1800),)),
    "free": TaxGroup("free", "B", ()),
    "fuel": TaxGroup("fuel", "C", (TaxRate("ƏDV", 1800), TaxRate("Aksiz", 500))),
}
TAXES: Final = {
    "vat18": SmartOneTax(code="A", name="ƏDV 18%"),
    "free": SmartOneTax(code="B", name="ƏDV-siz"),
    "fuel": SmartOneTax(code="C", name="ƏDV və aksiz"),
}
FORMS: Final = Forms(BAKU, TAXES, till_id="t-1")
ECR: Final = replace(FORMS, profile="ecr")


def uuid_of(n: int) -> str:
    return f"5b9d1f00-0000-4000-8000-{n:012d}"


def opening(n: int = 1) -> Fiscalise:
    value = ShiftOpening(uuid_of(n), 1, 0, (), CASHIER, "2026-03-02", "AZN", "az")
    return Fiscalise(uuid_of(n), uuid_of(n), opening=value)


def report(kind: Literal["x_report", "shift_report"], n: int = 90, shift: int = 1) -> Fiscalise:
    totals = ShiftTotals(Turnover(), Turnover(), 0, 0, 0, 0)
    value = Report(uuid_of(n), kind, "1", 1, 0, "AZN", "az", CASHIER, totals, "1:00", shift_id=uuid_of(shift))
    return Fiscalise(uuid_of(n), uuid_of(n), report=value)


def move(amount: int, n: int = 50, direction: Literal["in", "out"] = "in") -> Fiscalise:
    kind: Literal["add_to_float", "cash_pull"] = "add_to_float" if direction == "in" else "cash_pull"
    value = CashMove(uuid_of(n), kind, direction, amount, "AZN", "az", "change", CASHIER, "main", number=f"{n:06d}")
    return Fiscalise(uuid_of(n), uuid_of(n), move=value)


def line(
    price: int, quantity: int = 1000, *adjustments: AdjustmentRequest, group: str = "vat18", code: str = "c-1"
) -> LineRequest:
    return LineRequest(code, "Çörək", price, quantity, group, adjustments)


def receipt(
    lines: Sequence[LineRequest],
    payments: Sequence[Payment],
    *adjustments: AdjustmentRequest,
    n: int = 10,
    kind: Literal["sale", "return"] = "sale",
    original: Original | None = None,
) -> Receipt:
    done = compute(lines, adjustments, payments, GROUPS, "none", kind)
    return Receipt(
        uuid_of(n), kind, f"{n:06d}", "AZN", "az", CASHIER, "main", done.lines, done.adjustments, done.payments,
        done.totals, original=original,
    )  # fmt: skip


def sale(amount: int = 1180, n: int = 10, given: int | None = None, card: int = 0) -> Fiscalise:
    paid = [Payment("card", card, collected="by_device")] if card else []
    if amount > card:
        paid.append(Payment("cash", amount - card, given=given))
    return Fiscalise(uuid_of(n), uuid_of(n), receipt=receipt([line(amount)], paid, n=n))


def back(amount: int = 1180, n: int = 11, parent: str = "", by: Literal["cash", "card"] = "cash") -> Fiscalise:
    original = Original(id=uuid_of(10), fiscal_number=parent, date="2026-03-02", number="000010")
    value = receipt([line(amount)], [Payment(by, amount)], n=n, kind="return", original=original)
    return Fiscalise(uuid_of(n), uuid_of(n), receipt=value)
