"""After a doubt: what became of an order, read from the fiscal printer, and a receipt that stands half-done finished.

Nothing is repeated here. A document that the device shows to exist is told; one that it shows not to exist is told as
unknown, and the rules order it anew. A receipt that is still open is somebody's money: when it is a beginning of ours
it is gone on with from the next line, with something paid it is finished, because the device lets no other end, and
what is not ours is left alone for a person. Source: the device's receipt state (4Ch), which exists for this.
"""

from __future__ import annotations

from drivers.errors import Refused
from drivers.printers.datecs.commands_text import money
from drivers.printers.datecs.commands_values import ReceiptState
from drivers.printers.datecs.making import Certain, Making, in_the_way
from drivers.printers.datecs.readback import (
    EXCHANGED,
    Baseline,
    Made,
    NotMade,
    Standing,
    Unclear,
    Verdict,
    judge_cash,
    judge_closure,
    judge_receipt,
    judge_texts,
    unmoved,
)
from drivers.printers.datecs.receipts import Plan
from drivers.printers.datecs.receipts_text import Unfit
from drivers.printers.datecs.registering import Undone
from drivers.printers.datecs.status import Status
from statemachines.vocabulary.effects import Fiscalise
from statemachines.vocabulary.events import Event, FiscalisationDoubtful, FiscalisationUnknown, StampTotals
from statemachines.vocabulary.receipt import Receipt


