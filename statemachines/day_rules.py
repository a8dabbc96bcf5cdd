"""The machines of the day together: shift, closing, drawers' days and counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from statemachines import cash_count as count_machine
from statemachines import cash_transaction as transaction_machine
from statemachines import closing as closing_machine
from statemachines import drawer_day as day_machine
from statemachines import shift as shift_machine
from statemachines.cash_count import Count
from statemachines.closing_orders import end_of_day
from statemachines.context import Planning, Replaying
from statemachines.machine import Output
from statemachines.settings import RuleSettings
from statemachines.state import TillState
from statemachines.vocabulary.day_events import (
    BooksDisagree,
    ClosingAdvanced,
    ClosingEvent,
    CountEvent,
    CountStarted,
    CountSubmitted,
    DrawerDayEvent,
    DrawerDayOpened,
    ShiftEvent,
    ShiftFoundOpen,
    ShiftOpenRefused,
)
from statemachines.vocabulary.events import CashMoveRequested, Event, ShiftClosed, ShiftOpened
from statemachines.vocabulary.receipt import CashMove

DAY_EVENTS = ClosingEvent | ShiftOpened | ShiftClosed | ShiftEvent | DrawerDayEvent | CountEvent
"""What these machines hear first."""


class DayRules:
    """The part of the rules that knows no single document; over the same state."""

    def __init__(self, settings: RuleSettings, state: TillState) -> None:
        self._settings = settings
        self._state = state

    def apply(self, event: DAY_EVENTS, context: Planning | Replaying) -> Iterator[Output]:
        """Move the machine that hears this event, and those that hear it after it."""
        match event:
            case ClosingEvent():
                if isinstance(event, ClosingAdvanced):
                    for name in self._state.days:
                        yield from self.cash(name, event, context)
                yield from closing_machine.TABLE.apply(self._state.closing, event, context)
            case ShiftOpened() | ShiftClosed() | ShiftEvent():
                yield from self._shift(event, context)
            case DrawerDayEvent():
                yield from self.cash(event.drawer_id, event, context)
            case CountEvent():
                yield from self._count(event, context)

    def _shift(self, event: Event, context: Planning | Replaying) -> Iterator[Output]:
        shift = self._state.shift
        running = shift.state in shift_machine.STANDING
        left = shift.expected_cash if shift.number else None
        yield from shift_machine.TABLE.apply(shift, event, context)
        if isinstance(event, ShiftFoundOpen) and not running:
            names = tuple(self._state.days)
            only = {names[0]: event.initial or 0} if len(names) == 1 else {}
            yield from self._days_begin(event.shift_id, only)
        if isinstance(event, ShiftOpened | ShiftOpenRefused):
            document = self._state.documents.get(event.shift_id)
            if isinstance(event, ShiftOpened) and not running:
                if left is not None and event.initial not in (None, left):
                    yield BooksDisagree(event.shift_id, "opening", left, event.initial)
                yield from self._shift_begins(event)
            if document is not None:
                yield from transaction_machine.TABLE.apply(document, event, context)
        if type(event) in closing_machine.TABLE.events:
            yield from closing_machine.TABLE.apply(self._state.closing, event, context)

    def _shift_begins(self, event: ShiftOpened) -> Iterator[Output]:
        """With the shift begin the drawers' days; what the fiscaliser does not count yet is put in (or taken out)."""
        yield from self._days_begin(event.shift_id, dict(event.floats))
        document = self._state.documents.get(event.shift_id)
        missing = 0 if event.initial is None else event.float_amount - event.initial
        if missing and document is not None and document.opening is not None:
            opening = document.opening
            move = CashMove(
                document_id=f"{event.shift_id}:float",
                type="add_to_float" if missing > 0 else "cash_pull",
                direction="in" if missing > 0 else "out",
                amount=abs(missing),
                currency=opening.currency,
                language=opening.language,
                reason="opening float",
                operator=opening.cashier,
                drawer_id="",
                number=f"{self._state.next_number:06d}",
                origin="shift_open_float",
            )
            yield CashMoveRequested(move.document_id, move)

    def _days_begin(self, shift_id: str, floats: Mapping[str, int]) -> Iterator[Output]:
        if self._settings.drawer_day == "own":
            return
        for name, day in self._state.days.items():
            if day.ending:  # what is still in doubt becomes a matter of the new day
                yield from end_of_day(self._state, day, day.ending)
            if day.ending or day.state == day_machine.INACTIVE:
                yield DrawerDayOpened(name, f"{shift_id}:{name}", floats.get(name, 0))

    def started(self) -> Iterator[Output]:
        """A drawer that was added while a shift is open has its day from now on; nothing was ever put into it."""
        shift = self._state.shift
        if shift.state in shift_machine.STANDING:
            yield from self._days_begin(shift.shift_id, {})

    def cash(self, name: str, event: Event, context: Planning | Replaying) -> Iterator[Output]:
        """What this event means for the day of drawer `name`."""
        day = self._state.days.get(name)
        if day is not None:
            yield from day_machine.TABLE.apply(day, event, context)

    def _count(self, event: CountEvent, context: Planning | Replaying) -> Iterator[Output]:
        if isinstance(event, CountStarted):
            known = self._state.counts.get(event.drawer_id)
            if known is None or known.state in count_machine.OVER:
                self._state.counts[event.drawer_id] = Count(event.count_id, event.drawer_id)
        count = self._state.counts.get(event.drawer_id)
        if count is None or count.count_id != event.count_id:
            return
        yield from count_machine.TABLE.apply(count, event, context)
        if isinstance(event, CountStarted | CountSubmitted):
            yield from self.cash(event.drawer_id, event, context)
