"""Before the first sale of a shift: a fiscal printer has no opening, so it is looked at instead of told.

Its clock is set if it is wrong and nothing was sold since its last Z report; its tax rates must be the till's.
"""

from __future__ import annotations

import logging
from datetime import datetime

from drivers.errors import Refused
from drivers.printers.datecs.looking import Looking
from drivers.printers.datecs.readback import Standing
from drivers.printers.datecs.settings import DatecsSettings
from drivers.printers.datecs.speech import Said, Speech
from drivers.printers.datecs.stamps import Stamps
from statemachines.vocabulary.events import FiscalStamp

log = logging.getLogger(__name__)


class Opening:
    """What is done for a shift that is opened. All raise Refused, NotSent, Unanswered, Stopped."""

    def __init__(self, speech: Speech, looking: Looking, stamps: Stamps, settings: DatecsSettings) -> None:
        self._speech = speech
        self._looking = looking
        self._stamps = stamps
        self._settings = settings

    def stamp(self, utc_ms: int) -> FiscalStamp:
        """Check rates and clock; what the device shows is the shift's stamp, its cash the cash that lies there."""
        self._check_rates()
        now = self._looking.standing(self._stamps.identity.serial)
        at = self._looking.clock()
        wanted = self._stamps.local(utc_ms)
        if self._settings.clock_s and abs((wanted - at).total_seconds()) > self._settings.clock_s:
            at = self._set_clock(wanted, at, now)
        return self._stamps.stamp("", at, now)

    def _check_rates(self) -> None:
        """Raises Refused when the device taxes a group otherwise than the till."""
        told = self._looking.rates() if self._settings.rates else None
        for group, rate in self._settings.rates.items():
            letter = self._settings.taxes.get(group)
            if told is None or letter is None:
                continue
            place = self._settings.dialect.tax_index(letter)
            theirs = told[place] if place < len(told) else None
            if theirs != rate:
                device = "is switched off" if theirs is None else f"has {theirs / 100:g} %"
                raise Refused(
                    f"tax group {group} has {rate / 100:g} % in the configuration, and {letter} {device} in the fiscal "
                    "printer: have one of them put right; nothing was sent",
                    **self._speech.where,
                )

    def _set_clock(self, wanted: datetime, at: datetime, now: Standing) -> datetime:
        """Only outside a shift: before the first receipt after a Z report."""
        if now.sales or now.returns:
            log.warning(
                "the fiscal printer's clock says %s; it can be set after the next Z report",
                at,
                extra={"kind": "fiscal-told", "device": self._speech.where["role"], "port": self._speech.where["port"]},
            )
            return at
        try:
            self._speech.ask(self._speech.language.set_clock(wanted))
        except Said as said:
            log.warning(
                "%s",
                said,
                extra={"kind": "fiscal-told", "device": self._speech.where["role"], "port": self._speech.where["port"]},
            )
            return at
        return wanted
