"""What happened, in the past tense. Events are the only things that change the state of a machine.

Every event is a frozen value that the journal can write and read back. `DURABLE` events force a commit before
anything else happens; the others (sensors, printer health) ride with the next commit, because losing one in a
power cut costs a time stamp and never money. `TRANSIENT` ones are never journalled: they may make the rules say
what they mean (a switch closed: DrawerClosed), but they change no state themselves. The header (`Occurred`) says
when, by whom and why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from statemachines.vocabulary.evidence import Counters, PrintEvidence
from statemachines.vocabulary.paper import Paper
from statemachines.vocabulary.receipt import (
    CashDirection,
    CashMove,
    PaymentTotal,
    Person,
    Receipt,
    Report,
    ShiftOpening,
    ShiftTotals,
    TaxAmount,
)

DrawerCauseKind = Literal["sale", "move", "count", "no_sale", "none"]
Verdict = Literal["printed", "not_printed", "fiscalised", "not_fiscalised", "refunded", "abandoned"]
PutAway = Literal["drawer_closed", "no_drawer", "timeout", "next_sale", "count", "day_closed"]
"""Why the money of a document is put away: its drawer was closed, there is none (or none that tells), time passed or
the till was restarted, the next sale began, the drawer is to be counted, or its day ends."""


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events. `SUBJECT` names the field that holds the document the event is about ("" = none)."""

    DURABLE: ClassVar[bool] = True
    TRANSIENT: ClassVar[bool] = False
    SUBJECT: ClassVar[str] = ""


@dataclass(frozen=True, slots=True)
class DocumentEvent(Event):
    """An event in the life of one document (sale, return, cash move or report)."""

    SUBJECT: ClassVar[str] = "document_id"

    document_id: str


# --- the till and its shift -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TillStarted(Event):
    """A process took the journal over. Everything it finds without an outcome is doubtful from here on."""

    till_id: str
    boot_id: str
    version: str


@dataclass(frozen=True, slots=True)
class ShiftOpened(Event):
    """`number` counts the till's shifts; `vendor_id` and `vendor_number` are the fiscaliser's own.

    `initial`: the cash that the fiscaliser says lies there (minor units; None = it does not tell), which is the float
    that the books begin with. `floats`: what lies in each drawer.
    """

    SUBJECT: ClassVar[str] = "shift_id"

    shift_id: str
    number: int
    float_amount: int
    cashier: Person
    business_date: str
    floats: tuple[tuple[str, int], ...] = ()
    initial: int | None = None
    vendor_id: str = ""
    vendor_number: str = ""


@dataclass(frozen=True, slots=True)
class ShiftClosed(Event):
    """`document_id` is the printed shift report; `anchor` ("SEQ:HASH") stands on it.

    `forced`: not by the till's own procedure, but found closed at the fiscaliser.
    """

    SUBJECT: ClassVar[str] = "shift_id"

    shift_id: str
    number: int
    totals: ShiftTotals
    document_id: str
    anchor: str
    vendor_number: str = ""
    forced: bool = False


