"""Before a sale's way: whoever opens and closes the shift of a till that has no cashier.

Asks as anybody else does, by commands with ids that are the same for the same day: a restart at that very minute
finds the command in the journal and does nothing twice.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from typing import Protocol

from firmware_bridge.api.backend import Answer
from firmware_bridge.clock import TillClock
from firmware_bridge.core import SYSTEM
from firmware_bridge.journal.errors import JournalError
from firmware_bridge.log_kinds import about
from firmware_bridge.schedule import Moment, Schedule, ShiftTimes, due, following
from statemachines.vocabulary.commands import CloseShift, Command, OpenShift

log = logging.getLogger(__name__)

LOOK_S = 30.0  # the wall clock may be set at any time, so it is looked at again and again
PATIENCE_S = 30.0
AGAIN_S = 600.0
ATTEMPTS = 6
"""So often the fiscaliser is asked to open or close a shift that it refuses; then a person has to."""


class Desk(Protocol):
    """The till, as far as its opening hours go."""

    async def submit(self, command: Command, digest: bytes, wait: float) -> Answer: ...

    async def shift_times(self) -> ShiftTimes: ...

    def cash_left(self) -> tuple[tuple[str, int], ...]:
        """What lies in each drawer by what was counted last or, uncounted, by the books (minor units)."""


class OpeningHours:
    """`float_amount`: what lies there when the shift is opened; None = what was left in the drawers."""

    def __init__(
        self, desk: Desk, schedule: Schedule, clock: TillClock, language: str, float_amount: int | None = None
    ) -> None:
        self._desk = desk
        self._schedule = schedule
        self._clock = clock
        self._language = language
        self._float_amount = float_amount
        self._attempts: dict[str, tuple[int, float]] = {}
        self._told: tuple[str, str] = ("", "")

    @property
    def wanted(self) -> bool:
        """Is there anything to do on this till?"""
        return bool(self._schedule.open_at or self._schedule.close_at)

    async def run(self) -> None:
        """Look at the clock until cancelled."""
        while self.wanted:
            try:
                await self.look()
            except JournalError as error:
                log.warning(
                    "the journal cannot be asked whether the shift is due: %s", error, extra=about("journal-failed")
                )
            await asyncio.sleep(self._pause())

    async def look(self) -> Answer | None:
        """Do what is due now; returns what became of it, or None when nothing is."""
        moment = due(self._schedule, self._clock.utc_ms(), await self._desk.shift_times())
        if moment is None:
            return None
        attempt, not_before = self._attempts.get(moment.name, (1, 0.0))
        if attempt > ATTEMPTS or self._clock.monotonic() < not_before:
            return None
        name = moment.name if attempt == 1 else f"{moment.name}.{attempt}"
        answer = await self._desk.submit(
            self._command(moment, name), hashlib.sha256(name.encode()).digest(), PATIENCE_S
        )
        self._attempts = {moment.name: self._next(attempt, answer)}
        self._tell(moment, answer)
        return answer

    def _command(self, moment: Moment, name: str) -> Command:
        if moment.what == "close":
            return CloseShift(name, SYSTEM, self._language)
        if self._float_amount is not None:
            return OpenShift(name, SYSTEM, self._float_amount, language=self._language)
        left = self._desk.cash_left()
        return OpenShift(name, SYSTEM, sum(cash for _, cash in left), left, language=self._language)

    def _next(self, attempt: int, answer: Answer) -> tuple[int, float]:
        """Which attempt comes next, and when (monotonic s). What was refused for good is asked under a new id."""
        now = self._clock.monotonic()
        code = answer.refusal.code if answer.refusal is not None else ""
        if answer.outcome == "conflict" or code == "called-off":  # a person has decided otherwise
            return ATTEMPTS + 1, now
        if answer.outcome == "refused":
            return attempt + 1, now + AGAIN_S
        return attempt, now

    def _tell(self, moment: Moment, answer: Answer) -> None:
        words = answer.refusal.text if answer.refusal is not None else ""
        if (moment.name, answer.outcome + words) == self._told:
            return
        self._told = (moment.name, answer.outcome + words)
        if words:
            log.warning(
                "%s: the shift was not %s: %s", moment.name, _DONE[moment.what], words, extra=about("shift-by-clock")
            )
        elif answer.outcome == "done":
            log.info("%s: the shift was %s", moment.name, _DONE[moment.what], extra=about("shift-by-clock"))

    def _pause(self) -> float:
        now = self._clock.utc_ms()
        moment = following(self._schedule, now)
        return LOOK_S if moment is None else min(LOOK_S, (moment.at - now) / 1000)


_DONE = {"open": "opened", "close": "closed"}
