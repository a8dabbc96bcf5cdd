"""In the vendor's place on a sale's way: one cash register and its books.

Here is what it holds and how a document moves its sums; `delivery` carries documents to the tax service in time,
`offline` changes its mode, `shifts`, `selling` and `reports` make documents.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from firmware_bridge.vendors.checkbox.sandbox.errors import Refused
from firmware_bridge.vendors.checkbox.sandbox.faults import Faults
from firmware_bridge.vendors.checkbox.sandbox.ledger import Ledger, new_id
from firmware_bridge.vendors.checkbox.sandbox.options import SandboxOptions
from firmware_bridge.vendors.checkbox.sandbox.pool import Pool, fiscal_code
from firmware_bridge.vendors.checkbox.sandbox.values import (
    TAXES,
    Cashier,
    OfflineSession,
    PaymentSums,
    Receipt,
    Report,
    Shift,
    TaxSums,
    Transaction,
)

Mode = Literal["ONLINE", "OFFLINE_AUTO", "OFFLINE_MANUAL", "DRAINING"]


class Register:
    """Everything the vendor knows of one register. `mode`: OFFLINE_MANUAL is what the client asked for
    (`stay_offline`); DRAINING until the last offline transaction has arrived.
    """

    def __init__(self, options: SandboxOptions, faults: Faults, entropy: random.Random, at: datetime) -> None:
        """`at`: when the register was set up."""
        self.options = options
        self.faults = faults
        self.entropy = entropy
        self.id = new_id(entropy)
        self.organization_id = new_id(entropy)
        self.tax_ids = {tax.code: new_id(entropy) for tax in TAXES}
        self.is_test = not options.live
        self._digits = f"{entropy.randrange(1_000_000):06}"
        self.created_at = at
        self.updated_at = at
        self.ledger = Ledger(self.fiscal_number, entropy)
        self.pool = Pool(self.new_number, options.offline_codes, at)
        self.mode: Mode = "ONLINE"
        self.jam = ""
        self.sessions: list[OfflineSession] = []
        self.shifts: list[Shift] = []
        self.receipts: dict[str, Receipt] = {}
        self.reports: list[Report] = []
        #: When the line to the tax service is free again, and until when transmission is held for sending too fast.
        self.free_at = at
        self.held_until = at
        #: Offline transactions that may still be sent before the client has to ask again.
        self.may_send = 0
        #: Whether the client asked for the sending that goes on; otherwise the vendor starts it again by itself.
        self.client_drains = False
        #: Requests for codes under way: when they are answered, and for how many.
        self.asked: list[tuple[datetime, int]] = []
        #: Offline shift documents that are being signed: until when, and which.
        self.to_sign: list[tuple[datetime, Transaction]] = []
        self.go_online_calls: list[datetime] = []
        self.receipt_times: list[datetime] = []
        self.held_times = 0
        self.mails: list[tuple[str, str]] = []

    @property
    def fiscal_number(self) -> str:
        return self.options.fiscal_number or ("TEST" if self.is_test else "4000") + self._digits

    def new_number(self) -> str:
        """A fiscal number that the tax service has not given yet."""
        return fiscal_code(self.entropy, test=self.is_test)

    def new_id(self) -> str:
        return new_id(self.entropy)

    @property
    def shift(self) -> Shift | None:
        """The shift that is not closed yet, in whatever state."""
        return self.shifts[-1] if self.shifts and self.shifts[-1].active else None

    def opened_shift(self, cashier: Cashier) -> Shift:
        """The cashier's shift. Raises Refused unless it is OPENED."""
        shift = self.shift
        if shift is None or shift.status != "OPENED" or shift.cashier is not cashier:
            raise Refused("shift-not-opened")
        return shift

    @property
    def cash(self) -> int:
        """Kopecks in the register, as far as the books go."""
        return self.shifts[-1].balance.balance if self.shifts else self.options.initial_balance

    def cash_to_give(self) -> int:
        """The cash, less what returns under way will take out of it."""
        return self.cash - sum(cash_moved(one) for one in self.pending() if one.type == "RETURN")

    def pending(self) -> Iterator[Receipt]:
        """Receipts that the tax service has neither taken nor refused, and that have no offline code."""
        return (one for one in self.receipts.values() if one.status == "CREATED" and not one.counted)

    @property
    def offline(self) -> bool:
        return self.mode != "ONLINE"

    @property
    def stay_offline(self) -> bool:
        return self.mode == "OFFLINE_MANUAL"

    def last_fiscal_receipt(self) -> Receipt | None:
        """The last sale or return that was not refused."""
        fiscal = (one for one in reversed(self.receipts.values()) if one.type in ("SELL", "RETURN"))
        return next((one for one in fiscal if one.status != "ERROR"), None)

    def next_receipt_serial(self) -> int:
        return len(self.receipts) + 1

    def next_report_serial(self, *, is_z: bool) -> int:
        return sum(one.is_z == is_z for one in self.reports) + 1

    def new_taxes(self) -> dict[int, TaxSums]:
        return {tax.code: TaxSums(self.new_id()) for tax in TAXES}

    def find_receipt(self, key: str) -> Receipt:
        """By id, or by its fiscal number of 11 characters. Raises Refused."""
        found = self.receipts.get(key.lower())
        if found is None:
            found = next((one for one in self.receipts.values() if one.fiscal_code == key), None)
        if found is None:
            raise Refused("receipt-not-found")
        return found

    def find_shift(self, shift_id: str) -> Shift:
        """Raises Refused."""
        for one in self.shifts:
            if one.id == shift_id.lower():
                return one
        raise Refused("not-found")

    def count(self, receipt: Receipt, at: datetime) -> None:
        """Move the shift's sums by a receipt that is certain; once."""
        if receipt.counted:
            return
        receipt.counted = True
        shift = receipt.shift
        shift.balance.updated_at = at
        if receipt.totals is None:
            _count_service(receipt, self._payment_sums(shift, "CASH", None, "Готівка"))
            return
        shift.last_receipt_id = receipt.id
        sold = receipt.type == "SELL"
        shift.sold += sold
        shift.returned += not sold
        _count_cash(receipt)
        _count_rounding(receipt)
        for tax in receipt.totals.taxes:
            sums = shift.taxes[tax.code]
            if sold:
                sums.sales += tax.value + tax.extra_value
                sums.sales_turnover += tax.turnover
            else:
                sums.returns += tax.value + tax.extra_value
                sums.returns_turnover += tax.turnover
        self._count_payments(receipt)

    def _count_payments(self, receipt: Receipt) -> None:
        change = receipt.rest
        for payment in receipt.payload["payments"]:
            kind = "CASH" if payment["type"] == "CASH" else "CASHLESS"
            sums = self._payment_sums(receipt.shift, kind, payment.get("code"), payment["label"])
            taken = min(change, payment["value"]) if kind == "CASH" else 0
            change -= taken
            if receipt.type == "SELL":
                sums.sell += payment["value"] - taken
            else:
                sums.returned += payment["value"] - taken

    def _payment_sums(self, shift: Shift, kind: str, code: int | None, label: str) -> PaymentSums:
        for one in shift.payments:
            if (one.type, one.code, one.label) == (kind, code, label):
                return one
        shift.payments.append(PaymentSums(self.new_id(), kind, code, label))
        return shift.payments[-1]


