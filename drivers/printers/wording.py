"""Which words a receipt needs, before its language gives them: one field for every label that the till adds.

One `Labels` per language, all fields obligatory: a word that is missing in one language is an error when its table
is imported, not a hole on somebody's receipt. None of these words may make paper that is not registered look
registered: the titles of fiscal documents belong to a fiscaliser's stamp and have no field here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from statemachines.vocabulary.receipt import CashMoveType, PaymentType
from statemachines.vocabulary.slip import SlipKind


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of one language. Headings that take a document's number have one `{}` for it."""

    # headings
    receipt_no: str
    return_no: str
    cash_in_no: str
    cash_out_no: str
    x_report_no: str
    shift_report_no: str
    slips: Mapping[SlipKind, str]
    not_fiscal: str
    training: str
    # marks of a print job
    end: str
    copy: str
    void: str
    # particulars
    till: str
    cashier: str
    order: str
    original_no: str
    original_fiscal_no: str
    original_from: str
    return_reason: str
    exchange_of: str
    department: str
    # lines and sums
    times: str
    gift: str
    commodity_code: str
    excise_stamp: str
    discount: str
    surcharge: str
    receipt_discount: str
    receipt_surcharge: str
    total: str
    rounding: str
    due: str
    payout: str
    change: str
    tax_of: str
    authorisation: str
    reference_number: str
    thanks: str
    payments: Mapping[PaymentType, str]
    currencies: Mapping[str, str]
    # cash slips
    moves: Mapping[CashMoveType, str]
    reason: str
    drawer: str
    amount: str
    given_by: str
    taken_by: str
    # reports
    shift_opened_no: str
    last_document: str
    report_currency: str
    sales: str
    returns: str
    count: str
    turnover: str
    total_turnover: str
    cash_in_drawer: str
    opening_cash: str
    cash_in: str
    cash_out: str
    expected_cash: str
    open_doubts: str
    no_doubts: str
    anchor: str
    # how times are written, as for datetime.strftime
    time_format: str

    def currency(self, code: str) -> str:
        """Return how this language writes the currency `code` (ISO 4217); the code itself by default."""
        return self.currencies.get(code, code)
