"""What stands in the way of a command, in sentences for whoever gave it. One place for the rules across machines.

Every gate returns a `Refusal` or None and changes nothing.
"""

from __future__ import annotations

from typing import Final

from statemachines import closing as closing_machine
from statemachines import document as documents
from statemachines import drawer_day as day_machine
from statemachines import fiscal_mode as mode_machine
from statemachines import printer as printer_machine
from statemachines import progress
from statemachines import shift as shift_machine
from statemachines.offline import FiscalClock
from statemachines.settings import Composer, RuleSettings
from statemachines.stamping import Stamping
from statemachines.state import TillState
from statemachines.vocabulary.commands import Refusal
from statemachines.vocabulary.receipt import DocumentKind, Person

MOMENT_MS: Final = 60_000
"""Nobody is asked to wait longer for a delivery that does not go on."""


def money(amount: int, exponent: int) -> str:
    """Minor units as people write them: 13950 -> "139.50"."""
    if exponent == 0:
        return str(amount)
    sign = "-" if amount < 0 else ""
    major, minor = divmod(abs(amount), 10**exponent)
    return f"{sign}{major}.{minor:0{exponent}d}"


def _asked(document: documents.Document) -> Refusal:
    return Refusal(
        "in-doubt", f"Document {document.number} is in doubt ({document.doubt}): the till is asking the device."
    )


