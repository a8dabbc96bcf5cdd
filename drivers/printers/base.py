"""What every receipt printer driver does, whatever its language.

A driver is owned by its port's thread. It reports what it sees (`report`, called on that thread) as events of
the vocabulary, and answers the three orders with exactly one outcome event each. It never raises for a device
that is missing, silent or broken: that is an outcome.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from statemachines.vocabulary.effects import Kick, Print
from statemachines.vocabulary.events import Event

Report = Callable[[Event], None]


class ReceiptPrinter(Protocol):
    """A plain (not fiscal) receipt printer, perhaps with a cash drawer on its socket."""

    def connect(self) -> bool:
        """Open the port, identify the printer, learn what it can prove. Reports PrinterReady … or PrinterSilent.

        Returns whether the printer answered. Called again, with pauses, until it does.
        """

    def watch(self, timeout: float) -> None:
        """Read for up to `timeout` seconds and report changes of status; send the heartbeat when it is due."""

    def print(self, intention: Print) -> Event:
        """Put the job on paper. ReceiptPrinted, PrintRefused, PrintOutdated or PrintDoubtful."""

    def ask(self, intention: Print, end_sent: bool | None) -> Event:
        """Find out what became of a job. ReceiptPrinted, PrintFoundMissing or PrintUnresolved."""

    def kick(self, order: Kick) -> Event:
        """Send one drawer pulse. DrawerKicked or DrawerKickDropped."""

    @property
    def connected(self) -> bool:
        """Is there a printer that answers? False after its port was lost, until `connect` succeeds again."""

    def wake(self) -> None:
        """Make `watch` return at once (from any thread)."""

    def close(self) -> None:
        """End every wait soon and give the port back (from any thread): a job on its way becomes doubtful."""
