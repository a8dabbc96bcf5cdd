"""Behind a sale's way: what the API answers, as types. They make `/openapi.json`, and tests hold answers to them.

Money is integer minor units of the till's currency, times are RFC 3339, null is "there is none". Programs should read
past members that they do not know: later versions may tell more.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

Time = Annotated[str, Meta(description="an RFC 3339 time")]
MinorUnits = Annotated[int, Meta(description="minor units of the till's currency")]


class Told(Struct, frozen=True, kw_only=True):
    """Base of everything in an answer."""


class FieldFault(Told, frozen=True, kw_only=True):
    """What is wrong with one member of a request."""

    field: str
    text: str


class Problem(Told, frozen=True, kw_only=True):
    """RFC 9457. `type` is for programs and stays, `detail` is a sentence for a person; `outcome`: did it happen?"""

    type: Annotated[str, Meta(pattern=r"\Aurn:firmware-bridge:problem:[a-z][a-z0-9-]{0,63}\Z")]
    title: str
    status: int
    detail: str
    outcome: Literal["none", "refused", "doubtful"]
    errors: list[FieldFault] | UnsetType = UNSET
    document: dict[str, Any] | UnsetType = UNSET


class Tax(Told, frozen=True, kw_only=True):
    """`rate` in hundredths of a per cent."""

    group: str
    name: str
    rate: int
    base: MinorUnits
    amount: MinorUnits


class Totals(Told, frozen=True, kw_only=True):
    """Of a sale or a return."""

    goods: MinorUnits
    adjustments: MinorUnits
    tax: list[Tax]
    total: MinorUnits
    rounding: MinorUnits
    payable: MinorUnits
    paid: MinorUnits
    change: MinorUnits


class Turnover(Told, frozen=True, kw_only=True):
    """All sales, or all returns, of a shift. `payments` by type."""

    count: int
    total: MinorUnits
    rounding: MinorUnits
    payments: dict[str, MinorUnits]
    tax: list[Tax]


class ShiftTotals(Told, frozen=True, kw_only=True):
    """What a shift report says."""

    sales: Turnover
    returns: Turnover
    float_amount: MinorUnits = field(name="float")
    cash_in: MinorUnits
    cash_out: MinorUnits
    expected_cash: MinorUnits


EitherTotals = Annotated[
    dict[str, Any],
    Meta(
        description="Totals of a sale or return, ShiftTotals of a report",
        extra_json_schema={"anyOf": [{"$ref": f"#/components/schemas/{name}"} for name in ("Totals", "ShiftTotals")]},
    ),
]


class Fiscal(Told, frozen=True, kw_only=True):
    """What makes a document lawful. `complete`: nothing is missing that the fiscaliser still has to tell.

    `waiting_for_delivery`: it was made without the fiscaliser, which does not have it yet.
    """

    fiscaliser: str
    number: str
    date: str
    url: str
    offline: bool
    control: str
    register: str
    document_no: str
    shift_no: str
    serial: str
    vendor_id: str
    mac: str
    at: Annotated[int, Meta(description="the register's time, UTC milliseconds")]
    balance: MinorUnits | None
    totals: dict[str, Any] | None
    complete: bool
    rrn: str
    waiting_for_delivery: bool


class OnPaper(Told, frozen=True, kw_only=True):
    """`evidence`: how it is known to be printed, best first process_id, odometer, barrier, read_back, assumed; none."""

    evidence: str
    copies: int
    interrupted: bool
    job: str | None


class AtDrawer(Told, frozen=True, kw_only=True):
    """What the document's drawer did."""

    state: str


class Document(Told, frozen=True, kw_only=True):
    """A sale, return, cash move, report, shift's opening or slip, and where it stands."""

    id: str
    kind: str
    state: str
    number: str
    at: Time
    cash_transaction: str
    totals: EitherTotals | UnsetType = UNSET
    currency: str | UnsetType = UNSET
    type: str | UnsetType = UNSET
    direction: str | UnsetType = UNSET
    amount: MinorUnits | UnsetType = UNSET
    reason: str | UnsetType = UNSET
    anchor: str | UnsetType = UNSET
    title: str | UnsetType = UNSET
    belongs: str | UnsetType | None = field(name="for", default=UNSET)
    fiscal: Fiscal | None
    paper: OnPaper
    drawer: AtDrawer
    doubts: list[str]
    person_needed: bool
    refusal: str | None
    seq: Annotated[int, Meta(description="its place in the journal")] | UnsetType = UNSET


class Documents(Told, frozen=True, kw_only=True):
    """A page, newest first; `next` is the path of the next one."""

    receipts: list[Document]
    next: str | UnsetType = UNSET


