"""Opening and closing a shift at SmartOne on a sale's way, and its reports.

Whether a shift is open can be read: a state that is reached is done, whoever's request it was. What cannot be read
afterwards, the figures of a closing whose answer was lost, is missing in its stamp, and the stamp says so.
Sources: core-cashbox 2.04 to 2.07; ECR /open_shift, /close_shift, /x_report, /check_shift.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from drivers.errors import DeviceError, Unanswered
from firmware_bridge.clock import TillClock
from firmware_bridge.vendors.smartone import evidence, mapping, moments, stamps
from firmware_bridge.vendors.smartone.client import SmartOneClient, encoded
from firmware_bridge.vendors.smartone.desk import ShiftDesk
from firmware_bridge.vendors.smartone.documents import not_sent_yet
from firmware_bridge.vendors.smartone.errors import ROLE, Rejected
from firmware_bridge.vendors.smartone.evidence import Evidence
from firmware_bridge.vendors.smartone.forms import Forms
from firmware_bridge.vendors.smartone.messages import CoreOpened, EcrOpened, EcrReport, text
from firmware_bridge.vendors.smartone.plans import Outcome, Plan, Plans
from firmware_bridge.vendors.smartone.report import ShiftReport
from statemachines.vocabulary.effects import Fiscalise
from statemachines.vocabulary.events import (
    Event,
    FiscalisationDoubtful,
    FiscalisationRefused,
    FiscalisationUnknown,
    ReceiptFiscalised,
)
from statemachines.vocabulary.receipt import Report, ShiftOpening

STILL: Final = "SmartOne shows the shift as it was before, and the order may still be on its way: it is asked again"
NOT_OPEN: Final = "no shift is open at the register; nothing was sent"
OPEN_ORDERS: Final = (
    "{} orders are open at the register, and a shift is not closed with them: finish them there, "
    "or have open_orders in the configuration say what becomes of them; nothing was sent"
)


@dataclass(slots=True)
class Shifts:
    """One register's shifts and reports."""

    client: SmartOneClient
    forms: Forms
    desk: ShiftDesk
    plans: Plans
    clock: TillClock
    _sent_at: dict[str, float] = field(default_factory=dict, repr=False)
    _started: float = 0.0

    def __post_init__(self) -> None:
        self._started = self.clock.monotonic()

    # --- opening --------------------------------------------------------------------------------------------------

    async def open(self, order: Fiscalise, opening: ShiftOpening) -> Event:
        """Raises NotSent, Rejected, Unanswered."""
        standing = await not_sent_yet(self.desk.look())
        if standing.open:
            sums = await not_sent_yet(self.desk.sums())
            if order.fiscal_doc_id in self._sent_at:  # an earlier request of this very order has arrived late
                return self._opened(order, standing.shift or sums.shift, sums)
            self.forms.check_rates(sums.rates)
            self.desk.adopt(order, standing, sums)
            since = sums.opened_at or "an unknown time"
            reason = f"at the register a shift is open already (since {since}): the till goes on in it"
            return FiscalisationRefused(order.document_id, f"{reason}; no new one was opened")
        plan = await self._prepare(order, "open_shift", mapping.shift(opening.cashier, self.forms, closes=False), None)
        kind: type[CoreOpened | EcrOpened] = CoreOpened if self.forms.profile == "core" else EcrOpened
        answer = await self._ordered(order, plan, kind, reached=True)
        shift = "" if answer is None else text(answer.shift_id)
        return self._opened(order, shift, await self._sums_if_told())

    async def ask_opening(self, order: Fiscalise) -> Event:
        """Raises NotSent, Refused, Unanswered."""
        standing = await self.desk.look()
        if not standing.open:
            return self._not_reached(order)
        sums = await self._sums_if_told()
        return self._opened(order, standing.shift or ("" if sums is None else sums.shift), sums)

    def _opened(self, order: Fiscalise, shift: str, sums: Evidence | None) -> ReceiptFiscalised:
        """`balance` is the cash that lay there when the shift was opened."""
        self.desk.opened(order)
        self._sent_at.pop(order.fiscal_doc_id, None)
        known = sums or Evidence()
        balance = known.cash if known.cash_at_begin is None else known.cash_at_begin
        stamp = stamps.of_shift(shift or known.shift, known.opened_at or self._now(), balance, self.forms)
        return ReceiptFiscalised(order.document_id, stamp, "not_mine")

    # --- reports --------------------------------------------------------------------------------------------------

    async def x(self, order: Fiscalise) -> Event:
        """Raises NotSent, Rejected."""
        sums = await not_sent_yet(self.desk.sums())
        stamp = stamps.of_shift(sums.shift, self._now(), sums.cash, self.forms)
        return ReceiptFiscalised(order.document_id, stamp, "yes" if self.forms.prints_others else "not_mine")

    async def close(self, order: Fiscalise, report: Report) -> Event:
        """Raises NotSent, Rejected, Unanswered."""
        standing = await not_sent_yet(self.desk.look())
        if not standing.open:
            if order.fiscal_doc_id in self._sent_at:  # an earlier request of this very order has arrived late
                return await self._closed(order, self.plans.find(order.fiscal_doc_id), None)
            self.desk.closed(standing.shift)
            return FiscalisationRefused(order.document_id, NOT_OPEN)
        before = await not_sent_yet(self.desk.sums())
        if self.forms.open_orders == "check" and before.open_orders:
            return FiscalisationRefused(order.document_id, OPEN_ORDERS.format(before.open_orders))
        request = mapping.shift(report.operator, self.forms, closes=True)
        plan = await self._prepare(order, "close_shift", request, before)
        kind: type[ShiftReport | EcrReport] = ShiftReport if self.forms.profile == "core" else EcrReport
        answer = await self._ordered(order, plan, kind, reached=False)
        return await self._closed(order, plan, None if answer is None else _sums(answer))

    async def ask_closing(self, order: Fiscalise) -> Event:
        """Raises NotSent, Refused, Unanswered."""
        plan = self.plans.find(order.fiscal_doc_id)
        if plan is not None and plan.outcome is not None:
            return ReceiptFiscalised(order.document_id, plan.outcome.stamp, plan.outcome.printed)
        if (await self.desk.look()).open:
            return self._not_reached(order)
        return await self._closed(order, plan, None)

    async def _closed(self, order: Fiscalise, plan: Plan | None, after: Evidence | None) -> ReceiptFiscalised:
        """`after`: what it answered; without it the sums before it tell which shift it was."""
        self._sent_at.pop(order.fiscal_doc_id, None)
        before = (None if plan is None else plan.before) or Evidence()
        shift = before.shift if after is None else after.shift or before.shift
        balance = before.cash if after is None else after.cash
        stamp = stamps.of_shift(shift, self._now(), balance, self.forms, complete=after is not None)
        if not self.forms.prints_others:
            outcome = Outcome(stamp, "not_mine")
        else:
            outcome = Outcome(stamp, "unknown" if after is None else "yes")
        if plan is not None:
            await asyncio.to_thread(self.plans.note, plan, outcome)
        return ReceiptFiscalised(order.document_id, outcome.stamp, outcome.printed)

    # --- states -----------------------------------------------------------------------------------------------------

    async def _prepare(
        self, order: Fiscalise, operation: str, request: msgspec.Struct, before: Evidence | None
    ) -> Plan:
        plan = Plan(order.fiscal_doc_id, operation, encoded(request).decode(), self._now(), before)
        await asyncio.to_thread(self.plans.put, plan)
        return plan

    async def _ordered(self, order: Fiscalise, plan: Plan, kind: type[Any], *, reached: bool) -> Any:
        """Order a state; None: it is reached although the register said no. Raises NotSent, Rejected, Unanswered.

        A refusal that does not say why (no code, or one that may mean several things) is compared with the shift.
        """
        self._sent_at[order.fiscal_doc_id] = self.clock.monotonic()
        try:
            return await self.client.call(plan.operation, plan.body.encode(), kind)
        except Rejected as no:
            if no.judgement.code is not None and no.judgement.verdict not in ("doubt", "no_shift"):
                raise
            try:
                standing = await self.desk.look()
            except DeviceError as error:
                told = f"{no.text}; how the shift stands cannot be looked up: {error.text}"
                raise Unanswered(told, role=ROLE) from error
            if standing.open is not reached:
                raise
            return None

    def _not_reached(self, order: Fiscalise) -> Event:
        times = self.client.times
        since = self.clock.monotonic() - self._sent_at.get(order.fiscal_doc_id, self._started)
        if since < times.answer + times.settle:
            return FiscalisationDoubtful(order.document_id, STILL)
        return FiscalisationUnknown(order.document_id)

    async def _sums_if_told(self) -> Evidence | None:
        """The shift is open, that much is certain; its sums are good to know."""
        try:
            return await self.desk.sums()
        except DeviceError:
            return None

    def _now(self) -> str:
        return moments.written(self.clock.utc_ms(), self.forms.zone)


def _sums(answer: ShiftReport | EcrReport) -> Evidence:
    return evidence.of_core(answer) if isinstance(answer, ShiftReport) else evidence.of_ecr(answer)
