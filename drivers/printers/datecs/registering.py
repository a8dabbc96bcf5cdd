"""On a sale's way: a planned receipt through a Datecs device, from its first line to its closing, or back out of it.

There is one point of no return: the first payment. Before it the device's own sum must be ours, and whatever it
refuses leads to a cancelled receipt and a refusal. After it there is no way back (3Ch is refused): what is left is
paid, in cash where the device refuses the means that was meant, and the receipt is closed; a return is the shop's.
Source: manuals P v1.00BG and X v2.02, commands 30h to 3Ch; X 37h (55) option 13.
"""

from __future__ import annotations

import logging
from typing import Final

from drivers.errors import DeviceError, Refused
from drivers.printers.datecs.commands_tabs import TabLanguage
from drivers.printers.datecs.commands_text import money
from drivers.printers.datecs.commands_values import Command, Issued, Paid, ReceiptState
from drivers.printers.datecs.receipts import Plan, PlannedItem, PlannedPayment
from drivers.printers.datecs.speech import Said, Speech

log = logging.getLogger(__name__)

#: The card terminal said no, and nothing was charged.
_DECLINED: Final = frozenset({-111026, -111028, -111518})
#: The card terminal is not there: nothing was charged.
_NO_TERMINAL: Final = frozenset({-111550, -111557, -111086})
#: It took the money, the register has not finished its part.
_CHARGED: Final = frozenset({-111027, -111556})
#: Nobody knows, and the manual says how the register finishes its part when it was taken: 37h option 13.
_FINISH: Final = -111560


class Undone(DeviceError):
    """The receipt was begun and is cancelled: nothing of it counts.

    `final`: the same would happen again. `declined`: the card was refused. `charged`: the card was charged all the
    same. `unknown_charge`: nobody knows whether it was.
    """

    def __init__(
        self,
        text: str,
        *,
        final: bool = False,
        declined: bool = False,
        charged: bool = False,
        unknown_charge: bool = False,
        port: str,
        role: str,
    ) -> None:
        super().__init__(text, port=port, role=role)
        self.final = final
        self.declined = declined
        self.charged = charged
        self.unknown_charge = unknown_charge


class Stuck(DeviceError):
    """The receipt is open and this device does not let it be cancelled: a person has to see to it there."""


