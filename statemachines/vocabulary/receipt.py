"""What is sold, what is owed and what is paid: the values that a sale carries from the API to the paper.

Money is an integer in minor units of the till's one currency, a quantity an integer in thousandths,
a rate or percentage an integer in hundredths of a per cent (basis points). A `Receipt` is frozen when
the sale is accepted; every sum in it was computed once, by `statemachines.arithmetic`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DocumentKind = Literal[
    "sale",
    "return",
    "cash_in",
    "cash_out",
    "no_sale",
    "x_report",
    "shift_report",
    "shift_open",
    "card_slip",
    "kitchen",
    "voucher",
    "notice",
    "waiting",
]
PaymentType = Literal["cash", "card", "certificate", "bonus", "transfer", "other"]
AdjustmentKind = Literal["discount", "surcharge"]
RoundingMode = Literal["none", "round10", "round50"]
CashMoveType = Literal[
    "add_to_float",
    "add_petty_cash",
    "transfer_in",
    "adjustment_in",
    "remove_petty_cash",
    "cash_pull",
    "transfer_out",
    "adjustment_out",
    "gift_card_cash_out",
    "no_sale",
]
CashDirection = Literal["in", "out", "none"]
CashOrigin = Literal["operator", "shift_open_float", "shift_close_collection"]

CASH_DIRECTIONS: dict[CashMoveType, CashDirection] = {
    "add_to_float": "in",
    "add_petty_cash": "in",
    "transfer_in": "in",
    "adjustment_in": "in",
    "remove_petty_cash": "out",
    "cash_pull": "out",
    "transfer_out": "out",
    "adjustment_out": "out",
    "gift_card_cash_out": "out",
    "no_sale": "none",
}
"""The ten types of a cash transaction that no sale explains, and which way their money goes."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who did it. `role` is cashier, manager, technician or observer; "system" for the till itself.

    Three people are told apart: the *cashier* signs the shift in at the fiscaliser (one per shift), the *operator*
    stands at the till and is named on the receipt, a *manager* approves what a cashier may not do alone.
    """

    id: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class TaxRate:
    """One included tax of a tax group: its name on paper and its rate in basis points (20 % = 2000)."""

    name: str
    rate: int


@dataclass(frozen=True, slots=True)
class TaxGroup:
    """A tax group as configured: our key, the letter on the paper, and its taxes.

    With two taxes the first is VAT and the second an excise: the excise is taken out of the sum first, the VAT out of
    what is left.
    """

    key: str
    letter: str
    taxes: tuple[TaxRate, ...]


@dataclass(frozen=True, slots=True)
class AdjustmentRequest:
    """A discount or surcharge as the caller asks for it: a value in minor units or a rate in basis points."""

    kind: AdjustmentKind
    mode: Literal["value", "percent"]
    value: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A discount (negative amount) or surcharge (positive) in minor units.

    `percent` is kept for the paper only; the amount is the truth. `name` is empty when the caller gave none.
    """

    kind: AdjustmentKind
    amount: int
    name: str = ""
    percent: int | None = None


@dataclass(frozen=True, slots=True)
class Marking:
    """A goods marking code: `si` and `ukz` are the Belarusian kinds, `datamatrix` any other."""

    kind: Literal["si", "ukz", "datamatrix"]
    value: str


@dataclass(frozen=True, slots=True)
class TaxAmount:
    """An included tax of a line, or of the whole receipt: base and tax, both in minor units.

    `base` is the amount that contains the tax (the turnover), not the amount without it.
    """

    group: str
    letter: str
    name: str
    rate: int
    base: int
    amount: int


@dataclass(frozen=True, slots=True)
class LineRequest:
    """One position as the caller asks for it; sums are not the caller's business.

    `original_line`: in a return, the line of the original that comes back (from 1; 0 = found by article code).
    """

    code: str
    name: str
    price: int
    quantity: int
    tax_group: str
    adjustments: tuple[AdjustmentRequest, ...] = ()
    barcode: str = ""
    uktzed: str = ""
    excise_stamps: tuple[str, ...] = ()
    markings: tuple[Marking, ...] = ()
    section_code: str = ""
    section_name: str = ""
    payment_object: str = ""
    header: str = ""
    footer: str = ""
    original_line: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One position with its sums.

    gross = half_up(price * quantity / 1000); sum = gross + line adjustments + share of the receipt's
    adjustments (`share`, signed). `taxes` are included in `sum`.
    """

    line_no: int
    request: LineRequest
    gross: int
    adjustments: tuple[Adjustment, ...]
    share: int
    sum: int
    taxes: tuple[TaxAmount, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """What the card terminal said. `mask` never holds a full card number."""

    mask: str = ""
    rrn: str = ""
    auth_code: str = ""
    terminal: str = ""
    bank: str = ""
    system: str = ""
    acquirer: str = ""
    receipt_no: str = ""
    commission: int = 0


@dataclass(frozen=True, slots=True)
class Payment:
    """One means of payment: `amount` is what it pays of `payable`; `given` (cash only) is what was handed over."""

    type: PaymentType
    amount: int
    given: int | None = None
    collected: Literal["before", "by_device"] = "before"
    label: str = ""
    card: Card | None = None
    slip: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums of a receipt, minor units.

    goods = sum of gross; adjustments = signed sum of all adjustments; total = goods + adjustments;
    payable = total + rounding; paid = what was handed over; change = paid - payable.
    """

    goods: int
    adjustments: int
    tax: tuple[TaxAmount, ...]
    total: int
    rounding: int
    payable: int
    paid: int
    change: int


