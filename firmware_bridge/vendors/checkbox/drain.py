"""After sales made without Checkbox on a sale's way: one document of the till's own is handed over, exactly once.

The document has its number and date already, and its paper may be with a customer. It is sent under our own id; what
Checkbox says no to is looked for under that id first, for an earlier try may have arrived. Only then is it refused, and
nothing may follow it before a person has decided. Source: the vendor's API page of 2022, sections on offline receipts,
opening a shift and the Z report; `previous_receipt_id`: OpenAPI 0.1.79.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Final, TypeVar

import msgspec

from drivers.errors import Unanswered
from firmware_bridge.vendors.checkbox import mapping, outcomes
from firmware_bridge.vendors.checkbox.client import CheckboxClient
from firmware_bridge.vendors.checkbox.errors import ABOUT_DOCUMENTS, Rejected
from firmware_bridge.vendors.checkbox.forms import Beside, Forms, Unfit
from firmware_bridge.vendors.checkbox.messages import Receipt, Shift
from firmware_bridge.vendors.checkbox.offline import CheckboxOffline, put_off
from firmware_bridge.vendors.checkbox.offline_calls import OfflineCalls
from firmware_bridge.vendors.checkbox.offline_dates import written
from firmware_bridge.vendors.checkbox.offline_messages import CloseShift, OpenShift, SellOffline, ServiceOffline
from firmware_bridge.vendors.checkbox.originals import with_original
from firmware_bridge.vendors.checkbox.rate import Pace
from firmware_bridge.vendors.checkbox.shift_desk import ShiftDesk
from firmware_bridge.vendors.checkbox.stamps import receipt_stamp, same_content
from statemachines.vocabulary.effects import DeliverOffline, Fiscalise
from statemachines.vocabulary.events import Event, FiscalisationRefused, FiscalStamp, ReceiptFiscalised
from statemachines.vocabulary.offline_events import OfflineDocumentDelivered, OfflineDocumentRefused
from statemachines.vocabulary.receipt import Report

log = logging.getLogger(__name__)

SETTLE_S: Final = 20.0  # how long a shift may take to be signed; then the step is taken again
NUMBER_S: Final = 3.0  # how long a receipt's control number is waited for
_Made = TypeVar("_Made")


class Drain:
    """Hands documents over to one register. `chain`: let Checkbox check that no document is left out in between."""

    def __init__(
        self,
        client: CheckboxClient,
        calls: OfflineCalls,
        register: CheckboxOffline,
        desk: ShiftDesk,
        forms: Forms,
        pace: Pace,
        beside: Callable[[Fiscalise], Beside],
        *,
        chain: bool = True,
    ) -> None:
        self._client = client
        self._calls = calls
        self._register = register
        self._desk = desk
        self._forms = forms
        self._pace = pace
        self._beside = beside
        self._chain = chain
        self._last_receipt = ""

    def begins(self) -> None:
        """An offline time begins: which receipt was the last before it is not known."""
        self._last_receipt = ""

    async def deliver(self, step: DeliverOffline) -> Event:
        """OfflineDocumentDelivered or OfflineDocumentRefused. Raises NotSent, Refused, Unanswered."""
        if step.order is None:
            return _refused(step, "the till's journal does not tell what stood in this document")
        await self._register.look_once()
        try:
            event = await put_off(self._hand_over(step, step.order))
        except Rejected as no:
            if no.judgement.passes:
                raise
            return _refused(step, _sentence(step, no))
        except Unfit as error:
            return _refused(step, error.text)
        if isinstance(event, OfflineDocumentDelivered):
            self._delivered(step, step.order, event.stamp)
        return event

    async def _hand_over(self, step: DeliverOffline, order: Fiscalise) -> Event:
        if order.opening is not None:
            return await self._opening(step, order)
        if order.report is not None:
            return await self._closing(step, order, order.report)
        if order.receipt is None and order.move is None:
            raise Unfit("There is neither a receipt nor a cash movement to deliver")
        return await self._receipt(step, order)

    def _delivered(self, step: DeliverOffline, order: Fiscalise, stamp: FiscalStamp) -> None:
        self._register.floor.seen(step.fiscal_at, "the last delivered document,")
        if order.move is None:
            self._register.floor.seen(stamp.at, "the last delivered document,")
        if step.code is not None:
            self._register.books.dated(step.code.value, step.fiscal_at)
        if order.receipt is not None:
            self._last_receipt = order.fiscal_doc_id

    # --- sales, returns, cash in and out ---------------------------------------------------------------------------

    async def _receipt(self, step: DeliverOffline, order: Fiscalise) -> Event:
        read = partial(self._client.receipt, order.fiscal_doc_id)
        send = await self._sending(step, order)
        await self._pace.wait()
        try:
            answer = await self._made(step, send, read)
        finally:
            self._pace.left()
        seen = [answer]

        def outcome(now: Receipt) -> Event | None:
            seen.append(now)
            return self._outcome(step, order, now)

        try:
            return outcome(answer) or await self._desk.poll(read, outcome, NUMBER_S)
        except Unanswered:
            if not _taken(seen[-1]):
                raise
            log.warning("Checkbox told no control number", extra={"receipt": order.document_id, "vendor": "checkbox"})
            return OfflineDocumentDelivered(
                order.document_id, replace(self._stamp(step, order, seen[-1]), complete=False)
            )

    async def _sending(self, step: DeliverOffline, order: Fiscalise) -> Callable[[], Awaitable[Receipt]]:
        """The request, ready to leave. Raises Unfit."""
        date = written(step.fiscal_at)
        if order.move is not None:
            cash = msgspec.structs.asdict(mapping.service(order.fiscal_doc_id, order.move, self._forms))
            code = None if step.code is None else step.code.value
            return partial(self._calls.service, ServiceOffline(**cash, fiscal_code=code, fiscal_date=date))
        if order.receipt is None:
            raise Unfit("There is no receipt to deliver")
        beside = await with_original(self._client, order, self._beside(order))
        sold = msgspec.structs.asdict(mapping.sell(order.fiscal_doc_id, order.receipt, self._forms, beside))
        sold["previous_receipt_id"] = self._last_receipt or None if self._chain else None
        return partial(self._sell, SellOffline(**sold, fiscal_code=_code(step), fiscal_date=date))

    async def _sell(self, request: SellOffline) -> Receipt:
        """A receipt that is not the next after the last one is told, and sent without that check: ours is lawful."""
        try:
            return await self._calls.sell(request)
        except Rejected as no:
            if no.judgement.verdict != "order_differs" or request.previous_receipt_id is None:
                raise
            log.warning("%s", no.text, extra={"vendor": "checkbox"})
        return await self._calls.sell(msgspec.structs.replace(request, previous_receipt_id=None))

    def _outcome(self, step: DeliverOffline, order: Fiscalise, now: Receipt) -> Event | None:
        if not same_content(now, order):
            told = f"receipt {now.serial} over {now.total_sum}): compare both in Checkbox's cabinet"
            return _refused(step, f"under this document's id Checkbox has another one ({told}")
        if now.status in outcomes.UNDONE:
            return _refused(step, f"the tax service did not take the document{outcomes.why(now.transaction)}")
        if not _taken(now):
            return None
        stamp = self._stamp(step, order, now)
        whole = not stamp.offline or order.move is not None or bool(stamp.control and stamp.url and stamp.mac)
        return OfflineDocumentDelivered(order.document_id, stamp) if whole else None

    def _stamp(self, step: DeliverOffline, order: Fiscalise, now: Receipt) -> FiscalStamp:
        stamp = receipt_stamp(now, self._forms, settled=True)
        if order.move is not None and not now.fiscal_date:
            # Checkbox tells when it got it, which is long after the cash was moved
            return replace(stamp, at=step.fiscal_at, date=written(step.fiscal_at))
        if step.code is not None and order.receipt is not None and stamp.number != step.code.value:
            log.warning(
                "Checkbox has the document under the number %s, the till gave it %s",
                *(stamp.number, step.code.value),
                extra={"receipt": order.document_id, "vendor": "checkbox"},
            )
        return stamp

    # --- shifts ---------------------------------------------------------------------------------------------------

    async def _opening(self, step: DeliverOffline, order: Fiscalise) -> Event:
        key = order.fiscal_doc_id
        request = OpenShift(key, _code(step), written(step.fiscal_at))
        shift = await self._made(step, partial(self._client.open_shift, request), partial(self._client.shift, key))
        self._desk.opened(order)
        event = await self._desk.follow(shift, lambda now: outcomes.of_opening(order, now), SETTLE_S)
        return _told(step, event)

    async def _closing(self, step: DeliverOffline, order: Fiscalise, report: Report) -> Event:
        """What is to be closed is looked at first: a Z sent twice would close the shift after it."""
        if report.kind == "x_report":
            raise Unfit("An X report is the till's own and is not delivered")
        shift = await self._desk.shift_of(report)
        if shift is None:
            raise Unfit("Checkbox has no shift that this Z report could close: compare both in Checkbox's cabinet")
        if shift.status == "OPENED":
            shift = await self._close(step, shift)
        event = await self._desk.follow(shift, lambda now: outcomes.of_closing(order, now), SETTLE_S)
        return _told(step, event)

    async def _close(self, step: DeliverOffline, opened: Shift) -> Shift:
        self._check_date(step)
        try:
            return await self._client.close_shift(CloseShift(_code(step), written(step.fiscal_at)))
        except Rejected as no:
            if no.judgement.status not in ABOUT_DOCUMENTS:
                raise
            now = await self._client.shift(opened.id)
            if now.status not in ("CLOSING", "CLOSED"):
                raise
            return now

    # --- exactly once ---------------------------------------------------------------------------------------------

    async def _made(
        self, step: DeliverOffline, send: Callable[[], Awaitable[_Made]], read: Callable[[], Awaitable[_Made]]
    ) -> _Made:
        """Send it; what was refused, or must not be sent any more, may be there from an earlier try."""
        try:
            self._check_date(step)
            return await send()
        except Unfit:
            found = await _found(read)
            if found is None:
                raise
        except Rejected as no:
            if no.judgement.status not in ABOUT_DOCUMENTS:
                raise
            found = await _found(read)
            if found is None:
                raise
        return found

    def _check_date(self, step: DeliverOffline) -> None:
        """Raises Unfit."""
        if wrong := self._register.floor.against(step.fiscal_at):
            raise Unfit(f"The document must not be delivered: {wrong}")


async def _found(read: Callable[[], Awaitable[_Made]]) -> _Made | None:
    try:
        return await read()
    except Rejected as no:
        if no.judgement.verdict != "unknown":
            raise
        return None


def _taken(now: Receipt) -> bool:
    """Checkbox has it for good. Its page shows DONE at once; the current interface was seen to tell CREATED."""
    waits = now.status == "CREATED" and now.is_created_offline and now.fiscal_code is not None
    return now.status == "DONE" or waits


def _code(step: DeliverOffline) -> str:
    """Raises Unfit."""
    if step.code is None:
        raise Unfit("The document has no offline number, and cannot be delivered without one")
    return step.code.value


def _told(step: DeliverOffline, event: Event) -> Event:
    match event:
        case ReceiptFiscalised():
            return OfflineDocumentDelivered(step.document_id, event.stamp)
        case FiscalisationRefused():
            return _refused(step, event.reason)
        case _:
            return event


def _refused(step: DeliverOffline, reason: str) -> OfflineDocumentRefused:
    return OfflineDocumentRefused(step.document_id, reason)


def _sentence(step: DeliverOffline, no: Rejected) -> str:
    """What a person has to know to decide: which number, and that it is out in the world."""
    if no.judgement.verdict == "code_used" and step.code is not None:
        return (
            f"the number {step.code.value} stands on this document, and at Checkbox on another one: no other number "
            "can be given, because the customer's paper bears this one; compare both in Checkbox's cabinet "
            f'(Checkbox: "{no.judgement.words}")'
        )
    if no.judgement.verdict == "shift_not_open":
        return (
            "the shift that this document belongs to is not open at Checkbox any more, and the document is made and "
            "paid already: find out who closed it, then decide what becomes of the document "
            f'(Checkbox: "{no.judgement.words}")'
        )
    return f"this document is made and paid already, so a person must decide what becomes of it: {no.text}"
