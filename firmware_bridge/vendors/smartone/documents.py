"""Sales, returns and cash movements at SmartOne on a sale's way: prepared, sent once, and after a doubt looked for.

    prepared   the request, and where the register has no look-up by our id its sums, are on the disk (plans.py)
    sent       exactly those bytes, once
    asked      ECR sales and returns by our own id (/check_status); everything else by the sums before and now
    not there  is believed only when nothing of it can be on its way any more; then the same bytes may be sent again
    unclear    a person looks; nothing is ever sent again then

Sources: core-cashbox 2.01, 2.02, 2.05, 2.08, 2.09; ECR /sale, /refund, /deposit, /withdraw, /check_status.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import msgspec

from drivers.errors import DeviceError, NotSent, Unanswered
from firmware_bridge.clock import TillClock
from firmware_bridge.vendors.smartone import evidence, mapping, moments, stamps
from firmware_bridge.vendors.smartone.client import SmartOneClient, encoded
from firmware_bridge.vendors.smartone.desk import ShiftDesk
from firmware_bridge.vendors.smartone.errors import ROLE, Rejected
from firmware_bridge.vendors.smartone.evidence import Evidence
from firmware_bridge.vendors.smartone.forms import Forms, Unfit
from firmware_bridge.vendors.smartone.messages import (
    CoreDocument,
    EcrDocument,
    Moved,
    print_failure,
    text,
)
from firmware_bridge.vendors.smartone.plans import Outcome, Plan, Plans, Printed
from firmware_bridge.vendors.smartone.requests import Question
from statemachines.vocabulary.effects import Fiscalise
from statemachines.vocabulary.events import (
    Declined,
    Event,
    FiscalisationDoubtful,
    FiscalisationRefused,
    FiscalisationUnknown,
    FiscalStamp,
    ReceiptFiscalised,
)

UNCLEAR: Final = (
    "the register's sums neither show this document alone nor that it is missing: "
    "look in the register whether it is there"
)
UNPLANNED: Final = (
    "the till's own note of what was sent is missing, and without it the register's sums tell nothing: "
    "look in the register whether the document is there"
)
STILL: Final = "SmartOne does not show the document yet, and it may still be on its way: it is asked again"
_Read = TypeVar("_Read")


async def not_sent_yet(step: Coroutine[Any, Any, _Read]) -> _Read:
    """A question before the document leaves: unanswered, it leaves nothing in doubt. Raises NotSent, Rejected."""
    try:
        return await step
    except Unanswered as error:
        raise NotSent(error.text, port=error.port, role=ROLE) from error


@dataclass(slots=True)
class Documents:
    """One register's documents with money. Each is dated when it was asked for, however late it is sent."""

    client: SmartOneClient
    forms: Forms
    desk: ShiftDesk
    plans: Plans
    clock: TillClock
    _sent_at: dict[str, float] = field(default_factory=dict, repr=False)
    _started: float = 0.0

    def __post_init__(self) -> None:
        self._started = self.clock.monotonic()

    # --- making ---------------------------------------------------------------------------------------------------

    async def make(self, order: Fiscalise) -> Event:
        """Make the document. Raises NotSent, Refused, Unanswered."""
        self._request(order, "")  # refused here, before a question is asked, if it cannot be said in SmartOne's words
        reason = await not_sent_yet(self.desk.why_not())
        if reason:
            return FiscalisationRefused(order.document_id, reason)
        plan = self.plans.find(order.fiscal_doc_id)
        if plan is not None:
            there = await self._there_after_all(order, plan)
            if there is not None:
                return there
        else:
            plan = await self._prepare(order)
        return await self._send(order, plan)

    async def _there_after_all(self, order: Fiscalise, plan: Plan) -> Event | None:
        """It was prepared before, and found not to be there: once more, right before the same bytes leave again."""
        if plan.outcome is not None:
            return told(order, plan.outcome)
        found = await not_sent_yet(self._look(order, plan))
        return None if isinstance(found, FiscalisationUnknown) else found

    async def _prepare(self, order: Fiscalise) -> Plan:
        """Freeze the request and the sums before it. Raises NotSent, Refused."""
        before = await not_sent_yet(self.desk.sums()) if self._by_sums(order) else None
        if before is not None and order.receipt is not None:
            self.forms.check_rates(before.rates)
        date = self._date(order)
        operation, request = self._request(order, date)
        plan = Plan(order.fiscal_doc_id, operation, encoded(request).decode(), date, before)
        await asyncio.to_thread(self.plans.put, plan)
        return plan

    async def _send(self, order: Fiscalise, plan: Plan) -> Event:
        """Raises NotSent, Unanswered."""
        kind: type[CoreDocument | EcrDocument | Moved] = Moved
        if order.receipt is not None:
            kind = CoreDocument if self.forms.profile == "core" else EcrDocument
        self._sent_at[order.fiscal_doc_id] = self.clock.monotonic()
        try:
            answer = await self.client.call(plan.operation, plan.body.encode(), kind, card=self._card(order))
        except Rejected as no:
            return await self._rejected(order, plan, no)
        except NotSent:
            del self._sent_at[order.fiscal_doc_id]
            raise
        return await self._made(order, plan, self._outcome(plan, answer))

    async def _rejected(self, order: Fiscalise, plan: Plan, no: Rejected) -> Event:
        """It said no. Without a code that means "nothing was done" the sums have to say so too. Raises Unanswered."""
        judgement = no.judgement
        if judgement.verdict == "declined":
            return Declined(order.document_id, no.text)
        if judgement.verdict == "no_shift":
            self.desk.closed("")
        elif judgement.verdict == "expired":
            self.desk.expired(judgement.sentence)
        refused = FiscalisationRefused(order.document_id, no.text, final=judgement.final)
        if judgement.code is not None and judgement.verdict != "doubt":
            return refused
        try:
            found = await self._look(order, plan, answered=True)
        except DeviceError as error:
            raise Unanswered(f"{no.text}; whether it was made cannot be looked up: {error.text}", role=ROLE) from error
        return refused if isinstance(found, FiscalisationUnknown) else found

    # --- asking ---------------------------------------------------------------------------------------------------

    async def ask(self, order: Fiscalise) -> Event:
        """What became of the document; nothing is repeated. Raises NotSent, Refused, Unanswered: not answered."""
        plan = self.plans.find(order.fiscal_doc_id)
        if plan is not None:
            return told(order, plan.outcome) if plan.outcome is not None else await self._look(order, plan)
        if self.plans.complete:  # what is prepared is written down before it is sent: this one never was
            return FiscalisationUnknown(order.document_id)
        if self._by_sums(order):
            return FiscalisationDoubtful(order.document_id, UNPLANNED, person_needed=True)
        date = self._date(order) if order.requested_at else ""
        operation, request = self._request(order, date)
        return await self._look(order, Plan(order.fiscal_doc_id, operation, encoded(request).decode(), date))

    async def _look(self, order: Fiscalise, plan: Plan, *, answered: bool = False) -> Event:
        """`answered`: the register has said something, so nothing of it is on its way any more."""
        if not self._by_sums(order):
            return await self._look_by_id(order, plan, answered=answered)
        wanted = evidence.expected(order)
        if wanted is None or plan.before is None:
            return FiscalisationDoubtful(order.document_id, UNPLANNED, person_needed=True)
        now = await self._sums_of_open_shift()
        verdict = "unclear" if now is None else evidence.judge(wanted, plan.before, now)
        if verdict == "made" and now is not None:
            return await self._made(order, plan, Outcome(stamps.of_sums(now, plan.date, self.forms), self._untold()))
        if not answered and not self._settled(order):
            return FiscalisationDoubtful(order.document_id, STILL)
        if verdict == "not_made":
            return FiscalisationUnknown(order.document_id)
        return FiscalisationDoubtful(order.document_id, UNCLEAR, person_needed=True)

    async def _sums_of_open_shift(self) -> Evidence | None:
        """None when no shift is open any more, whose sums could tell. Raises NotSent, Refused, Unanswered."""
        try:
            return await self.desk.sums()
        except Rejected:
            if (await self.desk.look()).open:
                raise
            return None

    async def _look_by_id(self, order: Fiscalise, plan: Plan, *, answered: bool) -> Event:
        try:
            found = await self.client.ask("status", EcrDocument, Question(order.fiscal_doc_id))
        except Rejected as no:
            if no.judgement.verdict != "unknown":
                raise
            found = EcrDocument()
        if text(found.document_ext_id) not in ("", order.fiscal_doc_id):
            raise Unanswered("SmartOne told of another document than the one that was asked for", role=ROLE)
        if fiscal(found):
            if found.amount is not None and order.receipt is not None and found.amount != order.receipt.totals.payable:
                reason = f"under this document's id SmartOne has another one, over {found.amount}: compare both there"
                return FiscalisationDoubtful(order.document_id, reason, person_needed=True)
            stamp = stamps.of_ecr(found, plan.date, self.desk.shift, self.forms)
            return await self._made(order, plan, Outcome(stamp, self._printed_then(found)))
        if not answered and not self._settled(order):
            return FiscalisationDoubtful(order.document_id, STILL)
        return FiscalisationUnknown(order.document_id)

    def _settled(self, order: Fiscalise) -> bool:
        """Can nothing of it be on its way any more? What an earlier process sent is as old as this one at least."""
        times = self.client.times
        patience = (times.card if self._card(order) else times.answer) + times.settle
        return self.clock.monotonic() - self._sent_at.get(order.fiscal_doc_id, self._started) >= patience

    # --- what it comes to -----------------------------------------------------------------------------------------

    async def _made(self, order: Fiscalise, plan: Plan, outcome: Outcome) -> ReceiptFiscalised:
        await asyncio.to_thread(self.plans.note, plan, outcome)
        self._sent_at.pop(order.fiscal_doc_id, None)
        return told(order, outcome)

    def _outcome(self, plan: Plan, answer: CoreDocument | EcrDocument | Moved) -> Outcome:
        shift = self.desk.shift if plan.before is None else plan.before.shift
        if isinstance(answer, Moved):
            stamp = stamps.of_move(answer, plan.date, shift, self.forms)
            return Outcome(stamp, "yes" if self.forms.prints_others else "not_mine")
        if isinstance(answer, CoreDocument):
            return self._of_core(answer, stamps.of_core(answer, plan.date, shift, self.forms))
        if not fiscal(answer):
            raise Unanswered("SmartOne took the document and does not tell its fiscal id", role=ROLE)
        stamp = stamps.of_ecr(answer, plan.date, shift, self.forms)
        return Outcome(stamp, "no" if print_failure(answer.print_error) else "yes")

    def _of_core(self, answer: CoreDocument, stamp: FiscalStamp) -> Outcome:
        if self.forms.preview:
            picture = answer.print_data or ""
            return Outcome(stamp, "not_mine" if picture else "no", picture)
        return Outcome(stamp, "no" if print_failure(answer.print_error, answer.print_status) else "yes")

    def _printed_then(self, found: EcrDocument) -> Printed:
        """What the register tells of the paper afterwards."""
        if print_failure(found.print_error):
            return "no"
        return "yes" if found.print_time else "unknown"

    def _untold(self) -> Printed:
        """Sums tell nothing of the paper; a register that sends pictures has printed none."""
        return "no" if self.forms.preview else "unknown"

    # --- in SmartOne's words --------------------------------------------------------------------------------------

    def _request(self, order: Fiscalise, date: str) -> tuple[str, msgspec.Struct]:
        """Raises Unfit."""
        if order.receipt is not None:
            operation = "sale" if order.receipt.kind == "sale" else "refund"
            return operation, mapping.receipt(order.fiscal_doc_id, order.receipt, date, self.forms)
        if order.move is not None:
            operation = "deposit" if order.move.direction == "in" else "withdraw"
            return operation, mapping.movement(order.fiscal_doc_id, order.move, date, self.forms)
        raise Unfit("There is neither a receipt nor a cash movement to register")

    def _date(self, order: Fiscalise) -> str:
        return moments.written(order.requested_at or self.clock.utc_ms(), self.forms.zone)

    def _by_sums(self, order: Fiscalise) -> bool:
        """Is it found again by the register's sums alone? ECR finds receipts by our id; of cash it does not say so."""
        return self.forms.profile == "core" or order.move is not None

    def _card(self, order: Fiscalise) -> bool:
        """May the customer be standing at the register's card terminal?"""
        payments = () if order.receipt is None else order.receipt.payments
        return self.forms.collects_card and any(one.type == "card" for one in payments)


def fiscal(answer: EcrDocument) -> bool:
    """Is it a fiscal document, and not one that is only begun?"""
    return bool(text(answer.fiscal_id)) and answer.doc_status in (None, 1)


def told(order: Fiscalise, outcome: Outcome) -> ReceiptFiscalised:
    return ReceiptFiscalised(order.document_id, outcome.stamp, outcome.printed)
