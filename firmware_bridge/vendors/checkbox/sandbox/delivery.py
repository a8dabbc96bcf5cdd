"""In the vendor's place on a sale's way: documents reach the tax service, one after another, each after its delay.

Nothing runs by itself: before every call the books are brought up to the moment of the call. A document is signed
after half its delay and answered after the whole; while the tax service is silent the vendor goes offline by itself,
with codes of the pool, also for documents sent as online ones.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Final

from firmware_bridge.vendors.checkbox.sandbox import offline, shifts
from firmware_bridge.vendors.checkbox.sandbox.clock import KYIV
from firmware_bridge.vendors.checkbox.sandbox.errors import Refused
from firmware_bridge.vendors.checkbox.sandbox.register import Register
from firmware_bridge.vendors.checkbox.sandbox.values import Receipt, Shift, Transaction

_REFUSAL: Final = "ERROR_VEREFY"
_Step = tuple[datetime, Callable[[datetime], None]]


def settle(register: Register, now: datetime) -> None:
    """Do everything that has happened up to `now`, in its order."""
    while True:
        due = [step for step in _steps(register) if step[0] <= now]
        if not due:
            break
        at, act = min(due, key=lambda step: step[0])
        act(at)
    if register.faults.active("signature-off") or _nothing_can_go(register):
        register.free_at = max(register.free_at, now)


def _nothing_can_go(register: Register) -> bool:
    """Whether the oldest document waits for a tax service silent for ever, with no code to go offline with."""
    fault = register.faults.active("tax-service-down")
    for_ever = fault is not None and fault.count is None
    return for_ever and _online_is_next(register) and not register.pool.free(1)


def _steps(register: Register) -> list[_Step]:
    """What happens next, of every kind, and when."""
    steps: list[_Step] = []
    if register.asked:
        steps.append((register.asked[0][0], lambda at: _codes_arrive(register, at)))
    shift = register.shift
    if shift is not None and shift.status == "OPENED" and (at := _closes_itself(register, shift)) is not None:
        steps.append((at, lambda at: shifts.close_by_itself(register, shift, at)))
    if register.faults.active("signature-off"):
        return steps
    if register.to_sign:
        steps.append((register.to_sign[0][0], lambda at: _signed_offline(register, at)))
    if register.faults.active("auto-offline") and register.mode == "ONLINE" and register.pool.free(1):
        steps.append((register.free_at, lambda at: _lose_tax_service(register, at, "auto-offline")))
    if _online_is_next(register):
        steps.append(_next_online(register, register.ledger.online[0]))
    elif register.mode == "DRAINING" and register.may_send and not register.jam:
        steps.append(_next_offline(register))
    return [step for step in steps if step[0] != _NEVER]


_NEVER: Final = datetime.max.replace(tzinfo=UTC)


def _closes_itself(register: Register, shift: Shift) -> datetime | None:
    if shift.auto_close_at is not None:
        return shift.auto_close_at
    text = register.options.auto_close_shift_at
    if not text or shift.opened_at is None:
        return None
    opened = shift.opened_at.astimezone(KYIV)
    at = datetime.combine(opened.date(), time.fromisoformat(text), KYIV)
    return at if at > opened else datetime.combine(opened.date() + timedelta(days=1), time.fromisoformat(text), KYIV)


def _online_is_next(register: Register) -> bool:
    """Whether the oldest document that waits is an online one: nothing overtakes in the chain."""
    online, offline_ones = register.ledger.online, register.ledger.offline
    return bool(online) and (not offline_ones or online[0].order < offline_ones[0].order)


def _delay(register: Register) -> timedelta:
    return timedelta(seconds=register.options.signing_delay_s)


def _next_online(register: Register, head: Transaction) -> _Step:
    start = max(head.created_at, register.free_at, register.held_until if head.type == "RECEIPT" else head.created_at)
    if head.status == "PENDING":
        return start + _delay(register) / 2, lambda at: _sign(register, head, at)
    answered = start + _delay(register)
    fault = register.faults.active("tax-service-down")
    if fault is None:
        return answered, lambda at: _answer(register, head, at)
    silent = answered + timedelta(seconds=register.options.tax_service_timeout_s)
    if not register.pool.free(1):
        # A fault that will end by itself is counted down attempt by attempt; for ever is not tried for ever.
        return (_NEVER if fault.count is None else silent), lambda at: _wait(register, at)
    return silent, lambda at: _lose_tax_service(register, at, "tax-service-down")


def _sign(register: Register, one: Transaction, at: datetime) -> None:
    one.status = "SIGNED"
    one.signed_at = one.updated_at = at
    shift = register.shift
    if shift is not None and shift.initial is one and register.options.current:
        shift.status = "OPENING"


def _signed_offline(register: Register, at: datetime) -> None:
    """A shift's offline document counts as soon as it is signed; the tax service gets it later."""
    _, one = register.to_sign.pop(0)
    one.status = "DONE"
    one.signed_at = one.updated_at = at
    shifts.confirmed(register, one, at)


