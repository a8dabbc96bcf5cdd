"""What somebody asks the till to do. A command is not a fact: the rules accept it as an event or refuse it.

`command_id` is the client's own id: same id and same content give the first result for ever. A refusal by the
rules binds nothing: the same id may be used again once the cause is gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from statemachines.vocabulary.day_events import CountReason
from statemachines.vocabulary.events import Verdict
from statemachines.vocabulary.offline_events import JamVerdict
from statemachines.vocabulary.paper import Paper
from statemachines.vocabulary.people_events import Act
from statemachines.vocabulary.receipt import (
    CashMove,
    Customer,
    Denomination,
    DocumentKind,
    PaymentTotal,
    Person,
    Receipt,
)
from statemachines.vocabulary.slip import Slip, SlipBelongs


@dataclass(frozen=True, slots=True)
class Command:
    command_id: str
    actor: Person


@dataclass(frozen=True, slots=True)
class OpenShift(Command):
    """`floats`: the cash in each drawer; with one drawer `float_amount` says it all. `cashier` signs the shift in."""

    float_amount: int
    floats: tuple[tuple[str, int], ...] = ()
    cashier: Person | None = None
    language: str = ""


@dataclass(frozen=True, slots=True)
class CloseShift(Command):
    language: str


@dataclass(frozen=True, slots=True)
class CallOffClosing(Command):
    reason: str


@dataclass(frozen=True, slots=True)
class TakeXReport(Command):
    language: str


@dataclass(frozen=True, slots=True)
class ReturnedBefore:
    """One return of the same sale, as the journal remembers it (see `OriginalReturned`)."""

    return_id: str
    quantities: tuple[tuple[str, int], ...]
    total: int
    lines: tuple[tuple[int, int, int], ...] = ()
    paid: tuple[PaymentTotal, ...] = ()


@dataclass(frozen=True, slots=True)
class Sell(Command):
    """A sale or return whose sums are already computed; its `number` is still empty.

    For a return the till fills in the original (when this journal holds it) and what was taken back of it before; for
    a sale that continues a return (an exchange) that return, and by which sale it was continued already.
    """

    receipt: Receipt
    customer: Customer | None = None
    original: Receipt | None = None
    returned: tuple[ReturnedBefore, ...] = ()
    exchanged: Receipt | None = None
    exchanged_by: str = ""


@dataclass(frozen=True, slots=True)
class MoveCash(Command):
    move: CashMove


@dataclass(frozen=True, slots=True)
class OpenDrawer(Command):
    drawer_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class PrintSlip(Command):
    """Print a document that is no sale; its `number` is still empty.

    For a slip of a sale the till fills in what its journal holds: `belongs_to`: what kind of document that is ("" = not
    known here); `issued`: its slips so far; `with_sale`: the terminals' slips that stand on the sale's own paper, line
    by line.
    """

    slip: Slip
    belongs_to: DocumentKind | Literal[""] = ""
    issued: tuple[SlipBelongs, ...] = ()
    with_sale: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class PrintCopy(Command):
    """`paper`, `copies` (how many there are) and `slip` (when it is one) are filled in by the till from the journal."""

    document_id: str
    reason: str
    paper: Paper | None = None
    copies: int = 0
    approved_by: Person | None = None
    slip: Slip | None = None


@dataclass(frozen=True, slots=True)
class ResolveDoubt(Command):
    document_id: str
    verdict: Verdict
    evidence: str


@dataclass(frozen=True, slots=True)
class ResolveJam(Command):
    """A manager decides how a jammed register goes on. `document_id`: what it does not take, as the status names it."""

    document_id: str
    verdict: JamVerdict
    evidence: str


@dataclass(frozen=True, slots=True)
class RetryFiscalisation(Command):
    """Try a paid document, which the fiscaliser refused, once more as a new document."""

    document_id: str


@dataclass(frozen=True, slots=True)
class ActivateDrawer(Command):
    """Begin the drawer's day. `cashiers`: ids of who may use it; empty = everybody."""

    drawer_id: str
    float_amount: int
    cashiers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AssignCashiers(Command):
    drawer_id: str
    cashiers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeactivateDrawer(Command):
    """End the drawer's day."""

    drawer_id: str


@dataclass(frozen=True, slots=True)
class StartCount(Command):
    """The command's id becomes the count's. `blind` None: as the shop has set it."""

    drawer_id: str
    reason: CountReason
    blind: bool | None = None


@dataclass(frozen=True, slots=True)
class RecordCount(Command):
    """`counted` in minor units; with `denominations` it must be their sum."""

    count_id: str
    counted: int
    denominations: tuple[Denomination, ...] = ()


@dataclass(frozen=True, slots=True)
class AskRecount(Command):
    count_id: str


@dataclass(frozen=True, slots=True)
class SubmitCount(Command):
    count_id: str


@dataclass(frozen=True, slots=True)
class CancelCount(Command):
    count_id: str
    why: str


@dataclass(frozen=True, slots=True)
class NoteAct(Command):
    """Journal what a person did; the command's id is the act's."""

    act: Act


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a command was refused, for the person who gave it. `code` is stable; `field` names the culprit, if one."""

    code: str
    text: str
    field: str = ""
