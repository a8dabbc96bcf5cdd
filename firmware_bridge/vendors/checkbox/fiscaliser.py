"""Checkbox as the till's fiscaliser on a sale's way: shifts, receipts, cash in and out, X and Z, all under our own ids.

A document is sent once and then read until the tax service has decided: DONE or ERROR, OPENED or CLOSED. What is not
decided in time is doubt, and `ask` reads it back by our id; it is never sent again under another. Source: the vendor's
API page of 2022, sections shifts, receipts/sell, receipts/service, reports, shifts/close.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from drivers.errors import NotSent
from firmware_bridge.clock import TillClock
from firmware_bridge.vendors.base import Findings
from firmware_bridge.vendors.checkbox import mapping, outcomes
from firmware_bridge.vendors.checkbox.client import CheckboxClient
from firmware_bridge.vendors.checkbox.drain import Drain
from firmware_bridge.vendors.checkbox.errors import Rejected
from firmware_bridge.vendors.checkbox.forms import NOTHING_BESIDE, Beside, Forms, Unfit
from firmware_bridge.vendors.checkbox.found import ShiftWatch
from firmware_bridge.vendors.checkbox.messages import Info, Receipt
from firmware_bridge.vendors.checkbox.offline import CheckboxOffline, put_off
from firmware_bridge.vendors.checkbox.offline_calls import OfflineCalls
from firmware_bridge.vendors.checkbox.originals import with_original
from firmware_bridge.vendors.checkbox.patience import not_sent_yet, send_or_read
from firmware_bridge.vendors.checkbox.queries import Search
from firmware_bridge.vendors.checkbox.rate import Pace, Sleep
from firmware_bridge.vendors.checkbox.register_check import check_register, check_taxes
from firmware_bridge.vendors.checkbox.shift_desk import ASK_S, ShiftDesk
from statemachines.vocabulary.effects import (
    DeliverOffline,
    Fiscalise,
    GoOffline,
    GoOnline,
    RefillCodes,
    SignOut,
)
from statemachines.vocabulary.events import (
    Event,
    FiscalisationRefused,
    FiscalisationUnknown,
    ReceiptFiscalised,
)
from statemachines.vocabulary.offline_events import FiscaliserUnreachable
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
PATIENCE_S: Final = 3.0
RECONNECT_S: Final = 0.5
RECEIPTS_PER_S: Final = 2
MAINTENANCE: Final = 503  # Checkbox's own words for it; any other 503 is doubt before it comes here


class CheckboxFiscaliser:
    """One register. `beside`: what belongs to a request and not to the frozen receipt (the customer's address).

    `live`: permits a register that is no test register. `sleep` waits for seconds. `patience_s`: for so long a line
    that fails before anything has left is tried again. `chain`: see Drain.
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
        traits: FiscaliserTraits = TRAITS,
        patience_s: float = PATIENCE_S,
        chain: bool = True,
    ) -> None:
        self._client = client
        self._forms = forms
        self._clock = clock
        self._sleep = sleep
        self._live = live
        self._traits = traits
        self._patience_s = patience_s
        self._beside = beside
        self._watch = ShiftWatch(client)
        self._info: Info | None = None
        self._pace = Pace(RECEIPTS_PER_S if forms.profile == "current" else 0, 1.0, clock.monotonic, sleep)
        self._desk = ShiftDesk(client, self._watch, clock, sleep)
        calls = OfflineCalls(client, forms.profile)
        self._offline = CheckboxOffline(client, calls, clock)
        self._drain = Drain(client, calls, self._offline, self._desk, forms, self._pace, beside, chain=chain)

    @property
    def traits(self) -> FiscaliserTraits:
        return self._traits

    @property
    def clock_offset_ms(self) -> int | None:
        """How far Checkbox's clock is ahead of the till's; None before the first answer."""
        return self._client.clock_offset_ms

    def server_now_ms(self) -> int | None:
        """Checkbox's clock (UTC ms), never behind it; a step of the till's wall clock does not move it. None before the
        first answer of this process."""
        return self._client.server_clock.latest_ms()

    def found(self) -> Findings:
        """Whether the shift is another than the till believes; told with the outcome of the order that found it."""
        return self._watch.take()

    async def connect(self) -> None:
        """Check the register and its taxes, and sign in. Raises NotSent, Refused, Unanswered."""
        await self._look_at_register()
        if not self._client.signed_in:
            await self._client.sign_in()

    async def fiscalise(self, order: Fiscalise) -> Event:
        """Make the document. FiscaliserUnreachable: nothing of it has left the till, or Checkbox is being maintained.

        Raises Refused, Unanswered.
        """
        try:
            return self._dated(order, await self._patiently(order))
        except Rejected as no:
            if no.judgement.verdict == "shift_not_open":
                await self._watch.look_for_closed(self._register)
            if no.judgement.status == MAINTENANCE:
                return FiscaliserUnreachable(order.document_id, no.text)
            return FiscalisationRefused(order.document_id, no.text, final=no.judgement.final)
        except Unfit as error:
            return FiscalisationRefused(order.document_id, error.text, final=True)

    async def ask(self, order: Fiscalise) -> Event:
        """Read back what became of the document. Raises NotSent, Refused, Unanswered when that is not answered.

        An X report has no id of ours and moves nothing: it counts as not made.
        """
        try:
            if order.opening is not None:
                return self._dated(order, await self._desk.ask_opening(order))
            if order.report is not None:
                return self._dated(order, await self._desk.ask_report(order, order.report))
            answer = await self._client.receipt(order.fiscal_doc_id)
            return self._dated(order, await self._follow_receipt(order, answer, settled=True, until=self._in(ASK_S)))
        except Rejected as no:
            if no.judgement.verdict == "unknown":
                return FiscalisationUnknown(order.document_id)
            raise

    async def sign_out(self, _: SignOut) -> None:
        """End the cashier's session, whoever it was: one cashier a till. The next order begins another."""
        await self._client.sign_out()

    async def close(self) -> None:
        await self._client.close()

    # --- the offline time (OfflineRegister) -----------------------------------------------------------------------

    async def look(self) -> Event:
        return await self._offline.look()

    async def refill(self, step: RefillCodes) -> Event:
        await self._permitted()
        return await self._offline.refill(step)

    async def go_offline(self, step: GoOffline) -> Event:
        await self._permitted()
        self._drain.begins()
        return await self._offline.go_offline(step)

    async def deliver(self, step: DeliverOffline) -> Event:
        await self._permitted()
        return await self._drain.deliver(step)

    async def go_online(self, step: GoOnline) -> Event:
        await self._permitted()
        return await self._offline.go_online(step)

    async def ping(self) -> Event:
        return await self._offline.ping()

    def _dated(self, order: Fiscalise, event: Event) -> Event:
        """Nothing of the offline time may be dated before what the tax service got on line: a sale, a shift."""
        for_tax = order.move is None and (order.report is None or order.report.kind != "x_report")
        if isinstance(event, ReceiptFiscalised) and for_tax:
            self._offline.floor.seen(event.stamp.at, "a document that was made on line,")
        return event

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
        beside = await with_original(self._client, order, self._beside(order))
        await self._client.validate(mapping.sell(order.fiscal_doc_id, order.receipt, self._forms, beside))

    async def receipt_text(self, fiscal_id: str) -> str:
        """Checkbox's own picture of a receipt as text: what is printed when our own layout cannot be."""
        return await self._client.receipt_text(fiscal_id)

    async def receipt_png(self, fiscal_id: str) -> bytes:
        return await self._client.receipt_png(fiscal_id)

    # --- the sale -------------------------------------------------------------------------------------------------

    @property
    def _register(self) -> str:
        return "" if self._info is None else self._info.fiscal_number

    async def _look_at_register(self) -> None:
        info = await self._client.info()
        check_register(info, live=self._live)
        check_taxes(await self._client.taxes(), self._forms)
        self._info = info

    async def _permitted(self) -> None:
        """Is it the register that was meant? Asked once. Raises NotSent, Refused."""
        if self._info is None:
            await not_sent_yet(put_off(self._look_at_register()))

    async def _make(self, order: Fiscalise) -> Event:
        """Raises NotSent: nothing of the document has left. Raises Rejected, Unanswered."""
        await self._permitted()
        if order.opening is not None:
            return await self._desk.open(order, self._register)
        if order.report is None:
            return await self._sell(order)
        if order.report.kind == "x_report":
            return await self._desk.x(order, self._register)
        return await self._desk.z(order, order.report, self._register)

    async def _patiently(self, order: Fiscalise) -> Event:
        """A line that fails before anything has left is tried again for a while."""
        begun = self._clock.monotonic()
        while True:
            try:
                return await self._make(order)
            except NotSent as error:
                if self._clock.monotonic() - begun + RECONNECT_S > self._patience_s:
                    return FiscaliserUnreachable(order.document_id, error.text)
            await self._sleep(RECONNECT_S)

    async def _sell(self, order: Fiscalise) -> Event:
        """A sale, a return, or cash in or out."""
        key = order.fiscal_doc_id
        if order.receipt is not None:
            # refused here, before a question is asked, if it cannot be said in Checkbox's words
            mapping.sell(key, order.receipt, self._forms, self._beside(order))
            beside = await not_sent_yet(with_original(self._client, order, self._beside(order)))
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

    async def _follow_receipt(self, order: Fiscalise, answer: Receipt, *, settled: bool, until: float) -> Event:
        def outcome(now: Receipt) -> Event | None:
            return outcomes.of_receipt(order, now, self._forms, settled=True)

        first = outcomes.of_receipt(order, answer, self._forms, settled=settled)
        read = partial(self._client.receipt, order.fiscal_doc_id)
        return first or await self._desk.poll(read, outcome, until - self._clock.monotonic())

    def _in(self, seconds: float) -> float:
        return self._clock.monotonic() + seconds
