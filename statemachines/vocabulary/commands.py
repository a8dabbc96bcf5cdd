"""What somebody asks the till to do. A command is not a fact: the rules accept it as an event or refuse it.

`command_id` is the client's own id: same id and same content give the first result for ever. A refusal by the
rules binds nothing: the same id may be used again once the cause is gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from statemachines.vocabulary.paper import Paper
from statemachines.vocabulary.receipt import CashMove, Customer, Person, Receipt


@dataclass(frozen=True, slots=True)
class Command:
    command_id: str
    actor: Person


@dataclass(frozen=True, slots=True)
class OpenShift(Command):
    float_amount: int


@dataclass(frozen=True, slots=True)
class CloseShift(Command):
    language: str


@dataclass(frozen=True, slots=True)
class TakeXReport(Command):
    language: str


@dataclass(frozen=True, slots=True)
class Sell(Command):
    """A sale or return whose sums are already computed; its `number` is still empty.

    For a return by our id the till fills in the original and what was returned of it before
    (`returned`: thousandths by article code; `returned_total`: minor units).
    """

    receipt: Receipt
    customer: Customer | None = None
    original: Receipt | None = None
    returned: tuple[tuple[str, int], ...] = ()
    returned_total: int = 0


@dataclass(frozen=True, slots=True)
class MoveCash(Command):
    move: CashMove


@dataclass(frozen=True, slots=True)
class OpenDrawer(Command):
    drawer_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class PrintCopy(Command):
    """`paper` and `copies` (how many there are) are filled in by the till from the journal."""

    document_id: str
    reason: str
    paper: Paper | None = None
    copies: int = 0


@dataclass(frozen=True, slots=True)
class ResolveDoubt(Command):
    document_id: str
    verdict: Literal["printed", "not_printed", "abandoned"]
    evidence: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a command was refused, for the person who gave it. `code` is stable; `field` names the culprit, if one."""

    code: str
    text: str
    field: str = ""
