"""On a sale's way: what a request may say. Unknown fields are refused by name, everything is bounded.

Money is integer minor units of the till's currency, a quantity integer thousandths, a percentage integer
hundredths of a per cent.
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from msgspec import Meta, Struct

from statemachines.arithmetic import LIMIT
from statemachines.vocabulary.receipt import AdjustmentKind, CashMoveType, PaymentType

_NO_CONTROLS = r"\A[^\x00-\x1f\x7f-\x9f]*\Z"
_NO_CONTROLS_BUT_LF = r"\A[^\x00-\x09\x0b-\x1f\x7f-\x9f]*\Z"
_ONE_LINE = "text without control characters"
_LINES = "text without control characters other than line breaks"

Money = Annotated[int, Meta(ge=0, le=LIMIT)]
Text16 = Annotated[str, Meta(max_length=16, pattern=_NO_CONTROLS, description=_ONE_LINE)]
Text32 = Annotated[str, Meta(max_length=32, pattern=_NO_CONTROLS, description=_ONE_LINE)]
Text64 = Annotated[str, Meta(max_length=64, pattern=_NO_CONTROLS, description=_ONE_LINE)]
Text128 = Annotated[str, Meta(max_length=128, pattern=_NO_CONTROLS, description=_ONE_LINE)]
Text256 = Annotated[str, Meta(max_length=256, pattern=_NO_CONTROLS, description=_ONE_LINE)]
Needed128 = Annotated[str, Meta(min_length=1, max_length=128, pattern=_NO_CONTROLS, description=_ONE_LINE)]
Needed256 = Annotated[str, Meta(min_length=1, max_length=256, pattern=_NO_CONTROLS, description=_ONE_LINE)]
Needed512 = Annotated[str, Meta(min_length=1, max_length=512, pattern=_NO_CONTROLS, description=_ONE_LINE)]
Lines = Annotated[str, Meta(max_length=1024, pattern=_NO_CONTROLS_BUT_LF, description=_LINES)]
Language = Annotated[str, Meta(pattern=r"\A([a-z]{2,3})?\Z", description='two or three small letters ("uk")')]
Date = Annotated[
    str,
    Meta(
        max_length=32, pattern=r"\A(\d{4}-\d\d-\d\d([T ][0-9:.+Z-]{5,21})?)?\Z", description="an RFC 3339 date or time"
    ),
]


class Body(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of everything in a request."""


class CommandBody(Body, frozen=True, kw_only=True):
    """Base of every command: `id` by the client (or the header Idempotency-Key), `cashier` who stands at the till."""

    id: str = ""
    cashier: Text64 = ""


class AdjustmentBody(Body, frozen=True, kw_only=True):
    kind: AdjustmentKind
    mode: Literal["value", "percent"]
    value: Money
    name: Text64 = ""


class SectionBody(Body, frozen=True, kw_only=True):
    code: Text32 = ""
    name: Text64 = ""


class MarkingBody(Body, frozen=True, kw_only=True):
    """Exactly one of the kinds of marking code."""

    si: Text256 = ""
    ukz: Text256 = ""
    datamatrix: Text256 = ""

    def __post_init__(self) -> None:
        if sum(map(bool, (self.si, self.ukz, self.datamatrix))) != 1:
            raise ValueError("must have exactly one of si, ukz and datamatrix")


class LineBody(Body, frozen=True, kw_only=True):
    code: Needed256
    name: Needed256
    price: Money
    quantity: Annotated[int, Meta(ge=1, le=LIMIT)]
    tax_group: Needed128
    barcode: Text64 = ""
    uktzed: Text16 = ""
    excise_stamps: Annotated[tuple[Text64, ...], Meta(max_length=100)] = ()
    markings: Annotated[tuple[MarkingBody, ...], Meta(max_length=100)] = ()
    section: SectionBody | None = None
    payment_object: Text32 = ""
    header: Lines = ""
    footer: Lines = ""
    adjustments: Annotated[tuple[AdjustmentBody, ...], Meta(max_length=20)] = ()