def cash_moved(receipt: Receipt) -> int:
    """Cash that a sale or return moves, change taken off."""
    given = sum(one["value"] for one in receipt.payload["payments"] if one["type"] == "CASH")
    return int(given) - receipt.rest


def _count_service(receipt: Receipt, sums: PaymentSums) -> None:
    balance = receipt.shift.balance
    if receipt.type == "SERVICE_IN":
        balance.service_in += receipt.total
        sums.service_in += receipt.total
    else:
        balance.service_out += receipt.total
        sums.service_out += receipt.total


def _count_cash(receipt: Receipt) -> None:
    balance = receipt.shift.balance
    cash = cash_moved(receipt)
    cashless = receipt.paid - receipt.rest - cash
    if receipt.type == "SELL":
        balance.cash_sales += cash
        balance.card_sales += cashless
    else:
        balance.cash_returns += cash
        balance.card_returns += cashless
    if receipt.totals is not None:
        amounts = [*receipt.totals.adjusted, *(one for line in receipt.totals.lines for one in line.adjusted)]
        balance.discounts += sum(-one for one in amounts if one < 0)
        balance.surcharges += sum(one for one in amounts if one > 0)


def _count_rounding(receipt: Receipt) -> None:
    rounding = receipt.shift.rounding
    difference = receipt.due - receipt.total
    if receipt.type == "SELL":
        rounding.sales_up += max(difference, 0)
        rounding.sales_down += max(-difference, 0)
    else:
        rounding.returns_up += max(difference, 0)
        rounding.returns_down += max(-difference, 0)