class Registering:
    """The verbs of one receipt. All raise NotSent, Unanswered, Waiting and Stopped as they come."""

    def __init__(self, speech: Speech) -> None:
        self._speech = speech
        self._language = speech.language

    def open(self, command: Command) -> None:
        """30h or what opens a return, on a device where nothing was open. Raises Said: then nothing was begun."""
        try:
            self._speech.order(command)
        except Said:
            if self._speech.status is None or not self._speech.status.fiscal_open:
                raise
            # opened by the first of two frames: the device had lost its power and taken the second for another order
            self._speech.acted = True

    def carry_on(self, plan: Plan, done: int) -> tuple[Issued, Paid]:
        """Everything after the first `done` lines, to the closed receipt. Raises Undone, Stuck."""
        try:
            self._sell(plan, done)
            self._agree(plan)
        except Refused as error:
            raise self._back_out(error.text, final=isinstance(error, Disagreement) and error.whole) from error
        return self.pay(plan, plan.payments, plan.total, begun=False)

    def pay(self, plan: Plan, payments: tuple[PlannedPayment, ...], due: int, *, begun: bool) -> tuple[Issued, Paid]:
        """Pay what is `due` and close. `begun`: something is paid already. Raises Undone, Stuck."""
        last = Paid(due, change=0)
        for number, payment in enumerate(payments):
            if last.due == 0:
                break
            last = self._take(payment, begun=begun or number > 0)
        if last.due:
            last = self._speech.told(self._language.payment(plan.rest_code, last.due), self._language.paid)
        closing = self._language.close_sale() if plan.kind == "sale" else self._language.close_return()
        return self._speech.told(closing, self._language.issued), last

    def cancel(self) -> None:
        """Cancel the open receipt, before any payment. Raises Stuck."""
        for command in self._language.cancels():
            try:
                self._speech.insist(command)
            except Said as said:
                if said.rejection.name == "invalid_command":
                    continue
                if self._speech.status is not None and not self._speech.status.fiscal_open:
                    break  # cancelled by the first of two frames
                raise Stuck(f"the open receipt cannot be cancelled ({said.text})", **self._speech.where) from said
            break
        else:
            if self._speech.look().fiscal_open:
                raise Stuck("this device does not let an open receipt be cancelled by command", **self._speech.where)
        self._speech.acted = False

    # --- lines --------------------------------------------------------------------------------------------------

    def _sell(self, plan: Plan, done: int) -> None:
        if not done:
            self._print(plan.header)
        for planned in plan.items[done:]:
            self._sell_one(planned)
        self._print(plan.footer)

    def _sell_one(self, planned: PlannedItem) -> None:
        self._print(planned.before)
        self._speech.insist(self._language.sale(planned.item))
        self._print(planned.after)

    def _print(self, lines: tuple[str, ...]) -> None:
        """Free text is no reason to lose a sale: what the device does not print (a reserved word) is left out."""
        for line in lines:
            try:
                self._speech.insist(self._language.text(line))
            except Said as said:
                log.warning(
                    "%s; the line %r is left out",
                    said,
                    line,
                    extra={
                        "kind": "fiscal-told",
                        "device": self._speech.where["role"],
                        "port": self._speech.where["port"],
                    },
                )

    def _agree(self, plan: Plan) -> None:
        """The device's sum must be ours before the first payment. Raises Disagreement."""
        total = self._speech.told(self._language.subtotal(), self._language.sums).total
        if total != plan.total:
            theirs, ours = (money(amount, self._language.decimals) for amount in (total, plan.total))
            whole = self._state().items == len(plan.items)
            raise Disagreement(f"its sum is {theirs}, the till's {ours}", whole=whole)

    def _back_out(self, reason: str, **marks: bool) -> Undone:
        """Cancel what was begun; the error to raise."""
        self.cancel()
        return Undone(f"{reason}; the receipt was cancelled", **self._speech.where, **marks)  # type: ignore[arg-type]  # the two texts are in `where`

    # --- payments -----------------------------------------------------------------------------------------------

    def _take(self, payment: PlannedPayment, *, begun: bool) -> Paid:
        command = self._language.payment(payment.code, payment.given)
        try:
            # what a card terminal has begun is never begun again, whatever was in the way
            return self._speech.told(command, self._language.paid, patient=not payment.by_device)
        except Said as said:
            if said.rejection.action == "card":
                return self._after_card(said)
            if not begun and not self._state().paid:
                raise self._back_out(said.text) from said
            log.warning(
                "%s; what is left of the receipt is paid in cash, because nothing else ends it",
                said,
                extra={"kind": "fiscal-told", "device": self._speech.where["role"], "port": self._speech.where["port"]},
            )
            return Paid(self._due(), change=0)

    def _after_card(self, said: Said) -> Paid:
        """The card terminal did not simply say yes. The card is never charged again. Raises Undone."""
        code = said.rejection.code
        if code == _FINISH and isinstance(self._language, TabLanguage):
            self._speech.order(self._language.finish_terminal())
            return Paid(self._due(), change=0)
        known = code in _DECLINED | _NO_TERMINAL | _CHARGED
        raise self._back_out(
            said.text,
            declined=code in _DECLINED,
            charged=code in _CHARGED,
            unknown_charge=not known,
        ) from said

    def _due(self) -> int:
        state = self._state()
        return max(0, state.amount - state.paid)

    def _state(self) -> ReceiptState:
        return self._speech.read(self._language.receipt_state(), self._language.open_receipt)


class Disagreement(Refused):
    """The device's sum of the receipt is not the till's. `whole`: it has exactly our lines, so it always will be."""

    def __init__(self, text: str, *, whole: bool) -> None:
        super().__init__(text)
        self.whole = whole
