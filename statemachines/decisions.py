"""Commands become events, or are refused with a sentence that a cashier understands. Nothing changes here.

A refusal at this point has the outcome *none*: nothing was journalled, sent or printed, and the command's id is
not bound. The order of the checks is the order in which a person would want to be told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from statemachines import document as documents
from statemachines import fiscal_mode as mode_machine
from statemachines import payouts, progress, returns, slips
from statemachines import receipt as receipt_machine
from statemachines.context import Replaying
from statemachines.day_decisions import DayCommand, DayDecisions, Decision
from statemachines.gates import Gates
from statemachines.machine import Reject
from statemachines.offline import FiscalClock
from statemachines.settings import Composer, RuleSettings
from statemachines.state import TillState, fiscal_doc_id, job_id
from statemachines.vocabulary.commands import (
    Command,
    MoveCash,
    NoteAct,
    OpenDrawer,
    PrintCopy,
    PrintSlip,
    Refusal,
    ResolveDoubt,
    ResolveJam,
    RetryFiscalisation,
    ReturnedBefore,
    Sell,
)
from statemachines.vocabulary.events import (
    CashMoveRequested,
    CopyRequested,
    DoubtResolved,
    DrawerCause,
    DrawerOpenRequested,
    Event,
    FiscalisationRetried,
    Occurred,
    SaleRequested,
)
from statemachines.vocabulary.offline_events import JamResolved
from statemachines.vocabulary.receipt import Person, Receipt
from statemachines.vocabulary.slip import SlipRequested


@dataclass(frozen=True, slots=True)
class Moment:
    """When a command is decided: UTC ms, the journal's chain ("SEQ:HASH"), and the till's currency."""

    at: int
    anchor: str
    currency: str


class Decisions:
    """Decides commands against the state; owned by the till, beside `Rules`, over the same state."""

    def __init__(self, settings: RuleSettings, composer: Composer, state: TillState) -> None:
        self._settings = settings
        self._state = state
        self._gates = Gates(settings, composer, state)
        self._day = DayDecisions(settings, composer, state, self._gates)

    def decide(self, command: Command, moment: Moment) -> Decision:  # noqa: C901 - a case a kind of command
        match command:
            case Sell():
                return self._sell(command)
            case MoveCash():
                return self._move_cash(command)
            case PrintSlip():
                return self._slip(command)
            case OpenDrawer():
                return self._open_drawer(command)
            case PrintCopy():
                return self._copy(command)
            case ResolveDoubt():
                return self._resolve(command)
            case ResolveJam():
                return self._resolve_jam(command)
            case RetryFiscalisation():
                return self._retry(command)
            case NoteAct():
                return (command.act,)
            case _ if isinstance(command, DayCommand):
                return self._day.decide(command, moment.at, moment.anchor, moment.currency)
            case _:
                raise TypeError(f"no decision for {type(command).__name__}")

    def tell_time(self, at: int, clock: FiscalClock) -> None:
        """Before anything is decided or asked: what time it is (UTC ms), and the fiscaliser's clock."""
        self._gates.tell_time(at, clock)

    def cannot_sell(self) -> list[Refusal]:
        """Every reason why a sale would be refused now, the most important first."""
        return self._gates.cannot_sell()

    # --- sales and money --------------------------------------------------------------------------------------------

    def _sell(self, command: Sell) -> Decision:
        receipt = command.receipt
        refusal = (
            self._first(self._gates.cannot_sell(receipt.kind))
            or self._gates.unknown_drawer(receipt.drawer_id)
            or self._nothing_to_fiscalise(receipt)
            or self._cash_refused(receipt)
        )
        if refusal is not None:
            return refusal
        numbered = replace(receipt, number=f"{self._state.next_number:06d}")
        if receipt.kind == "return":
            return self._take_back(numbered, command)
        exchange = self._exchange_refused(command)
        return exchange or (SaleRequested(receipt.document_id, numbered),)

    def _first(self, reasons: list[Refusal]) -> Refusal | None:
        return reasons[0] if reasons else None

    def _nothing_to_fiscalise(self, receipt: Receipt) -> Refusal | None:
        if receipt.totals.total or not self._settings.traits.registers:
            return None
        text = "The total is 0: nothing is paid, so there is nothing to fiscalise. Print it as a document instead."
        return Refusal("nothing-to-fiscalise", text, "lines")

    def _cash_refused(self, receipt: Receipt) -> Refusal | None:
        cash = sum(payment.amount for payment in receipt.payments if payment.type == "cash")
        if not cash:
            return None
        refusal = self._gates.drawer_takes_cash(receipt.drawer_id, receipt.operator)
        if refusal is None and receipt.kind == "return":
            refusal = self._gates.shortage(cash, receipt.drawer_id)
        return refusal

    def _take_back(self, receipt: Receipt, command: Sell) -> Decision:
        original = receipt.original
        if original is None:
            refusal = returns.without_original(receipt, self._settings.returns_without_original)
            return refusal or (SaleRequested(receipt.document_id, receipt),)
        returned = (*command.returned, *self._returns_under_way(original.key, command.returned))
        if command.original is None and original.id:
            return Refusal(
                "unknown-original",
                f"No sale {original.id} is in this till's journal: give its fiscal number and date instead.",
                "original.id",
            )
        if command.original is None:
            refusal = returns.foreign(receipt, returned)
            return refusal or (SaleRequested(receipt.document_id, receipt, returns.taken_back(receipt)),)
        matched = returns.matched(receipt, command.original, returned)
        if isinstance(matched, Refusal):
            return matched
        refusal = returns.means(matched, command.original, returned)
        lines = returns.taken_back(matched, command.original, returned)
        return refusal or (SaleRequested(matched.document_id, matched, lines),)

    def _returns_under_way(self, key: str, known: Sequence[ReturnedBefore]) -> Iterator[ReturnedBefore]:
        """Returns of the same sale that were accepted and are not certain yet: what they take is spoken for."""
        ids = {one.return_id for one in known}
        for document in progress.unfinished(self._state):
            receipt = document.receipt
            if receipt is None or receipt.original is None or receipt.original.key != key:
                continue
            if receipt.kind == "return" and document.document_id not in ids:
                quantities = tuple((line.request.code, line.request.quantity) for line in receipt.lines)
                yield ReturnedBefore(
                    document.document_id,
                    quantities,
                    receipt.totals.total,
                    document.taken_back,
                    payouts.paid_back(receipt),
                )

    def _exchange_refused(self, command: Sell) -> Refusal | None:
        receipt = command.receipt
        if not receipt.exchange_of:
            return None
        under_way = (
            document.document_id
            for document in progress.unfinished(self._state)
            if document.receipt is not None and document.receipt.exchange_of == receipt.exchange_of
        )
        if by := command.exchanged_by or next(under_way, ""):
            text = f"The return {receipt.exchange_of} was exchanged for the sale {by} already."
            return Refusal("exchanged", text, "exchange_of")
        return returns.exchange(receipt, command.exchanged)

    def _move_cash(self, command: MoveCash) -> Decision:
        move = command.move
        gates = self._gates
        reasons = gates.cannot_sell("cash_in" if move.direction == "in" else "cash_out")
        refusal = (
            self._first(reasons)
            or gates.unknown_drawer(move.drawer_id)
            or gates.drawer_takes_cash(move.drawer_id, move.operator)
            or self._reason_refused(command)
        )
        if refusal is None and move.direction == "out":
            refusal = gates.shortage(move.amount, move.drawer_id)
        if refusal is not None:
            return refusal
        return (CashMoveRequested(move.document_id, replace(move, number=f"{self._state.next_number:06d}")),)

    def _reason_refused(self, command: MoveCash) -> Refusal | None:
        move = command.move
        allowed = self._settings.reasons.get(move.type, ())
        if allowed and move.reason not in allowed:
            return Refusal(
                "unknown-reason",
                f"{move.reason!r} is no reason for {move.type}; there are: {', '.join(allowed)}.",
                "reason",
            )
        if move.counterpart and move.counterpart == move.drawer_id:
            return Refusal("invalid", "A transfer from a drawer to itself moves nothing.", "counterpart")
        return None

    # --- slips, drawer, copies, doubt -------------------------------------------------------------------------------

    def _slip(self, command: PrintSlip) -> Decision:
        slip, gates = command.slip, self._gates
        refusal = (
            slips.not_a_sale(command)
            or slips.issued_before(command)
            or gates.no_printer()
            or gates.busy(slip=True)
            or slips.under_way(slip, self._state.documents.values())
        )
        numbered = replace(slip, number=self._state.slip_number)
        return refusal or (SlipRequested(slip.document_id, numbered),)

    def _open_drawer(self, command: OpenDrawer) -> Decision:
        refusal = self._gates.unknown_drawer(command.drawer_id, "id")
        cause = DrawerCause("no_sale", command.command_id)
        return refusal or (DrawerOpenRequested(command.drawer_id, cause, command.reason),)

    def _copy(self, command: PrintCopy) -> Decision:
        if command.paper is None:
            return Refusal("unknown-receipt", f"There is no printed document {command.document_id} to copy.", "id")
        live = self._state.documents.get(command.document_id)
        refusal = self._gates.no_printer() or self._gates.busy() or self._gates.copied_later(live)
        if refusal is not None:
            return refusal
        copy_no = max(command.copies, live.copies if live is not None else 0) + 1
        if copy_no > self._settings.max_copies and not approved(command.actor, command.approved_by):
            return Refusal(
                "too-many-copies",
                f"{copy_no - 1} copies of this document were printed, and more need a manager.",
            )
        if slips.wants_manager(command.slip) and not approved(command.actor, command.approved_by):
            return Refusal("needs-manager", "A second paper of a card slip is a manager's matter.")
        name = job_id(self._state.next_job)
        event = CopyRequested(command.document_id, name, copy_no, command.paper, command.reason, command.approved_by)
        return (event,)

    def _resolve(self, command: ResolveDoubt) -> Decision:
        document = self._state.documents.get(command.document_id)
        event = DoubtResolved(command.document_id, command.verdict, command.evidence, command.actor)
        if document is not None:
            return self._document_takes(document, event) or (event,)
        if command.verdict == "printed" and command.document_id in self._state.paperless:
            return (event,)
        return Refusal("no-doubt", f"Nothing about {command.document_id} is in doubt.", "id")

    def _resolve_jam(self, command: ResolveJam) -> Decision:
        state = self._state
        if state.mode.state != mode_machine.JAMMED:
            return Refusal("not-jammed", "The register is not jammed: nothing is to be decided.")
        if command.document_id not in (state.offline.stuck, state.offline.head):
            text = f"The register does not take document {state.offline.stuck or '(none)'}: name that one."
            return Refusal("unknown-document", text, "document")
        if command.verdict == "give_up" and state.offline.of(command.document_id) is None:
            text = "Only a document that waits can be given up: put it right with the register's support, and go on."
            return Refusal("nothing-to-give-up", text, "verdict")
        return (JamResolved(command.document_id, command.verdict, command.evidence, command.actor),)

    def _retry(self, command: RetryFiscalisation) -> Decision:
        document = self._state.documents.get(command.document_id)
        if document is None:
            return Refusal("no-doubt", f"Document {command.document_id} does not wait to be fiscalised.", "id")
        attempt = 1 if document.fiscalise is None else document.fiscalise.attempt + 1
        event = FiscalisationRetried(
            command.document_id, fiscal_doc_id(command.document_id, attempt), attempt, command.actor
        )
        refusal = (
            self._document_takes(document, event) or self._gates.no_shift() or self._gates.busy(without_paper=True)
        )
        return refusal or (event,)

    def _document_takes(self, document: documents.Document, event: Event) -> Refusal | None:
        context = Replaying(self._settings, self._state, Occurred(0, 0, event))
        row = receipt_machine.TABLE.decide(document, event, context)
        return Refusal(row.code, row.text) if isinstance(row, Reject) else None


def approved(actor: Person, approved_by: Person | None) -> bool:
    """Did a manager do this, or allow it?"""
    return actor.role == "manager" or (approved_by is not None and approved_by.role == "manager")