class Closing(Told, frozen=True, kw_only=True):
    """Where the closing of a shift stands, and what it waits for."""

    state: str
    step: str
    waits_for: str | None
    reason: str | None


class AtWork(Told, frozen=True, kw_only=True):
    """A command that is taken and of which there is nothing to show yet."""

    id: str


class NotYetClosed(Told, frozen=True, kw_only=True):
    """The shift is to be closed, and something is waited for before its report begins."""

    id: str
    closing: Closing


class ClosedOtherwise(Told, frozen=True, kw_only=True):
    """The shift ended without a report of this till. `forced`: at the fiscaliser, not at the till's word."""

    id: str
    shift: str
    forced: bool


class CalledOff(Told, frozen=True, kw_only=True):
    """The closing of the shift is called off."""

    id: str
    state: Literal["called_off"]


class Unjammed(Told, frozen=True, kw_only=True):
    """What a person said of a jammed register; `document`: the one it did not take, null = it named none."""

    id: str
    document: str | None
    verdict: str


class Shift(Told, frozen=True, kw_only=True):
    """The current shift, or the last one. `totals` are null for a cashier while a drawer is counted blind."""

    id: str | None
    number: int
    state: str
    opened_at: Time | None
    business_date: str | None
    cashier: str | None
    totals: ShiftTotals | None
    closes_at: Time | UnsetType | None = UNSET
    reason: str | UnsetType | None = UNSET
    closing: Closing | UnsetType = UNSET


class Cause(Told, frozen=True, kw_only=True):
    """Why a drawer was opened last."""

    kind: str
    id: str


class DrawerDay(Told, frozen=True, kw_only=True):
    """The current day of a drawer, or its last one; nulls for a cashier who counts blind."""

    id: str | None
    state: str
    float_amount: MinorUnits = field(name="float")
    cash_in: MinorUnits | None
    cash_out: MinorUnits | None
    expected_cash: MinorUnits | None
    counted: MinorUnits | None
    cashiers: list[str]
    opened_at: Time | None


class Drawer(Told, frozen=True, kw_only=True):
    """In the words of UnifiedPOS: `cap_status` says whether its switch is wired."""

    id: str
    state: str
    opened: bool
    cap_status: bool
    cause: Cause
    failure: str | None
    connected: bool
    trouble: str | None
    day: DrawerDay | UnsetType = UNSET
    count: str | UnsetType | None = UNSET


class DrawerAnswer(Told, frozen=True, kw_only=True):
    """What became of the command to open a drawer. `confirmed`: by its switch, or only that it was commanded."""

    id: str
    cause: Cause
    state: str
    confirmed: str | UnsetType = UNSET


class Drawers(Told, frozen=True, kw_only=True):
    """All of them."""

    drawers: list[Drawer]


class DayAnswer(Told, frozen=True, kw_only=True):
    """What became of a command about a drawer's day; it never changes."""

    id: str
    day: str | UnsetType = UNSET
    state: str | UnsetType = UNSET
    float_amount: MinorUnits | UnsetType = field(name="float", default=UNSET)
    cashiers: list[str] | UnsetType = UNSET
    expected_cash: MinorUnits | UnsetType = UNSET
    counted: MinorUnits | UnsetType | None = UNSET
    count: str | UnsetType | None = UNSET


class Pieces(Told, frozen=True, kw_only=True):
    """So many of one coin or note."""

    value: MinorUnits
    pieces: int


class BookLag(Told, frozen=True, kw_only=True):
    """A book that does not know all cash facts yet: a difference may be none."""

    book: str
    lags: int


class Count(Told, frozen=True, kw_only=True):
    """A count of a drawer. `expected` and `difference` are null for whoever may not see them yet."""

    id: str
    drawer: str
    day: str
    state: str
    reason: str
    blind: bool
    round: int
    counted: MinorUnits | None
    denominations: list[Pieces]
    expected: MinorUnits | None
    difference: MinorUnits | None
    started_at: Time
    started_by: str | None
    counted_by: str | None
    books: list[BookLag] | UnsetType = UNSET


class Reason(Told, frozen=True, kw_only=True):
    """Why nothing can be sold."""

    code: str
    text: str


class Alarm(Told, frozen=True, kw_only=True):
    """What a person should see to; it keeps nobody from selling. `id`: of the document or drawer."""

    code: str
    id: str
    text: str


class Printer(Told, frozen=True, kw_only=True):
    """The receipt printer as it was last heard."""

    state: str
    advice: str | None
    paper_near_end: bool
    model: str | None
    serial: str | None


