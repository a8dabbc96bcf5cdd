"""What happens around the sales: closing a shift step by step, the drawer's day, counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from statemachines.vocabulary.events import DocumentEvent, Event
from statemachines.vocabulary.receipt import Denomination, Person

CountReason = Literal["intra_day_balance", "end_of_day_balance"]
ClosingStep = Literal["drafts", "count", "removal", "report", "drawers", "sign_out"]


# --- the shift --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ShiftEvent(Event):
    SUBJECT: ClassVar[str] = "shift_id"

    shift_id: str


@dataclass(frozen=True, slots=True)
class ShiftOpenRefused(ShiftEvent):
    reason: str


@dataclass(frozen=True, slots=True)
class ShiftOpenDoubtful(ShiftEvent):
    """The fiscaliser may have opened it; it is being asked."""

    reason: str


@dataclass(frozen=True, slots=True)
class ShiftAgeWarned(ShiftEvent):
    """The shift must be closed soon. `age_ms`: since it was opened; `closes_at`: UTC ms of the fiscaliser's limit."""

    age_ms: int
    closes_at: int


@dataclass(frozen=True, slots=True)
class ShiftExpired(ShiftEvent):
    """No new document fits into this shift any more: it can only be closed."""

    reason: str


@dataclass(frozen=True, slots=True)
class ShiftFoundOpen(ShiftEvent):
    """The fiscaliser has a shift open that the books hold for closed. Adopted, never repaired."""

    number: int
    opened_at: int
    cashier: Person
    business_date: str
    initial: int | None = None
    vendor_id: str = ""
    vendor_number: str = ""


@dataclass(frozen=True, slots=True)
class ShiftFoundClosed(ShiftEvent):
    """The fiscaliser has closed the shift by itself, or somebody else did (`by`)."""

    by: str


@dataclass(frozen=True, slots=True)
class ShiftCloseRefused(ShiftEvent):
    reason: str


@dataclass(frozen=True, slots=True)
class ShiftCloseDoubtful(ShiftEvent):
    reason: str


# --- closing it, step by step -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ClosingEvent(ShiftEvent):
    pass


@dataclass(frozen=True, slots=True)
class CloseRequested(ClosingEvent):
    """From here on nothing new is sold. `document_id` is the shift report to be; `anchor` ("SEQ:HASH") goes on it."""

    document_id: str
    actor: Person
    currency: str
    language: str
    anchor: str


@dataclass(frozen=True, slots=True)
class ClosingAdvanced(ClosingEvent):
    """The step before is done; this one begins."""

    step: ClosingStep


@dataclass(frozen=True, slots=True)
class ClosingFinished(ClosingEvent):
    pass


@dataclass(frozen=True, slots=True)
class ClosingStopped(ClosingEvent):
    """A step was refused: the same request again resumes here, or the closing is called off."""

    step: ClosingStep
    reason: str


@dataclass(frozen=True, slots=True)
class ClosingCalledOff(ClosingEvent):
    actor: Person
    reason: str


# --- the drawer's day ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DrawerDayEvent(Event):
    SUBJECT: ClassVar[str] = "day_id"

    drawer_id: str
    day_id: str


@dataclass(frozen=True, slots=True)
class DrawerDayOpened(DrawerDayEvent):
    """The drawer is active with `float_amount` in it. `cashiers`: who may use it; empty = everybody."""

    float_amount: int
    cashiers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DrawerCashiersAssigned(DrawerDayEvent):
    """`request_id`: the command that asked for it."""

    SUBJECT: ClassVar[str] = "request_id"

    cashiers: tuple[str, ...]
    request_id: str


@dataclass(frozen=True, slots=True)
class DrawerDayClosed(DrawerDayEvent):
    """`expected`: what must be in it by the books; `counted`: what was found, None when nobody counted.

    `request_id`: the command that asked for it, or the shift that ended with it.
    """

    SUBJECT: ClassVar[str] = "request_id"

    expected: int
    counted: int | None
    count_id: str
    request_id: str


# --- cash counts --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CountEvent(Event):
    """`day_id` of a count's events: the drawer's day that is counted."""

    SUBJECT: ClassVar[str] = "count_id"

    count_id: str
    drawer_id: str


@dataclass(frozen=True, slots=True)
class CountStarted(CountEvent):
    """`blind`: who counts is not shown what is expected before the count is submitted."""

    day_id: str
    reason: CountReason
    blind: bool
    by: Person


@dataclass(frozen=True, slots=True)
class CountRecorded(CountEvent):
    """Round `round` found `counted`; `expected` by the books at that moment; `difference` = counted - expected."""

    round: int
    counted: int
    denominations: tuple[Denomination, ...]
    expected: int
    difference: int
    by: Person
    day_id: str = ""


@dataclass(frozen=True, slots=True)
class CountRecountAsked(CountEvent):
    round: int
    by: Person
    day_id: str = ""


@dataclass(frozen=True, slots=True)
class CountSubmitted(CountEvent):
    reason: CountReason
    counted: int
    expected: int
    difference: int
    by: Person
    day_id: str = ""


@dataclass(frozen=True, slots=True)
class CountCancelled(CountEvent):
    by: Person
    why: str
    day_id: str = ""


# --- two books of one fact ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BooksDisagree(DocumentEvent):
    """The fiscaliser counts something else than the till (minor units). Its figure stands; nobody corrects it by
    itself. `fact`: total or tax of a document, or the cash at the opening of a shift."""

    fact: Literal["total", "tax", "opening"]
    ours: int
    theirs: int
