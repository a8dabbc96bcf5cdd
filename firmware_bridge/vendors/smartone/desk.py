"""Beside every document at SmartOne on a sale's way: how the shift stands, and what the register's sums are.

Both profiles' answers become the same values here. Sources: core-cashbox 2.05, 2.07; ECR /check_shift, /x_report.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from firmware_bridge.clock import TillClock
from firmware_bridge.vendors.base import Findings
from firmware_bridge.vendors.smartone import evidence, moments
from firmware_bridge.vendors.smartone.client import SmartOneClient
from firmware_bridge.vendors.smartone.errors import Unclear
from firmware_bridge.vendors.smartone.evidence import Evidence
from firmware_bridge.vendors.smartone.forms import Forms
from firmware_bridge.vendors.smartone.messages import CoreCheck, EcrCheck, EcrReport, text
from firmware_bridge.vendors.smartone.report import ShiftReport
from statemachines.vocabulary.day_events import ShiftExpired, ShiftFoundClosed, ShiftFoundOpen
from statemachines.vocabulary.effects import Fiscalise
from statemachines.vocabulary.events import Event

DAY_MS: Final = 24 * 3_600_000
CLOSED_THERE: Final = "the register itself, or somebody at it"


@dataclass(frozen=True, slots=True)
class Standing:
    """`exceeds_at`: UTC ms from which the shift is open too long; None where that is not told."""

    open: bool
    shift: str = ""
    exceeds_at: int | None = None


class ShiftDesk:
    """One register's shift: looked at, and found to be another than the till believes.

    `shift`: its id there, as it was told last; "" before.
    """

    def __init__(self, client: SmartOneClient, forms: Forms, clock: TillClock) -> None:
        self._client = client
        self._forms = forms
        self._clock = clock
        self._ours = ""
        self.shift = ""
        self._before: list[Event] = []
        self._after: list[Event] = []

    def found(self) -> Findings:
        """Give out what was found since the last time, once."""
        findings = Findings(tuple(self._before), tuple(self._after))
        self._before, self._after = [], []
        return findings

    async def look(self) -> Standing:
        """Is a shift open, and how long may it be? Raises NotSent, Refused, Unanswered."""
        standing = await self._look()
        self.shift = standing.shift or self.shift
        return standing

    async def _look(self) -> Standing:
        if self._forms.profile == "core":
            core = await self._client.ask("check_shift", CoreCheck)
            return Standing(core.shift_open, text(core.shift_id), self._read(core.shift_exceeds_at))
        ecr = await self._client.ask("check_shift", EcrCheck)
        is_open = ecr.status == 1 if ecr.is_open is None else ecr.is_open
        if ecr.is_open is None and ecr.status is None:
            raise Unclear("SmartOne does not tell whether a shift is open")
        opened = self._read(ecr.opened_at)
        return Standing(is_open, text(ecr.shift_id), None if opened is None else opened + DAY_MS)

    async def sums(self) -> Evidence:
        """What the register shows now. Raises NotSent, Refused, Unanswered."""
        if self._forms.profile == "core":
            return evidence.of_core(await self._client.ask("x_report", ShiftReport))
        return evidence.of_ecr(await self._client.ask("x_report", EcrReport))

    async def why_not(self) -> str:
        """Why nothing can be registered now, "" when it can: no shift is open, or one that is open too long.

        Raises NotSent, Refused, Unanswered.
        """
        standing = await self.look()
        if not standing.open:
            self.closed(standing.shift)
            return "no shift is open at the register: open one, then try again; nothing was sent"
        if standing.exceeds_at is not None and self._clock.utc_ms() >= standing.exceeds_at:
            until = moments.written(standing.exceeds_at, self._forms.zone)
            reason = f"the register's shift could be open until {until} at the latest"
            self._after.append(ShiftExpired(self._ours or standing.shift, reason))
            return f"{reason}: close it and open a new one; nothing was sent"
        return ""

    # --- what was found -------------------------------------------------------------------------------------------

    def opened(self, order: Fiscalise) -> None:
        """The till's shift; after a restart it is known by the register's id alone."""
        self._ours = order.document_id

    def belongs_to(self, shift_id: str) -> None:
        """An order that names its shift was seen."""
        self._ours = shift_id or self._ours

    def closed(self, shift: str) -> None:
        """No shift is open there."""
        self._before.append(ShiftFoundClosed(self._ours or shift, CLOSED_THERE))

    def expired(self, reason: str) -> None:
        """The register itself refuses a document, because its shift is open too long."""
        self._after.append(ShiftExpired(self._ours, reason))

    def adopt(self, order: Fiscalise, standing: Standing, sums: Evidence) -> None:
        """A shift is open there that the till did not open: the till goes on in it, with the cash that is counted now.

        What moved before is in nobody's journal here.
        """
        if order.opening is None:
            return
        opened_at = self._read(sums.opened_at) or self._clock.utc_ms()
        vendor = standing.shift or sums.shift
        self._ours = f"smartone:{vendor or opened_at}"
        self._after.append(
            ShiftFoundOpen(
                shift_id=self._ours,
                number=order.opening.number,
                opened_at=opened_at,
                cashier=order.opening.cashier,
                business_date=self._local_date(opened_at),
                initial=sums.cash,
                vendor_id=vendor,
                vendor_number=vendor,
            )
        )

    def _read(self, told: str | None) -> int | None:
        """Raises Unclear for a time that is none: a limit that cannot be read must not pass for no limit."""
        if not told:
            return None
        at = moments.read(told, self._forms.zone)
        if at is None:
            raise Unclear(f"SmartOne tells a time that cannot be read ({told!r})")
        return at

    def _local_date(self, at: int) -> str:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)
        return moment.astimezone(self._forms.zone).date().isoformat()
