"""Getting to know the printer: on connecting as far as it answers at once, the rest in a pause between two orders."""

from __future__ import annotations

import logging

from drivers.printers.escpos import commands
from drivers.printers.escpos.identity import Identity
from drivers.printers.escpos.inquiry import Inquiry
from drivers.printers.escpos.logo import LogoKeeper
from drivers.printers.escpos.preparation import Known, adopt, identify, store_logo
from drivers.printers.escpos.printing import Printing
from drivers.printers.escpos.settings import EscPosSettings

log = logging.getLogger(__name__)


class Acquaintance:
    """`identity`: who the printer said it is when it was last asked; outlives the connection. `where`: for the log."""

    def __init__(
        self, dialogue: Inquiry, settings: EscPosSettings, printing: Printing, logo: LogoKeeper, where: str
    ) -> None:
        self.identity: Identity | None = None
        self._dialogue = dialogue
        self._settings = settings
        self._printing = printing
        self._logo = logo
        self._where = where
        self._asked_late = False
        self._introduced = False
        self._idle_from = 0.0

    @property
    def known(self) -> Known:
        return self._printing.known

    def begin(self) -> bool:
        """A new connection: whether the printer answers. Changes nothing there. Raises PortLost, Stopped."""
        dialogue = self._dialogue
        self._asked_late = self._introduced = False
        self._idle_from = dialogue.now()
        if self._settings.confirm == "none":
            self._printing.known = Known()
            adopt(Identity(), self._settings, self.known, self._logo)
            return True
        # by a till that is dead now
        dialogue.end_command()
        if not dialogue.look():
            return False
        self._printing.known = Known()
        dialogue.send(commands.automatic_status(commands.AUTO_ALL))
        # A printer that is busy, or stuck in a command, answers questions in order later: not worth waiting for.
        if not dialogue.status.offline:
            self._introduce()
        return True

    def ordered(self) -> bool:
        """An order was carried out, perhaps on a printer that was not asked yet. True: now it is known who it is."""
        self._recognise()
        self._idle_from = self._dialogue.now()
        news = self.known.identity is not None and not self._introduced
        self._introduced = self._introduced or news
        return news

    @property
    def next_pause(self) -> float:
        """When `use_pause` has something to do, if nothing is ordered before."""
        waits = self._logo.state == "missing" and not self._dialogue.status.offline
        return self._idle_from + self._settings.times.idle if waits else float("inf")

    def use_pause(self) -> bool:
        """What was not possible while connecting, or must not hold anybody up. True: now it is known who it is."""
        dialogue, now = self._dialogue, self._dialogue.now()
        if dialogue.status.offline or self._settings.confirm == "none":
            return False
        if self.known.identity is None and not self._asked_late:
            self._asked_late = True
            return self._introduce()
        if now >= self._idle_from + self._settings.times.idle and self._logo.due(now):
            store_logo(dialogue, self._settings, self._logo)
            self._idle_from = dialogue.now()
        return False

    def _introduce(self) -> bool:
        if not self._dialogue.barrier(self._settings.times.status):
            return False
        identify(self._dialogue, self._settings, self.known, self._logo)
        self._recognise()
        self._introduced = True
        return True

    def _recognise(self) -> None:
        found, before = self.known.identity, self.identity
        if found is None:
            return
        if before is not None and found.other_than(before):
            log.warning(
                "%s: it is another printer than before: %s instead of %s",
                self._where,
                found,
                before,
                extra={"kind": "device-changed", "device": self._where},
            )
        self.identity = found
