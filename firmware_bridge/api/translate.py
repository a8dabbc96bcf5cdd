"""On a sale's way: a validated request becomes the values of the rules, every sum computed once.

What cannot be known from the request alone (the original of a return, how much cash there is) is the rules'
business; what can be wrong here ends as a problem 422 with the field's place, and nothing has happened.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import takewhile
from typing import TypeVar

from drivers.printers.labels import UnknownLanguage, labels
from firmware_bridge import fiscalisers
from firmware_bridge.api.day_schema import CountBody, ShiftBody
from firmware_bridge.api.problems import Problem, ProblemError
from firmware_bridge.api.requests import Asked
from firmware_bridge.api.schema import (
    AdjustmentBody,
    CardBody,
    CashBody,
    DocumentBody,
    LineBody,
    MarkingBody,
    OriginalBody,
    PaymentBody,
    ReturnBody,
    ReturnLineBody,
    SaleBody,
)
from firmware_bridge.composer import columns_of
from firmware_bridge.config import Config
from firmware_bridge.validation import Fault
from statemachines.arithmetic import BadSale, ComputedSale, compute
from statemachines.returns import compute_return
from statemachines.vocabulary.commands import MoveCash, OpenShift, ReturnedBefore, Sell, StartCount
from statemachines.vocabulary.receipt import (
    CASH_DIRECTIONS,
    AdjustmentRequest,
    Card,
    CashMove,
    Customer,
    LineRequest,
    Marking,
    Original,
    OriginalLine,
    Payment,
    Person,
    Receipt,
    TaxGroup,
)

Sold = tuple[Receipt, tuple[ReturnedBefore, ...]]
"""A sale of this till with what was taken back of it before, oldest first."""
_D = TypeVar("_D", bound=DocumentBody)


class Translator:
    """Knows what the till's configuration adds to a request: currency, language, taxes, rounding, drawers.

    `columns` of the paper; `prints`: there is a device for paper at all.
    """

    def __init__(self, config: Config) -> None:
        self._currency = config.till.currency
        self._language = config.till.language
        self._groups = config.tax_groups()
        self._rounding = config.rounding_mode
        self._drawers = tuple(config.drawers)
        self._blind_counts = config.rules.blind_counts
        self.columns = columns_of(config)
        self.prints = config.printer is not None or fiscalisers.traits(config).prints

    @property
    def groups(self) -> dict[str, TaxGroup]:
        """The till's tax groups by our key."""
        return self._groups

    def language(self, asked: str) -> str:
        """The language of the paper. Raises ProblemError 422 when no paper can be made in the one asked for."""
        language = asked or self._language
        try:
            labels(language)
        except UnknownLanguage as error:
            raise invalid("language", str(error)) from error
        return language

    def sell(self, asked: Asked[SaleBody]) -> Sell:
        """Return the command for a sale. Raises ProblemError 422."""
        body = asked.body
        try:
            sums = compute(
                [_line(line) for line in body.lines],
                _adjustments(body.adjustments),
                [_payment(payment) for payment in body.payments],
                self._groups,
                self._rounding,
                "sale",
            )
        except BadSale as error:
            raise invalid(error.field, error.text) from error
        receipt = self._receipt(asked, sums)
        return self._command(asked, replace(receipt, exchange_of=body.exchange_of))

    def take_back(self, asked: Asked[ReturnBody], sold: Sold | None) -> Sell:
        """Return the command for a return; `sold` is its original where the short form needs it.

        Raises ProblemError 422.
        """
        body = asked.body
        payments = [_payment(payment) for payment in body.payments]
        try:
            if short_form(body):
                sums = self._from_original(asked, payments, sold)
            else:
                lines, adjustments = [_return_line(line) for line in body.lines], _adjustments(body.adjustments)
                sums = compute(lines, adjustments, payments, self._groups, self._rounding, "return")
        except BadSale as error:
            raise invalid(error.field, error.text) from error
        receipt = replace(
            self._receipt(asked, sums),
            kind="return",
            original=None if body.original is None else _original(body.original),
            return_reason=body.reason,
            approved_by=asked.approved_by,
        )
        return self._command(asked, receipt)

    def _from_original(self, asked: Asked[ReturnBody], payments: list[Payment], sold: Sold | None) -> ComputedSale:
        if sold is None:
            text = "No such sale is in this till's journal: give whole lines with its fiscal number and date instead"
            raise invalid("original.id", text)
        wanted: dict[int, int] = {}
        for at, line in enumerate(asked.body.lines):
            number = line.line or 0
            if number in wanted:
                raise invalid(f"lines[{at}].line", f"Line {number} stands here twice: add the quantities up")
            wanted[number] = line.quantity
        original, returned = sold
        # asked again, a return is computed as it was the first time: without itself and what came after it
        before = tuple(takewhile(lambda one: one.return_id != asked.command_id, returned))
        return compute_return(original, wanted, before, payments, self._rounding)

    def _receipt(self, asked: Asked[_D], sums: ComputedSale) -> Receipt:
        body = asked.body
        return Receipt(
            document_id=asked.command_id,
            kind="sale",
            number="",
            currency=self._currency,
            language=self.language(body.language),
            operator=operator_of(asked.person, body.cashier),
            drawer_id=self._drawer(body.drawer),
            lines=sums.lines,
            adjustments=sums.adjustments,
            payments=sums.payments,
            totals=sums.totals,
            order_id=body.order_id,
            header=body.header,
            footer=body.footer,
            barcode=body.barcode,
            department=body.department,
            context=tuple(sorted(body.context.items())),
        )

    def _command(self, asked: Asked[_D], receipt: Receipt) -> Sell:
        told = asked.body.customer
        customer = None if told is None else Customer(told.email, told.phone, told.tax_number)
        return Sell(asked.command_id, asked.person, receipt, customer)

    def open_shift(self, asked: Asked[ShiftBody]) -> OpenShift:
        """Return the command that opens a shift; the cashier named in it signs it in."""
        body = asked.body
        return OpenShift(
            asked.command_id,
            asked.person,
            body.float_amount,
            tuple(sorted(body.floats.items())),
            operator_of(asked.person, body.cashier) if body.cashier else None,
            self.language(body.language),
        )

    def start_count(self, asked: Asked[CountBody]) -> StartCount:
        """Return the command that begins a count. Raises ProblemError 422, or 403 when a cashier wants to see."""
        body = asked.body
        if body.blind is False and self._blind_counts and asked.approved_by is None:
            text = "This shop counts blind: a count that shows what is expected needs a manager: nothing happened"
            raise ProblemError(Problem("needs-manager", text, errors=(Fault("blind", "needs a manager here"),)))
        return StartCount(asked.command_id, asked.person, self._drawer(body.drawer), body.reason, body.blind)

    def move_cash(self, asked: Asked[CashBody]) -> MoveCash:
        """Return the command for a cash move; its direction follows from its type. Raises ProblemError 422."""
        body = asked.body
        move = CashMove(
            document_id=asked.command_id,
            type=body.type,
            direction=CASH_DIRECTIONS[body.type],
            amount=body.amount,
            currency=self._currency,
            language=self.language(body.language),
            reason=body.reason,
            operator=operator_of(asked.person, body.cashier),
            drawer_id=self._drawer(body.drawer),
            counterpart=body.counterpart,
        )
        return MoveCash(asked.command_id, asked.person, move)

    def _drawer(self, asked: str) -> str:
        """Return the drawer meant: the one named, else the only one there is; "" on a till without drawers."""
        known = ", ".join(self._drawers) or "none"
        if asked:
            if asked not in self._drawers:
                raise invalid("drawer", f"There is no drawer {asked!r} on this till; there are: {known}")
            return asked
        if len(self._drawers) > 1:
            raise invalid("drawer", f"must be named, because this till has several: {known}")
        return self._drawers[0] if self._drawers else ""