@dataclass(frozen=True, slots=True)
class OriginalLine:
    """What another till says it sold: `sum` is the net sum of the line, after its share of every adjustment."""

    code: str
    quantity: int
    sum: int


@dataclass(frozen=True, slots=True)
class Original:
    """The sale that a return takes back: by our id, or by the fiscal references of another till (or of our own past).

    `number` is what stands on its paper. `lines` and `total` are the word of whoever has the original, for a sale that
    this journal does not hold: no more than that is taken back over all its returns. `key` names it in our journal.
    `rrn`: the reference number of its card payment, where the fiscaliser has charged the card.
    """

    id: str = ""
    fiscal_number: str = ""
    date: str = ""
    number: str = ""
    register: str = ""
    lines: tuple[OriginalLine, ...] = ()
    total: int | None = None
    rrn: str = ""

    @property
    def key(self) -> str:
        """Under what the journal remembers what was taken back of it; "" when there is no original at all."""
        return self.id or (f"fiscal:{self.register}:{self.fiscal_number}" if self.fiscal_number else "")


@dataclass(frozen=True, slots=True)
class Receipt:
    """A sale or return, frozen. `number` is our local running number ("" until the rules accept it).

    `operator` stands at the till. `exchange_of`: the return that this sale continues (goods for goods).
    `return_reason` and `approved_by` (a manager) belong to returns and to what needs a manager.
    """

    document_id: str
    kind: Literal["sale", "return"]
    number: str
    currency: str
    language: str
    operator: Person
    drawer_id: str
    lines: tuple[Line, ...]
    adjustments: tuple[Adjustment, ...]
    payments: tuple[Payment, ...]
    totals: Totals
    order_id: str = ""
    original: Original | None = None
    header: str = ""
    footer: str = ""
    barcode: str = ""
    department: str = ""
    context: tuple[tuple[str, str], ...] = ()
    exchange_of: str = ""
    return_reason: str = ""
    approved_by: Person | None = None


@dataclass(frozen=True, slots=True)
class Customer:
    """Personal data. Never part of a hashed record: the journal keeps it beside, where it can be erased."""

    email: str = ""
    phone: str = ""
    tax_number: str = ""


@dataclass(frozen=True, slots=True)
class CashMove:
    """Money put into or taken out of a drawer that no sale explains. `amount` > 0 (0 for no_sale).

    `counterpart`: where a transfer comes from or goes to (another drawer, the safe). `origin`: an operator's wish, or
    the float and the collection that belong to the opening and closing of a shift (a book knows those already).
    """

    document_id: str
    type: CashMoveType
    direction: CashDirection
    amount: int
    currency: str
    language: str
    reason: str
    operator: Person
    drawer_id: str
    number: str = ""
    counterpart: str = ""
    origin: CashOrigin = "operator"


@dataclass(frozen=True, slots=True)
class ShiftOpening:
    """A shift to be opened: `float_amount` is the cash that lies there now; `floats` the same by drawer.

    `cashier` signs it in at the fiscaliser. `business_date`: the local date on which it is opened.
    """

    shift_id: str
    number: int
    float_amount: int
    floats: tuple[tuple[str, int], ...]
    cashier: Person
    business_date: str
    currency: str
    language: str


@dataclass(frozen=True, slots=True)
class PaymentTotal:
    """Turnover of one means of payment."""

    type: PaymentType
    amount: int


@dataclass(frozen=True, slots=True)
class Turnover:
    """Sales or returns of a shift: number of documents, sums before and of rounding, payments, taxes."""

    count: int = 0
    total: int = 0
    rounding: int = 0
    payments: tuple[PaymentTotal, ...] = ()
    tax: tuple[TaxAmount, ...] = ()


@dataclass(frozen=True, slots=True)
class ShiftTotals:
    """What a shift moved. expected cash = float + cash of sales - cash of returns + cash in - cash out."""

    sales: Turnover
    returns: Turnover
    float_amount: int
    cash_in: int
    cash_out: int
    expected_cash: int
    last_number: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """An X report or the report of a closed shift. `anchor` is "SEQ:HASH" of the journal's chain at that moment."""

    document_id: str
    kind: Literal["x_report", "shift_report"]
    number: str
    shift_number: int
    opened_at: int
    currency: str
    language: str
    operator: Person
    totals: ShiftTotals
    anchor: str
    doubts: tuple[str, ...] = ()
    shift_id: str = ""


@dataclass(frozen=True, slots=True)
class Denomination:
    """So many pieces of one coin or note; `value` in minor units."""

    value: int
    pieces: int
