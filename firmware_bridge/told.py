"""Behind each commit: what of it is about money or state is told in the log, one line each, with its facts.

Told after it is on the disk, so that the log never says what the journal does not. Names of people and goods stay in
the journal.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from firmware_bridge.journal.records import Record
from firmware_bridge.log_kinds import Kind, about
from statemachines.vocabulary import events as of
from statemachines.vocabulary import offline_events as offline
from statemachines.vocabulary.people_events import SignedIn, SignInRefused, SignInSlowed

log = logging.getLogger(__name__)

INFO, WARNING, ERROR = logging.INFO, logging.WARNING, logging.ERROR
_Line = tuple[int, Kind, str, dict[str, object]]


def _doubt(event: Any) -> _Line:
    """Only a person ends it: error; else it is asked again."""
    person = getattr(event, "person_needed", False)
    text = f"it is not known whether {event.document_id} was done: {event.reason}"
    return ERROR if person else WARNING, "doubt", text, {"sale": event.document_id, "outcome": "doubtful"}


def _fault(event: of.PrinterFault) -> _Line:
    return WARNING if event.recoverable else ERROR, "device-fault", f"the printer: {event.cause}", {"device": "printer"}


def _refused(event: SignInRefused) -> _Line:
    text = (
        f"somebody was not let in at the {event.channel}: a wrong name or {event.means or 'word'}, {event.times} times"
    )
    return WARNING, "sign-in", text, {"client": event.told_by, "outcome": "refused"}


def _sale(event: of.SaleCompleted) -> _Line:
    facts: dict[str, object] = {"sale": event.document_id, "receipt": event.number, "drawer": event.drawer_id}
    return INFO, "sale-completed", f"{event.document_id} is done", facts | {"outcome": "done"}


def _device(level: int, kind: Kind, text: str) -> Callable[[Any], _Line]:
    return lambda event: (level, kind, f"the printer {text}", {"device": "printer"})


def _drawer(kind: Kind, text: str) -> Callable[[Any], _Line]:
    return lambda event: (WARNING, kind, f"drawer {event.drawer_id} {text}", {"drawer": event.drawer_id})


_TOLD: Final[Mapping[type[of.Event], Callable[[Any], _Line]]] = {
    of.TillStarted: lambda event: (INFO, "till-started", f"release {event.version} begins", {"till": event.till_id}),
    of.ShiftOpened: lambda event: (INFO, "shift-changed", f"shift {event.number} is open", {"shift": event.shift_id}),
    of.ShiftClosed: lambda event: (INFO, "shift-changed", f"shift {event.number} is closed", {"shift": event.shift_id}),
    of.SaleCompleted: _sale,
    of.SaleRefused: lambda event: (
        *(INFO, "sale-refused", f"{event.document_id} did not happen: {event.reason}"),
        {"sale": event.document_id, "outcome": "refused"},
    ),
    of.CashMoved: lambda event: (
        *(INFO, "cash-moved", f"{event.document_id}: {event.amount} {event.direction} ({event.type})"),
        {"sale": event.document_id, "drawer": event.drawer_id, "outcome": "done"},
    ),
    of.CashMoveRefused: lambda event: (
        *(INFO, "sale-refused", f"{event.document_id} did not happen: {event.reason}"),
        {"sale": event.document_id, "outcome": "refused"},
    ),
    of.FiscalisationDoubtful: _doubt,
    of.PrintDoubtful: _doubt,
    of.DoubtResolved: lambda event: (
        *(INFO, "doubt-resolved", f"a person says of {event.document_id}: {event.verdict}"),
        {"sale": event.document_id, "outcome": event.verdict},
    ),
    of.PrinterReady: _device(INFO, "device-back", "is ready"),
    of.PrinterSilent: lambda event: (WARNING, "device-lost", f"the printer: {event.reason}", {"device": "printer"}),
    of.PrinterPaperEnd: _device(WARNING, "paper-out", "has no paper"),
    of.PrinterCoverOpen: _device(WARNING, "paper-out", "is open"),
    of.PrinterFault: _fault,
    of.DrawerOpenFailed: _drawer("drawer-failed", "did not open"),
    of.DrawerForced: _drawer("drawer-forced", "was opened without a command"),
    of.DrawerLeftOpen: _drawer("drawer-left-open", "has stood open for too long"),
    offline.WentOffline: lambda event: (WARNING, "mode-changed", "the till is off line", {"outcome": "offline"}),
    offline.WentOnline: lambda event: (INFO, "mode-changed", "the till is on line again", {"outcome": "online"}),
    SignedIn: lambda event: (INFO, "sign-in", f"somebody signed in at the {event.channel}", {"client": event.told_by}),
    SignInRefused: _refused,
    SignInSlowed: lambda event: (
        *(WARNING, "sign-in", f"wrong tries slow the {event.channel} down"),
        {"client": event.told_by, "outcome": "slowed"},
    ),
}


def tell(records: Iterable[Record]) -> None:
    """One line for each record that is worth one."""
    for record in records:
        event = record.record.event if isinstance(record.record, of.Occurred) else None
        if event is None or (line := _TOLD.get(type(event))) is None:
            continue
        level, kind, text, facts = line(event)
        number = {"record": record.seq} if level == INFO else {}  # what is told seldom when it repeats has no number
        log.log(level, "%s", text, extra=about(kind, **number, **facts))
