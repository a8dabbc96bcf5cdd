"""On a sale's way: one order of the till made into a document by a fiscal printer, and what is told of it.

Before anything that makes a document the device is looked at; what somebody else left open in it is never cleared away,
because it is somebody's money. After the document the device's own figures are read back into the stamp. Whatever a
lost line leaves in doubt is asking.py's.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from drivers.errors import Refused
from drivers.printers.datecs.caution import Caution
from drivers.printers.datecs.commands_values import Command, Issued, Paid
from drivers.printers.datecs.looking import Looking
from drivers.printers.datecs.opening import Opening
from drivers.printers.datecs.programmed import ProgrammedItems
from drivers.printers.datecs.readback import Baseline, Standing, baseline, seen
from drivers.printers.datecs.receipts import Plan
from drivers.printers.datecs.receipts_text import Unfit
from drivers.printers.datecs.registering import Registering
from drivers.printers.datecs.settings import DatecsSettings
from drivers.printers.datecs.slip_memory import SlipMemory
from drivers.printers.datecs.speech import Said, Speech
from drivers.printers.datecs.stamps import Stamps
from drivers.printers.datecs.status import Status
from drivers.printers.datecs.words import Words
from statemachines.vocabulary.effects import Fiscalise
from statemachines.vocabulary.events import (
    Event,
    PrinterCoverOpen,
    PrinterFault,
    PrinterPaperEnd,
    ReceiptFiscalised,
    StampTotals,
)
from statemachines.vocabulary.receipt import CashMove, Receipt, Report


@dataclass(frozen=True, slots=True)
class Certain:
    """A document that exists for certain, by what is known of it. `number` "": the device's last document.

    `shift`: its own, when it is not the one that is open now. `at`: the device's time of it, None = just now.
    `number_of_sale`: the unique one (Bulgaria).
    """

    fiscal_doc_id: str
    number: str = ""
    shift: int | None = None
    at: datetime | None = None
    number_of_sale: str = ""
    totals: StampTotals | None = None
    kicked: bool = False


class Making:
    """All documents on one device, as long as the process lives.

    `certain` is the last document that this process saw the device complete, whether or not its particulars could still
    be read afterwards; `begun` the order whose receipt this process opened last; `paper_waits` the one that was told as
    made while its paper was still to come.
    """

    def __init__(
        self, speech: Speech, stamps: Stamps, settings: DatecsSettings, caution: Caution, slips: SlipMemory
    ) -> None:
        self.speech = speech
        self.looking = Looking(speech)
        self.registering = Registering(speech)
        self.words = Words(speech, self.looking, stamps, settings)
        self.certain: Certain | None = None
        self.begun = ""
        self.paper_waits = ""
        self._last_receipt: tuple[str, Standing] | None = None
        self._seen: tuple[str, Baseline] | None = None
        self._slips = slips
        self.stamps = stamps
        self._settings = settings
        self._caution = caution
        self._opening = Opening(speech, self.looking, stamps, settings)
        self._items = ProgrammedItems(speech, self.words.operator, settings.first_item)
        self._language = speech.language

    def make(self, order: Fiscalise, utc_ms: int) -> Event:
        """Make the document. Raises Unfit, Undone, Stuck, Waiting, Refused, NotSent, Unanswered, Stopped."""
        if order.opening is not None:
            return ReceiptFiscalised(order.document_id, self._opening.stamp(utc_ms), "no")
        if order.report is not None:
            return self._report(order, order.report)
        if order.move is not None:
            return self._cash(order, order.move)
        if order.receipt is not None:
            return self._receipt(order, order.receipt)
        raise Unfit("There is neither a receipt nor a report nor a cash movement to make")

    def baseline(self, order: Fiscalise) -> Baseline | None:
        """What the device showed before `order`: as it was seen here, or after the last document of the journal."""
        if self._seen is not None and self._seen[0] == order.fiscal_doc_id:
            return self._seen[1]
        return baseline(order.before)

    def is_last_receipt(self, document_id: str) -> bool:
        """Was this receipt made here, and no other one on this device since? Raises as Looking."""
        if self._last_receipt is None or self._last_receipt[0] != document_id:
            return False
        now, then = self.looking.standing(self.stamps.identity.serial), self._last_receipt[1]
        return replace(now, document=0, cash=0) == replace(then, document=0, cash=0)

    def _ready(self, order: Fiscalise) -> None:
        """Look whether a document may be begun, and how things stand before it. Raises Refused: nothing was begun."""
        status = self.speech.look()
        was_open = status.nonfiscal_open
        if was_open:
            # a slip that was interrupted: to close it makes it complete and takes nothing away
            self.speech.ask(self._language.close_nonfiscal())
            status = self.speech.look()
        if status.fiscal_open:
            reason = "a receipt is open that this till does not know: finish or cancel it at the device"
            raise Refused(f"{reason}; nothing was begun", **self.speech.where)
        if not status.can_print:
            raise Refused(f"{in_the_way(status)}; nothing was begun", **self.speech.where)
        document = self.looking.document()
        self._slips.overtaken(document, was_open=was_open)
        known = baseline(order.before)
        if known is not None and known.document == document:
            self._seen = None
        else:  # slips, or somebody else's documents, stand between the journal's last document and this one
            standing = self.looking.standing(self.stamps.identity.serial)
            self._seen = (order.fiscal_doc_id, seen(standing))

    # --- reports and cash -----------------------------------------------------------------------------------------

    def _report(self, order: Fiscalise, report: Report) -> Event:
        self._ready(order)
        operator = self.words.operator
        closing = report.kind == "shift_report"
        command = self._language.z_report(operator) if closing else self._language.x_report(operator)
        made = self.speech.told(command, self._language.report, patient=False)
        self.certain = Certain(order.fiscal_doc_id, f"{made.closure:04d}", made.closure)
        if closing:
            self.new_day()
        return self.told_of(order, self.certain)

    def new_day(self) -> None:
        """A Z report was made: counters, and on some devices the programmed items, begin anew."""
        self._caution.clear()
        self._items.forget()
        if self._settings.dialect.programmed_items:
            with suppress(Refused):
                self.speech.ask(self._language.delete_items(self.words.operator))

    def _cash(self, order: Fiscalise, move: CashMove) -> Event:
        self._ready(order)
        amount = -move.amount if move.direction == "out" else move.amount
        command = self.words.fitting(partial(self._language.move_cash, amount))
        self.speech.told(command, self._language.cash, patient=False)
        self.certain = Certain(order.fiscal_doc_id)
        return self.told_of(order, self.certain)

    # --- sales and returns ----------------------------------------------------------------------------------------

    def _receipt(self, order: Fiscalise, receipt: Receipt) -> Event:
        steps = self.words.steps(receipt)
        self._ready(order)
        opening = self.words.opening(receipt)
        steps = self.numbered(steps)
        self._open(opening)
        self.begun = order.fiscal_doc_id
        issued, paid = self.registering.carry_on(steps, 0)
        return self.closed(order, receipt, steps, issued, paid)

    def numbered(self, steps: Plan) -> Plan:
        """Where only programmed items are sold: program them, and have their numbers."""
        return self._items.prepare(steps) if self._settings.dialect.programmed_items else steps

    def closed(self, order: Fiscalise, receipt: Receipt, steps: Plan, issued: Issued, paid: Paid) -> Event:
        """The receipt is closed: it is certain, whatever becomes of the questions about it."""
        self.certain = Certain(
            order.fiscal_doc_id,
            "" if issued.document is None else f"{issued.document:07d}",
            number_of_sale=self.words.number(receipt),
            totals=StampTotals(steps.total, change=paid.change),
            kicked=self._settings.drawer == "payment" and steps.cash_paid > 0,
        )
        return self.told_of(order, self.certain)

    def _open(self, command: Command) -> None:
        if self._caution.advice:
            raise Refused(self._caution.advice, **self.speech.where)
        try:
            self.registering.open(command)
        except Said as said:
            self._caution.refused(said.rejection)
            raise
        self._caution.clear()

    # --- what is told of it ---------------------------------------------------------------------------------------

    def told_of(self, order: Fiscalise, made: Certain) -> Event:
        """Read the particulars of a document that is certain, and tell it. Paper that waits is not lost."""
        now = self.looking.standing(self.stamps.identity.serial)
        number = made.number or f"{now.document:07d}"
        at = made.at or self.looking.clock()
        stamp = self.stamps.stamp(number, at, now, shift=made.shift, unp=made.number_of_sale, totals=made.totals)
        status = self.speech.status
        printed = status is None or status.can_print
        self.paper_waits = "" if printed else order.fiscal_doc_id
        if order.receipt is not None:
            self._last_receipt = (order.document_id, now)
        return ReceiptFiscalised(order.document_id, stamp, "yes" if printed else "unknown", made.kicked)


def in_the_way(status: Status) -> str:
    """Why the mechanism cannot print, and what a person does about it."""
    match status.condition():
        case PrinterPaperEnd():
            return "the paper is at its end: put in a new roll"
        case PrinterCoverOpen():
            return "the cover is open: close it"
        case PrinterFault(cause=cause):
            return cause
        case _:
            return "it cannot print now"
