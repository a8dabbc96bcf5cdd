"""On a sale's way: what a request may say. Unknown fields are refused by name, everything is bounded.

Money is integer minor units of the till's currency, a quantity integer thousandths, a percentage integer
hundredths of a per cent.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from statemachines.arithmetic import LIMIT
from statemachines.vocabulary.events import Verdict
from statemachines.vocabulary.receipt import AdjustmentKind, CashMoveType, PaymentType

_NO_CONTROLS = r"\A[^\x00-\x1f\x7f-\x9f]*\Z"
_NO_CONTROLS_BUT_LF = r"\A[^\x00-\x09\x0b-\x1f\x7f-\x9f]*\Z"
_ONE_LINE = "text without control characters"
_LINES = "text without control characters other than line breaks"
_THOUSANDTHS = "a whole number of thousandths (1.5 pieces are 1500; there is nothing finer)"

Money = Annotated[
    int, Meta(ge=0, le=LIMIT, description="a whole number of minor units of the currency (42.50 are 4250)")
]
Quantity = Annotated[int, Meta(ge=1, le=LIMIT, description=_THOUSANDTHS)]
LineNumber = Annotated[int, Meta(ge=1, le=500)]
Text16 = Annotated[str, Meta(max_length=16, pattern=_NO_CONTROLS, description=_ONE_LINE)]
Text32 = Annotated[str, Meta(max_length=32, pattern=_NO_CONTROLS, description=_ONE_LINE)]
Needed64 = Annotated[str, Meta(min_length=1, max_length=64, pattern=_NO_CONTROLS, description=_ONE_LINE)]
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


#: A command's id as it is described, in the words of ECMA-262: api.requests looks at it, as it may stand in a header.
COMMAND_ID = r"^(?!\.{1,2}$)(?!.*\.(?:txt|png)$)[A-Za-z0-9._:-]{1,64}$"
CommandId = Annotated[
    str, Meta(description='"" = it stands in Idempotency-Key', extra_json_schema={"pattern": f"^$|{COMMAND_ID}"})
]


class Body(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of everything in a request."""


class CommandBody(Body, frozen=True, kw_only=True):
    """Base of every command: `id` by the client (or the header Idempotency-Key), `cashier` who stands at the till."""

    id: CommandId = ""
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
    quantity: Quantity
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


class ReturnLineBody(Body, frozen=True, kw_only=True):
    """A line that comes back: whole like a sold one, or short as `line` of the original (from 1) and `quantity`.

    `line` in a whole one names the line of the original that is meant; without it the article code does.
    """

    quantity: Quantity
    line: LineNumber | None = None
    code: Needed256 | None = None
    name: Needed256 | None = None
    price: Money | None = None
    tax_group: Needed128 | None = None
    barcode: Text64 = ""
    uktzed: Text16 = ""
    excise_stamps: Annotated[tuple[Text64, ...], Meta(max_length=100)] = ()
    markings: Annotated[tuple[MarkingBody, ...], Meta(max_length=100)] = ()
    section: SectionBody | None = None
    payment_object: Text32 = ""
    header: Lines = ""
    footer: Lines = ""
    adjustments: Annotated[tuple[AdjustmentBody, ...], Meta(max_length=20)] = ()

    def __post_init__(self) -> None:
        whole = (self.code, self.name, self.price, self.tax_group)
        if self.short:
            told = (self.barcode, self.uktzed, self.excise_stamps, self.markings, self.section, self.payment_object)
            if any((*told, self.header, self.footer, self.adjustments)):
                raise ValueError("must have nothing but line and quantity in the short form")
        elif None in whole:
            raise ValueError("must have either line and quantity, or code, name, price, quantity and tax_group")

    @property
    def short(self) -> bool:
        """Is everything but the quantity to be taken from the original?"""
        return self.line is not None and (self.code, self.name, self.price, self.tax_group) == (None,) * 4


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


class OriginalLineBody(Body, frozen=True, kw_only=True):
    """A line as another till sold it; `sum` is what it came to after all discounts, in minor units."""

    code: Needed256
    quantity: Quantity
    sum: Money


