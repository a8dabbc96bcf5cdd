"""In the vendor's place on a sale's way: what each operation does with its body, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from firmware_bridge.vendors.ikassa.sandbox import answers, cheques, selling
from firmware_bridge.vendors.ikassa.sandbox.errors import Refused
from firmware_bridge.vendors.ikassa.sandbox.fields import Body, check_extra_lines
from firmware_bridge.vendors.ikassa.sandbox.ledger import Document, Kind
from firmware_bridge.vendors.ikassa.sandbox.register import DECLINED, Call, Made, Register
from firmware_bridge.vendors.ikassa.sandbox.selling import NO_CASH, Wanted
from firmware_bridge.vendors.sandbox.wire import Json


@dataclass(frozen=True, slots=True)
class Said:
    """The words of a success, its own fields, and how the answer comes; `refused`: told when its time has come."""

    detail: str
    more: Json
    delay_s: float = 0.0
    lost: bool = False
    refused: Refused | None = None


def _cheques(register: Register, _: Call, given: Any) -> Said:
    cheques.add(given, register.ledger, atomic=register.options.cheques_atomic)
    return Said(cheques.ADDED, {})


def _edited(register: Register, _: Call, given: Any) -> Said:
    cheques.add_or_edit(given, register.ledger, atomic=register.options.cheques_atomic)
    return Said(cheques.ADDED, {})


def _sale(register: Register, call: Call, given: Any) -> Said:
    return _paid(register, call, "Sale", "Успешная оплата", lambda: selling.sale(Body(given)))


def _money_back(register: Register, call: Call, given: Any) -> Said:
    needs = register.options.refund_needs_rrn

    def wanted() -> Wanted:
        return selling.money_back(Body(given), register.ledger.state.cash, needs_rrn=needs)

    return _paid(register, call, "MoneyBack", "Успешный возврат", wanted)


def _paid(register: Register, call: Call, kind: Kind, detail: str, read: Callable[[], Wanted]) -> Said:
    register.check_free(call)
    register.check_shift(call)
    wanted = read()
    made = register.known(wanted) or register.make(kind, call, wanted)
    return _said(register, made, detail, answers.receipt)


def _deposit(register: Register, call: Call, given: Any) -> Said:
    return _moved(register, call, given, "Deposit", "Успешное внесение")


def _withdraw(register: Register, call: Call, given: Any) -> Said:
    return _moved(register, call, given, "Withdraw", "Успешное изъятие")


def _moved(register: Register, call: Call, given: Any, kind: Kind, detail: str) -> Said:
    register.check_free(call)
    register.check_shift(call)
    body = Body(given)
    wanted = _plain(body)
    body.raw("sum")
    wanted.total = body.sum("sum")
    if not wanted.total:
        raise Refused(402)
    known = register.known(wanted)
    if known is not None:
        return _said(register, known, detail, answers.moved)
    wanted.cash = wanted.total if kind == "Deposit" else -wanted.total
    if register.ledger.state.cash + wanted.cash < 0:
        raise Refused(399, NO_CASH)
    return _said(register, register.make(kind, call, wanted), detail, answers.moved)


def _plain(body: Body) -> Wanted:
    check_extra_lines(body)
    return Wanted(selling.cashier(body), body.text("operationId", ""))


def _of_shift(given: Any) -> Wanted:
    """The bodies of these operations are not known: whatever is named is optional."""
    body = Body({} if given is None else given)
    return Wanted(body.text("cashier", "")[: selling.LONGEST_CASHIER], body.text("operationId", ""))


def _open_shift(register: Register, call: Call, given: Any) -> Said:
    register.check_free(call)
    return _said(register, register.open_shift(call, _of_shift(given)), "Смена открыта", answers.shift)


def _close_shift(register: Register, call: Call, given: Any) -> Said:
    register.check_free(call)
    totals = answers.totals(register.ledger)
    made = register.close_shift(call, _of_shift(given))
    return _said(register, made, "Смена закрыта", lambda document: answers.shift(document) | totals)


def _x_report(register: Register, call: Call, given: Any) -> Said:
    register.check_free(call)
    opened = register.ledger.opened_at
    _of_shift(given)
    printed = not call.strike("printer-failed")
    more = {"dateTime": register.written(call.now), "isPrintSuccess": printed}
    more |= {"shiftNumber": register.ledger.state.shift, "openedAt": register.written(opened)}
    return Said("X-отчет сформирован", more | answers.totals(register.ledger))


def _rollback(register: Register, call: Call, given: Any) -> Said:
    register.check_free(call)
    register.check_shift(call)
    wanted = _of_shift(given)
    made = register.known(wanted) or register.roll_back(call, wanted)
    return _said(register, made, "Успешное аннулирование", answers.receipt)


def _operation_id(register: Register, call: Call, given: Any) -> Said:
    name = Body(given).text("operationId", least=1)
    busy = register.ledger.busy_with(call.now)
    if busy is not None and not register.options.answers_while_busy:
        raise Refused(410)
    document = register.ledger.of_operation(name)
    if document is None:
        raise Refused(register.options.unknown_id_code, "Операция не найдена")
    return Said("Операция найдена", answers.found(document, busy=document is busy))


def _other_info(register: Register, call: Call, _: Any) -> Said:
    more: Json = {"currency": "BYN", "isShiftOpen": register.ledger.is_open, "shiftNumber": register.ledger.state.shift}
    more["dateTime"] = register.written(call.now)
    return Said("Информация получена", more)


def _said(register: Register, made: Made, detail: str, show: Callable[[Document], Json]) -> Said:
    declined = None if made.document.succeeded else Refused(register.options.declined_code, DECLINED)
    return Said(detail, show(made.document), made.delay_s, made.lost, declined)


#: Subject, as `options.NAMES` has it -> what it does; AUTH is the service's own.
ACTS: Final[Mapping[str, Callable[[Register, Call, Any], Said]]] = {
    "other_info": _other_info,
    "add_cheques": _cheques,
    "add_or_edit_cheques": _edited,
    "sale": _sale,
    "money_back": _money_back,
    "deposit": _deposit,
    "withdraw": _withdraw,
    "operation_id": _operation_id,
    "open_shift": _open_shift,
    "close_shift": _close_shift,
    "x_report": _x_report,
    "rollback": _rollback,
}
#: Whose body may be empty.
BODILESS: Final = frozenset({"other_info", "open_shift", "close_shift", "x_report", "rollback"})
