"""Commands about shifts, drawers and counts become events, or are refused with a sentence. Nothing changes here."""

from __future__ import annotations

from dataclasses import replace

from statemachines import cash_count as count_machine
from statemachines import closing as closing_machine
from statemachines import drawer_day as day_machine
from statemachines import shift as shift_machine
from statemachines.cash_transaction import put_away
from statemachines.closing_orders import end_of_day, shift_report
from statemachines.context import Replaying
from statemachines.gates import Gates
from statemachines.machine import Reject, Table
from statemachines.settings import Composer, RuleSettings
from statemachines.state import TillState
from statemachines.vocabulary.commands import (
    ActivateDrawer,
    AskRecount,
    AssignCashiers,
    CallOffClosing,
    CancelCount,
    CloseShift,
    DeactivateDrawer,
    OpenShift,
    RecordCount,
    Refusal,
    StartCount,
    SubmitCount,
    TakeXReport,
)
from statemachines.vocabulary.day_events import (
    CloseRequested,
    ClosingCalledOff,
    CountCancelled,
    CountEvent,
    CountRecorded,
    CountRecountAsked,
    CountStarted,
    CountSubmitted,
    DrawerCashiersAssigned,
    DrawerDayEvent,
    DrawerDayOpened,
)
from statemachines.vocabulary.events import Event, Occurred, ReportRequested, ShiftOpenRequested
from statemachines.vocabulary.receipt import ShiftOpening

Decision = tuple[Event, ...] | Refusal

DayCommand = (
    OpenShift
    | CloseShift
    | CallOffClosing
    | TakeXReport
    | ActivateDrawer
    | AssignCashiers
    | DeactivateDrawer
    | StartCount
    | RecordCount
    | AskRecount
    | SubmitCount
    | CancelCount
)


