"""The health of the receipt printer, as it reports it: can it print, and if not, what must a person do?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from statemachines.machine import Output, Row, Table
from statemachines.vocabulary.events import (
    Event,
    PrinterCoverOpen,
    PrinterEvent,
    PrinterFault,
    PrinterPaperEnd,
    PrinterReady,
    PrinterSilent,
    TillStarted,
)
from statemachines.vocabulary.evidence import Counters

UNKNOWN = "unknown"
READY = "ready"
PAPER_END = "paper_end"
COVER_OPEN = "cover_open"
FAULT = "fault"
SILENT = "silent"
STATES = (UNKNOWN, READY, PAPER_END, COVER_OPEN, FAULT, SILENT)


@dataclass(slots=True)
class Printer:
    """`counters` are the odometers last read; a job is planned with them and refuses to begin if they moved."""

    state: str = UNKNOWN
    paper_near_end: bool = False
    model: str = ""
    serial: str = ""
    cause: str = ""
    counters: Counters | None = None


def _ready(printer: Printer, event: PrinterReady, _: None) -> Iterable[Output]:
    printer.paper_near_end = event.paper_near_end
    printer.model = event.model or printer.model
    printer.serial = event.serial or printer.serial
    printer.counters = event.counters or printer.counters
    printer.cause = ""
    return ()


def _because(printer: Printer, event: PrinterEvent, _: None) -> Iterable[Output]:
    printer.cause = event.cause if isinstance(event, PrinterFault) else getattr(event, "reason", "")
    return ()


def _forget(printer: Printer, _: Event, __: None) -> Iterable[Output]:
    printer.cause = ""
    return ()


# the printer's word is taken in every state: it is the only one who knows
ROWS: tuple[Row[Printer, None], ...] = (
    Row(STATES, PrinterReady, READY, _ready),
    Row(STATES, PrinterPaperEnd, PAPER_END, _because),
    Row(STATES, PrinterCoverOpen, COVER_OPEN, _because),
    Row(STATES, PrinterFault, FAULT, _because),
    Row(STATES, PrinterSilent, SILENT, _because),
    Row(STATES, TillStarted, UNKNOWN, _forget),
)

TABLE: Table[Printer, None] = Table("printer", STATES, ROWS, ())


def why_not(printer: Printer) -> str:
    """Why it cannot print and what to do, in one sentence; "" when it can."""
    return {
        READY: "",
        UNKNOWN: "The receipt printer has not answered yet: wait a moment, then check its cable and its power.",
        PAPER_END: "The receipt printer has no paper: load a new roll.",
        COVER_OPEN: "The cover of the receipt printer is open: close it.",
        FAULT: f"The receipt printer reports a fault ({printer.cause}): clear it, then switch the printer off and on.",
        SILENT: f"The receipt printer does not answer ({printer.cause}): check its cable and its power.",
    }[printer.state]