def invalid(field: str, text: str) -> ProblemError:
    """The problem 422 with one fault at `field`."""
    fault = Fault(field, text)
    detail = f"{fault.sentence().rstrip('.')}: nothing happened, correct it and send it again"
    return ProblemError(Problem("invalid", detail, errors=(fault,)))


def short_form(body: ReturnBody) -> bool:
    """Are the lines of this return to be taken from its original?"""
    return any(line.short for line in body.lines)


def operator_of(person: Person, told: str) -> Person:
    """Who stands at the till: the cashier named in the request, else the client itself."""
    return Person(told or person.id, person.name, "cashier" if told else person.role)


def _return_line(body: ReturnLineBody) -> LineRequest:
    return replace(_line(body), original_line=body.line or 0)


def _line(body: LineBody | ReturnLineBody) -> LineRequest:
    return LineRequest(
        code=body.code or "",
        name=body.name or "",
        price=body.price or 0,
        quantity=body.quantity,
        tax_group=body.tax_group or "",
        adjustments=_adjustments(body.adjustments),
        barcode=body.barcode,
        uktzed=body.uktzed,
        excise_stamps=body.excise_stamps,
        markings=tuple(_marking(marking) for marking in body.markings),
        section_code=body.section.code if body.section else "",
        section_name=body.section.name if body.section else "",
        payment_object=body.payment_object,
        header=body.header,
        footer=body.footer,
    )


def _marking(body: MarkingBody) -> Marking:
    if body.si:
        return Marking("si", body.si)
    return Marking("ukz", body.ukz) if body.ukz else Marking("datamatrix", body.datamatrix)


def _adjustments(bodies: Iterable[AdjustmentBody]) -> tuple[AdjustmentRequest, ...]:
    return tuple(AdjustmentRequest(body.kind, body.mode, body.value, body.name) for body in bodies)


def _payment(body: PaymentBody) -> Payment:
    return Payment(
        type=body.type,
        amount=body.amount,
        given=body.given,
        collected=body.collected,
        label=body.label,
        card=_card(body.card) if body.card else None,
        slip=body.slip,  # without card numbers since before its digest was made (document_schema.tidy_payments)
    )


def _card(body: CardBody) -> Card:
    return Card(
        mask=body.mask,
        rrn=body.rrn,
        auth_code=body.auth_code,
        terminal=body.terminal,
        bank=body.bank,
        system=body.system,
        acquirer=body.acquirer,
        receipt_no=body.receipt_no,
        commission=body.commission,
    )


def _original(body: OriginalBody) -> Original:
    return Original(
        id=body.id,
        fiscal_number=body.fiscal_number,
        date=body.date,
        register=body.register,
        lines=tuple(OriginalLine(line.code, line.quantity, line.sum) for line in body.lines),
        total=body.total,
    )