class OriginalBody(Body, frozen=True, kw_only=True):
    """The sale that a return takes back: our `id`, or `fiscal_number` with `date` of another till.

    Of another till's sale `register`, `lines` and `total` may be told: no more than that is taken back then.
    """

    id: Text64 = ""
    fiscal_number: Text64 = ""
    date: Date = ""
    register: Text64 = ""
    lines: Annotated[tuple[OriginalLineBody, ...], Meta(max_length=500)] = ()
    total: Money | None = None

    def __post_init__(self) -> None:
        if bool(self.id) == bool(self.fiscal_number):
            raise ValueError("must have either id, or fiscal_number with date")
        if bool(self.fiscal_number) != bool(self.date):
            raise ValueError("must have fiscal_number and date together")
        if self.id and (self.register or self.lines or self.total is not None):
            raise ValueError("must have register, lines and total only beside fiscal_number: by id the till knows them")


class CustomerBody(Body, frozen=True, kw_only=True):
    email: Text128 = ""
    phone: Text32 = ""
    tax_number: Text32 = ""


class DocumentBody(CommandBody, frozen=True, kw_only=True):
    """What a sale and a return have in common; `cashier` stands at the till and is named on the receipt."""

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


class SaleBody(DocumentBody, frozen=True, kw_only=True):
    """POST /v1/sales: `exchange_of` is the return that this sale continues (goods for goods)."""

    lines: Annotated[tuple[LineBody, ...], Meta(min_length=1, max_length=500)]
    exchange_of: Text64 = ""


class ReturnBody(DocumentBody, frozen=True, kw_only=True):
    """POST /v1/returns: without `original` only where the shop allows it and a manager approves.

    `lines` all whole, or all short: from the original by our id.
    """

    lines: Annotated[tuple[ReturnLineBody, ...], Meta(min_length=1, max_length=500)]
    original: OriginalBody | None = None
    reason: Text128 = ""

    def __post_init__(self) -> None:
        short = [line.short for line in self.lines]
        if not any(short):
            return
        if not all(short):
            raise ValueError("lines must be all whole, or all short (line and quantity)")
        if self.original is None or not self.original.id:
            raise ValueError("lines can be short (line and quantity) only with an original by our id")
        if self.adjustments:
            raise ValueError("adjustments must be left out with short lines: the original has them")


class CashBody(CommandBody, frozen=True, kw_only=True):
    """POST /v1/cash: the direction follows from `type`.

    `counterpart`: the other end of a transfer (another drawer, the safe).
    """

    type: CashMoveType
    amount: Money = 0
    drawer: Text64 = ""
    reason: Text128 = ""
    counterpart: Text64 = ""
    language: Language = ""

    def __post_init__(self) -> None:
        if self.type == "no_sale" and self.amount:
            raise ValueError("amount must be 0 for no_sale: no cash is moved")
        if self.type != "no_sale" and not self.amount:
            raise ValueError("amount must be at least 1")
        if self.type == "no_sale" and self.counterpart:
            raise ValueError("counterpart is not for no_sale: no cash is moved")


class ReportBody(CommandBody, frozen=True, kw_only=True):
    """POST /v1/shifts/current/close and /v1/reports/x"""

    language: Language = ""


class PlainBody(CommandBody, frozen=True, kw_only=True):
    """A command that its path says all about: deactivate a drawer; recount or submit a count; try a receipt again."""


class OpenDrawerBody(CommandBody, frozen=True, kw_only=True):
    """POST /v1/drawers/{id}/open: without a sale, therefore with a reason."""

    reason: Needed128


class CopyBody(CommandBody, frozen=True, kw_only=True):
    """POST /v1/receipts/{id}/copy"""

    reason: Needed128


class ResolveBody(CommandBody, frozen=True, kw_only=True):
    """POST /v1/receipts/{id}/resolve: a person's answer to a doubt, and what that person saw."""

    verdict: Verdict
    evidence: Needed512
