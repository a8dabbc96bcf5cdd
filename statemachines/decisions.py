"""Commands become events, or are refused with a sentence that a cashier understands. Nothing changes here.

A refusal at this point has the outcome *none*: nothing was journalled, sent or printed, and the command's id is
not bound. The order of the checks is the order in which a person would want to be told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from statemachines import printer as printer_machine
from statemachines import receipt as receipt_machine
from statemachines import shift as shift_machine
from statemachines.context import Composer, Replaying, RuleSettings
from statemachines.machine import Reject
from statemachines.receipt import Document
from statemachines.state import TillState, job_id
from statemachines.vocabulary.commands import (
    CloseShift,
    Command,
    MoveCash,
    OpenDrawer,
    OpenShift,
    PrintCopy,
    Refusal,
    ResolveDoubt,
    Sell,
    TakeXReport,
)
from statemachines.vocabulary.events import (
    CashMoveRequested,
    CopyRequested,
    DoubtResolved,
    DrawerCause,
    DrawerOpenRequested,
    Event,
    Occurred,
    ReportRequested,
    SaleCompleted,
    SaleRequested,
    ShiftClosed,
    ShiftOpened,
)
from statemachines.vocabulary.receipt import Person, Receipt, Report

Decision = tuple[Event, ...] | Refusal


@dataclass(frozen=True, slots=True)
class Moment:
    """When a command is decided: UTC ms, the journal's chain ("SEQ:HASH"), and the till's currency."""

    at: int
    anchor: str
    currency: str


def money(amount: int, exponent: int) -> str:
    """Minor units as people write them: 13950 -> "139.50"."""
    if exponent == 0:
        return str(amount)
    sign = "-" if amount < 0 else ""
    major, minor = divmod(abs(amount), 10**exponent)
    return f"{sign}{major}.{minor:0{exponent}d}"


class Decisions:
    """Decides commands against the state; owned by the till, beside `Rules`, over the same state."""

    def __init__(self, settings: RuleSettings, composer: Composer, state: TillState) -> None:
        self._settings = settings
        self._composer = composer
        self._state = state

    def decide(self, command: Command, moment: Moment) -> Decision:
        match command:
            case Sell():
                return self._sell(command)
            case MoveCash():
                return self._move_cash(command)
            case OpenShift():
                return self._open_shift(command, moment)
            case CloseShift():
                return self._close_shift(command, moment)
            case TakeXReport():
                return self._x_report(command, moment)
            case OpenDrawer():
                return self._open_drawer(command)
            case PrintCopy():
                return self._copy(command)
            case ResolveDoubt():
                return self._resolve(command)
            case _:
                raise TypeError(f"no decision for {type(command).__name__}")

    def cannot_sell(self) -> list[Refusal]:
        """Every reason why a sale would be refused now, the most important first."""
        return [reason for reason in (self._no_shift(), self._no_printer(), self._busy()) if reason is not None]

    # --- sales and money --------------------------------------------------------------------------------------------

    def _sell(self, command: Sell) -> Decision:
        receipt = command.receipt
        reasons = self.cannot_sell()
        if reasons:
            return reasons[0]
        if receipt.drawer_id and receipt.drawer_id not in self._settings.drawers:
            return Refusal("unknown-drawer", f"There is no drawer {receipt.drawer_id!r} on this till.", "drawer")
        if receipt.kind == "return":
            refusal = self._return_refused(command)
            if refusal is not None:
                return refusal
        return (SaleRequested(receipt.document_id, replace(receipt, number=self._next_number())),)

    def _return_refused(self, command: Sell) -> Refusal | None:
        receipt, original = command.receipt, command.original
        cash = sum(payment.amount for payment in receipt.payments if payment.type == "cash")
        shortage = self._shortage(cash)
        if shortage is not None:
            return shortage
        if receipt.original is None or not receipt.original.id:
            return None
        if original is None:
            return Refusal(
                "unknown-original", f"No sale {receipt.original.id} is in this till's journal.", "original.id"
            )
        return _more_than_sold(receipt, original, command)

    def _shortage(self, cash: int) -> Refusal | None:
        expected = self._state.shift.expected_cash
        if cash <= expected:
            return None
        return Refusal(
            "not-enough-cash",
            f"{self._money(cash)} cannot be paid out: the drawer holds {self._money(expected)} by the books. "
            "Put cash in first.",
            "amount",
        )

    def _move_cash(self, command: MoveCash) -> Decision:
        move = command.move
        reasons = self.cannot_sell()
        if reasons:
            return reasons[0]
        if move.drawer_id and move.drawer_id not in self._settings.drawers:
            return Refusal("unknown-drawer", f"There is no drawer {move.drawer_id!r} on this till.", "drawer")
        shortage = self._shortage(move.amount) if move.direction == "out" else None
        if shortage is not None:
            return shortage
        return (CashMoveRequested(move.document_id, replace(move, number=self._next_number())),)

    # --- shift and reports ------------------------------------------------------------------------------------------

    def _open_shift(self, command: OpenShift, moment: Moment) -> Decision:
        event = ShiftOpened(
            command.command_id,
            self._state.shift.number + 1,
            command.float_amount,
            command.actor,
            self._composer.business_date(moment.at),
        )
        return self._shift_takes(event) or (event,)

    def _close_shift(self, command: CloseShift, moment: Moment) -> Decision:
        shift = self._state.shift
        report = self._report(command.command_id, "shift_report", command.language, command.actor, moment)
        event = ShiftClosed(shift.shift_id, shift.number, shift.totals, command.command_id, moment.anchor)
        refusal = self._shift_takes(event) or self._busy()
        return refusal or (event, ReportRequested(command.command_id, report))

    def _x_report(self, command: TakeXReport, moment: Moment) -> Decision:
        refusal = self._no_shift() or self._no_printer() or self._busy()
        if refusal is not None:
            return refusal
        report = self._report(command.command_id, "x_report", command.language, command.actor, moment)
        return (ReportRequested(command.command_id, report),)

    def _report(self, document_id: str, kind: str, language: str, cashier: Person, moment: Moment) -> Report:
        shift = self._state.shift
        return Report(
            document_id,
            "x_report" if kind == "x_report" else "shift_report",
            str(self._state.next_report),
            shift.number,
            shift.opened_at,
            moment.currency,
            language,
            cashier,
            shift.totals,
            moment.anchor,
            tuple(f"{document.number}: {document.doubt}" for document in self._doubtful()),
        )

    # --- drawer, copies, doubt --------------------------------------------------------------------------------------

    def _open_drawer(self, command: OpenDrawer) -> Decision:
        if command.drawer_id not in self._settings.drawers:
            return Refusal("unknown-drawer", f"There is no drawer {command.drawer_id!r} on this till.", "id")
        cause = DrawerCause("no_sale", command.command_id)
        return (DrawerOpenRequested(command.drawer_id, cause, command.reason),)

    def _copy(self, command: PrintCopy) -> Decision:
        if command.paper is None:
            return Refusal("unknown-receipt", f"There is no printed document {command.document_id} to copy.", "id")
        refusal = self._no_printer() or self._busy()
        if refusal is not None:
            return refusal
        live = self._state.documents.get(command.document_id)
        copy_no = max(command.copies, live.copies if live is not None else 0) + 1
        name = job_id(self._state.next_job)
        return (CopyRequested(command.document_id, name, copy_no, command.paper, command.reason),)

    def _resolve(self, command: ResolveDoubt) -> Decision:
        document = self._state.documents.get(command.document_id)
        if document is None:
            return Refusal("no-doubt", f"Nothing about {command.document_id} is in doubt.", "id")
        event = DoubtResolved(command.document_id, command.verdict, command.evidence, command.actor)
        row = receipt_machine.TABLE.decide(document, event, self._undecided(event))
        return Refusal(row.code, row.text) if isinstance(row, Reject) else (event,)

    # --- what stands in the way -------------------------------------------------------------------------------------

    def _shift_takes(self, event: ShiftOpened | ShiftClosed | SaleCompleted) -> Refusal | None:
        row = shift_machine.TABLE.decide(self._state.shift, event, self._undecided(event))
        return Refusal(row.code, row.text) if isinstance(row, Reject) else None

    def _no_shift(self) -> Refusal | None:
        return self._shift_takes(SaleCompleted("", 0, 0, 0))

    def _no_printer(self) -> Refusal | None:
        if self._settings.traits.prints:
            return None
        reason = printer_machine.why_not(self._state.printer)
        return Refusal("printer-not-ready", reason) if reason else None

    def _busy(self) -> Refusal | None:
        for document in self._state.documents.values():
            if document.state in (receipt_machine.PRINTING, receipt_machine.FISCALISING):
                return Refusal("busy", f"Document {document.number} is still being made: repeat in a moment.")
            if document.state in (receipt_machine.PRINT_DOUBT, receipt_machine.FISCAL_DOUBT):
                if document.person_needed:
                    continue
                return Refusal(
                    "in-doubt",
                    f"Document {document.number} is in doubt ({document.doubt}): the till is asking the device.",
                )
        if self._state.copies:
            return Refusal("busy", "A copy is still being printed: repeat in a moment.")
        return None

    def _doubtful(self) -> Iterator[Document]:
        return (document for document in self._state.documents.values() if document.doubt)

    def _undecided(self, event: Event) -> Replaying:
        return Replaying(self._settings, self._state, Occurred(0, 0, event))

    def _next_number(self) -> str:
        return f"{self._state.next_number:06d}"

    def _money(self, amount: int) -> str:
        return money(amount, self._settings.exponent)


def _more_than_sold(receipt: Receipt, original: Receipt, command: Sell) -> Refusal | None:
    """A return takes back what was sold and not yet returned, neither more pieces nor more money."""
    left: dict[str, int] = {}
    for line in original.lines:
        left[line.request.code] = left.get(line.request.code, 0) + line.request.quantity
    for code, quantity in command.returned:
        left[code] = left.get(code, 0) - quantity
    for index, line in enumerate(receipt.lines):
        code = line.request.code
        left[code] = left.get(code, 0) - line.request.quantity
        if left[code] < 0:
            return Refusal(
                "more-than-sold",
                f"More of {code!r} would be returned than was sold on receipt {original.number} and not returned yet.",
                f"lines[{index}].quantity",
            )
    if receipt.totals.total + command.returned_total > original.totals.total:
        return Refusal(
            "more-than-sold",
            f"More money would be returned than was paid on receipt {original.number}.",
            "lines",
        )
    return None
