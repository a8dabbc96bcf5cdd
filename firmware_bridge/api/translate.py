"""On a sale's way: a validated request becomes the values of the rules, every sum computed once.

What cannot be known from the request alone (the original of a return, how much cash there is) is the rules'
business; what can be wrong here ends as a problem 422 with the field's place, and nothing has happened.
"""

from __future__ import annotations

from collections.abc import Iterable

from firmware_bridge.api.problems import Problem, ProblemError
from firmware_bridge.api.requests import Asked
from firmware_bridge.api.schema import (
    CASH_IN,
    AdjustmentBody,
    CardBody,
    CashBody,
    LineBody,
    MarkingBody,
    OriginalBody,
    PaymentBody,
    ReturnBody,
    SaleBody,
)
from firmware_bridge.config import Config
from firmware_bridge.logs import mask_cards
from firmware_bridge.validation import Fault
from statemachines.arithmetic import BadSale, compute
from statemachines.vocabulary.commands import MoveCash, Sell
from statemachines.vocabulary.receipt import (
    AdjustmentRequest,
    Card,
    CashMove,
    Customer,
    LineRequest,
    Marking,
    Original,
    Payment,
    Person,
    Receipt,
)


class Translator:
    """Knows what the till's configuration adds to a request: currency, language, taxes, rounding, drawers."""

    def __init__(self, config: Config) -> None:
        self._currency = config.till.currency
        self._language = config.till.language
        self._groups = config.tax_groups()
        self._rounding = config.rounding_mode
        self._drawers = tuple(config.drawers)

    def language(self, asked: str) -> str:
        return asked or self._language

    def sell(self, asked: Asked[SaleBody]) -> Sell:
        """Return the command for a sale, or for a return when there is an original. Raises ProblemError 422."""
        body = asked.body
        original = _original(body.original) if isinstance(body, ReturnBody) else None
        try:
            sums = compute(
                [_line(line) for line in body.lines],
                _adjustments(body.adjustments),
                [_payment(payment) for payment in body.payments],
                self._groups,
                self._rounding,
                "sale" if original is None else "return",
            )
        except BadSale as error:
            raise _invalid(error.field, error.text) from error
        receipt = Receipt(
            document_id=asked.command_id,
            kind="sale" if original is None else "return",
            number="",
            currency=self._currency,
            language=self.language(body.language),
            operator=_cashier(asked.person, body.cashier),
            drawer_id=self._drawer(body.drawer),
            lines=sums.lines,
            adjustments=sums.adjustments,
            payments=sums.payments,
            totals=sums.totals,
            order_id=body.order_id,
            original=original,
            header=body.header,
            footer=body.footer,
            barcode=body.barcode,
            department=body.department,
            context=tuple(sorted(body.context.items())),
        )
        told = body.customer
        customer = None if told is None else Customer(told.email, told.phone, told.tax_number)
        return Sell(asked.command_id, asked.person, receipt, customer)

    def move_cash(self, asked: Asked[CashBody]) -> MoveCash:
        """Return the command for a cash move; its direction follows from its type. Raises ProblemError 422."""
        body = asked.body
        move = CashMove(
            document_id=asked.command_id,
            type=body.type,
            direction="in" if body.type in CASH_IN else "out",
            amount=body.amount,
            currency=self._currency,
            language=self.language(body.language),
            reason=body.reason,
            operator=_cashier(asked.person, body.cashier),
            drawer_id=self._drawer(body.drawer),
        )
        return MoveCash(asked.command_id, asked.person, move)

    def _drawer(self, asked: str) -> str:
        """Return the drawer meant: the one named, else the only one there is; "" on a till without drawers."""
        known = ", ".join(self._drawers) or "none"
        if asked:
            if asked not in self._drawers:
                raise _invalid("drawer", f"There is no drawer {asked!r} on this till; there are: {known}")
            return asked
        if len(self._drawers) > 1:
            raise _invalid("drawer", f"must be named, because this till has several: {known}")
        return self._drawers[0] if self._drawers else ""


def _invalid(field: str, text: str) -> ProblemError:
    fault = Fault(field, text)
    detail = f"{fault.sentence().rstrip('.')}: nothing happened, correct it and send it again"
    return ProblemError(Problem("invalid", detail, errors=(fault,)))


def _cashier(person: Person, told: str) -> Person:
    return Person(told or person.id, person.name, "cashier" if told else person.role)


def _line(body: LineBody) -> LineRequest:
    return LineRequest(
        code=body.code,
        name=body.name,
        price=body.price,
        quantity=body.quantity,
        tax_group=body.tax_group,
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
        # a terminal's slip is text of its own making: a full card number in it is never stored, nor printed
        slip=tuple(mask_cards(line) for line in body.slip),
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
    return Original(id=body.id, fiscal_number=body.fiscal_number, date=body.date)
