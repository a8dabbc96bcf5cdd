"""Checkbox's shifts and reports on a sale's way: opened and closed under our own id, X and Z.

Sent once and then read until the tax service has decided: OPENED or CLOSED. Source: the vendor's API page of 2022,
sections shifts, reports, shifts/close.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final, TypeVar

from firmware_bridge.clock import TillClock
from firmware_bridge.vendors.checkbox import outcomes
from firmware_bridge.vendors.checkbox.client import CheckboxClient
from firmware_bridge.vendors.checkbox.errors import Rejected
from firmware_bridge.vendors.checkbox.found import ShiftWatch
from firmware_bridge.vendors.checkbox.messages import Shift
from firmware_bridge.vendors.checkbox.offline_messages import OpenShift
from firmware_bridge.vendors.checkbox.patience import (
    FIRST_LOOK_S,
    LONGEST_PAUSE_S,
    Patience,
    not_sent_yet,
    read_back,
    send_or_read,
)
from firmware_bridge.vendors.checkbox.rate import Sleep
from firmware_bridge.vendors.checkbox.stamps import report_stamp
from statemachines.state import fiscal_doc_id
from statemachines.vocabulary.effects import Fiscalise
from statemachines.vocabulary.events import Event, FiscalisationRefused, FiscalisationUnknown
from statemachines.vocabulary.receipt import Report

SHIFT_S: Final = 60.0
ASK_S: Final = 3.0  # a question is short: it is asked again, and a sale may wait behind it
_Read = TypeVar("_Read")


class ShiftDesk:
    """One register's shifts. `sleep` waits for seconds. Everything raises NotSent, Rejected, Unanswered."""

    def __init__(self, client: CheckboxClient, watch: ShiftWatch, clock: TillClock, sleep: Sleep) -> None:
        self._client = client
        self._watch = watch
        self._clock = clock
        self._sleep = sleep
        self._patience = Patience(clock.monotonic, sleep)

    async def open(self, order: Fiscalise, register: str) -> Event:
        begun = self._clock.monotonic()
        shift = await not_sent_yet(self._client.current_shift())
        if shift is not None and shift.id != order.fiscal_doc_id:
            adopted = self._watch.adopt(shift, order, register)
            return FiscalisationRefused(order.document_id, outcomes.found_open(shift, adopted=adopted))
        if shift is None:
            # asked only now: while a shift is open the vendor says that none can be opened
            signature = await not_sent_yet(self._client.check_signature())
            if not signature.online or not signature.shift_open_possibility:
                return FiscalisationRefused(order.document_id, outcomes.UNSIGNED)
            key = order.fiscal_doc_id
            request = OpenShift(key)
            made = await send_or_read(partial(self._client.open_shift, request), partial(self._client.shift, key))
            shift = made[0]
        self.opened(order)
        return await self.follow(shift, lambda now: outcomes.of_opening(order, now), self._left(begun))

    def opened(self, order: Fiscalise) -> None:
        """The till's shift stands at Checkbox under this id."""
        self._watch.opened(order)

    async def x(self, order: Fiscalise, register: str) -> Event:
        report = await self._client.x_report()
        return outcomes.fiscalised(order, report_stamp(report, register))

    async def z(self, order: Fiscalise, report: Report, register: str) -> Event:
        begun = self._clock.monotonic()
        shift = await not_sent_yet(self.shift_of(report))
        if shift is None:
            await self._watch.look_for_closed(register)
            return FiscalisationRefused(order.document_id, "no shift is open at Checkbox; nothing was sent")
        if shift.status in ("CREATED", "OPENING"):
            return FiscalisationRefused(
                order.document_id, "the shift is still being opened at Checkbox: close it a little later"
            )
        if shift.status == "OPENED":
            shift = await self._send_close(shift.id, begun + SHIFT_S)
        return await self.follow(shift, lambda now: outcomes.of_closing(order, now), self._left(begun))

    async def ask_opening(self, order: Fiscalise) -> Event:
        shift = await self._client.shift(order.fiscal_doc_id)
        return await self.follow(shift, lambda now: outcomes.of_opening(order, now), ASK_S)

    async def ask_report(self, order: Fiscalise, report: Report) -> Event:
        """An X report has no id of ours and moves nothing: it counts as not made."""
        if report.kind == "x_report":
            return FiscalisationUnknown(order.document_id)
        shift = await self.shift_of(report)
        if shift is None or (shift.status == "OPENED" and not outcomes.failed(shift)):
            return FiscalisationUnknown(order.document_id)
        return await self.follow(shift, lambda now: outcomes.of_closing(order, now), ASK_S)

    async def shift_of(self, report: Report) -> Shift | None:
        """The shift that a Z report is to close: ours, or one that was found open."""
        try:
            return await self._client.shift(fiscal_doc_id(report.shift_id, 1))
        except Rejected as no:
            if no.judgement.verdict != "unknown":
                raise
        return await self._client.current_shift()

    async def follow(self, shift: Shift, outcome: Callable[[Shift], Event | None], seconds: float) -> Event:
        """Read it until there is an outcome. Raises Unanswered when time is up."""
        return outcome(shift) or await self.poll(lambda: self._client.shift(shift.id), outcome, seconds)

    async def poll(
        self, read: Callable[[], Awaitable[_Read]], outcome: Callable[[_Read], Event | None], seconds: float
    ) -> Event:
        """As `Patience.poll`, for so long from now."""
        return await self._patience.poll(read, outcome, self._clock.monotonic() + seconds)

    async def _send_close(self, shift_id: str, until: float) -> Shift:
        """Receipts on their way to the tax service are waited for; nothing is done while they are."""
        pause = FIRST_LOOK_S
        while True:
            try:
                return await self._client.close_shift()
            except Rejected as no:
                verdict = no.judgement.verdict
                if verdict == "shift_not_open":  # closed meanwhile, by itself or by an earlier order of ours
                    return await read_back(self._client.shift(shift_id))
                if verdict != "later" or no.judgement.status != 400 or self._clock.monotonic() + pause > until:
                    raise
            await self._sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)

    def _left(self, begun: float) -> float:
        return begun + SHIFT_S - self._clock.monotonic()