class Gates:
    """Reads the settings and the state of all machines."""

    def __init__(self, settings: RuleSettings, composer: Composer, state: TillState) -> None:
        self._settings = settings
        self._composer = composer
        self._state = state
        self._clock, self._at = FiscalClock(), 0

    def tell_time(self, at: int, clock: FiscalClock) -> None:
        """What time it is (UTC ms), and what the fiscaliser's clock says of it."""
        self._clock, self._at = clock, at

    def cannot_sell(self, kind: DocumentKind = "sale") -> list[Refusal]:
        """Every reason why a sale (or such a document) would be refused now, the most important first."""
        gates = (self.closing(), self.no_shift(), self.fiscal_mode(kind), self.no_printer(), self.busy())
        return [reason for reason in gates if reason is not None]

    def closing(self) -> Refusal | None:
        """No new document while the shift is being closed."""
        state = self._state.closing.state
        if state == closing_machine.IDLE:
            return None
        waits = progress.waits_for(self._settings, self._state)
        if state == closing_machine.STOPPED:
            return Refusal(
                "shift-closing",
                f"Closing the shift has stopped and waits for {waits}: close it again, or call the closing off.",
            )
        return Refusal("shift-closing", f"The shift is being closed and waits for {waits or 'a moment'}.")

    def no_shift(self) -> Refusal | None:
        why = shift_machine.why_not(self._state.shift)
        return None if why is None else Refusal(*why)

    def fiscal_mode(self, kind: DocumentKind) -> Refusal | None:
        """May a document of this kind be made, by the fiscaliser or without it?"""
        if not self._settings.traits.registers:
            return None
        mode, waiting = self._state.mode.state, len(self._state.offline.queue)
        few = waiting <= self._settings.offline.stamp_above and self._delivering
        why = mode_machine.why_not(self._state.mode, stamps=self._settings.stamps and not few, waiting=waiting)
        if why is not None:
            return Refusal(*why)
        return self.stamping.refused(kind) if mode in mode_machine.OWN_SESSION else self.stamping.made_too_late(kind)

    @property
    def _delivering(self) -> bool:
        """Is what was made off line being delivered, and does that go on?"""
        going = self._state.mode.state == mode_machine.DRAINING
        return going and 0 <= self._at - self._state.offline.moved_at < MOMENT_MS

    @property
    def stamping(self) -> Stamping:
        """What can be made without the fiscaliser now."""
        return Stamping(self._settings, self._state, self._clock, self._at, self._composer.month_begins)

    def no_printer(self) -> Refusal | None:
        if self._settings.traits.prints and not self._settings.traits.takes_orders:
            return None
        reason = printer_machine.why_not(self._state.printer)
        return Refusal("printer-not-ready", reason) if reason else None

    def busy(self, *, slip: bool = False, without_paper: bool = False) -> Refusal | None:
        """What has to be over before the next document. `slip`: one that no fiscaliser hears of. `without_paper`: it is
        worth doing even when nothing can be printed."""
        for document in self._state.documents.values():
            if document.state in progress.AT_WORK:
                return Refusal("busy", f"Document {document.number} is still being made: repeat in a moment.")
            if document.state == documents.FISCAL_DOUBT and self._holds_up(document, slip=slip):
                return self._fiscal_doubt(document)
            if self._asks_about(document, without_paper=without_paper):
                return _asked(document)
        if self._state.copies:
            return Refusal("busy", "A copy is still being printed: repeat in a moment.")
        return None

    def copied_later(self, document: documents.Document | None) -> Refusal | None:
        """What is not known to be on paper is not copied while the device may still tell."""
        if document is None or document.state != documents.PRINT_DOUBT or document.person_needed:
            return None
        return _asked(document)

    def _holds_up(self, document: documents.Document, *, slip: bool) -> bool:
        """Does a fiscal doubt stand in the way? A slip goes to the fiscaliser only where that one prints."""
        traits = self._settings.traits
        return traits.prints if slip else not (traits.sells_in_doubt and document.money)

    def _asks_about(self, document: documents.Document, *, without_paper: bool) -> bool:
        """Is the device to be asked whether it is on paper before anything else goes there?

        For a slip nobody who can do without the printer waits longer than for one answer of a printer that is there.
        """
        if document.state != documents.PRINT_DOUBT or document.person_needed:
            return False
        if document.slip is None or not (without_paper or self._settings.traits.prints):
            return True
        return document.asked == 0 and self._state.printer.state == printer_machine.READY

    def _fiscal_doubt(self, document: documents.Document) -> Refusal:
        """A fiscaliser that finds a document by its being the last one would take a new one for it."""
        if document.person_needed:
            return Refusal(
                "fiscal-doubt",
                f"Whether document {document.number} is in the fiscaliser is unknown ({document.doubt}): "
                f"somebody has to look and answer (POST /v1/receipts/{document.document_id}/resolve).",
            )
        return Refusal(
            "in-doubt",
            f"Document {document.number} is in doubt ({document.doubt}): the till is asking the fiscaliser.",
        )

    def blocks_close(self) -> Refusal | None:
        """A Z report is made without drafts and without fiscal doubts that have no offline code reserved."""
        for document in progress.drafts(self._state):
            if document.state == documents.PAID_UNFISCALISED:
                return Refusal(
                    "drafts",
                    f"Document {document.number} was paid and is not lawful ({document.doubt}): try it again, or give "
                    "the money back, before the shift is closed.",
                )
            if document.person_needed:
                return Refusal(
                    "drafts",
                    f"Document {document.number} is in doubt ({document.doubt}): answer it before the shift is closed.",
                )
        return None

    # --- the drawer -------------------------------------------------------------------------------------------------

    def unknown_drawer(self, drawer_id: str, field: str = "drawer") -> Refusal | None:
        if not drawer_id or drawer_id in self._settings.drawers:
            return None
        return Refusal("unknown-drawer", f"There is no drawer {drawer_id!r} on this till.", field)

    def drawer_takes_cash(self, drawer_id: str, operator: Person) -> Refusal | None:
        """May this operator move cash in this drawer now?"""
        day = self._state.days.get(drawer_id)
        if day is None:
            return None
        if self._state.open_count(drawer_id) is not None:
            return Refusal(
                "count-open", f"Drawer {drawer_id} is being counted: no cash until the count is over.", "drawer"
            )
        if day.state == day_machine.COUNTED:
            return Refusal(
                "drawer-counted",
                f"Drawer {drawer_id} was counted for the end of the day: close the shift, or count it anew.",
                "drawer",
            )
        if day.state == day_machine.INACTIVE and self._settings.drawer_day == "own":
            return Refusal("drawer-not-active", day_machine.NOT_ACTIVE, "drawer")
        if day.cashiers and operator.id not in day.cashiers:
            return Refusal(
                "not-your-drawer",
                f"{operator.name or operator.id} may not use drawer {drawer_id}: assign the cashier to it first.",
                "cashier",
            )
        return None

    def expected(self, drawer_id: str) -> int:
        """What must be in a drawer by the books: its own day's, or the shift's where it has no day."""
        day = self._state.days.get(drawer_id)
        if day is not None and day.state != day_machine.INACTIVE:
            return day.expected
        return self._state.shift.expected_cash

    def shortage(self, cash: int, drawer_id: str) -> Refusal | None:
        expected = self.expected(drawer_id)
        if cash <= expected:
            return None
        exponent = self._settings.exponent
        return Refusal(
            "not-enough-cash",
            f"{money(cash, exponent)} cannot be paid out: the drawer holds {money(expected, exponent)} by the books. "
            "Put cash in first.",
            "amount",
        )
