"""Orders from the rules to a lane. An order that is an *intention* is durable before it leaves the till.

`Print` and `Fiscalise` are intentions: after a power cut an intention without an outcome is doubtful, and the
lane is asked before anything is repeated. `Kick` and `Ask` are not: a drawer pulse is never replayed, and a
question may be asked again at any time.
"""

from __future__ import annotations

from dataclasses import dataclass

from statemachines.vocabulary.events import FiscalStamp
from statemachines.vocabulary.evidence import Counters
from statemachines.vocabulary.offline_events import OfflineCode
from statemachines.vocabulary.paper import Paper
from statemachines.vocabulary.receipt import CashMove, Person, Receipt, Report, ShiftOpening


@dataclass(frozen=True, slots=True)
class Kick:
    """Open the drawer with one pulse of `pulse_ms`, unless `expires` (monotonic ms of this boot) has passed."""

    drawer_id: str
    pulse_ms: int
    expires: int
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class Print:
    """Put `paper` on paper as job `job_id` (four characters, its process id and END mark). An intention.

    `copy_no` 0 is the one unmarked original, n > 0 a copy marked n. `kick` is the first bytes of the job and is
    absent from every resend. `void_fragment`: first declare void and cut what an interrupted job left behind.
    `before` are the printer's odometers when the job was planned; `cuts` by how many this job moves the cutter's.
    """

    document_id: str
    job_id: str
    paper: Paper
    copy_no: int = 0
    kick: Kick | None = None
    void_fragment: bool = False
    before: Counters | None = None
    cuts: int = 1


@dataclass(frozen=True, slots=True)
class Ask:
    """Find out what became of `intention`; never repeat it.

    `end_sent` is what the lane itself remembers of the exchange: False when the job's END line never left the
    till, None when nobody knows (the till was restarted).
    """

    intention: Print | Fiscalise
    end_sent: bool | None = None


@dataclass(frozen=True, slots=True)
class Fiscalise:
    """Let the fiscaliser make a document under `fiscal_doc_id`. An intention. Exactly one of the four is given.

    `opening`: open the fiscal shift, signed by its cashier. `report`: the X report, or for a shift report the Z that
    closes the shift. All have the same outcomes, so doubt about a shift is solved like doubt about a sale. `before`:
    the particulars of the last document that this till knows of, which tell a document that came after it.
    `requested_at`: UTC ms at which it was asked for (0 = not told), the same for every try: where the till dates a
    document itself, it is this date.
    """

    document_id: str
    fiscal_doc_id: str
    receipt: Receipt | None = None
    move: CashMove | None = None
    attempt: int = 1
    opening: ShiftOpening | None = None
    report: Report | None = None
    before: FiscalStamp | None = None
    requested_at: int = 0


@dataclass(frozen=True, slots=True)
class SignOut:
    """The shift is closed: its cashier leaves the fiscaliser. Not an intention: nothing hangs on it."""

    shift_id: str
    cashier: Person


# --- the drain: each is answered by one event, may be ordered again at any time, and moves no money twice -------------


@dataclass(frozen=True, slots=True)
class LookAtRegister:
    """What does the fiscaliser say of itself? RegisterSeen or DrainStepFailed."""


@dataclass(frozen=True, slots=True)
class RefillCodes:
    """Read the codes that are free. `ask` > 0: first ask the tax service for so many, which is allowed rarely and on
    line only. OfflineCodesRefilled or OfflineCodesNotRefilled."""

    ask: int = 0


@dataclass(frozen=True, slots=True)
class GoOffline:
    """Begin the session at the fiscaliser, dated `fiscal_at` (UTC ms). WentOffline, OfflineDocumentRefused (under the
    session's id) or DrainStepFailed."""

    session_id: str
    code: OfflineCode
    fiscal_at: int


@dataclass(frozen=True, slots=True)
class DeliverOffline:
    """Hand over one document of the session. `order` is what it says; the till fills it in from its journal.

    OfflineDocumentDelivered, OfflineDocumentRefused or DrainStepFailed. What is there already under its id counts as
    delivered. `code` is None where the fiscaliser wants none for this kind of document.
    """

    document_id: str
    code: OfflineCode | None
    fiscal_at: int
    order: Fiscalise | None = None


@dataclass(frozen=True, slots=True)
class GoOnline:
    """Let the fiscaliser send what it has; `tries` counts these in the session. WentOnline or DrainStepFailed."""

    session_id: str
    tries: int


@dataclass(frozen=True, slots=True)
class PingTaxService:
    """Does the tax service answer the fiscaliser? TaxServicePinged or DrainStepFailed."""


DrainStep = LookAtRegister | RefillCodes | GoOffline | DeliverOffline | GoOnline | PingTaxService
Effect = Print | Kick | Ask | Fiscalise | SignOut | DrainStep
Intention = Print | Fiscalise