class CardBody(Body, frozen=True, kw_only=True):
    """What the card terminal said. `mask` shows at most ten digits of the card."""

    mask: Annotated[
        str,
        Meta(
            max_length=24,
            pattern=r"\A(\D*\d){0,10}\D*\Z",
            description="a masked card number, with ten digits visible at most",
        ),
    ] = ""
    rrn: Text32 = ""
    auth_code: Text32 = ""
    terminal: Text32 = ""
    bank: Text64 = ""
    system: Text32 = ""
    acquirer: Text64 = ""
    receipt_no: Text32 = ""
    commission: Money = 0


class PaymentBody(Body, frozen=True, kw_only=True):
    type: PaymentType
    amount: Money
    given: Money | None = None
    collected: Literal["before", "by_device"] = "before"
    label: Text64 = ""
    card: CardBody | None = None
    slip: Annotated[tuple[Text64, ...], Meta(max_length=100)] = ()

    def __post_init__(self) -> None:
        if self.given is not None and self.type != "cash":
            raise ValueError("given is for cash only")
        if self.card is not None and self.type == "cash":
            raise ValueError("card is not for cash")


class OriginalBody(Body, frozen=True, kw_only=True):
    """The sale that a return takes back: our `id`, or `fiscal_number` with `date` of another till."""

    id: Text64 = ""
    fiscal_number: Text64 = ""
    date: Date = ""

    def __post_init__(self) -> None:
        if bool(self.id) == bool(self.fiscal_number):
            raise ValueError("must have either id, or fiscal_number with date")
        if bool(self.fiscal_number) != bool(self.date):
            raise ValueError("must have fiscal_number and date together")


class CustomerBody(Body, frozen=True, kw_only=True):
    email: Text128 = ""
    phone: Text32 = ""
    tax_number: Text32 = ""


class SaleBody(CommandBody, frozen=True, kw_only=True):
    """POST /v1/sales"""

    lines: Annotated[tuple[LineBody, ...], Meta(min_length=1, max_length=500)]
    payments: Annotated[tuple[PaymentBody, ...], Meta(max_length=20)]
    adjustments: Annotated[tuple[AdjustmentBody, ...], Meta(max_length=20)] = ()
    drawer: Text64 = ""
    order_id: Text64 = ""
    customer: CustomerBody | None = None
    language: Language = ""
    header: Lines = ""
    footer: Lines = ""
    barcode: Text64 = ""
    department: Text64 = ""
    context: Annotated[dict[Needed128, Text256], Meta(max_length=16)] = {}


class ReturnBody(SaleBody, frozen=True, kw_only=True):
    """POST /v1/returns"""

    original: OriginalBody


class CashBody(CommandBody, frozen=True, kw_only=True):
    """POST /v1/cash: the direction follows from `type`."""

    type: CashMoveType
    amount: Annotated[int, Meta(ge=1, le=LIMIT)]
    drawer: Text64 = ""
    reason: Text128 = ""
    language: Language = ""


class ShiftBody(CommandBody, frozen=True, kw_only=True):
    """POST /v1/shifts: `float_amount` is the cash that lies in the drawer already."""

    float_amount: Money = 0


class ReportBody(CommandBody, frozen=True, kw_only=True):
    """POST /v1/shifts/current/close and /v1/reports/x"""

    language: Language = ""


class OpenDrawerBody(CommandBody, frozen=True, kw_only=True):
    """POST /v1/drawers/{id}/open: without a sale, therefore with a reason."""

    reason: Needed128


class CopyBody(CommandBody, frozen=True, kw_only=True):
    """POST /v1/receipts/{id}/copy"""

    reason: Needed128


class ResolveBody(CommandBody, frozen=True, kw_only=True):
    """POST /v1/receipts/{id}/resolve: a person's answer to a doubt, and what that person saw."""

    verdict: Literal["printed", "not_printed", "abandoned"]
    evidence: Needed512


CASH_IN: frozenset[str] = frozenset({"add_to_float", "add_petty_cash", "transfer_in", "adjustment_in"})
CASH_OUT: frozenset[str] = frozenset(get_args(CashMoveType)) - CASH_IN
