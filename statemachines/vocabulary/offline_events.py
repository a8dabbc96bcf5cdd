"""While the fiscaliser, or the tax service behind it, cannot be reached: its mode, codes given in advance, the drain.

A document made meanwhile is lawful by a code and a date of the till's own, and is delivered later, in order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from statemachines.vocabulary.events import DocumentEvent, Event, FiscalStamp
from statemachines.vocabulary.receipt import Person

FiscalMode = Literal["online", "offline_auto", "offline_manual", "draining", "jammed"]
OfflineLimit = Literal["session", "month", "codes"]
JamVerdict = Literal["deliver_again", "give_up"]


@dataclass(frozen=True, slots=True)
class FiscalModeChanged(Event):
    """`session_id` names one stretch of working offline; `reason` says why the mode changed, for people.

    `fiscal_at` (UTC ms): the fiscal time of the change; a session begins with it.
    """

    to: FiscalMode
    reason: str
    session_id: str = ""
    code: str = ""
    fiscal_at: int = 0


@dataclass(frozen=True, slots=True)
class FiscaliserUnreachable(DocumentEvent):
    """Nothing of the document left the till: no connection could be made."""

    reason: str


# --- codes ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OfflineCode:
    """A number that the tax service gave in advance for one offline document."""

    value: str
    serial: int


@dataclass(frozen=True, slots=True)
class OfflineCodesRefilled(Event):
    """All codes that the fiscaliser says are free now. `asked_at`: UTC ms of the request to the tax service for them
    (no offline document may be dated before it); 0 = only the fiscaliser was asked."""

    asked_at: int
    codes: tuple[OfflineCode, ...]


@dataclass(frozen=True, slots=True)
class OfflineCodesNotRefilled(Event):
    """`asked_at` as above: not 0 when the tax service may have heard the request all the same."""

    reason: str
    asked_at: int = 0


@dataclass(frozen=True, slots=True)
class OfflineCodeBound(DocumentEvent):
    """In the same commit as whatever uses it: no code is ever given to two documents.

    `fiscal_at` (UTC ms, whole seconds): the date the document would bear. `reserved`: kept for a document in doubt,
    neither sent nor printed yet. The going offline itself is one, under the session's id.
    """

    code: OfflineCode
    fiscal_at: int
    reserved: bool


@dataclass(frozen=True, slots=True)
class OfflineCodeReleased(DocumentEvent):
    """The document needed no code after all."""

    code: OfflineCode


@dataclass(frozen=True, slots=True)
class OfflineCodeSpent(Event):
    """Seen in an answer, or said to be used: never bound again."""

    value: str


# --- the drain: one step, one request, one outcome ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RegisterSeen(Event):
    """What the fiscaliser says of itself. `offline`: it does not reach the tax service, or is told not to (`manual`).

    `server_at` (UTC ms): not later than this was its clock when it answered. `last_at`: the date of the last document
    that it has (0 = not told). `last_delivered_at`: of the last that the tax service has. `waiting`: how many wait for
    the tax service (-1 = not told). `session_ms`, `month_ms`: how long it counts as offline (-1 = not told).
    """

    TRANSIENT: ClassVar[bool] = True

    offline: bool
    manual: bool
    server_at: int
    last_at: int = 0
    last_delivered_at: int = 0
    waiting: int = -1
    session_ms: int = -1
    month_ms: int = -1


@dataclass(frozen=True, slots=True)
class WentOffline(Event):
    """The fiscaliser has taken the session's beginning, with its code and date."""

    SUBJECT: ClassVar[str] = "session_id"

    session_id: str


@dataclass(frozen=True, slots=True)
class OfflineDocumentDelivered(DocumentEvent):
    """The fiscaliser has the document; `stamp` is complete now."""

    stamp: FiscalStamp


@dataclass(frozen=True, slots=True)
class OfflineDocumentRefused(DocumentEvent):
    """The fiscaliser will not take a document that is lawful already: nothing may follow it before a person decides."""

    reason: str


@dataclass(frozen=True, slots=True)
class JamResolved(Event):
    """A person decided how a jammed register goes on: what stands at the head of the queue is delivered again, or given
    up (`document_id`; the fiscaliser will never have it from this till)."""

    SUBJECT: ClassVar[str] = "document_id"

    document_id: str
    verdict: JamVerdict
    evidence: str
    actor: Person


@dataclass(frozen=True, slots=True)
class WentOnline(Event):
    """The fiscaliser was told to send what it has to the tax service; `tries`: how often in this session."""

    SUBJECT: ClassVar[str] = "session_id"

    session_id: str
    tries: int


@dataclass(frozen=True, slots=True)
class TaxServicePinged(Event):
    """`answers`: the tax service can be reached; `text`: what it said."""

    answers: bool
    text: str


@dataclass(frozen=True, slots=True)
class DrainStepFailed(Event):
    """A step had no answer or was put off; it is taken again. `reached`: the fiscaliser itself answered."""

    TRANSIENT: ClassVar[bool] = True

    step: str
    reason: str
    reached: bool


# --- how long it has lasted -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OfflineLimitWarned(Event):
    """`used` of `limit` (ms; codes: how many are left, and the reserve). `step`: which warning of this kind it is, in
    per cent (codes: 1 = few are left); from 100 on no further document is made offline."""

    kind: OfflineLimit
    used: int
    limit: int
    step: int


@dataclass(frozen=True, slots=True)
class OfflineTimesDisagree(Event):
    """The fiscaliser counts another time offline than the till (ms); the larger counts."""

    kind: Literal["session", "month"]
    ours: int
    theirs: int
