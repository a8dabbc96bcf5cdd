"""iKassa as the till's fiscaliser on a sale's way: shifts, receipts, cash in and out, X and Z, under our own ids.

Profile `sale`: the register makes the receipt, prints it and charges the card in one exchange, which may take minutes;
after a lost answer it is asked by our id, and what it does not know is sent again under the same id, but never a card.
Profile `sink`: the receipt is handed to its own cashier. Source: the vendor's books and its page on adding receipts.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from drivers.errors import DeviceError, NotSent, Refused, Unanswered
from firmware_bridge.clock import TillClock
from firmware_bridge.log_kinds import about
from firmware_bridge.vendors.base import Findings
from firmware_bridge.vendors.ikassa import mapping, orders, outcomes
from firmware_bridge.vendors.ikassa.client import IkassaClient, not_sent_yet
from firmware_bridge.vendors.ikassa.config import Operation
from firmware_bridge.vendors.ikassa.errors import ROLE, Rejected, Unclear
from firmware_bridge.vendors.ikassa.forms import Forms, Unfit
from firmware_bridge.vendors.ikassa.manner import Manner, traits
from firmware_bridge.vendors.ikassa.messages import Answer, StatusRequest
from firmware_bridge.vendors.ikassa.waiting import OnTheirWay
from statemachines.vocabulary.day_events import ShiftFoundClosed
from statemachines.vocabulary.effects import Fiscalise, SignOut
from statemachines.vocabulary.events import (
    Event,
    FiscalisationDoubtful,
    FiscalisationRefused,
    FiscalisationUnknown,
    HandedOver,
)
from statemachines.vocabulary.receipt import Customer, Person, Receipt
from statemachines.vocabulary.traits import FiscaliserTraits

log = logging.getLogger(__name__)
_SILENT: Final = ("unclear", "refused")
_SO_ALREADY: Final = {"open_shift": "shift_opened", "close_shift": "shift_ended"}
_STANDS_STILL: Final = ("operator", "sign_in_again")
_RENEWAL: Final[tuple[Operation, ...]] = ("close_shift", "open_shift")


class IkassaFiscaliser:
    """One register. `customer`: whom a document is for."""

    def __init__(
        self,
        client: IkassaClient,
        forms: Forms,
        clock: TillClock,
        manner: Manner | None = None,
        customer: Callable[[str], Customer | None] = lambda _: None,
    ) -> None:
        self._client = client
        self._forms = forms
        self._manner = manner or Manner()
        self._customer = customer
        self._way = OnTheirWay(clock.monotonic, self._manner.patience)
        self._again: set[str] = set()
        self._checked = not self._manner.register
        self._shift = ""
        self._found = Findings()

    @property
    def traits(self) -> FiscaliserTraits:
        return traits(self._manner.profile, collects_card=self._forms.collects_card)

    def found(self) -> Findings:
        """Whether the shift is another than the till believes; told with the outcome of the order that found it."""
        found, self._found = self._found, Findings()
        return found

    async def connect(self) -> None:
        """Sign in and see whose register it is. Raises NotSent, Refused, Unanswered."""
        await self._client.sign_in()
        try:
            await self._look_at_register()
        except Rejected as no:
            if self._manner.register or no.judgement.verdict not in _SILENT:
                raise
            log.debug("iKassa tells nothing of itself: %s", no.text, extra=about("vendor-told", vendor="ikassa"))

    async def fiscalise(self, order: Fiscalise) -> Event:
        """Make the document, or hand it over. Raises NotSent, Refused, Unanswered."""
        again = order.fiscal_doc_id in self._again
        try:
            event = await self._fiscalise(order)
        except Unfit as error:
            return FiscalisationRefused(order.document_id, error.text, final=True)
        except NotSent as error:
            if again:  # what became of it the time before is as open as it was
                raise Unanswered(error.text, port=error.port, role=ROLE) from error
            raise
        except Rejected as no:
            if again and not no.judgement.final:
                return outcomes.person(order, no.text, "look in iKassa's application whether it was made, and say so")
            self._again.discard(order.fiscal_doc_id)
            return await self._said_no(order, no)
        self._again.discard(order.fiscal_doc_id)
        return event

    async def ask(self, order: Fiscalise) -> Event:
        """What became of the document? Raises NotSent, Refused, Unanswered: not answered.

        What the till does not know did not happen, but for three: a shift's opening and closing, which it may not keep
        by our id, and a handed-over receipt, which it keeps by another: they are ordered again, and known then. An X
        report is harmless, and is not asked about.
        """
        name, receipt = order.fiscal_doc_id, order.receipt
        if order.report is not None and order.report.kind == "x_report":
            return FiscalisationUnknown(order.document_id)
        card = self._charges(order)
        at_work = self._way.asked(name, card=card)
        answer = await self._status(order)
        if answer is not None and (answer.is_succeed or not at_work):
            return self._settled(order, answer)
        if at_work:
            return FiscalisationDoubtful(order.document_id, "iKassa may still be at work on it; it is asked again")
        self._way.known(name)
        if card:
            why = "iKassa does not know the receipt, and its answer to the card payment was lost"
            return outcomes.person(order, why, outcomes.AT_THE_TERMINAL)
        if self._manner.profile == "sink" or (receipt is None and order.move is None):
            self._again.add(name)
        return FiscalisationUnknown(order.document_id)

    async def sign_out(self, _: SignOut) -> None:
        """The token is forgotten; the till knows no signing out."""
        self._client.forget_token()

    async def close(self) -> None:
        await self._client.close()

    # --- the register ---------------------------------------------------------------------------------------------

    async def _look_at_register(self) -> None:
        """Raises NotSent, Refused (another one than the configured answers), Unanswered."""
        answer = await self._client.call("info")
        number = "" if answer.register_number is None else str(answer.register_number)
        if self._manner.register and number != self._manner.register:
            raise Refused(
                f"register {number or 'without a number'} answers, and {self._manner.register} is configured "
                "(fiscaliser.ikassa.register); nothing was sent",
                role=ROLE,
            )
        self._checked = True

    # --- documents ------------------------------------------------------------------------------------------------

    async def _fiscalise(self, order: Fiscalise) -> Event:
        if not self._checked:
            await not_sent_yet(self._look_at_register())
        if self._manner.profile == "sink":
            return await self._hand_over(order)
        if order.receipt is not None:
            return await self._sell(order, order.receipt)
        return await self._make(order)

    async def _sell(self, order: Fiscalise, receipt: Receipt) -> Event:
        body: object
        if receipt.kind == "sale":
            operation: Operation = "sale"
            body = mapping.sale(order.fiscal_doc_id, receipt, self._forms, self._customer(order.document_id))
        else:
            operation, body = "refund", mapping.money_back(order.fiscal_doc_id, receipt, self._forms)
        answer = await self._in_a_young_shift(order, operation, body, receipt.operator)
        return outcomes.fiscalised(order, answer, self._manner.zone)

    async def _make(self, order: Fiscalise) -> Event:
        """Cash in or out, a shift's opening, X and Z."""
        if order.move is not None:
            operation: Operation = "deposit" if order.move.direction == "in" else "withdraw"
            answer = await self._in_a_young_shift(
                order, operation, mapping.cash(order.fiscal_doc_id, order.move), order.move.operator
            )
        elif order.opening is not None:
            self._shift = order.document_id
            answer = await self._send(order, "open_shift", mapping.shift(order.fiscal_doc_id, order.opening.cashier))
        elif order.report is not None and order.report.kind == "shift_report":
            answer = await self._send(order, "close_shift", mapping.shift(order.fiscal_doc_id, order.report.operator))
        elif order.report is not None:
            answer = await self._client.call("x_report", mapping.shift(order.fiscal_doc_id, order.report.operator))
        else:
            raise Unfit("There is nothing in this order that iKassa could register")
        return outcomes.fiscalised(order, answer, self._manner.zone)

    async def _hand_over(self, order: Fiscalise) -> Event:
        name, receipt = order.fiscal_doc_id, order.receipt
        if receipt is None:
            raise Unfit("A register that takes orders is told of nothing else")
        customer = self._customer(order.document_id)
        try:
            if self._forms.texts:
                body = orders.edited_cheques(name, receipt, self._forms, customer)
                answer = await self._send(order, "edit_cheques", body)
            else:
                answer = await self._send(order, "add_cheques", orders.cheques(name, receipt, self._forms, customer))
        except Rejected as no:
            if no.judgement.verdict != "duplicate" or name not in self._again:
                raise
            answer = no.answer  # our own try before has arrived
        number = "" if answer.register_number is None else f" {answer.register_number}"
        return HandedOver(order.document_id, f"{ROLE}{number}")

    async def _send(self, order: Fiscalise, operation: Operation, body: object) -> Answer:
        """One document, remembered as on its way until what became of it is certain.

        A shift that is to be opened or closed may be so already: then that is the answer.
        """
        name, card = order.fiscal_doc_id, self._charges(order)
        self._way.left(name, card=card)
        try:
            answer = await self._call(operation, body, patient=card)
        except (NotSent, Refused):
            self._way.known(name)
            raise
        except (Unanswered, asyncio.CancelledError):
            self._way.lost(name)
            raise
        self._way.known(name)
        return answer

    def _charges(self, order: Fiscalise) -> bool:
        """Is the till to charge a card? A receipt that is handed over bears no payments."""
        return self._manner.profile == "sale" and mapping.by_device(order.receipt)

    async def _in_a_young_shift(self, order: Fiscalise, operation: Operation, body: object, person: Person) -> Answer:
        """A shift of more than 24 hours is closed and opened; what it refused is sent again under its id."""
        try:
            return await self._send(order, operation, body)
        except Rejected as no:
            if no.judgement.verdict != "shift_too_old":
                raise
        log.warning(
            "the shift at iKassa is older than 24 hours: it is closed, and another one opened",
            extra=about("vendor-told", vendor="ikassa"),
        )
        try:
            for step in _RENEWAL:
                await not_sent_yet(self._call(step, mapping.shift(f"{order.fiscal_doc_id}-{step}", person)))
        except Rejected as no:
            text = f"the shift is older than 24 hours, and another one could not be begun: {no.text}; nothing was made"
            raise Refused(text, role=ROLE) from no
        return await self._send(order, operation, body)

    async def _call(self, operation: Operation, body: object, *, patient: bool = False) -> Answer:
        try:
            return await self._client.call(operation, body, patient=patient)
        except Rejected as no:
            if no.judgement.verdict != _SO_ALREADY.get(operation):
                raise
            return no.answer

    # --- what became of it ----------------------------------------------------------------------------------------

    async def _status(self, order: Fiscalise) -> Answer | None:
        """None when the till does not know the document. Raises NotSent, Refused, Unanswered: not answered."""
        try:
            answer = await self._client.call("status", StatusRequest(order.fiscal_doc_id))
        except Rejected as no:
            # a till that takes orders keeps them by another id: any answer says that it can be asked again
            orders_only = self._manner.profile == "sink" and no.judgement.verdict not in _STANDS_STILL
            if orders_only or no.judgement.code in self._manner.unknown:
                return None
            raise
        if answer.operation_id != order.fiscal_doc_id or answer.is_succeed is None:
            raise Unclear("iKassa's answer does not tell what became of the document")
        return answer

    def _settled(self, order: Fiscalise, answer: Answer) -> Event:
        """Of what the till has under our id."""
        self._way.known(order.fiscal_doc_id)
        if not answer.is_succeed:
            return outcomes.failed(order, answer)
        another = outcomes.another(order, answer)
        if another:
            return outcomes.person(order, another, "compare both in iKassa's application, and say what is so")
        return outcomes.found(order, answer, self._manner.zone)

    async def _said_no(self, order: Fiscalise, no: Rejected) -> Event:
        """A refusal that says why is one. One that does not is looked into, if money is at stake."""
        verdict, money = no.judgement.verdict, order.receipt is not None or order.move is not None
        if verdict == "unfinished" and order.receipt is not None:
            return outcomes.person(order, no.judgement.told, "then say whether this receipt was made")
        if verdict == "shift_closed" and money:
            self._found = Findings(before=(ShiftFoundClosed(self._shift or "unknown", "somebody at iKassa"),))
        if verdict == "unclear" and money and self._manner.profile == "sale":
            return await self._looked_into(order, no)
        return outcomes.refused(order, no, self._manner.declined)

    async def _looked_into(self, order: Fiscalise, no: Rejected) -> Event:
        try:
            answer = await self._status(order)
        except DeviceError as error:
            self._way.lost(order.fiscal_doc_id)
            return FiscalisationDoubtful(
                order.document_id, f"{no.judgement.told}; and it cannot be asked: {error.text}"
            )
        if answer is not None and answer.is_succeed:
            return self._settled(order, answer)
        return outcomes.refused(order, no, self._manner.declined)