# --- a document's life ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SaleRequested(DocumentEvent):
    """A sale or return was accepted: its content is frozen, nothing was sent yet.

    `taken_back`: what a return takes of its original, as (line of the original, thousandths, net sum).
    """

    receipt: Receipt
    taken_back: tuple[tuple[int, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class CashMoveRequested(DocumentEvent):
    move: CashMove


@dataclass(frozen=True, slots=True)
class ReportRequested(DocumentEvent):
    report: Report


@dataclass(frozen=True, slots=True)
class ShiftOpenRequested(DocumentEvent):
    """A shift is to be opened; its id is the document's."""

    opening: ShiftOpening


@dataclass(frozen=True, slots=True)
class StampTotals:
    """The sums as the fiscaliser computed them (minor units): they go on paper; a difference to ours is told."""

    total: int
    rounding: int = 0
    change: int = 0
    tax: tuple[TaxAmount, ...] = ()


@dataclass(frozen=True, slots=True)
class FiscalStamp:
    """The fiscaliser's particulars of a document, exactly as received. `date`: as the fiscaliser writes it.

    `register`: the number of the register (FN PRRO, fiscal memory, NKA). `document_no`, `shift_no`, `serial`: of
    the document in the register, of its shift, of the device. `vendor_id`: how the vendor calls it. `at`: UTC ms (0 =
    not told). `balance`: the cash that the fiscaliser counts now. `complete` False: particulars that belong on the
    paper are still to come. `rrn`: the reference number of a card payment that the fiscaliser has charged.
    """

    fiscaliser: str
    number: str
    date: str
    url: str = ""
    offline: bool = False
    control: str = ""
    register: str = ""
    document_no: str = ""
    shift_no: str = ""
    serial: str = ""
    vendor_id: str = ""
    mac: str = ""
    at: int = 0
    balance: int | None = None
    totals: StampTotals | None = None
    complete: bool = True
    rrn: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptFiscalised(DocumentEvent):
    """`printed`: did the fiscaliser put it on paper itself? `not_mine` = printing is our plain printer's work."""

    stamp: FiscalStamp
    printed: Literal["yes", "no", "unknown", "not_mine"]
    kicked: bool = False


@dataclass(frozen=True, slots=True)
class FiscalisationRefused(DocumentEvent):
    """`charged`: the register took the card's money before it refused. `final`: a new attempt would end likewise."""

    reason: str
    charged: bool = False
    final: bool = False


@dataclass(frozen=True, slots=True)
class Declined(DocumentEvent):
    """The card was refused or cancelled at the register that collects it."""

    reason: str


@dataclass(frozen=True, slots=True)
class FiscalisationDoubtful(DocumentEvent):
    """`person_needed`: asking again tells no more (a foreign document, another device): a person has to look."""

    reason: str
    person_needed: bool = False


@dataclass(frozen=True, slots=True)
class FiscalisationRetried(DocumentEvent):
    """A paid document that the fiscaliser refused is tried again, as a new document of its own."""

    fiscal_doc_id: str
    attempt: int
    actor: Person


@dataclass(frozen=True, slots=True)
class FiscalisationUnknown(DocumentEvent):
    """Asked, the fiscaliser does not know the document: it did not happen."""


@dataclass(frozen=True, slots=True)
class HandedOver(DocumentEvent):
    """Given to another register for its cashier to finish. Moves no cash here."""

    to: str


@dataclass(frozen=True, slots=True)
class PrintEvent(DocumentEvent):
    """An outcome of one print job. Outcomes of a job that is not the document's current one are ignored."""

    job_id: str


@dataclass(frozen=True, slots=True)
class ReceiptPrinted(PrintEvent):
    """The job is on paper. `interrupted`: paper end or cover in the middle, so the paper is in two pieces."""

    evidence: PrintEvidence
    counters: Counters | None = None
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class PrintRefused(PrintEvent):
    """Nothing of the job reached the printer (drivers.errors.NotSent) or the printer said no."""

    reason: str


@dataclass(frozen=True, slots=True)
class PrintOutdated(PrintEvent):
    """Before the first byte the printer's odometers were not those of the intention: plan again with these."""

    counters: Counters | None


@dataclass(frozen=True, slots=True)
class PrintDoubtful(PrintEvent):
    """Bytes left and no proof came back. `end_sent` False: the END line certainly never left the till."""

    reason: str
    end_sent: bool | None = None


@dataclass(frozen=True, slots=True)
class PrintFoundMissing(PrintEvent):
    """Asked, the printer shows that the job is not (wholly) on paper.

    `proven`: an unmarked original may be sent again. Otherwise the printer lost power meanwhile and its odometers
    alone say so, which permits a marked copy at most. `fragment`: something of it may stand on the paper.
    """

    proven: bool
    fragment: bool
    evidence: str
    counters: Counters | None = None


@dataclass(frozen=True, slots=True)
class PrintUnresolved(PrintEvent):
    """Asked, the printer cannot tell. `person_needed` False: ask again when it is ready."""

    DURABLE: ClassVar[bool] = False

    reason: str
    person_needed: bool


@dataclass(frozen=True, slots=True)
class SaleCompleted(DocumentEvent):
    """The sale is certain, exactly once per sale. `cash_due` is what stays in the drawer (negative: paid out).

    `drawer_id`: the drawer that its cash goes through ("" = none). `day_id`: the day of that drawer in whose books it
    is: the one that is open now, else the one that was open when the sale was requested, else "". `number`, `order_id`:
    how the sale is called by us and by whoever ordered it.
    """

    cash_due: int
    cash_given: int
    change: int
    non_cash: tuple[PaymentTotal, ...] = ()
    drawer_id: str = ""
    day_id: str = ""
    number: str = ""
    order_id: str = ""


@dataclass(frozen=True, slots=True)
class OriginalReturned(DocumentEvent):
    """Of the sale `document_id` this much was taken back by the return `return_id`: thousandths by article code.

    `document_id` is the original's key (`Original.key`). `lines`: (line of the original, thousandths, net sum) of each.
    `paid`: what was paid out by each means, as it was rounded.
    """

    return_id: str
    quantities: tuple[tuple[str, int], ...]
    total: int
    lines: tuple[tuple[int, int, int], ...] = ()
    paid: tuple[PaymentTotal, ...] = ()


@dataclass(frozen=True, slots=True)
class Exchanged(DocumentEvent):
    """The return `document_id` was continued by the sale `sale_id`: goods for goods, once."""

    sale_id: str


@dataclass(frozen=True, slots=True)
class SaleSettled(DocumentEvent):
    """The money is put away, once; before its drawer is counted and before its drawer's day ends.

    `drawer_id`, `day_id` are those under which the sale was completed.
    """

    why: PutAway
    drawer_id: str = ""
    day_id: str = ""


@dataclass(frozen=True, slots=True)
class CashMoveSettled(DocumentEvent):
    """As SaleSettled, for a cash move, and for an opening of the drawer that was recorded (NoSaleRecorded)."""

    why: PutAway
    drawer_id: str = ""
    day_id: str = ""


@dataclass(frozen=True, slots=True)
class SaleRefused(DocumentEvent):
    """After it was accepted, the sale did not happen; its id is bound to this answer for ever."""

    reason: str


@dataclass(frozen=True, slots=True)
class CashMoved(DocumentEvent):
    """The move is certain. `origin` "operator" alone concerns a book: the others belong to a shift's begin and end.

    `drawer_id`, `day_id`: as in SaleCompleted. `reason`: what whoever asked for it gave for it.
    """

    type: str
    direction: CashDirection
    amount: int
    origin: str = "operator"
    drawer_id: str = ""
    day_id: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CashMoveRefused(DocumentEvent):
    """After it was accepted, the cash move did not happen."""

    reason: str


@dataclass(frozen=True, slots=True)
class ReportTaken(DocumentEvent):
    printed: bool


@dataclass(frozen=True, slots=True)
class ReportRefused(DocumentEvent):
    """The fiscaliser did not make the report."""

    reason: str


@dataclass(frozen=True, slots=True)
class CopyRequested(DocumentEvent):
    """A person wants the document on paper again; the copy is counted before its bytes leave.

    `approved_by`: the manager who allowed more copies than a cashier may make.
    """

    job_id: str
    copy_no: int
    paper: Paper
    reason: str
    approved_by: Person | None = None


@dataclass(frozen=True, slots=True)
class ReceiptCopyPrinted(DocumentEvent):
    job_id: str
    copy_no: int
    evidence: PrintEvidence
    counters: Counters | None = None


@dataclass(frozen=True, slots=True)
class CopyFailed(DocumentEvent):
    """`doubtful`: it may be on paper. A copy is never sent again by itself: ask for another."""

    job_id: str
    copy_no: int
    doubtful: bool
    reason: str


@dataclass(frozen=True, slots=True)
class DoubtResolved(DocumentEvent):
    """A person's answer, which is evidence too: journalled with who said it and what they saw.

    `refunded`: a paid document that never became lawful, its money was given back.
    """

    verdict: Verdict
    evidence: str
    actor: Person


# --- the drawer -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DrawerEvent(Event):
    DURABLE: ClassVar[bool] = False

    drawer_id: str


@dataclass(frozen=True, slots=True)
class DrawerCause:
    """Why a drawer opens: the document, or for `no_sale` the command's own id.

    An opening `no_sale` that a book is told of has been named before (CashMoved or NoSaleRecorded of that id); one that
    was not is local and stays it.
    """

    kind: DrawerCauseKind
    id: str = ""


@dataclass(frozen=True, slots=True)
class DrawerOpenRequested(DrawerEvent):
    """Journalled before the pulse leaves."""

    DURABLE: ClassVar[bool] = True

    cause: DrawerCause
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DrawerKicked(DrawerEvent):
    """The pulse left the till."""

    attempt: int


@dataclass(frozen=True, slots=True)
class DrawerKickDropped(DrawerEvent):
    """The pulse was not sent: too old (nobody wants a drawer that opens when the paper roll is changed), or refused."""

    reason: str


@dataclass(frozen=True, slots=True)
class DrawerSensed(DrawerEvent):
    """The switch, debounced, with the configured polarity applied."""

    TRANSIENT: ClassVar[bool] = True

    open: bool


@dataclass(frozen=True, slots=True)
class DrawerOpened(DrawerEvent):
    """`day_id`: the drawer's day that is open now ("" = none), whatever the cause.

    It also follows DrawerForced when that opening was recorded (NoSaleRecorded), with the record's id as its cause.
    """

    cause: DrawerCause
    confirmed: Literal["sensed", "assumed"]
    day_id: str = ""


@dataclass(frozen=True, slots=True)
class DrawerKickRepeated(DrawerEvent):
    """The drawer did not open: another, longer pulse is on its way."""

    attempt: int


@dataclass(frozen=True, slots=True)
class DrawerOpenFailed(DrawerEvent):
    cause: DrawerCause
    attempts: int
    reason: str


@dataclass(frozen=True, slots=True)
class DrawerClosed(DrawerEvent):
    """`cause`: why it was opened. `day_id`: the drawer's day that is open now ("" = none)."""

    cause: DrawerCause
    open_ms: int
    day_id: str = ""


@dataclass(frozen=True, slots=True)
class DrawerForced(DrawerEvent):
    """Opened without a command: a security event, apart from every sale."""

    DURABLE: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class DrawerLeftOpen(DrawerEvent):
    open_ms: int


@dataclass(frozen=True, slots=True)
class DrawerReady(DrawerEvent):
    """A drawer on a port of its own is connected again."""


@dataclass(frozen=True, slots=True)
class DrawerSilent(DrawerEvent):
    """The port of a drawer that hangs on no printer is gone, or its box does not answer; `reason` is a sentence."""

    reason: str


# --- the receipt printer ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PrinterEvent(Event):
    DURABLE: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class PrinterReady(PrinterEvent):
    """It can print. `counters` are its odometers now, when they were read."""

    paper_near_end: bool = False
    model: str = ""
    serial: str = ""
    counters: Counters | None = None


@dataclass(frozen=True, slots=True)
class PrinterPaperEnd(PrinterEvent):
    pass


@dataclass(frozen=True, slots=True)
class PrinterCoverOpen(PrinterEvent):
    pass


@dataclass(frozen=True, slots=True)
class PrinterFault(PrinterEvent):
    """Cutter, mechanics, temperature, or offline for a cause it does not name. `recoverable` by command."""

    cause: str
    recoverable: bool


@dataclass(frozen=True, slots=True)
class PrinterSilent(PrinterEvent):
    """The port is gone, or the printer does not answer: unplugged or without power."""

    reason: str


# --- time -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TimeReached(Event):
    """A deadline that the rules asked for has come. `key` is theirs."""

    DURABLE: ClassVar[bool] = False
    TRANSIENT: ClassVar[bool] = True

    key: str


@dataclass(frozen=True, slots=True)
class Occurred:
    """An event with its header. `at`: UTC ms. `mono`: ms since boot. `cause`: the id of the command behind it."""

    at: int
    mono: int
    event: Event
    actor: Person | None = None
    cause: str = ""
