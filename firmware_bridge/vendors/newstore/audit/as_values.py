"""Beside a sale's way: NewStore's answers about what is booked, as values: minor units and moments."""

from __future__ import annotations

from datetime import UTC, datetime

from firmware_bridge.currencies import EXPONENTS
from firmware_bridge.vendors.newstore import messages
from firmware_bridge.vendors.newstore.audit.till_day import Fact
from firmware_bridge.vendors.newstore.audit.vendor_day import SALE, DailyReport, Row, Transaction
from firmware_bridge.vendors.newstore.desk import Unusable
from firmware_bridge.vendors.newstore.messages import NON_SALE_TYPES
from firmware_bridge.vendors.newstore.money import Money, WrongMoney
from firmware_bridge.vendors.newstore.money import minor as exact


def transaction(answer: messages.Transaction, fact: Fact) -> Transaction:
    """Raises Unusable when it is not to be understood."""
    money = answer.amount_in or answer.amount_out or answer.amount_balance
    into, out = minor(answer.amount_in), minor(answer.amount_out)
    reason = answer.reason or ""
    return Transaction(
        id=answer.transaction_id,
        drawer_id=answer.cash_drawer_id,
        order_id=answer.order_id or "",
        # whether `reason` is always the type is not documented
        kind=reason if reason == SALE or reason in NON_SALE_TYPES else fact.kind,
        status=answer.status,
        amount_in=into,
        amount_out=out,
        balance=into - out if answer.amount_balance is None else minor(answer.amount_balance),
        currency="" if money is None else money.currency,
        created_at=moment(answer.created_at or ""),
    )


def row(answer: messages.ReportRow) -> Row:
    return Row(
        drawer_id=answer.cash_drawer_id,
        kind=answer.transaction_type,
        orders=frozenset({answer.order_id, answer.external_order_id} - {""}) or frozenset({""}),
        amount=minor(Money(answer.amount_balance, answer.currency)),
        currency=answer.currency,
        created_at=moment(answer.created_at),
    )


def report(answer: messages.DailyReport) -> DailyReport | None:
    """None while the day is not over."""
    if not answer.deactivation_timestamp:
        return None
    return DailyReport(
        activated_at=moment(answer.activation_timestamp),
        deactivated_at=moment(answer.deactivation_timestamp),
        currency=answer.open_float.currency,
        open_float=minor(answer.open_float),
        sales=minor(answer.net_sales),
        returns=minor(answer.net_returns),
        moves_in=minor(answer.net_non_sale_cash_in),
        moves_out=minor(answer.net_non_sale_cash_out),
        variance=minor(answer.variance_total),
        end_count=minor(answer.end_of_day_count),
        deposit=minor(answer.deposit_total),
    )


def minor(money: Money | None) -> int:
    """Minor units of its own currency. Raises Unusable."""
    if money is None:
        return 0
    try:
        return exact(money.value, exponent(money.currency))
    except WrongMoney as error:
        raise _nonsense(str(error)) from error


def moment(text: str) -> datetime:
    """RFC 3339 with a zone. Raises Unusable."""
    try:
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise _nonsense(f"{text[:40]!r} is no time") from error


def exponent(currency: str) -> int:
    """Decimals of a currency; of one that no till uses, as many as NewStore takes."""
    return EXPONENTS.get(currency, 2)


def _nonsense(what: str) -> Unusable:
    return Unusable(f"NewStore's books hold what cannot be: {what}")