class Unfinished(Told, frozen=True, kw_only=True):
    """A document that is not at its end, and what a person can do."""

    id: str
    kind: str
    number: str
    state: str
    cash_transaction: str
    doubt: str | None
    person_needed: bool
    advice: str | None


class JournalHead(Told, frozen=True, kw_only=True):
    """The last record."""

    seq: int
    hash: str


class FiscalMode(Told, frozen=True, kw_only=True):
    """How the till stands to its register. The rest is there only where it can sell without it."""

    mode: str
    since: Time | None
    reason: str | None
    session: str | None
    text: str
    paper: str | UnsetType = UNSET
    offline: dict[str, Any] | UnsetType = UNSET
    codes: dict[str, Any] | UnsetType = UNSET
    waiting: dict[str, Any] | UnsetType = UNSET
    jammed: dict[str, Any] | UnsetType | None = UNSET
    advice: str | UnsetType | None = UNSET
    clock: dict[str, Any] | UnsetType = UNSET


class Status(Told, frozen=True, kw_only=True):
    """The till on one page: can it sell, and if not, why not and what to do."""

    till: str
    can_sell: bool
    reasons: list[Reason]
    printer: Printer
    unfinished: list[Unfinished]
    journal: JournalHead
    fiscal: FiscalMode | None
    training: bool
    shift: Shift | None
    closing: Closing
    drawers: list[Drawer]
    counts: list[Count]
    alarms: list[Alarm]
    books: list[dict[str, Any]]


class Outbox(Told, frozen=True, kw_only=True):
    """Where each book stands, with the records that are set aside."""

    books: list[dict[str, Any]]
    next: str | UnsetType = UNSET


class OutboxDone(Told, frozen=True, kw_only=True):
    """What was done about a book, in a sentence."""

    book: str
    done: str


class Order(Told, frozen=True, kw_only=True):
    """An ordered document that waits. `by`: who ordered it, `why` it waits; lines and payments as in a sale."""

    id: str
    kind: str
    by: str
    needs_confirmation: bool
    not_after: str
    why: str
    order_id: str
    lines: list[dict[str, Any]]
    payments: list[dict[str, Any]]


class Orders(Told, frozen=True, kw_only=True):
    """All of them, in the order in which they came."""

    orders: list[Order]


class OrderSaid(Told, frozen=True, kw_only=True):
    """A person's word about an order: `state` is confirmed or refused."""

    id: str
    state: str


class Device(Told, frozen=True, kw_only=True):
    """A configured device. `stranger`: one with another serial number that stands where the known one stood."""

    id: str
    kind: str
    driver: str
    port: str | None
    serial: str | UnsetType | None = UNSET
    known: dict[str, Any] | UnsetType | None = UNSET
    stranger: dict[str, Any] | UnsetType | None = UNSET
    connected: bool | UnsetType | None = UNSET
    advice: str | UnsetType | None = UNSET


class Devices(Told, frozen=True, kw_only=True):
    """All of them."""

    devices: list[Device]


class ActTold(Told, frozen=True, kw_only=True):
    """`known`: it was journalled before; `conflict`: the id belongs to something else, and this was not journalled."""

    id: str
    state: Literal["journalled", "known", "conflict"]


_TOLD: Final = [{"id": "act-8f14e45fceea167a5a36dedd4bea2543", "state": "journalled"}]


class ActsTold(Told, frozen=True, kw_only=True):
    """What became of each, in order; those at the end that are missing were not taken now: tell them again."""

    acts: Annotated[list[ActTold], Meta(examples=[_TOLD])]


class Event(Told, frozen=True, kw_only=True):
    """A record of the journal, as `data:` of one server-sent event whose `id:` is its number."""

    seq: int
    at: Time
    name: str
    subject: str
    intention: bool
    data: dict[str, Any]


class Session(Told, frozen=True, kw_only=True):
    """Who asks. `may`: the operations of that role; `exponent`: decimals of the currency; `zone`: IANA name."""

    name: str
    role: str
    may: list[str]
    till: str
    version: str
    currency: str
    exponent: int
    zone: str


class SignedIn(Session, frozen=True, kw_only=True):
    """`key`: for the header Session-Key of each request, beside the cookie."""

    key: str


class SignedOut(Told, frozen=True, kw_only=True):
    """The session is over."""

    status: Literal["signed_out"]


class Alive(Told, frozen=True, kw_only=True):
    """The process answers."""

    status: Literal["alive"]
    version: str


class Heard(Told, frozen=True, kw_only=True):
    """A vendor's hint was taken."""

    status: Literal["heard"]
