"""In the vendor's place on a sale's way: the report of a shift in both profiles' forms.

Core: exactly the sample of the vendor's page 2.5.3 (X report), which closing a shift answers with too; its table spells
two names otherwise (`Cash`, `operaCount`) and calls shift_id a string. What a page does not name (refund, deposit)
appears beside what it names once there is any.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from firmware_bridge.vendors.sandbox.wire import Json
from firmware_bridge.vendors.smartone.sandbox.ledger import Document, Kind, Ledger, Shift, included, turnovers

_ALWAYS: Final[tuple[Kind, ...]] = ("sale", "withdraw")
_SOMETIMES: Final[tuple[Kind, ...]] = ("refund", "rollback", "deposit")
_WITH_GOODS: Final[tuple[Kind, ...]] = ("sale", "refund", "rollback")


def core(ledger: Ledger, shift: Shift) -> Json:
    """While the shift is open, `endShift` is its state so far."""
    numbers = [one.number for one in shift.documents]
    ended = shift.closed_at or ledger.now()
    return {
        "shift_open": shift.closed_at is None,
        "shift_id": shift.shift_id,
        "cash": ledger.cash,
        "shift_totals": {
            "startShift": {
                "openTime": ledger.local(shift.opened_at),
                "cash": shift.start_cash,
                "openOrdersCnt": shift.start_orders,
            },
            "endShift": {
                "closeTime": ledger.local(ended),
                "cash": ledger.cash,
                "operCount": len(shift.documents),
                "openOrdersCnt": ledger.open_orders,
            },
            "firstDocNumber": numbers[0] if numbers else 0,
            "lastDocNumber": numbers[-1] if numbers else 0,
            "totals": {kind: _total(shift.of(kind)) for kind in _shown(shift)},
            "taxes": {kind: _taxes(shift.of(kind)) for kind in _shown(shift) if kind in _WITH_GOODS},
            "payments": {kind: _payments(shift.of(kind)) for kind in _shown(shift) if kind in _WITH_GOODS},
        },
    }


def _shown(shift: Shift) -> list[Kind]:
    return [*_ALWAYS, *(kind for kind in _SOMETIMES if shift.of(kind))]


def _total(documents: Sequence[Document]) -> Json:
    return {"count": len(documents), "amount": sum(one.amount for one in documents)}


def _taxes(documents: Sequence[Document]) -> Json:
    return {
        code: {
            "taxCode": tax.code,
            "taxVal": tax.rate,
            "taxName": tax.name,
            "amount": tax.amount,
            "taxAmount": included(tax.amount, tax.rate),
        }
        for code, tax in sorted(turnovers(documents).items())
    }


def _payments(documents: Sequence[Document]) -> Json:
    """`amount` is what was handed over, `change` what of it was given back."""
    found: Json = {}
    for one in documents:
        for paid in one.payments:
            row = found.setdefault(paid.code, {"count": 0, "amount": 0, "change": 0})
            row["count"] += 1
            row["amount"] += paid.amount
            row["change"] += one.change if paid.kind == "cash" else 0
    return found


def ecr(ledger: Ledger, shift: Shift) -> Json:
    """The sibling's flat form."""
    sales, back = shift.of("sale"), [*shift.of("refund"), *shift.of("rollback")]
    deposits, withdrawals = shift.of("deposit"), shift.of("withdraw")
    return {
        "shiftID": shift.shift_id,
        "fiscalShiftID": str(shift.shift_id),
        "shiftOpenAt": ledger.local(shift.opened_at),
        "cash": ledger.cash,
        "currency_name": ledger.options.currency,
        "depositCount": len(deposits),
        "depositSum": sum(one.amount for one in deposits),
        "withdrawCount": len(withdrawals),
        "withdrawSum": sum(one.amount for one in withdrawals),
        **_sums("sale", sales),
        **_sums("moneyBack", back),
    }


def _sums(name: str, documents: Sequence[Document]) -> Json:
    def of(kind: str) -> int:
        paid = sum(paid.amount for one in documents for paid in one.payments if paid.kind == kind)
        return paid - (sum(one.change for one in documents) if kind == "cash" else 0)

    taxes = turnovers(documents).values()
    return {
        f"{name}Count": len(documents),
        f"{name}Sum": sum(one.amount for one in documents),
        f"{name}CashSum": of("cash"),
        f"{name}CashlessSum": of("cashless"),
        f"{name}CreditSum": of("credit"),
        f"{name}BonusSum": of("bonus"),
        f"{name}VatAmounts": [
            {"vatPercent": tax.rate, "vatSum": tax.amount, "vatAmount": included(tax.amount, tax.rate)} for tax in taxes
        ],
    }