class Asking:
    """Questions about one order on the device of `making`."""

    def __init__(self, making: Making) -> None:
        self._making = making
        self._speech = making.speech

    def ask(self, order: Fiscalise, utc_ms: int) -> Event:
        """What became of it. Raises as Making.make does; then nothing is known yet."""
        status = self._speech.look()
        if order.opening is not None:
            return self._making.make(order, utc_ms)
        certain = self._making.certain
        if certain is not None and certain.fiscal_doc_id == order.fiscal_doc_id:
            return self._made(order, certain, status)
        before = self._making.baseline(order)
        if order.receipt is not None:
            return self._about_receipt(order, order.receipt, before, status)
        now = self._making.looking.standing(self._making.stamps.identity.serial)
        if order.move is not None:
            amount = -order.move.amount if order.move.direction == "out" else order.move.amount
            return self._told(order, judge_cash(amount, before, now), status)
        if order.report is not None and order.report.kind == "shift_report":
            verdict = judge_closure(before, now)
            if isinstance(verdict, Made):
                self._making.new_day()
                closed = Certain(order.fiscal_doc_id, f"{verdict.number:04d}", verdict.number)
                return self._made(order, closed, status)
            return self._told(order, verdict, status)
        return FiscalisationUnknown(order.document_id)  # an X report moves nothing: it may be made again

    # --- sales and returns ----------------------------------------------------------------------------------------

    def _about_receipt(self, order: Fiscalise, receipt: Receipt, before: Baseline | None, status: Status) -> Event:
        now = self._making.looking.standing(self._making.stamps.identity.serial)
        if before is not None and before.serial != now.serial:
            return self._told(order, Unclear(EXCHANGED), status)
        try:
            steps = self._making.words.steps(receipt)
        except Unfit as unfit:
            return self._never_said(order, receipt, now, unfit)
        if status.fiscal_open or now.receipt.open != "none":
            return self._about_open(order, receipt, steps, now, before, status)
        number = self._making.words.number(receipt)
        journal = None
        if before is not None:
            journal = self._making.looking.receipts_between(before.document + 1, now.document)
        verdict = judge_receipt(steps, before, now, journal, number)
        if isinstance(verdict, Unclear):
            verdict = self._by_texts(steps, before, now, number) or verdict
        if isinstance(verdict, NotMade) and steps.by_device and not self._nothing_begun(before, now):
            return self._card(order, "its receipt may have been cancelled after the card was charged")
        if not isinstance(verdict, Made):
            return self._told(order, verdict, status)
        totals = StampTotals(steps.total, change=max(0, now.receipt.paid - steps.total))
        made = Certain(
            order.fiscal_doc_id, f"{verdict.number:07d}", at=verdict.at, number_of_sale=number, totals=totals
        )
        return self._made(order, made, status)

    def _by_texts(self, steps: Plan, before: Baseline | None, now: Standing, number: str) -> Verdict | None:
        """What our own number in the device's journal tells, where the sums tell nothing."""
        if before is None or not number or now.document < before.document:
            return None
        texts = self._making.looking.texts_between(before.document + 1, now.document)
        total = money(steps.total, self._speech.language.decimals)
        return None if texts is None else judge_texts(steps, texts, number, total)

    def _nothing_begun(self, before: Baseline | None, now: Standing) -> bool:
        """Not even a receipt that was cancelled: what stands between is slips, cash and reports."""
        if before is None:
            return False
        texts = self._making.looking.texts_between(before.document + 1, now.document)
        return texts is not None and all(one.kind == "other" for one in texts)

    def _never_said(self, order: Fiscalise, receipt: Receipt, now: Standing, unfit: Unfit) -> Event:
        """What this device cannot be told was not told: it is found out once more, without a doubt, when ordered."""
        if unmoved(receipt.kind, self._making.baseline(order), now) and now.receipt.open == "none":
            return FiscalisationUnknown(order.document_id)
        return FiscalisationDoubtful(order.document_id, unfit.text, person_needed=True)

    def _about_open(
        self,
        order: Fiscalise,
        receipt: Receipt,
        steps: Plan,
        now: Standing,
        before: Baseline | None,
        status: Status,
    ) -> Event:
        """A receipt is open: ours to go on with, ours to take back, or not ours."""
        state = now.receipt
        if not self._same_direction(steps, state, status):
            return self._person(order, "the receipt that is open at the device is not this one")
        if not status.can_print:
            return FiscalisationDoubtful(
                order.document_id, f"{in_the_way(status)}; the open receipt goes on after that"
            )
        if state.paid > 0:
            return self._finish(order, receipt, steps, state)
        if steps.by_device and state.items >= len(steps.items):
            return self._card(order, "its payment may have begun at the card terminal")
        if steps.amount_after(state.items) == state.amount:
            return self._go_on(order, receipt, steps, state)
        begun_here = self._making.begun == order.fiscal_doc_id
        if not begun_here and (before is None or now.document != before.document):
            return self._person(order, "the receipt that is open at the device is not a beginning of this one")
        self._making.registering.cancel()
        return FiscalisationUnknown(order.document_id)

    def _same_direction(self, steps: Plan, state: ReceiptState, status: Status) -> bool:
        if state.open in ("sale", "return"):
            return state.open == steps.kind
        return status.return_open == (steps.kind == "return")

    def _finish(self, order: Fiscalise, receipt: Receipt, steps: Plan, state: ReceiptState) -> Event:
        """Something is paid: there is no other way out than to the end."""
        if state.amount != steps.total or state.items != len(steps.items):
            return self._person(order, "the receipt that is open at the device, and partly paid, is not this one")
        self._speech.acted = True
        left = steps.payments_left(state.paid) or ()
        due = max(0, state.amount - state.paid)
        issued, paid = self._making.registering.pay(steps, left, due, begun=True)
        return self._making.closed(order, receipt, steps, issued, paid)

    def _go_on(self, order: Fiscalise, receipt: Receipt, steps: Plan, state: ReceiptState) -> Event:
        """From the next line. What the device refuses now leads back to the start, where it says so in full."""
        self._speech.acted = True
        try:
            steps = self._making.numbered(steps)
        except Refused:  # a receipt is open: that may be no time to program an item
            self._making.registering.cancel()
            return FiscalisationUnknown(order.document_id)
        try:
            issued, paid = self._making.registering.carry_on(steps, state.items)
        except Undone as undone:
            if undone.declined or undone.charged or undone.unknown_charge:
                raise
            return FiscalisationUnknown(order.document_id)
        return self._making.closed(order, receipt, steps, issued, paid)

    # --- what is told -----------------------------------------------------------------------------------------------

    def _told(self, order: Fiscalise, verdict: Verdict, status: Status) -> Event:
        match verdict:
            case NotMade():
                return FiscalisationUnknown(order.document_id)
            case Unclear(reason=reason):
                return self._person(order, reason)
            case Made(number=number):
                return self._made(order, Certain(order.fiscal_doc_id, f"{number:07d}"), status)

    def _made(self, order: Fiscalise, made: Certain, status: Status) -> Event:
        """Without paper it is told once, and then only that its paper waits: asking again will tell more."""
        if not status.can_print and self._making.paper_waits == order.fiscal_doc_id:
            return FiscalisationDoubtful(order.document_id, f"its paper waits: {in_the_way(status)}")
        return self._making.told_of(order, made)

    def _card(self, order: Fiscalise, reason: str) -> Event:
        """To go on would charge the card, perhaps once more."""
        return self._person(order, f"{reason}: look at the card terminal whether the card was charged")

    def _person(self, order: Fiscalise, reason: str) -> Event:
        text = f"{reason}; nothing was repeated: compare the last receipts at the fiscal printer, and say what you find"
        return FiscalisationDoubtful(order.document_id, text, person_needed=True)
