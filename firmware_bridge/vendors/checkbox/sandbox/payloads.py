"""In the vendor's place on a sale's way: the bodies it takes, field by field, in both interfaces.

Source: the vendor's page (2022) and its OpenAPI 0.1.79 for `seed`; OpenAPI 2.106.4 for `current`.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from firmware_bridge.vendors.checkbox.sandbox.schema import (
    Field,
    Path,
    Problem,
    Problems,
    Reader,
    anything,
    array,
    either,
    email,
    fields,
    flag,
    identifier,
    moment,
    number,
    obj,
    one_of,
    text,
    whole,
)

_CODES = either(array(whole()), array(text()))
_MOST = 9_223_372_036_854_775_807

SIGN_IN = obj(fields(("login", "password"), login=text(1), password=text(1)))
SIGN_IN_PIN = obj(fields(("pin_code",), pin_code=text()))
GO_OFFLINE = obj(fields(go_offline_date=moment, fiscal_code=text()))
EMAILS = array(email, least=1)
WEBHOOK = obj(fields(("url",), url=text(1, 2083, r"^https?://")))
SMS = obj(fields(("phone",), phone=text(pattern=r"^380\d{9}$")))


@cache
def open_shift(*, current: bool) -> Reader:
    """POST /shifts."""
    table = fields(id=identifier, fiscal_code=text(), fiscal_date=moment)
    return obj({**table, **fields(auto_close_at=moment)} if current else table)


_REPORT_PAYMENT = obj(
    {
        **fields(
            ("type", "label", "sell_sum", "return_sum", "service_in", "service_out"),
            type=one_of("CASH", "CARD", "CASHLESS"),
            code=whole(),
            label=text(),
            sell_sum=whole(),
            return_sum=whole(),
            service_in=whole(),
            service_out=whole(),
        ),
        "cash_withdrawal": Field(whole(), default=0),
        "cash_withdrawal_commission": Field(whole(), default=0),
    }
)
_REPORT_TAX = obj(
    {
        **fields(
            ("code", "label", "symbol", "rate", "extra_rate", "sell_sum", "return_sum"),
            code=whole(),
            label=text(),
            symbol=text(),
            rate=number(),
            extra_rate=number(),
            sell_sum=number(),
            return_sum=number(),
        ),
        **fields(
            ("sales_turnover", "returns_turnover", "setup_date"),
            sales_turnover=number(),
            returns_turnover=number(),
            setup_date=moment,
        ),
    }
)
_REPORT = obj(
    {
        **fields(
            ("payments", "taxes", "sell_receipts_count", "return_receipts_count", "initial", "balance"),
            id=identifier,
            serial=whole(),
            payments=array(_REPORT_PAYMENT),
            taxes=array(_REPORT_TAX),
            sell_receipts_count=whole(),
            return_receipts_count=whole(),
            last_receipt_id=identifier,
            initial=whole(),
            balance=whole(),
            discounts_sum=whole(),
            extra_charge_sum=whole(),
            created_at=moment,
        ),
        "cash_withdrawal_receipts_count": Field(whole(), default=0),
        "sales_round_up": Field(whole(), default=0),
        "sales_round_down": Field(whole(), default=0),
        "returns_round_up": Field(whole(), default=0),
        "returns_round_down": Field(whole(), default=0),
    }
)
CLOSE_SHIFT = obj(
    {
        "skip_client_name_check": Field(flag, default=False),
        **fields(report=_REPORT, fiscal_code=text(), fiscal_date=moment),
    }
)

_DISCOUNT = obj(
    fields(
        ("type", "mode", "value"),
        type=one_of("DISCOUNT", "EXTRA_CHARGE"),
        mode=one_of("PERCENT", "VALUE"),
        value=number(least=0),
        tax_code=either(whole(), text()),
        tax_codes=_CODES,
        name=text(),
    )
)
_CASH = {
    "type": Field(one_of("CASH"), default="CASH"),
    "pawnshop_is_return": Field(flag),
    "value": Field(whole(most=_MOST), required=True),
    "label": Field(text(1, 128), default="Готівка"),
}
_CARD = {
    **_CASH,
    "type": Field(one_of("CASHLESS", "CARD"), default="CASHLESS"),
    "label": Field(text(1, 128), default="Картка"),
    **fields(
        code=whole(least=0),
        commission=whole(),
        card_mask=text(0, 19),
        bank_name=text(),
        auth_code=text(),
        rrn=text(),
        payment_system=text(),
        owner_name=text(),
        terminal=text(),
        acquiring=text(),
        acquirer_and_seller=text(),
        receipt_no=text(),
        signature_required=flag,
    ),
}
_CARD_NOW = {**_CARD, "code": Field(whole(above=0, most=9), default=1), **fields(provider_type=text())}


def _payment(*, current: bool) -> Reader:
    """Cash unless its type says otherwise."""
    cash = obj(_CASH)
    card = obj(_CARD_NOW if current else _CARD)

    def reader(value: Any, where: Path, problems: Problems) -> Any:
        kind = value.get("type", "CASH") if isinstance(value, dict) else "CASH"
        if kind not in ("CASH", "CASHLESS", "CARD"):
            problems.add((*where, "type"), Problem("type_error.enum", "'CASH', 'CARD', 'CASHLESS'"))
            return None
        return (cash if kind == "CASH" else card)(value, where, problems)

    return reader


_CUSTOM = obj(
    {
        name: Field(text())
        for name in (
            "html_global_header",
            "html_global_footer",
            "html_body_style",
            "html_receipt_style",
            "html_ruler_style",
            "html_light_block_style",
            "text_global_header",
            "text_global_footer",
        )
    }
)


def _context(value: Any, _where: Path, _problems: Problems) -> Any:
    if not isinstance(value, dict):
        raise Problem("type_error.dict")
    return value


def _good(*, current: bool) -> Reader:
    table = fields(
        ("code", "name", "price"),
        code=text(1, 256),
        name=text(1),
        barcode=text(0, 4096),
        excise_barcode=text(0, 4096),
        excise_barcodes=array(text()),
        header=text(0, 1024),
        footer=text(0, 1024),
        price=whole(above=0) if current else whole(least=0),
        tax=either(array(whole(), most=2), array(text(), most=2)),
        uktzed=text(0, 64),
    )
    return obj({**table, **fields(e_excise_barcodes=array(text()))} if current else table)


def _goods(*, current: bool) -> Reader:
    table = {
        "good": Field(_good(current=current), required=True),
        "good_id": Field(identifier),
        "quantity": Field(whole(above=0), required=True),
        "is_return": Field(flag, default=False),
        "is_winnings_payout": Field(flag),
        "discounts": Field(array(_DISCOUNT), default=()),
    }
    return array(obj({**table, "total_sum": Field(whole())} if current else table), least=1 if current else 0)


def _phone(*, current: bool) -> Reader:
    return text(pattern=r"\+?380\d{9}$" if current else r"^380\d{9}$")


@cache
def sell(*, current: bool, offline: bool) -> Reader:
    """POST /receipts/sell, /receipts/sell-offline and /receipts/validate."""
    table = {
        **fields(("goods",), id=identifier, cashier_name=text(), departament=text(), goods=_goods(current=current)),
        **fields(
            delivery=obj(fields(email=email, emails=array(email), phone=_phone(current=current))),
            header=text(),
            footer=text(),
            barcode=text(),
            order_id=identifier,
            related_receipt_id=identifier,
            previous_receipt_id=identifier,
            context=_context,
            custom=_CUSTOM,
        ),
        "discounts": Field(array(_DISCOUNT), default=()),
        "payments": Field(array(_payment(current=current)), default=()),
        "rounding": Field(flag, default=False),
        "technical_return": Field(flag, default=False),
        "is_pawnshop": Field(flag, default=False),
    }
    if current:
        table |= fields(
            rounding_mode=one_of("ROUND_10", "ROUND_50"),
            related_receipt_created_at=moment,
            stock_code=text(),
            control_number=either(text(1, 4), whole()),
            callback_url=text(1, 2083),
            bonuses=array(anything),
        )
    if offline:
        table |= fields(("fiscal_code", "fiscal_date"), fiscal_code=text(), fiscal_date=moment)
    return obj(table)


def _nonzero(value: Any, where: Path, problems: Problems) -> int:
    amount: int = whole(most=_MOST)(value, where, problems)
    if amount == 0:
        raise Problem("value_error.number.not_gt", 0)
    return amount


SERVICE = obj(
    {
        "payment": Field(obj({**_CASH, "value": Field(_nonzero, required=True)}), required=True),
        **fields(id=identifier, fiscal_code=text(), fiscal_date=moment, context=_context, custom=_CUSTOM),
    }
)
