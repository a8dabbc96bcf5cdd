"""Checkbox as the till's fiscaliser on a sale's way: shifts, receipts, cash in and out, X and Z, all under our own ids.

A document is sent once and then read until the tax service has decided: DONE or ERROR, OPENED or CLOSED. What is not
decided in time is doubt, and `ask` reads it back by our id; it is never sent again under another. Source: the vendor's
API page of 2022, sections shifts, receipts/sell, receipts/service, reports, shifts/close.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final

from firmware_bridge.clock import TillClock
from firmware_bridge.vendors.base import Findings
from firmware_bridge.vendors.checkbox import mapping, outcomes
from firmware_bridge.vendors.checkbox.client import CheckboxClient
from firmware_bridge.vendors.checkbox.errors import Rejected
from firmware_bridge.vendors.checkbox.forms import NOTHING_BESIDE, Beside, Forms, Unfit
from firmware_bridge.vendors.checkbox.found import ShiftWatch
from firmware_bridge.vendors.checkbox.messages import Info, Receipt, Shift
from firmware_bridge.vendors.checkbox.patience import (
    FIRST_LOOK_S,
    LONGEST_PAUSE_S,
    Patience,
    not_sent_yet,
    read_back,
    send_or_read,
)
from firmware_bridge.vendors.checkbox.queries import Search
from firmware_bridge.vendors.checkbox.rate import Pace, Sleep
from firmware_bridge.vendors.checkbox.register_check import check_register, check_taxes
from firmware_bridge.vendors.checkbox.stamps import report_stamp
from statemachines.state import fiscal_doc_id
from statemachines.vocabulary.effects import Fiscalise, SignOut
from statemachines.vocabulary.events import Event, FiscalisationRefused, FiscalisationUnknown
from statemachines.vocabulary.receipt import Report
from statemachines.vocabulary.traits import FiscaliserTraits

TRAITS: Final = FiscaliserTraits(
    registers=True,
    prints=False,
    kicks=False,
    collects_card=False,
    polls=True,
    offline="none",
    lookup="our_id",
    copy=False,
    sells_in_doubt=True,
    carries_balance=True,
    shift_limit_ms=24 * 3_600_000,
)
RECEIPT_S: Final = 20.0
SHIFT_S: Final = 60.0
ASK_S: Final = 3.0  # a question is short: it is asked again, and a sale may wait behind it
RECEIPTS_PER_S: Final = 2


class CheckboxFiscaliser:
    """One register. `beside`: what belongs to a request and not to the frozen receipt (the customer's address).

    `live`: permits a register that is no test register. `sleep` waits for seconds.
    """

    def __init__(
        self,
        client: CheckboxClient,
        forms: Forms,
        clock: TillClock,
        sleep: Sleep,
        *,
        live: bool = False,
        beside: Callable[[Fiscalise], Beside] = lambda _: NOTHING_BESIDE,
    ) -> None:
        self._client = client
        self._forms = forms
        self._clock = clock
        self._sleep = sleep
        self._live = live
        self._patience = Patience(clock.monotonic, sleep)
        self._beside = beside
        self._watch = ShiftWatch(client)
        self._info: Info | None = None
        self._pace = Pace(RECEIPTS_PER_S if forms.profile == "current" else 0, 1.0, clock.monotonic, sleep)

    @property
    def traits(self) -> FiscaliserTraits:
        return TRAITS

    @property
    def clock_offset_ms(self) -> int | None:
        """How far Checkbox's clock is ahead of the till's; None before the first answer."""
        return self._client.clock_offset_ms

    def found(self) -> Findings:
        """Whether the shift is another than the till believes; told with the outcome of the order that found it."""
        return self._watch.take()

    async def connect(self) -> None:
        """Check the register and its taxes, and sign in. Raises NotSent, Refused, Unanswered."""
        await self._look_at_register()
        if not self._client.signed_in:
            await self._client.sign_in()

    async def fiscalise(self, order: Fiscalise) -> Event:
        """Make the document. Raises NotSent, Refused, Unanswered."""
        try:
            if self._info is None:
                await not_sent_yet(self._look_at_register())
            if order.opening is not None:
                return await self._open(order)
            if order.report is not None:
                return await (self._x(order) if order.report.kind == "x_report" else self._z(order, order.report))
            return await self._sell(order)
        except Rejected as no:
            if no.judgement.verdict == "shift_not_open":
                await self._watch.look_for_closed(self._register)
            return FiscalisationRefused(order.document_id, no.text, final=no.judgement.final)
        except Unfit as error:
            return FiscalisationRefused(order.document_id, error.text, final=True)

    async def ask(self, order: Fiscalise) -> Event:
        """Read back what became of the document. Raises NotSent, Refused, Unanswered when that is not answered.

        An X report has no id of ours and moves nothing: it counts as not made.
        """
        try:
            if order.opening is not None:
                shift = await self._client.shift(order.fiscal_doc_id)
                return await self._follow_shift(shift, lambda now: outcomes.of_opening(order, now), self._in(ASK_S))
            if order.report is not None:
                return await self._ask_report(order, order.report)
            answer = await self._client.receipt(order.fiscal_doc_id)
            return await self._follow_receipt(order, answer, settled=True, until=self._in(ASK_S))
        except Rejected as no:
            if no.judgement.verdict == "unknown":
                return FiscalisationUnknown(order.document_id)
            raise

    async def sign_out(self, _: SignOut) -> None:
        """End the cashier's session, whoever it was: one cashier a till. The next order begins another."""
        await self._client.sign_out()

    async def close(self) -> None:
        await self._client.close()

    # --- besides the sale -----------------------------------------------------------------------------------------

    async def search(self, wanted: Search) -> list[Receipt]:
        """Receipts of the organisation. Raises NotSent, Refused, Unanswered, as all of these do."""
        return await self._client.search(wanted)

    async def periodical_report(self, from_date: str, to_date: str, width: int = 42) -> str:
        return await self._client.periodical_report(from_date, to_date, width)

    async def validate(self, order: Fiscalise) -> None:
        """Would Checkbox take this sale or return? Makes nothing; profile `current` alone. Raises Refused when not."""
        if order.receipt is None:
            raise Unfit("Only a sale or a return can be tried out")
        beside = await self._with_original(order)
        await self._client.validate(mapping.sell(order.fiscal_doc_id, order.receipt, self._forms, beside))

    async def receipt_text(self, fiscal_id: str) -> str:
        """Checkbox's own picture of a receipt as text: what is printed when our own layout cannot be."""
        return await self._client.receipt_text(fiscal_id)

    async def receipt_png(self, fiscal_id: str) -> bytes:
        return await self._client.receipt_png(fiscal_id)

    # --- shifts and reports ---------------------------------------------------------------------------------------

    @property
    def _register(self) -> str:
        return "" if self._info is None else self._info.fiscal_number

    async def _look_at_register(self) -> None:
        info = await self._client.info()
        check_register(info, live=self._live)
        check_taxes(await self._client.taxes(), self._forms)
        self._info = info

    async def _open(self, order: Fiscalise) -> Event:
        until = self._in(SHIFT_S)
        shift = await not_sent_yet(self._client.current_shift())
        if shift is not None and shift.id != order.fiscal_doc_id:
            adopted = self._watch.adopt(shift, order, self._register)
            return FiscalisationRefused(order.document_id, outcomes.found_open(shift, adopted=adopted))
        if shift is None:
            # asked only now: while a shift is open the vendor says that none can be opened
            signature = await not_sent_yet(self._client.check_signature())
            if not signature.online or not signature.shift_open_possibility:
                return FiscalisationRefused(order.document_id, outcomes.UNSIGNED)
            key = order.fiscal_doc_id
            made = await send_or_read(partial(self._client.open_shift, key), partial(self._client.shift, key))
            shift = made[0]
        self._watch.opened(order)
        return await self._follow_shift(shift, lambda now: outcomes.of_opening(order, now), until)

    async def _x(self, order: Fiscalise) -> Event:
        report = await self._client.x_report()
        return outcomes.fiscalised(order, report_stamp(report, self._register))

    async def _z(self, order: Fiscalise, report: Report) -> Event:
        until = self._in(SHIFT_S)
        shift = await not_sent_yet(self._shift_of(report))
        if shift is None:
            await self._watch.look_for_closed(self._register)
            return FiscalisationRefused(order.document_id, "no shift is open at Checkbox; nothing was sent")
        if shift.status in ("CREATED", "OPENING"):
            return FiscalisationRefused(
                order.document_id, "the shift is still being opened at Checkbox: close it a little later"
            )
        if shift.status == "OPENED":
            shift = await self._send_close(shift.id, until)
        return await self._follow_shift(shift, lambda now: outcomes.of_closing(order, now), until)

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

    async def _shift_of(self, report: Report) -> Shift | None:
        """The shift that a Z report is to close: ours, or one that was found open."""
        try:
            return await self._client.shift(fiscal_doc_id(report.shift_id, 1))
        except Rejected as no:
            if no.judgement.verdict != "unknown":
                raise
        return await self._client.current_shift()

    async def _ask_report(self, order: Fiscalise, report: Report) -> Event:
        if report.kind == "x_report":
            return FiscalisationUnknown(order.document_id)
        shift = await self._shift_of(report)
        if shift is None or (shift.status == "OPENED" and not outcomes.failed(shift)):
            return FiscalisationUnknown(order.document_id)
        return await self._follow_shift(shift, lambda now: outcomes.of_closing(order, now), self._in(ASK_S))

    async def _follow_shift(self, shift: Shift, outcome: Callable[[Shift], Event | None], until: float) -> Event:
        return outcome(shift) or await self._patience.poll(lambda: self._client.shift(shift.id), outcome, until)

    async def _sell(self, order: Fiscalise) -> Event:
        """A sale, a return, or cash in or out."""
        key = order.fiscal_doc_id
        if order.receipt is not None:
            # refused here, before a question is asked, if it cannot be said in Checkbox's words
            mapping.sell(key, order.receipt, self._forms, self._beside(order))
            beside = await not_sent_yet(self._with_original(order))
            send = partial(self._client.sell, mapping.sell(key, order.receipt, self._forms, beside))
        elif order.move is not None:
            send = partial(self._client.service, mapping.service(key, order.move, self._forms))
        else:
            raise Unfit("There is neither a receipt nor a cash movement to register")
        await self._pace.wait()
        until = self._in(RECEIPT_S)
        try:
            answer, known = await send_or_read(send, partial(self._client.receipt, key))
        finally:
            self._pace.left()
        return await self._follow_receipt(order, answer, settled=known or order.move is not None, until=until)

    async def _with_original(self, order: Fiscalise) -> Beside:
        """With Checkbox's id of the sale that goods come back from, if Checkbox knows that sale."""
        beside = self._beside(order)
        original = None if order.receipt is None else order.receipt.original
        if beside.related_receipt_id or original is None:
            return beside
        for key in outcomes.keys_of(original):
            try:
                found = await self._client.receipt(key)
            except Rejected as no:
                if no.judgement.verdict != "unknown":
                    raise
            else:
                if found.status == "DONE":
                    return replace(beside, related_receipt_id=found.id)
        return beside

    async def _follow_receipt(self, order: Fiscalise, answer: Receipt, *, settled: bool, until: float) -> Event:
        def outcome(now: Receipt) -> Event | None:
            return outcomes.of_receipt(order, now, self._forms, settled=True)

        first = outcomes.of_receipt(order, answer, self._forms, settled=settled)
        return first or await self._patience.poll(lambda: self._client.receipt(order.fiscal_doc_id), outcome, until)

    def _in(self, seconds: float) -> float:
        return self._clock.monotonic() + seconds