class DayDecisions:
    """Decides what belongs to the day and not to a single sale. `at`: UTC ms, `anchor`: the journal's "SEQ:HASH"."""

    def __init__(self, settings: RuleSettings, composer: Composer, state: TillState, gates: Gates) -> None:
        self._settings = settings
        self._composer = composer
        self._state = state
        self._gates = gates

    def decide(self, command: DayCommand, at: int, anchor: str, currency: str) -> Decision:  # noqa: C901 - a case a command
        match command:
            case OpenShift():
                return self._open_shift(command, at, currency)
            case CloseShift():
                return self._close_shift(command, anchor, currency)
            case CallOffClosing():
                return self._call_off(command)
            case TakeXReport():
                return self._x_report(command, anchor, currency)
            case ActivateDrawer():
                return self._activate(command)
            case AssignCashiers():
                return self._assign(command)
            case DeactivateDrawer():
                return self._deactivate(command)
            case StartCount():
                return self._start_count(command)
            case RecordCount():
                return self._record(command)
            case AskRecount() | SubmitCount() | CancelCount():
                return self._go_on_counting(command)

    # --- the shift --------------------------------------------------------------------------------------------------

    def _open_shift(self, command: OpenShift, at: int, currency: str) -> Decision:
        floats = self._floats(command)
        if isinstance(floats, Refusal):
            return floats
        opening = ShiftOpening(
            command.command_id,
            self._state.shift.number + 1,
            command.float_amount or sum(amount for _, amount in floats),
            floats,
            command.cashier or command.actor,
            self._composer.business_date(at),
            currency,
            command.language,
        )
        event = ShiftOpenRequested(command.command_id, opening)
        refusal = self._takes(shift_machine.TABLE, self._state.shift, event) or self._gates.closing()
        return refusal or self._gates.fiscal_mode("shift_open") or (event,)

    def _floats(self, command: OpenShift) -> tuple[tuple[str, int], ...] | Refusal:
        """What lies in each drawer. With one drawer the one sum says it."""
        drawers = tuple(self._settings.drawers)
        if not command.floats:
            if len(drawers) == 1:
                return ((drawers[0], command.float_amount),)
            if command.float_amount and drawers and self._settings.drawer_day == "with_shift":
                text = f"This till has several drawers ({', '.join(drawers)}): say in `floats` what lies in each."
                return Refusal("invalid", text, "floats")
            return ()
        for name, _ in command.floats:
            if refusal := self._gates.unknown_drawer(name, "floats"):
                return refusal
        total = sum(amount for _, amount in command.floats)
        if command.float_amount and command.float_amount != total:
            return Refusal(
                "invalid", f"The floats add up to {total}, and float_amount says {command.float_amount}.", "floats"
            )
        return command.floats

    def _close_shift(self, command: CloseShift, anchor: str, currency: str) -> Decision:
        shift = self._state.shift
        if shift.state not in (*shift_machine.SELLING, shift_machine.EXPIRED):
            code, text = shift_machine.why_not(shift) or ("shift-closed", shift_machine.NO_SHIFT)
            if shift.state in (shift_machine.CLOSED, shift_machine.REFUSED):
                text = "No shift is open, so there is none to close."
            return Refusal(code, text)
        event = CloseRequested(shift.shift_id, command.command_id, command.actor, currency, command.language, anchor)
        refusal = self._takes(closing_machine.TABLE, self._state.closing, event) or self._gates.blocks_close()
        return refusal or self._gates.busy(without_paper=True) or (event,)

    def _call_off(self, command: CallOffClosing) -> Decision:
        event = ClosingCalledOff(self._state.shift.shift_id, command.actor, command.reason)
        return self._takes(closing_machine.TABLE, self._state.closing, event) or (event,)

    def _x_report(self, command: TakeXReport, anchor: str, currency: str) -> Decision:
        gates = self._gates
        if self._state.shift.state == shift_machine.EXPIRED:
            refusal = gates.closing() or gates.no_printer() or gates.busy()
        else:
            refusal = gates.closing() or gates.no_shift() or gates.no_printer() or gates.busy()
        if refusal is not None:
            return refusal
        like = closing_machine.Closing(
            document_id=command.command_id, currency=currency, language=command.language, anchor=anchor
        )
        report = replace(shift_report(like, self._state, command.actor), kind="x_report")
        return (ReportRequested(command.command_id, report),)

    # --- the drawer's day -------------------------------------------------------------------------------------------

    def _activate(self, command: ActivateDrawer) -> Decision:
        if self._settings.drawer_day == "with_shift":
            text = "On this till the drawer's day begins with the shift: open the shift with its float."
            return Refusal("drawer-with-shift", text)
        event = DrawerDayOpened(command.drawer_id, command.command_id, command.float_amount, command.cashiers)
        return self._counts_are_over() or self._day_event(event)

    def _assign(self, command: AssignCashiers) -> Decision:
        day = self._state.days.get(command.drawer_id)
        return self._day_event(
            DrawerCashiersAssigned(
                command.drawer_id, "" if day is None else day.day_id, command.cashiers, command.command_id
            )
        )

    def _deactivate(self, command: DeactivateDrawer) -> Decision:
        day = self._state.days.get(command.drawer_id)
        if day is None:
            return self._unknown(command.drawer_id)
        if self._settings.drawer_day == "with_shift" and self._state.shift.state in shift_machine.STANDING:
            return Refusal("drawer-with-shift", "On this till the drawer's day ends with the shift: close the shift.")
        if busy := self._draft_in(command.drawer_id):
            return busy
        if self._state.open_count(command.drawer_id) is not None:
            return Refusal(
                "count-open", f"Drawer {command.drawer_id} is being counted: submit or cancel the count first."
            )
        if self._settings.count_at_close == "required" and day.state == day_machine.ACTIVE:
            return Refusal("not-counted", f"Drawer {command.drawer_id} must be counted for the end of the day first.")
        events = end_of_day(self._state, day, command.command_id)
        return self._takes(day_machine.TABLE, day, events[-1]) or tuple(events)

    def _day_event(self, event: DrawerDayEvent) -> Decision:
        day = self._state.days.get(event.drawer_id)
        if day is None:
            return self._unknown(event.drawer_id)
        return self._takes(day_machine.TABLE, day, event) or (event,)

    def _unknown(self, drawer_id: str) -> Refusal:
        return Refusal("unknown-drawer", f"There is no drawer {drawer_id!r} on this till.", "id")

    def _draft_in(self, drawer_id: str) -> Refusal | None:
        document = self._state.draft_in(drawer_id)
        if document is None:
            return None
        number, code = document.number, "drafts" if document.person_needed else "busy"
        return Refusal(
            code, f"Document {number} is not finished, and its cash goes through drawer {drawer_id}: finish it first."
        )

    # --- counts -----------------------------------------------------------------------------------------------------

    def _start_count(self, command: StartCount) -> Decision:
        day = self._state.days.get(command.drawer_id)
        if day is None:
            return self._unknown(command.drawer_id)
        if day.state == day_machine.INACTIVE:
            return Refusal("drawer-not-active", day_machine.NOT_ACTIVE)
        if late := self._counts_are_over():
            return late
        if (count := self._state.open_count(command.drawer_id)) is not None:
            text = f"Drawer {command.drawer_id} is being counted already ({count.count_id}): submit or cancel that one."
            return Refusal("count-open", text)
        blind = self._settings.blind_counts if command.blind is None else command.blind
        event = CountStarted(command.command_id, command.drawer_id, day.day_id, command.reason, blind, command.actor)
        settled = put_away(self._state.documents.values(), command.drawer_id, "count")
        return self._draft_in(command.drawer_id) or (*settled, event)

    def _record(self, command: RecordCount) -> Decision:
        count = self._count(command.count_id)
        if count is None:
            return self._no_count(command.count_id)
        pieces = sum(one.value * one.pieces for one in command.denominations)
        if command.denominations and pieces != command.counted:
            text = f"The denominations add up to {pieces}, and {command.counted} is said to be counted."
            return Refusal("invalid", text, "denominations")
        expected = self._gates.expected(count.drawer_id)
        again = count.state == count_machine.RECORDED
        event = CountRecorded(
            count.count_id,
            count.drawer_id,
            count.round if again else count.round + 1,
            command.counted,
            command.denominations,
            expected,
            command.counted - expected,
            command.actor,
            count.day_id,
        )
        return self._takes(count_machine.TABLE, count, event) or (event,)

    def _go_on_counting(self, command: AskRecount | SubmitCount | CancelCount) -> Decision:
        count = self._count(command.count_id)
        if count is None:
            return self._no_count(command.count_id)
        name, drawer, day, actor = count.count_id, count.drawer_id, count.day_id, command.actor
        event: CountEvent
        match command:
            case AskRecount():
                event = CountRecountAsked(name, drawer, count.round, actor, day)
            case SubmitCount():
                counted = count.counted or 0
                expected, difference = count.expected, count.difference
                event = CountSubmitted(name, drawer, count.reason, counted, expected, difference, actor, day)
            case CancelCount():
                event = CountCancelled(name, drawer, actor, command.why, day)
        return self._takes(count_machine.TABLE, count, event) or (event,)

    def _counts_are_over(self) -> Refusal | None:
        """Behind the step of the counts nothing may come that would have to be counted."""
        if self._state.closing.state not in closing_machine.AFTER_COUNT:
            return None
        return Refusal("shift-closing", "The shift is being closed and its counts are over: wait until it is closed.")

    def _count(self, count_id: str) -> count_machine.Count | None:
        return next((count for count in self._state.counts.values() if count.count_id == count_id), None)

    def _no_count(self, count_id: str) -> Refusal:
        return Refusal("unknown-count", f"No count {count_id} is under way: begin one (POST /v1/counts).", "id")

    # --- the tables ---------------------------------------------------------------------------------------------------

    def _takes(self, table: Table, model: object, event: Event) -> Refusal | None:  # type: ignore[type-arg]  # any machine
        context = Replaying(self._settings, self._state, Occurred(0, 0, event))
        row = table.decide(model, event, context)
        return Refusal(row.code, row.text) if isinstance(row, Reject) else None
