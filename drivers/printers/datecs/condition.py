"""Beside a sale's way: what the till is told of a fiscal printer's condition, once for every change."""

from __future__ import annotations

from drivers.printers.base import Report
from drivers.printers.datecs.commands_values import Identity
from drivers.printers.datecs.status import Status
from statemachines.vocabulary.events import Event, PrinterFault, PrinterReady, PrinterSilent


class Teller:
    """Every answer bears the status; `heard` is given each and reports what is new.

    `strange`: why the device is not the till's, "" = it is.
    """

    def __init__(self, report: Report) -> None:
        self.identity: Identity | None = None
        self.strange = ""
        self._report = report
        self._told: Event | None = None
        self._hush = True

    def begin(self) -> None:
        """A connection begins: nothing is told before the device is known."""
        self._told = None
        self._hush = True

    def known(self) -> None:
        """From here on every change is told; of a device that is not the till's only that."""
        self._hush = False
        if self.strange:
            self._told = PrinterFault(self.strange, recoverable=False)
            self._report(self._told)

    def heard(self, status: Status) -> None:
        condition = status.condition()
        if self._hush or self.strange or condition == self._told:
            return
        self._told = condition
        if isinstance(condition, PrinterReady) and self.identity is not None:
            condition = PrinterReady(condition.paper_near_end, self.identity.model, self.identity.serial)
        self._report(condition)

    def silent(self, reason: str) -> None:
        """It is lost, or does not answer."""
        if not isinstance(self._told, PrinterSilent):
            self._told = PrinterSilent(reason)
            self._report(self._told)