def _answer(register: Register, one: Transaction, at: datetime) -> None:
    """The tax service answers for an online document."""
    register.free_at = at
    kind = "receipt-error" if one.type == "RECEIPT" else "shift-error"
    fault = register.faults.strike(kind)
    if fault is not None:
        register.ledger.fail(one, at, fault.message or _REFUSAL)
        _refuse(register, one, at)
        return
    number = register.new_number()
    register.ledger.deliver(one, at, number)
    if one.type == "RECEIPT":
        receipt = receipt_of(register, one)
        receipt.status = "DONE"
        receipt.fiscal_code = number
        receipt.fiscal_date = one.fiscal_date
        receipt.updated_at = receipt.sent_at = at
        register.count(receipt, at)
    else:
        shifts.confirmed(register, one, at)


def _refuse(register: Register, one: Transaction, at: datetime) -> None:
    if one.type == "RECEIPT":
        receipt = receipt_of(register, one)
        receipt.status = "ERROR"
        receipt.updated_at = at
    else:
        shifts.refused(register, one, at)


def receipt_of(register: Register, one: Transaction) -> Receipt:
    """The receipt that `one` carries."""
    return next(receipt for receipt in reversed(register.receipts.values()) if receipt.transaction is one)


def _lose_tax_service(register: Register, at: datetime, fault: str) -> None:
    """The vendor goes offline by itself; what waited for an answer gets a code each, as long as there are codes."""
    register.faults.strike(fault)
    register.free_at = at
    offline.go_auto(register, at)
    for one in list(register.ledger.online):
        try:
            code = register.pool.spend_any(one.id)
        except Refused:
            return
        one.signed_at = one.signed_at or at
        register.ledger.move_offline(one, at, code)
        if one.type == "RECEIPT":
            offline.stamp(register, receipt_of(register, one), at)
        else:
            one.status = "DONE"
            shifts.confirmed(register, one, at)


def _next_offline(register: Register) -> _Step:
    if not register.ledger.offline:
        return register.free_at, lambda at: offline.come_online(register, at)
    head = register.ledger.offline[0]
    answered = max(register.free_at, head.created_at) + _delay(register)
    if register.faults.active("tax-service-down"):
        silent = answered + timedelta(seconds=register.options.tax_service_timeout_s)
        return silent, lambda at: _stop_draining(register, at)
    return answered, lambda at: _deliver_offline(register, head, at)


def _wait(register: Register, at: datetime) -> None:
    """An attempt that came to nothing."""
    register.faults.strike("tax-service-down")
    register.free_at = at


def _stop_draining(register: Register, at: datetime) -> None:
    _wait(register, at)
    register.may_send = 0
    if not register.client_drains:
        register.mode = "OFFLINE_AUTO"


def _deliver_offline(register: Register, one: Transaction, at: datetime) -> None:
    """The oldest offline transaction reaches the tax service, which jams the register if its date is out of order."""
    register.free_at = at
    reason = one.wrong or offline.over_limit(register, one)
    if reason:
        register.jam = reason
        one.response_status = "ERROR"
        one.error = reason
        one.updated_at = at
        return
    register.may_send -= 1
    one.error = "" if register.options.current else None
    register.ledger.deliver(one, at, one.offline_id or "")
    register.pool.reached_tax_service(one.offline_id or "")
    if one.type == "RECEIPT":
        receipt = receipt_of(register, one)
        receipt.status = "DONE"
        receipt.sent_at = receipt.updated_at = at
    if not register.ledger.offline:
        offline.come_online(register, at)


def _codes_arrive(register: Register, at: datetime) -> None:
    _, count = register.asked.pop(0)
    if not register.faults.strike("tax-service-down"):
        register.pool.ask(count, at)
